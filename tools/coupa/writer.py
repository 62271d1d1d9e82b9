"""Writing to Coupa: comments, tasks, disputes, invoices, fields of contracts.

Coupa has no keys of ours: what we write carries our reference in a text, and is looked for before it is
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.coupa.fields import text
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number
from tools.kit.payloads import Comment, Fields, Hold, InvoiceLineOut, NewInvoice, Task, payload, refused

if TYPE_CHECKING:
    from tools.coupa.connector import CoupaSettings
    from tools.kit.http import Client

TAKEN = (
    "comment",
    "create_task",
    "update_task",
    "set_fields",
    "hold_invoice",
    "release_invoice",
    "create_invoice",
)
_TARGET = re.compile(r"(?P<path>invoices|purchase_orders|contracts)/(?P<id>\d{1,18})(?:/.*)?")
_SIZE = 50
_HOLDS = ("hold_invoice", "release_invoice")
_LACKS = {
    **dict.fromkeys(
        _HOLDS,
        "it holds an invoice only by a dispute, of which it notifies the supplier; `dispute` would allow it",
    ),
    "schedule_payment": "an invoice falls due by its payment term, and payments are made elsewhere",
    "put_record": "its records of other kinds are not written",
    "send_message": "it sends no messages for us",
}


class CoupaWriter:
    """Writes to one instance. A target is what our facts call a document: `invoices/4835`."""

    def __init__(self, settings: CoupaSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http

    def find(self, reference: str, target: str = "") -> Source | None:
        """The comment on `target` that ends in our reference; without a target the invoice or task that
        carries it."""
        wanted = ref.checked(self.name, reference)
        if target:
            return self._comment(wanted, *self._split(target))
        return self._invoice(wanted) or (self._task(wanted) if self.settings.tasks_of else None)

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        taken = TAKEN if self.settings.dispute else tuple(verb for verb in TAKEN if verb not in _HOLDS)
        if action.verb not in taken:
            raise refused(self.name, action, taken, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        if action.verb == "comment":
            path, number = self._split(action.target)
            return self._comment(wanted, path, number) or self._say(action, path, number)
        if action.verb in _HOLDS:
            return self._hold(action)
        if action.verb == "set_fields":
            return self._set(action)
        if action.verb == "create_invoice":
            return self._enter(action)
        if action.verb == "update_task":
            return self._update(action)
        return self._task(wanted) or self._open(action)

    # -- looking ------------------------------------------------------------------------------------

    def _split(self, target: str) -> tuple[str, str]:
        """Path and number of a target: Fatal for anything else."""
        found = _TARGET.fullmatch(target)
        if found is None:
            what = f"{target[:60]!r} is no document of Coupa"
            raise Fatal(
                self.name, what, remedy="Name it like invoices/4835, purchase_orders/25, contracts/9."
            )
        return found["path"], found["id"]

    def _comment(self, wanted: str, path: str, number: str) -> Source | None:
        for row in self._list(f"/{path}/{number}/comments", {}):
            if ref.is_marked(text(row, "comments"), wanted):
                return self._comment_source(path, number, row)
        return None

    def _invoice(self, wanted: str) -> Source | None:
        """The invoice that carries our reference."""
        field = self.settings.reference_field
        for row in self._list("/invoices", {f"{field}[contains]": wanted}):
            if ref.is_marked(text(row, field), wanted):
                return self._source(f"invoices/{text(row, 'id')}", text(row, "invoice-number"))
        return None

    def _task(self, wanted: str) -> Source | None:
        held = self._task_row(wanted)
        return self._source(f"tasks/{text(held, 'id')}", text(held, "title")) if held else None

    def _task_row(self, wanted: str) -> Row | None:
        for row in self._list("/tasks", {"description[contains]": wanted}):
            if ref.is_marked(text(row, "description"), wanted):
                return row
        return None

    def _list(self, path: str, params: dict[str, str]) -> Iterator[Row]:
        """All rows of a list."""

        def fetch(number: int) -> Page:
            data = self._http.get(path, {**params, "limit": _SIZE, "offset": number * _SIZE}).data
            if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
                raise WrongAnswer(self.name, "no list in the answer", place=f"GET {path}")
            return Page(data, more=len(data) >= _SIZE)

        for page in by_number(fetch, lambda row: row.get("id"), LoopGuard(self.name, f"GET {path}")):
            yield from page.rows

    # -- writing ------------------------------------------------------------------------------------

    def _say(self, action: Action, path: str, number: str) -> Source:
        """A comment. Coupa decides by the kind of document who sees it, and we cannot make it public."""
        comment = payload(self.name, action, Comment)
        if comment.public:
            what = "comments written through its interface are not shown to the supplier"
            raise Fatal(self.name, what, place=f"action {action.id}", remedy="Propose it as internal.")
        said = ref.mark(comment.text, action.reference)
        if comment.mention_assignee:
            row = self._one(f"/{path}/{number}")
            who = text(row, "requested-by.id") or text(row, "requester.id") or text(row, "created-by.id")
            said = f"@[User:{who}] {said}" if who else said
        made = self._send("POST", f"/{path}/{number}/comments", {"comments": said})
        return self._comment_source(path, number, made)

    def _hold(self, action: Action) -> Source:
        """Dispute an invoice, or withdraw the dispute. Done already, nothing is sent."""
        reason = payload(self.name, action, Hold).reason
        path, number = self._split(action.target)
        if path != "invoices":
            what = f"{action.target[:60]} is no invoice"
            raise Fatal(self.name, what, place=f"action {action.id}", remedy="Name it like invoices/4835.")
        row = self._one(f"/invoices/{number}")
        disputed = text(row, "status") == "disputed"
        source = self._source(f"invoices/{number}", text(row, "invoice-number"))
        if disputed is (action.verb == "hold_invoice"):
            return source
        wanted = action.reference
        if self._comment(wanted, path, number) is None:
            self._send("POST", f"/invoices/{number}/comments", {"comments": ref.mark(reason, wanted)})
        if action.verb == "release_invoice":
            self._send("PUT", f"/invoices/{number}/withdraw_dispute", {})
        else:
            code = self.settings.dispute_reason
            self._send(
                "PUT", f"/invoices/{number}/dispute", {"dispute-reasons": [{"code": code}]} if code else {}
            )
        return source

    def _set(self, action: Action) -> Source:
        """Custom fields of a contract; the same values twice change nothing."""
        path, number = self._split(action.target)
        if path != "contracts":
            what = f"{action.target[:60]} is no contract"
            raise Fatal(self.name, what, place=f"action {action.id}", remedy="Name it like contracts/9.")
        names = self.settings.contract_fields_written
        body: dict[str, Any] = {}
        for field, held in payload(self.name, action, Fields).fields.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no field is configured for {field!r}",
                    place=f"connectors.{self.name}.contract_fields_written",
                    remedy="Map it to a custom field of the contract.",
                )
            body[names[field]] = held.isoformat() if isinstance(held, date) else _plain(held)
        made = self._send("PUT", f"/contracts/{number}", {"custom-fields": body}, repeatable=True)
        return self._source(f"contracts/{number}", text(made, "number"))

    def _enter(self, action: Action) -> Source:
        """Enter an invoice: as a draft, which is not paid, or submitted for approval."""
        bill = payload(self.name, action, NewInvoice)
        supplier = "number" if bill.supplier.isdigit() else "name"
        same = {f"supplier[{supplier}]": bill.supplier, "invoice-number": bill.number}
        for row in self._list("/invoices", same):
            if ref.is_marked(text(row, self.settings.reference_field), action.reference):
                return self._source(f"invoices/{text(row, 'id')}", bill.number)
            if text(row, "invoice-number") == bill.number:
                what = f"{bill.supplier} has an invoice {bill.number} already"
                raise Fatal(
                    self.name, what, place=f"invoices/{text(row, 'id')}", remedy="Use another number."
                )
        body: dict[str, Any] = {
            "invoice-number": bill.number,
            "invoice-date": bill.invoiced_on.isoformat(),
            "supplier": {supplier: bill.supplier},
            "currency": {"code": bill.currency},
            "line-level-taxation": False,
            "account-type": {"name": self._accounts()},
            self.settings.reference_field: ref.mark(bill.text, action.reference).strip(),
            "invoice-lines": [self._line(n, line, bill) for n, line in enumerate(bill.lines, 1)],
        }
        if bill.credit:
            body |= self._credited(action)
        made = self._send("POST", "/invoices", body)
        number = text(made, "id")
        if not bill.blocked:
            self._send("PUT", f"/invoices/{segment(number)}/submit", {})
        return self._source(f"invoices/{number}", bill.number)

    def _accounts(self) -> str:
        if not self.settings.account_type:
            raise Misconfigured(
                self.name,
                "an invoice needs its chart of accounts",
                place=f"connectors.{self.name}.account_type",
                remedy="Set it to the chart's name.",
            )
        return self.settings.account_type

    def _line(self, number: int, line: InvoiceLineOut, bill: NewInvoice) -> dict[str, Any]:
        amount = -abs(line.amount) if bill.credit else line.amount
        body: dict[str, Any] = {
            "type": "InvoiceAmountLine",
            "line-num": number,
            "description": line.text,
            "price": str(amount),
            "currency": {"code": bill.currency},
        }
        if line.order:
            body |= {"po-number": line.order, "order-header-num": line.order}
        if line.order_line:
            body["order-line-num"] = line.order_line
        if line.account:
            body["account"] = {"code": line.account}
        return body

    def _credited(self, action: Action) -> dict[str, Any]:
        """What makes a credit note: it must name the invoice it corrects, which is the target."""
        path, number = self._split(action.target)
        if path != "invoices":
            what = "a credit note has to name the invoice that it corrects"
            raise Fatal(self.name, what, place=f"action {action.id}", remedy="Target that invoice.")
        row = self._one(f"/invoices/{number}")
        return {
            "is-credit-note": True,
            "original-invoice-number": text(row, "invoice-number"),
            "original-invoice-date": text(row, "invoice-date")[:10],
        }

    def _open(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        about = f"About: {action.target}\n\n" if action.target else ""
        body = self._task_fields(task, ref.mark(about + task.text, action.reference))
        if not self.settings.tasks_of or self.settings.task_owner is None:
            raise Misconfigured(
                self.name,
                "a task needs a project or group, and an owner",
                place=f"connectors.{self.name}.tasks_of",
                remedy="Set tasks_of and task_owner.",
            )
        body["owner-id"] = self.settings.task_owner
        made = self._send("POST", f"/{self.settings.tasks_of}/tasks", body)
        return self._source(f"tasks/{text(made, 'id')}", task.title)

    def _update(self, action: Action) -> Source:
        """Change the task with our reference."""
        task = payload(self.name, action, Task)
        held = self._task_row(ref.checked(self.name, action.reference))
        if held is None:
            raise NotFound(self.name, "no task to update", place=action.reference)
        number = text(held, "id")
        body = self._task_fields(task, ref.mark(task.text, action.reference))
        if task.state == "done":
            body["percentage"] = 100
        self._send("PUT", f"/tasks/{segment(number)}", body, repeatable=True)
        return self._source(f"tasks/{number}", task.title)

    def _task_fields(self, task: Task, description: str) -> dict[str, Any]:
        body: dict[str, Any] = {"title": task.title[:255], "description": description}
        if task.due_on:
            body["due-date"] = task.due_on.isoformat()
        return body

    def _one(self, path: str) -> Row:
        data = self._http.get(path).data
        if not isinstance(data, dict) or not text(data, "id"):
            raise WrongAnswer(self.name, "no document in the answer", place=f"GET {path}")
        return data

    def _send(self, method: str, path: str, body: Any, repeatable: bool = False) -> Row:
        data = self._http.send(Call(method, path, body=body, repeatable=repeatable)).data
        if not isinstance(data, dict) or not text(data, "id"):
            raise WrongAnswer(self.name, "no id in the answer", place=f"{method} {path}")
        return data

    def _comment_source(self, path: str, number: str, row: Row) -> Source:
        held = self._source(f"{path}/{number}/comments/{text(row, 'id')}", f"comment on {path}/{number}")
        return held.model_copy(update={"url": self.settings.page(f"{path}/{number}")})

    def _source(self, record: str, label: str) -> Source:
        url = self.settings.page(record)
        return Source(system=self.name, record=record, url=url, label=label or record)


def _plain(held: Any) -> Any:
    return str(held) if isinstance(held, Decimal) else held
