"""What one caller may see, loaded once per revision of the store and assessed on demand.

A `World` is a consistent snapshot: contracts, parties, obligations resolved over the contract tree,
facts by party. It is cached by (scope, revision), its assessments by instant, so that a question costs
no SQL beyond reading the revision.
"""

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from obligations.cascade import resolve
from obligations.contract_tree import ContractTree
from obligations.facts import Fact
from obligations.local_holidays import with_local_holidays
from obligations.model import AsOf, Assessment, Contract, Obligation, Party, Review
from obligations.rules import assess, reads
from store import NotFound, Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from retrieval.names import NameIndex

KEPT_WORLDS = 16
KEPT_INSTANTS = 8


class World:
    """A snapshot in one scope. Read only."""

    def __init__(self, pacta: "Pacta", scope: Scope, revision: int) -> None:
        self._pacta, self.scope, self.revision = pacta, scope, revision
        self._judged: OrderedDict[AsOf, dict[str, tuple[Assessment, ...]]] = OrderedDict()
        self._texts: dict[str, str | None] = {}
        self._lock = Lock()

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        return {c.id: c for c in self._pacta.store.contracts(self.scope)}

    @cached_property
    def parties(self) -> dict[str, Party]:
        return {p.id: p for p in self._pacta.store.parties(self.scope)}

    @cached_property
    def names(self) -> "NameIndex":
        from retrieval.names import NameIndex

        others = [p for p in self.parties.values() if not p.us]
        return NameIndex(others, list(self.contracts.values()))

    @cached_property
    def read(self) -> dict[str, Obligation]:
        """Obligations as read, each from its own document, without what was replaced."""
        held = self._pacta.store.obligations(self.scope)
        return {o.id: o for o in held if o.review is not Review.SUPERSEDED}

    @cached_property
    def obligations(self) -> dict[str, Obligation]:
        """Approved obligations in force, resolved over amendments, SOWs and schedules."""
        holidays = self._pacta.holidays
        approved = [
            with_local_holidays(o, holidays) for o in self.read.values() if o.review is Review.APPROVED
        ]
        found = resolve(list(self.contracts.values()), approved, list(self.parties.values()))
        return {o.id: o for o in found}

    def fingerprint(self, as_of: datetime) -> str:
        """Of everything that an answer of an instant may rest on: the promises as they are resolved, and the
        records known by then."""
        known = (f.id for facts in self.facts.values() for f in facts if f.known_at <= as_of)
        held = "\0".join((self._terms, *sorted(known)))
        return hashlib.sha256(held.encode()).hexdigest()[:16]

    @cached_property
    def _terms(self) -> str:
        """A hash that changes with contracts, corrections and reviews."""
        held = hashlib.sha256()
        for key, promise in sorted(self.obligations.items()):
            held.update(f"{key} {promise.terms!r}\0".encode())
        return held.hexdigest()

    @cached_property
    def facts(self) -> dict[str, tuple[Fact, ...]]:
        """Every version held, by party; facts of no known party under the empty key."""
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self._pacta.store.facts(self.scope):
            found[fact.party or ""].append(fact)
        return {party: tuple(facts) for party, facts in found.items()}

    def text(self, document_id: str) -> str | None:
        """The canonical text of a document in scope."""
        if document_id not in self._texts:
            try:
                self._texts[document_id] = self._pacta.store.document(document_id, self.scope).text
            except NotFound:
                self._texts[document_id] = None
        return self._texts[document_id]

    def counterparty(self, obligation: Obligation) -> str | None:
        contract = self.contracts.get(obligation.contract)
        return contract.counterparty if contract else None

    def of_party(self, party: str) -> list[str]:
        """The contracts with a party."""
        return [c.id for c in self.contracts.values() if c.counterparty == party]

    def tree(self, contract: str) -> list[str]:
        """The contracts of the tree that one belongs to."""
        return [c for c in self.contracts if self._tree.root(c) == self._tree.root(contract)]

    @cached_property
    def _tree(self) -> ContractTree:
        return ContractTree(tuple(self.contracts.values()))

    def assess(self, obligations: Iterable[Obligation], at: AsOf) -> list[Assessment]:
        """Assessments of `obligations` at an instant, in their order; computed once each."""
        with self._lock:
            judged = self._judged.setdefault(at, {})
            self._judged.move_to_end(at)
            while len(self._judged) > KEPT_INSTANTS:
                self._judged.popitem(last=False)
        found: list[Assessment] = []
        for obligation in obligations:
            if obligation.id not in judged:
                judged[obligation.id] = self._assess(obligation, at)
            found.extend(judged[obligation.id])
        return found

    def _assess(self, obligation: Obligation, at: AsOf) -> tuple[Assessment, ...]:
        return assess(obligation, self.facts_of(obligation), at, self._pacta.settings.observed_from)

    def facts_of(self, obligation: Obligation) -> list[Fact]:
        """The records that may decide a promise: of the other side, of the affiliates that count as it, of
        ourselves, and those that are nobody's, such as index values and decisions."""
        parties = (self.counterparty(obligation) or "", *obligation.affiliates, obligation.us or "", "")
        kinds = reads(obligation)
        held = self._facts_by_kind
        return [f for p in dict.fromkeys(parties) for k in sorted(kinds) for f in held.get((p, k), ())]

    @cached_property
    def _facts_by_kind(self) -> dict[tuple[str, str], list[Fact]]:
        found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for party, facts in self.facts.items():
            for fact in facts:
                found[party, fact.kind].append(fact)
        return found

    def assess_all(self, at: AsOf, contracts: Sequence[str] | None = None) -> list[Assessment]:
        wanted = [o for o in self.obligations.values() if contracts is None or o.contract in contracts]
        return self.assess(wanted, at)


class Worlds:
    """The cache of worlds."""

    def __init__(self, pacta: "Pacta") -> None:
        self._pacta = pacta
        self._held: OrderedDict[Scope, World] = OrderedDict()
        self._lock = Lock()

    def of(self, scope: Scope) -> World:
        """The world a scope sees now; a stale one is dropped."""
        revision = self._pacta.store.revision()
        with self._lock:
            held = self._held.get(scope)
            if held is None or held.revision != revision:
                held = World(self._pacta, scope, revision)
                self._held[scope] = held
            self._held.move_to_end(scope)
            while len(self._held) > KEPT_WORLDS:
                self._held.popitem(last=False)
            return held


def instant(as_of: datetime, known_at: datetime | None = None) -> AsOf:
    """The two clocks, `known_at` defaulting to `as_of`."""
    return AsOf(as_of=as_of, known_at=known_at or as_of)
