"""The Jira connector against the stand-in: what the invented company's requests say, writes, bad days."""

import json
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from obligations.facts import Fact, Ticket, latest
from sandbox import RunningSandbox
from tests.sandbox.receiver import Receiver
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import as_time_goes_by, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import NotFound, PageLoop, Retryable, SignatureError, Unauthorised, WrongAnswer
from tools.kit.webhooks import WebhookEvent

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, tzinfo=BERLIN)
KIND = "jira_service_management"

pytestmark = pytest.mark.xdist_group("tools-sandbox")


def settings(box: RunningSandbox) -> dict[str, Any]:
    """What this tenant would configure, by its page."""
    return {
        "base_url": f"{box.base_url}/jira",
        "auth": {"type": "basic", "user": "pacta@tessaly.example", "password": "jira-demo-api-token"},
        "party_fields": ["Organizations"],
        "service_fields": ["Affected service"],
        "contract_fields": ["Contract"],
        "tasks": {"project": "SUP", "issue_type": "[System] Service request"},
    }


def jira(box: RunningSandbox, **changes: Any) -> Any:
    return opened(KIND, settings(box), **changes)


def tickets(box: RunningSandbox, at: datetime = NOW, **changes: Any) -> dict[str, Fact]:
    facts, _ = facts_of(jira(box, **changes), "request")
    return {fact.source.label: fact for fact in latest(facts, at)}


def ticket(fact: Fact) -> Ticket:
    assert isinstance(fact.data, Ticket)
    return fact.data


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def events(fact: Fact, *changes: str) -> list[tuple[str, str, str]]:
    return [
        (f"{event.at.astimezone(BERLIN):%d.%m. %H:%M}", event.value, event.by)
        for event in ticket(fact).events
        if event.change in changes
    ]


class TestWorld:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        health = jira(box).check()
        assert health.ok, health
        held = tickets(box)
        assert len(held) == 37
        assert {fact.party_hint for fact in held.values()} - {""}

    def test_a_late_first_answer_after_an_automatic_one(self, box: RunningSandbox) -> None:
        fact = tickets(box)["SUP-1"]
        comments = [e for e in ticket(fact).events if e.change == "comment"]
        assert [(e.by, e.automatic, e.public) for e in comments] == [
            ("system", True, True),
            ("provider", False, False),
            ("provider", False, True),
            ("provider", False, True),
        ]
        assert comments[2].at == local("2026-09-14T11:40")
        assert (ticket(fact).priority, ticket(fact).status) == ("P1", "resolved")
        assert ticket(fact).resolved_at == local("2026-09-15T10:20")
        assert (fact.contract_hint, ticket(fact).service) == ("IC-108", "Goods in")
        assert "Pellworm" in fact.party_hint

    def test_waiting_and_reopening(self, box: RunningSandbox) -> None:
        fact = tickets(box)["SUP-2"]
        assert events(fact, "status", "reopened") == [
            ("22.09. 08:30", "open", "customer"),
            ("22.09. 09:05", "in_progress", "provider"),
            ("22.09. 10:00", "awaiting_customer", "provider"),
            ("22.09. 14:00", "open", "customer"),
            ("22.09. 15:30", "resolved", "provider"),
            ("23.09. 08:15", "open", "customer"),
            ("23.09. 08:15", "open", "customer"),
            ("24.09. 11:00", "resolved", "provider"),
        ]
        assert ticket(fact).resolved_at == local("2026-09-24T11:00")
        then = ticket(tickets(box, local("2026-09-22T12:00"))["SUP-2"])
        assert (then.status, then.resolved_at) == ("awaiting_customer", None)
        between = ticket(tickets(box, local("2026-09-22T20:00"))["SUP-2"])
        assert between.resolved_at == local("2026-09-22T15:30")

    def test_a_duplicate_names_the_other(self, box: RunningSandbox) -> None:
        assert ticket(tickets(box)["SUP-3"]).merged_into == "SUP-1"
        assert ticket(tickets(box, local("2026-09-14T11:00"))["SUP-3"]).merged_into == ""
        assert ticket(tickets(box)["SUP-1"]).merged_into == ""

    def test_filed_anew_and_raised_in_priority(self, box: RunningSandbox) -> None:
        fact = tickets(box)["SUP-4"]
        assert events(fact, "priority") == [
            ("05.10. 13:00", "P3", "customer"),
            ("05.10. 15:00", "P1", "customer"),
        ]
        assert "Baltica" in fact.party_hint
        assert fact.contract_hint == "IC-113"
        assert "„Övelgönne 2“" in ticket(fact).subject

    def test_a_history_longer_than_a_search_gives_is_whole(self, box: RunningSandbox) -> None:
        fact = tickets(box)["SUP-5"]
        assert [value for _, value, _ in events(fact, "status")][:3] == ["open", "in_progress", "resolved"]
        assert any("/changelog" in request["path"] for request in box.requests())

    def test_withdrawn_waiting_and_never_answered(self, box: RunningSandbox) -> None:
        held = tickets(box, local("2026-11-10T12:00"))
        assert ticket(held["SUP-8"]).status == "cancelled"
        assert ticket(held["SUP-7"]).status == "on_hold"
        assert not events(held["SUP-6"], "comment")
        assert len(events(held["SUP-7"], "comment")) == 1, "one was taken back"

    def test_over_the_night_of_the_clocks(self, box: RunningSandbox) -> None:
        fact = tickets(box)["CARE-501"]
        assert ticket(fact).opened_at == datetime.fromisoformat("2026-10-24T22:40-04:00")
        assert [by for _, _, by in events(fact, "comment")] == ["system", "provider", "customer", "provider"]

    def test_the_desks_own_slas_are_kept(self, box: RunningSandbox) -> None:
        records = [r for batch in jira(box).read("request", None) for r in batch.records]
        slas = {str(r.data["issue"]["key"]): r.data["slas"] for r in records}
        late = next(sla for sla in slas["SUP-1"] if "response" in sla["name"].casefold())
        assert late["completedCycles"][0]["breached"] is True
        assert (
            len(next(s for s in slas["SUP-2"] if "resolution" in s["name"].casefold())["completedCycles"])
            == 2
        )

    def test_the_older_interface_tells_the_same(self, box: RunningSandbox) -> None:
        newer, _ = facts_of(jira(box), "request")
        older, _ = facts_of(jira(box, api="2", search="classic"), "request")
        assert {f.id for f in older} == {f.id for f in newer}

    def test_one_desk_alone(self, box: RunningSandbox) -> None:
        assert {key.partition("-")[0] for key in tickets(box, jql="project = CARE")} == {"CARE"}

    @pytest.mark.parametrize("grant", ["oauth2", "oauth2_refresh"])
    def test_as_an_app_over_the_gateway(self, box: RunningSandbox, grant: str) -> None:
        base = f"{box.base_url}/jira"
        auth = {
            "type": grant,
            "token_url": f"{base}/oauth/token",
            "client_id": "pacta-jira-client",
            "client_secret": "jira-demo-secret",
            "client_auth": "form",
            **({"refresh_token": "jira-demo-refresh-token"} if grant == "oauth2_refresh" else {}),
        }
        gateway = f"{base}/ex/jira/3f0d5c1e-7a44-4c6b-9a58-6f1c2a9b7e10"
        made = jira(box, base_url=gateway, auth=auth, site="https://tessaly.atlassian.net")
        facts, _ = facts_of(made, "request")
        assert len({fact.source.record for fact in facts}) == 37
        assert facts[0].source.url.startswith("https://tessaly.atlassian.net/browse/")


