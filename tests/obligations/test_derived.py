"""What is derived: sums and shares by hand, from assessments that a reader can count."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from obligations import derived
from obligations.derived import AREAS, RenewalWeights, ScorecardWeights
from obligations.facts import Credit, Fact, Notice, Source
from obligations.model import Assessment, Contract, DatedTerms, Life, Obligation, Occurrence, Outcome, Step
from obligations.quantities import Money
from obligations.terms import CLASSES, KINDS
from tests.obligations.golden_cases import LONG_KNOWN, span

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
TERMS: dict[str, dict[str, Any]] = {
    "resolution_time": {"within": "PT4H"},
    "availability": {"percent": "99.9"},
    "reporting": {"every": "month"},
    "service_credit": {"tiers": [{"below": "99.9", "percent": "10"}]},
    "payment_due": {"within": "P30D"},
    "fee": {"amount": "100", "currency": "EUR", "per": "month"},
    "renewal": {"within": "P1Y", "automatic": True},
    "renewal_notice": {"within": "P90D"},
    "term": {"due_on": "2026-12-20"},
}
MET, BREACHED, PENDING = Outcome.MET, Outcome.BREACHED, Outcome.PENDING


def promise(kind: str, debtor: str = "vendor", **more: Any) -> Obligation:
    terms = CLASSES[kind](**more.pop("terms", TERMS[kind]))
    dated = DatedTerms(terms=terms, span=span("IC-1", kind), contract="IC-1")
    return Obligation(
        id=f"IC-1/{kind}", contract="IC-1", kind=kind, debtor=debtor, terms=(dated,), us="us", **more
    ).model_copy(update={"creditor": "us" if debtor != "us" else "vendor"})


def judged(
    kind: str, outcome: Outcome, on: str, debtor: str = "vendor", **more: Any
) -> tuple[Assessment, Obligation]:
    """One assessment that counts on a day; `due` makes it due at the end of another."""
    due, modality = more.pop("due", None), more.pop("modality", "duty")
    occurrence = Occurrence(
        key=f"{kind}-{on}-{more.pop('n', 1)}",
        label=on,
        counts_on=date.fromisoformat(on),
        due_at=datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None,
    )
    if outcome is Outcome.UNDETERMINED:
        more["missing"] = ("a record",)
    assessment = Assessment(
        id=f"as-{occurrence.key}", obligation=f"IC-1/{kind}", contract="IC-1", kind=kind,
        occurrence=occurrence, outcome=outcome, as_of=NOW, known_at=NOW, summary=f"{kind} {on}", **more,
    )  # fmt: skip
    return assessment, promise(kind, debtor, modality=modality)


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


def test_every_kind_belongs_to_an_area() -> None:
    assert set(KINDS) <= set(AREAS)


def test_a_score_is_the_mean_of_areas_and_an_area_the_mean_of_its_kinds() -> None:
    tickets = [judged("resolution_time", MET, "2026-10-05", n=n) for n in range(9)]
    missed = judged("resolution_time", BREACHED, "2026-10-06")
    level = judged("availability", BREACHED, "2026-10-31")
    reports = [judged("reporting", MET, "2026-10-07"), judged("reporting", MET, "2026-10-31")]
    card = derived.scorecard("vendor", [*tickets, missed, level, *reports], OCTOBER)
    by_area = {area.area: area for area in card.areas}
    # Tickets 9 of 10 and the level 0 of 1 make 45 %; reports are all in: (45 + 100) / 2.
    assert by_area["service"].share == Decimal("0.45")
    assert by_area["duties"].share == 1
    assert (card.score, card.grade, card.coverage) == (Decimal("72.5"), "D", 1)
    assert by_area["service"].kinds[0].assessments == tuple(a.id for a, _ in [*tickets, missed])


def test_weights_move_the_score_and_zero_leaves_an_area_out() -> None:
    found = [judged("availability", BREACHED, "2026-10-31"), judged("reporting", MET, "2026-10-07")]
    three_to_one = ScorecardWeights(areas={"service": Decimal(1), "duties": Decimal(3)})
    none = ScorecardWeights(areas={"service": Decimal(0)})
    assert derived.scorecard("vendor", found, OCTOBER, weights=three_to_one).score == 75
    assert derived.scorecard("vendor", found, OCTOBER, weights=none).score == 100


def test_what_is_undetermined_lowers_the_coverage_and_not_the_score() -> None:
    found = [judged("reporting", MET, "2026-10-07"), judged("reporting", Outcome.UNDETERMINED, "2026-10-08")]
    card = derived.scorecard("vendor", found, OCTOBER)
    assert (card.score, card.coverage) == (100, Decimal("0.5"))


def test_only_decided_occurrences_of_the_side_and_period_count() -> None:
    found = [
        judged("reporting", MET, "2026-10-01"),
        judged("reporting", BREACHED, "2026-09-30"),
        judged("reporting", BREACHED, "2026-11-01"),
        judged("reporting", BREACHED, "2026-10-02", debtor="us"),
        judged("reporting", BREACHED, "2026-10-03", modality="right"),
        judged("reporting", PENDING, "2026-10-04"),
        judged("reporting", Outcome.WAIVED, "2026-10-05"),
    ]
    theirs = derived.scorecard("vendor", found, OCTOBER)
    ours = derived.scorecard("vendor", found, OCTOBER, "ours")
    assert (theirs.score, ours.score) == (100, 0)
    assert theirs.areas[0].kinds[0].waived == 1
    # September is 30 days and October 31: the period before begins on 31 August.
    assert (theirs.previous, theirs.change) == (0, 100)


def test_a_cured_breach_counts_half_and_a_disputed_one_is_numbered() -> None:
    found = [
        judged("reporting", BREACHED, "2026-10-01", aftermath="cured"),
        judged("reporting", BREACHED, "2026-10-02", aftermath="disputed"),
    ]
    card = derived.scorecard("vendor", found, OCTOBER)
    kind = card.areas[0].kinds[0]
    assert (kind.share, kind.cured, kind.disputed, kind.breached) == (Decimal("0.25"), 1, 1, 2)
    full = derived.scorecard("vendor", found, OCTOBER, weights=ScorecardWeights(cured=Decimal(1)))
    assert full.score == 50


def test_nothing_decided_has_no_score_and_no_grade() -> None:
    card = derived.scorecard("vendor", [judged("reporting", PENDING, "2026-10-04")], OCTOBER)
    assert (card.score, card.grade, card.coverage, card.change) == (None, "", None, None)


@pytest.mark.parametrize(
    ("score", "grade"), [("95", "A"), ("94.99", "B"), ("90", "B"), ("80", "C"), ("60", "D"), ("59.9", "E")]
)
def test_grades_begin_at_their_least_score(score: str, grade: str) -> None:
    assert ScorecardWeights().grade(Decimal(score)) == grade


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"areas": {"agreement": 1}}, "areas.agreement"),
        ({"areas": dict.fromkeys(derived.SCORED, 0)}, "at least one area"),
        ({"areas": {"service": -1}}, "greater than or equal to 0"),
        ({"grades": [["B", 80], ["A", 90]]}, "must fall"),
        ({"cured": 2}, "less than or equal to 1"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ScorecardWeights.model_validate(weights)


def test_days_of_the_renewal_view_must_rise() -> None:
    with pytest.raises(ValidationError, match="days must rise"):
        RenewalWeights.model_validate({"undecided": [[90, 10], [30, 50]]})
    with pytest.raises(ValidationError, match="must not exceed"):
        RenewalWeights.model_validate({"likely_from": 30, "unlikely_below": 40})


def test_money_is_summed_by_meaning_side_and_currency() -> None:
    usd = Money(amount=Decimal(7), currency="USD")
    found = [
        judged("service_credit", BREACHED, "2026-10-01", money=eur("100"), money_is="credit_owed"),
        judged("service_credit", PENDING, "2026-10-02", money=eur("50"), money_is="credit_owed"),
        judged("service_credit", PENDING, "2026-10-03", money=usd, money_is="credit_owed"),
        judged("payment_due", PENDING, "2026-10-04", debtor="us", money=eur("900"), money_is="amount_due"),
        judged("service_credit", MET, "2026-10-05", money=eur("5"), money_is="credit_received"),
        judged("payment_due", PENDING, "2026-10-06", money=eur("0"), money_is="amount_due"),
    ]
    lines = {(m.money_is, m.to, str(m.amount)): m.assessments for m in derived.at_stake(found)}
    assert set(lines) == {
        ("amount_due", "them", "EUR 900.00"),
        ("credit_owed", "us", "EUR 150.00"),
        ("credit_owed", "us", "USD 7.00"),
    }
    assert lines["credit_owed", "us", "EUR 150.00"] == (found[0][0].id, found[1][0].id)


def test_what_was_billed_too_much_goes_back_to_the_payer_and_counts_against_the_biller() -> None:
    fee = judged("fee", BREACHED, "2026-10-05", debtor="us", money=eur("40"), money_is="overcharged")
    paid = judged("payment_due", MET, "2026-10-06", debtor="us", money=eur("9"), money_is="overcharged")
    assert [(m.to, str(m.amount)) for m in derived.at_stake([fee])] == [("us", "EUR 40.00")]
    card = derived.scorecard("vendor", [fee, paid], OCTOBER)
    assert [(area.area, area.share) for area in card.areas] == [("prices", 0)]
    ours = derived.scorecard("vendor", [fee, paid], OCTOBER, "ours")
    assert [(area.area, area.share) for area in ours.areas] == [("payment", 1)]
    assert [(m.to, str(m.amount)) for m in ours.money] == [("us", "EUR 9.00")]


def test_the_outlook_lists_what_is_open_and_what_begins_later() -> None:
    until = NOW + timedelta(days=30)
    now = [
        judged("reporting", PENDING, "2026-11-12", due="2026-11-12"),
        judged("reporting", MET, "2026-11-13", due="2026-11-13"),
        judged("reporting", PENDING, "2026-12-20", due="2026-12-20"),
        judged("payment_due", BREACHED, "2026-11-14", due="2026-11-14"),
    ]
    then = [
        judged("reporting", BREACHED, "2026-11-12", due="2026-11-12"),
        judged("reporting", BREACHED, "2026-11-30", due="2026-11-30", money=eur("1"), money_is="damages"),
        judged("reporting", MET, "2026-12-01", due="2026-12-01"),
        judged("reporting", PENDING, "2026-12-11", due="2026-12-11"),
    ]
    found = derived.outlook(now, then, (NOW, until))
    assert [(u.assessment.occurrence.label, u.begun, str(u.at_stake or "")) for u in found] == [
        ("2026-11-12", True, ""),
        ("2026-11-30", False, "EUR 1.00"),
    ]
    assert {u.by for u in found} == {"them"}


def test_the_outlook_says_who_has_to_act() -> None:
    due = "2026-11-20"
    claimed = (Step(rule="service_credit.claimed", says="claimed"),)
    credit = {"tiers": [{"below": "99.9", "percent": "10"}], "claim_within": "P30D"}
    waits = (judged("service_credit", PENDING, due, due=due)[0], promise("service_credit", terms=credit))
    asked = judged("service_credit", PENDING, due, n=2, due=due, trail=claimed)[0]
    found = [
        judged("reporting", PENDING, due, due=due),
        judged("payment_due", PENDING, due, due=due, debtor="us"),
        judged("reporting", PENDING, due, n=2, due=due, modality="right"),
        judged("renewal_notice", PENDING, due, due=due),
        judged("renewal", PENDING, due, due=due),
        waits,
        (asked, waits[1]),
    ]
    by = {u.assessment.id: u.by for u in derived.outlook(found, [], (NOW, NOW + timedelta(days=30)))}
    assert [by[a.id] for a, _ in found] == ["them", "us", "us", "us", "", "us", "them"]


def test_a_statement_cites_the_clause_that_was_judged_by() -> None:
    first, second, gone = (span("IC-1", quote) for quote in ("monthly", "by the fifth", "deleted"))
    terms = CLASSES["reporting"](every="month")
    series = [
        DatedTerms(terms=terms, span=first, contract="IC-1"),
        DatedTerms(from_on=date(2026, 7, 1), terms=terms, span=second, contract="A-1"),
        DatedTerms(from_on=date(2026, 11, 1), terms=terms, span=gone, contract="A-2", deleted=True),
    ]
    promised = promise("reporting").model_copy(update={"terms": tuple(series)})
    steps = (Step(rule="reporting.terms", says="monthly", spans=(second,)),)
    # Due after the clause was deleted, judged by the one in force when its time began.
    late = judged("reporting", BREACHED, "2026-11-05", trail=steps)[0]
    made = derived.statement("vendor", [(late, promised)], [], (date(2026, 11, 1), date(2026, 11, 30)))
    assert made.lines[0].clause == second


CONTRACT = Contract(id="IC-1", title="Services", type="msa")


def test_a_renewal_view_adds_up_its_reasons() -> None:
    on = date(2026, 11, 10)
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        judged("renewal_notice", Outcome.AT_RISK, "2026-12-01"),
        *[judged("reporting", MET, "2026-10-01", n=n) for n in range(8)],
        *[judged("reporting", BREACHED, "2026-10-02", n=n) for n in range(2)],
        judged("reporting", BREACHED, "2025-11-10"),
    ]
    view = derived.renewal_view(CONTRACT, found, on)
    # 75 to start, 80 % kept against 90 % expected: -10; three broken promises not mended: -9.
    assert [f.points for f in view.likely_because] == [75, -10, -9]
    assert (view.likelihood, view.band) == (56, "open")
    # 21 days to the notice day: 50; ten points under what is expected, twice: 20.
    assert [f.points for f in view.risky_because] == [50, 20]
    assert (view.risk, view.decide_by, view.ends_on) == (70, date(2026, 12, 1), date(2027, 2, 28))
    assert view.likely_because[1].found == "8 of 10 kept in the last year, 90% expected"
    assert len(view.likely_because[1].assessments) == 10


def test_the_last_quarter_is_compared_with_the_days_before() -> None:
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        judged("reporting", MET, "2026-08-12"),
        judged("reporting", BREACHED, "2026-08-11"),
    ]
    view = derived.renewal_view(CONTRACT, found, date(2026, 11, 10))
    assert {f.name: f.points for f in view.likely_because}["trend"] == 50


def test_a_notice_on_record_decides_without_points() -> None:
    found = [judged("renewal", Outcome.NOT_APPLICABLE, "2027-03-01"), judged("reporting", MET, "2026-10-01")]
    view = derived.renewal_view(CONTRACT, found, date(2026, 11, 10))
    assert (view.likelihood, view.band, view.risk) == (0, "unlikely", 0)
    assert [f.name for f in view.likely_because] == ["decided"]


def test_a_notice_day_that_has_passed_decides_without_points() -> None:
    on, missed = date(2026, 12, 5), Outcome.NOT_APPLICABLE
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        judged("renewal_notice", missed, "2026-11-30"),
        judged("reporting", BREACHED, "2026-10-01"),
    ]
    view = derived.renewal_view(CONTRACT, found, on)
    assert (view.likelihood, view.band, view.risk, view.decide_by) == (100, "likely", 0, None)
    assert [f.found for f in view.likely_because] == ["renewal_notice 2026-11-30"]
    # An option that was not taken by its day is gone.
    option = promise("renewal", terms={"within": "P1Y", "automatic": False})
    lapsed = derived.renewal_view(CONTRACT, [(found[0][0], option), found[1]], on)
    assert (lapsed.likelihood, lapsed.band) == (0, "unlikely")
    # So is the agreement after the last renewal there can be.
    over = derived.renewal_view(
        CONTRACT, [(judged("renewal", MET, "2026-03-01")[0], found[0][1]), found[1]], on
    )
    assert over.likelihood == 0


def test_until_the_last_day_of_the_text_the_notice_can_still_be_given() -> None:
    found = [
        judged("renewal", PENDING, "2026-12-15"),
        judged("renewal_notice", Outcome.AT_RISK, "2026-11-13"),
    ]
    view = derived.renewal_view(CONTRACT, found, date(2026, 11, 14))
    assert (view.decide_by, view.risk) == (date(2026, 11, 13), 50)
    assert view.risky_because[0].found.startswith("the day to decide by, 2026-11-13, has passed")


def test_a_statement_of_work_does_not_renew_with_the_agreement_above_it() -> None:
    above = Life(contracts=("MSA",))
    sow = [judged("renewal", PENDING, "2027-04-01"), judged("reporting", MET, "2026-10-01")]
    master = [
        (a, o.model_copy(update={"life": above}))
        for a, o in (
            judged("renewal", PENDING, "2027-03-01"),
            judged("renewal_notice", Outcome.AT_RISK, "2026-12-01"),
        )
    ]
    view = derived.renewal_view(CONTRACT, [*master, *sow], date(2026, 11, 10))
    assert (view.ends_on, view.decide_by) == (date(2027, 3, 31), None)


def test_a_term_that_nothing_follows_ends_on_its_last_day() -> None:
    view = derived.renewal_view(CONTRACT, [judged("term", PENDING, "2026-12-20")], date(2026, 11, 10))
    assert (view.ends_on, view.likelihood, view.band) == (date(2026, 12, 20), None, "unknown")
    over = derived.renewal_view(CONTRACT, [judged("term", MET, "2026-11-09")], date(2026, 11, 10))
    assert over.ends_on is None


def test_a_contract_without_a_renewal_is_unknown() -> None:
    view = derived.renewal_view(CONTRACT, [judged("reporting", MET, "2026-10-01")], date(2026, 11, 10))
    assert (view.likelihood, view.band, view.risk, view.decide_by) == (None, "unknown", None, None)


def test_a_statement_shows_what_was_owed_claimed_and_received() -> None:
    claim, credit = Source(system="erp", record="N1"), Source(system="erp", record="C1")
    facts = [
        Fact(
            id=source.record,
            source=source,
            occurred_at=LONG_KNOWN,
            known_at=LONG_KNOWN,
            party="vendor",
            data=data,
        )
        for source, data in (
            (claim, Notice(subject="claim", effect="claim", sent_on=date(2026, 11, 3))),
            (credit, Credit(number="C1", amount=eur("30"), credited_on=date(2026, 11, 5))),
        )
    ]
    steps = (
        Step(rule="claim", says="claimed", records=(claim,)),
        Step(rule="credit", says="in", records=(credit,)),
    )
    found = [
        judged(
            "service_credit", PENDING, "2026-10-31", money=eur("100"), money_is="credit_owed", trail=steps
        ),
        judged("reporting", Outcome.UNDETERMINED, "2026-10-30"),
        judged("reporting", MET, "2026-09-30"),
    ]
    made = derived.statement("vendor", found, facts, OCTOBER)
    assert [line.promise for line in made.lines] == ["reporting", "service credit"]
    line = made.lines[1]
    assert (line.claimed_on, line.received, line.open, line.to) == (
        date(2026, 11, 3),
        eur("30"),
        eur("70"),
        "us",
    )
    assert line.records == (claim, credit) and line.clause.quote == "service_credit"
    assert made.undetermined == (found[1][0].id,)
    assert [str(total.amount) for total in made.totals] == ["EUR 100.00"]
