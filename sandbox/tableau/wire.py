"""How Tableau's interface writes and reads: XML unless JSON is asked for, multipart/mixed for files."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response

NAMESPACE = "http://tableau.com/api"
Tree = Mapping[str, Any]
"""An element: values are attributes, mappings are elements below it, lists are repeated elements."""

# What repeats below what, so that JSON holds a list also for one.
PLURALS = {"datasources": "datasource", "projects": "project", "statusNotes": "statusNote", "tags": "tag"}
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


def answer(request: Request, status: int, tree: Tree, headers: Mapping[str, str] | None = None) -> Response:
    """`tree` in the language that was asked for."""
    if "application/json" in request.headers.get("accept", ""):
        body = json.dumps(_plain(tree)).encode()
        return Response(
            body, status, headers=dict(headers or {}), media_type="application/json;charset=UTF-8"
        )
    return Response(
        xml(tree), status, headers=dict(headers or {}), media_type="application/xml;charset=utf-8"
    )


def xml(tree: Tree) -> bytes:
    root = ElementTree.Element("tsResponse", {"xmlns": NAMESPACE})
    _grow(root, tree)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def failure(request: Request | None, status: int, code: str, summary: str, detail: str = "") -> Response:
    """An error as Tableau words it: a code of six digits, of which the first three are the status."""
    tree = {"error": {"code": code, "summary": below(summary), "detail": below(detail)}}
    if request is None:
        return Response(xml(tree), status, media_type="application/xml;charset=utf-8")
    return answer(request, status, tree)


class _Text(str):
    """Text that stands inside an element of its own, not in an attribute."""


def below(text: str) -> str:
    """Text that becomes an element of its own."""
    return _Text(text)


def _grow(element: ElementTree.Element, tree: Tree) -> None:
    for name, value in tree.items():
        for each in value if isinstance(value, list) else [value]:
            if each is None:
                continue
            if isinstance(each, Mapping):
                _grow(ElementTree.SubElement(element, name), each)
            elif isinstance(each, _Text):
                ElementTree.SubElement(element, name).text = each
            else:
                element.set(name, str(each))


def _plain(tree: Tree) -> dict[str, Any]:
    """As JSON: all values are texts, what may repeat is a list; an empty list is an empty object."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            found[name] = _plain(value)
        elif isinstance(value, list):
            if value:
                found[name] = [_plain(each) for each in value]
        else:
            found[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def asked(body: bytes, content_type: str) -> dict[str, Any]:
    """What a request says, whichever language it is in: attributes and elements by name. ValueError for
    neither."""
    if "json" in content_type:
        data = json.loads(body or b"{}")
        if not isinstance(data, dict):
            raise ValueError("no object")
        return data
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - sandbox
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    return _read(root)


def _read(element: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        found[child.tag.rpartition("}")[2]] = _read(child)
    return found


def parts(body: bytes, content_type: str) -> dict[str, bytes]:
    """The parts of a multipart/mixed body by name. ValueError for anything else."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/mixed") or boundary is None:
        raise ValueError("the content type has to be multipart/mixed")
    found: dict[str, bytes] = {}
    for piece in body.split(b"--" + boundary.group(1).encode())[1:]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if not blank:
            continue
        name = re.search(rb'name="([^"]*)"', head)
        if name is None:
            raise ValueError("a part has no name")
        found[name.group(1).decode()] = content.removesuffix(b"\r\n")
    return found
