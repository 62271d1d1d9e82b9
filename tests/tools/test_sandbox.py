"""The connectors against the sandbox: a second witness, written from the vendors' documentation by others."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from obligations.facts import Credit, Fact, Invoice, Outage, Payment, PurchaseOrder, Ticket, latest
from sandbox import RunningSandbox, serve
from tests.tools.conformance import read_all
from tests.tools.test_ironclad import action
from tools import connect
from tools.ironclad.connector import Ironclad
from tools.kit import NotFound, PageLoop, Retryable, Unauthorised, WrongAnswer, harvest

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 10, 12, tzinfo=BERLIN)
VENDORS = (
    ("ironclad", "contract", "/records"),
    ("servicenow", "incident", "/table/incident"),
    ("sap_s4hana", "invoice", "/A_SupplierInvoice"),
)
SCOPES = (
    "records.readRecords",
    "records.readAttachments",
    "records.createComments",
    "obligations.readObligations",
    "obligations.createObligations",
    "obligations.updateObligations",
    "workflows.readWorkflows",
    "workflows.readComments",
    "workflows.createComments",
    "webhooks.readWebhooks",
)

pytestmark = pytest.mark.xdist_group("tools-sandbox")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serve() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def settings(sandbox: RunningSandbox) -> dict[str, Any]:
    """What a tenant would configure; nothing is told that only the sandbox knows but its credentials."""
    http = {"requests_per_second": None, "attempts": 3, "wait_initial": 0}
    oauth = {
        "type": "oauth2",
        "token_url": f"{sandbox.ironclad_url}/oauth/token",
        "client_id": "pacta-ironclad-client",
        "client_secret": "ironclad-demo-secret",
        "scopes": [f"public.{scope}" for scope in SCOPES],
    }
    return {
        "ironclad": {
            "base_url": f"{sandbox.ironclad_url}/public/api/v1",
            "auth": oauth,
            "as_user_email": "pacta@tessaly.example",
            "http": http,
        },
        "servicenow": {
            "base_url": f"{sandbox.servicenow_url}/api/now",
            "auth": {"type": "basic", "user": "pacta.integration", "password": "servicenow-demo-password"},
            "authors": {"our_companies": ["Tessaly Instruments GmbH"]},
            "http": http,
        },
        "sap_s4hana": {
            "base_url": f"{sandbox.sap_url}/sap/opu/odata/sap",
            "auth": {"type": "basic", "user": "PACTA_COMM", "password": "sap-demo-password"},
            "sap_client": "100",
            "zone": "Europe/Berlin",
            "http": http,
        },
    }


def connector(sandbox: RunningSandbox, name: str, **changes: Any) -> Any:
    given = settings(sandbox)[name]
    if "http" in changes:
        changes["http"] = {**given["http"], **changes["http"]}
    return connect({name: {**given, **changes}})[name]


def facts_of(source: Any, kind: str, cursor: str | None = None) -> tuple[list[Fact], str]:
    facts: list[Fact] = []
    for batch in source.read(kind, cursor):
        crop = harvest(source, batch.records)
        assert not crop.problems
        assert not batch.problems
        facts += crop.facts
        cursor = batch.cursor
    return facts, cursor or ""


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


class TestWorld:
    """What the invented company's records say, read through the connectors."""

    def test_everything_can_be_read(self, sandbox: RunningSandbox) -> None:
        for source in connect(settings(sandbox)).values():
            assert source.check().ok, source.check()

    def test_tickets(self, sandbox: RunningSandbox) -> None:
        facts, _ = facts_of(connector(sandbox, "servicenow"), "incident")
        tickets = {f.source.record: f for f in latest(facts, NOW)}
        for number, vendor, priority, opened, answered, resolved in TICKETS:
            fact = tickets[number]
            ticket = fact.data
            assert isinstance(ticket, Ticket)
            zone = NEW_YORK if vendor.startswith("Cirrus") else BERLIN
            zone = ZoneInfo("Europe/London") if vendor.startswith("Stonegate") else zone
            assert fact.party_hint == vendor, number
            assert ticket.priority == priority, number
            assert ticket.opened_at == local(opened, zone), number
            first = next(
                e.at
                for e in ticket.events
                if e.change == "comment" and e.by == "provider" and e.public and not e.automatic
            )
            assert first == local(answered, zone), number
            assert ticket.resolved_at == (local(resolved, zone) if resolved else None), number

    def test_the_pause_the_automatic_reply_and_the_note(self, sandbox: RunningSandbox) -> None:
        facts, _ = facts_of(connector(sandbox, "servicenow"), "incident")
        tickets = {f.source.record: f.data for f in latest(facts, NOW)}
        paused = tickets["INC0010427"]
        assert isinstance(paused, Ticket)
        statuses = [(e.value, e.at) for e in paused.events if e.change == "status"]
        assert ("awaiting_customer", local("2026-10-14 05:00")) in statuses
        assert ("in_progress", local("2026-10-14 05:30")) in statuses
        replies = [e for e in paused.events if e.change == "comment" and e.automatic]
        assert [e.at for e in replies] == [local("2026-10-14 02:10")]
        assert [e.by for e in paused.events if e.at == local("2026-10-14 05:30")][-1] == "customer"
        noted = tickets["INC0010440"]
        assert isinstance(noted, Ticket)
        assert [e.at for e in noted.events if not e.public] == [local("2026-10-20 11:00")]

    def test_the_raised_priority(self, sandbox: RunningSandbox) -> None:
        facts, _ = facts_of(connector(sandbox, "servicenow"), "incident")
        ticket = next(f.data for f in latest(facts, NOW) if f.source.record == "INC0010452")
        assert isinstance(ticket, Ticket)
        priorities = [(e.value, e.at) for e in ticket.events if e.change == "priority"]
        assert priorities == [("P3", local("2026-10-28 09:00")), ("P2", local("2026-10-28 10:00"))]

    def test_outages(self, sandbox: RunningSandbox) -> None:
        facts, _ = facts_of(connector(sandbox, "servicenow"), "outage")
        held = [(f.data, f.party_hint) for f in latest(facts, NOW)]
        told = {(o.service, o.type, o.started_at, o.ended_at) for o, _ in held if isinstance(o, Outage)}
        for service, kind, start, end, zone in OUTAGES:
            assert (service, kind, local(start, zone), local(end, zone)) in told, start
        assert len(told) == len(OUTAGES)
        planned = next(o for o, _ in held if isinstance(o, Outage) and o.type == "maintenance")
        assert planned.announced_at is not None
        assert planned.announced_at.astimezone(BERLIN).date() == date(2026, 10, 10)
        assert {hint for o, hint in held if isinstance(o, Outage) and o.service == "WAN"} == {
            "Kestrel Telecom GmbH"
        }

    def test_invoices_payments_and_the_credit(self, sandbox: RunningSandbox) -> None:
        source = connector(sandbox, "sap_s4hana")
        invoices = {f.source.label: f for f in facts_of(source, "invoice")[0]}
        items = facts_of(source, "accounting_item")[0]
        paid = {f.data.invoice: f.data for f in items if isinstance(f.data, Payment)}
        for number, contract, on, received, amount, cleared in INVOICES:
            fact = invoices[number]
            assert isinstance(fact.data, Invoice)
            assert fact.contract_hint == contract, number
            assert fact.data.invoiced_on == date.fromisoformat(on), number
            assert fact.data.received_on == date.fromisoformat(received), number
            assert str(fact.data.gross) == amount, number
            payment = paid.get(number)
            assert (payment.paid_on.isoformat() if payment else None) == cleared, number
            assert payment is None or payment.amount == fact.data.gross, number
        credit = invoices["NWH-CM-09"].data
        assert isinstance(credit, Credit)
        assert (credit.amount.amount, credit.period) == (Decimal("980.00"), "2026-09")
        ours = next(f for f in items if f.source.label == "TES-5501")
        assert isinstance(ours.data, Invoice)
        assert (ours.data.direction, str(ours.data.gross)) == ("receivable", "USD 86,000.00")
        assert ours.party_hint == "10100001"

    def test_orders_name_their_contract(self, sandbox: RunningSandbox) -> None:
        facts, _ = facts_of(connector(sandbox, "sap_s4hana"), "purchase_order")
        order = next(f.data for f in facts if f.source.record == "4500000104")
        assert isinstance(order, PurchaseOrder)
        assert order.contract_reference == "IC-104"

    def test_contracts_and_their_tree(self, sandbox: RunningSandbox) -> None:
        source: Ironclad = connector(sandbox, "ironclad")
        records = [r for batch in source.read("contract", None) for r in batch.records]
        contracts = {c.id: c for c in map(source.to_contract, records)}
        assert set(contracts) == {f"IC-{n}" for n in range(101, 116)}
        assert not any(c.problems for c in contracts.values())
        tree = {(c.id, c.relation, c.parent) for c in contracts.values() if c.parent}
        assert ("IC-102", "schedule", "IC-101") in tree
        assert ("IC-104", "sow", "IC-101") in tree
        assert {t for t in tree if t[0] == "IC-103"} <= {
            ("IC-103", "amendment", p) for p in ("IC-101", "IC-102")
        }
        assert contracts["IC-101"].party_keys == {"sap_s4hana": "17300001"}
        assert contracts["IC-109"].party_keys == {"sap_s4hana": "10100001"}
        assert contracts["IC-103"].effective_on == date(2026, 7, 1)
        assert contracts["IC-101"].business_unit == "it"

    def test_a_signed_copy_comes_whole_with_its_name(self, sandbox: RunningSandbox) -> None:
        source: Ironclad = connector(sandbox, "ironclad")
        try:
            data, name = source.document("IC-114")
        except NotFound:
            pytest.skip("the corpus does not hold this contract's file")
        assert len(data) > 1000
        assert name.endswith(".txt")
        assert source.contract("IC-114").document_name == name


