"""`pacta ingest`, `obligations`, `review`, `contracts`, `problems`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Json, open_pacta

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.ingest import Ingested
    from flows.playbook import Compared
    from obligations.model import Obligation
    from store import ReadingChange

review_app = typer.Typer(
    help="Put read obligations before a person: list, approve, reject.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    app.command()(ingest)
    app.command()(contracts)
    app.command()(obligations)
    app.command()(playbook)
    app.command()(page)
    app.command()(problems)
    app.add_typer(review_app, name="review")


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files (PDF, DOCX, text, Markdown, HTML) or folders.")],
    business_unit: Annotated[str, typer.Option(help="Business unit the contracts belong to.")] = "",
    version_of: Annotated[
        str, typer.Option(help="The file is a new version of this contract, whatever its name.")
    ] = "",
    json: Json = False,
) -> None:
    """Read contracts: obligations with the exact clause of each. Repeating it changes nothing.

    A new version of a contract keeps the reviews of what it says as before, and shows what it changes.
    """
    from cli.output import errors, print_json
    from flows.ingest import expand, ingest_paths

    results: list[Ingested] = []
    with open_pacta(context) as pacta:
        files = expand(paths)
        with errors.status("reading …") as status:
            for done in ingest_paths(pacta, files, business_unit=business_unit, version_of=version_of):
                results.append(done)
                status.update(f"read {len(results)} of {len(files)}: {done.name}")
                if not json:
                    show_ingested(done)
    if json:
        print_json([as_json(done) for done in results])
    if results and all(done.error for done in results):
        raise typer.Exit(1)


def as_json(done: "Ingested") -> dict[str, object]:
    from flows.versions import changes

    return {
        "name": done.name,
        "contract": done.contract,
        "unchanged": done.unchanged,
        "obligations": [o.model_dump(mode="json") for o in done.obligations],
        "change": changes(done.change),
        "problems": [p.model_dump(mode="json") for p in done.problems],
        "error": done.error or None,
        "remedy": done.remedy or None,
    }


def show_ingested(done: "Ingested") -> None:
    from cli.output import console, safe

    if done.error:
        console.print(f"[bold red]✗[/] {safe(done.name)}: {safe(done.error)}")
        if done.remedy:
            console.print(f"    [dim]what to do: {safe(done.remedy)}[/]")
        return
    assert done.contract is not None
    pages = len(done.document.pages) if done.document else 0
    state = "unchanged, " if done.unchanged else ""
    size = f"{pages} pages, " if pages else ""
    console.print(
        f"[green]✓[/] [bold]{safe(done.name)}[/] as {safe(done.contract.id)}: "
        f"{state}{size}{len(done.obligations)} obligations"
    )
    if done.change.kept or done.change.superseded:
        show_change(done.change)
    show_obligations(done.obligations)
    for problem in done.problems:
        place = f" ({safe(problem.place)})" if problem.place else ""
        console.print(f"    [yellow]![/] {safe(problem.what)}{place}")


def show_change(change: "ReadingChange") -> None:
    """What a new version did: how much of it is as before, and each promise that is not."""
    from cli.output import console, safe, short
    from obligations.terms.words import in_words

    came = len(change.added) - len(change.changed)
    console.print(
        f"  [bold]against the version before:[/] {len(change.kept)} as before, {came} new, "
        f"{len(change.changed)} changed, {len(change.gone)} gone"
    )
    for revision in change.changed:
        before, after = revision.before.terms[-1].span, revision.after.terms[-1].span
        console.print(
            f"  [yellow]changed[/] {revision.after.kind} {safe(revision.after.key)} {safe(revision.says)}"
        )
        console.print(f"      [dim]before: “{short(before.quote, 160)}”[/]")
        console.print(f"      [dim]now:    “{short(after.quote, 160)}”[/]")
    for o in change.gone:
        dated = o.terms[-1]
        console.print(f"  [red]gone[/] {o.kind} {safe(o.key)} {safe(in_words(dated.terms))}")
        console.print(f"      [dim]before: “{short(dated.span.quote, 160)}”[/]")


def show_obligations(found: "tuple[Obligation, ...]", beside: "Mapping[str, Compared] | None" = None) -> None:
    """Each promise in three lines: what, its terms, and the clause with its place; with `beside` also where
    it stands against the playbook."""
    from cli.output import console, outcome, safe, short
    from obligations.terms.words import in_words

    for o in found:
        dated = o.terms[-1]
        span = dated.span
        key = f" [bold]{safe(o.key)}[/]" if o.key else ""
        since = f", from {dated.from_on}" if dated.from_on else ""
        page = f", page {span.page}" if span.page else ""
        section = f"{short(span.section, 50)}{page}" if span.section else page.removeprefix(", ")
        console.print(f"  {outcome(o.review.value)} {o.kind}{key} [dim]sure {o.confidence:.2f}[/]")
        console.print(f"      {safe(in_words(dated.terms))}{since}")
        console.print(
            f"      [dim]{section or 'no section'} ({span.start}–{span.end}): “{short(span.quote, 160)}”[/]"
        )
        if beside and (compared := beside.get(o.id)) and compared.position:
            to = f", escalate to {safe(compared.escalate_to)}" if compared.escalate_to else ""
            console.print(f"      playbook: {outcome(compared.position)}{to}")


def contracts(context: typer.Context, json: Json = False) -> None:
    """The contracts held, with what hangs on what."""
    from cli.output import print_json, safe, table
    from store import LOCAL

    with open_pacta(context) as pacta:
        held = pacta.store.contracts(LOCAL.scope)
        names = {p.id: p.name for p in pacta.store.parties(LOCAL.scope)}
    if json:
        print_json([c.model_dump(mode="json") for c in held])
        return
    rows = [
        (
            safe(c.id),
            safe(c.title),
            safe(names.get(c.counterparty or "", "")),
            c.relation,
            safe(c.parent or ""),
            str(c.effective_on or ""),
            safe(c.business_unit),
        )
        for c in held
    ]
    table("", ("id", "title", "counterparty", "relation", "parent", "from", "unit"), rows)


def obligations(
    context: typer.Context,
    contract: Annotated[str | None, typer.Option(help="Only this contract's.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, such as payment_due.")] = None,
    json: Json = False,
) -> None:
    """Every promise read, with its terms, review state, clause, and where it stands in the playbook."""
    from cli.output import console, print_json
    from flows.playbook import compare
    from store import LOCAL

    with open_pacta(context) as pacta:
        if contract is not None:
            pacta.store.contract(contract, LOCAL.scope)
        found = pacta.store.obligations(LOCAL.scope, contract=contract, kind=kind)
        beside = {} if json else {c.obligation: c for c in compare(pacta, found, LOCAL.scope)}
    if json:
        print_json([o.model_dump(mode="json") for o in found])
    elif not found:
        console.print("No obligations yet: read contracts with `pacta ingest PATH`, or try `pacta demo`.")
    else:
        show_by_contract(found, beside)


def show_by_contract(found: "tuple[Obligation, ...]", beside: "Mapping[str, Compared]") -> None:
    from cli.output import console, safe

    for contract in dict.fromkeys(o.contract for o in found):
        console.print(f"[bold]{safe(contract)}[/]")
        show_obligations(tuple(o for o in found if o.contract == contract), beside)


def playbook(
    context: typer.Context,
    contract: Annotated[str | None, typer.Option(help="Only this contract's.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, such as payment_due.")] = None,
    position: Annotated[
        str | None, typer.Option(help="Only preferred, fallback or deviation; unjudged: no rule applies.")
    ] = None,
    json: Json = False,
) -> None:
    """Each promise beside the house's playbook: position, rule, both texts, whom to escalate to."""
    from cli.output import console, print_json
    from flows.playbook import compare
    from store import LOCAL

    if position not in (None, "preferred", "fallback", "deviation", "unjudged"):
        raise typer.BadParameter("give preferred, fallback, deviation or unjudged")
    with open_pacta(context) as pacta:
        if contract is not None:
            pacta.store.contract(contract, LOCAL.scope)
        held = pacta.store.obligations(LOCAL.scope, contract=contract, kind=kind)
        found = [
            c
            for c in compare(pacta, held, LOCAL.scope)
            if position is None or (c.position or "unjudged") == position
        ]
    if json:
        print_json(found)
    elif not found:
        console.print("Nothing to compare.")
    else:
        show_compared(found)


