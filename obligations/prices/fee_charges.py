"""Which charges are a fee's: by the name of the line, and where that does not tell by the amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from obligations.facts import Credit, Direction, Fact
from obligations.matching import Belongs, belongs, same_service, words
from obligations.minor_units import price_text
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.prices.books import Books
from obligations.prices.charges import Charge, charges, contradicted, credited, invoices
from obligations.prices.item_prices import PERIODS, normal_unit
from obligations.prices.price_history import Change
from obligations.terms.prices import Fee


@dataclass(frozen=True)
class FeeCharge:
    """A charge that is a fee's, or may be: `doubts` say what is not known of it. `amount` is less what was
    credited on it."""

    charge: Charge
    amount: Decimal
    credits: tuple[tuple[Fact, Credit], ...] = ()
    doubts: tuple[str, ...] = ()
    by_name: bool = True

    @property
    def sure(self) -> bool:
        return not self.doubts


@dataclass(frozen=True)
class HeldFee:
    """A fee with everything that bears on it: the charges that are its own or may be, and its price over
    time, empty where the amount is not known."""

    obligation: Obligation
    terms: Fee
    at: AsOf
    zone: tzinfo
    today: date
    charges: tuple[FeeCharge, ...]
    done: tuple[Change, ...]

    @property
    def anchor(self) -> date | None:
        return self.terms.starts_on or self.obligation.starts_on

    @property
    def name(self) -> str:
        return self.terms.item or self.obligation.key or "The fee"

    @property
    def currency(self) -> str:
        return self.done[0].currency if self.done else ""

    @property
    def stated(self) -> str:
        """The amount that the clause in force states."""
        price = self.terms.price
        return price_text(price.amount, price.currency) if price is not None else "an amount not stated"

    def dated(self, on: date) -> DatedTerms:
        """The terms in force on a day; before the first of them, the first."""
        return self.obligation.in_force(on) or self.obligation.terms[0]


def fee_charges(books: Books, terms: Fee) -> list[FeeCharge]:
    """Every charge on the invoices of the payer's side that is this fee's or may be, in order."""
    obligation = books.obligation
    sides: dict[bool | None, Direction | None] = {True: "payable", False: "receivable"}
    direction = sides.get(obligation.we_owe)
    found = []
    for fact, invoice in invoices(books, direction):
        held = charges(fact, invoice)
        returned = credited(books, fact, invoice)
        for charge in held:
            fits = _is_for(terms, charge)
            if fits == "no":
                continue
            mine = tuple(c for c in returned if len(held) == 1 or same_service(_name(terms), c[1].item))
            back = sum((credit.before_tax.amount for _, credit in mine), Decimal(0))
            doubts = _doubts(obligation, terms, charge, fits) + contradicted(books, fact, invoice)
            found.append(FeeCharge(charge, charge.amount - back, mine, doubts, fits == "yes"))
    return sorted(found, key=lambda f: (f.charge.invoice.invoiced_on, f.charge.fact.id, f.charge.key))


def _name(terms: Fee) -> str:
    return terms.item or ""


def _is_for(terms: Fee, charge: Charge) -> Belongs:
    """Whether a charge is the fee's: a line that has its name, or all there is where nothing else is charged.

    A line that has the longer name of another price is that one's; one whose name is only a part of the
    names of several prices may be any of them.
    """
    if not charge.item:
        return "unclear" if terms.others else "yes"
    name = _name(terms)
    mine = bool(name) and same_service(name, charge.item) is True
    rivals = [other for other in terms.others if same_service(other, charge.item)]
    if mine and rivals:
        return _between(name, rivals, charge.item)
    if mine:
        return "yes"
    if rivals or terms.others:
        return "no"
    return "yes" if not name else "unclear"


def _between(name: str, rivals: Sequence[str], item: str) -> Belongs:
    """Whether a line is a fee's, where the names of other prices fit it too."""
    in_full = [each for each in (name, *rivals) if _has(item, each)]
    if not in_full:
        return "unclear"
    most = max(len(words(each)) for each in in_full)
    return "yes" if name in in_full and len(words(name)) == most else "no"


def _has(item: str, name: str) -> bool:
    """Whether the name of a line has all of another name in it."""
    return f" {' '.join(words(name))} " in f" {' '.join(words(item))} "


def _doubts(obligation: Obligation, terms: Fee, charge: Charge, fits: Belongs) -> tuple[str, ...]:
    doubts = []
    if belongs(obligation, charge.fact) == "unclear":
        doubts.append(f"which contract {charge.invoice.number} is under")
    if fits == "unclear":
        doubts.append(f"whether {charge.label} is for {_name(terms) or 'this fee'}")
    return tuple(doubts)


def multiples(terms: Fee, held: Sequence[FeeCharge]) -> tuple[tuple[Decimal, ...], tuple[str, ...]]:
    """How many units are owed for in a period, in every way that may be meant, and what is missing to tell.

    One where the fee is for all, the units agreed where they are, else the units that the lines bill.
    """
    if terms.quantity is not None:
        return (terms.quantity,), ()
    counts = [_count(f.charge) for f in held]
    if terms.unit is None:
        each = sum((count for count in counts if count is not None), Decimal(0))
        if not any(count is not None and count != 1 for count in counts):
            return (Decimal(1),), ()
        return (Decimal(1), each), (
            f"whether {_name(terms) or 'the fee'} is a price for each unit or for all",
        )
    unknown = [f.charge.label for f, count in zip(held, counts, strict=True) if count is None]
    if unknown:
        return (), tuple(f"how many {terms.unit} {label} bills" for label in unknown)
    return _billed_units(terms, held)


def _billed_units(terms: Fee, held: Sequence[FeeCharge]) -> tuple[tuple[Decimal, ...], tuple[str, ...]]:
    """The units of all lines; where two invoices bill the same number, it may be the same units twice."""
    by_invoice: dict[str, Decimal] = {}
    for each in held:
        number = each.charge.invoice.number
        by_invoice[number] = by_invoice.get(number, Decimal(0)) + (_count(each.charge) or Decimal(0))
    total = sum(by_invoice.values(), Decimal(0))
    if len(set(by_invoice.values())) < len(by_invoice):
        doubt = f"whether {' and '.join(sorted(by_invoice))} bill the same {terms.unit}"
        return (max(by_invoice.values()), total), (doubt,)
    return (total,), ()


def _count(charge: Charge) -> Decimal | None:
    """The units on a line; a number of periods is none of units."""
    line = charge.line
    if line is None or line.quantity is None:
        return None
    return Decimal(1) if normal_unit(line.unit) in PERIODS else line.quantity
