"""From what each document says to what is in force."""

import random
from datetime import date
from typing import Any

import pytest

from obligations.amendments import counterpart, inherited, normal_key
from obligations.cascade import resolve
from obligations.errors import CascadeError
from obligations.model import Contract, Obligation, Review
from obligations.terms import (
    Availability,
    CurePeriod,
    Duty,
    PaymentDue,
    Renewal,
    RenewalNotice,
    Reporting,
    ResolutionTime,
    ServiceCredit,
    Term,
)
from tests.obligations.golden_cases import contracts_of, load, reader_of

CONTENT = {
    "calendars": {
        "support": {
            "zone": "Europe/Berlin",
            "holiday_region": "DE-BY",
            "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "18:00"}],
        },
        "bavaria": {"zone": "Europe/Berlin", "holiday_region": "DE-BY"},
        "hamburg": {"zone": "Europe/Berlin", "holiday_region": "DE-HH"},
    }
}
READER = reader_of(CONTENT)


def contract(id: str, relation: str = "standalone", parent: str | None = None, **more: Any) -> Contract:
    given = {"us": "us", "counterparty": "vendor", "effective_on": "2024-03-01", "zone": "Europe/Berlin"}
    return Contract.model_validate(
        {"id": id, "title": id, "type": "x", "relation": relation, "parent": parent, **given, **more}
    )


def promise(contract: str, kind: str, terms: dict[str, Any], key: str = "", **more: Any) -> Obligation:
    sides = {"debtor": "vendor", "creditor": "us"}
    quote = f"{contract} {kind} {key}".strip()
    return READER.obligation(
        {"contract": contract, "kind": kind, "key": key, "terms": terms, "quote": quote, **sides, **more}
    )


MASTER = contract("M", "master")
SCHEDULE = contract("S", "schedule", "M")
AMENDMENT = contract("A1", "amendment", "M", effective_on="2026-07-01")
SECOND = contract("A2", "amendment", "M", effective_on="2026-09-01")
SOW = contract("W", "sow", "M", effective_on="2026-04-01")
P1 = {"within": "PT8H", "priority": "P1", "clock": "calendar", "pauses_on": ["awaiting_customer"]}


def only(found: tuple[Obligation, ...]) -> Obligation:
    assert len(found) == 1, [o.id for o in found]
    return found[0]


def hours(obligation: Obligation, on: date) -> int:
    dated = obligation.in_force(on)
    assert dated is not None
    assert isinstance(dated.terms, ResolutionTime)
    return dated.terms.within.seconds // 3600


def test_an_amendment_holds_from_its_day_and_keeps_what_it_does_not_change() -> None:
    base = promise("S", "resolution_time", P1, "P1", basis=["pause clause"])
    change = promise("A1", "resolution_time", {"within": "PT6H", "priority": "P1"}, "Severity 1")
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT], [change, base]))
    assert (found.id, found.contract) == (base.id, "S")
    assert [hours(found, day) for day in (date(2026, 6, 30), date(2026, 7, 1))] == [8, 6]
    amended = found.terms[1]
    assert amended.contract == "A1"
    assert amended.span.quote == "A1 resolution_time Severity 1"
    assert [span.quote for span in amended.basis] == ["pause clause"]
    assert isinstance(amended.terms, ResolutionTime)
    assert amended.terms.pauses_on == ("awaiting_customer",)
    assert amended.terms.clock == "calendar"
    assert "A1 changes the terms of S from 2026-07-01 on." in found.notes


def test_an_amendment_from_before_a_promise_began_keeps_what_that_begins_with() -> None:
    base = promise("S", "resolution_time", P1, "P1")
    later = base.model_copy(
        update={"terms": (base.terms[0].model_copy(update={"from_on": date(2026, 8, 1)}),)}
    )
    change = promise("A1", "resolution_time", {"within": "PT6H", "priority": "P1"}, "P1")
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT], [later, change]))
    assert [hours(found, day) for day in (date(2026, 7, 1), date(2026, 7, 31))] == [6, 6]
    first = found.in_force(date(2026, 7, 1))
    assert first is not None
    assert isinstance(first.terms, ResolutionTime)
    assert first.terms.pauses_on == ("awaiting_customer",)


