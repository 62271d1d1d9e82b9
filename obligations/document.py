"""What a parsed document is, for every package that reads one: text, pages, tables, chunks, spans.

All offsets are Python string indices into `Document.text`, the one canonical text of the document.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from obligations.quantities import Frozen


class Problem(Frozen):
    """Something that could not be read or located. Listed, never swallowed.

    `stage` is where it happened (`parse`, `extract`, `locate`, `sync`, …), `place` the page, section,
    file or record, `remedy` what a person can do.
    """

    stage: str
    what: str
    place: str = ""
    remedy: str = ""


class Page(Frozen):
    number: int = Field(ge=1)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    confidence: float | None = Field(default=None, description="OCR confidence 0..1, None for text")


class Cell(Frozen):
    row: int
    column: int
    start: int
    end: int


class Table(Frozen):
    """A table found in the document; its cells are ranges of the canonical text, row 0 is the head."""

    start: int
    end: int
    page: int | None = None
    cells: tuple[Cell, ...] = ()


class Document(Frozen):
    """One parsed file. `id` is the hash of its bytes, so the same file is the same document."""

    id: str
    name: str
    media_type: str
    text: str
    pages: tuple[Page, ...] = ()
    tables: tuple[Table, ...] = ()
    scanned: bool = False
    problems: tuple[Problem, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """Number of the page that holds `offset`, None where the format has no pages."""
        for page in self.pages:
            if page.start <= offset < page.end:
                return page.number
        return self.pages[-1].number if self.pages and offset >= self.pages[-1].end else None


class Span(Frozen):
    """A grounded quotation: `quote == document.text[start:end]` unless `match` says otherwise."""

    document_id: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    section: str = Field(default="", description='number and title, such as "3.2 Resolution"')
    page: int | None = None
    match: Literal["exact", "normalised", "fuzzy"] = "exact"

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if self.end <= self.start:
            raise ValueError(f"span ends at {self.end}, before or at its start {self.start}")
        return self


LIKELY = 0.03
"""From here on a clause kind is a hint of what a chunk is about; search ranks by less likely ones too."""


class Chunk(Frozen):
    """A piece of a document along its own numbering.

    `path` are the headings above it, outermost first; `section` is its own number and title; `kinds`
    are clause kinds with the tagger's probability, most likely first; `answers` says of each of them where
    in the document the sentences stand that say so.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    section: str = ""
    path: tuple[str, ...] = ()
    page: int | None = None
    kinds: tuple[tuple[str, float], ...] = ()
    answers: tuple[tuple[int, int], ...] = ()

    @property
    def likely(self) -> tuple[tuple[str, float], ...]:
        """The kinds that are more than remotely possible."""
        return tuple((kind, chance) for kind, chance in self.kinds if chance >= LIKELY)

    def answer(self, kinds: Sequence[str]) -> tuple[int, int]:
        """Where the sentences of a kind stand, the first of `kinds` that the chunk holds; else all of it."""
        place = dict(zip((kind for kind, _ in self.kinds), self.answers, strict=False))
        return next((place[kind] for kind in kinds if kind in place), (self.start, self.end))
