"""Two readings of one document: agreed, contested, or found by one alone."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from extraction.model import Change, ContractFacts, Draft, Extraction
from extraction.same_terms import unstated
from extraction.two_readers import ALONE, CONTESTED, INVENTED, SURE, merge
from obligations.document import Document, Span
from obligations.model import Reading
from obligations.terms import Terms

TERMS: TypeAdapter[Any] = TypeAdapter(Terms)
PAY = "The Customer shall pay each invoice within thirty (30) days after receipt."
REPORT = "The Supplier shall send a report within five (5) days after the end of each month."
TABLE = "Below 99.9 %: 5 %. Below 99.5 %: 10 %. Below 99.0 %: 25 %."
RATES = "From 100 units: 2 %. From 500 units: 4 %."
TEXT = "\n".join((PAY, REPORT, TABLE, RATES))
DOCUMENT = Document(id="d", name="d.txt", media_type="text/plain", text=TEXT)
MODEL = Reading(engine="model", version="extract/v4", model="m-1")
EMBEDDED = Reading()


def draft(kind: str, quote: str, *, by: Reading | None = None, sure: float = 0.92, **terms: Any) -> Draft:
    start = TEXT.index(quote)
    span = Span(document_id="d", start=start, end=start + len(quote), quote=quote, section="4")
    typed = TERMS.validate_python({"kind": kind, **terms})
    return Draft(kind=kind, terms=typed, span=span, confidence=sure, reading=by)


def model(kind: str, quote: str, **terms: Any) -> Draft:
    return draft(kind, quote, by=MODEL, sure=1.0, **terms)


def merged(ours: list[Draft], theirs: list[Draft], *, asked: bool = True, **more: Any) -> Extraction:
    read = Extraction(facts=ContractFacts(), drafts=tuple(ours), **more)
    return merge(DOCUMENT, read, theirs, lambda each: asked)


OURS = draft("payment_due", PAY, within="P30D", starts="invoice_receipt")


def test_readers_that_agree_give_one_draft_that_is_surer() -> None:
    theirs = model("payment_due", "within thirty (30) days after receipt", within="P30D")
    (found,) = merged([OURS], [theirs]).drafts
    assert found.terms == OURS.terms
    assert found.span == OURS.span
    assert found.confidence == 0.96
    assert not found.contested
    assert found.reading == Reading(
        engine="embedded and model", version="embedded/v1, extract/v4", model="m-1"
    )


def test_the_model_adds_who_owes_whom_where_the_embedded_reader_does_not_know() -> None:
    theirs = model("payment_due", PAY, within="P30D").model_copy(update={"debtor_role": "Customer"})
    (found,) = merged([OURS], [theirs]).drafts
    assert found.debtor_role == "Customer"


@pytest.mark.parametrize(
    ("terms", "differing"),
    [
        ({"within": "P60D"}, "within"),
        ({"within": "P1M"}, "within"),
        ({"within": "P30D", "starts": "invoice_date"}, "starts"),
        ({"within": "P30D", "clock": "business"}, "clock"),
        ({"within": "P30D", "day": 15}, "day"),
    ],
)
def test_readers_that_differ_send_the_promise_to_a_person_with_both_readings(
    terms: dict[str, Any], differing: str
) -> None:
    theirs = model("payment_due", PAY, **terms)
    (found,) = merged([OURS], [theirs]).drafts
    assert found.contested
    assert found.confidence == CONTESTED
    assert found.terms == OURS.terms
    (note,) = found.notes
    assert f"differ in {differing}" in note
    assert "the embedded reader: within P30D, starts invoice_receipt" in note
    assert f"the model m-1: {next(iter(terms))}" in note


def test_readers_that_differ_in_who_owes_send_it_to_a_person() -> None:
    ours = OURS.model_copy(update={"debtor_role": "the Customer"})
    same = model("payment_due", PAY, within="P30D").model_copy(update={"debtor_role": "“Customer”"})
    other = same.model_copy(update={"debtor_role": "Supplier"})
    assert not merged([ours], [same]).drafts[0].contested
    (found,) = merged([ours], [other]).drafts
    assert found.contested
    assert "owed by Supplier" in found.notes[0]


@pytest.mark.parametrize(
    ("one", "other"), [("P12M", "P1Y"), ("P14D", "P2W"), ("PT60M", "PT1H")], ids=lambda v: str(v)
)
def test_the_same_length_written_otherwise_is_the_same(one: str, other: str) -> None:
    ours = draft("warranty", PAY, within=one)
    assert not merged([ours], [model("warranty", PAY, within=other)]).drafts[0].contested


def test_what_a_text_names_freely_is_no_difference() -> None:
    ours = draft("reporting", REPORT, report="monthly report", every="month", within="P5D")
    theirs = model("reporting", REPORT, report="service report", every="month", within="P5D")
    assert not merged([ours], [theirs]).drafts[0].contested


def test_targets_of_two_priorities_are_two_promises() -> None:
    ours = draft("response_time", PAY, within="PT1H", priority="P1")
    theirs = model("response_time", PAY, within="PT4H", priority="P2")
    found = merged([ours], [theirs]).drafts
    assert [d.terms.priority for d in found] == ["P1", "P2"]
    assert not found[0].contested


def test_readings_that_agree_are_paired_before_those_that_differ() -> None:
    ours = [draft("fee", PAY, amount="100", currency="EUR"), draft("fee", PAY, amount="200", currency="EUR")]
    theirs = [
        model("fee", PAY, amount="200", currency="EUR"),
        model("fee", PAY, amount="100", currency="EUR"),
    ]
    assert [d.contested for d in merged(ours, theirs).drafts] == [False, False]


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("sure", [SURE, SURE - 0.01, 0.4])
def test_what_only_the_embedded_reader_found_waits_where_it_is_not_sure(sure: float, asked: bool) -> None:
    ours = OURS.model_copy(update={"confidence": sure})
    (found,) = merged([ours], [], asked=asked).drafts
    assert found.contested == (asked and sure < SURE)
    assert found.confidence == sure
    assert found.reading is None
    assert ("lists no such promise" in " ".join(found.notes)) == found.contested


def test_what_only_the_model_found_waits_for_a_person() -> None:
    theirs = model("reporting", REPORT, every="month", within="P5D")
    found = merged([OURS], [theirs], asked=False).drafts
    assert [(d.kind, d.contested, d.confidence) for d in found] == [
        ("payment_due", False, 0.92),
        ("reporting", True, ALONE),
    ]
    assert found[1].reading == MODEL
    assert "the embedded reader does not read" in found[1].notes[0]


def test_figures_that_do_not_stand_in_the_quote_are_told() -> None:
    theirs = model("reporting", REPORT, every="month", within="P7D")
    assert unstated(theirs) == ("within",)
    (found,) = merged([], [theirs]).drafts
    assert found.confidence == INVENTED
    assert "do not state within" in found.notes[1]


def test_a_promise_that_the_model_lists_twice_is_one() -> None:
    theirs = model("reporting", REPORT, every="month", within="P5D")
    assert len(merged([], [theirs, theirs]).drafts) == 1


def tier(quote: str, below: str, percent: str, **more: str) -> Draft:
    return model("service_credit", quote, tiers=[{"below": below, "percent": percent, **more}])


ROWS = [
    tier("Below 99.9 %: 5 %.", "99.9", "5"),
    tier("Below 99.5 %: 10 %.", "99.5", "10"),
    tier("Below 99.0 %: 25 %.", "99.0", "25"),
]
CREDIT = draft(
    "service_credit",
    TABLE,
    tiers=[
        {"below": "99.9", "at_least": "99.5", "percent": "5"},
        {"below": "99.5", "at_least": "99", "percent": "10"},
        {"below": "99", "percent": "25"},
    ],
)


def test_tiers_that_the_model_lists_one_by_one_are_one_promise() -> None:
    (found,) = merged([CREDIT], ROWS).drafts
    assert not found.contested
    assert found.confidence == 0.96
    assert found.terms == CREDIT.terms


@pytest.mark.parametrize(
    "rows",
    [ROWS[:2], [*ROWS[:2], tier("Below 99.0 %: 25 %.", "99.0", "20")]],
    ids=["one missing", "one other"],
)
def test_tiers_that_differ_send_the_credit_to_a_person(rows: list[Draft]) -> None:
    (found,) = merged([CREDIT], rows).drafts
    assert found.contested
    assert "differ in tiers" in found.notes[0]


def test_tiers_that_the_model_alone_lists_become_one_promise_over_all_their_words() -> None:
    (found,) = merged([], ROWS).drafts
    assert found.span.quote == TABLE
    assert TEXT[found.span.start : found.span.end] == found.span.quote
    assert [str(t.below) for t in found.terms.tiers] == ["99.9", "99.5", "99.0"]


def step(quote: str, threshold: str, percent: str) -> Draft:
    return model("rebate", quote, threshold=threshold, percent=percent, unit="units", per="year")


def test_overlapping_tiers_are_a_problem_and_no_promise() -> None:
    rows = [step("From 100 units: 2 %.", "100", "2"), step("From 500 units: 4 %.", "100", "4")]
    found = merged([OURS], rows, asked=False)
    assert [d.kind for d in found.drafts] == ["payment_due"]
    (problem,) = found.problems
    assert "contradict each other" in problem.what
    assert problem.place == "4"


def test_volume_steps_written_as_terms_of_their_own_are_tiers() -> None:
    rows = [step("From 100 units: 2 %.", "100", "2"), step("From 500 units: 4 %.", "500", "4")]
    (found,) = merged([], rows).drafts
    assert [(str(t.threshold), str(t.percent)) for t in found.terms.tiers] == [("100", "2"), ("500", "4")]
    ours = draft("rebate", RATES, unit="units", per="year", tiers=[{"threshold": "100", "percent": "2"}])
    (same,) = merged([ours], rows[:1]).drafts
    assert not same.contested


def test_a_change_is_read_as_a_change_only() -> None:
    change = Change(target="payment_due", draft=OURS, span=OURS.span)
    same = model("payment_due", PAY, within="P30D")
    other = model("payment_due", PAY, within="P60D")
    assert merged([], [same], changes=(change,)).model_dump(include={"drafts", "problems"}) == {
        "drafts": (),
        "problems": (),
    }
    found = merged([], [other], changes=(change,))
    assert found.drafts == ()
    assert "within P60D" in found.problems[0].what


def test_nothing_is_lost_in_order_of_the_text() -> None:
    theirs = [model("reporting", REPORT, every="month", within="P5D"), *ROWS]
    found = merged([OURS], theirs)
    assert [d.kind for d in found.drafts] == ["payment_due", "reporting", "service_credit"]
    assert all(TEXT[d.span.start : d.span.end] == d.span.quote for d in found.drafts)
