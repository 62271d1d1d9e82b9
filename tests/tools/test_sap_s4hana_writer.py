"""SAP S/4HANA: invoices entered and released, invoicing plans, and what cannot be written."""

import re
from typing import Any

import httpx
import pytest

from tests.tools.conformance import connector_of
from tests.tools.sap_vendor import SapBooks
from tests.tools.specs import VENDORS
from tests.tools.test_ironclad import action
from tests.tools.vendors import Json
from tools import connect
from tools.kit import Fatal, Misconfigured, NotFound, WrongAnswer

LINE = {"text": "Credit of October", "amount": "980.00", "account": "61003000"}
BILL: Json = {
    "supplier": "17300001",
    "number": "PACTA-1",
    "invoiced_on": "2026-11-09",
    "currency": "EUR",
    "lines": [LINE],
}
PLAN: Json = {
    "currency": "EUR",
    "instalments": [
        {"due_on": "2026-12-01", "amount": "600.00"},
        {"due_on": "2027-01-01", "amount": "380.50"},
    ],
}


def writer_of(vendor: SapBooks, **settings: Any) -> Any:
    return connector_of(vendor, **settings).writer()


def entered(vendor: SapBooks, bill: Json, **settings: Any) -> Json:
    writer_of(vendor, **settings).create(action("create_invoice", bill, ""))
    return vendor.written[-1]


