"""Putting one promise together from several statements of it: amendments, restatements, and which promise of
another document is meant."""

import re
from collections.abc import Sequence
from datetime import date

from obligations.calendars import Calendar
from obligations.model import DatedTerms, Obligation, Review
from obligations.terms import CreditTier, Duty, RateCard, Reporting, ServiceCredit, Terms

SINGULAR = frozenset(
    {
        *("payment_due", "early_payment_discount", "late_interest", "holdback"),
        *("term", "renewal", "renewal_notice", "termination_notice"),
    }
)
"""Kinds of which a document usually makes one promise, so that a lone one is meant whatever its key."""

_ALTERNATIVES: dict[str, tuple[frozenset[str], ...]] = {
    "payment_due": (frozenset({"within", "day", "cut_off", "instalments"}),),
    "early_payment_discount": (frozenset({"within", "day"}),),
    "reporting": (frozenset({"within", "day", "weekday"}),),
    "service_credit": (frozenset({"claim_within", "claim_cycles"}),),
    "duty": (frozenset({"recurrence", "trigger", "due_on"}),),
    "term": (frozenset({"within", "due_on"}),),
    "price_change": (frozenset({"fixed", "index"}), frozenset({"month", "anniversary"})),
    "volume_discount": (frozenset({"percent", "tiers"}),),
    "rebate": (frozenset({"percent", "tiers"}),),
    "revenue_share": (frozenset({"percent", "tiers"}),),
    "minimum_commitment": (frozenset({"amount", "ramp"}),),
}
"""Terms that replace each other: one newly stated drops the others rather than joining them."""

_WHAT_FOR = frozenset({"service", "priority", "report"})
"""Terms that say what a promise is for: one for a service is not the one for all of them."""

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
    """`held` with the terms of `change` from a day on; what the change leaves open stays as it was.

    Terms that the change resets are not stated from then on; where it deletes the clause, the promise ends.
    """
    before = held.said(from_on) or held.terms[0]
    said = change.terms[-1]
    basis = tuple(dict.fromkeys((*before.basis, *said.basis)))
    dated = DatedTerms(
        from_on=from_on,
        terms=before.terms if said.deleted else inherited(before.terms, said.terms, said.resets),
        span=said.span,
        basis=basis,
        contract=change.contract,
        resets=said.resets,
        deleted=said.deleted,
    )
    others = [d for d in held.terms if d.from_on != from_on]
    series = sorted([*others, dated], key=lambda d: d.from_on or date.min)
    approved = held.review is Review.APPROVED and change.review is Review.APPROVED
    does = "deletes this promise" if said.deleted else "changes the terms"
    note = f"{change.contract} {does} of {held.contract} from {from_on} on."
    if not said.deleted and (other := _other_scheme(before.terms, said.terms) & _stated(before.terms)):
        note += f" What it credits takes the place of the former {' and '.join(sorted(other))}."
    if said.resets:
        note += f" It takes back what was said of {', '.join(said.resets)}."
    return held.model_copy(
        update={
            "terms": tuple(series),
            "confidence": min(held.confidence, change.confidence),
            "review": Review.APPROVED if approved else Review.PROPOSED,
            "notes": noted(held.notes, note, *change.notes),
        }
    )


def inherited(before: Terms, said: Terms, resets: tuple[str, ...] = ()) -> Terms:
    """The terms as said, with every term left at its default taken from before, except those in `resets`.

    Tiers of a credit, and prices of a rate card, that the change does not speak of stay.
    """
    stated = _stated(said)
    replaced = {
        name for group in _ALTERNATIVES.get(said.kind, ()) if group & stated for name in group - stated
    }
    replaced |= _other_scheme(before, said) | _other_schedule(said)
    fields = type(said).model_fields
    kept = {name: getattr(before, name) for name in fields if name not in stated and name not in replaced}
    kept |= {name: fields[name].default for name in resets if name not in stated}
    if (
        isinstance(before, ServiceCredit)
        and isinstance(said, ServiceCredit)
        and not {"tiers"} & {*resets, *replaced}
    ):
        others = tuple(old for old in before.tiers if not any(_overlap(old, new) for new in said.tiers))
        kept["tiers"] = (*said.tiers, *others)
    if isinstance(before, RateCard) and isinstance(said, RateCard) and "prices" not in resets:
        kept["prices"] = before.amended_by(said)
    return said.model_copy(update=kept)


