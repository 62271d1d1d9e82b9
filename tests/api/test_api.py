"""What the API promises: keys and roles, scopes on every noun, problem+json from every source."""

import re
from decimal import Decimal

import pytest

from api.limits import MOST_BYTES
from obligations.facts import Invoice, Payment
from obligations.model import Review
from obligations.quantities import Money
from tests.api.conftest import Office
from tests.store import make

GUARDED = (
    ("GET", "/v1/contracts"), ("GET", "/v1/contracts/A"), ("GET", "/v1/contracts/A/obligations"),
    ("GET", "/v1/parties"), ("GET", "/v1/documents/d-A"), ("GET", "/v1/documents/d-A/chunks"),
    ("GET", "/v1/documents/d-A/original"), ("GET", "/v1/documents/d-A/passage?start=0&end=5"),
    ("GET", "/v1/documents/d-A/passage.png?start=0&end=5"),
    ("GET", "/v1/documents/d-A/links"),
    ("GET", "/v1/problems"), ("GET", "/v1/obligations"),
    ("POST", "/v1/obligations/o-A/review"), ("GET", "/v1/assessments"), ("POST", "/v1/assessments/run"),
    ("GET", "/v1/assessments/x"), ("GET", "/v1/due"), ("GET", "/v1/actions"), ("GET", "/v1/actions/a-r1"),
    ("POST", "/v1/actions/a-r1/approve"), ("POST", "/v1/actions/a-r1/reject"), ("GET", "/v1/facts"),
    ("POST", "/v1/ask"), ("GET", "/v1/audit"), ("GET", "/v1/audit/verify"), ("GET", "/metrics"),
    ("GET", "/v1/statements/p?period=2026"),
    ("GET", "/v1/scorecards/p?period=2026"), ("GET", "/v1/renewals"), ("GET", "/v1/stakes"),
    ("GET", "/v1/findings"), ("GET", "/v1/contracts/A/changes"), ("GET", "/v1/contracts/A/playbook"),
    ("GET", "/v1/obligations/o-A/playbook"),
    ("GET", "/v1/parties/unsure"), ("POST", "/v1/parties/links"),
    ("GET", "/v1/prompts"), ("GET", "/v1/prompts/extract/v1"), ("GET", "/v1/prompts/records/gr_1"),
    ("GET", "/v1/models"), ("POST", "/v1/chat/completions"),
    ("POST", "/v1/prompts/extract/v1/release"), ("POST", "/v1/prompts/extract/rollback"),
)  # fmt: skip
OPEN = {"/health", "/ready", "/v1/webhooks/{system}"}


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nothing_is_served_without_a_key_in_force(office: Office, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer pk_0_0"}, {"Authorization": "Basic eA=="}):
        refused = office.client.request(method, path, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["www-authenticate"] == "Bearer"


def test_every_route_is_guarded_or_meant_to_be_open(office: Office) -> None:
    paths = office.client.get("/openapi.json").json()["paths"]
    served = {(method.upper(), path) for path, ways in paths.items() for method in ways if path not in OPEN}
    shapes = {"A": "{contract_id}", "d-A": "{document_id}", "o-A": "{obligation_id}", "a-r1": "{action_id}"}
    shapes |= {"x": "{assessment_id}", "p": "{party}"}
    shapes |= {"extract": "{task}", "v1": "{version}", "gr_1": "{record}"}
    plain = [(method, path.partition("?")[0]) for method, path in GUARDED]
    tested = {
        (m, path[:4] + "/".join(shapes.get(part, part) for part in path[4:].split("/"))) for m, path in plain
    }
    assert served == tested


def test_a_scoped_key_sees_its_business_unit_only(office: Office) -> None:
    def ids(path: str, field: str) -> list[str]:
        return [row[field] for row in office.call("GET", path, "it_only").json()]

    assert ids("/v1/contracts", "id") == ["A"]
    assert ids("/v1/parties", "id") == ["acme"]
    assert ids("/v1/obligations", "id") == ["o-A"]
    assert ids("/v1/facts", "party") == ["acme"]
    assert ids("/v1/actions", "id") == ["a-r1"]
    document = ("/v1/documents/d-B", "/v1/documents/d-B/original", "/v1/documents/d-B/chunks")
    contract = ("/v1/contracts/B", "/v1/contracts/B/obligations", "/v1/assessments?contract=B")
    beside = ("/v1/contracts/B/changes", "/v1/contracts/B/playbook", "/v1/obligations/o-B/playbook")
    shown = (
        "/v1/documents/d-B/passage?start=0&end=5",
        "/v1/documents/d-B/passage.png?start=0&end=5",
        "/v1/documents/d-B/links",
    )
    for path in (*document, *shown, *contract, *beside, "/v1/actions/a-r2"):
        refused = office.call("GET", path, "it_only")
        assert refused.status_code == 404, path
        assert refused.json()["type"] == "urn:pacta:not-found"
    assert office.call("POST", "/v1/actions/a-r2/approve", "it_only").status_code == 404
    rejected = office.call("POST", "/v1/obligations/o-B/review", "it_only", json={"review": "approved"})
    assert rejected.status_code == 404


def test_review_needs_a_reviewer_and_counts(office: Office) -> None:
    path, body = "/v1/obligations/o-A/review", {"review": "approved"}
    refused = office.call("POST", path, "reader", json=body)
    assert refused.status_code == 403
    assert "reviewer" in refused.json()["detail"]
    assert office.call("POST", path, "reviewer", json=body).json()["review"] == "approved"
    assert [o["id"] for o in office.call("GET", "/v1/contracts/A/obligations").json()] == ["o-A"]
    assert office.pacta.store.audit_trail(1)[0]["verb"] == "obligation.approved"


def test_approval_needs_an_approver_and_happens_once(office: Office) -> None:
    path = "/v1/actions/a-r1/approve"
    assert office.call("POST", path, "reviewer").status_code == 403
    assert office.call("POST", path, "approver").json()["state"] == "approved"
    again = office.call("POST", path, "approver")
    assert again.status_code == 409
    assert again.json()["type"] == "urn:pacta:conflict"


def test_assessments_are_judged_for_the_asked_instant_and_not_kept(office: Office) -> None:
    from store import Scope

    office.pacta.store.set_review("o-A", Review.APPROVED, Scope.all(), by="t", at=office.pacta.clock())
    found = office.call("GET", "/v1/assessments", params={"as_of": "2026-11-10T12:00:00+01:00"}).json()
    assert {a["obligation"] for a in found} == {"o-A"}
    assert office.pacta.store.assessments(Scope.all()) == ()
    naive = office.call("GET", "/v1/assessments", params={"as_of": "2026-11-10T12:00:00"})
    assert naive.status_code == 422
    assert "timezone" in naive.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/v1/ask", {"question": "x" * 100_000}, "question"),
        ("/v1/ask", {"question": ""}, "question"),
        ("/v1/ask", {"question": "ok?", "as_of": "2026-02-30T00:00:00Z"}, "as_of"),
        ("/v1/ask", {"question": "ok?", "as_of": "2026-02-03"}, "as_of"),
        ("/v1/ask", {"question": "ok?", "thread": "../etc"}, "thread"),
        ("/v1/ask", {"question": "ok?", "surplus": 1}, "surplus"),
        ("/v1/obligations/o-A/review", {"review": "superseded"}, "review"),
    ],
)
def test_a_request_that_does_not_fit_says_where(office: Office, path: str, body: object, where: str) -> None:
    refused = office.call("POST", path, json=body)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert any(where in each["where"] for each in refused.json()["errors"])


