"""The clauses of the library that are most like a batch of clauses, as worked examples for a model.

Every example is grounded: its quote stands in its text, and its terms are valid terms of its kind, written as
a reader is to write them.
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from extraction.library import Library, LibraryClause
from obligations.document import Chunk
from obligations.terms import Terms

TAGGED = 0.5
"""What the tagger's certainty of a kind weighs against the words (a likeness is 0 to 1)."""
OF_ONE_KIND = 1
"""Most examples of one kind in a call: the room goes to as many kinds as fit."""

_TERMS: TypeAdapter[Any] = TypeAdapter(Terms)
_WORD = re.compile(r"[a-z]{3,}")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z(“\"])")
_FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety|hundred|daily|"
    r"weekly|monthly|quarterly|annual(?:ly)?|yearly|each|every)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Example:
    """A clause, and the entry that a reader is to give for it. `terms` are plain JSON values."""

    kind: str
    text: str
    quote: str
    terms: Mapping[str, Any]

    @property
    def entry(self) -> dict[str, Any]:
        """The example as it is sent; its text only where it says more than the quote."""
        told = {"kind": self.kind, "quote": self.quote, "terms": dict(self.terms)}
        return told if self.text == self.quote else {"text": self.text, **told}


def examples_of(library: Library) -> tuple[Example, ...]:
    """The library's clauses as examples; one whose terms are not valid terms of its kind is left out."""
    return tuple(example for clause in library.clauses if (example := _example(clause)) is not None)


class NearestExamples:
    """Finds examples by words and by the tagger's kinds, within a number of characters for each batch."""

    def __init__(self, library: Library, *, characters: int) -> None:
        self.examples = examples_of(library)
        self.characters = characters
        words = [_words(f"{each.text} {each.kind.replace('_', ' ')}") for each in self.examples]
        uses = Counter(word for each in words for word in set(each))
        self._rarity = {word: math.log(1 + len(words) / count) for word, count in uses.items()}
        self._vectors = [self._vector(each) for each in words]

    @property
    def digest(self) -> str:
        """Changes with the examples and with their budget."""
        told = json.dumps([self.characters, *(example.entry for example in self.examples)])
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    def __call__(self, chunks: Sequence[Chunk]) -> list[dict[str, Any]]:
        """The examples for a batch: the nearest of each clause first, then the second nearest, and so on."""
        ranked = [self._ranked(chunk) for chunk in chunks]
        chosen: list[dict[str, Any]] = []
        kinds: Counter[str] = Counter()
        used: set[int] = set()
        left = self.characters
        for index in (row[place] for place in range(len(self.examples)) for row in ranked):
            example = self.examples[index]
            size = len(json.dumps(example.entry, ensure_ascii=False))
            if index in used or kinds[example.kind] == OF_ONE_KIND or size > left:
                continue
            used.add(index)
            kinds[example.kind] += 1
            left -= size
            chosen.append(example.entry)
        return chosen

    def _ranked(self, chunk: Chunk) -> list[int]:
        """The places of all examples, most alike first."""
        mine = self._vector(_words(f"{chunk.section} {chunk.text}"))
        tagged = dict(chunk.kinds)
        alike = [
            sum(weight * theirs.get(word, 0.0) for word, weight in mine.items())
            + TAGGED * tagged.get(example.kind, 0.0)
            for example, theirs in zip(self.examples, self._vectors, strict=True)
        ]
        return sorted(range(len(alike)), key=lambda i: (-alike[i], i))

    def _vector(self, words: Sequence[str]) -> dict[str, float]:
        weights = {word: self._rarity[word] for word in set(words) if word in self._rarity}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}


def _example(clause: LibraryClause) -> Example | None:
    try:
        terms = _TERMS.validate_python({**clause.terms, "kind": clause.kind})
    except ValidationError:
        return None
    text = " ".join(clause.text.split())
    said = {name: _plain(value) for name, value in terms.model_dump(mode="json", exclude_unset=True).items()}
    said.pop("kind", None)
    return Example(clause.kind, text, _telling(text), said) if said else None


def _telling(text: str) -> str:
    """The run of whole sentences that holds all figures of a clause; the whole clause where there is none."""
    ranges = list(_sentences(text))
    telling = [span for span in ranges if _FIGURE.search(text, *span)]
    return text[telling[0][0] : telling[-1][1]] if telling else text


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _SENTENCE.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _plain(value: Any) -> Any:
    """Durations as their ISO text, what is not stated left out."""
    if isinstance(value, dict):
        if "iso" in value:
            return value["iso"]
        return {name: _plain(each) for name, each in value.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _words(text: str) -> list[str]:
    return [word.rstrip("s") for word in _WORD.findall(text.lower())]
