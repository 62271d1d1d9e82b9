"""Secrets that a vendor gives us when it sets up a webhook, one for each webhook."""

import hmac
import threading
from pathlib import Path

from tools.kit.token_store import FileTokens, MemoryTokens, TokenStore


class HookSecrets:
    """At most `most` secrets, kept for this process or one to a line in the file `kept_in`."""

    def __init__(self, kept_in: Path | None = None, most: int = 1) -> None:
        self._store: TokenStore = FileTokens(kept_in) if kept_in else MemoryTokens()
        self._most = most
        self._lock = threading.Lock()

    def all(self) -> tuple[str, ...]:
        return tuple(self._store.read().split())

    def take(self, secret: str) -> bool:
        """Keep a secret; False when as many are kept as are expected. One that is kept already is fine."""
        with self._lock, self._store.locked():
            held = self.all()
            if any(hmac.compare_digest(secret, one) for one in held):
                return True
            if len(held) >= self._most:
                return False
            self._store.keep("\n".join((*held, secret)))
        return True
