"""The words of the things an answer may rest on: clauses, promises, judgements, contracts, records.

Each is put into words once and kept by identity, because the same objects serve many questions as long
as nothing changes.
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, TypeVar

from agent.phrases import spell
from agent.tell.terms import describe, title_of
from obligations.document import Span
from obligations.facts import Fact
from obligations.model import Assessment, Contract, Obligation, Party
from obligations.quantities import Money

T = TypeVar("T")
BREAK = " \n|\n "
"""Stands between the texts of one thing, so that nothing is read across them."""

KEPT = 20_000
"""Most things whose words are kept; beyond that all are forgotten and made again."""

_held: dict[tuple[object, ...], tuple[tuple[object, ...], Any]] = {}
_lock = Lock()


def kept(things: tuple[object, ...], beside: tuple[str, ...], make: Callable[[], T]) -> T:
    """What `make` gives for some objects, made once as long as they are the same objects.

    They are held together with it, so that their identities stay their own.
    """
    key = (*map(id, things), *beside)
    found = _held.get(key)
    if found is not None:
        return found[1]  # type: ignore[no-any-return]
    made = make()
    with _lock:
        if len(_held) >= KEPT:
            _held.clear()
        _held[key] = (things, made)
    return made


def _kept(thing: object, parts: Callable[[], Iterator[str]]) -> str:
    """The words of a thing, dates spelled out, made once."""
    return kept((thing,), ("words",), lambda: spell(BREAK.join(part for part in parts() if part)))


def of_assessment(a: Assessment) -> str:
    """What was found: figures, summary, the steps of the trail."""

    def parts() -> Iterator[str]:
        yield from (a.occurrence.key, a.occurrence.label, a.summary, *a.missing)
        yield from (q.text for q in (a.target, a.measured, a.margin) if q)
        yield str(a.money.rounded()) if a.money else ""
        yield from (step.says for step in a.trail)

    return _kept(a, parts)


def of_span(span: Span) -> str:
    """The quote and where it stands."""
    return _kept(span, lambda: iter((span.quote, span.section, str(span.page or ""))))


def of_obligation(o: Obligation) -> str:
    """Every version of the terms in words, with the day it begins."""

    def parts() -> Iterator[str]:
        yield from (o.key, title_of(o), *o.notes)
        for dated in o.terms:
            yield from (describe(dated.terms), dated.span.quote, str(dated.from_on or ""))

    return _kept(o, parts)


def of_contract(contract: Contract, party: Party | None) -> str:
    """Title, law and dates of a contract, and whom it is with."""

    def parts() -> Iterator[str]:
        yield from (contract.id, contract.title, contract.governing_law, contract.type)
        yield from (str(d) for d in (contract.agreed_on, contract.effective_on, contract.expires_on) if d)
        yield from (party.name, *party.aliases) if party else ()

    return _kept(contract, parts)


def of_fact(fact: Fact) -> str:
    """A record as its system has it."""

    def parts() -> Iterator[str]:
        yield from (fact.source.record, fact.source.label, fact.data.model_dump_json())
        held = (getattr(fact.data, name, None) for name in ("gross", "net", "amount"))
        yield from (str(money.rounded()) for money in held if isinstance(money, Money))

    return _kept(fact, parts)
