"""Measuring the share of a period in which a service was up.

Downtime is the union of the outages and of maintenance, less the maintenance that the terms allow: announced
in time and within its cap, earliest first. What is longer, later announced or unannounced counts. A record
of which something decisive is not known is counted against the provider and left out in its favour; only
where that changes the outcome is the outcome undetermined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from obligations.calendars import compile as compile_calendar
from obligations.facts import Fact, Outage, Source
from obligations.intervals import Interval, clipped, common, first_part, merged, total, without
from obligations.matching import belongs, records, same_service
from obligations.model import Obligation
from obligations.periods import midnight_of, shift
from obligations.quantities import Duration
from obligations.segments import Segment
from obligations.terms import Availability
from obligations.wording import instant_text, minutes_of

_MICRO = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Record:
    """One outage record as it counts: `counts` as downtime, `excused` as allowed maintenance; None where
    the record does not say enough, and then `doubt` says what is missing."""

    source: Source
    span: Interval
    counts: bool | None
    excused: bool | None
    says: str
    doubt: str = ""


@dataclass(frozen=True)
class Uptime:
    """Open time, downtime and allowed maintenance of a segment until an instant.

    `whole` is the open time of the segment, `so_far` its part until the instant. `down` counts doubtful
    records, `down_least` does not.
    """

    terms: Availability
    start: datetime
    end: datetime
    whole: timedelta
    so_far: timedelta
    down: timedelta
    down_least: timedelta
    maintenance: timedelta
    records: tuple[Record, ...]
    doubts: tuple[str, ...] = field(default=())

    def share(self, down: timedelta, of: timedelta | None = None) -> Decimal:
        """Percent of the open time that was not `down`, rounded only where the terms say so."""
        basis = (self.whole if of is None else of) - self._taken_off
        if basis <= timedelta():
            return Decimal(100)
        up = Decimal(max(basis - down, timedelta()) // _MICRO) * 100 / Decimal(basis // _MICRO)
        return up if self.terms.rounding is None else _rounded(up, self.terms.rounding)

    def kept(self, down: timedelta) -> bool:
        """Whether the level is kept with this downtime: compared unrounded unless the terms round."""
        if self.terms.rounding is not None:
            return self.share(down) >= self.terms.percent
        basis = self.whole - self._taken_off
        return Decimal((basis - down) // _MICRO) * 100 >= self.terms.percent * Decimal(basis // _MICRO)

    @property
    def measurable(self) -> bool:
        return self.whole > self._taken_off

    @property
    def budget(self) -> Decimal:
        """Minutes of downtime that the level allows in the whole segment."""
        return minutes_of(self.whole - self._taken_off) * (100 - self.terms.percent) / 100

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(record.source for record in self.records)

    @property
    def _taken_off(self) -> timedelta:
        return self.maintenance if self.terms.denominator == "less_maintenance" else timedelta()


def outages(
    obligation: Obligation, terms: Availability, facts: Sequence[Fact], known_at: datetime
) -> list[tuple[Fact, Outage, bool]]:
    """The outage records of the promised service; the flag is False where that is not sure."""
    found = []
    for fact, outage in records(obligation, facts, known_at, Outage):
        same = same_service(terms.service, outage.service)
        sure = same is True and (terms.service is not None or belongs(obligation, fact) == "yes")
        if same is not False:
            found.append((fact, outage, sure))
    return found


def measure(
    terms: Availability,
    held: Sequence[tuple[Fact, Outage, bool]],
    segment: Segment,
    now: datetime,
    zone: tzinfo,
) -> Uptime:
    """The uptime of a segment until `now`, from its outage records."""
    start, end = midnight_of(segment.start, zone), midnight_of(segment.end + _DAY, zone)
    now = now.astimezone(UTC)
    opened = _open_intervals(terms, start, end)
    seen = tuple(
        record
        for fact, outage, sure in held
        if (record := _record(terms, fact, outage, sure, (now, zone))) is not None
        and clipped([record.span], start, end)
    )
    down, maintenance = _downtime(terms, seen, opened, strict=True)
    least, _ = _downtime(terms, seen, opened, strict=False)
    return Uptime(
        terms=terms,
        start=start,
        end=end,
        whole=total(opened),
        so_far=total(clipped(opened, start, min(now, end))),
        down=total(down),
        down_least=total(least),
        maintenance=total(maintenance),
        records=seen,
        doubts=tuple(record.doubt for record in seen if record.doubt),
    )


def earliest(held: Sequence[tuple[Fact, Outage, bool]], now: datetime, zone: tzinfo) -> date | None:
    """The day of the earliest record that has begun by `now`."""
    begun = [start for _, o, _ in held if (start := o.started_at.astimezone(UTC)) <= now.astimezone(UTC)]
    return min(begun).astimezone(zone).date() if begun else None


def _open_intervals(terms: Availability, start: datetime, end: datetime) -> list[Interval]:
    if terms.calendar is None or terms.calendar.always_open:
        return [(start, end)]
    compiled = compile_calendar(terms.calendar, start.date(), end.date())
    return list(compiled.intervals(start, end))


def _record(
    terms: Availability, fact: Fact, outage: Outage, sure: bool, when: tuple[datetime, tzinfo]
) -> Record | None:
    now, zone = when
    started = outage.started_at.astimezone(UTC)
    if started > now:
        return None
    ended = min(outage.ended_at.astimezone(UTC), now) if outage.ended_at else now
    label = fact.source.label or fact.source.record
    lasts = instant_text(ended, zone) if outage.ended_at and outage.ended_at.astimezone(UTC) <= now else "now"
    name = f"{label}: {instant_text(started, zone)} to {lasts}, {outage.type}"
    reading = _reading(terms, outage, zone)
    counts: bool | None = reading.counts
    doubt = reading.doubt
    if counts and not sure:
        counts, doubt = None, "whether the promised service is meant"
    return Record(
        fact.source,
        (started, ended),
        counts,
        reading.excused,
        f"{name}; {reading.why}.",
        f"{doubt} ({label})" if doubt else "",
    )


class _Reading(NamedTuple):
    """How one record counts by the terms alone; see `Record`."""

    counts: bool
    excused: bool | None
    why: str
    doubt: str = ""


def _reading(terms: Availability, outage: Outage, zone: tzinfo) -> _Reading:
    if outage.type == "degradation":
        return _Reading(False, False, "slower service is not downtime")
    if outage.type == "outage":
        if (outage.cause == "customer" and "customer" in terms.excludes) or (
            outage.cause == "force_majeure" and "force_majeure" in terms.excludes
        ):
            return _Reading(False, False, f"not counted, caused by {outage.cause.replace('_', ' ')}")
        return _Reading(True, False, "counts")
    if "maintenance" not in terms.excludes:
        return _Reading(True, False, "counts, maintenance is not excepted")
    if terms.maintenance_notice is None:
        return _Reading(True, True, "excepted")
    if outage.announced_at is None:
        doubt = "when the maintenance was announced"
        return _Reading(True, None, "no announcement on record, counts", doubt)
    announced = instant_text(outage.announced_at, zone)
    if _announced_in_time(terms.maintenance_notice, outage.announced_at, outage.started_at, zone):
        return _Reading(True, True, f"announced {announced}, excepted")
    return _Reading(True, False, f"announced {announced}, too late to be excepted")


def _announced_in_time(notice: Duration, announced: datetime, started: datetime, zone: tzinfo) -> bool:
    """Days of notice are whole calendar days before the day of the maintenance, hours are elapsed time."""
    if notice.in_days:
        return announced.astimezone(zone).date() <= shift(started.astimezone(zone).date(), notice, -1)
    return started.astimezone(UTC) - announced.astimezone(UTC) >= notice.elapsed


def _downtime(
    terms: Availability, seen: Sequence[Record], opened: Sequence[Interval], strict: bool
) -> tuple[list[Interval], list[Interval]]:
    """Downtime and allowed maintenance within the open time. `strict` counts doubtful records."""
    counted = [r for r in seen if r.counts or (strict and r.counts is None)]
    excused = [r for r in counted if r.excused or (not strict and r.excused is None)]
    allowed = common(merged(r.span for r in excused), opened)
    if terms.maintenance_cap is not None:
        cap = timedelta(days=terms.maintenance_cap.days) + terms.maintenance_cap.elapsed
        allowed = first_part(allowed, cap)
    down = without(merged(r.span for r in counted), allowed)
    if terms.minimum_outage is not None:
        shortest = terms.minimum_outage.elapsed
        down = [(a, b) for a, b in down if b - a >= shortest]
    return common(down, opened), allowed


def _rounded(share: Decimal, places: int) -> Decimal:
    return share.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
