"""Which promise of a new version took the place of which, and what it changed."""

import pytest

from obligations.document import Span
from obligations.model import DatedTerms, Obligation
from obligations.terms import PaymentDue, ResponseTime, Terms
from obligations.versions import revisions

FAULT = "The Supplier shall respond to a Priority {} Fault within {} hours of the Customer's call."


def promise(key: str, quote: str, terms: Terms, label: str = "") -> Obligation:
    span = Span(document_id="d", start=0, end=len(quote), quote=quote)
    dated = (DatedTerms(terms=terms, span=span, contract="c"),)
    return Obligation(id=key, contract="c", kind=terms.kind, key=label, terms=dated)


def response(key: str, priority: int, hours: int) -> Obligation:
    terms = ResponseTime.model_validate({"within": f"PT{hours}H", "priority": f"P{priority}"})
    return promise(key, FAULT.format(priority, hours), terms, f"P{priority}")


def paid(key: str, quote: str, days: int = 30) -> Obligation:
    return promise(key, quote, PaymentDue.model_validate({"within": f"P{days}D"}))


def pairs(gone: list[Obligation], came: list[Obligation]) -> dict[str, str]:
    return {revision.before.id: revision.after.id for revision in revisions(gone, came)}


def test_four_hours_that_become_eight_are_one_changed_promise() -> None:
    (revision,) = revisions([response("old", 1, 4)], [response("new", 1, 8)])
    assert [(t.term, t.before, t.after) for t in revision.terms] == [("within", "4 hours", "8 hours")]
    assert revision.says == "within: 4 hours, now 8 hours"


def test_each_priority_keeps_its_own_history() -> None:
    gone = [response("one", 1, 4), response("two", 2, 8)]
    came = [response("two-new", 2, 4), response("one-new", 1, 2)]
    assert pairs(gone, came) == {"one": "one-new", "two": "two-new"}


def test_the_likest_words_belong_together() -> None:
    gone = [
        paid("fees", "Licence fees are payable thirty days after the invoice has been received."),
        paid("travel", "Travel expenses are reimbursed thirty days after receipts were sent in."),
    ]
    came = [
        paid("travel-new", "Travel expenses are reimbursed ten days after receipts were sent in.", 10),
        paid("fees-new", "Licence fees are payable sixty days after the invoice has been received.", 60),
    ]
    assert pairs(gone, came) == {"fees": "fees-new", "travel": "travel-new"}


@pytest.mark.parametrize(
    "came",
    [
        response("other kind", 1, 4),
        paid("other words", "Deposits fall due at signature of any order form by both sides."),
    ],
    ids=lambda o: o.id,
)
def test_what_has_little_in_common_has_gone_and_come(came: Obligation) -> None:
    gone = [paid("old", "Licence fees are payable thirty days after the invoice has been received.")]
    assert revisions(gone, [came]) == ()


def test_other_words_with_the_same_terms_are_told_as_such() -> None:
    old = paid("old", "Invoices are payable within thirty days after receipt.")
    new = paid("new", "Correct invoices are payable within thirty (30) days after receipt by us.")
    (revision,) = revisions([old], [new])
    assert revision.terms == ()
    assert revision.says == "other words, the same terms"


def test_a_term_that_appears_is_told_with_what_it_was_before() -> None:
    old = paid("old", "Invoices are payable within thirty days.")
    terms = PaymentDue.model_validate({"within": "P30D", "starts": "invoice_receipt"})
    new = promise("new", "Invoices are payable within thirty days of receipt.", terms)
    (revision,) = revisions([old], [new])
    assert revision.says == "starts: not stated, now invoice receipt"


def test_a_third_of_the_words_will_do_where_there_is_nothing_else_that_it_could_be() -> None:
    old = paid("old", "Invoices are payable within thirty days after receipt.")
    new = paid("new", "Payment of invoices falls due thirty days after receipt of goods and papers.", 45)
    other = paid("other", "Deposits fall due at signature of any order form by both sides.")
    assert pairs([old], [new]) == {"old": "new"}
    assert pairs([old], [new, other]) == {}


def test_several_values_of_one_term_are_told_one_after_the_other() -> None:
    terms = ResponseTime.model_validate({"within": "PT4H", "pauses_on": ["awaiting_customer", "on_hold"]})
    quote = FAULT.format(1, 4)
    (revision,) = revisions([response("old", 1, 4)], [promise("new", quote, terms, "P1")])
    (stops,) = [t for t in revision.terms if t.term == "pauses_on"]
    assert stops.after == "awaiting customer; on hold"
