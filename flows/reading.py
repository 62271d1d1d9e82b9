"""From one file to grounded obligations: parse, chunk, tag, extract, ground, review by policy.

The embedded reader reads first; where a model is configured, `model_reading` reads further. Nothing here
writes; `ingest` composes these steps and stores what they give in one transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows.parties import slug
from obligations.document import Chunk, Document, Problem, Span
from obligations.model import Contract, DatedTerms, Obligation, Reading, Review
from store import Scope

if TYPE_CHECKING:
    from extraction import Draft, Extraction
    from extraction.clause_index import ClauseIndex
    from flows.settings import Policy
    from flows.wiring import Pacta

READER = Reading(engine="embedded", task="extract", version="embedded/v1")
MODEL_ALONE = "model"
"""Engine of what a language model has read and the embedded reader has not."""


def parse(data: bytes, name: str) -> tuple[Document, tuple[Chunk, ...]]:
    """The canonical text of a file and its chunks with their clause kinds."""
    from retrieval.chunk import chunk
    from retrieval.contradictions import contradictions
    from retrieval.links import dead_references
    from retrieval.parse import parse as parse_bytes
    from retrieval.tag import tag

    document = parse_bytes(data, name)
    chunks = chunk(document)
    found = (*contradictions(document, chunks), *dead_references(document, chunks))
    problems = (*document.problems, *found)
    return document.model_copy(update={"problems": problems}), tag(chunks)


def own_names(pacta: "Pacta") -> tuple[str, ...]:
    """Our own name and its other forms; none where the settings name no company."""
    company = pacta.settings.company
    return (company.name, *company.aliases) if company.name else ()


def library_folder(pacta: "Pacta") -> Path:
    """The folder of the clause library that the settings name, else of the one that comes with us."""
    from flows.wiring import LIBRARY

    return pacta.settings.library or LIBRARY


def clauses_in(folder: Path) -> "ClauseIndex":
    """A folder's clause library as the reader looks it up; loaded anew only once a file of it has changed.

    Raises LibraryError, as `load_library` does.
    """
    files = sorted(folder.glob("library/*.yaml"))
    return _clauses(
        folder, tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    )


@lru_cache(maxsize=2)
def _clauses(folder: Path, files: tuple[tuple[str, int, int], ...]) -> "ClauseIndex":
    from extraction.by_library import index_library
    from extraction.library import load_library

    return index_library(load_library(folder))


def extract(
    pacta: "Pacta",
    contract: Contract,
    document: Document,
    chunks: Sequence[Chunk],
    parents: Sequence["Extraction"],
) -> "Extraction":
    """What the embedded reader finds, helped by what the documents above this one say."""
    from extraction import ContractHints
    from extraction import read as read_text

    counterparty = pacta.store.party(contract.counterparty or "", Scope.all())
    hints = ContractHints(
        contract_id=contract.id,
        us=own_names(pacta),
        counterparty=counterparty.name if counterparty else None,
        parents=tuple(parents),
    )
    return read_text(document, chunks, hints, clauses_in(library_folder(pacta)))


def parents_of(pacta: "Pacta", contract: Contract) -> list["Extraction"]:
    """Extractions of the documents this one hangs on, nearest first; for an amendment its siblings
    too, since an amendment of the master changes its schedules."""
    held = {c.id: c for c in pacta.store.contracts(Scope.all())}
    above = _above(contract, held)
    if contract.relation == "amendment":
        ids = {c.id for c in above}
        above += [c for c in held.values() if c.parent in ids and c.relation in ("schedule", "sow")]
    found = []
    for each in above:
        if each.document_id is not None and each.id != contract.id:
            document = pacta.store.document(each.document_id, Scope.all())
            chunks = pacta.store.chunks(each.document_id, Scope.all())
            higher = parents_of(pacta, each) if each.relation != "amendment" else []
            found.append(extract(pacta, each, document, chunks, higher))
    return found


def _above(contract: Contract, held: dict[str, Contract]) -> list[Contract]:
    above: list[Contract] = []
    parent = held.get(contract.parent or "")
    while parent is not None and parent.id != contract.id and parent not in above:
        above.append(parent)
        parent = held.get(parent.parent or "")
    return above


def complete(contract: Contract, document: Document, extraction: "Extraction") -> Contract:
    """The contract with what its text says where the CLM says nothing; the CLM's word stands."""
    said = extraction.facts
    own_role = next((p.role for p in said.parties if contract.us and slug(p.name) == contract.us), "")
    given = {
        "title": contract.title or said.title or document.name,
        "type": contract.type if contract.type != "unknown" else said.type or "unknown",
        "relation": contract.relation if contract.relation != "standalone" else said.relation,
        "our_role": contract.our_role or own_role,
        "agreed_on": contract.agreed_on or said.agreed_on,
        "effective_on": contract.effective_on or said.effective_on,
        "expires_on": contract.expires_on or said.expires_on,
        "governing_law": contract.governing_law or said.governing_law,
        "zone": contract.zone or said.zone,
        "precedence": contract.precedence or said.precedence,
        "document_id": document.id,
        "document_name": document.name,
    }
    return contract.model_copy(update=given)


