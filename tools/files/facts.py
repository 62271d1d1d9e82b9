"""From mapped rows to facts, pure: one row for most kinds, all rows of a ticket for an event log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from obligations.facts import (
    Credit,
    Fact,
    FactData,
    Invoice,
    Notice,
    Outage,
    Payment,
    PurchaseOrder,
    ReportReceived,
    Source,
    TicketEvent,
    TicketStatus,
)
from obligations.quantities import Money
from tools.files.columns import ColumnMap, TableMap
from tools.files.values import Clock, amount, is_nothing, when
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.periods import period_in
from tools.kit.tickets import ENDED, Change, Frame, status_events, versions
from tools.kit.verbs import RawRecord

IGNORE = "ignore"

STATUSES: dict[str, TicketStatus] = {
    **{status.replace("_", " "): status for status in get_args(TicketStatus)},
    "new": "open",
    "assigned": "in_progress",
    "active": "in_progress",
    "work in progress": "in_progress",
    "awaiting user info": "awaiting_customer",
    "awaiting caller": "awaiting_customer",
    "pending customer": "awaiting_customer",
    "waiting for customer": "awaiting_customer",
    "awaiting supplier": "awaiting_vendor",
    "pending vendor": "awaiting_vendor",
    "awaiting problem": "on_hold",
    "awaiting change": "on_hold",
    "awaiting evidence": "on_hold",
    "pending": "on_hold",
    "solved": "resolved",
    "done": "resolved",
    "complete": "closed",
    "canceled": "cancelled",
}
_LEVELS = {"critical": 1, "urgent": 1, "high": 2, "moderate": 3, "medium": 3, "low": 4, "planning": 5}
_PRIORITY = re.compile(r"(?:p|prio|priority|sev|severity)?[ -]*([1-5])(?:\s*-.*)?", re.IGNORECASE)
_OUTAGES = {"outage": "outage", "degradation": "degradation", "maintenance": "maintenance"}
_OUTAGES |= {"planned": "maintenance", "planned maintenance": "maintenance", "degraded": "degradation"}
_EFFECTS = ("non_renewal", "renewal", "termination", "breach", "claim", "other")
_CAUSES = ("provider", "customer", "force_majeure")


def priority_of(text: str) -> str | None:
    """P1 to P5 for the usual ways to write a priority: "1 - Critical", "P2", "Sev 3", "high"."""
    found = _PRIORITY.fullmatch(text.strip())
    level = int(found.group(1)) if found else _LEVELS.get(text.strip().casefold())
    return f"P{level}" if level else None


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\s_-]+", text.strip().casefold()))


def _of(choices: tuple[str, ...]) -> Callable[[str], str | None]:
    return {choice.replace("_", " "): choice for choice in choices}.get


# What the words of a role mean where the map does not translate them. Keys: as `_plain` writes them.
WORDS: dict[str, Callable[[str], str | None]] = {
    "status": lambda text: STATUSES.get(_plain(text)),
    "priority": priority_of,
    "type": lambda text: _OUTAGES.get(_plain(text)),
    "effect": lambda text: _of(_EFFECTS)(_plain(text)),
    "by": lambda text: _of(("us", "counterparty"))(_plain(text)),
    "direction": lambda text: _of(("payable", "receivable"))(_plain(text)),
    "cause": lambda text: _of(_CAUSES)(_plain(text)),
}


class Rows:
    """Reads the facts of one raw record."""

    def __init__(self, column_map: ColumnMap, system: str, raw: RawRecord) -> None:
        self._raw = raw
        self._system = system
        self._table: TableMap = column_map.tables[raw.data["table"]]
        self._clock = Clock(column_map.zone, column_map.ambiguous)

    def facts(self) -> tuple[Fact, ...]:
        """Raises Skippable with file and line for a bad row, Misconfigured for a time without zone."""
        if self._table.kind == "ticket_log":
            return tuple(self._log())
        line, values = self._raw.data["rows"][0]
        with self._reading(line):
            return tuple(self._row(Row(self._table, self._clock, values, self._place(line)), line))

    @contextmanager
    def _reading(self, line: int) -> Iterator[None]:
        """Whatever is wrong with the values read meanwhile is wrong with this line."""
        try:
            yield
        except ValueError as error:
            if isinstance(error, Skippable):
                raise
            remedy = "Correct the row, or the column map."
            raise Skippable(self._system, str(error), place=self._place(line), remedy=remedy) from None

    def _place(self, line: int) -> str:
        return f"{self._raw.data['file']}:{line}"

    def _row(self, row: Row, line: int) -> Iterator[Fact]:
        """The fact versions of a single row."""
        if self._table.kind == "ticket":
            yield from self._ticket(row)
            return
        data, occurred_at, label = row.data()
        for version, known_at in row.known(data, occurred_at, self._file_time()):
            yield self._fact(row, version, occurred_at, known_at, label, line)

    def _file_time(self) -> datetime:
        return datetime.fromisoformat(self._raw.data["file_time"])

    def _fact(
        self, row: Row, data: FactData, occurred_at: datetime, known_at: datetime, label: str, line: int
    ) -> Fact:
        url = row.text("url") or f"{self._raw.data['file']}#L{line}"
        record = row.text("record") or self._raw.id
        source = Source(system=self._system, record=record, url=url, label=label)
        return make_fact(source, data, occurred_at, known_at, Hints(row.text("party"), row.text("contract")))

    def _ticket(self, row: Row) -> Iterator[Fact]:
        """A ticket in one row: opened, perhaps answered, perhaps resolved."""
        opened_at = row.instant("opened_at")
        responded_at, resolved_at = row.instant_or_none("responded_at"), row.instant_or_none("resolved_at")
        changed_at = row.instant_or_none("known_at") or opened_at
        events = [
            TicketEvent(at=opened_at, change="opened"),
            TicketEvent(at=opened_at, change="priority", value=row.word("priority")),
            TicketEvent(at=opened_at, change="status", value="open"),
        ]
        if responded_at is not None:
            events.append(TicketEvent(at=responded_at, change="comment", by="provider"))
        status = row.word_or("status", "resolved" if resolved_at else "open")
        if status != "open":
            at = resolved_at if status in ENDED and resolved_at else changed_at
            events.append(TicketEvent(at=at, change="status", value=status))
        yield from self._versions(row, opened_at, [Change(event.at, event) for event in events])

    def _log(self) -> Iterator[Fact]:
        """A ticket from its event log: every row says how it stood after a change."""
        states = sorted((self._state(line, values) for line, values in self._raw.data["rows"]), key=_at)
        first, last = states[0], states[-1]
        with self._reading(first.line):
            opened_at = first.row.instant_or_none("opened_at") or first.at
        priority = next((state.priority for state in states if state.priority != IGNORE), IGNORE)
        status = "open"
        changes = [
            Change(opened_at, TicketEvent(at=opened_at, change="opened")),
            Change(opened_at, TicketEvent(at=opened_at, change="priority", value=priority)),
            Change(opened_at, TicketEvent(at=opened_at, change="status", value=status)),
        ]
        for state in states:
            # Real logs hold updates stamped before the opening they belong to: they count from it.
            at = max(state.at, opened_at)
            if state.priority not in (priority, IGNORE):
                priority = state.priority
                changes.append(Change(at, TicketEvent(at=at, change="priority", value=priority)))
            if state.status not in (status, IGNORE):
                events = status_events(TicketEvent(at=at, change="status"), state.status, status)
                changes += [Change(at, event) for event in events]
                status = state.status
        with self._reading(last.line):
            yield from self._versions(last.row, opened_at, changes)

    def _state(self, line: int, values: Mapping[str, str]) -> _State:
        """What one row of a log says. Raises Skippable for the line."""
        row = Row(self._table, self._clock, values, self._place(line))
        with self._reading(line):
            return _State(line, row, row.instant("updated_at"), row.word("status"), row.word("priority"))

    def _versions(self, row: Row, opened_at: datetime, changes: list[Change]) -> Iterator[Fact]:
        frame = Frame(
            subject=row.text("subject"),
            service=row.text("service"),
            opened_at=opened_at,
            stated_end_at=row.instant_or_none("resolved_at"),
        )
        moments = sorted({change.known_at for change in changes})
        line, number = self._raw.data["rows"][-1][0], row.need("number")
        for moment, ticket in versions(frame, changes, moments if self._table.history else moments[-1:]):
            yield self._fact(row, ticket, opened_at, moment, number, line)


@dataclass(frozen=True)
class _State:
    """How a ticket stood after one row of its log."""

    line: int
    row: Row
    at: datetime
    status: str
    priority: str


def _any_case(words: Mapping[str, str], said: str) -> str | None:
    wanted = said.casefold()
    return next((meant for word, meant in words.items() if word.casefold() == wanted), None)


def _at(state: _State) -> datetime:
    return state.at


class Row:
    """The values of one row by role. Every method raises ValueError naming the column."""

    def __init__(self, table: TableMap, clock: Clock, values: Mapping[str, str], place: str) -> None:
        self._table = table
        self._clock = clock
        self._values = values
        self._place = place

    def text(self, role: str) -> str:
        value = self._values.get(role, "")
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
        meant = words.get(said) or _any_case(words, said) or WORDS[role](said)
        if meant is None:
            what = f"what is {said[:40]!r}? Add it to values.{role} in the map"
            raise ValueError(f"{self._column(role)}: {what}")
        return meant

    def word_or(self, role: str, otherwise: str) -> str:
        return self.word(role) if self.text(role) else otherwise

    def instant(self, role: str) -> datetime:
        found = when(self.need(role), self._table.order_of(role))
        return self._clock.instant(found, f"{self._place}, {self._column(role)}")

    def instant_or_none(self, role: str) -> datetime | None:
        return self.instant(role) if self.text(role) else None

    def day(self, role: str) -> date:
        return when(self.need(role), self._table.order_of(role)).day

    def day_or_none(self, role: str) -> date | None:
        return self.day(role) if self.text(role) else None

    def money(self, role: str) -> Money:
        """An amount with the currency beside it or in its own column."""
        value, currency = amount(self.need(role), self._table.decimal)
        stated = self.text("currency").upper()
        if currency and stated and currency != stated:
            raise ValueError(f"{self._column(role)} says {currency}, the currency column {stated}")
        if not currency and not stated:
            raise ValueError("no currency: map a column or set constants.currency")
        return Money(amount=value, currency=currency or stated)

    def period(self) -> str:
        """The period of a report: a month, quarter, week or day."""
        said = self.need("period")
        return period_in(said) or when(said, self._table.order_of("period")).day.isoformat()

    def data(self) -> tuple[FactData, datetime, str]:
        """What the row says, when it happened, and what people call it."""
        return {
            "outage": self._outage,
            "invoice": self._invoice,
            "payment": self._payment,
            "credit": self._credit,
            "purchase_order": self._order,
            "report_received": self._report,
            "notice": self._notice,
        }[self._table.kind]()

    def known(
        self, data: FactData, occurred_at: datetime, file_time: datetime
    ) -> Iterator[tuple[FactData, datetime]]:
        """The versions of the row: an outage is first known without its end, a notice of ours without
        its receipt."""
        stated = self.instant_or_none("known_at")
        if stated is not None or self._table.known == "file_time":
            yield data, stated or file_time
        elif isinstance(data, Outage) and data.type == "maintenance":
            yield data, min(data.announced_at or occurred_at, occurred_at)
        elif isinstance(data, Outage) and data.ended_at is not None:
            yield data.model_copy(update={"ended_at": None}), occurred_at
            yield data, data.ended_at
        elif isinstance(data, Notice) and data.by == "us" and data.received_on is not None:
            yield data.model_copy(update={"received_on": None}), occurred_at
            yield data, self.instant("received_on")
        elif isinstance(data, Invoice | Notice) and data.received_on is not None:
            yield data, self.instant("received_on")
        else:
            yield data, occurred_at

    def _outage(self) -> tuple[FactData, datetime, str]:
        started_at, ended_at = self.instant("started_at"), self.instant_or_none("ended_at")
        if ended_at is not None and ended_at < started_at:
            raise ValueError("the outage ends before it begins")
        data = Outage.model_validate(
            {
                "service": self.need("service"),
                "type": self.word_or("type", "outage"),
                "started_at": started_at,
                "ended_at": ended_at,
                "announced_at": self.instant_or_none("announced_at"),
                "cause": self.word_or("cause", ""),
            }
        )
        return data, started_at, f"{data.service} {data.type} {started_at:%Y-%m-%d %H:%M}"

    def _invoice(self) -> tuple[FactData, datetime, str]:
        data = Invoice.model_validate(
            {
                "number": self.need("number"),
                "direction": self.word_or("direction", "payable"),
                "gross": self.money("gross"),
                "net": self.money("net") if self.text("net") else None,
                "invoiced_on": self.day("invoiced_on"),
                "received_on": self.day_or_none("received_on"),
                "period": period_in(self.text("period")),
                "order": self.text("order"),
            }
        )
        return data, self.instant("invoiced_on"), data.number

    def _payment(self) -> tuple[FactData, datetime, str]:
        data = Payment.model_validate(
            {
                "invoice": self.need("invoice"),
                "amount": self.money("amount"),
                "paid_on": self.day("paid_on"),
                "direction": self.word_or("direction", "payable"),
            }
        )
        return data, self.instant("paid_on"), data.invoice

    def _credit(self) -> tuple[FactData, datetime, str]:
        data = Credit(
            number=self.need("number"),
            amount=self.money("amount"),
            credited_on=self.day("credited_on"),
            period=period_in(self.text("period")),
            reason=self.text("reason"),
        )
        return data, self.instant("credited_on"), data.number

    def _order(self) -> tuple[FactData, datetime, str]:
        data = PurchaseOrder(
            number=self.need("number"),
            ordered_on=self.day("ordered_on"),
            amount=self.money("amount"),
            contract_reference=self.text("contract"),
        )
        return data, self.instant("ordered_on"), data.number

    def _report(self) -> tuple[FactData, datetime, str]:
        received_at = self.instant("received_at")
        data = ReportReceived(report=self.need("report"), period=self.period(), received_at=received_at)
        return data, received_at, f"{data.report} {data.period}"

    def _notice(self) -> tuple[FactData, datetime, str]:
        data = Notice.model_validate(
            {
                "subject": self.need("subject"),
                "effect": self.word("effect"),
                "sent_on": self.day("sent_on"),
                "received_on": self.day_or_none("received_on"),
                "by": self.word_or("by", "us"),
            }
        )
        return data, self.instant("sent_on"), data.subject

    def _column(self, role: str) -> str:
        return f"{role} ({self._table.columns.get(role, 'not mapped')})"
