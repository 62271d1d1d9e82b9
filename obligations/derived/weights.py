"""Weights and limits of what is derived: configuration, with defaults that the documentation explains."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from obligations.derived.areas import SCORED, Area
from obligations.quantities import Frozen

Share = Annotated[Decimal, Field(ge=0, le=1)]
Points = Annotated[Decimal, Field(ge=-100, le=100)]
Weight = Annotated[Decimal, Field(ge=0)]


class ScorecardWeights(Frozen):
    """How a scorecard weighs its areas.

    `areas` gives each area its weight; one that is not named weighs 1. `cured` is what a breach that was
    mended in time still counts, from 0 (as a breach) to 1 (as kept). `grades` are the least scores of
    each grade, best first; below the last of them the grade is "E".
    """

    areas: dict[Area, Weight] = Field(default_factory=dict)
    cured: Share = Decimal("0.5")
    grades: tuple[tuple[str, Decimal], ...] = (
        ("A", Decimal(95)),
        ("B", Decimal(90)),
        ("C", Decimal(80)),
        ("D", Decimal(60)),
    )

    @model_validator(mode="after")
    def _usable(self) -> "ScorecardWeights":
        if "agreement" in self.areas:
            raise ValueError("areas.agreement: terms, renewals and notices are not performance; leave it out")
        if not any(self.weight(area) for area in SCORED):
            raise ValueError("areas: at least one area needs a weight above 0")
        least = [score for _, score in self.grades]
        if least != sorted(set(least), reverse=True):
            raise ValueError("grades: the least scores must fall from the best grade on")
        return self

    def weight(self, area: Area) -> Decimal:
        return self.areas.get(area, Decimal(1))

    def grade(self, score: Decimal) -> str:
        """The grade of a score from 0 to 100."""
        return next((name for name, least in self.grades if score >= least), "E")


class RenewalWeights(Frozen):
    """Points of the renewal view. They are a documented judgement, not a fitted probability.

    Likelihood starts from `automatic` or `by_act` and gains `performance` points for each percentage
    point that the counterparty's kept share lies above `expected_share`, loses `open_breach` for each
    open breach (at most `breaches_most` of them count) and `dispute` for each dispute, and gains `trend`
    for each percentage point of improvement. Risk adds `undecided` as the notice day nears, and
    `performance_risk` for each percentage point under `expected_share`.
    """

    automatic: Points = Decimal(75)
    by_act: Points = Decimal(50)
    expected_share: Share = Decimal("0.90")
    performance: Points = Decimal(1)
    trend: Points = Decimal("0.5")
    open_breach: Points = Decimal(3)
    breaches_most: int = Field(default=5, ge=0)
    dispute: Points = Decimal(5)
    undecided: tuple[tuple[int, Points], ...] = ((30, Decimal(50)), (90, Decimal(30)), (180, Decimal(15)))
    performance_risk: Points = Decimal(2)
    likely_from: Points = Decimal(70)
    unlikely_below: Points = Decimal(40)

    @model_validator(mode="after")
    def _ordered(self) -> "RenewalWeights":
        days = [within for within, _ in self.undecided]
        if days != sorted(set(days)):
            raise ValueError("undecided: the days must rise")
        if self.unlikely_below > self.likely_from:
            raise ValueError("unlikely_below must not exceed likely_from")
        return self


class DerivedWeights(Frozen):
    """Everything that can be set about what is derived."""

    scorecard: ScorecardWeights = ScorecardWeights()
    renewal: RenewalWeights = RenewalWeights()
