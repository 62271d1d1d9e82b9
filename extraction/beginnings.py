"""The day a contract was made, and the day it takes effect."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from extraction import patterns
from extraction.agreed import last_signed, read_agreed
from extraction.dates import dates
from extraction.definitions import Definitions
from extraction.quantities import Mention
from extraction.sentences import Sentence, span_of
from obligations.document import Document, Span

_DIGIT = re.compile(r"\d")
_EFFECTIVE = re.compile(
    r"\b(?:(?:shall )?(?:take|takes|become|becomes|come|comes|came|enter|enters)\s(?:into\s)?(?:effect"
    r"|force|effective)|(?:is |be )?effective(?: date)?|with effect|in force|in effect|commenc\w+"
    r"|begins?|beginning|starts?|start date|commencement date|effective date)\b\W{0,3}"
    r"(?:\"?\)? ?(?:is|means|of|as|from|on|date|the|this|and|as of|shall be|be|:|\(|\"|of this|agreement"
    r"|from the|upon|day)[ :]*)*$",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:this|the|such) (?:\w+ ){0,3}(?:agreement|amendment|schedule|contract|sow|statement of work"
    r"|addendum|order|exhibit|licen[cs]e|term|services)\b|\bsow \d|\bin force from\b|^\W{0,3}effective"
    r"|\beffective date|\bterm\b|\bcommencement|^(?:\W|\d|\.)*it\b",
    re.IGNORECASE,
)
_ANOTHERS = re.compile(
    r"\b(?:contract year|quarter|anniversary|payments?|production|capacity|which (?:was|is|were)|prior"
    r"|replac\w+|supersed\w+|original|policy|employment (?:with|by)|warranty|lease of|invoices?|if|fees?)\b",
    re.IGNORECASE,
)
_NAMES = (
    "effective date",
    "commencement date",
    "amendment date",
    "amendment effective date",
    "start date",
    "term start date",
)


@dataclass
class Beginning:
    """`assumed`: the text only dates itself "as of" the day of effect, it does not speak of effect."""

    agreed: date | None = None
    effective: date | None = None
    assumed: bool = False
    spans: dict[str, Span] = field(default_factory=dict)


def read_dates(
    document: Document, sentences: Sequence[Sentence], definitions: Definitions, *, month_first: bool
) -> Beginning:
    """The day of agreement and the day of effect, from the preamble, the definitions and the term clause."""
    found = Beginning()
    agreed = read_agreed(sentences, definitions, month_first=month_first)
    if isinstance(agreed, date):
        found.agreed = agreed
    elif agreed is not None:
        sentence, day = agreed
        found.agreed = day.day
        found.spans["agreed_on"] = _span(document, sentence, day)
        if patterns.match(
            r"\W{0,4}\(?(?:the |as |hereinafter |herein |referred to |called )*\W{0,3}(?:\w+ )?"
            r"(?:effective|commencement) date",
            sentence.text[day.end : day.end + 80],
        ):
            found.effective = day.day
            found.spans["effective_on"] = found.spans["agreed_on"]
    _effective(document, sentences, definitions, found, month_first)
    if found.effective is None and isinstance(agreed, tuple):
        sentence, day = agreed
        if as_of := _AS_OF.search(sentence.text[: day.start]):
            found.effective = day.day
            found.assumed = not as_of["effect"]
            found.spans["effective_on"] = found.spans["agreed_on"]
    return found


_AS_OF = re.compile(
    r"(?P<effect>\b(?:effective|with effect|entered into)(?: date)?\W{1,3})?"
    r"(?:\b(?:as of|as from|from)\W{0,3}|(?<=effective )|(?<=effective: ))(?:the |this )?$",
    re.IGNORECASE,
)


def _effective(
    document: Document,
    sentences: Sequence[Sentence],
    definitions: Definitions,
    found: Beginning,
    month_first: bool,
) -> None:
    """The day of effect: a defined date, the day of the last signature, or the clause that states it."""
    named = [definitions.days[name] for name in _NAMES if name in definitions.days]
    if not named and found.effective is None:
        named = [
            t for n, t in definitions.days.items() if re.search(r"\b(?:effective|commencement|start)\b", n)
        ]
    for term in named[:1]:
        found.effective = term.day
        found.spans["effective_on"] = term.span
    if found.effective is None:
        _by_signature(document, sentences, found, month_first)
    if found.effective is None:
        _stated(document, sentences, found, month_first)


_LAST_SIGNATURE = re.compile(
    r"\beffective date\"?(?: of this \w+)?\W{0,3}(?:means|shall mean|is|shall be)\b[^.;]{0,80}"
    r"\b(?:sign|execut)"
    r"|\b(?:date (?:of|on which|that) (?:the )?(?:last|latest|later)|later of the dates?|last (?:party|date)"
    r"|latest date)\b[^.;]{0,90}\b(?:sign|execut)[^.;]{0,60}\beffective date\b"
    r"|\beffective date\"?\W{0,3}(?:means|is|shall (?:be|mean)) the date (?:of this agreement|hereof)\b",
    re.IGNORECASE,
)


def _by_signature(
    document: Document, sentences: Sequence[Sentence], found: Beginning, month_first: bool
) -> None:
    """ "Effective Date means the date the last party has signed": the last date of the signatures."""
    rule = next((s for s in sentences if "ffective" in s.text and _LAST_SIGNATURE.search(s.text)), None)
    rule = rule or next(
        (s for s in sentences if "EFFECTIVE DATE" in s.text and _LAST_SIGNATURE.search(s.text)), None
    )
    if rule is None:
        return
    signed = last_signed(sentences, month_first)
    if signed is not None:
        found.effective = signed[1].day
    else:
        found.effective = found.agreed
    if found.effective is not None:
        found.spans["effective_on"] = span_of(document, rule.start, rule.end, rule.section)


def _stated(document: Document, sentences: Sequence[Sentence], found: Beginning, month_first: bool) -> None:
    """ "This Agreement takes effect on": the first clause of the contract itself that names the day."""
    for sentence in sentences:
        if not _DIGIT.search(sentence.text):
            continue
        for day in dates(sentence.text, month_first=month_first):
            before = re.split(r"[.;]\s", sentence.text[max(0, day.start - 200) : day.start])[-1]
            if _OWN.search(before) and _EFFECTIVE.search(before[-110:]) and not _ANOTHERS.search(before):
                found.effective = day.day
                found.spans["effective_on"] = _span(document, sentence, day)
                return


def _span(document: Document, sentence: Sentence, mention: Mention) -> Span:
    return span_of(document, *sentence.flat.span(mention.start, mention.end), sentence.section)
