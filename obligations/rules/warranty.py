"""Warranty: for how long quality is promised, and whether a claim was made in time.

Each delivery, acceptance or event has a warranty of its own; each claim is an occurrence of its own too. A
claim is a right: made in time it is met, made late nothing is owed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from obligations.deadlines import Deadline, days_after
from obligations.delivery.warranty_times import Running, running
from obligations.facts import Event, Fact, Notice, Source
from obligations.matching import records, same_service, words
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.risk import notice_soon
from obligations.terms import Warranty
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import allowance_text, count_text, day_quantity, days_quantity


@dataclass(frozen=True)
class _Case:
    """What every occurrence under one promise shares. `first` is true where the earlier start is careful."""

    obligation: Obligation
    at: AsOf
    zone: tzinfo
    today: date
    first: bool
    warranties: tuple[Running, ...]

    def terms(self, each: Running) -> tuple[DatedTerms, Warranty] | None:
        """The terms in force on the day a warranty begins."""
        begins = each.earliest_on
        dated = self.obligation.in_force(begins) if begins else self.obligation.terms[-1]
        if dated is None or not isinstance(dated.terms, Warranty):
            return None
        return dated, dated.terms


@dataclass(frozen=True)
class _Claim:
    """A claim with the day the defect was found, where that is on record, and the day judged."""

    fact: Fact
    notice: Notice
    found: tuple[Fact, Event] | None
    today: date

    @property
    def name(self) -> str:
        return self.fact.source.label or self.fact.source.record

    @property
    def received_on(self) -> date | None:
        """The day of receipt, None where it is not on record by the day judged."""
        on = self.notice.received_on
        return on if on is not None and on <= self.today else None

    def in_time(self, last: date) -> str:
        """ "" where it was made by a day by every reading, "late" where by none, else what it hangs on."""
        if self.notice.sent_on > last:
            return "late"
        if self.received_on is None:
            return f"the day {self.name} was received" if self.today > last else ""
        return f"whether {self.name} counts when sent or when received" if self.received_on > last else ""

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.fact.source, *((self.found[0].source,) if self.found else ()))


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each warranty that has begun, and one for each claim."""
    last = obligation.terms[-1].terms
    if not isinstance(last, Warranty):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    begun = tuple(running(obligation, last, facts, at, zone))
    case = _Case(obligation, at, zone, today, obligation.we_owe is not True, begun)
    found = [made for each in begun if (made := _warranty(case, each)) is not None]
    found += [_claimed(case, claim) for claim in _claims(case, facts)]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _warranty(case: _Case, each: Running) -> Assessment | None:
    held = case.terms(each)
    if held is None:
        return None
    dated, terms = held
    trail = Trail(case.obligation, case.at)
    _tell(trail, dated, terms)
    trail.note(
        "begins", f"{_title(each)} runs from {each.earliest_on or 'a day not on record'}.", (each.source,)
    )
    ends_on, missing = each.ends_on(terms, case.first), _missing(terms, each)
    occurrence = _occurrence(case, each, ends_on)
    if missing or ends_on is None:
        summary = f"How long the warranty on {each.what} runs cannot be told without {' and '.join(missing)}."
        return trail.conclude(occurrence, undetermined(summary, *missing))
    left = (ends_on - case.today).days
    other = each.ends_on(terms, not case.first)
    if other != ends_on:
        trail.note(
            "reading", f"By the other recorded day of arrival it would end on {other}.", (each.source,)
        )
    return trail.conclude(occurrence, _standing(case, each, ends_on, left))


def _standing(case: _Case, each: Running, ends_on: date, left: int) -> Finding:
    head = f"The warranty on {each.what} on {each.earliest_on if case.first else each.latest_on}"
    if left < 0:
        outcome, text = Outcome.MET, f"{head} ended on {ends_on}, {count_text(-left, 'day')} ago."
    else:
        outcome = Outcome.AT_RISK if notice_soon(case.today, ends_on) else Outcome.PENDING
        text = f"{head} runs until {ends_on}: {count_text(left, 'day')} left for claims."
    return Finding(outcome, text, target=day_quantity(ends_on), margin=days_quantity(left))


def _missing(terms: Warranty, each: Running) -> tuple[str, ...]:
    length = "" if terms.within else "how long the warranty runs"
    return tuple(text for text in (length, each.missing) if text)


def _claims(case: _Case, facts: Sequence[Fact]) -> list[_Claim]:
    """Claims of the creditor that are about what the promise covers, with the defect they tell of."""
    by = {False: "us", True: "counterparty", None: None}[case.obligation.we_owe]
    defects = [
        (fact, event)
        for fact, event in records(case.obligation, facts, case.at.known_at, Event)
        if event.on <= case.today and any(word.startswith("defect") for word in words(event.name))
    ]
    claims = []
    for fact, notice in records(case.obligation, facts, case.at.known_at, Notice):
        withdrawn = notice.withdrawn_on is not None and notice.withdrawn_on <= case.today
        if notice.effect != "claim" or notice.sent_on > case.today or withdrawn:
            continue
        if by not in (None, notice.by) or not _about(case, notice):
            continue
        claims.append(_Claim(fact, notice, _defect(fact, notice, defects), case.today))
    return claims


def _about(case: _Case, notice: Notice) -> bool:
    """Whether a claim is about a warranty: by a name it shares with one, or by the word itself."""
    told = words(f"{notice.subject} {notice.about}")
    return bool(_meant(case, notice)) or bool({"warranty", "defect", "defects"} & set(told))


