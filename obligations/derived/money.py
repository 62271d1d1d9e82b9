"""Sums of money by what it is, each with the assessments that it adds up."""

from collections.abc import Iterable

from obligations.derived.areas import BILLED
from obligations.model import Assessment, MoneyMeaning, Obligation, Outcome
from obligations.quantities import Frozen, Money

Side = str
"""Who gets it: "us", "them", or "" where that is not known."""

TO_CREDITOR: frozenset[MoneyMeaning] = frozenset(
    {
        "credit_owed",
        "credit_received",
        "amount_due",
        "interest",
        "rebate",
        "shortfall",
        "damages",
        "overcharged",
        "discount",
        "withheld",
    }
)
"""Money that one side owes the other: the debtor its creditor, and who billed too much the payer. Revenue
and spend are owed by nobody."""

OPEN = (Outcome.BREACHED, Outcome.AT_RISK, Outcome.PENDING)


class MoneyLine(Frozen):
    """One sum: what it is, to whom it goes, and the assessments added up."""

    money_is: MoneyMeaning
    to: Side
    amount: Money
    assessments: tuple[str, ...]


def to_whom(assessment: Assessment, obligation: Obligation) -> Side:
    """Who gets an assessment's money; empty where the sides of the promise are not known."""
    if assessment.money_is not in TO_CREDITOR or obligation.we_owe is None:
        return ""
    returned = assessment.money_is == "overcharged" and obligation.kind in BILLED
    return "them" if obligation.we_owe is not returned else "us"


def sums(assessments: Iterable[tuple[Assessment, Obligation]]) -> tuple[MoneyLine, ...]:
    """One line for each meaning, side and currency; nothing is set off and no currencies are added."""
    held: dict[tuple[MoneyMeaning, Side, str], list[Assessment]] = {}
    for assessment, obligation in assessments:
        if assessment.money is not None and assessment.money.amount:
            key = (assessment.money_is, to_whom(assessment, obligation), assessment.money.currency)
            held.setdefault(key, []).append(assessment)
    return tuple(
        MoneyLine(money_is=meaning, to=side, amount=_total(found), assessments=tuple(a.id for a in found))
        for (meaning, side, _), found in sorted(held.items())
    )


def at_stake(assessments: Iterable[tuple[Assessment, Obligation]]) -> tuple[MoneyLine, ...]:
    """Money that is still open: owed after a breach, or lost or won by what happens next."""
    return sums((a, o) for a, o in assessments if a.outcome in OPEN and a.money_is in TO_CREDITOR)


def _total(found: list[Assessment]) -> Money:
    amounts = [a.money for a in found if a.money is not None]
    return sum(amounts[1:], start=amounts[0])
