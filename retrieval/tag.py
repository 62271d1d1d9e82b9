"""Which kinds of clause is a chunk, and which of its sentences say so? A linear tagger over hashed words.

Every sentence gets a score for every kind; a chunk is as likely of a kind as its likeliest sentence. numpy is
all it needs. How it was trained and how good it is: models/tagger.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from obligations.document import Chunk
from retrieval.answering import run
from retrieval.errors import ModelMissing
from retrieval.features import BUCKETS, VERSION, WEIGHTS, Block, Features, Passage, features

MODEL = Path(__file__).parent / "models" / "tagger.npz"
LEAST = 0.003
MOST = 24
_BATCH = 512
_SLAB = 1 << 15
"""Features whose weights are gathered at once: few enough to stay in the processor's cache."""

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Tagger:
    """Weights as small integers with one scale a kind; `idf` says how telling a bucket is.

    `presence` and `passage` are scores by kind: a contract holds a clause of the kind where its best sentence
    scores `presence` or more, and the sentences from `passage` on belong to the clause. `trained_on` holds
    the digests of the contracts whose labels it knows, with which it must not be measured.
    """

    kinds: tuple[str, ...]
    weights: NDArray[np.int8]
    scales: Scores
    bias: Scores
    idf: Scores
    presence: Scores
    passage: Scores
    trained_on: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: Path = MODEL) -> "Tagger":
        """Read the artifact. Raises ModelMissing where it is not there or is of another shape."""
        if not path.is_file():
            raise ModelMissing(f"the clause tagger is missing: {path.name}")
        with np.load(path, allow_pickle=False) as held:
            if "version" not in held or int(held["version"]) != VERSION:
                raise ModelMissing(f"{path.name} was trained on other features than version {VERSION}")
            tagger = cls(
                tuple(str(kind) for kind in held["kinds"]),
                held["weights"],
                held["scales"].astype(np.float32),
                held["bias"].astype(np.float32),
                held["idf"].astype(np.float32),
                held["presence"].astype(np.float32),
                held["passage"].astype(np.float32),
                frozenset(str(digest) for digest in held["trained_on"]),
            )
        if tagger.weights.shape != (BUCKETS, len(tagger.kinds)):
            raise ModelMissing(f"{path.name} has {tagger.weights.shape[0]} buckets, expected {BUCKETS}")
        return tagger

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            version=np.array(VERSION),
            kinds=np.array(self.kinds),
            weights=self.weights,
            scales=self.scales,
            bias=self.bias,
            idf=self.idf.astype(np.float16),
            presence=self.presence,
            passage=self.passage,
            trained_on=np.array(sorted(self.trained_on)),
        )

    def scores(self, found: Features) -> Scores:
        """Sentences x kinds: log odds that a sentence is of a kind."""
        total = np.zeros((len(found.spans), len(self.kinds)), np.float32)
        for name, weight in WEIGHTS.items():
            rows = self._rows(found.blocks[name]) * np.float32(weight)
            total += rows[found.passage_of] if name in ("chunk", "heading") else rows
        result: Scores = total * self.scales + self.bias
        return result

    def _rows(self, block: Block) -> Scores:
        """Rows of length 1 times weights."""
        values = weighted(block, self.idf)
        out = np.zeros((len(block.starts) - 1, len(self.kinds)), np.float32)
        for first, last in _slabs(block.starts):
            starts = block.starts[first:last]
            filled = np.flatnonzero(block.starts[first + 1 : last + 1] > starts)
            if not len(filled):
                continue
            low, high = int(starts[0]), int(block.starts[last])
            gathered = self.weights[block.buckets[low:high]] * values[low:high, None]
            out[first + filled] = np.add.reduceat(gathered, starts[filled] - low, axis=0)
        return out

    def probabilities(self, texts: Sequence[tuple[str, str]]) -> Scores:
        """One row for each (section, text), one column for each kind, values 0..1."""
        found = features([Passage(section, text) for section, text in texts])
        return self.likely(found, self.scores(found), len(texts))

    def chunks(self, pieces: Sequence[Chunk]) -> Scores:
        """Chunks x kinds: how likely a chunk holds a sentence of a kind, 0..1."""
        found = features([passage_of(piece) for piece in pieces])
        return self.likely(found, self.scores(found), len(pieces))

    def likely(self, found: Features, scores: Scores, count: int) -> Scores:
        """Passages x kinds: how likely a passage is of a kind, by its likeliest sentence, 0..1."""
        best = np.full((count, len(self.kinds)), -np.inf, np.float32)
        np.maximum.at(best, found.passage_of, scores)
        return odds(best)


def odds(scores: Scores) -> Scores:
    """Log odds as probabilities."""
    likely: Scores = np.reciprocal(1 + np.exp(-np.clip(scores, -60, 60)), dtype=np.float32)
    return likely


def weighted(block: Block, idf: Scores) -> Scores:
    """The block's values with each row brought to length 1."""
    values: Scores = block.values * idf[block.buckets]
    row = np.repeat(np.arange(len(block.starts) - 1), np.diff(block.starts))
    squares = np.bincount(row, np.square(values), len(block.starts) - 1).astype(np.float32)
    values /= np.sqrt(squares)[row]
    return values


def _slabs(starts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of rows with about `_SLAB` features each."""
    first, rows = 0, len(starts) - 1
    while first < rows:
        last = int(np.searchsorted(starts, starts[first] + _SLAB, side="right")) - 1
        last = min(max(last, first + 1), rows)
        yield first, last
        first = last


def passage_of(chunk: Chunk) -> Passage:
    return Passage(" ".join((*chunk.path[-1:], chunk.section)), chunk.text, chunk.start)


def digest(text: str) -> str:
    """By which an artifact knows the contracts it was trained on."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@lru_cache(maxsize=1)
def shipped() -> Tagger:
    """The tagger of the product, read once."""
    return Tagger.load()


def tag(chunks: Sequence[Chunk], tagger: Tagger | None = None) -> tuple[Chunk, ...]:
    """The chunks with their `kinds`: at most `MOST`, most likely first, none under `LEAST`."""
    tagger = tagger or shipped()
    tagged: list[Chunk] = []
    for at in range(0, len(chunks), _BATCH):
        part = chunks[at : at + _BATCH]
        found = features([passage_of(chunk) for chunk in part])
        scores = tagger.scores(found)
        likely = tagger.likely(found, scores, len(part))
        starts = np.searchsorted(found.passage_of, np.arange(len(part) + 1)).tolist()
        for number, chunk in enumerate(part):
            rows = slice(starts[number], starts[number + 1])
            tagged.append(_tagged(chunk, tagger, likely[number], scores[rows], found.spans[rows]))
    return tuple(tagged)


def _tagged(
    chunk: Chunk, tagger: Tagger, likely: Scores, scores: Scores, spans: "NDArray[np.int64]"
) -> Chunk:
    order = [int(at) for at in np.argsort(-likely)[:MOST] if likely[at] >= LEAST]
    runs = [run(scores[:, at].tolist(), float(tagger.passage[at])) for at in order]
    answers = [
        (chunk.start + int(spans[first, 0]), chunk.start + int(spans[last, 1])) for first, last in runs
    ]
    kinds = tuple((tagger.kinds[at], round(float(likely[at]), 3)) for at in order)
    return chunk.model_copy(update={"kinds": kinds, "answers": tuple(answers)})
