"""As much of JSON Schema (draft 6) as the published schema of adaptive cards needs to judge a card."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def faults(value: Any, schema: Any, whole: Json, place: str = "$") -> Iterator[str]:
    """Everything in `value` that the schema does not allow, with its place."""
    if isinstance(schema, bool):
        if not schema:
            yield f"{place} is not allowed"
        return
    if "$ref" in schema:
        yield from faults(value, _resolve(schema["$ref"], whole), whole, place)
    if "type" in schema and not any(_is(value, kind) for kind in _listed(schema["type"])):
        yield f"{place} is {type(value).__name__}, not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    yield from _combined(value, schema, whole, place)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), whole, f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _object(value, schema, whole, place)


def _combined(value: Any, schema: Json, whole: Json, place: str) -> Iterator[str]:
    for part in schema.get("allOf", ()):
        yield from faults(value, part, whole, place)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            tried = [list(faults(value, choice, whole, place)) for choice in schema[word]]
            if all(tried):
                yield f"{place} matches none of {len(tried)} choices; the nearest: {min(tried, key=len)[:3]}"


def _object(value: Json, schema: Json, whole: Json, place: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in properties:
            yield from faults(inner, properties[name], whole, f"{place}.{name}")
        elif others is not True:
            yield from faults(inner, others, whole, f"{place}.{name}")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _listed(kinds: Any) -> list[str]:
    return kinds if isinstance(kinds, list) else [kinds]


def _resolve(reference: str, whole: Json) -> Any:
    found: Any = whole
    for step in reference.removeprefix("#").strip("/").split("/"):
        found = found[step] if step else found
    return found
