"""Which contracts does a question name? Decided before anything else is searched.

A question may say the party or the title a contract is filed under (`retrieval.query.said`), or names that
only the contract's own opening holds: what it calls itself and its parties there. The second way weighs the
names said, words with a capital letter in a row, by how few of the contracts in question hold them.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

OPENING = 3_000
"""Characters from the start of a contract in which it says its name and its parties."""
CAPTION = 500
"""Characters from the start in which its title stands."""
ENOUGH = 0.55
"""Of the weight of the names said, this much a contract must hold to be meant."""
ALONE = 0.35
"""This much is enough for a contract that no other comes near."""
LIKELY = 8
"""Contracts that are looked at closely: where words stand side by side, and how they are spelt."""
VERBATIM = 0.03
"""More of the best weight for each name that stands in an opening letter by letter."""
EQUAL = 0.98
"""Contracts within this share of the best are meant alike."""
UNTITLED = 0.8
"""What its results weigh where a contract holds all names but another one bears the title that was said."""

_WORD = re.compile(r"[^\W_]+")
_PART = r"(?:[A-Z0-9][\w.&'’/-]*|[\w-]+\.(?:com|net|org)\b|\([A-Z][^)]{0,60}\))"
_RUN = re.compile(rf"(?<!\w){_PART}(?:[ ,]+(?:(?:of|and|the|for|&|de|du|von|in|to|on)[ ]+)*{_PART})*")
_OPENERS = frozenset(
    [
        *("a", "an", "are", "can", "consider", "could", "describe", "did", "do", "does", "find", "for"),
        *("give", "has", "have", "how", "if", "in", "is", "list", "may", "must", "of", "on", "please"),
        *("shall", "should", "show", "tell", "the", "there", "under", "was", "were", "what", "when"),
        *("where", "which", "who", "whose", "why", "will", "with"),
    ]
)
"""Words that open a question with a capital letter and name nobody."""

_JOINING = frozenset(["and", "by", "for", "in", "of", "on", "the", "to", "with"])


@dataclass(frozen=True)
class Asked:
    """A question with the names in it. `rest` is the question without them."""

    names: tuple[str, ...]
    rest: str


def names_in(question: str) -> Asked:
    """Runs of words with a capital letter, but for a word that opens the question."""
    names, kept, at = [], [], 0
    for match in _RUN.finditer(question):
        start, end = match.span()
        while (first := _WORD.match(question, start)) and first[0].lower() in _OPENERS:
            start = min(end, first.end() + 1)
        said = question[start:end].strip(" ,.")
        if not said:
            continue
        names.append(said)
        kept.append(question[at:start])
        at = end
    return Asked(tuple(names), " ".join(" ".join([*kept, question[at:]]).split()))


def question_proper(question: str) -> str:
    """What follows the last name in a question; all of the question where nothing much follows."""
    last = 0
    for name in names_in(question).names:
        last = max(last, question.rfind(name) + len(name))
    parts = [part.strip(" ,.)\"”’'") for part in re.split(r"[;:]\s", question[last:])]
    return next((part for part in reversed(parts) if len(part.split()) >= 3), question)


def named(question: str, openings: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Contracts whose opening holds what the question names, with the weight of each (1 or UNTITLED);
    `openings` are payloads of first chunks."""
    names = names_in(question).names
    said = [tuple(word.lower() for word in _WORD.findall(name)) for name in names]
    texts: dict[str, str] = defaultdict(str)
    for payload in openings:
        texts[payload["contract"]] += f"{payload['title']} {payload['party_name']} {payload['text']} "
    words = {word for name in said for word in name if word not in _JOINING}
    if not words or not texts:
        return {}
    pairs = {pair for name in said for pair in pairwise(name) if not _JOINING & set(pair)}
    lower = {at: text.lower() for at, text in texts.items()}
    rare = {word: _rare(sum(word in text for text in lower.values()), len(lower)) for word in words}
    rough = {at: math.fsum(rare[word] for word in words if word in text) for at, text in lower.items()}
    likely = sorted(rough, key=lambda at: -rough[at])[:LIKELY]
    held = {at: _held(lower[at], {(word,) for word in words} | pairs) for at in likely}
    known = {term for row in held.values() for term in row}
    weights: dict[tuple[str, ...], float] = {(word,): weight for word, weight in rare.items()}
    weights |= {pair: _rare(sum(pair in row for row in held.values()), len(held)) for pair in pairs & known}
    total = math.fsum(weights.values())
    scores = {at: math.fsum(weights[term] for term in row) for at, row in held.items()}
    best, second = sorted([*scores.values(), 0.0], reverse=True)[:2]
    alone = best >= ALONE * total and second <= ENOUGH * best
    if not best or (best < ENOUGH * total and not alone):
        return {}
    verbatim = {at: sum(name in " ".join(texts[at].split()) for name in names) for at in likely}
    scores = {at: score + VERBATIM * best * verbatim[at] for at, score in scores.items()}
    best = max(scores.values())
    meant = {at for at, score in scores.items() if score >= EQUAL * best}
    titled = _titled(meant, said, openings) or meant
    return {at: 1.0 if at in titled else UNTITLED for at in meant}


def _titled(
    alike: set[str], said: Sequence[tuple[str, ...]], openings: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Those whose title, a line of the caption, begins as was said: the agreement, not its amendment."""
    return {
        payload["contract"]
        for payload in openings
        if payload["contract"] in alike and payload["start"] < CAPTION and _begins(payload["text"], said)
    }


def _begins(text: str, said: Sequence[tuple[str, ...]]) -> bool:
    caption = text[:CAPTION]
    parts = caption.splitlines() if "\n" in caption else caption.split("  ")  # a text that lost its lines
    lines = [tuple(_WORD.findall(part.lower())) for part in parts]
    return any(
        line[: len(name)] == name or (len(line) > 1 and name[: len(line)] == line)
        for line in lines
        for name in said
        if name
    )


def _held(text: str, terms: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """The terms, single words and pairs, whose words stand in a text one after the other."""
    words = _WORD.findall(text)
    return terms & {*((word,) for word in words), *pairwise(words)}


def _rare(holding: int, contracts: int) -> float:
    """How much a word says that so many of the contracts hold; one that nobody holds speaks against all."""
    return math.log(1 + (contracts - holding + 0.5) / (holding + 0.5))
