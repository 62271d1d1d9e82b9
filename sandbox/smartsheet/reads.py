"""The reading half of Smartsheet's API: sheets, rows, cell history, columns, discussions, search, people."""

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults
from sandbox.smartsheet.records import INTEGRATION, Comment, Person, Row, Sheet, company, number
from sandbox.smartsheet.shapes import Json, Routes, Shapes, moment, names, page, refuse, whole

if TYPE_CHECKING:
    from sandbox.smartsheet.service import Smartsheet

READ = "READ_SHEETS"
INCLUDES = {
    "attachments", "columnType", "columns", "crossSheetReferences", "discussions", "filters",
    "filterDefinitions", "format", "ganttConfig", "objectValue", "ownerInfo", "rowPermalink", "source",
    "writerInfo", "summary", "proofs",
}  # fmt: skip
MOST_FOUND = 100
SHEET = "/sheets/{sheet}"


class Reads:
    def __init__(self, own: "Smartsheet") -> None:
        self.own = own

    def routes(self) -> Routes:
        return (
            ("GET", "/serverinfo", self.server),
            ("GET", "/users/me", self.me),
            ("GET", "/users", self.users),
            ("GET", "/workspaces", self.workspaces),
            ("GET", "/sheets", self.sheets),
            ("GET", SHEET, self.sheet),
            ("GET", SHEET + "/version", self.version),
            ("GET", SHEET + "/columns", self.columns),
            ("GET", SHEET + "/columns/{column}", self.column),
            ("GET", SHEET + "/rows/{row}", self.row),
            ("GET", SHEET + "/rows/{row}/columns/{column}/history", self.history),
            ("GET", SHEET + "/rows/{row}/discussions", self.row_discussions),
            ("GET", SHEET + "/discussions", self.discussions),
            ("GET", SHEET + "/discussions/{discussion}", self.discussion),
            ("GET", SHEET + "/comments/{comment}", self.comment),
            ("GET", "/search", self.search),
            ("GET", "/search/sheets/{sheet}", self.search),
        )

    # -- people and places --------------------------------------------------------------------------

    async def server(self, request: Request) -> Response:
        """Open to everybody, as at Smartsheet."""
        return JSONResponse({"supportedLocales": ["en_US", "de_DE"], "formats": {}, "featureInfo": {}})

    def _person(self, person: Person) -> Json:
        return {
            "id": number("user", person.user),
            "email": person.user,
            "firstName": person.first,
            "lastName": person.last,
            "admin": False,
            "licensedSheetCreator": True,
            "groupAdmin": False,
            "resourceViewer": False,
        }

    async def me(self, request: Request) -> Response:
        self.own.enter(request, READ)
        more = {
            "locale": "en_US",
            "timeZone": "Europe/Berlin",
            "account": {"id": number("account", ""), "name": "Tessaly"},
        }
        return JSONResponse(self._person(company().people[INTEGRATION]) | more)

    async def users(self, request: Request) -> Response:
        self.own.enter(request, "READ_USERS")
        wanted = {one.casefold() for one in names(request, "email")}
        found = [one for one in company().people.values() if not wanted or one.user in wanted]

        def shown(person: Person) -> Json:
            name = f"{person.first} {person.last}"
            return self._person(person) | {"name": name, "status": "ACTIVE", "sheetCount": -1}

        return page(request, found, shown)

    async def workspaces(self, request: Request) -> Response:
        self.own.enter(request, READ)

        def shown(one: Any) -> Json:
            link = f"https://app.smartsheet.com/workspaces/{one.key}"
            key = number("workspace", one.key)
            return {"id": key, "name": one.name, "accessLevel": "EDITOR_SHARE", "permalink": link}

        return page(request, company().workspaces, shown)

    # -- sheets -------------------------------------------------------------------------------------

    async def sheets(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        since, include = moment(request, "modifiedSince"), names(request, "include")
        found = [
            sheet
            for sheet in company().sheets.values()
            if sheet.created <= shapes.now and (since is None or shapes.modified_at(sheet) >= since)
        ]

        def shown(sheet: Sheet) -> Json:
            more: Json = {"version": shapes.version(sheet)} if "sheetVersion" in include else {}
            if "ownerInfo" in include:
                more |= {"owner": sheet.owner, "ownerId": number("user", sheet.owner)}
            return shapes.brief(sheet) | more

        return page(request, found, shown)

    async def sheet(self, request: Request) -> Response:
        """The sheet with its columns and rows; paged only when a page size is given.

        With `ifVersionAfter` nothing but the version comes, unless there is a newer one.
        """
        shapes, asked = self.own.enter(request, READ).shapes, request.query_params
        sheet = self.own.sheet(request.path_params["sheet"])
        include = names(request, "include")
        if include - INCLUDES:
            raise refuse(1018, ", ".join(sorted(include - INCLUDES)), "include")
        version = shapes.version(sheet)
        if asked.get("ifVersionAfter") and version <= whole(request, "ifVersionAfter", 1):
            return JSONResponse({"version": version})
        listed = shapes.listed(sheet)
        rows = self._wanted(request, shapes, listed)
        wanted = self._columns(request, sheet)
        owner = (
            {"owner": sheet.owner, "ownerId": number("user", sheet.owner)} if "ownerInfo" in include else {}
        )
        columns = [shapes.column(sheet, column) for column in sheet.columns]
        content: Json = {
            **shapes.brief(sheet),
            "version": version,
            **owner,
            "totalRowCount": len(listed),
            "effectiveAttachmentOptions": ["FILE", "LINK"],
            "ganttEnabled": False,
            "dependenciesEnabled": False,
            "resourceManagementEnabled": False,
            "cellImageUploadEnabled": True,
            "userSettings": {"criticalPathEnabled": False, "displaySummaryTasks": True},
            "columns": [one for one in columns if wanted is None or one["id"] in wanted],
            "rows": self._shown(request, shapes, sheet, rows, wanted),
        }
        return JSONResponse(content)

    def _wanted(self, request: Request, shapes: Shapes, listed: list[Row]) -> list[tuple[int, Row]]:
        """The rows asked for with their numbers, one page of them."""
        kind = faults.kind_of(request)
        rows = list(enumerate(listed, 1))
        ids, numbers = names(request, "rowIds"), names(request, "rowNumbers")
        since = moment(request, "rowsModifiedSince")
        if ids:
            rows = [pair for pair in rows if str(pair[1].id) in ids]
        if numbers:
            rows = [pair for pair in rows if str(pair[0]) in numbers]
        if since is not None:
            rows = [pair for pair in rows if pair[1].modified(shapes.now).at >= since]
        rows = faults.reorder(rows, kind)
        if request.query_params.get("pageSize") or request.query_params.get("page"):
            size = whole(request, "pageSize", 100)
            at = 1 if kind == "loop" else whole(request, "page", 1)
            rows = rows[(at - 1) * size : at * size]
        return faults.repeat(rows, kind)

    def _columns(self, request: Request, sheet: Sheet) -> set[int] | None:
        asked = names(request, "columnIds")
        if not asked:
            return None
        known = {str(number("column", f"{sheet.key}:{column.key}")) for column in sheet.columns}
        return {int(key) for key in asked & known}

    def _shown(
        self,
        request: Request,
        shapes: Shapes,
        sheet: Sheet,
        rows: list[tuple[int, Row]],
        wanted: set[int] | None,
    ) -> list[Json]:
        include, bare = names(request, "include"), "nonexistentCells" in names(request, "exclude")
        return [shapes.row(sheet, row, place, include, wanted, bare) for place, row in rows]

    async def version(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        return JSONResponse({"version": shapes.version(self.own.sheet(request.path_params["sheet"]))})

    async def columns(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        sheet = self.own.sheet(request.path_params["sheet"])
        return page(request, sheet.columns, lambda column: shapes.column(sheet, column))

    async def column(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        sheet = self.own.sheet(request.path_params["sheet"])
        for column in sheet.columns:
            shown = shapes.column(sheet, column)
            if str(shown["id"]) == request.path_params["column"]:
                return JSONResponse(shown)
        raise refuse(1006)

    # -- rows ---------------------------------------------------------------------------------------

    async def row(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        sheet = self.own.sheet(request.path_params["sheet"])
        row = self.own.row(sheet, request.path_params["row"])
        place = shapes.listed(sheet).index(row) + 1
        shown = self._shown(request, shapes, sheet, [(place, row)], None)[0]
        more: Json = {
            "sheetId": shapes.sheet_id(sheet),
            "version": shapes.version(sheet),
            "accessLevel": "EDITOR_SHARE",
        }
        if "columns" in names(request, "include"):
            more["columns"] = [shapes.column(sheet, column) for column in sheet.columns]
        return JSONResponse({**shown, **more})

    async def history(self, request: Request) -> Response:
        """What the cell has held, newest first, with who wrote it and when."""
        shapes = self.own.enter(request, READ).shapes
        sheet = self.own.sheet(request.path_params["sheet"])
        row, asked = self.own.row(sheet, request.path_params["row"]), str(request.path_params["column"])
        column = next(
            (c for c in sheet.columns if str(number("column", f"{sheet.key}:{c.key}")) == asked), None
        )
        if column is None:
            raise refuse(1006)
        writes = [write for write in reversed(row.seen(shapes.now)) if column.key in write.values]

        def shown(write: Any) -> Json:
            cell = {"columnId": int(asked), **shapes.cell(column, write.values[column.key])}
            if "columnType" in names(request, "include"):
                cell["columnType"] = column.type
            return {**cell, "modifiedAt": shapes.at(write.at), "modifiedBy": shapes.person(write.by)}

        return page(request, writes, shown)

    # -- discussions --------------------------------------------------------------------------------

    def _talks(self, request: Request, shapes: Shapes, rows: list[Row]) -> Response:
        comments = "comments" in names(request, "include")
        found = [talk for row in rows if (talk := shapes.discussion(row, comments)) is not None]
        return page(request, found, lambda talk: talk)

    async def discussions(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        return self._talks(request, shapes, shapes.listed(self.own.sheet(request.path_params["sheet"])))

    async def row_discussions(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        sheet = self.own.sheet(request.path_params["sheet"])
        return self._talks(request, shapes, [self.own.row(sheet, request.path_params["row"])])

    async def discussion(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        for row in shapes.listed(self.own.sheet(request.path_params["sheet"])):
            talk = shapes.discussion(row)
            if talk is not None and str(talk["id"]) == request.path_params["discussion"]:
                return JSONResponse(talk)
        raise refuse(1006)

    def find_comment(self, request: Request, shapes: Shapes) -> tuple[Row, Comment]:
        for row in shapes.listed(self.own.sheet(request.path_params["sheet"])):
            for comment in row.comments:
                if comment.shown(shapes.now) and str(comment.id) == request.path_params["comment"]:
                    return row, comment
        raise refuse(1006)

    async def comment(self, request: Request) -> Response:
        shapes = self.own.enter(request, READ).shapes
        return JSONResponse(shapes.comment(self.find_comment(request, shapes)[1]))

    # -- search -------------------------------------------------------------------------------------

    async def search(self, request: Request) -> Response:
        """Cells, comments and names that hold the text, in one sheet or in all; up to a hundred."""
        shapes = self.own.enter(request, READ).shapes
        asked = request.query_params.get("query", "")
        if not asked:
            raise refuse(1009, "query")
        text = asked.strip('"').casefold()
        one = request.path_params.get("sheet")
        sheets = [self.own.sheet(one)] if one else list(company().sheets.values())
        found = [hit for sheet in sheets for hit in self._hits(shapes, sheet, text, not one)]
        return JSONResponse({"results": found[:MOST_FOUND], "totalCount": len(found)})

    def _hits(self, shapes: Shapes, sheet: Sheet, text: str, by_name: bool) -> list[Json]:
        key, found = shapes.sheet_id(sheet), []
        parent = {"parentObjectType": "sheet", "parentObjectId": key, "parentObjectName": sheet.name}
        if by_name and text in sheet.name.casefold():
            found.append({"text": sheet.name, "objectType": "sheet", "objectId": key, "contextData": []})
        for place, row in enumerate(shapes.listed(sheet), 1):
            for value in row.values(shapes.now).values():
                if value is not None and not isinstance(value, bool) and text in str(value).casefold():
                    hit = {"text": str(value), "objectType": "row", "objectId": row.id}
                    found.append({**hit, **parent, "contextData": [f"Row {place}"]})
            for comment in row.comments:
                if comment.shown(shapes.now) and text in comment.text(shapes.now).casefold():
                    hit = {
                        "text": comment.text(shapes.now),
                        "objectType": "discussion",
                        "objectId": comment.discussion,
                    }
                    found.append({**hit, **parent, "contextData": [f"Row {place}"]})
        return found
