"""Sentences that no reader has read, read by the nearest clause of the library.

The clause gives the kind and says which terms to expect; the sentence gives the figures. Each figure of the
clause that carries a term is laid against the figure of the same sort in the sentence whose neighbouring
words are most alike. A term that the sentence does not state stays open, and what its words alone say
("first response", "on acceptance") is taken over only from a clause in nearly the same words. The terms'
own validation decides whether there is a draft at all. A draft read this way is never sure: its confidence
stays below a reader's, and a note names the clause.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from pydantic import TypeAdapter, ValidationError

from extraction.alignment import align
from extraction.clause_index import ClauseIndex, Nearest, Path
from extraction.clauses import addresses_reader, is_example, is_failure, is_negated, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.figures import Figure, figures, has_figure
from extraction.library import Library
from extraction.model import Draft
from extraction.quantities import Mention
from extraction.sentences import Sentence
from obligations.document import Span
from obligations.terms import Terms

ALONE = 0.60
"""From this likeness on a clause is enough by itself."""
TAGGED = 0.44
"""From here on it is where the tagger, too, finds its kind; below it no clause says anything."""
SAME_WORDS = 0.80
"""From here on the sentence says in words, too, what the clause says."""

_SHORTEST, _LONGEST = 40, 900
_SURE = 0.5
_NAMED_BY = {"duty": "what", "certificate": "standard"}
"""The term that says which promise of its kind it is, where any thing can be promised."""
_MEASURE = re.compile(r"P(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?|[\d:.-]+")
_TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)
_OPEN = object()


def index_library(library: Library) -> ClauseIndex:
    """The library as the reader looks it up; build it once for many documents."""
    return ClauseIndex(library, least=ALONE, hinted=TAGGED)


@dataclass
class _Found:
    """A sentence, and those after it, that follow one clause of the library."""

    sentence: Sentence
    near: Nearest
    values: dict[Path, Figure]
    more: list[Sentence] = field(default_factory=list)
    doubtful: bool = False


def read_by_library(
    context: Context, library: ClauseIndex, read: Sequence[Span], readable: Collection[str] = ()
) -> Iterator[Draft]:
    """Drafts for sentences outside the spans in `read`.

    `readable` are the kinds that have a reader: one that left a sentence alone may have done so on purpose,
    so that only a clause in much the same words speaks against it.
    """
    names = frozenset(
        word for name in context.roles.names for word in re.findall(r"[a-z]+", name.lower()) if len(word) > 1
    )
    found: _Found | None = None
    for sentence in _left(context, read):
        hints = [kind for kind, weight in sentence.kinds if weight >= _SURE and kind not in readable]
        near = library.nearest(sentence.text[sentence.body :], names, hints)
        if near is None:
            continue
        values, doubtful = align(near.unit, sentence.text, _figures(context, sentence))
        if found is not None and _continues(found, sentence, near):
            found.values = {**values, **found.values}
            found.more.append(sentence)
            found.doubtful |= doubtful
            continue
        if found is not None:
            yield from _draft(context, found)
        found = _Found(sentence, near, values, doubtful=doubtful)
    if found is not None:
        yield from _draft(context, found)


def _left(context: Context, read: Sequence[Span]) -> Iterator[Sentence]:
    """Sentences that may promise something and that nobody has read, in order of the text."""
    taken = sorted((span.start, span.end) for span in read)
    starts = [start for start, _ in taken]
    ends = list(accumulate((end for _, end in taken), max))
    for sentence in context.prose():
        if not _SHORTEST <= len(sentence.text) <= _LONGEST:
            continue
        before = bisect_left(starts, sentence.end)
        if not before or ends[before - 1] <= sentence.start:
            yield sentence


def _figures(context: Context, sentence: Sentence) -> list[Figure]:
    """The figures of a sentence, without its own numbering."""
    if not has_figure(sentence.text):
        return []
    found = figures(sentence.text, context.priorities, month_first=context.month_first)
    return [figure for figure in found if figure.start >= sentence.body]


def _continues(found: _Found, sentence: Sentence, near: Nearest) -> bool:
    """Does a sentence go on with the clause that the one before it follows?"""
    last = found.more[-1] if found.more else found.sentence
    same = near.unit.clause.id == found.near.unit.clause.id and near.unit is not found.near.unit
    return same and sentence.index == last.index + 1 and sentence.section == last.section


def _draft(context: Context, found: _Found) -> Iterator[Draft]:
    clause, text = found.near.unit.clause, found.sentence.text
    own = [figure for figure in found.values.values() if figure.start < len(text)]
    at = own[0].start if own else found.sentence.body
    if not _promises(found, at):
        return
    terms = _terms(found)
    if terms is None:
        return
    places = [
        Mention(f.start, f.end, f.text, f.doubtful) for f in own if f.text and text[f.start : f.end] == f.text
    ]
    sketch = from_sentence(context, found.sentence, terms, *places)
    sketch.span = context.span(found.sentence)
    sketch.key = str(getattr(terms, "priority", None) or "")
    sketch.debtor = context.roles.subject(found.sentence, at)
    sketch.basis += [context.span(sentence) for sentence in found.more]
    sketch.features += ["library", *(["ambiguous"] if found.doubtful else [])]
    sketch.notes.append(
        f"read by the nearest clause of the library, {clause.id} (likeness {found.near.likeness:.2f})"
    )
    yield sketch.draft(context)


def _promises(found: _Found, at: int) -> bool:
    """Is it said as a promise, and not as its denial, its breach, an example or an aside?"""
    sentence, text = found.sentence, found.sentence.text
    if addresses_reader(text) or is_example(text) or is_recital(text[sentence.body :]):
        return False
    unit = found.near.unit
    there = next((figure.start for path, figure in unit.figures if path == unit.main), len(unit.text) - 1)
    denied = is_negated(text, sentence.body, at) and not is_negated(unit.text, 0, there)
    return not denied and not (is_failure(text, at) and not is_failure(unit.text, there))


def _terms(found: _Found) -> Terms | None:
    """The clause's terms with the sentence's figures; None when they come to nothing or to nonsense."""
    clause, main = found.near.unit.clause, found.near.unit.main
    in_words = found.near.likeness >= SAME_WORDS
    if (main is not None and main not in found.values) or (main is None and not in_words):
        return None
    values = {
        name: value
        for name, held in clause.terms.items()
        if (value := _filled(held, (name,), found, in_words)) is not _OPEN
    }
    lost = main is None and any(_measures(clause.terms[name]) for name in clause.terms.keys() - values.keys())
    if lost or (clause.kind in _NAMED_BY and _NAMED_BY[clause.kind] not in values):
        return None
    try:
        return _TERMS.validate_python({"kind": clause.kind, **values})
    except ValidationError:
        return None


def _filled(held: Any, path: Path, found: _Found, in_words: bool) -> Any:
    """A term of the clause as the sentence states it; _OPEN where it does not."""
    if isinstance(held, dict):
        inner = {
            name: value
            for name, each in held.items()
            if (value := _filled(each, (*path, name), found, in_words)) is not _OPEN
        }
        return inner if inner and (in_words or _any_figure(path, found)) else _OPEN
    if isinstance(held, list | tuple):
        values = [_filled(each, (*path, n), found, in_words) for n, each in enumerate(held)]
        whole = [
            value
            for n, value in enumerate(values)
            if value is not _OPEN and not _lacks_figure((*path, n), found)
        ]
        return whole or _OPEN
    if path in found.values:
        return found.values[path].written
    if path in found.near.unit.figured:
        return _OPEN
    return _in_words(held, path, found, in_words)


def _in_words(held: Any, path: Path, found: _Found, in_words: bool) -> Any:
    """A term that is no figure: told by a figure beside it, or by the same words. No number is ever taken
    from the library."""
    theirs = dict(found.near.unit.figures)
    beside = [(p, found.values[p], theirs.get(p)) for p in found.values if p[:-1] == path[:-1]]
    if path[-1] == "clock":
        for _, own, their in beside:
            if own.sort == "duration" and (own.business or (their is not None and their.business)):
                return "business" if own.business else _OPEN
    if path[-1] in ("currency", "unit"):
        for _, own, their in beside:
            if own.sort == "money" and their is not None and their.currency == held:
                return own.currency
            if own.sort == "money" and path[-1] == "currency":
                return own.currency
    if _measures(held) or "calendar" in path:
        return _OPEN
    return held if in_words or _said(held, found) else _OPEN


def _said(held: Any, found: _Found) -> bool:
    """Do the words of a name stand in the sentence: "invoice_receipt" where an invoice is received?"""
    if not isinstance(held, str):
        return False
    wanted = re.findall(r"[a-z]{3,}", held.lower())
    if len(wanted) < 2 and found.near.likeness < ALONE:
        return False
    words = set(re.findall(r"[a-z]+", found.sentence.text.lower()))
    return bool(wanted) and all(any(each.startswith(word[:5]) for each in words) for word in wanted)


def _measures(value: Any) -> bool:
    """Is it a number, a length of time, a day or an hour?"""
    if isinstance(value, str):
        return _MEASURE.fullmatch(value) is not None
    return not isinstance(value, bool) and value is not None


def _any_figure(path: Path, found: _Found) -> bool:
    return any(p[: len(path)] == path for p in found.values)


def _lacks_figure(path: Path, found: _Found) -> bool:
    """Does a part of a list have a figure in the clause that the sentence does not give?"""
    return any(p[: len(path)] == path and p not in found.values for p, _ in found.near.unit.figures)
