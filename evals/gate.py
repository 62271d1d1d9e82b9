"""The gate: what a candidate changes against what is in force, and whether that stops it.

Pure: it compares two results of the same eval over the same cases. A candidate is stopped by a gated
metric that drops further than allowed, that is under its floor, that was measured only for what is in
force, or whose cases are too few to say that it does not drop by more than the margin; by a class of cases
that falls in one; and by calls that cost or take too much more. Nothing to compare at all also stops it:
what was not measured has not passed. The first version of a prompt has nothing in force beside it: floors
alone judge it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import yaml
from pydantic import AwareDatetime, Field, ValidationError

from agent.usage import Usage
from evals.bootstrap import TAIL, Interval, intervals
from evals.errors import CaseError
from evals.provenance import Provenance
from evals.score import Item, Measure, Metric, TaskResult
from obligations.quantities import Frozen

FLOORS = Path(__file__).parent / "floors.yaml"

Verdict = Literal["holds", "dropped", "below floor", "unsure", "not measured", "informs"]
STOPS: frozenset[Verdict] = frozenset({"dropped", "below floor", "unsure", "not measured"})
EQUAL = 1e-6
"""Baselines are kept with six decimals: what is equal but for rounding is no drop."""
INSTANT = 0.25
"""Seconds a case may always take, whatever it took before: below this a ratio says nothing."""
NOTHING = "nothing in force"


class Bar(Frozen):
    """What a candidate may lose, and the least each named metric must reach.

    `allowed_drop`: on any gated metric over all cases. `class_drop`: within one class of cases. `margin`: the
    95 % interval of a difference may not reach further down than this. `tokens_ratio`, `latency_ratio`: how
    many times the tokens, and the median seconds, of a case with the live prompt.
    """

    allowed_drop: float = Field(default=0.0, ge=0, le=1)
    class_drop: float = Field(default=0.0, ge=0, le=1)
    margin: float = Field(default=0.05, ge=0, le=1)
    tokens_ratio: float = Field(default=1.25, ge=1)
    latency_ratio: float = Field(default=2.0, ge=1)
    floors: dict[str, float] = Field(default_factory=dict)


class Row(Frozen):
    """One metric, in force and as candidate. `difference` is candidate less live, `low` and `high` the ends
    of its 95 % interval by paired bootstrap."""

    metric: str
    live: float | None
    candidate: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    floor: float | None
    verdict: Verdict
    note: str = ""


class Flip(Frozen):
    """An item that is right with one and wrong with the other."""

    id: str
    group: str
    title: str
    expected: str
    live: str
    candidate: str
    better: bool


class Spent(Frozen):
    """What one side took: calls and tokens of all cases, and the median seconds of one. `cost` is money in
    the currency of the prices that were configured; None without prices."""

    usage: Usage = Usage()
    cases: int = 0
    median_s: float = 0.0
    cost: Decimal | None = None
    currency: str = ""

    @property
    def tokens_per_case(self) -> float:
        return self.usage.tokens / self.cases if self.cases else 0.0


class GateReport(Frozen):
    """The comparison and its result. `live` is empty where nothing was in force."""

    task: str
    live: str
    candidate: str
    at: AwareDatetime
    rows: tuple[Row, ...]
    flips: tuple[Flip, ...]
    stops: tuple[str, ...]
    spent_live: Spent | None = None
    spent: Spent | None = None
    provenance: Provenance | None = None

    @property
    def passed(self) -> bool:
        return not self.stops


def bar(task: str, path: Path = FLOORS) -> Bar:
    """The bar of an eval; the strictest one without floors where the file names none."""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return Bar.model_validate(body.get(task, {}))
    except (OSError, yaml.YAMLError, ValidationError, AttributeError) as error:
        raise CaseError(f"{path} cannot be used: {error}", remedy="correct the file") from error


def compare(
    live: TaskResult | None,
    candidate: TaskResult,
    against: Bar,
    at: datetime,
    metrics: Sequence[Metric] = (),
) -> GateReport:
    """Candidate against live, over the same cases. `engine` of the results names the two; `metrics` are the
    eval's, from whose scores the intervals are drawn."""
    gated = [metric for metric in metrics if metric.gated]
    held = {} if live is None else {m.metric: m.value for m in live.measures}
    ends = {} if live is None else intervals(live.results, candidate.results, gated)
    compared = tuple(_row(held.get(m.metric), m, against, ends.get(m.metric)) for m in candidate.measures)
    stops = [_stop(row, against) for row in compared if row.verdict in STOPS]
    if not any(row.verdict == "holds" for row in compared) and not stops:
        stops.append("nothing was measured")
    if live is not None:
        if {s.sample for s in live.results} != {s.sample for s in candidate.results}:
            stops.append("the two were not measured on the same cases")
        stops += fallen(live, candidate, against)
    return GateReport(
        task=candidate.task,
        live=NOTHING if live is None else live.engine,
        candidate=candidate.engine,
        at=at,
        rows=compared,
        flips=() if live is None else flips(live.items, candidate.items),
        stops=tuple(stops),
    )


