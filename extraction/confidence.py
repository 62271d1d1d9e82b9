"""How sure a reading is: the chance that it is right, by what speaks for and against it.

Each feature moves the odds by its weight, and so does the kind. The weights are fitted to hand-labelled
contracts that the readers had not seen (`python -m benchmarks.confidence`, weights.yaml); a feature or kind
with few labels stays near what is given here, in log odds:

| feature | odds | when |
|---|---|---|
| firm | 0 | "shall", "must", "is payable" in the same clause |
| table | +0.8 | a cell under a head that names the target |
| tagger | +0.8 | the chunk's tagger finds the kind likely |
| untagged | -0.8 | the chunk's tagger does not think of the kind |
| weak | -0.8 | efforts, targets, "endeavours" |
| no_modal | -0.4 | neither a modal verb nor a table nor a definition |
| heading_only | -0.8 | only the heading says what the figure is about |
| ambiguous | -0.8 | two readings are possible; the notes say which was taken |
| assumed | -0.2 | each term that holds a default the text does not state |
| conflict | -1.2 | words and figures of a number disagree |
| unknown_calendar | -0.4 | business time without a definition of it |
| scan | -0.4 | the page was read by OCR with little confidence |
| answer | -0.4 | an answer to something submitted, not to a ticket |
| library | -1.2 | no reader read it; the nearest clause of the library guided the reading |

What comes out is a chance between 0.02 and 0.99: of the readings said to be 0.9 sure, nine in ten are right.
"""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field

from extraction.sentences import Sentence
from obligations.document import Document
from obligations.quantities import Frozen

WEIGHTS = Path(__file__).parent / "weights.yaml"
PRIOR: Mapping[str, float] = {
    "firm": 0.0,
    "table": 0.8,
    "tagger": 0.8,
    "untagged": -0.8,
    "weak": -0.8,
    "no_modal": -0.4,
    "heading_only": -0.8,
    "ambiguous": -0.8,
    "assumed": -0.2,
    "conflict": -1.2,
    "unknown_calendar": -0.4,
    "scan": -0.4,
    "answer": -0.4,
    "library": -1.2,
}
"""Log odds before any label was seen."""
_LIKELY, _POOR_PAGE = 0.2, 0.8


class Weights(Frozen):
    """Log odds: of any reading, and what each feature and each kind adds."""

    base: float = 1.0
    features: dict[str, float] = Field(default_factory=dict)
    kinds: dict[str, float] = Field(default_factory=dict)

    def sure(self, kind: str, features: Iterable[str]) -> float:
        """The chance that a reading is right. A name that is no feature raises KeyError."""
        odds = self.base + self.kinds.get(kind, 0.0)
        odds += sum(self.features.get(name, PRIOR[name]) for name in features)
        return round(min(0.99, max(0.02, 1 / (1 + math.exp(-odds)))), 2)


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The fitted weights that come with the product."""
    return Weights.model_validate(yaml.safe_load(WEIGHTS.read_text(encoding="utf-8")))


def score(kind: str, features: Iterable[str]) -> float:
    """The chance that a reading of a kind is right, by its features."""
    return weights().sure(kind, features)


def modal_feature(modality: str) -> str:
    """The feature for what `clauses.modality` found."""
    return {"firm": "firm", "weak": "weak"}.get(modality, "no_modal")


def tagged(sentence: Sentence, kind: str) -> list[str]:
    """What the tagger thinks of the kind for the sentence's chunk; nothing where no tagger was asked."""
    if not sentence.kinds:
        return []
    chance = dict(sentence.kinds).get(kind)
    return ["untagged"] if chance is None else ["tagger"] if chance >= _LIKELY else []


def scanned(document: Document, offset: int) -> list[str]:
    """A feature if the page at an offset was read by OCR with little confidence."""
    for page in document.pages:
        if page.start <= offset < page.end:
            return ["scan"] if page.confidence is not None and page.confidence < _POOR_PAGE else []
    return []
