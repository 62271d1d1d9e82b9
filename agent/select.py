"""Which assessments a plan is about: by whose promise, kind, priority, service, record, period, outcome."""

from collections.abc import Iterable, Sequence
from datetime import date

from agent.desk import Desk
from agent.phrases import DATE_KINDS, SLA_KINDS, spell
from agent.plan import CONTRACT_KINDS, Plan, Window
from obligations.model import Assessment, Obligation, Outcome

COVERED_KINDS = frozenset({"reporting", "service_credit", "payment_due", "availability"})
"""Kinds whose occurrence is a period or is for one."""

OPEN = (Outcome.PENDING, Outcome.AT_RISK)
_WORST_FIRST = (
    Outcome.BREACHED,
    Outcome.AT_RISK,
    Outcome.UNDETERMINED,
    Outcome.PENDING,
    Outcome.WAIVED,
    Outcome.MET,
    Outcome.NOT_APPLICABLE,
)


def reach(plan: Plan, as_of: date) -> tuple[date | None, date | None]:
    """The days to assess so that everything the plan may need is there."""
    if plan.records or plan.focus:
        return None, None
    starts = [w.start for w in plan.windows]
    ends = [w.end for w in plan.windows]
    start = None if None in starts or plan.window.assumed else min(d for d in starts if d)
    end = None if None in ends else max(d for d in ends if d)
    in_periods = {"availability", "service_credit"} & set(plan.kinds)
    if plan.covers or plan.upcoming or in_periods or plan.intent in ("date", "wording", "reason", "money"):
        return start, None
    return start, end if end is None or end > as_of else as_of


def select(plan: Plan, assessments: Sequence[Assessment], desk: Desk) -> list[Assessment]:
    """The assessments asked about, worst outcome first, then by party, day and id."""
    found = [a for a in assessments if _applies(plan, a) and _about(plan, a, desk)]
    found = [a for a in found if _in_time(plan, a)] if not plan.records else found
    if plan.undone and plan.intent in ("list", "count", "money"):
        found = [a for a in found if not done(a)]
    wanted = _wanted(plan)
    if "unbreached" in wanted:
        bad = {desk.party_name(a.contract) for a in found if a.outcome is Outcome.BREACHED}
        found = [a for a in found if a.outcome is Outcome.MET and desk.party_name(a.contract) not in bad]
    elif wanted and plan.intent not in ("status", "compare", "timeline"):
        kept = [a for a in found if a.outcome.value in wanted]
        # "Why is it not in breach?" is answered from what was judged instead.
        found = found if plan.intent == "reason" and not kept else kept
    return sorted(found, key=lambda a: order(a, desk))


def order(a: Assessment, desk: Desk) -> tuple[int, str, date, str]:
    return _WORST_FIRST.index(a.outcome), desk.party_name(a.contract), a.occurrence.counts_on, a.id


def done(a: Assessment) -> bool:
    """The report came, the invoice was paid, the credit arrived: late or not."""
    if a.kind == "service_credit":
        return a.money_is == "credit_received"
    return a.measured is not None and a.measured.unit == "date"


def identity(a: Assessment) -> str:
    """What an assessment is of, the same whenever it is judged."""
    return f"{a.obligation}|{a.occurrence.key}"


def _wanted(plan: Plan) -> tuple[str, ...]:
    """Outcomes to keep; a yes-or-no question about all keeps every one, to be able to say no."""
    return () if plan.yes_no == "kept" else plan.outcomes


def _applies(plan: Plan, a: Assessment) -> bool:
    """Dates of the contract itself are told only when they are asked for, and then also those of a right
    that was not used or no longer can be."""
    if a.kind in CONTRACT_KINDS:
        return a.kind in plan.kinds or plan.upcoming or plan.intent == "date"
    return a.outcome is not Outcome.NOT_APPLICABLE


