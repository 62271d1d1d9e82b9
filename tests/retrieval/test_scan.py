"""Scans: words and their spaces, turned pages, ruled tables, doubts, and Tesseract where it is installed."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from retrieval import ocr
from retrieval.errors import Unreadable
from retrieval.parse import parse
from retrieval.parse.grid import ruled_tables
from retrieval.parse.layout import Sheet
from retrieval.parse.scan import deskew, poor, read_page
from tests.retrieval.papers import font, page_image, png

LINES = [
    "6.2 The Customer shall pay within thirty (30) days",
    "of the invoice. The limit is EUR 1,250,000 in each year.",
    "Availability is at least 99.95 per cent of a month.",
]


def text_of(sheet: Sheet) -> str:
    return "\n".join(line.text for line in sheet.lines)


@pytest.mark.parametrize("turn", [0.0, 0.7, -1.6])
def test_a_page_is_read_with_its_word_spaces(turn: float) -> None:
    sheet = read_page(page_image(LINES, turn=turn), 1, 200)
    assert text_of(sheet) == "\n".join(LINES)
    assert (sheet.confidence or 0) > 0.95
    assert sheet.doubtful == []


def test_a_page_upside_down() -> None:
    upright = read_page(page_image(LINES[:2]).rotate(180), 1, 200)
    assert "thirty (30) days" in text_of(upright)


def test_an_image_file_of_a_page() -> None:
    document = parse(png(page_image(LINES)), "page.png")
    assert document.media_type == "image/png"
    assert document.scanned
    assert document.text.startswith("6.2 The Customer shall pay within thirty (30) days of the invoice.")


def ruled(rows: list[list[str]]) -> Image.Image:
    image = page_image(["Annex – Prices", "", "", "", "", "", "", "", "", "Signed by both parties."])
    draw = ImageDraw.Draw(image)
    across, down = [150, 500, 900, 1400], [220 + 70 * n for n in range(len(rows) + 1)]
    for x in across:
        draw.line((x, down[0], x, down[-1]), fill=20, width=2)
    for y in down:
        draw.line((across[0], y, across[-1], y), fill=20, width=2)
    for y, row in zip(down, rows, strict=False):
        for x, cell in zip(across, row, strict=False):
            draw.text((x + 20, y + 16), cell, fill=30, font=font(30))
    return image


def test_a_ruled_table_in_a_scan() -> None:
    rows = [["Article", "Unit", "Price"], ["BX-20", "pallet", "EUR 3.85"], ["KT-07", "carton", "EUR 14.20"]]
    document = parse(png(ruled(rows)), "annex.png")
    (table,) = document.tables
    assert document.text[table.start : table.end] == "\n".join(" | ".join(row) for row in rows)
    assert document.text.startswith("Annex")
    assert document.text.endswith("Signed by both parties.")


def test_lines_of_print_are_no_table() -> None:
    assert ruled_tables(np.asarray(page_image(LINES))) == []


def test_deskew_levels_the_lines() -> None:
    def edges(image: Image.Image) -> float:
        """How sharply print and white alternate from top to bottom."""
        return float(np.diff(np.asarray(image, np.float32).mean(axis=1)).std())

    turned = page_image(LINES, turn=1.2)
    assert edges(deskew(turned)) > 1.5 * edges(turned)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("98.o per cent", "98.0 per cent"),
        ("between O0:00 and Oo:oO", "between 00:00 and 00:00"),
        ("the tenth (1oth) day", "the tenth (10th) day"),
        ("7. 1", "7.1"),
        ("O2 Telekom and Sp. z o.o.", "O2 Telekom and Sp. z o.o."),
        ("Orange to go", "Orange to go"),
    ],
)
def test_figures_read_as_letters(read: str, meant: str) -> None:
    assert ocr.tidy(read) == meant


def test_doubts_become_problems() -> None:
    assert poor(Sheet(2, 800, [], confidence=0.99), "a.pdf") == []
    (page,) = poor(Sheet(2, 800, [], confidence=0.5, doubtful=["x"]), "a.pdf")
    assert page.place == "a.pdf, page 2"
    (line,) = poor(Sheet(2, 800, [], confidence=0.99, doubtful=["EUR 5O0.00"]), "a.pdf")
    assert "EUR 5O0.00" in line.what


def test_a_white_page_has_no_text() -> None:
    sheet = read_page(Image.new("L", (800, 600), 255), 1, 200)
    assert sheet.lines == []
    assert sheet.confidence == 0.0


WORDS = """level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
4\t1\t1\t1\t1\t0\t150\t120\t400\t30\t-1\t
5\t1\t1\t1\t1\t1\t150\t120\t60\t30\t96.5\t6.2
5\t1\t1\t1\t1\t2\t220\t120\t80\t30\t95.5\t"Fees"
5\t1\t1\t1\t2\t1\t150\t170\t90\t30\t91.0\tNet
5\t1\t1\t1\t2\t2\t250\t170\t40\t30\t93.0\t30
"""


def program(folder: Path, script: str) -> None:
    (folder / "words.tsv").write_text(WORDS)
    tool = folder / "tesseract"
    tool.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    tool.chmod(0o755)


def test_tesseract_is_used_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, f'cat "{tmp_path}/words.tsv"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sheet = read_page(Image.new("L", (800, 600), 255), 1, 200)
    assert text_of(sheet) == '6.2 "Fees"\nNet 30'
    assert sheet.confidence == pytest.approx(0.946, abs=0.01)


def test_tesseract_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Unreadable, match="Tesseract failed"):
        parse(png(page_image(LINES)), "a.png")
