"""The dialect: a contract source read into blocks.

A source is a front matter and blocks divided by blank lines. Lines of one block are joined, so a
source may be wrapped anywhere.

    ---
    document: Managed Services Agreement     # running head of each page
    reference: TES-LEG-2024-017              # right of the running head; may be empty
    footer: Confidential                     # left of the page number; may be empty
    format: pdf                              # pdf, docx, txt or scan
    style: classic                           # classic (A4, serif), modern (A4, sans), us (letter, serif)
    ---
    # Title                          centred title; a second `# ` line gives a second one
    > centred text                   dates, "between", recital marks
    ## 3. Service levels             heading; numbers are written out, never generated
    ### 3.2 Response                 subheading; `#### ` one smaller
    3.2 Text of the clause           a marker (3.2, 3.2.1, (a), (ii), (1), A., A.1, 4., -) hangs in the margin
      (a) text                       two spaces of indent per level
      text without a marker          stands under the text of the clause above it
    {widths: 1 2 4}                  before a table: shares of the width; one per column
    {caption: Table 1 - Priorities}  before a table: printed above it
    | Head | Head |                  a pipe table; its second row is |---|---:|:-:|
    ::: signatures                   rows of two columns, the first the signing companies; ended by :::
    \\contents                        page with the contents, after a cover page (PDF only)
    \\pagebreak

Inline: **bold**, *italic*. `\\|` is a pipe inside a cell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from corpus.typeset.errors import SourceError

Kind = Literal["title", "centred", "heading", "clause", "table", "signatures", "contents", "pagebreak"]
Format = Literal["pdf", "docx", "txt", "scan"]
SUFFIX: dict[str, str] = {"pdf": ".pdf", "docx": ".docx", "txt": ".txt", "scan": ".pdf"}
STYLES = ("classic", "modern", "us")

_MARKER = re.compile(r"(\d+(?:\.\d+)+\.?|\d+\.|\([a-z]{1,4}\)|\(\d{1,2}\)|[A-Z]\.(?:\d+)?|-)\s+(?=\S)")
_OPTION = re.compile(r"\{(widths|caption):\s*(.+)\}$")


@dataclass(frozen=True)
class Block:
    """One block. `level` is the heading's depth (1..3) or the clause's indent (0..); `marker` is ""
    for running text; `rows` are a table's cells, row 0 its head; `align` is per column l, c or r."""

    kind: Kind
    text: str = ""
    level: int = 0
    marker: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()
    align: str = ""
    caption: str = ""


@dataclass(frozen=True)
class ContractSource:
    key: str
    document: str
    format: Format
    style: str
    reference: str = ""
    footer: str = ""
    blocks: tuple[Block, ...] = field(default=(), repr=False)

    @property
    def file(self) -> str:
        return self.key + SUFFIX[self.format]


def read_source(path: Path) -> ContractSource:
    """The source at `path`; SourceError where it is not the dialect."""
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise SourceError(f"{path.name}: starts without a front matter; begin with '---', settings, '---'")
    meta = yaml.safe_load(parts[1])
    for name, allowed in (("format", tuple(SUFFIX)), ("style", STYLES)):
        if meta.get(name) not in allowed:
            raise SourceError(f"{path.name}: {name} is {meta.get(name)!r}; use one of {', '.join(allowed)}")
    unknown = set(meta) - {"document", "format", "style", "reference", "footer"}
    if unknown or not meta.get("document"):
        raise SourceError(f"{path.name}: front matter needs `document` and knows no {sorted(unknown)}")
    blocks = tuple(_blocks(parts[2], path.name))
    return ContractSource(path.stem, blocks=blocks, **{k: v or "" for k, v in meta.items()})


def _blocks(body: str, name: str) -> Iterator[Block]:
    options: dict[str, str] = {}
    for chunk in _chunks(body):
        lines = list(chunk)
        while lines and (option := _OPTION.match(lines[0].strip())):
            options[option[1]] = option[2]
            lines.pop(0)
        if not lines:
            continue
        if lines[0].startswith("|"):
            yield _table(lines, options, name)
            options = {}
        elif lines[0] == "::: signatures":
            yield Block("signatures", rows=tuple(_cells(line) for line in lines[1:]))
        else:
            yield from _running(lines, name)
    if options:
        raise SourceError(f"{name}: {options} stands before no table")


def _chunks(body: str) -> Iterator[list[str]]:
    """Lines between blank lines; a ::: block is one chunk up to its closing line."""
    held: list[str] = []
    fenced = False
    for line in [*body.splitlines(), ""]:
        if line.startswith(":::"):
            fenced = line != ":::"
            if fenced:
                held.append(line)
        elif line.strip():
            held.append(line)
        elif held and not fenced:
            yield held
            held = []


def _running(lines: list[str], name: str) -> Iterator[Block]:
    first = lines[0]
    if first.startswith("\\"):
        if first not in ("\\contents", "\\pagebreak"):
            raise SourceError(f"{name}: unknown command {first!r}; use \\contents or \\pagebreak")
        yield Block("contents" if first == "\\contents" else "pagebreak")
    elif first.startswith("# "):
        for line in lines:
            yield Block("title", line.removeprefix("# ").strip())
    elif first.startswith("#"):
        hashes, text = " ".join(lines).split(" ", 1)
        yield Block("heading", text.strip(), level=len(hashes) - 1)
    elif first.startswith("> "):
        for line in lines:
            yield Block("centred", line.removeprefix(">").strip())
    else:
        level = (len(first) - len(first.lstrip())) // 2
        text = " ".join(line.strip() for line in lines)
        marker = _MARKER.match(text)
        yield Block(
            "clause",
            text[marker.end() :] if marker else text,
            level=level,
            marker=marker[1] if marker else "",
        )


def _table(lines: list[str], options: dict[str, str], name: str) -> Block:
    rows = [_cells(line) for line in lines]
    if len(rows) < 3 or any(len(row) != len(rows[0]) for row in rows) or set("".join(rows[1])) - set(":- "):
        raise SourceError(f"{name}: table {lines[0]!r} needs a head, a |---| row and rows of as many cells")
    align = "".join(
        "c" if rule.startswith(":") and rule.endswith(":") else "r" if rule.endswith(":") else "l"
        for rule in rows[1]
    )
    widths = tuple(float(part) for part in options.get("widths", "").split()) or (1.0,) * len(rows[0])
    if len(widths) != len(rows[0]):
        raise SourceError(f"{name}: table {lines[0]!r} has {len(rows[0])} columns but {len(widths)} widths")
    return Block(
        "table",
        rows=(rows[0], *rows[2:]),
        widths=widths,
        align=align,
        caption=options.get("caption", ""),
    )


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner))


def plain(text: str) -> str:
    """`text` without its inline marks."""
    return re.sub(r"\*\*(.+?)\*\*|\*(.+?)\*", lambda m: m[1] or m[2], text)
