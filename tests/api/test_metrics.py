"""`GET /metrics`: for keys that may, in the form that Prometheus reads."""

import pytest

from tests.api.conftest import Office
from tools.kit.metrics import KEPT


@pytest.fixture(autouse=True)
def counted() -> None:
    KEPT.clear()
    KEPT.add("desk", "GET /table/{}", "200", 0.2)


def test_an_admin_reads_what_was_counted(office: Office) -> None:
    answer = office.call("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'pacta_vendor_calls_total{vendor="desk",operation="GET /table/{}",status="200"} 1' in answer.text


@pytest.mark.parametrize("key", ["reader", "reviewer", "approver"])
def test_others_are_refused(office: Office, key: str) -> None:
    answer = office.call("GET", "/metrics", key)
    assert answer.status_code == 403
    assert "desk" not in answer.text


def test_nobody_reads_it_without_a_key(office: Office) -> None:
    assert office.call("GET", "/metrics", None).status_code == 401
