"""LlamaIndex over the index: the same points as `put`, and a vector store that keeps to its scope."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import (
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from retrieval.index import Index, SearchScope
from retrieval.pipeline import ClauseStore, UnsupportedQuery, run
from tests.retrieval.indexed import (
    ALL,
    HARBOUR,
    HARBOUR_CHUNKS,
    MERIDIAN,
    MERIDIAN_CHUNKS,
    UNOWNED,
    UNOWNED_CHUNKS,
    edge,
    filled,
    server,
)

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
CONTRACTS = [(HARBOUR, HARBOUR_CHUNKS), (MERIDIAN, MERIDIAN_CHUNKS), (UNOWNED, UNOWNED_CHUNKS)]
IT = SearchScope(business_units=frozenset({"it"}))


@pytest.fixture(params=["edge", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    made = edge(tmp_path) if request.param == "edge" else server()
    yield made
    made.close()


def asked(index: Index, text: str, **more: object) -> VectorStoreQuery:
    given = {"query_embedding": index.model.query(text).tolist(), "similarity_top_k": 3, **more}
    return VectorStoreQuery(**given)  # type: ignore[arg-type]


def test_a_batch_writes_what_put_writes(index: Index, tmp_path: Path) -> None:
    assert run(index, CONTRACTS) == 10
    alone = filled(edge(tmp_path / "alone"))
    for query in ("invoices paid", "clause 4.2", "critical incident"):
        batch, single = index.search(query, scope=ALL), alone.search(query, scope=ALL)
        assert {(hit.chunk.id, hit.contract_id) for hit in batch} == {
            (hit.chunk.id, hit.contract_id) for hit in single
        }
    assert alone.changed(HARBOUR, HARBOUR_CHUNKS) is None is index.changed(HARBOUR, HARBOUR_CHUNKS)
    alone.close()


def test_a_batch_may_be_repeated_and_shortened(index: Index) -> None:
    run(index, CONTRACTS)
    assert run(index, CONTRACTS) == 0
    assert run(index, [(HARBOUR, HARBOUR_CHUNKS[:3]), (MERIDIAN, [])]) == 3
    assert index.count() == 4


def test_the_store_answers_by_meaning_and_by_words(index: Index) -> None:
    store = ClauseStore(filled(index), ALL)
    near = store.query(asked(index, "how fast is a critical incident answered"))
    assert near.nodes is not None
    assert isinstance(near.nodes[0], TextNode)
    assert near.nodes[0].text == "A critical incident is answered within 15 minutes."
    assert near.similarities == sorted(near.similarities or [], reverse=True)
    words = store.query(asked(index, "x", query_str="liability capped", mode=VectorStoreQueryMode.SPARSE))
    assert words.nodes is not None
    assert words.nodes[0].metadata["section"] == "12 Liability"


def test_the_store_keeps_to_its_scope_whatever_is_asked(index: Index) -> None:
    store = ClauseStore(filled(index), IT)
    foreign = MetadataFilters(filters=[MetadataFilter(key="business_unit", value="operations")])
    assert {node.metadata["contract"] for node in store.query(asked(index, "paid")).nodes or []} == {
        "harbour"
    }
    assert store.query(asked(index, "paid", filters=foreign)).nodes == []
    nothing = ClauseStore(index, SearchScope(parties=frozenset()))
    assert nothing.query(asked(index, "paid")).nodes == []


def test_filters_limit_and_unknown_ones_are_refused(index: Index) -> None:
    store = ClauseStore(filled(index), ALL)

    def limited(key: str, value: str | list[str], operator: FilterOperator) -> set[str]:
        filters = MetadataFilters(filters=[MetadataFilter(key=key, value=value, operator=operator)])
        found = store.query(asked(index, "paid", filters=filters, similarity_top_k=20))
        return {node.metadata["contract"] for node in found.nodes or []}

    assert limited("kinds", "payment_due", FilterOperator.EQ) == {"harbour", "meridian"}
    assert limited("contract", ["meridian", "unowned"], FilterOperator.IN) == {"meridian", "unowned"}
    with pytest.raises(UnsupportedQuery, match="title"):
        limited("title", "Old Lease", FilterOperator.EQ)
    with pytest.raises(UnsupportedQuery):
        limited("contract", "harbour", FilterOperator.NE)
    with pytest.raises(UnsupportedQuery, match="mmr"):
        store.query(asked(index, "paid", mode=VectorStoreQueryMode.MMR))


def test_the_store_forgets_a_document(index: Index) -> None:
    ClauseStore(filled(index), ALL).delete("doc-harbour")
    assert index.count() == 3
