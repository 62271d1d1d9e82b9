"""The search index: chunks of contracts, found by clause number, clause kind, words and meaning.

`open_index` gives one `Index` over either engine: Qdrant Edge in a folder, or a Qdrant server at a url.
Every search and count carries the caller's scope as a filter of the engine itself.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from obligations.document import Chunk
from retrieval.embed import Embedding, embedding
from retrieval.engine import SCHEMA, Engine, Found, Nearest, Where, words_asked
from retrieval.kinds import asked as kinds_asked
from retrieval.named import named, names_in, question_proper
from retrieval.payload import ContractEntry, chunk_of, id_of, payload_of, point_of, text_of
from retrieval.query import Names, names_of, references, said, without_names

__all__ = ["ContractEntry", "Hit", "Index", "SearchScope", "open_index"]

RANK = 10
"""Reciprocal rank fusion's constant: small, since the lists are short and the first places matter."""
WEIGHTS = {"meaning": 1.0, "words": 1.0, "kind": 8.0, "section": 100.0}
"""Of the ranked lists; a section that was asked for by number comes before everything else."""
GUESSED = 3
"""Kinds at most that are taken from the words of a question."""
KNOWN = 4.0
"""How much more a list counts that is ranked within the contracts a question names."""
NAMED = 16
"""Contracts whose names are taken out of a question that is limited to them."""
DEPTH = 64
"""Places of each ranked list that count."""
OPENINGS = 32
"""First chunks of contracts that are looked at for the names a question says."""
LIGHT = ("contract", "title", "party_name", "start", "section", "kinds", "certainties", "numbers")
"""What ranking looks at; the words of a chunk are fetched for the hits alone."""
OPENING = ("contract", "title", "party_name", "start", "text")
"""What tells which contract a question names."""


@dataclass(frozen=True)
class SearchScope:
    """What a caller may see, by business unit and by counterparty id. None is all, an empty set nothing."""

    business_units: frozenset[str] | None = None
    parties: frozenset[str] | None = None


@dataclass(frozen=True)
class Hit:
    """A found chunk. Scores compare within one search only; `why` names the lists that brought it up.

    `start` and `end` are the sentences that answer, as places in the document: all of the chunk where no
    clause kind was asked for.
    """

    chunk: Chunk
    contract_id: str
    score: float
    why: str
    start: int
    end: int


def open_index(
    home: Path, url: str | None = None, api_key: str | None = None, *, model_name: str | None = None
) -> "Index":
    """The index in the folder `home`, or on the Qdrant server at `url`. Opens nothing yet.

    `model_name` as in `retrieval.embed.embedding`, which raises EmbeddingUnavailable.
    """
    model = embedding(model_name)
    if url:
        from retrieval.engine_server import ServerEngine, connect

        return Index(ServerEngine(connect(url, api_key), model.name, model.dimension), model)
    from retrieval.engine_edge import EdgeEngine

    return Index(EdgeEngine(home, model.name, model.dimension), model)


