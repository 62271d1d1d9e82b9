"""The search for the policy, coarse to fine, on one half of the incidents.

First the hours of the clock and what stops it, together, on a quarter of the half; then the hours by half
hours on the whole half; then every other part, one after the other, as long as that helps. A part departs
from the simplest reading only where at least `EVIDENCE` incidents speak for it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import get_args
from zoneinfo import ZoneInfo

from benchmarks.incident_policy.clock import Stopwatch
from benchmarks.incident_policy.limits import Gap, fit, misses
from benchmarks.incident_policy.log import Incident, fold_of
from benchmarks.incident_policy.policy import DAY, WORKING_DAYS, Hours, Judged, Policy, Start, Stop
from obligations.calendars.spec import WEEKDAYS, Weekday

EVIDENCE = 2
FOLDS = 5
_ROUNDS = 4
_HOUR = 60

_DAYS: tuple[tuple[Weekday, ...], ...] = (
    WORKING_DAYS,
    WEEKDAYS[:6],
    WEEKDAYS,
    WEEKDAYS[:4],
    WEEKDAYS[1:6],
    (*WEEKDAYS[:4], "sun"),
    (*WORKING_DAYS, "sun"),
)
_REGIONS = (
    *("US", "CA", "MX", "BR", "AR", "CL", "CO", "PE", "GB-ENG", "IE", "DE", "DE-BY", "FR", "IT", "ES", "PT"),
    *("NL", "BE", "LU", "CH", "AT", "SE", "NO", "DK", "FI", "PL", "CZ", "HU", "RO", "GR", "TR", "IL", "AE"),
    *("ZA", "IN", "JP", "KR", "CN", "SG", "AU", "NZ"),
)
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Sydney")
"""One zone for each way in which clocks change in the months of the log; a constant difference is a shift of
the hours, which the search finds anyway."""
_SHIFTED_ON = datetime(2016, 4, 15)  # noqa: DTZ001
"""The hours in another zone are those of the log's own zone on this day, an hour more or less."""


@dataclass(frozen=True)
class Trial:
    """What one value of one part costs, all other parts as found."""

    part: str
    value: str
    misses: int
    chosen: bool


@dataclass(frozen=True)
class Found:
    """The policy, its limits, and how it was told from others, all on the search half."""

    policy: Policy
    gaps: dict[str, Gap]
    misses: int
    folds: int
    """Misses where each fifth is judged by limits that fit the other four."""
    trials: tuple[Trial, ...]
    tied_hours: tuple[tuple[Hours, dict[str, Gap]], ...]
    """Every hours on the half-hour grid that miss as few; the first are those chosen."""
    tried: int

    @property
    def limits(self) -> dict[str, int]:
        return {priority: gap.limit() for priority, gap in self.gaps.items()}


