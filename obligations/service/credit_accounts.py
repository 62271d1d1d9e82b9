"""What is owed for each period, seen beside the other periods and the other credits of the agreement.

Repeats, yearly pools and earning back look at several periods; paying once looks at several levels. So all
periods are worked out together, in order, before what was claimed and credited is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from obligations.facts import Fact, Source
from obligations.model import AsOf, Obligation
from obligations.periods import MONTHS, Period, anchored, containing, shift
from obligations.quantities import Money
from obligations.segments import Segment
from obligations.service.credit_amounts import Charge, Entitlement, at_risk, capped, charge, entitlement
from obligations.service.credit_records import claim_deadline, claims, credited
from obligations.service.missed_levels import Measured, per_of, same_event
from obligations.terms import ServiceCredit
from obligations.trail import zone_of
from obligations.wording import plain

_YEAR = 12
Earning = Literal["", "open", "earned", "doubt"]


@dataclass(frozen=True)
class Account:
    """The credit of one segment. `entitled` counts doubts against the provider, `best` for it; `owed` is the
    money, or `missing` what it lacks; `excused` says why nothing is owed for the miss; `steps` tell the sums.
    `earning` is where earning back stands; `lapsed` is what was credited nevertheless of a credit that was
    not claimed in time.
    """

    id: str
    key: str
    measured: Measured
    terms: ServiceCredit
    entitled: Entitlement
    best: Entitlement
    owed: Money | None = None
    missing: str = ""
    excused: str = ""
    steps: tuple[tuple[str, tuple[Source, ...]], ...] = ()
    earning: Earning = ""
    doubts: tuple[str, ...] = ()
    lapsed: Decimal | None = None

    @property
    def segment(self) -> Segment:
        return self.measured.segment

    def counted(self, currency: str) -> Decimal:
        """What it takes out of a pool, or out of the credits of its period, in a currency."""
        if self.owed is None or self.excused or self.earning == "earned" or self.owed.currency != currency:
            return Decimal(0)
        return self.owed.amount if self.lapsed is None else self.lapsed


@dataclass(frozen=True)
class Book:
    """Whose credits are worked out, and from what."""

    obligation: Obligation
    facts: Sequence[Fact]
    at: AsOf
    rivals: tuple[Account, ...] = ()


def accounts(book: Book, measured: Sequence[Measured]) -> list[Account]:
    """The credit of every segment, in order."""
    entitled: list[Account] = []
    for each in measured:
        entitled.append(_entitled(book, each, entitled))
    owed: list[Account] = []
    for n, account in enumerate(entitled):
        account = replace(account, earning=_earning(book, account, entitled[n + 1 :]))
        account = _doubt_settled(book, account, owed)
        if not account.entitled.nothing and account.entitled.worth() == account.best.worth():
            account = _excused_at_first(book, account)
            account = account if account.excused else _owed(book, account, owed)
        owed.append(account)
    once = _paid_once([*owed, *book.rivals])
    own, rivals = once[: len(owed)], once[len(owed) :]
    held: list[Account] = []
    for account in own:
        held.append(_lapsed(book, _pooled(book, account, held, rivals)))
    return held


def _entitled(book: Book, measured: Measured, before: Sequence[Account]) -> Account:
    terms = measured.segment.dated.terms
    assert isinstance(terms, ServiceCredit)
    account = Account(
        id=book.obligation.id,
        key=book.obligation.key,
        measured=measured,
        terms=terms,
        entitled=Entitlement() if measured.empty else entitlement(terms, measured.strict),
        best=Entitlement() if measured.empty else entitlement(terms, measured.lenient),
        doubts=measured.doubts,
    )
    return _repeated(account, before)


def _repeated(account: Account, before: Sequence[Account]) -> Account:
    repeat = account.terms.repeat
    if repeat is None or account.entitled.nothing:
        return account
    last = _periods(account, before)[-(repeat.periods - 1) :]
    strict = 1 + sum(any(not a.entitled.nothing for a in parts) for parts in last)
    lenient = 1 + sum(any(not a.best.nothing for a in parts) for parts in last)
    entitled, best = account.entitled, account.best
    if strict < repeat.misses:
        return account
    entitled = entitled.times(repeat.factor)
    best = best.times(repeat.factor) if lenient >= repeat.misses else best
    says = f"{strict} misses in the last {repeat.periods} periods: times {plain(repeat.factor)}."
    doubts = (*account.doubts, *(doubt for parts in last for a in parts for doubt in a.doubts))
    return replace(
        account, entitled=entitled, best=best, steps=((says, ()),), doubts=tuple(dict.fromkeys(doubts))
    )


def _doubt_settled(book: Book, account: Account, before: Sequence[Account]) -> Account:
    """A doubt between two credits does not matter where the cap makes them the same sum."""
    if account.best.nothing or account.entitled.worth() == account.best.worth():
        return account
    strict, lenient = (
        _owed(book, replace(account, entitled=given), before).owed
        for given in (account.entitled, account.best)
    )
    if strict is None or strict != lenient:
        return account
    says = f"Gaps in the records leave open which credit is owed; within the cap either is {strict}."
    return replace(account, best=account.entitled, steps=(*account.steps, (says, account.measured.sources)))


def _periods(account: Account, others: Sequence[Account]) -> list[list[Account]]:
    """Accounts of other periods, the parts of each together, in the order in which they are given."""
    found: dict[str, list[Account]] = {}
    for other in others:
        if other.segment.period != account.segment.period:
            found.setdefault(other.segment.period.label, []).append(other)
    return list(found.values())


def _excused_at_first(book: Book, account: Account) -> Account:
    grace, starts_on = account.terms.grace, book.obligation.starts_on
    if grace is None:
        return account
    if starts_on is None:
        return replace(account, missing="the start of the contract, from which months without credits run")
    ends = shift(starts_on, grace)
    if account.segment.start >= ends:
        return account
    why = f"no credits are owed for periods that begin in the first {grace.words()}, before {ends}"
    return replace(account, excused=why)


def _owed(book: Book, account: Account, before: Sequence[Account]) -> Account:
    """The money of an entitlement: of the charge, in part for part of a period, within what the parts before
    it have left of the cap."""
    if account.missing:
        return account
    terms, segment, entitled = account.terms, account.segment, account.entitled
    whole = charge(terms, book.obligation, book.facts, segment, book.at)
    if isinstance(whole, str) and (entitled.percent or terms.cap_percent is not None):
        return replace(account, missing=whole)
    paying = isinstance(whole, Charge) and bool(entitled.percent)
    stated = terms.currency
    currency = stated or (whole.money.currency if isinstance(whole, Charge) else "")
    if paying and isinstance(whole, Charge) and whole.money.currency != currency:
        return replace(account, missing=f"the charge in {currency}; it is in {whole.money.currency}")
    part, readings = _part(book.obligation, terms, segment, paying)
    same = (a for a in before if a.segment.period == segment.period)
    taken = sum((a.counted(currency) for a in same), Decimal(0))
    sums = [_sum(account, whole, Money(amount=taken, currency=currency), f) for f in (part, *readings)]
    for each in sums:
        if isinstance(each, str):
            return replace(account, missing=each)
    return _with_sums(account, [s for s in sums if not isinstance(s, str)], whole, part)


def _with_sums(
    account: Account, sums: Sequence[tuple[Money, str]], whole: Charge | str, part: Decimal
) -> Account:
    """The first sum is owed, the others are other readings of the text."""
    money, how = sums[0]
    excused = (
        "" if money.rounded().amount > 0 else f"the credit comes to {money.rounded()}, so nothing is owed"
    )
    steps = [*account.steps, (how, whole.sources if isinstance(whole, Charge) else ())]
    for other, _ in sums[1:]:
        steps.append((_other_reading(part, other), ()))
    return replace(account, owed=money.rounded(), steps=tuple(steps), excused=excused)


def _part(
    obligation: Obligation, terms: ServiceCredit, segment: Segment, paying: bool
) -> tuple[Decimal, tuple[Decimal, ...]]:
    """The part of a period's charge that a segment has, and the other reading where the text is silent."""
    days = (segment.end - segment.start).days + 1
    of = (segment.period.end - segment.period.start).days + 1
    if days == of or not paying or terms.prorate is False:
        return Decimal(1), ()
    share = Decimal(days) / Decimal(of)
    if terms.prorate:
        return share, ()
    careful, other = (share, Decimal(1)) if obligation.we_owe is False else (Decimal(1), share)
    return careful, (other,)


