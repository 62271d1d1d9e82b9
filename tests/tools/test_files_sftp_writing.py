"""Rows in files of ours on a real SFTP server: once each, whole or not at all, one writer at a time."""

import csv
import io
import logging
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.tools.sftp_server import PASSWORD, Server, running
from tests.tools.test_files_sftp import drop_of
from tests.tools.test_files_writing import COLUMNS, put
from tools.kit import Fatal, Misconfigured, Retryable, Unauthorised

FULL, DENIED = paramiko.SFTP_FAILURE, paramiko.SFTP_PERMISSION_DENIED
UNSUPPORTED = paramiko.SFTP_OP_UNSUPPORTED
LOCK, DEAD = ".o.csv.lock", "0123456789abcdef"
OLD = "Owner,Reference,Title,Due,Amount,Done\r\nLena,old-1,A,,,\r\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "there/in").mkdir(parents=True)
    with running(Server(tmp_path / "there")) as server:
        yield server


def writer_of(server: Server, file: str = "o.csv", wait: str = "PT0S", **more: Any) -> Any:
    tables = {"obligation": {"file": file, "columns": COLUMNS}}
    write = {"folder": "in", "lock_wait": wait, "tables": tables}
    return drop_of(server, **{"write": write, **more}).writer()


def inside(server: Server) -> Path:
    return server.root / "in"


def names(server: Server) -> set[str]:
    return {path.name for path in inside(server).iterdir()}


def references(server: Server) -> list[str]:
    path = inside(server) / "o.csv"
    if not path.exists():
        return []
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    at = rows[0].index("Reference")
    return [row[at] for row in rows[1:]]


def held(server: Server) -> Path:
    path = inside(server) / "o.csv"
    path.write_bytes(OLD.encode())
    path.chmod(0o600)
    return path


def aged(path: Path, seconds: float = 3600) -> None:
    at = time.time() - seconds
    os.utime(path, (at, at))


