"""Reports named in a list under one lead ("the following reports shall be sent:"), or as key and value."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.clauses import MODAL, is_negated
from extraction.report_acts import DUTIFUL, NOUN, sends
from extraction.report_times import Act
from extraction.sentences import Sentence

_NAMED = re.compile(rf"\b(?:[\w'/&-]+ ){{0,4}}?(?P<noun>{NOUN}|reporting)\b", re.IGNORECASE)
_LEADS = re.compile(
    r"\b(?:reports?|statements?|reporting|information|data|documents?)\b[^:]{0,160}:\W*$", re.IGNORECASE
)
_OFTEN = (
    r"(?:daily|weekly|monthly|quarterly|(?<!bi-)(?:semi-?)?annual(?:ly)?|yearly|every|each|within|by the"
    r"|no(?:t)? later than|per (?:day|week|month|quarter|year)|once|twice|\d+ (?:business )?days)"
)
_TIME = re.compile(rf"\b{_OFTEN}\b", re.IGNORECASE)
_KEY = re.compile(
    rf"^\W*(?P<name>(?:[\w'/&-]+ ){{0,4}}?(?:{NOUN}|reporting))(?: (?:frequency|period|interval|schedule"
    rf"|dates?))?"
    rf"\s?[:|–—]\s*(?P<value>{_OFTEN}\b.{{0,160}})$",
    re.IGNORECASE,
)
_LONGEST = 260
_REACH = 30
"""Entries looked at after a lead, at most."""


@dataclass(frozen=True)
class Listed:
    """A report that a line names with its time, and the words that make somebody send it."""

    sentence: Sentence
    act: Act
    lead: Sentence | None = None


def listed_reports(sentences: Sequence[Sentence]) -> Iterator[Listed]:
    """Every line of a list of reports, and every line that gives a report's time as a value."""
    for sentence in sentences:
        if sentence.form == "row" or len(sentence.text) > _LONGEST * 3:
            continue
        if _is_lead(sentence):
            yield from _items(sentences, sentence)
        elif key := _key(sentence):
            yield Listed(sentence, key)


def _is_lead(sentence: Sentence) -> bool:
    text = sentence.text
    return (
        text.endswith(":")
        and bool(_LEADS.search(text))
        and bool(DUTIFUL.search(text))
        and sends(text)
        and not is_negated(text, 0, len(text))
        and not re.search(
            r"\b(?:may|including|includes?|contain\w*|set(?:ting)? forth|show\w*)\b",
            text[-90:],
            re.IGNORECASE,
        )
    )


def _items(sentences: Sequence[Sentence], lead: Sentence) -> Iterator[Listed]:
    """The numbered lines after a lead that name a report and a time, until a line of another sort."""
    for sentence in sentences[lead.index + 1 : lead.index + 1 + _REACH]:
        if MODAL.search(sentence.text) or (not sentence.item and len(sentence.text) > 80):
            return
        if not sentence.item or len(sentence.text) > _LONGEST:
            continue
        named = _NAMED.search(sentence.text, sentence.body, sentence.body + 160)
        if named and _TIME.search(sentence.text):
            yield Listed(sentence, _act(sentence, named.start(), named.end(), named.group()), lead)


def _key(sentence: Sentence) -> Act | None:
    """ "Reporting: quarterly, 20 days after the end of the quarter"."""
    text = sentence.text[sentence.body :]
    found = _KEY.match(text) if len(text) < _LONGEST else None
    if found is None or MODAL.search(text):
        return None
    return _act(
        sentence, sentence.body + found.start("name"), sentence.body + found.end("name"), found["name"]
    )


def _act(sentence: Sentence, start: int, end: int, name: str) -> Act:
    return Act(start, end, end, name.strip(), sentence.body, len(sentence.text))
