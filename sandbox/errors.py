"""Errors of the sandbox.

SandboxError
├── WorldError     the YAML of the invented world contradicts itself; names file and record
├── QuerySyntax    a filter, formula or query a vendor's language does not allow; names the place
└── Refusal        an HTTP answer other than success, in the vendor's own shape
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response


class SandboxError(Exception):
    """Root of everything the sandbox raises on purpose."""


class WorldError(SandboxError, ValueError):
    """The invented world cannot be loaded as written."""


class QuerySyntax(SandboxError, ValueError):
    """A query the vendor could not read either."""


class Refusal(SandboxError):
    """Raised by an endpoint to answer with `response` instead of a result."""

    def __init__(self, response: "Response") -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response = response
