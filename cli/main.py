"""The `pacta` command. Each command imports what it needs when it runs, so that it starts fast."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import (
    administration,
    connectors,
    contracts,
    demo,
    evals,
    models,
    operations,
    parties,
    prompts,
    questions,
    reports,
)
from cli.context import State
from obligations.errors import PactaError

app = typer.Typer(
    name="pacta",
    help="Contract performance engine: reads executed contracts, watches every promise, proves every answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (
    questions,
    contracts,
    operations,
    connectors,
    parties,
    reports,
    evals,
    prompts,
    models,
    administration,
    demo,
):
    part.register(app)


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of the state (default: PACTA_HOME, or .pacta).", envvar="PACTA_HOME"),
    ] = None,
) -> None:
    """State lives under PACTA_HOME; settings in its pacta.yaml and in PACTA_* variables."""
    context.obj = State(home)


def quiet_logs() -> None:
    """Logs go to standard error, from PACTA_LOG (debug, info, warning, error; default warning) on."""
    import logging
    import os

    import structlog

    level = logging.getLevelNamesMapping().get(
        os.environ.get("PACTA_LOG", "warning").upper(), logging.WARNING
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def main() -> None:
    """Run a command; an error the product raises on purpose is shown with its remedy, exit code 2."""
    quiet_logs()
    gc.set_threshold(100_000, 50, 50)  # start-up makes many objects that live on; looking among them is waste
    try:
        app()
    except PactaError as error:
        from cli.output import errors, safe

        errors.print(f"[bold red]error:[/] {safe(error)}")
        if error.remedy:
            errors.print(f"  [dim]what to do:[/] {safe(error.remedy)}")
        sys.exit(2)


if __name__ == "__main__":
    main()
