"""What is derived: `pacta due`, `statement`, `scorecard`, `renewals`, `stakes`, `findings`."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import AsOf, Json, instant, open_pacta

if TYPE_CHECKING:
    from obligations.derived import AreaScore, Factor, MoneyLine, RenewalView, Scorecard, Statement, Upcoming

Party = Annotated[str, typer.Argument(help="Name or id of the counterparty.")]
Period = Annotated[str, typer.Argument(help="Period: 2026-10, 2026-Q4 or 2026.")]


def register(app: typer.Typer) -> None:
    app.command()(due)
    app.command()(statement)
    app.command()(scorecard)
    app.command()(renewals)
    app.command()(stakes)
    app.command()(findings)


def due(
    context: typer.Context,
    days: Annotated[int, typer.Option(help="How many days ahead, such as 30, 90 or 180.")] = 30,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """What falls due in the next days: notices, reports, payments, credits, renewals."""
    from cli.output import console, print_json
    from flows.report import outlook
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = outlook(pacta, LOCAL.scope, instant(pacta, as_of), days)
        contracts = {c.id: c.counterparty or "" for c in pacta.store.contracts(LOCAL.scope)}
        parties = {p.id: p.name for p in pacta.store.parties(LOCAL.scope)}
        zone = pacta.settings.company.zone
    if json:
        print_json(found)
    elif not found:
        console.print(f"Nothing falls due in the next {days} days.")
    else:
        _show_due(found, {c: parties.get(party, "") for c, party in contracts.items()}, zone)


def _show_due(found: "Iterable[Upcoming]", names: dict[str, str], zone: str) -> None:
    from cli.output import safe, standing, table, when

    rows = [
        (
            when(item.due_at, zone),
            standing(item.assessment) if item.begun else "[dim]later[/]",
            safe(names.get(item.assessment.contract, "")),
            item.by,
            safe(item.assessment.summary if item.begun else _later(item)),
            str(item.at_stake or ""),
        )
        for item in found
    ]
    table("", ("due", "outcome", "with", "by", "what", "at stake"), rows)


def _later(item: "Upcoming") -> str:
    """A promise whose time has not begun is named, not judged."""
    kind = item.assessment.kind.replace("_", " ")
    return f"{kind}: {item.assessment.occurrence.label}"


def statement(
    context: typer.Context, party: Party, period: Period, as_of: AsOf = None, json: Json = False
) -> None:
    """What a party promised in a period, what was measured, owed, claimed and received."""
    from cli.output import print_json
    from flows.report import find_party, period_days
    from flows.report import statement as run
    from store import LOCAL

    days = period_days(period)
    with open_pacta(context) as pacta:
        at = instant(pacta, as_of)
        found = find_party(pacta, LOCAL.scope, party)
        made = run(pacta, LOCAL.scope, found.id, days, at)
    if json:
        print_json(made)
    else:
        _show_statement(f"{found.name}, {period}", made)


def _show_statement(title: str, made: "Statement") -> None:
    from cli.output import console, safe, standing, table

    rows = [
        (
            standing(line.assessment),
            safe(line.promise),
            safe(line.assessment.occurrence.label),
            safe(line.assessment.target.text if line.assessment.target else ""),
            safe(line.assessment.measured.text if line.assessment.measured else ""),
            str(line.owed or ""),
            str(line.claimed_on or ""),
            str(line.received or ""),
            str(line.open or ""),
        )
        for line in made.lines
    ]
    head = ("outcome", "promise", "what", "promised", "measured", "owed", "claimed", "received", "open")
    table(safe(title), head, rows)
    _show_money(made.totals)
    if made.undetermined:
        console.print(
            f"{len(made.undetermined)} undetermined: `pacta assess --outcome undetermined` says why"
        )


def scorecard(
    context: typer.Context,
    party: Party,
    period: Period,
    ours: Annotated[bool, typer.Option("--ours", help="Our promises to them instead of theirs.")] = False,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """How well a party kept its promises in a period, area by area."""
    from cli.output import print_json
    from flows.report import find_party, period_days
    from flows.report import scorecard as run
    from store import LOCAL

    days = period_days(period)
    with open_pacta(context) as pacta:
        found = find_party(pacta, LOCAL.scope, party)
        made = run(pacta, LOCAL.scope, found.id, days, instant(pacta, as_of), "ours" if ours else "theirs")
    if json:
        print_json({"scorecard": made, "change": made.change})
    else:
        whose = "our promises to them" if ours else "their promises to us"
        _show_scorecard(f"{found.name}, {period}: {whose}", made)


def _show_scorecard(title: str, made: "Scorecard") -> None:
    from cli.output import console, safe, table

    head = ("area", "promise", "kept", "breached", "cured", "disputed", "undetermined", "share")
    table(safe(title), head, [row for area in made.areas for row in _area_rows(area)])
    if made.score is None:
        console.print("No score: nothing that was promised for this period is decided.")
    else:
        before = f", {made.change:+.1f} against the period before" if made.change is not None else ""
        console.print(f"score [bold]{made.score:.1f}[/] of 100, grade [bold]{made.grade}[/]{before}")
    if made.coverage is not None and made.coverage < 1:
        console.print(f"{made.coverage:.1%} of what fell due is decided; the rest lacks evidence")
    _show_money(made.money)


def _area_rows(area: "AreaScore") -> list[tuple[str, ...]]:
    rows = [
        (
            area.area,
            kind.kind.replace("_", " "),
            str(kind.kept),
            str(kind.breached),
            str(kind.cured or ""),
            str(kind.disputed or ""),
            str(kind.undetermined or ""),
            _percent(kind.share),
        )
        for kind in area.kinds
    ]
    total = (
        "",
        f"[dim]area, weight {area.weight}[/]",
        "",
        "",
        "",
        "",
        "",
        f"[bold]{_percent(area.share)}[/]",
    )
    return [*rows, total]


def renewals(context: typer.Context, as_of: AsOf = None, json: Json = False) -> None:
    """Contracts that end or renew: when to decide, how likely and how risky, and why."""
    from cli.output import console, print_json
    from flows.report import renewals as run
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = run(pacta, LOCAL.scope, instant(pacta, as_of))
        titles = {c.id: c.title for c in pacta.store.contracts(LOCAL.scope)}
    if json:
        print_json(found)
    elif not found:
        console.print("No contract here says when it ends or renews.")
    else:
        _show_renewals(found, titles)


def _show_renewals(found: "Iterable[RenewalView]", titles: dict[str, str]) -> None:
    from cli.output import console, safe, table

    rows = [
        (
            safe(view.contract),
            safe(titles.get(view.contract, "")),
            _day(view.decide_by),
            _day(view.ends_on),
            {True: "by itself", False: "by an act", None: ""}[view.automatic],
            f"{_points(view.likelihood)} {view.band}".strip(),
            _points(view.risk),
            safe("; ".join(_because(factor) for factor in (*view.likely_because, *view.risky_because))),
        )
        for view in found
    ]
    head = ("contract", "title", "decide by", "ends", "renews", "likelihood", "risk", "because (points)")
    table("", head, rows)
    console.print("[dim]Points from 0 to 100, not probabilities; the weights stand in pacta.yaml.[/]")


def _because(factor: "Factor") -> str:
    """A reason with its points; what decides by itself has none."""
    return factor.found if factor.name == "decided" else f"{factor.found} ({factor.points:+.0f})"


def stakes(context: typer.Context, as_of: AsOf = None, json: Json = False) -> None:
    """Money that is open under the promises, party by party."""
    from cli.output import console, print_json, safe, table
    from flows.report import stakes as run
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = run(pacta, LOCAL.scope, instant(pacta, as_of))
    if json:
        print_json([{"party": stake.party, "lines": stake.lines} for stake in found])
    elif not found:
        console.print("No money is open under any promise.")
    else:
        rows = [(safe(stake.party.name), *_money_row(line)) for stake in found for line in stake.lines]
        table("", ("party", "what", "to", "amount", "from"), rows)


def findings(context: typer.Context, as_of: AsOf = None, json: Json = False) -> None:
    """What was paid and not owed, and what was bought off contract."""
    from cli.output import console, print_json, safe, table
    from flows.report import findings as run
    from store import LOCAL

    with open_pacta(context) as pacta:
        found = run(pacta, LOCAL.scope, instant(pacta, as_of))
        names = {p.id: p.name for p in pacta.store.parties(LOCAL.scope)}
    if json:
        print_json(found)
    elif not found:
        console.print(
            "Nothing was paid that was not owed, and nothing bought off contract, as far as is on record."
        )
    else:
        rows = [
            (
                str(f.on),
                f.kind.replace("_", " "),
                safe(names.get(f.party or "", "")),
                str(f.amount),
                safe(f.summary),
            )
            for f in found
        ]
        table("", ("day", "finding", "party", "amount", "what"), rows)


def _show_money(lines: "Iterable[MoneyLine]") -> None:
    from cli.output import table

    rows = [_money_row(line) for line in lines]
    if rows:
        table("\nmoney", ("what", "to", "amount", "from"), rows)


def _money_row(line: "MoneyLine") -> tuple[str, ...]:
    return (
        line.money_is.replace("_", " ") or "amount",
        line.to,
        str(line.amount),
        f"{len(line.assessments)} assessments" if len(line.assessments) > 1 else "1 assessment",
    )


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _points(points: Decimal | None) -> str:
    return "" if points is None else f"{points:.0f}"


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