def test_errors_of_the_framework_are_problems_too(office: Office) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/v1/contracts", 405)):
        refused = office.call(method, path)
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"
    broken = office.call("POST", "/v1/ask", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422


def test_what_was_paid_too_much_is_found_by_who_sees_every_contract(office: Office) -> None:
    hundred = Money(amount=Decimal(100), currency="EUR")
    twice = Money(amount=Decimal(200), currency="EUR")
    day = make.NOW.date()
    invoice = Invoice(number="I-1", direction="payable", gross=hundred, invoiced_on=day)
    payment = Payment(invoice="I-1", amount=twice, paid_on=day, direction="payable")
    office.pacta.store.put_facts(
        [
            make.fact(f"paid-{n}", "acme", "A").model_copy(update={"data": data})
            for n, data in enumerate((invoice, payment))
        ],
        by="t",
        at=make.NOW,
    )
    (found,) = [f for f in office.call("GET", "/v1/findings").json() if f["kind"] == "paid_too_much"]
    assert (found["subject"], found["amount"]["amount"], found["party"]) == ("I-1", "100", "acme")
    refused = office.call("GET", "/v1/findings", "it_only")
    assert refused.status_code == 422
    assert "a view of every contract" in refused.text


def test_a_body_is_limited_whether_or_not_it_says_its_length(office: Office) -> None:
    large = b" " * (MOST_BYTES + 1)
    assert office.call("POST", "/v1/ask", content=large).status_code == 413
    pieces = (large[i : i + 65536] for i in range(0, len(large), 65536))
    assert office.call("POST", "/v1/ask", content=pieces).status_code == 413


def test_a_defect_of_ours_shows_an_incident_and_no_details(office: Office) -> None:
    office.pacta.store.engine.dispose()
    with office.pacta.store.engine.begin() as tx:
        tx.exec_driver_sql("DROP TABLE facts")
    broken = office.call("GET", "/v1/facts")
    assert broken.status_code == 500
    assert broken.json()["incident"]
    assert "facts" not in broken.text.replace("/v1/facts", "")


def test_a_webhook_of_an_unknown_system_is_not_found(office: Office) -> None:
    refused = office.client.post("/v1/webhooks/nothing", content=b"{}")
    assert refused.status_code == 404
    assert office.pacta.store.inbox() == ()


def test_an_original_is_only_ever_a_download(office: Office) -> None:
    got = office.call("GET", "/v1/documents/d-A/original")
    assert got.content == b"bytes"
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"


def test_health_needs_no_key_and_the_audit_needs_an_admin(office: Office) -> None:
    assert office.client.get("/health").json() == {"status": "ok"}
    assert office.call("GET", "/v1/audit", "approver").status_code == 403
    assert office.call("GET", "/v1/audit/verify").json()["intact"] is True


def test_the_openapi_page_needs_no_other_address(office: Office) -> None:
    page = office.client.get("/docs").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) >= 3
    for file in files:
        assert file.startswith("/")
        assert office.client.get(file).status_code == 200


def test_a_name_that_nobody_knows_is_settled_by_a_reviewer_who_sees_everything(office: Office) -> None:
    loose = make.fact("3", None).model_copy(update={"party_hint": "Acme Wholesale"})
    office.pacta.store.put_facts([loose], by="t", at=make.NOW)
    (asked,) = office.call("GET", "/v1/parties/unsure", "reader").json()
    assert (asked["system"], asked["name"], asked["facts"]) == (
        "sap_s4hana",
        "Acme Wholesale",
        {"invoice": 1},
    )
    assert [c["party"] for c in asked["candidates"]] == ["acme"]
    assert office.call("GET", "/v1/parties/unsure", "it_only").json() == []

    word = {"system": "sap_s4hana", "name": "Acme Wholesale", "party": "acme"}
    assert office.call("POST", "/v1/parties/links", "reader", json=word).status_code == 403
    assert office.call("POST", "/v1/parties/links", "it_only", json=word).status_code == 422
    assert office.call("POST", "/v1/parties/links", "reviewer", json=word).json() == {"facts": 1}
    assert office.call("GET", "/v1/parties/unsure", "reader").json() == []
    assert "party.link" in {entry["verb"] for entry in office.call("GET", "/v1/audit").json()}
