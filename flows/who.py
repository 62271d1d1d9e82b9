"""Whom a record means, where the machine is not sure: the open questions, and a person's word on them.

Names that are surely a party's are linked when records come in (`flows/sync.py`). The others wait here, with
the parties that may be meant. A decision holds for every record of that system with that name, those held
and those to come, and can be taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.errors import FlowError
from obligations.model import Party
from store import LooseName, PartyLink, Principal, Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from tools.parties import Candidate

NOBODY = "none"
"""How a person says that a name is nobody's with whom we have a contract."""


@dataclass(frozen=True)
class OpenName:
    """A name that needs a person: what it came with, and who may be meant (best first)."""

    name: LooseName
    candidates: "tuple[Candidate, ...]"
    why: str


def open_names(pacta: "Pacta", scope: Scope) -> list[OpenName]:
    """Names that belong to nobody yet and that nobody has decided on, those with the most facts first."""
    from tools.parties import PartyHint, resolve

    decided = {(link.system, link.hint) for link in pacta.store.party_links(scope)}
    parties = pacta.store.parties(scope)
    waiting = []
    for name in pacta.store.loose_names(scope):
        if (name.system, name.hint) not in decided:
            found = resolve(PartyHint(name=name.hint, keys={name.system: name.hint}), parties)
            waiting.append(OpenName(name, found.candidates, found.why))
    return waiting


def decide(pacta: "Pacta", system: str, hint: str, party: str, principal: Principal) -> int:
    """Say that `hint` in `system` means the party (its id or exact name), or nobody (NOBODY).

    Returns how many facts changed hands. Raises FlowError for a caller who may not, for a party that is not
    there and for a name that no fact came with.
    """
    if not principal.may("reviewer"):
        raise FlowError(
            f"{principal.name} may not say whom records mean", remedy="ask for a key with the role reviewer"
        )
    if not principal.scope.unlimited:
        raise FlowError(
            f"{principal.name} sees only a part of the contracts",
            remedy="names are settled with a key that sees all",
        )
    meant = None if party == NOBODY else _party(party, pacta.store.parties(principal.scope)).id
    facts = pacta.store.facts_named(system, hint, principal.scope)
    if not facts:
        raise FlowError(
            f"no record of {system!r} came with the name {hint!r}", remedy="see `pacta parties unsure`"
        )
    at = pacta.clock()
    pacta.store.put_party_link(PartyLink(system, hint, meant, principal.id, at))
    moved = [fact for fact in facts if fact.party != meant]
    if moved:
        links = [(fact.id, meant, fact.contract) for fact in moved]
        pacta.store.replace_fact_links(links, by=principal.id, at=at)
    return len(moved)


def _party(said: str, parties: Sequence[Party]) -> Party:
    found = [p for p in parties if said in (p.id, p.name)]
    if len(found) != 1:
        known = ", ".join(p.id for p in parties[:20]) or "none yet"
        raise FlowError(f"there is no party {said!r}", remedy=f"name one of: {known}")
    return found[0]
