"""Rows in files of ours in a folder of this machine.

A file is replaced whole or not at all, and two writers wait for each other.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tools.files.limits import Limits
from tools.files.ours import OutSettings, OutTable, RowWriter
from tools.kit.errors import Retryable, Unauthorised


class WriteSettings(OutSettings):
    """Files of ours in `folder`."""

    folder: Path


class FilesWriter(RowWriter):
    """Puts records into files of a folder, one row each."""

    def __init__(self, name: str, settings: WriteSettings, limits: Limits | None = None) -> None:
        super().__init__(name, settings, lambda: nullcontext(_Folder(name, settings.folder)), limits)
        self.settings = settings


class _Folder:
    """The folder as the place of our files."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder

    def held(self, table: OutTable) -> bytes | None:
        path = self._folder / table.file
        with _told(self._name, table.file):
            return path.read_bytes() if path.exists() else None

    @contextmanager
    def alone(self, table: OutTable) -> Iterator[None]:
        with _told(self._name, table.file), _alone(self._folder / table.file):
            yield

    def put(self, table: OutTable, content: bytes) -> None:
        with _told(self._name, table.file):
            _replace(self._folder / table.file, content)


def _replace(path: Path, content: bytes) -> None:
    """Put `content` in the file's place at once: whoever reads sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o640
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _told(vendor: str, place: str) -> Iterator[None]:
    """What the disk raises, as ours. A file is replaced whole or not at all, so what failed was
    not written."""
    try:
        yield
    except PermissionError as error:
        remedy = "Give our user the right to read and write the folder."
        raise Unauthorised(
            vendor, f"may not be written: {error.strerror}", place=place, remedy=remedy
        ) from None
    except OSError as error:
        remedy = "It is tried again later; see that the folder is there and has room."
        raise Retryable(vendor, f"cannot be written: {error.strerror}", place=place, remedy=remedy) from None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one writer of a file at a time, on this machine."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
