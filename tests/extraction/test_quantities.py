"""Numbers, durations, percentages and money, as contracts write them."""

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from extraction.flat import plain
from extraction.quantities import (
    durations,
    figures_value,
    iso_duration,
    money,
    ordinal_value,
    percents,
    redacted_durations,
    words_value,
)
from obligations.quantities import LONGEST_YEARS
from tests.extraction.conftest import GOLDEN

CASES = yaml.safe_load((GOLDEN / "quantities.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "wanted"), CASES["durations"])
def test_durations(text: str, wanted: list[Any]) -> None:
    assert [[d.iso, d.business] for d in durations(plain(text))] == wanted


@pytest.mark.parametrize(("text", "wanted"), CASES["percents"])
def test_percents(text: str, wanted: list[str]) -> None:
    assert [p.value for p in percents(text)] == [Decimal(value) for value in wanted]


@pytest.mark.parametrize(("text", "wanted"), CASES["money"])
def test_money(text: str, wanted: list[str]) -> None:
    assert [f"{m.amount} {m.currency}" for m in money(text)] == wanted


def test_words_prevail_over_figures_and_say_so() -> None:
    (days,) = durations("thirty (60) days")
    assert (days.iso, days.conflict) == ("P30D", True)
    (share,) = percents("twenty percent (25%)")
    assert (share.value, share.conflict) == (Decimal(20), True)


def test_the_place_of_a_mention_is_its_text() -> None:
    text = "paid within thirty (30) days of EUR 1,000 at 99.5% uptime"
    for mention in (*durations(text), *money(text), *percents(text)):
        assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("one hundred and twenty", 120),
        ("forty-five", 45),
        ("two thousand five hundred", 2500),
        ("a brick", None),
    ],
)
def test_number_words(words: str, value: int | None) -> None:
    assert words_value(words) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1st", 1), ("first", 1), ("twenty-first", 21), ("last", -1), ("foo", None)]
)
def test_ordinals(text: str, value: int | None) -> None:
    assert ordinal_value(text) == value


def test_redacted_lengths_are_seen() -> None:
    assert [m.text for m in redacted_durations("paid within [***] days of invoice")] == ["[***] days"]


@given(st.integers(min_value=0, max_value=10**9))
def test_figures_survive_english_grouping(number: int) -> None:
    assert figures_value(f"{number:,}", money=True) == number


@given(
    st.integers(min_value=1, max_value=5000),
    st.sampled_from(["day", "week", "month", "year", "hour", "minute"]),
)
def test_a_spelled_length_is_read_back(count: int, unit: str) -> None:
    mentioned = durations(f"within {count} {unit}s of notice")
    if unit == "year" and count > LONGEST_YEARS:
        assert mentioned == ()
        return
    (found,) = mentioned
    assert found.iso == iso_duration(Decimal(count), unit)
    assert str(found.duration) == found.iso
