"""project44's connector against its stand-in: a second witness, written from the documentation by others."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from obligations.facts import Delivery, Fact, Milestone, latest
from sandbox import RunningSandbox
from tests.sandbox.receiver import Receiver
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import facts_of, opened
from tools.kit import SignatureError, Unauthorised, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
AT_PUSH = datetime(2026, 8, 20, 18, tzinfo=UTC)  # soon after the last change of what is pushed
SHIPMENTS = {
    "NWL-7101-1": "92a6dced-aaab-595c-8d99-d104315740d8",
    "NWL-7101-2": "ab3dd533-042d-5c85-87ed-321dd93dbd48",
    "NWL-7102-1": "52f30d7d-41b0-54a3-bbf4-036809039143",
    "NWL-7103-X": "67a96e39-6186-5735-a6b3-daadf580d630",
    "NWL-7105-1": "f441ea00-c68c-5788-b047-8dce421f8b88",
    "NWL-7110-1": "a24d7e09-c7bf-551d-a34e-5a5096597215",
    "TES-OCN-4702": "1f6386e3-6399-5fee-a03d-19970e81152a",
}
GONE = "ba2e81ea-f79b-5817-a882-79135d72ccc5"
# What is sent with a push: `p44-push` and its password, as Basic has it.
PUSHED_WITH = "Basic " + "cDQ0LXB1c2g6cHJvamVjdDQ0LXB1c2gtcGFzc3dvcmQ="


def transport(box: RunningSandbox, **changes: Any) -> Any:
    oauth = {
        "type": "oauth2",
        "token_url": f"{box.base_url}/project44/api/v4/oauth2/token",
        "client_id": "pacta-project44-client",
        "client_secret": "project44-demo-secret",
        "client_auth": "form",
    }
    settings = {
        "base_url": f"{box.base_url}/project44",
        "auth": oauth,
        "zone": "Europe/Berlin",
        "shipments": list(SHIPMENTS.values()),
        "contract_attributes": ["Contract"],
        "party_attributes": ["Supplier Number", "Customer Number"],
        "item_attributes": ["Contents"],
        "webhook": {"secrets": [PUSHED_WITH]},
    }
    return opened("project44", settings, **changes)


def known(box: RunningSandbox, at: datetime = NOW) -> dict[str, Fact]:
    """The deliveries known at an instant, by the number of their shipment."""
    found = latest(facts_of(transport(box), "shipment")[0], at)
    return {f.data.number: f for f in found if isinstance(f.data, Delivery)}


def delivered_on(fact: Fact) -> date | None:
    assert isinstance(fact.data, Delivery)
    return fact.data.delivered_on


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert transport(box).check().ok
        ids, _, problems = read_all(transport(box), "shipment")
        assert sorted(ids) == sorted(SHIPMENTS.values())
        assert not problems

    def test_a_delivery_names_order_party_and_contract(self, box: RunningSandbox) -> None:
        fact = known(box)["NWL-7101-1"]
        assert isinstance(fact.data, Delivery)
        assert fact.data.order == "7101"
        assert fact.contract_hint == "IC-108"
        assert fact.party_hint.isdigit()
        assert fact.data.item
        assert fact.data.shipped_on is not None
        assert fact.data.delivered_on is not None
        assert fact.data.shipped_on <= fact.data.delivered_on

    def test_what_is_under_way_or_was_never_heard_of_is_not_delivered(self, box: RunningSandbox) -> None:
        assert {"NWL-7103-X", "NWL-7110-1"}.isdisjoint(known(box))

    def test_one_reported_late_was_not_known_before(self, box: RunningSandbox) -> None:
        fact = known(box)["NWL-7102-1"]
        day = delivered_on(fact)
        assert day is not None
        assert (fact.known_at.date() - day).days == 5

    def test_an_arrival_that_was_corrected_is_told_anew(self, box: RunningSandbox) -> None:
        """The correction replaces what was reported, so the first report is known to who read it in time."""
        whole = known(box)["NWL-7105-1"]
        box.set_clock(datetime(whole.known_at.year, whole.known_at.month, whole.known_at.day, tzinfo=UTC))
        early = facts_of(transport(box, shipments=[SHIPMENTS["NWL-7105-1"]]), "shipment")[0]
        before = [f for f in early if isinstance(f.data, Delivery) and f.data.number == "NWL-7105-1"]
        assert len(before) == 1
        assert delivered_on(before[0]) != delivered_on(whole)
        assert latest([*before, whole], NOW)[0].data == whole.data

    def test_what_arrives_later_comes_with_the_next_read(self, box: RunningSandbox) -> None:
        source = transport(box)
        _, cursor = facts_of(source, "shipment")
        box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        found, _ = facts_of(source, "shipment", cursor)
        (arrived,) = [f for f in found if isinstance(f.data, Delivery) and f.data.number == "NWL-7110-1"]
        assert delivered_on(arrived) == date(2026, 11, 12)

    def test_milestones_are_planned_before_they_are_reached(self, box: RunningSandbox) -> None:
        found = latest(facts_of(transport(box), "shipment")[0], NOW)
        steps = {f.data.name: f.data for f in found if isinstance(f.data, Milestone)}
        under_way = steps["Arrival NWL-7110-1"]
        assert under_way.planned_on is not None
        assert under_way.events == ()
        assert len(steps["Arrival NWL-7101-2"].events) == 1
        late = steps["Arrival NWL-7101-2"]
        assert late.planned_on is not None
        assert (late.events[0].on - late.planned_on).days >= 8

    def test_one_whose_tracking_was_stopped_is_told(self, box: RunningSandbox) -> None:
        ids, _, problems = read_all(transport(box, shipments=[GONE, SHIPMENTS["NWL-7101-1"]]), "shipment")
        assert ids == [SHIPMENTS["NWL-7101-1"]]
        assert "404" in problems[0].what


class TestPushes:
    def push(self, box: RunningSandbox, receiver: Receiver) -> tuple[dict[str, str], bytes]:
        body = {
            "vendor": "project44",
            "event": "tracking-updated",
            "record": "TES-OCN-4702",
            "to": receiver.url,
        }
        httpx.post(f"{box.base_url}/_sandbox/emit", json=body, timeout=30).raise_for_status()
        return receiver.got[0]

    def test_what_is_pushed_is_read_from_then_on(
        self, box: RunningSandbox, receiver: Receiver, tmp_path: Path
    ) -> None:
        source = transport(box, shipments=[], kept_in=str(tmp_path / "ids"))
        assert read_all(source, "shipment")[0] == []
        headers, body = self.push(box, receiver)
        event = source.verify_webhook(body, headers, AT_PUSH)
        assert event.streams == ("shipment",)
        assert read_all(source, "shipment")[0] == [SHIPMENTS["TES-OCN-4702"]]

    def test_a_push_with_another_secret_is_refused(self, box: RunningSandbox, receiver: Receiver) -> None:
        headers, body = self.push(box, receiver)
        with pytest.raises(SignatureError):
            transport(box, webhook={"secrets": ["Basic another"]}).verify_webhook(body, headers, AT_PUSH)


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut", "401"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(transport(box), "shipment")[0]}
        box.order_fault(kind, vendor="project44", path="/history")
        assert {f.id for f in facts_of(transport(box), "shipment")[0]} == clean

    def test_a_storm_of_faults_changes_no_fact(self, box: RunningSandbox) -> None:
        clean = {f.id for f in facts_of(transport(box), "shipment")[0]}
        storm = {"share": 0.1, "seed": 5, "kinds": ["429", "503", "cut", "slow"]}
        httpx.post(f"{box.base_url}/_sandbox/storm", json=storm).raise_for_status()
        found = facts_of(transport(box, http={"attempts": 8}), "shipment")[0]
        assert {f.id for f in found} == clean

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="project44", path="/history", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(transport(box), "shipment")

    def test_wrong_credentials_are_for_a_person(self, box: RunningSandbox) -> None:
        auth = {**transport(box).settings.auth.model_dump(), "client_secret": "guess"}
        with pytest.raises(Unauthorised):
            read_all(transport(box, auth=auth), "shipment")
