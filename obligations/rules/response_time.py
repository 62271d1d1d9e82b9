"""Response time: a ticket is answered by a person of the provider within the promised time.

An answer is a public comment by the provider. Automatic acknowledgements (unless the terms let them
count), internal notes, and comments by the customer are none. A ticket resolved without a comment was
answered at the latest when it was resolved.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from obligations.facts import Fact, TicketEvent
from obligations.model import AsOf, Assessment, Obligation
from obligations.terms import ResponseTime
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
    automatic_counts = isinstance(terms, ResponseTime) and terms.automatic_counts
    passed: list[str] = []
    doubtful: TicketEvent | None = None
    for comment in seen.comments:
        why = _no_answer(seen, comment, automatic_counts)
        if not why:
            text = f"Answered {instant_text(comment.at, zone)} by a public comment of the provider."
            return _answered(text, comment.at, passed, doubtful, zone)
        if why == _AUTHOR:
            doubtful = doubtful or comment
        passed.append(f"{instant_text(comment.at, zone)} {why}")
    return _unanswered(seen, passed, doubtful, zone)


_AUTHOR = "a comment whose author is not known"


def _no_answer(seen: History, comment: TicketEvent, automatic_counts: bool) -> str:
    """Why a comment is no answer, "" when it is one."""
    if comment.by == "customer":
        return "a comment of the customer"
    if not comment.public:
        return "an internal note"
    if (comment.automatic or comment.by == "system") and not automatic_counts:
        return "an automatic reply"
    at = comment.at.astimezone(UTC)
    opened_by = {e.by for e in seen.ticket.events if e.change == "opened"}
    if at < seen.opened_at or (at == seen.opened_at and "provider" in opened_by):
        return "the description with which it was opened"
    return _AUTHOR if comment.by == "unknown" else ""


def _answered(text: str, at: datetime, passed: list[str], doubtful: TicketEvent | None, zone: tzinfo) -> Stop:
    doubt = f"who wrote the comment of {instant_text(doubtful.at, zone)}" if doubtful else ""
    return Stop(
        at.astimezone(UTC),
        text + _passed_over(passed),
        doubtful_at=doubtful.at.astimezone(UTC) if doubtful else None,
        doubt=doubt,
    )


def _unanswered(seen: History, passed: list[str], doubtful: TicketEvent | None, zone: tzinfo) -> Stop:
    if seen.resolved_at is not None:
        at = seen.resolved_at
        text = f"No comment of the provider; answered at the latest when resolved, {instant_text(at, zone)}."
        if not seen.ticket.events:
            return Stop(at, text, doubtful_at=seen.opened_at, doubt="the comments on the ticket")
        return _answered(text, at, passed, doubtful, zone)
    if not seen.ticket.events:
        return Stop(
            None,
            "The record has no history.",
            doubtful_at=seen.opened_at,
            doubt="the comments on the ticket",
        )
    at_risk = _answered("Not answered yet.", seen.now, passed, doubtful, zone)
    missing = "when it was resolved, since no comment answers it" if seen.end_unknown else ""
    return Stop(None, at_risk.says, missing, at_risk.doubtful_at, at_risk.doubt)


def _passed_over(passed: list[str]) -> str:
    return f" Not an answer: {'; '.join(passed)}." if passed else ""


_PROMISE = TicketPromise("answered", _stop)
