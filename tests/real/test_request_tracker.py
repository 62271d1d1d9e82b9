"""The connector and a real Request Tracker 5 with the invented company's tickets.

The database of `.real/request_tracker` is copied, so that what a test writes is gone afterwards. Without it
one is made, which takes about a minute; without RT itself the tests are skipped.
"""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from obligations.facts import Fact, Ticket
from sandbox.real import request_tracker as rt
from sandbox.real import request_tracker_setup as setup
from sandbox.real.request_tracker_setup import MAILBOX, OUR_USER
from sandbox.world import load
from sandbox.world.records import Incident
from tests.tools.test_ironclad import action
from tools import connect
from tools.kit import Fatal, Misconfigured, NotFound, Unauthorised, harvest

READY = Path(__file__).parents[2] / ".real" / "request_tracker"

pytestmark = pytest.mark.skipif(
    not rt.installed(), reason="Request Tracker is not installed: run `make real-systems`"
)

DANA, RAVI, LENA = (
    "dana.hollis@acme-ms.example",
    "ravi.menon@acme-ms.example",
    "lena.hartmann@tessaly.example",
)
TASKS = {"queue": "Acme Service Desk", "reference_field": "Pacta reference"}
SETTINGS: dict[str, Any] = {
    "party_fields": ["Supplier"],
    "statuses": {"awaiting customer": "awaiting_customer", "awaiting vendor": "awaiting_vendor"},
    "priority_levels": {0: "P5", 25: "P4", 50: "P3", 75: "P2", 100: "P1"},
    "authors": {"system": ["RT_System", MAILBOX, OUR_USER]},
    "tasks": {**TASKS, "priorities": {"P1": 100, "P2": 75, "P3": 50, "P4": 25, "P5": 0}},
    "fields": {"contract": "Contract"},
    "http": {"requests_per_second": None},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rt.Running]:
    folder = rt.Folder(tmp_path_factory.mktemp("request_tracker"))
    ready = rt.Folder(READY)
    if ready.ready:
        folder.renew(ready)
    port = free_port()
    if not ready.ready:
        rt.prepare(folder, port)
    with rt.start(folder, port) as system:
        yield system


def free_port() -> int:
    with socket.socket() as free:
        free.bind((rt.HOST, 0))
        return int(free.getsockname()[1])


@pytest.fixture
def desk(running: rt.Running) -> "Desk":
    return Desk(running)


class Desk:
    """The connector towards the running RT, and the people who work there."""

    def __init__(self, running: rt.Running) -> None:
        self.url, self.credentials = running.base_url, running.credentials

    def connector(self, **changes: Any) -> Any:
        token = self.credentials.token
        auth = {"type": "header", "header": "Authorization", "prefix": "token ", "token": token}
        settings = {"base_url": self.url, "auth": auth, **SETTINGS, **changes}
        return connect({"request_tracker": settings})["request_tracker"]

    def basic(self, user: str = OUR_USER, password: str = "") -> dict[str, str]:
        return {"type": "basic", "user": user, "password": password or self.credentials.password}

    def does(self, user: str, method: str, path: str, **body: Any) -> Any:
        """Somebody does something by hand; RT's answer."""
        auth = (user, self.credentials.password)
        given = httpx.request(method, f"{self.url}{path}", auth=auth, json=body, timeout=60, trust_env=False)
        assert given.is_success, given.text
        return given.json()

    def opens(self, subject: str) -> str:
        queue = "Acme Service Desk"
        made = self.does(LENA, "POST", "/ticket", Queue=queue, Subject=subject, Requestor=LENA, Content="x")
        return str(made["id"])

    def facts(self, ticket: str, **changes: Any) -> list[Fact]:
        connector = self.connector(query=f"id = {ticket}", **changes)
        crop = harvest(connector, records_of(connector))
        assert not crop.problems
        return list(crop.facts)


def records_of(connector: Any, cursor: str | None = None) -> list[Any]:
    return [record for batch in connector.read("ticket", cursor) for record in batch.records]


def case_of(record: Any) -> str:
    fields = {field["name"]: field["values"] for field in record.data["ticket"]["CustomFields"]}
    return str(fields["Case number"][0]) if fields["Case number"] else ""


def expected(incident: Incident) -> list[tuple[Any, ...]]:
    """What was written on a ticket of the story, as facts tell it."""
    ours = {person.user for person in load().us.people}
    told = []
    for line in incident.history:
        by = "system" if line.by == "system" else "customer" if line.by in ours else "provider"
        for text, public in ((line.work_note, False), (line.resolve or line.comment, True)):
            if text:
                told.append((line.at, text, by, public, by == "system"))
    return told


