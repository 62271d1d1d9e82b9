"""Errors of the connectors, named by what the caller does next.

PactaError
└── ConnectorError          something an outside system, or the way to it, did wrong
    ├── Retryable           try again later: busy, timed out, cut off (`retry_after` where it said so)
    ├── Skippable           one record is unusable: note it, go on with the rest
    └── Fatal               no use in going on with this system until a person acts
        ├── Misconfigured   settings that cannot work
        ├── Unauthorised    the system refuses our credentials or rights (401, 403)
        ├── NotFound        the record or path does not exist (404)
        ├── WrongAnswer     not the promised shape: HTML, too large, another content type
        ├── PageLoop        paging that would never end
        └── SignatureError    a webhook whose signature, nonce or time does not hold

Every error names the vendor, the place and the remedy. None carries a secret: texts from outside go
through `redact` before they are put in.
"""

from typing import Any

from obligations.document import Problem
from obligations.errors import PactaError


class ConnectorError(PactaError):
    """Root of the connectors' errors. `place` is a path, record or file with its line."""

    def __init__(self, vendor: str, what: str, *, place: str = "", remedy: str = "") -> None:
        self.vendor = vendor
        self.what = what
        self.place = place
        said = f"{vendor}: {what}" + (f" ({place})" if place else "")
        super().__init__(said + (f". {remedy}" if remedy else ""), remedy=remedy)

    def problem(self, stage: str = "sync") -> Problem:
        """The error as data, for the list of things that could not be read."""
        return Problem(stage=stage, what=f"{self.vendor}: {self.what}", place=self.place, remedy=self.remedy)


class Retryable(ConnectorError):
    """The system may answer later.

    `retry_after` is how many seconds it asked us to wait, if it did; `status` the HTTP status; `soon`
    tells the kit to try again by itself; `maybe_done` is True for a write whose answer was lost: it may
    have happened, so find it first.
    """

    def __init__(self, vendor: str, what: str, **more: Any) -> None:
        self.retry_after: float | None = more.pop("retry_after", None)
        self.status: int | None = more.pop("status", None)
        self.soon: bool = more.pop("soon", False)
        self.maybe_done: bool = more.pop("maybe_done", False)
        super().__init__(vendor, what, **more)


class Skippable(ConnectorError, ValueError):
    """One record that cannot become a fact; the others can."""


class Fatal(ConnectorError):
    """Nothing more can be done with this system before somebody acts. `status`: HTTP status or None."""

    def __init__(self, vendor: str, what: str, **more: Any) -> None:
        self.status: int | None = more.pop("status", None)
        super().__init__(vendor, what, **more)


class Misconfigured(Fatal):
    """Settings of a connector that are missing, contradictory or name something absent."""


class Unauthorised(Fatal):
    """Credentials or rights are refused."""


class NotFound(Fatal):
    """The record or path does not exist, or is hidden from our user."""


class WrongAnswer(Fatal):
    """The answer is not what the interface promises."""


class PageLoop(Fatal):
    """The system hands out the same page again and again."""


class SignatureError(Fatal):
    """A webhook that cannot be shown to come from the vendor, now."""
