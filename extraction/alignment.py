"""Which figure of a sentence is which figure of a clause: the same sort, among the same words.

The words right before a figure say most of what it is for ("within", "limited to"), those after it less,
and its place among the figures of its sort least; these are weighed together, and the likeliest pair is
taken first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.clause_index import Path, Unit
from extraction.figures import Figure

_NEIGHBOURS = 48
_WEIGHTS = (2.0, 1.0)
_SAME_PLACE = 0.8
_BESIDES = 0.3
"""The least likeness of the surroundings, 0 to 3, for a figure that is not the clause's main one."""
_TOLD_BY_SORT = ("per", "priority")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A figure of the clause and one of the text: how alike their surroundings are, 0 to 3, and whether both
    have the same place among the figures of their sort."""

    their: Figure
    own: Figure
    around: float
    same_place: bool

    def order(self) -> tuple[float, int, int]:
        return -self.around - _SAME_PLACE * self.same_place, self.their.start, self.own.start


def align(unit: Unit, text: str, mine: Sequence[Figure]) -> tuple[dict[Path, Figure], bool]:
    """For each term of a clause's sentence the figure of another text that states it, where one does.

    Also tells whether another figure would have fitted just as well.
    """
    theirs = tuple(dict.fromkeys(figure for _, figure in unit.figures))
    main = dict(unit.figures).get(unit.main) if unit.main is not None else None
    pairs: list[_Pair] = []
    for their in theirs:
        for own in (figure for figure in mine if figure.sort == their.sort):
            around = _around(unit.text, their, text, own)
            if around >= _BESIDES or their.sort in _TOLD_BY_SORT or (their is main and own.sort != "count"):
                pairs.append(_Pair(their, own, around, _rank(their, theirs) == _rank(own, mine)))
    chosen: dict[Figure, _Pair] = {}
    for pair in sorted(pairs, key=_Pair.order):
        if pair.their not in chosen and all(pair.own != each.own for each in chosen.values()):
            chosen[pair.their] = pair
    used = {pair.own for pair in chosen.values()}
    doubtful = any(
        pair.own not in used and pair.their in chosen and pair.around >= chosen[pair.their].around
        for pair in pairs
    )
    return {path: chosen[figure].own for path, figure in unit.figures if figure in chosen}, doubtful


def _around(text: str, figure: Figure, other: str, own: Figure) -> float:
    """How alike the words before, and those after, two figures are."""
    before = _shared(_before(text, figure), _before(other, own))
    after = _shared(_after(text, figure), _after(other, own))
    return _WEIGHTS[0] * before + _WEIGHTS[1] * after


def _rank(figure: Figure, among: Sequence[Figure]) -> int:
    return sum(each.sort == figure.sort and each.start < figure.start for each in among)


def _before(text: str, figure: Figure) -> frozenset[str]:
    start = figure.start - _NEIGHBOURS
    piece = text[max(0, start) : figure.start]
    return _words(piece.partition(" ")[2] if start > 0 else piece)


def _after(text: str, figure: Figure) -> frozenset[str]:
    end = figure.end + _NEIGHBOURS
    piece = text[figure.end : end]
    return _words(piece.rpartition(" ")[0] if end < len(text) else piece)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.lower()))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)
