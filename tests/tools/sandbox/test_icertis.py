"""Icertis' connector against its stand-in: a second witness, written from public facts by others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from obligations.facts import Fact
from obligations.model import Action
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.vendors import START
from tools.kit import NotFound, PageLoop, Retryable, Unauthorised, WrongAnswer
from tools.kit.contracts import RawContract

pytestmark = pytest.mark.xdist_group("tools-sandbox")
TYPES = ("MSA", "ServiceSchedule", "SOW", "ServicesAgreement", "SupplyAgreement", "SalesAgreement", "NDA")
FIELDS = {
    "number": ["ICMExternalId"],
    "title": ["ICMAgreementName", "Name"],
    "counterparty": ["ICMSupplierName", "ICMSupplier"],
    "party_keys": {"sap_s4hana": ["ICMSupplierNumber"]},
    "agreed_on": ["ICMExecutionDate"],
    "business_unit": ["ICMBusinessUnit"],
    "governing_law": ["ICMGoverningLaw"],
}
TASKS = {
    "reference": "ICMExternalReference",
    "title": "ICMTitle",
    "text": "ICMDescription",
    "due_on": "ICMDueDate",
}
ENTITIES = {
    "obligation": {
        "entity": "Obligations",
        "reference": "ICMExternalReference",
        "fields": {"title": "ICMTitle", "due": "ICMDueDate", "done": "ICMCompletionDate"},
    }
}
DUTIES = {
    "obligation": {
        "title": ["ICMTitle"],
        "due_on": ["ICMDueDate"],
        "done_on": ["ICMCompletionDate"],
        "party": ["ICMResponsibleParty"],
        "parties": {"Tessaly": "us", "Counterparty": "counterparty"},
        "amount": ["ICMAmount"],
        "currency": ["ICMCurrency"],
    }
}


def icertis(box: RunningSandbox, **changes: Any) -> Any:
    """The connector as this tenant would configure it."""
    settings = {
        "base_url": f"{box.base_url}/icertis/api/v1",
        "classic_url": f"{box.base_url}/icertis/api",
        "auth": {"type": "header", "header": "IcmAuthToken", "token": "icertis-demo-api-token"},
        "contract_types": [f"ICM{name}" for name in TYPES],
        "fields": FIELDS,
        "relations": {"ICMMSA": "master", "ICMServiceSchedule": "schedule", "ICMSOW": "sow"},
        "paths": {"document": "/agreements/{type}/{id}/document"},
        "duties": DUTIES,
        "tasks": TASKS,
        "entities": ENTITIES,
        "agreement_fields": {"performance": "ICMPerformanceStatus", "open": "ICMOpenObligations"},
    }
    return opened("icertis", settings, **changes)


def contracts(connector: Any) -> dict[str, RawContract]:
    records = [one for batch in connector.read("contract", None) for one in batch.records]
    return {one.id: one for one in map(connector.to_contract, records)}


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        health = icertis(box).check()
        assert health.ok, health.problems

    def test_contracts_with_their_hierarchy(self, box: RunningSandbox) -> None:
        found = contracts(icertis(box))
        assert len(found) >= 10
        assert (found["IC-101"].relation, found["IC-101"].parent) == ("master", None)
        assert (found["IC-103"].relation, found["IC-103"].parent) == ("amendment", "IC-101")
        assert found["IC-101"].party_keys == {"sap_s4hana": "17300001"}
        assert found["IC-101"].counterparty
        assert found["IC-101"].effective_on is not None
        assert not [one.problems for one in found.values() if one.problems]

    def test_one_by_its_number_or_id_is_the_one_in_the_list(self, box: RunningSandbox) -> None:
        connector = icertis(box)
        listed = contracts(connector)["IC-103"]
        assert connector.contract("IC-103") == connector.contract(listed.record_id) == listed
        with pytest.raises(NotFound):
            connector.contract("IC-999")

    def test_whole_records_tell_the_same(self, box: RunningSandbox) -> None:
        listed, whole = contracts(icertis(box)), contracts(icertis(box, details=True))
        assert {key: one.title for key, one in listed.items()} == {
            key: one.title for key, one in whole.items()
        }

    def test_the_signed_document(self, box: RunningSandbox) -> None:
        content, name = icertis(box).document("IC-101")
        assert content.startswith(b"%PDF")
        assert name.endswith(".pdf")

    @pytest.mark.parametrize("sort", ["Sort", "OrderBy"])  # the second is passed over
    def test_small_pages_give_the_same_in_order_or_not(self, box: RunningSandbox, sort: str) -> None:
        whole = contracts(icertis(box))
        assert contracts(icertis(box, page_size=2, sort=sort)) == whole

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        connector = icertis(box)
        before, cursor, _ = read_all(connector, "contract")
        record = connector.contract("IC-101").record_id
        box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        connector.writer().create(action("set_fields", {"fields": {"performance": "Breached"}}, "IC-101"))
        after, moved, _ = read_all(connector, "contract", cursor)
        assert f"ICMMSA/{record}" in after
        assert len(after) < len(before)
        assert moved > cursor

    def test_a_draft_becomes_a_signed_contract(self, box: RunningSandbox) -> None:
        box.set_clock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        early, cursor, _ = read_all(icertis(box), "contract")
        box.set_clock(datetime(2026, 11, 10, 12, tzinfo=UTC))
        later, _, _ = read_all(icertis(box), "contract", cursor)
        assert contracts(icertis(box))["IC-103"].status == "Executed"
        record = icertis(box).contract("IC-103").record_id
        assert f"ICMMSA/{record}" in later
        assert early

    def test_by_the_directory_and_the_gateway(self, box: RunningSandbox) -> None:
        auth = {
            "type": "oauth2",
            "token_url": f"{box.base_url}/icertis/4f2b8a10-7c55-4d1e-9b0a-3d6c1f0e8a77/oauth2/v2.0/token",
            "client_id": "pacta-icertis-client",
            "client_secret": "icertis-demo-secret",
            "client_auth": "form",
            "scopes": ["api://pacta-icertis/.default"],
        }
        assert icertis(box, auth=auth).check().ok
        gateway = f"{box.base_url}/icertis/gateway/api/v1"
        key = {"also": {"ici-product-key": "icertis-demo-product-key"}}
        assert icertis(box, base_url=gateway, auth={**auth, **key}).check().ok
        assert not icertis(box, base_url=gateway, auth=auth).check().ok


class TestMilestones:
    def read(self, box: RunningSandbox) -> dict[str, Fact]:
        facts, _ = facts_of(icertis(box), "obligation")
        return {fact.source.record: fact for fact in facts}

    @pytest.fixture
    def found(self, box: RunningSandbox) -> dict[str, Any]:
        """By the reference that the tenant gave."""
        rest = icertis(box)._rest
        return {
            rest.detail(f"/agreements/{record}").get("ICMExternalReference"): fact
            for record, fact in self.read(box).items()
        }

    def test_obligations_below_their_agreements(self, found: dict[str, Any]) -> None:
        overdue, done = found["OB-ENERGY-Q3"], found["OB-FINDINGS"]
        assert overdue.data.planned_on is not None
        assert not overdue.data.events
        assert [each.change for each in done.data.events] == ["completed"]
        assert done.data.events[0].on <= done.data.planned_on
        assert done.known_at.date() > done.data.events[0].on  # entered days later
        assert {fact.contract_hint[:3] for fact in found.values()} == {"IC-"}

    def test_their_stories(self, found: dict[str, Any]) -> None:
        assert not found["OB-SOC2"].data.events  # opened again
        assert found["OB-CREDIT-09"].data.amount.amount < 0
        assert [each.change for each in found["OB-TRAINING"].data.events] == ["withdrawn"]

    def test_what_we_write_is_read(self, box: RunningSandbox) -> None:
        record = {"entity": "obligation", "fields": {"title": "Report", "due": "2026-11-01"}}
        made = icertis(box).writer().create(action("put_record", record, "IC-101"))
        fact = self.read(box)[made.record]
        assert (fact.data.name, fact.contract_hint, fact.data.events) == ("Report", "IC-101", ())


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        whole = set(contracts(icertis(box)))
        box.order_fault(kind, vendor="icertis", path="/agreements/ICMMSA")
        assert set(contracts(icertis(box))) == whole

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="icertis", path="/agreements/ICMMSA", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(icertis(box), "contract")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_nothing(self, box: RunningSandbox, kind: str) -> None:
        clean = contracts(icertis(box))
        box.order_fault(kind, vendor="icertis", path="/agreements", times=99)
        assert contracts(icertis(box)) == clean

    def test_pages_without_end_are_given_up_unless_ordered(self, box: RunningSandbox) -> None:
        whole = set(contracts(icertis(box)))
        box.order_fault("loop", vendor="icertis", path="/agreements", times=999)
        assert set(contracts(icertis(box, page_size=2))) == whole
        with pytest.raises(PageLoop):
            contracts(icertis(box, page_size=2, sort="OrderBy"))

    def test_wrong_credentials(self, box: RunningSandbox) -> None:
        wrong = {"type": "header", "header": "IcmAuthToken", "token": "wrong"}
        with pytest.raises(Unauthorised):
            read_all(icertis(box, auth=wrong), "contract")


def action(verb: str, payload: dict[str, Any], target: str, reference: str = "pacta-1f2e") -> Action:
    return Action.model_validate(
        {
            "id": "act-1",
            "system": "icertis",
            "verb": verb,
            "target": target,
            "payload": payload,
            "reference": reference,
            "reason": "breached",
            "proposed_at": START,
            "proposed_by": "policy",
        }
    )


def saved(box: RunningSandbox) -> int:
    return len([request for request in asked(box, "SaveInstance") if request["method"] == "PUT"])


class TestWriting:
    def test_a_task_is_an_obligation_written_once(self, box: RunningSandbox) -> None:
        writer = icertis(box).writer()
        task = {"title": "Claim the credit", "text": "5 %", "due_on": "2026-12-01"}
        made = writer.create(action("create_task", task, "IC-101"))
        assert writer.create(action("create_task", task, "IC-101")) == made == writer.find("pacta-1f2e")
        assert saved(box) == 1

    def test_a_task_is_changed(self, box: RunningSandbox) -> None:
        connector = icertis(box)
        writer = connector.writer()
        made = writer.create(action("create_task", {"title": "Claim"}, "IC-101"))
        other = {"title": "Claim the whole", "due_on": "2026-12-24"}
        assert writer.create(action("update_task", other, "")) == made
        path = f"/agreements/{made.record}"
        held = connector._rest.detail(path)
        assert (held["ICMTitle"], held["ICMDueDate"][:10]) == ("Claim the whole", "2026-12-24")

    def test_performance_stands_on_the_agreement(self, box: RunningSandbox) -> None:
        connector = icertis(box)
        fields = {"performance": "Breached", "open": 3}
        made = connector.writer().create(action("set_fields", {"fields": fields}, "IC-101"))
        held = connector._rest.detail(f"/agreements/{made.record}")
        assert (held["ICMPerformanceStatus"], int(held["ICMOpenObligations"])) == ("Breached", 3)

    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox) -> None:
        writer = icertis(box).writer()
        task = action("create_task", {"title": "Claim"}, "IC-101")
        box.order_fault("cut", vendor="icertis", method="PUT", path="SaveInstance")
        with pytest.raises(Retryable) as caught:
            writer.create(task)
        assert caught.value.maybe_done
        writer.create(task)
        assert saved(box) <= 2
