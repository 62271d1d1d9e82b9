"""Resolution time: a ticket is resolved within the promised time, pauses taken out.

The final resolution counts: a ticket reopened was not resolved before, but the time it stood resolved is
not held against the provider.
"""

from collections.abc import Sequence
from datetime import date, tzinfo

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, Obligation
from obligations.terms import ResolutionTime
from obligations.ticket_clock import TicketTerms
from obligations.ticket_history import History
from obligations.ticket_promise import Stop, TicketPromise, assess_tickets
from obligations.wording import instant_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each ticket under the promise. Tickets are assessed however old they are."""
    return assess_tickets(obligation, facts, at, _PROMISE)


def _stop(seen: History, terms: TicketTerms, zone: tzinfo) -> Stop:
    if seen.resolved_at is not None:
        return Stop(seen.resolved_at, f"Resolved {instant_text(seen.resolved_at, zone)}.")
    if seen.end_unknown:
        return Stop(None, "The record says resolved, but not when.", missing="the time it was resolved")
    workaround = isinstance(terms, ResolutionTime) and terms.workaround_counts
    also = " A workaround would count; the record shows none." if workaround else ""
    return Stop(None, f"Not resolved yet.{also}")


_PROMISE = TicketPromise("resolved", _stop)
