"""Who is meant: sure, unsure, unknown."""

import pytest

from obligations.model import Party
from tools.parties import Name, PartyHint, normalise, resolve

PARTIES = (
    Party(id="us", name="Tessaly Instruments GmbH", aliases=("Tessaly",), us=True),
    Party(
        id="acme",
        name="Acme Managed Services Ltd",
        aliases=("Acme", "AMS"),
        keys={"sap_s4hana": "17300001", "servicenow": "31bea3"},
    ),
    Party(id="nwh", name="Nordwind Hosting AB", aliases=("Nordwind",), keys={"sap_s4hana": "17300002"}),
    Party(id="nwl", name="Nordwind Logistik GmbH", aliases=("Nordwind",), keys={"sap_s4hana": "17300003"}),
    Party(id="baltica", name="Baltica Packaging Sp. z o.o.", aliases=("Baltica",)),
    Party(id="plant1", name="Plant Services 1 GmbH"),
    Party(id="plant2", name="Plant Services 2 GmbH"),
)


def found(name: str = "", **keys: str) -> tuple[str, str | None]:
    resolution = resolve(PartyHint(name=name, keys=keys), PARTIES)
    return resolution.outcome, resolution.party.id if resolution.party else None


@pytest.mark.parametrize(
    ("name", "party"),
    [
        ("Acme Managed Services Ltd", "acme"),
        ("ACME MANAGED SERVICES LIMITED", "acme"),
        ("Acme Managed Services", "acme"),
        ("acme", "acme"),
        ("A.M.S. Ltd", None),
        ("AMS", "acme"),
        ("Nordwind Hosting AB", "nwh"),
        ("Nordwind Logistik", "nwl"),
        ("Nordwind Hosting Aktiebolag", "nwh"),
        ("Baltica Packaging Spółka z o.o.", "baltica"),
        ("Baltica Packaging SP ZOO", None),
        ("Acme Manged Services Ltd", "acme"),
        ("Services Managed Acme Ltd", "acme"),
        ("Plant Services 1 GmbH", "plant1"),
        ("Tessaly Instruments GmbH", "us"),
    ],
)
def test_sure_by_name_or_not(name: str, party: str | None) -> None:
    outcome, who = found(name)
    assert who == party
    assert (outcome == "sure") == (party is not None)


@pytest.mark.parametrize(
    "name",
    [
        "Nordwind",
        "Nordwind GmbH & Co. KG",
        "Acme Managed Services GmbH",
        "Managed Services",
        "Plant Services 3 GmbH",
    ],
)
def test_unsure_names_its_candidates(name: str) -> None:
    resolution = resolve(PartyHint(name=name), PARTIES)
    assert resolution.outcome == "unsure"
    assert resolution.candidates
    assert resolution.party is None
    assert resolution.why


@pytest.mark.parametrize("name", ["Globex Corporation", "", "   ", "17300001", "???", "GmbH"])
def test_unknown(name: str) -> None:
    assert found(name) == ("unknown", None)


def test_an_ambiguous_alias_lists_all_it_may_mean() -> None:
    resolution = resolve(PartyHint(name="Nordwind"), PARTIES)
    assert {c.party.id for c in resolution.candidates} == {"nwh", "nwl"}


class TestKeys:
    def test_a_key_is_sure(self) -> None:
        assert found(sap_s4hana="17300003") == ("sure", "nwl")
        assert found(sap_s4hana="0017300003") == ("sure", "nwl")

    def test_a_key_belongs_to_its_system(self) -> None:
        assert found(coupa="17300003") == ("unknown", None)

    def test_a_key_settles_an_ambiguous_name(self) -> None:
        assert found("Nordwind", sap_s4hana="17300003") == ("sure", "nwl")

    def test_key_and_name_that_contradict_each_other_go_to_a_person(self) -> None:
        assert found("Acme Managed Services Ltd", sap_s4hana="17300002") == ("unsure", None)

    def test_a_hint_that_may_be_key_or_name(self) -> None:
        """Facts carry one text; it is offered as both."""
        assert found("17300001", sap_s4hana="17300001") == ("sure", "acme")
        assert found("Acme Managed Services Ltd", servicenow="Acme Managed Services Ltd") == ("sure", "acme")

    def test_an_unknown_key_leaves_the_name(self) -> None:
        assert found("Nordwind Logistik GmbH", sap_s4hana="99") == ("sure", "nwl")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Müller & Söhne GmbH & Co. KG", Name("muller and sohne", "gmbh co kg")),
        ("Cirrus Ledger, Inc.", Name("cirrus ledger", "inc")),
        ("Łódź Sp. z o.o.", Name("lodz", "sp zoo")),
        ("Ltd", Name("ltd", "")),
        ("O'Neil Co", Name("oneil", "co")),
        ("Straße AG", Name("strasse", "ag")),
    ],
)
def test_normalise(text: str, name: Name) -> None:
    assert normalise(text) == name


def test_no_parties_know_nobody() -> None:
    assert resolve(PartyHint(name="Acme"), ()).outcome == "unknown"
