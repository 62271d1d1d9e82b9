"""The share of what was due in a period that came on time, in full, or both: of orders, lines or cases.

What is counted is left to the contract: there is no common definition. A line is on time when something came
and nothing came outside its window; in full when all of it came, whenever; both when all of it came within
the window. An order is what all its lines are. Cases are counted one by one.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, product
from typing import Literal, get_args

from obligations.delivery.delivery_standing import Judge, Standing, judge_of
from obligations.delivery.order_lines import Ordered, Side, ordered_lines
from obligations.facts import Fact
from obligations.matching import belongs
from obligations.model import AsOf, Obligation, Outcome
from obligations.terms.delivery import DeliveryPerformance, DeliveryTime

Level = Literal["order", "line", "case"]
_OPEN = (Outcome.PENDING, Outcome.AT_RISK)
_LAST = 10**9  # after every place in a book


@dataclass(frozen=True)
class Counted:
    """One line as it counts at one level and by one reading. `sure` is false where it may not count."""

    ordered: Ordered
    standing: Standing
    cases: Decimal
    sure: bool = True


@dataclass(frozen=True)
class Tally:
    """How many of what was counted were good, by one reading; `strict` and `level` name it."""

    level: Level
    strict: bool
    good: Decimal
    counted: Decimal

    @property
    def share(self) -> Decimal | None:
        """The share in percent; None where nothing was counted."""
        return self.good / self.counted * 100 if self.counted else None


Key = tuple[int, bool, bool]
"""The place of a line in its book, and the side by which it is judged."""


@dataclass(frozen=True)
class Book:
    """Every line under a promise with how it stands by each reading, made once for all periods. `dated` are
    the days on which lines count, in order, with their places in `lines`, by strictness."""

    judge: Judge
    terms: DeliveryPerformance
    lines: tuple[Ordered, ...]
    standings: dict[Key, Standing]
    dated: dict[bool, list[tuple[date, int]]]

    @property
    def first_on(self) -> date | None:
        """The first day on which a line counts."""
        return min((days[0][0] for days in self.dated.values() if days), default=None)

    def due_in(self, first: date, last: date, side: Side) -> list[tuple[Ordered, Standing]]:
        """The lines due from `first` to `last` with how they stand; at order level those of orders whose
        last line is."""
        days = self.dated[side.strict]
        places = sorted(
            at for _, at in days[bisect_left(days, (first, -1)) : bisect_left(days, (last, _LAST))]
        )
        return [(self.lines[at], self.standings[at, side.strict, side.benefit]) for at in places]

    def undated_of(self, first: date, last: date) -> list[Ordered]:
        """Lines whose due day is not known, by the day they were ordered: they may belong to any period."""
        known = {at for _, at in self.dated[True]}
        return [
            ordered
            for at, ordered in enumerate(self.lines)
            if at not in known and first <= ordered.order.ordered_on <= last
        ]


def book_of(obligation: Obligation, terms: DeliveryPerformance, facts: Sequence[Fact], at: AsOf) -> Book:
    """The lines of the orders that a performance promise counts."""
    promise = terms.promise or DeliveryTime()
    judge = judge_of(obligation, promise, facts, at)
    lines = tuple(
        o
        for o in ordered_lines(obligation, facts, at, judge.today, promise.item)
        if terms.freight is None or o.order.freight in ("", terms.freight)
    )
    standings: dict[Key, Standing] = {}
    for (place, ordered), strict, benefit in product(enumerate(lines), (True, False), (True, False)):
        standing = judge.line(ordered, Side(strict, benefit))
        if standing is not None:
            standings[place, strict, benefit] = standing
    dated = {strict: _days(lines, standings, strict, terms.level == "order") for strict in (True, False)}
    return Book(judge, terms, lines, standings, dated)


def _days(
    lines: Sequence[Ordered], standings: dict[Key, Standing], strict: bool, by_order: bool
) -> list[tuple[date, int]]:
    """The day on which each line counts: its own, or that of the last line of its order."""
    own = {
        at: standings[at, strict, False].due.on
        for at in range(len(lines))
        if (at, strict, False) in standings
    }
    if not by_order:
        return sorted((on, at) for at, on in own.items())
    ends: dict[str, date] = {}
    for at, on in own.items():
        order = lines[at].fact.id
        ends[order] = max(on, ends.get(order, on))
    return sorted((ends[lines[at].fact.id], at) for at in own)


def tallies(book: Book, first: date, last: date, benefit: bool) -> list[Tally]:
    """The counts of a period by every reading of the text: its level, its dates, its proof of arrival."""
    levels: tuple[Level, ...] = (book.terms.level,) if book.terms.level else get_args(Level)
    sides = (Side(False, benefit), Side(True, benefit))
    lines = {side.strict: counted(book, (first, last), side) for side in sides}
    return [_tally(book.terms, level, lines[side.strict], side) for side in sides for level in levels]


def with_undated(book: Book, found: Sequence[Tally], first: date, last: date, good: bool) -> list[Tally]:
    """The same counts, had the lines ordered in the period that lack their due day all been good, or bad."""
    lines = book.undated_of(first, last)
    weights = {
        "case": sum((ordered.line.quantity / cases(ordered) for ordered in lines), Decimal(0)),
        "line": Decimal(len(lines)),
        "order": Decimal(len({ordered.fact.id for ordered in lines})),
    }
    return [
        Tally(t.level, t.strict, t.good + (weights[t.level] if good else 0), t.counted + weights[t.level])
        for t in found
    ]


def counted(book: Book, days: tuple[date, date], side: Side) -> list[Counted]:
    """The lines that count in a period by one reading: due, decided, and neither void nor left out."""
    found = []
    left_out = book.terms.excused == "left_out" or (book.terms.excused is None and not side.strict)
    for ordered, standing in book.due_in(*days, side):
        open_still = standing.outcome(book.judge.now, book.judge.zone) in _OPEN
        if standing.void or open_still or (standing.excused and left_out):
            continue
        found.append(Counted(ordered, standing, cases(ordered), _sure(book, ordered)))
    return found


def undecided(book: Book, first: date, last: date) -> bool:
    """Whether a line of the period may still come in time."""
    return any(
        standing.outcome(book.judge.now, book.judge.zone) in _OPEN
        for side in (Side(True, False), Side(False, False))
        for _, standing in book.due_in(first, last, side)
    )


def _sure(book: Book, ordered: Ordered) -> bool:
    """Whether a line surely counts: its order is under the promise and its freight is known."""
    known = (book.terms.freight is None or bool(ordered.order.freight)) and not ordered.contradicted
    return known and belongs(book.judge.obligation, ordered.fact) == "yes"


def doubts(book: Book, first: date, last: date) -> tuple[str, ...]:
    """What the records of a period's lines leave open."""
    found: list[str] = []
    for ordered, standing in book.due_in(first, last, Side(True, False)):
        found += standing.arrivals.doubts
        if belongs(book.judge.obligation, ordered.fact) != "yes":
            found.append(f"which contract {ordered.order.number} is under")
        if book.terms.freight is not None and not ordered.order.freight:
            found.append(f"who paid the freight of {ordered.order.number}, prepaid or collect")
    found += [f"the agreed day of {o.key}" for o in book.undated_of(first, last)]
    return tuple(dict.fromkeys(found))


