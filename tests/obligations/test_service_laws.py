"""Uptime and credits against naive ways of counting, on thousands of random cases.

Uptime: a look at every minute, with a list of components, weights and excuses, and no arithmetic on spans.
Credits: a table that is looked up row by row.
"""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.facts import Fact, Outage, Source
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.periods import anchored, containing
from obligations.rules import assess
from obligations.segments import Segment
from obligations.service.credit_amounts import entitlement
from obligations.service.missed_levels import Miss
from obligations.service.outage_records import Held
from obligations.service.uptime import Uptime, measure
from obligations.terms import Availability, Component, CreditStep, CreditTier, ServiceCredit
from tests.obligations.golden_cases import load, reader_of, span

DAY = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Berlin"))  # a day of 25 hours
BEGIN = DAY.astimezone(UTC)
MINUTES = 25 * 60
MARGIN = 600
MINUTE = timedelta(minutes=1)
NOW = BEGIN + timedelta(days=3)
PARTS = ("web", "api", "db")
READER = reader_of({})
START = datetime(2026, 8, 31, 22, tzinfo=UTC)  # September begins in Berlin


def at(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def one_day(terms: Availability, outages: list[Outage]) -> Uptime:
    """The uptime of the long day by the product's own rules."""
    facts = tuple((_fact(outage, n), outage, True) for n, outage in enumerate(outages))
    dated = DatedTerms(terms=terms, span=span("IC-1", "clause"), contract="IC-1")
    day = containing("day", date(2026, 10, 25))
    segment = Segment(day, day.start, day.end, dated)
    return measure(terms, Held(facts, ()), segment, NOW, ZoneInfo("Europe/Berlin"))


def _fact(outage: Outage, number: int) -> Fact:
    return Fact(
        id=f"O{number}",
        source=Source(system="s", record=f"O{number}"),
        occurred_at=outage.started_at,
        known_at=outage.started_at,
        data=outage,
    )


def any_outage(rng: random.Random) -> Outage:
    start = rng.randrange(-120, MINUTES + 60)
    kinds: list[Literal["outage", "degradation", "maintenance"]] = ["outage", "degradation", "maintenance"]
    return Outage(
        service="",
        type=rng.choice(kinds),
        started_at=at(start),
        ended_at=None if rng.random() < 0.05 else at(start + rng.choice([0, 1, 3, 4, 5, 30, 120, 400])),
        cause=rng.choice(["", "customer", "provider"]),
        component=rng.choice(["", *PARTS, "other"]),
        impact=Decimal(rng.choice([10, 25, 50, 100])),
    )


def any_terms(rng: random.Random) -> Availability:
    combine: Any = rng.choice(["any", "all", "worst", "average", "weighted", "pooled"])
    degradation: Any = rng.choice(["ignored", "down", "impact", "weight"])
    excludes: list[tuple[Any, ...]] = [(), ("maintenance",), ("customer",), ("maintenance", "customer")]
    stepped = rng.random() < 0.3
    return Availability(
        percent=Decimal("99"),
        combine=combine,
        components=tuple(Component(name=n, weight=Decimal(w)) for n, w in zip(PARTS, (1, 2, 5), strict=True)),
        degradation=degradation,
        degradation_weight=Decimal(40) if degradation == "weight" else None,
        excludes=rng.choice(excludes),
        minimum_outage=rng.choice([None, "PT4M", "PT5M"]),
        bin="PT5M" if stepped else None,
        bin_counts=rng.choice(["any", "whole"]) if stepped else None,
    )


def weight_of(terms: Availability, outage: Outage) -> int:
    """How much of the service an outage takes while it lasts, in percent."""
    if outage.cause == "customer" and "customer" in terms.excludes:
        return 0
    if outage.type == "maintenance":
        return 100
    by_impact = int(outage.impact or 0)
    if outage.type == "outage":
        return by_impact if terms.degradation == "impact" else 100
    by_kind = {"ignored": 0, "down": 100, "impact": by_impact, "weight": 40}
    return by_kind[terms.degradation]


def minute_by_minute(terms: Availability, outages: list[Outage], part: str | None) -> list[int]:
    """The share of a component (None: of whichever is worst) that is down in every minute of the day and of
    some hours before and after it."""
    down, excused = [0] * (MINUTES + 2 * MARGIN), [False] * (MINUTES + 2 * MARGIN)
    for outage in outages:
        named = outage.component
        if (named and named != part) if part else (named and named not in PARTS):
            continue
        weight = weight_of(terms, outage)
        excepted = outage.type == "maintenance" and "maintenance" in terms.excludes and weight > 0
        first = (outage.started_at - BEGIN) // MINUTE + MARGIN
        last = ((outage.ended_at or NOW) - BEGIN) // MINUTE + MARGIN
        for minute in range(first, min(last, len(down))):
            down[minute] = max(down[minute], weight)
            excused[minute] = excused[minute] or excepted
    return [0 if free else share for share, free in zip(down, excused, strict=True)]


def cut(terms: Availability, row: list[int]) -> list[int]:
    """Stretches under the least length struck out, then counted in steps; the day's own minutes."""
    row = list(row)
    shortest = terms.minimum_outage.seconds // 60 if terms.minimum_outage else 0
    start = 0
    while start < len(row):
        end = start
        while end < len(row) and row[end] > 0:
            end += 1
        if 0 < end - start < shortest:
            row[start:end] = [0] * (end - start)
        start = max(end, start + 1)
    if terms.bin is None:
        return row[MARGIN : MARGIN + MINUTES]
    stepped = []
    for step in range(MARGIN, MARGIN + MINUTES, 5):
        five = row[step : step + 5]
        stepped += [max(five) if terms.bin_counts == "any" else min(five)] * 5
    return stepped


def oracle(terms: Availability, outages: list[Outage]) -> Fraction:
    """The share of the day that was not down, in percent."""
    if terms.combine in ("any", "all"):
        if terms.combine == "any":
            row = cut(terms, minute_by_minute(terms, outages, None))
        else:
            rows = [cut(terms, minute_by_minute(terms, outages, part)) for part in PARTS]
            row = [min(minutes) for minutes in zip(*rows, strict=True)]
        return 100 - Fraction(sum(row), MINUTES)
    shares = [Fraction(sum(cut(terms, minute_by_minute(terms, outages, p))), MINUTES) for p in PARTS]
    if terms.combine == "worst":
        return 100 - max(shares)
    weights = (1, 2, 5) if terms.combine == "weighted" else (1, 1, 1)
    mean = sum((w * s for w, s in zip(weights, shares, strict=True)), Fraction(0)) / sum(weights)
    return 100 - mean


def test_uptime_is_what_a_look_at_every_minute_sees() -> None:
    rng = random.Random(20261025)
    for number in range(2000):
        terms = any_terms(rng)
        outages = [any_outage(rng) for _ in range(rng.randrange(6))]
        found = one_day(terms, outages)
        wanted = oracle(terms, outages)
        exact = 100 * (1 - found.strict.down_share())
        assert exact == wanted, (number, terms, outages)
        assert found.kept(found.strict) == (wanted >= 99)
        assert 0 <= found.share <= 100


OUTAGES = st.integers(0, 10**9).map(lambda seed: _outages(random.Random(seed)))
TERMS = st.integers(0, 10**9).map(lambda seed: any_terms(random.Random(seed)))


def _outages(rng: random.Random) -> list[Outage]:
    return [any_outage(rng) for _ in range(rng.randrange(6))]


@given(TERMS, OUTAGES, OUTAGES)
@settings(max_examples=150, deadline=None)
def test_more_downtime_never_raises_uptime(
    terms: Availability, some: list[Outage], more: list[Outage]
) -> None:
    down = [o for o in more if o.type != "maintenance"]
    assert one_day(terms, [*some, *down]).strict.down_share() >= one_day(terms, some).strict.down_share()


@given(TERMS, OUTAGES, st.randoms())
@settings(max_examples=100, deadline=None)
def test_order_and_repetition_of_records_do_not_matter(
    terms: Availability, outages: list[Outage], rng: random.Random
) -> None:
    shuffled = [*outages, *outages]
    rng.shuffle(shuffled)
    assert one_day(terms, shuffled).strict == one_day(terms, outages).strict


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 4000))
@settings(max_examples=300, deadline=None)
def test_contract_months_follow_each_other_without_gap(anchor: date, later: int) -> None:
    day = anchor + timedelta(days=later)
    held = anchored("month", anchor, day)
    assert day in held
    after = anchored("month", anchor, held.end + timedelta(days=1))
    assert after.start == held.end + timedelta(days=1)


