"""The world that the cases are about: a prepared PACTA_HOME, made once and kept by what it was made from.

Evals do not know where the invented company comes from. Whoever calls gives `prepare`, which fills an empty
home; the home is kept under a hash of its data and of the code that read them, so that changed contracts,
records or readers get a fresh one.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.provenance import CODE, ROOT, digest

if TYPE_CHECKING:
    from flows.wiring import Pacta

READY = "ready.txt"
"""Written last: a home without it was left half made."""

KEEPS = "eval-world-"
Prepare = Callable[[Path], None]


def world_home(base: Path, data: Sequence[Path], prepare: Prepare) -> Path:
    """The prepared home under `base`, made by `prepare` when it is not there; stale ones are removed.

    `data` are the files and folders that `prepare` reads besides the product's code.
    """
    home = base / f"{KEEPS}{_digest(data)}"
    if (home / READY).exists():
        return home
    base.mkdir(parents=True, exist_ok=True)
    for stale in base.glob(f"{KEEPS}*"):
        shutil.rmtree(stale)
    home.mkdir()
    prepare(home)
    (home / READY).write_text("A world made for evals. It is made again when it is gone.\n", encoding="utf-8")
    return home


def _digest(data: Sequence[Path]) -> str:
    """Of the data and of what reads and stores it: asking changes nothing in a world."""
    return digest([*data, *(ROOT / package for package in CODE if package not in ("agent", "evals"))])


def open_world(home: Path, settings: Mapping[str, str] | None = None) -> "Pacta":
    """The product on a prepared home, whatever the environment says; `settings` add to the home's own,
    such as the model to use."""
    from flows.settings import load_settings
    from flows.wiring import Pacta

    return Pacta(load_settings({}, home=str(home), **(settings or {})))
