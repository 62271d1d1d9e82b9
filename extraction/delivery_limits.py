"""Limits in time as promises to deliver state them.

Lengths ("within ten days after …"), printed days ("on or before June 1, 2027"), quarters and months ("by Q3
2027"), days that the document defines by name, and blacked-out ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from extraction.clauses import MODAL
from extraction.context import Context
from extraction.dates import dates, period_ends
from extraction.quantities import REDACTED, DurationMention, Mention
from extraction.redacted import has_gap
from extraction.redacted_times import redacted_limits
from extraction.sentences import Sentence

_CAP = (
    r"(?:(?:but |and )?(?:in (?:any|no) (?:event|case),? )?(?:with ?in|(?:no|not|any) (?:later|more"
    r"|longer) than|by no "
    r"later than|not exceed(?:ing)?"
    r"|inside|up to|in no more than|in less than|in under|not (?:to )?exceed|at the latest|at most)|\bin\b)"
)
_WITHIN = re.compile(
    rf"\b{_CAP}\s(?:the |a |an |approximately |about |maximum of |period of |term of |next |first |of |up "
    rf"to |around |such |no |not |later |than |\w+ (?:\(\d+\) )?(?:to|or|-|–) )*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\bplace (?:about |approximately )?$", re.IGNORECASE)
_AHEAD = re.compile(
    r"\W{0,2}(?:calendar |business |working )?(?:days'? )?(?:before|prior to|in advance|ahead of)\b",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"\b(?:at least|not less than|no less than|no(?:t)? later than|no fewer than|within|not? fewer "
    r"than)\s(?:the |a )?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\s)?(?:period |time |or (?:less|sooner|earlier) )?(?:after|from|following|of"
    r"|as of|upon|since|starting"
    r"|beginning|counted|calculated|thereafter|later)\b",
    re.IGNORECASE,
)
_BY_DAY = re.compile(
    r"\b(?:by|on or before|on or prior to|before|prior to|no(?:t)? later than|at the latest (?:by|on)|not "
    r"after|latest by|due|on or a(?:bout|round)|or a(?:bout|round)"
    r"|for (?:launch|delivery) (?:by|on)|on|target date(?: of)?)\W{0,3}"
    r"(?:(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? |the |close of business "
    r"|end of |business |midnight |noon |\d{1,2}(?::\d\d)? ?[ap]\.?m\.? |on "
    r"|of |day |date of |and including |by )*)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d\b|\d[/-]\d{1,2}[/-]\d\d|\d[-./][A-Z][a-z]{2,8}[-./]\d\d")
_LIMITS_GAP = re.compile(
    r"\b(?:by|on or before|on or prior to|(?:no|not|any) later than|with ?in|(?P<least>at least)"
    r"|(?P<most>(?:no|not|any) (?:more|longer) than|not exceed(?:ing)?))\s(?:\w+ ){0,3}$",
    re.IGNORECASE,
)
_NAMED_GAP = re.compile(
    rf"\b(?:lead[- ]?times?|turn-?around(?: times?)?|delivery (?:times?|periods?)|time (?:of|for) delivery)\b"
    rf"(?:[^.;:\[]{{0,60}}?\b(?:is|are|shall be|will be|to be|be|of)\s|\s?[:=-]\s?)(?:about |approximately )?"
    rf"(?P<gap>{REDACTED}(?:\s?\({REDACTED}\))?(?:\s(?:(?:business|working|calendar)\s)?(?:days?|weeks?"
    rf"|months?))?)",
    re.IGNORECASE,
)
""" "Lead time: [***] weeks"."""
_NOTICE = re.compile(
    r"\W{0,2}(?:days?|months?)?\W{0,2}(?:(?:prior|advance|written) ){1,3}notice\b", re.IGNORECASE
)
"""What makes a blacked-out length a limit."""


@dataclass(frozen=True)
class Limit:
    """A limit in time: a length or a day, or neither where it is blacked out.

    `before`: it ends before another event; `named`: a time is said to be so long ("the lead time is 6 days");
    `leads`: the act follows ("sixty days during which the Seller will deliver").
    """

    place: Mention
    length: DurationMention | None = None
    day: date | None = None
    before: bool = False
    named: bool = False
    leads: bool = False


_NAMED = re.compile(
    r"\b(?:is|are|be)\W{0,2}(?:about |approximately |scheduled for |set for |on )?$"
    r"|:\s(?:\d{1,3}\s?(?:-|to)\s?)?$",
    re.IGNORECASE,
)
_TURNAROUND = re.compile(
    r"[\s-]?(?:turn-?around|lead[- ]?time|delivery (?:time|schedule|period))\b", re.IGNORECASE
)
_DURING = re.compile(r"[^;.]{0,50}\b(?:during|in|within) which (?:time |period )?(?!to\b)", re.IGNORECASE)
_HAVE = re.compile(
    r"\b(?:shall|will|must) have (?:until |up to |a period of |a maximum of )*$", re.IGNORECASE
)
_TO_ACT = re.compile(r"[^.;,]{0,80}?\bto\s\w", re.IGNORECASE)
_EACH_PERIOD = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\s)?(?:after|from|following|of)\s(?:the\s)?(?:(?:end|close|last day"
    r"|expiration|conclusion) of\s)?"
    r"(?:each|every|any|the|such|a|said)\s(?:(?:calendar|fiscal|contract|financial|royalty|such|preceding"
    r"|license)\s){0,2}"
    r"(?:month|quarter|year|week|period)",
    re.IGNORECASE,
)


def limits(context: Context, sentence: Sentence) -> Iterator[Limit]:
    """Every limit in time that the sentence states, in order of lengths, days and gaps."""
    text = sentence.text
    for length in context.durations(sentence):
        before, after = text[max(0, length.start - 70) : length.start], text[length.end : length.end + 40]
        if _EACH_PERIOD.match(text, length.end):
            continue
        if length.unit in ("year", "second", "minute") and not (length.unit == "year" and length.value == 1):
            continue
        within = _WITHIN.search(before) and not _AHEAD.match(after)
        about = _ABOUT.search(before) and _AFTER.match(after)
        if _AHEAD.match(after) and _AT_LEAST.search(before):
            yield Limit(length, length=length, before=True)
        elif within or about:
            yield Limit(length, length=length)
        elif _DURING.match(text, length.end) or (_HAVE.search(before) and _TO_ACT.match(text, length.end)):
            yield Limit(length, length=length, leads=True)
        elif _NAMED.search(before) or _TURNAROUND.match(after):
            yield Limit(length, length=length, named=True)
    for day in dates(text, month_first=context.month_first) if _YEAR.search(text) else ():
        if _BY_DAY.search(text[max(0, day.start - 60) : day.start]):
            yield Limit(day, day=day.day)
        elif _NAMED.search(text, max(0, day.start - 40), day.start):
            yield Limit(day, day=day.day, named=True)
    yield from _period_limits(text)
    yield from _defined_days(context, text)
    for named in _NAMED_GAP.finditer(text) if has_gap(text) else ():
        yield Limit(Mention(named.start("gap"), named.end("gap"), named["gap"]), named=True)
    for gap in redacted_limits(text):
        said = _LIMITS_GAP.search(text, max(0, gap.start - 50), gap.start)
        if said is None or _NOTICE.match(text, gap.end):
            continue
        ahead = _AHEAD.match(text, gap.end) is not None
        if ahead if said["least"] else not said["most"] or _AFTER.match(text, gap.end):
            yield Limit(gap)


_BY_PERIOD = re.compile(
    r"\b(?:by|on or before|no(?:t)? later than|at the latest (?:by|in)|not after)\s(?:the )?$", re.IGNORECASE
)
_BEFORE = re.compile(r"\b(?:before|prior to)\s$", re.IGNORECASE)
_IN_PERIOD = re.compile(r"\b(?:in|during)\s(?:the )?$", re.IGNORECASE)


def _period_limits(text: str) -> Iterator[Limit]:
    """ "by the end of March 2027", "by Q3 2027": the last day of that time."""
    for period in period_ends(text):
        before = text[max(0, period.start - 80) : period.start]
        if (
            _BY_PERIOD.search(before)
            or (_BEFORE.search(before) and "end of" in period.text)
            or (_IN_PERIOD.search(before) and MODAL.search(before))
        ):
            yield Limit(period, day=period.day)
        elif _NAMED.search(before):
            yield Limit(period, day=period.day, named=True)


def _defined_days(context: Context, text: str) -> Iterator[Limit]:
    """A day by the name that the document defines for it: "by the Opening Date"."""
    for name, term in context.definitions.days.items():
        if term.day is None or name not in text.lower():
            continue
        for match in re.finditer(
            rf"(?:\b(?:by|on or before|no(?:t)? later than)|(?:^|[.;:]\s)(?:\(?[\d.]+\)?\s|\(\w\)\s)?on)"
            rf" (?:the )?({re.escape(name)})\b"
            r"(?! of (?:\w+ ){0,3}(?:termination|expiration|expiry|assignment|change))",
            text,
            re.I,
        ):
            yield Limit(Mention(match.start(1), match.end(1), match[1]), day=term.day)
