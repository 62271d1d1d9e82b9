"""OneTrust: objects to certificates, lists that can only be sorted by name, and what is written."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from obligations.facts import Certificate, Fact
from obligations.model import Action
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.onetrust_vendor import OneTrustVendor, key, several
from tests.tools.specs import faults, load, needs_specification
from tests.tools.vendors import START, Json, answer
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord
from tools.onetrust.connector import OneTrust

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


class TestConformance(Conformance, WriterConformance):
    vendor = OneTrustVendor
    takes = ("put_record", "set_fields")
    example: ClassVar[Json] = {"entity": "finding", "fields": {"title": "Lapsed", "text": "no cover"}}
    target = f"certificate/{key(3)}"

    def is_write(self, request: httpx.Request) -> bool:
        return super().is_write(request) and not request.url.path.endswith("/search")


def fact(settings: Json | None = None, **fields: Any) -> Fact:
    connector: OneTrust = connector_of(OneTrustVendor(), **(settings or {}))
    row = {**OneTrustVendor().record(1), **fields}
    (made,) = connector.to_facts(RawRecord(kind="certificate", id=key(1), data={"row": row}, updated_at=AT))
    return made


def certificate(settings: Json | None = None, **fields: Any) -> Certificate:
    data = fact(settings, **fields).data
    assert isinstance(data, Certificate)
    return data


class TestCertificate:
    def test_reads_what_the_settings_name(self) -> None:
        made = fact(insured=several("Halden AG"), policyNumber=several("P-1"), basis=several("Claims made"))
        data = made.data
        assert isinstance(data, Certificate)
        assert (data.type, data.insured, data.policy) == ("general_liability", "Halden AG", "P-1")
        assert (data.effective_on, data.expires_on) == (date(2026, 1, 1), date(2026, 12, 31))
        assert data.each_occurrence
        assert (data.each_occurrence.amount, data.each_occurrence.currency) == (Decimal(5000000), "EUR")
        assert data.aggregate is None
        assert (data.basis, data.additional_insured, data.primary) == ("claims_made", True, None)
        assert data.endorsements == ("CG 20 10", "CG 20 37")
        assert (made.party_hint, made.contract_hint) == ("Halden Facility AG", "IC-101")
        assert (made.known_at, made.source.record) == (AT, f"certificate/{key(1)}")
        assert made.source.label == "Certificate 001"

    def test_a_single_object_holds_its_attributes_below(self) -> None:
        row = OneTrustVendor().record(1)
        inside = {name: row.pop(name) for name in list(row) if isinstance(row[name], list)}
        connector = connector_of(OneTrustVendor())
        raw = RawRecord(
            kind="certificate", id=key(1), data={"row": {**row, "attributes": inside}}, updated_at=AT
        )
        assert connector.to_facts(raw)[0] == fact()

    @pytest.mark.parametrize(
        ("value", "day"),
        [
            ("2026-03-29", date(2026, 3, 29)),
            ("2026-03-28T23:00:00.000Z", date(2026, 3, 29)),  # midnight in Berlin
            ("2026-03-29T22:00:00Z", date(2026, 3, 30)),  # and the night its clocks went forward
            ("2026-03-29T00:30:00", date(2026, 3, 29)),
        ],
    )
    def test_a_day_told_as_an_instant_is_the_tenants_day(self, value: str, day: date) -> None:
        assert certificate({"zone": "Europe/Berlin"}, cancelledOn=several(value)).cancelled_on == day

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"certificateType": []}, "no type"),
            ({"validFrom": None}, "effective_on"),
            ({"validUntil": several("soon")}, "validUntil is no day"),
            ({"validUntil": several("0001-01-01T00:00:00+14:00")}, "validUntil is no day"),
            ({"eachOccurrence": several("5,000,000")}, "no amount"),
            ({"eachOccurrence": several("-1")}, "no amount"),
            ({"eachOccurrence": several("NaN")}, "no amount"),
            ({"limitCurrency": []}, "no currency"),
            ({"limitCurrency": several("XQX")}, "currency"),
            ({"basis": several("Per wish")}, "basis"),
            ({"additionalInsured": several("perhaps")}, "neither yes nor no"),
        ],
    )
    def test_what_is_not_understood_is_told_and_does_not_count(self, fields: Json, said: str) -> None:
        with pytest.raises(Skippable, match=said) as caught:
            fact(**fields)
        assert caught.value.place == f"certificate/{key(1)}"
        assert caught.value.remedy

    def test_limits_may_have_one_currency_for_all(self) -> None:
        limit = certificate({"default_currency": "CHF"}, limitCurrency=[]).each_occurrence
        assert limit
        assert limit.currency == "CHF"

    def test_a_change_is_another_version_and_the_same_content_the_same(self) -> None:
        assert fact().id == fact().id
        assert fact().id != fact(eachOccurrence=several("1")).id


class TestReading:
    def test_asks_for_what_changed_in_utc(self) -> None:
        vendor = OneTrustVendor(count=3)
        read_all(connector_of(vendor, overlap="PT0S"), "certificate", "2026-09-01T10:02:00+02:00")
        asked = json.loads(vendor.requests[-1].content)["queryRequest"]["criteria"]["filters"]
        assert asked == [
            {
                "field": "lastModifiedDate",
                "operator": "GREATER_THAN_EQUAL_TO",
                "value": "2026-09-01T08:02:00.000Z",
            }
        ]

    @pytest.mark.parametrize("asked", [True, False])
    def test_where_the_filter_does_nothing_older_ones_are_left_out(self, asked: bool) -> None:
        vendor = OneTrustVendor(count=25)
        vendor.filters = False
        connector = connector_of(vendor, overlap="PT0S", filter_changes=asked)
        ids, _, _ = read_all(connector, "certificate", vendor.changed_at(20).isoformat())
        assert ids == [key(n) for n in range(20, 25)]

    def test_a_list_that_shrinks_while_it_is_read_is_read_again(self) -> None:
        vendor = OneTrustVendor(count=25, page_size=10)
        respond, asked = vendor._search, []

        def shifting(entity: str, body: Json, number: int, size: int) -> httpx.Response:
            asked.append(number)
            given: Json = json.loads(respond(entity, body, number, size).content)
            if len(asked) == 2:
                given["content"] = given["content"][1:]
            return answer(given)

        vendor._search = shifting  # type: ignore[method-assign]
        assert len(read_all(connector_of(vendor), "certificate")[0]) == 25
        assert asked == [0, 1, 2, 0, 1, 2]

    def test_a_list_that_never_stays_whole_is_left_for_later(self) -> None:
        vendor = OneTrustVendor(count=5)
        respond = vendor._search

        def short(*given: Any) -> httpx.Response:
            return answer({**json.loads(respond(*given).content), "totalElements": 6})

        vendor._search = short  # type: ignore[method-assign, assignment]
        with pytest.raises(Retryable, match="5 of 6"):
            read_all(connector_of(vendor), "certificate")

    def test_a_read_that_broke_off_goes_on_behind_what_it_gave(self) -> None:
        vendor = OneTrustVendor(count=30, page_size=10)
        batches = connector_of(vendor, overlap="PT0S").read("certificate", None)
        cursor = [next(batches), next(batches)][-1].cursor
        assert datetime.fromisoformat(cursor) == vendor.changed_at(19)
        assert read_all(connector_of(vendor, overlap="PT0S"), "certificate", cursor)[0] == [
            key(n) for n in range(19, 30)
        ]

    def test_an_object_that_does_not_say_when_it_changed_is_told(self) -> None:
        vendor = OneTrustVendor(count=2)
        rows = vendor.rows()
        rows[0]["lastModifiedDate"] = "yesterday"
        vendor.rows = lambda: rows  # type: ignore[method-assign]
        ids, _, problems = read_all(connector_of(vendor), "certificate")
        assert ids == [key(1)]
        assert problems[0].place == f"certificate/{key(0)}"

    def test_vendors_are_kept_raw(self) -> None:
        vendor = OneTrustVendor()
        vendor.vendors = [{"id": key(n), "name": f"Vendor {n}"} for n in range(120)]
        connector = connector_of(vendor)
        (batch,) = connector.read("vendor", "")
        assert len(batch.records) == 120
        assert connector.to_facts(batch.records[0]) == ()

    @pytest.mark.parametrize("missing", ["entity", "type", "effective_on", "expires_on"])
    def test_the_object_type_must_be_told(self, missing: str) -> None:
        given = {k: v for k, v in OneTrustVendor().settings()["certificates"].items() if k != missing}
        with pytest.raises(Misconfigured) as caught:
            connector_of(OneTrustVendor(), certificates=given)
        assert missing in caught.value.place


def action(verb: str, payload: Json, target: str = f"certificate/{key(3)}") -> Action:
    return Action.model_validate(
        {
            "id": "act-1",
            "system": "onetrust",
            "verb": verb,
            "target": target,
            "payload": payload,
            "reference": "pacta-1f2e",
            "reason": "lapsed",
            "proposed_at": START,
            "proposed_by": "policy",
        }
    )


FINDING: Json = {
    "entity": "finding",
    "fields": {"title": "Lapsed", "text": None, "found": "2026-11-03", "done": False},
}


class TestWriting:
    def test_an_object_carries_name_attributes_and_our_reference(self) -> None:
        vendor = OneTrustVendor()
        made = connector_of(vendor).writer().create(action("put_record", FINDING))
        assert made.record == f"findings/{key(500)}"
        (row,) = vendor.objects["findings"]
        assert row["name"] == "Lapsed"
        assert (row["ourKey"], row["foundOn"]) == ([{"value": "pacta-1f2e"}], [{"value": "2026-11-03"}])
        assert (row["description"], row["done"]) == ([], [{"value": "false"}])

    def test_attributes_of_a_certificate_are_set(self) -> None:
        vendor = OneTrustVendor()
        fields = {"fields": {"verdict": "breached", "credit": Decimal("12.50")}}
        writer = connector_of(vendor).writer()
        made = writer.create(action("set_fields", fields))
        assert made.record == f"certificate/{key(3)}"
        assert vendor.changes[0]["pactaVerdict"] == [{"value": "breached"}]
        with pytest.raises(NotFound):
            writer.create(action("set_fields", fields, key(777)))

    @pytest.mark.parametrize("target", ["", "../x", "certificate/1", f"vendor/{key(3)}", f"{key(3)}/x"])
    def test_a_target_that_is_no_certificate_is_refused(self, target: str) -> None:
        vendor = OneTrustVendor()
        with pytest.raises(Fatal, match="no certificate"):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"credit": 1}}, target))
        assert not vendor.requests

    @pytest.mark.parametrize(
        ("verb", "given"),
        [
            ("put_record", {"entity": "audit", "fields": {}}),
            ("put_record", {"entity": "finding", "fields": {"colour": "red"}}),
            ("set_fields", {"fields": {"colour": "red"}}),
        ],
    )
    def test_what_is_not_configured_is_told_before_anything_is_sent(self, verb: str, given: Json) -> None:
        vendor = OneTrustVendor()
        with pytest.raises(Misconfigured):
            connector_of(vendor).writer().create(action(verb, given))
        assert not vendor.requests

    def test_an_answer_without_id_is_told(self) -> None:
        vendor = OneTrustVendor()
        respond = vendor.respond

        def without(request: httpx.Request) -> httpx.Response:
            given = respond(request)
            return answer({}) if request.method == "PATCH" else given

        vendor.respond = without  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer, match="no id"):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"credit": 1}}))


@needs_specification
class TestSpecification:
    def test_every_request_is_one_that_the_vendor_specifies(self) -> None:
        vendor = OneTrustVendor(count=25)
        connector = connector_of(vendor)
        assert connector.check().ok
        read_all(connector, "certificate", vendor.changed_at(9).isoformat())
        read_all(connector, "vendor")
        writer = connector.writer()
        writer.create(action("put_record", FINDING))
        writer.create(action("set_fields", {"fields": {"verdict": "x"}}))
        objects = load("onetrust/platform-object-manager.json")
        inventory = load("onetrust/privacy-automation-data-mapping-automation.json")
        tried = set()
        for request in vendor.requests:
            if request.url.path.endswith("/token"):
                continue
            of_objects = request.url.path.startswith("/api/custom-entity")
            tried.add((request.method, of_objects))
            spec, base = (objects, "/api/custom-entity") if of_objects else (inventory, "")
            assert faults(request, spec, base) == [], request.url.path
        assert tried == {("POST", True), ("PATCH", True), ("GET", False)}
