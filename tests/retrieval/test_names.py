"""Names in questions: whole, short, shared, mistyped."""

import pytest

from obligations.model import Contract, Party
from retrieval.names import NameIndex

PARTIES = [
    Party(id="acme", name="Acme Managed Services Ltd", aliases=("AMS",)),
    Party(id="nwh", name="Nordwind Hosting AB"),
    Party(id="nwl", name="Nordwind Logistik GmbH"),
    Party(id="cirrus", name="Cirrus Ledger, Inc."),
    Party(id="baltica", name="Baltica Packaging Sp. z o.o."),
    Party(id="first", name="First Data Services plc"),
    Party(id="jose", name="José Peña & Hijos, S.A."),
]
CONTRACTS = [
    Contract(id="IC-101", title="Managed Services Agreement", type="msa"),
    Contract(id="IC-102", title="Schedule 2 – Service Level Agreement", type="sla"),
]
NAMES = NameIndex(PARTIES, CONTRACTS)


@pytest.mark.parametrize(
    ("text", "ids", "said"),
    [
        ("Is Acme in SLA breach?", {"acme"}, "Acme"),
        ("acme's October credits", {"acme"}, "acme"),
        ("How is AMS doing?", {"acme"}, "AMS"),
        ("Acme Managed Services Limited", {"acme"}, "Acme Managed Services"),
        ("Is Nordwind in breach?", {"nwh", "nwl"}, "Nordwind"),
        ("Is Nordwind Hosting in breach?", {"nwh"}, "Nordwind Hosting"),
        ("is nordwind logistik gmbh late", {"nwl"}, "nordwind logistik gmbh"),
        ("Cirus Ledger notice", {"cirrus"}, "Cirus"),
        ("notice to Cirrus Ledger, Inc.", {"cirrus"}, "Cirrus Ledger, Inc"),
        ("what about Baltica?", {"baltica"}, "Baltica"),
        ("Jose Pena y Hijos", {"jose"}, "Jose"),
        ("clause 4 of IC-102", {"IC-102"}, "IC-102"),
        ("the Managed Services Agreement", {"IC-101"}, "Managed Services Agreement"),
        ("our first payment", set(), ""),
        ("which services breached in October", set(), ""),
        ("", set(), ""),
    ],
)
def test_what_a_text_names(text: str, ids: set[str], said: str) -> None:
    found = NAMES.find(text)
    assert {m.id for m in found} == ids
    assert {m.said for m in found} == ({said} if ids else set())


def test_a_shared_name_is_worth_the_same_to_all_who_share_it() -> None:
    assert len({m.score for m in NAMES.find("Nordwind")}) == 1
    shared = [
        Party(id="a", name="Kestrel Telecom GmbH", aliases=("Kestrel",)),
        Party(id="b", name="Kestrel Foods Ltd"),
    ]
    assert {(m.id, m.score) for m in NameIndex(shared, []).find("Kestrel")} == {("a", 1.0), ("b", 1.0)}


def test_a_typing_error_that_fits_two_names_fits_neither() -> None:
    twins = NameIndex([Party(id="a", name="Marlow Ltd"), Party(id="b", name="Marlon Ltd")], [])
    assert twins.find("Marlox") == ()


def test_several_names_in_one_question() -> None:
    assert {m.id for m in NAMES.find("compare Acme with Cirrus in October")} == {"acme", "cirrus"}