class TestIncremental:
    @pytest.mark.parametrize("page_size", [5, 50])
    def test_later_changes_are_found_and_little_else(self, box: RunningSandbox, page_size: int) -> None:
        box.set_clock(local("2026-10-05T14:00"))
        connector = jira(box, page_size=page_size)
        before, cursor = facts_of(connector, "request")
        box.set_clock(local("2026-10-06T12:00"))
        after, moved = facts_of(connector, "request", cursor)
        new = {f.source.label for f in after if f.id not in {held.id for held in before}}
        assert "SUP-4" in new
        assert len({f.source.label for f in after}) < len({f.source.label for f in before})
        assert moved > cursor

    def test_read_as_time_goes_by_it_tells_the_same(self, box: RunningSandbox) -> None:
        days = [
            local(f"2026-{month}-{day}T13:07") for month in ("08", "09", "10") for day in (14, 18, 22, 24, 30)
        ]
        pieces, whole = as_time_goes_by(box, lambda: jira(box, slas=False), "request", [*days, NOW])
        assert pieces == whole

    def test_a_clean_read_and_a_read_on_bad_days_tell_the_same(self, box: RunningSandbox) -> None:
        clean, _ = facts_of(jira(box, page_size=10), "request")
        for fault in ("429", "500", "cut", "shuffle", "duplicate"):
            box.order_fault(fault, vendor=KIND, times=1)
            facts: list[Fact] = []
            for _ in range(3):
                try:
                    facts, _ = facts_of(jira(box, page_size=10), "request")
                    break
                except Retryable:
                    continue
            assert {f.id for f in facts} == {f.id for f in clean}, fault


