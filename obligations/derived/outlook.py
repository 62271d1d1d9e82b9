"""What falls due in the next days: what is open now, and what will be once its time comes.

The rules judge two instants with what is known now: today, and the last day of the outlook. What is due
between the two and would not have been done by then, should nothing more happen, is what has to be done.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import AwareDatetime

from obligations.derived.money import TO_CREDITOR
from obligations.model import Assessment, Obligation, Outcome
from obligations.quantities import Frozen, Money

TO_DO = (Outcome.PENDING, Outcome.AT_RISK, Outcome.BREACHED)
OPEN = (Outcome.PENDING, Outcome.AT_RISK)

Judged = Sequence[tuple[Assessment, Obligation]]


class Upcoming(Frozen):
    """One thing that falls due. `begun` says whether its time runs already; a later one is what the rule
    finds for the last day of the outlook if nothing is done until then."""

    due_at: AwareDatetime
    assessment: Assessment
    begun: bool
    at_stake: Money | None


def outlook(now: Judged, then: Judged, days: tuple[datetime, datetime]) -> tuple[Upcoming, ...]:
    """What falls due from the first to the second instant of `days`, soonest first.

    `now` and `then` are the assessments as of those two instants, both knowing what is known at the first.
    """
    begun = {a.id: _upcoming(a, True) for a, _ in _due(now, days, OPEN)}
    known = {a.id for a, _ in now}
    later = {a.id: _upcoming(a, False) for a, _ in _due(then, days, TO_DO) if a.id not in known}
    found = [item for item in (*begun.values(), *later.values()) if item is not None]
    return tuple(sorted(found, key=lambda item: (item.due_at, item.assessment.contract, item.assessment.id)))


def _due(judged: Judged, days: tuple[datetime, datetime], outcomes: Iterable[Outcome]) -> Judged:
    first, last = days
    wanted = tuple(outcomes)
    return [
        (a, o)
        for a, o in judged
        if a.outcome in wanted and a.occurrence.due_at is not None and first <= a.occurrence.due_at <= last
    ]


def _upcoming(assessment: Assessment, begun: bool) -> Upcoming | None:
    due_at = assessment.occurrence.due_at
    if due_at is None:
        return None
    stake = assessment.money if assessment.money_is in TO_CREDITOR else None
    return Upcoming(due_at=due_at, assessment=assessment, begun=begun, at_stake=stake)
