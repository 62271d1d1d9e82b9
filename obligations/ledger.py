"""Assessments that are kept up as facts arrive: one new fact re-assesses only what it can touch.

For each kind of obligation `PARTITIONS` tells which facts decide one occurrence together. Facts of different
parts never meet in a rule, so that assessing each part alone gives what assessing all at once gives. A kind
that is not in the table, or a fact that it has no key for, is assessed as a whole: slower, never wrong.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date
from typing import NamedTuple

from obligations.facts import Fact, Ticket, latest
from obligations.model import AsOf, Assessment, Obligation
from obligations.rules import READS, assess
from obligations.ticket_history import history

Key = tuple[str, ...]

UNCOUNTABLE = "calendar"
"""The occurrence under which `rules.assess` tells that an obligation's dates cannot be counted."""


class Partition(NamedTuple):
    """How the facts of one kind of obligation fall into parts.

    `keys` gives, by kind of fact, the part that a fact belongs to. `settled` tells of a part's facts that
    what they say of an instant they say of every later one, as long as none is added.
    """

    keys: dict[str, Callable[[Fact], Key]]
    settled: Callable[[Sequence[Fact], AsOf], bool]


class Ledger:
    """The assessments of one obligation on all facts added so far, equal to `rules.assess` of them all."""

    def __init__(
        self, obligation: Obligation, facts: Iterable[Fact], at: AsOf, observed_from: date | None = None
    ) -> None:
        self.obligation = obligation
        self.at = at
        self.observed_from = observed_from
        self._partition = PARTITIONS.get(obligation.kind)
        self._facts: dict[Key, list[Fact]] = {} if self._partition else {(): []}
        self._assessed: dict[Key, tuple[Assessment, ...]] = {}
        for fact in facts:
            self._hold(fact)
        self._assess(list(self._facts))

    @property
    def in_parts(self) -> bool:
        """False where only a full assessment is known to be right; all facts are one part then."""
        return self._partition is not None

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """All of them, in the order in which the rule gives them."""
        if not self.in_parts:
            return self._assessed[()]
        rows = [
            ((found.occurrence.counts_on, found.occurrence.key, *self._order(key), place), found)
            for key, part in self._assessed.items()
            for place, found in enumerate(part)
        ]
        return tuple(found for _, found in sorted(rows, key=lambda row: row[0]))

    def add(self, fact: Fact) -> tuple[Assessment, ...]:
        """Take in a fact. Returns the assessments of what it can touch, as they are now."""
        key = self._hold(fact)
        if key is None:
            return ()
        self._assess([key])
        found = self._assessed.get(key)
        return self.assessments if found is None else found

    def advance(self, at: AsOf) -> None:
        """Judge as of another instant. Where time only moves on, settled parts are not assessed again."""
        before, self.at = self.at, at
        onward = at.as_of >= before.as_of and at.known_at >= before.known_at
        stamp = {"as_of": at.as_of, "known_at": at.known_at}
        open_parts = []
        for key, facts in self._facts.items():
            settled = onward and self._partition is not None and self._partition.settled(facts, before)
            # Days may be those of the zone of `as_of`: another zone, another reading.
            if settled and at.as_of.tzinfo == before.as_of.tzinfo:
                self._assessed[key] = tuple(a.model_copy(update=stamp) for a in self._assessed[key])
            else:
                open_parts.append(key)
        self._assess(open_parts)

    def _hold(self, fact: Fact) -> Key | None:
        """Keep a fact with its part; None where the rule does not read it."""
        if fact.kind not in READS[self.obligation.kind]:
            return None
        if self._partition is not None and fact.kind not in self._partition.keys:
            self._join()
        key = self._partition.keys[fact.kind](fact) if self._partition is not None else ()
        self._facts.setdefault(key, []).append(fact)
        return key

    def _assess(self, parts: Sequence[Key]) -> None:
        for key in parts:
            found = assess(self.obligation, self._facts[key], self.at, self.observed_from)
            if self.in_parts and any(part.occurrence.key == UNCOUNTABLE for part in found):
                # A calendar that cannot be used is told once, not once for each part.
                self._join()
                return self._assess([()])
            self._assessed[key] = found
        return None

    def _join(self) -> None:
        """One part of everything, from now on."""
        self._partition = None
        self._facts = {(): [fact for part in self._facts.values() for fact in part]}
        self._assessed = {}

    def _order(self, key: Key) -> tuple[object, ...]:
        """Where a part stands among others whose occurrences are called the same."""
        known = latest(self._facts[key], self.at.known_at)
        return (known[0].occurred_at.astimezone(UTC), known[0].id) if known else ()


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

PARTITIONS: dict[str, Partition] = {"response_time": _TICKETS, "resolution_time": _TICKETS}
"""Kinds whose occurrences are decided part by part. A ticket is judged on its own record and nothing else."""
