"""The report on a run of mutmut: killed and survived by module, and why the survivors are let live.

    python -m tests.mutation [--json] [--survivors]

Reads what `mutmut run` left in `mutants/`. A mutant counts as killed when a test fails or runs out of time,
or when `mypy --strict`, which every change has to pass, refuses it (tests/mutation/types.py); the share
that tests kill of those it does not refuse is shown too. `survivors.yaml` says why a survivor changes
nothing that matters. Exit code 1 below 90 % killed.
"""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

GOAL = 90
FOLDER = Path("mutants")
REASONS = Path(__file__).parent / "survivors.yaml"
STATES = {
    0: "survived",
    1: "killed",
    3: "killed",
    37: "refused",
    33: "untested",
    5: "untested",
    34: "left out",
}
"""What mutmut's exit codes mean; one for each way of running out of time. Left out: not drawn."""
TIMEOUTS = {36, 24, -24, 152, 255}


@dataclass(frozen=True)
class Mutant:
    """One mutant: its function, what became of it, and the line before and after."""

    name: str
    function: str
    state: str
    was: str = ""
    becomes: str = ""


@dataclass(frozen=True)
class Reason:
    """Why survivors of a function whose changed line matches are let live."""

    where: str
    reason: str
    becomes: str = ""

    def covers(self, mutant: Mutant) -> bool:
        return fnmatch(mutant.function, self.where) and bool(re.search(self.becomes, mutant.becomes))


def found(folder: Path = FOLDER) -> list[Mutant]:
    """Every mutant of the last run; survivors with their lines."""
    held = []
    for meta in sorted(folder.rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        path = meta.relative_to(folder).with_suffix("")
        held += [_mutant(name, code, path) for name, code in codes.items()]
    return held


def _mutant(name: str, code: int | None, path: Path) -> Mutant:
    state = "killed" if code in TIMEOUTS else "unrun" if code is None else STATES.get(code, "killed")
    function = re.sub(r"(?:x_|xǁ(\w+)ǁ)(\w+?)__mutmut_\d+$", _plain, name)
    if state not in ("survived", "untested"):
        return Mutant(name, function, state)
    was, becomes = _lines(name, path)
    return Mutant(name, function, state, was, becomes)


def _plain(match: re.Match[str]) -> str:
    return f"{match[1]}.{match[2]}" if match[1] else match[2]


def _lines(name: str, path: Path) -> tuple[str, str]:
    """The line that was changed and what it became."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    diff = get_diff_for_mutant(name, path=path).splitlines()[2:]
    return tuple(  # type: ignore[return-value]
        " ".join(line[1:].strip() for line in diff if line.startswith(sign)) for sign in "-+"
    )


def reasons(path: Path = REASONS) -> list[Reason]:
    return [Reason(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or ()]


def share(counts: Mapping[str, int], *, with_types: bool = True) -> float:
    """Percent killed of what was tried; without types only of what the type checker lets pass."""
    refused = counts["refused"] if with_types else 0
    killed, tried = counts["killed"] + refused, _tried(counts) - counts["refused"] + refused
    return 100 * killed / tried if tried else 100.0


def _tried(counts: Mapping[str, int]) -> int:
    return counts["killed"] + counts["refused"] + counts["survived"] + counts["untested"]


def margin(counts: Mapping[str, int]) -> float:
    """Half the width of the 95 % interval of the share, in points, where only a sample was tried."""
    if not counts["left out"]:
        return 0.0
    part = share(counts) / 100
    return 196 * math.sqrt(part * (1 - part) / max(1, _tried(counts)))


def report(mutants: Iterable[Mutant], known: list[Reason]) -> dict[str, Any]:
    """Counts by module and in all, and the survivors with their reasons."""
    modules: dict[str, Counter[str]] = {}
    survivors = []
    for mutant in mutants:
        module = mutant.name.rpartition(".")[0]
        modules.setdefault(module, Counter())[mutant.state] += 1
        if mutant.state in ("survived", "untested"):
            why = next((r.reason for r in known if r.covers(mutant)), "")
            survivors.append(
                {"function": mutant.function, "was": mutant.was, "becomes": mutant.becomes, "reason": why}
            )
    total = sum(modules.values(), Counter())
    return {
        "modules": {name: {**counts, "percent": round(share(counts), 1)} for name, counts in modules.items()},
        "total": dict(total),
        "percent": round(share(total), 2),
        "percent_by_tests_alone": round(share(total, with_types=False), 2),
        "tried": _tried(total),
        "margin": round(margin(total), 2),
        "survivors": survivors,
        "unexplained": sum(1 for s in survivors if not s["reason"]),
    }


def show(body: Mapping[str, Any], survivors: bool) -> None:
    print(f"{'module':44} {'killed':>7} {'refused':>8} {'survived':>9} {'untested':>9} {'percent':>8}")
    for name, counts in body["modules"].items():
        cells = [counts.get(state, 0) for state in ("killed", "refused", "survived", "untested")]
        print(f"{name:44} {cells[0]:7} {cells[1]:8} {cells[2]:9} {cells[3]:9} {counts['percent']:8.1f}")
    total = body["total"]
    print(
        f"\n{body['tried']} of {sum(total.values())} mutants tried: {body['percent']} % killed"
        + (f" (± {body['margin']} for all)" if body["margin"] else "")
        + f", {body['percent_by_tests_alone']} % of those with sound types; "
        f"{total.get('survived', 0)} survived, "
        f"{total.get('untested', 0)} in functions that no test calls, {total.get('unrun', 0)} not run; "
        f"{body['unexplained']} without a reason"
    )
    for each in body["survivors"] if survivors else ():
        print(f"\n{each['function']}\n  - {each['was']}\n  + {each['becomes']}\n  {each['reason'] or '?'}")


def main(arguments: list[str]) -> int:
    body = report(found(), reasons())
    if "--json" in arguments:
        print(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        show(body, "--survivors" in arguments)
    return 0 if body["percent"] >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
