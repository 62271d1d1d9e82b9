"""Money, durations and measured quantities: exact, with their unit, never a float.

A `Duration` is an ISO 8601 text ("PT4H", "P30D", "P6M"). Years and months are calendar steps, days
are calendar or business days depending on the clock that counts them, hours and smaller are elapsed
time. That is why a duration is never silently turned into seconds.
"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from obligations.currencies import CURRENCIES

_ISO = re.compile(
    r"^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$"
)


LONGEST_YEARS = 1000
_MOST_MONTHS = LONGEST_YEARS * 12
_MOST_DAYS = LONGEST_YEARS * 366
"""The longest duration that is taken (land is let for 999 years): beyond it dates leave the calendar."""


class Frozen(BaseModel):
    """Base of every noun: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Duration(Frozen):
    """A span of time as the contract states it.

    `iso` is ISO 8601; `months`, `days` and `seconds` are its three independent parts (a year is 12
    months, a week 7 days).
    """

    iso: str
    months: int = 0
    days: int = 0
    seconds: int = 0

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        text = value.get("iso") if isinstance(value, dict) else value
        if not isinstance(text, str):
            return value
        match = _ISO.match(text)
        if not match:
            raise ValueError(f"{text!r} is not an ISO 8601 duration such as PT4H or P30D")
        years, months, weeks, days, hours, minutes, seconds = (int(g or 0) for g in match.groups())
        parts = {
            "months": years * 12 + months,
            "days": weeks * 7 + days,
            "seconds": hours * 3600 + minutes * 60 + seconds,
        }
        if parts["months"] > _MOST_MONTHS or parts["days"] + parts["seconds"] // 86_400 > _MOST_DAYS:
            raise ValueError(f"{text!r} is longer than {LONGEST_YEARS} years, which no promise is")
        return {"iso": text, **parts}

    @property
    def elapsed(self) -> timedelta:
        """Hours, minutes and seconds only; days and months need a calendar."""
        return timedelta(seconds=self.seconds)

    @property
    def in_days(self) -> bool:
        """True when the duration counts days, weeks, months or years."""
        return bool(self.months or self.days)

    def __str__(self) -> str:
        return self.iso

    def words(self) -> str:
        """The duration in words: "4 hours", "30 days", "1 month 15 days"."""
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [
            (years, "year"),
            (months, "month"),
            (self.days, "day"),
            (hours, "hour"),
            (minutes, "minute"),
            (seconds, "second"),
        ]
        said = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n]
        return " ".join(said) or "no time"


def _duration(value: object) -> object:
    return {"iso": value} if isinstance(value, str) else value


DurationField = Annotated[Duration, BeforeValidator(_duration)]
"""A `Duration` that may also be given as its ISO text."""

Percent = Annotated[Decimal, Field(ge=0, le=100)]


def _known_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(f"unknown currency {code!r}; use an ISO 4217 code such as EUR")
    return code


Currency = Annotated[str, AfterValidator(_known_currency)]


class Money(Frozen):
    """An amount in one currency. Amounts of different currencies are never added."""

    amount: Decimal
    currency: Currency

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def times(self, factor: Decimal) -> "Money":
        return Money(amount=self.amount * factor, currency=self.currency)

    def rounded(self, places: int = 2) -> "Money":
        """Half-even to `places` decimals: for showing and paying, never before comparing."""
        return Money(amount=round(self.amount, places), currency=self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,.2f}"


class Quantity(Frozen):
    """A measured or promised value with its unit (`minutes`, `percent`, `days`, `date`, a currency).

    `text` is how a person reads it ("7 h 00 min", "99.7427 %", "2026-11-06").
    """

    value: Decimal | None = None
    unit: str
    text: str

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if not self.text:
            raise ValueError("a quantity needs its text")
        return self
