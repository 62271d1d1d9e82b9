"""Which clause of the library is a sentence most like? An inverted index over the library's words.

A clause is held sentence by sentence. Only words count: figures, names of the parties and capitalised
names that the library does not know are left out, endings are cut, and a word weighs more the fewer
clauses of the library use it. Likeness is the cosine of the two texts, 0 to 1.

Only the rarest words of a clause are indexed, those without which it cannot reach the least likeness asked
for; so a sentence is compared with a few clauses or, mostly, with none.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from extraction.figures import Figure, figures
from extraction.library import Library, LibraryClause
from extraction.priorities import Priorities
from extraction.quantities import NUMBER_WORDS
from extraction.sentences import segment
from obligations.document import Document
from obligations.quantities import Duration

Path = tuple[str | int, ...]
"""Where a value stands in a clause's terms: ("tiers", 0, "percent")."""

FEWEST = 6
"""A text of fewer different words is too short to be like anything."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_NUMBER = re.compile(NUMBER_WORDS, re.IGNORECASE)
_SIDES = frozenset({
    "customer", "supplier", "provider", "vendor", "client", "licensee", "licensor", "buyer", "seller",
    "contractor", "party", "parties", "company", "purchaser", "distributor", "reseller", "agent",
    "franchisee", "franchisor", "lessor", "lessee", "manufacturer", "owner", "sponsor", "consultant",
    "principal", "producer", "operator", "carrier", "publisher", "developer", "subscriber",
})  # fmt: skip
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")
_MONEY_TERMS = frozenset({"amount", "threshold", "price", "cap", "aggregate", "deductible"})
_PERIOD_TERMS = frozenset({"per", "every", "base_per", "price_per", "most_per"})


@dataclass(frozen=True)
class Unit:
    """One sentence of a library clause; `figures` are those of its terms that this sentence states.

    `figured` are the terms that any sentence of the clause states as a figure; `main` is the first of them
    that measures something, without which the promise is not made.
    """

    clause: LibraryClause
    text: str
    figures: tuple[tuple[Path, Figure], ...]
    stems: frozenset[str]
    figured: frozenset[Path] = frozenset()
    main: Path | None = None


@dataclass(frozen=True)
class Nearest:
    unit: Unit
    likeness: float


class ClauseIndex:
    """The library's clauses, found by their words.

    `least` is the likeness that a clause of any kind must reach, `hinted` the lower one for clauses of a
    kind that something else speaks for.
    """

    def __init__(self, library: Library, *, least: float, hinted: float) -> None:
        self.library, self.least, self.hinted = library, least, hinted
        raw = [piece for clause in library.clauses for piece in _pieces(clause)]
        stems = [frozenset(_stems(text, frozenset())) for _, text, _ in raw]
        counts = Counter(stem for each in stems for stem in each)
        self._squares = {stem: math.log(1 + len(raw) / count) ** 2 for stem, count in counts.items()}
        self._unknown = (math.log(1 + len(raw)) / 2) ** 2
        figured: dict[str, dict[Path, Figure]] = defaultdict(dict)
        for clause, _, stated in raw:
            figured[clause.id].update(stated)
        self.units = tuple(
            Unit(clause, text, stated, each, frozenset(figured[clause.id]), _main(clause, figured[clause.id]))
            for (clause, text, stated), each in zip(raw, stems, strict=True)
        )
        self._lengths = [self._square(unit.stems) for unit in self.units]
        self._rare: dict[str, list[int]] = defaultdict(list)
        self._of_kind: dict[str, list[int]] = defaultdict(list)
        self._common: list[float] = []
        for number, unit in enumerate(self.units):
            self._of_kind[unit.clause.kind].append(number)
            rare = self._prefix(unit.stems)
            self._common.append(self._lengths[number] - self._square(rare))
            for stem in rare:
                self._rare[stem].append(number)

    def nearest(
        self, text: str, names: Collection[str] = frozenset(), kinds: Collection[str] = ()
    ) -> Nearest | None:
        """The library sentence most like a flat text, None where none is like it enough.

        `names` are words of the parties' names, in lower case; `kinds` those that a hint speaks for.
        """
        stems = _stems(text, names, known=self._squares.__contains__)
        known = stems & self._squares.keys()
        if len(stems) < FEWEST:
            return None
        length = self._square(known) + self._unknown * (len(stems) - len(known))
        hinted = {number for kind in kinds for number in self._of_kind.get(kind, ())}
        if self._square(known) < (self.hinted if hinted else self.least) ** 2 * length:
            return None
        best: tuple[float, int] = (0.0, 0)
        for number in hinted | self._candidates(known, self.least**2 * length):
            shared = self._square(known & self.units[number].stems)
            alike = shared / math.sqrt(self._lengths[number] * length)
            if alike >= (self.hinted if number in hinted else self.least):
                best = max(best, (alike, -number))
        return Nearest(self.units[-best[1]], round(best[0], 3)) if best[0] else None

    def _candidates(self, known: Collection[str], reach: float) -> set[int]:
        """The clauses that could be like enough if they shared all of their common words, too."""
        shared: dict[int, float] = defaultdict(float)
        for stem in known:
            for number in self._rare.get(stem, ()):
                shared[number] += self._squares[stem]
        return {
            number
            for number, square in shared.items()
            if (square + self._common[number]) ** 2 >= reach * self._lengths[number]
        }

    def _square(self, stems: Collection[str]) -> float:
        """The square of the length of the vector of these words, all of them known."""
        return sum(map(self._squares.__getitem__, stems))

    def _prefix(self, stems: Collection[str]) -> list[str]:
        """The heaviest words, up to where the rest together can no longer reach the least likeness."""
        rest = whole = self._square(stems)
        chosen: list[str] = []
        for stem in sorted(stems, key=lambda each: (-self._squares[each], each)):
            if rest < self.least**2 * whole:
                break
            chosen.append(stem)
            rest -= self._squares[stem]
        return chosen


def _main(clause: LibraryClause, stated: dict[Path, Figure]) -> Path | None:
    paths = (path for path, _ in leaves(clause.terms) if path in stated)
    return next((path for path in paths if stated[path].sort not in ("per", "priority")), None)


def _stems(text: str, names: Collection[str], known: Callable[[str], bool] | None = None) -> set[str]:
    """The words of a text without their endings. With `known`, capitalised words that are not known are
    names, and left out."""
    found: set[str] = set()
    for word in _WORD.findall(text):
        lower = word.lower()
        if lower in names:
            continue
        stem = _stem(lower)
        if not stem or (known is not None and word[0].isupper() and not known(stem)):
            continue
        found.add(stem)
    return found


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """A word without its ending; empty for the parties' roles and for numbers."""
    if word in _SIDES or _NUMBER.fullmatch(word):
        return ""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _pieces(clause: LibraryClause) -> list[tuple[LibraryClause, str, tuple[tuple[Path, Figure], ...]]]:
    """The sentences of a clause that state its terms; all of them where none states a figure."""
    document = Document(id=clause.id, name=clause.id, media_type="text/plain", text=clause.text)
    open_leaves = list(leaves(clause.terms))
    pieces = []
    for sentence in segment(document):
        text = sentence.text[sentence.body :]
        stated = _stated(open_leaves, figures(text, Priorities()))
        open_leaves = [leaf for leaf in open_leaves if leaf[0] not in dict(stated)]
        pieces.append((clause, text, tuple(stated)))
    telling = [piece for piece in pieces if any(figure.sort != "per" for _, figure in piece[2])]
    return telling or pieces[:1]


