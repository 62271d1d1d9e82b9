"""The reader of OData V4 filters and orders that two stand-ins share."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sandbox import odata4
from sandbox.errors import QuerySyntax

FIELDS = {
    "Name": "String",
    "a/b": "String",
    "Price": "Decimal",
    "Day": "Date",
    "At": "DateTimeOffset",
    "Open": "Boolean",
    "Count": "Int32",
}
ROW: odata4.Row = {
    "Name": "O'Hara & Söhne",
    "a/b": "deep",
    "Price": Decimal("12.50"),
    "Day": date(2026, 2, 28),
    "At": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "Open": True,
    "Count": 3,
}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Name eq 'O''Hara & Söhne'", True),
        ("Name eq 'O'", False),
        ("a/b eq 'deep' and Price ge 12.5", True),
        ("Price eq 12.500", True),
        ("Price in (1,12.5)", True),
        ("Count lt 3 or not (Open eq true)", False),
        ("Name eq 'x' or Name eq 'y' and Open eq true", False),
        ("Day gt 2026-02-27 and Day le 2026-02-28", True),
        ("At eq 2026-03-29T03:00:00+02:00", True),
        ("At lt 2026-03-29T01:00:00Z", False),
        ("contains(Name,'Hara') and startswith(Name,'O') and endswith(Name,'ne')", True),
        ("contains(tolower(Name),'söhne')", True),
        ("tolower(Name) eq 'o''hara & söhne'", True),
        ("toupper(a/b) ne 'DEEP'", False),
        ("contains(Name,'Hara') eq false", False),
    ],
)
def test_filters(text: str, fits: bool) -> None:
    assert odata4.parse_filter(text, FIELDS)(ROW) is fits


def test_null_is_less_than_nothing_and_equal_to_itself() -> None:
    empty = dict.fromkeys(ROW)
    assert odata4.parse_filter("Day eq null", FIELDS)(empty)
    assert not odata4.parse_filter("Day eq null", FIELDS)(ROW)
    assert not odata4.parse_filter("Day lt 2026-01-01", FIELDS)(empty)
    assert not odata4.parse_filter("Price ge 0", FIELDS)(empty)
    assert not odata4.parse_filter("contains(Name,'x')", FIELDS)(empty)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Colour eq 'red'",
        "Name eq",
        "Name like 'x'",
        "Name eq 5",
        "Price eq 'much'",
        "Day eq 2026-02-30",
        "Day eq 2026-02-28T00:00:00Z",
        "At eq 2026-03-29",
        "Open eq 'true'",
        "(Name eq 'x'",
        "Name eq 'x' Name eq 'y'",
        "Price in (1",
        "contains(Price,'1')",
        "tolower(Name) gt 'x'",
        "Name eq 'unfinished",
    ],
)
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(QuerySyntax):
        odata4.parse_filter(text, FIELDS)


def test_orders() -> None:
    rows: list[odata4.Row] = [{"Name": name, "Price": price} for name, price in (
        ("b", Decimal(1)), ("a", None), ("c", Decimal(1)), ("d", Decimal("-2")))]  # fmt: skip
    order = odata4.parse_order("Price desc,Name", FIELDS)
    assert order == [("Price", True), ("Name", False)]
    assert [row["Name"] for row in odata4.ordered(rows, order)] == ["b", "c", "d", "a"]
    for wrong in ("Colour", "Name down", "Name,"):
        with pytest.raises(QuerySyntax):
            odata4.parse_order(wrong, FIELDS)
