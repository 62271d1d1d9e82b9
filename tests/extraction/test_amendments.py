"""Amendments: what is replaced by what, from when, and what the promise says afterwards."""

from datetime import date

import pytest

from extraction import ContractHints, read
from extraction.model import Extraction
from obligations.terms import Availability, PaymentDue, ResolutionTime
from tests.extraction.conftest import document

SLA = """Schedule 2

Service Level Agreement

to the Services Agreement dated 1 March 2024

“Support Hours” means Monday to Friday from 08:00 to 18:00, Munich time, except public holidays in Bavaria.

The Supplier shall respond to and resolve Tickets as follows:

Priority | Response | Resolution | Clock
P1 | 15 minutes | 8 hours | 24 hours a day, 7 days a week
P2 | 1 hour | 10 hours | Support Hours

The Order Platform shall be available at least 99.5% of each calendar month.
"""
HEAD = (
    "Amendment No. 1\n\nto the Services Agreement dated 1 March 2024\n\nThis Amendment takes effect on "
    "1 July 2026.\n\n"
)


def amended(clause: str, parent: Extraction | None = None) -> Extraction:
    hints = ContractHints(parents=(parent,)) if parent else None
    return read(document(HEAD + clause), (), hints)


def test_quoted_words_are_replaced_from_the_day_of_effect() -> None:
    text = (
        "In Table 2 of clause 4.1 of the SLA, in the row for Priority P1, the target for Resolution “8 "
        "hours” is deleted and replaced by “6 hours”."
    )
    (change,) = amended(text).changes
    assert (change.effective_on, change.target) == (date(2026, 7, 1), "resolution_time/P1")
    assert (change.old, change.new, change.stated) == ("8 hours", "6 hours", ("within",))
    assert change.draft is not None
    assert change.draft.terms == ResolutionTime.model_validate({"within": "PT6H", "priority": "P1"})
    assert change.span.quote.startswith("In Table 2")


def test_what_the_amendment_does_not_state_comes_from_the_parent() -> None:
    parent = read(document(SLA))
    text = "For Priority P1 the resolution time “8 hours” is replaced by “6 hours”."
    (change,) = amended(text, parent).changes
    assert change.draft is not None
    terms = change.draft.terms
    assert isinstance(terms, ResolutionTime)
    assert (terms.within.iso, terms.clock) == ("PT6H", "calendar")
    assert change.draft.confidence > 0.9


@pytest.mark.parametrize(
    ("text", "target", "new"),
    [
        (
            "The availability of the Order Platform is increased from 99.5% to 99.9%.",
            "availability/order platform",
            "99.9%",
        ),
        (
            "In clause 10.3 the words “thirty (30) days” are replaced by “forty-five (45) days” for the "
            "payment of invoices.",
            "payment_due",
            "forty-five (45) days",
        ),
        (
            "The response time for Priority 2 Incidents shall be reduced to 30 minutes.",
            "response_time/P2",
            "to 30 minutes",
        ),
        (
            "The notice of non-renewal in clause 18.2 shall be given “120 days” instead of “90 days” "
            "before the end of the term.",
            "renewal_notice",
            "90 days",
        ),
    ],
)
def test_other_ways_to_say_it(text: str, target: str, new: str) -> None:
    changes = amended(text).changes
    assert changes
    assert changes[0].target == target


def test_new_values_are_typed() -> None:
    up = amended("The availability of the Order Platform is increased from 99.5% to 99.9%.").changes[0].draft
    pay = amended("In the clause on payment the words “30 days” are replaced by “45 days”.").changes[0].draft
    assert up is not None
    assert pay is not None
    assert isinstance(up.terms, Availability)
    assert float(up.terms.percent) == 99.9
    assert isinstance(pay.terms, PaymentDue)
    assert pay.terms.within is not None
    assert pay.terms.within.iso == "P45D"


def test_a_row_printed_again_with_the_same_value_changes_nothing() -> None:
    parent = read(document(SLA))
    text = (
        "For Priority P1 the resolution time “8 hours” is replaced by “6 hours”.\n\n"
        "Priority | Response | Resolution | Clock\nP1 | 15 minutes | 6 hours | 24 hours a day, 7 days a "
        "week\n"
    )
    changes = amended(text, parent).changes
    assert [c.target for c in changes] == ["resolution_time/P1"]


def test_what_stays_unchanged_is_no_change() -> None:
    text = (
        "Except as expressly changed by this Amendment, the response times remain unchanged and in full "
        "force."
    )
    assert amended(text).changes == ()


def test_a_date_in_the_sentence_goes_first() -> None:
    text = (
        "With effect from 1 January 2027 the resolution time for Priority 1 is reduced from 6 hours to "
        "5 hours."
    )
    (change,) = amended(text).changes
    assert change.effective_on == date(2027, 1, 1)


def test_a_change_that_cannot_be_typed_keeps_its_words_and_its_place() -> None:
    (change,) = amended("In clause 9 the words “three (3) visits” are replaced by “five (5) visits”.").changes
    assert (change.draft, change.old, change.new, change.target) == (
        None,
        "three (3) visits",
        "five (5) visits",
        "clause 9",
    )


def test_only_amendments_have_changes() -> None:
    assert read(document(SLA)).changes == ()
