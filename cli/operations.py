"""`pacta sync`, `assess`, `publish`, `actions`."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import AsOf, Json, claimant, instant, open_pacta

if TYPE_CHECKING:
    from flows.assess import Judged
    from flows.publish import Sent
    from flows.sync import Synced
    from flows.wiring import Pacta
    from obligations.model import Action

actions_app = typer.Typer(
    help="Writes to outside systems: list, approve, reject, execute.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    app.command()(sync)
    app.command()(assess)
    app.command()(publish)
    app.add_typer(actions_app, name="actions")


def sync(
    context: typer.Context,
    systems: Annotated[
        list[str] | None, typer.Argument(help="Only these systems (default: all configured).")
    ] = None,
    files: Annotated[Path | None, typer.Option(help="A folder of CSV files instead.")] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help="Column map of the folder (YAML).")] = None,
    preview: Annotated[bool, typer.Option(help="Show the map and the first rows, store nothing.")] = False,
    json: Json = False,
) -> None:
    """Bring in facts: tickets, invoices, payments, reports, each with its source."""
    from cli.output import errors, print_json
    from flows import sync as flow
    from flows.files import folder

    with open_pacta(context) as pacta:
        if files is not None and (preview or map_file is None):
            propose_map(pacta, files, map_file, json)
            return
        with errors.status("syncing …") as status:

            def progress(system: str, stream: str, seen: int) -> None:
                status.update(f"syncing {system} {stream}: {seen:,} facts")

            if files is not None and map_file is not None:
                done = flow.sync_connector(pacta, folder(files, map_file), progress)
            else:
                done = flow.sync(pacta, systems, progress)
    if json:
        print_json([vars(d) for d in done])
    else:
        show_synced(done)
    if done and all(d.error for d in done):
        raise typer.Exit(1)


def propose_map(pacta: "Pacta", files: Path, map_file: Path | None, json: bool) -> None:
    """Show how the folder's columns would be read, and where to keep the map once it is right."""
    from cli.output import console, print_json, safe, table
    from flows.files import preview_folder

    shown = preview_folder(pacta, files, map_file)
    if json:
        print_json(
            {"map": shown.map_yaml, "samples": [vars(s) for s in shown.samples], "problems": shown.problems}
        )
        return
    console.print(f"[bold]Column map for {safe(files)}[/] [dim]({'given' if map_file else 'proposed'})[/]\n")
    console.print(safe_block(shown.map_yaml))
    for sample in shown.samples:
        table(
            safe(sample.title),
            [safe(h) for h in sample.head],
            [[safe(c) for c in row] for row in sample.rows],
        )
    for problem in shown.problems:
        console.print(f"[yellow]![/] {safe(problem.what)} ({safe(problem.place)}) {safe(problem.remedy)}")
    if map_file is None:
        target = files / "pacta-map.yaml"
        console.print(
            f"\nNothing was stored. Save this map (say, as {safe(target)}), correct what is wrong, then:\n"
            f"  pacta sync --files {safe(files)} --map {safe(target)}"
        )


def safe_block(text: str) -> str:
    from cli.output import safe

    return "\n".join(safe(line) for line in text.splitlines())


def show_synced(done: "list[Synced]") -> None:
    from cli.output import safe, table

    rows = [
        (
            safe(d.system),
            safe(d.stream),
            f"{d.seen:,}",
            f"{d.new:,}",
            f"{d.unresolved:,}" if d.unresolved else "",
            f"[red]{safe(d.error)}[/] [dim]{safe(d.remedy)}[/]"
            if d.error
            else (
                f"[yellow]{len(d.problems)} problems, see `pacta problems`[/]"
                if d.problems
                else "[green]ok[/]"
            ),
        )
        for d in done
    ]
    table("", ("system", "stream", "facts", "new", "no party", "result"), rows)


def assess(
    context: typer.Context,
    as_of: AsOf = None,
    contract: Annotated[str | None, typer.Option(help="Only this contract's promises.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Show only this outcome, such as breached.")] = None,
    since: Annotated[str | None, typer.Option(help="Show only what counts on this day or later.")] = None,
    json: Json = False,
) -> None:
    """Judge every promise; without --as-of the result is kept and breaches propose actions."""
    from cli.output import console, print_json
    from flows.assess import assess as run
    from store import LOCAL

    with open_pacta(context) as pacta:
        at = instant(pacta, as_of)
        if contract is not None:
            pacta.store.contract(contract, LOCAL.scope)
        judged = run(pacta, LOCAL.scope, at, contracts=[contract] if contract else None, keep=as_of is None)
    from_day = date.fromisoformat(since) if since else date.min
    found = [
        a
        for a in judged.assessments
        if (outcome is None or a.outcome.value == outcome) and a.occurrence.counts_on >= from_day
    ]
    if json:
        print_json([a.model_dump(mode="json") for a in found])
        return
    if not judged.obligations:
        console.print("Nothing to assess: read contracts with `pacta ingest`, then see `pacta review list`.")
        return
    show_judged(judged, found)


