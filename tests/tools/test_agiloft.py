"""Agiloft: contracts and their hierarchy, documents, the failures it reports under status 200."""

import json
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import httpx
import pytest

from obligations.model import Action
from tests.tools.agiloft_vendor import AgiloftVendor, failed, page, result
from tests.tools.conformance import connector_of, read_all
from tests.tools.conformance_contracts import ContractConformance
from tests.tools.conformance_writing import WriterConformance
from tests.tools.vendors import SECRET, START, TOKEN, Json, answer
from tools import connect
from tools.agiloft.connector import Agiloft
from tools.kit import Fatal, Misconfigured, NotFound, Skippable, Unauthorised, WrongAnswer
from tools.kit.call import Answer
from tools.kit.verbs import RawRecord

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


class TestConformance(ContractConformance, WriterConformance):
    vendor = AgiloftVendor
    repository = AgiloftVendor
    known = "C-3"
    takes = ("create_task", "update_task", "put_record", "set_fields")
    example: ClassVar[Json] = {"title": "Claim the credit"}
    target = "C-3"

    def is_document(self, request: httpx.Request) -> bool:
        return "/retrieveAttach/" in request.url.path

    def is_write(self, request: httpx.Request) -> bool:
        path = request.url.path
        return not path.endswith(("/search", "/login")) and "Attach" not in path and "attachInfo" not in path


class TestAuditConformance(WriterConformance):
    """An audit entry: a row of its own table, which is linked to the contract."""

    vendor = AgiloftVendor
    takes = ("put_record", "create_task", "update_task", "set_fields")
    example: ClassVar[Json] = {"entity": "audit", "fields": {"what": "Breach of 3 November"}}
    target = "C-3"
    is_write = TestConformance.is_write


def raw(row: Json, **more: Any) -> RawRecord:
    return RawRecord(kind="contract", id="1007", data={"row": row, **more}, updated_at=AT)


def row(**fields: Any) -> Json:
    return {**AgiloftVendor().record(7), **fields}


def reader(**settings: Any) -> Agiloft:
    made: Agiloft = connector_of(AgiloftVendor(), **settings)
    return made


def with_fields(**fields: list[str]) -> Agiloft:
    return reader(fields={**AgiloftVendor().settings()["fields"], **fields})


class TestContract:
    def test_reads_metadata_by_the_configured_fields(self) -> None:
        connector = reader(
            fields={
                "number": ["external_number", "contract_number"],
                "aliases": ["also"],
                "party_keys": {"sap_s4hana": ["supplier_number"]},
                "type": ["contract_type"],
                "relation": ["record_type"],
                "parent": ["parent_contract"],
                "agreed_on": ["signed"],
            },
            relations={"Statement of Work": "sow"},
            types={"SVC": "services"},
            web_url="https://kb.example/gui?id={id}",
        )
        contract = connector.to_contract(
            raw(
                row(
                    also="Acme, AMS",
                    supplier_number=17300001,
                    contract_type={"id": 4, "value": "SVC"},
                    record_type="statement of work",
                    signed="2025-12-30 00:00:00",
                ),
                parent="C-2",
            )
        )
        assert (contract.id, contract.record_id, contract.title) == ("C-7", "1007", "Agreement 7")
        assert (contract.counterparty, contract.aliases) == ("Party 7 Ltd", ("Acme", "AMS"))
        assert contract.party_keys == {"sap_s4hana": "17300001"}
        assert (contract.type, contract.relation, contract.parent) == ("services", "sow", "C-2")
        assert (contract.agreed_on, contract.effective_on) == (date(2025, 12, 30), date(2026, 1, 1))
        assert contract.expires_on is None
        assert (contract.status, contract.document_name) == ("Active", "Signed.pdf")
        assert contract.source.record == "contract/1007"
        assert contract.source.url == "https://kb.example/gui?id=1007"
        assert not contract.problems

    @pytest.mark.parametrize("missing", ["contract_number", "contract_title1"])
    def test_a_contract_without_number_or_title_is_skipped(self, missing: str) -> None:
        with pytest.raises(Skippable, match="without number, title") as caught:
            reader().to_contract(raw(row(**{missing: None})))
        assert caught.value.place == "contract/1007"

    def test_an_unknown_relation_stays_open_and_is_told(self) -> None:
        contract = reader().to_contract(raw(row(record_type="Side letter")))
        assert contract.relation is None
        assert "Side letter" in contract.problems[0].what

    @pytest.mark.parametrize(("parent", "relation"), [({}, "standalone"), ({"parent": "C-1"}, None)])
    def test_without_a_word_for_it_only_a_parent_tells(self, parent: Json, relation: str | None) -> None:
        assert reader().to_contract(raw(row(), **parent)).relation == relation

    def test_without_a_field_for_parents_nothing_is_known(self) -> None:
        assert with_fields(parent=[]).to_contract(raw(row())).relation is None

    @pytest.mark.parametrize(
        ("value", "day"),
        [
            ("2026-03-29", date(2026, 3, 29)),
            ("2026-03-29 02:30:00", date(2026, 3, 29)),  # an hour that Berlin's clocks skip
            ("2026-03-28T23:30:00Z", date(2026, 3, 29)),
            (["2026-03-29"], date(2026, 3, 29)),
            ("", None),
        ],
    )
    def test_a_day_is_read_as_written(self, value: Any, day: date | None) -> None:
        contract = reader(zone="Europe/Berlin").to_contract(raw(row(contract_end_date=value)))
        assert contract.expires_on == day
        assert not contract.problems

    @pytest.mark.parametrize(
        "value", ["next summer", "0000-00-00", -3, "2026-02-30", "0001-01-01T00:00+14:00"]
    )
    def test_an_unreadable_day_is_told(self, value: Any) -> None:
        contract = reader(zone="Europe/Berlin").to_contract(raw(row(contract_end_date=value)))
        assert contract.expires_on is None
        assert "contract_end_date" in contract.problems[0].what

    def test_days_may_have_a_form_of_their_own(self) -> None:
        contract = reader(date_format="%m/%d/%Y").to_contract(raw(row(contract_end_date="11/30/2026")))
        assert contract.expires_on == date(2026, 11, 30)

    @pytest.mark.parametrize(
        ("value", "name"),
        [
            ("Signed.pdf", "Signed.pdf"),
            ([{"fileName": "a.pdf"}, {"fileName": "C:\\x\\b.pdf"}], "b.pdf"),
            ([".."], "document"),
            (2, None),
            ("", None),
            (None, None),
        ],
    )
    def test_the_documents_name_where_the_record_tells_it(self, value: Any, name: str | None) -> None:
        assert reader().to_contract(raw(row(attached_file=value))).document_name == name


