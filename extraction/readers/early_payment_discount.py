"""Less to pay when paid early: "2% within ten days", "2/10, net 30"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction import patterns
from extraction.clauses import addresses_reader, clause_at, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.payment_starts import Due, starts_of
from extraction.quantities import DurationMention, Mention, PercentMention
from extraction.sentences import Sentence
from obligations.quantities import Duration
from obligations.terms import EarlyPaymentDiscount
from obligations.terms.money import DiscountStep

KIND = "early_payment_discount"

_REDUCES = re.compile(
    r"\b(?:discounts?|rebates?|deduct\w*|reduc(?:e|es|ed|tion)|skonto|less|take off"
    r"|take (?=\w+ per cent|\d)|off\b|allows?"
    r"|early[- ]payment|prompt[- ]payment)\b",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"\b(?:pay(?:s|ing|ments?)?|paid|settle[ds]?|reach(?:es)?|receiv(?:es|ed)|in (?:our"
    r"|the \w+'s) account|remit\w*)\b",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?P<percent>\d{1,2}(?:[.,]\d{1,2})?)\s?%?\s?(?:/"
    r"|,)\s?(?P<days>\d{1,2})(?: days)?[\s,;/-]{0,3}(?:n(?:et)?)[\s/.-]{0,2}"
    r"(?P<net>\d{2,3})\b",
    re.IGNORECASE,
)
_NOT_EARLY = re.compile(
    r"\b(?:interest|late|overdue|volume|quantit\w+|orders? (?:of|over|above)|availab\w+|uptime"
    r"|service level|delay\w*|deliver\w* (?:late|within)"
    r"|warranty|defect\w*|prompt[- ]pay(?:ment)? discounts? (?:given|granted|allowed|taken)"
    r"|cash discounts? (?:given|granted|allowed|taken|customar\w+))\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every discount for paying early; "2/10, net 30" is one too."""
    for sentence in context.sentences:
        if sentence.form == "heading":
            continue
        text = sentence.text
        if "/" in text and (short := _SHORT.search(text)) is not None and not is_example(text):
            yield _short(context, sentence, short)
            continue
        if not _REDUCES.search(text) or not _PAID.search(text):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text) or _NOT_EARLY.search(text):
            continue
        yield from _sentence(context, sentence)


def _short(context: Context, sentence: Sentence, short: re.Match[str]) -> Draft:
    terms = EarlyPaymentDiscount(
        percent=Decimal(short["percent"].replace(",", ".")),
        within=Duration.model_validate(f"P{int(short['days'])}D"),
    )
    place = Mention(short.start(), short.end(), short.group())
    sketch = from_sentence(context, sentence, terms, place)
    sketch.key, sketch.debtor = "invoices", context.roles.provider
    return sketch.draft(context)


def _sentence(context: Context, sentence: Sentence) -> Iterator[Draft]:
    """Each percentage with the time for paying that earns it: the nearest one in its clause."""
    lengths = [d for d in context.durations(sentence) if _is_time_to_pay(sentence.text, d)]
    pairs: list[tuple[PercentMention, DurationMention]] = []
    for percent in context.percents(sentence):
        if not _is_discount(sentence.text, percent) or percent.value >= 50:
            continue
        free = [d for d in lengths if all(d is not used for _, used in pairs)]
        if free:
            pairs.append((percent, min(free, key=lambda d: abs(d.start - percent.start))))
    if not pairs:
        return
    percent, length = pairs[0]
    starts, _ = starts_of(Due(sentence, length, clause_at(sentence.text, length.start), length=length))
    terms = EarlyPaymentDiscount(
        percent=percent.value,
        within=length.duration,
        starts=starts,
        clock="business" if length.business else None,
        steps=tuple(DiscountStep(percent=p.value, within=d.duration) for p, d in pairs[1:]),
    )
    sketch = from_sentence(context, sentence, terms, percent, length)
    sketch.key, sketch.debtor = "invoices", context.roles.provider
    yield sketch.draft(context)


def _is_time_to_pay(text: str, length: DurationMention) -> bool:
    if length.unit not in ("day", "week", "month") or length.value > 60:
        return False
    before, after = text[max(0, length.start - 130) : length.start], text[length.end : length.end + 60]
    if not patterns.search(
        r"\b(?:within|in|by|before|no later than|up to|inside|for payment (?:in|within))\b[^,;]{0,20}$",
        before,
    ):
        return False
    return bool(_PAID.search(before)) or bool(_PAID.search(after))


def _is_discount(text: str, percent: PercentMention) -> bool:
    near = text[max(0, percent.start - 130) : percent.end + 90]
    return bool(_REDUCES.search(near)) and not patterns.match(
        r"\s?(?:per|a) (?:month|year|annum)", text[percent.end :]
    )
