"""Documents that cannot lie: what the code has is documented, and what documents name exists."""

import re
from pathlib import Path

import pytest

from api.app import create_app
from extraction.readers import READERS
from flows.settings import VARIABLES, Settings
from flows.wiring import Pacta
from obligations.rules import RULES
from obligations.terms import KINDS
from tools.registry import KINDS as SYSTEMS

ROOT = Path(__file__).parent.parent
DOCS = sorted([ROOT / "README.md", ROOT / "AGENTS.md", *(ROOT / "docs").rglob("*.md")])
PATH = re.compile(r"`((?:[a-z_]+/)+[A-Za-z0-9_.-]*|[A-Za-z_.-]+\.(?:md|toml|yml|yaml))`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
MADE_HERE = ("pacta.yaml", "drop.yaml", "pacta-map.yaml")
"""Files that the product's user writes, not the repository."""
FOLDERS = tuple(f"{folder.name}/" for folder in ROOT.iterdir() if folder.is_dir())


def ours(path: str, doc: Path) -> bool:
    """Does a document mean a file of this repository? The pages of vendors also name paths of theirs, which
    begin with no folder of ours."""
    of_vendor = doc.parent.name in ("connectors", "sandbox")
    return path not in MADE_HERE and (not of_vendor or path.startswith(FOLDERS))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.name)
def test_every_path_a_document_names_exists(doc: Path) -> None:
    text = doc.read_text(encoding="utf-8")
    missing = [
        path for path in PATH.findall(text)
        if ours(path, doc) and not any((base / path).exists() for base in (ROOT, doc.parent))
    ]  # fmt: skip
    missing += [link for link in LINK.findall(text) if not (doc.parent / link).exists()]
    assert missing == []


def test_every_setting_is_documented() -> None:
    text = read("docs/settings.md")
    assert [name for name in VARIABLES if f"`{name}`" not in text] == []
    given_by_variable = set(VARIABLES.values())
    keys = [name for name in Settings.model_fields if name not in given_by_variable]
    assert [key for key in keys if f"`{key}" not in text] == []


def test_every_route_is_documented_and_every_documented_route_exists(tmp_path: Path) -> None:
    with Pacta(Settings(home=tmp_path)) as pacta:
        paths = create_app(pacta).openapi()["paths"]
    served = {f"{method.upper()} {path}" for path, ways in paths.items() for method in ways}
    documented = set(
        re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)` \|", read("docs/api.md"), re.MULTILINE)
    )
    assert documented == served


def test_every_kind_has_a_rule_golden_cases_and_a_section() -> None:
    assert set(RULES) == set(KINDS)
    for kind in KINDS:
        assert (ROOT / "tests/obligations/golden" / f"{kind}.yaml").exists(), kind
        assert (ROOT / "obligations/rules" / f"{kind}.py").exists(), kind
        assert (ROOT / "extraction/readers" / f"{kind}.py").exists() == (kind in READERS), kind


def test_what_the_embedded_reader_reads_is_said() -> None:
    said = re.search(r"embedded reader reads ([^.]*)\.", read("docs/rules/README.md"))
    assert said is not None
    assert sorted(re.findall(r"`(\w+)`", said.group(1))) == sorted(READERS)


def test_every_system_is_documented() -> None:
    text = read("docs/connectors.md")
    assert [system for system in SYSTEMS if system not in text] == []


def test_the_compose_file_starts_what_exists() -> None:
    import yaml
    from typer.main import get_command

    from cli.main import app

    compose = yaml.safe_load(read("docker-compose.yml"))
    assert set(compose["services"]) == {"api", "worker", "sandbox", "qdrant", "postgres"}
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name in ("api", "worker"):
        program, verb, *options = compose["services"][name]["command"]
        assert program == "pacta"
        known = {text for each in commands[verb].params for text in (*each.opts, *each.secondary_opts)}
        assert {o for o in options if o.startswith("--")} <= known
    variables = set(compose["x-pacta"]["environment"])
    assert variables <= set(VARIABLES)


def test_the_readme_s_commands_are_targets_of_the_makefile() -> None:
    makefile = read("Makefile")
    for target in set(re.findall(r"\bmake ([a-z-]+)", read("README.md") + read("AGENTS.md"))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
