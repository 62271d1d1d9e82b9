"""Laws that hold for any records: nothing later is known, more downtime is never better, the clock counts
what a look at every minute counts, and no record makes a rule raise."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from obligations.calendars import WEEKDAYS, Calendar, Window
from obligations.facts import (
    Credit,
    Decision,
    Deed,
    Delivery,
    Event,
    Fact,
    Invoice,
    Notice,
    Outage,
    Payment,
    PurchaseOrder,
    Relief,
    ReportReceived,
    Source,
    Ticket,
    TicketEvent,
)
from obligations.ledger import UNCOUNTABLE
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.rules import assess
from obligations.terms import KINDS
from tests.obligations.golden_cases import as_of, load, observed_from, posed, reader_of

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 23, 6, tzinfo=UTC)  # the clocks go back on the 25th
SUPPORT = Calendar(zone="Europe/Berlin", windows=(Window(days=WEEKDAYS[:5], opens=time(8), closes=time(18)),))
READER = reader_of({})

MINUTES = st.integers(0, 5 * 24 * 60)
STATUSES = st.sampled_from(["open", "in_progress", "awaiting_customer", "on_hold", "resolved", "cancelled"])


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


EVENTS = st.lists(
    st.one_of(
        st.builds(TicketEvent, at=MINUTES.map(at), change=st.just("status"), value=STATUSES),
        st.builds(TicketEvent, at=MINUTES.map(at), change=st.just("reopened")),
        st.builds(
            TicketEvent, at=MINUTES.map(at), change=st.just("priority"), value=st.sampled_from(["P1", "P2"])
        ),
        st.builds(
            TicketEvent,
            at=MINUTES.map(at),
            change=st.just("comment"),
            by=st.sampled_from(["provider", "customer", "system", "unknown"]),
            public=st.booleans(),
            automatic=st.booleans(),
        ),
    ),
    max_size=10,
).map(tuple)
TICKETS = st.builds(
    Ticket,
    subject=st.just("broken"),
    priority=st.sampled_from(["P1", "P2"]),
    status=STATUSES,
    opened_at=st.integers(0, 1000).map(at),
    resolved_at=st.none() | MINUTES.map(at),
    events=EVENTS,
)


def fact(data: Any, record: str = "INC1", known: datetime = START - timedelta(days=9)) -> Fact:
    return Fact(
        id=f"{record}/{known.isoformat()}",
        source=Source(system="s", record=record),
        occurred_at=known,
        known_at=known,
        data=data,
        party="vendor",
    )


def promise(kind: str, terms: dict[str, Any]) -> Obligation:
    sides = {"debtor": "vendor", "creditor": "us", "us": "us", "zone": "Europe/Berlin"}
    return READER.obligation({"kind": kind, "terms": terms, **sides})


RESOLVED = promise("resolution_time", {"within": "PT10H", "clock": "business", "calendar": SUPPORT})
ANSWERED = promise("response_time", {"within": "PT1H", "priority": "P1", "clock": "calendar"})
PAUSED = promise(
    "resolution_time",
    {
        "within": "PT10H",
        "clock": "business",
        "calendar": SUPPORT,
        "pauses_on": ["awaiting_customer", "on_hold"],
    },
)
UPDATED = promise("update_time", {"within": "PT2H", "priority": "P1", "pauses_on": ["on_hold"]})
ANEW = promise(
    "resolution_time",
    {
        "within": "PT9H",
        "priority": "P1",
        "pauses_on": ["on_hold"],
        "pause_cap": "PT2H",
        "priority_change": "from_change",
        "reopen_within": "P1D",
    },
)
PROMISES = st.sampled_from([RESOLVED, ANSWERED, PAUSED, UPDATED, ANEW])


@given(PROMISES, TICKETS, MINUTES)
@settings(max_examples=100, deadline=None)
def test_no_ticket_makes_a_rule_raise_or_hide_why(promised: Obligation, ticket: Ticket, now: int) -> None:
    for found in assess(promised, [fact(ticket)], AsOf.at(at(now))):
        assert found.summary
        assert found.spans
        assert found.records
        assert bool(found.missing) == (found.outcome is Outcome.UNDETERMINED)


@given(PROMISES, TICKETS, MINUTES)
@settings(max_examples=100, deadline=None)
def test_nothing_after_the_instant_judged_is_known(promised: Obligation, ticket: Ticket, now: int) -> None:
    """A ticket cut off at the instant gives what the whole ticket gives, where only its history tells."""
    by_events = ticket.model_copy(update={"status": "open", "resolved_at": None})
    before = [e for e in by_events.events if e.at <= at(now)]
    told = {e.change for e in by_events.events} == {e.change for e in before}
    cut = by_events.model_copy(update={"events": tuple(before)})
    if told:
        seen = AsOf.at(at(now))
        assert assess(promised, [fact(by_events)], seen) == assess(promised, [fact(cut)], seen)


@given(TICKETS, TICKETS, MINUTES)
@settings(max_examples=60, deadline=None)
def test_nothing_recorded_later_is_known(first: Ticket, second: Ticket, now: int) -> None:
    seen = AsOf.at(at(now))
    later = fact(second, known=at(now) + timedelta(seconds=1))
    assert assess(PAUSED, [fact(first), later], seen) == assess(PAUSED, [fact(first)], seen)


def _standing_at(ticket: Ticket, minute: datetime) -> str:
    status = "open"
    for event in sorted(ticket.events, key=lambda e: e.at):
        if event.at <= minute and event.change == "status":
            status = event.value
    return status


@given(
    st.lists(
        st.tuples(MINUTES, st.sampled_from(["in_progress", "awaiting_customer", "on_hold"])),
        max_size=8,
        unique_by=lambda e: e[0],
    ),
    st.integers(0, 1000),
    MINUTES,
)
@settings(max_examples=40, deadline=None)
def test_the_clock_counts_what_a_look_at_every_minute_counts(
    changes: list[tuple[int, str]], opened: int, end: int
) -> None:
    events = tuple(TicketEvent(at=at(m), change="status", value=value) for m, value in changes)
    ticket = Ticket(subject="", priority="P1", status="in_progress", opened_at=at(opened), events=events)
    found = assess(PAUSED, [fact(ticket)], AsOf.at(at(end)))
    counted = 0
    for minute in range(opened, end):
        local = at(minute).astimezone(BERLIN)
        working = local.weekday() < 5 and time(8) <= local.time().replace(tzinfo=None) < time(18)
        counted += working and _standing_at(ticket, at(minute)) not in ("awaiting_customer", "on_hold")
    if not found:
        assert end < opened
        return
    measured = found[0].measured
    assert measured is not None
    assert measured.value == counted
    assert (found[0].outcome is Outcome.BREACHED) == (counted > 600)


LEVEL = promise("availability", {"percent": "99.9", "excludes": ["maintenance"], "maintenance_notice": "P5D"})
OUTAGES = st.lists(
    st.builds(
        lambda start, length, type, announced: Outage(
            service="",
            type=type,
            started_at=at(start),
            ended_at=None if length is None else at(start + length),
            announced_at=None if announced is None else at(start) - timedelta(days=announced),
        ),
        start=MINUTES,
        length=st.none() | st.integers(0, 300),
        type=st.sampled_from(["outage", "maintenance", "degradation"]),
        announced=st.none() | st.integers(0, 9),
    ),
    max_size=6,
)
NOW = AsOf.at(datetime(2026, 11, 3, tzinfo=UTC))


def _october(outages: list[Outage]) -> Assessment:
    records = [fact(outage, f"O{n}") for n, outage in enumerate(outages)]
    since = observed_from({"observed_from": "2026-10-01"})
    return next(a for a in assess(LEVEL, records, NOW, since) if a.occurrence.key == "2026-10")


def _share(found: Assessment) -> Decimal:
    return found.measured.value if found.measured and found.measured.value is not None else Decimal(-1)


@given(OUTAGES, OUTAGES)
@settings(max_examples=80, deadline=None)
def test_more_outages_never_make_it_better(some: list[Outage], more: list[Outage]) -> None:
    outages = [o for o in more if o.type == "outage"]
    before, after = _october(some), _october([*some, *outages])
    if Outcome.UNDETERMINED not in (before.outcome, after.outcome):
        assert _share(after) <= _share(before)
        assert Decimal(0) <= _share(after) <= 100
    if before.outcome is Outcome.BREACHED:
        assert after.outcome is Outcome.BREACHED


@given(OUTAGES)
@settings(max_examples=60, deadline=None)
def test_an_outage_on_record_twice_counts_once(outages: list[Outage]) -> None:
    assert _share(_october([*outages, *outages])) == _share(_october(outages))


def test_no_kind_knows_a_record_that_is_recorded_later() -> None:
    """Every record of the world recorded a day too late leaves every promise as if there were none."""
    content = load("world")
    reader = reader_of(content)
    now = AsOf.at(reader.instant(content["as_of"]))
    late = [
        reader.fact(spec).model_copy(update={"known_at": now.known_at + timedelta(days=1)})
        for spec in content["facts"]
    ]
    for spec in content["obligations"]:
        obligation = reader.obligation(spec)
        assert assess(obligation, late, now) == assess(obligation, [], now)


@dataclass(frozen=True)
class Posed:
    """A golden case as it is put to its rule, and what the rule finds."""

    name: str
    obligation: Obligation
    facts: list[Fact]
    at: AsOf
    since: date | None
    found: tuple[Assessment, ...]

    def again(self, facts: list[Fact]) -> tuple[Assessment, ...]:
        return assess(self.obligation, facts, self.at, self.since)


@cache
def golden(kind: str) -> list[Posed]:
    content = load(kind)
    reader = reader_of(content)
    cases = []
    for case in content["cases"]:
        obligation, facts = posed(reader, content, case)
        at, since = as_of(reader, case), observed_from({**content, **case})
        cases.append(Posed(case["name"], obligation, facts, at, since, assess(obligation, facts, at, since)))
    return cases


def renamed(held: Fact, suffix: str, **changes: Any) -> Fact:
    """A record of its own that tells the same."""
    source = held.source.model_copy(update={"record": held.source.record + suffix})
    return held.model_copy(update={"id": held.id + suffix, "source": source, **changes})


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_copies_of_records_change_nothing(kind: str) -> None:
    for case in golden(kind):
        mixed = [*case.facts, *case.facts]
        Random(case.name).shuffle(mixed)
        assert case.again(mixed) == case.found, case.name
        assert case.again(case.facts[::-1]) == case.found, case.name


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_recorded_later_is_not_known(kind: str) -> None:
    """Neither a new version of a record, nor a new record, nor any record where all come too late."""
    for case in golden(kind):
        known = case.at.known_at + timedelta(seconds=1)
        versions = [f.model_copy(update={"id": f.id + "/2", "known_at": known}) for f in case.facts[::-1]]
        anew = [renamed(f, "-late", known_at=known) for f in case.facts]
        assert case.again([*anew, *versions, *case.facts]) == case.found, case.name
        assert case.again(versions) == case.again([]), case.name


HAPPENINGS = (
    *(Ticket, Outage, Relief, Invoice, Payment, Credit, PurchaseOrder),
    *(Delivery, ReportReceived, Notice, Event, Deed, Decision),
)
"""Records of what happens on a day. Others tell of times to come too: a planned milestone, a policy."""


def happening_after(held: Fact, now: datetime) -> Fact | None:
    """The same record with every day and instant of it on the day after; None for one without any."""
    if not isinstance(held.data, HAPPENINGS):
        return None
    moved = type(held.data).model_validate(_on_next_day(held.data, now))
    return None if moved == held.data else renamed(held, "-next", data=moved)


def _on_next_day(data: BaseModel, now: datetime) -> dict[str, Any]:
    next_day = now + timedelta(days=1)
    moved: dict[str, Any] = {}
    for name in type(data).model_fields:
        value = getattr(data, name)
        if isinstance(value, datetime):
            value = next_day
        elif isinstance(value, date):
            value = next_day.date()
        elif name in ("events", "lines"):
            value = tuple(_on_next_day(inner, now) for inner in value)
        moved[name] = value
    return moved


@pytest.mark.parametrize("kind", KINDS)
def test_what_happens_later_is_not_known(kind: str) -> None:
    for case in golden(kind):
        later = [moved for f in case.facts if (moved := happening_after(f, case.at.as_of)) is not None]
        assert case.again([*later, *case.facts]) == case.found, case.name


BY_RECORD = (
    *("response_time", "resolution_time", "update_time", "payment_due", "early_payment_discount"),
    *("late_interest", "holdback", "rate_card", "warranty", "cure_period"),
)
"""Kinds whose occurrences come from records: without any there is nothing to assess."""


@pytest.mark.parametrize("kind", BY_RECORD)
def test_what_records_bring_about_cites_them(kind: str) -> None:
    for case in golden(kind):
        assert case.again([]) == (), case.name
        assert all(found.records for found in case.found if found.occurrence.key != UNCOUNTABLE), case.name


@pytest.mark.parametrize("kind", KINDS)
def test_every_assessment_is_whole(kind: str) -> None:
    """It has a name of its own, cites the clause, says what is missing, and survives being written down."""
    for case in golden(kind):
        assert len({a.id for a in case.found}) == len(case.found), case.name
        assert len({a.occurrence.key for a in case.found}) == len(case.found), case.name
        for found in case.found:
            assert (found.as_of, found.known_at) == (case.at.as_of, case.at.known_at), case.name
            assert found.summary.endswith("."), found.summary
            assert found.spans, case.name
            assert bool(found.missing) == (found.outcome is Outcome.UNDETERMINED), case.name
            assert bool(found.money) == bool(found.money_is), case.name
            assert all(step.says for step in found.trail), case.name
            assert Assessment.model_validate_json(found.model_dump_json()) == found, case.name