def test_amendments_apply_in_order_of_effect_whatever_order_they_come_in() -> None:
    base = promise("S", "resolution_time", P1, "P1")
    first = promise("A1", "resolution_time", {"within": "PT6H", "priority": "P1"}, "P1")
    second = promise("A2", "resolution_time", {"within": "PT4H", "priority": "P1"}, "P1")
    for given in ([base, first, second], [second, first, base]):
        found = only(resolve([MASTER, SCHEDULE, AMENDMENT, SECOND], given))
        days = (date(2026, 6, 30), date(2026, 7, 1), date(2026, 9, 1))
        assert [hours(found, day) for day in days] == [8, 6, 4]


def test_an_amendment_without_a_day_is_noted_and_not_applied() -> None:
    undated = contract("A1", "amendment", "M", effective_on=None)
    base = promise("S", "resolution_time", P1, "P1")
    change = promise("A1", "resolution_time", {"within": "PT6H", "priority": "P1"}, "P1")
    found = only(resolve([MASTER, SCHEDULE, undated], [base, change]))
    assert len(found.terms) == 1
    assert "A1 changes this promise, but from when on is not known; not applied." in found.notes


def test_an_amendment_can_add_a_promise() -> None:
    added = promise("A1", "resolution_time", {"within": "PT6H", "priority": "P2"}, "P2")
    base = promise("S", "resolution_time", P1, "P1")
    found = resolve([MASTER, SCHEDULE, AMENDMENT], [base, added])
    assert [o.key for o in found] == ["P1", "P2"]
    assert found[1].in_force(date(2026, 6, 30)) is None
    assert found[1].in_force(date(2026, 7, 1)) is not None
    assert found[1].governs == ("A1", "M", "S")


def test_an_amendment_of_a_statement_of_work_leaves_the_master_alone() -> None:
    of_sow = contract("A1", "amendment", "W", effective_on="2026-07-01")
    base = promise("M", "payment_due", {"within": "P30D", "starts": "invoice_date"})
    own = promise("W", "payment_due", {"within": "P45D", "starts": "invoice_date"}, departs_from="clause 5")
    change = promise("A1", "payment_due", {"within": "P60D"})
    found = {o.contract: o for o in resolve([MASTER, SOW, of_sow], [base, own, change])}
    assert len(found["M"].terms) == 1
    assert [str(d.terms.within) for d in found["W"].terms if isinstance(d.terms, PaymentDue)] == [
        "P45D",
        "P60D",
    ]
    assert found["W"].governs == ("A1", "W")


def test_what_replaces_each_other_does_not_join() -> None:
    before = PaymentDue(within="P30D", starts="invoice_receipt", clock="calendar")
    after = inherited(before, PaymentDue(day=10))
    assert after == PaymentDue(day=10, starts="invoice_receipt", clock="calendar")
    assert inherited(Term(within="P36M", starts_on=date(2024, 3, 1)), Term(due_on=date(2028, 1, 1))) == Term(
        due_on=date(2028, 1, 1), starts_on=date(2024, 3, 1)
    )


def test_review_and_confidence_are_those_of_the_weaker_part() -> None:
    base = promise("S", "resolution_time", P1, "P1", confidence=0.9)
    change = promise(
        "A1", "resolution_time", {"within": "PT6H", "priority": "P1"}, "P1", review="proposed", confidence=0.5
    )
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT], [base, change]))
    assert (found.review, found.confidence) == (Review.PROPOSED, 0.5)


def test_rejected_and_superseded_promises_are_left_out() -> None:
    base = promise("S", "resolution_time", P1, "P1")
    change = promise("A1", "resolution_time", {"within": "PT6H"}, "P1", review="rejected")
    old = promise("S", "resolution_time", P1, "P2", review="superseded")
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT], [base, change, old]))
    assert len(found.terms) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("P1", "Severity 1", True),
        ("priority-1", "P1", True),
        ("Sev 2", "P1", False),
        ("The Order Platform", "order  platform", True),
        ("Order Platform", "Mail", False),
        ("P1", "P10", False),
    ],
)
def test_keys_are_compared_by_meaning(one: str, other: str, same: bool) -> None:
    assert (normal_key(one) == normal_key(other)) is same


