"""Asana: tasks and their stories to milestones, reports and deeds; tasks and comments out."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from obligations.facts import Deed, Fact, Milestone, ReportReceived, latest
from tests.tools import specs
from tests.tools.asana_vendor import PROJECT, AsanaVendor, stamp
from tests.tools.conformance import Conformance, connector_of, lose_answer, read_all
from tests.tools.test_ironclad import action
from tests.tools.vendors import SECRET, Json
from tools import connect
from tools.asana.connector import Asana
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, SignatureError, Skippable, Unauthorised
from tools.kit.verbs import Connector, RawRecord
from tools.kit.webhooks import Handshake, WebhookEvent

EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"
SPECIFICATION = "asana/asana_oas.yaml"


class TestConformance(Conformance):
    vendor = AsanaVendor


def at(day: int, hour: int = 8, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def task(**changes: Any) -> Json:
    own: Json = {
        **AsanaVendor().record(1),
        "name": "Go-live wave 1",
        "created_at": "2026-09-01T08:00:00.000Z",
        "modified_at": "2026-11-05T08:00:00.000Z",
        "due_on": "2026-10-30",
    }
    return {**own, **changes}


def field(name: str, **held: Any) -> Json:
    return {"gid": str(abs(hash(name)) % 10**6), "name": name, **held}


def choice(name: str, value: str) -> Json:
    return field(name, type="enum", enum_value={"name": value}, display_value=value)


def moved(when: datetime, old: str | None, new: str | None) -> Json:
    return {
        "gid": "1",
        "type": "system",
        "resource_subtype": "due_date_changed",
        "created_at": stamp(when),
        "old_dates": {"due_on": old, "due_at": None, "start_on": None},
        "new_dates": {"due_on": new, "due_at": None, "start_on": None},
    }


def marked(when: datetime, subtype: str = "marked_complete") -> Json:
    return {"gid": "2", "type": "system", "resource_subtype": subtype, "created_at": stamp(when)}


def facts_of(row: Json | None = None, stories: Any = (), settings: Json | None = None) -> list[Fact]:
    connector: Asana = connector_of(AsanaVendor(), **(settings or {}))
    data = {"task": row or task(), "stories": stories, "project": PROJECT}
    return list(connector.to_facts(RawRecord(kind="task", id="9001", data=data)))


def milestones(*args: Any, **more: Any) -> list[tuple[datetime, Milestone]]:
    facts = facts_of(*args, **more)
    assert all(isinstance(fact.data, Milestone) for fact in facts)
    return [(fact.known_at, fact.data) for fact in facts]  # type: ignore[misc]


class TestMilestone:
    def test_moved_then_completed_is_told_in_versions(self) -> None:
        row = task(completed=True, completed_at=stamp(at(5, month=11)), due_on="2026-11-04")
        stories = [moved(at(20), "2026-10-30", "2026-11-04"), marked(at(5, month=11))]
        told = milestones(row, stories)
        assert [(known, m.planned_on, [e.change for e in m.events]) for known, m in told] == [
            (at(1, month=9), date(2026, 10, 30), []),
            (at(20), date(2026, 11, 4), []),
            (at(5, month=11), date(2026, 11, 4), ["completed"]),
        ]
        assert told[-1][1].events[0].on == date(2026, 11, 5)

    def test_stories_in_any_order_tell_the_same(self) -> None:
        row = task(completed=True, completed_at=stamp(at(5, month=11)), due_on="2026-11-04")
        stories = [moved(at(20), "2026-10-30", "2026-11-04"), marked(at(5, month=11))]
        assert [f.id for f in facts_of(row, stories)] == [f.id for f in facts_of(row, stories[::-1])]

    def test_one_reopened_is_no_longer_complete(self) -> None:
        stories = [marked(at(29)), marked(at(30), "marked_incomplete")]
        told = milestones(task(), stories)
        assert [[e.change for e in m.events] for _, m in told] == [
            [],
            ["completed"],
            ["completed", "withdrawn"],
        ]

    def test_without_stories_the_task_itself_tells(self) -> None:
        row = task(completed=True, completed_at="2026-10-29T23:30:00.000Z")
        (first, then), (_, now) = milestones(row)
        assert (first, then.events) == (at(1, month=9), ())
        assert [(e.change, e.on) for e in now.events] == [("completed", date(2026, 10, 30))], (
            "the day in Berlin"
        )

    def test_only_the_newest_version_where_history_is_not_wanted(self) -> None:
        row = task(completed=True, completed_at=stamp(at(29)))
        ((known, now),) = milestones(row, [marked(at(29))], settings={"history": False})
        assert known == at(5, month=11)
        assert [e.change for e in now.events] == ["completed"]

    def test_a_planned_day_taken_away_and_given(self) -> None:
        told = milestones(
            task(due_on=None), [moved(at(3), None, "2026-10-30"), moved(at(9), "2026-10-30", None)]
        )
        assert [m.planned_on for _, m in told] == [None, date(2026, 10, 30), None]

    def test_a_due_time_is_the_day_it_falls_on_here(self) -> None:
        assert milestones(task(due_at="2026-10-30T23:30:00.000Z", due_on=None))[-1][1].planned_on == date(
            2026, 10, 31
        )
        early = task(due_at="2026-10-25T00:30:00.000Z", due_on=None)
        assert milestones(early)[-1][1].planned_on == date(2026, 10, 25), "in the night of the clocks"

    @pytest.mark.parametrize(
        ("status", "steps"),
        [
            ("approved", ["accepted"]),
            ("rejected", ["rejected"]),
            ("changes_requested", ["rejected"]),
            ("pending", []),
        ],
    )
    def test_an_approval_is_an_acceptance_or_none(self, status: str, steps: list[str]) -> None:
        done = status != "pending"
        row = task(
            resource_subtype="approval",
            approval_status=status,
            completed=done,
            completed_at=stamp(at(29)) if done else None,
        )
        now = milestones(row)[-1][1]
        assert [e.change for e in now.events] == steps
        assert all(bool(e.evidence) == (e.change == "accepted") for e in now.events)

    def test_approvals_asked_for_twice(self) -> None:
        stories = [
            {
                "created_at": stamp(at(20)),
                "old_approval_status": "pending",
                "new_approval_status": "rejected",
            },
            {
                "created_at": stamp(at(22)),
                "old_approval_status": "rejected",
                "new_approval_status": "pending",
            },
            {
                "created_at": stamp(at(29)),
                "old_approval_status": "pending",
                "new_approval_status": "approved",
            },
            marked(at(29)),
        ]
        row = task(
            resource_subtype="approval",
            approval_status="approved",
            completed=True,
            completed_at=stamp(at(29)),
        )
        now = milestones(row, stories)[-1][1]
        assert [e.change for e in now.events] == ["rejected", "withdrawn", "accepted"]

    def test_an_acceptance_in_its_own_field(self) -> None:
        accepted = field("Accepted on", date_value={"date": "2026-11-03"})
        row = task(completed=True, completed_at=stamp(at(29)), custom_fields=[accepted])
        told = {"created_at": stamp(at(4, month=11)), "custom_field": {"name": "Accepted on"}}
        for stories, known in (([told], at(4, month=11)), ([], datetime(2026, 11, 2, 23, tzinfo=UTC))):
            versions = dict(milestones(row, [marked(at(29)), *stories]))
            assert [e.change for e in versions[at(29)].events] == ["completed"]
            taken = versions[known].events[-1]
            assert (taken.change, taken.on, bool(taken.evidence)) == ("accepted", date(2026, 11, 3), True)
        open_yet = milestones(task(custom_fields=[accepted]))[-1][1]
        assert [e.change for e in open_yet.events] == ["accepted"], "it need not be marked complete"

    def test_amount_and_progress(self) -> None:
        fields = [
            field("Amount", number_value=Decimal("48000.50"), currency_code="EUR"),
            field("Progress", number_value=Decimal("0.6"), format="percentage"),
        ]
        now = milestones(task(custom_fields=fields))[-1][1]
        assert now.amount is not None
        assert (now.amount.amount, now.amount.currency) == (Decimal("48000.50"), "EUR")
        assert now.percent_complete == 60

    @pytest.mark.parametrize("number", [None, True, "many", "NaN", -5, 7])
    def test_progress_that_is_none(self, number: Any) -> None:
        fields = [
            field("Progress", number_value=number, format="percentage"),
            field("Amount", number_value=number),
        ]
        now = milestones(task(custom_fields=fields))[-1][1]
        assert now.percent_complete is None
        assert now.amount is None, "an amount without a currency is none"

    def test_a_negative_amount_is_kept(self) -> None:
        fields = [field("Amount", number_value=-100)]
        now = milestones(task(custom_fields=fields), settings={"currency": "USD"})[-1][1]
        assert now.amount is not None
        assert now.amount.amount == -100


class TestOthers:
    def test_an_ordinary_task_is_no_fact(self) -> None:
        assert facts_of(task(resource_subtype="default_task")) == []

    def test_the_kind_field_decides_over_the_subtype(self) -> None:
        row = task(
            resource_subtype="default_task",
            name="Service report September 2026",
            completed=True,
            completed_at=stamp(at(12)),
            custom_fields=[choice("Type", "Report")],
        )
        first, last = facts_of(row)
        assert isinstance(first.data, ReportReceived)
        assert (first.data.report, first.data.period) == ("Service report September 2026", "2026-09")
        assert (first.data.received_at, first.known_at, last.known_at) == (at(12), at(12), at(5, month=11))
        assert first.data == last.data
        assert facts_of({**row, "custom_fields": [choice("Type", "Rumour")]}) == []
        settings = {"kinds": {"Bericht": "report_received"}}
        assert facts_of({**row, "custom_fields": [choice("Type", "bericht")]}, settings=settings)

    def test_a_kind_by_name_and_by_project(self) -> None:
        row = task(
            resource_subtype="default_task",
            name="Monthly Report 2026-10",
            completed=True,
            completed_at=stamp(at(12)),
        )
        named = {"name_kinds": {"monthly report*": "report_received", "*": "none"}}
        assert {f.data.kind for f in facts_of(row, settings=named)} == {"report_received"}
        assert facts_of({**row, "name": "Lunch"}, settings=named) == []
        duties = {"projects": [{"gid": PROJECT, "kind": "deed"}]}
        assert {f.data.kind for f in facts_of(row, settings=duties)} == {"deed"}
        assert facts_of(task(), settings=duties)[0].data.kind == "milestone", "ordinary tasks only"

    def test_a_report_by_its_fields(self) -> None:
        fields = [
            choice("Type", "Report"),
            field("Report", text_value="service report"),
            field("Period", text_value="09/2026"),
        ]
        row = task(custom_fields=fields, completed=True, completed_at=stamp(at(12)))
        (report, _) = facts_of(row)
        assert isinstance(report.data, ReportReceived)
        assert (report.data.report, report.data.period) == ("service report", "2026-09")

    def test_a_report_not_yet_there_is_no_fact(self) -> None:
        assert facts_of(task(custom_fields=[choice("Type", "Report")])) == []

    def test_a_duty_done_is_a_deed_of_whoever_runs_the_project(self) -> None:
        fields = [choice("Type", "Duty"), field("Promise", text_value="security training")]
        row = task(custom_fields=fields, completed=True, completed_at="2026-10-29T23:30:00.000Z")
        settings = {"projects": [{"gid": PROJECT, "by": "us", "party": "Acme Ltd", "contract": "IC-101"}]}
        deed = facts_of(row, settings=settings)[0]
        assert isinstance(deed.data, Deed)
        assert (deed.data.of, deed.data.done_on, deed.data.by) == (
            "security training",
            date(2026, 10, 30),
            "us",
        )
        assert (deed.party_hint, deed.contract_hint) == ("Acme Ltd", "IC-101")

    def test_a_tasks_own_fields_come_before_its_projects(self) -> None:
        fields = [field("Party", text_value="Northwind"), choice("Contract", "IC-7")]
        settings = {"projects": [{"gid": PROJECT, "party": "Acme Ltd"}]}
        fact = facts_of(task(custom_fields=fields), settings=settings)[0]
        assert (fact.party_hint, fact.contract_hint) == ("Northwind", "IC-7")

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": " "},
            {"created_at": None},
            {"modified_at": "today"},
            {"due_on": "soon"},
            {"due_on": None, "due_at": "2026-10-30"},
            {"completed": True, "completed_at": "2026-10-30"},
        ],
    )
    def test_a_task_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of(task(**changes))
        assert "9001" in caught.value.place
        assert caught.value.remedy

    @pytest.mark.parametrize("fields", [None, "x", [7, None], [{"name": None}], [{"enum_value": "x"}]])
    def test_custom_fields_of_other_shapes_are_nothing(self, fields: Any) -> None:
        assert len(facts_of(task(custom_fields=fields), stories=[7, {}, {"created_at": None}])) == 1


class TestReading:
    def test_several_projects_each_with_its_watermark(self) -> None:
        vendor = AsanaVendor(count=3)
        vendor.other = [{**vendor.record(60), "name": "Elsewhere"}]
        projects = [{"gid": PROJECT}, {"gid": "1202", "contract": "IC-2"}]
        connector = connector_of(vendor, projects=projects)
        ids, cursor, _ = read_all(connector, "task")
        assert ids == ["9000", "9001", "9002", "9060"]
        assert '"1201": "2026-09-01T08:02:00+00:00"' in cursor
        assert '"1202": "2026-09-01T09:00:00+00:00"' in cursor
        ids, _, _ = read_all(connector, "task", '{"1201": "2026-09-01T09:00:00+00:00"}')
        assert ids == ["9060"], "one read only half goes on with the other"

    def test_what_changes_while_we_read_is_read_again(self) -> None:
        vendor = AsanaVendor(count=30, page_size=10)
        vendor.date = "Tue, 01 Sep 2026 08:10:00 GMT"
        _, cursor, _ = read_all(connector_of(vendor), "task")
        assert json.loads(cursor)["1201"] == "2026-09-01T08:10:00+00:00"

    def test_a_list_that_shifts_under_its_pages_is_read_again(self) -> None:
        vendor = AsanaVendor(count=25, page_size=10)
        window = vendor.window

        def shifting(rows: list[Json], start: int, size: int) -> tuple[list[Json], bool]:
            vendor.reverse = vendor.lists() == 1  # the first page was given in another order
            return window(rows, start, size)

        vendor.window = shifting  # type: ignore[method-assign]
        ids, cursor, _ = read_all(connector_of(vendor), "task")
        assert len(ids) == len(set(ids)) == 25
        assert cursor

    def test_stories_are_asked_for_milestones_only(self) -> None:
        vendor = AsanaVendor(count=1)
        vendor.tasks = [{**vendor.record(5), "resource_subtype": "default_task"}]
        vendor.stories["9000"] = [marked(at(1))]
        batch, *_ = connector_of(vendor).read("task", None)
        assert [len(r.data["stories"]) for r in batch.records] == [1, 0]
        asked = [r.url.path for r in vendor.requests if r.url.path.endswith("/stories")]
        assert asked == ["/api/1.0/tasks/9000/stories"]

    def test_stories_we_may_not_read_are_a_problem_and_the_rest_goes_on(self) -> None:
        vendor = AsanaVendor(count=25, page_size=10)
        vendor.closed = {"/stories": 403}
        ids, _, problems = read_all(connector_of(vendor), "task")
        assert len(ids) == 25
        assert len(problems) == 1
        assert problems[0].remedy

    def test_a_task_deleted_meanwhile_has_no_stories(self) -> None:
        vendor = AsanaVendor(count=2)
        vendor.closed = {"/stories": 404}
        ids, _, problems = read_all(connector_of(vendor), "task")
        assert len(ids) == 2
        assert not problems

    @pytest.mark.parametrize("cursor", ["[]", '{"1201": 7}', '{"1201": "noon"}', "2026-09-01T00:00:00+00:00"])
    def test_a_cursor_of_another_shape_says_so(self, cursor: str) -> None:
        with pytest.raises(Misconfigured, match="watermark"):
            list(connector_of(AsanaVendor()).read("task", cursor))

    def test_a_question_about_the_past_finds_the_day_then_planned(self) -> None:
        facts = facts_of(task(due_on="2026-11-04"), [moved(at(20), "2026-10-30", "2026-11-04")])
        (then,) = latest(facts, at(10))
        assert then.data.planned_on == date(2026, 10, 30)  # type: ignore[union-attr]

    def test_no_project_is_no_configuration(self) -> None:
        with pytest.raises(Misconfigured, match="projects"):
            connector_of(AsanaVendor(), projects=[])


TARGET = "9003"
TASKS = {"project": PROJECT}


class TestWriter:
    def make(self, **changes: Any) -> tuple[AsanaVendor, Any]:
        vendor = AsanaVendor(count=5)
        return vendor, connector_of(vendor, **changes).writer()

    def test_a_comment_is_written_once(self) -> None:
        vendor, writer = self.make()
        note = action("comment", {"text": "Late by 1 h"}, TARGET)
        first = writer.create(note)
        assert writer.create(note) == first == writer.find("pacta-1f2e", TARGET)
        assert len(vendor.written) == 1
        assert vendor.written[0]["text"] == "Late by 1 h\n\nReference: pacta-1f2e"
        assert writer.find("pacta-1f2", TARGET) is None

    def test_the_assignee_is_mentioned_and_text_stays_text(self) -> None:
        vendor, writer = self.make()
        vendor.tasks = [{**vendor.record(70), "assignee": {"gid": "55", "name": "Ravi"}}]
        note = action("comment", {"text": "Look <b> & see", "mention_assignee": True}, "9070")
        writer.create(note)
        assert vendor.written[0]["html_text"] == (
            '<body><a data-asana-gid="55"/> Look &lt;b&gt; &amp; see\n\nReference: pacta-1f2e</body>'
        )
        writer.create(action("comment", {"text": "x", "mention_assignee": True}, TARGET))
        assert "html_text" not in vendor.written[1], "nobody has it"

    @pytest.mark.parametrize("find", ["list", "external"])
    def test_a_task_is_written_once(self, find: str) -> None:
        vendor, writer = self.make(tasks={**TASKS, "find": find, "assignee": "me"})
        asked = action("create_task", {"title": "Look", "text": "x", "due_on": "2026-11-15"}, "IC-101")
        made = writer.create(asked)
        assert (
            writer.create(asked) == made == writer.find("pacta-1f2e", "IC-101") == writer.find("pacta-1f2e")
        )
        (written,) = vendor.written
        assert (written["name"], written["due_on"], written["projects"]) == ("Look", "2026-11-15", [PROJECT])
        assert written["notes"] == "About: IC-101\n\nx\n\nReference: pacta-1f2e"
        assert ("external" in written) is (find == "external")

    def test_what_others_would_read_is_said_as_public_only(self) -> None:
        vendor, writer = self.make(shared=True)
        with pytest.raises(Fatal, match="our own people"):
            writer.create(action("comment", {"text": "We want out."}, TARGET))
        assert not vendor.requests
        writer.create(action("comment", {"text": "Late by 1 h", "public": True}, TARGET))
        assert len(vendor.written) == 1

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        for made in (
            action("comment", {"text": "Late"}, TARGET),
            action("create_task", {"title": "Look"}, "x"),
        ):
            vendor = AsanaVendor(count=5)
            settings = {**vendor.settings(), "tasks": TASKS}
            connector: Any = connect({"asana": settings}, lose_answer(vendor))["asana"]
            with pytest.raises(Retryable) as caught:
                connector.writer().create(made)
            assert caught.value.maybe_done
            connector.writer().create(made)
            assert len(vendor.written) == 1

    def test_our_own_task_is_done_and_keeps_its_reference(self) -> None:
        vendor, writer = self.make()
        vendor.tasks = [{**vendor.record(70), "notes": "x\n\nReference: pacta-first"}]
        writer.create(action("update_task", {"title": "t", "text": "y", "state": "done"}, "9070"))
        assert vendor.written[0]["notes"] == "y\n\nReference: pacta-first"
        assert vendor.written[0]["completed"] is True

    def test_tasks_of_others_are_not_completed_by_us(self) -> None:
        vendor, writer = self.make()
        with pytest.raises(Fatal, match="people"):
            writer.create(action("update_task", {"title": "t", "state": "done"}, TARGET))
        assert not vendor.written

    def test_configured_fields_are_set_as_their_types_ask(self) -> None:
        fields = {
            "status": {"gid": "11", "options": {"breached": "77"}},
            "until": {"gid": "12"},
            "credit": {"gid": "13"},
        }
        vendor, writer = self.make(fields=fields)
        values = {"status": "breached", "until": date(2026, 11, 30), "credit": Decimal("12.5")}
        writer.create(action("set_fields", {"fields": values}, TARGET))
        assert vendor.written[0]["custom_fields"] == {"11": "77", "12": {"date": "2026-11-30"}, "13": 12.5}
        for wrong, said in (({"colour": "red"}, "colour"), ({"status": "fine"}, "choice")):
            with pytest.raises(Misconfigured, match=said):
                writer.create(action("set_fields", {"fields": wrong}, TARGET))

    def test_what_asana_does_not_have_is_refused(self) -> None:
        vendor, writer = self.make()
        for verb in ("put_record", "hold_invoice", "create_invoice", "schedule_payment", "send_message"):
            with pytest.raises(Fatal, match=f"takes no {verb}"):
                writer.create(action(verb, {}, TARGET))
        assert not vendor.requests

    def test_without_a_project_for_tasks_the_settings_are_named(self) -> None:
        _, writer = self.make()
        with pytest.raises(Misconfigured, match="tasks"):
            writer.create(action("create_task", {"title": "Look"}, ""))

    @pytest.mark.parametrize("target", ["123456", "../users/me", "9003?x=1", ""])
    def test_unknown_tasks_are_not_found(self, target: str) -> None:
        vendor, writer = self.make()
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "x"}, target))
        assert not vendor.written

    @pytest.mark.parametrize("reference", ["a b c d", "x\ny1234", "'; --"])
    def test_a_reference_must_be_plain(self, reference: str) -> None:
        vendor, writer = self.make(tasks=TASKS)
        with pytest.raises(Fatal):
            writer.find(reference)
        assert not vendor.requests

    def test_nothing_is_written_when_we_cannot_look_first(self) -> None:
        vendor, writer = self.make()
        vendor.closed = {"/stories": 403}
        with pytest.raises(Unauthorised):
            writer.create(action("comment", {"text": "x"}, TARGET))
        assert not vendor.written


class TestWebhook:
    def deliver(self, connector: Any, body: bytes, secret: str = "s-1", **headers: str) -> Any:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return connector.verify_webhook(body, {"X-Hook-Signature": digest, **headers}, at(29))

    def test_the_secret_of_the_handshake_signs_what_follows(self, tmp_path: Path) -> None:
        kept = {"webhook": {"kept_in": str(tmp_path / "hooks")}}
        connector = connector_of(AsanaVendor(), **kept)
        answer = connector.verify_webhook(b"", {"X-Hook-Secret": "s-1"})
        assert isinstance(answer, Handshake)
        assert answer.headers == {"X-Hook-Secret": "s-1"}
        body = b'{"events": [{"action": "changed", "created_at": "2026-10-29T07:59:00.000Z"}]}'
        event = self.deliver(connector_of(AsanaVendor(), **kept), body)
        assert isinstance(event, WebhookEvent)
        assert (event.event, event.streams, event.sent_at) == (
            "changed",
            ("task",),
            at(29, 7).replace(minute=59),
        )
        with pytest.raises(SignatureError):
            self.deliver(connector, body, secret="s-2")
        with pytest.raises(SignatureError, match="expects"):
            connector.verify_webhook(b"", {"X-Hook-Secret": "s-3"})

    def test_a_sign_of_life_changes_nothing(self) -> None:
        connector = connector_of(AsanaVendor(), webhook={"secrets": ["s-1"]})
        event = self.deliver(connector, b'{"events": []}')
        assert (event.event, event.streams, event.sent_at) == ("heartbeat", (), None)

    def test_an_old_delivery_is_refused(self) -> None:
        connector = connector_of(AsanaVendor(), webhook={"secrets": ["s-1"]})
        with pytest.raises(SignatureError, match="window"):
            self.deliver(connector, b'{"events": [{"created_at": "2026-10-20T08:00:00.000Z"}]}')

    def test_without_a_secret_nothing_is_believed(self) -> None:
        with pytest.raises(Misconfigured):
            self.deliver(connector_of(AsanaVendor()), b'{"events": []}')


@specs.needs_specification
def test_every_request_is_as_specified() -> None:
    vendor = AsanaVendor(count=25, page_size=10)
    fields = {"status": {"gid": "11"}}
    for find in ("list", "external"):
        connector = connector_of(vendor, tasks={**TASKS, "find": find, "assignee": "me"}, fields=fields)
        assert connector.check().ok
        read_all(connector, "task", '{"1201": "2026-09-01T08:10:00+00:00"}')
        writer, reference = connector.writer(), f"pacta-{find}"
        made = writer.create(
            action("create_task", {"title": "Look", "due_on": "2026-11-15"}, "IC-101", reference)
        )
        writer.create(action("comment", {"text": "x"}, TARGET, reference))
        writer.create(action("update_task", {"title": "t", "state": "done"}, made.record, reference))
        writer.create(action("set_fields", {"fields": {"status": "late"}}, TARGET, reference))
    vendor.tasks.append({**vendor.record(70), "assignee": {"gid": "55"}})
    writer.create(action("comment", {"text": "x", "mention_assignee": True}, "9070"))
    spec = specs.load(SPECIFICATION)
    assert len(vendor.written) == 9
    for request in vendor.requests:
        found = specs.faults(request, spec, "/api/1.0")
        assert found == [], request.url


def test_the_example_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_ASANA_TOKEN", SECRET)
    settings = yaml.safe_load((EXAMPLES / "asana.yaml").read_text())["connectors"]
    made = connect(settings)
    assert all(isinstance(connector, Connector) for connector in made.values())
    assert SECRET not in repr([vars(connector) for connector in made.values()])
