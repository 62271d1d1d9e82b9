"""Put extracted obligations before a person: list what waits, approve, reject, reopen."""

from typing import TYPE_CHECKING

from flows.errors import FlowError
from obligations.model import Obligation, Review
from store import Principal

if TYPE_CHECKING:
    from flows.wiring import Pacta


def waiting(pacta: "Pacta", principal: Principal, contract: str | None = None) -> tuple[Obligation, ...]:
    """Proposed obligations, least sure first."""
    found = pacta.store.obligations(principal.scope, contract=contract, review=Review.PROPOSED)
    return tuple(sorted(found, key=lambda o: (o.confidence, o.contract, o.kind, o.key)))


def decide(pacta: "Pacta", obligation_id: str, review: Review, principal: Principal) -> Obligation:
    """A reviewer's word on one obligation."""
    if not principal.may("reviewer"):
        raise FlowError(f"{principal.name} may not review", remedy="ask for a key with the role reviewer")
    return pacta.store.set_review(obligation_id, review, principal.scope, by=principal.id, at=pacta.clock())
