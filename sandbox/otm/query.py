"""The `q` parameter: `shipmentXid sw "S-" and (updateDate gt "2026-10-01T00:00:00Z" or not attribute1 pr)`.

Operators eq ne gt ge lt le co sw ew pr; text, instants and measures stand in double quotes. A field of a
child is named with a dot (`statuses.statusValueGid`): any child may fit.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.errors import QuerySyntax

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r'\s*(?:(?P<bracket>[()])|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<number>-?\d+(?:\.\d+)?(?![\w:-]))'
    r"|(?P<word>[A-Za-z_][\w.]*))"
)
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "co": lambda a, b: b in a,
    "sw": lambda a, b: a.startswith(b),
    "ew": lambda a, b: a.endswith(b),
}


def parse(text: str, known: Callable[[str], bool]) -> Test:
    """The test a query stands for; `known` tells whether a field exists. Raises QuerySyntax."""
    if not text.strip():
        return lambda row: True
    reader = _Reader(_tokens(text), known)
    test = reader.either()
    if reader.at < len(reader.tokens):
        raise QuerySyntax(f"{reader.tokens[reader.at][1]!r} was not expected in q")
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise QuerySyntax(f"q cannot be read at position {at}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], known: Callable[[str], bool]) -> None:
        self.tokens, self.known, self.at = tokens, known, 0

    def either(self) -> Test:
        tests = [self.both()]
        while self._takes("or"):
            tests.append(self.both())
        return lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        tests = [self.unit()]
        while self._takes("and"):
            tests.append(self.unit())
        return lambda row: all(test(row) for test in tests)

    def unit(self) -> Test:
        if self._takes("not"):
            test = self.unit()
            return lambda row: not test(row)
        if self._takes("("):
            test = self.either()
            if not self._takes(")"):
                raise QuerySyntax("a closing bracket is missing in q")
            return test
        return self._predicate()

    def _predicate(self) -> Test:
        kind, name = self._next()
        if kind != "word" or not self.known(name):
            raise QuerySyntax(f"{name} is no field of the resource")
        _, operator = self._next()
        path = name.split(".")
        if operator == "pr":
            return lambda row: any(value not in (None, "") for value in values(row, path))
        kind, text = self._next()
        if kind not in ("text", "number") and text not in ("true", "false"):
            raise QuerySyntax(f"{text} has to stand in double quotes")
        given = re.sub(r"\\(.)", r"\1", text) if kind == "text" else text
        compare = _comparison(operator)
        return lambda row: any(compare(value, given) for value in values(row, path))

    def _takes(self, word: str) -> bool:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind == "text" or text.lower() != word:
            return False
        self.at += 1
        return True

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise QuerySyntax("q ends too early")
        self.at += 1
        return self.tokens[self.at - 1]


def _comparison(operator: str) -> Callable[[Any, str], bool]:
    if operator in ("eq", "ne"):
        return lambda value, text: (value is not None and value == like(value, text)) is (operator == "eq")
    if operator in _ORDER:
        order = _ORDER[operator]
        return lambda value, text: value is not None and order(value, like(value, text))
    if operator in _TEXT:
        look = _TEXT[operator]
        return lambda value, text: value is not None and look(str(value), text)
    raise QuerySyntax(f"operator {operator} is not supported")


def values(row: Any, path: list[str]) -> Iterator[Any]:
    """What a path leads to, through every child."""
    if isinstance(row, list):
        for one in row:
            yield from values(one, path)
    elif not path:
        yield row
    elif isinstance(row, Mapping):
        yield from values(row.get(path[0]), path[1:])


def like(value: Any, text: str) -> Any:
    """The text as the type of the value. Raises QuerySyntax."""
    try:
        if isinstance(value, bool):
            return text == "true"
        if isinstance(value, datetime):
            at = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        if isinstance(value, int | Decimal):
            # A measure comes with its unit: "300 KG".
            return Decimal(text.split()[0])
    except (ValueError, InvalidOperation, IndexError):
        raise QuerySyntax(f"{text} cannot be compared with this field") from None
    return text
