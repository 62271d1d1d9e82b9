"""`pacta prompts`: the versions there are, what the gate found on them, releasing one, going back."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Json, open_pacta

if TYPE_CHECKING:
    from agent.measured import GateRecord
    from agent.prompts import Prompt
    from evals.candidates import Prices
    from evals.gate import GateReport
    from flows.prompts import Standing
    from flows.wiring import Pacta

prompts_app = typer.Typer(
    help="Versions of prompts: list, show, diff, test, release, rollback.", no_args_is_help=True
)
SHOWN = 40
"""Most flipped items listed in the terminal; a report lists more."""

Name = Annotated[str, typer.Argument(help="A version: extract/v2, or a file …/extract/v3.md.")]
Model = Annotated[str | None, typer.Option(help="Model to measure with, instead of PACTA_MODEL.")]
SandboxModel = Annotated[
    bool, typer.Option("--sandbox-model", help="Measure with the sandbox's scripted model, offline.")
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Also write the report here: FILE.md, or FILE.html.")
]
Replicates = Annotated[
    int, typer.Option(min=1, max=20, help="Ask every case so many times: a model need not repeat itself.")
]


def register(app: typer.Typer) -> None:
    app.add_typer(prompts_app, name="prompts")


@prompts_app.command("list")
def list_versions(context: typer.Context, json: Json = False) -> None:
    """Every version of every task, which one is in force, and with which models it was measured."""
    from cli.output import print_json, safe, table
    from flows.prompts import standing

    with open_pacta(context) as pacta:
        found = standing(pacta)
    if json:
        print_json([as_json(each) for each in found])
        return
    rows = [
        (
            safe(each.prompt.name),
            "[green]in force[/]" if each.live else "",
            each.prompt.digest[:12],
            measured_with(each.records),
            safe(each.prompt.reason),
        )
        for each in found
    ]
    table("", ("prompt", "", "digest", "measured with", "reason"), rows)


@prompts_app.command("show")
def show(context: typer.Context, name: Name, json: Json = False) -> None:
    """The text of a version, and every record of the gate on it."""
    from cli.output import console, print_json, safe

    with open_pacta(context) as pacta:
        found = version_of(pacta, name)
    if json:
        print_json({**as_json(found), "text": found.prompt.text})
        return
    console.print(safe(found.prompt.text), soft_wrap=True)
    for record in found.records:
        verdict = "[green]passed[/]" if record.passed else "[bold red]stopped[/]"
        against = f"against {record.against}" if record.against else "with nothing in force"
        console.print(f"{record.at:%Y-%m-%d %H:%M} {verdict} with {safe(record.model)}, {safe(against)}")
        for stop in record.stops:
            console.print(f"  [red]✗[/] {safe(stop)}")
    if not found.records:
        console.print(f"[dim]not measured yet: pacta prompts test {safe(found.prompt.name)}[/]")


@prompts_app.command("diff")
def diff(
    context: typer.Context,
    one: Name,
    other: Annotated[str | None, typer.Argument(help="The other version; default: the one in force.")] = None,
) -> None:
    """What differs between two versions, line by line."""
    from cli.output import console, safe
    from flows.prompts import in_force

    with open_pacta(context) as pacta:
        new = version_of(pacta, one).prompt
        old = version_of(pacta, other).prompt if other else in_force(pacta, new.task)
    lines = difflib.unified_diff(
        old.text.splitlines(), new.text.splitlines(), old.name, new.name, lineterm="", n=2
    )
    colours = {"+": "green", "-": "red", "@": "cyan"}
    shown = [(colours.get(line[:1], ""), safe(line)) for line in lines]
    for colour, line in shown:
        console.print(f"[{colour}]{line}[/]" if colour else line, soft_wrap=True)
    if not shown:
        console.print(f"{safe(old.name)} and {safe(new.name)} say the same.")


@prompts_app.command("test")
def measure(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    name: Name,
    json: Json = False,
    report: Report = None,
    model: Model = None,
    sandbox_model: SandboxModel = False,
    replicates: Replicates = 1,
    in_product: Annotated[
        bool, typer.Option("--in-product", help="For maintainers: keep the record with the product's files.")
    ] = False,
) -> None:
    """Compare a version with the one in force, over the same cases with the same model; keep the record.

    Exit code 0: it may be released. 1: the gate stops it. 2: it could not be judged.
    """
    from agent.measured import keep_shipped
    from cli.evals import judging_model, opened_world, progress
    from evals.candidates import Terms, candidate, judge, needed, record_of
    from flows.prompts import in_force, keep
    from store import LOCAL

    prompt = candidate(name)
    with open_pacta(context) as own, judging_model(context, model, sandbox_model) as settings:
        held = {task: in_force(own, task) for task in TASKS}
        with opened_world(context, needed(prompt, settings)) as pacta, progress() as told:
            found = judge(pacta, prompt, pacta.model, held, told, Terms(prices(own), replicates))
        record = record_of(found, prompt)
        keep_shipped(record) if in_product else keep(own, record, LOCAL.id)
    if report is not None:
        write_report(found, report)
    if json:
        from cli.output import print_json
        from evals.report import gate_json

        print_json({"record": record.id, **gate_json(found)})
    else:
        show_gate(found)
    if not found.passed:
        raise typer.Exit(1)


@prompts_app.command("release")
def release(context: typer.Context, name: Name, model: Model = None, json: Json = False) -> None:
    """Put a version in force. It needs a passing record with the configured model: `pacta prompts test`."""
    from cli.output import print_json
    from evals.candidates import candidate
    from flows import prompts
    from store import LOCAL

    prompt = candidate(name)
    with open_pacta(context) as pacta:
        done = prompts.release(pacta, prompt, model_name(pacta, model), LOCAL)
    print_json(vars(done)) if json else told_in_force(done.task, done.version, done.record)


@prompts_app.command("rollback")
def rollback(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="understand, compose, research or extract.")],
    to: Annotated[
        str | None, typer.Option(help="A version that was in force; default: the one before.")
    ] = None,
    model: Model = None,
    json: Json = False,
) -> None:
    """Put back the version that was in force before."""
    from cli.output import print_json
    from flows import prompts
    from store import LOCAL

    with open_pacta(context) as pacta:
        done = prompts.roll_back(pacta, task, model_name(pacta, model), LOCAL, to)
    print_json(vars(done)) if json else told_in_force(done.task, done.version, done.record)


TASKS = ("understand", "compose", "research", "extract")


def version_of(pacta: "Pacta", name: str) -> "Standing":
    """A version by name, or the one in a file."""
    from evals.candidates import candidate
    from flows.prompts import Standing, find, records

    if not name.endswith(".md"):
        return find(pacta, name)
    prompt = candidate(name)
    held = tuple(r for r in records(pacta, prompt.task) if r.digest == prompt.digest)
    return Standing(prompt, False, None, held)


def model_name(pacta: "Pacta", given: str | None) -> str:
    """The model that a release is for. Raises NotReady when none is configured."""
    from flows.errors import NotReady

    name = given or pacta.settings.model
    if name is None:
        raise NotReady(
            "no model is configured, so no prompt is in use",
            remedy="set PACTA_MODEL, or name the model: --model NAME",
        )
    return name


def prices(pacta: "Pacta") -> "Prices | None":
    from evals.candidates import Prices

    held = pacta.settings.prices
    return None if held is None else Prices(held.input, held.output, held.currency)


def write_report(found: "GateReport", path: Path) -> None:
    from evals.page import gate_html
    from evals.report import gate_markdown

    text = gate_html(found) if path.suffix == ".html" else gate_markdown(found)
    path.write_text(text, encoding="utf-8")


def measured_with(records: "tuple[GateRecord, ...]") -> str:
    """ "gpt-x passed, sandbox-reader stopped": the newest record of each model."""
    from cli.output import safe

    newest: Mapping[str, GateRecord] = {record.model: record for record in records}
    said = [
        f"{safe(model)} " + ("[green]passed[/]" if record.passed else "[red]stopped[/]")
        for model, record in newest.items()
    ]
    return ", ".join(said) or "[dim]nothing yet[/]"


def as_json(found: "Standing") -> dict[str, Any]:
    prompt: Prompt = found.prompt
    return {
        "task": prompt.task,
        "version": prompt.version,
        "in_force": found.live,
        "digest": prompt.digest,
        "reason": prompt.reason,
        "released_at": found.released.at if found.released else None,
        "released_by": found.released.by if found.released else None,
        "records": [r.model_dump(mode="json", exclude={"report"}) | {"id": r.id} for r in found.records],
    }


def told_in_force(task: str, version: str, record: str) -> None:
    from cli.output import console, safe

    console.print(f"[green]{safe(task)}/{safe(version)} is in force[/] [dim]by record {safe(record)}[/]")


def show_gate(found: "GateReport") -> None:
    from cli.output import console, safe, table
    from evals.gate import STOPS
    from evals.report import gate_figures, said, spent_rows

    verdict = "[green]passed[/]" if found.passed else "[bold red]stopped[/]"
    console.print(f"\n{safe(found.candidate)} against {safe(found.live)} on {found.task}: {verdict}")
    for stop in found.stops:
        console.print(f"  [red]✗[/] {safe(stop)}")
    rows = []
    for row in found.rows:
        text = safe(said(row))
        shown = f"[bold red]{text}[/]" if row.verdict in STOPS else f"[dim]{text}[/]"
        rows.append((row.metric, *gate_figures(row), shown))
    head = ("metric", safe(found.live), safe(found.candidate), "difference", "95 %", "floor", "")
    console.print()
    table("", head, rows)
    if found.spent is not None:
        table("", ("it took", safe(found.live), safe(found.candidate)), spent_rows(found))
    show_flips(found)


def show_flips(found: "GateReport") -> None:
    from cli.output import console, safe

    better = sum(flip.better for flip in found.flips)
    console.print(
        f"\n[bold]{len(found.flips)} flipped[/]: {better} better, {len(found.flips) - better} worse"
    )
    for flip in found.flips[:SHOWN]:
        mark = "[green]+[/]" if flip.better else "[red]−[/]"
        console.print(f"{mark} {safe(flip.title)}\n  [dim]expected[/] {safe(flip.expected)}")
        console.print(f"  [dim]live[/]     {safe(flip.live)}\n  [dim]now[/]      {safe(flip.candidate)}")
    if len(found.flips) > SHOWN:
        console.print(f"[dim]… and {len(found.flips) - SHOWN} more; --report FILE lists them[/]")
