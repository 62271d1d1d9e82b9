"""The parts in which an invoice falls due: all at once, or by instalments."""

from dataclasses import dataclass
from decimal import Decimal

from obligations.due_days import DueDay, DueDays
from obligations.money.invoices import Bill
from obligations.money.payment_dates import due_days
from obligations.terms.money import Instalment, PaymentDue
from obligations.wording import plain


@dataclass(frozen=True)
class Part:
    """A part of an invoice. It is paid when what was paid in all reaches `upto`; `amount` is its own share.
    `key` is the number of the instalment, empty for a whole invoice."""

    key: str
    words: str
    amount: Decimal
    upto: Decimal
    due: DueDays


def parts(terms: PaymentDue, bill: Bill, owed: Decimal) -> tuple[Part, ...]:
    """The parts in order; what is paid settles the first ones first. Credit memos take off the last ones."""
    if not terms.instalments:
        return (Part("", "", owed, owed, due_days(terms, bill)),)
    dated = [(_due(terms, bill, instalment), instalment) for instalment in terms.instalments]
    found: list[Part] = []
    reached = Decimal(0)
    for number, (due, instalment) in enumerate(dated, start=1):
        amount = _amount(bill, instalment)
        upto = min(reached + amount, owed) if number < len(dated) else owed
        words = f"instalment {number} of {len(dated)}"
        if instalment.percent is not None:
            words += f" ({plain(instalment.percent)} %)"
        found.append(Part(str(number), words, max(upto - reached, Decimal(0)), upto, due))
        reached = max(reached, upto)
    return tuple(found)


def _amount(bill: Bill, instalment: Instalment) -> Decimal:
    if instalment.amount is not None:
        return instalment.amount.amount
    return bill.invoice.gross.amount * (instalment.percent or Decimal(0)) / 100


def _due(terms: PaymentDue, bill: Bill, instalment: Instalment) -> DueDays:
    if instalment.due_on is not None:
        return DueDays((DueDay(instalment.due_on, "the day stated"),))
    single = terms.model_copy(update={"within": instalment.within, "day": None, "instalments": ()})
    return due_days(single, bill)
