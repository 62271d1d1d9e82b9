"""project44's stand-in: tokens, shipments one by one, their events as they become known, pushes, failures."""

import base64
import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.project44.service import CLIENT_ID, CLIENT_SECRET
from sandbox.project44.world import number
from tests.sandbox.receiver import receiving


class Tracker:
    """The few lines of a client that these tests need."""

    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/project44/api/v4"
        self.bearer = ""

    def token(self, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            **changed,
        }
        return self.web.post(f"{self.root}/oauth2/token", data=form)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        self.bearer = self.bearer or self.token().json()["access_token"]
        headers = {"authorization": f"Bearer {self.bearer}", **options.pop("headers", {})}
        return self.web.request(method, f"{self.root}/{path}", headers=headers, **options)

    def history(self, bol: str) -> dict[str, Any]:
        answer = self.ask("GET", f"shipments/{number('shipment', bol)}/tracking/history")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def arrival(self, bol: str) -> dict[str, Any]:
        """The arrival at the last stop."""
        told = self.history(bol)
        last = told["shipment"]["routeInfo"]["stops"][-1]["id"]
        (found,) = [
            one for one in told["events"] if (one["type"], one["stopId"]) == ("ARRIVAL_AT_STOP", last)
        ]
        event: dict[str, Any] = found
        return event


@pytest.fixture
def tms(box: RunningSandbox, web: httpx.Client) -> Tracker:
    return Tracker(web, box.base_url)


