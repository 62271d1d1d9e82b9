"""Is 0.9 nine in ten? How sure the embedded reader says it is, against hand labels, on contracts held out.

    python -m benchmarks.confidence [--judge --data DIR --labels FOLDER [--tagger FILE]] [--write] [--json]

A reading is right when a label of its kind stands at its place and every core term agrees. The weights
(extraction/weights.yaml) are fitted by logistic regression over what each reading says of itself. What they
are fitted to lies in corpus/annotations/cuad/judged.json: readings of public contracts, each with its
features and whether it was right, taken before whoever wrote the readers had seen these contracts or their
labels. The report shows, for folds by contract that the weights have not seen, what was said and what was
right; --write fits them on all.

--judge takes such readings anew, of the contracts in DIR (`contracts/*.txt`) that FOLDER has hand labels of,
and only then is DIR needed; --tagger names a tagger that was not trained on them.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.obligations import load_labels, promises
from evals.labels import ANNOTATIONS
from evals.promises import CORE_TERMS, Promise, core, flat_terms, pair, scored_as
from extraction import Draft, read
from extraction.confidence import PRIOR, WEIGHTS, Weights
from retrieval.chunk import chunk
from retrieval.parse import parse
from retrieval.tag import Tagger, tag

if TYPE_CHECKING:
    from numpy.typing import NDArray

JUDGED = ANNOTATIONS / "cuad" / "judged.json"
FOLDS = 5
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01)
_FEATURE_PULL, _KIND_PULL = 1.0, 2.0
"""How strongly weights are pulled to nothing: a kind with few labels says little about itself."""


@dataclass(frozen=True)
class Judged:
    """One reading: where it is from, what spoke for and against it, and whether it was right."""

    contract: str
    kind: str
    features: tuple[str, ...]
    right: bool

    @property
    def fold(self) -> int:
        return blake2b(self.contract.encode()).digest()[0] % FOLDS


def judged(title: str, drafts: Sequence[Draft], labels: Sequence[Promise]) -> Iterator[Judged]:
    """Each reading with whether a label agrees; a draft of several tiers is right when all of them are."""
    read_ones = [(draft, p) for draft in drafts for p in _stated(draft)]
    for kind in CORE_TERMS:
        mine = [(draft, p) for draft, p in read_ones if p.kind == kind]
        pairs = pair([label for label in labels if label.kind == kind], [p for _, p in mine])
        exact = {id(match.read) for match in pairs if match.exact}
        for draft in {id(draft): draft for draft, _ in mine}.values():
            right = all(id(p) in exact for d, p in mine if d is draft)
            yield Judged(title, kind, draft.features, right)


def _stated(draft: Draft) -> list[Promise]:
    """The promises of a draft by what it says the text states: what it assumed is no claim."""
    kind = scored_as(draft.terms)
    flat = ({n: v for n, v in terms.items() if n not in draft.assumed} for terms in flat_terms(draft.terms))
    return [Promise(kind, draft.span.start, draft.span.end, core(kind, terms)) for terms in flat]


def judge(data: Path, folder: Path, tagger: Path | None) -> list[Judged]:
    """Every reading of the labelled contracts, judged."""
    found: list[Judged] = []
    for title, entries in load_labels(folder).items():
        path = data / "contracts" / f"{title}.txt"
        document = parse(path.read_bytes(), path.name)
        chunks = tag(chunk(document), Tagger.load(tagger) if tagger else None)
        found += judged(title, read(document, chunks).drafts, promises(entries))
    return found


def kept() -> list[Judged]:
    """The readings that come with the product."""
    rows = json.loads(JUDGED.read_text(encoding="utf-8"))
    return [Judged(r["contract"], r["kind"], tuple(r["features"]), r["right"]) for r in rows]


def fit(samples: Sequence[Judged]) -> Weights:
    """Logistic regression by Newton's method, with a pull towards what is thought before any label."""
    import numpy as np

    names = sorted(PRIOR)
    kinds = sorted({s.kind for s in samples})
    columns = ["", *names, *(f"={kind}" for kind in kinds)]
    rows = np.array([_row(s, columns) for s in samples])
    right = np.array([s.right for s in samples], dtype=float)
    pull = np.array([0.01] + [_FEATURE_PULL] * len(names) + [_KIND_PULL] * len(kinds))
    start: NDArray[np.float64] = np.array([1.0] + [PRIOR[name] for name in names] + [0.0] * len(kinds))
    weights = start
    for _ in range(30):
        guess = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (guess - right) + pull * (weights - start)
        curve = (rows * (guess * (1 - guess))[:, None]).T @ rows + np.diag(pull)
        weights = weights - np.linalg.solve(curve, slope)
    found = {column: round(float(w), 3) for column, w in zip(columns, weights, strict=True)}
    return Weights(
        base=found.pop(""),
        features={name: w for name, w in found.items() if not name.startswith("=")},
        kinds={name[1:]: w for name, w in found.items() if name.startswith("=")},
    )


def _row(sample: Judged, columns: Sequence[str]) -> list[float]:
    return [
        1.0 if not c else float(sample.kind == c[1:] if c.startswith("=") else sample.features.count(c))
        for c in columns
    ]


def held_out(samples: Sequence[Judged]) -> list[tuple[float, bool]]:
    """What weights that have not seen the contract say of each reading, and whether it was right."""
    told = []
    for fold in range(FOLDS):
        weights = fit([s for s in samples if s.fold != fold])
        told += [(weights.sure(s.kind, s.features), s.right) for s in samples if s.fold == fold]
    return told


def table(told: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Readings by how sure they were; `error` is the mean distance of said and right, by readings."""
    rows = []
    for low, high in pairwise(BINS):
        mine = [(sure, right) for sure, right in told if low <= sure < high]
        if mine:
            said, right = sum(s for s, _ in mine) / len(mine), sum(r for _, r in mine) / len(mine)
            row = {"from": low, "readings": len(mine), "said": round(said, 3), "right": round(right, 3)}
            rows.append(row)
    error = sum(row["readings"] * abs(row["said"] - row["right"]) for row in rows) / max(1, len(told))
    sure = [right for said, right in told if said >= 0.9]
    return {
        "bins": rows,
        "error": round(error, 4),
        "at_least_0.9": {"readings": len(sure), "right": round(sum(sure) / len(sure), 4) if sure else None},
    }


def show(body: dict[str, Any]) -> None:
    print(f"{body['readings']} readings of {body['contracts']} contracts, by weights fitted without it")
    print(f"{'sure':>10} {'readings':>9} {'said':>7} {'right':>7}")
    for row in body["bins"]:
        print(f"{'from ' + str(row['from']):>10} {row['readings']:9} {row['said']:7.3f} {row['right']:7.3f}")
    sure = body["at_least_0.9"]
    print(
        f"mean distance {body['error']:.3f}; {sure['readings']} said to be 0.9 or more: {sure['right']} right"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--tagger", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.judge and not (options.data and options.labels):
        parser.error("--judge needs --data and --labels")
    samples = judge(options.data, options.labels, options.tagger) if options.judge else kept()
    if options.judge and options.write:
        rows = [asdict(sample) for sample in samples]
        JUDGED.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")
    body = {
        "readings": len(samples),
        "contracts": len({s.contract for s in samples}),
        **table(held_out(samples)),
    }
    if options.write:
        WEIGHTS.write_text(yaml.safe_dump(fit(samples).model_dump(), sort_keys=True), encoding="utf-8")
    print(json.dumps(body, indent=1)) if options.json else show(body)


if __name__ == "__main__":
    main()
