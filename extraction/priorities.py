"""Priorities as contracts name them, brought to "P1".."P5": the contract's own table decides.

"Priority 1", "Severity One", "Sev-2", "P3", "Level IV" carry their number. Names such as "Critical"
take the number that the contract gives them; only where it gives none do the usual names count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extraction.sentences import Sentence
from extraction.tables import Grid

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5,
    "a": 1, "b": 2,
    "c": 3, "d": 4, "e": 5, "0": 1,
} | {str(n): n for n in range(1, 6)}  # fmt: skip
_NUMBER = r"(?:[0-5]|one|two|three|four|five|iv|v|i{1,3})"
_NUMBERED = re.compile(
    rf"\b(?:(?:priority|severity|sev|prio|level|class|category|urgency|tier)(?: (?:level|class|code"
    rf"|category))?[\s#:.-]{{0,2}}"
    rf"(?P<n>{_NUMBER}|[a-e](?=\b))\b|(?P<short>[PS])[\s-]?(?P<m>[1-5])\b)"
    rf"(?P<more>(?:\s?(?:,|and|or|&|/|to|-|through)\s?(?:(?:priority|severity|sev|p|s)[\s-]?)?"
    rf"(?:level\s)?{_NUMBER}\b(?!\s?(?:%|hours?|minutes?|days?)))*)",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"(?P<join>,|and|or|&|/|to|-|through)\s?(?:(?:priority|severity|sev|p|s)[\s-]?)?(?:level\s)?"
    rf"(?P<n>{_NUMBER})\b",
    re.IGNORECASE,
)
_USUAL = {
    "critical": 1, "urgent": 1, "emergency": 1, "blocker": 1, "showstopper": 1, "very high": 1, "highest": 1,
    "high": 2, "major": 2, "serious": 2, "severe": 2, "important": 2,
    "medium": 3, "moderate": 3, "normal": 3, "routine": 3, "standard": 3, "minor": 3, "average": 3,
    "low": 4, "cosmetic": 4, "trivial": 4, "informational": 4, "non-critical": 3, "non-urgent": 3,
    "lowest": 5, "planning": 5,
}  # fmt: skip
_NAMES = re.compile(
    r"(?<![\w-])(?:" + "|".join(sorted(map(re.escape, _USUAL), key=len, reverse=True)) + r")\b", re.IGNORECASE
)
_ABOUT_A_TICKET = re.compile(
    r"^\W{0,2}(?:\w+\s)?(?:priority|severity|incidents?|faults?|calls?|issues?|problems?|errors?"
    r"|defects?|tickets?|requests?|events?|"
    r"failures?|outages?|cases?|queries|breakdowns?|repairs?|-|:|\()",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PriorityMention:
    start: int
    end: int
    priorities: tuple[str, ...]


@dataclass(frozen=True)
class Priorities:
    """What names stand for which priority in one document."""

    names: dict[str, int] = field(default_factory=dict)

    def in_cell(self, text: str) -> str | None:
        """The priority a table cell names: "P1", "1", "Severity 2 (High)", "Critical"."""
        if mention := next(self.mentions(text, cell=True), None):
            return mention.priorities[0]
        stripped = text.strip().lower().rstrip(".")
        if stripped in _NUMBERS:
            return f"P{_NUMBERS[stripped]}"
        return None

    def mentions(self, text: str, *, cell: bool = False) -> Iterator[PriorityMention]:
        """Every priority the text names, in order, each with the priorities it stands for."""
        found = [m for match in _NUMBERED.finditer(text) if (m := _numbered(match))]
        taken = [(m.start, m.end) for m in found]
        for name, number in self.names.items():
            for match in re.finditer(rf"(?<![\w-]){re.escape(name)}s?\b", text, re.IGNORECASE):
                if not _covered(taken, match.start()) and (
                    cell or " " in name or _ABOUT_A_TICKET.match(text[match.end() :].lstrip())
                ):
                    found.append(PriorityMention(match.start(), match.end(), (f"P{number}",)))
                    taken.append(match.span())
        for match in _NAMES.finditer(text):
            if _covered(taken, match.start()) or match.group().lower() in self.names:
                continue
            if cell or _ABOUT_A_TICKET.match(text[match.end() :].lstrip()):
                found.append(PriorityMention(*match.span(), (f"P{_USUAL[match.group().lower()]}",)))
        yield from sorted(found, key=lambda m: m.start)


def _covered(taken: Sequence[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end + 4 for start, end in taken)


def _numbered(match: re.Match[str]) -> PriorityMention | None:
    said = (match["n"] or match["m"]).lower()
    if said not in _NUMBERS or (match["short"] and match["short"] not in "PS"):
        return None
    numbers = [_NUMBERS[said]]
    for more in _MORE.finditer(match["more"] or ""):
        number = _NUMBERS[more["n"].lower()]
        if more["join"].lower() in ("to", "-", "through"):
            numbers += range(numbers[-1] + 1, number + 1)
        else:
            numbers.append(number)
    return PriorityMention(match.start(), match.end(), tuple(f"P{n}" for n in dict.fromkeys(numbers)))


_DEFINED = re.compile(
    r"\"(?P<first>[^\"]{2,50})\"\s?(?:\(?or|/|,)\s?(?:an? |the )?\"(?P<second>[^\"]{2,50})\""
)


def find_priorities(grids: Sequence[Grid], sentences: Sequence[Sentence]) -> Priorities:
    """Read which names the contract gives its priorities, from its tables and its definitions."""
    plain_names = Priorities()
    names: dict[str, int] = {}
    for grid in grids:
        for column in grid.columns("priority") or ((0,) if not grid.head else ()):
            _learn_from_column(grid, column, plain_names, names)
    for sentence in sentences:
        if '"' not in sentence.text:
            continue
        for match in _DEFINED.finditer(sentence.text):
            _learn_pair(match["first"], match["second"], plain_names, names)
            _learn_pair(match["second"], match["first"], plain_names, names)
    return Priorities(names)


def _learn_pair(numbered: str, name: str, known: Priorities, names: dict[str, int]) -> None:
    mention = next((_numbered(m) for m in _NUMBERED.finditer(numbered)), None)
    if mention and not _NUMBERED.search(name):
        names[name.lower()] = int(mention.priorities[0][1:])


def _learn_from_column(grid: Grid, column: int, known: Priorities, names: dict[str, int]) -> None:
    """ "1 - Critical", or a numbered column beside a column of names, or names in rising order."""
    named = next(
        (
            n
            for n, title in enumerate(grid.head)
            if title.strip().lower() in ("name", "label", "description", "level")
        ),
        None,
    )
    order: list[str] = []
    for row in grid.rows:
        cell = row.cell(column)
        if cell is None or not cell.text:
            continue
        usual = _NAMES.search(cell.text) if len(cell.text) < 40 else None
        match = next((m for f in [_NUMBERED.search(cell.text)] if f and (m := _numbered(f))), None)
        bare = re.match(r"\s*([1-5])\b", cell.text)
        number = int(match.priorities[0][1:]) if match else (int(bare.group(1)) if bare else None)
        if number and usual:
            names[usual.group().lower()] = number
        if number and named is not None and (name := row.cell(named)) and 0 < len(name.text) < 24:
            names[name.text.lower()] = number
        if number is None and usual and usual.group().lower() not in order:
            order.append(usual.group().lower())
    if len(order) >= 2 and len(order) == len(grid.rows):
        names.update({name: number for number, name in enumerate(order, start=1)})
