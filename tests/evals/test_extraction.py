"""Promises read against promises labelled: places, matching, terms, counting."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.errors import CaseError
from evals.labels import Labelled, load_labels, place
from evals.promises import CORE_TERMS, Promise, core, flat_terms, labelled_terms, of_terms, pair
from evals.score import exact_f1, f1, precision, recall, terms_exact
from evals.scorers.extraction import Read, Reading, listed, promises, usable
from obligations.document import Problem, Span
from obligations.quantities import Money
from obligations.terms import CreditTier, PaymentDue, ResponseTime, ServiceCredit

TEXT = (
    "4.1 Targets.\nP1 | Critical | 15 minutes | 8 hours\nP2 | High | 1 hour | 10 hours\n"
    "Pay within 30 days.\nSummary: pay within 30 days."
)


def entry(kind: str, quote: str, key: str = "", **terms: Any) -> dict[str, Any]:
    return {"kind": kind, "key": key, "quote": quote, "section": "4.1", "terms": terms}


def never(quote: str, text: str) -> tuple[int, int] | None:
    return None


def promise(kind: str = "payment_due", start: int = 0, end: int = 90, **terms: Any) -> Promise:
    return Promise(kind, start, end, core(kind, terms), stated=terms)


def test_a_row_is_found_without_its_cell_marks() -> None:
    labelled = Labelled("a.pdf", (entry("response_time", "P1 Critical 15 minutes 8 hours", "P1"),))
    (label,) = place(labelled, TEXT, never).labels
    assert TEXT[label.start : label.end] == "P1 | Critical | 15 minutes | 8 hours"


def test_a_second_entry_of_the_same_promise_is_its_second_printing() -> None:
    twice = entry("payment_due", "pay within 30 days.", "invoices", within="P30D")
    first, second = place(Labelled("a.pdf", (twice, twice)), TEXT, never).labels
    assert (first.start, second.start) == (TEXT.index("Pay within"), TEXT.index("pay within"))


def test_two_promises_of_one_sentence_stand_at_the_same_place() -> None:
    quote = "P1 Critical 15 minutes 8 hours"
    both = (entry("response_time", quote, "P1"), entry("resolution_time", quote, "P1"))
    first, second = place(Labelled("a.pdf", both), TEXT, never).labels
    assert (first.start, first.end) == (second.start, second.end)


def test_a_quote_that_is_not_there_is_sought_with_errors_and_then_lost() -> None:
    labelled = Labelled("a.pdf", (entry("payment_due", "pay wlthin 30 days", within="P30D"),))
    assert place(labelled, TEXT, lambda quote, text: (5, 9)).labels[0].start == 5
    lost = place(labelled, TEXT, never)
    assert (lost.labels, len(lost.lost)) == ((), 1)


def test_the_corpus_is_labelled_and_a_damaged_annotation_is_named(tmp_path: Path) -> None:
    labels = load_labels()
    assert len(labels) == 15
    assert sum(len(x.entries) for x in labels) > 200
    (tmp_path / "a.json").write_text(json.dumps({"document": "a.pdf", "obligations": [{"kind": "oath"}]}))
    with pytest.raises(CaseError, match=r"a\.json: entry 1"):
        load_labels(tmp_path)


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("payment_due", {"within": "P30D"}, {"within": "P30D", "clock": "calendar"}, True),
        ("payment_due", {"within": "P30D"}, {"within": "P30D", "starts": "invoice_date"}, False),
        ("payment_due", {"within": "P30D"}, {"within": "P1M"}, False),
        ("term", {"within": "P24M"}, {"within": "P2Y"}, True),
        ("reporting", {"every": "month", "within": "P14D"}, {"every": "month", "within": "P2W"}, True),
        ("availability", {"percent": 99.9, "per": "month"}, {"percent": "99.90", "per": "month"}, True),
        ("response_time", {"priority": "P1"}, {"priority": "Severity 1"}, True),
        ("response_time", {"priority": "P1"}, {"priority": "P2"}, False),
        ("renewal", {"automatic": True}, {"automatic": False}, False),
        ("fee", {"amount": 48000, "currency": "EUR"}, {"amount": "48,000.00", "currency": "eur"}, True),
    ],
)
def test_terms_are_compared_by_value(
    kind: str, one: dict[str, Any], other: dict[str, Any], same: bool
) -> None:
    assert promise(kind, **one).same_terms(promise(kind, **other)) is same


def test_a_match_shares_a_third_of_the_shorter_span() -> None:
    label = promise(start=0, end=90)
    assert pair([label], [promise(start=60, end=150)])
    assert not pair([label], [promise(start=61, end=151)])
    assert pair([label], [promise(start=80, end=110)])
    assert not pair([label], [promise("term", start=0, end=90)])


def test_matches_are_one_to_one_with_agreeing_terms_first() -> None:
    labels = [promise(within="P30D"), promise(within="P45D")]
    read = [promise(within="P45D"), promise(within="P30D"), promise(within="P60D")]
    found = pair(labels, read)
    assert [(p.label.terms["within"], p.read.terms["within"], p.exact) for p in found] == [
        (720, 720, True),
        (1080, 1080, True),
    ]


def test_each_tier_of_a_credit_is_a_promise() -> None:
    credit = ServiceCredit(
        tiers=(
            CreditTier(below=Decimal("99.9"), at_least=Decimal("99.5"), percent=Decimal(5)),
            CreditTier(below=Decimal("99.5"), amount=Money(amount=Decimal(700), currency="EUR")),
        )
    )
    assert flat_terms(credit) == [
        {"percent": "5", "amount": None},
        {"percent": None, "amount": "700"},
    ]
    span = Span(document_id="d", start=3, end=9, quote="abcdef")
    assert [(p.kind, p.start, p.end) for p in of_terms(credit, span)] == [("service_credit", 3, 9)] * 2
    label = labelled_terms("service_credit", {"tiers": [{"below": 99.9, "percent": 5}]})
    assert label == {"percent": 5, "amount": None}
    assert core("service_credit", label) == {"percent": 5, "amount": None}


def test_typed_terms_give_core_terms() -> None:
    assert flat_terms(PaymentDue(within="P30D", starts="invoice_date"))[0]["within"] == "P30D"
    body = flat_terms(ResponseTime(within="PT15M", priority="P1"))[0]
    assert core("response_time", body) == {"within": Decimal("0.25"), "priority": "1", "clock": None}


def read_of(labels: list[Promise], read: list[Promise], **more: Any) -> Read:
    return Read("a.pdf", tuple(labels), Reading(tuple(read)), frozenset({"payment_due", "term"}), **more)


def test_counts_and_figures() -> None:
    labels = [promise(start=0, end=50, within="P30D"), promise(start=100, end=150, within="P45D")]
    read = [
        promise(start=0, end=50, within="P30D"),
        promise(start=100, end=150, within="P40D"),
        promise(start=300, end=350, within="P9D"),
        promise("term", start=400, end=450, within="P1Y"),
    ]
    scores = promises(read_of(labels, read))
    assert {s.group: (s.counts.matched, s.counts.exact) for s in scores if s.counts} == {
        "payment_due": (2, 1),
        "term": (0, 0),
    }
    assert (precision(scores), recall(scores), terms_exact(scores)) == (0.5, 1.0, 0.5)
    assert f1(scores) == pytest.approx(2 / 3)
    assert exact_f1(scores) == pytest.approx(1 / 3)


def test_items_tell_each_label_and_each_promise_too_many() -> None:
    lost = promise(within="P9D")
    labels = [promise(start=0, end=50, within="P30D"), promise(start=100, end=150, within="P45D")]
    read = [promise(start=0, end=50, within="P31D"), promise(start=300, end=350, within="P9D")]
    items = listed(read_of(labels, read, lost=(lost,)))
    assert [(i.passed, i.got) for i in items] == [
        (False, "within P31D"),
        (False, "not read"),
        (False, "the labelled quote is not in the parsed text"),
        (False, "within P9D"),
    ]
    assert len({i.id for i in items}) == 4


def test_lost_labels_count_as_not_read() -> None:
    scores = promises(read_of([], [], lost=(promise(within="P9D"),)))
    assert recall(scores) == 0.0


def test_entries_a_model_gives_in_vain_lower_usable() -> None:
    problem = Problem(stage="locate", what="words that are not there")
    output = Read("a.pdf", (), Reading((), (problem,), 3), frozenset())
    (score,) = usable(output)
    assert score.value == 0.75
    assert "words that are not there" in score.why
    assert usable(Read("a.pdf", (), Reading((), (), 0), frozenset()))[0].value is None
    assert list(usable(read_of([], []))) == []


def test_a_kind_that_is_never_labelled_can_be_read_and_does_not_count() -> None:
    from obligations.terms import SpendLimit

    span = Span(document_id="d", start=0, end=9, quote="at most x")
    (read,) = of_terms(SpendLimit(amount=Decimal(5), currency="EUR"), span)
    assert (read.kind, read.terms) == ("spend_limit", {})
    counted = Read("a.pdf", (), Reading((read,)), frozenset({"spend_limit"}) & CORE_TERMS.keys())
    assert counted.read == ()
