"""A passage of a PDF over HTTP: boxes, a picture, and refusals that say what is wrong."""

import io

import pytest
from PIL import Image

from obligations.document import Chunk
from retrieval.parse import parse
from store import ReadContract
from tests.api.conftest import Office
from tests.retrieval.papers import lines_pdf
from tests.store import make


@pytest.fixture
def passage(office: Office) -> str:
    """The address of a passage of a stored PDF of business unit "it", its place left out."""
    data = lines_pdf([["4.1 The Supplier shall answer each call", "within one hour."], ["End."]])
    document = parse(data, "c.pdf")
    text = document.text
    chunk = Chunk(id="c-C", document_id=document.id, start=0, end=len(text), text=text)
    contract = make.contract("C", "acme", "it")
    read = ReadContract([chunk], [])
    office.pacta.store.put_reading(contract, document, data, read, by="t", at=make.NOW)
    return f"/v1/documents/{document.id}/passage"


def test_boxes_and_picture(office: Office, passage: str) -> None:
    found = office.call("GET", f"{passage}?start=4&end=50", "reader").json()
    assert [box["page"] for box in found] == [1, 1]
    assert all(box["left"] < box["right"] and box["bottom"] < box["top"] for box in found)
    shown = office.call("GET", f"{passage}.png?start=4&end=50", "reader")
    assert shown.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(shown.content)).height > 1000


def test_only_callers_who_may_see_the_contract(office: Office, passage: str) -> None:
    assert office.call("GET", f"{passage}.png?start=4&end=50", "it_only").status_code == 200
    assert office.call("GET", f"{passage}.png?start=4&end=50", None).status_code == 401


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (".png?start=4&end=4", "no passage from 4 to 4"),
        (".png?start=4&end=90000", "no passage from 4 to 90,000"),
        (".png?start=-1&end=9", "start"),
        (".png?start=4&end=50&page=0", "page"),
        (".png?start=4&end=50&page=9", "no page 9"),
        ("?start=a&end=9", "start"),
        ("?start=0&end=1&start=99", "no passage"),
    ],
)
def test_bad_places_are_refused(office: Office, passage: str, query: str, says: str) -> None:
    refused = office.call("GET", f"{passage}{query}", "reader")
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
    assert refused.json()["remedy"]


def test_a_text_has_no_pages(office: Office) -> None:
    refused = office.call("GET", "/v1/documents/d-A/passage?start=0&end=5", "reader")
    assert refused.status_code == 422
    assert refused.json()["remedy"]
