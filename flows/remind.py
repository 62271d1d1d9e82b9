"""What falls due soon: notices, reports, payments and credits within a number of days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.world import instant
from obligations.model import Assessment, Contract, Outcome
from store import Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta

OPEN = (Outcome.PENDING, Outcome.AT_RISK)


@dataclass(frozen=True)
class Due:
    """One thing that falls due."""

    due_at: datetime
    contract: Contract
    assessment: Assessment


def due_within(pacta: "Pacta", scope: Scope, as_of: datetime, days: int = 30) -> list[Due]:
    """Open promises due from `as_of` to `days` later, soonest first; nothing is written."""
    world = pacta.worlds.of(scope)
    until = as_of + timedelta(days=days)
    found = [
        Due(a.occurrence.due_at, world.contracts[a.contract], a)
        for a in world.assess_all(instant(as_of))
        if a.outcome in OPEN and a.occurrence.due_at is not None and as_of <= a.occurrence.due_at <= until
    ]
    return sorted(found, key=lambda due: (due.due_at, due.contract.id, due.assessment.id))
