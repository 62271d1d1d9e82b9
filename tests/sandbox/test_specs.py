"""A sample of answers held against the vendors' own specifications, where a copy lies beside the checkout."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.ironclad.requests import EVENTS
from sandbox.ironclad.service import SCOPES
from sandbox.sap_s4hana.model import SERVICES
from sandbox.servicenow.schema import INCIDENT
from tests.sandbox import openapi
from tests.sandbox.clients import Ironclad, Sap

VENDORS = Path(__file__).resolve().parents[3] / "shared" / "vendors"
pytestmark = pytest.mark.skipif(
    not VENDORS.is_dir(), reason="no copy of the vendors' specifications beside the checkout"
)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    text = (VENDORS / "ironclad" / "ironclad-public-api-openapi.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def test_ironclad_reads(clm: Ironclad, spec: dict[str, Any]) -> None:
    workflow = clm.get("/records/IC-101").json()["source"]["workflowId"]
    asked = {
        "/records": "/records?pageSize=100",
        "/records/{id}": "/records/IC-103",
        "/records/metadata": "/records/metadata",
        "/workflows/{id}": f"/workflows/{workflow}",
    }
    for path, url in asked.items():
        got = clm.ask("GET", url)
        assert list(openapi.faults(got.json(), openapi.answer(spec, "get", path, 200), spec)) == [], path


def test_ironclad_writes(clm: Ironclad, spec: dict[str, Any]) -> None:
    properties = {
        "externalRef": {"type": "string", "value": "r"},
        "dueDate": {"type": "date", "value": "2026-11-30T00:00:00Z"},
    }
    obligation = {
        "name": "n",
        "parentId": "IC-101",
        "obligationTypeKey": ["reporting"],
        "properties": properties,
    }
    hook = {"events": ["*"], "targetURL": "http://127.0.0.1:9/"}
    made = [
        ("post", "/obligations", 201, clm.post("/obligations", obligation)),
        ("get", "/obligations", 200, clm.get("/obligations")),
        ("patch", "/obligations/{id}", 200, clm.patch("/obligations/OB-1", {"name": "m"})),
        ("post", "/webhooks", 201, clm.post("/webhooks", hook)),
        ("get", "/webhooks", 200, clm.get("/webhooks")),
        ("post", "/workflows/{id}/comments", 200, clm.post("/workflows/IC-101/comments", {"comment": "c"})),
        ("get", "/workflows/{id}/comments", 200, clm.get("/workflows/IC-101/comments")),
        ("patch", "/records/{id}", 200, clm.patch("/records/IC-101", {"name": "m"})),
        (
            "post",
            "/records",
            200,
            clm.post("/records", {"type": "audit", "name": "a", "properties": properties}),
        ),
    ]
    for method, path, status, got in made:
        assert got.status_code == status, got.text
        found = list(openapi.faults(got.json(), openapi.answer(spec, method, path, status), spec))
        assert found == [], path


def test_the_judge_sees_what_is_wrong(clm: Ironclad, spec: dict[str, Any]) -> None:
    schema = openapi.answer(spec, "get", "/records/{id}", 200)
    record = clm.get("/records/IC-101").json()
    del record["links"]
    record["contractStatus"]["status"] = "signed"
    record["properties"]["effectiveDate"] = {"type": "date"}
    found = "\n".join(openapi.faults(record, schema, spec))
    for part in ("$.links is missing", "'signed' is none of", "$.properties.effectiveDate matches none"):
        assert part in found


def test_ironclad_events_are_those_of_the_specification(spec: dict[str, Any]) -> None:
    assert set(EVENTS) == set(spec["components"]["schemas"]["WebhookEvent"]["enum"])
    flows = spec["components"]["securitySchemes"]["OAuth2"]["flows"]
    assert set(flows["clientCredentials"]["scopes"]) >= SCOPES


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_sap_fields_are_those_of_saps_metadata(sap: Sap, service: str) -> None:
    edmx = (VENDORS / "sap_s4hana" / f"{service}.edmx").read_text(encoding="utf-8")
    for each in SERVICES[service].sets.values():
        block = re.search(rf'<EntityType Name="{each.type}".*?</EntityType>', edmx, re.DOTALL)
        assert block
        real = {
            name: (kind, length or "", precision or "", scale or "")
            for name, kind, length, precision, scale in re.findall(
                r'<Property Name="(\w+)" Type="Edm\.(\w+)"(?:[^>]*?MaxLength="(\d+)")?'
                r'(?:[^>]*?Precision="(\d+)")?(?:[^>]*?Scale="(\d+)")?',
                block[0],
            )
        }
        for field in each.fields.values():
            kind, length, precision, scale = real[field.name]
            assert kind == field.type, field
            if kind == "String" and field.size:
                assert int(length) == field.size, field
            if kind == "Decimal":
                assert (int(precision), int(scale)) == (field.size, field.scale), field
        keys = re.findall(r'<PropertyRef Name="(\w+)"', block[0].split("</Key>")[0])
        assert tuple(keys) == each.keys
        assert set(each.ways) <= set(re.findall(r'<NavigationProperty Name="(\w+)"', block[0]))


def test_sap_texts_keep_to_their_lengths(sap: Sap) -> None:
    for service in SERVICES.values():
        for each in service.sets.values():
            for row in sap.all(f"{service.name}/{each.name}"):
                for field in each.fields.values():
                    if field.type == "String":
                        assert len(row[field.name] or "") <= field.size, (
                            each.name,
                            field.name,
                            row[field.name],
                        )


def test_incident_fields_are_documented() -> None:
    text = (VENDORS / "servicenow" / "official-docs" / "c_TableAPI.md").read_text(encoding="utf-8")
    documented = set(re.findall(r'"(\w+)":', text))
    assert set(INCIDENT) - documented <= {"hold_reason"}
