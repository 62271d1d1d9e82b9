"""The statement of a period: promise by promise what was promised, measured, owed, claimed and received."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from obligations.derived.money import MoneyLine, Side, sums, to_whom
from obligations.document import Span
from obligations.facts import Credit, Fact, Notice, Payment, Source
from obligations.model import Assessment, Obligation, Outcome
from obligations.quantities import Frozen, Money

Judged = Sequence[tuple[Assessment, Obligation]]


class StatementLine(Frozen):
    """One occurrence. `owed` is the money found, `claimed` the day of the claim on record, `received` what
    credits and payments cited by the assessment add up to; `open` is owed and not received."""

    assessment: Assessment
    promise: str
    clause: Span
    to: Side
    owed: Money | None
    claimed_on: date | None
    received: Money | None
    records: tuple[Source, ...]

    @property
    def open(self) -> Money | None:
        """What is still to come, never below nothing; None where nothing is owed."""
        if self.owed is None or self.assessment.outcome is Outcome.MET:
            return None
        if self.received is None or self.received.currency != self.owed.currency:
            return self.owed
        left = self.owed.amount - self.received.amount
        return Money(amount=max(left, Decimal(0)), currency=self.owed.currency)


class Statement(Frozen):
    """All lines of a party in a period, with the sums of what they owe."""

    party: str
    first: date
    last: date
    lines: tuple[StatementLine, ...]
    totals: tuple[MoneyLine, ...]
    undetermined: tuple[str, ...]


def statement(party: str, judged: Judged, facts: Sequence[Fact], days: tuple[date, date]) -> Statement:
    """The statement of `party` for the days `days`, both included; `facts` are its records as known."""
    first, last = days
    held: dict[Source, Fact] = {fact.source: fact for fact in facts}
    within = [(a, o) for a, o in judged if first <= a.occurrence.counts_on <= last]
    within.sort(key=lambda each: (each[0].contract, each[0].kind, each[0].occurrence.counts_on, each[0].id))
    return Statement(
        party=party,
        first=first,
        last=last,
        lines=tuple(_line(a, o, held) for a, o in within),
        totals=sums(within),
        undetermined=tuple(a.id for a, _ in within if a.outcome is Outcome.UNDETERMINED),
    )


def _line(assessment: Assessment, obligation: Obligation, held: Mapping[Source, Fact]) -> StatementLine:
    cited = [held[source] for source in assessment.records if source in held]
    claims = [f.data.sent_on for f in cited if isinstance(f.data, Notice) and f.data.effect == "claim"]
    return StatementLine(
        assessment=assessment,
        promise=f"{obligation.kind.replace('_', ' ')} {obligation.key}".strip(),
        clause=_clause(assessment, obligation),
        to=to_whom(assessment, obligation),
        owed=assessment.money if to_whom(assessment, obligation) else None,
        claimed_on=min(claims, default=None),
        received=_received(cited, assessment),
        records=assessment.records,
    )


def _clause(assessment: Assessment, obligation: Obligation) -> Span:
    """The clause that was judged by: the first of the promise's own that the assessment cites."""
    cited = set(assessment.spans)
    own = next((dated for dated in obligation.terms if dated.span in cited), None)
    return (own or obligation.in_force(assessment.occurrence.counts_on) or obligation.terms[0]).span


def _received(cited: Sequence[Fact], assessment: Assessment) -> Money | None:
    """What the credits and payments on record add up to, in the currency of what is owed."""
    if assessment.money is None:
        return None
    amounts = [f.data.amount for f in cited if isinstance(f.data, Credit | Payment)]
    same = [amount for amount in amounts if amount.currency == assessment.money.currency]
    return sum(same[1:], start=same[0]) if same else None
