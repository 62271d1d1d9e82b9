"""project44: deliveries and milestones as known after each event, lists of several forms, webhooks."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from obligations.facts import Delivery, Fact, Milestone
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.project44_vendor import Project44Vendor, event
from tests.tools.test_ironclad import action
from tests.tools.vendors import SECRET, Json, answer
from tools import connect
from tools.kit import Fatal, Misconfigured, SignatureError, Skippable
from tools.kit.verbs import RawRecord

AT = datetime(2026, 9, 20, 8, tzinfo=UTC)


class TestConformance(Conformance):
    vendor = Project44Vendor


class _Numbered(Project44Vendor):
    by_number = True


class TestNumberedPages(Conformance):
    vendor = _Numbered


def connector(vendor: Any = None, **changes: Any) -> Any:
    return connector_of(vendor or Project44Vendor(), **changes)


def history(*events: Json, **shipment: Any) -> Json:
    vendor = Project44Vendor()
    made = vendor.history(vendor.record(7))
    return {**made, "shipment": {**made["shipment"], **shipment}, "events": list(events)}


def facts(data: Json, **changes: Any) -> list[Fact]:
    raw = RawRecord(kind="shipment", id="s-7", data=data, updated_at=AT)
    return list(connector(**changes).to_facts(raw))


def deliveries(found: list[Fact]) -> list[Delivery]:
    return [fact.data for fact in found if isinstance(fact.data, Delivery)]


PICKED = event("PICKED_UP", "o", "2026-09-10T07:00:00+0200", "2026-09-10T05:10:00Z")
ARRIVED = event("ARRIVAL_AT_STOP", "d", "2026-09-12T08:55:00+0200", "2026-09-12T07:00:00Z")
HANDED = event("DELIVERY", "d", "2026-09-12T09:40:00+0200", "2026-09-12T08:00:00Z")


class TestDelivery:
    def test_what_is_known_grows_with_each_event(self) -> None:
        found = facts(history(PICKED, ARRIVED, HANDED))
        first, second = deliveries(found)
        assert (first.number, first.order) == ("BOL-s-7", "4500000101")
        assert (first.shipped_on, first.delivered_on) == (date(2026, 9, 10), date(2026, 9, 12))
        assert first.delivered_at == datetime(2026, 9, 12, 6, 55, tzinfo=UTC)
        assert second.delivered_at == datetime(2026, 9, 12, 7, 40, tzinfo=UTC)
        assert second.appointment_at == first.delivered_at
        assert (second.quantity, second.unit) == (Decimal(1), "shipment")
        assert [fact.known_at.hour for fact in found] == [7, 8]
        assert {fact.source.record for fact in found} == {"shipment/s-7/d/4500000101"}
        assert {fact.party_hint for fact in found} == {"Baltica Freight Oy"}

    def test_on_its_way_nothing_is_delivered(self) -> None:
        planned = event("DELIVERY", "d", None, "2026-09-09T08:00:00Z", plannedDateTime="2026-09-12T08:00:00Z")
        assert facts(history(PICKED, planned)) == []

    def test_a_correction_is_a_later_version(self) -> None:
        later = event("DELIVERY", "d", "2026-09-13T10:00:00+0200", "2026-09-14T06:00:00Z")
        versions = deliveries(facts(history(HANDED, later)))
        assert [each.delivered_on for each in versions] == [date(2026, 9, 12), date(2026, 9, 13)]

    def test_other_stops_are_no_delivery(self) -> None:
        assert (
            facts(history(event("ARRIVAL_AT_STOP", "o", "2026-09-10T06:00:00Z", "2026-09-10T06:01:00Z")))
            == []
        )

    def test_each_order_and_each_stop_has_a_delivery_of_its_own(self) -> None:
        stops = [{"id": "o", "type": "ORIGIN"}, *({"id": key, "type": "DELIVERY"} for key in ("d", "e"))]
        orders = [{"type": "PURCHASE_ORDER", "value": value} for value in ("1", "2", "1")]
        other = {**HANDED, "stopId": "e", "dateTime": "2026-09-15T09:00:00+0200"}
        data = history(HANDED, other, identifiers=orders, routeInfo={"stops": stops})
        found = facts(data)
        assert {f.source.record for f in found} == {f"shipment/s-7/{s}/{o}" for s in "de" for o in "12"}
        assert {d.number for d in deliveries(found)} == {"s-7"}

    def test_attributes_tell_quantity_party_and_contract(self) -> None:
        attributes = [
            {"name": "Units", "values": ["48"]},
            {"name": "UoM", "values": ["pallet"]},
            {"name": "Contract", "value": "IC-108"},
            {"name": "Supplier", "values": [17300005]},
            {"name": "Empty", "values": []},
        ]
        names = {
            "quantity_attributes": ["Empty", "Units"],
            "unit_attributes": ["UoM"],
            "contract_attributes": ["Contract"],
            "party_attributes": ["Supplier"],
        }
        (fact,) = facts(history(HANDED, attributes=attributes), **names)
        (told,) = deliveries([fact])
        assert (told.quantity, told.unit) == (Decimal(48), "pallet")
        assert (fact.party_hint, fact.contract_hint) == ("17300005", "IC-108")
        (plain,) = facts(history(HANDED), shipper_is_party=False)
        assert plain.party_hint == ""

    def test_papers_and_exceptions(self) -> None:
        paper = event(
            "DOCUMENT_ADD",
            "d",
            "2026-09-14T09:00:00Z",
            "2026-09-14T09:00:05Z",
            details={"documentType": "PROOF_OF_DELIVERY"},
        )
        data = {**history(HANDED, paper), "exceptions": [{"category": "WEATHER"}, {"category": "DWELL"}]}
        last = deliveries(facts(data))[-1]
        assert (last.proof_on, last.cause) == (date(2026, 9, 14), "force_majeure")

    @pytest.mark.parametrize(
        ("happened", "day"),
        [
            ("2026-10-24T22:30:00+0000", date(2026, 10, 25)),  # half past midnight in Berlin
            ("2026-10-24T22:30:00Z", date(2026, 10, 25)),
            ("2026-10-24T22:30:00", date(2026, 10, 25)),
            ("2026-10-24T22:30:00-0500", date(2026, 10, 24)),
            ("2026-10-25T00:30:00+0200", date(2026, 10, 25)),
        ],
    )
    def test_the_day_is_the_one_at_the_place(self, happened: str, day: date) -> None:
        (told,) = deliveries(facts(history({**HANDED, "dateTime": happened})))
        assert told.delivered_on == day

    @pytest.mark.parametrize(
        "strange",
        [{"dateTime": "soon"}, {"dateTime": "9999-12-31T23:59:59-1400"}, {"receivedDateTime": "later"}],
    )
    def test_times_that_are_none_are_told(self, strange: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts(history({**HANDED, **strange}))
        assert caught.value.remedy
        assert caught.value.place == "shipment/s-7"

    @pytest.mark.parametrize("quantity", ["many", "-3", "NaN"])
    def test_a_quantity_that_is_none_is_told(self, quantity: str) -> None:
        attributes = [{"name": "Units", "values": [quantity]}]
        with pytest.raises(Skippable):
            facts(history(HANDED, attributes=attributes), quantity_attributes=["Units"])

    def test_without_a_route_events_stand_for_themselves(self) -> None:
        (told,) = deliveries(facts(history({**HANDED, "stopId": None}, routeInfo=None)))
        assert told.delivered_on == date(2026, 9, 12)


class TestMilestones:
    def test_planned_then_reached(self) -> None:
        plan = {"plannedDateTime": "2026-09-11T10:00:00Z"}
        before = event("ARRIVAL_AT_STOP", "d", None, "2026-09-09T08:00:00Z", **plan)
        found = facts(history(before, ARRIVED), milestones={"ARRIVAL_AT_STOP/DESTINATION": "Arrival"})
        steps = [f for f in found if isinstance(f.data, Milestone)]
        assert [s.data.name for s in steps if isinstance(s.data, Milestone)] == ["Arrival BOL-s-7"] * 2
        assert [len(s.data.events) for s in steps if isinstance(s.data, Milestone)] == [0, 1]
        assert {s.data.planned_on for s in steps if isinstance(s.data, Milestone)} == {date(2026, 9, 11)}
        assert [s.known_at.day for s in steps] == [9, 12]


class TestReading:
    def test_named_shipments_are_read_each_time(self) -> None:
        vendor = Project44Vendor(count=9)
        source = connector(vendor, listing=None, shipments=["s-3", "s-5"])
        assert source.check().ok
        assert read_all(source, "shipment")[0] == ["s-3", "s-5"]
        assert read_all(source, "shipment", "2027-01-01T00:00:00+00:00")[0] == ["s-3", "s-5"]
        assert vendor.lists() == 0

    def test_one_that_is_gone_does_not_stop_the_rest(self) -> None:
        vendor = Project44Vendor(count=3)
        vendor.gone = {"s-1"}
        ids, _, problems = read_all(connector(vendor), "shipment")
        assert ids == ["s-0", "s-2"]
        assert "reference ref-1" in problems[0].what or "no such shipment" in problems[0].what

    def test_a_list_without_an_object_around_it(self) -> None:
        vendor = Project44Vendor(count=3)
        plain = vendor.handle

        def handle(request: httpx.Request) -> httpx.Response:
            given = plain(request)
            return answer(json.loads(given.content)["shipments"]) if vendor.is_list(request) else given

        settings = {**vendor.settings(), "listing": {"path": "/tracked", "rows": "", "since_param": "since"}}
        source: Any = connect({"project44": settings}, httpx.MockTransport(handle))["project44"]
        assert len(read_all(source, "shipment", "2026-09-01T08:01:00+00:00")[0]) == 3
        assert vendor.requests[1].url.params["since"] == "2026-09-01T07:56:00Z"

    def test_what_a_webhook_told_of_is_read_from_then_on(self, tmp_path: Path) -> None:
        vendor = Project44Vendor(count=9)
        own = {"listing": None, "kept_in": str(tmp_path / "ids"), "webhook": {"secrets": [SECRET]}}
        source = connector(vendor, **own)
        assert read_all(source, "shipment")[0] == []
        for key in ("s-4", "s-4", "s-77", "../admin"):
            stamp = "2026-09-20T07:59:00Z"
            body = json.dumps({"shipment": {"id": key, "lastModifiedDateTime": stamp}}).encode()
            source.verify_webhook(body, {"Authorization": SECRET}, AT)
        assert (tmp_path / "ids").read_text() == "s-4\ns-77\n"
        ids, _, problems = read_all(connector(vendor, **own), "shipment")
        assert (ids, problems) == (["s-4"], [])
        assert connector(vendor, **own).check().ok

    def test_a_file_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        source = connector(kept_in=str(tmp_path / "no" / "ids"), webhook={"secrets": [SECRET]})
        body = json.dumps(
            {"shipment": {"id": "s-4", "lastModifiedDateTime": "2026-09-20T07:59:00Z"}}
        ).encode()
        with pytest.raises(Misconfigured, match="cannot be kept"):
            source.verify_webhook(body, {"Authorization": SECRET}, AT)

    def test_neither_shipments_nor_a_list_is_told(self) -> None:
        with pytest.raises(Misconfigured, match="name shipments"):
            connector(listing=None)

    def test_an_id_cannot_lead_elsewhere(self) -> None:
        with pytest.raises(Misconfigured):
            connector(shipments=["../../admin"])


def test_every_write_is_refused() -> None:
    writer = connector().writer()
    assert writer.find("pacta-9c4e11", "s-3") is None
    with pytest.raises(Fatal, match="comment") as caught:
        writer.create(action("comment", {"text": "late"}))
    assert caught.value.remedy


class TestWebhook:
    def deliver(self, body: Json, secret: str = SECRET) -> Any:
        source = connector(webhook={"secrets": ["older", SECRET], "header": "x-pacta-key"})
        return source.verify_webhook(json.dumps(body).encode(), {"X-Pacta-Key": secret}, AT)

    def test_a_pushed_history_lets_shipments_be_read(self) -> None:
        body = history(HANDED, lastModifiedDateTime="2026-09-20T07:59:00+0000")
        told = self.deliver(body)
        assert (told.streams, told.sent_at) == (("shipment",), AT - timedelta(minutes=1))
        assert told.id == self.deliver(body).id
        assert (
            self.deliver({**body, "shipment": {"lastModifiedDateTime": "2026-09-20T07:59:00Z"}}).streams == ()
        )

    @pytest.mark.parametrize("stamp", ["2026-01-01T00:00:00Z", "soon", None])
    def test_an_old_or_timeless_one_is_refused(self, stamp: str | None) -> None:
        body = {"shipment": {"id": "s-7", "lastModifiedDateTime": stamp}}
        with pytest.raises(SignatureError):
            self.deliver(body)

    def test_another_secret_is_refused(self) -> None:
        with pytest.raises(SignatureError):
            self.deliver(history(HANDED), "guess")
