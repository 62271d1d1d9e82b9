"""The connector against a real Tryton that plays the invented company's purchases."""

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from obligations.facts import Credit, Delivery, Invoice, Payment, PurchaseOrder
from sandbox.real.tryton import RunningTryton, start
from sandbox.world import load
from tests.tools.test_ironclad import action
from tools import connect
from tools.kit import Fatal, Unauthorised, harvest

FOLDER = Path(__file__).parents[2] / ".real" / "tryton"
pytestmark = [
    pytest.mark.skipif(
        not (FOLDER / "finished").is_file(), reason="no Tryton is made here: run `make real-systems`"
    ),
    pytest.mark.xdist_group("tryton"),
]
WORLD = load()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningTryton]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with start(FOLDER, port) as tryton:
        yield tryton


@pytest.fixture(scope="module")
def tryton(running: RunningTryton) -> Any:
    return connector(running)


def connector(running: RunningTryton, password: str = "", **settings: Any) -> Any:
    auth = {"type": "login", "user": running.user, "password": password or running.password}
    own = {"zone": "Europe/Berlin", "received_fields": ["accounting_date"], **settings}
    return connect({"tryton": {"base_url": running.base_url, "auth": auth, **own}})["tryton"]


def read(tryton: Any, kind: str, cursor: str | None = None) -> tuple[list[Any], str]:
    facts: list[Any] = []
    for batch in tryton.read(kind, cursor):
        crop = harvest(tryton, batch.records)
        assert (crop.problems, batch.problems) == ((), ())
        facts += crop.facts
        cursor = batch.cursor
    return facts, cursor or ""


def test_everything_it_needs_can_be_read(tryton: Any) -> None:
    health = tryton.check()
    assert health.ok, health.problems


def test_wrong_credentials_are_told(running: RunningTryton) -> None:
    health = connector(running, password="no-such-password").check()
    assert not health.ok
    with pytest.raises((Unauthorised, Fatal)):
        list(connector(running, password="no-such-password").read("purchase", None))


def test_orders_as_the_story_has_them(tryton: Any) -> None:
    facts, _ = read(tryton, "purchase")
    told = {(f.contract_hint, f.party_hint, f.data.ordered_on, f.data.amount.currency) for f in facts}
    for order in WORLD.orders:
        supplier = WORLD.party(order.party).supplier
        assert (order.contract, supplier, order.ordered_on, order.currency) in told
    amounts = {f.contract_hint: f.data.amount.amount for f in facts if len(f.data.lines) == 1}
    assert amounts["IC-101"] == Decimal("576000.00")


def test_invoices_are_known_from_the_morning_they_came(tryton: Any) -> None:
    facts, _ = read(tryton, "invoice")
    bills = {f.data.number: f for f in facts if isinstance(f.data, Invoice) and f.data.direction == "payable"}
    expected = [one for one in WORLD.invoices if not one.credit_memo]
    assert set(bills) == {one.number for one in expected}
    for one in expected:
        fact, bill = bills[one.number], cast(Invoice, bills[one.number].data)
        assert (bill.invoiced_on, bill.received_on, bill.gross.currency) == (
            one.invoiced_on,
            one.received_on,
            one.currency,
        )
        assert abs(bill.gross.amount - one.gross) <= Decimal("0.01"), one.number
        assert fact.known_at == one.known_at
        assert fact.party_hint == WORLD.party(one.party).supplier


def test_our_own_invoice_is_a_receivable(tryton: Any) -> None:
    facts, _ = read(tryton, "invoice")
    (ours,) = (f for f in facts if isinstance(f.data, Invoice) and f.data.direction == "receivable")
    (expected,) = WORLD.receivables
    assert (ours.data.gross.amount, ours.data.invoiced_on) == (expected.gross, expected.invoiced_on)
    assert ours.known_at == expected.known_at


def test_payments_settle_what_the_payment_run_paid(tryton: Any) -> None:
    facts, _ = read(tryton, "invoice")
    paid = {f.data.invoice: f.data.paid_on for f in facts if isinstance(f.data, Payment)}
    assert paid == {one.number: one.cleared_on for one in WORLD.invoices if one.cleared_on}


def test_the_service_credit_is_a_credit(tryton: Any) -> None:
    facts, _ = read(tryton, "invoice")
    (credit,) = (f.data for f in facts if isinstance(f.data, Credit))
    assert (credit.number, credit.period, credit.amount.amount) == ("NWH-CM-09", "2026-09", Decimal("980.00"))


def test_goods_come_in_parts_under_their_order_line(tryton: Any) -> None:
    orders, _ = read(tryton, "purchase")
    (order,) = (f.data for f in orders if f.data.lines[0].item == "CRT-43")
    came = [cast(Delivery, f.data) for f in read(tryton, "delivery")[0]]
    assert isinstance(order, PurchaseOrder)
    assert [(d.quantity, d.delivered_on) for d in came] == [
        (Decimal(600), date(2026, 9, 14)),
        (Decimal(400), date(2026, 9, 18)),
    ]
    assert {(d.order, d.order_line) for d in came} == {(order.number, order.lines[0].number)}
    assert order.lines[0].promised_on == date(2026, 9, 15)


def test_the_next_read_brings_only_what_overlaps(tryton: Any) -> None:
    first, cursor = read(tryton, "invoice")
    again, moved = read(tryton, "invoice", cursor)
    assert moved == cursor
    assert 0 < len(again) < len(first)


def test_pages_join_without_gap_or_repetition(running: RunningTryton, tryton: Any) -> None:
    small, _ = read(connector(running, page_size=4), "invoice")
    whole, _ = read(tryton, "invoice")
    assert sorted(f.id for f in small) == sorted(f.id for f in whole)


def test_a_note_is_written_once_and_found(tryton: Any) -> None:
    facts, _ = read(tryton, "invoice")
    target = next(f.source.record for f in facts if isinstance(f.data, Invoice))
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
    note = action("comment", {"text": "Paid after its due date."}, target=target).model_copy(
        update={"reference": f"pacta-{stamp}"}
    )
    writer = tryton.writer()
    assert writer.find(note.reference) is None
    first = writer.create(note)
    assert writer.create(note) == first
    assert writer.find(note.reference, target) == first
    assert writer.find(note.reference[:-1]) is None
