"""What the terms of every family share."""

from typing import Literal

Per = Literal["day", "week", "month", "quarter", "half_year", "year", "once", "event", "request"]
Clock = Literal["calendar", "business"]
Due = Literal["at_or_before", "before"]
"""Whether a thing done exactly at the deadline is in time."""
