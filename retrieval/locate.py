"""Where a quotation stands in a text: exactly, but for typography, or with small reading errors.

A model or a person quotes from memory: other quotation marks, a joined hyphen, a lost line break. The
figures of a quotation are never allowed to differ, since they are what a promise is about.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

LIKENESS = 92.0
"""How alike (0 to 100) a fuzzy match must be."""
AROUND = 3_000
"""Characters on each side of `near` that are searched first."""
LONGEST = 20_000
"""Characters of the longest quotation taken."""

_SAME = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                       "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "\u00ad": None})  # fmt: skip
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Located:
    """`text[start:end]` is what was quoted; `match` says how close, `likeness` from 0 to 100."""

    start: int
    end: int
    match: Literal["exact", "normalised", "fuzzy"]
    likeness: float = 100.0


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text in comparable form; `places[i]` is where its i-th character stands in the original."""

    text: str
    places: tuple[int, ...]


def locate(quote: str, text: str, near: tuple[int, int] | None = None) -> Located | None:
    """The place of `quote` in `text`, nearest to `near` where it stands more than once; None if nowhere.

    Offsets are indices into `text` as given. A quotation of fewer than three letters or figures is
    found nowhere: it would stand everywhere.
    """
    wanted = quote.strip()
    if len(wanted) > LONGEST or sum(c.isalnum() for c in wanted) < 3:
        return None
    at = _nearest(wanted, text, near[0] if near else None)
    if at is not None:
        return Located(at, at + len(wanted), "exact")
    plain, sought = _plain(text), _plain(wanted).text
    start = None if near is None else _place_in(plain, near[0])
    at = _nearest(sought, plain.text, start)
    if at is not None:
        return Located(plain.places[at], plain.places[at + len(sought) - 1] + 1, "normalised")
    return _fuzzy(sought, plain, start)


def _nearest(wanted: str, text: str, near: int | None) -> int | None:
    """First index of `wanted`, or the one closest to `near`."""
    if near is None:
        at = text.find(wanted)
        return at if at >= 0 else None
    before, after = text.rfind(wanted, 0, near + len(wanted)), text.find(wanted, max(near, 0))
    found = [at for at in (before, after) if at >= 0]
    return min(found, key=lambda at: abs(at - near)) if found else None


def _fuzzy(sought: str, plain: _Plain, near: int | None) -> Located | None:
    from rapidfuzz import fuzz

    spans = [(0, len(plain.text))]
    if near is not None:
        spans.insert(0, (max(0, near - AROUND), min(len(plain.text), near + len(sought) + AROUND)))
    for begin, end in spans:
        found = fuzz.partial_ratio_alignment(sought, plain.text[begin:end], score_cutoff=LIKENESS)
        if found is None:
            continue
        first, last = _whole_words(plain.text, begin + found.dest_start, begin + found.dest_end)
        if _figures(plain.text[first:last]) == _figures(sought) and last > first:
            return Located(plain.places[first], plain.places[last - 1] + 1, "fuzzy", round(found.score, 1))
    return None


def _whole_words(text: str, first: int, last: int) -> tuple[int, int]:
    """The range widened to the words it cuts, without space at its ends."""
    while first > 0 and text[first - 1].isalnum() and text[first].isalnum():
        first -= 1
    while last < len(text) and text[last].isalnum() and text[last - 1].isalnum():
        last += 1
    while first < last and text[first] == " ":
        first += 1
    while last > first and text[last - 1] == " ":
        last -= 1
    return first, last


def _figures(text: str) -> list[str]:
    return sorted(_FIGURE.findall(text))


def _place_in(plain: _Plain, offset: int) -> int:
    from bisect import bisect_left

    return bisect_left(plain.places, offset)


@lru_cache(maxsize=16)
def _plain(text: str) -> _Plain:
    """Case, typography and ligatures evened out, white space folded to one space."""
    letters: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        if char.isspace():
            if letters and letters[-1] != " ":
                letters.append(" ")
                places.append(index)
            continue
        even = (
            char if char.isascii() else unicodedata.normalize("NFKC", char.translate(_SAME)).translate(_SAME)
        )
        if char == "`":
            even = "'"
        for each in even.casefold():
            letters.append(each)
            places.append(index)
    if letters and letters[-1] == " ":
        letters.pop()
        places.pop()
    return _Plain("".join(letters), tuple(places))