def _other_reading(part: Decimal, other: Money) -> str:
    counted = "the whole charge" if part == 1 else "its part by days"
    return (
        "The text does not say what the charge of part of a period is; "
        f"read carefully for our side, {counted} counts. Read the other way the credit is {other.rounded()}."
    )


def _sum(account: Account, whole: Charge | str, taken: Money, part: Decimal) -> tuple[Money, str] | str:
    """What is owed, and how it comes about; or what is missing. `taken` is credited for other parts of the
    period already: all have one cap, but a share of the charge of a part is a cap of its own."""
    entitled, terms, currency = account.entitled, account.terms, taken.currency
    amount, how = entitled.fixed, f"{entitled.how}"
    if entitled.percent and isinstance(whole, Charge):
        base = at_risk(terms, whole)
        share = base.money.amount * part * entitled.percent / 100
        amount += share
        days = f" for {account.segment.start} to {account.segment.end}" if part != 1 else ""
        equals = Money(amount=share, currency=currency)
        how = f"{how}; {plain(entitled.percent)} % of {base.how}{days} = {equals}"
    if isinstance(whole, Charge) and part != 1:
        whole = replace(whole, money=whole.money.times(part))
    within = capped(terms, Money(amount=amount, currency=currency), whole, (taken, part == 1))
    if isinstance(within, str):
        return within
    money, cap = within
    return money, f"The miss is credited by {how}{cap}."


