"""project44 over a mock transport: a configured list of shipments, and their histories."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer


def at(moment: datetime) -> str:
    """A time as project44 writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")


def event(kind: str, stop: str, happened: str | None, received: str, **more: Any) -> Json:
    return {"type": kind, "stopId": stop, "dateTime": happened, "receivedDateTime": received, **more}


class Project44Vendor(Vendor):
    """`by_number`: pages are numbered instead of named by a token."""

    name, kind, list_path = "project44", "shipment", "/tracked"
    by_number = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.gone: set[str] = set()
        self.events: dict[str, list[Json]] = {}

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": "https://p44.example/api/v4/oauth2/token",
            "client_id": "pacta",
            "client_secret": SECRET,
            "client_auth": "form",
        }
        return {
            "base_url": "https://p44.example",
            "auth": auth,
            "http": HTTP,
            "zone": "Europe/Berlin",
            "page_size": self.page_size,
            "milestones": {},
            "listing": {"path": "/tracked", "next": "" if self.by_number else "nextPageToken"},
        }

    def record(self, number: int) -> Json:
        changed = at(self.changed_at(number))
        return {"id": f"s-{number}", "lastModifiedDateTime": changed, "createdDateTime": changed}

    def broken(self) -> Json:
        return {**self.record(900), "lastModifiedDateTime": self.record(3)["lastModifiedDateTime"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def history(self, row: Json) -> Json:
        received = row["lastModifiedDateTime"]
        handed = at(datetime.fromisoformat(row["createdDateTime"]) - timedelta(hours=2))
        stops = [
            {"id": "o", "type": "ORIGIN", "location": {"contact": {"companyName": "Baltica Freight Oy"}}},
            {"id": "d", "type": "DESTINATION", "location": {"contact": {"companyName": "Tessaly GmbH"}}},
        ]
        identifiers = [
            {"type": "BILL_OF_LADING", "value": f"BOL-{row['id']}"},
            {"type": "PURCHASE_ORDER", "value": "4500000101"},
        ]
        shipment = {**row, "identifiers": identifiers, "attributes": [], "routeInfo": {"stops": stops}}
        events = [event("DELIVERY", "d", handed if row["id"] != "s-900" else "yesterday", received)]
        return {"shipment": shipment, "events": self.events.get(row["id"], events), "positions": []}

    def respond(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"].startswith("Bearer ")
        path = request.url.path
        if path == "/tracked":
            return self._list(request)
        for row in [*self.rows(), self.broken()]:
            if path == f"/api/v4/shipments/{row['id']}/tracking/history" and row["id"] not in self.gone:
                return answer(self.history(row))
        said = {"httpStatusCode": 404, "httpMessage": "Not Found", "errorMessage": "no such shipment"}
        return answer({**said, "errors": [], "supportReferenceId": "ref-1"}, 404)

    def _list(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        size = int(params["pageSize"])
        start = int(params["page"]) * size if self.by_number else int(params.get("pageToken", "p0")[1:])
        page, more = self.window(self.rows(), start, size)
        after = f"p{0 if self.loop else start + size}" if more else None
        return answer({"shipments": page, "nextPageToken": after})
