"""Durations, money and quantities: exact, and refused where they cannot be meant."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from obligations.quantities import Duration, Money, Quantity


@pytest.mark.parametrize(
    ("iso", "months", "days", "seconds", "words"),
    [
        ("PT4H", 0, 0, 14_400, "4 hours"),
        ("P30D", 0, 30, 0, "30 days"),
        ("P2W", 0, 14, 0, "14 days"),
        ("P1Y6M", 18, 0, 0, "1 year 6 months"),
        ("P1DT1H1M1S", 0, 1, 3_661, "1 day 1 hour 1 minute 1 second"),
        ("P0D", 0, 0, 0, "no time"),
        ("P1000Y", 12_000, 0, 0, "1000 years"),
        ("P366000D", 0, 366_000, 0, "366000 days"),
    ],
)
def test_a_duration_has_three_parts_and_words(
    iso: str, months: int, days: int, seconds: int, words: str
) -> None:
    held = Duration(iso=iso)
    assert (held.months, held.days, held.seconds, held.words(), str(held)) == (
        months,
        days,
        seconds,
        words,
        iso,
    )
    assert held.in_days is bool(months or days)
    assert held.elapsed.total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "4H", "P1", "PT1D", "P-1D", "P1.5D", "p30d", "30 days"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="not an ISO 8601 duration"):
        Duration(iso=text)


@pytest.mark.parametrize("text", ["P1001Y", "P12001M", "P366001D", "PT99999999999H", "P9999999999999Y"])
def test_a_duration_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="longer than 1000 years"):
        Duration(iso=text)


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def test_money_adds_scales_and_shows() -> None:
    assert eur("0.10") + eur("0.20") == eur("0.30")
    assert eur("10").times(Decimal("0.333")) == eur("3.330")
    assert str(eur("1234.5")) == "EUR 1,234.50"
    assert [eur(a).rounded().amount for a in ("0.125", "0.135", "2.675")] == [
        Decimal("0.12"),
        Decimal("0.14"),
        Decimal("2.68"),
    ]
    assert eur("7.5").rounded(0) == eur("8")


def test_currencies_are_known_and_never_added() -> None:
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        _ = eur("1") + Money(amount=Decimal(1), currency="USD")
    with pytest.raises(ValidationError, match="unknown currency 'EURO'"):
        Money(amount=Decimal(1), currency="EURO")


def test_a_quantity_needs_its_text() -> None:
    with pytest.raises(ValidationError, match="a quantity needs its text"):
        Quantity(unit="days", text="")
    assert Quantity(unit="days", text="7 days").value is None
