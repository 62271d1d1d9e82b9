"""Everyday records in any number, and the index that finds them: it answers what testing every row would."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import pytest

from sandbox import encoded_query, odata, volume
from sandbox.encoded_query import Query
from sandbox.sap_s4hana.model import SERVICES, EntitySet
from sandbox.sap_s4hana.service import Sap
from sandbox.servicenow.schema import TABLES
from sandbox.servicenow.service import USER_ZONE, ServiceNow, View
from sandbox.state import Sandbox
from sandbox.tickets import Entry
from sandbox.volume import Volume
from sandbox.world import AS_OF, load
from sandbox.world.records import Invoice

MANY = Volume(tickets=40, invoices=40)
ORDERS = (
    "",
    "^ORDERBYsys_updated_on^ORDERBYsys_id",
    "^ORDERBYDESCsys_created_on",
    "^ORDERBYpriority^ORDERBYDESCsys_updated_on",
    "^ORDERBYcompany.name^ORDERBYnumber",
)
SETS = {name: each for service in SERVICES.values() for name, each in service.sets.items()}


def test_the_same_number_gives_the_same_records() -> None:
    world = load()
    assert volume.tickets(MANY, world) == volume.tickets(MANY, world)
    assert volume.invoices(MANY, world) == volume.invoices(MANY, world)
    assert volume.orders(MANY, world) == volume.orders(MANY, world)


@pytest.mark.parametrize("count", [1, 7, 40, 1000])
def test_so_many_are_known_on_the_worlds_day_and_more_come_later(count: int) -> None:
    world, many = load(), Volume(count, count)
    tickets, invoices = volume.tickets(many, world), volume.invoices(many, world)
    assert sum(one.opened_at <= AS_OF for one in tickets) == count
    assert sum(one.known_at <= AS_OF for one in invoices) == count
    if count > 100:
        assert len(tickets) > count < len(invoices)


def test_histories_are_in_order_and_every_record_is_complete() -> None:
    world = load()
    for ticket in volume.tickets(MANY, world):
        moments = [ticket.opened_at, *(entry.at for entry in ticket.entries)]
        assert moments == sorted(moments)
    orders = {order.number: order for order in volume.orders(MANY, world)}
    for invoice in volume.invoices(MANY, world):
        assert Invoice.model_validate(invoice.model_dump()) == invoice
        assert orders[invoice.order].party == invoice.party
        assert orders[invoice.order].recorded_at <= invoice.known_at


def naive(snow: ServiceNow, view: View, table: str, query: Query) -> list[Mapping[str, str]]:
    """Every row tested, as the tables would be searched without an index."""
    rows = [r for r in snow.tables.rows(table, view.now) if query.matches(partial(view.value, r))]
    for field, descending in reversed(query.order):
        rows.sort(key=lambda row, by=field: query.sort_key(partial(view.value, row), by), reverse=descending)  # type: ignore[misc]
    return list(rows)


def asked_at_random(dice: random.Random, table: str, rows: Sequence[Mapping[str, str]]) -> str:
    """An encoded query whose values are mostly ones that the table holds."""

    def condition() -> str:
        field = dice.choice([*TABLES[table].fields, "sys_updated_on", "sys_id", *REFERENCES.get(table, ())])
        value = dice.choice(rows).get(field, "") if rows else "x"
        operator = dice.choice(("=", "IN", ">=", ">", "<", "!=", "NOT IN", "ISEMPTY", "STARTSWITH"))
        if operator in ("IN", "NOT IN"):
            value = ",".join([value, *(dice.choice(rows).get(field, "") for _ in range(3))] if rows else [])
        return f"{field}{operator}{'' if operator == 'ISEMPTY' else value}"

    joints = [dice.choice(("", "", "OR", "NQ")) for _ in range(dice.randrange(3))]
    parts = [joint + condition() for joint in ("", *joints)]
    return "^".join(parts) + dice.choice(ORDERS)


REFERENCES = {
    "sys_journal_field": ("element_id",) * 8,
    "sys_audit": ("documentkey",) * 8,
    "task_sla": ("task",) * 8,
    "incident": ("sys_id",) * 8,
}


def same(snow: ServiceNow, sandbox: Sandbox, table: str, text: str) -> None:
    view = View(snow.index, table, sandbox, "http://x", {})
    query = encoded_query.parse(text, view.knows, USER_ZONE)
    found = list(snow.index.found(table, query, view.value, sandbox.now))
    assert [view.shown(row) for row in found] == [
        view.shown(dict(row)) if table != "incident" else view.shown(row)  # type: ignore[arg-type]
        for row in naive(snow, view, table, query)
    ], text


@pytest.mark.parametrize("seed", range(12))
def test_an_indexed_answer_is_the_one_of_testing_every_row(seed: int) -> None:
    dice, sandbox = random.Random(seed), Sandbox(volume=MANY)
    snow = ServiceNow(sandbox)
    for turn in range(18):
        table = dice.choice([*REFERENCES, *TABLES])
        rows = snow.tables.rows(table, sandbox.now)
        text = asked_at_random(dice, table, rows)
        for _ in range(2):
            same(snow, sandbox, table, text)
        if turn % 4 == 1:
            sandbox.set_clock(AS_OF + timedelta(days=dice.randrange(-400, 30)))
        if turn % 4 == 2:
            ticket = dice.choice(snow.tickets)
            ticket.entries.append(Entry(max(ticket.opened_at, sandbox.now), "x", {"priority": "1"}, "said"))
            ticket.entries.sort(key=lambda entry: entry.at)
            snow.index.written(ticket)


def test_a_page_further_on_begins_where_the_one_before_ended() -> None:
    sandbox = Sandbox(volume=MANY)
    snow = ServiceNow(sandbox)
    for row in snow.tables.rows("incident", sandbox.now):
        for operator in (">=", ">"):
            text = f"sys_updated_on{operator}{row['sys_updated_on']}^ORDERBYsys_updated_on^ORDERBYsys_id"
            same(snow, sandbox, "incident", text)


FILTERS = (
    "",
    "CompanyCode eq '1010'",
    "SupplierInvoice eq '5200000003' or SupplierInvoice eq '5200000001'",
    "(PurchaseOrder eq '4700000001' or PurchaseOrder eq '4700000000' or PurchaseOrder eq 'x')",
    "CreationDate ge datetime'2026-01-01T00:00:00'",
    "not (PurchaseOrder eq '4700000001')",
    "FinancialAccountType eq 'K' and IsCleared eq true",
    "PurchaseOrder eq '4700000001' or Supplier eq '17300001'",
)
BY = (
    (),
    (("SupplierInvoice", True),),
    (("PurchaseOrder", False),),
    (("DocumentDate", True), ("FiscalYear", False)),
)


def fits(each: EntitySet, text: str, order: Sequence[tuple[str, bool]]) -> bool:
    words = set(text.replace("(", " ").split()) - {"and", "or", "not", "eq", "ge", "true"}
    names = {word for word in words if word.isalpha()} | {name for name, _ in order}
    return names <= set(each.fields)


def test_sap_answers_by_index_what_testing_every_row_would_answer() -> None:
    sandbox = Sandbox(volume=MANY)
    sap, tried = Sap(sandbox), 0
    for days in (0, -300, 12):
        sandbox.set_clock(AS_OF + timedelta(days=days))
        for each in SETS.values():
            for text, order in ((text, order) for text in FILTERS for order in BY):
                if not fits(each, text, order):
                    continue
                test = odata.parse_filter(text, each) if text else None
                rows = [r for r in sap.tables.rows(each.name, sandbox.now) if test is None or test(r)]
                for _ in range(2):
                    found = sap.index.found(each, sandbox.now, text, order)
                    assert list(found) == odata.ordered(rows, order), (each.name, text, order)
                    assert len(found) == len(rows)
                tried += 1
    assert tried > 60


def test_sap_forgets_what_it_kept_when_something_is_written() -> None:
    sandbox = Sandbox(volume=MANY)
    sap, each = Sap(sandbox), SETS["A_SupplierInvoice"]
    before = len(sap.index.found(each, sandbox.now, "", ()))
    sap.posted.append(volume.invoices(MANY, sandbox.world)[0].model_copy(update={"document": "5105600901"}))
    sap.tables.written()
    assert len(sap.index.found(each, sandbox.now, "", ())) == before + 1
    key = {"SupplierInvoice": "5105600901", "FiscalYear": "2024"}
    assert sap.index.by_key(each, key, sandbox.now) is not None
    sap.reset()
    assert len(sap.index.found(each, sandbox.now, "", ())) == before
    assert sap.index.by_key(each, key, sandbox.now) is None
