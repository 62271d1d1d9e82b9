"""Laws of the agreement's life: days against a naive count, and nothing known too early, in any order."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from obligations.deadlines import WEEKENDS_ONLY, business_days_of
from obligations.facts import Decision, Fact, Notice, Source
from obligations.ledger import Ledger
from obligations.lifecycle.agreement_end import agreement_end, earliest_end, until_ended
from obligations.lifecycle.notices import days_received, in_time, send_by
from obligations.lifecycle.term_dates import notice_days, term_end
from obligations.model import AsOf, Life, Obligation, Outcome
from obligations.rules import assess
from obligations.terms import DeemedReceipt, NoticePeriod, Renewal, Term, TerminationNotice
from tests.obligations.golden_cases import as_of, load, posed, reader_of
from tests.obligations.test_bulk import BEGIN, PROMISES, as_facts, random_ticket

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
READER = reader_of({})
DAYS = st.dates(date(2023, 1, 1), date(2030, 12, 31))
CHANNELS = st.sampled_from(["post", "email", "courier"])


def naive_end(start: date, months: int) -> date:
    """The day before the same day of a later month, or before its last day where that month is shorter."""
    year, month = start.year, start.month
    for _ in range(months):
        month += 1
        if month > 12:
            year, month = year + 1, 1
    return date(year, month, min(start.day, monthrange(year, month)[1])) - DAY


@given(DAYS, st.integers(1, 40), st.integers(1, 24), st.integers(0, 12))
@settings(max_examples=120, deadline=None)
def test_terms_end_as_counted_month_by_month_from_the_start(
    start: date, initial: int, each: int, times: int
) -> None:
    term = Term(within=f"P{initial}M", starts_on=start)
    renewal = Renewal(within=f"P{each}M", automatic=True)
    assert term_end(term, renewal, times) == naive_end(start, initial + each * times)


@given(DAYS, st.integers(1, 200), st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_last_day_for_a_notice_against_looking_at_every_day(end: date, days: int, clear: bool) -> None:
    found = notice_days(NoticePeriod(within=f"P{days}D", clear_days=clear), end)
    assert not isinstance(found, str)
    enough = [end - n * DAY for n in range(days + 9) if (n > days if clear else n >= days)]
    assert found.latest_on == max(enough)
    assert found.act_by == max(day for day in enough if day.weekday() < 5)


@given(DAYS, st.integers(1, 90), CHANNELS, st.integers(0, 5), st.integers(0, 40), st.integers(0, 9))
@settings(max_examples=120, deadline=None)
def test_an_earlier_notice_is_never_later(
    end: date, days: int, channel: str, carried: int, before: int, earlier: int
) -> None:
    period = NoticePeriod(within=f"P{days}D", deemed=(DeemedReceipt(channel=channel, within=f"P{carried}D"),))
    found = notice_days(period, end)
    assert not isinstance(found, str)
    late = Notice(subject="", effect="non_renewal", channel=channel, sent_on=found.latest_on - before * DAY)
    soon = late.model_copy(update={"sent_on": late.sent_on - earlier * DAY})
    timely = [in_time(n, period, found.latest_on, BERLIN) for n in (soon, late)]
    assert timely in ([True, True], [True, False], [False, False])


@given(DAYS, CHANNELS, st.integers(0, 5))
@settings(max_examples=120, deadline=None)
def test_the_day_to_send_by_is_the_last_that_counts(latest: date, channel: str, carried: int) -> None:
    rule = DeemedReceipt(channel=channel, within=f"P{carried}D")
    period = NoticePeriod(within="P1D", deemed=(rule,))
    day = send_by(rule, period, latest)
    after = business_days_of(WEEKENDS_ONLY).add(day, 1)
    counted = [
        days_received(Notice(subject="", effect="non_renewal", channel=channel, sent_on=sent), period, BERLIN)
        for sent in (day, after)
    ]
    assert counted[0][0] <= latest < counted[1][0]


@given(DAYS, st.integers(1, 12), st.sampled_from(["any_day", "month", "quarter", "half_year", "year"]))
@settings(max_examples=120, deadline=None)
def test_termination_leaves_the_time_and_ends_with_its_period(day: date, months: int, to: str) -> None:
    terms = TerminationNotice.model_validate({"within": f"P{months}M", "to": to})
    end, next_end = earliest_end(terms, day), earliest_end(terms, day + DAY)
    assert end is not None
    assert next_end is not None
    assert end - DAY >= naive_end(day, months)
    assert end <= next_end
    last_months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
    if to in last_months:
        assert (end + DAY).day == 1
        assert end.month % last_months[to] == 0


NOTICES = st.lists(
    st.builds(
        Notice,
        subject=st.just(""),
        effect=st.sampled_from(["termination", "non_renewal", "breach"]),
        sent_on=st.dates(date(2026, 8, 1), date(2027, 3, 1)),
        received_on=st.none() | st.dates(date(2026, 8, 1), date(2027, 3, 1)),
        channel=st.sampled_from(["", "post", "email"]),
        effective_on=st.none() | st.dates(date(2026, 8, 1), date(2027, 6, 1)),
        withdrawn_on=st.none() | st.dates(date(2026, 8, 1), date(2027, 3, 1)),
    ),
    max_size=5,
)
LIFE = Life(
    contracts=("IC-1",),
    initial=Term(within="P12M", starts_on=date(2026, 1, 1)),
    renewal=Renewal(within="P12M", automatic=True, notice=NoticePeriod(within="P60D")),
    termination=TerminationNotice(within="P1M", effective="receipt"),
)
KINDS = {
    "term": {"within": "P12M", "starts_on": "2026-01-01"},
    "renewal": {
        "within": "P12M",
        "automatic": "true",
        "initial": {"within": "P12M", "starts_on": "2026-01-01"},
        "notice": {"within": "P60D"},
    },
    "renewal_notice": {
        "within": "P60D",
        "initial": {"within": "P12M", "starts_on": "2026-01-01"},
        "renewal": {"within": "P12M", "automatic": "true"},
    },
    "termination_notice": {"within": "P1M", "effective": "receipt"},
}


def promise(kind: str) -> Obligation:
    sides = {"debtor": "vendor", "creditor": "us", "us": "us", "zone": "Europe/Berlin"}
    made = READER.obligation({"kind": kind, "terms": KINDS[kind], **sides})
    return made.model_copy(update={"life": LIFE})


def recorded(notices: list[Notice]) -> list[Fact]:
    return [
        Fact(
            id=f"N{n}",
            source=Source(system="s", record=f"N{n}"),
            occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
            known_at=datetime(2026, 1, 1, tzinfo=UTC),
            data=notice,
            party="vendor",
        )
        for n, notice in enumerate(notices)
    ]


def noon(day: date) -> AsOf:
    return AsOf.at(datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN))


@given(st.sampled_from(sorted(KINDS)), NOTICES, st.dates(date(2026, 8, 1), date(2027, 12, 1)))
@settings(max_examples=150, deadline=None)
def test_notices_in_any_order_and_what_comes_later_make_no_difference(
    kind: str, notices: list[Notice], day: date
) -> None:
    facts, at = recorded(notices), noon(day)
    found = assess(promise(kind), facts, at)
    assert assess(promise(kind), [*reversed(facts), *facts], at) == found
    known = [f for f in facts if isinstance(f.data, Notice) and f.data.sent_on <= day]
    cut = [
        f.model_copy(
            update={
                "data": f.data.model_copy(
                    update={
                        name: None
                        for name in ("received_on", "withdrawn_on")
                        if (on := getattr(f.data, name)) is not None and on > day
                    }
                )
            }
        )
        for f in known
    ]
    assert assess(promise(kind), cut, at) == found
    for each in found:
        assert each.summary.endswith(".")
        assert each.spans
        assert bool(each.missing) == (each.outcome is Outcome.UNDETERMINED)


@given(NOTICES, st.dates(date(2026, 8, 1), date(2027, 12, 1)))
@settings(max_examples=150, deadline=None)
def test_all_kinds_agree_on_the_end(notices: list[Notice], day: date) -> None:
    """Where the agreement has ended there is no renewal to come and no termination left to give."""
    facts, at = recorded(notices), noon(day)
    end = agreement_end(promise("term"), facts, at)
    renewals = assess(promise("renewal"), facts, at)
    if end.on is not None and end.terminated:
        after = [a for a in renewals if a.occurrence.counts_on > end.on]
        assert all(a.outcome is Outcome.NOT_APPLICABLE for a in after)
    if end.on is not None and end.on < day:
        open_right = [
            a for a in assess(promise("termination_notice"), facts, at) if a.occurrence.key == "termination"
        ]
        assert not open_right


@given(st.sampled_from(sorted(PROMISES)), NOTICES, st.integers(0, 10**9))
@settings(max_examples=50, deadline=None)
def test_a_ledger_hears_of_ends_and_decisions(name: str, notices: list[Notice], seed: int) -> None:
    draw = Random(seed)
    promised = PROMISES[name].model_copy(update={"life": LIFE, "cure": None})
    tickets = as_facts([random_ticket(draw) for _ in range(4)], draw)
    decided = [
        Fact(
            id=f"D{n}",
            source=Source(system="s", record=f"D{n % 2}"),
            occurred_at=BEGIN,
            known_at=BEGIN + n * DAY,
            data=Decision(
                decision=draw.choice(["waived", "disputed", "dispute_ended", "cured"]),
                obligation=promised.id,
                occurrence=draw.choice(["", draw.choice(tickets).source.label]),
                on=BEGIN.date() + draw.randrange(-3, 4) * DAY,
            ),
        )
        for n in range(3)
    ]
    coming = [*tickets, *recorded(notices), *decided]
    draw.shuffle(coming)
    at, held = AsOf.at(BEGIN + 2 * DAY), coming[:2]
    kept = Ledger(promised, held, at)
    for fact in coming[2:]:
        held.append(fact)
        touched = kept.add(fact)
        assert kept.assessments == assess(promised, held, at)
        assert set(touched) <= set(kept.assessments)
        if draw.random() < 0.3:
            at = AsOf.at(at.as_of + draw.choice([1, 30, 90]) * DAY)
            kept.advance(at)
            assert kept.assessments == assess(promised, held, at)


@pytest.mark.parametrize(
    ("kind", "terms", "why"),
    [
        ("term", {}, "needs `within` or `due_on`"),
        ("term", {"due_on": "2026-01-01", "starts_on": "2026-02-01"}, "is before `starts_on`"),
        ("renewal", {"within": "PT8H"}, "is no length of a term"),
        ("renewal", {"most": "0"}, "greater than or equal to 1"),
        ("renewal", {"uplift": {}}, "either `percent` or `index`"),
        ("renewal", {"uplift": {"percent": "3", "index": "HICP"}}, "either `percent` or `index`"),
        ("renewal", {"uplift": {"index": "HICP", "cap": "2", "floor": "3"}}, "`floor` 3 is above `cap` 2"),
        ("renewal", {"price": {"currency": "XXQ", "amount": "1"}}, "unknown currency"),
        ("renewal_notice", {"within": "P60D", "at_most": "P30D"}, "closes before it opens"),
        ("renewal_notice", {"within": "P3M", "at_most": "P60D"}, "closes before it opens"),
        (
            "renewal_notice",
            {"within": "P60D", "deemed": [{"channel": "post"}, {"channel": "post"}]},
            "two entries for one channel",
        ),
        ("termination_notice", {"to": "decade"}, "any_day"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(kind: str, terms: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        READER.obligation({"kind": kind, "terms": terms})


def test_only_a_notice_on_record_is_noted_as_the_end() -> None:
    ended = Notice(subject="", effect="termination", sent_on=date(2026, 8, 1), effective_on=date(2026, 9, 30))
    promised = PROMISES["any answer"].model_copy(update={"life": LIFE})
    by_notice = until_ended(promised, recorded([ended]), noon(date(2026, 8, 2)))
    assert by_notice.ends_on == date(2026, 9, 30)
    assert by_notice.notes[len(promised.notes) :] == (
        "The agreement ends 2026-09-30: notice of termination of 2026-08-01 with effect from the end of "
        "2026-09-30 (N0).",
    )
    once = LIFE.model_copy(update={"renewal": None})
    by_term = until_ended(promised.model_copy(update={"life": once}), [], noon(date(2026, 8, 2)))
    assert (by_term.ends_on, by_term.notes) == (date(2026, 12, 31), promised.notes)
    about_itself = until_ended(promise("term"), recorded([ended]), noon(date(2026, 8, 2)))
    assert (about_itself.ends_on, about_itself.notes) == (date(2026, 9, 30), ())
    assert until_ended(promised, recorded([ended]), noon(date(2026, 7, 31))) == promised


def test_what_ends_by_its_own_term_ends_so_though_the_agreement_above_is_terminated_to_that_day() -> None:
    content = load("term")
    case = next(c for c in content["cases"] if "to the very day on which" in c["name"])
    reader = reader_of(content)
    obligation, facts = posed(reader, content, case)
    end = agreement_end(obligation, facts, as_of(reader, case))
    assert (end.why, end.records) == ("its term ends 2027-06-30", ())