TICKETS = (
    (
        "INC0010398",
        "Acme Managed Services Ltd",
        "P1",
        "2026-06-18 10:00",
        "2026-06-18 10:06",
        "2026-06-18 17:00",
    ),
    (
        "INC0010405",
        "Acme Managed Services Ltd",
        "P2",
        "2026-09-08 09:00",
        "2026-09-08 09:40",
        "2026-09-08 15:00",
    ),
    (
        "INC0010411",
        "Acme Managed Services Ltd",
        "P3",
        "2026-09-15 11:00",
        "2026-09-15 13:00",
        "2026-09-17 10:00",
    ),
    ("INC0010419", "Cirrus Ledger, Inc.", "P1", "2026-10-06 09:05", "2026-10-06 10:20", "2026-10-06 13:10"),
    (
        "INC0010427",
        "Acme Managed Services Ltd",
        "P1",
        "2026-10-14 02:10",
        "2026-10-14 02:21",
        "2026-10-14 09:40",
    ),
    (
        "INC0010431",
        "Acme Managed Services Ltd",
        "P2",
        "2026-10-16 17:30",
        "2026-10-19 08:20",
        "2026-10-19 16:30",
    ),
    ("INC0010436", "Nordwind Hosting AB", "P1", "2026-10-22 14:05", "2026-10-22 14:25", "2026-10-22 14:40"),
    (
        "INC0010440",
        "Acme Managed Services Ltd",
        "P3",
        "2026-10-20 10:00",
        "2026-10-20 15:30",
        "2026-10-22 12:00",
    ),
    (
        "INC0010445",
        "Stonegate Facilities plc",
        "P1",
        "2026-10-24 06:00",
        "2026-10-24 07:30",
        "2026-10-24 13:00",
    ),
    ("INC0010448", "Kestrel Telecom GmbH", "P1", "2026-10-27 11:00", "2026-10-27 11:10", "2026-10-27 14:30"),
    (
        "INC0010452",
        "Acme Managed Services Ltd",
        "P2",
        "2026-10-28 09:00",
        "2026-10-28 09:40",
        "2026-10-28 16:00",
    ),
    ("INC0010461", "Acme Managed Services Ltd", "P1", "2026-11-10 07:30", "2026-11-10 07:38", ""),
)
OUTAGES = (
    ("Storefront", "outage", "2026-09-12 08:00", "2026-09-12 08:30", BERLIN),
    ("Order Platform", "outage", "2026-09-21 10:00", "2026-09-21 10:20", BERLIN),
    ("Cirrus Ledger", "outage", "2026-10-06 09:00", "2026-10-06 13:10", NEW_YORK),
    ("Order Platform", "outage", "2026-10-14 02:05", "2026-10-14 03:25", BERLIN),
    ("Order Platform", "outage", "2026-10-14 03:05", "2026-10-14 03:45", BERLIN),
    ("Order Platform", "maintenance", "2026-10-18 01:00", "2026-10-18 04:00", BERLIN),
    ("Order Platform", "outage", "2026-10-18 03:30", "2026-10-18 04:15", BERLIN),
    ("Storefront", "outage", "2026-10-22 14:00", "2026-10-22 14:20", BERLIN),
    ("WAN", "outage", "2026-10-27 11:00", "2026-10-27 11:30", BERLIN),
)
INVOICES = (
    ("ACM-2026-08", "IC-101", "2026-09-01", "2026-09-02", "EUR 57,120.00", "2026-09-30"),
    ("ACM-2026-09", "IC-101", "2026-10-01", "2026-10-02", "EUR 57,120.00", "2026-10-30"),
    ("ACM-2026-10", "IC-101", "2026-11-02", "2026-11-03", "EUR 57,120.00", None),
    ("ACM-S3-2026-08", "IC-104", "2026-09-01", "2026-09-03", "EUR 14,875.00", "2026-10-16"),
    ("NWH-2026-09", "IC-105", "2026-10-01", "2026-10-02", "EUR 11,662.00", "2026-10-29"),
    ("NWL-8841", "IC-106", "2026-10-05", "2026-10-06", "EUR 18,200.00", "2026-10-26"),
    ("CIR-7001", "IC-107", "2025-12-15", "2025-12-16", "USD 120,000.00", "2026-01-20"),
    ("PW-1190", "IC-108", "2026-10-08", "2026-10-09", "EUR 24,380.00", "2026-10-16"),
    ("STG-5520", "IC-110", "2026-10-01", "2026-10-05", "GBP 9,600.00", "2026-11-02"),
    ("KST-310", "IC-112", "2026-10-01", "2026-10-02", "EUR 4,760.00", "2026-10-28"),
    ("BAL-77", "IC-113", "2026-10-12", "2026-10-14", "EUR 7,350.00", "2026-11-03"),
    ("ARD-298", "IC-114", "2026-07-15", "2026-07-16", "EUR 21,420.00", "2026-08-31"),
    ("DTV-140", "IC-115", "2026-10-01", "2026-10-02", "EUR 3,570.00", "2026-10-27"),
)


