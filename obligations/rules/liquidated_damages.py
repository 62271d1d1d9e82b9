"""Liquidated damages: an agreed sum for each day or week of delay, or each point by which a level is missed.

The delay is that of the delivery promise the clause hangs on, by the same count. What is owed is computed
with and without the doubts of the records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from obligations.deadlines import Deadline
from obligations.delivery.delivery_cases import Case, cases
from obligations.delivery.delivery_standing import Standing
from obligations.delivery.order_lines import Side, count
from obligations.facts import Credit, Fact, Source
from obligations.matching import each_once, records, same_service
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome, Step
from obligations.money.late_sums import (
    LatePart,
    Reading,
    capped,
    late_parts,
    of_amount,
    of_price,
    reading,
    units,
)
from obligations.quantities import Money
from obligations.rules import availability, delivery_performance
from obligations.terms import Availability, DeliveryPerformance, DeliveryTime, LiquidatedDamages
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, day_quantity, days_quantity, plain

_OUTCOME = "liquidated_damages.outcome"


@dataclass(frozen=True)
class _Claim:
    """What is owed for one delay by one reading. `parts` are the late parts it is for."""

    standing: Standing
    parts: tuple[LatePart, ...]
    owed: Money | None


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each delivery the clause is about, or for each period of the level."""
    found: list[Assessment] = []
    for dated in obligation.terms:
        terms = dated.terms
        if not isinstance(terms, LiquidatedDamages):
            continue
        if terms.level is not None:
            found += _of_level(obligation, dated, terms.level, (facts, at, observed_from))
        for promise in terms.promises:
            found += [
                _assess(Trail(obligation, at), case, dated, facts)
                for case in cases(_as(obligation, dated, promise), facts, at, observed_from)
                if _in_force(obligation, case) is dated
            ]
    if not found and not any(_hangs(dated) for dated in obligation.terms):
        return (_unbound(obligation, at),)
    single = (_one_of(list(group)) for group in _by_key(found).values())
    return tuple(sorted(single, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _by_key(found: Sequence[Assessment]) -> dict[str, list[Assessment]]:
    groups: dict[str, list[Assessment]] = {}
    for assessment in found:
        groups.setdefault(assessment.occurrence.key, []).append(assessment)
    return groups


def _one_of(group: Sequence[Assessment]) -> Assessment:
    """One assessment of a delivery that several promises may be about: theirs, where they agree."""
    first = group[0]
    if len({(each.outcome, each.money) for each in group}) == 1:
        return first
    missing = f"which delivery promise {first.occurrence.key} is under"
    summary = f"What is owed for {first.occurrence.label} depends on {missing}."
    steps = tuple(dict.fromkeys(step for each in group for step in each.trail if step.rule != _OUTCOME))
    update = {"outcome": Outcome.UNDETERMINED, "missing": (missing,), "money": None, "money_is": ""}
    last = Step(rule=_OUTCOME, says=summary)
    return first.model_copy(update={**update, "summary": summary, "trail": (*steps, last)})


def _hangs(dated: DatedTerms) -> bool:
    terms = dated.terms
    return isinstance(terms, LiquidatedDamages) and bool(terms.promises or terms.level)


def _in_force(obligation: Obligation, case: Case) -> DatedTerms | None:
    """The terms in force on the day the delivery was ordered, or else is due."""
    standing = case.standing(Side(strict=True, benefit=False))
    on = case.begins_on or (standing.last if standing else None)
    return obligation.in_force(on) if on else obligation.terms[-1]


def _as(
    obligation: Obligation, dated: DatedTerms, terms: DeliveryTime | DeliveryPerformance | Availability
) -> Obligation:
    """The promise that the clause hangs on, with this clause's sides and spans."""
    held = dated.model_copy(update={"terms": terms, "from_on": None})
    return obligation.model_copy(update={"kind": terms.kind, "terms": (held,)})


def _assess(trail: Trail, case: Case, dated: DatedTerms, facts: Sequence[Fact]) -> Assessment:
    terms = dated.terms
    assert isinstance(terms, LiquidatedDamages)
    how = reading(terms, trail.obligation.we_owe)
    _tell(trail, dated, terms, how)
    strict = trail.obligation.we_owe is True
    worst, best = (_claim(terms, case, how, Side(strict, benefit)) for benefit in (False, True))
    if case.missing or worst is None or best is None:
        summary = f"What is owed for {case.label} cannot be told without {' and '.join(case.missing)}."
        return trail.conclude(_occurrence(case, None), undetermined(summary, *case.missing))
    if case.records:
        trail.note("delivery", f"{case.label}, due {worst.standing.due.on}.", case.records)
    _tell_parts(trail, terms, worst, how)
    finding = _finding(trail, case, terms, worst, best, _paid(trail, case, facts))
    return trail.conclude(_occurrence(case, worst.standing), finding)


def _claim(terms: LiquidatedDamages, case: Case, how: Reading, side: Side) -> _Claim | None:
    standing = case.standing(side)
    if standing is None:
        return None
    parts = tuple(late_parts(standing, case.judge.today, how.excused))
    if not parts:
        return _Claim(standing, (), None)
    owed = of_amount(terms, parts, how)
    price = _price(terms, case, standing)
    if owed is None and price is not None and terms.percent is not None:
        required = standing.required
        if terms.price is not None and case.line is not None:
            how = replace(how, late_part=False)
        owed = of_price(terms, parts, price, required, how)
    return _Claim(standing, parts, owed)


def _price(terms: LiquidatedDamages, case: Case, standing: Standing) -> Money | None:
    """The price that a percentage is of: the stated one, or that of the line as far as it is still owed."""
    if terms.price is not None or case.line is None or case.line.unit_price is None:
        return terms.price
    return case.line.unit_price.times(standing.required)


def _finding(
    trail: Trail, case: Case, terms: LiquidatedDamages, worst: _Claim, best: _Claim, paid: Sequence[Money]
) -> Finding:
    standing = worst.standing
    missing = _missing(terms, case, worst)
    if worst.owed != best.owed or bool(worst.parts) != bool(best.parts):
        missing = (*missing, *dict.fromkeys((*standing.arrivals.doubts, *best.standing.arrivals.doubts)))
    if not case.watched:
        missing = (*missing, f"records of deliveries on {case.key}")
    target = day_quantity(standing.last)
    if worst.parts and missing:
        summary = f"What is owed for the delay of {case.label} depends on {' and '.join(missing)}."
        return undetermined(summary, *missing, target=target)
    late = max((part.days for part in worst.parts), default=0)
    owed = worst.owed
    if owed is None or not owed.amount:
        return _nothing(case, standing, late)
    same = [money.amount for money in paid if money.currency == owed.currency]
    credited = Money(amount=sum(same, Decimal(0)), currency=owed.currency)
    rest = Money(amount=max(owed.amount - credited.amount, Decimal(0)), currency=owed.currency)
    done = credited.amount >= owed.amount and standing.completed_on is not None
    summary = _summary(case, terms, worst, late)
    if credited.amount:
        summary += f" {credited} of it has been credited."
    return Finding(
        Outcome.MET if done else Outcome.PENDING,
        summary,
        target=target,
        measured=days_quantity(late),
        money=owed if done else rest,
        money_is="damages",
    )


def _missing(terms: LiquidatedDamages, case: Case, claim: _Claim) -> tuple[str, ...]:
    """Figures that the sum cannot be computed without."""
    if terms.percent is None and terms.amount is None:
        return ("the agreed sum",)
    if terms.amount is not None and terms.currency is None:
        return ("the currency of the agreed sum",)
    if terms.per is None:
        return ("what the sum is for each of: a day or a week of delay",)
    if terms.percent is not None and _price(terms, case, claim.standing) is None:
        return (f"the price of {_name(case)}",)
    return ()


def _nothing(case: Case, standing: Standing, late: int) -> Finding:
    open_still = standing.completed_on is None and not standing.void
    target = day_quantity(standing.last)
    if not late:
        state = "is not late so far" if open_still else "was not late for the supplier's reasons"
    else:
        state = f"is {count_text(late, 'day')} late, for which nothing is owed"
    summary = f"{case.label}, due {standing.last}, {state}: no damages."
    outcome = Outcome.PENDING if open_still else Outcome.NOT_APPLICABLE
    return Finding(outcome, summary, target=target, measured=days_quantity(late))


def _summary(case: Case, terms: LiquidatedDamages, claim: _Claim, late: int) -> str:
    state = "so far" if claim.standing.completed_on is None else "in all"
    alone = " It is the sole remedy for the delay." if terms.sole_remedy else ""
    return (
        f"{case.label}, due {claim.standing.last}, is {count_text(late, 'day')} late {state}: "
        f"{claim.owed} are owed, {_rate(terms)}.{alone}"
    )


def _rate(terms: LiquidatedDamages) -> str:
    """ "0.5 % of the price for each week, 5 % at most"."""
    if terms.amount is not None:
        sum_ = f"{terms.currency or ''} {terms.amount:,.2f}".strip()
    else:
        sum_ = f"{plain(terms.percent)} % of the price" if terms.percent is not None else "an unstated sum"
    each = f" for each {terms.per}" if terms.per in ("day", "week", "month") else ""
    caps = [f"{plain(terms.cap_percent)} %"] if terms.cap_percent is not None else []
    caps += [str(terms.cap_amount)] if terms.cap_amount is not None else []
    return f"{sum_}{each}" + (f", {' or '.join(caps)} at most" if caps else "")


def _paid(trail: Trail, case: Case, facts: Sequence[Fact]) -> list[Money]:
    """Damages credited for a delivery: credits of that type that name its order or thing."""
    found = []
    held = records(trail.obligation, facts, trail.at.known_at, Credit)
    for fact, credit in each_once(held, lambda credit: (credit.number, credit.amount)):
        text = f"{credit.reason} {credit.invoice} {credit.item}"
        named = any(name and same_service(name, text) is True for name in case.names)
        if credit.type == "damages" and named and credit.credited_on <= case.judge.today:
            trail.note("credited", f"{credit.amount} credited on {credit.credited_on}.", (fact.source,))
            found.append(credit.amount)
    return found


def _tell(trail: Trail, dated: DatedTerms, terms: LiquidatedDamages, how: Reading) -> None:
    trail.terms(dated, f"For delay {_rate(terms)} is owed.")
    if terms.counts is None and terms.per in ("week", "month"):
        counted = "only whole ones are counted" if how.full else "a begun one is counted"
        trail.note("reading", f"The text does not say whether a part of a {terms.per} counts; {counted}.")
    if terms.base is None and terms.percent is not None and terms.price is None:
        part = "the late part" if how.late_part else "the whole"
        trail.note("reading", f"The text does not say which price it is a share of; that of {part} is taken.")
    if how.excused:
        trail.note("reading", "Days of delay in which they were held up by us or others are not counted.")
    if terms.grace is not None:
        trail.note("grace", f"{count_text(terms.grace.days, 'day')} of delay are free.")


def _tell_parts(trail: Trail, terms: LiquidatedDamages, claim: _Claim, how: Reading) -> None:
    for part in claim.parts:
        name = terms.per if terms.per in ("day", "week", "month") else "time"
        state = f"came {part.until}" if part.source else f"has not come by {part.until}"
        free = f", {count_text(part.free, 'day')} of it excused" if part.free else ""
        text = f"{count(part.quantity)} {state}, {count_text(part.days, 'day')} late{free}"
        number = units(terms, part, how.full)
        sources = ((part.source,) if part.source else ()) + (_excuses(claim) if part.free else ())
        trail.note("late", f"{text}: {count_text(number, name)}.", sources)
    if claim.owed is not None:
        trail.note("sum", f"{claim.owed} for the delay.", _sources(claim))


def _excuses(claim: _Claim) -> tuple[Source, ...]:
    return claim.standing.excused_days.sources


def _sources(claim: _Claim) -> tuple[Source, ...]:
    return tuple(part.source for part in claim.parts if part.source)


def _name(case: Case) -> str:
    """The line of an order, or the thing that is delivered once."""
    return case.names[0] if case.key == "once" and case.names else case.key


def _occurrence(case: Case, standing: Standing | None) -> Occurrence:
    zone = case.judge.zone
    return Occurrence(
        key=_name(case),
        label=f"Damages for {case.label}",
        starts_at=datetime.combine(case.begins_on, time(), zone) if case.begins_on else None,
        due_at=Deadline(standing.last, zone).instant if standing else None,
        counts_on=standing.last if standing else case.begins_on or case.judge.today,
    )


def _unbound(obligation: Obligation, at: AsOf) -> Assessment:
    trail = Trail(obligation, at)
    trail.terms(obligation.terms[-1], "A sum is agreed for a failure.")
    missing = "the promise whose failure it is for"
    occurrence = Occurrence(key="unbound", label="Damages", counts_on=at.as_of.date())
    summary = "No delivery or level of this contract is known that the agreed sum could be for."
    return trail.conclude(occurrence, undetermined(summary, missing))


def _of_level(
    obligation: Obligation,
    dated: DatedTerms,
    level: DeliveryPerformance | Availability,
    seen: tuple[Sequence[Fact], AsOf, date | None],
) -> Iterator[Assessment]:
    """For each full point by which the level was missed in a period."""
    rule = delivery_performance if isinstance(level, DeliveryPerformance) else availability
    for measured in rule.assess(_as(obligation, dated, level), *seen):
        in_force = obligation.in_force(measured.occurrence.counts_on)
        if in_force is dated:
            yield _of_period(Trail(obligation, seen[1]), dated, measured)


def _of_period(trail: Trail, dated: DatedTerms, measured: Assessment) -> Assessment:
    terms = dated.terms
    assert isinstance(terms, LiquidatedDamages)
    trail.terms(dated, f"For each point by which the level is missed {_rate(terms)} is owed.")
    trail.steps += [s for s in measured.trail if not s.rule.endswith((".terms", ".outcome", ".reading"))]
    head = measured.summary
    if measured.outcome is Outcome.UNDETERMINED:
        return trail.conclude(measured.occurrence, undetermined(head, *measured.missing))
    if measured.outcome is not Outcome.BREACHED:
        open_still = measured.outcome in (Outcome.PENDING, Outcome.AT_RISK)
        outcome = Outcome.PENDING if open_still else Outcome.NOT_APPLICABLE
        return trail.conclude(measured.occurrence, Finding(outcome, f"{head} No damages."))
    return trail.conclude(measured.occurrence, _for_points(trail, terms, measured))


def _for_points(trail: Trail, terms: LiquidatedDamages, measured: Assessment) -> Finding:
    target, share = measured.target, measured.measured
    assert target is not None
    assert share is not None
    gap = (target.value or Decimal(0)) - (share.value or Decimal(0))
    full = terms.counts == "full" if terms.counts else trail.obligation.we_owe is not True
    points = gap.to_integral_value(ROUND_FLOOR if full else ROUND_CEILING)
    if terms.counts is None:
        counted = "only whole ones are counted" if full else "a begun one is counted"
        trail.note("reading", f"The text does not say whether a part of a point counts; {counted}.")
    owed = _point_sum(terms, points)
    if owed is None:
        missing = "the charge that the sum is a share of" if terms.percent is not None else "the agreed sum"
        return undetermined(f"{measured.summary} The sum needs {missing}.", missing, target=target)
    trail.note("sum", f"{plain(points)} points missed: {owed}.")
    if not owed.amount:
        return Finding(Outcome.NOT_APPLICABLE, f"{measured.summary} Missed by less than a point: no damages.")
    summary = f"{measured.summary} Missed by {plain(points)} points: {owed} are owed, {_rate(terms)} each."
    return Finding(Outcome.PENDING, summary, target, share, money=owed, money_is="damages")


def _point_sum(terms: LiquidatedDamages, points: Decimal) -> Money | None:
    if terms.amount is not None and terms.currency is not None:
        return capped(terms, Money(amount=terms.amount * points, currency=terms.currency), None)
    if terms.percent is None or terms.price is None:
        return None
    return capped(terms, terms.price.times(terms.percent * points / 100), terms.price.amount)
