"""Coupa's two languages: records as JSON or XML, bodies read from either.

Decimals are strings in JSON; instants carry the offset of the company's zone. Field names are hyphenated;
bodies may use underscores.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from sandbox.coupa.world import ZONE

JSON, XML = "application/json", "application/xml"
# The name of one element of a list; other lists drop their plural.
SINGULAR = {"taxes": "tax", "addresses": "address"}


class Unreadable(ValueError):
    """A body that is neither the JSON nor the XML it says it is."""


def write(value: Any, kind: str, root: str) -> bytes:
    """A record, or a list of them, as text of the kind; `root` is the XML name of one record."""
    if kind == JSON:
        return json.dumps(_plain(value), ensure_ascii=False).encode()
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if isinstance(value, list):
        inner = "".join(_element(root, one) for one in value)
        return f'{head}<{_plural(root)} type="array">{inner}</{_plural(root)}>'.encode()
    return (head + _element(root, value)).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bool | int) or value is None:
        return value
    return text_of(value)


def text_of(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _plural(name: str) -> str:
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _element(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} nil="true"/>'
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(key, one) for key, one in value.items())}</{name}>"
    if isinstance(value, list):
        single = SINGULAR.get(name, name.removesuffix("s"))
        return f'<{name} type="array">{"".join(_element(single, one) for one in value)}</{name}>'
    kind = _kind(value)
    shown = ("true" if value else "false") if isinstance(value, bool) else escape(text_of(value))
    return f"<{name}{f' type={quoteattr(kind)}' if kind else ''}>{shown}</{name}>"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "decimal"
    if isinstance(value, datetime):
        return "dateTime"
    return "date" if isinstance(value, date) else ""


def refuse(kind: str, about: str, messages: list[str]) -> bytes:
    """The body of a failure: XML lists the messages, JSON files them under what they are about."""
    if kind == JSON:
        return json.dumps({"errors": {about: messages}}).encode()
    inner = "".join(f"<error>{escape(one)}</error>" for one in messages)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<errors>{inner}</errors>'.encode()


def read(body: bytes, kind: str) -> dict[str, Any]:
    """The fields of a body by hyphenated name. Raises Unreadable."""
    if not body.strip():
        return {}
    if kind == JSON:
        try:
            given = json.loads(body)
        except ValueError:
            raise Unreadable("the body is no JSON") from None
        if not isinstance(given, dict):
            raise Unreadable("the body is no JSON object")
        named: dict[str, Any] = _hyphened(given)
        return named
    try:
        found = _of_element(ElementTree.fromstring(body))  # noqa: S314 - bodies of our own tests
    except ElementTree.ParseError:
        raise Unreadable("the body is no XML") from None
    return found if isinstance(found, dict) else {}


def _hyphened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name).replace("_", "-"): _hyphened(one) for name, one in value.items()}
    return [_hyphened(one) for one in value] if isinstance(value, list) else value


def _of_element(element: ElementTree.Element) -> Any:
    children = list(element)
    if element.get("type") == "array":
        return [_of_element(child) for child in children]
    if children:
        return {child.tag.replace("_", "-"): _of_element(child) for child in children}
    if element.get("nil") == "true" and not element.text:
        return None
    return element.text if element.text is not None else ""
