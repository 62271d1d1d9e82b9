"""Flat text: one space between words, straight quotes, plain hyphens, and the way back to the document.

Every pattern of the readers is written for flat text only. A `Flat` remembers, for each of its
characters, where it stands in `Document.text`, so that what is found can be quoted exactly.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

_SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛´`′", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u200b\u200c\u200d\ufeff\u3000\f\v", " "),
        "％": "%",
        "×": "x",
    }
)
_DRAWN = re.compile(r"----|Source: ")
_RUN = re.compile(r"\S+")
_BLACKED_OUT = re.compile(r"\[\W*\*|^\W*[*_]{3,}\W*$")
_UNEVEN = re.compile(r"[^\S ]|  |\*\*|__|----")
_BETWEEN = re.compile(
    r"(?<=\s)-{4,}(?=\s)|(?<=\n)[ \t]*Source: [^\n]{3,100}, [^\n,]{2,12}, \d{1,2}/\d{1,2}/\d{4}[ \t]*(?=\n)"
)
"""Lines drawn under words and sources printed between pages; they are no words of a sentence."""


@lru_cache(maxsize=16)
def plain(text: str) -> str:
    """The text with typographic variants made plain, character for character (the length stays)."""
    return text.translate(_SAME_LENGTH)


@dataclass(frozen=True)
class Flat:
    """A stretch of a document, flattened. `offsets` is None where it maps one to one from `start`."""

    text: str
    start: int
    end: int
    offsets: Sequence[int] | None = field(default=None, repr=False)

    @cached_property
    def lower(self) -> str:
        return self.text.lower()

    def at(self, index: int) -> int:
        """Document offset of the character at a flat index (the end of the text for its length)."""
        if index >= len(self.text):
            return self.end
        return self.start + index if self.offsets is None else self.offsets[index]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Document range of a flat range, end-exclusive; the range must not be empty."""
        return self.at(start), self.at(end - 1) + 1

    def index(self, offset: int) -> int:
        """Flat index of the first character at or after a document offset."""
        if self.offsets is None:
            return min(max(offset - self.start, 0), len(self.text))
        low, high = 0, len(self.offsets)
        while low < high:
            middle = (low + high) // 2
            if self.offsets[middle] < offset:
                low = middle + 1
            else:
                high = middle
        return low


def flatten(plain_text: str, start: int, end: int) -> Flat:
    """Flatten `plain_text[start:end]`; `plain_text` is the whole document after `plain`."""
    while start < end and plain_text[start].isspace():
        start += 1
    while end > start and plain_text[end - 1].isspace():
        end -= 1
    piece = plain_text[start:end]
    if not _UNEVEN.search(piece):
        return Flat(piece, start, end)
    characters: list[str] = []
    offsets: list[int] = []
    between = [found.span() for found in _BETWEEN.finditer(piece)] if _DRAWN.search(piece) else []
    for run in _RUN.finditer(piece):
        if between and any(first <= run.start() < last for first, last in between):
            continue
        word = run.group()
        if characters:
            characters.append(" ")
            offsets.append(start + run.start() - 1)
        emphasised = ("**" in word or "__" in word) and not _BLACKED_OUT.search(word)
        for shift, character in enumerate(word):
            if emphasised and character in "*_":
                continue
            characters.append(character)
            offsets.append(start + run.start() + shift)
    return Flat("".join(characters), start, end, offsets)
