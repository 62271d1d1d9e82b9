"""`pacta eval run`: measure what models, prompts and planner do; `pacta eval watch`: ask answers again.
`pacta prompts test` gates a prompt."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from cli.context import Json, State, open_pacta

if TYPE_CHECKING:
    from evals.gate import Row
    from evals.provenance import Provenance
    from evals.score import TaskResult
    from flows.drift import Drift
    from flows.wiring import Pacta

eval_app = typer.Typer(help="Measure answers, readings and searches.", no_args_is_help=True)
MEASURING = {"env": "development"}
"""What is measured need not have passed before."""
SHOWN = 40
"""Most items listed in the terminal; a report lists more."""

Report = Annotated[Path | None, typer.Option("--report", help="Also write a Markdown report here.")]


def register(app: typer.Typer) -> None:
    app.add_typer(eval_app, name="eval")


@eval_app.command("run")
def run(
    context: typer.Context,
    tasks: Annotated[
        list[str] | None,
        typer.Argument(help="questions, second, trajectories, extraction, retrieval; all if none."),
    ] = None,
    json: Json = False,
    report: Report = None,
    keep_baseline: Annotated[
        bool, typer.Option("--keep-baseline", help="Keep what is measured as the state to compare with.")
    ] = False,
    replicates: Annotated[int, typer.Option(min=1, max=20, help="Ask every case so many times.")] = 1,
) -> None:
    """Measure the product over the invented companies; exit code 1 when it is worse than the baseline."""
    from datetime import UTC, datetime

    from evals import baselines
    from evals.report import run_json, run_markdown
    from evals.tasks import named

    if keep_baseline and replicates > 1:
        raise typer.BadParameter("a baseline is of one try at each case: leave out --replicates")
    companies = dict.fromkeys(task.company for task in named(tasks or ()))
    results: list[TaskResult] = []
    rests_on: dict[str, Provenance] = {}
    for company in companies:
        measured, below = measure(context, company, tasks or (), replicates)
        results += measured
        rests_on |= below
    at = datetime.now(UTC)
    beside = compared(results)
    if report is not None:
        report.write_text(run_markdown(results, beside, rests_on), encoding="utf-8")
    if json:
        from cli.output import print_json

        print_json(run_json(results, beside, rests_on, replicates))
    else:
        show_run(results, beside, replicates)
    if keep_baseline:
        for result in results:
            baselines.save(baselines.baseline_of(result, rests_on[result.task], at))
    elif worse(beside):
        raise typer.Exit(1)


def measure(
    context: typer.Context, company: str, tasks: Sequence[str], replicates: int = 1
) -> "tuple[tuple[TaskResult, ...], dict[str, Provenance]]":
    """The evals of these names that are about one company, and what each result rests on."""
    from evals import runner
    from evals.provenance import provenance
    from evals.tasks import named

    with opened_world(context, configured_model(context), company) as pacta:
        chosen = [task for task in named(tasks, pacta.brain) if task.company == company]
        with progress() as told:
            results = runner.run(pacta, chosen, told, replicates)
        prompts, model = in_force(pacta)
        return results, {task.name: provenance(task.cases, prompts, model) for task in chosen}


@eval_app.command("watch")
def watch(
    context: typer.Context,
    sample: Annotated[int, typer.Option(min=1, help="How many of the newest answers to ask again.")] = 50,
    bound: Annotated[float, typer.Option(min=0, max=1, help="Largest share that may drift.")] = 0.05,
    seed: Annotated[int | None, typer.Option(help="Picks the sample; by default another each day.")] = None,
    json: Json = False,
) -> None:
    """Ask answers that were given again, of the same instant, and say what has changed; exit code 1 when more
    drift than may. `watch_answers` in the settings has the worker do it on a schedule."""
    from cli.output import print_json
    from evals.watch import watch_json
    from flows.drift import watch as ask_again

    with open_pacta(context) as pacta:
        found = ask_again(pacta, sample, bound, seed)
    print_json(watch_json(found)) if json else show_watch(found)
    if not found.passed:
        raise typer.Exit(1)


def show_watch(found: "Drift") -> None:
    from cli.output import console, safe, table
    from evals.watch import rows, summary
    from flows.drift import DRIFT

    table("", ("change", "answers", ""), rows(found))
    for each in [a for a in found.again if a.change in DRIFT][:SHOWN]:
        console.print(f"[red]✗[/] {safe(each.question)} [dim]{safe(each.answer)}[/]")
        engines = f"{each.engine_then} → {each.engine_now}"
        console.print(f"  {each.change}: {safe(each.said)} [dim]{safe(engines)}[/]")
    console.print(f"[bold]{safe(summary(found))}[/]")


@contextmanager
def opened_world(
    context: typer.Context, settings: Mapping[str, str], company: str = "first"
) -> "Iterator[Pacta]":
    """The product on an invented company, prepared under the command's home when it is not there yet."""
    from cli import companies
    from cli.output import errors
    from evals.world import open_world, world_home

    base = (cast(State, context.obj).home or Path(".pacta")) / "evals"
    held = companies.of(company)
    with errors.status("An invented company is read for the evals (once, until something changes) …"):
        home = world_home(base / company if company != "first" else base, held.data(), held.prepare)
    with open_world(home, settings) as pacta:
        yield pacta


