"""DocuSign CLM and Navigator: contracts and their hierarchy, lists that move, hosts, documents, webhooks."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest

from tests.tools.conformance import connector_of, read_all
from tests.tools.conformance_contracts import ContractConformance
from tests.tools.conformance_writing import WriterConformance
from tests.tools.docusign_vendor import (
    ACCOUNT,
    BELOW,
    FOLDER,
    DocusignVendor,
    NavigatorVendor,
    attribute,
    guid,
    refused,
)
from tests.tools.specs import faults, load, needs_specification
from tests.tools.vendors import SECRET, START, Json, Vendor, answer
from tools.docusign.fields import day
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, SignatureError, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


class TestConformance(ContractConformance, WriterConformance):
    vendor = DocusignVendor
    repository = DocusignVendor
    known = "C-3"
    takes = ("create_task", "update_task", "set_fields")
    example: ClassVar[Json] = {"title": "Claim the credit", "due_on": "2026-10-15"}
    target = "C-3"

    def is_document(self, request: httpx.Request) -> bool:
        return request.url.host == "files11.clm.example"

    def is_write(self, request: httpx.Request) -> bool:
        quiet = "token" in request.url.path or "documentsearchtasks" in request.url.path
        return request.method not in ("GET", "HEAD") and not quiet


class _Workflows(DocusignVendor):
    def settings(self) -> Json:
        return {**super().settings(), "reminders": None, "workflow": {"name": "Obligation Task"}}


class TestWorkflows(WriterConformance):
    vendor = _Workflows
    takes = ("create_task", "update_task", "set_fields")
    example: ClassVar[Json] = {"title": "Claim the credit", "due_on": "2026-10-15"}
    target = "C-3"

    def is_write(self, request: httpx.Request) -> bool:
        quiet = "token" in request.url.path or "documentsearchtasks" in request.url.path
        return request.method not in ("GET", "HEAD") and not quiet

    def test_a_task_starts_the_workflow_with_the_document(self) -> None:
        vendor = _Workflows(count=5)
        own = {"name": "Obligation Task", "root": "Task", "constants": {"Assignee": "a@b.example"}}
        task = {"title": "Claim <5 %>", "text": "A & B\x01", "due_on": "2026-10-15"}
        made = connector_of(vendor, workflow=own).writer().create(self.action("create_task", task))
        assert made.record == f"documents/{guid(3)}/workitems/{guid(0, 8)}"
        (body,) = vendor.written
        assert body["Name"] == "Obligation Task"
        assert body["WorkflowDocuments"]["Items"][0]["Href"].endswith(f"/documents/{guid(3)}")
        assert body["Params"] == (
            "<Task><Assignee>a@b.example</Assignee><Title>Claim &lt;5 %&gt;</Title>"
            "<Instructions>A &amp; B\n\nReference: pacta-9c4e11</Instructions>"
            "<DueDate>2026-10-15</DueDate></Task>"
        )

    def test_only_its_day_can_be_moved(self) -> None:
        vendor = _Workflows(count=5)
        writer = connector_of(vendor, zone="Europe/Berlin").writer()
        made = writer.create(self.action())
        assert writer.create(self.action("update_task", {"title": "x", "due_on": "2026-11-02"})) == made
        assert vendor.changes == [{"DueDate": "2026-11-01T23:00:00Z"}]
        with pytest.raises(Fatal, match="only the day"):
            writer.create(self.action("update_task", {"title": "x"}))

    def test_a_workflow_that_has_not_come_to_a_person_yet_is_named_itself(self) -> None:
        vendor = _Workflows(count=5)
        vendor.items = NoItems()
        made = connector_of(vendor).writer().create(self.action())
        assert made.record == f"documents/{guid(3)}/workflows/{guid(1, 9)}"


class NoItems(list[Json]):
    """A list that takes nothing."""

    def append(self, item: Json) -> None:
        pass


class TestNavigator(ContractConformance):
    vendor = NavigatorVendor
    repository = NavigatorVendor
    known = guid(3)

    def is_document(self, request: httpx.Request) -> bool:
        return request.url.host == "s1.docs.sign.example"

    @needs_specification
    def test_requests_fit_the_specification(self) -> None:
        vendor = NavigatorVendor(count=25)
        connector = connector_of(vendor, filter="status eq 'COMPLETE'")
        read_all(connector, "contract")
        connector.contract(guid(3))
        connector.check()
        spec = load("docusign/navigator.rest.swagger.json")
        asked = [r for r in vendor.requests if r.url.host == "api.sign.example"]
        assert len(asked) >= 5
        assert [fault for request in asked for fault in faults(request, spec)] == []

    def test_the_next_page_may_be_named_beside_the_rows(self) -> None:
        vendor = NavigatorVendor(count=25)
        vendor.linked = False
        assert len(set(read_all(connector_of(vendor), "contract")[0])) == 25

    def test_an_agreement_may_have_a_number_of_its_own(self) -> None:
        vendor = changed(NavigatorVendor(count=25), additional_user_defined_data={"No": "C-1"})
        names = {"number": ["additional_user_defined_data/No"], "title": ["title"]}
        assert connector_of(vendor, fields=names).contract("C-1").id == "C-1"
        with pytest.raises(NotFound):
            connector_of(vendor, fields=names).contract("C-2")

    def test_reads_an_agreement_as_it_was_understood(self) -> None:
        contract = connector_of(NavigatorVendor()).contract(guid(3))
        assert (contract.id, contract.title) == (guid(3), "Agreement 3")
        assert (contract.counterparty, contract.aliases, contract.us) == (
            "Party 3 Ltd",
            ("PARTY 3",),
            "Tessaly GmbH",
        )
        assert (contract.relation, contract.parent) == ("amendment", guid(2))
        assert (contract.agreed_on, contract.effective_on) == (date(2025, 12, 15), date(2026, 1, 1))
        assert contract.expires_on is None
        assert (contract.governing_law, contract.status) == ("Germany", "COMPLETE")
        assert contract.document_name == "Agreement 3.pdf"
        assert not contract.problems

    def test_several_other_parties_are_not_guessed_at(self) -> None:
        row = NavigatorVendor().record(7)
        row["parties"].append({"name_in_agreement": "Guarantor AG"})
        contract = navigator().to_contract(raw(row))
        assert contract.counterparty == ""
        assert "Guarantor AG" in contract.problems[0].what
        assert navigator().to_contract(raw({**row, "parties": None})).problems[0].what == "no counterparty"

    def test_without_a_link_there_is_no_document(self) -> None:
        vendor = changed(NavigatorVendor(), _links=None)
        connector = connector_of(vendor)
        assert connector.contract(guid(3)).document_name is None
        with pytest.raises(NotFound, match="no document"):
            connector.document(guid(3))

    def test_our_token_does_not_follow_a_link_elsewhere(self) -> None:
        vendor = changed(NavigatorVendor(), _links={"document": {"href": "https://evil.example/d"}})
        with pytest.raises(Misconfigured, match=r"evil\.example"):
            connector_of(vendor).document(guid(3))
        assert {r.url.host for r in vendor.requests} == {"account.sign.example", "api.sign.example"}

    def test_an_agreement_that_was_never_changed_counts_from_its_making(self) -> None:
        vendor = changed(NavigatorVendor(count=1), metadata={"created_at": "2026-09-02T10:00:00Z"})
        batches = list(connector_of(vendor).read("contract", None))
        assert batches[0].records[0].updated_at == datetime(2026, 9, 2, 10, tzinfo=UTC)

    def test_every_write_is_refused(self) -> None:
        writer = navigator().writer()
        assert writer.find("pacta-9c4e11", guid(3)) is None
        with pytest.raises(Fatal, match="set_fields") as caught:
            writer.create(TestConformance().action("set_fields", {"fields": {"a": 1}}))
        assert "CLM" in caught.value.remedy


def navigator(**changes: Any) -> Any:
    return connector_of(NavigatorVendor(), **changes)


def changed(vendor: Any, **fields: Any) -> Any:
    """The vendor whose records have these fields otherwise."""
    record = vendor.record
    vendor.record = lambda number: {**record(number), **fields}
    return vendor


def raw(row: Json, **more: Any) -> RawRecord:
    return RawRecord(kind="contract", id=guid(7), data={"row": row, **more}, updated_at=AT)


def clm(vendor: Vendor | None = None, **changes: Any) -> Any:
    return connector_of(vendor or DocusignVendor(), **changes)


def with_attributes(**held: Any) -> Json:
    row = DocusignVendor().record(7)
    row["AttributeGroups"]["Contract"] |= {key.replace("_", " "): value for key, value in held.items()}
    return row


class TestContract:
    def test_reads_properties_and_attributes_by_the_configured_names(self) -> None:
        connector = clm(
            fields={
                "number": ["Contract/Contract Number"],
                "title": ["Description", "Name"],
                "aliases": ["Parties/Also known as"],
                "party_keys": {"sap_s4hana": ["Parties/Supplier Number"]},
                "type": ["Contract/Type"],
                "relation": ["Contract/Relation"],
            },
            relations={"Statement of Work": "sow"},
            types={"SVC": "services"},
            web_url="https://clm.example/doc/{id}",
        )
        row = with_attributes(Type=attribute("SVC"), Relation=attribute(["statement of work"]))
        parties = {"Also known as": attribute("Acme, AMS"), "Supplier Number": attribute(17300001, "Number")}
        row["AttributeGroups"]["Parties"] = {"IsSystem": False, "Items": [parties, {"Supplier Number": None}]}
        contract = connector.to_contract(raw(row, parent="C-2"))
        assert (contract.id, contract.record_id, contract.title) == ("C-7", guid(7), "Agreement 7.pdf")
        assert contract.aliases == ("Acme", "AMS")
        assert contract.party_keys == {"sap_s4hana": "17300001"}
        assert (contract.type, contract.relation, contract.parent) == ("services", "sow", "C-2")
        assert contract.source.url == f"https://clm.example/doc/{guid(7)}"
        assert contract.document_name == "Agreement 7.pdf"
        assert not contract.problems

    def test_a_parent_named_by_its_id_gets_its_number(self) -> None:
        vendor = DocusignVendor(count=5)
        by_id = {r.id: r for batch in clm(vendor).read("contract", None) for r in batch.records}
        contract = clm(vendor).to_contract(by_id[guid(3)])
        assert (contract.parent, contract.relation) == ("C-2", None)
        assert clm(vendor).to_contract(by_id[guid(4)]).relation == "standalone"

    def test_a_parent_we_may_not_see_keeps_its_id(self) -> None:
        vendor = DocusignVendor(count=5)
        vendor.gone = {guid(2)}
        assert clm(vendor).contract("C-3").parent == guid(2)

    def test_an_unknown_relation_and_a_strange_day_are_told(self) -> None:
        row = with_attributes(Relation=attribute("Side letter"), Signature_Date=attribute("last May"))
        contract = clm().to_contract(raw(row))
        assert (contract.relation, contract.agreed_on) == (None, None)
        assert {"Side letter" in p.what or "last May" in p.what for p in contract.problems} == {True}

    @pytest.mark.parametrize("lacks", [{"Name": ""}, {"Name": None}, {"Uid": "", "Href": ""}])
    def test_without_title_or_number_it_is_skipped(self, lacks: Json) -> None:
        row = {**DocusignVendor().record(7), "AttributeGroups": {}, **lacks}
        with pytest.raises(Skippable, match="without number, title") as caught:
            clm().to_contract(raw(row))
        assert caught.value.remedy

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("20260329000000", date(2026, 3, 29)),
            ("20260329", date(2026, 3, 29)),
            ("2026-03-29T02:30:00", date(2026, 3, 29)),  # an hour that Berlin's clocks skip
            ("2026-03-28T23:00:00Z", date(2026, 3, 29)),
            ("2026-03-28T23:00:00+01:00", date(2026, 3, 28)),
            ("2026-10-25T00:00:00Z", date(2026, 10, 25)),
            ("29.03.2026", date(2026, 3, 29)),
            (["20260329"], date(2026, 3, 29)),
            ("", None),
            (None, None),
        ],
    )
    def test_days_as_they_may_be_told(self, value: Any, expected: date | None) -> None:
        assert day({"Value": value}, "Europe/Berlin", ("%d.%m.%Y",)) == expected


class TestReading:
    def test_reads_the_folders_below(self) -> None:
        vendor = DocusignVendor(count=3)
        vendor.below = lambda: [vendor.record(50)]  # type: ignore[method-assign]
        ids, cursor, _ = read_all(clm(vendor), "contract")
        assert set(ids) == {guid(n) for n in (0, 1, 2, 50)}
        assert set(json.loads(cursor)) == {FOLDER, BELOW}
        assert guid(50) not in read_all(clm(vendor, subfolders=False), "contract")[0]

    def test_an_incremental_read_looks_for_its_beginning(self) -> None:
        vendor = DocusignVendor(count=1000, page_size=10)
        cursor = json.dumps({FOLDER: (START + timedelta(minutes=995)).isoformat()})
        ids, _, _ = read_all(clm(vendor), "contract", cursor)
        assert set(ids) == {guid(n) for n in range(990, 1000)}
        assert vendor.lists() < 20

    def test_what_broke_off_goes_on(self) -> None:
        vendor = DocusignVendor(count=60, page_size=10)
        reading = clm(vendor).read("contract", None)
        some = [next(reading) for _ in range(3)]
        before = {r.id for batch in some for r in batch.records}
        after, _, _ = read_all(clm(vendor), "contract", some[-1].cursor)
        assert before | set(after) == {guid(n) for n in range(60)}
        assert len(after) < 45

    def test_a_document_changed_while_we_read_hides_no_other(self) -> None:
        """It moves to the end; all behind it move one place forward, over the border of two pages."""
        vendor = DocusignVendor(count=40, page_size=10)
        plain, moved = vendor.rows, {}

        def rows() -> list[Json]:
            if vendor.lists() == 3:
                moved[4] = "2026-09-02T12:00:00.000Z"
                moved[5] = "2026-09-02T12:00:01.000Z"
            return [{**row, "UpdatedDate": moved.get(n, row["UpdatedDate"])} for n, row in enumerate(plain())]

        vendor.rows = rows  # type: ignore[method-assign]
        batches = list(clm(vendor).read("contract", None))
        assert {r.id for batch in batches for r in batch.records} == {guid(n) for n in range(40)}
        assert "2026-09-02T12:00:01" in batches[-1].cursor

    def test_many_changed_at_once_are_all_read(self) -> None:
        vendor = changed(DocusignVendor(count=55, page_size=10), UpdatedDate="2026-09-01T09:00:00.000Z")
        ids, cursor, _ = read_all(clm(vendor), "contract")
        assert set(ids) == {guid(n) for n in range(55)}
        assert set(read_all(clm(vendor), "contract", cursor)[0]) == set(ids)

    def test_a_list_that_is_not_in_order_is_read_whole_each_time(self) -> None:
        vendor = DocusignVendor(count=40, page_size=10, reverse=True)
        cursor = json.dumps({FOLDER: (START + timedelta(minutes=30)).isoformat()})
        ids, _, _ = read_all(clm(vendor), "contract", cursor)
        assert set(ids) == {guid(n) for n in range(25, 40)}

    def test_attributes_that_the_list_leaves_out_are_asked_for(self) -> None:
        vendor = DocusignVendor(count=3)
        vendor.expands = False
        vendor.gone = {guid(1)}  # deleted since it was listed
        connector = clm(vendor)
        records = [r for batch in connector.read("contract", None) for r in batch.records]
        assert [connector.to_contract(r).id for r in records] == ["C-0", "C-2"]

    def test_papers_between_the_contracts_are_left_out(self) -> None:
        vendor = DocusignVendor(count=3)
        vendor.below = lambda: [{**vendor.record(50), "AttributeGroups": {}}]  # type: ignore[method-assign]
        read = read_all(clm(vendor, contract_if=["Contract/Contract Number"]), "contract")
        assert set(read[0]) == {guid(n) for n in range(3)}
        assert not read[2]

    def test_a_search_reads_what_it_finds(self) -> None:
        vendor = DocusignVendor(count=25, page_size=10)
        vendor.pending = 2
        connector = clm(vendor, search={"Extensions": "pdf"}, search_wait=0.05)
        assert len(set(read_all(connector, "contract")[0])) == 25
        folder = f"https://api11.clm.example/v2/{ACCOUNT}/folders/{FOLDER}"
        expected = {"Extensions": "pdf", "InFolder": {"Href": folder}, "IncludeSubFolders": True}
        assert vendor.searches == [expected]

    def test_a_search_that_does_not_end_is_given_up(self) -> None:
        vendor = DocusignVendor()
        vendor.pending = 10**6
        with pytest.raises(Retryable, match="too long"):
            clm(vendor, search_wait=0.01).contract("C-3")

    def test_a_number_must_be_the_whole_number(self) -> None:
        with pytest.raises(NotFound):
            clm(DocusignVendor(count=25)).contract("C-")

    def test_the_reason_of_a_refusal_is_told(self) -> None:
        vendor = DocusignVendor()
        vendor.always = lambda _: refused(422, 101, "Not valid", ("Limit", "too large"))
        with pytest.raises(Fatal, match=r"Not valid \(code 101\); Limit: too large"):
            read_all(clm(vendor), "contract")


class TestHosts:
    def test_our_token_goes_to_the_vendors_hosts_only(self) -> None:
        for served in ("https://evil.example", "https://clm.example.evil.example", "https://xclm.example"):
            vendor = DocusignVendor()
            vendor.served = served
            with pytest.raises(Misconfigured, match="token does not go"):
                read_all(clm(vendor), "contract")
            assert {r.url.host for r in vendor.requests} == {"account.clm.example", "auth.clm.example"}

    @pytest.mark.parametrize("served", ["", None, 7, "ftp://api.clm.example", "http://api.clm.example"])
    def test_an_account_that_is_nowhere_is_told(self, served: Any) -> None:
        vendor = DocusignVendor()
        vendor.served = served
        with pytest.raises((WrongAnswer, Misconfigured)) as caught:
            read_all(clm(vendor), "contract")
        assert caught.value.remedy


class TestDocument:
    def test_a_document_being_prepared_is_asked_for_later(self) -> None:
        vendor = DocusignVendor()
        for given in (refused(404, 119, "not there yet"), httpx.Response(205, content=b"%PDF")):
            vendor.document = given
            with pytest.raises(Retryable, match="not ready"):
                clm(vendor).document("C-3")

    def test_as_pdf_where_that_is_wanted(self) -> None:
        vendor = changed(DocusignVendor(), Name="../Agreement.docx")
        assert clm(vendor).document(guid(3)) == (b"%PDF-1.7", "Agreement.docx")
        assert clm(vendor, as_pdf=True).document(guid(3))[1] == "Agreement.docx.pdf"
        assert vendor.requests[-1].headers["accept"] == "application/pdf"


class TestWriting:
    def writing(self, verb: str, payload: Json, target: str = "C-3", **settings: Any) -> tuple[Any, Any]:
        vendor = DocusignVendor(count=5)
        action = TestConformance().action(verb, payload).model_copy(update={"target": target})
        return clm(vendor, **settings).writer().create(action), vendor

    def test_a_task_is_a_reminder_of_the_document(self) -> None:
        task = {"title": "Claim", "text": "Credit 5 %", "due_on": "2026-03-30", "priority": "P1"}
        made, vendor = self.writing("create_task", task, zone="Europe/Berlin")
        assert made.record == f"documents/{guid(3)}/documentreminders/{guid(0, 7)}"
        (body,) = vendor.written
        assert (body["Name"], body["ReminderDate"]) == ("P1: Claim", "2026-03-30T06:00:00Z")
        assert body["EmailBody"] == "Credit 5 %\n\nReference: pacta-9c4e11"
        assert body["RecipientAdHocEmails"] == ["contracts@tessaly.example"]
        assert body["Document"]["Href"].endswith(f"/v2/{ACCOUNT}/documents/{guid(3)}")

    @pytest.mark.parametrize("task", [{}, {"due_on": "2026-10-15", "state": "done"}])
    def test_what_a_reminder_cannot_hold_is_refused(self, task: Json) -> None:
        with pytest.raises(Fatal, match="a task here has") as caught:
            self.writing("create_task", {"title": "Claim", **task})
        assert caught.value.remedy

    def test_without_anybody_to_remind_it_is_told(self) -> None:
        with pytest.raises(Misconfigured, match="nobody"):
            self.writing("create_task", {"title": "x", "due_on": "2026-10-15"}, reminders=None)

    def test_a_reminder_is_changed_by_reference_or_by_name(self) -> None:
        vendor = DocusignVendor(count=5)
        writer, conformance = clm(vendor).writer(), TestConformance()
        made = writer.create(conformance.action())
        later = conformance.action("update_task", {"title": "Claim now", "due_on": "2026-11-01"})
        assert writer.create(later) == made
        assert writer.create(later.model_copy(update={"target": made.record})) == made
        assert vendor.reminders[0]["ReminderDate"] == "2026-11-01T08:00:00Z"
        assert len(vendor.reminders) == 1
        with pytest.raises(NotFound, match="no task"):
            writer.create(later.model_copy(update={"target": "C-2"}))

    def test_fields_become_attributes_of_their_groups(self) -> None:
        fields = {"fields": {"performance": "breached", "due": "2026-10-15"}}
        made, vendor = self.writing("set_fields", fields)
        assert made.record == f"documents/{guid(3)}"
        group = {"Performance": attribute("breached"), "Next Due": attribute("20261015000000", "Date")}
        assert vendor.changes == [{"AttributeGroups": {"Contract Obligations": group}}]
        for strange in ({"colour": "red"}, {"due": "soon"}):
            with pytest.raises(Fatal):
                self.writing("set_fields", {"fields": strange})


class TestWebhook:
    BODY: ClassVar[Json] = {
        "event": "envelope-completed",
        "retryCount": 0,
        "configurationId": 7,
        "generatedDateTime": "2026-09-01T08:00:00.1234567Z",
        "data": {
            "accountId": ACCOUNT,
            "envelopeId": guid(1, 5),
            "envelopeSummary": {
                "customFields": {"textCustomFields": [{"name": "Contract Number", "value": "C-3"}, None]}
            },
        },
    }

    def deliver(self, body: Json, key: str = SECRET, at: datetime = AT) -> Any:
        sent = json.dumps(body).encode()
        digest = base64.b64encode(hmac.new(key.encode(), sent, hashlib.sha256).digest()).decode()
        connector = clm(webhook={"secrets": ["older", SECRET]})
        headers = {"X-DocuSign-Signature-1": "AAAA", "X-DocuSign-Signature-2": digest}
        return connector.verify_webhook(sent, headers, at)

    def test_a_signed_envelope_lets_its_contract_be_read(self) -> None:
        event = self.deliver(self.BODY)
        assert (event.event, event.record, event.webhook) == ("envelope-completed", "C-3", "7")
        assert self.deliver({**self.BODY, "event": "envelope-sent"}).record is None

    @pytest.mark.parametrize(
        "summary", [None, {}, {"customFields": None}, {"customFields": {"textCustomFields": {"a": 1}}}]
    )
    def test_an_envelope_that_names_no_contract_changes_nothing(self, summary: Json | None) -> None:
        data = {"envelopeId": guid(1, 5), "envelopeSummary": summary}
        event = self.deliver({**self.BODY, "data": data})
        assert (event.record, event.streams) == (None, ())

    def test_a_repetition_has_the_same_id(self) -> None:
        first, again = self.deliver(self.BODY), self.deliver({**self.BODY, "retryCount": 2})
        other = self.deliver({**self.BODY, "data": {"envelopeId": guid(2, 5)}})
        assert first.id == again.id != other.id

    @pytest.mark.parametrize(
        "change", [{"generatedDateTime": None}, {"generatedDateTime": "2020-01-01T00:00:00Z"}]
    )
    def test_an_old_or_timeless_delivery_is_refused(self, change: Json) -> None:
        with pytest.raises(SignatureError):
            self.deliver({**self.BODY, **change})

    def test_another_key_is_refused(self) -> None:
        with pytest.raises(SignatureError, match="signature"):
            self.deliver(self.BODY, key="another")


def test_json_without_an_object_is_a_wrong_answer() -> None:
    vendor = DocusignVendor()
    vendor._give = lambda request, path: answer([])  # type: ignore[method-assign]
    with pytest.raises(WrongAnswer):
        clm(vendor).contract(guid(3))
