"""A conversation to a reply: which of the tasks the messages set, and who plays it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from sandbox.llm import reading, understanding, wording

CANNOT = "I can only read clauses."
_LABEL = re.compile(r"^(\w+): ", re.M)


def reply(messages: Sequence[tuple[str, str]]) -> str:
    """The reply to a conversation of (role, content). What is neither clauses to read, a question to plan nor
    findings to word is told so, as a model does that cannot do what it is asked."""
    told = "\n".join(content for role, content in messages if role == "system")
    for role, text in messages:
        if role != "user":
            continue
        clauses = reading.clauses(text)
        if clauses is not None:
            return reading.read(told, clauses)
        given = values(text)
        if "evidence" in given:
            return wording.word(told, given)
        if "question" in given:
            return understanding.understand(told, given)
    return CANNOT


def values(text: str) -> dict[str, Any]:
    """The inputs of a message: what stands behind "name: " at a line's beginning, as JSON or as text."""
    found: dict[str, Any] = {}
    for match in _LABEL.finditer(text):
        rest = text[match.end() :]
        line = rest.split("\n", 1)[0]
        if not rest.startswith(("[", "{", '"', "null")):
            found[match[1]] = line
            continue
        try:
            found[match[1]], _ = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            found[match[1]] = line
    return found
