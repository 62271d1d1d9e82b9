"""Docusign's stand-in: Navigator's agreements against their specification, and Connect's signed messages."""

import base64
import hmac
import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox, serve
from sandbox.docusign.connect import KEYS, envelope_id
from sandbox.docusign.world import ACCOUNT, number
from sandbox.world import CORPUS, signed_file
from tests.sandbox import openapi
from tests.sandbox.docusign_client import Tenant
from tests.sandbox.receiver import receiving

SPECS = Path(__file__).resolve().parents[3] / "shared" / "vendors" / "docusign"
needs_specs = pytest.mark.skipif(
    not SPECS.is_dir(), reason="no copy of the vendor's specifications beside the checkout"
)


@pytest.fixture
def clm(box: RunningSandbox, web: httpx.Client) -> Tenant:
    return Tenant(web, box.base_url)


def found(clm: Tenant, **params: Any) -> list[dict[str, Any]]:
    answer = clm.navigator("GET", **params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def titles(clm: Tenant, **params: Any) -> set[str]:
    return {row["additional_custom_clm_data"]["Contract Number"] for row in found(clm, **params)}


def test_an_agreement(clm: Tenant) -> None:
    one = clm.navigator("GET", f"/{number('agreement', 'IC-104')}").json()
    held = one["provisions"]
    assert (held["effective_date"], held["total_agreement_value"]) == ("2026-04-01T00:00:00", 150000.0)
    assert (held["total_agreement_value_currency_code"], held["renewal_type"]) == ("EUR", "OPTION_TO_RENEW")
    assert one["document_id"] == number("document", "IC-104") == one["source_id"]
    above = one["related_agreement_documents"]["parent_agreement_document_id"]
    assert above == number("agreement", "IC-101")
    assert {party["name_in_agreement"] for party in one["parties"]} == {
        "Tessaly Instruments GmbH",
        "Acme Managed Services Ltd",
    }
    file = signed_file("acme-sow-3", CORPUS)
    assert file is not None
    got = clm.ask("GET", one["_links"]["document"]["href"])
    assert got.content == file.read_bytes()
    assert clm.web.get(one["_links"]["document"]["href"]).status_code == 401
    nowhere = clm.ask("GET", one["_links"]["document"]["href"].replace(one["document_id"], one["id"]))
    assert nowhere.status_code == 404


def test_pages_hold_together(clm: Tenant) -> None:
    body, rows = clm.navigator("GET", limit=4).json(), []
    for _ in range(10):
        rows += body["data"]
        assert body["response_metadata"]["page_limit"] == 4
        if "next" not in body["_links"]:
            break
        body = clm.ask("GET", body["_links"]["next"]["href"]).json()
    assert len({row["id"] for row in rows}) == len(rows) == 15


def test_conditions(clm: Tenant) -> None:
    assert titles(clm, title="hosting services agreement") == {"IC-105"}
    assert titles(clm, **{"parties.name_in_agreement": "Kestrel Telecom GmbH"}) == {"IC-112"}
    late = {"provisions.expiration_date[gte]": "2028-01-01"}
    assert titles(clm, **late) == {"IC-111"}
    changed = {"metadata.created_at[gt]": "2026-03-01T00:00:00Z"}
    assert titles(clm, **changed) == {"IC-103", "IC-104"}
    assert titles(clm, **{"$filter": "contains(title,'Packaging') or type eq 'Nda'"}) == {"IC-111", "IC-113"}
    assert titles(clm, **{"$filter": "provisions/expiration_date gt 2027-12-31T12:00:00Z"}) == {"IC-111"}
    assert titles(clm, **{"$filter": "tolower(title) eq 'data subscription agreement'"}) == {"IC-115"}
    assert titles(clm, **{"$filter": "type in ('Msa','Sow')"}) == {"IC-101", "IC-104"}
    ordered = [row["title"] for row in found(clm, sort="title", direction="desc")]
    assert ordered == sorted(ordered, reverse=True)


@pytest.mark.parametrize(
    "params",
    [
        {"colour": "red"},
        {"title[gt]": "a"},
        {"limit": "0"},
        {"ctoken": "?"},
        {"sort": "colour"},
        {"$filter": "title eq 5"},
        {"$filter": "title eq 'a' and"},
        {"provisions.effective_date": "soon"},
    ],
)
def test_questions_that_cannot_be_read(clm: Tenant, params: dict[str, str]) -> None:
    refused = clm.navigator("GET", **params)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == 400


def test_refusals_and_deletion(clm: Tenant) -> None:
    at = f"{clm.root}/api/v1/accounts/{ACCOUNT}/agreements"
    nobody = clm.web.get(at)
    assert (nobody.status_code, nobody.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    one = f"/{number('agreement', 'IC-111')}"
    assert clm.navigator("DELETE", one).status_code == 204
    assert clm.navigator("GET", one).status_code == 404
    assert clm.navigator("DELETE", one).status_code == 404
    assert len(found(clm)) == 14


def test_agreements_are_read_some_time_after_they_were_filed(clm: Tenant, box: RunningSandbox) -> None:
    box.set_clock(datetime.fromisoformat("2026-06-23T15:30:00Z"))
    assert "IC-103" not in titles(clm)
    box.set_clock(datetime.fromisoformat("2026-06-23T16:30:00Z"))
    one = clm.navigator("GET", f"/{number('agreement', 'IC-103')}").json()
    assert (one["status"], one["review_status"]) == ("PENDING", "NOT_STARTED")


@needs_specs
def test_agreements_are_as_specified(clm: Tenant) -> None:
    spec = json.loads((SPECS / "navigator.rest.swagger.json").read_text(encoding="utf-8"))
    path = "/v1/accounts/{accountId}/agreements"
    listed = clm.navigator("GET", limit=50).json()
    assert list(openapi.faults(listed, openapi.answer(spec, "get", path, 200), spec)) == []
    one = clm.navigator("GET", f"/{listed['data'][0]['id']}").json()
    schema = openapi.answer(spec, "get", f"{path}/{{agreementId}}", 200)
    assert list(openapi.faults(one, schema, spec)) == []
    known = set(openapi.resolve(schema, spec)["properties"])
    assert set(one) <= known
    names = {p["name"] for p in spec["paths"][path]["get"]["parameters"] if "name" in p}
    assert {"limit", "ctoken", "sort", "direction", "$filter"} <= names
    refused = clm.navigator("GET", colour="red").json()
    problem = spec["components"]["schemas"]["Error"]
    assert list(openapi.faults(refused, problem, spec)) == []
    broken = {**one, "provisions": {**one["provisions"], "total_agreement_value": "150000.00"}}
    assert list(openapi.faults(broken, schema, spec)) != []


# -- Connect ------------------------------------------------------------------------------------------------


def emit(box: RunningSandbox, web: httpx.Client, event: str, record: str, to: str | None) -> httpx.Response:
    body = {"vendor": "docusign", "event": event, "record": record, "to": to}
    return web.post(f"{box.base_url}/_sandbox/emit", json=body)


def test_messages_are_signed_with_every_key(clm: Tenant, box: RunningSandbox) -> None:
    with receiving() as target:
        given = {"urlToPublishTo": target.url, "events": ["envelope-completed"], "includeHMAC": "true"}
        made = clm.connect("POST", json=given)
        assert made.status_code == 201, made.text
        (sent,) = emit(box, clm.web, "envelope-completed", "IC-103", None).json()["deliveries"]
        assert (sent["delivered"], sent["attempts"]) == (True, [200])
        assert emit(box, clm.web, "envelope-sent", "IC-104", None).json()["deliveries"] == []
        ((headers, body),) = target.got
    for place, key in enumerate(KEYS, 1):
        signed = base64.b64encode(hmac.new(key.encode(), body, sha256).digest()).decode()
        assert headers[f"x-docusign-signature-{place}"] == signed
    assert headers["x-authorization-digest"] == "HMACSHA256"
    message = json.loads(body)
    assert (message["event"], message["retryCount"]) == ("envelope-completed", 0)
    assert str(message["configurationId"]) == made.json()["connectId"]
    summary = message["data"]["envelopeSummary"]
    assert summary["status"] == "completed"
    fields = {one["name"]: one["value"] for one in summary["customFields"]["textCustomFields"]}
    assert fields == {"Contract Number": "IC-103", "CLM Document": number("document", "IC-103")}
    shown = clm.connect("GET", f"/envelopes/{envelope_id('IC-103')}").json()
    assert (shown["status"], shown["envelopeId"]) == ("completed", summary["envelopeId"])


@needs_specs
def test_messages_have_the_published_form(clm: Tenant, box: RunningSandbox) -> None:
    sample = json.loads((SPECS / "connect.schema-v2.json").read_text(encoding="utf-8"))
    with receiving() as target:
        emit(box, clm.web, "recipient-completed", "IC-101", target.url)
        message = json.loads(target.got[0][1])
    assert list(_strangers(message, sample)) == []


def _strangers(value: Any, sample: Any, place: str = "$") -> Any:
    """Properties that the vendor's sample of a message does not have, or has as another kind."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in sample:
                yield f"{place}.{name}"
            else:
                yield from _strangers(inner, sample[name], f"{place}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from _strangers(one, sample[0], f"{place}[]")
    elif type(value) is not type(sample):
        yield f"{place} is {type(value).__name__}"


def test_a_message_that_nobody_takes_is_sent_again(clm: Tenant, box: RunningSandbox) -> None:
    with receiving() as target:
        target.answers = [500, 503]
        (sent,) = emit(box, clm.web, "envelope-completed", "IC-101", target.url).json()["deliveries"]
        assert sent["attempts"] == [500, 503, 200]
        assert [json.loads(body)["retryCount"] for _, body in target.got] == [0, 1, 2]
    logged = clm.web.get(f"{box.base_url}/_sandbox/deliveries").json()["deliveries"]
    assert sent in logged


def test_configurations(clm: Tenant, box: RunningSandbox) -> None:
    with receiving() as target:
        given = {"urlToPublishTo": target.url, "events": ["envelope-completed"]}
        one = clm.connect("POST", json=given).json()
        emit(box, clm.web, "envelope-completed", "IC-101", None)
        assert "x-docusign-signature-1" not in target.got[0][0]
        changed = {"connectId": one["connectId"], "allowEnvelopePublish": "false"}
        assert clm.connect("PUT", json=changed).status_code == 200
        assert emit(box, clm.web, "envelope-completed", "IC-101", None).json()["deliveries"] == []
    assert clm.connect("GET").json()["totalRecords"] == "1"
    for wrong in ({"events": ["noise"]}, {"urlToPublishTo": "https://example.com/"}, {"colour": "red"}):
        assert clm.connect("POST", json={**given, **wrong}).status_code == 400
    assert clm.connect("DELETE", f"/connect/{one['connectId']}").status_code == 200
    assert clm.connect("GET", f"/connect/{one['connectId']}").status_code == 400
    assert emit(box, clm.web, "noise", "IC-101", None).status_code == 400
    assert emit(box, clm.web, "envelope-completed", "IC-999", None).status_code == 400


def test_a_contract_held_back_appears_when_it_was_signed(web: httpx.Client) -> None:
    with serve(withhold=("IC-103",), webhook_wait=0.002) as box:
        clm = Tenant(web, box.base_url)
        at = f"documents/{number('document', 'IC-103')}"
        assert clm.ask("GET", at).status_code == 404
        assert len(found(clm)) == 14
        emit(box, web, "envelope-completed", "IC-103", None)
        assert clm.get(at)["Name"].startswith("Amendment No. 1")
        assert len(found(clm)) == 15
