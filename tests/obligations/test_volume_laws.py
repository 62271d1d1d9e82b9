"""Laws of volume: tiers as a spreadsheet counts them, unit by unit; more never costs less at the margin;
what is refused; records in any order, twice, or too late; whose volume counts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from obligations.bindings.volume import affiliates
from obligations.cascade import resolve
from obligations.facts import Credit, Fact, Invoice, InvoiceLine, Source, Usage
from obligations.model import AsOf, Assessment, Contract, Obligation, Outcome, Party
from obligations.quantities import Money
from obligations.rules import assess
from obligations.terms import MinimumCommitment, Rebate, RevenueShare, VolumeDiscount
from obligations.terms.volume import Boundary, VolumeTier
from obligations.volume.commitments import balances
from obligations.volume.discounts import Billed, cliff, expected
from obligations.volume.rebates import Spent, rebate_on
from obligations.volume.tiers import Ladder
from obligations.volume.volume_periods import stretches
from tests.obligations.golden_cases import reader_of

READER = reader_of({})
BOUNDARIES: st.SearchStrategy[Boundary] = st.sampled_from(["reaches", "exceeds"])
THRESHOLDS = st.lists(st.integers(0, 60), min_size=1, max_size=5, unique=True).map(sorted)
PRICES = st.lists(st.integers(0, 900), min_size=5, max_size=5)


def ladder(thresholds: Sequence[int], prices: Sequence[int], boundary: Boundary) -> Ladder:
    tiers = tuple(
        VolumeTier(threshold=Decimal(t), price=eur(Decimal(p) / 100))
        for t, p in zip(thresholds, prices, strict=False)
    )
    return Ladder(tiers, boundary, whole=True)


def eur(amount: Decimal | int | str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def price_of_unit(number: int, thresholds: Sequence[int], prices: Sequence[int], boundary: Boundary) -> int:
    """What a spreadsheet has in the row of the n-th unit: the price of the last tier whose threshold it is at
    or over. Units below the first tier cost nothing here."""
    price = 0
    for threshold, value in zip(thresholds, prices, strict=False):
        if number >= threshold if boundary == "reaches" else number > threshold:
            price = value
    return price


@given(THRESHOLDS, PRICES, BOUNDARIES, st.integers(0, 80), st.integers(0, 80))
@settings(max_examples=1500, deadline=None)
def test_tiers_are_what_a_spreadsheet_counts_unit_by_unit(
    thresholds: list[int], prices: list[int], boundary: Boundary, before: int, units: int
) -> None:
    tiers = ladder(thresholds, prices, boundary)
    parts = tiers.spread(Decimal(before), Decimal(before + units))
    counted = sum((t.price.amount * part for t, part in parts if t is not None and t.price), Decimal(0))
    rows = range(before + 1, before + units + 1)
    assert counted * 100 == sum(price_of_unit(n, thresholds, prices, boundary) for n in rows)
    assert sum(part for _, part in parts) == units
    reached = tiers.reached(Decimal(before + units))
    if before + units:
        wanted = price_of_unit(before + units, thresholds, prices, boundary)
        assert (reached.price.amount * 100 if reached and reached.price else 0) == wanted


@given(THRESHOLDS, PRICES, BOUNDARIES, st.integers(0, 80), st.integers(0, 80))
@settings(max_examples=300, deadline=None)
def test_what_comes_back_takes_out_what_it_brought_in(
    thresholds: list[int], prices: list[int], boundary: Boundary, one: int, other: int
) -> None:
    tiers = ladder(thresholds, prices, boundary)
    there = dict(tiers.spread(Decimal(one), Decimal(other)))
    back = dict(tiers.spread(Decimal(other), Decimal(one)))
    assert there == {tier: -part for tier, part in back.items()}


def discount(thresholds: Sequence[int], prices: Sequence[int], method: str, boundary: str) -> VolumeDiscount:
    tiers = [
        {"threshold": t, "price": {"amount": Decimal(p) / 100, "currency": "EUR"}}
        for t, p in zip([0, *thresholds], prices, strict=False)
    ]
    given_terms = {"unit": "pieces", "per": "order", "method": method, "boundary": boundary, "tiers": tiers}
    return VolumeDiscount.model_validate(given_terms)


def billed(units: int, before: int = 0) -> Billed:
    line = InvoiceLine(number="1", quantity=Decimal(units), amount=eur(0))
    total = Decimal(before + units)
    return Billed(line, Decimal(units), None, Decimal(units), Decimal(before), total)


RISING = st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True).map(sorted)


@given(RISING, PRICES, BOUNDARIES, st.integers(1, 90))
@settings(max_examples=800, deadline=None)
def test_orders_cost_what_a_spreadsheet_counts_and_never_less_at_the_margin(
    thresholds: list[int], prices: list[int], boundary: Boundary, units: int
) -> None:
    steps = [0, *thresholds]
    terms = discount(thresholds, prices, "marginal", boundary)
    cost, more = expected(terms, [billed(units)]), expected(terms, [billed(units + 1)])
    assert cost is not None
    assert more is not None
    assert cost * 100 == sum(price_of_unit(n, steps, prices, boundary) for n in range(1, units + 1))
    assert more >= cost
    whole = expected(discount(thresholds, prices, "all_units", boundary), [billed(units)])
    assert whole is not None
    assert whole * 100 == units * price_of_unit(units, steps, prices, boundary)


@given(RISING, PRICES, BOUNDARIES, st.integers(1, 90))
@settings(max_examples=150, deadline=None)
def test_a_cliff_is_told_where_and_only_where_buying_more_costs_less(
    thresholds: list[int], prices: list[int], boundary: Boundary, units: int
) -> None:
    terms = discount(thresholds, prices, "all_units", boundary)
    cost = expected(terms, [billed(units)])
    assert cost is not None
    cheaper = [n for n in range(units + 1, 200) if (expected(terms, [billed(n)]) or Decimal(0)) < cost]
    found = cliff(terms, billed(units))
    assert (found is None) == (not cheaper)
    if found is not None:
        assert found.units == cheaper[0]
        assert found.saves.amount == cost - found.cost.amount


@given(RISING, PRICES, BOUNDARIES, st.lists(st.integers(1, 30), min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_parts_of_a_volume_cost_together_what_it_costs_at_once(
    thresholds: list[int], prices: list[int], boundary: Boundary, parts: list[int]
) -> None:
    terms = discount(thresholds, prices, "marginal", boundary)
    lines = [billed(part, sum(parts[:n])) for n, part in enumerate(parts)]
    assert expected(terms, lines) == expected(terms, [billed(sum(parts))])


MONEY = st.integers(0, 400_000_00).map(lambda cents: Decimal(cents) / 100)


def rebate(percents: Sequence[int], method: str, boundary: str = "exceeds") -> Rebate:
    tiers = [{"threshold": n * 50_000, "percent": p} for n, p in enumerate(sorted(percents))]
    return Rebate.model_validate({"currency": "EUR", "method": method, "boundary": boundary, "tiers": tiers})


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), BOUNDARIES, MONEY, MONEY)
@settings(max_examples=400, deadline=None)
def test_more_purchases_never_give_a_smaller_rebate(
    percents: list[int], boundary: Boundary, one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))
    for method in ("retroactive", "incremental"):
        terms = rebate(percents, method, boundary)
        small, large = (rebate_on(terms, spent(volume), last=True) for volume in (low, high))
        assert Decimal(0) <= small <= large <= high * max(percents) / 100
    steps = rebate_on(rebate(percents, "incremental", boundary), spent(high), last=True)
    assert steps <= rebate_on(rebate(percents, "retroactive", boundary), spent(high), last=True)


def spent(volume: Decimal) -> Spent:
    return Spent(Decimal(0), volume, volume, volume, Decimal(0))


COUNTS = st.lists(st.integers(0, 100).map(Decimal), min_size=1, max_size=8)


@given(COUNTS, st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=500, deadline=None)
def test_what_is_lent_is_taken_once_and_only_where_it_may(
    volumes: list[Decimal], carries: int, makes_up: int
) -> None:
    least = [Decimal(50)] * len(volumes)
    found = balances(least, volumes, carries, makes_up)
    assert sum(b.lent for b in found) == sum(b.carried_in + b.made_up for b in found)
    assert all(b.excess >= 0 and b.shortfall >= 0 for b in found)
    assert all(not b.lent or b.volume > b.least for b in found)
    plain = balances(least, volumes, 0, 0)
    for number, (rolled, alone) in enumerate(zip(found, plain, strict=True)):
        assert rolled.shortfall <= alone.shortfall
        giving = plain[max(0, number - carries) : number] + plain[number + 1 : number + 1 + makes_up]
        assert alone.shortfall - rolled.shortfall <= sum(b.excess for b in giving)


# Refused when the obligation is made.


@pytest.mark.parametrize(
    ("kind", "terms", "why"),
    [
        (VolumeDiscount, {"tiers": [{"threshold": "100", "percent": "2"}] * 2}, "two tiers begin at 100"),
        (
            VolumeDiscount,
            {
                "unit": "pieces",
                "tiers": [
                    {"threshold": "1", "up_to": "120", "percent": "2"},
                    {"threshold": "101", "percent": "3"},
                ],
            },
            "overlap",
        ),
        (
            VolumeDiscount,
            {
                "unit": "pieces",
                "tiers": [
                    {"threshold": "1", "up_to": "90", "percent": "2"},
                    {"threshold": "101", "percent": "3"},
                ],
            },
            "leave a gap",
        ),
        (
            Rebate,
            {
                "currency": "EUR",
                "tiers": [
                    {"threshold": "0", "up_to": "99", "percent": "2"},
                    {"threshold": "100", "percent": "3"},
                ],
            },
            "leave a gap",
        ),
        (VolumeDiscount, {"threshold": "-1", "percent": "2"}, "greater than or equal to 0"),
        (MinimumCommitment, {"amount": "-1", "unit": "EUR"}, "greater than or equal to 0"),
        (MinimumCommitment, {"amount": "1", "ramp": ["1"]}, "either `amount` or `ramp`"),
        (Rebate, {"tiers": [{"threshold": "1"}]}, "one of percent, price and amount"),
        (
            Rebate,
            {
                "currency": "EUR",
                "tiers": [{"threshold": "1", "amount": {"amount": "5", "currency": "USD"}}],
            },
            "different currencies",
        ),
        (
            Rebate,
            {
                "tiers": [
                    {"threshold": "1", "percent": "5"},
                    {"threshold": "2", "amount": {"amount": "5", "currency": "USD"}},
                ]
            },
            "all tiers must state the same",
        ),
        (Rebate, {"percent": "3", "tiers": [{"threshold": "1", "percent": "5"}]}, "not both"),
        (Rebate, {"percent": "3", "pays_on": "growth"}, "needs `growth`"),
        (Rebate, {"percent": "3", "baseline": "1"}, "no meaning without `growth`"),
        (Rebate, {"percent": "3", "year": "fiscal"}, "`fiscal_year` go together"),
        (Rebate, {"percent": "3", "currency": "EURO"}, "unknown currency"),
        (RevenueShare, {"percent": "101"}, "less than or equal to 100"),
        (
            RevenueShare,
            {"percent": "5", "currency": "EUR", "minimum": {"amount": "5", "currency": "USD"}},
            "different currencies",
        ),
        (VolumeDiscount, {"percent": "5", "per": "order", "method": "next_order"}, "needs a period"),
    ],
)
def test_contradictory_terms_are_refused_with_the_reason(kind: Any, terms: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        kind.model_validate(terms)


# Whole rules on any records.

BERLIN = ZoneInfo("Europe/Berlin")
NOW = AsOf.at(datetime(2027, 2, 1, 12, tzinfo=UTC))
SIDES = {"debtor": "vendor", "creditor": "us", "us": "us", "zone": "Europe/Berlin", "starts_on": "2026-01-01"}


def promise(kind: str, terms: dict[str, Any], **more: Any) -> Obligation:
    return READER.obligation({"kind": kind, "terms": terms, **SIDES, **more})


PROMISES = [
    promise("rebate", {"percent": "3", "threshold": "500", "currency": "EUR", "per": "quarter"}),
    promise(
        "rebate", {"percent": "3", "threshold": "10", "unit": "each", "currency": "EUR", "per": "quarter"}
    ),
    promise(
        "rebate",
        {"percent": "3", "threshold": "10", "currency": "EUR", "per": "quarter", "growth": "percent"},
    ),
    promise("minimum_commitment", {"amount": "800", "unit": "EUR", "per": "month", "makes_up": "1"}),
    promise("minimum_commitment", {"amount": "9", "unit": "each", "per": "month", "carries_excess": "2"}),
    promise("minimum_commitment", {"amount": "9", "unit": "each", "per": "year", "counts": "invoiced"}),
    promise("volume_discount", {"percent": "4", "threshold": "5", "unit": "each", "per": "order"}),
    promise("volume_discount", {"percent": "4", "threshold": "900", "currency": "EUR", "per": "year"}),
    promise("revenue_share", {"percent": "4", "currency": "EUR", "per": "quarter", "counts": "invoiced"}),
    promise(
        "revenue_share", {"percent": "4", "currency": "EUR", "per": "quarter", "statement_within": "P30D"}
    ),
]

DAYS = st.integers(0, 420).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
AMOUNTS = st.builds(
    Money,
    amount=st.integers(0, 900).map(Decimal),
    currency=st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
)
QUANTITIES = st.none() | st.integers(0, 30).map(Decimal)
LINES = st.builds(
    InvoiceLine,
    number=st.just("1"),
    item=st.sampled_from(["", "Widget"]),
    quantity=QUANTITIES,
    unit=st.sampled_from(["", "each", "case", "hours"]),
    unit_price=st.none() | AMOUNTS,
    amount=AMOUNTS,
    category=st.sampled_from(["goods", "tax", "freight"]),
)
RECORDS = st.lists(
    st.one_of(
        st.builds(
            Invoice,
            number=st.sampled_from(["A1", "A2", "A3", "A4"]),
            direction=st.sampled_from(["payable", "receivable"]),
            gross=AMOUNTS,
            net=st.none() | AMOUNTS,
            invoiced_on=DAYS,
            period=st.sampled_from(["", "2026-Q3"]),
            order=st.sampled_from(["", "PO1"]),
            lines=st.lists(LINES, max_size=2).map(tuple),
        ),
        st.builds(
            Credit,
            number=st.sampled_from(["C1", "C2"]),
            amount=AMOUNTS,
            credited_on=DAYS,
            type=st.sampled_from(["return", "price", "rebate", "service_credit", ""]),
            invoice=st.sampled_from(["", "A1"]),
            period=st.sampled_from(["", "2026-Q3"]),
            quantity=QUANTITIES,
        ),
        st.builds(
            Usage,
            item=st.just("Widget"),
            quantity=st.integers(0, 900).map(Decimal),
            unit=st.sampled_from(["", "each", "EUR"]),
            period=st.sampled_from(["2026-02", "2026-Q3", "2026", "2027-02", "autumn"]),
        ),
    ),
    max_size=7,
)


def facts(records: Sequence[Any], known: datetime = datetime(2025, 1, 1, tzinfo=UTC)) -> list[Fact]:
    return [
        Fact(
            id=f"{n}/{known.isoformat()}",
            source=Source(system="s", record=f"R{n}"),
            occurred_at=datetime(2026, 6, 1, tzinfo=UTC),
            known_at=known,
            data=data,
            party="vendor",
        )
        for n, data in enumerate(records)
    ]


def judged(obligation: Obligation, held: Sequence[Fact], at: AsOf = NOW) -> tuple[Assessment, ...]:
    return assess(obligation, held, at, date(2026, 1, 1))


@given(st.sampled_from(PROMISES), RECORDS, st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_no_records_make_a_rule_raise_and_their_order_does_not_matter(
    obligation: Obligation, records: list[Any], seed: int
) -> None:
    held = facts(records)
    found = judged(obligation, held)
    assert all(a.spans and a.summary for a in found)
    assert all(bool(a.missing) == (a.outcome is Outcome.UNDETERMINED) for a in found)
    shuffled = [*held, *held]
    Random(seed).shuffle(shuffled)
    assert judged(obligation, shuffled) == found


@given(st.sampled_from(PROMISES), RECORDS, RECORDS)
@settings(max_examples=80, deadline=None)
def test_nothing_recorded_later_is_known(
    obligation: Obligation, records: list[Any], later: list[Any]
) -> None:
    held = facts(records)
    late = facts(later, NOW.known_at + timedelta(seconds=1))
    assert judged(obligation, [*held, *late]) == judged(obligation, held)


@given(st.sampled_from(PROMISES), RECORDS, DAYS)
@settings(max_examples=80, deadline=None)
def test_nothing_dated_after_the_day_judged_is_known(
    obligation: Obligation, records: list[Any], day: date
) -> None:
    at = AsOf.at(datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN))
    dated = [r for r in records if isinstance(r, Invoice | Credit)]
    before = [r for r in dated if (r.invoiced_on if isinstance(r, Invoice) else r.credited_on) <= day]
    # Records keep their names, whichever of them there are.
    all_of_them = dict(zip(map(id, dated), facts(dated), strict=True))
    assert judged(obligation, list(all_of_them.values()), at) == judged(
        obligation, [all_of_them[id(r)] for r in before], at
    )


@given(RECORDS, DAYS)
@settings(max_examples=100, deadline=None)
def test_a_commitment_is_never_breached_before_its_period_is_over(records: list[Any], day: date) -> None:
    at = AsOf.at(datetime(day.year, day.month, day.day, 23, tzinfo=BERLIN))
    for obligation in PROMISES[3:6]:
        for found in judged(obligation, facts(records), at):
            assert found.outcome is not Outcome.BREACHED or found.occurrence.counts_on < day


SALES = st.lists(st.tuples(st.integers(0, 364), st.integers(1, 40)), min_size=1, max_size=12)


def invoices(sales: Sequence[tuple[int, int]]) -> list[Fact]:
    """One invoice for each sale of some units at EUR 7, on a day of 2026."""
    return facts(
        [
            Invoice(
                number=f"A{n:02d}",
                direction="payable",
                gross=eur(units * 7),
                net=eur(units * 7),
                invoiced_on=date(2026, 1, 1) + timedelta(days=day),
                lines=(InvoiceLine(number="1", quantity=Decimal(units), unit="each", amount=eur(units * 7)),),
            )
            for n, (day, units) in enumerate(sales)
        ]
    )


def figure(found: Assessment, name: str) -> Decimal:
    quantity = getattr(found, name)
    return quantity.value if quantity is not None and quantity.value is not None else Decimal(0)


@given(SALES, RISING, PRICES, BOUNDARIES)
@settings(max_examples=80, deadline=None)
def test_the_invoices_of_a_year_cost_together_what_a_spreadsheet_counts(
    sales: list[tuple[int, int]], thresholds: list[int], prices: list[int], boundary: Boundary
) -> None:
    terms = discount(thresholds, prices, "marginal", boundary).model_dump(mode="json", exclude_none=True)
    obligation = promise("volume_discount", {**terms, "per": "year"})
    found = judged(obligation, invoices(sales))
    assert len(found) == len(sales)
    units = range(1, sum(bought for _, bought in sales) + 1)
    wanted = sum(price_of_unit(n, [0, *thresholds], prices, boundary) for n in units)
    assert sum(figure(a, "target") for a in found) * 100 == wanted
    for each in found:
        assert (each.outcome is Outcome.BREACHED) == (figure(each, "measured") > figure(each, "target"))


@given(SALES, st.integers(1, 900), BOUNDARIES, st.sampled_from(["retroactive", "incremental"]))
@settings(max_examples=80, deadline=None)
def test_a_rebate_and_a_commitment_on_a_year_are_what_a_spreadsheet_counts(
    sales: list[tuple[int, int]], threshold: int, boundary: Boundary, method: str
) -> None:
    total = Decimal(7 * sum(units for _, units in sales))
    terms = {"percent": "10", "threshold": str(threshold), "currency": "EUR", "per": "year"}
    granted = promise("rebate", {**terms, "method": method, "boundary": boundary})
    reached = total >= threshold if boundary == "reaches" else total > threshold
    basis = total if method == "retroactive" else total - threshold
    assert figure(judged(granted, invoices(sales))[0], "target") == (basis / 10 if reached else 0)
    terms = {"amount": str(threshold), "unit": "EUR", "per": "year"}
    committed = promise("minimum_commitment", terms, debtor="us", creditor="vendor")
    found = judged(committed, invoices(sales))[0]
    assert figure(found, "measured") == total
    assert (found.outcome is Outcome.MET) == (total >= threshold)
    short = max(Decimal(threshold) - total, Decimal(0))
    assert (found.money.amount if found.money else 0) == short


# Whose volume counts.

MASTER = Contract(id="M", title="Master", type="msa", relation="master", us="us", counterparty="vendor")
ORDER = Contract(id="O", title="Order", type="order", relation="order", parent="M")
OTHER = Contract(id="X", title="Other", type="msa", relation="master", us="us", counterparty="vendor")
PARTIES = (
    Party(id="us", name="Tessaly", us=True),
    Party(id="holding", name="Holding"),
    Party(id="vendor", name="Vendor", parent="holding"),
    Party(id="vendor-france", name="Vendor France", parent="vendor"),
    Party(id="sister", name="Sister", parent="holding"),
    Party(id="stranger", name="Stranger"),
)


def test_affiliates_are_all_under_the_same_owner_without_us() -> None:
    assert affiliates(PARTIES, "vendor") == ("holding", "sister", "vendor-france")
    assert affiliates(PARTIES, "stranger") == ()
    circle = (Party(id="a", name="A", parent="b"), Party(id="b", name="B", parent="a"))
    assert affiliates(circle, "a") == ("b",)


def test_affiliates_and_the_tree_count_only_where_the_clause_says_so() -> None:
    terms = {"percent": "3", "threshold": "500", "currency": "EUR", "per": "year"}
    plain = promise("rebate", terms, contract="M", id="plain", key="plain")
    wide = promise(
        "rebate",
        {**terms, "aggregates": ["affiliates", "contract_tree"]},
        contract="M",
        id="wide",
        key="wide",
    )
    own = promise("rebate", terms, contract="O", id="own", key="wide")
    found = {o.id: o for o in resolve([MASTER, ORDER, OTHER], [plain, wide, own], PARTIES)}
    assert found["plain"].affiliates == ()
    assert found["wide"].affiliates == ("holding", "sister", "vendor-france")
    assert found["wide"].governs == ("M", "O")
    assert found["own"].governs == ("O",)


def test_rows_of_a_table_hold_up_to_the_next_one() -> None:
    rows = [
        promise(
            "volume_discount",
            {"percent": str(percent), "threshold": str(threshold), "unit": "each", "per": "order"},
            contract="M",
            id=f"T{threshold}",
            key=f"Tier {threshold}",
            quote=f"tier {threshold}",
        )
        for threshold, percent in ((25, 4), (250, 11), (100, 7))
    ]
    yearly = promise(
        "volume_discount",
        {"percent": "3", "threshold": "60", "currency": "EUR", "per": "year"},
        contract="M",
        id="yearly",
        key="yearly",
    )
    bound = {o.id: o.terms[0] for o in resolve([MASTER], [*rows, yearly])}
    ends = {key: d.terms.next_tier for key, d in bound.items() if isinstance(d.terms, VolumeDiscount)}
    assert ends == {"T25": Decimal(100), "T100": Decimal(250), "T250": None, "yearly": None}
    assert [span.quote for span in bound["T25"].basis] == ["tier 100"]


def test_a_row_whose_next_is_stated_twice_ends_there() -> None:
    rows = [
        promise(
            "volume_discount",
            {"percent": percent, "threshold": threshold, "unit": "each", "per": "order"},
            contract="M",
            id=key,
            key=key,
            quote=key,
        )
        for key, threshold, percent in (("low", "25", "4"), ("clause", "100", "7"), ("table", "100", "8"))
    ]
    bound = {o.id: o.terms[0] for o in resolve([MASTER], rows)}
    assert isinstance(bound["low"].terms, VolumeDiscount)
    assert bound["low"].terms.next_tier == Decimal(100)
    assert len(bound["low"].basis) == 1


def test_a_row_that_states_where_it_ends_still_ends_the_row_below() -> None:
    rows = [
        promise(
            "volume_discount",
            {"percent": percent, "threshold": threshold, "unit": "each", "per": "order", **more},
            contract="M",
            id=f"T{threshold}",
            key=f"Tier {threshold}",
        )
        for threshold, percent, more in (("25", "4", {}), ("100", "7", {"next_tier": "250"}))
    ]
    found = {o.id: o.terms[0].terms for o in resolve([MASTER], rows)}
    ends = {key: terms.next_tier for key, terms in found.items() if isinstance(terms, VolumeDiscount)}
    assert ends == {"T25": Decimal(100), "T100": Decimal(250)}


def test_before_the_first_year_that_there_is_no_year_is_looked_for() -> None:
    terms = {"amount": "60000", "unit": "EUR", "per": "year", "year": "calendar"}
    (only,) = stretches(promise("minimum_commitment", terms, starts_on=""), date(1, 6, 1), None, ())
    assert (only.start, only.end) == (date.min, date(1, 12, 31))