def test_tokens(tms: Tracker) -> None:
    granted = tms.token().json()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 43_200)
    assert tms.token(client_secret="wrong").status_code == 401
    assert tms.token(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert tms.web.post(f"{tms.root}/oauth2/token", json={}).status_code == 415
    form = {"grant_type": "client_credentials"}
    by_header = tms.web.post(f"{tms.root}/oauth2/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    assert by_header.status_code == 200
    at = f"{tms.root}/shipments/{number('shipment', 'NWL-7101-1')}/tracking"
    refused = tms.web.get(at)
    error = refused.json()
    assert (refused.status_code, error["httpStatusCode"], error["httpMessage"]) == (401, 401, "Unauthorized")
    assert error["supportReferenceId"]
    assert tms.web.get(at, auth=(CLIENT_ID, CLIENT_SECRET)).status_code == 401


def test_a_shipment_with_its_route(tms: Tracker) -> None:
    one = tms.ask("GET", f"shipments/{number('shipment', 'TES-OCN-4471-1')}/tracking").json()
    named = {name["type"]: name["value"] for name in one["identifiers"]}
    assert named == {
        "BILL_OF_LADING": "TES-OCN-4471-1",
        "CARRIER_SCAC": "NWLK",
        "PURCHASE_ORDER": "OCN-4471",
    }
    held = {attribute["name"]: attribute["values"] for attribute in one["attributes"]}
    assert (held["Contract"], held["Customer Number"]) == (["IC-109"], ["10100001"])
    stops = one["routeInfo"]["stops"]
    assert [stop["type"] for stop in stops] == ["ORIGIN", "PORT", "PORT", "DESTINATION"]
    assert stops[-1]["appointmentWindow"]["endDateTime"] == "2026-04-30T17:00:00-0400"
    segments = one["routeInfo"]["routeSegments"]
    assert [segment["toStopId"] for segment in segments] == [stop["id"] for stop in stops[1:]]
    assert one["lastModifiedDateTime"] == "2026-04-28T22:10:00+0200"


def test_events_are_planned_expected_and_happen(tms: Tracker, box: RunningSandbox) -> None:
    late = tms.arrival("NWL-7101-2")
    assert late == {
        "type": "ARRIVAL_AT_STOP",
        "stopId": late["stopId"],
        "plannedDateTime": "2026-09-15T15:00:00+0200",
        "estimateDateTime": "2026-09-24T09:30:00+0200",
        "dateTime": "2026-09-24T09:10:00+0200",
        "receivedDateTime": "2026-09-24T09:12:00+0200",
    }
    box.set_clock(datetime.fromisoformat("2026-09-18T12:00:00+02:00"))
    before = tms.arrival("NWL-7101-2")
    assert before["estimateDateTime"] == "2026-09-22T10:00:00+0200"
    assert "dateTime" not in before
    box.set_clock(datetime.fromisoformat("2026-09-14T13:30:00+02:00"))
    assert "estimateDateTime" not in tms.arrival("NWL-7101-2")


def test_late_reports_and_corrections(tms: Tracker, box: RunningSandbox) -> None:
    silent = tms.arrival("NWL-7102-1")
    assert (silent["dateTime"], silent["receivedDateTime"]) == (
        "2026-09-21T13:40:00+0200",
        "2026-09-26T08:02:00+0200",
    )
    assert tms.arrival("NWL-7105-1")["dateTime"] == "2026-09-03T13:55:00+0200"
    box.set_clock(datetime.fromisoformat("2026-09-03T09:00:00+02:00"))
    assert tms.arrival("NWL-7105-1")["dateTime"] == "2026-09-02T17:40:00+0200"
    box.set_clock(datetime.fromisoformat("2026-09-25T09:00:00+02:00"))
    assert "dateTime" not in tms.arrival("NWL-7102-1")


def test_states_and_positions(tms: Tracker) -> None:
    done = tms.history("NWL-7101-1")
    assert [state["type"] for state in done["states"]] == ["IN_TRANSIT", "AT_STOP", "TRACKING_COMPLETED"]
    assert done["states"][0]["endDateTime"] == done["states"][1]["startDateTime"]
    where = [position["dateTime"] for position in done["positions"]]
    assert where == sorted(where)
    assert len(where) > 10
    moving = tms.history("NWL-7110-1")
    assert [state["type"] for state in moving["states"]] == ["IN_TRANSIT"]
    assert moving["positions"][-1]["dateTime"] < "2026-11-10T12:00:00+0100"
    twin = tms.history("NWL-7103-X")
    assert (twin["states"], twin["positions"]) == ([], [])
    assert all("dateTime" not in event for event in twin["events"])


def test_parts_of_the_history(tms: Tracker) -> None:
    at = f"shipments/{number('shipment', 'NWL-7104-2')}"
    plain = tms.ask("GET", f"{at}/eventhistory").json()
    assert set(plain) == {"shipment", "events"}
    assert "routeInfo" not in plain["shipment"]
    full = tms.ask("GET", f"{at}/positionhistory", params={"includeRouteInfo": "true"}).json()
    assert set(full) == {"shipment", "positions"}
    assert full["shipment"]["routeInfo"]["stops"]
    assert tms.ask("GET", f"{at}/eventhistory", params={"includeRouteInfo": "maybe"}).status_code == 400


def test_what_is_not_there(tms: Tracker, box: RunningSandbox) -> None:
    extra = f"shipments/{number('shipment', 'NWL-EXTRA-9')}/tracking"
    for path, status in (
        (extra, 404),
        (f"shipments/{number('shipment', 'NWL-7104-1')}/tracking", 404),
        ("shipments/NWL-7101-1/tracking", 400),
        ("shipments", 404),
        ("shipments/tracking", 405),
    ):
        refused = tms.ask("GET", path)
        assert (refused.status_code, refused.json()["httpStatusCode"]) == (status, status), path
    box.set_clock(datetime.fromisoformat("2026-11-12T12:00:00+01:00"))
    found = tms.ask("GET", extra).json()
    assert [name["type"] for name in found["identifiers"]] == ["BILL_OF_LADING", "CARRIER_SCAC"]
    box.set_clock(datetime.fromisoformat("2026-09-29T12:00:00+02:00"))
    assert tms.history("NWL-7104-1")["events"]


NEW: dict[str, Any] = {
    "identifiers": [
        {"type": "BILL_OF_LADING", "value": "TES-1"},
        {"type": "CARRIER_SCAC", "value": "NWLK"},
    ],
    "attributes": [{"name": "Contract", "values": ["IC-108"]}],
    "stops": [
        {
            "id": "11111111-1111-1111-1111-111111111111",
            "type": "ORIGIN",
            "location": {"address": {"city": "Husum", "country": "DE"}},
        },
        {
            "id": "22222222-2222-2222-2222-222222222222",
            "type": "DESTINATION",
            "location": {"address": {"city": "Munich", "country": "DE"}},
        },
    ],
}


def test_a_shipment_is_made_once_and_added_to(tms: Tracker) -> None:
    made = tms.ask("POST", "shipments/tracking", json=NEW)
    assert made.status_code == 200, made.text
    key = made.json()["id"]
    assert tms.ask("GET", f"shipments/{key}/tracking/history").json()["events"] == []
    more = {
        "identifiers": [*NEW["identifiers"], {"type": "PURCHASE_ORDER", "value": "7120"}],
        "attributes": [{"name": "Note", "values": ["fragile"]}],
    }
    again = tms.ask("POST", "shipments/tracking", json=more).json()
    assert again["id"] == key
    assert (len(again["identifiers"]), len(again["attributes"])) == (3, 2)
    assert len(again["routeInfo"]["stops"]) == 2
    moved = json.loads(json.dumps(NEW["stops"][1]))
    moved["location"]["address"]["city"] = "Hamburg"
    by_id = tms.ask("POST", "shipments/tracking", json={"id": key, "stops": [moved]}).json()
    cities = [stop["location"]["address"]["city"] for stop in by_id["routeInfo"]["stops"]]
    assert cities == ["Husum", "Hamburg"]
    assert tms.ask("DELETE", f"shipments/{key}/tracking").status_code == 204
    assert tms.ask("GET", f"shipments/{key}/tracking").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"identifiers": []},
        {"identifiers": [{"type": "COLOUR", "value": "red"}]},
        {"identifiers": [{"type": "BILL_OF_LADING", "value": "TES-1"}]},
        {"identifiers": [{"type": "CARRIER_SCAC", "value": "NWLK"}]},
        {"identifiers": "TES-1"},
        {"attributes": [{"name": "Contract"}]},
        {"stops": [{"type": "PORT"}]},
        {"stops": [{"type": "ORIGIN", "location": {"address": {"city": "Husum"}}}]},
        {"stops": [{**NEW["stops"][0], "id": "1"}]},
        {"createdDateTime": "2026-11-10T12:00:00Z"},
    ],
)
def test_shipments_that_are_not_taken(tms: Tracker, changed: dict[str, Any]) -> None:
    refused = tms.ask("POST", "shipments/tracking", json={**NEW, **changed})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["message"]


