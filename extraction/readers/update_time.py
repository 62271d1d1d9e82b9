"""update_time: at what intervals, while an incident is open, its state is reported."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction.clauses import addresses_reader, is_example, is_negated, preposition
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft
from extraction.quantities import DurationMention
from extraction.sentences import Sentence
from extraction.ticket_targets import TICKETS, Target, key_of, prose_priorities, sketch_of, table_targets
from obligations.terms import UpdateTime

KIND = "update_time"
_TOPIC = re.compile(r"\bupdat|\bprogress\b|\bstatus\b", re.IGNORECASE)
_UPDATE = re.compile(
    r"\b(?:status|progress|situation) (?:updates?|reports?|information)\b"
    r"|\bupdates? (?:to|for|the|every|on)\b"
    r"|\b(?:kept|keep|keeping) (?:[\w']+ ){0,4}(?:informed|updated|advised)\b|\bupdat(?:e|es|ed|ing)\b"
    r"|\breports? (?:on|of) (?:the |its )?(?:progress|status)\b"
    r"|\binforms? [^.;]{0,40}\b(?:progress|status)\b",
    re.IGNORECASE,
)
_OF_SOFTWARE = re.compile(
    r"\b(?:software|version|product|security|virus|documentation|content|database|price|forecast|plan)s? "
    r"updates?\b|\bupdates? (?:and|or|,) (?:upgrades?|enhancements?|releases?|new versions?)|\bupgrades?\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft]:
    """Every interval of updates of the document."""
    for target in table_targets(context, ("update",), _TOPIC):
        terms = UpdateTime(within=target.length.duration, priority=target.priority, clock=target.clock)
        sketch = sketch_of(context, target, terms)
        sketch.key = key_of(target)
        yield sketch.draft(context)
    for sentence in context.prose():
        if _UPDATE.search(sentence.text) and TICKETS.search(f"{sentence.lower} {sentence.topic}"):
            yield from _of_sentence(context, sentence)


def _of_sentence(context: Context, sentence: Sentence) -> Iterator[Draft]:
    text = sentence.text
    found = [d for d in (*context.durations(sentence), *_single(text)) if d.unit in ("minute", "hour", "day")]
    if not found or _OF_SOFTWARE.search(text) or is_example(text) or addresses_reader(text):
        return
    for length in found:
        if not _between_updates(text, length) or is_negated(text, 0, length.start):
            continue
        for priority in prose_priorities(context, sentence, length, found):
            clock = "business" if length.business else None
            terms = UpdateTime(within=length.duration, priority=priority, clock=clock)
            sketch = from_sentence(context, sentence, terms, length)
            sketch.debtor = context.roles.subject(sentence, length.start) or context.roles.provider
            sketch.key = key_of(Target(length, priority, sketch.span, sentence=sentence))
            yield sketch.draft(context)


_SINGLE = re.compile(r"\b(?:every|each) (?P<all>(?P<business>business |working )?(?P<unit>hour|day))\b", re.I)


def _single(text: str) -> Iterator[DurationMention]:
    """ "every hour", "every business day": lengths without a number."""
    for match in _SINGLE.finditer(text):
        yield DurationMention(
            match.start("all"),
            match.end("all"),
            match["all"],
            value=Decimal(1),
            unit="hour" if match["unit"].lower() == "hour" else "day",
            business=bool(match["business"]),
        )


def _between_updates(text: str, length: DurationMention) -> bool:
    """ "every two hours", "at intervals of 30 minutes", with an update named close by."""
    said = preposition(text, length.start)
    interval = re.match(r"(?:at least )?(?:every|each)\b", said) or re.search(
        r"\bintervals? (?:of|not exceeding)(?: not (?:more|longer) than| at most| up to)?\W*$"
        r"|\b(?:once|twice) (?:in )?(?:every|each|per)\W*$",
        text[max(0, length.start - 40) : length.start],
        re.IGNORECASE,
    )
    near = _UPDATE.search(text, max(0, length.start - 140), min(len(text), length.end + 90))
    return bool(interval and near)
