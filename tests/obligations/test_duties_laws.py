"""Laws of duties: recurrence against dateutil where both mean the same, business years tile the calendar,
cover is what a look at every day finds, no record makes a rule raise or depends on its place in the list."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil import rrule
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from obligations.calendars import WEEKDAYS, BusinessDays, Calendar
from obligations.cascade import resolve
from obligations.duties import recurrence
from obligations.duties.coverage import Cover, shown_until, stretches
from obligations.duties.happenings import named
from obligations.duties.legal_names import same_company
from obligations.duties.policy_faults import of_type
from obligations.duties.recurrence import due_days
from obligations.facts import Certificate, Decision, Deed, Event, Fact, Notice, ReportReceived, Source
from obligations.fiscal import fiscal_containing
from obligations.model import AsOf, Assessment, Contract, Outcome, Party
from obligations.periods import add_months, month_end
from obligations.rules import assess
from obligations.terms import Duty, Insurance, Reporting
from obligations.terms.duties import FiscalYear, Recurrence, Trigger
from tests.obligations.golden_cases import load, posed, reader_of

KINDS = ("duty", "reporting", "insurance", "certificate", "cure_period", "audit_right", "retention")
BAVARIA = Calendar(zone="Europe/Berlin", holiday_region="DE-BY")
DAY = timedelta(days=1)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def on(days: tuple[Any, ...]) -> list[date]:
    return [due.on for due in days]


def by_dateutil(freq: Any, last: date, start: date, **rule: Any) -> list[date]:
    found = rrule.rrule(freq, dtstart=datetime(start.year, start.month, start.day), **rule)
    return [
        d.date() for d in found.between(datetime(1990, 1, 1), datetime(last.year, last.month, last.day), True)
    ]


@given(DAYS, st.integers(1, 5), st.integers(0, 900))
def test_every_few_days_as_dateutil(start: date, interval: int, length: int) -> None:
    rule = Recurrence(every="day", interval=interval, starts_on=start)
    last = start + length * DAY
    assert on(due_days(rule, None, start, last)) == by_dateutil(rrule.DAILY, last, start, interval=interval)


@given(DAYS, st.integers(1, 4), st.sets(st.integers(0, 6), min_size=1), st.integers(0, 900))
def test_weekdays_as_dateutil(start: date, interval: int, picked: set[int], length: int) -> None:
    named = tuple(WEEKDAYS[n] for n in picked)
    rule = Recurrence(every="week", interval=interval, weekdays=named, starts_on=start)
    last = start + length * DAY
    expected = by_dateutil(rrule.WEEKLY, last, start, interval=interval, byweekday=sorted(picked))
    assert on(due_days(rule, None, start, last)) == expected


@given(DAYS, st.integers(1, 5), st.one_of(st.integers(1, 28), st.just(-1)), st.integers(0, 1500))
def test_days_of_the_month_as_dateutil(start: date, interval: int, day: int, length: int) -> None:
    rule = Recurrence(every="month", interval=interval, day=day, starts_on=start)
    last = start + length * DAY
    expected = by_dateutil(rrule.MONTHLY, last, start, interval=interval, bymonthday=day)
    assert on(due_days(rule, None, start, last)) == expected


@given(DAYS, st.integers(0, 6), st.sampled_from([1, 2, 3, 4, 5, -1, -2, -5]), st.integers(0, 1500))
def test_nth_weekdays_as_dateutil(start: date, weekday: int, nth: int, length: int) -> None:
    rule = Recurrence(every="month", weekdays=(WEEKDAYS[weekday],), nth=nth, starts_on=start)
    last = start + length * DAY
    expected = by_dateutil(rrule.MONTHLY, last, start, byweekday=rrule.weekday(weekday)(nth))
    assert on(due_days(rule, None, start, last)) == expected


@given(DAYS, st.integers(1, 30), st.integers(1, 28))
def test_count_and_until_as_dateutil(start: date, times: int, day: int) -> None:
    far = date(2060, 1, 1)
    counted = on(due_days(Recurrence(every="month", day=day, count=times, starts_on=start), None, start, far))
    assert counted == by_dateutil(rrule.MONTHLY, far, start, bymonthday=day, count=times)
    until = Recurrence(every="month", day=day, until=counted[-1], starts_on=start)
    assert on(due_days(until, None, start, far)) == counted


@given(DAYS, st.integers(29, 31))
def test_a_late_day_of_the_month_is_in_every_month(start: date, day: int) -> None:
    """Where dateutil leaves months out, every month has its day, and that is its last or the day itself."""
    first = start.replace(day=1)
    found = on(
        due_days(Recurrence(every="month", day=day, starts_on=first), None, first, add_months(first, 24))
    )
    months = [add_months(first, n) for n in range(24)]
    assert found[:24] == [m.replace(day=min(day, month_end(m).day)) for m in months]


@given(
    DAYS, st.sampled_from(["month", "quarter", "half_year", "year"]), st.integers(1, 3), st.integers(0, 40)
)
def test_counted_from_the_anchor_and_never_chained(
    start: date, every: Any, interval: int, times: int
) -> None:
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[every] * interval
    rule = Recurrence(every=every, interval=interval, starts_on=start)
    found = on(due_days(rule, None, start, add_months(start, months * times)))
    assert found == [add_months(start, months * n) for n in range(times + 1)]


RULES = st.one_of(
    st.builds(Recurrence, every=st.just("month"), day=st.integers(1, 31), starts_on=DAYS),
    st.builds(
        Recurrence, every=st.just("month"), business_day=st.sampled_from([1, 5, 23, -1, -3]), starts_on=DAYS
    ),
    st.builds(
        Recurrence, every=st.just("quarter"), within=st.sampled_from(["P0D", "P15D", "P2M"]), starts_on=DAYS
    ),
    st.builds(
        Recurrence,
        every=st.just("month"),
        day=st.integers(1, 31),
        roll=st.sampled_from(["following", "preceding", "modified_following"]),
        starts_on=DAYS,
    ),
    st.builds(
        Recurrence,
        every=st.sampled_from(["quarter", "year"]),
        business_day=st.sampled_from([1, 10, -1]),
        fiscal=st.builds(
            FiscalYear, starts=st.integers(1, 12), weeks=st.sampled_from([None, "4-4-5", "5-4-4"])
        ),
        starts_on=DAYS,
    ),
)


@given(RULES, DAYS, st.integers(0, 500), st.integers(0, 500))
@settings(max_examples=60, deadline=None)
def test_a_part_of_the_time_has_a_part_of_the_days(
    rule: Recurrence, first: date, skip: int, length: int
) -> None:
    later, last = first + skip * DAY, first + (skip + length) * DAY
    whole = on(due_days(rule, BAVARIA, first, last))
    assert whole == sorted(set(whole))
    assert on(due_days(rule, BAVARIA, later, last)) == [day for day in whole if day >= later]


@given(st.integers(1, 23), st.dates(date(2024, 1, 1), date(2030, 12, 1)))
@settings(max_examples=60, deadline=None)
def test_nth_business_day_by_counting(number: int, within: date) -> None:
    first, last = within.replace(day=1), month_end(within)
    days = BusinessDays(BAVARIA)
    open_days = [d for d in (first + n * DAY for n in range(31)) if d <= last and days.is_business_day(d)]
    for nth, expected in ((number, open_days[min(number, len(open_days)) - 1]), (-1, open_days[-1])):
        rule = Recurrence(every="month", business_day=nth, starts_on=first)
        assert on(due_days(rule, BAVARIA, first, last)) == [expected]


FISCAL = st.builds(
    FiscalYear,
    starts=st.integers(1, 12),
    weeks=st.sampled_from([None, "4-4-5", "4-5-4", "5-4-4"]),
    ends_on=st.sampled_from(WEEKDAYS),
    ends=st.sampled_from(["last", "nearest"]),
    named_by=st.sampled_from(["start", "end"]),
)


@given(FISCAL, DAYS, st.sampled_from(["month", "quarter", "half_year", "year"]))
@settings(max_examples=150)
def test_business_periods_tile_the_calendar(fiscal: FiscalYear, day: date, per: Any) -> None:
    period = fiscal_containing(per, day, fiscal)
    year = fiscal_containing("year", day, fiscal)
    assert day in period
    assert year.start <= period.start <= period.end <= year.end
    following = fiscal_containing(per, period.end + DAY, fiscal)
    assert following.start == period.end + DAY
    assert following.label != period.label
    if fiscal.weeks:
        assert (year.end - year.start).days + 1 in (364, 371)
        assert year.end.weekday() == WEEKDAYS.index(fiscal.ends_on)
    elif fiscal.starts == 1:
        assert (period.start.day, period.end) == (1, month_end(period.end))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30), st.integers(0, 2)), max_size=6))
def test_cover_is_what_a_look_at_every_day_finds(spans: list[tuple[int, int, int]]) -> None:
    start = date(2026, 1, 1)
    covers = []
    for number, (begins, length, lack) in enumerate(spans):
        first = start + begins * DAY
        certificate = Certificate(type="x", effective_on=first, expires_on=first + length * DAY)
        faults, missing = (("low",) if lack == 2 else ()), (("name",) if lack == 1 else ())
        held = fact(certificate, f"C{number}")
        covers.append(Cover(held, certificate, first, first + length * DAY, faults, missing))
    last = start + 70 * DAY
    pieces = stretches(covers, start, last)
    assert [p.first for p in pieces[1:]] == [p.last + DAY for p in pieces[:-1]]
    order = ("shown", "doubtful", "faulty")
    for n in range(71):
        day = start + n * DAY
        standings = [c.standing for c in covers if c.on(day)]
        expected = next((s for s in order if s in standings), "bare")
        assert next(p.standing for p in pieces if p.first <= day <= p.last) == expected
    until = shown_until(covers, start)
    shown = [n for n in range(99) if any(c.standing == "shown" and c.on(start + n * DAY) for c in covers)]
    run = next(n for n in range(99) if n not in shown)
    assert until == (start + (run - 1) * DAY if run else None)


def fact(data: Any, record: str, known: datetime = datetime(2020, 1, 1, tzinfo=UTC)) -> Fact:
    return Fact(
        id=f"{record}/{known.isoformat()}",
        source=Source(system="s", record=record, label=record),
        occurred_at=known,
        known_at=known,
        data=data,
        party="vendor",
    )


DATES = st.dates(date(2026, 1, 1), date(2027, 6, 30))
NAMES = st.sampled_from(
    [
        "restore test",
        "security incident",
        "cure",
        "audit",
        "audit refused",
        "destruction of records",
        "consent",
    ]
)
SIDES = st.sampled_from(["us", "counterparty"])
RECORDS = st.one_of(
    st.builds(Event, name=NAMES, on=DATES),
    st.builds(
        Deed, of=NAMES, done_on=DATES, by=SIDES, occurrence=st.sampled_from(["", "2026-03", "R1", "2026-Q1"])
    ),
    st.builds(
        Notice,
        subject=NAMES,
        effect=st.sampled_from(["breach", "audit", "termination", "other"]),
        sent_on=DATES,
        received_on=st.none() | DATES,
        effective_on=st.none() | DATES,
        withdrawn_on=st.none() | DATES,
        by=SIDES,
    ),
    st.builds(
        Certificate,
        type=st.sampled_from(["general liability", "umbrella", "ISO 27001"]),
        insured=st.sampled_from(["", "Northgate Plant Services Ltd", "Northgate"]),
        effective_on=DATES,
        expires_on=DATES | st.just(date.max),
        cancelled_on=st.none() | DATES,
        issued_on=st.none() | DATES,
    ),
    st.builds(
        ReportReceived,
        report=st.just("report"),
        period=st.sampled_from(["2026-03", "spring", "FY2026-P03", "R1"]),
        received_at=DATES.map(lambda d: datetime(d.year, d.month, d.day, 12, tzinfo=UTC)),
    ),
    st.builds(
        Decision,
        decision=st.sampled_from(["cured", "not_cured", "waived"]),
        obligation=st.just("IC-1/x"),
        on=DATES,
    ),
)
TRIGGERED: list[dict[str, Any]] = [
    {"what": "restore test", "within": "PT72H", "trigger": {"name": "security incident"}},
    {
        "what": "restore test",
        "within": "P5D",
        "trigger": {"by": "notice", "effect": "breach"},
        "material": "true",
    },
    {"what": "restore test", "within": "P30D", "after": ["consent"], "unless": "security incident"},
]


@given(st.lists(RECORDS, max_size=8), DATES, st.integers(0, 10_000), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_record_makes_a_rule_raise_or_hide_why(
    data: list[Any], today: date, pick: int, watched: bool
) -> None:
    kind = KINDS[pick % len(KINDS)]
    content = load(kind)
    case = content["cases"][pick // len(KINDS) % len(content["cases"])]
    obligation, _ = posed(reader_of(content), content, case)
    if kind == "duty" and pick % 3:
        spec = {"kind": "duty", "key": "x", "debtor": "vendor", "us": "us", "terms": TRIGGERED[pick % 3]}
        obligation = reader_of({}).obligation(spec)
    facts = [fact(each, f"R{number}") for number, each in enumerate(data)]
    at = AsOf.at(datetime(today.year, today.month, today.day, 15, tzinfo=UTC))
    since = date(2026, 1, 1) if watched else None
    found = assess(obligation, facts, at, since)
    assert len({a.occurrence.key for a in found}) == len(found)
    for assessment in found:
        _explained(assessment)
    assert assess(obligation, [f for f in facts if _happened(f, today)], at, since) == found


def _explained(found: Assessment) -> None:
    assert found.summary
    assert found.spans
    assert bool(found.missing) == (found.outcome is Outcome.UNDETERMINED)


def _happened(held: Fact, today: date) -> bool:
    """Whether a record tells of something on or before a day; of a certificate, whether it was issued."""
    data = held.data
    match data:
        case Event():
            return data.on <= today
        case Deed():
            return data.done_on <= today
        case Notice():
            return data.sent_on <= today
        case Certificate():
            return data.issued_on is None or data.issued_on <= today
        case _:
            return True


@given(st.integers(0, 11), st.integers(0, 30))
def test_a_deed_that_names_its_occurrence_in_time_is_enough(month: int, early: int) -> None:
    due = month_end(add_months(date(2026, 1, 1), month))
    assume(due - early * DAY >= date(2026, 1, 1))
    rule = {"every": "month", "day": "-1"}
    sides = {"debtor": "vendor", "us": "us", "starts_on": "2026-01-01", "zone": "Europe/Berlin"}
    spec = {"kind": "duty", "key": "restore test", **sides, "terms": {"recurrence": rule}}
    deed = Deed(of="restore test", occurrence=due.isoformat(), done_on=due - early * DAY)
    at = AsOf.at(datetime(2027, 1, 1, tzinfo=UTC))
    found = assess(reader_of({}).obligation(spec), [fact(deed, "D1")], at, date(2026, 1, 1))
    assert [a.occurrence.key for a in found if a.outcome is Outcome.MET] == [due.isoformat()]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Recurrence(every="month", day=5, business_day=2), "both pick the day"),
        (lambda: Recurrence(every="week", day=5), "not of a week"),
        (lambda: Recurrence(every="month", day=0), "count from 1"),
        (lambda: Recurrence(every="month", nth=2), "nth needs weekdays"),
        (lambda: Recurrence(every="month", weekdays=("mon",)), "need nth"),
        (lambda: Recurrence(every="day", until=date(2026, 1, 1), count=2), "state one"),
        (lambda: Recurrence(every="day", starts_on=date(2026, 2, 1), until=date(2026, 1, 1)), "is before"),
        (lambda: Recurrence(every="quarter", day=15), "which month"),
        (lambda: Recurrence(every="quarter", day=15, month=4), "has no month 4"),
        (lambda: Recurrence(every="year", month=4), "needs the day"),
        (lambda: Trigger(by="event"), "needs the name"),
        (lambda: Duty(due_on=date(2026, 1, 1), trigger=Trigger(name="x")), "state one"),
        (lambda: Duty(every="week", recurrence=Recurrence(every="month", day=1)), "contradict"),
        (lambda: Duty(every="quarter", due_on=date(2026, 5, 31)), "every quarter and due_on both"),
        (lambda: Duty(every="event", due_on=date(2026, 5, 31)), "every event and due_on both"),
        (lambda: Duty(every="quarter", trigger=Trigger(name="incident")), "every quarter and trigger both"),
        (lambda: Duty(survives="P1Y", survives_for_good=True), "contradict"),
        (lambda: Reporting(every="month", trigger=Trigger(name="x")), "has no trigger"),
        (lambda: Reporting(every="week", fiscal=FiscalYear(starts=2)), "no week of its own"),
        (lambda: Insurance(amount=5), "needs its currency"),
        (lambda: Insurance(amount=5, aggregate=4, currency="EUR"), "less than"),
        (lambda: Insurance(amount=5, aggregate=9, per="year", currency="EUR"), "aggregate already"),
        (lambda: Insurance(rating="AAA"), "is none of"),
        (lambda: Insurance(show_by=date(2026, 1, 1), within="P5D"), "state one"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(make: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        make()


@pytest.mark.parametrize(
    ("wanted", "shown", "same"),
    [
        ("general_liability", "Commercial General Liability", True),
        ("public and product liability", "general liability", True),
        ("third-party liability", "Public Liability Insurance", True),
        ("liability", "general_liability", True),
        ("professional indemnity", "errors and omissions", True),
        ("errors and omissions and cyber", "cyber", True),
        ("professional liability", "general liability", False),
        ("employer's liability", "workers compensation", True),
        ("forwarder's and warehouse keeper's liability", "general liability", False),
        ("forwarder's and warehouse keeper's liability", "Forwarder's liability", True),
        ("environmental liability", "pollution legal liability", True),
        ("recall", "general liability", False),
        ("", "anything", True),
        ("fine art transport", "transport of livestock by air", False),
        ("fine art transport", "fine transport", True),
        ("fine art", "art fairs", True),
        ("fine art", "marine hull", False),
        ("carriage of goods by sea", "sea freight", True),
        ("marine_hull", "Marine hull", True),
        ("Marine hull", "marine_hull", True),
    ],
)
def test_types_of_policies(wanted: str, shown: str, same: bool) -> None:
    assert of_type(wanted, shown) is same


FIFTH = {"business_day": 5}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"every": "day"}, "every day"),
        ({"every": "week", "interval": 2, "weekdays": ("mon", "thu")}, "every 2 weeks on Monday or Thursday"),
        ({"every": "month", **FIFTH}, "on business day 5 of every month"),
        ({"every": "quarter", "business_day": -1}, "on the last business day of every quarter"),
        ({"every": "month", "day": -3}, "on day 3 from the end of every month"),
        ({"every": "year", "day": 31, "month": 3}, "on day 31 of month 3 of every year"),
        ({"every": "month", "weekdays": ("tue",), "nth": 2}, "on Tuesday 2 of every month"),
        ({"every": "half_year", "within": "P30D"}, "within 30 days after every half-year"),
        (
            {"every": "month", "within": "P5D", "clock": "business"},
            "within 5 business days after every month",
        ),
        ({"every": "quarter", "within": "P0D"}, "by the end of every quarter"),
        (
            {"every": "quarter", "within": "P1D", "fiscal": {"starts": 2}},
            "within 1 day after every fiscal quarter",
        ),
        (
            {"every": "month", "day": 1, "roll": "following"},
            "on day 1 of every month, moved to the next business day",
        ),
    ],
)
def test_a_rule_in_words(rule: dict[str, Any], says: str) -> None:
    assert recurrence.words(Recurrence.model_validate(rule)) == says


START = {"starts_on": date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (
            {"every": "month", "day": 31, "roll": "modified_following"},
            ["2026-01-30", "2026-02-27", "2026-03-31"],
        ),
        (
            {"every": "month", "day": 1, "also_on": (date(2026, 2, 14),)},
            ["2026-01-01", "2026-02-01", "2026-02-14"],
        ),
        (
            {"every": "month", "day": 1, "except_on": (date(2026, 2, 1),)},
            ["2026-01-01", "2026-03-01", "2026-04-01"],
        ),
        ({"every": "quarter", "day": 15, "month": 2}, ["2026-02-15", "2026-05-15", "2026-08-15"]),
        ({"every": "quarter", "day": -1}, ["2026-03-31", "2026-06-30", "2026-09-30"]),
        ({"every": "year", "day": 31, "month": 2}, ["2026-02-28", "2027-02-28", "2028-02-29"]),
        ({"every": "quarter", "business_day": 2, "month": 3}, ["2026-03-03", "2026-06-02", "2026-09-02"]),
        ({"every": "quarter", "weekdays": ("fri",), "nth": -1}, ["2026-03-27", "2026-06-26", "2026-09-25"]),
        (
            {"every": "month", "weekdays": ("mon", "thu"), "nth": 1},
            ["2026-01-01", "2026-02-02", "2026-03-02"],
        ),
        (
            {"every": "year", "day": 1, "month": 1, "fiscal": {"starts": 7}},
            ["2026-07-01", "2027-07-01", "2028-07-01"],
        ),
        ({"every": "week", "within": "P2D"}, ["2026-01-06", "2026-01-13", "2026-01-20"]),
        ({"every": "month", "interval": 2, "within": "P1M"}, ["2026-02-28", "2026-04-30", "2026-06-30"]),
        (
            {"every": "quarter", "day": -1, "month": 2, "fiscal": {"weeks": "4-4-5"}},
            ["2026-02-21", "2026-05-23", "2026-08-22"],
        ),
    ],
)
def test_days_by_hand(rule: dict[str, Any], days: list[str]) -> None:
    found = due_days(
        Recurrence.model_validate({**START, **rule}), BAVARIA, date(2026, 1, 1), date(2029, 1, 1)
    )
    assert [day.isoformat() for day in on(found)[:3]] == days


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("ACME Services Limited", "Acme Services Ltd.", True),
        ("Acme Services GmbH", "Acme Services Ltd", False),
        ("Acme Services", "Acme Services Ltd", None),
        ("Müller & Söhne GmbH & Co. KG", "Muller und Sohne GmbH Co KG", True),
        ("Müller & Söhne GmbH", "Müller & Söhne GmbH & Co. KG", False),
        ("Datavane Analytics S.A.S.", "Datavane Analytics SAS", True),
        ("Baltica Packaging Sp. z o.o.", "Baltica Packaging Sp. z o.o.", True),
        ("The Northgate Company, Inc.", "Northgate Incorporated", True),
        ("", "Northgate Inc", False),
        ("Inc", "Inc", True),
        ("Co Ltd", "Co GmbH", False),
        ("Northgate S A", "Northgate SA", True),
        ("A B", "A B", True),
        ("A B", "A B Ltd", None),
        ("Verein e V", "Verein e. V.", True),
    ],
)
def test_legal_names(printed: str, expected: str, same: bool | None) -> None:
    assert same_company(printed, (expected,)) is same


def test_a_record_is_called_by_its_label_or_else_by_its_name() -> None:
    assert named(Source(system="s", record="4711", label="INC-7")) == "INC-7"
    assert named(Source(system="s", record="4711")) == "4711"


def test_the_paper_must_name_who_owes_it_where_the_clause_names_nobody() -> None:
    reader = reader_of({})
    parties = (
        Party(id="us", name="Tessaly SE", us=True),
        Party(id="vendor", name="Acme Ltd", aliases=("Acme",)),
    )
    master = Contract(id="IC-1", title="Services", type="msa", us="us", counterparty="vendor")

    def bound(kind: str, **terms: str) -> Any:
        given_terms = {"kind": kind, "debtor": "vendor", "creditor": "us", "terms": terms}
        (found,) = resolve([master], [reader.obligation(given_terms)], parties)
        return found.terms[0].terms

    assert bound("insurance", type="cyber").insured == "Acme Ltd"
    assert bound("insurance", type="cyber", insured="Acme Holding plc").insured == "Acme Holding plc"
    assert bound("certificate", standard="ISO 27001").holder == "Acme Ltd"
    assert bound("certificate", standard="ISO 27001").aliases == ()
