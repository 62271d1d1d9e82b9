"""Texts of Jira: the Atlassian Document Format of API 3, the wiki markup of API 2, and what hides in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

Api = Literal["3", "2"]
Node = Mapping[str, Any]

_BLOCKS = frozenset(
    {
        "paragraph",
        "heading",
        "listItem",
        "taskItem",
        "decisionItem",
        "codeBlock",
        "tableRow",
        "rule",
        "blockCard",
    }
)
_DEEPEST = 100  # documents nest a handful of levels; what is deeper was not written by a person


def plain(body: object) -> str:
    """The text of a body: a document's without its form, wiki markup as it is, empty for anything else."""
    if isinstance(body, str):
        return body.strip()
    if not isinstance(body, Mapping):
        return ""
    lines = "".join(_parts(body, 0)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _parts(node: Node, depth: int) -> Iterator[str]:
    """The texts of a node, with a line end around each block."""
    kind, attrs = node.get("type"), node.get("attrs")
    attrs = attrs if isinstance(attrs, Mapping) else {}
    yield _own(kind, node, attrs)
    block = kind in _BLOCKS
    if block:
        yield "\n"
    content = node.get("content")
    if isinstance(content, list) and depth < _DEEPEST:
        for child in content:
            if isinstance(child, Mapping):
                yield from _parts(child, depth + 1)
                if kind == "tableRow":
                    yield " "
    if block:
        yield "\n"


def _own(kind: object, node: Node, attrs: Mapping[str, Any]) -> str:
    """What a node says besides its children."""
    if kind == "text":
        said = node.get("text")
    elif kind == "hardBreak":
        said = "\n"
    elif kind in ("mention", "status", "emoji"):
        said = attrs.get("text") or attrs.get("shortName")
    elif kind in ("inlineCard", "blockCard", "embedCard"):
        said = attrs.get("url")
    elif kind == "date":
        return _day(attrs.get("timestamp"))
    else:
        said = ""
    return said if isinstance(said, str) else ""


def _day(timestamp: object) -> str:
    """A date node holds milliseconds since 1970, as text."""
    try:
        return f"{datetime.fromtimestamp(int(str(timestamp)) / 1000, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return ""


def body(api: Api, text: str, mention: tuple[str, str] | None = None) -> Any:
    """`text` as the body of a comment or description; `mention` is an account id and a name that come
    first, so that Jira notifies that person."""
    if api == "2":
        return f"[~accountid:{mention[0]}] {text}" if mention else text
    paragraphs = [_paragraph(lines) for part in text.split("\n\n") if (lines := part.strip("\n"))]
    if mention:
        account, name = mention
        tag = {"type": "mention", "attrs": {"id": account, "text": f"@{name}" if name else ""}}
        paragraphs = paragraphs or [_paragraph("")]
        paragraphs[0]["content"] = [tag, {"type": "text", "text": " "}, *paragraphs[0].get("content", ())]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _paragraph(lines: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, line in enumerate(lines.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}
