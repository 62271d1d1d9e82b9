"""The table of docs/connectors.md, made of the connectors' own profiles.

python -m tools.catalogue           write it between its two markers
python -m tools.catalogue --check   exit code 1 where the page is not current
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from tools.kit.profile import Area, Profile
from tools.registry import profiles

PAGE = Path(__file__).parents[1] / "docs" / "connectors.md"
BEGIN = "<!-- made by `python -m tools.catalogue` -->"
END = "<!-- end of what is made -->"
HEAD = ("area", "system", "reads", "writes", "proved", "waits for a tenant")


def table(known: Iterable[Profile]) -> str:
    """A row for each kind, by area and title, as Markdown."""
    areas = get_args(Area)
    ordered = sorted(known, key=lambda profile: (areas.index(profile.area), profile.title))
    rows = [HEAD, tuple("---" for _ in HEAD), *(_row(profile) for profile in ordered)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(profile: Profile) -> tuple[str, ...]:
    proofs = (f"**{proof}** ({what})" for proof, what in profile.proved)
    name = f"[{_cell(profile.title)}](connectors/{profile.kind}.md), `{profile.kind}`"
    lists = (profile.reads, profile.writes, proofs, profile.waits)
    return (profile.area, name, *("; ".join(map(_cell, texts)) or "nothing" for texts in lists))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def renewed(page: str, known: Iterable[Profile]) -> str:
    """The page with its table as it should be. Raises ValueError where a marker is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN!r} or {END!r}")
    return f"{before}{BEGIN}\n\n{table(known)}\n\n{END}{after}"


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.catalogue", description=(__doc__ or "").strip())
    parser.add_argument("--check", action="store_true", help="change nothing, fail where it is not current")
    check: bool = parser.parse_args(words).check
    page = PAGE.read_text(encoding="utf-8")
    current = renewed(page, profiles())
    if check and current != page:
        print("docs/connectors.md is not current: run `python -m tools.catalogue`", file=sys.stderr)
        return 1
    if current != page:
        PAGE.write_text(current, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
