"""How taggers are trained: samples, one linear head for each kind, and the scores that tell a clause.

Used by `retrieval.train_tagger`, which makes the shipped tagger, and by the benchmarks, which train others
that have not seen the contracts they are measured on. Needs the `train` dependency group.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.chunk import chunk
from retrieval.features import BUCKETS, WEIGHTS, Features, Passage, features
from retrieval.kinds import CUAD_KINDS, KINDS
from retrieval.parse import parse
from retrieval.tag import Scores, Tagger, digest, passage_of, weighted
from retrieval.weak_labels import weak_spans

FROM_LAWYERS = frozenset(CUAD_KINDS.values())
_LIBRARY_WEIGHT = 8.0
_BACKGROUND = 0.5
"""Of the sentences of no kind at all this share is trained on, and counts for the rest."""

Spans = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Contract:
    """A contract with its labelled spans by kind; offsets are indices into its canonical text."""

    name: str
    digest: str
    passages: tuple[Passage, ...]
    spans: Spans


@dataclass(frozen=True)
class Labelled:
    """Sentences of one contract (or of library clauses): their features and what they are.

    `kinds` (sentences x kinds) is 1 where a sentence is of a kind; where `known` (kinds) is 0, a 0 says
    nothing. `ranges` (sentences x 2) are places in the contract's text.
    """

    name: str
    digest: str
    features: Features
    ranges: NDArray[np.int64]
    kinds: NDArray[np.int8]
    known: NDArray[np.bool_]
    weight: float = 1.0


def read_contract(path: Path, spans: Mapping[str, Sequence[Sequence[int]]] | None = None) -> Contract:
    """A contract of a folder like CUAD's; `spans` by the labels that CUAD uses."""
    document = parse(path.read_bytes(), path.name)
    ours = {CUAD_KINDS[label]: [(s, e) for s, e in ranges] for label, ranges in (spans or {}).items()}
    return Contract(path.stem, digest(document.text), tuple(map(passage_of, chunk(document))), ours)


def read_contracts(folder: Path) -> list[Contract]:
    """All of DIR/contracts with the spans of DIR/annotations.json."""
    labels = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    paths = sorted((folder / "contracts").glob("*.txt"))
    return [read_contract(path, labels.get(path.stem)) for path in paths]


def labelled(contract: Contract, kinds: Sequence[str], *, weak: bool) -> Labelled:
    """`weak` adds the labels of patterns, for kinds that lawyers did not label."""
    found = features(contract.passages)
    begins = np.array([passage.start for passage in contract.passages], np.int64)[found.passage_of]
    ranges = found.spans + begins[:, None]
    told = np.zeros((len(ranges), len(kinds)), np.int8)
    spans = {kind: list(held) for kind, held in contract.spans.items()}
    if weak:
        for passage in contract.passages:
            for kind, start, end in weak_spans(passage.text):
                if kind not in FROM_LAWYERS:
                    spans.setdefault(kind, []).append((passage.start + start, passage.start + end))
    for kind, held in spans.items():
        for start, end in held:
            told[of_span(ranges, start, end), kinds.index(kind)] = 1
    return Labelled(contract.name, contract.digest, found, ranges, told, np.ones(len(kinds), np.bool_))


def of_span(ranges: NDArray[np.int64], start: int, end: int) -> NDArray[np.bool_]:
    """Sentences that share half of themselves, or half of the span."""
    shared = np.minimum(ranges[:, 1], end) - np.maximum(ranges[:, 0], start)
    half: NDArray[np.bool_] = (2 * shared >= ranges[:, 1] - ranges[:, 0]) | (2 * shared >= end - start)
    return half & (shared > 0)


def library(folder: Path, kinds: Sequence[str]) -> list[Labelled]:
    """The clauses of the product's own library: their kind is known, other kinds they touch are not."""
    import yaml

    samples = []
    for at, kind in enumerate(kinds):
        path = folder / f"{kind}.yaml"
        if not path.is_file():
            continue
        clauses = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = features([Passage(title, c["text"]) for c in clauses for title in (c["title"], "")])
        told = np.zeros((len(found.spans), len(kinds)), np.int8)
        told[:, at] = 1
        known = np.arange(len(kinds)) == at
        samples.append(Labelled(f"library/{kind}", "", found, found.spans, told, known, _LIBRARY_WEIGHT))
    return samples


def told_apart(
    tagger: Tagger, held: Sequence[tuple[Labelled, Scores]], kinds: Sequence[str] = KINDS
) -> Tagger:
    """The tagger with `presence` and `passage` chosen on contracts that the scores' taggers had not seen.

    `held` are contracts, labelled for `kinds`, with their scores (sentences x kinds of the tagger). A kind
    is told from the score at which F1 over contracts would be best, drawn halfway to where calibrated odds
    say it is: the best place on a few hundred contracts is partly luck. By the odds F1 is best at half of
    itself.
    """
    best = np.stack([scores.max(axis=0) for _, scores in held])
    columns = [kinds.index(kind) for kind in tagger.kinds]
    holds = np.stack([sample.kinds.max(axis=0)[columns] > 0 for sample, _ in held])
    every, of_kind = (
        np.concatenate([s for _, s in held]),
        np.concatenate([sample.kinds for sample, _ in held]),
    )
    presence, passage = tagger.presence.copy(), tagger.passage.copy()
    for at, column in enumerate(columns):
        presence[at] = _presence(best[:, at], holds[:, at])
        passage[at] = _best_cut(every[:, at], of_kind[:, column] > 0)[0]
    return replace(tagger, presence=presence, passage=passage)


