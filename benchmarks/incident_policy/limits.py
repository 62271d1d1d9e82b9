"""The limits that fit best, given how long each incident's clock ran and whether it made its SLA."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.incident_policy.clock import Ran

Timed = tuple[int, bool]
"""Minutes on the clock, and whether the SLA was made."""

_ROUND = (24 * 60, 8 * 60, 4 * 60, 60, 30, 15, 5, 1)
_ROUNDS = 4
"""More rounds change nothing on any log tried: few incidents are judged by two priorities."""


@dataclass(frozen=True)
class Gap:
    """Every limit from `low` up to but not with `high` tells the same incidents apart."""

    low: int
    high: int | None

    def limit(self) -> int:
        """The roundest limit of the gap; of several, the one nearest to its middle."""
        high = self.high if self.high is not None else self.low + 60
        middle = (self.low + high) // 2
        for unit in _ROUND:
            first, last = -(-max(self.low, 1) // unit), (high - 1) // unit
            if first <= last:
                return unit * min(max(round(middle / unit), first), last)
        return max(self.low, 1)


def fit(ran: Sequence[Ran], made: Sequence[bool]) -> dict[str, Gap]:
    """For each priority the gap with the fewest misses.

    An incident judged by several priorities bears on the limit of one only where it keeps the others.
    """
    single: dict[str, list[Timed]] = {}
    several: list[tuple[Ran, bool]] = []
    for parts, kept in zip(ran, made, strict=True):
        if len(parts) == 1:
            single.setdefault(parts[0][0], []).append((parts[0][1], kept))
        elif parts:
            several.append((parts, kept))
    names = sorted({*single, *(name for parts, _ in several for name, _ in parts)})
    gaps = {name: best_gap(single.get(name, ())) for name in names}
    for _ in range(_ROUNDS if several else 0):
        before = dict(gaps)
        for name in names:
            gaps[name] = best_gap([*single.get(name, ()), *_bearing(several, name, gaps)])
        if gaps == before:
            break
    return gaps


def _bearing(several: Iterable[tuple[Ran, bool]], name: str, gaps: Mapping[str, Gap]) -> Iterable[Timed]:
    for parts, kept in several:
        mine = [minutes for part, minutes in parts if part == name]
        others = [(part, minutes) for part, minutes in parts if part != name]
        if mine and all(minutes <= gaps[part].limit() for part, minutes in others):
            yield max(mine), kept


def best_gap(timed: Iterable[Timed]) -> Gap:
    """The gap that misses fewest incidents; of equals the widest in proportion, then the lowest."""
    ordered = sorted(timed)
    if not ordered:
        return Gap(0, None)
    wrong = sum(kept for _, kept in ordered)
    found = [(wrong, Gap(0, ordered[0][0]))] if ordered[0][0] > 0 else []
    for at, (minutes, kept) in enumerate(ordered):
        wrong += -1 if kept else 1
        following = ordered[at + 1][0] if at + 1 < len(ordered) else None
        if following != minutes:
            found.append((wrong, Gap(minutes, following)))
    fewest = min(wrong for wrong, _ in found)
    return max((gap for wrong, gap in found if wrong == fewest), key=_width)


def _width(gap: Gap) -> tuple[float, int]:
    high = gap.high if gap.high is not None else gap.low + 60
    return high / (gap.low + 60), -gap.low


def within(parts: Ran, limits: Mapping[str, int]) -> bool:
    """Does an incident keep the limits? One whose clock never stopped does not."""
    return bool(parts) and all(minutes <= limits.get(name, 0) for name, minutes in parts)


def misses(ran: Sequence[Ran], made: Sequence[bool], limits: Mapping[str, int]) -> int:
    """Incidents of which the limits say something else than the log."""
    return sum(within(parts, limits) != kept for parts, kept in zip(ran, made, strict=True))
