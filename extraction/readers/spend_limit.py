"""The most that may be spent: in all, in a period, or with one order."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction import patterns
from extraction.clauses import addresses_reader, clause_at, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import MoneyMention
from extraction.sentences import Sentence
from obligations.terms import SpendLimit

KIND = "spend_limit"
_Per = Literal["contract", "order", "month", "quarter", "half_year", "year"]

_CAPS = re.compile(
    r"\b(?:(?:not|never|no event) (?:to |be )?(?:exceed\w*|add up to more than|be worth more than"
    r"|amount to more than)|(?:is|are|be) (?:limited|capped)"
    r" (?:to|at)|limit of|maximum(?: amount| total)? of|no more than|not more than|be worth more than"
    r"|add up to more than|up to a maximum of"
    r"|a cap of|budget of|ceiling of|amount of)\b[^.;]{0,40}$",
    re.IGNORECASE,
)
_SPENT = re.compile(
    r"\b(?:fees?|charges?|remuneration|compensation|expenses?|costs?|expenditures?|spend(?:ing)?"
    r"|invoic\w+|price|orders?|releases?|call-offs?|budget"
    r"|reimburs\w+|total amount payable|amounts? payable|payments?)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:liabilit\w+|liable|damages|indemnif\w+|insur\w+|coverage|deductible|indebtedness|shares?"
    r"|stock|claims?|penalt\w+|loan|acquisitions?"
    r"|revenues?|net sales|interest|capital)\b",
    re.IGNORECASE,
)
_ESTIMATE = re.compile(
    r"\b(?:mere estimate|estimate only|serves? as a guide|as a guide|for guidance"
    r"|estimate\b.{0,40}\bexceeded|not binding|indicative)\b",
    re.IGNORECASE,
)
_PERIODS: tuple[tuple[_Per, str], ...] = (
    (
        "order",
        r"\b(?:each|any|per|no|single|every) (?:\w+ )?(?:order|release|call-off|purchase order"
        r"|statement of work)\b",
    ),
    ("month", r"\b(?:per|each|every|any|a) (?:calendar )?month\b|\bmonthly\b"),
    ("quarter", r"\b(?:per|each|every|any|a) (?:calendar )?quarter\b|\bquarterly\b"),
    ("half_year", r"\bhalf-?year\w*\b"),
    (
        "year",
        r"\b(?:per|each|every|any|a|in any|one|single) (?:calendar |contract |fiscal |given )?year\b"
        r"|\bannual\w*\b|\byearly\b",
    ),
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every limit of spending; limits of liability and of insurance are other things."""
    for sentence in context.prose():
        text = sentence.text
        places = context.money(sentence)
        if not places or not (_SPENT.search(text) or _ESTIMATE.search(text)):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        for place in places:
            if _is_limit(text, place):
                yield _draft(context, sentence, place)
                break


def _is_limit(text: str, place: MoneyMention) -> bool:
    clause = clause_at(text, place.start)
    before = text[max(clause.start, place.start - 170) : place.start]
    if _OTHER.search(before) or not (
        _SPENT.search(text[clause.start : clause.end]) or _ESTIMATE.search(text)
    ):
        return False
    if patterns.search(r"\b(?:keep|kept|hold|held)s? back\b|\bretention\b", before):
        return False
    capped = _CAPS.search(before[-90:])
    if capped is None or patterns.search(r"\bdo(?:es)? not exceed|\bif\b", before[-90:]):
        return False
    soft = patterns.match(r"budget|amount", capped.group())
    return not soft or bool(_ESTIMATE.search(text)) or bool(patterns.search(r"\bbudget\b", before))


def _draft(context: Context, sentence: Sentence, place: MoneyMention) -> Draft:
    text = sentence.text
    per = next((name for name, pattern in _PERIODS if patterns.search(pattern, text)), "contract")
    warning = next(
        (
            p
            for p in context.percents(sentence)
            if patterns.search(r"\bwarn\w*|\bnotif\w*|\bused\b|\breached\b", text)
        ),
        None,
    )
    over = next(
        (
            p
            for p in context.percents(sentence)
            if patterns.search(r"\b(?:overrun|exceeded|plus|passed)\b[^.;]{0,60}$", text[: p.start])
        ),
        None,
    )
    terms = SpendLimit(
        amount=place.amount,
        currency=place.currency,
        per=per,
        years="calendar" if per == "year" and patterns.search(r"\bcalendar year", text) else None,
        hard=not _ESTIMATE.search(text),
        tolerance_percent=over.value if over is not None else None,
        warning_percent=warning.value if warning is not None and over is None else None,
        counts=_counts(text, per),
    )
    sketch = from_sentence(context, sentence, terms, place)
    sketch.key = f"{per} limit"
    sketch.debtor = context.roles.provider
    if per == "contract" and not patterns.search(
        r"\bthis (?:agreement|contract)|\bin all\b|\btotal\b|\bproject\b|\btogether\b", text
    ):
        sketch.assumed.append("per")
    return sketch.draft(context)


def _counts(text: str, per: str) -> Literal["ordered", "invoiced"] | None:
    if patterns.search(r"\binvoic", text):
        return "invoiced"
    ordered = per != "order" and patterns.search(r"\b(?:orders|call-offs|releases)\b", text)
    return "ordered" if ordered else None
