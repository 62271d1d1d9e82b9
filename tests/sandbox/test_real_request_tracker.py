"""The program that makes a real Request Tracker, as far as it can be tried without one."""

import json
from pathlib import Path

import pytest

from sandbox.real import request_tracker as rt
from sandbox.real import request_tracker_setup as setup
from sandbox.world import load


def missing(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """RT is not here; what would be run."""
    run: list[list[str]] = []
    monkeypatch.setattr(rt, "installed", lambda: False)

    def command(line: list[str], _: dict[str, str]) -> str:
        run.append(line)
        return ""

    monkeypatch.setattr(rt, "_command", command)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return run


def test_who_is_not_root_is_told_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = missing(monkeypatch)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert rt.main(["--folder", str(tmp_path / "rt")]) == 1
    assert "sudo apt-get install --no-install-recommends request-tracker5" in capsys.readouterr().err
    assert not run


def test_without_apt_it_is_said_where_rt_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    missing(monkeypatch)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(rt.RequestTrackerError, match="Debian"):
        rt.install()


def test_root_installs_what_is_missing_and_is_told_where_that_was_not_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = missing(monkeypatch)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(rt.RequestTrackerError, match="RT 5"):
        rt.install()
    assert [line[:2] for line in run] == [["apt-get", "update"], ["apt-get", "install"]]
    assert {*rt.PACKAGES, "-y"} <= set(run[1])


def test_what_is_installed_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run = missing(monkeypatch)
    monkeypatch.setattr(rt, "installed", lambda: True)
    rt.install()
    assert not run


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(rt.RequestTrackerError, match="failed with 3"):
        rt._command(["sh", "-c", "echo why >&2; exit 3"], {})


def test_a_program_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rt, "LONGEST_COMMAND", 0.05)
    with pytest.raises(rt.RequestTrackerError, match="did not end"):
        rt._command(["sleep", "5"], {})


def test_a_folder_that_cannot_be_made_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rt, "installed", lambda: True)
    (tmp_path / "file").touch()
    assert rt.main(["--folder", str(tmp_path / "file" / "rt"), "--port", "1"]) == 1
    assert capsys.readouterr().err


def test_the_settings_stay_inside_the_folder(tmp_path: Path) -> None:
    folder = rt.Folder(tmp_path / "it's")
    folder.configure(8571)
    text = (folder.path / "RT_SiteConfig.pm").read_text(encoding="utf-8")
    for name in ("$DatabaseName", "$RT::VarPath", "$RT::MasonDataDir", "$RT::MasonSessionDir"):
        (line,) = [line for line in text.splitlines() if name in line]
        assert str(tmp_path) in line
        assert "it\\'s" in line
    assert all(str(tmp_path) in value for key, value in folder.environment().items() if "CONFIG" in key)


def test_the_first_day_comes_again_here_or_elsewhere(tmp_path: Path) -> None:
    made, other = rt.Folder(tmp_path / "made"), rt.Folder(tmp_path / "other")
    made.path.mkdir()
    made.seeded.write_text("seeded")
    made.credentials.write_text("{}")
    made.database.write_text("changed")
    made.database.with_name("rt.sqlite-journal").touch()
    made.renew()
    other.renew(made)
    assert made.database.read_text() == other.database.read_text() == "seeded"
    assert not list(made.path.glob("*-journal"))
    assert other.credentials.stat().st_mode & 0o077 == 0
    assert made.ready
    assert not other.ready, "it cannot be renewed by itself"


def test_every_desk_has_a_queue_and_everybody_an_account() -> None:
    data = setup.initial_data(load(), "a password")
    desks = {party.desk for party in load().parties.values() if party.desk}
    assert {queue["Name"] for queue in data["Queues"]} == desks
    wrote = {line.by for incident in load().incidents for line in incident.history} - {"system"}
    assert wrote | {setup.MAILBOX, setup.OUR_USER} <= {user["Name"] for user in data["Users"]}
    json.dumps(data)
