"""A hostile Jira: issues by JQL with tokens or offsets, comments, changelog, SLA records; it takes writes."""

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

RAVI = {"accountId": "ravi", "displayName": "Ravi", "accountType": "atlassian"}
LENA = {"accountId": "lena", "displayName": "Lena", "accountType": "customer"}
ROBOT = {"accountId": "bot", "displayName": "Automation", "accountType": "app"}


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000%z")


class JiraVendor(Vendor):
    name, kind, list_path = "jira_service_management", "request", "/search/jql"
    base = "https://desk.example"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.comments: dict[str, list[Json]] = {}
        self.histories: dict[str, list[Json]] = {}
        self.slas: dict[str, list[Json]] = {}
        self.closed: dict[str, int] = {}
        self.issues: list[Json] = []
        self.embedded = 20
        self.ways: list[Json] = []
        self.zone = "Europe/Berlin"
        self.always_token = ""
        self.endless = False
        self.says_last = False

    def settings(self) -> Json:
        auth = {"type": "basic", "user": "pacta@tessaly.example", "password": SECRET}
        return {"base_url": self.base, "auth": auth, "http": HTTP, "page_size": self.page_size}

    def record(self, number: int) -> Json:
        at = stamp(self.changed_at(number))
        fields = {
            "summary": f"Printer {number}",
            "status": {"name": "In Progress"},
            "priority": {"name": "Medium"},
            "resolution": None,
            "resolutiondate": None,
            "created": at,
            "updated": at,
            "creator": LENA,
            "reporter": LENA,
            "issuelinks": [],
            "customfield_10002": [{"id": "7", "name": "Acme Managed Services Ltd"}],
            "labels": [],
            "description": None,
        }
        return {"id": str(10000 + number), "key": f"DESK-{number}", "fields": fields}

    def broken(self) -> Json:
        row = self.record(3)
        return {**row, "id": "10900", "fields": {**row["fields"], "status": {"name": "Somewhere"}}}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)] + self.issues

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        for part, status in self.closed.items():
            if part in path:
                return answer({"errorMessages": ["no rights"], "errors": {}}, status)
        if request.method in ("POST", "PUT"):
            return self._write(request)
        if path.endswith("/myself"):
            return answer({"accountId": "pacta", "timeZone": self.zone})
        if path.endswith("/field"):
            return answer(
                [
                    {"id": "customfield_10002", "name": "Organizations"},
                    {"id": "customfield_10050", "name": "Contract"},
                    {"id": "components", "name": "Components"},
                ]
            )
        if path.endswith("/servicedesk"):
            return answer({"values": [], "isLastPage": True})
        if "/search" in path:
            return self._search(request)
        return self._below(path, request)

    def _search(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        jql, size = params["jql"], int(params["maxResults"])
        rows = sorted(self.rows(), key=lambda row: row["fields"]["updated"])
        chosen = [self._given(row) for row in rows if self._meets(row, jql)]
        legacy = request.url.path.endswith("/search")
        start = int(params.get("startAt", 0)) if legacy else int(params.get("nextPageToken", "t0")[1:])
        page, more = self.window(chosen, start, size)
        if legacy:
            return answer({"issues": page, "startAt": start, "total": 10_000 if self.loop else len(chosen)})
        data: Json = {"issues": page, "isLast": self.says_last or not more}
        if more:
            data["nextPageToken"] = self.always_token or f"t{start + size}"
        return answer(data)

    def _meets(self, row: Json, jql: str) -> bool:
        since = re.search(r'updated >= "([^"]+)"', jql)
        if since:
            moment = datetime.strptime(since[1], "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(self.zone))
            return datetime.fromisoformat(row["fields"]["updated"]) >= moment
        for part in jql.split(" OR "):
            field, _, wanted = part.partition(" ")
            text = wanted.lstrip("=~ ").replace("\\", "").strip('"')
            held: Any = self.comments.get(row["id"], []) if field == "comment" else row["fields"][field]
            if text in json.dumps(held):
                return True
        return False

    def _given(self, row: Json) -> Json:
        """An issue as the search gives it: of comments and histories the newest ones only."""
        said, log = self.comments.get(row["id"], []), self.histories.get(row["id"], [])
        comment = {"comments": said[-self.embedded :], "total": len(said), "startAt": 0}
        changelog = {"histories": log[::-1][: self.embedded], "total": len(log), "startAt": 0}
        return {**row, "fields": {**row["fields"], "comment": comment}, "changelog": changelog}

    def _below(self, path: str, request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("startAt", request.url.params.get("start", 0)))
        _, _, rest = path.partition("/issue/" if "/issue/" in path else "/request/")
        key, _, what = rest.partition("/")
        row = next((r for r in self.rows() if key in (r["id"], r["key"])), None)
        if row is None:
            return answer({"errorMessages": ["Issue does not exist"], "errors": {}}, 404)
        if what == "comment":
            held = self.comments.get(row["id"], [])
            return answer({"comments": held[start : start + 50], "startAt": start, "total": len(held)})
        if what == "changelog":
            held = self.histories.get(row["id"], [])
            if self.endless:
                return answer({"values": held[:50], "isLast": False, "total": 10_000})
            page = held[start : start + 50]
            return answer({"values": page, "isLast": start + 50 >= len(held), "total": len(held)})
        if what == "sla":
            return answer({"values": self.slas.get(row["id"], []), "isLastPage": True, "size": 0})
        if what == "transitions":
            return answer({"transitions": self.ways})
        return answer(row)

    def _write(self, request: httpx.Request) -> httpx.Response:
        told, path = json.loads(request.content), request.url.path
        self.written.append({"path": path, "method": request.method, **told})
        if path.endswith("/comment"):
            row = next((r for r in self.rows() if r["id"] == path.split("/")[-2]), None)
            if row is None or ("servicedeskapi" in path and "request" in self.closed):
                return answer({"errorMessage": "none"}, 404)
            made = {"id": str(len(self.written)), "body": told["body"], "author": RAVI}
            made |= {"created": stamp(self.changed_at(0))}
            self.comments.setdefault(row["id"], []).append(made)
            return answer(made, 201)
        if request.method == "PUT" or path.endswith("/transitions"):
            return httpx.Response(204)
        fields = told.get("fields") or told.get("requestFieldValues")
        row = self.record(500 + len(self.written))
        row["fields"] |= fields
        self.issues.append(row)
        if "servicedeskapi" in path:
            return answer({"issueId": row["id"], "issueKey": row["key"]}, 201)
        return answer({"id": row["id"], "key": row["key"]}, 201)
