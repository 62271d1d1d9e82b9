"""What is derived for a caller: statements, scorecards, the outlook, renewals, value at stake.

Loads what the caller may see, has it judged, and hands it to `obligations.derived`; nothing is written.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.errors import FlowError
from flows.world import World, instant
from obligations import derived
from obligations.contract_tree import tree_of
from obligations.derived import MoneyLine, Owed, RenewalView, Scorecard, Statement, Upcoming
from obligations.facts import latest
from obligations.findings import SpendFinding, off_contract_spend, overpayments
from obligations.model import AsOf, Assessment, Obligation, Party
from store import NotFound, Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta

Judged = list[tuple[Assessment, Obligation]]

MOST_DAYS = 3660
"""The longest outlook: ten years."""


@dataclass(frozen=True)
class Stake:
    """Money that is open under the promises of one party."""

    party: Party
    lines: tuple[MoneyLine, ...]


def period_days(text: str) -> tuple[date, date]:
    """First and last day of "2026-10", "2026-Q4", "2026-H2" or "2026". Raises FlowError for anything else."""
    try:
        year, _, part = text.partition("-")
        if not part:
            return date(int(year), 1, 1), date(int(year), 12, 31)
        months, number = {"Q": (3, part[1:]), "H": (6, part[1:])}.get(part[:1].upper(), (1, part))
        last_month = months * int(number)
        first = date(int(year), last_month - months + 1, 1)
        return first, date(int(year), last_month, monthrange(int(year), last_month)[1])
    except (ValueError, IndexError) as error:
        raise FlowError(f"{text!r} is not a period", remedy="write it as 2026-10, 2026-Q4 or 2026") from error


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
    pacta: "Pacta", scope: Scope, party_id: str, days: tuple[date, date], as_of: datetime
) -> Statement:
    """The statement of a party for `days`, both included. Raises NotFound."""
    world = pacta.worlds.of(scope)
    party, at = _party(world, party_id), instant(as_of)
    facts = latest(world.facts.get(party.id, ()), at.known_at)
    return derived.statement(party.id, _judged(world, at, world.of_party(party.id)), facts, days)


def scorecard(
    pacta: "Pacta", scope: Scope, party_id: str, days: tuple[date, date], as_of: datetime, promises: Owed
) -> Scorecard:
    """How well a party kept its promises to us in `days` ("theirs"), or we ours to it. Raises NotFound."""
    world = pacta.worlds.of(scope)
    party = _party(world, party_id)
    judged = _judged(world, instant(as_of), world.of_party(party.id))
    return derived.scorecard(party.id, judged, days, promises, pacta.settings.derived.scorecard)


def outlook(pacta: "Pacta", scope: Scope, as_of: datetime, days: int) -> tuple[Upcoming, ...]:
    """What falls due from `as_of` to `days` later. Raises FlowError for days that cannot be meant."""
    if not 0 <= days <= MOST_DAYS:
        raise FlowError(f"an outlook of {days} days cannot be made", remedy=f"ask for 0 to {MOST_DAYS} days")
    world = pacta.worlds.of(scope)
    until = as_of + timedelta(days=days)
    now = _judged(world, instant(as_of), world.contracts)
    then = _judged(world, AsOf(as_of=until, known_at=as_of), world.contracts)
    return derived.outlook(now, then, (as_of, until))


def renewals(pacta: "Pacta", scope: Scope, as_of: datetime) -> tuple[RenewalView, ...]:
    """Every agreement that ends or renews and has not ended, the next to be decided first. Schedules and
    amendments are part of the agreement they belong to; a statement of work has a life of its own."""
    world = pacta.worlds.of(scope)
    tree = tree_of(tuple(world.contracts.values()))
    at = instant(as_of)
    on = as_of.astimezone(ZoneInfo(pacta.settings.company.zone)).date()
    views = []
    for contract in world.contracts.values():
        if tree.scope(contract.id) != contract.id:
            continue
        judged = _judged(world, at, world.tree(contract.id))
        view = derived.renewal_view(contract, judged, on, pacta.settings.derived.renewal)
        if view.decide_by is not None or view.ends_on is not None:
            views.append(view)
    return tuple(sorted(views, key=lambda v: (v.decide_by or v.ends_on or date.max, v.contract)))


def stakes(pacta: "Pacta", scope: Scope, as_of: datetime) -> tuple[Stake, ...]:
    """Money that is open, party by party; parties without any are left out."""
    world = pacta.worlds.of(scope)
    at = instant(as_of)
    found = [
        Stake(party, derived.at_stake(_judged(world, at, world.of_party(party.id))))
        for party in world.parties.values()
        if not party.us
    ]
    return tuple(sorted((s for s in found if s.lines), key=lambda s: s.party.name))


def findings(pacta: "Pacta", scope: Scope, as_of: datetime) -> tuple[SpendFinding, ...]:
    """What was paid and not owed, and what was bought off contract. Raises FlowError for a caller who does
    not see every contract: what looks bought without one may have one out of sight."""
    if not scope.unlimited:
        raise FlowError(
            "findings of spend need a view of every contract", remedy="ask with a key that is not limited"
        )
    world, at = pacta.worlds.of(scope), instant(as_of)
    facts = [fact for held in world.facts.values() for fact in held]
    priced = world.assess([o for o in world.obligations.values() if o.kind in ("fee", "rate_card")], at)
    contracts, parties = list(world.contracts.values()), list(world.parties.values())
    off = off_contract_spend(contracts, world.obligations.values(), facts, at, parties)
    return (*overpayments(facts, priced, at), *off)


def _party(world: World, party_id: str) -> Party:
    party = world.parties.get(party_id)
    if party is None:
        raise NotFound("party", party_id)
    return party


def _judged(world: World, at: AsOf, contracts: Iterable[str]) -> Judged:
    """Every assessment under some contracts, with the promise it is about."""
    found = world.assess_all(at, list(contracts))
    return [(a, world.obligations[a.obligation]) for a in found]