def leaves(terms: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """The single values of a clause's terms, each with its path."""
    if isinstance(terms, dict):
        return [leaf for name, value in terms.items() for leaf in leaves(value, (*path, str(name)))]
    if isinstance(terms, list | tuple):
        return [leaf for number, value in enumerate(terms) for leaf in leaves(value, (*path, number))]
    return [(path, terms)]


def _stated(open_leaves: Sequence[tuple[Path, Any]], found: Sequence[Figure]) -> list[tuple[Path, Figure]]:
    """For each value that a text states as a figure: that figure. Two values share one only in need."""
    stated: list[tuple[Path, Figure]] = []
    for path, value in open_leaves:
        fitting = [figure for sort in _sorts(path, value) for figure in found if _is(figure, sort, value)]
        if fitting:
            used = [figure for _, figure in stated]
            stated.append((path, next((f for f in fitting if f not in used), fitting[0])))
    return stated


def _sorts(path: Path, value: Any) -> tuple[str, ...]:
    """The sorts of figure that can state a value, likeliest first."""
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if isinstance(value, bool) or value is None:
        return ()
    if isinstance(value, date | datetime):
        return ("date",)
    if isinstance(value, int | float | Decimal):
        return ("money", "count", "percent") if name in _MONEY_TERMS else ("percent", "count", "money")
    if name in _PERIOD_TERMS:
        return ("per",)
    return ("priority",) if name == "priority" else ("duration", "date")


def _is(figure: Figure, sort: str, value: Any) -> bool:
    """Does the figure state the value?"""
    if figure.sort != sort:
        return False
    if isinstance(figure.value, Duration):
        wanted = _length(str(value))
        held = figure.value
        return wanted is not None and (held.months, held.days, held.seconds) == (
            wanted.months,
            wanted.days,
            wanted.seconds,
        )
    if isinstance(figure.value, Decimal):
        return figure.value == Decimal(str(value))
    return str(figure.value) == str(value)


@lru_cache(maxsize=1024)
def _length(text: str) -> Duration | None:
    try:
        return Duration.model_validate(text)
    except ValueError:
        return None