class TestTime:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [("servicenow", "incident"), ("servicenow", "outage"), ("sap_s4hana", "accounting_item")],
    )
    def test_reading_as_time_goes_by_gives_what_reading_at_the_end_gives(
        self, sandbox: RunningSandbox, name: str, kind: str
    ) -> None:
        """Versions rebuilt afterwards are those that were there at the time."""
        seen: dict[str, Fact] = {}
        cursor: str | None = None
        for moment in (
            "2026-10-14 04:10",
            "2026-10-14 05:10",
            "2026-10-20 12:00",
            "2026-10-28 09:50",
            "2026-11-10 12:00",
        ):
            sandbox.set_clock(local(moment))
            facts, cursor = facts_of(connector(sandbox, name), kind, cursor)
            seen |= {f.id: f for f in facts}
        whole, _ = facts_of(connector(sandbox, name), kind)
        assert seen == {f.id: f for f in whole}

    def test_a_second_read_is_incremental(self, sandbox: RunningSandbox) -> None:
        kinds = [*((name, kind) for name, kind, _ in VENDORS), ("servicenow", "outage")]
        kinds += [("sap_s4hana", "purchase_order"), ("sap_s4hana", "accounting_item")]
        for name, kind in kinds:
            source = connector(sandbox, name, **({"lookback": "PT0S"} if name == "sap_s4hana" else {}))
            first, cursor, _ = read_all(source, kind)
            second, _, _ = read_all(source, kind, cursor)
            assert 0 < len(second) < len(first) / 2, (name, kind)


