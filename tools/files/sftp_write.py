"""Rows in files of ours in a folder on an SFTP server.

SFTP has no lock, so writers keep to a lock file that only one of them can make. A new file is written
beside the old one and renamed over it, which the server does at once. A lock that a dead writer left is
taken over when it is old; a living one gives up long before, and looks once more before it renames.
"""

from __future__ import annotations

import posixpath
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from time import monotonic, sleep
from typing import Any, NamedTuple

from pydantic import Field

from tools.files.connection import failed, library, pieces, told
from tools.files.limits import Limits, too_large
from tools.files.ours import OutSettings, OutTable, RowWriter
from tools.kit.errors import ConnectorError, Fatal, Misconfigured, Retryable

_TOKEN = re.compile(r"[0-9a-f]{16}")
_PAUSE = 0.25
_TRIES = 3  # to read a file that changes, or make a lock that is not there
_UNKNOWN = re.compile(r"unsupported|not supported|unknown|unimplemented", re.IGNORECASE)
_LATER = "It is tried again later."


class SftpWriteSettings(OutSettings):
    """Files of ours in `folder` of the server. `lock_wait` is how long we wait for another writer,
    `lock_age` when the lock of one counts as left behind."""

    folder: str = Field(min_length=1)
    lock_wait: timedelta = Field(default=timedelta(seconds=30), ge=timedelta())
    lock_age: timedelta = Field(default=timedelta(minutes=10), gt=timedelta())


class SftpWriter(RowWriter):
    """Puts records into files of a server, one row each."""

    def __init__(
        self,
        name: str,
        settings: SftpWriteSettings,
        session: Callable[[], AbstractContextManager[Any]],
        limits: Limits,
    ) -> None:
        @contextmanager
        def reach() -> Iterator[_There]:
            with session() as server:
                yield _There(name, settings, limits, server)

        super().__init__(name, settings, reach, limits)
        self.settings = settings


class _Seen(NamedTuple):
    """A file as it was when we looked; times are seconds of the server's clock."""

    size: int
    changed: int
    mode: int


