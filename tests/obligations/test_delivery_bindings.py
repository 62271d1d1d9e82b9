"""What delivery promises and those that hang on them find in their contract."""

from datetime import date
from typing import Any

from obligations.cascade import resolve
from obligations.model import Contract, Obligation
from obligations.terms import DeliveryPerformance, DeliveryTime, LiquidatedDamages, PerformanceObligation
from tests.obligations.golden_cases import reader_of

READER = reader_of({"calendars": {"weekdays": {"zone": "Europe/Berlin"}}})
CONTRACT = Contract(
    id="C",
    title="C",
    type="supply",
    us="us",
    counterparty="vendor",
    effective_on="2026-01-01",
    expires_on="2026-12-31",
    zone="Europe/Berlin",
)


def promise(kind: str, key: str = "", **terms: Any) -> Obligation:
    given = {"contract": "C", "kind": kind, "key": key, "terms": terms, "quote": f"{kind} {key}".strip()}
    return READER.obligation({**given, "debtor": "vendor", "creditor": "us"})


def bound(*promises: Obligation) -> dict[str, Any]:
    resolved = resolve([CONTRACT], list(promises))
    return {f"{o.kind} {o.key}".strip(): o.terms[-1] for o in resolved}


def test_a_delivery_takes_start_name_and_calendar_from_its_contract() -> None:
    report = promise(
        "reporting", "report", every="month", within="P5D", clock="business", calendar="weekdays"
    )
    found = bound(
        promise("delivery", "exit plan", within="P20D", clock="business", starts="effective_date"), report
    )
    terms = found["delivery exit plan"].terms
    assert isinstance(terms, DeliveryTime)
    assert (str(terms.starts_on), terms.name, terms.rivals) == ("2026-01-01", "exit plan", ())
    assert terms.calendar is not None


def test_deliveries_by_order_know_of_each_other_and_not_of_those_due_on_a_day() -> None:
    stock, other = promise("delivery", "stock", within="P3D"), promise("delivery", "other", within="P21D")
    found = bound(stock, other, promise("delivery", "plan", due_on="2026-03-01"))
    rivals = {key: dated.terms.rivals for key, dated in found.items()}
    assert rivals == {"delivery stock": ("other",), "delivery other": ("stock",), "delivery plan": ()}


def test_performance_hangs_on_the_only_delivery_and_cites_it() -> None:
    found = bound(
        promise("delivery", "orders", within="P10D", starts="order"),
        promise("delivery_performance", percent="95"),
    )
    dated = found["delivery_performance"]
    assert isinstance(dated.terms, DeliveryPerformance)
    assert dated.terms.promise == found["delivery orders"].terms
    assert [span.quote for span in dated.basis] == ["delivery orders"]


def test_performance_of_several_deliveries_goes_by_the_days_of_the_lines() -> None:
    stock, other = promise("delivery", "stock", within="P3D"), promise("delivery", "other", within="P21D")
    assert (
        bound(stock, other, promise("delivery_performance", percent="95"))[
            "delivery_performance"
        ].terms.promise
        is None
    )


def test_damages_hang_on_the_deliveries_of_their_contract_by_their_names() -> None:
    first, second = (promise("delivery", f"site {n}", due_on=f"2026-0{n}-01") for n in (3, 4))
    dated = bound(first, second, promise("liquidated_damages", "delay", percent="1", per="week"))[
        "liquidated_damages delay"
    ]
    assert isinstance(dated.terms, LiquidatedDamages)
    assert [p.name for p in dated.terms.promises] == ["site 3", "site 4"]
    assert [span.quote for span in dated.basis] == ["delivery site 3", "delivery site 4"]
    named = bound(first, second, promise("liquidated_damages", "delay of site 4", percent="1", per="week"))
    assert [p.name for p in named["liquidated_damages delay of site 4"].terms.promises] == ["site 4"]


def test_damages_by_the_name_of_a_level_hang_on_it() -> None:
    level = promise("delivery_performance", "OTIF rate", percent="97")
    found = bound(
        level,
        promise("delivery", "orders", within="P1D"),
        promise("liquidated_damages", "missed OTIF rate", percent="1"),
    )
    terms = found["liquidated_damages missed OTIF rate"].terms
    assert terms.level == found["delivery_performance OTIF rate"].terms
    assert terms.promises == ()


def test_a_service_without_a_period_runs_while_its_contract_runs() -> None:
    price = {"currency": "EUR", "amount": "1200"}
    found = bound(promise("performance_obligation", "support", price=price, method="straight_line"))
    terms = found["performance_obligation support"].terms
    assert isinstance(terms, PerformanceObligation)
    assert (str(terms.starts_on), str(terms.ends_on)) == ("2026-01-01", "2026-12-31")


def test_performance_follows_its_delivery_through_an_amendment() -> None:
    amendment = CONTRACT.model_copy(
        update={"id": "A", "relation": "amendment", "parent": "C", "effective_on": date(2026, 6, 1)}
    )
    later = promise("delivery", "orders", within="P5D", starts="order").model_copy(update={"contract": "A"})
    held = [
        promise("delivery", "orders", within="P10D", starts="order"),
        later.model_copy(update={"id": "A/delivery/orders"}),
        promise("delivery_performance", percent="95"),
    ]
    (found,) = (o for o in resolve([CONTRACT, amendment], held) if o.kind == "delivery_performance")
    days = [
        (str(dated.from_on), dated.terms.promise.within.days)
        for dated in found.terms
        if isinstance(dated.terms, DeliveryPerformance) and dated.terms.promise and dated.terms.promise.within
    ]
    assert days == [("None", 10), ("2026-06-01", 5)]


def test_damages_hang_on_the_deliveries_of_their_own_document_first() -> None:
    schedule = CONTRACT.model_copy(update={"id": "S", "relation": "schedule", "parent": "C"})
    samples = promise("delivery", "samples", within="P5D", starts="order")
    held = [
        promise("delivery", "orders", within="P10D", starts="order"),
        samples.model_copy(update={"contract": "S", "id": "S/delivery/samples"}),
        promise("liquidated_damages", "delay", percent="1", per="week"),
    ]
    (found,) = (o for o in resolve([CONTRACT, schedule], held) if o.kind == "liquidated_damages")
    terms = found.terms[0].terms
    assert isinstance(terms, LiquidatedDamages)
    assert [p.name for p in terms.promises] == ["orders"]
