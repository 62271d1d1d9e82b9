"""Answer a question for one caller: gives the agent its view of the world, keeps thread and answer."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from agent.answer import Answer, AskInput
from agent.deps import NameMatch, SearchHit, ThreadState, Turn
from flows.models import relay
from flows.world import World, instant
from obligations.facts import Fact, latest
from obligations.model import Action, Assessment, Contract, Obligation, Party
from store import Principal

if TYPE_CHECKING:
    from agent.ask import Event
    from agent.tool import Tool
    from flows.wiring import Pacta


class View:
    """The world as one caller sees it, in the shape the agent asks for (`agent.deps.AskDeps`)."""

    def __init__(self, pacta: "Pacta", principal: Principal) -> None:
        self._pacta, self._principal = pacta, principal
        self._world: World = pacta.worlds.of(principal.scope)

    def clock(self) -> datetime:
        return self._pacta.clock().astimezone(ZoneInfo(self._pacta.settings.company.zone))

    def parties(self) -> Sequence[Party]:
        return list(self._world.parties.values())

    def contracts(self) -> Sequence[Contract]:
        return list(self._world.contracts.values())

    def names(self, text: str) -> Sequence[NameMatch]:
        return [
            NameMatch(kind=m.kind, id=m.id, name=m.name, said=m.said, score=m.score)
            for m in self._world.names.find(text)
        ]

    def obligations(self, contracts: Collection[str]) -> Sequence[Obligation]:
        return [o for o in self._world.obligations.values() if o.contract in contracts]

    def assess(
        self, obligations: Collection[str], as_of: datetime, period: tuple[date | None, date | None]
    ) -> Sequence[Assessment]:
        wanted = [o for o in self._world.obligations.values() if o.id in obligations]
        first, last = period
        return [
            a
            for a in self._world.assess(wanted, instant(as_of))
            if (first is None or a.occurrence.counts_on >= first)
            and (last is None or a.occurrence.counts_on <= last or a.occurrence.counts_on > as_of.date())
        ]

    def facts(
        self,
        *,
        parties: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        records: Collection[str] | None = None,
        known_at: datetime | None = None,
    ) -> Sequence[Fact]:
        wanted = None if records is None else {r.casefold() for r in records}
        held = [
            fact
            for party, facts in self._world.facts.items()
            if parties is None or party in parties
            for fact in facts
            if kinds is None or fact.kind in kinds
        ]
        if wanted is not None:
            held = [f for f in held if {f.source.record.casefold(), f.source.label.casefold()} & wanted]
        return latest(held, known_at or self.clock())

    def search(
        self,
        query: str,
        *,
        contracts: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 8,
    ) -> Sequence[SearchHit]:
        from retrieval.index import SearchScope

        scope = self._principal.scope
        return self._pacta.index.search(
            query,
            scope=SearchScope(scope.business_units, scope.parties),
            contracts=None if contracts is None else sorted(contracts),
            kinds=None if kinds is None else sorted(kinds),
            limit=limit,
        )

    def passage(self, document_id: str, start: int, end: int) -> str | None:
        text = self._world.text(document_id)
        return None if text is None else text[start:end]

    def actions(self, contracts: Collection[str]) -> Sequence[Action]:
        return [a for a in self._pacta.store.actions(self._principal.scope) if a.contract in contracts]

    def tools(self, as_of: datetime) -> "Mapping[str, Tool]":
        from flows.toolbox import tools

        return tools(self._pacta, self._principal, as_of)

    def load_thread(self, thread: str) -> ThreadState | None:
        state = self._pacta.store.thread(thread, self._principal)
        return None if state is None else ThreadState.model_validate(state["state"])

    def save_thread(self, thread: str, state: ThreadState, turn: Turn) -> None:
        held = self._pacta.store.thread(thread, self._principal) or {"turns": []}
        turns = [*held["turns"], turn.model_dump(mode="json")]
        body = {"state": state.model_dump(mode="json"), "turns": turns[-50:]}
        self._pacta.store.put_thread(thread, self._principal, body, at=self._pacta.clock())


def ask(
    pacta: "Pacta",
    question: str,
    principal: Principal,
    *,
    as_of: datetime | None = None,
    thread: str | None = None,
    light: bool = False,
) -> Answer:
    """The answer to a question, checked against its evidence and kept with what it rested on.

    `light` is for a process that asks once and ends: the same steps, without the import of LangGraph.
    """
    from agent.ask import ask as run

    view = View(pacta, principal)
    asked = AskInput(question=question, as_of=as_of or view.clock(), thread=thread)
    answer = run(asked, view, relay(pacta, principal), light=light)
    keep(pacta, principal, asked, answer)
    return answer


def stream(
    pacta: "Pacta",
    question: str,
    principal: Principal,
    *,
    as_of: datetime | None = None,
    thread: str | None = None,
) -> "Iterator[Event]":
    """The same as `ask`, as events while it happens; the last one holds the whole answer."""
    from agent.ask import stream as run

    view = View(pacta, principal)
    asked = AskInput(question=question, as_of=as_of or view.clock(), thread=thread)
    for event in run(asked, view, relay(pacta, principal)):
        if event.answer is not None:
            keep(pacta, principal, asked, event.answer)
        yield event


def keep(pacta: "Pacta", principal: Principal, asked: AskInput, answer: Answer) -> None:
    """Store an answer without the text of its evidence, which stands in the store already, but with a
    fingerprint of what could be known then, so that it can be asked again (`flows.drift`)."""
    body = answer.model_dump(mode="json", exclude={"assessments"})
    body["assessments"] = [a.id for a in answer.assessments]
    body["asked_at"] = asked.as_of.isoformat() if asked.as_of else None
    body["world"] = pacta.worlds.of(principal.scope).fingerprint(answer.as_of)
    pacta.store.put_answer(uuid4().hex, answer.thread, principal, body, at=pacta.clock())
