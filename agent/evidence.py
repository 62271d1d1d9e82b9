"""What a claim may state: the words and values of the things it cites, and what follows from counting
and adding them up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import groupby

from agent.answer import Claim
from agent.phrases import spell, zone_day
from agent.plan import Plan
from agent.tell.terms import current_and_past, describe, title_of
from agent.values import Values, values
from obligations.document import Span
from obligations.facts import Fact, Source
from obligations.model import Action, Assessment, Contract, Obligation, Party
from obligations.quantities import Money

BREAK = " \n|\n "
"""Stands between the texts of one thing, so that nothing is read across them."""


@dataclass
class Evidence:
    """Everything one answer may rest on, as plain data.

    `passage` gives the document's own text at a place, None where the document is not there; `zone_of`
    the zone of a contract; `offered` are the names that are asked back. Texts are put together
    once per thing cited.
    """

    question: str
    plan: Plan
    as_of: datetime
    zone_of: Callable[[str], tzinfo | None]
    passage: Callable[[str, int, int], str | None]
    assessments: Mapping[str, Assessment] = field(default_factory=dict)
    obligations: Mapping[str, Obligation] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    parties: Mapping[str, Party] = field(default_factory=dict)
    facts: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    offered: tuple[str, ...] = ()
    _texts: dict[object, str] = field(default_factory=dict)

    def texts(self, claim: Claim) -> list[str]:
        """The words behind a claim, one text for each thing it cites, and the question and the plan."""
        keys: list[object] = [("asked", "")]
        for a in self.cited(claim):
            keys += [("assessment", a.id), ("obligation", a.obligation), ("contract", a.contract)]
            keys += [*a.spans, *(("record", r.system, r.record, r.label) for r in a.records)]
        keys += [*claim.spans, *(("record", r.system, r.record, r.label) for r in claim.records)]
        keys += [("contract", c) for c in claim.contracts] + [("obligation", o) for o in claim.obligations]
        return [self._text(key) for key in dict.fromkeys(keys)]

    def values(self, claim: Claim) -> Values:
        """What a claim may state as numbers, dates, amounts: of its words, its instants, and derived."""
        found = Values()
        for text in self.texts(claim):
            found.add(values(text))
        for on in self._days(claim):
            found.dates.add(on)
        for at, contract in self._instants(claim):
            zone = self.zone_of(contract) or self.as_of.tzinfo
            for seen in (at.astimezone(zone), at.astimezone(self.as_of.tzinfo)):
                found.dates.add(seen.date())
                found.times.add(f"{seen:%H:%M}")
            found.dates.add(zone_day(at, zone))
        found.months |= {(d.year, d.month) for d in found.dates}
        found.days |= {(d.month, d.day) for d in found.dates}
        found.numbers |= self._counts(claim) | self._distances(found.dates)
        found.money |= self._sums(claim)
        return found

    def cited(self, claim: Claim) -> list[Assessment]:
        return [self.assessments[i] for i in claim.assessments if i in self.assessments]

    def document_contract(self, document_id: str) -> str:
        """The contract a document belongs to; empty when none is known."""
        return next((c.id for c in self.contracts.values() if c.document_id == document_id), "")

    def _text(self, key: object) -> str:
        if key not in self._texts:
            self._texts[key] = spell(BREAK.join(part for part in self._parts(key) if part))
        return self._texts[key]

    def _parts(self, key: object) -> Iterator[str]:
        if isinstance(key, Span):
            return self._span(key)
        assert isinstance(key, tuple)
        kind, *rest = key
        tell: dict[str, Callable[..., Iterator[str]]] = {
            "asked": lambda _: self._asked(),
            "assessment": self._assessment,
            "obligation": self._obligation,
            "contract": self._contract,
            "record": self._record,
        }
        return tell[kind](*rest)

    def _asked(self) -> Iterator[str]:
        yield self.question
        for window in self.plan.windows:
            yield from (window.label, str(window.start or ""), str(window.end or ""))
        yield self.as_of.isoformat()
        yield f"{self.as_of:%H:%M %Z}"
        yield from (*self.plan.names, *self.plan.records, *self.plan.services, *self.plan.notes)
        yield from self.offered
        yield from (p.name for p in self.parties.values() if p.id in self.plan.parties)

    def _assessment(self, assessment_id: str) -> Iterator[str]:
        a = self.assessments[assessment_id]
        yield from (a.occurrence.key, a.occurrence.label, a.summary, *a.missing)
        yield from (q.text for q in (a.target, a.measured, a.margin) if q)
        yield str(a.money.rounded()) if a.money else ""
        yield from (step.says for step in a.trail)

    def _span(self, span: Span) -> Iterator[str]:
        yield from (span.quote, span.section, str(span.page or ""))
        held = self.contracts.get(self.document_contract(span.document_id))
        yield held.title if held else ""

    def _record(self, system: str, record: str, label: str) -> Iterator[str]:
        yield from (record, label)
        for fact in self.facts.get((system, record), ()):
            yield fact.data.model_dump_json()
            held = (getattr(fact.data, name, None) for name in ("gross", "net", "amount"))
            yield from (str(money.rounded()) for money in held if isinstance(money, Money))

    def _contract(self, contract_id: str) -> Iterator[str]:
        held = self.contracts.get(contract_id)
        if held is None:
            return
        yield from (held.id, held.title, held.governing_law, held.type)
        yield from (str(d) for d in (held.agreed_on, held.effective_on, held.expires_on) if d)
        party = self.parties.get(held.counterparty or "")
        yield from (party.name, *party.aliases) if party else ()
        for action in self.actions:
            if action.contract == contract_id:
                yield from (action.target, action.reason, str(action.proposed_at.date()))

    def _obligation(self, obligation_id: str) -> Iterator[str]:
        held = self.obligations.get(obligation_id)
        if held is None:
            return
        yield from (held.key, title_of(held), *held.notes)
        yield from current_and_past(held, self.as_of.date())[1]
        for dated in held.terms:
            yield from (describe(dated.terms), dated.span.quote, str(dated.from_on or ""))

    def _days(self, claim: Claim) -> Iterator[date]:
        for a in self.cited(claim):
            yield a.occurrence.counts_on
        for window in self.plan.windows:
            yield from (d for d in (window.start, window.end) if d)
        yield self.as_of.date()

    def _instants(self, claim: Claim) -> Iterator[tuple[datetime, str]]:
        yield self.as_of, ""
        for a in self.cited(claim):
            for at in (a.occurrence.starts_at, a.occurrence.due_at):
                if at is not None:
                    yield at, a.contract
        records = {(r.system, r.record) for r in claim.records}
        records |= {(r.system, r.record) for a in self.cited(claim) for r in a.records}
        for key in records:
            for fact in self.facts.get(key, ()):
                yield from ((at, fact.contract or "") for at in _instants_of(fact))

    def _counts(self, claim: Claim) -> set[Decimal]:
        """How many assessments, by outcome and kind, parties, contracts, records the claim cites."""
        cited = self.cited(claim)
        outcomes = [a.outcome for a in cited]
        kinds = [a.kind for a in cited]
        sizes = {len(cited), len(claim.records), len(claim.contracts), len({self._party(a) for a in cited})}
        sizes |= {len({a.contract for a in cited}), len({a.obligation for a in cited})}
        sizes |= {len({a.occurrence.key for a in cited})}
        sizes |= {outcomes.count(o) for o in set(outcomes)} | {kinds.count(k) for k in set(kinds)}
        sizes.add(sum(o.value in ("met", "breached") for o in outcomes))
        return {Decimal(n).normalize() for n in sizes}

    def _party(self, a: Assessment) -> str:
        held = self.contracts.get(a.contract)
        return (held.counterparty if held else None) or a.contract

    def _distances(self, dates: Iterable[date]) -> set[Decimal]:
        return {Decimal(abs((d - self.as_of.date()).days)).normalize() for d in dates}

    def _sums(self, claim: Claim) -> set[tuple[str, Decimal]]:
        """Totals by currency: of all cited, and of those breached."""
        found: set[tuple[str, Decimal]] = set()
        cited = self.cited(claim)
        for group in (cited, [a for a in cited if a.outcome.value == "breached"]):
            held = sorted((a.money for a in group if a.money), key=lambda m: m.currency)
            for currency, money in groupby(held, key=lambda m: m.currency):
                found.add((currency, sum((m.rounded().amount for m in money), Decimal(0)).normalize()))
        return found


def _instants_of(fact: Fact) -> Iterator[datetime]:
    yield fact.occurred_at
    for name in ("opened_at", "resolved_at", "started_at", "ended_at", "announced_at", "received_at"):
        at = getattr(fact.data, name, None)
        if at is not None:
            yield at
    for event in getattr(fact.data, "events", ()):
        yield event.at


def record_key(record: Source) -> tuple[str, str]:
    """What facts are looked up by."""
    return record.system, record.record