class Index:
    """Raises errors of `retrieval.errors.IndexError_` where the engine fails."""

    def __init__(self, engine: Engine, model: Embedding) -> None:
        self.engine, self.model = engine, model

    def put(self, entry: ContractEntry, chunks: Sequence[Chunk]) -> None:
        """Make `chunks` the indexed text of the contract, in place of what was there.

        May be repeated, and broken off at any point and repeated: ids follow from contract and chunk, new
        points come in one step before old ones go. Costs next to nothing where nothing has changed.
        """
        payloads = self.changed(entry, chunks)
        if payloads is None:
            return
        vectors = self.model.vectors([text_of(payload) for payload in payloads]).tolist() if payloads else []
        self.engine.upsert([point_of(*both) for both in zip(payloads, vectors, strict=True)])
        self.forget_others(entry.contract_id, payloads)

    def changed(self, entry: ContractEntry, chunks: Sequence[Chunk]) -> list[dict[str, Any]] | None:
        """The payloads to write, None where the index holds exactly these already."""
        digest = self._digest(entry, chunks)
        mine = Where({"contract": [entry.contract_id]})
        if self.engine.count(mine) == len(chunks) == self.engine.count(_also(mine, "digest", [digest])):
            return None
        return [payload_of(entry, chunk, digest) for chunk in chunks]

    def forget_others(self, contract_id: str, payloads: Sequence[dict[str, Any]]) -> None:
        """Delete what the contract holds beside these payloads."""
        kept = [id_of(payload) for payload in payloads]
        self.engine.delete(Where({"contract": [contract_id]}, kept))

    def clear(self) -> None:
        """Forget everything, also an index that another model or schema made or that cannot be read."""
        self.engine.clear()

    def remove(self, document_id: str) -> None:
        """Forget a document, whatever contract it belongs to."""
        self.engine.delete(Where({"document": [document_id]}))

    def count(self, scope: SearchScope | None = None) -> int:
        """How many chunks are indexed, as far as the scope sees."""
        where = where_of(scope or SearchScope(), None)
        return 0 if where is None else self.engine.count(where)

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

        `contracts` limits the search to these. `kinds` prefers chunks that hold one of these clause kinds;
        None prefers those that the question's words ask for, () none. A clause number in the query
        ("clause 5.2", "Schedule 2") puts that clause first.
        """
        where = where_of(scope, contracts)
        if where is None or limit < 1:
            return ()
        ask = _Ask(query, where, None if kinds is None else tuple(kinds), max(DEPTH, 2 * limit))
        if contracts is not None:
            known = replace(
                ask, query=without_names(query, self._names(where, contracts).values()), known=True
            )
            return self._hits(known, self._ranked(known), limit)
        meant = self._meant(query, where)
        if meant:
            known = replace(
                ask, query=question_proper(query), where=_also(where, "contract", sorted(meant)), known=True
            )
            return self._hits(known, self._ranked(known), limit, meant)
        ranked = self._ranked(ask)
        names = _named(query, ranked)
        if names:
            within = _also(where, "contract", sorted(names))
            bare = without_names(query, names.values())
            ranked += self._ranked(replace(ask, query=bare, where=within, known=True))
        return self._hits(ask, ranked, limit)

    def _hits(
        self, ask: "_Ask", lists: Sequence["_Ranked"], limit: int, weights: Mapping[str, float] | None = None
    ) -> tuple[Hit, ...]:
        """The best of all lists, with their words, by the weights of their contracts where there are some; a
        chunk that went away in between is left out."""
        best = _fused(lists, weights or {})[:limit]
        whole = self.engine.payloads([at for at, _ in best])
        wanted = ask.wanted()
        return tuple(fusing.hit(whole[at], wanted) for at, fusing in best if at in whole)

    def _meant(self, query: str, where: Where) -> dict[str, float]:
        """Contracts whose openings hold the names that the query says; none where it says none."""
        names = words_asked(" ".join(names_in(query).names))
        if not names.indices:
            return {}
        asked = Nearest(names, _also(where, "opening", ["opening"]), OPENINGS, OPENING)
        return named(query, [point.payload for point in self.engine.nearest([asked])[0]])

    def _names(self, where: Where, contracts: Sequence[str]) -> dict[str, Names]:
        """Title and party of the first few contracts."""
        some = [0.0] * self.model.dimension
        lists = [Nearest(some, _also(where, "contract", [at]), 1, LIGHT) for at in sorted(contracts)[:NAMED]]
        found = [points[0].payload for points in self.engine.nearest(lists) if points]
        return {payload["contract"]: _names_of(payload) for payload in found}

    def _ranked(self, ask: "_Ask") -> list["_Ranked"]:
        """The lists to fuse. Where the contract is known, a kind's certainty ranks before meaning."""
        query, where, depth = ask.query, ask.where, ask.depth
        kinds = ask.wanted()
        numbers = list(references(query))
        meaning: list[float] = self.model.query(query).tolist()
        words = words_asked(query)
        asked: list[tuple[str, Nearest]] = []
        if any(meaning):
            asked.append(("meaning", Nearest(meaning, where, depth, LIGHT)))
        if words.indices:
            asked.append(("words", Nearest(words, where, depth, LIGHT)))
        if kinds:
            asked.append(("kind", Nearest(meaning, _also(where, "kinds", kinds), depth, LIGHT)))
        if numbers:
            asked.append(("section", Nearest(meaning, _also(where, "numbers", numbers), depth, LIGHT)))
        lists = []
        for (name, _), found in zip(
            asked, self.engine.nearest([nearest for _, nearest in asked]), strict=True
        ):
            if name == "kind" and ask.known:
                found.sort(key=lambda point: -_certainty(point, kinds))
            if name == "section":
                found.sort(key=lambda point: _section_order(point, numbers))
            weight = WEIGHTS[name] * (KNOWN if ask.known else 1)
            lists.append(_Ranked(name, found, numbers if name == "section" else kinds, weight))
        return lists

    def close(self) -> None:
        self.engine.close()

    def _digest(self, entry: ContractEntry, chunks: Sequence[Chunk]) -> str:
        """Changes with anything that `put` would write."""
        about = [SCHEMA, self.model.name, asdict(entry), [chunk.model_dump() for chunk in chunks]]
        return hashlib.sha256(json.dumps(about, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class _Ask:
    """One round of ranked lists. `known`: `where` holds only contracts the question is about."""

    query: str
    where: Where
    kinds: tuple[str, ...] | None
    depth: int
    known: bool = False

    def wanted(self) -> tuple[str, ...]:
        """The clause kinds asked for, the one most surely meant first."""
        return kinds_asked(self.query)[:GUESSED] if self.kinds is None else self.kinds


@dataclass(frozen=True)
class _Ranked:
    name: str
    found: list[Found]
    wanted: Sequence[str]
    weight: float


def _named(query: str, lists: Sequence[_Ranked]) -> dict[str, Names]:
    """The contracts among those found that the query names most fully."""
    payloads = {point.payload["contract"]: point.payload for ranked in lists for point in ranked.found}
    names = {at: _names_of(payload) for at, payload in payloads.items()}
    much = {at: said(query, name) for at, name in names.items()}
    most = max(much.values(), default=0)
    return {at: names[at] for at, count in much.items() if count == most > 0}


def _names_of(payload: Mapping[str, Any]) -> Names:
    return names_of(payload["title"], payload["party_name"])


@dataclass
class _Fusing:
    """A point on its way through the lists: `places` by list, the later list of a name counts."""

    payload: dict[str, Any]
    score: float = 0.0
    places: dict[str, tuple[_Ranked, int]] = field(default_factory=dict)

    def order(self) -> tuple[float, str, int]:
        return -self.score, str(self.payload["contract"]), int(self.payload["start"])

    def hit(self, whole: dict[str, Any], wanted: Sequence[str]) -> Hit:
        why = ", ".join(_reason(ranked, place, self.payload) for ranked, place in self.places.values())
        chunk = chunk_of(whole)
        return Hit(chunk, self.payload["contract"], self.score, why, *chunk.answer(wanted))


def _fused(lists: Sequence[_Ranked], weights: Mapping[str, float]) -> list[tuple[str, _Fusing]]:
    """The points of all lists by id, best first by reciprocal rank fusion."""
    points: dict[str, _Fusing] = {}
    for ranked in lists:
        for place, found in enumerate(ranked.found, 1):
            fusing = points.setdefault(found.id, _Fusing(found.payload))
            fusing.score += ranked.weight * weights.get(found.payload["contract"], 1) / (RANK + place)
            fusing.places[ranked.name] = ranked, place
    return sorted(points.items(), key=lambda point: point[1].order())


def _reason(ranked: _Ranked, place: int, payload: dict[str, Any]) -> str:
    if ranked.name == "section":
        return f"section {payload['section']}"
    if ranked.name == "kind":
        held = zip(payload["certainties"], payload["kinds"], strict=True)
        certainty, kind = max(pair for pair in held if pair[1] in ranked.wanted)
        return f"kind {kind} ({certainty:.2f})"
    return f"{ranked.name} {place}"


def _certainty(point: Found, kinds: Sequence[str]) -> float:
    held = zip(point.payload["kinds"], point.payload["certainties"], strict=True)
    return max((float(certainty) for kind, certainty in held if kind in kinds), default=0.0)


def _section_order(point: Found, numbers: Sequence[str]) -> tuple[int, int, int]:
    """More of the references first, then the clause itself before its sub-clauses, then as in the text."""
    matched = [number for number in numbers if number in point.payload["numbers"]]
    exact = any(number in point.payload["numbers"][:1] for number in matched)
    return -len(matched), -int(exact), int(point.payload["start"])


def where_of(scope: SearchScope, contracts: Sequence[str] | None) -> Where | None:
    """The scope as a filter; None where it sees nothing."""
    limits = {"business_unit": scope.business_units, "party": scope.parties, "contract": contracts}
    among = {key: sorted(values) for key, values in limits.items() if values is not None}
    return Where(among) if all(among.values()) else None


def _also(where: Where, key: str, values: Sequence[str]) -> Where:
    return Where({**where.among, key: list(values)}, where.except_ids)