def _presence(best: Scores, holds: NDArray[np.bool_]) -> float:
    if holds.all() or not holds.any():
        return -np.inf if holds.all() else np.inf
    slope, offset = _calibrated(best, holds)
    odds = 1 / (1 + np.exp(-np.clip(slope * best + offset, -60, 60)))
    cut, f1 = _best_cut(odds.astype(np.float32), holds)
    wanted = float(np.clip((cut + f1 / 2) / 2, 0.01, 0.99))
    return float((np.log(wanted / (1 - wanted)) - offset) / slope)


def _calibrated(scores: Scores, target: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of a logistic curve through the scores (Newton's method, slightly regularised)."""
    mean, spread = float(scores.mean()), float(scores.std()) or 1.0
    rows = np.stack([(scores - mean) / spread, np.ones(len(scores))], axis=1).astype(np.float64)
    weights = np.array([1.0, 0.0])
    for _ in range(30):
        odds = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        gradient = rows.T @ (odds - target) + np.array([weights[0], 0.0])
        curve = (rows * (odds * (1 - odds))[:, None]).T @ rows + np.diag([1.0, 1e-6])
        weights = weights - np.linalg.solve(curve, gradient)
    slope = max(float(weights[0]) / spread, 1e-3)
    return slope, float(weights[1]) - slope * mean


def _best_cut(scores: Scores, target: NDArray[np.bool_]) -> tuple[float, float]:
    """The score from which taking all gives the best F1, and that F1; infinite where nothing is to find."""
    if not target.any():
        return float("inf"), 0.0
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(target[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + right[-1])
    at = int(f1.argmax())
    following = scores[order[min(at + 1, len(order) - 1)]]
    return float(scores[order[at]] + following) / 2, float(f1[at])


def train(samples: Sequence[Labelled], kinds: Sequence[str] = KINDS) -> Tagger:
    """One head for each kind that some sample holds; `presence` and `passage` are left at even odds."""
    idf = _idf(samples)
    told = np.concatenate([sample.kinds for sample in samples])
    known = np.concatenate([np.tile(sample.known, (len(sample.kinds), 1)) for sample in samples])
    weight = np.concatenate([np.full(len(sample.kinds), sample.weight) for sample in samples])
    empty = ~told.any(axis=1)
    kept = np.flatnonzero(~empty | (np.random.default_rng(3).random(len(told)) < _BACKGROUND))
    weight[empty] /= _BACKGROUND
    matrix = _matrix(samples, idf)[kept]
    told, known, weight = told[kept], known[kept], weight[kept]
    held = [at for at in range(len(kinds)) if told[:, at].any()]
    heads = [_head(matrix, told[:, at], known[:, at], weight) for at in held]
    digests = frozenset(sample.digest for sample in samples if sample.digest)
    return _packed([kinds[at] for at in held], heads, idf, digests)


def _head(
    matrix: Any, told: NDArray[np.int8], known: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Logistic regression by stochastic descent: here as good as exact solvers and ten times as fast.

    Rare kinds weigh more, so that their odds do not drown.
    """
    from sklearn.linear_model import SGDClassifier

    rows = np.flatnonzero(known)
    target = told[rows]
    rare = float(np.clip(np.sqrt((target == 0).sum() / target.sum()) / 4, 2, 10))
    model = SGDClassifier(loss="log_loss", alpha=4e-6, max_iter=6, tol=None, random_state=7)
    part = matrix if len(rows) == matrix.shape[0] else matrix[rows]
    model.fit(part, target, sample_weight=np.where(target, rare, 1.0) * weight[rows])
    return model.coef_[0], float(model.intercept_[0])


def _idf(samples: Sequence[Labelled]) -> Scores:
    seen, rows = np.zeros(BUCKETS), 0
    for sample in samples:
        rows += len(sample.kinds)
        for block in sample.features.blocks.values():
            seen += np.bincount(block.buckets, minlength=BUCKETS)
    # what the artifact keeps, in training too
    return (np.log((1 + rows) / (1 + seen)) + 1).astype(np.float16).astype(np.float32)


def _matrix(samples: Sequence[Labelled], idf: Scores) -> Any:
    """Sentences x buckets: the sum of a sentence's blocks, as `Tagger.scores` adds them up."""
    from scipy import sparse as scipy_sparse

    sparse: Any = scipy_sparse
    csr = sparse.csr_matrix
    made = []
    for sample in samples:
        found = sample.features
        total: Any = None
        for name, weight in WEIGHTS.items():
            block = found.blocks[name]
            values = weighted(block, idf) * np.float32(weight)
            rows = csr((values, block.buckets, block.starts), (len(block.starts) - 1, BUCKETS))
            rows = rows[found.passage_of] if name in ("chunk", "heading") else rows
            total = rows if total is None else total + rows
        made.append(total)
    return sparse.vstack(made, format="csr", dtype=np.float32)


def _packed(
    kinds: Sequence[str],
    heads: Sequence[tuple[NDArray[np.float64], float]],
    idf: Scores,
    digests: frozenset[str],
) -> Tagger:
    """Weights as int8 with a scale for each kind; the smallest become zero and cost nothing on disk."""
    weights = np.stack([weights for weights, _ in heads], axis=1)
    scales = np.abs(weights).max(axis=0) / 127
    even = np.zeros(len(kinds), np.float32)
    return Tagger(
        tuple(kinds),
        np.round(weights / scales).astype(np.int8),
        scales.astype(np.float32),
        np.array([bias for _, bias in heads], np.float32),
        idf,
        even,
        even,
        digests,
    )