def _meant(case: _Case, notice: Notice) -> list[Running]:
    """The warranties that a claim names; all where there is but one."""
    text = f"{notice.about} {notice.subject}"
    keys = [e for e in case.warranties if e.key and same_service(e.key, text) is True]
    if keys:
        return keys
    return [e for e in case.warranties if any(n and same_service(n, text) is True for n in e.names)]


def _defect(fact: Fact, notice: Notice, defects: Sequence[tuple[Fact, Event]]) -> tuple[Fact, Event] | None:
    label = fact.source.label or fact.source.record
    named = [d for d in defects if d[1].reference and d[1].reference in (label, notice.about)]
    return min(named, key=lambda d: (d[1].on, d[0].id)) if named else None


def _claimed(case: _Case, claim: _Claim) -> Assessment:
    """One claim against the warranty it is about, or against all it may be about."""
    meant = _meant(case, claim.notice) or list(case.warranties)
    held = [(each, case.terms(each)) for each in meant]
    dated = next((h[0] for _, h in held if h is not None), case.obligation.terms[-1])
    terms = dated.terms
    assert isinstance(terms, Warranty)
    trail = Trail(case.obligation, case.at)
    _tell(trail, dated, terms)
    sent, received = claim.notice.sent_on, claim.received_on
    came = f"received {received}" if received else "receipt not on record"
    trail.note("claim", f"{claim.name}: sent {sent}, {came}.", (claim.fact.source,))
    if claim.found is not None:
        trail.note("defect", f"The defect was found on {claim.found[1].on}.", (claim.found[0].source,))
    for each in meant:
        ends_on = each.ends_on(terms, case.first)
        trail.note("begins", f"{_title(each)} from {each.earliest_on} to {ends_on}.", (each.source,))
    occurrence = Occurrence(key=claim.name, label=f"Claim {claim.name}", counts_on=sent)
    return trail.conclude(occurrence, _finding(case, claim, terms, meant))


def _finding(case: _Case, claim: _Claim, terms: Warranty, meant: Sequence[Running]) -> Finding:
    missing = tuple(dict.fromkeys(text for each in meant for text in _missing(terms, each)))
    if not meant:
        missing = ("the day from which the warranty runs",)
    if missing:
        summary = f"Whether claim {claim.name} was in time cannot be told without {' and '.join(missing)}."
        return undetermined(summary, *missing)
    verdicts = {_inside(case, claim, terms, each) for each in meant}
    if len(verdicts) > 1:
        return undetermined(f"Claim {claim.name} may be about several.", f"which one {claim.name} is about")
    told = _told_in_time(claim, terms)
    (inside,) = verdicts
    doubts = tuple(text for text in (inside, told) if text not in ("", "late"))
    if "late" in (inside, told):
        why = "after the warranty had ended" if inside == "late" else "too long after the defect was found"
        summary = f"Claim {claim.name} of {claim.notice.sent_on} was made {why}: nothing is owed for it."
        return Finding(Outcome.NOT_APPLICABLE, summary)
    if doubts:
        return undetermined(f"Whether claim {claim.name} was in time depends on {doubts[0]}.", *doubts)
    summary = f"Claim {claim.name} of {claim.notice.sent_on} is inside the warranty on {meant[0].what}."
    return Finding(Outcome.MET, summary)


def _inside(case: _Case, claim: _Claim, terms: Warranty, each: Running) -> str:
    """ "" where a claim is inside by every reading, "late" where by none, else what it depends on."""
    ends_on = each.ends_on(terms, case.first)
    assert ends_on is not None
    found_in_time = claim.found is not None and claim.found[1].on <= ends_on
    made = claim.in_time(ends_on)
    return (
        f"whether a defect found by {ends_on} may be told later" if made == "late" and found_in_time else made
    )


def _told_in_time(claim: _Claim, terms: Warranty) -> str:
    """The same for the time in which a defect is to be told."""
    if terms.notice_within is None:
        return ""
    if claim.found is None:
        return f"the day on which the defect of {claim.name} was found"
    if terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days"
    calendar = terms.calendar if terms.clock == "business" else None
    last = days_after(claim.found[1].on, terms.notice_within, calendar)
    return claim.in_time(last)


def _title(each: Running) -> str:
    return f"The warranty on {each.what}"


def _occurrence(case: _Case, each: Running, ends_on: date | None) -> Occurrence:
    begins = each.earliest_on
    return Occurrence(
        key=each.key,
        label=_title(each),
        starts_at=datetime.combine(begins, time(), case.zone) if begins else None,
        due_at=Deadline(ends_on, case.zone).instant if ends_on else None,
        counts_on=ends_on or begins or case.today,
    )


def _tell(trail: Trail, dated: DatedTerms, terms: Warranty) -> None:
    length = allowance_text(terms.within, business=False) if terms.within else "a time that is not stated"
    trail.terms(dated, f"{terms.item or 'What is delivered'} is warranted for {length}.")
    if terms.starts is None:
        trail.note("reading", "The text does not say from when it runs; from delivery, or else acceptance.")
    if terms.notice_within is not None:
        told = allowance_text(terms.notice_within, terms.clock == "business")
        trail.note("notice", f"A defect is to be told within {told} after it was found.")
