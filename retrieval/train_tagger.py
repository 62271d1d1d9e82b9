"""Train the clause tagger: `python -m retrieval.train_tagger --data DIR`.

DIR is a folder like CUAD's (https://www.atticusprojectai.org/cuad): `contracts/*.txt` and
`annotations.json`, {contract: {label: [[start, end], …]}}. Needs the `train` dependency group. Writes
models/tagger.npz and the model card models/tagger.md with the figures it measured.

Labels come from three sources: CUAD's lawyers, the clause library of the product, and, for kinds that
neither covers well, patterns (weak_labels.py). Figures: five folds, split by contract; kinds with weak
labels are measured on the hand-annotated contracts of corpus/ too, which training never sees.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obligations.document import Chunk, Document
from retrieval.chunk import chunk
from retrieval.features import BUCKETS, buckets
from retrieval.kinds import CUAD_KINDS, KINDS
from retrieval.parse import parse
from retrieval.tag import LEAST, MODEL, Tagger
from retrieval.weak_labels import weak_kinds

ROOT = Path(__file__).parent.parent
CARD = MODEL.with_suffix(".md")
_FOLDS = 5
_FROM_CUAD = frozenset(CUAD_KINDS.values())
_LIBRARY_WEIGHT = 8


@dataclass
class Sample:
    """A text with its kinds, the group (contract) it is held out with, and how much it counts."""

    section: str
    text: str
    kinds: frozenset[str]
    group: str
    weight: float = 1.0
    unknown: frozenset[str] = frozenset()


@dataclass
class Head:
    """The trained weights of one kind, in full precision."""

    weights: NDArray[np.float64]
    bias: float


@dataclass
class Figures:
    """What is measured for one kind."""

    positives: int = 0
    average_precision: float | None = None
    precision: float | None = None
    recall: float | None = None
    first_hit: float | None = None
    corpus_recall: float | None = None
    corpus_count: int = 0


def heading(piece: Chunk) -> str:
    return " ".join((*piece.path[-1:], piece.section))


def cuad_samples(folder: Path) -> list[Sample]:
    """Every chunk of every contract, labelled where it shares enough text with an annotation."""
    annotations: dict[str, dict[str, list[list[int]]]] = json.loads((folder / "annotations.json").read_text())
    samples = []
    for path in sorted((folder / "contracts").glob("*.txt")):
        spans = [
            (CUAD_KINDS[label], start, end)
            for label, ranges in annotations.get(path.stem, {}).items()
            for start, end in ranges
        ]
        document = parse(path.read_bytes(), path.name)
        for piece in chunk(document):
            found = {kind for kind, start, end in spans if _shares(piece.start, piece.end, start, end)}
            kinds = frozenset(found | (weak_kinds(piece.text) - _FROM_CUAD))
            samples.append(Sample(heading(piece), piece.text, kinds, path.stem))
        samples.extend(_clauses(document, spans, path.stem))
    return samples


def _shares(start: int, end: int, other_start: int, other_end: int) -> bool:
    shared = min(end, other_end) - max(start, other_start)
    return shared > 0 and shared >= 0.4 * min(end - start, other_end - other_start)


def _clauses(document: Document, spans: Sequence[tuple[str, int, int]], group: str) -> Iterable[Sample]:
    """The annotated passages by themselves: short clauses as a person would quote them."""
    for start, end in sorted({(start, end) for _, start, end in spans if end - start >= 60}):
        text = document.text[start:end]
        kinds = {kind for kind, a, b in spans if _shares(start, end, a, b)} | (weak_kinds(text) - _FROM_CUAD)
        yield Sample("", text, frozenset(kinds), group)


def library_samples(folder: Path) -> list[Sample]:
    """The clauses of the product's own library: their kind is known, other kinds they touch are not."""
    import yaml

    samples = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in KINDS:
            continue
        for clause in yaml.safe_load(path.read_text()):
            kinds = frozenset({path.stem})
            unknown = frozenset(KINDS) - kinds
            samples.append(
                Sample(
                    clause["title"], clause["text"], kinds, f"library/{path.stem}", _LIBRARY_WEIGHT, unknown
                )
            )
            samples.append(
                Sample("", clause["text"], kinds, f"library/{path.stem}", _LIBRARY_WEIGHT, unknown)
            )
    return samples


