"""Jira's query language over the site's issues: `project = SUP AND updated >= "2026-11-01 08:00"`.

Knows `= != ~ !~ < <= > >= IN NOT IN IS IS NOT`, AND, OR, NOT, parentheses, ORDER BY and the functions
`currentUser() now() startOfDay() endOfDay()`. Dates are to the minute, in the zone of the user. `WAS`,
`CHANGED` and other functions are not offered and are refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.errors import QuerySyntax
from sandbox.jira_service_management.records import Issue

ZONE = ZoneInfo("Europe/Berlin")
Test = Callable[[Issue, datetime], bool]
_TOKEN = re.compile(
    r"""\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<mark>[(),])"""
    r"""|(?P<op>!=|!~|<=|>=|=|~|<|>)|(?P<word>[^\s"'(),=!~<>]+))"""
)
_UNITS = {"y": 365 * 1440, "M": 30 * 1440, "w": 10080, "d": 1440, "h": 60, "m": 1}
_RELATIVE = re.compile(r"([+-]?)((?:\d+[yMwdhm]\s*)+)")
_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
WORDS = re.compile(r"\w+")
MOST_ORDERS = 7


@dataclass(frozen=True)
class Column:
    """A field of the query language: its kind, how to read it, and which values there are.

    `read` gives the texts a value may be called by (id, name, key), or an instant, or one text to search.
    """

    name: str
    kind: str  # choice, date, text, label, key
    read: Callable[[Issue, datetime], Any]
    values: frozenset[str] | None = None
    order: Callable[[Issue, datetime], Any] | None = None


@dataclass(frozen=True)
class Query:
    matches: Test
    bounded: bool
    order: tuple[tuple[Column, bool], ...]

    def select(self, issues: Sequence[Issue], now: datetime) -> list[Issue]:
        found = [issue for issue in issues if self.matches(issue, now)]
        found.sort(key=lambda issue: issue.id, reverse=True)
        for column, descending in reversed(self.order):
            found.sort(key=lambda issue: _key(column, issue, now), reverse=descending)
        return found


def parse(text: str, columns: Callable[[str], Column | None], user: str, now: datetime) -> Query:
    """The query. Raises QuerySyntax with the message Jira would give."""
    return _Reader(text, columns, user, now).query()


def _key(column: Column, issue: Issue, now: datetime) -> Any:
    value = (column.order or column.read)(issue, now)
    if value is None:
        return (0, "")
    return (1, value if isinstance(value, datetime | int | tuple) else str(value).casefold())


class _Reader:
    def __init__(self, text: str, columns: Callable[[str], Column | None], user: str, now: datetime) -> None:
        self.columns, self.user, self.now = columns, user, now
        self.tokens = list(_tokens(text))
        self.at = 0

    def query(self) -> Query:
        test: Test | None = None
        if self.tokens and not self._is("order"):
            test = self._or()
        order: list[tuple[Column, bool]] = []
        if self._take("order"):
            if not self._take("by"):
                raise self._wrong()
            order.append(self._ordering())
            while self._take(","):
                order.append(self._ordering())
        if self.at < len(self.tokens):
            raise self._wrong()
        if len(order) > MOST_ORDERS:
            raise QuerySyntax(f"The ORDER BY clause can contain at most {MOST_ORDERS} fields.")
        return Query(test or (lambda issue, now: True), test is not None, tuple(order))

    def _ordering(self) -> tuple[Column, bool]:
        column = self._column()
        descending = self._take("desc")
        if not descending:
            self._take("asc")
        return column, descending

    def _or(self) -> Test:
        tests = [self._and()]
        while self._take("or"):
            tests.append(self._and())
        return lambda issue, now: any(test(issue, now) for test in tests)

    def _and(self) -> Test:
        tests = [self._not()]
        while self._take("and"):
            tests.append(self._not())
        return lambda issue, now: all(test(issue, now) for test in tests)

    def _not(self) -> Test:
        if self._take("not"):
            test = self._not()
            return lambda issue, now: not test(issue, now)
        if self._take("("):
            test = self._or()
            if not self._take(")"):
                raise self._wrong()
            return test
        return self._clause()

    def _clause(self) -> Test:
        column = self._column()
        kind, op = self._next()
        word = op.lower()
        if kind == "word" and word == "is":
            negative = self._take("not")
            if not (self._take("empty") or self._take("null")):
                raise self._wrong()
            return lambda issue, now: _empty(column, issue, now) != negative
        if kind == "word" and word in ("in", "not"):
            if word == "not" and not self._take("in"):
                raise self._wrong()
            return self._among(column, word == "not")
        if kind != "op":
            raise self._wrong(back=True)
        return _compare(column, op, self._value(column))

    def _among(self, column: Column, negative: bool) -> Test:
        if column.kind in ("text", "date"):
            raise QuerySyntax(f"The operator 'in' is not supported by the '{column.name}' field.")
        if not self._take("("):
            raise self._wrong()
        tests = [_compare(column, "=", self._value(column))]
        while self._take(","):
            tests.append(_compare(column, "=", self._value(column)))
        if not self._take(")"):
            raise self._wrong()

        def among(issue: Issue, now: datetime) -> bool:
            if negative:
                return not _empty(column, issue, now) and not any(test(issue, now) for test in tests)
            return any(test(issue, now) for test in tests)

        return among

    def _column(self) -> Column:
        kind, name = self._next()
        if kind not in ("word", "text"):
            raise self._wrong(back=True)
        column = self.columns(name)
        if column is None:
            raise QuerySyntax(f"There is no field '{name}', or none that this user may see.")
        return column

    def _value(self, column: Column) -> Any:
        kind, text = self._next()
        if kind not in ("word", "text"):
            raise self._wrong(back=True)
        if kind == "word" and self._is("("):
            text = self._function(text)
        if column.kind == "date":
            return self._instant(column, text)
        if column.values is not None and text.casefold() not in column.values:
            if column.kind == "key":
                raise QuerySyntax(f"An issue with key '{text}' does not exist for field '{column.name}'.")
            raise QuerySyntax(f"The value '{text}' does not exist for the field '{column.name}'.")
        return text

    def _function(self, name: str) -> str:
        self._take("(")
        if not self._take(")"):
            raise QuerySyntax(f"The function '{name}' does not take arguments here.")
        local = self.now.astimezone(ZONE)
        if name.lower() == "currentuser":
            return self.user
        if name.lower() == "now":
            return local.strftime("%Y-%m-%d %H:%M")
        if name.lower() == "startofday":
            return local.strftime("%Y-%m-%d 00:00")
        if name.lower() == "endofday":
            return local.strftime("%Y-%m-%d 23:59")
        raise QuerySyntax(f"Unable to find JQL function '{name}()'.")

    def _instant(self, column: Column, text: str) -> datetime:
        relative = _RELATIVE.fullmatch(text.strip())
        if relative:
            parts = re.findall(r"(\d+)([yMwdhm])", relative[2])
            minutes = sum(int(count) * _UNITS[unit] for count, unit in parts)
            return self.now + timedelta(minutes=-minutes if relative[1] == "-" else minutes)
        if text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        for form in _FORMATS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=ZONE)
            except ValueError:
                continue
        raise QuerySyntax(
            f"Date value '{text}' for field '{column.name}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
            "or a period format e.g. '-5d', '4w 2d'."
        )

    def _is(self, word: str) -> bool:
        if self.at >= len(self.tokens):
            return False
        kind, text = self.tokens[self.at]
        return kind != "text" and text.lower() == word

    def _take(self, word: str) -> bool:
        found = self._is(word)
        self.at += found
        return found

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise self._wrong()
        self.at += 1
        return self.tokens[self.at - 1]

    def _wrong(self, back: bool = False) -> QuerySyntax:
        at = self.at - back
        if at >= len(self.tokens):
            return QuerySyntax("Error in the JQL Query: The query ends where something was expected.")
        return QuerySyntax(f"Error in the JQL Query: '{self.tokens[at][1]}' was not expected here.")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            raise QuerySyntax(f"Error in the JQL Query: {text[at:].strip()[:1]!r} cannot be read.")
        at = token.end()
        kind = str(token.lastgroup)
        value = token[kind]
        if kind in ("double", "single"):
            kind, value = "text", re.sub(r"\\(.)", r"\1", value)
        found.append((kind, value))
    return found


