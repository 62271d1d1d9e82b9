"""pass^k: how often all of k tries at one sample are right; what is right once only cannot be relied on."""

from collections import defaultdict
from collections.abc import Sequence
from math import comb

from evals.score import Item, TaskResult
from obligations.quantities import Frozen


class Passes(Frozen):
    """`once` is pass^1, the share of single tries that were right; `always` is pass^k, the chance that k
    tries at the same sample all are; `tries` is k."""

    tries: int
    samples: int
    once: float
    always: float


def passes(result: TaskResult, tries: int) -> Passes | None:
    """Over the items of a run with at least `tries` replicates of each; None where nothing was measured.

    Of n tries with c right, k of them are all right with the chance C(c, k) / C(n, k).
    """
    if result.measures and all(measure.value is None for measure in result.measures):
        return None
    held = _by_sample([item for each in result.results for item in each.items])
    if not held or min(len(tried) for tried in held.values()) < tries:
        return None
    chances = [comb(sum(tried), tries) / comb(len(tried), tries) for tried in held.values()]
    shares = [sum(tried) / len(tried) for tried in held.values()]
    return Passes(
        tries=tries,
        samples=len(held),
        once=sum(shares) / len(shares),
        always=sum(chances) / len(chances),
    )


def _by_sample(items: Sequence[Item]) -> dict[str, list[bool]]:
    """Whether each try passed, by the sample's own id: the runner calls the second one "id#2"."""
    held: dict[str, list[bool]] = defaultdict(list)
    for item in items:
        held[item.id.rpartition("#")[0] or item.id].append(item.passed)
    return held
