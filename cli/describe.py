"""Typed terms in a few words, the same way for every kind."""

from decimal import Decimal

from pydantic import BaseModel

from obligations.calendars.spec import Calendar
from obligations.quantities import Duration, Money
from obligations.terms import CreditTier, Terms

HIDDEN = {"kind", "level", "initial", "renewal", "notice", "due", "denominator"}
"""Parts that repeat what the row or another promise says."""


def terms(stated: Terms) -> str:
    """Such as "within 4 hours, priority P1, clock business, calendar Support Hours"."""
    said = []
    for name in type(stated).model_fields:
        value = getattr(stated, name)
        if name in HIDDEN or value is None or value in ((), "", False):
            continue
        said.append(f"{name.replace('_', ' ')} {_value(value)}")
    return ", ".join(said)


def _value(value: object) -> str:
    if isinstance(value, Duration):
        return value.words()
    if isinstance(value, Calendar):
        return value.name or (f"24x7 {value.zone}" if value.always_open else value.zone)
    if isinstance(value, CreditTier):
        gives = f"{value.percent}%" if value.percent is not None else str(value.amount)
        floor = f" to {value.at_least}" if value.at_least is not None else ""
        return f"<{value.below}{floor}: {gives}"
    if isinstance(value, tuple):
        return "; ".join(_value(each) for each in value)
    if isinstance(value, Money | Decimal):
        return str(value)
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_defaults=True)
    return "yes" if value is True else str(value)
