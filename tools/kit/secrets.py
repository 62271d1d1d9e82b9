"""Where secrets come from: the environment, a file, or a secrets manager.

In settings a secret is a text (for trials), `{env: NAME}`, `{file: /run/secrets/name}` or
`{vault: mount/path, field: name}`. It is held as SecretStr, so that printing the settings shows stars.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, SecretStr

from tools.kit.vault import Vault


class SecretSource(Protocol):
    """One kind of place. `fields` are what may stand beside its name in the settings."""

    fields: frozenset[str]

    def read(self, given: Mapping[str, Any]) -> str:
        """The secret; ValueError says what is missing and never what was found."""


class Environment:
    fields = frozenset({"env"})

    def read(self, given: Mapping[str, Any]) -> str:
        found = os.environ.get(str(given["env"]))
        if not found:
            raise ValueError(f"the environment variable {given['env']} is not set")
        return found


class File:
    """A file that holds nothing else; white space around it is left out."""

    fields = frozenset({"file"})

    def read(self, given: Mapping[str, Any]) -> str:
        try:
            found = Path(str(given["file"])).read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise ValueError(f"the secret file {given['file']} is no text") from None
        except OSError as error:
            raise ValueError(f"the secret file {given['file']} cannot be read: {error.strerror}") from None
        if not found:
            raise ValueError(f"the secret file {given['file']} is empty")
        return found


SOURCES: dict[str, SecretSource] = {"env": Environment(), "file": File(), "vault": Vault()}
_FORMS = "a secret is a text, {env: NAME}, {file: PATH} or {vault: MOUNT/PATH, field: NAME}"


def _secret(value: object) -> object:
    """A secret given in place or by where it is; ValueError names what is missing."""
    if not isinstance(value, Mapping):
        return value
    names = [name for name in SOURCES if name in value]
    if len(names) != 1 or not set(value) <= SOURCES[names[0]].fields:
        raise ValueError(_FORMS)
    return SOURCES[names[0]].read(value)


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
