"""What people decide about findings, over every kind of promise, in the rules and in the ledger."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.ledger import Ledger
from obligations.model import AsOf, Outcome
from obligations.rules import READS, RULES, assess
from tests.obligations.golden_cases import as_of, differences, load, obligation_of, observed_from, reader_of

CONTENT = load("decisions")
READER = reader_of(CONTENT)
CASES = [pytest.param(case, id=case["name"]) for case in CONTENT["cases"]]


@pytest.mark.parametrize("case", CASES)
def test_golden_case(case: dict[str, Any]) -> None:
    obligation = obligation_of(READER, CONTENT, case)
    facts = [READER.fact(fact) for fact in case.get("facts", [])]
    at, since = as_of(READER, case), observed_from({**CONTENT, **case})
    found = {a.occurrence.key: a for a in assess(obligation, facts, at, since)}
    assert sorted(found) == sorted(wanted["occurrence"] for wanted in case["expect"])
    problems = [
        f"{wanted['occurrence']}: {problem}"
        for wanted in case["expect"]
        for problem in differences(found[wanted["occurrence"]], wanted, READER.zone)
    ]
    assert not problems, "\n".join(problems)
    for assessment in found.values():
        assert assessment.trail[-1].says == assessment.summary


@pytest.mark.parametrize("case", CASES)
def test_the_ledger_knows_of_decisions(case: dict[str, Any]) -> None:
    obligation = obligation_of(READER, CONTENT, case)
    facts = [READER.fact(fact) for fact in case.get("facts", [])]
    at, since = as_of(READER, case), observed_from({**CONTENT, **case})
    kept = Ledger(obligation, [], at, since)
    for held in range(len(facts)):
        kept.add(facts[held])
        assert kept.assessments == assess(obligation, facts[: held + 1], at, since)


@given(st.permutations(range(8)), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_the_order_of_decisions_on_record_does_not_matter(order: list[int], day: int) -> None:
    kinds = ["waived", "disputed", "cured", "not_cured", "dispute_ended", "disputed", "cured", "disputed"]
    facts = [
        READER.fact(
            {
                "kind": "decision",
                "record": f"D{n}",
                "decision": kind,
                "obligation": "IC-1/reporting",
                "occurrence": "2026-10",
                "on": f"2026-11-{12 + n // 2}",
                "until": "2026-11-14",
            }
        )
        for n, kind in enumerate(kinds)
    ]
    obligation = obligation_of(READER, CONTENT, {})
    at = AsOf.at(READER.instant("2026-11-10 12:00") + timedelta(days=day))
    shuffled = [facts[n] for n in order]
    since = observed_from(CONTENT)
    assert assess(obligation, [*shuffled, *facts], at, since) == assess(obligation, facts, at, since)


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_kind_can_be_waived_and_disputed(kind: str) -> None:
    """Whatever a rule finds, a decision about it is applied and named."""
    content = load(kind)
    reader = reader_of(content)
    looked_at = 0
    for case in content["cases"][:12]:
        obligation = obligation_of(reader, content, case)
        facts = [reader.fact(fact) for fact in case.get("facts", [])]
        at, since = as_of(reader, case), observed_from({**content, **case})
        for found in assess(obligation, facts, at, since):
            if found.outcome in (Outcome.NOT_APPLICABLE, Outcome.MET):
                continue
            about = {"obligation": obligation.id, "occurrence": found.occurrence.key, "on": "2020-01-02"}
            for decision in ("waived", "disputed"):
                fact = reader.fact({"kind": "decision", "record": "D", "decision": decision, **about})
                now = {a.id: a for a in assess(obligation, [*facts, fact], at, since)}[found.id]
                assert fact.source in now.records
                if "decision" in READS[kind] and now.outcome is Outcome.NOT_APPLICABLE:
                    continue  # the rule itself owes nothing on what is disputed
                assert f"{decision.capitalize()} on 2020-01-02." in now.summary
                assert (now.outcome is Outcome.WAIVED) == (decision == "waived")
                assert (now.aftermath == "disputed") == (decision == "disputed")
                looked_at += 1
    assert looked_at
