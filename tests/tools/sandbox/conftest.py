"""One sandbox per test process for the connectors; every test finds it as on its first day."""

from collections.abc import Iterator

import pytest

from sandbox import RunningSandbox, serve
from tests.sandbox.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    with serve(webhook_wait=0.002) as sandbox:
        yield sandbox


@pytest.fixture
def box(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server