class TestEntering:
    def test_an_invoice_carries_what_sap_asks_for(self) -> None:
        body = entered(SapBooks(), {**BILL, "due_on": "2026-12-24", "text": "Service credit"})
        assert body["InvoiceGrossAmount"] == "980.00"
        assert (body["PaymentBlockingReason"], body["CompanyCode"]) == ("A", "1010")
        assert body["SupplierPostingLineItemText"] == "Service credit Reference: pacta-1f2e"
        assert (body["DueCalculationBaseDate"], body["NetPaymentDays"]) == ("/Date(1798070400000)/", "0")
        (line,) = body["to_SupplierInvoiceItemGLAcct"]["results"]
        assert (line["GLAccount"], line["DebitCreditCode"], line["TaxCode"]) == ("61003000", "S", "V0")
        assert "SupplierInvoiceStatus" not in body
        assert "to_SuplrInvcItemPurOrdRef" not in body

    def test_the_gross_amount_is_reckoned_to_the_cent(self) -> None:
        lines = [{**LINE, "amount": "10.01"}, {**LINE, "amount": "0.02"}]
        body = entered(SapBooks(), {**BILL, "lines": lines}, tax_rate="19")
        assert body["InvoiceGrossAmount"] == "11.94"
        assert body["TaxIsCalculatedAutomatically"] is True

    def test_a_line_of_an_order_names_its_item(self) -> None:
        line = {"text": "Rollout", "amount": "100", "order": "4500000104", "order_line": "10"}
        (row,) = entered(SapBooks(), {**BILL, "lines": [line]})["to_SuplrInvcItemPurOrdRef"]["results"]
        assert (row["PurchaseOrder"], row["PurchaseOrderItem"]) == ("4500000104", "10")

    def test_a_credit_memo_credits_the_account_and_a_deduction_debits_it(self) -> None:
        lines = [LINE, {**LINE, "amount": "-80.00"}]
        body = entered(SapBooks(), {**BILL, "credit": True, "lines": lines})
        assert body["SupplierInvoiceIsCreditMemo"] == "X"
        codes = [row["DebitCreditCode"] for row in body["to_SupplierInvoiceItemGLAcct"]["results"]]
        assert (body["InvoiceGrossAmount"], codes) == ("900.00", ["H", "S"])

    def test_it_may_be_parked_free_and_with_further_fields(self) -> None:
        own = {"enter_as": "parked", "invoice_values": {"AccountingDocumentType": "KR"}}
        body = entered(SapBooks(), {**BILL, "blocked": False}, **own)
        assert (body["SupplierInvoiceStatus"], body["AccountingDocumentType"]) == ("A", "KR")
        assert "PaymentBlockingReason" not in body

    def test_the_reference_alone_stands_in_a_short_field(self) -> None:
        vendor = SapBooks()
        long = action("create_invoice", BILL, "", "pacta-0123456789abcdef")
        made = writer_of(vendor, reference_field="DocumentHeaderText").create(long)
        assert vendor.written[-1]["DocumentHeaderText"] == "pacta-0123456789abcdef"
        assert writer_of(vendor, reference_field="DocumentHeaderText").find(long.reference) == made

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"lines": [{**LINE, "account": ""}]}, "account"),
            ({"lines": [{**LINE, "order": "4500000104", "order_line": ""}]}, "item"),
            ({"lines": [LINE, {**LINE, "order": "45", "order_line": "10", "amount": "-1"}]}, "item"),
            ({"lines": [{**LINE, "amount": "-980.00"}]}, "credit memo"),
            ({"number": "x" * 17}, "16"),
            ({"supplier": "x" * 11}, "10"),
        ],
    )
    def test_what_sap_would_not_take_is_refused_unsent(self, change: Json, said: str) -> None:
        vendor = SapBooks()
        with pytest.raises(Fatal, match=said):
            entered(vendor, {**BILL, **change})
        assert vendor.requests == []

    @pytest.mark.parametrize("missing", ["company_code", "tax_code"])
    def test_a_setting_that_is_missing_is_named(self, missing: str) -> None:
        with pytest.raises(Misconfigured, match=missing.replace("_", " ")):
            entered(SapBooks(), BILL, **{missing: ""})

    def test_the_only_company_code_need_not_be_said_twice(self) -> None:
        assert entered(SapBooks(), BILL, company_code="", company_codes=["2020"])["CompanyCode"] == "2020"

    def test_a_number_that_the_supplier_used_is_refused(self) -> None:
        vendor = SapBooks()
        with pytest.raises(Fatal, match="already"):
            entered(vendor, {**BILL, "number": "ACM-3"})
        assert vendor.written == []

    def test_an_answer_without_a_number_is_told(self) -> None:
        vendor = SapBooks()

        def strip(request: httpx.Request) -> httpx.Response:
            given = vendor.handle(request)
            made = request.method == "POST" and request.url.path.endswith("A_SupplierInvoice")
            return httpx.Response(201, json={"d": {}}) if made else given

        connector: Any = connect({"sap_s4hana": vendor.settings()}, httpx.MockTransport(strip))["sap_s4hana"]
        with pytest.raises(WrongAnswer) as caught:
            connector.writer().create(action("create_invoice", BILL, ""))
        assert caught.value.remedy
        connector.writer().create(action("create_invoice", BILL, ""))
        assert len(vendor.written) == 1


