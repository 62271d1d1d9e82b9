"""Errors of the evals.

PactaError
└── EvalError
    ├── CaseError       a case or a baseline that cannot be read: names the file, the case, the field
    ├── UnknownTask     an eval, prompt task or version that is not there
    └── CannotJudge     the gate lacks what it needs, such as a model
"""

from obligations.errors import PactaError


class EvalError(PactaError):
    """Root of what evals raise on purpose."""


class CaseError(EvalError, ValueError):
    """A case, floor or baseline file that cannot be used."""


class UnknownTask(EvalError, LookupError):
    """Nothing of that name is there."""


class CannotJudge(EvalError):
    """A candidate cannot be measured with what is configured."""
