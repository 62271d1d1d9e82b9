"""What is written to Jira: comments, tasks as issues or requests, configured fields."""

from typing import Any

import pytest

from tests.tools.conformance import connector_of, lose_answer
from tests.tools.jira_vendor import JiraVendor
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json
from tools import connect
from tools.jira_service_management.text import body, plain
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, Unauthorised

TARGET = "DESK-3"


class TestWriter:
    def make(self, **changes: Any) -> tuple[JiraVendor, Any]:
        vendor = JiraVendor(count=5)
        return vendor, connector_of(vendor, **changes).writer()

    def test_a_comment_is_written_once_and_internal(self) -> None:
        vendor, writer = self.make()
        note = action("comment", {"text": "Late by 1 h"}, TARGET)
        first = writer.create(note)
        assert writer.create(note) == first
        (written,) = vendor.written
        assert written["path"] == "/rest/servicedeskapi/request/10003/comment"
        assert written["body"] == "Late by 1 h\n\nReference: pacta-1f2e"
        assert written["public"] is False
        assert writer.find("pacta-1f2e", TARGET) == first
        assert writer.find("pacta-1f2e") == first
        assert writer.find("pacta-1f2") is None
        assert first.label == "comment on DESK-3"

    def test_a_public_comment_only_when_asked_for(self) -> None:
        vendor, writer = self.make()
        writer.create(action("comment", {"text": "Hello", "public": True}, TARGET))
        assert vendor.written[0]["public"] is True

    def test_the_assignee_is_mentioned(self) -> None:
        vendor, writer = self.make()
        row = vendor.record(3)
        row["fields"]["assignee"] = {"accountId": "acc-9", "displayName": "Ravi"}
        vendor.rows = lambda: [row]  # type: ignore[method-assign]
        writer.create(action("comment", {"text": "Look", "mention_assignee": True}, TARGET))
        (written,) = vendor.written
        assert written["path"] == "/rest/api/3/issue/10003/comment"
        assert written["body"] == body("3", "Look\n\nReference: pacta-1f2e", ("acc-9", "Ravi"))
        assert written["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
        older = connector_of(vendor, api="2").writer()
        older.create(
            action("comment", {"text": "x", "mention_assignee": True, "public": True}, TARGET, "pacta-2")
        )
        assert vendor.written[1]["body"].startswith("[~accountid:acc-9] x")
        assert "properties" not in vendor.written[1]

    def test_without_an_assignee_nobody_is_mentioned(self) -> None:
        vendor, writer = self.make()
        writer.create(action("comment", {"text": "Look", "mention_assignee": True}, TARGET))
        assert vendor.written[0]["body"].startswith("Look")

    @pytest.mark.parametrize("public", [True, False])
    def test_an_issue_that_is_no_request_takes_a_document(self, public: bool) -> None:
        vendor, writer = self.make()
        vendor.closed = {"servicedeskapi/request": 404}
        note = action("comment", {"text": "Late", "public": public}, TARGET)
        made = writer.create(note)
        written = vendor.written[-1]
        assert written["path"] == "/rest/api/3/issue/10003/comment"
        assert plain(written["body"]) == "Late\nReference: pacta-1f2e"
        internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
        assert written.get("properties") == (None if public else internal)
        assert writer.create(note) == made
        assert len(vendor.comments["10003"]) == 1

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        for made in (
            action("comment", {"text": "Late"}, TARGET),
            action("create_task", {"title": "Look"}, "IC-101"),
        ):
            vendor = JiraVendor(count=5)
            settings = {**vendor.settings(), "tasks": {"project": "OPS"}}
            connector: Any = connect({vendor.name: settings}, lose_answer(vendor))[vendor.name]
            with pytest.raises(Retryable) as caught:
                connector.writer().create(made)
            assert caught.value.maybe_done
            connector.writer().create(made)
            assert len(vendor.written) == 1

    def test_a_task_is_an_issue_with_our_label(self) -> None:
        vendor, writer = self.make(tasks={"project": "OPS"})
        task = action(
            "create_task", {"title": "Look", "text": "x", "due_on": "2026-11-15", "priority": "P2"}, "IC-101"
        )
        made = writer.create(task)
        fields = vendor.written[0]["fields"]
        assert fields["project"] == {"key": "OPS"}
        assert fields["issuetype"] == {"name": "Task"}
        assert fields["labels"] == ["pacta", "pacta-1f2e"]
        assert (fields["duedate"], fields["priority"]) == ("2026-11-15", {"name": "High"})
        assert plain(fields["description"]) == "About: IC-101\nx\nReference: pacta-1f2e"
        assert writer.create(task) == made == writer.find("pacta-1f2e")
        assert writer.find("pacta-1f2e", "IC-101") == made, "what it is about need not be an issue"
        assert len(vendor.written) == 1

    def test_a_task_can_be_a_request(self) -> None:
        vendor, writer = self.make(tasks={"as": "request", "service_desk": "4", "request_type": "25"})
        task = action("create_task", {"title": "Look", "text": "x", "due_on": "2026-11-15"}, "IC-101")
        made = writer.create(task)
        assert vendor.written[0]["path"] == "/rest/servicedeskapi/request"
        assert (vendor.written[0]["serviceDeskId"], vendor.written[0]["requestTypeId"]) == ("4", "25")
        assert "Due: 2026-11-15" in vendor.written[0]["requestFieldValues"]["description"]
        assert writer.create(task) == made
        assert len(vendor.written) == 1

    @pytest.mark.parametrize("tasks", [{}, {"as": "request"}, {"as": "request", "service_desk": "1"}])
    def test_without_a_place_for_tasks_the_settings_are_named(self, tasks: Json) -> None:
        _, writer = self.make(tasks=tasks)
        with pytest.raises(Misconfigured, match="tasks"):
            writer.create(action("create_task", {"title": "Look"}, ""))

    def test_our_own_task_is_done_and_keeps_its_reference(self) -> None:
        vendor, writer = self.make()
        row = vendor.record(600)
        row["fields"]["description"] = body("3", "x\n\nReference: pacta-first")
        vendor.issues.append(row)
        vendor.ways = [
            {"id": "2", "name": "Start", "to": {"statusCategory": {"key": "indeterminate"}}},
            {"id": "5", "name": "Finish", "to": {"statusCategory": {"key": "done"}}},
        ]
        writer.create(action("update_task", {"title": "t", "text": "y", "state": "done"}, "DESK-600"))
        changed, moved = vendor.written
        assert plain(changed["fields"]["description"]) == "y\nReference: pacta-first"
        assert moved["transition"] == {"id": "5"}
        vendor.ways = []
        with pytest.raises(Fatal, match="transition"):
            writer.create(action("update_task", {"title": "t", "state": "done"}, "DESK-600"))

    def test_requests_of_others_are_not_resolved_by_us(self) -> None:
        vendor, writer = self.make()
        with pytest.raises(Fatal, match="people"):
            writer.create(action("update_task", {"title": "t", "state": "done"}, TARGET))
        assert not vendor.written

    def test_configured_fields_are_set(self) -> None:
        vendor, writer = self.make(fields={"status": "customfield_1", "credit": "customfield_2"})
        writer.create(action("set_fields", {"fields": {"status": "breached", "credit": "12.50"}}, TARGET))
        assert vendor.written[0]["fields"]["customfield_1"] == "breached"
        with pytest.raises(Misconfigured, match="colour"):
            writer.create(action("set_fields", {"fields": {"colour": "red"}}, TARGET))

    def test_what_a_desk_does_not_have_is_refused(self) -> None:
        vendor, writer = self.make()
        for verb in ("put_record", "hold_invoice", "create_invoice", "schedule_payment", "send_message"):
            with pytest.raises(Fatal, match=f"takes no {verb}"):
                writer.create(action(verb, {}, TARGET))
        assert not vendor.requests

    def test_unknown_issues_are_not_found(self) -> None:
        _, writer = self.make()
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "x"}, "DESK-999"))

    @pytest.mark.parametrize("target", ["../../user", "DESK-1?expand=x", "a b"])
    def test_a_target_cannot_leave_its_place(self, target: str) -> None:
        vendor, writer = self.make()
        with pytest.raises(Fatal):
            writer.create(action("comment", {"text": "x"}, target))
        assert vendor.requests[0].url.raw_path.split(b"?")[0].count(b"/") == 5

    @pytest.mark.parametrize("reference", ['x" OR 1', "a b c d", "x\ny1234"])
    def test_a_reference_cannot_change_the_query(self, reference: str) -> None:
        vendor, writer = self.make()
        with pytest.raises(Fatal):
            writer.find(reference)
        assert not vendor.requests

    def test_nothing_is_written_when_we_cannot_look_first(self) -> None:
        vendor, writer = self.make()
        vendor.closed = {"/api/3/issue/10003/comment": 403}
        with pytest.raises(Unauthorised):
            writer.create(action("comment", {"text": "x"}, TARGET))
        assert not vendor.written
