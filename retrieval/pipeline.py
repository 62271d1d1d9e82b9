"""The index behind LlamaIndex: its ingestion pipeline for many contracts, its vector store interface.

Importing LlamaIndex and fastembed takes seconds, so nothing imports this module before a batch is to be
indexed; `Index.put` writes the same points of one contract without them (docs/decisions/0002-embedding.md).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, TextNode, TransformComponent
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

from obligations.document import Chunk
from retrieval.embed import Embedding, FastEmbed
from retrieval.engine import KEYWORDS, Found, Nearest, Where, words_asked
from retrieval.errors import RetrievalError
from retrieval.index import Index, SearchScope, where_of
from retrieval.payload import ContractEntry, id_of, point_of, text_of


class UnsupportedQuery(RetrievalError):
    """A query or filter of LlamaIndex that the index does not answer."""

    remedy = "Filter with == or in on " + ", ".join(KEYWORDS) + ", in the default or sparse mode."


class Embed(TransformComponent):
    """Gives each node the vector of its text with title and headings."""

    _model: Embedding = PrivateAttr()

    def __init__(self, model: Embedding) -> None:
        super().__init__()
        self._model = model

    def __call__(self, nodes: Sequence[BaseNode], **_: Any) -> Sequence[BaseNode]:
        rows = self._model.vectors([text_of(node.metadata) for node in nodes]).tolist()
        for node, row in zip(nodes, rows, strict=True):
            node.embedding = row
        return nodes


class ClauseStore(BasePydanticVectorStore):
    """LlamaIndex's view of an index, as one caller may see it: every read carries the scope."""

    stores_text: bool = True
    flat_metadata: bool = False
    _index: Index = PrivateAttr()
    _scope: SearchScope = PrivateAttr()

    def __init__(self, index: Index, scope: SearchScope) -> None:
        super().__init__(stores_text=True)
        self._index, self._scope = index, scope

    @property
    def client(self) -> Any:
        return self._index.engine

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Write nodes made by `node_of`; each must have its embedding."""
        self._index.engine.upsert([point_of(node.metadata, node.get_embedding()) for node in nodes])
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        self._index.remove(ref_doc_id)

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """The nearest nodes by vector (default mode) or by words (sparse mode)."""
        where = where_of(self._scope, None)
        if where is None:
            return VectorStoreQueryResult(nodes=[], similarities=[], ids=[])
        limits = {**_limits(query.filters), **({"document": query.doc_ids} if query.doc_ids else {})}
        for key, values in limits.items():
            held = where.among.get(key)
            where = Where({**where.among, key: [v for v in values if held is None or v in held]})
        ask = Nearest(_vector(query), where, query.similarity_top_k)
        found = self._index.engine.nearest([ask])[0] if all(where.among.values()) else []
        return VectorStoreQueryResult(
            nodes=[_node(hit) for hit in found],
            similarities=[hit.score for hit in found],
            ids=[hit.id for hit in found],
        )


def run(index: Index, contracts: Iterable[tuple[ContractEntry, Sequence[Chunk]]]) -> int:
    """Index many contracts; each as with `Index.put`. Returns how many chunks were written."""
    pipeline = IngestionPipeline(
        transformations=[Embed(FastEmbed(index.model.name))],
        vector_store=ClauseStore(index, SearchScope()),
        disable_cache=True,
    )
    written = 0
    for entry, chunks in contracts:
        payloads = index.changed(entry, chunks)
        if payloads is None:
            continue
        if payloads:
            written += len(pipeline.run(nodes=[node_of(payload) for payload in payloads]))
        index.forget_others(entry.contract_id, payloads)
    return written


def node_of(payload: dict[str, Any]) -> TextNode:
    """A chunk's payload as a node of LlamaIndex."""
    return TextNode(id_=id_of(payload), text=payload["text"], metadata=payload)


def _node(found: Found) -> TextNode:
    return TextNode(id_=found.id, text=found.payload["text"], metadata=found.payload)


def _vector(query: VectorStoreQuery) -> Any:
    if query.mode == VectorStoreQueryMode.DEFAULT and query.query_embedding is not None:
        return list(query.query_embedding)
    if query.mode == VectorStoreQueryMode.SPARSE and query.query_str:
        return words_asked(query.query_str)
    raise UnsupportedQuery(f"the index does not answer a query of mode {query.mode.value!r}")


def _limits(filters: MetadataFilters | None) -> dict[str, list[Any]]:
    """Filters that must all hold, as values by payload key."""
    limits: dict[str, list[Any]] = {}
    if filters is None:
        return limits
    if filters.condition not in (None, FilterCondition.AND):
        raise UnsupportedQuery(f"the index cannot join filters by {filters.condition}")
    for given in filters.filters:
        if not isinstance(given, MetadataFilter) or given.key not in KEYWORDS or given.key in limits:
            raise UnsupportedQuery(f"the index cannot filter by {given}")
        limits[given.key] = _values(given)
    return limits


def _values(given: MetadataFilter) -> list[Any]:
    if given.operator == FilterOperator.EQ:
        return [given.value]
    if given.operator == FilterOperator.IN and isinstance(given.value, list):
        return list(given.value)
    raise UnsupportedQuery(f"the index cannot filter by {given}")
