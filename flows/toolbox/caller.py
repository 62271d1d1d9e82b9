"""Who calls, and how what they name is found: parties and contracts by name, id or title, in scope alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from agent.errors import ToolError
from flows.ask import View
from flows.clock import parse_as_of
from flows.report import find_party
from obligations.document import Span
from obligations.facts import Source
from obligations.model import Contract, Party

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from flows.world import World
    from store import Principal

MOST = 50
"""Rows that one call gives at most; the rest is counted, so that nothing seems to be all."""


AsOf = Annotated[
    str | None,
    Field(description="a day, 2026-11-10, or an instant, 2026-11-10T12:00+01:00, to judge; default: now"),
]


class Caller:
    """The product as one caller sees it, judging as of an instant unless a call says another; None: now."""

    def __init__(self, pacta: "Pacta", principal: "Principal", as_of: datetime | None = None) -> None:
        self.pacta, self.principal = pacta, principal
        self._as_of = as_of

    @property
    def world(self) -> "World":
        return self.pacta.worlds.of(self.principal.scope)

    @property
    def view(self) -> View:
        return View(self.pacta, self.principal)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.pacta.settings.company.zone)

    @property
    def now(self) -> datetime:
        return self.pacta.clock().astimezone(self.zone)

    def at(self, said: str | None) -> datetime:
        """The instant to judge: the caller's, or what `--as-of` makes of the text."""
        if said is None:
            return self._as_of or self.now
        return parse_as_of(said, self.pacta.settings.company.zone)

    def party(self, said: str) -> Party:
        """Raises NotFound, or FlowError where several are meant."""
        return find_party(self.pacta, self.principal.scope, said)

    def contracts(self, *, party: str | None = None, contract: str | None = None) -> list[Contract]:
        """The contracts meant: one by id or title, those with a party, or all in scope."""
        world = self.world
        if contract is not None:
            return [self._contract(world, contract)]
        if party is not None:
            return [world.contracts[key] for key in world.of_party(self.party(party).id)]
        return list(world.contracts.values())

    def _contract(self, world: "World", said: str) -> Contract:
        if said in world.contracts:
            return world.contracts[said]
        found = {m.id: m.score for m in world.names.find(said) if m.kind == "contract"}
        best = [key for key, score in found.items() if score == max(found.values())]
        if len(best) != 1:
            among = ", ".join(sorted(best)) if best else "none"
            raise ToolError(f"no one contract is called {said!r} (found: {among})", remedy="list_contracts")
        return world.contracts[best[0]]


def rows(found: Sequence[Any], shown: Iterable[dict[str, Any]], most: int = MOST) -> dict[str, Any]:
    """A list as a tool gives it: at most so many, with how many there are in all."""
    held = list(shown)[:most]
    return {"found": len(found), "left_off": max(len(found) - len(held), 0), "rows": held}


def quote(span: Span) -> dict[str, Any]:
    """A clause's words with the place they stand in: what a claim cites."""
    return span.model_dump(mode="json", exclude={"match"}, exclude_none=True)


def record(source: Source) -> dict[str, Any]:
    return source.model_dump(mode="json", exclude_none=True)
