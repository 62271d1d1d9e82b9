"""Counting tickets: when a share of them in time, or their mean time, keeps what was promised.

Shares are exact fractions; they are rounded only where the contract rounds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from obligations.model import Outcome
from obligations.service.ticket_promise import Verdict
from obligations.terms import TicketShare

Kept = bool | None
"""Whether a promise is kept; None where there is nothing to measure, or too little."""


@dataclass(frozen=True)
class Tally:
    """The tickets of one period by what became of them; `unknown` ones may not even belong to it."""

    kept: tuple[Verdict, ...] = ()
    missed: tuple[Verdict, ...] = ()
    running: tuple[Verdict, ...] = ()
    unknown: tuple[Verdict, ...] = ()
    left_out: tuple[Verdict, ...] = ()

    @property
    def counted(self) -> tuple[Verdict, ...]:
        return (*self.kept, *self.missed)


def tally(
    held: Iterable[Verdict],
    day: Callable[[Verdict], date | None],
    open_at_end: Callable[[Verdict], Kept],
    days: tuple[date, date],
) -> Tally:
    """The tickets whose day lies in `days`, by outcome; one of unknown end may belong to any day since.

    `open_at_end` tells how one counts that is open when the period ends: as missed (False), not at all
    (None), or by its own outcome (True).
    """
    found: dict[str, list[Verdict]] = {
        name: [] for name in ("kept", "missed", "running", "unknown", "left_out")
    }
    first, last = days
    for verdict in held:
        on, outcome = day(verdict), verdict.assessment.outcome
        if on is None:
            if outcome is Outcome.UNDETERMINED and verdict.assessment.occurrence.counts_on <= last:
                found["unknown"].append(verdict)
            continue
        if not first <= on <= last:
            continue
        counts = open_at_end(verdict)
        if outcome is Outcome.NOT_APPLICABLE or counts is None:
            found["left_out"].append(verdict)
        elif not counts:
            found["missed"].append(verdict)
        else:
            found[_PLACE[outcome]].append(verdict)
    return Tally(**{name: tuple(verdicts) for name, verdicts in found.items()})


_PLACE = {
    Outcome.MET: "kept",
    Outcome.BREACHED: "missed",
    Outcome.PENDING: "running",
    Outcome.AT_RISK: "running",
    Outcome.UNDETERMINED: "unknown",
}


def share(total: int, missed: int) -> Fraction:
    """The percentage in time of at least one ticket."""
    return Fraction(100 * (total - missed), total)


def keeps(terms: TicketShare, total: int, missed: int) -> Kept:
    """Whether so many misses among so many tickets keep a share."""
    if not total or total < (terms.minimum_sample or 0):
        return None
    if terms.small_volume is not None and total < terms.small_volume and missed <= terms.misses_allowed:
        return True
    assert terms.percent is not None, "asked before"
    return as_rounded(terms, share(total, missed)) >= Fraction(terms.percent)


def as_rounded(terms: TicketShare, percent: Fraction) -> Fraction:
    """A percentage as the contract rounds it, unrounded where it does not."""
    if terms.rounding is None:
        return percent
    scaled = percent * 10**terms.rounding
    whole, rest = divmod(scaled, 1)
    up = {
        "up": rest > 0,
        "down": False,
        "half_up": rest >= Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
    }[terms.rounds]
    return Fraction(whole + up, 10**terms.rounding)


def allowed(terms: TicketShare, total: int) -> int:
    """The most misses among so many tickets that keep a share."""
    low, high = 0, total
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if keeps(terms, total, middle) else (low, middle - 1)
    return low


def by_count(terms: TicketShare, found: Tally, running: bool) -> set[Kept]:
    """What the share may come to: those of unknown outcome may be kept, missed, or of another period; those
    that still run (only where `running`) may be kept or missed."""
    still = len(found.running) if running else 0
    total, missed = len(found.counted) + still, len(found.missed)
    results: set[Kept] = set()
    for more in range(len(found.unknown) + 1):
        results |= {keeps(terms, total + more, missed), keeps(terms, total + more, missed + more + still)}
    return results


def by_mean(terms: TicketShare, found: Tally, before: bool) -> set[Kept]:
    """What the mean time may come to: of those that still run only what has been used so far is sure, of
    those of unknown outcome nothing is."""
    known = [*found.counted, *found.running]
    total, unknown = len(known), len(found.unknown)
    if not (total or unknown) or total + unknown < (terms.minimum_sample or 0):
        return {None}
    if not total:
        return {True, False}
    used, allowance = used_in_all(known), sum(v.allowance or 0 for v in known)
    most = Fraction(allowance * (total + unknown), total)
    if used > most or (before and used == most):
        return {False}
    results: set[Kept] = {True, False} if found.running or found.unknown else {True}
    if total < (terms.minimum_sample or 0):
        results.add(None)
    return results


def used_in_all(held: Iterable[Verdict]) -> int:
    """The time that the clocks of some tickets have counted, added up."""
    return sum(verdict.used or 0 for verdict in held)
