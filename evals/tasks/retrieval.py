"""Retrieval: whether a question about a kind of promise finds the clause that was labelled by hand.

Asked in three ways, from the help the product has to the least: in the contract among clauses of the kind,
in the contract by the question alone, and in all contracts with the counterparty's name.
"""

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
    "fee": "What fees and charges are to be paid?",
    "payment_due": "When are invoices to be paid?",
    "early_payment_discount": "Is there a discount for early payment?",
    "late_interest": "What interest is owed on late payment?",
    "milestone_payment": "Which milestone payments are agreed?",
    "revenue_share": "Which share of revenue is paid?",
    "volume_discount": "From which volume on is there a discount or rebate?",
    "minimum_commitment": "What is the minimum purchase commitment?",
    "price_change": "How may prices be increased?",
    "delivery": "Within what time must goods or work be delivered?",
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
    """What the searches gave: the rank of the first hit that holds a wanted clause (0: none does), and
    the ids of the chunks found in the contract and of those wanted."""

    by_kind: int
    in_contract: int
    in_all: int
    chunks: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def short(self) -> str:
        return f"rank {self.by_kind} by kind, {self.in_contract} in the contract, {self.in_all} in all"


def task(ragas: Ragas | None = None) -> Task[Asked, Found]:
    """The eval of the index: one question for each kind labelled in each contract."""
    judge = ragas or Ragas()
    return Task(
        name="retrieval",
        about="clauses found for a question on their kind, in their contract and in all",
        cases=(ANNOTATIONS,),
        samples=asked,
        solve=search,
        scorers=(ranked, lambda sample, output: judge.context(output.chunks, output.wanted)),
        metrics=(
            Metric("by_kind_at_5"),
            Metric("by_kind_at_1", gated=False),
            Metric("in_contract_at_5"),
            Metric("in_contract_at_1", gated=False),
            Metric("in_all_at_5", gated=False),
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
    from retrieval.index import SearchScope
    from store import LOCAL

    def hits(query: str, contracts: list[str] | None, kinds: list[str] | None) -> "list[Chunk]":
        every = SearchScope(None, None)
        found = pacta.index.search(query, scope=every, contracts=contracts, kinds=kinds, limit=TOP)
        return [hit.chunk for hit in found]

    question, own = ASKS[sample.group], [sample.contract]
    near = hits(question, own, None)
    chunks = pacta.store.chunks(sample.document.id, LOCAL.scope)
    return Found(
        by_kind=_rank(sample, hits(question, own, [sample.group])),
        in_contract=_rank(sample, near),
        in_all=_rank(sample, hits(f"{sample.counterparty}: {question}", None, None)),
        chunks=tuple(chunk.id for chunk in near),
        wanted=tuple(chunk.id for chunk in chunks if _holds(sample, chunk)),
    )


def ranked(sample: Asked, output: Found) -> Sequence[Score]:
    scores = []
    for way, rank in (
        ("by_kind", output.by_kind),
        ("in_contract", output.in_contract),
        ("in_all", output.in_all),
    ):
        for top in (1, TOP):
            right = 1 <= rank <= top
            scores.append(Score(name=f"{way}_at_{top}", value=float(right), why=f"rank {rank}"))
    return scores


def _rank(sample: Asked, chunks: "Sequence[Chunk]") -> int:
    """The place of the first chunk that holds a wanted clause, from 1; 0 when none does."""
    return next((number for number, chunk in enumerate(chunks, start=1) if _holds(sample, chunk)), 0)


def _holds(sample: Asked, chunk: "Chunk") -> bool:
    """The chunk and a wanted clause share at least half of the shorter of them."""
    piece = Promise("", chunk.start, chunk.end, {})
    return chunk.document_id == sample.document.id and any(p.shares(piece) * 2 >= 1 for p in sample.wanted)
