"""What an eval is made of. The evals themselves stand in `tasks/`, one page each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from evals.score import Item, Metric, Score

if TYPE_CHECKING:
    from flows.wiring import Pacta


class Sample(Protocol):
    """One thing to solve. `group` is its class, `title` what a report calls it, `expected` in words."""

    @property
    def id(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def expected(self) -> str: ...


S = TypeVar("S", bound=Sample)
O = TypeVar("O")  # noqa: E741 - the pair (S, O) reads as sample and output

Scorer = Callable[[S, O], Sequence[Score]]
"""Judges an output; gives nothing where the sample does not ask for what it judges."""


@dataclass(frozen=True)
class Task(Generic[S, O]):
    """An eval: its samples, how one is solved, who judges, which figures come out.

    `solve` may raise a PactaError: the sample then scores 0 everywhere and the run goes on. `items` tells
    what a report lists; without it a sample is one item that passed if every score of it is 1. `company`
    names the invented company that the samples are about.
    """

    name: str
    about: str
    samples: Callable[["Pacta"], Sequence[S]]
    solve: Callable[["Pacta", S], O]
    scorers: tuple[Scorer[S, O], ...]
    metrics: tuple[Metric, ...]
    show: Callable[[O], str]
    cases: tuple[Path, ...]
    items: Callable[[S, O], Sequence[Item]] | None = None
    engine: str = "embedded"
    company: str = "first"