class TestWrites:
    def test_comments_internal_and_public_are_written_once(self, box: RunningSandbox) -> None:
        writer = jira(box).writer()
        for public, reference in ((False, "pacta-0001"), (True, "pacta-0002")):
            note = action(
                "comment", {"text": "Late by 90 min.\n\nSee §4.", "public": public}, "SUP-1", reference
            )
            made = writer.create(note)
            assert writer.create(note) == made == writer.find(reference, "SUP-1") == writer.find(reference)
        fact = tickets(box, at=datetime(2027, 1, 1, tzinfo=BERLIN))["SUP-1"]
        ours = [e for e in ticket(fact).events if "Reference: pacta-000" in e.value]
        assert [e.public for e in ours] == [False, True]

    def test_a_comment_with_a_mention_stays_internal(self, box: RunningSandbox) -> None:
        writer = jira(box).writer()
        note = action("comment", {"text": "Please look", "mention_assignee": True}, "SUP-2")
        made = writer.create(note)
        assert writer.create(note) == made
        fact = tickets(box, at=datetime(2027, 1, 1, tzinfo=BERLIN))["SUP-2"]
        (ours,) = [e for e in ticket(fact).events if "Please look" in e.value]
        assert not ours.public
        assert ours.value.startswith("@Timo")
        older = tickets(box, at=datetime(2027, 1, 1, tzinfo=BERLIN), api="2", search="classic")["SUP-2"]
        assert any(e.value.startswith("[~accountid:") for e in ticket(older).events)

    def test_a_task_as_issue_is_found_again_and_done(self, box: RunningSandbox) -> None:
        writer = jira(box).writer()
        asked_for = action(
            "create_task", {"title": "Claim the credit", "text": "EUR 2,400", "priority": "P2"}, "IC-108"
        )
        made = writer.create(asked_for)
        assert writer.create(asked_for) == made == writer.find("pacta-1f2e", "IC-108")
        writer.create(
            action("update_task", {"title": "Claimed", "text": "x", "state": "done"}, made.label, "pacta-2")
        )
        done = tickets(box, at=datetime(2027, 1, 1, tzinfo=BERLIN))[made.label]
        assert ticket(done).status in ("resolved", "closed")
        assert writer.find("pacta-1f2e") == made

    def test_a_task_as_request_is_found_again(self, box: RunningSandbox) -> None:
        tasks = {"as": "request", "service_desk": "1", "request_type": "13"}
        writer = jira(box, tasks=tasks).writer()
        asked_for = action("create_task", {"title": "Claim the credit", "text": "EUR 2,400"}, "IC-108")
        made = writer.create(asked_for)
        assert writer.create(asked_for) == made == writer.find("pacta-1f2e")

    def test_a_configured_field_is_set(self, box: RunningSandbox) -> None:
        made = jira(box, fields={"reference": "customfield_10053"}).writer()
        made.create(action("set_fields", {"fields": {"reference": "IC-108/2026"}}, "SUP-1"))
        with httpx.Client(auth=("pacta@tessaly.example", "jira-demo-api-token"), trust_env=False) as web:
            told = web.get(
                f"{box.base_url}/jira/rest/api/3/issue/SUP-1", params={"fields": "customfield_10053"}
            )
        assert told.json()["fields"]["customfield_10053"] == "IC-108/2026"

    def test_what_is_not_there(self, box: RunningSandbox) -> None:
        with pytest.raises(NotFound):
            jira(box).writer().create(action("comment", {"text": "x"}, "SUP-999"))
        assert jira(box).writer().find("pacta-none", "SUP-999") is None


class TestBadDays:
    def test_wrong_credentials(self, box: RunningSandbox) -> None:
        auth = {"type": "basic", "user": "pacta@tessaly.example", "password": "wrong"}
        with pytest.raises(Unauthorised):
            read_all(jira(box, auth=auth), "request")
        assert not jira(box, auth=auth).check().ok

    def test_a_token_that_comes_back(self, box: RunningSandbox) -> None:
        box.order_fault("loop", vendor=KIND, times=500)
        with pytest.raises(PageLoop):
            read_all(jira(box, page_size=3), "request")
        assert len(box.requests()) < 100

    def test_a_log_in_page(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor=KIND, times=1)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(jira(box), "request")


def test_deliveries_hold_their_signature(box: RunningSandbox, receiver: Receiver) -> None:
    secret = "jira-webhook-demo-secret"
    given = {"vendor": KIND, "event": "jira:issue_updated", "record": "SUP-2", "to": receiver.url}
    httpx.post(f"{box.base_url}/_sandbox/emit", json=given, trust_env=False).raise_for_status()
    until = time.monotonic() + 5
    while not receiver.got and time.monotonic() < until:
        time.sleep(0.01)
    headers, body = receiver.got[0]
    stated = datetime.fromtimestamp(json.loads(body)["timestamp"] / 1000, BERLIN)
    event = jira(box, webhook={"secrets": [secret]}).verify_webhook(body, headers, stated)
    assert isinstance(event, WebhookEvent)
    assert (event.event, event.streams) == ("jira:issue_updated", ("request",))
    for secrets, told in (([secret], body + b" "), (["another"], body)):
        with pytest.raises(SignatureError):
            jira(box, webhook={"secrets": secrets}).verify_webhook(told, headers, stated)
