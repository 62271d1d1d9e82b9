"""The gate: what a candidate changes against what is in force, and whether that stops it.

Pure: it compares two results of the same eval over the same cases. A candidate is stopped by a gated
metric that drops further than allowed, that is under its floor, or that was measured only for what is in
force. Nothing to compare at all also stops it: what was not measured has not passed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import yaml
from pydantic import AwareDatetime, Field, ValidationError

from evals.errors import CaseError
from evals.provenance import Provenance
from evals.score import Item, Measure, TaskResult
from obligations.quantities import Frozen

FLOORS = Path(__file__).parent / "floors.yaml"

Verdict = Literal["holds", "dropped", "below floor", "not measured", "informs"]
STOPS: frozenset[Verdict] = frozenset({"dropped", "below floor", "not measured"})


class Bar(Frozen):
    """What a candidate may lose on any gated metric, and the least each named metric must reach."""

    allowed_drop: float = Field(default=0.0, ge=0, le=1)
    floors: dict[str, float] = Field(default_factory=dict)


class Row(Frozen):
    """One metric, in force and as candidate. `difference` is candidate less live."""

    metric: str
    live: float | None
    candidate: float | None
    difference: float | None
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


class GateReport(Frozen):
    """The comparison and its result."""

    task: str
    live: str
    candidate: str
    at: AwareDatetime
    rows: tuple[Row, ...]
    flips: tuple[Flip, ...]
    stops: tuple[str, ...]
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


def compare(live: TaskResult, candidate: TaskResult, against: Bar, at: datetime) -> GateReport:
    """Candidate against live, over the same cases. `engine` of the results names the two."""
    compared = rows({m.metric: m.value for m in live.measures}, candidate.measures, against)
    stops = [_stop(row, against) for row in compared if row.verdict in STOPS]
    if not any(row.verdict == "holds" for row in compared) and not stops:
        stops.append("nothing was measured")
    if {s.sample for s in live.results} != {s.sample for s in candidate.results}:
        stops.append("the two were not measured on the same cases")
    return GateReport(
        task=candidate.task,
        live=live.engine,
        candidate=candidate.engine,
        at=at,
        rows=compared,
        flips=flips(live.items, candidate.items),
        stops=tuple(stops),
    )


def rows(live: Mapping[str, float | None], candidate: Sequence[Measure], against: Bar) -> tuple[Row, ...]:
    """One row for each metric of the candidate."""
    return tuple(_row(live.get(m.metric), m, against) for m in candidate)


def _row(live: float | None, measured: Measure, against: Bar) -> Row:
    value, floor = measured.value, against.floors.get(measured.metric)
    difference = None if value is None or live is None else value - live
    return Row(
        metric=measured.metric,
        live=live,
        candidate=value,
        difference=difference,
        floor=floor,
        verdict=_verdict(live, measured, floor, against.allowed_drop),
        note=measured.note,
    )


def _verdict(live: float | None, measured: Measure, floor: float | None, allowed: float) -> Verdict:
    value = measured.value
    if not measured.gated:
        return "informs"
    if value is None:
        return "not measured" if live is not None or floor is not None else "informs"
    if floor is not None and value < floor:
        return "below floor"
    # Baselines are kept with six decimals: what is equal but for rounding is no drop.
    if live is not None and live - value > allowed + 1e-6:
        return "dropped"
    return "holds"


def _stop(row: Row, against: Bar) -> str:
    if row.verdict == "below floor":
        return f"{row.metric} is {row.candidate:.3f}, under its floor of {row.floor:.3f}"
    if row.verdict == "dropped":
        lost = f"{row.metric} drops from {row.live:.3f} to {row.candidate:.3f}"
        return f"{lost}; at most {against.allowed_drop:.3f} is allowed"
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
