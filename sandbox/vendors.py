"""Every vendor the sandbox stands in for: one module each, which tells its prefix and its failures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from sandbox.state import Sandbox


class StandIn(Protocol):
    """One vendor's routes and state. `reset` brings back the first minute."""

    def router(self) -> "APIRouter": ...

    def reset(self) -> None: ...


@runtime_checkable
class Emitter(Protocol):
    """A stand-in that sends webhooks."""

    def sent(self) -> list[dict[str, Any]]:
        """Every delivery so far, oldest first."""

    async def emit(self, event: str, record: str, to: str | None = None) -> list[dict[str, Any]]:
        """Send `event` about `record` to the hooks that want it, or to `to`; what was sent.

        Raises KeyError for a record there is not, ValueError for an event there is not."""


@dataclass(frozen=True)
class Vendor:
    """A vendor: every path of it begins with `/{prefix}/`; `failure(status, headers)` is its answer when
    nothing more particular is known."""

    name: str
    prefix: str
    make: "Callable[[Sandbox], StandIn]"
    failure: "Callable[[int, Mapping[str, str]], Response]"


MODULES = (
    "sandbox.agiloft.service",
    "sandbox.ariba.service",
    "sandbox.asana.service",
    "sandbox.coupa.service",
    "sandbox.docusign.service",
    "sandbox.icertis.service",
    "sandbox.ironclad.service",
    "sandbox.jira_service_management.service",
    "sandbox.llm.server",
    "sandbox.netsuite.service",
    "sandbox.onetrust.service",
    "sandbox.oracle_fusion.service",
    "sandbox.otm.service",
    "sandbox.project44.service",
    "sandbox.salesforce.service",
    "sandbox.sap_revenue.service",
    "sandbox.sap_s4hana.service",
    "sandbox.servicenow.service",
    "sandbox.smartsheet.service",
    "sandbox.tableau.service",
    "sandbox.teams",
)
"""Each holds a `VENDOR`."""


@cache
def vendors() -> "Mapping[str, Vendor]":
    """The vendors by name."""
    found = (import_module(name).VENDOR for name in MODULES)
    return {vendor.name: vendor for vendor in found}


@cache
def _prefixes() -> Mapping[str, str]:
    return {vendor.prefix: vendor.name for vendor in vendors().values()}


def vendor_of(path: str) -> str:
    """Which vendor answers at `path`, "" for the sandbox itself."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return _prefixes().get(first, "")
