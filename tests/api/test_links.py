"""What a document's clauses hang on, over HTTP: as for its neighbours, only for whom it is there."""

import pytest

from retrieval.chunk import chunk
from retrieval.parse import parse
from store import ReadContract
from tests.api.conftest import Office
from tests.store import make

TEXT = "1. Terms\n\n1.1 “Fee” means what Section 1.2 states.\n\n1.2 The Fee is due by Section 9 of the Act."


@pytest.fixture
def address(office: Office) -> str:
    document = parse(TEXT.encode(), "c.txt")
    read = ReadContract(list(chunk(document)), [])
    contract = make.contract("C", "acme", "it")
    office.pacta.store.put_reading(contract, document, TEXT.encode(), read, by="t", at=make.NOW)
    return f"/v1/documents/{document.id}/links"


def test_terms_and_references(office: Office, address: str) -> None:
    first, second = office.call("GET", address, "reader").json()
    assert [(r["said"], r["standing"], r["section"]) for r in first["see_also"]] == [
        ("Section 1.2", "here", "1.2")
    ]
    (term,) = second["terms"]
    assert (term["term"], term["how"], term["section"]) == ("Fee", "meaning", "1.1")
    assert "Section 1.2 states" in term["text"]
    assert [r["standing"] for r in second["see_also"]] == ["elsewhere"]


def test_a_passage(office: Office, address: str) -> None:
    start = TEXT.index("by Section 9")
    (found,) = office.call("GET", f"{address}?start={start}&end={len(TEXT)}", "reader").json()
    assert (found["start"], found["terms"], len(found["see_also"])) == (start, [], 1)
    assert office.call("GET", f"{address}?start=-1", "reader").status_code == 422


def test_only_callers_who_may_see_the_contract(office: Office, address: str) -> None:
    assert office.call("GET", address, "it_only").status_code == 200
    assert office.call("GET", address, None).status_code == 401
    assert office.call("GET", "/v1/documents/d-B/links", "it_only").status_code == 404
