"""Ironclad's filter formulas: `And(Equals([type], 'msa'), GreaterThan([lastUpdated], '2026-01-01'))`.

Knows Equals, NotEqual, Contains, IsEmpty, IsNotEmpty, LessThan, LessThanOrEqual, GreaterThan,
GreaterThanOrEqual, And, Or, Date('…') and Today(). RelativeDate is not offered and is refused.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.errors import QuerySyntax

Lookup = Callable[[str], Any]
Term = Callable[[Lookup], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<field>\[[^\]]+\])|(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z]\w*)|(?P<mark>[(),]))"
)


def parse(text: str, now: datetime) -> Callable[[Lookup], bool]:
    """The test a formula stands for. Raises QuerySyntax naming the place."""
    reader = _Reader(text, now)
    term = reader.term()
    if text[reader.at :].strip():
        raise reader.wrong("nothing more was expected")
    return lambda lookup: bool(term(lookup))


class _Reader:
    def __init__(self, text: str, now: datetime) -> None:
        self.text, self.now, self.at = text, now, 0

    def term(self) -> Term:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None:
            raise self.wrong("the formula ends or cannot be read here")
        self.at = found.end()
        kind, word = found.lastgroup, found[found.lastgroup]
        if kind == "field":
            return lambda lookup: lookup(word[1:-1])
        if kind == "text":
            return lambda lookup: re.sub(r"\\(.)", r"\1", word[1:-1])
        if kind == "number":
            return lambda lookup: Decimal(word)
        if kind == "word" and word.lower() in ("true", "false"):
            return lambda lookup: word.lower() == "true"
        if kind == "word":
            return self._call(word)
        raise self.wrong(f"{word!r} was not expected")

    def _call(self, name: str) -> Term:
        terms = self._arguments()
        if name == "Today" and not terms:
            return lambda lookup: self.now.isoformat()
        if name == "Date" and len(terms) == 1:
            return terms[0]
        if name == "And" and terms:
            return lambda lookup: all(term(lookup) for term in terms)
        if name == "Or" and terms:
            return lambda lookup: any(term(lookup) for term in terms)
        if name in _ONE and len(terms) == 1:
            return lambda lookup: _ONE[name](terms[0](lookup))
        if name in _TWO and len(terms) == 2:
            return lambda lookup: _TWO[name](terms[0](lookup), terms[1](lookup))
        raise self.wrong(f"{name} with {len(terms)} arguments is not offered")

    def _arguments(self) -> list[Term]:
        self._need("(")
        terms: list[Term] = []
        while not self._take(")"):
            if terms:
                self._need(",")
            terms.append(self.term())
        return terms

    def _take(self, mark: str) -> bool:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found["mark"] != mark:
            return False
        self.at = found.end()
        return True

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            raise self.wrong(f"{mark!r} was expected")

    def wrong(self, what: str) -> QuerySyntax:
        return QuerySyntax(f"invalid filter at position {self.at}: {what}")


def _comparable(value: Any) -> Decimal | datetime | str | None:
    if isinstance(value, dict):
        value = value.get("amount", value.get("recordId"))
    if value is None or isinstance(value, Decimal):
        return value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return Decimal(text)
    except InvalidOperation:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sign(left: Any, right: Any) -> int | None:
    """Order of two values; None where they cannot be ordered."""
    a, b = _comparable(left), _comparable(right)
    if a is None or b is None:
        return 0 if a is b else None
    if type(a) is not type(b):
        a, b = str(left), str(right)
    return (a > b) - (a < b)  # type: ignore[operator]


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


_ONE: dict[str, Callable[[Any], bool]] = {
    "IsEmpty": _is_empty,
    "IsNotEmpty": lambda value: not _is_empty(value),
}
_TWO: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda a, b: _sign(a, b) == 0,
    "NotEqual": lambda a, b: _sign(a, b) != 0,
    "Contains": lambda a, b: not _is_empty(a) and str(b).lower() in str(a).lower(),
    "LessThan": lambda a, b: _sign(a, b) == -1,
    "LessThanOrEqual": lambda a, b: _sign(a, b) in (-1, 0),
    "GreaterThan": lambda a, b: _sign(a, b) == 1,
    "GreaterThanOrEqual": lambda a, b: _sign(a, b) in (0, 1),
}
