"""The conformance suite, for each vendor against its hostile stand-in."""

from typing import Any, ClassVar

import httpx
import pytest

from tests.tools.board import BoardVendor
from tests.tools.conformance import Conformance
from tests.tools.conformance_contracts import ContractConformance
from tests.tools.conformance_writing import OnlyWritesConformance, WriterConformance
from tests.tools.sap_vendor import SapBooks
from tests.tools.test_ironclad import Repository
from tests.tools.vendors import IroncladVendor, Json, ServiceNowVendor
from tools import registry


class TestIronclad(ContractConformance, WriterConformance):
    vendor = IroncladVendor
    repository = Repository
    known = "IC-102"
    takes = ("create_task", "update_task", "comment", "set_fields", "put_record")
    example: ClassVar[Json] = {"title": "Ask for the credit", "text": "EUR 2,400.00", "due_on": "2026-11-15"}
    target = "IC-102"

    def make_target(self) -> Any:
        return Repository()

    def is_document(self, request: httpx.Request) -> bool:
        return "/attachments/" in request.url.path


class TestIroncladAudit(WriterConformance):
    """A record of a type of our own, linked to the contract."""

    vendor = IroncladVendor
    takes = ("put_record", "create_task", "update_task", "comment", "set_fields")
    example: ClassVar[Json] = {"entity": "audit", "fields": {"what": "Breach of 3 November"}}
    target = "IC-102"

    def make_target(self) -> Any:
        return Repository()


class TestServiceNow(Conformance, WriterConformance):
    vendor = ServiceNowVendor
    takes = ("comment", "create_task", "update_task")
    example: ClassVar[Json] = {"text": "Late by 1 h"}
    target = "INC0000003"


class TestSapS4Hana(Conformance, WriterConformance):
    vendor = SapBooks
    takes = ("comment", "create_invoice", "release_invoice", "schedule_payment")
    example: ClassVar[Json] = {"text": "See clause 7"}
    target = "4500000104"


class TestSapInvoices(WriterConformance):
    """A supplier's invoice, which SAP finds by its reference."""

    vendor = SapBooks
    takes = ("create_invoice", "comment", "release_invoice", "schedule_payment")
    example: ClassVar[Json] = {
        "supplier": "17300001",
        "number": "PACTA-1",
        "invoiced_on": "2026-11-09",
        "currency": "EUR",
        "lines": [{"text": "Credit of October", "amount": "980.00", "account": "61003000"}],
    }
    target = "IC-101"


class TestBoard(OnlyWritesConformance):
    """The suite itself, on a system that only takes messages."""

    vendor = BoardVendor
    takes = ("send_message",)
    example: ClassVar[Json] = {"title": "Late", "text": "By 1 h"}

    @pytest.fixture(autouse=True)
    def known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(registry._MODULES, "board", "tests.tools.board")
