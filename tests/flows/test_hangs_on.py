"""A clause that is shown is shown with its defined terms and what it refers to; also on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from flows.hangs_on import of_document, of_passages
from flows.ingest import ingest_file
from flows.settings import Settings
from flows.wiring import Pacta
from obligations.document import Document
from store import NotFound, Scope

TEXT = """SUPPLY AGREEMENT

This Supply Agreement (the “Agreement”) is made between Alder Ltd (the “Seller”) and Birch Ltd (the “Buyer”).

1. Definitions

1.1 “Business Day” means any day on which the banks of the town are open.

1.2 “Price” means what the list of the day states.

1.3 “Site” means the Buyer's works.

2. Payment

2.1 The Buyer shall pay each invoice within thirty (30) Business Days after receipt, save as Section 2.2 says.

2.2 The Price is not due while the goods are not at the Site. Section 2.7 is not touched.

2.3 The Seller sends its invoices by post.
"""
PAY = "The Buyer shall pay each invoice within thirty (30) Business Days"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Pacta, Document]]:
    file = tmp_path / "birch.txt"
    file.write_text(TEXT, encoding="utf-8")
    with Pacta(Settings(home=tmp_path / "home")) as pacta:
        done = ingest_file(pacta, file)
        assert done.document is not None
        yield pacta, done.document


def test_every_clause_of_a_document(held: tuple[Pacta, Document]) -> None:
    pacta, document = held
    found = {each.section: each for each in of_document(pacta, document.id, Scope.all())}
    assert {t.term: (t.section, t.how) for t in found["2.2"].terms} == {
        "Price": ("1.2", "meaning"),
        "Site": ("1.3", "meaning"),
    }
    (term,) = [t for t in found["2.1"].terms if t.term == "Business Day"]
    assert document.text[term.start : term.end] == term.text
    (also,) = found["2.1"].see_also
    assert (also.said, also.standing, also.section) == ("Section 2.2", "here", "2.2")
    assert also.text.startswith("2.2 The Price is not due")
    assert [each.standing for each in found["2.2"].see_also] == ["missing"]


def test_only_what_a_passage_names(held: tuple[Pacta, Document]) -> None:
    pacta, document = held
    start = document.text.index(PAY)
    (found,) = of_document(pacta, document.id, Scope.all(), (start, start + len(PAY)))
    assert ({t.term for t in found.terms}, found.see_also) == ({"Buyer", "Business Day"}, ())
    passage = (document.id, start, start + len(PAY))
    first, again = of_passages(pacta, Scope.all(), [passage, passage])
    assert {t.term for t in first[0]} == {"Buyer", "Business Day"}
    assert again == ((), ())


def test_outside_the_scope_there_is_no_document(held: tuple[Pacta, Document]) -> None:
    pacta, document = held
    with pytest.raises(NotFound):
        of_document(pacta, document.id, Scope(business_units=frozenset({"other"})))


def test_a_clause_that_is_not_there_is_listed_with_the_problems(held: tuple[Pacta, Document]) -> None:
    pacta, _ = held
    (problem,) = [p for p in pacta.store.problems(Scope.all()) if "does not have" in p["what"]]
    assert problem["what"].endswith("Section 2.7")
    assert problem["place"] == "2.2"
    assert problem["remedy"]


def test_an_answer_shows_what_its_clauses_hang_on(held: tuple[Pacta, Document], tmp_path: Path) -> None:
    pacta, _ = held
    pacta.close()
    words = ["--home", str(tmp_path / "home"), "ask", "What does the contract with Birch say about payment?"]
    shown = CliRunner().invoke(app, words, catch_exceptions=False)
    flat = " ".join(shown.stdout.split())
    assert "defined terms: Business Day (1.1)" in flat
    assert "any day on which the banks of the town are open" in flat
    assert "see also: Section 2.2 (2.2)" in flat
    assert "Seller (" not in flat
    told = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert json.loads(told.stdout)["citations"]
