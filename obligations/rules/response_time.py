"""Response time: a ticket is answered by a person of the provider within the promised time.

An answer is a public comment by the provider, or a call or visit that it noted. Automatic acknowledgements
(unless the terms let them count), internal notes, and comments by the customer are none. Where the text asks
for a way of answering, only that way counts. A ticket resolved without a comment was answered at the latest
when it was resolved.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

from obligations.facts import Fact, TicketEvent
from obligations.model import AsOf, Assessment, Obligation
from obligations.service.ticket_case import Stop, TicketPromise
from obligations.service.ticket_clock import TicketTerms
from obligations.service.ticket_comments import AUTHOR, SPOKEN, no_answer
from obligations.service.ticket_history import History
from obligations.service.ticket_promise import assess_tickets
from obligations.terms import ResponseTime
from obligations.terms.tickets import Channel
from obligations.wording import instant_text


class _Doubt(NamedTuple):
    """A comment that may have been the answer, and what is not known of it."""

    at: datetime
    says: str


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each ticket under the promise. Tickets are assessed however old they are."""
    return assess_tickets(obligation, facts, at, PROMISE)


def _stop(seen: History, terms: TicketTerms, zone: tzinfo) -> Stop:
    automatic_counts = isinstance(terms, ResponseTime) and terms.automatic_counts
    ways = terms.answer_by if isinstance(terms, ResponseTime) else ()
    passed: list[str] = []
    doubtful: _Doubt | None = None
    for comment in seen.comments:
        when = instant_text(comment.at, zone)
        why = no_answer(seen, comment, automatic_counts)
        doubt = f"who wrote the comment of {when}" if why == AUTHOR else ""
        if not why and ways and comment.channel not in ways:
            why, doubt = _other_way(comment, ways, when)
        if not why:
            text = f"Answered {when} {_how(comment)}."
            return _answered(text, comment.at, passed, doubtful)
        if doubt:
            doubtful = doubtful or _Doubt(comment.at.astimezone(UTC), doubt)
        passed.append(f"{when} {why}")
    return _unanswered(seen, passed, doubtful, zone)


def _other_way(comment: TicketEvent, ways: Sequence[Channel], when: str) -> tuple[str, str]:
    """Why a comment is no answer where the text asks for certain ways, and what is not known of it."""
    asked = " or ".join(ways)
    if comment.channel:
        return f"an answer by {comment.channel}, not by {asked}", ""
    return f"an answer of which the way ({asked}) is not recorded", f"how the answer of {when} was given"


def _how(comment: TicketEvent) -> str:
    if comment.channel in SPOKEN:
        return f"by {comment.channel}, as the provider noted"
    return "by a public comment of the provider"


def _answered(text: str, at: datetime, passed: list[str], doubtful: _Doubt | None) -> Stop:
    return Stop(
        at.astimezone(UTC),
        text + _passed_over(passed),
        doubtful_at=doubtful.at if doubtful else None,
        doubt=doubtful.says if doubtful else "",
    )


def _unanswered(seen: History, passed: list[str], doubtful: _Doubt | None, zone: tzinfo) -> Stop:
    if seen.resolved_at is not None:
        at = seen.resolved_at
        text = f"No comment of the provider; answered at the latest when resolved, {instant_text(at, zone)}."
        if not seen.ticket.events:
            return Stop(at, text, doubtful_at=seen.opened_at, doubt="the comments on the ticket")
        return _answered(text, at, passed, doubtful)
    if not seen.ticket.events:
        return Stop(
            None,
            "The record has no history.",
            doubtful_at=seen.opened_at,
            doubt="the comments on the ticket",
        )
    at_risk = _answered("Not answered yet.", seen.now, passed, doubtful)
    missing = "when it was resolved, since no comment answers it" if seen.end_unknown else ""
    return Stop(None, at_risk.says, missing, at_risk.doubtful_at, at_risk.doubt)


def _passed_over(passed: list[str]) -> str:
    return f" Not an answer: {'; '.join(passed)}." if passed else ""


PROMISE = TicketPromise("answered", _stop)
