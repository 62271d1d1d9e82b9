"""The clause library and the playbook: loading, comparing, judging."""

from datetime import date
from pathlib import Path

import pytest

from extraction import read
from extraction.compare import holds, nearest, playbook
from extraction.errors import LibraryError
from extraction.library import Comparison, Library, load_library
from obligations.document import Chunk, Span
from obligations.model import DatedTerms, Obligation
from obligations.quantities import Duration
from obligations.terms import Duty
from tests.extraction.conftest import document

CLAUSES = """
- id: pay-45
  kind: payment_due
  title: Forty-five days
  position: preferred
  for: customer
  text: The Customer shall pay each correct invoice within forty-five (45) days after it has received it.
  terms: {within: P45D, starts: invoice_receipt}
  why: Time to check.
- id: pay-14
  kind: payment_due
  title: Fourteen days
  position: not_acceptable
  for: customer
  text: Invoices are payable within fourteen (14) days of the invoice date.
  terms: {within: P14D, starts: invoice_date}
  why: Too short.
"""
PLAYBOOK = """
version: 1
escalate_to: {customer: Head of Procurement}
kinds:
  payment_due:
    customer:
      - term: within
        preferred: {at_least: P45D}
        fallback: {at_least: P30D}
        why: We pay twice a month.
      - term: starts
        when: {clock: business}
        preferred: {equals: invoice_receipt}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "payment_due.yaml").write_text(CLAUSES, encoding="utf-8")
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK, encoding="utf-8")
    return load_library(tmp_path)


def draft_of(text: str):  # type: ignore[no-untyped-def]
    (draft,) = read(document(text)).drafts
    return draft


@pytest.mark.parametrize(
    ("days", "position"),
    [(60, "preferred"), (45, "preferred"), (44, "fallback"), (30, "fallback"), (29, "deviation")],
)
def test_the_worst_rule_gives_the_position(library: Library, days: int, position: str) -> None:
    found = playbook(
        draft_of(f"The Customer shall pay each invoice within {days} days of its receipt."), library
    )
    assert found.position == position
    assert [r.term for r in found.rules] == ["within"]
    assert found.escalate_to == ("Head of Procurement" if position == "deviation" else "")


def test_both_texts_stand_side_by_side(library: Library) -> None:
    text = "Invoices are payable within fourteen (14) days from the invoice date."
    found = playbook(draft_of(text), library)
    assert found.text == text
    assert found.library_clause is not None
    assert found.preferred_clause is not None
    assert (found.library_clause.id, found.preferred_clause.id) == ("pay-14", "pay-45")
    assert found.similarity > 0.5
    assert found.rules[0].asks == "at least 45 days"


def test_a_kind_without_rules_has_no_position(library: Library) -> None:
    found = playbook(draft_of("The Supplier shall respond to Priority 1 incidents within one hour."), library)
    assert (found.position, found.library_clause) == (None, None)


def test_a_rule_minds_the_terms_it_names(library: Library) -> None:
    found = playbook(
        draft_of("The Customer shall pay invoices within 40 working days of the invoice date."), library
    )
    assert {r.term: r.position for r in found.rules} == {"within": "fallback", "starts": "deviation"}


DUTIES = """
- id: data-back
  kind: duty
  title: Data back
  position: preferred
  for: customer
  text: At the end the Supplier hands over all data of the Customer in a usual format within thirty (30) days.
  terms: {what: return of data, within: P30D}
  why: Needed for the move.
- id: breach-told
  kind: duty
  title: Breach told
  position: preferred
  for: customer
  text: The Supplier informs the Customer of a personal data breach within twenty-four (24) hours.
  terms: {what: notification of a personal data breach, within: PT24H}
  why: Our own time runs.
"""
DUTY_RULES = """
version: 1
escalate_to: {customer: Head of Procurement}
kinds:
  duty:
    customer:
      - {term: within, when: {what: return of data}, preferred: {at_most: P30D}, why: The move.}
      - {term: within, when: {what: notification of a personal data breach}, preferred: {at_most: PT24H}}
