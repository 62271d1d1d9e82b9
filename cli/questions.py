"""`pacta ask`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import AsOf, Json, instant, open_pacta

if TYPE_CHECKING:
    from agent.answer import Answer


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
    from store import LOCAL

    text = sys.stdin.read() if question == "-" else question
    with open_pacta(context) as pacta:
        at = instant(pacta, as_of) if as_of else None
        answer = run(pacta, text, LOCAL, as_of=at, thread=thread, light=True)
    if json:
        from cli.output import print_json

        print_json(answer)
    else:
        show(answer)


def show(answer: "Answer") -> None:
    """The answer, then each clause and record it rests on."""
    from cli.output import console, safe, short

    console.print(safe_lines(answer.answer))
    if answer.citations or answer.records:
        console.print()
    for cited in answer.citations:
        page = f", page {cited.page}" if cited.page else ""
        section = f", {safe(cited.section)}" if cited.section else ""
        title = safe(cited.title or cited.document)
        console.print(
            f"  [cyan]{safe(cited.marker)}[/] {safe(cited.contract)} [bold]{title}[/]{section}{page}"
        )
        console.print(f"      [dim]“{short(cited.quote, 240)}”[/]")
    for record in answer.records:
        where = f" [dim]{safe(record.url)}[/]" if record.url else ""
        label = safe(record.label or record.record)
        console.print(f"  [cyan]{safe(record.marker)}[/] {safe(record.system)} {label}{where}")


def safe_lines(text: str) -> str:
    """Answer text with its line breaks kept and everything else made safe to print."""
    from cli.output import safe

    return "\n".join(safe(line) for line in text.splitlines())
