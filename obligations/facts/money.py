"""Records of money: invoices with their lines, payments, credits, exchange rates, index values."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from obligations.quantities import Currency, Frozen, Money, Percent

Direction = Literal["payable", "receivable"]


class InvoiceLine(Frozen):
    """One line. `amount` is net, as billed; `unit_price` is for one `unit`, where the line states it."""

    number: str
    item: str = Field(default="", description="article, material or service, as the invoice names it")
    quantity: Annotated[Decimal, Field(ge=0)] | None = None
    unit: str = Field(default="", description="each, case, hour, day, month")
    unit_price: Money | None = None
    amount: Money
    category: Literal["goods", "service", "tax", "freight", "fee", "other"] = "goods"
    supplied_on: date | None = None
    order: str = ""
    order_line: str = ""


class Invoice(Frozen):
    """A supplier invoice (`direction` payable) or one of ours (`receivable`). Credit memos are
    `credit` facts, not negative invoices."""

    kind: Literal["invoice"] = "invoice"
    number: str
    direction: Direction
    gross: Money
    net: Money | None = None
    tax: Money | None = None
    freight: Money | None = None
    invoiced_on: date
    received_on: date | None = None
    posted_on: date | None = None
    accepted_on: date | None = Field(default=None, description="goods or service accepted")
    supplied_on: date | None = Field(default=None, description="goods delivered or service performed")
    returned_on: date | None = Field(default=None, description="sent back as improper; a new one restarts")
    period: str = Field(default="", description='service period such as "2026-09" where stated')
    order: str = Field(default="", description="purchase or sales order number")
    milestone: str = Field(default="", description="milestone that it bills")
    replaces: str = Field(default="", description="number of the returned invoice that it corrects")
    blocked: bool = False
    lines: tuple[InvoiceLine, ...] = ()


class Payment(Frozen):
    """Money that settled an invoice (`invoice` is the invoice's number). `paid_on` is the day it was sent."""

    kind: Literal["payment"] = "payment"
    invoice: str
    amount: Money
    paid_on: date
    direction: Direction
    settled_on: date | None = Field(default=None, description="day the creditor's bank had it")
    discount: Money | None = Field(default=None, description="cash discount taken with it")
    withheld: Money | None = Field(default=None, description="kept back under a holdback clause")


class Credit(Frozen):
    """A credit memo or service credit received or given. It reduces `invoice` where it names one."""

    kind: Literal["credit"] = "credit"
    number: str
    amount: Money
    net: Money | None = Field(default=None, description="without tax, where the record tells its tax")
    credited_on: date
    period: str = Field(default="", description='the month or quarter it is for, "2026-09"')
    reason: str = ""
    type: Literal[
        "service_credit", "return", "price", "rebate", "damages", "holdback", "set_off", "other", ""
    ] = ""
    invoice: str = ""
    item: str = Field(default="", description="what was returned, for type return")
    quantity: Annotated[Decimal, Field(ge=0)] | None = Field(default=None, description="returned, in units")

    @property
    def before_tax(self) -> Money:
        """What it takes off a net amount; all of it where its tax is not told."""
        return self.net if self.net is not None else self.amount


class ExchangeRate(Frozen):
    """One unit of `base` costs `rate` of `quote` on a day, by `publisher` ("ECB")."""

    kind: Literal["exchange_rate"] = "exchange_rate"
    base: Currency
    quote: Currency
    rate: Annotated[Decimal, Field(gt=0)]
    on: date
    publisher: str = ""


class IndexValue(Frozen):
    """A published price index: `value` for the period ("2026-09", "2026-Q3", "2026")."""

    kind: Literal["index_value"] = "index_value"
    index: str = Field(description='name as the contract cites it, "CPI-U", "HICP"')
    period: str
    value: Annotated[Decimal, Field(gt=0)]
    published_on: date | None = None


class ReferenceRate(Frozen):
    """A published interest rate in percent a year, from a day on until the next ("ECB main refinancing")."""

    kind: Literal["reference_rate"] = "reference_rate"
    rate: str
    percent: Decimal
    from_on: date


class Progress(Frozen):
    """Cost incurred or progress made on a promise whose revenue is recognised over time.

    `percent` is the progress stated; `incurred` and `expected` are costs to date and in all; `units` and
    `units_expected` what was delivered to date and will be in all.
    """

    kind: Literal["progress"] = "progress"
    of: str = Field(description="performance obligation or project it is about")
    on: date
    percent: Percent | None = None
    incurred: Money | None = None
    expected: Money | None = None
    units: Annotated[Decimal, Field(ge=0)] | None = None
    units_expected: Annotated[Decimal, Field(gt=0)] | None = None
