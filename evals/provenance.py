"""What a result rests on, as hashes: cases, code, prompts, model. Kept with every baseline."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from obligations.quantities import Frozen

ROOT = Path(__file__).parent.parent
CODE = ("obligations", "extraction", "retrieval", "tools", "store", "agent", "flows", "evals")
"""The packages whose code, with the models and tables in them, a result depends on."""

LEFT_OUT = frozenset({"__pycache__", "prompts", "cases", "baselines"})
"""Folders that are no code: hashed by themselves, or not at all."""


class Provenance(Frozen):
    """Hashes are the first 16 hexadecimal digits of SHA-256. `prompts` maps "task/vN" to its file's hash."""

    cases: str
    code: str
    prompts: dict[str, str]
    model: str = ""


def provenance(cases: Sequence[Path], prompts: Iterable[tuple[str, str]] = (), model: str = "") -> Provenance:
    """The provenance of a result over these case files; `prompts` are pairs of name and digest."""
    return Provenance(
        cases=digest(cases), code=code(), prompts={name: held[:16] for name, held in prompts}, model=model
    )


def code(packages: Sequence[str] = CODE) -> str:
    """A hash over the files of the packages."""
    return digest([ROOT / package for package in packages])


def digest(paths: Sequence[Path]) -> str:
    """A hash over files and, recursively, folders: their names and their bytes."""
    total = hashlib.sha256()
    for path in sorted(file for each in paths for file in _files(each)):
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [f for f in path.rglob("*") if f.is_file() and LEFT_OUT.isdisjoint(f.relative_to(path).parts)]
