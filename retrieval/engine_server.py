"""The engine for more than one process or machine: a collection of a Qdrant server or cluster.

The same vectors, payload and payload indexes as the embedded engine.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from retrieval.engine import DATES, DENSE, KEYWORDS, SCHEMA, WORDS, Found, Nearest, Point, Sparse, Where
from retrieval.errors import IndexMismatch
from retrieval.index_errors import IndexUnreachable

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

COLLECTION = "pacta"
TIMEOUT = 30
"""Seconds for one request."""


def connect(url: str, api_key: str | None = None) -> "QdrantClient":
    """A client of the server at `url`."""
    from qdrant_client import QdrantClient

    return QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT, check_compatibility=False)


class ServerEngine:
    """The points in one collection, which is made when it is not there yet."""

    def __init__(self, client: "QdrantClient", embedding: str, dimension: int) -> None:
        self._client = client
        self._dimension = dimension
        self._about = {"schema": SCHEMA, "embedding": embedding, "dimension": dimension}
        self._ready = False

    def upsert(self, points: Sequence[Point]) -> None:
        from qdrant_client import models

        if not points:
            return
        made = [
            models.PointStruct(
                id=point.id,
                vector={
                    DENSE: point.dense,
                    WORDS: models.SparseVector(indices=point.words.indices, values=point.words.values),
                },
                payload=point.payload,
            )
            for point in points
        ]
        with self._open() as client:
            client.upsert(COLLECTION, made, wait=True)

    def delete(self, where: Where) -> None:
        from qdrant_client import models

        with self._open() as client:
            client.delete(COLLECTION, models.FilterSelector(filter=_filter(where)), wait=True)

    def count(self, where: Where) -> int:
        with self._open() as client:
            return int(client.count(COLLECTION, count_filter=_filter(where), exact=True).count)

    def nearest(self, lists: Sequence[Nearest]) -> list[list[Found]]:
        if not lists:
            return []
        with self._open() as client:
            ranked = client.query_batch_points(COLLECTION, [_request(wanted) for wanted in lists])
        return [[Found(str(p.id), p.score, p.payload or {}) for p in answer.points] for answer in ranked]

    def payloads(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        if not ids:
            return {}
        with self._open() as client:
            found = client.retrieve(COLLECTION, list(ids), with_payload=True)
        return {str(point.id): point.payload or {} for point in found}

    def clear(self) -> None:
        with self._open(prepare=False) as client:
            client.delete_collection(COLLECTION)
            self._ready = False

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _open(self, *, prepare: bool = True) -> "Iterator[QdrantClient]":
        from qdrant_client.http.exceptions import ApiException

        try:
            if prepare and not self._ready:
                self._prepare()
            yield self._client
        except (ApiException, OSError) as error:
            raise IndexUnreachable(f"the Qdrant server failed: {error}") from error

    def _prepare(self) -> None:
        from qdrant_client import models

        client, words = self._client, models.SparseVectorParams(modifier=models.Modifier.IDF)
        if client.collection_exists(COLLECTION):
            self._compare()
        else:
            client.create_collection(
                COLLECTION,
                vectors_config={
                    DENSE: models.VectorParams(size=self._dimension, distance=models.Distance.DOT)
                },
                sparse_vectors_config={WORDS: words},
                metadata=self._about,
            )
        kinds = models.PayloadSchemaType
        for key, kind in [*((k, kinds.KEYWORD) for k in KEYWORDS), *((d, kinds.DATETIME) for d in DATES)]:
            client.create_payload_index(COLLECTION, key, kind)
        self._ready = True

    def _compare(self) -> None:
        config = self._client.get_collection(COLLECTION).config
        held = config.metadata
        if held is not None and held != self._about:
            raise IndexMismatch(f"the collection {COLLECTION!r} was made with {held}, this is {self._about}")


def _filter(where: Where) -> "models.Filter":
    from qdrant_client import models

    among: list[Any] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        for key, values in where.among.items()
    ]
    but: list[Any] = [models.HasIdCondition(has_id=list(where.except_ids))] if where.except_ids else []
    return models.Filter(must=among, must_not=but)


def _request(wanted: Nearest) -> "models.QueryRequest":
    from qdrant_client import models

    vector: Any = wanted.vector
    name = DENSE
    if isinstance(vector, Sparse):
        name, vector = WORDS, models.SparseVector(indices=vector.indices, values=vector.values)
    fields = True if wanted.fields is None else list(wanted.fields)
    return models.QueryRequest(
        query=vector, using=name, filter=_filter(wanted.where), limit=wanted.limit, with_payload=fields
    )
