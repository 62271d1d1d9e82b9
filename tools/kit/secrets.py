"""Where secrets come from. In settings a secret is a text, `{env: NAME}` or `{file: /run/secrets/name}`.

It is held as SecretStr, so that printing the settings shows stars.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretStr


def _secret(value: object) -> object:
    """A secret given in place, by environment variable or by file; ValueError names what is missing."""
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"env"}:
        found = os.environ.get(str(value["env"]))
        if not found:
            raise ValueError(f"the environment variable {value['env']} is not set")
        return found
    if set(value) == {"file"}:
        try:
            return Path(str(value["file"])).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"the secret file {value['file']} cannot be read: {error.strerror}") from None
    raise ValueError("a secret is a text, {env: NAME} or {file: PATH}")


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