class TestReading:
    def test_a_parent_named_by_its_id_is_told_by_its_number(self) -> None:
        vendor = AgiloftVendor(count=5)
        connector = connector_of(vendor)
        records = [one for batch in connector.read("contract", None) for one in batch.records]
        parents = {connector.to_contract(one).id: connector.to_contract(one).parent for one in records}
        assert parents == {"C-0": None, "C-1": None, "C-2": None, "C-3": "C-2", "C-4": None}

    def test_a_parent_that_we_may_not_see_keeps_the_name_it_is_given(self) -> None:
        vendor = AgiloftVendor(count=1)
        vendor.rows = lambda: [{**vendor.record(0), "parent_contract": "77"}]  # type: ignore[method-assign]
        connector = connector_of(vendor)
        assert connector.contract("C-0").parent == "77"

    def test_times_are_asked_for_and_read_in_the_zone_of_our_user(self) -> None:
        vendor = AgiloftVendor(count=3)
        connector = connector_of(vendor, zone="Europe/Berlin", overlap="PT0S", filter="wfstate='Active'")
        records = [one for batch in connector.read("contract", None) for one in batch.records]
        assert records[0].updated_at == datetime(2026, 9, 1, 6, tzinfo=UTC)
        vendor.requests.clear()
        assert len(read_all(connector, "contract", "2026-09-01T06:02:00+00:00")[0]) == 1
        first = json.loads(vendor.requests[0].content)
        assert first["query"] == "(wfstate='Active') && date_updated>='2026-09-01 08:02:00'"

    def test_an_hour_that_comes_twice_is_no_ignored_filter(self) -> None:
        vendor = AgiloftVendor(count=1)
        vendor.changed_at = lambda _: datetime(2026, 10, 25, 2, 40, tzinfo=UTC)  # type: ignore[method-assign, assignment]
        connector = connector_of(vendor, zone="Europe/Berlin", overlap="PT0S")
        assert read_all(connector, "contract", "2026-10-25T01:30:00+00:00")[0] == ["1000"]

    def test_a_filter_that_is_ignored_is_told(self) -> None:
        vendor = AgiloftVendor(count=3)
        vendor.search = lambda table, body: result(vendor.rows())  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="filter was ignored"):
            read_all(connector_of(vendor), "contract", "2026-09-05T00:00:00+00:00")

    def test_a_read_that_broke_off_goes_on_behind_what_it_gave(self) -> None:
        vendor = AgiloftVendor(count=200, page_size=50)
        batches = connector_of(vendor).read("contract", None)
        given = [next(batches), next(batches)]
        cursor = given[-1].cursor
        assert datetime.fromisoformat(cursor) == vendor.changed_at(99)
        rest, _, _ = read_all(connector_of(vendor), "contract", cursor)
        assert {r.id for batch in given for r in batch.records} | set(rest) == {
            str(1000 + n) for n in range(200)
        }
        assert "1000" not in rest

    def test_a_contract_deleted_meanwhile_is_left_out(self) -> None:
        vendor = AgiloftVendor(count=5)
        search = vendor.search

        def once_there(table: str, body: Json) -> httpx.Response:
            given = search(table, body)
            vendor.count = 4
            return given

        vendor.search = once_there  # type: ignore[method-assign]
        assert len(read_all(connector_of(vendor), "contract")[0]) == 4

    def test_a_record_without_time_of_change_is_told(self) -> None:
        vendor = AgiloftVendor(count=2)
        rows = vendor.rows()
        rows[0]["date_updated"] = "yesterday"
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "contract")
        assert ids == ["1001"]
        assert problems[0].place == "contract/1000"

    def test_no_result_under_success_is_an_empty_list(self) -> None:
        vendor = AgiloftVendor()
        vendor.search = lambda table, body: result(None)  # type: ignore[method-assign]
        assert read_all(connector_of(vendor), "contract")[0] == []

    def test_extra_parameters_of_a_search_are_sent(self) -> None:
        vendor = AgiloftVendor()
        vendor.search = lambda table, body: result([]) if body["limit"] == 0 else failed("no")  # type: ignore[method-assign]
        assert read_all(connector_of(vendor, search_params={"limit": 0}), "contract")[0] == []


