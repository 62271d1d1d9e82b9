"""Does a described clause find the clauses meant? ACORD's graded relevance, our search against BM25.

    python -m benchmarks.acord --data DIR [--json]

DIR holds ACORD (The Atticus Project, CC BY 4.0) as `corpus.jsonl` and `queries.jsonl` (`_id`, `text`) and
`qrels/train.tsv` and `qrels/valid.tsv` (query, clause, grade 0 to 4). A question is ranked among the clauses
that were judged for it; NDCG@5 takes the grade as gain.

BM25 is the product's own sparse vectors. The search adds its embedding, words that the best clauses of a
first ranking share, and clauses that answered like questions among those of `train`. How much each counts is
chosen on `train`, where no question sees its own answers; `valid` is ranked once, with that.
"""

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embed import vectors
from retrieval.engine import Sparse, words_asked, words_of

TOP = 5
FEEDBACK = 8
"""Clauses of the first ranking whose words are added to the question."""
STEPS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Weights that are tried."""
SHARPNESS = 6
"""How much more a question of `train` counts that is more like the one asked."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Judged:
    """A question with the clauses judged for it: places in the corpus and their grades."""

    text: str
    split: str
    pool: NDArray[np.int64]
    grades: NDArray[np.float64]


def load(data: Path) -> tuple[list[str], list[Judged]]:
    """The clauses, and the questions of both splits."""
    clauses = _lines(data / "corpus.jsonl")
    queries = _lines(data / "queries.jsonl")
    place = {name: at for at, name in enumerate(clauses)}
    judged = []
    for split in ("train", "valid"):
        with (data / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t"))[1:]
        grades: dict[str, dict[int, float]] = {}
        for query, clause, grade in rows:
            grades.setdefault(query, {})[place[clause]] = float(grade)
        for query, held in grades.items():
            pool = np.array(sorted(held), np.int64)
            judged.append(Judged(queries[query], split, pool, np.array([held[at] for at in pool.tolist()])))
    return list(clauses.values()), judged


def _lines(path: Path) -> dict[str, str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {row["_id"]: row["text"] for row in rows}


class Search:
    """Rankings of the judged clauses; every score is a row for each question, in the order of its pool."""

    def __init__(self, clauses: Sequence[str], judged: Sequence[Judged]) -> None:
        self.judged = judged
        held, asked = [words_of(text) for text in clauses], [words_asked(each.text) for each in judged]
        known = {
            word: at for at, word in enumerate(sorted({w for row in (*held, *asked) for w in row.indices}))
        }
        self.words, self.asked = _dense(held, known), _dense(asked, known)
        holding = (self.words > 0).sum(axis=0)
        self.idf = np.log(1 + (len(clauses) - holding + 0.5) / (holding + 0.5)).astype(np.float32)
        self.meaning, self.wanted = vectors(clauses), vectors([each.text for each in judged])

    @cached_property
    def bm25(self) -> list[Matrix]:
        return [self.words[j.pool] @ (row * self.idf) for j, row in zip(self.judged, self.asked, strict=True)]

    @cached_property
    def embedding(self) -> list[Matrix]:
        return [self.meaning[j.pool] @ row for j, row in zip(self.judged, self.wanted, strict=True)]

    @cached_property
    def unit(self) -> Matrix:
        """The clauses' words, each row of length 1."""
        return _unit(self.words * self.idf)

    @cached_property
    def feedback(self) -> list[Matrix]:
        """Likeness to the first clauses by words and meaning."""
        found = []
        for at, each in enumerate(self.judged):
            first = each.pool[np.argsort(-_even(self.bm25[at]) - _even(self.embedding[at]))[:FEEDBACK]]
            found.append(self.unit[each.pool] @ self.unit[first].mean(axis=0))
        return found

    @cached_property
    def alike(self) -> list[Matrix]:
        """Likeness to what answered like questions of `train`, never to the question's own answers."""
        train = [at for at, each in enumerate(self.judged) if each.split == "train"]
        usual = self.unit.mean(axis=0)
        answers = [self.judged[at].grades @ self.unit[self.judged[at].pool] for at in train]
        answers = [row / self.judged[at].grades.sum() - usual for row, at in zip(answers, train, strict=True)]
        asked = _unit(self.asked * self.idf)
        like = np.maximum((asked @ asked[train].T + self.wanted @ self.wanted[train].T) / 2, 0) ** SHARPNESS
        like[train, np.arange(len(train))] = 0
        found = []
        for at, each in enumerate(self.judged):
            meant = (like[at] / max(float(like[at].sum()), 1e-9)) @ np.stack(answers)
            found.append(self.unit[each.pool] @ meant.astype(np.float32))
        return found

    def parts(self) -> dict[str, list[Matrix]]:
        named = {
            "bm25": self.bm25,
            "embedding": self.embedding,
            "feedback": self.feedback,
            "alike": self.alike,
        }
        return {name: [_even(row) for row in rows] for name, rows in named.items()}


def _dense(rows: Sequence[Sparse], known: Mapping[int, int]) -> Matrix:
    out = np.zeros((len(rows), len(known)), np.float32)
    for at, row in enumerate(rows):
        out[at, [known[word] for word in row.indices]] = row.values
    return out


def _unit(rows: Matrix) -> Matrix:
    scaled: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return scaled


def _even(row: Matrix) -> Matrix:
    """Scores of one question with mean 0 and spread 1."""
    even: Matrix = (row - row.mean()) / max(float(row.std()), 1e-9)
    return even


def ndcg(scores: Matrix, grades: NDArray[np.float64]) -> float:
    """NDCG@5 of one question, grades as gains."""
    discount = 1 / np.log2(np.arange(2, TOP + 2))[: len(grades)]
    best = np.sort(grades)[::-1][:TOP] @ discount
    found = grades[np.argsort(-scores, kind="stable")[:TOP]] @ discount
    return float(found / best) if best else 0.0


def mean_ndcg(judged: Sequence[Judged], scores: Sequence[Matrix], split: str) -> float:
    found = [ndcg(row, j.grades) for j, row in zip(judged, scores, strict=True) if j.split == split]
    return float(np.mean(found))


def weighted(parts: Mapping[str, Sequence[Matrix]], weights: Mapping[str, float]) -> list[Matrix]:
    rows = zip(*(parts[name] for name in weights), strict=True)
    factors = np.array(list(weights.values()), np.float32)
    return [factors @ np.stack(row) for row in rows]


def chosen(judged: Sequence[Judged], parts: Mapping[str, Sequence[Matrix]]) -> dict[str, float]:
    """Weights found on `train`, one after the other until none can be bettered."""
    weights = dict.fromkeys(parts, 1.0)
    best, before = mean_ndcg(judged, weighted(parts, weights), "train"), -1.0
    while best > before:
        before = best
        for name in weights:
            for step in STEPS:
                tried = {**weights, name: step}
                found = mean_ndcg(judged, weighted(parts, tried), "train")
                if found > best + 1e-9:
                    best, weights = found, tried
    return weights


def report(data: Path) -> dict[str, Any]:
    clauses, judged = load(data)
    parts = Search(clauses, judged).parts()
    weights = chosen(judged, parts)
    rankings = {**parts, "search": weighted(parts, weights)}
    return {
        "clauses": len(clauses),
        "queries": {split: sum(j.split == split for j in judged) for split in ("train", "valid")},
        "weights": weights,
        "ndcg_at_5": {
            name: {split: round(mean_ndcg(judged, rows, split), 4) for split in ("train", "valid")}
            for name, rows in rankings.items()
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    body = report(options.data)
    if options.json:
        print(json.dumps(body, indent=1))
        return
    print(f"{body['clauses']} clauses, {body['queries']['valid']} questions; weights {body['weights']}")
    for name, row in body["ndcg_at_5"].items():
        print(f"{name:12}NDCG@5  valid {row['valid']:.3f}  train {row['train']:.3f}")


if __name__ == "__main__":
    main()
