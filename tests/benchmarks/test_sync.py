"""The benchmark of syncing on a small number: its runs, and that faults and a kill change nothing held."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import sync
from benchmarks import sync_sandbox as box
from sandbox import RunningSandbox, serve
from sandbox.volume import Volume

COUNT, PAGE = 200, 40
pytestmark = pytest.mark.xdist_group("benchmarks-sync")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serve(volume=Volume(COUNT, COUNT, PAGE)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def clean(running: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a store holds after a clean run."""
    home = tmp_path_factory.mktemp("clean")
    done = sync.bring(home, running.base_url, page=PAGE)
    assert done["errors"] == []
    return {**done, "holds": sync.digest(home)}


def test_everything_comes_in_once(clean: dict[str, Any]) -> None:
    streams = clean["records_by_stream"]
    assert streams["servicenow incident"] >= COUNT
    assert streams["sap_s4hana invoice"] >= COUNT
    assert clean["facts"] == clean["holds"]["facts"] > 4 * COUNT
    assert clean["rounds"] == 1


def test_changes_come_in_and_nothing_comes_twice(running: RunningSandbox, tmp_path: Path) -> None:
    running.reset()
    first = sync.bring(tmp_path, running.base_url, page=PAGE)
    box.move_clock(running.base_url, sync._move(COUNT))
    changed = sync.bring(tmp_path, running.base_url, page=PAGE)
    unchanged = sync.bring(tmp_path, running.base_url, page=PAGE)
    running.reset()
    assert 0 < changed["facts"] < first["facts"]
    assert unchanged["facts"] == 0
    assert unchanged["records"] < changed["records"] < first["records"]


def test_the_ceiling_asks_the_same_again(running: RunningSandbox, tmp_path: Path) -> None:
    running.reset()
    sync.bring(tmp_path, running.base_url, page=PAGE)
    asked = box.asked(running.base_url)
    ceiling = box.ceiling(running.base_url, asked)
    assert ceiling["requests"] == len(asked) > 20


def test_faults_on_the_way_change_nothing_that_is_held(
    running: RunningSandbox, clean: dict[str, Any], tmp_path: Path
) -> None:
    running.reset()
    box.storm(running.base_url, 0.25, seed=3)
    faulty = sync.bring(tmp_path, running.base_url, page=PAGE)
    met = box.faults(running.base_url)
    running.reset()
    assert faulty["errors"] == []
    assert len(met.keys() - {""}) >= 4
    assert sync.digest(tmp_path) == clean["holds"]


def test_a_backfill_killed_half_way_goes_on_to_the_same_facts(
    running: RunningSandbox, clean: dict[str, Any], tmp_path: Path
) -> None:
    running.reset()
    killed = sync.part(tmp_path, running.base_url, die_after=clean["records"] // 2, page=PAGE)
    assert killed == {}
    assert 0 < sync.digest(tmp_path)["facts"] < clean["holds"]["facts"]
    resumed = sync.bring(tmp_path, running.base_url, page=PAGE)
    assert resumed["errors"] == []
    assert sync.digest(tmp_path) == clean["holds"]


def test_what_is_shown_names_every_part(capsys: pytest.CaptureFixture[str], clean: dict[str, Any]) -> None:
    part = {**clean, "ceiling": {"per_second": 1}, "megabytes_by_records": [(10, 100)], "same": True}
    speeds = dict.fromkeys(("cold", "changed", "unchanged"), part)
    faulty = {**part, "faults": {"": 9, "cut": 1}}
    sync.show({**speeds, "sameness": {"faulty": faulty, "resumed": {**part, "same": False}}})
    said = capsys.readouterr().out
    assert "unchanged" in said
    assert "1 of 10 requests faulty" in said
    assert "the same facts" in said
    assert "OTHER FACTS" in said
