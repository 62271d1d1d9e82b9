"""How Smartsheet writes its resources as JSON, words failures and pages lists.

Times are UTC to the second (`2026-10-12T13:05:00Z`), days are days, ids are numbers. A cell that was never
filled has its column's id and nothing else.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults
from sandbox.errors import Refusal
from sandbox.smartsheet.records import Column, Comment, Row, Sheet, Value, company, number

Json = dict[str, Any]
T = TypeVar("T")
PAGE = 100
Routes = Sequence[tuple[str, str, Callable[..., Any]]]
MESSAGES = {
    1001: (401, "An Access Token is required."),
    1002: (401, "Your Access Token is invalid."),
    1003: (401, "Your Access Token has expired."),
    1004: (403, "You are not authorized to perform this action."),
    1006: (404, "Not Found"),
    1008: (400, "Unable to parse request. The following error occurred: {}"),
    1009: (400, "A required parameter is missing from your request: {}."),
    1010: (405, "HTTP Method not supported."),
    1012: (400, "A required object attribute is missing from your request: {}."),
    1018: (400, "The value {} was not valid for the parameter {}."),
    1031: (400, "The value {} was not valid for the attribute {}."),
    1032: (400, "The attribute(s) {} are not allowed for this operation."),
    1034: (400, "Invalid Row Id."),
    1036: (400, "The columnId {} is invalid."),
    1037: (400, "The columnId {} is included more than once in a single row."),
    1038: (400, "Invalid Cell value. Must be numeric or a string."),
    1042: (
        400,
        "Column {}: the value {} does not fit the strict type {}.",
    ),
    1046: (
        400,
        "Cells containing system values cannot be inserted or updated through the API, columnId : {}.",
    ),
    1151: (400, "Scope '{}', object id {} was not found."),
    1152: (400, "Attribute '{}' takes https addresses only."),
    4000: (500, "An unexpected error has occurred. Please contact Support."),
    4001: (
        503,
        "The service is down for maintenance; try again a little later.",
    ),
    4002: (500, "Server timeout exceeded. Request has failed."),
    4003: (429, "Rate limit exceeded."),
    4004: (500, "An unexpected error has occurred. Please retry your request."),
    5536: (400, "CELL_VALUE_FAILS_VALIDATION"),
}


class Wrong(Exception):
    """One item of a request that cannot be done, with Smartsheet's error code."""

    def __init__(self, code: int, *words: Any) -> None:
        super().__init__(str(code))
        self.code, self.words = code, words

    @property
    def body(self) -> Json:
        text = MESSAGES[self.code][1].format(*self.words)
        return {"refId": secrets.token_hex(6), "errorCode": self.code, "message": text}


def refuse(code: int, *words: Any, **more: Any) -> Refusal:
    """A failure by its code; `more` stands beside it."""
    return Refusal(JSONResponse({**Wrong(code, *words).body, **more}, MESSAGES[code][0]))


def failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Smartsheet answers with `status` when nothing more particular is known."""
    codes = {401: 1002, 403: 1004, 404: 1006, 405: 1010, 429: 4003, 502: 4002, 503: 4001}
    return JSONResponse(Wrong(codes.get(status, 4000)).body, status, headers=dict(headers))


def stamp(at: datetime, numeric: bool = False) -> str | int:
    """An instant, to the second; as milliseconds where the client asked for numbers."""
    utc = at.astimezone(UTC).replace(microsecond=0)
    return int(utc.timestamp() * 1000) if numeric else utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def numeric(request: Request) -> bool:
    return request.query_params.get("numericDates") == "true"


def whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isdigit() or int(text) < 1:
        raise refuse(1018, text, name)
    return int(text)


def moment(request: Request, name: str) -> datetime | None:
    """An instant of the query with its zone, or a day; refuses what is none."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise refuse(1018, text, name) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def names(request: Request, name: str) -> set[str]:
    return {part.strip() for part in request.query_params.get(name, "").split(",") if part.strip()}


