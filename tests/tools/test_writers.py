"""Writers of connectors whose reading is tested in files of their own."""

from typing import ClassVar

from tests.tools.asana_vendor import AsanaVendor
from tests.tools.conformance_writing import WriterConformance
from tests.tools.jira_vendor import JiraVendor
from tests.tools.smartsheet_vendor import SmartsheetVendor
from tests.tools.test_coupa import CoupaVendor
from tests.tools.test_salesforce import SalesforceVendor
from tests.tools.vendors import Json

NOTE: Json = {"text": "Late by 1 h"}


class TestAsana(WriterConformance):
    vendor = AsanaVendor
    takes = ("comment", "create_task", "update_task", "set_fields")
    example: ClassVar[Json] = NOTE
    target = "9003"


class TestCoupa(WriterConformance):
    vendor = CoupaVendor
    takes = (
        "comment",
        "create_task",
        "update_task",
        "create_invoice",
        "hold_invoice",
        "release_invoice",
        "set_fields",
    )
    example: ClassVar[Json] = NOTE
    target = "invoices/3"


class TestJira(WriterConformance):
    vendor = JiraVendor
    takes = ("comment", "create_task", "update_task", "set_fields")
    example: ClassVar[Json] = NOTE
    target = "DESK-3"


class TestSalesforce(WriterConformance):
    vendor = SalesforceVendor
    takes = ("comment", "create_task", "update_task", "set_fields", "put_record")
    example: ClassVar[Json] = NOTE
    target = SalesforceVendor().record(3)["Id"]


class TestSmartsheet(WriterConformance):
    vendor = SmartsheetVendor
    takes = ("comment", "create_task", "update_task", "set_fields", "put_record")
    example: ClassVar[Json] = NOTE
    target = "55/7003"
