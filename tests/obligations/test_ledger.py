"""A ledger equals a full assessment of everything it holds, whatever came in and in whatever order."""

from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.calendars import Calendar, Window
from obligations.facts import Fact, Ticket, TicketEvent
from obligations.ledger import PARTITIONS, UNCOUNTABLE, Ledger
from obligations.model import AsOf, Obligation
from obligations.rules import READS, RULES, assess
from tests.obligations.golden_cases import as_of, load, obligation_of, observed_from, reader_of
from tests.obligations.test_bulk import BEGIN, PROMISES, as_facts, promise, random_ticket

HOUR = timedelta(hours=1)


def versions(draw: Random, count: int) -> list[Fact]:
    """Versions of a few tickets, some known only later, some twice."""
    facts = []
    for _ in range(count):
        fact = as_facts([random_ticket(draw)], draw)[0]
        record = f"INC{draw.randrange(4)}"
        source = fact.source.model_copy(update={"record": record, "label": draw.choice(["", "same"])})
        known = BEGIN + draw.randrange(200) * HOUR
        facts.append(fact.model_copy(update={"id": f"{draw.random()}", "source": source, "known_at": known}))
    return facts + facts[:1]


@given(st.sampled_from(sorted(PROMISES)), st.integers(0, 10**9))
@settings(max_examples=120, deadline=None)
def test_any_sequence_of_facts_and_instants(name: str, seed: int) -> None:
    draw, promised = Random(seed), PROMISES[name]
    facts, hour = versions(draw, 8), draw.randrange(20, 120)
    held, at = facts[:2], AsOf.at(BEGIN + hour * HOUR)
    kept = Ledger(promised, held, at)
    for fact in facts[2:]:
        if draw.random() < 0.4:
            hour += draw.choice([1, 5, 30, -10])
            at = AsOf.at(BEGIN + hour * HOUR)
            kept.advance(at)
            assert kept.assessments == assess(promised, held, at)
        held.append(fact)
        touched = kept.add(fact)
        assert kept.assessments == assess(promised, held, at)
        assert set(touched) <= set(kept.assessments)


def at_hour(hour: int) -> datetime:
    return BEGIN + hour * HOUR


def ticket(*events: TicketEvent, known: int = 0, resolved: int | None = None) -> Fact:
    data = Ticket(
        subject="broken",
        priority="P1",
        status="resolved",
        opened_at=BEGIN,
        resolved_at=None if resolved is None else at_hour(resolved),
        events=events,
    )
    fact = as_facts([data], Random(1))[0]
    changed = {"known_at": at_hour(known), "party": "vendor", "contract": None, "id": f"known {known}"}
    return fact.model_copy(update=changed)


def status(hour: int, value: str) -> TicketEvent:
    return TicketEvent(at=at_hour(hour), change="status", value=value)


NO_ZONE = promise("resolution_time", {"within": "P1D"}, zone=None)
LATER = [
    pytest.param([ticket(status(2, "resolved"), status(20, "open"))], id="reopened later"),
    pytest.param([ticket(status(2, "resolved"), resolved=20)], id="resolved again later"),
    pytest.param([ticket(status(2, "resolved")), ticket(status(2, "open"), known=20)], id="corrected later"),
    pytest.param([ticket(status(2, "resolved"))], id="resolved"),
    pytest.param([ticket(status(2, "in_progress"))], id="open"),
    pytest.param([ticket(resolved=2)], id="resolved without events"),
]
INSTANTS = [
    AsOf.at(at_hour(15)),
    AsOf.at(at_hour(20)),
    AsOf(as_of=at_hour(21), known_at=at_hour(19)),
    AsOf(as_of=at_hour(14), known_at=at_hour(30)),
    AsOf.at(at_hour(60)),
    AsOf.at(at_hour(60).astimezone(ZoneInfo("Pacific/Auckland"))),
]


@pytest.mark.parametrize("facts", LATER)
@pytest.mark.parametrize("promised", [NO_ZONE, PROMISES["resolved with pauses"], PROMISES["any answer"]])
def test_from_any_instant_to_any_other(facts: list[Fact], promised: Obligation) -> None:
    for before in INSTANTS:
        for after in INSTANTS:
            kept = Ledger(promised, facts, before)
            kept.advance(after)
            assert kept.assessments == assess(promised, facts, after)


def test_what_is_settled_is_not_assessed_again() -> None:
    """Its trail is the very same one, not one written anew."""
    settled, unsettled = ticket(status(2, "resolved")), ticket(status(2, "in_progress"))
    for fact, kept_trail in ((settled, True), (unsettled, False)):
        kept = Ledger(NO_ZONE, [fact], AsOf.at(at_hour(15)))
        (before,) = kept.assessments
        kept.advance(AsOf.at(at_hour(60)))
        (after,) = kept.assessments
        assert (after.trail is before.trail) == kept_trail


def _golden() -> list[Any]:
    return [
        pytest.param(content, case, id=f"{kind}: {case['name']}")
        for kind in RULES
        for content in [load(kind)]
        for case in content["cases"]
    ]


@pytest.mark.parametrize(("content", "case"), _golden())
def test_every_kind(content: dict[str, Any], case: dict[str, Any]) -> None:
    """Fed one fact at a time, in the other order, the ledger gives what the rule gives at once."""
    reader = reader_of(content)
    obligation = obligation_of(reader, content, case)
    facts = [reader.fact(fact) for fact in case.get("facts", [])]
    at, since = as_of(reader, case), observed_from({**content, **case})
    kept = Ledger(obligation, [], at, since)
    for fact in reversed(facts):
        kept.add(fact)
    assert kept.assessments == assess(obligation, facts, at, since)


NOWHERE = Calendar(
    zone="UTC", windows=(Window(days=("mon",), opens=time(9), closes=time(10)),), holiday_region="QX-ZZ"
)


def test_a_calendar_that_cannot_be_used_is_told_once() -> None:
    promised = promise("resolution_time", {"within": "PT1H", "clock": "business", "calendar": NOWHERE})
    facts, at = as_facts([random_ticket(Random(1)) for _ in range(3)], Random(1)), AsOf.at(BEGIN + 90 * HOUR)
    kept = Ledger(promised, facts[:1], at)
    assert not kept.in_parts
    kept.add(facts[1])
    kept.add(facts[2])
    assert [found.occurrence.key for found in kept.assessments] == [UNCOUNTABLE]
    assert kept.assessments == assess(promised, facts, at)


def test_one_fact_touches_one_ticket() -> None:
    draw = Random(5)
    facts = [
        fact.model_copy(update={"contract": "IC-1"}) for fact in as_facts([random_ticket(draw)] * 9, draw)
    ]
    kept = Ledger(PROMISES["in a month"], facts[:8], AsOf.at(BEGIN + 200 * HOUR))
    before = kept.assessments
    touched = kept.add(facts[8])
    assert len(touched) == 1
    assert set(kept.assessments) - set(before) == set(touched)


def test_what_a_rule_does_not_read_changes_nothing() -> None:
    kept = Ledger(PROMISES["in a month"], [], AsOf.at(BEGIN))
    reader = reader_of({})
    assert (
        kept.add(reader.fact({"kind": "notice", "record": "N1", "effect": "other", "sent_on": "2026-10-01"}))
        == ()
    )
    assert kept.assessments == ()
    assert kept.in_parts


def test_only_what_a_rule_reads_has_a_part() -> None:
    for kind, partition in PARTITIONS.items():
        assert set(partition.keys) <= set(READS[kind])
