"""Which kinds of clause stand in a contract, and where? The clause tagger against lawyers' labels.

    python -m benchmarks.clauses --data DIR --out FILE [--taggers FOLDER] [--json]

DIR holds contracts as `contracts/*.txt` and `annotations.json`, {title: {label: [[start, end], ...]}}, as
CUAD v1 (The Atticus Project, CC BY 4.0) does. FILE gets what was found in the same form, offsets as string
indices into the text with its line ends kept.

No contract is tagged by a tagger that was trained on it (benchmarks/held_out.py): of contracts the shipped
tagger knows, folds are trained anew, which takes some minutes and needs the `train` dependency group; others
are tagged with the shipped one, for which `annotations.json` need not be there. --taggers keeps the folds'
taggers for another run.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.held_out import Unseen, unseen
from retrieval.kinds import CUAD_KINDS

Spans = Mapping[str, Mapping[str, Sequence[Sequence[int]]]]
COMMON = 20
"""Contracts that hold a kind from which it counts in the mean that is aimed at."""
_JOINED = 3
"""Sentences this close become one span: only white space stands between them."""


def found_in(held: Unseen) -> dict[str, list[list[int]]]:
    """Spans by label: of each kind told to be there the sentences that say so, the best one at least."""
    ranges, scores = held.scores()
    spans = {}
    for label, kind in CUAD_KINDS.items():
        if kind not in held.tagger.kinds or not len(ranges):
            continue
        at = held.tagger.kinds.index(kind)
        column = scores[:, at]
        if column.max() < held.tagger.presence[at]:
            continue
        taken = column >= min(held.tagger.passage[at], column.max())
        spans[label] = joined(ranges[taken].tolist())
    return spans


def joined(ranges: Sequence[Sequence[int]]) -> list[list[int]]:
    spans: list[list[int]] = []
    for start, end in ranges:
        if spans and start - spans[-1][1] <= _JOINED:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return spans


def report(gold: Spans, mine: Spans) -> dict[str, Any]:
    """Presence of each label over the contracts, and means over all labels and over the common ones."""
    labels = sorted({label for spans in gold.values() for label in spans})
    rows = {}
    for label in labels:
        holds = np.array([bool(gold[title].get(label)) for title in gold])
        told = np.array([bool(mine.get(title, {}).get(label)) for title in gold])
        right, both = int((holds & told).sum()), int(holds.sum() + told.sum())
        rows[label] = {
            "contracts": int(holds.sum()),
            "precision": round(right / max(int(told.sum()), 1), 4),
            "recall": round(right / max(int(holds.sum()), 1), 4),
            "f1": round(2 * right / both, 4) if both else 0.0,
        }
    common = [row["f1"] for row in rows.values() if row["contracts"] >= COMMON]
    return {
        "contracts": len(gold),
        "kinds": rows,
        "f1_macro": round(float(np.mean([row["f1"] for row in rows.values()])), 4),
        "f1_macro_common": round(float(np.mean(common)), 4) if common else None,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--taggers", type=Path, help="folder that keeps the folds' taggers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    mine = {held.contract.name: found_in(held) for held in unseen(options.data, options.taggers)}
    options.out.write_text(json.dumps(mine), encoding="utf-8")
    body: dict[str, Any] = {"read": len(mine), "seconds": round(time.monotonic() - began, 1)}
    labels = options.data / "annotations.json"
    if labels.is_file():
        body |= report(json.loads(labels.read_text(encoding="utf-8")), mine)
    if options.json:
        print(json.dumps(body, indent=1))
        return
    print(f"{body['read']} contracts in {body['seconds']} s")
    for label, row in body.get("kinds", {}).items():
        print(f"{label:36}{row['contracts']:5}{row['precision']:8.2f}{row['recall']:8.2f}{row['f1']:8.2f}")
    if "f1_macro" in body:
        print(f"F1 of presence, mean: {body['f1_macro']} (kinds in {COMMON} contracts or more: ", end="")
        print(f"{body['f1_macro_common']})")


if __name__ == "__main__":
    main()
