"""Paired bootstrap: how far a difference between two measurements of the same cases may be chance.

Cases are drawn with replacement, the same ones for both sides; each draw gives a difference; the interval
holds 95 of 100 of them. Where no case differs there is no chance in it, and the interval is a point.
"""

import random
from collections.abc import Mapping, Sequence

from evals.score import Metric, Result, Score

DRAWS = 1_000
SEED = 20_261_110
"""Fixed, so that the same two results always give the same report."""
TAIL = 0.025

Interval = tuple[float, float]


def intervals(
    live: Sequence[Result], candidate: Sequence[Result], metrics: Sequence[Metric], draws: int = DRAWS
) -> dict[str, Interval]:
    """Low and high end of candidate less live for each metric that both were scored on."""
    before, after = {r.sample: r for r in live}, {r.sample: r for r in candidate}
    cases = sorted(before.keys() & after.keys())
    found = {}
    for metric in metrics:
        old, new = _of(metric, before, cases), _of(metric, after, cases)
        if any(old) and any(new):
            found[metric.name] = _interval(metric, old, new, draws)
    return found


def _of(metric: Metric, results: Mapping[str, Result], cases: Sequence[str]) -> list[list[Score]]:
    """The scored scores of a metric, case by case."""
    name = metric.of or metric.name
    return [[s for s in results[c].scores if s.name == name and s.value is not None] for c in cases]


def _interval(metric: Metric, old: Sequence[list[Score]], new: Sequence[list[Score]], draws: int) -> Interval:
    if all(_same(a, b) for a, b in zip(old, new, strict=True)):
        return 0.0, 0.0
    chance = random.Random(SEED)  # noqa: S311 - drawing cases, no secret
    places = range(len(old))
    differences = []
    for _ in range(draws):
        drawn = chance.choices(places, k=len(old))
        first = [score for at in drawn for score in old[at]]
        second = [score for at in drawn for score in new[at]]
        if first and second:
            differences.append(metric.how(second) - metric.how(first))
    differences.sort()
    last = len(differences) - 1
    return differences[round(TAIL * last)], differences[round((1 - TAIL) * last)]


def _same(one: Sequence[Score], other: Sequence[Score]) -> bool:
    return [(s.value, s.counts) for s in one] == [(s.value, s.counts) for s in other]
