"""NetSuite: transactions to orders, bills, payments and deliveries; bills, holds and tasks out."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, unquote

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from obligations.facts import Credit, Delivery, Fact, Invoice, Payment, PurchaseOrder
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.test_ironclad import action
from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord
from tools.netsuite import NetSuite

OAUTH1 = {
    "type": "oauth1",
    "consumer_key": "ck",
    "consumer_secret": SECRET,
    "token": "tk",
    "token_secret": TOKEN,
    "realm": "1234567_SB1",
}


class NetSuiteVendor(Vendor):
    """An account that answers as much SuiteQL as the connector asks."""

    name, kind, list_path = "netsuite", "vendor_bill", "/query/v1/suiteql"
    base = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tables: dict[str, list[Json]] = {
            "currency": [{"id": "1", "symbol": "EUR"}],
            "vendor": [{"id": "70", "entityid": "17300005", "companyname": "Pellworm Chemie AG"}],
            "account": [{"id": "58", "acctnumber": "6000"}],
        }
        self.records: dict[str, dict[str, Json]] = {}
        self.job_steps = 1
        self.lose = False
        self.keys: set[str] = set()

    def settings(self) -> Json:
        return {
            "base_url": self.base,
            "auth": OAUTH1,
            "http": HTTP,
            "page_size": self.page_size,
            "expense_account": "6000",
            "job_wait": "PT0S",
        }

    def is_list(self, request: httpx.Request) -> bool:
        return request.url.path.endswith(self.list_path) and b"FROM transaction" in request.content + b" "

    def lists(self) -> int:
        return sum(
            b"FROM transaction " in r.content or b'FROM transaction"' in r.content for r in self.requests
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        given = super().handle(request)
        if self.lose and request.method in ("PUT", "POST") and "/record/" in request.url.path:
            self.lose = False
            raise httpx.ReadTimeout("answer lost", request=request)
        return given

    def record(self, number: int) -> Json:
        moment = self.changed_at(number).strftime("%Y-%m-%d %H:%M:%S")
        return bill(id=str(1000 + number), tranid=f"PW-{number}", created=moment, changed=moment)

    def broken(self) -> Json:
        return {**self.record(3), "id": "1900", "foreigntotal": "many"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/services/rest")
        if path == "/query/v1/suiteql":
            assert request.headers["prefer"] == "transient"
            params = request.url.params
            return self._query(json.loads(request.content)["q"], int(params["limit"]), int(params["offset"]))
        if path.startswith("/async/"):
            self.job_steps -= 1
            return answer({"completed": self.job_steps <= 0, "progress": "processing"})
        return self._record(request, path.removeprefix("/record/v1/"))

    def _query(self, query: str, limit: int, offset: int) -> httpx.Response:
        assert offset % limit == 0, "NetSuite refuses other offsets"
        found = re.search(r"FROM (\w+)", query)
        assert found
        table = found[1]
        rows = [*(self.rows() if table == "transaction" else []), *self.tables.get(table, [])]
        rows = _meeting(rows, query)
        if "ORDER BY lastmodifieddate" in query:
            assert not rows or "changed" not in rows[0] or "AS changed" in query
            rows.sort(key=lambda row: row.get("changed", ""))
        if table == "transaction" and "type IN" in query:
            page, more = self.window(rows, offset, limit)
        else:
            page, more = rows[offset : offset + limit], offset + limit < len(rows)
        body = {"links": [], "count": len(page), "hasMore": more, "items": page, "offset": offset}
        return answer({**body, "totalResults": len(rows)})

    def _record(self, request: httpx.Request, path: str) -> httpx.Response:
        kind, _, key = unquote(path).partition("/")
        held = self.records.setdefault(kind, {})
        if request.method == "GET":
            found = held.get(key)
            missing = {
                "title": "Not Found",
                "status": 404,
                "o:errorDetails": [{"o:errorCode": "NONEXISTENT_ID"}],
            }
            return answer(found) if found else answer(missing, 404)
        body = json.loads(request.content)
        self.written.append({"method": request.method, "path": f"{kind}/{key}", "body": body})
        assert request.headers["x-netsuite-propertynamevalidation"] == "Error", "no field is passed over"
        if request.method == "PATCH":
            return httpx.Response(204, headers={"location": f"{self.base}/record/v1/{kind}/{key}"})
        idempotency = request.headers.get("x-netsuite-idempotency-key", "")
        if idempotency and idempotency in self.keys:
            self.written.pop()
            said = {
                "title": "Conflict",
                "status": 400,
                "o:errorDetails": [{"o:errorCode": "IDEMPOTENCY_ERROR"}],
            }
            return answer(said, 400, {"location": "/services/rest/async/v1/job/77"})
        self.keys.add(idempotency)
        key = key or f"eid:{body['externalId']}"
        made = {**held.get(key, {"id": str(9000 + len(self.written))}), **body}
        held[key] = made
        if request.headers.get("prefer") == "respond-async":
            assert request.headers["x-netsuite-idempotency-key"]
            return httpx.Response(202, headers={"location": f"{self.base}/async/v1/job/77"})
        return httpx.Response(204, headers={"location": f"{self.base}/record/v1/{kind}/{made['id']}"})


def _meeting(rows: list[Json], query: str) -> list[Json]:
    """The rows that meet a query's conditions: types, ids, texts and the time of change."""
    types = re.search(r"type IN \(('[^)]*)\)", query)
    among = re.search(r"(\w+) IN \(([\d,]+)\)", query)
    since = re.search(r"lastmodifieddate >= TO_DATE\('([^']+)'", query)
    equal = re.findall(r"(\w+) = '([^']*)'", query)
    if types:
        rows = [row for row in rows if f"'{row.get('type')}'" in types[1]]
    if among:
        rows = [row for row in rows if row.get(among[1]) in among[2].split(",")]
    if since:
        rows = [row for row in rows if row["changed"] >= since[1]]
    if equal:
        rows = [row for row in rows if any(row.get(field) == held for field, held in equal)]
    return rows


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