def test_bodies_that_cannot_be_read(tms: Tracker) -> None:
    headers = {"content-type": "application/json"}
    assert tms.ask("POST", "shipments/tracking", content=b"[", headers=headers).status_code == 400
    assert tms.ask("POST", "shipments/tracking", content=b"{}").status_code == 415
    unknown = {"id": number("shipment", "nobody")}
    assert tms.ask("POST", "shipments/tracking", json=unknown).status_code == 404


def test_pushes_look_like_the_history(tms: Tracker, box: RunningSandbox) -> None:
    def emit(record: str, to: str | None, event: str = "tracking-updated") -> httpx.Response:
        body = {"vendor": "project44", "event": event, "record": record, "to": to}
        return tms.web.post(f"{box.base_url}/_sandbox/emit", json=body)

    with receiving() as target:
        target.answers = [503]
        (sent,) = emit("NWL-7110-1", target.url).json()["deliveries"]
        assert (sent["attempts"], sent["delivered"]) == ([503, 200], True)
        headers, body = target.got[-1]
    pushed, asked = json.loads(body), tms.history("NWL-7110-1")
    assert pushed["events"] == asked["events"]
    assert pushed["positions"] == asked["positions"][-1:]
    user, _, password = base64.b64decode(headers["authorization"].split()[1]).decode().partition(":")
    assert (user, password) == ("p44-push", "project44-push-password")
    assert emit("NWL-0", None).status_code == 400
    assert emit("NWL-7110-1", None, "noise").status_code == 400
    assert emit("NWL-7110-1", "http://192.0.2.1/").status_code == 400


def test_faults_and_reset(tms: Tracker, box: RunningSandbox) -> None:
    at = f"shipments/{number('shipment', 'TES-OCN-4471-1')}/tracking/history"

    def faulty(kind: str) -> httpx.Response:
        return tms.ask("GET", at, headers={"x-sandbox-fault": kind})

    plain = tms.ask("GET", at).json()["events"]
    busy = faulty("429; retry-after=2")
    assert (busy.headers["retry-after"], busy.json()["httpMessage"]) == ("2", "Too Many Requests")
    assert faulty("duplicate").json()["events"] == [plain[-1], *plain]
    assert faulty("shuffle").json()["events"] == plain[::-1]
    assert tms.ask("DELETE", f"shipments/{number('shipment', 'TES-OCN-4471-1')}/tracking").status_code == 204
    box.reset()
    assert tms.ask("GET", at).status_code == 401
    tms.bearer = ""
    assert tms.ask("GET", at).json()["events"] == plain


def test_everyday_transports_keep_their_day(tms: Tracker) -> None:
    for place in range(1, 22):
        event = tms.arrival(f"NWL-BAL-{place:02d}")
        assert event["dateTime"][:10] == event["plannedDateTime"][:10]
