"""NetSuite's connector against its stand-in: a second witness, written from the documentation by others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from obligations.facts import Delivery, Fact, Invoice, Payment, PurchaseOrder, latest
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, NotFound, PageLoop, Unauthorised, WrongAnswer, harvest

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ACCOUNT = "7654321_SB1"


def base(box: RunningSandbox) -> str:
    return f"{box.base_url}/netsuite/services/rest"


def netsuite(box: RunningSandbox, **changes: Any) -> Any:
    """The connector as this account would configure it."""
    oauth = {
        "type": "oauth1",
        "realm": ACCOUNT,
        "consumer_key": "pacta-netsuite-consumer",
        "consumer_secret": "netsuite-demo-consumer-secret",
        "token": "pacta-netsuite-token",
        "token_secret": "netsuite-demo-token-secret",
    }
    settings = {
        "base_url": base(box),
        "auth": oauth,
        "zone": "America/New_York",
        "party_fields": ["accountnumber"],
        "contract_fields": ["custbody_contract_number"],
        "bill_fields": {"reference": "custbody_pacta_ref", "colour": "custbody_colour"},
    }
    return opened("netsuite", settings, **changes)


def known(box: RunningSandbox, kind: str) -> list[Fact]:
    connector = netsuite(box)
    facts: list[Fact] = []
    for batch in connector.read(kind, None):
        assert not batch.problems
        facts += harvest(connector, batch.records).facts
    return latest(facts, NOW)


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert netsuite(box).check().ok

    def test_vendors_come_raw(self, box: RunningSandbox) -> None:
        ids, _, _ = read_all(netsuite(box), "vendor")
        assert len(ids) >= 5

    def test_orders_name_party_and_contract(self, box: RunningSandbox) -> None:
        facts = {f.source.label: f for f in known(box, "purchase_order")}
        order = facts["PO-US-501"].data
        assert isinstance(order, PurchaseOrder)
        assert (facts["PO-US-501"].party_hint, facts["PO-US-501"].contract_hint) == ("17300005", "IC-108")
        assert (order.amount.amount, order.lines[0].quantity) == (Decimal("5920.00"), Decimal(40))

    def test_a_line_closed_short_is_cancelled_as_far_as_nothing_came(self, box: RunningSandbox) -> None:
        (fact,) = [f for f in known(box, "purchase_order") if f.source.label == "PO-US-503"]
        assert isinstance(fact.data, PurchaseOrder)
        assert [line.cancelled for line in fact.data.lines] == [Decimal(0), Decimal(1)]

    def test_bills_name_their_order_and_its_lines(self, box: RunningSandbox) -> None:
        facts = {f.source.label: f.data for f in known(box, "vendor_bill")}
        bill = facts["PW-US-97"]
        assert isinstance(bill, Invoice)
        assert bill.gross.amount == sum(line.amount.amount for line in bill.lines) == Decimal("3890.00")
        assert [(line.order, line.order_line) for line in bill.lines] == [
            ("PO-US-503", "1"),
            ("PO-US-503", "2"),
        ]
        order = next(f.data for f in known(box, "purchase_order") if f.source.label == "PO-US-503")
        assert isinstance(order, PurchaseOrder)
        assert [line.number for line in order.lines] == ["1", "2"], "links name the same lines"

    def test_a_credit_is_no_bill(self, box: RunningSandbox) -> None:
        assert [f.kind for f in known(box, "vendor_bill")].count("credit") == 1

    def test_a_bill_paid_in_two_parts(self, box: RunningSandbox) -> None:
        parts = [f.data for f in known(box, "payment") if isinstance(f.data, Payment)]
        paid = [part.amount.amount for part in parts if part.invoice == "ARD-US-14"]
        assert sorted(paid) == [Decimal("5760.00"), Decimal("6000.00")]

    def test_a_voided_payment_without_links_is_told(self, box: RunningSandbox) -> None:
        connector = netsuite(box)
        records = [r for batch in connector.read("payment", None) for r in batch.records]
        crop = harvest(connector, records)
        assert ["voided" in p.what for p in crop.problems] == [True]

    def test_parts_of_an_order_add_up(self, box: RunningSandbox) -> None:
        held = [f.data for f in known(box, "item_receipt") if isinstance(f.data, Delivery)]
        assert sum(each.quantity for each in held if each.order == "PO-US-501") == 40

    def test_one_entered_a_week_late_was_not_known_before(self, box: RunningSandbox) -> None:
        (fact,) = [
            f
            for f in known(box, "item_receipt")
            if isinstance(f.data, Delivery) and f.data.order == "PO-US-502"
        ]
        assert isinstance(fact.data, Delivery)
        assert fact.data.delivered_on == date(2026, 9, 24)
        assert fact.known_at.date() == date(2026, 10, 1)

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        connector = netsuite(box)
        before, cursor, _ = read_all(connector, "vendor_bill")
        fields = {"fields": {"reference": "pacta-1"}}
        connector.writer().create(action("set_fields", fields, before[0]))
        after, moved, _ = read_all(connector, "vendor_bill", cursor)
        assert before[0] in after
        assert len(set(after)) < len(set(before))
        assert moved > cursor

    def test_one_deleted_since_is_told(self, box: RunningSandbox) -> None:
        _, _, problems = read_all(netsuite(box), "vendor_bill", "2026-09-01T12:00:00+00:00")
        assert [("CIR-X-2A" in p.what, p.remedy != "") for p in problems] == [(True, True)]

    def test_small_pages_give_the_same(self, box: RunningSandbox) -> None:
        whole = {f.id for f in facts_of(netsuite(box), "vendor_bill")[0]}
        assert {f.id for f in facts_of(netsuite(box, page_size=7), "vendor_bill")[0]} == whole


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        box.order_fault(kind, vendor="netsuite", path="/suiteql")
        assert len(read_all(netsuite(box), "vendor")[0]) >= 5

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="netsuite", path="/suiteql", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(netsuite(box), "vendor_bill")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(netsuite(box), "vendor_bill")[0]}
        box.order_fault(kind, vendor="netsuite", path="/suiteql", times=99)
        assert {f.id for f in facts_of(netsuite(box), "vendor_bill")[0]} == clean

    def test_pages_without_end_are_given_up(self, box: RunningSandbox) -> None:
        box.order_fault("loop", vendor="netsuite", path="/suiteql", times=99)
        with pytest.raises((PageLoop, WrongAnswer)):
            read_all(netsuite(box, page_size=3), "vendor")

    def test_a_wrong_signature_is_refused(self, box: RunningSandbox) -> None:
        auth = {**netsuite(box).settings.auth.model_dump(), "consumer_secret": "x", "token_secret": "y"}
        with pytest.raises(Unauthorised):
            read_all(netsuite(box, auth=auth), "vendor")

    def test_a_column_that_is_not_there_is_named(self, box: RunningSandbox) -> None:
        with pytest.raises(Fatal, match="custbody_nonsense"):
            read_all(netsuite(box, contract_fields=["custbody_nonsense"]), "vendor_bill")


def test_signing_in_by_certificate(box: RunningSandbox) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    answer = httpx.put(f"{box.base_url}/netsuite/_setup/certificate", content=public, trust_env=False)
    auth = {
        "type": "oauth2_jwt",
        "grant": "client_credentials",
        "token_url": f"{base(box)}/auth/oauth2/v1/token",
        "issuer": "pacta-netsuite-consumer",
        "key": private.decode(),
        "key_id": answer.json()["certificate_id"],
        "algorithm": "ES256",
        "scopes": ["rest_webservices"],
    }
    assert netsuite(box, auth=auth).check().ok


BILL = {
    "supplier": "Pellworm Chemie AG",
    "number": "PW-9001",
    "invoiced_on": "2026-11-09",
    "currency": "EUR",
    "lines": [{"text": "Acetone", "amount": "100.50", "account": "6150"}],
}


class TestWriting:
    def test_a_field_of_a_bill_is_set(self, box: RunningSandbox) -> None:
        ids, _, _ = read_all(netsuite(box), "vendor_bill")
        writer = netsuite(box).writer()
        writer.create(action("set_fields", {"fields": {"reference": "pacta-77"}}, ids[0]))
        (sent,) = [r for r in asked(box, "/record/v1/vendorBill/") if r["method"] == "PATCH"]
        assert sent["status"] == 204

    def test_a_field_it_does_not_know_is_refused_and_not_passed_over(self, box: RunningSandbox) -> None:
        ids, _, _ = read_all(netsuite(box), "vendor_bill")
        with pytest.raises(Fatal, match="custbody_colour"):
            netsuite(box).writer().create(action("set_fields", {"fields": {"colour": "red"}}, ids[0]))

    def test_a_hold_is_set_and_lifted_and_read_back(self, box: RunningSandbox) -> None:
        connector = netsuite(box)
        bill = next(f for f in known(box, "vendor_bill") if f.source.label == "PW-US-97")
        for verb, held in (("hold_invoice", True), ("release_invoice", False)):
            connector.writer().create(action(verb, {"reason": "Damaged"}, bill.source.record))
            (fact,) = [f for f in known(box, "vendor_bill") if f.source.label == "PW-US-97"]
            assert fact.data.blocked is held  # type: ignore[union-attr]

    def test_a_task_is_found_instead_of_repeated(self, box: RunningSandbox) -> None:
        writer = netsuite(box).writer()
        task = {"title": "Ask for the credit", "text": "x", "due_on": "2026-11-30"}
        made = writer.create(action("create_task", task))
        assert writer.create(action("create_task", task)).record == made.record
        assert writer.find("pacta-1f2e") == made
        writer.create(action("update_task", {**task, "state": "done"}))

    @pytest.mark.parametrize("by_key", [False, True])
    def test_a_bill_is_entered_once_and_held(self, box: RunningSandbox, by_key: bool) -> None:
        writer = netsuite(box, by_idempotency_key=by_key, job_wait="PT5S").writer()
        made = writer.create(action("create_invoice", BILL, ""))
        assert writer.create(action("create_invoice", BILL, "")).record == made.record
        (fact,) = [f for f in known(box, "vendor_bill") if f.source.label == "PW-9001"]
        assert isinstance(fact.data, Invoice)
        assert (fact.data.blocked, fact.data.gross.amount) == (True, Decimal("100.50"))
        assert fact.source.record == made.record

    def test_a_bill_that_is_not_there_is_told(self, box: RunningSandbox) -> None:
        with pytest.raises(NotFound):
            netsuite(box).writer().create(action("set_fields", {"fields": {"reference": "x"}}, "999999"))
        assert netsuite(box).writer().find("pacta-none") is None
