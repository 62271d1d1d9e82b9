"""Amounts that an event or a day makes due: instalments, milestones, bonuses."""

from collections.abc import Iterator
from datetime import date

from extraction import patterns
from extraction.context import Context
from extraction.drafting import Sketch, from_sentence
from extraction.model import Draft, Unread
from extraction.percent_parts import PercentPart, percent_parts
from extraction.sums import Sum, payer_of, paying_party, sums
from obligations.terms import MilestonePayment

KIND = "milestone_payment"


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every amount tied to an event or a date, of prose, of lists and of tables."""
    for found in sums(context):
        if found.what == "milestone":
            yield from _read(context, found)
    for part in percent_parts(context):
        yield _share(context, part)


_EVENTS = (
    ("final_acceptance", r"\bfinal acceptance"),
    ("acceptance", r"\baccept(?:ance|ed|s)\b"),
    ("signature", r"\b(?:signature|signing|execution|effective date|sign this)\b"),
    ("installation", r"\binstall(?:ation|ed)\b"),
    ("delivery", r"\bdeliver(?:y|ed)\b"),
    ("order", r"\b(?:purchase )?order\b"),
    ("completion", r"\bcomplet(?:ion|ed)\b"),
    ("approval", r"\bapprov(?:al|ed)\b"),
    ("closing", r"\bclosing\b"),
)


def _event(found: Sum) -> str:
    """What the event is called: a usual one by its name, any other in its own words."""
    return "" if found.due_on is not None else _named(found.event or found.item)


def _named(event: str) -> str:
    words = " ".join(event.split())[:120]
    return next((name for name, pattern in _EVENTS if patterns.search(pattern, words)), words)


def _read(context: Context, found: Sum) -> Iterator[Draft | Unread]:
    event = _event(found)
    terms = MilestonePayment(
        amount=found.amount,
        currency=found.currency or None,
        event=event or None,
        due_on=found.due_on if isinstance(found.due_on, date) else None,
    )
    if found.sentence is None:
        assert found.listed is not None
        sketch = Sketch(terms, found.listed, features=list(found.features))
    else:
        sketch = from_sentence(context, found.sentence, terms, found.place)
        if found.listed is not None:
            sketch.span, sketch.features = found.listed, list(found.features)
    sketch.debtor = payer_of(context, found)
    sketch.key = (found.item or event or "payment")[:60]
    if found.amount is None:
        known = {"currency": found.currency} if found.currency else {}
        yield Unread(kind=KIND, span=sketch.span, why="the amount is redacted", known=known)
        return
    yield sketch.draft(context)


def _share(context: Context, part: PercentPart) -> Draft:
    """A part that is told as a share of a price."""
    event = _named(part.event)
    terms = MilestonePayment(percent=part.place.value, event=event or None)
    sketch = from_sentence(context, part.sentence, terms, part.place)
    sketch.span = context.span(part.sentence, part.start, part.end)
    sketch.debtor = paying_party(context, part.sentence, part.place)
    sketch.key = (event or "payment")[:60]
    return sketch.draft(context)
