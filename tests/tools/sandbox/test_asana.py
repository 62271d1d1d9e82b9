"""The Asana connector against the stand-in: what the invented company's projects say, writes, webhooks."""

import json
import time
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from obligations.facts import Deed, Fact, Milestone, ReportReceived, latest
from sandbox import RunningSandbox
from tests.sandbox.receiver import Receiver
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import as_time_goes_by, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, NotFound, PageLoop, Unauthorised, WrongAnswer
from tools.kit.webhooks import Handshake, WebhookEvent

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, tzinfo=BERLIN)
ROLLOUT, INSTALL, WORKSHOPS, DUTIES = "Plant Network", "Orchard", "Process consulting", "Contract duties"

pytestmark = pytest.mark.xdist_group("tools-sandbox")


def web(box: RunningSandbox, token: str = "asana-demo-pat") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{box.base_url}/asana/api/1.0", headers=headers, trust_env=False)


@pytest.fixture
def gids(box: RunningSandbox) -> dict[str, str]:
    """The gids that a person would copy from the address line: projects and custom fields by name."""
    with web(box) as client:
        workspace = client.get("/workspaces").json()["data"][0]["gid"]
        held = [
            *client.get(f"/workspaces/{workspace}/projects").json()["data"],
            *client.get(f"/workspaces/{workspace}/custom_fields").json()["data"],
        ]
    names = (ROLLOUT, INSTALL, WORKSHOPS, DUTIES, "Reference", "Acceptance", "Accepted on", "Amount")
    return {name: next(row["gid"] for row in held if row["name"].startswith(name)) for name in names}


def asana(box: RunningSandbox, gids: dict[str, str], **changes: Any) -> Any:
    settings = {
        "base_url": f"{box.base_url}/asana/api/1.0",
        "auth": {"type": "bearer", "token": "asana-demo-pat"},
        "zone": "Europe/Berlin",
        "currency": "EUR",
        "shared": False,
        "projects": [
            {"gid": gids[ROLLOUT], "by": "counterparty"},
            {"gid": gids[INSTALL], "by": "us", "party": "Orchard Clinics Inc."},
            {"gid": gids[WORKSHOPS], "by": "counterparty"},
            {"gid": gids[DUTIES], "by": "us", "kind": "deed"},
        ],
        "name_kinds": {"Monthly report*": "report_received", "Final report*": "report_received"},
        "tasks": {"project": gids[DUTIES]},
    }
    return opened("asana", settings, **changes)


def told(connector: Any, at: datetime = NOW) -> dict[str, Fact]:
    facts, _ = facts_of(connector, "task")
    return {fact.source.label: fact for fact in latest(facts, at)}


