"""Requests of a connector held against the vendor's OpenAPI file, where a copy lies beside the checkout."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import yaml

VENDORS = Path(__file__).resolve().parents[3] / "shared" / "vendors"
Json = dict[str, Any]

needs_specification = pytest.mark.skipif(
    not VENDORS.is_dir(), reason="no copy of the vendors' specifications beside the checkout"
)


@functools.cache
def load(name: str) -> Json:
    """A specification by its path below the vendors' folder."""
    text = (VENDORS / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        return dict(json.loads(text))
    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def faults(request: httpx.Request, spec: Json, base: str = "") -> list[str]:
    """What in a request its operation does not know: path, method, parameters, body. `base` is the part of
    the path that the specification leaves to its servers."""
    path = request.url.path.removeprefix(base)
    found = _operation(spec, request.method.lower(), path)
    if found is None:
        return [f"no operation {request.method} {path}"]
    template, shared, operation = found
    place = f"{request.method} {template}"
    said = [f"{place}: {fault}" for fault in _parameters(request, spec, shared, operation)]
    if request.content and "json" in request.headers.get("content-type", ""):
        schema = _body(spec, operation)
        if schema is None:
            return [*said, f"{place} takes no JSON body"]
        said += [f"{place}: {fault}" for fault in _value(json.loads(request.content), schema, spec, "$")]
    return said


def _operation(spec: Json, method: str, path: str) -> tuple[str, list[Json], Json] | None:
    """The operation of a path; a template without parameters comes before one with them."""
    for template in sorted(spec["paths"], key=lambda t: t.count("{")):
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        held = spec["paths"][template]
        if method in held and re.fullmatch(pattern, path):
            return template, [_resolved(p, spec) for p in held.get("parameters", ())], held[method]
    return None


def _parameters(request: httpx.Request, spec: Json, shared: list[Json], operation: Json) -> Iterator[str]:
    listed = [*shared, *(_resolved(p, spec) for p in operation.get("parameters", ()))]
    known = {p["name"]: p for p in listed if p["in"] == "query"}
    for name, text in request.url.params.multi_items():
        if name not in known:
            yield f"no parameter {name}"
            continue
        schema = _resolved(known[name].get("schema", {}), spec)
        for part in text.split(",") if schema.get("type") == "array" else [text]:
            yield from _text(part, _resolved(schema.get("items", schema), spec), name)
    for name, parameter in known.items():
        if parameter.get("required") and name not in request.url.params:
            yield f"parameter {name} is missing"


def _text(text: str, schema: Json, name: str) -> Iterator[str]:
    """What is wrong with a parameter's text."""
    kind = schema.get("type")
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", text):
            yield f"parameter {name}: {text!r} is no integer"
        elif int(text) > schema.get("maximum", int(text)) or int(text) < schema.get("minimum", int(text)):
            yield f"parameter {name}: {text} is out of bounds"
    if kind == "boolean" and text not in ("true", "false"):
        yield f"parameter {name}: {text!r} is no boolean"
    if "enum" in schema and text not in [str(choice) for choice in schema["enum"]]:
        yield f"parameter {name}: {text!r} is none of the choices"


def _body(spec: Json, operation: Json) -> Json | None:
    body = _resolved(operation.get("requestBody", {}), spec)
    for kind, content in body.get("content", {}).items():
        if "json" in kind or kind == "*/*":
            return dict(content.get("schema", {}))
    return None


_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def _value(value: Any, schema: Json, spec: Json, place: str) -> Iterator[str]:
    schema = _flat(schema, spec)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        tried = [list(_value(value, choice, spec, place)) for choice in choices]
        if all(tried):
            yield min(tried, key=len)[0]
        return
    if value is None and schema.get("nullable"):
        return
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ())
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{place} is {type(value).__name__}, not {' or '.join(kinds)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _value(item, schema.get("items", {}), spec, f"{place}[{number}]")
    if isinstance(value, dict) and schema.get("properties"):
        yield from _members(value, schema, spec, place)


def _members(value: Json, schema: Json, spec: Json, place: str) -> Iterator[str]:
    """Unknown, read-only and missing members. A name that the schema lacks is taken for a slip of ours."""
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    for name, inner in value.items():
        held = schema["properties"].get(name)
        if held is None:
            if schema.get("additionalProperties", False) is False:
                yield f"{place}.{name} is not in the schema"
        elif _flat(held, spec).get("readOnly"):
            yield f"{place}.{name} is read-only"
        else:
            yield from _value(inner, held, spec, f"{place}.{name}")


def _is(value: Any, kind: str) -> bool:
    if kind == "null":
        return value is None
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _flat(schema: Json, spec: Json) -> Json:
    """A schema with its references followed and the parts of `allOf` put together."""
    schema = _resolved(schema, spec)
    if "allOf" not in schema:
        return schema
    whole: Json = {key: held for key, held in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        flat = _flat(part, spec)
        properties = {**whole.get("properties", {}), **flat.get("properties", {})}
        required = [*whole.get("required", ()), *flat.get("required", ())]
        whole = {**flat, **whole, "properties": properties, "required": required}
    return whole


def _resolved(schema: Json, spec: Json) -> Json:
    while "$ref" in schema:
        found: Any = spec
        for step in unquote(schema["$ref"].removeprefix("#/")).split("/"):
            name = step.replace("~1", "/")
            found = found[int(name) if isinstance(found, list) else name]
        schema = found
    return schema
