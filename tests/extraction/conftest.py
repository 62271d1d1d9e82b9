"""Shared fixtures: a Document made of plain text, and the way golden files name their cases."""

from pathlib import Path
from typing import Any

import yaml

from obligations.document import Document

GOLDEN = Path(__file__).parent / "golden"


def document(text: str, name: str = "text.txt") -> Document:
    return Document(id=f"sha-{abs(hash(text))}", name=name, media_type="text/plain", text=text)


def cases(kind: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((GOLDEN / f"{kind}.yaml").read_text(encoding="utf-8"))
    return loaded
