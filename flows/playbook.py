"""Each promise read against the house's playbook: where it stands, both texts, and whom to ask."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from obligations.model import Contract, Obligation, Review
from obligations.quantities import Frozen
from obligations.sides import we_sell, we_sell_by
from obligations.terms.words import in_words
from store import Scope

if TYPE_CHECKING:
    from extraction.compare import PlaybookPosition
    from extraction.library import Side
    from flows.wiring import Pacta

Position = Literal["preferred", "fallback", "deviation"]


class HouseClause(Frozen):
    """A clause of the library. `why` is the guidance for whoever negotiates."""

    id: str
    title: str
    position: Literal["preferred", "fallback", "not_acceptable"]
    text: str
    why: str = ""


class Judged(Frozen):
    """What one rule of the playbook says: what is stated, what we ask for and what we can live with."""

    term: str
    stated: str
    position: Position
    asks: str
    accepts: str = ""
    why: str = ""


class Compared(Frozen):
    """A promise beside the playbook.

    `text` are the contract's words, `terms` what was read in them. `position` is None where no rule applies.
    `nearest` is the library's clause most like it, with the share of words that both have; `preferred` is
    what we would rather have. `side` is ours; `side_known` is False where nothing tells it and we are taken
    for the customer. `escalate_to` may agree to a deviation.
    """

    obligation: str
    contract: str
    kind: str
    key: str = ""
    review: Review
    side: Literal["customer", "supplier"]
    side_known: bool
    position: Position | None
    text: str
    section: str = ""
    page: int | None = None
    terms: str
    rules: tuple[Judged, ...] = ()
    preferred: HouseClause | None = None
    nearest: HouseClause | None = None
    similarity: float = 0.0
    escalate_to: str = ""


def of_contract(pacta: "Pacta", contract: str, scope: Scope) -> tuple[Compared, ...]:
    """The promises of one contract, without those that were replaced or rejected. Raises NotFound."""
    pacta.store.contract(contract, scope)
    return compare(pacta, pacta.store.obligations(scope, contract=contract), scope)


def of_obligation(pacta: "Pacta", obligation: str, scope: Scope) -> Compared:
    """One promise, whatever its review. Raises NotFound."""
    held = {c.id: c for c in pacta.store.contracts(scope)}
    return _compared(pacta, pacta.store.obligation(obligation, scope), held)


def compare(pacta: "Pacta", found: Sequence[Obligation], scope: Scope) -> tuple[Compared, ...]:
    """Promises beside the playbook, in the order given, without those that were replaced or rejected."""
    held = {c.id: c for c in pacta.store.contracts(scope)}
    standing = (o for o in found if o.review not in (Review.SUPERSEDED, Review.REJECTED))
    return tuple(_compared(pacta, o, held) for o in standing)


def _compared(pacta: "Pacta", o: Obligation, held: Mapping[str, Contract]) -> Compared:
    from extraction.compare import playbook

    side, known = _side(o, held)
    found = playbook(o, pacta.library, side)
    span = o.terms[-1].span
    return Compared(
        obligation=o.id,
        contract=o.contract,
        kind=o.kind,
        key=o.key,
        review=o.review,
        side=side,
        side_known=known,
        position=found.position,
        text=" ".join(found.text.split()),
        section=span.section,
        page=span.page,
        terms=in_words(o.terms[-1].terms),
        rules=tuple(Judged.model_validate(rule.model_dump()) for rule in found.rules),
        preferred=_house(found, "preferred_clause"),
        nearest=_house(found, "library_clause"),
        similarity=found.similarity,
        escalate_to=found.escalate_to,
    )


def _side(o: Obligation, held: Mapping[str, Contract]) -> "tuple[Side, bool]":
    contract = held.get(o.contract)
    selling = we_sell(o.contract, held)
    if selling is None:
        selling = we_sell_by(o, contract.us if contract else None)
    return "supplier" if selling else "customer", selling is not None


def _house(
    found: "PlaybookPosition", which: Literal["library_clause", "preferred_clause"]
) -> HouseClause | None:
    clause = getattr(found, which)
    if clause is None:
        return None
    return HouseClause(
        id=clause.id,
        title=clause.title,
        position=clause.position,
        text=" ".join(clause.text.split()),
        why=clause.why,
    )
