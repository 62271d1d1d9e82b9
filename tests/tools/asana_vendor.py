"""A hostile Asana: tasks of one project with offset tokens, stories; it takes writes."""

import json
from datetime import datetime
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

PROJECT = "1201"


class AsanaVendor(Vendor):
    name, kind, list_path = "asana", "task", "/tasks"
    base = "https://work.example/api/1.0"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.stories: dict[str, list[Json]] = {}
        self.closed: dict[str, int] = {}
        self.tasks: list[Json] = []
        self.date = ""
        self.other: list[Json] = []
        self.hidden: list[Json] = []  # there, but in no list

    def settings(self) -> Json:
        auth = {"type": "bearer", "token": SECRET}
        return {
            "base_url": self.base,
            "auth": auth,
            "http": HTTP,
            "page_size": self.page_size,
            "projects": [{"gid": PROJECT}],
            "zone": "Europe/Berlin",
            "shared": False,
        }

    def record(self, number: int) -> Json:
        at = stamp(self.changed_at(number))
        return {
            "gid": str(9000 + number),
            "resource_type": "task",
            "resource_subtype": "milestone",
            "name": f"Milestone {number}",
            "completed": False,
            "completed_at": None,
            "created_at": at,
            "modified_at": at,
            "due_on": "2026-10-30",
            "due_at": None,
            "permalink_url": f"https://work.example/0/{PROJECT}/{9000 + number}",
            "custom_fields": [],
        }

    def broken(self) -> Json:
        return {**self.record(3), "gid": "9900", "due_on": "soon"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)] + self.tasks

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/1.0")
        for part, status in self.closed.items():
            if part in path:
                return answer({"errors": [{"message": "not allowed", "help": "see there"}]}, status)
        if request.method in ("POST", "PUT"):
            return self._write(path, request)
        if path == "/tasks":
            return self._list(request)
        if path == "/users/me":
            return answer({"data": {"gid": "1", "name": "Pacta"}})
        if path.endswith("/stories"):
            return answer({"data": self.stories.get(path.split("/")[2], []), "next_page": None})
        return self._one(path.removeprefix("/tasks/"))

    def _one(self, gid: str) -> httpx.Response:
        for row in (*self.rows(), *self.hidden):
            held = row.get("external") or {}
            if gid in (row["gid"], f"external:{held.get('gid')}"):
                return answer({"data": row})
        return answer({"errors": [{"message": f"task: Unknown object: {gid}"}]}, 404)

    def _list(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        rows = self.rows() if params["project"] == PROJECT else self.other
        since = params.get("modified_since", "")
        chosen = [row for row in rows if row["modified_at"][:19] >= since[:19]]
        start, size = int(params.get("offset", "o0")[1:]), int(params["limit"])
        page, more = self.window(chosen, start, size)
        following = {"offset": "o0" if self.loop else f"o{start + size}", "path": "/x", "uri": "https://x"}
        headers = {"date": self.date} if self.date else None
        return answer({"data": page, "next_page": following if more else None}, headers=headers)

    def _write(self, path: str, request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content)["data"]
        self.written.append({"path": path, "method": request.method, **told})
        if path.endswith("/stories"):
            gid = path.split("/")[2]
            text = told.get("text") or told["html_text"]
            made = {"gid": str(70 + len(self.written)), "type": "comment", "text": text}
            self.stories.setdefault(gid, []).append(made)
            return answer({"data": made}, 201)
        if request.method == "PUT":
            return self._one(path.removeprefix("/tasks/"))
        row = {**self.record(500 + len(self.written)), **told}
        self.tasks.append(row)
        return answer({"data": row}, 201)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
