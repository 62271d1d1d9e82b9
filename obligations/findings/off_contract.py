"""Off-contract spend: ordered or invoiced outside the agreements in force.

From a supplier without a contract or another one than was ordered from, outside the days of the agreement,
without naming it, for what its rate card does not have, or elsewhere for what it has. Of each record the
first of these is told, and an invoice is not told again where its order is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from obligations.bindings.volume import affiliates
from obligations.contract_tree import ContractTree, tree_of
from obligations.document import Span
from obligations.facts import Fact, Invoice, PurchaseOrder, Source, latest
from obligations.findings.finding import Draft, FindingKind, SpendFinding, in_order, step
from obligations.matching import same_service
from obligations.minor_units import price_text
from obligations.model import AsOf, Contract, DatedTerms, Obligation, Party
from obligations.periods import period
from obligations.prices.books import plain_number
from obligations.prices.charges import NOT_A_PRICE, charges, net_amount
from obligations.prices.item_prices import rows_of
from obligations.quantities import Money
from obligations.terms.prices import CardPrice, Fee, RateCard

_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Bought:
    """One order or invoice of ours. `items` are its lines that may be on a card, with number and amount.

    `on` is the day that decides whether it is within the agreement; `sure` is False where the record does not
    tell when the goods came.
    """

    fact: Fact
    number: str
    on: date
    sure: bool
    amount: Money
    order: str
    reference: str
    items: tuple[tuple[str, str, Decimal], ...]
    is_order: bool

    @property
    def label(self) -> str:
        return f"Order {self.number}" if self.is_order else self.number

    @property
    def source(self) -> Source:
        return self.fact.source


@dataclass(frozen=True)
class _Cited:
    """What a finding rests on beside its own record, and what is missing to be sure of it."""

    spans: tuple[Span, ...] = ()
    records: tuple[Source, ...] = ()
    missing: tuple[str, ...] = ()


_Days = tuple[date | None, date | None, tuple[Span, ...]]


@dataclass(frozen=True)
class _World:
    """Contracts, promises in force, and everything ordered and invoiced."""

    tree: ContractTree
    obligations: tuple[Obligation, ...]
    bought: tuple[_Bought, ...]
    parties: tuple[Party, ...]
    agreements: dict[str, list[Contract]] = field(default_factory=dict)
    lives: dict[str, _Days] = field(default_factory=dict)

    @cached_property
    def orders(self) -> dict[str, list[_Bought]]:
        held: dict[str, list[_Bought]] = {}
        for each in self.bought:
            if each.is_order:
                held.setdefault(plain_number(each.number), []).append(each)
        return held

    @cached_property
    def invoiced(self) -> frozenset[tuple[str | None, str]]:
        """The orders that have been invoiced, by party and number."""
        return frozenset((b.fact.party, plain_number(b.order)) for b in self.bought if not b.is_order)

    def other_side(self, contract: Contract) -> str | None:
        """The party of a document, or of the nearest one above it that names one."""
        path = (contract, *self.tree.above(contract.id))
        return next((c.counterparty for c in path if c.counterparty is not None), None)

    def contracts_with(self, party: str | None) -> list[Contract]:
        """The agreements with a party or a company of its group: the top document of each."""
        if party is None:
            return []
        if party not in self.agreements:
            self.agreements[party] = self._with(party)
        return self.agreements[party]

    def _with(self, party: str) -> list[Contract]:
        group = {party, *affiliates(self.parties, party)}
        held = [c for c in self.tree.contracts if self.other_side(c) in group]
        return [self.tree.by_id[scope] for scope in dict.fromkeys(self.tree.scope(c.id) for c in held)]

    def days(self, contract: Contract) -> _Days:
        """The first and last day of an agreement, with the clause on its term. One that may renew, or whose
        end is not known, has no last day."""
        if contract.id not in self.lives:
            self.lives[contract.id] = self._days(contract)
        return self.lives[contract.id]

    def _days(self, contract: Contract) -> _Days:
        scope = self.tree.scope(contract.id)
        held = [o for o in self.obligations if self.tree.scope(o.contract) == scope]
        starts = next((o.starts_on for o in held if o.starts_on), contract.effective_on)
        ends = next((o.ends_on for o in held if o.ends_on), None)
        if not held:
            ends = contract.expires_on
        spans = tuple(o.terms[-1].span for o in held if o.kind in ("term", "renewal"))
        return starts, ends, spans

    def cards(self, on: date) -> list[tuple[Obligation, DatedTerms, RateCard]]:
        """The rate cards for what we buy that are in force on a day."""
        found = []
        for obligation in self.obligations:
            dated = obligation.in_force(on)
            if (
                dated is None
                or not isinstance(dated.terms, RateCard)
                or dated.terms.direction == "receivable"
            ):
                continue
            if obligation.ends_on is None or on <= obligation.ends_on:
                found.append((obligation, dated, dated.terms))
        return found


def off_contract_spend(
    contracts: Sequence[Contract],
    obligations: Iterable[Obligation],
    facts: Sequence[Fact],
    at: AsOf,
    parties: Sequence[Party] = (),
) -> tuple[SpendFinding, ...]:
    """What was ordered and invoiced off contract, over all payable records in `facts`.

    `obligations` are the promises in force (`cascade.resolve`); only those of `contracts` are looked at.
    Companies under one owner in `parties` count as one supplier. Days are those of the zone of `at`. Raises
    CascadeError for a circle of parents.
    """
    tree = tree_of(contracts)
    held = tuple(sorted((o for o in obligations if o.contract in tree.by_id), key=lambda o: o.id))
    world = _World(tree, held, tuple(_all_bought(facts, at)), tuple(parties))
    drafts: list[Draft] = []
    told: set[str] = set()
    for bought in sorted(world.bought, key=lambda b: (not b.is_order, b.on, b.fact.id)):
        found = _whole(world, bought)
        if found is not None:
            ordered = not bought.is_order and f"{found.kind}/{plain_number(bought.order)}" in told
            drafts += [] if ordered else [found]
            told |= {f"{found.kind}/{plain_number(bought.number)}"} if bought.is_order else set()
        elif not bought.is_order or (bought.fact.party, plain_number(bought.number)) not in world.invoiced:
            # The lines of an order that has been invoiced are told with its invoices.
            drafts += _lines(world, bought)
    return in_order(drafts, at)


def _all_bought(facts: Sequence[Fact], at: AsOf) -> list[_Bought]:
    """Every order and invoice of ours that stands on the day judged, each number of a party once."""
    today = at.as_of.date()
    found: dict[tuple[object, ...], _Bought] = {}
    for fact in sorted(latest(facts, at.known_at), key=lambda f: f.id):
        data = fact.data
        made = None
        if isinstance(data, PurchaseOrder) and data.direction == "payable" and data.ordered_on <= today:
            cancelled = data.cancelled_on is not None and data.cancelled_on <= today
            made = None if cancelled else _of_order(fact, data)
        elif isinstance(data, Invoice) and data.direction == "payable" and data.invoiced_on <= today:
            returned = data.returned_on is not None and data.returned_on <= today
            made = None if returned else _of_invoice(fact, data)
        if made is not None:
            found.setdefault((fact.party, made.is_order, plain_number(made.number), made.amount), made)
    return list(found.values())


def _of_order(fact: Fact, order: PurchaseOrder) -> _Bought:
    items = tuple(
        (line.number, line.item, line.unit_price.amount * (line.quantity - line.cancelled))
        for line in order.lines
        if line.unit_price is not None and line.quantity > line.cancelled
    )
    return _Bought(
        fact,
        order.number,
        order.ordered_on,
        True,
        order.amount,
        order.number,
        order.contract_reference,
        items,
        True,
    )


def _of_invoice(fact: Fact, invoice: Invoice) -> _Bought:
    lines = [c for c in charges(fact, invoice) if c.line is not None and c.line.category not in NOT_A_PRICE]
    items = tuple((c.line.number, c.item, c.amount) for c in lines if c.line is not None)
    supplied = invoice.supplied_on or max((d for c in lines if (d := c.supplied_on)), default=None)
    supplied = supplied or _in_period(invoice)
    order = next((n for n in (invoice.order, *(line.order for line in invoice.lines)) if n), "")
    amount = Money(amount=net_amount(invoice), currency=invoice.gross.currency)
    on = supplied or invoice.invoiced_on
    return _Bought(fact, invoice.number, on, supplied is not None, amount, order, "", items, False)


def _in_period(invoice: Invoice) -> date | None:
    """A day of the period that an invoice states: the first in arrears, the last in advance, so that one for
    the last days of a contract, or the first, is not taken for supplied outside it."""
    stated = period(invoice.period)
    if stated is None:
        return None
    return stated.start if invoice.invoiced_on > stated.start else stated.end


def _whole(world: _World, bought: _Bought) -> Draft | None:
    """What is wrong with a record as a whole."""
    return _wrong_supplier(world, bought) or _no_contract(world, bought) or _outside(world, bought)


def _wrong_supplier(world: _World, bought: _Bought) -> Draft | None:
    """Invoiced by another company than the order or the contract names."""
    party = bought.fact.party
    named = bought.fact.contract
    contract = world.tree.by_id.get(named) if named else None
    other = world.other_side(contract) if contract is not None else None
    if contract is not None and other is not None and party is not None:
        if world.tree.by_id[world.tree.scope(contract.id)] not in world.contracts_with(party):
            says = f"{bought.label} is of {party}, but {contract.id} is a contract with {other}."
            return _draft(bought, "wrong_supplier", says, contract)
        return None
    ordered = [] if bought.is_order else world.orders.get(plain_number(bought.order), [])
    if not ordered or any(o.fact.party == party for o in ordered) or party is None:
        return None
    order = ordered[0]
    shared = {c.id for c in world.contracts_with(party)} & {
        c.id for c in world.contracts_with(order.fact.party)
    }
    if shared:
        return None
    says = f"{bought.label} is of {party}, but order {order.number} was placed with {order.fact.party}."
    return _draft(bought, "wrong_supplier", says, None, _Cited(records=(order.source,)))


def _no_contract(world: _World, bought: _Bought) -> Draft | None:
    """With nobody we have a contract with, or with one we have without saying so."""
    if bought.fact.contract is not None:
        return None
    held = world.contracts_with(bought.fact.party)
    if not held:
        who = bought.fact.party or bought.fact.party_hint or "an unknown company"
        missing = () if bought.fact.party else (f"which party {who} is",)
        says = f"{bought.label} is of {who}, with whom there is no contract."
        return _draft(bought, "no_contract", says, None, _Cited(missing=missing))
    if not bought.is_order or bought.reference:
        return None
    running = [c for c in held if _runs(world, c, bought.on)]
    if not running:
        return None
    names = ", ".join(c.id for c in running)
    says = f"{bought.label} names no contract, though one with {bought.fact.party} is in force: {names}."
    spans = tuple(s for c in running for s in world.days(c)[2])
    contract = running[0] if len(running) == 1 else None
    return _draft(bought, "no_reference", says, contract, _Cited(spans=spans))


def _runs(world: _World, contract: Contract, on: date) -> bool:
    starts, ends, _ = world.days(contract)
    return (starts is None or starts <= on) and (ends is None or on <= ends)


def _outside(world: _World, bought: _Bought) -> Draft | None:
    """After the end of the agreement, or before its start."""
    named = world.tree.by_id.get(bought.fact.contract) if bought.fact.contract else None
    held = [named] if named is not None else world.contracts_with(bought.fact.party)
    if not held or any(_runs(world, contract, bought.on) for contract in held):
        return None
    ended = [(ends, c) for c in held if (ends := world.days(c)[1]) is not None and ends < bought.on]
    if ended:
        last, contract = max(ended, key=lambda e: (e[0], e[1].id))
        kind: FindingKind = "after_expiry"
        says = f"{bought.label} of {bought.on} came after {contract.id} ended on {last}."
    else:
        contract = held[0]
        kind = "before_start"
        says = f"{bought.label} of {bought.on} came before {contract.id} began on {world.days(contract)[0]}."
    missing = () if bought.sure else (f"the day on which what {bought.number} bills was supplied",)
    return _draft(bought, kind, says, contract, _Cited(world.days(contract)[2], missing=missing))


def _lines(world: _World, bought: _Bought) -> list[Draft]:
    """Lines that the contract's rate card does not have, and lines that another contract's has."""
    cards = world.cards(bought.on)
    own = [card for card in cards if _is_with(world, card[0], bought)]
    drafts = []
    for number, item, amount in bought.items:
        if any(rows_of(terms.prices, item) for _, _, terms in own):
            continue
        others = [card for card in cards if card not in own]
        elsewhere = [card for card in others if _rows(card[2], item, bought.on)]
        if elsewhere:
            drafts.append(_elsewhere(bought, (number, item, amount), elsewhere[0]))
        elif own and not _is_fee(world, own, item):
            drafts.append(_not_listed(bought, (number, item, amount), own[0]))
    return drafts


def _rows(terms: RateCard, item: str, on: date) -> list[CardPrice]:
    """The rows of an item in force on a day."""
    return [row for row in rows_of(terms.prices, item) if row.holds(on)]


def _is_with(world: _World, card: Obligation, bought: _Bought) -> bool:
    """Whether a record falls under the contract of a card."""
    if bought.fact.contract is not None:
        return bought.fact.contract in {card.contract, *card.governs}
    scope = world.tree.scope(card.contract)
    return world.tree.by_id[scope] in world.contracts_with(bought.fact.party)


def _is_fee(world: _World, own: Sequence[tuple[Obligation, DatedTerms, RateCard]], item: str) -> bool:
    """Whether an item is a fee of the same agreement."""
    scopes = {world.tree.scope(obligation.contract) for obligation, _, _ in own}
    for obligation in world.obligations:
        terms = obligation.terms[-1].terms
        if isinstance(terms, Fee) and world.tree.scope(obligation.contract) in scopes:
            name = terms.item or obligation.key
            if name and same_service(name, item):
                return True
    return False


def _elsewhere(
    bought: _Bought, line: tuple[str, str, Decimal], card: tuple[Obligation, DatedTerms, RateCard]
) -> Draft:
    obligation, dated, terms = card
    row = _rows(terms, line[1], bought.on)[0]
    supplier = obligation.counterparty or obligation.contract
    price = price_text(row.price.amount, row.price.currency)
    unit = f" per {row.unit}" if row.unit else ""
    says = (
        f"Line {line[0]} of {bought.label} buys {line[1]} from {bought.fact.party or 'another'}; "
        f"{obligation.contract} with {supplier} has it at {price}{unit}."
    )
    return _line_draft(bought, "other_supplier", line, says, (dated.span, *dated.basis), obligation.contract)


def _not_listed(
    bought: _Bought, line: tuple[str, str, Decimal], card: tuple[Obligation, DatedTerms, RateCard]
) -> Draft:
    obligation, dated, _ = card
    says = (
        f"Line {line[0]} of {bought.label}, {line[1] or 'an item not named'}, "
        f"is not on the rate card of {obligation.contract}."
    )
    return _line_draft(bought, "not_on_card", line, says, (dated.span, *dated.basis), obligation.contract)


def _line_draft(
    bought: _Bought,
    kind: FindingKind,
    line: tuple[str, str, Decimal],
    says: str,
    spans: tuple[Span, ...],
    contract: str,
) -> Draft:
    return Draft(
        kind=kind,
        subject=f"{bought.number}/{line[0]}",
        party=bought.fact.party,
        contract=contract,
        on=bought.on,
        amount=Money(amount=line[2], currency=bought.amount.currency),
        summary=says,
        trail=(step(f"off_contract.{kind}", says, bought.source, spans=spans),),
    )


def _draft(
    bought: _Bought, kind: FindingKind, says: str, contract: Contract | None, cited: _Cited | None = None
) -> Draft:
    more = cited or _Cited()
    return Draft(
        kind=kind,
        subject=bought.number,
        party=bought.fact.party,
        contract=contract.id if contract is not None else None,
        on=bought.on,
        amount=bought.amount,
        summary=says,
        trail=(step(f"off_contract.{kind}", says, bought.source, *more.records, spans=more.spans),),
        missing=more.missing,
    )
