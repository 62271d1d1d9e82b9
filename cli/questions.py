"""`pacta ask`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import AsOf, Json, instant, open_pacta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.answer import Answer
    from flows.hangs_on import SeeAlso, Term


def register(app: typer.Typer) -> None:
    app.command()(ask)


def ask(
    context: typer.Context,
    question: Annotated[
        str, typer.Argument(help='Such as "Is Acme in SLA breach?"; - reads standard input.')
    ],
    as_of: AsOf = None,
    thread: Annotated[
        str | None, typer.Option(help="Name of a conversation, for follow-up questions.")
    ] = None,
    json: Json = False,
) -> None:
    """Answer a question, with the clauses and records that prove it."""
    import sys

    from flows.ask import ask as run
    from flows.hangs_on import of_passages
    from store import LOCAL

    text = sys.stdin.read() if question == "-" else question
    with open_pacta(context) as pacta:
        at = instant(pacta, as_of) if as_of else None
        answer = run(pacta, text, LOCAL, as_of=at, thread=thread, light=True)
        cited = [(c.document, c.start, c.end) for c in answer.citations]
        beside = [] if json else of_passages(pacta, LOCAL.scope, cited)
    if json:
        from cli.output import print_json

        print_json(answer)
    else:
        show(answer, beside)


def show(answer: "Answer", beside: "Sequence[tuple[tuple[Term, ...], tuple[SeeAlso, ...]]]" = ()) -> None:
    """The answer, then each clause and record it rests on; `beside` is what each clause hangs on."""
    from cli.hanging import show as show_hanging
    from cli.output import console, safe, short

    console.print(safe_lines(answer.answer))
    if answer.citations or answer.records:
        console.print()
    for number, cited in enumerate(answer.citations):
        page = f", page {cited.page}" if cited.page else ""
        section = f", {safe(cited.section)}" if cited.section else ""
        title = safe(cited.title or cited.document)
        console.print(
            f"  [cyan]{safe(cited.marker)}[/] {safe(cited.contract)} [bold]{title}[/]{section}{page}"
        )
        console.print(f"      [dim]“{short(cited.quote, 240)}”[/]")
        if number < len(beside):
            show_hanging(*beside[number])
    for record in answer.records:
        where = f" [dim]{safe(record.url)}[/]" if record.url else ""
        label = safe(record.label or record.record)
        console.print(f"  [cyan]{safe(record.marker)}[/] {safe(record.system)} {label}{where}")


def safe_lines(text: str) -> str:
    """Answer text with its line breaks kept and everything else made safe to print."""
    from cli.output import safe

    return "\n".join(safe(line) for line in text.splitlines())
