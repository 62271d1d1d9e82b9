"""The Smartsheet connector against the stand-in: what the invented company's sheets say, writes, webhooks."""

import json
import time
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from obligations.facts import Certificate, Delivery, Fact, Milestone, latest
from sandbox import RunningSandbox
from tests.sandbox.receiver import Receiver
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import as_time_goes_by, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, NotFound, PageLoop, Unauthorised, WrongAnswer, harvest
from tools.kit.webhooks import Handshake, WebhookEvent

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, tzinfo=BERLIN)
DELIVERIES, MILESTONES, CERTIFICATES = (
    "Deliveries 2026",
    "Milestones of contracts",
    "Certificates of suppliers",
)
TOKEN = "smartsheet-demo-token"

pytestmark = pytest.mark.xdist_group("tools-sandbox")


def web(box: RunningSandbox) -> httpx.Client:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url=f"{box.base_url}/smartsheet/2.0", headers=headers, trust_env=False)


@pytest.fixture
def sheets(box: RunningSandbox) -> dict[str, str]:
    """The ids that a person would copy from each sheet's properties."""
    with web(box) as client:
        return {row["name"]: str(row["id"]) for row in client.get("/sheets").json()["data"]}


def smartsheet(box: RunningSandbox, sheets: dict[str, str], **changes: Any) -> Any:
    written = {
        "sheet": sheets[MILESTONES],
        "reference": "Reference",
        "columns": {"title": "Milestone", "about": "Contract", "due_on": "Due", "done_on": "Done"},
    }
    settings = {
        "base_url": f"{box.base_url}/smartsheet/2.0",
        "auth": {"type": "bearer", "token": TOKEN},
        "zone": "Europe/Berlin",
        "shared": False,
        "sheets": [
            {
                "sheet": sheets[DELIVERIES],
                "kind": "delivery",
                "columns": {
                    "number": "Delivery",
                    "order": "PO",
                    "item": "Item",
                    "quantity": "Delivered",
                    "delivered_on": "Arrived on",
                    "party": "Supplier no.",
                    "contract": "Contract",
                },
                "history": ["quantity", "delivered_on"],
            },
            {
                "sheet": sheets[MILESTONES],
                "kind": "milestone",
                "columns": {
                    "name": "Milestone",
                    "planned_on": "Due",
                    "completed_on": "Done",
                    "percent_complete": "% Complete",
                    "amount": "Amount",
                    "contract": "Contract",
                    "party": "Counterparty",
                },
                "constants": {"currency": "EUR"},
                "inherit": ["party"],
                "history": ["completed_on", "percent_complete"],
            },
            {
                "sheet": sheets[CERTIFICATES],
                "kind": "certificate",
                "columns": {
                    "type": "Certificate",
                    "insured": "Supplier",
                    "effective_on": "Received on",
                    "expires_on": "Valid until",
                    "party": "Supplier no.",
                },
                "history": ["effective_on", "expires_on"],
            },
        ],
        "tasks": written,
        "entities": {"milestone": written},
    }
    return opened("smartsheet", settings, **changes)