Row = tuple[Decimal, Decimal | None, bool, bool, Decimal]
"""A row of a spreadsheet: upper bound, lower bound, "or less", "more than", percent."""


def any_table(rng: random.Random) -> list[Row]:
    """Rows from the highest share down, without gaps in what they hold."""
    bounds = sorted(rng.sample(range(900, 1000), rng.randrange(1, 6)), reverse=True)
    rows: list[Row] = []
    or_less = rng.random() < 0.5
    for number, bound in enumerate(bounds):
        last = number == len(bounds) - 1
        floor = None if last and rng.random() < 0.8 else Decimal(bounds[number + 1] if not last else 850) / 10
        next_or_less = rng.random() < 0.5
        percent = Decimal(rng.randrange(1, 10) + 5 * number)
        rows.append((Decimal(bound) / 10, floor, or_less, next_or_less and floor is not None, percent))
        or_less = next_or_less
    return rows


def looked_up(rows: list[Row], share: Decimal, cumulative: bool) -> Decimal:
    """Each row asked in turn, as a spreadsheet would."""
    total = Decimal(0)
    for upper, lower, or_less, more_than, percent in rows:
        under = share <= upper if or_less else share < upper
        over = lower is None or (share > lower if more_than else share >= lower)
        if under and (cumulative or over):
            total += percent
    return total


