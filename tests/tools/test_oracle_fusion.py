"""Oracle Fusion: documents to orders, invoices, payments and deliveries, and how they are read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from obligations.facts import Credit, Delivery, Fact, Invoice, Payment, PurchaseOrder
from tests.tools.conformance import Conformance, connector_of, mangled, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.oracle_fusion_vendor import (
    HOST,
    ROOT,
    SUPPLIER,
    OracleFusionVendor,
    hold,
    installment,
    invoice,
    line,
    order,
    own,
    payment,
    receipt,
    schedule,
)
from tests.tools.vendors import Json, answer
from tools.kit import ConnectorError, RawRecord, Skippable, harvest
from tools.oracle_fusion.connector import OracleFusion

IDS = {
    "purchase_order": "POHeaderId",
    "invoice": "InvoiceId",
    "payment": "CheckId",
    "receipt": "TransactionId",
    "supplier": "SupplierId",
}


class TestConformance(Conformance, WriterConformance):
    vendor = OracleFusionVendor
    takes = ("hold_invoice", "release_invoice", "create_invoice", "schedule_payment", "set_fields")
    example: ClassVar[Json] = {"reason": "Late by 3 days"}
    target = "invoices/3"


def facts_of(kind: str, row: Json, settings: Json | None = None, **beside: Any) -> list[Fact]:
    connector: OracleFusion = connector_of(OracleFusionVendor(), **(settings or {}))
    at = row.get("LastUpdateDate")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else None
    data = {"row": row, **beside}
    return list(
        connector.to_facts(RawRecord(kind=kind, id=str(row[IDS[kind]]), data=data, updated_at=moment))
    )


def at(day: int, hour: int, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


class TestOrder:
    def test_each_schedule_is_a_line_with_its_own_days(self) -> None:
        first, last = facts_of("purchase_order", order())
        data = last.data
        assert isinstance(data, PurchaseOrder)
        assert (data.number, data.amount.amount, data.category) == ("4500000108", Decimal(1000), "Chemicals")
        assert [(each.number, each.quantity, each.promised_on) for each in data.lines] == [
            ("1", Decimal(6), date(2026, 2, 3)),
            ("1.2", Decimal(4), date(2026, 3, 3)),
        ]
        assert data.ordered_on == date(2026, 1, 6), "the day in the zone of the settings"
        assert (last.party_hint, last.contract_hint, data.contract_reference) == (
            SUPPLIER,
            "IC-108",
            "IC-108",
        )
        assert (first.known_at.day, last.known_at.day) == (5, 7)
        assert last.source.record == "purchaseOrders/25"

    def test_a_cancelled_schedule_was_there_before(self) -> None:
        row = order()
        row["lines"][0]["schedules"][1]["StatusCode"] = "CANCELED"
        then, now = (fact.data for fact in facts_of("purchase_order", row))
        assert isinstance(then, PurchaseOrder)
        assert isinstance(now, PurchaseOrder)
        assert (then.amount.amount, now.amount.amount) == (Decimal(1000), Decimal(600))
        assert [each.cancelled for each in then.lines] == [0, 0]
        assert now.lines[1].cancelled_by == "buyer"

    def test_one_bought_by_amount_counts_one(self) -> None:
        row = order()
        row["lines"][0] |= {"Quantity": None, "Price": None}
        row["lines"][0]["schedules"] = [schedule(Quantity=None, Ordered=500)]
        (only,) = facts_of("purchase_order", row, {"history": False})[0].data.lines  # type: ignore[union-attr]
        assert (only.quantity, only.unit_price and only.unit_price.amount) == (1, Decimal(500))

    @pytest.mark.parametrize("status", ["INCOMPLETE", "Pending_Approval", "REJECTED"])
    def test_what_was_not_issued_is_none(self, status: str) -> None:
        assert facts_of("purchase_order", order(StatusCode=status)) == []

    def test_a_cancelled_order_says_when(self) -> None:
        then, now = (fact.data for fact in facts_of("purchase_order", order(StatusCode="CANCELED")))
        assert isinstance(then, PurchaseOrder)
        assert isinstance(now, PurchaseOrder)
        assert (then.cancelled_on, now.cancelled_on) == (None, date(2026, 1, 7))


class TestInvoice:
    def test_reads_amounts_days_lines_and_what_they_hang_on(self) -> None:
        fact = facts_of("invoice", invoice())[-1]
        bill = fact.data
        assert isinstance(bill, Invoice)
        assert (bill.number, bill.gross.amount, bill.gross.currency) == ("PW-1142", Decimal(1190), "EUR")
        assert (bill.net and bill.net.amount, bill.tax and bill.tax.amount) == (Decimal(1000), Decimal(190))
        assert (bill.invoiced_on, bill.received_on) == (date(2026, 9, 1), date(2026, 9, 3))
        assert (bill.order, bill.period, bill.blocked) == ("4500000108", "2026-09", False)
        assert [(each.category, each.order_line) for each in bill.lines] == [("goods", "1"), ("tax", "1")]
        assert (fact.party_hint, fact.source.record) == (SUPPLIER, "invoices/4835")
        assert facts_of("invoice", invoice(), {"party": "number"})[0].party_hint == "17300005"

    def test_its_holds_are_its_history(self) -> None:
        released = hold(ReleaseName="Approved", ReleaseDate="2026-09-04T18:00:00.000+00:00")
        later = hold(HoldId=78, HoldDate="2026-09-08T06:00:00+00:00")
        facts = facts_of("invoice", invoice(), holds=[later, released])
        assert [(fact.known_at, fact.data.blocked) for fact in facts] == [  # type: ignore[union-attr]
            (at(3, 7), False),
            (at(4, 6), True),
            (at(4, 18), False),
            (at(5, 8), False),
            (at(8, 6), True),
        ]

    def test_a_hold_since_the_first_minute_and_two_at_once(self) -> None:
        both = [hold(HoldDate="2026-09-03T07:00:00+00:00"), hold(HoldId=78, ReleaseName="x")]
        facts = facts_of("invoice", invoice(), holds=both)
        assert {fact.data.blocked for fact in facts} == {True}  # type: ignore[union-attr]

    def test_an_instalment_on_hold_and_a_refused_approval_stop_it_as_it_stands(self) -> None:
        for row in (
            invoice(invoiceInstallments=[installment(HoldFlag=True)]),
            invoice(ApprovalStatus="Rejected"),
        ):
            assert [f.data.blocked for f in facts_of("invoice", row)] == [False, True]  # type: ignore[union-attr]

    def test_a_cancelled_one_went_back_on_its_day(self) -> None:
        then, now = (
            f.data for f in facts_of("invoice", invoice(CanceledFlag=True, CanceledDate="2026-09-04"))
        )
        assert isinstance(then, Invoice)
        assert isinstance(now, Invoice)
        assert (then.returned_on, now.returned_on) == (None, date(2026, 9, 4))

    def test_discarded_lines_count_nothing(self) -> None:
        row = invoice(invoiceLines=[line(DiscardedFlag=True), line(LineNumber=2, CanceledFlag=True)])
        bill = facts_of("invoice", row)[-1].data
        assert isinstance(bill, Invoice)
        assert (bill.lines, bill.tax, bill.net) == ((), None, None)

    def test_a_second_schedule_is_named_with_its_line(self) -> None:
        row = invoice(invoiceLines=[line(PurchaseOrderScheduleLineNumber=2)])
        bill = facts_of("invoice", row)[-1].data
        assert isinstance(bill, Invoice)
        assert bill.lines[0].order_line == "1.2"

    @pytest.mark.parametrize("kind", ["Credit memo", "CREDIT MEMO", "Debit memo", "Standard"])
    def test_a_negative_document_is_a_credit(self, kind: str) -> None:
        lines = [line(LineAmount=-100), line(LineType="Tax", LineAmount=-19)]
        row = invoice(
            InvoiceType=kind, InvoiceAmount=-119, invoiceLines=lines, invoiceDff=[{"original": "PW-9"}]
        )
        credit = facts_of("invoice", row, {"corrects_fields": ["invoiceDff.original"]})[-1].data
        assert isinstance(credit, Credit)
        assert (credit.amount.amount, credit.net and credit.net.amount) == (Decimal(119), Decimal(100))
        assert credit.invoice == "PW-9"

    def test_a_cancelled_memo_takes_nothing_off(self) -> None:
        row = invoice(InvoiceType="Credit memo", InvoiceAmount=-119, CanceledFlag=True)
        amounts = [f.data.amount.amount for f in facts_of("invoice", row)]  # type: ignore[union-attr]
        assert amounts == [119, 0]

    def test_a_flexfield_may_name_the_contract(self) -> None:
        row = invoice(invoiceDff={"items": [{"contract": "IC-108"}], "hasMore": False})
        settings = {"contract_fields": {"invoice": ["invoiceDff.contract"]}}
        assert facts_of("invoice", row, settings)[0].contract_hint == "IC-108"

    def test_drafts_and_types_that_are_left_out_are_none(self) -> None:
        assert facts_of("invoice", invoice(ValidationStatus="Incomplete")) == []
        assert facts_of("invoice", invoice(InvoiceType="Expense Report")) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"InvoiceNumber": None},
            {"InvoiceAmount": None},
            {"InvoiceAmount": "NaN"},
            {"InvoiceCurrency": ""},
            {"InvoiceDate": "soon"},
            {"InvoiceDate": None},
            {"CreationDate": "2026-09-03T07:00:00"},
            {"invoiceLines": [line(LineAmount=None)]},
        ],
    )
    def test_what_cannot_be_read_says_where(self, change: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of("invoice", invoice(**change))
        assert caught.value.place == "invoices/4835"
        assert caught.value.remedy

    def test_only_the_present_version_where_asked(self) -> None:
        assert len(facts_of("invoice", invoice(), {"history": False}, holds=[hold()])) == 1


class TestPayment:
    def test_says_what_it_settled_when_and_with_what_discount(self) -> None:
        (fact,) = facts_of("payment", payment())
        paid = fact.data
        assert isinstance(paid, Payment)
        assert (paid.invoice, paid.amount.amount, paid.paid_on) == (
            "PW-1142",
            Decimal("1178.1"),
            date(2026, 9, 20),
        )
        assert paid.discount is not None
        assert paid.discount.amount == Decimal("11.9")
        assert (fact.party_hint, fact.source.record) == (SUPPLIER, "payablesPayments/68536/501")
        assert fact.occurred_at == datetime(2026, 9, 19, 22, tzinfo=UTC)

    def test_clearing_is_known_since_the_last_change(self) -> None:
        sent, settled = facts_of("payment", payment(ClearingDate="2026-09-23"))
        assert sent.data.settled_on is None  # type: ignore[union-attr]
        assert settled.data.settled_on == date(2026, 9, 23)  # type: ignore[union-attr]
        assert settled.known_at == at(24, 10)

    def test_a_voided_one_settled_nothing(self) -> None:
        for change in ({"VoidDate": "2026-09-22"}, {"PaymentStatus": "VOIDED"}):
            amounts = [f.data.amount.amount for f in facts_of("payment", payment(**change))]  # type: ignore[union-attr]
            assert amounts == [Decimal("1178.1"), 0]

    def test_an_invoice_in_another_currency_is_told_in_its_own(self) -> None:
        row = payment(PaymentCurrency="USD")
        assert facts_of("payment", row)[0].data.amount.currency == "EUR"  # type: ignore[union-attr]
        row["relatedInvoices"][0]["AmountPaidInvoiceCurrency"] = None
        assert facts_of("payment", row)[0].data.amount.currency == "USD"  # type: ignore[union-attr]

    def test_one_without_a_number_or_amount_is_told(self) -> None:
        row = payment()
        row["relatedInvoices"][0]["InvoiceNumber"] = None
        with pytest.raises(Skippable, match="no number"):
            facts_of("payment", row)


class TestReceipt:
    def test_goods_received_belong_to_a_schedule(self) -> None:
        (fact,) = facts_of("receipt", receipt())
        data = fact.data
        assert isinstance(data, Delivery)
        assert (data.order, data.order_line, data.unit) == ("4500000108", "1.2", "Drum")
        assert data.quantity == 6
        assert data.delivered_at == datetime(2026, 2, 5, 13, 30, tzinfo=UTC)
        assert fact.source.label == "9001"

    @pytest.mark.parametrize("written", ["2026-02-05T00:00:00+00:00", "2026-02-04T23:00:00+00:00"])
    def test_a_day_without_an_hour_tells_no_instant(self, written: str) -> None:
        data = facts_of("receipt", receipt(TransactionDate=written))[0].data
        assert isinstance(data, Delivery)
        assert (data.delivered_on, data.delivered_at) == (date(2026, 2, 5), None)

    def test_corrections_change_it_each_at_its_time(self) -> None:
        less = receipt(TransactionId=301, TransactionTypeCode="CORRECT", Quantity=-2)
        more = {**less, "TransactionId": 302, "Quantity": 1}
        rows = [
            {**more, "CreationDate": "2026-02-07T08:00:00+00:00"},
            {**less, "CreationDate": "2026-02-06T08:00:00+00:00"},
        ]
        facts = facts_of("receipt", receipt(), corrections=rows)
        assert [(f.known_at.day, f.data.quantity) for f in facts] == [(5, 6), (6, 4), (7, 5)]  # type: ignore[union-attr]

    def test_what_goes_back_is_returned_and_moves_inside_are_nothing(self) -> None:
        data = facts_of("receipt", receipt(TransactionTypeCode="RETURN TO VENDOR"))[0].data
        assert isinstance(data, Delivery)
        assert (data.quantity, data.returned) == (Decimal(), Decimal(6))
        for kind in ("DELIVER", "ACCEPT", "TRANSFER", "CORRECT", ""):
            assert facts_of("receipt", receipt(TransactionTypeCode=kind)) == []

    def test_suppliers_give_no_facts(self) -> None:
        assert facts_of("supplier", {"SupplierId": 1, "Supplier": SUPPLIER}) == []


def read(
    vendor: OracleFusionVendor, kind: str, cursor: str | None = None, **settings: Any
) -> list[RawRecord]:
    return [r for b in connector_of(vendor, **settings).read(kind, cursor) for r in b.records]


class TestReading:
    def test_asks_for_changes_in_order_with_what_stands_below(self) -> None:
        vendor = OracleFusionVendor(count=2)
        _, cursor, _ = read_all(connector_of(vendor), "invoice")
        vendor.requests.clear()
        settings = {"filters": {"invoice": "BusinessUnit = 'Tessaly Germany'"}, "holds": False}
        made = connector_of(vendor, **settings, expand={"invoice": ["invoiceDff"]})
        assert len(read_all(made, "invoice", "2026-09-01T08:00:00+00:00")[0]) == 2
        asked = vendor.requests[0].url.params
        assert asked["q"] == (
            "LastUpdateDate >= '2026-09-01T07:55:00+00:00' and (BusinessUnit = 'Tessaly Germany')"
        )
        assert asked["orderBy"] == "LastUpdateDate:asc"
        assert asked["expand"] == "invoiceLines,invoiceInstallments,invoiceDff"
        assert "invoiceHolds" in cursor

    def test_the_time_in_a_condition_is_written_as_configured(self) -> None:
        vendor = OracleFusionVendor(count=0)
        settings = {"stamp_format": "%Y-%m-%d %H:%M:%S", "stamp_zone": "Europe/Berlin"}
        read(vendor, "supplier", "2026-11-01T08:00:00+00:00", **settings)
        assert vendor.requests[0].url.params["q"] == "LastUpdateDate >= '2026-11-01 08:55:00'"
        assert vendor.requests[0].url.params["onlyData"] == "true"

    def test_a_hold_comes_with_its_invoice_alone(self) -> None:
        vendor = OracleFusionVendor(count=3)
        mine = hold(InvoiceNumber="PW-1")
        vendor.held["invoiceHolds"] = [mine, {**mine, "HoldId": 78, "Supplier": "Somebody else"}]
        found = {record.id: record.data["holds"] for record in read(vendor, "invoice")}
        assert [len(found[each]) for each in "012"] == [0, 1, 0]

    def test_a_hold_that_changed_brings_its_invoice_again(self) -> None:
        vendor = OracleFusionVendor(count=120, page_size=50)
        _, cursor, _ = read_all(connector_of(vendor), "invoice")
        vendor.held["invoiceHolds"] = [
            hold(InvoiceNumber="PW-3", LastUpdateDate="2026-11-01T06:00:00.000+00:00")
        ]
        again, moved, _ = read_all(connector_of(vendor), "invoice", cursor)
        assert "3" in again
        assert "2026-11-01T06:00:00" in moved

    def test_rows_that_did_not_come_along_are_fetched_below_their_parent(self) -> None:
        vendor = OracleFusionVendor(count=0)
        row = order()
        first = row["lines"][0]
        first["schedules"] = {"items": [schedule()], "hasMore": True}
        row["lines"] = {"items": [first], "hasMore": True}
        key = "purchaseOrders/00020000000EACED25/child/lines"
        second = {**first, "LineNumber": 2, "schedules": [schedule()]}
        vendor.held = {
            "purchaseOrders": [row],
            key: [first, second],
            f"{key}/00020000000EACEDL1/child/schedules": [schedule(), schedule(ScheduleNumber=2)],
        }
        (record,) = read(vendor, "purchase_order")
        data = harvest(connector_of(vendor), [record]).facts[-1].data
        assert isinstance(data, PurchaseOrder)
        assert [each.number for each in data.lines] == ["1", "1.2", "2"]
        hosts = {str(request.url.copy_with(path="/", query=None)) for request in vendor.requests}
        assert hosts == {f"{HOST}/"}, "never where a link points"

    def test_one_without_a_link_to_its_rest_is_told(self) -> None:
        vendor = OracleFusionVendor(count=0)
        cut = {"items": [], "hasMore": True}
        vendor.held["purchaseOrders"] = [order(lines=cut, links=[]), order(POHeaderId=26)]
        ids, _, problems = read_all(connector_of(vendor), "purchase_order")
        assert ids == ["26"]
        assert "link" in problems[0].what

    def test_a_correction_is_read_as_what_it_corrects(self) -> None:
        vendor = OracleFusionVendor(count=0)
        later = "2026-03-01T08:00:00.000+00:00"
        fix = receipt(TransactionId=301, TransactionTypeCode="CORRECT", ParentTransactionId=300, Quantity=-2)
        fix |= {"CreationDate": later, "LastUpdateDate": later}
        vendor.held["receivingTransactionsHistory"] = [receipt(), fix]
        (record,) = read(vendor, "receipt", "2026-02-28T00:00:00+00:00")
        assert (record.id, [row["TransactionId"] for row in record.data["corrections"]]) == ("300", [301])

    def test_another_watermark_where_a_resource_lacks_the_usual_one(self) -> None:
        vendor = OracleFusionVendor(count=0)
        vendor.held["receivingTransactionsHistory"] = [receipt(LastUpdateDate=None)]
        (record,) = read(vendor, "receipt", watermarks={"receipt": "TransactionDate"})
        assert record.updated_at == datetime(2026, 2, 5, 13, 30, tzinfo=UTC)

    def test_what_oracle_says_of_a_failure_is_told(self) -> None:
        class Refusing(OracleFusionVendor):
            def respond(self, request: httpx.Request) -> httpx.Response:
                details = [{"detail": "The attribute is not queryable.", "o:errorCode": "27520"}]
                return answer({"title": "Bad Request", "status": "400", "o:errorDetails": details}, 400)

        health = connector_of(Refusing()).check()
        assert not health.ok
        assert "not queryable" in health.problems[0].what

    def test_every_resource_is_tried(self) -> None:
        vendor = OracleFusionVendor(count=0)
        assert connector_of(vendor).check().ok
        tried = {request.url.path.removeprefix(f"{ROOT}/") for request in vendor.requests}
        assert tried >= {"invoices", "invoiceHolds", "payablesPayments", "receivingTransactionsHistory"}

    def test_a_key_is_one_segment_whatever_the_link_says(self) -> None:
        vendor = OracleFusionVendor(count=0)
        links = own("/../../users?x=1")
        vendor.held["purchaseOrders"] = [order(lines={"items": [], "hasMore": True}, links=links)]
        read(vendor, "purchase_order")
        assert all("/users" not in r.url.path.replace("/child", "") for r in vendor.requests[:1])
        assert vendor.requests[1].url.path.startswith(f"{ROOT}/purchaseOrders/")
        assert vendor.requests[1].url.path.endswith("/child/lines")

    @pytest.mark.parametrize(
        ("kind", "path", "row"),
        [
            ("purchase_order", "purchaseOrders", order()),
            ("payment", "payablesPayments", payment(ClearingDate="2026-09-23")),
            ("receipt", "receivingTransactionsHistory", receipt()),
        ],
    )
    def test_whatever_a_record_of_any_kind_holds_it_is_read_or_told(
        self, kind: str, path: str, row: Json
    ) -> None:
        for strange in mangled(row):
            vendor = OracleFusionVendor(count=0)
            vendor.held[path] = [strange]
            try:
                harvest(connector_of(vendor), read(vendor, kind))
            except ConnectorError:
                continue
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise AssertionError(f"{type(error).__name__}: {error} for {strange!r}"[:2000]) from error

    @pytest.mark.parametrize("strange", list(mangled(hold())), ids=lambda _: "hold")
    def test_a_strange_hold_is_told_with_its_invoice(self, strange: Json) -> None:
        data = {"row": invoice(), "holds": [strange]}
        at = datetime(2026, 9, 5, 8, tzinfo=UTC)
        record = RawRecord(kind="invoice", id="4835", data=data, updated_at=at)
        crop = harvest(connector_of(OracleFusionVendor()), [record])
        assert bool(crop.facts) != bool(crop.problems)
