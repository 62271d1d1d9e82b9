"""The transport system's stand-in: log-on, pages, queries, children, references, reports late and twice."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import AS_OF

SINGULAR = "application/vnd.oracle.resource+json;type=singular"
FORM = {
    "grant_type": "client_credentials",
    "client_id": "pacta-otm-client",
    "client_secret": "otm-demo-secret",
    "scope": "urn:opc:resource:consumer::all",
}


class Domain:
    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/otm"
        self.base = f"{self.root}/logisticsRestApi/resources-int/v2"

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**({"content-type": SINGULAR} if "json" in options else {}), **options.pop("headers", {})}
        address = path if path.startswith("http") else f"{self.base}/{path}"
        auth = ("TES.INTEGRATION", "otm-demo-password")
        return self.web.request(method, address, headers=headers, auth=auth, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """By the links from page to page."""
        rows: list[dict[str, Any]] = []
        answer = self.get(path, **params)
        while True:
            rows += answer["items"]
            following = [link["href"] for link in answer["links"] if link["rel"] == "next"]
            if not answer["hasMore"]:
                assert following == []
                return rows
            answer = self.get(following[0])

    def shipment(self, xid: str, expand: str = "statuses,stops,remarks,trackingEvents") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"shipments/TES.{xid}", expand=expand)
        return found

    def state(self, xid: str) -> str:
        told = self.shipment(xid)["statuses"]["items"]
        found = {one["statusTypeGid"]: one["statusValueGid"] for one in told}
        return str(found["TES.ENROUTE"]).removeprefix("TES.ENROUTE_")


@pytest.fixture
def otm(box: RunningSandbox, web: httpx.Client) -> Domain:
    return Domain(web, box.base_url)


# -- who may come in ----------------------------------------------------------------------------------


def test_log_on_by_name_or_by_token(otm: Domain) -> None:
    refused = otm.web.get(f"{otm.base}/shipments")
    assert (refused.status_code, refused.json()["status"]) == (401, "401")
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert otm.web.get(f"{otm.base}/shipments", auth=("TES.INTEGRATION", "guessed")).status_code == 401
    token = otm.web.post(f"{otm.root}/oauth2/v1/token", data=FORM).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert otm.web.get(f"{otm.base}/shipments?limit=1", headers=bearer).status_code == 200
    for wrong, status in (({"client_secret": "x"}, 401), ({"scope": "x"}, 400), ({"grant_type": "x"}, 400)):
        answer = otm.web.post(f"{otm.root}/oauth2/v1/token", data={**FORM, **wrong})
        assert answer.status_code == status
    public = f"{otm.root}/logisticsRestApi/resources/v2/shipments?limit=1"
    assert otm.ask("GET", public).status_code == 200


# -- lists --------------------------------------------------------------------------------------------


def test_pages_of_twenty_five(otm: Domain) -> None:
    first = otm.get("shipments")
    assert (first["count"], first["limit"], first["offset"], first["hasMore"]) == (25, 25, 0, True)
    assert "totalResults" not in first
    rows = otm.all("shipments")
    assert len(rows) == len({row["shipmentGid"] for row in rows}) > 60
    assert otm.get("shipments", totalResults="true", limit=1)["totalResults"] == len(rows)
    assert otm.get("shipments", limit=5000)["limit"] == 1000
    last = otm.get("shipments", offset=len(rows) - 1)
    assert (last["count"], last["hasMore"]) == (1, False)
    answer = otm.ask("GET", "shipments")
    assert "type=collection" in answer.headers["content-type"]
    newest = otm.get("shipments", orderBy="updateDate:desc", limit=2)["items"]
    assert newest[0]["updateDate"]["value"] >= newest[1]["updateDate"]["value"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('shipmentXid eq "S-2041"', 1),
        ('shipmentXid sw "S-"', 10),
        ('attribute1 eq "7101" and shipmentXid ew "-B"', 1),
        ('shipmentXid sw "S-" and not attribute1 eq "4500000106"', 5),
        ('shipmentXid co "7101" or shipmentXid co "2049"', 3),
        ('statuses.statusValueGid eq "TES.SECURE RESOURCES_CANCELED"', 1),
        ('refnums.shipmentRefnumValue eq "IC-109"', 1),
        ('updateDate gt "2026-11-09T00:00:00Z" and shipmentXid sw "S-"', 1),
        ('totalWeight le "300 KG"', 1),
        ("attribute9 pr", 0),
        ('sourceLocationGid eq "TES.HUSUM-WORKS"', 2),
        ('(attribute1 eq "7101" or attribute1 eq "TES-5501") and totalWeight lt "900 KG"', 2),
        ('insertDate ge "2026-10-20T00:00:00+02:00" and insertDate lt "2026-10-21T00:00:00+02:00"', 2),
    ],
)
def test_queries(otm: Domain, text: str, count: int) -> None:
    rows = otm.all("shipments", q=text)
    assert len(rows) == count, [row["shipmentXid"] for row in rows]


def test_what_cannot_be_asked_is_told(otm: Domain) -> None:
    wrong = (
        "updateDate gt 2026-11-09T00:00:00Z",
        "shipmentXid eq S-2041",
        'colour eq "red"',
        'shipmentXid is "x"',
        '(shipmentXid eq "x"',
        'shipmentXid eq "x" and',
        'updateDate gt "soon"',
        'stops.colour eq "x"',
    )
    for text in wrong:
        answer = otm.ask("GET", "shipments", params={"q": text})
        assert answer.status_code == 400, text
        assert answer.json()["o:errorDetails"][0]["o:errorQueryParam"] == "q"
        assert "type=error" in answer.headers["content-type"]
    for params in ({"fields": "colour"}, {"expand": "colour"}, {"orderBy": "colour"}, {"limit": "few"}):
        assert otm.ask("GET", "shipments", params=params).status_code == 400
    for path in (
        "nothing",
        "shipments/TES.NONE",
        "shipments/TES.S-2041/nothing",
        "shipments/TES.S-2041/stops/9",
    ):
        assert otm.ask("GET", path).status_code == 404


def test_children_are_links_until_they_are_expanded(otm: Domain) -> None:
    row = otm.shipment("S-2041", "")
    assert list(row["stops"]) == ["links"]
    stops = otm.get(row["stops"]["links"][0]["href"])["items"]
    assert [stop["stopNum"] for stop in stops] == [1, 2]
    whole = otm.shipment("S-2041", "stops,destLocation")
    assert whole["stops"]["items"] == stops
    assert (whole["destLocation"]["locationXid"], whole["destLocation"]["city"]) == ("HAMBURG-HUB", "Hamburg")
    assert otm.get(stops[0]["links"][0]["href"]) == stops[0]
    source = otm.get(row["sourceLocation"]["links"][0]["href"])
    assert source["timeZoneGid"] == "Europe/Berlin"
    plain = otm.get("shipments/TES.S-2041", expandRefs="false")
    assert (plain["servprovGid"], "servprov" in plain) == ("TES.NWLOG", False)
    carrier = otm.get("serviceProviders/TES.NWLOG")
    assert (carrier["servprovName"], carrier["attribute1"]) == ("Nordwind Logistik GmbH", "17300003")
    few = otm.get("shipments", fields="shipmentXid,statuses", limit=1)["items"][0]
    assert set(few) == {"shipmentXid", "statuses", "links"}


def test_saved_queries_and_the_catalogue(otm: Domain) -> None:
    path = "custom-actions/savedQueries/shipments/TES.BY_ORDER"
    rows = otm.get(path, parameterValue="7101", expand="statuses")["items"]
    assert [row["shipmentXid"] for row in rows] == ["S-7101-A", "S-7101-B"]
    road = otm.get("custom-actions/savedQueries/shipments/TES.ON_THE_ROAD")["items"]
    assert [row["shipmentXid"] for row in road] == ["S-2049"]
    assert otm.ask("GET", "custom-actions/savedQueries/shipments/TES.NONE").status_code == 404
    fields = otm.get("metadata-catalog/shipments")["properties"]
    assert (fields["shipmentXid"]["type"], fields["stops"]["type"]) == ("string", "object")


def test_faults_touch_lists(otm: Domain) -> None:
    def names(fault: str, offset: int = 0) -> list[str]:
        headers = {"x-sandbox-fault": fault} if fault else {}
        answer = otm.ask("GET", f"trackingEvents?limit=5&offset={offset}", headers=headers).json()
        return [str(row["iTransactionNo"]) for row in answer["items"]]

    assert names("loop", 10) == names("")
    assert names("duplicate")[0] == names("duplicate")[-1]
    assert names("shuffle") != names("")
    assert otm.ask("GET", "shipments", headers={"x-sandbox-fault": "503"}).status_code == 503


# -- what happened ------------------------------------------------------------------------------------


def test_a_delay_a_new_arrival_and_the_end(otm: Domain, box: RunningSandbox) -> None:
    stop = otm.shipment("S-2041")["stops"]["items"][1]
    assert stop["plannedArrival"] == {"value": "2026-10-08T18:00:00+02:00", "timezone": "Europe/Berlin"}
    assert stop["actualArrival"]["value"] == "2026-10-09T08:50:00+02:00"
    assert "estimatedArrival" not in stop
    (remark,) = otm.shipment("S-2041")["remarks"]["items"]
    assert remark["remarkText"].endswith('"stau" of 40 km.')
    assert otm.state("S-2041") == "COMPLETED"
    box.set_clock(datetime.fromisoformat("2026-10-08T15:00:00+02:00"))
    then = otm.shipment("S-2041")
    assert then["endTime"]["value"] == "2026-10-09T09:00:00+02:00"
    codes = [event["statusCodeGid"] for event in then["trackingEvents"]["items"]]
    assert (codes, otm.state("S-2041")) == (["AF", "SD", "AG"], "ENROUTE")


def test_a_report_counts_from_when_it_is_received(otm: Domain, box: RunningSandbox) -> None:
    box.set_clock(datetime.fromisoformat("2026-10-17T12:00:00+02:00"))
    assert otm.state("S-2042") == "ENROUTE"
    box.set_clock(datetime.fromisoformat("2026-10-18T12:00:00+02:00"))
    assert otm.state("S-2042") == "COMPLETED"
    (event,) = otm.all("trackingEvents", q='shipmentGid eq "TES.S-2042" and statusCodeGid eq "D1"')
    assert event["eventdate"] == {"value": "2026-10-15T17:20:00+02:00", "timezone": "Europe/Berlin"}
    assert event["eventReceivedDate"] == {"value": "2026-10-18T07:00:00+00:00", "timezone": "UTC"}
    assert event["insertDate"] == otm.shipment("S-2042")["updateDate"]
    (place,) = otm.get(f"trackingEvents/{event['iTransactionNo']}/stops")["items"]
    assert (place["eventCity"], place["eventdate"]) == ("Hamburg", event["eventdate"])
    twice = otm.all("trackingEvents", q='shipmentGid eq "TES.S-2043" and statusCodeGid eq "D1"')
    assert twice == []
    box.reset()
    assert len(otm.all("trackingEvents", q='shipmentGid eq "TES.S-2043" and statusCodeGid eq "D1"')) == 2


def test_transports_are_moved_cancelled_deleted(otm: Domain, box: RunningSandbox) -> None:
    moved = otm.shipment("S-2045")["stops"]["items"][0]["plannedArrival"]["value"]
    assert moved == "2026-10-28T06:00:00+01:00"
    cancelled = otm.shipment("S-2047")["statuses"]["items"][1]["statusValueGid"]
    assert cancelled == "TES.SECURE RESOURCES_CANCELED"
    assert otm.ask("GET", "shipments/TES.S-2048").status_code == 404
    box.set_clock(datetime.fromisoformat("2026-10-14T10:10:00+02:00"))
    assert otm.shipment("S-2048")["attribute2"] == "IC-106"


def test_hours_follow_the_place(otm: Domain) -> None:
    first, last = otm.shipment("S-2044")["stops"]["items"]
    # The clocks were put back between the two.
    assert first["actualDeparture"] == {"value": "2026-10-24T20:15:00+02:00", "timezone": "Europe/Warsaw"}
    assert last["actualDeparture"]["value"] == "2026-10-25T13:30:00+01:00"
    assert otm.shipment("S-2049")["stops"]["items"][1]["estimatedArrival"] == {
        "value": "2026-11-17T15:00:00-05:00",
        "timezone": "America/New_York",
    }


def test_order_releases_tell_the_agreed_day(otm: Domain) -> None:
    rows = otm.all("orderReleases", q='attribute1 eq "7101"', expand="refnums,statuses")
    assert {row["lateDeliveryDate"]["value"] for row in rows} == {"2026-09-15T23:59:00+02:00"}
    refnums = {one["orderReleaseRefnumQualGid"]: one for one in rows[0]["refnums"]["items"]}
    assert refnums["CONTRACT"]["orderReleaseRefnumValue"] == "IC-108"
    assert len(otm.all("orderReleases")) > 60


# -- writing ------------------------------------------------------------------------------------------


def event(**own: Any) -> dict[str, Any]:
    when = {"value": "2026-11-10T11:30:00", "timezone": "America/New_York"}
    return {"shipmentGid": "TES.S-2049", "statusCodeGid": "X1", "eventdate": when, **own}


def test_a_tracking_event_changes_its_shipment(otm: Domain, box: RunningSandbox) -> None:
    made = otm.ask("POST", "trackingEvents", json=event(domainName="TES"))
    assert (made.status_code, list(made.json())) == (201, ["links"])
    row = otm.get(made.headers["location"])
    assert row["eventdate"] == {"value": "2026-11-10T11:30:00-05:00", "timezone": "America/New_York"}
    assert (row["reportingMethod"], row["reportingGluser"]) == ("REST", "TES.INTEGRATION")
    stop = otm.shipment("S-2049")["stops"]["items"][1]
    assert stop["actualArrival"]["value"] == "2026-11-10T11:30:00-05:00"
    whole = otm.ask(
        "POST",
        "shipments/TES.S-2049/trackingEvents",
        json={"statusCodeGid": "D1", "eventdate": {"value": "2026-11-10T18:00:00Z"}},
        headers={"prefer": "return=representation"},
    )
    assert (whole.status_code, whole.json()["statusCodeGid"]) == (201, "D1")
    assert otm.state("S-2049") == "COMPLETED"
    box.reset()
    assert otm.state("S-2049") == "ENROUTE"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"shipmentGid": "TES.NONE"}, "shipmentGid"),
        ({"statusCodeGid": "ZZ"}, "statusCodeGid"),
        ({"eventdate": None}, "eventdate"),
        ({"eventdate": {"value": "soon"}}, "eventdate"),
        ({"eventdate": {"value": "2026-11-10T11:30:00", "timezone": "Mars"}}, "eventdate"),
        ({"domainName": "OTHER"}, "domainName"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_event_that_makes_no_sense_names_its_field(otm: Domain, given: dict[str, Any], field: str) -> None:
    answer = otm.ask("POST", "trackingEvents", json=event(**given))
    assert answer.status_code == 400
    assert answer.json()["o:errorDetails"][0]["o:errorPath"] == field


def test_attributes_remarks_and_reference_numbers(otm: Domain, box: RunningSandbox) -> None:
    box.set_clock(AS_OF + timedelta(hours=1))
    path = "shipments/TES.S-2041"
    changed = otm.ask("PATCH", path, json={"attribute10": "late by 14 h", "attribute11": None}).json()
    assert (changed["attribute10"], "attribute11" in changed) == ("late by 14 h", False)
    assert changed["updateDate"]["value"] == "2026-11-10T12:00:00+00:00"
    kept = otm.ask("PATCH", path, json={"attribute10": None}).json()
    assert kept["attribute10"] == "late by 14 h"
    made = otm.ask("POST", f"{path}/remarks", json={"remarkQualGid": "PACTA", "remarkText": "Fee due"})
    assert made.headers["location"].endswith("/remarks/2")
    assert (
        otm.ask("PATCH", f"{path}/remarks/2", json={"remarkText": "Fee paid"}).json()["remarkText"]
        == "Fee paid"
    )
    refnum = {"shipmentRefnumQualGid": "PACTA", "shipmentRefnumValue": "ob-1"}
    assert otm.ask("POST", f"{path}/refnums", json=refnum).status_code == 201
    assert len(otm.all("shipments", q='refnums.shipmentRefnumValue eq "ob-1"')) == 1
    assert otm.ask("DELETE", f"{path}/remarks/2").status_code == 204
    assert otm.ask("GET", f"{path}/remarks/2").status_code == 404


def test_what_cannot_be_written_is_refused(otm: Domain) -> None:
    path = "shipments/TES.S-2041"
    for wrong in (
        {"totalWeight": {"value": 1}},
        {"attribute1": 7},
        {"attribute1": "x" * 200},
        {"shipmentGid": "x"},
    ):
        assert otm.ask("PATCH", path, json=wrong).status_code == 400, wrong
    plain = {"content-type": "application/json"}
    assert otm.ask("PATCH", path, json={"attribute1": "x"}, headers=plain).status_code == 415
    assert otm.ask("PATCH", path, content=b"{", headers={"content-type": SINGULAR}).status_code == 400
    assert (
        otm.ask("POST", f"{path}/remarks", json={"remarkQualGid": "NONE", "remarkText": "x"}).status_code
        == 400
    )
    assert otm.ask("DELETE", path).status_code == 405
    assert otm.ask("POST", "shipments", json={"shipmentXid": "x"}).status_code == 405
    assert otm.ask("PATCH", "shipments/TES.NONE", json={}).status_code == 404
