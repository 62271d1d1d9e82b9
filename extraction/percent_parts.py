"""Instalments told as shares of a price: "40% with the order, 60% upon delivery".

Shares that fall due one after the other and add up to the whole are parts of one price, whatever the price
is called. That they add up tells them from royalties, thresholds and the shares of two parties.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from extraction.context import Context
from extraction.quantities import PercentMention
from extraction.sentences import Sentence
from extraction.sum_words import EVENT

_WHEN = re.compile(
    r"\b(?:upon|with|when|once|before|after|following|within|prior to|against|as soon as|no(?:t)? later than"
    r"|(?:on|at|by) (?:the )?(?!least|most|any|a\b)[\w-]+|completion|delivery|acceptance|shipment|signing"
    r"|signature|execution|installation|commissioning|approval|down ?payment|deposit|order)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:royalt\w*|commissions?|revenues?|net sales|proceeds|profits?|interest|vot\w+|shares? of|stock"
    r"|warrants?|vest\w*|discounts?|refund\w*|credits?|insur\w+|ownership|owns?|tax(?:es)?|owned|equity"
    r"|likelihood|weight|humidity|uptime|availab\w+|borne|(?:each|every|any|per|of (?:a|the|such)) "
    r"(?:purchase )?orders?)\b",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"\b(?:pay(?:s|able|ments?)?|paid|invoiced?|due|instal+ments?|deposit|down ?payment|billed)\b",
    re.IGNORECASE,
)
_REACH = 2
"""So many sentences may lie between two parts."""


@dataclass(frozen=True)
class PercentPart:
    """One part: its sentence, the place of its share, the flat range that tells it, and what makes it due."""

    sentence: Sentence
    place: PercentMention
    start: int
    end: int
    event: str


def percent_parts(context: Context) -> Iterator[PercentPart]:
    """Every part of a price whose shares fall due one by one and add up to the whole."""
    run: list[PercentPart] = []
    for sentence in context.sentences:
        if "%" not in sentence.text and "percent" not in sentence.lower:
            continue
        if run and sentence.index - run[-1].sentence.index > _REACH:
            run = []
        for part in _parts(context, sentence):
            run.append(part)
            total = sum((one.place.value for one in run), Decimal(0))
            if total > 100:
                run = [part]
            elif total == 100 and len(run) > 1:
                if _is_paid(context, run):
                    yield from run
                run = []


def _parts(context: Context, sentence: Sentence) -> list[PercentPart]:
    text = sentence.text
    percents = [p for p in context.percents(sentence) if 0 < p.value < 100]
    # Where the parts print their amounts too, these are read as amounts.
    if not percents or context.money(sentence) or not _WHEN.search(text):
        return []
    leads = not _WHEN.search(text[sentence.body : percents[0].start])
    found: list[PercentPart] = []
    start = sentence.body
    for number, percent in enumerate(percents):
        following = percents[number + 1].start if number + 1 < len(percents) else len(text)
        begin, end = (percent.start, following) if leads else (start, _closed(text, percent.end, following))
        words = text[percent.end : end] if leads else text[begin : percent.start]
        start = end
        if (when := _WHEN.search(words)) is None or len(words) > 320:
            return []
        event = EVENT.search(words) or when
        told = words[event.start() :].strip(" ,;.:()")[:120]
        found.append(PercentPart(sentence, percent, begin, end, told))
    return found


def _closed(text: str, at: int, following: int) -> int:
    """Where a part ends that names its share last: at the next mark, else at the next share."""
    stop = re.search(r"[;,.](?=\s|$)", text[at:following])
    return at + stop.end() if stop else following


def _is_paid(context: Context, run: Sequence[PercentPart]) -> bool:
    """Do the words of the parts, or those that introduce them, speak of paying and of nothing else?"""
    first, last = run[0].sentence, run[-1].sentence
    sentences = context.sentences[first.index : last.index + 1]
    said = " ".join(one.text for one in sentences)
    if _OTHER.search(said):
        return False
    before = context.sentences[max(0, first.index - 3) : first.index]
    about = " ".join([*(one.text for one in before), first.topic, said])
    return _PAID.search(about) is not None