def milestone(fact: Fact) -> Milestone:
    assert isinstance(fact.data, Milestone)
    return fact.data


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class TestWorld:
    def test_everything_can_be_read(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        health = asana(box, gids).check()
        assert health.ok, health

    def test_a_milestone_moved_twice_and_reached_late(
        self, box: RunningSandbox, gids: dict[str, str]
    ) -> None:
        fact = told(asana(box, gids))["M3: site 4 live"]
        steps = [(e.change, e.on, e.by) for e in milestone(fact).events]
        assert steps == [
            ("completed", date(2026, 10, 9), "counterparty"),
            ("accepted", date(2026, 10, 16), "counterparty"),
        ]
        assert milestone(fact).planned_on == date(2026, 10, 9)
        assert str(milestone(fact).amount) == "EUR 37,500.00"
        assert (fact.contract_hint, fact.party_hint) == ("IC-104", "Acme Managed Services Ltd")
        for at, planned, steps_then in (
            ("2026-08-30T12:00", date(2026, 9, 15), 0),
            ("2026-09-01T12:00", date(2026, 9, 29), 0),
            ("2026-10-01T12:00", date(2026, 10, 9), 0),
            ("2026-10-12T12:00", date(2026, 10, 9), 1),
        ):
            then = milestone(told(asana(box, gids), local(at))["M3: site 4 live"])
            assert (then.planned_on, len(then.events)) == (planned, steps_then), at

    def test_an_approval_is_an_acceptance(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        fact = told(asana(box, gids))["Acceptance of analysers 8–10 by Orchard"]
        (step,) = milestone(fact).events
        assert (step.change, step.on, bool(step.evidence)) == ("accepted", date(2026, 9, 24), True)
        assert fact.party_hint == "Orchard Clinics Inc."

    def test_a_day_over_there_is_a_day_here(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        fact = told(asana(box, gids))["Installation of analysers 8–10"]
        assert [(e.change, e.on) for e in milestone(fact).events] == [
            ("completed", date(2026, 9, 17)),
            ("accepted", date(2026, 9, 24)),
        ]

    def test_a_report_two_days_late_in_two_projects(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        facts, _ = facts_of(asana(box, gids), "task")
        found = [f for f in latest(facts, NOW) if f.source.label == "Final report of the warehouse study"]
        assert len(found) == 1, "one task, however many projects it is in"
        assert isinstance(found[0].data, ReportReceived)
        assert found[0].data.received_at == local("2026-10-02T17:10")

    def test_a_report_whose_twin_was_deleted(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        facts, _ = facts_of(asana(box, gids), "task")
        reports = {f.source.record for f in facts if f.source.label == "Monthly report October"}
        assert len(reports) == 1

    def test_duties_done_are_deeds(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        fact = told(asana(box, gids))["Give notice: Nordwind hosting renews unless cancelled"]
        assert isinstance(fact.data, Deed)
        assert (fact.data.done_on, fact.data.by) == (date(2026, 10, 20), "us")
        assert fact.contract_hint == "IC-105"
        assert "Plan the yearly audit at Acme (IC-101)" not in told(asana(box, gids)), "not done"


class TestIncremental:
    @pytest.mark.parametrize("page_size", [4, 100])
    def test_later_changes_are_found_and_little_else(
        self, box: RunningSandbox, gids: dict[str, str], page_size: int
    ) -> None:
        box.set_clock(local("2026-10-05T14:00"))
        before, cursor = facts_of(asana(box, gids, page_size=page_size), "task")
        box.set_clock(local("2026-10-17T12:00"))
        after, moved = facts_of(asana(box, gids, page_size=page_size), "task", cursor)
        new = {f.source.label for f in after if f.id not in {held.id for held in before}}
        assert "M3: site 4 live" in new
        assert len({f.source.record for f in after}) < len({f.source.record for f in before})
        assert json.loads(moved)[gids[ROLLOUT]] > json.loads(cursor)[gids[ROLLOUT]]

    def test_read_as_time_goes_by_it_tells_the_same(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        days = [local(f"2026-{month}-{day}T13:07") for month in ("09", "10") for day in ("01", 16, 24, 29)]
        pieces, whole = as_time_goes_by(box, lambda: asana(box, gids, deleted=False), "task", [*days, NOW])
        assert pieces == whole

    def test_a_task_that_was_deleted_is_told(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        box.set_clock(local("2026-10-24T13:07"))
        _, cursor, _ = read_all(asana(box, gids), "task")
        with web(box) as client:
            listed = client.get("/tasks", params={"project": gids[INSTALL], "opt_fields": "resource_subtype"})
            steps = [row["gid"] for row in listed.json()["data"] if row["resource_subtype"] == "milestone"]
            client.delete(f"/tasks/{steps[0]}").raise_for_status()
        _, moved, problems = read_all(asana(box, gids), "task", cursor)
        assert [(p.place, "deleted" in p.what) for p in problems] == [(f"task {steps[0]}", True)]
        assert read_all(asana(box, gids), "task", moved)[2] == []

    def test_a_clean_read_and_a_read_on_bad_days_tell_the_same(
        self, box: RunningSandbox, gids: dict[str, str]
    ) -> None:
        clean, _ = facts_of(asana(box, gids, page_size=10), "task")
        for fault in ("429", "503", "cut", "shuffle", "duplicate"):
            box.order_fault(fault, vendor="asana", times=1)
            facts, _ = facts_of(asana(box, gids, page_size=10), "task")
            assert {f.id for f in facts} == {f.id for f in clean}, fault

    def test_a_list_without_end(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        box.order_fault("loop", vendor="asana", times=500)
        with pytest.raises(PageLoop):
            read_all(asana(box, gids, page_size=5), "task")
        assert len(box.requests()) < 100

    def test_wrong_credentials_and_a_log_in_page(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        with pytest.raises(Unauthorised):
            read_all(asana(box, gids, auth={"type": "bearer", "token": "wrong"}), "task")
        box.order_fault("html", vendor="asana", times=1)
        with pytest.raises(WrongAnswer):
            read_all(asana(box, gids), "task")


class TestWrites:
    def target(self, box: RunningSandbox, gids: dict[str, str]) -> str:
        return told(asana(box, gids))["M3: site 4 live"].source.record

    def test_a_comment_is_written_once(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        writer, target = asana(box, gids).writer(), self.target(box, gids)
        note = action("comment", {"text": "Ten days late <IC-104> & more"}, target)
        made = writer.create(note)
        assert writer.create(note) == made == writer.find("pacta-1f2e", target)

    def test_an_assignee_is_mentioned(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        writer = asana(box, gids).writer()
        target = told(asana(box, gids))["Monthly report October"].source.record
        note = action("comment", {"text": "Ten days late <IC-104> & more", "mention_assignee": True}, target)
        made = writer.create(note)
        assert writer.create(note) == made
        with web(box) as client:
            asked = {"opt_fields": "text,html_text"}
            stories = client.get(f"/tasks/{target}/stories", params=asked).json()["data"]
        assert "data-asana-gid" in stories[-1]["html_text"]
        assert "late <IC-104> & more" in stories[-1]["text"]

    def test_a_task_is_found_in_the_project_and_done(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        writer = asana(box, gids).writer()
        wanted = action(
            "create_task", {"title": "Claim the credit", "text": "x", "due_on": "2026-11-30"}, "IC-104"
        )
        made = writer.create(wanted)
        assert writer.create(wanted) == made == writer.find("pacta-1f2e", "IC-104")
        writer.create(
            action("update_task", {"title": "Claimed", "text": "y", "state": "done"}, made.record, "pacta-2")
        )
        assert writer.find("pacta-1f2e") is not None
        fact = told(asana(box, gids), datetime(2027, 1, 1, tzinfo=BERLIN))["Claimed"]
        assert isinstance(fact.data, Deed)

    def test_an_app_finds_its_task_by_external_gid(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        auth = {
            "type": "oauth2_refresh",
            "token_url": f"{box.base_url}/asana/-/oauth_token",
            "client_id": "1200000000000042",
            "client_secret": "asana-demo-secret",
            "refresh_token": "asana-demo-refresh-token",
        }
        tasks = {"project": gids[DUTIES], "find": "external"}
        writer = asana(box, gids, auth=auth, tasks=tasks).writer()
        wanted = action("create_task", {"title": "Claim the credit", "text": "x"}, "IC-104")
        made = writer.create(wanted)
        assert writer.create(wanted) == made == writer.find("pacta-1f2e")
        with pytest.raises(Fatal):
            asana(box, gids, tasks=tasks).writer().create(
                action("create_task", {"title": "x"}, "", "pacta-2")
            )

    def test_configured_fields_are_set(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        target = self.target(box, gids)
        with web(box) as client:
            options = client.get(f"/custom_fields/{gids['Acceptance']}").json()["data"]["enum_options"]
        fields = {
            "reference": {"gid": gids["Reference"]},
            "amount": {"gid": gids["Amount"]},
            "accepted": {"gid": gids["Accepted on"]},
            "state": {"gid": gids["Acceptance"], "options": {row["name"]: row["gid"] for row in options}},
        }
        values = {
            "reference": "pacta:x",
            "amount": "12.50",
            "accepted": date(2026, 11, 2),
            "state": "Rejected",
        }
        typed = {**values, "amount": 12}
        asana(box, gids, fields=fields).writer().create(action("set_fields", {"fields": typed}, target))
        fact = told(asana(box, gids), datetime(2027, 1, 1, tzinfo=BERLIN))["M3: site 4 live"]
        assert str(milestone(fact).amount) == "EUR 12.00"
        assert milestone(fact).events[-1].on == date(2026, 11, 2)

    def test_what_is_not_there(self, box: RunningSandbox, gids: dict[str, str]) -> None:
        writer = asana(box, gids).writer()
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "x"}, "1299999999999999"))
        assert writer.find("pacta-none", "1299999999999999") is None


def test_a_webhook_from_handshake_to_event(
    box: RunningSandbox, gids: dict[str, str], receiver: Receiver
) -> None:
    connector = asana(box, gids)
    receiver.echo = {"x-hook-secret": "X-Hook-Secret"}
    with web(box) as client:
        given = {"data": {"resource": gids[ROLLOUT], "target": receiver.url}}
        client.post("/webhooks", json=given).raise_for_status()
        target = told(connector)["M3: site 4 live"].source.record
        client.post(f"/tasks/{target}/stories", json={"data": {"text": "Hello"}}).raise_for_status()
    until = time.monotonic() + 5
    while len(receiver.got) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    at = datetime(2026, 11, 10, 12, tzinfo=BERLIN)
    answers = [connector.verify_webhook(body, headers, at) for headers, body in receiver.got]
    assert isinstance(answers[0], Handshake)
    events = [answer for answer in answers[1:] if isinstance(answer, WebhookEvent)]
    assert ("heartbeat", ()) in [(event.event, event.streams) for event in events]
    assert ("task",) in [event.streams for event in events]
