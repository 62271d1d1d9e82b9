"""The embedded reader: a document in, facts, drafts, changes and problems out. No model is asked."""

from collections.abc import Sequence

from pydantic import ValidationError

from extraction.amendments import in_replaced_words, read_changes
from extraction.by_library import read_by_library
from extraction.clause_index import ClauseIndex
from extraction.clauses import addresses_reader
from extraction.context import Context
from extraction.definitions import read_definitions
from extraction.errors import ChunkMismatch
from extraction.facts import is_month_first, read_facts, read_zone
from extraction.laws import read_law
from extraction.model import Change, ContractHints, Draft, Extraction, Unread
from extraction.parties import read_parties
from extraction.priorities import find_priorities
from extraction.readers import READERS
from extraction.roles import find_roles
from extraction.sentences import Sentence, segment
from extraction.tables import read_tables
from obligations.document import Chunk, Document, Problem


def read(
    document: Document,
    chunks: Sequence[Chunk] = (),
    hints: ContractHints | None = None,
    library: ClauseIndex | None = None,
) -> Extraction:
    """Read a document. `chunks` give sections and the tagger's kinds; both are hints only.

    With a `library` (`by_library.index_library`) its clauses read the sentences that no reader has read.
    Offsets of every span are indices into `document.text`. Raises ChunkMismatch if the chunks were cut
    from another document; whatever cannot be read becomes a Problem, never an exception.
    """
    stranger = next((chunk for chunk in chunks if chunk.document_id != document.id), None)
    if stranger is not None:
        raise ChunkMismatch(
            f"chunk {stranger.id} belongs to document {stranger.document_id}, not to {document.id}",
            remedy="chunk this document again before reading it",
        )
    context = prepare(document, chunks, hints or ContractHints())
    drafts, unread, broken = _drafts(context)
    facts = read_facts(
        document,
        context.sentences,
        context.parties,
        context.definitions,
        drafts,
        month_first=context.month_first,
    )
    changes: tuple[Change, ...] = ()
    if facts.relation == "amendment":
        changes = read_changes(context, drafts, facts.effective_on or facts.agreed_on)
        drafts = tuple(draft for draft in drafts if not in_replaced_words(draft, changes))
    if library is not None:
        done = [draft.span for draft in drafts] + [span for draft in drafts for span in draft.basis]
        done += [u.span for u in unread] + [change.span for change in changes]
        drafts = tuple(_merged([*drafts, *read_by_library(context, library, done, READERS.keys())]))
    return Extraction(
        facts=facts,
        drafts=drafts,
        changes=changes,
        unread=unread,
        problems=(*broken, *_problems(context, drafts, unread)),
    )


def prepare(document: Document, chunks: Sequence[Chunk], hints: ContractHints) -> Context:
    """Work out once what all readers look at."""
    sentences = segment(document, chunks)
    month_first = is_month_first(document.text)
    law, _ = read_law(sentences)
    zone, _ = read_zone(sentences, law)
    if zone is None:
        zone = next((parent.facts.zone for parent in hints.parents if parent.facts.zone), None)
    grids = read_tables(document, sentences)
    parties = read_parties(document, tuple(name for name in (*hints.us, hints.counterparty) if name))
    return Context(
        document=document,
        sentences=sentences,
        grids=grids,
        parties=parties,
        roles=find_roles(parties, sentences),
        definitions=read_definitions(document, sentences, zone, hints, month_first=month_first),
        priorities=find_priorities(grids, sentences),
        hints=hints,
        month_first=month_first,
        zone=zone,
    )


def _drafts(context: Context) -> tuple[tuple[Draft, ...], tuple[Unread, ...], list[Problem]]:
    drafts: list[Draft] = []
    unread: list[Unread] = []
    broken: list[Problem] = []
    for kind, read_kind in READERS.items():
        try:
            for found in read_kind(context):
                if isinstance(found, Draft):
                    drafts.append(found)
                else:
                    unread.append(found)
        except ValidationError as error:
            broken.append(_broken(kind, error))
    kept = _merged(drafts)
    covered = [(draft.kind, draft.span.start, draft.span.end) for draft in kept]
    left = [
        u
        for u in unread
        if not any(k == u.kind and s < u.span.end and u.span.start < e for k, s, e in covered)
    ]
    return tuple(kept), tuple(left), broken


def _broken(kind: str, error: ValidationError) -> Problem:
    """Terms that contradict themselves stop one reader, not the others."""
    return Problem(
        stage="extract",
        what=f"{kind}: the terms read contradict themselves ({error.errors()[0]['msg']})",
        remedy="read the clauses of this kind and enter their terms by hand",
    )


def _merged(drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts in order of the text; the same promise read twice in one place is one draft."""
    kept: list[Draft] = []
    for draft in sorted(drafts, key=lambda d: d.span.start):
        twin = next((k for k in kept[-24:] if _same_place(k, draft)), None)
        if twin is None:
            kept.append(draft)
        elif draft.confidence > twin.confidence:
            kept[kept.index(twin)] = draft
    return kept


def _same_place(one: Draft, other: Draft) -> bool:
    overlap = one.span.start < other.span.end and other.span.start < one.span.end
    return overlap and (one.kind, one.key, one.terms) == (other.kind, other.key, other.terms)


def _problems(context: Context, drafts: Sequence[Draft], unread: Sequence[Unread]) -> list[Problem]:
    problems = [
        Problem(
            stage="extract",
            what=f"{u.kind}: {u.why}",
            place=u.span.section,
            remedy="read the clause and enter its terms by hand",
        )
        for u in unread
    ]
    problems += [_addressed(sentence) for sentence in context.sentences if addresses_reader(sentence.text)]
    seen: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        earlier = seen.setdefault((draft.kind, draft.key), draft)
        if earlier is not draft and earlier.terms != draft.terms:
            problems.append(_contradiction(earlier, draft))
    return problems


def _addressed(sentence: Sentence) -> Problem:
    return Problem(
        stage="extract",
        what="a sentence addresses whoever reads the contract by machine; it was not read as a promise",
        place=sentence.section,
        remedy="look at the sentence; it changes nothing",
    )


def _contradiction(earlier: Draft, later: Draft) -> Problem:
    where = ", ".join(dict.fromkeys(s for s in (earlier.span.section, later.span.section) if s))
    name = f"{later.kind} {later.key}".strip()
    return Problem(
        stage="extract",
        what=f"{name} is stated more than once with different terms",
        place=where,
        remedy="decide in review which of them holds",
    )