def configured_model(context: typer.Context) -> dict[str, str]:
    """The model that the command's own settings name, as settings for the invented company's home."""
    from flows.settings import load_settings

    home = cast(State, context.obj).home
    held = load_settings(home=str(home) if home is not None else None)
    if held.model is None:
        return {}
    url = {"model_url": held.model_url} if held.model_url else {}
    return {"model": held.model, "model_key_env": held.model_key_env, **MEASURING, **url}


@contextmanager
def judging_model(context: typer.Context, name: str | None, sandbox_model: bool) -> Iterator[dict[str, str]]:
    """The model to judge with; empty when there is none."""
    if sandbox_model:
        from sandbox.llm import MODEL
        from sandbox.serve import serve

        with serve() as box:
            yield {"model": name or MODEL, "model_url": box.model_url, **MEASURING}
        return
    held = configured_model(context)
    yield {**held, "model": name} if name else held


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error, one line for each eval that runs."""
    from rich.progress import Progress, TaskID

    from cli.output import errors

    with Progress(console=errors, transient=True) as shown:
        bars: dict[str, TaskID] = {}

        def told(task: str, done: int, total: int) -> None:
            if task not in bars or done == 1:
                bars[task] = shown.add_task(task, total=total)
            shown.update(bars[task], completed=done)

        yield told


def in_force(pacta: "Pacta") -> tuple[list[tuple[str, str]], str]:
    """Name and digest of each prompt in force with the model's name; nothing without a model."""
    from agent.prompts import live, versions

    if pacta.model is None:
        return [], ""
    held = [live(task) for task in versions()]
    return [(prompt.name, prompt.digest) for prompt in held], pacta.model.name


def compared(results: "Sequence[TaskResult]") -> "dict[str, tuple[Row, ...]]":
    """Each result beside its baseline, where one was kept for the same engine."""
    from evals import baselines

    held = {r.task: baselines.load(r.task) for r in results}
    return {
        r.task: baselines.against(r, kept)
        for r in results
        if (kept := held[r.task]) is not None and kept.engine == r.engine
    }


def worse(beside: "Mapping[str, Sequence[Row]]") -> bool:
    from evals.gate import STOPS

    return any(row.verdict in STOPS for rows in beside.values() for row in rows)


def show_run(
    results: "Sequence[TaskResult]", beside: "Mapping[str, Sequence[Row]]", replicates: int = 1
) -> None:
    from cli.output import console, safe, table
    from evals.passes import passes
    from evals.report import figure

    for result in results:
        held = beside.get(result.task)
        console.print(f"\n[bold]{result.task}[/] [dim]{safe(result.engine)}[/]")
        if held:
            show_rows(held, "baseline", "now")
        else:
            rows = [
                (m.metric, figure(m.value), str(m.scored), safe(m.note or ("" if m.gated else "informs")))
                for m in result.measures
            ]
            table("", ("metric", "value", "scored", ""), rows)
        tried = passes(result, replicates)
        if tried is not None:
            always = f", pass^{replicates} {figure(tried.always)}" if replicates > 1 else ""
            console.print(f"pass^1 {figure(tried.once)}{always} [dim]over {tried.samples} cases[/]")
        failed = [item for item in result.items if not item.passed]
        console.print(f"\n[bold]{len(failed)} of {len(result.items)} not as expected[/]")
        for item in failed[:SHOWN]:
            console.print(f"[red]✗[/] {safe(item.title)} [dim]{safe(item.group)}[/]")
            console.print(f"  [dim]expected[/] {safe(item.expected)}\n  [dim]got[/]      {safe(item.got)}")
        if len(failed) > SHOWN:
            console.print(f"[dim]… and {len(failed) - SHOWN} more; --report FILE lists them[/]")


def show_rows(rows: "Sequence[Row]", live: str, candidate: str) -> None:
    from cli.output import safe, table
    from evals.gate import STOPS
    from evals.report import figures, said

    def colour(row: "Row") -> str:
        text = safe(said(row))
        return f"[bold red]{text}[/]" if row.verdict in STOPS else f"[dim]{text}[/]"

    table(
        "",
        ("metric", live, candidate, "difference", "floor", ""),
        [(row.metric, *figures(row), colour(row)) for row in rows],
    )
