"""Amounts that an event or a day makes due: instalments, milestones, bonuses."""

from collections.abc import Iterator
from datetime import date

from extraction.context import Context
from extraction.drafting import Sketch, from_sentence
from extraction.model import Draft, Unread
from extraction.sums import Sum, sums
from obligations.terms import MilestonePayment

KIND = "milestone_payment"


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every amount tied to an event or a date, of prose, of lists and of tables."""
    for found in sums(context):
        if found.what == "milestone":
            yield from _read(context, found)


def _read(context: Context, found: Sum) -> Iterator[Draft | Unread]:
    event = " ".join((found.event or "").split())[:120]
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
        sketch.debtor = context.roles.subject(found.sentence, found.place.start)
        if found.listed is not None:
            sketch.span, sketch.features = found.listed, list(found.features)
    sketch.key = (found.item or event or "payment")[:60]
    if found.amount is None:
        known = {"currency": found.currency} if found.currency else {}
        yield Unread(kind=KIND, span=sketch.span, why="the amount is redacted", known=known)
        return
    yield sketch.draft(context)