class TestDocument:
    def test_the_last_file_is_the_signed_one_unless_told_otherwise(self) -> None:
        for choice, position, name in (("last", "1", "Signed.pdf"), ("first", "0", "old.pdf")):
            vendor = AgiloftVendor()
            assert connector_of(vendor, attachment_position=choice).document("C-3") == (b"%PDF-1.7", name)
            asked = vendor.requests[-1].url
            assert asked.path.endswith("/contract/retrieveAttach/1003")
            assert asked.params["filePosition"] == position

    def test_a_contract_without_files_has_no_document(self) -> None:
        vendor = AgiloftVendor()
        vendor.attached = []
        with pytest.raises(NotFound, match="attached_file"):
            connector_of(vendor).document("C-3")

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            (failed("no data found for id range(s)"), NotFound),
            (failed("There is no permissions to access this resource"), Unauthorised),
            (page("Wrong format/value pointed to attached_file"), WrongAnswer),
            (httpx.Response(200, content=b""), WrongAnswer),
        ],
    )
    def test_a_failure_in_place_of_the_bytes_is_told(self, given: httpx.Response, error: Any) -> None:
        vendor = AgiloftVendor()
        vendor.document = given
        with pytest.raises(error) as caught:
            connector_of(vendor).document("C-3")
        assert caught.value.remedy

    def test_a_document_may_be_json(self) -> None:
        vendor = AgiloftVendor()
        vendor.document = answer({"success": True})
        assert b"success" in connector_of(vendor).document("C-3")[0]


FAILURES = [
    ("Cannot find specified knowledgebase: contracts", Misconfigured, "knowledge base"),
    ("There is no permissions to access this resource", Unauthorised, "group"),
    ("no data found for id range(s)", NotFound, "id"),
    ("Wrong format/value pointed to wfstate", Fatal, "fields"),
]


