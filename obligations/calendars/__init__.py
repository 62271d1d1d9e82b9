"""Calendars: what they are (`spec`), their open time (`compiled`), their business days (`business_days`)."""

from obligations.calendars.business_days import BusinessDays, Roll
from obligations.calendars.compiled import OpenTime, compile
from obligations.calendars.spec import WEEKDAYS, Calendar, Weekday, Window

__all__ = ["WEEKDAYS", "BusinessDays", "Calendar", "OpenTime", "Roll", "Weekday", "Window", "compile"]
