"""From settings to connectors; the examples; the page that documents them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.vendors import SECRET, SapVendor, ServiceNowVendor
from tools import connect
from tools.kit import Connector, Misconfigured
from tools.kit.profile import Profile
from tools.kit.settings import HttpSettings, VendorSettings
from tools.registry import profiles

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tools" / "examples"
PAGE = ROOT / "docs" / "connectors.md"
PAGES = ROOT / "docs" / "connectors"


def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("PACTA_IRONCLAD_SECRET", SECRET)
    monkeypatch.setenv("PACTA_SERVICENOW_SECRET", SECRET)
    (tmp_path / "sap").write_text(SECRET)
    settings: dict[str, Any] = yaml.safe_load((EXAMPLES / "connectors.yaml").read_text())["connectors"]
    settings["sap_s4hana"]["auth"]["password"] = {"file": str(tmp_path / "sap")}
    settings["drop"]["map"] = str(EXAMPLES / "drop.yaml")
    return settings


def test_the_example_connects_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connectors = connect(example(tmp_path, monkeypatch))
    assert set(connectors) == {"ironclad", "servicenow", "sap_s4hana", "drop"}
    for name, connector in connectors.items():
        assert isinstance(connector, Connector)
        assert connector.name == name
        assert SECRET not in repr(vars(connector))


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
