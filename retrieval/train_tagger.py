"""Train the clause tagger: `python -m retrieval.train_tagger --data DIR`.

DIR is a folder like CUAD's (https://www.atticusprojectai.org/cuad): `contracts/*.txt` and
`annotations.json`, {contract: {label: [[start, end], …]}}. Needs the `train` dependency group. Writes
models/tagger.npz and the model card models/tagger.md with the figures it measured.

Labels come from three sources: CUAD's lawyers, the clause library of the product, and, for kinds that
neither covers well, patterns (weak_labels.py). Figures: five folds, split by contract; the hand-annotated
contracts of corpus/, which training never sees, are measured with the tagger that is shipped.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.chunk import chunk
from retrieval.features import BUCKETS, VERSION
from retrieval.kinds import KINDS
from retrieval.parse import parse
from retrieval.tag import LEAST, MODEL, MOST, Scores, Tagger
from retrieval.training import FROM_LAWYERS, Labelled, labelled, library, read_contracts, told_apart, train

ROOT = Path(__file__).parent.parent
_FOLDS = 5

Held = list[tuple[Labelled, Scores]]


@dataclass
class Figures:
    """What is measured for one kind: over sentences, over contracts, and on the hand annotations."""

    sentences: int = 0
    average_precision: float | None = None
    first_hit: float | None = None
    contracts: int = 0
    presence_f1: float | None = None
    corpus_recall: float | None = None
    corpus_count: int = 0


def cross_validated(samples: Sequence[Labelled], more: Sequence[Labelled]) -> Held:
    """Every sample with the scores of a tagger that was trained on the other folds and on `more`."""
    fold_of = np.random.default_rng(7).permutation(len(samples)) % min(_FOLDS, len(samples))
    scores: dict[int, Scores] = {}
    for fold in range(int(fold_of.max()) + 1):
        tagger = train([*(s for s, f in zip(samples, fold_of, strict=True) if f != fold), *more])
        for at in np.flatnonzero(fold_of == fold).tolist():
            scores[at] = aligned(tagger, tagger.scores(samples[at].features))
        print(f"  fold {fold + 1} of {_FOLDS}", flush=True)
    return [(sample, scores[at]) for at, sample in enumerate(samples)]


def aligned(tagger: Tagger, scores: Scores) -> Scores:
    """Scores with a column for each of KINDS; a kind the tagger does not know gets the lowest odds."""
    out = np.full((len(scores), len(KINDS)), -30, np.float32)
    out[:, [KINDS.index(kind) for kind in tagger.kinds]] = scores
    return out


def figures(held: Held, tagger: Tagger) -> dict[str, Figures]:
    """Figures by kind of the tagger's; `tagger` has the scores from which a contract holds a kind."""
    told = np.concatenate([sample.kinds for sample, _ in held]) > 0
    scores = np.concatenate([scores for _, scores in held])
    best = np.stack([scores.max(axis=0) for _, scores in held])
    holds = np.stack([sample.kinds.max(axis=0) > 0 for sample, _ in held])
    found = {}
    for at, kind in enumerate(tagger.kinds):
        column = KINDS.index(kind)
        right = best[:, column] >= tagger.presence[at]
        found[kind] = _measured(told[:, column], scores[:, column])
        found[kind].contracts = int(holds[:, column].sum())
        if found[kind].contracts:
            both = int((right & holds[:, column]).sum())
            found[kind].presence_f1 = 2 * both / int(right.sum() + holds[:, column].sum())
            firsts = [
                s.kinds[int(row[:, column].argmax()), column] for s, row in held if s.kinds[:, column].any()
            ]
            found[kind].first_hit = float(np.mean(firsts))
    return found


def _measured(told: NDArray[np.bool_], scores: Scores) -> Figures:
    from sklearn.metrics import average_precision_score

    if not told.any():
        return Figures()
    return Figures(int(told.sum()), float(average_precision_score(told, scores)))


def corpus_figures(tagger: Tagger, folder: Path, found: dict[str, Figures]) -> None:
    """Recall on the hand annotations of the corpus: is the kind among those tagged?"""
    from retrieval.locate import locate

    for path in sorted((folder / "annotations").glob("*.json")):
        said = json.loads(path.read_text())
        file = folder / "contracts" / said["document"]
        if not file.is_file():
            continue
        document = parse(file.read_bytes(), file.name)
        pieces = chunk(document)
        rows = tagger.chunks(pieces)
        for promise in said["obligations"]:
            place = locate(promise["quote"], document.text)
            if place is None or promise["kind"] not in tagger.kinds:
                continue
            column = tagger.kinds.index(promise["kind"])
            held = [i for i, p in enumerate(pieces) if p.start < place.end and place.start < p.end]
            entry = found.setdefault(promise["kind"], Figures())
            hits = (entry.corpus_recall or 0.0) * entry.corpus_count + any(
                rows[i][column] >= LEAST for i in held
            )
            entry.corpus_count += 1
            entry.corpus_recall = hits / entry.corpus_count


