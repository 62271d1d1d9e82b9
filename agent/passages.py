"""Passages of contract text that are about what was asked, out of what search found.

Search by meaning always finds something. A passage counts only when it has the words asked for, in some
form; among those that do, the one that says them together, in its heading or as asked, comes first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.deps import SearchHit
from agent.lexicon import CLAUSE_TOPICS, GRAMMAR, topic_of
from obligations.document import Span

LONGEST = 600
"""Most characters of a passage."""

_WORD = re.compile(r"[^\W_]{3,}")
_BETWEEN = re.compile(
    r"(?<=[.;:])\s+(?=[A-Z“\"(])|\n\s*\n|\n(?=\s*(?:\(?[a-z0-9]{1,3}[.)]\s|[•–-]\s|\d+(?:\.\d+)+\s))"
)
"""Where one sentence of a clause ends and the next begins."""

_ENDINGS = "ations ances ation ments ment ance ities ity able ing ies ed es s y e".split()  # noqa: SIM905
_MONEY = re.compile(r"(?:\b[A-Z]{3}|[€$£])\s?\d")
_MONEY_OR_SHARE = re.compile(rf"{_MONEY.pattern}|\d\s?(?:%|per cent)")
_FIGURE_COUNTS = 0.3
"""What a figure counts in a passage about a price or a limit: the answer is most likely there."""

_LIMITS = frozenset({"cap", "limit", "amount", "insurance", "liability"})
_BY_MEANING = 0.4
"""What a word of the same clause topic counts beside the word itself."""


@dataclass(frozen=True)
class Passage:
    """A piece of a contract's text, and the clause it stands in."""

    contract: str
    span: Span


class Wanted:
    """The words asked for, in the forms in which a text may have them."""

    def __init__(self, topic: str) -> None:
        said = [word for word in topic.split() if stem(word)]
        self.own = [stem(word) for word in said]
        self.meant = [_of_topic(word) for word in said]
        self._topics = [meant for meant in self.meant if meant]
        priced = any(topic_of().get(word.lower()) == "price" for word in said)
        limited = any(word.lower() in _LIMITS for word in said)
        self._figure = _MONEY if priced else _MONEY_OR_SHARE if limited else None

    def about(self, text: str) -> bool:
        """The text has enough of the words, or speaks of a clause topic that was named."""
        held = set(stems(text))
        shared = sum(
            own in held or bool(meant & held) for own, meant in zip(self.own, self.meant, strict=True)
        )
        needed = len(self.own) if len(self.own) <= 2 else -(-len(self.own) * 3 // 5)
        return bool(self.own) and (shared >= needed or any(meant & held for meant in self._topics))

    def score(self, text: str) -> float:
        """How much of what was asked a text says: the words, their topic, and words said together."""
        order = stems(text)
        held = set(order)
        if not self.own:
            return 0.0
        words = sum(
            1.0 if own in held else _BY_MEANING if meant & held else 0.0
            for own, meant in zip(self.own, self.meant, strict=True)
        )
        pairs = set(pairwise(order))
        together = sum(pair in pairs for pair in pairwise(self.own))
        amount = _FIGURE_COUNTS if self._figure and self._figure.search(text) else 0.0
        return (words + 0.5 * together) / len(self.own) + amount


def passages(hits: Sequence[SearchHit], topic: str) -> list[Passage]:
    """The passages of `hits` that are about a topic, best first."""
    wanted = Wanted(topic)
    found: list[tuple[float, Passage]] = []
    for rank, hit in enumerate(hits):
        if not wanted.about(f"{hit.chunk.section} {hit.chunk.text}"):
            continue
        passage = best(hit, wanted)
        score = wanted.score(passage.span.quote) + wanted.score(hit.chunk.section) + 0.2 / (rank + 1)
        found.append((score, passage))
    found.sort(key=lambda f: -f[0])
    return [passage for _, passage in found]


def numbered(hits: Sequence[SearchHit], numbers: Iterable[str]) -> list[Passage]:
    """The passages of clauses that bear one of the numbers, or stand under it: 5.2.1 under "5.2"."""
    wanted = list(numbers)
    own = [(hit, hit.chunk.section.lstrip("§ ").split(" ", 1)[0].rstrip(".")) for hit in hits]
    return [
        best(hit, Wanted(""))
        for hit, number in own
        if any(number == n or number.startswith(f"{n}.") for n in wanted)
    ]


def best(hit: SearchHit, wanted: Wanted) -> Passage:
    """The sentence of a chunk that says most of what was asked, with those after it while they fit."""
    chunk = hit.chunk
    breaks = [(m.start(), m.end()) for m in _BETWEEN.finditer(chunk.text)]
    starts, ends = [0, *(b for _, b in breaks)], [*(a for a, _ in breaks), len(chunk.text)]
    scores = [wanted.score(chunk.text[a:b]) for a, b in zip(starts, ends, strict=True)]
    first = last = scores.index(max(scores))
    while last + 1 < len(ends) and ends[last + 1] - starts[first] <= LONGEST:
        last += 1
    while first > 0 and scores[first - 1] and ends[last] - starts[first - 1] <= LONGEST:
        first -= 1
    text = chunk.text[starts[first] : ends[last]]
    start = starts[first] + len(text) - len(text.lstrip())
    end = start + len(text.strip())
    span = Span(
        document_id=chunk.document_id,
        start=chunk.start + start,
        end=chunk.start + end,
        quote=chunk.text[start:end],
        section=chunk.section,
        page=chunk.page,
    )
    return Passage(hit.contract_id, span)


def says(text: str, words: Iterable[str]) -> bool:
    """A text has one of the words, in some form or by its clause topic."""
    held = set(stems(text))
    return any(stem(word) in held or _of_topic(word) & held for word in words)


def stems(text: str) -> list[str]:
    """The words of a text in order, without endings; grammar left out."""
    return [found for word in _WORD.findall(text) if (found := stem(word))]


def stem(word: str) -> str:
    """A word without an ending that does not change what it is about; empty for grammar."""
    low = word.lower()
    if low in GRAMMAR or len(low) < 2:
        return ""
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            return low[: -len(ending)]
    return low


def _of_topic(word: str) -> frozenset[str]:
    """Stems of the clause topic a word belongs to; none for most words."""
    topic = topic_of().get(word.lower())
    return frozenset(stem(other) for other in CLAUSE_TOPICS[topic].split()) if topic else frozenset()
