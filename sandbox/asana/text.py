"""Asana's rich text: kept as plain text in which a mention is its gid between two marks of our own.

In `html_text` and `html_notes` a mention is `<a data-asana-gid="…">`, in `text` and `notes` the name
with an @. Other markup is taken, but not kept.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

Names = Callable[[str], tuple[str, str]]
BEGIN, END = "\ue000", "\ue001"
_MENTION = re.compile(f"{BEGIN}(\\d+){END}")
TAGS = {
    "body", "strong", "em", "u", "s", "code", "ol", "ul", "li", "a", "blockquote", "pre", "h1", "h2", "hr",
    "img", "table", "tr", "td",
}  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.bodies = 0
        self.mention = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or (not self.open and (tag != "body" or self.bodies)):
            raise ValueError(f"<{tag}> cannot stand here")
        self.bodies += tag == "body"
        self.open.append(tag)
        gid = dict(attrs).get("data-asana-gid")
        if tag == "a" and gid:
            if not gid.isdigit():
                raise ValueError("data-asana-gid is no gid")
            self.parts.append(f"{BEGIN}{gid}{END}")
            self.mention = True
        if tag == "li" and "".join(self.parts):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes nothing")
        self.mention = self.mention and tag != "a"

    def handle_data(self, data: str) -> None:
        if not self.open and data.strip():
            raise ValueError("text outside of the body")
        if self.open and not self.mention:
            self.parts.append(data)


def read(html: str) -> str:
    """What is kept of one `<body>`. Raises ValueError for anything else."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open or reader.bodies != 1:
        raise ValueError("one <body> is expected")
    return "".join(reader.parts)


def text(kept: str, names: Names) -> str:
    return _MENTION.sub(lambda found: f"@{names(found[1])[1]}", kept)


def html(kept: str, names: Names) -> str:
    """One `<body>`; only mentions are links."""

    def link(found: re.Match[str]) -> str:
        kind, name = names(found[1])
        path = f"0/{found[1]}/profile" if kind == "user" else f"0/0/{found[1]}"
        attributes = (
            f'href="https://app.asana.com/{path}" data-asana-gid="{found[1]}" data-asana-accessible="true"'
        )
        return (
            f'<a {attributes} data-asana-type="{kind}" data-asana-dynamic="true">@{escape(name, False)}</a>'
        )

    return f"<body>{_MENTION.sub(link, escape(kept, False))}</body>"
