"""The records of the invented world as its YAML files state them.

Instants are zone-aware, amounts decimal; an unknown field in the YAML is an error.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MUNICH = ZoneInfo("Europe/Berlin")


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(Record):
    user: str
    name: str


class Party(Record):
    key: str
    name: str
    aliases: tuple[str, ...] = ()
    country: str
    city: str
    supplier: str | None = None
    customer: str | None = None
    desk: str | None = None
    people: tuple[Person, ...] = ()


class Service(Record):
    name: str
    vendor: str
    description: str


class Value(Record):
    amount: int
    currency: str


class ContractRecord(Record):
    key: str
    ironclad: str
    title: str
    type: str
    relation: Literal["master", "schedule", "amendment", "sow", "standalone"]
    party: str
    business_unit: str
    recorded_at: AwareDatetime
    parent: str | None = None
    links: tuple[str, ...] = ()
    agreed_on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    renewal: Literal["none", "automatic"] | None = None
    notice_on: date | None = None
    governing_law: str = ""
    value: Value | None = None


class Happening(Record):
    """One line of a ticket's history, as `incidents.yaml` states it."""

    at: AwareDatetime
    by: str
    comment: str = ""
    work_note: str = ""
    hold: Literal["awaiting_caller", "awaiting_vendor", "awaiting_problem", "awaiting_change"] | None = None
    resume: bool = False
    priority: int | None = Field(default=None, ge=1, le=5)
    resolve: str = ""


class Incident(Record):
    number: str
    vendor: str
    service: str
    priority: int = Field(ge=1, le=5)
    opened: AwareDatetime
    by: str
    subject: str
    history: tuple[Happening, ...] = ()


class Outage(Record):
    number: str
    service: str
    type: Literal["outage", "degradation", "planned"]
    begin: AwareDatetime
    end: AwareDatetime
    summary: str
    incident: str | None = None
    announced_at: AwareDatetime | None = None

    @property
    def recorded_at(self) -> datetime:
        return self.announced_at or self.begin


class Schedule(Record):
    name: str
    zone: str
    days: tuple[int, ...]
    opens: time
    closes: time
    holidays: tuple[date, ...] = ()


class SlaDefinition(Record):
    name: str
    vendor: str
    priority: int
    target: Literal["response", "resolution"]
    hours: Decimal
    schedule: str | None = None
    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = None

    @property
    def allowance(self) -> timedelta:
        return timedelta(seconds=int(self.hours * 3600))


class OrderItem(Record):
    text: str
    quantity: Decimal
    unit: str
    price: Decimal


class PurchaseOrder(Record):
    number: str
    party: str
    contract: str
    ordered_on: date
    currency: str
    terms: str
    net_days: int
    items: tuple[OrderItem, ...]

    @property
    def recorded_at(self) -> datetime:
        return morning(self.ordered_on)


class Invoice(Record):
    """A supplier invoice, or a supplier's credit memo where `credit_memo` says so."""

    number: str
    document: str
    journal: str
    party: str
    contract: str = ""
    order: str = ""
    period: str = ""
    text: str = ""
    invoiced_on: date
    received_on: date
    gross: Decimal
    currency: str
    baseline_on: date
    net_days: int
    terms: str
    cleared_on: date | None = None
    credit_memo: bool = False
    block: str = ""
    recorded_at: AwareDatetime | None = None

    @property
    def known_at(self) -> datetime:
        return self.recorded_at or morning(self.received_on)

    @property
    def cleared_at(self) -> datetime | None:
        if self.cleared_on is None:
            return None
        return datetime.combine(self.cleared_on, time(11), MUNICH).astimezone(UTC)

    @property
    def fiscal_year(self) -> str:
        return str(self.received_on.year)


class Receivable(Record):
    number: str
    journal: str
    party: str
    contract: str
    text: str
    invoiced_on: date
    gross: Decimal
    currency: str
    net_days: int
    terms: str

    @property
    def known_at(self) -> datetime:
        return morning(self.invoiced_on)


def morning(day: date) -> datetime:
    """09:00 in Munich on `day`, the hour at which clerks enter what the day's mail brought."""
    return datetime.combine(day, time(9), MUNICH).astimezone(UTC)
