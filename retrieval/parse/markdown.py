"""Markdown: inline marks are dropped, headings keep their "#", tables become rows of cells."""

import re

from obligations.document import Document
from retrieval.numbering import starts_clause
from retrieval.parse.canonical import Canonical
from retrieval.parse.limits import Limits

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\w*])")
_CODE = re.compile(r"`([^`\n]+)`")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")
_RULE_ROW = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|?)+")
_THEMATIC = re.compile(r"(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,}|={3,}")
_ITEM = re.compile(r"(?P<no>\d{1,3})[.)]\s+(?P<rest>.*)", re.DOTALL)
_BEFORE_ITEM = re.compile(r"(?:[.,;:]|\b(?:and|or))[\"”’')]*$")
_UNDERLINE = re.compile("=+|-{3,}")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def markdown_document(raw: str, data: bytes, name: str, limits: Limits) -> Document:
    """A Document from Markdown text; `data` are the file's bytes, for the id."""
    builder = Canonical(name=name, limits=limits)
    text = _COMMENT.sub("", raw.replace("\r\n", "\n").replace("\r", "\n"))
    block: list[str] = []
    items = _Items()
    rows: list[list[str]] = []
    lines = [*_FRONT_MATTER.sub("", text).split("\n"), ""]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        stripped = line.strip().lstrip(">").strip()
        if _is_row(stripped) or _is_bare_row(stripped, following, bool(rows)):
            _flush(builder, block)
            if not _RULE_ROW.fullmatch(stripped):
                rows.append([inline(cell) for cell in _cells(stripped)])
            continue
        if rows:
            builder.table(rows)
            rows = []
        if len(block) == 1 and _UNDERLINE.fullmatch(stripped) and not block[0].startswith("#"):
            block[0] = f"{'#' if stripped[0] == '=' else '##'} {block[0]}"
        if not stripped or _THEMATIC.fullmatch(stripped) or _UNDERLINE.fullmatch(stripped):
            _flush(builder, block)
            continue
        plain = inline(items.numbered(line, stripped))
        if stripped.startswith("#") or _starts_block(plain, stripped, block):
            _flush(builder, block)
        block.append(plain)
        if stripped.startswith("#") or line.endswith("  "):
            _flush(builder, block)
    return builder.document(data, "text/markdown")


def inline(text: str) -> str:
    """Text without inline marks: `**Fees.** See [the order](x)` -> `Fees. See the order`."""
    text = _IMAGE.sub("", text)
    text = _TAG.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\2", text)
    return _ESCAPE.sub(r"\1", text)


def _flush(builder: Canonical, block: list[str]) -> None:
    builder.paragraph(" ".join(block))
    block.clear()


def _is_row(line: str) -> bool:
    return line.startswith("|") and line.count("|") >= 2


class _Items:
    """Gives items of nested lists the number that contracts quote: item 2 below item 3 is "3.2"."""

    def __init__(self) -> None:
        self.open: list[tuple[int, str]] = []

    def numbered(self, line: str, stripped: str) -> str:
        """`stripped` with its full number where `line` is an item inside another numbered item."""
        if not stripped:
            return stripped
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        item = _ITEM.match(stripped)
        if item is None:
            # a line at the margin ends the list, one further in belongs to its item
            self.open = [held for held in self.open if held[0] < indent]
            return stripped
        sibling = next((label for place, label in self.open if place == indent), None)
        self.open = [held for held in self.open if held[0] < indent]
        number = item["no"]
        if sibling and number == "1":  # many write "1." before every item and leave the counting to others
            number = str(int(sibling.rsplit(".", 1)[-1]) + 1)
        label = f"{self.open[-1][1]}.{number}" if self.open else number
        self.open.append((indent, label))
        rest = item["rest"].lstrip("#").strip()
        return stripped if label == item["no"] and rest == item["rest"].strip() else f"{label}. {rest}"


def _starts_block(plain: str, stripped: str, block: list[str]) -> bool:
    """A clause or item starts here; "(b)" in the middle of a sentence that was wrapped does not."""
    if re.match(r"[-*+]\s", stripped):
        return True
    if not starts_clause(plain):
        return False
    return not (block and plain.startswith("(") and not _BEFORE_ITEM.search(block[-1]))


def _is_bare_row(line: str, following: str, inside: bool) -> bool:
    """ "A | B" without outer bars is a row above a line of dashes and below it."""
    if "|" not in line:
        return False
    below = following.strip().lstrip(">").strip()
    return inside or ("|" in below and "-" in below and bool(_RULE_ROW.fullmatch(below)))


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
