"""Which mutants the type checker refuses: `python -m tests.mutation.types`, once mutmut has made them.

`mypy --strict` has to pass before a change lands, so what it refuses is caught. It runs once over all
mutants, which mutmut writes as functions side by side, and marks them, so that no test has to run for them.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path("mutants")
REFUSED = 37
"""mutmut's exit code of a mutant that a type checker refuses."""
_CHECK = ("mypy", "obligations", "--output", "json", "--disable-error-code", "unused-ignore")


def errors(folder: Path) -> list[dict[str, Any]]:
    """What mypy says of the mutants: file, line, message. Raises SystemExit where it cannot run."""
    done = subprocess.run(
        [sys.executable, "-m", *_CHECK], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"mypy could not check the mutants:\n{done.stderr or done.stdout}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def refused(found: Iterable[dict[str, Any]], folder: Path) -> list[str]:
    """The mutants with an error that the function they were made from does not have."""
    by_file: dict[str, list[dict[str, Any]]] = {}
    for error in found:
        if error["severity"] == "error":
            by_file.setdefault(error["file"], []).append(error)
    names: set[str] = set()
    for file, mine in by_file.items():
        names.update(_of_file(file, mine, (folder / file).read_text(encoding="utf-8")))
    return sorted(names)


def _of_file(file: str, found: Iterable[dict[str, Any]], source: str) -> Iterator[str]:
    functions = list(_functions(ast.parse(source)))
    module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    own: dict[str, set[str]] = {}
    for error in found:
        for first, last, name in functions:
            if first <= error["line"] <= last:
                own.setdefault(name, set()).add(error["message"])
    for name, messages in own.items():
        stem, _, number = name.rpartition("__mutmut_")
        if number.isdigit() and messages - own.get(f"{stem}__mutmut_orig", set()):
            yield f"{module}.{name}"


def _functions(tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    """First and last line and name of every mutant and of what it was made from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name:
            yield node.lineno, node.end_lineno or node.lineno, node.name


def mark(names: Iterable[str], folder: Path) -> int:
    """Mark the mutants that no test has been run for; how many."""
    refused_ones, marked = set(names), 0
    for meta in sorted(folder.rglob("*.meta")):
        body = json.loads(meta.read_text(encoding="utf-8"))
        codes = body["exit_code_by_key"]
        new = [name for name, code in codes.items() if code is None and name in refused_ones]
        codes.update(dict.fromkeys(new, REFUSED))
        meta.write_text(json.dumps(body, indent=4), encoding="utf-8")
        marked += len(new)
    return marked


def main() -> None:
    names = refused(errors(FOLDER), FOLDER)
    print(f"{len(names)} mutants are refused by the type checker; {mark(names, FOLDER)} of them need no test")


if __name__ == "__main__":
    main()
