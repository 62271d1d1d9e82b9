"""The whole trail of every golden case, as text that a person reads and approves.

    python -m tests.obligations.trails [KIND …]              prints them
    python -m tests.obligations.trails --approve [KIND …]    keeps the digest of each

These are the words that a contract manager gets: read what changed before you approve it. The golden files
say what is right; the digests say that no other word has changed.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from obligations.model import Assessment, Step
from obligations.quantities import Quantity
from obligations.rules import assess
from obligations.terms import KINDS
from tests.obligations.golden_cases import as_of, load, observed_from, posed, reader_of

APPROVED = Path(__file__).parent / "trails.yaml"
"""By kind and case: the digest of the text that was approved."""


def texts(kind: str) -> dict[str, str]:
    """The text of each case of a kind's golden file, by the case's name."""
    content = load(kind)
    return {case["name"]: "\n".join(_assessed(content, case)) for case in content["cases"]}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def approved() -> dict[str, dict[str, str]]:
    loaded = yaml.load(
        APPROVED.read_text(encoding="utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    )
    assert isinstance(loaded, dict)
    return loaded


def _assessed(content: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    reader = reader_of(content)
    obligation, facts = posed(reader, content, case)
    for found in assess(obligation, facts, as_of(reader, case), observed_from({**content, **case})):
        yield from _lines(found)


def _lines(found: Assessment) -> Iterator[str]:
    held = found.occurrence
    figures = {
        "counts on": held.counts_on,
        "starts": held.starts_at and held.starts_at.isoformat(),
        "due": held.due_at and held.due_at.isoformat(),
        "target": found.target and f"{found.target.text} ({found.target.value} {found.target.unit})",
        "measured": found.measured
        and f"{found.measured.text} ({found.measured.value} {found.measured.unit})",
        "margin": found.margin and f"{found.margin.text} ({found.margin.value} {found.margin.unit})",
        "money": found.money and f"{found.money} {found.money_is} ({found.money.amount})",
        "aftermath": found.aftermath,
        "missing": "; ".join(found.missing),
    }
    yield f"{held.key}, {held.label}: {found.outcome.value}"
    yield "  " + " | ".join(f"{name} {value}" for name, value in figures.items() if value)
    yield f"  {found.summary}"
    yield from (_step(step) for step in found.trail)


def _quantity(found: Quantity | None) -> str:
    return f"{found.text} ({found.value} {found.unit})" if found else ""


def _step(step: Step) -> str:
    cited = [record.label for record in step.records] + [f"“{span.quote}”" for span in step.spans]
    return f"  - {step.rule}: {step.says}" + (f" [{', '.join(cited)}]" if cited else "")


def main(arguments: list[str]) -> None:
    """Print the trails of some kinds (or all), or approve them with `--approve`."""
    if "--approve" in arguments:
        read = [kind for kind in arguments if kind != "--approve"] or sorted(KINDS)
        held = approved() if APPROVED.exists() else {}
        held |= {kind: {name: digest(text) for name, text in texts(kind).items()} for kind in read}
        APPROVED.write_text(yaml.safe_dump(held, allow_unicode=True, width=200), encoding="utf-8")
        print(f"{sum(map(len, held.values()))} trails of {len(held)} kinds approved")
        return
    for kind in arguments or KINDS:
        for name, text in texts(kind).items():
            print(f"## {kind}: {name}\n{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
