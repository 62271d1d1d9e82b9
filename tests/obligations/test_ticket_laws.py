"""Tickets against plain counts: shares, rounding, waits for updates, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from obligations.calendars import Calendar
from obligations.cascade import resolve
from obligations.facts import Fact, Relief, Source, Ticket, TicketEvent
from obligations.model import AsOf, Contract, Obligation, Outcome
from obligations.rules import assess
from obligations.service.ticket_tally import Kept, Tally, allowed, as_rounded, by_count, keeps, share
from obligations.terms import Terms, TicketShare
from tests.obligations.golden_cases import reader_of

READER = reader_of({})
SIDES = {"debtor": "vendor", "creditor": "us", "us": "us", "zone": "UTC"}
START = datetime(2026, 10, 1, tzinfo=UTC)
LATER = AsOf.at(datetime(2026, 11, 20, tzinfo=UTC))
ROUNDS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}

SHARES = st.builds(
    TicketShare,
    percent=st.integers(0, 1000).map(lambda n: Decimal(n) / 10),
    rounding=st.none() | st.integers(0, 2),
    rounds=st.sampled_from(sorted(ROUNDS)),
    small_volume=st.none() | st.integers(1, 6),
    misses_allowed=st.integers(0, 2),
    minimum_sample=st.none() | st.integers(1, 4),
)


def promise(kind: str, terms: dict[str, Any], **more: Any) -> Obligation:
    return READER.obligation({"kind": kind, "terms": terms, **SIDES, **more})


def fact(data: Ticket | Relief, record: str) -> Fact:
    return Fact(
        id=record,
        source=Source(system="s", record=record),
        occurred_at=START,
        known_at=START,
        data=data,
        party="vendor",
    )


@given(SHARES, st.integers(1, 40))
@settings(max_examples=150, deadline=None)
def test_one_miss_more_never_keeps_what_was_missed(terms: TicketShare, total: int) -> None:
    kept = [keeps(terms, total, missed) for missed in range(total + 1)]
    if kept[0] is None:
        assert set(kept) == {None}
        return
    assert kept == sorted(kept, key=bool, reverse=True)
    most = allowed(terms, total)
    assert most == max((missed for missed, held in enumerate(kept) if held), default=0)


@given(st.integers(1, 300), st.data(), st.integers(0, 3), st.sampled_from(sorted(ROUNDS)))
@settings(max_examples=200, deadline=None)
def test_shares_round_as_decimals_do(total: int, data: st.DataObject, places: int, rounds: str) -> None:
    missed = data.draw(st.integers(0, total))
    terms = TicketShare.model_validate({"percent": "95", "rounding": places, "rounds": rounds})
    exact = Decimal(100 * (total - missed)) / Decimal(total)
    wanted = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUNDS[rounds])
    assert as_rounded(terms, share(total, missed)) == wanted


def _every_way(terms: TicketShare, tally: tuple[int, int, int, int]) -> Iterator[Kept]:
    """What a share comes to however each running and each unknown ticket turns out."""
    kept, missed, running, unknown = tally
    for ends in product("+-", repeat=running):
        for turns in product("+-?", repeat=unknown):
            ways = [*ends, *turns]
            total = kept + missed + len(ways) - ways.count("?")
            yield keeps(terms, total, missed + ways.count("-"))


@given(SHARES, st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(0, 3)] * 2))
@settings(max_examples=150, deadline=None)
def test_what_is_open_is_read_every_way(terms: TicketShare, tally: tuple[int, int, int, int]) -> None:
    kept, missed, running, unknown = ((None,) * n for n in tally)
    held: Any = Tally(kept, missed, running, unknown)  # type: ignore[arg-type]
    assert by_count(terms, held, running=True) == set(_every_way(terms, tally))


@given(st.lists(st.integers(1, 10 * 60), max_size=60), st.sampled_from(["90", "95", "99.5", "100"]))
@settings(max_examples=40, deadline=None)
def test_a_share_is_what_a_plain_count_gives(minutes: list[int], percent: str) -> None:
    level = {"kind": "resolution_time", "within": "PT4H", "clock": "calendar"}
    terms = {"percent": percent, "bucket": "opened", "level": level}
    promised = promise("ticket_share", terms, starts_on="2026-10-01", ends_on="2026-10-31")
    tickets = [
        Ticket(
            subject="",
            priority="P1",
            status="resolved",
            opened_at=START + timedelta(hours=n),
            resolved_at=START + timedelta(hours=n, minutes=length),
        )
        for n, length in enumerate(minutes)
    ]
    facts = [fact(ticket, f"T{n}") for n, ticket in enumerate(tickets)]
    (found,) = assess(promised, facts, LATER, START.date())
    in_time = sum(length <= 240 for length in minutes)
    if not minutes:
        assert found.outcome is Outcome.NOT_APPLICABLE
        return
    kept = Decimal(in_time) * 100 >= Decimal(percent) * len(minutes)
    assert found.outcome is (Outcome.MET if kept else Outcome.BREACHED)
    assert len(found.records) == len(minutes)
    assert assess(promised, [*reversed(facts), *facts], LATER, START.date()) == (found,)


def _waits(updates: set[int], end: int, every: int) -> tuple[int, int]:
    """The longest wait for an update and the updates missed, by a look at every minute."""
    longest = missed = waited = 0
    for minute in range(1, end + 1):
        waited += 1
        longest = max(longest, waited)
        # A minute after an update was due, it was missed.
        missed += waited > every and waited % every == (1 if every > 1 else 0)
        if minute in updates:
            waited = 0
    return longest, missed


@given(st.sets(st.integers(1, 600), max_size=12), st.integers(2, 600), st.integers(2, 90))
@settings(max_examples=100, deadline=None)
def test_waits_are_what_a_look_at_every_minute_gives(updates: set[int], end: int, every: int) -> None:
    events = [
        TicketEvent(at=START + timedelta(minutes=n), change="comment", by="provider") for n in sorted(updates)
    ]
    ended_at = START + timedelta(minutes=end)
    ended = TicketEvent(at=ended_at, change="status", value="resolved")
    ticket = Ticket(
        subject="",
        priority="P1",
        status="resolved",
        opened_at=START,
        resolved_at=ended_at,
        events=(*events, ended),
    )
    terms = {"within": f"PT{every}M", "starts": "last_update", "clock": "calendar"}
    (found,) = assess(promise("update_time", terms), [fact(ticket, "T1")], LATER)
    longest, missed = _waits(updates, end, every)
    assert found.measured is not None
    assert found.measured.value == longest
    assert found.outcome is (Outcome.BREACHED if missed else Outcome.MET)
    if missed:
        assert f": {missed} update" in found.summary


MINUTES = st.integers(0, 20 * 24 * 60)
EDITED = {
    "calendar": {
        "zone": "Europe/Berlin",
        "windows": [{"days": ["mon", "wed"], "opens": "08:00", "closes": "18:00"}],
    },
    "calendar_edits": [
        {
            "from_on": "2026-10-07",
            "calendar": {
                "zone": "Europe/Berlin",
                "windows": [{"days": ["mon", "tue", "wed"], "opens": "07:00", "closes": "12:00"}],
            },
        }
    ],
}


def _some(**terms: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in terms.items()})


SINGLE = st.builds(
    lambda within, *parts: {"within": within, **{k: v for part in parts for k, v in part.items()}},
    st.sampled_from(["PT1H", "PT30H", "P2D", "P1M"]),
    st.sampled_from([{}, {"clock": "business"}, {"clock": "calendar"}]),
    st.sampled_from([{}, EDITED, {**EDITED, "edited_hours": "recomputed"}]),
    st.sampled_from([{}, {"reopen": "new_cycle"}, {"reopen_within": "P2D"}, {"reopen_within": "PT9H"}]),
    st.sampled_from([{}, {"pauses_on": ["on_hold"]}, {"pauses_on": ["on_hold"], "pause_cap": "P1D"}]),
    _some(priority="P1", relieved_by=["third_party"], duplicates="counted", due="before", service="Mail"),
)
KINDS = st.one_of(
    st.tuples(st.just("response_time"), _some(answer_by=["phone"], priority_change="from_change")),
    st.tuples(st.just("resolution_time"), _some(workaround_counts=True, priority_change="from_change")),
    st.tuples(st.just("update_time"), st.sampled_from([{}, {"starts": "oldest_unanswered"}])),
)
CHANGES = st.sampled_from(
    [
        ("status", "resolved"),
        ("status", "on_hold"),
        ("status", "in_progress"),
        ("reopened", ""),
        ("workaround", ""),
        ("priority", "P1"),
        ("priority", "P2"),
        ("comment", ""),
        ("comment", ""),
    ]
)
EVENTS = st.lists(
    st.builds(
        lambda minute, change, by, channel, public: TicketEvent(
            at=START + timedelta(minutes=minute),
            change=change[0],
            value=change[1],
            by=by,
            channel=channel if change[0] == "comment" else "",
            public=public,
        ),
        MINUTES,
        CHANGES,
        st.sampled_from(["provider", "customer", "unknown"]),
        st.sampled_from(["", "phone", "email"]),
        st.booleans(),
    ),
    max_size=9,
).map(tuple)
TICKETS = st.builds(
    Ticket,
    subject=st.just(""),
    service=st.sampled_from(["Mail", ""]),
    priority=st.sampled_from(["P1", "P2"]),
    status=st.sampled_from(["open", "resolved", "on_hold"]),
    opened_at=MINUTES.map(lambda n: START + timedelta(minutes=n)),
    resolved_at=st.none() | MINUTES.map(lambda n: START + timedelta(minutes=n)),
    merged_into=st.sampled_from(["", "", "T9", "T0"]),
    events=EVENTS,
)
RELIEFS = st.builds(
    Relief,
    of=st.sampled_from(["", "Mail", "T0"]),
    cause=st.sampled_from(["customer", "third_party"]),
    started_at=MINUTES.map(lambda n: START + timedelta(minutes=n)),
    ended_at=st.none() | MINUTES.map(lambda n: START + timedelta(minutes=n)),
)


@given(SINGLE, KINDS, st.lists(TICKETS, min_size=1, max_size=3), st.lists(RELIEFS, max_size=2), MINUTES)
@settings(max_examples=250, deadline=None)
def test_whatever_the_terms_and_records_say_it_is_judged_once_and_for_any_order(
    terms: dict[str, Any],
    kind: tuple[str, dict[str, Any]],
    tickets: list[Ticket],
    reliefs: list[Relief],
    now: int,
) -> None:
    promised = promise(kind[0], {**terms, **kind[1]})
    facts = [fact(ticket, f"T{n}") for n, ticket in enumerate(tickets)]
    facts += [fact(relief, f"R{n}") for n, relief in enumerate(reliefs)]
    at = AsOf.at(START + timedelta(minutes=now))
    found = assess(promised, facts, at)
    assert assess(promised, [*reversed(facts), *facts], at) == found
    for assessment in found:
        assert assessment.summary.endswith(".")
        assert assessment.spans
        assert bool(assessment.missing) == (assessment.outcome is Outcome.UNDETERMINED)
    later = [each.model_copy(update={"known_at": at.known_at + timedelta(seconds=1)}) for each in facts]
    assert assess(promised, later, at) == ()


@given(SINGLE, KINDS, st.lists(TICKETS, max_size=4), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_a_share_counts_every_ticket_that_is_judged_once(
    terms: dict[str, Any], kind: tuple[str, dict[str, Any]], tickets: list[Ticket], days: int
) -> None:
    name = kind[0] if kind[0] != "update_time" else "resolution_time"
    level = {"kind": name, **terms}
    single = promise(name, {**terms})
    facts = [fact(ticket, f"T{n}") for n, ticket in enumerate(tickets)]
    at = AsOf.at(START + timedelta(days=days))
    many = promise("ticket_share", {"percent": "90", "bucket": "opened", "level": level})
    judged = assess(single, facts, at)
    found = assess(many, [*facts, *facts], at, START.date())
    cited = {source for assessment in found for source in assessment.records}
    assert cited == {source for assessment in judged for source in assessment.records}


REFUSED = [
    ({"kind": "resolution_time", "within": "PT4H", "pause_cap": "P5D"}, "names no status that pauses"),
    (
        {"kind": "resolution_time", "within": "PT4H", "pauses_on": ["on_hold"], "pause_cap": "P1DT2H"},
        "state either days or hours",
    ),
    (
        {"kind": "response_time", "within": "PT4H", "reopen": "new_cycle", "reopen_within": "P5D"},
        "reopen_within",
    ),
    (
        {"kind": "response_time", "within": "PT4H", "calendar_edits": [{"calendar": {"zone": "UTC"}}]},
        "not stated in `calendar`",
    ),
    (
        {
            "kind": "response_time",
            "within": "PT4H",
            "calendar": {"zone": "UTC"},
            "calendar_edits": [{"calendar": {"zone": "UTC"}}],
        },
        "rising, distinct",
    ),
    ({"kind": "update_time", "within": "PT0H"}, "no time at all"),
    ({"kind": "ticket_share", "measure": "mean", "percent": "95"}, "a mean time has no `percent`"),
    ({"kind": "ticket_share", "measure": "mean", "rounding": 2}, "`measure` is the mean"),
    ({"kind": "ticket_share", "bucket": "ended", "open_at_end": "missed"}, "has no use here"),
    (
        {
            "kind": "ticket_share",
            "of": "response_time",
            "level": {"kind": "resolution_time", "within": "PT4H"},
        },
        "but the level is of resolution_time",
    ),
    ({"kind": "ticket_share", "percent": "101"}, "less than or equal to 100"),
    ({"kind": "ticket_share", "percent": "95", "small_volume": 0}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("terms", "because"), REFUSED)
def test_terms_that_contradict_themselves_are_refused(terms: dict[str, Any], because: str) -> None:
    with pytest.raises(ValidationError, match=because):
        TypeAdapter[Any](Terms).validate_python(terms)


SUPPORT = Calendar.model_validate(
    {"zone": "Europe/Berlin", "windows": [{"days": ["mon"], "opens": "08:00", "closes": "18:00"}]}
)
MASTER = Contract(id="M", title="M", type="msa", relation="master", counterparty="vendor", us="us")


def _resolved(*promises: Obligation) -> Obligation:
    found = [o for o in resolve([MASTER], list(promises)) if o.kind == "ticket_share"]
    assert len(found) == 1
    return found[0]


def test_a_share_is_bound_to_the_promise_of_its_priority() -> None:
    single = {"clock": "business", "calendar": SUPPORT}
    first = promise(
        "resolution_time", {"within": "PT4H", "priority": "P1", **single}, contract="M", key="P1", quote="P1"
    )
    second = promise(
        "resolution_time", {"within": "PT8H", "priority": "P2", **single}, contract="M", key="P2", quote="P2"
    )
    many = promise("ticket_share", {"percent": "95", "priority": "P2"}, contract="M", key="P2")
    bound = _resolved(first, second, many).terms[0]
    assert isinstance(bound.terms, TicketShare)
    assert bound.terms.level is not None
    assert str(bound.terms.level.within) == "PT8H"
    assert [span.quote for span in bound.basis] == ["P2"]


def test_a_share_with_a_level_of_its_own_takes_the_hours_of_the_contract() -> None:
    hours = promise(
        "response_time", {"within": "PT1H", "clock": "business", "calendar": SUPPORT}, contract="M"
    )
    level = {"kind": "resolution_time", "within": "PT4H", "clock": "business"}
    bound = _resolved(hours, promise("ticket_share", {"percent": "95", "level": level}, contract="M"))
    terms = bound.terms[0].terms
    assert isinstance(terms, TicketShare)
    assert terms.calendar == SUPPORT


def test_a_share_with_two_promises_to_choose_from_is_bound_to_none() -> None:
    both = [
        promise(kind, {"within": "PT4H", "priority": "P1"}, contract="M", key="P1")
        for kind in ("response_time", "resolution_time")
    ]
    bound = _resolved(*both, promise("ticket_share", {"percent": "95", "priority": "P1"}, contract="M"))
    terms = bound.terms[0].terms
    assert isinstance(terms, TicketShare)
    assert terms.level is None
