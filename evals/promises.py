"""Typed promises of one document, labelled or read, and which read one is which labelled one.

A read promise matches a label of its kind when their spans share at least a third of the shorter one;
matches are one to one, agreeing terms first. Terms are compared by the core terms of their kind only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from extraction.answers import ANSWER
from obligations.document import Span
from obligations.model import Obligation
from obligations.quantities import Duration
from obligations.terms import AuditRight, Duty, ServiceCredit, Terms, TicketShare
from obligations.terms.volume import Tiered

CORE_TERMS: dict[str, tuple[str, ...]] = {
    "response_time": ("within", "priority", "clock"),
    "update_time": ("within", "priority"),
    "resolution_time": ("within", "priority", "clock"),
    "availability": ("percent", "per"),
    "service_credit": ("percent", "amount"),
    "fee": ("amount", "currency", "per"),
    "payment_due": ("within", "starts", "day"),
    "early_payment_discount": ("percent", "within"),
    "late_interest": ("percent", "per"),
    "milestone_payment": ("amount", "currency"),
    "revenue_share": ("percent",),
    "volume_discount": ("percent", "threshold"),
    "minimum_commitment": ("amount", "unit", "per"),
    "price_change": ("percent", "notice"),
    "delivery": ("within", "due_on"),
    "reporting": ("every", "within"),
    "insurance": ("amount", "currency"),
    "audit_right": ("notice", "every"),
    "warranty": ("within",),
    "liquidated_damages": ("amount", "percent", "per"),
    "term": ("within", "due_on"),
    "renewal": ("within", "automatic"),
    "renewal_notice": ("within",),
    "termination_notice": ("within",),
    "cure_period": ("within",),
    "retention": ("within",),
}
"""The terms of each kind that are compared; the labels may state more."""

SCORED_AS = {"rebate": "volume_discount"}
"""Kinds that the labels file under another kind's name."""

SHARED = Decimal(1) / 3
"""Least part of the shorter span that a match shares with the other one."""

_DURATIONS = ("within", "notice")
_NUMBERS = ("percent", "amount", "threshold", "day")
_PRIORITY_WORDS = ("priority", "severity", "level", "class", "sev")