class TestReading:
    def test_check_is_well_by_token_and_by_password(self, desk: Desk) -> None:
        for connector in (desk.connector(), desk.connector(auth=desk.basic())):
            health = connector.check()
            assert health.ok, health.problems
            assert "times in queries" in health.detail

    def test_every_ticket_of_the_story_is_read_as_it_was(self, desk: Desk) -> None:
        connector = desk.connector(page_size=7)
        records = {case_of(record): record for record in records_of(connector)}
        for incident in load().incidents:
            facts = connector.to_facts(records[incident.number])
            ticket = facts[-1].data
            assert isinstance(ticket, Ticket)
            assert (ticket.subject, ticket.service) == (incident.subject, incident.service)
            assert facts[-1].party_hint == load().party(incident.vendor).name
            assert ticket.opened_at == incident.opened
            resolved = [line.at for line in incident.history if line.resolve]
            assert ticket.resolved_at == (resolved[-1] if resolved else None)
            raised = [line.priority for line in incident.history if line.priority]
            priorities = [e.value for e in ticket.events if e.change == "priority"]
            assert priorities == [f"P{rank}" for rank in (incident.priority, *raised)]
            written = [
                (e.at, e.value, e.by, e.public, e.automatic) for e in ticket.events if e.change == "comment"
            ]
            assert written == expected(incident), incident.number

    def test_a_past_instant_finds_the_ticket_as_it_stood(self, desk: Desk) -> None:
        connector = desk.connector()
        record = next(one for one in records_of(connector) if case_of(one) == "INC0010427")
        told = [(f.known_at.strftime("%H:%M"), f.data.status) for f in connector.to_facts(record)]
        assert told == [
            ("00:10", "in_progress"),
            ("00:21", "in_progress"),
            ("03:00", "awaiting_customer"),
            ("03:30", "in_progress"),
            ("07:40", "resolved"),
        ]

    def test_pages_of_any_size_give_the_same(self, desk: Desk) -> None:
        kept = "LastUpdated < '2026-11-11'"
        whole = {r.id for r in records_of(desk.connector(page_size=100, query=kept))}
        small = [r.id for r in records_of(desk.connector(page_size=3, query=kept))]
        assert len(whole) == len(load().incidents)
        assert sorted(small) == sorted(whole)

    def test_a_later_change_is_read_from_the_watermark(self, desk: Desk) -> None:
        connector = desk.connector()
        *_, last = connector.read("ticket", None)
        ticket = desk.opens("Something new")
        desk.does(DANA, "POST", f"/ticket/{ticket}/correspond", Content="Seen.", ContentType="text/plain")
        later = records_of(connector, last.cursor)
        assert len(later) < len(load().incidents)
        (record,) = [one for one in later if one.id == ticket]
        newest = connector.to_facts(record)[-1].data
        comments = [(e.value, e.by) for e in newest.events if e.change == "comment"]
        assert comments == [("Seen.", "provider")]
        assert newest.status == "in_progress", "RT opens a ticket that is answered"

    def test_the_zone_of_our_user_decides_how_times_are_read(self, desk: Desk) -> None:
        *_, last = desk.connector().read("ticket", None)
        for zone in ("America/New_York", "Asia/Kolkata"):
            desk.does("root", "PUT", f"/user/{OUR_USER}", Timezone=zone)
            try:
                with pytest.raises(Misconfigured, match="zone"):
                    records_of(desk.connector(), last.cursor)
                connector = desk.connector(zone=zone)
                assert connector.check().ok
                assert 0 < len(records_of(connector, last.cursor)) < len(load().incidents)
            finally:
                desk.does("root", "PUT", f"/user/{OUR_USER}", Timezone="UTC")

    def test_a_merged_ticket_stays_and_says_into_which(self, desk: Desk) -> None:
        first, second = desk.opens("Mail is slow"), desk.opens("Mail is very slow")
        desk.does(DANA, "POST", f"/ticket/{second}/comment", Content="The same.", ContentType="text/plain")
        desk.does(DANA, "PUT", f"/ticket/{second}", MergeInto=first)
        newest = desk.facts(second)[-1].data
        assert isinstance(newest, Ticket)
        assert newest.merged_into == f"#{first}"
        assert [e.value for e in newest.events if e.change == "comment"] == ["The same."]
        kept = desk.facts(first)[-1].data
        assert isinstance(kept, Ticket)
        assert kept.merged_into == ""
        assert not [e for e in kept.events if e.change == "comment"], "what was said stays where it was said"

    def test_a_text_of_the_web_editor_is_plain(self, desk: Desk) -> None:
        ticket = desk.opens("Formats")
        html = "<p>We <b>reset</b> it.</p><p>Grüße&nbsp;R.</p>"
        desk.does(RAVI, "POST", f"/ticket/{ticket}/correspond", Content=html, ContentType="text/html")
        data = desk.facts(ticket)[-1].data
        assert isinstance(data, Ticket)
        assert [e.value for e in data.events if e.change == "comment"] == ["We reset it.\nGrüße R."]

    def test_a_reopened_ticket_and_a_rejected_one(self, desk: Desk) -> None:
        ticket = desk.opens("Again")
        for status in ("resolved", "open", "rejected"):
            desk.does(DANA, "PUT", f"/ticket/{ticket}", Status=status)
        data = desk.facts(ticket)[-1].data
        assert isinstance(data, Ticket)
        assert [e.value for e in data.events if e.change == "reopened"] == ["in_progress"]
        assert (data.status, data.resolved_at) == ("cancelled", None)

    def test_a_wrong_password_and_a_wrong_token(self, desk: Desk) -> None:
        token = {"type": "header", "header": "Authorization", "prefix": "token ", "token": "1-2-wrong"}
        for auth in (desk.basic(password="no"), token):
            with pytest.raises(Unauthorised):
                records_of(desk.connector(auth=auth))

    def test_a_query_that_rt_refuses_is_told_in_its_words(self, desk: Desk) -> None:
        with pytest.raises(Fatal, match="Unknown field: Nonsense"):
            records_of(desk.connector(query="Nonsense = 3"))


