"""The prepared home is made once, kept by its content, and left out when it was only half made."""

from pathlib import Path

import pytest

from evals.world import READY, open_world, world_home


def test_it_is_made_once_and_again_when_its_data_change(tmp_path: Path) -> None:
    data, made = tmp_path / "records.yaml", []
    data.write_text("one")

    def prepare(home: Path) -> None:
        made.append(home)
        (home / "pacta.yaml").write_text('as_of: "2026-11-10T12:00:00+01:00"\n')

    first = world_home(tmp_path / "evals", [data], prepare)
    assert world_home(tmp_path / "evals", [data], prepare) == first
    data.write_text("two")
    second = world_home(tmp_path / "evals", [data], prepare)
    assert made == [first, second]
    assert not first.exists()
    assert (second / READY).exists()


def test_a_half_made_world_is_made_anew(tmp_path: Path) -> None:
    def fails(home: Path) -> None:
        (home / "half").write_text("")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        world_home(tmp_path, [], fails)
    whole = world_home(tmp_path, [], lambda home: None)
    assert not (whole / "half").exists()


def test_the_environment_does_not_reach_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_DATABASE_URL", "postgresql://elsewhere/production")
    monkeypatch.setenv("PACTA_AS_OF", "2020-01-01T00:00:00+00:00")
    (tmp_path / "pacta.yaml").write_text('as_of: "2026-11-10T12:00:00+01:00"\n')
    with open_world(tmp_path, {"model": "openai:some"}) as pacta:
        assert pacta.settings.store_url.startswith(f"sqlite:///{tmp_path}")
        assert pacta.settings.as_of is not None
        assert pacta.settings.as_of.year == 2026
        assert pacta.settings.model == "openai:some"
