"""Service credit: a missed level is credited by the stated share of the charge.

The level is measured as `availability` measures it; the credit is that of the tier into which the share
falls. A credit that must be claimed is a right until the claim is made: unclaimed in time, it lapses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from obligations.credit_records import Credited, claim, credited
from obligations.deadlines import Deadline, days_after
from obligations.facts import Fact, Source
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.outage_records import Held, earliest, held_for
from obligations.periods import MONTHS, RECURRING
from obligations.quantities import Duration, Money, Quantity
from obligations.risk import due_soon
from obligations.segments import Segment, first_observed, segments
from obligations.terms import Availability, CreditTier, Per, ServiceCredit
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.uptime import Uptime, measure
from obligations.uptime_trail import occurrence, service_name, shown_share, tell
from obligations.wording import count_text, plain


@dataclass(frozen=True)
class _Case:
    """One period of the level, under one set of credit terms."""

    trail: Trail
    facts: Sequence[Fact]
    segment: Segment
    terms: ServiceCredit
    level: Availability
    uptime: Uptime
    zone: tzinfo
    name: str

    @property
    def up(self) -> str:
        share = shown_share(self.level, self.uptime.share)
        return f"{self.name} was up {share} of {self.segment.words}"

    def deadline(self, length: Duration | None) -> Deadline | None:
        if length is None:
            return None
        return Deadline(days_after(self.segment.period.end, length, None), self.zone)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period of the level from the first observed one to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, ServiceCredit):
        return ()
    zone = zone_of(obligation, last.level or last, at)
    today = at.as_of.astimezone(zone).date()
    held = held_for(obligation, last.level, facts, at.known_at) if last.level else Held((), ())
    earliest_on = earliest(held, at.as_of, zone)
    first = first_observed(_per(last), observed_from, earliest_on, today, obligation.starts_on)
    watched = observed_from is not None or earliest_on is not None
    return tuple(
        _assess(Trail(obligation, at), segment, facts, watched)
        for segment in segments(obligation, _cadence, first, today)
    )


def _cadence(dated: DatedTerms) -> Per:
    return _per(dated.terms) if isinstance(dated.terms, ServiceCredit) else "once"


def _per(terms: ServiceCredit) -> Per:
    per = terms.level.per if terms.level is not None else terms.base_per
    return per if per in RECURRING else "month"


def _assess(trail: Trail, segment: Segment, facts: Sequence[Fact], watched: bool) -> Assessment:
    terms = segment.dated.terms
    assert isinstance(terms, ServiceCredit)
    trail.terms(segment.dated, _promise(terms))
    at, obligation = trail.at, trail.obligation
    if terms.level is None:
        finding = undetermined(
            f"No credit can be worked out for {segment.words}.", "the service level that the credit hangs on"
        )
        return trail.conclude(_unmeasured(segment), finding)
    level = terms.level
    zone = zone_of(obligation, level, at)
    held = held_for(obligation, level, facts, at.known_at)
    uptime = measure(level, held, segment, at.as_of, zone)
    name = service_name(level, obligation)
    tell(trail, uptime, segment, zone)
    case = _Case(trail, facts, segment, terms, level, uptime, zone, name)
    deadline, finding = _judge(case, watched)
    occurred = occurrence(segment, uptime, zone, f"Credit for {name}")
    due_at = deadline.instant if deadline else None
    return trail.conclude(occurred.model_copy(update={"due_at": due_at}), finding)


def _unmeasured(segment: Segment) -> Occurrence:
    return Occurrence(key=segment.key, label=f"Credit, {segment.words}", counts_on=segment.end)


def _promise(terms: ServiceCredit) -> str:
    tiers = []
    for tier in sorted(terms.tiers, key=lambda t: t.below, reverse=True):
        floor = f" down to {plain(tier.at_least)}" if tier.at_least is not None else ""
        gives = tier.amount if tier.amount is not None else f"{plain(tier.percent or Decimal(0))} %"
        tiers.append(f"below {plain(tier.below)}{floor}: {gives}")
    base = f" of {terms.base}" if terms.base is not None else ""
    cap = f", at most {plain(terms.cap_percent)} %" if terms.cap_percent is not None else ""
    return f"A missed level is credited{base}: {'; '.join(tiers)}{cap}."


def _judge(case: _Case, watched: bool) -> tuple[Deadline | None, Finding]:
    """When the credit is due, and what became of it."""
    uptime, segment = case.uptime, case.segment
    if not watched:
        missing = f"outage records of {case.name} for {segment.words}"
        summary = f"Whether a credit is owed for {segment.words} cannot be told without {missing}."
        return None, undetermined(summary, missing)
    if not uptime.measurable:
        return None, Finding(Outcome.NOT_APPLICABLE, f"{segment.words} has no service hours of {case.name}.")
    share = uptime.share
    tier = _tier(case.terms, share)
    if case.trail.at.as_of < uptime.end:
        so_far = "a credit would be owed" if tier else "no credit is owed"
        return None, Finding(Outcome.PENDING, f"{segment.words} is not over; so far {so_far}.")
    if tier != _tier(case.terms, uptime.best_share):
        summary = f"Which credit is owed for {segment.words} depends on gaps in the records."
        return None, undetermined(summary, *uptime.doubts)
    if tier is None:
        return None, Finding(Outcome.NOT_APPLICABLE, f"{case.up}: no credit is owed.")
    owed = _owed(case, tier)
    if isinstance(owed, str):
        percent = f"{plain(tier.percent or Decimal(0))} %"
        return None, Finding(
            Outcome.UNDETERMINED,
            f"{case.up}: a credit of {percent} is owed, its amount cannot be told without {owed}.",
            target=Quantity(value=tier.percent, unit="percent", text=percent),
            measured=Quantity(value=round(share, 8), unit="percent", text=shown_share(case.level, share)),
            missing=(owed,),
        )
    return _settle(case, owed)


def _tier(terms: ServiceCredit, share: Decimal) -> CreditTier | None:
    """The tier that holds a share: under `below`, and at or over `at_least`."""
    for tier in terms.tiers:
        if share < tier.below and (tier.at_least is None or share >= tier.at_least):
            return tier
    return None


def _owed(case: _Case, tier: CreditTier) -> Money | str:
    """The credit of a tier to the cent, capped; or what is missing to work it out."""
    terms, trail = case.terms, case.trail
    base = _base(terms)
    if isinstance(base, str) and (tier.amount is None or terms.cap_percent is not None):
        return base
    if tier.amount is not None:
        owed, how = tier.amount, f"a fixed {tier.amount}"
    else:
        assert isinstance(base, Money)
        assert tier.percent is not None
        owed = base.times(tier.percent / 100)
        how = f"{plain(tier.percent)} % of {base} = {owed}"
    if terms.cap_percent is not None and isinstance(base, Money) and base.currency == owed.currency:
        most = base.times(terms.cap_percent / 100)
        if owed.amount > most.amount:
            owed, how = most, f"{how}, capped at {plain(terms.cap_percent)} % = {most}"
    trail.note("credit", f"The share falls in the tier below {plain(tier.below)}: {how}.")
    return owed.rounded()


def _base(terms: ServiceCredit) -> Money | str:
    """The charge for one period of the level, or what is missing."""
    if terms.base is None:
        return "the charge that the credit is a share of"
    per, base_per = _per(terms), terms.base_per
    if per == base_per:
        return terms.base
    if per not in MONTHS or base_per not in MONTHS:
        return f"the charge per {per}"
    return terms.base.times(Decimal(MONTHS[per]) / Decimal(MONTHS[base_per]))


def _settle(case: _Case, owed: Money) -> tuple[Deadline | None, Finding]:
    """What was credited or claimed of `owed`, and by when the rest must be."""
    obligation = case.trail.obligation
    at = AsOf(as_of=case.trail.at.as_of.astimezone(case.zone), known_at=case.trail.at.known_at)
    paid = credited(obligation, case.facts, case.segment, at, owed.currency)
    received = paid.amount(owed.currency)
    apply_by = case.deadline(case.terms.apply_within)
    for fact, credit in paid.facts:
        text = f"{credit.number}: {credit.amount} credited {credit.credited_on} for {credit.period}."
        case.trail.note("credited", text, (fact.source,))
    if received.amount >= owed.amount:
        return apply_by, _credited(case, owed, paid, apply_by)
    claim_by = case.deadline(case.terms.claim_within)
    if claim_by is None:
        return apply_by, _outstanding(case, owed, paid, apply_by)
    made = claim(obligation, case.facts, case.segment, _per(case.terms), at)
    if made is not None and claim_by.kept_on(made[1].sent_on):
        text = f"Claimed {made[1].sent_on}, in time (by {claim_by.text})."
        case.trail.note("claimed", text, (made[0].source,))
        return apply_by, _outstanding(case, owed, paid, apply_by)
    if made is not None:
        text = f"Claimed {made[1].sent_on}, after {claim_by.text}."
        case.trail.note("claimed", text, (made[0].source,))
    return claim_by, _unclaimed(case, owed, paid, claim_by)


def _finding(outcome: Outcome, summary: str, owed: Money, received: Money) -> Finding:
    """A finding with the amounts: what is still owed, or what was received where nothing is."""
    left = Money(amount=received.amount - owed.amount, currency=owed.currency)
    target, measured, margin = (
        Quantity(value=money.amount, unit=money.currency, text=str(money)) for money in (owed, received, left)
    )
    rest = _rest(owed, received)
    if rest.amount > 0:
        return Finding(outcome, summary, target, measured, margin, rest, "credit_owed")
    return Finding(outcome, summary, target, measured, margin, received, "credit_received")


def _rest(owed: Money, received: Money) -> Money:
    return Money(amount=owed.amount - received.amount, currency=owed.currency)


def _credited(case: _Case, owed: Money, paid: Credited, apply_by: Deadline | None) -> Finding:
    received = paid.amount(owed.currency)
    day = max(c.credited_on for _, c in paid.facts)
    outcome, tail = Outcome.MET, ""
    if apply_by is not None and paid.amount(owed.currency, apply_by.on).amount < owed.amount:
        outcome = Outcome.BREACHED
        tail = f", {count_text((day - apply_by.on).days, 'day')} after {apply_by.text}"
    summary = f"{case.up}: {owed} was owed and {received} was credited on {day}{tail}."
    return _finding(outcome, summary, owed, received)


def _outstanding(case: _Case, owed: Money, paid: Credited, apply_by: Deadline | None) -> Finding:
    """A credit that is owed without more ado, or was claimed in time."""
    now = case.trail.at.as_of
    received = paid.amount(owed.currency)
    rest = _rest(owed, received)
    head = f"{case.up}: {rest} {'is owed' if rest == owed else f'of {owed} is still owed'}"
    if apply_by is None:
        return _finding(Outcome.PENDING, f"{head}; the text states no day to credit it by.", owed, received)
    if not apply_by.passed(now):
        outcome = Outcome.AT_RISK if due_soon(now, apply_by.instant) else Outcome.PENDING
        return _finding(outcome, f"{head}, to be credited by {apply_by.text}.", owed, received)
    if paid.unclear:
        return _unclear(case, head, paid)
    return _finding(Outcome.BREACHED, f"{head} and was not credited by {apply_by.text}.", owed, received)


def _unclaimed(case: _Case, owed: Money, paid: Credited, claim_by: Deadline) -> Finding:
    now = case.trail.at.as_of
    received = paid.amount(owed.currency)
    rest = _rest(owed, received)
    if not claim_by.passed(now):
        outcome = Outcome.AT_RISK if due_soon(now, claim_by.instant) else Outcome.PENDING
        text = f"{case.up}: a credit of {rest} can be claimed until {claim_by.text}; not claimed yet."
        return _finding(outcome, text, owed, received)
    if paid.unclear:
        return _unclear(case, f"{case.up}: a credit of {rest} was not claimed by {claim_by.text}", paid)
    summary = f"{case.up}: a credit of {rest} was not claimed by {claim_by.text} and has lapsed."
    return Finding(Outcome.NOT_APPLICABLE, summary)


def _unclear(case: _Case, head: str, paid: Credited) -> Finding:
    sources: tuple[Source, ...] = tuple(fact.source for fact, _ in paid.unclear)
    names = ", ".join(credit.number for _, credit in paid.unclear)
    case.trail.note("credited", f"Credits that may be for this period: {names}.", sources)
    return undetermined(f"{head}; it may be in {names}.", f"which period {names} is for")
