"""Ruled tables in an image: long straight lines, across and down, that meet."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ACROSS = 0.08
_DOWN = 22
_SAME = 6
_CLEAR = 8
_MOST_INK = 0.2


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table by its ruled lines: `rows` are their heights, `columns` their distances, in pixels."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        return self.columns[0], self.rows[0], self.columns[-1], self.rows[-1]

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell that holds a point."""
        row, column = bisect_right(self.rows, y) - 1, bisect_right(self.columns, x) - 1
        if 0 <= row < len(self.rows) - 1 and 0 <= column < len(self.columns) - 1:
            return row, column
        return None


def ruled_tables(page: NDArray[np.uint8]) -> list[Ruled]:
    """Tables with at least two rows and two columns on an upright grey page, from top to bottom."""
    dark = page < min(200, int(np.median(page)) - 40)
    tables = []
    for group in _joined(dark, _rules(dark, int(_ACROSS * page.shape[1]))):
        left, right = min(rule[1] for rule in group), max(rule[2] for rule in group)
        height = group[-1][0] - group[0][0]
        columns = _columns(dark, group[0][0], group[-1][0], (left, right), max(_DOWN, int(0.6 * height)))
        if len(group) >= 3 and len(columns) >= 3:
            tables.append(Ruled(tuple(rule[0] for rule in group), tuple(columns)))
    return tables


def _columns(dark: NDArray[np.bool_], top: int, bottom: int, sides: tuple[int, int], least: int) -> list[int]:
    """Distances of the lines down, at least `least` long, between two heights."""
    left = max(0, sides[0] - _SAME)
    part = dark[top : bottom + 1, left : sides[1] + _SAME].T
    return [rule[0] + left for rule in _rules(part, least)]


def _joined(
    dark: NDArray[np.bool_], rules: Sequence[tuple[int, int, int]]
) -> list[list[tuple[int, int, int]]]:
    """Lines across that lines down connect: those of one table."""
    groups: list[list[tuple[int, int, int]]] = []
    for rule in rules:
        last = groups[-1][-1] if groups else None
        if last is not None and _connected(dark, last, rule):
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return groups


def _connected(dark: NDArray[np.bool_], a: tuple[int, int, int], b: tuple[int, int, int]) -> bool:
    gap = b[0] - a[0]
    sides = (min(a[1], b[1]), max(a[2], b[2]))
    return gap >= _DOWN and len(_columns(dark, a[0], b[0], sides, int(0.75 * gap))) >= 2


def _rules(dark: NDArray[np.bool_], least: int) -> list[tuple[int, int, int]]:
    """(position, start, end) of straight dark lines along the rows of a mask, in order.

    Three neighbouring rows count as one, since a scanned line is never quite level; small breaks are
    bridged and the parts of a sloping line joined.
    """
    thick = dark.copy()
    thick[1:] |= dark[:-1]
    thick[:-1] |= dark[1:]
    found: list[list[tuple[int, int, int]]] = []
    for y in np.flatnonzero(thick.sum(axis=1) >= least).tolist():
        edges = np.flatnonzero(np.diff(thick[y], prepend=False, append=False))
        starts, ends = edges[0::2], edges[1::2]
        apart = np.flatnonzero(starts[1:] - ends[:-1] > 3)
        starts, ends = starts[np.r_[0, apart + 1]], ends[np.r_[apart, len(ends) - 1]]
        longest = int(np.argmax(ends - starts))
        if ends[longest] - starts[longest] < least or not _thin(
            dark, y, int(starts[longest]), int(ends[longest])
        ):
            continue
        run = (y, int(starts[longest]), int(ends[longest]))
        if found and y - found[-1][-1][0] <= _SAME:
            found[-1].append(run)
        else:
            found.append([run])
    return [
        (
            round(sum(y for y, _, _ in runs) / len(runs)),
            min(a for _, a, _ in runs),
            max(b for _, _, b in runs),
        )
        for runs in found
    ]


def _thin(dark: NDArray[np.bool_], y: int, start: int, end: int) -> bool:
    """A line has white on both sides; a row through bold letters has more letters above or below."""
    sides = (dark[max(0, y - _CLEAR), start:end], dark[min(len(dark) - 1, y + _CLEAR), start:end])
    return all(bool(side.mean() < _MOST_INK) for side in sides)
