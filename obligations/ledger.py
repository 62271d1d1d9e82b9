"""Assessments that are kept up as facts arrive: one new fact re-assesses only what it can touch.

For each kind of obligation `PARTITIONS` tells which facts decide one occurrence together. Facts of different
parts never meet in a rule, so that assessing each part alone gives what assessing all at once gives. A kind
that is not in the table, or a fact that it has no key for, is assessed as a whole: slower, never wrong.

Decisions and the notices that end an agreement stand beside the parts: they are no matter of one occurrence.
Decisions are laid over what the rule found; a notice that moves the end of the agreement re-assesses all.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date
from typing import Any, NamedTuple

from obligations.decisions import about, decided
from obligations.facts import Decision, Fact, Source, Ticket, latest
from obligations.lifecycle.agreement_end import until_ended
from obligations.model import AsOf, Assessment, Obligation
from obligations.rules import READS, by_rule, reads
from obligations.service.ticket_history import history

Key = tuple[str, ...]

UNCOUNTABLE = "calendar"
"""The occurrence under which `rules.assess` tells that an obligation's dates cannot be counted."""


_BESIDE = frozenset({"decision", "notice"})
"""Kinds of fact that decide the whole of an obligation, or are laid over what its rule found."""


class Partition(NamedTuple):
    """How the facts of one kind of obligation fall into parts.

    `keys` gives, by kind of fact, the part that a fact belongs to. `settled` tells of a part's facts that
    what they say of an instant they say of every later one, as long as none is added.
    """

    keys: dict[str, Callable[[Fact], Key]]
    settled: Callable[[Sequence[Fact], AsOf], bool]


class _Row(NamedTuple):
    """An assessment and where it stands among the others."""

    order: tuple[object, ...]
    assessment: Assessment


def _order(row: _Row) -> Any:
    return row.order


