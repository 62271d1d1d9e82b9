"""Time that certificates show to be covered, and time that they do not.

A certificate informs of a policy or a licence; it is not the thing itself. A day is shown by a certificate
that has everything the text asks for, doubtful where the best one leaves something out, faulty where every
one on record falls short, and bare where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from obligations.facts import Certificate, Fact

_DAY = timedelta(days=1)
Standing = Literal["shown", "doubtful", "faulty", "bare"]


@dataclass(frozen=True)
class Cover:
    """A certificate held against the terms: the days it covers, what falls short, what it leaves out."""

    fact: Fact
    certificate: Certificate
    first: date
    last: date
    faults: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        if self.faults:
            return "faulty"
        return "doubtful" if self.missing else "shown"

    def on(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Stretch:
    """Days in a row of one standing, with the certificates that count for them."""

    first: date
    last: date
    standing: Standing
    covers: tuple[Cover, ...] = ()

    @property
    def days(self) -> str:
        return self.first.isoformat() if self.first == self.last else f"{self.first} to {self.last}"


_BEST: tuple[Standing, ...] = ("shown", "doubtful", "faulty")


def covered_days(certificate: Certificate) -> tuple[date, date]:
    """First and last day: the day of expiry is covered, that of a cancellation is not.

    "For good" is written as the last day of the calendar, which has no day after it.
    """
    last = min(certificate.expires_on, date.max - _DAY)
    if certificate.cancelled_on is not None and certificate.cancelled_on > date.min:
        last = min(last, certificate.cancelled_on - _DAY)
    return max(certificate.effective_on, date.min + _DAY), last


def stretches(covers: Sequence[Cover], first: date, last: date) -> list[Stretch]:
    """The days from `first` to `last`, cut where their standing changes."""
    edges = {first}
    for cover in covers:
        edges |= {day for day in (cover.first, cover.last + _DAY) if first < day <= last}
    starts = sorted(edges)
    found: list[Stretch] = []
    for start, following in zip(starts, [*starts[1:], last + _DAY], strict=True):
        piece = _stretch(covers, start, following - _DAY)
        joins = found and (found[-1].standing, found[-1].covers) == (piece.standing, piece.covers)
        if joins:
            found[-1] = Stretch(found[-1].first, piece.last, piece.standing, piece.covers)
        else:
            found.append(piece)
    return found


def _stretch(covers: Sequence[Cover], first: date, last: date) -> Stretch:
    held = [cover for cover in covers if cover.on(first)]
    for standing in _BEST:
        counted = tuple(cover for cover in held if cover.standing == standing)
        if counted:
            return Stretch(first, last, standing, counted)
    return Stretch(first, last, "bare")


def shown_until(covers: Sequence[Cover], day: date) -> date | None:
    """The last day of the time shown without a break from a day on; None where that day is not shown."""
    last = None
    reached = day
    while True:
        ends = [c.last for c in covers if c.standing == "shown" and c.on(reached)]
        if not ends:
            return last
        last = max(ends)
        reached = last + _DAY
