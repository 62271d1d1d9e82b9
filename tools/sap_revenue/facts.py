"""From performance obligations with their fulfilment to progress and milestones, pure.

A raw record holds `row` (the obligation), `contract`, `fulfilment` and `schedule` (their rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from obligations.facts import Fact, Milestone, MilestoneEvent, Progress, Source
from obligations.quantities import Money
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.odata import moment_of
from tools.kit.paging import Row
from tools.kit.values import decimal
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.sap_revenue.settings import FulfilmentMap, SapRevenueSettings, ScheduleMap

_WHOLE = Decimal(100)


def stamp(row: Row, fields: Sequence[str], zone: ZoneInfo) -> datetime | None:
    """The latest time in some fields, in UTC, None where there is none. A day counts from its start."""
    found = [moment for field in fields if field and (moment := _moment(row.get(field), zone)) is not None]
    return max(found, default=None)


def facts_of(settings: SapRevenueSettings, system: str, raw: RawRecord) -> tuple[Fact, ...]:
    """Progress, and for what is done at once a milestone. Raises ValueError for what cannot be read."""
    return tuple(_Reader(settings, system, raw).facts())


@dataclass(frozen=True)
class _Entry:
    """What a row says of a day, and when it was recorded."""

    day: date
    known_at: datetime
    percent: Decimal | None
    units: Decimal | None


class _Reader:
    """Reads one performance obligation."""

    def __init__(self, settings: SapRevenueSettings, system: str, raw: RawRecord) -> None:
        self._own = settings
        self._names = settings.obligations
        self._system = system
        self._raw = raw
        self._row: Row = raw.data["row"]
        self._zone = ZoneInfo(settings.zone)
        self._key = text(self._row, self._names.key)
        self._of = first(self._row, self._names.name) or self._key
        if not self._key or raw.updated_at is None:
            raise ValueError("there is no number, or no day of creation or change")
        self._known_at = raw.updated_at

    def facts(self) -> Iterator[Fact]:
        if text(self._row, self._names.type) in self._own.event_types:
            yield self._milestone()
        fulfilled = list(self._fulfilled())
        if not fulfilled and self._own.schedule and self._own.schedule.as_progress:
            fulfilled = list(self._posted(self._own.schedule))
        yield from fulfilled
        if not fulfilled:
            yield from self._at_the_end()

    # -- kinds of fact ------------------------------------------------------------------------------

    def _milestone(self) -> Fact:
        """That it is done, or not yet."""
        done_on = self._done_on()
        done = (
            MilestoneEvent(on=done_on, change="completed", by="us", evidence=self._key) if done_on else None
        )
        amount = self._number(self._names.allocated)
        currency = text(self._row, self._names.currency)
        milestone = Milestone(
            name=self._of,
            planned_on=self._day(self._row, self._names.ends_on),
            amount=Money(amount=amount, currency=currency) if amount is not None and currency else None,
            events=(done,) if done else (),
        )
        return self._fact(milestone, self._key, done_on, self._known_at)

    def _fulfilled(self) -> Iterator[Fact]:
        """Progress on each day on which something was fulfilled."""
        names = self._own.fulfilment
        rows = self._raw.data.get("fulfilment") or ()
        if names is None or not rows:
            return
        entries = [
            _Entry(
                day=self._needed_day(row, names.day),
                known_at=self._stamp(row, names),
                percent=decimal(row.get(names.percent)) if names.percent else None,
                units=decimal(row.get(names.quantity)) if names.quantity else None,
            )
            for row in rows
        ]
        yield from self._versions(entries, names.percent_adds, names.quantity_adds)

    def _posted(self, names: ScheduleMap) -> Iterator[Fact]:
        """Progress at the end of each period by the revenue posted until then."""
        whole = self._number(self._names.allocated)
        entries: list[_Entry] = []
        for row in self._raw.data.get("schedule") or () if whole else ():
            amount = decimal(row.get(names.posted))
            counts = all(text(row, field) in values for field, values in names.only.items())
            if amount and whole and counts:  # periods to come are there, too, with nothing posted
                on = period_end(int(text(row, names.year)), int(text(row, names.period)), names)
                entries.append(_Entry(on, self._stamp(row, names), amount / whole * 100, None))
        yield from self._versions(entries, percent_adds=True, units_add=True)

    def _versions(self, entries: list[_Entry], percent_adds: bool, units_add: bool) -> Iterator[Fact]:
        """Progress on each day as it was known after each entry; what was deleted ends without a measure."""
        told: dict[date, tuple[Decimal | None, Decimal | None]] = {}
        in_order = sorted(entries, key=lambda entry: (entry.day, entry.known_at))
        for moment in sorted({entry.known_at for entry in entries}):
            percent = units = None
            now: dict[date, tuple[Decimal | None, Decimal | None]] = {}
            for entry in in_order:
                if entry.known_at <= moment:
                    percent = _so_far(percent, entry.percent, percent_adds)
                    units = _so_far(units, entry.units, units_add)
                    now[entry.day] = percent, units
            for day, measures in now.items():
                if told.get(day) != measures:
                    told[day] = measures
                    yield self._progress(day, moment, *measures)
        if self._deleted():
            for day in told:
                yield self._progress(day, max(self._known_at, *(e.known_at for e in entries)), None, None)

    def _at_the_end(self) -> Iterator[Fact]:
        """That all of it is fulfilled. One that was changed since it was made and is not, says so: it may
        have been told to be fulfilled before."""
        done_on = self._done_on()
        begun = self._day(self._row, self._names.starts_on)
        if done_on is not None:
            yield self._fact(
                Progress(of=self._of, on=done_on, percent=_WHOLE), self._key, done_on, self._known_at
            )
        elif begun is not None and self._known_at > self._first_known():
            yield self._fact(Progress(of=self._of, on=begun), self._key, begun, self._known_at)

    def _progress(self, on: date, known_at: datetime, percent: Decimal | None, units: Decimal | None) -> Fact:
        if percent is not None:
            percent = percent.quantize(Decimal("0.000001")).normalize() + 0
        whole = self._number(self._names.quantity)
        progress = Progress(
            of=self._of,
            on=on,
            percent=percent,
            units=units,
            units_expected=whole if whole and units is not None else None,
        )
        return self._fact(progress, f"{self._key}/{on.isoformat()}", on, known_at)

    def _fact(self, data: Progress | Milestone, record: str, on: date | None, known_at: datetime) -> Fact:
        source = Source(system=self._system, record=f"obligation/{record}", label=f"{self._of} {self._key}")
        occurred_at = start_of(on, self._zone) if on else known_at
        return make_fact(source, data, occurred_at, known_at, self._hints())

    # -- fields -------------------------------------------------------------------------------------

    def _hints(self) -> Hints:
        contract: Row = self._raw.data.get("contract") or {}
        about = self._own.contracts
        number = first(contract, about.references) if about else ""
        customer = first(self._row, self._names.customer) or (
            first(contract, about.customer) if about else ""
        )
        bare = customer.lstrip("0") if customer.isdigit() else customer
        return Hints(bare, number or first(self._row, self._names.references))

    def _done_on(self) -> date | None:
        """The day on which all was fulfilled; None where it is not, or was deleted."""
        if self._deleted() or not self._says_yes(self._names.fulfilled):
            return None
        on = self._day(self._row, self._names.fulfilled_on)
        return on or self._known_at.astimezone(self._zone).date()

    def _deleted(self) -> bool:
        return self._says_yes(self._names.deleted)

    def _says_yes(self, field: str) -> bool:
        held = self._row.get(field) if field else None
        return held is True or (not isinstance(held, bool) and text(self._row, field) in self._own.says_yes)

    def _number(self, field: str) -> Decimal | None:
        return decimal(self._row.get(field)) if field else None

    def _first_known(self) -> datetime:
        made = _moment(self._row.get(self._names.created), self._zone) if self._names.created else None
        return min(made, self._known_at) if made else self._known_at

    def _stamp(self, row: Row, names: FulfilmentMap | ScheduleMap) -> datetime:
        """When a row was recorded; without a time of its own, when the obligation was changed last."""
        return stamp(row, (names.changed,), self._zone) or self._known_at

    def _day(self, row: Row, fields: Sequence[str]) -> date | None:
        for field in fields:
            moment = _moment(row.get(field), self._zone)
            if moment is not None:
                return moment.astimezone(self._zone).date()
        return None

    def _needed_day(self, row: Row, field: str) -> date:
        on = self._day(row, (field,))
        if on is None:
            raise ValueError(f"a fulfilment has no {field}")
        return on


def _so_far(before: Decimal | None, more: Decimal | None, adds: bool) -> Decimal | None:
    """A measure after another entry; an entry without it leaves it as it was."""
    if more is None:
        return before
    return (before or Decimal()) + more if adds else more


def period_end(year: int, period: int, names: ScheduleMap) -> date:
    """The last day of a fiscal period. Raises ValueError for one that there is not."""
    if not 1 <= period <= 16:
        raise ValueError(f"there is no period {period}")
    month = names.first_month - 1 + min(period, 12)  # months since January of the year it begins in
    begun = year - 1 if names.named_by == "end" and names.first_month > 1 else year
    return date(begun + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def text(row: Row, field: str) -> str:
    """A field as text; empty for what is no plain value."""
    held: Any = row.get(field) if field else None
    plain = isinstance(held, str | int | Decimal) and not isinstance(held, bool)
    return str(held).strip() if plain else ""


def first(row: Row, fields: Sequence[str]) -> str:
    """The first filled field as text."""
    return next((held for field in fields if (held := text(row, field))), "")


_EMPTY: tuple[Any, ...] = (None, "", "00000000", "0000-00-00")


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time in UTC, None for an empty one. Raises ValueError."""
    if value in _EMPTY:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]!r} is no day")
    try:
        found = moment_of(value, zone)
        return found.astimezone(UTC) if found else None
    except OverflowError:
        raise ValueError(f"{value[:40]!r} lies outside the calendar") from None
