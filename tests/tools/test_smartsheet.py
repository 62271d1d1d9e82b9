"""Smartsheet: rows by a column map to facts; rows and comments out."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from obligations.facts import Delivery, Fact, Milestone, ReportReceived, latest
from tests.tools import specs
from tests.tools.broken_off import read_until
from tests.tools.conformance import Conformance, connector_of, lose_answer, read_all
from tests.tools.smartsheet_vendor import COLUMNS, MAP, SHEET, TASKS, WRITE, SmartsheetVendor, row, stamp
from tests.tools.test_ironclad import action
from tests.tools.vendors import SECRET, Json, answer
from tools import connect
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, SignatureError, Skippable, Unauthorised
from tools.kit.verbs import Connector, RawRecord
from tools.kit.webhooks import Handshake, WebhookEvent
from tools.smartsheet.connector import Smartsheet
from tools.smartsheet.rows import cell_text

EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"
SPECIFICATION = "smartsheet/smartsheet-openapi-v2.json"


class TestConformance(Conformance):
    vendor = SmartsheetVendor


def at(day: int, hour: int = 8, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


MADE, CHANGED = at(1, month=9), at(5, month=11)


def facts_of(held: Json, own: Json | None = None, histories: Json | None = None) -> list[Fact]:
    connector: Smartsheet = connector_of(SmartsheetVendor(), sheets=[own or MAP])
    columns = {title: str(number) for title, number in COLUMNS.items()}
    data = {"map": 0, "row": held, "columns": columns, "histories": histories or {}}
    return list(connector.to_facts(RawRecord(kind="x", id=f"{SHEET}/7001", data=data)))


def made(**cells: Any) -> Json:
    return row(7001, CHANGED, MADE, **cells)


def milestones(*args: Any, **more: Any) -> list[tuple[datetime, Milestone]]:
    found = [(fact.known_at, fact.data) for fact in facts_of(*args, **more)]
    return [(known, data) for known, data in found if isinstance(data, Milestone)]


class TestRows:
    def test_a_milestone_is_known_before_it_is_completed(self) -> None:
        told = milestones(
            made(Milestone="Go-live", Planned="2026-10-30", Done="2026-11-03", Vendor="Acme Ltd")
        )
        assert [(known, m.planned_on, [e.on for e in m.events]) for known, m in told] == [
            (MADE, date(2026, 10, 30), []),
            (datetime(2026, 11, 2, 23, tzinfo=UTC), date(2026, 10, 30), [date(2026, 11, 3)]),
        ]
        (fact, _) = facts_of(
            made(Milestone="Go-live", Planned="2026-10-30", Done="2026-11-03", Vendor="Acme Ltd")
        )
        assert (fact.party_hint, fact.source.record, fact.source.label) == ("Acme Ltd", "55/7001", "Go-live")
        assert fact.source.url == "https://grid.example/55?rowId=7001"

    def test_the_history_of_a_cell_tells_what_was_planned_then(self) -> None:
        planned = [
            {"value": "2026-10-15", "modifiedAt": stamp(MADE)},
            {"value": "2026-11-04", "modifiedAt": stamp(at(20))},
        ]
        held = made(Milestone="Go-live", Planned="2026-11-04")
        for order in (planned, planned[::-1]):
            told = milestones(held, {**MAP, "history": ["planned_on"]}, {"planned_on": order})
            assert [(known, m.planned_on) for known, m in told] == [
                (MADE, date(2026, 10, 15)),
                (at(20), date(2026, 11, 4)),
            ]
        facts = facts_of(held, {**MAP, "history": ["planned_on"]}, {"planned_on": planned})
        (then,) = latest(facts, at(10))
        assert then.data.planned_on == date(2026, 10, 15)  # type: ignore[union-attr]

    def test_only_the_newest_version_where_others_are_not_wanted(self) -> None:
        held = made(Milestone="Go-live", Planned="2026-10-30", Done="2026-11-03")
        ((known, now),) = milestones(held, {**MAP, "versions": False})
        assert known == CHANGED
        assert len(now.events) == 1

    def test_a_row_in_which_nothing_has_happened_is_no_fact(self) -> None:
        assert facts_of(made(Milestone="Phase 2")) == []
        assert facts_of(made()) == []
        assert facts_of({**made(), "cells": None}) == []

    def test_amount_progress_and_words_of_the_sheet(self) -> None:
        own = {
            **MAP,
            "columns": {**MAP["columns"], "amount": "Value", "percent_complete": "Progress"},  # type: ignore[dict-item]
            "constants": {"currency": "EUR", "contract": "IC-101", "by": "Lieferant"},
            "values": {"by": {"Lieferant": "counterparty"}},
        }
        held = made(Milestone="Go-live", Planned="2026-10-30", Done="2026-11-03", Value=Decimal("-48000.5"))
        held["cells"].append(
            {"columnId": COLUMNS["Progress"], "value": Decimal("0.6"), "displayValue": "60%"}
        )
        now = milestones(held, own)[-1][1]
        assert now.amount is not None
        assert (now.amount.amount, now.amount.currency) == (Decimal("-48000.5"), "EUR")
        assert now.percent_complete == 60
        assert now.events[0].by == "counterparty"

    def test_reports_and_deliveries(self) -> None:
        columns = {"report": "Milestone", "period": "Planned", "received_at": "Done"}
        own = {"sheet": SHEET, "kind": "report_received", "columns": columns}
        (fact, *_) = facts_of(made(Milestone="service report", Planned="Sep 2026", Done="2026-10-12"), own)
        assert isinstance(fact.data, ReportReceived)
        assert (fact.data.report, fact.data.period) == ("service report", "2026-09")
        assert fact.known_at == fact.data.received_at == datetime(2026, 10, 11, 22, tzinfo=UTC)
        assert facts_of(made(Milestone="service report", Planned="Oct 2026"), own) == [], "not yet there"
        columns = {"number": "Milestone", "order": "Vendor", "quantity": "Value", "delivered_on": "Done"}
        own = {"sheet": SHEET, "kind": "delivery", "columns": columns}
        (fact, *_) = facts_of(made(Milestone="LS-9", Vendor="4500000101", Value=12, Done="2026-10-12"), own)
        assert isinstance(fact.data, Delivery)
        assert (fact.data.order, fact.data.delivered_on) == ("4500000101", date(2026, 10, 12))
        assert fact.data.quantity == 12

    @pytest.mark.parametrize(
        "cells",
        [
            {"Milestone": "Go-live", "Planned": "soon"},
            {"Planned": "2026-10-30"},
            {"Milestone": "Go-live", "Planned": "#NO MATCH"},
            {"Milestone": "Go-live", "Planned": True},
            {"Milestone": "Go-live", "Planned": "2026-02-30"},
        ],
    )
    def test_a_row_that_cannot_be_read_names_sheet_and_row(self, cells: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of(made(**cells))
        assert caught.value.place == "sheet 55, row 1"
        assert caught.value.remedy

    @pytest.mark.parametrize("changes", [{"createdAt": None}, {"modifiedAt": "noon"}, {"createdAt": []}])
    def test_a_row_without_its_times_is_told(self, changes: Json) -> None:
        with pytest.raises(Skippable):
            facts_of({**made(Milestone="x", Planned="2026-10-30"), **changes})

    def test_times_in_milliseconds(self) -> None:
        held = {**made(Milestone="x", Planned="2026-10-30"), "modifiedAt": int(CHANGED.timestamp() * 1000)}
        assert milestones(held, {**MAP, "versions": False})[0][0] == CHANGED

    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            ({"value": True}, "yes"),
            ({"value": 12}, "12"),
            ({"value": Decimal("1.10"), "displayValue": "$1.10"}, "1.10"),
            ({"value": 0.1 + 0.2}, "0.3"),
            ({"value": Decimal("0.125"), "displayValue": "12.5%"}, "12.500"),
            ({"value": "ravi@acme.example", "displayValue": "Ravi", "columnType": "CONTACT_LIST"}, "Ravi"),
            ({"value": " Größe „2“ ", "displayValue": "x"}, "Größe „2“"),
            ({"value": None}, ""),
            ({}, ""),
            ({"value": ["a"]}, ""),
            ({"value": "#4 valve"}, "#4 valve"),
        ],
    )
    def test_cells_as_a_map_reads_them(self, cell: Json, text: str) -> None:
        assert cell_text(cell) == text

    def test_the_night_of_the_clocks(self) -> None:
        columns = {"name": "Milestone", "on": "Planned", "at": "Done"}
        own = {"sheet": SHEET, "kind": "event", "columns": columns}
        with pytest.raises(Skippable, match="twice"):
            facts_of(made(Milestone="outage", Planned="2026-10-25", Done="2026-10-25 02:30"), own)


class TestSettings:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"kind": "ticket_log"}, "ticket_log"),
            ({"kind": "invoice_lines"}, "invoice_lines"),
            ({"kind": "ignore"}, "ignore"),
            ({"columns": {"planned_on": "Planned"}}, "needs a column for name"),
            ({"columns": {"name": "Milestone", "colour": "Red"}}, "no role"),
            ({"columns": {"name": "Milestone", "known_at": "Planned"}}, "itself"),
            ({"history": ["accepted_on"]}, "no column"),
            ({"inherit": ["contract"]}, "no column"),
            ({"values": {"by": {"wir": "nobody"}}}, "nobody"),
            ({"sheet": "Plan"}, "sheet"),
        ],
    )
    def test_a_map_that_cannot_be_is_refused_at_once(self, change: Json, said: str) -> None:
        with pytest.raises(Misconfigured) as caught:
            connector_of(SmartsheetVendor(), sheets=[{**MAP, **change}])
        assert said in str(caught.value) or said in caught.value.place


class TestReading:
    def test_a_sheet_is_mapped_once_for_each_kind(self) -> None:
        with pytest.raises(Misconfigured, match="twice"):
            connector_of(SmartsheetVendor(), sheets=[MAP, MAP])

    def test_several_sheets_each_with_its_watermark(self) -> None:
        vendor = SmartsheetVendor(count=3)
        vendor.tasks = [
            {
                **row(1, at(7)),
                "cells": [{"columnId": 12, "value": "x"}, {"columnId": 13, "value": "2026-10-30"}],
            }
        ]
        second = {"sheet": TASKS, "kind": "milestone", "columns": {"name": "Task", "planned_on": "Due"}}
        connector = connector_of(vendor, sheets=[MAP, second])
        ids, cursor, _ = read_all(connector, "milestone")
        assert ids == ["55/7000", "55/7001", "55/7002", "66/1"]
        held = json.loads(cursor)
        assert (held["55"], held["66"]) == ("2026-09-01T08:02:00+00:00", "2026-10-07T08:00:00+00:00")
        assert [stream.kind for stream in connector.discover()] == ["milestone"]

    def test_a_row_that_is_no_longer_there_is_told_once(self) -> None:
        vendor = SmartsheetVendor(count=5)
        vendor.extra = [row(7950, at(3), Milestone=None)]
        _, cursor, _ = read_all(connector_of(vendor), "milestone")
        vendor.count, vendor.extra, vendor.versions = 3, [], [2, 2]
        _, moved, problems = read_all(connector_of(vendor), "milestone", cursor)
        assert [p.place for p in problems] == ["sheet 55, row 7003", "sheet 55, row 7004"]
        vendor.versions = [3, 3]
        assert read_all(connector_of(vendor), "milestone", moved)[2] == []

    def test_rows_are_looked_for_only_in_a_sheet_that_changed(self) -> None:
        vendor = SmartsheetVendor(count=5)
        _, cursor, _ = read_all(connector_of(vendor), "milestone")
        before = vendor.lists()
        assert read_all(connector_of(vendor), "milestone", cursor)[1] == cursor
        assert vendor.lists() == before + 1
        vendor.versions = [2, 2]
        vendor.count = 2
        assert read_all(connector_of(vendor, deleted=False), "milestone", cursor)[2] == []

    def test_what_changes_while_we_read_is_read_again(self) -> None:
        vendor = SmartsheetVendor(count=30, page_size=10)
        vendor.date = "Tue, 01 Sep 2026 08:10:00 GMT"
        _, cursor, _ = read_all(connector_of(vendor), "milestone")
        assert json.loads(cursor)["55"] == "2026-09-01T08:10:00+00:00"

    def test_a_sheet_that_changed_under_its_pages_is_read_again(self) -> None:
        vendor = SmartsheetVendor(count=25, page_size=10)
        vendor.versions = [1, 1, 2]
        ids, cursor, _ = read_all(connector_of(vendor), "milestone")
        assert len(ids) == 25
        assert vendor.lists() == 6
        assert cursor
        vendor.versions = list(range(12))
        rows = vendor.rows

        def growing() -> list[Json]:
            vendor.extra.append(vendor.record(100 + len(vendor.extra)))
            return rows()

        vendor.rows = growing  # type: ignore[method-assign]
        ids, cursor, _ = read_all(connector_of(vendor), "milestone")
        assert len(ids) > 25
        assert cursor == "", "one that never rests moves no watermark"

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_sheet_that_is_gone_is_a_problem_and_the_rest_goes_on(self, status: int) -> None:
        vendor = SmartsheetVendor(count=3)
        vendor.closed = {f"/sheets/{TASKS}": status}
        second = {"sheet": TASKS, "kind": "milestone", "columns": {"name": "Task", "planned_on": "Due"}}
        ids, cursor, problems = read_all(connector_of(vendor, sheets=[second, MAP]), "milestone")
        assert len(ids) == 3
        assert len(problems) == 1
        assert "66" not in cursor

    def test_a_backfill_goes_on_with_the_sheets_not_finished(self) -> None:
        vendor = SmartsheetVendor(count=25, page_size=10)
        vendor.tasks = [row(1, at(7))]
        vendor.faults = [*[lambda _: None] * 3, lambda _: answer({"message": "down"}, 500)]
        second = {**MAP, "kind": "event", "columns": {"name": "Milestone", "on": "Planned"}}
        other = {"sheet": TASKS, "kind": "event", "columns": {"name": "Task", "on": "Due"}}
        connector = connector_of(vendor, sheets=[other, MAP, second])
        _, cursor, _ = read_all(connector, "milestone")
        _, cursor = read_until(connector, "event", cursor)
        assert f'"{TASKS}"' in cursor
        asked = len(vendor.requests)
        read_all(connector, "event", cursor)
        since = [r.url.params.get("rowsModifiedSince") for r in vendor.requests[asked:]]
        assert all(since), "no sheet is read from its beginning again"

    def test_a_column_that_is_gone_is_named(self) -> None:
        own = {**MAP, "columns": {"name": "Milestone", "planned_on": "Termin"}}
        connector = connector_of(SmartsheetVendor(), sheets=[own])
        _, cursor, (problem,) = read_all(connector, "milestone")
        assert "Termin" in problem.what
        assert cursor == ""
        assert not connector.check().ok

    def test_an_indented_row_takes_what_stands_above_it(self) -> None:
        vendor = SmartsheetVendor(count=0)
        top = row(7100, at(1), Milestone="Acme: SOW 3", Vendor="Acme Ltd")
        middle = {**row(7101, at(1), Milestone="Sites"), "parentId": 7100}
        deep = {**row(7102, at(9), Milestone="Site 4", Planned="2026-10-30"), "parentId": 7101}
        own = {
            **row(7103, at(9), Milestone="Site 5", Planned="2026-10-30", Vendor="Baltica"),
            "parentId": 7101,
        }
        orphan = {**row(7104, at(9), Milestone="Site 6", Planned="2026-10-30"), "parentId": 1}
        vendor.extra = [top, middle, deep, own, orphan]
        for cursor in (None, '{"55": "2026-10-09T08:00:00+00:00"}'):
            connector = connector_of(vendor, sheets=[{**MAP, "inherit": ["party"]}])
            records = [r for batch in connector.read("milestone", cursor) for r in batch.records]
            hints = {f.source.label: f.party_hint for r in records for f in connector.to_facts(r)}
            assert hints == {"Site 4": "Acme Ltd", "Site 5": "Baltica", "Site 6": ""}
        circle = {**row(7105, at(9), Milestone="Ring", Planned="2026-10-30"), "parentId": 7105}
        vendor.extra = [circle]
        assert read_all(connector, "milestone")[0] == ["55/7105"]

    def test_histories_are_asked_for_the_cells_that_are_wanted(self) -> None:
        vendor = SmartsheetVendor(count=1)
        vendor.history["7000/2"] = [{"value": "2026-10-15", "modifiedAt": stamp(MADE)}]
        batch, *_ = connector_of(vendor, sheets=[{**MAP, "history": ["planned_on"]}]).read("milestone", None)
        assert batch.records[0].data["histories"] == {"planned_on": vendor.history["7000/2"]}
        assert [r.url.path for r in vendor.requests][1:] == ["/2.0/sheets/55/rows/7000/columns/2/history"]

    @pytest.mark.parametrize("cursor", ["[]", '{"55": 7}', '{"55": "noon"}', "2026-09-01T00:00:00+00:00"])
    def test_a_cursor_of_another_shape_says_so(self, cursor: str) -> None:
        with pytest.raises(Misconfigured, match="watermark"):
            list(connector_of(SmartsheetVendor()).read("milestone", cursor))


TARGET = "55/7003"


class TestWriter:
    def make(self, **changes: Any) -> tuple[SmartsheetVendor, Any]:
        vendor = SmartsheetVendor(count=5)
        given: Json = {"tasks": WRITE, "entities": {"obligation": WRITE}, **changes}
        return vendor, connector_of(vendor, **given).writer()

    def test_a_comment_is_written_once(self) -> None:
        vendor, writer = self.make()
        note = action("comment", {"text": "Late by 1 h"}, TARGET)
        first = writer.create(note)
        assert writer.create(note) == first == writer.find("pacta-1f2e", TARGET)
        (written,) = vendor.written
        assert written["path"] == "/sheets/55/rows/7003/discussions"
        assert written["told"] == {"comment": {"text": "Late by 1 h\n\nReference: pacta-1f2e"}}
        assert writer.find("pacta-1f2", TARGET) is None

    def test_a_task_is_a_row_written_once(self) -> None:
        vendor, writer = self.make()
        asked = action("create_task", {"title": "Look", "text": "x", "due_on": "2026-11-15"}, "IC-101")
        source = writer.create(asked)
        assert (
            writer.create(asked) == source == writer.find("pacta-1f2e", "IC-101") == writer.find("pacta-1f2e")
        )
        (written,) = vendor.written
        assert written["told"] == [
            {
                "toBottom": True,
                "cells": [
                    {"columnId": 12, "value": "Look"},
                    {"columnId": 15, "value": "x"},
                    {"columnId": 14, "value": "open"},
                    {"columnId": 13, "value": "2026-11-15"},
                    {"columnId": 11, "value": "pacta-1f2e"},
                ],
            }
        ]
        assert source.record == "66/500"

    def test_a_record_is_a_row_and_then_new_values_in_it(self) -> None:
        vendor, writer = self.make()
        fields: Json = {"title": "SLA report", "due_on": date(2026, 11, 30)}
        source = writer.create(action("put_record", {"entity": "obligation", "fields": fields}, "IC-101"))
        fields = {"state": "met", "text": None}
        again = writer.create(action("put_record", {"entity": "obligation", "fields": fields}, "IC-101"))
        assert again.record == source.record
        assert [w["method"] for w in vendor.written] == ["POST", "PUT"]
        assert vendor.written[1]["told"] == [
            {"id": 500, "cells": [{"columnId": 14, "value": "met"}, {"columnId": 15, "value": ""}]}
        ]

    def test_a_task_is_changed_and_fields_are_set(self) -> None:
        vendor, writer = self.make()
        done = {"title": "Look", "text": "y", "state": "done", "priority": "P1"}
        writer.create(action("update_task", done, "66/500"))
        assert {"columnId": 14, "value": "done"} in vendor.written[0]["told"][0]["cells"]
        writer.create(action("set_fields", {"fields": {"state": Decimal("12.50")}}, "66/500"))
        assert vendor.written[1]["told"] == [{"id": 500, "cells": [{"columnId": 14, "value": 12.5}]}]

    def test_what_others_would_read_is_said_as_public_only(self) -> None:
        vendor, writer = self.make(shared=True)
        with pytest.raises(Fatal, match="our own people"):
            writer.create(action("comment", {"text": "We want out."}, TARGET))
        assert not vendor.requests
        writer.create(action("comment", {"text": "Late by 1 h", "public": True}, TARGET))
        assert len(vendor.written) == 1

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        for wanted in (
            action("comment", {"text": "Late"}, TARGET),
            action("create_task", {"title": "Look"}, "x"),
        ):
            vendor = SmartsheetVendor(count=5)
            settings = {**vendor.settings(), "tasks": WRITE}
            connector: Any = connect({"smartsheet": settings}, lose_answer(vendor))["smartsheet"]
            with pytest.raises(Retryable) as caught:
                connector.writer().create(wanted)
            assert caught.value.maybe_done
            connector.writer().create(wanted)
            assert len(vendor.written) == 1

    @pytest.mark.parametrize(
        ("verb", "payload", "target", "said"),
        [
            ("put_record", {"entity": "audit", "fields": {}}, "", "audit"),
            ("put_record", {"entity": "obligation", "fields": {"colour": "red"}}, "", "colour"),
            ("set_fields", {"fields": {"state": "x"}}, "77/1", "77"),
        ],
    )
    def test_what_the_settings_lack_is_named(self, verb: str, payload: Json, target: str, said: str) -> None:
        vendor, writer = self.make()
        with pytest.raises(Misconfigured, match=said):
            writer.create(action(verb, payload, target))
        assert not vendor.written

    def test_a_sheet_without_the_reference_column_is_not_written(self) -> None:
        vendor, writer = self.make(tasks={**WRITE, "reference": "Key"})
        with pytest.raises(Misconfigured, match="Key"):
            writer.create(action("create_task", {"title": "Look"}, ""))
        assert not vendor.written

    def test_without_a_sheet_for_tasks_the_settings_are_named(self) -> None:
        _, writer = self.make(tasks=None)
        with pytest.raises(Misconfigured, match="tasks"):
            writer.create(action("create_task", {"title": "Look"}, ""))

    def test_what_smartsheet_does_not_have_is_refused(self) -> None:
        vendor, writer = self.make()
        for verb in ("hold_invoice", "create_invoice", "schedule_payment", "send_message"):
            with pytest.raises(Fatal, match=f"takes no {verb}"):
                writer.create(action(verb, {}, TARGET))
        assert not vendor.requests

    @pytest.mark.parametrize("target", ["55/999", "../users/me", "55", "55/7003/x", ""])
    def test_unknown_rows_are_not_found(self, target: str) -> None:
        vendor, writer = self.make()
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "x"}, target))
        assert not vendor.written

    def test_nothing_is_written_when_we_cannot_look_first(self) -> None:
        vendor, writer = self.make()
        vendor.closed = {"/discussions": 403}
        with pytest.raises(Unauthorised):
            writer.create(action("comment", {"text": "x"}, TARGET))
        assert not vendor.written

    def test_a_sheet_being_saved_is_tried_later(self) -> None:
        vendor, writer = self.make()
        busy = {"errorCode": 4004, "message": "currently being updated", "refId": "x"}
        write = vendor._write
        vendor._write = lambda path, request: answer(busy, 409)  # type: ignore[method-assign]
        with pytest.raises(Retryable):
            writer.create(action("comment", {"text": "x"}, TARGET))
        vendor._write = write  # type: ignore[method-assign]
        writer.create(action("comment", {"text": "x"}, TARGET))


class TestWebhook:
    def deliver(self, body: bytes, secret: str = "s-1") -> Any:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        connector = connector_of(SmartsheetVendor(), webhook={"secrets": ["s-1"]})
        return connector.verify_webhook(body, {"Smartsheet-Hmac-SHA256": digest}, at(29))

    def test_a_challenge_is_given_back(self) -> None:
        connector = connector_of(SmartsheetVendor())
        headers = {"Smartsheet-Hook-Challenge": "aa-11"}
        given = connector.verify_webhook(b'{"challenge": "aa-11", "webhookId": 1}', headers)
        assert isinstance(given, Handshake)
        assert given.headers == {"Smartsheet-Hook-Response": "aa-11"}

    def test_events_read_the_sheets_kinds_again(self) -> None:
        body = (
            b'{"timestamp": "2026-10-29T07:59:00.000+00:00", "webhookId": 4, "scopeObjectId": 55,'
            b' "events": [{"objectType": "row", "eventType": "updated"}]}'
        )
        event = self.deliver(body)
        assert isinstance(event, WebhookEvent)
        assert (event.event, event.streams, event.webhook) == ("updated", ("milestone",), "4")
        assert self.deliver(body.replace(b"55", b"77")).streams == ()
        with pytest.raises(SignatureError):
            self.deliver(body, "s-2")
        with pytest.raises(SignatureError, match="window"):
            self.deliver(body.replace(b"10-29", b"10-19"))

    def test_without_a_secret_nothing_is_believed(self) -> None:
        with pytest.raises(Misconfigured):
            connector_of(SmartsheetVendor()).verify_webhook(b"{}", {}, at(29))


@specs.needs_specification
def test_every_request_is_as_specified() -> None:
    vendor = SmartsheetVendor(count=25, page_size=10)
    sheets = [{**MAP, "history": ["planned_on"]}]
    connector = connector_of(vendor, sheets=sheets, tasks=WRITE, entities={"obligation": WRITE})
    assert connector.check().ok
    read_all(connector, "milestone", '{"55": "2026-09-01T08:10:00+00:00"}')
    writer = connector.writer()
    writer.create(action("create_task", {"title": "Look", "due_on": "2026-11-15"}, "IC-101"))
    writer.create(action("update_task", {"title": "Look", "state": "done"}, "66/500"))
    writer.create(action("put_record", {"entity": "obligation", "fields": {"title": "x"}}, "", "pacta-2"))
    writer.create(action("set_fields", {"fields": {"state": "late"}}, "66/500"))
    writer.create(action("comment", {"text": "x"}, TARGET, "pacta-3"))
    spec = specs.load(SPECIFICATION)
    assert len(vendor.written) == 5
    for request in vendor.requests:
        # Where a new row goes is told by the specification in words only.
        placed = request.content.replace(b'"toBottom":true,', b"")
        headers = {"content-type": request.headers.get("content-type", "")}
        plain = httpx.Request(request.method, request.url, content=placed, headers=headers)
        assert specs.faults(plain, spec, "/2.0") == [], request.url


def test_the_example_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_SMARTSHEET_TOKEN", SECRET)
    settings = yaml.safe_load((EXAMPLES / "smartsheet.yaml").read_text())["connectors"]
    connectors = connect(settings)
    assert all(isinstance(connector, Connector) for connector in connectors.values())
    assert SECRET not in repr([vars(connector) for connector in connectors.values()])
