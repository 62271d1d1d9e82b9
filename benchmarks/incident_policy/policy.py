"""What an SLA policy is, in the parts that the search varies, and how the product would be given it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from obligations.calendars import Calendar
from obligations.calendars.spec import WEEKDAYS, Weekday, Window
from obligations.quantities import Duration
from obligations.terms import ResolutionTime

DAY = 1440
PRIORITIES = ("P1", "P2", "P3", "P4")
WORKING_DAYS: tuple[Weekday, ...] = WEEKDAYS[:5]
PAUSED = "on_hold"
"""The product's status that every pausing state of the log is read as."""

Start = Literal["opened_at", "sys_created_at", "first_update"]
Stop = Literal["resolved", "resolved_at", "closed", "closed_at"]
Judged = Literal["in_force", "last", "first", "most_urgent"]

START_WORDS: dict[Start, str] = {
    "opened_at": "is opened",
    "sys_created_at": "is created",
    "first_update": "is first updated",
}
STOP_WORDS: dict[Stop, str] = {
    "resolved": "is set to Resolved for good",
    "resolved_at": "is resolved, as its own field says",
    "closed": "is set to Closed for good",
    "closed_at": "is closed, as its own field says",
}
JUDGED_WORDS: dict[Judged, str] = {
    "in_force": "it is judged by its last priority, and a limit passed under a more urgent one stays passed",
    "last": "it is judged by its last priority",
    "first": "it is judged by its first priority",
    "most_urgent": "it is judged by the most urgent priority it ever had",
}


@dataclass(frozen=True)
class Hours:
    """From `opens` for `length` minutes on each of `days`; always where `opens` is None."""

    days: tuple[Weekday, ...] = WEEKDAYS
    opens: int | None = None
    length: int = DAY
    zone: str = "UTC"
    region: str | None = None
    holidays: tuple[date, ...] = ()

    def calendar(self) -> Calendar | None:
        """The product's calendar, None for around the clock."""
        if self.opens is None:
            return None
        window = Window(days=self.days, opens=_time(self.opens), closes=_time(self.opens + self.length))
        return Calendar(
            name="the hours found",
            zone=self.zone,
            windows=(window,),
            holiday_region=self.region,
            holidays=self.holidays,
        )

    def words(self) -> str:
        if self.opens is None:
            return "around the clock"
        closes = self.opens + self.length
        until = f"{_clock(closes)}{' on the next day' if closes > DAY else ''}"
        days = _days(self.days)
        off = f", public holidays of {self.region} excepted" if self.region else ""
        off += f", {', '.join(map(str, self.holidays))} excepted" if self.holidays else ""
        zone = "" if self.zone == "UTC" else f" {self.zone}"
        return f"{days} from {_clock(self.opens)} to {until}{zone}{off}"


@dataclass(frozen=True)
class Policy:
    """When the clock runs, starts, pauses and stops, and which priority counts.

    `log_zone` is the zone in which the log writes its times; UTC stands for the log's own, whatever it is.
    `around_the_clock` are priorities whose clock also runs outside `hours`.
    """

    hours: Hours = Hours()
    start: Start = "opened_at"
    stop: Stop = "resolved"
    pauses: tuple[str, ...] = ()
    judged: Judged = "in_force"
    log_zone: str = "UTC"
    around_the_clock: tuple[str, ...] = ()

    def hours_of(self, priority: str) -> Hours:
        return Hours() if priority in self.around_the_clock else self.hours

    def terms(self, priority: str, limit: int) -> ResolutionTime:
        """The terms of the product for one priority; `limit` in minutes."""
        calendar = self.hours_of(priority).calendar()
        return ResolutionTime(
            within=Duration(iso=f"PT{limit}M"),
            priority=priority,
            clock="business" if calendar else "calendar",
            calendar=calendar,
            pauses_on=(PAUSED,) if self.pauses else (),
        )

    def sentence(self, limits: Mapping[str, int]) -> str:
        """The whole policy in one sentence."""
        within = ", ".join(f"{p} within {limit_words(limits[p])}" for p in PRIORITIES if p in limits)
        always = f" ({_listed(self.around_the_clock)}: around the clock)" if self.around_the_clock else ""
        pauses = f"and stands still while it is {_listed(self.pauses)}" if self.pauses else "and never pauses"
        own = self.hours.opens is not None and self.hours.zone == self.log_zone == "UTC"
        time_of = " in the log's own time" if own else ""
        return (
            f"An incident makes its SLA if the clock, which runs {self.hours.words()}{time_of}{always} from "
            f"when the incident {START_WORDS[self.start]} until it {STOP_WORDS[self.stop]} {pauses}, has not "
            f"passed the limit of its priority: {within}; {JUDGED_WORDS[self.judged]}."
        )


def limit_words(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"]) if rest or not hours else parts[0]


def _time(minutes: int) -> time:
    return time(minutes % DAY // 60, minutes % 60)


def _clock(minutes: int) -> str:
    return "24:00" if minutes == DAY else f"{minutes % DAY // 60:02d}:{minutes % 60:02d}"


def _days(days: tuple[Weekday, ...]) -> str:
    names = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday"}
    names |= {"sat": "Saturday", "sun": "Sunday"}
    if len(days) == len(WEEKDAYS):
        return "every day"
    at = [WEEKDAYS.index(day) for day in days]
    if len(days) > 2 and at == list(range(at[0], at[-1] + 1)):
        return f"{names[days[0]]} to {names[days[-1]]}"
    return _listed(names[day] for day in days)


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