class TestFailures:
    @pytest.mark.parametrize(("said", "error", "remedy"), FAILURES)
    @pytest.mark.parametrize("shape", [failed, page])
    @pytest.mark.parametrize("status", [200, 400])
    def test_words_count_whatever_the_status_and_shape(
        self, said: str, error: type[Fatal], remedy: str, shape: Any, status: int
    ) -> None:
        vendor = AgiloftVendor()
        vendor.always = lambda _: shape(said, status)
        with pytest.raises(error) as caught:
            read_all(connector_of(vendor), "contract")
        assert type(caught.value) is error
        assert said in caught.value.what
        assert remedy in caught.value.remedy
        assert "task-70331" not in caught.value.what

    @pytest.mark.parametrize("shape", [failed, page])
    @pytest.mark.parametrize("status", [200, 400, 500])
    @pytest.mark.parametrize("said", ["Token is expired", "No active session found for current token"])
    def test_an_expired_token_is_renewed_once(self, shape: Any, status: int, said: str) -> None:
        vendor = AgiloftVendor(count=5)
        vendor.faults = [lambda _: shape(said, status)]
        assert len(read_all(connector_of(vendor), "contract")[0]) == 5
        assert vendor.tokens == 2

    def test_a_token_that_stays_refused_is_for_a_person(self) -> None:
        vendor = AgiloftVendor()
        vendor.always = lambda _: failed("Token is blocked")
        with pytest.raises(Unauthorised):
            read_all(connector_of(vendor), "contract")
        assert vendor.lists() == 2

    def test_a_refused_sign_in_says_so_and_repeats_nothing(self) -> None:
        vendor = AgiloftVendor()
        vendor.sign_in = lambda given: failed(f"Authentication failed: {given['password']}")  # type: ignore[method-assign]
        with pytest.raises(Unauthorised, match="sign-in was refused") as caught:
            read_all(connector_of(vendor), "contract")
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize(
        "body", [{}, {"success": True, "result": None}, [1], {"result": {"expires_in": "x"}}]
    )
    def test_a_sign_in_without_token_is_a_wrong_answer(self, body: Any) -> None:
        vendor = AgiloftVendor()
        vendor.sign_in = lambda given: answer(body)  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="no token"):
            read_all(connector_of(vendor), "contract")

    def test_a_token_may_last_minutes(self) -> None:
        auth = reader().settings.auth
        given: Json = {"access_token": TOKEN, "expires_in": 15, "expiration_time_unit": "minutes"}
        said = answer({"success": True, "result": given})
        assert auth.type == "login"
        assert auth.session(Answer(200, said.headers, said.content, said.json())).expires_in == 900

    def test_words_that_repeat_our_password_are_hidden(self) -> None:
        vendor = AgiloftVendor()
        vendor.always = lambda _: failed(f"Wrong format: {SECRET} {TOKEN}-1")
        with pytest.raises(Fatal) as caught:
            read_all(connector_of(vendor), "contract")
        assert SECRET not in str(caught.value)
        assert TOKEN not in str(caught.value)

    def test_oauth_is_taken_too(self) -> None:
        vendor = AgiloftVendor()
        auth = {
            "type": "oauth2",
            "token_url": "https://kb.example/ewws/otoken",
            "client_id": "pacta",
            "client_secret": SECRET,
        }
        assert len(read_all(connector_of(vendor, auth=auth), "contract")[0]) == 25

    def test_limits_are_low_even_where_some_are_set(self) -> None:
        settings = {**AgiloftVendor().settings(), "http": {"attempts": 2}}
        made: Any = connect({"agiloft": settings}, AgiloftVendor().transport())["agiloft"]
        assert (made.settings.http.concurrency, made.settings.http.read_timeout) == (1, 60)

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"table": "contract'; x"}, "table"),
            ({"fields": {"number": []}}, "fields.number"),
            ({"fields": {"title": ["a b"]}}, "fields.title"),
            ({"attachment_position": "third"}, "attachment_position"),
            ({"relations": {"x": "cousin"}}, "relations"),
        ],
    )
    def test_wrong_settings_are_named(self, change: Json, place: str) -> None:
        with pytest.raises(Misconfigured) as caught:
            reader(**change)
        assert place in caught.value.place


def action(verb: str, payload: Json, target: str = "C-3", reference: str = "pacta-1f2e") -> Action:
    return Action.model_validate(
        {
            "id": "act-1",
            "system": "agiloft",
            "verb": verb,
            "target": target,
            "payload": payload,
            "reference": reference,
            "reason": "breached",
            "proposed_at": START,
            "proposed_by": "policy",
        }
    )


