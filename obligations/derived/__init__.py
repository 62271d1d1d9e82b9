"""What is derived from assessments: scorecards, statements, outlook, renewal views, value at stake.

Pure like the rules. Every figure names the assessments it adds up, and through them clauses and records.
"""

from obligations.derived.areas import AREAS, SCORED, Area
from obligations.derived.money import MoneyLine, at_stake
from obligations.derived.outlook import Upcoming, outlook
from obligations.derived.renewals import Factor, RenewalView, renewal_view
from obligations.derived.scorecard import AreaScore, KindScore, Owed, Scorecard, scorecard
from obligations.derived.statement import Statement, StatementLine, statement
from obligations.derived.weights import DerivedWeights, RenewalWeights, ScorecardWeights

__all__ = [
    "AREAS",
    "SCORED",
    "Area",
    "AreaScore",
    "DerivedWeights",
    "Factor",
    "KindScore",
    "MoneyLine",
    "Owed",
    "RenewalView",
    "RenewalWeights",
    "Scorecard",
    "ScorecardWeights",
    "Statement",
    "StatementLine",
    "Upcoming",
    "at_stake",
    "outlook",
    "renewal_view",
    "scorecard",
    "statement",
]
