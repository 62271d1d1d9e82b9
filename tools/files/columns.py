"""The column map: which file holds what, and which column plays which role. Data, kept as YAML.

A map is proposed from the files (`propose_map`), looked at by a person (`preview`) and then used. What
could not be decided from the data stands in `asks`; a table with open questions is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from obligations.quantities import Frozen
from tools.files.kinds import KINDS, meanings
from tools.kit.errors import Misconfigured
from tools.kit.settings import Zone

VENDOR = "files"
_SEE = "See docs/connectors/files.md for the form of a map."

DateOrder = Literal["year_first", "day_first", "month_first"]
KindName = Literal[
    "ticket",
    "ticket_log",
    "outage",
    "relief",
    "invoice",
    "invoice_lines",
    "payment",
    "credit",
    "exchange_rate",
    "index_value",
    "reference_rate",
    "progress",
    "purchase_order",
    "order_lines",
    "delivery",
    "usage",
    "milestone",
    "report_received",
    "notice",
    "certificate",
    "event",
    "deed",
    "decision",
    "ignore",
]

_COMMON = ("party", "contract", "url", "known_at", "record")
IGNORE = "ignore"
"""As a kind: a file that is not read. As the meaning of a word: nothing is said."""


class TableMap(Frozen):
    """How the files that match `file` (a glob within the folder) are read.

    `sheet` names the sheet of a workbook: one map for each; it may be left out where there is only one.
    `header_line` is the line of the column headers. `columns` maps roles to column headers, `constants`
    roles to one value for the whole file, and `values` translates what stands in a column:
    `{status: {Awaiting User Info: awaiting_customer}}` (the value "ignore" drops it).
    `date_orders` overrides `date_order` for single roles. `known` says when a row without `known_at` counts
    as recorded: when it happened, or at the file's own time.
    """

    file: str
    kind: KindName
    sheet: str = ""
    header_line: int = Field(default=1, ge=1, le=1000)
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    date_order: DateOrder = "year_first"
    date_orders: dict[str, DateOrder] = Field(default={})
    decimal: Literal["point", "comma"] = "point"
    columns: dict[str, str] = Field(default={})
    constants: dict[str, str] = Field(default={})
    values: dict[str, dict[str, str]] = Field(default={})
    known: Literal["occurred", "file_time"] = "occurred"
    history: bool = Field(default=True, description="ticket_log: one fact version per change")
    evidence: dict[str, str] = Field(default={}, description="why it was proposed so; not read")
    asks: tuple[str, ...] = Field(default=(), description="what a person must decide first")

    @field_validator("file")
    @classmethod
    def _inside(cls, pattern: str) -> str:
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise ValueError("file is a name or pattern within the folder")
        return pattern

    @model_validator(mode="after")
    def _roles(self) -> TableMap:
        if self.kind == IGNORE:
            return self
        kind = KINDS[self.kind]
        given = {*self.columns, *self.constants}
        unknown = given - {*kind.roles, *_COMMON}
        if unknown:
            raise ValueError(f"{self.file}: {', '.join(sorted(unknown))} is no role of {self.kind}")
        missing = set(kind.needed) - given
        if missing and not self.asks:
            raise ValueError(f"{self.file}: {self.kind} needs a column for {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _meant(self) -> TableMap:
        for role, words in self.values.items():
            may = None if self.kind == IGNORE else meanings(self.kind, role)
            if may is None:
                raise ValueError(f"{role} of {self.kind} has no fixed words to translate")
            wrong = sorted(set(words.values()) - may - {IGNORE})
            if wrong:
                raise ValueError(f"{role}: {', '.join(wrong)} is none of {', '.join(sorted(may))}, ignore")
        return self

    def order_of(self, role: str) -> DateOrder:
        return self.date_orders.get(role, self.date_order)


class ColumnMap(Frozen):
    """All tables of a folder. `zone` is the IANA zone of times and days that state none.

    `ambiguous` says which instant an hour that the clocks show twice stands for; by default such a row
    is refused.
    """

    zone: Zone | None = None
    ambiguous: Literal["refuse", "earlier", "later"] = "refuse"
    tables: tuple[TableMap, ...] = ()

    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table.kind for table in self.tables if table.kind != IGNORE))


def load_map(path: Path) -> ColumnMap:
    """A map from a YAML file. Raises Misconfigured naming the file and the field."""
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured(VENDOR, f"the column map cannot be read: {error}", place=str(path)) from None
    return parse_map(data, str(path))


def parse_map(data: Any, place: str) -> ColumnMap:
    """A map from plain data. Raises Misconfigured."""
    if not isinstance(data, Mapping):
        raise Misconfigured(VENDOR, "the column map is no mapping", place=place, remedy=_SEE)
    try:
        return ColumnMap.model_validate(data)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise Misconfigured(
            VENDOR, f"the column map is not valid: {said}", place=place, remedy=_SEE
        ) from None


def dump_map(column_map: ColumnMap) -> str:
    """The map as YAML, without what is at its default."""
    import yaml

    data = column_map.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
