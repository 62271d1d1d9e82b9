"""The SFTP drop against a real SFTP server: pinned keys, the cache, the watermark, and files of ill will."""

import io
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.tools.drops import REPORT_MAP, REPORTS
from tests.tools.sftp_server import PASSWORD, USER, Server, running
from tools import connect
from tools.kit import Batch, Connector, Fatal, Misconfigured, Retryable, Unauthorised, harvest

KIND = "report_received"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "there"
    root.mkdir()
    with running(Server(root)) as server:
        yield server


def put(server: Server, name: str = "a.csv", text: str = REPORTS, age: float = 3600) -> Path:
    path = server.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    at = time.time() - age
    os.utime(path, (at, at))
    return path


def settings(server: Server, **changes: Any) -> dict[str, Any]:
    given = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": server.port,
        "user": USER,
        "password": PASSWORD,
        "host_keys": [server.pin],
        "cache": str(server.root.parent / "cache"),
        "map": {"zone": "Europe/Berlin", "tables": [{"file": "**/*.csv", **REPORT_MAP}]},
        "timeout": 5,
        **changes,
    }
    return {key: value for key, value in given.items() if value is not None}


def drop_of(server: Server, **changes: Any) -> Any:
    return connect({"partner": settings(server, **changes)})["partner"]


def read(drop: Any, cursor: str | None = None) -> tuple[list[str], str, list[Any]]:
    """The files of the records, the last cursor, the problems."""
    batches: list[Batch] = list(drop.read(KIND, cursor))
    files = [record.data["file"] for batch in batches for record in batch.records]
    return list(dict.fromkeys(files)), batches[-1].cursor, [p for batch in batches for p in batch.problems]