def show_compared(found: "Sequence[Compared]") -> None:
    """Each promise with its position, the rules, the contract's words and the house's."""
    from cli.output import console, outcome, safe

    for contract in dict.fromkeys(c.contract for c in found):
        console.print(f"[bold]{safe(contract)}[/]")
        for c in (each for each in found if each.contract == contract):
            where = outcome(c.position or "not judged")
            console.print(f"  {where} {c.kind} [bold]{safe(c.key)}[/] [dim]{c.obligation}[/]")
            for rule in c.rules:
                or_else = f", accepts {safe(rule.accepts)}" if rule.accepts else ""
                console.print(
                    f"      {safe(rule.term.replace('_', ' '))}: {safe(rule.stated)}; the playbook asks for "
                    f"{safe(rule.asks)}{or_else} [dim]{safe(rule.why)}[/]"
                )
            if c.escalate_to:
                console.print(f"      [bold red]escalate to {safe(c.escalate_to)}[/]")
            console.print(f"      contract ({safe(c.section) or 'no section'}): “{safe(c.text)}”")
            if c.preferred is not None:
                console.print(f"      we prefer ({safe(c.preferred.id)}): “{safe(c.preferred.text)}”")


def page(
    context: typer.Context,
    obligation_id: Annotated[str, typer.Argument(help="Obligation, as `pacta obligations` lists it.")],
    png: Annotated[Path, typer.Option(help="File to write the picture to.")],
    json: Json = False,
) -> None:
    """Show an obligation's clause on the page of its PDF: a picture with the words marked, and below it the
    terms that the clause uses and the clauses that it refers to."""
    from cli.hanging import show
    from cli.output import console, print_json, safe
    from flows.hangs_on import of_passages
    from flows.passage import picture
    from store import LOCAL

    with open_pacta(context) as pacta:
        span = pacta.store.obligation(obligation_id, LOCAL.scope).terms[0].span
        png.write_bytes(picture(pacta, span.document_id, LOCAL.scope, (span.start, span.end)))
        ((terms, also),) = of_passages(pacta, LOCAL.scope, [(span.document_id, span.start, span.end)])
    if json:
        told = {"obligation": obligation_id, "page": span.page, "file": str(png)}
        print_json({**told, "terms": terms, "see_also": also})
    else:
        console.print(f"page {span.page or '?'}, {safe(span.section) or 'no section'}: {safe(str(png))}")
        show(terms, also)


