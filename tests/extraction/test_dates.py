"""Printed dates and days told from another day."""

from datetime import date

import pytest

from extraction.dates import dates, relative_dates


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("March 1, 2024", "2024-03-01"),
        ("1 March 2024", "2024-03-01"),
        ("the 1st day of January, 2009", "2009-01-01"),
        ("2024-03-01", "2024-03-01"),
        ("01.03.2024", "2024-03-01"),
        ("this 5th day of June 2012", "2012-06-05"),
        ("Dec. 31, 2014", "2014-12-31"),
        ("31st December, 2014", "2014-12-31"),
        ("the twenty-first day of May, 2001", "2001-05-21"),
        ("29 February 2028", "2028-02-29"),
        ("25/12/2026", "2026-12-25"),
    ],
)
def test_printed_dates(text: str, day: str) -> None:
    assert [d.day for d in dates(text)] == [date.fromisoformat(day)]


@pytest.mark.parametrize("text", ["31 June 2020", "29 February 2027", "99.9.2024", "version 1.2.3"])
def test_impossible_dates_are_left_out(text: str) -> None:
    assert dates(text) == ()


def test_the_order_of_day_and_month_depends_on_the_document() -> None:
    (european,) = dates("03/04/2024")
    (american,) = dates("03/04/2024", month_first=True)
    assert (european.day, american.day) == (date(2024, 4, 3), date(2024, 3, 4))
    assert european.ambiguous
    assert american.ambiguous
    (certain,) = dates("03/14/2024")
    assert (certain.day, certain.ambiguous) == (date(2024, 3, 14), False)


@pytest.mark.parametrize(
    ("text", "length", "anchor"),
    [
        ("three years after the Effective Date", "P3Y", "Effective Date"),
        ("until the fifth anniversary of the Effective Date", "P5Y", "Effective Date"),
        ("twelve months from the date of this Agreement", "P12M", "date of this Agreement"),
    ],
)
def test_relative_dates(text: str, length: str, anchor: str) -> None:
    (found,) = relative_dates(text)
    assert found.after is not None
    assert (found.after.iso, found.anchor) == (length, anchor)
