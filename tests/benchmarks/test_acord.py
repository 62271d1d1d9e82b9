"""Clause search on graded relevance: the measure, the weights, and that no question sees its own answers."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.acord import Judged, Search, chosen, load, mean_ndcg, ndcg, weighted

CLAUSES = {
    "a": "Neither party may assign this agreement without consent of the other party.",
    "b": "The liability of the supplier is capped at the fees of one year.",
    "c": "This agreement is governed by the laws of Sweden.",
    "d": "In no event shall liability exceed the sums paid under this agreement.",
}
QUERIES = {"law": "governing law", "cap": "cap on liability", "assign": "anti-assignment"}
GRADES = {
    "train": [("law", "c", 4), ("law", "a", 0), ("law", "b", 0), ("assign", "a", 3), ("assign", "c", 0)],
    "valid": [("cap", "b", 4), ("cap", "d", 3), ("cap", "a", 0), ("cap", "c", 0)],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, held in (("corpus", CLAUSES), ("queries", QUERIES)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in held.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    (tmp_path / "qrels").mkdir()
    for split, rows in GRADES.items():
        with (tmp_path / "qrels" / f"{split}.tsv").open("w", newline="") as file:
            csv.writer(file, delimiter="\t").writerows([("query-id", "corpus-id", "score"), *rows])
    return tmp_path


def test_ndcg_takes_grades_as_gains() -> None:
    grades = np.array([4.0, 0.0, 2.0])
    assert ndcg(np.array([3, 2, 1], np.float32), grades) == pytest.approx((4 + 2 / 2) / (4 + 2 / np.log2(3)))
    assert ndcg(np.array([3, 1, 2], np.float32), grades) == pytest.approx(1)
    assert ndcg(np.array([1, 2], np.float32), np.zeros(2)) == 0


def test_only_the_first_five_count() -> None:
    grades = np.array([0.0] * 5 + [4.0])
    assert ndcg(np.arange(6, 0, -1, np.float32), grades) == 0


def test_questions_keep_their_pools(data: Path) -> None:
    clauses, judged = load(data)
    assert clauses == list(CLAUSES.values())
    assert {each.text: (each.split, len(each.pool)) for each in judged} == {
        "governing law": ("train", 3),
        "anti-assignment": ("train", 2),
        "cap on liability": ("valid", 4),
    }


def test_the_search_finds_what_is_meant(data: Path) -> None:
    clauses, judged = load(data)
    search = Search(clauses, judged)
    parts = search.parts()
    weights = chosen(judged, parts)
    assert mean_ndcg(judged, weighted(parts, weights), "valid") > 0.9
    assert np.argmax(search.bm25[0]) == judged[0].pool.tolist().index(2)


def test_no_question_sees_its_own_answers(data: Path) -> None:
    clauses, judged = load(data)
    before = Search(clauses, judged).alike
    law = judged[0]
    turned = [Judged(law.text, law.split, law.pool, law.grades[::-1].copy()), *judged[1:]]
    after = Search(clauses, turned).alike
    assert np.allclose(before[0], after[0])
    assert not np.allclose(before[2], after[2])
