"""Measuring the share of a period in which a service was up.

Everything is computed twice: with what is doubtful counted as downtime, and without it. Only where that
changes an outcome is the outcome undetermined.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from obligations.facts import Source
from obligations.periods import Period, midnight_of
from obligations.segments import Segment
from obligations.service.downtime import Scene, Tally, minutes, open_hours, pooled, tallies
from obligations.service.outage_records import Held, Record, narrowed, relieved, seen
from obligations.terms import Availability

_DAY = timedelta(days=1)
_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


@dataclass(frozen=True)
class Uptime:
    """Open time and downtime of a segment until an instant, in minutes.

    `strict` counts doubtful records as downtime, `lenient` does not. `whole` is the open time of the
    segment. `parts` are the tallies of the components that `strict` is made of, if there are several.
    """

    terms: Availability
    segment: Segment
    start: datetime
    end: datetime
    whole: Fraction
    strict: Tally
    lenient: Tally
    records: tuple[Record, ...]
    parts: tuple[Tally, ...] = field(default=())

    @property
    def down(self) -> Decimal:
        return decimal(self.strict.down)

    @property
    def excepted(self) -> Decimal:
        return decimal(self.strict.excepted)

    @property
    def basis(self) -> Decimal:
        """Open minutes that the downtime is held against, before anything is left out."""
        return decimal(self.strict.whole)

    @property
    def measurable(self) -> bool:
        return self.strict.basis > 0

    @property
    def budget(self) -> Decimal:
        """Minutes of downtime that the level allows in the whole segment."""
        return decimal(self.strict.basis * (100 - Fraction(self.terms.percent or 0)) / 100)

    @property
    def share(self) -> Decimal:
        """Percent of the whole segment that was not down, rounded only where the terms say so."""
        return self.share_of(self.strict)

    @property
    def share_so_far(self) -> Decimal:
        """The share of the part of the segment that has passed."""
        return self.share_of(self.strict._replace(whole=self.strict.so_far))

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(record.source for record in self.records)

    @property
    def doubts(self) -> tuple[str, ...]:
        return tuple(record.doubt for record in self.records if record.doubt)

    def share_of(self, tally: Tally) -> Decimal:
        exact = decimal(100 * (1 - tally.down_share()))
        return exact if self.terms.rounding is None else self._rounded(exact, self.terms.rounding)

    def kept(self, tally: Tally) -> bool:
        """Whether the level is kept: compared exactly unless the terms round."""
        percent = self.terms.percent or Decimal(0)
        if self.terms.rounding is not None:
            return self.share_of(tally) >= percent
        return 100 * (1 - tally.down_share()) >= Fraction(percent)

    def _rounded(self, share: Decimal, places: int) -> Decimal:
        return share.quantize(Decimal(1).scaleb(-places), rounding=_ROUNDING[self.terms.rounds])


def decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def as_read(terms: Availability, we_owe: bool | None) -> Availability:
    """The terms with what the text leaves open read carefully for our side: whether a step that is down in
    part counts. What we owe is measured as harshly, what is owed to us as mildly as the text allows."""
    if terms.bin is None or terms.bin_counts is not None:
        return terms
    return terms.model_copy(update={"bin_counts": "whole" if we_owe is False else "any"})


def measure(terms: Availability, held: Held, segment: Segment, now: datetime, zone: tzinfo) -> Uptime:
    """The uptime of a segment until `now`; for a rolling window, that of the worst one ending in it."""
    now = now.astimezone(UTC)

    def measured(part: Segment) -> Uptime:
        return _measured(terms, held, part, now, zone)

    if terms.rolling is None:
        return measured(segment)
    reach = midnight_of(segment.start - timedelta(days=terms.rolling.days), zone)
    held = narrowed(held, (reach, segment.bounds(zone)[1]), now)
    return _worst_window(terms.rolling.days, segment, now, zone, measured)


def _measured(terms: Availability, held: Held, segment: Segment, now: datetime, zone: tzinfo) -> Uptime:
    start, end = midnight_of(segment.start, zone), midnight_of(segment.end + _DAY, zone)
    records = seen(terms, held, (start, end), now, zone)
    relief = relieved(held, (start, end), now, zone)
    scene = Scene(terms, start, end, now, zone, records, relief)
    whole = minutes(open_hours(terms.calendar, start, end))
    parts = tallies(scene, strict=True)
    return Uptime(
        terms=terms,
        segment=segment,
        start=start,
        end=end,
        whole=whole,
        strict=_combined(terms, parts, whole),
        lenient=_combined(terms, tallies(scene, strict=False), whole),
        records=(*records, *relief),
        parts=tuple(parts) if len(parts) > 1 else (),
    )


def _combined(terms: Availability, parts: Sequence[Tally], whole: Fraction) -> Tally:
    """One tally of all components: the worst, all minutes pooled, or an average.

    An average of shares is told as the downtime that the whole open time would have had.
    """
    deployed = [part for part in parts if part.basis > 0] or list(parts)
    if len(deployed) == 1 or terms.combine in ("any", "all"):
        return deployed[0]
    if terms.combine == "worst":
        return max(deployed, key=lambda part: part.down_share())
    if terms.combine == "pooled":
        return pooled(deployed)
    weights = {c.name: Fraction(c.weight if terms.combine == "weighted" else 1) for c in terms.components}
    of_all = sum(weights[part.part] for part in deployed)
    down = sum((weights[part.part] * part.down_share() for part in deployed), Fraction(0)) / of_all
    excepted = max(part.excepted for part in deployed)
    return Tally(whole, max(part.so_far for part in deployed), Fraction(0), down * whole, excepted)


def _worst_window(
    days: int, segment: Segment, now: datetime, zone: tzinfo, measured: Callable[[Segment], Uptime]
) -> Uptime:
    """The worst of the windows of whole days that end in the segment by the day of `now`.

    A window may begin before the segment, but not before the first day that is observed at all. Where none
    fits yet, the segment itself is measured.
    """
    last = min(segment.end, now.astimezone(zone).date())
    windows = []
    for back in range((last - segment.start).days + 1):
        end = last - timedelta(days=back)
        start = end - timedelta(days=days - 1)
        if segment.reaches is None or start >= segment.reaches:
            period = Period(start, end, f"{start} to {end}")
            windows.append(measured(Segment(period, start, end, segment.dated)))
    return min(windows, key=lambda u: u.share) if windows else measured(segment)
