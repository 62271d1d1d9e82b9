"""NetSuite stands in: the vendor's own client drives the stand-in."""

import asyncio
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from netsuite import Config, NetSuiteRestApi, TokenAuth
from netsuite.exceptions import NetsuiteAPIRequestError

from sandbox import RunningSandbox
from sandbox.serve import Tls
from tests.sandbox.test_netsuite import ACCOUNT, KEYS, TOKENS, Account, code, ns

__all__ = ["ns"]


# -- the netsuite client ------------------------------------------------------------------------------


class Signed(httpx.Auth):
    """The client's own signature: its library makes it for another version of httpx than the client uses."""

    requires_request_body = True

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        parts = (request.method, str(request.url), request.headers, request.content)
        url, headers, body = self.inner.prepare(*parts)
        yield httpx.Request(request.method, url, headers=headers, content=body)


class Api(NetSuiteRestApi):  # type: ignore[misc, unused-ignore]
    """The client, sent to the stand-in instead of NetSuite's own host."""

    place = ""

    def _make_hostname(self) -> str:
        return self.place

    def _make_auth(self) -> Signed:
        inner: Any = super()
        return Signed(inner._make_auth())


@pytest.fixture
def api(secure: tuple[RunningSandbox, Tls], monkeypatch: pytest.MonkeyPatch) -> Any:
    box, files = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    monkeypatch.setenv("NO_PROXY", "*")
    auth = TokenAuth(
        consumer_key=KEYS[0], consumer_secret=KEYS[1], token_id=TOKENS[0], token_secret=TOKENS[1]
    )
    made = Api(Config(account=ACCOUNT, auth=auth))
    made.place = box.secure_url.removeprefix("https://") + "/netsuite"
    return made


def test_the_netsuite_client_reads(api: Any) -> None:
    async def session() -> None:
        found = await api.suiteql(
            "SELECT id, tranid FROM transaction WHERE tranid LIKE 'PO-US-50_' ORDER BY id", limit=5
        )
        assert (found["count"], found["hasMore"], found["totalResults"]) == (5, True, 7)
        rest = await api.suiteql(
            "SELECT id FROM transaction WHERE tranid LIKE 'PO-US-50_' ORDER BY id", limit=5, offset=5
        )
        assert rest["count"] == 2
        order = await api.get(
            f"/record/v1/purchaseOrder/{found['items'][0]['id']}", params={"expandSubResources": "true"}
        )
        assert order["item"]["totalResults"] == 1
        schema = await api.jsonschema("vendorBill")
        assert "tranId" in schema["properties"]
        with pytest.raises(NetsuiteAPIRequestError) as refused:
            await api.suiteql("SELECT colour FROM transaction")
        assert refused.value.status_code == 400

    asyncio.run(session())


def test_the_netsuite_client_writes(api: Any) -> None:
    async def session() -> None:
        lines = {"items": [{"item": {"id": "25"}, "quantity": 1, "rate": 12}]}
        bill = {"entity": {"externalId": "SAP-17300005"}, "tranId": "CL-1", "item": lines}
        assert await api.post("/record/v1/vendorBill", json=bill) is None
        found = await api.suiteql("SELECT id FROM transaction WHERE tranid = 'CL-1'")
        key = found["items"][0]["id"]
        assert await api.patch(f"/record/v1/vendorBill/{key}", json={"approvalStatus": {"id": "2"}}) is None
        assert await api.post(f"/record/v1/vendorBill/{key}/!transform/vendorPayment", json={}) is None
        bill = await api.get(f"/record/v1/vendorBill/{key}")
        assert bill["status"]["refName"] == "Paid In Full"
        assert await api.put("/record/v1/vendorBill/eid:cl-2", json={**bill_of("CL-2")}) is None
        with pytest.raises(NetsuiteAPIRequestError) as refused:
            await api.post("/record/v1/vendorBill", json={"colour": 1})
        assert "INVALID_CONTENT" in str(refused.value)

    asyncio.run(session())


def test_the_netsuite_client_with_a_wrong_secret(api: Any) -> None:
    api._config.auth.token_secret = "guessed"
    with pytest.raises(NetsuiteAPIRequestError) as refused:
        asyncio.run(api.suiteql("SELECT id FROM vendor"))
    assert refused.value.status_code == 401


def bill_of(number: str) -> dict[str, Any]:
    lines = {"items": [{"item": {"id": "25"}, "quantity": 1, "rate": 12}]}
    return {"entity": {"externalId": "SAP-17300005"}, "tranId": number, "item": lines}


def test_expenses_holds_and_tasks(ns: Account) -> None:
    expenses = {"items": [{"account": {"id": "59"}, "amount": -250.5, "memo": "Service credit"}]}
    bill = {"entity": {"externalId": "SAP-17300005"}, "tranId": "EX-1", "expense": expenses}
    made = ns.ask("POST", "/record/v1/vendorBill", bill)
    assert made.status_code == 204, made.text
    where = made.headers["location"].removeprefix(ns.base)
    assert ns.ask("PATCH", where, {"paymentHold": True}).status_code == 204
    shown = ns.get(where + "?expandSubResources=true")
    assert (shown["total"], shown["paymentHold"], shown["expense"]["items"][0]["memo"]) == (
        -250.5, True, "Service credit"
    )  # fmt: skip
    query = """SELECT a.acctnumber, l.foreignamount, t.paymenthold FROM transactionLine l
        JOIN transaction t ON t.id = l.transaction JOIN account a ON a.id = l.expenseaccount
        WHERE t.tranid = 'EX-1'"""
    assert ns.rows(query) == [{"acctnumber": "6910", "foreignamount": "-250.5", "paymenthold": "T"}]
    wrong = {**bill, "expense": {"items": [{"account": {"id": "5"}, "amount": 1}]}}
    assert code(ns.ask("POST", "/record/v1/vendorBill", wrong)) == (400, "INVALID_CONTENT")

    key = ns.id("PO-US-507")
    task = {
        "title": "Ask for the parts",
        "dueDate": "2026-11-20",
        "transaction": {"id": key},
        "externalId": "ob-5",
    }
    made = ns.ask("POST", "/record/v1/task", task)
    assert made.status_code == 204, made.text
    shown = ns.get("/record/v1/task/eid:ob-5")
    assert (shown["status"]["id"], shown["dueDate"], shown["transaction"]) == (
        "NOTSTART",
        "2026-11-20",
        {"id": key},
    )
    assert ns.ask("PATCH", "/record/v1/task/eid:ob-5", {"status": {"id": "COMPLETE"}}).status_code == 204
    assert ns.rows("SELECT status, completeddate FROM task WHERE externalid = 'ob-5'") == [
        {"status": "COMPLETE", "completeddate": "11/10/2026"}
    ]
    assert code(ns.ask("POST", "/record/v1/task", {"message": "x"})) == (400, "USER_ERROR")
    assert code(ns.ask("POST", "/record/v1/task", {**task, "externalId": "ob-5"})) == (400, "DUP_RCRD")
    assert code(ns.ask("POST", "/record/v1/task", {"title": "x", "transaction": {"id": "7"}}))[0] == 400
