"""One ticket under one promise: which tickets those are, from when and until when their clocks run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo

from obligations.calendars import CalendarVersions, DatedCalendar
from obligations.facts import Fact, Source, Ticket
from obligations.intervals import Interval, clipped, merged
from obligations.matching import belongs, covers, records, same_service
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.service.ticket_clock import ClockTerms, TicketTerms, runs_until, ticket_clock
from obligations.service.ticket_cycles import cycles
from obligations.service.ticket_history import ENDED, History, Phase, history
from obligations.service.ticket_relief import Excused, causes, concerning, reliefs
from obligations.trail import zone_of
from obligations.wording import instant_text

EDITED = "whether a running clock keeps the hours with which it began"
"""What is missing where hours were changed and the text does not say which count."""


@dataclass(frozen=True)
class Stop:
    """What stopped the clock, if anything did.

    `at` is when; `says` tells how; `missing` is evidence without which it cannot be told whether it stopped.
    `doubtful_at` is an earlier instant at which it may have stopped, `doubt` what is not known of it. `verb`
    is what it is called where that is not the promise's own.
    """

    at: datetime | None
    says: str
    missing: str = ""
    doubtful_at: datetime | None = None
    doubt: str = ""
    verb: str = ""


@dataclass(frozen=True)
class TicketPromise:
    """What tells one promise on tickets from another: its verb ("resolved") and what stops its clock."""

    verb: str
    stop: Callable[[History, TicketTerms, tzinfo], Stop]


@dataclass(frozen=True)
class OpenTicket:
    """One ticket, or one cycle of it, that falls under a promise."""

    label: str
    fact: Fact
    seen: History
    dated: DatedTerms
    terms: ClockTerms
    zone: tzinfo
    reliefs: tuple[Excused, ...] = ()
    excusing: tuple[Excused, ...] = ()
    """Those of the reliefs that the terms accept."""

    @property
    def source(self) -> Source:
        return self.fact.source

    @property
    def opened_on(self) -> date:
        return self.seen.opened_at.astimezone(self.zone).date()

    def at(self, instant: datetime) -> str:
        return instant_text(instant, self.zone)

    def paused(self, until: datetime) -> list[Interval]:
        """When it stood in a status that pauses, each pause as long as the terms let it last."""
        stood = self.seen.stood(self.terms.pauses_on, until)
        cap = self.terms.pause_cap
        if cap is None:
            return stood
        return [(a, min(b, runs_until(a, cap, self.terms, self.zone))) for a, b in stood]

    def stood_still(self, start: datetime, until: datetime, unclear: bool = False) -> list[Interval]:
        """When the clock stood still from `start` to `until`: pauses, while it was resolved, while excused.

        `unclear` also takes the reliefs of which it is not known whether they are this contract's.
        """
        excused = [e.span for e in self.excusing if unclear or not e.unclear]
        still = merged([*self.paused(until), *self.seen.stood(ENDED, until), *excused])
        return clipped(still, start, until)


@dataclass(frozen=True)
class Case(OpenTicket):
    """A ticket whose clock one event stops."""

    stop: Stop = field(default_factory=lambda: Stop(None, ""))
    left: Phase | None = None
    """The phase of the promised priority that the ticket has left again, None while it is in force."""

    @property
    def clock_terms(self) -> TicketTerms:
        assert isinstance(self.terms, TicketTerms)
        return self.terms

    @property
    def until(self) -> datetime:
        if self.left is not None:
            return self.left.end
        return self.stop.at or self.seen.now

    @property
    def final_priority(self) -> str:
        """The priority in force when the clock stopped, or now; "" where it is not known."""
        return self.seen.priority_at(self.stop.at or self.seen.now)

    @property
    def start(self) -> datetime:
        """From when the clock counts: the opening, or the change to the promised priority."""
        if self.clock_terms.priority_change != "from_change":
            return self.seen.opened_at
        if self.left is not None:
            return self.left.start
        starts = [
            p.start for p in self.seen.priorities if p.value == self.terms.priority and p.start <= self.until
        ]
        return starts[-1] if starts else self.seen.opened_at


def open_tickets(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> Iterator[OpenTicket]:
    """The tickets of one obligation, each cycle by itself, as they stood at the instant judged."""
    held = reliefs(obligation, facts, at)
    for fact, ticket in records(obligation, facts, at.known_at, Ticket):
        whole = _opened(obligation, fact, history(ticket, at.as_of), at)
        if whole is None:
            continue
        for number, seen in enumerate(cycles(whole.seen, whole.terms, whole.zone), start=1):
            each = whole if seen is whole.seen else _opened(obligation, fact, seen, at)
            if each is not None:
                yield _with_reliefs(obligation, each, number, held)


def _with_reliefs(
    obligation: Obligation, each: OpenTicket, number: int, held: tuple[Excused, ...]
) -> OpenTicket:
    """A ticket, or the cycle of it of this number, with the reliefs that concern it."""
    if number == 1 and not held:
        return each
    label = each.label if number == 1 else f"{each.label} (cycle {number})"
    names = (obligation.id, obligation.kind, obligation.key, each.label)
    service = each.terms.service or each.seen.ticket.service
    about = concerning(held, names, service, (each.seen.opened_at, each.seen.now))
    accepted = causes(each.terms.relieved_by, obligation.we_owe)
    excusing = tuple(excused for excused in about if excused.relief.cause in accepted)
    return replace(each, label=label, reliefs=about, excusing=excusing)


def _opened(obligation: Obligation, fact: Fact, seen: History | None, at: AsOf) -> OpenTicket | None:
    """A ticket under the terms in force on the day it was opened, None where it does not fall under any."""
    if seen is None:
        return None
    opened_on = seen.opened_at.astimezone(zone_of(obligation, obligation.terms[-1].terms, at)).date()
    if not covers(obligation, fact, opened_on):
        return None
    dated = obligation.in_force(opened_on)
    if dated is None:
        return None
    terms = dated.terms
    if not isinstance(terms, ClockTerms) or same_service(terms.service, seen.ticket.service) is False:
        return None
    label = fact.source.label or fact.source.record
    return OpenTicket(label, fact, seen, dated, terms, zone_of(obligation, terms, at))


def doubts(obligation: Obligation, case: OpenTicket, priority: str) -> tuple[str, ...]:
    """What must be known of a ticket before it can be judged; `priority` is what is not known of that."""
    found = []
    ticket = case.seen.ticket
    if belongs(obligation, case.fact) == "unclear" and case.terms.service is None:
        found.append(f"which contract {case.label} falls under")
    if same_service(case.terms.service, ticket.service) is None:
        found.append(f"the service that {case.label} affects")
    if priority:
        found.append(priority)
    found += _unclocked(case)
    if case.seen.resolved_at is not None and case.seen.resolved_at < case.seen.opened_at:
        found.append(f"a true resolution time of {case.label}: the record has it before the opening")
    if is_duplicate(case) and ticket.merged_into == case.label:
        found.append(f"which ticket {case.label} is a duplicate of: its record names itself")
    return tuple(found)


def _unclocked(case: OpenTicket) -> list[str]:
    """What the terms lack for a clock, under their calendar or under a later version of it."""
    calendars = (case.terms.calendar, *(edit.calendar for edit in case.terms.calendar_edits))
    for calendar in calendars:
        terms = case.terms.model_copy(update={"calendar": calendar}) if len(calendars) > 1 else case.terms
        clock = ticket_clock(terms, case.zone)
        if isinstance(clock, str):
            return [clock]
    return []


def is_duplicate(case: OpenTicket) -> bool:
    """Whether a ticket was merged into another and is not judged by itself."""
    return bool(case.seen.ticket.merged_into) and case.terms.duplicates == "left_out"


def hours_of(case: OpenTicket, start: datetime, until: datetime) -> tuple[ClockTerms, ClockTerms]:
    """The terms with the calendar with which a clock began, and with that in force when it ended."""
    calendar = case.terms.calendar
    if calendar is None or not case.terms.calendar_edits:
        return case.terms, case.terms
    versions = CalendarVersions(versions=(DatedCalendar(calendar=calendar), *case.terms.calendar_edits))
    began, ended = versions.at(start).calendar, versions.at(until).calendar
    return (
        case.terms.model_copy(update={"calendar": began}),
        case.terms.model_copy(update={"calendar": ended}),
    )
