"""One finding about spend, with what it rests on."""

import hashlib
from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from obligations.document import Span
from obligations.facts import Source
from obligations.model import AsOf, Step
from obligations.quantities import Frozen, Money

FindingKind = Literal[
    "paid_twice",
    "paid_too_much",
    "billed_twice",
    "credit_not_taken",
    "paid_over_price",
    "after_expiry",
    "before_start",
    "not_on_card",
    "other_supplier",
    "wrong_supplier",
    "no_contract",
    "no_reference",
]


class _Found(Frozen):
    """What happened, with which record, on which day, for how much."""

    kind: FindingKind
    subject: str
    party: str | None
    contract: str | None = None
    on: date
    amount: Money
    summary: str
    trail: tuple[Step, ...]
    missing: tuple[str, ...] = ()


class SpendFinding(_Found):
    """One finding as of an instant.

    `subject` is the number of the invoice or order. `amount` is what was paid too much or spent off contract.
    `missing` says what would have to be known to be sure; empty where it is.
    """

    id: str
    as_of: AwareDatetime
    known_at: AwareDatetime

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(dict.fromkeys(span for step in self.trail for span in step.spans))

    @property
    def records(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(record for step in self.trail for record in step.records))


class Draft(_Found):
    """A finding without its id and instant."""

    def at(self, at: AsOf) -> SpendFinding:
        """The finding as of an instant. The same finding has the same id whenever it is made."""
        key = "\x1f".join((self.kind, self.party or "", self.subject, self.contract or ""))
        digest = hashlib.sha256(key.encode()).hexdigest()[:20]
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return SpendFinding(id=f"sf-{digest}", as_of=at.as_of, known_at=at.known_at, **values)


def step(rule: str, says: str, *records: Source, spans: tuple[Span, ...] = ()) -> Step:
    """One step of a finding's trail; `rule` is "overpayment.paid" and the like."""
    return Step(rule=rule, says=says, records=records, spans=spans)


def in_order(drafts: list[Draft], at: AsOf) -> tuple[SpendFinding, ...]:
    """Findings by day, subject and kind; one of each."""
    found = {each.id: each for each in (draft.at(at) for draft in drafts)}
    return tuple(sorted(found.values(), key=lambda f: (f.on, f.subject, f.kind, f.id)))
