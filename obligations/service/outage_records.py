"""How one record of an outage counts by the terms: as downtime, as maintenance that is allowed, or not at
all; and where the record does not say enough, what is missing.

A record of which something decisive is not known is counted against the provider and left out in its favour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from obligations.facts import Fact, Outage, Relief, Source
from obligations.intervals import Interval, clipped
from obligations.matching import belongs, records, same_service
from obligations.model import Obligation
from obligations.periods import shift
from obligations.quantities import Duration
from obligations.terms import Availability
from obligations.wording import instant_text, plain

FULL = Fraction(1)


class Held(NamedTuple):
    """The records of a promise; the flag is False where it is not sure that the promise is meant."""

    outages: tuple[tuple[Fact, Outage, bool], ...]
    reliefs: tuple[tuple[Fact, Relief, bool], ...]


@dataclass(frozen=True)
class Record:
    """One outage record as it counts.

    `counts` as downtime with `weight` (the share of the service that was down); None where that is not
    known, and then `doubt` says what is missing. `allowed` is the part that may be excepted as maintenance;
    None for `excused` where that is not known. `excluded` is True where the terms leave it out by its cause.
    """

    source: Source
    span: Interval
    says: str
    counts: bool | None
    weight: Fraction = FULL
    excused: bool | None = False
    allowed: Interval | None = None
    excluded: bool = False
    component: str = ""
    doubt: str = ""


def held_for(obligation: Obligation, terms: Availability, facts: Sequence[Fact], known_at: datetime) -> Held:
    """The outages of the promised service and region, and the times in which its debtor is excused."""
    outages = []
    for fact, outage in records(obligation, facts, known_at, Outage):
        same = same_service(terms.service, outage.service)
        near = same_service(terms.region, outage.region)
        if same is False or near is False:
            continue
        sure = same is True and near is True
        outages.append((fact, outage, sure and (bool(terms.service) or belongs(obligation, fact) == "yes")))
    reliefs = []
    for fact, relief in records(obligation, facts, known_at, Relief):
        if relief.of and not _about(obligation, terms, relief.of):
            continue
        reliefs.append((fact, relief, belongs(obligation, fact) == "yes"))
    return Held(tuple(outages), tuple(reliefs))


class Watch:
    """The records of a promise, looked for once for each service and region that its terms name."""

    def __init__(self, obligation: Obligation, facts: Sequence[Fact], known_at: datetime) -> None:
        self._obligation, self._facts, self._known_at = obligation, facts, known_at
        self._held: dict[tuple[str | None, str | None], Held] = {}

    def held(self, terms: Availability) -> Held:
        key = (terms.service, terms.region)
        if key not in self._held:
            self._held[key] = held_for(self._obligation, terms, self._facts, self._known_at)
        return self._held[key]


def narrowed(held: Held, within: Interval, now: datetime) -> Held:
    """Only the records that touch a span of time."""
    return Held(
        tuple(o for o in held.outages if (span := _span(o[1], now)) and clipped([span], *within)),
        tuple(r for r in held.reliefs if (span := _span(r[1], now)) and clipped([span], *within)),
    )


def _about(obligation: Obligation, terms: Availability, named: str) -> bool:
    names = (terms.service, obligation.key, obligation.kind)
    return any(same_service(name, named) is True for name in names if name)


def earliest(held: Held, now: datetime, zone: tzinfo) -> date | None:
    """The day of the earliest record of the service that has begun by `now`."""
    begun = [start for _, o, _ in held.outages if (start := o.started_at.astimezone(UTC)) <= now]
    return min(begun).astimezone(zone).date() if begun else None


def seen(
    terms: Availability, held: Held, within: Interval, now: datetime, zone: tzinfo
) -> tuple[Record, ...]:
    """Every outage record that has begun by `now` and touches `within`, as it counts."""
    found = []
    for fact, outage, sure in held.outages:
        span = _span(outage, now)
        if span is not None and clipped([span], *within):
            found.append(_record(terms, fact, outage, sure, (span, now, zone)))
    return tuple(found)


def relieved(held: Held, within: Interval, now: datetime, zone: tzinfo) -> tuple[Record, ...]:
    """The times in which the debtor is excused; `counts` is False where that is sure, None where not."""
    found = []
    for fact, relief, sure in held.reliefs:
        span = _span(relief, now)
        if span is None or not clipped([span], *within):
            continue
        label = fact.source.label or fact.source.record
        lasts = _end_text(relief, span[1], now, zone)
        why = f" ({relief.reason})" if relief.reason else ""
        cause = relief.cause.replace("_", " ")
        says = f"{label}: {instant_text(span[0], zone)} to {lasts}, relief, {cause}{why}; not counted."
        doubt = "" if sure else f"whether the relief is for this promise ({label})"
        if _backwards(relief):
            sure, doubt = False, f"its true start and end: on record it ends before it starts ({label})"
        found.append(Record(fact.source, span, says, False if sure else None, doubt=doubt))
    return tuple(found)


def _span(record: Outage | Relief, now: datetime) -> Interval | None:
    """Its time by `now`; of a record that ends before it starts, all the time between the two."""
    started = record.started_at.astimezone(UTC)
    if started > now:
        return None
    ended = min(record.ended_at.astimezone(UTC), now) if record.ended_at else now
    return (ended, started) if _backwards(record) else (started, ended)


def _backwards(record: Outage | Relief) -> bool:
    ended = record.ended_at
    return ended is not None and ended.astimezone(UTC) < record.started_at.astimezone(UTC)


def _end_text(record: Outage | Relief, ended: datetime, now: datetime, zone: tzinfo) -> str:
    over = record.ended_at is not None and record.ended_at.astimezone(UTC) <= now
    return instant_text(ended, zone) if over else "now"


def _record(
    terms: Availability, fact: Fact, outage: Outage, sure: bool, when: tuple[Interval, datetime, tzinfo]
) -> Record:
    span, now, zone = when
    label = fact.source.label or fact.source.record
    name = f"{label}: {instant_text(span[0], zone)} to {_end_text(outage, span[1], now, zone)}, {outage.type}"
    reading = _reading(terms, outage, zone)
    counts, doubt = reading.counts, reading.doubt
    if counts is not False and not sure:
        counts = None
        doubt = "whether the promised service is meant" + (f", {doubt}" if doubt else "")
    if counts is not False and _backwards(outage):
        counts = None
        doubt = "its true start and end: on record it ends before it starts" + (f", {doubt}" if doubt else "")
    planned = outage.planned_end_at.astimezone(UTC) if outage.planned_end_at else span[1]
    where = outage.region if terms.component_is == "region" else outage.component
    return Record(
        source=fact.source,
        span=span,
        says=f"{name}; {reading.why}.",
        counts=counts,
        weight=reading.weight,
        excused=reading.excused,
        allowed=(span[0], min(planned, span[1])) if reading.excused is not False else None,
        excluded=reading.excluded,
        component=where,
        doubt=f"{doubt} ({label})" if doubt else "",
    )


class _Reading(NamedTuple):
    """How one record counts by the terms alone; see `Record`."""

    counts: bool | None
    why: str
    excused: bool | None = False
    weight: Fraction = FULL
    doubt: str = ""
    excluded: bool = False


def _reading(terms: Availability, outage: Outage, zone: tzinfo) -> _Reading:
    if outage.type == "unmonitored":
        if terms.unmonitored is None:
            doubt = "whether the service was up while nothing was measured"
            return _Reading(None, "nothing was measured, up or down is not known", doubt=doubt)
        return _Reading(terms.unmonitored == "down", f"not measured, which counts as {terms.unmonitored}")
    if outage.cause in terms.excludes and outage.cause != "maintenance":
        why = f"not counted, caused by {outage.cause.replace('_', ' ')}"
        return _Reading(False, why, excluded=True)
    if outage.type == "maintenance":
        return _maintenance(terms, outage, zone)
    return _weighed(terms, outage)


def _weighed(terms: Availability, outage: Outage) -> _Reading:
    """An outage counts fully, slower service as the terms weigh it."""
    if outage.type == "degradation":
        return _slower(terms, outage)
    if terms.degradation == "impact" and outage.impact is not None:
        return _Reading(True, f"counts by its impact, {plain(outage.impact)} %", weight=_part(outage.impact))
    return _Reading(True, "counts")


def _slower(terms: Availability, outage: Outage) -> _Reading:
    impact, least = outage.impact, terms.degradation_from
    if terms.degradation == "ignored":
        return _Reading(False, "slower service is not downtime")
    if impact is None and (least is not None or terms.degradation == "impact"):
        return _Reading(None, "counts, its impact is not on record", doubt="the impact")
    if impact is not None and least is not None and impact < least:
        return _Reading(False, f"impact {plain(impact)} % is under {plain(least)} %, not counted")
    if terms.degradation == "impact" and impact is not None:
        return _Reading(True, f"counts by its impact, {plain(impact)} %", weight=_part(impact))
    if terms.degradation_weight is not None:
        weight = terms.degradation_weight
        return _Reading(True, f"counts by {plain(weight)} %", weight=_part(weight))
    return _Reading(True, "counts")


def _part(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100


def _maintenance(terms: Availability, outage: Outage, zone: tzinfo) -> _Reading:
    if "maintenance" not in terms.excludes:
        return _Reading(True, "counts, maintenance is not excepted")
    over = ", what runs past its announced end counts" if _overruns(outage) else ""
    if terms.maintenance_notice is None:
        return _Reading(True, f"excepted{over}", excused=True)
    if outage.announced_at is None:
        doubt = "when the maintenance was announced"
        return _Reading(True, "no announcement on record, counts", excused=None, doubt=doubt)
    announced = instant_text(outage.announced_at, zone)
    if _announced_in_time(terms.maintenance_notice, outage.announced_at, outage.started_at, zone):
        return _Reading(True, f"announced {announced}, excepted{over}", excused=True)
    return _Reading(True, f"announced {announced}, too late to be excepted")


def _overruns(outage: Outage) -> bool:
    if outage.planned_end_at is None:
        return False
    return outage.ended_at is None or outage.ended_at.astimezone(UTC) > outage.planned_end_at.astimezone(UTC)


def _announced_in_time(notice: Duration, announced: datetime, started: datetime, zone: tzinfo) -> bool:
    """Days of notice are whole calendar days before the day of the maintenance, hours are elapsed time."""
    if notice.in_days:
        return announced.astimezone(zone).date() <= shift(started.astimezone(zone).date(), notice, -1)
    return started.astimezone(UTC) - announced.astimezone(UTC) >= notice.elapsed
