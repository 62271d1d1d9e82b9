"""What is derived: statements, scorecards, what falls due, renewals, open money."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from agent.tool import Arguments, Tool
from flows import report
from flows.toolbox.caller import AsOf, Caller, rows
from flows.toolbox.judged import judgement
from obligations.model import Assessment

Period = Field(pattern=r"^\d{4}(-(\d{2}|[QqHh][1-4]))?$", description="2026-10, 2026-Q4, 2026-H2 or 2026")


class OverPeriod(Arguments):
    party: str = Field(description="a counterparty's name or id")
    period: str = Period
    as_of: AsOf = None


class Card(OverPeriod):
    promises: Literal["theirs", "ours"] = "theirs"


class Now(Arguments):
    as_of: AsOf = None


class Ahead(Now):
    days: int = Field(default=90, ge=0, le=366)


def tools(caller: Caller) -> tuple[Tool, ...]:
    def period_statement(asked: OverPeriod) -> dict[str, Any]:
        days, at = report.period_days(asked.period), caller.at(asked.as_of)
        party = caller.party(asked.party).id
        made = report.statement(caller.pacta, caller.principal.scope, party, days, at)
        return _plain(made)

    def scorecard(asked: Card) -> dict[str, Any]:
        days, at = report.period_days(asked.period), caller.at(asked.as_of)
        party = caller.party(asked.party).id
        made = report.scorecard(caller.pacta, caller.principal.scope, party, days, at, asked.promises)
        return _plain(made)

    def falling_due(asked: Ahead) -> dict[str, Any]:
        found = report.outlook(caller.pacta, caller.principal.scope, caller.at(asked.as_of), asked.days)
        return rows(found, (_plain(each) for each in found))

    def renewals(asked: Now) -> dict[str, Any]:
        found = report.renewals(caller.pacta, caller.principal.scope, caller.at(asked.as_of))
        return rows(found, (_plain(each) for each in found))

    def open_money(asked: Now) -> dict[str, Any]:
        found = report.stakes(caller.pacta, caller.principal.scope, caller.at(asked.as_of))
        lines = ({"party": s.party.name, "lines": [_plain(m) for m in s.lines]} for s in found)
        return rows(found, lines)

    return (
        Tool(
            "period_statement",
            "What a counterparty promised in a period, what was measured, owed, claimed and received.",
            OverPeriod,
            period_statement,
        ),
        Tool(
            "scorecard",
            "How well promises were kept in a period, area by area, with grades.",
            Card,
            scorecard,
        ),
        Tool(
            "falling_due",
            "What falls due in the days ahead: deliveries, payments, reports.",
            Ahead,
            falling_due,
        ),
        Tool(
            "renewals",
            "Contracts that end or renew: by when to give notice, how likely renewal is and why.",
            Now,
            renewals,
        ),
        Tool(
            "open_money",
            "Money that is open, party by party: credits owed, sums due, damages.",
            Now,
            open_money,
        ),
    )


def _plain(made: BaseModel) -> dict[str, Any]:
    """A derived thing as JSON values; the assessments in it without trail and proof, which assess gives."""
    found: dict[str, Any] = {}
    for name in type(made).model_fields:
        value = _value(getattr(made, name))
        if value is not None:
            found[name] = value
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Assessment):
        whole = judgement(value)
        return {key: whole[key] for key in whole if key not in ("trail", "clauses", "records")}
    if isinstance(value, BaseModel):
        return _plain(value)
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    return value
