"""The two commands: what they print, what they write, how they end. A small world takes the place of the
invented company: the gate over it needs only documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import companies
from cli.main import app
from evals.gate import Bar
from obligations.errors import PactaError

RUN = CliRunner()


def call(*words: str, home: Path) -> Any:
    return RUN.invoke(app, ["--home", str(home), *words], env={"PACTA_MODEL": ""})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("prompts", "test", "extract/v2"), "cannot be judged without a model"),
        (("prompts", "test", "extract/v99", "--sandbox-model"), "there is no prompt extract/v99"),
        (("prompts", "test", "poems"), "'poems' is no candidate"),
        (("eval", "run", "poems"), "there is no eval 'poems'"),
    ],
)
def test_what_cannot_be_done_is_told_before_the_world_is_read(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    ended = call(*words, home=tmp_path)
    assert isinstance(ended.exception, PactaError)
    assert says in str(ended.exception)
    assert not list(tmp_path.glob("evals/*"))


@pytest.fixture
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose prepared world holds one contract of the corpus, read from its file. The floors are those
    of the whole corpus: of one document in fifteen no more than its share can be read."""
    monkeypatch.setattr("evals.candidates.bar", lambda task: Bar())
    from evals.world import open_world, world_home
    from flows.ingest import ingest_file

    def prepare(home: Path) -> None:
        (home / "pacta.yaml").write_text('as_of: "2026-11-10T12:00:00+01:00"\n')
        with open_world(home) as pacta:
            assert not ingest_file(pacta, Path("corpus/contracts/datavane-data.docx")).error

    world_home(tmp_path / "evals", companies.first_data(), prepare)
    return tmp_path


def test_what_is_in_force_passes_and_a_damaged_one_is_stopped(small_world: Path, tmp_path: Path) -> None:
    report = tmp_path / "gate.md"
    gate = ("prompts", "test", "--sandbox-model", "--report", str(report))
    passed = call(*gate, "extract/v1", home=small_world)
    assert passed.exit_code == 0, passed.output
    assert "extract/v1 against nothing in force on extraction: passed" in passed.output
    assert "tokens per case" in passed.output
    assert "**Passed.**" in report.read_text()

    drafts = tmp_path / "extract"
    drafts.mkdir()
    text = Path("agent/prompts/extract/v2.md").read_text()
    (drafts / "v2.md").write_text(text.replace("copied character by character from that clause", "in short"))
    stopped = call(*gate, str(drafts / "v2.md"), "--json", home=small_world)
    assert stopped.exit_code == 1
    body = json.loads(stopped.stdout)
    assert body["passed"] is False
    assert body["flips"]
    assert body["provenance"]["prompts"].keys() == {"extract/v1", "extract/v2"}
    assert body["spent"]["usage"]["calls"] > 0
    assert "**Stopped.**" in report.read_text()

    held = json.loads(call("prompts", "list", "--json", home=small_world).stdout)
    first = next(each for each in held if (each["task"], each["version"]) == ("extract", "v1"))
    assert [r["passed"] for r in first["records"]][-1:] == [True]
    assert first["in_force"]


def test_a_version_is_released_by_its_record_alone_and_put_back(small_world: Path, tmp_path: Path) -> None:
    name = ("--model", "sandbox-reader")
    for version in ("extract/v1", "extract/v2"):
        call("prompts", "test", "--sandbox-model", version, home=small_world)
    done = call("prompts", "release", "extract/v2", *name, home=small_world)
    assert done.exit_code == 0, done.output
    assert "extract/v2 is in force" in done.output
    assert "+task" not in call("prompts", "diff", "extract/v2", home=small_world).output
    back = call("prompts", "rollback", "extract", *name, "--json", home=small_world)
    assert json.loads(back.stdout)["version"] == "v1"
    refused = call("prompts", "release", "extract/v4", *name, home=small_world)
    assert "no passing record" in str(refused.exception)
    shown = call("prompts", "show", "extract/v2", home=small_world).output
    assert "passed with sandbox-reader, against extract/v1" in shown


def test_a_report_is_a_page_that_shows_outside_text_as_text(small_world: Path, tmp_path: Path) -> None:
    page = tmp_path / "gate.html"
    call("prompts", "test", "--sandbox-model", "--report", str(page), "extract/v2", home=small_world)
    text = page.read_text()
    assert "<h1>Gate: extract/v2 against extract/v1</h1>" in text
    assert "median seconds per case" in text
    assert "<script" not in text


def test_a_run_prints_figures_and_writes_a_report(small_world: Path, tmp_path: Path) -> None:
    report = tmp_path / "run.md"
    ended = call("eval", "run", "extraction", "--report", str(report), "--json", home=small_world)
    (task,) = json.loads(ended.stdout)["tasks"]
    assert task["task"] == "extraction"
    held = {measure["metric"]: measure["value"] for measure in task["measures"]}
    assert 0 < held["recall"] < 0.5, "one document of fifteen is there"
    assert task["provenance"]["cases"]
    assert "has not been ingested" in report.read_text()
    shown = call("eval", "run", "extraction", home=small_world)
    assert "not as expected" in shown.output