@dataclass(frozen=True)
class Promise:
    """One promise with its place (Python string offsets) and its core terms in comparable form.

    `stated` are the same terms as they were written, for a report.
    """

    kind: str
    start: int
    end: int
    terms: Mapping[str, object]
    key: str = ""
    section: str = ""
    stated: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def same_terms(self, other: "Promise") -> bool:
        return all(_agree(self.terms[name], other.terms[name]) for name in CORE_TERMS[self.kind])

    def shares(self, other: "Promise") -> Decimal:
        """The shared part of the shorter span, 0 to 1."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        return Decimal(max(0, shared)) / max(1, min(self.end - self.start, other.end - other.start))

    @property
    def words(self) -> str:
        """Its core terms as a person reads them."""
        written = {**self.terms, **self.stated}
        said = [f"{name} {written[name]}" for name, value in self.terms.items() if value is not None]
        return ", ".join(said) or "no terms"


@dataclass(frozen=True)
class Pair:
    label: Promise
    read: Promise
    exact: bool


def core(kind: str, stated: Mapping[str, Any]) -> dict[str, object]:
    """The core terms of a kind in comparable form; what is not stated is None. A kind that nobody labels has
    none."""
    return {name: _comparable(name, stated.get(name)) for name in CORE_TERMS.get(kind, ())}


def of_obligation(obligation: Obligation) -> list[Promise]:
    """An obligation as read: one promise for each of its dated terms, and for each tier of a credit."""
    return [p for dated in obligation.terms for p in of_terms(dated.terms, dated.span, obligation.key)]


def of_terms(terms: Terms, span: Span, key: str = "") -> list[Promise]:
    """The promises that typed terms at a place come to."""
    return [
        Promise(kind, span.start, span.end, core(kind, stated), key, span.section, stated)
        for kind in [scored_as(terms)]
        for stated in flat_terms(terms)
    ]


def scored_as(terms: Terms) -> str:
    """The kind under which the labelling rules file it: a share of tickets as what it is a share of, and an
    answer that is owed to anything at all as a response."""
    if isinstance(terms, Duty) and terms.what == ANSWER:
        return "response_time"
    if isinstance(terms, TicketShare):
        return (terms.level.kind if terms.level else terms.of) or terms.kind
    return SCORED_AS.get(terms.kind, terms.kind)


def flat_terms(terms: Terms) -> list[dict[str, Any]]:
    """Terms as plain values, one set for each promise the labelling rules count: a tier is one.

    The rules have no word for "twice a year".
    """
    body = terms.model_dump(mode="json")
    if isinstance(terms, ServiceCredit):
        return [_tier(tier) for tier in body["tiers"]]
    if isinstance(terms, Tiered) and terms.tiers:
        return [{"percent": tier["percent"], "threshold": tier["threshold"]} for tier in body["tiers"]]
    if isinstance(terms, TicketShare) and terms.level is not None:
        body = terms.level.model_dump(mode="json")
    plain = {name: value["iso"] if _is_duration(value) else value for name, value in body.items()}
    if isinstance(terms, AuditRight) and terms.times > 1:
        plain["every"] = None
    return [dict(labelled_terms(terms.kind, plain))]


def labelled_terms(kind: str, stated: Mapping[str, Any]) -> Mapping[str, Any]:
    """The terms of a label as plain values; a credit's label holds its one tier.

    The day of the following month by which a report is due is counted from the end of the month before.
    """
    if kind == "reporting" and stated.get("day") and not stated.get("within"):
        return {**stated, "within": f"P{stated['day']}D"}
    tiers = stated.get("tiers") if kind == "service_credit" else None
    return _tier(tiers[0]) if tiers else stated


def _tier(tier: Mapping[str, Any]) -> dict[str, Any]:
    amount = tier.get("amount")
    return {"percent": tier.get("percent"), "amount": amount["amount"] if amount else None}


def _is_duration(value: object) -> bool:
    return isinstance(value, dict) and "iso" in value


def _comparable(name: str, value: object) -> object:
    if value is None or value == "" or isinstance(value, bool):
        return None if value == "" else value
    if name in _DURATIONS:
        return _hours(str(value))
    if name in _NUMBERS:
        return _number(str(value))
    words = str(value).casefold()
    if name == "priority":
        for word in _PRIORITY_WORDS:
            words = words.replace(word, " ")
        words = words.strip().removeprefix("p").removeprefix("s")
    return "".join(c for c in words if c.isalnum()) or None


def _hours(text: str) -> object:
    """A length in hours, a month counted as a twelfth of 365.25 days: good for telling lengths apart."""
    try:
        length = Duration.model_validate(text)
    except ValueError:
        return text
    return Decimal(length.months) * Decimal("730.5") + length.days * 24 + Decimal(length.seconds) / 3600


def _number(text: str) -> object:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text


def _agree(one: object, other: object) -> bool:
    """Equal, or numbers within a hundredth of each other (a year written as days, say)."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= abs(one) / 100
    return one == other


def pair(labels: Sequence[Promise], read: Sequence[Promise]) -> list[Pair]:
    """The matches, in the order of the labels."""
    chances = [
        (label.same_terms(mine), shared, i, j)
        for i, label in enumerate(labels)
        for j, mine in enumerate(read)
        if label.kind == mine.kind and (shared := label.shares(mine)) >= SHARED
    ]
    chances.sort(key=lambda c: (not c[0], -c[1], c[2], c[3]))
    taken: dict[int, Pair] = {}
    used: set[int] = set()
    for exact, _, i, j in chances:
        if i not in taken and j not in used:
            taken[i] = Pair(labels[i], read[j], exact)
            used.add(j)
    return [taken[i] for i in sorted(taken)]
