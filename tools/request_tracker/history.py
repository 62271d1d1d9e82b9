"""From a composed ticket of Request Tracker to its versions, pure.

RT keeps a transaction for each change, with the old and the new value. From them the ticket is rebuilt as
it stood after every change, one fact version each. A transaction's number is its order: several carry the
same second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from obligations.facts import Fact, Source, Ticket, TicketEvent, TicketStatus
from tools.kit.auth import BasicAuth
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.tickets import Change, Frame, status_events, versions
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.request_tracker.connector import RequestTrackerSettings

Author = Literal["provider", "customer", "system", "unknown"]
Row = Mapping[str, Any]
_MERGED = re.compile(r"/ticket/(\d+)$")
_UNSET = 1971  # RT writes times that are not set as the first second of 1970


def text_of(row: Row, name: str) -> str:
    """The text of a field; the id of what it refers to where it is a reference."""
    held = row.get(name)
    if isinstance(held, Mapping):
        held = held.get("id")
    if isinstance(held, int) and not isinstance(held, bool):
        return str(held)
    return held.strip() if isinstance(held, str) else ""


def number_of(row: Row) -> str:
    """RT's number of a record, as text."""
    return text_of(row, "id")


def mapping(held: object) -> Row:
    return held if isinstance(held, Mapping) else {}


def rows(held: object) -> list[Row]:
    """The records of a list, whatever else stands in it; a single one where RT gives it alone."""
    if isinstance(held, Mapping):
        return [held]
    return [row for row in held if isinstance(row, Mapping)] if isinstance(held, list) else []


