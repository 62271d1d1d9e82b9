"""`pacta page`: the clause of an obligation on the page of its PDF."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from cli.main import app
from flows.settings import Settings
from flows.wiring import Pacta
from obligations.document import Chunk, Span
from retrieval.parse import parse
from store import NotFound, ReadContract
from tests.retrieval.papers import lines_pdf
from tests.store import make

QUOTE = "The Supplier shall answer each call within one hour."


def ingested(home: Path) -> None:
    data = lines_pdf([["Schedule", "4.1 The Supplier shall answer each call", "within one hour."]])
    document = parse(data, "c.pdf")
    text = document.text
    start = text.index(QUOTE)
    span = Span(document_id=document.id, start=start, end=start + len(QUOTE), quote=QUOTE, page=1)
    chunk = Chunk(id="c-C", document_id=document.id, start=0, end=len(text), text=text)
    one = make.obligation("o-C", "C")
    one = one.model_copy(update={"terms": (one.terms[0].model_copy(update={"span": span}),)})
    with Pacta(Settings(home=home), clock=lambda: make.NOW) as pacta:
        pacta.store.put_party(make.party("acme"), by="t", at=make.NOW)
        read = ReadContract([chunk], [one])
        pacta.store.put_reading(make.contract("C", "acme", "it"), document, data, read, by="t", at=make.NOW)


def test_the_page_is_written(tmp_path: Path) -> None:
    ingested(tmp_path)
    picture = tmp_path / "page.png"
    words = ["--home", str(tmp_path), "page", "o-C", "--png", str(picture)]
    shown = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "page 1" in shown.stdout
    assert Image.open(picture).format == "PNG"
    told = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert json.loads(told.stdout)["page"] == 1


def test_an_unknown_obligation(tmp_path: Path) -> None:
    ingested(tmp_path)
    words = ["--home", str(tmp_path), "page", "o-none", "--png", str(tmp_path / "x.png")]
    with pytest.raises(NotFound, match="o-none"):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_below_the_page_stands_what_the_clause_hangs_on(tmp_path: Path) -> None:
    ingested(tmp_path)
    words = ["--home", str(tmp_path), "page", "o-C", "--png", str(tmp_path / "page.png"), "--json"]
    told = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    assert (told["terms"], told["see_also"]) == ([], [])
