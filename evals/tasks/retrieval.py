"""Retrieval: whether a question about a kind of promise finds the clause that was labelled by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals.labels import ANNOTATIONS, load_labels, place
from evals.promises import Promise
from evals.score import Metric, Score
from evals.scorers.ragas_metrics import RAGAS_CONTEXT, Ragas, metrics
from evals.task import Task
from evals.tasks.extraction import stored

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from obligations.document import Chunk, Document

TOP = 5
"""Hits looked at, and asked for."""

ASKS: dict[str, str] = {
    "response_time": "How quickly must an incident or request be answered?",
    "update_time": "How often must progress on an open incident be reported?",
    "resolution_time": "Within what time must a fault be fixed or the service restored?",
    "availability": "What availability is promised?",
    "service_credit": "What credit is due if the service level is missed?",
    "fee": "What does it cost?",
    "payment_due": "When are invoices to be paid?",
    "early_payment_discount": "Is there a discount for early payment?",
    "late_interest": "What interest is owed on late payment?",
    "milestone_payment": "Which milestone payments are agreed?",
    "revenue_share": "Which share of revenue is paid?",
    "volume_discount": "From which volume on is there a discount or rebate?",
    "minimum_commitment": "What is the minimum purchase commitment?",
    "price_change": "How may prices be increased?",
    "delivery": "By when must it be delivered?",
    "reporting": "Which reports must be sent, and when?",
    "insurance": "Which insurance must be maintained?",
    "audit_right": "May records and premises be audited?",
    "warranty": "How long is the warranty?",
    "liquidated_damages": "Which liquidated damages are owed for delay?",
    "term": "How long does the agreement run?",
    "renewal": "Does the agreement renew automatically?",
    "renewal_notice": "How much notice stops the renewal?",
    "termination_notice": "With what notice can it be terminated without cause?",
    "cure_period": "How long may a breach be remedied before termination?",
    "retention": "How long must records be kept?",
}


@dataclass(frozen=True)
class Asked:
    """A question about one kind in one contract; `wanted` are the places of its labelled clauses."""

    id: str
    group: str
    title: str
    expected: str
    contract: str
    counterparty: str
    document: "Document"
    wanted: tuple[Promise, ...]


@dataclass(frozen=True)
class Found:
    """What the searches gave: ids of chunks, best first, and which of them hold a wanted clause."""

    in_contract: tuple[str, ...]
    in_contract_right: tuple[bool, ...]
    anywhere: tuple[str, ...]
    anywhere_right: tuple[bool, ...]
    wanted: tuple[str, ...]

    @property
    def short(self) -> str:
        return f"rank {_rank(self.in_contract_right)} in the contract, {_rank(self.anywhere_right)} in all"


def retrieval(ragas: Ragas | None = None) -> Task[Asked, Found]:
    """The eval of the index: one question for each kind labelled in each contract."""
    judge = ragas or Ragas()
    return Task(
        name="retrieval",
        about="clauses found for a question on their kind, in their contract and in all",
        cases=(ANNOTATIONS,),
        samples=asked,
        solve=search,
        scorers=(ranked, lambda sample, output: judge.context(output.in_contract, output.wanted)),
        metrics=(
            Metric("hit_at_5"),
            Metric("hit_at_5_in_all"),
            Metric("hit_at_1", gated=False),
            Metric("reciprocal_rank", gated=False),
            *metrics(*RAGAS_CONTEXT),
        ),
        show=lambda output: output.short,
    )


def asked(pacta: "Pacta") -> list[Asked]:
    """The questions over the documents that are there; a document that is missing asks nothing."""
    from retrieval.locate import locate
    from store import LOCAL

    def find(quote: str, text: str) -> tuple[int, int] | None:
        found = locate(quote, text)
        return None if found is None else (found.start, found.end)

    world = pacta.worlds.of(LOCAL.scope)
    contracts = {c.document_name: c for c in world.contracts.values()}
    samples: list[Asked] = []
    for labelled in load_labels():
        contract, document = contracts.get(labelled.document), stored(pacta, labelled.document)
        if contract is None or document is None:
            continue
        party = world.parties.get(contract.counterparty or "")
        labels = place(labelled, document.text, find).labels
        for kind in dict.fromkeys(p.kind for p in labels):
            wanted = tuple(p for p in labels if p.kind == kind)
            samples.append(
                Asked(
                    id=f"{labelled.document}/{kind}",
                    group=kind,
                    title=f"{ASKS[kind]} ({labelled.document})",
                    expected=f"section {', '.join(dict.fromkeys(p.section for p in wanted))}",
                    contract=contract.id,
                    counterparty=party.name if party else "",
                    document=document,
                    wanted=wanted,
                )
            )
    return samples


def search(pacta: "Pacta", sample: Asked) -> Found:
    """Ask in the contract by the question alone, and in all contracts with the counterparty's name."""
    from retrieval.index import SearchScope
    from store import LOCAL

    question, every = ASKS[sample.group], SearchScope(None, None)
    near = pacta.index.search(question, scope=every, contracts=[sample.contract], kinds=None, limit=TOP)
    far = pacta.index.search(
        f"{sample.counterparty}: {question}", scope=every, contracts=None, kinds=None, limit=TOP
    )
    chunks = pacta.store.chunks(sample.document.id, LOCAL.scope)
    return Found(
        in_contract=tuple(hit.chunk.id for hit in near),
        in_contract_right=tuple(_holds(sample, hit.chunk) for hit in near),
        anywhere=tuple(hit.chunk.id for hit in far),
        anywhere_right=tuple(_holds(sample, hit.chunk) for hit in far),
        wanted=tuple(chunk.id for chunk in chunks if _holds(sample, chunk)),
    )


def ranked(sample: Asked, output: Found) -> Sequence[Score]:
    near, far = _rank(output.in_contract_right), _rank(output.anywhere_right)
    return [
        Score(name="hit_at_1", value=float(near == 1), why=f"rank {near}"),
        Score(name="hit_at_5", value=float(near > 0), why=f"rank {near}"),
        Score(name="reciprocal_rank", value=1 / near if near else 0.0, why=f"rank {near}"),
        Score(name="hit_at_5_in_all", value=float(far > 0), why=f"rank {far}"),
    ]


def _rank(right: Sequence[bool]) -> int:
    """1 for the first hit; 0 when none is right."""
    return next((number for number, good in enumerate(right, start=1) if good), 0)


def _holds(sample: Asked, chunk: "Chunk") -> bool:
    """The chunk and a wanted clause share at least half of the shorter of them."""
    piece = Promise("", chunk.start, chunk.end, {})
    return chunk.document_id == sample.document.id and any(p.shares(piece) * 2 >= 1 for p in sample.wanted)
