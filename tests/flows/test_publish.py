"""Data sources for business intelligence: whole at first, then what changed; read back from the real file."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from typer.testing import CliRunner

from cli.main import app, quiet_logs
from flows.errors import FlowError
from flows.publish import Sent, publish
from flows.settings import Settings
from flows.wiring import Pacta
from obligations.model import Assessment, Outcome, Review
from obligations.quantities import Money
from sandbox import RunningSandbox, serve
from sandbox.tableau import service as there
from tests.store.make import NOW, assessment, ingest, obligation, party
from tests.tools.sandbox.test_tableau import content

pytestmark = pytest.mark.xdist_group("sandbox")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serve() as box:
        yield box


@pytest.fixture
def box(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def settings(box: RunningSandbox, home: Path, **changes: Any) -> Settings:
    auth = {
        "type": "login",
        "token_name": there.TOKEN_NAME,
        "token": there.TOKEN_SECRET,
        "site": there.SITE_NAME,
    }
    tableau = {
        "base_url": f"{box.base_url}/tableau/api/{there.VERSION}",
        "auth": {**auth, "site": there.SITE_NAME},
        "project": "Finance/Contracts",
        "job_wait": 0,
        "http": {"requests_per_second": None, "attempts": 3, "wait_initial": 0},
        **changes,
    }
    return Settings(home=home, connectors={"tableau": tableau})


def owed(key: str, amount: str, outcome: Outcome = Outcome.BREACHED) -> Assessment:
    money = {"money": Money(amount=Decimal(amount), currency="EUR"), "money_is": "interest"}
    return assessment(key, "A", outcome).model_copy(update=money)


@pytest.fixture
def pacta(box: RunningSandbox, tmp_path: Path) -> Iterator[Pacta]:
    with Pacta(settings(box, tmp_path / "home")) as made:
        fill(made)
        yield made


def fill(made: Pacta) -> None:
    """A contract with a promise that is approved and two assessments of it."""
    approved = obligation("o-A", "A").model_copy(update={"review": Review.APPROVED})
    made.store.put_party(party("us").model_copy(update={"us": True}), by="t", at=NOW)
    ingest(made.store, "A", "acme", "it", approved)
    made.store.put_assessments([owed("a1", "100.00"), owed("a2", "20.50")], by="t", at=NOW)


def told(sent: list[Sent]) -> dict[str, tuple[int, int, bool]]:
    assert not [one.error for one in sent if one.error]
    return {one.table: (one.rows, one.removed, one.whole) for one in sent}


def rows(pacta: Pacta, box: RunningSandbox, folder: Path, name: str) -> list[dict[str, Any]]:
    key = pacta.connector("tableau")._find(name)  # type: ignore[attr-defined]
    return content(box, folder, key)


def test_whole_at_first_then_only_what_changed(pacta: Pacta, box: RunningSandbox, tmp_path: Path) -> None:
    first = told(publish(pacta))
    assert first == {"obligations": (1, 0, True), "assessments": (2, 0, True), "stakes": (1, 0, True)}
    (stake,) = rows(pacta, box, tmp_path, "stakes")
    assert (stake["party"], stake["party_name"], stake["money_is"]) == ("acme", "Acme", "interest")
    assert (Decimal(str(stake["amount"])), stake["currency"]) == (Decimal("120.50"), "EUR")
    assert told(publish(pacta)) == dict.fromkeys(first, (0, 0, False))

    pacta.store.put_assessments([owed("a2", "30.00"), owed("a3", "1.00")], by="t", at=NOW)
    assert told(publish(pacta)) == {
        "obligations": (0, 0, False),
        "assessments": (2, 0, False),
        "stakes": (1, 0, False),
    }
    amounts = {
        row["assessment"]: Decimal(str(row["money"])) for row in rows(pacta, box, tmp_path, "assessments")
    }
    assert amounts == {"a1": Decimal("100"), "a2": Decimal("30"), "a3": Decimal("1")}


def test_what_is_no_more_goes(pacta: Pacta, box: RunningSandbox, tmp_path: Path) -> None:
    publish(pacta)
    settled = [owed(key, "0.00", Outcome.MET) for key in ("a1", "a2")]
    pacta.store.put_assessments(settled, by="t", at=NOW)
    assert told(publish(pacta))["stakes"] == (0, 1, False)
    assert rows(pacta, box, tmp_path, "stakes") == []


def test_all_of_it_when_asked_or_when_somebody_removed_it(
    pacta: Pacta, box: RunningSandbox, tmp_path: Path
) -> None:
    publish(pacta)
    assert told(publish(pacta, ["tableau"], whole=True))["assessments"] == (2, 0, True)
    box.reset()
    pacta.store.put_assessments([owed("a3", "1.00")], by="t", at=NOW)
    assert told(publish(pacta))["assessments"] == (3, 0, True)


@pytest.mark.parametrize("harm", ["lost", "garbled", "overtaken", "other columns"])
def test_a_memory_that_cannot_be_trusted_sends_everything(pacta: Pacta, tmp_path: Path, harm: str) -> None:
    publish(pacta)
    file = tmp_path / "home" / "published" / "tableau-assessments.json"
    if harm == "lost":
        file.unlink()
    elif harm == "garbled":
        file.write_text('{"run": 1, "rows": []')
    elif harm == "overtaken":
        pacta.store.set_watermark("tableau", "published assessments", "another run", at=NOW)
    else:
        text = file.read_text()
        columns = text.partition('"columns": "')[2][:24]
        file.write_text(text.replace(columns, "0" * 24))
    assert told(publish(pacta))["assessments"] == (2, 0, True)


def test_a_kill_before_it_is_remembered_sends_the_same_again_once(
    pacta: Pacta, box: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(pacta)
    pacta.store.put_assessments([owed("a3", "1.00")], by="t", at=NOW)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.publish._remember", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(pacta)
    monkeypatch.undo()
    publish(pacta)
    assert [row["assessment"] for row in rows(pacta, box, tmp_path, "assessments")] == ["a1", "a2", "a3"]


def test_one_failing_data_source_stops_no_other(pacta: Pacta, box: RunningSandbox) -> None:
    box.order_fault("html", vendor="tableau", path="/datasources", method="POST")
    sent = {one.table: one for one in publish(pacta)}
    assert sent["obligations"].error
    assert sent["obligations"].remedy
    assert not sent["assessments"].error
    assert told(publish(pacta))["obligations"] == (1, 0, True)


def test_what_was_published_is_in_the_audit_trail(pacta: Pacta) -> None:
    publish(pacta)
    told_of = [entry["detail"]["table"] for entry in pacta.store.audit_trail() if entry["verb"] == "publish"]
    assert sorted(told_of) == ["assessments", "obligations", "stakes"]


def test_only_systems_that_publish_can_be_named(pacta: Pacta, tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="no system"), Pacta(Settings(home=tmp_path / "other")) as plain:
        publish(plain)
    with pytest.raises(FlowError, match="mail"):
        publish(pacta, ["mail"])


@pytest.fixture
def quiet() -> Iterator[None]:
    quiet_logs()
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("quiet")
def test_the_command(box: RunningSandbox, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "pacta.yaml").write_text(yaml.safe_dump({"connectors": settings(box, home).connectors}))
    with Pacta(settings(box, home)) as made:
        fill(made)
    shown = CliRunner().invoke(app, ["--home", str(home), "publish", "--json"], catch_exceptions=False)
    assert [one["table"] for one in json.loads(shown.stdout)] == ["obligations", "assessments", "stakes"]
    assert "as it was" in CliRunner().invoke(app, ["--home", str(home), "publish"]).output