def told(connector: Any, kind: str, at: datetime = NOW) -> dict[str, Fact]:
    facts, _ = facts_of(connector, kind)
    return {fact.source.label: fact for fact in latest(facts, at)}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class TestWorld:
    def test_everything_can_be_read(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        health = smartsheet(box, sheets).check()
        assert health.ok, health

    def test_a_delivery_in_two_parts(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        records = [r for batch in smartsheet(box, sheets).read("delivery", None) for r in batch.records]
        crop = harvest(smartsheet(box, sheets), records)
        assert len(crop.problems) == 1, "one came back, with less than nothing delivered"
        assert "quantity" in crop.problems[0].what
        for at, quantity, day in (
            ("2026-10-09T12:00", 2200, date(2026, 10, 8)),
            ("2026-11-01T12:00", 4000, date(2026, 10, 12)),
        ):
            held = {f.source.label: f for f in latest(crop.facts, local(at))}
            delivery = held["BAL-2291"].data
            assert isinstance(delivery, Delivery)
            assert delivery.quantity == quantity
            assert delivery.delivered_on == day
            assert delivery.order == "4500000113"
        assert not [f for f in latest(crop.facts, local("2026-10-01T12:00")) if f.source.label == "BAL-2291"]
        assert held["BAL-2291"].party_hint == "17300008"
        assert "NWL-7710" not in held, "it never arrived"

    def test_an_arrival_entered_days_later(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        records = [r for batch in smartsheet(box, sheets).read("delivery", None) for r in batch.records]
        (fact,) = [f for f in harvest(smartsheet(box, sheets), records).facts if f.source.label == "PW-88244"]
        assert isinstance(fact.data, Delivery)
        assert fact.data.delivered_on == date(2026, 10, 30)
        assert fact.known_at == local("2026-11-02T09:20")

    def test_a_milestone_reached_late(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        fact = told(smartsheet(box, sheets), "milestone")["Site 4 live"]
        assert isinstance(fact.data, Milestone)
        assert [(e.change, e.on) for e in fact.data.events] == [("completed", date(2026, 10, 9))]
        assert fact.data.planned_on == date(2026, 9, 15)
        assert fact.data.percent_complete == 100
        assert str(fact.data.amount) == "EUR 37,500.00", "though it was typed as text"
        assert (fact.party_hint, fact.contract_hint) == ("Acme Managed Services Ltd", "IC-104")
        then = told(smartsheet(box, sheets), "milestone", local("2026-10-10T12:00"))["Site 4 live"].data
        assert isinstance(then, Milestone)
        assert not then.events, "nobody had written it down yet"
        assert then.percent_complete == 20

    def test_headings_are_no_milestones(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        held = told(smartsheet(box, sheets), "milestone")
        assert set(held) == {"Analysers 8–10 installed", "Yearly inspection", "Site 4 live", "Site 5 live"}

    def test_a_certificate_renewed_late(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        for at, until in (("2026-10-10T12:00", date(2026, 9, 30)), ("2026-10-21T12:00", date(2029, 9, 30))):
            fact = told(smartsheet(box, sheets), "certificate", local(at))["ISO 9001 Pellworm Chemie AG"]
            assert isinstance(fact.data, Certificate)
            assert fact.data.expires_on == until
        assert len(told(smartsheet(box, sheets), "certificate")) == 3, "one was only asked for"

    def test_as_an_app_with_a_refresh_token(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        auth = {
            "type": "oauth2_refresh",
            "token_url": f"{box.base_url}/smartsheet/2.0/token",
            "client_id": "pacta-smartsheet-client",
            "client_secret": "smartsheet-demo-secret",
            "refresh_token": "smartsheet-demo-refresh-token",
        }
        assert len(told(smartsheet(box, sheets, auth=auth), "milestone")) == 4


class TestIncremental:
    @pytest.mark.parametrize("page_size", [3, 500])
    def test_later_changes_are_found_and_little_else(
        self, box: RunningSandbox, sheets: dict[str, str], page_size: int
    ) -> None:
        box.set_clock(local("2026-10-05T14:00"))
        before, cursor = facts_of(smartsheet(box, sheets, page_size=page_size), "milestone")
        box.set_clock(local("2026-10-14T12:00"))
        after, moved = facts_of(smartsheet(box, sheets, page_size=page_size), "milestone", cursor)
        new = {f.source.label for f in after if f.id not in {held.id for held in before}}
        assert new == {"Site 4 live"}
        assert len({f.source.record for f in after}) < len({f.source.record for f in before})
        assert json.loads(moved)[sheets[MILESTONES]] > json.loads(cursor)[sheets[MILESTONES]]

    @pytest.mark.parametrize("kind", ["milestone", "certificate"])
    def test_read_as_time_goes_by_it_tells_the_same(
        self, box: RunningSandbox, sheets: dict[str, str], kind: str
    ) -> None:
        days = [
            local(f"2026-{month}-{day}T13:07") for month in ("03", "09", "10") for day in ("01", 16, 24, 28)
        ]
        pieces, whole = as_time_goes_by(box, lambda: smartsheet(box, sheets), kind, [*days, NOW])
        assert pieces == whole

    def test_a_row_that_was_deleted_is_told(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        ids, cursor, _ = read_all(smartsheet(box, sheets), "delivery")
        sheet, _, row = ids[0].partition("/")
        with web(box) as client:
            client.delete(f"/sheets/{sheet}/rows", params={"ids": row}).raise_for_status()
        _, moved, problems = read_all(smartsheet(box, sheets), "delivery", cursor)
        assert [p.place for p in problems] == [f"sheet {sheet}, row {row}"]
        assert read_all(smartsheet(box, sheets), "delivery", moved)[2] == []

    def test_a_clean_read_and_a_read_on_bad_days_tell_the_same(
        self, box: RunningSandbox, sheets: dict[str, str]
    ) -> None:
        clean, _ = facts_of(smartsheet(box, sheets, page_size=3), "milestone")
        for fault in ("429", "503", "cut", "shuffle", "duplicate"):
            box.order_fault(fault, vendor="smartsheet", times=1)
            facts, _ = facts_of(smartsheet(box, sheets, page_size=3), "milestone")
            assert {f.id for f in facts} == {f.id for f in clean}, fault

    def test_a_list_without_end(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        box.order_fault("loop", vendor="smartsheet", times=500)
        with pytest.raises(PageLoop):
            read_all(smartsheet(box, sheets, page_size=3), "milestone")
        assert len(box.requests()) < 100

    def test_wrong_credentials_and_a_log_in_page(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        with pytest.raises(Unauthorised):
            read_all(smartsheet(box, sheets, auth={"type": "bearer", "token": "wrong"}), "milestone")
        box.order_fault("html", vendor="smartsheet", times=1)
        with pytest.raises(WrongAnswer):
            read_all(smartsheet(box, sheets), "milestone")


class TestWrites:
    def target(self, box: RunningSandbox, sheets: dict[str, str]) -> str:
        return told(smartsheet(box, sheets), "milestone")["Site 5 live"].source.record

    def test_a_comment_is_written_once(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        writer, target = smartsheet(box, sheets).writer(), self.target(box, sheets)
        note = action("comment", {"text": "Ten days late <IC-104> & more"}, target)
        made = writer.create(note)
        assert writer.create(note) == made == writer.find("pacta-1f2e", target)

    def test_a_task_is_a_row_found_by_its_reference(
        self, box: RunningSandbox, sheets: dict[str, str]
    ) -> None:
        writer = smartsheet(box, sheets).writer()
        wanted = action("create_task", {"title": "Claim the credit", "due_on": "2026-11-30"}, "IC-104")
        made = writer.create(wanted)
        assert writer.create(wanted).record == made.record
        found = writer.find("pacta-1f2e", "IC-104")
        assert found is not None
        assert found.record == made.record
        writer.create(action("update_task", {"title": "Credit claimed"}, made.record, "pacta-2"))
        fact = told(smartsheet(box, sheets), "milestone", datetime(2027, 1, 1, tzinfo=BERLIN))[
            "Credit claimed"
        ]
        assert (fact.source.record, fact.contract_hint) == (made.record, "IC-104")

    def test_a_record_is_put_and_put_again(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        writer = smartsheet(box, sheets).writer()
        first: dict[str, Any] = {"title": "Report", "about": "IC-104", "due_on": date(2026, 11, 30)}
        made = writer.create(action("put_record", {"entity": "milestone", "fields": first}))
        again = writer.create(
            action("put_record", {"entity": "milestone", "fields": {"done_on": date(2026, 11, 9)}})
        )
        assert again.record == made.record
        fact = told(smartsheet(box, sheets), "milestone", datetime(2027, 1, 1, tzinfo=BERLIN))["Report"]
        assert isinstance(fact.data, Milestone)
        assert [e.on for e in fact.data.events] == [date(2026, 11, 9)]

    def test_a_value_that_the_column_refuses(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        wrong = action("set_fields", {"fields": {"due_on": "soon"}}, self.target(box, sheets))
        with pytest.raises(Fatal):
            smartsheet(box, sheets).writer().create(wrong)

    def test_what_is_not_there(self, box: RunningSandbox, sheets: dict[str, str]) -> None:
        writer, absent = smartsheet(box, sheets).writer(), f"{sheets[MILESTONES]}/12345"
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "x"}, absent))
        assert writer.find("pacta-none", absent) is None


def test_a_webhook_from_challenge_to_event(
    box: RunningSandbox, sheets: dict[str, str], receiver: Receiver
) -> None:
    receiver.echo = {"smartsheet-hook-challenge": "Smartsheet-Hook-Response"}
    with web(box) as client:
        given = {
            "name": "Pacta",
            "callbackUrl": receiver.url,
            "scope": "sheet",
            "scopeObjectId": int(sheets[MILESTONES]),
            "events": ["*.*"],
            "version": 1,
        }
        hook = client.post("/webhooks", json=given).json()["result"]
        client.put(f"/webhooks/{hook['id']}", json={"enabled": True}).raise_for_status()
        secret = client.get(f"/webhooks/{hook['id']}").json()["sharedSecret"]
        connector = smartsheet(box, sheets, webhook={"secrets": [secret]})
        target = told(connector, "milestone")["Site 5 live"].source.record
        connector.writer().create(action("comment", {"text": "Hello"}, target))
    until = time.monotonic() + 5
    while len(receiver.got) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    at = datetime(2026, 11, 10, 12, tzinfo=BERLIN)
    answers = [connector.verify_webhook(body, headers, at) for headers, body in receiver.got]
    assert isinstance(answers[0], Handshake)
    assert isinstance(answers[1], WebhookEvent)
    assert answers[1].streams == ("milestone",)
    assert answers[1].webhook == str(hook["id"])
