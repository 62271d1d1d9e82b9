"""Days on which money is due: a day of each month, days named by month and number."""

import re
from collections.abc import Iterator

from extraction import patterns
from extraction.actions import governing
from extraction.clauses import (
    clause_at,
    is_failure,
)
from extraction.payment_starts import Due
from extraction.period_dues import AFTER_END, NO_PAYDAY, spelled
from extraction.quantities import ORDINAL, Mention, ordinal_value
from extraction.sentences import Sentence

_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb"
    r"|Mar|Apr|Jun|Jul|Aug|Sept?"
    r"|Oct|Nov|Dec)\b\.?"
)
_DAY = re.compile(
    rf"\b(?:on or before|on or prior to|not? later th[ae]n|by|before|prior to|on|within|until"
    rf"|due)\s(?:the\s)?(?P<n>{ORDINAL})\s?"
    rf"(?:\(\s?\d{{1,2}}(?:st|nd|rd|th)?\s?\)\s?)?"
    rf"(?P<business>business |working )?(?P<calendar>calendar )?(?:day\s)?(?:of|in|after|following)\s"
    rf"(?:the\s|each\s|every\s|any\s|such\s|a\s)*"
    rf"(?P<rest>(?:(?:[\w-]+|\(\d+\))\s){{0,6}}?(?:month|quarter|year)s?|{_MONTHS})\b",
    re.IGNORECASE,
)
_NAMED_DAY = re.compile(
    rf"\b(?:on or before|on or prior to|not? later th[ae]n|by|before|prior to|on each|on|until|due"
    rf"|commencing|payable)\s(?:each\s|every\s)?"
    rf"(?P<month>{_MONTHS})\s(?P<n>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:)",
    re.IGNORECASE,
)


def paydays(sentence: Sentence) -> Iterator[Due]:
    """ "on or before the 10th day of each month": a day of the month."""
    text = sentence.text
    for match in _DAY.finditer(text):
        number = ordinal_value(match["n"].replace(" ", ""))
        clause = clause_at(text, match.start())
        words = text[clause.start : clause.end]
        if AFTER_END.search(match.group()) or (
            patterns.match(_MONTHS, match["rest"])
            and patterns.search(r"\b(?:commenc|begin|start|effective)\w* $", text[: match.start()][-14:])
        ):
            continue
        if (
            number is None
            or not 1 <= number <= 31
            or (match["business"] and (number > 1 or not _paid_before(text, match.start())))
            or re.search(r"years?$", match["rest"].lower())
        ):
            continue
        if not patterns.search(r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bdue\b|\bremit", words) or (
            patterns.search(r"\breports?\b|\bstatements?\b", text[clause.start : match.start()])
            and not patterns.search(r"\bpay|\bdue\b|\bremit", text[clause.start : match.start()])
        ):
            continue
        action = governing(sentence, Mention(match.start(), match.end(), match.group()))
        if action is not None and action.name in ("invoice", "report"):
            continue
        if is_failure(text, match.start()) or patterns.search(
            r"\breceived by\b[^.;]{0,30}$|\binvoices?\b[^.;]{0,25}\b(?:received|submitted"
            r"|dated)\b[^.;]{0,12}$",
            text[clause.start : match.start()],
        ):
            continue
        place = Mention(match.start(), match.end(), match.group())
        yield _counted(Due(sentence, place, clause), number, match["rest"])
    yield from _named_days(sentence)


def _paid_before(text: str, at: int) -> bool:
    return (
        patterns.search(r"\b(?:pay|paid|payable|payments?|due|remit\w*)\b[^.;]{0,60}$", text[:at]) is not None
    )


def _counted(due: Due, number: int, rest: str) -> Due:
    """A day of the month; that of a quarter is so many days after the quarter before it."""
    if number > 1 and patterns.search(r"quarters?$", rest):
        due.length, due.starts = spelled(due.place, number, "day", business=False), "period_end"
    else:
        due.day = number
    return due


_RECEIPT = re.compile(r"\breceipt of (?:\w+ ){0,2}payments?\b", re.IGNORECASE)


def _named_days(sentence: Sentence) -> Iterator[Due]:
    """ "on or before January 1 and July 1 of each year": one promise, by the first of its days.

    A sum that is due once on a printed day is a milestone payment; here only what recurs, or has no sum.
    """
    text = sentence.text
    for match in _NAMED_DAY.finditer(text):
        clause = clause_at(text, match.start())
        words = _RECEIPT.sub(" ", text[clause.start : match.start()])
        again = patterns.search(
            r"\b(?:each|every|following|thereafter|quarterly|monthly|annual|instal+ments|per)\b", text
        )
        limit = patterns.match(r"on or|no|by|due|payable|before", match.group())
        if not patterns.search(_PAID, words[-110:]) or (patterns.search(r"[$€£]", text) and not again):
            continue
        if not again and not limit:
            continue
        if not patterns.search(_MONEY_DUE, text[clause.start : clause.end]):
            continue
        if is_failure(text, match.start()) or patterns.search(NO_PAYDAY, words):
            continue
        yield Due(sentence, Mention(match.start(), match.end(), match.group()), clause, day=int(match["n"]))
        return


_PAID = r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bdue\b(?! diligence)|\bremit|\binstal+ments?\b"
_MONEY_DUE = (
    r"\bpay\w*\b|\bpaid\b|\bremit|\bfees?\b|\broyalt|\bamounts?\b|\binstal+ment|\bbalance\b|\bsums?\b"
    r"|\binvoice|\brent\b"
    r"|\brefund"
)
