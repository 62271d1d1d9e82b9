"""SAP revenue accounting: performance obligations with their fulfilment and posted revenue in, through
services of the customer's making; performance obligations and fields of them out, where a service allows it.

An obligation is read whole, with all rows of its fulfilment and schedule, whichever of them changed: the
state on a day is the sum of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from obligations.document import Problem
from obligations.facts import Fact
from tools.kit.errors import Skippable
from tools.kit.paging import Row
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import as_cursor, furthest, marks, marks_cursor, resume_at
from tools.sap_revenue.facts import facts_of, stamp, text
from tools.sap_revenue.odata import OData, literal
from tools.sap_revenue.settings import FulfilmentMap, SapRevenueSettings, ScheduleMap
from tools.sap_revenue.writer import SapRevenueWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

KIND = "performance_obligation"
_REMEDY = "Correct the record in SAP, or the fields in the settings."


class SapRevenue:
    """Reads the performance obligations of one system."""

    def __init__(self, settings: SapRevenueSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._zone = ZoneInfo(settings.zone)
        self._odata = OData(self.name, http, settings.odata, settings.page_size)
        self._contracts: dict[str, Row] = {}

    def check(self) -> Health:
        own = self.settings
        held = (own.obligations, own.contracts, own.fulfilment, own.schedule, *own.records.values())
        paths = dict.fromkeys(each.path for each in held if each is not None)
        return probe(self.name, {path: self._trial(path) for path in paths})

    def discover(self) -> tuple[Stream, ...]:
        return (
            Stream(
                kind=KIND,
                label="Performance obligations with fulfilment and posted revenue",
                facts=("progress", "milestone"),
                watermark=self.settings.obligations.changed,
            ),
        )

    def writer(self) -> SapRevenueWriter:
        return SapRevenueWriter(self.settings, self._odata)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Obligations changed since the cursor by key, then those whose fulfilment or schedule changed.

        While a read goes on the cursor holds the last key, too, so that one that broke off goes on behind
        it. The watermarks move at its end, and never beyond its beginning by the server's clock: what
        changed meanwhile is read the next time.
        """
        if kind != KIND:
            raise unknown_kind(self.name, kind, self.discover())
        held = marks(self.name, cursor)
        since = {each: self._since(held, each) for each in ("obligation", *self._lists())}
        done: set[str] = set()
        for page in self._odata.pages(*self._asked(since["obligation"], held.get("after", ""))):
            if page.made_at and "began" not in held:
                held["began"] = as_cursor(page.made_at)
            records, problems = self._records(page.rows)
            for record in records:
                self._reached(held, record)
            done.update(record.id for record in records)
            if page.rows:
                held["after"] = text(page.rows[-1], self.settings.obligations.key) or held.get("after", "")
            yield Batch(records=records, cursor=marks_cursor(held), problems=problems)
        for name, names in self._lists().items():
            moment = since[name]
            if moment is not None and names.changed:
                yield from self._of_changed(name, names, moment, held, done)
        yield Batch(records=(), cursor=marks_cursor(self._ended(held)))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """Progress and milestones, pure. Raises Skippable for missing or unreadable fields."""
        with readable(self.name, f"{KIND} {raw.id}", _REMEDY):
            return facts_of(self.settings, self.name, raw)

    # -- asking -------------------------------------------------------------------------------------

    def _trial(self, path: str) -> Callable[[], None]:
        return lambda: self._odata.trial(path)

    def _lists(self) -> dict[str, FulfilmentMap | ScheduleMap]:
        """The lists beside the obligations, by name."""
        own = self.settings
        held = {"fulfilment": own.fulfilment, "schedule": own.schedule}
        return {name: names for name, names in held.items() if names is not None}

    def _since(self, held: dict[str, str], name: str) -> datetime | None:
        """From when on a list is read; `began` and `after` belong to a read under way."""
        return resume_at(self.name, held.get(name), self.settings.overlap)

    def _asked(self, since: datetime | None, after: str) -> tuple[str, tuple[str, ...], list[str]]:
        """Set, key and conditions of the obligations that a read begins with."""
        own, names = self.settings, self.settings.obligations
        conditions = [own.filter] if own.filter else []
        if since is not None:
            fields = [field for field in (names.changed, names.created) if field]
            changed = [self._odata.since(field, names.changed_is, since, self._zone) for field in fields]
            conditions.append(" or ".join([*changed, *([f"({own.reread})"] if own.reread else [])]))
        if after:
            conditions.append(f"{names.key} gt {literal(after)}")
        return names.path, (names.key,), conditions

    def _of_changed(
        self,
        name: str,
        names: FulfilmentMap | ScheduleMap,
        since: datetime,
        held: dict[str, str],
        done: set[str],
    ) -> Iterator[Batch]:
        """Obligations, not read yet, with rows of a list changed since then."""
        own = self.settings
        condition = self._odata.since(names.changed, names.changed_is, since, self._zone)
        for page in self._odata.pages(names.path, names.key, [condition]):
            keys = {text(row, names.obligation) for row in page.rows} - done - {""}
            found = self._odata.of_any(
                own.obligations.path, (own.obligations.key,), own.obligations.key, sorted(keys)
            )
            records, problems = self._records(found)
            for record in records:
                self._reached(held, record)
            done |= keys
            yield Batch(records=records, cursor=marks_cursor(held), problems=problems)

    # -- records ------------------------------------------------------------------------------------

    def _records(self, rows: Sequence[Row]) -> tuple[tuple[RawRecord, ...], tuple[Problem, ...]]:
        """Obligations with all their rows; a problem for each without a number."""
        names = self.settings.obligations
        keys = [key for row in rows if (key := text(row, names.key))]
        beside = {name: self._beside(held, keys) for name, held in self._lists().items()}
        contracts = self._contracts_of(rows)
        records: list[RawRecord] = []
        problems: list[Problem] = []
        for row in rows:
            key = text(row, names.key)
            if not key:
                what = f"a performance obligation without {names.key}"
                problems.append(Skippable(self.name, what, place=names.path, remedy=_REMEDY).problem())
                continue
            data: dict[str, Any] = {"row": row, **{name: held.get(key, []) for name, held in beside.items()}}
            contract = contracts.get(text(row, names.contract))
            if contract is not None:
                data["contract"] = contract
            stamped = self._stamped(row, (names.changed, names.created))
            records.append(RawRecord(kind=KIND, id=key, data=data, updated_at=stamped))
        return tuple(records), tuple(problems)

    def _beside(self, names: FulfilmentMap | ScheduleMap, keys: Sequence[str]) -> dict[str, list[Row]]:
        """The rows of a list by their obligation."""
        found: dict[str, list[Row]] = {}
        for row in self._odata.of_any(names.path, names.key, names.obligation, keys):
            found.setdefault(text(row, names.obligation), []).append(row)
        return found

    def _contracts_of(self, rows: Sequence[Row]) -> dict[str, Row]:
        """The revenue contracts of some obligations; those not met before are looked up."""
        about, names = self.settings.contracts, self.settings.obligations
        if about is None:
            return {}
        new = sorted({text(row, names.contract) for row in rows} - set(self._contracts) - {""})
        for row in self._odata.of_any(about.path, (about.key,), about.key, new):
            self._contracts[text(row, about.key)] = row
        return self._contracts

    def _stamped(self, row: Row, fields: Sequence[str]) -> datetime | None:
        """A time as far as it can be read; `to_facts` tells of one that cannot."""
        try:
            return stamp(row, fields, self._zone)
        except ValueError:
            return None

    def _reached(self, held: dict[str, str], record: RawRecord) -> None:
        """Note the latest changes seen, for the end of this read."""
        held["to:obligation"] = furthest(held.get("to:obligation"), record.updated_at)
        for name, names in self._lists().items():
            stamps = (self._stamped(row, (names.changed,)) for row in record.data.get(name, ()))
            for moment in stamps:
                held[f"to:{name}"] = furthest(held.get(f"to:{name}"), moment)

    def _ended(self, held: dict[str, str]) -> dict[str, str]:
        """The watermarks after a whole read."""
        began = resume_at(self.name, held.get("began"), timedelta())
        ended: dict[str, str] = {}
        for name in ("obligation", *self._lists()):
            reached = resume_at(self.name, held.get(f"to:{name}"), timedelta())
            if reached is not None and began is not None:
                reached = min(reached, began)
            ended[name] = furthest(held.get(name), reached.astimezone(UTC) if reached else None)
        return ended


PROFILE = Profile(
    kind="sap_revenue",
    title="SAP revenue accounting",
    area="ERP and procurement",
    settings=SapRevenueSettings,
    make=SapRevenue,
    reads=(
        "performance obligations of a customer's CDS service (OData V4 or V2)",
        "their fulfilment and the revenue posted by period",
    ),
    writes=(
        "performance obligations or other configured records, where a service takes them",
        "configured fields of performance obligations",
    ),
    proved=(("documentation", "reads and writes in V4 against a stand-in; V2 against mocks only"),),
    waits=(
        "everything here, on a real system: services, sets and fields are the customer's own",
        "in which set and fields fulfilment is told; the published views leave it open",
        "whether a fulfilment moves the obligation's day of last change; else `reread` must name open ones",
        "whether a customer's service may take performance obligations at all; those for viewing do not",
        "the rate limits",
    ),
)
