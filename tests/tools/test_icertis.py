"""Icertis: agreements and their hierarchy, documents, the envelope and what it tells, writing instances."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from obligations.model import Action
from tests.tools.conformance import connector_of, read_all
from tests.tools.conformance_contracts import ContractConformance
from tests.tools.conformance_writing import WriterConformance
from tests.tools.icertis_vendor import IcertisVendor, envelope, failed
from tests.tools.vendors import SECRET, START, Json, answer
from tools.icertis.connector import Icertis
from tools.kit import Fatal, Misconfigured, NotFound, Skippable, Unauthorised, WrongAnswer
from tools.kit.call import Answer
from tools.kit.downloads import file_name, safe_name
from tools.kit.verbs import RawRecord

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


class TestConformance(ContractConformance, WriterConformance):
    vendor = IcertisVendor
    repository = IcertisVendor
    known = "C-3"
    takes = ("create_task", "update_task", "put_record", "set_fields")
    example: ClassVar[Json] = {"title": "Claim the credit"}
    target = "C-3"

    def is_document(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/download")


def reader(**settings: Any) -> Icertis:
    made: Icertis = connector_of(IcertisVendor(), **settings)
    return made


def row(**fields: Any) -> Json:
    return {**IcertisVendor().record(7), **fields}


def raw(held: Json, entity: str = "ICMMSA", **more: Any) -> RawRecord:
    return RawRecord(
        kind="contract", id="ICMMSA/7", data={"row": held, "type": entity, **more}, updated_at=AT
    )


class TestContract:
    def test_reads_metadata_by_the_configured_attributes(self) -> None:
        connector = reader(
            fields={
                "number": ["LegacyNumber", "ICMAgreementCode"],
                "counterparty": ["ICMSupplier"],
                "aliases": ["Also"],
                "party_keys": {"sap_s4hana": ["SupplierNumber"]},
                "relation": ["Kind"],
                "agreed_on": ["SignedDate"],
                "document": ["FileName"],
            },
            relations={"Statement of Work": "sow"},
            types={"ICMMSA": "msa"},
            web_url="https://acme.icertis.com/{entity}/{id}",
        )
        contract = connector.to_contract(
            raw(
                row(
                    Also=["Acme", "AMS"],
                    SupplierNumber=17300001,
                    Kind="statement of work",
                    SignedDate="2025-12-30 00:00:00",
                    FileName="C:\\x\\Signed.pdf",
                ),
                parent="C-2",
            )
        )
        assert (contract.id, contract.title, contract.type) == ("C-7", "Agreement 7", "msa")
        assert (contract.counterparty, contract.aliases) == ("Party 7 Ltd", ("Acme", "AMS"))
        assert contract.party_keys == {"sap_s4hana": "17300001"}
        assert (contract.relation, contract.parent) == ("sow", "C-2")
        assert (contract.agreed_on, contract.effective_on) == (date(2025, 12, 30), date(2026, 1, 1))
        assert (contract.expires_on, contract.status) == (None, "Executed")
        assert contract.document_name == "Signed.pdf"
        assert contract.source.record == f"ICMMSA/{contract.record_id}"
        assert contract.source.url.endswith(contract.record_id)
        assert not contract.problems

    @pytest.mark.parametrize("missing", ["ICMAgreementCode", "Name", "SysId"])
    def test_an_agreement_without_number_title_or_id_is_skipped(self, missing: str) -> None:
        with pytest.raises(Skippable, match="without number, title") as caught:
            reader().to_contract(raw(row(**{missing: None})))
        assert caught.value.place == "ICMMSA/7"

    @pytest.mark.parametrize(
        ("changes", "entity", "more", "relation"),
        [
            ({}, "ICMMSA", {}, "standalone"),
            ({}, "ICMMSA", {"parent": "C-1"}, None),
            ({}, "ICMSOW", {"parent": "C-1"}, "sow"),
            ({"ICMIsAmendment": True}, "ICMMSA", {"parent": "C-1"}, "amendment"),
            ({"ICMIsAmendment": "Yes"}, "ICMSOW", {}, "amendment"),
            ({"ICMIsAmendment": "No"}, "ICMMSA", {}, "standalone"),
        ],
    )
    def test_the_relation_is_told_by_word_type_or_mark(
        self, changes: Json, entity: str, more: Json, relation: str | None
    ) -> None:
        connector = reader(relations={"ICMSOW": "sow"})
        assert connector.to_contract(raw(row(**changes), entity, **more)).relation == relation

    def test_an_unknown_word_for_it_stays_open_and_is_told(self) -> None:
        contract = reader(fields={"number": ["Name"], "relation": ["Kind"]}).to_contract(
            raw(row(Kind="Side letter"))
        )
        assert contract.relation is None
        assert "Side letter" in contract.problems[0].what

    @pytest.mark.parametrize(
        ("value", "day"),
        [
            ("2026-03-29 00:00:00", date(2026, 3, 29)),
            ("2026-03-29 02:30:00", date(2026, 3, 29)),  # an hour that Berlin's clocks skip
            ("2026-03-28T23:30:00Z", date(2026, 3, 29)),
            ("2026-03-29T00:00:00+09:00", date(2026, 3, 29)),
            ("2026-03-29T10:15:00.1234567Z", date(2026, 3, 29)),
            ("", None),
            (None, None),
        ],
    )
    def test_a_day_is_read_as_written(self, value: Any, day: date | None) -> None:
        contract = reader(zone="Europe/Berlin").to_contract(raw(row(ICMExpiryDate=value)))
        assert contract.expires_on == day
        assert not contract.problems

    @pytest.mark.parametrize("value", ["next summer", "0000-00-00", -3, "0001-01-01T05:00:00+14:00"])
    def test_an_unreadable_day_is_told(self, value: Any) -> None:
        contract = reader().to_contract(raw(row(ICMExpiryDate=value)))
        assert contract.expires_on is None
        assert "ICMExpiryDate" in contract.problems[0].what

    @pytest.mark.parametrize(
        ("held", "name"),
        [
            ('{"Id": 4, "DisplayValue": "Acme"}', "Acme"),
            ({"name": "Acme"}, "Acme"),
            ('[{"Name": "Acme"}, {"Name": "AMS"}]', "Acme, AMS"),
            ("{Acme}", "{Acme}"),
            ("[" * 5000, "[" * 5000),
            ({"Value": True}, ""),
            (None, ""),
        ],
    )
    def test_a_chosen_record_is_shown_as_it_is_called(self, held: Any, name: str) -> None:
        assert reader().to_contract(raw(row(ICMSupplier=held))).counterparty == name


class TestReading:
    def test_a_parent_is_told_by_its_number(self) -> None:
        connector = connector_of(IcertisVendor(count=5))
        records = [one for batch in connector.read("contract", None) for one in batch.records]
        parents = {connector.to_contract(one).id: connector.to_contract(one).parent for one in records}
        assert parents == {"C-0": None, "C-1": None, "C-2": None, "C-3": "C-2", "C-4": None}

    def test_a_parent_that_we_may_not_see_keeps_its_id(self) -> None:
        vendor = IcertisVendor(count=1)
        vendor.rows = lambda: [{**vendor.record(0), "ParentEntityInstanceID": "gone"}]  # type: ignore[method-assign]
        assert connector_of(vendor).contract("C-0").parent == "gone"

    def test_each_contract_type_keeps_its_own_watermark(self) -> None:
        vendor = IcertisVendor(count=3)
        vendor.records["ICMSOW"] = [
            {**vendor.record(50), "ParentEntityInstanceID": vendor.record(1)["SysId"]}
        ]
        connector = connector_of(vendor, contract_types=["ICMMSA", "ICMSOW"], overlap="PT0S")
        ids, cursor, _ = read_all(connector, "contract")
        assert len(ids) == 4
        assert json.loads(cursor) == {
            "ICMMSA": vendor.changed_at(2).isoformat(),
            "ICMSOW": vendor.changed_at(50).isoformat(),
        }
        vendor.count = 4
        again, _, _ = read_all(connector, "contract", cursor)
        assert {i.partition("/")[0] for i in again} == {"ICMMSA", "ICMSOW"}
        assert connector.contract("C-50").parent == "C-1"

    def test_what_is_asked_for(self) -> None:
        vendor = IcertisVendor(count=3)
        connector = connector_of(vendor, filter="Status $eq 'Executed'", overlap="PT0S")
        read_all(connector, "contract", '{"ICMMSA": "2026-09-01T08:02:00+00:00"}')
        assert [r.url.params["Sort"] for r in vendor.requests[:2]] == ["ModifiedOn asc", "ModifiedOn desc"]
        params = vendor.requests[2].url.params
        assert params["Filter"] == "(Status $eq 'Executed' $and ModifiedOn $gt '2026-09-01T08:01:59Z')"
        assert (params["Page"], params["Sort"]) == ("1", "ModifiedOn asc")
        assert {"SysId", "ICMAgreementCode", "ModifiedOn"} <= set(params["Select"].split(","))

    def test_changes_within_one_second_are_no_ignored_filter(self) -> None:
        vendor = IcertisVendor(count=4, page_size=2)
        stamps = ("08:00:09.500", "08:00:09.950", "08:00:10.900", "08:00:11.000")
        rows = [{**vendor.record(n), "ModifiedOn": f"2026-09-01 {at}"} for n, at in enumerate(stamps)]
        vendor.rows = lambda: [dict(each) for each in rows]  # type: ignore[method-assign]
        assert len(set(read_all(connector_of(vendor), "contract")[0])) == 4

    def test_a_tenant_that_does_not_sort_is_read_whole(self) -> None:
        """Two rows that happen to be in order are no order."""
        vendor = IcertisVendor(page_size=2)
        rows = [vendor.record(number) for number in (5, 9, 1, 3, 7)]
        vendor.sorts = False
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        connector = connector_of(vendor, overlap="PT0S")
        batches = list(connector.read("contract", None))
        ids = [record.id for batch in batches for record in batch.records]
        assert len(ids) == len(set(ids)) == 5
        assert {batch.cursor for batch in batches[:-1]} == {""}
        assert vendor.changed_at(9).isoformat() in batches[-1].cursor
        rows[0] = {**rows[0], "ModifiedOn": "2026-09-02 00:00:00"}
        again = read_all(connector, "contract", batches[-1].cursor)[0]
        assert f"ICMMSA/{rows[0]['SysId']}" in again

    def test_a_row_that_moves_while_pages_are_read_is_not_lost(self) -> None:
        vendor = IcertisVendor(page_size=2)
        rows = [vendor.record(number) for number in (5, 9, 1, 3, 7)]
        vendor.sorts, listed, pages = False, vendor.listed, []

        def moving(entity: str, request: httpx.Request) -> httpx.Response:
            given = listed(entity, request)
            pages.append(request.url.params["Page"])
            if len(pages) == 3:  # the first page behind the two that try the order
                rows.append(rows.pop(0))
            return given

        vendor.rows = lambda: list(rows)  # type: ignore[method-assign]
        vendor.listed = moving  # type: ignore[method-assign]
        assert len(set(read_all(connector_of(vendor), "contract")[0])) == 5

    def test_one_that_never_comes_to_rest_is_read_again_the_next_time(self) -> None:
        vendor = IcertisVendor(page_size=2)
        vendor.sorts, clock = False, [0]

        def rows() -> list[Json]:
            clock[0] += 1
            busy = {"ModifiedOn": f"2026-09-02 00:{clock[0]:02}:00"}
            return [{**vendor.record(number), **(busy if number == 4 else {})} for number in (3, 4, 1)]

        vendor.rows = rows  # type: ignore[method-assign]
        ids, cursor, _ = read_all(connector_of(vendor), "contract")
        assert len(set(ids)) == 3
        assert "2026-09-02" in cursor
        assert len(vendor.requests) < 20

    def test_a_filter_that_is_ignored_is_told(self) -> None:
        vendor = IcertisVendor()
        vendor.listed = lambda entity, request: answer(envelope(vendor.rows()[:3]))  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="filter was ignored"):
            read_all(connector_of(vendor), "contract", '{"ICMMSA": "2026-09-05T00:00:00+00:00"}')

    def test_whole_records_are_fetched_where_asked_for(self) -> None:
        vendor = IcertisVendor(count=2)
        connector = connector_of(vendor, details=True)
        records = [one for batch in connector.read("contract", None) for one in batch.records]
        assert all(one.data["row"]["Whole"] for one in records)

    def test_smaller_pages_than_asked_for_are_told(self) -> None:
        vendor = IcertisVendor(count=25)
        given = envelope(vendor.rows()[:5], True, PagingData={"RowsPerPage": 5})
        vendor.listed = lambda entity, request: answer(given)  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="5 rows, not 10") as caught:
            read_all(connector_of(vendor), "contract")
        assert "page_size to 5" in caught.value.remedy

    def test_an_envelope_with_small_letters_is_read(self) -> None:
        vendor = IcertisVendor()
        given = {"messages": [], "data": vendor.rows()[:2], "hasMoreData": False}
        vendor.listed = lambda entity, request: answer(given)  # type: ignore[method-assign]
        assert len(read_all(connector_of(vendor), "contract")[0]) == 2

    def test_what_the_envelope_says_of_a_failure_is_told(self) -> None:
        vendor = IcertisVendor()
        vendor.always = lambda _: failed(f"no attribute Modified {SECRET}")
        with pytest.raises(Fatal, match="ICM-17 Filter no attribute Modified") as caught:
            read_all(connector_of(vendor), "contract")
        assert SECRET not in str(caught.value)

    def test_a_record_without_time_of_change_is_told(self) -> None:
        vendor = IcertisVendor(count=2)
        rows = vendor.rows()
        rows[0]["ModifiedOn"] = "yesterday"
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "contract")
        assert len(ids) == 1
        assert problems[0].place == rows[0]["SysId"]

    def test_a_token_of_azure_is_taken_too(self) -> None:
        auth = {
            "type": "oauth2",
            "token_url": "https://login.example/oauth2/v2.0/token",
            "client_id": "pacta",
            "client_secret": SECRET,
            "client_auth": "form",
            "scopes": ["api://icertis/.default"],
            "also": {"IcmAuthToken": SECRET, "ici-product-key": "key-1"},
        }
        vendor = IcertisVendor()
        assert len(read_all(connector_of(vendor, auth=auth), "contract")[0]) == 25
        assert vendor.requests[-1].headers["ici-product-key"] == "key-1"
        assert vendor.requests[-1].headers["authorization"].startswith("Bearer ")

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"contract_types": []}, "contract_types"),
            ({"contract_types": ["a'b"]}, "contract_types"),
            ({"changed": "a b"}, "changed"),
            ({"paths": {"document": "https://elsewhere"}}, "paths.document"),
            ({"tasks": {"entity": "Obligations"}}, "tasks.reference"),
            ({"relations": {"x": "cousin"}}, "relations"),
        ],
    )
    def test_wrong_settings_are_named(self, change: Json, place: str) -> None:
        with pytest.raises(Misconfigured) as caught:
            reader(**change)
        assert place in caught.value.place


class TestDocument:
    def test_bytes_with_the_name_that_the_download_states(self) -> None:
        assert connector_of(IcertisVendor()).document("C-3") == (b"%PDF-1.7", "Signed copy.pdf")

    @pytest.mark.parametrize("shape", ["plain", "object", "text"])
    def test_a_document_enclosed_in_json(self, shape: str) -> None:
        coded = base64.b64encode(b"%PDF-1.7").decode()
        inner = {"FileData": coded, "FileName": "x/Signed.pdf"}
        vendor = IcertisVendor()
        vendor.document = answer({"plain": inner, "object": envelope(inner), "text": envelope(coded)}[shape])
        data, name = connector_of(vendor).document("C-3")
        assert data == b"%PDF-1.7"
        assert name == ("C-3" if shape == "text" else "Signed.pdf")

    @pytest.mark.parametrize("held", [envelope(None), envelope({"FileData": "%%%"}), [], "x", {"Data": 7}])
    def test_json_without_a_document_is_told(self, held: Any) -> None:
        vendor = IcertisVendor()
        vendor.document = answer(held)
        with pytest.raises(WrongAnswer, match="document"):
            connector_of(vendor).document("C-3")

    def test_none_there_is_not_found(self) -> None:
        vendor = IcertisVendor()
        vendor.document = failed("no document", 404)
        with pytest.raises(NotFound, match="no document"):
            connector_of(vendor).document("C-3")

    @pytest.mark.parametrize(
        ("given", "name"),
        [("..", "document"), ("a/b\x00c.pdf", "bc.pdf"), ("", "document"), ("C:\\x\\y.pdf", "y.pdf")],
    )
    def test_names_are_harmless(self, given: str, name: str) -> None:
        assert safe_name(given) == name
        headers = {"content-disposition": f'attachment; filename="{given}"'} if given else {}
        assert file_name(Answer(200, headers, b""), "") == name


def action(verb: str, payload: Json, target: str = "C-3", reference: str = "pacta-1f2e") -> Action:
    return Action.model_validate(
        {
            "id": "act-1",
            "system": "icertis",
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
    def test_a_task_is_an_obligation_below_its_agreement(self) -> None:
        vendor = IcertisVendor()
        task = {"title": "Claim", "text": "5 %", "due_on": "2026-12-01", "priority": "P2"}
        made = connector_of(vendor).writer().create(action("create_task", task))
        (written,) = vendor.written
        assert made.record == f"Obligations/{written['SysId']}"
        assert written == {
            "SysId": written["SysId"],
            "EntityName": "Obligations",
            "Name": "Claim",
            "Description": "5 %",
            "DueDate": "2026-12-01T00:00:00",
            "Priority": "P2",
            "ExternalReference": "pacta-1f2e",
            "ParentEntityInstanceID": vendor.record(3)["SysId"],
        }

    @pytest.mark.parametrize("said", ["", True, {"Result": "ok"}])
    def test_an_answer_without_id_is_looked_up(self, said: Any) -> None:
        vendor = IcertisVendor()
        vendor.saved = said
        made = connector_of(vendor).writer().create(action("create_task", {"title": "x"}))
        assert made.record == f"Obligations/{vendor.written[0]['SysId']}"

    @pytest.mark.parametrize("wrap", [dict, json.dumps, envelope])
    def test_an_answer_with_the_instance_names_its_id(self, wrap: Any) -> None:
        vendor = IcertisVendor()
        vendor.saved = wrap({"EntityInstanceId": "abc"})
        made = connector_of(vendor).writer().create(action("create_task", {"title": "x"}))
        assert made.record == "Obligations/abc"

    def test_a_save_that_left_nothing_is_told(self) -> None:
        vendor = IcertisVendor()
        vendor.classic = lambda request: answer("")  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="no id"):
            connector_of(vendor).writer().create(action("create_task", {"title": "x"}))

    @pytest.mark.parametrize(
        "task", [{"text": "x"}, {"due_on": "2026-12-01"}, {"priority": "P1"}, {"state": "done"}]
    )
    def test_a_part_without_an_attribute_is_refused_not_lost(self, task: Json) -> None:
        vendor = IcertisVendor()
        writer = connector_of(vendor, tasks={"reference": "Key"}).writer()
        with pytest.raises(Misconfigured) as caught:
            writer.create(action("create_task", {"title": "Claim", **task}))
        assert "tasks" in caught.value.place
        assert not vendor.written

    def test_what_we_write_must_be_configured(self) -> None:
        writer = connector_of(IcertisVendor(), tasks=None, entities={}).writer()
        for verb, given in (
            ("create_task", {"title": "x"}),
            ("put_record", {"entity": "audit", "fields": {}}),
            ("set_fields", {"fields": {"colour": "red"}}),
        ):
            with pytest.raises(Misconfigured) as caught:
                writer.create(action(verb, given))
            assert caught.value.remedy

    def test_a_task_is_changed_by_our_reference_or_by_its_id(self) -> None:
        vendor = IcertisVendor()
        writer = connector_of(vendor).writer()
        made = writer.create(action("create_task", {"title": "Claim", "text": "kept"}))
        done = {"title": "Claim", "state": "done"}
        assert writer.create(action("update_task", done)) == made
        held = vendor.records["Obligations"][0]
        assert (held["ObligationStatus"], held["Description"]) == ("Fulfilled", "kept")
        writer.create(action("update_task", {"title": "Other"}, made.record, "pacta-other"))
        assert held["Name"] == "Other"
        with pytest.raises(NotFound, match="no task"):
            writer.create(action("update_task", done, "C-3", "pacta-other"))

    def test_an_audit_entry_is_a_record_of_its_type(self) -> None:
        vendor = IcertisVendor()
        writer = connector_of(vendor).writer()
        entry = {"entity": "audit", "fields": {"what": "Breach found", "seen": date(2026, 11, 3)}}
        made = writer.create(action("put_record", entry, target=""))
        assert vendor.records["ICMAudit"][0]["OurKey"] == "pacta-1f2e"
        assert vendor.records["ICMAudit"][0]["SeenOn"] == "2026-11-03T00:00:00"
        assert "ParentEntityInstanceID" not in vendor.records["ICMAudit"][0]
        assert writer.find("pacta-1f2e") == made == writer.create(action("put_record", entry, target=""))
        assert len(vendor.written) == 1

    def test_attributes_are_set_on_the_whole_instance(self) -> None:
        vendor = IcertisVendor()
        rows = [{**vendor.record(3), "Value": 1000.25}]
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        fields = {"performance": "breached", "credit": Decimal("12.50"), "seen": date(2026, 11, 3)}
        made = connector_of(vendor).writer().create(action("set_fields", {"fields": fields}))
        assert made.record == f"ICMMSA/{rows[0]['SysId']}"
        (sent,) = vendor.changes
        assert (sent["PerformanceStatus"], sent["Credit"], sent["Value"]) == ("breached", "12.50", 1000.25)
        assert sent["ICMAgreementCode"] == "C-3"

    def test_a_figure_that_would_lose_digits_is_not_sent_back(self) -> None:
        vendor = IcertisVendor()
        long = '{"SysId": "s", "Value": 1234567890123456.789}'
        vendor.classic = lambda request: answer(long)  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="without loss"):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"credit": 1}}))

    def test_without_the_classic_address_nothing_is_written(self) -> None:
        vendor = IcertisVendor()
        where = {"base_url": "https://acme-business-api.icertis.example/api/v1"}
        made = connector_of(vendor, **where)
        assert made.settings.classic() == ""
        vendor.respond = lambda request: answer(envelope([]))  # type: ignore[method-assign]
        with pytest.raises(Fatal, match="classic"):
            made.writer().create(action("create_task", {"title": "x"}, target=""))
        given = connector_of(vendor, classic_url="https://old.example/api", **where)
        assert given.settings.classic() == "https://old.example/api"

    def test_an_unknown_agreement_is_not_written_to(self) -> None:
        vendor = IcertisVendor()
        for verb, given in (("set_fields", {"fields": {"credit": 1}}), ("create_task", {"title": "x"})):
            with pytest.raises(NotFound):
                connector_of(vendor).writer().create(action(verb, given, "C-99"))
        assert not vendor.changes
        assert not vendor.written

    def test_missing_rights_show_in_the_check(self) -> None:
        vendor = IcertisVendor()
        vendor.always = lambda _: failed("not for you", 403)
        health = connector_of(vendor).check()
        assert not health.ok
        assert "ICMAudit" in health.detail
        with pytest.raises(Unauthorised, match="not for you"):
            read_all(connector_of(vendor), "contract")


class TestMilestones:
    DUTY: ClassVar[Json] = {
        "due_on": ["DueDate"],
        "done_on": ["CompletionDate"],
        "party": ["By"],
        "parties": {"Tessaly": "us"},
        "amount": ["Amount"],
        "currency": ["Currency"],
    }

    def milestone(self, **fields: Any) -> Any:
        held = {"SysId": "o-1", "Name": "Report", "DueDate": "2026-10-05 00:00:00", **fields}
        data = {"row": held, "type": "Obligations", "parent": "C-1"}
        record = RawRecord(kind="duty", id="Obligations/o-1", data=data, updated_at=AT)
        (fact,) = reader(duties={"duty": self.DUTY}, zone="Europe/Berlin").to_facts(record)
        assert fact.contract_hint == "C-1"
        return fact

    def test_what_is_due_is_planned(self) -> None:
        fact = self.milestone()
        assert (fact.data.kind, fact.data.name, fact.data.planned_on) == (
            "milestone",
            "Report",
            date(2026, 10, 5),
        )
        assert not fact.data.events
        assert fact.occurred_at == datetime(2026, 10, 4, 22, tzinfo=UTC)

    def test_what_is_done_was_done_on_the_day_that_is_stated(self) -> None:
        fact = self.milestone(CompletionDate="2026-10-02 00:00:00", By="Tessaly")
        assert fact.data.events[0].on == date(2026, 10, 2)
        assert [(each.change, each.by) for each in fact.data.events] == [("completed", "us")]
        assert self.milestone(CompletionDate="2026-10-02", By="?").data.events[0].by == "unknown"

    def test_what_is_cancelled_is_withdrawn_though_it_was_done(self) -> None:
        fact = self.milestone(Status="Cancelled", CompletionDate="2026-10-02 00:00:00")
        assert [(each.change, each.on) for each in fact.data.events] == [("withdrawn", date(2026, 9, 1))]

    def test_amounts_keep_their_sign_and_need_a_currency(self) -> None:
        held = self.milestone(Amount="-1200.50", Currency="EUR").data.amount
        assert (held.amount, held.currency) == (Decimal("-1200.5"), "EUR")
        assert self.milestone(Amount="-1200.50").data.amount is None

    def test_without_a_day_the_change_counts(self) -> None:
        assert self.milestone(DueDate=None).occurred_at == AT

    @pytest.mark.parametrize("bad", [{"Name": ""}, {"SysId": None}, {"DueDate": "soon"}, {"Amount": "many"}])
    def test_a_bad_record_is_skipped(self, bad: Json) -> None:
        with pytest.raises(Skippable):
            self.milestone(**bad)

    def test_the_stream_is_told_and_read(self) -> None:
        vendor = IcertisVendor()
        vendor.records["Obligations"] = [vendor.record(3), vendor.record(7)]
        connector = connector_of(vendor, duties={"duty": {**self.DUTY, "entity": "Obligations"}})
        assert [each.kind for each in connector.discover()] == ["contract", "duty"]
        found = [each for batch in connector.read("duty", None) for each in batch.records]
        assert {each.id: each.data.get("parent") for each in found} == {
            f"Obligations/{vendor.record(3)['SysId']}": "C-2",
            f"Obligations/{vendor.record(7)['SysId']}": None,
        }
        assert all(connector.to_facts(each) for each in found)

    def test_agreements_keep_their_stream(self) -> None:
        with pytest.raises(Misconfigured):
            reader(duties={"contract": self.DUTY})