def test_a_promise_without_a_key_is_meant_when_it_is_the_only_one() -> None:
    p1, p2 = (promise("S", "resolution_time", P1, key) for key in ("P1", "P2"))
    loose = promise("A1", "resolution_time", P1)
    assert counterpart(loose, [p1]) is p1
    assert counterpart(loose, [p1, p2]) is None
    paid = promise("M", "payment_due", {"within": "P30D"}, "invoices")
    assert counterpart(promise("W", "payment_due", {"within": "P45D"}, "SOW invoices"), [paid]) is paid


def test_the_stronger_document_prevails_and_says_over_what() -> None:
    of_master = promise("M", "resolution_time", P1, "P1")
    of_schedule = promise("S", "resolution_time", {**P1, "within": "PT6H"}, "P1")
    found = only(resolve([MASTER, SCHEDULE], [of_schedule, of_master]))
    assert found.contract == "M"
    assert "M prevails over S by the order of precedence." in found.notes
    schedules_first = contract("M", "master", precedence=["schedule", "master"])
    assert only(resolve([schedules_first, SCHEDULE], [of_schedule, of_master])).contract == "S"


def test_where_nothing_decides_each_keeps_its_terms_and_cites_the_other() -> None:
    other = contract("T", "schedule", "M")
    longer = {**P1, "within": "PT9H"}
    read = [promise("S", "resolution_time", P1), promise("T", "resolution_time", longer)]
    found = resolve([MASTER, SCHEDULE, other], read)
    assert [(o.contract, len(o.terms), [s.quote for s in o.terms[0].basis]) for o in found] == [
        ("S", 1, ["T resolution_time"]),
        ("T", 1, ["S resolution_time"]),
    ]


def test_an_order_of_precedence_stated_below_the_top_holds_for_the_whole_tree() -> None:
    annex = contract("S", "schedule", "M", precedence=["schedule", "master"])
    strong = promise("S", "resolution_time", {**P1, "within": "PT6H"}, "P1")
    weak = promise("M", "resolution_time", P1, "P1")
    assert only(resolve([MASTER, annex], [weak, strong])).contract == "S"
    assert only(resolve([MASTER, SCHEDULE], [weak, strong])).contract == "M"


def test_two_promises_of_one_document_both_stand() -> None:
    one = promise("M", "payment_due", {"within": "P30D"}, "invoices", id="1")
    two = promise("M", "payment_due", {"within": "P10D"}, "invoices", id="2")
    assert [o.id for o in resolve([MASTER], [one, two])] == ["1", "2"]


def test_a_clause_and_a_table_that_agree_are_one_promise() -> None:
    clause = promise("S", "resolution_time", {"within": "PT8H", "priority": "P1"}, "Severity 1", id="clause")
    table = promise(
        "S", "resolution_time", {**P1, "workaround_counts": "true"}, "P1", id="table", confidence=0.8
    )
    found = only(resolve([MASTER, SCHEDULE], [clause, table]))
    assert found.terms[0].terms == ResolutionTime(
        within="PT8H",
        priority="P1",
        clock="calendar",
        pauses_on=("awaiting_customer",),
        workaround_counts=True,
    )
    assert found.terms[0].span.quote == "S resolution_time Severity 1"
    assert [span.quote for span in found.terms[0].basis] == ["S resolution_time P1"]
    assert (found.confidence, found.review) == (0.8, Review.APPROVED)
    proposed = table.model_copy(update={"review": Review.PROPOSED})
    assert only(resolve([MASTER, SCHEDULE], [clause, proposed])).review is Review.PROPOSED
    assert only(resolve([MASTER, SCHEDULE], [proposed, clause])).review is Review.PROPOSED


