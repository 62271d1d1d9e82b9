"""Which document set each term of a promise."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from obligations.document import Span
from obligations.model import DatedTerms, Obligation


@dataclass(frozen=True)
class TermOrigin:
    """One term in force: its name and value, the document that set it and from when on (None: from the
    start). `spans` are its clauses; for a bound term those of the clauses it hangs on."""

    name: str
    value: Any
    contract: str
    since: date | None
    spans: tuple[Span, ...]
    bound: bool = False


def lineage(obligation: Obligation, on: date) -> tuple[TermOrigin, ...]:
    """The terms in force on a day with their origin, in the order of their class; none where nothing is
    promised on that day. A term that an amendment leaves as it was keeps its origin."""
    if obligation.in_force(on) is None:
        return ()
    held: dict[str, TermOrigin] = {}
    for dated in obligation.terms:
        if dated.from_on is not None and dated.from_on > on:
            break
        if not dated.deleted:
            held = {name: _origin(name, dated, held.get(name)) for name in _stated(dated)}
    return tuple(held.values())


def _stated(dated: DatedTerms) -> list[str]:
    fields = type(dated.terms).model_fields.items()
    return [name for name, field in fields if getattr(dated.terms, name) not in (field.default, None, ())]


def _origin(name: str, dated: DatedTerms, before: TermOrigin | None) -> TermOrigin:
    value = getattr(dated.terms, name)
    if before is not None and before.value == value:
        return before
    bound = (type(dated.terms).model_fields[name].description or "").startswith("bound")
    spans = dated.basis if bound and dated.basis else (dated.span,)
    return TermOrigin(name, value, dated.contract, dated.from_on, spans, bound)
