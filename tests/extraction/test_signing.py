"""Who the parties are where the preamble does not name them all: forms, blanks, signatures."""

import pytest

from extraction.parties import read_parties
from tests.extraction.conftest import document

SIGNED = (
    "\n\nIN WITNESS WHEREOF, the parties sign.\n\nPLUM ORCHARDS, INC.\n\nBy: /s/ A. Gray\n\n"
    "PEAR PRESSES LLC\n\nBy: /s/ B. White\n"
)


@pytest.mark.parametrize(
    "form",
    [
        "a Delaware Corporation",
        "A Nevada Corporation",
        "a Texas Limited Liability Company",
        "an Ohio Business Corporation",
    ],
)
def test_a_form_is_no_name(form: str) -> None:
    text = f"ORCHARD TERMS\n\nThe one side, {form} (“Grower”), brings apples. {SIGNED}"
    names = [party.name for party in read_parties(document(text))]
    assert "PEAR PRESSES LLC" in names and not [name for name in names if name in form]


def test_a_place_in_a_name_makes_no_form_of_it() -> None:
    text = "between Reading Company (“Grower”), and Plum Holding Company (“Press”). WHEREAS they grow"
    assert [party.name for party in read_parties(document(text))] == [
        "Reading Company",
        "Plum Holding Company",
    ]
