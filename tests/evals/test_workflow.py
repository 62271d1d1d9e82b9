"""The workflow that gates prompts in a pull request: its paths and its command exist, and its steps do what
they say, in a repository and with a command of the test's own."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from agent.prompts import live, versions
from cli.main import app

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github" / "workflows" / "prompts.yaml"
HELD: dict[Any, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {s["name"]: s for s in HELD["jobs"]["gate"]["steps"] if "name" in s}


def bash(script: str, at: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """As the runner does it: bash, ended by the first error."""
    held = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, **environ}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=at,
        env=held,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_runs_for_prompts_and_their_measure_and_may_only_read() -> None:
    # YAML 1.1 reads the key `on` as true.
    paths = HELD[True]["pull_request"]["paths"]
    assert set(paths) == {"agent/prompts/**", "evals/**"}
    for path in paths:
        assert any((ROOT / path.removesuffix("/**")).iterdir())
    assert HELD["permissions"] == {"contents": "read"}
    assert "setup:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert STEPS["Set up"]["run"] == "make setup"


def test_its_command_is_one_the_cli_has() -> None:
    (line,) = [p for p in STEPS["Gate"]["run"].replace("\\\n", " ").splitlines() if "bin/pacta" in p]
    words = line.split("<")[0].split()
    assert words[:4] == [".venv/bin/pacta", "--home", ".gate", "prompts"]
    shown = CliRunner().invoke(app, ["prompts", words[4], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert shown.exit_code == 0
    options = {word for word in words[5:] if word.startswith("--")}
    assert options == {"--sandbox-model", "--report"}
    assert all(option in shown.output for option in options)


def test_the_reports_are_kept_also_when_the_gate_stops_a_prompt() -> None:
    step = STEPS["Reports"]
    assert step["if"] == "always()"
    assert step["with"]["path"] == "reports/"
    assert list(STEPS).index("Reports") > list(STEPS).index("Gate")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the product's live versions and one case."""
    prompts = tmp_path / "agent" / "prompts"
    for task in versions():
        (prompts / task).mkdir(parents=True)
        (prompts / task / "v1.md").write_text("one", encoding="utf-8")
    (prompts / "live.yaml").write_bytes((ROOT / "agent" / "prompts" / "live.yaml").read_bytes())
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "cases.yaml").write_text("[]", encoding="utf-8")
    done = bash("git init -q -b main && " + _COMMIT, tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


_COMMIT = "git add . && git -c user.name=t -c user.email=t@example.com commit -q -m t"


def which(repository: Path, change: str) -> list[str]:
    base = bash("git rev-parse HEAD", repository).stdout.strip()
    done = bash(f"{change} && {_COMMIT}", repository)
    assert done.returncode == 0, done.stderr
    done = bash(STEPS["Which versions"]["run"], repository, BASE=base)
    assert done.returncode == 0, done.stderr
    return (repository / "versions.txt").read_text(encoding="utf-8").split()


def test_a_new_version_is_gated_alone(repository: Path) -> None:
    assert which(repository, "echo two > agent/prompts/compose/v2.md") == ["compose/v2"]


def test_a_changed_measure_gates_every_version_in_force(repository: Path) -> None:
    wanted = sorted(live(task).name for task in versions())
    assert which(repository, "echo '[1]' > evals/cases.yaml") == wanted


def test_nothing_else_is_gated_and_no_name_is_run(repository: Path) -> None:
    odd = "mkdir agent/prompts/records && echo x | tee agent/prompts/records/a.json 'agent/prompts/v1;id.md'"
    assert which(repository, f"{odd} && git rm -q agent/prompts/extract/v1.md") == []


@pytest.mark.parametrize(("stopped", "code"), [("none", 0), ("extract/v2", 1)])
def test_it_fails_with_the_gate_and_still_measures_the_rest(tmp_path: Path, stopped: str, code: int) -> None:
    command = tmp_path / ".venv" / "bin" / "pacta"
    command.parent.mkdir(parents=True)
    command.write_text(
        f'#!/usr/bin/env bash\necho "$@" >> called.txt\ncat > /dev/null\n[[ "$5" != "{stopped}" ]]\n',
        encoding="utf-8",
    )
    command.chmod(0o755)
    (tmp_path / "versions.txt").write_text("extract/v2\nunderstand/v2\n", encoding="utf-8")
    done = bash(STEPS["Gate"]["run"], tmp_path)
    assert done.returncode == code, done.stderr
    called = (tmp_path / "called.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split()[4] for line in called] == ["extract/v2", "understand/v2"]
    assert called[0].endswith("--report reports/extract-v2.html")
