"""What a connector is: where it belongs, what it reads and writes, how that was proved, how it is opened.

Each connector's module holds one `PROFILE`; the registry, `pacta connectors` and docs/connectors.md are
made from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from tools.kit.verbs import Connector

Area = Literal[
    "CLM",
    "ERP and procurement",
    "CRM",
    "ITSM",
    "open ERP",
    "work",
    "messages",
    "risk and BI",
    "transport",
    "files",
]
Proof = Literal["real system", "own client", "specification", "documentation"]
"""How far a connector was tried: against the real system, with the vendor's own client driving the same
stand-in, with requests and answers checked against the vendor's specification, or against a stand-in
written from documentation only."""


@dataclass(frozen=True)
class Profile:
    """One kind of connector.

    `settings` validates its entry; `make` builds it from them and a `Client` or, where `http` is false, the
    transport that replaces the network in tests (None otherwise).
    `reads` and `writes` are what people call the records. `proved` names each proof with what it was;
    `waits` is what only a real tenant can show.
    """

    kind: str
    title: str
    area: Area
    settings: type[BaseModel]
    make: "Callable[[Any, Any], Connector]"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    proved: tuple[tuple[Proof, str], ...] = ()
    waits: tuple[str, ...] = ()
    http: bool = True
