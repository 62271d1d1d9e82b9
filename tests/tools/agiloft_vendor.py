"""A knowledge base of Agiloft over a mock transport: searches without order, upserts, attached files."""

import json
import re
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer

BASE = "https://kb.example/ewws/alrest/Contracts"
EXCEPTION = (
    "<html><body><h1>Error</h1>EWWrongDataException has occurred: "
    "[default task-70331][1786479740423] {said}</body></html>"
)
_TERM = re.compile(r"(\w+)(>=|=)'([^']*)'")


def result(held: Any) -> httpx.Response:
    return answer({"success": True, "message": "", "result": held})


def failed(message: str, status: int = 200) -> httpx.Response:
    return answer({"success": False, "message": message, "result": None}, status)


def page(said: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, html=EXCEPTION.format(said=said))


class AgiloftVendor(Vendor):
    name, kind, list_path = "agiloft", "contract", "/contract/search"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tables: dict[str, list[Json]] = {}
        self.attached: list[Json] = [{"fileName": "../old.pdf", "size": 3, "filePosition": 0}]
        self.attached.append({"fileName": "dir/Signed.pdf", "size": 8, "filePosition": 1})
        self.document = httpx.Response(200, content=b"%PDF-1.7", headers={"content-type": "application/pdf"})
        self.changes: list[Json] = []

    def settings(self) -> Json:
        auth = {"type": "login", "knowledge_base": "Contracts", "user": "pacta", "password": SECRET}
        fields = {"number": ["contract_number"], "parent": ["parent_contract"], "relation": ["record_type"]}
        tasks = {
            "title": "summary",
            "text": "description",
            "due_on": "date_due",
            "priority": "priority",
            "state": "wfstate",
            "target": "about",
            "states": {"done": "Completed"},
        }
        obligation = {"table": "obligation", "fields": {"title": "name", "due": "date_due"}}
        audit = {"table": "audit_entry", "reference": "key", "fields": {"what": "description"}}
        audit |= {"contract": "contract_id"}
        return {
            "base_url": BASE,
            "auth": auth,
            "http": HTTP,
            "page_size": self.page_size,
            "fields": fields,
            "tasks": tasks,
            "entities": {"obligation": obligation, "audit": audit},
            "contract_fields": {"performance": "sla_status", "credit": "credit_due", "seen": "seen_on"},
        }

    def record(self, number: int) -> Json:
        return {
            "id": 1000 + number,
            "contract_number": f"C-{number}",
            "contract_title1": f"Agreement {number}",
            "company_name": f"Party {number} Ltd",
            "contract_start_date": "2026-01-01",
            "contract_end_date": None,
            "wfstate": "Active",
            "parent_contract": str(1000 + number - 1) if number == 3 else "",
            "record_type": "",
            "attached_file": ["dir/Signed.pdf"],
            "date_updated": f"{self.changed_at(number):%Y-%m-%d %H:%M:%S}",
        }

    def broken(self) -> Json:
        return {**self.record(900), "contract_title1": "", "date_updated": self.record(3)["date_updated"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def is_list(self, request: httpx.Request) -> bool:
        return request.url.path.endswith(self.list_path)

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            self.requests.append(request)
            return self.sign_in(json.loads(request.content))
        return super().handle(request)

    def sign_in(self, given: Json) -> httpx.Response:
        self.tokens += 1
        if given != {"KB": "Contracts", "login": "pacta", "password": SECRET, "lang": "en"}:
            return failed("Authentication failed.")
        return result({"access_token": f"{TOKEN}-{self.tokens}", "refresh_token": "r", "expires_in": 900})

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}-{self.tokens}":
            return failed("Token is expired", 400)
        assert request.url.params["lang"] == "en"
        table, _, rest = request.url.path.removeprefix("/ewws/alrest/Contracts/").partition("/")
        body = json.loads(request.content)
        if rest == "search":
            return self.search(table, body)
        if rest == "upsert":
            return self.upsert(table, request.url.params["query"], body)
        if rest.startswith("attachInfo/"):
            return result(self.attached)
        if rest.startswith("retrieveAttach/"):
            given = self.document
            return httpx.Response(given.status_code, headers=given.headers, content=given.content)
        return self.change(table, rest, body)

    def held(self, table: str) -> list[Json]:
        return self.rows() if table == "contract" else self.tables.setdefault(table, [])

    def search(self, table: str, body: Json) -> httpx.Response:
        assert set(body) == {"search", "query", "field"}
        chosen = [row for row in self.held(table) if fits(row, body["query"])]
        if self.loop and len(body["field"]) > 2:
            chosen = self.held(table)
        if self.reverse:
            chosen = chosen[::-1]
        if self.repeat_last and chosen:
            chosen = [chosen[-1], *chosen]
        shown = [{name: row.get(name) for name in body["field"] if name in row} for row in chosen]
        return result(shown)

    def upsert(self, table: str, query: str, body: Json) -> httpx.Response:
        same = [row for row in self.held(table) if fits(row, query)]
        if len(same) > 1:
            return failed("More than one record matches", 409)
        if same:
            same[0].update(body)
            return result(same[0]["id"])
        made = {"id": 350 + len(self.written), **body}
        self.held(table).append(made)
        self.written.append(made)
        return answer({"success": True, "message": "", "result": made["id"]}, 201)

    def change(self, table: str, record: str, body: Json) -> httpx.Response:
        for row in self.held(table):
            if str(row["id"]) == record:
                row.update(body)
                self.changes.append({"table": table, "id": record, **body})
                return result(row)
        return failed("no data found for id range(s)", 400)


def fits(row: Json, query: str) -> bool:
    """Does a record fit a query of comparisons, joined by && and || (|| within no brackets)?"""
    if " && " in query:
        return all(fits(row, part) for part in query.split(" && "))
    if " || " in query:
        return any(fits(row, part) for part in query.split(" || "))
    query = query.strip("()")
    if not query:
        return True
    found = _TERM.fullmatch(query)
    assert found, query
    held = str(row.get(found[1], ""))
    return held >= found[3] if found[2] == ">=" else held == found[3]
