"""What a trail says of prices: how they may change, and each change with its notice and index values."""

from collections.abc import Callable
from decimal import Decimal

from obligations.minor_units import at_most, price_text
from obligations.prices.price_history import Change
from obligations.prices.raised_prices import Raise
from obligations.terms.prices import PriceChange
from obligations.trail import Trail
from obligations.wording import plain


def promise(terms: PriceChange) -> str:
    """How prices may change, as one sentence."""
    by = "as agreed"
    if terms.fixed is not None:
        by = f"by {plain(terms.fixed)} %"
    elif terms.index is not None:
        by = f"with {terms.index}"
    cap = f", by {plain(terms.percent)} % at most" if terms.percent is not None else ""
    floor = f", by {plain(terms.floor)} % at least" if terms.floor is not None else ""
    notice = f", with {terms.notice.words()} notice" if terms.notice is not None else ""
    most = f", once in a {terms.most_per.replace('_', '-')}" if terms.most_per is not None else ""
    how = "change by themselves" if terms.automatic else "may be changed"
    return f"Prices {how} {by}{cap}{floor}{notice}{most}."


def tell_change(trail: Trail, change: Change, terms: PriceChange, shown: Callable[[Decimal], str]) -> None:
    """A change of a price: its notice, what is allowed, and what becomes of the price."""
    if change.notice is not None:
        fact, notice = change.notice
        received = f", received {notice.received_on}" if notice.received_on else ""
        asked = f", asks for {shown(change.claimed.high)}" if change.claimed is not None else ""
        text = f"{change.key} of {notice.sent_on}{received}{asked} from {change.on} on."
        trail.note("notice", text, (fact.source,))
    for says in change.how:
        trail.note("allowed", says, change.records)
    if change.allowed.high.is_finite():
        trail.note("allowed", f"At most {shown(change.allowed.high)} is allowed.", change.records)
    for fault in change.faults:
        trail.note("fault", f"{fault[0].upper()}{fault[1:]}.", change.records)
    for says in _readings(terms, change):
        trail.note("reading", says)


def _readings(terms: PriceChange, change: Change) -> list[str]:
    """What the text leaves open of a change, and how it was read."""
    said = []
    if terms.notice is not None and terms.notice_effective is None and change.notice is not None:
        said.append("The text does not say when notice is given; it is taken as given when received.")
    late = change.latest_on is not None and any("after" in fault for fault in change.faults)
    if late and terms.late is None:
        said.append("The text does not say what a late notice does; it is read as doing nothing.")
    if terms.index is not None and terms.lag is None:
        said.append("The text does not say which value of the index counts; the newest one out is taken.")
    if terms.most_per == "year" and terms.years is None:
        said.append("The text does not say which years are meant; calendar years are.")
    return said


def tell_raise(trail: Trail, raised: Raise) -> None:
    """A price that an invoice raised: what was billed before, what is the price, what is billed now."""
    for charge, price in ((raised.before, raised.was), (raised.charge, raised.price)):
        text = (
            f"Line {charge.key} of {charge.invoice.invoiced_on} bills {price_text(price, charge.currency)}."
        )
        trail.note("billed", text, (charge.source,))
    for change in raised.allowed.changes:
        if change.key:
            made = price_text(change.after.high, change.currency)
            trail.note("price", f"{change.key} made it {made} from {change.from_on} on.", change.records)
    most = price_text(at_most(raised.allowed.price.high, raised.charge.currency), raised.charge.currency)
    trail.note("price", f"The price is {most} then, by the clause and the notices on record.")
