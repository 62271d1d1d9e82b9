"""Request Tracker: composed tickets to versions; zones of queries; what RT keeps from us."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from obligations.facts import Fact, Ticket
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.request_tracker_vendor import (
    LENA,
    RAVI,
    ROBOT,
    RequestTrackerVendor,
    change,
    custom,
    stamp,
)
from tests.tools.vendors import Json, answer
from tools.kit import Misconfigured, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord
from tools.request_tracker.rest import plain


class TestConformance(Conformance):
    vendor = RequestTrackerVendor


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def ticket(**changes: Any) -> Json:
    return {
        **RequestTrackerVendor().record(17),
        "Subject": "Order platform down",
        "Status": "resolved",
        "Priority": "100",
        "Created": stamp(at(0, 10)),
        "LastUpdated": stamp(at(7, 40)),
        "Resolved": stamp(at(7, 40)),
        **changes,
    }


def status(number: str, when: datetime, old: str, new: str, by: Json = RAVI) -> Json:
    return change(number, "18", "Status", when, by, Field="Status", OldValue=old, NewValue=new)


def said(number: str, when: datetime, by: Json = RAVI, kind: str = "Correspond") -> Json:
    return change(number, "18", kind, when, by)


LOG = [
    change("100", "18", "Create", at(0, 10), LENA),
    said("101", at(0, 21)),
    status("102", at(0, 21), "new", "open", ROBOT),
    status("103", at(3), "open", "stalled"),
    status("104", at(3, 30), "stalled", "open", LENA),
    status("105", at(7, 40), "open", "resolved"),
]
TEXTS = {"101": "On it."}


def facts_of(row: Json | None = None, settings: Json | None = None, **parts: Any) -> list[Fact]:
    connector: Any = connector_of(RequestTrackerVendor(), **(settings or {}))
    data = {"ticket": row or ticket(), "transactions": LOG, "texts": TEXTS, **parts}
    return list(connector.to_facts(RawRecord(kind="ticket", id="18", data=data)))


def ticket_of(*args: Any, **parts: Any) -> Ticket:
    data = facts_of(*args, **parts)[-1].data
    assert isinstance(data, Ticket)
    return data


class TestTicket:
    def test_the_whole_story_in_order(self) -> None:
        now = ticket_of()
        assert [(e.change, e.value, e.at, e.by) for e in now.events] == [
            ("opened", "", at(0, 10), "customer"),
            ("priority", "P1", at(0, 10), "customer"),
            ("status", "open", at(0, 10), "customer"),
            ("status", "in_progress", at(0, 21), "system"),
            ("comment", "On it.", at(0, 21), "provider"),
            ("status", "on_hold", at(3), "provider"),
            ("status", "in_progress", at(3, 30), "customer"),
            ("status", "resolved", at(7, 40), "provider"),
        ]
        assert (now.status, now.priority, now.resolved_at) == ("resolved", "P1", at(7, 40))
        assert now.service == "Mail"

    def test_every_transaction_is_a_version_known_then(self) -> None:
        facts = facts_of()
        assert [f.known_at for f in facts] == [at(0, 10), at(0, 21), at(3), at(3, 30), at(7, 40)]
        assert {(f.source.record, f.source.label, f.party_hint) for f in facts} == {("18", "#18", "Acme Ltd")}
        assert facts[0].source.url == "https://rt.example/Ticket/Display.html?id=18"
        assert [f.id for f in facts_of(transactions=LOG[::-1])] == [f.id for f in facts], "in any order"
        (only,) = facts_of(settings={"history": False})
        assert only.data == facts[-1].data

    def test_reopening_takes_the_resolution_back(self) -> None:
        row = ticket(Status="open", Resolved=stamp(at(7, 40)), LastUpdated=stamp(at(8, day=15)))
        facts = facts_of(row, transactions=[*LOG, status("106", at(8, day=15), "resolved", "open", LENA)])
        now = facts[-1].data
        assert isinstance(now, Ticket)
        assert [e.change for e in now.events[-2:]] == ["reopened", "status"]
        assert now.resolved_at is None
        assert facts[-2].data.resolved_at == at(7, 40)  # type: ignore[union-attr]

    def test_without_transactions_the_ticket_still_says_when_it_was_resolved(self) -> None:
        now = ticket_of(transactions=[], texts={})
        assert (now.status, now.resolved_at) == ("resolved", at(7, 40))

    def test_a_changed_number_is_a_changed_priority_only_across_a_level(self) -> None:
        def moved(number: str, when: datetime, old: str, new: str) -> Json:
            return change(number, "18", "Set", when, Field="Priority", OldValue=old, NewValue=new)

        log = [*LOG, moved("107", at(1), "0", "10"), moved("108", at(2), "10", "60")]
        now = ticket_of(ticket(Priority="60"), transactions=log)
        told = [(e.value, e.at) for e in now.events if e.change == "priority"]
        assert told == [("P3", at(0, 10)), ("P2", at(2))]
        below = ticket_of(ticket(Priority="-5"), transactions=LOG)
        assert below.priority == "P3", "below the lowest level is the lowest"

    def test_a_custom_field_can_hold_the_priority(self) -> None:
        row = ticket(CustomFields=custom(Supplier="Acme Ltd", Severity="Urgent"))
        moved = change("107", "18", "CustomField", at(1), Field="5", OldValue="P3", NewValue="Urgent")
        settings = {"priority_field": "Severity", "priorities": {"urgent": "P1"}}
        now = ticket_of(row, settings, transactions=[*LOG, moved])
        assert [e.value for e in now.events if e.change == "priority"] == ["P3", "P1"]
        with pytest.raises(Skippable, match="Urgent"):
            facts_of(row, {"priority_field": "Severity"}, transactions=[moved])

    def test_a_merged_ticket_is_part_of_another_from_then_on(self) -> None:
        link = "fsck.com-rt://tessaly.example/ticket/4"
        merge = change("107", "18", "AddLink", at(2), Field="MergedInto", NewValue=link)
        facts = facts_of(ticket(EffectiveId="4"), transactions=[*LOG, merge])
        held = {f.known_at: f.data.merged_into for f in facts}  # type: ignore[union-attr]
        assert held[at(0, 21)] == ""
        assert held[at(2)] == held[at(3)] == held[at(7, 40)] == "#4"
        assert facts_of(ticket(EffectiveId="4"))[-1].data.merged_into == "#4"  # type: ignore[union-attr]

    def test_another_lifecycle_has_other_words(self) -> None:
        row = ticket(Status="Waiting for you", Resolved="1970-01-01T00:00:00Z")
        settings = {"statuses": {"waiting for you": "awaiting_customer"}}
        assert ticket_of(row, settings, transactions=[]).status == "awaiting_customer"

    @pytest.mark.parametrize(
        "changes",
        [
            {"Status": "somewhere"},
            {"Status": None},
            {"Priority": "urgent!"},
            {"Priority": None},
            {"Created": "soon"},
            {"Created": None},
            {"Created": "1970-01-01T00:00:00Z"},
            {"Created": "2026-10-14T02:10:00"},
            {"LastUpdated": "noon"},
        ],
    )
    def test_a_ticket_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of(ticket(**changes), transactions=[])
        assert "18" in caught.value.place
        assert caught.value.remedy

    def test_a_broken_time_below_the_ticket_is_told_too(self) -> None:
        with pytest.raises(Skippable, match="transaction 101"):
            facts_of(transactions=[{**LOG[1], "Created": "noon"}])

    def test_nulls_and_wrong_types_are_nothing(self) -> None:
        row = ticket(Subject=None, CustomFields="", Requestor=None, Creator=None, Queue="", Owner=7)
        now = ticket_of(row, transactions=None, texts="x")
        assert (now.subject, now.service) == ("", "")
        assert facts_of(row)[0].party_hint == ""

    def test_times_are_instants_whatever_their_zone(self) -> None:
        row = ticket(Created="2026-10-25T02:30:00+02:00", Resolved="2026-10-25T02:30:00+01:00")
        row |= {"LastUpdated": "2026-10-25T02:30:00+01:00"}
        now = ticket_of(row, transactions=[])
        assert now.resolved_at is not None
        assert now.resolved_at - now.opened_at == timedelta(hours=1)


class TestParty:
    def test_fields_in_the_order_of_the_settings(self) -> None:
        row = ticket(CustomFields=custom(Contract="IC-101"))
        assert facts_of(row)[0].party_hint == "Tessaly", "the requestor's organisation"
        assert facts_of(row)[0].contract_hint == "IC-101"
        assert facts_of(row, {"party_fields": ["Queue"]})[0].party_hint == "Acme Service Desk"
        assert facts_of(row, {"party_fields": ["Queue.Description"]})[0].party_hint == "x"
        assert facts_of(ticket(), {"party_fields": ["1"]})[0].party_hint == "Acme Ltd", "a field's number"

    def test_requestors_of_several_organisations_name_nobody(self) -> None:
        row = ticket(Requestor=[LENA, RAVI], CustomFields=[])
        assert facts_of(row)[0].party_hint == ""

    def test_several_values_name_nobody(self) -> None:
        row = ticket(CustomFields=[{"id": "1", "name": "Supplier", "values": ["A", "B"]}], Requestor=[])
        assert facts_of(row)[0].party_hint == ""


class TestAuthors:
    def by(self, author: Json, row: Json | None = None, **authors: Any) -> tuple[str, bool]:
        settings = {"authors": authors} if authors else {}
        now = ticket_of(row, settings, transactions=[said("101", at(1), author)])
        comment = next(e for e in now.events if e.change == "comment")
        return comment.by, comment.automatic

    def test_requestors_ask_and_staff_provides_unless_told_otherwise(self) -> None:
        other = {"id": "kim", "Organization": ""}
        assert self.by(LENA) == ("customer", False)
        assert self.by(RAVI) == ("provider", False)
        assert self.by(other) == ("provider", False)
        assert self.by(other, staff="customer") == ("customer", False)
        assert self.by(RAVI, staff="customer") == ("provider", False), "the party's own people"
        assert self.by(other, our_organisations=["x"], staff="unknown") == ("unknown", False)

    def test_a_colleague_of_ours_is_the_customer(self) -> None:
        jonas = {"id": "jonas", "Organization": "TESSALY"}
        assert self.by(jonas, our_organisations=["Tessaly"]) == ("customer", False)

    def test_robots_are_automatic(self) -> None:
        assert self.by(ROBOT) == ("system", True)
        assert self.by(RAVI, system=["*@acme.example"]) == ("system", True)

    def test_what_we_wrote_ourselves_is_nobodys_answer(self) -> None:
        auth = {"type": "basic", "user": "ravi", "password": "x"}
        now = ticket_of(None, {"auth": auth}, transactions=[said("101", at(1), RAVI)])
        assert [e.automatic for e in now.events if e.change == "comment"] == [True]

    def test_patterns_come_first(self) -> None:
        assert self.by(RAVI, customer=["RAVI"]) == ("customer", False)
        assert self.by(LENA, provider=["*@tessaly.example"]) == ("provider", False)

    def test_nobody_known(self) -> None:
        assert self.by({}) == ("unknown", False)

    def test_comments_are_not_public(self) -> None:
        now = ticket_of(transactions=[said("101", at(1), kind="Comment")])
        assert [e.public for e in now.events if e.change == "comment"] == [False]


class TestReading:
    def test_what_was_written_comes_with_the_ticket(self) -> None:
        vendor = RequestTrackerVendor(count=3)
        when = vendor.changed_at(0)
        vendor.say("1", "Correspond", "<p>Done&nbsp;now</p><p>R</p>", when, ContentType="text/html")
        number = vendor.say("1", "Comment", "words of a file", when, Filename="log.txt")
        vendor.texts.append({**vendor.texts[-1], "Filename": "", "Content": "seen", "id": "9"})
        vendor.log.append({**vendor.log[0], "id": "1", "ObjectType": "RT::User"})
        records = [r for batch in connector_of(vendor).read("ticket", None) for r in batch.records]
        first = next(r for r in records if r.id == "1")
        assert first.data["texts"] == {"1000": "Done now\nR", number: "seen"}
        assert len(first.data["transactions"]) == 2, "another record's transactions are not the ticket's"

    def test_long_histories_are_read_to_their_end(self) -> None:
        vendor = RequestTrackerVendor(count=1)
        for n in range(230):
            vendor.say("1", "Comment", f"line {n}", vendor.changed_at(0))
        (record,) = [r for batch in connector_of(vendor).read("ticket", None) for r in batch.records]
        assert len(record.data["transactions"]) == len(record.data["texts"]) == 230

    def test_lists_without_totals_are_read_until_a_page_is_empty(self) -> None:
        vendor = RequestTrackerVendor(count=25)
        vendor.counts = False
        assert len(set(read_all(connector_of(vendor), "ticket")[0])) == 25

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
    def test_queries_are_in_the_zone_of_our_user(self, zone: str) -> None:
        vendor = RequestTrackerVendor(count=20)
        vendor.zone = zone
        connector = connector_of(vendor, zone=zone)
        _, cursor, _ = read_all(connector, "ticket")
        vendor.count = 21
        assert "21" in read_all(connector, "ticket", cursor)[0]
        with pytest.raises(Misconfigured, match="zone"):
            read_all(connector_of(vendor), "ticket", cursor)
        health = connector_of(vendor).check()
        assert not health.ok
        assert "zone" in health.problems[0].what

    def test_a_wrong_zone_is_seen_even_where_the_oldest_ticket_proves_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendor = RequestTrackerVendor(count=0)
        vendor.zone = "America/New_York"
        twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        monkeypatch.setattr(vendor, "changed_at", lambda n: twice + timedelta(days=n))
        connector = connector_of(vendor, zone="Europe/Berlin")
        cursor = twice.isoformat()
        assert read_all(connector, "ticket", cursor)[0] == [], "an empty RT proves nothing either"
        vendor.count = 2
        with pytest.raises(Misconfigured, match="zone"):
            read_all(connector, "ticket", cursor)

    @pytest.mark.parametrize("hour", ["2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"])
    def test_nothing_is_missed_in_the_hour_that_comes_twice(
        self, hour: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moment = datetime.fromisoformat(hour)
        vendor = RequestTrackerVendor(count=30)
        vendor.zone = "Europe/Berlin"
        monkeypatch.setattr(vendor, "changed_at", lambda n: moment + timedelta(minutes=n))
        ids, _, _ = read_all(connector_of(vendor, zone="Europe/Berlin"), "ticket", moment.isoformat())
        assert len(set(ids)) == 30

    def test_the_settings_narrow_what_is_read(self) -> None:
        vendor = RequestTrackerVendor(count=2)
        with pytest.raises(Exception, match="Unknown field") as caught:
            read_all(connector_of(vendor, query="Nonsense = 3"), "ticket")
        assert "(Nonsense = 3)" in str(vendor.requests[0].url.params["query"])
        assert caught.value.place == "GET /tickets"  # type: ignore[attr-defined]

    def test_a_ticket_without_time_of_change_is_a_problem(self) -> None:
        vendor = RequestTrackerVendor(count=3)
        rows = [*vendor.rows()[:2], {**vendor.record(2), "LastUpdated": "soon"}]
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "ticket")
        assert ids == ["1", "2"]
        assert "LastUpdated" in problems[0].what

    def test_lists_below_that_are_none_are_wrong(self) -> None:
        vendor = RequestTrackerVendor(count=1)
        vendor._search = lambda *_: answer({"items": 7})  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer) as caught:
            read_all(connector_of(vendor), "ticket")
        assert caught.value.place == "POST /transactions"

    def test_an_old_interface_is_no_list(self) -> None:
        vendor = RequestTrackerVendor()
        vendor.always = lambda _: httpx.Response(200, text="RT/4.4 200 Ok\n\nid: 1")
        with pytest.raises(WrongAnswer):
            read_all(connector_of(vendor), "ticket")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three"),
        ("a<br/>b<script>x()</script>", "a\nb"),
        ("<style>p{}</style><ul><li>x<li>y</ul>", "x\ny"),
        ("<p>open", "open"),
        ("</script></script>still", "still"),
        ("", ""),
    ],
)
def test_html_as_plain_lines(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize("name", ["a}b", "a'b", "a,b", ""])
def test_a_field_that_could_end_a_query_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured):
        connector_of(RequestTrackerVendor(), tasks={"reference_field": name})
