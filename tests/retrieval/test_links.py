"""What a clause hangs on: the terms it uses and where they are defined, and what it refers to."""

import pytest

from obligations.document import Problem
from retrieval.chunk import chunk
from retrieval.defined_terms import definitions
from retrieval.links import Linked, dead_references, links
from retrieval.parse import parse

CONTRACT = """SUPPLY AGREEMENT

This Supply Agreement (the "Agreement") is made between Alder Ltd (the "Seller") and Birch Ltd ("Buyer").

1. Definitions

1.1 "Business Day" means any day on which the banks of the town are open.

1.2 The term "Goods" means the parts in Schedule B. "Spare Goods" or "Spares" means Goods kept in stock.

1.3 "Delivery Note" has the meaning given in Section 2.2.

2. Delivery

2.1 The Seller delivers the Goods within two Business Days after each order, as Sections 2.2 and 3.1 provide.

2.2 Each delivery bears a paper that names its parts (the "Delivery Note"). The Buyer may

(a) refuse parts that it did not order; and

(b) return what it refused under paragraph (a) within one Business Day.

2.3 Spares are sent as Clause 2.2(b) above says. This Section survives.

3. Price

3.1 The Buyer pays what Schedule B states, and interest as Section 288 of the Civil Code provides.

3.2 What Section 5 of the Master Agreement says about tax holds here too.

3.3 The Buyer's claims under Article 2 end after a year.

Schedule B

1. List

The Goods are listed here; Section 3.1 of the Agreement tells how they are paid.
"""


def linked(text: str = CONTRACT) -> dict[str, Linked]:
    document = parse(text.encode(), "a.txt")
    return {each.chunk.section.partition(" ")[0]: each for each in links(document, chunk(document))}


def problems(text: str) -> tuple[Problem, ...]:
    document = parse(text.encode(), "a.txt")
    return dead_references(document, chunk(document))


def defined(text: str) -> dict[str, str]:
    document = parse(text.encode(), "a.md" if "|" in text else "a.txt")
    found = definitions(document, chunk(document))
    assert all(document.text[d.span.start : d.span.end] == d.span.quote for d in found)
    return {name: d.span.quote for d in found for name in d.names}


def terms(section: str, text: str = CONTRACT) -> dict[str, str]:
    return {use.term: use.definition.span.section for use in linked(text)[section].terms}


def references(section: str) -> list[tuple[str, str, str]]:
    return [
        (r.said, r.standing, r.place.section.partition(" ")[0] if r.place else "")
        for r in linked()[section].references
    ]


def test_a_clause_s_terms_lead_to_where_they_are_defined() -> None:
    assert terms("2.1") == {"Seller": "SUPPLY AGREEMENT", "Goods": "1.2", "Business Day": "1.1"}
    (use,) = [use for use in linked()["2.1"].terms if use.term == "Business Day"]
    quote = '1.1 "Business Day" means any day on which the banks of the town are open.'
    assert use.definition.span.quote == quote
    (place,) = use.places
    assert parse(CONTRACT.encode(), "a.txt").text[slice(*place)] == "Business Days"


def test_the_longest_term_wins_and_no_term_is_used_in_its_own_definition() -> None:
    assert "Spares" in terms("2.3")
    assert "Business Day" not in terms("1.1")
    assert terms("1.2") == {"Goods": "1.2"}


def test_a_meaning_counts_more_than_a_pointer_to_it() -> None:
    text = CONTRACT.replace("returns", "returns the Delivery Note and").replace(
        "2.3 Spares", "2.3 Delivery Notes"
    )
    assert terms("2.3", text)["Delivery Note"] == "2.2"


def test_a_longer_name_is_no_use_of_a_term_in_it() -> None:
    assert "Agreement" not in terms("3.2")
    assert "Agreement" in linked()["1"].terms[-1].term


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("“Works” shall mean all that is built.", {"Works"}),
        ('The term "Works" means all that is built.', {"Works"}),
        ("A Ltd (hereinafter “Alder”) and B Ltd (“Birch” or “Buyer”)", {"Alder", "Birch", "Buyer"}),
        ("all plans and drawings (collectively, the “Papers”)", {"Papers"}),
        ("Alder Ltd, hereinafter referred to as “Builder”, agrees.", {"Builder"}),
        ("‘Works’ means all that is built.", {"Works"}),
        ("1.1 Works Order means a paper that orders works.", {"Works Order"}),
        ("1. Definitions\n\nWorks: all that is built under this paper.", {"Works"}),
        ("| Term | Meaning |\n|---|---|\n| Works | all of it |\n| Site | its place |", {"Works", "Site"}),
        ("“Plan” means A’s plan; “Site” means the place of the works.", {"Plan", "Site"}),
        ("The book entitled “Works” is not read here.", set()),
        ("He calls it “Too Late” and it is.", set()),
        ("the goods (as defined in the “Other Paper”) are sold", set()),
    ],
)  # fmt: skip
def test_how_people_define(text: str, names: set[str]) -> None:
    assert set(defined(text)) == names


