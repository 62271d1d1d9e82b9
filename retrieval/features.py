"""A clause as the tagger sees it, in training and in use: hashed words of its sentences and what is around.

All of a text is hashed at once in numpy. A word's hash is a polynomial of its letters, taken from prefix
sums, so that a contract costs milliseconds; figures count by their shape only ("30" and "45" are the same).
A sentence has five blocks of features, each a sparse row of its own: its words, pairs of neighbours and pairs
of word stems with one word between; the stems of the sentences beside it; the stems of its whole chunk; the
heading of the chunk; and where it stands. Sentences see nothing outside their chunk, so that a chunk is
judged alike when a contract is read and when a question is answered.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

VERSION = 2
"""Raise it when a feature changes: weights trained on others mean nothing."""
BITS = 17
BUCKETS = 1 << BITS
WEIGHTS = {"own": 1.0, "beside": 0.5, "chunk": 0.7, "heading": 0.7, "place": 0.3}
"""Length of each block's row, and so how much a block counts."""
STEM = 5
"""Letters of a word that its stem keeps."""

_LETTER, _DIGIT, _SIGN = 1, 2, 3
_SIGNS = "%$€£§"
_HIGHEST = 0x20FF
_PRIME = 0x9E3779B97F4A7C15
_LONG, _LEAST, _SHORT = 450, 60, 12
_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9(])|\s*\n\s*|\s{4,}")
_ITEM = re.compile(r"[;:][\"”’')\]]*\s+(?:(?:and|or)\s+)?|\s+(?=\([a-z0-9]{1,4}\)\s)")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|No|Nos|Inc|Ltd|Corp|Co|Sec|Art|Mr|Ms|Dr|St|vs|etc|e\.g|i\.e|U\.S|approx|Section|Bros"
    r"|Messrs|\d{1,3}|[ivx]+)\.$"
)

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Passage:
    """What is tagged together: a chunk's text under its heading, from `start` on in its document."""

    heading: str
    text: str
    start: int = 0


@dataclass(frozen=True)
class Block:
    """Sparse rows one after the other: buckets, damped counts, and where each row starts, with the end."""

    buckets: NDArray[np.int32]
    values: NDArray[np.float32]
    starts: Places


@dataclass(frozen=True)
class Features:
    """The blocks of some passages; `spans` (sentences x 2) are relative to the text of their passage.

    Rows of `own`, `beside` and `place` are sentences, those of `chunk` and `heading` are passages;
    `passage_of` says of which passage a sentence is.
    """

    spans: Places
    passage_of: Places
    blocks: dict[str, Block]


def sentences(text: str) -> list[tuple[int, int]]:
    """Ranges of the sentences of a text; a very long one is cut at its items. Never empty for a word."""
    found: list[tuple[int, int]] = []
    for start, end in _parts(text):
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end = start + len(text[start:end].rstrip())
        if end <= start:
            continue
        if found and found[-1][1] - found[-1][0] < _SHORT:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _parts(text: str) -> Iterator[tuple[int, int]]:
    cuts = [0, *(match.end() for match in _END.finditer(text) if not _abbreviated(text, match)), len(text)]
    for start, end in pairwise(cuts):
        at = start
        if end - start > _LONG:
            for match in _ITEM.finditer(text, start, end):
                if match.end() - at >= 2 * _LEAST and end - match.end() >= _LEAST:
                    yield at, match.end()
                    at = match.end()
        yield at, end


def _abbreviated(text: str, match: re.Match[str]) -> bool:
    at = match.start()
    return text[at] == "." and _ABBREVIATION.search(text[max(0, at - 8) : at + 1]) is not None


@lru_cache(maxsize=1)
def _classes() -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Of each character up to `_HIGHEST`: its class (0 separates words) and the letter it counts as."""
    classes, letters = np.zeros(_HIGHEST + 1, np.uint8), np.zeros(_HIGHEST + 1, np.uint64)
    for code in range(_HIGHEST):
        sign = chr(code)
        if sign.isdigit():
            classes[code], letters[code] = _DIGIT, 1
        elif sign.isalpha():
            folded = sign.casefold()
            classes[code], letters[code] = _LETTER, ord(folded) if len(folded) == 1 else code
        elif sign in _SIGNS:
            classes[code], letters[code] = _SIGN, code
    return classes, letters + np.uint64(7)


@lru_cache(maxsize=8)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """Powers of the hash's base and of its inverse, modulo 2^64."""
    made = []
    for base in (_PRIME, pow(_PRIME, -1, 1 << 64)):
        row = np.full(size, base, np.uint64)
        row[0] = 1
        made.append(np.cumprod(row, dtype=np.uint64))
    return made[0], made[1]


def _mixed(hashes: Hashes) -> Hashes:
    spread = hashes ^ (hashes >> np.uint64(31))
    spread = spread * np.uint64(0xBF58476D1CE4E5B9)
    result: Hashes = spread ^ (spread >> np.uint64(29))
    return result


def _buckets(hashes: Hashes, salt: int) -> NDArray[np.int32]:
    salted = hashes + np.uint64(salt * _PRIME & 0xFFFFFFFFFFFFFFFF)
    return (_mixed(salted) >> np.uint64(64 - BITS)).astype(np.int32)


