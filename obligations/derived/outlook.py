"""What falls due in the next days: what is open now, and what will be once its time comes.

The rules judge two instants with what is known now: today, and the last day of the outlook. What is due
between the two and would not have been done by then, should nothing more happen, is what has to be done.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import AwareDatetime

from obligations.derived.money import TO_CREDITOR, Side
from obligations.model import Assessment, Obligation, Outcome
from obligations.quantities import Frozen, Money
from obligations.terms import ServiceCredit

TO_DO = (Outcome.PENDING, Outcome.AT_RISK, Outcome.BREACHED)
OPEN = (Outcome.PENDING, Outcome.AT_RISK)

Judged = Sequence[tuple[Assessment, Obligation]]


class Upcoming(Frozen):
    """One thing that falls due.

    `by` is who has to act, "us" or "them"; empty where nobody need (a term ends by itself) or the sides are
    not known. `begun` says whether its time runs already; a later one is what the rule finds for the last day
    of the outlook if nothing is done until then.
    """

    due_at: AwareDatetime
    by: Side
    assessment: Assessment
    begun: bool
    at_stake: Money | None


def outlook(now: Judged, then: Judged, days: tuple[datetime, datetime]) -> tuple[Upcoming, ...]:
    """What falls due from the first to the second instant of `days`, soonest first.

    `now` and `then` are the assessments as of those two instants, both knowing what is known at the first.
    """
    begun = {a.id: _upcoming(a, o, True) for a, o in _due(now, days, OPEN)}
    known = {a.id for a, _ in now}
    later = {a.id: _upcoming(a, o, False) for a, o in _due(then, days, TO_DO) if a.id not in known}
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


def _upcoming(assessment: Assessment, obligation: Obligation, begun: bool) -> Upcoming | None:
    due_at = assessment.occurrence.due_at
    if due_at is None:
        return None
    stake = assessment.money if assessment.money_is in TO_CREDITOR else None
    by = _by(assessment, obligation)
    return Upcoming(due_at=due_at, by=by, assessment=assessment, begun=begun, at_stake=stake)


def _by(assessment: Assessment, obligation: Obligation) -> Side:
    """Who has to act: the one who owes it, or who holds the right or must claim the credit. Either side may
    give a notice about a renewal; ours is the one that we can miss."""
    if obligation.kind == "renewal_notice":
        return "us"
    if obligation.kind in ("term", "renewal") or obligation.we_owe is None:
        return ""
    by_creditor = obligation.modality == "right" or _to_be_claimed(assessment, obligation)
    return "us" if obligation.we_owe is not by_creditor else "them"


def _to_be_claimed(assessment: Assessment, obligation: Obligation) -> bool:
    """Whether a credit waits for a claim."""
    dated = obligation.in_force(assessment.occurrence.counts_on)
    if dated is None or not isinstance(dated.terms, ServiceCredit) or dated.terms.claim_within is None:
        return False
    return all(step.rule != "service_credit.claimed" for step in assessment.trail)
