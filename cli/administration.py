"""`pacta serve`, `work`, `mcp`, `keys`, `audit`, `init`."""

import os
from pathlib import Path
from typing import Annotated, cast

import typer

from cli.context import Json, State, open_pacta

SWEEP_SECONDS = 2
"""How often a worker looks for what an API in another process accepted."""

audit_app = typer.Typer(help="The audit trail: show it, verify that nobody changed it.", no_args_is_help=True)
keys_app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(work)
    app.command()(mcp)
    app.command()(init)
    app.add_typer(keys_app, name="keys")
    app.add_typer(audit_app, name="audit")


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    work: Annotated[bool, typer.Option(help="Also do the durable work in this process.")] = True,
) -> None:
    """The API with its OpenAPI page at /docs; on a first start it makes and prints an administrator's key."""
    from api.serve import serve as run

    with open_pacta(context) as pacta:
        run(pacta, host, port, work=work)


def work(context: typer.Context) -> None:
    """Only the durable work: read announced contracts, execute approved actions, watch on schedule."""
    import threading

    from cli.output import console
    from flows.durable import Work

    with open_pacta(context) as pacta:
        worker = Work(pacta)
        worker.start()
        console.print("working; stop with Ctrl-C")
        try:
            while not threading.Event().wait(SWEEP_SECONDS):
                worker.sweep()
        except KeyboardInterrupt:
            console.print("stopping")
        finally:
            worker.stop()


def mcp(context: typer.Context) -> None:
    """The tools for one client of the Model Context Protocol, on standard input and output.

    PACTA_KEY limits it to the scope and role of that key; without it, it sees what you see. Over HTTP the
    same tools are at /mcp of `pacta serve`.
    """
    import anyio

    from api.mcp import serve_stdio
    from flows.errors import NotReady
    from store import LOCAL

    with open_pacta(context) as pacta:
        key = os.environ.get("PACTA_KEY")
        caller = pacta.store.principal(key) if key else LOCAL
        if caller is None:
            raise NotReady(
                "the key in PACTA_KEY is not in force",
                remedy="make one: `pacta keys create NAME --role reader`",
            )
        anyio.run(serve_stdio, pacta, caller)


def init(context: typer.Context) -> None:
    """Write a commented pacta.yaml into PACTA_HOME to start from; keeps one that is there."""
    from cli.output import console, safe
    from flows.settings import example

    home = cast(State, context.obj).home or Path(".pacta")
    home.mkdir(parents=True, exist_ok=True)
    file = home / "pacta.yaml"
    if file.exists():
        console.print(f"{safe(file)} is there already; it was left as it is.")
        return
    file.write_text(example(), encoding="utf-8")
    console.print(f"Wrote {safe(file)}: fill in your company and systems, then `pacta sync`.")


@keys_app.command("create")
def keys_create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    role: Annotated[str, typer.Option(help="reader, reviewer, approver or admin.")] = "reader",
    business_unit: Annotated[list[str] | None, typer.Option(help="Only these units (default: all).")] = None,
    party: Annotated[list[str] | None, typer.Option(help="Only these counterparties (default: all).")] = None,
    json: Json = False,
) -> None:
    """A new key, shown once: only its hash is kept."""
    from cli.output import console, print_json
    from flows.errors import FlowError
    from store import LOCAL, Scope
    from store.access import ROLES

    if role not in ROLES:
        raise FlowError(f"there is no role {role!r}", remedy=f"choose one of {', '.join(ROLES)}")
    scope = Scope(frozenset(business_unit) if business_unit else None, frozenset(party) if party else None)
    with open_pacta(context) as pacta:
        key_id, secret = pacta.store.create_key(name, role, scope, by=LOCAL.id, at=pacta.wall_clock())
    if json:
        print_json({"id": key_id, "key": secret, "role": role, "scope": scope.to_json()})
    else:
        console.print(f"key {key_id} ({role}) for {name}; keep it, it is not shown again:\n{secret}")


@keys_app.command("list")
def keys_list(context: typer.Context, json: Json = False) -> None:
    """Every key, without its secret."""
    from cli.output import print_json, safe, table

    with open_pacta(context) as pacta:
        held = pacta.store.keys()
    if json:
        print_json(held)
        return
    rows = [
        (k["id"], safe(k["name"]), k["role"], safe(k["scope"]), k["created_at"], k["revoked_at"] or "")
        for k in held
    ]
    table("", ("id", "name", "role", "scope", "created", "revoked"), rows)


@keys_app.command("revoke")
def keys_revoke(context: typer.Context, key_id: str) -> None:
    """Refuse a key from now on."""
    from store import LOCAL

    with open_pacta(context) as pacta:
        pacta.store.revoke_key(key_id, by=LOCAL.id, at=pacta.wall_clock())


@audit_app.command("show")
def audit_show(context: typer.Context, limit: int = 30, json: Json = False) -> None:
    """The newest entries."""
    from cli.output import print_json, safe, short, table

    with open_pacta(context) as pacta:
        entries = pacta.store.audit_trail(limit)
    if json:
        print_json(entries)
        return
    rows = [
        (
            str(e["seq"]),
            e["at"][:19],
            safe(e["actor"]),
            e["verb"],
            safe(e["subject"]),
            short(str(e["detail"]), 80),
        )
        for e in reversed(entries)
    ]
    table("", ("#", "at (UTC)", "who", "did", "to", "detail"), rows)


@audit_app.command("verify")
def audit_verify(
    context: typer.Context,
    head: Annotated[
        str | None, typer.Option(help="A head noted earlier that must still be in the chain.")
    ] = None,
    json: Json = False,
) -> None:
    """Recompute the whole chain; exit code 1 when an entry was changed, removed or inserted.

    Entries cut off at the end cannot show in the chain itself: note the head somewhere else and give it here.
    """
    from cli.output import console, print_json

    with open_pacta(context) as pacta:
        report = pacta.store.verify_audit()
        known = head is None or pacta.store.audit_has(head)
    intact = report.intact and known
    if json:
        print_json({**vars(report), "intact": intact, "head_known": known})
    elif not report.intact:
        console.print(f"[bold red]broken[/] at entry {report.broken_at}: {report.reason}")
    elif not known:
        console.print("[bold red]broken[/]: the head you gave is not in the chain; entries were cut off")
    else:
        console.print(f"[green]intact[/]: {report.entries} entries, head {report.head}")
    if not intact:
        raise typer.Exit(1)