class TestRows:
    def test_a_row_joins_what_is_there_and_nothing_else_is_left(self, server: Server) -> None:
        path = held(server)
        made = writer_of(server).create(put(title="=1+1"))
        assert (made.system, made.record) == ("partner", "o.csv#pacta-0001")
        assert path.read_bytes().startswith(OLD.encode())
        assert path.read_bytes().endswith(b'"","pacta-0001","\'=1+1","","",""\r\n')
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, "whoever could not read it still cannot"
        assert names(server) == {"o.csv"}

    def test_a_reader_sees_the_old_file_or_the_new_one(self, server: Server) -> None:
        path, seen = held(server), set()

        def look(*_: Any) -> None:
            seen.add(path.read_bytes())

        server.before = server.after = look
        writer_of(server).create(put())
        assert seen == {OLD.encode(), path.read_bytes()}

    def test_many_writers_wait_for_each_other(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        errors: list[threading.ExceptHookArgs] = []
        monkeypatch.setattr("threading.excepthook", errors.append)
        actions = [put(f"pacta-{n:04}") for n in range(4)] * 2
        writers = [
            threading.Thread(target=writer_of(server, wait="PT60S").create, args=(a,)) for a in actions
        ]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        assert [e.exc_value for e in errors if not isinstance(e.exc_value, Retryable)] == []
        for action in actions[:4]:  # a file read while others replaced it is read again later
            writer_of(server).create(action)
        assert sorted(references(server)) == [f"pacta-{n:04}" for n in range(4)]
        assert names(server) == {"o.csv"}


class TestBadDays:
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("at", range(8))
    @pytest.mark.parametrize("fresh", [True, False])
    def test_a_line_cut_at_any_step_leaves_a_whole_file_and_one_row(
        self, server: Server, when: str, at: int, fresh: bool
    ) -> None:
        first: list[str] = []
        if not fresh:
            held(server)
            first = ["old-1"]
        steps: list[str] = []

        def cut(step: str, _: str) -> int | None:
            steps.append(step)
            if len(steps) != at + 1:
                return None
            server.cut()
            return FULL if when == "before" else None

        setattr(server, when, cut)
        try:
            writer_of(server).create(put())
        except Retryable as error:
            assert error.maybe_done or references(server) == first  # noqa: PT017 - it may also succeed
        assert references(server) in (first, [*first, "pacta-0001"])
        server.before = server.after = None
        if (inside(server) / LOCK).exists():
            aged(inside(server) / LOCK)
        writer_of(server).create(put())
        writer_of(server).create(put("pacta-0002"))
        assert references(server) == [*first, "pacta-0001", "pacta-0002"]
        left = names(server) - {"o.csv"}
        assert all((inside(server) / name).stat().st_size == 0 for name in left), "at most an empty probe"
        assert len(left) <= 1

    @pytest.mark.parametrize("file", [LOCK, ".part"])
    def test_a_full_disk_is_tried_again_later(self, server: Server, file: str) -> None:
        path = held(server)
        server.before = lambda step, at: FULL if step == "write" and at.endswith(file) else None
        with pytest.raises(Retryable, match="reports a failure") as caught:
            writer_of(server).create(put())
        assert not caught.value.maybe_done
        assert caught.value.remedy
        assert path.read_bytes() == OLD.encode()
        assert names(server) == {"o.csv"}

    @pytest.mark.parametrize("step", ["open", "write", "remove", "posix_rename"])
    def test_rights_that_do_not_suffice_are_for_a_person(
        self, server: Server, step: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        path = held(server)
        server.before = lambda at, _: DENIED if at == step else None
        with pytest.raises(Unauthorised, match="refuses") as caught:
            writer_of(server).create(put())
        assert caught.value.remedy
        assert path.read_bytes() == OLD.encode()
        assert LOCK not in names(server)
        assert all(PASSWORD not in text for text in (str(caught.value), repr(caught.value), caplog.text))

    def test_a_server_that_cannot_replace_says_so(self, server: Server) -> None:
        path = held(server)
        server.before = lambda step, _: UNSUPPORTED if step == "posix_rename" else None
        with pytest.raises(Misconfigured, match="cannot replace a file in place"):
            writer_of(server).create(put())
        assert path.read_bytes() == OLD.encode()
        assert names(server) == {"o.csv"}

    def test_a_renaming_that_fails_was_not_done(self, server: Server) -> None:
        held(server)
        server.before = lambda step, _: FULL if step == "posix_rename" else None
        with pytest.raises(Retryable, match="does not rename") as caught:
            writer_of(server).create(put())
        assert not caught.value.maybe_done
        assert names(server) == {"o.csv"}


class TestOthers:
    def test_a_lock_of_a_living_writer_is_left(self, server: Server) -> None:
        lock = inside(server) / LOCK
        lock.write_text(DEAD)
        with pytest.raises(Retryable, match="another writer keeps the file") as caught:
            writer_of(server).create(put())
        assert not caught.value.maybe_done
        assert lock.read_text() == DEAD
        assert names(server) == {LOCK}

    def test_a_lock_of_a_dead_writer_is_taken_over_with_what_it_left(self, server: Server) -> None:
        for name in (LOCK, f".o.csv.{DEAD}.part"):
            (inside(server) / name).write_text(DEAD)
            aged(inside(server) / name)
        writer_of(server).create(put())
        assert names(server) == {"o.csv"}

    def test_a_row_is_found_whoever_holds_the_lock(self, server: Server) -> None:
        made = writer_of(server).create(put())
        (inside(server) / LOCK).write_text(DEAD)
        assert writer_of(server).create(put()) == made

    def test_a_lock_that_was_renewed_while_we_took_it_away_is_put_back(self, server: Server) -> None:
        lock = inside(server) / LOCK
        lock.write_text("f" * 16)
        aged(lock)

        def renew(step: str, path: str) -> None:
            if step == "rename" and path.startswith(f"in/{LOCK}."):
                server.before = None
                lock.write_text(DEAD)

        server.before = renew
        with pytest.raises(Retryable, match="another writer keeps"):
            writer_of(server).create(put())
        assert names(server) == {LOCK}
        assert lock.read_text() == DEAD

    def test_who_lost_the_lock_does_not_write(self, server: Server) -> None:
        path = held(server)

        def steal(step: str, at: str) -> None:
            if step == "write" and at.endswith(".part"):
                (inside(server) / LOCK).write_text(DEAD)

        server.after = steal
        with pytest.raises(Retryable, match="took our lock over"):
            writer_of(server).create(put())
        assert path.read_bytes() == OLD.encode()
        assert names(server) == {"o.csv", LOCK}, "the lock is the other's now"

    def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(self, server: Server) -> None:
        path = held(server)

        def edit(step: str, at: str) -> None:
            if step == "write" and at.endswith(".part"):
                path.write_bytes(OLD.encode() + b"Ada,old-2,B,,,\r\n")

        server.after = edit
        with pytest.raises(Retryable, match="somebody else changed"):
            writer_of(server).create(put())
        assert references(server) == ["old-1", "old-2"]

    def test_a_slow_writer_gives_up_before_its_lock_is_old(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def late(step: str, at: str) -> None:
            if step == "write" and at.endswith(".part"):
                now = time.monotonic()
                monkeypatch.setattr("tools.files.sftp_write.monotonic", lambda: now + 301)

        server.after = late
        with pytest.raises(Retryable, match="half of lock_age"):
            writer_of(server).create(put())
        assert names(server) == set()


class TestWhatIsThere:
    def test_links_large_files_and_missing_folders_are_told(self, server: Server) -> None:
        path = held(server)
        with pytest.raises(Fatal, match=r"limits\.file"):
            writer_of(server, limits={"file": 10}).create(put())
        (inside(server) / "link.csv").symlink_to(path)
        with pytest.raises(Fatal, match="not a file"):
            writer_of(server, "link.csv").create(put())
        with pytest.raises(Fatal, match="no such file or folder"):
            writer_of(server, "deeper/o.csv").create(put())
        assert path.read_bytes() == OLD.encode()

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and then nothing"])
    def test_a_damaged_workbook_is_left_alone(self, server: Server, content: bytes) -> None:
        (inside(server) / "o.xlsx").write_bytes(content)
        with pytest.raises(Fatal, match="as we left it"):
            writer_of(server, "o.xlsx").create(put())
        assert (inside(server) / "o.xlsx").read_bytes() == content

    def test_a_workbook_that_unpacks_to_too_much_is_not_opened(self, server: Server) -> None:
        writer_of(server, "o.xlsx").create(put())
        with pytest.raises(Fatal, match="unpacks"):
            writer_of(server, "o.xlsx", limits={"workbook": 100}).create(put("pacta-0002"))

    def test_settings_that_cannot_work_are_refused(self, server: Server) -> None:
        tables = {"obligation": {"file": "o.csv", "columns": COLUMNS}}
        with pytest.raises(Misconfigured, match="lock_age"):
            drop_of(server, write={"folder": "in", "lock_age": "PT19S", "tables": tables})
        with pytest.raises(Misconfigured, match="no file is ours"):
            drop_of(server).writer()
