"""What a result rests on, as hashes: cases, code, prompts, model. Kept with every baseline."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from obligations.quantities import Frozen

ROOT = Path(__file__).parent.parent
CODE = ("obligations", "extraction", "retrieval", "tools", "store", "agent", "flows", "evals")
"""The packages whose code a result depends on."""


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


def code(root: Path = ROOT, packages: Sequence[str] = CODE) -> str:
    """A hash over every Python file of the packages."""
    return digest([root / package for package in packages], suffix=".py", root=root)


def digest(paths: Sequence[Path], suffix: str = "", root: Path = ROOT) -> str:
    """A hash over files and, recursively, folders: their names below `root` and their bytes."""
    total = hashlib.sha256()
    for path in sorted(file for each in paths for file in _files(each, suffix)):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()[:16]


def _files(path: Path, suffix: str) -> list[Path]:
    if path.is_file():
        return [path]
    return [f for f in path.rglob(f"*{suffix}") if f.is_file() and "__pycache__" not in f.parts]
