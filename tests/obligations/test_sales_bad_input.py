"""Terms of deliveries and sales that contradict themselves are refused when made, with the reason."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from obligations.terms import Terms

TYPED: TypeAdapter[Any] = TypeAdapter(Terms)
EUR = {"amount": "100", "currency": "EUR"}
USD = {"amount": "100", "currency": "USD"}


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"kind": "delivery", "within": "P3D", "due_on": "2026-10-01"}, "either `within` or `due_on`"),
        ({"kind": "delivery", "starts": "order"}, "`starts` needs `within`"),
        ({"kind": "delivery", "within": "P3D", "date_kind": "promised"}, "for the dates of an order"),
        ({"kind": "delivery", "early": "PT4H"}, "counts days"),
        ({"kind": "delivery", "quantity": "-1"}, "greater than 0"),
        ({"kind": "delivery", "within": "3 days"}, "ISO 8601"),
        ({"kind": "delivery_performance", "percent": "101"}, "less than or equal to 100"),
        ({"kind": "liquidated_damages", "percent": "1", "amount": "5"}, "either a percent or an amount"),
        ({"kind": "liquidated_damages", "percent": "1", "per": "year"}, "per year are not counted"),
        ({"kind": "liquidated_damages", "percent": "1", "grace": "P1M"}, "number of days"),
        ({"kind": "liquidated_damages", "price": EUR, "cap_amount": USD}, "several currencies: EUR, USD"),
        ({"kind": "liquidated_damages", "amount": "5", "currency": "EURO"}, "unknown currency"),
        ({"kind": "milestone_payment", "amount": "5", "percent": "5"}, "either an amount or a percent"),
        ({"kind": "milestone_payment", "due_on": "2026-10-01", "on": "accepted"}, "on a day or on a step"),
        ({"kind": "performance_obligation", "recognised": "point_in_time", "method": "input"}, "no `method`"),
        ({"kind": "performance_obligation", "recognised": "over_time", "units": "5"}, "no `transfers_on`"),
        ({"kind": "performance_obligation", "transfers_on": "acceptance", "units": "5"}, "at their delivery"),
        (
            {"kind": "performance_obligation", "starts_on": "2026-02-01", "ends_on": "2026-01-31"},
            "ends 2026-01-31, before it starts 2026-02-01",
        ),
        (
            {"kind": "performance_obligation", "price": EUR, "others": [{"name": "x", "amount": EUR}]},
            "needs its own `standalone`",
        ),
        ({"kind": "performance_obligation", "price": EUR, "standalone": USD}, "several currencies"),
        (
            {
                "kind": "performance_obligation",
                "variable": [
                    {
                        "name": "bonus",
                        "effect": "adds",
                        "outcomes": [{"amount": "1", "percent": "60"}, {"amount": "2", "percent": "50"}],
                    }
                ],
            },
            "add up to 110 percent",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TYPED.validate_python(terms)


def test_core_terms_are_enough() -> None:
    for terms in (
        {"kind": "delivery", "within": "P20D", "clock": "business"},
        {"kind": "delivery", "due_on": "2026-10-01"},
        {"kind": "warranty", "within": "P12M"},
        {"kind": "warranty"},
        {"kind": "liquidated_damages", "amount": 500, "per": "day"},
        {"kind": "liquidated_damages", "percent": 0.5, "per": "week"},
        {"kind": "milestone_payment", "amount": 129000, "currency": "USD"},
        {"kind": "milestone_payment"},
    ):
        assert TYPED.validate_python(terms).kind == terms["kind"]
