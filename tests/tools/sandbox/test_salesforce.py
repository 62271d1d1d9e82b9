"""Salesforce's connector against its stand-in: a second witness, written from the documentation by others."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from obligations.facts import Fact, Ticket
from sandbox import RunningSandbox, serve
from tests.tools.conformance import read_all
from tests.tools.test_ironclad import action
from tools import connect
from tools.kit import PageLoop, Retryable, Unauthorised, WrongAnswer, harvest

pytestmark = pytest.mark.xdist_group("tools-sandbox-salesforce")
CUSTOMER = "Orchard Clinics Network, Inc."
TARGET = "00001029"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serve() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def base(sandbox: RunningSandbox) -> str:
    return f"{sandbox.base_url}/salesforce"


def salesforce(sandbox: RunningSandbox, **changes: Any) -> Any:
    """The connector as this organisation would configure it."""
    oauth = {
        "type": "oauth2",
        "token_url": f"{base(sandbox)}/services/oauth2/token",
        "client_id": "pacta-salesforce-client",
        "client_secret": "salesforce-demo-secret",
        "client_auth": "form",
    }
    case = {"object": "Case", "reference_field": "Pacta_Ref__c"}
    case["fields"] = {"title": "Subject", "text": "Description", "priority": "Priority"}  # type: ignore[assignment]
    settings = {
        "base_url": base(sandbox),
        "auth": oauth,
        "http": {"requests_per_second": None, "attempts": 3, "wait_initial": 0},
        "party_fields": ["Account.Parent.Name", "Account.Name"],
        "service_fields": ["Asset.Name"],
        "contract_fields": ["Entitlement.ServiceContract.Ironclad_Id__c"],
        "said_in": ["CaseComment", "FeedItem"],
        "more_fields": {"account": ["ERP_Number__c", "ParentId"]},
        "task_reference_field": "Pacta_Ref__c",
        "entities": {"case": case},
    }
    return connect({"salesforce": {**settings, **changes}})["salesforce"]


def cases(sandbox: RunningSandbox, number: str = "") -> list[Fact]:
    connector = salesforce(sandbox)
    records = [r for batch in connector.read("case", None) for r in batch.records]
    crop = harvest(connector, records)
    assert not crop.problems
    return [f for f in crop.facts if number in ("", f.source.label)]


def story(sandbox: RunningSandbox, number: str) -> Ticket:
    data = cases(sandbox, number)[-1].data
    assert isinstance(data, Ticket)
    return data


class TestReading:
    def test_everything_can_be_read(self, sandbox: RunningSandbox) -> None:
        assert salesforce(sandbox).check().ok

    def test_the_other_kinds_come_raw(self, sandbox: RunningSandbox) -> None:
        connector = salesforce(sandbox)
        for kind, least in (("account", 10), ("entitlement", 1), ("service_contract", 2)):
            records = [r for batch in connector.read(kind, None) for r in batch.records]
            assert len(records) >= least
            assert not harvest(connector, records).facts

    def test_cases_over_pages_name_their_party_and_contract(self, sandbox: RunningSandbox) -> None:
        facts = cases(sandbox)
        assert {f.party_hint for f in facts} == {CUSTOMER}
        assert {f.contract_hint for f in facts} == {"IC-109"}
        assert len({f.source.record for f in facts}) >= 25

    def test_one_opened_again_has_both_ends_in_its_versions(self, sandbox: RunningSandbox) -> None:
        told = [(f.data.status, f.data.resolved_at) for f in cases(sandbox, "00001016")]  # type: ignore[union-attr]
        assert [status for status, _ in told] == ["open", "in_progress", "closed", "in_progress", "closed"]
        assert told[3][1] is None
        assert told[4][1] != told[2][1]

    def test_the_time_the_customer_was_asked_is_told(self, sandbox: RunningSandbox) -> None:
        ticket = story(sandbox, "00001014")
        assert "awaiting_customer" in [e.value for e in ticket.events if e.change == "status"]
        spoke = [e.by for e in ticket.events if e.change == "comment"]
        assert {"provider", "customer"} <= set(spoke)

    def test_a_raised_priority_is_told_from_the_first_one_on(self, sandbox: RunningSandbox) -> None:
        priorities = [e.value for e in story(sandbox, "00001023").events if e.change == "priority"]
        assert len(priorities) == 2

    def test_a_deleted_case_is_cancelled_and_was_open_before(self, sandbox: RunningSandbox) -> None:
        assert [f.data.status for f in cases(sandbox, "00001028")] == ["open", "cancelled"]  # type: ignore[union-attr]

    def test_milestones_stay_in_the_raw_record(self, sandbox: RunningSandbox) -> None:
        records = [r for batch in salesforce(sandbox).read("case", None) for r in batch.records]
        assert any(m["IsViolated"] for r in records for m in r.data["CaseMilestone"])

    def test_later_changes_come_with_the_next_read(self, sandbox: RunningSandbox) -> None:
        connector = salesforce(sandbox)
        before, cursor, _ = read_all(connector, "case")
        sandbox.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        connector.writer().create(action("comment", {"text": "Any news?", "public": True}, TARGET))
        after, moved, _ = read_all(connector, "case", cursor)
        assert 0 < len(set(after)) < len(set(before))
        assert moved >= cursor
        records = [r for batch in connector.read("case", cursor) for r in batch.records]
        said = [
            e.value
            for f in harvest(connector, records).facts
            if f.source.label == TARGET
            for e in f.data.events
        ]  # type: ignore[union-attr]
        assert any(text.startswith("Any news?") for text in said)

    def test_where_no_mail_is_kept_the_rest_is_read_and_it_is_told(self, sandbox: RunningSandbox) -> None:
        told = [
            p for b in salesforce(sandbox, said_in=["EmailMessage"]).read("case", None) for p in b.problems
        ]
        assert [p.place for p in told] == ["EmailMessage"]


class TestBadDays:
    def test_a_spent_allowance_is_tried_later(self, sandbox: RunningSandbox) -> None:
        sandbox.order_fault("429", vendor="salesforce", path="/queryAll")
        with pytest.raises(Retryable, match="allowance"):
            read_all(salesforce(sandbox), "case")

    def test_a_session_that_ended_is_renewed(self, sandbox: RunningSandbox) -> None:
        sandbox.order_fault("401", vendor="salesforce", path="/queryAll")
        assert read_all(salesforce(sandbox), "case")[0]

    @pytest.mark.parametrize("kind", ["503", "cut"])
    def test_a_busy_minute_is_waited_for(self, sandbox: RunningSandbox, kind: str) -> None:
        sandbox.order_fault(kind, vendor="salesforce", path="/queryAll")
        assert len(set(read_all(salesforce(sandbox), "account")[0])) >= 10

    def test_a_log_in_page_is_told(self, sandbox: RunningSandbox) -> None:
        sandbox.order_fault("html", vendor="salesforce", path="/queryAll", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(salesforce(sandbox), "case")

    def test_pages_without_end_are_given_up(self, sandbox: RunningSandbox) -> None:
        sandbox.order_fault("loop", vendor="salesforce", times=99)
        with pytest.raises((PageLoop, WrongAnswer)):
            read_all(salesforce(sandbox), "account")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, sandbox: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in cases(sandbox)}
        sandbox.order_fault(kind, vendor="salesforce", path="/queryAll", times=99)
        assert {f.id for f in cases(sandbox)} == clean

    def test_wrong_secrets_are_refused(self, sandbox: RunningSandbox) -> None:
        auth = {"type": "bearer", "token": "00D-wrong"}
        assert not salesforce(sandbox, auth=auth).check().ok
        with pytest.raises(Unauthorised):
            read_all(salesforce(sandbox, auth=auth), "case")


def test_signing_in_by_assertion(sandbox: RunningSandbox) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    httpx.put(f"{base(sandbox)}/_setup/certificate", content=public, trust_env=False).raise_for_status()
    auth = {
        "type": "oauth2_jwt",
        "token_url": f"{base(sandbox)}/services/oauth2/token",
        "audience": "https://login.salesforce.com",
        "issuer": "pacta-salesforce-client",
        "subject": "pacta@tessaly.example",
        "key": private.decode(),
    }
    assert salesforce(sandbox, auth=auth).check().ok


class TestWriting:
    def test_a_comment_is_found_instead_of_repeated(self, sandbox: RunningSandbox) -> None:
        writer = salesforce(sandbox).writer()
        note = action("comment", {"text": "Past its target"}, TARGET)
        first = writer.create(note)
        assert writer.create(note) == first == writer.find("pacta-1f2e", TARGET)

    def test_a_task_hangs_on_the_case_and_is_completed(self, sandbox: RunningSandbox) -> None:
        writer = salesforce(sandbox).writer()
        task = action("create_task", {"title": "Call", "text": "x", "due_on": "2026-11-15"}, TARGET)
        made = writer.create(task)
        assert writer.create(task).record == made.record
        done = action("update_task", {"title": "Called", "text": "x", "state": "done"}, TARGET)
        assert writer.create(done).record == made.record

    def test_a_case_by_our_reference(self, sandbox: RunningSandbox) -> None:
        writer = salesforce(sandbox).writer()
        given = {"entity": "case", "fields": {"title": "Credit due", "priority": "P2"}}
        made = writer.create(action("put_record", given))
        assert writer.create(action("put_record", given)) == made == writer.find("pacta-1f2e")

    def test_a_case_with_its_comment_both_or_none(self, sandbox: RunningSandbox) -> None:
        writer = salesforce(sandbox).writer()
        given = {"entity": "case", "fields": {"title": "Credit due", "comment": "See the clause"}}
        made = writer.create(action("put_record", given, "", "pacta-77"))
        assert writer.find("pacta-77") == made
        assert writer.find("pacta-77", made.label) is not None
        assert any(r["path"].endswith("/composite") for r in sandbox.requests())
