"""The invented company, read and synced once for all tests that need the whole."""

from collections.abc import Iterator

import pytest

from cli.demo import write_settings
from flows.assess import assess
from flows.settings import load_settings
from flows.sync import sync
from flows.wiring import Pacta
from sandbox.serve import serve
from store import LOCAL


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pacta]:
    """Contracts by signed webhook through the API and the durable worker, facts by sync, one assessment.

    Tests that share it must not change what it holds, and belong to the xdist group "world".
    """
    from cli.demo import read_signed_contracts, served, worker

    home = tmp_path_factory.mktemp("world")
    with serve() as box:
        write_settings(home, box.base_url)
        with Pacta(load_settings({}, home=str(home))) as pacta:
            with worker(pacta) as work, served(pacta, work) as url:
                read_signed_contracts(pacta, box, url)
            sync(pacta)
            assess(pacta, LOCAL.scope, pacta.clock())
            yield pacta