def bill(**changes: Any) -> Json:
    row = {
        "links": [],
        "id": "1920",
        "tranid": "PW-1142",
        "transactionnumber": "BILL77",
        "type": "VendBill",
        "status": "A",
        "entity": "70",
        "currency": "1",
        "foreigntotal": "-1190",
        "memo": "Solvents September 2026",
        "voided": "F",
        "paymenthold": "F",
        "trandate": "2026-09-01",
        "duedate": "2026-10-01",
        "created": "2026-09-03 09:00:00",
        "changed": "2026-09-05 10:00:00",
    }
    return {key: held for key, held in {**row, **changes}.items() if held is not None}


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


class TestSigningIn:
    def test_every_request_is_signed_for_the_account(self) -> None:
        vendor = NetSuiteVendor(count=1)
        read_all(connector_of(vendor), "vendor_bill")
        request = vendor.requests[0]
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["authorization"]))
        assert given["realm"] == "1234567_SB1"
        signed = {
            key: unquote(held) for key, held in given.items() if key not in ("realm", "oauth_signature")
        }
        signed |= {key: held[0] for key, held in parse_qs(request.url.query.decode()).items()}
        pairs = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(signed.items()))
        url = str(request.url).partition("?")[0]
        text = "&".join(quote(part, safe="") for part in (request.method, url, pairs))
        digest = hmac.new(f"{SECRET}&{TOKEN}".encode(), text.encode(), hashlib.sha256).digest()
        assert unquote(given["oauth_signature"]) == base64.b64encode(digest).decode()

    def test_or_by_an_assertion_in_place_of_a_secret(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        url = f"{NetSuiteVendor.base}/auth/oauth2/v1/token"
        auth = {"type": "oauth2_jwt", "token_url": url, "issuer": "client", "key": pem.decode()}
        auth |= {"algorithm": "ES256", "key_id": "cert-1", "grant": "client_credentials"}
        vendor = NetSuiteVendor(count=1)
        read_all(connector_of(vendor, auth={**auth, "scopes": ["rest_webservices"]}), "vendor_bill")
        sent = parse_qs(vendor.requests[0].content.decode())
        assert sent["grant_type"] == ["client_credentials"]
        claims = jwt.decode(sent["client_assertion"][0], key.public_key(), ["ES256"], audience=url)
        assert (claims["iss"], claims["scope"]) == ("client", "rest_webservices")


BILL = {
    "supplier": "17300005",
    "number": "PW-2000",
    "invoiced_on": "2026-11-02",
    "due_on": "2026-12-02",
    "currency": "EUR",
    "text": "Solvents",
    "lines": [{"text": "Acetone", "amount": "100.50", "account": "6000"}],
}


class TestWriting:
    def test_a_bill_is_entered_with_its_hold_under_our_reference(self) -> None:
        vendor = NetSuiteVendor()
        writer = connector_of(vendor).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        assert writer.create(action("create_invoice", BILL, "")).record == made.record
        (sent,) = vendor.written
        assert (sent["method"], sent["path"]) == ("PUT", "vendorBill/eid:pacta-1f2e")
        body = sent["body"]
        assert body["paymentHold"] is True
        assert (body["entity"], body["currency"]) == ({"id": "70"}, {"id": "1"})
        (only,) = body["expense"]["items"]
        assert (only["account"], only["amount"]) == ({"id": "58"}, 100.5)
        assert writer.find("pacta-1f2e") == made

    def test_a_bill_whose_answer_was_lost_is_one_bill(self) -> None:
        vendor = NetSuiteVendor()
        vendor.lose = True
        made = connector_of(vendor).writer().create(action("create_invoice", BILL, ""))
        assert len(vendor.records["vendorBill"]) == 1
        assert made.label == "PW-2000"

    def test_a_credit_has_no_hold(self) -> None:
        vendor = NetSuiteVendor()
        connector_of(vendor).writer().create(action("create_invoice", {**BILL, "credit": True}, ""))
        assert vendor.written[0]["path"] == "vendorCredit/eid:pacta-1f2e"
        assert "paymentHold" not in vendor.written[0]["body"]
        assert "dueDate" not in vendor.written[0]["body"]

    def test_under_an_idempotency_key_the_job_is_waited_for(self) -> None:
        vendor = NetSuiteVendor()
        writer = connector_of(vendor, by_idempotency_key=True).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        sent = next(r for r in vendor.requests if r.headers.get("prefer") == "respond-async")
        key = sent.headers["x-netsuite-idempotency-key"]
        assert re.fullmatch(r"[0-9a-f-]{36}", key)
        assert made.record == vendor.records["vendorBill"]["eid:pacta-1f2e"]["id"]
        vendor.records["vendorBill"].clear()
        vendor.keys.clear()
        vendor.lose = True
        writer.create(action("create_invoice", BILL, ""))
        assert len(vendor.records["vendorBill"]) == 1, "NetSuite knew the request again"
        keys = [
            r.headers["x-netsuite-idempotency-key"]
            for r in vendor.requests
            if r.headers.get("prefer") == "respond-async"
        ]
        assert keys == [key] * 3

    def test_a_job_that_takes_long_is_told_and_found_the_next_time(self) -> None:
        vendor = NetSuiteVendor()
        vendor.job_steps = 5
        writer = connector_of(vendor, by_idempotency_key=True).writer()
        with pytest.raises(Retryable, match="at work") as caught:
            writer.create(action("create_invoice", BILL, ""))
        assert caught.value.maybe_done
        assert writer.create(action("create_invoice", BILL, "")).label == "PW-2000"
        assert len(vendor.written) == 1

    def test_a_job_that_failed_is_told(self) -> None:
        class Failing(NetSuiteVendor):
            def _record(self, request: httpx.Request, path: str) -> httpx.Response:
                given = super()._record(request, path)
                self.records.clear()
                return given

        with pytest.raises(Fatal, match="not there"):
            connector_of(Failing(), by_idempotency_key=True).writer().create(
                action("create_invoice", BILL, "")
            )

    @pytest.mark.parametrize(
        "location", ["", "https://elsewhere.example/x", "https://elsewhere.example/async/v1/job/"]
    )
    def test_an_answer_without_a_job_is_wrong(self, location: str) -> None:
        class Odd(NetSuiteVendor):
            def _record(self, request: httpx.Request, path: str) -> httpx.Response:
                if request.method == "POST":
                    return httpx.Response(202, headers={"location": location})
                return super()._record(request, path)

        with pytest.raises(WrongAnswer, match="no job"):
            connector_of(Odd(), by_idempotency_key=True).writer().create(action("create_invoice", BILL, ""))

    def test_a_bill_against_an_order_is_refused(self) -> None:
        vendor = NetSuiteVendor()
        lines = [{"text": "Acetone", "amount": "100", "order": "4500000108"}]
        with pytest.raises(Fatal, match="transforming the order"):
            connector_of(vendor).writer().create(action("create_invoice", {**BILL, "lines": lines}, ""))
        assert not vendor.written

    @pytest.mark.parametrize(
        ("change", "error"),
        [({"supplier": "Nobody Ltd"}, NotFound), ({"currency": "XXX"}, NotFound)],
    )
    def test_what_a_bill_names_must_be_there(self, change: Json, error: type[Exception]) -> None:
        vendor = NetSuiteVendor()
        with pytest.raises(error):
            connector_of(vendor).writer().create(action("create_invoice", {**BILL, **change}, ""))
        assert not vendor.written

    def test_two_vendors_of_one_name_are_told(self) -> None:
        vendor = NetSuiteVendor()
        vendor.tables["vendor"] = [{"id": "1", "companyname": "Twin"}, {"id": "2", "companyname": "Twin"}]
        with pytest.raises(Fatal, match="several"):
            connector_of(vendor).writer().create(action("create_invoice", {**BILL, "supplier": "Twin"}, ""))

    def test_a_line_without_account_needs_the_setting(self) -> None:
        lines = [{"text": "Acetone", "amount": "100"}]
        vendor = NetSuiteVendor()
        connector_of(vendor).writer().create(action("create_invoice", {**BILL, "lines": lines}, ""))
        with pytest.raises(Misconfigured, match="account"):
            connector_of(NetSuiteVendor(), expense_account="").writer().create(
                action("create_invoice", {**BILL, "lines": lines}, "")
            )

    def test_a_hold_is_set_and_lifted(self) -> None:
        vendor = NetSuiteVendor()
        writer = connector_of(vendor, hold_reason_field="custbody_hold").writer()
        assert writer.create(action("hold_invoice", {"reason": "Damaged"}, "1920")).record == "1920"
        writer.create(action("release_invoice", {"reason": "Replaced"}, "1920"))
        assert [(w["method"], w["path"], w["body"]["paymentHold"]) for w in vendor.written] == [
            ("PATCH", "vendorBill/1920", True),
            ("PATCH", "vendorBill/1920", False),
        ]
        assert vendor.written[0]["body"]["custbody_hold"] == "Damaged (pacta-1f2e)"

    def test_instalments_replace_those_of_the_bill_where_the_account_has_them(self) -> None:
        schedule = {"currency": "EUR", "instalments": [{"due_on": "2026-12-01", "amount": "600"}]}
        vendor = NetSuiteVendor()
        with pytest.raises(Fatal, match="feature"):
            connector_of(vendor).writer().create(action("schedule_payment", schedule, "1920"))
        assert not vendor.requests
        connector_of(vendor, installments=True).writer().create(action("schedule_payment", schedule, "1920"))
        assert vendor.requests[-1].url.params["replace"] == "installment"
        assert vendor.written[0]["body"]["installment"]["items"] == [{"dueDate": "2026-12-01", "amount": 600}]

    def test_a_task_is_made_once_and_completed(self) -> None:
        vendor = NetSuiteVendor()
        writer = connector_of(vendor).writer()
        task = {"title": "Look", "text": "x", "due_on": "2026-11-15", "priority": "P1"}
        made = writer.create(action("create_task", task))
        assert writer.create(action("create_task", task)).record == made.record
        assert len(vendor.records["task"]) == 1
        writer.create(action("update_task", {**task, "state": "done"}))
        assert vendor.written[-1]["body"]["status"] == {"id": "COMPLETE"}
        with pytest.raises(NotFound):
            writer.create(action("update_task", task, "", "pacta-none"))

    def test_configured_records_and_fields(self) -> None:
        vendor = NetSuiteVendor()
        entity = {
            "record": "customrecord_pacta_obligation",
            "fields": {"due": "custrecord_due", "amount": "custrecord_amt"},
        }
        writer = connector_of(
            vendor, entities={"obligation": entity}, bill_fields={"credit": "custbody_credit"}
        ).writer()
        given = {"entity": "obligation", "fields": {"due": "2026-12-01", "amount": "12.5"}}
        made = writer.create(action("put_record", given))
        assert vendor.written[0]["path"] == "customrecord_pacta_obligation/eid:pacta-1f2e"
        assert writer.find("pacta-1f2e").record == made.record
        writer.create(action("set_fields", {"fields": {"credit": "9.00"}}, "1920"))
        assert list(vendor.written[-1]["body"]) == ["custbody_credit"]
        for wrong in (
            {"entity": "audit", "fields": {}},
            {"entity": "obligation", "fields": {"colour": "red"}},
        ):
            with pytest.raises(Misconfigured):
                writer.create(action("put_record", wrong))

    @pytest.mark.parametrize("verb", ["comment", "send_message"])
    def test_what_netsuite_lacks_is_refused_before_anything_is_asked(self, verb: str) -> None:
        vendor = NetSuiteVendor()
        with pytest.raises(Fatal, match=f"takes no {verb}: "):
            connector_of(vendor).writer().create(action(verb, {}))
        assert not vendor.requests

    @pytest.mark.parametrize("target", ["eid:x", "../vendor/1", "", "1 OR 1=1"])
    def test_a_target_cannot_reach_elsewhere(self, target: str) -> None:
        vendor = NetSuiteVendor()
        with pytest.raises(Fatal, match="no vendor bill"):
            connector_of(vendor).writer().create(action("hold_invoice", {"reason": "x"}, target))
        assert not vendor.requests
