"""The day a contract was made, and the day it takes effect."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from extraction import patterns
from extraction.dates import DateMention, dates
from extraction.definitions import Definitions
from extraction.quantities import Mention
from extraction.sentences import Sentence, span_of
from obligations.document import Document, Span

_DIGIT = re.compile(r"\d")
_AGREED = re.compile(
    r"\b(?:dated(?: as of)?|made(?: and entered into)?(?: as)?(?: of| on| this| (?:at|in) \w+ on)?"
    r"|entered into(?: as of| on| this| effective)?|executed(?: as of| on)?|signed(?: (?:in|at) \w+)? on"
    r"|is made|concluded on|agreement is made)\b[\s,:(]*(?:(?:and )?(?:entered into|effective|made)\s)?"
    r"(?:as of |on |this |the |of )*$",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"\b(?:(?:shall )?(?:take|takes|become|becomes|come|comes|came|enter|enters)\s(?:into\s)?(?:effect"
    r"|force|effective)|(?:is |be )?effective(?: date)?|with effect|in force|in effect|commenc\w+"
    r"|begins?|beginning|starts?|start date|commencement date|effective date)\b\W{0,3}"
    r"(?:\"?\)? ?(?:is|means|of|as|from|on|date|the|this|and|as of|shall be|be|:|\(|\"|of this|agreement"
    r"|from the|upon|day)[ :]*)*$",
    re.IGNORECASE,
)


@dataclass
class Beginning:
    agreed: date | None = None
    effective: date | None = None
    spans: dict[str, Span] = field(default_factory=dict)


def read_dates(
    document: Document, sentences: Sequence[Sentence], definitions: Definitions, *, month_first: bool
) -> Beginning:
    """The day of agreement and the day of effect, from the preamble, the definitions and the term clause."""
    found = Beginning()
    head = [s for s in sentences if s.flat.start < 7000][:60]
    agreed = (
        _agreed(head, month_first) or _signed(sentences, month_first) or _loosely_agreed(head, month_first)
    )
    if agreed is not None:
        sentence, day = agreed
        found.agreed = day.day
        found.spans["agreed_on"] = _span(document, sentence, day)
        if patterns.match(
            r"\W{0,4}\(?(?:the |as )?\W{0,3}(?:effective|commencement) date",
            sentence.text[day.end : day.end + 60],
        ):
            found.effective = day.day
            found.spans["effective_on"] = _span(document, sentence, day)
    _effective(document, sentences, definitions, found, month_first)
    if found.effective is None and agreed is not None:
        sentence, day = agreed
        if _AS_OF.search(sentence.text[: day.start]):
            found.effective = day.day
            found.spans["effective_on"] = _span(document, sentence, day)
    return found


_AS_OF = re.compile(r"\b(?:as of|effective|as from|with effect from)\W{0,3}(?:the |this )?$", re.IGNORECASE)
_OF_ANOTHER = re.compile(
    r"\b(?:under|to|of|in|by|and|amend\w*|supplement\w*) (?:the|that|a|its|certain|that certain) "
    r"(?!this\b)[\w\s,()-]{3,90}\b(?:dated|made|entered into)(?: (?:as )?(?:of|on))?\s$",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^(?:dated(?: as of)?|of|on|date:?|made(?: on)?|agreed(?: on)?)?\s?$", re.IGNORECASE)


def _agreed(head: Sequence[Sentence], month_first: bool) -> tuple[Sentence, DateMention] | None:
    """The day in "made on", "dated", "entered into as of", or alone on a line of the title page."""
    for sentence in head:
        for day in dates(sentence.text, month_first=month_first):
            before = sentence.text[max(0, day.start - 110) : day.start]
            alone = _ALONE.match(sentence.text[: day.start]) and len(sentence.text) - day.end < 3
            if (_AGREED.search(before) and not _OF_ANOTHER.search(before)) or alone:
                return sentence, day
    return None


def _loosely_agreed(head: Sequence[Sentence], month_first: bool) -> tuple[Sentence, DateMention] | None:
    """ "effective as of" counts as the day of agreement where no other is given."""
    for sentence in head:
        for day in dates(sentence.text, month_first=month_first):
            if patterns.search(r"\bas of\W{0,3}(?:the |this )?$", sentence.text[: day.start]):
                return sentence, day
    return None


def _signed(sentences: Sequence[Sentence], month_first: bool) -> tuple[Sentence, DateMention] | None:
    """The last date of a signature block: "Munich, 12 February 2024", "Date: January 9, 2026"."""
    latest: tuple[Sentence, DateMention] | None = None
    for sentence in sentences:
        if len(sentence.text) > 320 or not _DIGIT.search(sentence.text):
            continue
        for day in dates(sentence.text, month_first=month_first):
            before = sentence.text[: day.start]
            if re.search(
                r"(?:^|\|\s?|\b)(?:(?i:date(?: signed)?)\s?:|[A-Z][a-z]+, (?:the )?|(?i:signed on))\s?$",
                before,
            ) and not re.search(r"\b(?:shall|will|means|until|from)\b", before):
                later = latest is None or day.day >= latest[1].day
                latest = (sentence, day) if later else latest
    return latest


def _effective(
    document: Document,
    sentences: Sequence[Sentence],
    definitions: Definitions,
    found: Beginning,
    month_first: bool,
) -> None:
    for name in (
        "effective date",
        "commencement date",
        "amendment date",
        "amendment effective date",
        "start date",
        "term start date",
    ):
        if (term := definitions.days.get(name)) and term.day:
            found.effective = term.day
            found.spans["effective_on"] = term.span
            return
    if found.effective is not None:
        return
    named = next(
        (
            term
            for name, term in definitions.days.items()
            if re.search(r"\b(?:effective|commencement|start)\b", name)
        ),
        None,
    )
    if named is not None and named.day:
        found.effective = named.day
        found.spans["effective_on"] = named.span
        return
    for sentence, day in _printed(sentences, month_first):
        before = sentence.text[max(0, day.start - 110) : day.start]
        own = patterns.search(
            r"\b(?:this|the) (?:\w+ ){0,3}(?:agreement|amendment|schedule|contract|sow|statement of work"
            r"|addendum|order|exhibit|licen[cs]e|term|services)\b|\bsow \d|\bin force from\b|^effective"
            r"|\beffective date|\bterm\b|\bcommencement",
            sentence.text,
        )
        if own and _EFFECTIVE.search(before):
            found.effective = day.day
            found.spans["effective_on"] = _span(document, sentence, day)
            return


def _printed(sentences: Sequence[Sentence], month_first: bool) -> Iterator[tuple[Sentence, DateMention]]:
    for sentence in sentences:
        if _DIGIT.search(sentence.text):
            for day in dates(sentence.text, month_first=month_first):
                yield sentence, day


def _span(document: Document, sentence: Sentence, mention: Mention) -> Span:
    return span_of(document, *sentence.flat.span(mention.start, mention.end), sentence.section)
