"""Terms of services that contradict themselves are refused when they are made, with the field and the reason;
what hangs on a level is bound to it; and an amendment of what a miss gives does not pay it twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from obligations.amendments import amended
from obligations.cascade import resolve
from obligations.model import AsOf, Contract, Obligation
from obligations.rules import assess
from obligations.terms import Availability, ResponseTime, ServiceCredit, TerminationRight, Terms, TicketShare
from tests.obligations.golden_cases import as_of, load, reader_of

READER = reader_of({})
EUR = {"currency": "EUR", "amount": "100"}
USD = {"currency": "USD", "amount": "100"}


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"combine": "worst"}, "needs the components"),
        ({"components": [{"name": "a"}, {"name": "A"}]}, "same name"),
        ({"components": [{"name": "a", "weight": 0}]}, "greater than 0"),
        ({"components": [{"name": "a", "from_on": "2026-02-02", "until_on": "2026-02-01"}]}, "until"),
        ({"degradation": "weight"}, "degradation_weight"),
        ({"degradation_weight": 50}, "degradation_weight"),
        ({"bin": "P1D"}, "bin is a length in minutes"),
        ({"minimum_outage": "PT0M"}, "minimum_outage"),
        ({"rolling": "P1M"}, "number of days"),
        ({"percent": 101}, "less than or equal to 100"),
    ],
)
def test_a_level_that_contradicts_itself_is_refused(terms: dict[str, Any], reason: str) -> None:
    _refused({"kind": "availability", "percent": "99.9", **terms}, reason)


TIER = {"below": "99.9", "percent": "5"}


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"tiers": [TIER, {"below": "99.5", "percent": "10"}]}, "overlap"),
        (
            {"tiers": [{**TIER, "at_least": "99"}, {"below": "99", "includes_below": True, "percent": "9"}]},
            "overlap",
        ),
        ({"tiers": [{**TIER, "at_least": "99.9"}]}, "is empty"),
        ({"tiers": [{**TIER, "amount": EUR}]}, "either a percent or an amount"),
        ({"step": {"each": "PT30M", "points": "0.1", "percent": "1"}}, "a step is for each"),
        ({"step": {"each": "P1D", "percent": "1"}}, "no time in hours"),
        ({"step": {"tickets": 1}}, "either a percent or an amount"),
        ({"base": EUR, "cap_amount": USD}, "one currency"),
        ({"claim_within": "P30D", "claim_cycles": 2}, "until when to claim"),
        ({"allocation": "40"}, "belong together"),
        ({"repeat": {"factor": "2", "misses": 4, "periods": 3}}, "cannot be"),
        ({"repeat": {"factor": "1"}}, "greater than 1"),
    ],
)
def test_a_credit_that_contradicts_itself_is_refused(terms: dict[str, Any], reason: str) -> None:
    _refused({"kind": "service_credit", **terms}, reason)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"events": ["insolvency"], "misses": 2, "periods": 3}, "state two rights"),
        ({"consecutive": True}, "without the number of misses"),
        ({"misses": 2, "periods": 3, "consecutive": True}, "do not take 3 periods"),
        ({"misses": 4, "periods": 3}, "cannot be"),
        ({"misses": 4}, "in how many periods"),
    ],
)
def test_a_right_that_contradicts_itself_is_refused(terms: dict[str, Any], reason: str) -> None:
    _refused({"kind": "termination_right", **terms}, reason)


def _refused(terms: dict[str, Any], reason: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Terms)
    with pytest.raises(ValidationError, match=reason):
        adapter.validate_python(terms)


def _resolved(*spoken: tuple[str, str, dict[str, Any]]) -> dict[tuple[str, str], Obligation]:
    master = Contract(id="M", title="M", type="msa", relation="master", zone="Europe/Berlin")
    read = [
        READER.obligation(
            {"kind": kind, "key": key, "contract": "M", "quote": f"{kind} {key}", "terms": terms}
        )
        for kind, key, terms in spoken
    ]
    return {(o.kind, o.key): o for o in resolve([master], read)}


UP = ("availability", "Shop", {"percent": "99.9", "service": "Shop"})
ANSWER = ("response_time", "P1", {"within": "PT1H", "priority": "P1"})


def test_a_credit_for_each_late_ticket_hangs_on_the_promise_with_its_key() -> None:
    late = {"step": {"tickets": "1", "amount": EUR}}
    found = _resolved(UP, ANSWER, ("service_credit", "Priority 1", late))["service_credit", "Priority 1"]
    terms = found.terms[0].terms
    assert isinstance(terms, ServiceCredit)
    assert isinstance(terms.level, ResponseTime)
    assert "response_time P1" in {span.quote for span in found.terms[0].basis}


def test_a_credit_hangs_on_the_level_whose_name_is_in_its_own() -> None:
    mail = ("availability", "Mail", {"percent": "99.0", "service": "Mail"})
    found = _resolved(UP, mail, ("service_credit", "Shop downtime", {"tiers": [TIER]}))
    terms = found["service_credit", "Shop downtime"].terms[0].terms
    assert isinstance(terms, ServiceCredit)
    assert isinstance(terms.level, Availability)
    assert terms.level.percent == Decimal("99.9")


def test_a_share_of_answers_hangs_on_the_time_to_answer_beside_the_time_to_solve() -> None:
    solve = ("resolution_time", "P1", {"within": "PT8H", "priority": "P1"})
    for of, wanted in (("response_time", ANSWER), ("resolution_time", solve)):
        share = ("ticket_share", "P1", {"percent": "95", "priority": "P1", "of": of})
        bound = _resolved(ANSWER, solve, share)["ticket_share", "P1"].terms[0]
        assert isinstance(bound.terms, TicketShare)
        assert bound.terms.level is not None
        assert bound.terms.level.kind == of
        assert [span.quote for span in bound.basis] == [f"{wanted[0]} P1"]


def test_a_credit_for_tickets_never_hangs_on_the_only_availability() -> None:
    late = {"step": {"tickets": "1", "amount": EUR}}
    terms = _resolved(UP, ("service_credit", "helpdesk", late))["service_credit", "helpdesk"].terms[0].terms
    assert isinstance(terms, ServiceCredit)
    assert terms.level is None


def test_credits_that_pay_once_know_each_other_with_their_levels() -> None:
    once = {"tiers": [TIER], "pays_once": "true"}
    late = {"step": {"tickets": "1", "amount": EUR}}
    found = _resolved(UP, ANSWER, ("service_credit", "Shop", once), ("service_credit", "P1", late))
    terms = found["service_credit", "Shop"].terms[0].terms
    assert isinstance(terms, ServiceCredit)
    assert [rival.key for rival in terms.rivals] == ["P1"]
    assert isinstance(terms.rivals[0].terms.level, ResponseTime)
    other = found["service_credit", "P1"].terms[0].terms
    assert isinstance(other, ServiceCredit)
    assert (other.rivals, other.others, terms.others) == ((), ("Shop",), ("P1",))


def test_a_right_to_terminate_hangs_on_the_level_that_it_names() -> None:
    right = {"misses": "3", "periods": "6"}
    found = _resolved(UP, ("termination_right", "Shop", right))["termination_right", "Shop"]
    terms = found.terms[0].terms
    assert isinstance(terms, TerminationRight)
    assert isinstance(terms.level, Availability)
    assert terms.level.zone == "Europe/Berlin"
    assert "availability Shop" in {span.quote for span in found.terms[0].basis}


def test_a_right_by_events_hangs_on_no_level() -> None:
    found = _resolved(UP, ("termination_right", "Shop", {"events": ["insolvency"]}))
    terms = found["termination_right", "Shop"].terms[0].terms
    assert isinstance(terms, TerminationRight)
    assert terms.level is None


STEP = {"each": "PT30M", "percent": "1"}
HIGHER = {"below": "99.9", "percent": "8"}


@pytest.mark.parametrize(
    ("before", "said", "kept", "instead"),
    [
        ({"tiers": [TIER]}, {"step": STEP}, (0, True), True),
        ({"step": STEP}, {"tiers": [TIER]}, (1, False), True),
        ({"tiers": [TIER], "step": STEP}, {"tiers": [HIGHER]}, (1, True), False),
        ({"tiers": [TIER]}, {"tiers": [TIER], "step": STEP}, (1, True), False),
        ({"tiers": [TIER]}, {"cap_percent": "10"}, (1, False), False),
        ({"step": STEP}, {"cap_percent": "10"}, (0, True), False),
    ],
)
def test_an_amended_credit_pays_a_miss_by_tiers_or_by_steps(
    before: dict[str, Any], said: dict[str, Any], kept: tuple[int, bool], instead: bool
) -> None:
    held, change = (
        READER.obligation({"kind": "service_credit", "contract": contract, "terms": given})
        for contract, given in (("IC-1", before), ("IC-2", said))
    )
    found = amended(held, change, date(2026, 7, 1))
    terms = found.terms[-1].terms
    assert isinstance(terms, ServiceCredit)
    assert (len(terms.tiers), terms.step is not None) == kept
    assert ("takes the place of the former" in " ".join(found.notes)) == instead


def test_an_assessment_of_a_past_day_does_not_change_as_time_goes_on() -> None:
    """Judged again for the same day a year later, with nothing new on record, a month is what it was."""
    content = load("termination_right")
    reader = reader_of(content)
    promised = reader.obligation(content["obligation"])
    facts = [reader.fact(fact) for fact in content["cases"][1]["facts"]]
    then = as_of(reader, content["cases"][1])
    later = AsOf(as_of=then.as_of, known_at=then.known_at + timedelta(days=365))
    first, again = (assess(promised, facts, at, date(2026, 3, 1)) for at in (then, later))
    assert [a.summary for a in first] == [a.summary for a in again]