class TestReading:
    def test_files_become_facts(self, server: Server) -> None:
        changed = int(put(server, "in/reports.csv").stat().st_mtime)
        drop = drop_of(server)
        assert isinstance(drop, Connector)
        assert drop.check().ok
        records = [r for batch in drop.read(KIND, None) for r in batch.records]
        facts = harvest(drop, records).facts
        assert [f.source.url for f in facts] == ["in/reports.csv#L2", "in/reports.csv#L3"]
        assert {f.source.system for f in facts} == {"partner"}
        assert (server.root.parent / "cache/in/reports.csv").stat().st_mtime == changed
        assert (server.root / "in/reports.csv").exists()

    def test_only_new_and_changed_files_are_fetched_again(self, server: Server) -> None:
        put(server, "a.csv")
        files, cursor, _ = read(drop_of(server))
        assert files == ["a.csv"]
        put(server, "b.csv")
        files, cursor, _ = read(drop_of(server), cursor)
        assert files == ["b.csv"]
        assert read(drop_of(server), cursor)[0] == []
        put(server, "a.csv", REPORTS.replace("16:00", "17:00"), age=1800)
        assert read(drop_of(server), cursor)[0] == ["a.csv"]
        assert server.opened == ["a.csv", "b.csv", "a.csv"]
        assert read(drop_of(server))[0] == ["a.csv", "b.csv"], "without a cursor everything, from the cache"
        assert server.opened == ["a.csv", "b.csv", "a.csv"]

    def test_a_file_that_may_still_be_arriving_waits(self, server: Server) -> None:
        put(server, "a.csv", age=5)
        assert read(drop_of(server))[0] == []
        assert read(drop_of(server, settle="PT1S"))[0] == ["a.csv"]

    def test_a_file_that_changes_under_our_hands_comes_the_next_time(self, server: Server) -> None:
        put(server)
        server.on_read = lambda path: path.write_text(REPORTS + "more,rows,IC-1,2026-10,2026-11-09T09:30Z\n")
        files, cursor, problems = read(drop_of(server, settle="PT0S"))
        assert files == []
        assert "changed while it was read" in problems[0].what
        assert not list((server.root.parent / "cache").rglob("*.part"))
        assert read(drop_of(server, settle="PT0S"), cursor)[0] == ["a.csv"]

    def test_a_line_cut_in_the_middle_of_a_file_is_retryable(self, server: Server) -> None:
        put(server, "a.csv", REPORTS + "x" * 5_000_000)

        def cut(_: Path) -> None:
            for transport in server.transports:
                transport.close()

        server.on_read = cut
        with pytest.raises(Retryable, match="cut off"):
            read(drop_of(server))
        left = [path.name for path in (server.root.parent / "cache").rglob("*") if path.is_file()]
        assert left == []

    def test_a_file_we_may_not_open_does_not_stop_the_others(self, server: Server) -> None:
        put(server, "locked.csv")
        put(server, "open.csv")
        files, _, problems = read(drop_of(server))
        assert files == ["open.csv"]
        assert problems[0].place == "locked.csv"
        assert problems[0].remedy

    def test_a_large_file_is_not_fetched_and_the_cache_keeps_its_size(self, server: Server) -> None:
        put(server, "large.csv", REPORTS + "x" * 5000)
        put(server, "small.csv")
        _, _, problems = read(drop_of(server, limits={"file": 4000}))
        assert [p.place for p in problems] == ["large.csv"]
        assert "large.csv" not in server.opened
        for n in range(5):
            put(server, f"more/{n}.csv")
        (server.root / "large.csv").unlink()
        size = len(REPORTS.encode())
        files, cursor, problems = read(drop_of(server, cache_size=2 * size + 10))
        assert len(files) == 6
        assert not problems
        held = [p for p in (server.root.parent / "cache").rglob("*") if p.is_file()]
        assert len(held) == 2
        assert read(drop_of(server), cursor)[0] == [], "what was read need not be held"

    def test_names_that_lead_elsewhere_and_links_are_left_alone(self, server: Server) -> None:
        put(server, "a.csv")
        (server.root.parent / "secret.csv").write_text(REPORTS)
        (server.root / "link.csv").symlink_to(server.root.parent / "secret.csv")
        server.extra = ["../secret.csv", "/etc/x.csv", "b\\..\\c.csv", "..", ".hidden.csv", "new\nline.csv"]
        files, _, problems = read(drop_of(server))
        assert files == ["a.csv"]
        assert {p.place for p in problems} >= {"'../secret.csv'", "'/etc/x.csv'"}
        assert server.opened == ["a.csv"]

    def test_a_missing_folder_is_named(self, server: Server) -> None:
        drop = drop_of(server, folder="nowhere")
        with pytest.raises(Fatal, match="no such file or folder"):
            read(drop)
        health = drop.check()
        assert not health.ok
        assert "folder" in health.problems[0].remedy

    def test_patterns_stay_within_a_folder(self, server: Server) -> None:
        for name in ("a.csv", "in/b.csv", "in/deep/c.csv", "out/d.csv"):
            put(server, name)

        def found(pattern: str) -> list[str]:
            return read(drop_of(server, map={"tables": [{"file": pattern, **REPORT_MAP}]}))[0]

        assert found("*.csv") == ["a.csv"]
        assert found("in/*.csv") == ["in/b.csv"]
        assert found("in/**/*.csv") == ["in/b.csv", "in/deep/c.csv"]

    def test_a_damaged_cursor_and_an_unknown_kind_say_so(self, server: Server) -> None:
        with pytest.raises(Misconfigured, match="watermark"):
            read(drop_of(server), "yesterday")
        with pytest.raises(Fatal, match=KIND):
            list(drop_of(server).read("ticket", None))


class TestPuttingAway:
    def test_nothing_is_touched_unless_told_to(self, server: Server) -> None:
        put(server)
        _, cursor, _ = read(drop_of(server))
        read(drop_of(server), cursor)
        assert (server.root / "a.csv").exists()

    @pytest.mark.parametrize("after", ["move", "delete"])
    def test_only_what_a_stored_cursor_shows_is_put_away(self, server: Server, after: str) -> None:
        path = put(server, "in/a.csv")
        told: dict[str, Any] = {"after": after, "move_to": "done" if after == "move" else ""}
        _, cursor, _ = read(drop_of(server, **told))
        assert path.exists(), "nobody has told us yet that the records are safe"
        put(server, "in/b.csv")
        assert read(drop_of(server, **told), cursor)[0] == ["in/b.csv"]
        assert not path.exists()
        assert (server.root / "in/b.csv").exists()
        moved = [p.name for p in (server.root / "done").iterdir()] if after == "move" else []
        assert [name.split("-", 1)[1] for name in moved] == (["in-a.csv"] if after == "move" else [])

    def test_a_file_changed_since_is_read_and_kept(self, server: Server) -> None:
        put(server)
        _, cursor, _ = read(drop_of(server, after="delete"))
        put(server, text=REPORTS.replace("16:00", "17:00"), age=600)
        assert read(drop_of(server, after="delete"), cursor)[0] == ["a.csv"]
        assert (server.root / "a.csv").exists()

    def test_a_file_read_for_two_kinds_stays(self, server: Server) -> None:
        put(server)
        event = {"kind": "event", "columns": {"name": "Report", "on": "Received at"}}
        tables = [{"file": "a.csv", **REPORT_MAP}, {"file": "a.csv", **event}]
        told = {"after": "delete", "map": {"zone": "UTC", "tables": tables}}
        _, cursor, _ = read(drop_of(server, **told))
        read(drop_of(server, **told), cursor)
        assert (server.root / "a.csv").exists()

    def test_what_the_server_will_not_let_go_is_a_problem(self, server: Server) -> None:
        put(server)
        server.refuse_removal = True
        _, cursor, _ = read(drop_of(server, after="delete"))
        _, later, problems = read(drop_of(server, after="delete"), cursor)
        assert "refuses" in problems[0].what
        assert json.loads(later) == json.loads(cursor)


