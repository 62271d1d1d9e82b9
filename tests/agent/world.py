"""A small invented world as one caller sees it: `World` is an `AskDeps` in memory.

The judgements are written by hand, in `judgements.yaml`; the clauses are texts of their own, and every
span points into them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from agent.deps import NameMatch, ThreadState, Turn
from agent.tool import Tool
from obligations.document import Chunk
from obligations.facts import Fact
from obligations.model import Action, Assessment, Contract, Obligation, Occurrence, Outcome, Party, Step
from obligations.quantities import Money, Quantity
from tests.agent.contracts import AS_OF, CLAUSES, CONTRACTS, OBLIGATIONS, PARTIES, PROMISES, TEXTS
from tests.agent.records import FACTS, RECORDS

HERE = Path(__file__).parent


def _quantity(text: str | None) -> Quantity | None:
    if text is None:
        return None
    words, unit, *value = text.split(" | ")
    return Quantity(text=words, unit=unit, value=Decimal(value[0]) if value else None)


def _money(text: str | None) -> Money | None:
    if text is None:
        return None
    currency, amount = text.split()
    return Money(amount=Decimal(amount), currency=currency)


def judgement(row: dict[str, Any]) -> Assessment:
    """One assessment from its row."""
    o = PROMISES[row["promise"]]
    on = date.fromisoformat(row["counts_on"])
    dated = o.in_force(on) or o.terms[0]
    records = tuple(RECORDS[label] for label in row.get("records", ()))
    steps = [
        Step(rule=f"{o.kind}.terms", says=f"The clause promises {dated.span.quote}", spans=(dated.span,))
    ]
    steps += [Step(rule=f"{o.kind}.step", says=text, records=records) for text in row.get("says", ())]
    summary = row.get("summary", f"{row['key']}: {row['outcome']}")
    due = row.get("due_at")
    return Assessment(
        id=f"{row['promise']}:{row['key']}",
        obligation=o.id,
        contract=o.contract,
        kind=o.kind,
        occurrence=Occurrence(
            key=row["key"],
            label=row["key"],
            counts_on=on,
            due_at=datetime.fromisoformat(due) if due else None,
        ),
        outcome=Outcome(row["outcome"]),
        as_of=AS_OF,
        known_at=AS_OF,
        target=_quantity(row.get("target")),
        measured=_quantity(row.get("measured")),
        margin=_quantity(row.get("margin")),
        money=_money(row.get("money")),
        money_is=row.get("money_is", ""),
        summary=summary,
        trail=(*steps, Step(rule=f"{o.kind}.outcome", says=summary, records=records)),
        missing=tuple(row.get("missing", ())),
    )


ASSESSMENTS: tuple[Assessment, ...] = tuple(
    judgement(row) for row in yaml.safe_load((HERE / "judgements.yaml").read_text(encoding="utf-8"))
)
ACTION = Action(
    id="action-1",
    system="servicenow",
    verb="comment",
    target="INC0010427",
    payload={},
    reference="pacta-1",
    reason="P1 resolution breached",
    assessment="acme-res-p1:INC0010427",
    contract="IC-102",
    party="acme",
    proposed_at=AS_OF,
    proposed_by="pacta",
)


@dataclass(frozen=True)
class Hit:
    chunk: Chunk
    contract_id: str
    score: float


@dataclass
class World:
    """The world above as one caller sees it; `parties_seen` restricts it, `threads` is the thread table."""

    parties_seen: frozenset[str] | None = None
    threads: dict[str, tuple[ThreadState, list[Turn]]] = field(default_factory=dict)
    assessments: tuple[Assessment, ...] = ASSESSMENTS
    calls: dict[str, int] = field(default_factory=dict)
    toolbox: dict[str, Tool] = field(default_factory=dict)

    def _seen(self, party: str | None) -> bool:
        return self.parties_seen is None or party in self.parties_seen or party == "tessaly"

    def clock(self) -> datetime:
        return AS_OF

    def parties(self) -> Sequence[Party]:
        return [p for p in PARTIES if self._seen(p.id)]

    def contracts(self) -> Sequence[Contract]:
        return [c for c in CONTRACTS if self._seen(c.counterparty)]

    def names(self, text: str) -> Sequence[NameMatch]:
        found: list[NameMatch] = []
        for party in self.parties():
            if party.us:
                continue
            for said, score in ((party.name, 1.0), *((a, 0.95) for a in party.aliases)):
                if match := re.search(rf"\b{re.escape(said)}(?!\w)", text, re.IGNORECASE):
                    found.append(NameMatch("party", party.id, party.name, match[0], score))
        for contract in self.contracts():
            found += [
                NameMatch("contract", contract.id, contract.title, match[0], 1.0)
                for said in (contract.id, contract.title)
                if (match := re.search(rf"\b{re.escape(said)}\b", text, re.IGNORECASE))
            ]
        return found

    def obligations(self, contracts: Collection[str]) -> Sequence[Obligation]:
        seen = {c.id for c in self.contracts()}
        return [o for o in OBLIGATIONS if o.contract in contracts and o.contract in seen]

    def assess(
        self, obligations: Collection[str], as_of: datetime, period: tuple[date | None, date | None]
    ) -> Sequence[Assessment]:
        self.calls["assess"] = self.calls.get("assess", 0) + 1
        first, last = period
        return [
            a
            for a in self.assessments
            if a.obligation in obligations
            and (first is None or a.occurrence.counts_on >= first)
            and (last is None or a.occurrence.counts_on <= last or a.occurrence.counts_on > as_of.date())
        ]

    def facts(
        self,
        *,
        parties: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        records: Collection[str] | None = None,
        known_at: datetime | None = None,
    ) -> Sequence[Fact]:
        wanted = None if records is None else {r.casefold() for r in records}
        return [
            f
            for f in FACTS
            if self._seen(f.party)
            and (parties is None or f.party in parties)
            and (kinds is None or f.kind in kinds)
            and (wanted is None or {f.source.record.casefold(), f.source.label.casefold()} & wanted)
            and (known_at is None or f.known_at <= known_at)
        ]

    def search(
        self,
        query: str,
        *,
        contracts: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 8,
    ) -> Sequence[Hit]:
        """Every clause of the contracts, those that share most words with the query first: like search by
        meaning, it always finds something."""
        words = set(re.findall(r"\w{3,}", query.lower()))
        hits = []
        for contract in self.contracts():
            if contracts is not None and contract.id not in contracts:
                continue
            for section, text in CLAUSES.get(contract.id, ()):
                start = TEXTS[f"doc-{contract.id}"].index(text)
                chunk = Chunk(
                    id=f"{contract.id}-{start}",
                    document_id=f"doc-{contract.id}",
                    start=start,
                    end=start + len(text),
                    text=text,
                    section=section,
                    page=1,
                )
                shared = words & set(re.findall(r"\w{3,}", f"{section} {text}".lower()))
                hits.append(Hit(chunk, contract.id, len(shared) / (len(words) or 1)))
        return sorted(hits, key=lambda h: -h.score)[:limit]

    def passage(self, document_id: str, start: int, end: int) -> str | None:
        text = TEXTS.get(document_id)
        return None if text is None else text[start:end]

    def actions(self, contracts: Collection[str]) -> Sequence[Action]:
        return [ACTION] if ACTION.contract in contracts else []

    def tools(self, as_of: datetime) -> Mapping[str, Tool]:
        return self.toolbox

    def load_thread(self, thread: str) -> ThreadState | None:
        held = self.threads.get(thread)
        return held[0] if held else None

    def save_thread(self, thread: str, state: ThreadState, turn: Turn) -> None:
        turns = self.threads[thread][1] if thread in self.threads else []
        self.threads[thread] = (ThreadState.model_validate_json(state.model_dump_json()), [*turns, turn])
