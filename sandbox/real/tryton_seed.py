"""The invented company's purchases in a real Tryton: orders, supplier invoices, payments, receipts of goods.

Everything is entered through Tryton's own client, `proteus`, as a clerk would: a purchase is quoted,
confirmed and processed, an invoice posted, paid with Tryton's payment wizard. Tryton stamps records with its
own clock; what the story dates earlier is stamped in the database afterwards (`stamps`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sandbox.world import World
from sandbox.world.records import MUNICH, Invoice, PurchaseOrder, Receivable

TAX = {"EUR": Decimal("0.19"), "GBP": Decimal("0.20"), "USD": Decimal(0)}
CURRENCIES = {"EUR": ("Euro", "978", "€"), "GBP": ("Pound", "826", "£"), "USD": ("Dollar", "840", "$")}
UNITS = {"MON": "Unit", "AU": "Unit", "DAY": "Day"}
YEARS = (2025, 2026)
CLERK = time(9)


@dataclass
class Stamp:
    """When a record was made and last changed: of which table, which ids."""

    table: str
    ids: list[int]
    made_at: datetime
    changed_at: datetime


@dataclass
class Seeded:
    """What there is now: Tryton's numbers by ours, and the stamps still to be set."""

    orders: dict[str, str] = field(default_factory=dict)
    invoices: dict[str, str] = field(default_factory=dict)
    stamps: list[Stamp] = field(default_factory=list)


def seed(database: str, settings: str, world: World) -> Seeded:
    """Fill an empty database whose modules are active, from inside Tryton; `settings` is its trytond.conf."""
    from proteus import config

    session = config.set_trytond(database, user="admin", config_file=settings)
    session.skip_warning = True  # Tryton asks whether dates in the past are meant; the story lies there
    return _Clerk(session, world).work()