"""


def duty(what: str | None, within: str, quote: str) -> Obligation:
    span = Span(document_id="d", start=0, end=len(quote), quote=quote)
    terms = Duty.model_validate({"what": what, "within": within, "due_on": None})
    dated = (DatedTerms(terms=terms, span=span, contract="c"),)
    return Obligation(id="o", contract="c", kind="duty", terms=dated)


@pytest.mark.parametrize(
    ("what", "quote", "asks"),
    [
        ("return of data", "Within 60 days.", "at most 30 days"),
        ("notify the Customer of any breach of personal data", "It does so in 60 days.", "at most 24 hours"),
        (
            None,
            "At the end Beta hands over all data of Alpha in a usual format within 60 days.",
            "at most 30 days",
        ),
        ("return of keys", "All keys of the premises are handed back within 60 days.", ""),
        ("data", "Beta stores the data in Leeds within 60 days.", ""),
    ],
    ids=["the name", "other words for it", "a clause like the house's", "another thing", "part of the name"],
)
def test_a_house_name_is_met_by_what_it_means(
    tmp_path: Path, what: str | None, quote: str, asks: str
) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "duty.yaml").write_text(DUTIES, encoding="utf-8")
    (tmp_path / "playbook.yaml").write_text(DUTY_RULES, encoding="utf-8")
    found = playbook(duty(what, "P60D", quote), load_library(tmp_path))
    assert [rule.asks for rule in found.rules] == ([asks] if asks else [])
    assert found.position == ("deviation" if asks else None)
    if asks:
        assert found.preferred_clause is not None
        assert ("data-back" if "30" in asks else "breach-told") == found.preferred_clause.id


def test_values_that_are_no_free_text_are_met_exactly(library: Library) -> None:
    """A rule for business days is none for calendar days, however alike the clauses are."""
    text = "The Customer shall pay each correct invoice within forty-five (45) days after it has received it."
    assert [r.term for r in playbook(draft_of(text), library).rules] == ["within"]


def test_an_obligation_is_judged_by_what_was_said_last(library: Library) -> None:
    (draft,) = read(document("The Customer shall pay each invoice within 60 days of its receipt.")).drafts
    later = draft.terms.model_copy(update={"within": Duration(iso="P14D", days=14)})
    dated = [
        DatedTerms(terms=terms, span=draft.span, contract="c", from_on=on)
        for terms, on in ((draft.terms, None), (later, date(2026, 1, 1)))
    ]
    held = Obligation(id="o", contract="c", kind="payment_due", terms=tuple(dated))
    found = playbook(held, library)
    assert (found.position, found.rules[0].stated) == ("deviation", "14 days")
    assert found.rules[0].accepts == "at least 30 days"


def test_a_chunk_gets_its_nearest_clause_but_no_judgement(library: Library) -> None:
    text = "Every correct invoice is paid within 45 days after the Customer has received it."
    chunk = Chunk(id="c", document_id="d", start=0, end=len(text), text=text, kinds=(("payment_due", 0.9),))
    found = playbook(chunk, library)
    assert found.library_clause is not None
    assert (found.kind, found.position, found.library_clause.id) == ("payment_due", None, "pay-45")


def test_no_clause_is_near_nothing() -> None:
    assert nearest("words", (), {}) == (None, 0.0)


@pytest.mark.parametrize(
    ("comparison", "value", "wanted"),
    [
        ({"at_most": "PT4H"}, "PT4H", True),
        ({"at_most": "PT4H"}, "PT241M", False),
        ({"at_least": "P1M"}, "P30D", True),
        ({"at_least": 5}, "4.99", False),
        ({"equals": False}, False, True),
        ({"equals": "calendar"}, "business", False),
        ({"equals": "P12M"}, "P1Y", True),
        ({"one_of": ["week", "month"]}, "month", True),
        ({"at_least": 5}, "PT1H", False),
    ],
)
def test_comparisons(comparison: dict[str, object], value: object, wanted: bool) -> None:
    if value == "PT1H" and "at_least" in comparison:
        wanted = False
    assert holds(Comparison.model_validate(comparison), value) is wanted


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("library/payment_due.yaml", "- id: x\n  kind: payment_due\n", "clause 1"),
        ("library/payment_due.yaml", "id: x", "not a list"),
        ("library/payment_due.yaml", CLAUSES.replace("kind: payment_due", "kind: term", 1), "kind is 'term'"),
        ("library/payment_due.yaml", CLAUSES.replace("pay-14", "pay-45"), "used twice"),
        ("library/payment_due.yaml", "- [", "not YAML"),
        ("playbook.yaml", "kinds: {payment_due: {customer: [{term: within, preferred: {}}]}}", "exactly one"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, file: str, content: str, says: str) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "payment_due.yaml").write_text(CLAUSES, encoding="utf-8")
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK, encoding="utf-8")
    (tmp_path / file).write_text(content, encoding="utf-8")
    with pytest.raises(LibraryError, match=says) as caught:
        load_library(tmp_path)
    assert caught.value.remedy


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no clause library"):
        load_library(tmp_path)
