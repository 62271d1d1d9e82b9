"""A list that is sorted by time of change but cannot be filtered by it: where to begin is looked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tools.kit.errors import Skippable
from tools.kit.paging import Page, Row


class SortedList:
    """Gives `by_change` what it asks for: the rows changed at or after an instant, by offset.

    `page(offset, limit)` gives part of the list, with its length as `token` where it is told. Where the
    list turns out not to be in order, all of it is read from its beginning.
    """

    def __init__(
        self, page: Callable[[int, int], Page], changed_at: Callable[[Row], datetime], size: int
    ) -> None:
        self._page = page
        self._changed_at = changed_at
        self._size = size
        self._ordered = True
        self._start = 0
        self._next: int | None = None

    def fetch(self, since: datetime | None, offset: int) -> Page:
        """Rows changed at or after `since`, `offset` rows behind the first of them."""
        if since is None or not self._ordered:
            return self._plain(since, offset)
        if offset == 0:
            page = self._locate(since)
            if page is None:
                return self._plain(since, 0)
        else:
            page = self._page(self._start + offset, self._size)
        self._next = self._start + offset + max(len(page.rows) - 1, 0)
        return self._since(page, since)

    def _plain(self, since: datetime | None, offset: int) -> Page:
        page = self._page(offset, self._size)
        self._start, self._next = 0, offset + max(len(page.rows) - 1, 0)
        return self._since(page, since)

    def _locate(self, since: datetime) -> Page | None:
        """The page that begins just before the first row of interest; None where the list is not in order.

        Rows that change move to the end and rows may be deleted: both move others forward, so a place
        that was found, or read to, may lie too far behind and is gone back from.
        """
        at = max((self._halved(since) if self._next is None else self._next) - 1, 0)
        while self._ordered:
            page = self._page(at, self._size)
            stamps = self._in_order(page)
            if self._ordered and (at == 0 or (stamps and stamps[0] < since)):
                self._start = at
                return page
            at = max(at - self._size + 1, 0)
        return None

    def _halved(self, since: datetime) -> int:
        """The offset of the first row changed at or after `since`, as long as nothing moves; 0 where the
        length of the list is not told. What is seen on the way must be in order."""
        first = self._page(0, self._size)
        low, high = 0, int(first.token or 0)
        below = next(iter(self._in_order(first)), None)
        above: datetime | None = None
        while low < high:
            middle = (low + high) // 2
            rows = self._page(middle, 1).rows
            stamp = self._stamp(rows[0]) if rows else since
            if stamp is None:  # says nothing: begin before it
                return low
            if (below is not None and stamp < below) or (above is not None and stamp > above):
                self._ordered = False
            if stamp < since:
                low, below = middle + 1, stamp
            else:
                high, above = middle, stamp
        return low

    def _in_order(self, page: Page) -> list[datetime]:
        """The times of change of a page; whether they are in order is kept."""
        stamps = [stamp for row in page.rows if (stamp := self._stamp(row)) is not None]
        self._ordered = self._ordered and stamps == sorted(stamps)
        return stamps

    def _since(self, page: Page, since: datetime | None) -> Page:
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
