"""Tool calls: of the tool whose description shares most words with the question; then what it gave."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_WORD = re.compile(r"[a-z]{3,}")
_NUMBER = re.compile(r"\b[A-Z]{2,}-?\d[\w-]*\b")
_KEY = re.compile(r"\b[ASRCP]\d+\b")
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def call(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The call to make, as `{"name", "arguments"}`; None once there are results, or nothing fits."""
    if any(message.get("role") == "tool" for message in messages):
        return None
    question = _question(messages)
    wanted = set(_WORD.findall(question.casefold()))
    offered = [tool["function"] for tool in tools if isinstance(tool.get("function"), dict)]
    ranked = sorted(offered, key=lambda f: -_shared(f, wanted))
    if not ranked or not _shared(ranked[0], wanted):
        return None
    return {"name": str(ranked[0]["name"]), "arguments": json.dumps(_arguments(ranked[0], question))}


def any_call(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A call of the first tool, with nothing to go by."""
    return {"name": str(tools[0]["function"]["name"]), "arguments": "{}"}


def answer(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the results say, in their own words; only the keys they carry where the prompt asks for these."""
    results = [str(m.get("content") or "") for m in messages if m.get("role") == "tool"]
    if any('"use"' in str(m.get("content")) for m in messages if m.get("role") == "system"):
        return json.dumps({"use": list(dict.fromkeys(_KEY.findall(" ".join(results))))})
    return "The records say: " + " ".join(results) if results else "I have nothing to look that up with."


def _question(messages: Sequence[Mapping[str, Any]]) -> str:
    return next((str(m.get("content") or "") for m in reversed(messages) if m.get("role") == "user"), "")


def _shared(tool: Mapping[str, Any], wanted: set[str]) -> int:
    said = f"{tool.get('name', '')} {tool.get('description', '')}".replace("_", " ").casefold()
    return len(wanted & set(_WORD.findall(said)))


def _arguments(tool: Mapping[str, Any], question: str) -> dict[str, Any]:
    """What the schema requires and the question holds, by the names of the fields."""
    schema = tool.get("parameters") or {}
    required = set(schema.get("required", ()))
    given: dict[str, Any] = {}
    for name, form in (schema.get("properties") or {}).items():
        value = _value(name, form, question, name in required)
        if value is not None:
            given[name] = value
    return given


def _value(name: str, form: Mapping[str, Any], question: str, required: bool) -> Any:
    if "enum" in form:
        named = [v for v in form["enum"] if str(v).replace("_", " ").casefold() in question.casefold()]
        return named[0] if named else form["enum"][0] if required else None
    pattern = (
        _DAY
        if "day" in name or name.endswith("_on")
        else _NUMBER
        if "record" in name or "id" in name
        else None
    )
    found = pattern.search(question) if pattern else None
    text = found[0] if found else question if required else None
    if form.get("type") == "array":
        return [text] if text else None
    return text if form.get("type", "string") == "string" else None
