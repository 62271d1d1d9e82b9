"""SAP S/4HANA: invoices, credit memos, orders, clearings; notes with CSRF."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from obligations.facts import Credit, Fact, Invoice, Payment, PurchaseOrder, latest
from obligations.quantities import Money
from tests.tools.conformance import connector_of, lose_answer, read_all
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json, SapVendor, v2
from tools import connect
from tools.kit import Fatal, Retryable, Skippable
from tools.kit.verbs import RawRecord
from tools.sap_s4hana.connector import SapS4Hana

BERLIN = ZoneInfo("Europe/Berlin")


def day(month: int, number: int) -> str:
    return v2(datetime(2026, month, number, tzinfo=UTC))


def invoice_row(**changes: Any) -> Json:
    row = {
        **SapVendor().record(0),
        "SupplierInvoiceIDByInvcgParty": "ACM-2026-09",
        "DocumentDate": day(10, 1),
        "InvoiceReceiptDate": day(10, 2),
        "PostingDate": day(10, 3),
        "AssignmentReference": "2026-09",
    }
    return {**row, **changes}


def facts_of(kind: str, row: Json, settings: Json | None = None, **more: Any) -> tuple[Fact, ...]:
    connector: SapS4Hana = connector_of(SapVendor(), **(settings or {}))
    known = more.pop("updated_at", datetime(2026, 10, 2, tzinfo=BERLIN))
    raw = RawRecord(kind=kind, id="5105600117/2026", data={"row": row, **more}, updated_at=known)
    return connector.to_facts(raw)


class TestInvoice:
    def test_is_read_exactly(self) -> None:
        (fact,) = facts_of("invoice", invoice_row(), contracts={"4500000101": "IC-101"})
        assert fact.data == Invoice(
            number="ACM-2026-09",
            direction="payable",
            gross=Money(amount=Decimal("57120.00"), currency="EUR"),
            invoiced_on=date(2026, 10, 1),
            received_on=date(2026, 10, 2),
            period="2026-09",
            order="4500000101",
        )
        assert (fact.party_hint, fact.contract_hint) == ("17300001", "IC-101")
        assert fact.occurred_at == datetime(2026, 10, 1, tzinfo=BERLIN)
        assert fact.source.label == "ACM-2026-09"

    def test_the_receipt_may_stand_in_another_field(self) -> None:
        (fact,) = facts_of(
            "invoice",
            invoice_row(InvoiceReceiptDate=None),
            {"received_fields": ["InvoiceReceiptDate", "PostingDate"]},
        )
        assert fact.data.received_on == date(2026, 10, 3)  # type: ignore[union-attr]

    def test_a_missing_receipt_stays_missing(self) -> None:
        (fact,) = facts_of("invoice", invoice_row(InvoiceReceiptDate=None))
        assert fact.data.received_on is None  # type: ignore[union-attr]

    def test_orders_of_two_contracts_name_none(self) -> None:
        (fact,) = facts_of("invoice", invoice_row(), contracts={"1": "IC-101", "2": "IC-104"})
        assert fact.contract_hint == ""

    def test_net_is_gross_less_taxes_where_they_are_read(self) -> None:
        taxes = {"results": [{"TaxAmount": "9120.000"}]}
        (fact,) = facts_of("invoice", invoice_row(to_SupplierInvoiceTax=taxes))
        assert fact.data.net == Money(amount=Decimal("48000.00"), currency="EUR")  # type: ignore[union-attr]

    def test_a_lifted_block_is_the_later_version(self) -> None:
        (blocked,) = facts_of("invoice", invoice_row(PaymentBlockingReason="A"))
        (free,) = facts_of("invoice", invoice_row())
        assert blocked.data.blocked  # type: ignore[union-attr]
        for order in ([blocked, free], [free, blocked]):
            (newest,) = latest(order, datetime(2026, 11, 1, tzinfo=UTC))
            assert newest == free

    def test_a_credit_memo_is_a_credit(self) -> None:
        row = invoice_row(
            SupplierInvoiceIsCreditMemo="X",
            SupplierInvoiceIDByInvcgParty="NWH-CM-09",
            InvoiceGrossAmount="980.000",
            DocumentHeaderText="Service credit 2026-09",
            AssignmentReference="",
        )
        (fact,) = facts_of("invoice", row)
        assert fact.data == Credit(
            number="NWH-CM-09",
            amount=Money(amount=Decimal("980.00"), currency="EUR"),
            credited_on=date(2026, 10, 1),
            period="2026-09",
            reason="Service credit 2026-09",
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"IsReversed": True},
            {"IsReversal": True},
            {"SupplierInvoiceStatus": "2"},
            {"ReverseDocument": "51"},
        ],
    )
    def test_reversed_and_deleted_ones_are_no_facts(self, changes: Json) -> None:
        assert facts_of("invoice", invoice_row(**changes)) == ()

    @pytest.mark.parametrize(
        "changes",
        [
            {"InvoiceGrossAmount": ""},
            {"InvoiceGrossAmount": "NaN"},
            {"InvoiceGrossAmount": "1,000"},
            {"DocumentDate": None},
            {"DocumentDate": "/Date(x)/"},
            {"DocumentCurrency": ""},
            {"InvoicingParty": ""},
        ],
    )
    def test_a_bad_one_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable, match="5105600117/2026"):
            facts_of("invoice", invoice_row(**changes))

    @pytest.mark.parametrize(
        ("text", "shown"),
        [("57120.000", "57120.00"), ("0.125", "0.125"), ("100", "100.00"), ("-5.10", "5.10")],
    )
    def test_amounts_keep_their_value(self, text: str, shown: str) -> None:
        (fact,) = facts_of("invoice", invoice_row(InvoiceGrossAmount=text))
        assert str(fact.data.gross.amount) == shown  # type: ignore[union-attr]


def item(**changes: Any) -> Json:
    row = {
        "CompanyCode": "1010",
        "FiscalYear": "2026",
        "AccountingDocument": "5100000117",
        "AccountingDocumentItem": "001",
        "FinancialAccountType": "K",
        "DebitCreditCode": "H",
        "Supplier": "0017300003",
        "DocumentReferenceID": "NWL-8841",
        "DocumentDate": day(10, 5),
        "AmountInTransactionCurrency": "-18200.000",
        "TransactionCurrency": "EUR",
        "IsCleared": True,
        "ClearingDate": day(10, 26),
        "ClearingCreationDate": day(10, 27),
        "AccountingDocumentCreationDate": day(10, 6),
    }
    return {**row, **changes}


class TestAccountingItem:
    def test_a_cleared_supplier_item_is_a_payment(self) -> None:
        (fact,) = facts_of("accounting_item", item())
        assert fact.data == Payment(
            invoice="NWL-8841",
            amount=Money(amount=Decimal("18200.00"), currency="EUR"),
            paid_on=date(2026, 10, 26),
            direction="payable",
        )
        assert fact.known_at == datetime(2026, 10, 27, tzinfo=BERLIN)

    @pytest.mark.parametrize(
        "changes",
        [
            {"IsCleared": False, "ClearingDate": None},
            {"ClearingIsReversed": True},
            {"IsReversed": True},
            {"DebitCreditCode": "S"},
            {"FinancialAccountType": "S"},
            {"SpecialGLCode": "A"},
        ],
    )
    def test_what_is_no_payment_of_an_invoice_is_none(self, changes: Json) -> None:
        assert facts_of("accounting_item", item(**changes)) == ()

    def test_a_customer_item_is_our_invoice_and_perhaps_its_payment(self) -> None:
        row = item(
            FinancialAccountType="D",
            DebitCreditCode="S",
            Supplier="",
            Customer="0010100001",
            DocumentReferenceID="TES-5501",
            AmountInTransactionCurrency="86000.000",
            TransactionCurrency="USD",
            Reference1IDByBusinessPartner="IC-109",
        )
        settings = {"receivable_contract_field": "Reference1IDByBusinessPartner"}
        invoice, payment = facts_of("accounting_item", row, settings)
        assert isinstance(invoice.data, Invoice)
        assert isinstance(payment.data, Payment)
        assert (invoice.data.direction, payment.data.direction) == ("receivable", "receivable")
        assert (invoice.party_hint, invoice.contract_hint) == ("10100001", "IC-109")
        assert invoice.known_at == datetime(2026, 10, 6, tzinfo=BERLIN)
        open_one = facts_of("accounting_item", {**row, "IsCleared": False, "ClearingDate": None})
        assert [f.kind for f in open_one] == ["invoice"]


class TestPurchaseOrder:
    def row(self, **changes: Any) -> Json:
        items = [
            {"NetPriceAmount": "12.50", "OrderQuantity": "1000.000", "NetPriceQuantity": "100"},
            {"NetPriceAmount": "0.000", "OrderQuantity": "1", "ExpectedOverallLimitAmount": "500.000"},
            {"NetPriceAmount": "9999", "OrderQuantity": "1", "PurchasingDocumentDeletionCode": "L"},
        ]
        row = {
            "PurchaseOrder": "4500000104",
            "PurchaseOrderDate": day(4, 1),
            "Supplier": "17300001",
            "DocumentCurrency": "EUR",
            "CorrespncInternalReference": "IC-104",
            "to_PurchaseOrderItem": {"results": items},
        }
        return {**row, **changes}

    def test_adds_up_its_items_and_names_the_contract(self) -> None:
        (fact,) = facts_of("purchase_order", self.row())
        assert fact.data == PurchaseOrder(
            number="4500000104",
            ordered_on=date(2026, 4, 1),
            amount=Money(amount=Decimal("625.00"), currency="EUR"),
            contract_reference="IC-104",
        )

    def test_a_deleted_order_is_none(self) -> None:
        assert facts_of("purchase_order", self.row(PurchasingDocumentDeletionCode="L")) == ()


class TestReading:
    def test_orders_are_looked_up_once_for_all_invoices(self) -> None:
        vendor = SapVendor(count=45, page_size=10)
        connector = connector_of(vendor)
        records = [r for batch in connector.read("invoice", None) for r in batch.records]
        assert vendor.order_lookups == 1
        assert all(r.data["contracts"] == {"4500000101": "IC-101"} for r in records)

    def test_the_next_page_is_asked_from_the_configured_host_only(self) -> None:
        vendor = SapVendor(count=25, page_size=10)
        read_all(connector_of(vendor), "invoice")
        assert {r.url.host for r in vendor.requests} == {"erp.example"}

    def test_the_cursor_moves_only_when_everything_was_read(self) -> None:
        batches = list(connector_of(SapVendor(count=25, page_size=10)).read("invoice", None))
        assert [b.cursor for b in batches[:-1]] == ["", "", ""]
        assert batches[-1].cursor

    def test_the_client_and_company_are_told(self) -> None:
        vendor = SapVendor(count=1)
        read_all(connector_of(vendor, sap_client="100", company_codes=["1010", "O'Neil"]), "invoice")
        assert vendor.requests[0].headers["sap-client"] == "100"
        asked = vendor.requests[0].url.params["$filter"]
        assert asked == "(CompanyCode eq '1010' or CompanyCode eq 'O''Neil')"

    def test_changes_are_asked_for_in_every_field_that_may_show_them(self) -> None:
        vendor = SapVendor(count=0)
        read_all(connector_of(vendor), "accounting_item", "2026-10-10T00:00:00+00:00")
        asked = vendor.requests[0].url.params["$filter"]
        for field in ("AccountingDocumentCreationDate", "LastChangeDate", "ClearingCreationDate"):
            assert f"{field} ge datetime'2026-10-08T00:00:00'" in asked


ORDER = "4500000104"


class TestWriter:
    def note(self, reference: str = "pacta-1f2e") -> Any:
        return action("comment", {"text": "See clause 7"}, ORDER, reference)

    def test_a_note_is_written_once_with_a_csrf_token(self) -> None:
        vendor = SapVendor()
        writer = connector_of(vendor).writer()
        first = writer.create(self.note())
        assert writer.create(self.note()) == first
        assert len(vendor.written) == 1
        assert vendor.written[0]["PurchaseOrder"] == ORDER

    def test_a_second_note_goes_below_the_first(self) -> None:
        vendor = SapVendor()
        writer = connector_of(vendor).writer()
        writer.create(self.note())
        writer.create(self.note("pacta-2222"))
        text = vendor.notes[0]["PlainLongText"]
        assert "pacta-1f2e" in text
        assert "pacta-2222" in text
        patched = [r for r in vendor.requests if r.method == "PATCH"]
        assert patched[0].headers["if-match"] == 'W/"1"'

    def test_an_expired_csrf_token_is_fetched_anew_once(self) -> None:
        vendor = SapVendor()
        writer = connector_of(vendor).writer()
        writer.create(self.note())
        vendor.csrf = "csrf-2"
        writer.create(self.note("pacta-2222"))
        assert len(vendor.written) == 2

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        vendor = SapVendor()
        connector: Any = connect({"sap_s4hana": vendor.settings()}, lose_answer(vendor))["sap_s4hana"]
        with pytest.raises(Retryable):
            connector.writer().create(self.note())
        connector.writer().create(self.note())
        assert len(vendor.notes) == 1

    def test_takes_no_tasks_and_no_strange_orders(self) -> None:
        writer = connector_of(SapVendor()).writer()
        with pytest.raises(Fatal, match="create_task"):
            writer.create(action("create_task", {"title": "x"}, ORDER))
        for target in ("", "45' or PurchaseOrder ne '", "INC1"):
            with pytest.raises(Fatal, match="purchase order"):
                writer.create(action("comment", {"text": "x"}, target))