def _row(found: Figures) -> str:
    def shown(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    cells = [
        str(found.sentences),
        shown(found.average_precision),
        shown(found.first_hit),
        str(found.contracts),
        shown(found.presence_f1),
        shown(found.corpus_recall),
        str(found.corpus_count or "-"),
    ]
    return " | ".join(cells)


def card(found: dict[str, Figures], samples: Sequence[Labelled], artifact: Path) -> str:
    """The model card; every figure in it was measured by the run that wrote it."""
    rows = "\n".join(
        f"| {kind} | {'lawyers' if kind in FROM_LAWYERS else 'patterns, library'} | {_row(each)} |"
        for kind, each in found.items()
    )
    scored = [f for kind, f in found.items() if kind in FROM_LAWYERS and f.average_precision is not None]
    common = [f.presence_f1 or 0 for f in scored if f.contracts >= 20]
    return _CARD.format(
        samples=f"{sum(len(sample.kinds) for sample in samples):,}",
        contracts=len(samples),
        kinds=len(found),
        size=f"{artifact.stat().st_size / 1e6:.1f}",
        buckets=f"{BUCKETS:,}",
        version=VERSION,
        least=f"{LEAST:.1%}",
        most=MOST,
        rows=rows,
        mean=f"{np.mean([f.average_precision or 0 for f in scored]):.2f}",
        first=f"{np.mean([f.first_hit or 0 for f in scored]):.2f}",
        f1=f"{np.mean(common):.2f}" if common else "-",
    )


_CARD = """# Clause tagger

Says which kinds of clause a chunk of a contract is, and which of its sentences say so. It orders what is
searched and hints to the readers; it decides nothing about promises, dates or money.

- **Model**, version {version} of the features: one logistic regression over sentences for each of {kinds}
  kinds, {buckets} hashed buckets (words, pairs of words, stems of the sentences beside and of the chunk, the
  heading, the place; figures by their shape only), TF-IDF. A chunk is as likely of a kind as its likeliest
  sentence. Weights are 8-bit integers, {size} MB; numpy is all it needs. `tag()` keeps kinds of {least} and
  more, {most} at most.
- **Trained on** {samples} sentences of the {contracts} contracts of CUAD v1 (The Atticus Project, CC BY 4.0)
  with their lawyers' labels, the clause library in corpus/library, and pattern labels
  (retrieval/weak_labels.py) for kinds that CUAD does not label. No contract text is in the artifact; it keeps
  digests of the contracts, so that it is not measured on them.
- **Made by** `python -m retrieval.train_tagger --data DIR` (dependency group `train`), which wrote this
  card too.

## Figures

Five folds, split by contract. *first* is the share of contracts holding the kind whose best sentence is of
that kind. *presence* is the F1 of telling whether a contract holds the kind; the score from which it does
was chosen on the same held-out scores, so that it is slightly flattering (`python -m benchmarks.clauses`
chooses it on other folds). For labels from patterns these columns only say how well the pattern is imitated.
*hand* is the recall on the hand-annotated contracts in corpus/, which were not trained on, at the {least}
that `tag()` uses.

Mean over the kinds labelled by lawyers: average precision {mean}, first {first}; presence {f1} over those
that 20 contracts or more hold.

| kind | labels | sentences | average precision | first | contracts | presence | hand | of |
|---|---|---|---|---|---|---|---|---|
{rows}

## Limits

English contracts, mostly filed with the SEC; other languages are not recognised. Probabilities are too high
for rare kinds, which weigh more in training. Kinds with few sentences are guesses.
"""


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
    options = parser.parse_args()
    begun = time.monotonic()
    samples = [labelled(contract, KINDS, weak=True) for contract in read_contracts(options.data)]
    more = library(options.corpus / "library", KINDS)
    print(f"{len(samples)} contracts read, {time.monotonic() - begun:.0f} s", flush=True)
    held = cross_validated(samples, more)
    tagger = train([*samples, *more])
    columns = [KINDS.index(kind) for kind in tagger.kinds]
    tagger = told_apart(tagger, [(sample, scores[:, columns]) for sample, scores in held])
    tagger.save(options.out)
    found = figures(held, tagger)
    corpus_figures(tagger, options.corpus, found)
    options.out.with_suffix(".md").write_text(card(found, samples, options.out), encoding="utf-8")
    print("\n".join(f"  {kind}: {_row(each)}" for kind, each in found.items()))
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, {time.monotonic() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
