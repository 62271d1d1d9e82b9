"""Where each term comes from, what an amendment takes away, and how a tree of contracts stands."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from obligations.amendments import inherited
from obligations.cascade import resolve, roll_up, roll_up_parties
from obligations.lineage import lineage
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.rules import assess
from obligations.terms import (
    ServiceCredit,
    Term,
)
from tests.obligations.test_cascade import (
    AMENDMENT,
    MASTER,
    P1,
    READER,
    SCHEDULE,
    SECOND,
    SOW,
    contract,
    only,
    promise,
)


# covers: §6 cascade recompute with lineage
def test_each_term_names_the_document_that_set_it() -> None:
    base = promise("S", "resolution_time", P1, "P1", basis=["pause clause"])
    first = promise("A1", "resolution_time", {"within": "PT6H", "priority": "P1"}, "P1")
    second = promise("A2", "resolution_time", {"within": "PT6H", "clock": "business"}, "P1")
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT, SECOND], [base, first, second]))
    by_day = {
        day: {origin.name: (origin.contract, origin.since) for origin in lineage(found, day)}
        for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 9, 1))
    }
    start, july, september = ("S", None), ("A1", date(2026, 7, 1)), ("A2", date(2026, 9, 1))
    stated = dict.fromkeys(("within", "priority", "clock", "pauses_on"), start)
    assert by_day[date(2026, 6, 30)] == stated
    assert by_day[date(2026, 7, 1)] == {**stated, "within": july}
    assert by_day[date(2026, 9, 1)] == {**stated, "within": july, "clock": september}
    assert [o.spans[0].quote for o in lineage(found, date(2026, 9, 1)) if o.name == "clock"] == [
        "A2 resolution_time P1"
    ]


def test_a_bound_term_names_the_clauses_it_comes_from() -> None:
    read = [
        promise("M", "term", {"within": "P36M"}),
        promise("M", "renewal_notice", {"within": "P90D"}),
    ]
    notice = next(o for o in resolve([MASTER], read) if o.kind == "renewal_notice")
    origins = {origin.name: origin for origin in lineage(notice, date(2026, 1, 1))}
    assert (origins["within"].bound, origins["initial"].bound) == (False, True)
    assert [span.quote for span in origins["initial"].spans] == ["M term"]


def test_a_deleted_promise_has_no_terms() -> None:
    base = promise("S", "resolution_time", P1, "P1")
    gone = promise("A1", "resolution_time", {}, series=[{"deleted": "true", "terms": P1}], key="P1")
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT], [base, gone]))
    assert lineage(found, date(2026, 6, 30))
    assert lineage(found, date(2026, 7, 1)) == ()
    assert found.in_force(date(2026, 7, 1)) is None
    assert found.deleted_by(date(2026, 7, 1)) is not None


def test_what_an_amendment_resets_must_be_a_term_of_the_kind() -> None:
    with pytest.raises(ValueError, match="resolution_time has no term percent"):
        promise("A1", "resolution_time", {}, series=[{"resets": ["percent"], "terms": P1}])


def test_a_credit_keeps_the_tiers_that_a_reset_does_not_name() -> None:
    before = ServiceCredit.model_validate({"tiers": [{"below": "99.9", "percent": "5"}]})
    said = ServiceCredit()
    assert inherited(before, said) == before
    assert inherited(before, said, ("tiers",)) == said


def _tickets(*hours: int) -> list[Any]:
    return [
        READER.fact(
            {
                "kind": "ticket",
                "record": f"T{n}",
                "priority": "P1",
                "opened": "2026-06-10 08:00",
                "resolved": f"2026-06-10 {8 + hour:02d}:00",
            }
        )
        for n, hour in enumerate(hours, start=1)
    ]


def _judged(obligation: Obligation, *hours: int) -> list[Assessment]:
    return list(assess(obligation, _tickets(*hours), AsOf.at(READER.instant("2026-06-30 12:00"))))


# covers: §6 cascade recompute with lineage
def test_a_contract_stands_as_what_makes_it_so() -> None:
    contracts = [MASTER, SCHEDULE, contract("N", counterparty="other")]
    found = _judged(promise("S", "resolution_time", P1, "P1"), 7, 9, 10)
    standing = {s.of: s for s in roll_up(contracts, found)}
    late = tuple(sorted(a.id for a in found if a.outcome is Outcome.BREACHED))
    assert len(late) == 2
    assert standing["M"] == replace(standing["S"], of="M")
    assert standing["M"].outcomes == {Outcome.MET: 1, Outcome.BREACHED: 2}
    assert (standing["M"].gravest, standing["M"].made_by) == (Outcome.BREACHED, late)
    assert (standing["N"].gravest, standing["N"].made_by) == (None, ())
    by_party = {s.of: s for s in roll_up_parties(contracts, found)}
    assert by_party["vendor"] == replace(standing["S"], of="vendor")
    assert by_party["other"].outcomes == {}


def test_a_cured_breach_counts_and_is_not_what_makes_it_grave() -> None:
    met, late = _judged(promise("S", "resolution_time", P1, "P1"), 7, 9)
    cured = late.model_copy(update={"aftermath": "cured"})
    (standing,) = roll_up([SCHEDULE], [met, cured])
    assert standing.outcomes == {Outcome.MET: 1, Outcome.BREACHED: 1}
    assert (standing.gravest, standing.made_by) == (Outcome.MET, (met.id,))
    (alone,) = roll_up([SCHEDULE], [cured])
    assert alone.gravest is Outcome.BREACHED


def test_what_is_disputed_is_told_apart() -> None:
    met, late = _judged(promise("S", "resolution_time", P1, "P1"), 7, 9)
    owed = {"money": {"currency": "EUR", "amount": "100"}, "money_is": "credit_owed"}
    one = Assessment.model_validate({**late.model_dump(), **owed, "aftermath": "disputed"})
    two = Assessment.model_validate({**met.model_dump(), **owed})
    (standing,) = roll_up([SCHEDULE], [one, two])
    assert [str(m) for m in standing.owed] == ["EUR 200.00"]
    assert [str(m) for m in standing.disputed] == ["EUR 100.00"]


def test_a_contract_knows_what_may_end_it() -> None:
    read = [
        promise("M", "term", {"within": "P36M"}),
        promise("M", "renewal", {"within": "P12M", "automatic": "true"}),
        promise("M", "renewal_notice", {"within": "P90D"}),
        promise("M", "termination_notice", {"within": "P3M"}),
        promise("W", "term", {"due_on": "2027-03-31"}),
        promise("S", "resolution_time", P1, "P1"),
    ]
    found = {(o.contract, o.kind): o for o in resolve([MASTER, SCHEDULE, SOW], read)}
    life, own = found["S", "resolution_time"].life, found["W", "term"].life
    assert life is not None
    assert own is not None
    assert (life.contracts, life.alone) == (("M", "S"), True)
    assert life.initial == Term(within="P36M", starts_on=date(2024, 3, 1))
    assert life.renewal is not None
    assert life.renewal.notice is not None
    assert str(life.renewal.notice.within) == "P90D"
    assert life.termination == found["M", "termination_notice"].terms[0].terms
    assert (own.contracts, own.alone, own.above) == (("W",), False, life)


def test_two_agreements_with_one_party_leave_it_open_which_a_notice_ends() -> None:
    one, two = promise("M", "term", {"within": "P36M"}), promise("N", "term", {"within": "P36M"})
    lives = [o.life for o in resolve([MASTER, contract("N")], [one, two])]
    assert [life.alone for life in lives if life] == [False, False]
    apart = resolve([MASTER, contract("N", effective_on="2027-03-01")], [one, two])
    assert [o.life.alone for o in apart if o.life] == [True, True]
