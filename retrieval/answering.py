"""The sentences of a found chunk that answer: those the tagger takes for the kinds asked for."""

from collections.abc import Sequence

import numpy as np

from obligations.document import Chunk
from retrieval.features import features
from retrieval.tag import Tagger, passage_of

_NEAR = 1.0
"""A neighbour of the best sentence belongs to the answer where its log odds are no more than this below."""


def answering(pieces: Sequence[tuple[Tagger, Chunk]], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Of each chunk the place of its answer in the document; all of it where nothing says more than the rest.

    The first of `kinds` that the tagger knows decides.
    """
    found = features([passage_of(chunk) for _, chunk in pieces])
    answers = []
    taggers = {id(tagger): tagger for tagger, _ in pieces}
    scores = {key: tagger.scores(found) for key, tagger in taggers.items()}
    for at, (tagger, chunk) in enumerate(pieces):
        rows = np.flatnonzero(found.passage_of == at)
        known = [tagger.kinds.index(kind) for kind in kinds if kind in tagger.kinds]
        if not len(rows) or not known:
            answers.append((chunk.start, chunk.end))
            continue
        kind = known[0]
        first, last = _run(scores[id(tagger)][rows, kind], float(tagger.passage[kind]))
        start, end = found.spans[rows[first], 0], found.spans[rows[last], 1]
        answers.append((chunk.start + int(start), chunk.start + int(end)))
    return answers


def _run(scores: "np.typing.NDArray[np.float32]", least: float) -> tuple[int, int]:
    """First and last of the sentences around the best one that belong to it."""
    best = int(scores.argmax())
    enough = max(least, float(scores[best]) - _NEAR)
    first = last = best
    while first > 0 and scores[first - 1] >= enough:
        first -= 1
    while last + 1 < len(scores) and scores[last + 1] >= enough:
        last += 1
    return first, last
