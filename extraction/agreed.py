"""The day a contract was made: from its preamble or title page, else from the words above its signatures."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from extraction import patterns
from extraction.clauses import is_recital
from extraction.dates import DateMention, dates
from extraction.definitions import Definitions
from extraction.sentences import Sentence

Found = tuple[Sentence, DateMention]

HEAD = 7000
"""How far a title page and a preamble usually reach, in characters."""
LONG_HEAD = 60_000
"""How far a preamble may stand behind a table of contents."""

_DIGIT = re.compile(r"\d")
_AGREED = re.compile(
    r"\b(?:dated(?: for reference)?(?: as of)?"
    r"|made(?: and entered into| in \w+)?(?: as)?(?: of| on| this| (?:at|in) \w+ on)?"
    r"|(?:made|entered) (?:in|into) (?:in )?(?:[A-Z]\w+,? ){1,3}(?:as of|on|this)"
    r"|entered (?:in)?to(?: and (?:made )?effective)?(?: as of| on| this| effective)?|executed(?: as of| on)?"
    r"|signed(?: (?:in|at) \w+)? on|is made|concluded on|agreement is made)\b[\s,:(]*"
    r"(?:(?:and )?(?:entered into|effective|made|executed|dated)\s)?(?:as of |on |this |the |of )*$",
    re.IGNORECASE,
)
_THIS_DAY = re.compile(r"\b(?:this|the)\s$", re.IGNORECASE)
_LOOSELY = re.compile(
    r"\b(?:effective|agreement|contract|amendment|[\")])\W{1,3}(?:is )?(?:date )?(?:as of|as from|on|from|:)"
    r"\W{0,3}(?:the |this )?$|\beffective date\W{1,3}$|\beffective (?:the |this )?$"
    r"|\bas of\W{0,3}(?:the |this )?$",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(
    r"\b(?:under|to|of|in|by|and|amend\w*|supplement\w*|into) (?:the|that|a|an|its|certain|that certain) "
    r"(?!this\b)[\w\s,()\"&'-]{3,120}\b(?:dated|made|entered into)(?: (?:as )?(?:of|on))?\s$"
    r"|\b(?:that certain|pursuant to|each of the following)\b[^;]{0,200}$",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^(?:dated(?: as of)?|of|on|date:?|made(?: on)?|agreed(?: on)?)?\s?$", re.IGNORECASE)
_PREAMBLE = re.compile(
    r"\bthis\b[^;]{0,160}\b(?:agreement|contract|amendment|lease|deed|memorandum)\b[^;]{0,200}"
    r"\b(?:between|among|amongst|dated|made|entered into)\b",
    re.IGNORECASE,
)


def read_agreed(
    sentences: Sequence[Sentence], definitions: Definitions, *, month_first: bool
) -> Found | date | None:
    """The day with its place; only the day where the preamble leaves it to a defined date."""
    head = _head(sentences)
    ways: tuple[Callable[[], Found | date | None], ...] = (
        lambda: _in_preamble(head, month_first),
        lambda: _by_effect(head, sentences, month_first),
        lambda: _defined(head, definitions),
        lambda: _said_later(sentences, month_first),
        lambda: _in_title(head, month_first),
        lambda: last_signed(sentences, month_first),
    )
    return next((found for way in ways if (found := way()) is not None), None)


def _head(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The title page and the preamble, also one far down behind a table of contents; no recitals."""
    first = [s for s in sentences if s.flat.start < HEAD][:60]
    later = [
        s
        for s in sentences[len(first) :]
        if s.flat.start < LONG_HEAD and s.form == "sentence" and _PREAMBLE.search(s.text[:500])
    ][:3]
    return [s for s in (*first, *later) if not is_recital(s.text)]


def _printed(sentences: Sequence[Sentence], month_first: bool) -> Iterator[Found]:
    for sentence in sentences:
        if _DIGIT.search(sentence.text):
            for day in dates(sentence.text, month_first=month_first):
                yield sentence, day


def _in_preamble(head: Sequence[Sentence], month_first: bool) -> Found | None:
    """The day in "made on", "dated", "entered into as of", or alone on a line of the title page."""
    preamble = next((s.index for s in head if _PREAMBLE.search(s.text[:500])), len(head))
    for sentence, day in _printed(head, month_first):
        before = sentence.text[max(0, day.start - 260) : day.start]
        if _OF_ANOTHER.search(before):
            continue
        alone = _ALONE.match(sentence.text[: day.start]) and len(sentence.text) - day.end < 3
        alone = alone if sentence.index < preamble else None
        this_day = (
            _THIS_DAY.search(before)
            and "day" in day.text
            and patterns.search(r"\bthis\b.*\b(?:made|entered|executed|dated)\b", before)
        )
        if alone or this_day or _AGREED.search(before[-110:]):
            return sentence, day
    return None


