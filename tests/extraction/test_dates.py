"""Printed dates and days told from another day."""

from datetime import date

import pytest

from extraction.dates import dates, period_ends, relative_dates


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
        ("13-Apr-2019", "2019-04-13"),
        ("3-Jun-08", "2008-06-03"),
        ("Sep-08-2013", "2013-09-08"),
        ("10.Jan.2017", "2017-01-10"),
        ("the 23rd of January of 1996", "1996-01-23"),
        ("the 20 March day of 1998", "1998-03-20"),
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


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Q3 2019", "2019-09-30"),
        ("4Q98", "1998-12-31"),
        ("the second calendar quarter of 2021", "2021-06-30"),
        ("by the end of June 2001", "2001-06-30"),
        ("in February 2028", "2028-02-29"),
        ("by the end of 2014", "2014-12-31"),
    ],
)
def test_a_quarter_a_month_or_a_year_ends_on_its_last_day(text: str, day: str) -> None:
    assert [d.day for d in period_ends(text)] == [date.fromisoformat(day)]


@pytest.mark.parametrize(
    "text",
    ["in 2014", "June 5, 2014", "5 June 2014", "the 1st day of May 2012", "they may 2019 times", "Q310"],
)
def test_what_is_no_such_period(text: str) -> None:
    assert period_ends(text) == ()