class TestWhoIsThere:
    def test_another_key_is_refused_before_we_say_who_we_are(self, server: Server) -> None:
        other = paramiko.ECDSAKey.generate()
        for pins in ([f"{other.get_name()} {other.get_base64()}"], ["SHA256:" + "A" * 43]):
            with pytest.raises(Misconfigured, match="another key") as caught:
                read(drop_of(server, host_keys=pins))
            assert "host_keys" in caught.value.remedy
        assert server.logins == []

    def test_another_kind_of_key_than_the_pinned_is_refused(self, server: Server) -> None:
        rsa = paramiko.RSAKey.generate(2048)
        with pytest.raises(Misconfigured, match="another key"):
            read(drop_of(server, host_keys=[f"ssh-rsa {rsa.get_base64()}"]))
        assert server.logins == []

    def test_a_fingerprint_will_do_and_the_old_key_beside_the_new(self, server: Server) -> None:
        put(server)
        old = paramiko.ECDSAKey.generate()
        assert read(drop_of(server, host_keys=[server.host_key.fingerprint]))[0] == ["a.csv"]
        assert read(drop_of(server, host_keys=[f"{old.get_name()} {old.get_base64()}", server.pin]))[0]

    @pytest.mark.parametrize("kind", [paramiko.RSAKey, paramiko.ECDSAKey])
    def test_a_private_key_opens_the_door(self, server: Server, kind: Any) -> None:
        put(server)
        key = kind.generate(2048) if kind is paramiko.RSAKey else kind.generate()
        server.user_key = key
        text = io.StringIO()
        key.write_private_key(text, password="phrase")
        login = {"password": None, "private_key": text.getvalue(), "passphrase": "phrase"}
        assert read(drop_of(server, **login))[0] == ["a.csv"]
        assert server.logins == ["key"]
        with pytest.raises(Misconfigured, match="private key cannot be read"):
            read(drop_of(server, **{**login, "passphrase": "wrong"}))

    def test_a_server_that_asks_for_the_password_gets_it(self, server: Server) -> None:
        put(server)
        server.asks = True
        assert read(drop_of(server))[0] == ["a.csv"]
        assert "question" in server.logins
        with pytest.raises(Unauthorised):
            read(drop_of(server, password="another"))

    def test_refused_credentials_say_so_and_no_secret_leaves(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        drop = drop_of(server, user="somebody")
        with pytest.raises(Unauthorised) as caught:
            read(drop)
        health = drop.check()
        said = [str(caught.value), repr(caught.value), repr(drop.settings), repr(health), caplog.text]
        assert all(PASSWORD not in text for text in said)
        assert caught.value.remedy
        assert not health.ok

    def test_nobody_there_is_retryable(self, server: Server) -> None:
        with pytest.raises(Retryable, match="cannot be reached"):
            read(drop_of(server, port=1))

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"host_keys": []}, "host_keys"),
            ({"host_keys": ["yes"]}, "host_keys"),
            ({"password": None}, "either password or private_key"),
            ({"private_key": "x"}, "either password or private_key"),
            ({"after": "move"}, "move_to"),
            ({"move_to": "x"}, "move_to"),
            ({"after": "burn"}, "after"),
        ],
    )
    def test_wrong_settings_are_refused(self, server: Server, change: dict[str, Any], says: str) -> None:
        with pytest.raises(Misconfigured, match=says):
            drop_of(server, **change)