def matrix(samples: Sequence[Sample]) -> tuple[Any, NDArray[np.float32]]:
    """Sparse features (rows of length 1) and the idf of each bucket."""
    from scipy import sparse

    csr_matrix: Any = sparse.csr_matrix
    counts = [buckets(sample.section, sample.text) for sample in samples]
    seen = np.zeros(BUCKETS)
    for row in counts:
        seen[list(row)] += 1
    idf = (np.log((1 + len(samples)) / (1 + seen)) + 1).astype(np.float32)
    places = np.concatenate([np.fromiter(row.keys(), np.int64, len(row)) for row in counts])
    values = np.concatenate([np.fromiter(row.values(), np.float64, len(row)) for row in counts])
    starts = np.concatenate(([0], np.cumsum([len(row) for row in counts])))
    features = csr_matrix(((1 + np.log(values)) * idf[places], places, starts), (len(samples), BUCKETS))
    lengths = np.sqrt(features.multiply(features).sum(axis=1)).A1
    lengths[lengths == 0] = 1
    return csr_matrix(features.multiply(1 / lengths[:, None])), idf


def fit(features: Any, samples: Sequence[Sample], kind: str) -> Head:
    """One head: logistic regression over the samples that say whether they are of this kind.

    Found by stochastic descent, which on this data is as good as exact solvers and ten times as fast.
    Rare kinds weigh more, so that their probabilities do not drown.
    """
    from sklearn.linear_model import SGDClassifier

    known = np.array([kind not in sample.unknown for sample in samples])
    target = np.array([kind in sample.kinds for sample in samples])[known]
    weight = np.array([sample.weight for sample in samples])[known]
    rare = float(np.clip(np.sqrt((~target).sum() / max(target.sum(), 1)) / 4, 2, 10))
    model = SGDClassifier(loss="log_loss", alpha=2e-6, max_iter=8, tol=None, random_state=7)
    model.fit(features[known], target, sample_weight=np.where(target, rare, 1.0) * weight)
    return Head(model.coef_[0], float(model.intercept_[0]))


def validate(features: Any, samples: Sequence[Sample], kinds: Sequence[str]) -> dict[str, Figures]:
    """Five folds by contract: figures of the heads on contracts they have not seen."""
    groups = [sample.group for sample in samples]
    names = sorted({group for group in groups if not group.startswith("library/")})
    fold_of = {name: i % _FOLDS for i, name in enumerate(np.random.default_rng(7).permutation(names))}
    folds = np.array([fold_of.get(group, -1) for group in groups])
    figures = {}
    for kind in kinds:
        scores = np.full(len(samples), np.nan)
        for fold in range(_FOLDS):
            train, test = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
            if any(kind in samples[i].kinds for i in train):
                head = fit(features[train], [samples[i] for i in train], kind)
                scores[test] = features[test] @ head.weights + head.bias
        figures[kind] = _measured(kind, samples, scores)
        print(f"  {kind}: {_row(figures[kind])}", flush=True)
    return figures


def _measured(kind: str, samples: Sequence[Sample], scores: NDArray[np.float64]) -> Figures:
    from sklearn.metrics import average_precision_score

    rows = [int(i) for i in np.flatnonzero(~np.isnan(scores))]
    target = np.array([kind in samples[i].kinds for i in rows])
    guess = scores[rows] > 0
    found = Figures(positives=int(target.sum()))
    if not target.any():
        return found
    found.average_precision = float(average_precision_score(target, scores[rows]))
    right = int((guess & target).sum())
    found.precision = right / max(int(guess.sum()), 1)
    found.recall = right / int(target.sum())
    best: dict[str, tuple[float, bool]] = {}
    for i in rows:
        held = (float(scores[i]), kind in samples[i].kinds)
        best[samples[i].group] = max(best.get(samples[i].group, held), held)
    holding = {samples[i].group for i in rows if kind in samples[i].kinds}
    found.first_hit = sum(best[group][1] for group in holding) / len(holding)
    return found


def corpus_figures(tagger: Tagger, folder: Path, figures: dict[str, Figures]) -> None:
    """Recall on the hand annotations of the corpus: is the kind among those tagged?"""
    from retrieval.locate import locate

    for path in sorted((folder / "annotations").glob("*.json")):
        said = json.loads(path.read_text())
        file = folder / "contracts" / said["document"]
        if not file.is_file():
            continue
        document = parse(file.read_bytes(), file.name)
        pieces = chunk(document)
        rows = tagger.probabilities([(heading(piece), piece.text) for piece in pieces])
        for promise in said["obligations"]:
            place = locate(promise["quote"], document.text)
            column = tagger.kinds.index(promise["kind"]) if promise["kind"] in tagger.kinds else None
            if place is None or column is None:
                continue
            held = [i for i, p in enumerate(pieces) if p.start < place.end and place.start < p.end]
            entry = figures.setdefault(promise["kind"], Figures())
            hits = (entry.corpus_recall or 0.0) * entry.corpus_count + any(
                rows[i][column] >= LEAST for i in held
            )
            entry.corpus_count += 1
            entry.corpus_recall = hits / entry.corpus_count


