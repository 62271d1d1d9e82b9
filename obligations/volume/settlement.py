"""What was paid of a sum that a period gives, and when: rebates, shares of sales."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from obligations.deadlines import Deadline
from obligations.model import MoneyMeaning, Outcome
from obligations.quantities import Money, Quantity
from obligations.risk import due_soon
from obligations.trail import Finding, undetermined
from obligations.wording import count_text

ZERO = Decimal(0)
Paid = Sequence[tuple[date, Decimal]]
"""Payments in the currency of the sum: day and amount."""


@dataclass(frozen=True)
class Sum:
    """What is owed: `head` says of what volume, `what` names it ("a rebate"), `done` how it is paid
    ("credited"). `unclear` are records that may be payments of it."""

    head: str
    what: str
    done: str
    owed: Money
    money_is: MoneyMeaning
    unclear: tuple[str, ...] = ()


def settle(total: Sum, paid: Paid, by: Deadline | None, now: datetime) -> Finding:
    """The finding for a period that is over: paid in time, late, in part, not at all, or too much."""
    owed = total.owed
    received = Money(amount=sum((amount for _, amount in paid), ZERO), currency=owed.currency)
    if not owed.amount:
        return _nothing_owed(total, received)
    if received.amount >= owed.amount:
        return _paid(total, paid, received, by)
    rest = Money(amount=owed.amount - received.amount, currency=owed.currency)
    head = f"{total.head}: {f'{rest} of ' if received.amount else ''}{total.what} of {owed} is owed"
    if by is None:
        return _finding(total, Outcome.PENDING, f"{head}; the text states no day to pay it by.", received)
    if not by.passed(now):
        outcome = Outcome.AT_RISK if due_soon(now, by.instant) else Outcome.PENDING
        return _finding(total, outcome, f"{head}, to be paid by {by.text}.", received)
    if total.unclear:
        names = ", ".join(total.unclear)
        return undetermined(f"{head}; it may be in {names}.", f"what {names} is for")
    return _finding(total, Outcome.BREACHED, f"{head} and was not paid by {by.text}.", received)


def _nothing_owed(total: Sum, received: Money) -> Finding:
    nothing = f"{total.head}: no {total.what.removeprefix('a ')} is owed"
    if not received.amount:
        return Finding(Outcome.NOT_APPLICABLE, f"{nothing}.")
    summary = f"{nothing}, {received} was {total.done}; {received} is to be given back."
    return _finding(total, Outcome.NOT_APPLICABLE, summary, received)


def _paid(total: Sum, paid: Paid, received: Money, by: Deadline | None) -> Finding:
    """In full: on the day on which the payments reached what is owed."""
    day, reached = date.min, ZERO
    for on, amount in sorted(paid):
        day, reached = on, reached + amount
        if reached >= total.owed.amount:
            break
    late = by is not None and not by.kept_on(day)
    tail = f", {count_text((day - by.on).days, 'day')} after {by.text}" if by and late else ""
    head = f"{total.head}: {total.what} of {total.owed}"
    summary = f"{head} was owed and was {total.done} on {day}{tail}."
    back = Money(amount=received.amount - total.owed.amount, currency=received.currency)
    if back.amount:
        summary = f"{head} is owed, {received} was {total.done}{tail}; {back} is to be given back."
    return _finding(total, Outcome.BREACHED if late else Outcome.MET, summary, received)


def _finding(total: Sum, outcome: Outcome, summary: str, received: Money) -> Finding:
    """Its money is what is still owed or to be given back, or else what was paid."""
    owed = total.owed
    left = Money(amount=received.amount - owed.amount, currency=owed.currency)
    money = Money(amount=abs(left.amount), currency=owed.currency) if left.amount else received
    target, measured, margin = (money_quantity(each) for each in (owed, received, left))
    return Finding(outcome, summary, target, measured, margin, money, total.money_is)


def money_quantity(money: Money) -> Quantity:
    return Quantity(value=money.amount, unit=money.currency, text=str(money))
