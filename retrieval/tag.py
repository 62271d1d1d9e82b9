"""Which kinds of clause is a chunk? A linear tagger: hashed words times trained weights, numpy only.

How it was trained and how good it is: models/tagger.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from obligations.document import Chunk
from retrieval.errors import ModelMissing
from retrieval.features import BUCKETS, buckets

MODEL = Path(__file__).parent / "models" / "tagger.npz"
LEAST = 0.1
MOST = 8
_BATCH = 512


@dataclass(frozen=True)
class Tagger:
    """Weights as small integers with one scale a kind; `idf` says how telling a bucket is."""

    kinds: tuple[str, ...]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    idf: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path = MODEL) -> "Tagger":
        """Read the artifact. Raises ModelMissing where it is not there or is of another shape."""
        if not path.is_file():
            raise ModelMissing(f"the clause tagger is missing: {path.name}")
        with np.load(path, allow_pickle=False) as held:
            tagger = cls(
                tuple(str(kind) for kind in held["kinds"]),
                held["weights"],
                held["scales"].astype(np.float32),
                held["bias"].astype(np.float32),
                held["idf"].astype(np.float32),
            )
        if tagger.weights.shape != (BUCKETS, len(tagger.kinds)):
            raise ModelMissing(f"{path.name} has {tagger.weights.shape[0]} buckets, expected {BUCKETS}")
        return tagger

    def probabilities(self, texts: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """One row for each (section, text), one column for each kind, values 0..1."""
        scores = np.empty((len(texts), len(self.kinds)), np.float32)
        for row, (section, text) in enumerate(texts):
            counts = buckets(section, text)
            places = np.fromiter(counts.keys(), np.int64, len(counts))
            values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[places]
            length = float(np.sqrt(np.square(values).sum())) or 1.0
            scores[row] = (values / length) @ self.weights[places].astype(np.float32)
        likely: NDArray[np.float32] = 1 / (1 + np.exp(-(scores * self.scales + self.bias)))
        return likely


@lru_cache(maxsize=1)
def _tagger() -> Tagger:
    return Tagger.load()


def tag(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """The chunks with their `kinds`: at most eight, most likely first, none under 10 %."""
    tagger = _tagger()
    tagged: list[Chunk] = []
    for at in range(0, len(chunks), _BATCH):
        part = chunks[at : at + _BATCH]
        rows = tagger.probabilities(
            [(" ".join((*chunk.path[-1:], chunk.section)), chunk.text) for chunk in part]
        )
        tagged.extend(
            chunk.model_copy(update={"kinds": _likely(row, tagger.kinds)})
            for chunk, row in zip(part, rows, strict=True)
        )
    return tuple(tagged)


def _likely(row: NDArray[np.float32], kinds: Sequence[str]) -> tuple[tuple[str, float], ...]:
    order = [int(i) for i in np.argsort(-row)[:MOST] if row[i] >= LEAST]
    return tuple((kinds[i], round(float(row[i]), 3)) for i in order)
