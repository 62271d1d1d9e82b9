"""Judge promises as of an instant, keep what changed, and propose what to do about breaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flows.world import instant
from obligations.model import Action, Assessment, Contract, Obligation
from store import Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta


@dataclass(frozen=True)
class Judged:
    """Assessments with what they are about, and what the run changed."""

    assessments: tuple[Assessment, ...]
    obligations: dict[str, Obligation]
    contracts: dict[str, Contract]
    changed: int
    proposed: tuple[Action, ...]
    awaiting_review: int


def assess(
    pacta: "Pacta",
    scope: Scope,
    as_of: datetime,
    *,
    known_at: datetime | None = None,
    contracts: Sequence[str] | None = None,
    keep: bool = True,
) -> Judged:
    """Assess every approved obligation in scope (or of some contracts).

    With `keep`, what changed is stored and breaches propose actions. Looking back at a past day or with
    an older `known_at` should pass `keep=False`: the newest judgement stays the newest.
    """
    from flows.act import propose

    world = pacta.worlds.of(scope)
    at = instant(as_of, known_at)
    found = world.assess_all(at, contracts)
    changed = 0
    proposed: list[Action] = []
    if keep:
        changed = pacta.store.put_assessments(found, by="assess", at=pacta.clock())
        proposed = propose(pacta, world, found, at)
    waiting = sum(1 for o in world.read.values() if o.review.value == "proposed")
    return Judged(tuple(found), world.obligations, world.contracts, changed, tuple(proposed), waiting)
