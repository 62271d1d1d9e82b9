"""Do questions find their clause? Questions about real contracts, all of them in one index.

    python -m benchmarks.retrieval --data DIR --out FILE [--without-names] [--taggers FOLDER] [--json]

DIR holds contracts as `contracts/*.txt` and `queries.json`, a list of `query`, `contract` and `spans`: CUAD
v1 (The Atticus Project, CC BY 4.0) in the form of LegalBench-RAG. Every contract is put into one index of the
product (Qdrant Edge) under the name of its file, and every question goes through its search. FILE gets a line
for each question: {"query": number, "results": [[contract, start, end], ...], "ms": time of the search}.

The first results are the sentences that answer; the clauses they stand in follow, best first. Taggers have
not seen the contracts they tag or search (benchmarks/held_out.py); --taggers keeps the folds' taggers for
another run. --without-names asks only what follows the names of contract and parties, in all contracts at
once.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.held_out import Unseen, unseen
from obligations.document import Chunk
from retrieval.chunk import chunk
from retrieval.embed import Bundled
from retrieval.engine_edge import EdgeEngine
from retrieval.index import ContractEntry, Hit, Index, SearchScope
from retrieval.named import question_proper
from retrieval.parse import parse
from retrieval.tag import tag

BUDGET = 16_000
LIMIT = 40
"""Chunks asked for: more than fit into the budget."""
SENTENCES = 3
"""Of so many first hits the answering sentences go before all clauses."""
WHOLE = 8
"""So many clauses are shown whole, as many as a search gives without being told; then sentences again."""
ALL = SearchScope()

Result = tuple[str, int, int]


def fill(index: Index, data: Path, held: Sequence[Unseen]) -> None:
    for each in held:
        path = data / "contracts" / f"{each.contract.name}.txt"
        document = parse(path.read_bytes(), path.name)
        pieces: Sequence[Chunk] = tag(chunk(document), each.tagger)
        index.put(ContractEntry(path.stem, document.id, title_of(path.stem)), pieces)


def title_of(stem: str) -> str:
    """The name of a file as words."""
    return " ".join(stem.replace("_", " ").split())


def results_of(hits: Sequence[Hit]) -> list[Result]:
    """What a reader is shown: the first answering sentences, the first clauses whole, the sentences of the
    others and at last their clauses, each text once."""
    answers = [(hit.contract_id, hit.start, hit.end) for hit in hits]
    clauses = [(hit.contract_id, hit.chunk.start, hit.chunk.end) for hit in hits]
    shown = (*answers[:SENTENCES], *clauses[:WHOLE], *answers[WHOLE:], *clauses[WHOLE:])
    return list(dict.fromkeys(shown))


def ask(index: Index, questions: Sequence[str]) -> Iterator[tuple[list[Result], float]]:
    """Results of each question and the milliseconds its search took."""
    for question in questions:
        began = time.perf_counter()
        hits = index.search(question, scope=ALL, limit=LIMIT)
        took = (time.perf_counter() - began) * 1000
        yield results_of(hits), took


@dataclass
class Tally:
    """Sums over questions, as the scorer of LegalBench-RAG's form counts them."""

    asked: int = 0
    first: float = 0
    contract: int = 0
    recall: float = 0

    def add(self, query: Mapping[str, Any], results: Sequence[Result]) -> None:
        self.asked += 1
        gold = query["spans"]
        if results and results[0][0] == query["contract"]:
            self.contract += 1
            self.first += _shared(gold, [results[0]]) / (results[0][2] - results[0][1])
        taken, used = [], 0
        for result in results:
            used += result[2] - result[1]
            if used > BUDGET:
                break
            taken.append(result)
        mine = [result for result in taken if result[0] == query["contract"]]
        self.recall += _shared(gold, mine) / len(_places(gold))


def _places(spans: Sequence[Sequence[int]]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


def _shared(gold: Sequence[Sequence[int]], results: Sequence[Result]) -> int:
    return len(_places(gold) & _places([(start, end) for _, start, end in results]))


def report(queries: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    tally = Tally()
    for query, row in zip(queries, rows, strict=True):
        tally.add(query, [(contract, start, end) for contract, start, end in row["results"]])
    times = sorted(row["ms"] for row in rows)
    return {
        "queries": tally.asked,
        "precision_at_1": round(tally.first / tally.asked, 4),
        f"recall_at_{BUDGET}_chars": round(tally.recall / tally.asked, 4),
        "contract_at_1": round(tally.contract / tally.asked, 4),
        "ms_p50": round(statistics.median(times), 2),
        "ms_p95": round(times[int(0.95 * (len(times) - 1))], 2),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without-names", action="store_true")
    parser.add_argument("--taggers", type=Path, help="folder that keeps the folds' taggers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    queries = json.loads((options.data / "queries.json").read_text(encoding="utf-8"))
    held = unseen(options.data, options.taggers)
    model = Bundled()
    with tempfile.TemporaryDirectory() as home:
        index = Index(EdgeEngine(Path(home), model.name, model.dimension), model)
        fill(index, options.data, held)
        index.search("the first question loads the models", scope=ALL)
        asked = [query["query"] for query in queries]
        if options.without_names:
            asked = [question_proper(question) for question in asked]
        rows = [
            {"query": at, "results": results, "ms": round(took, 3)}
            for at, (results, took) in enumerate(ask(index, asked))
        ]
        index.close()
    options.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    body = {"contracts": len(held), **report(queries, rows)}
    print(
        json.dumps(body) if options.json else "\n".join(f"{name:24}{value}" for name, value in body.items())
    )


if __name__ == "__main__":
    main()
