"""Quotations found where they stand, and not found where their figures differ."""

import pytest

from retrieval.locate import locate

TEXT = (
    "4.1 Payment. The Customer shall pay each correct invoice within thirty (30) days after its receipt.\n"
    "4.2 Interest. Late amounts bear interest at 8 % a year – “simple interest” – from the due date.\n"
    "9.1 Payment. The Customer shall pay each correct invoice within thirty (30) days after its receipt.\n"
    "9.2 The ﬁnal report is due on the ﬁfth Business Day."
)


@pytest.mark.parametrize(
    ("quote", "match", "begins"),
    [
        ("Late amounts bear interest at 8 % a year", "exact", "Late amounts"),
        ('late  amounts bear interest at 8 % a year - "simple\ninterest" -', "normalised", "Late amounts"),
        ("the final report is due on the fifth business day", "normalised", "The ﬁnal report"),
        ("Late amounts bare interest at 8 % a year", "fuzzy", "Late amounts"),
    ],
)
def test_a_quotation_is_found(quote: str, match: str, begins: str) -> None:
    found = locate(quote, TEXT)
    assert found is not None
    assert found.match == match
    assert TEXT[found.start : found.end].startswith(begins)


@pytest.mark.parametrize(
    "quote",
    [
        "Late amounts bear interest at 9 % a year",
        "within sixty (60) days after its receipt",
        "The Provider shall deliver goods",
        "a",
        "  …  ",
        "",
        "x" * 30_000,
    ],
)
def test_what_does_not_stand_there_is_not_found(quote: str) -> None:
    assert locate(quote, TEXT) is None


def test_the_nearest_of_several_places() -> None:
    quote = "within thirty (30) days"
    first, second = TEXT.index(quote), TEXT.rindex(quote)
    assert locate(quote, TEXT).start == first  # type: ignore[union-attr]
    assert locate(quote, TEXT, near=(second - 40, second)).start == second  # type: ignore[union-attr]
    assert locate("Within Thirty (30) days", TEXT, near=(second, second)).start == second  # type: ignore[union-attr]


def test_a_normalised_quotation_covers_exactly_its_words() -> None:
    found = locate("“SIMPLE INTEREST”", TEXT)
    assert found is not None
    assert TEXT[found.start : found.end] == "“simple interest”"
