"""Oracle's `q`, `finder` and `orderBy`: conditions joined by `;`, `and`, `or`, over a row's attributes."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.errors import QuerySyntax

LATER = frozenset({"and", "or", "(", ")", "in", "between", "is", "not"})
Test = Callable[[Mapping[str, Any]], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*'|\"[^\"]*\")|(?P<mark><=|>=|!=|<>|[=<>();,])|(?P<word>[^\s'\"=<>!();,]+))"
)
_SIGNS = {"=": (0,), "!=": (-1, 1), "<>": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}


def parse(text: str, known: Mapping[str, Any], version: int) -> Test:
    """The test that `q` stands for. `known` is a row that shows which attributes there are.

    In the first framework version it is a query by example: conditions joined by `;` and nothing else."""
    reader = _Reader(text, known)
    words = {told.lower() for kind, told in reader.tokens if kind != "text"}
    if version < 2 and words & LATER:
        raise QuerySyntax(f"{min(words & LATER)} is not known to this framework version")
    test = reader.any_of()
    if reader.kind():
        raise QuerySyntax(f"nothing more was expected at {reader.tokens[reader.at][1][:30]}")
    return test


def found_by(finder: str, finders: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The variables of `Name;Variable=value,Other=value`; only those that the finder has."""
    name, _, rest = finder.partition(";")
    if name not in finders:
        raise QuerySyntax(f"there is no finder {name[:40]}")
    given = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    if not given or not set(given) <= set(finders[name]):
        raise QuerySyntax(f"the finder {name} takes {', '.join(finders[name])}")
    return {variable: value.strip("'\"") for variable, value in given.items()}


def ordered(rows: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """By `Attribute:asc,Other:desc`; empty values first."""
    for part in reversed([part for part in text.split(",") if part]):
        name, _, way = part.strip().partition(":")
        if (rows and (name not in rows[0] or isinstance(rows[0][name], list))) or way not in (
            "",
            "asc",
            "desc",
        ):
            raise QuerySyntax(f"{name[:40]} cannot be ordered by")
        rows.sort(key=lambda row, by=name: (row[by] is not None, row[by] or 0), reverse=way == "desc")  # type: ignore[misc]
    return rows


class _Reader:
    def __init__(self, text: str, known: Mapping[str, Any]) -> None:
        self.known, self.at = known, 0
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            token = _TOKEN.match(text, place)
            if token is None or token.lastgroup is None:
                raise QuerySyntax(f"q cannot be read at {text[place : place + 20]}")
            self.tokens.append((token.lastgroup, token[token.lastgroup]))
            place = token.end()

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def word(self) -> str:
        return self.tokens[self.at][1].lower() if self.at < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        if self.kind() != "text" and self.word() in words:
            self.at += 1
            return True
        return False

    def next(self) -> tuple[str, str]:
        if not self.kind():
            raise QuerySyntax("q ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.take("or"):
            tests.append(self.all_of())
        return lambda row: any(test(row) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self.take("and", ";"):
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self.take("("):
            inner = self.any_of()
            if not self.take(")"):
                raise QuerySyntax("a bracket is not closed")
            return inner
        _, name = self.next()
        if name not in self.known or isinstance(self.known[name], list):
            raise QuerySyntax(f"{name[:40]} is no attribute to search by")
        if self.take("is"):
            nothing = not self.take("not")
            self.need("null")
            return lambda row: (row[name] is None) is nothing
        negated = self.take("not")
        if self.take("like"):
            wanted = self.next()[1].strip("'\"")
            pattern = re.compile(
                ".*".join(re.escape(part) for part in re.split(r"[%*]", wanted)), re.I | re.S
            )
            return lambda row: (pattern.fullmatch(str(row[name] or "")) is not None) is not negated
        if self.take("in"):
            values = self.several()
            return lambda row: any(_sign(row[name], value) == 0 for value in values) is not negated
        if self.take("between"):
            low = self.literal()
            self.need("and")
            high = self.literal()
            return lambda row: _sign(row[name], low) in (0, 1) and _sign(row[name], high) in (0, -1)
        _, operator = self.next()
        if operator not in _SIGNS:
            raise QuerySyntax(f"{operator[:20]} is no operator")
        value, allowed = self.literal(), _SIGNS[operator]
        _sign(self.known[name], value)
        return lambda row: _sign(row[name], value) in allowed

    def several(self) -> list[str]:
        self.need("(")
        values = [self.literal()]
        while self.take(","):
            values.append(self.literal())
        self.need(")")
        return values

    def literal(self) -> str:
        kind, text = self.next()
        return text[1:-1].replace("''", "'") if kind == "text" else text

    def need(self, word: str) -> None:
        if not self.take(word):
            raise QuerySyntax(f"{word} was expected")


def _sign(mine: Any, text: str) -> int:
    """How a value stands to a literal: -1, 0, 1; 2 where it is empty. Raises QuerySyntax for another type."""
    if mine is None:
        return 2
    try:
        if isinstance(mine, bool):
            return 0 if text.lower() in (str(mine).lower(), "y" if mine else "n") else 1
        if isinstance(mine, datetime):
            at = datetime.fromisoformat(text)
            return _compared(mine, at if at.tzinfo else at.replace(tzinfo=UTC))
        if isinstance(mine, date):
            return _compared(mine, date.fromisoformat(text[:10]))
        if isinstance(mine, int | Decimal):
            return _compared(Decimal(mine), Decimal(text))
    except (ValueError, InvalidOperation):
        raise QuerySyntax(f"{text[:40]} is no value of this attribute") from None
    return _compared(str(mine).casefold(), text.casefold())


def _compared(mine: Any, other: Any) -> int:
    return int(mine > other) - int(mine < other)