def words(text: str) -> tuple[Hashes, Hashes, Places]:
    """Of every word: the hash of it in small letters, the hash of its stem, and where it starts."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = np.minimum(codes, _HIGHEST)
    classes, letters = _classes()
    kind = np.concatenate(([0], classes[codes], [0]))
    edge = (kind[1:] != kind[:-1]) | (kind[1:] == _SIGN)
    starts = np.flatnonzero(edge[:-1] & (kind[1:-1] > 0))
    ends = np.flatnonzero((edge | np.append(kind[1:-1] == _SIGN, False))[1:] & (kind[1:-1] > 0)) + 1
    size = 1 << max(16, len(codes).bit_length())
    powers, inverse = _powers(size)
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(letters[codes] * powers[: len(codes)], dtype=np.uint64, out=sums[1:])
    ends = np.where(kind[1:-1][starts] == _DIGIT, np.minimum(ends, starts + 4), ends)
    stems = (sums[np.minimum(ends, starts + STEM)] - sums[starts]) * inverse[starts]
    return _mixed((sums[ends] - sums[starts]) * inverse[starts]), _mixed(stems + np.uint64(12345)), starts


def features(passages: Sequence[Passage]) -> Features:
    """All blocks of some passages."""
    ranges = [sentences(passage.text) for passage in passages]
    offsets = np.cumsum([0, *(len(passage.text) + 1 for passage in passages)])
    passage_of = np.repeat(np.arange(len(passages)), [len(row) for row in ranges])
    spans = np.array([span for row in ranges for span in row], np.int64).reshape(-1, 2)
    whole, stems, at = words("\n".join(passage.text for passage in passages))
    begins = spans[:, 0] + offsets[passage_of]
    sentence = np.searchsorted(begins, at, side="right") - 1
    known = sentence >= 0
    whole, stems, sentence = whole[known], stems[known], sentence[known]
    starts = np.array([passage.start for passage in passages], np.int64)[passage_of]
    return Features(
        spans,
        passage_of,
        {
            "own": _own(whole, stems, sentence, len(spans)),
            "beside": _beside(stems, sentence, passage_of),
            "chunk": _block(passage_of[sentence], _buckets(stems, 6), len(passages)),
            "heading": _headings([passage.heading for passage in passages]),
            "place": _place(starts + spans[:, 0], spans),
        },
    )


def _own(whole: Hashes, stems: Hashes, sentence: Places, count: int) -> Block:
    pair, apart = sentence[1:] == sentence[:-1], sentence[2:] == sentence[:-2]
    pairs = _buckets(whole[:-1] * np.uint64(31) + whole[1:], 2)[pair]
    skipping = _buckets(stems[:-2] * np.uint64(37) + stems[2:], 3)[apart]
    rows = np.concatenate((sentence, sentence[1:][pair], sentence[2:][apart]))
    return _block(rows, np.concatenate((_buckets(whole, 1), pairs, skipping)), count)


def _beside(stems: Hashes, sentence: Places, passage_of: Places) -> Block:
    """The words of a sentence are features of the next one and of the one before, in the same passage."""
    next_same = np.append(passage_of[1:] == passage_of[:-1], False)
    before_same = np.insert(passage_of[1:] == passage_of[:-1], 0, False)[: len(passage_of)]
    after, before = next_same[sentence], before_same[sentence]
    rows = np.concatenate((sentence[after] + 1, sentence[before] - 1))
    buckets = np.concatenate((_buckets(stems, 4)[after], _buckets(stems, 5)[before]))
    return _block(rows, buckets, len(passage_of))


def _headings(headings: Sequence[str]) -> Block:
    _, stems, at = words("\n".join(headings))
    offsets = np.cumsum([0, *(len(heading) + 1 for heading in headings)])
    heading = np.searchsorted(offsets, at, side="right") - 1
    pair = heading[1:] == heading[:-1]
    pairs = _buckets(stems[:-1] * np.uint64(31) + stems[1:], 8)[pair]
    rows = np.concatenate((heading, heading[1:][pair]))
    return _block(rows, np.concatenate((_buckets(stems, 7), pairs)), len(headings))


def _place(starts: Places, spans: Places) -> Block:
    """How far into the document, how long, and whether first in its passage, in coarse steps."""
    far = np.minimum(np.log2(starts / 100 + 1) * 2, 25).astype(np.int64)
    size = np.minimum(np.log2(spans[:, 1] - spans[:, 0] + 1), 11).astype(np.int64)
    names = np.concatenate((far + 100, size + 200, (spans[:, 0] > 0) + 300)).astype(np.uint64)
    rows = np.tile(np.arange(len(spans)), 3)
    return _block(rows, _buckets(names * np.uint64(7919), 9), len(spans))


def _block(rows: Places, buckets: NDArray[np.int32], count: int) -> Block:
    keys, times = np.unique(rows * BUCKETS + buckets, return_counts=True)
    starts = np.searchsorted(keys, np.arange(count + 1) * BUCKETS)
    return Block((keys % BUCKETS).astype(np.int32), (1 + np.log(times)).astype(np.float32), starts)
