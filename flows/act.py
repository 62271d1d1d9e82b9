"""The one path of writes to outside systems: propose, decide, execute once, record.

A breach on a ticket proposes a comment there and a task in the CLM. Nothing leaves before a person (or
an explicit policy) approved it. Executing claims the action, looks for its reference outside, creates
only when it is not there, and records the outside record: a crash in between is found, not repeated.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.errors import FlowError
from obligations.model import Action, ActionState, AsOf, Assessment, Contract, Obligation
from store import Principal, Scope
from tools.kit.errors import ConnectorError

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from flows.world import World

TASK_DAYS = 5
"""A proposed task is due this many days after the breach was found."""


def reference(*parts: str) -> str:
    """Our own key for one write: the same breach and verb always give the same one."""
    return "pacta-" + hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def propose(pacta: "Pacta", world: "World", assessments: Sequence[Assessment], at: AsOf) -> list[Action]:
    """Proposals for recent outcomes that the policy names; one proposed before is returned as it is."""
    policy = pacta.settings.policy
    since = at.as_of.date() - timedelta(days=policy.propose_since_days)
    proposed: list[Action] = []
    for assessment in assessments:
        if assessment.outcome.value not in policy.propose_on or assessment.occurrence.counts_on < since:
            continue
        contract = world.contracts.get(assessment.contract)
        obligation = world.obligations.get(assessment.obligation)
        if contract is None or obligation is None or not _theirs(obligation, contract):
            continue
        actions = _actions(pacta, assessment, contract, at)
        proposed += [pacta.store.propose_action(action, by="policy") for action in actions]
    return proposed


def _theirs(obligation: Obligation, contract: Contract) -> bool:
    """Whether the counterparty broke its promise; our own late payment is not theirs to be told."""
    return obligation.debtor is None or obligation.debtor == contract.counterparty


def _actions(pacta: "Pacta", assessment: Assessment, contract: Contract, at: AsOf) -> list[Action]:
    made: list[Action] = []
    ticket = next((r for r in assessment.records if _is_desk(pacta, r.system)), None)
    on_ticket = assessment.kind in ("response_time", "resolution_time")
    if on_ticket and ticket is not None:
        text = f"{assessment.summary} Promised in {contract.title}{_clause(assessment)}."
        comment: dict[str, object] = {"text": text, "public": False}
        made.append(_action(assessment, contract, at, (ticket.system, "comment", ticket.record), comment))
    if contract.source is not None and contract.source.system in pacta.connectors:
        task: dict[str, object] = {
            "title": f"Breach: {assessment.occurrence.label} ({contract.title})",
            "text": f"{assessment.summary}{_clause(assessment)}",
            "due_on": (at.as_of.date() + timedelta(days=TASK_DAYS)).isoformat(),
        }
        made.append(
            _action(assessment, contract, at, (contract.source.system, "create_task", contract.id), task)
        )
    return made


def _is_desk(pacta: "Pacta", system: str) -> bool:
    """Is this a service desk, where a comment on a ticket reaches those who work on it?"""
    from tools.registry import KINDS, profile

    kind = pacta.settings.connectors.get(system, {}).get("kind", system)
    return system in pacta.connectors and kind in KINDS and profile(kind).area == "ITSM"


def _clause(assessment: Assessment) -> str:
    section = next((s.section for s in assessment.spans if s.section), "")
    return f", clause {section}" if section else ""


def _action(
    assessment: Assessment,
    contract: Contract,
    at: AsOf,
    what: tuple[str, str, str],
    payload: dict[str, object],
) -> Action:
    system, verb, target = what
    key = reference(assessment.id, system, verb, target)
    return Action(
        id=key.replace("pacta-", "act-"),
        system=system,
        verb=verb,
        target=target,
        payload=payload,
        reference=key,
        reason=assessment.summary,
        assessment=assessment.id,
        contract=contract.id,
        party=contract.counterparty,
        proposed_at=at.as_of,
        proposed_by="policy",
    )


def decide(pacta: "Pacta", action_id: str, approve: bool, principal: Principal) -> Action:
    """A person's word on a proposed action."""
    if not principal.may("approver"):
        raise FlowError(
            f"{principal.name} may not approve actions", remedy="ask for a key with the role approver"
        )
    return pacta.store.decide_action(action_id, approve, principal.scope, by=principal.id, at=pacta.clock())


def execute(pacta: "Pacta", action_id: str, claimant: str) -> Action | None:
    """Carry out an approved action; None when another claimant holds it, or it is done already.

    A failure is recorded on the action, which stays executable; nothing is raised for it. `claimant` is
    whose claim it is: a workflow's id, so that its recovery goes on, or a process.
    """
    action = pacta.store.claim_action(action_id, by=claimant, at=pacta.wall_clock())
    if action is None:
        return None
    try:
        writer = pacta.writer(action.system)
        found = writer.find(action.reference, action.target)
        result = found or writer.create(action)
    except (ConnectorError, FlowError) as error:
        return pacta.store.fail_action(action, str(error), by=claimant, at=pacta.clock())
    return pacta.store.finish_action(action, result, found=found is not None, by=claimant, at=pacta.clock())


def execute_approved(pacta: "Pacta", claimant: str) -> list[Action]:
    """Everything approved and not done yet."""
    waiting = pacta.store.actions(Scope.all(), state=ActionState.APPROVED)
    waiting += pacta.store.actions(Scope.all(), state=ActionState.FAILED)
    return [done for action in waiting if (done := execute(pacta, action.id, claimant)) is not None]