class _Clerk:
    def __init__(self, session: Any, world: World) -> None:
        from proteus import Model

        self.session, self.world = session, world
        self.model = Model.get
        self.done = Seeded()
        self.parties: dict[str, Any] = {}
        self.orders: dict[str, Any] = {}

    def work(self) -> Seeded:
        self._company()
        self._books()
        for order in self.world.orders:
            self._order(order)
        for invoice in self.world.invoices:
            self._invoice(invoice)
        for receivable in self.world.receivables:
            self._receivable(receivable)
        self._goods()
        return self.done

    # -- the company and its books ------------------------------------------------------------------

    def _company(self) -> None:
        from proteus import Wizard

        self.currencies = {code: self._currency(code) for code in CURRENCIES}
        party = self.model("party.party")(name=self.world.us.name)
        party.save()
        wizard = Wizard("company.company.config")
        wizard.execute("company")
        wizard.form.party, wizard.form.currency = party, self.currencies["EUR"]
        wizard.execute("add")
        user = self.model("res.user")
        self.session._context = user.get_preferences(True, {})
        (self.company,) = self.model("company.company").find([])

    def _currency(self, code: str) -> Any:
        name, number, symbol = CURRENCIES[code]
        made = self.model("currency.currency")(
            name=name, code=code, numeric_code=number, symbol=symbol, rounding=Decimal("0.01"), digits=2
        )
        # Rates only serve the books; what is owed stays in the invoice's own currency.
        made.rates.new(date=date(2025, 1, 1), rate=Decimal(1))
        made.save()
        return made

    def _books(self) -> None:
        from proteus import Wizard

        template = self.model("account.account.template").find([("parent", "=", None)])[0]
        chart = Wizard("account.create_chart")
        chart.execute("account")
        chart.form.account_template, chart.form.company = template, self.company
        chart.execute("create_account")
        account = self.model("account.account")
        (payable,) = account.find([("type.payable", "=", True), ("closed", "!=", True)], limit=1)
        (receivable,) = account.find([("type.receivable", "=", True)], limit=1)
        chart.form.account_payable, chart.form.account_receivable = payable, receivable
        chart.execute("create_properties")
        (self.expense,) = account.find([("type.expense", "=", True), ("name", "=", "Services")], limit=1)
        (self.revenue,) = account.find([("type.revenue", "=", True), ("closed", "!=", True)], limit=1)
        (self.input_tax,) = account.find([("name", "=", "Nontrade And Other Receivables")], limit=1)
        self.taxes = {code: self._tax(code) for code, rate in TAX.items() if rate}
        self._years()
        self.method = self._payment_method(account)
        self.units = {unit.name: unit for unit in self.model("product.uom").find([])}

    def _tax(self, code: str) -> int:
        tax = self.model("account.tax")(
            name=f"Tax {code}", description=f"Tax {code}", type="percentage", rate=TAX[code]
        )
        tax.invoice_account = tax.credit_note_account = self.input_tax
        tax.company = self.company
        tax.save()
        return int(tax.id)

    def _years(self) -> None:
        sequence = self.model("ir.sequence")
        strict = self.model("ir.sequence.strict")
        (kind,) = self.model("ir.sequence.type").find([("name", "=", "Invoice")], limit=1)
        (moves,) = self.model("ir.sequence.type").find([("name", "=", "Account Move")], limit=1)
        for year in YEARS:
            made = self.model("account.fiscalyear")(
                name=str(year), start_date=date(year, 1, 1), end_date=date(year, 12, 31), company=self.company
            )
            # Tryton numbers posted invoices in order of their dates, suppliers' apart from ours.
            numbers = {
                way: strict(name=f"{way} {year}", sequence_type=kind, company=self.company)
                for way in ("in", "out")
            }
            for each in numbers.values():
                each.save()
            entries = strict if hasattr(made, "move_sequence") else sequence
            posted = entries(name=f"Move {year}", sequence_type=moves, company=self.company)
            posted.save()
            made.move_sequence = posted
            place = made.invoice_sequences[0] if made.invoice_sequences else made.invoice_sequences.new()
            for way, each in numbers.items():
                setattr(place, f"{way}_invoice_sequence", each)
                setattr(place, f"{way}_credit_note_sequence", each)
            made.save()
            made.click("create_period")

    def _payment_method(self, account: Any) -> Any:
        (cash,) = account.find([("name", "=", "Cash and Cash Equivalents")], limit=1)
        (journal,) = self.model("account.journal").find([("type", "=", "cash")], limit=1)
        method = self.model("account.invoice.payment.method")(
            name="Bank", journal=journal, credit_account=cash, debit_account=cash, company=self.company
        )
        method.save()
        return method

    # -- who and on what terms ----------------------------------------------------------------------

    def _party(self, key: str) -> Any:
        if key not in self.parties:
            known = self.world.party(key)
            party = self.model("party.party")(name=known.name)
            if known.supplier or known.customer:
                party.code_readonly = False
                party.code = known.supplier or known.customer
            party.save()
            self.parties[key] = party
        return self.parties[key]

    def _term(self, days: int) -> Any:
        terms = self.model("account.invoice.payment_term")
        name = f"Net {days} days"
        if found := terms.find([("name", "=", name)]):
            return found[0]
        made = terms(name=name)
        line = made.lines.new(type="remainder")
        line.relativedeltas.new(days=days)
        made.save()
        return made

    # -- papers ------------------------------------------------------------------------------------

    def _order(self, order: PurchaseOrder) -> None:
        made = self.model("purchase.purchase")(
            party=self._party(order.party),
            purchase_date=order.ordered_on,
            currency=self.currencies[order.currency],
            payment_term=self._term(order.net_days),
            invoice_method="manual",
            reference=order.contract,
            description=order.number,
        )
        for item in order.items:
            line = made.lines.new(description=item.text, quantity=float(item.quantity), unit_price=item.price)
            line.unit = self.units[UNITS.get(item.unit, "Unit")]
        made.save()
        for step in ("quote", "confirm"):
            made.click(step)
        made.reload()
        self.orders[order.number] = made
        self.done.orders[order.number] = made.number
        self.done.stamps += [
            Stamp("purchase_purchase", [made.id], order.recorded_at, order.recorded_at),
            Stamp("purchase_line", [line.id for line in made.lines], order.recorded_at, order.recorded_at),
        ]

    def _invoice(self, invoice: Invoice) -> None:
        sign = -1 if invoice.credit_memo else 1
        made = self.model("account.invoice")(
            type="in",
            party=self._party(invoice.party),
            invoice_date=invoice.invoiced_on,
            accounting_date=invoice.received_on,
            currency=self.currencies[invoice.currency],
            payment_term=self._term(invoice.net_days),
            payment_term_date=invoice.baseline_on,
            reference=invoice.number,
            description=invoice.period or invoice.text,
        )
        for text, amount, origin in self._lines(invoice):
            line = made.lines.new(quantity=sign, unit_price=amount, description=text, account=self.expense)
            if invoice.currency in self.taxes:
                line.taxes.append(self.model("account.tax")(self.taxes[invoice.currency]))
            if origin is not None:
                line.origin = origin
        made.save()
        made.click("post")
        if invoice.cleared_on is not None:
            self._pay(made, invoice)
        made.reload()
        self.done.invoices[invoice.number] = made.number
        self._stamp(made, invoice)

    # -- goods: what the story's papers bill as frame orders comes in here piece by piece ---------------

    def _goods(self) -> None:
        """An order of cartons that comes in two parts, the second one late, and some go back."""
        order = self.model("purchase.purchase")(
            party=self._party("baltica"), purchase_date=date(2026, 9, 1), reference="IC-113",
            currency=self.currencies["EUR"], payment_term=self._term(21), invoice_method="manual",
        )  # fmt: skip
        line = order.lines.new(quantity=1000.0, unit_price=Decimal("1.20"))
        line.product = self._product()
        line.unit_price, line.delivery_date_store = Decimal("1.20"), date(2026, 9, 15)
        line.delivery_date_edit, line.delivery_date = True, date(2026, 9, 15)
        order.save()
        for step in ("quote", "confirm", "process"):
            order.click(step)
        entered = datetime.combine(date(2026, 9, 1), CLERK, MUNICH)
        order.reload()
        self.done.stamps.append(Stamp("purchase_purchase", [order.id], entered, entered))
        for quantity, came in ((600.0, date(2026, 9, 14)), (400.0, date(2026, 9, 18))):
            self._receive(order, quantity, came)

    def _receive(self, order: Any, quantity: float, came: date) -> None:
        """A delivery note of the supplier: what it brings is received and put away."""
        moves = self.model("stock.move")
        shipment = self.model("stock.shipment.in")(supplier=order.party, effective_date=came)
        shipment.save()
        (waiting,) = moves.find(
            [("purchase", "=", order.id), ("state", "=", "draft"), ("shipment", "=", None)]
        )
        shipment.incoming_moves.append(moves(waiting.id))
        shipment.incoming_moves[0].quantity = quantity
        shipment.save()
        shipment.click("receive")
        shipment.click("do")
        shipment.reload()
        at = datetime.combine(came, time(14), MUNICH)
        done = [move.id for move in (*shipment.incoming_moves, *shipment.inventory_moves)]
        self.done.stamps.append(Stamp("stock_move", done, at, at))

    def _product(self) -> Any:
        category = self.model("product.category")(name="Packaging", accounting=True)
        category.account_expense = self.expense
        category.save()
        template = self.model("product.template")(
            name="Carton 400 x 300", code="CRT-43", type="goods", purchasable=True, account_category=category,
            default_uom=self.units["Unit"],
        )  # fmt: skip
        template.save()
        return template.products[0]

    def _lines(self, invoice: Invoice) -> Iterator[tuple[str, Decimal, Any]]:
        """Text, net amount and order line of what an invoice bills."""
        rate = 1 + TAX[invoice.currency]
        net = (invoice.gross / rate).quantize(Decimal("0.01"))
        order = self.orders.get(invoice.order or "")
        yield invoice.text or invoice.period or invoice.number, net, order.lines[0] if order else None

    def _pay(self, made: Any, invoice: Invoice) -> None:
        from proteus import Wizard

        wizard = Wizard("account.invoice.pay", [made])
        wizard.form.amount = made.amount_to_pay
        wizard.form.date = invoice.cleared_on
        wizard.form.payment_method = self.method
        wizard.execute("choice")

    def _receivable(self, ours: Receivable) -> None:
        """An invoice of ours to a customer, open."""
        made = self.model("account.invoice")(
            type="out", party=self._party(ours.party), invoice_date=ours.invoiced_on,
            currency=self.currencies[ours.currency], payment_term=self._term(ours.net_days),
            reference=ours.contract, description=ours.text,
        )  # fmt: skip
        made.lines.new(quantity=1, unit_price=ours.gross, description=ours.text, account=self.revenue)
        made.save()
        made.click("post")
        made.reload()
        self.done.invoices[ours.number] = made.number
        lines = [line.id for line in made.lines]
        self.done.stamps += [
            Stamp("account_move", [made.move.id], ours.known_at, ours.known_at),
            Stamp("account_invoice", [made.id], ours.known_at, ours.known_at),
            Stamp("account_invoice_line", lines, ours.known_at, ours.known_at),
        ]

    def _stamp(self, made: Any, invoice: Invoice) -> None:
        entered = invoice.known_at
        changed = entered
        if invoice.cleared_on is not None:
            changed = datetime.combine(invoice.cleared_on, time(11), MUNICH)
            lines = [line.id for line in (*made.payment_lines, *made.reconciliation_lines)]
            self.done.stamps.append(Stamp("account_move_line", lines, changed, changed))
        self.done.stamps += [
            Stamp("account_move", [made.move.id], entered, entered),
            Stamp("account_invoice", [made.id], entered, changed),
            Stamp("account_invoice_line", [line.id for line in made.lines], entered, entered),
        ]


def statements(stamps: list[Stamp]) -> Iterator[tuple[str, tuple[str, str, int]]]:
    """SQL that gives records the times of the story; instants in UTC as SQLite keeps them."""
    for stamp in stamps:
        made, changed = (
            at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") for at in (stamp.made_at, stamp.changed_at)
        )
        for key in stamp.ids:
            sql = f"UPDATE {stamp.table} SET create_date = ?, write_date = ? WHERE id = ?"
            yield sql, (made, changed, key)


def main() -> None:
    """`python -m sandbox.real.tryton_seed SETTINGS DATABASE FILE`, inside Tryton's own environment."""
    import sys
    from pathlib import Path

    from sandbox.real.tryton import backdate
    from sandbox.world import load

    settings, database, file = sys.argv[1:]
    backdate(Path(file), statements(seed(database, settings, load()).stamps))


if __name__ == "__main__":
    main()
