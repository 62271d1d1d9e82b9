"""`pacta eval run` and `pacta eval gate`: measure what models, prompts and planner do."""

import typer

eval_app = typer.Typer(help="Measure answers and readings; gate prompt changes.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(eval_app, name="eval")
