"""Ranges of availability in words: "below 99.9% but at least 99.5%", "99.0% - 99.5%", "< 95%"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from extraction.patterns import search
from extraction.quantities import PercentMention, percents


@dataclass(frozen=True)
class Band:
    """A range of availability: under `below`, not under `at_least`."""

    below: Decimal | None
    at_least: Decimal | None
    doubtful: bool = False


UPPER = r"(?:below|less than|lower than|under|<(?!=)|fewer than|beneath|smaller than)"
LOWER = (
    r"(?:at least|not less than|no less than|down to(?: and including)?|greater than or equal to"
    r"|equal to or (?:greater|higher|more) than|at or above|or above|not below|not lower than|>=|≥|from|"
    r"(?:equal to or )?(?:above|exceeding|over|greater than|more than|higher than)|>|up to and including"
    r"|up from|but not under|not under|minimum of)"
)
BAND_PART = re.compile(
    rf"(?P<lower>(?:but |and |or )*(?:is |equal to or )?{LOWER})\s?(?:or equal to )?$|(?P<upper>(?:is "
    rf"|falls |falling |drops )*{UPPER})\s?(?:or equal to )?$|(?P<dash>(?:-|to|and|until|through))\s?$",
    re.IGNORECASE,
)


def read_band(text: str, title: str | None = None) -> Band | None:
    """The range of availability that a cell or phrase names; `title` is the column's, "less than".

    In a column, numbers without a percent sign count too.
    """
    marks = [p for p in percents(text) if p.value >= 20] or (_bare_numbers(text) if title is not None else [])
    if not marks:
        return None
    below: Decimal | None = None
    at_least: Decimal | None = None
    doubtful = False
    for number, mark in enumerate(marks[:2]):
        before = text[(marks[number - 1].end if number else 0) : mark.start].strip()
        match = BAND_PART.search(before)
        after = text[mark.end : mark.end + 22].lower()
        if match and match["lower"]:
            at_least = mark.value
        elif match and match["upper"]:
            below = mark.value
        elif re.match(r"\s?(?:or|and) (?:less|lower|below|under)", after):
            below, doubtful = mark.value, True
        elif re.match(r"\s?(?:or|and) (?:more|higher|above|greater|better|over)", after):
            at_least = mark.value
        elif len(marks) >= 2:
            below, at_least, doubtful = _range(marks)
            break
        elif search(UPPER, title or ""):
            below = mark.value
        elif search(LOWER, title or ""):
            at_least = mark.value
        else:
            below, doubtful = mark.value, True
    return Band(below, at_least, doubtful)


def _range(marks: Sequence[PercentMention]) -> tuple[Decimal, Decimal, bool]:
    """ "99.0% - 99.5%": the higher one bounds above, the lower one below."""
    return max(marks[0].value, marks[1].value), min(marks[0].value, marks[1].value), True


def _bare_numbers(text: str) -> list[PercentMention]:
    """Numbers without a percent sign in a column of percentages ("99.5 - 99.9")."""
    return [
        PercentMention(m.start(), m.end(), m.group(), value=Decimal(m.group().replace(",", ".")))
        for m in re.finditer(r"(?<![\d.,])(?:100|[4-9]\d)[.,]\d{1,4}(?![\d%])", text)
    ]
