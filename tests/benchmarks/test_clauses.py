"""Clauses found in contracts: spans, presence, and that nothing is measured with a tagger trained on it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import held_out
from benchmarks.clauses import found_in, joined, report
from benchmarks.held_out import Unseen, unseen
from retrieval.tag import Tagger, digest, shipped
from retrieval.training import labelled, of_span, read_contract, told_apart

TEXT = (
    "1. Term. This Agreement lasts three years from the Effective Date.\n\n"
    "2. Law. This Agreement is governed by the laws of the State of New York.\n\n"
    "3. Weather. The sky was blue over the lake and nobody minded the rain.\n"
)
LAW = "This Agreement is governed by the laws of the State of New York."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "one.txt").write_text(TEXT)
    return tmp_path


def test_the_clause_is_found_at_its_place(data: Path) -> None:
    (held,) = unseen(data)
    (span,) = found_in(held)["Governing Law"]
    assert LAW in TEXT[slice(*span)]
    assert "Insurance" not in found_in(held)


def test_a_kind_below_its_score_is_not_there(data: Path) -> None:
    (held,) = unseen(data)
    never = replace(held.tagger, presence=np.full(len(held.tagger.kinds), 100, np.float32))
    assert found_in(Unseen(held.contract, never)) == {}


def test_a_contract_of_no_text_has_no_clauses(data: Path) -> None:
    (held,) = unseen(data)
    assert found_in(Unseen(replace(held.contract, passages=()), held.tagger)) == {}


def test_a_contract_the_shipped_tagger_knows_is_not_given_to_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows = replace(shipped(), trained_on=frozenset([digest(TEXT)]))
    monkeypatch.setattr(held_out, "shipped", lambda: knows)
    with pytest.raises(FileNotFoundError, match="annotations"):
        unseen(data)


def test_no_contracts(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no contracts"):
        unseen(tmp_path)


def test_sentences_side_by_side_are_one_span() -> None:
    assert joined([(0, 10), (11, 20), (30, 40)]) == [[0, 20], [30, 40]]
    assert joined([]) == []


def test_presence_counts_contracts() -> None:
    gold = {"a": {"X": [[0, 1]]}, "b": {"X": [[0, 1]]}, "c": {"X": []}}
    mine = {"a": {"X": [[5, 9]]}, "c": {"X": [[0, 1]]}}
    row = report(gold, mine)["kinds"]["X"]
    assert row == {"contracts": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_labels_are_sentences_that_share_half() -> None:
    ranges = np.array([[0, 10], [10, 20], [20, 60]])
    assert of_span(ranges, 4, 20).tolist() == [True, True, False]
    assert of_span(ranges, 22, 26).tolist() == [False, False, True]
    assert of_span(ranges, 30, 30).tolist() == [False, False, False]


def test_the_score_of_presence_parts_what_can_be_parted(data: Path) -> None:
    kinds = ("governing_law",)
    contract = read_contract(
        data / "contracts" / "one.txt", {"Governing Law": [[TEXT.index(LAW), len(TEXT)]]}
    )
    holds, lacks = (
        labelled(contract, kinds, weak=False),
        labelled(replace(contract, spans={}), kinds, weak=False),
    )
    high, low = np.full((len(holds.kinds), 1), -4, np.float32), np.full((len(holds.kinds), 1), -4, np.float32)
    high[holds.kinds[:, 0] > 0] = 3
    low[0] = -2
    empty = np.zeros(1, np.float32)
    tagger = Tagger(kinds, np.zeros((1, 1), np.int8), empty, empty, empty, empty, empty)
    told = told_apart(tagger, [(holds, high), (lacks, low)] * 5, kinds)
    assert -2 < told.presence[0] < 3
    assert -4 < told.passage[0] <= 3


def test_a_text_filed_twice_falls_into_one_fold() -> None:
    digests = [f"{number}" for number in range(40)]
    folds = held_out._fold_of([*digests, *digests])
    assert folds[:40].tolist() == folds[40:].tolist()
    assert set(folds.tolist()) == set(range(held_out.FOLDS))
