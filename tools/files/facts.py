"""From mapped rows to facts, pure: one row for most kinds, all rows of a ticket for an event log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from obligations.facts import Fact, FactData, Notice, Outage, Source, TicketEvent
from tools.files.columns import IGNORE, ColumnMap, TableMap
from tools.files.kinds import KINDS
from tools.files.row import Row
from tools.files.values import Clock
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.tickets import ENDED, Change, Frame, status_events, versions
from tools.kit.verbs import RawRecord


class Rows:
    """Reads the facts of one raw record."""

    def __init__(self, column_map: ColumnMap, system: str, raw: RawRecord) -> None:
        self._raw = raw
        self._system = system
        self._table: TableMap = column_map.tables[raw.data["table"]]
        self._clock = Clock(column_map.zone, column_map.ambiguous)
        self._file_time = datetime.fromisoformat(raw.data["file_time"])

    def facts(self) -> tuple[Fact, ...]:
        """Raises Skippable with file and line for a bad row, Misconfigured for a time without zone."""
        if self._table.kind == "ticket_log":
            return tuple(self._log())
        line, values = self._raw.data["rows"][0]
        with self._reading(line):
            row = self._at(line, values)
            if self._table.kind == "ticket":
                return tuple(self._ticket(row))
            return tuple(self._one(row, line))

    def _at(self, line: int, values: Mapping[str, str]) -> Row:
        return Row(self._table, self._clock, values, self._place(line), self._file_time)

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

    def _one(self, row: Row, line: int) -> Iterator[Fact]:
        """The versions of a record that is one row, or one head with a line in each row."""
        others = self._lines(row) if KINDS[self._table.kind].lines else ()
        data, occurred_at = row.data(others), row.happened()
        for hidden, known_at in self._known(row, data):
            version = row.without(hidden).data(others) if hidden else data
            yield self._fact(row, version, occurred_at, known_at, row.label(), line)

    def _lines(self, first: Row) -> tuple[Row, ...]:
        """Every line of an order or invoice; what they say of the whole has to be the same."""
        rows = []
        for line, values in self._raw.data["rows"]:
            row = self._at(line, values)
            with self._reading(line):
                for role, said in first.head().items():
                    if row.text(role) != said:
                        other = f"{row.text(role)[:40]!r}, the first line {said[:40]!r}"
                        raise ValueError(f"the lines of one record differ: {role} is {other}")
                row.line()
            rows.append(row)
        return tuple(rows)

    def _known(self, row: Row, data: FactData) -> Iterator[tuple[frozenset[str], datetime]]:
        """When which version was known: what was still hidden then. An outage is first known without its
        end, a notice of ours without its receipt, maintenance when it was announced."""
        stated = row.instant_or_none("known_at")
        if stated is not None or self._table.known == "file_time":
            yield frozenset(), stated or self._file_time
            return
        first, later = row.recorded(), row.later()
        if isinstance(data, Outage) and data.type == "maintenance":
            yield frozenset(), min(data.announced_at or first, first)
            return
        if isinstance(data, Notice) and data.by == "counterparty" and "received_on" in later:
            first = later["received_on"]
        for moment in sorted({first, *(at for at in later.values() if at > first)}):
            yield frozenset(role for role, at in later.items() if at > moment), moment

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
        states = sorted((self._state(line, values) for line, values in self._raw.data["rows"]), key=_moment)
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
        row = self._at(line, values)
        with self._reading(line):
            return _State(line, row, row.instant("updated_at"), row.word("status"), row.word("priority"))

    def _versions(self, row: Row, opened_at: datetime, changes: list[Change]) -> Iterator[Fact]:
        frame = Frame(
            subject=row.text("subject"),
            service=row.text("service"),
            opened_at=opened_at,
            stated_end_at=row.instant_or_none("resolved_at"),
        )
        merged = row.text("merged_into")
        moments = sorted({change.known_at for change in changes})
        line, number = self._raw.data["rows"][-1][0], row.need("number")
        for moment, ticket in versions(frame, changes, moments if self._table.history else moments[-1:]):
            data = (
                ticket.model_copy(update={"merged_into": merged})
                if merged and moment == moments[-1]
                else ticket
            )
            yield self._fact(row, data, opened_at, moment, number, line)


@dataclass(frozen=True)
class _State:
    """How a ticket stood after one row of its log."""

    line: int
    row: Row
    at: datetime
    status: str
    priority: str


def _moment(state: _State) -> datetime:
    return state.at
