"""What a miss is worth: tiers and steps, the charge they are a share of, repeats and caps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from obligations.facts import Fact, Invoice, InvoiceLine, Source
from obligations.matching import belongs, records, same_service
from obligations.model import AsOf, Obligation
from obligations.periods import MONTHS
from obligations.quantities import Money
from obligations.segments import Segment
from obligations.service.missed_levels import Miss, per_of
from obligations.terms import Availability, CreditStep, CreditTier, ServiceCredit
from obligations.trail import zone_of
from obligations.wording import count_text, minutes_text, plain

NO_CHARGE = "the charge that the credit is a share of"
NO_SHARE = "the promised share"
NO_FIGURE = "the credit that the text promises for a miss"
_NOT_CREDITED = ("tax", "freight")


@dataclass(frozen=True)
class Entitlement:
    """What the text gives for a miss: a percent of the charge and a fixed amount. `how` tells why."""

    percent: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    how: str = ""

    @property
    def nothing(self) -> bool:
        return not self.percent and not self.fixed

    def worth(self) -> tuple[Decimal, Decimal]:
        return self.percent, self.fixed

    def times(self, factor: Decimal) -> "Entitlement":
        return Entitlement(self.percent * factor, self.fixed * factor, self.how)


@dataclass(frozen=True)
class Charge:
    """The charge of a whole period that credits are a share of, with how it came about."""

    money: Money
    how: str
    sources: tuple[Source, ...] = ()


def entitlement(terms: ServiceCredit, miss: Miss) -> Entitlement:
    """What the tiers and steps give; with neither, all that is allocated to the level."""
    given = [_of_tier(tier) for tier in _tiers(terms, miss)]
    if terms.step is not None and not miss.kept:
        given.append(_of_step(terms.step, terms, miss))
    if not terms.tiers and terms.step is None and terms.allocation is not None and not miss.kept:
        given.append(Entitlement(percent=Decimal(100), how="all that is allocated to the level"))
    return Entitlement(
        sum((g.percent for g in given), Decimal(0)),
        sum((g.fixed for g in given), Decimal(0)),
        "; ".join(g.how for g in given if not g.nothing),
    )


def _tiers(terms: ServiceCredit, miss: Miss) -> list[CreditTier]:
    """The tier that holds the share, or every tier fallen below where they add up."""
    share = miss.share
    if share is None:
        return []
    if terms.cumulative:
        return [tier for tier in terms.tiers if tier.fallen_below(share)]
    return [tier for tier in terms.tiers if tier.holds(share)][:1]


def _of_tier(tier: CreditTier) -> Entitlement:
    edge = f"the tier {'of' if tier.includes_below else 'below'} {plain(tier.below)}"
    edge += " or less" if tier.includes_below else ""
    if tier.amount is not None:
        return Entitlement(fixed=tier.amount.amount, how=f"{edge}: a fixed {tier.amount}")
    percent = tier.percent or Decimal(0)
    return Entitlement(percent=percent, how=f"{edge}: {plain(percent)} %")


def _of_step(step: CreditStep, terms: ServiceCredit, miss: Miss) -> Entitlement:
    units, what = _units(step, terms, miss)
    whole = Decimal(ceil(units) if step.started else floor(units))
    worth = step.amount if step.amount is not None else f"{plain(step.percent or Decimal(0))} %"
    kind = "started" if step.started else "full"
    how = f"{what}: {count_text(int(whole), f'{kind} unit')} at {worth}"
    if step.amount is not None:
        return Entitlement(fixed=step.amount.amount * whole, how=how)
    return Entitlement(percent=(step.percent or Decimal(0)) * whole, how=how)


def _units(step: CreditStep, terms: ServiceCredit, miss: Miss) -> tuple[Fraction, str]:
    """How many units a miss is, and in words."""
    if step.tickets is not None:
        said = (
            f"{count_text(miss.tickets, 'ticket')} out of time, for each {count_text(step.tickets, 'ticket')}"
        )
        return Fraction(miss.tickets, step.tickets), said
    if step.points is not None:
        top = Decimal(100)
        if step.counts == "excess" and terms.level is not None:
            top = getattr(terms.level, "percent", None) or top
        points = top - (miss.share if miss.share is not None else top)
        said = f"{plain(round(points, 4))} points, for each {plain(step.points)}"
        return Fraction(points) / Fraction(step.points), said
    assert step.each is not None
    minutes = miss.excess if step.counts == "excess" else miss.down
    shown = minutes_text(Decimal(minutes.numerator) / Decimal(minutes.denominator))
    beyond = " beyond what is allowed" if step.counts == "excess" else " of downtime"
    return minutes / Fraction(step.each.seconds, 60), f"{shown} minutes{beyond}, for each {step.each.words()}"


def charge(
    terms: ServiceCredit, obligation: Obligation, facts: Sequence[Fact], segment: Segment, at: AsOf
) -> Charge | str:
    """The charge of a whole period, or what is missing: as stated, or else as invoiced for the period."""
    stated = _stated(terms)
    if isinstance(stated, str):
        return stated
    found = stated or _invoiced(terms, obligation, facts, segment, at)
    if found is None:
        return NO_CHARGE
    return _net(terms, found)


def _stated(terms: ServiceCredit) -> Charge | str | None:
    if terms.base is None:
        return None
    per, base_per = per_of(terms.level, terms.base_per), terms.base_per
    if per == base_per:
        return Charge(terms.base, f"{terms.base}")
    if per not in MONTHS or base_per not in MONTHS:
        return f"the charge per {per}"
    money = terms.base.times(Decimal(MONTHS[per]) / Decimal(MONTHS[base_per]))
    return Charge(money, f"{terms.base} a {base_per.replace('_', ' ')}, {money} a {per.replace('_', ' ')}")


def _net(terms: ServiceCredit, found: Charge) -> Charge:
    """Without the part of other services, the discount and the tax that the stated charge contains."""
    amount, how = found.money.amount, found.how
    if terms.service_share is not None:
        amount, how = amount * terms.service_share / 100, f"{plain(terms.service_share)} % of {how}"
    if terms.discount is not None:
        amount, how = amount * (100 - terms.discount) / 100, f"{how} less {plain(terms.discount)} % discount"
    if terms.tax is not None:
        amount, how = amount * 100 / (100 + terms.tax), f"{how} without {plain(terms.tax)} % tax"
    return Charge(Money(amount=amount, currency=found.money.currency), how, found.sources)


def at_risk(terms: ServiceCredit, whole: Charge) -> Charge:
    """The part of the charge that a percent is of: all of it, or what is allocated of the part at risk."""
    if terms.at_risk_percent is None or terms.allocation is None:
        return whole
    share = terms.at_risk_percent * terms.allocation / 10_000
    how = f"{plain(terms.allocation)} % of the {plain(terms.at_risk_percent)} % at risk of {whole.how}"
    return Charge(whole.money.times(share), how, whole.sources)


def _invoiced(
    terms: ServiceCredit, obligation: Obligation, facts: Sequence[Fact], segment: Segment, at: AsOf
) -> Charge | None:
    """The net amount invoiced for the period, of the affected service where only that counts."""
    billed: dict[tuple[str | None, str, str], Money] = {}
    sources = []
    for fact, invoice in _bills(terms, obligation, facts, segment, at):
        net = _net_of(invoice, terms)
        if net is None:
            return None
        # One invoice that several systems know is one, and must be the same in all.
        number = invoice.number.strip().casefold()
        same = (fact.party, number, "" if number else fact.source.record)
        if billed.setdefault(same, net) != net:
            return None
        sources.append(fact.source)
    total = _sum(list(billed.values()))
    if total is None:
        return None
    numbers = ", ".join(dict.fromkeys(source.label or source.record for source in sources))
    return Charge(total, f"{total} invoiced net for {segment.period.words} ({numbers})", tuple(sources))


def _bills(
    terms: ServiceCredit, obligation: Obligation, facts: Sequence[Fact], segment: Segment, at: AsOf
) -> Iterator[tuple[Fact, Invoice]]:
    """The invoices for the period on record by the instant judged, without those sent back by then."""
    side = "receivable" if obligation.we_owe else "payable"
    today = at.as_of.astimezone(zone_of(obligation, terms.level or terms, at)).date()
    for fact, invoice in records(obligation, facts, at.known_at, Invoice):
        if invoice.period != segment.period.label or invoice.direction != side:
            continue
        if invoice.invoiced_on > today or belongs(obligation, fact) != "yes":
            continue
        if invoice.returned_on is None or invoice.returned_on > today:
            yield fact, invoice


def _net_of(invoice: Invoice, terms: ServiceCredit) -> Money | None:
    service = terms.level.service if isinstance(terms.level, Availability) else None
    if terms.base_for == "service":
        own = [line for line in invoice.lines if _is_of(line, service)]
        if service is None or not own:
            return None
        return _sum([line.amount for line in own])
    if invoice.net is not None:
        return invoice.net
    charged = [line.amount for line in invoice.lines if line.category not in _NOT_CREDITED]
    return _sum(charged) if charged else None


def _is_of(line: InvoiceLine, service: str | None) -> bool:
    return line.category not in _NOT_CREDITED and same_service(service, line.item) is True


def _sum(amounts: Sequence[Money]) -> Money | None:
    if len({money.currency for money in amounts}) != 1:
        return None
    return Money(amount=sum((m.amount for m in amounts), Decimal(0)), currency=amounts[0].currency)


def capped(
    terms: ServiceCredit, owed: Money, whole: Charge | str, used: tuple[Money, bool]
) -> tuple[Money, str] | str:
    """A credit within the cap of its period, and what the cap did; or what is missing for it. `used` is what
    other parts of the period took, and whether that is also taken off a cap in percent."""
    taken, of_percent = used
    caps: list[tuple[Money, str, Decimal]] = []
    if terms.cap_amount is not None:
        caps.append((terms.cap_amount, f"{terms.cap_amount}", taken.amount))
    if terms.cap_percent is not None:
        if isinstance(whole, str):
            return whole
        of_charge = whole.money.times(terms.cap_percent / 100)
        why = f"{plain(terms.cap_percent)} % = {of_charge}"
        caps.append((of_charge, why, taken.amount if of_percent else Decimal(0)))
    other = next((most.currency for most, _, _ in caps if most.currency != owed.currency), None)
    if other is not None:
        return f"the cap in {owed.currency}; it is in {other}"
    if not caps:
        return owed, ""
    most, why, less = min(caps, key=lambda cap: cap[0].amount - cap[2])
    left = Money(amount=max(most.amount - less, Decimal(0)), currency=owed.currency)
    if owed.amount <= left.amount:
        return owed, ""
    return left, f", capped at {why}" + (f" less {taken} for another part of the period" if less else "")