def _by_effect(head: Sequence[Sentence], sentences: Sequence[Sentence], month_first: bool) -> Found | None:
    """ "effective as of" in a preamble counts where no other day is given.

    A contract signed before that day was made when it was signed; one signed later is dated back.
    """
    for sentence, day in _printed(head, month_first):
        before = sentence.text[: day.start]
        if not _LOOSELY.search(before) or _OF_ANOTHER.search(before[-260:]) or _TAKES.search(before):
            continue
        if len(before) > 40 and not patterns.search(r"\b(?:agreement|contract|amendment)\b", before[-400:]):
            continue
        signed = last_signed(sentences, month_first)
        return signed if signed is not None and signed[1].day < day.day else (sentence, day)
    return None


_TAKES = re.compile(
    r"\b(?:takes?|come?s?|into|enters?|becomes?) (?:in|into )?(?:effect|force|effective)\b[^.;]{0,30}$"
    r"|\b(?:shall|will) be effective\b[^.;]{0,20}$",
    re.IGNORECASE,
)


def _defined(head: Sequence[Sentence], definitions: Definitions) -> date | None:
    """ "entered into as of the Effective Date", where a definition says which day that is."""
    for sentence in head:
        named = patterns.search(
            r"\b(?:made|entered into|dated|effective|agreement)\b[^.;]{0,60}\b(?:as of|on) the (?:\W)?"
            r"(?P<name>(?:effective|execution|signature|commencement) date)\b",
            sentence.text,
        )
        term = definitions.days.get(named["name"].lower()) if named else None
        if term is not None and term.day:
            return term.day
    return None


_SAID = re.compile(
    r"\bthis (?:\w+ ){0,3}(?:agreement|contract|amendment|deed) (?:is|was|has been) (?:dated|made|signed"
    r"|executed|entered into)\b[^.;]{0,40}$|\b(?:executed|signed|entered into|affixed|set their|sealed"
    r"|witness whereof)\b[^.;]{0,200}\b(?:on|as of|this|the|dated)\W{0,2}(?:this |the )?$",
    re.IGNORECASE,
)


def _said_later(sentences: Sequence[Sentence], month_first: bool) -> Found | None:
    """ "in witness whereof … signed this 4th day of April": the words above the signatures."""
    for sentence, day in _printed(sentences, month_first):
        before = sentence.text[max(0, day.start - 260) : day.start]
        own = patterns.search(r"\bthis\b|\bhands?\b|\bwitness\b", before)
        if own and _SAID.search(before) and not _OF_ANOTHER.search(before) and not is_recital(sentence.text):
            return sentence, day
    return None


_NOT_ITS_OWN = re.compile(
    r"\b(?:filed|source|rule|act|amended|period|since|until|through|by|before|after|from|ended|expires?"
    r"|during|between|of|in|valid)\W{0,3}$|\b(?:10-[KQ]|8-K\w*|S-1\w*|1-A|20-F|424\w*)\W",
    re.IGNORECASE,
)


def _in_title(head: Sequence[Sentence], month_first: bool) -> Found | None:
    """A day that stands on the title page or above a letter, in front of any clause."""
    for sentence, day in _printed([s for s in head if s.flat.start < 900], month_first):
        at = sentence.flat.at(day.start)
        before = sentence.text[max(0, day.start - 260) : day.start]
        if _OF_ANOTHER.search(before) or _TAKES.search(before):
            continue
        wordy = patterns.search(r"\b(?:shall|will|hereby|whereas|agrees?)\b", sentence.text[: day.start])
        if at < 900 and day.day.year > 1980 and not wordy and not _NOT_ITS_OWN.search(before[-60:]):
            return sentence, day
    return None


_BY_SIGNATURE = re.compile(
    r"(?:^|\|\s?|\b)(?:(?i:date(?: signed| of signature)?)\s?:{1,2}|[A-Z][a-z]+, (?:the )?"
    r"|(?i:signed on))\s?$"
)


def last_signed(sentences: Sequence[Sentence], month_first: bool) -> Found | None:
    """The last date of a signature block: "Munich, 12 February 2024", "Date: January 9, 2026"."""
    latest: Found | None = None
    for sentence, day in _printed([s for s in sentences if len(s.text) <= 320], month_first):
        before = sentence.text[: day.start]
        if _BY_SIGNATURE.search(before) and not re.search(r"\b(?:shall|will|means|until|from)\b", before):
            latest = (sentence, day) if latest is None or day.day >= latest[1].day else latest
    return latest
