"""What readers of duties and of the agreement's life share: which sentences promise, and by whose days.

A contract states such a promise in prose, in a list item, or in a cell of a schedule; headings, recitals,
worked examples and words to a machine promise nothing.
"""

import re
from collections.abc import Iterator

from extraction.clauses import addresses_reader, is_recital
from extraction.context import Context
from extraction.drafting import Sketch
from extraction.model import DefinedTerm
from extraction.quantities import DurationMention
from extraction.sentences import Sentence
from obligations.terms.common import Clock

_ILLUSTRATION = re.compile(
    r"^\W*(?:for (?:example|instance)|by way of (?:example|illustration)|example|illustration|assume)\b"
    r"|\b(?:worked example|sample calculation|hypothetical\w*|purely indicative)\b",
    re.IGNORECASE,
)
_CAPITAL_NAME = re.compile(r"\b(?:the )?(?P<name>[A-Z][\w&.'-]*(?: [A-Z][\w&.'-]*){0,3})\W+(?:\w+\W+){0,2}$")
_PARTY_WORD = re.compile(
    r"\b(?:each|either|both|neither|any|the other|other) part(?:y|ies)\b|\bthe parties\b", re.IGNORECASE
)


def promising(context: Context) -> tuple[Sentence, ...]:
    """Sentences and rows that may promise something."""
    return context.once("promising", lambda: tuple(s for s in context.sentences if _promises(s)))


def _promises(sentence: Sentence) -> bool:
    text = sentence.text
    return (
        sentence.form != "heading"
        and not is_recital(text)
        and not _ILLUSTRATION.search(text)
        and not addresses_reader(text)
    )


def neighbours(context: Context, sentence: Sentence, reach: int) -> Iterator[Sentence]:
    """The next sentences of the same section, at most `reach` of them."""
    for later in context.sentences[sentence.index + 1 : sentence.index + 1 + reach]:
        if later.form == "heading" or later.section != sentence.section:
            return
        yield later


def clock_of(context: Context, length: DurationMention) -> tuple[Clock | None, DefinedTerm | None]:
    """What the days of a length are: business days with their calendar, or days of the calendar."""
    if not length.duration.in_days:
        return None, None
    if not length.business:
        return "calendar", None
    return "business", context.definitions.calendar_named(length.text)


def count_by(sketch: Sketch, clock: Clock | None, named: DefinedTerm | None) -> None:
    """Put the calendar of business days among the basis, or say that there is none."""
    if named is not None:
        sketch.basis.append(named.span)
    elif clock == "business":
        sketch.features.append("unknown_calendar")
        sketch.notes.append("business days are not defined in this document")


def actor(context: Context, sentence: Sentence, at: int) -> str:
    """Which party acts just before a place of the sentence: the last one named; empty if it is both."""
    text = sentence.text
    named = context.roles.mentions(text, 0, at)
    shared = list(_PARTY_WORD.finditer(text, 0, at))
    if not named or (shared and shared[-1].start() > named[-1][0]):
        return ""
    return named[-1][1]
