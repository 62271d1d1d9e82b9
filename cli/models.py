"""`pacta models`: what each caller has used of the language models, day by day."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Json, open_pacta

if TYPE_CHECKING:
    from flows.settings import ModelPrices
    from store.models import ModelUse


def register(app: typer.Typer) -> None:
    app.command()(models)


def models(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="So many days, today included.")] = 30,
    json: Json = False,
) -> None:
    """Calls, tokens and money of the language models by day and caller, the newest day first."""
    from cli.output import console, print_json, safe, table
    from flows.models import today

    with open_pacta(context) as pacta:
        last = today(pacta)
        held = pacta.store.model_use(first=last - timedelta(days=days - 1), last=last)
        known = pacta.store.keys()
        prices = pacta.settings.prices
    names = {str(key["id"]): str(key["name"]) for key in known}
    told = [as_json(use, names, prices) for use in reversed(held)]
    if json:
        print_json(told)
        return
    if not told:
        console.print(f"No model was asked in the last {days} days.")
        return
    rows = [
        (
            str(row["day"]),
            safe(row["caller"]),
            safe(row["model"]),
            f"{row['calls']:,}",
            f"{row['input_tokens']:,}",
            f"{row['output_tokens']:,}",
            f"{row['currency']} {row['cost']:.4f}" if row["cost"] is not None else "–",
        )
        for row in told
    ]
    table("", ("day", "caller", "model", "calls", "tokens in", "tokens out", "cost"), rows)


def as_json(use: "ModelUse", names: dict[str, str], prices: "ModelPrices | None") -> dict[str, Any]:
    from flows.models import cost

    money: Decimal | None = cost(prices, use.input_tokens, use.output_tokens) if prices else None
    caller = names.get(use.principal, use.principal)
    return {**vars(use), "caller": caller, "cost": money, "currency": prices.currency if prices else None}
