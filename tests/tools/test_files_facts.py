"""Facts of every kind from rows: one good row each, its versions, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from obligations.facts import Delivery, Invoice, Milestone, PurchaseOrder
from tests.tools.drops import Drop, facts_of, putter, read, table
from tools.files.kinds import KINDS

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "relief": (
        "cause,started_at,ended_at,of\ncustomer,2026-09-01 08:00,2026-09-02 08:00,WAN\n",
        {"cause": "customer", "of": "WAN"},
    ),
    "exchange_rate": (
        "base,quote,rate,on,publisher\nEUR,USD,1.0871,2026-09-30,ECB\n",
        {"base": "EUR", "rate": Decimal("1.0871"), "on": date(2026, 9, 30), "publisher": "ECB"},
    ),
    "index_value": (
        "index,period,value,published_on\nHICP,Sep 2026,127.4,2026-10-16\n",
        {"index": "HICP", "period": "2026-09", "value": Decimal("127.4")},
    ),
    "reference_rate": (
        "rate,percent,from_on\nECB main refinancing,2.15 %,2026-06-11\n",
        {"percent": Decimal("2.15"), "from_on": date(2026, 6, 11)},
    ),
    "progress": (
        "of,on,percent,incurred,expected,currency\nRollout,2026-09-30,40,400.00,1000.00,EUR\n",
        {"of": "Rollout", "percent": Decimal(40)},
    ),
    "delivery": (
        "number,order,quantity,delivered_on,returned,cause\nD1,4500000101,1200,2026-09-03,5,carrier\n",
        {"quantity": Decimal(1200), "returned": Decimal(5), "cause": "carrier"},
    ),
    "usage": (
        "item,quantity,unit,period\nAPI calls,1250000,call,2026-Q3\n",
        {"item": "API calls", "period": "2026-Q3", "direction": "payable"},
    ),
    "certificate": (
        "type,insured,effective_on,expires_on,currency,each_occurrence,primary,endorsements\n"
        "general_liability,Acme,2026-01-01,2026-12-31,USD,1000000,x,CG 20 10; CG 20 37\n",
        {"type": "general_liability", "primary": True, "endorsements": ("CG 20 10", "CG 20 37")},
    ),
    "event": ("name,on\nsecurity incident,2026-09-14\n", {"name": "security incident"}),
    "deed": (
        "of,done_on,by,evidence\naudit report,2026-09-14,counterparty,DMS 77\n",
        {"of": "audit report", "by": "counterparty"},
    ),
    "decision": (
        "decision,obligation,on,by,reason\nwaived,ob-1,2026-09-14,Lena,goodwill\n",
        {"decision": "waived", "by": "Lena"},
    ),
    "credit": (
        "number,credited_on,amount,currency,type,invoice\nC1,2026-09-14,10.00,EUR,service credit,A1\n",
        {"type": "service_credit", "invoice": "A1"},
    ),
}


@pytest.fixture
def drop(tmp_path: Any) -> Drop:
    return putter(tmp_path)


def same(text: str, **more: Any) -> dict[str, Any]:
    """Columns named like their roles."""
    return {"columns": {name: name for name in text.splitlines()[0].split(",")}, **more}


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_of_each_kind(drop: Drop, kind: str) -> None:
    text, expected = ROWS[kind]
    facts, places = facts_of(drop(text), table(kind=kind, **same(text)))
    assert not places
    data = facts[-1].data
    assert data.kind == KINDS[kind].fact
    assert {name: getattr(data, name) for name in expected} == expected
    assert facts[-1].source.label
    assert len({fact.source.record for fact in facts}) == 1


@pytest.mark.parametrize(
    "kind", [name for name, kind in KINDS.items() if len(kind.needed) > 1 and not kind.grouped]
)
def test_an_empty_needed_role_is_named(drop: Drop, kind: str) -> None:
    roles = list(KINDS[kind].needed)
    filled = "2026-09-01" if kind == "payment" else ""  # without its day a row is no payment
    text = ",".join(roles) + f"\n,{filled}" + "," * (len(roles) - 2) + "x\n"
    _, problems = read(drop(text), table(kind=kind, **same(text)))
    assert "is empty" in problems[0].what
    assert problems[0].place == "file.csv:2"


class TestVersions:
    def test_a_milestone_is_known_step_by_step(self, drop: Drop) -> None:
        text = (
            "name,planned_on,submitted_on,accepted_on,evidence,by\n"
            "Go-live,2026-09-01,2026-09-03,2026-09-10,protocol 7,counterparty\n"
        )
        facts, _ = facts_of(drop(text), table(kind="milestone", zone="UTC", **same(text)))
        found = [f.data for f in facts if isinstance(f.data, Milestone)]
        assert [[(e.change, e.evidence) for e in m.events] for m in found] == [
            [],
            [("submitted", "")],
            [("submitted", ""), ("accepted", "protocol 7")],
        ]
        assert [f.known_at.day for f in facts] == [1, 3, 10]

    def test_what_is_planned_ahead_was_known_when_the_file_was_made(self, drop: Drop) -> None:
        text = "name,planned_on\nGo-live,2099-01-31\n"
        folder = drop(text)
        ((fact,), _) = facts_of(folder, table(kind="milestone", **same(text)))
        assert fact.known_at == datetime.fromtimestamp((folder / "file.csv").stat().st_mtime, tz=UTC)

    def test_a_cancelled_certificate_was_good_before(self, drop: Drop) -> None:
        text = (
            "type,issued_on,effective_on,expires_on,cancelled_on\n"
            "cyber,2026-01-02,2026-01-01,2026-12-31,2026-05-01\n"
        )
        facts, _ = facts_of(drop(text), table(kind="certificate", **same(text)))
        assert [getattr(f.data, "cancelled_on") for f in facts] == [None, date(2026, 5, 1)]  # noqa: B009

    def test_an_invoice_returned_later_was_open_before(self, drop: Drop) -> None:
        text = (
            "number,invoiced_on,received_on,returned_on,gross,currency,tax\n"
            "A1,2026-09-01,2026-09-02,2026-09-09,119.00,EUR,19.00\n"
        )
        facts, _ = facts_of(drop(text), table(kind="invoice", zone="UTC", **same(text)))
        found = [(f.known_at.day, f.data.returned_on) for f in facts if isinstance(f.data, Invoice)]
        assert found == [(2, None), (9, date(2026, 9, 9))]

    def test_usage_is_known_when_its_period_has_ended(self, drop: Drop) -> None:
        text = "item,quantity,period\nGB,5,2026-09\n"
        ((fact,), _) = facts_of(drop(text), table(kind="usage", zone="UTC", **same(text)))
        assert fact.known_at == datetime(2026, 10, 1, tzinfo=UTC)

    def test_an_index_without_its_day_was_known_when_the_file_came(self, drop: Drop) -> None:
        text = "index,period,value\nCPI-U,2026,311.2\n"
        folder = drop(text)
        ((fact,), _) = facts_of(folder, table(kind="index_value", **same(text)))
        assert fact.known_at == datetime.fromtimestamp((folder / "file.csv").stat().st_mtime, tz=UTC)
        assert fact.source.label == "CPI-U 2026"

    def test_a_delivery_needs_a_day(self, drop: Drop) -> None:
        text = "number,order,quantity,shipped_on,delivered_on\nD1,O1,5,2026-09-01,\nD2,O1,5,,\n"
        facts, problems = read(drop(text), table(kind="delivery", **same(text)))
        assert [f.data.delivered_on for f in facts if isinstance(f.data, Delivery)] == [None]
        assert "no day says when it happened" in problems[0].what


class TestLines:
    ORDERS = (
        "number,ordered_on,line,item,quantity,unit_price,currency,confirmed_on\n"
        "O1,2026-09-01,10,Bolts,100,0.50,EUR,2026-09-20\n"
        "O2,2026-09-02,10,Nuts,10,1.00,EUR,\n"
        "O1,2026-09-01,20,Nuts,10,1.00,EUR,2026-09-21\n"
    )

    def test_the_rows_of_an_order_make_one(self, drop: Drop) -> None:
        facts, places = facts_of(drop(self.ORDERS), table(kind="order_lines", **same(self.ORDERS)))
        assert not places
        orders = {f.data.number: f.data for f in facts if isinstance(f.data, PurchaseOrder)}
        assert [(line.number, line.item, line.confirmed_on) for line in orders["O1"].lines] == [
            ("10", "Bolts", date(2026, 9, 20)),
            ("20", "Nuts", date(2026, 9, 21)),
        ]
        assert str(orders["O1"].amount) == "EUR 60.00"
        assert len(orders["O2"].lines) == 1

    def test_lines_that_contradict_each_other_are_refused(self, drop: Drop) -> None:
        text = self.ORDERS.replace("O1,2026-09-01,20", "O1,2026-09-05,20")
        facts, problems = read(drop(text), table(kind="order_lines", **same(text)))
        assert [f.source.label for f in facts] == ["O2"]
        assert "ordered_on" in problems[0].what
        assert problems[0].place == "file.csv:4"

    def test_an_order_without_prices_needs_its_amount(self, drop: Drop) -> None:
        text = "number,ordered_on,line,quantity\nO1,2026-09-01,10,5\n"
        _, problems = read(drop(text), table(kind="order_lines", **same(text)))
        assert "unit_price" in problems[0].what
        text = "number,ordered_on,line,quantity,amount\nO1,2026-09-01,10,5,EUR 7.00\n"
        ((fact,), _) = read(drop(text), table(kind="order_lines", **same(text)))
        assert str(getattr(fact.data, "amount")) == "EUR 7.00"  # noqa: B009

    def test_the_lines_of_an_invoice(self, drop: Drop) -> None:
        text = (
            "number,invoiced_on,gross,currency,line,line_amount,line_category,line_order,party\n"
            "A1,2026-09-01,119.00,EUR,1,90.00,goods,O1,Acme\n"
            "A1,2026-09-01,119.00,EUR,2,10.00,freight,O1,Acme\n"
            "A1,2026-09-03,5.00,EUR,1,5.00,fee,,Baltica\n"
        )
        facts, places = facts_of(drop(text), table(kind="invoice_lines", **same(text)))
        assert not places
        assert [f.party_hint for f in facts] == ["Acme", "Baltica"]
        data = facts[0].data
        assert isinstance(data, Invoice)
        assert [(line.amount.amount, line.category, line.order) for line in data.lines] == [
            (Decimal("90.00"), "goods", "O1"),
            (Decimal("10.00"), "freight", "O1"),
        ]


class TestRefusing:
    @pytest.mark.parametrize(
        ("kind", "text", "says"),
        [
            ("exchange_rate", "base,quote,rate,on\nEUR,USD,0,2026-09-30\n", "rate: "),
            ("exchange_rate", "base,quote,rate,on\nEUR,Dollars,1.1,2026-09-30\n", "quote: "),
            ("delivery", "number,order,quantity,delivered_on\nD,O,-5,2026-09-30\n", "quantity: "),
            ("delivery", "number,order,quantity,delivered_on\nD,O,5 EUR,2026-09-30\n", "not a plain number"),
            ("relief", "cause,started_at,ended_at\ncustomer,2026-09-03Z,2026-09-02Z\n", "is no date"),
            (
                "relief",
                "cause,started_at,ended_at\ncustomer,2026-09-03,2026-09-02\n",
                "ends before it begins",
            ),
            (
                "certificate",
                "type,effective_on,expires_on,primary\nx,2026-1-1,2026-2-1,maybe\n",
                "values.primary",
            ),
            ("usage", "item,quantity,period\nGB,5,autumn\n", "is no date"),
            ("milestone", "name,planned_on,percent_complete\nx,2026-09-01,140%\n", "percent_complete"),
        ],
    )
    def test_values_that_do_not_fit_name_their_role(
        self, drop: Drop, kind: str, text: str, says: str
    ) -> None:
        _, problems = read(drop(text), table(kind=kind, **same(text)))
        assert says in problems[0].what
        assert problems[0].place == "file.csv:2"
        assert "pydantic" not in problems[0].what