class Search:
    """Searches on `incidents`, which must be those of the search half alone; `say` hears of progress."""

    def __init__(self, incidents: Sequence[Incident], say: Callable[[str], None]) -> None:
        self._whole = Stopwatch(incidents)
        self._quarter = Stopwatch([i for i in incidents if fold_of(i.number, 4) == 0])
        self._say = say
        self._known: dict[Policy, int] = {}
        self.tried = 0

    def find(self) -> Found:
        best = min((self._refined(start) for start in self._coarse()), key=self._misses)
        for _ in range(_ROUNDS):
            before = best
            for part, values in _parts(best, self._whole.incidents):
                best = self._better(part, best, values)
            if best == before:
                break
            best = self._refined(best)
        ties = self._ties(best)
        best = replace(best, hours=ties[0])
        return Found(
            policy=best,
            gaps=self._gaps(best),
            misses=self._misses(best),
            folds=self._across_folds(best),
            trials=tuple(self._trials(best)),
            tied_hours=tuple((hours, self._gaps(replace(best, hours=hours))) for hours in ties),
            tried=self.tried,
        )

    def _misses(self, policy: Policy) -> int:
        if policy not in self._known:
            self._known[policy] = self._count(self._whole, policy)
        return self._known[policy]

    def _count(self, watch: Stopwatch, policy: Policy) -> int:
        self.tried += 1
        ran = watch.run(policy)
        limits = {name: gap.limit() for name, gap in fit(ran, watch.made).items()}
        return misses(ran, watch.made, limits)

    def _gaps(self, policy: Policy) -> dict[str, Gap]:
        return fit(self._whole.run(policy), self._whole.made)

    def _coarse(self) -> list[Policy]:
        """The two best ways to stop the clock, each with its best coarse hours."""
        best: dict[Stop, tuple[int, Policy]] = {}
        for hours in _coarse_hours():
            for stop in get_args(Stop):
                policy = Policy(hours=hours, stop=stop)
                count = self._count(self._quarter, policy)
                if stop not in best or count < best[stop][0]:
                    best[stop] = count, policy
        size = len(self._quarter.incidents)
        for count, policy in best.values():
            self._say(f"coarse: {policy.hours.words()}, until {policy.stop}: {count} of {size} missed")
        ranked = sorted(best.values(), key=lambda pair: pair[0])
        return [policy for _, policy in ranked[:2]]

    def _refined(self, policy: Policy) -> Policy:
        """The same with the best hours nearby, by half hours."""
        best = min(_nearby(policy), key=self._misses, default=policy)
        best = best if self._misses(best) < self._misses(policy) else policy
        self._say(f"hours: {best.hours.words()}, until {best.stop}: {self._misses(best)} missed")
        return best

    def _better(self, part: str, policy: Policy, values: Iterable[Policy]) -> Policy:
        best = min(values, key=self._misses, default=policy)
        if self._misses(best) > self._misses(policy) - EVIDENCE:
            return policy
        self._say(f"{part}: {_value(part, best)}: {self._misses(best)} missed")
        return best

    def _ties(self, policy: Policy) -> list[Hours]:
        """The hours nearby that miss as few, the roundest first."""
        near = {policy.hours, *(other.hours for other in _nearby(policy))}
        fewest = min(self._misses(replace(policy, hours=hours)) for hours in near)
        tied = [hours for hours in near if self._misses(replace(policy, hours=hours)) == fewest]
        return sorted(tied, key=self._roundness(policy))

    def _roundness(self, policy: Policy) -> Callable[[Hours], tuple[int, int, int, int]]:
        """Whole hours before half hours; a limit of whole hours; then the shortest day that begins latest."""

        def roundness(hours: Hours) -> tuple[int, int, int, int]:
            opens = hours.opens or 0
            uneven = (opens % _HOUR > 0) + (hours.length % _HOUR > 0)
            limits = [gap.limit() for gap in self._gaps(replace(policy, hours=hours)).values()]
            return uneven, sum(limit % _HOUR > 0 for limit in limits), hours.length, -opens

        return roundness

    def _trials(self, policy: Policy) -> Iterator[Trial]:
        for part, values in _parts(policy, self._whole.incidents):
            yield Trial(part, _value(part, policy), self._misses(policy), chosen=True)
            others = {_value(part, other): self._misses(other) for other in values if other != policy}
            for value, count in sorted(others.items(), key=lambda pair: (pair[1], pair[0])):
                yield Trial(part, value, count, chosen=False)

    def _across_folds(self, policy: Policy) -> int:
        ran, made = self._whole.run(policy), self._whole.made
        folds = [fold_of(incident.number, FOLDS) for incident in self._whole.incidents]
        missed = 0
        for fold in range(FOLDS):
            inside = [at for at, own in enumerate(folds) if own != fold]
            outside = [at for at, own in enumerate(folds) if own == fold]
            gaps = fit([ran[at] for at in inside], [made[at] for at in inside])
            limits = {name: gap.limit() for name, gap in gaps.items()}
            missed += misses([ran[at] for at in outside], [made[at] for at in outside], limits)
        return missed


def _coarse_hours() -> Iterator[Hours]:
    yield Hours()
    for days in (WORKING_DAYS, WEEKDAYS[:6], WEEKDAYS):
        for length in (6, 8, 10, 12, 16, 24):
            for opens in range(0, 24, 2):
                yield Hours(days, opens * _HOUR, length * _HOUR)


