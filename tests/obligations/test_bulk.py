"""Many at once gives exactly what one at a time gives: open time, due times, business days, tickets."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.assess import promises
from benchmarks.tickets import NOW, fact_of, ticket_columns
from obligations.bulk.arrays import NONE, date_of, day_of, instant_of, instants, moment_of, span_of
from obligations.bulk.columns import columns_of
from obligations.bulk.days import BusinessDayTable, ends_of_days, local_days
from obligations.bulk.open_time import due, elapsed
from obligations.bulk.tickets import NEEDS_RULE, OUTCOMES, assess_columns
from obligations.calendars import WEEKDAYS, BusinessDays, Calendar, OpenTime, Window, compile
from obligations.errors import CalendarError
from obligations.facts import Fact, Source, Ticket, TicketEvent
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.rules import assess
from obligations.service.ticket_clock import TicketTerms, ticket_clock
from tests.obligations.any_calendar import ANY_CALENDAR, DAYS_OF_CHANGE, INSTANTS, YEAR, open_minutes
from tests.obligations.golden_cases import reader_of

MINUTE = 60_000_000
ALWAYS = Calendar(zone="Europe/Berlin")
EVER = st.datetimes(datetime(2016, 1, 1), datetime(2037, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
SPANS = st.integers(0, 200_000_000_000).map(lambda n: timedelta(microseconds=n)) | st.just(timedelta())
PAIRS = st.lists(st.tuples(INSTANTS | EVER, INSTANTS | EVER), min_size=1, max_size=12)


@given(ANY_CALENDAR | st.just(ALWAYS), PAIRS)
@settings(max_examples=40, deadline=None)
def test_elapsed(calendar: Calendar, pairs: list[tuple[datetime, datetime]]) -> None:
    open_time = OpenTime(calendar, 2025, 2027)
    starts, ends = (instants(column) for column in zip(*pairs, strict=True))
    found = elapsed(open_time, starts, ends)
    assert found.tolist() == [span_of(open_time.elapsed(a, b)) for a, b in pairs]
    assert elapsed(OpenTime(calendar, 2025, 2027), starts, ends).tolist() == found.tolist()


@given(ANY_CALENDAR | st.just(ALWAYS), st.lists(st.tuples(INSTANTS | EVER, SPANS), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_due(calendar: Calendar, asked: list[tuple[datetime, timedelta]]) -> None:
    open_time = OpenTime(calendar, 2025, 2027)
    starts = instants(start for start, _ in asked)
    allowed = np.array([span_of(allowance) for _, allowance in asked], np.int64)
    wanted = [instant_of(OpenTime(calendar, 2025, 2027).due(start, allowed)) for start, allowed in asked]
    assert due(open_time, starts, allowed).tolist() == wanted


def test_nothing_asked_is_nothing_found() -> None:
    none = instants([])
    open_time = compile(ALWAYS, *YEAR)
    assert not len(elapsed(open_time, none, none))
    assert not len(due(open_time, none, none))
    assert not len(local_days(UTC, none))


def test_what_one_refuses_many_refuse() -> None:
    mornings = Calendar(zone="UTC", windows=(Window(days=("mon",), opens=time(8), closes=time(12)),))
    open_time = compile(mornings, *YEAR)
    now = instants([datetime(2026, 6, 8, 9, tzinfo=UTC)])
    with pytest.raises(CalendarError, match="negative"):
        due(open_time, now, np.array([-1], np.int64))
    with pytest.raises(CalendarError, match="years 1 to 9999"):
        elapsed(open_time, now, np.array([2**62], np.int64))


@given(ANY_CALENDAR, DAYS_OF_CHANGE, st.integers(0, 10**9))
@settings(max_examples=25, deadline=None)
def test_two_hundred_clocks_of_a_calendar_by_a_look_at_every_minute(
    calendar: Calendar, day: date, seed: int
) -> None:
    """Five thousand cases in all, one by one and at once, around the days on which clocks change."""
    begin, length, draw = datetime.combine(day, time(), UTC) - timedelta(days=1), 4 * 24 * 60, Random(seed)
    opened = [0, *accumulate(open_minutes(calendar, begin, length))]
    pairs = [sorted((draw.randrange(length + 1), draw.randrange(length + 1))) for _ in range(200)]
    starts, ends = ([begin + timedelta(minutes=pair[side]) for pair in pairs] for side in (0, 1))
    wanted = [opened[last] - opened[first] for first, last in pairs]
    open_time = compile(calendar, *YEAR)
    one_by_one = [open_time.elapsed(a, b) for a, b in zip(starts, ends, strict=True)]
    assert one_by_one == [timedelta(minutes=n) for n in wanted]
    assert elapsed(open_time, instants(starts), instants(ends)).tolist() == [n * MINUTE for n in wanted]
    allowances = [draw.randint(1, max(n, 1)) for n in wanted]
    asked = [(first, n) for (first, _), most, n in zip(pairs, wanted, allowances, strict=True) if most]
    ran_out = [bisect_left(opened, opened[first] + n) for first, n in asked]
    found = [open_time.due(begin + timedelta(minutes=a), timedelta(minutes=n)) for a, n in asked]
    # In UTC: Python holds an instant of an hour that comes twice for different from any of another zone.
    assert [at.astimezone(UTC) for at in found] == [begin + timedelta(minutes=minute) for minute in ran_out]
    spans = np.array([n * MINUTE for _, n in asked], np.int64)
    at_once = due(open_time, instants(begin + timedelta(minutes=first) for first, _ in asked), spans)
    assert at_once.tolist() == [instant_of(at) for at in found]


ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
]


@given(st.sampled_from(ZONES), st.lists(EVER, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_local_days(name: str, moments: list[datetime]) -> None:
    zone = ZoneInfo(name)
    days = [moment.astimezone(zone).date() for moment in moments]
    assert [date_of(day) for day in local_days(zone, instants(moments)).tolist()] == days
    ends = [datetime.combine(day, time(23, 59, 59), zone) for day in days]
    found = ends_of_days(zone, np.array([day_of(day) for day in days], np.int64))
    assert found.tolist() == [instant_of(end) for end in ends]


def test_a_day_that_shows_twice_and_a_day_that_is_skipped() -> None:
    newfoundland, samoa = ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")
    minute = timedelta(minutes=1)
    back = datetime(2006, 10, 29, 2, 31, tzinfo=UTC)
    shown = [date_of(day) for day in local_days(newfoundland, instants([back - minute, back])).tolist()]
    assert shown == [date(2006, 10, 29), date(2006, 10, 28)]
    skip = datetime(2011, 12, 30, 10, tzinfo=UTC)
    shown = [date_of(day) for day in local_days(samoa, instants([skip - minute, skip])).tolist()]
    assert shown == [date(2011, 12, 29), date(2011, 12, 31)]
    assert moment_of(instant_of(skip)) == skip


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(ANY_CALENDAR, st.lists(st.tuples(DAYS, DAYS, st.integers(-300, 300)), min_size=1, max_size=10))
@settings(max_examples=60, deadline=None)
def test_business_days(calendar: Calendar, asked: list[tuple[date, date, int]]) -> None:
    one = BusinessDays(calendar)
    first, last = (np.array([day_of(row[n]) for row in asked], np.int64) for n in (0, 1))
    counts = np.array([row[2] for row in asked], np.int64)
    table = BusinessDayTable(one, int(first.min()), int(first.min()))
    assert table.between(first, last).tolist() == [one.between(a, b) for a, b, _ in asked]
    assert _dates(table.add(first, counts)) == [one.add(a, n) for a, _, n in asked]
    assert table.is_business_day(last).tolist() == [one.is_business_day(b) for _, b, _ in asked]


def _dates(days: Sequence[int]) -> list[date]:
    return [date_of(int(day)) for day in days]


def test_a_calendar_without_business_days_is_refused() -> None:
    mondays = tuple(date(2026, 1, 5) + timedelta(weeks=n) for n in range(-200, 200))
    monday = Window(days=("mon",), opens=time(9), closes=time(10))
    shut = Calendar.model_construct(zone="UTC", windows=(monday,), holidays=mondays)
    day = day_of(date(2026, 1, 5))
    with pytest.raises(CalendarError, match="no business day"):
        BusinessDayTable(BusinessDays(shut), day, day)


SUPPORT = Calendar(
    zone="Europe/Berlin",
    holiday_region="DE-BY",
    windows=(
        Window(days=WEEKDAYS[:5], opens=time(8), closes=time(12)),
        Window(days=WEEKDAYS[:5], opens=time(13), closes=time(18)),
    ),
)
PAUSES = ["awaiting_customer", "on_hold"]
SIDES = {"debtor": "vendor", "creditor": "us", "us": "us", "zone": "Europe/Berlin"}
HOURS = {"clock": "business", "calendar": SUPPORT}


def promise(kind: str, terms: dict[str, Any], **more: Any) -> Obligation:
    return reader_of({}).obligation({**SIDES, "kind": kind, "terms": terms, **more})


AMENDED = [
    {"terms": {"within": "PT8H", "priority": "P2", **HOURS}},
    {"from_on": "2026-10-26", "terms": {"within": "PT4H", "priority": "P2", "pauses_on": PAUSES, **HOURS}},
]
PROMISES = {
    "answer in business hours": promise("response_time", {"within": "PT1H", "priority": "P1", **HOURS}),
    "answer at any hour, before": promise(
        "response_time", {"within": "PT2H", "priority": "P2", "due": "before"}
    ),
    "any answer": promise("response_time", {"within": "PT3H", "automatic_counts": True, "pauses_on": PAUSES}),
    "resolved, of a service": promise(
        "resolution_time", {"within": "PT9H", "service": "Order Desk", **HOURS}
    ),
    "resolved with pauses": promise(
        "resolution_time", {"within": "PT10H", "priority": "P1", "pauses_on": PAUSES, **HOURS}
    ),
    "resolved at any hour": promise("resolution_time", {"within": "PT5H", "priority": "P2"}),
    "amended": promise("resolution_time", {}, series=AMENDED),
    "resolved in days": promise("resolution_time", {"within": "P2D", "priority": "P2", "pauses_on": PAUSES}),
    "in business days": promise("resolution_time", {"within": "P1D", "pauses_on": PAUSES, **HOURS}),
    "in business days, before": promise(
        "response_time", {"within": "P2D", "due": "before", "pauses_on": PAUSES, **HOURS}
    ),
    "answer of another contract": promise("response_time", {"within": "PT1H"}, contract="IC-9"),
    "unclear whose": promise("resolution_time", {"within": "PT5H"}, unassigned="unclear"),
    "while it runs": promise(
        "resolution_time", {"within": "PT5H"}, starts_on="2026-10-24", ends_on="2026-10-26"
    ),
    "in a month": promise("resolution_time", {"within": "P1M"}),
    "no hours stated": promise("resolution_time", {"within": "PT4H", "clock": "business"}),
}
BEGIN = datetime(2026, 10, 22, 6, tzinfo=UTC)  # the clocks go back on the 25th


def random_ticket(draw: Random) -> Ticket:
    """Any history, likely or not; half of them pass within a day and a half."""
    length = draw.choice([2_000, 7 * 24 * 60])

    def at() -> datetime:
        minutes = draw.randrange(length)
        return BEGIN + timedelta(minutes=minutes // 30 * 30 if draw.random() < 0.5 else minutes)

    def event() -> TicketEvent:
        change = draw.choice(["status", "status", "priority", "comment", "comment", "reopened", "opened"])
        value = {
            "status": draw.choice(STATUSES),
            "priority": draw.choice(PRIORITIES),
            "comment": "hello",
        }.get(change, "")
        if change == "opened" and draw.random() < 0.5:
            value = draw.choice(PRIORITIES)
        return TicketEvent(
            at=at(),
            change=change,
            value=value,
            by=draw.choice(["provider", "provider", "provider", "customer", "system", "unknown"]),
            public=draw.random() < 0.8,
            automatic=draw.random() < 0.1,
        )

    events = [event() for _ in range(draw.choice([0, 1, 2, 3, 4, 8]))]
    if draw.random() < 0.5:
        events.sort(key=lambda e: e.at)
    if events and draw.random() < 0.1:
        events += events[:2]
    return Ticket(
        subject="broken",
        service=draw.choice(["", "Order Desk", "order desk EU", "Payroll"]),
        priority=draw.choice([*PRIORITIES, " p2 "]),
        status=draw.choice(STATUSES),
        opened_at=BEGIN + timedelta(minutes=draw.choice([0, 90, draw.randrange(3000)])),
        resolved_at=at() if draw.random() < 0.5 else None,
        merged_into="INC7" if draw.random() < 0.02 else "",
        events=tuple(events),
    )


STATUSES = [
    "open",
    "in_progress",
    "awaiting_customer",
    "awaiting_vendor",
    "on_hold",
    "resolved",
    "closed",
    "cancelled",
]
PRIORITIES = ["P1", "P2", "P3"]


def as_facts(tickets: Sequence[Ticket], draw: Random) -> list[Fact]:
    return [
        Fact(
            id=f"{n}/{draw.random()}",
            source=Source(system="s", record=f"INC{n}"),
            occurred_at=BEGIN,
            known_at=BEGIN + timedelta(hours=draw.choice([0, 0, 0, 100])),
            data=ticket,
            party=draw.choice(["vendor", "vendor", "vendor", "other"]),
            contract=draw.choice([None, None, "IC-1", "IC-9"]),
        )
        for n, ticket in enumerate(tickets)
    ]


def same_as_the_rules(facts: Sequence[Fact], at: AsOf) -> int:
    """Compares every promise on every ticket; returns how many the columns judged themselves."""
    columns, in_order = columns_of(facts, at.known_at)
    promises = list(PROMISES.values())
    judged = 0
    for promised, verdicts in zip(promises, assess_columns(promises, columns, at), strict=True):
        by_rule = {found.occurrence.key: found for found in assess(promised, facts, at)}
        assert len(set(verdicts.ticket.tolist())) == len(verdicts.ticket)
        for row, number in enumerate(verdicts.ticket.tolist()):
            fact = in_order[number]
            found = by_rule.pop(fact.source.record, None)
            if verdicts.outcome[row] == NEEDS_RULE:
                continue
            judged += 1
            assert found is not None, (fact, promised)
            assert OUTCOMES[verdicts.outcome[row]] is found.outcome, (fact, found)
            _same_figures(
                promised,
                fact,
                found,
                [int(c[row]) for c in (verdicts.used, verdicts.allowance, verdicts.due_at)],
            )
        assert not by_rule, "fell under the promise only by the rule"
    return judged


def _same_figures(promised: Obligation, fact: Fact, found: Assessment, figures: list[int]) -> None:
    used, allowance, due_at = figures
    if found.outcome is Outcome.NOT_APPLICABLE:
        assert used == allowance == due_at == NONE
        return
    assert isinstance(fact.data, Ticket)
    dated = promised.in_force(fact.data.opened_at.astimezone(SUPPORT.tz).date())
    assert dated is not None
    assert isinstance(dated.terms, TicketTerms)
    clock = ticket_clock(dated.terms, SUPPORT.tz)
    assert not isinstance(clock, str)
    assert found.occurrence.due_at is not None
    assert found.measured == clock.quantity(used), (fact, found)
    assert found.margin == clock.quantity(allowance - used)
    assert instant_of(found.occurrence.due_at) == due_at, (fact, found)


@pytest.mark.parametrize("seed", range(6))
def test_tickets(seed: int) -> None:
    draw = Random(seed)
    facts = as_facts([random_ticket(draw) for _ in range(300)], draw)
    now = BEGIN + timedelta(minutes=draw.randrange(1000, 7 * 24 * 60))
    judged = same_as_the_rules(facts, AsOf.at(now))
    assert judged > 300


@given(st.integers(0, 10**9), st.integers(0, 8 * 24 * 60))
@settings(max_examples=40, deadline=None)
def test_any_few_tickets_at_any_instant(seed: int, now: int) -> None:
    draw = Random(seed)
    facts = as_facts([random_ticket(draw) for _ in range(4)], draw)
    same_as_the_rules(facts, AsOf(as_of=BEGIN + timedelta(minutes=now), known_at=BEGIN + timedelta(days=30)))


def hour(hours: int) -> datetime:
    return BEGIN + timedelta(hours=hours)


def changed(at: int, change: str, value: str = "") -> TicketEvent:
    return TicketEvent.model_validate({"at": hour(at), "change": change, "value": value})


def at_edges() -> list[Ticket]:
    """Several changes at one instant, and changes at the instant of the resolution or of the judgement."""
    opened_p2 = changed(0, "opened", "P2")
    histories: list[tuple[int | None, list[TicketEvent]]] = [
        (10, [opened_p2, changed(10, "priority", "P3")]),
        (10, [opened_p2, changed(10, "priority", "P1")]),
        (None, [opened_p2, changed(30, "priority", "P3")]),
        (
            40,
            [
                opened_p2,
                changed(10, "priority", "P2"),
                changed(10, "priority", "P1"),
                changed(20, "priority", "P3"),
            ],
        ),
        (
            40,
            [
                opened_p2,
                changed(4, "priority", "P3"),
                changed(20, "priority", "P2"),
                changed(21, "priority", "P3"),
            ],
        ),
        (12, [changed(6, "status", "resolved"), changed(12, "reopened")]),
        (11, [changed(6, "status", "resolved"), changed(12, "reopened")]),
        (13, [changed(6, "status", "resolved"), changed(12, "reopened")]),
        (None, [changed(3, "status", "on_hold"), changed(5, "status"), changed(9, "status", "resolved")]),
        (None, [changed(3, "status", "resolved"), changed(3, "status", "in_progress")]),
        (
            None,
            [
                changed(3, "status", "in_progress"),
                changed(3, "status", "on_hold"),
                changed(8, "status", "closed"),
            ],
        ),
        (5, []),
        (0, []),
        (30, [changed(30, "comment"), changed(30, "status", "resolved")]),
    ]
    return [
        Ticket(
            subject="broken",
            priority="P2",
            status="in_progress" if resolved is None else "resolved",
            opened_at=BEGIN,
            resolved_at=None if resolved is None else hour(resolved),
            events=tuple(events),
        )
        for resolved, events in histories
    ]


@pytest.mark.parametrize("now", [0, 5, 6, 10, 12, 20, 30, 31, 50])
def test_tickets_at_edges(now: int) -> None:
    facts = [fact.model_copy(update={"contract": "IC-1"}) for fact in as_facts(at_edges(), Random(1))]
    same_as_the_rules(facts, AsOf(as_of=hour(now), known_at=hour(500)))


def test_facts_beside_tickets_that_a_rule_reads_need_the_rule() -> None:
    draw = Random(3)
    facts = as_facts([random_ticket(draw) for _ in range(40)], draw)
    notice = reader_of({}).fact(
        {"kind": "notice", "record": "N1", "effect": "other", "sent_on": "2026-10-01"}
    )
    at = AsOf.at(BEGIN + timedelta(days=6))
    columns, _ = columns_of([*facts, notice], at.known_at)
    assert columns.beside == {"notice"}
    (verdicts,) = assess_columns([PROMISES["any answer"]], columns, at)
    assert set(verdicts.outcome) > {NEEDS_RULE}
    for kind in ("ticket", "relief"):
        beside = replace(columns, beside=frozenset({kind}))
        (verdicts,) = assess_columns([PROMISES["any answer"]], beside, at)
        assert set(verdicts.outcome) == {NEEDS_RULE}
        assert len(verdicts.ticket) == columns.size


def _told(**given: Any) -> tuple[list[bool], list[int]]:
    """Whether the only ticket is odd, and the outcomes that columns give it under a promise with pauses."""
    ticket = Ticket(subject="broken", priority="P1", opened_at=BEGIN, **given)
    (fact,) = as_facts([ticket], Random(1))
    fact = fact.model_copy(update={"known_at": BEGIN, "party": "vendor", "contract": "IC-1"})
    columns, _ = columns_of([fact], BEGIN + timedelta(days=9))
    at = AsOf.at(BEGIN + timedelta(days=9))
    (verdicts,) = assess_columns([PROMISES["resolved with pauses"]], columns, at)
    return columns.odd.tolist(), verdicts.outcome.tolist()


def test_a_priority_written_otherwise_in_the_history_needs_the_rule() -> None:
    raised = TicketEvent(at=BEGIN, change="priority", value=" p1 ", by="provider")
    plain = raised.model_copy(update={"value": "P1"})
    assert _told(status="open", events=(raised,)) == ([True], [NEEDS_RULE])
    assert _told(status="open", events=(plain,))[0] == [False]


def test_a_change_that_columns_have_no_place_for_needs_the_rule() -> None:
    restored = TicketEvent(at=BEGIN, change="workaround", by="provider")
    assert _told(status="open", events=(restored,)) == ([True], [NEEDS_RULE])


def test_an_open_ticket_whose_history_is_silent_is_late_without_the_rule() -> None:
    late = OUTCOMES.index(Outcome.BREACHED)
    assert _told(status="open") == ([False], [late])
    assert _told(status="on_hold") == ([False], [NEEDS_RULE])


def test_updates_on_tickets_need_the_rule() -> None:
    draw = Random(3)
    facts = as_facts([random_ticket(draw) for _ in range(40)], draw)
    at = AsOf.at(BEGIN + timedelta(days=6))
    columns, in_order = columns_of(facts, at.known_at)
    promised = promise("update_time", {"within": "PT1H", "starts": "last_update"})
    (verdicts,) = assess_columns([promised], columns, at)
    assert set(verdicts.outcome) == {NEEDS_RULE}
    needing = {in_order[number].source.record for number in verdicts.ticket.tolist()}
    assert {found.occurrence.key for found in assess(promised, facts, at)} == needing


def test_a_calendar_that_cannot_be_used_needs_the_rule() -> None:
    draw = Random(3)
    facts = as_facts([random_ticket(draw) for _ in range(40)], draw)
    at = AsOf.at(BEGIN + timedelta(days=6))
    columns, _ = columns_of(facts, at.known_at)
    nowhere = SUPPORT.model_copy(update={"holiday_region": "QX-ZZ"})
    promised = promise("resolution_time", {"within": "PT1H", "clock": "business", "calendar": nowhere})
    (verdicts,) = assess_columns([promised], columns, at)
    assert verdicts.needing_rule.tolist() == list(range(columns.size))


def test_the_tickets_of_the_benchmark() -> None:
    """Judged alike from their columns and from the facts made of them."""
    columns, at = ticket_columns(250), AsOf.at(NOW)
    facts = [fact_of(columns, number) for number in range(250)]
    again, in_order = columns_of(facts, at.known_at)
    numbers = [int(fact.source.record[3:]) for fact in in_order]
    asked = promises()
    found = assess_columns(asked, columns, at)
    for one, other in zip(found, assess_columns(asked, again, at), strict=True):
        rows = zip(one.ticket, one.outcome, one.used, one.due_at, strict=True)
        others = zip(other.ticket, other.outcome, other.used, other.due_at, strict=True)
        assert {numbers[t]: figures for t, *figures in others} == {t: figures for t, *figures in rows}


def test_many_tickets_are_judged_part_by_part() -> None:
    """As if the last of them were the only ones, and nearly all of them without the full rule."""
    columns, asked = ticket_columns(101_000), promises()
    all_of_them = assess_columns(asked, columns, AsOf.at(NOW))
    last = assess_columns(asked, columns.part(100_000, 101_000), AsOf.at(NOW))
    for many, few in zip(all_of_them, last, strict=True):
        late = many.ticket >= 100_000
        assert (many.ticket[late] - 100_000).tolist() == few.ticket.tolist()
        assert many.due_at[late].tolist() == few.due_at.tolist()
        assert len(many.needing_rule) < len(many.ticket) / 200
    outcomes = {OUTCOMES[code] for found in all_of_them for code in set(found.outcome) - {NEEDS_RULE}}
    assert outcomes == set(Outcome) - {Outcome.UNDETERMINED, Outcome.WAIVED}
