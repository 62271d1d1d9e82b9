"""What asking needs from the rest of the product, given by `flows` for one caller.

Everything behind `AskDeps` is already restricted to what the caller may see: a party outside that
scope does not exist here. The agent imports neither store nor retrieval nor connectors.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from agent.answer import Clarify
from agent.plan import Plan
from agent.tool import Tool
from obligations.document import Chunk
from obligations.facts import Fact
from obligations.model import Action, Assessment, Contract, Obligation, Party
from obligations.quantities import Frozen


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A party or contract that a text names.

    `said` is the part of the text that names it, as written; `score` runs from 0 to 1. An alias that
    several share gives one match each, with the same `said` and the same score.
    """

    kind: Literal["party", "contract"]
    id: str
    name: str
    said: str
    score: float


class SearchHit(Protocol):
    """A found piece of contract text; `retrieval.index.Hit` fits."""

    @property
    def chunk(self) -> Chunk: ...
    @property
    def contract_id(self) -> str: ...
    @property
    def score(self) -> float: ...


class ThreadState(Frozen):
    """What a thread remembers: the last plan, what its answer showed, what was asked back."""

    plan: Plan | None = None
    focus: tuple[str, ...] = ()
    clarify: Clarify | None = None


class Turn(Frozen):
    """One question and answer of a thread, as a person reads them again later."""

    question: str
    answer: str
    outcome: str
    asked_at: datetime


class AskDeps(Protocol):
    """What `flows` gives, for one caller. None of these raise for an unknown id: it is just absent."""

    def clock(self) -> datetime:
        """The present instant, zone-aware, in the zone answers are worded in."""
        ...

    def parties(self) -> Sequence[Party]: ...

    def contracts(self) -> Sequence[Contract]: ...

    def names(self, text: str) -> Sequence[NameMatch]:
        """Parties and contracts that `text` names, typing errors allowed for, best first."""
        ...

    def obligations(self, contracts: Collection[str]) -> Sequence[Obligation]:
        """Obligations of these contracts, resolved (amendments merged, precedence applied)."""
        ...

    def assess(
        self, obligations: Collection[str], as_of: datetime, period: tuple[date | None, date | None]
    ) -> Sequence[Assessment]:
        """Assessments as of an instant of every occurrence that counts on a day of `period` (both ends
        included, None = open), and of those still to come that are already known."""
        ...

    def facts(
        self,
        *,
        parties: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        records: Collection[str] | None = None,
        known_at: datetime | None = None,
    ) -> Sequence[Fact]:
        """Newest versions known at `known_at`. `records` are record identifiers or labels, compared
        without regard to case."""
        ...

    def search(
        self,
        query: str,
        *,
        contracts: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 8,
    ) -> Sequence[SearchHit]: ...

    def passage(self, document_id: str, start: int, end: int) -> str | None:
        """The document's own text from `start` to `end`, None when the document is not there."""
        ...

    def actions(self, contracts: Collection[str]) -> Sequence[Action]:
        """Actions proposed or done about these contracts."""
        ...

    def tools(self, as_of: datetime) -> Mapping[str, Tool]:
        """The tools that the caller may use, by name, judging as of an instant; none where there are none.
        One that `writes` proposes, and executes nothing."""
        ...

    def load_thread(self, thread: str) -> ThreadState | None:
        """The caller's own thread; None when there is none. Raises what `flows` defines for a thread
        that belongs to somebody else."""
        ...

    def save_thread(self, thread: str, state: ThreadState, turn: Turn) -> None: ...
