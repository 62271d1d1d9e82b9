"""Where the numbered clauses, articles, schedules and items of a document stand, from its chunks.

A clause is known by the path and section of the chunks; an item, such as (b), by its letter in the text.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from obligations.document import Chunk, Document
from retrieval.defined_terms import part_of

PARTS = {
    "schedule": "schedule", "exhibit": "exhibit", "annex": "annex", "annexe": "annex", "annexure": "annex",
    "appendix": "appendix", "appendice": "appendix", "attachment": "attachment", "anlage": "annex",
    "addendum": "addendum",
}  # fmt: skip
"""Words for what hangs on a contract, in the singular, and the one word under which each is looked up."""

_LABEL = re.compile(
    r"(?P<part>Schedule|Exhibit|Annexure|Annex|Appendix|Attachment|Addendum)\s+(?P<no>[\w.-]+)"
    r"|(?:Article|Artikel|Chapter)\s+(?P<article>\w+)|(?P<number>\d{1,4}(?:\.\d{1,4}){0,4})(?=[\s(]|$)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\(([A-Za-z]{1,5}|\d{1,2})\)")
_LINE_ITEM = re.compile(r"\n[ \t]*([a-z]|[ivx]{1,5})[.)]\s")
# at the start of a line, or after a sentence in running text
_LINE_START = re.compile(
    r"\n[^\w\n]{0,6}(?:(?:[Ss]ection|[Cc]lause|[Aa]rticle|SECTION|ARTICLE|Artikel)\s+)?"
    r"(?P<number>\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6})(?![\w,/-])"
)
_IN_LINE = re.compile(
    r"[.;:][\"”)]?\s+(?:(?:Section|SECTION|Clause|ARTICLE|Article)\s+)?(?P<number>\d{1,3}(?:\.\d{1,3})*)"
    r"(?:[.)]|(?<=\.\d)|(?<=\.\d\d))\s+[\"“(]?[^\W\d_a-z]"
)
_PART_START = re.compile(
    r"\n[^\w\n]{0,6}(?P<part>(?i:Schedule|Exhibit|Annexure|Annex|Appendix|Attachment|Addendum))"
    r"\s+[\"“]?(?P<no>[\w.-]+)",
)
_WORDS = re.compile(r"\S")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ITEM_LONGEST = 1_200
_MOST_RIVALS = 40
"""Of more clauses with one number only those around the reference are looked at."""

Key = tuple[str, str]
"""What a clause is looked up by: ("number", "7.2"), ("article", "4"), ("exhibit", "B")."""


@dataclass(frozen=True, slots=True)
class Place:
    """A clause that something refers to: its first chunk, its label and where its words stand."""

    chunk: str
    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with the chunks it covers, `first` to `last`, and the labels of all above it and its own."""

    key: Key
    trail: tuple[str, ...]
    part: str
    first: int
    last: int


def key_of(label: str) -> Key | None:
    """The key of a label as a chunk's path has it: "7.2 Fees" -> ("number", "7.2")."""
    match = _LABEL.match(label)
    if match is None:
        return None
    if match["part"]:
        return PARTS[match["part"].lower()], match["no"].rstrip(".-").upper()
    if match["article"]:
        return "article", arabic(match["article"])
    return "number", match["number"]


def arabic(number: str) -> str:
    """A roman numeral as a figure: "IV" -> "4"; anything else as it is."""
    values = [_ROMAN.get(letter, 0) for letter in number.lower()]
    if not values or 0 in values:
        return number
    after = [*values[1:], 0]
    return str(sum(-v if v < following else v for v, following in zip(values, after, strict=True)))


