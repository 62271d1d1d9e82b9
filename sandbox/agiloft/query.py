"""Agiloft's two languages of conditions: ad hoc queries (`a='x' && b~='y'`) and SQL where clauses.

A query compares choices by their text, a where clause by the number of the choice. Text is compared without
regard to case; an empty field equals `''` and `null` and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.agiloft.schema import Column, Table
from sandbox.errors import QuerySyntax

ZONE = ZoneInfo("Europe/Berlin")
Test = Callable[[Callable[[str], Any]], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<both>&&|\|\|)|(?P<bracket>[()])|(?P<op>~=|!=|<>|<=|>=|=|<|>)
    |(?P<quoted>'(?:[^'\\]|\\.|'')*')|(?P<word>[^\s'()=<>!~&|]+))""",
    re.VERBOSE,
)
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class NoColumn(QuerySyntax):
    """The table has no such column."""


class WrongValue(QuerySyntax):
    """A value that the column cannot hold; `column` is its name."""

    def __init__(self, column: str) -> None:
        super().__init__(f"Wrong format/value pointed to {column}")
        self.column = column


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str, table: Table, sql: bool = False) -> Test:
    """The condition as a test over a function that gives a column's value. Empty text lets all through.

    Raises QuerySyntax naming the place, NoColumn, WrongValue."""
    tokens = _tokens(text)
    if not tokens:
        return lambda value: True
    reader = _Reader(tokens, text, table, sql)
    test = reader.either()
    if reader.at < len(tokens):
        raise QuerySyntax(f"unexpected '{tokens[reader.at].text}' at {tokens[reader.at].at}")
    return test


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise QuerySyntax(f"unexpected character at {at}")
        kind = str(match.lastgroup)
        found.append(_Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[_Token], text: str, table: Table, sql: bool) -> None:
        self.tokens, self.text, self.table, self.sql = tokens, text, table, sql
        self.at = 0

    def either(self) -> Test:
        tests = [self.both()]
        while self._joined("||", "or"):
            tests.append(self.both())
        return lambda value: any(test(value) for test in tests)

    def both(self) -> Test:
        tests = [self.unit()]
        while self._joined("&&", "and"):
            tests.append(self.unit())
        return lambda value: all(test(value) for test in tests)

    def _joined(self, sign: str, word: str) -> bool:
        token = self._peek()
        wanted = word if self.sql else sign
        if token is not None and token.kind in ("both", "word") and token.text.lower() == wanted:
            self.at += 1
            return True
        return False

    def unit(self) -> Test:
        token = self._peek()
        if token is not None and token.text == "(" and token.kind == "bracket":
            self.at += 1
            test = self.either()
            if self._next("a closing bracket").text != ")":
                raise QuerySyntax("a closing bracket is missing")
            return test
        return self.condition()

    def condition(self) -> Test:
        name = self._next("a field")
        column = self._column(name)
        operator = self._operator()
        if operator == "is null":
            return lambda value: value(column.name) in (None, "")
        if operator == "is not null":
            return lambda value: value(column.name) not in (None, "")
        given, quoted = self._value()
        return comparison(column, operator, given, quoted, self.sql)

    def _column(self, token: _Token) -> Column:
        if token.kind not in ("word", "quoted"):
            raise QuerySyntax(f"a field was expected at {token.at}")
        name = _bare(token)
        for column in self.table.columns.values():
            if name == column.name or (name == column.label and not self.sql):
                return column
        raise NoColumn(f"No column {name} in table {self.table.name}")

    def _operator(self) -> str:
        token = self._next("an operator")
        if token.kind == "op":
            if token.text == ("~=" if self.sql else "<>"):
                raise QuerySyntax(f"unknown operator {token.text} at {token.at}")
            return "!=" if token.text == "<>" else token.text
        word = token.text.lower()
        if word == "not" and self._next("like").text.lower() == "like":
            return "not like"
        if word == "like":
            return "like"
        if word == "is" and self.sql:
            after = self._next("null").text.lower()
            if after == "not" and self._next("null").text.lower() == "null":
                return "is not null"
            if after == "null":
                return "is null"
        raise QuerySyntax(f"an operator was expected at {token.at}")

    def _value(self) -> tuple[str, bool]:
        """A quoted value; without quotes all words up to the next sign, as in `summary=test run`."""
        token = self._next("a value")
        if token.kind == "quoted":
            return _bare(token), True
        if token.kind != "word":
            raise QuerySyntax(f"a value was expected at {token.at}")
        end = token.at + len(token.text)
        following = self._peek()
        while following is not None and following.kind == "word" and not self.sql:
            end = following.at + len(following.text)
            self.at += 1
            following = self._peek()
        return self.text[token.at : end], False

    def _peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _next(self, wanted: str) -> _Token:
        token = self._peek()
        if token is None:
            raise QuerySyntax(f"{wanted} was expected at the end")
        self.at += 1
        return token


def _bare(token: _Token) -> str:
    if token.kind != "quoted":
        return token.text
    return re.sub(r"\\(.)|''", lambda m: m.group(1) or "'", token.text[1:-1])


def comparison(column: Column, operator: str, given: str, quoted: bool, sql: bool) -> Test:
    name = column.name
    if operator in ("like", "not like", "~="):
        pattern = _like(given) if operator != "~=" else re.compile(re.escape(given), re.IGNORECASE)
        match = pattern.search if operator == "~=" else pattern.fullmatch
        wanted = operator != "not like"
        return lambda value: (match(_text(value(name))) is not None) is wanted
    if given == "" or (given.lower() == "null" and not quoted):
        if operator not in ("=", "!="):
            raise WrongValue(name)
        return lambda value: (value(name) in (None, "")) is (operator == "=")
    if column.link is not None:
        given = given.removeprefix(":")
    target = _target(column, given, sql)
    if operator in ("=", "!="):
        return lambda value: (_same(column, value(name), sql) == target) is (operator == "=")
    compare = _ORDER[operator]

    def test(value: Callable[[str], Any]) -> bool:
        held = _same(column, value(name), sql)
        return held is not None and compare(held, target)

    return test


def _target(column: Column, given: str, sql: bool) -> Any:
    if column.kind == "choice":
        if sql:
            return read(Column(column.name, column.label, "integer"), given)
        return given.casefold()
    if column.kind == "file":
        raise WrongValue(column.name)
    value = read(column, given)
    return value.casefold() if isinstance(value, str) else value


def _same(column: Column, held: Any, sql: bool) -> Any:
    """A held value in the form in which it is compared."""
    if column.kind == "choice" and sql:
        return column.choices.index(held) + 1 if held in column.choices else None
    return held.casefold() if isinstance(held, str) else held


def read(column: Column, given: Any) -> Any:
    """A value as it was given, in the column's type. Raises WrongValue."""
    text = str(given).strip()
    try:
        if column.kind in ("id", "integer"):
            return int(text)
        if column.kind == "decimal":
            number = Decimal(text)
            if not number.is_finite():
                raise WrongValue(column.name)
            return number
        if column.kind == "date":
            return date.fromisoformat(text) if len(text) == 10 else instant(text).astimezone(ZONE).date()
        if column.kind == "datetime":
            return instant(text)
    except (ValueError, InvalidOperation):
        raise WrongValue(column.name) from None
    if column.kind == "choice" and text not in column.choices:
        raise WrongValue(column.name)
    return str(given)


def instant(text: str) -> datetime:
    """A date or an instant; without an offset it is local to the knowledgebase."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=ZONE)


def _like(pattern: str) -> re.Pattern[str]:
    parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