def test_a_day_that_only_one_of_two_statements_names_is_that_of_both() -> None:
    clause = promise("S", "resolution_time", P1, "P1", id="clause")
    table = promise("S", "resolution_time", P1, "P1", id="table")
    dated = table.model_copy(
        update={"terms": (table.terms[0].model_copy(update={"from_on": date(2026, 5, 1)}),)}
    )
    for read in ([clause, dated], [dated, clause]):
        found = only(resolve([MASTER, SCHEDULE], read))
        assert [each.from_on for each in found.terms] == [date(2026, 5, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**P1}, {**P1, "within": "PT6H"}),
        ({**P1}, {**P1, "service": "Order Platform"}),
    ],
    ids=["another time", "one service and all"],
)
def test_statements_that_differ_all_stand(one: dict[str, Any], other: dict[str, Any]) -> None:
    read = [
        promise("S", "resolution_time", one, "P1", id="1"),
        promise("S", "resolution_time", other, "P1", id="2"),
    ]
    assert len(resolve([MASTER, SCHEDULE], read)) == 2


def _tiers(found: Obligation, on: date) -> list[tuple[str, str]]:
    dated = found.in_force(on)
    assert dated is not None
    assert isinstance(dated.terms, ServiceCredit)
    return sorted((str(tier.below), str(tier.percent)) for tier in dated.terms.tiers)


def test_tiers_read_row_by_row_are_one_credit_and_one_can_be_amended() -> None:
    rows = [("99.9", "99.5", "5"), ("99.5", "99.0", "10"), ("99.0", None, "20")]
    read = []
    for number, (below, floor, percent) in enumerate(rows):
        tier = {"below": below, "percent": percent} | ({"at_least": floor} if floor else {})
        read.append(promise("S", "service_credit", {"tiers": [tier]}, "Shop", id=f"row {number}"))
    change = {"tiers": [{"below": "99.5", "at_least": "99.0", "percent": "15"}]}
    read.append(promise("A1", "service_credit", change, "Shop"))
    found = only(resolve([MASTER, SCHEDULE, AMENDMENT], read))
    assert _tiers(found, date(2026, 6, 30)) == [("99.0", "20"), ("99.5", "10"), ("99.9", "5")]
    assert _tiers(found, date(2026, 7, 1)) == [("99.0", "20"), ("99.5", "15"), ("99.9", "5")]


STRICT = contract("M", "master", precedence=["amendment", "master", "schedule", "sow"])


def _paid(sow_words: dict[str, Any], master: Contract) -> dict[str, Obligation]:
    base = promise("M", "payment_due", {"within": "P30D", "starts": "invoice_date"})
    own = promise("W", "payment_due", {"within": "P45D", "starts": "invoice_date"}, **sow_words)
    return {o.contract: o for o in resolve([master, SCHEDULE, SOW], [base, own])}


def test_a_statement_of_work_that_departs_expressly_governs_its_own_records_only() -> None:
    for words in ({"departs_from": "clause 5.2"}, {"quote": "Notwithstanding clause 5.2, within 45 days"}):
        found = _paid(words, STRICT)
        assert found["W"].governs == ("W",)
        assert found["W"].unassigned == "ignored"
        assert found["M"].governs == ("M", "S")
        assert any("W states its own terms" in note for note in found["M"].notes)


def test_a_statement_of_work_that_may_not_depart_does_not() -> None:
    found = _paid({}, STRICT)
    assert set(found) == {"M"}
    assert found["M"].governs == ("M", "S", "W")
    assert "W says otherwise, but M prevails over it." in found["M"].notes


def test_where_no_order_is_stated_the_narrower_document_prevails_and_says_so() -> None:
    found = _paid({}, MASTER)
    assert found["M"].governs == ("M", "S")
    assert any("no order of precedence is stated" in note for note in found["W"].notes)


def test_where_the_order_puts_statements_of_work_first() -> None:
    found = _paid({}, contract("M", "master", precedence=["sow", "master"]))
    assert any("the order of precedence puts it first" in note for note in found["W"].notes)


