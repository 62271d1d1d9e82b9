"""Secrets that a vendor gives us when it sets up a webhook, one for each webhook."""

import hmac
import threading
from pathlib import Path

from tools.kit.errors import Misconfigured
from tools.kit.token_store import FileTokens, MemoryTokens, TokenStore


class HookSecrets:
    """At most `most` secrets, kept for this process or one to a line in the file `kept_in`."""

    def __init__(self, kept_in: Path | None = None, most: int = 1) -> None:
        self._store: TokenStore = FileTokens(kept_in) if kept_in else MemoryTokens()
        self._most = most
        self._lock = threading.Lock()

    def all(self) -> tuple[str, ...]:
        """The secrets kept so far. Raises Misconfigured where their file cannot be read."""
        try:
            return tuple(self._store.read().split())
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(
                "webhooks",
                "the file with the secrets of webhooks cannot be read",
                remedy="Give us a text file that we may read and write, or remove it and set them up anew.",
            ) from None

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
