"""Coupa: comments, tasks, invoices and fields out; requests against the vendor's specification."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox import openapi
from tests.tools.conformance import connector_of, lose_answer
from tests.tools.coupa_vendor import (
    CoupaVendor,
    invoice,
    order,
)
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json, answer
from tools import connect
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer

ROOT = Path(__file__).parents[2]


SPECS = ROOT.parent / "shared" / "vendors" / "coupa" / "openapi-R39"


BILL = {
    "supplier": "17300005",
    "number": "PW-2000",
    "invoiced_on": "2026-11-02",
    "currency": "EUR",
    "lines": [{"text": "Acetone", "amount": "100.00", "order": "4500000108", "order_line": "1"}],
}


class TestWriting:
    def test_a_comment_is_written_once(self) -> None:
        vendor = CoupaVendor(count=5)
        writer = connector_of(vendor).writer()
        note = action("comment", {"text": "Late by 3 days"}, "invoices/3")
        first = writer.create(note)
        assert writer.create(note) == first
        (sent,) = vendor.written
        assert sent["path"] == "invoices/3/comments"
        assert sent["body"]["comments"].endswith("Reference: pacta-1f2e")
        assert writer.find("pacta-1f2e", "invoices/3") == first
        assert writer.find("pacta-1f2", "invoices/3") is None

    def test_a_comment_may_mention_who_is_in_charge_and_not_be_public(self) -> None:
        vendor = CoupaVendor()
        vendor.held["purchase_orders"] = [order(requester={"id": 44})]
        writer = connector_of(vendor).writer()
        writer.create(action("comment", {"text": "x", "mention_assignee": True}, "purchase_orders/25"))
        assert vendor.written[0]["body"]["comments"].startswith("@[User:44] x")
        with pytest.raises(Fatal, match="not shown"):
            writer.create(action("comment", {"text": "x", "public": True}, "purchase_orders/25", "pacta-2"))

    def test_a_lost_answer_is_found_the_next_time(self) -> None:
        vendor = CoupaVendor(count=5)
        connector: Any = connect({"coupa": vendor.settings()}, lose_answer(vendor))["coupa"]
        with pytest.raises(Retryable) as caught:
            connector.writer().create(action("create_invoice", BILL, ""))
        assert caught.value.maybe_done
        made = connector.writer().create(action("create_invoice", BILL, ""))
        assert len(vendor.held["invoices"]) == 1
        assert made.label == "PW-2000"

    def test_an_invoice_is_entered_as_a_draft_and_once(self) -> None:
        vendor = CoupaVendor(count=5)
        writer = connector_of(vendor).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        assert writer.create(action("create_invoice", BILL, "")) == made
        (sent,) = vendor.written
        body = sent["body"]
        assert body["supplier"] == {"number": "17300005"}
        assert body["account-type"] == {"name": "Tessaly"}
        assert body["invoice-lines"][0]["price"] == "100.00"
        assert writer.find("pacta-1f2e") == made

    def test_an_invoice_needs_its_chart_of_accounts(self) -> None:
        with pytest.raises(Misconfigured, match="chart of accounts"):
            connector_of(CoupaVendor(), account_type="").writer().create(action("create_invoice", BILL, ""))

    def test_one_that_is_not_to_be_held_is_submitted(self) -> None:
        vendor = CoupaVendor()
        connector_of(vendor).writer().create(action("create_invoice", {**BILL, "blocked": False}, ""))
        assert vendor.written[1]["path"].endswith("/submit")

    def test_a_number_that_the_supplier_used_already_is_refused(self) -> None:
        vendor = CoupaVendor(count=5)
        with pytest.raises(Fatal, match="already"):
            connector_of(vendor).writer().create(action("create_invoice", {**BILL, "number": "PW-3"}, ""))
        assert not vendor.written

    def test_a_credit_note_names_the_invoice_it_corrects(self) -> None:
        vendor = CoupaVendor(count=5)
        writer = connector_of(vendor).writer()
        writer.create(action("create_invoice", {**BILL, "credit": True}, "invoices/3"))
        body = vendor.written[0]["body"]
        assert body["is-credit-note"] is True
        assert (body["original-invoice-number"], body["original-invoice-date"]) == ("PW-3", "2026-09-01")
        assert body["invoice-lines"][0]["price"] == "-100.00"
        other = {**BILL, "credit": True, "number": "PW-2001"}
        with pytest.raises(Fatal, match="no document"):
            writer.create(action("create_invoice", other, "IC-108", "pacta-3"))

    def test_a_hold_is_a_dispute_and_only_where_switched_on(self) -> None:
        vendor = CoupaVendor(count=5)
        hold = action("hold_invoice", {"reason": "Damaged"}, "invoices/3")
        with pytest.raises(Fatal, match="notifies the supplier"):
            connector_of(vendor).writer().create(hold)
        assert not vendor.requests
        writer = connector_of(vendor, dispute=True, dispute_reason="DAMAGED").writer()
        writer.create(hold)
        assert [w["path"] for w in vendor.written] == ["invoices/3/comments", "invoices/3/dispute"]
        assert vendor.written[1]["body"] == {"dispute-reasons": [{"code": "DAMAGED"}]}

    def test_what_is_disputed_or_released_already_is_left_alone(self) -> None:
        vendor = CoupaVendor(count=0)
        vendor.held["invoices"] = [invoice(status="disputed")]
        writer = connector_of(vendor, dispute=True).writer()
        writer.create(action("hold_invoice", {"reason": "Damaged"}, "invoices/4835"))
        assert not vendor.written
        writer.create(action("release_invoice", {"reason": "Replaced"}, "invoices/4835"))
        assert vendor.written[-1]["path"] == "invoices/4835/withdraw_dispute"
        vendor.held["invoices"] = [invoice()]
        writer.create(action("release_invoice", {"reason": "Replaced"}, "invoices/4835"))
        assert len(vendor.written) == 2

    def test_a_task_is_opened_once_and_completed(self) -> None:
        vendor = CoupaVendor()
        writer = connector_of(vendor, tasks_of="projects/12", task_owner=44).writer()
        task = action("create_task", {"title": "Look", "text": "x", "due_on": "2026-11-15"}, "IC-108")
        vendor.held["tasks"] = vendor.held.setdefault("projects/12/tasks", [])
        made = writer.create(task)
        assert writer.create(task) == made
        assert vendor.written[0]["path"] == "projects/12/tasks"
        assert vendor.written[0]["body"]["due-date"] == "2026-11-15"
        assert vendor.written[0]["body"]["owner-id"] == 44
        writer.create(action("update_task", {"title": "Look", "text": "x", "state": "done"}, "IC-108"))
        assert vendor.written[-1]["body"]["percentage"] == 100
        with pytest.raises(NotFound):
            writer.create(action("update_task", {"title": "Look"}, "", "pacta-none"))

    def test_a_task_needs_a_place_and_an_owner(self) -> None:
        for settings in ({}, {"tasks_of": "projects/12"}, {"task_owner": 44}):
            with pytest.raises(Misconfigured, match="owner"):
                connector_of(CoupaVendor(), **settings).writer().create(action("create_task", {"title": "a"}))

    def test_fields_of_a_contract_are_set_by_their_map(self) -> None:
        vendor = CoupaVendor()
        writer = connector_of(vendor, contract_fields_written={"credit": "credit-due"}).writer()
        writer.create(action("set_fields", {"fields": {"credit": "12.50"}}, "contracts/9"))
        assert vendor.written[0] == {
            "method": "PUT",
            "path": "contracts/9",
            "body": {"custom-fields": {"credit-due": "12.50"}},
        }
        with pytest.raises(Misconfigured, match="colour"):
            writer.create(action("set_fields", {"fields": {"colour": "red"}}, "contracts/9"))
        with pytest.raises(Fatal, match="no contract"):
            writer.create(action("set_fields", {"fields": {"credit": 1}}, "invoices/9"))

    @pytest.mark.parametrize("verb", ["schedule_payment", "put_record", "send_message"])
    def test_what_coupa_lacks_is_refused_before_anything_is_asked(self, verb: str) -> None:
        vendor = CoupaVendor()
        with pytest.raises(Fatal, match=f"takes no {verb}: "):
            connector_of(vendor).writer().create(action(verb, {}))
        assert not vendor.requests

    @pytest.mark.parametrize("target", ["../users/1", "invoices/x", "", "users/1", "invoices/1?x=1"])
    def test_a_target_cannot_reach_elsewhere(self, target: str) -> None:
        vendor = CoupaVendor()
        with pytest.raises(Fatal, match="no document"):
            connector_of(vendor).writer().create(action("comment", {"text": "x"}, target))
        assert not vendor.requests

    def test_the_field_an_error_names_is_told(self) -> None:
        class Refusing(CoupaVendor):
            def _write(self, method: str, path: str, body: Json) -> httpx.Response:
                return answer({"errors": {"account": ["Cost centre is missing"]}}, 400)

        with pytest.raises(Fatal, match="account: Cost centre is missing"):
            connector_of(Refusing()).writer().create(action("create_invoice", BILL, ""))

    def test_an_answer_without_id_is_wrong(self) -> None:
        class Mute(CoupaVendor):
            def _write(self, method: str, path: str, body: Json) -> httpx.Response:
                return answer({})

        with pytest.raises(WrongAnswer, match="no id"):
            connector_of(Mute()).writer().create(action("create_invoice", BILL, ""))


def _spec(name: str) -> Json:
    loaded: Json = json.loads((SPECS / f"R39_{name}_API.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.skipif(not SPECS.is_dir(), reason="no copy of the vendor's specifications beside the checkout")
class TestAgainstTheSpecification:
    """Requests of the connector against the vendor's own OpenAPI files.

    Its types are not held against our numbers: it calls a decimal `number`, and the documentation's samples
    write it as text. `/invoices` lacks POST in the file, and `/tasks` under a project stands in another.
    """

    PLACES = (
        ("invoices", "Invoicing"),
        ("purchase_orders", "Purchasing"),
        ("contracts", "Purchasing"),
        ("suppliers", "Core_Platform"),
        ("receiving_transactions", "Core_Platform"),
    )

    @pytest.mark.parametrize(("path", "name"), PLACES)
    def test_lists_and_their_parameters(self, path: str, name: str) -> None:
        known = {p["name"] for p in _spec(name)["paths"][f"/{path}"]["get"]["parameters"]}
        assert {"limit", "offset", "order_by", "dir"} <= known

    def test_the_fields_that_are_read_exist(self) -> None:
        source = "".join(
            (ROOT / "tools" / "coupa" / f"{part}.py").read_text()
            for part in ("contracts", "documents", "writer")
        )
        quoted = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
        known: set[str] = set()
        for name in ("Invoicing", "Purchasing", "Core_Platform"):
            for definition in _spec(name)["definitions"].values():
                known |= set(definition.get("properties", {}))
        assert quoted - known == {"custom-fields"} & quoted

    def test_writes_go_where_the_file_says(self) -> None:
        invoicing, core, clm = _spec("Invoicing"), _spec("Core_Platform"), _spec("Purchasing")
        for verb in ("dispute", "withdraw_dispute", "submit"):
            assert "put" in invoicing["paths"][f"/invoices/{{id}}/{verb}"]
        for each in (
            "invoices/{invoice_id}",
            "purchase_orders/{purchase_order_id}",
            "contracts/{contract_id}",
        ):
            assert {"get", "post"} <= set(core["paths"][f"/{each}/comments"])
        assert "put" in clm["paths"]["/contracts/{id}"]
        assert {"get", "post"} <= set(core["paths"]["/tasks"])
        assert "post" in core["paths"]["/projects/{project_id}/tasks"]

    def test_an_invoice_that_we_enter_has_known_fields_only(self) -> None:
        vendor = CoupaVendor(count=5)
        connector_of(vendor).writer().create(action("create_invoice", {**BILL, "credit": True}, "invoices/3"))
        spec = _spec("Invoicing")
        body = vendor.written[0]["body"]
        header = openapi.resolve({"$ref": "#/definitions/InvoiceHeader"}, spec)["properties"]
        lines = openapi.resolve({"$ref": "#/definitions/InvoiceLine"}, spec)["properties"]
        assert set(body) <= set(header)
        assert set(body["invoice-lines"][0]) <= set(lines)
