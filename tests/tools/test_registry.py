"""From settings to connectors; the examples; the page that documents them."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.vendors import SECRET, SapVendor, ServiceNowVendor
from tools import catalogue, connect
from tools.kit import Misconfigured
from tools.kit.profile import Profile
from tools.kit.settings import HttpSettings, VendorSettings
from tools.registry import KINDS, profiles

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tools" / "examples"
PAGE = ROOT / "docs" / "connectors.md"
PAGES = ROOT / "docs" / "connectors"


def filled(given: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, field: str = "") -> Any:
    """An example whose secrets are there, wherever it says that they are."""
    if isinstance(given, list):
        return [filled(one, folder, monkeypatch) for one in given]
    if not isinstance(given, dict):
        return given
    secret = f"https://hook.example/{SECRET}" if field == "webhook" else SECRET
    if set(given) == {"env"}:
        monkeypatch.setenv(given["env"], secret)
    elif set(given) == {"file"}:
        (folder / "secret").write_text(secret)
        return {"file": str(folder / "secret")}
    elif "vault" in given:
        return secret
    if "map" in given and str(given["map"]).startswith("/"):
        given = {**given, "map": str(EXAMPLES / "drop.yaml")}
    return {key: filled(value, folder, monkeypatch, key) for key, value in given.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_connects(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (EXAMPLES / f"{kind}.yaml").read_text(encoding="utf-8")
    settings = filled(yaml.safe_load(text)["connectors"], tmp_path, monkeypatch)
    assert {given.get("kind", name) for name, given in settings.items()} == {kind}
    for name, connector in connect(settings).items():
        assert connector.name == name
        assert SECRET not in repr(vars(connector))
    assert not re.search(r"(password|secret|token|key): [^{\s]*[A-Za-z0-9]{20}", text), "no secret in clear"


def test_every_example_is_of_a_kind() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.yaml")} == {*KINDS, "drop"}


def test_the_page_is_current() -> None:
    assert catalogue.main(["--check"]) == 0, "run `python -m tools.catalogue`"


def test_the_table_tells_what_a_profile_tells() -> None:
    known = replace(
        profiles()[0], title="A|B", area="work", reads=("x\ny",), writes=(), waits=("z",), kind="ab"
    )
    head, line, row = catalogue.table([known]).split("\n")
    assert head.count("|") == line.count("|") == row.replace("\\|", "").count("|") == 7
    assert row.startswith("| work | [A\\|B](connectors/ab.md), `ab` | x y | nothing | ")
    assert row.endswith(" | z |")


def test_a_page_without_its_place_is_told() -> None:
    for page in ("", catalogue.BEGIN, f"{catalogue.END} {catalogue.BEGIN}"):
        with pytest.raises(ValueError, match="lacks"):
            catalogue.renewed(page, [])


def test_one_vendor_may_be_connected_twice() -> None:
    vendor = ServiceNowVendor()
    settings = {name: {**vendor.settings(), "kind": "servicenow"} for name in ("desk-eu", "desk-us")}
    connectors = connect(settings, vendor.transport())
    assert [c.name for c in connectors.values()] == ["desk-eu", "desk-us"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"base_url": 7}, "connectors.servicenow.base_url"),
        ({"auth": {"type": "magic"}}, "connectors.servicenow.auth"),
        ({"auth": {"type": "basic", "user": "u"}}, "connectors.servicenow.auth.basic.password"),
        ({"auth": {"type": "basic", "user": "u", "password": {"env": "PACTA_NOT_SET"}}}, "password"),
        ({"colour": "red"}, "connectors.servicenow.colour"),
        ({"page_size": 0}, "connectors.servicenow.page_size"),
        ({"http": {"attempts": 0}}, "connectors.servicenow.http.attempts"),
        ({"states": {"1": "asleep"}}, "connectors.servicenow.states"),
        ({"kind": "jira"}, "connectors.servicenow"),
    ],
)
def test_wrong_settings_name_the_field_and_hide_the_value(change: dict[str, Any], place: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        connect({"servicenow": {**ServiceNowVendor().settings(), **change}})
    assert place in caught.value.place
    assert caught.value.remedy
    assert SECRET not in str(caught.value)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(Misconfigured, match="time zone"):
        connect({"sap_s4hana": {**SapVendor().settings(), "zone": "Berlin"}})


@pytest.mark.parametrize("given", [None, "x", [], 7])
def test_settings_that_are_no_mapping_are_refused(given: Any) -> None:
    with pytest.raises(Misconfigured, match="mapping"):
        connect({"servicenow": given})


def test_importing_the_package_brings_in_no_network() -> None:
    heavy = ("httpx", "stamina", "yaml", "rapidfuzz", "cryptography")
    code = f"import sys, tools, tools.parties; print(*[m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.kind)
def test_every_kind_and_every_setting_of_it_is_documented(profile: Profile) -> None:
    page = (PAGES / f"{profile.kind}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{profile.kind}`")
    common = set(VendorSettings.model_fields) | {"kind"}
    for field in set(profile.settings.model_fields) - common:
        assert f"`{field}`" in page, f"{profile.kind}.{field}"


def test_common_settings_are_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for field in set(HttpSettings.model_fields) | set(VendorSettings.model_fields):
        assert f"`{field}`" in page, field
