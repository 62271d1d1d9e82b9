"""The search index: chunks of contracts, found by clause number, clause kind, words and meaning.

`open_index` gives one `Index` over either engine: Qdrant Edge in a folder, or a Qdrant server at a url.
Every search and count carries the caller's scope as a filter of the engine itself.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from obligations.document import Chunk
from retrieval.embed import Embedding, embedding
from retrieval.engine import SCHEMA, Engine, Found, Nearest, Point, Where, words_asked, words_of

RANK = 10
"""Reciprocal rank fusion's constant: small, since the lists are short and the first places matter."""
MEANING, WORDS, KIND = 1.0, 1.0, 3.0
"""Weights of the ranked lists."""
DEPTH = 64
"""Places of each ranked list that count."""


@dataclass(frozen=True)
class ContractEntry:
    """What the index keeps of a contract beside its text."""

    contract_id: str
    document_id: str
    title: str
    counterparty_id: str = ""
    counterparty_name: str = ""
    business_unit: str | None = None
    effective_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class SearchScope:
    """What a caller may see, by business unit and by counterparty id. None is all, an empty set nothing."""

    business_units: frozenset[str] | None = None
    parties: frozenset[str] | None = None


@dataclass(frozen=True)
class Hit:
    """A found chunk. Scores compare within one search only; `why` names the lists that brought it up."""

    chunk: Chunk
    contract_id: str
    score: float
    why: str


def open_index(home: Path, url: str | None = None, api_key: str | None = None) -> "Index":
    """The index in the folder `home`, or on the Qdrant server at `url`. Opens nothing yet."""
    model = embedding()
    if url:
        from retrieval.engine_server import ServerEngine, connect

        return Index(ServerEngine(connect(url, api_key), model.name, model.dimension), model)
    from retrieval.engine_edge import EdgeEngine

    return Index(EdgeEngine(home, model.name, model.dimension), model)


