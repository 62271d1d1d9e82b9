"""NetSuite: bills, holds, tasks and records out; signing in."""

import base64
import hashlib
import hmac
import re
from urllib.parse import parse_qs, quote, unquote

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.tools.conformance import connector_of, read_all
from tests.tools.netsuite_vendor import NetSuiteVendor
from tests.tools.test_ironclad import action
from tests.tools.vendors import SECRET, TOKEN, Json
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer


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
