"""DocuSign's connector against its stand-in: a second witness, written from the documentation by others."""

import functools
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from obligations.model import Action
from sandbox import RunningSandbox
from tests.sandbox.receiver import Receiver
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, opened
from tests.tools.vendors import START, Json
from tools.kit import Fatal, NotFound, Retryable, Skippable, WrongAnswer
from tools.kit.contracts import RawContract

pytestmark = pytest.mark.xdist_group("tools-sandbox")
ACCOUNT = "31d2af57-2f0f-5f00-bf38-8c2ba221b263"
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
CLM = ["signature", "impersonation", "spring_read", "spring_write"]
NAVIGATOR = ["signature", "impersonation", "adm_store_unified_repo_read", "models_read"]
NUMBER = "Contract/Contract Number"
FIELDS = {
    "number": [NUMBER],
    "title": ["Contract/Contract Title", "Name"],
    "type": ["Contract/Contract Type"],
    "relation": ["Contract/Contract Type"],
    "counterparty": ["Contract/Counterparty"],
    "party_keys": {"sap_s4hana": ["Contract/Supplier Number", "Contract/Customer Number"]},
    "agreed_on": ["Contract/Agreement Date"],
    "effective_on": ["Contract/Effective Date"],
    "expires_on": ["Contract/Expiration Date"],
    "parent": ["Contract/Parent Contract"],
    "status": ["Contract/Contract Status"],
}
RELATIONS = {
    "Master Agreement": "master",
    "Schedule": "schedule",
    "Amendment": "amendment",
    "Statement of Work": "sow",
    "Standalone Agreement": "standalone",
}