class Index:
    """Raises errors of `retrieval.errors.IndexError_` where the engine fails."""

    def __init__(self, engine: Engine, model: Embedding) -> None:
        self._engine, self._model = engine, model

    def put(self, entry: ContractEntry, chunks: Sequence[Chunk]) -> None:
        """Make `chunks` the indexed text of the contract, in place of what was there.

        May be repeated, and broken off at any point and repeated: ids follow from contract and chunk, new
        points come in one step before old ones go. Costs next to nothing where nothing has changed.
        """
        mine = Where({"contract": [entry.contract_id]})
        digest = self._digest(entry, chunks)
        same = Where({"contract": [entry.contract_id], "digest": [digest]})
        if self._engine.count(mine) == len(chunks) == self._engine.count(same):
            return
        points = self.points(entry, chunks)
        self._engine.upsert(points)
        self._engine.delete(Where(mine.among, [point.id for point in points]))

    def points(self, entry: ContractEntry, chunks: Sequence[Chunk]) -> list[Point]:
        """The points that `put` writes."""
        texts = [_titled(entry, chunk) for chunk in chunks]
        digest = self._digest(entry, chunks)
        rows = self._model.vectors(texts) if texts else ()
        return [
            Point(
                str(uuid5(NAMESPACE_URL, f"{entry.contract_id}\n{chunk.id}")),
                [float(value) for value in row],
                words_of(text),
                {**_payload(entry, chunk), "digest": digest},
            )
            for chunk, text, row in zip(chunks, texts, rows, strict=True)
        ]

    def remove(self, document_id: str) -> None:
        """Forget a document, whatever contract it belongs to."""
        self._engine.delete(Where({"document": [document_id]}))

    def count(self, scope: SearchScope | None = None) -> int:
        """How many chunks are indexed, as far as the scope sees."""
        where = _where(scope or SearchScope(), None)
        return 0 if where is None else self._engine.count(where)

    def search(
        self,
        query: str,
        *,
        scope: SearchScope,
        contracts: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        limit: int = 8,
    ) -> tuple[Hit, ...]:
        """The chunks that answer best, best first.

        `contracts` limits the search to these, `kinds` prefers chunks that hold one of these clause kinds. A
        clause number in the query ("clause 5.2", "Schedule 2") puts that clause first.
        """
        where = _where(scope, contracts)
        if where is None or limit < 1:
            return ()
        ranked = self._ranked(query, where, contracts is not None, list(kinds or ()), max(DEPTH, 2 * limit))
        return _fused(ranked)[:limit]

    def _ranked(
        self, query: str, where: Where, given: bool, kinds: Sequence[str], depth: int
    ) -> list["_Ranked"]:
        """The lists to fuse. `given`: the contracts are known, so a kind's certainty ranks before meaning."""
        numbers = list(references(query))
        meaning = [float(value) for value in self._model.query(query)]
        words = words_asked(query)
        asked: list[tuple[str, Nearest]] = []
        if any(meaning):
            asked.append(("meaning", Nearest(meaning, where, depth)))
        if words.indices:
            asked.append(("words", Nearest(words, where, depth)))
        if kinds:
            asked.append(("kind", Nearest(meaning, _also(where, "kinds", kinds), depth)))
        if numbers:
            asked.append(("section", Nearest(meaning, _also(where, "numbers", numbers), depth)))
        lists = []
        for (name, _), found in zip(asked, self._engine.nearest([ask for _, ask in asked]), strict=True):
            if name == "kind" and given:
                found.sort(key=lambda point: -_certainty(point, kinds))
            if name == "section":
                found.sort(key=lambda point: _section_order(point, numbers))
            lists.append(_Ranked(name, found, numbers if name == "section" else kinds))
        return lists

    def close(self) -> None:
        self._engine.close()

    def _digest(self, entry: ContractEntry, chunks: Sequence[Chunk]) -> str:
        """Changes with anything that `put` would write."""
        about = [SCHEMA, self._model.name, asdict(entry), [chunk.model_dump() for chunk in chunks]]
        return hashlib.sha256(json.dumps(about, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class _Ranked:
    name: str
    found: list[Found]
    wanted: Sequence[str]


def _fused(lists: Sequence[_Ranked]) -> tuple[Hit, ...]:
    """Reciprocal rank fusion; a section that was asked for by number comes before everything else."""
    weights = {"meaning": MEANING, "words": WORDS, "kind": KIND, "section": 100.0}
    scores: dict[str, float] = {}
    reasons: dict[str, list[str]] = {}
    payloads: dict[str, dict[str, Any]] = {}
    for ranked in lists:
        for place, point in enumerate(ranked.found, 1):
            payloads[point.id] = point.payload
            scores[point.id] = scores.get(point.id, 0) + weights[ranked.name] / (RANK + place)
            reasons.setdefault(point.id, []).append(_reason(ranked, place, point))
    best = sorted(scores, key=lambda at: (-scores[at], at))
    return tuple(_hit(payloads[at], scores[at], ", ".join(reasons[at])) for at in best)


def _reason(ranked: _Ranked, place: int, point: Found) -> str:
    if ranked.name == "section":
        return f"section {point.payload['section']}"
    if ranked.name == "kind":
        held = dict(zip(point.payload["kinds"], point.payload["certainties"], strict=True))
        kind = max(set(ranked.wanted) & set(held), key=lambda name: held[name])
        return f"kind {kind} ({held[kind]:.2f})"
    return f"{ranked.name} {place}"


def _certainty(point: Found, kinds: Sequence[str]) -> float:
    held = zip(point.payload["kinds"], point.payload["certainties"], strict=True)
    return max((float(certainty) for kind, certainty in held if kind in kinds), default=0.0)


def _section_order(point: Found, numbers: Sequence[str]) -> tuple[int, int, int]:
    """More of the references first, then the clause itself before its sub-clauses, then as in the text."""
    matched = [number for number in numbers if number in point.payload["numbers"]]
    exact = any(number in point.payload["numbers"][:1] for number in matched)
    return -len(matched), -int(exact), int(point.payload["start"])


def _where(scope: SearchScope, contracts: Sequence[str] | None) -> Where | None:
    """The scope as a filter; None where it sees nothing."""
    limits = {"business_unit": scope.business_units, "party": scope.parties, "contract": contracts}
    among = {key: sorted(values) for key, values in limits.items() if values is not None}
    return Where(among) if all(among.values()) else None


def _also(where: Where, key: str, values: Sequence[str]) -> Where:
    return Where({**where.among, key: list(values)}, where.except_ids)


def _titled(entry: ContractEntry, chunk: Chunk) -> str:
    """The text that is embedded: a chunk says little about whose it is, its title and headings do."""
    names = " ".join(name for name in (entry.title, entry.counterparty_name) if name)
    headings = " ".join((*chunk.path, chunk.section))
    return f"{names}\n{headings}\n{chunk.text}"


def _payload(entry: ContractEntry, chunk: Chunk) -> dict[str, Any]:
    payload = {
        "contract": entry.contract_id,
        "document": entry.document_id,
        "title": entry.title,
        "party": entry.counterparty_id,
        "party_name": entry.counterparty_name,
        "business_unit": entry.business_unit,
        "effective_on": entry.effective_on and entry.effective_on.isoformat(),
        "expires_on": entry.expires_on and entry.expires_on.isoformat(),
        "chunk": chunk.id,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "section": chunk.section,
        "path": list(chunk.path),
        "numbers": list(numbers_of(chunk)),
        "page": chunk.page,
        "kinds": [kind for kind, _ in chunk.kinds],
        "certainties": [certainty for _, certainty in chunk.kinds],
    }
    return {key: value for key, value in payload.items() if value is not None}


def _hit(payload: dict[str, Any], score: float, why: str) -> Hit:
    chunk = Chunk(
        id=payload["chunk"],
        document_id=payload["document"],
        start=payload["start"],
        end=payload["end"],
        text=payload["text"],
        section=payload["section"],
        path=tuple(payload["path"]),
        page=payload.get("page"),
        kinds=tuple(zip(payload["kinds"], payload["certainties"], strict=True)),
    )
    return Hit(chunk, payload["contract"], score, why)


_PART = r"schedule|exhibit|annex(?:ure)?|appendix|attachment|addendum|part|article"
_NUMBER = r"\d{1,3}(?:\.\d{1,3})*(?:\([a-z\d]{1,4}\))*"
_LABEL = re.compile(
    rf"(?:(?P<part>{_PART})\s+(?P<no>\d{{1,3}}[a-z]?|[ivxlc]{{1,6}}|[a-z])\b"
    rf"|(?:section|clause|paragraph|§)?\s*(?P<number>{_NUMBER}))",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"\b(?P<part>{_PART})\s+(?P<no>\d{{1,3}}(?![.\d])[a-z]?|[ivxlc]{{1,6}}|[a-z])\b"
    rf"|(?:\b(?:sections?|clauses?|paragraphs?|sec\.|cl\.|articles?)|§+)\s*(?P<number>{_NUMBER})",
    re.IGNORECASE,
)


def references(query: str) -> Iterator[str]:
    """The clauses and parts a question names: "clause 5.2(b)" -> "5.2(b)", "Schedule 2" -> "schedule 2"."""
    for match in _ASKED.finditer(query):
        yield _key(match)


def numbers_of(chunk: Chunk) -> Iterator[str]:
    """What a chunk can be called, its own number first: "3.2(b)", "3.2", "3", "schedule 2"."""
    seen = set()
    for heading in (chunk.section, *reversed(chunk.path)):
        match = _LABEL.match(heading.strip().lstrip("#").strip())
        number = _key(match) if match else ""
        while number and number not in seen:
            seen.add(number)
            yield number
            number = re.sub(r"(?:\([^)]*\)|\.\d+|^[^.(]*)$", "", number)


def _key(match: re.Match[str]) -> str:
    if match["number"]:
        return match["number"].lower()
    return f"{match['part'].lower().replace('annexure', 'annex')} {_arabic(match['no'].lower())}"


def _arabic(number: str) -> str:
    """ "iv" -> "4"; what is no Roman numeral stays."""
    if not re.fullmatch("x{0,3}(?:ix|iv|v?i{0,3})", number):
        return number
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in number]
    following = [*values[1:], 0]
    return str(sum(-a if a < b else a for a, b in zip(values, following, strict=True)))
