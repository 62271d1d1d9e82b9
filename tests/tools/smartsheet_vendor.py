"""A hostile Smartsheet: sheets with pages, cell histories, discussions; it takes rows and comments."""

import json
from datetime import datetime
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

SHEET, TASKS = "55", "66"
COLUMNS = {"Milestone": 1, "Planned": 2, "Done": 3, "Value": 4, "Vendor": 5, "Progress": 6}
TASK_COLUMNS = {"Ref": 11, "Task": 12, "Due": 13, "State": 14, "Notes": 15}
MAP = {
    "sheet": SHEET,
    "kind": "milestone",
    "columns": {"name": "Milestone", "planned_on": "Planned", "completed_on": "Done", "party": "Vendor"},
}
WRITE = {
    "sheet": TASKS,
    "reference": "Ref",
    "columns": {"title": "Task", "due_on": "Due", "state": "State", "text": "Notes"},
}


class SmartsheetVendor(Vendor):
    name, kind, list_path = "smartsheet", "milestone", f"/sheets/{SHEET}"
    base = "https://grid.example/2.0"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.extra: list[Json] = []
        self.tasks: list[Json] = []
        self.history: dict[str, list[Json]] = {}
        self.discussions: dict[str, list[Json]] = {}
        self.closed: dict[str, int] = {}
        self.versions: list[int] = []
        self.date = ""

    def settings(self) -> Json:
        auth = {"type": "bearer", "token": SECRET}
        return {
            "base_url": self.base,
            "auth": auth,
            "http": HTTP,
            "page_size": self.page_size,
            "zone": "Europe/Berlin",
            "shared": False,
            "sheets": [MAP],
        }

    def record(self, number: int) -> Json:
        return row(
            7000 + number, self.changed_at(number), Milestone=f"Go-live {number}", Planned="2026-10-30"
        )

    def broken(self) -> Json:
        return row(7900, self.changed_at(3), Milestone="Go-live", Planned="soon")

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)] + self.extra

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/2.0")
        for part, status in self.closed.items():
            if part in path and request.method == "GET":
                return answer({"errorCode": 1004, "message": "You are not authorized", "refId": "x"}, status)
        if request.method in ("POST", "PUT"):
            return self._write(path, request)
        if path == "/users/me":
            return answer({"id": 1, "email": "pacta@tessaly.example"})
        if path.endswith("/history"):
            held = self.history.get("/".join(path.split("/")[4:7:2]), [])
            return answer({"pageNumber": 1, "totalPages": 1, "totalCount": len(held), "data": held})
        if path.endswith("/discussions"):
            return self._discussions(path.split("/")[4])
        if "/rows/" in path:
            return self._row(path.split("/")[4])
        return self._sheet(path.split("/")[2], request)

    def _row(self, number: str) -> httpx.Response:
        for held in (*self.rows(), *self.tasks):
            if str(held["id"]) == number:
                return answer(held)
        return answer({"errorCode": 1006, "message": "Not Found", "refId": "x"}, 404)

    def _discussions(self, number: str) -> httpx.Response:
        if not any(str(held["id"]) == number for held in (*self.rows(), *self.tasks)):
            return answer({"errorCode": 1006, "message": "Not Found", "refId": "x"}, 404)
        return answer({"pageNumber": 1, "totalPages": 1, "data": self.discussions.get(number, [])})

    def _sheet(self, sheet: str, request: httpx.Request) -> httpx.Response:
        if sheet not in (SHEET, TASKS):
            return answer({"errorCode": 1006, "message": "Not Found", "refId": "x"}, 404)
        params = request.url.params
        titles, rows = (COLUMNS, self.rows()) if sheet == SHEET else (TASK_COLUMNS, self.tasks)
        since = params.get("rowsModifiedSince", "")
        asked = params.get("rowIds", "").split(",") if "rowIds" in params else []
        chosen = [r for r in rows if r["modifiedAt"] >= since and (not asked or str(r["id"]) in asked)]
        size = int(params["pageSize"])
        page, _ = self.window(chosen, (int(params["page"]) - 1) * size, size)
        data = {
            "id": int(sheet),
            "version": self.versions.pop(0) if self.versions else 1,
            "totalRowCount": 10_000 if self.loop else len(rows),
            "permalink": f"https://grid.example/{sheet}",
            "columns": [
                {"id": number, "title": title, "type": "TEXT_NUMBER"} for title, number in titles.items()
            ],
            "rows": page,
        }
        return answer(data, headers={"date": self.date} if self.date else None)

    def _write(self, path: str, request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content)
        self.written.append({"path": path, "method": request.method, "told": told})
        if path.endswith("/discussions"):
            made = {"id": 90 + len(self.written), "text": told["comment"]["text"]}
            self.discussions.setdefault(path.split("/")[4], []).append({"id": 1, "comments": [made]})
            return answer({"message": "SUCCESS", "resultCode": 0, "result": {"id": 1, "comments": [made]}})
        if request.method == "PUT":
            result = [{"id": told[0]["id"], "cells": told[0]["cells"]}]
            return answer({"message": "SUCCESS", "resultCode": 0, "version": 2, "result": result})
        made = {"id": 500 + len(self.tasks), "modifiedAt": "2026-11-01T08:00:00Z", **told[0]}
        self.tasks.append(made)
        return answer({"message": "SUCCESS", "resultCode": 0, "version": 2, "result": [made]})


def row(number: int, changed_at: datetime, made_at: datetime | None = None, **cells: Any) -> Json:
    held = [
        {"columnId": COLUMNS[title], "value": value} for title, value in cells.items() if value is not None
    ]
    return {
        "id": number,
        "rowNumber": number - 7000,
        "createdAt": stamp(made_at or changed_at),
        "modifiedAt": stamp(changed_at),
        "permalink": f"https://grid.example/{SHEET}?rowId={number}",
        "cells": held,
    }


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
