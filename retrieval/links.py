"""What each chunk of a document hangs on: the terms it uses and where they are defined, what it refers to.

Pure and computed on demand: nothing of this is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from obligations.document import Chunk, Document, Problem
from retrieval.defined_terms import Definition, TermUse, TermUses, definitions
from retrieval.references import Reference, References

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Linked:
    """A chunk with the defined terms it uses and the references it makes, both in order of its text."""

    chunk: Chunk
    terms: tuple[TermUse, ...]
    references: tuple[Reference, ...]


def links(document: Document, chunks: Sequence[Chunk]) -> tuple[Linked, ...]:
    """Every chunk of a document with what it hangs on, in order."""
    defined = definitions(document, chunks)
    terms = TermUses(defined).of(document, chunks)
    references = _references(document, chunks, defined)
    return tuple(Linked(chunk, terms[chunk.id], references[chunk.id]) for chunk in chunks)


def _references(
    document: Document, chunks: Sequence[Chunk], defined: Sequence[Definition]
) -> Mapping[str, tuple[Reference, ...]]:
    own = {name for definition in defined if definition.own for name in definition.names}
    return References(document, chunks, own).of_chunks()


def dead_references(document: Document, chunks: Sequence[Chunk]) -> tuple[Problem, ...]:
    """A problem for each clause that the document names and does not have; beyond a handful one in sum."""
    places: dict[str, list[str]] = {}
    references = _references(document, chunks, definitions(document, chunks))
    for chunk in chunks:
        for reference in references[chunk.id]:
            if reference.standing == "missing":
                places.setdefault(reference.said, []).append(_place(document, chunk))
    told = list(places.items())[:_MOST_NAMED]
    if left := list(places.items())[_MOST_NAMED:]:
        named = ", ".join(said for said, _ in left[:10])
        told.append((f"{len(left)} more: {named}", [place for _, held in left for place in held][:4]))
    return tuple(
        Problem(
            stage="parse",
            what=f"refers to a clause that the document does not have: {said}",
            place="; ".join(dict.fromkeys(held)),
            remedy="Check which clause is meant; the reference leads nowhere.",
        )
        for said, held in told
    )


def _place(document: Document, chunk: Chunk) -> str:
    page = f"page {chunk.page}" if chunk.page else ""
    return ", ".join(part for part in (chunk.section, page) if part) or document.name
