"""Which parties and contracts a text names: full names, names without their legal form, aliases, the
first distinctive word of a name, ids and titles; one or two typing errors allowed.

A form that several parties share gives one match for each, with the same score, so that whoever asks
can be asked back. Nothing here guesses between them.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from obligations.model import Contract, Party

WHOLE, BARE, FIRST = 1.0, 0.97, 0.93
"""Score of a whole name, alias, id or title; of a name without legal form; of its first word."""
TYPO = 0.9
"""A form with typing errors counts this much of its score."""
LONGEST = 8
"""Words in the longest form looked for; longer titles are found by their first words."""

_LEGAL = """ab ag aps as asa bv cic clg co company corp corporation dac gbr gmbh inc incorporated kft kg
limited llc llp lp ltd nv ohg oy oyj plc pty sa sarl sas se sl spa srl ug zoo sp z o public partnership the"""
_GENERIC = """advanced alliance american associated atlantic british central city common deutsche digital
eastern east european express federal first general global great group international national new north
northern pacific premier royal service services smart south southern standard super swiss systems technical
technology universal united west western world"""
LEGAL_FORMS = frozenset(_LEGAL.split())
GENERIC = frozenset(_GENERIC.split())
"""First words that name nobody by themselves."""

_WORD = re.compile(r"[^\W_]+(?:[-&.'’][^\W_]+)*", re.UNICODE)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A party or contract that a text names; `said` is the part of the text that does."""

    kind: Literal["party", "contract"]
    id: str
    name: str
    said: str
    score: float


@dataclass(frozen=True, slots=True)
class _Form:
    kind: Literal["party", "contract"]
    id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class _Token:
    key: str
    start: int
    end: int


class NameIndex:
    """Names of the parties and contracts in one scope."""

    def __init__(self, parties: Sequence[Party], contracts: Sequence[Contract]) -> None:
        self._forms: dict[tuple[str, ...], dict[tuple[str, str], _Form]] = defaultdict(dict)
        for party in parties:
            self._add_party(party)
        for contract in contracts:
            for text in (contract.id, contract.title):
                self._add(_keys(text)[:LONGEST], _Form("contract", contract.id, contract.title, WHOLE))
        self._longest = max((len(form) for form in self._forms), default=0)
        self._words = {form[0]: form for form in self._forms if len(form) == 1 and len(form[0]) >= 5}

    def find(self, text: str) -> tuple[NameMatch, ...]:
        """Every name in `text`, best first; the longest form wins where several begin at one place."""
        tokens = _tokens(text)
        found: list[NameMatch] = []
        at = 0
        while at < len(tokens):
            size, forms, worth = self._longest_at(tokens, at)
            if not size:
                at += 1
                continue
            said = text[tokens[at].start : tokens[at + size - 1].end]
            found += [NameMatch(f.kind, f.id, f.name, said, round(f.score * worth, 4)) for f in forms]
            at += size
        return tuple(sorted(found, key=lambda m: (-m.score, m.kind, m.name)))

    def _longest_at(self, tokens: Sequence[_Token], at: int) -> tuple[int, Iterable[_Form], float]:
        """Words taken, the forms they are, and what the match is worth; 0 words where nothing begins."""
        for size in range(min(self._longest, len(tokens) - at), 0, -1):
            forms = self._forms.get(tuple(t.key for t in tokens[at : at + size]))
            if forms:
                return size, forms.values(), 1.0
        near = self._mistyped(tokens[at].key)
        return (1, self._forms[near].values(), TYPO) if near else (0, (), 0.0)

    def _mistyped(self, word: str) -> tuple[str, ...] | None:
        """The one-word form that differs by a typing error, where exactly one does."""
        if len(word) < 5 or not word.isalpha():
            return None
        from rapidfuzz.distance import OSA

        most = 1 if len(word) < 8 else 2
        near = [
            form
            for key, form in self._words.items()
            if key[0] == word[0] and abs(len(key) - len(word)) <= most
            and OSA.distance(word, key, score_cutoff=most) <= most
        ]  # fmt: skip
        return near[0] if len(near) == 1 else None

    def _add_party(self, party: Party) -> None:
        for text in (party.name, *party.aliases):
            self._add(_keys(text), _Form("party", party.id, party.name, WHOLE))
        for text in (party.name, *party.aliases):
            bare = _bare(_keys(text))
            self._add(bare, _Form("party", party.id, party.name, BARE))
            if bare and bare[0] not in GENERIC and len(bare[0]) >= 3:
                self._add(bare[:1], _Form("party", party.id, party.name, FIRST))

    def _add(self, keys: tuple[str, ...], form: _Form) -> None:
        """Keep the best score of a form for each party; a name several share is worth the same to all."""
        if not keys:
            return
        held = self._forms[keys]
        best = max([form.score, *(f.score for f in held.values())])
        held.setdefault((form.kind, form.id), form)
        for key, each in held.items():
            held[key] = _Form(each.kind, each.id, each.name, best)


def _bare(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without the legal forms at its end (and an article before it)."""
    words = list(keys)
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return tuple(words[1:] if len(words) > 1 and words[0] == "the" else words)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(token.key for token in _tokens(text))


def _tokens(text: str) -> list[_Token]:
    """Words in comparable form with their place; a possessive ending belongs to no name."""
    tokens = []
    for word in _WORD.finditer(text):
        bare = re.sub(r"['’]s$", "", word.group())
        key = _plain(bare)
        if key:
            tokens.append(_Token(key, word.start(), word.start() + len(bare)))
    return tokens


def _plain(word: str) -> str:
    """Without case, accents and punctuation."""
    spread = unicodedata.normalize("NFKD", word.replace("ß", "ss").replace("ł", "l").replace("Ł", "L"))
    return "".join(c for c in spread if c.isalnum()).casefold()
