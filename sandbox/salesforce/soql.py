"""SOQL, read into a tree: SELECT with relationships and child queries, WHERE, ORDER BY, LIMIT, OFFSET.

Nothing is looked up here. What the grammar does not allow raises `SoqlError` with the place, as Salesforce
tells it; grouping and aggregates other than COUNT() are outside this subset.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from sandbox.errors import QuerySyntax

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:\\.|[^'\\])*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[zZ]|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)(?![\dT])
    |(?P<number>[+-]?\d+(?:\.\d+)?)(?![\w-])
    |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<mark><=|>=|!=|<>|[=<>(),:])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
RANGES = frozenset(
    {"TODAY", "YESTERDAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"}
    | {f"{which}_{span}" for which in ("THIS", "LAST", "NEXT") for span in ("WEEK", "MONTH", "YEAR")}
)
COUNTED = frozenset({"LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO"})
OPERATORS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


class SoqlError(QuerySyntax):
    """A query that cannot be run: Salesforce's code and its words."""

    def __init__(self, message: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Value:
    """A literal: `kind` is string, number, boolean, null, date, datetime or range (its name and count)."""

    kind: str
    value: Any
    count: int = 0


@dataclass(frozen=True)
class Path:
    steps: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.steps)


@dataclass(frozen=True)
class Compare:
    path: Path
    operator: str
    value: Value


@dataclass(frozen=True)
class Among:
    path: Path
    inside: bool
    values: "tuple[Value, ...] | Query"


@dataclass(frozen=True)
class Logic:
    how: Literal["and", "or", "not"]
    parts: "tuple[Condition, ...]"


Condition = Compare | Among | Logic


@dataclass(frozen=True)
class Order:
    path: Path
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class Query:
    """`source` is the object, or in a child query the name of the relationship."""

    text: str
    select: "tuple[Path | Query, ...]"
    source: Path
    alias: str = ""
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    counts: bool = False
    every: str = ""


def pointed(text: str, at: int) -> str:
    """The place of a mistake as Salesforce shows it: the query around it, a caret, row and column."""
    begin = max(0, at - 30)
    shown = text[begin : at + 45].replace("\n", " ")
    return f"\n{shown}\n{' ' * (at - begin)}^\nERROR at Row:1:Column:{at + 1}\n"


def parse(text: str) -> Query:
    """The whole query as a tree. Raises SoqlError."""
    reader = _Reader(text, list(_tokens(text)))
    query = reader.query()
    if reader.token is not None:
        raise reader.unexpected()
    return query


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SoqlError(f"{pointed(text, at)}unexpected token: '{text[at]}'")
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0], at))
        at = match.end()
    return found


