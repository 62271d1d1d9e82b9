"""Who signs, and what the signatures say of the names a preamble seems to list."""

import pytest

from extraction.parties import read_parties
from extraction.party_names import only_a_form
from extraction.signatures import signing
from tests.extraction.conftest import document

BODY = " ".join(["The Grower shall bring the apples to the Press in time."] * 40)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (  # two columns, told apart by their forms
            "IN WITNESS WHEREOF, the parties have executed this Agreement as of the day first written "
            "above.\n\nPlum Orchards, Inc. Pear & Quince LLC\n\nBy: /s/ A. Gray By: /s/ B. White",
            ["Plum Orchards, Inc.", "Pear & Quince LLC"],
        ),
        (  # columns far apart, titles of those who sign, a schedule behind
            "In witness whereof the parties have signed.\nPLUM COMPANY            PEAR PRESSES CORP.\n\n"
            "By:________             By:________\nTitle: Vice President   Title: Chief Officer\n\n"
            "Exhibit A\n\nMedlar Tools GmbH has the tools",
            ["PLUM COMPANY", "PEAR PRESSES CORP."],
        ),
        (  # a general partner signs for its partnership; an earlier name is none
            "IN WITNESS WHEREOF, they sign.\n\nPlum Fund L.P.\nBy: Plum Partner LLC, its general partner\n"
            "By: /s/ A. Gray\n\nPEAR HOLDING, INC. (formerly known as Quince, Inc.)\nBy: /s/ B. White",
            ["Plum Fund L.P.", "PEAR HOLDING, INC."],
        ),
        (  # a letter
            "Very truly yours, PLUM SECURITIES LTD. By: /s/ A. Gray Title: Managing Director\n\nAccepted and "
            "agreed: PEAR PRESSES PLC By: /s/ B. White",
            ["PLUM SECURITIES LTD.", "PEAR PRESSES PLC"],
        ),
        (  # no opening words; state and form behind the name
            f"{BODY}\n\nSELLER:\n\nPLUM CORPORATION, an Ohio corporation\n\nBy: /s/ A. Gray\n\nBUYER:\n\n"
            "Pear Ltd, an English company\n\nBy: /s/ B. White",
            ["PLUM CORPORATION", "Pear Ltd"],
        ),
        (  # a town signs without any legal form
            "In witness whereof they sign.\n\nTOWN OF QUINCEFIELD\nBy: ____\n\nPEAR GAS COMPANY\nBy: ____",
            ["PEAR GAS COMPANY", "TOWN OF QUINCEFIELD"],
        ),
    ],
)
def test_who_signs(text: str, names: list[str]) -> None:
    assert [text[one.start : one.end].strip(" ,") for one in signing(text)] == names


def test_no_signatures_no_names() -> None:
    assert (
        signing("The report of Plum Orchards, Inc. has been executed by the date above. It was long.") == []
    )


SIGNED = (
    "\n\nIN WITNESS WHEREOF, the parties sign.\n\nPLUM ORCHARDS, INC.\nBy: /s/ A. Gray\n\nPEAR PRESSES LLC\n"
    "By: /s/ B. White"
)


@pytest.mark.parametrize(
    ("preamble", "names"),
    [
        (  # the second party is not found in its odd preamble; the signatures have it
            "This Agreement binds Pear Presses LLC in everything, made between Plum Orchards, Inc. "
            "(“Grower”) on its side as above.",
            ["Plum Orchards, Inc.", "PEAR PRESSES LLC"],
        ),
        (  # a role that never does anything in the text is a definition
            "between Plum Orchards, Inc. (“Grower”), Pear Presses LLC (“Press”), and Harvest Log (“Ledger”). "
            "The parties agree.",
            ["Plum Orchards, Inc.", "Pear Presses LLC"],
        ),
        (  # written in two ways
            "between PLUM ORCHARD, INC. and Pear Presses, LLC. The parties agree.",
            ["PLUM ORCHARD, INC.", "Pear Presses, LLC."],
        ),
    ],
)
def test_signatures_and_preamble_together(preamble: str, names: list[str]) -> None:
    found = read_parties(document(f"{preamble}\n\n{BODY}{SIGNED}"))
    assert [party.name for party in found] == names


def test_two_companies_of_a_group_stay_two() -> None:
    text = (
        "COOPERATION\n\nThe undersigned agree.\n\nIN WITNESS WHEREOF they sign.\n\nPlum Capital, L.P.\n"
        "By: /s/ A. Gray\n\nPlum Capital, LLC\nBy: /s/ A. Gray"
    )
    assert [party.name for party in read_parties(document(text))] == [
        "Plum Capital, L.P.",
        "Plum Capital, LLC",
    ]


def test_a_company_whose_form_comes_in_two_parts_is_one() -> None:
    text = "between PLUM GROWING COMPANY, INC. (“Plum”) and PEAR LIFE CORPORATION (“Pear”). WHEREAS they grow"
    assert [party.name for party in read_parties(document(text))] == [
        "PLUM GROWING COMPANY, INC.",
        "PEAR LIFE CORPORATION",
    ]


def test_a_party_left_blank_is_called_by_its_role() -> None:
    text = (
        "between Plum Orchards, Inc. (“Grower”), and ____________, a company of __________ with its seat in "
        "______ (“Press”), for apples of ______ (“Variety”). The parties agree. "
    )
    found = read_parties(document(text + "The Press shall pay the Grower. " * 4))
    assert [(party.name, party.role) for party in found] == [
        ("Plum Orchards, Inc.", "Grower"),
        ("Press", "Press"),
    ]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Delaware Corporation", True),
        ("A Nevada Corporation", True),
        ("Texas Limited Liability Company", True),
        ("Liability Company", True),
        ("Investment Company", True),
        ("Plum Company", False),
        ("Plum Holding Company", False),
        ("Nevada Plum Corporation", False),
    ],
)
def test_a_form_is_no_name(name: str, form: bool) -> None:
    assert only_a_form(name) is form


def test_a_person_signs_for_herself() -> None:
    text = (
        "SERVICES\n\nPlum Orchards, Inc. hires Ann Quince as of today; Tom Medlar watches.\n\n"
        f"{BODY}\n\nIn witness whereof.\n\nPLUM ORCHARDS, INC.\nBy: /s/ T. Medlar\nTitle: President\n"
        "\n/s/ Ann Quince\nAnn Quince\n"
    )
    assert [party.name for party in read_parties(document(text))] == ["PLUM ORCHARDS, INC.", "Ann Quince"]