def show_judged(judged: "Judged", found: list) -> None:  # type: ignore[type-arg]
    from collections import Counter

    from cli.output import console, outcome, safe, standing, table

    rows = [
        (standing(a), safe(a.contract), a.kind, str(a.occurrence.counts_on), safe(a.summary)) for a in found
    ]
    table("", ("outcome", "contract", "kind", "counts on", "why"), rows)
    counts = Counter(a.outcome.value for a in judged.assessments)
    console.print("  ".join(f"{outcome(word)} {n}" for word, n in counts.most_common()))
    if judged.proposed:
        console.print(f"{len(judged.proposed)} actions proposed: `pacta actions list`")
    if judged.awaiting_review:
        console.print(
            f"{judged.awaiting_review} obligations wait for review and were not assessed: `pacta review list`"
        )


def publish(
    context: typer.Context,
    systems: Annotated[
        list[str] | None, typer.Argument(help="Only these systems (default: all of kind tableau).")
    ] = None,
    whole: Annotated[bool, typer.Option(help="Send every row, not only what changed.")] = False,
    json: Json = False,
) -> None:
    """Publish obligations, assessments and money at stake as data sources: what changed since last time."""
    from cli.output import errors, print_json
    from flows.publish import publish as run

    with open_pacta(context) as pacta, errors.status("publishing …"):
        sent = run(pacta, systems, whole=whole)
    if json:
        print_json([vars(one) for one in sent])
    else:
        show_sent(sent)
    if any(one.error for one in sent):
        raise typer.Exit(1)


def show_sent(sent: "list[Sent]") -> None:
    from cli.output import safe, table

    rows = [
        (
            safe(one.system),
            safe(one.title),
            f"{one.rows:,}",
            f"{one.removed:,}" if one.removed else "",
            f"[red]{safe(one.error)}[/] [dim]{safe(one.remedy)}[/]"
            if one.error
            else ("whole" if one.whole else "changes" if one.rows or one.removed else "[dim]as it was[/]"),
        )
        for one in sent
    ]
    table("", ("system", "data source", "rows", "taken away", "sent"), rows)


@actions_app.command("list")
def actions_list(context: typer.Context, state: str | None = None, json: Json = False) -> None:
    """Proposed, approved and executed writes."""
    from cli.output import console, print_json
    from obligations.model import ActionState
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = pacta.store.actions(LOCAL.scope, state=ActionState(state) if state else None)
    if json:
        print_json([a.model_dump(mode="json") for a in found])
    elif not found:
        console.print("No actions. Breaches found by `pacta assess` propose them.")
    else:
        show_actions(found)


def show_actions(found: "tuple[Action, ...]") -> None:
    from cli.output import outcome, safe, short, table

    rows = []
    for a in found:
        became = f"{a.result.label or a.result.record}" if a.result else a.error
        rows.append(
            (
                a.id,
                outcome(a.state.value),
                a.system,
                a.verb,
                safe(a.target),
                short(a.reason, 90),
                short(became, 40),
            )
        )
    table("", ("id", "state", "system", "verb", "target", "why", "became"), rows)


@actions_app.command("approve")
def actions_approve(
    context: typer.Context,
    action_ids: Annotated[list[str], typer.Argument(help="Ids, or `all` for everything proposed.")],
    json: Json = False,
) -> None:
    """Approve and execute: each is looked up outside first, so that it happens once."""
    from cli.output import print_json
    from flows import act
    from obligations.model import ActionState
    from store import LOCAL

    with open_pacta(context) as pacta:
        ids = action_ids
        if action_ids == ["all"]:
            ids = [a.id for a in pacta.store.actions(LOCAL.scope, state=ActionState.PROPOSED)]
        for each in ids:
            act.decide(pacta, each, True, LOCAL)
        for each in ids:
            act.execute(pacta, each, claimant())
        done = tuple(pacta.store.action(each, LOCAL.scope) for each in ids)
    if json:
        print_json([a.model_dump(mode="json") for a in done])
    else:
        show_actions(done)


@actions_app.command("reject")
def actions_reject(context: typer.Context, action_ids: list[str], json: Json = False) -> None:
    """Reject: nothing is written, and the same breach does not propose it again."""
    from cli.output import print_json
    from flows import act
    from store import LOCAL

    with open_pacta(context) as pacta:
        done = tuple(act.decide(pacta, each, False, LOCAL) for each in action_ids)
    if json:
        print_json([a.model_dump(mode="json") for a in done])
    else:
        show_actions(done)


@actions_app.command("retry")
def actions_retry(context: typer.Context, json: Json = False) -> None:
    """Execute what was approved and has not been done, or failed."""
    from cli.output import print_json
    from flows import act

    with open_pacta(context) as pacta:
        done = tuple(act.execute_approved(pacta, claimant()))
    if json:
        print_json([a.model_dump(mode="json") for a in done])
    else:
        show_actions(done)
