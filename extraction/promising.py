"""Which clauses to read first when not all can be read: by the tagger, by figures, by duties."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.clauses import clauses, modality
from extraction.quantities import durations, percents
from obligations.document import Chunk
from obligations.terms import KINDS

_NUMBERING = re.compile(
    r"\A\s*(?:(?:section|article|clause|§)\s*)?[\dIVXivx]*[\d.()a-z]{0,8}\s", re.IGNORECASE
)
_FIGURE = re.compile(r"\d|\[\s?[*_●•]|_{3,}\s*(?:%|days|months|years)")
_QUANTITY = 0.3
_DUTY = 0.2
_PROMISED = frozenset(KINDS)


@dataclass(frozen=True)
class Chosen:
    """`chunks` to read, most promising first; `empty` hold neither figure nor duty nor right; `beyond` did
    not fit under the budget."""

    chunks: tuple[Chunk, ...]
    empty: tuple[Chunk, ...]
    beyond: tuple[Chunk, ...]


def choose(chunks: Sequence[Chunk], characters: int) -> Chosen:
    """The chunks that fit under a number of characters, most promising first.

    A shorter chunk is taken where a longer, more promising one no longer fits; `empty` and `beyond` are in
    order of the text.
    """
    weighed = [(promise(chunk), place) for place, chunk in enumerate(chunks)]
    taken: list[int] = []
    left = characters
    for weight, place in sorted(weighed, key=lambda w: (-w[0], w[1])):
        if weight > 0 and len(chunks[place].text) <= left:
            taken.append(place)
            left -= len(chunks[place].text)
    held = set(taken)
    return Chosen(
        chunks=tuple(chunks[place] for place in taken),
        empty=tuple(chunks[place] for weight, place in weighed if weight == 0),
        beyond=tuple(chunks[place] for weight, place in weighed if weight > 0 and place not in held),
    )


def promise(chunk: Chunk) -> float:
    """How much a chunk promises, from 0 (nothing) to 1.5: the tagger's surest kind of promise, a figure, a
    duty or a right. A kind that promises nothing, such as the governing law, counts for nothing."""
    figure, duty = _has_figure(chunk.text), _has_duty(chunk.text)
    if not figure and not duty:
        return 0.0
    tagged = max((sure for kind, sure in chunk.kinds if kind in _PROMISED), default=0.0)
    return tagged + _QUANTITY * figure + _DUTY * duty


def _has_figure(text: str) -> bool:
    """Whether a text holds a figure that is not its own numbering, one blacked out, or a length in words."""
    own = _NUMBERING.match(text)
    body = text[own.end() :] if own else text
    return bool(_FIGURE.search(body) or durations(body) or percents(body))


def _has_duty(text: str) -> bool:
    return any(modality(text, clause.start) for clause in clauses(text))
