"""Who the parties are where the preamble does not name them all: forms, blanks, signatures."""

import pytest

from extraction.parties import read_parties
from extraction.signature_blocks import alike, signers
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
        (  # a town signs without any legal form; a heading above a hand is nobody
            "In witness whereof they sign.\n\nTOWN OF QUINCEFIELD\nBy: ____\n\nPEAR GAS COMPANY\nBy: ____\n\n"
            "APPROVED AS TO FORM\nBy: ____\n\nGRAY AND WHITE\nBy: ____",
            ["PEAR GAS COMPANY", "TOWN OF QUINCEFIELD"],
        ),
        ("The report of Plum Orchards, Inc. has been executed by the date above. It was long.", []),
    ],
)
def test_who_signs(text: str, names: list[str]) -> None:
    assert [text[one.start : one.end].strip(" ,") for one in signers(text)] == names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Plum Orchards, Inc.", "PLUM ORCHARDS INC", True),
        ("Plum Orchard, Inc.", "PLUM ORCHARDS, INC.", True),
        ("Plum Orchards", "Plum Orchards LLC", True),
        ("Plum Capital, L.P.", "Plum Capital, LLC", False),
        ("Plum Capital I, L.P.", "Plum Capital II, L.P.", False),
        ("Plum, Inc.", "Plum Holdings, Inc.", False),
        ("Plum Orchards, Inc.", "Pear Orchards, Inc.", False),
    ],
)
def test_two_ways_of_writing_a_name(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is alike(other, one) is same


AMENDMENT = (
    "FIRST AMENDMENT\n\nThis amends the agreement of May 2, 2018 of Grower and Press and uses its words.\n\n"
    f"{BODY}\n\nIN WITNESS WHEREOF, the parties sign.\n\n"
)


def test_an_amendment_that_names_nobody_is_signed_by_its_parties() -> None:
    text = (
        f"{AMENDMENT}GROWER:\nPLUM ORCHARDS, INC.\n\nBy: /s/ A. Gray\nName: A. Gray\n\nPRESS:\n"
        "PEAR PRESSES LLC\n\nBy: /s/ B. White\nName: B. White\n"
    )
    names = {party.name for party in read_parties(document(text))}
    assert names == {"PLUM ORCHARDS, INC.", "PEAR PRESSES LLC"}


def test_two_companies_of_a_group_stay_two() -> None:
    text = f"{AMENDMENT}Plum Capital, L.P.\nBy: /s/ A. Gray\n\nPlum Capital, LLC\nBy: /s/ A. Gray\n"
    names = {party.name for party in read_parties(document(text))}
    assert names == {"Plum Capital, L.P.", "Plum Capital, LLC"}


def test_where_a_preamble_names_two_nobody_is_added_who_signs() -> None:
    text = (
        "between Plum Orchards, Inc. (“Grower”), and Pear Presses LLC (“Press”). WHEREAS they grow.\n\n"
        f"{BODY}{SIGNED}\nMEDLAR BANK PLC\n\nBy: /s/ C. Black\n"
    )
    assert [party.name for party in read_parties(document(text))] == [
        "Plum Orchards, Inc.",
        "Pear Presses LLC",
    ]


def test_a_person_signs_for_herself() -> None:
    text = (
        "SERVICES\n\nPlum Orchards, Inc. hires Ann Quince as of today; Tom Medlar watches.\n\n"
        f"{BODY}\n\nIn witness whereof.\n\nPLUM ORCHARDS, INC.\nBy: /s/ T. Medlar\nTitle: President\n"
        "\n/s/ Ann Quince\nAnn Quince\n"
    )
    assert [party.name for party in read_parties(document(text))] == ["PLUM ORCHARDS, INC.", "Ann Quince"]