def test_a_statement_of_work_has_its_own_term_beside_the_agreement() -> None:
    agreement = promise("M", "term", {"within": "P36M"})
    own = promise("W", "term", {"due_on": "2027-03-31"})
    found = {o.contract: o for o in resolve([STRICT, SOW], [agreement, own])}
    assert set(found) == {"M", "W"}
    assert (found["M"].ends_on, found["W"].ends_on) == (date(2027, 2, 28), date(2027, 3, 31))
    assert (found["M"].starts_on, found["W"].starts_on) == (date(2024, 3, 1), date(2026, 4, 1))


# covers: §6 cycle guard
def test_a_circle_of_parents_is_refused_by_name() -> None:
    circle = [contract("A", "master", "B"), contract("B", "schedule", "C"), contract("C", "schedule", "A")]
    with pytest.raises(CascadeError, match="A -> B -> C -> A") as raised:
        resolve(circle, [])
    assert "parent" in raised.value.remedy


def test_a_circle_further_up_is_refused_too() -> None:
    circle = [contract("D", "schedule", "A"), contract("A", "master", "B"), contract("B", "schedule", "A")]
    with pytest.raises(CascadeError, match="contract D is above itself: D -> A -> B -> A"):
        resolve(circle, [])


def test_a_parent_that_is_not_there_makes_no_difference() -> None:
    lone = contract("S", "schedule", "gone")
    found = only(resolve([lone], [promise("S", "resolution_time", P1, "P1")]))
    assert found.governs == ("S",)


def test_an_obligation_of_an_unknown_contract_passes_unchanged() -> None:
    stray = promise("X", "resolution_time", P1, "P1")
    assert resolve([MASTER], [stray]) == (stray,)


def test_sides_and_zone_come_from_the_contracts_above() -> None:
    bare = contract("S", "schedule", "M", us=None, counterparty=None, zone=None, effective_on=None)
    given = promise("S", "resolution_time", P1, "P1", debtor="vendor", creditor=None)
    found = only(resolve([MASTER, bare], [given]))
    assert (found.us, found.counterparty, found.debtor, found.creditor) == ("us", "vendor", "vendor", "us")
    assert (found.zone, found.starts_on, found.we_owe) == ("Europe/Berlin", date(2024, 3, 1), False)
    owed = promise("S", "resolution_time", P1, "P1", debtor=None, creditor="vendor")
    found = only(resolve([MASTER, bare], [owed]))
    assert (found.debtor, found.creditor, found.we_owe) == ("us", "vendor", True)


def test_a_contract_that_renews_by_itself_has_no_last_day() -> None:
    term = promise("M", "term", {"within": "P36M"})
    for automatic, ends_on in (("true", None), ("false", date(2027, 2, 28))):
        renewal = promise("M", "renewal", {"within": "P12M", "automatic": automatic})
        found = {o.kind: o for o in resolve([MASTER], [term, renewal])}
        assert found["term"].ends_on == ends_on


def test_renewal_and_notice_are_bound_to_the_term_and_to_each_other() -> None:
    read = [
        promise("M", "term", {"within": "P36M"}),
        promise("M", "renewal", {"within": "P12M", "automatic": "true"}),
        promise("M", "renewal_notice", {"within": "P90D"}),
        promise("S", "response_time", {"within": "P2D", "clock": "business", "calendar": "bavaria"}),
    ]
    found = {o.kind: o for o in resolve([MASTER, SCHEDULE], read)}
    notice, renewal = found["renewal_notice"].terms[0], found["renewal"].terms[0]
    assert isinstance(notice.terms, RenewalNotice)
    assert isinstance(renewal.terms, Renewal)
    assert notice.terms.initial == Term(within="P36M", starts_on=date(2024, 3, 1)) == renewal.terms.initial
    assert notice.terms.renewal == Renewal(within="P12M", automatic=True)
    assert notice.terms.calendar == READER.calendars["bavaria"]
    assert renewal.terms.notice is not None
    assert str(renewal.terms.notice.within) == "P90D"
    assert {span.quote for span in notice.basis} >= {"M term", "M renewal"}


