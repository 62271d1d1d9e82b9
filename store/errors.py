"""Errors of the store.

PactaError
└── StoreError
    ├── NotFound        nothing by that id inside the caller's scope (what is outside is not told apart)
    ├── Conflict        the record is not in the state the change asks for
    └── AuditBroken     the audit chain does not verify
"""

from obligations.errors import PactaError


class StoreError(PactaError):
    """The store could not do what was asked."""


class NotFound(StoreError):
    """Nothing by that id that the caller may see."""

    def __init__(self, noun: str, key: str) -> None:
        super().__init__(f"no {noun} {key!r} that you may see", remedy=f"look the {noun} up in its list")


class Conflict(StoreError):
    """The record has moved on; the change does not apply to it."""


class AuditBroken(StoreError):
    """An audit entry was changed, removed or inserted outside the product."""
