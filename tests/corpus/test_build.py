"""Built files match their sources, and look like contracts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from corpus.build import main, render, stale
from corpus.typeset.errors import SourceError
from corpus.typeset.source import read_source
from tests.corpus.shelf import KEYS, SCANS, built, source

LONG = ("acme-msa", "nordwind-hosting", "cirrus-saas", "pellworm-supply")
PAGED = [key for key in KEYS if built(key).suffix == ".pdf" and key not in SCANS]

SAMPLE = """---
document: Sample
format: {format}
style: classic
---
# Sample Agreement

## 1. Terms

1.1 The Supplier shall **deliver** within ten (10) days;
and not later.

  (a) first

{{widths: 1 2}}
| Item | Price |
|---|---:|
| Bolt | EUR 5 |

::: signatures
| One GmbH | Two Ltd |
| Name: A | Name: B |
:::
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "sample.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("key", KEYS)
def test_built_file_matches_its_source(key: str) -> None:
    assert not stale(source(key)), f"corpus/build.py {key} is due"


@pytest.mark.parametrize("format", ["pdf", "docx", "txt", "scan"])
def test_the_same_source_gives_the_same_bytes(tmp_path: Path, format: str) -> None:
    sample = read_source(_write(tmp_path, SAMPLE.format(format=format)))
    assert render(sample) == render(sample)
    other = read_source(_write(tmp_path, SAMPLE.format(format=format).replace("EUR 5", "EUR 6")))
    assert render(sample) != render(other)


def test_check_names_a_file_that_is_missing_or_old(capsys: pytest.CaptureFixture[str]) -> None:
    nda = source("fenwick-nda")
    assert stale(replace(nda, blocks=nda.blocks[:-1]))
    assert stale(replace(nda, key="nowhere"))
    assert main(["--check", "fenwick-nda"]) == 0
    assert "all files match" in capsys.readouterr().out


def test_an_unknown_key_is_an_error_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "no-such"]) == 2
    assert "no-such" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("format: pdf", "format: odt", "format is 'odt'"),
        ("style: classic", "style: gothic", "style is 'gothic'"),
        ("document: Sample", "documents: Sample", "documents"),
        ("| Bolt | EUR 5 |", "| Bolt |", "as many cells"),
        ("{widths: 1 2}", "{widths: 1 2 3}", "2 columns but 3 widths"),
        ("# Sample Agreement", "\\newpage", "unknown command"),
        ("---\ndocument", "document", "front matter"),
    ],
)
def test_a_source_that_is_not_the_dialect_says_where(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    text = SAMPLE.format(format="pdf")
    assert before in text
    with pytest.raises(SourceError, match=says) as raised:
        read_source(_write(tmp_path, text.replace(before, after, 1)))
    assert "sample.md" in str(raised.value)


def test_a_character_the_pdf_fonts_lack_is_refused(tmp_path: Path) -> None:
    sample = read_source(_write(tmp_path, SAMPLE.format(format="pdf").replace("Bolt", "Śruba")))
    with pytest.raises(SourceError, match="Ś"):
        render(sample)


def _pdf(key: str) -> Any:
    return pypdfium2.PdfDocument(built(key))  # type: ignore[no-untyped-call]


def test_long_contracts_have_eight_pages_or_more() -> None:
    pages = {key: len(_pdf(key)) for key in LONG}
    assert min(pages.values()) >= 8, pages


@pytest.mark.parametrize("key", PAGED)
def test_pages_are_numbered(key: str) -> None:
    document = _pdf(key)
    for number, page in enumerate(document, start=1):
        text = page.get_textpage().get_text_range()
        assert source(key).document in text
        assert f"Page {number} of {len(document)}" in text


@pytest.mark.parametrize("key", SCANS)
def test_scans_are_pictures_without_text_below_a_megabyte(key: str) -> None:
    assert source(key).format == "scan"
    assert built(key).stat().st_size < 1_000_000
    for page in _pdf(key):
        assert page.get_textpage().get_text_range() == ""
        assert [type(item) for item in page.get_objects()] == [pypdfium2.PdfImage]
