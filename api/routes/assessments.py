"""Assessments: as kept by the last run, or judged now for any instant."""

from datetime import date

from fastapi import APIRouter
from pydantic import AwareDatetime

from api.auth import Caller, Product, Reviewer
from flows import assess as flow
from obligations.model import Assessment, Outcome

router = APIRouter(prefix="/v1", tags=["assessments"])


@router.get("/assessments")
def assessments(
    caller: Caller,
    pacta: Product,
    as_of: AwareDatetime | None = None,
    known_at: AwareDatetime | None = None,
    contract: str | None = None,
    outcome: Outcome | None = None,
    since: date | None = None,
) -> list[Assessment]:
    """Every occurrence in scope, judged as of an instant (default: now) with what was known by `known_at`.

    Nothing is stored: the same question about a past day gives the same answer today.
    """
    if contract is not None:
        pacta.store.contract(contract, caller.scope)
    wanted = [contract] if contract else None
    at = as_of or pacta.clock()
    judged = flow.assess(pacta, caller.scope, at, known_at=known_at, contracts=wanted, keep=False)
    return [
        a
        for a in judged.assessments
        if (outcome is None or a.outcome is outcome) and (since is None or a.occurrence.counts_on >= since)
    ]


@router.post("/assessments/run")
def run(caller: Reviewer, pacta: Product) -> dict[str, int]:
    """Judge everything in scope now, keep what changed, and propose actions for breaches."""
    judged = flow.assess(pacta, caller.scope, pacta.clock())
    return {"judged": len(judged.assessments), "changed": judged.changed, "proposed": len(judged.proposed)}


@router.get("/assessments/{assessment_id}")
def history(assessment_id: str, caller: Caller, pacta: Product) -> list[Assessment]:
    """The kept versions of one assessment, newest first."""
    return list(pacta.store.assessment(assessment_id, caller.scope))
