"""What a clause hangs on, below the clause itself: defined terms and see also."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.hangs_on import SeeAlso, Term

MOST = 5
_WIDTH = 160


def show(terms: "Sequence[Term]", also: "Sequence[SeeAlso]") -> None:
    """Terms with a meaning and clauses referred to, each with number and words, at most a handful of both.

    Names given in passing, such as those of the parties, are left to the API.
    """
    from cli.output import console, safe, short

    meant = [term for term in terms if term.how != "name"]
    lines = [("defined terms", term.term, term.section, term.text) for term in meant[:MOST]]
    led = [each for each in also if each.standing == "here"]
    lines += [("see also", each.said, each.section, each.text) for each in led[:MOST]]
    before = ""
    for head, said, section, text in lines:
        label = f"{head}:" if head != before else ""
        where = f" ({safe(_number(section))})" if section else ""
        console.print(
            f"      [dim]{label:<14}[/] [bold]{safe(said)}[/]{where} [dim]“{short(text, _WIDTH)}”[/]"
        )
        before = head
    lost = [each.said for each in also if each.standing == "missing"]
    if lost:
        console.print(f"      [yellow]not in this document:[/] {safe(', '.join(lost))}")


def _number(section: str) -> str:
    """The number of a section, or the heading of one that has none."""
    first = section.partition(" ")[0]
    return first if first[:1].isdigit() or first[:1] == "(" else section[:50]
