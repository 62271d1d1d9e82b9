"""Single values as they stand in files: days, instants, amounts, priorities."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tools.files.values import Clock, amount, decimal_of, order_of, when
from tools.files.words import priority_of


class TestValues:
    @pytest.mark.parametrize(
        ("text", "order", "day"),
        [
            ("2026-10-07", "year_first", date(2026, 10, 7)),
            ("07.10.2026", "day_first", date(2026, 10, 7)),
            ("7/10/2026", "day_first", date(2026, 10, 7)),
            ("10/7/2026", "month_first", date(2026, 10, 7)),
            ("2026/10/07", "day_first", date(2026, 10, 7)),
            ("20261007", "year_first", date(2026, 10, 7)),
            ("7-Oct-26", "year_first", date(2026, 10, 7)),
            ("7. Oktober 2026", "year_first", date(2026, 10, 7)),
            ("Oct 7, 2026", "year_first", date(2026, 10, 7)),
            ("29/2/2016 01:16", "day_first", date(2016, 2, 29)),
        ],
    )
    def test_days(self, text: str, order: Any, day: date) -> None:
        assert when(text, order).day == day

    @pytest.mark.parametrize(
        "text",
        ["", "soon", "7/10/2026", "31.02.2026", "2026-10-07 25:00", "2026-10-07x", "13 Uhr", "1/2", "2026-1"],
    )
    def test_what_is_no_day_under_this_order_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            when(text, "year_first")

    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2026-10-07T16:00+02:00", datetime(2026, 10, 7, 14, tzinfo=UTC)),
            ("2026-10-07 16:00:30Z", datetime(2026, 10, 7, 16, 0, 30, tzinfo=UTC)),
            ("2026-10-07 04:00 PM", datetime(2026, 10, 7, 14, tzinfo=UTC)),
            ("2026-10-07 12:05 am", datetime(2026, 10, 6, 22, 5, tzinfo=UTC)),
            ("2026-12-07 16:00", datetime(2026, 12, 7, 15, tzinfo=UTC)),
            ("2026-10-07", datetime(2026, 10, 6, 22, tzinfo=UTC)),
        ],
    )
    def test_instants(self, text: str, instant: datetime) -> None:
        assert Clock("Europe/Berlin").instant(when(text, "year_first"), "x") == instant

    def test_an_hour_that_comes_twice_is_refused_or_read_as_told(self) -> None:
        twice = when("2026-10-25 02:30", "year_first")
        with pytest.raises(ValueError, match="twice"):
            Clock("Europe/Berlin").instant(twice, "x")
        earlier = Clock("Europe/Berlin", "earlier").instant(twice, "x")
        later = Clock("Europe/Berlin", "later").instant(twice, "x")
        assert (earlier.astimezone(UTC).hour, later.astimezone(UTC).hour) == (0, 1)

    def test_an_hour_that_never_was_is_refused(self) -> None:
        with pytest.raises(ValueError, match="does not exist"):
            Clock("Europe/Berlin", "earlier").instant(when("2026-03-29 02:30", "year_first"), "x")

    @pytest.mark.parametrize(
        ("text", "decimal", "value"),
        [
            ("57,120.00", "point", ("57120.00", "")),
            ("57.120,00 €", "comma", ("57120.00", "EUR")),
            ("EUR 980", "point", ("980", "EUR")),
            ("(USD 100.50)", "point", ("-100.50", "USD")),
            ("1 234,56", "comma", ("1234.56", "")),
            ("1'234.56 chf", "point", ("1234.56", "CHF")),
            ("£9600", "point", ("9600", "GBP")),
            ("-5", "point", ("-5", "")),
        ],
    )
    def test_amounts(self, text: str, decimal: Any, value: tuple[str, str]) -> None:
        assert amount(text, decimal) == (Decimal(value[0]), value[1])

    @pytest.mark.parametrize("text", ["", "many", "1.234,56", "1,23,4", "$5", "12 apples", "1.2.3"])
    def test_what_is_no_amount_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            amount(text, "point")

    @pytest.mark.parametrize(
        ("texts", "order"),
        [
            (["1/2/2016", "29/2/2016"], "day_first"),
            (["1/2/2016", "2/29/2016"], "month_first"),
            (["1/2/2016", "3/4/2016"], None),
            (["13/2/2016", "2/13/2016"], None),
            (["01.02.2016"], "day_first"),
            (["2016-01-02"], "year_first"),
            (["2-Jun-06"], "year_first"),
        ],
    )
    def test_the_order_of_dates_is_read_from_the_data(self, texts: list[str], order: str | None) -> None:
        found = order_of(texts)
        assert found.order == order
        assert found.evidence

    @pytest.mark.parametrize(
        ("texts", "mark"),
        [
            (["1.234,56", "100"], "comma"),
            (["1,234.56"], "point"),
            (["1,234"], None),
            (["1.234.567"], "comma"),
            (["12,5"], "comma"),
            (["1,234.5", "1.234,5"], None),
            (["100", "250"], "point"),
        ],
    )
    def test_the_decimal_mark_is_read_from_the_data(self, texts: list[str], mark: str | None) -> None:
        assert decimal_of(texts)[0] == mark

    @pytest.mark.parametrize(
        ("text", "level"),
        [
            ("1 - Critical", "P1"),
            ("P2", "P2"),
            ("Sev 3", "P3"),
            ("high", "P2"),
            ("priority-4", "P4"),
            ("5", "P5"),
            ("0", None),
            ("P7", None),
            ("Friday", None),
            ("1st", None),
        ],
    )
    def test_priorities(self, text: str, level: str | None) -> None:
        assert priority_of(text) == level
