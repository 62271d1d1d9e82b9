"""OTM's connector against its stand-in: a second witness, written from public facts by others."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from obligations.facts import Delivery, Event, Fact, Milestone, latest
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import as_time_goes_by, asked, facts_of, opened
from tests.tools.test_otm import action
from tools.kit import NotFound, Retryable, Unauthorised, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
LATER = datetime(2026, 11, 20, 12, tzinfo=UTC)


def otm(box: RunningSandbox, **changes: Any) -> Any:
    """The connector as this domain would configure it."""
    settings = {
        "base_url": f"{box.base_url}/otm/logisticsRestApi/resources-int/v2",
        "auth": {"type": "basic", "user": "TES.INTEGRATION", "password": "otm-demo-password"},
        "domain": "TES",
        "zone": "Europe/Berlin",
        "event_names": {"A7": "refused", "SD": "held up"},
        "remark_qualifier": "PACTA",
        "shipment_fields": {"performance": "attribute15"},
    }
    return opened("otm", settings, **changes)


def known(box: RunningSandbox) -> list[Fact]:
    facts, _ = facts_of(otm(box), "shipment")
    return latest(facts, LATER)


def deliveries(facts: list[Fact]) -> dict[str, Delivery]:
    return {fact.data.number: fact.data for fact in facts if isinstance(fact.data, Delivery)}


def milestones(facts: list[Fact], shipment: str) -> list[Milestone]:
    named = f"shipment/TES.{shipment}/stops/"
    found = [fact for fact in facts if fact.source.record.startswith(named)]
    return [fact.data for fact in found if isinstance(fact.data, Milestone)]


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        health = otm(box).check()
        assert health.ok, health.problems

    def test_deliveries_with_their_order_contract_and_carrier(self, box: RunningSandbox) -> None:
        found = known(box)
        (fact,) = (f for f in found if f.kind == "delivery" and f.source.record == "shipment/TES.S-7101-A")
        assert isinstance(fact.data, Delivery)
        assert (fact.data.order, fact.data.unit) == ("7101", "KG")
        assert fact.party_hint
        assert fact.contract_hint.startswith("IC-")
        late = deliveries(found)["S-7101-B"]
        assert late.delivered_on
        assert fact.data.delivered_on
        assert late.delivered_on > fact.data.delivered_on
        assert late.quantity > 0

    def test_what_was_refused_or_cancelled_is_no_delivery(self, box: RunningSandbox) -> None:
        found = known(box)
        assert not {"S-2047", "S-2048"} & set(deliveries(found))
        refused = deliveries(found)["S-2046"]
        assert (refused.delivered_on, refused.returned) == (None, refused.quantity)
        assert [len(each.events) for each in milestones(found, "S-2046")] == [1, 0]
        assert {event.change for each in milestones(found, "S-2047") for event in each.events} == {
            "withdrawn"
        }
        names = {fact.data.name for fact in found if isinstance(fact.data, Event)}
        assert {"refused", "held up"} <= names

    def test_what_is_on_the_road_is_planned(self, box: RunningSandbox) -> None:
        first, last = milestones(known(box), "S-2049")
        assert first.events
        assert (last.events, last.planned_on) == ((), date(2026, 11, 16))

    def test_reports_are_known_since_they_were_received(self, box: RunningSandbox) -> None:
        reports = [f for f in known(box) if f.source.record.startswith("shipment/TES.S-2042/tracking")]
        assert max((f.known_at.date() - f.occurred_at.date()).days for f in reports) == 3

    def test_small_pages_give_the_same(self, box: RunningSandbox) -> None:
        assert {f.id for f in facts_of(otm(box, page_size=2), "shipment")[0]} == {
            f.id for f in facts_of(otm(box), "shipment")[0]
        }

    def test_without_expanding_every_child_is_fetched(self, box: RunningSandbox) -> None:
        """The same where children come as links only."""
        whole = {f.id for f in facts_of(otm(box), "shipment")[0]}
        connector = otm(box)
        page = connector._page

        def bare(path: str, params: Any, offset: int, size: int) -> Any:
            return page(path, {k: v for k, v in params.items() if k != "expand"}, offset, size)

        connector._page = bare
        assert {f.id for f in facts_of(connector, "shipment")[0]} == whole

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        before, cursor, _ = read_all(otm(box), "shipment")
        box.set_clock(LATER)
        after, moved, _ = read_all(otm(box), "shipment", cursor)
        assert "TES.S-2049" in after
        assert len(after) < len(before)
        assert moved > cursor
        assert "S-2049" in deliveries(known(box))

    def test_read_piece_by_piece_it_is_what_it_is_at_once(self, box: RunningSandbox) -> None:
        days = [datetime(2026, month, day, 12, tzinfo=UTC) for month, day in ((10, 1), (10, 20), (11, 18))]
        pieces, whole = as_time_goes_by(box, lambda: otm(box), "shipment", days)
        assert pieces[days[-1]] == whole[days[-1]]

    def test_by_token(self, box: RunningSandbox) -> None:
        auth = {
            "type": "oauth2",
            "token_url": f"{box.base_url}/otm/oauth2/v1/token",
            "client_id": "pacta-otm-client",
            "client_secret": "otm-demo-secret",
            "scopes": ["urn:opc:resource:consumer::all"],
        }
        assert otm(box, auth=auth).check().ok


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        whole = set(read_all(otm(box), "shipment")[0])
        box.order_fault(kind, vendor="otm", path="/shipments")
        assert set(read_all(otm(box), "shipment")[0]) == whole

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="otm", path="/shipments", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(otm(box), "shipment")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_nothing(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(otm(box), "shipment")[0]}
        box.order_fault(kind, vendor="otm", path="/shipments", times=99)
        assert {f.id for f in facts_of(otm(box), "shipment")[0]} == clean

    def test_wrong_credentials(self, box: RunningSandbox) -> None:
        wrong = {"type": "basic", "user": "TES.INTEGRATION", "password": "wrong"}
        with pytest.raises(Unauthorised):
            read_all(otm(box, auth=wrong), "shipment")

    def test_pages_that_start_anew_lose_nothing(self, box: RunningSandbox) -> None:
        """Pages follow the time of change, so the first page of what is left is the next one."""
        whole = set(read_all(otm(box), "shipment")[0])
        box.order_fault("loop", vendor="otm", path="/shipments", times=999)
        assert set(read_all(otm(box, page_size=2), "shipment")[0]) == whole


class TestWriting:
    def test_a_remark_is_written_once(self, box: RunningSandbox) -> None:
        writer = otm(box).writer()
        told = action("comment", {"text": "Nine days late"}, "S-7101-B")
        made = writer.create(told)
        assert writer.create(told) == made == writer.find("pacta-1f2e", "TES.S-7101-B")
        posted = [each for each in asked(box, "/remarks") if each["method"] == "POST"]
        assert len(posted) == 1

    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox) -> None:
        writer = otm(box).writer()
        told = action("comment", {"text": "Nine days late"}, "S-7101-B")
        box.order_fault("cut", vendor="otm", method="POST", path="/remarks")
        with pytest.raises(Retryable) as caught:
            writer.create(told)
        assert caught.value.maybe_done
        made = writer.create(told)
        assert writer.find("pacta-1f2e", "S-7101-B") == made
        assert len([each for each in asked(box, "/remarks") if each["method"] == "POST"]) <= 2

    def test_performance_stands_on_the_shipment(self, box: RunningSandbox) -> None:
        connector = otm(box)
        connector.writer().create(action("set_fields", {"fields": {"performance": "late"}}, "S-7101-B"))
        (row,) = connector._page("/shipments", {"q": 'shipmentXid eq "S-7101-B"'}, 0, 10).rows
        assert row["attribute15"] == "late"

    def test_an_unknown_shipment(self, box: RunningSandbox) -> None:
        with pytest.raises(NotFound):
            otm(box).writer().create(action("comment", {"text": "Late"}, "S-9999"))
