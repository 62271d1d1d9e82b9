"""One version of one outside record, and which version counts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from obligations.facts.documents import Certificate, Decision, Deed, Event, Notice, ReportReceived
from obligations.facts.money import (
    Credit,
    ExchangeRate,
    IndexValue,
    Invoice,
    Payment,
    Progress,
    ReferenceRate,
)
from obligations.facts.orders import Delivery, Milestone, PurchaseOrder, Usage
from obligations.facts.service import Outage, Relief, Ticket
from obligations.facts.source import Source
from obligations.quantities import Frozen

FactData = Annotated[
    Ticket
    | Outage
    | Relief
    | Invoice
    | Payment
    | Credit
    | ExchangeRate
    | IndexValue
    | ReferenceRate
    | Progress
    | PurchaseOrder
    | Delivery
    | Usage
    | Milestone
    | ReportReceived
    | Notice
    | Certificate
    | Event
    | Deed
    | Decision,
    Field(discriminator="kind"),
]


class Fact(Frozen):
    """One version of one outside record.

    `occurred_at` is when it happened in the world, `known_at` when the source recorded this version.
    `party` and `contract` are our ids once resolved, `party_hint` and `contract_hint` what the source
    called them (supplier number, company name, IC number).
    """

    id: str
    source: Source
    occurred_at: AwareDatetime
    known_at: AwareDatetime
    data: FactData
    party: str | None = None
    contract: str | None = None
    party_hint: str = ""
    contract_hint: str = ""

    @property
    def kind(self) -> str:
        return self.data.kind


def latest(facts: Iterable[Fact], known_at: datetime) -> list[Fact]:
    """The newest version of each source record known at `known_at`, in order of occurrence.

    The same for any order of `facts` and with duplicates: ties on `known_at` break on the fact id.
    """
    newest: dict[tuple[str, str, str], Fact] = {}
    for fact in facts:
        if fact.known_at > known_at:
            continue
        key = (fact.source.system, fact.kind, fact.source.record)
        held = newest.get(key)
        if held is None or (fact.known_at, fact.id) > (held.known_at, held.id):
            newest[key] = fact
    return sorted(newest.values(), key=lambda f: (f.occurred_at, f.id))