@pytest.mark.parametrize(("name", "kind", "path"), VENDORS)
class TestBadDays:
    @pytest.mark.parametrize("fault", ["429", "502", "503", "cut"])
    def test_passing_trouble_is_not_noticed(
        self, sandbox: RunningSandbox, name: str, kind: str, path: str, fault: str
    ) -> None:
        whole = read_all(connector(sandbox, name), kind)[0]
        sandbox.order_fault(fault, vendor=name, path=path, times=2, retry_after="0")
        assert read_all(connector(sandbox, name), kind)[0] == whole

    @pytest.mark.parametrize(
        ("fault", "error"),
        [("429", Retryable), ("500", Retryable), ("html", WrongAnswer), ("401", Unauthorised)],
    )
    def test_lasting_trouble_has_its_error(
        self, sandbox: RunningSandbox, name: str, kind: str, path: str, fault: str, error: type[Exception]
    ) -> None:
        sandbox.order_fault(fault, vendor=name, path=path, times=50, retry_after="0")
        with pytest.raises(error, match=name):
            read_all(connector(sandbox, name), kind)

    def test_a_slow_answer_is_given_up(
        self, sandbox: RunningSandbox, name: str, kind: str, path: str
    ) -> None:
        sandbox.order_fault("slow", vendor=name, path=path, times=1, seconds=0.6)
        with pytest.raises(Retryable, match="timed out"):
            read_all(connector(sandbox, name, http={"read_timeout": 0.3, "attempts": 1}), kind)

    @pytest.mark.parametrize("fault", ["duplicate", "shuffle"])
    def test_odd_lists_are_read_whole(
        self, sandbox: RunningSandbox, name: str, kind: str, path: str, fault: str
    ) -> None:
        size = {"page_size": 10}
        whole = set(read_all(connector(sandbox, name, **size), kind)[0])
        sandbox.order_fault(fault, vendor=name, path=path, times=50)
        assert set(read_all(connector(sandbox, name, **size), kind)[0]) == whole

    def test_a_loop_is_given_up_or_does_not_matter(
        self, sandbox: RunningSandbox, name: str, kind: str, path: str
    ) -> None:
        """Where the filter moves on by time, a vendor that always gives its first page loses nothing."""
        whole = set(read_all(connector(sandbox, name), kind)[0])
        sandbox.order_fault("loop", vendor=name, path=path, times=50)
        try:
            read = set(read_all(connector(sandbox, name, page_size=5), kind)[0])
        except (PageLoop, WrongAnswer):
            read = whole
        assert read == whole
        assert len(sandbox.requests()) < 60


