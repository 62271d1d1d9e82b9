"""Coupa: documents to orders, invoices, payments and deliveries, and how they are read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from obligations.facts import Credit, Delivery, Fact, Invoice, Milestone, Payment, PurchaseOrder
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_contracts import ContractConformance
from tests.tools.conformance_writing import WriterConformance
from tests.tools.coupa_vendor import (
    SUPPLIER,
    ContractVendor,
    CoupaVendor,
    contract,
    invoice,
    line,
    order,
    receipt,
)
from tests.tools.vendors import Json
from tools.coupa.connector import Coupa
from tools.kit import NotFound, Skippable
from tools.kit.verbs import RawRecord


class TestConformance(Conformance, WriterConformance):
    vendor = CoupaVendor
    takes = ("comment", "create_task", "update_task", "set_fields", "create_invoice")
    example: ClassVar[Json] = {"text": "Late by 3 days"}
    target = "invoices/3"

    @pytest.mark.parametrize("body", [{}, {"d": 1}, {"invoices": []}, [1], ["x"], "text", 7, None])
    def test_json_of_another_shape_is_a_wrong_answer(self, body: Any) -> None:
        """An empty list is what Coupa answers where nothing matches."""
        super().test_json_of_another_shape_is_a_wrong_answer(body)


class TestContracts(ContractConformance):
    vendor = ContractVendor
    repository = ContractVendor
    known = "C-3"

    @pytest.mark.parametrize("body", [{}, {"d": 1}, [1], ["x"], "text", 7, None])
    def test_json_of_another_shape_is_a_wrong_answer(self, body: Any) -> None:
        super().test_json_of_another_shape_is_a_wrong_answer(body)

    def is_document(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("retrieve_legal_agreement")


def facts_of(kind: str, row: Json, **settings: Any) -> list[Fact]:
    connector: Coupa = connector_of(CoupaVendor(), **settings)
    updated = row.get("updated-at")
    at = datetime.fromisoformat(updated).astimezone(UTC) if isinstance(updated, str) else None
    return list(
        connector.to_facts(RawRecord(kind=kind, id=str(row.get("id")), data={"row": row}, updated_at=at))
    )


def bills(row: Json, **settings: Any) -> list[Invoice]:
    return [f.data for f in facts_of("invoice", row, **settings) if isinstance(f.data, Invoice)]


class TestInvoice:
    def test_reads_amounts_days_lines_and_what_they_hang_on(self) -> None:
        first, last = facts_of("invoice", invoice(status="on_hold"))
        bill = last.data
        assert isinstance(bill, Invoice)
        assert (bill.number, bill.gross.amount, bill.gross.currency) == ("PW-1142", Decimal("1190.00"), "EUR")
        assert (bill.net and bill.net.amount, bill.tax and bill.tax.amount) == (Decimal(1000), Decimal(190))
        assert (bill.invoiced_on, bill.received_on) == (date(2026, 9, 1), date(2026, 9, 3))
        assert (bill.order, bill.period) == ("4500000108", "2026-09")
        (only,) = bill.lines
        assert (only.quantity, only.unit, only.order_line, only.category) == (Decimal(4), "DRM", "1", "goods")
        assert (last.party_hint, last.contract_hint) == ("Pellworm Chemie AG", "IC-108")
        assert (last.source.record, last.source.label) == ("invoices/4835", "PW-1142")
        assert last.source.url == "https://tessaly.coupa.example/invoices/4835"
        assert (first.known_at, last.known_at) == (
            datetime(2026, 9, 3, 7, tzinfo=UTC),
            datetime(2026, 9, 5, 8, tzinfo=UTC),
        )

    def test_it_was_there_since_it_was_entered_and_held_since_its_last_change(self) -> None:
        facts = facts_of("invoice", invoice(status="disputed"))
        assert [f.data.blocked for f in facts] == [False, True]  # type: ignore[union-attr]
        assert facts[0].known_at == datetime(2026, 9, 3, 7, tzinfo=UTC)
        assert facts[1].known_at == datetime(2026, 9, 5, 8, tzinfo=UTC)
        assert len(bills(invoice(status="disputed"), history=False)) == 1

    @pytest.mark.parametrize("status", ["ap_hold", "on_hold", "booking_hold", "disputed"])
    def test_holds_block(self, status: str) -> None:
        assert bills(invoice(status=status))[-1].blocked

    @pytest.mark.parametrize("status", ["rejected", "abandoned", "voided"])
    def test_what_was_sent_back_says_since_when(self, status: str) -> None:
        before, after = bills(invoice(status=status))
        assert before.returned_on is None
        assert after.returned_on == date(2026, 9, 5)

    @pytest.mark.parametrize("status", ["draft", "new", "processing", "invalid"])
    def test_drafts_are_no_invoices_yet(self, status: str) -> None:
        assert facts_of("invoice", invoice(status=status)) == []

    def test_payments_are_facts_of_their_own(self) -> None:
        paid = {
            "id": 77,
            "amount-paid": "600.00",
            "payment-date": "2026-09-20T00:00:00+02:00",
            "created-at": "2026-09-21T06:00:00+02:00",
        }
        facts = facts_of("invoice", invoice(payments=[paid, {**paid, "id": 78, "amount-paid": "590.00"}]))
        payments = [f for f in facts if isinstance(f.data, Payment)]
        assert [f.data.amount.amount for f in payments] == [Decimal(600), Decimal(590)]  # type: ignore[union-attr]
        assert payments[0].source.record == "invoices/4835/payments/77"
        assert payments[0].known_at == datetime(2026, 9, 21, 4, tzinfo=UTC)
        assert payments[0].occurred_at == datetime(2026, 9, 19, 22, tzinfo=UTC)

    def test_paid_without_a_list_is_paid_in_full(self) -> None:
        facts = facts_of("invoice", invoice(paid=True, **{"payment-date": "2026-09-20T00:00:00+02:00"}))
        payment = facts[-1].data
        assert isinstance(payment, Payment)
        assert (payment.amount.amount, payment.paid_on) == (Decimal("1190.00"), date(2026, 9, 20))

    def test_a_credit_note_takes_off_whichever_sign_it_is_written_with(self) -> None:
        for sign in ("", "-"):
            row = invoice(
                **{
                    "document-type": "Credit Note",
                    "total-with-taxes": f"{sign}119.00",
                    "tax-amount": f"{sign}19.00",
                    "original-invoice-number": "PW-1100",
                    "credit-reason": "Returned drums",
                }
            )
            facts = facts_of("invoice", row)
            credit = facts[-1].data
            assert isinstance(credit, Credit)
            assert (credit.amount.amount, credit.net and credit.net.amount) == (Decimal(119), Decimal(100))
            assert (credit.invoice, credit.reason) == ("PW-1100", "Returned drums")
            assert {f.kind for f in facts} == {"credit"}

    def test_tax_by_line_counts_where_the_header_has_none(self) -> None:
        rows = [line(**{"tax-amount": "19.00"}), line(**{"line-num": 2, "tax-amount": "171.00"})]
        assert bills(invoice(**{"tax-amount": None, "invoice-lines": rows}))[-1].tax is not None
        rows[1]["tax-amount"] = None
        bill = bills(invoice(**{"tax-amount": None, "invoice-lines": rows}))[-1]
        assert (bill.tax, bill.net) == (None, None)

    def test_charges_are_lines_and_freight_is_told(self) -> None:
        charge = {"type": "InvoiceShippingCharge", "line-num": 2, "total": "50.00", "description": "Freight"}
        bill = bills(invoice(**{"invoice-charges": [charge], "shipping-amount": "50.00"}))[-1]
        assert [(each.category, each.amount.amount) for each in bill.lines][-1] == ("freight", Decimal(50))
        assert bill.freight is not None

    def test_a_line_that_takes_back_keeps_its_sign_and_has_no_quantity(self) -> None:
        rows = [line(), line(**{"line-num": 2, "quantity": "-1", "total": "-250.00"})]
        bill = bills(invoice(**{"invoice-lines": rows}))[-1]
        assert (bill.lines[1].amount.amount, bill.lines[1].quantity) == (Decimal(-250), None)

    def test_lines_of_two_contracts_name_none_and_of_two_periods_neither(self) -> None:
        rows = [line(), line(**{"contract": {"number": "C-10"}, "description": "October 2026"})]
        facts = facts_of("invoice", invoice(**{"invoice-lines": rows}))
        assert facts[-1].contract_hint == ""
        assert facts[-1].data.period == ""  # type: ignore[union-attr]

    def test_a_day_is_the_one_written_also_when_clocks_change(self) -> None:
        row = invoice(
            **{"invoice-date": "2026-10-25T00:00:00+02:00", "date-received": "2026-10-26T00:00:00-07:00"}
        )
        bill = bills(row)[-1]
        assert (bill.invoiced_on, bill.received_on) == (date(2026, 10, 25), date(2026, 10, 26))

    @pytest.mark.parametrize(
        "changes",
        [
            {"invoice-number": ""},
            {"invoice-number": None},
            {"total-with-taxes": "many"},
            {"total-with-taxes": "NaN"},
            {"total-with-taxes": None, "gross-total": None},
            {"currency": None},
            {"currency": {"code": "euro"}},
            {"invoice-date": None},
            {"invoice-date": "soon"},
            {"invoice-lines": [{"line-num": 1}]},
            {"payments": [{"id": 1, "amount-paid": None, "payment-date": None}]},
            {"created-at": "2026-09-03T09:00:00"},
        ],
    )
    def test_a_document_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of("invoice", invoice(**changes))
        assert caught.value.place == "invoices/4835"
        assert caught.value.remedy

    @pytest.mark.parametrize("odd", [None, "x", 7, {"a": 1}, [None, 3]])
    def test_lists_of_another_shape_are_empty(self, odd: Any) -> None:
        bill = bills(invoice(**{"invoice-lines": odd, "payments": odd, "invoice-charges": odd}))[-1]
        assert bill.lines == ()


class TestOrder:
    def test_reads_lines_and_their_days(self) -> None:
        fact = facts_of("purchase_order", order())[-1]
        data = fact.data
        assert isinstance(data, PurchaseOrder)
        assert (data.number, data.ordered_on, data.amount.amount) == (
            "4500000108",
            date(2026, 1, 5),
            Decimal("1500.00"),
        )
        assert (data.contract_reference, data.category) == ("IC-108", "Chemicals")
        one, two = data.lines
        assert (one.requested_on, one.promised_on) == (date(2026, 2, 1), date(2026, 2, 3))
        assert (two.quantity, two.unit_price and two.unit_price.amount) == (Decimal(1), Decimal(500))

    def test_a_cancelled_line_does_not_count_and_a_cancelled_order_says_since_when(self) -> None:
        row = order(status="cancelled")
        row["order-lines"][0]["status"] = "cancelled"
        then, now = (f.data for f in facts_of("purchase_order", row))
        assert isinstance(then, PurchaseOrder)
        assert isinstance(now, PurchaseOrder)
        assert (then.cancelled_on, now.cancelled_on) == (None, date(2026, 1, 6))
        assert (now.lines[0].cancelled, now.lines[0].cancelled_by) == (Decimal(10), "buyer")
        assert (then.amount.amount, now.amount.amount) == (Decimal("1500.00"), Decimal("500.00"))

    @pytest.mark.parametrize("status", ["draft", "buyer_hold", "error"])
    def test_orders_not_issued_are_none(self, status: str) -> None:
        assert facts_of("purchase_order", order(status=status)) == []

    def test_milestones_are_told_with_their_amount(self) -> None:
        step = {
            "id": 3,
            "description": "Commissioning",
            "due-date": "2026-03-31",
            "amount": "300.00",
            "status": "completed",
            "updated-at": "2026-04-02T10:00:00+02:00",
        }
        fact = facts_of("purchase_order", order(milestones=[step]))[-1]
        assert isinstance(fact.data, Milestone)
        assert (fact.data.name, fact.data.planned_on) == ("Commissioning", date(2026, 3, 31))
        assert [(e.change, e.on) for e in fact.data.events] == [("completed", date(2026, 4, 2))]
        assert fact.source.record == "purchase_orders/25/milestones/3"

    @pytest.mark.parametrize(
        "changes",
        [{"po-number": None}, {"currency": {}}, {"order-lines": [{"quantity": "-1", "price": "1"}]}],
    )
    def test_one_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable, match="purchase_orders/25"):
            facts_of("purchase_order", order(**changes))


class TestReceipt:
    def of(self, **changes: Any) -> list[Fact]:
        return facts_of("receipt", receipt(**changes))

    def test_goods_that_arrived(self) -> None:
        (fact,) = self.of()
        data = fact.data
        assert isinstance(data, Delivery)
        assert (data.order, data.order_line, data.quantity) == ("4500000108", "1", Decimal(6))
        assert (data.shipped_on, data.delivered_on) == (date(2026, 2, 4), date(2026, 2, 5))
        assert data.delivered_at == datetime(2026, 2, 5, 13, 30, tzinfo=UTC)
        assert fact.party_hint == "Pellworm Chemie AG"

    def test_a_day_tells_no_hour(self) -> None:
        (fact,) = self.of(**{"transaction-date": "2026-02-05T00:00:00+01:00"})
        assert fact.data.delivered_at is None  # type: ignore[union-attr]

    def test_what_was_sent_back_is_returned(self) -> None:
        (fact,) = self.of(type="ReceivingQuantityReturnToSupplier", quantity="2")
        assert (fact.data.quantity, fact.data.returned) == (Decimal(0), Decimal(2))  # type: ignore[union-attr]

    def test_a_voided_receipt_counts_nothing_from_then_on(self) -> None:
        then, now = self.of(status="voided", **{"updated-at": "2026-02-07T09:00:00+01:00"})
        assert (then.data.quantity, now.data.quantity) == (Decimal(6), Decimal(0))  # type: ignore[union-attr]
        assert then.source.record == now.source.record

    def test_a_part_voided_leaves_the_rest(self) -> None:
        facts = self.of(**{"voided-value": "2.0", "updated-at": "2026-02-07T09:00:00+01:00"})
        assert facts[-1].data.quantity == Decimal(4)  # type: ignore[union-attr]

    def test_a_void_takes_the_place_of_what_it_voids(self) -> None:
        (fact,) = self.of(id=300, type="VoidInventoryReceipt", **{"original-transaction-id": 296})
        assert fact.source.record == "receiving_transactions/296"
        assert fact.data.quantity == 0  # type: ignore[union-attr]

    def test_a_service_received_by_amount_counts_in_money(self) -> None:
        row = {
            "type": "ReceivingAmountConsumption",
            "quantity": None,
            "total": "750.00",
            "currency": {"code": "EUR"},
        }
        (fact,) = self.of(**row)
        assert (fact.data.quantity, fact.data.unit) == (Decimal("750.00"), "EUR")  # type: ignore[union-attr]

    def test_disposals_are_no_deliveries(self) -> None:
        assert self.of(type="ReceivingQuantityDisposal") == []

    @pytest.mark.parametrize("changes", [{"quantity": None}, {"transaction-date": None}, {"quantity": "few"}])
    def test_one_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable, match="receiving_transactions/296"):
            self.of(**changes)


class TestContract:
    def test_reads_metadata_and_hierarchy(self) -> None:
        vendor = CoupaVendor()
        child = contract(id=10, number="C-10", parent={"id": 9, "external-contract-id": "IC-108"})
        child["external-contract-id"] = None
        vendor.held["contracts"] = [contract(), child]
        connector: Coupa = connector_of(vendor, relations={"Frame": "master"}, types={"Frame": "supply"})
        one = connector.contract("IC-108")
        assert (one.id, one.record_id, one.type, one.relation) == ("IC-108", "9", "supply", "master")
        assert (one.effective_on, one.expires_on) == (date(2025, 1, 1), date(2027, 12, 31))
        assert one.party_keys == {"coupa": "17300005"}
        assert connector.contract("C-10").parent == "IC-108"
        assert connector.contract("9").id == "IC-108"
        with pytest.raises(NotFound):
            connector.contract("IC-999")

    def test_without_type_it_stands_alone_or_leaves_it_open(self) -> None:
        connector: Coupa = connector_of(CoupaVendor())
        at = datetime(2026, 1, 1, tzinfo=UTC)

        def relation(**changes: Any) -> Any:
            raw = RawRecord(kind="contract", id="9", data={"row": contract(**changes)}, updated_at=at)
            assert connector.to_facts(raw) == ()
            return connector.to_contract(raw).relation

        assert relation() == "standalone"
        assert relation(parent={"number": "C-1"}) is None

    def test_the_signed_agreement_with_a_safe_name(self) -> None:
        class Filed(CoupaVendor):
            def respond(self, request: httpx.Request) -> httpx.Response:
                if request.url.path.endswith("retrieve_legal_agreement"):
                    named = {"content-disposition": 'attachment; filename="../a.pdf"'}
                    return httpx.Response(200, content=b"%PDF", headers=named)
                return super().respond(request)

        vendor = Filed()
        vendor.held["contracts"] = [contract()]
        assert connector_of(vendor).document("IC-108") == (b"%PDF", "a.pdf")

    @pytest.mark.parametrize("changes", [{"name": None}, {"number": None, "external-contract-id": ""}])
    def test_one_without_number_or_name_is_skipped(self, changes: Json) -> None:
        raw = RawRecord(
            kind="contract", id="9", data={"row": contract(**changes)}, updated_at=datetime.now(UTC)
        )
        with pytest.raises(Skippable):
            connector_of(CoupaVendor()).to_contract(raw)


class TestReading:
    def test_asks_in_order_of_change_with_scopes(self) -> None:
        vendor = CoupaVendor(count=25, page_size=10)
        _, cursor, _ = read_all(connector_of(vendor), "invoice")
        assert b"scope=core.invoice.read+core.purchase_order.read" in vendor.requests[0].content
        read_all(connector_of(vendor), "invoice", cursor)
        asked = [r for r in vendor.requests if "updated-at[gt_or_eq]" in r.url.params][-1].url.params
        assert asked["order_by"] == "updated_at"
        assert asked["updated-at[gt_or_eq]"].endswith("Z")

    @pytest.mark.parametrize("kind", ["supplier", "contract", "purchase_order", "receipt"])
    def test_every_kind_has_its_list(self, kind: str) -> None:
        vendor = CoupaVendor()
        rows = {"supplier": {**SUPPLIER, "updated-at": "2026-01-01T00:00:00Z"}, "contract": contract()}
        rows |= {"purchase_order": order(), "receipt": receipt()}
        paths = {"supplier": "suppliers", "contract": "contracts", "purchase_order": "purchase_orders"}
        vendor.held[paths.get(kind, "receiving_transactions")] = [rows[kind], {"id": 1}]
        ids, _, problems = read_all(connector_of(vendor), kind)
        assert ids == [str(rows[kind]["id"])]
        assert len(problems) == 1

    def test_a_document_changed_while_we_read_hides_no_other(self) -> None:
        vendor = CoupaVendor(count=25, page_size=10)
        moved: list[int] = []
        rows = vendor.rows

        def shifting() -> list[Json]:
            found = rows()
            if vendor.lists() > 1:
                late = (vendor.changed_at(25) + timedelta(minutes=1)).isoformat()
                found[2] = {**found[2], "updated-at": late}
                moved.append(1)
            return found

        vendor.rows = shifting  # type: ignore[method-assign]
        ids, _, _ = read_all(connector_of(vendor), "invoice")
        assert set(ids) == {str(n) for n in range(25)}
        assert moved
