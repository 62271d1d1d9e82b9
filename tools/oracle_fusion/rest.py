"""Oracle Fusion's REST resources: lists by `q`, in pages by offset, with the rows below their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tools.kit.call import Call, segment
from tools.kit.errors import Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number
from tools.oracle_fusion.fields import children, cut, key_of

if TYPE_CHECKING:
    from tools.kit.http import Client

MANY = 20
"""Values in one `in (…)`: addresses have a length that proxies refuse."""
_SIZE = 100


def quoted(value: str) -> str:
    """A text as a literal of `q`; ValueError for one with control characters."""
    if not value.isprintable():
        raise ValueError(f"{value[:40]!r} cannot be searched for")
    return "'" + value.replace("'", "''") + "'"


def is_one_of(field: str, values: Iterable[str]) -> Iterator[str]:
    """Conditions of `q` that together hold for a field with one of the values; those that cannot be
    searched for are left out."""
    good = sorted({each for each in values if each and each.isprintable()})
    for start in range(0, len(good), MANY):
        yield f"{field} in ({', '.join(quoted(each) for each in good[start : start + MANY])})"


class Resources:
    """The resources of one environment."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self.http = http

    def page(self, path: str, params: dict[str, str | int]) -> Page:
        """One page of a list. Raises WrongAnswer for anything else."""
        data = self.http.get(f"/{path}", params).data
        items = data.get("items") if isinstance(data, dict) else None
        if not isinstance(items, list) or not all(isinstance(row, dict) for row in items):
            raise WrongAnswer(self.name, "no list in the answer", place=f"GET /{path}")
        return Page(items, more=data.get("hasMore") is True)

    def all(self, path: str, params: dict[str, str | int]) -> Iterator[Row]:
        """Every row of a short list."""
        guard = LoopGuard(self.name, f"GET /{path}")

        def fetch(number: int) -> Page:
            return self.page(path, {**params, "limit": _SIZE, "offset": number * _SIZE})

        for page in by_number(fetch, repr, guard):
            yield from page.rows

    def where(self, path: str, conditions: Iterable[str], params: dict[str, str | int]) -> list[Row]:
        """Every row for which one of the conditions holds."""
        return [row for each in conditions for row in self.all(path, {**params, "q": each})]

    def completed(self, path: str, row: Row, expands: Sequence[str]) -> Row:
        """The row at `path` with all rows below it: a page of them came with it, the others are fetched.
        Raises Skippable where their address is not told."""
        if not _open(row, expands):
            return row
        own = f"{path}/{self.key(row, path)}"
        for name in dict.fromkeys(each.partition(".")[0] for each in expands):
            below = [rest for each in expands if (rest := each.removeprefix(f"{name}.")) != each]
            place, held = f"{own}/child/{name}", children(row, name)
            if cut(row, name):
                expand: dict[str, str | int] = {"expand": ",".join(below)} if below else {}
                held = list(self.all(place, {**expand, "links": "self"}))
            row = {**row, name: [self.completed(place, each, below) for each in held]}
        return row

    def key(self, row: Row, path: str) -> str:
        """A row's key as a segment of an address. Raises Skippable where the row has no link of its own."""
        key = key_of(row)
        if not key:
            raise Skippable(
                self.name, "a row without a link to itself", place=path, remedy="Report it to the vendor."
            )
        return segment(key)

    def send(self, method: str, path: str, body: Any = None, *, repeatable: bool = False) -> Row:
        """Write one row, and the row as it stands then. Raises WrongAnswer where none is answered."""
        data = self.http.send(Call(method, f"/{path}", body=body, repeatable=repeatable)).data
        if not isinstance(data, dict) or not data:
            raise WrongAnswer(self.name, "no row in the answer", place=f"{method} /{path}")
        return data


def _open(row: Row, names: Sequence[str]) -> bool:
    """Is anything below the row missing, at whatever depth?"""
    for each in names:
        name, _, below = each.partition(".")
        if cut(row, name) or (below and any(_open(child, [below]) for child in children(row, name))):
            return True
    return False
