"""What one run has on its desk: every look-up made through `AskDeps`, each at most once.

Nodes keep only ids in the graph's state; a run resumed from a checkpoint looks the rest up again.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from agent.deps import AskDeps, NameMatch, SearchHit
from obligations.document import Span
from obligations.facts import Fact
from obligations.model import Action, Assessment, Contract, Obligation, Party, Review
from obligations.sides import we_sell, we_sell_by


class Desk:
    """Look-ups of one question, remembered. `as_of` is the instant judged."""

    def __init__(self, deps: AskDeps, as_of: datetime) -> None:
        self.deps = deps
        self.as_of = as_of
        self._obligations: dict[str, Obligation] = {}
        self._loaded: set[str] = set()
        self._judged: dict[object, list[Assessment]] = {}
        self._assessments: dict[str, Assessment] = {}
        self._names: dict[str, Sequence[NameMatch]] = {}
        self._facts: dict[object, list[Fact]] = {}
        self._hits: dict[object, list[SearchHit]] = {}
        self._actions: dict[object, list[Action]] = {}

    @cached_property
    def parties(self) -> dict[str, Party]:
        return {p.id: p for p in self.deps.parties()}

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        return {c.id: c for c in self.deps.contracts()}

    @property
    def ours(self) -> tuple[str, ...]:
        """Names of the company we act for."""
        return tuple(n for p in self.parties.values() if p.us for n in (p.name, *p.aliases))

    def names(self, text: str) -> Sequence[NameMatch]:
        if text not in self._names:
            self._names[text] = self.deps.names(text)
        return self._names[text]

    def obligations(self, contracts: Iterable[str]) -> list[Obligation]:
        """Obligations of contracts that a person or policy has not rejected, in a stable order."""
        wanted = set(contracts)
        if missing := wanted - self._loaded:
            for found in self.deps.obligations(sorted(missing)):
                if found.review not in (Review.REJECTED, Review.SUPERSEDED):
                    self._obligations[found.id] = found
            self._loaded |= missing
        return [o for o in self._obligations.values() if o.contract in wanted]

    def obligation(self, obligation_id: str) -> Obligation | None:
        if obligation_id not in self._obligations:
            self.obligations(self.contracts)
        return self._obligations.get(obligation_id)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """Names of services that promises are about."""
        every = self.obligations(self.contracts)
        said = (getattr(d.terms, "service", None) for o in every for d in o.terms)
        return tuple(dict.fromkeys(s for s in said if s))

    def assess(
        self, obligations: Collection[str], as_of: datetime, period: tuple[date | None, date | None]
    ) -> list[Assessment]:
        key = (frozenset(obligations), as_of, period)
        if key not in self._judged:
            self._judged[key] = list(self.deps.assess(obligations, as_of, period))
            self._assessments.update({a.id: a for a in self._judged[key]})
        return self._judged[key]

    def assessments(self, ids: Iterable[str]) -> list[Assessment]:
        """Assessments already made in this run, by id, in the order asked."""
        return [self._assessments[i] for i in ids if i in self._assessments]

    def facts(
        self,
        *,
        parties: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        records: Collection[str] | None = None,
    ) -> list[Fact]:
        """Facts known at the instant judged."""
        key = tuple(None if part is None else frozenset(part) for part in (parties, kinds, records))
        if key not in self._facts:
            found = self.deps.facts(parties=parties, kinds=kinds, records=records, known_at=self.as_of)
            self._facts[key] = list(found)
        return self._facts[key]

    def search(self, query: str, contracts: Collection[str] | None) -> list[SearchHit]:
        key = (query, None if contracts is None else frozenset(contracts))
        if key not in self._hits:
            self._hits[key] = list(self.deps.search(query, contracts=contracts, kinds=None, limit=12))
        return self._hits[key]

    def actions(self, contracts: Collection[str]) -> list[Action]:
        key = frozenset(contracts)
        if key not in self._actions:
            self._actions[key] = list(self.deps.actions(contracts))
        return self._actions[key]

    def quote(self, span: Span) -> str:
        """The document's own words where a span points, or the span's when the document is not there."""
        return self.deps.passage(span.document_id, span.start, span.end) or span.quote

    def party_of(self, contract: str) -> Party | None:
        """The counterparty of a contract."""
        held = self.contracts.get(contract)
        return self.parties.get(held.counterparty or "") if held else None

    def party_name(self, contract: str) -> str:
        party = self.party_of(contract)
        held = self.contracts.get(contract)
        return party.name if party else held.title if held else contract

    def zone(self, contract: str) -> tzinfo | None:
        """Where a contract is performed; the zone of `as_of` where it does not say."""
        held = self.contracts.get(contract)
        return ZoneInfo(held.zone) if held and held.zone else self.as_of.tzinfo

    def contracts_of(self, parties: Collection[str]) -> list[str]:
        return [c.id for c in self.contracts.values() if c.counterparty in parties]

    def amends(self, contract: str) -> str:
        """What an amendment amends; any other contract is itself."""
        held = self.contracts.get(contract)
        parent = held.parent if held and held.relation == "amendment" else None
        return parent if parent in self.contracts else contract

    def below(self, contract: str) -> list[str]:
        """A contract and the schedules and amendments that hang on it."""
        found = [contract]
        for each in self.contracts.values():
            if each.parent == contract and each.relation in ("schedule", "amendment") and each.id != contract:
                found += self.below(each.id)
        return list(dict.fromkeys(found))

    def we_sell(self, contract: str) -> bool:
        """True where the counterparty is our customer."""
        told = we_sell(contract, self.contracts)
        if told is None:
            own = next((p.id for p in self.parties.values() if p.us), None)
            by = (we_sell_by(o, own) for o in self.obligations([contract]))
            told = next((each for each in by if each is not None), None)
        return told is True

    def we_owe(self, obligation: Obligation | None) -> bool | None:
        """True when the promise is ours, None when it is not known whose it is."""
        if obligation is None:
            return None
        if obligation.we_owe is not None:
            return obligation.we_owe
        party = self.parties.get(obligation.debtor or "")
        if party is not None:
            return party.us
        if obligation.kind == "payment_due":
            return not self.we_sell(obligation.contract)
        return None if obligation.kind in ("term", "renewal", "renewal_notice") else False
