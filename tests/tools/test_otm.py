"""Oracle Transportation Management: arrivals, stops and events of shipments; remarks and attributes out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from obligations.facts import Delivery, Event, Fact, Milestone
from obligations.model import Action
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.otm_vendor import OtmVendor, at, collection, failed
from tests.tools.vendors import START, Json, answer
from tools.kit import Fatal, Misconfigured, NotFound, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord
from tools.otm.connector import Otm

AT = datetime(2026, 9, 5, 12, tzinfo=UTC)


class TestConformance(Conformance, WriterConformance):
    vendor = OtmVendor
    takes = ("comment", "set_fields")
    example: ClassVar[Json] = {"text": "Late for the third time"}
    target = "DEMO.S1"


def reader(**settings: Any) -> Otm:
    made: Otm = connector_of(OtmVendor(), **settings)
    return made


def facts(changes: Json | None = None, **settings: Any) -> tuple[Fact, ...]:
    row = {**OtmVendor().record(7), **(changes or {})}
    record = RawRecord(kind="shipment", id="DEMO.S7", data={"row": row}, updated_at=AT)
    return reader(**settings).to_facts(record)


def stop(**fields: Any) -> Json:
    return {"items": [{"stopNum": 1, "stopType": "D", "locationGid": "DEMO.LYON", **fields}]}


WEIGHT: Json = {"value": Decimal("800.5"), "unit": "KG"}


class TestShipments:
    def test_goods_that_arrived_are_a_delivery(self) -> None:
        fact = facts()[0]
        delivery = fact.data
        assert isinstance(delivery, Delivery)
        assert (delivery.number, delivery.order) == ("S7", "4500000101")
        assert (delivery.quantity, delivery.unit) == (Decimal(12), "totalShipUnitCount")
        assert delivery.delivered_at == datetime(2026, 8, 22, 23, tzinfo=UTC)
        assert (delivery.shipped_on, delivery.delivered_on) == (date(2026, 8, 20), date(2026, 8, 23))
        assert delivery.appointment_at == datetime(2026, 8, 22, 8, tzinfo=UTC)
        assert (fact.party_hint, fact.contract_hint, fact.known_at) == ("HAULIER", "IC-120", AT)
        assert fact.source.record == "shipment/DEMO.S7"

    def test_each_stop_is_a_milestone(self) -> None:
        _, first, last = facts()
        assert isinstance(first.data, Milestone)
        assert isinstance(last.data, Milestone)
        assert (first.data.name, last.data.name) == ("S7 pick-up ULM", "S7 delivery LYON")
        assert (first.data.planned_on, last.data.planned_on) == (date(2026, 8, 20), date(2026, 8, 22))
        assert [m.data.events[0].on for m in (first, last)] == [date(2026, 8, 20), date(2026, 8, 23)]  # type: ignore[union-attr]
        assert first.source.record == "shipment/DEMO.S7/stops/1"

    def test_before_its_arrival_there_is_no_delivery(self) -> None:
        (only,) = facts({"stops": stop(plannedArrival=at("2026-09-01T10:00:00+02:00"))})
        assert isinstance(only.data, Milestone)
        assert (only.data.planned_on, only.data.events) == (date(2026, 9, 1), ())

    def test_several_deliveries_end_at_the_last_stop(self) -> None:
        first = {"stopNum": 9, "stopType": "D", "actualArrival": at("2026-08-22T08:00:00Z")}
        last = {"stopNum": 10, "stopType": "D", "actualArrival": at("2026-08-23T08:00:00Z")}
        delivery = facts({"stops": {"items": [last, first]}})[0].data
        assert isinstance(delivery, Delivery)
        assert delivery.delivered_on == date(2026, 8, 23)
        assert not [
            f
            for f in facts({"stops": {"items": [{**last, "actualArrival": None}, first]}})
            if f.kind == "delivery"
        ]

    @pytest.mark.parametrize(
        ("changes", "quantity", "unit"),
        [
            ({"totalShipUnitCount": None, "totalWeight": WEIGHT}, Decimal("800.5"), "KG"),
            ({"totalShipUnitCount": None, "totalWeight": None}, Decimal(0), ""),
            ({"totalShipUnitCount": {"value": 3, "unit": "GLOG.PALLET"}}, Decimal(3), "PALLET"),
        ],
    )
    def test_how_much_was_carried(self, changes: Json, quantity: Decimal, unit: str) -> None:
        delivery = facts(changes)[0].data
        assert isinstance(delivery, Delivery)
        assert (delivery.quantity, delivery.unit) == (quantity, unit)

    def test_an_hour_that_comes_twice_is_told_by_its_offset(self) -> None:
        for offset, hour in (("+02:00", 0), ("+01:00", 1)):
            delivery = facts({"stops": stop(actualArrival=at(f"2026-10-25T02:30:00{offset}"))})[0].data
            assert isinstance(delivery, Delivery)
            assert delivery.delivered_at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "changes",
        [
            {"stops": stop(actualArrival=at("soon"))},
            {"stops": stop(actualArrival=at("2026-08-22T08:00:00"))},
            {"stops": stop(actualArrival=at("0001-01-01T00:00:00+14:00"))},
            {"totalShipUnitCount": -3},
            {"totalShipUnitCount": "many"},
            {"trackingEvents": {"items": [{"statusCodeGid": "X1"}]}},
        ],
    )
    def test_what_cannot_be_read_is_told(self, changes: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts(changes)
        assert caught.value.place == "shipment/DEMO.S7"
        assert caught.value.remedy

    def test_who_left_was_there(self) -> None:
        delivery = facts({"stops": stop(actualDeparture=at("2026-08-22T08:00:00Z"))})[0].data
        assert isinstance(delivery, Delivery)
        assert delivery.delivered_on == date(2026, 8, 22)

    @pytest.mark.parametrize(("hour", "delivered"), [("07:59", True), ("08:00", False), ("09:00", False)])
    def test_goods_that_were_refused_are_not_delivered(self, hour: str, delivered: bool) -> None:
        refused = {"statusCodeGid": "A7", "eventdate": at(f"2026-08-22T{hour}:00Z")}
        found = facts(
            {
                "stops": stop(actualArrival=at("2026-08-22T08:00:00Z")),
                "trackingEvents": {"items": [refused]},
            }
        )
        (delivery,) = (fact.data for fact in found if isinstance(fact.data, Delivery))
        assert (delivery.delivered_on is not None, delivery.delivered_at is not None) == (delivered,) * 2
        assert delivery.returned == (0 if delivered else 12)
        (milestone,) = (fact.data for fact in found if isinstance(fact.data, Milestone))
        assert len(milestone.events) == delivered

    def test_a_refusal_is_about_the_stop_before_it(self) -> None:
        ends = [
            {"stopNum": 2, "stopType": "D", "actualArrival": at("2026-08-22T08:00:00Z")},
            {"stopNum": 3, "stopType": "D", "actualArrival": at("2026-08-22T12:00:00Z")},
        ]
        refused = {"statusCodeGid": "DEMO.A7", "eventdate": at("2026-08-22T09:00:00Z")}
        found = facts({"stops": {"items": ends}, "trackingEvents": {"items": [refused]}})
        assert found[0].data.delivered_on == date(2026, 8, 22)  # type: ignore[union-attr]
        assert [len(fact.data.events) for fact in found if isinstance(fact.data, Milestone)] == [0, 1]

    def test_what_was_cancelled_is_withdrawn(self) -> None:
        statuses = {"items": [{"statusValueGid": "DEMO.SECURE RESOURCES_CANCELED"}]}
        first, last = facts({"statuses": statuses})[1:]
        assert [fact.data.events[0].change for fact in (first, last)] == ["completed"] * 2  # type: ignore[union-attr]
        (open_,) = facts({"statuses": statuses, "stops": stop(plannedArrival=at("2026-09-09T08:00:00Z"))})
        assert [(e.change, e.on) for e in open_.data.events] == [("withdrawn", date(2026, 9, 5))]  # type: ignore[union-attr]

    def test_without_reference_numbers_party_and_contract_stay_open(self) -> None:
        fact = facts({"refnums": None, "servprovGid": None})[0]
        assert (fact.party_hint, fact.contract_hint) == ("", "")
        assert fact.data.order == ""  # type: ignore[union-attr]


EVENT: Json = {
    "iTransactionNo": 881,
    "statusCodeGid": "DEMO.X3",
    "eventdate": at("2026-08-22T22:15:00Z"),
    "eventReceivedDate": at("2026-08-24T06:00:00Z"),
    "responsiblePartyGid": "DEMO.CARRIER",
}


class TestEvents:
    @pytest.mark.parametrize("name", ["eventdate", "eventDate", "eventDt"])
    def test_its_time_goes_by_several_names(self, name: str) -> None:
        held = {**EVENT, "eventdate": None, name: at("2026-08-22T22:15:00Z")}
        assert facts({"trackingEvents": [held]})[-1].occurred_at.day == 22

    def test_a_report_is_known_since_it_came_in(self) -> None:
        fact = facts({"trackingEvents": {"items": [EVENT]}}, event_names={"X3": "arrived"})[-1]
        assert isinstance(fact.data, Event)
        assert (fact.data.name, fact.data.on, fact.data.reference) == ("arrived", date(2026, 8, 23), "S7")
        assert fact.occurred_at == datetime(2026, 8, 22, 22, 15, tzinfo=UTC)
        assert fact.known_at == datetime(2026, 8, 24, 6, tzinfo=UTC)
        assert fact.source.record == "shipment/DEMO.S7/trackingEvents/881"

    def test_one_without_number_is_told_apart_by_code_and_time(self) -> None:
        bare = {
            key: held for key, held in EVENT.items() if key not in ("iTransactionNo", "eventReceivedDate")
        }
        fact = facts({"trackingEvents": [bare]})[-1]
        assert fact.source.record.endswith("/X3-20260822T221500Z")
        assert fact.known_at == AT

    def test_the_last_responsible_party_made_it_late(self) -> None:
        later = {**EVENT, "eventdate": at("2026-08-23T00:00:00Z"), "responsiblePartyGid": "SHIPPER"}
        other = {**EVENT, "eventdate": at("2026-08-24T00:00:00Z"), "responsiblePartyGid": "CUSTOMS"}
        held = facts({"trackingEvents": {"items": [later, EVENT, other]}})[0].data
        assert isinstance(held, Delivery)
        assert held.cause == "supplier"


class TestReading:
    def test_what_is_asked_for(self) -> None:
        vendor = OtmVendor(count=3)
        connector = connector_of(vendor, filter='perspective eq "B"', overlap="PT0S")
        read_all(connector, "shipment", "2026-09-01T08:02:00+00:00")
        params = vendor.requests[0].url.params
        assert params["q"] == 'perspective eq "B" and updateDate ge "2026-09-01T08:02:00Z"'
        assert params["expand"] == "stops,refnums,trackingEvents,statuses"
        assert params["orderBy"] == "updateDate asc"

    @pytest.mark.parametrize("held", [None, {"links": []}, {"items": [], "hasMore": True}, "link"])
    def test_a_child_that_is_cut_off_or_only_named_is_fetched(self, held: Any) -> None:
        vendor = OtmVendor(count=1, page_size=2)
        vendor.kids["trackingEvents"] = [{**EVENT, "iTransactionNo": number} for number in range(5)]
        vendor.rows = lambda: [{**vendor.record(0), "trackingEvents": held}]  # type: ignore[method-assign]
        (batch,) = connector_of(vendor).read("shipment", None)
        assert len(batch.records[0].data["row"]["trackingEvents"]["items"]) == 5

    def test_a_shipment_without_time_of_change_is_told(self) -> None:
        vendor = OtmVendor(count=2)
        rows = vendor.rows()
        rows[0] |= {"updateDate": None, "insertDate": at("soon")}
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "shipment")
        assert ids == ["DEMO.S1"]
        assert problems[0].place == "DEMO.S0"

    def test_a_filter_that_is_ignored_is_told(self) -> None:
        vendor = OtmVendor()
        vendor.respond = lambda request: collection(vendor.rows()[:3])  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="filter was ignored"):
            read_all(connector_of(vendor), "shipment", "2026-09-05T00:00:00+00:00")

    def test_smaller_pages_than_asked_for_are_told(self) -> None:
        vendor = OtmVendor(count=25)
        vendor.respond = lambda request: collection(vendor.rows()[:5], True, limit=5)  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="5 rows, not 10"):
            read_all(connector_of(vendor), "shipment")

    def test_what_otm_says_of_a_failure_is_told(self) -> None:
        vendor = OtmVendor()
        vendor.always = lambda _: failed("no field updateDat")
        with pytest.raises(Fatal, match="updateDat"):
            read_all(connector_of(vendor), "shipment")

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"children": ["a/b"]}, "children"),
            ({"causes": {"X": "weather"}}, "causes"),
            ({"shipment_fields": {"x": "servprovGid"}}, "shipment_fields"),
            ({"domain": "a b"}, "domain"),
        ],
    )
    def test_wrong_settings_are_named(self, change: Json, place: str) -> None:
        with pytest.raises(Misconfigured) as caught:
            reader(**change)
        assert place in caught.value.place


def action(verb: str, payload: Json, target: str = "DEMO.S1", reference: str = "pacta-1f2e") -> Action:
    return Action.model_validate(
        {
            "id": "act-1",
            "system": "otm",
            "verb": verb,
            "target": target,
            "payload": payload,
            "reference": reference,
            "reason": "breached",
            "proposed_at": START,
            "proposed_by": "policy",
        }
    )


class TestWriting:
    @pytest.mark.parametrize("target", ["DEMO.S1", "S1", "shipment/DEMO.S1", "shipment/DEMO.S1/stops/2"])
    def test_a_remark_stands_behind_the_others(self, target: str) -> None:
        vendor = OtmVendor()
        vendor.remarks["DEMO.S1"] = [{"remarkSequence": 4, "remarkText": "Call first"}]
        made = connector_of(vendor).writer().create(action("comment", {"text": "Late"}, target))
        assert made.record == "shipment/DEMO.S1/remarks/5"
        (sent,) = vendor.written
        assert (sent["remarkSequence"], sent["remarkQualGid"]) == (5, "DEMO.PACTA")
        assert sent["remarkText"] == "Late\n\nReference: pacta-1f2e"
        assert connector_of(vendor).writer().find("pacta-1f2e", target) == made

    def test_what_cannot_be_said_is_refused(self) -> None:
        vendor = OtmVendor()
        with pytest.raises(Fatal, match="not addressed"):
            connector_of(vendor).writer().create(action("comment", {"text": "Late", "public": True}))
        with pytest.raises(Misconfigured, match="qualifier"):
            connector_of(vendor, remark_qualifier="").writer().create(action("comment", {"text": "Late"}))
        with pytest.raises(Misconfigured, match="colour"):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"colour": "red"}}))
        assert not vendor.requests

    def test_an_unknown_shipment(self) -> None:
        vendor = OtmVendor()
        writer = connector_of(vendor).writer()
        with pytest.raises(NotFound):
            writer.create(action("comment", {"text": "Late"}, "DEMO.X"))
        vendor.respond = lambda request: failed("no such shipment", 404)  # type: ignore[method-assign]
        assert writer.find("pacta-1f2e", "DEMO.X") is None
        assert writer.find("pacta-1f2e") is None

    @pytest.mark.parametrize("body", [None, {}])
    def test_an_answer_without_number_keeps_ours(self, body: Any) -> None:
        vendor = OtmVendor()
        write = vendor.write

        def quiet(path: str, given: Json) -> httpx.Response:
            write(path, given)
            return httpx.Response(201) if body is None else answer(body, 201)

        vendor.write = quiet  # type: ignore[method-assign, assignment]
        made = connector_of(vendor).writer().create(action("comment", {"text": "Late"}))
        assert made.record == "shipment/DEMO.S1/remarks/1"

    def test_a_remark_that_was_numbered_otherwise_is_looked_up(self) -> None:
        vendor = OtmVendor()
        write = vendor.write

        def links(path: str, given: Json) -> httpx.Response:
            write(path, {**given, "remarkSequence": 70})
            return answer({"links": []}, 201)

        vendor.write = links  # type: ignore[method-assign]
        made = connector_of(vendor).writer().create(action("comment", {"text": "Late"}))
        assert made.record == "shipment/DEMO.S1/remarks/70"

    def test_flexible_attributes_are_set(self) -> None:
        vendor = OtmVendor()
        fields = {"performance": "breached", "credit": Decimal("12.50"), "seen": date(2026, 11, 3)}
        made = connector_of(vendor).writer().create(action("set_fields", {"fields": fields}))
        assert made.record == "shipment/DEMO.S1"
        assert vendor.patches == [
            {
                "attribute1": "breached",
                "attributeNumber1": "12.50",
                "attributeDate1": {"value": "2026-11-03T00:00:00Z"},
            }
        ]
