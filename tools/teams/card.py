"""A message of ours as an adaptive card (version 1.5) for Microsoft Teams.

Text stands in runs of a RichTextBlock, where markdown is no markup; what the client would still act on
(mentions, functions in braces) is broken by a character without width.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tools.kit.errors import Fatal
from tools.kit.payloads import Message
from tools.messages import link, one_line, visible

CARD = "application/vnd.microsoft.card.adaptive"
_ACTS = re.compile(r"(?<=<)(?=/?at\b)|(?<=[{$@])(?=\{)|(?<=\})(?=\})", re.IGNORECASE)
_BREAK = "\u200b"
_CUT = "… (shortened)"
_MOST_FACTS = 50

Json = dict[str, Any]


def card(vendor: str, message: Message, reference: str, limit: int, again: bool = False) -> Json:
    """The card, shortened so that it has at most `limit` bytes as JSON. `again`: says that it may be a
    repetition. Raises Fatal where even title and reference do not fit, or for a link that is none."""
    whole = _card(vendor, message, reference, len(message.text), again)
    if len(as_json(whole)) <= limit:
        return whole
    made = _card(vendor, message, reference, 0, again)
    size = len(as_json(made))
    if size > limit:
        remedy = "Propose the action anew, shorter."
        raise Fatal(vendor, f"the card has {size:,} bytes of {limit:,}", place=reference, remedy=remedy)
    fits, too_long = 0, min(len(message.text), limit)
    while too_long - fits > 1:
        room = (fits + too_long) // 2
        tried = _card(vendor, message, reference, room, again)
        if len(as_json(tried)) <= limit:
            fits, made = room, tried
        else:
            too_long = room
    return made


def as_json(data: Json) -> bytes:
    """Compact JSON as it is sent."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def harmless(text: str) -> str:
    """`text` that no client acts on: no mention, no function, no expression."""
    return _ACTS.sub(_BREAK, text)


def _card(vendor: str, message: Message, reference: str, room: int, again: bool) -> Json:
    text = visible(message.text)
    if len(text) > room:
        text = text[:room].rstrip() + _CUT
    body = [_block(_run(one_line(message.title), weight="Bolder", size="Medium"))]
    body += [_block(_run(part)) for part in re.split(r"\n\s*\n", text) if part.strip()]
    for name, value in message.facts[:_MOST_FACTS]:
        body.append(_block(_run(f"{one_line(name)}: ", weight="Bolder"), _run(one_line(value) or "–")))
    if again:
        body.append(_block(_run("Sent again: the first one may have arrived.", italic=True, isSubtle=True)))
    body.append(_block(_run(f"Reference: {reference}", size="Small", isSubtle=True)))
    made: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": body,
    }
    if message.link:
        made["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": link(vendor, message.link)}]
    return made


def _block(*runs: Json) -> Json:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **style: Any) -> Json:
    return {"type": "TextRun", "text": harmless(text), **style}
