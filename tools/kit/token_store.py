"""Where a refresh token that changes with each use is kept between uses."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr


class TokenStore(Protocol):
    """Keeps the newest of one client's refresh tokens. `read` and `keep` are called within `locked`."""

    def locked(self) -> AbstractContextManager[object]:
        """Nobody else uses the token meanwhile."""

    def read(self) -> str:
        """The newest token; empty where none was kept yet."""

    def keep(self, token: str) -> None: ...


class MemoryTokens:
    """For this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token = SecretStr("")

    def locked(self) -> AbstractContextManager[object]:
        return self._lock

    def read(self) -> str:
        return self._token.get_secret_value()

    def keep(self, token: str) -> None:
        self._token = SecretStr(token)


_held: dict[str, MemoryTokens] = {}


def memory_tokens(identity: str) -> MemoryTokens:
    """This process's store for an `identity`: a connector opened twice must not use one token twice."""
    return _held.setdefault(identity, MemoryTokens())


class FileTokens:
    """In a file that only its owner may read, replaced at once; other processes wait for a lock beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        descriptor = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def keep(self, token: str) -> None:
        draft = self._path.with_name(f"{self._path.name}.new")
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
