"""The figures of a text, of every sort that a typed term can hold, each with its place.

What `quantities`, `dates`, `periods` and `priorities` find one sort at a time stands here side by side, so
that the figures of two texts can be laid against each other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from extraction.dates import dates
from extraction.periods import period_mentions
from extraction.priorities import Priorities
from extraction.quantities import (
    FIGURES,
    NUMBER_WORDS,
    ORDINAL,
    durations,
    money,
    number_value,
    ordinal_value,
    percents,
)
from obligations.quantities import Duration

Sort = Literal["duration", "percent", "money", "date", "per", "priority", "count"]

_COUNT = re.compile(
    rf"(?<![\w.,$€£-])(?:(?P<nth>{ORDINAL})|(?P<n>{NUMBER_WORDS}(?: \(\d+\))?|{FIGURES}))(?![\w%])",
    re.IGNORECASE,
)
_IN_BRACKETS = 3
_ANY_NUMBER = re.compile(
    rf"\d|\b(?:{NUMBER_WORDS}|{ORDINAL})\b|\b(?:an?|each|every|per) (?:hour|day|week|month|quarter|year)"
    r"|ly\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at `start..end` of flat text.

    `value` is a Duration, Decimal, date or name ("month", "P1"), by sort; `written` is the same as typed
    terms take it. `business`: a duration of business time. `doubtful`: it says two things.
    """

    start: int
    end: int
    sort: Sort
    value: Duration | Decimal | date | str
    written: str | Decimal | date
    text: str = ""
    business: bool = False
    currency: str = ""
    doubtful: bool = False


def has_figure(text: str) -> bool:
    """A quick look whether there can be any figure at all."""
    return _ANY_NUMBER.search(text) is not None


def figures(text: str, priorities: Priorities, *, month_first: bool = False) -> tuple[Figure, ...]:
    """Every figure of a flat text, in order; a number is a count only where it is nothing else."""
    found = [*_lengths(text), *_shares(text), *_days(text, month_first)]
    for m in priorities.mentions(text):
        said = text[m.start : m.end]
        several = len(m.priorities) > 1
        name = m.priorities[0]
        found.append(Figure(m.start, m.end, "priority", name, name, said, doubtful=several))
    taken = [(figure.start, figure.end) for figure in found]
    found += [f for f in _counts(text) if not any(start < f.end and f.start < end for start, end in taken)]
    for p in period_mentions(text):
        found.append(Figure(p.start, p.end, "per", p.per, p.per, text[p.start : p.end]))
    return tuple(_said_once(sorted(found, key=lambda figure: (figure.start, figure.end))))


def _said_once(found: list[Figure]) -> Iterator[Figure]:
    """Without the second of two figures that say one thing, in words and in brackets after them."""
    last: Figure | None = None
    for figure in found:
        again = last is not None and (figure.sort, figure.value) == (last.sort, last.value)
        if last is None or not (again and figure.start - last.end <= _IN_BRACKETS):
            yield figure
        last = figure


def _lengths(text: str) -> Iterator[Figure]:
    for d in durations(text):
        value = Duration.model_validate(d.iso)
        yield Figure(d.start, d.end, "duration", value, d.iso, d.text, d.business, doubtful=d.conflict)


def _shares(text: str) -> Iterator[Figure]:
    for p in percents(text):
        yield Figure(p.start, p.end, "percent", p.value, p.value, p.text, doubtful=p.conflict)
    for m in money(text):
        yield Figure(m.start, m.end, "money", m.amount, m.amount, m.text, currency=m.currency)


def _days(text: str, month_first: bool) -> Iterator[Figure]:
    for d in dates(text, month_first=month_first):
        yield Figure(d.start, d.end, "date", d.day, d.day, d.text, doubtful=d.ambiguous)


def _counts(text: str) -> Iterator[Figure]:
    for match in _COUNT.finditer(text):
        if match["nth"]:
            nth = ordinal_value(match["nth"].replace(" ", ""))
            value = None if nth is None else Decimal(nth)
        else:
            value = number_value(match["n"].partition(" (")[0])
        if value is not None:
            yield Figure(match.start(), match.end(), "count", value, value, match.group())
