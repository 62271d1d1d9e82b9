"""The scorecard of a counterparty: how well one side kept its promises in a period.

A promise's occurrence is decided when it is met or breached. The share of a kind is what was kept of what
was decided; the share of an area is the mean of its kinds, so that a thousand tickets do not hide one missed
month; the score is the mean of the areas by weight, times 100. Areas in which nothing was decided do not
count. What is undetermined lowers no score: it lowers `coverage`, the decided part of what ought to be.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from obligations.derived.areas import AREAS, KEPT_BY_BILLER, SCORED, Area
from obligations.derived.money import MoneyLine, sums
from obligations.derived.weights import ScorecardWeights
from obligations.model import Assessment, Obligation, Outcome
from obligations.quantities import Frozen

Owed = Literal["theirs", "ours"]
Judged = Sequence[tuple[Assessment, Obligation]]

HUNDRED = Decimal(100)


class KindScore(Frozen):
    """How often the promises of one kind were kept. `share` from 0 to 1, None when nothing was decided."""

    kind: str
    kept: int
    breached: int
    cured: int
    disputed: int
    waived: int
    undetermined: int
    share: Decimal | None
    assessments: tuple[str, ...]


class AreaScore(Frozen):
    """One area: `share` is the mean of its kinds, `weight` what it counts in the score."""

    area: Area
    weight: Decimal
    share: Decimal | None
    kinds: tuple[KindScore, ...]


class Scorecard(Frozen):
    """One side's promises in a period, `first` to `last`, both included.

    `score` from 0 to 100, unrounded; `coverage` from 0 to 1; `previous` is the score of the period of the
    same length before, `unsided` how many occurrences have no known debtor and are left out.
    """

    party: str
    promises: Owed
    first: date
    last: date
    areas: tuple[AreaScore, ...]
    score: Decimal | None
    grade: str
    coverage: Decimal | None
    previous: Decimal | None
    money: tuple[MoneyLine, ...]
    unsided: int

    @property
    def change(self) -> Decimal | None:
        """Points gained since the period before."""
        return None if self.score is None or self.previous is None else self.score - self.previous


def scorecard(
    party: str,
    judged: Judged,
    days: tuple[date, date],
    promises: Owed = "theirs",
    weights: ScorecardWeights | None = None,
) -> Scorecard:
    """The scorecard of `party` for the days `days`, from everything judged about it."""
    weights = weights or ScorecardWeights()
    first, last = days
    within = [(a, o) for a, o in judged if first <= a.occurrence.counts_on <= last]
    sided = _side(within, promises)
    areas = _areas(sided, weights)
    score = _score(areas)
    return Scorecard(
        party=party,
        promises=promises,
        first=first,
        last=last,
        areas=areas,
        score=score,
        grade="" if score is None else weights.grade(score),
        coverage=_coverage(areas),
        previous=_score(_areas(_side(_before(judged, days), promises), weights)),
        money=sums(sided),
        unsided=sum(1 for _, o in within if o.we_owe is None),
    )


def kept_share(judged: Iterable[tuple[Assessment, Obligation]], cured: Decimal) -> Decimal | None:
    """The share kept of what was decided, from 0 to 1; a cured breach counts `cured`."""
    kept = decided = Decimal(0)
    for assessment, _ in judged:
        if assessment.outcome in (Outcome.MET, Outcome.BREACHED):
            decided += 1
            kept += _worth(assessment, cured)
    return kept / decided if decided else None


def _worth(assessment: Assessment, cured: Decimal) -> Decimal:
    if assessment.outcome is Outcome.MET:
        return Decimal(1)
    return cured if assessment.aftermath == "cured" else Decimal(0)


def _before(judged: Judged, days: tuple[date, date]) -> Judged:
    """What counts in the period of the same length just before."""
    first, last = days
    start = first - (last - first) - timedelta(days=1)
    return [(a, o) for a, o in judged if start <= a.occurrence.counts_on < first]


def _side(judged: Judged, promises: Owed) -> Judged:
    """What one side had to keep; rights are used, not kept, so they do not count."""
    ours = promises == "ours"
    return [(a, o) for a, o in judged if _we_keep(o) is ours and o.modality != "right"]


def _we_keep(obligation: Obligation) -> bool | None:
    """Whether it is ours to keep: the debtor's, save where the biller keeps it; None where not known."""
    ours = obligation.we_owe
    return ours if ours is None or obligation.kind not in KEPT_BY_BILLER else not ours


def _areas(judged: Judged, weights: ScorecardWeights) -> tuple[AreaScore, ...]:
    found = []
    for area in SCORED:
        kinds = [kind for kind in AREAS if AREAS[kind] == area]
        scores = [_kind(kind, [(a, o) for a, o in judged if a.kind == kind], weights) for kind in kinds]
        scores = [score for score in scores if score.assessments]
        shares = [score.share for score in scores if score.share is not None]
        if scores:
            mean = sum(shares, Decimal(0)) / len(shares) if shares else None
            found.append(AreaScore(area=area, weight=weights.weight(area), share=mean, kinds=tuple(scores)))
    return tuple(found)


def _kind(kind: str, judged: Judged, weights: ScorecardWeights) -> KindScore:
    counted = [
        (a, o)
        for a, o in judged
        if a.outcome in (Outcome.MET, Outcome.BREACHED, Outcome.UNDETERMINED, Outcome.WAIVED)
    ]

    def count(outcome: Outcome) -> int:
        return sum(1 for a, _ in counted if a.outcome is outcome)

    return KindScore(
        kind=kind,
        kept=count(Outcome.MET),
        breached=count(Outcome.BREACHED),
        cured=sum(1 for a, _ in counted if a.aftermath == "cured"),
        disputed=sum(1 for a, _ in counted if a.aftermath == "disputed"),
        waived=count(Outcome.WAIVED),
        undetermined=count(Outcome.UNDETERMINED),
        share=kept_share(counted, weights.cured),
        assessments=tuple(a.id for a, _ in counted),
    )


def _score(areas: Iterable[AreaScore]) -> Decimal | None:
    decided = [(area.share, area.weight) for area in areas if area.share is not None]
    weight = sum((w for _, w in decided), Decimal(0))
    if not weight:
        return None
    return HUNDRED * sum((share * w for share, w in decided), Decimal(0)) / weight


def _coverage(areas: Iterable[AreaScore]) -> Decimal | None:
    kinds = [kind for area in areas for kind in area.kinds]
    decided = sum(kind.kept + kind.breached for kind in kinds)
    due = decided + sum(kind.undetermined for kind in kinds)
    return Decimal(decided) / due if due else None
