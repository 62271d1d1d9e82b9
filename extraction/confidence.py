"""How sure a reading is: a base, and a fixed step for each thing that speaks for or against it.

| feature | step | when |
|---|---|---|
| base | 0.90 | a quantity that an action and a limit govern |
| firm | +0.04 | "shall", "must", "is payable" in the same clause |
| table | +0.06 | a cell under a head that names the target |
| tagger | +0.02 | the chunk's tagger puts the kind first |
| weak | -0.15 | efforts, targets, "endeavours" |
| no_modal | -0.08 | neither a modal verb nor a table nor a definition |
| heading_only | -0.20 | only the heading says what the figure is about |
| ambiguous | -0.20 | two readings are possible; the notes say which was taken |
| assumed | -0.05 | each term that holds a default the text does not state |
| conflict | -0.25 | words and figures of a number disagree |
| unknown_calendar | -0.10 | business time without a definition of it |
| scan | -0.10 | the page was read by OCR with little confidence |
| answer | -0.08 | an answer to something submitted, not to a ticket |
| library | -0.25 | no reader read it; the nearest clause of the library guided the reading |

The score is clamped to 0.05..0.99. It is no probability; thresholds are policy.
"""

from collections.abc import Iterable

from extraction.sentences import Sentence
from obligations.document import Document

BASE = 0.90
STEPS = {
    "firm": 0.04,
    "table": 0.06,
    "tagger": 0.02,
    "weak": -0.15,
    "no_modal": -0.08,
    "heading_only": -0.20,
    "ambiguous": -0.20,
    "assumed": -0.05,
    "conflict": -0.25,
    "unknown_calendar": -0.10,
    "scan": -0.10,
    "library": -0.25,
    "answer": -0.08,
}
_POOR_PAGE = 0.8


def score(features: Iterable[str]) -> float:
    """The confidence that a set of features gives; a name that is no feature raises KeyError."""
    total = BASE + sum(STEPS[name] for name in features)
    return round(min(0.99, max(0.05, total)), 2)


def modal_feature(modality: str) -> str:
    """The feature for what `clauses.modality` found."""
    return {"firm": "firm", "weak": "weak"}.get(modality, "no_modal")


def tagged(sentence: Sentence, kind: str) -> list[str]:
    """A feature if the tagger puts the kind first for the sentence's chunk."""
    return ["tagger"] if sentence.kinds and sentence.kinds[0][0] == kind else []


def scanned(document: Document, offset: int) -> list[str]:
    """A feature if the page at an offset was read by OCR with little confidence."""
    for page in document.pages:
        if page.start <= offset < page.end:
            return ["scan"] if page.confidence is not None and page.confidence < _POOR_PAGE else []
    return []
