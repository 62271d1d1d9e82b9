"""A folder on an SFTP server as a connector: files are fetched to a cache of ours and read like any other.

The server's key is pinned in the settings: without a match nothing is sent to it, the password least of
all. Names, sizes and times come from the server and are believed only as far as they do no harm. Nothing
there is moved or deleted unless the settings say so, and then only what the stored cursor shows was read.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from time import time
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from obligations.document import Problem
from obligations.facts import Fact
from obligations.quantities import Frozen
from tools.files.columns import IGNORE, ColumnMap, load_map
from tools.files.connection import Login, connected, pieces, told
from tools.files.facts import Rows
from tools.files.limits import Limits, too_large
from tools.files.sftp_write import SftpWriter, SftpWriteSettings
from tools.files.shelf import Item, answered, done_files, file_key, file_mark, read_shelf, streams
from tools.kit.auth import Secret
from tools.kit.errors import ConnectorError, Fatal, Misconfigured, Retryable
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, unknown_kind

_DEPTH = 8
_MOST_FILES = 20_000


class SftpSettings(Frozen):
    """Settings of an SFTP drop. `host_keys` are lines as in known_hosts without the host ("ssh-ed25519
    AAAA…") or fingerprints ("SHA256:…"); several while a key is being replaced.

    `settle` is how long a file has to lie unchanged before it is read: a younger one may still be
    arriving. `after` says what becomes of a file that was read; `move_to` is a folder there. `write` names
    files of ours there.
    """

    kind: Literal["sftp"] = "sftp"
    name: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    host: str = Field(min_length=1)
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    password: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None
    host_keys: tuple[str, ...] = Field(min_length=1)
    folder: str = "."
    cache: Path
    cache_size: int = Field(default=5_000_000_000, gt=0)
    map: Path | ColumnMap
    limits: Limits = Limits()
    settle: timedelta = Field(default=timedelta(minutes=1), ge=timedelta())
    timeout: float = Field(default=30, gt=0)
    after: Literal["leave", "move", "delete"] = "leave"
    move_to: str = ""
    write: SftpWriteSettings | None = None

    @field_validator("host_keys")
    @classmethod
    def _pinned(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not key.startswith("SHA256:") and len(key.split()) < 2:
                raise ValueError('a host key is written as "ssh-ed25519 AAAA…" or "SHA256:…"')
        return keys

    @model_validator(mode="after")
    def _whole(self) -> SftpSettings:
        if (self.password is None) == (self.private_key is None):
            raise ValueError("give either password or private_key")
        if (self.after == "move") != bool(self.move_to):
            raise ValueError("move_to belongs to after: move, and is needed there")
        if self.write is not None and self.write.lock_age.total_seconds() < 4 * self.timeout:
            raise ValueError("write.lock_age is at least four times timeout: a living writer keeps its lock")
        return self


@dataclass(frozen=True)
class _Remote:
    """A file there: its path below the folder, its size in bytes and its time in seconds."""

    name: str
    size: int
    changed: int

    @property
    def item(self) -> Item:
        return Item(self.name, f"{self.size}:{self.changed}")


class SftpDrop:
    """Reads the files of a folder on an SFTP server by a column map."""

    def __init__(self, settings: SftpSettings, connect: Callable[[Login], Any] = connected) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._connect = connect
        given = settings.map
        self._map = given if isinstance(given, ColumnMap) else load_map(given)

    def check(self) -> Health:
        trials: dict[str, Callable[[], object]] = {"the folder": self._count}
        for table in self._map.tables:
            if table.kind != IGNORE:
                trials[f"the map of {table.file}"] = partial(answered, table)
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return streams(self._map, "name, size and time of each file")

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Rows of the files of one kind that are new or changed since the cursor, file by file.

        What a stored cursor shows was read is moved or deleted first, where the settings say so. Raises
        Retryable where the server cannot be reached, Misconfigured where it is not the pinned one.
        """
        if kind not in self._map.kinds():
            raise unknown_kind(self.name, kind, self.discover())
        done_files(cursor)
        with self._session() as shelf:
            gone = shelf.clear(self._map, kind, cursor)
            if gone or shelf.problems:
                yield Batch(records=(), cursor=cursor or "", problems=tuple(shelf.problems))
            yield from read_shelf(shelf, self._map, kind, cursor, self.settings.limits)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts of a row, or of all rows of one record; pure. Raises Skippable with file:line."""
        return Rows(self._map, self.name, raw).facts()

    def writer(self) -> SftpWriter:
        """Raises Misconfigured where the settings name no files of ours."""
        given = self.settings
        if given.write is None:
            remedy = "Set `write` to the folder and the tables that may be written."
            raise Misconfigured(self.name, "no file is ours to write", remedy=remedy)
        return SftpWriter(self.name, given.write, lambda: self._connect(self._login()), given.limits)

    def _count(self) -> None:
        with self._session():
            pass

    @contextmanager
    def _session(self) -> Iterator[_RemoteFolder]:
        with self._connect(self._login()) as server:
            yield _RemoteFolder(self.name, self.settings, server)

    def _login(self) -> Login:
        given = self.settings
        return Login(
            self.name,
            given.host,
            given.port,
            given.user,
            given.host_keys,
            given.password,
            given.private_key,
            given.passphrase,
            given.timeout,
        )


class _RemoteFolder:
    """The folder there, as it was listed when this was made."""

    def __init__(self, name: str, settings: SftpSettings, server: Any) -> None:
        self._vendor = name
        self._settings = settings
        self._server = server
        self.problems: list[Problem] = []
        with told(name, settings.folder):
            self._files = {file.name: file for file in self._walk()}

    def items(self, pattern: str) -> Iterable[Item]:
        ready = time() - self._settings.settle.total_seconds()
        for name in sorted(self._files):
            if _matches(name, pattern) and self._files[name].changed <= ready:
                yield self._files[name].item

    def fetch(self, item: Item) -> Path:
        """The file in our cache. Raises Fatal for one that is too large, Retryable for a lost connection."""
        file = self._files[item.name]
        if file.size > self._settings.limits.file:
            raise too_large(f"the file has {file.size:,} bytes", file.name, "file")
        local = self._settings.cache / file.name
        if _same(local, file):
            return local
        self._room(file)
        part = local.with_name(f".{local.name}.part")
        try:
            local.parent.mkdir(parents=True, exist_ok=True)
            self._copy(file, part)
            os.utime(part, (file.changed, file.changed))
            part.replace(local)
        except OSError as error:
            what = f"the cache cannot be written: {error.strerror}"
            raise Fatal(
                self._vendor, what, place=file.name, remedy="Look after the folder in `cache`."
            ) from None
        finally:
            part.unlink(missing_ok=True)
        return local

    def clear(self, column_map: ColumnMap, kind: str, cursor: str | None) -> int:
        """Move or delete what the cursor shows was read; how many files. One that is read for several
        kinds is left: a cursor tells of one kind only."""
        if self._settings.after == "leave" or not cursor:
            return 0
        done, gone = done_files(cursor), 0
        for file in list(self._files.values()):
            tables = [(i, t) for i, t in enumerate(column_map.tables) if _matches(file.name, t.file)]
            if {table.kind for _, table in tables} != {kind}:
                continue
            if all(done.get(file_key(i, file.item)) == file_mark(t, file.item) for i, t in tables):
                gone += self._put_away(file)
        return gone

    def _put_away(self, file: _Remote) -> bool:
        path = posixpath.join(self._settings.folder, file.name)
        try:
            with told(self._vendor, file.name):
                if self._settings.after == "delete":
                    self._server.remove(path)
                else:
                    self._server.rename(path, self._place_of(file))
        except ConnectorError as error:
            if isinstance(error, Retryable):
                raise
            self.problems.append(error.problem())
            return False
        del self._files[file.name]
        return True

    def _place_of(self, file: _Remote) -> str:
        """Where a file is moved to: its name with its time, so that it takes no other's place."""
        folder = posixpath.join(self._settings.folder, self._settings.move_to)
        try:
            self._server.stat(folder)
        except FileNotFoundError:
            self._server.mkdir(folder)
        return posixpath.join(folder, f"{file.changed}-{file.name.replace('/', '-')}")

    def _copy(self, file: _Remote, part: Path) -> None:
        """Copy a file, no more of it than was announced, and see that it did not change meanwhile."""
        with part.open("wb") as target:
            there = posixpath.join(self._settings.folder, file.name)
            for piece in pieces(self._vendor, self._server, there, file.size, file.name):
                target.write(piece)
        with told(self._vendor, file.name):
            now = self._server.lstat(there)
        said = (part.stat().st_size, now.st_size, int(now.st_mtime or 0))
        if said != (file.size, file.size, file.changed):
            remedy = "It is fetched again the next time."
            raise Fatal(self._vendor, "the file changed while it was read", place=file.name, remedy=remedy)

    def _room(self, file: _Remote) -> None:
        """Make room in the cache: copies that are not of this listing go first, then the oldest."""
        cache = self._settings.cache
        copies = [(path, path.stat()) for path in cache.rglob("*") if path.is_file()]
        held = sum(state.st_size for _, state in copies)
        keep = {cache / name for name in self._files}
        for path, state in sorted(copies, key=lambda copy: (copy[0] in keep, copy[1].st_mtime)):
            if held + file.size <= self._settings.cache_size:
                return
            path.unlink(missing_ok=True)
            held -= state.st_size
        if held + file.size > self._settings.cache_size:
            remedy = "Raise cache_size."
            raise Fatal(self._vendor, "the file is larger than the cache", place=file.name, remedy=remedy)

    def _walk(self, below: str = "", depth: int = 0) -> Iterator[_Remote]:
        """Every file below the folder. Links are not followed: they may lead out of it."""
        path = posixpath.join(self._settings.folder, below) if below else self._settings.folder
        # Read to its end before anything else is asked on this connection.
        entries = list(islice(self._server.listdir_iter(path), _MOST_FILES + 1))
        if len(entries) > _MOST_FILES:
            raise Fatal(self._vendor, f"more than {_MOST_FILES:,} files in one folder", place=path)
        for entry in entries:
            if not _plain(entry.filename):
                self._odd(entry.filename)
                continue
            name = posixpath.join(below, entry.filename)
            mode = entry.st_mode or 0
            if stat.S_ISDIR(mode):
                if depth < _DEPTH and name != posixpath.normpath(self._settings.move_to or "/"):
                    yield from self._walk(name, depth + 1)
            elif stat.S_ISREG(mode):
                yield _Remote(name, int(entry.st_size or 0), int(entry.st_mtime or 0))

    def _odd(self, name: str) -> None:
        what = f"{self._vendor}: a file whose name cannot be used here"
        remedy = "Have it sent under a plain name."
        self.problems.append(Problem(stage="sync", what=what, place=repr(name)[:80], remedy=remedy))


def _plain(name: str) -> bool:
    """Can a name from the server stand for a file in our cache?"""
    odd = any(char in name for char in "/\\\x00\n\r") or name.startswith(".") or len(name.encode()) > 200
    return bool(name) and not odd


def _matches(name: str, pattern: str) -> bool:
    """Does a path match a glob as in a folder of this machine: `*` stays within one folder."""
    parts, wanted = PurePosixPath(name).parts, PurePosixPath(pattern).parts
    return _parts_match(parts, wanted)


def _parts_match(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_parts_match(parts[skip:], wanted[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _parts_match(parts[1:], wanted[1:])


def _same(local: Path, file: _Remote) -> bool:
    """Is our copy the file that is there, by size and time?"""
    try:
        held = local.stat()
    except OSError:
        return False
    return (held.st_size, int(held.st_mtime)) == (file.size, file.changed)


PROFILE = Profile(
    kind="sftp",
    title="SFTP drop",
    area="files",
    settings=SftpSettings,
    make=lambda settings, _: SftpDrop(settings),
    reads=("CSV, TSV, XLSX and Parquet files of a folder on an SFTP server, by a column map",),
    writes=("rows in CSV files and XLSX workbooks of ours",),
    proved=(("real system", "an SFTP server over a real connection, made of the same library (paramiko)"),),
    waits=("servers of other makers; for writing, whether they replace a file in place",),
    http=False,
)
