"""What tools gave that an answer may rest on.

A tool's result names assessments, clauses, records, contracts and promises by id. Each is looked up again on
the desk of the question, so that nothing becomes evidence because a text says so, and gets a short key by
which a model may name it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from agent.desk import Desk
from agent.evidence import record_key
from obligations.document import Span
from obligations.facts import Source
from obligations.quantities import Frozen

MOST = 60
"""Most things that an answer is worded from."""


class Proposed(Frozen):
    """An action that a tool proposed: what for, and under which contract."""

    target: str
    contract: str


class Found(Frozen):
    """Ids and places of what was found. `judged` are the promises whose assessments are among them, in the
    same order; `calls` says which tools were called with what."""

    assessments: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    records: tuple[Source, ...] = ()
    contracts: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    calls: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        things = (self.assessments, self.spans, self.records, self.contracts, self.obligations)
        return any(things) or bool(self.proposed)

    def judge(self, desk: Desk) -> None:
        """Puts the assessments on the desk, where they are not there yet."""
        if len(desk.assessments(self.assessments)) < len(self.assessments):
            desk.assess(self.judged, desk.as_of, (None, None))


_Thing = tuple[str, Any]


class Finder:
    """Gives each thing in the tools' results its key: A1, S1, R1, C1, P1."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._keys: dict[_Thing, str] = {}
        self._judged: dict[str, str] = {}
        self._sources: dict[tuple[str, str], Source] = {}
        self._proposed: dict[str, Proposed] = {}

    def marked(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The result with `cite` in each thing that may be cited."""
        self._look_up(result)
        marked: dict[str, Any] = self._mark(result)
        return marked

    def found(self, use: Iterable[str] | None, calls: Iterable[str]) -> Found:
        """What the keys named stand for; all that was found where `use` is None."""
        held = {key: thing for thing, key in self._keys.items()}
        chosen = [held[key] for key in dict.fromkeys(held if use is None else use) if key in held]
        of = {sort: [value for kind, value in chosen[:MOST] if kind == sort] for sort in "ASRCP"}
        # What is still open when it is judged may be gone by id: then it is no evidence either.
        promises = tuple(self._judged[a] for a in of["A"])
        self._desk.assess(promises, self._desk.as_of, (None, None))
        made = {a.id for a in self._desk.assessments(of["A"])}
        kept = [a for a in of["A"] if a in made]
        return Found(
            assessments=tuple(kept),
            judged=tuple(self._judged[a] for a in kept),
            spans=tuple(of["S"]),
            records=tuple(self._sources[key] for key in of["R"]),
            contracts=tuple(of["C"]),
            obligations=tuple(of["P"]),
            proposed=tuple(self._proposed.values()),
            calls=tuple(calls),
        )

    def _look_up(self, result: Any) -> None:
        """The records of a result, all at once."""
        named = {(d["system"], d["record"]) for d in _dicts(result) if _is_record(d)} - set(self._sources)
        if not named:
            return
        for fact in self._desk.facts(records=sorted({record for _, record in named})):
            if record_key(fact.source) in named:
                self._sources[record_key(fact.source)] = fact.source

    def _mark(self, part: Any) -> Any:
        if isinstance(part, Mapping):
            inner = {name: self._mark(value) for name, value in part.items()}
            key = self._key(part)
            return {"cite": key, **inner} if key else inner
        if isinstance(part, list | tuple):
            return [self._mark(each) for each in part]
        return part

    def _key(self, part: Mapping[str, Any]) -> str:
        """The key of what a part of a result is; empty where it is nothing that may be cited."""
        for sort, read in _READ.items():
            value = read(self, part)
            if value is not None:
                same = sum(1 for kind, _ in self._keys if kind == sort)
                return self._keys.setdefault((sort, value), f"{sort}{same + 1}")
        return ""

    def _assessment(self, part: Mapping[str, Any]) -> str | None:
        if not {"id", "obligation", "outcome"} <= part.keys():
            return None
        if self._desk.obligation(part["obligation"]) is None:
            return None
        self._judged[part["id"]] = part["obligation"]
        return str(part["id"])

    def _span(self, part: Mapping[str, Any]) -> Span | None:
        if not {"document_id", "start", "end", "quote"} <= part.keys():
            return None
        span = Span.model_validate({n: part[n] for n in Span.model_fields if part.get(n) is not None})
        said = self._desk.deps.passage(span.document_id, span.start, span.end)
        return span if said == span.quote else None

    def _record(self, part: Mapping[str, Any]) -> tuple[str, str] | None:
        key = (part["system"], part["record"]) if _is_record(part) else None
        return key if key in self._sources else None

    def _contract(self, part: Mapping[str, Any]) -> str | None:
        return part["id"] if {"id", "title"} <= part.keys() and part["id"] in self._desk.contracts else None

    def _promise(self, part: Mapping[str, Any]) -> str | None:
        if {"id", "verb", "target", "contract", "proposed_by"} <= part.keys():
            self._proposed[part["id"]] = Proposed(target=part["target"], contract=part["contract"])
            return None
        named = {"id", "contract", "kind", "terms"} <= part.keys()
        return part["id"] if named and self._desk.obligation(part["id"]) is not None else None


_READ: dict[str, Callable[[Finder, Mapping[str, Any]], Any]] = {
    "A": Finder._assessment,
    "S": Finder._span,
    "R": Finder._record,
    "C": Finder._contract,
    "P": Finder._promise,
}


def _is_record(part: Mapping[str, Any]) -> bool:
    return isinstance(part.get("system"), str) and isinstance(part.get("record"), str)


def _dicts(part: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, Mapping):
        yield part
        part = list(part.values())
    if isinstance(part, list | tuple):
        for each in part:
            yield from _dicts(each)
