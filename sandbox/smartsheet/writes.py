"""The writing half of Smartsheet's API: rows, cells, comments.

A request with many rows is done as a whole or not at all, unless `allowPartialSuccess` is asked for: then
what fails is listed beside what was done (result code 3).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.smartsheet.reads import Reads
from sandbox.smartsheet.records import Column, Comment, Row, Sheet, Value, Write, number
from sandbox.smartsheet.shapes import MESSAGES, Json, Routes, Wrong, done, names, refuse

if TYPE_CHECKING:
    from sandbox.smartsheet.service import Call, Smartsheet

WRITE = "WRITE_SHEETS"
SHEET = "/sheets/{sheet}"
PLACES = ("toTop", "toBottom", "parentId", "siblingId", "above", "indent", "outdent")
ROW_KEYS = {"id", "cells", "expanded", "format", "locked", *PLACES}
CELL_KEYS = {
    "columnId",
    "value",
    "strict",
    "format",
    "hyperlink",
    "overrideValidation",
    "objectValue",
    "formula",
}
MOST_ROWS = 500
LONGEST_CELL = 4000


class Writes:
    def __init__(self, own: "Smartsheet") -> None:
        self.own = own
        self.reads = Reads(own)

    def routes(self) -> Routes:
        return (
            ("POST", SHEET + "/rows", self.add),
            ("PUT", SHEET + "/rows", self.change),
            ("DELETE", SHEET + "/rows", self.delete),
            ("POST", SHEET + "/rows/{row}/discussions", self.talk),
            ("POST", SHEET + "/discussions/{discussion}/comments", self.reply),
            ("PUT", SHEET + "/comments/{comment}", self.edit),
            ("DELETE", SHEET + "/comments/{comment}", self.withdraw),
        )

    # -- rows ---------------------------------------------------------------------------------------

    async def add(self, request: Request) -> Response:
        call = self.own.enter(request, WRITE)
        sheet = self.own.sheet(request.path_params["sheet"])
        given, single = await _rows(request)
        if len({json.dumps({key: row.get(key) for key in PLACES}) for row in given}) > 1:
            raise refuse(1031, "different locations", "row")

        def prepare(row: Json) -> Callable[[], Row]:
            if "id" in row:
                raise Wrong(1032, "row.id")
            values = self._cells(request, sheet, row)
            place, parent = self._place(sheet, row)
            return lambda: self._new(sheet, values, place, parent, call)

        return self._bulk(request, call, sheet, given, single, prepare)

    def _new(
        self, sheet: Sheet, values: dict[str, Value], place: float, parent: int | None, call: "Call"
    ) -> Row:
        seq = self.own.numbers.next()
        first = Write(seq, self.own.sandbox.now, call.user, values, agent=call.agent)
        # Rows of one request keep their order at the place they were put.
        row = Row(number("row", f"new{seq}"), sheet.key, place + seq / 1_000_000, parent, [first])
        self.own.rows.append(row)
        return row

    def _place(self, sheet: Sheet, given: Json) -> tuple[float, int | None]:
        """Where a row goes, and below which parent: at the bottom unless something else is asked for."""
        listed = self.own.shapes().listed(sheet)
        if sum(key in given for key in ("toTop", "toBottom")) > 1:
            raise Wrong(1031, "toTop and toBottom", "row")
        for key in ("parentId", "siblingId"):
            if key in given and given[key] not in [row.id for row in listed]:
                raise Wrong(1034)
        bottom = max((row.place for row in self.own.rows if row.sheet == sheet.key), default=0.0)
        if "siblingId" in given:
            sibling = next(row for row in listed if row.id == given["siblingId"])
            return sibling.place + (-0.5 if given.get("above") else 0.5), sibling.parent
        if "parentId" in given:
            children = [row for row in listed if row.parent == given["parentId"]]
            parent = next(row for row in listed if row.id == given["parentId"])
            if given.get("toBottom") and children:
                return children[-1].place + 0.25, parent.id
            return parent.place + 0.25, parent.id
        if given.get("toTop"):
            return min((row.place for row in listed), default=1.0) - 1.0, None
        return bottom + 1.0, None

    async def change(self, request: Request) -> Response:
        call = self.own.enter(request, WRITE)
        sheet = self.own.sheet(request.path_params["sheet"])
        given, single = await _rows(request)

        def prepare(row: Json) -> Callable[[], Row]:
            if "id" not in row:
                raise Wrong(1012, "row.id")
            held = self._held(sheet, row["id"])
            values = self._cells(request, sheet, row)
            moved = self._place(sheet, row) if set(row) & set(PLACES) else None
            return lambda: self._changed(held, values, moved, call)

        return self._bulk(request, call, sheet, given, single, prepare)

    def _held(self, sheet: Sheet, key: Any) -> Row:
        for row in self.own.rows:
            if row.id == key and row.sheet == sheet.key and row.exists(self.own.sandbox.now):
                return row
        raise Wrong(1006)

    def _changed(
        self, row: Row, values: dict[str, Value], moved: tuple[float, int | None] | None, call: "Call"
    ) -> Row:
        if moved is not None:
            row.place, row.parent = moved
        held = row.values(self.own.sandbox.now)
        fresh = {key: value for key, value in values.items() if held.get(key) != value}
        if fresh or moved is not None:
            self._note(
                row, Write(self.own.numbers.next(), self.own.sandbox.now, call.user, fresh, agent=call.agent)
            )
        return row

    def _note(self, row: Row, write: Write) -> None:
        row.writes.append(write)
        row.writes.sort(key=lambda one: (one.at, one.seq))

    def _bulk(
        self,
        request: Request,
        call: "Call",
        sheet: Sheet,
        given: Sequence[Json],
        single: bool,
        prepare: Callable[[Json], Callable[[], Row]],
    ) -> Response:
        """Check every row first, then write; without partial success the first mistake refuses all."""
        partial = request.query_params.get("allowPartialSuccess") == "true"
        ready: list[Callable[[], Row]] = []
        failed: list[Json] = []
        for index, row in enumerate(given):
            try:
                ready.append(prepare(row))
            except Wrong as error:
                detail = {"index": index} | ({"rowId": row["id"]} if "id" in row else {})
                if not partial:
                    content = {**error.body, "detail": detail}
                    return JSONResponse(content, MESSAGES[error.code][0])
                failed.append({**detail, "error": error.body})
        rows = [write() for write in ready]
        self.own.hooks.happened(self.own)
        shapes, include = self.own.shapes(call.shapes.numeric), names(request, "include")
        listed = shapes.listed(sheet)
        more = {"sheetId": shapes.sheet_id(sheet)}
        shown = [
            {**shapes.row(sheet, row, listed.index(row) + 1, include, None, False), **more} for row in rows
        ]
        result: Any = shown[0] if single and shown else shown
        version = shapes.version(sheet)
        if failed:
            content = {"message": "PARTIAL_SUCCESS", "resultCode": 3, "version": version}
            return JSONResponse({**content, "result": result, "failedItems": failed})
        return done(result, version=version)

    async def delete(self, request: Request) -> Response:
        """Delete rows and what stands below them; unknown ids refuse it all unless they are to be ignored."""
        call = self.own.enter(request, WRITE)
        sheet = self.own.sheet(request.path_params["sheet"])
        asked = request.query_params.get("ids", "")
        if not asked:
            raise refuse(1009, "ids")
        listed = {str(row.id): row for row in self.own.shapes().listed(sheet)}
        keys = [key.strip() for key in asked.split(",")]
        unknown = [key for key in keys if key not in listed]
        if unknown and request.query_params.get("ignoreRowsNotFound") != "true":
            raise refuse(1006)
        doomed = [listed[key] for key in keys if key in listed]
        for row in listed.values():
            if row.parent in [one.id for one in doomed] and row not in doomed:
                doomed.append(row)
        for row in doomed:
            seq = self.own.numbers.next()
            self._note(row, Write(seq, self.own.sandbox.now, call.user, {}, True, call.agent))
        self.own.hooks.happened(self.own)
        return done([row.id for row in doomed], version=self.own.shapes().version(sheet))

    # -- cells --------------------------------------------------------------------------------------

    def _cells(self, request: Request, sheet: Sheet, row: Json) -> dict[str, Value]:
        unknown = sorted(set(row) - ROW_KEYS)
        if unknown:
            raise Wrong(1032, ", ".join(f"row.{name}" for name in unknown))
        columns = {number("column", f"{sheet.key}:{column.key}"): column for column in sheet.columns}
        lenient = request.query_params.get("overrideValidation") == "true"
        values: dict[str, Value] = {}
        for cell in row.get("cells") or []:
            if not isinstance(cell, dict) or "columnId" not in cell:
                raise Wrong(1012, "cell.columnId")
            if set(cell) - CELL_KEYS - {"displayValue", "columnType"}:
                raise Wrong(1032, ", ".join(f"cell.{name}" for name in sorted(set(cell) - CELL_KEYS)))
            column = columns.get(cell["columnId"])
            if column is None:
                raise Wrong(1036, cell["columnId"])
            if column.key in values:
                raise Wrong(1037, cell["columnId"])
            values[column.key] = _value(column, cell, lenient)
        return values

    # -- comments -----------------------------------------------------------------------------------

    async def talk(self, request: Request) -> Response:
        call = self.own.enter(request, WRITE)
        sheet = self.own.sheet(request.path_params["sheet"])
        row = self.own.row(sheet, request.path_params["row"])
        comment = (await _object(request)).get("comment")
        if not isinstance(comment, dict):
            raise refuse(1012, "comment")
        self._say(row, comment, call)
        self.own.hooks.happened(self.own)
        shapes = self.own.shapes(call.shapes.numeric)
        return done(shapes.discussion(row), version=shapes.version(sheet))

    def _say(self, row: Row, given: Mapping[str, Any], call: "Call") -> Comment:
        text, now = given.get("text"), self.own.sandbox.now
        if not isinstance(text, str) or not text:
            raise refuse(1012, "comment.text")
        said = [comment for comment in row.comments if comment.shown(now)]
        talk = said[0].discussion if said else number("discussion", f"{row.id}:{self.own.numbers.last}")
        seq = self.own.numbers.next()
        comment = Comment(number("comment", str(seq)), seq, talk, call.user, [(now, text)])
        row.comments.append(comment)
        return comment

    async def reply(self, request: Request) -> Response:
        call = self.own.enter(request, WRITE)
        sheet, now = self.own.sheet(request.path_params["sheet"]), self.own.sandbox.now
        for row in call.shapes.listed(sheet):
            if any(
                str(c.discussion) == request.path_params["discussion"] and c.shown(now) for c in row.comments
            ):
                comment = self._say(row, await _object(request), call)
                self.own.hooks.happened(self.own)
                shapes = self.own.shapes(call.shapes.numeric)
                return done(shapes.comment(comment), version=shapes.version(sheet))
        raise refuse(1006)

    def _own(self, request: Request, call: "Call") -> Comment:
        _, comment = self.reads.find_comment(request, call.shapes)
        if comment.by != call.user:
            raise refuse(1004)
        return comment

    async def edit(self, request: Request) -> Response:
        call = self.own.enter(request, WRITE)
        comment, text = self._own(request, call), (await _object(request)).get("text")
        if not isinstance(text, str) or not text:
            raise refuse(1012, "comment.text")
        comment.texts.append((self.own.sandbox.now, text))
        self.own.hooks.happened(self.own)
        return done(self.own.shapes(call.shapes.numeric).comment(comment))

    async def withdraw(self, request: Request) -> Response:
        call = self.own.enter(request, WRITE)
        self._own(request, call).deleted_at = self.own.sandbox.now
        self.own.hooks.happened(self.own)
        return JSONResponse({"message": "SUCCESS", "resultCode": 0})


def _value(column: Column, cell: Json, lenient: bool) -> Value:
    """What the cell is to hold; strict unless the client says otherwise."""
    if column.system:
        raise Wrong(1046, cell["columnId"])
    if "value" not in cell:
        raise Wrong(1012, "cell.value")
    value: Any = cell["value"]
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | float | bool):
        raise Wrong(1038)
    if isinstance(value, str) and len(value) > LONGEST_CELL:
        value = value[:LONGEST_CELL]
    if cell.get("strict", True) and not _fits(column, value):
        raise Wrong(1042, cell["columnId"], value, column.type)
    if column.validation and not (lenient or cell.get("overrideValidation")) and value not in column.options:
        raise Wrong(5536)
    kept: Value = value
    return kept


def _fits(column: Column, value: str | int | float | bool) -> bool:
    if column.type == "CHECKBOX":
        return isinstance(value, bool)
    if column.type == "DATE":
        try:
            return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    if column.type == "CONTACT_LIST":
        return isinstance(value, str) and "@" in value
    if column.type == "PICKLIST":
        return isinstance(value, str)
    return not isinstance(value, bool)


async def _rows(request: Request) -> tuple[list[Json], bool]:
    """The rows of the body, and whether it was one row on its own."""
    given = await _json(request)
    rows = given if isinstance(given, list) else [given]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise refuse(1008, "rows are expected")
    if len(rows) > MOST_ROWS:
        raise refuse(1031, len(rows), "rows")
    return rows, not isinstance(given, list)


async def _object(request: Request) -> Json:
    given = await _json(request)
    if not isinstance(given, dict):
        raise refuse(1008, "an object is expected")
    return given


async def _json(request: Request) -> Any:
    if "application/json" not in request.headers.get("content-type", ""):
        raise refuse(1008, "the content type has to be application/json")
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise refuse(1008, "invalid JSON") from error
