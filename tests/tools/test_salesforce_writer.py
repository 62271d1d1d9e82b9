"""Salesforce: comments, tasks, cases and fields out; signing in."""

from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.tools.conformance import connector_of, lose_answer, read_all
from tests.tools.salesforce_vendor import ROOT, SalesforceVendor
from tests.tools.test_ironclad import action
from tests.tools.vendors import SECRET, TOKEN, Json
from tools import connect
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer

TARGET = "00000003"


class TestWriting:
    def test_a_comment_is_internal_unless_asked_and_written_once(self) -> None:
        vendor = SalesforceVendor(count=5)
        writer = connector_of(vendor).writer()
        note = action("comment", {"text": "Late by 1 h"}, TARGET)
        first = writer.create(note)
        assert writer.create(note) == first
        (sent,) = vendor.written
        assert sent["path"] == "/sobjects/CaseComment"
        assert sent["IsPublished"] is False
        assert sent["CommentBody"].endswith("Reference: pacta-1f2e")
        assert writer.find("pacta-1f2e", TARGET) == first
        assert writer.find("pacta-1f2", TARGET) is None

    def test_a_comment_finds_its_case_by_id_too(self) -> None:
        vendor = SalesforceVendor(count=5)
        target = vendor.record(3)["Id"]
        connector_of(vendor).writer().create(action("comment", {"text": "x", "public": True}, target))
        assert vendor.written[0]["ParentId"] == target
        assert vendor.written[0]["IsPublished"] is True

    def test_mentioning_the_owner_is_a_post_in_the_feed(self) -> None:
        vendor = SalesforceVendor(count=5)
        writer = connector_of(vendor).writer()
        note = action("comment", {"text": "Please look", "mention_assignee": True}, TARGET)
        first = writer.create(note)
        assert vendor.written[0]["body"]["messageSegments"][0] == {
            "type": "Mention",
            "id": "005000000000001AAA",
        }
        assert vendor.written[0]["visibility"] == "InternalUsers"
        assert writer.create(note) == first
        assert len(vendor.written) == 1

    def test_a_queue_is_not_mentioned(self) -> None:
        vendor = SalesforceVendor(count=0)
        vendor.held["Case"] = [{**vendor.record(3), "OwnerId": "00G000000000001AAA"}]
        note = action("comment", {"text": "Please look", "mention_assignee": True}, TARGET)
        connector_of(vendor).writer().create(note)
        assert vendor.written[0]["path"] == "/sobjects/CaseComment"

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        vendor = SalesforceVendor(count=5)
        connector: Any = connect({"salesforce": vendor.settings()}, lose_answer(vendor))["salesforce"]
        note = action("comment", {"text": "Late"}, TARGET)
        with pytest.raises(Retryable) as caught:
            connector.writer().create(note)
        assert caught.value.maybe_done
        connector.writer().create(note)
        assert len(vendor.held["CaseComment"]) == 1

    def test_a_task_hangs_on_its_case_and_is_created_once(self) -> None:
        vendor = SalesforceVendor(count=5)
        writer = connector_of(vendor).writer()
        given = {"title": "Look", "text": "x", "due_on": "2026-11-15", "priority": "P3"}
        task = action("create_task", given, TARGET)
        assert writer.create(task).record == writer.create(task).record
        (sent,) = vendor.written
        assert sent["WhatId"] == vendor.record(3)["Id"]
        assert (sent["ActivityDate"], sent["Priority"], sent["Status"]) == (
            "2026-11-15",
            "Normal",
            "Not Started",
        )
        assert sent["Pacta_Reference__c"] == "pacta-1f2e"

    def test_a_task_is_completed_under_our_reference(self) -> None:
        vendor = SalesforceVendor(count=5)
        writer = connector_of(vendor).writer()
        made = writer.create(action("create_task", {"title": "Look", "text": "x"}, ""))
        done = writer.create(action("update_task", {"title": "Look", "text": "x", "state": "done"}, "IC-101"))
        assert done.record == made.record
        assert vendor.written[-1]["path"] == f"/sobjects/Task/{made.record}"
        assert vendor.written[-1]["Status"] == "Completed"

    def test_a_task_to_update_must_be_there(self) -> None:
        with pytest.raises(NotFound):
            connector_of(SalesforceVendor()).writer().create(action("update_task", {"title": "a"}))

    def test_tasks_may_be_cases_by_external_id(self) -> None:
        vendor = SalesforceVendor(count=5)
        writer = connector_of(vendor, tasks_as="Case").writer()
        made = writer.create(
            action("create_task", {"title": "Look", "text": "x", "priority": "P1"}, "IC-101")
        )
        assert vendor.written[0]["path"] == "/sobjects/Case/Pacta_Reference__c/pacta-1f2e"
        assert vendor.written[0]["Priority"] == "High"
        assert made.record.startswith("500")
        assert writer.find("pacta-1f2e") == made
        with pytest.raises(Fatal, match="people"):
            writer.create(action("update_task", {"title": "a"}))

    def test_an_upsert_whose_answer_was_lost_goes_on_by_itself(self) -> None:
        vendor = SalesforceVendor(count=5)
        connector: Any = connect({"salesforce": vendor.settings()}, lose_answer(vendor))["salesforce"]
        given = {"entity": "case", "fields": {"title": "SLA breach"}}
        made = connector.writer().create(action("put_record", given))
        assert len(vendor.held["Case"]) == 1
        assert made.record == vendor.held["Case"][0]["Id"]

    def test_a_case_and_its_first_comment_are_written_both_or_none(self) -> None:
        vendor = SalesforceVendor(count=5)
        writer = connector_of(vendor).writer()
        given = {
            "entity": "case",
            "fields": {"title": "SLA breach", "priority": "P2", "comment": "Credit due"},
        }
        made = writer.create(action("put_record", given))
        (sent,) = vendor.written
        assert sent["path"] == "/composite"
        assert sent["allOrNone"] is True
        first, second = sent["compositeRequest"]
        assert first["url"] == f"{ROOT}/sobjects/Case/Pacta_Reference__c/pacta-1f2e"
        assert first["body"] == {"Subject": "SLA breach", "Priority": "High"}
        assert second["body"]["ParentId"] == "@{case.id}"
        assert writer.create(action("put_record", given)) == made
        assert len(vendor.written) == 1

    @pytest.mark.parametrize(
        ("code", "error"), [("REQUIRED_FIELD_MISSING", Fatal), ("UNABLE_TO_LOCK_ROW", Retryable)]
    )
    def test_a_composite_tells_its_cause(self, code: str, error: type[Exception]) -> None:
        class Refusing(SalesforceVendor):
            def _part(self, part: Json) -> Json:
                halted = part["referenceId"] == "case"
                said = {"errorCode": "PROCESSING_HALTED" if halted else code, "message": "because"}
                return {"body": [said], "httpStatusCode": 400, "referenceId": part["referenceId"]}

        given = {"entity": "case", "fields": {"title": "a", "comment": "b"}}
        with pytest.raises(error) as caught:
            connector_of(Refusing()).writer().create(action("put_record", given))
        assert "PROCESSING_HALTED" not in str(caught.value)

    def test_a_reference_that_is_not_unique_is_told(self) -> None:
        vendor = SalesforceVendor()
        vendor.doubled = True
        with pytest.raises(Fatal, match="several records"):
            connector_of(vendor).writer().create(
                action("put_record", {"entity": "case", "fields": {"title": "a"}})
            )

    def test_fields_of_a_configured_object_are_set(self) -> None:
        vendor = SalesforceVendor(count=5)
        entity = {
            "object": "ServiceContract",
            "reference_field": "",
            "fields": {"credit": "Credit_Due__c", "review": "Review__c"},
        }
        writer = connector_of(vendor, entities={"service": entity}).writer()
        target = "810000000000001AAA"
        writer.create(action("set_fields", {"fields": {"credit": "12.50", "review": "2026-12-01"}}, target))
        assert vendor.written[0]["path"] == f"/sobjects/ServiceContract/{target}"
        assert writer.find("pacta-1f2e") is None
        assert not any("FROM ServiceContract" in r.url.params.get("q", "") for r in vendor.requests)
        with pytest.raises(Misconfigured, match="reference"):
            writer.create(action("put_record", {"entity": "service", "fields": {"credit": 1}}))
        assert vendor.written[0]["Review__c"] == "2026-12-01"
        with pytest.raises(Misconfigured, match="colour"):
            writer.create(action("set_fields", {"fields": {"colour": "red"}}, target))
        with pytest.raises(Misconfigured, match="Account"):
            writer.create(action("set_fields", {"fields": {"a": 1}}, "001000000000001AAA"))

    def test_an_entity_that_is_not_configured_is_told(self) -> None:
        with pytest.raises(Misconfigured, match="audit"):
            connector_of(SalesforceVendor()).writer().create(
                action("put_record", {"entity": "audit", "fields": {}})
            )

    @pytest.mark.parametrize("verb", ["hold_invoice", "create_invoice", "schedule_payment"])
    def test_what_a_crm_lacks_is_refused_before_anything_is_asked(self, verb: str) -> None:
        vendor = SalesforceVendor()
        with pytest.raises(Fatal, match="invoices"):
            connector_of(vendor).writer().create(action(verb, {"reason": "x"}))
        assert not vendor.requests

    @pytest.mark.parametrize("target", ["x' OR Id != '", "a b", "", "1,2"])
    def test_a_target_cannot_change_the_query(self, target: str) -> None:
        vendor = SalesforceVendor()
        with pytest.raises(Fatal, match="no case number"):
            connector_of(vendor).writer().create(action("comment", {"text": "x"}, target))
        assert not vendor.requests

    def test_unknown_cases_are_not_found(self) -> None:
        with pytest.raises(NotFound):
            connector_of(SalesforceVendor()).writer().create(action("comment", {"text": "x"}, "00099999"))

    def test_nothing_is_written_when_we_cannot_look_first(self) -> None:
        vendor = SalesforceVendor(count=5)
        vendor.closed = {"CaseComment"}
        with pytest.raises(Fatal, match="INVALID_TYPE"):
            connector_of(vendor).writer().create(action("comment", {"text": "x"}, TARGET))
        assert not vendor.written

    def test_an_answer_without_id_is_wrong(self) -> None:
        class Mute(SalesforceVendor):
            def _add(self, name: str, body: Json) -> Json:
                return {"success": True}

        with pytest.raises(WrongAnswer, match="no id"):
            connector_of(Mute(count=5)).writer().create(action("comment", {"text": "x"}, TARGET))


