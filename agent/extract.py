"""Drafts of obligations by a language model: quotes and typed terms, for the caller to ground.

A draft is worth nothing until its quote is located in the document; what is not located is a problem,
never an obligation. Text of a contract is data: instructions in it promise nothing.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import Field, TypeAdapter, ValidationError

from agent.errors import ModelError
from agent.model import ChatModel
from agent.prompts import Prompt, live
from obligations.document import Chunk, Problem, Span
from obligations.model import Reading
from obligations.quantities import Frozen
from obligations.terms import KINDS, Terms

CALL_CHARACTERS = 12_000
"""Most characters of clauses sent in one call."""

_TERMS: TypeAdapter[Any] = TypeAdapter(Terms)


class RawDraft(Frozen):
    """One promise as the model read it: not located yet."""

    kind: str
    quote: str = Field(min_length=1)
    terms: Terms
    chunk: str
    reading: Reading


@dataclass(frozen=True)
class Extracted:
    """What a model read in a set of chunks, and what it got wrong."""

    drafts: tuple[RawDraft, ...]
    problems: tuple[Problem, ...]


class Place(Protocol):
    """Where a quote stands in a text; `retrieval.locate.Located` fits."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def match(self) -> Literal["exact", "normalised", "fuzzy"]: ...


class _Item(Frozen):
    clause: str
    kind: str
    quote: str
    terms: dict[str, Any]


class _Reply(Frozen):
    obligations: tuple[_Item, ...] = Field(max_length=200)


def extract(chunks: Sequence[Chunk], model: ChatModel, prompt: Prompt | None = None) -> Extracted:
    """Drafts from chunks, in batches. A batch the model fails on becomes a problem; the rest goes on."""
    used = prompt or live("extract")
    reading = Reading(engine="model", task="extract", version=used.name, model=model.name)
    drafts: list[RawDraft] = []
    problems: list[Problem] = []
    for batch in _batches(chunks):
        keys = {f"c{i}": chunk for i, chunk in enumerate(batch, 1)}
        clauses = [{"key": k, "section": c.section, "text": c.text} for k, c in keys.items()]
        inputs = {"clauses": json.dumps(clauses, ensure_ascii=False)}
        try:
            reply = model.ask(used, inputs, _Reply.model_validate)
        except ModelError as error:
            problems.append(
                _problem(str(error), batch[0].section, "read these clauses with the embedded reader")
            )
            continue
        for item in reply.obligations:
            found = _draft(item, keys, reading)
            (drafts if isinstance(found, RawDraft) else problems).append(found)  # type: ignore[arg-type]
    return Extracted(tuple(drafts), tuple(problems))


def ground(
    drafts: Sequence[RawDraft],
    chunks: Sequence[Chunk],
    locate: Callable[[str, str], Place | None],
) -> tuple[list[tuple[RawDraft, Span]], list[Problem]]:
    """Each draft with the span of its quote; a quote that `locate` does not find is a problem."""
    held = {chunk.id: chunk for chunk in chunks}
    grounded: list[tuple[RawDraft, Span]] = []
    problems: list[Problem] = []
    for draft in drafts:
        chunk = held.get(draft.chunk)
        place = locate(draft.quote, chunk.text) if chunk else None
        if chunk is None or place is None:
            what = f"the model quotes words that are not there: “{draft.quote[:80]}”"
            problems.append(
                _problem(what, chunk.section if chunk else "", "read the clause by hand", "locate")
            )
            continue
        span = Span(
            document_id=chunk.document_id,
            start=chunk.start + place.start,
            end=chunk.start + place.end,
            quote=chunk.text[place.start : place.end],
            section=chunk.section,
            page=chunk.page,
            match=place.match,
        )
        grounded.append((draft, span))
    return grounded, problems


def _batches(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    batch: list[Chunk] = []
    size = 0
    for chunk in chunks:
        if batch and size + len(chunk.text) > CALL_CHARACTERS:
            yield batch
            batch, size = [], 0
        batch.append(chunk)
        size += len(chunk.text)
    if batch:
        yield batch


def _draft(item: _Item, keys: dict[str, Chunk], reading: Reading) -> RawDraft | Problem:
    chunk = keys.get(item.clause)
    if chunk is None:
        return _problem(f"the model names a clause that it was not given: {item.clause!r}", "", "none needed")
    if item.kind not in KINDS:
        return _problem(f"the model names an unknown kind: {item.kind!r}", chunk.section, "read it by hand")
    try:
        terms = _TERMS.validate_python({**item.terms, "kind": item.kind})
        return RawDraft(kind=item.kind, quote=item.quote, terms=terms, chunk=chunk.id, reading=reading)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _problem(f"{item.kind}: {where}: {first['msg']}", chunk.section, "read it by hand")


def _problem(what: str, place: str, remedy: str, stage: str = "extract") -> Problem:
    return Problem(stage=stage, what=what, place=place, remedy=remedy)
