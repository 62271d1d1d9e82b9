"""Writing to NetSuite: vendor bills, payment holds, instalments, tasks, configured records and fields.

Whatever we create carries our reference as its external id, under which it is found again and by which
sending it twice is one record.
"""

from __future__ import annotations

import re
import time
import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer
from tools.kit.payloads import (
    Fields,
    Hold,
    NewInvoice,
    PaymentSchedule,
    Record,
    Scalar,
    Task,
    payload,
    refused,
)
from tools.netsuite.query import SuiteQL, quoted, select, text

if TYPE_CHECKING:
    from tools.netsuite.connector import NetSuiteSettings

RECORDS = "/record/v1"
TAKEN = (
    "create_task",
    "update_task",
    "put_record",
    "set_fields",
    "hold_invoice",
    "release_invoice",
    "create_invoice",
)
_BILL, _CREDIT, _TASK = "vendorBill", "vendorCredit", "task"
_ID = re.compile(r"\d{1,18}")
_SPACE = uuid.UUID("6f1b3f7e-6f0a-4c1c-9a55-0d8b6a2f6d10")
"""Under which our references become the keys of requests: the same reference, the same key."""
_STRICT = {"X-NetSuite-PropertyNameValidation": "Error"}
"""Without it NetSuite passes over fields it does not know: a hold would seem to be set."""
_PRIORITIES = {"P1": "HIGH", "P2": "HIGH", "P3": "MEDIUM", "P4": "LOW", "P5": "LOW"}
_LACKS = {
    "comment": "its record service has no notes on transactions",
    "send_message": "it sends no messages for us",
    "schedule_payment": "instalments of a bill are a feature that the settings do not say this account has",
}