class TestWriting:
    def test_a_comment_on_an_incident_once_also_after_a_lost_answer(self, sandbox: RunningSandbox) -> None:
        note = action("comment", {"text": "Resolution late by 1 h"}, "INC0010427")
        sandbox.order_fault("502", vendor="servicenow", method="PATCH", times=1)
        writer = connector(sandbox, "servicenow").writer()
        with pytest.raises(Retryable) as caught:
            writer.create(note)
        assert caught.value.maybe_done
        first = writer.create(note)
        assert connector(sandbox, "servicenow").writer().create(note) == first
        assert writer.find(note.reference, "INC0010427") == first
        facts, _ = facts_of(connector(sandbox, "servicenow"), "incident")
        events = [e for f in latest(facts, datetime(2030, 1, 1, tzinfo=UTC)) for e in f.data.events]  # type: ignore[union-attr]
        assert len([e for e in events if note.reference in e.value]) == 1

    def test_a_task_in_ironclad_once(self, sandbox: RunningSandbox) -> None:
        task = action("create_task", {"title": "Claim EUR 2,400.00", "due_on": "2026-11-15"}, "IC-101")
        writer = connector(sandbox, "ironclad").writer()
        first = writer.create(task)
        assert writer.create(task) == first
        assert connector(sandbox, "ironclad").writer().find(task.reference) == first
        assert (
            len([r for r in sandbox.requests() if r["method"] == "POST" and "obligations" in r["path"]]) == 1
        )

    def test_a_comment_on_a_contracts_workflow_once(self, sandbox: RunningSandbox) -> None:
        note = action("comment", {"text": "Availability missed"}, "IC-102")
        writer = connector(sandbox, "ironclad").writer()
        first = writer.create(note)
        assert writer.create(note) == first
        assert writer.find(note.reference, "IC-102") == first

    def test_an_incident_for_a_task_once(self, sandbox: RunningSandbox) -> None:
        task = action("create_task", {"title": "Ask for the report", "text": "Due 2026-10-15"}, "IC-110")
        writer = connector(sandbox, "servicenow").writer()
        assert writer.create(task) == writer.create(task)


def test_a_signed_webhook_is_verified_on_its_raw_body(sandbox: RunningSandbox) -> None:
    taken: list[tuple[bytes, dict[str, str]]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((body, dict(self.headers.items())))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        sent = sandbox.emit_contract_signed("IC-103", f"http://127.0.0.1:{server.server_port}/hook")
    finally:
        server.shutdown()
    assert sent["delivered"]
    source: Ironclad = connector(sandbox, "ironclad")
    event = source.verify_webhook(*taken[0], at=NOW)
    assert event.event == "workflow_completed"
    assert event.record is not None
    assert source.contract(event.record).id == "IC-103"


def test_no_secret_is_logged_while_talking_to_real_servers(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    for name, kind, _ in VENDORS:
        read_all(connector(sandbox, name), kind)
    said = caplog.text + "".join(capsys.readouterr())
    for secret in ("ironclad-demo-secret", "servicenow-demo-password", "sap-demo-password"):
        assert secret not in said