def _paid_once(held: Sequence[Account]) -> list[Account]:
    """One event that misses several levels is credited where it gives most: a credit that shares one with a
    larger credit that stands is not owed. The credits of whole periods are compared, not their events."""
    stands: list[Account] = []
    found: dict[int, Account] = {}
    order = sorted(range(len(held)), key=lambda n: _largest_first(held[n]))
    for n in order:
        account = found[n] = held[n]
        if account.entitled.nothing or account.excused or account.earning == "earned":
            continue
        larger = [a for a in stands if _same_event(a, account)]
        if account.terms.pays_once and account.owed is not None and larger:
            account = found[n] = _beside(account, larger)
        if not account.excused:
            stands.append(held[n])
    return [found[n] for n in range(len(held))]


def _largest_first(account: Account) -> tuple[bool, Decimal, str, date]:
    """Credits of unknown amount come first: nothing is known to be larger."""
    amount = account.owed.amount if account.owed is not None else Decimal(0)
    return account.owed is not None, -amount, account.id, account.segment.start


def _same_event(one: Account, other: Account) -> bool:
    overlap = one.segment.start <= other.segment.end and other.segment.start <= one.segment.end
    return one.id != other.id and overlap and same_event(one.measured, other.measured)


def _beside(account: Account, larger: Sequence[Account]) -> Account:
    """A credit beside those that the same event gives and that stand."""
    assert account.owed is not None
    for rival in larger:
        name = rival.key or rival.measured.name
        if rival.owed is None or rival.owed.currency != account.owed.currency:
            return replace(account, owed=None, missing=f"what {name} gives for the same event")
    name = larger[0].key or larger[0].measured.name
    why = f"the same event is credited under {name} with {larger[0].owed}, and one event is credited once"
    if len(account.measured.events) < 2:
        return replace(account, excused=why)
    says = "The credits of the whole period are compared: the text counts no event by itself."
    return replace(account, excused=why, steps=(*account.steps, (says, ())))