def page(request: Request, records: Sequence[T], shown: Callable[[T], Any]) -> Response:
    """A page of a list; with `includeAll` all of it, whatever page is asked for."""
    kind = faults.kind_of(request)
    found = faults.reorder(records, kind)
    every = request.query_params.get("includeAll") == "true"
    size = max(len(found), 1) if every else whole(request, "pageSize", PAGE)
    at = 1 if every or kind == "loop" else whole(request, "page", 1)
    total = max(-(-len(found) // size), 1)
    part = faults.repeat(found[(at - 1) * size : at * size], kind)
    content = {
        "pageNumber": at,
        "pageSize": size,
        "totalPages": total,
        "totalCount": len(found),
        "data": [shown(record) for record in part],
    }
    return JSONResponse(content)


def done(result: Any, **more: Any) -> Response:
    """The result object of a write."""
    return JSONResponse({"message": "SUCCESS", "resultCode": 0, **more, "result": result})


@dataclass(frozen=True)
class Shapes:
    """Writes resources at one instant. `rows` are those of every sheet, deleted ones too."""

    now: datetime
    rows: Sequence[Row]
    numeric: bool = False

    def at(self, moment: datetime) -> str | int:
        return stamp(moment, self.numeric)

    def person(self, user: str) -> Json:
        one = company().people.get(user)
        return {"name": f"{one.first} {one.last}", "email": user} if one else {"email": user}

    # -- sheets -------------------------------------------------------------------------------------

    def sheet_id(self, sheet: Sheet) -> int:
        return number("sheet", sheet.key)

    def listed(self, sheet: Sheet) -> list[Row]:
        """The rows that stand in the sheet, from top to bottom."""
        found = [row for row in self.rows if row.sheet == sheet.key and row.exists(self.now)]
        return sorted(found, key=lambda row: row.place)

    def version(self, sheet: Sheet) -> int:
        """One more with every write and comment."""
        rows = [row for row in self.rows if row.sheet == sheet.key]
        return 1 + sum(len(row.seen(self.now)) + sum(c.at <= self.now for c in row.comments) for row in rows)

    def modified_at(self, sheet: Sheet) -> datetime:
        rows = [row for row in self.rows if row.sheet == sheet.key]
        touched = [write.at for row in rows for write in row.seen(self.now)]
        touched += [at for row in rows for c in row.comments for at, _ in c.texts if at <= self.now]
        return max(touched, default=sheet.created)

    def brief(self, sheet: Sheet) -> Json:
        return {
            "id": self.sheet_id(sheet),
            "name": sheet.name,
            "accessLevel": "EDITOR_SHARE",
            "permalink": f"https://app.smartsheet.com/sheets/{sheet.key}",
            "createdAt": self.at(sheet.created),
            "modifiedAt": self.at(self.modified_at(sheet)),
        }

    def column(self, sheet: Sheet, column: Column) -> Json:
        shown: Json = {
            "id": number("column", f"{sheet.key}:{column.key}"),
            "version": 0,
            "index": sheet.columns.index(column),
            "title": column.title,
            "type": column.type,
            "validation": column.validation,
            "width": 150,
        }
        if column.primary:
            shown["primary"] = True
        if column.options:
            shown["options"] = list(column.options)
        if column.system:
            shown |= {"systemColumnType": column.system, "locked": True, "lockedForUser": True}
        return shown

    # -- rows ---------------------------------------------------------------------------------------

    def row(
        self, sheet: Sheet, row: Row, place: int, include: set[str], wanted: set[int] | None, bare: bool
    ) -> Json:
        """A row; `wanted` limits its columns, `bare` leaves out cells that were never filled."""
        above = [one for one in self.listed(sheet) if one.place < row.place and one.parent == row.parent]
        first, last = row.writes[0], row.modified(self.now)
        shown: Json = {"id": row.id, "rowNumber": place}
        if row.parent is not None:
            shown["parentId"] = row.parent
        if above:
            shown["siblingId"] = above[-1].id
        shown |= {"expanded": True, "createdAt": self.at(first.at), "modifiedAt": self.at(last.at)}
        if "writerInfo" in include:
            shown |= {"createdBy": self.person(first.by), "modifiedBy": self.person(last.by)}
        if "rowPermalink" in include:
            shown["permalink"] = f"https://app.smartsheet.com/sheets/{sheet.key}?rowId={row.id}"
        if "discussions" in include and (talk := self.discussion(row)):
            shown["discussions"] = [talk]
        values = row.values(self.now)
        cells = []
        for column in sheet.columns:
            key = number("column", f"{sheet.key}:{column.key}")
            if wanted is not None and key not in wanted:
                continue
            value = self._system(row, column) if column.system else values.get(column.key)
            if value is None and bare and column.key not in values:
                continue
            cell = {"columnId": key, **self.cell(column, value)}
            cells.append({**cell, "columnType": column.type} if "columnType" in include else cell)
        return {**shown, "cells": cells}

    def _system(self, row: Row, column: Column) -> str:
        return str(stamp(row.modified(self.now).at))

    def cell(self, column: Column, value: Value) -> Json:
        if value is None or value == "":
            return {}
        if isinstance(value, bool):
            return {"value": value}
        if column.type == "CONTACT_LIST":
            return {"value": value, "displayValue": self.person(str(value)).get("name", value)}
        if column.type in ("DATE", "DATETIME"):
            return {"value": value}
        if column.percent and isinstance(value, int | float):
            return {"value": value, "displayValue": f"{round(value * 100)}%"}
        return {"value": value, "displayValue": str(value)}

    # -- discussions --------------------------------------------------------------------------------

    def comment(self, comment: Comment) -> Json:
        touched = max(at for at, _ in comment.texts if at <= self.now)
        return {
            "id": comment.id,
            "discussionId": comment.discussion,
            "text": comment.text(self.now),
            "createdBy": self.person(comment.by),
            "createdAt": self.at(comment.at),
            "modifiedAt": self.at(touched),
        }

    def discussion(self, row: Row, comments: bool = True) -> Json | None:
        """The talk about a row; its title is how its first comment begins."""
        said = [comment for comment in row.comments if comment.shown(self.now)]
        if not said:
            return None
        shown: Json = {
            "id": said[0].discussion,
            "title": said[0].text(self.now)[:100],
            "parentType": "ROW",
            "parentId": row.id,
            "accessLevel": "EDITOR_SHARE",
            "readOnly": False,
            "commentCount": len(said),
            "createdBy": self.person(said[0].by),
            "lastCommentedAt": self.at(said[-1].at),
            "lastCommentedUser": self.person(said[-1].by),
        }
        return shown | ({"comments": [self.comment(comment) for comment in said]} if comments else {})
