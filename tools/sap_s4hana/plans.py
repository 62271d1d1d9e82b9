"""Payment schedules as invoicing plans of purchase order items: which part falls due when (OData V4).

A plan's rows can be added and changed, not deleted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit.call import Call
from tools.kit.csrf import Csrf
from tools.kit.errors import Fatal, Misconfigured, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Instalment, PaymentSchedule, payload
from tools.kit.values import decimal

if TYPE_CHECKING:
    from tools.kit.http import Client
    from tools.sap_s4hana.connector import SapSettings

ITEM = re.compile(r"(?P<order>\d{1,10})/(?P<item>\d{1,5})")


class Plans:
    """Writes the invoicing plans of one system."""

    def __init__(self, name: str, settings: SapSettings, http: Client) -> None:
        self.name = name
        self.settings = settings
        self._http = http
        self._csrf = Csrf(http, f"{settings.orders_v4}/", rooted=True)

    def schedule(self, action: Action) -> Source:
        """Give an order's item these instalments; what is there already as it should be stays as it is."""
        plan = payload(self.name, action, PaymentSchedule)
        named = ITEM.fullmatch(action.target)
        if named is None:
            what = f"{action.target[:40]!r} is no item of a purchase order"
            raise Fatal(
                self.name, what, remedy="Name it like 4500000104/10; invoices fall due by their terms."
            )
        item = f"PurchaseOrderItem(PurchaseOrder='{named['order']}',PurchaseOrderItem='{named['item']}')"
        self._same_currency(item, plan, action.target)
        held = self._plan(item)
        if held is None:
            self._make(item, plan)
        else:
            self._change(held, plan, action.target)
        url = f"{self.settings.orders_v4}/{item}"
        label = f"invoicing plan of order {named['order']}, item {named['item']}"
        return Source(system=self.name, record=f"{action.target}/plan", url=self._absolute(url), label=label)

    # -- what is there ------------------------------------------------------------------------------

    def _same_currency(self, item: str, plan: PaymentSchedule, target: str) -> None:
        row = self._get(item, {"$select": "PurchaseOrder,PurchaseOrderItem,DocumentCurrency"})
        if row.get("DocumentCurrency") != plan.currency:
            what = "the schedule is in another currency than the order"
            raise Fatal(self.name, what, place=target, remedy="Propose the schedule anew.")

    def _plan(self, item: str) -> Row | None:
        """The item's plan with its rows, None where it has none."""
        found = self._get(f"{item}/_PurchaseOrderInvoicingPlan", {"$expand": _ROWS, "$top": 2})
        plans = found.get("value")
        if not isinstance(plans, list) or not all(isinstance(each, dict) for each in plans):
            raise WrongAnswer(self.name, "no list of invoicing plans", place=f"GET {item}")
        return plans[0] if plans else None

    def _get(self, path: str, params: dict[str, str | int]) -> Row:
        call = Call("GET", f"{self.settings.orders_v4}/{path}", params, rooted=True)
        data = self._http.send(call).data
        if not isinstance(data, dict):
            raise WrongAnswer(self.name, "no object in the answer", place=call.place)
        return data

    # -- writing ------------------------------------------------------------------------------------

    def _make(self, item: str, plan: PaymentSchedule) -> None:
        """A plan with all its rows in one request."""
        if not self.settings.plan_type:
            raise Misconfigured(
                self.name,
                "no type is configured for invoicing plans that we make",
                place=f"connectors.{self.name}.plan_type",
                remedy="Set it to a type that SAP knows, or make the plan there first.",
            )
        days = sorted(part.due_on for part in plan.instalments)
        body = {
            "InvoicingPlanType": self.settings.plan_type,
            "InvoicingPlanStartDate": days[0].isoformat(),
            "InvoicingPlanEndDate": days[-1].isoformat(),
            _ROWS: [self._row(part, plan.currency) for part in plan.instalments],
        }
        self._send("POST", f"{item}/_PurchaseOrderInvoicingPlan", body)

    def _change(self, held: Row, plan: PaymentSchedule, target: str) -> None:
        """The rows of a plan in order of their number, as the schedule says them."""
        rows = held.get(_ROWS)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "an invoicing plan without its rows", place=target)
        if len(rows) > len(plan.instalments):
            what = f"there are {len(rows)} rows in its plan, and none can be deleted from outside"
            raise Fatal(self.name, what, place=target, remedy="Delete those that are too many in SAP.")
        rows = sorted(rows, key=lambda row: str(row.get("InvoicingPlanItem", "")).zfill(6))
        self._write(held, rows, plan)

    def _write(self, held: Row, rows: Sequence[Row], plan: PaymentSchedule) -> None:
        for part, row in zip(plan.instalments, rows, strict=False):
            if not self._is(row, part):
                etag = row.get("@odata.etag")
                path = f"PurchaseOrderInvoicingPlanItem({_key(row, (*_PLAN, 'InvoicingPlanItem'))})"
                body = self._row(part, plan.currency)
                self._send("PATCH", path, body, etag if isinstance(etag, str) else "*")
        for part in plan.instalments[len(rows) :]:
            path = f"PurchaseOrderInvoicingPlan({_key(held, _PLAN)})/{_ROWS}"
            self._send("POST", path, self._row(part, plan.currency))

    def _send(self, method: str, path: str, body: dict[str, Any], etag: str = "") -> None:
        call = Call(method, f"{self.settings.orders_v4}/{path}", body=body, etag=etag, rooted=True)
        self._csrf.send(call)

    def _row(self, part: Instalment, currency: str) -> dict[str, Any]:
        return {
            "InvoicingPlanInvoicingDate": part.due_on.isoformat(),
            "InvoicingPlanAmount": _number(part.amount),
            "TransactionCurrency": currency,
        }

    def _is(self, row: Row, part: Instalment) -> bool:
        try:
            amount = decimal(row.get("InvoicingPlanAmount"))
        except ValueError:
            amount = None
        return row.get("InvoicingPlanInvoicingDate") == part.due_on.isoformat() and amount == part.amount

    def _absolute(self, path: str) -> str:
        scheme, _, rest = self.settings.base_url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{path}"


_ROWS = "_POInvoicingPlanItem"
_PLAN = ("PurchaseOrder", "PurchaseOrderItem", "InvoicingPlan")


def _key(row: Row, names: Sequence[str]) -> str:
    """The key of a row in a path. What SAP gave is quoted: it goes into an address."""
    parts = []
    for name in names:
        value = str(row.get(name, ""))
        if not re.fullmatch(r"[\w.-]{1,10}", value):
            raise WrongAnswer("sap_s4hana", f"an invoicing plan without a readable {name}")
        parts.append(f"{name}='{value}'")
    return ",".join(parts)


def _number(amount: Decimal) -> float | int:
    """An amount as OData V4 takes it in JSON."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
