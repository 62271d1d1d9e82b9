"""Icertis' interfaces: lists of the business API in their envelope, instances of the classic API.

The business API wraps every answer: `Messages`, `Data`, `HasMoreData`, `PagingData`. The classic API gives
and takes an instance as it is, or as JSON within JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tools.icertis.fields import shown
from tools.kit.call import Answer, Call
from tools.kit.errors import Fatal, WrongAnswer
from tools.kit.paging import Page, Row

if TYPE_CHECKING:
    from tools.kit.http import Client

_MOST_READ = 100_000


def condition(attribute: str, operator: str, value: str) -> str:
    """A comparison in a filter. Raises ValueError for a value that would end its quotes."""
    if "'" in value or not value.isprintable():
        raise ValueError(f"{value[:40]!r} cannot stand in a filter")
    return f"{attribute} {operator} '{value}'"


def messages(answer: Answer) -> str:
    """What the envelope of a failure says: code, message and field of each."""
    if len(answer.body) > _MOST_READ:
        return ""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    return _said(data)


def _said(data: Any) -> str:
    """The messages of an envelope, however its keys are written."""
    held = _keyed(data).get("messages") if isinstance(data, dict) else None
    told = [_keyed(each) for each in held[:5] if isinstance(each, dict)] if isinstance(held, list) else []
    return " - ".join(
        " ".join(filter(None, (shown(each.get(key)) for key in ("code", "field", "message"))))
        for each in told
    )


def _keyed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same with keys in lower case: the documentation writes them either way."""
    return {str(key).lower(): held for key, held in data.items()}


class Rest:
    """Both interfaces of one tenant."""

    def __init__(self, vendor: str, business: Client, classic: Client | None) -> None:
        """`classic` is None where no address for it is known: then nothing can be written."""
        self.vendor = vendor
        self._business = business
        self._classic = classic

    # -- business API -------------------------------------------------------------------------------

    def page(self, path: str, params: Mapping[str, str | int], size: int) -> Page:
        """One page of a list, `size` rows as asked."""
        call = Call("GET", path, params={**params, "PageSize": size}, said=messages)
        data = self._envelope(call)
        rows = data.get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.vendor, "no list in the answer " + _said(data), place=call.place)
        more = data.get("hasmoredata")
        if not isinstance(more, bool):
            raise WrongAnswer(self.vendor, "the answer does not say if there is more", place=call.place)
        paging = data.get("pagingdata")
        given = _keyed(paging).get("rowsperpage") if isinstance(paging, dict) else None
        if more and isinstance(given, int) and given < size:
            remedy = f"Set page_size to {given}."
            raise WrongAnswer(
                self.vendor, f"pages hold {given} rows, not {size}", place=call.place, remedy=remedy
            )
        return Page(rows, more=more)

    def detail(self, path: str) -> Row:
        """One record with all its attributes."""
        call = Call("GET", path, said=messages)
        held = self._envelope(call).get("data")
        if not isinstance(held, dict):
            raise WrongAnswer(self.vendor, "no record in the answer", place=call.place)
        return held

    def file(self, path: str, most: int) -> Answer:
        """The answer to a request for a document, not yet looked at."""
        call = Call("GET", path, accept="bytes", max_body=most, said=messages)
        return self._business.send(call)

    def _envelope(self, call: Call) -> dict[str, Any]:
        data = self._business.send(call).data
        if not isinstance(data, dict):
            raise WrongAnswer(self.vendor, "no envelope in the answer", place=call.place)
        return _keyed(data)

    # -- classic API --------------------------------------------------------------------------------

    def instance(self, path: str, entity: str, record: str) -> Row:
        """A record as it has to be sent back to be changed."""
        params = {"entityInstanceId": record, "entityName": entity, "includeChildCollection": "false"}
        call = Call("GET", path, params=params, said=messages)
        held = _unwrapped(self._writable().send(call).data)
        if not isinstance(held, dict) or not held:
            raise WrongAnswer(self.vendor, "no instance in the answer", place=call.place)
        return held

    def save(self, path: str, instance: Mapping[str, Any]) -> str:
        """Write an instance, a new one where it names no id; its id, empty where the answer has none."""
        try:
            body = json.dumps(json.dumps(instance, default=_number))
        except ValueError as error:
            raise WrongAnswer(self.vendor, str(error), place=f"PUT {path}") from None
        headers = {"Content-Type": "application/json"}
        call = Call("PUT", path, content=body.encode(), headers=headers, said=messages)
        return _id(_unwrapped(self._writable().send(call).data))

    def _writable(self) -> Client:
        if self._classic is None:
            raise Fatal(
                self.vendor,
                "the address of the classic interface is not known",
                place=f"connectors.{self.vendor}.classic_url",
                remedy="Set it, ending in /api.",
            )
        return self._classic


def _unwrapped(data: Any) -> Any:
    """What a text holds in JSON, and what stands in an envelope."""
    if isinstance(data, str):
        try:
            data = json.loads(data, parse_float=Decimal)
        except (ValueError, RecursionError):
            return data
    if isinstance(data, dict) and "Data" in data and ("Messages" in data or "HasMoreData" in data):
        return data["Data"]
    return data


def _id(data: Any) -> str:
    """The id in the answer to a write: alone, or in the instance; empty where there is none."""
    if isinstance(data, dict):
        return next((held for key in ("SysId", "EntityInstanceId") if (held := shown(data.get(key)))), "")
    return data.strip() if isinstance(data, str) and len(data.strip()) == 36 else ""


def _number(value: Any) -> float:
    """A number with decimals as JSON has it. Raises ValueError where digits would be lost."""
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    raise ValueError(f"{str(value)[:40]} cannot be sent back without loss")


def fields_of(names: Sequence[str]) -> str:
    """Attributes as `Select` wants them, each once."""
    return ",".join(dict.fromkeys(names))