def _other_scheme(before: Terms, said: Terms) -> set[str]:
    """Tiers of a credit where a change states only a step, and the other way round: a miss is not paid by
    both unless one text says so."""
    if not isinstance(before, ServiceCredit) or not isinstance(said, ServiceCredit):
        return set()
    if before.tiers and before.step is not None:
        return set()
    if said.step is not None and not said.tiers:
        return {"tiers"}
    return {"step"} if said.tiers and said.step is None else set()


def _other_schedule(said: Terms) -> set[str]:
    """What a change of when a duty or report is due takes the place of: the event that it names stays where
    the change still speaks of one."""
    if not isinstance(said, Duty | Reporting):
        return set()
    ways = {"recurrence", "trigger", "due_on"} & set(type(said).model_fields)
    if said.every in ("event", "request"):
        return ways - {"trigger"}
    if said.every is not None:
        return ways
    return {"every"} if ways & _stated(said) else set()


def combined(one: Obligation, other: Obligation) -> Obligation | None:
    """Two statements of one promise in one document as one, or None where they contradict each other.

    A clause and a table often state the same; one may say more than the other. The clause of `one` is the
    promise's, that of `other` joins its basis.
    """
    if len(one.terms) != 1 or len(other.terms) != 1:
        return None
    first, second = one.terms[0], other.terms[0]
    terms = _agreed(first.terms, second.terms)
    if terms is None or (first.from_on and second.from_on and first.from_on != second.from_on):
        return None
    basis = [span for span in dict.fromkeys((*first.basis, second.span, *second.basis)) if span != first.span]
    dated = first.model_copy(
        update={"terms": terms, "basis": tuple(basis), "from_on": first.from_on or second.from_on}
    )
    approved = one.review is Review.APPROVED and other.review is Review.APPROVED
    return one.model_copy(
        update={
            "terms": (dated,),
            "debtor": one.debtor or other.debtor,
            "creditor": one.creditor or other.creditor,
            "confidence": min(one.confidence, other.confidence),
            "review": Review.APPROVED if approved else Review.PROPOSED,
            "notes": noted(one.notes, *other.notes),
            "departs_from": one.departs_from or other.departs_from,
        }
    )


def _agreed(one: Terms, other: Terms) -> Terms | None:
    """The terms of both together, None where they differ in what both state."""
    here, there = _stated(one), _stated(other)
    if one.kind not in ("term", "service_credit"):
        for group in _ALTERNATIVES.get(one.kind, ()):
            if group & here and group & there and group & here != group & there:
                return None
    if (here ^ there) & _WHAT_FOR:
        return None
    more = {name: getattr(other, name) for name in there - here}
    for name in (here & there) - {"tiers"}:
        if _alike(getattr(one, name)) != _alike(getattr(other, name)):
            return None
    if isinstance(one, ServiceCredit) and isinstance(other, ServiceCredit):
        added = [tier for tier in other.tiers if tier not in one.tiers]
        if any(_overlap(old, new) for old in one.tiers for new in added):
            return None
        more["tiers"] = (*one.tiers, *added)
    return one.model_copy(update=more)


def contradict(one: Obligation, other: Obligation) -> bool:
    """Whether two statements of one promise state a term differently, each for the same thing."""
    first, second = one.terms[-1].terms, other.terms[-1].terms
    if any(getattr(first, name, None) != getattr(second, name, None) for name in _WHAT_FOR):
        return False
    both = _stated(first) & _stated(second)
    return any(_alike(getattr(first, name)) != _alike(getattr(second, name)) for name in both)


def _stated(terms: Terms) -> frozenset[str]:
    """The terms that stand at something else than their default."""
    fields = type(terms).model_fields.items()
    return frozenset(name for name, field in fields if getattr(terms, name) not in (field.default, None, ()))


def _alike(value: object) -> object:
    """A value as it is compared: the name of a calendar does not matter."""
    return value.model_copy(update={"name": ""}) if isinstance(value, Calendar) else value


def _overlap(one: CreditTier, other: CreditTier) -> bool:
    low, high = sorted((one, other), key=lambda tier: tier.below)
    return high.at_least is None or high.at_least < low.below


def noted(notes: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Notes with more, each once."""
    return tuple(dict.fromkeys((*notes, *more)))
