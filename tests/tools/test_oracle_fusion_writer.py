"""Oracle Fusion: invoices, holds, instalments and attributes out."""

from typing import Any

import httpx
import pytest

from tests.tools.conformance import connector_of, lose_answer
from tests.tools.oracle_fusion_vendor import SUPPLIER, UNIT, OracleFusionVendor, hold, installment, invoice
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json, answer
from tools import connect
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer

BILL: Json = {
    "supplier": SUPPLIER,
    "number": "PW-2000",
    "invoiced_on": "2026-11-02",
    "currency": "EUR",
    "lines": [
        {"text": "Acetone", "amount": "100.50", "order": "4500000108", "order_line": "1.2"},
        {"text": "Freight", "amount": "20", "account": "01-200-6100-0000"},
    ],
    "due_on": "2026-12-02",
    "text": "Agreed correction",
}
HELD = "hold_invoice", {"reason": "Damaged"}, "invoices/3"
FREE = "release_invoice", {"reason": "Replaced"}, "invoices/3"


def mine(**changes: Any) -> Json:
    return hold(InvoiceNumber="PW-3", HoldReason="Damaged Reference: pacta-0aaa", **changes)


class TestInvoices:
    def test_one_is_entered_once_with_its_lines_and_instalment_and_held(self) -> None:
        vendor = OracleFusionVendor(count=5)
        writer = connector_of(vendor).writer()
        made = writer.create(action("create_invoice", BILL, ""))
        assert writer.create(action("create_invoice", BILL, "")) == made
        entered, held = (each["body"] for each in vendor.written)
        assert (entered["InvoiceAmount"], entered["InvoiceType"]) == (120.5, "Standard")
        assert (entered["BusinessUnit"], entered["Supplier"], entered["SupplierSite"]) == (
            UNIT,
            SUPPLIER,
            "MAIN",
        )
        assert entered["Description"] == "Agreed correction Reference: pacta-1f2e"
        first, second = entered["invoiceLines"]
        assert (first["PurchaseOrderLineNumber"], first["PurchaseOrderScheduleLineNumber"]) == (1, 2)
        assert second["DistributionCombination"] == "01-200-6100-0000"
        assert entered["invoiceInstallments"] == [
            {"InstallmentNumber": 1, "DueDate": "2026-12-02", "GrossAmount": 120.5}
        ]
        assert (held["InvoiceNumber"], held["HoldName"]) == ("PW-2000", "Contract")
        assert writer.find("pacta-1f2e") == made
        assert writer.find("pacta-1f2") is None
        asked = vendor.requests[-1].url.params["q"]
        assert asked == "Description like '%pacta-1f2%'"

    def test_what_a_lost_answer_left_without_its_hold_gets_it(self) -> None:
        vendor = OracleFusionVendor(count=5)
        connector: Any = connect({"oracle_fusion": vendor.settings()}, lose_answer(vendor))["oracle_fusion"]
        with pytest.raises(Retryable) as caught:
            connector.writer().create(action("create_invoice", BILL, ""))
        assert caught.value.maybe_done
        connector.writer().create(action("create_invoice", BILL, ""))
        assert [each["path"] for each in vendor.written] == ["invoices", "invoiceHolds"]

    def test_one_that_is_not_to_be_held_is_entered_alone(self) -> None:
        vendor = OracleFusionVendor()
        settings = {"hold_name": "", "invoice_values": {"PaymentTerms": "Net 30", "invoiceDff": [{"a": "b"}]}}
        connector_of(vendor, **settings).writer().create(
            action("create_invoice", {**BILL, "blocked": False}, "")
        )
        (sent,) = vendor.written
        assert (sent["body"]["PaymentTerms"], sent["body"]["invoiceDff"]) == ("Net 30", [{"a": "b"}])

    def test_a_credit_memo_is_negative(self) -> None:
        vendor = OracleFusionVendor()
        connector_of(vendor).writer().create(
            action("create_invoice", {**BILL, "credit": True, "blocked": False, "supplier": "17300005"}, "")
        )
        body = vendor.written[0]["body"]
        assert (body["InvoiceType"], body["InvoiceAmount"]) == ("Credit memo", -120.5)
        assert (body["SupplierNumber"], body["invoiceLines"][0]["LineAmount"]) == ("17300005", -100.5)

    def test_a_number_that_the_supplier_used_already_is_refused(self) -> None:
        vendor = OracleFusionVendor(count=5)
        with pytest.raises(Fatal, match="already"):
            connector_of(vendor).writer().create(action("create_invoice", {**BILL, "number": "PW-3"}, ""))
        assert not vendor.written

    @pytest.mark.parametrize(
        "setting", [{"business_unit": ""}, {"supplier_sites": {}}, {"hold_name": ""}], ids=str
    )
    def test_what_payables_needs_is_asked_of_the_settings(self, setting: Json) -> None:
        vendor = OracleFusionVendor()
        with pytest.raises(Misconfigured) as caught:
            connector_of(vendor, **setting).writer().create(action("create_invoice", BILL, ""))
        assert next(iter(setting)) in caught.value.place
        assert not vendor.requests

    def test_a_line_against_an_order_names_the_order_s_line(self) -> None:
        for number in ("", "x", "1.x"):
            lines = [{"text": "a", "amount": "1", "order": "45", "order_line": number}]
            with pytest.raises(Fatal, match="needs the order's line"):
                connector_of(OracleFusionVendor()).writer().create(
                    action("create_invoice", {**BILL, "lines": lines}, "")
                )

    def test_a_quote_in_a_name_stays_a_quote_and_a_control_character_is_refused(self) -> None:
        vendor = OracleFusionVendor()
        writer = connector_of(vendor).writer()
        writer.create(
            action("create_invoice", {**BILL, "supplier": "O'Hara' or 'a'='a", "blocked": False}, "")
        )
        asked = [request.url.params.get("q", "") for request in vendor.requests]
        assert any("'O''Hara'' or ''a''=''a'" in q for q in asked)
        with pytest.raises(Fatal, match="searched"):
            writer.create(action("create_invoice", {**BILL, "number": "a\nb"}, "", "pacta-2"))

    def test_an_answer_without_the_invoice_is_no_success(self) -> None:
        class Mute(OracleFusionVendor):
            def _write(self, request: httpx.Request, path: str) -> httpx.Response:
                return answer({} if path == "invoices" else {"HoldId": None})

        with pytest.raises(WrongAnswer, match="no row"):
            connector_of(Mute()).writer().create(action("create_invoice", BILL, ""))
        with pytest.raises(Fatal, match="no HoldId"):
            connector_of(Mute(count=5)).writer().create(action(*HELD))

    def test_attributes_are_set_by_their_map(self) -> None:
        vendor = OracleFusionVendor(count=5)
        writer = connector_of(vendor, invoice_fields={"group": "PayGroup"}).writer()
        made = writer.create(action("set_fields", {"fields": {"group": "Contracts"}}, "invoices/3"))
        assert vendor.written == [
            {"method": "PATCH", "path": "invoices/00020000000EACED3", "body": {"PayGroup": "Contracts"}}
        ]
        assert made.record == "invoices/3"
        with pytest.raises(Misconfigured, match="colour"):
            writer.create(action("set_fields", {"fields": {"colour": "red"}}, "invoices/3"))