class _There:
    """The folder there, over one connection, as the place of our files."""

    def __init__(self, vendor: str, settings: SftpWriteSettings, limits: Limits, server: Any) -> None:
        self._vendor = vendor
        self._settings = settings
        self._limits = limits
        self._server = server
        self._token = secrets.token_hex(8)
        self._seen: dict[str, _Seen | None] = {}
        self._since = 0.0

    def held(self, table: OutTable) -> bytes | None:
        path = self._path(table)
        for _ in range(_TRIES):  # another writer may put a new file there between look and reading
            seen = self._seen[path] = self._look(path)
            if seen is None:
                return None
            if seen.size > self._limits.file:
                raise too_large(f"the file has {seen.size:,} bytes", table.file, "file")
            content = b"".join(pieces(self._vendor, self._server, path, seen.size, path))
            if len(content) == seen.size and self._look(path) == seen:
                return content
        raise self._retry("the file changed while it was read", path)

    @contextmanager
    def alone(self, table: OutTable) -> Iterator[None]:
        lock = self._beside(table, "lock")
        now = self._clock(table)
        with told(self._vendor, lock):
            self._take(lock, table, now - monotonic())
        self._since = monotonic()
        try:
            yield
        finally:
            # What was written stays written; a lock that cannot be taken away now goes by its age.
            with suppress(ConnectorError), told(self._vendor, lock):
                if self._word(lock) == self._token:
                    self._server.remove(lock)

    def put(self, table: OutTable, content: bytes) -> None:
        path, part = self._path(table), self._part(table, self._token)
        done = False
        try:
            with told(self._vendor, part):
                self._send(part, content, self._seen[path])
            self._sure(table)
            self._swap(part, path, fresh=self._seen[path] is None)
            done = True
        finally:
            if not done:
                with suppress(ConnectorError), told(self._vendor, part):
                    self._server.remove(part)

    # -- the file -----------------------------------------------------------------------------------

    def _send(self, part: str, content: bytes, old: _Seen | None) -> None:
        """Write the new file beside the old one, with the rights of the old one before anything is in it.
        Each piece waits for its answer, for the library drops what the server says later."""
        with self._server.open(part, "wx") as stream:
            rights = stat.S_IMODE(old.mode) if old is not None else 0
            if rights and rights != stat.S_IMODE(self._server.lstat(part).st_mode or 0):
                self._server.chmod(part, rights)
            stream.write(content)
        if self._server.lstat(part).st_size != len(content):
            raise self._retry("the server did not keep all of the file", part)

    def _sure(self, table: OutTable) -> None:
        """Is it still ours to replace? Raises Retryable where another may have written meanwhile."""
        path, lock = self._path(table), self._beside(table, "lock")
        with told(self._vendor, lock):
            if self._word(lock) != self._token:
                raise self._retry("another writer took our lock over", lock)
        if self._look(path) != self._seen[path]:
            raise self._retry("somebody else changed the file meanwhile", path)
        if monotonic() - self._since > self._settings.lock_age.total_seconds() / 2:
            raise self._retry("the write took longer than half of lock_age", path)

    def _swap(self, part: str, path: str, fresh: bool) -> None:
        """Rename the new file into place; where there was none, only as long as there still is none."""
        rename = self._server.rename if fresh else self._server.posix_rename
        refusal: ConnectorError | None = None
        try:
            with told(self._vendor, path):
                try:
                    rename(part, path)
                except OSError as error:
                    if not failed(error) or self._server.get_channel().closed:
                        raise
                    refusal = self._not_renamed(str(error), path, fresh)
        except Retryable as error:
            error.maybe_done = True
            raise
        if refusal is not None:
            raise refusal

    def _not_renamed(self, said: str, path: str, fresh: bool) -> ConnectorError:
        if fresh or not _UNKNOWN.search(said):
            return self._retry("the server does not rename the file", path)
        return Misconfigured(
            self._vendor,
            "the server cannot replace a file in place (posix-rename@openssh.com)",
            place=path,
            remedy="Have it switched on there, or have the rows written elsewhere.",
        )

    # -- the lock -----------------------------------------------------------------------------------

    def _clock(self, table: OutTable) -> float:
        """The server's time, by a file made for it. Who may not make and remove files is told here, before
        anything is locked."""
        probe = self._part(table, self._token)
        with told(self._vendor, probe):
            self._server.open(probe, "wx").close()
            try:
                return float(self._server.lstat(probe).st_mtime or 0)
            finally:
                self._server.remove(probe)

    def _take(self, lock: str, table: OutTable, ahead: float) -> None:
        """Make the lock file; `ahead` is the server's clock over our monotonic one."""
        end, missing = monotonic() + self._settings.lock_wait.total_seconds(), 0
        while not self._made(lock):
            seen = self._look(lock)
            missing = missing + 1 if seen is None else 0
            if missing >= _TRIES:
                raise self._retry("the server makes no lock file", lock)
            if seen and monotonic() + ahead - seen.changed > self._settings.lock_age.total_seconds():
                self._take_away(lock, seen, table)
            elif monotonic() >= end:
                raise self._retry("another writer keeps the file", lock)
            else:
                sleep(_PAUSE)

    def _made(self, lock: str) -> bool:
        try:
            stream = self._server.open(lock, "wx")
        except OSError as error:
            if failed(error) or isinstance(error, FileExistsError):
                return False
            raise
        try:
            with stream:
                stream.write(self._token.encode())
        except OSError:
            with suppress(OSError, EOFError, library().SSHException):
                self._server.remove(lock)
            raise
        return True

    def _take_away(self, lock: str, seen: _Seen, table: OutTable) -> None:
        """Take a lock away that a dead writer left, and what it was writing. Only one writer can rename it;
        where it was another lock after all, it is put back."""
        aside, word = f"{lock}.{self._token}", self._word(lock)
        try:
            self._server.rename(lock, aside)
        except OSError as error:
            if failed(error) or isinstance(error, FileNotFoundError):
                return
            raise
        if self._look(aside) == seen and self._word(aside) == word:
            with suppress(FileNotFoundError):
                if _TOKEN.fullmatch(word):
                    self._server.remove(self._part(table, word))
        else:
            with suppress(OSError):
                self._server.rename(aside, lock)
                return
        self._server.remove(aside)

    # -- names and looks ----------------------------------------------------------------------------

    def _path(self, table: OutTable) -> str:
        return posixpath.join(self._settings.folder, table.file)

    def _beside(self, table: OutTable, what: str) -> str:
        folder, name = posixpath.split(self._path(table))
        return posixpath.join(folder, f".{name}.{what}")

    def _part(self, table: OutTable, token: str) -> str:
        return self._beside(table, f"{token}.part")

    def _look(self, path: str) -> _Seen | None:
        with told(self._vendor, path):
            try:
                found = self._server.lstat(path)
            except FileNotFoundError:
                return None
        mode = int(found.st_mode or stat.S_IFREG)
        if not stat.S_ISREG(mode):
            remedy = "Name a file of its own; links are not followed."
            raise Fatal(self._vendor, "is not a file", place=path, remedy=remedy)
        return _Seen(int(found.st_size or 0), int(found.st_mtime or 0), mode)

    def _word(self, lock: str) -> str:
        """The token in a lock file; empty where there is none."""
        try:
            with self._server.open(lock, "rb") as stream:
                return str(stream.read(64).decode("ascii", "replace"))
        except FileNotFoundError:
            return ""

    def _retry(self, what: str, place: str) -> Retryable:
        return Retryable(self._vendor, what, place=place, remedy=_LATER)