class TestWriting:
    def test_a_task_carries_what_the_settings_have_a_field_for(self) -> None:
        vendor = AgiloftVendor()
        task = {"title": "Claim", "text": "5 %", "due_on": "2026-12-01", "priority": "P2"}
        made = connector_of(vendor).writer().create(action("create_task", task))
        assert made.record == "task/350"
        assert vendor.tables["task"] == [
            {
                "id": 350,
                "summary": "Claim",
                "description": "5 %",
                "date_due": "2026-12-01",
                "priority": "P2",
                "about": "C-3",
                "external_id": "pacta-1f2e",
            }
        ]
        upsert = vendor.requests[-1].url
        assert upsert.params["query"] == "external_id='pacta-1f2e'"

    @pytest.mark.parametrize(
        "task", [{"text": "x"}, {"due_on": "2026-12-01"}, {"priority": "P1"}, {"state": "done"}]
    )
    def test_a_part_without_a_field_is_refused_not_lost(self, task: Json) -> None:
        vendor = AgiloftVendor()
        writer = connector_of(vendor, tasks={"title": "summary"}).writer()
        with pytest.raises(Misconfigured) as caught:
            writer.create(action("create_task", {"title": "Claim", **task}))
        assert "tasks" in caught.value.place
        assert not vendor.written

    def test_tasks_and_tables_must_be_configured(self) -> None:
        writer = connector_of(AgiloftVendor(), tasks=None, entities={}).writer()
        for verb, given in (
            ("create_task", {"title": "x"}),
            ("put_record", {"entity": "audit", "fields": {}}),
        ):
            with pytest.raises(Misconfigured) as caught:
                writer.create(action(verb, given))
            assert caught.value.remedy

    def test_a_task_is_changed_by_our_reference_or_by_its_id(self) -> None:
        vendor = AgiloftVendor()
        writer = connector_of(vendor).writer()
        made = writer.create(action("create_task", {"title": "Claim"}))
        done = {"title": "Claim", "state": "done"}
        assert writer.create(action("update_task", done)) == made
        assert vendor.tables["task"][0]["wfstate"] == "Completed"
        writer.create(action("update_task", {"title": "Other"}, made.record, "pacta-other"))
        assert vendor.tables["task"][0]["summary"] == "Other"
        with pytest.raises(NotFound, match="no task"):
            writer.create(action("update_task", done, "contract/1003", "pacta-other"))

    def test_an_audit_entry_is_a_row_of_its_table(self) -> None:
        vendor = AgiloftVendor()
        writer = connector_of(vendor).writer()
        entry = {"entity": "audit", "fields": {"what": "Breach found"}}
        made = writer.create(action("put_record", entry))
        assert made.record == "audit_entry/350"
        assert vendor.tables["audit_entry"][0]["key"] == "pacta-1f2e"
        assert writer.find("pacta-1f2e") == made
        assert writer.create(action("put_record", entry)) == made
        assert len(vendor.written) == 1

    def test_days_and_figures_are_written_as_the_knowledge_base_takes_them(self) -> None:
        vendor = AgiloftVendor()
        writer = connector_of(vendor, date_format="%m/%d/%Y").writer()
        fields = {"performance": "breached", "credit": "12.50", "seen": date(2026, 11, 3)}
        made = writer.create(action("set_fields", {"fields": fields}))
        assert made.record == "contract/1003"
        (sent,) = vendor.changes
        assert (sent["sla_status"], sent["credit_due"], sent["seen_on"]) == (
            "breached",
            "12.50",
            "11/03/2026",
        )

    def test_a_field_that_is_not_mapped_is_told_before_anything_is_sent(self) -> None:
        vendor = AgiloftVendor()
        with pytest.raises(Misconfigured, match="colour"):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"colour": "red"}}))
        assert not vendor.requests

    def test_fields_of_an_unknown_contract_are_not_set(self) -> None:
        vendor = AgiloftVendor()
        with pytest.raises(NotFound):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"credit": 1}}, "C-99"))
        assert not vendor.changes

    @pytest.mark.parametrize("held", [None, True, {"id": "x"}, "done"])
    def test_an_upsert_that_names_no_id_is_looked_up(self, held: Any) -> None:
        vendor = AgiloftVendor()
        upsert = vendor.upsert
        vendor.upsert = lambda *given: (upsert(*given), result(held))[1]  # type: ignore[method-assign]
        assert (
            connector_of(vendor).writer().create(action("create_task", {"title": "x"})).record == "task/350"
        )

    def test_an_upsert_that_left_nothing_is_told(self) -> None:
        vendor = AgiloftVendor()
        vendor.upsert = lambda *given: result(None)  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="no id"):
            connector_of(vendor).writer().create(action("create_task", {"title": "x"}))

    def test_several_rows_with_our_reference_count_as_one(self) -> None:
        vendor = AgiloftVendor()
        vendor.tables["task"] = [{"id": n, "external_id": "pacta-1f2e"} for n in (12, 9)]
        assert connector_of(vendor).writer().create(action("create_task", {"title": "x"})).record == "task/9"

    def test_a_missing_field_shows_in_the_check(self) -> None:
        vendor = AgiloftVendor()
        vendor.always = lambda _: failed("Wrong format/value pointed to company_name")
        health = connector_of(vendor).check()
        assert not health.ok
        assert "company_name" in health.problems[0].what
