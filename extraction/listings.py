"""Price lists and schedules whose rows were run together: "Basic plan $10 Business plan $25 per user".

Plain-text filings lose the lines of their tables: one paragraph holds many rows, each a label and its
figures. Such a paragraph has no verb that promises anything. It is cut into rows after each group of figures.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from extraction.quantities import Mention, MoneyMention, figures_value
from extraction.sentences import Sentence

_PROMISES = re.compile(
    r"\b(?:shall|will|must|agrees?|pays?|(?-i:may)|is|are|was|were|has|have|means?|be|warrants?|receives?"
    r"|includes?|falls?|becomes?|costs?|owes?|applies|apply|amounts to|earns?)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s?(?:\(?(?:USD|US|CAD|CDN|EUR)\)?(?=\W)|/\s?\w+|(?:per|a|each|for each"
    r"|for every) (?:[\w-]+ ?){1,3}(?=[.,;)*]|$)"
    r"|(?:per|a|an|each|every) (?:additional |registered |active )?[\w-]+(?: (?:per|and|a) [\w-]+)?"
    r"|ea\b\.?|each"
    r"|monthly|annually|quarterly|one[- ]time|yearly|/mo\b)*",
    re.IGNORECASE,
)
LONGEST_LABEL = 260


@dataclass(frozen=True)
class ListedRow:
    """One row: its words, the figures it states, and its flat range in the sentence."""

    label: str
    figures: tuple[Mention, ...]
    start: int
    end: int


def is_listing(sentence: Sentence, figures: Sequence[Mention]) -> bool:
    """Is the paragraph rows of a list: hardly a word that promises, and many figures to its words?"""
    text = sentence.text
    if not figures:
        return False
    said = len(_PROMISES.findall(_stripped(text)))
    words = len(text.split())
    if len(re.findall(r"(?<![$€£\d.,])\d[\d.,]*", text)) > 4 * len(figures) + 12:
        return False
    after = re.findall(r"[A-Za-z]{2,}", text[figures[0].end :])
    prose = len(after) > 12 or sum(not word.isupper() for word in after) > 5
    if len(figures) == 1 and prose:
        return False
    return (said == 0 and words <= 14 * len(figures) + 24) or (
        len(figures) >= 4 and said <= len(figures) // 2 and words <= 16 * len(figures) + 20
    )


@lru_cache(maxsize=512)
def _stripped(text: str) -> str:
    """The text without quoted names and bracketed asides."""
    return re.sub(r"\"[^\"]*\"|\([^()]*\)", " ", text)


def _leads(text: str, body: int, figures: Sequence[Mention]) -> bool:
    """Does each figure stand before its words ("$100 on delivery $200 on acceptance")?"""
    before = text[body : figures[0].start]
    if len(figures) < 2 or (
        re.search(r"[A-Za-z]{2,}", before) and not re.search(r"\bfollow\w*:?\s*$", before)
    ):
        return False
    ends = [*(figure.start for figure in figures[1:]), len(text)]
    return all(
        len(re.findall(r"[A-Za-z]{2,}", text[figure.end : end])) >= 2
        for figure, end in zip(figures, ends, strict=True)
    )


_ANNOUNCES = re.compile(
    r"\b(?:as follows|following (?:[\w-]+ ){0,3}?(?:schedule|payments?|instal+ments?)):\s"
)


def listed_rows(sentence: Sentence, figures: Sequence[Mention]) -> list[ListedRow]:
    """The rows of a listing: figures with only marks between them stand in one row."""
    text = sentence.text
    rows: list[ListedRow] = []
    start = sentence.body
    # A total before "according to the following schedule:" is cut into the rows after it.
    announced = _ANNOUNCES.search(text, figures[0].end)
    if announced is not None and len(rest := [f for f in figures if f.start >= announced.end()]) >= 2:
        start, figures = announced.end(), rest
    if _leads(text, start, figures):
        ends = [*(figure.start for figure in figures[1:]), len(text)]
        return [
            ListedRow(text[figure.end : end].strip(" -|:,.;")[:LONGEST_LABEL], (figure,), figure.start, end)
            for figure, end in zip(figures, ends, strict=True)
        ]
    group: list[Mention] = []
    for place, figure in enumerate(figures):
        group.append(figure)
        tail = _TAIL.match(text, figure.end)
        end = tail.end() if tail else figure.end
        following = figures[place + 1] if place + 1 < len(figures) else None
        if following is not None and len(re.findall(r"[A-Za-z]{2,}", text[end : following.start])) < 1:
            continue
        label = text[start : group[0].start].strip(" -|:,.$")
        rows.append(ListedRow(label[-LONGEST_LABEL:], tuple(group), start, end))
        start, group = end, []
        while start < len(text) and text[start] in " .,;|*":
            start += 1
    return rows


_BARE_PRICE = re.compile(r"(?<=[A-Za-z)] )\d{1,3}(?:,\d{3})*\.\d{2}(?![\d.%])")


def bare_prices(sentence: Sentence, currency: str) -> Iterator[MoneyMention]:
    """Figures with cents after a label, in a list whose earlier rows printed their currency."""
    text = sentence.text
    if "." not in text or not currency or _PROMISES.search(text) or sentence.form == "heading":
        return
    for match in _BARE_PRICE.finditer(text, sentence.body):
        amount = figures_value(match.group(), money=True)
        if amount is not None:
            yield MoneyMention(match.start(), match.end(), match.group(), amount=amount, currency=currency)


def heads(sentences: Sequence[Sentence], sentence: Sentence, reach: int = 4) -> str:
    """Lower-case words before a listing that say what its figures are: headings and introductions."""
    before = sentences[max(0, sentence.index - reach) : sentence.index]
    said = [earlier.lower[-300:] for earlier in reversed(before)]
    if sentence.lead is not None:
        said.append(sentence.lead.lower[-300:])
    said.append(sentence.section.lower())
    return " / ".join(said)
