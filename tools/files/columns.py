"""The column map: which file holds what, and which column plays which role. Data, kept as YAML.

A map is proposed from the files (`propose_map`), looked at by a person (`preview`) and then used. What
could not be decided from the data stands in `asks`; a table with open questions is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from obligations.facts import TicketStatus
from obligations.quantities import Frozen
from tools.kit.errors import Misconfigured
from tools.kit.settings import Zone

VENDOR = "files"
_SEE = "See docs/connectors.md for the form of a map."

DateOrder = Literal["year_first", "day_first", "month_first"]
Kind = Literal[
    "ticket",
    "ticket_log",
    "outage",
    "invoice",
    "payment",
    "credit",
    "purchase_order",
    "report_received",
    "notice",
    "ignore",
]


@dataclass(frozen=True)
class Roles:
    """The roles of a kind: `needed` ones, `more` that may be mapped, and which hold times or days."""

    needed: tuple[str, ...]
    more: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    money: tuple[str, ...] = ()


_COMMON = ("party", "contract", "url", "known_at")

# What the fixed words of a role may be translated to; "ignore" drops the value.
_MEANINGS: dict[str, frozenset[str]] = {
    "status": frozenset(get_args(TicketStatus)),
    "priority": frozenset(f"P{n}" for n in range(1, 6)),
    "type": frozenset({"outage", "degradation", "maintenance"}),
    "effect": frozenset({"non_renewal", "renewal", "termination", "breach", "claim", "other"}),
    "by": frozenset({"us", "counterparty"}),
    "direction": frozenset({"payable", "receivable"}),
    "cause": frozenset({"provider", "customer", "force_majeure"}),
}

KINDS: dict[str, Roles] = {
    "ticket": Roles(
        needed=("number", "opened_at", "priority"),
        more=("status", "subject", "service", "responded_at", "resolved_at"),
        times=("opened_at", "responded_at", "resolved_at"),
    ),
    "ticket_log": Roles(
        needed=("number", "status", "priority", "updated_at"),
        more=("opened_at", "resolved_at", "subject", "service"),
        times=("updated_at", "opened_at", "resolved_at"),
    ),
    "outage": Roles(
        needed=("service", "started_at"),
        more=("ended_at", "type", "announced_at", "cause"),
        times=("started_at", "ended_at", "announced_at"),
    ),
    "invoice": Roles(
        needed=("number", "invoiced_on", "gross"),
        more=("currency", "direction", "received_on", "net", "order", "period"),
        times=("invoiced_on", "received_on"),
        money=("gross", "net"),
    ),
    "payment": Roles(
        needed=("invoice", "paid_on", "amount"),
        more=("currency", "direction"),
        times=("paid_on",),
        money=("amount",),
    ),
    "credit": Roles(
        needed=("number", "credited_on", "amount"),
        more=("currency", "period", "reason"),
        times=("credited_on",),
        money=("amount",),
    ),
    "purchase_order": Roles(
        needed=("number", "ordered_on", "amount"),
        more=("currency",),
        times=("ordered_on",),
        money=("amount",),
    ),
    "report_received": Roles(needed=("report", "period", "received_at"), times=("received_at",)),
    "notice": Roles(
        needed=("subject", "effect", "sent_on"), more=("received_on", "by"), times=("sent_on", "received_on")
    ),
    "ignore": Roles(needed=()),
}


class TableMap(Frozen):
    """How the files that match `file` (a glob within the folder) are read.

    `columns` maps roles to column headers, `constants` roles to one value for the whole file, and
    `values` translates what stands in a column: `{status: {Awaiting User Info: awaiting_customer}}`
    (the value "ignore" drops it). `date_orders` overrides `date_order` for single roles. `known` says
    when a row without `known_at` counts as recorded: when it happened, or at the file's own time.
    """

    file: str
    kind: Kind
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

    @field_validator("values")
    @classmethod
    def _meant(cls, values: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for role, words in values.items():
            may = _MEANINGS.get(role)
            if may is None:
                raise ValueError(f"{role} has no fixed words to translate")
            wrong = sorted(set(words.values()) - may - {"ignore"})
            if wrong:
                raise ValueError(f"{role}: {', '.join(wrong)} is none of {', '.join(sorted(may))}, ignore")
        return values

    @model_validator(mode="after")
    def _roles(self) -> TableMap:
        roles = KINDS[self.kind]
        given = {*self.columns, *self.constants}
        unknown = given - {*roles.needed, *roles.more, *_COMMON, "record"}
        if unknown and self.kind != "ignore":
            raise ValueError(f"{self.file}: {', '.join(sorted(unknown))} is no role of {self.kind}")
        missing = set(roles.needed) - given
        if missing and not self.asks:
            raise ValueError(f"{self.file}: {self.kind} needs a column for {', '.join(sorted(missing))}")
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
        return tuple(dict.fromkeys(table.kind for table in self.tables if table.kind != "ignore"))


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
