"""`pacta parties`: who is who, and the names in records that need a person's word."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Json, open_pacta

if TYPE_CHECKING:
    from flows.who import OpenName

parties_app = typer.Typer(help="Who is who: list, unsure, link.", no_args_is_help=True)

SHOWN = 3
"""Candidates that are shown for one name."""


def register(app: typer.Typer) -> None:
    app.add_typer(parties_app, name="parties")


@parties_app.command("list")
def show(context: typer.Context, json: Json = False) -> None:
    """Us and every counterparty, with other names and the numbers that systems give them."""
    from cli.output import print_json, safe, table
    from store import LOCAL

    with open_pacta(context) as pacta:
        parties = pacta.store.parties(LOCAL.scope)
        links = pacta.store.party_links(LOCAL.scope)
    if json:
        print_json(parties)
        return
    said = {p.id: [f"{link.system} {link.hint}" for link in links if link.party == p.id] for p in parties}
    rows = [
        (
            safe(p.id),
            safe(p.name) + (" [dim](us)[/]" if p.us else ""),
            safe(", ".join(p.aliases)),
            safe(", ".join([*(f"{system} {key}" for system, key in p.keys.items()), *said[p.id]])),
        )
        for p in parties
    ]
    table("", ("id", "party", "also called", "known there as"), rows)


@parties_app.command("unsure")
def unsure(context: typer.Context, json: Json = False) -> None:
    """Names in records that belong to nobody yet, with those who may be meant."""
    from cli.output import console, print_json, table
    from flows.who import open_names
    from store import LOCAL

    with open_pacta(context) as pacta:
        waiting = open_names(pacta, LOCAL.scope)
    if json:
        print_json([as_json(open_name) for open_name in waiting])
        return
    if not waiting:
        console.print("Every name in the records is settled.")
        return
    rows = [_row(open_name) for open_name in waiting]
    table("", ("system", "name there", "facts", "from", "to", "who may be meant"), rows)
    console.print("\nSettle one with `pacta parties link SYSTEM NAME PARTY`, PARTY an id, a name or `none`.")


def _row(open_name: "OpenName") -> tuple[str, ...]:
    from cli.output import safe

    name = open_name.name
    meant = "; ".join(f"{c.party.id} ({c.why})" for c in open_name.candidates[:SHOWN]) or open_name.why
    days = (name.first_at.date().isoformat(), name.last_at.date().isoformat())
    return (safe(name.system), safe(name.hint), f"{name.facts:,}", *days, safe(meant))


def as_json(open_name: "OpenName") -> dict[str, object]:
    """An open name as the API gives it."""
    name = open_name.name
    return {
        "system": name.system,
        "name": name.hint,
        "facts": name.kinds,
        "first_at": name.first_at.isoformat(),
        "last_at": name.last_at.isoformat(),
        "why": open_name.why,
        "candidates": [
            {"party": c.party.id, "name": c.party.name, "likeness": c.likeness, "why": c.why}
            for c in open_name.candidates
        ],
    }


@parties_app.command("link")
def link(
    context: typer.Context,
    system: Annotated[str, typer.Argument(help="The connector's name, as `unsure` shows it.")],
    name: Annotated[str, typer.Argument(help="The name or number that its records use.")],
    party: Annotated[str, typer.Argument(help="Id or name of the party, or `none`: nobody of ours.")],
) -> None:
    """Say whom a name means, for the records held and those to come; a later word replaces it."""
    from cli.output import console, safe
    from flows.who import decide
    from store import LOCAL

    with open_pacta(context) as pacta:
        moved = decide(pacta, system, name, party, LOCAL)
    facts = "1 fact" if moved == 1 else f"{moved:,} facts"
    console.print(f"{safe(name)} in {safe(system)} means {safe(party)}: {facts} changed hands.")
