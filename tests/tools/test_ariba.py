"""Ariba: orders and their versions, invoices, receipts, payments, workspaces, and what it may be written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from obligations.facts import Credit, Delivery, Fact, Invoice, Milestone, Payment, PurchaseOrder, latest
from obligations.model import Action
from tests.tools.ariba_vendor import AribaVendor, euros, failed
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.vendors import START, Json, answer
from tools import connect
from tools.ariba.connector import Ariba
from tools.kit import Misconfigured, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord

AT = datetime(2026, 10, 5, 12, tzinfo=UTC)


class TestConformance(Conformance, WriterConformance):
    vendor = AribaVendor
    takes = ("set_fields",)
    example: ClassVar[Json] = {"fields": {"performance": "breached"}}
    target = "CW1"


def reader(**settings: Any) -> Ariba:
    made: Ariba = connector_of(AribaVendor(), **settings)
    return made


def facts(kind: str, row: Json, **settings: Any) -> tuple[Fact, ...]:
    record = RawRecord(kind=kind, id=str(row.get("UniqueName", "1")), data={"row": row}, updated_at=AT)
    return reader(**settings).to_facts(record)


ORDER: Json = {
    "UniqueName": "EP7-V2",
    "InitialUniqueName": "EP7",
    "OrderID": "EP7",
    "StatusString": "Receiving",
    "OrderedDate": "2026-10-01T08:00:00Z",
    "TotalCost": euros("1000.50"),
    "MasterAgreement": {"UniqueName": "CW1"},
    "Supplier": {"UniqueName": "17300001"},
    "Active": True,
    "LineItems": [
        {
            "NumberInCollection": 1,
            "Quantity": 10.0,
            "NeedBy": "2026-10-19T22:00:00Z",
            "CommodityCode": {"UniqueName": "43"},
            "Description": {
                "SupplierPartNumber": "A-1",
                "UnitOfMeasure": {"UniqueName": "EA"},
                "Price": euros("100.05"),
            },
        }
    ],
}


class TestOrders:
    def test_an_order_with_its_lines_party_and_contract(self) -> None:
        first, now = facts("purchase_order", ORDER)
        order = now.data
        assert isinstance(order, PurchaseOrder)
        assert (order.number, order.ordered_on) == ("EP7", date(2026, 10, 1))
        assert order.amount.amount == Decimal("1000.50")
        assert (now.party_hint, now.contract_hint, order.contract_reference) == ("17300001", "CW1", "CW1")
        (line,) = order.lines
        assert (line.number, line.item, line.quantity, line.unit) == ("1", "A-1", Decimal(10), "EA")
        assert line.requested_on == date(2026, 10, 20)  # midnight in Berlin
        assert line.unit_price and line.unit_price.amount == Decimal("100.05")
        assert (first.known_at, now.known_at) == (datetime(2026, 10, 1, 8, tzinfo=UTC), AT)

    def test_versions_of_an_order_are_one_order(self) -> None:
        """The version that was replaced was changed when it was: that is no later knowledge."""
        old = {**ORDER, "UniqueName": "EP7", "Active": False, "NextVersion": {"UniqueName": "EP7-V2"}}
        old |= {"TotalCost": euros(900), "OrderedDate": "2026-09-20T08:00:00Z"}
        held = [*facts("purchase_order", old), *facts("purchase_order", ORDER)]
        assert {f.source.record for f in held} == {"purchase_order/EP7"}
        before = latest(held, datetime(2026, 9, 25, tzinfo=UTC))
        after = latest(held, datetime(2026, 10, 6, tzinfo=UTC))
        amounts = [one.data.amount.amount for (one,) in (before, after)]  # type: ignore[union-attr]
        assert amounts == [900, Decimal("1000.50")]

    def test_a_cancelled_order_was_whole_before(self) -> None:
        then, now = facts("purchase_order", {**ORDER, "StatusString": "Canceled"})
        assert [f.data.cancelled_on for f in (then, now)] == [None, date(2026, 10, 5)]  # type: ignore[union-attr]

    @pytest.mark.parametrize("status", ["Composing", "Denied"])
    def test_what_is_not_issued_is_no_order(self, status: str) -> None:
        assert facts("purchase_order", {**ORDER, "StatusString": status}) == ()

    def test_without_a_total_the_lines_tell_it(self) -> None:
        row = {**ORDER, "TotalCost": None, "LineItems": [{"Amount": euros(3)}, {"Amount": euros("4.10")}]}
        assert facts("purchase_order", row)[-1].data.amount.amount == Decimal("7.10")  # type: ignore[union-attr]
        with pytest.raises(Skippable, match="no total"):
            facts("purchase_order", {**row, "LineItems": []})

    def test_without_number_there_is_no_order(self) -> None:
        bare = {key: held for key, held in ORDER.items() if key not in ("OrderID", "InitialUniqueName")}
        assert facts("purchase_order", bare)[0].source.record == "purchase_order/EP7"
        with pytest.raises(Skippable, match="OrderID"):
            facts("purchase_order", {**bare, "UniqueName": None})


def bill(**changes: Any) -> Json:
    return {**AribaVendor().record(1), **changes}


class TestInvoices:
    def test_an_invoice_with_lines_order_and_contract(self) -> None:
        (*_, fact) = facts("invoice", bill())
        invoice = fact.data
        assert isinstance(invoice, Invoice)
        assert (invoice.number, invoice.invoiced_on) == ("ACM-1", date(2026, 8, 31))
        assert invoice.net and invoice.net.amount == 1000
        assert (invoice.order, invoice.lines[0].order_line, invoice.lines[0].unit) == ("EP7", "3", "MON")
        assert (fact.party_hint, fact.contract_hint) == ("17300001", "CW1")
        assert invoice.received_on == date(2026, 9, 1)

    def test_it_was_whole_before_it_was_rejected(self) -> None:
        then, now = facts("invoice", bill(StatusString="Rejected"))
        assert [f.data.returned_on for f in (then, now)] == [None, date(2026, 10, 5)]  # type: ignore[union-attr]
        (only,) = facts("invoice", bill(StatusString="Rejected"), history=False)
        assert only.data.returned_on == date(2026, 10, 5)  # type: ignore[union-attr]

    @pytest.mark.parametrize(("till", "blocked"), [("2026-12-01T00:00:00Z", True), ("2026-10-01", False)])
    def test_held_until_a_later_day_is_blocked(self, till: str, blocked: bool) -> None:
        assert facts("invoice", bill(HoldTillDate=till))[-1].data.blocked is blocked  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("changes", "amount", "net"),
        [
            ({"InvoicePurpose": "creditMemo"}, 1190, None),
            ({"TotalInvoiced": euros("-11.90"), "TotalInvoicedLessTax": euros(-10)}, Decimal("11.90"), 10),
        ],
    )
    def test_a_credit_memo_takes_something_off(self, changes: Json, amount: Any, net: Any) -> None:
        (fact,) = facts("invoice", bill(**changes))
        assert isinstance(fact.data, Credit)
        assert fact.data.amount.amount == amount
        assert (fact.data.net.amount if fact.data.net else None) == net

    @pytest.mark.parametrize(
        ("period", "name"),
        [
            ({"FromDate": "2026-09-01T00:00:00Z", "ToDate": "2026-09-30T00:00:00Z"}, "2026-09"),
            ({"FromDate": "2026-08-31T22:00:00Z", "ToDate": "2026-09-29T22:00:00Z"}, "2026-09"),
            ({"FromDate": "2026-09-01T00:00:00Z", "ToDate": "2026-10-31T00:00:00Z"}, ""),
            ({"Period": "Sep 2026"}, "2026-09"),
            ("2026-09", ""),
            (None, ""),
        ],
    )
    def test_the_service_period_of_header_or_lines(self, period: Any, name: str) -> None:
        assert facts("invoice", bill(ServicePeriod=period))[-1].data.period == name  # type: ignore[union-attr]
        lines = [{**bill()["LineItems"][0], "ServicePeriod": period}] * 2
        assert facts("invoice", bill(LineItems=lines))[-1].data.period == name  # type: ignore[union-attr]

    def test_lines_of_tax_and_freight_and_of_what_is_taken_back(self) -> None:
        line = bill()["LineItems"][0]
        lines = [
            {**line, "Category": 2},
            {**line, "Category": "4"},
            {**line, "Quantity": -1.0, "Amount": euros(-5)},
        ]
        (*_, fact) = facts("invoice", bill(LineItems=lines))
        assert isinstance(fact.data, Invoice)
        assert [each.category for each in fact.data.lines] == ["tax", "freight", "goods"]
        assert (fact.data.lines[2].quantity, fact.data.lines[2].amount.amount) == (None, Decimal(-5))

    @pytest.mark.parametrize(
        "changes",
        [{"InvoiceNumber": ""}, {"TotalInvoiced": None}, {"InvoiceDate": None}, {"InvoiceDate": "soon"}],
    )
    def test_what_cannot_be_read_is_told(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts("invoice", bill(**changes))
        assert caught.value.place == "invoice/INV1"

    def test_a_draft_is_no_invoice(self) -> None:
        assert facts("invoice", bill(StatusString="Composing")) == ()


ITEM: Json = {"NumberInCollection": 1, "NumberAccepted": 6.0, "Date": "2026-10-04T10:00:00Z"}
RECEIPT: Json = {
    "UniqueName": "RC9",
    "StatusString": "Approved",
    "Order": {"UniqueName": "EP7"},
    "MasterAgreement": {"UniqueName": "CW1"},
    "ReceiptItems": [ITEM],
}


class TestReceipts:
    def test_each_item_is_a_delivery(self) -> None:
        other = {
            **ITEM,
            "NumberInCollection": 2,
            "NumberAccepted": -2.0,
            "UnitOfMeasure": {"UniqueName": "EA"},
        }
        one, two = facts("receipt", {**RECEIPT, "ReceiptItems": [ITEM, other]})
        assert isinstance(one.data, Delivery)
        assert isinstance(two.data, Delivery)
        assert (one.data.order, one.data.order_line, one.data.quantity) == ("EP7", "1", Decimal(6))
        assert (one.data.delivered_on, one.contract_hint) == (date(2026, 10, 4), "CW1")
        assert (two.data.quantity, two.data.returned, two.data.unit) == (Decimal(0), Decimal(2), "EA")
        assert one.source.record != two.source.record

    def test_a_service_is_received_by_amount(self) -> None:
        item = {**ITEM, "NumberAccepted": 0.0, "AmountAccepted": euros(250)}
        (fact,) = facts("receipt", {**RECEIPT, "ReceiptItems": [item]})
        assert (fact.data.quantity, fact.data.unit) == (250, "EUR")  # type: ignore[union-attr]
        with pytest.raises(Skippable, match="neither"):
            facts("receipt", {**RECEIPT, "ReceiptItems": [{**ITEM, "NumberAccepted": None}]})

    @pytest.mark.parametrize("done", [True, False])
    def test_a_milestone_beside_its_delivery(self, done: bool) -> None:
        item = {**ITEM, "IsMilestone": True, "IsMilestoneComplete": done}
        item["MilestoneCompletionDate"] = "2026-10-03T00:00:00Z"
        _, fact = facts("receipt", {**RECEIPT, "ReceiptItems": [item]})
        assert isinstance(fact.data, Milestone)
        assert fact.data.name == "EP7 1"
        assert [event.on for event in fact.data.events] == ([date(2026, 10, 3)] if done else [])

    def test_a_receipt_not_yet_approved_is_none(self) -> None:
        assert facts("receipt", {**RECEIPT, "StatusString": "Composing"}) == ()


PAYMENT: Json = {
    "PaymentId": "PAY1",
    "InvoiceNumber": "ACM-1",
    "OrigPaidAmount": 1166.2,
    "OrigDiscountEarned": 23.8,
    "OrigCurrencyCode": "EUR",
    "PaymentDate": {"Day": "2026-10-01T00:00:00Z"},
    "Status": "Paid",
    "Supplier": {"SupplierId": "17300001"},
    "LoadUpdateTime": "2026-10-02T03:00:00Z",
}


class TestPayments:
    def test_a_payment_with_its_discount(self) -> None:
        (fact,) = facts("payment", PAYMENT)
        assert isinstance(fact.data, Payment)
        assert (fact.data.invoice, fact.data.paid_on) == ("ACM-1", date(2026, 10, 1))
        assert fact.data.amount.amount == Decimal("1166.20")
        assert fact.data.discount and fact.data.discount.amount == Decimal("23.80")
        assert (fact.party_hint, fact.source.record) == ("17300001", "payment/PAY1")

    @pytest.mark.parametrize(
        "changes",
        [{"Status": "Scheduled"}, {"PaymentDate": None}, {"OrigPaidAmount": 0}, {"OrigPaidAmount": -5.0}],
    )
    def test_what_was_not_paid_is_none(self, changes: Json) -> None:
        assert facts("payment", {**PAYMENT, **changes}) == ()

    def test_the_document_of_a_payment_tells_the_same(self) -> None:
        row = {
            "UniqueName": "PAY-1",
            "Invoice": {"UniqueName": "INV1", "InvoiceNumber": "ACM-1"},
            "GrossAmount": euros("1166.20"),
            "ActualPaymentDate": "2026-09-30T22:00:00Z",
            "StatusString": "Paid",
            "MasterAgreement": {"UniqueName": "CW1"},
        }
        (fact,) = facts("payment", row)
        assert isinstance(fact.data, Payment)
        assert (fact.data.invoice, fact.data.paid_on) == ("ACM-1", date(2026, 10, 1))
        assert (fact.data.amount.amount, fact.data.discount) == (Decimal("1166.20"), None)
        assert fact.contract_hint == "CW1"

    def test_they_are_asked_for_in_longer_windows(self) -> None:
        vendor = AribaVendor()
        vendor.views["PaymentFactSystemView"] = [PAYMENT]
        assert read_all(connector_of(vendor), "payment")[0] == ["PAY1"]
        assert len([r for r in vendor.requests if "Payment" in r.url.path]) == 1


class TestReading:
    def test_several_views_keep_their_own_watermarks(self) -> None:
        vendor = AribaVendor()
        vendor.views["DirectOrderSystemView"] = [{**ORDER, "TimeUpdated": "2026-10-02T00:00:00Z"}]
        vendor.views["ERPOrderSystemView"] = [{**ORDER, "LastModified": "2026-10-04T00:00:00Z"}]
        ids, cursor, _ = read_all(connector_of(vendor), "purchase_order")
        assert ids == ["EP7-V2"] * 2
        assert '"DirectOrderSystemView": "2026-10-02' in cursor
        assert '"ERPOrderSystemView": "2026-10-04' in cursor
        assert read_all(connector_of(vendor), "purchase_order", cursor)[1] == cursor

    def test_a_window_that_broke_off_is_read_again(self) -> None:
        vendor = AribaVendor(count=25, page_size=10)
        batches = connector_of(vendor).read("invoice", None)
        given = [next(batches), next(batches), next(batches)]  # nothing in the first window, two pages
        assert [len(each.records) for each in given[1:]] == [10, 10] or given[0].records
        assert given[-1].cursor == ""
        assert len(set(read_all(connector_of(vendor), "invoice", given[-1].cursor)[0])) == 25

    def test_a_filter_that_is_ignored_is_told(self) -> None:
        vendor = AribaVendor()
        vendor.report = lambda rows, request: answer({"Records": rows})  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="filter was ignored"):
            read_all(connector_of(vendor, begin_on="2026-10-01"), "invoice")

    def test_a_record_without_time_of_change_is_told(self) -> None:
        vendor = AribaVendor(count=2)
        rows = vendor.rows()
        rows[0]["TimeUpdated"] = "soon"
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "invoice")
        assert ids == ["INV1"]
        assert problems[0].place == "INV0"

    def test_few_calls_are_made_even_where_some_limits_are_set(self) -> None:
        settings = {**AribaVendor().settings(), "http": {"attempts": 2}}
        made: Any = connect({"ariba": settings}, AribaVendor().transport())["ariba"]
        assert (made.settings.http.concurrency, made.settings.http.requests_per_second) == (1, 1)
        assert len(made.settings.http.rate_headers) == 2

    def test_missing_rights_show_in_the_check(self) -> None:
        vendor = AribaVendor()
        vendor.always = lambda _: failed("this view is not yours", 403)
        health = connector_of(vendor).check()
        assert not health.ok
        assert "not yours" in health.problems[0].what
        assert "contracts" in health.detail

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"realm": ""}, "realm"),
            ({"begin_on": "soon"}, "begin_on"),
            ({"window": "P40D"}, "window"),
            ({"views": {"invoice": ["a/b"]}}, "views.invoice"),
            ({"line_categories": {"2": "gold"}}, "line_categories"),
        ],
    )
    def test_wrong_settings_are_named(self, change: Json, place: str) -> None:
        with pytest.raises(Misconfigured) as caught:
            reader(**change)
        assert place in caught.value.place


def action_for(verb: str, payload: Json, target: str = "CW1", reference: str = "pacta-1f2e") -> Action:
    return Action.model_validate(
        {
            "id": "act-1",
            "system": "ariba",
            "verb": verb,
            "target": target,
            "payload": payload,
            "reference": reference,
            "reason": "breached",
            "proposed_at": START,
            "proposed_by": "policy",
        }
    )
