"""What a calendar is: open windows in one IANA zone, less holidays. Compiled by `compiled.py`."""

from datetime import date, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from obligations.quantities import Frozen

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LONGEST_CLOSURE = 400
"""Days in a row without a business day after which a calendar is taken to have none at all."""

_FEWEST_TO_SHUT = 52
"""No calendar is shut so long by fewer holidays than a year has weeks."""


class Window(Frozen):
    """Open from `opens` to `closes` (end-exclusive) on each of `days`; `closes` at or before `opens`
    runs into the next day; 00:00 to 00:00 is the whole day."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time
    closes: time


class LocalHoliday(Frozen):
    """A holiday that the tables of public holidays lack: of a municipality, a plant, a trade.

    It is one day (`on`) or the same day of every year (`yearly`, "08-15"), in the years from `first` to
    `last` where they are stated.
    """

    name: str = Field(min_length=1)
    source: str = Field(min_length=1, description="where it is written that the day is kept")
    on: date | None = None
    yearly: str | None = Field(default=None, pattern=r"^\d\d-\d\d$", description="month and day")
    first: int | None = Field(default=None, description="first year in which a yearly one is kept")
    last: int | None = None

    @model_validator(mode="after")
    def _one_day(self) -> "LocalHoliday":
        if (self.on is None) == (self.yearly is None):
            raise ValueError(f"{self.name} is kept either `on` one day or `yearly`")
        if self.yearly is not None:
            # A leap year, since 29 February is kept where there is one.
            try:
                date.fromisoformat(f"2028-{self.yearly}")
            except ValueError as error:
                raise ValueError(f"{self.name}: there is no {self.yearly} in a year") from error
        elif self.first is not None or self.last is not None:
            raise ValueError(
                f"{self.name} is kept on one day; only a yearly one has a `first` and `last` year"
            )
        return self

    def falls_on(self, day: date) -> bool:
        if self.on is not None:
            return day == self.on
        kept = (self.first is None or self.first <= day.year) and (self.last is None or day.year <= self.last)
        return kept and f"{day:%m-%d}" == self.yearly


class PartialDay(Frozen):
    """A day on which the calendar opens later or closes earlier than on others: half a holiday.

    What its windows have before `opens` and from `closes` on is closed. It stays a business day.
    """

    on: date
    opens: time | None = None
    closes: time | None = None
    source: str = Field(default="", description="where it is written")

    @model_validator(mode="after")
    def _some_part(self) -> "PartialDay":
        if self.opens is None and self.closes is None:
            raise ValueError(f"{self.on} is a partial day of which neither `opens` nor `closes` is stated")
        if self.opens is not None and self.closes is not None and self.closes <= self.opens:
            raise ValueError(f"{self.on} would close at {self.closes:%H:%M}, before it opens")
        return self


class Calendar(Frozen):
    """When a promise's clock runs.

    No `windows` means always open (24x7). `holiday_region` is an ISO 3166 code with subdivision
    ("DE-BY", "GB-ENG", "US-NY"), `site` a place in it with holidays of its own ("Munich");
    `local_holidays` are those that the region's table lacks, `holidays` and `working_days` the contract's
    own additions.
    """

    name: str = ""
    zone: str
    windows: tuple[Window, ...] = ()
    holiday_region: str | None = None
    site: str | None = None
    local_holidays: tuple[LocalHoliday, ...] = ()
    holidays: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    partial_days: tuple[PartialDay, ...] = ()

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
        self._check_partial_days()
        shut = self._shut_for_a_year()
        if shut:
            raise ValueError(f"the calendar has no open time for over a year from {shut}: check its holidays")
        return self

    def _check_partial_days(self) -> None:
        days = [part.on for part in self.partial_days]
        if len(set(days)) < len(days):
            raise ValueError(f"{max(days, key=days.count)} is a partial day twice")
        whole = set(days) & set(self.holidays)
        if whole:
            raise ValueError(f"{min(whole)} is both a holiday and a partial day")
        if days and self.always_open:
            raise ValueError(f"a calendar that is always open has no partial day ({min(days)})")
        for part in self.partial_days:
            windows = [w for w in self.windows if WEEKDAYS[part.on.weekday()] in w.days]
            if windows and not any(cut(window, part) for window in windows):
                raise ValueError(f"{part.on} has no open time left; name it as a holiday")

    def _shut_for_a_year(self) -> date | None:
        """The last day before over a year in which every day with a window is a holiday of the contract."""
        if len(self.holidays) < _FEWEST_TO_SHUT:
            return None
        named = {weekday for window in self.windows for weekday in window.days} or set(WEEKDAYS[:5])
        off, on = set(self.holidays), set(self.working_days)
        day = min(off)
        since = day - timedelta(days=1)
        while day <= max(off):
            if day in on or (WEEKDAYS[day.weekday()] in named and day not in off):
                since = day
            elif (day - since).days >= LONGEST_CLOSURE:
                return since
            day += timedelta(days=1)
        return None

    @property
    def always_open(self) -> bool:
        return not self.windows

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


def cut(window: Window, part: PartialDay | None) -> tuple[time, time] | None:
    """Opening and closing of a window on a partial day, None where nothing of it is left; `closes` at or
    before `opens` is on the next day."""
    opens, closes = window.opens, window.closes
    overnight = closes <= opens
    if part is not None and part.opens is not None and part.opens > opens:
        if not overnight and part.opens >= closes:
            return None
        opens = part.opens
    if part is not None and part.closes is not None and (overnight or part.closes < closes):
        if part.closes <= opens:
            return None
        closes = part.closes
    return opens, closes
