"""`pacta connectors`: which are configured, whether they work, what they would give, what they gave."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Json, open_pacta

if TYPE_CHECKING:
    from flows.connectors import Listed, Previewed
    from tools.kit.verbs import Health

connectors_app = typer.Typer(
    help="Outside systems: list, check, preview, count. Bring facts in with `pacta sync`.",
    no_args_is_help=True,
)

NONE = (
    "No connector is configured. Add one under `connectors:` in pacta.yaml; "
    "tools/examples holds one file for each kind."
)


def register(app: typer.Typer) -> None:
    app.add_typer(connectors_app, name="connectors")


@connectors_app.command("list")
def list_all(context: typer.Context, json: Json = False) -> None:
    """The configured connectors with their state and when they were last read; reaches none of them."""
    from cli.output import console, print_json
    from flows.connectors import listed

    with open_pacta(context) as pacta:
        found = listed(pacta)
        zone = pacta.settings.company.zone
    if json:
        print_json([vars(one) for one in found])
    elif not found:
        console.print(NONE)
    else:
        show_listed(found, zone)


def show_listed(found: "list[Listed]", zone: str) -> None:
    from cli.output import console, safe, table

    rows = [
        (
            safe(one.system),
            safe(one.title or one.kind),
            safe(one.area),
            ", ".join(one.does),
            _STATES[one.state],
            _when(one.synced_at, zone) or "[dim]never[/]",
        )
        for one in found
    ]
    table("", ("system", "is", "area", "does", "state", "last sync"), rows)
    for one in found:
        if one.problem:
            console.print(f"[yellow]![/] {safe(one.problem)}. [dim]{safe(one.remedy)}[/]")


_STATES = {
    "ready": "[green]ready[/]",
    "problems": "[yellow]problems[/]",
    "wrong settings": "[bold red]wrong settings[/]",
}


def _when(stored: str, zone: str) -> str:
    from datetime import datetime

    from cli.output import when

    return when(datetime.fromisoformat(stored), zone) if stored else ""


@connectors_app.command("check")
def check(
    context: typer.Context,
    systems: Annotated[
        list[str] | None, typer.Argument(help="Only these systems (default: all configured).")
    ] = None,
    json: Json = False,
) -> None:
    """Reach each system, try the rights, and say what to do where something is missing."""
    from cli.output import console, errors, print_json
    from flows.connectors import checked

    with open_pacta(context) as pacta, errors.status("asking each system …"):
        found = checked(pacta, systems)
    if json:
        print_json(found)
    elif not found:
        console.print(NONE)
    else:
        show_checked(found)
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def show_checked(found: "list[Health]") -> None:
    from cli.output import console, safe, table

    rows = [(safe(h.system), "[green]ok[/]" if h.ok else "[bold red]no[/]", safe(h.detail)) for h in found]
    table("", ("system", "works", "what was tried"), rows)
    places: dict[tuple[str, str], list[str]] = {}
    for problem in (problem for health in found for problem in health.problems):
        places.setdefault((problem.what, problem.remedy), []).append(problem.place)
    for (what, remedy), where in places.items():
        place = f" ({safe(', '.join(filter(None, where)))})" if any(where) else ""
        console.print(f"[yellow]![/] {safe(what)}{place}. [dim]{safe(remedy)}[/]")


@connectors_app.command("preview")
def preview(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="A kind of record or fact: incident, invoice, contract …")],
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many records of each stream.")] = 5,
    json: Json = False,
) -> None:
    """The first facts of a kind as they would be brought in; nothing is stored."""
    from cli.output import console, errors, print_json
    from flows.connectors import preview as run

    with open_pacta(context) as pacta, errors.status(f"reading {kind} …"):
        found = run(pacta, kind, count, system)
    if json:
        print_json([vars(one) for one in found])
        return
    for one in found:
        show_previewed(one)
    console.print("\nNothing was stored. Bring facts in with `pacta sync`.")


def show_previewed(one: "Previewed") -> None:
    from cli.output import console, safe, short, table
    from flows.files import what

    title = f"{one.system} {one.stream}"
    if one.facts:
        rows = [
            (
                safe(f.source.label or f.source.record),
                f"{f.occurred_at:%Y-%m-%d %H:%M %Z}",
                safe(f.party_hint),
                safe(f.contract_hint),
                short(what(f), 200),
            )
            for f in one.facts
        ]
        table(title, ("record", "occurred", "party", "contract", "what"), rows)
    if one.contracts:
        contracts = [
            (safe(c.id), safe(c.type), short(c.title, 60), safe(c.counterparty), str(c.effective_on or ""))
            for c in one.contracts
        ]
        table(title, ("contract", "type", "title", "counterparty", "effective"), contracts)
    if not one.facts and not one.contracts:
        console.print(f"[bold]{safe(title)}[/] [dim]gives nothing[/]")
    for problem in one.problems:
        console.print(f"[yellow]![/] {safe(problem.what)} ({safe(problem.place)}) {safe(problem.remedy)}")


@connectors_app.command("count")
def count(context: typer.Context, json: Json = False) -> None:
    """The facts held in the store, by system and kind; a record that changed counts once for each version."""
    from cli.output import console, print_json, safe, table
    from flows.connectors import counted

    with open_pacta(context) as pacta:
        found = sorted(counted(pacta).items())
    if json:
        print_json([{"system": system, "kind": kind, "facts": n} for (system, kind), n in found])
    elif not found:
        console.print("No facts are held. Bring them in with `pacta sync`.")
    else:
        rows = [(safe(system), kind, f"{n:,}") for (system, kind), n in found]
        table("", ("system", "kind", "facts"), rows)
        console.print(f"{sum(n for _, n in found):,} facts in all")