class TestHolds:
    def test_a_hold_names_its_invoice_and_is_placed_once(self) -> None:
        vendor = OracleFusionVendor(count=5)
        writer = connector_of(vendor).writer()
        made = writer.create(action(*HELD))
        assert writer.create(action(*HELD)) == made
        (sent,) = vendor.written
        assert sent["body"] == {
            "InvoiceNumber": "PW-3",
            "Supplier": SUPPLIER,
            "BusinessUnit": UNIT,
            "HoldName": "Contract",
            "HoldReason": "Damaged Reference: pacta-1f2e",
        }
        assert writer.find("pacta-1f2e", "invoices/3") == made

    def test_a_long_reason_keeps_the_reference(self) -> None:
        vendor = OracleFusionVendor(count=5)
        connector_of(vendor).writer().create(action("hold_invoice", {"reason": "x" * 900}, "3"))
        said = vendor.written[0]["body"]["HoldReason"]
        assert len(said) <= 240
        assert said.endswith("Reference: pacta-1f2e")

    def test_only_our_own_holds_are_released(self) -> None:
        vendor = OracleFusionVendor(count=5)
        vendor.held["invoiceHolds"] = [hold(InvoiceNumber="PW-3"), mine(HoldId=78)]
        connector_of(vendor).writer().create(action(*FREE))
        (sent,) = vendor.written
        assert (sent["method"], sent["path"]) == ("PATCH", "invoiceHolds/78")
        assert sent["body"] == {
            "ReleaseName": "Contract cleared",
            "ReleaseReason": "Replaced Reference: pacta-1f2e",
        }

    def test_what_is_released_already_is_left_alone(self) -> None:
        vendor = OracleFusionVendor(count=5)
        vendor.held["invoiceHolds"] = [mine(ReleaseName="Contract cleared")]
        assert connector_of(vendor).writer().create(action(*FREE)).record == "invoiceHolds/77"
        assert not vendor.written

    def test_others_holds_are_theirs(self) -> None:
        vendor = OracleFusionVendor(count=5)
        vendor.held["invoiceHolds"] = [hold(InvoiceNumber="PW-3")]
        with pytest.raises(Fatal, match="that we placed"):
            connector_of(vendor).writer().create(action(*FREE))
        assert not vendor.written

    def test_names_of_hold_and_release_come_from_the_settings(self) -> None:
        vendor = OracleFusionVendor(count=5)
        writer = connector_of(vendor, hold_name="", release_name="").writer()
        for each in (HELD, FREE):
            with pytest.raises(Misconfigured, match="not configured"):
                writer.create(action(*each))
        assert not vendor.requests

    @pytest.mark.parametrize("target", ["../users/1", "invoices/x", "payments/1", "1 or 1=1", "invoices/1/x"])
    def test_a_target_cannot_reach_elsewhere(self, target: str) -> None:
        vendor = OracleFusionVendor(count=5)
        with pytest.raises(Fatal, match="no invoice"):
            connector_of(vendor).writer().create(action("hold_invoice", {"reason": "x"}, target))
        assert not vendor.requests

    def test_an_invoice_there_is_not_is_told(self) -> None:
        with pytest.raises(NotFound):
            connector_of(OracleFusionVendor(count=5)).writer().create(
                action("hold_invoice", {"reason": "x"}, "invoices/99")
            )


