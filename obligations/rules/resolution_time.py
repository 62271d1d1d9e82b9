"""Resolution time: a ticket is resolved within the promised time, pauses taken out.

The final resolution counts: a ticket reopened was not resolved before, but the time it stood resolved is
not held against the provider. Where a workaround counts, the first one since the ticket was last open again
stops the clock.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, Obligation
from obligations.service.ticket_case import Stop, TicketPromise
from obligations.service.ticket_clock import TicketTerms
from obligations.service.ticket_history import ENDED, History
from obligations.service.ticket_promise import assess_tickets
from obligations.terms import ResolutionTime
from obligations.wording import instant_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each ticket under the promise. Tickets are assessed however old they are."""
    return assess_tickets(obligation, facts, at, PROMISE)


def _stop(seen: History, terms: TicketTerms, zone: tzinfo) -> Stop:
    counts = isinstance(terms, ResolutionTime) and terms.workaround_counts
    around = _workaround(seen)
    before_the_end = around is not None and (seen.resolved_at is None or around <= seen.resolved_at)
    if counts and around is not None and before_the_end:
        says = f"A workaround helped {instant_text(around, zone)}, and a workaround counts."
        return Stop(around, says, verb="worked around")
    told = ""
    if around is not None and before_the_end and not counts:
        told = f" The workaround of {instant_text(around, zone)} does not end it."
    if seen.resolved_at is not None:
        return Stop(seen.resolved_at, f"Resolved {instant_text(seen.resolved_at, zone)}.{told}")
    if seen.end_unknown:
        return Stop(None, "The record says resolved, but not when.", missing="the time it was resolved")
    also = " A workaround would count; the record shows none." if counts else told
    return Stop(None, f"Not resolved yet.{also}")


def _workaround(seen: History) -> datetime | None:
    """The first workaround since the ticket was last open again; one that the customer found is none."""
    resolved = [phase.end for phase in seen.statuses[:-1] if phase.value in ENDED]
    since = max(
        [p for p in resolved if seen.resolved_at is None or p < seen.resolved_at], default=seen.opened_at
    )
    for event in seen.events:
        at = event.at.astimezone(UTC)
        if event.change == "workaround" and event.by != "customer" and at >= since:
            return at
    return None


PROMISE = TicketPromise("resolved", _stop)
