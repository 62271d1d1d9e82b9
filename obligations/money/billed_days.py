"""Whether the contract runs on the days that an invoice bills."""

from obligations.facts import Fact, Invoice
from obligations.matching import covers
from obligations.model import Obligation
from obligations.periods import period


def billed_under(obligation: Obligation, fact: Fact, invoice: Invoice) -> bool:
    """Whether an invoice is of the time of the contract: written in it, or for days in it. The first fee in
    advance is billed before the contract starts, the last one in arrears after it ends."""
    if covers(obligation, fact, invoice.invoiced_on):
        return True
    stated = period(invoice.period)
    days = [stated.start, stated.end] if stated else []
    if invoice.supplied_on is not None:
        days.append(invoice.supplied_on)
    return any(covers(obligation, fact, day) for day in days)
