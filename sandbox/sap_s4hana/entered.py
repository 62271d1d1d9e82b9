"""Supplier invoices that clients enter: what a body must hold, and the invoice that comes of it.

An invoice is posted at once, or parked: then it has no accounting document until it is posted.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox import answers
from sandbox.errors import Refusal
from sandbox.sap_s4hana.model import INVOICE_ACCOUNT_ITEM, INVOICE_ORDER_ITEM, SUPPLIER_INVOICE, EntitySet
from sandbox.world.records import Invoice

ORDER_LINES, ACCOUNT_LINES = "to_SuplrInvcItemPurOrdRef", "to_SupplierInvoiceItemGLAcct"
POSTED, PARKED = "5", "A"
MANDATORY = (
    "CompanyCode",
    "DocumentDate",
    "PostingDate",
    "InvoicingParty",
    "DocumentCurrency",
    "InvoiceGrossAmount",
    "SupplierInvoiceIDByInvcgParty",
)
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
Fields = dict[str, Any]


class Entered(Invoice):
    """An invoice as a client entered it; `lines` are its items as given, by what they are booked on."""

    parked: bool = False
    line_text: str = ""
    payment_reference: str = ""
    order_lines: tuple[Fields, ...] = ()
    account_lines: tuple[Fields, ...] = ()


def read(body: bytes) -> Fields:
    """A body whose properties an invoice has, in their lengths, with all that is mandatory."""
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/096", "The body is no JSON object"))
    check(given, SUPPLIER_INVOICE)
    for name in MANDATORY:
        if not given.get(name):
            raise Refusal(answers.sap(400, "M8/101", f"Fill in the mandatory field {name}"))
    if given.get("SupplierInvoiceStatus", POSTED) not in (POSTED, PARKED):
        raise Refusal(answers.sap(400, "M8/102", "An invoice is posted (5) or parked (A)"))
    return given


def check(given: Mapping[str, Any], each: EntitySet) -> None:
    """Refuses properties that the set does not have, or that clients may not write, and texts too long."""
    for name, value in given.items():
        if name in each.ways:
            continue
        field = each.fields.get(name)
        if field is None:
            message = f"Property {name} is invalid for {each.type}"
            raise Refusal(answers.sap(400, "/IWBEP/CM_MGW_RT/176", message))
        if field.type == "String" and (
            not isinstance(value, str) or (field.size and len(value) > field.size)
        ):
            message = f"Property {name} is a text of at most {field.size} characters"
            raise Refusal(answers.sap(400, "/IWFND/CM_MGW/100", message))


def invoice(given: Fields, party: str, place: int, now: datetime) -> Entered:
    """The invoice that a body stands for; `place` numbers it."""
    orders, accounts = _lines(given, ORDER_LINES), _lines(given, ACCOUNT_LINES)
    for line in orders:
        check(line, INVOICE_ORDER_ITEM)
    for line in accounts:
        check(line, INVOICE_ACCOUNT_ITEM)
        if line.get("DebitCreditCode", "S") not in ("S", "H"):
            raise Refusal(answers.sap(400, "M8/103", "An account is debited (S) or credited (H)"))
    for line in (*orders, *accounts):
        amount(line.get("SupplierInvoiceItemAmount", "0"))
    today = now.astimezone(UTC).date()
    return Entered(
        number=str(given["SupplierInvoiceIDByInvcgParty"]),
        document=f"51056009{place:02d}",
        journal=f"51000009{place:02d}",
        party=party,
        contract=str(given.get("AssignmentReference", "")),
        order=str(orders[0].get("PurchaseOrder", "")) if orders else "",
        text=str(given.get("DocumentHeaderText", "")),
        invoiced_on=day(given, "DocumentDate"),
        received_on=day(given, "PostingDate"),
        gross=amount(given["InvoiceGrossAmount"]),
        currency=str(given["DocumentCurrency"]),
        baseline_on=day(given, "DueCalculationBaseDate", today),
        net_days=int(amount(given.get("NetPaymentDays", "0"))),
        terms=str(given.get("PaymentTerms", "")),
        credit_memo=given.get("SupplierInvoiceIsCreditMemo") == "X",
        block=str(given.get("PaymentBlockingReason", "")),
        recorded_at=now,
        parked=given.get("SupplierInvoiceStatus") == PARKED,
        line_text=str(given.get("SupplierPostingLineItemText", "")),
        payment_reference=str(given.get("PaymentReference", "")),
        order_lines=tuple(orders),
        account_lines=tuple(accounts),
    )


def twice(held: Sequence[Invoice], new: Entered) -> bool:
    """Is this invoice entered already: the same supplier, number, day, amount and currency?"""
    return any(
        (one.party, one.number, one.invoiced_on, one.gross, one.currency)
        == (new.party, new.number, new.invoiced_on, new.gross, new.currency)
        for one in held
    )


def _lines(given: Fields, name: str) -> list[Fields]:
    held = given.get(name) or {}
    lines = held.get("results", []) if isinstance(held, dict) else held
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/099", f"{name} must hold a list of items"))
    return lines


def day(given: Fields, name: str, default: date | None = None) -> date:
    text = str(given.get(name) or "")
    found = _DATE.fullmatch(text)
    if found:
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date()
    try:
        return datetime.fromisoformat(text).date() if text or default is None else default
    except ValueError:
        message = f"{name}: {text!r} is no date; write /Date(ms)/ or 2026-01-31T00:00:00"
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/097", message)) from None


def amount(value: Any) -> Decimal:
    if not isinstance(value, str):
        message = f"{value!r}: Edm.Decimal is written as a string"
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/098", message))
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/098", f"{value!r} is no decimal number")) from None
