"""Examples for a model: grounded, typed, near, and within their budget."""

import json
from pathlib import Path

import pytest

from extraction.examples import OF_ONE_KIND, Example, NearestExamples, examples_of
from extraction.library import Library, LibraryClause, load_library
from obligations.document import Chunk
from obligations.terms import CLASSES

LIBRARY = load_library(Path("corpus"))


def chunk(text: str, *kinds: tuple[str, float]) -> Chunk:
    return Chunk(id="k", document_id="d", start=0, end=len(text), text=text, kinds=kinds)


@pytest.mark.parametrize("example", examples_of(LIBRARY), ids=lambda e: f"{e.kind}-{e.quote[:30]}")
def test_every_example_is_grounded_and_typed(example: Example) -> None:
    assert example.quote in example.text
    terms = CLASSES[example.kind].model_validate({"kind": example.kind, **example.terms})
    assert terms.kind == example.kind
    assert json.loads(json.dumps(example.entry))["terms"] == example.terms


def test_the_quote_is_the_sentence_with_the_figures() -> None:
    clause = LibraryClause(
        id="x",
        kind="payment_due",
        title="t",
        position="preferred",
        side="customer",
        text="Money matters. Invoices are due within sixty days of receipt. Nothing else is agreed.",
        terms={"within": "P60D", "starts": "invoice_receipt"},
    )
    (example,) = examples_of(Library(clauses=(clause,)))
    assert example.quote == "Invoices are due within sixty days of receipt."
    assert example.terms == {"within": "P60D", "starts": "invoice_receipt"}
    assert example.entry["text"] == clause.text


def test_terms_that_are_none_of_the_kind_make_no_example() -> None:
    clause = LibraryClause(
        id="x", kind="payment_due", title="t", position="preferred", side="customer", text="Soon.",
        terms={"mood": "good"},
    )  # fmt: skip
    assert examples_of(Library(clauses=(clause,))) == ()


def test_the_nearest_clause_comes_first() -> None:
    near = NearestExamples(LIBRARY, characters=4000)
    paid = near([chunk("The Purchaser shall pay every invoice within 45 days after it has received it.")])
    assert paid[0]["kind"] == "payment_due"
    insured = near(
        [chunk("The Vendor maintains general liability insurance of USD 1,000,000 per occurrence.")]
    )
    assert insured[0]["kind"] == "insurance"


def test_the_tagger_counts() -> None:
    vague = "It shall be made within the time set out above."
    near = NearestExamples(LIBRARY, characters=4000)
    assert near([chunk(vague, ("warranty", 0.9))])[0]["kind"] == "warranty"
    assert near([chunk(vague, ("retention", 0.9))])[0]["kind"] == "retention"


@pytest.mark.parametrize("characters", [0, 300, 1500, 4000])
def test_the_budget_holds(characters: int) -> None:
    near = NearestExamples(LIBRARY, characters=characters)
    found = near([chunk("Invoices are due in 30 days."), chunk("Reports are due monthly.")])
    assert sum(len(json.dumps(each, ensure_ascii=False)) for each in found) <= characters
    assert bool(found) == (characters > 0)
    kinds = [each["kind"] for each in found]
    assert max((kinds.count(kind) for kind in kinds), default=0) <= OF_ONE_KIND


def test_a_clause_added_to_the_library_is_an_example() -> None:
    added = LibraryClause(
        id="mine",
        kind="delivery",
        title="t",
        position="preferred",
        side="customer",
        text="The bakery shall bring forty loaves to the harbour office within two hours of the call.",
        terms={"within": "PT2H", "item": "loaves"},
    )
    near = NearestExamples(Library(clauses=(*LIBRARY.clauses, added)), characters=600)
    assert near([chunk("The bakery brings fifty loaves to the harbour office within three hours.")])[0] == {
        "kind": "delivery",
        "quote": added.text,
        "terms": {"within": "PT2H", "item": "loaves"},
    }
