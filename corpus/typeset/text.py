"""A contract as plain text, 78 columns wide, as it would be pasted into a mail or kept by a small firm."""

import textwrap
from collections.abc import Iterator

from corpus.typeset.source import Block, ContractSource, plain

_WIDTH = 78


def text_bytes(source: ContractSource) -> bytes:
    """The contract as UTF-8 text with line feeds."""
    lines = [line for block in source.blocks for line in _lines(block)]
    return ("\n".join(line.rstrip() for line in lines).strip("\n") + "\n").encode("utf-8")


def _lines(block: Block) -> Iterator[str]:
    if block.kind in ("contents", "pagebreak"):
        return
    if block.kind in ("title", "centred"):
        text = plain(block.text)
        yield from (line.center(_WIDTH) for line in textwrap.wrap(text, _WIDTH))
    elif block.kind == "heading":
        yield ""
        yield plain(block.text).upper() if block.level == 1 else plain(block.text)
    elif block.kind == "clause":
        yield from _clause(block)
    else:
        yield from _columns(block)
    yield ""


def _clause(block: Block) -> list[str]:
    step = 6
    left = step * (block.level + bool(block.marker))
    marker = block.marker.ljust(step) if block.marker else ""
    if marker and not marker.endswith(" "):
        marker += " "
    first = " " * (left - step) + marker if marker else " " * left
    return textwrap.wrap(
        plain(block.text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * left,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _columns(block: Block) -> Iterator[str]:
    rows = [[plain(cell) for cell in row] for row in block.rows]
    count, gap = len(rows[0]), 2
    shares = block.widths or (1.0,) * count
    room = _WIDTH - gap * (count - 1)
    widths = [max(4, int(room * share / sum(shares))) for share in shares]
    if block.caption:
        yield plain(block.caption)
        yield ""
    for number, row in enumerate(rows):
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for line in range(max(len(cell) for cell in cells)):
            parts = [cell[line] if line < len(cell) else "" for cell in cells]
            yield (" " * gap).join(part.ljust(width) for part, width in zip(parts, widths, strict=True))
        if number == 0 and block.kind == "table":
            yield (" " * gap).join("-" * width for width in widths)
