"""Which document of a contract prevails over which."""

import re
from collections.abc import Sequence

from extraction import patterns
from extraction.sentences import Sentence
from obligations.model import Relation

_DOCUMENTS: tuple[tuple[Relation, re.Pattern[str]], ...] = (
    (
        "amendment",
        re.compile(r"\b(?:amendments?|addend(?:um|a)|variations?|change orders?)\b", re.IGNORECASE),
    ),
    ("sow", re.compile(r"\b(?:statements? of work|SOWs?|work orders?)\b", re.IGNORECASE)),
    ("order", re.compile(r"\b(?:order forms?|purchase orders?|orders?)\b", re.IGNORECASE)),
    (
        "schedule",
        re.compile(
            r"\b(?:schedules?|annex(?:es|ures?)?|exhibits?|appendi(?:x|ces)|attachments?)\b", re.IGNORECASE
        ),
    ),
    (
        "master",
        re.compile(
            r"\b(?:these clauses|the clauses|paragraphs of this|body of th(?:is|e) agreement|terms "
            r"(?:and conditions )?of this|main (?:body|agreement|part)|master (?:\w+ )?agreement"
            r"|this agreement|base terms|MSA|sections of this|general terms|main text|(?:articles"
            r"|provisions|clauses) of (?:this|the) agreement|the agreement|agreement)\b",
            re.IGNORECASE,
        ),
    ),
)
_PREVAILS = re.compile(
    r"\b(?:prevail\w*|precedence|take(?:s)? priority|control(?:s|ling)?|order of priority|shall govern"
    r"|ranks? (?:first|before)|following order)\b",
    re.IGNORECASE,
)
_CONFLICT = re.compile(
    r"\b(?:conflict\w*|inconsisten\w+|contradict\w*|discrepanc\w+|ambiguit\w+|order of|precedence|preva)",
    re.IGNORECASE,
)


def read_precedence(sentences: Sequence[Sentence]) -> tuple[tuple[Relation, ...], Sentence | None]:
    """What prevails, strongest first. The longest order the text gives is taken."""
    best: tuple[tuple[Relation, ...], Sentence | None] = ((), None)
    for number, sentence in enumerate(sentences):
        if not _PREVAILS.search(sentence.text) or not _CONFLICT.search(sentence.text):
            continue
        words = sentence.text
        for following in sentences[number + 1 : number + 10]:
            if not words.endswith((":", ";", ",", "and", "or")) or (
                not following.item and not following.text.startswith("(")
            ):
                break
            words += " " + following.text
        order = _order(words)
        if len(order) > len(best[0]):
            best = (order, sentence)
    return best


def _order(text: str) -> tuple[Relation, ...]:
    listed = re.search(r":\s?(?:\(?[a-z1i]\)|first|\d\.)?|\bfollowing order\b[^:]{0,90}|\bas follows\b", text)
    winner = patterns.search(
        r"(?P<who>[^.,;]{3,90}?)\s(?:shall |will )?(?:always )?(?:prevails?|takes? (?:precedence"
        r"|priority)|controls?|governs?)\b(?P<rest>[^.;]{0,120})",
        text[(listed.end() if listed else 0) :],
    )
    if listed and len(_mentioned(text[listed.end() :])) >= 2:
        return _mentioned(re.split(r"\bexcept\b|\bnevertheless\b|\bunless\b", text[listed.end() :])[0])
    if winner is None:
        return ()
    first = _mentioned(winner["who"])[-1:]
    rest = tuple(
        r for r in (*_mentioned(winner["rest"]), *_mentioned(text[: winner.start()])) if r not in first
    )
    return (*first, *dict.fromkeys(rest)) if first and rest else ()


def _mentioned(text: str) -> tuple[Relation, ...]:
    """The documents named, in order; a document inside another's name counts once."""
    found: list[tuple[int, Relation]] = []
    for name, pattern in _DOCUMENTS:
        found += [(match.start(), name) for match in pattern.finditer(text)]
    return tuple(dict.fromkeys(name for _, name in sorted(found)))
