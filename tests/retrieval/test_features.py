"""The tagger's view of a text: sentences, words by their hash, and rows that do not depend on the company."""

import numpy as np
import pytest

from retrieval.features import BUCKETS, Block, Passage, features, sentences, words


def rows(block: Block) -> list[list[int]]:
    return [block.buckets[a:b].tolist() for a, b in zip(block.starts[:-1], block.starts[1:], strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ends in May. It renews by itself.", ["It ends in May.", "It renews by itself."]),
        ("Acme Inc. shall pay. No. 4 applies.", ["Acme Inc. shall pay.", "No. 4 applies."]),
        ("A heading of its own\nThe text below it.", ["A heading of its own", "The text below it."]),
        ("  spaces around  ", ["spaces around"]),
        ("", []),
        (" \n ", []),
        ("—", ["—"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_a_long_sentence_is_cut_at_its_items() -> None:
    item = "the supplier shall keep every part of the system in good order and repair it when it breaks down"
    text = f"{item * 3}; {item * 2}; {item}"
    assert [text[s:e].count(item) for s, e in sentences(text)] == [3, 2, 1]


def test_words_are_alike_whatever_their_letters_and_where_they_stand() -> None:
    whole, stems, starts = words("Pay PAY pay paying 30 45 450 €")
    assert starts.tolist() == [0, 4, 8, 12, 19, 22, 25, 29]
    assert len(set(whole[:3].tolist())) == 1
    assert whole[3] != whole[0]
    assert whole[4] == whole[5] != whole[6]
    assert words("terminated")[1] == words("termination")[1]
    assert stems[0] != stems[3]
    assert len(words("")[0]) == 0


def test_sentences_see_their_chunk_and_nothing_outside_it() -> None:
    first, second = (
        Passage("2 Fees", "The fee is due. It is paid in euro.", 40),
        Passage("3", "Other words.", 90),
    )
    alone, among = features([first]), features([first, second])
    assert alone.spans.tolist() == among.spans[:2].tolist()
    assert among.passage_of.tolist() == [0, 0, 1]
    for name, block in alone.blocks.items():
        held = rows(block)
        assert held == rows(among.blocks[name])[: len(held)], name


def test_the_sentence_beside_counts() -> None:
    plain, other = (
        features([Passage("", f"The fee is due. {more}")]) for more in ("It is late.", "All is well.")
    )
    assert rows(plain.blocks["own"])[0] == rows(other.blocks["own"])[0]
    assert rows(plain.blocks["beside"])[0] != rows(other.blocks["beside"])[0]


def test_values_are_damped_counts_in_known_buckets() -> None:
    block = features([Passage("", "fee fee fee")]).blocks["chunk"]
    assert np.allclose(block.values, [1 + np.log(3)])
    assert 0 <= block.buckets[0] < BUCKETS


def test_nothing_has_no_rows() -> None:
    nothing = features([])
    assert nothing.spans.shape == (0, 2)
    assert all(len(block.starts) == 1 for block in nothing.blocks.values())
