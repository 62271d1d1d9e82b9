"""Parties of the preamble, their roles, and who owes what."""

import pytest

from extraction.parties import read_parties
from extraction.roles import Roles, find_roles
from extraction.sentences import segment
from tests.extraction.conftest import document

PREAMBLES = [
    (
        "This Agreement is made on 1 March 2024 between:\n\n(1) Alpha Instruments GmbH, a company with "
        "its seat in Munich "
        "(the “Customer”); and\n\n(2) Beta Services Ltd, a private limited company (the “Supplier”, "
        "also “Beta”).",
        [("Alpha Instruments GmbH", "Customer"), ("Beta Services Ltd", "Supplier")],
    ),
    (
        "This Agreement is entered into as of May 8, 2014 by and between Gamma Ledger, Inc., a Delaware "
        "corporation having "
        'its office at 1 Main Street ("Gamma"), and Delta Clinics, LLC ("Client").',
        [("Gamma Ledger, Inc.", "Gamma"), ("Delta Clinics, LLC", "Client")],
    ),
    (
        "between Epsilon AG, Seestrasse 7, Zurich (hereinafter referred to as the “Buyer”) and Zeta Sp. "
        "z o.o., Gdynia "
        "(hereinafter the “Seller”)",
        [("Epsilon AG", "Buyer"), ("Zeta Sp. z o.o.", "Seller")],
    ),
    (
        "Parties\n\n(1) ETA FACILITIES PLC, a company incorporated in England (the “Contractor”); and\n\n"
        "(2) THETA GMBH, acting through its London branch (the “Client”).",
        [("ETA FACILITIES PLC", "Contractor"), ("THETA GMBH", "Client")],
    ),
    (
        "Data Agreement\n\n22 April 2025\n\nIota Analytics SAS, 18 quai du Port, Lyon (“Iota”), "
        "and\n\nKappa GmbH, Munich (“Subscriber”),\n\nhave agreed as follows.",
        [("Iota Analytics SAS", "Iota"), ("Kappa GmbH", "Subscriber")],
    ),
    (
        "Hosting Agreement\n\nbetween\n\nLambda Hosting AB\n\nand\n\nMy Instruments GmbH\n\nKey terms\n\n"
        "Provider | Lambda Hosting AB, Stockholm\nCustomer | My Instruments GmbH, Munich\n",
        [("Lambda Hosting AB", "Provider"), ("My Instruments GmbH", "Customer")],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), PREAMBLES)
def test_parties_and_roles(text: str, wanted: list[tuple[str, str]]) -> None:
    found = read_parties(document(text))
    assert [(p.name, p.role) for p in found] == wanted
    for party in found:
        assert party.span.quote in text


def test_aliases_are_kept() -> None:
    found = read_parties(document(PREAMBLES[0][0]))
    assert found[1].aliases == ("Beta",)


def test_known_names_help_where_there_is_no_preamble() -> None:
    text = "Order form for ALPHA GMBH (Customer). Beta Ltd delivers the goods to Alpha GmbH."
    found = read_parties(document(text), ("Alpha GmbH", "Alpha", "Beta Ltd", "Gamma AG"))
    assert [(p.name, p.role) for p in found] == [("ALPHA GMBH", "Customer"), ("Beta Ltd", "")]


def test_no_preamble_no_parties() -> None:
    assert read_parties(document("The Supplier shall pay.")) == ()


ROLES = Roles(("Customer", "Supplier"), payer="Customer", provider="Supplier")


@pytest.mark.parametrize(
    ("text", "at", "who"),
    [
        ("The Supplier shall deliver the report to the Customer within 5 days.", "within", "Supplier"),
        ("Invoices shall be paid by the Customer within 30 days.", "paid", "Customer"),
        ("If the Customer asks, the Supplier shall respond within 2 hours.", "within", "Supplier"),
        ("Within 5 days the Customer shall approve.", "5 days", "Customer"),
        ("It rains within 5 days.", "5 days", ""),
    ],
)
def test_the_subject_of_the_modal_verb_owes(text: str, at: str, who: str) -> None:
    (sentence,) = segment(document(text))
    assert ROLES.subject(sentence, sentence.text.index(at)) == who


