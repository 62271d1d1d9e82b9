"""Laws of prices and spend that hold for any records, sheets to compare with, prices over contract trees."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.cascade import resolve
from obligations.facts import (
    Credit,
    Fact,
    IndexValue,
    Invoice,
    InvoiceLine,
    Notice,
    OrderLine,
    PurchaseOrder,
    Source,
)
from obligations.model import AsOf, Assessment, Contract, Obligation, Outcome
from obligations.prices.price_history import Watched, changes, in_force, stated
from obligations.quantities import Money
from obligations.rules import assess
from obligations.terms.prices import CardPrice, Fee, PriceChange, RateCard
from tests.obligations.golden_cases import reader_of

READER = reader_of({})
START = date(2026, 1, 1)
NOW = AsOf.at(datetime(2026, 12, 31, 12, tzinfo=UTC))
CENT = Decimal("0.01")

DAYS = st.integers(0, 400).map(lambda n: START + timedelta(days=n))
CENTS = st.integers(0, 500_000).map(lambda n: Decimal(n) / 100)
ITEMS = st.sampled_from(["Filter", "Pump", "F-1 Filter", "Toolbox", "Monthly Fee", ""])
UNITS = st.sampled_from(["each", "case", "", "month", "kg"])
CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "USD"])
MONTHS = st.sampled_from(["", "2026-01", "2026-02", "2026-Q1", "2026", "autumn"])


def money(amount: Decimal, currency: str = "EUR") -> Money:
    return Money(amount=amount, currency=currency)


def fact(data: Any, record: str, known: datetime | None = None) -> Fact:
    known = known or datetime(2025, 1, 1, tzinfo=UTC)
    source = Source(system="s", record=record, label=record)
    return Fact(
        id=f"{record}/{known}", source=source, occurred_at=known, known_at=known, data=data, party="vendor"
    )


LINES = st.lists(
    st.builds(
        lambda item, quantity, unit, amount, currency, on: InvoiceLine(
            number="1",
            item=item,
            quantity=quantity,
            unit=unit,
            amount=money(amount, currency),
            supplied_on=on,
        ),
        ITEMS,
        st.none() | st.integers(0, 300).map(Decimal),
        UNITS,
        CENTS,
        CURRENCIES,
        st.none() | DAYS,
    ),
    max_size=3,
).map(lambda lines: tuple(line.model_copy(update={"number": str(n)}) for n, line in enumerate(lines, 1)))
INVOICES = st.builds(
    lambda n, amount, net, on, month, order, lines: Invoice(
        number=f"A{n}",
        direction="payable",
        gross=money(amount),
        net=net,
        invoiced_on=on,
        period=month,
        order=order,
        lines=lines,
    ),
    st.integers(1, 4),
    CENTS,
    st.none() | CENTS.map(money),
    DAYS,
    MONTHS,
    st.sampled_from(["", "PO1"]),
    LINES,
)
ORDERS = st.builds(
    lambda amount, on, quantity: PurchaseOrder(
        number="PO1",
        ordered_on=on,
        amount=money(amount),
        lines=(OrderLine(number="1", item="Filter", quantity=quantity, unit="each", unit_price=money(CENT)),),
    ),
    CENTS,
    DAYS,
    st.integers(0, 9).map(Decimal),
)
NOTICES = st.builds(
    lambda sent, on, amount, percent: Notice(
        subject="prices",
        effect="price_change",
        by="counterparty",
        sent_on=sent,
        effective_on=on,
        amount=amount,
        percent=percent,
    ),
    DAYS,
    st.none() | DAYS,
    st.none() | CENTS.map(money),
    st.none() | st.integers(-150, 50).map(Decimal),
)
VALUES = st.builds(
    lambda month, value: IndexValue(index="CPI", period=f"2025-{month:02d}", value=Decimal(value)),
    st.integers(1, 12),
    st.integers(90, 120),
)
CREDITS = st.builds(
    lambda n, amount, on: Credit(number="C1", amount=money(amount), credited_on=on, invoice=f"A{n}"),
    st.integers(1, 4),
    CENTS,
    DAYS,
)
RECORDS = st.lists(INVOICES | ORDERS | NOTICES | VALUES | CREDITS, max_size=7)

CHANGE = {
    "index": "CPI",
    "lag": 2,
    "automatic": True,
    "month": 3,
    "percent": 4,
    "notice": "P1M",
    "floor": -100,
}
PROMISES: dict[str, dict[str, Any]] = {
    "fee": {"amount": "100", "currency": "EUR", "per": "month", "item": "Monthly Fee", "change": CHANGE},
    "rate_card": {
        "prices": [
            {"item": "Filter", "code": "F-1", "price": "EUR 10", "unit": "each", "units_per_case": "12"},
            {"item": "Pump", "price": "EUR 300", "to_on": "2026-06-30"},
        ],
        "change": CHANGE,
        "most_favoured": True,
    },
    "price_change": {
        **CHANGE,
        "prices": [{"item": "Filter", "price": "EUR 10"}, {"item": "", "price": "EUR 0"}],
    },
    "spend_limit": {"amount": "1000", "currency": "EUR", "per": "quarter"},
}


OPEN = {name: value for name, value in CHANGE.items() if name not in ("percent", "floor")}
UNLIMITED: dict[str, dict[str, Any]] = {
    "fee": {**PROMISES["fee"], "change": OPEN, "unit": "user"},
    "rate_card": {
        "prices": [{"item": "Filter", "price": "EUR 10"}, {"item": "Pump", "price": "EUR 0"}],
        "change": OPEN,
    },
    "price_change": {**OPEN, "prices": [{"item": "Filter", "price": "EUR 10"}]},
    "spend_limit": {"amount": "0", "currency": "EUR", "per": "order"},
}
"""The same where nothing limits a price, or nothing may be spent."""


def promise(kind: str, terms: dict[str, Any] | None = None, **more: Any) -> Obligation:
    sides = {"debtor": "us", "creditor": "vendor", "us": "us", "zone": "Europe/Berlin", "starts_on": START}
    return READER.obligation({"kind": kind, "terms": terms or PROMISES[kind], **sides, **more})


def judged(obligation: Obligation, data: list[Any], at: AsOf = NOW) -> tuple[Assessment, ...]:
    return assess(obligation, [fact(each, f"R{n}") for n, each in enumerate(data)], at)


@pytest.mark.parametrize("terms", [PROMISES, UNLIMITED], ids=["limited", "unlimited"])
@pytest.mark.parametrize("kind", PROMISES)
@given(data=RECORDS, day=st.integers(0, 500))
@settings(max_examples=60, deadline=None)
def test_no_record_makes_a_rule_raise_or_hide_why(
    terms: dict[str, Any], kind: str, data: list[Any], day: int
) -> None:
    at = AsOf.at(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day))
    for found in judged(promise(kind, terms[kind]), data, at):
        assert found.summary
        assert found.spans
        assert bool(found.missing) == (found.outcome is Outcome.UNDETERMINED)
        if found.money_is == "overcharged":
            assert found.money is not None
            assert found.money.amount > 0
            assert found.outcome is Outcome.BREACHED


@pytest.mark.parametrize("kind", PROMISES)
@given(data=RECORDS, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_order_duplicates_and_later_records_change_nothing(kind: str, data: list[Any], seed: int) -> None:
    facts = [fact(each, f"R{n}") for n, each in enumerate(data)]
    late = [fact(each, f"R{n}", NOW.known_at + timedelta(seconds=1)) for n, each in enumerate(reversed(data))]
    mixed = [*facts, *facts, *late]
    random.Random(seed).shuffle(mixed)
    assert assess(promise(kind), mixed, NOW) == assess(promise(kind), facts, NOW)


@pytest.mark.parametrize("kind", PROMISES)
@given(data=st.lists(INVOICES | ORDERS | NOTICES, max_size=5), day=st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_nothing_dated_later_is_known(kind: str, data: list[Any], day: int) -> None:
    today = START + timedelta(days=day)
    at = AsOf.at(datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
    told = [each for each in data if _dated(each) <= today]
    records = {id(each): f"R{n}" for n, each in enumerate(data)}
    whole = assess(promise(kind), [fact(each, records[id(each)]) for each in data], at)
    assert whole == assess(promise(kind), [fact(each, records[id(each)]) for each in told], at)


def _dated(data: Any) -> date:
    if isinstance(data, Invoice):
        return data.invoiced_on
    return data.ordered_on if isinstance(data, PurchaseOrder) else data.sent_on


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 400_000)), min_size=1, max_size=6),
    st.integers(1, 99_999),
    st.sampled_from([1, 100, 1000]),
)
@settings(max_examples=300, deadline=None)
def test_a_rate_card_adds_up_like_a_sheet(rows: list[tuple[int, int]], price: int, per: int) -> None:
    """Each line for itself: too much is added up, too little is not set off, and nobody owes half a cent."""
    terms = {"prices": [{"item": "Filter", "price": f"EUR {Decimal(price) / 100}", "for_quantity": per}]}
    lines = tuple(
        InvoiceLine(
            number=str(n),
            item="filter",
            quantity=Decimal(quantity),
            amount=money(Decimal(cents) / 100),
        )
        for n, (quantity, cents) in enumerate(rows)
    )
    invoice = Invoice(number="A1", direction="payable", gross=money(CENT), invoiced_on=START, lines=lines)
    found = judged(promise("rate_card", terms), [invoice])[0]
    too_much = 0
    for quantity, cents in rows:
        exact = Decimal(price * quantity) / per
        if cents > exact.to_integral_value(ROUND_CEILING):
            too_much += cents - int(exact.to_integral_value(ROUND_HALF_UP))
    assert (found.money.amount if found.money else 0) * 100 == too_much
    assert (found.outcome is Outcome.BREACHED) == (too_much > 0)


@given(st.integers(1, 9999), st.integers(1, 9999), st.integers(0, 9999))
@settings(max_examples=100, deadline=None)
def test_more_billed_is_never_less_too_much(quantity: int, cents: int, more: int) -> None:
    over = []
    for billed in (cents, cents + more):
        line = InvoiceLine(
            number="1",
            item="Filter",
            unit="each",
            quantity=Decimal(quantity),
            amount=money(Decimal(billed) / 100),
        )
        made = Invoice(number="A1", direction="payable", gross=money(CENT), invoiced_on=START, lines=(line,))
        found = judged(promise("rate_card"), [made])[0]
        over.append(found.money.amount if found.money else Decimal(0))
    assert over[0] <= over[1] <= over[0] + Decimal(more) / 100 + CENT


@given(st.lists(st.integers(80, 130), min_size=12, max_size=12), st.integers(0, 6), st.integers(-3, 3))
@settings(max_examples=150, deadline=None)
def test_an_index_moves_a_price_like_a_sheet(values: list[int], cap: int, floor: int) -> None:
    """Ten years of changes by themselves: each on the price before it, between floor and cap, in cents."""
    floor = min(floor, cap)
    terms = PriceChange(
        index="CPI",
        index_per="year",
        lag=12,
        automatic=True,
        month=1,
        percent=Decimal(cap),
        floor=Decimal(floor),
        rounding=2,
    )
    held = promise("price_change", {"percent": "1"}, starts_on=date(2015, 1, 1))
    facts = [
        fact(IndexValue(index="CPI", period=str(2014 + n), value=Decimal(value)), f"X{n}")
        for n, value in enumerate(values)
    ]
    today = date(2025, 6, 30)
    watched = Watched.of(held, facts, NOW, today)
    done = changes(stated([(held.terms[0], money(Decimal(1000)), terms)]), "", watched)
    price = Decimal(1000)
    for year in range(2016, 2026):
        new, old = values[year - 1 - 2014], values[year - 2 - 2014]
        moved = price * new / old
        least, most = price * (100 + floor) / 100, price * (100 + cap) / 100
        price = min(max(moved, least), most).quantize(CENT, rounding=ROUND_HALF_UP)
        found = in_force(done, date(year, 1, 1)).price
        assert found.known
        assert found.low == price


@given(st.lists(ORDERS | INVOICES, max_size=6), CENTS.map(lambda c: c + 1))
@settings(max_examples=80, deadline=None)
def test_spending_more_never_keeps_a_limit_better(data: list[Any], amount: Decimal) -> None:
    limit = promise("spend_limit", {"amount": "1000", "currency": "EUR"})
    net = money(amount)
    more = Invoice(number="B1", direction="payable", gross=net, net=net, invoiced_on=START)
    before = judged(limit, data)[0]
    after = judged(limit, [*data, more])[0]
    if before.outcome is Outcome.BREACHED:
        assert after.outcome is Outcome.BREACHED
    if before.money is not None and after.money is not None:
        assert after.money.amount == before.money.amount + amount


ROW = {"item": "A", "price": "EUR 1"}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("fee", {"amount": "10"}, "`amount` and `currency`"),
    ("fee", {"amount": "-1", "currency": "EUR"}, "greater than or equal to 0"),
    ("fee", {"amount": "1", "currency": "XXQ"}, "unknown currency"),
    ("fee", {"starts_on": "2026-02-01", "ends_on": "2026-01-31"}, "before `starts_on`"),
    ("rate_card", {"prices": []}, "at least 1"),
    ("rate_card", {"prices": [{**ROW, "price": "EUR -1"}]}, "negative"),
    ("rate_card", {"prices": [{**ROW, "from_on": "2026-02-01", "to_on": "2026-01-01"}]}, "before it starts"),
    ("rate_card", {"prices": [ROW, {"item": "a", "price": "EUR 2"}]}, "hold at the same time"),
    ("rate_card", {"prices": [ROW], "tolerance": "EUR -1"}, "`tolerance` is negative"),
    ("price_change", {"percent": "2", "floor": "3"}, "above the cap"),
    ("price_change", {"fixed": "2", "index": "CPI"}, "not both"),
    ("price_change", {"lag": "2"}, "none is named"),
    ("price_change", {"index": "CPI", "compare": "base"}, "base_period"),
    ("price_change", {"automatic": True}, "by how much"),
    ("price_change", {"month": "1", "anniversary": True}, "not both"),
    ("price_change", {"percent": "120"}, "less than or equal to 100"),
    ("spend_limit", {"currency": "EUR"}, "`amount` and `currency`"),
    ("spend_limit", {"amount": "1", "currency": "EUR", "tolerance_percent": "-1"}, "greater than or equal"),
]


@pytest.mark.parametrize(("kind", "terms", "says"), BAD)
def test_bad_terms_are_refused_when_they_are_made(kind: str, terms: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        promise(kind, terms)


def _resolved(specs: list[dict[str, Any]], *contracts: Contract) -> dict[str, Obligation]:
    base = Contract(id="IC-1", title="", type="supply", us="us", counterparty="vendor", effective_on=START)
    held = [READER.obligation({"debtor": "us", "creditor": "vendor", **spec}) for spec in specs]
    return {o.id: o for o in resolve([base, *contracts], held)}


def test_prices_and_their_changes_are_bound_to_each_other() -> None:
    found = _resolved(
        [
            {"kind": "fee", "key": "Storage", "quote": "fee", "terms": {"amount": "50", "currency": "EUR"}},
            {"kind": "fee", "key": "Setup", "terms": {"amount": "9", "currency": "EUR", "per": "once"}},
            {
                "kind": "rate_card",
                "quote": "card",
                "terms": {"prices": [{"item": "Filter", "price": "EUR 10"}]},
            },
            {"kind": "price_change", "quote": "change", "terms": {"percent": "3", "notice": "P3M"}},
        ]
    )
    fee = found["IC-1/fee/Storage"].terms[0]
    assert isinstance(fee.terms, Fee)
    assert fee.terms.item == "Storage"
    assert fee.terms.others == ("Setup", "Filter")
    assert fee.terms.change is not None
    assert fee.terms.change.percent == 3
    assert [span.quote for span in fee.basis] == ["change"]
    change = found["IC-1/price_change"].terms[0]
    assert isinstance(change.terms, PriceChange)
    assert {p.item for p in change.terms.prices} == {"Storage", "Setup", "Filter"}
    again = resolve(
        [Contract(id="IC-1", title="", type="supply", us="us", counterparty="vendor", effective_on=START)],
        list(found.values()),
    )
    assert {o.id: o for o in again} == found


def test_a_price_changes_by_the_clause_that_names_it_or_else_by_the_general_one() -> None:
    found = _resolved(
        [
            {"kind": "fee", "key": "Storage", "terms": {"amount": "50", "currency": "EUR"}},
            {"kind": "fee", "key": "Picking", "terms": {"amount": "9", "currency": "EUR"}},
            {"kind": "price_change", "key": "all", "terms": {"percent": "5"}},
            {"kind": "price_change", "key": "storage", "terms": {"percent": "3", "item": "Storage"}},
        ]
    )
    percents = {
        key: terms.change.percent
        for key in ("Storage", "Picking")
        if isinstance(terms := found[f"IC-1/fee/{key}"].terms[0].terms, Fee) and terms.change is not None
    }
    assert percents == {"Storage": 3, "Picking": 5}


def test_a_price_stands_alone_where_its_card_says_nothing_else_of_the_item() -> None:
    rows = [
        {"item": "Filter", "price": "EUR 10"},
        {"item": "Filter", "price": "EUR 9", "min_quantity": "100"},
        {"item": "Pump", "price": "EUR 300"},
        {"item": "Screws", "price": "EUR 5", "for_quantity": "1000"},
    ]
    found = _resolved(
        [
            {"kind": "rate_card", "terms": {"prices": rows}},
            {"kind": "price_change", "terms": {"percent": "3", "notice": "P3M"}},
        ]
    )
    change = found["IC-1/price_change"].terms[0].terms
    assert isinstance(change, PriceChange)
    alone = {named.item: named.alone for named in change.prices}
    assert alone == {"Filter": False, "Pump": True, "Screws": False}


def _row(price: str, **days: str) -> CardPrice:
    return CardPrice.model_validate(
        {"item": "Pump", "price": {"currency": "EUR", "amount": price}, "unit": "each", **days}
    )


def test_a_row_stated_anew_from_its_own_first_day_is_gone() -> None:
    old, new = _row("300", from_on="2026-06-01"), _row("290", from_on="2026-06-01")
    assert RateCard(prices=(old,)).amended_by(RateCard(prices=(new,))) == (new,)


def test_two_prices_may_not_share_a_single_day() -> None:
    with pytest.raises(ValueError, match="Pump"):
        RateCard(prices=(_row("300", from_on="2026-06-30"), _row("290", to_on="2026-06-30")))
    assert RateCard(prices=(_row("300", from_on="2026-07-01"), _row("290", to_on="2026-06-30")))


def test_an_amendment_states_some_prices_anew_and_leaves_the_others() -> None:
    amendment = Contract(
        id="IC-2",
        title="",
        type="amendment",
        relation="amendment",
        parent="IC-1",
        effective_on=date(2026, 6, 1),
    )
    first = [
        {"item": "Filter", "price": "EUR 10"},
        {"item": "Pump", "price": "EUR 300"},
    ]
    found = _resolved(
        [
            {"kind": "rate_card", "terms": {"prices": first}},
            {
                "kind": "rate_card",
                "contract": "IC-2",
                "terms": {"prices": [{"item": "Pump", "price": "EUR 290", "from_on": "2026-07-01"}]},
            },
        ],
        amendment,
    )
    card = found["IC-1/rate_card"]
    assert [d.from_on for d in card.terms] == [None, date(2026, 6, 1)]
    for day, price in ((date(2026, 5, 1), 300), (date(2026, 6, 30), 300), (date(2026, 7, 1), 290)):
        dated = card.in_force(day)
        assert dated is not None
        assert isinstance(dated.terms, RateCard)
        assert _price(dated.terms, "Pump", day) == price
        assert _price(dated.terms, "Filter", day) == 10


def _price(card: RateCard, item: str, day: date) -> Decimal:
    rows: list[CardPrice] = [row for row in card.prices if row.item == item and row.holds(day)]
    assert len(rows) == 1
    return rows[0].price.amount
