"""What is derived from assessments: what falls due, statements, scorecards, renewals, money at stake.

Every figure names the assessments it rests on; `GET /v1/assessments/{id}` shows their clauses and records.
"""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from api.auth import Caller, Product
from flows import report
from obligations.derived import MoneyLine, Owed, RenewalView, Scorecard, Statement, Upcoming
from obligations.findings import SpendFinding
from obligations.model import Party

router = APIRouter(prefix="/v1", tags=["reports"])


class ScorecardAnswer(BaseModel):
    """A scorecard, with the points gained since the period before."""

    scorecard: Scorecard
    change: Decimal | None


class StakeAnswer(BaseModel):
    """Money that is open under the promises of a party, one line for each meaning, side and currency."""

    party: Party
    lines: tuple[MoneyLine, ...]


@router.get("/due")
def due(
    caller: Caller, pacta: Product, days: int = 30, as_of: AwareDatetime | None = None
) -> tuple[Upcoming, ...]:
    """What falls due within `days`, soonest first, what begins only later included."""
    return report.outlook(pacta, caller.scope, as_of or pacta.clock(), days)


@router.get("/statements/{party}")
def statement(
    party: str, period: str, caller: Caller, pacta: Product, as_of: AwareDatetime | None = None
) -> Statement:
    """What was promised, measured, owed, claimed and received in a period ("2026-10", "2026-Q4", "2026")."""
    found = report.find_party(pacta, caller.scope, party)
    return report.statement(pacta, caller.scope, found.id, report.period_days(period), as_of or pacta.clock())


@router.get("/scorecards/{party}")
def scorecard(
    party: str,
    period: str,
    caller: Caller,
    pacta: Product,
    promises: Owed = "theirs",
    as_of: AwareDatetime | None = None,
) -> ScorecardAnswer:
    """How well a party kept its promises to us in a period, or (`promises=ours`) we ours to it."""
    found = report.find_party(pacta, caller.scope, party)
    days = report.period_days(period)
    card = report.scorecard(pacta, caller.scope, found.id, days, as_of or pacta.clock(), promises)
    return ScorecardAnswer(scorecard=card, change=card.change)


@router.get("/renewals")
def renewals(caller: Caller, pacta: Product, as_of: AwareDatetime | None = None) -> tuple[RenewalView, ...]:
    """Every contract that ends or renews: when to decide, how likely, how risky, and why."""
    return report.renewals(pacta, caller.scope, as_of or pacta.clock())


@router.get("/stakes")
def stakes(caller: Caller, pacta: Product, as_of: AwareDatetime | None = None) -> list[StakeAnswer]:
    """Money that is open, party by party."""
    found = report.stakes(pacta, caller.scope, as_of or pacta.clock())
    return [StakeAnswer(party=stake.party, lines=stake.lines) for stake in found]


@router.get("/findings")
def findings(caller: Caller, pacta: Product, as_of: AwareDatetime | None = None) -> tuple[SpendFinding, ...]:
    """What was paid and not owed, and what was bought off contract; for keys that see every contract."""
    return report.findings(pacta, caller.scope, as_of or pacta.clock())
