"""A small index for tests: three contracts of two business units, in either engine."""

import os
import signal
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from obligations.document import Chunk
from retrieval.embed import Embedding, embedding
from retrieval.engine import Point, Where
from retrieval.engine_edge import EdgeEngine
from retrieval.engine_server import ServerEngine
from retrieval.index import ContractEntry, Index, SearchScope

ALL = SearchScope()


def entry(
    contract: str, title: str, party: str, unit: str | None, document: str | None = None
) -> ContractEntry:
    return ContractEntry(
        contract_id=contract,
        document_id=document or f"doc-{contract}",
        title=title,
        counterparty_id=party.split()[0].lower(),
        counterparty_name=party,
        business_unit=unit,
        effective_on=date(2026, 1, 1),
    )


def chunks(
    document: str, *texts: tuple[str, str] | tuple[str, str, tuple[tuple[str, float], ...]]
) -> list[Chunk]:
    """Chunks of (section, text) or (section, text, kinds), one after the other."""
    made, at = [], 0
    for section, text, *kinds in texts:
        made.append(
            Chunk(
                id=f"{document}:{at}-{at + len(text)}",
                document_id=document,
                start=at,
                end=at + len(text),
                text=text,
                section=section,
                path=("Schedule 2 Service Levels",) if section.startswith("4") else (),
                page=1,
                kinds=kinds[0] if kinds else (),
            )
        )
        at += len(text) + 1
    return made


HARBOUR = entry("harbour", "Hosting Agreement", "Harbour Compute Ltd", "it")
HARBOUR_CHUNKS = chunks(
    "doc-harbour",
    ("1 Definitions", "In this agreement, Support Hours are Monday to Friday."),
    ("2.1 Fees", "The customer pays each invoice within thirty days.", (("payment_due", 0.8),)),
    ("2.2 Late payment", "Overdue amounts bear interest.", (("late_interest", 0.7), ("payment_due", 0.3))),
    ("4.1 Response", "A critical incident is answered within 15 minutes.", (("response_time", 0.9),)),
    ("4.2 Resolution", "A critical incident is fixed within 6 hours."),
    ("4.2(b) Resolution", "Other incidents are fixed within 3 business days."),
    ("12 Liability", "Liability is capped at the fees of one year."),
)
MERIDIAN = entry("meridian", "Logistics Contract", "Meridian Freight BV", "operations")
MERIDIAN_CHUNKS = chunks(
    "doc-meridian",
    ("2.1 Charges", "Invoices are paid within fourteen days.", (("payment_due", 0.9),)),
    ("4.2 Deliveries", "Goods arrive within five days of the order."),
)
UNOWNED = entry("unowned", "Old Lease", "Garage Owners", None)
UNOWNED_CHUNKS = chunks("doc-unowned", ("1 Rent", "Rent is paid monthly in advance."))


def filled(index: Index) -> Index:
    index.put(HARBOUR, HARBOUR_CHUNKS)
    index.put(MERIDIAN, MERIDIAN_CHUNKS)
    index.put(UNOWNED, UNOWNED_CHUNKS)
    return index


def edge(home: Path, *, patience: float = 5.0, model: Embedding | None = None) -> Index:
    model = model or embedding()
    return Index(EdgeEngine(home, model.name, model.dimension, patience=patience), model)


class _Dying(EdgeEngine):
    """Its process is killed before or after the next call of one operation."""

    def __init__(self, home: Path, model: Embedding, moment: str) -> None:
        super().__init__(home, model.name, model.dimension)
        self._when, self._what = moment.split()

    def upsert(self, points: Sequence[Point]) -> None:
        self._die("before", "upsert")
        super().upsert(points)
        self._die("after", "upsert")

    def delete(self, where: Where) -> None:
        self._die("before", "delete")
        super().delete(where)
        self._die("after", "delete")

    def _die(self, when: str, what: str) -> None:
        if (when, what) == (self._when, self._what):
            os.kill(os.getpid(), signal.SIGKILL)


def dying(home: Path, moment: str) -> Index:
    """An index whose process is killed at "before upsert", "after delete" …"""
    model = embedding()
    return Index(_Dying(home, model, moment), model)


def server() -> Index:
    """The server engine on the client's own memory, which filters and ranks like a server."""
    from qdrant_client import QdrantClient

    model = embedding()
    return Index(ServerEngine(QdrantClient(":memory:"), model.name, model.dimension), model)
