"""Long answers as places, not rows: what a query found is kept, and rows are made as they are shown.

A table is made of parts (a ticket, an invoice), each of which gives its rows. Kept answers hold for one
state of the tables: `Kept` forgets them when something was written or the clock was moved.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar, overload

P = TypeVar("P")
R = TypeVar("R")
Place = tuple[P, int]
"""A part, and which of its rows."""


class Listing(Sequence[R], Generic[P, R]):
    """Rows in one order, each made when it is asked for; `keys` are what the first field says of each."""

    def __init__(
        self,
        places: Sequence[Place[P]],
        make: Callable[[P], Sequence[R]],
        keys: Sequence[Any] = (),
        start: int = 0,
    ) -> None:
        self.keys = keys
        self._places = places
        self._make = make
        self._start = start

    def __len__(self) -> int:
        return len(self._places) - self._start

    @overload
    def __getitem__(self, wanted: int) -> R: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[R]: ...
    def __getitem__(self, wanted: int | slice) -> R | list[R]:
        chosen = range(self._start, len(self._places))[wanted]
        if isinstance(chosen, range):
            return [self._row(place) for place in chosen]
        return self._row(chosen)

    def _row(self, at: int) -> R:
        part, number = self._places[at]
        return self._make(part)[number]

    def behind(self, start: int) -> "Listing[P, R]":
        """The rows from `start` on."""
        return Listing(self._places, self._make, self.keys, self._start + start)


class Kept:
    """The last few answers, each by what was asked, as long as the tables stay in one state."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._state: Any = None
        self._held: OrderedDict[Any, Any] = OrderedDict()

    def get(self, state: Any, asked: Any, find: Callable[[], R]) -> R:
        """What was found for `asked` in this state, looked for only once."""
        if state != self._state:
            self._held.clear()
            self._state = state
        if asked not in self._held:
            self._held[asked] = find()
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        self._held.move_to_end(asked)
        found: R = self._held[asked]
        return found


def places(parts: Iterable[P], make: Callable[[P], Sequence[R]]) -> Iterable[tuple[R, Place[P]]]:
    """Every row of the parts, with its place; no row is held."""
    return ((row, (part, number)) for part in parts for number, row in enumerate(make(part)))
