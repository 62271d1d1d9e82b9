"""How much of a vendor's patience we use: requests at once, requests per second, and what it says is left."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import Field

from obligations.quantities import Frozen


class RateHeaders(Frozen):
    """Headers in which a vendor says how many calls are left, and when there will be more.

    `reset` is read as seconds from now, as a Unix time in seconds or milliseconds, or as a date; without
    it, `window` seconds are waited. `keep` calls are left for others who use the same account.
    """

    remaining: str
    reset: str = ""
    window: float = Field(default=60, gt=0)
    keep: int = Field(default=0, ge=0)


class Exhausted(Exception):
    """No calls are left for so many `seconds`, which is longer than we wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Budget:
    """At most `concurrency` requests at a time, started at least `1 / per_second` seconds apart.

    Where the vendor said that no calls are left, the next one waits until there are more, but no longer
    than `longest` seconds. `clock` and `sleep` are seconds; they are parameters so that a test needs no
    real time.
    """

    def __init__(
        self,
        concurrency: int,
        per_second: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        longest: float = 60,
    ) -> None:
        self._places = threading.BoundedSemaphore(concurrency)
        self._gap = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._longest = longest
        self._lock = threading.Lock()
        self._next_at = 0.0
        self._held_until = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a free place and for the next slot in time, and hold the place meanwhile.

        Raises Exhausted where the vendor's own limit is used up for longer than we wait.
        """
        with self._places:
            wait = self._book()
            if wait > 0:
                self._sleep(wait)
            yield

    def heed(
        self, headers: Mapping[str, str], told: Sequence[RateHeaders], now: datetime | None = None
    ) -> None:
        """Take in what an answer says about the calls left."""
        now = now or datetime.now(UTC)
        waits = [_wait(headers, names, now) for names in told]
        if longest := max(waits, default=0.0):
            with self._lock:
                self._held_until = max(self._held_until, self._clock() + longest)

    def _book(self) -> float:
        """Book the next slot; how long until it comes."""
        with self._lock:
            now = self._clock()
            held = self._held_until - now
            if held > self._longest:
                raise Exhausted(held)
            slot = max(now, self._next_at, self._held_until)
            self._next_at = slot + self._gap
            return slot - now


def _wait(headers: Mapping[str, str], names: RateHeaders, now: datetime) -> float:
    """Seconds until there are calls again; 0 where some are left, or where nothing is said."""
    left = _number(headers.get(names.remaining, ""))
    if left is None or left > names.keep:
        return 0.0
    stated = headers.get(names.reset, "").strip() if names.reset else ""
    number = _number(stated)
    if number is not None:
        return max(0.0, number if number < _EPOCHS else _seconds(number) - now.timestamp())
    moment = _moment(stated)
    return max(0.0, (moment - now).total_seconds()) if moment else names.window


_EPOCHS = 100_000_000  # more seconds than any limit lasts: from here on the number is a point in time


def _seconds(epoch: float) -> float:
    return epoch / 1000 if epoch > 100_000_000_000 else epoch


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
