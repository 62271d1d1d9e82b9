"""What people decided about findings: waived, disputed, cured. Applied alike to every kind of promise.

A rule finds what the records say; a decision says what is made of it. What the rule found stays in the trail
and in the summary. A decision counts from its day on, for one occurrence or for all that count on a day from
`on` to `until`; of several the latest counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from obligations.deadlines import WEEKENDS_ONLY, days_after
from obligations.errors import CalendarError
from obligations.facts import Decision, Fact, Notice, latest
from obligations.lifecycle.agreement_end import clock_of
from obligations.lifecycle.notices import given
from obligations.matching import records
from obligations.model import Aftermath, AsOf, Assessment, MoneyMeaning, Obligation, Outcome, Step
from obligations.wording import allowance_text

Decided = tuple[Fact, Decision]

_GIVEN_UP: frozenset[MoneyMeaning] = frozenset(
    {"credit_owed", "interest", "damages", "shortfall", "overcharged"}
)
"""Money that is owed for a failure, and that a waiver of the failure gives up; a price stays due."""

_WORDS = {
    "waived": "Waived",
    "disputed": "Disputed",
    "dispute_ended": "The dispute ended",
    "cured": "Cured",
    "not_cured": "Found not cured",
}


def decided(
    obligation: Obligation, found: tuple[Assessment, ...], facts: Sequence[Fact], at: AsOf
) -> tuple[Assessment, ...]:
    """The findings of a rule with the decisions about them that were known at an instant."""
    held = decisions(obligation, facts, at)
    if not held:
        return found
    today = clock_of(obligation, at).today
    noticed = _breach_notices(obligation, facts, at, today) if obligation.cure is not None else []
    return tuple(
        _decided(_Case(obligation, a, [d for d in held if about(d[1], a)], noticed, today)) for a in found
    )


@dataclass(frozen=True)
class _Case:
    """One finding, the decisions about it, the notices of breach of its promise, and the day judged."""

    obligation: Obligation
    found: Assessment
    held: Sequence[Decided]
    noticed: Sequence[tuple[Fact, Notice]]
    today: date


def _breach_notices(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date
) -> list[tuple[Fact, Notice]]:
    return given(records(obligation, facts, at.known_at, Notice), "breach", today)


def decisions(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> list[Decided]:
    """The newest known version of each decision about an obligation made by the day judged, in order."""
    own = [f for f in facts if isinstance(f.data, Decision) and f.data.obligation == obligation.id]
    if not own:
        return []
    today = clock_of(obligation, at).today
    known = [(f, f.data) for f in latest(own, at.known_at) if isinstance(f.data, Decision)]
    return sorted((d for d in known if d[1].on <= today), key=lambda d: (d[1].on, d[0].occurred_at, d[0].id))


def about(decision: Decision, assessment: Assessment) -> bool:
    """Whether a decision is about an occurrence: the one it names, or any in its range of days."""
    if decision.occurrence:
        return decision.occurrence.casefold() == assessment.occurrence.key.casefold()
    counts_on = assessment.occurrence.counts_on
    return decision.on <= counts_on and (decision.until is None or counts_on <= decision.until)


def _decided(case: _Case) -> Assessment:
    """One finding with the decisions about it."""
    a = case.found
    if not case.held or a.outcome is Outcome.NOT_APPLICABLE:
        return a
    steps = [Step(rule=f"decision.{d.decision}", says=_says(d), records=(f.source,)) for f, d in case.held]
    waived = _last([d for _, d in case.held if not _lapsed(d, a, case.today)], "waived")
    if waived is not None and a.outcome is not Outcome.MET:
        summary = f"{_says(waived)} Found: {a.summary}"
        update: dict[str, object] = {"outcome": Outcome.WAIVED, "missing": ()}
        if a.money_is in _GIVEN_UP:
            update |= {"money": None, "money_is": ""}
    else:
        aftermath, why = _aftermath(case, steps)
        summary = f"{a.summary} {why}".rstrip()
        update = {"aftermath": aftermath}
    steps.append(Step(rule=f"{a.kind}.outcome", says=summary))
    return a.model_copy(update={**update, "summary": summary, "trail": (*a.trail, *steps)})


def _lapsed(decision: Decision, found: Assessment, today: date) -> bool:
    """A waiver of one occurrence until a day is a respite: over after that day, unless what was owed was done
    by then."""
    if not decision.occurrence or decision.until is None or today <= decision.until:
        return False
    done = _done_on(found)
    return done is None or done > decision.until


def _done_on(found: Assessment) -> date | None:
    """The day on which what was owed was done, where that is what the rule measures."""
    if found.measured is None or found.measured.unit != "date":
        return None
    try:
        return date.fromisoformat(found.measured.text[:10])
    except ValueError:
        return None


def _last(held: Sequence[Decision], *kinds: str) -> Decision | None:
    return next((d for d in reversed(held) if d.decision in kinds), None)


def _aftermath(case: _Case, steps: list[Step]) -> tuple[Aftermath, str]:
    """What has become of a finding, with the words for it."""
    said = [d for _, d in case.held]
    cured = _last(said, "cured", "not_cured")
    disputed = _last(said, "disputed", "dispute_ended")
    if case.found.outcome is Outcome.BREACHED and cured is not None and cured.decision == "cured":
        until = _cure_ends(case, steps)
        if until is None or cured.on <= until:
            return "cured", _says(cured)
        return "", f"It was mended on {cured.on}, after the time to cure had ended on {until}."
    if disputed is not None and disputed.decision == "disputed":
        return "disputed", _says(disputed)
    return "", ""


def _cure_ends(case: _Case, steps: list[Step]) -> date | None:
    """The last day to cure, counted from the first notice of the breach; None without a cure time or while
    no notice has set it running."""
    cure, key = case.obligation.cure, case.found.occurrence.key
    about_it = ("", key.casefold(), case.obligation.key.casefold(), case.obligation.id.casefold())
    first = next(((f, n) for f, n in case.noticed if n.about.casefold() in about_it), None)
    if cure is None or cure.within is None or first is None:
        return None
    fact, notice = first
    begins = notice.sent_on if cure.counts_from == "dispatch" else notice.received_on or notice.sent_on
    calendar = (cure.calendar or WEEKENDS_ONLY) if cure.clock == "business" else None
    try:
        until = days_after(begins, cure.within, calendar)
    except CalendarError:
        return None
    length = allowance_text(cure.within, cure.clock == "business")
    says = f"The time to cure of {length} from the notice of {notice.sent_on} ended on {until}."
    steps.append(Step(rule="decision.cure_time", says=says, records=(fact.source,)))
    return until - timedelta(days=1) if cure.due == "before" else until


def _says(decision: Decision) -> str:
    by = f" by {decision.by}" if decision.by else ""
    reason = f" ({decision.reason})" if decision.reason else ""
    until = f", until {decision.until}" if decision.until is not None else ""
    return f"{_WORDS[decision.decision]} on {decision.on}{until}{by}{reason}."
