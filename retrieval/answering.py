"""The sentences of a chunk that answer: those that the tagger takes for a kind."""

from collections.abc import Sequence

_NEAR = 1.0
"""A neighbour of the best sentence belongs to the answer where its log odds are no more than this below."""


def run(scores: Sequence[float], least: float) -> tuple[int, int]:
    """First and last of the sentences around the best one that belong to it; `least` as `Tagger.passage`."""
    first = last = max(range(len(scores)), key=scores.__getitem__)
    enough = max(least, scores[first] - _NEAR)
    while first > 0 and scores[first - 1] >= enough:
        first -= 1
    while last + 1 < len(scores) and scores[last + 1] >= enough:
        last += 1
    return first, last
