"""What the terminal shows: aligned tables, wrapped text, or JSON of the same content."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from obligations.model import Assessment

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

COLOURS = {
    "met": "green",
    "breached": "bold red",
    "at_risk": "yellow",
    "pending": "cyan",
    "undetermined": "magenta",
    "not_applicable": "dim",
    "waived": "dim",
    "approved": "green",
    "proposed": "cyan",
    "rejected": "red",
    "executed": "green",
    "failed": "bold red",
    "preferred": "green",
    "fallback": "yellow",
    "deviation": "bold red",
    "not judged": "dim",
}


def outcome(word: str) -> str:
    """An outcome or state as a person reads it, in its colour."""
    return f"[{COLOURS.get(word, 'default')}]{word.replace('_', ' ')}[/]"


def standing(assessment: "Assessment") -> str:
    """An assessment's outcome as a person reads it, with what became of it: "breached, disputed"."""
    found = outcome(assessment.outcome.value)
    return f"{found}, {assessment.aftermath}" if assessment.aftermath else found


def print_json(body: Any) -> None:
    """One JSON document on standard output; models, dates and decimals as the API gives them."""
    print(json.dumps(body, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table without frames; cells are rich markup, so escape what comes from outside."""
    shown = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in head:
        shown.add_column(name, overflow="fold", header_style="dim")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)


def safe(text: object) -> str:
    """Outside text, with markup switched off and control characters removed."""
    plain = "".join(c if c.isprintable() else " " for c in str(text))
    return escape(plain)


def short(text: str, width: int) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(text.split())
    return safe(flat if len(flat) <= width else flat[: width - 1].rstrip() + "…")


_DAY_AND_HOUR = "%a %d %b %Y %H:%M"


def when(instant: datetime | None, zone: str) -> str:
    """An instant in the company's zone, such as "Tue 10 Nov 2026 13:30".

    The end of a day elsewhere keeps that day and names its zone: "Fri 13 Nov 2026 23:59 EST".
    """
    if instant is None:
        return ""
    ours = instant.astimezone(ZoneInfo(zone))
    elsewhere = isinstance(instant.tzinfo, ZoneInfo) and instant.utcoffset() != ours.utcoffset()
    if elsewhere and instant.date() != ours.date():
        return instant.strftime(f"{_DAY_AND_HOUR} %Z")
    return ours.strftime(_DAY_AND_HOUR)
