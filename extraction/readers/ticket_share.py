"""ticket_share: a share of many tickets that has to be answered or resolved in time."""

from collections.abc import Iterator

from extraction.context import Context
from extraction.model import Draft
from extraction.periods import period_near
from extraction.readers import resolution_time, response_time
from extraction.ticket_shares import OF_TICKETS, share_of_tickets
from extraction.ticket_targets import Target, key_of, prose_targets, sketch_of
from obligations.terms import ResolutionTime, ResponseTime, TicketShare

KIND = "ticket_share"


def read(context: Context) -> Iterator[Draft]:
    """Every share of tickets that names its own time limit."""
    for target in prose_targets(context, "respond", OF_TICKETS):
        yield from _draft(context, target, response_time.KIND)
    for target in prose_targets(context, "resolve", OF_TICKETS):
        yield from _draft(context, target, resolution_time.KIND)


def _draft(context: Context, target: Target, of: str) -> Iterator[Draft]:
    sentence = target.sentence
    share = share_of_tickets(context, sentence, target.length.start) if sentence is not None else None
    if sentence is None or share is None:
        return
    within, priority, clock = target.length.duration, target.priority, target.clock
    level = (
        ResponseTime(within=within, priority=priority, clock=clock, calendar=target.calendar)
        if of == response_time.KIND
        else ResolutionTime(within=within, priority=priority, clock=clock, calendar=target.calendar)
    )
    per = period_near(sentence.text, share.start, target.length.end)
    terms = TicketShare(percent=share.value, per=per or "month", level=level, priority=priority)
    sketch = sketch_of(context, target, terms)
    sketch.key = " ".join(part for part in (of.removesuffix("_time"), key_of(target)) if part)
    if per is None:
        sketch.assumed.append("per")
    yield sketch.draft(context)