class TestReleasing:
    def release(self, vendor: SapBooks, target: str = "5200000000/2026", **settings: Any) -> Any:
        return writer_of(vendor, **settings).create(action("release_invoice", {"reason": "agreed"}, target))

    def test_a_blocked_one_is_let_go(self) -> None:
        vendor = SapBooks()
        entered(vendor, BILL)
        made = self.release(vendor)
        assert (made.record, made.label) == ("5200000000/2026", "PACTA-1")
        call = vendor.written[-1]
        assert call["call"] == "Release"
        assert (call["SupplierInvoice"], call["FiscalYear"]) == ("'5200000000'", "'2026'")
        assert call["DiscountDaysHaveToBeShifted"] == "false"

    def test_a_parked_one_is_posted_before(self) -> None:
        vendor = SapBooks()
        entered(vendor, BILL, enter_as="parked")
        self.release(vendor)
        assert [each["call"] for each in vendor.written[1:]] == ["Post", "Release"]

    def test_one_that_others_parked_is_theirs_to_post(self) -> None:
        vendor = SapBooks()
        entered(vendor, BILL, enter_as="parked")
        vendor.entered[0]["SupplierPostingLineItemText"] = "Rent of November"
        with pytest.raises(Fatal, match="not by us"):
            self.release(vendor)
        assert len(vendor.written) == 1

    def test_what_names_its_document_is_not_looked_for_among_all_invoices(self) -> None:
        vendor = SapBooks()
        for target in ("4500000104", "4500000104/10", "5200000000/2026"):
            assert writer_of(vendor).find("pacta-1f2e", target) is None
        assert not any(r.url.path.endswith("A_SupplierInvoice") for r in vendor.requests)

    def test_a_free_one_stays_as_it_is(self) -> None:
        vendor = SapBooks()
        entered(vendor, {**BILL, "blocked": False})
        self.release(vendor)
        assert len(vendor.written) == 1

    def test_what_did_not_succeed_is_told(self) -> None:
        vendor = SapBooks()
        entered(vendor, BILL)
        vendor.success = False
        with pytest.raises(WrongAnswer, match="Release"):
            self.release(vendor)

    @pytest.mark.parametrize("target", ["", "5200000000", "5200000000/26", "x/2026' or '1' eq '1"])
    def test_other_names_are_refused(self, target: str) -> None:
        with pytest.raises(Fatal, match="supplier invoice"):
            self.release(SapBooks(), target)
        with pytest.raises(NotFound):
            self.release(SapBooks(), "5299999999/2026")

    def test_holding_is_refused_with_the_reason(self) -> None:
        vendor = SapBooks()
        with pytest.raises(Fatal, match="never changed"):
            writer_of(vendor).create(action("hold_invoice", {"reason": "late"}, "5200000000/2026"))
        assert vendor.requests == []


def row(number: int, on: str, amount: Any, etag: str = 'W/"1"') -> Json:
    return {
        "@odata.etag": etag,
        "PurchaseOrder": "4500000104",
        "PurchaseOrderItem": "10",
        "InvoicingPlan": "0000004711",
        "InvoicingPlanItem": f"{number:06d}",
        "InvoicingPlanInvoicingDate": on,
        "InvoicingPlanAmount": amount,
    }


class TestPlans:
    def schedule(self, vendor: SapBooks, plan: Json = PLAN, target: str = "4500000104/10", **own: Any) -> Any:
        return writer_of(vendor, **own).create(action("schedule_payment", plan, target))

    def test_a_plan_is_made_at_once(self) -> None:
        vendor = SapBooks()
        made = self.schedule(vendor)
        assert made.record == "4500000104/10/plan"
        assert made.url.startswith("https://erp.example/sap/opu/odata4/")
        (body,) = vendor.written
        assert (body["InvoicingPlanStartDate"], body["InvoicingPlanEndDate"]) == ("2026-12-01", "2027-01-01")
        assert [each["InvoicingPlanAmount"] for each in body["_POInvoicingPlanItem"]] == [600, 380.5]
        assert all(call.url.path.startswith("/sap/opu/odata4/sap/") for call in vendor.calls)

    def test_only_what_differs_is_written(self) -> None:
        vendor = SapBooks()
        vendor.plan = [row(2, "2027-02-01", 1, 'W/"7"'), row(1, "2026-12-01", 600.0)]
        self.schedule(vendor)
        (call,) = vendor.calls
        assert call.method == "PATCH"
        assert call.headers["if-match"] == 'W/"7"'
        assert "InvoicingPlanItem='000002'" in call.url.path

    def test_what_is_missing_is_added_and_what_fits_stays(self) -> None:
        vendor = SapBooks()
        vendor.plan = [row(1, "2026-12-01", 600)]
        self.schedule(vendor)
        (call,) = vendor.calls
        assert call.method == "POST"
        assert call.url.path.endswith("InvoicingPlan='0000004711')/_POInvoicingPlanItem")
        vendor.plan.append(row(2, "2027-01-01", 380.5))
        self.schedule(vendor)
        assert len(vendor.calls) == 1

    def test_rows_too_many_are_for_a_person(self) -> None:
        vendor = SapBooks()
        vendor.plan = [row(n, "2026-12-01", 1) for n in (1, 2, 3)]
        with pytest.raises(Fatal, match="3 rows"):
            self.schedule(vendor)
        assert vendor.calls == []

    def test_another_currency_and_other_targets_are_refused(self) -> None:
        with pytest.raises(Fatal, match="currency"):
            self.schedule(SapBooks(), {**PLAN, "currency": "USD"})
        for target in ("", "4500000104", "4500000104/x", "IC-104"):
            with pytest.raises(Fatal, match="item of a purchase order"):
                self.schedule(SapBooks(), target=target)

    def test_a_type_must_be_configured_to_make_one(self) -> None:
        with pytest.raises(Misconfigured, match="type"):
            self.schedule(SapBooks(), plan_type="")

    def test_a_key_that_would_lead_elsewhere_is_no_key(self) -> None:
        vendor = SapBooks()
        vendor.plan = [{**row(1, "2027-01-01", 1), "InvoicingPlan": "../x"}]
        with pytest.raises(WrongAnswer, match="InvoicingPlan"):
            self.schedule(vendor)