class TestInstalments:
    PATH = "invoices/00020000000EACED4835/child/invoiceInstallments"

    def plan(self, *parts: tuple[str, str], currency: str = "EUR") -> Json:
        return {
            "currency": currency,
            "instalments": [{"due_on": on, "amount": amount} for on, amount in parts],
        }

    def write(self, plan: Json, **changes: Any) -> list[Json]:
        vendor = OracleFusionVendor(count=0)
        vendor.held["invoices"] = [invoice(**changes)]
        connector_of(vendor).writer().create(action("schedule_payment", plan, "invoices/4835"))
        return vendor.written

    def test_the_first_is_changed_and_others_are_added(self) -> None:
        changed, added = self.write(self.plan(("2026-10-15", "590.00"), ("2026-11-15", "600.00")))
        assert (changed["method"], changed["path"]) == ("PATCH", f"{self.PATH}/00020000000EACEDI1")
        assert changed["body"] == {"DueDate": "2026-10-15", "GrossAmount": 590}
        assert (added["method"], added["path"]) == ("POST", self.PATH)
        assert added["body"] == {"InstallmentNumber": 2, "DueDate": "2026-11-15", "GrossAmount": 600}

    def test_what_stands_already_is_left_alone_and_the_rest_removed(self) -> None:
        two = [installment(), installment(InstallmentNumber=2, GrossAmount=0, UnpaidAmount=0)]
        (removed,) = self.write(self.plan(("2026-10-01", "1190")), invoiceInstallments=two)
        assert removed["method"] == "DELETE"

    def test_it_has_to_be_the_invoice_s_amount_in_its_currency(self) -> None:
        with pytest.raises(Fatal, match="amount"):
            self.write(self.plan(("2026-10-15", "1000")))
        with pytest.raises(Fatal, match="currency"):
            self.write(self.plan(("2026-10-15", "1190"), currency="USD"))

    def test_what_is_paid_stays(self) -> None:
        with pytest.raises(Fatal, match="paid already"):
            self.write(self.plan(("2026-10-15", "1190")), invoiceInstallments=[installment(UnpaidAmount=0)])


@pytest.mark.parametrize("verb", ["comment", "create_task", "update_task", "put_record", "send_message"])
def test_what_oracle_lacks_is_refused_before_anything_is_asked(verb: str) -> None:
    vendor = OracleFusionVendor()
    with pytest.raises(Fatal, match=f"takes no {verb}: "):
        connector_of(vendor).writer().create(action(verb, {}))
    assert not vendor.requests
