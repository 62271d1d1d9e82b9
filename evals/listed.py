"""Lists of cases in YAML, in which a day stays the text it is written as."""

from pathlib import Path
from typing import Any

import yaml

from evals.errors import CaseError


class _Plain(yaml.SafeLoader):
    """YAML without days and instants of its own."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def rows(path: Path) -> list[Any]:
    """The rows of a file of cases. Raises CaseError for one that cannot be read or is no list."""
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), _Plain)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CaseError(f"{path} cannot be read: {error}", remedy="correct the file") from error
    if not isinstance(body, list) or not body:
        raise CaseError(f"{path} must hold a list of cases", remedy="see docs/evals.md")
    return body
