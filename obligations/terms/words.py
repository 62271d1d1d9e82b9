"""Typed terms in a few words, the same way for every kind."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from obligations.calendars.spec import Calendar
from obligations.quantities import Duration, Money
from obligations.terms.service import CreditTier

HIDDEN = {"kind", "level", "initial", "renewal", "notice", "due", "denominator"}
"""Parts that repeat what the row or another promise says."""


def in_words(stated: BaseModel) -> str:
    """Such as "within 4 hours, priority P1, clock business, calendar Support Hours"; what is not stated, and
    what has its usual value, is left out."""
    return ", ".join(f"{name.replace('_', ' ')} {said}" for name, said in each_in_words(stated).items())


def each_in_words(stated: BaseModel) -> dict[str, str]:
    """The stated terms one by one, in words, by their names."""
    said = {}
    for name, field in type(stated).model_fields.items():
        value = getattr(stated, name)
        if name in HIDDEN or value is None or value in ((), "", False) or value == field.default:
            continue
        said[name] = _value(value)
    return said


def _value(value: object) -> str:
    if isinstance(value, Duration):
        return value.words()
    if isinstance(value, Calendar):
        return value.name or (f"24x7 {value.zone}" if value.always_open else value.zone)
    if isinstance(value, CreditTier):
        return _tier(value)
    if isinstance(value, tuple):
        return "; ".join(_value(each) for each in value)
    if isinstance(value, Money | Decimal | date):
        return str(value)
    if isinstance(value, BaseModel):
        return f"({in_words(value)})"
    return "yes" if value is True else str(value).replace("_", " ")


def _tier(tier: CreditTier) -> str:
    gives = f"{tier.percent}%" if tier.percent is not None else str(tier.amount)
    floor = f" to {tier.at_least}" if tier.at_least is not None else ""
    return f"<{tier.below}{floor}: {gives}"
