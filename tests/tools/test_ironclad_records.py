"""Ironclad: properties of contracts, and records and obligations of types of our own that hang on them."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from tests.tools.conformance import connector_of
from tests.tools.test_ironclad import Repository, action
from tests.tools.vendors import Json
from tools.ironclad.properties import EntityMap, PropertyTarget
from tools.kit import Fatal, Misconfigured, NotFound

CREDIT = {"id": "creditDue", "type": "monetary_amount", "currency": "EUR"}
OWN: Json = {
    "contract_fields": {
        "performance": "performanceSummary",
        "kept": "promisesKept",
        "at_risk": {"id": "atRisk", "type": "boolean"},
        "credit": CREDIT,
        "judged_on": {"id": "judgedOn", "type": "date"},
    },
    "entities": {
        "audit": {
            "record_type": "pactaAudit",
            "title": "what",
            "fields": {"what": "event", "credit": CREDIT},
        },
        "obligation": {"obligation_type": "payment", "reference": "pactaRef", "fields": {"title": "about"}},
    },
}


def writer_of(vendor: Repository) -> Any:
    return connector_of(vendor, **OWN).writer()


def put(entity: str, target: str = "IC-102", **fields: Any) -> Any:
    return action("put_record", {"entity": entity, "fields": fields}, target)


class TestFields:
    def set(self, vendor: Repository, **fields: Any) -> Json:
        made = writer_of(vendor).create(action("set_fields", {"fields": fields}))
        assert made.record == "IC-102"
        return vendor.written[-1]

    def test_values_take_the_type_of_their_property(self) -> None:
        fields = {"performance": "2 of 3 kept", "kept": 2, "at_risk": True, "credit": "-980.50"}
        body = self.set(Repository(), **fields, judged_on="2026-11-10")
        assert body["path"] == "/records/IC-102"
        assert body["addProperties"] == {
            "performanceSummary": {"type": "string", "value": "2 of 3 kept"},
            "promisesKept": {"type": "number", "value": 2},
            "atRisk": {"type": "boolean", "value": True},
            "creditDue": {"type": "monetary_amount", "value": {"currency": "EUR", "amount": -980.5}},
            "judgedOn": {"type": "date", "value": "2026-11-10T00:00:00Z"},
        }
        assert "removeProperties" not in body

    def test_an_empty_value_empties_the_property(self) -> None:
        body = self.set(Repository(), performance=None, kept=3)
        assert body["removeProperties"] == ["performanceSummary"]
        assert set(body["addProperties"]) == {"promisesKept"}

    @pytest.mark.parametrize(
        "wrong", [{"credit": "many"}, {"judged_on": "soon"}, {"at_risk": "perhaps"}, {"credit": True}]
    )
    def test_a_value_that_its_property_cannot_hold_is_refused_unsent(self, wrong: Json) -> None:
        vendor = Repository()
        with pytest.raises(Fatal, match=next(iter(wrong))) as caught:
            self.set(vendor, **wrong)
        assert caught.value.remedy
        assert vendor.requests == []

    def test_a_field_that_is_not_mapped_is_named(self) -> None:
        with pytest.raises(Misconfigured, match="colour"):
            self.set(Repository(), colour="red")


class TestRecords:
    def test_an_audit_entry_is_linked_to_its_contract(self) -> None:
        vendor = Repository()
        made = writer_of(vendor).create(put("audit", what="Breach", credit="980"))
        (body,) = vendor.written
        assert made.record == "IC-900"
        assert (body["type"], body["name"], body["links"]) == (
            "pactaAudit",
            "Breach",
            [{"recordId": "uuid-2"}],
        )
        assert body["properties"]["externalRef"] == {"type": "string", "value": "pacta-1f2e"}
        assert body["properties"]["creditDue"]["value"] == {"currency": "EUR", "amount": 980}

    def test_without_a_contract_it_stands_alone_under_its_reference(self) -> None:
        vendor = Repository()
        writer_of(vendor).create(put("audit", "", credit=None))
        (body,) = vendor.written
        assert "links" not in body
        assert body["name"] == "Audit pacta-1f2e"

    def test_an_obligation_of_a_type_of_its_own(self) -> None:
        vendor = Repository()
        writer_of(vendor).create(put("obligation", title="Credit of October"))
        (body,) = vendor.written
        assert (body["parentId"], body["obligationTypeKey"]) == ("IC-102", ["payment"])
        assert body["properties"]["pactaRef"]["value"] == "pacta-1f2e"
        again = writer_of(vendor).create(put("obligation", title="Credit of October"))
        assert again.record == "OB-1"
        assert len(vendor.written) == 1

    def test_a_contract_that_is_not_there_is_told(self) -> None:
        vendor = Repository()
        with pytest.raises(NotFound):
            writer_of(vendor).create(put("audit", "IC-999", what="x"))
        assert vendor.written == []

    def test_an_entity_that_is_not_configured_is_named(self) -> None:
        with pytest.raises(Misconfigured, match="rumour"):
            writer_of(Repository()).create(put("rumour", what="x"))

    def test_our_own_records_are_no_contracts(self) -> None:
        vendor = Repository()
        vendor.rows_held["uuid-a"] = {**vendor.record(3), "id": "uuid-a", "type": "pactaAudit"}
        batches = connector_of(vendor, **OWN).read("contract", None)
        assert {r.id for batch in batches for r in batch.records} == {"IC-101", "IC-102"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": {"a": "b"}},
        {"record_type": "x", "obligation_type": "y", "fields": {"a": "b"}},
        {"record_type": "x", "fields": {}},
        {"record_type": "x", "fields": {"a": {"id": "b", "type": "monetary_amount"}}},
    ],
)
def test_what_cannot_be_written_is_refused_with_the_settings(wrong: Json) -> None:
    with pytest.raises(ValidationError):
        EntityMap.model_validate(wrong)


def test_a_bare_text_is_the_id_of_a_property() -> None:
    assert PropertyTarget.model_validate("event") == PropertyTarget(id="event")


def test_nothing_is_asked_for_where_nothing_is_configured() -> None:
    vendor = Repository()
    connector_of(vendor, entities={}).writer().find("pacta-1f2e")
    asked = [r for r in vendor.requests if r.url.path.endswith("/records")]
    assert asked == []
    assert isinstance(vendor.requests[-1], httpx.Request)
