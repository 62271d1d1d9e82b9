"""NetSuite: transactions to orders, bills, payments and deliveries, and how they are read."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from obligations.facts import Credit, Delivery, Fact, Invoice, Payment, PurchaseOrder
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.netsuite_vendor import NetSuiteVendor, bill
from tests.tools.vendors import Json, answer
from tools.kit import Fatal, Misconfigured, Skippable
from tools.kit.verbs import RawRecord
from tools.netsuite.connector import NetSuite


class TestConformance(Conformance, WriterConformance):
    vendor = NetSuiteVendor
    takes = (
        "create_task",
        "update_task",
        "put_record",
        "set_fields",
        "hold_invoice",
        "release_invoice",
        "create_invoice",
    )
    example: ClassVar[Json] = {"title": "Ask for the credit", "text": "EUR 2,400.00"}
    repeats = True

    def is_write(self, request: httpx.Request) -> bool:
        return request.method != "GET" and "/record/" in request.url.path

    def written(self, target: Any) -> int:
        return sum(len(held) for held in target.records.values())


def line(number: int, amount: str, **changes: Any) -> Json:
    row = {
        "transaction": "1920",
        "id": str(number),
        "linesequencenumber": str(number),
        "mainline": "F",
        "taxline": "F",
        "itemname": "Acetone",
        "quantity": "4",
        "unit": "Drum",
        "rate": "250",
        "foreignamount": amount,
    }
    return {key: held for key, held in {**row, **changes}.items() if held is not None}


def link(**changes: Any) -> Json:
    row = {
        "previousdoc": "800",
        "previousline": "1",
        "previoustype": "PurchOrd",
        "nextdoc": "1920",
        "nextline": "1",
        "nexttype": "VendBill",
        "linktype": "OrdBill",
        "foreignamount": "1000",
        "tranid": "4500000108",
    }
    return {**row, **changes}


LINES = [
    line(0, "-1190", mainline="T", quantity=None, rate=None),
    line(1, "1000"),
    line(2, "190", taxline="T", quantity=None),
]


def facts_of(
    kind: str, row: Json, lines: Any = None, links: Any = None, currency: Any = "EUR", **settings: Any
) -> list[Fact]:
    connector: NetSuite = connector_of(NetSuiteVendor(), **{"zone": "Europe/Berlin", **settings})
    data = {
        "row": row,
        "lines": LINES if lines is None else lines,
        "links": links or [],
        "currency": currency,
        "vendor": {"id": "70", "companyname": "Pellworm Chemie AG", "accountnumber": "17300005"},
    }
    at = connector._changed_at(row)
    return list(connector.to_facts(RawRecord(kind=kind, id=row["id"], data=data, updated_at=at)))


def bills(row: Json, **more: Any) -> list[Invoice]:
    return [f.data for f in facts_of("vendor_bill", row, **more) if isinstance(f.data, Invoice)]


class TestBill:
    def test_reads_amounts_as_on_the_document(self) -> None:
        first, last = facts_of("vendor_bill", bill(), links=[link()])
        data = last.data
        assert isinstance(data, Invoice)
        assert (data.number, data.gross.amount, data.gross.currency) == ("PW-1142", Decimal(1190), "EUR")
        assert (data.tax and data.tax.amount, data.net and data.net.amount) == (Decimal(190), Decimal(1000))
        assert (data.invoiced_on, data.period, data.order) == (date(2026, 9, 1), "2026-09", "4500000108")
        (only,) = data.lines
        assert (only.amount.amount, only.quantity, only.order_line) == (Decimal(1000), Decimal(4), "1")
        assert last.party_hint == "Pellworm Chemie AG"
        assert (last.source.record, last.source.label) == ("1920", "PW-1142")
        assert last.source.url.startswith("https://1234567-sb1.app.netsuite.com/app/")
        assert first.known_at == datetime(2026, 9, 3, 7, tzinfo=UTC)
        assert last.known_at == datetime(2026, 9, 5, 8, tzinfo=UTC)

    def test_a_payment_hold_blocks_since_its_last_change(self) -> None:
        assert [b.blocked for b in bills(bill(paymenthold="T"))] == [False, True]
        assert [b.blocked for b in bills(bill(status="VendBill:D"))] == [False, True]
        assert len(bills(bill(), history=False)) == 1

    @pytest.mark.parametrize("changes", [{"status": "E"}, {"status": "VendBill:C"}, {"voided": "T"}])
    def test_what_was_rejected_or_cancelled_went_back(self, changes: Json) -> None:
        before, after = bills(bill(**changes))
        assert (before.returned_on, after.returned_on) == (None, date(2026, 9, 5))

    def test_signs_follow_the_document_whichever_the_ledger_has(self) -> None:
        rows = [line(1, "-1000", quantity="-4"), line(2, "100", quantity="1")]
        (_, data) = bills(bill(), lines=rows)
        assert [(each.amount.amount, each.quantity) for each in data.lines] == [
            (Decimal(1000), Decimal(4)),
            (Decimal(-100), None),
        ]
        assert (data.tax, data.net) == (None, None)

    def test_lines_come_once_and_in_order_without_what_only_the_ledger_shows(self) -> None:
        rows = [line(2, "400"), line(1, "600"), line(2, "400"), line(3, "5", accountinglinetype="COGS")]
        assert [each.number for each in bills(bill(), lines=rows)[-1].lines] == ["1", "2"]

    def test_lines_of_two_orders_name_their_own_and_others_none(self) -> None:
        rows = [line(1, "400"), line(2, "600"), line(3, "10")]
        links = [link(), link(nextline="2", tranid="4500000109", previousline="7")]
        told = [(each.order, each.order_line) for each in bills(bill(), lines=rows, links=links)[-1].lines]
        assert told == [("4500000108", "1"), ("4500000109", "7"), ("", "")]

    def test_a_credit_reduces_the_bill_it_is_applied_to(self) -> None:
        row = bill(type="VendCred", foreigntotal="119", memo="Returned drums")
        held = [link(previoustype="VendBill", tranid="PW-1100", linktype="Payment")]
        data = facts_of("vendor_bill", row, lines=[], links=held)[-1].data
        assert isinstance(data, Credit)
        assert (data.amount.amount, data.invoice, data.reason) == (Decimal(119), "PW-1100", "Returned drums")
        assert facts_of("vendor_bill", {**row, "voided": "T"}, lines=[]) == []

    def test_columns_of_the_account_are_read_where_configured(self) -> None:
        row = bill(custbody_received="2026-09-02", custbody_contract="IC-108")
        fact = facts_of(
            "vendor_bill",
            row,
            received_fields=["custbody_received"],
            contract_fields=["custbody_contract"],
            party_fields=["accountnumber", "companyname"],
        )[-1]
        assert isinstance(fact.data, Invoice)
        assert fact.data.received_on == date(2026, 9, 2)
        assert (fact.party_hint, fact.contract_hint) == ("17300005", "IC-108")

    def test_the_number_is_ours_where_the_vendor_gave_none(self) -> None:
        assert bills(bill(tranid=None))[-1].number == "BILL77"

    def test_the_hour_that_comes_twice_is_the_first(self) -> None:
        fact = facts_of("vendor_bill", bill(changed="2026-10-25 02:30:00"))[-1]
        assert fact.known_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "changes",
        [
            {"tranid": None, "transactionnumber": None},
            {"foreigntotal": None},
            {"foreigntotal": "many"},
            {"foreigntotal": "Infinity"},
            {"trandate": None},
            {"trandate": "9/1/2026"},
            {"created": "yesterday"},
        ],
    )
    def test_a_transaction_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of("vendor_bill", bill(**changes))
        assert caught.value.place == "vendor_bill 1920"
        assert caught.value.remedy

    def test_a_currency_that_is_not_known_is_told(self) -> None:
        with pytest.raises(Skippable, match="currency"):
            facts_of("vendor_bill", bill(), currency="")

    @pytest.mark.parametrize("odd", ["x", {"a": 1}, [None, 3], 7])
    def test_sides_of_another_shape_are_empty(self, odd: Any) -> None:
        assert bills(bill(), lines=odd, links=odd)[-1].lines == ()


class TestOrder:
    def test_reads_lines_and_what_of_them_was_given_up(self) -> None:
        row = bill(type="PurchOrd", tranid="4500000108", status="B", foreigntotal="1500")
        rows = [
            line(1, "1000", expectedreceiptdate="2026-02-01", isclosed="T", quantityshiprecv="3"),
            line(2, "500", quantity=None, rate=None),
        ]
        then, now = (f.data for f in facts_of("purchase_order", row, lines=rows))
        assert isinstance(then, PurchaseOrder)
        assert isinstance(now, PurchaseOrder)
        assert (now.number, now.amount.amount) == ("4500000108", Decimal(1500))
        one, two = now.lines
        assert (one.requested_on, one.cancelled, one.cancelled_by) == (date(2026, 2, 1), Decimal(1), "buyer")
        assert then.lines[0].cancelled == 0
        assert (two.quantity, two.unit_price and two.unit_price.amount) == (Decimal(1), Decimal(500))

    @pytest.mark.parametrize("status", ["A", "PurchOrd:C"])
    def test_orders_not_approved_are_none(self, status: str) -> None:
        assert facts_of("purchase_order", bill(type="PurchOrd", status=status)) == []


class TestPayment:
    def paid(self, *links: Json, **changes: Any) -> list[Fact]:
        row = bill(id="2500", type="VendPymt", tranid="CHK-9", trandate="2026-09-30", **changes)
        return facts_of("payment", row, lines=[], links=list(links))

    def link(self, number: str, amount: str, doc: str = "1920") -> Json:
        return link(previoustype="VendBill", previousdoc=doc, tranid=number, foreignamount=amount)

    def test_one_fact_for_each_bill_it_settles(self) -> None:
        facts = self.paid(self.link("PW-1142", "-690"), self.link("PW-1150", "500", "1930"), created=None)
        assert [(f.data.invoice, f.data.amount.amount) for f in facts] == [  # type: ignore[union-attr]
            ("PW-1142", Decimal(690)),
            ("PW-1150", Decimal(500)),
        ]
        assert [f.source.record for f in facts] == ["2500/1920", "2500/1930"]
        assert isinstance(facts[0].data, Payment)
        assert facts[0].data.paid_on == date(2026, 9, 30)

    def test_parts_of_one_bill_are_one_payment(self) -> None:
        facts = self.paid(self.link("PW-1142", "600"), self.link("PW-1142", "590"), created=None)
        assert [f.data.amount.amount for f in facts] == [Decimal(1190)]  # type: ignore[union-attr]

    def test_a_voided_one_paid_nothing_since_then(self) -> None:
        then, now = self.paid(self.link("PW-1142", "690"), voided="T")
        assert (then.data.amount.amount, now.data.amount.amount) == (Decimal(690), Decimal(0))  # type: ignore[union-attr]

    def test_a_voided_one_that_lost_its_links_is_told(self) -> None:
        with pytest.raises(Skippable, match="voided"):
            self.paid(voided="T")
        assert self.paid() == []

    def test_a_link_without_number_is_told(self) -> None:
        with pytest.raises(Skippable, match="without number"):
            self.paid(self.link("", "690"))

    def test_what_settles_no_bill_is_no_payment(self) -> None:
        assert self.paid(link()) == []


class TestReceipt:
    def test_one_delivery_for_each_line_of_goods(self) -> None:
        row = bill(id="2600", type="ItemRcpt", tranid="IR-1", trandate="2026-02-05", currency=None)
        rows = [line(1, "1000", quantity="3"), line(2, "0", quantity=None)]
        held = [link(nextdoc="2600", linktype="ShipRcpt")]
        fact = facts_of("item_receipt", row, lines=rows, links=held, currency="")[-1]
        assert isinstance(fact.data, Delivery)
        assert (fact.data.order, fact.data.order_line, fact.data.quantity) == ("4500000108", "1", Decimal(3))
        assert (fact.data.delivered_on, fact.source.record) == (date(2026, 2, 5), "2600/1")


class TestReading:
    def test_lines_links_and_currencies_come_with_a_page(self) -> None:
        vendor = NetSuiteVendor(count=3, page_size=10)
        vendor.tables["transactionline"] = [line(1, "1000", transaction="1001")]
        vendor.tables["NextTransactionLineLink"] = [link(nextdoc="1001", previousdoc="1002")]
        (batch,) = connector_of(vendor).read("vendor_bill", None)
        second = batch.records[1].data
        assert second["currency"] == "EUR"
        assert len(second["lines"]) == 1
        assert second["links"][0]["tranid"] == "PW-2"
        assert second["vendor"]["companyname"] == "Pellworm Chemie AG"
        assert len(vendor.requests) == 6

    def test_columns_that_a_role_hides_are_left_out(self) -> None:
        vendor = NetSuiteVendor(count=1)
        vendor.tables["transactionline"] = [line(1, "1000", transaction="1000")]
        given = {"line": ["expectedreceiptdate"], "vendor_bill": []}
        read_all(connector_of(vendor, more_columns=given), "vendor_bill")
        asked = " ".join(json.loads(r.content)["q"] for r in vendor.requests)
        assert "TO_CHAR(expectedreceiptdate, 'YYYY-MM-DD')" in asked
        for hidden in ("taxline", "units", "paymenthold"):
            assert hidden not in asked
        read_all(connector_of(vendor), "vendor_bill")
        assert b"BUILTIN.DF(units) AS unit" in b"".join(r.content for r in vendor.requests)

    def test_texts_days_and_instants_are_asked_for_in_one_format(self) -> None:
        vendor = NetSuiteVendor(count=1)
        connector = connector_of(vendor, zone="America/Los_Angeles", received_fields=["custbody_received"])
        _, cursor, _ = read_all(connector, "vendor_bill")
        assert cursor.startswith("2026-09-01T15:00:00")
        read_all(connector, "vendor_bill", cursor)
        first, last = (json.loads(r.content)["q"] for r in (vendor.requests[0], vendor.requests[-1]))
        assert "TO_CHAR(custbody_received, 'YYYY-MM-DD') AS custbody_received" in first
        assert "TO_DATE('2026-09-01 06:55:00'" in last or any(
            b"06:55:00" in r.content for r in vendor.requests
        )

    @pytest.mark.parametrize("kind", ["purchase_order", "payment", "item_receipt"])
    def test_every_kind_asks_for_its_types(self, kind: str) -> None:
        vendor = NetSuiteVendor()
        held = {"purchase_order": "PurchOrd", "payment": "VendPymt", "item_receipt": "ItemRcpt"}[kind]
        vendor.tables["transaction"] = [
            bill(id="5000", type=held),
            {"id": "5001", "type": held, "changed": ""},
        ]
        ids, _, problems = read_all(connector_of(vendor), kind)
        assert ids == ["5000"]
        assert len(problems) == 1

    def test_deleted_transactions_are_told_after_the_first_read(self) -> None:
        vendor = NetSuiteVendor(count=3)
        gone = {
            "recordid": "1950",
            "name": "Bill #PW-9",
            "deleted": "2026-09-02 10:00:00",
            "scriptid": "VENDORBILL",
        }
        vendor.tables["deletedrecord"] = [gone]
        connector = connector_of(vendor)
        _, cursor, problems = read_all(connector, "vendor_bill")
        assert not problems
        (told,) = read_all(connector, "vendor_bill", cursor)[2]
        assert (told.place, "Bill #PW-9" in told.what) == ("vendor_bill 1950", True)
        assert told.remedy
        vendor.tables["deletedrecord"].clear()
        assert not read_all(connector_of(vendor, deleted=False), "vendor_bill", cursor)[2]

    def test_vendors_are_kept_raw(self) -> None:
        vendor = NetSuiteVendor()
        vendor.tables["vendor"][0]["changed"] = "2026-01-01 00:00:00"
        connector = connector_of(vendor)
        (batch,) = connector.read("vendor", None)
        assert [r.id for r in batch.records] == ["70"]
        assert connector.to_facts(batch.records[0]) == ()

    @pytest.mark.parametrize("column", ["id, secret", "id) UNION SELECT", "", "Custbody-x"])
    def test_a_column_cannot_change_the_query(self, column: str) -> None:
        with pytest.raises(Misconfigured):
            connector_of(NetSuiteVendor(), contract_fields=[column])

    def test_a_throttled_account_is_asked_again(self) -> None:
        vendor = NetSuiteVendor(count=3)
        said = {
            "title": "Too Many Requests",
            "o:errorDetails": [{"o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"}],
        }
        vendor.faults = [lambda _: answer(said, 429)]
        assert len(read_all(connector_of(vendor), "vendor_bill")[0]) == 3

    def test_an_error_names_the_column(self) -> None:
        vendor = NetSuiteVendor()
        said = {
            "title": "Bad Request",
            "o:errorDetails": [{"detail": "Field 'x' not found", "o:errorCode": "INVALID"}],
        }
        vendor.always = lambda _: answer(said, 400)
        with pytest.raises(Fatal, match="Field 'x' not found"):
            read_all(connector_of(vendor), "vendor_bill")
