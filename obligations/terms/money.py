"""Terms of paying: when an invoice is due, what is taken off for paying early, added for paying late, and
kept back."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import DurationField, Frozen, Money, Percent
from obligations.terms.common import Clock, Due, Per

Starts = Literal[
    "invoice_date",
    "invoice_receipt",
    "acceptance",
    "posting",
    "period_start",
    "period_end",
    "delivery",
    "signature",
    "termination",
    "notice",
    "milestone",
    "other",
]
DayCount = Literal["act/360", "act/365", "act/act", "30/360"]
Positive = Annotated[Decimal, Field(gt=0)]


class Release(Frozen):
    """One stage: `percent` of what was kept back (None: the rest) so long after an event."""

    percent: Percent | None = None
    after: str = Field(default="acceptance", min_length=1, description="name of the event or milestone")
    within: DurationField | None = Field(default=None, description="None = left open or redacted")
    clock: Clock | None = None


class Holdback(Frozen):
    """Money kept back from each invoice as security, and released in stages after an event."""

    kind: Literal["holdback"] = "holdback"
    percent: Percent | None = Field(default=None, description="of each invoice")
    base: Literal["gross", "net"] | None = Field(default=None, description="what it is a percent of")
    cap: Money | None = Field(default=None, description="most that may be kept back in all")
    cap_percent: Percent | None = Field(default=None, description="the same, as a share of `contract_price`")
    contract_price: Money | None = None
    releases: tuple[Release, ...] = ()
    calendar: Calendar | None = Field(default=None, description="business days of the releases")

    @model_validator(mode="after")
    def _releases_add_up(self) -> Self:
        stated = sum((r.percent for r in self.releases if r.percent is not None), Decimal(0))
        if stated > 100:
            raise ValueError(f"`releases` give back {stated} percent of what was kept back")
        if self.cap is not None and self.cap.amount < 0:
            raise ValueError("`cap` is negative")
        currencies = {money.currency for money in (self.cap, self.contract_price) if money is not None}
        if len(currencies) > 1:
            raise ValueError("`cap` and `contract_price` have different currencies")
        return self


class DiscountStep(Frozen):
    """One step of a cash discount: `percent` off if paid `within`, or up to day `day` of the next month."""

    percent: Percent | None = None
    within: DurationField | None = None
    day: int | None = Field(default=None, ge=1, le=31, description="day of the following month")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.within is not None and self.day is not None:
            raise ValueError("a step of a discount ends `within` a time or on a `day`, not both")
        return self


class CashDiscount(DiscountStep):
    """Less to pay when paid early. `steps` are further ones, such as the second of "3/10, 1/20, n30"."""

    steps: tuple[DiscountStep, ...] = ()
    starts: Starts | None = None
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    roll: Literal["following", "preceding", "modified_following"] | None = None
    base: Literal["gross", "net", "goods"] | None = Field(
        default=None, description="what it is a percent of: all, all but tax, all but tax and freight"
    )
    paid_when: Literal["sent", "settled"] | None = None
    parts: bool = Field(default=False, description="a part paid in time earns its share")
    due: Due = "at_or_before"

    @property
    def all_steps(self) -> tuple[DiscountStep, ...]:
        """Every step, the highest percentage first."""
        first = DiscountStep(percent=self.percent, within=self.within, day=self.day)
        return tuple(sorted((first, *self.steps), key=lambda step: -(step.percent or Decimal(0))))

    @model_validator(mode="after")
    def _later_is_less(self) -> Self:
        days = [s.within.months * 31 + s.within.days for s in self.all_steps if s.within is not None]
        if days != sorted(days):
            raise ValueError("`steps`: a later step of a discount must give less than an earlier one")
        return self


class Instalment(Frozen):
    """Part of an invoice that is due on its own day."""

    percent: Percent | None = None
    amount: Money | None = None
    within: DurationField | None = None
    due_on: date | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("an instalment states `percent` or `amount`")
        if (self.within is None) == (self.due_on is None):
            raise ValueError("an instalment states `within` or `due_on`")
        return self


class SpecialClock(Frozen):
    """Another time for one sort of goods or services, such as 7 days for meat."""

    category: str = Field(min_length=1, description="as the order or the invoice lines name it")
    within: DurationField
    starts: Starts | None = None


class PaymentDue(Frozen):
    """When invoices are due. Without `within`, `day` and `instalments` the time is left open or redacted."""

    kind: Literal["payment_due"] = "payment_due"
    within: DurationField | None = None
    day: int | None = Field(default=None, ge=1, le=31, description="day of the following month")
    cut_off: int | None = Field(
        default=None, ge=1, le=31, description="with `day`: what starts after this day is of the next month"
    )
    starts: Starts | None = None
    later_of: tuple[Starts, ...] = Field(
        default=(), description="other days to count from: the latest of them and of `starts` counts"
    )
    in_advance: bool = Field(default=False, description="counted back: so long before `starts`")
    at_most: DurationField | None = Field(
        default=None, description="never later than this after `starts`, whatever else is said"
    )
    deemed_acceptance: DurationField | None = Field(
        default=None, description="accepted by silence so long after delivery"
    )
    without_receipt: Literal["invoice_date", "delivery"] | None = Field(
        default=None, description="what counts where the day of receipt is not known"
    )
    return_within: DurationField | None = Field(
        default=None, description="an improper invoice is sent back within this time after receipt"
    )
    special: tuple[SpecialClock, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    clock: Clock | None = None
    end_of_month: Literal["end_then_days", "days_then_end", "unclear"] | None = None
    roll: Literal["following", "preceding", "modified_following"] | None = Field(
        default=None, description="where a due date on a closed day moves; None = does not move"
    )
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    paid_when: Literal["sent", "settled"] | None = Field(
        default=None, description="paid on the day the money is sent, or on which the creditor's bank has it"
    )
    fx_on: Literal["invoice_date", "due_date", "payment_date"] | None = Field(
        default=None, description="day of the rate at which another currency may be paid"
    )
    fx_publisher: str | None = None
    dispute: Literal["amount", "invoice"] | None = Field(
        default=None, description="what a dispute lets the debtor hold: the amount disputed, or all of it"
    )
    dispute_within: DurationField | None = Field(
        default=None, description="a dispute must be raised so long after receipt"
    )
    after_dispute: DurationField | None = Field(default=None, description="time to pay once it has ended")
    set_off: Literal["allowed", "excluded"] | None = None
    due: Due = "at_or_before"
    signed_on: date | None = Field(default=None, description="bound: day the contract was signed")
    discount: CashDiscount | None = Field(default=None, description="bound: what may be taken off")
    holdback: Holdback | None = Field(default=None, description="bound: what may be kept back")

    @model_validator(mode="after")
    def _one_due(self) -> Self:
        if self.cut_off is not None and self.day is None:
            raise ValueError("`cut_off` is about the `day` of the following month, and none is stated")
        if self.in_advance and (self.day is not None or self.end_of_month is not None):
            raise ValueError("`in_advance` counts back from `starts`: no `day` and no `end_of_month` with it")
        return self

    @model_validator(mode="after")
    def _instalments_add_up(self) -> Self:
        percents = [i.percent for i in self.instalments if i.percent is not None]
        if len(percents) == len(self.instalments) and self.instalments and sum(percents) != 100:
            raise ValueError(f"`instalments` add up to {sum(percents)} percent, not 100")
        if percents and len(percents) != len(self.instalments):
            raise ValueError("`instalments` are all in `percent` or all in `amount`")
        return self


class GovernedPayment(Frozen):
    """When money is due under a narrower document, for the records of some contracts."""

    contracts: tuple[str, ...]
    payment: PaymentDue


class OnPayment(Frozen):
    """Terms that hang on when the whole is due."""

    payment: PaymentDue | None = Field(default=None, description="bound: when the whole is due")
    elsewhere: tuple[GovernedPayment, ...] = Field(
        default=(), description="bound: where a narrower document says otherwise for its own invoices"
    )

    def payment_under(self, contract: str | None) -> PaymentDue | None:
        """When an invoice under a contract is due."""
        own = next((other.payment for other in self.elsewhere if contract in other.contracts), None)
        return own or self.payment


class EarlyPaymentDiscount(CashDiscount, OnPayment):
    kind: Literal["early_payment_discount"] = "early_payment_discount"


class LateInterest(OnPayment):
    """Interest on what is paid late: `percent` for each `per`, or as points over a reference rate."""

    kind: Literal["late_interest"] = "late_interest"
    percent: Annotated[Decimal, Field(ge=0)] | None = None
    per: Per | None = None
    over: str | None = Field(default=None, description="reference rate that `percent` is added to, a year")
    times: Positive | None = Field(
        default=None, description='the reference rate so many times ("three times")'
    )
    reset: Literal["day", "half_year"] | None = Field(
        default=None, description="when a new reference rate counts: at once, or from the next half-year"
    )
    day_count: DayCount | None = None
    compounding: Literal["simple", "month", "quarter", "year"] | None = None
    whole_months: bool = Field(default=False, description="a month begun counts as a whole one")
    from_reminder: bool = Field(default=False, description="runs only after a reminder")
    grace: DurationField | None = Field(default=None, description="none is owed if paid within this time")
    after_grace: Literal["from_due", "from_grace"] | None = Field(
        default=None, description="from when it runs once the grace is over"
    )
    cap_percent: Percent | None = Field(default=None, description="most in all, of the amount late")
    rate_cap: Positive | None = Field(default=None, description="highest percent a year")
    fixed: Money | None = Field(default=None, description="fixed sum owed beside it, such as EUR 40")

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.over is not None and self.per not in (None, "year"):
            raise ValueError("points `over` a reference rate are a year, so `per` is year")
        if self.per in ("event", "request"):
            raise ValueError(f"interest has no rate per {self.per}")
        if self.whole_months and self.per != "month":
            raise ValueError("`whole_months` is about a rate per month")
        if self.whole_months and self.compounding not in (None, "simple"):
            raise ValueError("`whole_months` and `compounding` contradict each other")
        if self.reset is not None and self.over is None:
            raise ValueError("`reset` is about a reference rate, and none is named in `over`")
        if self.times is not None and self.over is None:
            raise ValueError("`times` is about a reference rate, and none is named in `over`")
        if self.after_grace is not None and self.grace is None:
            raise ValueError("`after_grace` is about a `grace`, and none is stated")
        if self.fixed is not None and self.fixed.amount < 0:
            raise ValueError("`fixed` is negative")
        return self
