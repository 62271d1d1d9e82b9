"""The sentences that answer, and contracts known by what their own opening calls them."""

from dataclasses import replace
from pathlib import Path

import pytest

from obligations.document import Chunk
from retrieval.answering import run
from retrieval.index import ContractEntry, Index
from retrieval.tag import shipped, tag
from tests.retrieval.indexed import ALL, chunks, edge

LAW = (
    "This Agreement shall be governed by and construed in accordance with the laws of the State of New York."
)
TEXT = f"Headings are for convenience only. {LAW} The parties may sign this document in two copies."


def chunk(text: str = TEXT, start: int = 100) -> Chunk:
    return Chunk(id="c", document_id="d", start=start, end=start + len(text), text=text, section="14 General")


def test_the_sentence_of_the_kind_is_the_answer() -> None:
    (tagged,) = tag([chunk()])
    start, end = tagged.answer(["governing_law"])
    assert TEXT[start - 100 : end - 100] == LAW
    assert len(tagged.answers) == len(tagged.kinds)


def test_the_first_kind_that_the_chunk_holds_decides() -> None:
    held = chunk().model_copy(
        update={"kinds": (("insurance", 0.9), ("term", 0.4)), "answers": ((100, 110), (110, 120))}
    )
    assert held.answer(["no_such_kind", "term", "insurance"]) == (110, 120)


def test_without_a_known_kind_all_of_the_chunk_is() -> None:
    (tagged,) = tag([chunk()])
    assert tagged.answer(["no_such_kind"]) == (100, 100 + len(TEXT))
    (empty,) = tag([chunk(" ", 5)])
    assert empty.kinds == () and empty.answer(["governing_law"]) == (5, 6)


def test_neighbours_nearly_as_sure_belong_to_the_answer() -> None:
    assert run([-3, 1.5, 2, 1.2, -3], -1) == (1, 3)
    assert run([2, -3, 1.9], -1) == (0, 0)
    assert run([-5], 0) == (0, 0)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = edge(tmp_path)
    openings = (
        "SUPPLY AGREEMENT between Birch Foods Inc. and Cedar Mills LLC.",
        "SUPPLY AGREEMENT between Elm Retail plc and Dogwood Systems GmbH.",
    )
    for number, opening in enumerate(openings):
        pieces = tag(chunks(f"doc-{number}", ("", opening), ("14 General", TEXT)))
        made.put(ContractEntry(f"contract-{number}", f"doc-{number}", f"file {number}"), pieces)
    return made


@pytest.mark.parametrize(
    ("names", "contract"),
    [("Cedar Mills LLC", "contract-0"), ("Dogwood Systems", "contract-1"), ("Birch Foods", "contract-0")],
)
def test_a_contract_is_found_by_the_names_in_its_opening(index: Index, names: str, contract: str) -> None:
    hits = index.search(f"Which law governs the Supply Agreement with {names}?", scope=ALL)
    assert {hit.contract_id for hit in hits} == {contract}
    index.close()


def test_a_hit_says_where_the_answer_stands(index: Index) -> None:
    hit = index.search("Which law governs?", scope=ALL, contracts=["contract-0"])[0]
    assert hit.chunk.text[hit.start - hit.chunk.start : hit.end - hit.chunk.start] == LAW
    whole = index.search("two copies", scope=ALL, contracts=["contract-0"], kinds=[])[0]
    assert (whole.start, whole.end) == (whole.chunk.start, whole.chunk.end)
    index.close()


def test_another_tagger_may_find_the_answer() -> None:
    deaf = replace(shipped(), kinds=tuple(f"other_{kind}" for kind in shipped().kinds))
    (tagged,) = tag([chunk()], deaf)
    assert tagged.answer(["governing_law"]) == (100, 100 + len(TEXT))
    start, end = tagged.answer(["other_governing_law"])
    assert TEXT[start - 100 : end - 100] == LAW


def test_a_remote_kind_ranks_a_search_and_is_no_hint() -> None:
    held = chunk().model_copy(update={"kinds": (("term", 0.4), ("insurance", 0.004))})
    assert held.likely == (("term", 0.4),)
