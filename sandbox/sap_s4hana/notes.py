"""Texts of purchase orders: one for each type and language, changed only with the version that is known."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox import answers
from sandbox.errors import Refusal
from sandbox.sap_s4hana.entered import check
from sandbox.sap_s4hana.model import PURCHASE_ORDER_NOTE, Row

Key = tuple[str, str, str]


class Notes:
    """The notes that clients wrote."""

    def __init__(self) -> None:
        self._held: dict[Key, tuple[str, int]] = {}

    def clear(self) -> None:
        self._held.clear()

    def drop(self, key: Key) -> None:
        self._held.pop(key, None)

    def of(self, order: str) -> Iterator[Row]:
        for key, (text, version) in sorted(self._held.items()):
            if key[0] == order:
                yield {**dict(zip(_KEYS, key, strict=True)), "PlainLongText": text, "@version": str(version)}

    def create(self, body: bytes) -> Key:
        given = _given(body)
        key = (str(given.get(_KEYS[0], "")), str(given.get(_KEYS[1], "")), str(given.get(_KEYS[2], "")))
        if not all(key):
            raise Refusal(answers.sap(400, "/IWFND/CM_MGW/101", "A note needs order, type and language"))
        if key in self._held:
            raise Refusal(answers.sap(400, "/IWFND/CM_MGW/102", "There is a note of this type and language"))
        self._held[key] = (str(given.get("PlainLongText", "")), 1)
        return key

    def change(self, row: Row, body: bytes, known: str | None) -> None:
        """A new text; `known` is the version that the client says it knows (`If-Match`)."""
        if known is None:
            raise Refusal(answers.sap(428, "/IWFND/CM_MGW/103", "Tell the version with If-Match"))
        if known not in ("*", etag(row)):
            raise Refusal(answers.sap(412, "/IWFND/CM_MGW/104", "The note was changed meanwhile"))
        given = _given(body)
        if any(given.get(name, row[name]) != row[name] for name in _KEYS):
            raise Refusal(answers.sap(400, "/IWFND/CM_MGW/105", "The key of a note cannot be changed"))
        text, version = self._held[_key(row)]
        self._held[_key(row)] = (str(given.get("PlainLongText", text)), version + 1)


_KEYS = PURCHASE_ORDER_NOTE.keys


def _key(row: Row) -> Key:
    return (str(row[_KEYS[0]]), str(row[_KEYS[1]]), str(row[_KEYS[2]]))


def etag(row: Row) -> str:
    return f'W/"{row["@version"]}"'


def _given(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/096", "The body is no JSON object"))
    check(given, PURCHASE_ORDER_NOTE)
    return given
