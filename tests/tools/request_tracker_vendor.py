"""A hostile Request Tracker: tickets by TicketSQL, transactions and attachments by conditions, writes.

Only as much of TicketSQL as the connector asks is understood; anything else is refused with 400. It reads
times in the zone of the user who asks, as RT does.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

BASE = "https://rt.example/REST/2.0"
LENA = {"type": "user", "id": "lena", "EmailAddress": "lena@tessaly.example", "Organization": "Tessaly"}
RAVI = {"type": "user", "id": "ravi", "EmailAddress": "ravi@acme.example", "Organization": "Acme Ltd"}
ROBOT = {"type": "user", "id": "RT_System", "EmailAddress": "", "Organization": ""}
NOBODY = {"type": "user", "id": "Nobody"}
FIELDS = {"1": "Supplier", "2": "Service", "3": "Contract", "4": "Reference", "5": "Severity"}


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def custom(**values: str | None) -> list[Json]:
    """Custom fields of a ticket, all of them there, filled or not."""
    return [
        {
            "id": number,
            "type": "customfield",
            "name": name,
            "values": [values[name]] if values.get(name) else [],
        }
        for number, name in FIELDS.items()
    ]


class RequestTrackerVendor(Vendor):
    name, kind, list_path = "request_tracker", "ticket", "/tickets"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.log: list[Json] = []
        self.texts: list[Json] = []
        self.made: list[Json] = []
        self.changed: dict[str, Json] = {}
        self.zone = "UTC"
        self.counts = True
        self.queue_fields = list(FIELDS.values())
        self.obeys = True

    def settings(self) -> Json:
        auth = {"type": "header", "header": "Authorization", "prefix": "token ", "token": SECRET}
        return {"base_url": BASE, "auth": auth, "http": HTTP, "page_size": self.page_size}

    def record(self, number: int) -> Json:
        at = stamp(self.changed_at(number))
        ticket = str(number + 1)
        return {
            "id": ticket,
            "type": "ticket",
            "_url": f"{BASE}/ticket/{ticket}",
            "Subject": f"Printer {number}",
            "Status": "open",
            "Priority": "50",
            "Created": at,
            "LastUpdated": at,
            "Resolved": "1970-01-01T00:00:00Z",
            "Creator": LENA,
            "Requestor": [LENA],
            "Owner": NOBODY,
            "Queue": {"id": "3", "type": "queue", "Name": "Acme Service Desk", "Description": "x"},
            "EffectiveId": ticket,
            "CustomFields": custom(Supplier="Acme Ltd", Service="Mail"),
        }

    def broken(self) -> Json:
        return {**self.record(3), "id": "900", "EffectiveId": "900", "Status": "somewhere"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)] + self.made

    def all(self) -> list[Json]:
        return [{**row, **self.changed.get(row["id"], {})} for row in self.rows()]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/REST/2.0")
        if request.headers.get("authorization") != f"token {SECRET}":
            return answer({"message": "Unauthorized"}, 401)
        if request.method == "GET":
            return self._read(path, request)
        if path in ("/transactions", "/attachments"):
            return self._search(path, request)
        return self._write(path, request)

    def _read(self, path: str, request: httpx.Request) -> httpx.Response:
        if path == "/tickets":
            return self._tickets(request)
        if found := re.fullmatch(r"/ticket/(\d+)", path):
            row = next((row for row in self.all() if row["id"] == found[1]), None)
            return answer(row) if row else answer({"message": "Not Found"}, 404)
        if path.startswith("/queue/"):
            fields = [{"id": str(n), "name": name} for n, name in enumerate(self.queue_fields)]
            return answer({"id": 3, "Name": "Acme Service Desk", "TicketCustomFields": fields})
        if found := re.fullmatch(r"/transaction/(\d+)", path):
            row = next((row for row in self.log if row["id"] == found[1]), None)
            if row:
                about = {"type": "ticket", "id": row["ObjectId"]}
                return answer({"id": int(row["id"]), "Type": row["Type"], "Object": about})
        return answer({"message": "Not Found"}, 404)

    def _tickets(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        rows = self.all()
        for condition in params["query"].split(" AND "):
            try:
                rows = [row for row in rows if self._meets(row, condition)]
            except ValueError as error:
                return answer({"message": str(error)}, 400)
        rows.sort(key=lambda row: str(row.get(params.get("orderby", "id"))))
        number, size = int(params.get("page", 1)), int(params["per_page"])
        page, more = self.window(rows, (number - 1) * size, size)
        body: Json = {"items": page, "count": len(page), "page": number, "per_page": size}
        total = 10_000 if self.loop else len(rows)
        body |= (
            {"total": total, "pages": -(-total // size)} if self.counts else {"total": None, "pages": None}
        )
        return answer(body | ({"next_page": "https://elsewhere.example/"} if more else {}))

    def _meets(self, row: Json, condition: str) -> bool:
        if condition in ("EffectiveId > 0", "id > 0"):
            return True
        if found := re.fullmatch(r"id = (\d+)", condition):
            return bool(row["id"] == found[1])
        if found := re.fullmatch(r"LastUpdated (>=?) '([^']+)'", condition):
            then = datetime.fromisoformat(found[2]).replace(tzinfo=ZoneInfo(self.zone))
            moment = datetime.fromisoformat(row["LastUpdated"])
            return moment >= then if found[1] == ">=" else moment > then
        if found := re.fullmatch(r"Subject LIKE '([^']+)'", condition):
            return found[1] in row["Subject"]
        if found := re.fullmatch(r"'CF.\{([^}]+)\}' = '([^']+)'", condition):
            return any(f["name"] == found[1] and found[2] in f["values"] for f in row["CustomFields"])
        raise ValueError(f"Unknown field: {condition}")

    def _search(self, path: str, request: httpx.Request) -> httpx.Response:
        """Conditions on one field are alternatives, fields go together; RT gives no totals here."""
        wanted: dict[str, list[tuple[str, str]]] = {}
        for condition in json.loads(request.content):
            one = (condition.get("operator", "="), str(condition["value"]))
            wanted.setdefault(condition["field"], []).append(one)
        held = self.log if path == "/transactions" else self.texts
        rows = [row for row in held if all(_fits(row.get(f), any_of) for f, any_of in wanted.items())]
        number, size = int(request.url.params["page"]), int(request.url.params["per_page"])
        page = rows[(number - 1) * size : number * size]
        return answer({"items": page, "count": len(page), "page": number, "total": None, "pages": None})

    def _write(self, path: str, request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content)
        if found := re.fullmatch(r"/ticket/(\d+)/(comment|correspond)", path):
            return self._say(found[1], found[2], told)
        if request.method == "POST" and path == "/ticket":
            if told.get("Queue") != "Contracts":
                return answer({"message": "No permission to create tickets in the queue"}, 403)
            self.written.append({"path": path, **told})
            row = self.record(500 + len(self.written))
            row |= {"Subject": told["Subject"], "CustomFields": custom(**told.get("CustomFields", {}))}
            self.made.append(row)
            return answer({"id": row["id"], "type": "ticket", "_url": row["_url"]}, 201)
        ticket = path.rpartition("/")[2]
        self.written.append({"path": path, **told})
        if not self.obeys:
            return answer(["Ticket 4: Permission Denied"])
        fields = told.pop("CustomFields", None)
        changed: Json = {key: str(value) for key, value in told.items()}
        if fields is not None:
            changed["CustomFields"] = custom(**fields)
        self.changed.setdefault(ticket, {}).update(changed)
        return answer(["Ticket changed"])

    def _say(self, ticket: str, kind: str, told: Json) -> httpx.Response:
        if not any(row["id"] == ticket for row in self.all()):
            return answer({"message": "Message could not be recorded"}, 400)
        self.written.append({"path": f"/ticket/{ticket}/{kind}", **told})
        number = self.say(ticket, kind.capitalize(), told["Content"], self.changed_at(200))
        return answer(["Comments added"], 201, {"Location": f"/REST/2.0/transaction/{number}"})

    def say(self, ticket: str, kind: str, text: str, at: datetime, by: Json = RAVI, **part: str) -> str:
        """Somebody wrote on a ticket; the number of the transaction."""
        row = change(str(1000 + len(self.log)), ticket, kind, at, by)
        self.log.append(row)
        held = {"id": str(5000 + len(self.texts)), "type": "attachment", "TransactionId": row["id"]}
        self.texts.append({**held, "ContentType": "text/plain", "Filename": "", "Content": text, **part})
        return str(row["id"])


def change(number: str, ticket: str, kind: str, at: datetime, by: Json = RAVI, **more: str) -> Json:
    """A transaction as RT lists it."""
    blank = {"Field": "", "OldValue": "", "NewValue": ""}
    row = {"id": number, "type": "transaction", "ObjectType": "RT::Ticket", "ObjectId": ticket, "Type": kind}
    return {**row, "Created": stamp(at), "Creator": by, **blank, **more}


def _fits(held: Any, any_of: list[tuple[str, str]]) -> bool:
    text = str(held)
    return any(value in text if operator == "LIKE" else value == text for operator, value in any_of)
