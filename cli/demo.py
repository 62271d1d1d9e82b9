"""`pacta demo`: the main job from end to end, on an invented company and stand-ins for its systems."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
import yaml

from cli.context import State

if TYPE_CHECKING:
    from flows.durable import Work
    from flows.wiring import Pacta

MARK = "demo.txt"
QUESTIONS = (
    "Is Acme in SLA breach?",
    "Why is INC0010427 a breach?",
    "How much service credit are we owed for October?",
    "By when must we give notice to Cirrus Ledger?",
)


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    context: typer.Context,
    questions: Annotated[bool, typer.Option(help="Ask the four questions at the end.")] = True,
    real: Annotated[
        Path | None,
        typer.Option(
            help="Folder of `make real-systems`: Request Tracker and Tryton instead of ServiceNow and SAP."
        ),
    ] = None,
) -> None:
    """The main job on this machine: contracts arrive, are read, watched, and questions answered.

    Everything is invented; Ironclad, ServiceNow and SAP are stand-ins served over HTTP on this machine.
    """
    from cli import demo_real
    from sandbox.serve import serve

    home = cast(State, context.obj).home or Path(".pacta/demo")
    began = time.perf_counter()
    fresh_home(home)
    with serve() as box, demo_real.running(real) if real else demo_real.nothing() as instead:
        write_settings(home, box.base_url, instead)
        asked = (demo_real.QUESTIONS if real else QUESTIONS) if questions else ()
        tell(home, box, asked, began)


def fresh_home(home: Path) -> None:
    """An empty folder; refuses to empty one that no earlier demo made."""
    from flows.errors import FlowError

    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise FlowError(
                f"{home} holds something that no demo wrote",
                remedy="give another folder: pacta --home DIR demo",
            )
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text("Written by `pacta demo`, which empties this folder each time it runs.\n")


def write_settings(home: Path, sandbox_url: str, instead: Mapping[str, Any] | None = None) -> None:
    """The invented company's pacta.yaml and the column map of its CSV drop; `instead` are connectors that
    take the part of the stand-ins for tickets and purchasing."""
    settings = company_settings(home, sandbox_url)
    if instead:
        from cli.demo_real import REPLACED

        held: dict[str, Any] = {k: v for k, v in settings["connectors"].items() if k not in REPLACED}
        numbers = ["supplierNumber", "customerNumber"]
        held["ironclad"]["properties"]["party_keys"] = {"tryton": numbers}
        settings["connectors"] = {**held, **instead}
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    (home / "pacta.yaml").write_text(text, encoding="utf-8")
    shutil.copyfile(Path(__file__).parent / "demo_drop.yaml", home / "drop.yaml")


def company_settings(home: Path, sandbox_url: str) -> dict[str, Any]:
    """Settings of the invented company, with the stand-ins' published demo credentials."""
    import sandbox
    from sandbox.ironclad import service as ironclad
    from sandbox.sap_s4hana import service as sap_s4hana
    from sandbox.servicenow import service as servicenow

    ironclad_auth = {
        "type": "oauth2",
        "token_url": f"{sandbox_url}/ironclad/oauth/token",
        "client_id": ironclad.CLIENT_ID,
        "client_secret": ironclad.CLIENT_SECRET,
    }
    return {
        "company": {"name": "Tessaly Instruments GmbH", "aliases": ["Tessaly"], "zone": "Europe/Berlin"},
        # A house would let a person see more of what is read before it counts; the demo shows what follows.
        "policy": {"approve_from": 0.25},
        "as_of": "2026-11-10T12:00:00+01:00",
        "observed_from": "2026-09-01",
        "connectors": {
            "ironclad": {
                "base_url": f"{sandbox_url}/ironclad/public/api/v1",
                "auth": ironclad_auth,
                "as_user_email": "pacta@tessaly.example",
                "zone": "Europe/Berlin",
                "properties": {"relation": ["contractRelation"]},
            },
            "servicenow": {
                "base_url": f"{sandbox_url}/servicenow/api/now",
                "auth": {"type": "basic", "user": servicenow.USER, "password": servicenow.PASSWORD},
                "authors": {"customer": ["*@tessaly.example", servicenow.USER]},
            },
            "sap_s4hana": {
                "base_url": f"{sandbox_url}/sap/sap/opu/odata/sap",
                "auth": {"type": "basic", "user": sap_s4hana.USER, "password": sap_s4hana.PASSWORD},
                "zone": "Europe/Berlin",
            },
            "drop": {
                "kind": "files",
                "folder": str((Path(sandbox.__file__).parent / "drop").resolve()),
                "map": str((home / "drop.yaml").resolve()),
            },
        },
    }


