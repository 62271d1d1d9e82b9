"""What an engine of the index does, and the schema that both engines share.

A point is one chunk of one contract: a dense vector (meaning), a sparse vector (BM25 words), a flat payload.
Nothing here knows contracts; `retrieval.index` fills and asks, `engine_edge` and `engine_server` keep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

SCHEMA = 4
"""Raise it when payload or vectors change: an index of another schema is refused, not misread."""
DENSE, WORDS = "dense", "words"
KEYWORDS = ("contract", "document", "party", "business_unit", "kinds", "numbers", "opening", "digest")
DATES = ("effective_on", "expires_on")
USUAL_WORDS = 110
"""Words of a usual chunk, for BM25's length correction."""


@dataclass(frozen=True)
class Sparse:
    indices: list[int]
    values: list[float]


@dataclass(frozen=True)
class Point:
    """`id` is a UUID as text; `dense` has the length the engine was opened with."""

    id: str
    dense: list[float]
    words: Sparse
    payload: dict[str, Any]


@dataclass(frozen=True)
class Where:
    """Every field of `among` holds one of its values, and the point is none of `except_ids`."""

    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    except_ids: Sequence[str] = ()


@dataclass(frozen=True)
class Nearest:
    """One ranked list: the `limit` points nearest to a vector among those that fit `where`.

    `fields` of the payload come with each point, all without it: most of the time of a list is its text.
    """

    vector: list[float] | Sparse
    where: Where
    limit: int
    fields: Sequence[str] | None = None


@dataclass(frozen=True)
class Found:
    """A point of a ranked list with its similarity."""

    id: str
    score: float
    payload: dict[str, Any]


class Engine(Protocol):
    """Keeps points and ranks them. Raises errors of `retrieval.errors.IndexError_` only."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Add points or replace those of the same id, all or none."""
        ...

    def delete(self, where: Where) -> None: ...

    def count(self, where: Where) -> int: ...

    def nearest(self, lists: Sequence[Nearest]) -> list[list[Found]]:
        """One list of points for each of `lists`, best first."""
        ...

    def payloads(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The whole payload of points by id; one that is gone is left out."""
        ...

    def clear(self) -> None:
        """Forget all points, and with them what they were made with."""
        ...

    def close(self) -> None: ...


@lru_cache(maxsize=1)
def _bm25() -> Any:
    from qdrant_edge import Bm25, Bm25Config

    return Bm25(Bm25Config(language="english", avg_len=USUAL_WORDS))


def words_of(text: str) -> Sparse:
    """BM25 weights of a text to be found. The engine multiplies by inverse document frequency."""
    vector = _bm25().embed_document(text)
    return Sparse(list(vector.indices), list(vector.values))


def words_asked(text: str) -> Sparse:
    """The words of a question, each with weight 1."""
    vector = _bm25().embed_query(text)
    return Sparse(list(vector.indices), list(vector.values))
