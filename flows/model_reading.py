"""A language model reads a document further, over the same drafts and the same grounding.

The embedded reader has read it already. The model gets the most promising clauses under a budget, with
personal data replaced by tokens; what it quotes is located in the text, and the two readings become one. When
the model fails, the embedded reading stays as it was, and a problem says what the model did not read.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from obligations.document import Chunk, Document, Problem, Span

if TYPE_CHECKING:
    from agent.extract import Extracted, RawDraft
    from agent.prompts import Prompt
    from extraction import Draft, Extraction
    from extraction.promising import Chosen
    from flows.wiring import Pacta

_KEYED_BY = ("priority", "service", "report", "item", "milestone", "type", "standard")
"""Terms that tell promises of one kind apart, the first stated one taken."""


def read_further(
    pacta: "Pacta", document: Document, chunks: Sequence[Chunk], read: "Extraction"
) -> "Extraction":
    """The extraction with what the configured model reads; as it was where there is none. Never raises for
    what a model does or fails to do."""
    from agent.errors import AgentError

    try:
        if pacta.reader is None:
            return read
        return _read_further(pacta, document, chunks, read)
    except AgentError as error:
        problem = Problem(
            stage="extract",
            what=f"the model has not read this document: {error}",
            place=document.name,
            remedy=getattr(error, "remedy", "") or "check the model's settings and ingest again",
        )
        return read.model_copy(update={"problems": (*read.problems, problem)})


def _read_further(
    pacta: "Pacta", document: Document, chunks: Sequence[Chunk], read: "Extraction"
) -> "Extraction":
    from agent.extract import ground
    from extraction.promising import choose
    from extraction.two_readers import merge
    from retrieval.locate import locate

    prompt = _prompt(pacta)
    chosen = choose(chunks, pacta.settings.reading.characters)
    found = _read_by_model(pacta, prompt, document, chosen.chunks)
    grounded, lost = ground(found.drafts, chosen.chunks, locate)
    merged = merge(
        document,
        read,
        [_draft(raw, span) for raw, span in grounded],
        _Asked(chosen.chunks, found.asked, _kinds(prompt)),
    )
    problems = (*merged.problems, *_not_sent(chosen), *found.problems, *lost)
    return merged.model_copy(update={"problems": problems})


def _read_by_model(
    pacta: "Pacta", prompt: "Prompt", document: Document, chunks: Sequence[Chunk]
) -> "Extracted":
    """What the model reads, or has read before in the same chunks with the same prompt and examples."""
    from agent.extract import extract
    from agent.personal_data import PersonalData
    from flows.kept_readings import KeptReadings

    assert pacta.reader is not None
    kept = KeptReadings(pacta.settings.home)
    examples = pacta.examples.digest if "examples" in prompt.inputs else ""
    hangs_on = (prompt.digest, pacta.reader.name, examples, *(chunk.id for chunk in chunks))
    found = kept.get(document.id, *hangs_on)
    if found is None:
        personal = PersonalData.found_in([document.text])
        found = extract(chunks, pacta.reader, prompt, examples=pacta.examples, personal=personal)
        if found.asked == {chunk.id for chunk in chunks}:
            kept.put(found, document.id, *hangs_on)
    return found


def _prompt(pacta: "Pacta") -> "Prompt":
    """The prompt in force, or the candidate that the settings name."""
    from agent.prompts import load
    from flows.prompts import loaded

    assert pacta.reader is not None
    named = pacta.settings.reading.prompt
    if named is None:
        return loaded(pacta, "extract", pacta.reader.name)
    task, version = named.split("/")
    return load(task, version)


def _kinds(prompt: "Prompt") -> frozenset[str]:
    """The kinds of promise that a prompt asks for."""
    items: Mapping[str, Any] = prompt.output["properties"]["obligations"]["items"]
    return frozenset(items["properties"]["kind"]["enum"])


class _Asked:
    """Was the model given the clause of a draft, did it reply, and was it asked for the draft's kind?"""

    def __init__(self, chunks: Sequence[Chunk], replied: frozenset[str], kinds: frozenset[str]) -> None:
        self.places = [(chunk.start, chunk.end) for chunk in chunks if chunk.id in replied]
        self.kinds = kinds

    def __call__(self, draft: "Draft") -> bool:
        span = draft.span
        return draft.kind in self.kinds and any(s <= span.start and span.end <= e for s, e in self.places)


def _draft(raw: "RawDraft", span: Span) -> "Draft":
    from extraction import Draft

    named = (getattr(raw.terms, name, None) for name in _KEYED_BY)
    return Draft(
        kind=raw.kind,
        key=next((str(value) for value in named if value), "")[:60],
        terms=raw.terms,
        span=span,
        debtor_role=_role(raw.debtor),
        creditor_role=_role(raw.creditor),
        reading=raw.reading,
    )


def _role(said: str) -> str:
    """A party as the text calls it, without article and quotation marks: "Supplier"."""
    plain = said.strip(" “”\"'")
    return plain[4:] if plain[:4].casefold() == "the " else plain


def _not_sent(chosen: "Chosen") -> list[Problem]:
    """What the model was not given, and why; the embedded reader has read it all the same."""
    from agent.extract import sections_of

    said = (
        (
            chosen.beyond,
            "did not fit under the budget",
            "raise `reading.characters` to have the model read them",
        ),
        (chosen.empty, "hold neither a figure nor a duty or a right", "none needed"),
    )
    return [
        Problem(
            stage="extract",
            what=f"{len(chunks)} pieces of text were not sent to the model: they {why}",
            place=sections_of(chunks),
            remedy=remedy,
        )
        for chunks, why, remedy in said
        if chunks
    ]
