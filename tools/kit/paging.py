"""Ways vendors hand out long lists, each with a guard against a list that never ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from obligations.document import Problem
from tools.kit.errors import PageLoop, Skippable, WrongAnswer

Row = dict[str, Any]

# Rows that our user may not see leave pages empty; this many in a row are no longer explained by that.
_MOST_EMPTY = 1000


@dataclass(frozen=True)
class Page:
    """Rows of one page; `more` says that the vendor has others, `token` where they are."""

    rows: Sequence[Row]
    more: bool = False
    token: str | None = None


class LoopGuard:
    """Refuses a page token, or the same rows under another page number, seen before."""

    def __init__(self, vendor: str, place: str) -> None:
        self._vendor = vendor
        self._place = place
        self._tokens: set[str] = set()
        self._last: tuple[Any, ...] = ()
        self._empty = 0

    def token(self, token: str) -> None:
        if token in self._tokens:
            raise self._loop(f"the page token {token[:40]!r} came back")
        self._tokens.add(token)

    def rows(self, identities: Sequence[Any], page: int) -> None:
        """`identities` of the rows of a page that must differ from the one before."""
        now = tuple(identities)
        self._empty = 0 if now else self._empty + 1
        if now and now == self._last:
            raise self._loop(f"page {page} repeats the rows of the page before")
        if self._empty > _MOST_EMPTY:
            raise self._loop(f"{_MOST_EMPTY} pages in a row were empty though more were announced")
        self._last = now

    def moved(self) -> None:
        """The filter moved on: the next page may begin with the rows of this one."""
        self._last = ()

    def not_before(self, stamps: Sequence[tuple[str, datetime]], since: datetime | None) -> None:
        """A vendor that drops a filter it does not understand answers with the whole table: say so."""
        early = [identity for identity, moment in stamps if since is not None and moment < since]
        if early:
            raise WrongAnswer(
                self._vendor,
                f"record {early[0]} is older than the time asked from, so the filter was ignored",
                place=self._place,
                remedy="Check the field names in the connector's settings.",
            )

    def _loop(self, what: str) -> PageLoop:
        return PageLoop(
            self._vendor, what, place=self._place, remedy="Reading stopped here; report it to the vendor."
        )


def by_number(
    fetch: Callable[[int], Page], identity: Callable[[Row], Any], guard: LoopGuard
) -> Iterator[Page]:
    """Pages numbered from 0, or offsets in steps that `fetch` knows, until one has no more after it."""
    number = 0
    while True:
        page = fetch(number)
        guard.rows([identity(row) for row in page.rows], number)
        yield page
        if not page.more:
            return
        number += 1


def by_token(fetch: Callable[[str | None], Page], guard: LoopGuard) -> Iterator[Page]:
    """Pages that name the next one by a token (OData's $skiptoken), until one names none."""
    token: str | None = None
    while True:
        page = fetch(token)
        yield page
        if page.token is None:
            return
        guard.token(page.token)
        token = page.token


@dataclass(frozen=True)
class Order:
    """How rows of a changing list are told apart and ordered: identity, time of change, page size.

    `changed_at` raises Skippable for a row that does not say it.
    `slack` is how much earlier than asked the vendor may begin (for a filter that excludes its bound).
    """

    identity: Callable[[Row], str]
    changed_at: Callable[[Row], datetime]
    limit: int
    slack: timedelta = timedelta()


Fetch = Callable[[datetime | None, int], Page]


@dataclass(frozen=True)
class Part:
    """New rows, the instant up to which everything is read now (None: not known yet), and a problem for
    each row that does not say when it changed."""

    rows: list[Row]
    reached: datetime | None
    problems: tuple[Problem, ...] = ()


def by_change(fetch: Fetch, since: datetime | None, order: Order, guard: LoopGuard) -> Iterator[Part]:
    """Rows in order of change, from `since` on, new ones only.

    `fetch(since, offset)` gives the rows changed at or after `since`, oldest change first. After each
    page the filter moves on to the last change seen, instead of the offset: a record that is changed
    while we read moves to the end of the list, and offsets would then step over its neighbour. The
    offset only grows while a whole page holds nothing newer, or when the vendor does not keep the order
    we asked for: then the whole list is read by offset, and nothing counts as reached before its end.
    What was read by offset is read again until nothing new is found, for the same reason.
    """
    walk = _Walk(since, order.limit)
    seen: set[tuple[str, datetime]] = set()
    while not walk.done:
        page = fetch(walk.since, walk.offset)
        rows, stamps, problems = _stamped(page.rows, order)
        guard.not_before(stamps, walk.since - order.slack if walk.since else None)
        guard.rows(stamps or [repr(row) for row in page.rows], walk.pages)
        fresh = [row for row, stamp in zip(rows, stamps, strict=True) if stamp not in seen]
        walk.advance([moment for _, moment in stamps], bool(fresh), page.more)
        if walk.offset == 0:
            guard.moved()
            earliest = walk.since - order.slack if walk.since else None
            seen = {stamp for stamp in seen if earliest is None or stamp[1] >= earliest}
        seen.update(stamps)
        yield Part(fresh, walk.complete_to(), problems)


class _Walk:
    """Where `by_change` stands: the filter, the offset behind it, and what has been found there."""

    def __init__(self, since: datetime | None, limit: int) -> None:
        self.since = since
        self.offset = 0
        self.pages = 0
        self.done = False
        self._limit = limit
        self._newest = since
        self._passed = since
        self._ordered = True
        self._again = False
        self._found = False

    def advance(self, moments: Sequence[datetime], fresh: bool, more: bool) -> None:
        """Take in one page: move the filter, the offset, or go through the same rows once more."""
        self.pages += 1
        self._newest = _latest(self._newest, moments)
        self._passed = _latest(self._passed, moments)
        self._ordered = self._ordered and list(moments) == sorted(moments)
        self._found = self._found or (fresh and (self.offset > 0 or self._again))
        newer = self._passed is not None and (self.since is None or self._passed > self.since)
        beyond = self._ordered and newer
        if self._found and (beyond or not more):
            # Rows read by offset may have shifted under it: look again until nothing new is found.
            # What lies between has to be passed again, too, before the filter may move beyond it.
            self.offset, self._found, self._again, self._passed = 0, False, True, self.since
        elif beyond:
            self.since, self.offset, self._again = self._passed, 0, False
            self.done = not more
        else:
            self.offset += self._limit
            self.done = not more

    def complete_to(self) -> datetime | None:
        """Up to when everything has been given out; None while the vendor's order leaves it open."""
        if self.done:
            return self._newest
        return self.since if self._ordered else None


def _latest(held: datetime | None, moments: Sequence[datetime]) -> datetime | None:
    return max([*moments, held] if held else moments, default=None)


def _stamped(
    rows: Sequence[Row], order: Order
) -> tuple[list[Row], list[tuple[str, datetime]], tuple[Problem, ...]]:
    """The rows that say when they changed, with identity and time; a problem for each other one."""
    good: list[Row] = []
    stamps: list[tuple[str, datetime]] = []
    problems: list[Problem] = []
    for row in rows:
        try:
            stamps.append((order.identity(row), order.changed_at(row)))
        except Skippable as error:
            problems.append(error.problem())
        else:
            good.append(row)
    return good, stamps, tuple(problems)
