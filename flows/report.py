"""A period statement for a party: what was promised, measured, kept or not, and the money."""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from flows.errors import FlowError
from flows.world import instant
from obligations.model import Assessment, Outcome, Party
from obligations.quantities import Money
from store import NotFound, Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta


@dataclass(frozen=True)
class Statement:
    """Assessments of one party that count in a period, with totals by outcome and by currency."""

    party: Party
    first: date
    last: date
    as_of: datetime
    assessments: tuple[Assessment, ...]

    @property
    def outcomes(self) -> dict[str, int]:
        return dict(Counter(a.outcome.value for a in self.assessments))

    @property
    def credit_owed(self) -> tuple[Money, ...]:
        """Service credits owed and not yet received, one sum for each currency."""
        sums: dict[str, Money] = {}
        for a in self.assessments:
            if a.money is not None and a.money_is == "credit_owed" and a.outcome is not Outcome.MET:
                held = sums.get(a.money.currency)
                sums[a.money.currency] = a.money if held is None else held + a.money
        return tuple(sums[currency] for currency in sorted(sums))


def month_days(text: str) -> tuple[date, date]:
    """First and last day of "2026-10". Raises FlowError for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise FlowError(f"{text!r} is not a month", remedy="write it as 2026-10") from error
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def find_party(pacta: "Pacta", scope: Scope, text: str) -> Party:
    """The party that a name or id means. Raises FlowError when several do, NotFound when none does."""
    world = pacta.worlds.of(scope)
    if text in world.parties:
        return world.parties[text]
    found = [m for m in world.names.find(text) if m.kind == "party"]
    best = {m.id for m in found if m.score == found[0].score}
    if not best:
        raise NotFound("party", text)
    if len(best) > 1:
        names = ", ".join(sorted(world.parties[key].name for key in best))
        raise FlowError(f"{text!r} may mean {names}", remedy="write the whole name")
    return world.parties[best.pop()]


def statement(
    pacta: "Pacta", scope: Scope, party_id: str, first: date, last: date, as_of: datetime
) -> Statement:
    """The statement of a party from `first` to `last`, both included. Raises NotFound."""
    world = pacta.worlds.of(scope)
    party = world.parties.get(party_id)
    if party is None:
        raise NotFound("party", party_id)
    contracts = [c.id for c in world.contracts.values() if c.counterparty == party_id]
    found = world.assess_all(instant(as_of), contracts)
    return Statement(
        party, first, last, as_of, tuple(a for a in found if first <= a.occurrence.counts_on <= last)
    )
