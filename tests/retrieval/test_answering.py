"""The sentences that answer, and contracts known by what their own opening calls them."""

from pathlib import Path

import numpy as np
import pytest

from obligations.document import Chunk
from retrieval.answering import answering
from retrieval.index import ContractEntry, Index
from retrieval.tag import shipped
from tests.retrieval.indexed import ALL, chunks, edge

LAW = (
    "This Agreement shall be governed by and construed in accordance with the laws of the State of New York."
)
TEXT = f"Headings are for convenience only. {LAW} The parties may sign this document in two copies."


def chunk(text: str = TEXT, start: int = 100) -> Chunk:
    return Chunk(id="c", document_id="d", start=start, end=start + len(text), text=text, section="14 General")


def test_the_sentence_of_the_kind_is_the_answer() -> None:
    ((start, end),) = answering([(shipped(), chunk())], ["governing_law"])
    assert TEXT[start - 100 : end - 100] == LAW


def test_without_a_known_kind_all_of_the_chunk_is() -> None:
    assert answering([(shipped(), chunk())], ["no_such_kind"]) == [(100, 100 + len(TEXT))]
    assert answering([(shipped(), chunk(" ", 5))], ["governing_law"]) == [(5, 6)]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = edge(tmp_path)
    openings = (
        "SUPPLY AGREEMENT between Birch Foods Inc. and Cedar Mills LLC.",
        "SUPPLY AGREEMENT between Elm Retail plc and Dogwood Systems GmbH.",
    )
    for number, opening in enumerate(openings):
        pieces = chunks(f"doc-{number}", ("", opening), ("14 General", TEXT, (("governing_law", 0.9),)))
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


def test_another_tagger_may_find_the_answer(tmp_path: Path) -> None:
    from dataclasses import replace

    deaf = replace(shipped(), kinds=tuple(f"other_{kind}" for kind in shipped().kinds))
    asked: list[str] = []

    def tagger_of(contract: str) -> object:
        asked.append(contract)
        return deaf

    plain = edge(tmp_path)
    made = Index(plain.engine, plain.model, tagger_of)  # type: ignore[arg-type]
    made.put(ContractEntry("one", "doc", "file"), chunks("doc", ("14", TEXT, (("governing_law", 0.9),))))
    (hit,) = made.search("Which law governs?", scope=ALL)
    assert asked == ["one"]
    assert np.array_equal((hit.start, hit.end), (hit.chunk.start, hit.chunk.end))
    made.close()
