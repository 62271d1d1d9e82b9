"""Names that a preamble lists, and those that stand in labels or before signatures."""

import pytest

from extraction.parties import read_parties
from tests.extraction.conftest import document


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "This Agreement is made by and among Quartz & Company Holdings LP, Opal Group LLC (the "
            "“GP”), Jade "
            "Partners L.P., Onyx Fund L.P. and Mario Bianchi (collectively, the “Funds”). WHEREAS they dig",
            [
                "Quartz & Company Holdings LP",
                "Opal Group LLC",
                "Jade Partners L.P.",
                "Onyx Fund L.P.",
                "Mario Bianchi",
            ],
        ),
        (
            "between Fern Science and Technology Co., Ltd., a company under the laws of England and Wales "
            "(“Fern”), and Ruth Baker, an individual residing at 4 Mill Lane, Leeds (“Consultant”). The "
            "parties",
            ["Fern Science and Technology Co., Ltd.", "Ruth Baker"],
        ),
        (
            "by and between the TOWN OF HAYFIELD, OHIO, a municipal corporation (“Grantor”), and "
            "moss.io, Inc., "
            "d/b/a Moss (“Grantee”). RECITALS",
            ["TOWN OF HAYFIELD", "moss.io, Inc."],
        ),
        (
            "COOPERATION AGREEMENT\n\nParty A: Heron (Hong Kong) Co., Ltd.\nAddress: 7 Pier Road\n\n"
            "Party B: Egret Media Limited\nAddress: 9 Pier Road\n",
            ["Heron (Hong Kong) Co., Ltd.", "Egret Media Limited"],
        ),
        (
            "The two firms file together.\n\nTHRUSH CAPITAL LLC\n\nBy: /s/ A. Lark\n\nWREN CAPITAL LLC\n\n"
            "By: /s/ B. Finch\n",
            ["THRUSH CAPITAL LLC", "WREN CAPITAL LLC"],
        ),
        (
            "B E T W E E N: PLUM COURIER LTD. (“Plum”) - and - PEAR COURIER LTD. a subsidiary of Fig "
            "Inc. (“Pear”)",
            ["PLUM COURIER LTD.", "PEAR COURIER LTD."],
        ),
        (  # words that are no name alone begin one
            "by and between AT&T Plums (“Grower”), and Federal Foods, Inc., an Ohio corporation (“Press”). "
            "WHEREAS they grow",
            ["AT&T Plums", "Federal Foods, Inc."],
        ),
        (
            "by and among A. B. Quince (“Grower”), Federal-Medlar Corp. (“Press”) and New York Pear Growers, "
            "L.P. (“Cellar”). WHEREAS they grow",
            ["A. B. Quince", "Federal-Medlar Corp.", "New York Pear Growers, L.P."],
        ),
        (  # a legal form in two parts, in capitals too
            "by and between PLUM GROWING COMPANY, INC., and PEAR BANK, N.A. (“Press”). WHEREAS they grow",
            ["PLUM GROWING COMPANY, INC.", "PEAR BANK, N.A."],
        ),
        (  # and what is no part of it: "as", and a bank that is named next
            "by and among PLUM GROWERS LIMITED, AS BORROWER, and PEAR HOLDINGS INC., "
            "BANK OF QUINCE being their agent. WHEREAS they lend",
            ["PLUM GROWERS LIMITED", "PEAR HOLDINGS INC."],
        ),
    ],
)
def test_names_of_a_preamble(text: str, names: list[str]) -> None:
    assert [party.name for party in read_parties(document(text))] == names


@pytest.mark.parametrize(
    "text",
    [
        "a dispute between the Company and the Customer shall be settled in Philadelphia, PA.",
        "the difference between Section 4 and Section 5 of this Agreement is small.",
    ],
)
def test_roles_places_and_clauses_are_no_parties(text: str) -> None:
    assert read_parties(document(text)) == ()


def test_a_party_called_by_its_role_ends_the_list() -> None:
    text = (
        "by and between Birch Press, Inc., a Texas corporation (“Birch”), and Cedar Ink, Inc., a Utah "
        "corporation "
        "(“Cedar”). Birch and Cedar are sometimes called a “Party”."
    )
    assert [party.name for party in read_parties(document(text))] == ["Birch Press, Inc.", "Cedar Ink, Inc."]
