"""ServiceNow: composed records to ticket versions and outages; comments and incidents out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from obligations.facts import Fact, Outage, Ticket
from tests.tools.conformance import connector_of, lose_answer, read_all
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json, ServiceNowVendor, both
from tools import connect
from tools.kit import Fatal, NotFound, Retryable, Skippable, Unauthorised, harvest
from tools.kit.verbs import RawRecord
from tools.servicenow.connector import ServiceNow

OPENED = "2026-10-14 00:10:00"


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def incident(**changes: Any) -> Json:
    plain = {
        "sys_id": "a" * 32,
        "number": "INC0010427",
        "short_description": "Order platform down",
        "state": "6",
        "hold_reason": "",
        "priority": "1",
        "opened_at": OPENED,
        "resolved_at": "2026-10-14 07:40:00",
        "closed_at": "",
        "sys_created_on": OPENED,
        "sys_created_by": "lena@tessaly.example",
        "sys_updated_on": "2026-10-14 07:40:00",
        "cmdb_ci": "Order Platform",
    }
    vendor = {"value": "co-acme", "display_value": "Acme Managed Services Ltd"}
    return both({**plain, **changes}, u_vendor=vendor)


def audit(field: str, old: str, new: str, when: str, user: str = "ravi@acme.example") -> Json:
    return {"fieldname": field, "oldvalue": old, "newvalue": new, "sys_created_on": when, "user": user}


def said(text: str, when: str, by: str = "ravi@acme.example", element: str = "comments") -> Json:
    return {"element": element, "value": text, "sys_created_on": when, "sys_created_by": by}


CHANGES = [
    audit("state", "1", "2", "2026-10-14 00:21:00"),
    audit("state", "2", "3", "2026-10-14 03:00:00"),
    audit("hold_reason", "", "1", "2026-10-14 03:00:00"),
    audit("state", "3", "2", "2026-10-14 03:30:00", "jonas@tessaly.example"),
    audit("hold_reason", "1", "", "2026-10-14 03:30:00", "jonas@tessaly.example"),
    audit("state", "2", "6", "2026-10-14 07:40:00"),
]


def facts_of(row: Json | None = None, settings: Json | None = None, **parts: Any) -> list[Fact]:
    connector: ServiceNow = connector_of(ServiceNowVendor(), **(settings or {}))
    data = {"incident": row or incident(), "companies": {"ravi@acme.example": ["co-acme", "Acme"]}, **parts}
    return list(connector.to_facts(RawRecord(kind="incident", id="a" * 32, data=data)))


def ticket_of(*args: Any, **parts: Any) -> Ticket:
    data = facts_of(*args, **parts)[-1].data
    assert isinstance(data, Ticket)
    return data


class TestTicket:
    def test_the_whole_story_in_order(self) -> None:
        ticket = ticket_of(audit=CHANGES, journal=[said("On it.", "2026-10-14 00:21:00")])
        told = [(e.change, e.value, e.at) for e in ticket.events]
        assert told == [
            ("opened", "", at(0, 10)),
            ("priority", "P1", at(0, 10)),
            ("status", "open", at(0, 10)),
            ("status", "in_progress", at(0, 21)),
            ("comment", "On it.", at(0, 21)),
            ("status", "awaiting_customer", at(3)),
            ("status", "in_progress", at(3, 30)),
            ("status", "resolved", at(7, 40)),
        ]
        assert (ticket.status, ticket.priority, ticket.resolved_at) == ("resolved", "P1", at(7, 40))
        assert ticket.service == "Order Platform"

    def test_every_recorded_change_is_a_version_known_then(self) -> None:
        facts = facts_of(audit=CHANGES)
        assert [f.known_at for f in facts] == [at(0, 10), at(0, 21), at(3), at(3, 30), at(7, 40)]
        assert [f.data.status for f in facts] == [  # type: ignore[union-attr]
            "open",
            "in_progress",
            "awaiting_customer",
            "in_progress",
            "resolved",
        ]
        assert all(f.data.resolved_at is None for f in facts[:-1])  # type: ignore[union-attr]
        assert {f.source.record for f in facts} == {"INC0010427"}
        assert {f.party_hint for f in facts} == {"Acme Managed Services Ltd"}

    def test_only_the_newest_version_where_history_is_not_wanted(self) -> None:
        whole = facts_of(audit=CHANGES)
        assert facts_of(audit=CHANGES, settings={"history": False})[0].data == whole[-1].data

    def test_the_order_in_which_rows_arrive_does_not_matter(self) -> None:
        journal = [said("a", "2026-10-14 00:21:00"), said("b", "2026-10-14 02:00:00")]
        one = facts_of(audit=CHANGES, journal=journal)
        other = facts_of(audit=CHANGES[::-1], journal=journal[::-1])
        assert [f.known_at for f in one] == [f.known_at for f in other]
        assert one[-1].data.status == other[-1].data.status  # type: ignore[union-attr]

    def test_reading_it_again_gives_the_same_ids(self) -> None:
        assert [f.id for f in facts_of(audit=CHANGES)] == [f.id for f in facts_of(audit=CHANGES)]
        assert len({f.id for f in facts_of(audit=CHANGES)}) == 5

    def test_a_raised_priority_is_told_from_the_first_one_on(self) -> None:
        row = incident(priority="2", state="2", resolved_at="")
        ticket = ticket_of(row, audit=[audit("priority", "3", "2", "2026-10-14 01:00:00")])
        priorities = [(e.value, e.at) for e in ticket.events if e.change == "priority"]
        assert priorities == [("P3", at(0, 10)), ("P2", at(1))]
        assert ticket.priority == "P2"

    def test_an_audited_insert_is_no_change(self) -> None:
        inserted = [audit("state", "", "1", OPENED), audit("priority", "", "1", OPENED)]
        ticket = ticket_of(audit=[*inserted, *CHANGES])
        assert [e.value for e in ticket.events if e.change == "priority"] == ["P1"]
        assert [e.value for e in ticket.events if e.change == "status"][:2] == ["open", "in_progress"]

    def test_reopening_is_told_and_takes_the_resolution_back(self) -> None:
        row = incident(state="2", resolved_at="2026-10-14 07:40:00", sys_updated_on="2026-10-15 08:00:00")
        facts = facts_of(row, audit=[*CHANGES, audit("state", "6", "2", "2026-10-15 08:00:00")])
        ticket = facts[-1].data
        assert isinstance(ticket, Ticket)
        assert [(e.change, e.value) for e in ticket.events[-2:]] == [
            ("reopened", "in_progress"),
            ("status", "in_progress"),
        ]
        assert ticket.resolved_at is None
        assert facts[-2].data.resolved_at == at(7, 40)  # type: ignore[union-attr]

    def test_closing_does_not_move_the_resolution(self) -> None:
        row = incident(state="7", closed_at="2026-10-21 07:40:00", sys_updated_on="2026-10-21 07:40:00")
        ticket = ticket_of(row, audit=[*CHANGES, audit("state", "6", "7", "2026-10-21 07:40:00", "system")])
        assert (ticket.status, ticket.resolved_at) == ("closed", at(7, 40))

    def test_a_stated_resolution_counts_over_the_hour_it_was_entered(self) -> None:
        row = incident(resolved_at="2026-10-14 07:00:00")
        assert ticket_of(row, audit=CHANGES).resolved_at == at(7)

    def test_without_audit_the_record_still_says_when_it_was_resolved(self) -> None:
        ticket = ticket_of()
        assert (ticket.status, ticket.resolved_at) == ("resolved", at(7, 40))

    def test_a_cancelled_ticket_was_not_resolved(self) -> None:
        row = incident(state="8", resolved_at="")
        assert ticket_of(row).status == "cancelled"
        assert ticket_of(row).resolved_at is None

    @pytest.mark.parametrize(
        ("reason", "status"),
        [
            ("1", "awaiting_customer"),
            ("4", "awaiting_vendor"),
            ("5", "on_hold"),
            ("3", "on_hold"),
            ("", "on_hold"),
        ],
    )
    def test_the_reason_of_a_hold_decides_its_status(self, reason: str, status: str) -> None:
        assert ticket_of(incident(state="3", hold_reason=reason, resolved_at="")).status == status

    def test_another_tenant_has_other_codes(self) -> None:
        row = incident(state="-5", priority="S1", resolved_at="")
        settings = {"states": {"-5": "awaiting_customer"}, "priorities": {"s1": "P1"}}
        ticket = ticket_of(row, settings)
        assert (ticket.status, ticket.priority) == ("awaiting_customer", "P1")
        assert ticket_of(incident(), settings).status == "resolved", "the usual codes still hold"

    @pytest.mark.parametrize(
        "changes",
        [{"state": "77"}, {"priority": "0"}, {"opened_at": "soon"}, {"opened_at": "", "sys_created_on": ""}],
    )
    def test_a_record_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of(incident(**changes))
        assert "INC0010427" in caught.value.place

    def test_a_ticket_recorded_later_was_not_known_before(self) -> None:
        row = incident(sys_created_on="2026-10-14 02:00:00")
        assert facts_of(row, audit=CHANGES[1:])[0].known_at == at(2)


class TestAuthors:
    def by(self, user: str, **authors: Any) -> tuple[str, bool]:
        settings = {"authors": authors} if authors else {}
        parts = {"journal": [said("Hello", "2026-10-14 01:00:00", user)]}
        ticket = ticket_of(None, settings, **parts)
        comment = next(e for e in ticket.events if e.change == "comment")
        return comment.by, comment.automatic

    def test_the_vendors_people_by_company(self) -> None:
        assert self.by("ravi@acme.example") == ("provider", False)

    def test_patterns_over_user_names_come_first(self) -> None:
        assert self.by("ravi@acme.example", customer=["ravi@*"]) == ("customer", False)
        assert self.by("X.Smith", provider=["x.*"]) == ("provider", False)

    def test_what_the_system_writes_is_automatic(self) -> None:
        assert self.by("system") == ("system", True)
        assert self.by("acme.autoreply", system=["*.autoreply"]) == ("system", True)

    def test_an_unknown_author_stays_unknown(self) -> None:
        assert self.by("somebody") == ("unknown", False)

    def test_our_own_company_by_name_or_id(self) -> None:
        parts = {
            "journal": [said("Hello", "2026-10-14 01:00:00", "lena")],
            "companies": {"lena": ["co-us", "Tessaly Instruments GmbH"]},
        }
        for name in ("co-us", "Tessaly Instruments GmbH"):
            ticket = ticket_of(None, {"authors": {"our_companies": [name]}}, **parts)
            assert next(e for e in ticket.events if e.change == "comment").by == "customer"

    def test_work_notes_are_not_public(self) -> None:
        ticket = ticket_of(journal=[said("internal", "2026-10-14 01:00:00", element="work_notes")])
        assert not next(e for e in ticket.events if e.change == "comment").public


def outage(**changes: Any) -> list[Fact]:
    plain = {
        "sys_id": "o" * 32,
        "type": "outage",
        "begin": "2026-10-14 00:05:00",
        "end": "2026-10-14 01:25:00",
        "cmdb_ci": "Order Platform",
        "u_announced_at": "",
        "sys_created_on": "2026-10-14 00:06:00",
        "sys_updated_on": "2026-10-14 01:30:00",
    }
    connector: ServiceNow = connector_of(ServiceNowVendor())
    data = {"outage": both({**plain, **changes})}
    return list(connector.to_facts(RawRecord(kind="outage", id="o" * 32, data=data)))


class TestOutage:
    def test_its_end_is_known_only_once_it_was_recorded(self) -> None:
        first, last = outage()
        assert isinstance(first.data, Outage)
        assert isinstance(last.data, Outage)
        assert (first.known_at, first.data.ended_at) == (at(0, 6), None)
        assert (last.known_at, last.data.ended_at) == (at(1, 30), at(1, 25))
        assert (last.data.type, last.data.service) == ("outage", "Order Platform")

    def test_one_recorded_afterwards_is_one_version(self) -> None:
        facts = outage(sys_created_on="2026-10-15 08:00:00", sys_updated_on="2026-10-15 08:00:00")
        assert len(facts) == 1

    def test_planned_work_is_maintenance_with_its_announcement(self) -> None:
        (fact,) = outage(type="planned", u_announced_at="2026-10-10 07:30:00")
        assert isinstance(fact.data, Outage)
        assert fact.data.type == "maintenance"
        assert fact.data.announced_at == at(7, 30, day=10)

    def test_without_a_field_the_announcement_is_the_entry(self) -> None:
        (fact,) = outage(type="planned", u_announced_at="")
        assert fact.data.announced_at == at(0, 6)  # type: ignore[union-attr]

    def test_an_outage_that_lasts_has_no_end(self) -> None:
        assert outage(end="")[-1].data.ended_at is None  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "changes",
        [
            {"begin": ""},
            {"cmdb_ci": ""},
            {"type": "rumour"},
            {"end": "2026-10-13 00:00:00"},
            {"begin": "noon"},
        ],
    )
    def test_one_that_cannot_be_read_is_skipped_with_its_id(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            outage(**changes)
        assert "o" * 32 in caught.value.place


class TestReading:
    def test_side_tables_come_in_one_request_for_a_page(self) -> None:
        vendor = ServiceNowVendor(count=20, page_size=20)
        vendor.journal = [
            {
                "sys_id": "j",
                "name": "incident",
                "element_id": f"{3:032x}",
                **said("Hi", "2026-10-01 00:00:00"),
            }
        ]
        connector = connector_of(vendor)
        (batch,) = connector.read("incident", None)
        assert len(vendor.requests) == 5  # incident, journal, audit, task_sla, sys_user
        assert [r.id for r in batch.records if r.data["journal"]] == [f"{3:032x}"]

    @pytest.mark.parametrize("table", ["sys_audit", "sys_journal_field", "task_sla"])
    def test_a_table_we_may_not_read_is_a_problem_and_the_rest_goes_on(self, table: str) -> None:
        vendor = ServiceNowVendor(count=25, page_size=10)
        vendor.closed = {table: 403}
        connector = connector_of(vendor)
        ids, _, problems = read_all(connector, "incident")
        assert len(ids) == 25
        assert [p.place for p in problems] == [f"/table/{table}"]
        assert problems[0].remedy
        assert not connector.check().ok

    def test_a_narrowing_query_cannot_widen(self) -> None:
        for query in ("active=true^NQactive=false", "ORDERBYnumber"):
            with pytest.raises(Fatal, match="query"):
                connector_of(ServiceNowVendor(), query=query)
        vendor = ServiceNowVendor(count=1)
        read_all(connector_of(vendor, query="assignment_group=x"), "incident")
        assert "assignment_group=x^ORDERBY" in str(vendor.requests[0].url.params["sysparm_query"])

    def test_facts_of_a_page_name_their_page_for_people(self) -> None:
        connector = connector_of(ServiceNowVendor(count=1))
        facts = harvest(connector, next(iter(connector.read("incident", None))).records).facts
        assert facts[0].source.url.startswith("https://desk.example/nav_to.do?uri=incident.do")


TARGET = "INC0000003"


class TestWriter:
    def test_a_comment_is_written_once(self) -> None:
        vendor = ServiceNowVendor(count=5)
        writer = connector_of(vendor).writer()
        note = action("comment", {"text": "Late by 1 h"}, TARGET)
        first = writer.create(note)
        assert writer.create(note) == first
        assert vendor.written == [{"work_notes": "Late by 1 h\n\nReference: pacta-1f2e"}]
        assert writer.find("pacta-1f2e", TARGET) == first
        assert writer.find("pacta-1f2e") == first
        assert writer.find("pacta-1f2") is None

    def test_a_public_comment_only_when_asked_for(self) -> None:
        vendor = ServiceNowVendor(count=5)
        connector_of(vendor).writer().create(action("comment", {"text": "Hello", "public": True}, TARGET))
        assert "comments" in vendor.written[0]

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        vendor = ServiceNowVendor(count=5)
        connector: Any = connect({"servicenow": vendor.settings()}, lose_answer(vendor))["servicenow"]
        note = action("comment", {"text": "Late"}, TARGET)
        with pytest.raises(Retryable) as caught:
            connector.writer().create(note)
        assert caught.value.maybe_done
        connector.writer().create(note)
        assert len(vendor.journal) == 1

    def test_a_task_is_an_incident_with_our_correlation_id(self) -> None:
        vendor = ServiceNowVendor(count=5)
        task = action("create_task", {"title": "Look", "text": "x", "due_on": "2026-11-15"}, "IC-101")
        made = connector_of(vendor).writer().create(task)
        assert made.label == "INC0099999"
        assert vendor.written[0]["correlation_id"] == "pacta-1f2e"
        assert vendor.written[0]["due_date"].startswith("2026-11-15")

    def test_unknown_incidents_are_not_found(self) -> None:
        with pytest.raises(NotFound):
            connector_of(ServiceNowVendor()).writer().create(action("comment", {"text": "x"}, "INC9999999"))

    @pytest.mark.parametrize("target", ["INC1^ORactive=true", "a,b", "x=y"])
    def test_a_target_cannot_change_the_query(self, target: str) -> None:
        vendor = ServiceNowVendor()
        with pytest.raises(Fatal):
            connector_of(vendor).writer().create(action("comment", {"text": "x"}, target))
        assert not vendor.written

    def test_nothing_is_written_when_we_cannot_look_first(self) -> None:
        vendor = ServiceNowVendor(count=5)
        vendor.closed = {"sys_journal_field": 403}
        with pytest.raises(Unauthorised):
            connector_of(vendor).writer().create(action("comment", {"text": "x"}, TARGET))
        assert not vendor.written

    def test_incidents_are_not_resolved_by_us(self) -> None:
        done = {"title": "t", "text": "x", "state": "done"}
        with pytest.raises(Fatal, match="people"):
            connector_of(ServiceNowVendor(count=5)).writer().create(action("update_task", done, TARGET))
