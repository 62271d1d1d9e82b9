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


@pytest.mark.parametrize(
    ("preamble", "wanted"),
    [
        (
            "between Plum Orchards, Inc. (“Grower”), and ____________, a company of __________ with its seat "
            "in ______ (“Press”), for apples of ______ (“Variety”)",
            [("Plum Orchards, Inc.", "Grower"), ("Press", "Press")],
        ),
        (
            "made as of ________, 20__, by and between ____________, a ______ corporation (the “Press”), "
            "and [insert name of the grower], an orchard in ______ (hereinafter the “Grower”)",
            [("Press", "Press"), ("Grower", "Grower")],
        ),
        (  # a blank day is nobody
            "made this ____ of ______ by and between Plum Orchards, Inc. (“Press”) and Pear Growers LLC "
            "(“Grower”)",
            [("Plum Orchards, Inc.", "Press"), ("Pear Growers LLC", "Grower")],
        ),
    ],
)
def test_a_party_left_blank_is_called_by_its_role(preamble: str, wanted: list[tuple[str, str]]) -> None:
    acting = "The Press shall pay the Grower. The Grower shall deliver. " * 4
    found = read_parties(document(f"This Agreement is {preamble}. The parties agree. {acting}"))
    assert [(party.name, party.role) for party in found] == wanted


def test_a_blank_whose_role_does_nothing_is_nobody() -> None:
    text = "Apples of ________, a sort of ______ (“Variety”), are grown by ____ (“Grower”). They are ripe."
    assert read_parties(document(text)) == ()
