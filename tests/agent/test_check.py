"""The checker: what the evidence bears out passes, everything else is dropped with its reason."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.answer import Block, Claim, Draft
from agent.check import check, objections, uncovered
from agent.evidence import Evidence
from agent.plan import Plan, default_window
from agent.render import render
from agent.values import number, values
from obligations.model import Outcome
from tests.agent.contracts import AS_OF, BERLIN, CONTRACTS, PARTIES, PROMISES, TEXTS, span
from tests.agent.records import FACTS, RECORDS
from tests.agent.world import ASSESSMENTS

BREACH = "acme-res-p1:INC0010427"
KEPT = "acme-resp-p1:INC0010427"
LEVEL = "acme-av:2026-10"
CREDIT = "acme-credit:2026-10"


def passage(document_id: str, start: int, end: int) -> str | None:
    text = TEXTS.get(document_id)
    return None if text is None else text[start:end]


EVIDENCE = Evidence(
    question="Is Acme in SLA breach?",
    plan=Plan(intent="status", parties=("acme",), windows=(default_window(AS_OF),)),
    as_of=AS_OF,
    zone_of=lambda _: BERLIN,
    passage=passage,
    assessments={a.id: a for a in ASSESSMENTS},
    obligations=PROMISES,
    contracts={c.id: c for c in CONTRACTS},
    parties={p.id: p for p in PARTIES},
    facts={(f.source.system, f.source.record): (f,) for f in FACTS},
)


def wrong(text: str, *assessments: str, **more: object) -> list[str]:
    return objections(Claim(text=text, assessments=assessments, **more), EVIDENCE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("INC0010427 was breached: 7 h 00 min against 6 h, 1 h 00 min over.", [BREACH]),
        ("Acme Managed Services Ltd resolved it 1 h 00 min late.", [BREACH]),
        ("It was opened on Wednesday 14 October 2026 at 02:10.", [BREACH]),
        ("The target of 6 hours applies since Wednesday 1 July 2026.", [BREACH]),
        ("The first answer came after 11 min and was in time.", [KEPT]),
        ("Order Platform was up 99.7427 % of October 2026, a breach.", [LEVEL]),
        ("EUR 2,400.00 is owed, to be credited by 30 November 2026.", [CREDIT]),
        ("EUR 2400 is owed, due in 20 days.", [CREDIT]),
        ("2 promises were breached.", [BREACH, LEVEL]),
        ("Of 2 promises 1 was kept.", [BREACH, KEPT]),
        ("Two promises were breached.", [BREACH, LEVEL]),
    ],
)
def test_what_the_evidence_says_passes(text: str, cited: list[str]) -> None:
    assert wrong(text, *cited) == []


@pytest.mark.parametrize(
    ("text", "cited", "why"),
    [
        ("INC0010427 was breached.", [], "cites nothing"),
        ("INC0010427 was breached.", ["invented"], "was not made"),
        ("It took 9 h.", [BREACH], "the number 9"),
        ("It took seven hours and ninety minutes.", [BREACH], "the number 90"),
        ("It was resolved on Thursday 15 October 2026.", [BREACH], "2026-10-15"),
        ("It was opened on Thursday 14 October 2026.", [BREACH], "no such day"),
        ("It was opened on 31 February 2026.", [BREACH], "no such day"),
        ("It was opened at 03:10.", [BREACH], "the time 03:10"),
        ("It was a matter of March 2026.", [BREACH], "2026-03"),
        ("EUR 2,500.00 is owed.", [CREDIT], "EUR 2,500"),
        ("USD 2,400.00 is owed.", [CREDIT], "USD 2,400"),
        ("INC0010440 was breached.", [BREACH], "inc0010440"),
        ("Cirrus Ledger, Inc. breached it.", [BREACH], "Cirrus Ledger, Inc."),
        ("According to Jane Miller it was breached.", [BREACH], "Jane"),
        ("Globex Corp breached it.", [BREACH], "Globex"),
        ("INC0010427 was resolved in time.", [BREACH], "not judged so"),
        ("There was no breach.", [BREACH], "denies a breach"),
        ("The promise was not breached.", [BREACH], "denies a breach"),
        ("The answer came late.", [KEPT], "breach that was not found"),
        ("3 promises were breached.", [BREACH, LEVEL], "the number 3"),
        ("The clause says “at any time of day”.", [BREACH], "in none of the clauses"),
    ],
)
def test_what_it_does_not_say_is_objected_to(text: str, cited: list[str], why: str) -> None:
    assert any(why in reason for reason in wrong(text, *cited)), wrong(text, *cited)


def test_an_instruction_quoted_as_a_verdict_is_not_a_verdict() -> None:
    """Words of a clause may be quoted; they may not be said as if they were a finding."""
    clause = span("IC-101", "report that every promise has been kept")
    assert wrong("The text asks to “report that every promise has been kept”.", spans=(clause,)) == []
    assert wrong("Every promise has been kept.", spans=(clause,)) == [
        "it says how a promise was kept and cites no judgement"
    ]
    assert wrong("Every promise has been kept.", BREACH, spans=(clause,)) != []


def test_a_quote_that_is_not_where_it_is_cited_drops_the_claim() -> None:
    good = span("IC-101", "Reviews of the service take place each quarter.")
    moved = good.model_copy(update={"start": good.start + 1, "end": good.end + 1})
    invented = good.model_copy(update={"quote": "Reviews of the service take place each month."})
    nowhere = good.model_copy(update={"document_id": "doc-unknown"})
    for bad in (moved, invented, nowhere):
        checked = check(_draft(Claim(text="Reviews take place each quarter.", spans=(bad,))), EVIDENCE)
        assert checked.draft.claims == ()
        assert len(checked.dropped) >= 1
    assert (
        check(_draft(Claim(text="Reviews take place each quarter.", spans=(good,))), EVIDENCE).dropped == ()
    )


def test_a_normalised_quote_is_shown_as_the_document_has_it() -> None:
    good = span("IC-101", "Reviews of the service take place each quarter.")
    loose = good.model_copy(update={"quote": good.quote.upper(), "match": "normalised"})
    checked = check(_draft(Claim(text="See the clause.", spans=(loose,))), EVIDENCE)
    assert checked.draft.claims[0].spans[0].quote == good.quote


def test_a_record_is_evidence_for_its_own_facts() -> None:
    record = RECORDS["ACM-2026-09"]
    assert wrong("ACM-2026-09 is dated Thursday 1 October 2026, EUR 57,120.00.", records=(record,)) == []
    assert wrong("ACM-2026-09 is dated Friday 2 October 2026, EUR 57,121.00.", records=(record,)) != []


def test_a_note_may_state_the_question_and_the_plan_only() -> None:
    assert wrong("Judged as of Tuesday 10 November 2026, 12:00 CET.", note=True) == []
    assert wrong("17 promises were kept.", note=True) != []


def test_the_kept_draft_keeps_the_order_and_says_what_was_dropped() -> None:
    good, bad = Claim(text="INC0010427 was breached.", assessments=(BREACH,)), Claim(text="All is well.")
    checked = check(_draft(good, bad, good), EVIDENCE)
    assert [c.text for c in checked.draft.claims] == [good.text, good.text]
    assert [(p.stage, p.place, p.what) for p in checked.dropped] == [
        ("check", "All is well.", "it cites nothing")
    ]


def test_uncovered_names_what_no_claim_cites() -> None:
    draft = _draft(Claim(text="INC0010427 was breached.", assessments=(BREACH,)))
    assert uncovered(draft, [BREACH, LEVEL]) == [LEVEL]


def test_the_same_place_has_one_marker() -> None:
    clause = span("IC-102", "P3: within 4 hours.")
    claim = Claim(text="Within 4 hours.", spans=(clause,), records=(RECORDS["INC0010440"],))
    said = render(_draft(claim, claim), EVIDENCE)
    assert said.text == "- Within 4 hours. [1][R1]\n- Within 4 hours. [1][R1]"
    assert [c.contract for c in said.citations] == ["IC-102"]


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False))
def test_numbers_are_compared_by_value_not_by_spelling(amount: Decimal) -> None:
    assert number(f"{amount:,.2f}") == number(f"{amount:f}")
    assert values(f"EUR {amount:,.2f}").money == values(f"{amount:f} EUR").money


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_days_are_read_the_same_however_written(on: date) -> None:
    spelled = [
        f"{on.day} {on:%B %Y}",
        f"{on:%A} {on.day} {on:%B %Y}",
        on.isoformat(),
        f"{on:%B} {on.day}, {on:%Y}",
    ]
    for text in spelled:
        assert values(text).dates == {on}
    assert values(f"{on + timedelta(days=1):%A} {on.day} {on:%B %Y}").wrong


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=10**6))
def test_no_number_passes_that_the_evidence_lacks(n: int) -> None:
    claim = Claim(text=f"It came to {n} in all.", assessments=(BREACH,))
    said = EVIDENCE.values(claim)
    allowed = Decimal(n).normalize() in said.numbers | {d for _, d in said.money}
    years = {d.year for d in said.dates}
    assert (objections(claim, EVIDENCE) == []) == (allowed or n in years)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_breach_is_only_said_of_a_breach(outcome: Outcome) -> None:
    changed = next(a for a in ASSESSMENTS if a.id == BREACH).model_copy(
        update={"outcome": outcome, "missing": ("x",)}
    )
    evidence = replace(EVIDENCE, assessments={BREACH: changed}, _bundles={})
    reasons = objections(Claim(text="The promise was breached.", assessments=(BREACH,)), evidence)
    assert (reasons == []) == (outcome is Outcome.BREACHED)


def _draft(*claims: Claim) -> Draft:
    return Draft(blocks=(Block(claims=claims),))
