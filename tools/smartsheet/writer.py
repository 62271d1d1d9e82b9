"""What is written to Smartsheet: rows of configured sheets, and comments on rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call
from tools.kit.errors import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Comment, Fields, Record, Scalar, Task, payload, refused
from tools.smartsheet.rows import rows

if TYPE_CHECKING:
    from tools.smartsheet.connector import Sheets, SmartsheetSettings, WriteMap

_VERBS = ("comment", "create_task", "update_task", "put_record", "set_fields")


class SmartsheetWriter:
    """Adds and changes rows of configured sheets; comments on rows. A row is named "sheet/row"."""

    def __init__(self, settings: SmartsheetSettings, sheets: Sheets) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._sheets = sheets

    def find(self, reference: str, target: str = "") -> Source | None:
        """The row whose reference column holds ours, in any sheet that is written; else the comment on the
        row `target` that carries it."""
        wanted = ref.checked(self.name, reference)
        for own in self._written():
            found = self._row(own, wanted)
            if found is not None:
                return self._source(own.sheet, found, wanted)
        try:
            return self._said_on(target, wanted) if _is_row(target) else None
        except NotFound:
            return None

    def create(self, action: Action) -> Source:
        """Carry out a comment, create_task, update_task, put_record or set_fields."""
        if action.verb == "comment":
            return self._comment(action)
        if action.verb == "create_task":
            return self._open(action)
        if action.verb == "update_task":
            task = payload(self.name, action, Task)
            return self._change(self._tasks(), action.target, _task_values(task, None))
        if action.verb == "put_record":
            return self._put(action)
        if action.verb == "set_fields":
            wanted = payload(self.name, action, Fields).fields
            return self._change(self._map_of(action.target), action.target, wanted)
        raise refused(self.name, action, _VERBS, "it has rows and their comments only")

    def _written(self) -> list[WriteMap]:
        tasks = [self.settings.tasks] if self.settings.tasks else []
        return [*tasks, *self.settings.entities.values()]

    def _tasks(self) -> WriteMap:
        if self.settings.tasks is None:
            raise Misconfigured(self.name, "no sheet for tasks", remedy="Set `tasks` in the settings.")
        return self.settings.tasks

    def _map_of(self, target: str) -> WriteMap:
        sheet = target.partition("/")[0]
        found = next((own for own in self._written() if own.sheet == sheet), None)
        if found is None:
            remedy = "Add it to `entities` in the settings."
            raise Misconfigured(self.name, f"sheet {sheet[:30]} is none that we may write", remedy=remedy)
        return found

    def _row(self, own: WriteMap, wanted: str) -> Row | None:
        """The row with our reference. Smartsheet's search takes a while to know new rows, so the column is
        read instead."""
        column = self._columns(own)[own.reference]
        for page in self._sheets.pages(own.sheet, self.settings.page_size, {"columnIds": column}):
            for row in page.rows:
                held = (cell for cell in rows(row.get("cells")) if str(cell.get("columnId")) == column)
                if any(str(cell.get("value")) == wanted for cell in held):
                    return row
        return None

    def _columns(self, own: WriteMap) -> dict[str, str]:
        """Column ids by title. Misconfigured for a sheet without a mapped column."""
        page = self._sheets.page(own.sheet, 1, 1)
        missing = next((t for t in (own.reference, *own.columns.values()) if t not in page.columns), "")
        if missing:
            raise Misconfigured(
                self.name,
                f"sheet {own.sheet} has no column {missing[:60]!r}",
                remedy="Correct its columns in the settings, or the sheet's titles.",
            )
        return page.columns

    def _open(self, action: Action) -> Source:
        """A row in the sheet for tasks, of those columns that it has."""
        task, own = payload(self.name, action, Task), self._tasks()
        values = _task_values(task, action.target)
        return self._once(own, action.reference, {n: v for n, v in values.items() if n in own.columns})

    def _put(self, action: Action) -> Source:
        """A row of an entity: a new one, or new values in the one with our reference."""
        record = payload(self.name, action, Record)
        own = self.settings.entities.get(record.entity)
        if own is None:
            remedy = "Add it to `entities` in the settings."
            raise Misconfigured(self.name, f"no sheet for {record.entity[:60]!r}", remedy=remedy)
        wanted = ref.checked(self.name, action.reference)
        row = self._row(own, wanted)
        if row is None:
            return self._once(own, wanted, record.fields, looked=True)
        return self._change(own, f"{own.sheet}/{row.get('id')}", record.fields)

    def _once(
        self, own: WriteMap, reference: str, values: Mapping[str, Scalar], looked: bool = False
    ) -> Source:
        """A new row at the end of a sheet, unless one has our reference."""
        wanted = ref.checked(self.name, reference)
        found = None if looked else self._row(own, wanted)
        if found is None:
            cells = self._cells(own, {**values}, wanted)
            found = self._send("POST", f"/sheets/{own.sheet}/rows", [{"toBottom": True, "cells": cells}])
        return self._source(own.sheet, found, wanted)

    def _change(self, own: WriteMap, target: str, values: Mapping[str, Scalar]) -> Source:
        """New values in a row; a task's only in the columns that its sheet has."""
        sheet, _, row = target.partition("/")
        if not _is_row(target) or sheet != own.sheet:
            raise NotFound(self.name, f"{target[:60]!r} is no row of sheet {own.sheet}", place=target[:60])
        held = (
            values
            if own is not self.settings.tasks
            else {n: v for n, v in values.items() if n in own.columns}
        )
        told = [{"id": int(row), "cells": self._cells(own, held, "")}]
        return self._source(sheet, self._send("PUT", f"/sheets/{sheet}/rows", told), target)

    def _cells(self, own: WriteMap, values: Mapping[str, Scalar], reference: str) -> list[dict[str, Any]]:
        """Cells by column id; Misconfigured for a name without a column."""
        ids = self._columns(own)
        unknown = next((name for name in values if name not in own.columns), "")
        if unknown:
            raise Misconfigured(
                self.name,
                f"no column of sheet {own.sheet} for {unknown[:60]!r}",
                remedy="Add it to its `columns` in the settings.",
            )
        cells = [
            {"columnId": int(ids[own.columns[n]]), "value": _plain(value)} for n, value in values.items()
        ]
        if reference:
            cells.append({"columnId": int(ids[own.reference]), "value": reference})
        return cells

    def _comment(self, action: Action) -> Source:
        """A discussion on a row. Whoever sees the sheet reads it: one that is not public is refused, unless
        the settings say that only our own people do. Nobody is named in it: there are no mentions."""
        comment = payload(self.name, action, Comment)
        if self.settings.shared and not comment.public:
            raise Fatal(
                self.name,
                "has no comments that only our own people see",
                place=f"action {action.id}",
                remedy=_OPEN,
            )
        if not _is_row(action.target):
            raise NotFound(self.name, f"{action.target[:60]!r} is no row", place=action.target[:60])
        found = self._said_on(action.target, ref.checked(self.name, action.reference))
        if found is not None:
            return found
        sheet, _, row = action.target.partition("/")
        told = {"comment": {"text": ref.mark(comment.text, action.reference)}}
        made = self._send("POST", f"/sheets/{sheet}/rows/{row}/discussions", told)
        return self._comment_source(action.target, (rows(made.get("comments")) or [made])[0].get("id"))

    def _said_on(self, target: str, wanted: str) -> Source | None:
        sheet, _, row = target.partition("/")
        path = f"/sheets/{sheet}/rows/{row}/discussions"
        data = self._sheets.one(path, {"include": "comments", "includeAll": "true"})
        for discussion in rows(data.get("data")):
            for comment in rows(discussion.get("comments")):
                if ref.is_marked(str(comment.get("text")), wanted):
                    return self._comment_source(target, comment.get("id"))
        return None

    def _send(self, method: str, path: str, told: Any) -> Row:
        """Write, and give the first result. Somebody else's writing in the same moment is no failure."""
        place = f"{method} {path}"
        try:
            answer = self._sheets.http.send(Call(method, path, body=told))
        except Fatal as error:
            if error.status != 409:
                raise
            raise Retryable(self.name, error.what, place=place, status=409, remedy=_LATER) from None
        result = self._sheets.object(answer, place).get("result")
        found = result[0] if isinstance(result, list) and result else result
        if not isinstance(found, dict):
            raise WrongAnswer(self.name, "no result in the answer", place=place)
        return found

    def _source(self, sheet: str, row: Row, label: str) -> Source:
        if not row.get("id"):
            raise WrongAnswer(self.name, "no row id in the answer", place=f"/sheets/{sheet}/rows")
        url = row.get("permalink") or f"https://app.smartsheet.com/sheets?sheetId={sheet}&rowId={row['id']}"
        return Source(system=self.name, record=f"{sheet}/{row['id']}", url=str(url), label=label)

    def _comment_source(self, target: str, comment: object) -> Source:
        url = "https://app.smartsheet.com/sheets?sheetId={}&rowId={}".format(*target.split("/"))
        return Source(system=self.name, record=f"{target}/{comment}", url=url, label=f"comment on {target}")


_OPEN = "Propose it as public, or set `shared: false` where nobody else sees the sheets."
_LATER = "It is tried again later."


def _is_row(target: str) -> bool:
    sheet, _, row = target.partition("/")
    return sheet.isdigit() and row.isdigit()


def _task_values(task: Task, about: str | None) -> dict[str, Scalar]:
    """A task by our names; what is not given is left as it is."""
    values: dict[str, Scalar] = {"title": task.title, "text": task.text, "state": task.state}
    values |= {"due_on": task.due_on} if task.due_on else {}
    values |= {"priority": task.priority} if task.priority else {}
    return values | ({"about": about} if about else {})


def _plain(value: Scalar) -> str | bool | int | float:
    """A value as a cell takes it; an empty text clears it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
