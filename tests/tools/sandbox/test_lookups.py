"""A look-up that failed is made again: what was not answered is not taken for "nobody" or "no contract"."""

from typing import Any

import pytest

from benchmarks import sync_sandbox
from sandbox import RunningSandbox
from tests.tools.sandbox.reading import facts_of, opened
from tools.kit import WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
LOOK_UPS = [
    ("servicenow", "incident", "/table/sys_user"),
    ("sap_s4hana", "invoice", "/A_PurchaseOrder"),
]


@pytest.mark.parametrize(("vendor", "kind", "path"), LOOK_UPS)
def test_a_look_up_that_failed_is_made_again(box: RunningSandbox, vendor: str, kind: str, path: str) -> None:
    def source() -> Any:
        return opened(vendor, sync_sandbox.connectors(box.base_url)[vendor])

    expected, _ = facts_of(source(), kind)
    troubled = source()
    box.order_fault("html", vendor=vendor, path=path)
    with pytest.raises(WrongAnswer):
        facts_of(troubled, kind)
    assert facts_of(troubled, kind)[0] == expected