def packed(heads: dict[str, Head], idf: NDArray[np.float32]) -> Tagger:
    """Weights as int8 with a scale for each kind; the smallest become zero and cost nothing on disk."""
    weights = np.stack([head.weights for head in heads.values()], axis=1)
    scales = np.abs(weights).max(axis=0) / 127
    return Tagger(
        tuple(heads),
        np.round(weights / scales).astype(np.int8),
        scales.astype(np.float32),
        np.array([head.bias for head in heads.values()], np.float32),
        idf,
    )


def save(tagger: Tagger, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        kinds=np.array(tagger.kinds),
        weights=tagger.weights,
        scales=tagger.scales,
        bias=tagger.bias,
        idf=tagger.idf.astype(np.float16),
    )


def _row(found: Figures) -> str:
    def shown(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    cells = (found.average_precision, found.precision, found.recall, found.first_hit, found.corpus_recall)
    return " | ".join([str(found.positives), *map(shown, cells), str(found.corpus_count or "-")])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with contracts/ and annotations.json"
    )
    parser.add_argument(
        "--corpus", type=Path, default=ROOT / "corpus", help="library/, contracts/, annotations/"
    )
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--no-validation", action="store_true", help="train only; the card keeps its figures")
    options = parser.parse_args()
    begun = time.monotonic()
    samples = cuad_samples(options.data) + library_samples(options.corpus / "library")
    features, idf = matrix(samples)
    kinds = [kind for kind in KINDS if sum(kind in sample.kinds for sample in samples) >= 3]
    print(
        f"{len(samples):,} samples, {len(kinds)} kinds, read in {time.monotonic() - begun:.0f} s", flush=True
    )
    figures = {} if options.no_validation else validate(features, samples, kinds)
    tagger = packed({kind: fit(features, samples, kind) for kind in kinds}, idf)
    save(tagger, options.out)
    corpus_figures(tagger, options.corpus, figures)
    if options.no_validation:
        print("\n".join(f"  {kind}: {_row(found)}" for kind, found in figures.items()))
    else:
        contracts = len({sample.group for sample in samples if not sample.group.startswith("library/")})
        options.out.with_suffix(".md").write_text(card(figures, len(samples), contracts, options.out))
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, {time.monotonic() - begun:.0f} s in all")


def card(figures: dict[str, Figures], samples: int, contracts: int, artifact: Path) -> str:
    """The model card; every figure in it was measured by the run that wrote it."""
    rows = "\n".join(
        f"| {kind} | {'lawyers' if kind in _FROM_CUAD else 'patterns'} | {_row(found)} |"
        for kind, found in figures.items()
    )
    scored = [f for k, f in figures.items() if k in _FROM_CUAD and f.average_precision is not None]
    mean = sum(f.average_precision or 0 for f in scored) / max(len(scored), 1)
    first = sum(f.first_hit or 0 for f in scored) / max(len(scored), 1)
    return _CARD.format(
        samples=f"{samples:,}",
        contracts=contracts,
        kinds=len(figures),
        size=f"{artifact.stat().st_size / 1e6:.1f}",
        buckets=f"{BUCKETS:,}",
        rows=rows,
        mean=f"{mean:.2f}",
        first=f"{first:.2f}",
    )


_CARD = """# Clause tagger

Says which kinds of clause a chunk of a contract is. It orders what is searched and hints to the readers;
it decides nothing about promises, dates or money.

- **Model**: one logistic regression for each of {kinds} kinds over {buckets} hashed buckets (words, pairs of
  words, words of the heading, cues and pairs of cues; figures by their shape only), TF-IDF, rows of
  length 1. Weights are 8-bit integers, {size} MB; numpy is all it needs. `tag()` keeps kinds of 10 % and
  more, eight at most.
- **Trained on** {samples} chunks and clauses: the {contracts} contracts of CUAD v1 (The Atticus Project,
  CC BY 4.0) with their lawyers' labels, the clause library in corpus/library, and pattern labels
  (retrieval/weak_labels.py) for kinds that CUAD does not label. No contract text is in the artifact.
- **Made by** `python -m retrieval.train_tagger --data DIR` (dependency group `train`), which wrote this
  card too.

## Figures

Five folds, split by contract, on chunks and annotated passages. *first* is the share of contracts holding
the kind whose highest-ranked chunk is of that kind. For labels from patterns these columns only say how well
the pattern is imitated. *hand* is the recall on the hand-annotated contracts in corpus/, which were not
trained on, at the 10 % that `tag()` uses.

Mean over the kinds labelled by lawyers: average precision {mean}, first {first}.

| kind | labels | positives | average precision | precision | recall | first | hand | of |
|---|---|---|---|---|---|---|---|---|
{rows}

## Limits

English contracts, mostly filed with the SEC; other languages are not recognised. Tables with little text
around them and headings that mislead lower the figures. Kinds with few positives are guesses.
"""


if __name__ == "__main__":
    main()