def instant(text: str) -> datetime | None:
    """RT's time, ISO 8601 with its zone; None for an empty or unset one. Raises ValueError for others."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without zone: {text[:40]!r}")
    return moment.astimezone(UTC) if moment.year >= _UNSET else None


class TicketHistory:
    """The versions of one ticket."""

    def __init__(self, settings: RequestTrackerSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._row = mapping(raw.data.get("ticket"))
        self._texts = mapping(raw.data.get("texts"))
        self._number = number_of(self._row)
        self._log = self._in_order(rows(raw.data.get("transactions")))
        self._party = self._first(settings.party_fields)

    def facts(self) -> tuple[Fact, ...]:
        """Every version, oldest first; only the newest where the settings say so.

        Raises Skippable for a ticket without number, time of creation, known status or priority.
        """
        opened_at, updated_at = self._time("Created"), self._time("LastUpdated")
        if not self._number or opened_at is None:
            raise self._skip("no number or no time of creation")
        changes = [Change(max(event.at, opened_at), event) for event in self._events(opened_at)]
        merged_at, merged_into = self._merged()
        moments = {change.known_at for change in changes} | {updated_at or opened_at}
        moments |= {merged_at} if merged_at else set()
        frame = Frame(
            subject=text_of(self._row, "Subject"),
            service=self._first(self._settings.service_fields),
            opened_at=opened_at,
            stated_end_at=None if self._log else self._time("Resolved"),
        )
        held = [
            (moment, self._with_merge(ticket, merged_at, merged_into, moment))
            for moment, ticket in _every(frame, changes, sorted(moments), merged_at)
        ]
        source = self._source()
        hints = Hints(self._party, self._first(self._settings.contract_fields))
        made = tuple(make_fact(source, ticket, opened_at, moment, hints) for moment, ticket in held)
        return made if self._settings.history else made[-1:]

    def _events(self, opened_at: datetime) -> Iterator[TicketEvent]:
        """The opening, then priorities, statuses and what was written: equal times keep this order."""
        by = self._author(mapping(self._row.get("Creator")))
        yield TicketEvent(at=opened_at, change="opened", by=by)
        yield from self._priorities(opened_at, by)
        yield from self._statuses(opened_at, by)
        yield from self._comments()

    def _priorities(self, opened_at: datetime, by: Author) -> Iterator[TicketEvent]:
        log = [(at, row) for at, row in self._log if self._is_priority(row)]
        first = text_of(log[0][1], "OldValue") if log else self._priority_now()
        yield TicketEvent(at=opened_at, change="priority", value=self._priority(first), by=by)
        held = self._priority(first)
        for at, row in log:
            priority = self._priority(text_of(row, "NewValue"))
            if priority != held:
                yield TicketEvent(at=at, change="priority", value=priority, by=self._by(row))
                held = priority

    def _statuses(self, opened_at: datetime, by: Author) -> Iterator[TicketEvent]:
        log = [(at, row) for at, row in self._log if text_of(row, "Type") == "Status"]
        first = text_of(log[0][1], "OldValue") if log else text_of(self._row, "Status")
        at = opened_at
        if not log and self._status(first) in ("resolved", "closed"):
            at = self._time("Resolved") or self._time("LastUpdated") or opened_at
        before: TicketStatus | None = self._status(first)
        yield TicketEvent(at=at, change="status", value=str(before), by=by)
        for at, row in log:
            status = self._status(text_of(row, "NewValue"))
            if status != before:
                yield from status_events(
                    TicketEvent(at=at, change="status", by=self._by(row)), status, before
                )
                before = status

    def _comments(self) -> Iterator[TicketEvent]:
        for at, row in self._log:
            kind = text_of(row, "Type")
            if kind not in ("Correspond", "Comment"):
                continue
            by = self._by(row)
            yield TicketEvent(
                at=at,
                change="comment",
                value=text_of(self._texts, number_of(row)),
                by=by,
                public=kind == "Correspond",
                automatic=by == "system",
            )

    def _is_priority(self, row: Row) -> bool:
        kind, field = text_of(row, "Type"), text_of(row, "Field")
        wanted = self._settings.priority_field
        if wanted is None:
            return kind == "Set" and field == "Priority"
        return kind == "CustomField" and field in (wanted, self._custom(wanted)[0])

    def _priority_now(self) -> str:
        wanted = self._settings.priority_field
        return text_of(self._row, "Priority") if wanted is None else self._custom(wanted)[1]

    def _priority(self, text: str) -> str:
        """Ours for a value of the custom field, or for RT's number: the level it has reached."""
        if self._settings.priority_field is not None:
            mapped = self._settings.priorities.get(text.casefold())
            if mapped is None:
                raise self._skip(f"unknown priority {text!r}", "Add it to `priorities` in the settings.")
            return mapped
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise self._skip(f"its priority is no number: {text[:40]!r}", "Set it in RT.")
        levels = sorted(self._settings.priority_levels.items())
        reached = [priority for level, priority in levels if level <= int(text)]
        return reached[-1] if reached else levels[0][1]

    def _status(self, text: str) -> TicketStatus:
        status = self._settings.statuses.get(text.casefold())
        if status is None:
            raise self._skip(f"unknown status {text!r}", "Add it to `statuses` in the settings.")
        return status

    def _merged(self) -> tuple[datetime | None, str]:
        """Since when this ticket is part of another, and that one's label."""
        into = text_of(self._row, "EffectiveId")
        if not into or into == self._number:
            return None, ""
        for at, row in self._log:
            if text_of(row, "Field") == "MergedInto" and _MERGED.search(text_of(row, "NewValue")):
                return at, f"#{into}"
        return self._time("LastUpdated"), f"#{into}"

    @staticmethod
    def _with_merge(ticket: Ticket, at: datetime | None, into: str, moment: datetime) -> Ticket:
        return ticket.model_copy(update={"merged_into": into}) if at and moment >= at else ticket

    def _by(self, row: Row) -> Author:
        return self._author(mapping(row.get("Creator")))

    def _author(self, person: Row) -> Author:
        """On whose side somebody writes: by pattern, organisation, requestor, else as staff stands."""
        names = {text.casefold() for text in (number_of(person), text_of(person, "EmailAddress")) if text}
        authors = self._settings.authors
        auth = self._settings.auth
        ours = (auth.user,) if isinstance(auth, BasicAuth) else ()
        groups: tuple[tuple[Author, tuple[str, ...]], ...] = (
            ("system", (*authors.system, *ours)),
            ("provider", authors.provider),
            ("customer", authors.customer),
        )
        for author, patterns in groups:
            if any(fnmatchcase(name, pattern.casefold()) for name in names for pattern in patterns):
                return author
        organisation = text_of(person, "Organization").casefold()
        if organisation and organisation in {own.casefold() for own in authors.our_organisations}:
            return "customer"
        requestors = rows(self._row.get("Requestor"))
        if names & {number_of(one).casefold() for one in requestors}:
            return "customer"
        if organisation and organisation == self._party.casefold():
            return "provider"
        return authors.staff if names else "unknown"

    def _first(self, names: Sequence[str]) -> str:
        return next((text for name in names if (text := self._named(name))), "")

    def _named(self, name: str) -> str:
        """What one of the configured fields holds; several requestors of different organisations: nothing."""
        role, _, part = name.partition(".")
        if role in ("Requestor", "Owner", "Creator") and part == "Organization":
            found = {text_of(one, part) for one in rows(self._row.get(role))} - {""}
            return found.pop() if len(found) == 1 else ""
        if role == "Queue" and part in ("", "Name", "Description"):
            return text_of(mapping(self._row.get("Queue")), part or "Name")
        return self._custom(name)[1]

    def _custom(self, name: str) -> tuple[str, str]:
        """The number of a custom field and its value on this ticket; several values name nothing."""
        for field in rows(self._row.get("CustomFields")):
            if name.casefold() in (text_of(field, "name").casefold(), number_of(field)):
                values = field.get("values")
                one = values[0] if isinstance(values, list) and len(values) == 1 else ""
                return number_of(field), one.strip() if isinstance(one, str) else ""
        return "", ""

    def _in_order(self, log: Sequence[Row]) -> list[tuple[datetime, Row]]:
        """Transactions with their times, in RT's order. Raises Skippable for one without a time."""
        timed = []
        for row in log:
            number = number_of(row)
            try:
                at = instant(text_of(row, "Created"))
            except ValueError:
                at = None
            if at is None or not number.isdigit():
                raise self._skip(f"transaction {number[:20]} has no readable time")
            timed.append((at, int(number), row))
        return [(at, row) for at, _, row in sorted(timed, key=lambda one: one[:2])]

    def _time(self, field: str) -> datetime | None:
        try:
            return instant(text_of(self._row, field))
        except ValueError:
            raise self._skip(f"{field} is no time: {text_of(self._row, field)[:40]!r}") from None

    def _source(self) -> Source:
        return Source(
            system=self._system,
            record=self._number,
            url=self._settings.page(self._number),
            label=f"#{self._number}",
        )

    def _skip(self, what: str, remedy: str = "Correct the ticket in RT, or the settings.") -> Skippable:
        return Skippable(self._system, what, place=f"ticket {self._number}", remedy=remedy)


def _every(
    frame: Frame, changes: Sequence[Change], moments: Sequence[datetime], merged_at: datetime | None
) -> Iterator[tuple[datetime, Ticket]]:
    """The versions, and one more for the merge where nothing else changed with it."""
    held = list(versions(frame, changes, moments))
    if merged_at and held and merged_at not in {moment for moment, _ in held}:
        before = [ticket for moment, ticket in held if moment < merged_at]
        if before:
            held.append((merged_at, before[-1]))
            held.sort(key=lambda one: one[0])
    yield from held