def _about(plan: Plan, a: Assessment, desk: Desk) -> bool:
    obligation = desk.obligation(a.obligation)
    if plan.focus and plan.intent in ("reason", "wording"):
        return identity(a) in plan.focus and (not plan.kinds or a.kind in plan.kinds)
    if plan.records and not names_record(a, plan.records):
        return False
    if plan.kinds and a.kind not in plan.kinds:
        return False
    if plan.priorities and a.kind in SLA_KINDS and priority(obligation) not in plan.priorities:
        return False
    if plan.services and not any(_of_service(a, obligation, s) for s in plan.services):
        return False
    if plan.role != "any" and desk.we_sell(a.contract) != (plan.role == "customer"):
        return False
    return plan.records != () or _whose(plan, obligation, desk)


def _whose(plan: Plan, obligation: Obligation | None, desk: Desk) -> bool:
    if plan.owed == "any":
        return True
    ours = desk.we_owe(obligation)
    if ours is None:
        return bool(plan.kinds)
    return ours == (plan.owed == "by_us")


def names_record(a: Assessment, records: Sequence[str]) -> bool:
    """The assessment is of one of these records."""
    wanted = {r.casefold() for r in records}
    if a.occurrence.key.casefold() in wanted:
        return True
    return any(r.record.casefold() in wanted or r.label.casefold() in wanted for r in a.records)


def priority(obligation: Obligation | None) -> str:
    return getattr(obligation.terms[-1].terms, "priority", None) or obligation.key if obligation else ""


def _of_service(a: Assessment, obligation: Obligation | None, service: str) -> bool:
    said = service.casefold()
    terms = obligation.terms[-1].terms if obligation else None
    promised = (getattr(terms, "service", None) or "").casefold()
    return (
        said in (promised, (obligation.key if obligation else "").casefold())
        or said in a.occurrence.label.casefold()
    )


def _in_time(plan: Plan, a: Assessment) -> bool:
    return any(in_window(plan, a, w) for w in plan.windows)


def in_window(plan: Plan, a: Assessment, window: Window) -> bool:
    """The occurrence belongs to a window: by what it covers where the question says so, or by its day."""
    if plan.focus and plan.intent in ("reason", "wording"):
        return True
    if plan.covers and window.key and a.kind in COVERED_KINDS:
        return _covers(a, window.key)
    timeless = a.kind in CONTRACT_KINDS or plan.intent == "date" or plan.upcoming
    if window.assumed and (timeless or _still_owed(plan, a)):
        return True
    return window.holds(a.occurrence.counts_on) or _within_period(a, window)


def _within_period(a: Assessment, window: Window) -> bool:
    """A level is of its whole month: a day of that month asks for it too."""
    if a.kind not in ("availability", "service_credit") or not (window.start and window.end):
        return False
    return _covers(a, f"{window.start:%Y-%m}") and f"{window.start:%Y-%m}" == f"{window.end:%Y-%m}"


def _still_owed(plan: Plan, a: Assessment) -> bool:
    """What is overdue and not done is a present matter however old; open money is asked for as such."""
    overdue = a.outcome is Outcome.BREACHED and a.kind in DATE_KINDS and not done(a)
    asked_open = plan.intent == "money" or "pending" in plan.outcomes
    return overdue or (asked_open and a.outcome in OPEN)


def _covers(a: Assessment, key: str) -> bool:
    """The occurrence's key or label names the period: "2026-10", "ACM-2026-10", "October 2026"."""
    return any(
        key in text or spell(key) in text
        for text in (a.occurrence.key, a.occurrence.label, spell(a.occurrence.label))
    )


def credits_for(a: Assessment, assessments: Iterable[Assessment], desk: Desk) -> list[Assessment]:
    """The service credits that follow from a missed level: same party, same period, with money."""
    return [
        c
        for c in assessments
        if c.kind == "service_credit"
        and desk.party_name(c.contract) == desk.party_name(a.contract)
        and c.money is not None
        and c.occurrence.key == a.occurrence.key
    ]


def open_next(assessments: Iterable[Assessment], desk: Desk) -> list[Assessment]:
    """What is still open, soonest due first."""
    found = [
        a
        for a in assessments
        if a.outcome in OPEN and a.occurrence.due_at and a.occurrence.due_at >= desk.as_of
    ]
    return sorted(found, key=lambda a: (a.occurrence.due_at or desk.as_of, a.id))
