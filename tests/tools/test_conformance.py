"""The conformance suite, for each vendor against its hostile stand-in."""

from typing import Any

from tests.tools.conformance import Conformance
from tests.tools.vendors import IroncladVendor, SapVendor, ServiceNowVendor
from tools.kit import Skippable


class TestIronclad(Conformance):
    vendor = IroncladVendor

    def interpret(self, connector: Any, records: list[Any]) -> tuple[list[Any], list[Any]]:
        """Contracts are no facts: they are read by `to_contract`."""
        good, bad = [], []
        for record in records:
            try:
                good.append(connector.to_contract(record))
            except Skippable as error:
                bad.append(error.problem())
        return good, bad


class TestServiceNow(Conformance):
    vendor = ServiceNowVendor


class TestSapS4Hana(Conformance):
    vendor = SapVendor