def test_of_two_renewals_each_cites_the_term_and_not_the_other() -> None:
    read = [
        promise("M", "term", {"within": "P36M"}),
        promise("M", "renewal", {"within": "P12M", "automatic": "true"}, "maintenance"),
        promise("M", "renewal", {"within": "P6M", "automatic": "true"}, "licences"),
    ]
    found = {o.key: o.terms[0].basis for o in resolve([MASTER], read) if o.kind == "renewal"}
    assert {key: [s.quote for s in basis] for key, basis in found.items()} == {
        "maintenance": ["M term"],
        "licences": ["M term"],
    }


def test_without_a_clause_the_contract_record_gives_the_end() -> None:
    recorded = contract("M", "master", expires_on="2026-12-31")
    found = only(resolve([recorded], [promise("M", "renewal_notice", {"within": "P60D"})]))
    terms = found.terms[0].terms
    assert isinstance(terms, RenewalNotice)
    assert terms.initial == Term(due_on=date(2026, 12, 31), starts_on=date(2024, 3, 1))
    assert any("that of the contract record" in note for note in found.notes)


CREDIT = {"base": {"currency": "EUR", "amount": "100"}, "tiers": [{"below": "99.9", "percent": "5"}]}


# covers: §6 cascade recompute with lineage
def test_a_credit_follows_the_level_it_hangs_on_through_its_amendments() -> None:
    read = [
        promise("S", "availability", {"percent": "99.9", "service": "Shop"}, "Shop"),
        promise("S", "availability", {"percent": "99.0", "service": "Mail"}, "Mail"),
        promise("S", "service_credit", CREDIT, "shop"),
        promise("A1", "availability", {"percent": "99.95", "service": "Shop"}, "Shop"),
    ]
    found = {(o.kind, o.key): o for o in resolve([MASTER, SCHEDULE, AMENDMENT], read)}
    series = found["service_credit", "shop"].terms
    assert [d.from_on for d in series] == [None, date(2026, 7, 1)]
    bound = [d.terms.level for d in series if isinstance(d.terms, ServiceCredit)]
    levels = [level for level in bound if isinstance(level, Availability)]
    assert [str(level.percent) for level in levels] == ["99.9", "99.95"]
    assert [level.zone for level in levels] == ["Europe/Berlin", "Europe/Berlin"]
    assert "A1 availability Shop" in {span.quote for span in series[1].basis}


def test_a_credit_with_two_levels_to_choose_from_is_bound_to_none() -> None:
    read = [
        promise("S", "availability", {"percent": "99.9"}, "Shop"),
        promise("S", "availability", {"percent": "99.0"}, "Mail"),
        promise("S", "service_credit", CREDIT, "platform"),
    ]
    credit = next(o for o in resolve([MASTER, SCHEDULE], read) if o.kind == "service_credit")
    assert isinstance(credit.terms[0].terms, ServiceCredit)
    assert credit.terms[0].terms.level is None


def test_a_charge_stated_once_serves_the_other_credits() -> None:
    bare = {"tiers": CREDIT["tiers"]}
    read = [
        promise("S", "availability", {"percent": "99.9"}, "Shop"),
        promise("S", "service_credit", CREDIT, "Shop"),
        promise("S", "service_credit", bare, "Mail"),
    ]
    found = {o.key: o for o in resolve([MASTER, SCHEDULE], read) if o.kind == "service_credit"}
    terms = found["Mail"].terms[0].terms
    assert isinstance(terms, ServiceCredit)
    assert str(terms.base) == "EUR 100.00"
    assert {s.quote for s in found["Mail"].terms[0].basis} == {"S availability Shop", "S service_credit Shop"}


MONTHLY = {"report": "report", "every": "month", "within": "P5D", "clock": "business"}


def _calendar_of(report: Obligation) -> str | None:
    terms = report.terms[0].terms
    assert isinstance(terms, Reporting)
    return terms.calendar.name if terms.calendar else None


