"""Errors of the pure core.

PactaError
├── TermsError        the terms of an obligation contradict themselves (raised when it is made)
├── CalendarError     a calendar that can never be open, or an unknown zone or region
└── CascadeError      a contract tree with a cycle

Every error says the thing, the place and the remedy. Other packages derive theirs from PactaError.
"""


class PactaError(Exception):
    """Root of every error the product raises on purpose."""

    remedy: str = ""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy or self.remedy


class TermsError(PactaError, ValueError):
    """Terms that cannot be kept or judged; names the field and the reason."""


class CalendarError(PactaError, ValueError):
    """A calendar that cannot be compiled."""


class CascadeError(PactaError, ValueError):
    """A contract tree that cannot be resolved."""
