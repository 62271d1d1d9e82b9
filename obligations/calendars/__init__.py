"""Calendars: what they are (`spec`), holidays added (`additions`), dated versions (`versions`), open time
(`compiled`), business days (`business_days`)."""

from obligations.calendars.additions import Additions, additions_of, with_additions
from obligations.calendars.business_days import BusinessDays, Roll
from obligations.calendars.compiled import OpenTime, compile
from obligations.calendars.spec import WEEKDAYS, Calendar, LocalHoliday, PartialDay, Weekday, Window
from obligations.calendars.versions import CalendarVersions, DatedCalendar, Readings

__all__ = [
    "WEEKDAYS",
    "Additions",
    "BusinessDays",
    "Calendar",
    "CalendarVersions",
    "DatedCalendar",
    "LocalHoliday",
    "OpenTime",
    "PartialDay",
    "Readings",
    "Roll",
    "Weekday",
    "Window",
    "additions_of",
    "compile",
    "with_additions",
]
