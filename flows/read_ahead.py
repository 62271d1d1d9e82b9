"""Reading ahead: the next batches are fetched while this one is stored."""

import threading
from collections.abc import Generator, Iterator
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")
Ready = Queue[tuple[T | None, BaseException | None]]
_LOOK = 0.1
"""Seconds after which a thread that waits looks whether it is still wanted."""


class _End(Exception):
    """There are no more items."""


def read_ahead(items: Iterator[T], most: int = 2) -> Generator[T]:
    """The items in their order, at most `most` of them fetched in advance by a thread of their own.

    What the fetching raises is raised here, behind the items that came before it. Leaving early stops it
    behind the item it is at.
    """
    ready: Ready[T] = Queue(most)
    left = threading.Event()
    thread = threading.Thread(target=_fetch, args=(items, ready, left), name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, failure = ready.get()
            if isinstance(failure, _End):
                return
            if failure is not None:
                raise failure
            yield item  # type: ignore[misc]
    finally:
        left.set()
        thread.join()


def _fetch(items: Iterator[T], ready: Ready[T], left: threading.Event) -> None:
    """Fill the queue until the items end, one cannot be had, or nobody wants them any more."""
    try:
        for item in items:
            if not _hand((item, None), ready, left):
                return
    except BaseException as failure:  # noqa: BLE001 - told to the caller, who decides
        _hand((None, failure), ready, left)
    else:
        _hand((None, _End()), ready, left)


def _hand(one: tuple[T | None, BaseException | None], ready: Ready[T], left: threading.Event) -> bool:
    """Put it into the queue as soon as there is room; False where nobody waits for it any more."""
    while not left.is_set():
        try:
            ready.put(one, timeout=_LOOK)
        except Full:
            continue
        return True
    return False
