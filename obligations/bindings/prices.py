"""Binding prices: a fee and a rate card hang on the clause that says how prices change, and that on them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.filling import filled, nearest, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.matching import same_service
from obligations.model import Obligation
from obligations.terms import Terms
from obligations.terms.prices import CardPrice, Fee, NamedPrice, PriceChange, RateCard


def price(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A fee or rate card with how it may change, its name, and the names of the other prices."""
    change = _change_of(tree, obligation, held)
    others = _others(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Fee | RateCard):
            return {}, ()
        update: dict[str, Any] = {}
        spans: tuple[Span, ...] = ()
        dated = on_day(change, on)
        if terms.change is None and dated is not None and isinstance(dated.terms, PriceChange):
            update["change"], spans = dated.terms, (dated.span,)
        if isinstance(terms, Fee):
            update["item"] = terms.item or obligation.key or None
            update["others"] = terms.others or others
        return update, spans

    return filled(obligation, [change] if change else [], fill)


def change(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A clause on changes of prices with the prices it is about, in the order of the contract."""
    about = [o for o in _priced(tree, obligation, held) if _meant(obligation, o)]

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, PriceChange) or terms.prices:
            return {}, ()
        found: dict[str, NamedPrice] = {}
        spans: list[Span] = []
        for other in about:
            dated = on_day(other, on)
            if dated is not None:
                named = _named(other, dated.terms, on)
                for each in named:
                    alone = each.alone and each.item not in found
                    found[each.item] = each.model_copy(update={"alone": alone})
                spans += [dated.span] if named else []
        return {"prices": tuple(found.values())}, tuple(spans)

    return filled(obligation, about, fill)


def _named(obligation: Obligation, terms: Terms, on: date) -> list[NamedPrice]:
    if isinstance(terms, RateCard):
        return [
            NamedPrice(item=row.item, price=row.price, alone=_alone(terms, row))
            for row in terms.prices
            if row.holds(on)
        ]
    if isinstance(terms, Fee) and terms.price is not None:
        return [NamedPrice(item=terms.item or obligation.key, price=terms.price)]
    return []


def _alone(card: RateCard, row: CardPrice) -> bool:
    """Whether a row is all that a card says of its item, on every day and for every quantity."""
    same = [other for other in card.prices if same_service(row.item, other.item) is True]
    return len(same) == 1 and row.from_on is None and row.to_on is None and row.for_quantity == 1


def _priced(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> list[Obligation]:
    """The fees and rate cards of the same scope."""
    scope = tree.scope(obligation.contract)
    return [o for o in held if o.kind in ("fee", "rate_card") and tree.scope(o.contract) == scope]


def _meant(change: Obligation, priced: Obligation) -> bool:
    """Whether a clause on changes is about a price: it names it, or it names none."""
    terms = change.terms[-1].terms
    item = terms.item if isinstance(terms, PriceChange) else None
    if item is None:
        return True
    named = priced.terms[-1].terms
    name = named.item if isinstance(named, Fee) else None
    return same_service(item, name or priced.key) is True


def _change_of(tree: ContractTree, priced: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The clause on changes that names this price, else the nearest that names none."""
    scope = tree.scope(priced.contract)
    found = [o for o in held if o.kind == "price_change" and tree.scope(o.contract) == scope]
    naming = [o for o in found if _names(o) and _meant(o, priced)]
    if naming:
        return naming[0]
    return nearest(tree, priced, [o for o in held if not _names(o)], "price_change")


def _names(obligation: Obligation) -> bool:
    terms = obligation.terms[-1].terms
    return isinstance(terms, PriceChange) and terms.item is not None


def _others(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> tuple[str, ...]:
    """The names of the other prices of the same scope."""
    names: list[str] = []
    for other in _priced(tree, obligation, held):
        terms = other.terms[-1].terms
        if other.id == obligation.id:
            continue
        if isinstance(terms, RateCard):
            names += [row.item for row in terms.prices]
        elif isinstance(terms, Fee):
            names.append(terms.item or other.key)
    return tuple(dict.fromkeys(name for name in names if name))
