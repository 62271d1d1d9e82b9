"""Rate limits of Ariba's gateway, for each API by itself, told in headers.

Time runs sixty times faster than with the vendor, so that tests can meet a limit: a minute's limit holds
for a second. Limits of an hour and a day are counted down in the headers, and refuse nothing.
"""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE = 1.0
# Calls for each second, minute, hour and day; those of the job API are the documented ones.
LIMITS: Mapping[str, tuple[int, int, int, int]] = {
    "procurement-reporting-job": (1, 2, 8, 40),
    "analytics-reporting-job": (1, 2, 8, 40),
    "procurement-reporting-jobresult": (1, 60, 600, 6000),
    "procurement-reporting-view": (1, 10, 100, 500),
    "analytics-reporting-jobresult": (1, 60, 600, 6000),
    "analytics-reporting-view": (1, 10, 100, 500),
    "analytics-reporting-details": (5, 100, 1000, 10_000),
    "procurement-reporting-details": (5, 100, 1000, 10_000),
}
OTHERS = (5, 200, 5000, 50_000)


@dataclass
class Meter:
    """What one API has been asked so far."""

    limits: tuple[int, int, int, int]
    total: int = 0
    recent: deque[float] = field(default_factory=deque)

    def count(self) -> bool:
        """Count a call; False for one too many."""
        now = time.monotonic()
        while self.recent and now - self.recent[0] > MINUTE:
            self.recent.popleft()
        if len(self.recent) >= self.limits[1]:
            return False
        self.recent.append(now)
        self.total += 1
        return True

    def headers(self) -> dict[str, str]:
        second, minute, hour, day = self.limits
        left = {
            "second": second,
            "minute": minute - len(self.recent),
            "hour": hour - self.total,
            "day": day - self.total,
        }
        told = {"second": second, "minute": minute, "hour": hour, "day": day}
        return {
            **{f"X-RateLimit-Limit-{name}": str(value) for name, value in told.items()},
            **{f"X-RateLimit-Remaining-{name}": str(max(value, 0)) for name, value in left.items()},
        }


class Meters:
    def __init__(self) -> None:
        self._meters: dict[str, Meter] = {}

    def of(self, api: str) -> Meter:
        return self._meters.setdefault(api, Meter(LIMITS.get(api, OTHERS)))

    def forget(self) -> None:
        self._meters.clear()
