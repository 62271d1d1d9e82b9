"""The corpus as its tests see it: index, sources, built files and annotations."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from corpus.build import CORPUS
from corpus.typeset.source import ContractSource, plain, read_source
from retrieval.parse import parse

INDEX: list[dict[str, Any]] = yaml.safe_load((CORPUS / "index.yaml").read_text(encoding="utf-8"))
KEYS: list[str] = [entry["key"] for entry in INDEX]
SCANS = ("kestrel-network", "baltica-packaging")


def built(key: str) -> Path:
    return CORPUS / "contracts" / str(next(entry["file"] for entry in INDEX if entry["key"] == key))


@cache
def annotation(key: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CORPUS / "annotations" / f"{key}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def source(key: str) -> ContractSource:
    return read_source(CORPUS / "source" / f"{key}.md")


def flat(text: str) -> str:
    """`text` with table bars and runs of white space as one space: quotes are compared like this."""
    return re.sub(r"[\s|]+", " ", text).strip()


@cache
def source_text(key: str) -> str:
    """The source without its marks, as `flat` text."""
    blocks = source(key).blocks
    parts = [text for block in blocks for text in (block.text, *(cell for row in block.rows for cell in row))]
    return flat(plain(" ".join(parts)))


@cache
def parsed_text(key: str) -> str:
    """The built file as the product reads it, as `flat` text."""
    path = built(key)
    return flat(parse(path.read_bytes(), path.name).text)