def obligations_of(
    pacta: "Pacta",
    contract: Contract,
    document: Document,
    extraction: "Extraction",
    parents: Sequence["Extraction"],
) -> tuple[tuple[Obligation, ...], tuple[Problem, ...]]:
    """Drafts and changes as obligations with parties resolved; what is not grounded becomes a problem."""
    sides = _sides(contract, [*reversed(parents), extraction])
    found: dict[str, Obligation] = {}
    problems: list[Problem] = []
    changed = [(c.draft, c.effective_on or contract.effective_on) for c in extraction.changes if c.draft]
    restated = {(draft.kind, draft.key) for draft, _ in changed}
    drafts = changed + [(d, None) for d in extraction.drafts if (d.kind, d.key) not in restated]
    for draft, from_on in drafts:
        problem = _ungrounded(draft.span, document)
        if problem is not None:
            problems.append(problem)
            continue
        obligation = _obligation(pacta.settings.policy, contract, sides, draft, from_on)
        found.setdefault(obligation.id, obligation)
    found = _contradictions_wait(found)
    problems += [
        Problem(
            stage="extract",
            what=f"{unread.kind}: {unread.why}",
            place=unread.span.section or f"page {unread.span.page or '?'}",
            remedy="read it by hand",
        )
        for unread in extraction.unread
    ]
    problems += [
        Problem(
            stage="extract",
            what=f"a change to {change.target} could not be read as terms",
            place=change.span.section,
            remedy="review the amendment by hand",
        )
        for change in extraction.changes
        if change.draft is None
    ]
    return tuple(found.values()), tuple(problems)


def _contradictions_wait(found: dict[str, Obligation]) -> dict[str, Obligation]:
    """One promise stated with different terms in one document is for a person, however sure each reading.

    What the model alone has read is for a person anyway, and is no statement that speaks against another.
    """
    terms: dict[tuple[str, str], set[str]] = {}
    for o in found.values():
        if o.reading.engine == MODEL_ALONE:
            continue
        terms.setdefault((o.kind, o.key), set()).add(o.terms[0].terms.model_dump_json())
    return {
        key: o
        if len(terms.get((o.kind, o.key), ())) <= 1
        else o.model_copy(
            update={
                "review": Review.PROPOSED,
                "notes": (*o.notes, "the document states this promise more than once, with different terms"),
            }
        )
        for key, o in found.items()
    }


def _ungrounded(span: Span, document: Document) -> Problem | None:
    if document.text[span.start : span.end] == span.quote or span.match != "exact":
        return None
    return Problem(
        stage="locate",
        what="a quote is not where it should be in the text",
        place=span.section,
        remedy="read it by hand",
    )


def _obligation(
    policy: "Policy", contract: Contract, sides: dict[str, str | None], draft: "Draft", from_on: date | None
) -> Obligation:
    dated = DatedTerms(
        from_on=from_on, terms=draft.terms, span=draft.span, basis=draft.basis, contract=contract.id
    )
    approved = draft.confidence >= policy.approve_from and not draft.contested
    return Obligation(
        id=_identity(contract.id, draft, from_on),
        contract=contract.id,
        kind=draft.kind,
        key=draft.key,
        debtor=sides.get(draft.debtor_role.casefold()),
        creditor=sides.get(draft.creditor_role.casefold()),
        terms=(dated,),
        confidence=draft.confidence,
        review=Review.APPROVED if approved else Review.PROPOSED,
        reading=draft.reading or READER,
        notes=draft.notes,
    )


def _identity(contract: str, draft: "Draft", from_on: date | None) -> str:
    """The same promise in the same words keeps its id, and so its review, over new versions of a file."""
    quote = " ".join(draft.span.quote.split())
    parts = [contract, draft.kind, draft.key, str(from_on), draft.terms.model_dump(mode="json"), quote]
    digest = hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8)
    return f"ob-{digest.hexdigest()}"


def _sides(contract: Contract, extractions: Sequence["Extraction"]) -> dict[str, str | None]:
    """Party id by role and by name, in lower case; later extractions know better than earlier ones."""
    sides: dict[str, str | None] = {}
    for extraction in extractions:
        for mention in extraction.facts.parties:
            party = party_of(contract, mention.name, mention.aliases)
            for word in (mention.role, mention.name, *mention.aliases):
                if word:
                    sides[word.casefold()] = party
    return sides


def party_of(contract: Contract, name: str, aliases: Sequence[str]) -> str | None:
    """Our id for a party the text mentions: us, the counterparty, or its own name's id."""
    if contract.us is not None and contract.us in {slug(name), *(slug(a) for a in aliases)}:
        return contract.us
    return contract.counterparty if contract.us is not None else slug(name)
