"""Words of a question: cleaning, splitting, and a modest tolerance for typing errors."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from agent.answer import QUESTION_LIMIT
from agent.errors import QuestionError
from agent.lexicon import FUNCTION_WORDS, GRAMMAR, PAIRS, concept_of, topic_of, vocabulary

_WORD = re.compile(r"[^\W_]+")
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: as written, lower-cased and corrected, and where it stands."""

    said: str
    form: str
    start: int
    end: int


def clean(question: str) -> str:
    """The question without control characters and with plain quotes, dashes and spaces.

    Raises QuestionError when it is empty, longer than the limit, or holds no letter or digit.
    """
    if len(question) > QUESTION_LIMIT:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {QUESTION_LIMIT:,} are taken.",
            remedy="Ask one thing at a time; a contract's text belongs in a document, not in a question.",
        )
    text = unicodedata.normalize("NFKC", question).translate(_QUOTES)
    text = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") else c for c in text
    )
    text = " ".join(text.split())
    if not any(c.isalnum() for c in text):
        raise QuestionError("The question is empty.", remedy='Ask something such as "Is Acme in SLA breach?"')
    return text


def words(text: str) -> list[Word]:
    """The words of a text in order; typing errors corrected where one known word is near, pairs such as
    "service levels" joined."""
    found = [Word(m[0], correct(m[0].lower()), m.start(), m.end()) for m in _WORD.finditer(text)]
    joined: list[Word] = []
    for word in found:
        form = PAIRS.get((joined[-1].form, word.form)) if joined else None
        if form:
            first = joined.pop()
            word = Word(text[first.start : word.end], form, first.start, word.end)
        joined.append(word)
    return joined


def _deletes(word: str, depth: int) -> set[str]:
    found = {word}
    edge = {word}
    for _ in range(depth):
        edge = {w[:i] + w[i + 1 :] for w in edge for i in range(len(w))}
        found |= edge
    return found


@cache
def _neighbours() -> dict[str, set[str]]:
    """Shortened form -> known words it may come from: one letter off, two for long words."""
    index: dict[str, set[str]] = {}
    for word in (*concept_of(), *topic_of(), *(FUNCTION_WORDS - GRAMMAR)):
        if len(word) >= 5 and word.isalpha():
            for short in _deletes(word, _tolerance(word)):
                index.setdefault(short, set()).add(word)
    return index


def _tolerance(word: str) -> int:
    return 2 if len(word) >= 10 else 1


def distance(a: str, b: str) -> int:
    """Edits between two words: insert, delete, replace, swap neighbours, each one."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if last and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


@lru_cache(maxsize=4096)
def correct(word: str) -> str:
    """The one known word that `word` is a typing error of, or `word` itself."""
    if word in vocabulary() or len(word) < 5 or not word.isalpha():
        return word
    allowed = _tolerance(word)
    near: dict[str, int] = {}
    for short in _deletes(word, allowed):
        for known in _neighbours().get(short, ()):
            if (d := distance(word, known)) <= min(allowed, _tolerance(known)):
                near[known] = d
    if not near:
        return word
    best = min(near.values())
    chosen = [known for known, d in near.items() if d == best]
    return chosen[0] if len(chosen) == 1 else _same_concept(chosen, word)


_LONG_MONTHS = ["january", "february", "august", "september", "october", "november", "december"]
_MONTH_LIKE = re.compile(r"\b[^\W\d_]{6,10}\b")


def mend_months(text: str) -> str:
    """The text with misspelt names of long months ("Octobre", "Setpember") put right."""

    def mended(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word in _LONG_MONTHS or word in vocabulary():
            return match[0]
        return next((m.capitalize() for m in _LONG_MONTHS if distance(word, m) == 1), match[0])

    return _MONTH_LIKE.sub(mended, text)


def _same_concept(chosen: list[str], word: str) -> str:
    meant = {concept_of().get(known, known) for known in chosen}
    return min(chosen) if len(meant) == 1 else word
