"""Bring facts in: read each stream of each connector from its watermark, resolve whom they belong to.

A batch's facts are stored before its cursor, so that a kill between the two reads the batch again and
stores nothing twice. One failing stream is reported and the others go on.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flows.read_ahead import read_ahead
from obligations.document import Problem
from obligations.facts import Fact, Invoice, PurchaseOrder
from obligations.model import Contract, Party
from store import Scope
from tools.kit.errors import ConnectorError, Retryable

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from tools.kit.verbs import Connector

Progress = Callable[[str, str, int], None]


@dataclass(frozen=True)
class Synced:
    """What one stream gave: facts seen, facts new, and what went wrong."""

    system: str
    stream: str
    seen: int
    new: int
    unresolved: int
    problems: tuple[Problem, ...] = ()
    error: str = ""
    remedy: str = ""
    later: bool = False
    """The error may pass by itself."""


def sync(
    pacta: "Pacta", systems: Sequence[str] | None = None, progress: Progress | None = None
) -> list[Synced]:
    """Every stream of the named (or all) connectors, one result each."""
    results: list[Synced] = []
    for name in systems if systems is not None else sorted(pacta.connectors):
        results += sync_connector(pacta, pacta.connector(name), progress)
    return results


def sync_connector(
    pacta: "Pacta",
    connector: "Connector",
    progress: Progress | None = None,
    kinds: Collection[str] | None = None,
) -> list[Synced]:
    """The streams of one connector that yield facts, or those of them in `kinds`. Purchase orders come
    first: invoices refer to them."""
    streams = [s for s in connector.discover() if s.facts and (kinds is None or s.kind in kinds)]
    streams.sort(key=lambda s: "purchase_order" not in s.facts)
    links = Links(pacta)
    return [_stream(pacta, connector, stream.kind, links, progress) for stream in streams]


def _stream(
    pacta: "Pacta", connector: "Connector", kind: str, links: "Links", progress: Progress | None
) -> Synced:
    from tools.kit.verbs import harvest

    seen = new = unresolved = 0
    problems: list[Problem] = []
    error = remedy = ""
    later = False
    cursor = pacta.store.watermark(connector.name, kind)
    try:
        with closing(read_ahead(connector.read(kind, cursor))) as batches:
            for batch in batches:
                crop = harvest(connector, batch.records)
                facts = links.resolve(crop.facts)
                unresolved += sum(1 for f in facts if f.party is None)
                new += pacta.store.put_facts(facts, by=connector.name, at=pacta.clock())
                pacta.store.set_watermark(connector.name, kind, batch.cursor, at=pacta.clock())
                seen += len(facts)
                problems += [*batch.problems, *crop.problems]
                if progress is not None:
                    progress(connector.name, kind, seen)
    except ConnectorError as failure:
        error, remedy, later = str(failure), failure.remedy, isinstance(failure, Retryable)
        problems.append(Problem(stage="sync", what=error, place=f"{connector.name}/{kind}", remedy=remedy))
    pacta.store.put_problems(problems, at=pacta.clock())
    return Synced(connector.name, kind, seen, new, unresolved, tuple(problems), error, remedy, later)


class Links:
    """Whom facts belong to: the party by key, name or alias; the contract by reference or by order."""

    def __init__(self, pacta: "Pacta") -> None:
        self._parties: tuple[Party, ...] = pacta.store.parties(Scope.all())
        self._contracts: dict[str, Contract] = {c.id: c for c in pacta.store.contracts(Scope.all())}
        self._pacta = pacta
        self._resolved: dict[tuple[str, str], str | None] = {
            (link.system, link.hint): link.party for link in pacta.store.party_links(Scope.all())
        }

    def resolve(self, facts: Iterable[Fact]) -> list[Fact]:
        """The facts with `party` and `contract` filled where they are sure."""
        linked = []
        for fact in facts:
            party, contract = self._party(fact), self._contract(fact)
            found = (party, contract) != (fact.party, fact.contract)
            known = fact.model_copy(update={"party": party, "contract": contract}) if found else fact
            self._learn(known)
            linked.append(known)
        return linked

    @cached_property
    def _orders(self) -> dict[str, str]:
        """The contract of each order held; looked up when the first order or invoice comes."""
        orders = self._pacta.store.facts(Scope.all(), kinds=["purchase_order"])
        return {
            fact.data.number: fact.contract
            for fact in orders
            if isinstance(fact.data, PurchaseOrder) and fact.contract
        }

    def _learn(self, fact: Fact) -> None:
        if isinstance(fact.data, PurchaseOrder) and fact.contract:
            self._orders[fact.data.number] = fact.contract

    def _party(self, fact: Fact) -> str | None:
        if fact.party is not None or not fact.party_hint:
            return fact.party
        key = (fact.source.system, fact.party_hint)
        if key not in self._resolved:
            from tools.parties import PartyHint, resolve

            hint = PartyHint(name=fact.party_hint, keys={fact.source.system: fact.party_hint})
            found = resolve(hint, self._parties)
            self._resolved[key] = found.party.id if found.sure and found.party is not None else None
        return self._resolved[key]

    def _contract(self, fact: Fact) -> str | None:
        if fact.contract is not None:
            return fact.contract
        if fact.contract_hint in self._contracts:
            return fact.contract_hint
        if isinstance(fact.data, Invoice):
            return self._orders.get(fact.data.order)
        return None


def relink(pacta: "Pacta") -> int:
    """Resolve again the facts that belonged to nobody, after contracts came in; returns how many now do."""
    loose = pacta.store.loose_facts(Scope.all())
    linked = [f for f in Links(pacta).resolve(loose) if f.party is not None]
    if linked:
        pacta.store.replace_fact_links(
            ((f.id, f.party, f.contract) for f in linked), by="relink", at=pacta.clock()
        )
    return len(linked)
