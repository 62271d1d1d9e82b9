"""What every command shares: where the state is, and the product opened on it."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from flows.wiring import Pacta

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Judge this day or instant (2026-11-10, 2026-11-10T12:00+01:00); default: now."
    ),
]


@dataclass(frozen=True)
class State:
    home: Path | None


def open_pacta(context: typer.Context) -> "Pacta":
    """The product on the command's PACTA_HOME; close it, or use it in a `with`."""
    from flows.settings import load_settings
    from flows.wiring import Pacta

    home = cast(State, context.obj).home
    return Pacta(load_settings(home=str(home) if home is not None else None))


def instant(pacta: "Pacta", text: str | None) -> datetime:
    """The instant that `--as-of` names, or the clock's."""
    from flows.clock import parse_as_of

    return parse_as_of(text, pacta.settings.company.zone) if text else pacta.clock()


def claimant() -> str:
    """Who executes an action from a terminal: this process."""
    return f"command line {os.getpid()}"
