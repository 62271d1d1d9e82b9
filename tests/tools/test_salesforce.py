"""Salesforce: composed cases to ticket versions, and how they are read."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from obligations.facts import Fact, Ticket
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.salesforce_vendor import ROOT, SalesforceVendor, at, stamp, user
from tests.tools.vendors import Json, answer
from tools.kit import Fatal, Misconfigured, Retryable, Skippable
from tools.kit.verbs import RawRecord
from tools.salesforce.connector import Salesforce
from tools.salesforce.soql import quoted

CASE = "500000000000427AAA"


class TestConformance(Conformance, WriterConformance):
    vendor = SalesforceVendor
    takes = ("comment", "create_task", "update_task", "put_record", "set_fields")
    example: ClassVar[Json] = {"text": "Late by 1 h"}
    target = "00000003"


def case(**changes: Any) -> Json:
    row = SalesforceVendor().record(427)
    plain = {
        "Id": CASE,
        "CaseNumber": "00010427",
        "Status": "Closed",
        "IsClosed": True,
        "Priority": "Critical",
        "CreatedDate": stamp(at(0, 10)),
        "ClosedDate": stamp(at(9)),
        "LastModifiedDate": stamp(at(9)),
        "SystemModstamp": stamp(at(9)),
        **user("portal@orchard.example", "CspLitePortal"),
    }
    return {**row, **plain, **changes}


def changed(field: str, old: str, new: str, when: datetime, by: Json | None = None) -> Json:
    made = {"Id": f"017{when:%H%M}{field}", "Field": field, "OldValue": old, "NewValue": new}
    return {**made, "CreatedDate": stamp(when), **(by or user())}


CHANGES = [
    changed("Status", "New", "Working", at(0, 21)),
    changed("Status", "Working", "Awaiting Customer", at(3)),
    changed("Status", "Awaiting Customer", "Working", at(3, 30)),
    changed("Status", "Working", "Resolved", at(7, 40)),
    changed("Status", "Resolved", "Closed", at(9)),
]


def facts_of(row: Json | None = None, settings: Json | None = None, **parts: Any) -> list[Fact]:
    connector: Salesforce = connector_of(SalesforceVendor(), **(settings or {}))
    parts.setdefault("CaseHistory", CHANGES)
    data = {"case": row or case(), **parts}
    return list(connector.to_facts(RawRecord(kind="case", id=CASE, data=data)))


def ticket_of(*args: Any, **parts: Any) -> Ticket:
    data = facts_of(*args, **parts)[-1].data
    assert isinstance(data, Ticket)
    return data


def said(text: str, when: datetime, by: Json | None = None, **more: Any) -> Json:
    return {"Id": f"00a{text}", "CommentBody": text, "IsPublished": True, "CreatedDate": stamp(when)} | (
        {**(by or user()), **more}
    )


class TestTicket:
    def test_the_whole_story_in_order(self) -> None:
        ticket = ticket_of(CaseComment=[said("On it.", at(0, 25))])
        assert [(e.change, e.value, e.at) for e in ticket.events] == [
            ("opened", "", at(0, 10)),
            ("priority", "P1", at(0, 10)),
            ("status", "open", at(0, 10)),
            ("status", "in_progress", at(0, 21)),
            ("comment", "On it.", at(0, 25)),
            ("status", "awaiting_customer", at(3)),
            ("status", "in_progress", at(3, 30)),
            ("status", "resolved", at(7, 40)),
            ("status", "closed", at(9)),
        ]
        assert (ticket.status, ticket.priority, ticket.resolved_at) == ("closed", "P1", at(7, 40))

    def test_every_recorded_change_is_a_version_known_then(self) -> None:
        facts = facts_of()
        assert [f.known_at for f in facts] == [at(0, 10), at(0, 21), at(3), at(3, 30), at(7, 40), at(9)]
        assert {f.source.record for f in facts} == {"00010427"}
        assert {f.party_hint for f in facts} == {"Orchard Clinics Network, Inc."}
        assert facts[0].source.url == f"https://tessaly.my.example/{CASE}"

    def test_only_the_newest_version_where_history_is_not_wanted(self) -> None:
        assert [f.known_at for f in facts_of(settings={"history": False})] == [at(9)]

    def test_the_order_in_which_rows_arrive_does_not_matter(self) -> None:
        assert [f.id for f in facts_of()] == [f.id for f in facts_of(CaseHistory=CHANGES[::-1])]

    def test_rows_that_come_twice_or_at_the_same_second_change_nothing(self) -> None:
        rows = [said("a", at(1)), said("b", at(1)), said("c", at(1))]
        ids = [f.id for f in facts_of(CaseComment=rows)]
        assert [
            f.id for f in facts_of(CaseComment=[*rows[::-1], rows[0]], CaseHistory=[*CHANGES, CHANGES[2]])
        ] == ids

    def test_a_reopened_case_has_no_resolution_any_more(self) -> None:
        row = case(Status="Working", IsClosed=False, ClosedDate=None, SystemModstamp=stamp(at(10)))
        ticket = ticket_of(row, CaseHistory=[*CHANGES, changed("Status", "Closed", "Working", at(10))])
        assert ticket.resolved_at is None
        assert ("reopened", "in_progress") in [(e.change, e.value) for e in ticket.events]

    def test_a_raised_priority_is_told_from_the_first_one_on(self) -> None:
        ticket = ticket_of(CaseHistory=[*CHANGES, changed("Priority", "Low", "Critical", at(1))])
        priorities = [(e.value, e.at) for e in ticket.events if e.change == "priority"]
        assert priorities == [("P4", at(0, 10)), ("P1", at(1))]

    def test_without_history_the_record_still_says_when_it_was_closed(self) -> None:
        ticket = ticket_of(CaseHistory=[])
        assert (ticket.status, ticket.resolved_at) == ("closed", at(9))

    def test_what_the_history_does_not_reach_is_known_from_the_last_change(self) -> None:
        row = case(Status="Resolved", IsClosed=False, ClosedDate=None)
        ticket = ticket_of(row, CaseHistory=CHANGES[:1])
        assert (ticket.status, ticket.resolved_at) == ("resolved", at(9))

    def test_history_rows_of_owners_and_ids_are_no_changes(self) -> None:
        rows = [*CHANGES, changed("Owner", "Amira", "Bo", at(1)), changed("created", "", "", at(0, 10))]
        assert ticket_of(CaseHistory=rows).status == "closed"

    def test_another_org_has_other_words(self) -> None:
        row = case(Status="Beendet", Priority="Hoch")
        settings = {"priorities": {"hoch": "P2"}, "states": {"In Arbeit": "in_progress"}}
        history = [
            changed("Status", "New", "In Arbeit", at(1)),
            changed("Status", "In Arbeit", "Beendet", at(9)),
        ]
        ticket = ticket_of(row, settings, CaseHistory=history)
        assert (ticket.status, ticket.priority) == ("closed", "P2")

    def test_a_deleted_case_is_taken_back_and_was_there_before(self) -> None:
        facts = facts_of(case(IsDeleted=True, SystemModstamp=stamp(at(12))))
        assert [f.data.status for f in facts][-2:] == ["closed", "cancelled"]  # type: ignore[union-attr]
        assert facts[-1].known_at == at(12)

    def test_deleted_in_the_second_of_its_last_change_it_is_still_the_later_version(self) -> None:
        facts = facts_of(case(IsDeleted=True))
        assert facts[-1].known_at == facts[-2].known_at
        assert facts[-1].id > facts[-2].id

    def test_a_merged_case_names_the_one_that_stays(self) -> None:
        ticket = ticket_of(case(IsDeleted=True), merged_into="00010400")
        assert (ticket.merged_into, ticket.status) == ("00010400", "closed")

    @pytest.mark.parametrize(
        "changes",
        [
            {"Status": "Parked", "IsClosed": False},
            {"Priority": None},
            {"Priority": 3},
            {"CreatedDate": "soon"},
            {"CreatedDate": None},
        ],
    )
    def test_a_record_that_cannot_be_read_names_itself(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts_of(case(**changes), CaseHistory=[])
        assert "00010427" in caught.value.place

    @pytest.mark.parametrize("rows", [None, "x", [7, None], {"a": 1}])
    def test_sides_of_another_shape_are_empty(self, rows: Any) -> None:
        assert ticket_of(CaseHistory=rows, CaseComment=rows).status == "closed"

    def test_instants_keep_their_offset_over_a_change_of_clocks(self) -> None:
        rows = [changed("Status", "New", "Working", at(0, 21))]
        rows[0]["CreatedDate"] = "2026-10-25T02:30:00.000+0200"
        row = case(Status="Working", IsClosed=False, ClosedDate=None)
        assert ticket_of(row, CaseHistory=rows).events[-1].at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    def test_other_kinds_give_no_facts(self) -> None:
        connector: Salesforce = connector_of(SalesforceVendor())
        for kind in ("account", "entitlement", "service_contract"):
            assert connector.to_facts(RawRecord(kind=kind, id="1", data={"row": {"Id": "1"}})) == ()


class TestVoices:
    def comments(self, settings: Json | None = None, **parts: Any) -> list[tuple[Any, ...]]:
        events = ticket_of(None, settings, **parts).events
        return [(e.value, e.by, e.public, e.automatic, e.channel) for e in events if e.change == "comment"]

    def test_our_users_provide_and_portal_users_are_customers(self) -> None:
        portal = user("portal@orchard.example", "CspLitePortal")
        told = self.comments(
            CaseComment=[said("a", at(1)), said("b", at(2), portal), said("c", at(3), IsPublished=False)]
        )
        assert told == [
            ("a", "provider", True, False, ""),
            ("b", "customer", True, False, ""),
            ("c", "provider", False, False, ""),
        ]

    def test_where_we_are_the_customer_the_sides_change(self) -> None:
        told = self.comments({"authors": {"our_users": "customer"}}, CaseComment=[said("a", at(1))])
        assert told[0][1] == "customer"

    def test_patterns_come_first_and_machines_are_automatic(self) -> None:
        settings = {"authors": {"system": ["robot@*"]}}
        robot, platform = user("Robot@tessaly.example"), user("autoproc@00d", "AutomatedProcess")
        rows = [said("a", at(1), robot), said("b", at(2), platform), said("c", at(3), user("x", "Odd"))]
        told = [(by, auto) for _, by, _, auto, _ in self.comments(settings, CaseComment=rows)]
        assert told == [("system", True), ("system", True), ("unknown", False)]

    def test_posts_in_which_somebody_speaks_count_and_calls_reached_the_customer(self) -> None:
        def post(kind: str, when: datetime, visibility: str = "InternalUsers") -> Json:
            made = {"Id": f"0D5{when}", "Type": kind, "Body": kind, "Visibility": visibility}
            return {**made, "CreatedDate": stamp(when), **user()}

        rows = [post("TextPost", at(1), "AllUsers"), post("TextPost", at(2)), post("CallLogPost", at(3))]
        rows += [
            post("TrackedChange", at(4)),
            post("EmailMessageEvent", at(5)),
            post("CaseCommentPost", at(6)),
        ]
        assert [(p, c) for _, _, p, _, c in self.comments(FeedItem=rows)] == [
            (True, ""),
            (False, ""),
            (True, "phone"),
        ]

    def test_mails_go_both_ways_and_drafts_were_not_sent(self) -> None:
        def mail(incoming: bool, when: datetime, **more: Any) -> Json:
            made = {
                "Id": f"02s{when}",
                "Subject": "Re",
                "TextBody": "Hello",
                "Incoming": incoming,
                "Status": "3",
            }
            return {**made, "CreatedDate": stamp(when), "FromAddress": "a@b.example", **user(), **more}

        rows = [
            mail(False, at(1)),
            mail(True, at(2), TextBody=None),
            mail(False, at(3), Status="5"),
            mail(False, at(4), FromAddress="noreply@tessaly.example"),
            mail(False, at(6), MessageDate=stamp(at(5))),
        ]
        settings = {"authors": {"system": ["noreply@*"]}}
        told = self.comments(settings, EmailMessage=rows)
        assert [(text, by, channel) for text, by, _, _, channel in told] == [
            ("Hello", "provider", "email"),
            ("Re", "customer", "email"),
            ("Hello", "system", "email"),
            ("Hello", "provider", "email"),
        ]
        assert ticket_of(EmailMessage=rows[-1:]).events[-3].at == at(5)


class TestReading:
    def test_sides_come_in_one_request_for_a_page(self) -> None:
        vendor = SalesforceVendor(count=20, page_size=20)
        vendor.held["CaseComment"] = [{"Id": "00a", "ParentId": vendor.record(3)["Id"], **said("Hi", at(1))}]
        (batch,) = connector_of(vendor).read("case", None)
        assert len(vendor.requests) == 6
        assert [r.id for r in batch.records if r.data["CaseComment"]] == [vendor.record(3)["Id"]]
        assert vendor.requests[0].headers["sforce-query-options"] == "batchSize=500"
        assert vendor.requests[0].url.path == f"{ROOT}/queryAll"

    def test_many_cases_are_asked_for_in_addresses_of_bearable_length(self) -> None:
        vendor = SalesforceVendor(count=450, page_size=450)
        read_all(connector_of(vendor), "case")
        assert len(vendor.requests) == 1 + 5 * 3
        assert max(len(str(r.url)) for r in vendor.requests) < 8_000

    @pytest.mark.parametrize("name", ["CaseHistory", "CaseComment", "FeedItem", "CaseMilestone"])
    def test_an_object_the_org_lacks_is_a_problem_and_the_rest_goes_on(self, name: str) -> None:
        vendor = SalesforceVendor(count=25, page_size=10)
        vendor.closed = {name}
        ids, cursor, problems = read_all(connector_of(vendor), "case")
        assert len(ids) == 25
        assert [p.place for p in problems] == [name]
        assert not connector_of(vendor).check().ok
        assert [p.place for p in read_all(connector_of(vendor), "case", cursor)[2]] == [name]

    def test_a_case_with_a_new_comment_comes_again_though_its_stamp_stands(self) -> None:
        vendor = SalesforceVendor(count=120, page_size=50)
        _, cursor, _ = read_all(connector_of(vendor), "case")
        late = {"SystemModstamp": "2026-12-01T00:00:00Z", "ParentId": vendor.record(3)["Id"]}
        vendor.held["CaseComment"] = [{**said("Late", at(1)), **late}]
        vendor.held["FeedItem"] = [
            {"SystemModstamp": late["SystemModstamp"], "ParentId": "001000000000001AAA"}
        ]
        ids, moved, _ = read_all(connector_of(vendor), "case", cursor)
        assert ids[-1] == vendor.record(3)["Id"]
        assert moved == cursor

    def test_the_master_of_a_merged_case_is_looked_up(self) -> None:
        vendor = SalesforceVendor(count=1)
        merged = {**vendor.record(5), "IsDeleted": True, "MasterRecordId": vendor.record(0)["Id"]}
        vendor.held["Case"] = [merged]
        connector = connector_of(vendor)
        records = [r for batch in connector.read("case", None) for r in batch.records]
        assert records[-1].data["merged_into"] == "00000000"
        assert connector.to_facts(records[-1])[-1].data.merged_into == "00000000"

    @pytest.mark.parametrize("kind", ["account", "entitlement", "service_contract"])
    def test_the_other_kinds_are_kept_raw(self, kind: str) -> None:
        vendor = SalesforceVendor()
        name = {"account": "Account", "entitlement": "Entitlement", "service_contract": "ServiceContract"}[
            kind
        ]
        vendor.held[name] = [{"Id": "x1", "Name": "A", "SystemModstamp": stamp(at(1))}, {"Id": "x2"}]
        ids, cursor, problems = read_all(connector_of(vendor), kind)
        assert ids == ["x1"]
        assert cursor.startswith("2026-10-14T01:00")
        assert len(problems) == 1

    def test_without_entitlements_nothing_of_them_is_asked(self) -> None:
        vendor = SalesforceVendor(count=3)
        connector = connector_of(vendor, entitlements=False)
        read_all(connector, "case")
        assert not any("ilestone" in str(r.url) or "Entitlement" in str(r.url) for r in vendor.requests)
        assert [s.kind for s in connector.discover()] == ["account", "case"]
        with pytest.raises(Fatal, match="no kind"):
            read_all(connector, "entitlement")

    def test_a_filter_narrows_and_cannot_reach_further(self) -> None:
        vendor = SalesforceVendor(count=3)
        read_all(connector_of(vendor, case_filter="Type = 'Service' OR Type = 'Repair'"), "case")
        assert "(Type = 'Service' OR Type = 'Repair')" in vendor.requests[0].url.params["q"]
        with pytest.raises(Misconfigured):
            connector_of(vendor, case_filter="Type = 'x' ORDER BY Id")

    @pytest.mark.parametrize("field", ["Account.Name FROM User", "Id,Name", "", "A..B"])
    def test_a_field_cannot_change_the_query(self, field: str) -> None:
        with pytest.raises(Misconfigured):
            connector_of(SalesforceVendor(), party_fields=[field])

    def test_a_spent_allowance_is_no_lack_of_rights(self) -> None:
        vendor = SalesforceVendor()
        body = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        vendor.always = lambda _: answer(body, 403)
        with pytest.raises(Retryable, match="allowance") as caught:
            read_all(connector_of(vendor), "case")
        assert caught.value.retry_after == 3600

    def test_text_cannot_leave_its_quotes(self) -> None:
        assert quoted("O'Neil\\' OR Id != '") == "'O\\'Neil\\\\\\' OR Id != \\''"