@functools.cache
def key_pair() -> tuple[str, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public


def auth(box: RunningSandbox, scopes: list[str]) -> Json:
    private, public = key_pair()
    httpx.put(f"{box.base_url}/docusign/_setup/public-key", content=public).raise_for_status()
    return {
        "type": "oauth2_jwt",
        "token_url": f"{box.base_url}/docusign/account/oauth/token",
        "issuer": "7aa6e515-c54b-57f5-a72a-0880ea732c16",
        "subject": "8af76e17-e7b4-55e9-afd2-ac2e7c2a38b7",
        "audience": "account-d.docusign.com",
        "key": private,
        "scopes": scopes,
    }


def clm(box: RunningSandbox, **changes: Any) -> Any:
    settings = {
        "base_url": f"{box.base_url}/docusign/springcm",
        "account": ACCOUNT,
        "auth": auth(box, CLM),
        "zone": "Europe/Berlin",
        "fields": FIELDS,
        "relations": RELATIONS,
        "contract_if": [NUMBER],
        "reminders": {"to": ["contracts@tessaly.example"]},
        "contract_fields": {
            "performance": {"attribute": "Contract Obligations/Performance Summary"},
            "next_due": {"attribute": "Contract Obligations/Next Due", "type": "Date"},
        },
    }
    return opened("docusign", settings, **changes)


def navigator(box: RunningSandbox, **changes: Any) -> Any:
    settings = {
        "product": "navigator",
        "base_url": f"{box.base_url}/docusign/api",
        "account": ACCOUNT,
        "auth": auth(box, NAVIGATOR),
        "our_names": ["Tessaly Instruments GmbH"],
        "page_size": 5,
    }
    return opened("docusign", settings, **changes)


def contracts(source: Any, cursor: str | None = None) -> dict[str, RawContract]:
    found: dict[str, RawContract] = {}
    for batch in source.read("contract", cursor):
        assert not batch.problems, batch.problems
        found |= {one.id: one for one in map(source.to_contract, batch.records)}
    return found


def action(verb: str, payload: Json, target: str = "IC-103") -> Action:
    about = {"id": "act-1", "system": "docusign", "reason": "breached", "proposed_by": "policy"}
    told = {"verb": verb, "target": target, "payload": payload, "reference": "pacta-9c4e11"}
    return Action.model_validate({**about, **told, "proposed_at": START})


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert clm(box).check().ok
        assert navigator(box).check().ok

    def test_contracts_with_their_hierarchy(self, box: RunningSandbox) -> None:
        found = contracts(clm(box))
        assert len(found) >= 10
        amendment = found["IC-103"]
        assert (amendment.parent, amendment.relation) == ("IC-101", "amendment")
        assert amendment.agreed_on == date(2026, 6, 10)
        assert amendment.party_keys == {"sap_s4hana": "17300001"}
        assert found["IC-101"].relation == "master"
        assert all(not one.problems for one in found.values())

    def test_papers_beside_the_contracts_are_none(self, box: RunningSandbox) -> None:
        whole = read_all(clm(box, contract_if=[]), "contract")[0]
        assert len(whole) > len(contracts(clm(box)))

    def test_one_by_its_number_and_its_document(self, box: RunningSandbox) -> None:
        source = clm(box)
        one = source.contract("IC-103")
        assert one == contracts(source)["IC-103"] == source.contract(one.record_id)
        content, name = source.document("IC-103")
        assert content[:4] in (b"%PDF", b"PK\x03\x04")
        assert name == one.document_name
        with pytest.raises(NotFound):
            source.contract("IC-999")

    def test_a_search_finds_the_same(self, box: RunningSandbox) -> None:
        found = contracts(clm(box, search={"Extensions": "pdf,docx"}, search_wait=5))
        assert found.items() <= contracts(clm(box)).items()
        assert found

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        source = clm(box)
        before, cursor, _ = read_all(source, "contract")
        earlier = set(contracts(source))
        box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        later = contracts(source, cursor)
        assert len(later) < len(set(before))
        assert set(later) - earlier, "a contract that came meanwhile"
        assert set(contracts(clm(box))) == earlier | set(later)

    def test_navigator_tells_what_it_understood(self, box: RunningSandbox) -> None:
        """The numbers of CLM stand in its own data; the same contracts are there under them."""
        names = {"number": ["additional_custom_clm_data/Contract Number", "id"], "title": ["title"]}
        parts = {
            "counterparty": ["parties/other"],
            "us": ["parties/us"],
            "effective_on": ["provisions/effective_date"],
            "parent": ["related_agreement_documents/parent_agreement_document_id"],
        }
        source = navigator(box, fields={**names, **parts})
        found, kept = contracts(source), contracts(clm(box))
        assert len(found) >= 8
        assert {each.us for each in found.values()} == {"Tessaly Instruments GmbH"}
        for number in set(found) & set(kept):
            assert found[number].counterparty == kept[number].counterparty
            assert found[number].effective_on == kept[number].effective_on
        assert found["IC-103"].parent == "IC-101"
        assert source.contract("IC-103") == found["IC-103"] == source.contract(found["IC-103"].record_id)
        assert source.document("IC-103") == clm(box).document("IC-103")


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut", "401"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        clean = contracts(clm(box))
        box.order_fault(kind, vendor="docusign", path="/documents")
        assert contracts(clm(box)) == clean

    def test_a_storm_of_faults_changes_nothing(self, box: RunningSandbox) -> None:
        clean = contracts(clm(box))
        storm = {"share": 0.1, "seed": 5, "kinds": ["429", "503", "cut", "slow"]}
        httpx.post(f"{box.base_url}/_sandbox/storm", json=storm).raise_for_status()
        assert contracts(clm(box, http={"attempts": 8})) == clean

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="docusign", path="/documents", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            contracts(clm(box))

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_nothing(self, box: RunningSandbox, kind: str) -> None:
        clean = contracts(clm(box, page_size=10))
        box.order_fault(kind, vendor="docusign", path="/documents", times=999)
        assert contracts(clm(box, page_size=10)) == clean

    def test_a_page_that_comes_again_ends_the_read(self, box: RunningSandbox) -> None:
        box.order_fault("loop", vendor="docusign", path="/agreements", times=99)
        with pytest.raises(Fatal):
            contracts(navigator(box))

    def test_a_user_who_has_not_agreed_is_told(self, box: RunningSandbox) -> None:
        settings = {**auth(box, CLM), "subject": "2eb86170-8aec-55da-8f34-0457bed9ee07"}
        with pytest.raises(Fatal, match="consent_required") as caught:
            contracts(clm(box, auth=settings))
        assert caught.value.remedy

    def test_pdf_of_what_is_none_is_asked_for_later(self, box: RunningSandbox) -> None:
        words = [one for one in contracts(clm(box)).values() if str(one.document_name).endswith(".docx")]
        for one in words[:1]:
            with pytest.raises(Retryable, match="not ready"):
                clm(box, as_pdf=True).document(one.id)


class TestWriting:
    TASK: ClassVar[Json] = {"title": "Claim the credit", "text": "5 % of September", "due_on": "2026-12-15"}

    def test_a_reminder_is_made_once(self, box: RunningSandbox) -> None:
        writer = clm(box).writer()
        made = writer.create(action("create_task", self.TASK))
        assert clm(box).writer().create(action("create_task", self.TASK)) == made
        assert writer.find("pacta-9c4e11", "IC-103") == made
        assert writer.find("pacta-9c4e1", "IC-103") is None
        moved = {**self.TASK, "due_on": "2026-12-20"}
        assert writer.create(action("update_task", moved)) == made
        posted = [r for r in asked(box, "/documentreminders") if r["method"] == "POST"]
        assert len(posted) == 1

    def test_a_lost_answer_is_found_by_the_next_attempt(self, box: RunningSandbox) -> None:
        box.order_fault("cut", vendor="docusign", path=f"/{ACCOUNT}/documentreminders")
        writer = clm(box).writer()
        with pytest.raises(Retryable) as caught:
            writer.create(action("create_task", self.TASK))
        assert caught.value.maybe_done
        writer.create(action("create_task", self.TASK))
        posted = [r for r in asked(box, "/documentreminders") if r["method"] == "POST"]
        assert len(posted) <= 2

    def test_a_workflow_makes_a_work_item_once(self, box: RunningSandbox) -> None:
        assignee = {"Assignee": "lena.hartmann@tessaly.example"}
        source = clm(box, workflow={"name": "Obligation Task", "constants": assignee})
        made = source.writer().create(action("create_task", self.TASK))
        assert "/workitems/" in made.record
        assert source.writer().create(action("create_task", self.TASK)) == made
        assert source.writer().find("pacta-9c4e11", "IC-103") == made
        assert len([r for r in asked(box, "/workflows") if r["method"] == "POST"]) == 1

    def test_a_day_that_has_passed_is_refused(self, box: RunningSandbox) -> None:
        past = {**self.TASK, "due_on": "2026-01-15"}
        with pytest.raises(Fatal, match="ReminderDate"):
            clm(box).writer().create(action("create_task", past))

    def test_attributes_are_set_beside_the_others(self, box: RunningSandbox) -> None:
        source = clm(box)
        before = source.contract("IC-103")
        fields = {"performance": "2 of 3 kept", "next_due": "2026-12-01"}
        source.writer().create(action("set_fields", {"fields": fields}))
        raw = next(r for b in clm(box).read("contract", None) for r in b.records if r.id == before.record_id)
        group = raw.data["row"]["AttributeGroups"]["Contract Obligations"]
        assert group["Performance Summary"]["Value"] == "2 of 3 kept"
        assert group["Next Due"]["Value"] == "20261201000000"
        after = clm(box).contract("IC-103")
        assert after.updated_at > before.updated_at
        assert after.model_copy(update={"updated_at": before.updated_at}) == before


def test_connect_announces_a_signed_envelope(box: RunningSandbox, receiver: Receiver) -> None:
    body = {"vendor": "docusign", "event": "envelope-completed", "record": "IC-103", "to": receiver.url}
    httpx.post(f"{box.base_url}/_sandbox/emit", json=body, timeout=30).raise_for_status()
    source = clm(box, webhook={"secrets": ["docusign-connect-key-one"]})
    headers, sent = receiver.got[0]
    event = source.verify_webhook(sent, headers, NOW)
    assert event.event == "envelope-completed"
    assert event.record is not None
    assert source.contract(event.record).id == "IC-103"


def test_what_cannot_be_read_is_told(box: RunningSandbox) -> None:
    source = clm(box, contract_if=[], fields={**FIELDS, "number": [NUMBER]})
    papers = []
    for batch in source.read("contract", None):
        for record in batch.records:
            try:
                source.to_contract(record)
            except Skippable as error:
                papers.append(error)
    assert papers
    assert all(error.remedy for error in papers)
