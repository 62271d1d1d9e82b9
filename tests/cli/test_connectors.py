"""`pacta connectors` on a small home: a folder of files that works, an entry that does not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from flows.connectors import listed, preview
from flows.errors import FlowError, UnknownSystem
from flows.settings import load_settings
from flows.sync import sync
from flows.wiring import Pacta
from tests.tools.vendors import SECRET, IroncladVendor, ServiceNowVendor
from tools import connect
from tools.kit.errors import Misconfigured

DROP = Path(__file__).parents[2] / "sandbox" / "drop"
MAP = Path(__file__).parents[2] / "cli" / "demo_drop.yaml"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "300")
    connectors: dict[str, Any] = {
        "drop": {"kind": "files", "folder": str(DROP), "map": str(MAP)},
        "desk": {"kind": "servicenow", "base_url": 7, "auth": {"type": "bearer", "token": SECRET}},
    }
    (tmp_path / "pacta.yaml").write_text(yaml.safe_dump({"connectors": connectors}))
    return tmp_path


def run(home: Path, *words: str) -> Result:
    done = CliRunner().invoke(app, ["--home", str(home), "connectors", *words], catch_exceptions=False)
    assert SECRET not in done.output
    return done


def text(done: Result) -> str:
    return " ".join(done.output.split())


class TestList:
    def test_says_what_is_there_and_what_is_wrong(self, home: Path) -> None:
        shown = text(run(home, "list"))
        assert "desk ServiceNow ITSM reads, writes wrong settings never" in shown
        assert "connectors.desk.base_url" in shown
        assert "drop" in shown
        assert "ready" in shown

    def test_tells_when_a_system_was_last_read(self, home: Path) -> None:
        CliRunner().invoke(app, ["--home", str(home), "sync", "drop"], catch_exceptions=False)
        found = json.loads(run(home, "list", "--json").stdout)
        drop = next(one for one in found if one["system"] == "drop")
        assert drop["state"] == "ready"
        assert drop["synced_at"] == max(drop["streams"].values())
        assert "never" in text(run(home, "list")), "the other one was not"

    def test_nothing_configured_is_told(self, tmp_path: Path) -> None:
        for command in ("list", "check"):
            assert "No connector is configured" in text(run(tmp_path, command))


class TestCheck:
    def test_one_that_fails_has_a_remedy_and_ends_badly(self, home: Path) -> None:
        done = run(home, "check")
        assert done.exit_code == 1
        assert "docs/connectors.md" in text(done)
        assert run(home, "check", "drop").exit_code == 0
        found = json.loads(run(home, "check", "--json").stdout)
        assert {one["system"]: one["ok"] for one in found} == {"desk": False, "drop": True}

    def test_the_same_problem_is_told_once_with_its_places(self, tmp_path: Path) -> None:
        away: dict[str, Any] = {
            "kind": "servicenow",
            "base_url": "http://127.0.0.1:1",
            "http": {"attempts": 1},
        }
        away["auth"] = {"type": "bearer", "token": SECRET}
        (tmp_path / "pacta.yaml").write_text(yaml.safe_dump({"connectors": {"desk": away}}))
        shown = text(run(tmp_path, "check"))
        assert shown.count("the connection failed") == 1
        assert "GET /table/incident, GET /table/sys_journal_field" in shown

    def test_an_unknown_one_is_named(self, home: Path) -> None:
        with pytest.raises((UnknownSystem, Misconfigured)):
            run(home, "check", "nothing")


class TestPreview:
    def test_shows_facts_and_stores_nothing(self, home: Path) -> None:
        shown = text(run(home, "preview", "report_received", "--count", "2"))
        assert "Nothing was stored" in shown
        (one,) = json.loads(run(home, "preview", "report_received", "--count", "2", "--json").stdout)
        assert one["system"] == "drop"
        assert 0 < len(one["facts"]) <= 2
        assert "No facts are held" in text(run(home, "count"))

    def test_a_kind_that_nobody_gives_names_the_others(self, home: Path) -> None:
        with pytest.raises(FlowError, match="no connector gives 'nonsense'") as caught:
            run(home, "preview", "nonsense")
        assert "report_received" in caught.value.remedy

    def test_one_with_wrong_settings_says_so_where_it_is_asked_for(self, home: Path) -> None:
        with pytest.raises(Misconfigured, match="base_url"):
            run(home, "preview", "incident", "--system", "desk")


class TestCount:
    def test_counts_by_system_and_kind(self, home: Path) -> None:
        CliRunner().invoke(app, ["--home", str(home), "sync", "drop"], catch_exceptions=False)
        found = json.loads(run(home, "count", "--json").stdout)
        assert {one["system"] for one in found} == {"drop"}
        assert f"{sum(one['facts'] for one in found):,} facts in all" in text(run(home, "count"))


@pytest.fixture
def vendors(tmp_path: Path) -> Iterator[Pacta]:
    made: dict[str, Any] = {}
    for vendor in (ServiceNowVendor(count=25), IroncladVendor(count=25)):
        made |= connect({vendor.name: vendor.settings()}, vendor.transport())
    with Pacta(load_settings({}, home=str(tmp_path)), connectors=made) as pacta:
        yield pacta


def test_a_stream_is_read_only_until_there_is_enough(vendors: Pacta) -> None:
    (tickets,) = preview(vendors, "ticket", 3)
    assert (tickets.system, tickets.stream, len(tickets.facts)) == ("servicenow", "incident", 3)
    assert len({f.source.record for f in tickets.facts}) == 3, "the newest version of each"
    assert vendors.store.watermarks() == ()


def test_contracts_are_shown_as_contracts(vendors: Pacta) -> None:
    (found,) = preview(vendors, "contract", 4)
    assert (found.facts, len(found.contracts)) == ((), 4)


def test_problems_of_the_last_reading_are_the_state_until_a_later_one_mends_them(tmp_path: Path) -> None:
    vendor = ServiceNowVendor(count=3)
    made = connect({"servicenow": vendor.settings()}, vendor.transport())
    minutes = iter(range(1000))

    def clock() -> datetime:
        return datetime(2026, 11, 10, tzinfo=UTC) + timedelta(minutes=next(minutes))

    with Pacta(load_settings({}, home=str(tmp_path)), connectors=made, clock=clock) as pacta:
        assert listed(pacta)[0].state == "ready"
        vendor.closed = {"incident": 403}
        sync(pacta)
        (one,) = listed(pacta)
        assert one.state == "problems"
        assert "403" in one.problem
        assert one.remedy
        vendor.closed = {}
        sync(pacta)
        assert listed(pacta)[0].state == "ready"
