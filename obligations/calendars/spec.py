"""What a calendar is: open windows in one IANA zone, less holidays. Compiled by `compiled.py`."""

from datetime import date, time
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from obligations.quantities import Frozen

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Window(Frozen):
    """Open from `opens` to `closes` (end-exclusive) on each of `days`; `closes` at or before `opens`
    runs into the next day; 00:00 to 00:00 is the whole day."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time
    closes: time


class Calendar(Frozen):
    """When a promise's clock runs.

    No `windows` means always open (24x7). `holiday_region` is an ISO 3166 code with subdivision
    ("DE-BY", "GB-ENG", "US-NY"); `holidays` and `working_days` are the contract's own additions.
    """

    name: str = ""
    zone: str
    windows: tuple[Window, ...] = ()
    holiday_region: str | None = None
    holidays: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {zone!r}; use an IANA name such as Europe/Berlin") from error
        return zone

    @model_validator(mode="after")
    def _consistent(self) -> "Calendar":
        both = set(self.holidays) & set(self.working_days)
        if both:
            raise ValueError(f"{min(both)} is both a holiday and a working day")
        return self

    @property
    def always_open(self) -> bool:
        return not self.windows

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)