def _empty(column: Column, issue: Issue, now: datetime) -> bool:
    """Whether the field is empty; an issue without a resolution also counts as `Unresolved`."""
    return column.read(issue, now) in (None, "", (), ("Unresolved",))


def _compare(column: Column, op: str, wanted: Any) -> Test:
    allowed = {
        "choice": ("=", "!="),
        "key": ("=", "!="),
        "label": ("=", "!="),
        "text": ("~", "!~"),
        "date": ("=", "!=", "<", "<=", ">", ">="),
    }[column.kind]
    if op not in allowed:
        raise QuerySyntax(f"The operator '{op}' is not supported by the '{column.name}' field.")
    if column.kind == "date":
        return _dated(column, op, wanted)
    if column.kind == "text":
        return lambda issue, now: _contains(column.read(issue, now), wanted) == (op == "~")
    folded = str(wanted).casefold()

    def equal(issue: Issue, now: datetime) -> bool:
        names = {str(name).casefold() for name in column.read(issue, now) or ()}
        # What is empty is neither equal nor unequal.
        return bool(names) and (folded in names) == (op == "=")

    return equal


def _dated(column: Column, op: str, wanted: datetime) -> Test:
    tests: dict[str, Callable[[datetime], bool]] = {
        "=": lambda at: at == wanted,
        "!=": lambda at: at != wanted,
        "<": lambda at: at < wanted,
        "<=": lambda at: at <= wanted,
        ">": lambda at: at > wanted,
        ">=": lambda at: at >= wanted,
    }

    def dated(issue: Issue, now: datetime) -> bool:
        value = column.read(issue, now)
        return value is not None and tests[op](value)

    return dated


def _contains(text: str | None, wanted: str) -> bool:
    """Every word of `wanted` in the text; inside inner quotes, in that order; `*` ends a word openly."""
    have = [word.casefold() for word in WORDS.findall(text or "")]
    phrase = wanted.startswith('"') and wanted.endswith('"') and len(wanted) > 1
    if phrase:
        want = [word.casefold() for word in WORDS.findall(wanted)]
        return any(have[i : i + len(want)] == want for i in range(len(have) - len(want) + 1))
    for part in wanted.split():
        for index, word in enumerate(found := [w.casefold() for w in WORDS.findall(part)]):
            open_end = part.endswith("*") and index == len(found) - 1
            if not any(have_word == word or (open_end and have_word.startswith(word)) for have_word in have):
                return False
    return True
