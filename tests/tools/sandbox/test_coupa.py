"""Coupa's connector against its stand-in: a second witness, written from the documentation by others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from obligations.facts import Delivery, Fact, Invoice, Payment, PurchaseOrder, latest
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, Retryable, Unauthorised, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ROOMS = ("purchase_order", "invoice", "inventory.receiving", "supplier", "contract", "comment", "project")
SCOPES = [f"core.{room}.{right}" for room in ROOMS for right in ("read", "write")] + ["core.invoice.create"]


def coupa(box: RunningSandbox, **changes: Any) -> Any:
    """The connector as this instance would configure it."""
    base = f"{box.base_url}/coupa"
    oauth = {
        "type": "oauth2",
        "token_url": f"{base}/oauth2/token",
        "client_id": "pacta-coupa-client",
        "client_secret": "coupa-demo-secret",
        "client_auth": "form",
        "scopes": SCOPES,
    }
    settings = {"base_url": f"{base}/api", "auth": oauth, "zone": "Europe/Berlin", "party_fields": ["number"]}
    settings["account_type"] = "Tessaly"
    return opened("coupa", settings, **changes)


def known(box: RunningSandbox, kind: str) -> list[Fact]:
    return latest(facts_of(coupa(box), kind)[0], NOW)


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert coupa(box).check().ok

    def test_orders_name_party_and_contract(self, box: RunningSandbox) -> None:
        facts = {f.source.label: f for f in known(box, "purchase_order") if isinstance(f.data, PurchaseOrder)}
        assert len(facts) > 50
        order = facts["7101"].data
        assert isinstance(order, PurchaseOrder)
        assert (facts["7101"].party_hint, facts["7101"].contract_hint) == ("17300005", "IC-108")
        assert (order.amount.amount, order.lines[0].requested_on) == (Decimal("8900.00"), date(2026, 9, 15))

    def test_a_cancelled_order_was_whole_before(self, box: RunningSandbox) -> None:
        facts = [f for f in facts_of(coupa(box), "purchase_order")[0] if f.source.label == "7107"]
        told = [(f.data.cancelled_on, f.data.amount.amount) for f in facts]  # type: ignore[union-attr]
        assert told == [(None, Decimal("2400.00")), (date(2026, 10, 2), Decimal("0.00"))]

    def test_milestones_of_an_order(self, box: RunningSandbox) -> None:
        steps = [f for f in known(box, "purchase_order") if f.kind == "milestone"]
        assert {f.source.label for f in steps} == {"7108"}
        assert len([f for f in steps if f.data.events]) >= 1  # type: ignore[union-attr]

    def test_parts_add_up_and_a_void_counts_nothing(self, box: RunningSandbox) -> None:
        def came(order: str) -> Decimal:
            data = [f.data for f in known(box, "receipt") if isinstance(f.data, Delivery)]
            return sum((each.quantity for each in data if each.order == order), Decimal())

        assert came("7101") == 10
        assert came("7103") == 30

    def test_what_was_sent_back_is_returned(self, box: RunningSandbox) -> None:
        held = [
            f.data for f in known(box, "receipt") if isinstance(f.data, Delivery) and f.data.order == "7105"
        ]
        assert sum(each.returned for each in held) == 300

    def test_one_entered_late_was_not_known_before(self, box: RunningSandbox) -> None:
        (fact,) = [
            f for f in known(box, "receipt") if isinstance(f.data, Delivery) and f.data.order == "7102"
        ]
        assert isinstance(fact.data, Delivery)
        assert fact.data.delivered_on is not None
        assert fact.known_at.date() > fact.data.delivered_on

    def test_a_double_was_sent_back_and_a_dispute_was_held(self, box: RunningSandbox) -> None:
        bills = {f.source.label: f.data for f in known(box, "invoice") if isinstance(f.data, Invoice)}
        assert bills["BAL-88-A"].returned_on is not None
        assert bills["BAL-88"].returned_on is None
        assert (bills["PW-1290"].gross.amount, bills["PW-1290"].order) == (Decimal("10591.00"), "7101")

    def test_an_invoice_paid_in_parts(self, box: RunningSandbox) -> None:
        parts = [f.data for f in known(box, "invoice") if isinstance(f.data, Payment)]
        paid = [each.amount.amount for each in parts if each.invoice == "STG-5499"]
        assert len(paid) == 2
        assert sum(paid) <= Decimal("4320.00")

    def test_contracts_with_hierarchy_and_signed_agreement(self, box: RunningSandbox) -> None:
        connector = coupa(box, contract_fields=["external-contract-id", "number"])
        amendment = connector.contract("IC-103")
        assert (amendment.parent, amendment.agreed_on) == ("IC-101", date(2026, 6, 10))
        assert amendment.party_keys == {"coupa": "17300001"}
        content, name = connector.document("IC-103")
        assert content.startswith(b"%PDF")
        assert name.endswith(".pdf")

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        connector = coupa(box)
        before, cursor, _ = read_all(connector, "invoice")
        box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        after, moved, _ = read_all(connector, "invoice", cursor)
        assert 0 < len(set(after)) < len(set(before))
        assert moved > cursor


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut", "401"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        box.order_fault(kind, vendor="coupa", path="/suppliers")
        assert len(read_all(coupa(box), "supplier")[0]) >= 5

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="coupa", path="/invoices", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(coupa(box), "invoice")

    def test_pages_without_end_come_to_one(self, box: RunningSandbox) -> None:
        """The filter moves along with the changes, so a first page that comes again is another one."""
        whole = set(read_all(coupa(box), "invoice")[0])
        box.order_fault("loop", vendor="coupa", path="/invoices", times=99)
        assert set(read_all(coupa(box), "invoice")[0]) == whole

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(coupa(box), "invoice")[0]}
        box.order_fault(kind, vendor="coupa", path="/invoices", times=99)
        assert {f.id for f in facts_of(coupa(box), "invoice")[0]} == clean

    def test_a_missing_scope_is_a_lack_of_rights(self, box: RunningSandbox) -> None:
        auth = {**coupa(box).settings.auth.model_dump(), "client_secret": "coupa-demo-secret"}
        narrow = coupa(box, auth={**auth, "scopes": ["core.supplier.read"]})
        assert not narrow.check().ok
        with pytest.raises(Unauthorised):
            read_all(narrow, "invoice")
        with pytest.raises(Unauthorised):
            read_all(coupa(box, auth={**auth, "client_secret": "wrong"}), "supplier")


def invoice_id(box: RunningSandbox, number: str) -> str:
    return next(f.source.record for f in known(box, "invoice") if f.source.label == number)


BILL = {
    "supplier": "17300005",
    "number": "PW-9001",
    "invoiced_on": "2026-11-09",
    "currency": "EUR",
    "lines": [{"text": "Acetone", "amount": "100.00"}],
}


class TestWriting:
    def test_a_comment_is_found_instead_of_repeated(self, box: RunningSandbox) -> None:
        writer = coupa(box).writer()
        note = action("comment", {"text": "Billed too early"}, invoice_id(box, "PW-1290"))
        first = writer.create(note)
        assert writer.create(note) == first
        posts = [r for r in asked(box, "/comments") if r["method"] == "POST"]
        assert len(posts) == 1

    def test_a_draft_is_entered_once_and_is_no_invoice_yet(self, box: RunningSandbox) -> None:
        writer = coupa(box).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        assert writer.create(action("create_invoice", BILL, "")) == made == writer.find("pacta-1f2e")
        assert made.record not in {f.source.record for f in known(box, "invoice")}

    def test_a_number_used_already_is_refused(self, box: RunningSandbox) -> None:
        with pytest.raises(Fatal, match="already"):
            coupa(box).writer().create(action("create_invoice", {**BILL, "number": "PW-1290"}, ""))

    def test_a_hold_is_a_dispute_that_can_be_withdrawn(self, box: RunningSandbox) -> None:
        writer = coupa(box, dispute=True).writer()
        open_one = writer.create(action("create_invoice", {**BILL, "blocked": False}, "")).record
        writer.create(action("hold_invoice", {"reason": "Damaged"}, open_one))
        assert _status(box, open_one) == "disputed"
        writer.create(action("release_invoice", {"reason": "Replaced"}, open_one, "pacta-2"))
        assert _status(box, open_one) != "disputed"

    def test_a_task_in_a_project(self, box: RunningSandbox) -> None:
        writer = coupa(box, tasks_of="projects/1", task_owner=3).writer()
        task = action("create_task", {"title": "Ask for the credit", "text": "x", "due_on": "2026-11-30"})
        made = writer.create(task)
        assert writer.create(task) == made
        done = {"title": "Asked", "text": "x", "state": "done"}
        assert writer.create(action("update_task", done)).record == made.record

    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox) -> None:
        writer = coupa(box).writer()
        note = action("comment", {"text": "x"}, invoice_id(box, "PW-1290"))
        box.order_fault("cut", vendor="coupa", method="POST", path="/comments")
        with pytest.raises(Retryable) as caught:
            writer.create(note)
        assert caught.value.maybe_done
        writer.create(note)
        assert len([r for r in asked(box, "/comments") if r["method"] == "POST"]) <= 2


def _status(box: RunningSandbox, record: str) -> str:
    raw = {r.id: r for batch in coupa(box).read("invoice", None) for r in batch.records}
    return str(raw[record.rpartition("/")[2]].data["row"]["status"])
