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
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def markdown_document(raw: str, data: bytes, name: str, limits: Limits) -> Document:
    """A Document from Markdown text; `data` are the file's bytes, for the id."""
    builder = Canonical(name=name, limits=limits)
    text = _COMMENT.sub("", raw.replace("\r\n", "\n").replace("\r", "\n"))
    block: list[str] = []
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
        if not stripped or _THEMATIC.fullmatch(stripped):
            _flush(builder, block)
            continue
        plain = inline(stripped)
        if stripped.startswith("#") or starts_clause(plain) or re.match(r"[-*+]\s", stripped):
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


def _is_bare_row(line: str, following: str, inside: bool) -> bool:
    """ "A | B" without outer bars is a row above a line of dashes and below it."""
    if "|" not in line:
        return False
    below = following.strip().lstrip(">").strip()
    return inside or ("|" in below and "-" in below and bool(_RULE_ROW.fullmatch(below)))


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
