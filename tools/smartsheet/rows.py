"""From a Smartsheet row to facts, pure, by the same roles as files: a sheet is a table that keeps itself.

Smartsheet tells when a row was made and last changed, and of single cells what they held before. The
versions of a row are rebuilt from that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Fact, FactData, Source
from tools.files.cells import as_text, number
from tools.files.kinds import FILE_TIME, KINDS
from tools.files.row import Row
from tools.files.values import Clock
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.verbs import RawRecord
from tools.kit.webhooks import moment

if TYPE_CHECKING:
    from tools.smartsheet.connector import SheetMap, SmartsheetSettings

Json = Mapping[str, Any]

_FAILED = re.compile(r"#[A-Z][A-Z -]*")
"""What a cell shows whose formula failed: #NO MATCH, #UNPARSEABLE."""


def mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Json]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def cell_text(cell: Json) -> str:
    """A cell as a column map reads it: numbers plain, percentages in percent, contacts by their name.

    Raises ValueError for a formula that failed.
    """
    value, display = cell.get("value"), cell.get("displayValue")
    if isinstance(value, bool):
        return as_text(value)
    if isinstance(value, int | float | Decimal):
        plain = number(value).value
        percent = isinstance(display, str) and display.strip().endswith("%")
        return as_text(number(plain * 100 if percent else plain))
    text = display if cell.get("columnType") in ("CONTACT_LIST", "MULTI_CONTACT_LIST") and display else value
    if not isinstance(text, str):
        return ""
    if _FAILED.fullmatch(text.strip()):
        raise ValueError(f"its formula failed: {text.strip()}")
    return text.strip()


class RowFacts:
    """What one row says."""

    def __init__(self, settings: SmartsheetSettings, system: str, raw: RawRecord) -> None:
        self._system = system
        self._raw = raw
        self._sheet: SheetMap = settings.sheets[raw.data["map"]]
        self._kind = KINDS[self._sheet.kind]
        self._row = mapping(raw.data.get("row"))
        self._titles = mapping(raw.data.get("columns"))
        self._clock = Clock(settings.zone, settings.ambiguous)
        self._place = f"sheet {self._sheet.sheet}, row {self._row.get('rowNumber') or raw.id}"

    def facts(self) -> tuple[Fact, ...]:
        """Every version that differs, oldest first; none for a row in which nothing has happened yet.

        Raises Skippable naming sheet and row.
        """
        try:
            return tuple(self._versions())
        except ValueError as error:
            if isinstance(error, Skippable):
                raise
            remedy = "Correct the row, or the column map."
            raise Skippable(self._system, str(error), place=self._place, remedy=remedy) from None

    def _versions(self) -> Iterator[Fact]:
        made_at, changed_at = moment(self._row.get("createdAt")), moment(self._row.get("modifiedAt"))
        if made_at is None or changed_at is None:
            raise ValueError("the row does not say when it was made and changed")
        now = self._values()
        row = self._read(now, changed_at)
        if not any(row.text(role) for role in self._kind.happened if role != FILE_TIME):
            return
        data, happened = row.data(), row.happened()
        source, hints = self._source(row), Hints(row.text("party"), row.text("contract"))
        held: FactData | None = None
        for at in self._moments(row, made_at, changed_at):
            found = data if at == changed_at else self._then(now, row, at)
            if found is not None and found != held:
                yield make_fact(source, found, happened, at, hints)
                held = found

    def _moments(self, row: Row, made_at: datetime, changed_at: datetime) -> list[datetime]:
        """When something became known: the row, days that tell of a later step, recorded changes of cells."""
        if not self._sheet.versions:
            return [changed_at]
        found = {made_at, *(at for changes in self._histories().values() for at, _ in changes)}
        found.add(row.happened().astimezone(UTC))
        found |= {at.astimezone(UTC) for role, at in row.later().items() if role not in self._histories()}
        return sorted({at for at in found if made_at <= at < changed_at} | {changed_at})

    def _then(self, now: Mapping[str, str], row: Row, at: datetime) -> FactData | None:
        """The fact as known at an instant: cells with a recorded history as they stood, days of later steps
        not before they came, and all others as they are now. None where it cannot have been one yet."""
        histories = self._histories()
        values = dict(now)
        for role, changes in histories.items():
            values[role] = next((text for when, text in reversed(changes) if when <= at), "")
        hidden = frozenset(r for r, day in row.later().items() if r not in histories and day > at)
        then = self._read(values, at).without(hidden)
        try:
            if not any(then.text(role) for role in self._kind.happened if role != FILE_TIME):
                return None
            planned = any(then.text(role) for role in self._kind.planned)
            return then.data() if planned or then.happened() <= at else None
        except ValueError:
            return None

    def _values(self) -> dict[str, str]:
        """The row's texts by role; an empty one that may be inherited is that of the nearest row above."""
        found = {**self._sheet.constants, **self._texts(self._row, self._sheet.columns)}
        inherited = {role: self._sheet.columns[role] for role in self._sheet.inherit if not found[role]}
        for above in rows(self._raw.data.get("above")):
            texts = self._texts(above, inherited)
            found |= {role: text for role, text in texts.items() if text and not found[role]}
        return found

    def _texts(self, row: Json, columns: Mapping[str, str]) -> dict[str, str]:
        cells = {str(cell.get("columnId")): cell for cell in rows(row.get("cells"))}
        found: dict[str, str] = {}
        for role, title in columns.items():
            cell = cells.get(str(self._titles.get(title)))
            try:
                found[role] = cell_text(cell) if cell else ""
            except ValueError as error:
                raise ValueError(f"{role} ({title}): {error}") from None
        return found

    def _histories(self) -> dict[str, list[tuple[datetime, str]]]:
        """What the cells of some roles held, oldest first."""
        found: dict[str, list[tuple[datetime, str]]] = {}
        for role, cells in mapping(self._raw.data.get("histories")).items():
            changes = [
                (at, cell_text(cell)) for cell in rows(cells) if (at := moment(cell.get("modifiedAt")))
            ]
            if changes:
                found[str(role)] = sorted(changes, key=lambda change: change[0])
        return found

    def _read(self, values: Mapping[str, str], at: datetime) -> Row:
        return Row(self._sheet.table, self._clock, values, self._place, at)

    def _source(self, row: Row) -> Source:
        own = (self._row.get(name) for name in ("permalink", "permaLink"))  # both are documented
        url = next((link for link in (row.text("url"), *own, self._raw.data.get("permalink")) if link), "")
        return Source(system=self._system, record=self._raw.id, url=str(url), label=row.label())
