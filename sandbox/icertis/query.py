"""Filters of the business API: `Status $eq 'Executed' $and ModifiedOn $gt '2026-10-01'`."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.errors import QuerySyntax
from sandbox.icertis.schema import Attribute, Entity

Lookup = Callable[[str], Any]
Test = Callable[[Lookup], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<bracket>[()])|(?P<operator>\$[A-Za-z]+)|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<number>-?\d+(?:\.\d+)?(?![\w-]))|(?P<word>[A-Za-z_]\w*)|(?P<comma>,))"
)
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda a, b: a > b,
    "$ge": lambda a, b: a >= b,
    "$gte": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$le": lambda a, b: a <= b,
    "$lte": lambda a, b: a <= b,
}
_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "$contains": lambda a, b: b in a,
    "$startswith": lambda a, b: a.startswith(b),
}


def parse(text: str, entity: Entity) -> Test:
    """The filter as a test over a function that gives an attribute's value; empty lets all through.

    Raises QuerySyntax naming what cannot be read."""
    if not text.strip():
        return lambda value: True
    reader = _Reader(_tokens(text), entity)
    test = reader.either()
    if reader.at < len(reader.tokens):
        raise QuerySyntax(f"Unexpected {reader.tokens[reader.at][1]!r} in filter")
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise QuerySyntax(f"Filter cannot be read at position {at}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], entity: Entity) -> None:
        self.tokens, self.entity, self.at = tokens, entity, 0

    def either(self) -> Test:
        tests = [self.both()]
        while self._takes("$or"):
            tests.append(self.both())
        return lambda value: any(test(value) for test in tests)

    def both(self) -> Test:
        tests = [self.unit()]
        while self._takes("$and"):
            tests.append(self.unit())
        return lambda value: all(test(value) for test in tests)

    def unit(self) -> Test:
        if self._takes("("):
            test = self.either()
            if not self._takes(")"):
                raise QuerySyntax("A closing bracket is missing in filter")
            return test
        kind, name = self._next()
        found = self.entity.attribute(name) if kind == "word" else None
        if found is None:
            raise QuerySyntax(f"Attribute {name} does not exist in {self.entity.name}")
        if not found.filterable:
            raise QuerySyntax(f"Attribute {found.name} does not support filter")
        return self._comparison(found)

    def _comparison(self, attribute: Attribute) -> Test:
        kind, operator = self._next()
        operator = operator.lower()
        if kind != "operator":
            raise QuerySyntax(f"An operator was expected after {attribute.name}")
        if operator == "$in":
            wanted = self._several(attribute)
            return lambda value: folded(value(attribute.name)) in wanted
        given = self._value(attribute)
        if operator in ("$eq", "$ne"):
            return lambda value: (folded(value(attribute.name)) == given) is (operator == "$eq")
        if operator in _ORDER:
            compare = _ORDER[operator]
            return lambda value: (
                value(attribute.name) is not None and compare(folded(value(attribute.name)), given)
            )
        if operator == "$like":
            # A star stands for any text.
            pattern = re.compile(".*".join(re.escape(part) for part in str(given).split("*")), re.DOTALL)
            return lambda value: pattern.fullmatch(str(folded(value(attribute.name)) or "")) is not None
        if operator in _TEXT:
            look = _TEXT[operator]
            return lambda value: look(str(folded(value(attribute.name)) or ""), str(given))
        raise QuerySyntax(f"Operator {operator} is not supported")

    def _several(self, attribute: Attribute) -> list[Any]:
        if not self._takes("("):
            raise QuerySyntax("A list in brackets was expected after $in")
        found = [self._value(attribute)]
        while self._takes(","):
            found.append(self._value(attribute))
        if not self._takes(")"):
            raise QuerySyntax("A closing bracket is missing in filter")
        return found

    def _value(self, attribute: Attribute) -> Any:
        kind, text = self._next()
        if kind == "word" and text.lower() == "null":
            return None
        if kind == "word" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        # Text has to stand in single quotes.
        if kind not in ("text", "number"):
            raise QuerySyntax(f"A value was expected for {attribute.name}")
        try:
            return folded(read(attribute, text.replace("''", "'")))
        except ValueError:
            raise QuerySyntax(f"{text} is no value of {attribute.name}") from None

    def _takes(self, text: str) -> bool:
        kind, found = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind == "text" or found.lower() != text:
            return False
        self.at += 1
        return True

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise QuerySyntax("Filter ends too early")
        self.at += 1
        return self.tokens[self.at - 1]


def read(attribute: Attribute, text: str) -> Any:
    """A text as a value of the attribute. Raises ValueError."""
    if attribute.kind in ("date", "datetime"):
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        return at.date() if attribute.kind == "date" else at
    if attribute.kind == "number":
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(text) from None
        if not number.is_finite():
            raise ValueError(text)
        return number
    if attribute.kind == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return text


def folded(value: Any) -> Any:
    """Text is compared without regard to case."""
    return value.casefold() if isinstance(value, str) else value
