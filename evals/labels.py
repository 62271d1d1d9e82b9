"""The hand annotations of the corpus, with each quote found in the document as it was parsed."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from evals.errors import CaseError
from evals.facts import plain
from evals.promises import CORE_TERMS, Promise, core, labelled_terms

ANNOTATIONS = Path(__file__).parent.parent / "corpus" / "annotations"

Locate = Callable[[str, str], tuple[int, int] | None]
"""Finds a quote in a text that may hold reading errors (a scan); its range, or None."""


@dataclass(frozen=True)
class Labelled:
    """One annotated document: its file's name and its entries as they stand in the file."""

    document: str
    entries: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Placed:
    """The labels of a document with their places, and those whose quotes could not be found in it."""

    labels: tuple[Promise, ...]
    lost: tuple[Promise, ...] = ()


def load_labels(folder: Path = ANNOTATIONS) -> tuple[Labelled, ...]:
    """Every annotated document, in order of their names. Raises CaseError naming file and entry."""
    found = tuple(_load(path) for path in sorted(folder.glob("*.json")))
    if not found:
        raise CaseError(f"no annotations in {folder}", remedy="give the folder of the corpus")
    return found


def _load(path: Path) -> Labelled:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        entries = tuple(body["obligations"])
        name = str(body["document"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaseError(
            f"{path.name} is not an annotation: {error}", remedy="see corpus/README.md"
        ) from error
    for number, entry in enumerate(entries, start=1):
        if entry.get("kind") not in CORE_TERMS or not entry.get("quote"):
            raise CaseError(f"{path.name}: entry {number} has no known kind or no quote", remedy="correct it")
    return Labelled(name, entries)


def place(labelled: Labelled, text: str, locate: Locate) -> Placed:
    """Each label at its place. An entry given twice stands for a second printing, further on."""
    bare, offsets = _bare(text)
    seen: Counter[str] = Counter()
    labels: list[Promise] = []
    lost: list[Promise] = []
    for entry in labelled.entries:
        same = json.dumps([entry[k] for k in ("kind", "key", "quote", "terms")], sort_keys=True)
        span = _find(entry["quote"], seen[same], bare, offsets) or locate(entry["quote"], text)
        seen[same] += 1
        kind, stated = entry["kind"], labelled_terms(entry["kind"], entry["terms"])
        start, end = span or (0, 0)
        label = Promise(kind, start, end, core(kind, stated), entry["key"], entry["section"], stated)
        (labels if span else lost).append(label)
    return Placed(tuple(labels), tuple(lost))


def _bare(text: str) -> tuple[str, list[int]]:
    """The text in plain lower case without space or cell mark, and where each of its characters stands."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        for each in _plain(character):
            characters.append(each)
            offsets.append(offset)
    return "".join(characters), offsets


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    return plain(character).replace("|", "")


def _find(quote: str, skip: int, bare: str, offsets: Sequence[int]) -> tuple[int, int] | None:
    """The range of the quote, past `skip` earlier ones; the last one where there are fewer."""
    wanted = _bare(quote)[0]
    found = None
    at = bare.find(wanted)
    while at >= 0:
        found = offsets[at], offsets[at + len(wanted) - 1] + 1
        if skip == 0:
            break
        skip -= 1
        at = bare.find(wanted, at + 1)
    return found
