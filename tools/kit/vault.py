"""Secrets from HashiCorp Vault's key-value store, version 2, over HTTP.

Where it is and who we are come from the variables that Vault's own tools use: VAULT_ADDR, VAULT_TOKEN
or VAULT_TOKEN_FILE (which an agent keeps fresh), VAULT_NAMESPACE, VAULT_CACERT.
"""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

_KEPT = 60.0  # seconds: several fields of one secret are one request, and a changed secret is seen soon


class Vault:
    """Reads `{vault: mount/path, field: name}`; `field` is `value` where left out.

    The mount is the first part of the path; one that has more parts is written with `/data/` behind it
    (`team/kv/data/coupa`).
    """

    fields = frozenset({"vault", "field"})

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, ...], tuple[float, dict[str, SecretStr]]] = {}

    def read(self, given: Mapping[str, Any]) -> str:
        path, field = str(given["vault"]).strip("/"), str(given.get("field", "value"))
        address = os.environ.get("VAULT_ADDR", "")
        if not address:
            raise ValueError("the environment variable VAULT_ADDR is not set")
        namespace, token = os.environ.get("VAULT_NAMESPACE", ""), _token()
        key = (address, namespace, path, token)
        with self._lock:
            read_at, secrets = self._held.get(key, (0.0, {}))
            if not secrets or time.monotonic() - read_at > _KEPT:
                secrets = _fetch(address, namespace, token, path)
                self._held = {key: (time.monotonic(), secrets), **self._recent()}
        if field not in secrets:
            raise ValueError(f"vault: {path} has no field {field!r} with a text")
        return secrets[field].get_secret_value()

    def _recent(self) -> dict[tuple[str, ...], tuple[float, dict[str, SecretStr]]]:
        now = time.monotonic()
        return {key: held for key, held in self._held.items() if now - held[0] <= _KEPT}


def _token() -> str:
    token = os.environ.get("VAULT_TOKEN", "").strip()
    file = os.environ.get("VAULT_TOKEN_FILE", "")
    if not token and file:
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"the token file {file} of Vault cannot be read") from None
    if not token:
        raise ValueError("neither VAULT_TOKEN nor VAULT_TOKEN_FILE holds a token")
    return token


def _fetch(address: str, namespace: str, token: str, path: str) -> dict[str, SecretStr]:
    """The texts of one secret. ValueError tells what failed, with the path and without what was found."""
    from tools.kit.auth import HeaderAuth
    from tools.kit.call import segment
    from tools.kit.errors import ConnectorError
    from tools.kit.http import Client
    from tools.kit.settings import HttpSettings

    mount, _, rest = path.partition("/data/") if "/data/" in path else path.partition("/")
    if not mount or not rest:
        raise ValueError(f"vault: {path!r} is no path; write it as mount/path")
    where = "/".join(segment(part) for part in f"{mount}/data/{rest}".split("/"))
    ca = os.environ.get("VAULT_CACERT")
    http = HttpSettings(attempts=3, read_timeout=10, ca_file=Path(ca) if ca else None)
    auth = HeaderAuth(header="X-Vault-Token", token=SecretStr(token))
    headers = {"X-Vault-Namespace": namespace} if namespace else {}
    try:
        client = Client("vault", address, auth, http, headers=headers)
        try:
            data = client.get(f"/v1/{where}").data
        finally:
            client.close()
    except ConnectorError as error:
        raise ValueError(f"{error.vendor}: {path} cannot be read: {error.what}") from None
    held = data.get("data") if isinstance(data, dict) else None
    found = held.get("data") if isinstance(held, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"vault: {path} holds no secret of a key-value store, version 2")
    return {name: SecretStr(value) for name, value in found.items() if isinstance(value, str) and value}
