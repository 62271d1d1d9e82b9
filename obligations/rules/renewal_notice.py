"""Renewal notice: the right to stop (or to take) a renewal by a notice in good time.

It is a right, not a duty: unused, nothing is breached. The window is pending, at risk in its last thirty
days, met when a notice was given in time, and not applicable once it has closed unused; the summary says
what happens then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from obligations.deadlines import Deadline
from obligations.facts import Fact, Notice
from obligations.matching import records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.risk import notice_soon
from obligations.term_dates import NoticeDays, in_time, notice_days, notices, term_end, within_term
from obligations.terms import RenewalNotice
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text, day_quantity, day_text, days_quantity


@dataclass(frozen=True)
class _Term:
    """One term: its last day, the last day of the term before, and of the term that would follow."""

    end: date
    previous_end: date | None
    next_end: date | None


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment: the notice for the term that runs on the day judged, or ran last."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = at.as_of.astimezone(zone).date()
    dated = obligation.in_force(today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, RenewalNotice):
        return ()
    effect = "renewal" if _optional(terms) else "non_renewal"
    held = notices(tuple(records(obligation, facts, at.known_at, Notice)), effect, today)
    trail = Trail(obligation, at)
    trail.terms(dated, _promise(terms))
    term = _term(terms, held, today)
    days = notice_days(terms, term.end) if term is not None else "the end of the term"
    if term is None or isinstance(days, str):
        missing = days if isinstance(days, str) else "the end of the term"
        finding = undetermined(f"The last day for a notice cannot be told without {missing}.", missing)
        occurrence = Occurrence(key="notice", label="Renewal notice", counts_on=today)
        return (trail.conclude(occurrence, finding),)
    trail.note("latest_day", f"{days.reading[0].upper()}{days.reading[1:]}.")
    finding = _judge(trail, dated, term, days, within_term(held, term.previous_end, term.end))
    return (trail.conclude(_occurrence(term, days, zone), finding),)


def _term(terms: RenewalNotice, held: Sequence[tuple[Fact, Notice]], today: date) -> _Term | None:
    """The term that runs on a day: renewed by itself as often as no notice in time stopped it."""
    if terms.initial is None:
        return None
    renewal = terms.renewal
    number, previous, end = 0, None, term_end(terms.initial)
    while end is not None:
        following = term_end(terms.initial, renewal, number + 1)
        term = _Term(end, previous, following)
        days = notice_days(terms, end)
        stopped = not isinstance(days, str) and any(
            in_time(n, terms, days, today) is True for _, n in within_term(held, previous, end)
        )
        exhausted = renewal is not None and renewal.most is not None and number >= renewal.most
        if today <= end or following is None or exhausted or not _renews(terms, stopped):
            return term
        previous, end, number = end, following, number + 1
    return None


def _renews(terms: RenewalNotice, noticed: bool) -> bool:
    """Whether a term is followed by another, given whether a notice was sent in time."""
    automatic = terms.renewal.automatic if terms.renewal is not None else None
    return automatic is not None and automatic is not noticed


def _judge(
    trail: Trail,
    dated: DatedTerms,
    term: _Term,
    days: NoticeDays,
    given: Sequence[tuple[Fact, Notice]],
) -> Finding:
    terms = dated.terms
    assert isinstance(terms, RenewalNotice)
    today = trail.at.as_of.astimezone(zone_of(trail.obligation, terms, trail.at)).date()
    doubt, late = "", None
    for fact, notice in given:
        label = _label(notice)
        if days.earliest_on is not None and notice.sent_on < days.earliest_on:
            trail.note("notice", f"{label}, before the window opens {days.earliest_on}.", (fact.source,))
            continue
        timely = in_time(notice, terms, days, today)
        verdict = "in time" if timely is True else "too late" if timely is False else f"not known: {timely}"
        trail.note("notice", f"{label}: {verdict}.", (fact.source,))
        if timely is True:
            left = (days.latest_on - notice.sent_on).days
            summary = f"{label}, in time (by {days.latest_on}): {_then(terms, term, noticed=True)}."
            return Finding(
                Outcome.MET,
                summary,
                target=day_quantity(days.latest_on),
                measured=day_quantity(notice.sent_on),
                margin=days_quantity(left),
            )
        doubt = doubt or (timely if isinstance(timely, str) else "")
        late = notice if timely is False else late
    if doubt:
        summary = f"Notice is on record; whether it was given by {days.latest_on} cannot be told."
        return undetermined(summary, doubt, target=day_quantity(days.latest_on))
    if today > days.latest_on:
        return _closed(terms, term, days, late)
    return _still_open(terms, term, days, today)


def _still_open(terms: RenewalNotice, term: _Term, days: NoticeDays, today: date) -> Finding:
    left = (days.act_by - today).days
    outcome = Outcome.AT_RISK if notice_soon(today, days.act_by) else Outcome.PENDING
    aim = "take" if _optional(terms) else "stop"
    since = ""
    if days.earliest_on is not None and today < days.earliest_on:
        since = f", from {days.earliest_on} on"
    moved = f" (the text gives {day_text(days.latest_on)})" if days.act_by != days.latest_on else ""
    remaining = f"{count_text(left, 'day')} left" if left >= 0 else "the last business day for it has passed"
    summary = (
        f"Notice to {aim} the renewal must be given by {day_text(days.act_by)}{moved}{since}, "
        f"{remaining}; without it {_then(terms, term, noticed=False)}."
    )
    return Finding(outcome, summary, target=day_quantity(days.act_by), margin=days_quantity(left))


def _closed(terms: RenewalNotice, term: _Term, days: NoticeDays, late: Notice | None) -> Finding:
    then = _then(terms, term, noticed=False)
    if late is not None:
        over = count_text((late.sent_on - days.latest_on).days, "day")
        by = f", {over} after {days.latest_on}" if late.sent_on > days.latest_on else " but received too late"
        return Finding(Outcome.NOT_APPLICABLE, f"{_label(late)}{by}: {then}.")
    return Finding(Outcome.NOT_APPLICABLE, f"No notice was given by {days.latest_on}: {then}.")


def _optional(terms: RenewalNotice) -> bool:
    """True where a notice takes a renewal rather than stops it."""
    return terms.renewal is not None and terms.renewal.automatic is False


def _then(terms: RenewalNotice, term: _Term, noticed: bool) -> str:
    """What happens after the term, in words that end a sentence."""
    if terms.renewal is None or terms.renewal.automatic is None:
        return f"the term ends {term.end}" + ("" if noticed else ", and the text does not say what follows")
    if not _renews(terms, noticed):
        return f"the agreement ends {term.end}"
    until = f" until {term.next_end}" if term.next_end is not None else ""
    return f"the agreement renews after {term.end}{until}"


def _label(notice: Notice) -> str:
    received = f", received {notice.received_on}" if notice.received_on else ""
    by = "us" if notice.by == "us" else "the other side"
    return f"Notice ({notice.effect.replace('_', '-')}) was given by {by} on {notice.sent_on}{received}"


def _promise(terms: RenewalNotice) -> str:
    aim = "take" if _optional(terms) else "stop"
    most = f" and not earlier than {terms.at_most.words()}" if terms.at_most is not None else ""
    counts = "the end of the term" if terms.counts_to == "term_end" else "the renewal day"
    return f"A notice to {aim} the renewal is due at least {terms.within.words()}{most} before {counts}."


def _occurrence(term: _Term, days: NoticeDays, zone: tzinfo) -> Occurrence:
    return Occurrence(
        key=f"notice-{term.end.isoformat()}",
        label=f"Notice for the term that ends {term.end}",
        due_at=Deadline(days.act_by, zone).instant,
        counts_on=days.act_by,
    )