def _pooled(book: Book, account: Account, before: Sequence[Account], rivals: Sequence[Account]) -> Account:
    """Within what is left of the year's pool after the credits before it."""
    terms, owed = account.terms, account.owed
    if owed is None or account.excused or (terms.pool_amount is None and terms.pool_percent is None):
        return account
    pool = _pool(book, account)
    if isinstance(pool, str):
        return replace(account, owed=None, missing=pool)
    if pool.currency != owed.currency:
        return replace(account, owed=None, missing=f"the pool in {owed.currency}; it is in {pool.currency}")
    year = _pool_year(book.obligation, terms, account.segment.end)
    mine = (account.segment.end, account.id)
    others = [a for a in rivals if (a.segment.end, a.id) < mine]
    used = sum((a.counted(owed.currency) for a in (*before, *others) if a.segment.end in year), Decimal(0))
    left = max(pool.amount - used, Decimal(0))
    taken = Money(amount=used, currency=pool.currency)
    says = f"The pool of {year.start} to {year.end} is {pool}; {taken} of it was credited before."
    doubtful = [a.segment.words for a in before if a.segment.end in year and a.entitled != a.best]
    says += f" Periods in doubt are not counted in it: {', '.join(doubtful)}." if doubtful else ""
    gone = [a.segment.words for a in before if a.segment.end in year and a.lapsed is not None]
    says += f" Not claimed in time, and so not counted in it: {', '.join(gone)}." if gone else ""
    account = replace(account, steps=(*account.steps, (says, ())))
    if owed.amount <= left:
        return account
    if not left:
        return replace(account, excused=f"the pool of {pool} for {year.start} to {year.end} is used up")
    return replace(account, owed=Money(amount=left, currency=owed.currency))


def _lapsed(book: Book, account: Account) -> Account:
    """A credit that had to be claimed and was not takes nothing but what was credited all the same."""
    if account.owed is None or account.excused:
        return account
    zone = zone_of(book.obligation, account.terms.level or account.terms, book.at)
    by = claim_deadline(account.terms, account.segment, zone)
    if by is None or not by.passed(book.at.as_of):
        return account
    now = AsOf(as_of=book.at.as_of.astimezone(zone), known_at=book.at.known_at)
    made = claims(book.obligation, book.facts, account.segment, account.terms, by, now)
    paid = credited(book.obligation, book.facts, account.segment, now, account.owed.currency)
    if made.valid or made.doubt or paid.unclear:
        return account
    return replace(account, lapsed=min(paid.amount(account.owed.currency).amount, account.owed.amount))


def _pool(book: Book, account: Account) -> Money | str:
    terms = account.terms
    if terms.pool_amount is not None:
        return terms.pool_amount
    whole = charge(terms, book.obligation, book.facts, account.segment, book.at)
    if isinstance(whole, str):
        return whole
    months = MONTHS.get(per_of(terms.level, terms.base_per))
    if months is None:
        return "the charge of a year"
    return whole.money.times(Decimal(_YEAR) / months * (terms.pool_percent or Decimal(0)) / 100).rounded()


def _pool_year(obligation: Obligation, terms: ServiceCredit, day: date) -> Period:
    if terms.pool_window == "contract" and obligation.starts_on is not None:
        return anchored("year", obligation.starts_on, day)
    return containing("year", day)


def _earning(book: Book, account: Account, later: Sequence[Account]) -> Earning:
    """Whether the following periods, all kept, have earned a credit back."""
    wanted = account.terms.earn_back_after
    if wanted is None or account.entitled.nothing:
        return ""
    periods = _periods(account, later)[:wanted]
    following = [a for parts in periods for a in parts]
    if any(not a.best.nothing for a in following):
        return ""
    if len(periods) == wanted and all(a.measured.ended for a in following):
        return "doubt" if any(not a.entitled.nothing for a in following) else "earned"
    ends_on = book.obligation.ends_on
    over = ends_on is not None and (not later or later[-1].segment.end >= ends_on) and len(periods) < wanted
    return "" if over else "open"
