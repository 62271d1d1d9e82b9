"""What is written to Request Tracker: correspondence, comments, tasks as tickets, custom fields."""

from typing import Any, ClassVar

import httpx
import pytest

from tests.tools.conformance import connector_of
from tests.tools.conformance_writing import WriterConformance
from tests.tools.request_tracker_vendor import RequestTrackerVendor
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json, Vendor
from tools.kit import Fatal, Misconfigured, NotFound, Unauthorised, WrongAnswer

TARGET = "4"
TASKS = {"queue": "Contracts", "reference_field": "Reference"}


class WritingVendor(RequestTrackerVendor):
    """One whose settings say where tasks go."""

    def settings(self) -> Json:
        return {**super().settings(), "tasks": TASKS, "fields": {"status": "Contract"}}


def is_write(request: httpx.Request) -> bool:
    return request.method in ("POST", "PUT") and request.url.path.rpartition("/")[2] not in (
        "transactions",
        "attachments",
    )


class TestConformance(WriterConformance):
    vendor: ClassVar[type[Vendor]] = WritingVendor
    takes = ("comment", "create_task", "update_task", "set_fields")
    example: ClassVar[Json] = {"text": "Late by an hour"}
    target = TARGET

    def is_write(self, request: httpx.Request) -> bool:
        return is_write(request)


class TestTaskConformance(TestConformance):
    takes = ("create_task", "comment", "update_task", "set_fields")
    example: ClassVar[Json] = {"title": "Look at the credit"}
    target = "IC-101"


class PlainVendor(RequestTrackerVendor):
    """One whose queue has no field for our reference."""

    def settings(self) -> Json:
        return {**super().settings(), "tasks": {"queue": "Contracts"}}


class TestTaskBySubjectConformance(TestTaskConformance):
    vendor = PlainVendor