def test_business_days_come_from_the_clauses_that_agree_on_them() -> None:
    support = {"within": "PT10H", "clock": "business", "calendar": "support"}
    read = [
        promise("M", "reporting", MONTHLY),
        promise("S", "resolution_time", support, "P2"),
        promise("S", "response_time", {"within": "P2D", "clock": "business", "calendar": "bavaria"}, "P9"),
    ]
    report = resolve([MASTER, SCHEDULE], read)[0]
    assert _calendar_of(report) == "bavaria"
    assert any("states no calendar here" in note for note in report.notes)
    terms = report.terms[0].terms
    assert isinstance(terms, Reporting)
    assert terms.starts_on == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("terms", "calendar"),
    [
        ({"recurrence": {"every": "month", "business_day": "1"}}, "bavaria"),
        ({"recurrence": {"every": "month", "day": "1"}}, None),
        ({"every": "once", "within": "P5D", "clock": "business"}, "bavaria"),
        ({"every": "once", "within": "P5D"}, None),
        ({"every": "once", "within": "P5D", "clock": "business", "calendar": "hamburg"}, "hamburg"),
    ],
)
def test_a_duty_takes_the_business_days_that_it_counts(terms: dict[str, Any], calendar: str | None) -> None:
    answer = {"within": "P2D", "clock": "business", "calendar": "bavaria"}
    read = [promise("M", "duty", {"what": "test", **terms}), promise("S", "response_time", answer, "P9")]
    found = resolve([MASTER, SCHEDULE], read)[0].terms[0].terms
    assert isinstance(found, Duty)
    assert (found.calendar.name if found.calendar else None) == calendar


def test_every_promise_knows_the_time_to_cure_of_its_agreement() -> None:
    read = [promise("M", "resolution_time", P1, "P1"), promise("M", "cure_period", {"within": "P30D"})]
    found = {o.kind: o.cure for o in resolve([MASTER], read)}["resolution_time"]
    assert isinstance(found, CurePeriod)
    assert str(found.within) == "P30D"


def test_business_days_are_left_open_where_the_clauses_disagree() -> None:
    read = [
        promise("M", "reporting", MONTHLY),
        promise("S", "response_time", {"within": "P2D", "clock": "business", "calendar": "bavaria"}, "P1"),
        promise("S", "response_time", {"within": "P2D", "clock": "business", "calendar": "hamburg"}, "P2"),
    ]
    assert _calendar_of(resolve([MASTER, SCHEDULE], read)[0]) is None


def test_business_hours_are_not_taken_from_business_days() -> None:
    read = [
        promise("S", "response_time", {"within": "PT4H", "clock": "business"}, "P2"),
        promise("M", "reporting", {**MONTHLY, "calendar": "bavaria"}),
    ]
    terms = resolve([MASTER, SCHEDULE], read)[0].terms[0].terms
    assert getattr(terms, "calendar", None) is None


def test_a_level_takes_its_zone_from_the_contract_through_the_obligation() -> None:
    found = only(resolve([MASTER], [promise("M", "availability", {"percent": "99.9"})]))
    assert isinstance(found.terms[0].terms, Availability)
    assert found.zone == "Europe/Berlin"


def test_records_without_a_contract_are_unclear_between_two_contracts_at_the_same_time() -> None:
    one = promise("M", "payment_due", {"within": "P30D"})
    two = promise("N", "payment_due", {"within": "P60D"})
    together = resolve([MASTER, contract("N")], [one, two])
    assert [o.unassigned for o in together] == ["unclear", "unclear"]
    ended = promise("M", "term", {"due_on": "2025-12-31"})
    later = contract("N", effective_on="2026-01-01")
    after = {o.id: o for o in resolve([MASTER, later], [one, two, ended])}
    assert [after[o.id].unassigned for o in (one, two)] == ["counts", "counts"]
    stranger = contract("N", counterparty="somebody")
    apart = resolve([MASTER, stranger], [one, two])
    assert [o.unassigned for o in apart] == ["counts", "counts"]


def test_resolving_the_world_twice_or_in_any_order_gives_the_same() -> None:
    content = load("world")
    reader = reader_of(content)
    contracts = contracts_of(content)
    read = [reader.obligation(spec) for spec in content["obligations"]]
    once = resolve(contracts, read)
    assert resolve(contracts, once) == once
    shuffled = list(read)
    random.Random(7).shuffle(shuffled)
    again = {o.id: o for o in resolve(contracts, shuffled)}
    assert again == {o.id: o for o in once}
