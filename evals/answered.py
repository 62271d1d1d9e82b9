"""What the question scorers judge: an answer with the documents it quotes, at hand and unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from agent.answer import Answer
from evals.case import ABSTAINS
from evals.facts import Stated, stated


@dataclass(frozen=True)
class Answered:
    """The answer to a case's last turn.

    `texts` are the canonical texts of the documents it cites, by document id; `cited_chunks` the ids of
    the chunks its citations stand in, `wanted_chunks` those of the clauses the case wants cited.
    `asked_for` are the tasks that a model was set for this answer.
    `hidden_contracts` and `hidden_names` are what a caller of limited view must not learn of.
    """

    answer: Answer
    texts: Mapping[str, str] = field(default_factory=dict)
    cited_chunks: tuple[str, ...] = ()
    wanted_chunks: tuple[str, ...] = ()
    asked_for: tuple[str, ...] = ()
    hidden_contracts: tuple[str, ...] = ()
    hidden_names: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        """How it ended, with every ending that gives an answer as "answered"."""
        outcome: str = self.answer.outcome
        return outcome if outcome in ABSTAINS else "answered"

    @cached_property
    def said(self) -> Stated:
        return stated(self.answer.answer)

    @property
    def short(self) -> str:
        """The beginning of the answer on one line, for a report."""
        flat = " ".join(self.answer.answer.split())
        flat = flat if len(flat) <= 220 else flat[:219].rstrip() + "…"
        return f"{self.ending}: {flat}"
