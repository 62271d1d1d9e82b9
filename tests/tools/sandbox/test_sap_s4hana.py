"""SAP's writer against its stand-in: notes, invoices, releases and plans; proposed, approved, executed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.demo import write_settings
from flows import act
from flows.settings import load_settings
from flows.wiring import Pacta
from obligations.facts import Invoice, latest
from obligations.model import Action, ActionState
from sandbox import RunningSandbox
from sandbox.world import AS_OF
from store import LOCAL
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.test_ironclad import action
from tests.tools.test_sap_s4hana_writer import BILL, LINE, PLAN
from tools.kit import Fatal, NotFound, Retryable, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
ITEM = "4500000108/20"


def sap(box: RunningSandbox, **changes: Any) -> Any:
    settings = {
        "base_url": f"{box.sap_url}/sap/opu/odata/sap",
        "auth": {"type": "basic", "user": "PACTA_COMM", "password": "sap-demo-password"},
        "sap_client": "100",
        "company_code": "1010",
        "tax_code": "V0",
        "plan_type": "01",
        "zone": "Europe/Berlin",
    }
    return opened("sap_s4hana", settings, **changes)


def known(box: RunningSandbox, number: str) -> Invoice:
    facts = latest(facts_of(sap(box), "invoice")[0], AS_OF)
    (found,) = [f.data for f in facts if isinstance(f.data, Invoice) and f.data.number == number]
    return found


class TestInvoices:
    def test_one_is_entered_once_held_and_let_go(self, box: RunningSandbox) -> None:
        bill = action("create_invoice", BILL, "")
        made = sap(box).writer().create(bill)
        assert sap(box).writer().create(bill) == made == sap(box).writer().find("pacta-1f2e")
        assert known(box, "PACTA-1").blocked
        for _ in range(2):
            free = action("release_invoice", {"reason": "agreed"}, made.record, "pacta-2")
            assert sap(box).writer().create(free) == made
        assert not known(box, "PACTA-1").blocked
        assert len(asked(box, "/Release")) == 1

    def test_a_parked_one_is_posted_when_it_is_released(self, box: RunningSandbox) -> None:
        writer = sap(box, enter_as="parked").writer()
        made = writer.create(action("create_invoice", BILL, ""))
        writer.create(action("release_invoice", {"reason": "agreed"}, made.record, "pacta-2"))
        items = [f for f in facts_of(sap(box), "invoice")[0] if f.source.record == made.record]
        assert len(items) == 1
        assert (len(asked(box, "/Post")), len(asked(box, "/Release"))) == (1, 1)

    def test_lines_of_orders_are_taken(self, box: RunningSandbox) -> None:
        order = {"text": "Rollout", "amount": "100.00", "order": "4500000104", "order_line": "10"}
        sap(box).writer().create(action("create_invoice", {**BILL, "lines": [LINE, order]}, ""))
        assert known(box, "PACTA-1").order == "4500000104"

    def test_a_number_that_is_used_is_refused(self, box: RunningSandbox) -> None:
        with pytest.raises(Fatal, match="already"):
            sap(box).writer().create(action("create_invoice", {**BILL, "number": "ACM-2026-08"}, ""))
        with pytest.raises(NotFound):
            sap(box).writer().create(action("release_invoice", {"reason": "x"}, "5199999999/2026"))

    @pytest.mark.parametrize("kind", ["cut", "html", "500"])
    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox, kind: str) -> None:
        bill = action("create_invoice", BILL, "")
        box.order_fault(kind, vendor="sap_s4hana", method="POST")
        with pytest.raises((Retryable, WrongAnswer)):
            sap(box).writer().create(bill)
        sap(box).writer().create(bill)
        assert known(box, "PACTA-1").gross.amount == 980

    def test_a_session_that_ended_is_opened_anew(self, box: RunningSandbox) -> None:
        writer = sap(box).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        box.order_fault("429", vendor="sap_s4hana", method="POST", retry_after="0")
        writer.create(action("release_invoice", {"reason": "agreed"}, made.record, "pacta-2"))
        assert not known(box, "PACTA-1").blocked


class TestOrders:
    def test_notes_go_below_each_other(self, box: RunningSandbox) -> None:
        writer = sap(box).writer()
        for reference in ("pacta-1f2e", "pacta-2222", "pacta-1f2e"):
            writer.create(action("comment", {"text": "See clause 7"}, "4500000104", reference))
        notes = [r for r in asked(box, "A_PurchaseOrderNote") if r["method"] in ("POST", "PATCH")]
        assert [(r["method"], r["status"]) for r in notes] == [("POST", 201), ("PATCH", 204)]
        assert writer.find("pacta-2222", "4500000104") is not None

    def test_a_plan_is_made_then_kept(self, box: RunningSandbox) -> None:
        due = action("schedule_payment", PLAN, ITEM)
        made = sap(box).writer().create(due)
        assert sap(box).writer().create(due) == made
        written = [r for r in asked(box, "/odata4/") if r["method"] in ("POST", "PATCH")]
        assert [r["status"] for r in written] == [201]

    def test_a_plan_that_is_there_is_changed_and_grows(self, box: RunningSandbox) -> None:
        parts = [("2026-11-30", "36000.00"), ("2027-03-31", "30000.50"), ("2027-06-30", "5999.50")]
        plan = {"currency": "EUR", "instalments": [{"due_on": on, "amount": much} for on, much in parts]}
        sap(box).writer().create(action("schedule_payment", plan, "4500000114/10"))
        written = [r for r in asked(box, "/odata4/") if r["method"] in ("POST", "PATCH")]
        assert [(r["method"], r["status"]) for r in written] == [("PATCH", 200), ("POST", 201)]
        one = {**plan, "instalments": plan["instalments"][:1]}
        with pytest.raises(Fatal, match="deleted"):
            sap(box).writer().create(action("schedule_payment", one, "4500000114/10"))

    def test_an_item_that_is_not_there_is_told(self, box: RunningSandbox) -> None:
        with pytest.raises(NotFound):
            sap(box).writer().create(action("schedule_payment", PLAN, "4500000114/70"))
        with pytest.raises(Fatal, match="currency"):
            sap(box).writer().create(action("schedule_payment", PLAN, "4500000107/10"))


@pytest.fixture
def pacta(tmp_path: Path, box: RunningSandbox) -> Iterator[Pacta]:
    write_settings(tmp_path, box.base_url)
    settings = load_settings({}, home=str(tmp_path))
    settings.connectors["sap_s4hana"] |= {"company_code": "1010", "tax_code": "V0", "plan_type": "01"}
    with Pacta(settings) as made:
        yield made


def done(pacta: Pacta, wanted: Action) -> Action:
    """Proposed, approved and executed."""
    proposed = pacta.store.propose_action(
        wanted.model_copy(update={"id": f"act-{wanted.reference}", "system": "sap_s4hana"}), by="test"
    )
    assert act.execute(pacta, proposed.id, "test") is None, "nothing leaves before it is approved"
    act.decide(pacta, proposed.id, True, LOCAL)
    executed = act.execute(pacta, proposed.id, "test")
    assert executed is not None
    return executed


class TestActions:
    def test_an_approved_write_is_executed_once_and_says_where(
        self, pacta: Pacta, box: RunningSandbox
    ) -> None:
        entered = done(pacta, action("create_invoice", BILL, "IC-101", "pacta-00000001"))
        assert entered.state is ActionState.EXECUTED
        assert entered.result is not None
        free = action("release_invoice", {"reason": "agreed"}, entered.result.record, "pacta-00000002")
        assert done(pacta, free).state is ActionState.EXECUTED
        plan = done(pacta, action("schedule_payment", PLAN, ITEM, "pacta-00000003"))
        assert plan.state is ActionState.EXECUTED
        assert not known(box, "PACTA-1").blocked

    def test_a_hold_fails_and_says_what_sap_lacks(self, pacta: Pacta) -> None:
        failed = done(pacta, action("hold_invoice", {"reason": "late"}, "5105600110/2026", "pacta-00000004"))
        assert failed.state is ActionState.FAILED
        assert "held only where" in (failed.error or "")