def _nearby(policy: Policy) -> Iterator[Policy]:
    """Opening up to two hours and closing up to three hours away, by half hours."""
    hours = policy.hours
    if hours.opens is None:
        return
    for opens in range(hours.opens - 2 * _HOUR, hours.opens + 2 * _HOUR + 1, 30):
        for length in range(hours.length - 3 * _HOUR, min(hours.length + 3 * _HOUR, DAY) + 1, 30):
            if length > 0:
                yield replace(policy, hours=replace(hours, opens=opens % DAY, length=length))


def _parts(policy: Policy, incidents: Sequence[Incident]) -> Iterator[tuple[str, list[Policy]]]:
    """Every part but the hours of day, with its other values."""
    hours = policy.hours
    yield "stops", [replace(policy, stop=stop) for stop in get_args(Stop)]
    yield "starts", [replace(policy, start=start) for start in get_args(Start)]
    yield "priority", [replace(policy, judged=judged) for judged in get_args(Judged)]
    states = sorted({u.state for i in incidents for u in i.updates if u.state.startswith("Awaiting")})
    yield "pauses", [replace(policy, pauses=_toggled(policy.pauses, state)) for state in states]
    names = sorted({incident.priority for incident in incidents})
    toggled = [_toggled(policy.around_the_clock, name) for name in names]
    yield "around the clock", [replace(policy, around_the_clock=some) for some in toggled]
    if hours.opens is None:
        return
    yield "hours", [replace(policy, hours=Hours())]
    yield "days", [replace(policy, hours=replace(hours, days=days)) for days in _DAYS]
    off = [replace(hours, region=region) for region in (None, *_REGIONS)]
    off += [replace(hours, holidays=(day,)) for day in quiet_days(incidents)]
    yield "holidays", [replace(policy, hours=some) for some in off]
    yield "zones", list(_zoned(policy))


def _toggled(held: tuple[str, ...], one: str) -> tuple[str, ...]:
    return tuple(sorted({*held} ^ {one}))


def _zoned(policy: Policy) -> Iterator[Policy]:
    """The log's times and the hours in zones that change their clocks on other days."""
    opens = policy.hours.opens or 0
    for log_zone in _ZONES:
        for zone in _ZONES:
            moved = _SHIFTED_ON.replace(tzinfo=ZoneInfo(log_zone)).astimezone(ZoneInfo(zone))
            shift = round((moved.replace(tzinfo=None) - _SHIFTED_ON) / timedelta(minutes=1))
            for more in (-_HOUR, 0, _HOUR):
                # Hours that would begin on another day of the week are left out: they are other days.
                if log_zone != zone and 0 <= opens + shift + more < DAY:
                    hours = replace(policy.hours, opens=opens + shift + more, zone=zone)
                    yield replace(policy, hours=hours, log_zone=log_zone)


def quiet_days(incidents: Sequence[Incident]) -> list[date]:
    """Working days, between the first and the last opening, with less than a quarter of the usual number of
    incidents opened and resolved: holidays, perhaps."""
    counts: dict[date, int] = {}
    days = [incident.opened_at.date() for incident in incidents]
    first, last = min(days), max(days)
    resolved = [i.resolved_at.date() for i in incidents if i.resolved_at is not None]
    for day in (*days, *resolved):
        counts[day] = counts.get(day, 0) + 1
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    working = [day for day in span if day.weekday() < 5]
    usual = median(counts.get(day, 0) for day in working) if working else 0
    return [day for day in working if counts.get(day, 0) * 4 < usual]


def _value(part: str, policy: Policy) -> str:
    """The value of a part in words."""
    hours = policy.hours
    words = {
        "stops": policy.stop,
        "starts": policy.start,
        "priority": policy.judged,
        "pauses": ", ".join(policy.pauses) or "none",
        "around the clock": ", ".join(policy.around_the_clock) or "none",
        "hours": hours.words(),
        "days": " ".join(hours.days),
        "holidays": hours.region or ", ".join(map(str, hours.holidays)) or "none",
        "zones": f"log {policy.log_zone}, hours {hours.zone}",
    }
    return words[part]
