"""Salesforce stands in: the vendor's own client drives the stand-in."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
)

from sandbox import RunningSandbox
from sandbox.serve import Tls
from tests.sandbox.test_salesforce import CLIENT, SECRET, USER, V
from tests.sandbox.tls import pem, public_pem

# -- simple-salesforce --------------------------------------------------------------------------------


class Reroute(HTTPAdapter):
    """Salesforce's own addresses lead to the stand-in, as a hosts file would do it."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = self.base + str(request.url).split(".salesforce.com", 1)[1]
        return super().send(request, *args, **options)


@pytest.fixture
def session(secure: tuple[RunningSandbox, Tls]) -> Iterator[requests.Session]:
    box, files = secure
    with requests.Session() as made:
        made.trust_env = False
        made.verify = str(files.certificate)
        made.mount("https://tessaly.my.salesforce.com", Reroute(f"{box.secure_url}/salesforce"))
        made.mount("https://login.salesforce.com", Reroute(f"{box.secure_url}/salesforce"))
        yield made


@pytest.fixture
def client(session: requests.Session) -> Any:
    return Salesforce(
        consumer_key=CLIENT, consumer_secret=SECRET, domain="tessaly.my", session=session, version="59.0"
    )


def test_simple_salesforce_logs_in(secure: tuple[RunningSandbox, Tls], session: requests.Session) -> None:
    key = rsa.generate_private_key(65537, 2048)
    session.put(f"{secure[0].secure_url}/salesforce/_setup/certificate", data=public_pem(key))
    signed = Salesforce(username=USER, consumer_key=CLIENT, privatekey=pem(key).decode(), session=session)
    assert signed.query("SELECT Name FROM Organization")["records"][0]["Name"] == "Tessaly Instruments GmbH"
    assert signed.is_sandbox() is False
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
        Salesforce(consumer_key=CLIENT, consumer_secret="guessed", domain="tessaly.my", session=session)
    instance = secure[0].secure_url.removeprefix("https://") + "/salesforce"
    stranger = Salesforce(instance=instance, session_id="00D!guess", session=session)
    with pytest.raises(SalesforceExpiredSession):
        stranger.query("SELECT Id FROM Case")


def test_simple_salesforce_reads(client: Any) -> None:
    found = client.query_all("SELECT Id, Field FROM CaseHistory")
    assert found["totalSize"] == len({row["Id"] for row in found["records"]}) > 100
    assert client.api_usage["api-usage"].total == 15000
    everything = client.query_all("SELECT Id FROM Case", include_deleted=True)
    assert everything["totalSize"] == 29
    key = client.query("SELECT Id FROM Case WHERE CaseNumber = '00001016'")["records"][0]["Id"]
    assert client.Case.get(key)["CaseNumber"] == "00001016"
    assert client.Account.get_by_custom_id("ERP_Number__c", "10100001")["Name"].startswith("Orchard")
    assert client.Case.describe()["keyPrefix"] == "500"
    assert len(client.describe()["sobjects"]) > 15
    changed = client.Case.updated(
        datetime.fromisoformat("2026-11-01T00:00:00+00:00"),
        datetime.fromisoformat("2026-11-10T00:00:00+00:00"),
    )
    assert len(changed["ids"]) == 3
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        client.query("SELECT Colour FROM Case")


def test_simple_salesforce_writes(client: Any) -> None:
    made = client.Case.create({"Subject": "From the client", "Priority": "High", "Pacta_Ref__c": "s1"})
    assert made["success"] is True
    assert client.Case.update(made["id"], {"Status": "Working"}) == 204
    assert client.Case.upsert("Pacta_Ref__c/s1", {"Priority": "Low"}) == 200
    assert client.Case.upsert("Pacta_Ref__c/s2", {"Subject": "New one"}) == 201
    comment = client.CaseComment.create({"ParentId": made["id"], "CommentBody": "Noted", "IsPublished": True})
    assert client.CaseComment.get(comment["id"])["CommentBody"] == "Noted"
    assert client.Case.get(made["id"])["Status"] == "Working"
    assert client.Case.delete(made["id"]) == 204
    query = f"{V}/query?q=SELECT+Id+FROM+Case+WHERE+Pacta_Ref__c='s2'"
    found = f"{V}/sobjects/Case/@{{q.records[0].Id}}"
    asked = [
        {"method": "GET", "referenceId": "q", "url": query},
        {"method": "PATCH", "referenceId": "u", "url": found, "body": {"Status": "Closed"}},
    ]
    body = {"allOrNone": True, "compositeRequest": asked}
    told = client.restful("composite", method="POST", json=body)
    assert told is not None
    assert [one["httpStatusCode"] for one in told["compositeResponse"]] == [200, 204]
