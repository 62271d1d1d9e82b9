"""The contracts a question names, by what their openings say."""

from typing import Any

import pytest

from retrieval.named import named, names_in, question_proper


def opening(contract: str, text: str, title: str = "", party: str = "") -> dict[str, Any]:
    return {"contract": contract, "text": text, "title": title, "party_name": party, "start": 0}


OPENINGS = [
    opening("lease", "LEASE AGREEMENT between Alder Estates Ltd and Birch Foods Inc., dated May 1, 2020."),
    opening("supply", "SUPPLY AGREEMENT made by Birch Foods Inc. and Cedar Mills LLC."),
    opening(
        "licence", "This Software Licence Agreement is made between Dogwood Systems GmbH and Elm Retail plc."
    ),
    opening("licence", "WHEREAS Elm Retail wishes to use the software."),
    opening("filed", "This agreement is made between the parties below.", "Fir Logistics Haulage Agreement"),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Consider the LEASE AGREEMENT between Alder Estates Ltd and Birch Foods; can it be assigned?",
            {"lease"},
        ),
        ("Does the Supply Agreement of Birch Foods and Cedar Mills renew?", {"supply"}),
        ("What does Elm Retail pay Dogwood Systems?", {"licence"}),
        ("What does Birch Foods pay?", {"lease", "supply"}),
        ("Under the Fir Logistics Haulage Agreement, who insures?", {"filed"}),
        ("Does the Dogwood Systems Addendum cover Repairs?", {"licence"}),
        ("What does Larch Bakery pay?", set()),
        ("Which contracts renew by themselves?", set()),
        ("", set()),
    ],
)
def test_contracts_named(question: str, expected: set[str]) -> None:
    assert set(named(question, OPENINGS)) == expected


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What does the Haulage Agreement of Maple Mills and Oak Freight say?", "haulage"),
        (
            "What does the Second Amendment to Haulage Agreement of Maple Mills and Oak Freight say?",
            "amended",
        ),
    ],
)
def test_the_agreement_goes_before_its_amendment_and_both_are_searched(question: str, first: str) -> None:
    parties = "made between Maple Mills Ltd and Oak Freight plc"
    openings = [
        opening(
            "amended", f"Exhibit 4\n\nSECOND AMENDMENT TO HAULAGE AGREEMENT\n\nThis amendment is {parties}."
        ),
        opening("haulage", f"Exhibit 3\n\nHAULAGE AGREEMENT\n\nThis agreement is {parties}."),
        *OPENINGS,
    ]
    weights = named(question, openings)
    assert weights[first] == 1
    assert all(weight < 1 for contract, weight in weights.items() if contract != first)


def test_no_contract_is_named_where_there_is_none() -> None:
    assert named("What does Birch Foods pay?", []) == {}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does Birch Foods Inc. pay?", ("Birch Foods Inc",)),
        ("Is the Bank of Norfolk liable?", ("Bank of Norfolk",)),
        ("What may alder.com sell?", ("alder.com",)),
        ("How long is the term?", ()),
        ("", ()),
    ],
)
def test_names_are_words_with_capitals_in_a_row(question: str, names: tuple[str, ...]) -> None:
    assert names_in(question).names == names


@pytest.mark.parametrize(
    ("question", "proper"),
    [
        ("Consider the Lease between Alder and Birch; when does it end?", "when does it end?"),
        ("When does the lease with Birch Foods end?", "When does the lease with Birch Foods end?"),
        ("when does the lease end?", "when does the lease end?"),
    ],
)
def test_the_question_behind_the_names(question: str, proper: str) -> None:
    assert question_proper(question) == proper
