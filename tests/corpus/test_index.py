"""The index names every contract once, and everything it names is there."""

from datetime import date

import pytest

from corpus.build import CORPUS
from tests.corpus.shelf import INDEX, KEYS, annotation, built, source

FIELDS = {
    "key",
    "file",
    "title",
    "ironclad",
    "type",
    "relation",
    "parent",
    "counterparty",
    "aliases",
    "sap_supplier",
    "business_unit",
    "effective_on",
}


def test_every_contract_once_with_its_record() -> None:
    assert len(set(KEYS)) == 15
    assert [entry["ironclad"] for entry in INDEX] == [f"IC-{number}" for number in range(101, 116)]
    suppliers = {entry["counterparty"]: entry["sap_supplier"] for entry in INDEX if entry["sap_supplier"]}
    assert sorted(suppliers.values()) == [f"173000{number:02}" for number in range(1, 11)]


@pytest.mark.parametrize("entry", INDEX, ids=KEYS)
def test_entry_is_whole(entry: dict[str, object]) -> None:
    assert set(entry) - {"sap_customer"} == FIELDS
    assert isinstance(entry["effective_on"], date)
    assert entry["relation"] in {"master", "schedule", "amendment", "sow", "standalone"}
    parents = {other["ironclad"] for other in INDEX}
    assert (entry["parent"] in parents) == (entry["relation"] in {"schedule", "amendment", "sow"})


@pytest.mark.parametrize("key", KEYS)
def test_contract_has_source_file_and_annotation(key: str) -> None:
    assert source(key).file == built(key).name
    assert built(key).is_file()
    assert annotation(key)["document"] == built(key).name


def test_nothing_lies_about_that_the_index_does_not_name() -> None:
    assert {path.stem for path in (CORPUS / "source").glob("*.md")} == set(KEYS)
    assert {path.stem for path in (CORPUS / "annotations").glob("*.json")} == set(KEYS)
    assert {path.name for path in (CORPUS / "contracts").iterdir()} == {built(key).name for key in KEYS}


@pytest.mark.parametrize("entry", INDEX, ids=KEYS)
def test_annotation_agrees_with_the_index(entry: dict[str, object]) -> None:
    facts = annotation(str(entry["key"]))["facts"]
    assert facts["effective_on"] == str(entry["effective_on"])
    assert entry["counterparty"] in [party["name"] for party in facts["parties"]]