class Clauses:
    """The clauses of one document, for looking up what a text refers to."""

    def __init__(self, document: Document, chunks: Sequence[Chunk]) -> None:
        self.document, self.chunks = document, chunks
        self.starts = [chunk.start for chunk in chunks]
        self.parts = [part_of(chunk) for chunk in chunks]
        self.trails = [_trail(chunk) for chunk in chunks]
        self._placed: dict[Clause, Place] = {}
        self.by_key: dict[Key, list[Clause]] = defaultdict(list)
        self._read()

    def _read(self) -> None:
        opened: list[tuple[str, int]] = []
        for index, trail in enumerate([*self.trails, ()]):
            shared = 0
            while shared < min(len(trail), len(opened)) and trail[shared] == opened[shared][0]:
                shared += 1
            for depth in range(len(opened) - 1, shared - 1, -1):
                label, first = opened[depth]
                if key := key_of(label):
                    above = (*(name for name, _ in opened[:depth]), label)
                    self.by_key[key].append(Clause(key, above, self.parts[first], first, index - 1))
            opened = [*opened[:shared], *((label, index) for label in trail[shared:])]
        for found in self.by_key.values():
            found.sort(key=lambda clause: clause.first)

    def at(self, offset: int) -> int:
        """The index of the chunk that holds an offset."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def span_of(self, clause: Clause) -> tuple[int, int]:
        """Start and end of a clause in the text, its sub-clauses included."""
        return self.chunks[clause.first].start, self.chunks[clause.last].end

    def near(self, key: Key, index: int) -> Sequence[Clause]:
        """The clauses of a key, and of very many only those around a chunk."""
        found = self.by_key.get(key, [])
        if len(found) <= _MOST_RIVALS:
            return found
        after = bisect_right(found, index, key=lambda clause: clause.first)
        return found[max(0, after - _MOST_RIVALS // 2) : after + _MOST_RIVALS // 2]

    def choose(self, key: Key, index: int, within: str | None = None) -> Clause | None:
        """The clause that a key means in the chunk `index`: in its own schedule first, else in the body.

        `within` names the schedule where the text does. Of several in one article the citing chunk's own is
        taken, of a contents page and the clause itself the longer one. None where it cannot be told.
        """
        found = self.near(key, index)
        own = self.parts[index] if within is None else within
        near = [c for c in found if c.part == own] or [c for c in found if not c.part]
        if not near and within is None and len({c.part for c in found}) == 1:
            near = list(found)
        if not near:
            return None
        trail = self.trails[index]
        best = max(near, key=lambda c: (_shared(c.trail[:-1], trail), self._length(c)))
        rivals = [c for c in near if c.trail[:-1] != best.trail[:-1] and not _shared(best.trail[:-1], trail)]
        return None if any(self._length(c) * 2 > self._length(best) for c in rivals) else best

    def _length(self, clause: Clause) -> int:
        start, end = self.span_of(clause)
        return end - start

    def place(self, clause: Clause) -> Place:
        """The clause as a place, from its own heading or number on to the end of its first chunk."""
        held = self._placed.get(clause)
        if held is None:
            chunk = self.chunks[clause.first]
            label = clause.trail[-1].partition(" ")[0] if clause.key[0] == "number" else clause.trail[-1]
            start = chunk.start + _opening(chunk.text, label)
            held = self._placed[clause] = Place(chunk.id, clause.trail[-1], start, chunk.end)
        return held

    def own(self, index: int) -> list[Clause]:
        """The numbered clauses that a chunk stands in, innermost first."""
        trail = self.trails[index]
        held = []
        for depth in range(len(trail), 0, -1):
            key = key_of(trail[depth - 1])
            held += [
                c for c in self.near(key, index) if c.first <= index <= c.last and c.trail == trail[:depth]
            ] if key else []  # fmt: skip
        return held

    @cached_property
    def _items(self) -> dict[str, list[int]]:
        """Where each item letter stands: "(b)" and, at the start of a line, "b)" or "b."."""
        held: dict[str, list[int]] = defaultdict(list)
        text = self.document.text
        found = [
            (m.start(), m[1]) for m in _ITEM.finditer(text) if not _joined(text[m.start() - 1 : m.start()])
        ]
        found += [(m.start() + 1, m[1]) for m in _LINE_ITEM.finditer(text)]
        for start, letter in sorted(found):
            held[letter].append(start)
        return held

    def item(
        self, letters: Sequence[str], place: tuple[int, int], cited: Sequence[tuple[int, int]]
    ) -> Place | None:
        """The item that letters lead to ("b", "ii") within a range of the text; None where there is none.

        `cited` are the places of references, which are no items themselves, in order.
        """
        start, end = place
        for letter in letters:
            held = self._items.get(letter, [])
            found = next(
                (
                    at
                    for at in held[bisect_left(held, start) : bisect_left(held, end)]
                    if not _inside(cited, at)
                ),
                None,
            )
            if found is None:
                return None
            start = found
        start = _words_from(self.document.text, start)
        chunk = self.chunks[self.at(start)]
        label = next((c.trail[-1].partition(" ")[0] for c in self.own(self.at(start))), "")
        section = label + "".join(f"({letter})" for letter in letters)
        return Place(chunk.id, section, start, self._item_end(letters[-1], start, end))

    def _item_end(self, letter: str, start: int, end: int) -> int:
        """An item ends where the next of its letters begins, else at the end of its line."""
        line = self.document.text.find("\n", start, end)
        stops = [end if line < 0 else line, start + _ITEM_LONGEST]
        if len(letter) == 1 and letter.isalpha():
            held = self._items.get(chr(ord(letter) + 1), [])
            stops += held[(after := bisect_right(held, start)) : after + 1]
        stop = min(stops)
        return start + len(self.document.text[start:stop].rstrip(" ;,\n"))

    @cached_property
    def _line_starts(self) -> dict[Key, list[int]]:
        """Numbers and schedules at the start of a line, whatever the chunks make of the line."""
        held: dict[Key, list[int]] = defaultdict(list)
        for pattern in (_IN_LINE, _LINE_START):
            for match in pattern.finditer(self.document.text):
                held["number", arabic(match["number"])].append(match.start() + 1)
        for match in _PART_START.finditer(self.document.text):
            held[PARTS[match["part"].lower()], match["no"].rstrip(".-").upper()].append(match.start() + 1)
        return held

    def line(self, key: Key, index: int) -> Place | None:
        """A line that begins with the number where no chunk is known by it: "12. [Reserved]"."""
        kind, number = key
        held = self._line_starts.get(("number", number) if kind == "article" else key, [])
        after = bisect_right(held, self.starts[index])
        held = held[max(0, after - _MOST_RIVALS) : after + _MOST_RIVALS]
        near = [at for at in held if self.parts[self.at(at)] == self.parts[index]] or held
        if not near:
            return None
        start = _words_from(self.document.text, near[-1])
        chunk = self.chunks[self.at(start)]
        line = self.document.text.find("\n", start)
        return Place(chunk.id, number, start, line if line > 0 else len(self.document.text))


def _opening(text: str, label: str) -> int:
    """Where the line begins that the label opens; the start of the text where no line does."""
    at = text.find(label)
    while at >= 0:
        line = text.rfind("\n", 0, at) + 1
        if at - line < 20 and not text[at + len(label) : at + len(label) + 1].isalnum():
            return line
        at = text.find(label, at + 1)
    return 0


def _joined(before: str) -> bool:
    """ "3(b)" and "(a)(ii)" are parts of a reference or of a deeper item."""
    return before.isalnum() or before in (")", "]")


def _words_from(text: str, at: int) -> int:
    """The first character from `at` on that is no white space."""
    found = _WORDS.search(text, at)
    return found.start() if found else at


def _trail(chunk: Chunk) -> tuple[str, ...]:
    """The path of a chunk with its own section, without the letter of an item."""
    own = chunk.section
    if not own or "(" in own.partition(" ")[0]:
        return chunk.path
    return (*chunk.path, own)


def _shared(above: Sequence[str], trail: Sequence[str]) -> int:
    """How many of the headings above a clause a chunk shares."""
    return next(
        (i for i, (a, b) in enumerate(zip(above, trail, strict=False)) if a != b), min(len(above), len(trail))
    )


def _inside(places: Sequence[tuple[int, int]], offset: int) -> bool:
    at = bisect_right(places, (offset, offset + 10**9)) - 1
    return at >= 0 and places[at][0] <= offset < places[at][1]
