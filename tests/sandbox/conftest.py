"""One sandbox per test process; every test finds it as on its first day."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox import RunningSandbox, serve
from sandbox.serve import Tls
from tests.sandbox.clients import Ironclad, Sap, ServiceNow
from tests.sandbox.tls import certificate


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    with serve(webhook_wait=0.002) as sandbox:
        yield sandbox


@pytest.fixture
def box(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture(scope="session")
def secure_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSandbox, Tls]]:
    files = certificate(tmp_path_factory.mktemp("tls"))
    with serve(webhook_wait=0.002, tls=files) as sandbox:
        yield sandbox, files


@pytest.fixture
def secure(secure_running: tuple[RunningSandbox, Tls]) -> tuple[RunningSandbox, Tls]:
    """A sandbox that also speaks https, with its certificate."""
    secure_running[0].reset()
    return secure_running


@pytest.fixture
def web() -> Iterator[httpx.Client]:
    # Plain http only: loading certificates would cost more than the test.
    with httpx.Client(timeout=10, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def snow(box: RunningSandbox, web: httpx.Client) -> ServiceNow:
    return ServiceNow(web, box.servicenow_url)


@pytest.fixture
def sap(box: RunningSandbox, web: httpx.Client) -> Sap:
    return Sap(web, box.sap_url)


@pytest.fixture
def clm(box: RunningSandbox, web: httpx.Client) -> Ironclad:
    return Ironclad(web, box.ironclad_url)