@dataclass
class _Reader:
    text: str
    tokens: list[Token]
    place: int = field(default=0)

    @property
    def token(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def unexpected(self) -> SoqlError:
        token = self.token
        if token is None:
            return SoqlError("unexpected token: '<EOF>'")
        return SoqlError(f"{pointed(self.text, token.at)}unexpected token: '{token.text}'")

    def is_word(self, *words: str) -> bool:
        token = self.token
        return token is not None and token.kind == "name" and token.text.upper() in words

    def takes(self, *words: str) -> bool:
        """Pass over these words in a row, if they come next."""
        begun = self.place
        for word in words:
            token = self.token
            if token is None or token.text.upper() != word or token.kind == "string":
                self.place = begun
                return False
            self.place += 1
        return True

    def needs(self, *words: str) -> None:
        if not self.takes(*words):
            raise self.unexpected()

    def next(self, kind: str) -> Token:
        token = self.token
        if token is None or token.kind != kind:
            raise self.unexpected()
        self.place += 1
        return token

    # -- the parts of a query -------------------------------------------------------------------------

    def query(self) -> Query:
        self.needs("SELECT")
        counts, every = self.takes("COUNT", "(", ")"), ""
        select: list[Path | Query] = []
        if not counts and self.takes("FIELDS", "("):
            every = self.next("name").text.upper()
            self.needs(")")
        elif not counts:
            select.append(self.selected())
            while self.takes(","):
                select.append(self.selected())
        self.needs("FROM")
        source = self.path()
        alias = (
            "" if self.is_word("WHERE", "ORDER", "LIMIT", "OFFSET") or not self._names() else self._alias()
        )
        where = self.any_of() if self.takes("WHERE") else None
        order = self.orders() if self.takes("ORDER", "BY") else ()
        limit = self.whole() if self.takes("LIMIT") else None
        offset = self.whole() if self.takes("OFFSET") else 0
        return Query(self.text, tuple(select), source, alias, where, order, limit, offset or 0, counts, every)

    def _names(self) -> bool:
        return self.token is not None and self.token.kind == "name"

    def _alias(self) -> str:
        return self.next("name").text

    def selected(self) -> "Path | Query":
        if not self.takes("("):
            return self.path()
        inner = self.query()
        self.needs(")")
        return inner

    def path(self) -> Path:
        token = self.next("name")
        return Path(tuple(token.text.split(".")), token.at)

    def whole(self) -> int:
        token = self.next("number")
        if not token.text.isdigit():
            raise SoqlError(f"{pointed(self.text, token.at)}unexpected token: '{token.text}'")
        return int(token.text)

    def orders(self) -> tuple[Order, ...]:
        found = [self.one_order()]
        while self.takes(","):
            found.append(self.one_order())
        return tuple(found)

    def one_order(self) -> Order:
        path = self.path()
        descending = self.takes("DESC")
        if not descending:
            self.takes("ASC")
        first = True
        if self.takes("NULLS"):
            first = self.takes("FIRST")
            if not first:
                self.needs("LAST")
        return Order(path, descending, first)

    # -- conditions -----------------------------------------------------------------------------------

    def any_of(self) -> Condition:
        """AND or OR of simple ones; the two are mixed only with brackets, as in Salesforce."""
        parts = [self.simple()]
        how: Literal["and", "or"] = "or" if self.is_word("OR") else "and"
        while self.takes(how.upper()):
            parts.append(self.simple())
        if self.is_word("AND", "OR"):
            raise self.unexpected()
        return parts[0] if len(parts) == 1 else Logic(how, tuple(parts))

    def simple(self) -> Condition:
        if self.takes("NOT"):
            return Logic("not", (self.simple(),))
        if self.takes("("):
            inner = self.any_of()
            self.needs(")")
            return inner
        path = self.path()
        if self.takes("IN"):
            return Among(path, True, self.several())
        if self.takes("NOT", "IN"):
            return Among(path, False, self.several())
        if self.takes("LIKE"):
            return Compare(path, "like", self.value())
        operator = self.next("mark")
        if operator.text not in OPERATORS:
            self.place -= 1
            raise self.unexpected()
        return Compare(path, OPERATORS[operator.text], self.value())

    def several(self) -> "tuple[Value, ...] | Query":
        self.needs("(")
        found: tuple[Value, ...] | Query
        if self.is_word("SELECT"):
            found = self.query()
        else:
            values = [self.value()]
            while self.takes(","):
                values.append(self.value())
            found = tuple(values)
        self.needs(")")
        return found

    def value(self) -> Value:
        token = self.token
        if token is None or token.kind in ("space", "mark"):
            raise self.unexpected()
        self.place += 1
        if token.kind == "name":
            return self.word(token)
        return literal(token, self.text)

    def word(self, token: Token) -> Value:
        word = token.text.upper()
        if word in ("TRUE", "FALSE"):
            return Value("boolean", word == "TRUE")
        if word == "NULL":
            return Value("null", None)
        if word in RANGES:
            return Value("range", word)
        if word in COUNTED and self.takes(":"):
            return Value("range", word, self.whole())
        self.place -= 1
        raise self.unexpected()


def literal(token: Token, text: str) -> Value:
    try:
        if token.kind == "string":
            return Value("string", _unescaped(token.text[1:-1]))
        if token.kind == "number":
            return Value("number", Decimal(token.text))
        if token.kind == "date":
            return Value("date", date.fromisoformat(token.text))
        moment = datetime.fromisoformat(token.text.upper().replace("Z", "+00:00"))
        return Value("datetime", moment.astimezone(UTC))
    except ValueError:
        raise SoqlError(
            f"{pointed(text, token.at)}line 1:{token.at} unexpected token: '{token.text}'"
        ) from None


def _unescaped(text: str) -> str:
    # `\%` and `\_` keep their backslash: they are plain characters for LIKE only.
    return re.sub(
        r"\\(.)",
        lambda found: found[0] if found[1] in "%_" else _ESCAPES.get(found[1].lower(), found[1]),
        text,
    )
