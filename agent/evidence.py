"""What a claim may state: the words and values of the things it cites, and what follows from counting
and adding them up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import groupby

from agent.answer import Claim
from agent.phrases import spell
from agent.plan import Plan
from agent.sources import BREAK, kept, of_assessment, of_contract, of_fact, of_obligation, of_span
from agent.values import Values, values
from obligations.document import Span
from obligations.facts import Fact, Source
from obligations.model import Action, Assessment, Contract, Obligation, Party


@dataclass(frozen=True)
class _Bundle:
    """What one judgement brings with it."""

    texts: tuple[str, ...]
    values: Values


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
    _bundles: dict[str, "_Bundle"] = field(default_factory=dict)
    _asked_for: list[str] = field(default_factory=list)

    def texts(self, claim: Claim) -> list[str]:
        """The words behind a claim, one text for each thing it cites, and the question and the plan."""
        found = [self._asked()]
        for a in self.cited(claim):
            found += self._bundle(a).texts
        found += [of_span(span) for span in claim.spans] + [self._title(span) for span in claim.spans]
        found += [text for record in claim.records for text in self._record(record)]
        for contract in claim.contracts:
            found += [*self._contract(contract), *self._actions(contract)]
        held = (self.obligations.get(o) for o in claim.obligations)
        found += [of_obligation(o) for o in held if o is not None]
        return [text for text in dict.fromkeys(found) if text]

    def values(self, claim: Claim) -> Values:
        """What a claim may state as numbers, dates, amounts: of its words, its instants, and derived."""
        found = Values()
        bundled = [self._bundle(a) for a in self.cited(claim)]
        known = {text for bundle in bundled for text in bundle.texts}
        for bundle in bundled:
            found.add(bundle.values)
        for text in self.texts(claim):
            if text not in known:
                found.add(values(text))
        self._add_instants(found, ((at, "") for at in self._own_instants(claim)))
        found.dates |= set(self._days())
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

    def _bundle(self, a: Assessment) -> "_Bundle":
        """Everything one judgement brings with it: its words, its promise, contract, clauses, records."""
        if a.id not in self._bundles:
            promise, contract = self.obligations.get(a.obligation), self.contracts.get(a.contract)
            party = self.parties.get(contract.counterparty or "") if contract else None
            rests_on = (a, promise, contract, party, *self._facts(a.records))
            clocks = (str(self.zone_of(a.contract)), str(self.as_of.tzinfo))
            self._bundles[a.id] = kept(rests_on, clocks, lambda: self._gathered(a, promise))
        return self._bundles[a.id]

    def _gathered(self, a: Assessment, promise: Obligation | None) -> "_Bundle":
        texts = [of_assessment(a), *self._contract(a.contract), *(of_span(span) for span in a.spans)]
        texts += [of_obligation(promise)] if promise else []
        texts += [text for record in a.records for text in self._record(record)]
        found = Values()
        for text in texts:
            found.add(values(text))
        own = [at for at in (a.occurrence.starts_at, a.occurrence.due_at) if at]
        own += [at for fact in self._facts(a.records) for at in _instants_of(fact)]
        self._add_instants(found, ((at, a.contract) for at in own))
        found.dates.add(a.occurrence.counts_on)
        return _Bundle(tuple(texts), found)

    def _add_instants(self, found: Values, instants: Iterable[tuple[datetime, str]]) -> None:
        """Day and time of instants, on the clocks of the contract and on those of the question."""
        for at, contract in instants:
            for zone in (self.zone_of(contract) or self.as_of.tzinfo, self.as_of.tzinfo):
                local = at.astimezone(zone)
                found.dates.add(local.date())
                found.times.add(f"{local.hour:02d}:{local.minute:02d}")

    def _own_instants(self, claim: Claim) -> Iterator[datetime]:
        yield self.as_of
        for fact in self._facts(claim.records):
            yield from _instants_of(fact)

    def _facts(self, records: Iterable[Source]) -> list[Fact]:
        return [fact for record in records for fact in self.facts.get(record_key(record), ())]

    def _asked(self) -> str:
        if not self._asked_for:
            windows = [w for window in self.plan.windows for w in (window.label, window.start, window.end)]
            named = [p.name for p in self.parties.values() if p.id in self.plan.parties]
            said = [self.question, *windows, self.as_of.isoformat(), f"{self.as_of:%H:%M %Z}", *named]
            said += [
                *self.plan.names,
                *self.plan.records,
                *self.plan.services,
                *self.plan.notes,
                *self.offered,
            ]
            self._asked_for.append(spell(BREAK.join(str(part) for part in said if part)))
        return self._asked_for[0]

    def _title(self, span: Span) -> str:
        held = self.contracts.get(self.document_contract(span.document_id))
        return spell(held.title) if held else ""

    def _record(self, record: Source) -> list[str]:
        return [record.record, record.label, *(of_fact(fact) for fact in self._facts([record]))]

    def _contract(self, contract_id: str) -> list[str]:
        held = self.contracts.get(contract_id)
        return [of_contract(held, self.parties.get(held.counterparty or ""))] if held else []

    def _actions(self, contract_id: str) -> list[str]:
        found = [a for a in self.actions if a.contract == contract_id]
        return [spell(BREAK.join((a.target, a.reason, str(a.proposed_at.date())))) for a in found]

    def _days(self) -> Iterator[date]:
        for window in self.plan.windows:
            yield from (d for d in (window.start, window.end) if d)
        yield self.as_of.date()

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
