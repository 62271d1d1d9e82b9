"""What the comments on a ticket are: answers of the provider, messages of the customer, or neither."""

from datetime import UTC

from obligations.facts import TicketEvent
from obligations.service.ticket_history import History

AUTHOR = "a comment whose author is not known"
"""Why a comment may be no answer of the provider: nobody knows whose it is."""

SPOKEN = ("phone", "visit")
"""Ways of speaking to the customer; that a note of it is internal does not matter."""


def no_answer(
    seen: History, comment: TicketEvent, automatic_counts: bool = False, internal_counts: bool = False
) -> str:
    """Why a comment is no answer of the provider, "" when it is one."""
    if comment.by == "customer":
        return "a comment of the customer"
    if not comment.public and comment.channel not in SPOKEN and not internal_counts:
        return "an internal note"
    if (comment.automatic or comment.by == "system") and not automatic_counts:
        return "an automatic reply"
    at = comment.at.astimezone(UTC)
    opened_by = {e.by for e in seen.ticket.events if e.change == "opened"}
    if at < seen.opened_at or (at == seen.opened_at and "provider" in opened_by):
        return "the description with which it was opened"
    return AUTHOR if comment.by == "unknown" else ""