class NetSuiteWriter:
    """Writes to one account. A target is a bill's internal id."""

    def __init__(self, settings: NetSuiteSettings, sql: SuiteQL) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._sql = sql

    def find(self, reference: str, target: str = "") -> Source | None:
        """The record whose external id is our reference, whichever type it has."""
        wanted = ref.checked(self.name, reference)
        types = (_BILL, _CREDIT, _TASK, *(e.record for e in self.settings.entities.values()))
        return next((found for each in types if (found := self._own(each, wanted)) is not None), None)

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        taken = (*TAKEN, "schedule_payment") if self.settings.installments else TAKEN
        if action.verb not in taken:
            raise refused(self.name, action, taken, _LACKS.get(action.verb, ""))
        ref.checked(self.name, action.reference)
        if action.verb in ("hold_invoice", "release_invoice"):
            return self._hold(action)
        if action.verb == "schedule_payment":
            return self._schedule(action)
        if action.verb == "set_fields":
            return self._set(action)
        if action.verb == "create_invoice":
            return self._enter(action)
        if action.verb == "put_record":
            return self._put(action)
        return self._task(action)

    # -- looking ------------------------------------------------------------------------------------

    def _own(self, record: str, reference: str) -> Source | None:
        path = f"{RECORDS}/{record}/{_eid(reference)}"
        try:
            data = self._sql.http.get(path).data
        except NotFound:
            return None
        if not isinstance(data, dict) or not text(data, "id"):
            raise WrongAnswer(self.name, "no record in the answer", place=f"GET {path}")
        return self._source(text(data, "id"), text(data, "tranId") or text(data, "title"))

    def _key(self, table: str, condition: str, what: str) -> str:
        """The internal id of the one record that meets a condition. Raises NotFound or Fatal."""
        rows = self._sql.page(select(["id"], table, condition, "id"), 2, 0).rows
        if not rows:
            raise NotFound(self.name, f"there is no {what}", place=table)
        if len(rows) > 1:
            raise Fatal(self.name, f"there are several: {what}", place=table, remedy="Name it by its id.")
        return text(rows[0], "id")

    def _vendor(self, given: str) -> str:
        if _ID.fullmatch(given):
            both = f"(entityid = {quoted(given)} OR id = {given})"
            return self._key("vendor", both, f"vendor {given}")
        return self._key(
            "vendor", f"(entityid = {quoted(given)} OR companyname = {quoted(given)})", f"vendor {given[:60]}"
        )

    # -- bills --------------------------------------------------------------------------------------

    def _enter(self, action: Action) -> Source:
        """Enter a bill or a vendor's credit, with its payment hold."""
        bill = payload(self.name, action, NewInvoice)
        record = _CREDIT if bill.credit else _BILL
        found = self._own(record, action.reference)
        if found is not None:
            return found
        if any(line.order for line in bill.lines):
            raise Fatal(
                self.name,
                "a bill against an order is made by transforming the order, which bills all that is open",
                place=f"action {action.id}",
                remedy="Bill the order in NetSuite, or propose the bill without order lines.",
            )
        body: dict[str, Any] = {
            "externalId": action.reference,
            "entity": {"id": self._vendor(bill.supplier)},
            "tranId": bill.number,
            "tranDate": bill.invoiced_on.isoformat(),
            "currency": {"id": self._key("currency", f"symbol = {quoted(bill.currency)}", bill.currency)},
            "memo": bill.text[:999],
            "expense": {"items": [self._line(n, line) for n, line in enumerate(bill.lines, 1)]},
        }
        if bill.due_on and not bill.credit:
            body["dueDate"] = bill.due_on.isoformat()
        if not bill.credit:
            body["paymentHold"] = bill.blocked
        if self.settings.by_idempotency_key:
            return self._create_once(record, body, action.reference)
        del body["externalId"]
        return self._upsert(record, action.reference, body)

    def _line(self, number: int, line: Any) -> dict[str, Any]:
        """An expense line: a REST bill without items has only those."""
        account = line.account or self.settings.expense_account
        if not account:
            raise Misconfigured(
                self.name,
                "a line of a bill needs an account",
                place=f"connectors.{self.name}.expense_account",
                remedy="Set it, or give the line its account.",
            )
        held = self._key("account", f"acctnumber = {quoted(account)}", f"account {account}")
        return {"line": number, "account": {"id": held}, "amount": _number(line.amount), "memo": line.text}

    def _create_once(self, record: str, body: dict[str, Any], reference: str) -> Source:
        """Create asynchronously under a key by which NetSuite itself knows the request again, then wait for
        the job as long as the settings allow."""
        key = str(uuid.uuid5(_SPACE, reference))
        headers = {**_STRICT, "Prefer": "respond-async", "X-NetSuite-Idempotency-Key": key}
        path = f"{RECORDS}/{record}"
        call = Call("POST", path, body=body, headers=headers, accept="text", repeatable=True)
        try:
            answer = self._sql.http.send(call)
        except Fatal as error:
            if "IDEMPOTENCY_ERROR" not in error.what:
                raise
            # An earlier request under this key was accepted, and its answer lost: what it makes is ours.
            return self._await(record, reference)
        job = _path(answer.headers.get("location", ""), "/async/v1/job/")
        if answer.status == 202 and not job:
            raise WrongAnswer(self.name, "no job in the answer", place=f"POST {path}", remedy="Report it.")
        return self._await(record, reference, job)

    def _await(self, record: str, reference: str, job: str = "") -> Source:
        """The record that a job makes, as soon as the job is done. Raises Retryable where that takes longer
        than the settings allow, Fatal where the job ended without it."""
        until = time.monotonic() + self.settings.job_wait.total_seconds()
        while True:
            done = bool(job) and _completed(self._sql.http.get(job).data)
            found = self._own(record, reference) if done or not job else None
            if found is not None:
                return found
            if done:
                what, remedy = "the job ended and the record is not there", "Look at its result in NetSuite."
                raise Fatal(self.name, what, place=job, remedy=remedy)
            if time.monotonic() >= until:
                remedy = "The next attempt finds it under our reference."
                raise Retryable(
                    self.name, "is still at work", place=job or record, maybe_done=True, remedy=remedy
                )
            time.sleep(min(1.0, max(until - time.monotonic(), 0.0)))

    def _hold(self, action: Action) -> Source:
        """Set or lift the payment hold of a bill; twice is the same as once."""
        reason = payload(self.name, action, Hold).reason
        body: dict[str, Any] = {"paymentHold": action.verb == "hold_invoice"}
        if self.settings.hold_reason_field:
            body[self.settings.hold_reason_field] = f"{reason[:200]} ({action.reference})"
        return self._change_bill(action.target, body)

    def _schedule(self, action: Action) -> Source:
        """Replace a bill's instalments. They have to add up to its total, or NetSuite refuses them."""
        schedule = payload(self.name, action, PaymentSchedule)
        items = [
            {"dueDate": part.due_on.isoformat(), "amount": _number(part.amount)}
            for part in schedule.instalments
        ]
        body = {"overrideInstallments": True, "installment": {"items": items}}
        return self._change_bill(action.target, body, {"replace": "installment"})

    def _set(self, action: Action) -> Source:
        """Configured fields of a bill."""
        fields = payload(self.name, action, Fields).fields
        return self._change_bill(
            action.target, self._mapped("bill_fields", self.settings.bill_fields, fields)
        )

    def _change_bill(
        self, target: str, body: dict[str, Any], params: dict[str, str | int] | None = None
    ) -> Source:
        if not _ID.fullmatch(target):
            remedy = "Give its internal id, which our facts name as their record."
            raise Fatal(self.name, f"{target[:60]!r} is no vendor bill", remedy=remedy)
        path = f"{RECORDS}/{_BILL}/{target}"
        self._sql.http.send(Call("PATCH", path, params=params, body=body, headers=_STRICT, repeatable=True))
        return self._source(target, f"bill {target}")

    # -- other records ------------------------------------------------------------------------------

    def _task(self, action: Action) -> Source:
        """A task, created or changed under our reference."""
        task = payload(self.name, action, Task)
        if action.verb == "update_task" and self._own(_TASK, action.reference) is None:
            raise NotFound(self.name, "no task to update", place=action.reference)
        about = f"About: {action.target}\n\n" if action.target else ""
        body: dict[str, Any] = {
            "title": task.title[:256],
            "message": about + task.text,
            "status": {"id": "COMPLETE" if task.state == "done" else "NOTSTART"},
        }
        if task.due_on:
            body["dueDate"] = task.due_on.isoformat()
        if task.priority:
            body["priority"] = {"id": _PRIORITIES[task.priority]}
        return self._upsert(_TASK, action.reference, body)

    def _put(self, action: Action) -> Source:
        """A record of a configured type, created or changed under our reference."""
        record = payload(self.name, action, Record)
        entity = self.settings.entities.get(record.entity)
        if entity is None:
            raise Misconfigured(
                self.name,
                f"no record type is configured for {record.entity!r}",
                place=f"connectors.{self.name}.entities",
                remedy="Add it with its fields.",
            )
        body = self._mapped(f"entities.{record.entity}.fields", entity.fields, record.fields)
        return self._upsert(entity.record, action.reference, body)

    def _mapped(self, place: str, names: dict[str, str], fields: dict[str, Scalar]) -> dict[str, Any]:
        """Our fields under their names. Raises Misconfigured for one that has none."""
        body: dict[str, Any] = {}
        for field, held in fields.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no field is configured for {field!r}",
                    place=f"connectors.{self.name}.{place}",
                    remedy="Map it to a field of the record.",
                )
            plain = _number(held) if isinstance(held, Decimal) else held
            body[names[field]] = plain.isoformat() if isinstance(plain, date) else plain
        return body

    def _upsert(self, record: str, reference: str, body: dict[str, Any]) -> Source:
        """Create or change under our reference: sent twice, it is one record."""
        path = f"{RECORDS}/{record}/{_eid(reference)}"
        answer = self._sql.http.send(Call("PUT", path, body=body, headers=_STRICT, repeatable=True))
        held = _last(answer)
        if held:
            return self._source(held, text(body, "tranId") or text(body, "title"))
        found = self._own(record, reference)
        if found is None:
            raise WrongAnswer(self.name, "the record is not there after it was written", place=f"PUT {path}")
        return found

    def _source(self, record_id: str, label: str = "") -> Source:
        url = self.settings.page(record_id)
        return Source(system=self.name, record=record_id, url=url, label=label or record_id)


def _completed(data: Any) -> bool:
    return isinstance(data, dict) and (data.get("completed") is True or text(data, "progress") == "failed")


def _eid(reference: str) -> str:
    return f"eid:{segment(reference)}"


def _last(answer: Answer) -> str:
    """The id that the address of a written record ends in."""
    found = re.search(r"/(\d+)/?$", urlsplit(answer.headers.get("location", "")).path)
    return found[1] if found else ""


def _path(url: str, marker: str) -> str:
    """The path of an address below our base, from a marker on: never another host."""
    _, found, rest = urlsplit(url).path.partition(marker)
    return f"{marker}{rest}" if found and rest else ""


def _number(amount: Decimal) -> float | int:
    """An amount as NetSuite's JSON takes it."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