def credit_of(rows: list[Row], cumulative: bool) -> ServiceCredit:
    tiers = tuple(
        CreditTier(below=up, at_least=low, includes_below=less, excludes_floor=more, percent=percent)
        for up, low, less, more, percent in rows
    )
    return ServiceCredit(tiers=tiers, cumulative=cumulative)


def test_tiers_give_what_a_table_gives() -> None:
    rng = random.Random(4)
    for _ in range(5000):
        rows, cumulative = any_table(rng), rng.random() < 0.4
        share = Decimal(rng.randrange(8400, 10001)) / 100 if rng.random() < 0.5 else rng.choice(rows)[0]
        found = entitlement(credit_of(rows, cumulative), Miss(kept=False, share=share))
        assert found.percent == looked_up(rows, share, cumulative), (rows, share)


def test_steps_give_what_counting_on_a_hand_gives() -> None:
    rng = random.Random(5)
    for _ in range(3000):
        length, percent = rng.choice([1, 5, 15, 30, 60]), Decimal(rng.randrange(1, 5))
        minutes, started = Fraction(rng.randrange(0, 4000), 10), rng.random() < 0.5
        step = CreditStep(each=f"PT{length}M", percent=percent, started=started)
        units, left = 0, minutes
        while left >= length:
            units, left = units + 1, left - length
        units += 1 if started and left > 0 else 0
        found = entitlement(ServiceCredit(step=step), Miss(kept=False, excess=minutes))
        assert found.percent == percent * units


@given(st.integers(0, 10**9), st.integers(0, 10000), st.integers(0, 10000))
@settings(max_examples=300, deadline=None)
def test_a_lower_share_never_lowers_the_credit(seed: int, one: int, other: int) -> None:
    """In a table whose percents rise as the share falls, and that leaves nothing out at its end."""
    rows = any_table(random.Random(seed))
    rising = [(up, low, less, more, Decimal(5 * n + 5)) for n, (up, low, less, more, _) in enumerate(rows)]
    upper, _, less, _, percent = rising[-1]
    terms = credit_of([*rising[:-1], (upper, None, less, False, percent)], cumulative=False)
    low, high = sorted((Decimal(one) / 100, Decimal(other) / 100))
    worse, better = (entitlement(terms, Miss(kept=False, share=share)).percent for share in (low, high))
    assert worse >= better


@given(st.lists(st.tuples(st.integers(0, 43000), st.integers(0, 900)), max_size=5), st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_more_downtime_never_lowers_the_credit(down: list[tuple[int, int]], seed: int) -> None:
    """Through the whole rule, for tiers and steps, in part and begun."""
    rng = random.Random(seed)
    step = {"each": "PT30M", "percent": "1", "started": rng.choice(["true", "false"])}
    terms = {"step": step, "cumulative": rng.choice(["true", "false"])}
    base = load("service_credit")["obligation"]
    promised = READER.obligation({**base, "terms": {**base["terms"], **terms}})
    outages = [
        READER.fact(
            {
                "kind": "outage",
                "record": f"O{number}",
                "service": "Order Platform",
                "start": (START + start * MINUTE).isoformat(),
                "end": (START + (start + length) * MINUTE).isoformat(),
            }
        )
        for number, (start, length) in enumerate(down)
    ]
    owed = [_owed(promised, outages[:count]) for count in range(len(outages) + 1)]
    assert owed == sorted(owed)


def _owed(promised: Obligation, outages: list[Fact]) -> Decimal:
    now = AsOf.at(datetime(2026, 10, 5, tzinfo=UTC))
    found = assess(promised, outages, now, date(2026, 9, 1))[0]
    return found.target.value or Decimal(0) if found.target is not None else Decimal(0)
