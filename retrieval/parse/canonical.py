"""Builds the one canonical text of a document, block by block, and keeps every offset.

A block (paragraph, heading, list item, table) is separated from the next by a blank line; the rows of
a table stand on lines of their own, cells separated by " | ".
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from obligations.document import Cell, Document, Page, Problem, Table
from retrieval.errors import Empty, TooLarge
from retrieval.parse.limits import Limits

BLOCK = "\n\n"
CELL = " | "


@dataclass
class Canonical:
    """Collects blocks in reading order; `document()` gives the result."""

    name: str
    limits: Limits
    parts: list[str] = field(default_factory=list)
    length: int = 0
    page_starts: list[tuple[int, int, float | None]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
        if self.length > self.limits.max_text:
            raise TooLarge(self.name, f"holds more than {self.limits.max_text:,} characters of text")

    def page(self, number: int, confidence: float | None = None) -> None:
        """What is added from now on stands on this page."""
        self.page_starts.append((number, self.length, confidence))

    def paragraph(self, text: str) -> None:
        """A block of running text, on one line."""
        text = " ".join(text.split())
        if text:
            self._separate()
            self._append(text)

    def continuation(self, text: str) -> None:
        """More of the last block, from the next page."""
        text = " ".join(text.split())
        if text:
            if self.parts:
                self._append(" ")
            self._append(text)

    def table(self, rows: Sequence[Sequence[str]], page: int | None = None) -> None:
        """A table; empty rows are dropped, row 0 is the head."""
        kept = [[" ".join(cell.split()) for cell in row] for row in rows]
        kept = [row for row in kept if any(row)]
        if not kept:
            return
        self._separate()
        start = self.length
        cells = self._rows(kept, 0)
        self.tables.append(Table(start=start, end=self.length, page=page, cells=tuple(cells)))

    def more_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of the table that was written last, from the next page; nothing may stand in between."""
        kept = [[" ".join(cell.split()) for cell in row] for row in rows]
        last = self.tables[-1]
        cells = self._rows([row for row in kept if any(row)], last.cells[-1].row + 1)
        self.tables[-1] = last.model_copy(update={"end": self.length, "cells": (*last.cells, *cells)})

    def _rows(self, rows: Sequence[Sequence[str]], first: int) -> list[Cell]:
        """Append rows, numbered from `first`, and return where their cells stand."""
        cells = []
        for number, row in enumerate(rows, first):
            if number:
                self._append("\n")
            for column, cell in enumerate(row):
                if column:
                    self._append(CELL)
                cells.append(Cell(row=number, column=column, start=self.length, end=self.length + len(cell)))
                self._append(cell)
        return cells

    def _separate(self) -> None:
        if self.length:
            self._append(BLOCK)

    def document(self, data: bytes, media_type: str, *, scanned: bool = False) -> Document:
        text = "".join(self.parts)
        if not text.strip():
            raise Empty(self.name, "holds no text")
        return Document(
            id=document_id(data),
            name=self.name,
            media_type=media_type,
            text=text,
            pages=tuple(pages_of(self.page_starts, len(text))),
            tables=tuple(self.tables),
            scanned=scanned,
            problems=tuple(self.problems),
        )


def document_id(data: bytes) -> str:
    """The document's id: the hash of its bytes, so the same file is the same document."""
    return hashlib.sha256(data).hexdigest()


def pages_of(starts: Sequence[tuple[int, int, float | None]], length: int) -> Iterable[Page]:
    """Pages from (number, start, confidence): each ends where the next begins."""
    for index, (number, start, confidence) in enumerate(starts):
        end = starts[index + 1][1] if index + 1 < len(starts) else length
        yield Page(number=number, start=min(start, length), end=min(end, length), confidence=confidence)