def problems(context: typer.Context, json: Json = False) -> None:
    """What could not be read, located or synced, with what to do."""
    from cli.output import console, print_json, safe, table
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = pacta.store.problems(LOCAL.scope)
    if json:
        print_json(list(found))
    elif not found:
        console.print("No open problems.")
    else:
        rows = [
            (p["stage"], safe(p["contract"] or ""), safe(p["place"]), safe(p["what"]), safe(p["remedy"]))
            for p in found
        ]
        table("", ("stage", "contract", "place", "what", "what to do"), rows)


@review_app.command("list")
def review_list(context: typer.Context, contract: str | None = None, json: Json = False) -> None:
    """Obligations that wait for a person, least sure first."""
    from cli.output import console, print_json, safe
    from flows.review import waiting
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = waiting(pacta, LOCAL, contract)
    if json:
        print_json([o.model_dump(mode="json") for o in found])
        return
    console.print(f"{len(found)} waiting for review")
    for o in found:
        console.print(f"[bold]{o.id}[/] {safe(o.contract)} {o.kind} {safe(o.key)}  sure {o.confidence:.2f}")
        console.print(f"  [dim]“{safe(' '.join(o.terms[-1].span.quote.split()))}”[/]")
        for note in o.notes:
            console.print(f"  [yellow]note:[/] {safe(note)}")


def _review(context: typer.Context, obligation_ids: list[str], word: str, json: bool) -> None:
    from cli.output import console, outcome, print_json
    from flows.review import decide
    from obligations.model import Review
    from store import LOCAL

    with open_pacta(context) as pacta:
        done = [decide(pacta, each, Review(word), LOCAL) for each in obligation_ids]
    if json:
        print_json([o.model_dump(mode="json") for o in done])
        return
    for o in done:
        console.print(f"{o.id} {outcome(o.review.value)}")


@review_app.command("approve")
def review_approve(context: typer.Context, obligation_ids: list[str], json: Json = False) -> None:
    """Approve obligations: from now on they are assessed."""
    _review(context, obligation_ids, "approved", json)


@review_app.command("reject")
def review_reject(context: typer.Context, obligation_ids: list[str], json: Json = False) -> None:
    """Reject obligations: they are kept, and never assessed."""
    _review(context, obligation_ids, "rejected", json)
