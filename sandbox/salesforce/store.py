"""Salesforce's records as logs of what was written: what they hold at an instant is folded from the log.

Whatever was written after the sandbox clock is not there yet. Case history, the figures of milestones and
the fields that Salesforce works out itself are folded from the same logs.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sandbox.salesforce.schema import OBJECTS, SObject, make_id
from sandbox.world.records import Schedule
from sandbox.world.sla import due, open_time

Row = dict[str, Any]
NOTHING = timedelta(0)
FIRST_NUMBER = 4117


@dataclass(frozen=True)
class Entry:
    """One write: when, by which user (an id), which fields."""

    at: datetime
    by: str
    fields: Mapping[str, Any]


@dataclass
class Record:
    kind: str
    id: str
    log: list[Entry]
    deleted: Entry | None = None
    # What Salesforce knows of the record without showing it: minutes and schedule of a milestone.
    hidden: Mapping[str, Any] = field(default_factory=dict)

    def seen(self, now: datetime) -> list[Entry]:
        return [entry for entry in self.log if entry.at <= now]

    def values(self, now: datetime) -> Row:
        found: Row = {}
        for entry in self.seen(now):
            found |= entry.fields
        return found

    def gone(self, now: datetime) -> bool:
        return self.deleted is not None and self.deleted.at <= now


class Store:
    """Every record of the organisation. `schedules` are the business hours by their record's id."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Record]] = {name: {} for name in OBJECTS}
        self.schedules: dict[str, Schedule] = {}
        self._numbers: dict[str, int] = {}

    def snapshot(self) -> Any:
        return copy.deepcopy(self.records), dict(self._numbers)

    def restore(self, taken: Any) -> None:
        self.records, self._numbers = taken

    def add(self, kind: str, at: datetime, by: str, fields: Mapping[str, Any]) -> Record:
        number = self._numbers.get(kind, FIRST_NUMBER) + 3
        self._numbers[kind] = number
        made = Record(kind, make_id(OBJECTS[kind].prefix, number), [Entry(at, by, dict(fields))])
        self.records[kind][made.id] = made
        return made

    def write(self, record: Record, at: datetime, by: str, fields: Mapping[str, Any]) -> None:
        record.log.append(Entry(at, by, dict(fields)))
        record.log.sort(key=lambda entry: entry.at)

    def number(self, kind: str, width: int, first: int) -> str:
        """The next automatic number of an object, like that of a case."""
        key = f"{kind}.number"
        self._numbers[key] = self._numbers.get(key, first - 1) + 1
        return str(self._numbers[key]).rjust(width, "0")

    # -- reading --------------------------------------------------------------------------------------

    def rows(self, kind: str, now: datetime, deleted: bool = False) -> dict[str, Row]:
        """The rows of an object by id, those in the recycle bin only if asked for."""
        if kind == "CaseHistory":
            return {row["Id"]: row for row in self._history(now, deleted)}
        found = {}
        for record in self.records[kind].values():
            if record.log[0].at <= now and (deleted or not record.gone(now)):
                found[record.id] = self.row(record, now)
        return found

    def row(self, record: Record, now: datetime) -> Row:
        schema = OBJECTS[record.kind]
        row: Row = dict.fromkeys(schema.fields)
        seen = record.seen(now)
        last = record.deleted if record.deleted is not None and record.gone(now) else seen[-1]
        row |= {name: False for name, each in schema.fields.items() if each.type == "boolean"}
        row |= record.values(now)
        row |= {
            "Id": record.id,
            "IsDeleted": record.gone(now),
            "CreatedDate": seen[0].at,
            "CreatedById": seen[0].by,
            "LastModifiedDate": last.at,
            "LastModifiedById": last.by,
            "SystemModstamp": last.at,
        }
        worked_out = {"Case": self._case, "CaseMilestone": self._milestone}.get(record.kind)
        if worked_out is not None:
            worked_out(record, row, now)
        elif record.kind in _SPANS:
            _span(row, now)
        return row

    def milestones(self, case: str) -> Iterator[Record]:
        for record in self.records["CaseMilestone"].values():
            if record.log[0].fields["CaseId"] == case:
                yield record

    def _case(self, record: Record, row: Row, now: datetime) -> None:
        open_ones = [self.row(one, now) for one in self.milestones(record.id) if one.log[0].at <= now]
        left = [one for one in open_ones if not one["IsCompleted"]]
        if any(one["IsViolated"] for one in left):
            row["MilestoneStatus"] = "Open Violation"
        elif any(one["IsViolated"] for one in open_ones):
            row["MilestoneStatus"] = "Closed Violation"
        else:
            row["MilestoneStatus"] = "Compliant" if open_ones else None

    def _milestone(self, record: Record, row: Row, now: datetime) -> None:
        schedule = self.schedules.get(row["BusinessHoursId"])
        allowance = timedelta(minutes=record.hidden["minutes"])
        start, done = row["StartDate"], row["CompletionDate"]
        end = done or now
        stopped = sum((open_time(schedule, a, b) for a, b in self._stops(record, start, end, now)), NOTHING)
        target = due(schedule, start, allowance + stopped)
        row["TargetDate"] = target
        row["IsCompleted"] = done is not None
        row["IsViolated"] = end > target
        spent = int(open_time(schedule, start, end).total_seconds() // 60)
        row |= _lengths("ElapsedTimeIn", spent if done is not None else None)
        row |= _lengths("TargetResponseIn", record.hidden["minutes"])
        if done is None:
            late = now > target
            first, last = (target, now) if late else (now, target)
            left = open_time(schedule, first, last)
            row["TimeSinceTargetInMins" if late else "TimeRemainingInMins"] = _clock(left)

    def _stops(
        self, record: Record, start: datetime, end: datetime, now: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """The times in which the case's clocks stood still."""
        case = self.records["Case"][record.log[0].fields["CaseId"]]
        since: datetime | None = None
        for entry in case.seen(now):
            stops = entry.fields.get("IsStopped")
            if stops and since is None:
                since = entry.at
            elif stops is False and since is not None:
                yield max(since, start), min(entry.at, end)
                since = None
        if since is not None:
            yield max(since, start), end

    def _history(self, now: datetime, deleted: bool) -> Iterator[Row]:
        for record in self.records["Case"].values():
            seen = record.seen(now)
            if not seen or (record.gone(now) and not deleted):
                continue
            values: Row = {}
            for place, entry in enumerate(seen):
                for field_name, old, new, kind in self._changes(values, entry, first=place == 0, now=now):
                    yield {
                        "Id": _history_id(record.id, place, field_name, kind),
                        "CaseId": record.id,
                        "Field": field_name,
                        "OldValue": old,
                        "NewValue": new,
                        "DataType": kind,
                        "CreatedDate": entry.at,
                        "CreatedById": entry.by,
                        "IsDeleted": record.gone(now),
                    }
                values |= entry.fields

    def _changes(
        self, values: Row, entry: Entry, *, first: bool, now: datetime
    ) -> Iterator[tuple[str, Any, Any, str]]:
        if first:
            yield "created", None, None, "Text"
            return
        for each in OBJECTS["Case"].fields.values():
            if not each.tracked or each.name not in entry.fields:
                continue
            old, new = values.get(each.name), entry.fields[each.name]
            if old == new:
                continue
            if each.targets:
                # A changed reference leaves two rows: one with names, one with ids.
                target = each.targets[0]
                names = [self._name(target, key, now) for key in (old, new)]
                yield each.relationship, names[0], names[1], "Text"
                yield each.relationship, old, new, "EntityId"
            else:
                yield each.name, old, new, "Text"

    def _name(self, kind: str, key: str | None, now: datetime) -> str | None:
        record = self.records[kind].get(key or "")
        return record.values(now).get("Name") if record else None


_SPANS = frozenset({"Entitlement", "ServiceContract", "ContractLineItem"})


def _span(row: Row, now: datetime) -> None:
    """Status of what runs from a first to a last day."""
    begins, ends, today = row["StartDate"], row["EndDate"], now.date()
    if begins is not None and begins > today:
        row["Status"] = "Inactive"
    else:
        row["Status"] = "Expired" if ends is not None and ends < today else "Active"


def _lengths(name: str, minutes: int | None) -> Row:
    """A length in minutes, hours and days of 24 hours, with two decimals as Salesforce keeps them."""
    if minutes is None:
        return dict.fromkeys((f"{name}Mins", f"{name}Hrs", f"{name}Days"))
    cent = Decimal("0.01")
    return {
        f"{name}Mins": minutes,
        f"{name}Hrs": (Decimal(minutes) / 60).quantize(cent),
        f"{name}Days": (Decimal(minutes) / 1440).quantize(cent),
    }


def _clock(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes:02d}:{seconds:02d}"


def _history_id(case: str, place: int, name: str, kind: str) -> str:
    digest = sha256(f"{case}:{place}:{name}:{kind}".encode()).digest()
    return make_id(OBJECTS["CaseHistory"].prefix, int.from_bytes(digest[:6], "big"))


def disorder(rows: Mapping[str, Row]) -> list[Row]:
    """The rows in the order of nothing in particular, which is what a query without ORDER BY gives."""
    return [rows[key] for key in sorted(rows, key=lambda key: sha256(key.encode()).digest())]


def shown(value: Any, schema: SObject, name: str) -> Any:
    """A value as JSON has it: times as `2026-10-01T12:00:00.000+0000`, numbers as numbers."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Decimal):
        return int(value) if schema.fields[name].type == "int" else float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def utc_text(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
