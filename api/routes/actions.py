"""Writes to outside systems: proposed by assessments, approved here, executed once."""

from fastapi import APIRouter

from api.auth import Approver, Caller, Product, Worker
from flows import act as flow
from obligations.model import Action, ActionState

router = APIRouter(prefix="/v1/actions", tags=["actions"])


@router.get("")
def actions(caller: Caller, pacta: Product, state: ActionState | None = None) -> list[Action]:
    """Actions in scope, in order of their proposal."""
    return list(pacta.store.actions(caller.scope, state=state))


@router.get("/{action_id}")
def action(action_id: str, caller: Caller, pacta: Product) -> Action:
    """One action with its state and the outside record it became."""
    return pacta.store.action(action_id, caller.scope)


@router.post("/{action_id}/approve")
def approve(action_id: str, caller: Approver, pacta: Product, work: Worker) -> Action:
    """Approve; the worker then executes it once. Poll the action to see what it became."""
    decided = flow.decide(pacta, action_id, True, caller)
    if work is not None:
        work.execute(action_id)
    return decided


@router.post("/{action_id}/reject")
def reject(action_id: str, caller: Approver, pacta: Product) -> Action:
    """Reject: nothing is written, and the same breach does not propose it again."""
    return flow.decide(pacta, action_id, False, caller)