def tell(home: Path, box: Any, questions: Sequence[str], began: float) -> None:
    from cli.output import console
    from flows.settings import load_settings
    from flows.wiring import Pacta

    settings = load_settings(home=str(home))
    console.print(
        f"[bold]Pacta[/] for {settings.company.name}, judged as of {settings.as_of:%A %d %B %Y %H:%M}. "
        "[dim]Company, contracts and systems are invented.[/]\n"
    )
    with Pacta(settings) as pacta, worker(pacta) as work, served(pacta, work) as url:
        contracts_arrive(pacta, box, url)
        facts_come_in(pacta)
        promises_are_judged(pacta)
        if questions:
            questions_are_asked(pacta, questions)
        one_action_is_approved(pacta)
        report = pacta.store.verify_audit()
        console.print(
            f"\nAudit trail: {report.entries} entries, chain {'intact' if report.intact else 'BROKEN'}. "
            f"[dim]Whole demo: {time.perf_counter() - began:.1f} s.[/]"
        )
    what_next(home)


@contextmanager
def worker(pacta: "Pacta") -> "Iterator[Work]":
    from flows.durable import Work

    work = Work(pacta)
    work.start()
    try:
        yield work
    finally:
        work.stop()


@contextmanager
def served(pacta: "Pacta", work: "Work") -> Iterator[str]:
    """The API on a free port of this machine; its address."""
    import uvicorn

    from api.app import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(pacta, work), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def contracts_arrive(pacta: "Pacta", box: Any, url: str) -> None:
    """Ironclad announces each signed contract; the webhook is verified and the contract read."""
    from rich.progress import Progress

    from cli.output import console, safe, table
    from store import LOCAL

    heading("1  Signed contracts arrive by webhook and are read")
    began = time.perf_counter()
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("reading")
        records = read_signed_contracts(
            pacta, box, url, lambda done, total: progress.update(bar, completed=done, total=total)
        )
    for event in pacta.store.inbox("failed"):
        console.print(f"[red]✗[/] {safe(event['subject'])}: {safe(event['error'])}")
    obligations = pacta.store.obligations(LOCAL.scope)
    documents = {d["contract"]: d["name"] for d in pacta.store.documents(LOCAL.scope)}
    rows = []
    for contract in pacta.store.contracts(LOCAL.scope):
        own = [o for o in obligations if o.contract == contract.id]
        waiting = sum(1 for o in own if o.review.value == "proposed")
        rows.append(
            (
                safe(contract.id),
                safe(contract.title),
                safe(documents.get(contract.id, "")),
                str(len(own)),
                f"[cyan]{waiting} wait[/]" if waiting else "",
            )
        )
    table("", ("id", "contract", "file", "promises", "review"), rows)
    console.print(f"[dim]{records} contracts in {time.perf_counter() - began:.1f} s[/]\n")


def read_signed_contracts(
    pacta: "Pacta", box: Any, url: str, progress: Callable[[int, int], None] | None = None
) -> int:
    """Let the CLM announce each contract and wait until all are read; how many there were."""
    from flows.errors import FlowError

    records = signed_records()
    for record in records:
        delivery = box.emit_contract_signed(record, f"{url}/v1/webhooks/ironclad")
        if not delivery["delivered"]:
            raise FlowError(f"the webhook about {record} was refused: {delivery['attempts']}")
    while pending := pacta.store.inbox("pending"):
        if progress is not None:
            progress(len(records) - len(pending), len(records))
        time.sleep(0.05)
    return len(records)


