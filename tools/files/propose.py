"""Proposing a column map from the files themselves, with the evidence for every choice.

Headers say which column is what, values decide what headers leave open: the order of dates, the decimal
mark, whether a file is an event log. What the data do not decide is asked, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import get_args

from tools.files.cells import Number, Unusable, as_text
from tools.files.columns import IGNORE, ColumnMap, DateOrder, KindName, TableMap
from tools.files.headers import COMMON_NAMES, EVERYWHERE, NAMES, key
from tools.files.kinds import KINDS, meanings
from tools.files.open import open_table
from tools.files.rows import Source, Table, delimiter_of, encoding_of, files_in, format_of
from tools.files.values import amount, decimal_of, is_nothing, order_of, when
from tools.files.words import meaning
from tools.kit.errors import ConnectorError

_SAMPLE = 50_000  # rows looked at: more only make the evidence longer
_MOST_WORDS = 60
_CLEAR = 0.6  # share of the needed roles that must be found by name for a kind to be proposed


@dataclass
class _Sample:
    """The first rows of a file, by column. `numbers` are the texts of cells that are numbers: how they are
    written need not be found out."""

    header: list[str]
    columns: dict[str, list[str]]
    numbers: set[str]

    def values(self, column: str) -> list[str]:
        return [value for value in self.columns[column] if not is_nothing(value)]


@dataclass
class _Draft:
    """A table map in the making."""

    kind: KindName
    columns: dict[str, str]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)


def propose_map(folder: Path, zone: str | None = None) -> ColumnMap:
    """A map for every delimited file of a folder; questions stand in `asks` of the table they concern.

    `zone` is the IANA zone of times that state none; without it, such times are asked about. A file that
    cannot be read is mapped to "ignore" with the reason as its question.
    """
    tables: list[TableMap] = []
    for path in files_in(folder):
        name = path.relative_to(folder).as_posix()
        try:
            tables += _tables(path, name, zone)
        except ConnectorError as error:
            tables.append(TableMap(file=name, kind=IGNORE, asks=(f"{error.what}. {error.remedy}",)))
    return ColumnMap(zone=zone, tables=tuple(tables))


@dataclass(frozen=True)
class _File:
    """What has to be said of a file, or a sheet of one, so that it can be opened."""

    name: str
    given: dict[str, str | int]
    why: str = ""


def _tables(path: Path, name: str, zone: str | None) -> list[TableMap]:
    """The tables that a file holds; for a workbook those of each sheet."""
    found = format_of(path, name)
    if found == "workbook":
        return [table for file in _sheets(path, name) for table in _of(path, file, zone)]
    if found == "parquet":
        return _of(path, _File(name, {}), zone)
    encoding, why = encoding_of(path)
    delimiter = delimiter_of(Table(path, encoding, name=name).head(20))
    return _of(path, _File(name, {"encoding": encoding, "delimiter": delimiter}, why), zone)


def _sheets(path: Path, name: str) -> list[_File]:
    from tools.files.workbook import Sheet, sheets

    files = []
    for sheet in sheets(path, name):
        header_line = Sheet(path, sheet, name).first_table()
        files.append(_File(name, {"sheet": sheet, "header_line": header_line}))
    return files


def _of(path: Path, file: _File, zone: str | None) -> list[TableMap]:
    """The table of a file or sheet; two for a list of invoices that says when they were paid."""
    opened = TableMap.model_validate({"file": file.name, "kind": IGNORE, **file.given})
    try:
        sample = _sample(open_table(path, opened, file.name))
    except ConnectorError as error:
        if not opened.sheet:
            raise
        return [opened.model_copy(update={"asks": (f"{error.what}. {error.remedy}".strip(),)})]
    drafts = [_draft(sample)]
    if drafts[0].kind == "invoice":
        payment = _named("payment", sample)
        if {"invoice", "paid_on", "amount"} <= set(payment):
            evidence = {"kind": f"{payment['paid_on']} says when an invoice was paid"}
            drafts.append(_Draft("payment", payment, evidence=evidence))
    return [_finished(draft, sample, file, zone) for draft in drafts]


def _sample(table: Source) -> _Sample:
    header = table.header()
    columns: dict[str, list[str]] = {column: [] for column in header}
    numbers: set[str] = set()
    for line in islice(table.lines(), _SAMPLE):
        for column, cell in zip(header, line.fields, strict=True):
            if isinstance(cell, Unusable):
                continue
            if isinstance(cell, Number):
                numbers.add(as_text(cell))
            columns[column].append(as_text(cell))
    return _Sample(header, columns, numbers)


def _draft(sample: _Sample) -> _Draft:
    """The kind whose roles the headers name best; "ignore" with a question where none does well."""
    ranked: list[tuple[float, int, str, dict[str, str]]] = []
    for kind in NAMES:
        columns = _named(kind, sample)
        needed = KINDS[kind].needed
        found = sum(_weight(columns[role]) for role in needed if role in columns)
        ranked.append((found / len(needed), len(columns), kind, columns))
    ranked.sort(key=lambda entry: (-entry[0], -entry[1]))
    share, _, kind, columns = ranked[0]
    if share < _CLEAR:
        ask = f"What does this file hold: one of {', '.join(NAMES)}, or ignore? Its columns: "
        return _Draft("ignore", {}, asks=[ask + ", ".join(sample.header[:30]) + "."])
    if kind in ("ticket", "ticket_log"):
        return _tickets(sample)
    draft = _Draft(_kind(kind), columns)
    draft.evidence["kind"] = "headers " + ", ".join(columns[r] for r in KINDS[kind].needed if r in columns)
    rival = ranked[1]
    if rival[0] == share and rival[1] == len(columns):
        draft.asks.append(f"Does this file hold {kind} or {rival[2]}? The headers fit both.")
    return draft


def _tickets(sample: _Sample) -> _Draft:
    """One row per ticket, or an event log: told by whether ticket numbers repeat."""
    log = _named("ticket_log", sample)
    numbers = sample.values(log["number"]) if "number" in log else []
    repeated = len(numbers) - len(set(numbers))
    if repeated and {"status", "updated_at"} <= set(log):
        said = f"{repeated} of {len(numbers)} rows repeat a ticket number: one row per change"
        return _Draft("ticket_log", log, evidence={"kind": said})
    draft = _Draft("ticket", _named("ticket", sample), evidence={"kind": "each ticket number stands once"})
    if repeated:
        draft.asks.append(f"{repeated} ticket numbers repeat: which column says when a row was changed?")
    return draft


def _named(kind: str, sample: _Sample) -> dict[str, str]:
    """Roles found by header name; no column plays two roles."""
    keys = {key(column): column for column in reversed(sample.header) if column}
    columns: dict[str, str] = {}
    for role, names in {**NAMES[kind], **COMMON_NAMES}.items():
        for name in names.split():
            if name in keys and keys[name] not in columns.values():
                columns[role] = keys[name]
                break
    return columns


def _finished(draft: _Draft, sample: _Sample, file: _File, zone: str | None) -> TableMap:
    """The draft with everything that its values decide, and questions for the rest."""
    if file.why:
        draft.evidence["encoding"] = file.why
    orders: dict[str, DateOrder] = {}
    decimal = "point"
    if draft.kind != IGNORE:
        orders = _dates(draft, sample)
        decimal = _decimals(draft, sample)
        _words(draft, sample)
        _missing(draft, sample)
        if zone is None and _naive(draft, sample, orders):
            draft.asks.append("Times or days state no zone: which one? Set `zone` at the top of the map.")
    common = max(set(orders.values()), key=list(orders.values()).count, default="year_first")
    return TableMap.model_validate(
        {
            "file": file.name,
            "kind": draft.kind,
            **file.given,
            "date_order": common,
            "date_orders": {role: order for role, order in orders.items() if order != common},
            "decimal": decimal,
            "columns": draft.columns,
            "constants": draft.constants,
            "values": draft.values,
            "evidence": draft.evidence,
            "asks": tuple(draft.asks),
        }
    )


def _dates(draft: _Draft, sample: _Sample) -> dict[str, DateOrder]:
    """The order of dates of each time role. A column that does not decide follows one that does."""
    orders: dict[str, DateOrder] = {}
    unclear: dict[str, str] = {}
    for role in [r for r in (*KINDS[draft.kind].times, "known_at") if r in draft.columns]:
        column = draft.columns[role]
        found = order_of(sample.values(column))
        if found.order is None:
            unclear[role] = found.evidence
        elif _readable(sample.values(column), found.order):
            orders[role] = found.order
            draft.evidence[role] = f"{column}: {found.evidence}"
        else:
            del draft.columns[role]
            draft.evidence[role] = f"{column} does not hold dates"
    decided = {order for order in orders.values() if order != "year_first"}
    for role, said in unclear.items():
        column = draft.columns[role]
        if len(decided) == 1 and not said.startswith("contradictory"):
            orders[role] = next(iter(decided))
            draft.evidence[role] = f"{column}: {said}; read like the other columns of this file"
        else:
            draft.asks.append(f"{column}: {said}. Is it day_first or month_first? Set `date_order`.")
    return orders


def _decimals(draft: _Draft, sample: _Sample) -> str:
    """The decimal mark of the amounts, and the currency where it stands beside them."""
    kind = KINDS[draft.kind]
    columns = [draft.columns[role] for role in kind.figures if role in draft.columns]
    texts = [text for column in columns for text in sample.values(column) if text not in sample.numbers]
    decimal, said = decimal_of(texts)
    if columns:
        draft.evidence["decimal"] = said if texts else "the cells are numbers"
    if decimal is None:
        draft.asks.append(f"{columns[0]}: {said}. Set `decimal` to point or comma.")
        return "point"
    amounts = [draft.columns[role] for role in kind.money if role in draft.columns]
    stated = "currency" in draft.columns
    if not stated and any(not _currency(t, decimal) for column in amounts for t in sample.values(column)):
        draft.asks.append("Amounts state no currency: set constants.currency, such as EUR.")
    return decimal


def _currency(text: str, decimal: str) -> str:
    try:
        return amount(text, "point" if decimal == "point" else "comma")[1]
    except ValueError:
        return ""


def _words(draft: _Draft, sample: _Sample) -> None:
    """Translate the words of status, priority and the like; ask about those that are unknown."""
    for role in [role for role in KINDS[draft.kind].roles if role in draft.columns]:
        if meanings(draft.kind, role) is None:
            continue
        column = draft.columns[role]
        distinct = sorted(set(sample.values(column)))
        if len(distinct) > _MOST_WORDS:
            draft.asks.append(f"{column} holds {len(distinct)} different values: is it the {role}?")
            continue
        known = {word: meant for word in distinct if (meant := meaning(draft.kind, role, word)) is not None}
        draft.values[role] = known
        unknown = [word for word in distinct if word not in known]
        if unknown:
            words = ", ".join(map(repr, unknown[:10]))
            draft.asks.append(f"{column}: what do {words} mean? Add them to values.{role} (or as ignore).")


def _missing(draft: _Draft, sample: _Sample) -> None:
    """A needed role without a column takes the only column that can play it, or is asked for."""
    roles = KINDS[draft.kind]
    for role in [role for role in roles.needed if role not in draft.columns]:
        free = [c for c in sample.header if c and c not in draft.columns.values() and sample.values(c)]
        dated = [c for c in free if _readable(sample.values(c), order_of(sample.values(c)).order)]
        if role in roles.times and len(dated) == 1 and order_of(sample.values(dated[0])).order:
            draft.columns[role] = dated[0]
            draft.evidence[role] = f"{dated[0]}: the only other column that holds dates"
        else:
            draft.asks.append(f"Which column is {role}? Map it under `columns`, or set it under `constants`.")


def _naive(draft: _Draft, sample: _Sample, orders: dict[str, DateOrder]) -> bool:
    """Does any time role state times or days without an offset?"""
    for role, order in orders.items():
        for text in sample.values(draft.columns[role])[:1000]:
            try:
                if not when(text, order).aware:
                    return True
            except ValueError:
                continue
    return False


def _readable(texts: Sequence[str], order: DateOrder | None) -> bool:
    """Can nearly all values be read as dates? A few bad rows do not make a column something else."""
    if not texts or order is None:
        return False
    some = texts[:1000]
    return sum(_is_date(text, order) for text in some) >= 0.8 * len(some)


def _is_date(text: str, order: DateOrder) -> bool:
    try:
        when(text, order)
    except ValueError:
        return False
    return True


def _weight(column: str) -> float:
    """A header that any file might have says less."""
    return 0.5 if key(column) in EVERYWHERE else 1.0


def _kind(text: str) -> KindName:
    return next(kind for kind in get_args(KindName) if kind == text)
