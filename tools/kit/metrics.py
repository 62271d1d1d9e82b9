"""Metrics of every call: how many and how long, by vendor, operation and status.

They go to OpenTelemetry, if the program that runs us sets up an exporter, and are kept for as long as the
process lives: `tools/kit/prometheus.py` writes those out. An operation is the method with the path, whose
identifiers are left out: they would make a series for every record.
"""

import re
import threading
from bisect import bisect_left
from dataclasses import dataclass, field

from opentelemetry import metrics

from tools.kit.call import Call

_METER = metrics.get_meter("pacta.tools")
_CALLS = _METER.create_counter("pacta.vendor.calls", description="exchanges with outside systems")
_TIME = _METER.create_histogram(
    "pacta.vendor.duration", unit="s", description="how long exchanges with outside systems took"
)

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets of durations, in seconds."""
_MOST = 2_000
OTHERS = "others"


@dataclass
class Durations:
    """How long the exchanges of one kind took: how many in each bucket (the last without bound), the sum."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def copy(self) -> "Durations":
        return Durations(list(self.buckets), self.seconds)


class Kept:
    """What this process counted. Beyond some thousand series a new operation counts among `others`: a path
    that nobody foresaw may hold an identifier all the same."""

    def __init__(self, most: int = _MOST) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._calls: dict[tuple[str, str, str], int] = {}
        self._times: dict[tuple[str, str], Durations] = {}

    def add(self, vendor: str, operation: str, status: str, seconds: float) -> None:
        with self._lock:
            if (vendor, operation) not in self._times and len(self._times) >= self._most:
                operation = OTHERS
            key = (vendor, operation, status)
            self._calls[key] = self._calls.get(key, 0) + 1
            durations = self._times.setdefault((vendor, operation), Durations())
            durations.buckets[bisect_left(BOUNDS, seconds)] += 1
            durations.seconds += seconds

    def calls(self) -> list[tuple[tuple[str, str, str], int]]:
        """How many exchanges there were, by vendor, operation and status."""
        with self._lock:
            return sorted(self._calls.items())

    def times(self) -> list[tuple[tuple[str, str], Durations]]:
        """How long they took, by vendor and operation."""
        with self._lock:
            return [(key, held.copy()) for key, held in sorted(self._times.items())]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._times.clear()


KEPT = Kept()

_WORD = re.compile(r"[A-Za-z_][A-Za-z_.$!-]{0,39}|v\d{1,2}(\.\d{1,2})?|[A-Za-z_]{3,20}\d")


def operation(call: Call) -> str:
    """What a call does, without record identifiers, query, host or secret: `GET /table/{}`."""
    path = call.path.partition("?")[0]
    return f"{call.method} {'/'.join(_plain(part) for part in path.split('/'))}"


def count(vendor: str, call: Call, status: str, seconds: float) -> None:
    """One exchange; `status` is the HTTP status, or `lost` where no whole answer came."""
    told = {"vendor": vendor, "operation": operation(call), "status": status}
    _CALLS.add(1, told)
    _TIME.record(seconds, told)
    KEPT.add(vendor, told["operation"], status, seconds)


def _plain(part: str) -> str:
    name, bracket, _ = part.partition("(")  # OData names a record in brackets
    kept = name if not name or _WORD.fullmatch(name) else "{}"
    return kept + ("()" if bracket else "")
