"""Putting an amended promise together: the terms as a dated series, and which promise is meant."""

import re
from collections.abc import Sequence
from datetime import date

from obligations.model import DatedTerms, Obligation, Review
from obligations.terms import Terms

SINGULAR = frozenset({"payment_due", "term", "renewal", "renewal_notice"})
"""Kinds of which a document usually makes one promise, so that a lone one is meant whatever its key."""

_ALTERNATIVES: dict[str, tuple[frozenset[str], ...]] = {
    "payment_due": (frozenset({"within", "day", "cut_off"}),),
    "reporting": (frozenset({"within", "day", "weekday"}),),
    "term": (frozenset({"within", "due_on"}),),
}
"""Terms that replace each other: one newly stated drops the others rather than joining them."""

_GRADE = re.compile(r"\b(?:priority|severity|prio|sev|p)[\s\-]*([1-9])\b")
_WORD = re.compile(r"[^\W_]+")
_ARTICLES = frozenset({"the", "a", "an"})


def normal_key(key: str) -> str:
    """A key as it is compared: "Severity 1" and "P1" are the same, case and articles do not matter."""
    graded = _GRADE.sub(r"p\1", key.casefold())
    return " ".join(word for word in _WORD.findall(graded) if word not in _ARTICLES)


def counterpart(obligation: Obligation, among: Sequence[Obligation]) -> Obligation | None:
    """The promise that another document makes of the same thing: the same kind and key.

    Where no key agrees it is the only promise of the kind, if the kind is one a document makes once or one
    of the two has no key.
    """
    same_kind = [other for other in among if other.kind == obligation.kind]
    key = normal_key(obligation.key)
    for other in same_kind:
        if normal_key(other.key) == key:
            return other
    if len(same_kind) == 1:
        other = same_kind[0]
        if obligation.kind in SINGULAR or not key or not normal_key(other.key):
            return other
    return None


def amended(held: Obligation, change: Obligation, from_on: date) -> Obligation:
    """`held` with the terms of `change` from a day on; what the change leaves open stays as it was."""
    before = held.in_force(from_on) or held.terms[0]
    said = change.terms[-1]
    basis = tuple(dict.fromkeys((*before.basis, *said.basis)))
    dated = DatedTerms(
        from_on=from_on,
        terms=inherited(before.terms, said.terms),
        span=said.span,
        basis=basis,
        contract=change.contract,
    )
    others = [d for d in held.terms if d.from_on != from_on]
    series = sorted([*others, dated], key=lambda d: d.from_on or date.min)
    approved = held.review is Review.APPROVED and change.review is Review.APPROVED
    note = f"{change.contract} changes the terms of {held.contract} from {from_on} on."
    return held.model_copy(
        update={
            "terms": tuple(series),
            "confidence": min(held.confidence, change.confidence),
            "review": Review.APPROVED if approved else Review.PROPOSED,
            "notes": noted(held.notes, note, *change.notes),
        }
    )


def inherited(before: Terms, said: Terms) -> Terms:
    """The terms as said, with every term left at its default taken from before."""
    fields = type(said).model_fields
    stated = {name for name, field in fields.items() if getattr(said, name) not in (field.default, None, ())}
    replaced = {
        name for group in _ALTERNATIVES.get(said.kind, ()) if group & stated for name in group - stated
    }
    kept = {name: getattr(before, name) for name in fields if name not in stated and name not in replaced}
    return said.model_copy(update=kept)


def noted(notes: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Notes with more, each once."""
    return tuple(dict.fromkeys((*notes, *more)))
