"""How much of a vendor's patience we use: requests at once and requests per second."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Budget:
    """At most `concurrency` requests at a time, started at least `1 / per_second` seconds apart.

    `clock` and `sleep` are seconds; they are parameters so that a test needs no real time.
    """

    def __init__(
        self,
        concurrency: int,
        per_second: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._places = threading.BoundedSemaphore(concurrency)
        self._gap = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_at = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a free place and for the next slot in time, and hold the place meanwhile."""
        with self._places:
            wait = self._book()
            if wait > 0:
                self._sleep(wait)
            yield

    def _book(self) -> float:
        """Book the next slot; how long until it comes."""
        with self._lock:
            now = self._clock()
            slot = max(now, self._next_at)
            self._next_at = slot + self._gap
            return slot - now