class Ledger:
    """The assessments of one obligation on all facts added so far, equal to `rules.assess` of them all."""

    def __init__(
        self, obligation: Obligation, facts: Iterable[Fact], at: AsOf, observed_from: date | None = None
    ) -> None:
        self.obligation = obligation
        self.at = at
        self.observed_from = observed_from
        self._ending = obligation
        self._partition = PARTITIONS.get(obligation.kind)
        self._beside: list[Fact] = []
        self._facts: dict[Key, list[Fact]] = {} if self._partition else {(): []}
        self._shown: dict[Key, tuple[_Row, ...]] = {}
        self._rows: list[_Row] = []
        for fact in facts:
            self._hold(fact)
        self._end_moved()
        self._assess_all()

    @property
    def in_parts(self) -> bool:
        """False where only a full assessment is known to be right; all facts are one part then."""
        return self._partition is not None

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """All of them, in the order in which the rule gives them, with the decisions about them."""
        return self._decided(self._rows)

    def add(self, fact: Fact) -> tuple[Assessment, ...]:
        """Take in a fact. Returns the assessments of what it can touch, as they are now."""
        part = self._hold(fact)
        if fact.kind in _BESIDE and self._end_moved():
            self._assess_all()
            return self.assessments
        if part is None and isinstance(fact.data, Decision):
            return self._touched(fact.source)
        if part is None:
            return self.assessments if fact in self._beside[-1:] else ()
        found = self._assessed(part) if self.in_parts else None
        if found is None:
            self._assess_all()
            return self.assessments
        for row in self._shown.get(part, ()):
            del self._rows[bisect_left(self._rows, row.order, key=_order)]
        for row in found:
            insort(self._rows, row, key=_order)
        self._shown[part] = found
        return self._decided(found)

    def _decided(self, rows: Iterable[_Row]) -> tuple[Assessment, ...]:
        found = tuple(row.assessment for row in rows)
        return decided(self._ending, found, self._beside, self.at)

    def _touched(self, source: Source) -> tuple[Assessment, ...]:
        """The assessments that any version of a decision is about."""
        versions = [f.data for f in self._beside if f.source == source and isinstance(f.data, Decision)]
        return self._decided(row for row in self._rows if any(about(d, row.assessment) for d in versions))

    def _end_moved(self) -> bool:
        """Whether the agreement ends on another day than it was assessed with; takes that day over."""
        before = self._ending
        self._ending = until_ended(self.obligation, self._beside, self.at)
        return self._ending != before

    def advance(self, at: AsOf) -> None:
        """Judge as of another instant. Where time only moves on, settled parts are not assessed again."""
        before, self.at = self.at, at
        onward = at.as_of >= before.as_of and at.known_at >= before.known_at
        # Days may be those of the zone of `as_of`: another zone, another reading.
        moved = self._end_moved()
        if not moved and onward and at.as_of.tzinfo == before.as_of.tzinfo and self._partition is not None:
            settled = self._partition.settled
            self._assess_all(frozenset(part for part, facts in self._facts.items() if settled(facts, before)))
        else:
            self._assess_all()

    def _hold(self, fact: Fact) -> Key | None:
        """Keep a fact with its part, or beside the parts; None where the rule does not read it."""
        if fact.kind not in reads(self.obligation):
            return None
        if fact.kind in _BESIDE:
            self._beside.append(fact)
            if fact.kind not in READS[self.obligation.kind]:
                return None
        if self._partition is not None and fact.kind not in self._partition.keys:
            self._join()
        part = self._partition.keys[fact.kind](fact) if self._partition is not None else ()
        self._facts.setdefault(part, []).append(fact)
        return part

    def _join(self) -> None:
        """One part of everything, from now on."""
        self._partition = None
        self._facts = {(): [fact for part in self._facts.values() for fact in part]}

    def _assess_all(self, settled: frozenset[Key] = frozenset()) -> None:
        """Assess every part; those that are settled are only stamped with the instant."""
        shown: dict[Key, tuple[_Row, ...]] = {}
        stamp = {"as_of": self.at.as_of, "known_at": self.at.known_at}
        for part in self._facts:
            if part in settled:
                rows = self._shown[part]
                found: tuple[_Row, ...] | None = tuple(
                    row._replace(assessment=row.assessment.model_copy(update=stamp)) for row in rows
                )
            else:
                found = self._assessed(part)
            if found is None:
                self._join()
                return self._assess_all()
            shown[part] = found
        self._shown = shown
        self._rows = sorted((row for rows in shown.values() for row in rows), key=_order)
        return None

    def _assessed(self, part: Key) -> tuple[_Row, ...] | None:
        """The assessments of a part, None where they can only be told of all facts together."""
        facts = self._facts[part]
        found = by_rule(self._ending, facts, self.at, self.observed_from)
        if not self.in_parts:
            return tuple(_Row((place,), assessment) for place, assessment in enumerate(found))
        if any(assessment.occurrence.key == UNCOUNTABLE for assessment in found):
            # A calendar that cannot be used is told once, not once for each part.
            return None
        # Where two occurrences are called the same, the rule gives them in the order of their records.
        known = latest(facts, self.at.known_at)
        record = (known[0].occurred_at.astimezone(UTC), known[0].id) if known else ()
        return tuple(
            _Row((a.occurrence.counts_on, a.occurrence.key, *record, place, part), a)
            for place, a in enumerate(found)
        )


def _record(fact: Fact) -> Key:
    return (fact.source.system, fact.source.record)


def _ticket_is_settled(facts: Sequence[Fact], at: AsOf) -> bool:
    """Resolved, and nothing on record of it lies after the instant judged: clocks stop at the resolution at
    the latest, and of what comes later the rules read nothing."""
    if any(fact.known_at > at.known_at for fact in facts):
        return False
    for fact in latest(facts, at.known_at):
        ticket = fact.data
        seen = history(ticket, at.as_of) if isinstance(ticket, Ticket) else None
        if seen is None or seen.resolved_at is None:
            return False
        moments = [event.at for event in seen.ticket.events]
        if seen.ticket.resolved_at is not None:
            moments.append(seen.ticket.resolved_at)
        if any(moment > at.as_of for moment in moments):
            return False
    return True


_TICKETS = Partition({"ticket": _record}, _ticket_is_settled)

PARTITIONS: dict[str, Partition] = {
    "response_time": _TICKETS,
    "resolution_time": _TICKETS,
    "update_time": _TICKETS,
}
"""Kinds whose occurrences are decided part by part. A ticket is judged on its own record and nothing else."""
