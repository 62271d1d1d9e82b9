"""What an approved action carries, by its verb. A connector refuses the verbs it does not take."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from obligations.model import Action
from obligations.quantities import Frozen
from tools.kit.errors import Fatal

Scalar = str | bool | int | Decimal | date | None
"""A value of a field in somebody else's record."""


class Comment(Frozen):
    """`comment`. Not public: seen by our own people only. `mention_assignee` tags whom the record is
    assigned to, where the system can notify a person that way."""

    text: str = Field(min_length=1)
    public: bool = False
    mention_assignee: bool = False


class Task(Frozen):
    """`create_task` and `update_task`."""

    title: str = Field(min_length=1)
    text: str = ""
    due_on: date | None = None
    priority: Literal["P1", "P2", "P3", "P4", "P5"] | None = None
    state: Literal["open", "done"] = "open"


class Message(Frozen):
    """`send_message`. `facts` are shown as a table of name and value; `to` are addresses or, empty, those
    of the settings."""

    title: str = Field(min_length=1)
    text: str = Field(min_length=1)
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""
    to: tuple[str, ...] = ()


class Record(Frozen):
    """`put_record`: a row of an entity of theirs (an obligation, a custom object, an audit entry), found
    again by our reference. `entity` is our word for it; the settings map it and the fields to theirs."""

    entity: str = Field(min_length=1)
    fields: dict[str, Scalar]


class Fields(Frozen):
    """`set_fields`: values on the record that the action targets, such as performance metadata on a
    contract. Names are ours; the settings map them to theirs."""

    fields: dict[str, Scalar] = Field(min_length=1)


class Hold(Frozen):
    """`hold_invoice` and `release_invoice`: stop the payment of the target, or let it go."""

    reason: str = Field(min_length=1)


class InvoiceLineOut(Frozen):
    """A line of an invoice to be entered. `order` and `order_line` name what is billed."""

    text: str
    amount: Decimal
    order: str = ""
    order_line: str = ""
    account: str = ""


class NewInvoice(Frozen):
    """`create_invoice`: a supplier's invoice or, with `credit`, a credit memo. Amounts in `currency`,
    before tax; `blocked` enters it held for payment."""

    supplier: str = Field(min_length=1)
    number: str = Field(min_length=1)
    invoiced_on: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    lines: tuple[InvoiceLineOut, ...] = Field(min_length=1)
    due_on: date | None = None
    text: str = ""
    credit: bool = False
    blocked: bool = True


class Instalment(Frozen):
    due_on: date
    amount: Decimal


class PaymentSchedule(Frozen):
    """`schedule_payment`: when which part of the target, an order or an invoice, falls due."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    instalments: tuple[Instalment, ...] = Field(min_length=1)


P = TypeVar("P", bound=Frozen)


def payload(vendor: str, action: Action, model: type[P]) -> P:
    """The payload of an action as its model. Raises Fatal naming the field that does not fit."""
    try:
        return model.model_validate(action.payload)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Fatal(
            vendor,
            f"the payload does not fit a {action.verb}: {first['msg']}",
            place=f"action {action.id}, {field}",
            remedy="Propose the action anew.",
        ) from None


def refused(vendor: str, action: Action, taken: Iterable[str], why: str = "") -> Fatal:
    """The error for a verb that a system cannot carry out; `why` says what it lacks."""
    because = f": {why}" if why else ""
    return Fatal(
        vendor,
        f"takes no {action.verb}{because}",
        place=f"action {action.id}",
        remedy=f"It takes {', '.join(taken)}; propose this in another system.",
    )
