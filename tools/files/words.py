"""What the usual words of a column mean, where the map does not translate them."""

from __future__ import annotations

import re
from typing import get_args

from obligations.facts import TicketStatus
from tools.files.kinds import NO, YES, meanings

STATUSES: dict[str, TicketStatus] = {
    **{status.replace("_", " "): status for status in get_args(TicketStatus)},
    "new": "open",
    "assigned": "in_progress",
    "active": "in_progress",
    "work in progress": "in_progress",
    "awaiting user info": "awaiting_customer",
    "awaiting caller": "awaiting_customer",
    "pending customer": "awaiting_customer",
    "waiting for customer": "awaiting_customer",
    "awaiting supplier": "awaiting_vendor",
    "pending vendor": "awaiting_vendor",
    "awaiting problem": "on_hold",
    "awaiting change": "on_hold",
    "awaiting evidence": "on_hold",
    "pending": "on_hold",
    "solved": "resolved",
    "done": "resolved",
    "complete": "closed",
    "canceled": "cancelled",
}
_FLAGS = dict.fromkeys(("yes", "y", "true", "x", "1", "ja", "j", "wahr"), YES)
_FLAGS |= dict.fromkeys(("no", "n", "false", "0", "nein", "falsch"), NO)
_SYNONYMS = {"planned": "maintenance", "planned maintenance": "maintenance", "degraded": "degradation"}
_LEVELS = {"critical": 1, "urgent": 1, "high": 2, "moderate": 3, "medium": 3, "low": 4, "planning": 5}
_PRIORITY = re.compile(r"(?:p|prio|priority|sev|severity)?[ -]*([1-5])(?:\s*-.*)?", re.IGNORECASE)


def priority_of(text: str) -> str | None:
    """P1 to P5 for the usual ways to write a priority: "1 - Critical", "P2", "Sev 3", "high"."""
    found = _PRIORITY.fullmatch(text.strip())
    level = int(found.group(1)) if found else _LEVELS.get(text.strip().casefold())
    return f"P{level}" if level else None


def meaning(kind: str, role: str, text: str) -> str | None:
    """The fixed word of a role that `text` stands for; None where it is none of the usual ones."""
    choices = meanings(kind, role) or frozenset()
    plain = " ".join(re.split(r"[\s_-]+", text.strip().casefold()))
    if YES in choices:
        return _FLAGS.get(plain)
    if role == "priority":
        return priority_of(text)
    if role == "status":
        return STATUSES.get(plain)
    if role == "type" and (synonym := _SYNONYMS.get(plain)) in choices:
        return synonym
    return {choice.replace("_", " "): choice for choice in choices}.get(plain)
