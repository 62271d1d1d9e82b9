"""OneTrust as its documentation describes it, and its specification."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from tests.sandbox import openapi

VENDORS = Path(__file__).resolve().parents[3] / "shared" / "vendors" / "onetrust"
CERTIFICATES = {"entityTypeName": "certificates"}


class Tenant:
    """The few lines a client needs."""

    def __init__(
        self, box: RunningSandbox, web: httpx.Client, who: str = "client", secret: str = "demo"
    ) -> None:
        self.web, self.base = web, f"{box.base_url}/onetrust/api"
        self.client = (f"pacta-onetrust-{who}", f"onetrust-{secret}-secret")
        self._token = ""

    def token(self) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client[0],
            "client_secret": self.client[1],
        }
        parts = {name: (None, value) for name, value in form.items()}
        return self.web.post(f"{self.base}/access/v1/oauth/token", files=parts)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        self._token = self._token or self.token().json()["access_token"]
        headers = {"authorization": f"Bearer {self._token}", **options.pop("headers", {})}
        return self.web.request(method, f"{self.base}{path}", headers=headers, **options)

    def search(self, *filters: dict[str, Any], **params: Any) -> dict[str, Any]:
        body = {"queryRequest": {"criteria": {"filters": list(filters)}}}
        got = self.ask(
            "POST", "/custom-entity/v1/entities/search", params={**CERTIFICATES, **params}, json=body
        )
        assert got.status_code == 200, got.text
        found: dict[str, Any] = got.json()
        return found

    def certificates(self, *filters: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self.search(*filters, size=1000)["content"]}

    def vendor(self, number: str) -> dict[str, Any]:
        got = self.ask("GET", f"/inventory/v2/inventories/vendors/reference/{number}")
        found: dict[str, Any] = got.json()["data"]
        return found


@pytest.fixture
def tenant(box: RunningSandbox, web: httpx.Client) -> Tenant:
    return Tenant(box, web)


def test_tokens_are_given_for_a_form_in_parts_or_plain(tenant: Tenant) -> None:
    told = tenant.token().json()
    assert (told["token_type"], told["ot_scopes"]) == ("bearer", "INVENTORY,OBJECT_MANAGER,VRM")
    url = f"{tenant.base}/access/v1/oauth/token"
    plain = {
        "grant_type": "client_credentials",
        "client_id": tenant.client[0],
        "client_secret": tenant.client[1],
    }
    assert tenant.web.post(url, data=plain).status_code == 200
    assert tenant.web.post(url, data={**plain, "client_secret": "guessed"}).status_code == 401
    assert tenant.web.post(url, data={**plain, "grant_type": "password"}).status_code == 400


def test_nobody_comes_in_without_token_and_scope(
    tenant: Tenant, box: RunningSandbox, web: httpx.Client
) -> None:
    wrong = tenant.ask("GET", "/inventory/v2/inventories/vendors", headers={"authorization": "Bearer x"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "Unauthorized")
    reader = Tenant(box, web, "reader", "reader")
    assert reader.certificates()
    body = {"name": "x"}
    made = reader.ask("POST", "/custom-entity/v1/entities", params=CERTIFICATES, json=body)
    assert made.status_code == 403


def test_vendors_are_paged_by_name_and_found(tenant: Tenant) -> None:
    path = "/inventory/v2/inventories/vendors"
    whole = tenant.ask("GET", path, params={"size": 50}).json()
    names = [row["name"] for row in whole["data"]]
    assert names == sorted(names)
    assert len(names) == whole["meta"]["page"]["totalElements"] >= 10
    pages = [tenant.ask("GET", path, params={"size": 4, "page": at}).json() for at in range(3)]
    assert [row["name"] for one in pages for row in one["data"]] == names[:12]
    assert [one["meta"]["page"]["first"] for one in pages] == [True, False, False]
    assert tenant.ask("GET", path, params={"size": 500}).json()["meta"]["page"]["size"] == 50
    acme = tenant.vendor("17300001")
    assert (acme["name"], acme["riskLevel"]) == ("Acme Managed Services Ltd", "MEDIUM")
    assert tenant.ask("GET", f"{path}/{acme['id']}").json()["data"] == acme
    found = tenant.ask("GET", path, params={"filter": "searchText=acme"}).json()["data"]
    assert [row["id"] for row in found] == [acme["id"]]
    asked = {"filters": [{"attributeKey": "status.key", "operator": "EQ", "values": ["active"]}]}
    assert tenant.ask("POST", f"{path}/criteria", json=asked).json()["meta"]["page"]["totalElements"] == len(
        names
    )
    for missing, status in (("reference/none", 404), ("no-uuid", 400)):
        assert tenant.ask("GET", f"{path}/{missing}").status_code == status


def test_objects_of_a_type_are_listed_flat_and_shown_whole(tenant: Tenant) -> None:
    rows = tenant.certificates()
    assert len(rows) > 30
    row = rows["Acme ISO 27001 until 2026"]
    assert row["validUntil"] == [{"value": "2026-05-14", "disabled": False}]
    assert row["certificateStatus"][0]["value"] == "Expired"
    assert (row["createdDate"], row["lastModifiedDate"]) == (
        "2024-03-05T09:00:00.000Z",
        "2026-05-15T04:00:00.000Z",
    )
    whole = tenant.ask("GET", f"/custom-entity/v1/entities/{row['id']}").json()
    assert whole["attributes"]["validUntil"] == row["validUntil"]
    assert whole["auditFields"]["lastUpdatedDate"] == row["lastModifiedDate"]
    assert whole["attributes"]["vendor"][0]["id"] == tenant.vendor("17300001")["id"]
    assert "validUntil" not in rows["Arden declaration of independence"]
    assert "Baltica ISO 9001 (copy)" not in rows


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([{"field": "name", "operator": "EQUAL_TO", "value": "Kestrel liability"}], 1),
        ([{"field": "certificateStatus", "value": ["Withdrawn", "Expired"]}], 2),
        ([{"field": "lastModifiedDate", "operator": "GREATER_THAN", "value": "2026-11-01T00:00:00Z"}], 1),
        ([{"field": "contract", "operator": "EQUAL_TO", "value": "IC-107"}], 2),
        ([{"field": "validUntil", "operator": "BETWEEN", "value": "2026-12-01", "toValue": "2026-12-31"}], 4),
        ([{"field": "coverage", "operator": "GREATER_THAN_EQUAL_TO", "value": 5000000}], 5),
        (
            [
                {"field": "contract", "value": "IC-107"},
                {"field": "coverage", "operator": "LESS_THAN", "value": 5},
            ],
            0,
        ),
    ],
)
def test_filters(tenant: Tenant, filters: list[dict[str, Any]], expected: int) -> None:
    assert len(tenant.certificates(*filters)) == expected


@pytest.mark.parametrize(
    "criteria",
    [
        {"filters": [{"field": "colour", "value": "red"}]},
        {"filters": [{"field": "name", "operator": "LIKE", "value": "A"}]},
        {"filters": "x"},
        {"filters": [{"field": "validFrom", "operator": "LESS_THAN", "value": "2026-99-99"}]},
    ],
)
def test_what_cannot_be_asked_is_refused(tenant: Tenant, criteria: dict[str, Any]) -> None:
    body = {"queryRequest": {"criteria": criteria}}
    got = tenant.ask("POST", "/custom-entity/v1/entities/search", params=CERTIFICATES, json=body)
    assert (got.status_code, got.json()["error"]) == (400, "Bad Request")


def test_types_pages_order_and_chosen_fields(tenant: Tenant) -> None:
    path = "/custom-entity/v1/entities/search"
    assert tenant.ask("POST", path, json={}).status_code == 400
    assert tenant.ask("POST", path, params={"entityTypeName": "none"}, json={}).status_code == 404
    kind = tenant.ask("GET", "/custom-entity/v1/entity-types/names/certificates").json()
    by_id = tenant.search(sort="name,desc", entityTypeName="", entityTypeId=kind["id"])
    names = [row["name"] for row in by_id["content"]]
    assert (names, by_id["size"], by_id["hasNext"]) == (sorted(names, reverse=True), 10, True)
    last = tenant.search(page=by_id["totalPages"] - 1)
    assert (last["last"], last["hasPrevious"]) == (True, True)
    asked = {"requestedFields": {"mode": "specific", "fields": ["issuer"]}}
    row = tenant.ask("POST", path, params=CERTIFICATES, json=asked).json()["content"][0]
    assert "issuer" in row
    assert "validFrom" not in row


def test_objects_are_made_changed_and_deleted(tenant: Tenant, box: RunningSandbox) -> None:
    vendor = tenant.vendor("17300001")
    attributes = {
        "vendor": [{"id": vendor["id"]}],
        "contract": [{"value": "IC-101"}],
        "dueDate": [{"value": "2026-11-30"}],
        "followUpStatus": [{"value": "Open"}],
        "pactaReference": [{"value": "pacta-1"}],
    }
    params = {"entityTypeName": "followUps"}
    path = "/custom-entity/v1/entities"
    made = tenant.ask("POST", path, params=params, json={"name": "Ask for it", "attributes": attributes})
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    assert made.json()["attributes"]["vendor"][0]["value"] == vendor["name"]
    box.set_clock(datetime.fromisoformat("2026-11-12T09:00:00+01:00"))
    change = {"attributes": {"followUpStatus": [{"value": "Done"}]}}
    changed = tenant.ask("PATCH", f"{path}/{key}", json=change).json()
    assert changed["attributes"]["dueDate"][0]["value"] == "2026-11-30"
    assert changed["auditFields"]["lastUpdatedDate"] == "2026-11-12T08:00:00.000Z"
    assert tenant.ask("DELETE", f"{path}/{key}").status_code == 204
    assert tenant.ask("GET", f"{path}/{key}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": " "},
        {"name": "x", "attributes": {"colour": [{"value": "red"}]}},
        {"name": "x", "attributes": {"contract": "IC-101"}},
        {"name": "x", "attributes": {"dueDate": [{"value": "soon"}]}},
        {"name": "x", "attributes": {"followUpStatus": [{"value": "Lost"}]}},
        {"name": "x", "attributes": {"vendor": [{"value": "Acme"}]}},
    ],
)
def test_what_is_no_object_of_the_type_is_refused(tenant: Tenant, body: dict[str, Any]) -> None:
    got = tenant.ask("POST", "/custom-entity/v1/entities", params={"entityTypeName": "followUps"}, json=body)
    assert got.status_code == 400


def test_vendors_are_written_by_their_own_number(tenant: Tenant) -> None:
    path = "/inventory/v2/inventories/vendors"
    organization, kind = {"id": tenant.vendor("17300001")["organization"]["id"]}, {"value": "Supplier"}
    body = {"name": "New Ltd", "organization": organization, "type": kind, "externalId": "99"}
    first = tenant.ask("PUT", f"{path}/business-key", json=body).json()
    again = tenant.ask("PUT", f"{path}/business-key", json={**body, "name": "New plc"}).json()
    assert (first["isNew"], again["isNew"], first["id"]) == (True, False, again["id"])
    assert tenant.vendor("99")["name"] == "New plc"
    assert tenant.ask("POST", path, json={**body, "externalId": "98"}).status_code == 201
    assert tenant.ask("POST", path, json={"name": "x"}).status_code == 400


def test_contracts_stand_beside_their_vendor(tenant: Tenant) -> None:
    acme = tenant.vendor("17300001")["id"]
    path = f"/vendor/v1/contracts/vendors/{acme}/contracts"
    rows = tenant.ask("POST", path, json={}).json()["content"]
    assert {row["note"] for row in rows} == {"IC-101", "IC-102", "IC-103", "IC-104"}
    some = {"filters": [{"field": "contractTypeName", "operator": "EQUAL_TO", "value": ["sow"]}]}
    (sow,) = tenant.ask("POST", path, json=some).json()["content"]
    one = tenant.ask("GET", f"/vendor/v1/contracts/{sow['id']}/contracts").json()
    assert (one["expirationDate"], sow["expirationDate"]) == ("2027-03-31", "2027-03-31T00:00:00.000Z")
    body = {"name": "Side letter", "status": "ACTIVE", "agreementCreatedDate": "2026-11-01", "vendorId": acme}
    key = tenant.ask("POST", "/vendor/v1/contracts/add", json=body).json()
    body["expirationDate"] = "2027-11-01"
    changed = tenant.ask("PUT", f"/vendor/v1/contracts/{key}/vendors/{acme}/contracts", json=body)
    assert changed.json()["expirationDate"] == "2027-11-01"
    assert tenant.ask("POST", "/vendor/v1/contracts/add", json={**body, "status": "LOST"}).status_code == 400
    assert len(tenant.ask("GET", "/vendor/v1/contracts/types").json()) > 5


def test_the_clock_hides_what_is_not_known_yet(tenant: Tenant, box: RunningSandbox) -> None:
    box.set_clock(datetime.fromisoformat("2026-01-10T12:00:00+01:00"))
    row = tenant.certificates()["Cirrus liability 2026"]
    assert row["coverage"][0]["value"] == "100000.00"
    assert "Cirrus SOC 2 for 2026" not in tenant.certificates()
    box.set_clock(datetime.fromisoformat("2025-11-15T12:00:00+01:00"))
    assert "Baltica ISO 9001 (copy)" in tenant.certificates()


def test_faults_in_lists_and_limits(tenant: Tenant) -> None:
    def asked(kind: str, page: int = 0) -> dict[str, Any]:
        path = "/custom-entity/v1/entities/search"
        params, headers = {**CERTIFICATES, "page": page}, {"x-sandbox-fault": kind}
        found: dict[str, Any] = tenant.ask("POST", path, params=params, headers=headers, json={}).json()
        return found

    plain = tenant.search()["content"]
    assert (asked("loop", 3)["content"], asked("loop", 3)["last"]) == (plain, False)
    assert asked("duplicate")["content"][0] == asked("duplicate")["content"][-1]
    assert asked("shuffle")["content"] != plain
    limit = tenant.ask("GET", "/inventory/v2/inventories/vendors", headers={"x-sandbox-fault": "429"})
    assert {"retry-after", "ot-period", "ot-requests-allowed", "ot-request-made"} <= set(limit.headers)


# -- the vendor's specification -----------------------------------------------------------------------

INVENTORY = "/api/inventory/v2/inventories/{schemaName}"
CONTRACTS = "/api/vendor/v1/contracts"


def judged(file: str, method: str, path: str, got: httpx.Response) -> list[str]:
    """What the specification does not allow of a request that was made and of its answer."""
    spec = json.loads((VENDORS / f"{file}.json").read_text(encoding="utf-8"))
    schema = openapi.answer(spec, method, path, got.status_code)
    found = list(openapi.faults(got.json(), schema, spec))
    asked = spec["paths"][path][method].get("requestBody", {}).get("content", {})
    if "application/json" in asked and got.request.content:
        given = json.loads(got.request.content)
        found += openapi.faults(given, asked["application/json"]["schema"], spec, "request")
    return found


@pytest.mark.skipif(not VENDORS.is_dir(), reason="no copy of the vendors' specifications beside the checkout")
def test_answers_are_those_of_the_specification(tenant: Tenant) -> None:
    objects, inventory = "platform-object-manager", "privacy-automation-data-mapping-automation"
    contracts = "third-party-management-third-party-risk-management"
    acme = tenant.vendor("17300001")["id"]
    entities, vendors = "/custom-entity/v1/entities", "/inventory/v2/inventories/vendors"
    body = {"name": "x", "attributes": {"issuer": [{"value": "Nord Cert"}]}}
    made = tenant.ask("POST", entities, params=CERTIFICATES, json=body)
    one = f"{entities}/{made.json()['id']}"
    new = {"name": "x", "status": "NEW", "agreementCreatedDate": "2026-11-01", "vendorId": acme}
    added = tenant.ask("POST", "/vendor/v1/contracts/add", json=new)
    contract = f"/vendor/v1/contracts/{added.json()}"
    search, by_id, types = "/v1/entities/search", "/v1/entities/{entityId}", "/v1/entity-types"
    listed = tenant.ask("POST", entities + "/search", params=CERTIFICATES, json={})
    cases = [
        ("platform-access-management", "post", "/api/access/v1/oauth/token", tenant.token()),
        (objects, "post", "/v1/entities", made),
        (objects, "post", search, listed),
        (objects, "get", by_id, tenant.ask("GET", one)),
        (objects, "patch", by_id, tenant.ask("PATCH", one, json=body)),
        (objects, "post", f"{types}/search",
         tenant.ask("POST", "/custom-entity/v1/entity-types/search", json={})),
        (objects, "get", f"{types}/names/{{entityTypeName}}",
         tenant.ask("GET", "/custom-entity/v1/entity-types/names/certificates")),
        (inventory, "get", INVENTORY, tenant.ask("GET", vendors)),
        (inventory, "get", f"{INVENTORY}/{{id}}", tenant.ask("GET", f"{vendors}/{acme}")),
        (inventory, "get", f"{INVENTORY}/reference/{{externalId}}",
         tenant.ask("GET", f"{vendors}/reference/17300001")),
        (contracts, "post", f"{CONTRACTS}/vendors/{{vendorId}}/contracts",
         tenant.ask("POST", f"/vendor/v1/contracts/vendors/{acme}/contracts", json={})),
        (contracts, "post", f"{CONTRACTS}/add", added),
        (contracts, "get", f"{CONTRACTS}/{{contractId}}/contracts",
         tenant.ask("GET", f"{contract}/contracts")),
        (contracts, "get", f"{CONTRACTS}/types", tenant.ask("GET", "/vendor/v1/contracts/types")),
    ]  # fmt: skip
    for file, method, path, got in cases:
        assert judged(file, method, path, got) == [], path