def cases(ordered: Ordered) -> Decimal:
    """How many of a line's units make one case; units without cases are the cases."""
    line = ordered.line
    return line.units_per_case if line.units_per_case and line.unit.casefold() != "case" else Decimal(1)


def _tally(terms: DeliveryPerformance, level: Level, lines: Sequence[Counted], side: Side) -> Tally:
    if level == "case":
        pairs = [_of_cases(terms, c) for c in lines]
        kept = [p for p, c in zip(pairs, lines, strict=True) if c.sure or (p[0] < p[1]) != side.benefit]
        good, of = (sum((p[n] for p in kept), Decimal(0)) for n in (0, 1))
        return Tally(level, side.strict, good, of)
    if level == "line":
        return _whole(level, side, ([c] for c in lines), terms)
    by_order = groupby(lines, key=lambda c: c.ordered.fact.id)
    return _whole(level, side, (list(group) for _, group in by_order), terms)


def _whole(level: Level, side: Side, groups: Iterable[list[Counted]], terms: DeliveryPerformance) -> Tally:
    """Lines or orders; one that may not count does where it makes the worse or the better case."""
    good = of = 0
    for group in groups:
        if terms.of == "delivered" and not any(c.standing.arrivals.parts for c in group):
            continue
        kept = all(is_good(terms, c.standing) for c in group)
        if all(c.sure for c in group) or kept == side.benefit:
            good, of = good + kept, of + 1
    return Tally(level, side.strict, Decimal(good), Decimal(of))


def is_good(terms: DeliveryPerformance, standing: Standing) -> bool:
    """Whether a line counts as good."""
    test: dict[str, Callable[[Standing], bool]] = {
        "on_time": lambda s: bool(s.arrivals.parts) and not s.early and not s.late,
        "in_full": lambda s: s.completed_on is not None,
        "otif": lambda s: s.completed_on is not None and not s.early and not s.late,
    }
    return test[terms.measure](standing)


def _of_cases(terms: DeliveryPerformance, line: Counted) -> tuple[Decimal, Decimal]:
    """The good cases of a line and those counted."""
    standing = line.standing
    good = standing.received if terms.measure == "in_full" else standing.in_time
    of = standing.received if terms.of == "delivered" and terms.measure == "on_time" else standing.required
    return good / line.cases, of / line.cases


def kept(terms: DeliveryPerformance, tally: Tally) -> bool | None:
    """Whether a count keeps the promised share; None where nothing was counted or no share is stated."""
    if tally.share is None or terms.percent is None:
        return None
    few = terms.one_miss_below is not None and tally.counted < terms.one_miss_below
    if few and tally.counted - tally.good <= 1:
        return True
    share = tally.share
    if terms.rounding is not None:
        share = share.quantize(Decimal(1).scaleb(-terms.rounding), rounding=ROUND_HALF_UP)
    return share >= terms.percent
