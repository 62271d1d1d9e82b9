"""NetSuite's stand-in: signatures, SuiteQL, records, jobs; the netsuite client drives it over https."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from oauthlib.oauth1.rfc5849 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client

from sandbox import RunningSandbox
from tests.sandbox.tls import pem, public_pem

ACCOUNT = "7654321_SB1"
KEYS = ("pacta-netsuite-consumer", "netsuite-demo-consumer-secret")
TOKENS = ("pacta-netsuite-token", "netsuite-demo-token-secret")
TRANSIENT = {"prefer": "transient"}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def signer(**changes: Any) -> Any:
    given = {
        "client_secret": KEYS[1], "resource_owner_key": TOKENS[0], "resource_owner_secret": TOKENS[1],
        "realm": ACCOUNT, "signature_method": SIGNATURE_HMAC_SHA256,
    }  # fmt: skip
    client: Any = Client
    return client(changes.pop("client_key", KEYS[0]), **{**given, **changes})


class Account:
    def __init__(self, web: httpx.Client, base: str) -> None:
        self.web, self.base = web, f"{base}/netsuite/services/rest"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        url = self.base + path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        _, signed, _ = signer().sign(url, method, headers={})
        content = None if body is None else json.dumps(body)
        if content is not None:
            sent["content-type"] = "application/json"
        return self.web.request(method, url, content=content, headers={**sent, **signed})

    def sql(self, query: str, page: str = "") -> httpx.Response:
        return self.ask("POST", f"/query/v1/suiteql{page}", {"q": query}, **TRANSIENT)

    def rows(self, query: str) -> list[dict[str, str]]:
        answer = self.sql(query)
        assert answer.status_code == 200, answer.text
        return [
            {name: value for name, value in row.items() if name != "links"} for row in answer.json()["items"]
        ]

    def id(self, tran: str) -> str:
        (row,) = self.rows(f"SELECT id FROM transaction WHERE tranid = '{tran}'")
        return row["id"]

    def get(self, path: str) -> dict[str, Any]:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture
def ns(box: RunningSandbox, web: httpx.Client) -> Account:
    return Account(web, box.base_url)


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["status"] == answer.status_code
    assert set(body) == {"type", "title", "status", "o:errorDetails"}
    return answer.status_code, body["o:errorDetails"][0]["o:errorCode"]


# -- who may come in ----------------------------------------------------------------------------------


def test_the_signature_is_verified(ns: Account) -> None:
    condition = quote('companyName CONTAIN "Ledger & more"')
    url = f"{ns.base}/record/v1/vendor?limit=2&q={condition}"

    def tried(client: Any, **changes: str) -> httpx.Response:
        _, headers, _ = client.sign(url, changes.get("method", "GET"), headers={})
        return ns.web.get(changes.get("url", url), headers=headers)

    assert tried(signer()).status_code == 200
    wrong = [
        tried(signer(client_secret="guessed")),
        tried(signer(resource_owner_secret="guessed")),
        tried(signer(client_key="somebody")),
        tried(signer(resource_owner_key="somebody")),
        tried(signer(realm="1")),
        tried(signer(signature_method=SIGNATURE_HMAC_SHA1)),
        tried(signer(timestamp=str(int(time.time()) - 900))),
        tried(signer(), method="POST"),
        tried(signer(), url=url.replace("limit=2", "limit=3")),
        ns.web.get(url),
        ns.web.get(
            url, headers={"authorization": "NLAuth nlauth_account=1, nlauth_email=a, nlauth_signature=b"}
        ),
    ]
    assert [code(answer) for answer in wrong] == [(401, "INVALID_LOGIN")] * len(wrong)
    once = signer(nonce="n-1", timestamp=str(int(time.time())))
    assert [tried(once).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("how", ["PS256", "ES256"])
def test_an_assertion_is_exchanged_for_a_token(ns: Account, how: str) -> None:
    key: Any = (
        rsa.generate_private_key(65537, 3072) if how == "PS256" else ec.generate_private_key(ec.SECP256R1())
    )
    place = ns.base.removesuffix("/services/rest")
    kid = ns.web.put(f"{place}/_setup/certificate", content=public_pem(key)).json()["certificate_id"]
    url, now = f"{ns.base}/auth/oauth2/v1/token", int(time.time())

    def token(**changes: Any) -> httpx.Response:
        claims = {"iss": KEYS[0], "aud": url, "scope": ["rest_webservices"], "iat": now, "exp": now + 600}
        head = {"kid": changes.pop("kid", kid)}
        text = jwt.encode(claims | changes, pem(key), algorithm=how, headers=head)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": text,
        }
        return ns.web.post(url, data=form)

    bearer = token().json()["access_token"]
    answer = ns.web.get(f"{ns.base}/record/v1/vendor", headers={"authorization": f"Bearer {bearer}"})
    assert answer.status_code == 200
    for wrong in (
        {"aud": "https://elsewhere.example"},
        {"exp": now + 7200},
        {"scope": "restlets"},
        {"kid": "other"},
    ):
        assert token(**wrong).status_code == 401, wrong


# -- SuiteQL ------------------------------------------------------------------------------------------


def test_rows_are_text_and_leave_out_what_is_null(ns: Account) -> None:
    answer = ns.sql(
        "SELECT id, tranid, status, foreigntotal, memo, duedate FROM transaction WHERE tranid = 'PW-US-97'"
    )
    body = answer.json()
    (row,) = body["items"]
    assert row == {
        "links": [], "id": row["id"], "tranid": "PW-US-97", "status": "A", "foreigntotal": "3890",
        "duedate": "11/19/2026",
    }  # fmt: skip
    assert (body["count"], body["hasMore"], body["offset"], body["totalResults"]) == (1, False, 0, 1)


def test_the_header_prefer_is_needed(ns: Account) -> None:
    for headers in ({}, {"prefer": "anything"}):
        assert code(ns.ask("POST", "/query/v1/suiteql", {"q": "SELECT id FROM vendor"}, **headers))[0] == 400
    assert code(ns.ask("GET", "/query/v1/suiteql", **TRANSIENT)) == (405, "INVALID_METHOD")


def test_pages(ns: Account) -> None:
    query = "SELECT id FROM transaction ORDER BY id"
    seen: list[str] = []
    for offset in range(0, 1000, 50):
        body = ns.sql(query, f"?limit=50&offset={offset}").json()
        seen += [row["id"] for row in body["items"]]
        rels = {link["rel"] for link in body["links"]}
        assert ("next" in rels) is body["hasMore"]
        if not body["hasMore"]:
            break
    assert len(seen) == len(set(seen)) == body["totalResults"] > 120
    assert seen == sorted(seen, key=int)
    unordered = [row["id"] for row in ns.rows("SELECT id FROM transaction")]
    assert sorted(unordered, key=int) == seen != unordered
    for page in ("?limit=50&offset=30", "?limit=2000", "?limit=x", "?limit=0"):
        assert code(ns.sql(query, page)) == (400, "INVALID_PARAMETER")


QUERIES: list[tuple[str, list[dict[str, str]]]] = [
    (
        "SELECT COUNT(*) AS n FROM transaction WHERE type = 'PurchOrd' AND status = 'PurchOrd:B'",
        [{"n": "1"}],
    ),
    (
        """SELECT t.tranid, BUILTIN.DF(t.status) AS status, BUILTIN.DF(t.entity) vendor
           FROM transaction t WHERE t.tranid = 'PO-US-503'""",
        [
            {
                "tranid": "PO-US-503",
                "status": "Purchase Order : Fully Billed",
                "vendor": "V17300005 Pellworm Chemie AG",
            }
        ],
    ),
    (
        """SELECT tl.linesequencenumber AS line, tl.quantity, tl.quantityshiprecv, tl.isclosed
           FROM transaction t INNER JOIN transactionLine tl ON tl.transaction = t.id
           WHERE t.tranid = 'PO-US-503' AND tl.mainline = 'F' ORDER BY 1""",
        [
            {"line": "1", "quantity": "20", "quantityshiprecv": "20", "isclosed": "F"},
            {"line": "2", "quantity": "4", "quantityshiprecv": "3", "isclosed": "T"},
        ],
    ),
    (
        """SELECT p.type, l.foreignamount FROM transaction b
           JOIN NextTransactionLink l ON l.previousdoc = b.id JOIN transaction p ON p.id = l.nextdoc
           WHERE b.tranid = 'ARD-US-14' AND l.linktype = 'Payment' ORDER BY l.foreignamount DESC""",
        [{"type": "VendPymt", "foreignamount": "6000"}, {"type": "VendPymt", "foreignamount": "5760"}],
    ),
    (
        """SELECT e.entitytitle, s.fullname, a.amountunpaid
           FROM transaction t JOIN entity e ON e.id = t.entity
           JOIN transactionAccountingLine a ON a.transaction = t.id
           JOIN transactionStatus s ON t.status = s.trantype || ':' || s.id WHERE t.tranid = 'PW-US-97'""",
        [{"entitytitle": "Pellworm Chemie AG", "fullname": "Bill : Open", "amountunpaid": "3890"}],
    ),
    ("SELECT entityid FROM vendor ORDER BY id FETCH FIRST 1 ROWS ONLY", [{"entityid": "V17300001"}]),
    ("SELECT TOP 1 entityid FROM vendor ORDER BY id", [{"entityid": "V17300001"}]),
    (
        """SELECT TO_CHAR(createddate, 'YYYY-MM-DD HH24:MI:SS') c,
                  TO_CHAR(SYS_EXTRACT_UTC(createddate), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') u, createddate
           FROM transaction WHERE tranid = 'PW-US-91'""",
        [{"c": "2026-10-01 09:00:00", "u": "2026-10-01T13:00:00Z", "createddate": "10/1/2026"}],
    ),
    (
        """SELECT tranid FROM transaction WHERE type = 'PurchOrd' AND tranid LIKE 'PO-US%'
           AND lastmodifieddate >= TO_TIMESTAMP('2026-10-19 10:00:00', 'YYYY-MM-DD HH24:MI:SS')
           ORDER BY tranid""",
        [{"tranid": "PO-US-503"}, {"tranid": "PO-US-507"}],
    ),
    (
        "SELECT COUNT(*) n FROM transaction WHERE trandate >= '10/28/2026' AND type = 'PurchOrd'",
        [{"n": "0"}],
    ),
    (
        """SELECT NVL(memo, 'none') m, UPPER(tranid) || '!' t FROM transaction
           WHERE type IN ('VendCred') AND tranid LIKE 'NWL%' AND memo IS NULL""",
        [{"m": "none", "t": "NWL-US-G1!"}],
    ),
    (
        """SELECT currency, SUM(foreigntotal) s FROM transaction WHERE tranid LIKE 'PO-US-50_'
           GROUP BY currency ORDER BY currency""",
        [
            {"currency": "1", "s": "2550"},
            {"currency": "2", "s": "18348"},
            {"currency": "3", "s": "11760"},
        ],
    ),
]


@pytest.mark.parametrize(("query", "rows"), QUERIES)
def test_queries(ns: Account, query: str, rows: list[dict[str, str]]) -> None:
    assert ns.rows(query) == rows


def test_wrong_queries_are_refused(ns: Account) -> None:
    wrong = [
        "SELECT colour FROM transaction",
        "SELECT id FROM incident",
        "DELETE FROM transaction",
        "SELECT id FROM transaction LIMIT 5",
        "SELECT id FROM transaction WHERE",
        "SELECT id FROM transaction WHERE lastmodifieddate > '2026-10-01'",
        "SELECT name FROM sqlite_master",
    ]
    for query in wrong:
        assert code(ns.sql(query)) == (400, "INVALID_PARAMETER"), query
    assert "unprocessed" in ns.sql(wrong[0]).json()["o:errorDetails"][0]["detail"]


def test_what_happened_to_a_transaction(ns: Account, box: RunningSandbox) -> None:
    notes = (
        "SELECT n.field, n.oldvalue, n.newvalue, TO_CHAR(n.date, 'YYYY-MM-DD HH24:MI') AS at "
        "FROM systemnote n JOIN transaction t ON t.id = n.recordid "
        "WHERE n.type = 4 AND t.tranid = '{}' ORDER BY n.date"
    )
    assert ns.rows(notes.format("ARD-US-14")) == [
        {
            "field": "TRANDOC.MAMOUNTMAIN",
            "oldvalue": "13720.00",
            "newvalue": "11760.00",
            "at": "2026-09-03 11:00",
        },
        {"field": "TRANDOC.KAPPROVALSTATUS", "oldvalue": "1", "newvalue": "2", "at": "2026-09-04 09:00"},
    ]
    moved = ns.rows(notes.format("PO-US-503"))
    assert (moved[0]["field"], moved[0]["newvalue"]) == ("TRANLINE.DEXPECTEDRECEIPTDATE", "10/20/2026")
    gone = ns.rows("SELECT name, deleteddate FROM deletedrecord")
    assert gone == [{"name": "Bill #CIR-X-2A", "deleteddate": "9/4/2026"}]
    assert ns.rows("SELECT id FROM transaction WHERE tranid = 'CIR-X-2A'") == []
    box.set_clock(datetime.fromisoformat("2026-09-02T12:00:00-04:00"))
    assert len(ns.rows("SELECT id FROM transaction WHERE tranid = 'CIR-X-2A'")) == 1
    total = "SELECT foreigntotal, status FROM transaction WHERE tranid = 'ARD-US-14'"
    assert ns.rows(total) == [{"foreigntotal": "13720", "status": "D"}]


def test_statuses_follow_receipts_bills_and_payments(ns: Account, box: RunningSandbox) -> None:
    status = "SELECT status FROM transaction WHERE tranid = '{}'"
    for day, order, bill in (
        ("09-12", "E", None),
        ("09-16", "D", "D"),
        ("09-23", "G", "A"),
        ("10-20", "G", "B"),
    ):
        box.set_clock(datetime.fromisoformat(f"2026-{day}T12:00:00-04:00"))
        assert ns.rows(status.format("PO-US-501"))[0]["status"] == order, day
        assert [row["status"] for row in ns.rows(status.format("PW-US-88"))] == ([bill] if bill else []), day
    unpaid = "SELECT foreignamountunpaid FROM transaction WHERE tranid = 'NWL-US-X1'"
    for day, left in (("09-29", "0"), ("10-01", "3840"), ("10-03", "0")):
        box.set_clock(datetime.fromisoformat(f"2026-{day}T12:00:00-04:00"))
        assert ns.rows(unpaid)[0]["foreignamountunpaid"] == left, day


# -- records ------------------------------------------------------------------------------------------


def test_a_record_with_and_without_its_lines(ns: Account) -> None:
    key = ns.id("PO-US-503")
    order = ns.get(f"/record/v1/purchaseOrder/{key}")
    assert order["item"] == {
        "links": [{"rel": "self", "href": f"{ns.base}/record/v1/purchaseOrder/{key}/item"}]
    }
    assert order["status"] == {"id": "PurchOrd:G", "refName": "Fully Billed"}
    assert order["createdDate"] == "2026-09-15T15:00:00Z"
    assert "externalId" not in order
    lines = ns.get(f"/record/v1/purchaseOrder/{key}?expandSubResources=true")["item"]["items"]
    assert [(line["quantityReceived"], line["expectedReceiptDate"]) for line in lines] == [
        (20.0, "2026-10-20"), (3.0, "2026-10-06")
    ]  # fmt: skip
    assert ns.get(f"/record/v1/purchaseOrder/{key}/item")["totalResults"] == 2
    assert set(ns.get(f"/record/v1/purchaseOrder/{key}?fields=tranId")) == {"links", "id", "tranId"}
    assert code(ns.ask("GET", "/record/v1/purchaseOrder/99")) == (404, "NONEXISTENT_ID")
    assert code(ns.ask("GET", "/record/v1/vendorBill/" + key)) == (404, "NONEXISTENT_ID")
    assert code(ns.ask("GET", "/record/v1/spaceship/1")) == (404, "INVALID_RECORD_TYPE")
    first = "SELECT nextdoc AS id FROM NextTransactionLink WHERE foreignamount = 6000 AND previousdoc = "
    (paid,) = ns.rows(first + ns.id("ARD-US-14"))
    payment = ns.get(f"/record/v1/vendorPayment/{paid['id']}?expandSubResources=true")
    assert payment["apply"]["items"][0] | {"links": []} == {
        "apply": True, "doc": {"id": ns.id("ARD-US-14"), "refName": "Bill #ARD-US-14"},
        "refNum": "ARD-US-14",
        "type": "Bill", "applyDate": "2026-08-31", "total": 11760.0, "due": 0.0,
        "amount": 6000.0, "links": [],
    }  # fmt: skip


def test_lists_with_conditions(ns: Account) -> None:
    def listed(condition: str) -> list[str]:
        body = ns.get(f"/record/v1/vendorBill?q={quote(condition)}")
        return [ns.get(f"/record/v1/vendorBill/{row['id']}?fields=tranId")["tranId"] for row in body["items"]]

    vendor = ns.rows("SELECT id FROM vendor WHERE accountnumber = '17300005'")[0]["id"]
    assert listed(f"entity EQUAL {vendor}") == ["PW-US-88", "PW-US-91", "PW-US-97"]
    assert listed(f'entity ANY_OF [{vendor}, 5] AND tranDate AFTER "2026-09-14"') == ["PW-US-91", "PW-US-97"]
    assert listed('tranId START_WITH "ARD" OR tranId IS "pw-us-97"') == ["ARD-US-14", "PW-US-97"]
    assert listed("externalId EMPTY_NOT") == []
    for wrong in ("entity", "colour IS 5", "entity RESEMBLES 5", "total GREATER much"):
        assert code(ns.ask("GET", f"/record/v1/vendorBill?q={quote(wrong)}")) == (400, "INVALID_PARAMETER"), (
            wrong
        )


def test_a_record_is_made_changed_and_deleted(ns: Account) -> None:
    vendor = {"externalId": "SAP-17300005"}
    lines = {"items": [{"item": {"id": "25"}, "quantity": 2, "rate": 10.5}]}
    body = {
        "entity": vendor, "currency": {"id": "2"}, "memo": "Credit due", "tranId": "T-1",
        "custbody_contract_number": "IC-108", "item": lines,
    }  # fmt: skip
    made = ns.ask("POST", "/record/v1/vendorBill", body)
    assert (made.status_code, made.content) == (204, b"")
    where = made.headers["location"].removeprefix(ns.base)
    bill = ns.get(where + "?expandSubResources=true")
    assert (bill["total"], bill["approvalStatus"]["refName"], bill["dueDate"]) == (
        21.0,
        "Pending Approval",
        "2026-12-10",
    )
    assert (
        ns.ask(
            "PATCH", where, {"memo": "Changed", "item": {"items": [{"line": 1, "quantity": 3}]}}
        ).status_code
        == 204
    )
    bill = ns.get(where)
    assert (bill["memo"], bill["total"]) == ("Changed", 31.5)
    assert ns.ask("DELETE", where).status_code == 204
    assert code(ns.ask("GET", where)) == (404, "NONEXISTENT_ID")
    assert "Bill #T-1" in {row["name"] for row in ns.rows("SELECT name FROM deletedrecord")}
    assert code(ns.ask("POST", "/record/v1/vendorBill", {"memo": "x"})) == (400, "USER_ERROR")
    strict = {"X_NetSuite_PropertyNameValidation": "Error"}
    assert code(ns.ask("POST", "/record/v1/vendorBill", {**body, "colour": 1}, **strict)) == (
        400,
        "INVALID_CONTENT",
    )
    assert ns.ask("POST", "/record/v1/vendorBill", {**body, "colour": 1}).status_code == 204
    assert code(ns.ask("POST", "/record/v1/vendorBill", {**body, "entity": {"id": "1"}})) == (
        400,
        "INVALID_CONTENT",
    )


def test_an_upsert_by_external_id_never_makes_a_second_record(ns: Account) -> None:
    body = {"entity": {"externalId": "SAP-17300005"}, "item": {"items": [{"item": {"id": "25"}, "rate": 5}]}}
    first = ns.ask("PUT", "/record/v1/vendorBill/eid:ob-7", body)
    again = ns.ask("PUT", "/record/v1/vendorBill/eid:ob-7", {"memo": "again"})
    assert (first.status_code, again.headers["location"]) == (204, first.headers["location"])
    assert ns.get("/record/v1/vendorBill/eid:ob-7")["memo"] == "again"
    twice = ns.ask("POST", "/record/v1/vendorBill", {**body, "externalId": "ob-7"})
    assert code(twice) == (400, "DUP_RCRD")
    assert code(ns.ask("PUT", "/record/v1/vendorBill/17", body)) == (400, "INVALID_ID")


def test_transformations(ns: Account) -> None:
    order, bill = ns.id("PO-US-507"), ns.id("PW-US-97")
    partly = {"item": {"items": [{"orderLine": 1, "quantity": 2}]}}
    made = ns.ask("POST", f"/record/v1/purchaseOrder/{order}/!transform/itemReceipt", partly)
    assert made.status_code == 204
    assert ns.get(f"/record/v1/purchaseOrder/{order}")["status"]["id"] == "PurchOrd:E"
    rest = ns.ask("POST", f"/record/v1/purchaseOrder/{order}/!transform/itemReceipt", {})
    receipt = ns.get(rest.headers["location"].removeprefix(ns.base) + "?expandSubResources=true")
    assert receipt["item"]["items"][0]["quantity"] == 4.0
    assert ns.ask("POST", f"/record/v1/purchaseOrder/{order}/!transform/itemReceipt", {}).status_code == 400
    paid = ns.ask("POST", f"/record/v1/vendorBill/{bill}/!transform/vendorPayment", {"memo": "pacta"})
    payment = ns.get(paid.headers["location"].removeprefix(ns.base))
    assert payment["total"] == 3890.0
    assert ns.get(f"/record/v1/vendorBill/{bill}")["status"]["refName"] == "Paid In Full"
    too_much = ns.ask("POST", f"/record/v1/vendorBill/{bill}/!transform/vendorPayment", {})
    assert code(too_much) == (400, "USER_ERROR")
    assert code(ns.ask("POST", f"/record/v1/vendorBill/{bill}/!transform/invoice", {})) == (
        400,
        "INVALID_TRANSFORM",
    )
    assert code(ns.ask("DELETE", f"/record/v1/vendorBill/{bill}")) == (400, "USER_ERROR")


NONSENSE: list[Any] = [None, True, -1, "x", [], ["x"], {"id": "x"}, {"id": [1]}, {"items": [5]}]


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_is_refused_or_passed_over(ns: Account, value: Any) -> None:
    bill = ns.id("PW-US-97")
    for name in ("item", "expense", "entity", "approvalStatus", "tranDate", "terms"):
        assert ns.ask("PATCH", f"/record/v1/vendorBill/{bill}", {name: value}).status_code in (204, 400), name
    paid = ns.ask("POST", f"/record/v1/vendorBill/{bill}/!transform/vendorPayment", {"apply": value})
    assert paid.status_code in (204, 400)
    assert ns.rows(
        "SELECT BUILTIN.DF(approvalstatus) a, foreigntotal FROM transaction WHERE tranid = 'PW-US-97'"
    )


# -- jobs and limits ----------------------------------------------------------------------------------


def test_a_job_with_an_idempotency_key_is_done_once(ns: Account) -> None:
    key = str(uuid.uuid4())
    body = {
        "entity": {"externalId": "SAP-17300005"},
        "memo": "job",
        "item": {"items": [{"item": {"id": "25"}, "rate": 5}]},
    }
    headers = {"prefer": "respond-async", "X_NetSuite_Idempotency_Key": key}
    sent = ns.ask("POST", "/record/v1/vendorBill", body, **headers)
    assert (sent.status_code, sent.headers["preference-applied"]) == (202, "respond-async")
    place = sent.headers["location"].removeprefix(ns.base)
    assert [ns.get(place)["progress"] for _ in range(2)] == ["pending", "succeeded"]
    result = ns.ask("GET", f"{place}/task/1/result")
    assert (result.status_code, "/vendorBill/" in result.headers["location"]) == (204, True)
    again = ns.ask("POST", "/record/v1/vendorBill", body, **headers)
    assert code(again) == (400, "IDEMPOTENCY_ERROR")
    assert again.headers["location"] == sent.headers["location"]
    assert len(ns.rows("SELECT id FROM transaction WHERE memo = 'job'")) == 1
    bad = ns.ask(
        "POST", "/record/v1/vendorBill", body, prefer="respond-async", X_NetSuite_Idempotency_Key="x"
    )
    assert code(bad) == (400, "INVALID_HEADER")
    failed = ns.ask("POST", "/record/v1/vendorBill", {}, prefer="respond-async")
    place = failed.headers["location"].removeprefix(ns.base)
    assert [ns.get(place)["progress"] for _ in range(2)] == ["pending", "failed"]
    assert code(ns.ask("GET", f"{place}/task/1/result")) == (400, "USER_ERROR")


def test_more_than_five_at_once_are_refused(ns: Account) -> None:
    limits = httpx.Limits(max_connections=40)
    with httpx.Client(trust_env=False, limits=limits, timeout=20) as web, ThreadPoolExecutor(40) as pool:
        many = Account(web, ns.base.removesuffix("/netsuite/services/rest"))
        seen = list(pool.map(lambda _: many.ask("GET", "/record/v1/vendor?limit=1"), range(80)))
    refused = [answer for answer in seen if answer.status_code != 200]
    assert refused
    assert {code(answer) for answer in refused} == {(429, "CONCURRENCY_LIMIT_EXCEEDED")}
    assert "retry-after" not in refused[0].headers
    assert ns.ask("GET", "/record/v1/vendor?limit=1").status_code == 200


def test_faults_in_lists(ns: Account) -> None:
    query = {"q": "SELECT id FROM vendor ORDER BY id"}

    def asked(fault: str, page: str = "?limit=3&offset=3") -> httpx.Response:
        return ns.ask("POST", f"/query/v1/suiteql{page}", query, x_sandbox_fault=fault, **TRANSIENT)

    first = ns.sql(query["q"], "?limit=3").json()["items"]
    loop = asked("loop").json()
    assert (loop["items"], loop["hasMore"]) == (first, True)
    double = asked("duplicate").json()["items"]
    assert double[0] == double[-1]
    assert asked("shuffle", "?limit=3").json()["items"] != first
    assert code(asked("429")) == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    assert code(asked("401")) == (401, "INVALID_LOGIN")


def test_the_catalogue(ns: Account) -> None:
    names = {one["name"] for one in ns.get("/record/v1/metadata-catalog")["items"]}
    assert {"purchaseOrder", "vendorBill", "vendorPayment"} <= names
    assert "dueDate" in ns.get("/record/v1/metadata-catalog/vendorBill")["properties"]


def test_reset_forgets_what_was_written(ns: Account, box: RunningSandbox) -> None:
    ns.ask("PATCH", f"/record/v1/vendorBill/{ns.id('PW-US-97')}", {"memo": "changed"})
    box.reset()
    assert ns.rows("SELECT id FROM transaction WHERE memo = 'changed'") == []
