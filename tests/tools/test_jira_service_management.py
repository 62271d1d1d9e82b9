"""Jira Service Management: composed issues to ticket versions; comments, tasks and fields out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from obligations.facts import Fact, Ticket
from tests.tools.broken_off import read_until
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.jira_vendor import LENA, RAVI, ROBOT, JiraVendor, stamp
from tests.tools.vendors import SECRET, Json, answer
from tools import connect
from tools.jira_service_management.connector import JiraServiceManagement
from tools.jira_service_management.search import jql_time
from tools.jira_service_management.text import body, plain
from tools.kit import Misconfigured, PageLoop, Skippable
from tools.kit.verbs import Connector, RawRecord


class TestConformance(Conformance):
    vendor = JiraVendor

    def test_the_older_search_with_offsets(self) -> None:
        vendor = self.make(count=25, page_size=10)
        ids, cursor, _ = read_all(connector_of(vendor, search="classic"), "request")
        assert len(ids) == len(set(ids)) == 25
        vendor.count = 26
        assert "10025" in read_all(connector_of(vendor, search="classic"), "request", cursor)[0]


EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def issue(**changes: Any) -> Json:
    fields = {
        **JiraVendor().record(1)["fields"],
        "summary": "Order platform down",
        "status": {"name": "Resolved"},
        "priority": {"name": "Highest"},
        "resolution": {"name": "Done"},
        "resolutiondate": "2026-10-14T09:40:00.000+0200",
        "created": "2026-10-14T02:10:00.000+0200",
        "updated": "2026-10-14T09:40:00.000+0200",
        "components": [{"name": "Order Platform"}],
        **changes,
    }
    return {"id": "10427", "key": "DESK-427", "fields": fields}


def change(when: datetime, author: Json = RAVI, **fields: tuple[str | None, str | None]) -> Json:
    items = [
        {"field": name, "fieldId": name, "fromString": old, "toString": new}
        for name, (old, new) in fields.items()
    ]
    return {"id": stamp(when), "author": author, "created": stamp(when), "items": items}


def said(text: Any, when: datetime, author: Json = RAVI, **more: Any) -> Json:
    return {"id": "1", "body": text, "author": author, "created": stamp(when), "jsdPublic": True, **more}


LOG = [
    change(at(0, 21), status=("Open", "In Progress")),
    change(at(3), status=("In Progress", "Waiting for customer")),
    change(at(3, 30), LENA, status=("Waiting for customer", "In Progress")),
    change(at(7, 40), status=("In Progress", "Resolved"), resolution=(None, "Done")),
]


def facts_of(row: Json | None = None, settings: Json | None = None, **parts: Any) -> list[Fact]:
    connector: JiraServiceManagement = connector_of(JiraVendor(), **(settings or {}))
    names = {
        "Organizations": "customfield_10002",
        "components": "components",
        "Contract": "customfield_10050",
    }
    data = {"issue": row or issue(), "names": names, **parts}
    return list(connector.to_facts(RawRecord(kind="request", id="10427", data=data)))


def ticket_of(*args: Any, **parts: Any) -> Ticket:
    data = facts_of(*args, **parts)[-1].data
    assert isinstance(data, Ticket)
    return data


class TestTicket:
    def test_the_whole_story_in_order(self) -> None:
        ticket = ticket_of(histories=LOG, comments=[said("On it.", at(0, 21))])
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

    def test_every_logged_change_is_a_version_known_then(self) -> None:
        facts = facts_of(histories=LOG)
        assert [f.known_at for f in facts] == [at(0, 10), at(0, 21), at(3), at(3, 30), at(7, 40)]
        assert all(f.data.resolved_at is None for f in facts[:-1])  # type: ignore[union-attr]
        assert {(f.source.record, f.source.label) for f in facts} == {("10427", "DESK-427")}
        assert {f.party_hint for f in facts} == {"Acme Managed Services Ltd"}
        assert facts[0].source.url == "https://desk.example/browse/DESK-427"
        assert len({f.id for f in facts}) == 5
        assert [f.id for f in facts_of(histories=LOG[::-1])] == [f.id for f in facts], "in any order"

    def test_only_the_newest_version_where_history_is_not_wanted(self) -> None:
        (only,) = facts_of(histories=LOG, settings={"history": False})
        assert only.data == facts_of(histories=LOG)[-1].data

    def test_a_raised_priority_is_told_from_the_first_one_on(self) -> None:
        row = issue(status={"name": "Open"}, priority={"name": "High"}, resolution=None, resolutiondate=None)
        ticket = ticket_of(row, histories=[change(at(1), priority=("Low", "High"))])
        assert [(e.value, e.at) for e in ticket.events if e.change == "priority"] == [
            ("P4", at(0, 10)),
            ("P2", at(1)),
        ]
        assert ticket.priority == "P2"

    def test_reopening_takes_the_resolution_back(self) -> None:
        row = issue(
            status={"name": "In Progress"},
            resolution=None,
            resolutiondate=None,
            updated="2026-10-15T10:00:00.000+0200",
        )
        log = [*LOG, change(at(8, day=15), status=("Resolved", "In Progress"), resolution=("Done", None))]
        facts = facts_of(row, histories=log)
        ticket = facts[-1].data
        assert isinstance(ticket, Ticket)
        assert [e.change for e in ticket.events[-2:]] == ["reopened", "status"]
        assert ticket.resolved_at is None
        assert facts[-2].data.resolved_at == at(7, 40)  # type: ignore[union-attr]

    def test_closing_does_not_move_the_resolution(self) -> None:
        row = issue(status={"name": "Closed"}, updated="2026-10-21T09:40:00.000+0200")
        ticket = ticket_of(row, histories=[*LOG, change(at(7, 40, day=21), status=("Resolved", "Closed"))])
        assert (ticket.status, ticket.resolved_at) == ("closed", at(7, 40))

    def test_without_changelog_the_issue_still_says_when_it_was_resolved(self) -> None:
        assert (ticket_of().status, ticket_of().resolved_at) == ("resolved", at(7, 40))

    def test_one_closed_as_not_done_was_cancelled(self) -> None:
        row = issue(resolution={"name": "Won't Do"})
        log = [change(at(7, 40), status=("Open", "Resolved"), resolution=(None, "Won't Do"))]
        ticket = ticket_of(row, histories=log)
        assert (ticket.status, ticket.resolved_at) == ("cancelled", None)

    def test_a_duplicate_is_one_from_when_it_was_linked(self) -> None:
        link = {"type": {"name": "Duplicate"}, "outwardIssue": {"key": "DESK-4"}}
        linked = change(at(2), link=(None, "This issue duplicates DESK-4"))
        facts = facts_of(issue(issuelinks=[link]), histories=[*LOG, linked])
        merged = {f.known_at: f.data.merged_into for f in facts}  # type: ignore[union-attr]
        assert merged[at(0, 21)] == ""
        assert merged[at(2)] == merged[at(7, 40)] == "DESK-4"
        other = change(at(2), link=(None, "This issue duplicates DESK-40"))
        assert ticket_of(issue(issuelinks=[link]), histories=[other]).merged_into == "DESK-4"

    def test_other_links_and_the_other_end_are_no_duplicates(self) -> None:
        links = [
            {"type": {"name": "Relates"}, "outwardIssue": {"key": "DESK-4"}},
            {"type": {"name": "Duplicate"}, "inwardIssue": {"key": "DESK-5"}},
        ]
        assert ticket_of(issue(issuelinks=links)).merged_into == ""

    def test_another_desk_has_other_words(self) -> None:
        row = issue(status={"name": "Bei Lieferant"}, priority={"name": "S1"}, resolution=None)
        settings = {"statuses": {"Bei Lieferant": "awaiting_vendor"}, "priorities": {"S1": "P1"}}
        ticket = ticket_of(row, settings)
        assert (ticket.status, ticket.priority) == ("awaiting_vendor", "P1")
        assert ticket_of(issue(), settings).status == "resolved", "the usual words still hold"

    def test_a_priority_that_is_missing(self) -> None:
        assert ticket_of(issue(priority=None), {"no_priority": "P4"}).priority == "P4"
        with pytest.raises(Skippable, match="no_priority"):
            facts_of(issue(priority=None))

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": {"name": "Somewhere"}},
            {"status": None},
            {"priority": {"name": "urgent!"}},
            {"created": "soon"},
            {"created": None},
            {"created": "2026-10-14T02:10:00"},
            {"resolutiondate": 7},
        ],
    )
    def test_an_issue_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of(issue(**changes))
        assert "DESK-427" in caught.value.place
        assert caught.value.remedy

    def test_a_broken_time_below_the_issue_is_told_too(self) -> None:
        with pytest.raises(Skippable):
            facts_of(comments=[{**said("x", at(1)), "created": "noon"}])

    def test_nulls_and_wrong_types_are_nothing(self) -> None:
        row = issue(summary=None, components="x", customfield_10002=None, issuelinks=None, creator=None)
        ticket = ticket_of(row, histories=None, comments="x", slas=None)
        assert (ticket.subject, ticket.service) == ("", "x")
        assert facts_of(row)[0].party_hint == ""

    def test_a_request_of_several_organisations_names_nobody(self) -> None:
        several = [{"name": "Acme Ltd"}, {"name": "Northwind"}]
        assert facts_of(issue(customfield_10002=several))[0].party_hint == ""

    def test_the_contract_as_written_in_its_field(self) -> None:
        assert facts_of(issue(customfield_10050={"value": "IC-101"}))[0].contract_hint == "IC-101"

    def test_instants_across_the_change_of_clocks(self) -> None:
        row = issue(created="2026-10-25T02:30:00.000+0200", resolutiondate="2026-10-25T02:30:00.000+0100")
        ticket = ticket_of({**row, "fields": {**row["fields"], "updated": "2026-10-25T02:30:00.000+0100"}})
        assert ticket.resolved_at is not None
        assert ticket.resolved_at - ticket.opened_at == timedelta(hours=1)


class TestAuthors:
    def by(self, author: Json, row: Json | None = None, **authors: Any) -> tuple[str, bool]:
        settings = {"authors": authors} if authors else {}
        ticket = ticket_of(row, settings, comments=[said("Hello", at(1), author)])
        comment = next(e for e in ticket.events if e.change == "comment")
        return comment.by, comment.automatic

    def test_who_works_on_the_desk_provides_unless_told_otherwise(self) -> None:
        assert self.by(RAVI) == ("provider", False)
        assert self.by(LENA) == ("customer", False)
        assert self.by(RAVI, agents="customer") == ("customer", False)
        assert self.by(LENA, agents="customer") == ("provider", False)
        assert self.by(RAVI, agents="unknown") == ("unknown", False)

    def test_a_colleague_who_reported_it_asked_for_the_service(self) -> None:
        assert self.by(RAVI, issue(reporter=RAVI)) == ("customer", False)

    def test_apps_are_automatic(self) -> None:
        assert self.by(ROBOT) == ("system", True)
        assert self.by({**RAVI, "emailAddress": "No-Reply@acme.example"}, system=["no-reply@*"]) == (
            "system",
            True,
        )

    def test_patterns_come_first_over_every_name(self) -> None:
        assert self.by(RAVI, customer=["RAVI"]) == ("customer", False)
        assert self.by({"displayName": "Ravi Menon"}, provider=["ravi *"]) == ("provider", False)

    def test_nobody_known(self) -> None:
        assert self.by({}) == ("unknown", False)

    @pytest.mark.parametrize("more", [{"jsdPublic": False}, {"visibility": {"type": "role", "value": "x"}}])
    def test_internal_comments_are_not_public(self, more: Json) -> None:
        ticket = ticket_of(comments=[said("internal", at(1), **more)])
        assert not next(e for e in ticket.events if e.change == "comment").public


class TestTexts:
    def test_a_document_without_its_form(self) -> None:
        document = {
            "type": "doc",
            "version": 1,
            "content": [
                {"type": "heading", "content": [{"type": "text", "text": "Störung"}]},
                {
                    "type": "paragraph",
                    "content": [
                        {"type": "mention", "attrs": {"id": "x", "text": "@Lena"}},
                        {"type": "text", "text": " please look", "marks": [{"type": "strong"}]},
                        {"type": "hardBreak"},
                        {"type": "date", "attrs": {"timestamp": "1791936000000"}},
                        {"type": "emoji", "attrs": {"shortName": ":ok:"}},
                    ],
                },
                {
                    "type": "bulletList",
                    "content": [
                        {
                            "type": "listItem",
                            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}],
                        }
                    ],
                },
                {"type": "blockCard", "attrs": {"url": "https://x.example"}},
                {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "1"}}]},
            ],
        }
        assert plain(document) == "Störung\n@Lena please look\n2026-10-14:ok:\none\nhttps://x.example"

    @pytest.mark.parametrize("given", [None, 7, [], {}, {"type": "doc"}, {"content": [7, None, "x"]}])
    def test_what_is_no_document_has_no_text(self, given: Any) -> None:
        assert plain(given) == ""

    def test_a_document_of_endless_depth_ends(self) -> None:
        node: Json = {"type": "text", "text": "deep"}
        for _ in range(5000):
            node = {"type": "paragraph", "content": [node]}
        assert plain(node) == ""

    @pytest.mark.parametrize("text", ["One line", "Two\nlines\n\nand a part", "Ä\n\n\n\nB", ""])
    def test_what_we_write_reads_the_same(self, text: str) -> None:
        read = plain(body("3", text))
        assert read == "\n".join(line for line in text.split("\n") if line)

    def test_a_mention_notifies_in_both_forms(self) -> None:
        document = body("3", "Please look", ("acc-1", "Ravi"))
        assert document["content"][0]["content"][0] == {
            "type": "mention",
            "attrs": {"id": "acc-1", "text": "@Ravi"},
        }
        assert plain(document) == "@Ravi Please look"
        assert body("2", "Please look", ("acc-1", "Ravi")) == "[~accountid:acc-1] Please look"


class TestReading:
    def test_a_desk_is_tried_where_it_is_needed(self) -> None:
        for changes, ok in (
            ({}, False),
            ({"slas": False}, True),
            ({"slas": False, "tasks": {"as": "request"}}, False),
        ):
            vendor = JiraVendor(count=1)
            vendor.closed = {"/servicedesk": 404}
            health = connector_of(vendor, **changes).check()
            assert health.ok is ok, changes

    def test_time_is_asked_for_in_our_users_zone(self) -> None:
        vendor = JiraVendor(count=1)
        read_all(connector_of(vendor), "request", "2026-07-01T10:00:30+00:00")
        asked = next(r for r in vendor.requests if "/search/" in r.url.path)
        assert 'updated >= "2026-07-01 11:55"' in asked.url.params["jql"]
        assert any(r.url.path.endswith("/myself") for r in vendor.requests)
        vendor = JiraVendor(count=1)
        read_all(connector_of(vendor, zone="UTC"), "request", "2026-07-01T10:00:30+00:00")
        asked = next(r for r in vendor.requests if "/search/" in r.url.path)
        assert 'updated >= "2026-07-01 09:55"' in asked.url.params["jql"]
        assert not any(r.url.path.endswith("/myself") for r in vendor.requests)

    def test_an_unknown_zone_says_what_to_do(self) -> None:
        vendor = JiraVendor(count=1)
        vendor.zone = ""
        with pytest.raises(Misconfigured, match="`zone`"):
            read_all(connector_of(vendor), "request")

    @pytest.mark.parametrize(
        ("utc", "local"),
        [
            ("2026-10-24T23:30:00+00:00", "2026-10-25 01:30"),
            ("2026-10-25T00:30:00+00:00", "2026-10-25 01:30"),
            ("2026-10-25T01:30:00+00:00", "2026-10-25 01:30"),
            ("2026-10-25T02:30:00+00:00", "2026-10-25 03:30"),
            ("2026-03-29T01:30:00+00:00", "2026-03-29 03:30"),
        ],
    )
    def test_an_hour_that_comes_twice_is_read_from_its_beginning(self, utc: str, local: str) -> None:
        assert jql_time(datetime.fromisoformat(utc), ZoneInfo("Europe/Berlin")) == local

    def test_reads_over_the_night_of_the_clocks(self) -> None:
        vendor = JiraVendor(count=0, page_size=10)
        for n in range(40):
            row = vendor.record(n)
            moment = datetime(2026, 10, 24, 23, 0, tzinfo=UTC) + timedelta(minutes=6 * n)
            row["fields"] |= {"updated": stamp(moment), "created": stamp(moment)}
            vendor.issues.append(row)
        ids, _, problems = read_all(connector_of(vendor), "request")
        assert len(set(ids)) == 40
        assert not problems
        assert read_all(connector_of(vendor), "request", "2026-10-25T01:10:00+00:00")[0]

    def test_many_changes_in_one_minute_are_read_by_token(self) -> None:
        vendor = JiraVendor(count=0, page_size=10)
        for n in range(95):
            row = vendor.record(n)
            moment = datetime(2026, 9, 1, 8, 0, n % 60, tzinfo=UTC)
            row["fields"] |= {"updated": stamp(moment), "created": stamp(moment)}
            vendor.issues.append(row)
        ids, _, _ = read_all(connector_of(vendor, slas=False), "request")
        assert len(set(ids)) == 95
        assert vendor.lists() < 40
        vendor.says_last = True
        ids, _, _ = read_all(connector_of(vendor, slas=False), "request")
        assert len(set(ids)) == 95, "the token counts, not what is said beside it"

    def test_a_token_that_comes_back_stops_the_read(self) -> None:
        vendor = JiraVendor(count=30, page_size=10)
        vendor.changed_at = lambda number: datetime(2026, 9, 1, tzinfo=UTC)  # type: ignore[method-assign]
        vendor.always_token = "t10"
        with pytest.raises(PageLoop, match="token"):
            read_all(connector_of(vendor), "request")

    def test_a_backfill_goes_on_where_it_was_broken_off(self) -> None:
        vendor = JiraVendor(count=60, page_size=10)
        vendor.faults = [*[lambda _: None] * 3, lambda _: answer({"message": "down"}, 500)]
        connector = connector_of(vendor, slas=False)
        ids, cursor = read_until(connector, "request", None)
        assert 0 < len(ids) < 60
        rest, _, _ = read_all(connector, "request", cursor)
        assert len({*ids, *rest}) == 60
        assert len(rest) < 50, "with an overlap, not from the beginning"

    def test_what_the_search_cuts_off_is_read_whole(self) -> None:
        vendor = JiraVendor(count=2)
        vendor.histories["10001"] = [
            change(at(1) + timedelta(minutes=n), status=("Open", "In Progress")) for n in range(120)
        ]
        vendor.comments["10001"] = [said(f"c{n}", at(1) + timedelta(minutes=n)) for n in range(70)]
        vendor.comments["10000"] = [said("one", at(1))]
        records = {r.id: r for batch in connector_of(vendor).read("request", None) for r in batch.records}
        assert len(records["10001"].data["histories"]) == 120
        assert len(records["10001"].data["comments"]) == 70
        assert len(records["10000"].data["comments"]) == 1
        asked = [r.url.path for r in vendor.requests if r.url.path.endswith(("/changelog", "/comment"))]
        assert all("/issue/10001/" in path for path in asked), "the others were whole"

    def test_a_changelog_without_end_is_given_up(self) -> None:
        vendor = JiraVendor(count=1)
        vendor.histories["10000"] = [change(at(1) + timedelta(minutes=n)) for n in range(60)]
        vendor.endless = True
        with pytest.raises(PageLoop, match="changelog"):
            read_all(connector_of(vendor), "request")
        assert len(vendor.requests) < 10

    def test_slas_are_kept_as_they_are(self) -> None:
        vendor = JiraVendor(count=1)
        cycle = {"breached": False, "elapsedTime": {"millis": 420000}}
        vendor.slas["10000"] = [{"id": "1", "name": "Time to resolution", "ongoingCycle": cycle}]
        (batch,) = connector_of(vendor).read("request", None)
        assert batch.records[0].data["slas"] == vendor.slas["10000"]
        (batch,) = connector_of(vendor, slas=False).read("request", None)
        assert batch.records[0].data["slas"] == []

    @pytest.mark.parametrize(
        ("part", "status"), [("/sla", 403), ("/changelog", 403), ("/10001/comment", 404)]
    )
    def test_what_we_may_not_read_is_a_problem_and_the_rest_goes_on(self, part: str, status: int) -> None:
        vendor = JiraVendor(count=25, page_size=10)
        vendor.embedded = 1
        vendor.closed = {part: status}
        vendor.histories["10001"] = LOG
        vendor.comments["10001"] = [said("a", at(1)), said("b", at(2))]
        ids, _, problems = read_all(connector_of(vendor), "request")
        assert len(ids) == 25
        assert len(problems) == 1
        assert problems[0].remedy

    def test_an_issue_that_is_no_request_has_no_slas(self) -> None:
        vendor = JiraVendor(count=3)
        vendor.closed = {"/sla": 404}
        ids, _, problems = read_all(connector_of(vendor), "request")
        assert len(ids) == 3
        assert not problems

    def test_an_issue_without_a_time_of_change_is_a_problem(self) -> None:
        vendor = JiraVendor(count=2)
        row = vendor.record(5)
        rows = [*vendor.rows(), {**row, "fields": {**row["fields"], "updated": ""}}]
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        vendor._meets = lambda row, jql: True  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "request")
        assert len(ids) == 2
        assert [p.place for p in problems] == ["DESK-5"]

    def test_fields_by_name_are_asked_for_by_id(self) -> None:
        vendor = JiraVendor(count=1)
        connector = connector_of(vendor, party_fields=["organizations"])
        (batch,) = connector.read("request", None)
        asked = next(r for r in vendor.requests if "/search/" in r.url.path)
        assert "customfield_10002" in asked.url.params["fields"]
        assert connector.to_facts(batch.records[0])[0].party_hint == "Acme Managed Services Ltd"
        with pytest.raises(Misconfigured, match="Lieferant"):
            read_all(connector_of(JiraVendor(), party_fields=["Lieferant"]), "request")

    def test_narrowing_goes_along_and_cannot_widen(self) -> None:
        vendor = JiraVendor(count=1)
        read_all(connector_of(vendor, jql="project = DESK OR project = HELP"), "request")
        asked = next(r for r in vendor.requests if "/search/" in r.url.path)
        assert asked.url.params["jql"].startswith("(project = DESK OR project = HELP) AND updated >=")
        with pytest.raises(Misconfigured, match="ORDER BY"):
            connector_of(vendor, jql="project = DESK order  by key")


def test_the_example_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_JIRA_TOKEN", SECRET)
    settings = yaml.safe_load((EXAMPLES / "jira_service_management.yaml").read_text())["connectors"]
    made = connect(settings)
    assert all(isinstance(connector, Connector) for connector in made.values())
    assert SECRET not in repr([vars(connector) for connector in made.values()])