def signed_records() -> list[str]:
    """Ironclad ids of the invented company's contracts, in the order they were signed."""
    from sandbox.world import load

    return [contract.ironclad for contract in load().contracts]


def facts_come_in(pacta: "Pacta") -> None:
    from cli.operations import show_synced
    from cli.output import console
    from flows.sync import sync

    heading("2  Tickets, outages, invoices, payments and reports come in")
    began = time.perf_counter()
    done = sync(pacta)
    show_synced(done)
    facts = sum(d.new for d in done)
    console.print(f"[dim]{facts} facts in {time.perf_counter() - began:.1f} s[/]\n")


def promises_are_judged(pacta: "Pacta") -> None:
    from collections import Counter

    from cli.output import console, outcome, safe, table
    from flows.assess import assess
    from store import LOCAL

    heading("3  Every promise is judged")
    began = time.perf_counter()
    judged = assess(pacta, LOCAL.scope, pacta.clock())
    counts = Counter(a.outcome.value for a in judged.assessments)
    console.print("  ".join(f"{outcome(word)} {n}" for word, n in counts.most_common()) + "\n")
    names = {p.id: p.name for p in pacta.store.parties(LOCAL.scope)}
    rows = [
        (safe(names.get(judged.contracts[a.contract].counterparty or "", "")), a.kind, safe(a.summary))
        for a in judged.assessments
        if a.outcome.value == "breached"
    ]
    table("Breached", ("with", "kind", "why"), rows)
    console.print(f"[dim]{len(judged.assessments)} assessments in {time.perf_counter() - began:.2f} s[/]\n")


def questions_are_asked(pacta: "Pacta", questions: Sequence[str]) -> None:
    from cli.output import console
    from cli.questions import show
    from flows.ask import ask
    from store import LOCAL

    heading("4  Questions are answered, each with its proof")
    for question in questions:
        began = time.perf_counter()
        answer = ask(pacta, question, LOCAL, thread="demo")
        console.print(f"[bold]› {question}[/] [dim]({(time.perf_counter() - began) * 1000:.0f} ms)[/]\n")
        show(answer)
        console.print()


def one_action_is_approved(pacta: "Pacta") -> None:
    from cli.context import claimant
    from cli.operations import show_actions
    from cli.output import console
    from flows import act
    from obligations.model import ActionState
    from store import LOCAL

    heading("5  What to do about it waits for approval; one is approved and executed once")
    proposed = pacta.store.actions(LOCAL.scope, state=ActionState.PROPOSED)
    if proposed:
        chosen = next((a for a in proposed if a.verb == "comment"), proposed[0])
        act.decide(pacta, chosen.id, True, LOCAL)
        act.execute(pacta, chosen.id, claimant())
    show_actions(pacta.store.actions(LOCAL.scope))
    console.print(f"[dim]{len(proposed)} were proposed; nothing leaves without approval.[/]")


def heading(text: str) -> None:
    from cli.output import console

    console.rule(f"[bold]{text}[/]", align="left", style="dim")


def what_next(home: Path) -> None:
    from cli.output import console, safe

    command = f".venv/bin/pacta --home {safe(home)}"
    console.print("\n[bold]What to try next[/]")
    for line in (
        f'{command} ask "Which vendors breached in October?"',
        f'{command} ask "Are we late paying anyone?"',
        f'{command} ask "Is Nordwind in breach?"',
        f"{command} obligations --contract IC-102",
        f"{command} assess --as-of 2026-10-01 --outcome breached",
        f"{command} serve",
    ):
        console.print(f"  {line}")
    console.print("Your own contracts: [bold].venv/bin/pacta ingest PATH[/] (PDF, DOCX, text; scans too).")
