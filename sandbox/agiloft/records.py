"""What can be done with Agiloft's records from either surface: search, show, write, delete, attach, lock."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.agiloft import query
from sandbox.agiloft.schema import SEARCHES, TABLES, Column, Table
from sandbox.agiloft.text import Failure, plain
from sandbox.agiloft.world import Company, Document, Fields, Record
from sandbox.errors import QuerySyntax
from sandbox.world import signed_file

LOCKED_FOR = timedelta(minutes=25)
RULES = (
    "ERROR_IF_DEPENDANTS",
    "APPLY_DELETE_WHERE_POSSIBLE",
    "DELETE_WHERE_POSSIBLE_OTHERWISE_UNLINK",
    "APPLY_UNLINK",
    "UNLINK_WHERE_POSSIBLE_OTHERWISE_DELETE",
    "REPLACE_WITH_ANOTHER",
)


@dataclass
class Locks:
    """Who holds which record, and since when; a lock ends by itself."""

    held: dict[tuple[str, int], tuple[str, datetime]] = field(default_factory=dict)

    def holder(self, record: Record, now: datetime) -> tuple[str, int] | None:
        """Who holds the record and for how many minutes more."""
        by, since = self.held.get((record.table, record.id), ("", now - LOCKED_FOR))
        left = since + LOCKED_FOR - now
        return (by, max(1, int(left / timedelta(minutes=1)))) if left > timedelta(0) else None


@dataclass(frozen=True)
class Desk:
    """The records as one user finds them at one minute."""

    company: Company
    locks: Locks
    corpus: Path
    now: datetime
    user: str

    # -- reading --------------------------------------------------------------------------------------

    def table(self, name: str) -> Table:
        """The table of exactly this name; names are case-sensitive."""
        if name not in TABLES:
            raise Failure(400, f"Table {name} has not been found")
        return TABLES[name]

    def column(self, table: Table, name: str) -> Column:
        if name not in table.columns:
            raise Failure(400, f"No column {name} in table {table.name}", thrown=True)
        return table.columns[name]

    def one(self, table: Table, key: Any) -> Record:
        if key in (None, ""):
            raise Failure(400, "One has to specify id value.")
        found = self.company.one(table.name, int(key), self.now) if str(key).isdecimal() else None
        if found is None:
            raise Failure(400, "no data found for id range(s)")
        return found

    def search(self, table: Table, text: str, sql: bool = False) -> list[Record]:
        """The records of the table that the condition lets through, by id."""
        try:
            test = query.parse(text, table, sql)
        except (query.NoColumn, query.WrongValue) as error:
            raise Failure(400, str(error), thrown=True) from None
        except QuerySyntax as error:
            raise Failure(400, f"Error {error} parsing the query {text}", thrown=True) from None
        return [one for one in self.company.seen(table.name, self.now) if test(self._values(one))]

    def saved(self, table: Table, label: str) -> str:
        """The query of a saved search."""
        for name, _, text in SEARCHES.get(table.name, ()):
            if name == label:
                return text
        raise Failure(400, f"No search {label} for table {table.name}")

    def _values(self, record: Record) -> Any:
        columns = TABLES[record.table].columns
        return lambda name: self.value(record, columns[name])

    def value(self, record: Record, column: Column) -> Any:
        """What the column holds of the record, in the column's type."""
        if column.name == "id":
            return record.id
        if column.name in ("date_created", "created_by"):
            at, by, _ = record.log[0]
            return at if column.name == "date_created" else by
        if column.name in ("date_updated", "updated_by"):
            at, by = record.touched(self.now)
            return at if column.name == "date_updated" else by
        fields = record.fields(self.now)
        if column.link is not None:
            shown = self.company.one(column.link.table, fields.get(f"@{column.link.group}"), self.now)
            return self.value(shown, TABLES[column.link.table].columns[column.link.column]) if shown else None
        if column.name == "number_of_obligations_completed":
            own = self.company.seen("obligation", self.now)
            told = [one.fields(self.now) for one in own]
            return sum(f["wfstate"] == "Completed" and f.get("@contract") == record.id for f in told)
        if column.kind == "file":
            return [self._named(document)[0] for document in self.documents(record, column)]
        return fields.get(column.name)

    def show(self, record: Record, names: Sequence[str] | None = None) -> Fields:
        """The record as JSON values: the named columns and its id, or every column."""
        table = TABLES[record.table]
        wanted = table.columns if names is None else dict.fromkeys(["id", *names])
        return {name: plain(self.value(record, self.column(table, name))) for name in wanted}

    # -- writing --------------------------------------------------------------------------------------

    def create(self, table: Table, given: Mapping[str, Any]) -> Record:
        fields = self._read(table, given)
        for column in table.columns.values():
            if column.required and not fields.get(column.name):
                raise Failure(400, f"Wrong format/value pointed to {column.name}", thrown=True)
        state = table.columns.get("wfstate")
        if state is not None:
            fields.setdefault("wfstate", state.choices[0])
        return self.company.add(table.name, self.now, self.user, fields)

    def update(self, record: Record, given: Mapping[str, Any], force: bool = False) -> Record:
        holder = self.locks.holder(record, self.now)
        if holder is not None and holder[0] != self.user and not force:
            raise Failure(409, f"Record {record.id} is locked by {holder[0]}")
        fields = self._read(TABLES[record.table], given)
        for name, value in fields.items():
            column = TABLES[record.table].columns.get(name)
            if column is not None and column.required and not value:
                raise Failure(400, f"Wrong format/value pointed to {name}", thrown=True)
        record.write(self.now, self.user, fields)
        return record

    def upsert(self, table: Table, found: Sequence[Record], given: Mapping[str, Any]) -> tuple[Record, bool]:
        """Create where nothing was found, update where one was; whether it was created."""
        if len(found) > 1:
            raise Failure(409, f"More than one record matches: {len(found)} in table {table.name}")
        return (self.update(found[0], given), False) if found else (self.create(table, given), True)

    def _read(self, table: Table, given: Mapping[str, Any]) -> Fields:
        fields: Fields = {}
        for name, value in given.items():
            column = self.column(table, name)
            if column.readonly or column.kind == "file" or isinstance(value, (dict, list)):
                raise Failure(400, f"Wrong format/value pointed to {name}", thrown=True)
            if column.link is not None:
                fields[f"@{column.link.group}"] = self._linked(column, value)
            elif value in (None, ""):
                fields[name] = None
            else:
                try:
                    fields[name] = query.read(column, value)
                except query.WrongValue as error:
                    raise Failure(400, str(error), thrown=True) from None
        return fields

    def _linked(self, column: Column, given: Any) -> int | None:
        """The record that is linked to: by id, or for other columns by example, `:Acme` or `Label:Acme`."""
        assert column.link is not None  # asked for by the caller
        if given in (None, ""):
            return None
        source = TABLES[column.link.table]
        text = str(given)
        before, colon, wanted = text.partition(":")
        if colon and before in ("", source.name, source.label):
            wanted = wanted.replace("\\:", ":").replace("\\?", "?")
            there = source.columns[column.link.column]
            for record in self.company.seen(source.name, self.now):
                if str(self.value(record, there)).casefold() == wanted.casefold():
                    return record.id
        elif column.kind == "id" and text.isdecimal() and self.company.one(source.name, int(text), self.now):
            return int(text)
        raise Failure(400, f"Wrong format/value pointed to {column.name}", thrown=True)

    def delete(self, record: Record, rule: str, substitute: Any = None) -> None:
        if rule not in RULES:
            raise Failure(400, "One has to specify deleteRule, id and substitute values.")
        dependants = self._dependants(record)
        if dependants and rule == "ERROR_IF_DEPENDANTS":
            raise Failure(409, f"Operation cannot be done. Record has {len(dependants)} dependants")
        other = self.one(TABLES[record.table], substitute).id if rule == "REPLACE_WITH_ANOTHER" else None
        for dependant, group in dependants:
            if "DELETE_WHERE" in rule:
                dependant.deleted_at = self.now
            else:
                dependant.write(self.now, self.user, {f"@{group}": other})
        record.deleted_at = self.now

    def _dependants(self, record: Record) -> list[tuple[Record, str]]:
        found = []
        for table in TABLES.values():
            links = [column.link for column in table.columns.values() if column.link]
            groups = {link.group for link in links if link.table == record.table}
            for one in self.company.seen(table.name, self.now):
                fields = one.fields(self.now)
                found += [(one, group) for group in sorted(groups) if fields.get(f"@{group}") == record.id]
        return found

    def press(self, record: Record, button: str) -> None:
        """Run an action button."""
        buttons = TABLES[record.table].buttons
        if button not in buttons:
            raise Failure(400, f"No information for requested column {button}")
        fields = dict(buttons[button])
        done = self.now if fields.get("wfstate") == "Completed" else None
        record.write(self.now, self.user, {**fields, "date_completed": done})

    # -- files ----------------------------------------------------------------------------------------

    def file_column(self, table: Table, name: str | None) -> Column:
        if not name:
            raise Failure(400, "No value for 'field' parameter specified.")
        column = self.column(table, name)
        if column.kind != "file":
            raise Failure(400, f"Wrong format/value pointed to {name}")
        return column

    def documents(self, record: Record, column: Column) -> list[Document]:
        """The files of a field. A signed contract that the corpus does not hold is not there."""
        held: tuple[Document, ...] = record.fields(self.now).get(column.name) or ()
        return [one for one in held if one.content is not None or signed_file(one.key, self.corpus)]

    def _named(self, document: Document) -> tuple[str, str, bytes]:
        """Name, media type and content of a document."""
        if document.content is not None:
            return document.name, document.media, document.content
        path = signed_file(document.key, self.corpus)
        assert path is not None  # `documents` leaves out those without a file
        media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return path.name, media, path.read_bytes()

    def attached(self, record: Record, column: Column) -> list[Fields]:
        found = [self._named(document) for document in self.documents(record, column)]
        return [
            {"fileName": name, "size": len(content), "filePosition": place}
            for place, (name, _, content) in enumerate(found)
        ]

    def retrieve(self, record: Record, column: Column, position: str | None) -> tuple[str, str, bytes]:
        return self._named(self._at(record, column, position))

    def _at(self, record: Record, column: Column, position: str | None) -> Document:
        held = self.documents(record, column)
        place = position or "0"
        if not place.isdecimal() or int(place) >= len(held):
            raise Failure(400, f"No file at position {place} of field {column.name}")
        return held[int(place)]

    def attach(self, record: Record, column: Column, document: Document) -> int:
        """The number of files in the field afterwards."""
        held = [*self.documents(record, column), document]
        record.write(self.now, self.user, {column.name: tuple(held)})
        return len(held)

    def detach(self, record: Record, column: Column, position: str | None) -> int:
        gone = self._at(record, column, position)
        held = tuple(one for one in self.documents(record, column) if one is not gone)
        record.write(self.now, self.user, {column.name: held})
        return len(held)
