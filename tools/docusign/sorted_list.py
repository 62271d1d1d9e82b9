"""A list that is sorted by time of change but cannot be filtered by it: where to begin is looked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tools.kit.errors import Skippable
from tools.kit.paging import LoopGuard, Page, Row


class SortedList:
    """Gives `by_change` what it asks for: the rows changed at or after an instant, by offset.

    `page(offset, limit)` gives part of the list, with its length as `token` where it is told. Each page
    begins with a row that is known already, or with one that is too old: rows that change move to the end
    and rows may be deleted, and both move the others forward. A list that turns out not to be in order is
    read whole, twice as a row may be moved behind our back, and put in order here.
    """

    def __init__(
        self,
        page: Callable[[int, int], Page],
        identity: Callable[[Row], str],
        changed_at: Callable[[Row], datetime],
        size: int,
        guard: LoopGuard,
    ) -> None:
        self._page = page
        self._identity = identity
        self._changed_at = changed_at
        self._size = size
        self._guard = guard
        self._whole: list[Row] | None = None
        self._base = 0
        self._since: datetime | None = None
        self._start = self._at = 0
        self._next: int | None = None
        self._given: dict[str, datetime] = {}

    def fetch(self, since: datetime | None, offset: int) -> Page:
        """Rows changed at or after `since`: the first of them, or with an `offset` those behind the last
        ones."""
        if self._whole is None:
            page = self._first(since) if offset == 0 else self._further()
            if page is not None:
                return self._newer(page, since)
            self._whole, self._base = self._sorted(), offset  # what was given comes again
        self._base = min(self._base, offset)
        offset -= self._base
        rows = list(self._newer(Page(self._whole), since).rows)
        return Page(rows[offset : offset + self._size], more=offset + self._size < len(rows))

    def _first(self, since: datetime | None) -> Page | None:
        """The page that begins just before the first row of interest; None for a list without order."""
        if since is None:
            return self._from(0, lambda row, stamp: True)
        if since != self._since:
            begin = self._halved(since) if self._next is None else self._next
            self._since, self._start = since, max(begin - 1, 0)
        page = self._from(self._start, lambda row, stamp: stamp < since)
        self._start = self._at
        return page

    def _further(self) -> Page | None:
        """The page that begins with the last row of the one before, wherever that is by now."""
        if self._next is None:
            return None
        before = dict(self._given)
        first = min(before.values(), default=None)
        return self._from(
            self._next, lambda row, stamp: row in before or (first is not None and stamp < first)
        )

    def _from(self, at: int, joins: Callable[[str, datetime], bool]) -> Page | None:
        """The page at an offset, or as far before it as is needed for its first row to join what is known."""
        step = 1
        while True:
            page = self._page(at, self._size)
            stamped = [(self._identity(row), self._stamp(row)) for row in page.rows]
            told = [(row, stamp) for row, stamp in stamped if stamp is not None]
            if [stamp for _, stamp in told] != sorted(stamp for _, stamp in told):
                return None
            if at == 0 or (told and joins(*told[0])):
                self._at, self._next = at, at + max(len(page.rows) - 1, 0)
                self._given = dict(told)
                return page
            at = max(at - step, 0)
            step *= 2  # by little at first: the page shall hold more than what is known

    def _halved(self, since: datetime) -> int:
        """The offset of the first row changed at or after `since`, as long as nothing moves; 0 where the
        length of the list is not told, or what is seen on the way is not in order."""
        first = self._page(0, 1)
        low, high = 0, int(first.token or 0)
        below: datetime | None = None
        above: datetime | None = None
        while low < high:
            middle = (low + high) // 2
            rows = self._page(middle, 1).rows
            stamp = self._stamp(rows[0]) if rows else since
            if stamp is None or (below and stamp < below) or (above and stamp > above):
                return 0
            if stamp < since:
                low, below = middle + 1, stamp
            else:
                high, above = middle, stamp
        return low

    def _sorted(self) -> list[Row]:
        """All rows in order of change, those that do not say it first."""
        found: dict[str, Row] = {}
        for _ in range(2):
            offset, more = 0, True
            while more:
                page = self._page(offset, self._size)
                self._guard.rows([self._identity(row) or repr(row) for row in page.rows], offset)
                found |= {self._identity(row) or repr(row): row for row in page.rows}
                offset, more = offset + self._size, page.more
            self._guard.moved()
        stamped = [(self._stamp(row), key, row) for key, row in found.items()]
        unknown = [row for stamp, _, row in stamped if stamp is None]
        known = sorted(((stamp, key) for stamp, key, _ in stamped if stamp is not None))
        return [*unknown, *(found[key] for _, key in known)]

    def _newer(self, page: Page, since: datetime | None) -> Page:
        """A page without the rows that are older; those that do not say when they changed stay."""
        if since is None:
            return page
        stamped = [(row, self._stamp(row)) for row in page.rows]
        return Page([row for row, stamp in stamped if stamp is None or stamp >= since], more=page.more)

    def _stamp(self, row: Row) -> datetime | None:
        try:
            return self._changed_at(row)
        except Skippable:
            return None
