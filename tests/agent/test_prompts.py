"""Prompt files: immutable, complete, loaded by name; the live version is named and exists."""

import re
from pathlib import Path

import pytest
import yaml

from agent.brain import Understood
from agent.errors import PromptError
from agent.prompts import live, load, versions
from obligations.terms import CLASSES, KINDS

HELD: dict[str, str] = yaml.safe_load(Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8"))
NAMES = [f"{task}/{version}" for task, held in versions().items() for version in held]
GOOD = (
    "---\ntask: t\nversion: v1\nreason: r\ninputs: [a]\nsettings: {}\noutput: {}\n---\n"
    "## system\nS {{a}}\n## user\nU\n"
)


@pytest.mark.parametrize("name", NAMES)
def test_a_version_never_changes(name: str) -> None:
    assert load(*name.split("/")).digest == HELD[name], f"{name} was edited: make it a new version instead"


def test_every_version_is_held() -> None:
    assert set(HELD) == set(NAMES)
    assert {"understand/v1", "compose/v1", "extract/v1", "extract/v2"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_complete(name: str) -> None:
    prompt = load(*name.split("/"))
    assert prompt.reason.strip()
    assert prompt.output["type"] == "object"
    assert "data" in prompt.system
    system, user = prompt.render(dict.fromkeys(prompt.inputs, "VALUE"))
    assert "{{" not in system + user
    assert "VALUE" in user


@pytest.mark.parametrize("task", ["understand", "compose", "research", "extract"])
def test_each_task_has_a_live_version(task: str) -> None:
    assert live(task).version in versions()[task]


def _kinds(task: str, version: str) -> tuple[str, ...]:
    """The kinds that a prompt's schema allows."""
    asked = load(task, version).output["properties"]
    held = (
        asked["kinds"]["items"]
        if task == "understand"
        else asked["obligations"]["items"]["properties"]["kind"]
    )
    return tuple(held["enum"])


@pytest.mark.parametrize("task", ["understand", "extract"])
def test_the_newest_schema_names_the_kinds_there_are_and_older_ones_no_others(task: str) -> None:
    found = versions()[task]
    newest = max(found, key=lambda version: int(version[1:]))
    assert sorted(_kinds(task, newest)) == sorted(KINDS)
    assert all(set(_kinds(task, version)) <= set(KINDS) for version in found)


def test_a_plan_s_fields_are_those_that_are_asked_for() -> None:
    for version in versions()["understand"]:
        assert set(load("understand", version).output["properties"]) == set(Understood.model_fields)


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_the_terms_that_an_extraction_of_every_kind_asks_for_exist(version: str) -> None:
    """Each line "- kind, kind: term, term" of the prompt names terms that the kinds' classes have."""
    listed = re.findall(r"^  - ([a-z_, ]+): (.+)$", load("extract", version).system, flags=re.MULTILINE)
    told = {kind: terms for kinds, terms in listed for kind in kinds.split(", ")}
    assert set(told) == set(KINDS)
    for kind, terms in told.items():
        plain = re.sub(r"\[.*?\]|\{.*?\}|\(.*?\)", "", terms)
        named = {term.strip() for term in re.split(r",| or ", plain) if term.strip()}
        assert named <= set(CLASSES[kind].model_fields), kind


def test_inputs_must_be_exactly_those_declared() -> None:
    with pytest.raises(PromptError, match="takes as_of, known, previous, question"):
        load("understand", "v1").render({"question": "x"})


def test_what_is_put_in_is_not_read_again(tmp_path: Path) -> None:
    _write(tmp_path, GOOD.replace("[a]", "[a, b]").replace("U\n", "U {{b}}\n"))
    system, user = load("t", "v1", tmp_path).render({"a": "{{b}}", "b": "secret"})
    assert system == "S {{b}}"
    assert user.strip() == "U secret"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no front matter", "needs front matter"),
        (GOOD.replace("reason: r\n", ""), "lacks reason"),
        (GOOD.replace("version: v1", "version: v2"), "says it is t/v2"),
        (GOOD.replace("{{a}}", ""), "declares"),
        (GOOD.replace("inputs: [a]", "inputs: [a"), "not YAML"),
    ],
)
def test_a_malformed_file_says_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    _write(tmp_path, text)
    with pytest.raises(PromptError, match=why):
        load("t", "v1", tmp_path)


def test_an_unknown_version_names_those_there_are() -> None:
    with pytest.raises(PromptError, match=r"extract/v9 \(versions: v1, v2, v3, v4\)"):
        load("extract", "v9")
    with pytest.raises(PromptError, match="names no version"):
        live("dream")


def _write(folder: Path, text: str) -> None:
    (folder / "t").mkdir()
    (folder / "t" / "v1.md").write_text(text, encoding="utf-8")
