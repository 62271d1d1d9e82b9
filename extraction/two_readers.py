"""Two readings of one document, the embedded reader's and a language model's, become one.

| what the two read | what is kept |
|---|---|
| the same promise with the same terms | the embedded draft, surer than before |
| the same promise with different terms | the embedded draft with both readings in its notes, for a person |
| only the embedded reader, surely | its draft as it was |
| only the embedded reader, with doubts, where the model was asked | its draft, for a person |
| only the model | the model's draft, for a person |

The same promise is one of the same kind at the same place: spans that share a third of the shorter one. The
rows of a table that a model gives one by one are put together before they are compared.
"""

from collections.abc import Callable, Sequence

from extraction.model import Change, Draft, Extraction
from extraction.parts import join_parts
from extraction.same_terms import differences, in_words, tells_apart, unstated
from obligations.document import Document, Problem
from obligations.model import Reading

ALONE = 0.6
"""How sure a promise is that the model alone has read."""
INVENTED = 0.3
"""The same, where a figure of its terms does not stand in the words it quotes."""
CONTESTED = 0.5
"""The most that a promise is sure of which the two read differently."""
SURE = 0.8
"""From here on the embedded reader needs no second one."""
SHARED = 1 / 3


def merge(
    document: Document, read: Extraction, model: Sequence[Draft], asked: Callable[[Draft], bool]
) -> Extraction:
    """The extraction with the model's drafts in it.

    `model` are located drafts with their `reading`; `asked` tells whether the model was given the clause of
    an embedded draft and asked for its kind. Nothing is dropped silently: what cannot be kept is a problem.
    """
    theirs, problems = _outside_changes(_distinct(model), read.changes)
    joined, broken = join_parts(document, read.drafts, theirs)
    partner = _paired(read.drafts, joined)
    drafts = [
        _both(draft, joined[partner[place]]) if place in partner else _unconfirmed(draft, asked)
        for place, draft in enumerate(read.drafts)
    ]
    used = set(partner.values())
    drafts += [_model_alone(draft) for place, draft in enumerate(joined) if place not in used]
    drafts.sort(key=lambda draft: (draft.span.start, draft.span.end))
    return read.model_copy(update={"drafts": tuple(drafts), "problems": (*read.problems, *problems, *broken)})


def share(one: Draft, other: Draft) -> float:
    """The shared part of the shorter of two spans, 0 to 1."""
    a, b = one.span, other.span
    shared = min(a.end, b.end) - max(a.start, b.start)
    return max(0, shared) / min(a.end - a.start, b.end - b.start)


def _distinct(drafts: Sequence[Draft]) -> list[Draft]:
    """Each promise once, however often the model lists it."""
    kept: list[Draft] = []
    for draft in drafts:
        if not any(k.terms == draft.terms and share(k, draft) >= SHARED for k in kept):
            kept.append(draft)
    return kept


def _outside_changes(drafts: Sequence[Draft], changes: Sequence[Change]) -> tuple[list[Draft], list[Problem]]:
    """The drafts that do not stand in words of an amendment that replace others: those are read as changes.

    A change that the model reads differently is a problem, since a change has no review of its own.
    """
    kept: list[Draft] = []
    problems: list[Problem] = []
    for draft in drafts:
        change = next((c for c in changes if _inside(draft, c)), None)
        if change is None:
            kept.append(draft)
        elif change.draft is None or change.draft.kind != draft.kind or differences(change.draft, draft)[0]:
            problems.append(
                Problem(
                    stage="extract",
                    what=f"in a change to {change.target} the model reads {draft.kind}: {in_words(draft)}",
                    place=draft.span.section,
                    remedy="review the amendment by hand",
                )
            )
    return kept, problems


def _inside(draft: Draft, change: Change) -> bool:
    return change.span.start < draft.span.end and draft.span.start < change.span.end


def _paired(ours: Sequence[Draft], theirs: Sequence[Draft]) -> dict[int, int]:
    """Which model draft is which embedded draft, one to one: readings that agree first, then the nearest."""
    chances = []
    for i, one in enumerate(ours):
        for j, other in enumerate(theirs):
            shared = share(one, other) if one.kind == other.kind else 0.0
            if shared >= SHARED and not tells_apart(one, other):
                differing, agreeing = differences(one, other)
                chances.append((len(differing), -agreeing, -shared, i, j))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for *_, i, j in sorted(chances):
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    return partner


def _both(ours: Draft, theirs: Draft) -> Draft:
    differing, agreeing = differences(ours, theirs)
    named = _name(theirs)
    found: dict[str, object] = {
        "reading": _joint(theirs.reading),
        "debtor_role": ours.debtor_role or theirs.debtor_role,
        "creditor_role": ours.creditor_role or theirs.creditor_role,
    }
    if differing:
        found["contested"] = True
        found["confidence"] = min(ours.confidence, CONTESTED)
        said = f"the embedded reader: {_said(ours, differing)}; {named}: {_said(theirs, differing)}"
        found["notes"] = (*ours.notes, f"the two readers differ in {', '.join(differing)}; {said}")
    elif agreeing:
        if theirs.span.match != "fuzzy":
            found["confidence"] = round(min(0.99, ours.confidence + (1 - ours.confidence) / 2), 2)
        found["notes"] = (*ours.notes, f"{named} reads the same")
    else:
        found["notes"] = (*ours.notes, f"{named} reads the promise too, but states none of its terms")
    return ours.model_copy(update=found)


def _said(draft: Draft, differing: Sequence[str]) -> str:
    said = in_words(draft)
    if {"debtor", "creditor"} & set(differing):
        said += f", owed by {draft.debtor_role or 'nobody named'} to {draft.creditor_role or 'nobody named'}"
    return said


def _unconfirmed(draft: Draft, asked: Callable[[Draft], bool]) -> Draft:
    """An embedded draft that the model did not list."""
    if draft.confidence >= SURE or not asked(draft):
        return draft
    note = f"the embedded reader: {in_words(draft)}; the model was given the clause and lists no such promise"
    return draft.model_copy(update={"contested": True, "notes": (*draft.notes, note)})


def _model_alone(draft: Draft) -> Draft:
    notes = [f"{_name(draft)}: {in_words(draft)}; the embedded reader does not read this promise"]
    missing = unstated(draft)
    if missing:
        notes.append(f"the words quoted do not state {', '.join(missing)}")
    sure = INVENTED if missing else ALONE
    return draft.model_copy(update={"contested": True, "confidence": sure, "notes": (*draft.notes, *notes)})


def _joint(model: Reading | None) -> Reading:
    """Both readers, by the versions of each."""
    embedded = Reading()
    if model is None:
        return embedded
    return Reading(
        engine="embedded and model", version=f"{embedded.version}, {model.version}", model=model.model
    )


def _name(draft: Draft) -> str:
    return f"the model {draft.reading.model}" if draft.reading and draft.reading.model else "the model"
