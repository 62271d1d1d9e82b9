"""A circuit breaker: a system that fails again and again is left alone for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tools.kit.errors import Retryable


class Breaker:
    """Opens after `failures` in a row; after `rest` seconds one call may try, the others wait for its end.

    A failure is an exchange that was lost or answered with 5xx or 408; any other answer closes it. None
    for `failures` keeps it closed for ever. `clock` counts seconds and is a parameter for tests.
    """

    def __init__(
        self, vendor: str, failures: int | None, rest: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._vendor = vendor
        self._most = failures
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._row = 0
        self._last = ""
        self._opened_at: float | None = None
        self._probing = False

    @contextmanager
    def watched(self, place: str) -> Iterator[Callable[[int], None]]:
        """One exchange: call what is given with the status it was answered with.

        Raises Retryable, with the seconds to wait, when the breaker is open: nothing was sent then. An
        error other than a Retryable is no failure of the system.
        """
        self._enter(place)
        try:
            yield self._answered
        except Retryable as error:
            self._failed(error.what)
            raise
        except BaseException:
            self._ended()
            raise

    def _enter(self, place: str) -> None:
        with self._lock:
            if self._opened_at is None:
                return
            wait = self._opened_at + self._rest - self._clock()
            if wait <= 0 and not self._probing:
                self._probing = True
                return
            raise Retryable(
                self._vendor,
                f"it is not asked now: it failed {self._row} times in a row, last with {self._last}",
                place=place,
                retry_after=max(wait, 1.0),
                remedy="It is asked again after a while; if it stays, check that it can be reached.",
            )

    def _answered(self, status: int) -> None:
        if status >= 500 or status == 408:
            self._failed(f"HTTP {status}")
            return
        with self._lock:
            self._row, self._opened_at, self._probing = 0, None, False

    def _failed(self, what: str) -> None:
        with self._lock:
            self._row += 1
            self._last = what
            self._probing = False
            if self._most is not None and self._row >= self._most:
                self._opened_at = self._clock()

    def _ended(self) -> None:
        with self._lock:
            self._probing = False