def test_a_definition_ends_where_the_next_begins() -> None:
    found = defined("“Plan” means the drawing; “Site” means the place of the works. It is fenced.")
    assert found == {"Plan": "“Plan” means the drawing", "Site": found["Site"]}
    assert found["Site"].endswith("the place of the works.")


def test_references_lead_to_clauses() -> None:
    assert references("2.1") == [("Sections 2.2", "here", "2.2"), ("3.1", "here", "3.1")]
    assert references("1.2") == [("Schedule B", "here", "Schedule")]
    assert references("3.3") == [("Article 2", "here", "2")]
    assert references("2.3") == [("Clause 2.2(b)", "here", "2.2(b)"), ("Section", "here", "2.3")]


def test_a_paragraph_is_looked_for_in_its_own_clause() -> None:
    (reference,) = [r for r in linked()["2.2"].references if r.said == "paragraph (a)"]
    assert reference.place is not None
    text = parse(CONTRACT.encode(), "a.txt").text
    assert text[reference.place.start : reference.place.end].startswith(
        "(a) refuse parts that it did not order"
    )
    assert reference.place.section == "2.2(a)"


def test_other_documents_and_statutes_are_told_apart() -> None:
    assert references("3.1")[-1] == ("Section 288", "elsewhere", "")
    assert references("3.2") == [("Section 5", "elsewhere", "")]
    assert not problems(CONTRACT)


@pytest.mark.parametrize(
    "said",
    ["Section 409A of the Code", "Code Section 409A", "42 U.S.C. § 20", "Section 5 of Amendment No. 2"],
)
def test_what_is_elsewhere_is_not_resolved(said: str) -> None:
    text = CONTRACT.replace("Section 5 of the Master Agreement", said)
    assert {r.standing for r in linked(text)["3.2"].references} == {"elsewhere"}


def test_the_document_s_own_name_is_not_another_document() -> None:
    held = links(document := parse(CONTRACT.encode(), "a.txt"), chunk(document))
    said = {
        r.said: r.standing for each in held for r in each.references if each.chunk.path[:1] == ("Schedule B",)
    }
    assert said == {"Section 3.1": "here"}


def test_a_range_holds_what_it_leaves_out() -> None:
    text = CONTRACT.replace("Sections 2.2 and 3.1 provide", "Sections 3.1 through 3.3 provide")
    places = [r.place.section for r in linked(text)["2.1"].references if r.place]
    assert places == ["3.1", "3.2", "3.3"]
    said = [r.said for r in linked(text)["2.1"].references]
    assert said == ["Sections 3.1", "3.2", "3.3"]


def test_a_clause_that_is_not_there_is_a_problem() -> None:
    (problem,) = problems(CONTRACT.replace("Sections 2.2 and 3.1", "Sections 2.2 and 3.7"))
    assert problem.what == "refers to a clause that the document does not have: 3.7"
    assert problem.place.startswith("2.1")
    assert problem.stage == "parse"
    assert problem.remedy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SUPPLY AGREEMENT", "AMENDMENT NO. 1 TO THE SUPPLY AGREEMENT"),
        ("Sections 2.2 and 3.7", "Sections 2.2 and 3.7 of the Master Agreement"),
        ("3.3 The", "3.7 [Reserved]\n\n3.3 The"),
        ("3.3 The", "What follows is 3.7 in the printed text. 3.3 The"),
        ("Sections 2.2 and 3.7", "Exhibit Q"),
        ("Sections 2.2 and 3.7", "Section 9.1"),
        ("3.7 provide", "3.7, respectively, of the applicable Lease provide"),
        ("Sections 2.2 and 3.7 provide", "this Section\n\n47\n\nprovides"),
    ],
)
def test_no_false_alarm(old: str, new: str) -> None:
    assert not problems(CONTRACT.replace("Sections 2.2 and 3.1", "Sections 2.2 and 3.7").replace(old, new))


def test_many_dead_references_are_summed_up() -> None:
    many = ", ".join(f"3.{n}" for n in range(10, 20))
    found = problems(CONTRACT.replace("Sections 2.2 and 3.1 provide", f"Sections {many} provide"))
    assert len(found) == 6
    assert "5 more" in found[-1].what


def test_a_text_without_anything_to_link() -> None:
    assert not any(each.terms or each.references for each in linked("Nothing is said here.").values())
    assert not problems("Nothing is said here.")
