"""Invoicing plans of purchase order items, as the purchase order service of OData V4 shows and changes them.

`PurchaseOrderItem(…)/_PurchaseOrderInvoicingPlan` leads to an item's plan, `_POInvoicingPlanItem` to its
rows. Plans and rows are made along these ways, rows changed under their version, nothing is deleted.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import yaml
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.errors import Refusal
from sandbox.state import Sandbox
from sandbox.world import HERE
from sandbox.world.records import PurchaseOrder

ROOT = "/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001"
SPACE = "com.sap.gateway.srvd_a2x.api_purchaseorder_2.v0001"
PLAN, ROWS = "_PurchaseOrderInvoicingPlan", "_POInvoicingPlanItem"
PLAN_KEYS = ("PurchaseOrder", "PurchaseOrderItem", "InvoicingPlan")
ROW_KEYS = (*PLAN_KEYS, "InvoicingPlanItem")
_WRITABLE = {
    "InvoicingPlanInvoicingDate": "date",
    "InvoicingPlanSettlementFromDte": "date",
    "InvoicingPlanSettlementToDte": "date",
    "InvoicingPlanAmount": "amount",
    "TransactionCurrency": "text",
}
_PLAN_WRITABLE = {
    "InvoicingPlanType": "text",
    "InvoicingPlanStartDate": "date",
    "InvoicingPlanEndDate": "date",
    "InvoicingPlanNextInvcDateRule": "text",
}
_PATH = re.compile(r"(?P<set>\w+)\((?P<key>[^)]*)\)(?:/(?P<way>\w+))?")
_KEY = re.compile(r"(\w+)='([^']*)'")
Fields = dict[str, Any]


@dataclass
class Line:
    """A row of a plan, with its version."""

    number: str
    held: Fields
    version: int = 1


@dataclass
class Plan:
    order: PurchaseOrder
    item: str
    number: str
    held: Fields
    lines: list[Line] = field(default_factory=list)


class Plans:
    """The plans of all orders. `enter` checks who asks, `write` the token of a write; `session` gives one."""

    def __init__(
        self,
        sandbox: Sandbox,
        enter: Callable[[Request], object],
        write: Callable[[Request], None],
        session: Callable[[Request], dict[str, str]],
    ) -> None:
        self.sandbox, self._enter, self._may_write, self._session = sandbox, enter, write, session
        self.plans: dict[tuple[str, str], Plan] = {}
        self.reset()

    def reset(self) -> None:
        self.plans.clear()
        for told in _story()["plans"]:
            order = next(one for one in self.sandbox.world.orders if one.number == told["order"])
            held = {"InvoicingPlanType": told["type"]}
            plan = Plan(order, told["item"], told["number"], held)
            for row in told["rows"]:
                self._add(plan, _row_of(row["due"], Decimal(row["amount"]), order.currency))
            self.plans[told["order"], told["item"]] = plan

    def routes(self, router: APIRouter, prefix: str) -> None:
        for path in (prefix + ROOT, prefix + ROOT + "/{path:path}"):
            router.add_api_route(path, self.read, methods=["GET", "HEAD"])
            router.add_api_route(path, self.create, methods=["POST"])
            router.add_api_route(path, self.change, methods=["PATCH"])
            router.add_api_route(path, self.refuse, methods=["PUT", "DELETE"])

    # -- reading ------------------------------------------------------------------------------------

    async def read(self, request: Request) -> Response:
        self._enter(request)
        headers = {"odata-version": "4.0", **self._session(request)}
        path = str(request.path_params.get("path", "")).strip("/")
        if not path:
            names = [
                {"name": name, "url": name} for name in ("PurchaseOrderItem", "PurchaseOrderInvoicingPlan")
            ]
            return JSONResponse({"@odata.context": "$metadata", "value": names}, headers=headers)
        name, key, way = _parts(path)
        asked = request.query_params
        if name == "PurchaseOrderItem":
            order, item = self._item(key)
            if not way:
                return JSONResponse(
                    _selected(_item_shown(order, item), asked.get("$select")), headers=headers
                )
            plan = self.plans.get((order.number, item)) if way == PLAN else None
            if way != PLAN:
                raise _refusal(404, f"There is no way {way}")
            found = [self._shown(plan, asked.get("$expand") == ROWS)] if plan else []
            return JSONResponse({"@odata.context": f"$metadata#{PLAN}", "value": found}, headers=headers)
        plan = self._plan(key)
        if name == "PurchaseOrderInvoicingPlan" and not way:
            return JSONResponse(self._shown(plan, asked.get("$expand") == ROWS), headers=headers)
        if name == "PurchaseOrderInvoicingPlan" and way == ROWS:
            rows = [_line_shown(plan, line) for line in plan.lines]
            return JSONResponse({"@odata.context": f"$metadata#{ROWS}", "value": rows}, headers=headers)
        if name == "PurchaseOrderInvoicingPlanItem" and not way:
            return JSONResponse(_line_shown(plan, self._line(plan, key)), headers=headers)
        raise _refusal(404, f"There is no resource {path.partition('(')[0]}")

    def _item(self, key: Mapping[str, str]) -> tuple[PurchaseOrder, str]:
        for order in self.sandbox.world.orders:
            known = order.recorded_at <= self.sandbox.now and order.number == key.get("PurchaseOrder")
            items = [str(place * 10) for place, _ in enumerate(order.items, 1)]
            wanted = key.get("PurchaseOrderItem", "").lstrip("0")
            if known and wanted in items:
                return order, wanted
        raise _refusal(404, "The order has no such item")

    def _plan(self, key: Mapping[str, str]) -> Plan:
        order, item = self._item(key)
        plan = self.plans.get((order.number, item))
        if plan is None or plan.number != key.get("InvoicingPlan"):
            raise _refusal(404, "The item has no such plan")
        return plan

    def _line(self, plan: Plan, key: Mapping[str, str]) -> Line:
        for line in plan.lines:
            if line.number == key.get("InvoicingPlanItem"):
                return line
        raise _refusal(404, "The plan has no such row")

    def _shown(self, plan: Plan, expanded: bool) -> Fields:
        shown = {
            "@odata.etag": f'W/"{len(plan.lines)}"',
            "PurchaseOrder": plan.order.number,
            "PurchaseOrderItem": plan.item,
            "InvoicingPlan": plan.number,
            **{
                name: plan.held.get(name, "" if kind == "text" else None)
                for name, kind in _PLAN_WRITABLE.items()
            },
        }
        return {**shown, ROWS: [_line_shown(plan, line) for line in plan.lines]} if expanded else shown

    # -- writing ------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        self._enter(request)
        self._may_write(request)
        name, key, way = _parts(str(request.path_params.get("path", "")).strip("/"))
        given = _body(await request.body())
        if (name, way) == ("PurchaseOrderItem", PLAN):
            made = self._shown(self._make(*self._item(key), given), expanded=True)
        elif (name, way) == ("PurchaseOrderInvoicingPlan", ROWS):
            plan = self._plan(key)
            made = _line_shown(plan, self._add(plan, _checked(given, _WRITABLE, plan.order.currency)))
        else:
            raise _refusal(405, "Plans and their rows are made along the ways that lead to them")
        return JSONResponse({"@odata.context": "$metadata", **made}, 201, headers={"odata-version": "4.0"})

    def _make(self, order: PurchaseOrder, item: str, given: Fields) -> Plan:
        if (order.number, item) in self.plans:
            raise _refusal(400, "The item has a plan already")
        rows = given.pop(ROWS, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _refusal(400, f"{ROWS} must hold a list of rows")
        held = _checked(given, _PLAN_WRITABLE, order.currency)
        if not held.get("InvoicingPlanType"):
            raise _refusal(400, "A plan needs a type")
        lines = [_checked(row, _WRITABLE, order.currency) for row in rows]
        plan = Plan(order, item, f"{4711 + len(self.plans):010d}", held)
        for line in lines:
            self._add(plan, line)
        self.plans[order.number, item] = plan
        return plan

    def _add(self, plan: Plan, held: Fields) -> Line:
        plan.lines.append(Line(f"{len(plan.lines) + 1:06d}", held))
        return plan.lines[-1]

    async def change(self, request: Request) -> Response:
        self._enter(request)
        self._may_write(request)
        name, key, way = _parts(str(request.path_params.get("path", "")).strip("/"))
        if name != "PurchaseOrderInvoicingPlanItem" or way:
            raise _refusal(405, "Only the rows of a plan are changed here")
        plan = self._plan(key)
        line = self._line(plan, key)
        known = request.headers.get("if-match")
        if known is None:
            raise _refusal(428, "Tell the version with If-Match")
        if known not in ("*", _etag(line)):
            raise _refusal(412, "The row was changed meanwhile")
        line.held |= _checked(_body(await request.body()), _WRITABLE, plan.order.currency)
        line.version += 1
        return JSONResponse(_line_shown(plan, line), headers={"odata-version": "4.0", "etag": _etag(line)})

    async def refuse(self, request: Request) -> Response:
        self._enter(request)
        self._may_write(request)
        raise _refusal(405, "Plans and their rows are not deleted here")


@cache
def _story() -> Mapping[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HERE / "invoicing_plans.yaml").read_text(encoding="utf-8"))
    return loaded


def _refusal(status: int, message: str) -> Refusal:
    """V4: `{"error": {"code", "message", "target", "details"}}`."""
    code = {404: "/IWBEP/CM_V4_RUN/026", 405: "/IWBEP/CM_V4_RUN/021"}.get(
        status, f"/IWBEP/CM_V4_RUN/{status}"
    )
    error = {"code": code, "message": message, "target": "", "details": []}
    return Refusal(JSONResponse({"error": error}, status, headers={"odata-version": "4.0"}))


def _parts(path: str) -> tuple[str, dict[str, str], str]:
    """Set, key and way of a path."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise _refusal(404 if "(" in path else 405, f"There is no resource {path.partition('(')[0]!r} here")
    return found["set"], dict(_KEY.findall(found["key"])), found["way"] or ""


def _body(body: bytes) -> Fields:
    try:
        given = json.loads(body, parse_float=Decimal)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _refusal(400, "The body is no JSON object")
    return given


def _checked(given: Fields, writable: Mapping[str, str], currency: str) -> Fields:
    """Properties that may be written, of the right type."""
    held: Fields = {}
    for name, value in given.items():
        kind = writable.get(name)
        if kind is None:
            raise _refusal(400, f"Property {name} does not exist or cannot be written")
        if kind == "amount":
            if isinstance(value, bool) or not isinstance(value, int | Decimal):
                raise _refusal(400, f"{name}: a number is written as a number")
            held[name] = Decimal(value)
        elif kind == "date":
            try:
                held[name] = date.fromisoformat(str(value)).isoformat()
            except ValueError:
                raise _refusal(400, f"{name}: {value!r} is no day like 2026-01-31") from None
        elif not isinstance(value, str):
            raise _refusal(400, f"{name}: {value!r} is no text")
        else:
            held[name] = value
    if held.get("TransactionCurrency", currency) != currency:
        raise _refusal(400, "The currency is the order's")
    return held


def _row_of(on: date, amount: Decimal, currency: str) -> Fields:
    return {
        "InvoicingPlanInvoicingDate": on.isoformat(),
        "InvoicingPlanAmount": amount,
        "TransactionCurrency": currency,
    }


def _etag(line: Line) -> str:
    return f'W/"{line.version}"'


def _line_shown(plan: Plan, line: Line) -> Fields:
    amount = line.held.get("InvoicingPlanAmount", Decimal())
    return {
        "@odata.etag": _etag(line),
        "PurchaseOrder": plan.order.number,
        "PurchaseOrderItem": plan.item,
        "InvoicingPlan": plan.number,
        "InvoicingPlanItem": line.number,
        **{name: line.held.get(name) for name, kind in _WRITABLE.items() if kind == "date"},
        "InvoicingPlanAmount": float(amount),
        "TransactionCurrency": plan.order.currency,
    }


def _item_shown(order: PurchaseOrder, item: str) -> Fields:
    held = order.items[int(item) // 10 - 1]
    return {
        "@odata.context": "$metadata#PurchaseOrderItem/$entity",
        "@odata.etag": f'W/"{order.number}"',
        "PurchaseOrder": order.number,
        "PurchaseOrderItem": item,
        "PurchaseOrderItemText": held.text,
        "OrderQuantity": float(held.quantity),
        "NetPriceAmount": float(held.price),
        "DocumentCurrency": order.currency,
    }


def _selected(row: Fields, asked: str | None) -> Fields:
    names: Sequence[str] = asked.split(",") if asked else list(row)
    for name in names:
        if name not in row:
            raise _refusal(400, f"Property {name} does not exist")
    return {name: value for name, value in row.items() if name in names or name.startswith("@")}
