"""The values of one row by role, and the fact that they make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from obligations.facts import FactData, Milestone
from obligations.periods import period
from obligations.quantities import Money
from tools.files.columns import IGNORE, TableMap
from tools.files.kinds import FILE_TIME, KINDS, MILESTONE_CHANGES, YES, Reading
from tools.files.values import Clock, When, amount, is_nothing, when
from tools.files.words import meaning
from tools.kit.periods import period_in


class Row:
    """The values of one row by role. Every method raises ValueError naming the column.

    `hidden` are roles that count as empty: what was not known yet.
    """

    def __init__(
        self,
        table: TableMap,
        clock: Clock,
        values: Mapping[str, str],
        place: str,
        file_time: datetime,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._table = table
        self._kind = KINDS[table.kind]
        self._clock = clock
        self._values = values
        self._place = place
        self._file_time = file_time
        self._hidden = hidden

    def without(self, hidden: frozenset[str]) -> Row:
        """The row as it was before some of its columns were known."""
        return Row(self._table, self._clock, self._values, self._place, self._file_time, hidden)

    def text(self, role: str) -> str:
        value = "" if role in self._hidden else self._values.get(role, "")
        return "" if is_nothing(value) else value.strip()

    def need(self, role: str) -> str:
        value = self.text(role)
        if not value:
            raise ValueError(f"{self._column(role)} is empty")
        return value

    def word(self, role: str) -> str:
        """The value of a role with fixed words, translated by the map or by the usual words."""
        said = self.need(role)
        words = self._table.values.get(role, {})
        meant = words.get(said) or _any_case(words, said) or meaning(self._table.kind, role, said)
        if meant is None:
            what = f"what is {said[:40]!r}? Add it to values.{role} in the map"
            raise ValueError(f"{self._column(role)}: {what}")
        return meant

    def word_or(self, role: str, otherwise: str) -> str:
        return self.word(role) if self.text(role) else otherwise

    def instant(self, role: str) -> datetime:
        """The instant; of a period the end, of a day the start."""
        if role == "period":
            covered = period(self.period(role))
            assert covered is not None  # `period` gives what it reads
            after = When(covered.end + timedelta(days=1))
            return self._clock.instant(after, f"{self._place}, {self._column(role)}")
        found = when(self.need(role), self._table.order_of(role))
        return self._clock.instant(found, f"{self._place}, {self._column(role)}")

    def instant_or_none(self, role: str) -> datetime | None:
        return self.instant(role) if self.text(role) else None

    def day(self, role: str) -> date:
        return when(self.need(role), self._table.order_of(role)).day

    def number(self, role: str) -> Decimal:
        """A plain number; one with a currency or another unit beside it is refused."""
        value, beside = amount(self.need(role), self._table.decimal)
        if beside:
            raise ValueError(f"{self._column(role)} holds {beside}, not a plain number")
        return value

    def percent(self, role: str) -> Decimal:
        """In percent, with or without the sign: 15 and "15 %" are the same."""
        return amount(self.need(role).rstrip("% \u00a0"), self._table.decimal)[0]

    def money(self, role: str) -> Money:
        """An amount with the currency beside it or in its own column."""
        value, currency = amount(self.need(role), self._table.decimal)
        stated = self.text("currency").upper()
        if currency and stated and currency != stated:
            raise ValueError(f"{self._column(role)} says {currency}, the currency column {stated}")
        if not currency and not stated:
            raise ValueError("no currency: map a column or set constants.currency")
        return Money(amount=value, currency=currency or stated)

    def period(self, role: str = "period") -> str:
        """A year, quarter, month, week or day."""
        said = self.need(role)
        if (whole := period(said)) is not None:
            return whole.label
        return period_in(said) or when(said, self._table.order_of(role)).day.isoformat()

    def value(self, role: str, reading: Reading) -> Any:
        """What a role says; None where it says nothing."""
        if not self.text(role):
            return None
        if reading in ("word", "flag"):
            said = self.word(role)
            return None if said == IGNORE else said == YES if reading == "flag" else said
        readers: dict[Reading, Callable[[str], Any]] = {
            "text": self.text,
            "day": self.day,
            "instant": self.instant,
            "money": self.money,
            "number": self.number,
            "percent": self.percent,
            "period": self.period,
            "period_if": lambda role: period_in(self.text(role)) or None,
            "names": lambda role: tuple(filter(None, map(str.strip, re.split("[,;]", self.text(role))))),
        }
        try:
            return readers[reading](role)
        except ValueError as error:
            said = str(error)
            raise ValueError(said if said.startswith(role) else f"{self._column(role)}: {said}") from None

    def label(self) -> str:
        """What people call the record."""
        parts = []
        for role in self._kind.label:
            reading = self._kind.roles[role]
            if reading == "instant":
                parts.append(f"{self.instant(role):%Y-%m-%d %H:%M}")
            else:
                parts.append(str(self.value(role, reading) or self._kind.defaults.get(role, "")))
        return " ".join(filter(None, parts))

    def happened(self) -> datetime:
        """When it happened. ValueError where no column says so."""
        return self._first(self._kind.happened) or self._never()

    def recorded(self) -> datetime:
        """When it was first known: as stated for this, else when it happened. What was planned ahead was
        known at the latest when the file was made."""
        moment = self._first(self._kind.known) or self.happened()
        if any(self.text(role) for role in self._kind.planned):
            return min(moment, self._file_time)
        return moment

    def later(self) -> dict[str, datetime]:
        """The roles that became known on their own day, with it."""
        return {role: self.instant(role) for role in self._kind.later if self.text(role)}

    def data(self, lines: Sequence[Row] = ()) -> FactData:
        """The fact that the row makes; with `lines` the head of several rows."""
        for role in self._kind.needed:
            self.need(role)
        ended_at = self.instant_or_none("ended_at")
        if ended_at is not None and ended_at < self.instant("started_at"):
            raise ValueError(f"the {self._table.kind} ends before it begins")
        values: dict[str, Any] = {}
        for role, reading in self._kind.roles.items():
            if role in self._kind.model.model_fields and role not in self._kind.lines:
                values[role] = self.value(role, reading)
        if "contract_reference" in self._kind.model.model_fields:
            values["contract_reference"] = self.text("contract_reference") or self.text("contract")
        if self._kind.model is Milestone:
            values["events"] = tuple(self._steps())
        if lines:
            values["lines"] = tuple(line.line() for line in lines)
            if values.get("amount") is None:
                values["amount"] = _sum(self._kind.model, values["lines"])
        given = {role: value for role, value in values.items() if value is not None}
        return cast(FactData, _valid(self._kind.model, {**self._kind.defaults, **given}))

    def line(self) -> BaseModel:
        """The line that the row is, of an order or an invoice."""
        assert self._kind.line is not None  # asked only of kinds with lines
        roles = self._kind.roles
        read = {name: self.value(role, roles[role]) for role, name in self._kind.lines.items()}
        return _valid(self._kind.line, {name: value for name, value in read.items() if value is not None})

    def head(self) -> dict[str, str]:
        """What all lines of one record have to say alike."""
        return {role: self.text(role) for role in self._kind.roles if role not in self._kind.lines}

    def _steps(self) -> Iterator[dict[str, Any]]:
        """The steps of a milestone, one for each day that is filled."""
        by = self.word_or("by", "unknown")
        days = [
            (self.day(f"{change}_on"), change) for change in MILESTONE_CHANGES if self.text(f"{change}_on")
        ]
        for on, change in sorted(days, key=lambda step: step[0]):
            evidence = self.text("evidence") if change == "accepted" else ""
            yield {"on": on, "change": change, "by": by, "evidence": evidence}

    def _first(self, roles: Sequence[str]) -> datetime | None:
        filled = (role for role in roles if role == FILE_TIME or self.text(role))
        role = next(filled, None)
        return None if role is None else self._file_time if role == FILE_TIME else self.instant(role)

    def _never(self) -> datetime:
        raise ValueError(f"no day says when it happened: fill one of {', '.join(self._kind.happened)}")

    def _column(self, role: str) -> str:
        return f"{role} ({self._table.columns.get(role, 'not mapped')})"


def _any_case(words: Mapping[str, str], said: str) -> str | None:
    wanted = said.casefold()
    return next((meant for word, meant in words.items() if word.casefold() == wanted), None)


def _sum(model: type[BaseModel], lines: Sequence[Any]) -> Money | None:
    """The value of an order from its lines, where each states its price."""
    if "amount" not in model.model_fields:
        return None
    total: Money | None = None
    for line in lines:
        if line.unit_price is None:
            raise ValueError("no amount: map a column for amount, or for the unit_price of each line")
        worth = line.unit_price.times(line.quantity)
        total = worth if total is None else total + worth
    return total


def _valid(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
