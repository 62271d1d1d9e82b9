"""Building an assessment step by step: every number with the clause and the records it rests on."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from obligations.calendars import Calendar
from obligations.document import Span
from obligations.facts import Source
from obligations.model import (
    AsOf,
    Assessment,
    DatedTerms,
    MoneyMeaning,
    Obligation,
    Occurrence,
    Outcome,
    Step,
)
from obligations.quantities import Money, Quantity
from obligations.terms import MissedLevel, Terms


@dataclass(frozen=True)
class Finding:
    """What a rule found for one occurrence; see `Assessment` for the fields."""

    outcome: Outcome
    summary: str
    target: Quantity | None = None
    measured: Quantity | None = None
    margin: Quantity | None = None
    money: Money | None = None
    money_is: MoneyMeaning = ""
    missing: tuple[str, ...] = ()


@dataclass
class Trail:
    """The steps taken so far for one occurrence of an obligation."""

    obligation: Obligation
    at: AsOf
    steps: list[Step] = field(default_factory=list)

    def note(
        self, rule: str, says: str, records: tuple[Source, ...] = (), spans: tuple[Span, ...] = ()
    ) -> None:
        """Add a step. `rule` is the part of the rule applied, without the kind: "elapsed"."""
        name = rule if "." in rule else f"{self.obligation.kind}.{rule}"
        self.steps.append(Step(rule=name, says=says, spans=spans, records=records))

    def terms(self, dated: DatedTerms, says: str) -> None:
        """Add the clause that states the promise, with what it hangs on and how it was read."""
        since = f" In force from {dated.from_on}, by {dated.contract}." if dated.from_on else ""
        self.note("terms", f"{says}{since}", spans=(dated.span, *dated.basis))
        for reading in self.obligation.notes:
            self.note("reading", reading)
        if not _stated_zone(self.obligation, dated.terms):
            offset = self.at.as_of.tzinfo
            self.note("zone", f"No time zone is stated; days are those of the instant judged ({offset}).")

    def conclude(self, occurrence: Occurrence, finding: Finding) -> Assessment:
        """The assessment; the last step says what the summary says."""
        self.note("outcome", finding.summary)
        return Assessment(
            id=assessment_id(self.obligation.id, occurrence.key),
            obligation=self.obligation.id,
            contract=self.obligation.contract,
            kind=self.obligation.kind,
            occurrence=occurrence,
            outcome=finding.outcome,
            as_of=self.at.as_of,
            known_at=self.at.known_at,
            target=finding.target,
            measured=finding.measured,
            margin=finding.margin,
            money=finding.money,
            money_is=finding.money_is,
            summary=finding.summary,
            trail=tuple(self.steps),
            missing=finding.missing,
        )


def assessment_id(obligation: str, occurrence: str) -> str:
    """The same occurrence of the same obligation has the same id, whenever it is assessed."""
    digest = hashlib.sha256(f"{obligation}\x1f{occurrence}".encode()).hexdigest()
    return f"as-{digest[:20]}"


def undetermined(summary: str, *missing: str, target: Quantity | None = None) -> Finding:
    """A finding that says what evidence is missing."""
    return Finding(Outcome.UNDETERMINED, summary, target=target, missing=missing)


def zone_of(obligation: Obligation, terms: Terms | MissedLevel, at: AsOf) -> tzinfo:
    """The zone whose clocks decide: that of the terms, their calendar or the contract, or else of `as_of`."""
    stated = _stated_zone(obligation, terms)
    return ZoneInfo(stated) if stated else at.as_of.tzinfo or UTC


def _stated_zone(obligation: Obligation, terms: Terms | MissedLevel) -> str | None:
    zone: str | None = getattr(terms, "zone", None)
    calendar: Calendar | None = getattr(terms, "calendar", None)
    return zone or (calendar.zone if calendar else None) or obligation.zone
