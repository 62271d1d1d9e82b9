"""Ariba's connector against its stand-in: a second witness, written from public facts by others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from obligations.facts import Credit, Delivery, Fact, Invoice, Payment, PurchaseOrder, latest
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.test_ariba import action_for
from tools.kit import Fatal, NotFound, PageLoop, Retryable, Unauthorised, WrongAnswer
from tools.kit.contracts import RawContract

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
KINDS = ("purchase_order", "receipt", "invoice", "payment")


def ariba(box: RunningSandbox, **changes: Any) -> Any:
    """The connector as this realm would configure it."""
    base = f"{box.base_url}/ariba"
    auth = {
        "type": "oauth2",
        "token_url": f"{base}/v2/oauth/token",
        "client_id": "pacta-ariba-client",
        "client_secret": "ariba-demo-secret",
        "also": {"apiKey": "ariba-demo-application-key"},
    }
    settings = {
        "base_url": f"{base}/api",
        "auth": auth,
        "http": {"rate_headers": [], "wait_initial": 0.3, "attempts": 6},
        "realm": "tessaly-T",
        "user": "pacta.integration",
        "begin_on": "2026-01-01",
        "zone": "Europe/Berlin",
        "views": {kind: [f"Pacta_{kind.title().replace('_', '')}"] for kind in KINDS},
        "analytics_path": "/procurement-reporting-details/v2/prod/views/{view}",
        "changes_path": "/contract-workspace-modification/v1/prod/contractWorkspaces/{id}",
        "agreement_fields": ["MasterAgreement.ExternalId", "MasterAgreement.UniqueName"],
        "contract_number": ["cus_RepositoryNumber", "contractId"],
        "relations": {"Amend": "amendment"},
    }
    return opened("ariba", settings, **changes)


def known(box: RunningSandbox, kind: str) -> list[Fact]:
    return latest(facts_of(ariba(box), kind)[0], NOW)


def data(box: RunningSandbox, kind: str, model: Any) -> list[Any]:
    return [fact.data for fact in known(box, kind) if isinstance(fact.data, model)]


def contracts(connector: Any) -> dict[str, RawContract]:
    records = [one for batch in connector.read("contract", None) for one in batch.records]
    return {one.id: one for one in map(connector.to_contract, records)}


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        health = ariba(box).check()
        assert health.ok, health.problems

    def test_orders_name_party_and_contract(self, box: RunningSandbox) -> None:
        facts = {f.source.label: f for f in known(box, "purchase_order") if isinstance(f.data, PurchaseOrder)}
        assert len(facts) > 20
        fact = facts["EP4101"]
        assert (fact.party_hint, fact.contract_hint) == ("17300003", "IC-106")
        assert isinstance(fact.data, PurchaseOrder)
        assert (fact.data.amount.amount, fact.data.lines[0].quantity) == (Decimal("1176.00"), Decimal(120))
        assert fact.data.lines[0].requested_on == date(2026, 1, 11)

    def test_a_cancelled_order_was_whole_before(self, box: RunningSandbox) -> None:
        facts = [f for f in facts_of(ariba(box), "purchase_order")[0] if f.source.label == "EP5006"]
        told = [f.data.cancelled_on is None for f in facts]  # type: ignore[union-attr]
        assert told == [True, False]

    def test_an_order_delivered_in_parts(self, box: RunningSandbox) -> None:
        ordered = {each.number: each for each in data(box, "purchase_order", PurchaseOrder)}
        parts = [each for each in data(box, "receipt", Delivery) if each.order == "EP5001"]
        assert len(parts) == 2
        assert sum(each.quantity for each in parts) == sum(line.quantity for line in ordered["EP5001"].lines)

    def test_one_entered_late_was_not_known_before(self, box: RunningSandbox) -> None:
        (fact,) = [f for f in known(box, "receipt") if f.data.order == "EP5002"]  # type: ignore[union-attr]
        assert isinstance(fact.data, Delivery)
        assert fact.data.delivered_on is not None
        assert (fact.known_at.date() - fact.data.delivered_on).days >= 4

    def test_what_was_sent_back_billed_twice_and_credited(self, box: RunningSandbox) -> None:
        parts = [each for each in data(box, "receipt", Delivery) if each.order == "EP5004"]
        assert sum(each.returned for each in parts) > 0
        bills = [each for each in data(box, "invoice", Invoice) if each.order == "EP5004"]
        assert len(bills) == 2
        assert [each for each in data(box, "invoice", Credit) if each.amount.amount > 0]

    def test_an_invoice_with_its_tax(self, box: RunningSandbox) -> None:
        (bill,) = [each for each in data(box, "invoice", Invoice) if each.number == "EP4101-R"]
        assert (bill.gross.amount, bill.net.amount, bill.invoiced_on) == (
            Decimal("1399.44"),
            Decimal("1176.00"),
            date(2026, 1, 11),
        )

    def test_an_invoice_paid_in_two_parts(self, box: RunningSandbox) -> None:
        bills = {each.number: each for each in data(box, "invoice", Invoice) if each.order == "EP5005"}
        (number,) = bills
        paid = [each for each in data(box, "payment", Payment) if each.invoice == number]
        assert len(paid) == 2
        assert sum(each.amount.amount for each in paid) == bills[number].gross.amount
        assert paid[0].paid_on != paid[1].paid_on

    def test_a_payment_that_the_bank_returned_is_none(self, box: RunningSandbox) -> None:
        numbers = {each.number for each in data(box, "invoice", Invoice) if each.order == "EP5007"}
        statuses = {
            r.data["row"]["StatusString"] for b in ariba(box).read("payment", None) for r in b.records
        }
        assert statuses == {"Paid", "Failed"}
        facts = facts_of(ariba(box), "payment")[0]
        failed = [
            record
            for batch in ariba(box).read("payment", None)
            for record in batch.records
            if record.data["row"]["StatusString"] == "Failed"
        ]
        assert failed
        assert numbers
        assert not {f.source.record for f in facts} & {f"payment/{record.id}" for record in failed}

    @pytest.mark.parametrize("kind", KINDS)
    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox, kind: str) -> None:
        box.set_clock(datetime(2026, 10, 1, 12, tzinfo=UTC))
        before, cursor, _ = read_all(ariba(box), kind)
        box.set_clock(NOW)
        after, moved, _ = read_all(ariba(box), kind, cursor)
        whole, _, _ = read_all(ariba(box), kind)
        assert set(before) | set(after) == set(whole)
        assert len(after) < len(whole)
        assert moved > cursor

    def test_a_read_that_broke_off_goes_on(self, box: RunningSandbox) -> None:
        whole = set(read_all(ariba(box), "invoice")[0])
        batches = ariba(box).read("invoice", None)
        given = [next(batches) for _ in range(6)]
        rest, _, _ = read_all(ariba(box), "invoice", given[-1].cursor)
        assert {r.id for batch in given for r in batch.records} | set(rest) == whole
        assert given[-1].cursor
        assert len(rest) < len(whole)

    def test_workspaces_with_their_hierarchy(self, box: RunningSandbox) -> None:
        found = contracts(ariba(box))
        assert len(found) >= 8
        amendment = found["IC-103"]
        assert (amendment.relation, amendment.parent) == ("amendment", "IC-101")
        assert amendment.party_keys == {"ariba": "17300001"}
        assert (amendment.agreed_on, amendment.effective_on) == (date(2026, 6, 10), date(2026, 7, 1))
        connector = ariba(box)
        assert connector.contract("IC-103") == connector.contract("CW2102") == amendment
        with pytest.raises(NotFound):
            connector.contract("IC-999")

    @pytest.mark.parametrize("chosen", ["", "lastModified ge {since}"])
    def test_only_changed_workspaces_come_again(self, box: RunningSandbox, chosen: str) -> None:
        connector = ariba(box, contract_filter=chosen, contract_page=3)
        ids, cursor, _ = read_all(connector, "contract")
        later, _, _ = read_all(connector, "contract", cursor)
        assert 0 < len(later) < len(ids)


class TestBadDays:
    @pytest.mark.parametrize("kind", ["503", "cut", "401"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(ariba(box), "receipt")[0]}
        box.order_fault(kind, vendor="ariba", path="/views/Pacta_Receipt")
        assert {f.id for f in facts_of(ariba(box), "receipt")[0]} == clean

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="ariba", path="/views/", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(ariba(box), "invoice")

    def test_pages_without_end_are_given_up(self, box: RunningSandbox) -> None:
        box.order_fault("loop", vendor="ariba", path="/views/", times=99)
        with pytest.raises(PageLoop):
            read_all(ariba(box), "payment")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(ariba(box), "invoice")[0]}
        box.order_fault(kind, vendor="ariba", path="/views/", times=99)
        assert {f.id for f in facts_of(ariba(box), "invoice")[0]} == clean

    def test_both_credentials_are_needed(self, box: RunningSandbox) -> None:
        auth = {**ariba(box).settings.auth.model_dump(), "client_secret": "ariba-demo-secret"}
        key = {"apiKey": "ariba-demo-application-key"}
        for secret, also in (("ariba-demo-secret", {}), ("wrong", key)):
            with pytest.raises(Unauthorised):
                read_all(ariba(box, auth={**auth, "client_secret": secret, "also": also}), "invoice")


def changed(box: RunningSandbox) -> int:
    return len([request for request in asked(box, "contractWorkspaces") if request["method"] == "PATCH"])


class TestWriting:
    OWN = {  # noqa: RUF012
        "contract_fields": {"name": "title"},
        "reference_field": "description",
        "open_statuses": ["Published", "Draft"],
    }

    def test_a_workspace_is_changed_once(self, box: RunningSandbox) -> None:
        writer = ariba(box, **self.OWN).writer()
        change = action_for("set_fields", {"fields": {"name": "Hosting (breached)"}}, "IC-103")
        made = writer.create(change)
        assert writer.create(change) == made == writer.find("pacta-1f2e", "IC-103")
        assert changed(box) == 1
        assert contracts(ariba(box))["IC-103"].title == "Hosting (breached)"

    def test_a_published_one_is_left_alone_unless_told_otherwise(self, box: RunningSandbox) -> None:
        own = {key: held for key, held in self.OWN.items() if key != "open_statuses"}
        with pytest.raises(Fatal, match="Published"):
            ariba(box, **own).writer().create(action_for("set_fields", {"fields": {"name": "x"}}, "IC-103"))
        assert changed(box) == 0

    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox) -> None:
        writer = ariba(box, **self.OWN).writer()
        change = action_for("set_fields", {"fields": {"name": "Hosting"}}, "IC-103")
        box.order_fault("cut", vendor="ariba", method="PATCH", path="/contractWorkspaces")
        with pytest.raises(Retryable) as caught:
            writer.create(change)
        assert caught.value.maybe_done
        writer.create(change)
        assert changed(box) <= 2
