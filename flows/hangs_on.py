"""What a clause hangs on, as it is shown: its defined terms and what it refers to, with number and words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from obligations.document import Document
from obligations.quantities import Frozen
from store import Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from retrieval.defined_terms import TermUse
    from retrieval.links import Linked
    from retrieval.references import Reference

WORDS = 600
"""Most characters of a definition or of a clause referred to that are shown."""


class Term(Frozen):
    """A defined term that is used, and the sentence that defines it.

    `how` is `meaning`, `name` (given in passing: the “Supplier”) or `elsewhere` (the sentence points to
    another place). `uses` are its places in the clause.
    """

    term: str
    how: str
    section: str
    page: int | None
    start: int
    end: int
    text: str
    uses: tuple[tuple[int, int], ...]


class SeeAlso(Frozen):
    """A reference. `standing` is `here`, `elsewhere` (another document, a statute), `missing` or `unclear`.

    `section` and `text` are those of the clause it leads to, `chunk` the id of its chunk; empty where it is
    not resolved.
    """

    said: str
    start: int
    end: int
    standing: str
    section: str = ""
    text: str = ""
    chunk: str = ""
    leads_to: tuple[int, int] | None = None


class HangsOn(Frozen):
    """A chunk, or the part of it that was asked for, with what it hangs on."""

    chunk: str
    section: str
    page: int | None
    start: int
    end: int
    terms: tuple[Term, ...]
    see_also: tuple[SeeAlso, ...]


def of_document(
    pacta: "Pacta", document_id: str, scope: Scope, place: tuple[int, int] | None = None
) -> tuple[HangsOn, ...]:
    """Every chunk of a document, or those that a passage touches with what the passage itself names.

    Raises NotFound outside the scope.
    """
    from retrieval.links import links

    document = pacta.store.document(document_id, scope)
    linked = links(document, pacta.store.chunks(document_id, scope))
    start, end = place or (0, len(document.text) + 1)
    return tuple(
        _shown(document, each, max(start, each.chunk.start), min(end, each.chunk.end))
        for each in linked
        if each.chunk.start < end and start < each.chunk.end
    )


def of_passages(
    pacta: "Pacta", scope: Scope, passages: Sequence[tuple[str, int, int]]
) -> list[tuple[tuple[Term, ...], tuple[SeeAlso, ...]]]:
    """For each passage (document, start, end) its terms and references; each document is read once.

    What was told for an earlier passage is not told again. Raises NotFound outside the scope.
    """
    read = {document: of_document(pacta, document, scope) for document in {p[0] for p in passages}}
    told: set[tuple[str, str]] = set()
    found = []
    for document, start, end in passages:
        terms = [
            t
            for each in read[document]
            for t in each.terms
            if any(start <= a and b <= end for a, b in t.uses)
        ]
        also = [
            r for each in read[document] for r in each.see_also if start <= r.start and r.end <= end
            and not (r.leads_to and r.leads_to[0] <= start < r.leads_to[1])
        ]  # fmt: skip
        found.append(
            (
                tuple(t for t in terms if _new(told, document, f"term {t.term}")),
                tuple(
                    r for r in also if _new(told, document, f"{r.section} {r.said if not r.section else ''}")
                ),
            )
        )
    return found


def _new(told: set[tuple[str, str]], document: str, what: str) -> bool:
    known = (document, what) in told
    told.add((document, what))
    return not known


def _shown(document: Document, linked: "Linked", start: int, end: int) -> HangsOn:
    terms = [_term(use, start, end) for use in linked.terms]
    return HangsOn(
        chunk=linked.chunk.id,
        section=linked.chunk.section,
        page=linked.chunk.page,
        start=start,
        end=end,
        terms=tuple(term for term in terms if term.uses),
        see_also=tuple(_see(document, r) for r in linked.references if start <= r.start and r.end <= end),
    )


def _term(use: "TermUse", start: int, end: int) -> Term:
    span = use.definition.span
    return Term(
        term=use.term,
        how=use.definition.how,
        section=span.section,
        page=span.page,
        start=span.start,
        end=span.end,
        text=_short(span.quote),
        uses=tuple((a, b) for a, b in use.places if start <= a and b <= end),
    )


def _see(document: Document, reference: "Reference") -> SeeAlso:
    place = reference.place
    said = SeeAlso(said=reference.said, start=reference.start, end=reference.end, standing=reference.standing)
    if place is None:
        return said
    text = _short(document.text[place.start : place.end])
    leads_to = (place.start, place.end)
    return said.model_copy(
        update={"section": place.section, "text": text, "chunk": place.chunk, "leads_to": leads_to}
    )


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= WORDS else f"{flat[: WORDS - 1].rstrip()}…"
