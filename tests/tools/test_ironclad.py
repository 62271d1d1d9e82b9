"""Ironclad: records to contracts, documents, obligations and comments, webhooks."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from obligations.model import Action
from tests.tools.conformance import connector_of, lose_answer
from tests.tools.vendors import IroncladVendor, Json, answer
from tools import connect
from tools.ironclad.connector import Ironclad, verify
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, SignatureError, WrongAnswer
from tools.kit.verbs import RawRecord

NOW = datetime(2026, 11, 10, 11, tzinfo=UTC)


def raw(record: Json, parent: str | None = None) -> RawRecord:
    data: Json = {"record": record} | ({"parent": parent} if parent else {})
    return RawRecord(kind="contract", id="IC-7", data=data, updated_at=NOW)


def record(**properties: Any) -> Json:
    return {
        "id": "uuid-7",
        "ironcladId": "IC-7",
        "type": "msa",
        "name": "Agreement",
        "lastUpdated": "2026-01-01T00:00:00Z",
        "properties": {name: {"type": "string", "value": value} for name, value in properties.items()},
    }


def reader(**settings: Any) -> Ironclad:
    made: Ironclad = connector_of(IroncladVendor(), **settings)
    return made


class TestContract:
    def test_reads_metadata_by_the_property_map(self) -> None:
        contract = reader().to_contract(
            raw(
                {
                    **record(
                        counterpartyName="Acme Managed Services Ltd",
                        supplierNumber="17300001",
                        businessUnit="it",
                        contractRelation="schedule",
                        counterpartyAliases="Acme, AMS",
                    ),
                    "attachments": {"signedCopy": {"filename": "acme.pdf"}},
                    "contractStatus": {"status": "active"},
                },
                parent="IC-1",
            )
        )
        assert (contract.id, contract.record_id, contract.parent) == ("IC-7", "uuid-7", "IC-1")
        assert contract.relation == "schedule"
        assert contract.counterparty == "Acme Managed Services Ltd"
        assert contract.party_keys == {"sap_s4hana": "17300001"}
        assert contract.aliases == ("Acme", "AMS")
        assert contract.document_name == "acme.pdf"
        assert contract.status == "active"
        assert not contract.problems

    def test_another_tenant_has_other_property_ids(self) -> None:
        contract = reader(
            properties={"counterparty": ["x_party"], "relation": ["x_kind"]},
            relations={"Statement of Work": "sow"},
            types={"msa": "master services"},
        ).to_contract(raw(record(x_party="Orchard", x_kind="statement of work")))
        assert contract.counterparty == "Orchard"
        assert contract.relation == "sow"
        assert contract.type == "master services"

    def test_an_unknown_relation_is_a_problem_and_stays_open(self) -> None:
        contract = reader().to_contract(raw({**record(contractRelation="Side letter"), "parentId": "uuid-1"}))
        assert contract.relation is None
        assert "Side letter" in contract.problems[0].what
        assert contract.problems[0].remedy

    @pytest.mark.parametrize(
        ("more", "relation"),
        [
            ({}, "standalone"),
            ({"parentId": "u", "parentLinkType": "amendment"}, "amendment"),
            ({"parentId": "u"}, None),
            ({"childIds": ["u"]}, None),
        ],
    )
    def test_relation_without_a_property(self, more: Json, relation: str | None) -> None:
        assert reader().to_contract(raw({**record(), **more})).relation == relation

    @pytest.mark.parametrize(
        ("value", "day"),
        [
            ("2026-03-01T00:00:00Z", date(2026, 3, 1)),
            ("2026-03-01T00:00:00-07:00", date(2026, 3, 1)),
            ("2026-02-28T23:00:00Z", date(2026, 3, 1)),
            ("2026-03-01", date(2026, 3, 1)),
        ],
    )
    def test_a_date_is_the_day_it_was_entered_as(self, value: str, day: date) -> None:
        given = record()
        given["properties"]["effectiveDate"] = {"type": "date", "value": value}
        assert reader(zone="Europe/Berlin").to_contract(raw(given)).effective_on == day

    def test_an_unreadable_date_is_a_problem(self) -> None:
        contract = reader().to_contract(raw(record(expirationDate="next summer")))
        assert contract.expires_on is None
        assert "next summer" in contract.problems[0].what

    def test_a_counterparty_may_be_an_entity(self) -> None:
        given = record()
        entity = {"recordId": "u", "readableId": "ENTITY-1", "attributes": {"name": {"value": "Acme Ltd"}}}
        given["properties"]["counterpartyName"] = {"type": "reference", "value": entity}
        assert reader().to_contract(raw(given)).counterparty == "Acme Ltd"

    def test_yields_no_facts(self) -> None:
        assert reader().to_facts(raw(record())) == ()


class Repository(IroncladVendor):
    """One contract with a parent, a document and a workflow."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filename: Any = "../../etc/Signed: Acme.pdf"
        self.body = b"%PDF-1.7"
        self.content_type = "application/pdf"
        self.comments: list[Json] = []
        self.rows_held = {
            "uuid-1": {**self.record(1), "id": "uuid-1", "ironcladId": "IC-101"},
            "uuid-2": {
                **self.record(2),
                "id": "uuid-2",
                "ironcladId": "IC-102",
                "parentId": "uuid-1",
                "source": {"type": "workflow", "workflowId": "workflow:wf-2"},
            },
        }

    def rows(self) -> list[Json]:
        return [{**row, **self._attachments()} for row in self.rows_held.values()]

    def _attachments(self) -> Json:
        return {"attachments": {"signedCopy": {"filename": self.filename, "href": "https://evil.example/x"}}}

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/public/api/v1")
        if path.endswith("/comments"):
            return self._comments(request)
        if path == "/workflows/wf-2":
            return answer({"id": "wf-2", "recordIds": ["uuid-2"]})
        if path.endswith("/attachments/signedCopy"):
            assert path.startswith("/records/uuid-"), "attachments are asked for by the record's own id"
            return httpx.Response(200, content=self.body, headers={"content-type": self.content_type})
        for row in self.rows() if request.method == "GET" else ():
            if path in (f"/records/{row['id']}", f"/records/{row['ironcladId']}"):
                return answer(row)
        return super().respond(request)

    def _comments(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            said = {"id": f"c{len(self.comments)}", "commentMessage": json.loads(request.content)["comment"]}
            self.comments.append(said)
            self.written.append(said)
            return answer(said)
        return answer({"page": 0, "pageSize": 100, "count": len(self.comments), "list": self.comments})


class TestRepository:
    def test_a_contract_by_any_of_its_ids_knows_its_parent(self) -> None:
        connector = connector_of(Repository())
        for name in ("IC-102", "uuid-2", "wf-2"):
            contract = connector.contract(name)
            assert (contract.id, contract.parent) == ("IC-102", "IC-101")

    def test_an_unknown_contract_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            connector_of(Repository()).contract("IC-999")

    def test_the_document_has_a_harmless_name(self) -> None:
        data, name = connector_of(Repository()).document("IC-102")
        assert data == b"%PDF-1.7"
        assert name == "Signed: Acme.pdf"

    @pytest.mark.parametrize("name", ["..", "a/../..", "\x00", "", None, 7])
    def test_a_name_that_is_none_becomes_one(self, name: Any) -> None:
        vendor = Repository()
        vendor.filename = name
        assert connector_of(vendor).document("IC-102")[1] == "document"

    def test_a_document_may_not_be_endless(self) -> None:
        vendor = Repository()
        vendor.body = b"x" * 1000
        with pytest.raises(WrongAnswer, match="larger than 999 bytes"):
            connector_of(vendor, max_document=999).document("IC-102")

    def test_a_web_page_is_no_document(self) -> None:
        vendor = Repository()
        vendor.content_type = "text/html; charset=utf-8"
        with pytest.raises(WrongAnswer, match="web page"):
            connector_of(vendor).document("IC-102")

    def test_a_record_without_document_says_so(self) -> None:
        with pytest.raises(NotFound, match="no scan"):
            connector_of(Repository(), attachment="scan").document("IC-102")


def action(verb: str, payload: Json, target: str = "IC-102", reference: str = "pacta-1f2e") -> Action:
    return Action.model_validate(
        {
            "id": "a1",
            "system": "ironclad",
            "verb": verb,
            "target": target,
            "payload": payload,
            "reference": reference,
            "reason": "breached",
            "proposed_at": NOW,
            "proposed_by": "policy",
        }
    )


TASK = {"title": "Ask for the credit", "text": "EUR 2,400.00", "due_on": "2026-11-15"}


class TestWriter:
    def test_a_task_is_an_obligation_with_our_reference(self) -> None:
        vendor = Repository()
        made = connector_of(vendor).writer().create(action("create_task", TASK))
        assert made.record == "OB-1"
        body = vendor.written[0]
        assert body["parentId"] == "IC-102"
        assert body["properties"]["externalRef"] == {"type": "string", "value": "pacta-1f2e"}
        assert body["properties"]["dueDate"]["value"] == "2026-11-15T00:00:00Z"

    def test_a_second_create_finds_the_first(self) -> None:
        vendor = Repository()
        writer = connector_of(vendor).writer()
        first = writer.create(action("create_task", TASK))
        assert writer.create(action("create_task", TASK)) == first
        assert writer.find("pacta-1f2e") == first
        assert writer.find("pacta-1f2") is None
        assert len(vendor.written) == 1

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        vendor = Repository()
        writer = connect({"ironclad": vendor.settings()}, lose_answer(vendor))["ironclad"].writer()  # type: ignore[attr-defined]
        with pytest.raises(Retryable) as caught:
            writer.create(action("create_task", TASK))
        assert caught.value.maybe_done
        writer.create(action("create_task", TASK))
        assert len(vendor.written) == 1

    def test_a_comment_goes_to_the_contracts_workflow_once(self) -> None:
        vendor = Repository()
        writer = connector_of(vendor).writer()
        said = action("comment", {"text": "P1 late by 1 h"})
        assert writer.create(said) == writer.create(said)
        assert len(vendor.comments) == 1
        assert vendor.comments[0]["commentMessage"].startswith("P1 late by 1 h")
        assert any("/workflows/wf-2/comments" in str(r.url) for r in vendor.requests)
        assert writer.find("pacta-1f2e", "IC-102") is not None

    def test_done_needs_a_property_that_says_so(self) -> None:
        with pytest.raises(Misconfigured, match="done"):
            connector_of(Repository()).writer().create(action("create_task", {**TASK, "state": "done"}))

    def test_a_payload_of_another_shape_is_refused(self) -> None:
        with pytest.raises(Exception, match="title"):
            connector_of(Repository()).writer().create(action("create_task", {"text": "x"}))

    def test_a_reference_cannot_change_the_filter(self) -> None:
        with pytest.raises(Fatal):
            connector_of(Repository()).writer().find("x') Or Equals([name], 'y")


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
BODY = {
    "companyID": "c",
    "payload": {"event": "workflow_completed", "templateID": "t", "workflowID": "wf-2", "name": "Größe €"},
    "timestamp": "2026-11-10T10:59:00.000Z",
    "webhookID": "h1",
}
COMPACT = json.dumps(BODY, separators=(",", ":"), ensure_ascii=False).encode()


def headers_for(body: bytes, *, key: Any = KEY, event: str = "e-1", nonce: str = "n-1") -> dict[str, str]:
    signature = key.sign(event.encode() + body + nonce.encode(), padding.PKCS1v15(), hashes.SHA256())
    stated = {
        "nonce": nonce,
        "signAlgorithm": "RSA-SHA256",
        "signature": base64.b64encode(signature).decode(),
        "encoding": "base64",
    }
    return {
        "X-Ironclad-Webhook-Event-Id": event,
        "X-Ironclad-Webhook-Verification": json.dumps(stated),
    }


class TestWebhook:
    def test_a_signed_delivery_is_read(self) -> None:
        event = verify(COMPACT, headers_for(COMPACT), PEM, now=NOW)
        assert (event.id, event.event, event.record) == ("e-1", "workflow_completed", "wf-2")

    def test_header_names_may_have_any_case(self) -> None:
        given = {name.lower(): value for name, value in headers_for(COMPACT).items()}
        assert verify(COMPACT, given, PEM, now=NOW).id == "e-1"

    def test_a_body_reformatted_on_its_way_still_fits_what_was_signed(self) -> None:
        pretty = json.dumps(BODY, indent=2).encode()
        assert pretty != COMPACT
        assert verify(pretty, headers_for(COMPACT), PEM, now=NOW).record == "wf-2"

    def test_a_sender_that_signs_what_it_sends_fits_too(self) -> None:
        pretty = json.dumps(BODY, indent=2).encode()
        assert verify(pretty, headers_for(pretty), PEM, now=NOW).record == "wf-2"

    @pytest.mark.parametrize(
        "change",
        [
            lambda body: body.replace(b"wf-2", b"wf-3"),
            lambda body: body.replace(b"10:59", b"10:58"),
            lambda body: body[:-1],
            lambda body: b"[]",
            lambda body: b"",
            lambda body: b"\xff\xfe",
            lambda body: body + b" " * 1_000_001,
            lambda body: body[:-1] + b',"payload":{"event":"workflow_completed","workflowID":"wf-9"}}',
        ],
    )
    def test_a_changed_body_does_not_pass(self, change: Callable[[bytes], bytes]) -> None:
        with pytest.raises(SignatureError):
            verify(change(COMPACT), headers_for(COMPACT), PEM, now=NOW)

    @pytest.mark.parametrize(
        "changes",
        [
            {"nonce": "n-2"},
            {"nonce": ""},
            {"signAlgorithm": "none"},
            {"signAlgorithm": "HMAC-SHA256"},
            {"signature": "AAAA"},
            {"signature": "not base64!"},
            {"signature": ""},
            {"encoding": "hex"},
        ],
    )
    def test_changed_headers_do_not_pass(self, changes: dict[str, str]) -> None:
        given = headers_for(COMPACT)
        name = "X-Ironclad-Webhook-Verification"
        given[name] = json.dumps({**json.loads(given[name]), **changes})
        with pytest.raises(SignatureError):
            verify(COMPACT, given, PEM, now=NOW)

    def test_another_event_id_does_not_pass(self) -> None:
        given = headers_for(COMPACT) | {"X-Ironclad-Webhook-Event-Id": "e-2"}
        with pytest.raises(SignatureError):
            verify(COMPACT, given, PEM, now=NOW)

    @pytest.mark.parametrize("missing", ["X-Ironclad-Webhook-Event-Id", "X-Ironclad-Webhook-Verification"])
    def test_missing_headers_do_not_pass(self, missing: str) -> None:
        given = headers_for(COMPACT)
        del given[missing]
        with pytest.raises(SignatureError):
            verify(COMPACT, given, PEM, now=NOW)

    def test_another_companys_key_does_not_pass(self) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with pytest.raises(SignatureError):
            verify(COMPACT, headers_for(COMPACT, key=other), PEM, now=NOW)

    @pytest.mark.parametrize(
        ("now", "passes"),
        [
            (NOW, True),
            (NOW + timedelta(days=3, hours=23), True),  # the last repetition of a failed delivery
            (NOW + timedelta(days=5), False),
            (NOW - timedelta(minutes=4), True),
            (NOW - timedelta(minutes=7), False),
        ],
    )
    def test_old_and_future_deliveries_do_not_pass(self, now: datetime, passes: bool) -> None:
        if passes:
            assert verify(COMPACT, headers_for(COMPACT), PEM, now=now)
        else:
            with pytest.raises(SignatureError, match="window"):
                verify(COMPACT, headers_for(COMPACT), PEM, now=now)

    @pytest.mark.parametrize("moment", ["", "2026-11-10T10:59:00", "soon", None])
    def test_a_delivery_must_say_when_it_was_sent(self, moment: Any) -> None:
        body = json.dumps({**BODY, "timestamp": moment}).encode()
        with pytest.raises(SignatureError, match="when it was sent"):
            verify(body, headers_for(body), PEM, now=NOW)

    def test_a_key_that_is_no_rsa_key_is_a_setting_to_correct(self) -> None:
        curve = ec.generate_private_key(ec.SECP256R1()).public_key()
        pem = curve.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        for key in (pem, b"PEM-FILE", ""):
            with pytest.raises(Misconfigured):
                verify(COMPACT, headers_for(COMPACT), key, now=NOW)


class TestVerificationKey:
    def make(self, keys: list[bytes]) -> tuple[Ironclad, list[str]]:
        asked: list[str] = []

        class WithKey(IroncladVendor):
            def respond(self, request: httpx.Request) -> httpx.Response:
                if request.url.path.endswith("/webhooks/verification-key"):
                    asked.append(request.url.path)
                    return httpx.Response(200, content=keys[min(len(asked), len(keys)) - 1])
                return super().respond(request)

        made: Ironclad = connector_of(WithKey())
        return made, asked

    def test_is_fetched_once(self) -> None:
        connector, asked = self.make([PEM])
        for _ in range(3):
            event = connector.verify_webhook(COMPACT, headers_for(COMPACT), at=NOW)
        assert event.record == "wf-2"
        assert len(asked) == 1

    def test_forged_deliveries_do_not_make_us_fetch_it_again_and_again(self) -> None:
        connector, asked = self.make([PEM])
        for _ in range(5):
            with pytest.raises(SignatureError):
                connector.verify_webhook(COMPACT + b" ", headers_for(b"other"), at=NOW)
        assert len(asked) == 1

    def test_an_event_of_no_interest_names_no_record(self) -> None:
        connector, _ = self.make([PEM])
        body = json.dumps(
            {**BODY, "payload": {"event": "workflow_comment_added", "workflowID": "w"}}
        ).encode()
        assert connector.verify_webhook(body, headers_for(body), at=NOW).record is None