class TestSigningIn:
    URL = "https://tessaly.my.example/services/oauth2/token"

    def test_by_client_credentials_in_the_form(self) -> None:
        vendor = SalesforceVendor(count=3)
        given = {"type": "oauth2", "token_url": self.URL, "client_id": "c", "client_secret": SECRET}
        read_all(connector_of(vendor, auth={**given, "client_auth": "form"}), "case")
        sent = parse_qs(vendor.requests[0].content.decode())
        assert sent["grant_type"] == ["client_credentials"]
        assert vendor.requests[1].headers["authorization"] == f"Bearer {TOKEN}-1"

    def test_by_an_assertion_signed_for_the_log_on_host(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        given = {
            "type": "oauth2_jwt",
            "token_url": self.URL,
            "issuer": "c",
            "subject": "pacta@tessaly.example",
        }
        audience = "https://login.salesforce.com"
        vendor = SalesforceVendor(count=3)
        read_all(connector_of(vendor, auth={**given, "audience": audience, "key": pem.decode()}), "case")
        sent = parse_qs(vendor.requests[0].content.decode())
        assert sent["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        claims = jwt.decode(sent["assertion"][0], key.public_key(), ["RS256"], audience=audience)
        assert (claims["iss"], claims["sub"]) == ("c", "pacta@tessaly.example")
