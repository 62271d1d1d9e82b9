"""Ids of shipments that webhooks told of, kept in a file."""

from __future__ import annotations

import re
import threading
from pathlib import Path

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class KeptIds:
    """Ids of shipments, one in a line; without a file they are forgotten with the process."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[str, None] = {}
        self._lock = threading.Lock()

    def all(self) -> tuple[str, ...]:
        """Every id, in the order in which they came."""
        with self._lock:
            if self._path is not None and self._path.is_file():
                lines = self._path.read_text(encoding="utf-8", errors="replace").split("\n")
                self._held |= {line: None for line in lines if _ID.fullmatch(line)}
            return tuple(self._held)

    def add(self, key: str) -> None:
        """Keep an id. Raises OSError."""
        if not _ID.fullmatch(key) or key in self.all():
            return
        with self._lock:
            self._held[key] = None
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"{key}\n")
