"""A kill at any step loses nothing and doubles nothing: contracts are read once, actions executed once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.demo import write_settings
from flows.settings import load_settings
from flows.wiring import Pacta
from obligations.model import Action
from sandbox.serve import RunningSandbox, serve
from store import LOCAL

NOW = datetime(2026, 11, 10, 11, tzinfo=UTC)
RECORD = "IC-114"

MOMENTS = (
    "<Operations.put_inbox",
    ">ingest_record",
    "<Ironclad.document",
    "<parse",
    ">Contracts.put_reading",
    "<Contracts.put_reading",
    "<_index",
    "<fetch_and_read",
    ">Operations.finish_inbox",
    "<Operations.finish_inbox",
)
"""Before and after each thing that leaves a trace somewhere."""

ACTION_MOMENTS = (
    "<Actions.decide_action",
    "<Actions.claim_action",
    "<ServiceNowWriter.create",
    ">Actions.finish_action",
    "<Actions.finish_action",
)


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, box: RunningSandbox) -> Path:
    box.reset()
    write_settings(tmp_path, box.base_url)
    return tmp_path


def run(home: Path, do: str, when: str) -> int:
    """The exit code of a worker process: 9 when it died where it should."""
    command = [sys.executable, "-m", "tests.flows.dying", str(home), do, when]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PACTA_")}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 9), done.stderr
    return done.returncode


def state(home: Path) -> tuple[object, ...]:
    """What a reading leaves: obligations, current documents, chunks in store and index, readings audited."""
    with Pacta(load_settings({}, home=str(home))) as pacta:
        readings = [e for e in pacta.store.audit_trail(1000) if e["verb"] == "contract.ingest"]
        documents = pacta.store.documents(LOCAL.scope)
        chunks = [c.id for d in documents for c in pacta.store.chunks(d["id"], LOCAL.scope)]
        assert pacta.store.verify_audit().intact
        return (
            pacta.store.obligations(LOCAL.scope),
            [(d["id"], d["contract"]) for d in documents],
            chunks,
            pacta.index.count(),
            len(readings),
            [(e["subject"], e["state"]) for e in pacta.store.inbox()],
        )


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, box: RunningSandbox) -> tuple[object, ...]:
    home = tmp_path_factory.mktemp("clean")
    write_settings(home, box.base_url)
    assert run(home, f"receive:{RECORD}:e1", "never") == 0
    return state(home)


@pytest.mark.xdist_group("sandbox")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_contract_is_read_once_wherever_the_worker_dies(
    home: Path, clean: tuple[object, ...], moment: str
) -> None:
    assert run(home, f"receive:{RECORD}:e1", moment) == 9, f"{moment} never happened"
    assert run(home, f"receive:{RECORD}:e1", "never") == 0
    assert state(home) == clean


def propose(home: Path) -> Action:
    with Pacta(load_settings({}, home=str(home))) as pacta:
        ticket = next(
            raw.id
            for batch in pacta.connector("servicenow").read("incident", None)
            for raw in batch.records
            if "INC0010427" in str(raw.data)
        )
        action = Action(
            id="act-1",
            system="servicenow",
            verb="comment",
            target=ticket,
            reference="pacta-0011223344556677",
            payload={"text": "Resolved one hour late.", "public": False},
            reason="late",
            proposed_at=NOW,
            proposed_by="test",
        )
        return pacta.store.propose_action(action, by="test")


@pytest.mark.xdist_group("sandbox")
@pytest.mark.parametrize("moment", ACTION_MOMENTS)
def test_an_action_is_executed_once_wherever_the_worker_dies(
    home: Path, box: RunningSandbox, moment: str
) -> None:
    proposed = propose(home)
    assert run(home, "approve", moment) == 9, f"{moment} never happened"
    assert run(home, "approve", "never") == 0
    with Pacta(load_settings({}, home=str(home))) as pacta:
        done = pacta.store.action(proposed.id, LOCAL.scope)
        assert done.state.value == "executed"
        assert done.result is not None
        assert pacta.writer("servicenow").find(proposed.reference, proposed.target) is not None
    written = [
        r
        for r in box.requests()
        if r["method"] in ("PATCH", "POST", "PUT") and "/table/incident" in r["path"]
    ]
    assert len(written) == 1
