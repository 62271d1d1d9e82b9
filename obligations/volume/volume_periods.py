"""The periods over which a volume counts, and the terms in force in each part of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from obligations.facts import Fact
from obligations.fiscal import fiscal_containing, fiscal_words
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence
from obligations.periods import RECURRING, Period, anchored, containing, period
from obligations.terms.volume import Measured
from obligations.trail import Trail, undetermined, zone_of
from obligations.volume.volumes import ZERO, Days, Entry, Measure, Volume, Wanted, entries, volume_of

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """Days of a period on which the same terms hold."""

    start: date
    end: date
    dated: DatedTerms

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Stretch:
    """A period over which volume counts, as far as the contract runs in it, in parts of the same terms."""

    period: Period
    parts: tuple[Part, ...]

    @property
    def start(self) -> date:
        return self.parts[0].start

    @property
    def end(self) -> date:
        return self.parts[-1].end

    @property
    def days(self) -> int:
        """Days of the whole period, in which the contract may run for fewer."""
        return (self.period.end - self.period.start).days + 1

    @property
    def whole(self) -> bool:
        return (self.start, self.end) == (self.period.start, self.period.end)

    @property
    def words(self) -> str:
        said = fiscal_words(self.period)
        return said if self.whole else f"{said} ({self.start} to {self.end})"

    @property
    def last(self) -> DatedTerms:
        """The terms in force when the period ends."""
        return self.parts[-1].dated

    def occurrence(self, what: str, zone: tzinfo, due_on: date | None = None) -> Occurrence:
        due = due_on or self.end
        return Occurrence(
            key=self.period.label,
            label=f"{what}, {self.words}",
            starts_at=datetime.combine(self.start, time(), zone),
            due_at=datetime.combine(due, time(23, 59, 59), zone),
            counts_on=self.end,
        )


def period_of(obligation: Obligation, terms: Measured, day: date) -> Period | None:
    """The period that holds a day; None where the terms name none or its years begin nobody knows when."""
    per = terms.per
    if per == "once" and obligation.starts_on is not None and obligation.ends_on is not None:
        return Period(obligation.starts_on, obligation.ends_on, "the whole contract")
    if per is None or per not in RECURRING:
        return None
    if terms.year == "fiscal":
        return fiscal_containing(per, day, terms.fiscal_year)
    if terms.year != "contract":
        return containing(per, day)
    begins = terms.year_starts_on or obligation.starts_on
    if begins is None or day < begins:
        return None
    return anchored(per, begins, day)


def unmeasured(obligation: Obligation, terms: Measured) -> str:
    """What is missing to tell the periods, "" where nothing is."""
    if terms.per == "once":
        known = obligation.starts_on is not None and obligation.ends_on is not None
        return "" if known else "the first and the last day of the contract"
    if terms.per is None or terms.per not in RECURRING:
        return "the period over which the volume counts"
    begins = terms.year_starts_on or obligation.starts_on
    return "the day on which the contract year begins" if terms.year == "contract" and begins is None else ""


def stretches(
    obligation: Obligation, today: date, observed_from: date | None, held: Sequence[Entry]
) -> tuple[Stretch, ...]:
    """The periods from the first that records can tell of to the current one.

    That is the one in which observation begins, or the earliest record lies; without either the last whole
    one.
    """
    terms = obligation.terms[-1].terms
    assert isinstance(terms, Measured)
    current = period_of(obligation, terms, today)
    if current is None or today < _begins(obligation, terms):
        return ()
    first = min((entry.on for entry in held), default=None)
    if observed_from is not None:
        first = observed_from
    if first is None:
        first = current.start - _DAY if current.start > date.min else current.start
    until = min(current.end, obligation.ends_on or current.end)
    return tuple(_stretches(obligation, terms, (max(first, _begins(obligation, terms)), until), today))


def _begins(obligation: Obligation, terms: Measured) -> date:
    year = terms.year_starts_on if terms.year == "contract" else None
    return max(year or date.min, obligation.starts_on or date.min)


def _stretches(
    obligation: Obligation, terms: Measured, days: tuple[date, date], today: date
) -> Iterator[Stretch]:
    day, until = days
    while day <= min(until, today):
        found = period_of(obligation, terms, day)
        if found is None:
            return
        start = max(found.start, _begins(obligation, terms))
        parts = tuple(_parts(obligation, start, min(found.end, obligation.ends_on or found.end)))
        if parts:
            yield Stretch(found, parts)
        if found.end == date.max:
            return
        day = found.end + _DAY


def _parts(obligation: Obligation, start: date, end: date) -> Iterator[Part]:
    changes = sorted({d.from_on for d in obligation.terms if d.from_on and start < d.from_on <= end})
    for first, after in zip([start, *changes], [*changes, end + _DAY], strict=True):
        dated = obligation.in_force(first)
        if dated is not None:
            yield Part(first, after - _DAY, dated)


def number_of(obligation: Obligation, terms: Measured, stretch: Stretch) -> int:
    """Which period it is, counted from the first; the first is 0."""
    day, number = _begins(obligation, terms), 0
    while (found := period_of(obligation, terms, day)) is not None and found.end < stretch.start:
        day, number = found.end + _DAY, number + 1
    return number


def before(obligation: Obligation, terms: Measured, stretch: Stretch) -> Period | None:
    """The period before one, None where there is none."""
    if stretch.period.start == date.min or terms.per == "once":
        return None
    return period_of(obligation, terms, stretch.period.start - _DAY)


def open_terms(obligation: Obligation, at: AsOf, says: str, *missing: str) -> Assessment:
    """The one assessment of a promise whose text leaves open what it takes to count it."""
    trail = Trail(obligation, at)
    dated = obligation.terms[-1]
    trail.terms(dated, says)
    today = at.as_of.astimezone(zone_of(obligation, dated.terms, at)).date()
    occurrence = Occurrence(key="terms", label="terms that leave a figure open", counts_on=today)
    summary = f"It cannot be judged without {' and '.join(missing)}."
    return trail.conclude(occurrence, undetermined(summary, *missing))


def names_period(label: str, wanted: Period) -> bool | None:
    """Whether a label names a period or a part of it; None where it may."""
    if label.strip().casefold() == wanted.label.casefold():
        return True
    named = period(label)
    if named is None:
        return None
    if wanted.start <= named.start and named.end <= wanted.end:
        return True
    return None if named.start <= wanted.end and named.end >= wanted.start else False


def _on(entry: Entry) -> date:
    return entry.on


@dataclass(frozen=True)
class Book:
    """The entries of a promise in one measure, and from when on they are complete."""

    wanted: Wanted
    entries: tuple[Entry, ...]
    observed_from: date | None

    @property
    def watched(self) -> bool:
        return self.observed_from is not None or bool(self.entries)

    def over(self, stretch: Stretch, part: Part | None = None) -> Volume:
        """The volume of a period, or of a part of it."""
        alone = len(stretch.parts) == 1
        around = (stretch.period.start, stretch.period.end) if part is None or alone else None
        days = part or stretch
        return self.volume(days.start, days.end, around)

    def doubts(self, stretch: Stretch) -> tuple[str, ...]:
        """What leaves the volume of a period or of one of its parts open."""
        volumes = [self.over(stretch), *(self.over(stretch, part) for part in stretch.parts)]
        return tuple(dict.fromkeys(doubt for volume in volumes for doubt in volume.doubts))

    def volume(self, start: date, end: date, within: Days | None = None) -> Volume:
        """The volume of some days. Where records begin later or are not watched at all, what they lack is
        among its doubts."""
        held = self.entries
        if self.wanted.counts != "used":
            # Entries are in order of day; only statements reach over several.
            first, last = (
                edge(held, day, key=_on) for edge, day in ((bisect_left, start), (bisect_right, end))
            )
            held = held[first:last]
        volume = volume_of(held, start, end, within)
        lacking = ""
        if not self.watched:
            lacking = f"records of the volume from {start} to {end}"
        elif self.observed_from is not None and self.observed_from > start:
            lacking = f"records from {start} to {min(end, self.observed_from - _DAY)}"
        if not lacking:
            return volume
        return replace(volume, doubts=(*volume.doubts, lacking), complete=False)


def book_of(wanted: Wanted, facts: Sequence[Fact], observed_from: date | None) -> Book:
    return Book(wanted, entries(wanted, facts), observed_from)


def tell(trail: Trail, measure: Measure, volume: Volume, words: str) -> None:
    """A step for every record that counts, and one for their sum."""
    for entry in volume.entries:
        amount = measure.text(entry.low if entry.low.is_finite() and entry.low else entry.high or ZERO)
        doubt = f" (not sure: {'; '.join(entry.doubts)})" if entry.doubts else ""
        name = entry.name[:1].upper() + entry.name[1:]
        trail.note("volume", f"{name} of {entry.on}: {amount}{doubt}.", (entry.fact.source,))
    most = "" if volume.sure else ", at least" if volume.high is None else f" to {measure.text(volume.high)}"
    trail.note("volume", f"In all {measure.text(volume.low)}{most} in {words}.", volume.sources)
