"""On which side of a contract we are: do we sell, or do we buy?"""

from collections.abc import Mapping

from obligations.model import Contract, Obligation

CUSTOMER_TYPES = frozenset({"sales", "license_out", "customer"})
"""Types of contract in which the counterparty is our customer."""
SELLING_ROLES = frozenset(
    {"supplier", "vendor", "provider", "seller", "contractor", "licensor", "consultant", "service provider"}
)
BUYING_ROLES = frozenset({"customer", "client", "buyer", "purchaser", "licensee", "principal", "subscriber"})
_PAID = frozenset({"payment_due", "fee", "milestone_payment", "late_interest", "minimum_commitment"})
"""Kinds that the buyer owes."""


def we_sell(contract: str, held: Mapping[str, Contract]) -> bool | None:
    """True where the counterparty is our customer, False where we are theirs, None where nothing says it:
    by the contract's type and what it calls us, else by the contract that it hangs on."""
    current, seen = held.get(contract), set[str]()
    while current is not None and current.id not in seen:
        role = current.our_role.casefold()
        if current.type in CUSTOMER_TYPES or role in SELLING_ROLES:
            return True
        if role in BUYING_ROLES:
            return False
        seen.add(current.id)
        current = held.get(current.parent or "")
    return None


def we_sell_by(obligation: Obligation, us: str | None) -> bool | None:
    """The same told from one promise: whoever owes a payment buys."""
    if us is None or obligation.kind not in _PAID or us not in (obligation.debtor, obligation.creditor):
        return None
    return us == obligation.creditor
