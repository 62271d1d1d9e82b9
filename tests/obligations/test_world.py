"""The whole invented company: promises resolved over the contract tree, judged, compared with the truths."""

from typing import Any

import pytest

from obligations.cascade import resolve, roll_up
from obligations.facts import Fact
from obligations.model import Assessment, Obligation, Outcome
from obligations.rules import assess
from tests.obligations.golden_cases import (
    as_of,
    contracts_of,
    differences,
    load,
    observed_from,
    reader_of,
)


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return load("world")


@pytest.fixture(scope="module")
def obligations(content: dict[str, Any]) -> dict[str, Obligation]:
    reader = reader_of(content)
    read = [reader.obligation(spec) for spec in content["obligations"]]
    return {o.id: o for o in resolve(contracts_of(content), read)}


@pytest.fixture(scope="module")
def facts(content: dict[str, Any]) -> list[Fact]:
    reader = reader_of(content)
    return [reader.fact(spec) for spec in content["facts"]]


@pytest.fixture(scope="module")
def judged(
    content: dict[str, Any], obligations: dict[str, Obligation], facts: list[Fact]
) -> dict[tuple[str, str], Assessment]:
    """Every assessment by obligation and occurrence, made from all records of all parties at once."""
    at, since = as_of(reader_of(content), content), observed_from(content)
    found = [a for o in obligations.values() for a in assess(o, facts, at, since)]
    assert len({a.id for a in found}) == len(found)
    return {(a.obligation, a.occurrence.key): a for a in found}


def test_every_truth_and_nothing_else(
    content: dict[str, Any], judged: dict[tuple[str, str], Assessment]
) -> None:
    wanted = {(w["obligation"], w["occurrence"]): w for w in content["expect"]}
    assert sorted(judged) == sorted(wanted)
    zone = reader_of(content).zone
    problems = [
        f"{key}: {problem}"
        for key, want in wanted.items()
        for problem in differences(judged[key], want, zone)
    ]
    assert not problems, "\n".join(problems)


def test_who_was_in_breach_in_each_month(
    content: dict[str, Any],
    judged: dict[tuple[str, str], Assessment],
    obligations: dict[str, Obligation],
) -> None:
    breached = [a for a in judged.values() if a.outcome is Outcome.BREACHED]
    theirs: dict[str, set[str]] = {}
    ours = set()
    for assessment in breached:
        obligation = obligations[assessment.obligation]
        if obligation.we_owe:
            ours.add(assessment.occurrence.key)
        else:
            month = assessment.occurrence.counts_on.isoformat()[:7]
            theirs.setdefault(month, set()).add(obligation.debtor or "")
    assert {month: sorted(parties) for month, parties in theirs.items()} == content["breaches"]
    assert sorted(ours) == content["our_breaches"]


def test_every_assessment_cites_its_clause_and_counts_on_a_day(
    judged: dict[tuple[str, str], Assessment],
) -> None:
    for assessment in judged.values():
        assert assessment.spans, assessment.id
        assert assessment.trail[-1].says == assessment.summary
        assert assessment.summary.endswith(".")


def test_the_master_stands_as_badly_as_the_worst_under_it(
    content: dict[str, Any], judged: dict[tuple[str, str], Assessment]
) -> None:
    standing = {s.of: s for s in roll_up(contracts_of(content), list(judged.values()))}
    assert standing["IC-101"].gravest is Outcome.BREACHED
    assert standing["IC-101"].outcomes[Outcome.BREACHED] == 4
    assert [str(m) for m in standing["IC-101"].owed] == ["EUR 59,520.00"]
    assert standing["IC-104"].gravest is Outcome.PENDING
    breached = {a.id for a in judged.values() if a.outcome is Outcome.BREACHED}
    assert len(standing["IC-101"].made_by) == 4
    assert set(standing["IC-101"].made_by) <= breached


def test_facts_in_any_order_give_the_same(
    content: dict[str, Any], obligations: dict[str, Obligation], facts: list[Fact]
) -> None:
    at, since = as_of(reader_of(content), content), observed_from(content)
    for obligation in obligations.values():
        forward = assess(obligation, facts, at, since)
        assert assess(obligation, [*reversed(facts), *facts], at, since) == forward
