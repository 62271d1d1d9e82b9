"""Every command on the invented company: it ends well, its text names what it should, its JSON is JSON."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from cli.main import app
from flows.wiring import Pacta
from obligations.errors import PactaError

pytestmark = pytest.mark.xdist_group("world")
DROP = Path(__file__).parent.parent.parent / "sandbox" / "drop"

COMMANDS = (
    (["contracts"], "IC-103"),
    (["obligations", "--contract", "IC-102"], "resolution_time"),
    (["playbook", "--contract", "IC-102"], "the playbook asks for"),
    (["playbook", "--position", "deviation"], "escalate to Head of"),
    (["problems"], ""),
    (["review", "list"], "IC-114"),
    (["assess", "--as-of", "2026-11-10T12:00+01:00", "--outcome", "breached"], "INC0010427"),
    (["due", "--days", "10"], "Cirrus"),
    (["due", "--days", "180"], "later"),
    (["statement", "Acme", "2026-10"], "2,400"),
    (["statement", "Acme", "2026-Q4"], "2,400"),
    (["scorecard", "Acme", "2026-10"], "score"),
    (["scorecard", "Acme", "2026", "--ours"], "our promises to them"),
    (["renewals"], "decide by"),
    (["stakes"], "Acme"),
    (["findings"], "as far as is on record"),
    (["actions", "list"], "create_task"),
    (["keys", "list"], ""),
    (["audit", "show"], "assess"),
    (["audit", "verify"], "intact"),
    (["ask", "Is Acme in SLA breach?"], "7 h 00 min against 6 h"),
    (["sync", "--files", str(DROP)], "report_received"),
    (["connectors", "list"], "SAP S/4HANA"),
    (["connectors", "check", "servicenow"], "can read"),
    (["connectors", "preview", "incident", "--count", "2"], "Nothing was stored"),
    (["connectors", "preview", "contract", "--system", "ironclad"], "IC-113"),
    (["connectors", "count"], "facts in all"),
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Calls to outside systems are logged; a command's output holds none of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


def run(pacta: Pacta, *words: str) -> str:
    """Standard output of a command that ends well."""
    done = CliRunner().invoke(app, ["--home", str(pacta.settings.home), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(("words", "shows"), COMMANDS, ids=lambda v: v[0] if isinstance(v, list) else "")
def test_a_command_as_text_and_as_json(world: Pacta, words: list[str], shows: str) -> None:
    text = " ".join(run(world, *words).split())
    assert shows.replace(" ", "") in text.replace(" ", "")
    json.loads(run(world, *words, "--json"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["obligations", "--contract", "IC-999"], "no contract 'IC-999'"),
        (["assess", "--as-of", "2026-02-30"], "2026-02-30"),
        (["statement", "Nordwind", "2026-10"], "Nordwind Hosting AB, Nordwind Logistik GmbH"),
        (["statement", "Acme", "October"], "not a period"),
        (["actions", "approve", "act-none"], "no action 'act-none'"),
        (["ingest", "nowhere.pdf"], "does not exist"),
        (["sync", "nothing"], "no system 'nothing'"),
        (["sync", "--files", "nowhere"], "not a folder"),
        (["keys", "create", "x", "--role", "king"], "no role 'king'"),
    ],
)
def test_an_error_names_the_thing_and_the_remedy(world: Pacta, words: list[str], says: str) -> None:
    with pytest.raises(PactaError, match=says) as caught:
        CliRunner().invoke(app, ["--home", str(world.settings.home), *words], catch_exceptions=False)
    assert caught.value.remedy


def test_a_question_that_is_too_long_is_refused_not_crashed(world: Pacta) -> None:
    answer = json.loads(run(world, "ask", "x" * 100_000, "--json"))
    assert answer["outcome"] == "refused"
    assert "4,000" in answer["answer"]


def test_audit_verify_fails_when_the_chain_was_cut(world: Pacta, tmp_path: Path) -> None:
    for name in ("pacta.db", "pacta.yaml"):
        shutil.copyfile(world.settings.home / name, tmp_path / name)
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "audit", "verify", "--head", "0" * 64])
    assert done.exit_code == 1
    assert "cut off" in done.stdout


def test_init_writes_a_file_that_can_be_loaded(tmp_path: Path) -> None:
    for _ in range(2):
        done = CliRunner().invoke(app, ["--home", str(tmp_path), "init"], catch_exceptions=False)
        assert done.exit_code == 0
    from flows.settings import load_settings

    assert load_settings({"PACTA_HOME": str(tmp_path)}).policy.approve_from > 0
