"""What do the clauses of real contracts hang on, and what does it cost to find out?

    python -m benchmarks.links --data DIR [--json]

DIR holds contracts as `contracts/*.txt`. Every chunk's defined terms and cross-references are resolved. The
report counts the references by how they stand: `here`, in a clause of the same document; `elsewhere`, in
another; `unclear`; `missing`, a clause that the document does not have. The time is told as a multiple of the
time that chunking the same documents takes in the same run, on all of them and on the longest tenth: a cost
that grew faster than the text would show there.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obligations.document import Document
from retrieval.chunk import chunk
from retrieval.links import links
from retrieval.parse import parse


@dataclass(frozen=True)
class Timed:
    """One document: its length, the seconds of chunking and of linking, and what was found."""

    characters: int
    chunking: float
    linking: float
    terms: int
    standings: Counter[str]


def timed(document: Document) -> Timed:
    began = time.process_time()
    chunks = chunk(document)
    cut = time.process_time()
    found = links(document, chunks)
    done = time.process_time()
    standings = Counter(reference.standing for each in found for reference in each.references)
    terms = sum(len(each.terms) for each in found)
    return Timed(len(document.text), cut - began, done - cut, terms, Counter(standings))


def report(rows: Sequence[Timed]) -> dict[str, Any]:
    longest = sorted(rows, key=lambda row: -row.characters)[: max(1, len(rows) // 10)]
    standings = sum((row.standings for row in rows), Counter[str]())
    return {
        "contracts": len(rows),
        "characters": sum(row.characters for row in rows),
        "terms_used": sum(row.terms for row in rows),
        "references": dict(sorted(standings.items())),
        "ms_per_100_000_characters": round(_cost(rows), 1),
        "times_chunking": round(_ratio(rows), 2),
        "times_chunking_longest_tenth": round(_ratio(longest), 2),
    }


def _cost(rows: Sequence[Timed]) -> float:
    return sum(row.linking for row in rows) / max(1, sum(row.characters for row in rows)) * 1e8


def _ratio(rows: Sequence[Timed]) -> float:
    return sum(row.linking for row in rows) / max(1e-9, sum(row.chunking for row in rows))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    paths = sorted((options.data / "contracts").glob("*.txt"))
    if not paths:
        parser.error(f"no contracts in {options.data / 'contracts'}")
    body = report([timed(parse(path.read_bytes(), path.name)) for path in paths])
    lines = (f"{name:30}{value}" for name, value in body.items())
    print(json.dumps(body, indent=1) if options.json else "\n".join(lines))


if __name__ == "__main__":
    main()
