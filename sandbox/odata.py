"""OData V2 as far as reading needs it: `$filter`, `$orderby`, keys in a path, and values in JSON.

The filter language: eq ne gt ge lt le, and or not, parentheses, substringof, startswith, endswith;
literals 'text', 12.5M, true, false, null, datetime'…', datetimeoffset'…'. A literal must have the
field's type. Everything else is refused with the place where reading stopped.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from sandbox.errors import QuerySyntax
from sandbox.sap_s4hana.model import EntitySet, Field, Row, Value

Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<moment>datetime(?:offset)?'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMdDfFlL]?)|(?P<word>\w+)|(?P<mark>[(),]))"
)
_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "substringof": lambda a, b: a in b,
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
}


def parse_filter(text: str, each: EntitySet) -> Test:
    """The test a `$filter` stands for. Raises QuerySyntax."""
    reader = _Reader(text, each)
    test = reader.any_of()
    reader.end()
    return test


def parse_order(text: str, each: EntitySet) -> list[tuple[str, bool]]:
    """`$orderby` as (field, descending) pairs. Raises QuerySyntax."""
    order = []
    for part in text.split(","):
        name, _, way = part.strip().partition(" ")
        if name not in each.fields or way.strip() not in ("", "asc", "desc"):
            raise QuerySyntax(f"Property {name} is unknown, or the order neither asc nor desc")
        order.append((name, way.strip() == "desc"))
    return order


def ordered(rows: list[Row], order: Sequence[tuple[str, bool]]) -> list[Row]:
    """The rows in the order asked for; equals stay as they are."""
    for name, descending in reversed(order):
        rows.sort(key=lambda row, by=name: sort_key(row[by]), reverse=descending)  # type: ignore[misc]
    return rows


def only(text: str) -> tuple[str, list[str]] | None:
    """The field and the values of a filter that is nothing but `F eq 'a' or F eq 'b' …`; None for others."""
    parts = [_EQUALS.fullmatch(part) for part in re.split(r" or (?=\w+ eq ')", text.strip(" ()"))]
    found = [part for part in parts if part is not None]
    fields = {part["field"] for part in found}
    if len(found) != len(parts) or len(fields) != 1 or text.count("(") > 1:
        return None
    return fields.pop(), [part["value"] for part in found]


_EQUALS = re.compile(r"(?P<field>\w+) eq '(?P<value>\w*)'")


def sort_key(value: Value) -> tuple[int, str | Decimal | datetime]:
    """Nulls first, then values of one type among themselves."""
    if value is None:
        return 0, ""
    return 1, Decimal(value) if isinstance(value, bool) else value


def parse_key(text: str, each: EntitySet) -> dict[str, str]:
    """The inside of `Set(…)`: one bare literal for a single key, or name='value' pairs."""
    single = re.fullmatch(r"'((?:[^']|'')*)'", text)
    if single and len(each.keys) == 1:
        return {each.keys[0]: single[1].replace("''", "'")}
    pairs = dict(re.findall(r"(\w+)='((?:[^']|'')*)'", text))
    if set(pairs) != set(each.keys):
        raise QuerySyntax(f"The key of {each.name} is {', '.join(each.keys)}")
    return {name: value.replace("''", "'") for name, value in pairs.items()}


def shown(value: Value, field: Field) -> str | bool | None:
    """A value in JSON: dates as /Date(ms)/, decimals as strings, amounts with two places."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return _moment_shown(value, "+0000" if field.type == "DateTimeOffset" else "")
    amount = field.scale and ("Amount" in field.name)
    return str(value.quantize(_CENT) if amount else value)


_CENT = Decimal("0.01")


@lru_cache(maxsize=10_000)
def _moment_shown(value: datetime, offset: str) -> str:
    return f"/Date({int(value.timestamp() * 1000)}{offset})/"


class _Reader:
    """A recursive reader: any_of > all_of > one > comparison."""

    def __init__(self, text: str, each: EntitySet) -> None:
        self.text, self.each, self.at = text, each, 0

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
            inner = self.any_of()
            self._need(")")
            return inner
        kind, word = self._next()
        if kind == "word" and word in _TEXT_TESTS:
            return self._text_test(word)
        if kind == "word" and word in self.each.fields:
            return self._comparison(self.each.fields[word])
        raise self._wrong(f"{word!r} is no property of {self.each.name}")

    def end(self) -> None:
        if self.text[self.at :].strip():
            raise self._wrong("nothing more was expected")

    def _comparison(self, field: Field) -> Test:
        _, operator = self._next()
        if operator not in _OPERATORS:
            raise self._wrong(f"{operator!r} is no operator")
        wanted = self._literal(field)
        return lambda row: _compare(operator, row.get(field.name), wanted)

    def _text_test(self, name: str) -> Test:
        self._need("(")
        first, second = self._operand(), None
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
        if kind == "word" and word in self.each.fields and self.each.fields[word].type == "String":
            return lambda row: str(row.get(word) or "")
        raise self._wrong(f"{word!r} is neither a text nor a text property of {self.each.name}")

    def _literal(self, field: Field) -> Value:
        kind, word = self._next()
        if word == "null":
            return None
        if kind == "text" and field.type in ("String", "Time"):
            return _unquote(word)
        if kind == "number" and field.type == "Decimal":
            return Decimal(word.rstrip("mMdDfFlL"))
        if kind == "word" and field.type == "Boolean" and word in ("true", "false"):
            return word == "true"
        if kind == "moment" and word.startswith(f"{field.type.lower()}'"):
            return self._moment(word)
        raise self._wrong(f"{word} is no Edm.{field.type}, which {field.name} is")

    def _moment(self, word: str) -> datetime:
        try:
            moment = datetime.fromisoformat(word[word.index("'") + 1 : -1])
        except ValueError:
            raise self._wrong(f"{word} is no date and time") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

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
        return QuerySyntax(f"Invalid filter at position {self.at}: {what}")


def _unquote(word: str) -> str:
    return word[1:-1].replace("''", "'")


def _compare(operator: str, actual: Value, wanted: Value) -> bool:
    if operator in ("eq", "ne"):
        return (actual == wanted) is (operator == "eq")
    if actual is None or wanted is None:
        return False
    left, right = sort_key(actual)[1], sort_key(wanted)[1]
    sign = (left > right) - (left < right)  # type: ignore[operator]
    return {"gt": sign > 0, "ge": sign >= 0, "lt": sign < 0, "le": sign <= 0}[operator]
