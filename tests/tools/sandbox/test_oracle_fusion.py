"""Oracle Fusion's connector against its stand-in: a second witness, written from the documentation alone."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from obligations.facts import Credit, Delivery, Fact, Invoice, Payment, PurchaseOrder, latest
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, Retryable, Unauthorised, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
PELLWORM = "17300005"


def oracle(box: RunningSandbox, secret: str = "oracle-demo-secret", **changes: Any) -> Any:
    """The connector as this tenant would configure it."""
    root = f"{box.base_url}/oracle_fusion"
    oauth = {
        "type": "oauth2",
        "token_url": f"{root}/oauth2/v1/token",
        "client_id": "pacta-oracle-client",
        "client_secret": secret,
        "client_auth": "basic",
    }
    contracts = {"purchase_order": ["SourceAgreementNumber"], "invoice": ["Description"]}
    settings = {
        "base_url": f"{root}/fscmRestApi/resources/11.13.18.05",
        "auth": oauth,
        "zone": "Europe/London",
        "page_size": 20,
        "party": "number",
        "contract_fields": contracts,
        "business_unit": "Tessaly UK",
        "supplier_sites": {"*": "MAIN"},
        "hold_name": "Pacta hold",
        "release_name": "Pacta release",
        "invoice_fields": {"text": "Description"},
    }
    return opened("oracle_fusion", settings, **changes)


def known(box: RunningSandbox, kind: str, **changes: Any) -> list[Fact]:
    return latest(facts_of(oracle(box, **changes), kind)[0], NOW)


def named(box: RunningSandbox, kind: str, label: str) -> Fact:
    (found,) = [fact for fact in known(box, kind) if fact.source.label == label]
    return found


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert oracle(box).check().ok
        basic = {"type": "basic", "user": "pacta.integration", "password": "oracle-demo-password"}
        assert oracle(box, auth=basic).check().ok

    def test_suppliers_come_raw(self, box: RunningSandbox) -> None:
        assert facts_of(oracle(box), "supplier")[0] == []
        assert len(read_all(oracle(box), "supplier")[0]) >= 10

    def test_orders_name_party_contract_and_day(self, box: RunningSandbox) -> None:
        fact = named(box, "purchase_order", "UK-7001")
        assert isinstance(fact.data, PurchaseOrder)
        assert fact.contract_hint == "IC-108"
        assert fact.party_hint.startswith("Pellworm")
        assert (fact.data.amount.amount, fact.data.lines[0].requested_on) == (
            Decimal(4100),
            date(2026, 9, 15),
        )

    def test_a_cancelled_order_was_whole_before(self, box: RunningSandbox) -> None:
        told = [f.data for f in facts_of(oracle(box), "purchase_order")[0] if f.source.label == "UK-7006"]
        assert [(d.cancelled_on, d.amount.amount) for d in told] == [  # type: ignore[union-attr]
            (None, Decimal(2400)), (date(2026, 10, 2), Decimal(0))
        ]  # fmt: skip

    def test_a_moved_day_is_promised(self, box: RunningSandbox) -> None:
        data = named(box, "purchase_order", "UK-7008").data
        assert isinstance(data, PurchaseOrder)
        assert (data.lines[0].requested_on, data.lines[0].promised_on) == (
            date(2026, 11, 9),
            date(2026, 11, 16),
        )

    def test_receipts_returns_and_corrections_add_up(self, box: RunningSandbox) -> None:
        data = [f.data for f in known(box, "receipt") if isinstance(f.data, Delivery)]

        def came(order: str) -> Decimal:
            return sum((each.quantity for each in data if each.order == order), Decimal())

        assert (came("UK-7001"), came("UK-7004")) == (10, 30)
        assert sum(each.returned for each in data if each.order == "UK-7003") == 12
        assert came("UK-7008") == 0

    def test_one_entered_late_was_not_known_before(self, box: RunningSandbox) -> None:
        (fact,) = [f for f in known(box, "receipt") if getattr(f.data, "order", "") == "UK-7002"]
        assert isinstance(fact.data, Delivery)
        assert (fact.data.delivered_on, fact.known_at.date()) == (date(2026, 9, 21), date(2026, 9, 26))

    def test_a_hold_is_told_while_it_stands(self, box: RunningSandbox) -> None:
        told = [f for f in facts_of(oracle(box), "invoice")[0] if f.source.label == "PW-UK-901"]
        states = [(f.known_at.date(), f.data.blocked) for f in told]  # type: ignore[union-attr]
        assert (date(2026, 9, 17), True) in states
        assert (date(2026, 9, 24), False) in states
        last = named(box, "invoice", "PW-UK-901")
        assert (last.party_hint, last.contract_hint) == (PELLWORM, "IC-108")
        assert isinstance(last.data, Invoice)
        assert (last.data.blocked, last.data.order, last.data.gross.amount) == (
            False,
            "UK-7001",
            Decimal(4100),
        )

    def test_a_cancelled_invoice_went_back_and_a_memo_is_a_credit(self, box: RunningSandbox) -> None:
        gone = named(box, "invoice", "PW-UK-931-A").data
        assert isinstance(gone, Invoice)
        assert gone.returned_on == date(2026, 11, 5)
        memo = named(box, "invoice", "PW-UK-G12").data
        assert isinstance(memo, Credit)
        assert memo.amount.amount == Decimal("90")

    def test_payments_in_parts_and_one_that_was_voided(self, box: RunningSandbox) -> None:
        parts = [f.data for f in known(box, "payment") if isinstance(f.data, Payment)]
        paid = sorted(each.amount.amount for each in parts if each.invoice == "STG-UK-899")
        assert paid == [Decimal(1600), Decimal(2000)]
        again = [(each.amount.amount, each.paid_on) for each in parts if each.invoice == "ACM-UK-77"]
        assert again == [(Decimal(0), date(2026, 8, 31)), (Decimal(2480), date(2026, 9, 4))]

    def test_later_changes_and_holds_come_with_the_next_read(self, box: RunningSandbox) -> None:
        for kind in ("purchase_order", "invoice", "payment", "receipt"):
            box.reset()
            before, cursor, _ = read_all(oracle(box), kind)
            box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
            after, moved, _ = read_all(oracle(box), kind, cursor)
            assert len(set(after)) < len(set(before)), kind
            assert moved >= cursor
        box.reset()
        _, cursor, _ = read_all(oracle(box), "invoice")
        target = named(box, "invoice", "STG-UK-912").source.record
        box.set_clock(datetime(2026, 11, 12, 12, tzinfo=UTC))
        oracle(box).writer().create(action("hold_invoice", {"reason": "Damaged"}, target))
        found, _ = facts_of(oracle(box), "invoice", cursor)
        told = [f.data for f in found if f.source.label == "STG-UK-912"]
        assert told[-1].blocked  # type: ignore[union-attr]

    def test_every_version_of_the_framework_gives_the_same_facts(self, box: RunningSandbox) -> None:
        ids = [{f.id for f in known(box, "invoice", framework=version)} for version in (3, 4, 9)]
        assert ids[0] == ids[1] == ids[2]


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut", "401"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        box.order_fault(kind, vendor="oracle_fusion", path="/payablesPayments")
        assert len(set(read_all(oracle(box), "payment")[0])) > 30

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="oracle_fusion", path="/invoices", times=9)
        with pytest.raises(WrongAnswer):
            read_all(oracle(box), "invoice")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(oracle(box), "payment")[0]}
        box.order_fault(kind, vendor="oracle_fusion", path="/payablesPayments", times=99)
        assert {f.id for f in facts_of(oracle(box), "payment")[0]} == clean

    def test_a_storm_changes_no_fact(self, box: RunningSandbox) -> None:
        clean = {fact.id for fact in known(box, "invoice")}
        storm = {"share": 0.1, "seed": 5, "kinds": ["429", "503", "cut", "slow"]}
        httpx.post(f"{box.base_url}/_sandbox/storm", json=storm, trust_env=False).raise_for_status()
        assert {fact.id for fact in known(box, "invoice", page_size=5, http={"attempts": 8})} == clean

    def test_wrong_secrets_are_refused(self, box: RunningSandbox) -> None:
        with pytest.raises(Unauthorised):
            read_all(oracle(box, secret="guessed"), "invoice")


BILL = {
    "supplier": PELLWORM,
    "number": "PW-9001",
    "invoiced_on": "2026-11-09",
    "due_on": "2026-12-01",
    "currency": "EUR",
    "lines": [{"text": "Acetone", "amount": "100.00", "order": "UK-7001", "order_line": "1"}],
}


class TestWriting:
    def test_an_invoice_is_entered_once_and_held(self, box: RunningSandbox) -> None:
        writer = oracle(box).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        assert writer.create(action("create_invoice", BILL, "")) == made == writer.find("pacta-1f2e")
        assert len([r for r in asked(box, "/invoices") if r["method"] == "POST"]) == 1
        data = named(box, "invoice", "PW-9001").data
        assert isinstance(data, Invoice)
        assert data.blocked
        freed = action("release_invoice", {"reason": "Agreed"}, made.record, "pacta-2")
        writer.create(freed)
        assert not named(box, "invoice", "PW-9001").data.blocked  # type: ignore[union-attr]

    def test_a_number_used_already_is_refused(self, box: RunningSandbox) -> None:
        with pytest.raises(Fatal, match="already"):
            oracle(box).writer().create(action("create_invoice", {**BILL, "number": "PW-UK-901"}, ""))

    def test_a_credit_memo_is_entered(self, box: RunningSandbox) -> None:
        bill = {**BILL, "number": "PW-G1", "credit": True, "blocked": False, "due_on": None}
        oracle(box).writer().create(action("create_invoice", bill, ""))
        assert isinstance(named(box, "invoice", "PW-G1").data, Credit)

    def test_a_hold_is_found_instead_of_repeated(self, box: RunningSandbox) -> None:
        target = named(box, "invoice", "PW-UK-931").source.record
        writer = oracle(box).writer()
        note = action("hold_invoice", {"reason": "Not here yet"}, target)
        assert writer.create(note) == writer.create(note) == writer.find("pacta-1f2e", target)
        assert len([r for r in asked(box, "/invoiceHolds") if r["method"] == "POST"]) == 1

    def test_a_hold_of_somebody_else_stays(self, box: RunningSandbox) -> None:
        target = named(box, "invoice", "PW-UK-901").source.record
        with pytest.raises(Fatal, match="no hold"):
            oracle(box).writer().create(action("release_invoice", {"reason": "x"}, target))

    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox) -> None:
        box.order_fault("cut", vendor="oracle_fusion", method="POST", path="/invoices")
        writer = oracle(box).writer()
        with pytest.raises(Retryable) as caught:
            writer.create(action("create_invoice", BILL, ""))
        assert caught.value.maybe_done
        assert writer.create(action("create_invoice", BILL, "")).label == "PW-9001"
        assert len([r for r in asked(box, "/invoices") if r["method"] == "POST"]) == 1

    def test_instalments_of_an_unpaid_invoice(self, box: RunningSandbox) -> None:
        target = named(box, "invoice", "PW-UK-931").source.record
        amounts = [("1000.00", "2026-12-01"), ("1075.00", "2027-01-04")]
        parts = [{"amount": amount, "due_on": on} for amount, on in amounts]
        plan = action("schedule_payment", {"currency": "EUR", "instalments": parts}, target)
        writer = oracle(box).writer()
        writer.create(plan)
        writer.create(plan)
        sent = [r for r in asked(box, "/invoiceInstallments") if r["method"] in ("POST", "PATCH")]
        assert len(sent) == 2
        whole = {"currency": "EUR", "instalments": [{"amount": "2075.00", "due_on": "2026-12-20"}]}
        writer.create(action("schedule_payment", whole, target, "pacta-3"))
        assert asked(box, "/invoiceInstallments")[-1]["method"] == "DELETE"

    def test_an_attribute_is_set(self, box: RunningSandbox) -> None:
        target = named(box, "invoice", "PW-UK-931").source.record
        oracle(box).writer().create(action("set_fields", {"fields": {"text": "IC-113"}}, target))
        assert named(box, "invoice", "PW-UK-931").contract_hint == "IC-113"
