"""Tryton: its JSON, what its records mean, notes out; the hostile stand-in. The real one is in tests/real."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml

from obligations.facts import Credit, Delivery, Fact, Invoice, Payment, PurchaseOrder
from tests.tools.conformance import Conformance, connector_of
from tests.tools.test_ironclad import action
from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer
from tools import connect
from tools.kit import Fatal, NotFound, Skippable, harvest
from tools.kit.verbs import RawRecord

KNOWN = datetime(2026, 9, 18, 12, 0, tzinfo=UTC)


def instant(moment: datetime) -> Json:
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(moment, part) for part in parts}}


def day(text: str) -> Json:
    made = date.fromisoformat(text)
    return {"__class__": "date", "year": made.year, "month": made.month, "day": made.day}


def money(text: str) -> Json:
    return {"__class__": "Decimal", "decimal": text}


def purchase(number: int = 4, changed: datetime = KNOWN, **changes: Any) -> Json:
    line = {
        "id": 9, "type": "line", "description": "Cartons", "quantity": 1000.0, "unit_price": money("1.20"),
        "delivery_date_store": day("2026-09-15"), "unit.": {"name": "Unit"},
        "product.": {"code": "CRT-43", "name": "Carton"},
    }  # fmt: skip
    return {
        "id": number, "number": f"PO{number}", "reference": "IC-113", "state": "processing",
        "purchase_date": day("2026-09-01"), "untaxed_amount": money("1200.00"),
        "currency.": {"id": 1, "code": "EUR"}, "party.": {"id": 3, "code": "17300009", "name": "Baltica"},
        "last_modified_at": instant(changed), "lines.": [line], **changes,
    }  # fmt: skip


def invoice(**changes: Any) -> Json:
    line = {
        "id": 21, "type": "line", "description": "Cartons August", "quantity": 1.0,
        "unit_price": money("100"), "amount": money("100.00"), "origin": "purchase.line,9", "product.": None,
    }  # fmt: skip
    paid = {
        "id": 77, "date": day("2026-09-25"), "debit": money("119.00"), "credit": money("0"),
        "create_date": instant(KNOWN), "amount_second_currency": None, "second_currency.": None,
    }  # fmt: skip
    return {
        "id": 5, "number": "2026/7", "reference": "BAL-76", "description": "2026-08", "state": "paid",
        "type": "in", "invoice_date": day("2026-09-10"), "accounting_date": day("2026-09-11"),
        "total_amount": money("119.00"), "untaxed_amount": money("100.00"), "tax_amount": money("19.00"),
        "currency.": {"code": "EUR"}, "party.": {"code": "17300009"}, "create_date": instant(KNOWN),
        "move.": {"create_date": instant(KNOWN)}, "purchases.": [{"id": 4, "number": "PO4"}],
        "last_modified_at": instant(KNOWN), "lines.": [line], "payment_lines.": [paid], **changes,
    }  # fmt: skip


def move(**changes: Any) -> Json:
    return {
        "id": 31, "state": "done", "quantity": 600.0, "effective_date": day("2026-09-14"),
        "origin": "purchase.line,9", "unit.": {"name": "Unit"}, "shipment.": {"number": "S12"},
        "purchase.": {"number": "PO4", "reference": "IC-113", "party.": {"code": "17300009"}},
        "product.": {"code": "CRT-43"}, "to_location.": {"type": "storage"},
        "last_modified_at": instant(KNOWN), **changes,
    }  # fmt: skip


class TrytonVendor(Vendor):
    name, kind, list_path = "tryton", "purchase", "/rpc/"

    def settings(self) -> Json:
        auth = {"type": "login", "user": "pacta", "password": SECRET}
        return {
            "base_url": "https://erp.example/company",
            "auth": auth,
            "http": HTTP,
            "page_size": self.page_size,
        }

    def is_list(self, request: httpx.Request) -> bool:
        return b'search_read"' in request.content

    def rows(self) -> list[Json]:
        return [purchase(n, self.changed_at(n)) for n in range(self.count)]

    def broken(self) -> Json:
        return {**purchase(900, self.changed_at(3)), "number": None}

    def respond(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if asked["method"] == "common.db.login":
            self.tokens += 1
            return answer({"id": 0, "result": [1, f"{TOKEN}-{self.tokens}", None]})
        model, _, method = asked["method"].removeprefix("model.").rpartition(".")
        if method == "create":
            self.written += asked["params"][0]
            return answer({"id": 1, "result": [len(self.written)]})
        if model == "ir.note":
            rows = [{"id": n, **note} for n, note in enumerate(self.written, 1)]
            return answer({"id": 1, "result": rows})
        return answer({"id": 1, "result": self._found(asked["params"])})

    def _found(self, params: list[Any]) -> list[Json]:
        domain, offset, limit = params[0], params[1], params[2]
        keys = [value for name, operator, value in domain if (name, operator) == ("id", "=")]
        since = [value for name, operator, value in domain if operator == ">=" and not self.loop]
        rows = sorted(self.rows(), key=_changed)
        rows = [row for row in rows if not since or _changed(row) >= _changed({"last_modified_at": since[0]})]
        rows = [row for row in rows if not keys or row["id"] in keys]
        page, _ = self.window(rows, offset, limit)
        return list(page)


def _changed(row: Json) -> tuple[int, ...]:
    at = row["last_modified_at"]
    return tuple(at[part] for part in ("year", "month", "day", "hour", "minute", "second", "microsecond"))


class TestConformance(Conformance):
    vendor = TrytonVendor


def facts(kind: str, row: Json, **settings: Any) -> tuple[Fact, ...]:
    connector = connector_of(TrytonVendor(), zone="Europe/Berlin", **settings)
    return cast(tuple[Fact, ...], connector.to_facts(RawRecord(kind=kind, id=f"m,{row['id']}", data=row)))


def test_an_order_with_its_lines_contract_and_supplier() -> None:
    (found,) = facts("purchase", purchase())
    assert (found.party_hint, found.contract_hint, found.known_at) == ("17300009", "IC-113", KNOWN)
    order = found.data
    assert isinstance(order, PurchaseOrder)
    assert (order.number, order.ordered_on, order.cancelled_on) == ("PO4", date(2026, 9, 1), None)
    (line,) = order.lines
    assert (line.number, line.item, line.quantity, line.unit) == ("9", "CRT-43", Decimal(1000), "Unit")
    assert line.promised_on == date(2026, 9, 15)


def test_a_line_without_a_day_of_its_own_goes_by_the_orders() -> None:
    line = {**purchase()["lines."][0], "delivery_date_store": None}
    (found,) = facts("purchase", purchase(**{"lines.": [line], "delivery_date": day("2026-09-20")}))
    assert cast(PurchaseOrder, found.data).lines[0].promised_on == date(2026, 9, 20)


@pytest.mark.parametrize("state", ["draft", "quotation"])
def test_what_is_not_ordered_yet_is_no_order(state: str) -> None:
    assert facts("purchase", purchase(state=state)) == ()


def test_a_cancelled_order_says_when_in_the_companys_zone() -> None:
    late = datetime(2026, 9, 18, 22, 30, tzinfo=UTC)
    (found,) = facts("purchase", purchase(changed=late, state="cancelled"))
    assert cast(PurchaseOrder, found.data).cancelled_on == date(2026, 9, 19)


def test_lines_of_text_are_no_lines() -> None:
    (found,) = facts("purchase", purchase(**{"lines.": [{"id": 1, "type": "comment"}]}))
    assert cast(PurchaseOrder, found.data).lines == ()


def test_an_invoice_under_the_suppliers_number_and_what_settled_it() -> None:
    billed, paid = facts("invoice", invoice(), received_fields=["accounting_date"])
    assert isinstance(billed.data, Invoice)
    assert (billed.data.number, billed.data.order, billed.data.period) == ("BAL-76", "PO4", "2026-08")
    assert (billed.data.direction, billed.data.received_on) == ("payable", date(2026, 9, 11))
    assert billed.data.net is not None
    assert billed.data.net.amount == Decimal("100.00")
    assert billed.data.lines[0].order_line == "9"
    assert billed.contract_hint == ""
    assert isinstance(paid.data, Payment)
    assert (paid.data.invoice, paid.data.paid_on, paid.data.amount.amount) == (
        "BAL-76",
        date(2026, 9, 25),
        Decimal("119.00"),
    )
    assert paid.source.record == "account.move.line,77"


def test_the_day_an_invoice_came_is_unknown_where_no_field_holds_it() -> None:
    assert cast(Invoice, facts("invoice", invoice())[0].data).received_on is None


def test_our_own_invoice_goes_by_our_number() -> None:
    paid = {**invoice()["payment_lines."][0], "debit": money("0"), "credit": money("119.00")}
    billed, payment = facts("invoice", invoice(type="out", **{"payment_lines.": [paid]}))
    assert cast(Invoice, billed.data).number == "2026/7"
    settled = cast(Payment, payment.data)
    assert (settled.direction, settled.amount.amount) == ("receivable", Decimal("119.00"))


def test_a_payment_in_another_currency_than_the_books_counts_in_its_own() -> None:
    paid = {
        **invoice()["payment_lines."][0],
        "debit": money("104.13"),
        "amount_second_currency": money("119.00"),
        "second_currency.": {"code": "USD"},
    }
    _, payment = facts("invoice", invoice(**{"payment_lines.": [paid], "currency.": {"code": "USD"}}))
    amount = cast(Payment, payment.data).amount
    assert (amount.amount, amount.currency) == (Decimal("119.00"), "USD")


def test_a_credit_note_is_a_credit() -> None:
    amounts = {
        "total_amount": money("-980.00"), "untaxed_amount": money("-823.53"), "tax_amount": money("-156.47"),
    }  # fmt: skip
    (found,) = facts("invoice", invoice(state="posted", **amounts))
    credit = found.data
    assert isinstance(credit, Credit)
    assert credit.net is not None
    assert (credit.amount.amount, credit.net.amount) == (Decimal("980.00"), Decimal("823.53"))


@pytest.mark.parametrize("state", ["draft", "validated", "cancelled"])
def test_an_invoice_that_is_not_posted_is_none(state: str) -> None:
    assert facts("invoice", invoice(state=state)) == ()


def test_an_invoice_without_any_number_is_told() -> None:
    with pytest.raises(Skippable, match="has no number") as caught:
        facts("invoice", invoice(number=None, reference=None))
    assert caught.value.remedy


def test_goods_that_came_and_goods_that_went_back() -> None:
    (came,) = facts("delivery", move())
    delivery = came.data
    assert isinstance(delivery, Delivery)
    assert (delivery.number, delivery.order, delivery.order_line) == ("S12", "PO4", "9")
    assert (delivery.quantity, delivery.delivered_on) == (Decimal(600), date(2026, 9, 14))
    assert came.party_hint == "17300009"
    (back,) = facts("delivery", move(**{"to_location.": {"type": "supplier"}}))
    returned = cast(Delivery, back.data)
    assert (returned.quantity, returned.returned) == (Decimal(0), Decimal(600))


@pytest.mark.parametrize("changes", [{"state": "draft"}, {"effective_date": None}])
def test_goods_on_their_way_are_no_delivery(changes: Json) -> None:
    assert facts("delivery", move(**changes)) == ()


def test_a_refusal_is_told_in_trytons_words() -> None:
    vendor = TrytonVendor()
    vendor.always = lambda _: answer({"id": 1, "error": ["'no_such_field'", ""]})
    with pytest.raises(Fatal, match="no_such_field") as caught:
        list(connector_of(vendor).read("purchase", None))
    assert "access rights" in caught.value.remedy


def test_the_session_is_sent_as_tryton_wants_it() -> None:
    vendor = TrytonVendor(count=1)
    list(connector_of(vendor).read("purchase", None))
    login, first, *_ = vendor.requests
    assert "authorization" not in login.headers
    assert first.headers["authorization"].startswith("Session ")
    assert first.url.path == "/company/rpc/"


def test_a_note_is_written_once() -> None:
    vendor = TrytonVendor()
    writer = connector_of(vendor).writer()
    note = action("comment", {"text": "Paid late."}, target="purchase.purchase,4")
    first = writer.create(note)
    assert writer.create(note) == first
    assert len(vendor.written) == 1
    assert vendor.written[0]["resource"] == "purchase.purchase,4"
    assert note.reference in vendor.written[0]["message"]


@pytest.mark.parametrize(
    ("verb", "target", "error"),
    [
        ("create_task", "purchase.purchase,4", Fatal),
        ("comment", "res.user,1", Fatal),
        ("comment", "purchase.purchase,4 or 1", Fatal),
        ("comment", "purchase.purchase,999", NotFound),
    ],
)
def test_what_cannot_be_written_is_refused(verb: str, target: str, error: type[Exception]) -> None:
    vendor = TrytonVendor()
    payload = {"text": "x"} if verb == "comment" else {"title": "x"}
    with pytest.raises(error):
        connector_of(vendor).writer().create(action(verb, payload, target=target))
    assert vendor.written == []


def test_links_lead_to_the_web_client_where_there_is_one() -> None:
    (found,) = facts("purchase", purchase(), web_url="https://erp.example")
    assert found.source.url == "https://erp.example/#company/model/m/4"
    assert facts("purchase", purchase())[0].source.url == ""


def test_the_example_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_TRYTON_PASSWORD", SECRET)
    text = (Path(__file__).parents[2] / "tools" / "examples" / "tryton.yaml").read_text(encoding="utf-8")
    (made,) = connect(yaml.safe_load(text)["connectors"]).values()
    assert made.name == "tryton"
    assert harvest(made, []).facts == ()
