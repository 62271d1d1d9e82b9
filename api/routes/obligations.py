"""Obligations as read, and their review by a person."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.auth import Caller, Product, Reviewer
from flows import playbook
from flows import review as flow
from obligations.model import Obligation, Review

router = APIRouter(prefix="/v1/obligations", tags=["obligations"])


class Decision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    review: Literal["approved", "rejected", "proposed"]


@router.get("")
def obligations(
    caller: Caller,
    pacta: Product,
    contract: str | None = None,
    kind: str | None = None,
    review: Review | None = None,
) -> list[Obligation]:
    """Obligations as each document states them."""
    return list(pacta.store.obligations(caller.scope, contract=contract, kind=kind, review=review))


@router.get("/{obligation_id}/playbook")
def beside_playbook(obligation_id: str, caller: Caller, pacta: Product) -> playbook.Compared:
    """One obligation beside the playbook: its position, the rules, both texts, whom to escalate to."""
    return playbook.of_obligation(pacta, obligation_id, caller.scope)


@router.post("/{obligation_id}/review")
def decide(obligation_id: str, decision: Decision, caller: Reviewer, pacta: Product) -> Obligation:
    """Approve, reject or reopen. Only approved obligations are assessed."""
    return flow.decide(pacta, obligation_id, Review(decision.review), caller)
