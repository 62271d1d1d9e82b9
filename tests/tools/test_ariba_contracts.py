"""Ariba's contract workspaces: read, found by their numbers, and changed where they may be."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.tools.ariba_vendor import AribaVendor
from tests.tools.conformance import connector_of, read_all
from tests.tools.test_ariba import action_for as action
from tests.tools.vendors import Json, answer
from tools.kit import Fatal, Misconfigured, NotFound, Skippable, WrongAnswer
from tools.kit.verbs import RawRecord

AT = datetime(2026, 10, 5, 12, tzinfo=UTC)


def contract(changes: Json, **settings: Any) -> Any:
    row = {**AribaVendor().workspace(1), **changes}
    vendor = AribaVendor()
    vendor.workspaces[1] = row
    return connector_of(vendor, **settings).contract("CW1")


class TestContracts:
    def test_a_workspace_is_a_contract_and_no_fact(self) -> None:
        connector = connector_of(AribaVendor())
        records = [one for batch in connector.read("contract", None) for one in batch.records]
        assert [connector.to_facts(one) for one in records] == [()] * 3
        found = connector.contract("CW1")
        assert found == connector.to_contract(records[1])
        assert (found.id, found.title, found.counterparty) == ("CW1", "Agreement 1", "Acme")
        assert found.party_keys == {"ariba": "17300001"}
        assert (found.effective_on, found.expires_on, found.relation) == (
            date(2026, 1, 1),
            None,
            "standalone",
        )
        assert found.source.record == "contract/CW1"

    def test_only_changed_workspaces_are_given_again(self) -> None:
        vendor = AribaVendor()
        connector = connector_of(vendor, overlap="PT0S", contract_page=2)
        ids, cursor, _ = read_all(connector, "contract")
        assert ids == ["CW0", "CW1", "CW2"]
        assert datetime.fromisoformat(cursor) == vendor.changed_at(2)
        vendor.workspaces[0]["lastModifiedDate"] = "2026-09-03T00:00:00.000Z"
        assert read_all(connector, "contract", cursor)[0] == ["CW0", "CW2"]

    def test_a_filter_of_the_settings_is_sent(self) -> None:
        vendor = AribaVendor()
        connector = connector_of(vendor, overlap="PT0S", contract_filter="lastModifiedDate gt {since}")
        read_all(connector, "contract", "2026-09-03T00:00:00+00:00")
        assert vendor.requests[-1].url.params["$filter"] == "lastModifiedDate gt 2026-09-03T00:00:00Z"

    @pytest.mark.parametrize(
        ("changes", "relation", "parent"),
        [
            ({"hierarchicalType": "MasterAgreement"}, "master", None),
            ({"hierarchicalType": "SubAgreement", "parentAgreement": {"contractId": "CW0"}}, "sow", "CW0"),
            ({"hierarchicalType": "Other", "parentAgreement": "CW0"}, None, "CW0"),
            ({"hierarchicalType": "SubAgreement", "amendmentType": "Amend"}, "amendment", None),
            ({"hierarchicalType": None}, "standalone", None),
        ],
    )
    def test_its_place_in_the_hierarchy(self, changes: Json, relation: Any, parent: Any) -> None:
        found = contract(changes, relations={"SubAgreement": "sow", "Amend": "amendment"})
        assert (found.relation, found.parent) == (relation, parent)

    @pytest.mark.parametrize("value", [["IC-101"], "IC-101"])
    def test_a_number_may_stand_in_a_custom_field(self, value: Any) -> None:
        vendor = AribaVendor()
        vendor.workspaces[1]["customFields"] = [{"fieldId": "cus_Number", "textValue": value}]
        connector = connector_of(vendor, contract_number=["cus_Number", "contractId"])
        assert connector.contract("IC-101") == connector.contract("CW1")
        assert connector.contract("IC-101").id == "IC-101"
        for held in (connector, connector_of(AribaVendor())):
            with pytest.raises(NotFound) as caught:
                held.contract("IC-999")
            assert caught.value.remedy

    @pytest.mark.parametrize(("above", "told"), [("CW0", "IC-100"), ("CW2", "CW2"), ("CW77", "CW77")])
    def test_the_workspace_above_is_told_by_its_number(self, above: str, told: str) -> None:
        vendor = AribaVendor()
        vendor.workspaces[0]["customFields"] = [{"fieldId": "cus_Number", "textValue": ["IC-100"]}]
        vendor.workspaces[1]["parentAgreement"] = above
        connector = connector_of(vendor, contract_number=["cus_Number", "contractId"])
        assert connector.contract("CW1").parent == told

    def test_what_is_missing_or_no_day_is_told(self) -> None:
        bare = {**AribaVendor().workspace(1), "contractId": ""}
        raw = RawRecord(kind="contract", id="CW1", data={"row": bare}, updated_at=AT)
        with pytest.raises(Skippable, match="without number"):
            connector_of(AribaVendor()).to_contract(raw)
        with pytest.raises(Skippable, match="without number"):
            contract({"title": ""})
        found = contract({"expirationDate": "never"})
        assert found.expires_on is None
        assert "expirationDate" in found.problems[0].what

    def test_a_workspace_without_change_is_told(self) -> None:
        vendor = AribaVendor()
        vendor.workspaces[0]["lastModifiedDate"] = None
        ids, _, problems = read_all(connector_of(vendor), "contract")
        assert ids == ["CW1", "CW2"]
        assert problems[0].place == "CW0"

    @pytest.mark.parametrize("body", [[], {}, {"value": []}, {"value": 7}, "x"])
    def test_an_answer_without_workspace_is_wrong(self, body: Any) -> None:
        vendor = AribaVendor()
        vendor.respond = lambda request: answer(body)  # type: ignore[method-assign]
        with pytest.raises(WrongAnswer):
            connector_of(vendor).contract("CW1")


class TestWriting:
    def test_custom_fields_carry_values_and_our_reference(self) -> None:
        vendor = AribaVendor()
        fields = {"performance": "breached", "credit": Decimal("12.50"), "seen": date(2026, 11, 3)}
        made = connector_of(vendor).writer().create(action("set_fields", {"fields": fields}))
        assert made.record == "contract/CW1"
        (sent,) = vendor.written
        assert sent["contractId"] == "CW1"
        assert {each["fieldId"]: each["textValue"] for each in sent["customFields"]} == {
            "cus_Performance": ["breached"],
            "cus_Credit": ["12.50"],
            "cus_Seen": ["2026-11-03"],
            "cus_Reference": ["pacta-1f2e"],
        }
        assert vendor.requests[-1].url.params["passwordAdapter"] == "PasswordAdapter1"

    def test_a_workspace_may_be_named_in_the_path(self) -> None:
        vendor = AribaVendor()
        path = "/contract-workspace-modification/v1/prod/contractWorkspaces/{id}"
        connector = connector_of(vendor, changes_path=path)
        connector.writer().create(action("set_fields", {"fields": {"credit": 1}}))
        assert vendor.requests[-1].url.path.endswith("/contractWorkspaces/CW1")
        assert "contractId" not in vendor.written[0]

    def test_our_reference_may_stand_at_the_end_of_the_description(self) -> None:
        vendor = AribaVendor()
        vendor.workspaces[1]["description"] = "Hosting\n\nReference: pacta-before"
        writer = connector_of(
            vendor, reference_field="description", contract_fields={"name": "title"}
        ).writer()
        made = writer.create(action("set_fields", {"fields": {"name": "Hosting (breached)"}}))
        (sent,) = vendor.written
        assert sent["title"] == "Hosting (breached)"
        assert sent["description"] == "Hosting\n\nReference: pacta-1f2e"
        vendor.workspaces[1] |= sent
        assert writer.find("pacta-1f2e", "CW1") == made
        assert writer.create(action("set_fields", {"fields": {"name": "x"}})) == made
        assert len(vendor.written) == 1

    @pytest.mark.parametrize("status", ["Published", "Closed", None])
    def test_a_workspace_that_is_closed_to_change_is_left_alone(self, status: Any) -> None:
        vendor = AribaVendor()
        vendor.workspaces[1]["contractStatus"] = status
        with pytest.raises(Fatal, match="cannot be changed") as caught:
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"credit": 1}}))
        assert "amended" in caught.value.remedy
        assert not vendor.written

    def test_fields_that_are_not_mapped_are_told_before_anything_is_sent(self) -> None:
        vendor = AribaVendor()
        with pytest.raises(Misconfigured, match="colour"):
            connector_of(vendor).writer().create(action("set_fields", {"fields": {"colour": "red"}}))
        given = action("set_fields", {"fields": {"credit": 1}})
        with pytest.raises(Misconfigured, match="our reference"):
            connector_of(vendor, reference_field="").writer().create(given)
        assert not vendor.requests

    def test_an_unknown_workspace_holds_nothing_of_ours(self) -> None:
        writer = connector_of(AribaVendor()).writer()
        assert writer.find("pacta-1f2e", "CW99") is None
        assert writer.find("pacta-1f2e") is None
        with pytest.raises(NotFound):
            writer.create(action("set_fields", {"fields": {"credit": 1}}, "CW99"))

    def test_holds_and_payments_are_refused_with_the_reason(self) -> None:
        writer = connector_of(AribaVendor()).writer()
        for verb in ("hold_invoice", "schedule_payment", "create_task"):
            with pytest.raises(Fatal, match=verb) as caught:
                writer.create(action(verb, {}))
            assert ":" in caught.value.what
