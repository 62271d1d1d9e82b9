"""What an eval gives: scores with their explanation, items that passed or not, measures over all.

A `Score` judges one sample in one respect. A `Measure` is a figure over many scores, such as the share
of right verdicts. An `Item` is what a person reads in a report: the smallest thing that can be right or
wrong, a question or one labelled promise of a document.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import Field

from obligations.quantities import Frozen


class Counts(Frozen):
    """Labels against predictions: `matched` pairs, of which `exact` agree in every compared term."""

    labels: int = 0
    predicted: int = 0
    matched: int = 0
    exact: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            labels=self.labels + other.labels,
            predicted=self.predicted + other.predicted,
            matched=self.matched + other.matched,
            exact=self.exact + other.exact,
        )


class Score(Frozen):
    """One respect of one sample. `value` runs from 0 to 1; None means unscored, and `why` says why.

    `group` overrides the sample's class where one sample holds several (the kinds of a document).
    """

    name: str
    value: float | None = Field(ge=0, le=1)
    why: str
    group: str = ""
    counts: Counts | None = None


class Item(Frozen):
    """The smallest thing that is right or wrong."""

    id: str
    group: str
    title: str
    expected: str
    got: str
    passed: bool


class Result(Frozen):
    """One sample, solved and scored. `error` when it could not be solved: then every score is 0."""

    sample: str
    group: str
    scores: tuple[Score, ...]
    items: tuple[Item, ...]
    seconds: float = 0.0
    error: str = ""


class Measure(Frozen):
    """A figure over the samples that were scored. `value` None: nothing was, and `note` says why."""

    metric: str
    value: float | None
    scored: int
    unscored: int = 0
    gated: bool = True
    note: str = ""


class TaskResult(Frozen):
    """An eval's outcome. `by_group` holds the same measures for each class or kind."""

    task: str
    engine: str
    measures: tuple[Measure, ...]
    by_group: dict[str, tuple[Measure, ...]] = Field(default_factory=dict)
    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for result in self.results for item in result.items)

    def measure(self, metric: str) -> Measure | None:
        return next((m for m in self.measures if m.metric == metric), None)


How = Callable[[Sequence[Score]], float]


def mean(scores: Sequence[Score]) -> float:
    """Mean of the values; the scores are scored ones and at least one."""
    return sum(s.value or 0.0 for s in scores) / len(scores)


def _counts(scores: Sequence[Score]) -> Counts:
    return sum((s.counts or Counts() for s in scores), start=Counts())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _f1(hits: int, counts: Counts) -> float:
    return _share(2 * hits, counts.labels + counts.predicted)


def precision(scores: Sequence[Score]) -> float:
    counts = _counts(scores)
    return _share(counts.matched, counts.predicted)


def recall(scores: Sequence[Score]) -> float:
    counts = _counts(scores)
    return _share(counts.matched, counts.labels)


def f1(scores: Sequence[Score]) -> float:
    counts = _counts(scores)
    return _f1(counts.matched, counts)


def terms_exact(scores: Sequence[Score]) -> float:
    counts = _counts(scores)
    return _share(counts.exact, counts.matched)


def exact_f1(scores: Sequence[Score]) -> float:
    counts = _counts(scores)
    return _f1(counts.exact, counts)


@dataclass(frozen=True)
class Metric:
    """A named figure: the scores called `of` (the metric's own name if empty), put together by `how`.

    A gated metric stops a candidate that lowers it; the others inform.
    """

    name: str
    of: str = ""
    how: How = mean
    gated: bool = True

    def over(self, scores: Sequence[Score]) -> Measure:
        mine = [s for s in scores if s.name == (self.of or self.name)]
        scored = [s for s in mine if s.value is not None]
        note = "" if scored else next((s.why for s in mine), "no case asks for it")
        return Measure(
            metric=self.name,
            value=self.how(scored) if scored else None,
            scored=len(scored),
            unscored=len(mine) - len(scored),
            gated=self.gated,
            note=note,
        )