class TestSpecification:
    """What we send is what SAP's own metadata knows, in its lengths, and may be written."""

    def metadata(self, name: str) -> str:
        path = VENDORS / "sap_s4hana" / name
        if not path.exists():
            pytest.skip("the vendor's metadata is not here")
        return path.read_text(encoding="utf-8")

    def fits(self, text: str, entity: str, sent: Json) -> None:
        block = re.search(rf'<EntityType Name="{entity}".*?</EntityType>', text, re.DOTALL)
        assert block
        for name, value in sent.items():
            if isinstance(value, dict | list):
                assert f'<NavigationProperty Name="{name}"' in block[0]
                continue
            found = re.search(rf'<Property Name="{name}"([^>]*)', block[0])
            assert found, name
            assert 'sap:creatable="false"' not in found[1], name
            length = re.search(r'MaxLength="(\d+)"', found[1])
            assert not length or len(value) <= int(length[1]), name

    def test_invoices(self) -> None:
        text = self.metadata("API_SUPPLIERINVOICE_PROCESS_SRV.edmx")
        order = {"text": "Rollout", "amount": "100", "order": "4500000104", "order_line": "10"}
        bill = {**BILL, "due_on": "2026-12-24", "lines": [LINE, order], "credit": False}
        body = entered(SapBooks(), bill, enter_as="parked", tax_rate="19")
        self.fits(text, "A_SupplierInvoiceType", body)
        kinds = {
            "to_SupplierInvoiceItemGLAcct": "A_SupplierInvoiceItemGLAcctType",
            "to_SuplrInvcItemPurOrdRef": "A_SuplrInvcItemPurOrdRefType",
        }
        for way, entity in kinds.items():
            self.fits(text, entity, body[way]["results"][0])

    @pytest.mark.parametrize("function", ["Post", "Release"])
    def test_functions(self, function: str) -> None:
        text = self.metadata("API_SUPPLIERINVOICE_PROCESS_SRV.edmx")
        vendor = SapBooks()
        entered(vendor, BILL, enter_as="parked")
        TestReleasing().release(vendor)
        block = re.search(rf'<FunctionImport Name="{function}".*?</FunctionImport>', text, re.DOTALL)
        assert block
        (call,) = [each for each in vendor.written[1:] if each["call"] == function]
        assert set(re.findall(r'Parameter Name="(\w+)"', block[0])) == set(call) - {"call"}

    def test_plans(self) -> None:
        text = self.metadata("CE_PURCHASEORDER_0001.edmx")
        vendor = SapBooks()
        TestPlans().schedule(vendor)
        (body,) = vendor.written
        self.fits(text, "PurchaseOrderInvoicingPlan_Type", body)
        self.fits(text, "POInvoicingPlanItem_Type", body["_POInvoicingPlanItem"][0])
