"""Service credit: a missed level is credited by what the tiers and steps give.

The level is measured as its own rule measures it. A credit that must be claimed is a right until the claim is
made: unclaimed in time, it lapses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline, days_after
from obligations.facts import Fact, Source
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.quantities import Money, Quantity
from obligations.risk import due_soon
from obligations.rules import resolution_time, response_time, ticket_share, update_time
from obligations.rules.availability import anchor_of
from obligations.segments import Segment, first_observed, segments
from obligations.service.credit_accounts import Account, Book, accounts
from obligations.service.credit_amounts import NO_FIGURE, NO_SHARE
from obligations.service.credit_records import Claims, Credited, claim_deadline, claims, credited
from obligations.service.missed_levels import Judge, Level, per_of
from obligations.service.uptime_trail import occurrence
from obligations.terms import Availability, CreditStep, CreditTier, Per, RivalCredit, ServiceCredit
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text, plain

LEVEL_RULES: dict[str, Judge] = {
    "response_time": response_time.assess,
    "resolution_time": resolution_time.assess,
    "update_time": update_time.assess,
    "ticket_share": ticket_share.assess,
}
"""The rules that measure levels on tickets."""


@dataclass(frozen=True)
class _Case:
    """One segment of the level: what is owed for it, and beside which others of the same period."""

    trail: Trail
    facts: Sequence[Fact]
    account: Account
    earlier: Decimal
    most: Decimal | None
    zone: tzinfo

    @property
    def segment(self) -> Segment:
        return self.account.segment

    @property
    def terms(self) -> ServiceCredit:
        return self.account.terms

    @property
    def says(self) -> str:
        return self.account.measured.says

    @property
    def apply_by(self) -> Deadline | None:
        if self.terms.apply_within is None:
            return None
        return Deadline(days_after(self.segment.period.end, self.terms.apply_within, None), self.zone)

    @property
    def claim_by(self) -> Deadline | None:
        return claim_deadline(self.terms, self.segment, self.zone)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period of the level from the first observed one to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, ServiceCredit):
        return ()
    level = Level(obligation, facts, at, observed_from, LEVEL_RULES)
    zone = zone_of(obligation, last.level or last, at)
    parts, watched = _segments(level, last, zone)
    trails = [_opened(obligation, at, segment) for segment in parts]
    if any(_terms(segment).level is None for segment in parts):
        return tuple(_without_level(trail, segment) for trail, segment in zip(trails, parts, strict=True))
    held = _accounts(level, parts, trails, _rival_accounts(level, last, zone))
    return tuple(
        _assess(_case(trail, level, held, number, zone), watched) for number, trail in enumerate(trails)
    )


def _terms(segment: Segment) -> ServiceCredit:
    terms = segment.dated.terms
    assert isinstance(terms, ServiceCredit)
    return terms


def _segments(level: Level, last: ServiceCredit, zone: tzinfo) -> tuple[tuple[Segment, ...], bool]:
    """The segments to assess, and whether anybody watches the level."""
    obligation = level.obligation
    today = level.at.as_of.astimezone(zone).date()
    earliest_on = level.first_record(last.level, zone) if last.level is not None else None
    anchor = anchor_of(obligation)
    counted_from = anchor(obligation.terms[-1])
    first = first_observed(
        *(per_of(last.level, last.base_per), level.observed_from, earliest_on, today),
        obligation.starts_on,
        counted_from,
    )
    watched = level.observed_from is not None or earliest_on is not None
    return segments(obligation, _cadence, first, today, anchor), watched


def _cadence(dated: DatedTerms) -> Per:
    terms = dated.terms
    return per_of(terms.level, terms.base_per) if isinstance(terms, ServiceCredit) else "once"


def _accounts(
    level: Level, parts: Sequence[Segment], trails: Sequence[Trail | None], rivals: tuple[Account, ...]
) -> list[Account]:
    measured = []
    for segment, trail in zip(parts, trails, strict=True):
        terms = _terms(segment).level
        assert terms is not None
        zone = zone_of(level.obligation, terms, level.at)
        measured.append(level.measured(segment, terms, zone, trail))
    return accounts(Book(level.obligation, level.facts, level.at, rivals), measured)


def _rival_accounts(level: Level, last: ServiceCredit, zone: tzinfo) -> tuple[Account, ...]:
    """The credits of the other levels, where a pool or paying once needs them."""
    pooled = last.pool_amount is not None or last.pool_percent is not None
    if not (last.pays_once or pooled):
        return ()
    found: list[Account] = []
    for rival in last.rivals:
        if rival.terms.level is not None:
            other = replace(level, obligation=_as_rival(level.obligation, rival), judged={})
            parts, _ = _segments(other, rival.terms, zone)
            found += _accounts(other, parts, [None] * len(parts), ())
    return tuple(found)


def _as_rival(obligation: Obligation, rival: RivalCredit) -> Obligation:
    dated = obligation.terms[-1].model_copy(update={"terms": rival.terms, "from_on": None})
    return obligation.model_copy(update={"id": rival.id, "key": rival.key, "terms": (dated,)})


def _opened(obligation: Obligation, at: AsOf, segment: Segment) -> Trail:
    trail, terms = Trail(obligation, at), _terms(segment)
    trail.terms(segment.dated, _promise(terms))
    if terms.paid_as is not None:
        how = "as a credit against charges, not in cash" if terms.paid_as == "credit" else "in cash"
        trail.note("paid_as", f"It is given {how}.")
    if terms.sole_remedy is not None:
        alone = "the sole remedy" if terms.sole_remedy else "not the sole remedy; other claims stay"
        trail.note("remedy", f"The credit is {alone}.")
    return trail


def _without_level(trail: Trail, segment: Segment) -> Assessment:
    finding = undetermined(
        f"No credit can be worked out for {segment.words}.", "the service level that the credit hangs on"
    )
    occurred = Occurrence(key=segment.key, label=f"Credit, {segment.words}", counts_on=segment.end)
    return trail.conclude(occurred, finding)


def _case(trail: Trail, level: Level, held: Sequence[Account], number: int, zone: tzinfo) -> _Case:
    """Credits of a period that is split are taken by its parts in order."""
    account = held[number]
    parts = [a for a in held if a.segment.period == account.segment.period]
    at = parts.index(account)
    currency = account.owed.currency if account.owed is not None else ""
    earlier = sum((a.counted(currency) for a in parts[:at]), Decimal(0))
    most = account.counted(currency) if at + 1 < len(parts) else None
    return _Case(trail, level.facts, account, earlier, most, zone)


def _promise(terms: ServiceCredit) -> str:
    given = [_tier_text(t) for t in sorted(terms.tiers, key=lambda t: t.below, reverse=True)]
    if terms.step is not None:
        given.append(_step_text(terms.step))
    base = f" of {terms.base}" if terms.base is not None else ""
    cap = f", at most {plain(terms.cap_percent)} %" if terms.cap_percent is not None else ""
    cap += f", at most {terms.cap_amount}" if terms.cap_amount is not None else ""
    return f"A missed level is credited{base}{': ' if given else ''}{'; '.join(given)}{cap}."


def _tier_text(tier: CreditTier) -> str:
    floor = f" down to {plain(tier.at_least)}" if tier.at_least is not None else ""
    gives = tier.amount if tier.amount is not None else f"{plain(tier.percent or Decimal(0))} %"
    return f"{'at or ' if tier.includes_below else ''}below {plain(tier.below)}{floor}: {gives}"


def _step_text(step: CreditStep) -> str:
    worth = step.amount or f"{plain(step.percent or Decimal(0))} %"
    if step.each is not None:
        return f"for each {step.each.words()}: {worth}"
    if step.points is not None:
        return f"for each {plain(step.points)} percentage points: {worth}"
    return f"for each {count_text(step.tickets or 1, 'ticket')}: {worth}"


def _assess(case: _Case, watched: bool) -> Assessment:
    for says, sources in case.account.steps:
        case.trail.note("credit", says, sources)
    deadline, finding = _judge(case, watched)
    occurred = occurrence(case.segment, case.zone, f"Credit for {case.account.measured.name}")
    due_at = deadline.instant if deadline else None
    return case.trail.conclude(occurred.model_copy(update={"due_at": due_at}), finding)


def _judge(case: _Case, watched: bool) -> tuple[Deadline | None, Finding]:
    """When the credit is due, and what became of it."""
    account, segment, measured = case.account, case.segment, case.account.measured
    if not watched:
        missing = f"outage records of {measured.name} for {segment.words}"
        summary = f"Whether a credit is owed for {segment.words} cannot be told without {missing}."
        return None, undetermined(summary, missing)
    if measured.empty:
        return None, Finding(Outcome.NOT_APPLICABLE, measured.empty)
    if not measured.ended:
        so_far = "no credit is owed" if account.entitled.nothing else "a credit would be owed"
        return None, Finding(Outcome.PENDING, f"{segment.words} is not over; so far {so_far}.")
    if account.entitled.worth() != account.best.worth():
        summary = f"Which credit is owed for {segment.words} depends on gaps in the records."
        return None, undetermined(summary, *account.doubts)
    if account.entitled.nothing:
        return None, _nothing(case)
    if account.excused:
        return None, Finding(Outcome.NOT_APPLICABLE, f"{case.says}: {account.excused}.")
    if account.owed is None:
        return None, _unknown_amount(case)
    if account.earning == "earned":
        after = count_text(case.terms.earn_back_after or 0, "period")
        text = f"{case.says}: the credit of {account.owed} was earned back, the next {after} kept the level."
        return None, Finding(Outcome.NOT_APPLICABLE, text)
    if account.earning == "doubt":
        text = f"{case.says}: whether the credit of {account.owed} was earned back depends on gaps."
        return None, undetermined(text, "complete records of the periods after it")
    return _settle(case, account.owed)


def _nothing(case: _Case) -> Finding:
    measured, terms = case.account.measured, case.terms
    if not terms.tiers and isinstance(terms.level, Availability) and terms.level.percent is None:
        return undetermined(f"{case.says}; the text leaves the promised share open.", NO_SHARE)
    if not (terms.tiers or terms.step or terms.allocation) and not measured.strict.kept:
        return undetermined(f"{case.says}: what is credited for it is left open.", NO_FIGURE)
    if measured.running:
        return Finding(Outcome.PENDING, f"{case.says}: so far no credit is owed, {measured.running}.")
    return Finding(Outcome.NOT_APPLICABLE, f"{case.says}: no credit is owed.")


def _unknown_amount(case: _Case) -> Finding:
    account = case.account
    percent = f"{plain(account.entitled.percent)} %"
    share = account.measured.strict.share
    measured = None
    if share is not None and account.measured.shown:
        measured = Quantity(value=round(share, 8), unit="percent", text=account.measured.shown)
    return Finding(
        Outcome.UNDETERMINED,
        f"{case.says}: a credit of {percent} is owed, its amount cannot be told without {account.missing}.",
        target=Quantity(value=account.entitled.percent, unit="percent", text=percent),
        measured=measured,
        missing=(account.missing,),
    )


def _settle(case: _Case, owed: Money) -> tuple[Deadline | None, Finding]:
    """What was credited or claimed of `owed`, and by when the rest must be."""
    obligation = case.trail.obligation
    at = AsOf(as_of=case.trail.at.as_of.astimezone(case.zone), known_at=case.trail.at.known_at)
    paid = credited(obligation, case.facts, case.segment, at, owed.currency)
    paid = replace(paid, earlier=case.earlier, most=case.most)
    received = paid.amount(owed.currency)
    for fact, credit in paid.facts:
        text = f"{credit.number}: {credit.amount} credited {credit.credited_on} for {credit.period}."
        case.trail.note("credited", text, (fact.source,))
    if received.amount >= owed.amount:
        return case.apply_by, _credited(case, owed, paid)
    if case.account.earning == "open":
        return None, _may_be_earned(case, owed, received)
    claim_by = case.claim_by
    if claim_by is None:
        return case.apply_by, _outstanding(case, owed, paid)
    made = claims(obligation, case.facts, case.segment, case.terms, claim_by, at)
    _tell_claim(case, made, claim_by)
    case.trail.note("standing", f"Eligible {owed}; received {received}.")
    if made.valid:
        return case.apply_by, _outstanding(case, owed, paid)
    return claim_by, _unclaimed(case, owed, paid, made)


def _tell_claim(case: _Case, made: Claims, claim_by: Deadline) -> None:
    if made.notice is None or made.fact is None:
        return
    text = f"in time (by {claim_by.text})" if made.valid else made.flaw
    if made.doubt:
        text = f"but it is not known {made.doubt}"
    case.trail.note("claimed", f"Claimed {made.notice.sent_on}, {text}.", (made.fact.source,))


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


def _credited(case: _Case, owed: Money, paid: Credited) -> Finding:
    received, apply_by = paid.amount(owed.currency), case.apply_by
    day = max(c.credited_on for _, c in paid.facts)
    outcome, tail = Outcome.MET, ""
    if apply_by is not None and paid.amount(owed.currency, apply_by.on).amount < owed.amount:
        outcome = Outcome.BREACHED
        tail = f", {count_text((day - apply_by.on).days, 'day')} after {apply_by.text}"
    summary = f"{case.says}: {owed} was owed and {received} was credited on {day}{tail}."
    return _finding(outcome, summary, owed, received)


def _may_be_earned(case: _Case, owed: Money, received: Money) -> Finding:
    after = case.terms.earn_back_after or 0
    kept = "period keeps" if after == 1 else f"{count_text(after, 'period')} all keep"
    text = f"{case.says}: a credit of {owed} stands unless the next {kept} the level."
    return _finding(Outcome.PENDING, text, owed, received)


def _outstanding(case: _Case, owed: Money, paid: Credited) -> Finding:
    """A credit that is owed without more ado, or was claimed in time."""
    now, apply_by = case.trail.at.as_of, case.apply_by
    received = paid.amount(owed.currency)
    rest = _rest(owed, received)
    head = f"{case.says}: {rest} {'is owed' if rest == owed else f'of {owed} is still owed'}"
    if apply_by is None:
        return _finding(Outcome.PENDING, f"{head}; the text states no day to credit it by.", owed, received)
    if not apply_by.passed(now):
        outcome = Outcome.AT_RISK if due_soon(now, apply_by.instant) else Outcome.PENDING
        return _finding(outcome, f"{head}, to be credited by {apply_by.text}.", owed, received)
    if paid.unclear:
        return _unclear(case, head, paid)
    return _finding(Outcome.BREACHED, f"{head} and was not credited by {apply_by.text}.", owed, received)


def _unclaimed(case: _Case, owed: Money, paid: Credited, made: Claims) -> Finding:
    now, claim_by = case.trail.at.as_of, case.claim_by
    assert claim_by is not None
    received = paid.amount(owed.currency)
    rest = _rest(owed, received)
    if made.doubt:
        text = f"{case.says}: a credit of {rest} was claimed, but it is not known {made.doubt}."
        return undetermined(text, made.doubt)
    if not claim_by.passed(now):
        outcome = Outcome.AT_RISK if due_soon(now, claim_by.instant) else Outcome.PENDING
        text = f"{case.says}: a credit of {rest} can be claimed until {claim_by.text}; not claimed yet."
        return _finding(outcome, text, owed, received)
    if paid.unclear:
        return _unclear(case, f"{case.says}: a credit of {rest} was not claimed by {claim_by.text}", paid)
    summary = f"{case.says}: a credit of {rest} was not claimed by {claim_by.text} and has lapsed."
    return Finding(Outcome.NOT_APPLICABLE, summary)


def _unclear(case: _Case, head: str, paid: Credited) -> Finding:
    sources: tuple[Source, ...] = tuple(fact.source for fact, _ in paid.unclear)
    names = ", ".join(credit.number for _, credit in paid.unclear)
    case.trail.note("credited", f"Credits that may be for this period: {names}.", sources)
    return undetermined(f"{head}; it may be in {names}.", f"which period {names} is for")
