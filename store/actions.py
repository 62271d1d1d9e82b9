"""The one path of writes to outside systems: proposed, approved, executed exactly once, recorded."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from obligations.facts import Source
from obligations.model import Action, ActionState
from store import schema
from store.access import Scope
from store.base import Base
from store.errors import Conflict, NotFound

CLAIM_FOR = timedelta(minutes=10)
"""A claim older than this belongs to a worker that died; the next one looks the write up before doing it."""


class Actions(Base):
    """Proposed and executed writes. `reference` is unique: proposing it again returns the first."""

    def propose_action(self, action: Action, *, by: str) -> Action:
        table = schema.actions
        with self.write() as tx:
            held = tx.execute(
                select(table.c.body).where(table.c.reference == action.reference)
            ).scalar_one_or_none()
            if held is not None:
                return Action.model_validate(held)
            tx.execute(
                table.insert().values(
                    id=action.id,
                    reference=action.reference,
                    contract=action.contract,
                    party=action.party,
                    state=action.state.value,
                    body=action.model_dump(mode="json"),
                )
            )
            detail = {
                "system": action.system,
                "verb": action.verb,
                "target": action.target,
                "reason": action.reason,
            }
            self.audit(tx, action.proposed_at, by, "action.propose", action.id, detail)
        return action

    def actions(self, scope: Scope, *, state: ActionState | None = None) -> tuple[Action, ...]:
        table = schema.actions
        wanted = [scope.of_record(table.c.contract, table.c.party)]
        wanted += [table.c.state == state.value] if state is not None else []
        with self.read() as tx:
            bodies = tx.execute(select(table.c.body).where(and_(*wanted))).scalars()
            found = [Action.model_validate(body) for body in bodies]
        return tuple(sorted(found, key=lambda a: (a.proposed_at, a.id)))

    def action(self, action_id: str, scope: Scope) -> Action:
        table = schema.actions
        with self.read() as tx:
            body = tx.execute(
                select(table.c.body).where(
                    table.c.id == action_id, scope.of_record(table.c.contract, table.c.party)
                )
            ).scalar_one_or_none()
        if body is None:
            raise NotFound("action", action_id)
        return Action.model_validate(body)

    def decide_action(self, action_id: str, approve: bool, scope: Scope, *, by: str, at: datetime) -> Action:
        """Approve or reject a proposed action; one that was decided stays as it was."""
        held = self.action(action_id, scope)
        state = ActionState.APPROVED if approve else ActionState.REJECTED
        changed = held.model_copy(update={"state": state, "decided_at": at, "decided_by": by})
        with self.write() as tx:
            if not self._move(tx, changed, (ActionState.PROPOSED,)):
                raise Conflict(f"action {action_id} is {held.state.value}, not proposed")
            self.audit(tx, at, by, f"action.{state.value}", action_id, {})
        return changed

    def claim_action(self, action_id: str, *, by: str, at: datetime) -> Action | None:
        """Take an approved (or failed) action for execution; None when it is done or another holds it.

        The same claimant may claim again: a workflow that died in the middle goes on under its own id.
        Whoever claims must look for `reference` outside before writing.
        """
        table = schema.actions
        free = or_(
            table.c.claimed_at.is_(None),
            table.c.claimed_by == by,
            table.c.claimed_at < schema.instant(at - CLAIM_FOR),
        )
        open_states = [ActionState.APPROVED.value, ActionState.FAILED.value]
        with self.write(quiet=True) as tx:
            done = tx.execute(
                table.update()
                .where(table.c.id == action_id, table.c.state.in_(open_states), free)
                .values(claimed_at=schema.instant(at), claimed_by=by)
            )
            if done.rowcount == 0:
                return None
            body = tx.execute(select(table.c.body).where(table.c.id == action_id)).scalar_one()
        return Action.model_validate(body)

    def finish_action(self, action: Action, result: Source, *, found: bool, by: str, at: datetime) -> Action:
        """Record the outside record that the action became; `found`: it was there already."""
        changed = action.model_copy(
            update={"state": ActionState.EXECUTED, "executed_at": at, "result": result, "error": ""}
        )
        with self.write() as tx:
            if not self._move(tx, changed, (ActionState.APPROVED, ActionState.FAILED)):
                raise Conflict(f"action {action.id} was not being executed")
            detail = {"system": result.system, "record": result.record, "found": found}
            self.audit(tx, at, by, "action.executed", action.id, detail)
        return changed

    def fail_action(self, action: Action, error: str, *, by: str, at: datetime) -> Action:
        """Record why it failed; it stays executable."""
        changed = action.model_copy(update={"state": ActionState.FAILED, "error": error})
        with self.write() as tx:
            self._move(tx, changed, (ActionState.APPROVED, ActionState.FAILED))
            self.audit(tx, at, by, "action.failed", action.id, {"error": error[:500]})
        return changed

    def _move(self, tx: Any, changed: Action, before: tuple[ActionState, ...]) -> bool:
        table = schema.actions
        done = tx.execute(
            table.update()
            .where(table.c.id == changed.id, table.c.state.in_([s.value for s in before]))
            .values(
                state=changed.state.value,
                body=changed.model_dump(mode="json"),
                claimed_at=None,
                claimed_by=None,
            )
        )
        return bool(done.rowcount)
