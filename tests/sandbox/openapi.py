"""As much of JSON Schema as the vendor's own specification needs to judge an answer."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def faults(value: Any, schema: Json, spec: Json, place: str = "$") -> Iterator[str]:
    """Everything in `value` that the schema does not allow, with its place."""
    schema = resolve(schema, spec)
    kinds = schema.get("type") or []
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if value is None and (schema.get("nullable") or "null" in kinds):
        return
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{place} is {type(value).__name__}, not {' or '.join(kinds)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    for part in schema.get("allOf", ()):
        yield from faults(value, part, spec, place)
    for choices in (schema[name] for name in ("oneOf", "anyOf") if name in schema):
        tried = [list(faults(value, choice, spec, place)) for choice in choices]
        if all(tried):
            yield f"{place} matches none of {len(tried)} choices"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), spec, f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _object(value, schema, spec, place)


def _is(value: Any, kind: str) -> bool:
    return (
        kind in TYPES
        and isinstance(value, TYPES[kind])
        and (not isinstance(value, bool) or kind == "boolean")
    )


def _object(value: Json, schema: Json, spec: Json, place: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in properties:
            yield from faults(inner, properties[name], spec, f"{place}.{name}")
        elif others is False:
            yield f"{place}.{name} is not in the schema"
        elif isinstance(others, dict):
            yield from faults(inner, others, spec, f"{place}.{name}")


def resolve(schema: Json, spec: Json) -> Json:
    while "$ref" in schema:
        found: Any = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        schema = found
    return schema


def answer(spec: Json, method: str, path: str, status: int) -> Json:
    """The schema of one answer of one operation."""
    operation = spec["paths"][path][method]
    response = resolve(operation["responses"][str(status)], spec)
    schema: Json = response["content"]["application/json"]["schema"]
    return schema
