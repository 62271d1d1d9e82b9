"""OData V4 as far as reading needs it: `$filter`, `$orderby`, `$select`, values in JSON.

The filter language: eq ne gt ge lt le in, and or not, parentheses, contains, startswith, endswith, tolower,
toupper; literals 'text', 12.5, true, false, null, 2026-01-31, 2026-01-31T10:00:00Z. A literal must have the
property's type. Everything else is refused with the place where reading stopped.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from sandbox.errors import QuerySyntax

Value = str | int | Decimal | date | datetime | bool | None
Row = Mapping[str, Value]
Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?)|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w/.]*)|(?P<mark>[(),]))"
)
_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "in")
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
}
_FOLDED: Mapping[str, Callable[[str], str]] = {"tolower": str.lower, "toupper": str.upper}
NUMBERS = ("Decimal", "Double", "Int32", "Int64")


def parse_filter(text: str, fields: Mapping[str, str]) -> Test:
    """The test a `$filter` stands for; `fields` gives each property's EDM type. Raises QuerySyntax."""
    reader = _Reader(text, fields)
    test = reader.any_of()
    reader.end()
    return test


def parse_order(text: str, fields: Mapping[str, str]) -> list[tuple[str, bool]]:
    """`$orderby` as (property, descending) pairs. Raises QuerySyntax."""
    order = []
    for part in text.split(","):
        name, _, way = part.strip().partition(" ")
        if name not in fields or way.strip() not in ("", "asc", "desc"):
            raise QuerySyntax(
                f"$orderby: {part.strip()!r} is no property, or its order is neither asc nor desc"
            )
        order.append((name, way.strip() == "desc"))
    return order


def ordered(rows: Sequence[Row], order: Sequence[tuple[str, bool]]) -> list[Row]:
    """The rows in the order asked for; equals stay as they are, nulls come first."""
    found = list(rows)
    for name, descending in reversed(order):
        found.sort(key=lambda row, by=name: _sort_key(row.get(by)), reverse=descending)  # type: ignore[misc]
    return found


def _sort_key(value: Value) -> tuple[int, str | Decimal | int]:
    if value is None:
        return 0, ""
    if isinstance(value, datetime):
        return 1, value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return 1, value.isoformat()
    return 1, int(value) if isinstance(value, bool) else value


class _Reader:
    """A recursive reader: any_of > all_of > one > comparison."""

    def __init__(self, text: str, fields: Mapping[str, str]) -> None:
        self.text, self.fields, self.at = text, fields, 0

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self._take("or"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self._take("and"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self._take("not"):
            inner = self.one()
            return lambda row: not inner(row)
        if self._take("("):
            inside = self.any_of()
            self._need(")")
            return inside
        kind, word = self._next()
        if kind == "word" and word in _TEXT_TESTS:
            return self._text_test(word)
        if kind == "word" and word in _FOLDED:
            return self._folded(_FOLDED[word])
        if kind == "word" and word in self.fields:
            return self._comparison(word)
        raise self._wrong(f"{word!r} is no property here")

    def end(self) -> None:
        if self.text[self.at :].strip():
            raise self._wrong("nothing more was expected")

    def _comparison(self, name: str) -> Test:
        _, operator = self._next()
        if operator not in _OPERATORS:
            raise self._wrong(f"{operator!r} is no operator")
        kind = self.fields[name]
        if operator == "in":
            self._need("(")
            several = [self._literal(kind)]
            while self._take(","):
                several.append(self._literal(kind))
            self._need(")")
            return lambda row: row.get(name) in several
        wanted = self._literal(kind)
        return lambda row: compare(operator, row.get(name), wanted)

    def _folded(self, fold: Callable[[str], str]) -> Test:
        self._need("(")
        operand = self._operand()
        self._need(")")
        _, operator = self._next()
        if operator not in ("eq", "ne"):
            raise self._wrong(f"{operator!r}: texts that were folded are compared by eq and ne")
        wanted = self._literal("String")
        return lambda row: (fold(operand(row)) == wanted) is (operator == "eq")

    def _text_test(self, name: str) -> Test:
        self._need("(")
        first = self._operand()
        self._need(",")
        second = self._operand()
        self._need(")")
        wanted = True
        if self._take("eq"):
            wanted = self._next()[1] == "true"
        test = _TEXT_TESTS[name]
        return lambda row: test(first(row), second(row)) is wanted

    def _operand(self) -> Callable[[Row], str]:
        kind, word = self._next()
        if kind == "text":
            return lambda row: _unquote(word)
        if kind == "word" and word in _FOLDED:
            self._need("(")
            inner = self._operand()
            self._need(")")
            return lambda row: _FOLDED[word](inner(row))
        if kind == "word" and self.fields.get(word) == "String":
            return lambda row: str(row.get(word) or "")
        raise self._wrong(f"{word!r} is neither a text nor a property of texts")

    def _literal(self, wanted: str) -> Value:
        kind, word = self._next()
        if word == "null":
            return None
        if kind == "text" and wanted == "String":
            return _unquote(word)
        if kind == "number" and wanted in NUMBERS:
            return Decimal(word)
        if kind == "word" and wanted == "Boolean" and word in ("true", "false"):
            return word == "true"
        try:
            if kind == "date" and wanted == "Date":
                return date.fromisoformat(word)
            if kind == "moment" and wanted == "DateTimeOffset":
                moment = datetime.fromisoformat(word)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except ValueError:
            raise self._wrong(f"{word} is no day of the calendar") from None
        raise self._wrong(f"{word} is no Edm.{wanted}")

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None:
            raise self._wrong("the expression ends or cannot be read here")
        self.at = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _take(self, word: str) -> bool:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None or found[found.lastgroup] != word:
            return False
        self.at = found.end()
        return True

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            raise self._wrong(f"{mark!r} was expected")

    def _wrong(self, what: str) -> QuerySyntax:
        return QuerySyntax(f"The filter cannot be read at position {self.at}: {what}")


def _unquote(word: str) -> str:
    return word[1:-1].replace("''", "'")


def compare(operator: str, actual: Value, wanted: Value) -> bool:
    """`actual operator wanted`; nothing is less or greater than null."""
    if operator in ("eq", "ne"):
        return (actual == wanted) is (operator == "eq")
    if actual is None or wanted is None:
        return False
    left, right = _sort_key(actual)[1], _sort_key(wanted)[1]
    sign = (left > right) - (left < right)  # type: ignore[operator]
    return {"gt": sign > 0, "ge": sign >= 0, "lt": sign < 0, "le": sign <= 0}[operator]
