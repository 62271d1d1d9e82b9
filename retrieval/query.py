"""What a query names: contracts, by title and party, and clauses, by number."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from obligations.document import Chunk


@dataclass(frozen=True)
class Names:
    """The words a contract is called by, in small letters.

    `own` are those of its party that say which party it is, `first` is the first of them.
    """

    words: frozenset[str]
    own: frozenset[str]
    first: str


_WORD = re.compile(r"[^\W_]+(?:[’'&](?!s\b)[^\W_]+)*")
_COMMON = frozenset(
    [
        *("a", "an", "and", "of", "the", "for", "to", "in", "on", "by", "between", "with", "or"),
        *("inc", "incorporated", "corp", "corporation", "company", "co", "ltd", "limited", "llc", "llp"),
        *("lp", "plc", "dac", "clg", "cic", "gmbh", "ag", "ab", "oy", "sa", "sas", "se", "kg", "bv", "nv"),
        *("spa", "srl", "sp"),
        *("group", "holding", "holdings", "international", "global", "services", "service", "systems"),
        *("solutions", "technologies", "technology", "managed", "agreement", "contract"),
    ]
)
"""Words of names that tell no two companies apart."""


def names_of(title: str, counterparty: str) -> Names:
    party = [word.lower() for word in _WORD.findall(counterparty)]
    own = [word for word in party if word not in _COMMON]
    title_words = (word.lower() for word in _WORD.findall(title))
    return Names(frozenset((*party, *title_words)), frozenset(own), own[0] if own else "")


def _runs(query: str, names: Names) -> Iterator[tuple[int, int]]:
    """Where a query says a contract's name: its words in a row, so that "hosting fees" stays what it is.

    One word is enough where it is the first of the party, two where they tell anything.
    """
    run: list[re.Match[str]] = []
    for word in [*_WORD.finditer(query), None]:
        if word is not None and word[0].lower() in names.words | _COMMON:
            run.append(word)
            continue
        telling = [w for w in (match[0].lower() for match in run) if w in names.words - _COMMON]
        if len(telling) > 1 or names.first in telling:
            yield run[0].start(), run[-1].end()
        run = []


def said(query: str, names: Names) -> int:
    """How many of a contract's telling words the query says; none unless half of its party's own."""
    if not any(word in query.lower() for word in names.own):
        return 0
    words = {w.lower() for start, end in _runs(query, names) for w in _WORD.findall(query[start:end])}
    enough = 2 * len(words & names.own) >= len(names.own)
    return len((words & names.words) - _COMMON) if enough else 0


def without_names(query: str, names: Iterable[Names]) -> str:
    """The query without the contracts' names: within one contract they say nothing, and drown the rest."""
    for name in names:
        for start, end in reversed(list(_runs(query, name))):
            query = f"{query[:start]} {query[end:]}"
    return query


_PART = r"schedule|exhibit|annex(?:ure)?|appendix|attachment|addendum|part|article"
_NUMBER = r"\d{1,3}(?:\.\d{1,3})*(?:\([a-z\d]{1,4}\))*"
_LABEL = re.compile(
    rf"(?:(?P<part>{_PART})\s+(?P<no>\d{{1,3}}[a-z]?|[ivxlc]{{1,6}}|[a-z])\b"
    rf"|(?:section|clause|paragraph|§)?\s*(?P<number>{_NUMBER}))",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"\b(?P<part>{_PART})\s+(?P<no>\d{{1,3}}(?![.\d])[a-z]?|[ivxlc]{{1,6}}|[a-z])\b"
    rf"|(?:\b(?:sections?|clauses?|paragraphs?|sec\.|cl\.|articles?)|§+)\s*(?P<number>{_NUMBER})",
    re.IGNORECASE,
)


def references(query: str) -> Iterator[str]:
    """The clauses and parts a question names: "clause 5.2(b)" -> "5.2(b)", "Schedule 2" -> "schedule 2"."""
    for match in _ASKED.finditer(query):
        yield _key(match)


def numbers_of(chunk: Chunk) -> Iterator[str]:
    """What a chunk can be called, its own number first: "3.2(b)", "3.2", "3", "schedule 2"."""
    seen = set()
    for heading in (chunk.section, *reversed(chunk.path)):
        match = _LABEL.match(heading.strip().lstrip("#").strip())
        number = _key(match) if match else ""
        while number and number not in seen:
            seen.add(number)
            yield number
            number = re.sub(r"(?:\([^)]*\)|\.\d+|^[^.(]*)$", "", number)


def _key(match: re.Match[str]) -> str:
    if match["number"]:
        return match["number"].lower()
    return f"{match['part'].lower().replace('annexure', 'annex')} {_arabic(match['no'].lower())}"


def _arabic(number: str) -> str:
    """ "iv" -> "4"; what is no Roman numeral stays."""
    if not re.fullmatch("x{0,3}(?:ix|iv|v?i{0,3})", number):
        return number
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in number]
    following = [*values[1:], 0]
    return str(sum(-a if a < b else a for a, b in zip(values, following, strict=True)))