class TestWriting:
    def test_a_comment_is_internal_and_written_once(self, desk: Desk) -> None:
        ticket = desk.opens("Late")
        writer = desk.connector().writer()
        note = action("comment", {"text": "Late by 1 h\nsee IC-101"}, ticket, "pacta-real-1")
        assert writer.find("pacta-real-1", ticket) is None
        made = writer.create(note)
        assert writer.create(note) == made
        assert writer.find("pacta-real-1", ticket) == made == writer.find("pacta-real-1")
        assert writer.find("pacta-real-") is None
        data = desk.facts(ticket)[-1].data
        assert isinstance(data, Ticket)
        (comment,) = [e for e in data.events if e.change == "comment"]
        assert (comment.value, comment.public) == (
            "Late by 1 h\nsee IC-101\n\nReference: pacta-real-1",
            False,
        )

    def test_correspondence_is_public_and_its_mail_is_not_found_instead(self, desk: Desk) -> None:
        ticket = desk.opens("Answer us")
        writer = desk.connector().writer()
        payload = {"text": "Please answer.", "public": True}
        made = writer.create(action("comment", payload, ticket, "pacta-real-2"))
        assert writer.find("pacta-real-2") == made
        data = desk.facts(ticket)[-1].data
        assert isinstance(data, Ticket)
        written = [e for e in data.events if e.change == "comment"]
        assert [(e.public, e.by, e.automatic) for e in written] == [(True, "system", True)]
        by_password = desk.facts(ticket, auth=desk.basic(), authors={})[-1].data
        assert isinstance(by_password, Ticket)
        (told,) = [e for e in by_password.events if e.change == "comment"]
        assert told.automatic, "who signs in with a password is known to be us"

    def test_the_owner_is_addressed(self, desk: Desk) -> None:
        ticket = desk.opens("Whose is it")
        desk.does(RAVI, "PUT", f"/ticket/{ticket}/take")
        writer = desk.connector().writer()
        payload = {"text": "please look", "mention_assignee": True}
        writer.create(action("comment", payload, ticket, "pacta-real-3"))
        data = desk.facts(ticket)[-1].data
        assert isinstance(data, Ticket)
        assert data.events[-1].value.startswith("@Ravi Menon: please look")

    @pytest.mark.parametrize("field", ["Pacta reference", None])
    def test_a_task_is_opened_once_found_and_done(self, desk: Desk, field: str | None) -> None:
        reference = f"pacta-task-{'field' if field else 'subject'}"
        tasks = {**SETTINGS["tasks"], "reference_field": field}
        writer = desk.connector(tasks=tasks).writer()
        payload = {"title": "Claim the credit", "text": "5 %", "due_on": "2026-12-01", "priority": "P2"}
        made = writer.create(action("create_task", payload, "IC-101", reference))
        assert writer.create(action("create_task", payload, "IC-101", reference)) == made
        assert writer.find(reference) == made == writer.find(reference, "IC-101")
        assert writer.find(reference[:-1]) is None
        held = desk.does(OUR_USER, "GET", f"/ticket/{made.record}")
        assert held["Subject"] == "Claim the credit" + ("" if field else f" [{reference}]")
        assert (held["Priority"], held["Due"][:10]) == ("75", "2026-12-01")
        update = {"title": "Credit claimed", "text": "Sent.", "state": "done"}
        for _ in range(2):
            writer.create(action("update_task", update, made.record, f"{reference}-2"))
        data = desk.facts(made.record)[-1].data
        assert isinstance(data, Ticket)
        assert data.status == "resolved"
        assert len([e for e in data.events if e.change == "comment"]) == 1
        assert writer.find(reference) == made

    def test_a_task_where_the_queue_lacks_our_field(self, desk: Desk) -> None:
        tasks = {"queue": "Acme Service Desk", "reference_field": "Nowhere"}
        with pytest.raises(Misconfigured, match="Nowhere"):
            desk.connector(tasks=tasks).writer().create(
                action("create_task", {"title": "x"}, "", "pacta-real-4")
            )

    def test_tickets_of_others_stay_open(self, desk: Desk) -> None:
        ticket = desk.opens("Not ours")
        with pytest.raises(Fatal, match="people"):
            desk.connector().writer().create(
                action("update_task", {"title": "x", "state": "done"}, ticket, "pacta-real-5")
            )

    def test_fields_are_set_and_cleared(self, desk: Desk) -> None:
        ticket = desk.opens("Fields")
        writer = desk.connector().writer()
        for value in ("IC-101", "IC-102", None, None):
            writer.create(action("set_fields", {"fields": {"contract": value}}, ticket, "pacta-real-6"))
            assert desk.facts(ticket)[-1].contract_hint == (value or "")

    def test_what_rt_does_not_do_is_told_though_it_says_yes(self, desk: Desk) -> None:
        tasks = {**SETTINGS["tasks"], "done_status": "finished"}
        writer = desk.connector(tasks=tasks).writer()
        made = writer.create(action("create_task", {"title": "x"}, "", "pacta-real-7"))
        with pytest.raises(Fatal, match="isn't a valid status"):
            writer.create(action("update_task", {"title": "x", "state": "done"}, made.record, "pacta-real-8"))
        with pytest.raises(Fatal, match="Nowhere"):
            desk.connector(fields={"contract": "Nowhere"}).writer().create(
                action("set_fields", {"fields": {"contract": "x"}}, made.record, "pacta-real-9")
            )

    def test_a_ticket_that_is_not_there(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            desk.connector().writer().create(action("comment", {"text": "x"}, "99999", "pacta-real-10"))


class TestProgram:
    def test_a_taken_port_is_told(self, running: rt.Running, tmp_path: Path) -> None:
        port = int(running.base_url.split(":")[2].split("/")[0])
        with pytest.raises(rt.RequestTrackerError, match="choose another"):
            rt.start(running.folder, port)
        with pytest.raises(rt.RequestTrackerError, match="no database"):
            rt.start(rt.Folder(tmp_path), port)

    def test_an_rt_that_does_not_start_is_told_with_its_log(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = rt.Folder(tmp_path)
        folder.database.touch()
        monkeypatch.setattr(setup, "site_config", lambda *_: "die 'these settings are broken';")
        with pytest.raises(rt.RequestTrackerError, match="these settings are broken"):
            rt.start(folder, free_port())

    def test_what_is_there_is_not_made_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = rt.Folder(tmp_path)
        for file in (folder.credentials, folder.seeded):
            file.touch()
        monkeypatch.setattr(rt, "prepare", lambda *_: pytest.fail("made again"))
        assert rt.main(["--folder", str(folder.path)]) == 0
        assert "there already" in capsys.readouterr().out

    def test_the_times_are_those_of_the_story(self, running: rt.Running) -> None:
        opened = {incident.opened for incident in load().incidents}
        found = httpx.get(
            f"{running.base_url}/tickets",
            params={"query": "LastUpdated < '2026-11-11'", "fields": "Created", "per_page": 100},
            auth=(OUR_USER, running.credentials.password),
            trust_env=False,
        ).json()
        assert len(found["items"]) == len(opened)
        span = max(opened) - min(opened)
        assert span > timedelta(days=100)

    def test_nobody_else_reads_the_passwords(self, running: rt.Running) -> None:
        assert os.stat(running.folder.credentials).st_mode & 0o077 == 0
