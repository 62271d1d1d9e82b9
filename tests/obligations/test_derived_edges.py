"""What is derived, at its edges: first and last days, limits of points, every word of a reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from obligations import derived
from obligations.derived import Factor, RenewalWeights
from obligations.facts import Credit, Fact, Source
from obligations.model import Outcome, Step
from tests.obligations.golden_cases import LONG_KNOWN
from tests.obligations.test_derived import (
    BREACHED,
    CONTRACT,
    MET,
    NOW,
    OCTOBER,
    PENDING,
    eur,
    judged,
)

TODAY = date(2026, 11, 10)


def told(factors: tuple[Factor, ...]) -> list[tuple[str, str, Decimal]]:
    return [(f.name, f.found, f.points) for f in factors]


def test_every_reason_is_told_with_its_points_and_assessments() -> None:
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        judged("renewal_notice", Outcome.AT_RISK, "2026-12-10"),
        *[judged("reporting", MET, "2026-09-01", n=n) for n in range(2)],
        *[judged("reporting", BREACHED, "2026-09-02", n=n, aftermath="disputed") for n in range(2)],
        *[judged("reporting", MET, "2026-05-01", n=n) for n in range(3)],
        judged("reporting", BREACHED, "2026-05-02", aftermath="cured"),
        *[judged("availability", BREACHED, "2025-01-31", n=n) for n in range(4)],
    ]
    view = derived.renewal_view(CONTRACT, found, TODAY)
    # 5 of 8 is 62.5 %: 27.5 points under 90 %. 50 % after 75 %: half of minus 25.
    assert told(view.likely_because) == [
        ("start", "renews by itself", 75),
        ("performance", "5 of 8 kept in the last year, 90% expected", Decimal("-27.5")),
        ("trend", "2 of 4 kept in the last quarter, 3 of 4 in the three before", Decimal("-12.5")),
        ("breaches", "6 broken promises not mended, 5 counted", -15),
        ("disputes", "2 in dispute", -10),
    ]
    assert told(view.risky_because) == [
        ("undecided", "30 days left to decide, until 2026-12-10, or it renews by itself", 50),
        ("performance", "5 of 8 kept in the last year, 90% expected", 55),
    ]
    assert (view.likelihood, view.band, view.risk, view.automatic) == (10, "unlikely", 100, True)
    counts = [len(f.assessments) for f in view.likely_because]
    assert counts == [0, 8, 8, 6, 2]


def test_broken_promises_are_told_without_a_limit_that_they_do_not_reach() -> None:
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        *[judged("availability", BREACHED, "2025-01-31", n=n) for n in range(2)],
    ]
    view = derived.renewal_view(CONTRACT, found, TODAY)
    assert ("breaches", "2 broken promises not mended", -6) in told(view.likely_because)


@pytest.mark.parametrize(
    ("notice", "points"),
    [("2026-11-11", 50), ("2026-12-11", 30), ("2027-02-08", 30), ("2027-02-09", 15), ("2027-05-10", 0)],
)
def test_the_nearer_the_day_to_decide_the_higher_the_risk(notice: str, points: int) -> None:
    found = [judged("renewal", PENDING, "2027-08-01"), judged("renewal_notice", PENDING, notice)]
    view = derived.renewal_view(CONTRACT, found, TODAY)
    assert [(f.name, f.points) for f in view.risky_because] == [("undecided", points)]
    left = (date.fromisoformat(notice) - TODAY).days
    assert view.risky_because[0].found.startswith(f"{left} day{'' if left == 1 else 's'} left to decide")


def test_a_contract_that_renews_by_an_act_bears_no_risk_of_doing_nothing() -> None:
    assessment, obligation = judged("renewal", PENDING, "2027-03-01")
    dated = obligation.terms[0]
    by_act = dated.model_copy(update={"terms": dated.terms.model_copy(update={"automatic": False})})
    found = [
        (assessment, obligation.model_copy(update={"terms": (by_act,)})),
        judged("reporting", BREACHED, "2026-10-01"),
    ]
    view = derived.renewal_view(CONTRACT, found, TODAY)
    assert told(view.likely_because)[0] == ("start", "renews only by an act of the parties", 50)
    assert (view.risk, view.risky_because, view.automatic) == (0, (), False)


def test_the_day_itself_still_counts() -> None:
    found = [
        judged("renewal", PENDING, "2026-11-10"),
        judged("reporting", MET, "2026-11-10"),
        judged("reporting", BREACHED, "2025-11-10"),
        judged("reporting", BREACHED, "2026-11-01", modality="right"),
        judged("reporting", BREACHED, "2026-11-02", debtor="us"),
    ]
    view = derived.renewal_view(CONTRACT, found, TODAY)
    assert view.likely_because[1].found.startswith("1 of 1 kept")
    assert view.ends_on == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("start", "band"), [("70", "likely"), ("69", "open"), ("40", "open"), ("39", "unlikely")]
)
def test_bands_begin_at_their_least_points(start: str, band: str) -> None:
    weights = RenewalWeights(automatic=Decimal(start))
    view = derived.renewal_view(CONTRACT, [judged("renewal", PENDING, "2027-03-01")], TODAY, weights)
    assert (view.band, view.likelihood) == (band, Decimal(start))


def test_a_renewal_that_was_agreed_is_certain_and_says_by_what() -> None:
    renewed = judged("renewal", MET, "2027-03-01")
    view = derived.renewal_view(CONTRACT, [renewed], TODAY)
    assert (view.likelihood, view.band) == (100, "likely")
    assert told(view.likely_because) == [("decided", "renewal 2027-03-01", 100)]
    assert view.likely_because[0].assessments == (renewed[0].id,)


def test_promises_kept_as_expected_add_and_risk_nothing() -> None:
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        *[judged("reporting", MET, "2026-10-01", n=n) for n in range(9)],
        judged("reporting", BREACHED, "2026-10-02"),
    ]
    view = derived.renewal_view(CONTRACT, found, TODAY)
    assert view.likely_because[1].points == 0
    assert view.risky_because == ()
    better = derived.renewal_view(CONTRACT, [*found, judged("reporting", MET, "2026-10-03")], TODAY)
    assert better.likely_because[1].points > 0
    assert better.risky_because == ()


def test_points_for_performance_follow_the_weights() -> None:
    found = [
        judged("renewal", PENDING, "2027-03-01"),
        judged("reporting", MET, "2026-10-01"),
        judged("reporting", BREACHED, "2026-10-02"),
    ]
    double = RenewalWeights(performance=Decimal(2))
    none = RenewalWeights(performance=Decimal(0))
    assert derived.renewal_view(CONTRACT, found, TODAY, double).likely_because[1].points == -80
    # Forty points under, whatever the likelihood makes of them: the risk has a weight of its own.
    assert derived.renewal_view(CONTRACT, found, TODAY, double).risk == 80
    assert derived.renewal_view(CONTRACT, found, TODAY, none).risky_because == ()


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    def previous(*days: str) -> Decimal | None:
        met = judged("reporting", MET, "2026-09-15")
        return derived.scorecard(
            "vendor", [met, *(judged("reporting", BREACHED, day) for day in days)], OCTOBER
        ).previous

    assert previous("2026-08-30", "2026-10-01") == 100
    assert previous("2026-08-31") == 50
    assert previous("2026-09-30") == 50


def test_coverage_counts_breaches_as_decided_and_sides_that_are_not_known_are_numbered() -> None:
    assessment, obligation = judged("reporting", MET, "2026-10-03")
    nobody = (assessment, obligation.model_copy(update={"us": None}))
    found = [
        judged("reporting", BREACHED, "2026-10-01"),
        judged("availability", Outcome.UNDETERMINED, "2026-10-31"),
        nobody,
    ]
    card = derived.scorecard("vendor", found, OCTOBER)
    assert (card.coverage, card.unsided) == (Decimal("0.5"), 1)
    assert [(k.cured, k.disputed) for area in card.areas for k in area.kinds] == [(0, 0), (0, 0)]
    assert card.areas[0].share is None


def test_the_outlook_includes_both_its_ends_and_only_money_that_is_owed() -> None:
    last = NOW + timedelta(days=30)
    now = [
        judged("reporting", PENDING, "2026-11-10", due=NOW.replace(tzinfo=None).isoformat()),
        judged(
            "reporting",
            PENDING,
            "2026-12-10",
            due=last.replace(tzinfo=None).isoformat(),
            money=eur("5"),
            money_is="revenue",
        ),
    ]
    found = derived.outlook(now, [], (NOW, last))
    assert [(u.due_at, u.at_stake) for u in found] == [(NOW, None), (last, None)]


def test_money_that_nobody_owes_has_no_side() -> None:
    revenue = judged("reporting", PENDING, "2026-10-01", money=eur("5"), money_is="revenue")
    card = derived.scorecard("vendor", [revenue], OCTOBER)
    assert [(line.money_is, line.to) for line in card.money] == [("revenue", "")]
    assert derived.at_stake([revenue]) == ()
    made = derived.statement("vendor", [revenue], [], OCTOBER)
    assert made.lines[0].owed is None
    assert made.lines[0].open is None


def test_a_statement_is_in_order_and_adds_up_what_came_in() -> None:
    credits = [Source(system="erp", record=f"C{n}") for n in range(3)]
    facts = [
        Fact(
            id=source.record,
            source=source,
            occurred_at=LONG_KNOWN,
            known_at=LONG_KNOWN,
            party="vendor",
            data=Credit(number=source.record, amount=eur("40"), credited_on=date(2026, 11, 5)),
        )
        for source in credits
    ]
    steps = (Step(rule="credit", says="in", records=tuple(credits)),)
    owed = {"money": eur("100"), "money_is": "credit_owed"}
    found = [
        judged("service_credit", PENDING, "2026-10-31", trail=steps, **owed),
        judged("service_credit", PENDING, "2026-10-01", **owed),
        judged("reporting", MET, "2026-10-20"),
    ]
    made = derived.statement("vendor", found, facts, OCTOBER)
    assert [line.assessment.occurrence.label for line in made.lines] == [
        "2026-10-20",
        "2026-10-01",
        "2026-10-31",
    ]
    paid = made.lines[2]
    assert (paid.received, paid.open) == (eur("120"), eur("0"))
    unpaid = made.lines[1]
    assert (unpaid.received, unpaid.open) == (None, eur("100"))