def fallen(live: TaskResult, candidate: TaskResult, against: Bar) -> list[str]:
    """Classes of cases in which a gated metric drops further than a class may."""
    found = []
    for group, measures in candidate.by_group.items():
        before = {m.metric: m.value for m in live.by_group.get(group, ())}
        for m in measures:
            was = before.get(m.metric)
            if (
                m.gated
                and was is not None
                and (m.value is None or was - m.value > against.class_drop + EQUAL)
            ):
                now = "unmeasured" if m.value is None else f"{m.value:.3f}"
                found.append(f"class {group}: {m.metric} falls from {was:.3f} to {now}")
    return found


def overspent(live: Spent, candidate: Spent, against: Bar) -> list[str]:
    """What the candidate takes too much more of, for each case."""
    found = []
    before, after = live.tokens_per_case, candidate.tokens_per_case
    if before and after > before * against.tokens_ratio:
        found.append(
            f"a case takes {after:.0f} tokens instead of {before:.0f};"
            f" at most {against.tokens_ratio:g} times as many are allowed"
        )
    if candidate.median_s > max(live.median_s * against.latency_ratio, INSTANT):
        found.append(
            f"a case takes {candidate.median_s:.2f} s instead of {live.median_s:.2f} s;"
            f" at most {against.latency_ratio:g} times as long is allowed"
        )
    return found


def rows(live: Mapping[str, float | None], candidate: Sequence[Measure], against: Bar) -> tuple[Row, ...]:
    """One row for each metric of the candidate, without intervals: the cases are not at hand."""
    return tuple(_row(live.get(m.metric), m, against) for m in candidate)


def _row(live: float | None, measured: Measure, against: Bar, ends: Interval | None = None) -> Row:
    value, floor = measured.value, against.floors.get(measured.metric)
    difference = None if value is None or live is None else value - live
    return Row(
        metric=measured.metric,
        live=live,
        candidate=value,
        difference=difference,
        low=ends[0] if ends else None,
        high=ends[1] if ends else None,
        floor=floor,
        verdict=_verdict(live, measured, floor, against, ends),
        note=measured.note,
    )


def _verdict(
    live: float | None, measured: Measure, floor: float | None, against: Bar, ends: Interval | None
) -> Verdict:
    value = measured.value
    if not measured.gated:
        return "informs"
    if value is None:
        return "not measured" if live is not None or floor is not None else "informs"
    if floor is not None and value < floor:
        return "below floor"
    if live is not None and live - value > against.allowed_drop + EQUAL:
        return "dropped"
    if ends is not None and ends[0] < -against.margin - EQUAL:
        return "unsure"
    return "holds"


def _stop(row: Row, against: Bar) -> str:
    if row.verdict == "below floor":
        return f"{row.metric} is {row.candidate:.3f}, under its floor of {row.floor:.3f}"
    if row.verdict == "dropped":
        lost = f"{row.metric} drops from {row.live:.3f} to {row.candidate:.3f}"
        return f"{lost}; at most {against.allowed_drop:.3f} is allowed"
    if row.verdict == "unsure":
        return (
            f"{row.metric} may drop by {-(row.low or 0):.3f} ({100 - 200 * TAIL:.0f} % interval), more than"
            f" the margin of {against.margin:.3f}: the cases are too few or the replies too uneven to tell"
        )
    return f"{row.metric} was not measured: {row.note}"


def flips(live: Sequence[Item], candidate: Sequence[Item]) -> tuple[Flip, ...]:
    """Items right with one and wrong with the other, the worse ones first. An item that only one of them
    has is something read too much by it."""
    before, after = {i.id: i for i in live}, {i.id: i for i in candidate}
    found = []
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        was, now = old is None or old.passed, new is None or new.passed
        item = new or old
        if was != now and item is not None:
            found.append(_flip(item, old, new, better=now))
    return tuple(sorted(found, key=lambda f: (f.better, f.group, f.id)))


def _flip(item: Item, old: Item | None, new: Item | None, *, better: bool) -> Flip:
    return Flip(
        id=item.id,
        group=item.group,
        title=item.title,
        expected=item.expected,
        live=old.got if old else "nothing",
        candidate=new.got if new else "nothing",
        better=better,
    )
