"""Assessments, obligations, money at stake and facts as tables for business intelligence, pure.

One row for each assessment, each obligation with its newest terms, each sum that is open with a party, and
each outside record with its newest version. The key of a row stays the same when it changes, so that an
update takes its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from obligations.derived import MoneyLine
from obligations.facts import Fact
from obligations.model import Assessment, Obligation, Party
from obligations.quantities import Money, Quantity

Type = Literal["text", "number", "share", "day", "instant"]
Name = Literal["assessments", "obligations", "stakes", "facts"]
Value = str | Decimal | float | date | datetime | None
Row = tuple[Value, ...]
"""Values in the order of the columns. Numbers have four decimals, instants are UTC."""

_LONGEST = 30_000
_CENTS = Decimal("0.0001")


@dataclass(frozen=True)
class Table:
    """A table: its columns with their types, of which the first is the key."""

    name: Name
    columns: tuple[tuple[str, Type], ...]

    @property
    def key(self) -> str:
        return self.columns[0][0]


def _table(name: Name, text: str) -> Table:
    """Columns written as "amount:number as_of:instant"; text where nothing is said."""
    types: dict[str, Type] = {
        "number": "number",
        "share": "share",
        "day": "day",
        "instant": "instant",
        "": "text",
    }
    parts = (part.partition(":") for part in text.split())
    return Table(name, tuple((column, types[said]) for column, _, said in parts))


ASSESSMENTS = _table(
    "assessments",
    "assessment contract obligation kind occurrence label counts_on:day starts_at:instant due_at:instant "
    "outcome aftermath as_of:instant known_at:instant target target_value:number measured "
    "measured_value:number margin margin_value:number unit money:number currency money_is summary missing",
)
OBLIGATIONS = _table(
    "obligations",
    "obligation contract kind key debtor creditor modality review confidence:share starts_on:day ends_on:day "
    "terms_from:day terms quote section",
)
STAKES = _table(
    "stakes",
    "stake party party_name money_is goes_to amount:number currency assessments:number",
)
FACTS = _table(
    "facts",
    "record kind system record_id label url party contract occurred_at:instant known_at:instant "
    "amount:number currency data",
)
TABLES: Mapping[str, Table] = {table.name: table for table in (ASSESSMENTS, OBLIGATIONS, STAKES, FACTS)}


def assessment_rows(assessments: Iterable[Assessment]) -> Iterator[Row]:
    for each in assessments:
        measured = each.measured or each.target or each.margin
        yield (
            each.id,
            each.contract,
            each.obligation,
            each.kind,
            each.occurrence.key,
            each.occurrence.label,
            each.occurrence.counts_on,
            _utc(each.occurrence.starts_at),
            _utc(each.occurrence.due_at),
            each.outcome.value,
            each.aftermath,
            _utc(each.as_of),
            _utc(each.known_at),
            *_quantity(each.target),
            *_quantity(each.measured),
            *_quantity(each.margin),
            measured.unit if measured else "",
            *_money(each.money),
            each.money_is,
            _text(each.summary),
            _text("; ".join(each.missing)),
        )


def obligation_rows(obligations: Iterable[Obligation]) -> Iterator[Row]:
    for each in obligations:
        newest = each.terms[-1]
        yield (
            each.id,
            each.contract,
            each.kind,
            each.key,
            each.debtor or "",
            each.creditor or "",
            each.modality,
            each.review.value,
            float(each.confidence),
            each.starts_on,
            each.ends_on,
            newest.from_on,
            _text(newest.terms.model_dump_json(exclude_defaults=True)),
            _text(newest.span.quote),
            newest.span.section,
        )


def stake_rows(stakes: Iterable[tuple[Party, MoneyLine]]) -> Iterator[Row]:
    """A row for each meaning, side and currency of what is open with a party."""
    for party, line in stakes:
        yield (
            "|".join((party.id, line.money_is, line.to, line.amount.currency)),
            party.id,
            party.name,
            line.money_is,
            line.to,
            *_money(line.amount),
            Decimal(len(line.assessments)),
        )


def fact_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """The newest version of each record. The data are JSON, without the texts of tickets' events."""
    newest: dict[tuple[str, str, str], Fact] = {}
    for fact in facts:
        key = (fact.source.system, fact.kind, fact.source.record)
        held = newest.get(key)
        if held is None or (fact.known_at, fact.id) > (held.known_at, held.id):
            newest[key] = fact
    for key in sorted(newest):
        fact = newest[key]
        data = fact.data.model_dump(mode="json", exclude={"events", "kind"}, exclude_defaults=True)
        yield (
            "|".join(key),
            fact.kind,
            fact.source.system,
            fact.source.record,
            fact.source.label,
            fact.source.url,
            fact.party or fact.party_hint,
            fact.contract or fact.contract_hint,
            _utc(fact.occurred_at),
            _utc(fact.known_at),
            *_money(_worth(fact)),
            _text(json.dumps(data, ensure_ascii=False, sort_keys=True)),
        )


def _worth(fact: Fact) -> Money | None:
    found: Any = getattr(fact.data, "gross", None) or getattr(fact.data, "amount", None)
    return found if isinstance(found, Money) else None


def _quantity(value: Quantity | None) -> tuple[str, Decimal | None]:
    return ("", None) if value is None else (value.text, _number(value.value))


def _money(value: Money | None) -> tuple[Decimal | None, str]:
    return (None, "") if value is None else (_number(value.amount), value.currency)


def _number(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_CENTS)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _text(text: str) -> str:
    """Text without what no database takes, cut where it is too long for a cell people look at."""
    plain = text.replace("\x00", "")
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