class TestWriter:
    def make(self, **changes: Any) -> tuple[WritingVendor, Any]:
        vendor = WritingVendor(count=5)
        return vendor, connector_of(vendor, **changes).writer()

    def test_a_comment_is_internal_unless_public(self) -> None:
        vendor, writer = self.make()
        first = writer.create(action("comment", {"text": "Late by 1 h"}, TARGET))
        writer.create(action("comment", {"text": "Hello", "public": True}, TARGET, "pacta-2nd"))
        assert [one["path"] for one in vendor.written] == ["/ticket/4/comment", "/ticket/4/correspond"]
        assert vendor.written[0]["Content"] == "Late by 1 h\n\nReference: pacta-1f2e"
        assert first.record == "4/1000"
        assert first.url == "https://rt.example/Ticket/Display.html?id=4#txn-1000"
        assert writer.find("pacta-1f2e") == first == writer.find("pacta-1f2e", TARGET)
        assert writer.find("pacta-1f2e", "IC-101") is None
        assert writer.find("pacta-1f2") is None

    def test_a_mail_that_repeats_what_we_wrote_is_not_it(self) -> None:
        vendor, writer = self.make()
        at = vendor.changed_at(1)
        vendor.say("4", "EmailRecord", "x\n\nReference: pacta-1f2e", at)
        assert writer.find("pacta-1f2e") is None
        html = "<p>x</p><p>Reference: pacta-1f2e</p>"
        number = vendor.say("4", "Correspond", html, at, ContentType="text/html")
        assert writer.find("pacta-1f2e").record == f"4/{number}"

    def test_the_owner_is_addressed(self) -> None:
        vendor, writer = self.make()
        vendor.changed["4"] = {"Owner": {"id": "ravi", "RealName": "Ravi Menon"}}
        writer.create(action("comment", {"text": "Look", "mention_assignee": True}, TARGET))
        assert vendor.written[0]["Content"].startswith("@Ravi Menon: Look")
        vendor.changed["4"] = {}
        again = action("comment", {"text": "Look", "mention_assignee": True}, TARGET, "pacta-2nd")
        writer.create(again)
        assert vendor.written[1]["Content"].startswith("Look"), "nobody has it"

    def test_a_task_is_a_ticket_with_our_reference_in_its_field(self) -> None:
        vendor, writer = self.make(tasks={**TASKS, "requestor": "contracts@tessaly.example"})
        payload = {"title": "Look\n at it", "text": "x", "due_on": "2026-11-15", "priority": "P2"}
        task = action("create_task", payload, "IC-101")
        made = writer.create(task)
        (written,) = vendor.written
        assert written["Subject"] == "Look at it"
        assert written["Content"] == "About: IC-101\n\nx\n\nReference: pacta-1f2e"
        assert (written["Due"], written["Priority"]) == ("2026-11-15 00:00:00", 50)
        assert written["CustomFields"] == {"Reference": "pacta-1f2e"}
        assert written["Requestor"] == "contracts@tessaly.example"
        assert writer.create(task) == made == writer.find("pacta-1f2e")
        assert writer.find("pacta-1f2e", TARGET) == made

    def test_without_a_field_the_subject_carries_it(self) -> None:
        vendor, writer = self.make(tasks={"queue": "Contracts"})
        task = action("create_task", {"title": "Look"}, "")
        made = writer.create(task)
        assert vendor.written[0]["Subject"] == "Look [pacta-1f2e]"
        assert "CustomFields" not in vendor.written[0]
        assert writer.create(task) == made
        writer.create(action("update_task", {"title": "Seen", "state": "done"}, made.record, "pacta-2nd"))
        assert vendor.written[1]["Subject"] == "Seen [pacta-1f2e]", "it stays ours"
        assert vendor.written[1]["Status"] == "resolved"

    def test_a_field_that_rt_would_leave_out_is_told_before_anything_is_written(self) -> None:
        vendor, writer = self.make()
        vendor.queue_fields = ["Supplier"]
        with pytest.raises(Misconfigured, match="Reference"):
            writer.create(action("create_task", {"title": "Look"}, ""))
        assert not vendor.written

    @pytest.mark.parametrize(("queue", "error"), [("", Misconfigured), ("Elsewhere", Unauthorised)])
    def test_a_queue_that_is_not_there(self, queue: str, error: type[Exception]) -> None:
        _, writer = self.make(tasks={"queue": queue})
        with pytest.raises(error):
            writer.create(action("create_task", {"title": "Look"}, ""))

    def test_an_update_changes_the_head_and_comments_the_text_once(self) -> None:
        vendor, writer = self.make()
        update = action("update_task", {"title": "New", "text": "y", "priority": "P1"}, TARGET)
        for _ in range(2):
            assert writer.create(update).record == TARGET
        assert [one["path"] for one in vendor.written] == ["/ticket/4", "/ticket/4/comment", "/ticket/4"]
        assert (vendor.written[0]["Subject"], vendor.written[0]["Priority"]) == ("New", 100)

    def test_tickets_of_others_are_not_resolved_by_us(self) -> None:
        vendor, writer = self.make()
        with pytest.raises(Fatal, match="people"):
            writer.create(action("update_task", {"title": "t", "state": "done"}, TARGET))
        assert not vendor.written

    def test_what_rt_says_yes_to_and_does_not_do_is_told(self) -> None:
        vendor, writer = self.make()
        vendor.obeys = False
        with pytest.raises(Fatal, match="Permission Denied") as caught:
            writer.create(action("update_task", {"title": "New"}, TARGET))
        assert caught.value.remedy
        with pytest.raises(Fatal, match="Contract"):
            writer.create(action("set_fields", {"fields": {"status": "breached"}}, TARGET))

    def test_configured_fields_are_set_and_cleared(self) -> None:
        vendor, writer = self.make()
        for value, told in (("breached", "breached"), (7, "7"), ("2026-11-15", "2026-11-15"), (None, None)):
            writer.create(action("set_fields", {"fields": {"status": value}}, TARGET))
            assert vendor.written[-1]["CustomFields"] == {"Contract": told}
        before = len(vendor.written)
        writer.create(action("set_fields", {"fields": {"status": None}}, TARGET))
        assert len(vendor.written) == before, "what is so already is left alone"
        with pytest.raises(Misconfigured, match="colour"):
            writer.create(action("set_fields", {"fields": {"colour": "red"}}, TARGET))

    @pytest.mark.parametrize("target", ["../../user/1", "4?x=y", "a b", "", "٤", "999"])
    def test_a_target_that_is_no_ticket_is_not_found(self, target: str) -> None:
        vendor, writer = self.make()
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "x"}, target))
        assert not vendor.written

    def test_an_answer_without_the_transaction_is_told(self) -> None:
        vendor, writer = self.make()
        vendor._say = lambda *_: httpx.Response(201, json=["Comments added"])  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="transaction"):
            writer.create(action("comment", {"text": "x"}, TARGET))
