"""Taggers that have not seen the contracts they are measured on, for benchmarks that need clause kinds.

A contract that the shipped tagger was not trained on (it keeps their digests) is tagged with it. The others
are cut into folds; each fold is tagged by a tagger trained on the other folds alone, with the product's own
code and settings. From which score on a clause is told is chosen on the contracts of those other folds, each
scored by a tagger that had not seen it (but had seen the fold at hand: one number for each kind rests on
that).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.features import features
from retrieval.kinds import CUAD_KINDS
from retrieval.tag import Scores, Tagger, shipped
from retrieval.training import Contract, Labelled, labelled, read_contract, told_apart, train

FOLDS = 5
SEED = 7
KINDS = tuple(dict.fromkeys(CUAD_KINDS.values()))


@dataclass(frozen=True)
class Unseen:
    """A contract with a tagger that was not trained on it."""

    contract: Contract
    tagger: Tagger

    def scores(self) -> tuple["np.typing.NDArray[np.int64]", Scores]:
        """Places of the sentences in the text (sentences x 2), and sentences x kinds."""
        found = features(self.contract.passages)
        begins = np.array([passage.start for passage in self.contract.passages], np.int64)
        return found.spans + begins[found.passage_of][:, None], self.tagger.scores(found)


def unseen(data: Path, keep: Path | None = None) -> list[Unseen]:
    """Every contract of DIR/contracts. `keep` is a folder for the folds' taggers, used again when they fit.

    DIR/annotations.json is read only where some contract is one that the shipped tagger knows.
    """
    paths = sorted((data / "contracts").glob("*.txt"))
    if not paths:
        raise SystemExit(f"no contracts in {data / 'contracts'}")
    contracts = [read_contract(path) for path in paths]
    tagger = shipped()
    known = [contract for contract in contracts if contract.digest in tagger.trained_on]
    found = {c.name: Unseen(c, tagger) for c in contracts if c.digest not in tagger.trained_on}
    if known:
        labels = json.loads((data / "annotations.json").read_text(encoding="utf-8"))
        again = [read_contract(data / "contracts" / f"{c.name}.txt", labels.get(c.name)) for c in known]
        found |= {each.contract.name: each for each in _folds(again, keep)}
    return [found[contract.name] for contract in contracts]


def _folds(contracts: Sequence[Contract], keep: Path | None) -> Iterator[Unseen]:
    samples = [labelled(contract, KINDS, weak=False) for contract in contracts]
    fold_of = _fold_of([contract.digest for contract in contracts])
    taggers: list[Tagger] = []
    scores: list[Scores | None] = [None] * len(samples)
    for fold in range(int(fold_of.max()) + 1):
        taggers.append(_trained([s for s, f in zip(samples, fold_of, strict=True) if f != fold], keep))
        for at in np.flatnonzero(fold_of == fold).tolist():
            scores[at] = taggers[-1].scores(samples[at].features)
    for fold, tagger in enumerate(taggers):
        others = [
            (sample, score)
            for sample, score, f in zip(samples, scores, fold_of, strict=True)
            if f != fold and score is not None
        ]
        told = told_apart(tagger, others, KINDS)
        for at in np.flatnonzero(fold_of == fold).tolist():
            if contracts[at].digest in told.trained_on:
                raise AssertionError(f"{contracts[at].name} is measured with a tagger trained on it")
            yield Unseen(contracts[at], told)


def _fold_of(digests: Sequence[str]) -> "np.typing.NDArray[np.int64]":
    """The fold of each contract. Files with the same text, filed twice, fall into the same one."""
    texts, text_of = np.unique(digests, return_inverse=True)
    fold_of: np.typing.NDArray[np.int64] = np.random.default_rng(SEED).permutation(len(texts)) % min(
        FOLDS, len(texts)
    )
    return fold_of[text_of]


def _trained(samples: Sequence[Labelled], keep: Path | None) -> Tagger:
    """The tagger trained on these contracts, from `keep` where it holds one that was."""
    digests = frozenset(sample.digest for sample in samples)
    for path in sorted(keep.glob("*.npz")) if keep else []:
        held = Tagger.load(path)
        if held.trained_on == digests:
            return held
    tagger = train(samples, KINDS)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        tagger.save(keep / f"{min(digests)}-{len(list(keep.glob('*.npz')))}.npz")
    return tagger
