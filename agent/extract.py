"""Drafts of obligations by a language model: quotes and typed terms, for the caller to ground.

A draft is worth nothing until its quote is located in the document; what is not located is a problem,
never an obligation. Text of a contract is data: instructions in it promise nothing. Personal data is replaced
by tokens in all that is sent, and put back in what is replied (`agent.personal_data`).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import Field, TypeAdapter, ValidationError

from agent.errors import ModelError, ModelUnavailable
from agent.model import ChatModel
from agent.personal_data import PersonalData
from agent.prompts import Prompt, live
from obligations.document import Chunk, Problem, Span
from obligations.model import Reading
from obligations.quantities import Frozen
from obligations.terms import KINDS, Terms

CALL_CHARACTERS = 12_000
"""Most characters of clauses sent in one call."""
PATIENCE = 2
"""Calls in a row without a reply after which the model is asked no more."""
Examples = Callable[[Sequence[Chunk]], Sequence[Mapping[str, Any]]]
"""Clauses that are like those of a batch, each with its quote and typed terms, as plain JSON values."""

_TERMS: TypeAdapter[Any] = TypeAdapter(Terms)


class RawDraft(Frozen):
    """One promise as the model read it: not located yet. `debtor` and `creditor` are the clause's words."""

    kind: str
    quote: str = Field(min_length=1)
    terms: Terms
    chunk: str
    reading: Reading
    debtor: str = ""
    creditor: str = ""


@dataclass(frozen=True)
class Extracted:
    """What a model read in a set of chunks, and what it got wrong. `asked` are the chunks it replied to."""

    drafts: tuple[RawDraft, ...]
    problems: tuple[Problem, ...]
    asked: frozenset[str] = frozenset()


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
    debtor: str | None = None
    creditor: str | None = None


class _Reply(Frozen):
    obligations: tuple[_Item, ...] = Field(max_length=200)


def extract(
    chunks: Sequence[Chunk],
    model: ChatModel,
    prompt: Prompt | None = None,
    *,
    examples: Examples | None = None,
    personal: PersonalData | None = None,
) -> Extracted:
    """Drafts from chunks, in batches. A batch the model fails on becomes a problem; the rest goes on, unless
    the model does not reply at all.

    `personal` is the personal data of the whole document; without it, that of the chunks given.
    """
    used = prompt or live("extract")
    reading = Reading(engine="model", task="extract", version=used.name, model=model.name)
    held = personal or PersonalData.found_in([chunk.text for chunk in chunks])
    drafts: list[RawDraft] = []
    problems: list[Problem] = []
    asked: set[str] = set()
    silent = 0
    for batch in _batches(chunks):
        if silent == PATIENCE:
            problems.append(_unread("the model gave no reply to the clauses before these", batch))
            continue
        keys = {f"c{i}": chunk for i, chunk in enumerate(batch, 1)}
        try:
            reply = model.ask(used, _inputs(used, keys, held, examples), _Reply.model_validate)
        except ModelError as error:
            silent = silent + 1 if isinstance(error, ModelUnavailable) else 0
            problems.append(_unread(str(error), batch))
            continue
        silent = 0
        asked.update(chunk.id for chunk in batch)
        for item in reply.obligations:
            found = _draft(item, keys, reading, held)
            (drafts if isinstance(found, RawDraft) else problems).append(found)  # type: ignore[arg-type]
    return Extracted(tuple(drafts), tuple(problems), frozenset(asked))


def _inputs(
    prompt: Prompt, keys: Mapping[str, Chunk], personal: PersonalData, examples: Examples | None
) -> dict[str, str]:
    """What the prompt takes, without any personal data."""
    clauses = [{"key": k, "section": c.section, "text": c.text} for k, c in keys.items()]
    given: dict[str, Sequence[Mapping[str, Any]]] = {"clauses": clauses}
    if "examples" in prompt.inputs:
        given["examples"] = examples(list(keys.values())) if examples else []
    return {name: json.dumps(personal.masked(value), ensure_ascii=False) for name, value in given.items()}


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


def _draft(
    item: _Item, keys: Mapping[str, Chunk], reading: Reading, personal: PersonalData
) -> RawDraft | Problem:
    chunk = keys.get(item.clause)
    if chunk is None:
        return _problem(f"the model names a clause that it was not given: {item.clause!r}", "", "none needed")
    if item.kind not in KINDS:
        return _problem(f"the model names an unknown kind: {item.kind!r}", chunk.section, "read it by hand")
    try:
        return RawDraft(
            kind=item.kind,
            quote=personal.restore(item.quote, chunk.text),
            terms=_TERMS.validate_python({**personal.restored(item.terms), "kind": item.kind}),
            chunk=chunk.id,
            reading=reading,
            debtor=personal.restore(item.debtor or ""),
            creditor=personal.restore(item.creditor or ""),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _problem(f"{item.kind}: {where}: {first['msg']}", chunk.section, "read it by hand")


def _unread(why: str, batch: Sequence[Chunk]) -> Problem:
    return _problem(why, sections_of(batch), "only the embedded reader has read these clauses; ingest again")


def sections_of(chunks: Sequence[Chunk]) -> str:
    """The sections of chunks as a problem names them, each once, in order."""
    return "; ".join(dict.fromkeys(chunk.section or f"page {chunk.page or 1}" for chunk in chunks))


def _problem(what: str, place: str, remedy: str, stage: str = "extract") -> Problem:
    return Problem(stage=stage, what=what, place=place, remedy=remedy)
