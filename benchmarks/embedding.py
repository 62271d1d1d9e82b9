"""Which embedding? Retrieval on real contracts with the bundled model, with none, and with any other.

    python -m benchmarks.embedding --data DIR [--model NAME_OR_FOLDER …] [--contracts 40] [--queries 300]

DIR holds CUAD v1 (The Atticus Project, CC BY 4.0) as `contracts/*.txt`, `annotations.json` (label -> spans
for each contract) and `queries.json` (a list of `query`, `contract`, `spans`; the form of LegalBench-RAG).
The public original is found under the name "CUAD v1"; offsets are string indices into the text.

A model is a name that fastembed knows or a folder with `model.onnx` and its tokenizer. Each question names
its contract in words. It is asked twice: with the contract given to the search, and without. Clause kinds
stay out of it (`kinds=()`), since the tagger was trained on these contracts; `--kinds` adds a row with them,
to be read as an upper bound. Recall is the share of the labelled characters found, at 8 results and within
16,000 characters; "first" is the share of the first result's characters that are labelled.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obligations.document import Chunk, Document
from retrieval.chunk import chunk
from retrieval.embed import BUNDLED, MODEL_HOME, Bundled, Embedding, embedding
from retrieval.engine_edge import EdgeEngine
from retrieval.index import ContractEntry, Hit, Index, SearchScope
from retrieval.tag import tag

if TYPE_CHECKING:
    from retrieval.embed import Vectors

BUDGET, TOP, DEPTH = 16_000, 8, 64
TIMED = 500
"""About as many chunks are embedded to time the model alone."""
ALL = SearchScope()


class NoMeaning:
    """Every text means nothing: what remains is BM25."""

    name, dimension = "none", 1

    def vectors(self, texts: Sequence[str]) -> "Vectors":
        import numpy as np

        return np.zeros((len(texts), 1), np.float32)

    def query(self, text: str) -> "Vectors":
        row: Vectors = self.vectors([text])[0]
        return row


@dataclass
class Tally:
    """Sums over questions; `times` in milliseconds."""

    asked: int = 0
    at_budget: float = 0
    at_top: float = 0
    first: float = 0
    contract: float = 0
    times: list[float] = field(default_factory=list)

    def add(self, query: dict[str, Any], hits: Sequence[Hit], took: float) -> None:
        total = sum(end - start for start, end in query["spans"])
        used = found = 0
        self.asked += 1
        self.times.append(took * 1000)
        for place, hit in enumerate(hits):
            size = hit.chunk.end - hit.chunk.start
            right = hit.contract_id == query["contract"]
            shared = _shared(hit.chunk, query["spans"]) if right else 0
            if place == 0:
                self.contract += right
                self.first += shared / size
            if place < TOP:
                self.at_top += shared / total
            if used + size > BUDGET:
                break
            used, found = used + size, found + shared
        self.at_budget += min(1.0, found / total)

    def row(self) -> dict[str, float]:
        times = sorted(self.times)
        return {
            "recall_at_16k": round(self.at_budget / self.asked, 3),
            "recall_at_8": round(self.at_top / self.asked, 3),
            "first": round(self.first / self.asked, 3),
            "contract": round(self.contract / self.asked, 3),
            "ms": round(statistics.median(times), 1),
            "ms_p95": round(times[int(len(times) * 0.95)], 1),
        }


def _shared(piece: Chunk, spans: Sequence[Sequence[int]]) -> int:
    return sum(max(0, min(piece.end, end) - max(piece.start, start)) for start, end in spans)


def sample(data: Path, contracts: int, queries: int, seed: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Contracts and questions about them, drawn at random, the same for the same seed."""
    every = json.loads((data / "queries.json").read_text(encoding="utf-8"))
    draw = random.Random(seed)  # noqa: S311
    names = draw.sample(sorted({query["contract"] for query in every}), contracts)
    about = [query for query in every if query["contract"] in names]
    return names, draw.sample(about, min(queries, len(about)))


def read(data: Path, name: str, labels: dict[str, Any]) -> tuple[ContractEntry, list[Chunk]]:
    """A contract as the product would know it: with its title and a counterparty."""
    with (data / "contracts" / f"{name}.txt").open(encoding="utf-8", newline="") as file:
        text = file.read()
    title = [text[start:end] for start, end in labels[name].get("Document Name", [])][:1]
    parties = [text[start:end] for start, end in labels[name].get("Parties", []) if end - start > 4][:1]
    document = Document(id=name, name=name, media_type="text/plain", text=text)
    return ContractEntry(name, name, " ".join(title), name, " ".join(parties)), list(tag(chunk(document)))


def measure(
    model: Embedding,
    held: Sequence[tuple[ContractEntry, list[Chunk]]],
    queries: Sequence[dict[str, Any]],
    kinds: bool,
) -> dict[str, Any]:
    """Figures of one model: speed of embedding and of indexing, and both ways of asking."""
    texts = [piece.text for _, pieces in held for piece in pieces]
    some = texts[:: max(1, len(texts) // TIMED)]
    model.vectors(some[:16])
    started = time.perf_counter()
    model.vectors(some)
    alone = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as home:
        index = Index(EdgeEngine(Path(home), model.name, model.dimension), model)
        started = time.perf_counter()
        for entry, pieces in held:
            index.put(entry, pieces)
        whole = time.perf_counter() - started
        given, everywhere = Tally(), Tally()
        for query in queries:
            for tally, contracts in ((given, [query["contract"]]), (everywhere, None)):
                started = time.perf_counter()
                hits = index.search(
                    query["query"], scope=ALL, contracts=contracts, kinds=None if kinds else (), limit=DEPTH
                )
                tally.add(query, hits, time.perf_counter() - started)
        index.close()
    speed = {"embedded_per_s": round(len(some) / alone), "indexed_per_s": round(len(texts) / whole)}
    return {**speed, "given": given.row(), "not_given": everywhere.row()}


def megabytes(name: str) -> float:
    """Size of a model's folder, 0 where it has none."""
    folder = MODEL_HOME if name == BUNDLED else Path(name)
    return round(sum(file.stat().st_size for file in folder.glob("*")) / 1e6, 1) if folder.is_dir() else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare embeddings on CUAD.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", action="append", default=[], help="a further model: name or folder")
    parser.add_argument("--contracts", type=int, default=40)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--kinds", action="store_true", help="add a row with clause kinds")
    given = parser.parse_args()
    names, queries = sample(given.data, given.contracts, given.queries, given.seed)
    labels = json.loads((given.data / "annotations.json").read_text(encoding="utf-8"))
    held = [read(given.data, name, labels) for name in names]
    print(f"{len(held)} contracts, {sum(len(pieces) for _, pieces in held)} chunks, {len(queries)} questions")
    models: list[Embedding] = [NoMeaning(), Bundled(), *(embedding(name) for name in given.model)]
    for model in models:
        about = {"model": model.name, "MB": megabytes(model.name)}
        print(json.dumps({**about, **measure(model, held, queries, kinds=False)}), flush=True)
    if given.kinds:
        figures = measure(Bundled(), held, queries, kinds=True)
        print(json.dumps({"model": f"{BUNDLED} and kinds", **figures}))


if __name__ == "__main__":
    main()
