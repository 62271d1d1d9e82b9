"""Reading a list that has no order: all of it, page by page, until a pass finds nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from obligations.document import Problem
from tools.kit.errors import Skippable
from tools.kit.paging import Fetch, LoopGuard, Order, Part, Row

_MOST_PASSES = 5


def unordered(fetch: Fetch, since: datetime | None, order: Order, guard: LoopGuard) -> Iterator[Part]:
    """Rows changed at or after `since`, new ones only, in any order; nothing counts as reached before the
    end.

    A record that changes while the pages are read may push another one from a page still to come to one
    read before. So a list of several pages is read again until nothing new is found.
    """
    seen: set[tuple[str, datetime]] = set()
    newest = since
    for number in range(_MOST_PASSES):
        found = pages = 0
        for rows, problems, more in _pages(fetch, since, order, guard):
            pages += 1
            fresh: list[Row] = []
            for row, stamp in rows:
                if stamp not in seen:
                    fresh.append(row)
                seen.add(stamp)
                newest = max(newest, stamp[1]) if newest else stamp[1]
            found += len(fresh)
            last = not more and (pages == 1 or (number > 0 and not found))
            yield Part(fresh, newest if last else None, problems if number == 0 else ())
        if pages == 1 or not found:
            return
    yield Part([], newest, ())


def _pages(
    fetch: Fetch, since: datetime | None, order: Order, guard: LoopGuard
) -> Iterator[tuple[list[tuple[Row, tuple[str, datetime]]], tuple[Problem, ...], bool]]:
    """The pages of one pass: rows with identity and time of change, problems, whether more follow."""
    guard.moved()
    offset, more = 0, True
    while more:
        page = fetch(since, offset)
        good: list[tuple[Row, tuple[str, datetime]]] = []
        problems: list[Problem] = []
        for row in page.rows:
            try:
                good.append((row, (order.identity(row), order.changed_at(row))))
            except Skippable as error:
                problems.append(error.problem())
        stamps = [stamp for _, stamp in good]
        guard.not_before(stamps, since - order.slack if since else None)
        guard.rows(stamps or [repr(row) for row in page.rows], offset // order.limit)
        yield good, tuple(problems), page.more
        offset, more = offset + order.limit, page.more
