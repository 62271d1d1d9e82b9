"""Writing: obligations entered by hand, their dates and reference changed, fulfilments told by hand."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.errors import Refusal
from sandbox.odata4 import Value
from sandbox.sap_revenue.model import Field
from sandbox.sap_revenue.rows import Row, local
from sandbox.sap_revenue.text import refuse
from sandbox.sap_revenue.world import Ledger, Obligation

NAMES = {
    "PerformanceObligationStartDate": "starts",
    "PerformanceObligationEndDate": "ends",
    "YY1_ExternalReference_POB": "reference",
}
KINDS = ("E", "T", "P")


def _wrong(name: str, text: str) -> Refusal:
    return refuse(400, "FARR_MESSAGE/400", text, name)


def typed(field: Field, value: Any, ieee: bool) -> Value:
    """A value that a client wrote, as the field's type. Refuses another one."""
    if value is None and field.type not in ("String", "Int32"):
        return None
    if field.type == "String" and isinstance(value, str):
        if len(value) > field.size:
            raise _wrong(field.name, f"{field.name} has at most {field.size} characters")
        return value
    if field.type == "Date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _wrong(field.name, f"{value!r} is no Edm.Date") from None
    # A decimal is a text exactly where the content type says so.
    if field.type == "Decimal" and isinstance(value, str if ieee else Decimal):
        try:
            number = Decimal(value)
        except ArithmeticError:
            number = Decimal("NaN")
        if number.is_finite() and number == number.quantize(Decimal(1).scaleb(-field.scale)):
            return number
    raise _wrong(field.name, f"{value!r} is no Edm.{field.type} as {field.name} takes it")


def _needed(given: Mapping[str, Value], *names: str) -> None:
    for name in names:
        if given.get(name) in (None, ""):
            raise _wrong(name, f"{name} has to be filled")


def _in_order(starts: Any, ends: Any) -> None:
    if starts > ends:
        raise _wrong("PerformanceObligationEndDate", "An obligation does not end before it starts")


def enter_obligation(ledger: Ledger, row: Row, given: Row, now: datetime, by: str) -> Row:
    """A performance obligation entered by hand into a contract; no price is allocated to it yet."""
    contract = ledger.contracts[str(row["RevenueAccountingContract"])]
    if contract.is_deleted(now):
        raise refuse(400, "FARR_MESSAGE/101", "The contract was deleted")
    _needed(
        given,
        "PerformanceObligationClass",
        "RAPerformanceObligationType",
        "PerfOblgnFulfillmentType",
        "PerformanceObligationStartDate",
        "PerformanceObligationEndDate",
    )
    kind, event = given["PerfOblgnFulfillmentType"], given.get("PerfOblgnEventType") or ""
    if kind not in KINDS or (kind == "E") != (event in ("GI", "CI", "MA")):
        raise _wrong("PerfOblgnFulfillmentType", "Fulfilment type and event type do not go together")
    if given.get("SalesDocumentCurrency", contract.currency) != contract.currency:
        raise _wrong("SalesDocumentCurrency", f"The contract is in {contract.currency}")
    _in_order(given["PerformanceObligationStartDate"], given["PerformanceObligationEndDate"])
    quantity, price = given.get("PerfOblgnContractualQuantity"), given.get("SSPriceInSalesDocCrcy")
    if isinstance(quantity, Decimal) and quantity <= 0:
        raise _wrong("PerfOblgnContractualQuantity", "The quantity is more than nothing")
    made = ledger.add(
        contract,
        text=str(given["PerformanceObligationClass"]),
        type=str(given["RAPerformanceObligationType"]),
        kind=str(kind),
        event="MA" if kind == "P" else str(event),
        unit=str(given.get("PerfOblgnContractualQtyUnit") or "EA"),
        quantity=quantity if isinstance(quantity, Decimal) else Decimal(1),
        price=price if isinstance(price, Decimal) else Decimal(0),
        allocated=Decimal(0),
        log=[(now, by, {NAMES[name]: value for name, value in given.items() if name in NAMES})],
        manual=True,
    )
    return {"PerformanceObligation": made.number}


def tell_fulfilment(ledger: Ledger, row: Row, given: Row, now: datetime, by: str) -> Row:
    """What was done of an obligation whose fulfilment is told by hand."""
    one = ledger.obligations[str(row["PerformanceObligation"])]
    if one.event != "MA" or one.kind == "T":
        raise refuse(400, "FARR_MESSAGE/120", "Fulfilments of this obligation come from its documents")
    if row["PerfOblgnIsSoftDeleted"]:
        raise refuse(400, "FARR_MESSAGE/101", "The contract was deleted")
    _needed(given, "RAFulfillmentDate")
    name = "RAFulfillmentPercent" if one.kind == "P" else "RAFulfilledQuantity"
    _needed(given, name)
    amount, on = given[name], given["RAFulfillmentDate"]
    assert isinstance(amount, Decimal)  # the type was checked
    assert isinstance(on, date)
    if on > local(now):
        raise _wrong("RAFulfillmentDate", "A fulfilment does not lie ahead")
    _within(one, amount, name, now)
    told = {
        "day": on,
        "of": amount if one.kind == "E" else None,
        "percent": amount if one.kind == "P" else None,
        "source": given.get("RASndgCompDocumentItem") or "",
    }
    made = ledger.fulfil(one, now, by, told)
    return {"PerformanceObligation": one.number, "RAFulfillment": made.number}


def _within(one: Obligation, amount: Decimal, name: str, now: datetime) -> None:
    """No more than all of it, no less than nothing."""
    done = sum((step.quantity or Decimal(0) for step in one.fulfilled(now)), Decimal(0))
    whole = amount if one.kind == "P" else done + amount
    most = Decimal(100) if one.kind == "P" else one.quantity
    if not 0 <= whole <= most:
        raise _wrong(name, f"Between nothing and {most} can be fulfilled")


def change(ledger: Ledger, row: Row, given: Row, now: datetime, by: str) -> None:
    """New dates or another reference of an obligation."""
    one = ledger.obligations[str(row["PerformanceObligation"])]
    if row["PerfOblgnIsSoftDeleted"]:
        raise refuse(400, "FARR_MESSAGE/101", "The contract was deleted")
    held = {**one.fields(now), **{NAMES[name]: value for name, value in given.items()}}
    if held["starts"] is None or held["ends"] is None:
        raise _wrong("PerformanceObligationEndDate", "Both dates have to be filled")
    _in_order(held["starts"], held["ends"])
    one.log.append((now, by, {NAMES[name]: value for name, value in given.items()}))


WAYS: Mapping[tuple[str, str], Callable[[Ledger, Row, Row, datetime, str], Row]] = {
    ("RevenueAccountingContract", "_PerformanceObligation"): enter_obligation,
    ("PerformanceObligation", "_Fulfillment"): tell_fulfilment,
}