def test_the_other_side() -> None:
    assert (ROLES.other("Customer"), ROLES.other("Supplier"), ROLES.other("Bank")) == (
        "Supplier",
        "Customer",
        "",
    )


def test_a_schedule_without_preamble_takes_its_role_words() -> None:
    given = document(
        "The Supplier shall respond. The Customer shall pay. The Supplier shall mend. The Customer may ask."
    )
    roles = find_roles((), segment(given))
    assert (roles.payer, roles.provider) == ("Customer", "Supplier")


def test_named_parties_are_told_apart_by_who_pays() -> None:
    text = (
        'This Agreement is made between Mu Corp. ("Mu") and Nu Inc. ("Nu").\n\nNu shall pay Mu monthly. '
        "Nu shall pay the tax. "
        "Mu shall provide the services."
    )
    given = document(text)
    roles = find_roles(read_parties(given), segment(given))
    assert (roles.payer, roles.provider) == ("Nu", "Mu")


LEFT_TO_SIGNATURES = 'among the parties signatory hereto (together the "Members"), identified in Schedule 1'
CONSORTIUM = """
NORTHERN LOOP CABLE
OPERATING AGREEMENT

This Agreement, made on 4 May 2026 {between},

WITNESSETH that the Members will lay and keep a cable, "Steering Group" meaning the body of clause 4.

{clauses}

IN WITNESS WHEREOF the Members have signed.

For and on behalf of      Aaltonet Oyj

---------------------------

For and on behalf of

Brennick Telecom plc

---------------------------

Signed for and on behalf of: Castell & Marrow Networks, S.A.   By: ____________

For and on behalf of the Company

For and on behalf of      Aaltonet Oyj
"""


def consortium(between: str = LEFT_TO_SIGNATURES, body: str = "") -> str:
    return CONSORTIUM.replace("{between}", between).replace("{clauses}", body)


def test_the_parties_of_a_consortium_are_those_for_whom_somebody_signs() -> None:
    text = consortium(body="The Members keep the cable in repair. " * 400)
    parties = read_parties(document(text))
    assert [p.name for p in parties] == [
        "Aaltonet Oyj",
        "Brennick Telecom plc",
        "Castell & Marrow Networks, S.A.",
    ]
    for party in parties:
        assert text[party.span.start : party.span.end].startswith(party.name)


def test_two_who_sign_for_others_are_read_as_signers_always_are() -> None:
    text = consortium().replace(
        "Signed for and on behalf of: Castell & Marrow Networks, S.A.   By: ____________", ""
    )
    assert {p.name for p in read_parties(document(text))} <= {"Aaltonet Oyj", "Brennick Telecom plc"}


def test_signatures_do_not_outvote_a_preamble_that_names_its_parties() -> None:
    text = consortium('between Aaltonet Oyj ("Owner") and Dunmore Cable Limited ("Operator")')
    assert [p.name for p in read_parties(document(text))] == ["Aaltonet Oyj", "Dunmore Cable Limited"]


def test_an_agreement_among_several_names_its_parties_there_and_not_further_down() -> None:
    text = (
        "This Placement Agreement is dated 4 May 2026, among Aaltonet Oyj, a Finnish company "
        '(the "Issuer"), and Brennick Securities plc ("Brennick") (the "Agents"), which includes any agent '
        "named later. The notes were bought under an agreement by and between Dunmore Holdings LLC "
        '("Dunmore") and Eversley Group, Inc. ("Eversley"). Nothing is agreed among other persons.'
    )
    found = [p.name for p in read_parties(document(text))]
    assert found[:2] == ["Aaltonet Oyj", "Brennick Securities plc"]
    assert "Eversley Group, Inc." not in found
