"""What Ironclad's lists, records and properties look like on the wire, and where people see a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from tools.kit.errors import WrongAnswer
from tools.kit.paging import Page

if TYPE_CHECKING:
    from tools.ironclad.connector import IroncladSettings


def page(vendor: str, path: str, data: Any, size: int) -> Page:
    """A list answer: {page, pageSize, count, list}; `count` is the number of items on all pages."""
    rows = data.get("list") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WrongAnswer(vendor, "no list in the answer", place=f"GET {path}")
    number, count, given = data.get("page"), data.get("count"), data.get("pageSize")
    if not isinstance(number, int) or not isinstance(count, int):
        return Page(rows, more=len(rows) >= size)
    # The vendor may give smaller pages than asked for, so its own page size counts.
    return Page(rows, more=(number + 1) * (given if isinstance(given, int) and given else size) < count)


def property_of(kind: str, value: str) -> dict[str, str]:
    return {"type": kind, "value": value}


def text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""


def source(settings: IroncladSettings, system: str, record: str, label: str) -> Source:
    base = settings.base_url.rstrip("/")
    page = "obligations" if record.startswith("OB-") else "records"
    url = settings.web_url.format(id=record) if settings.web_url else f"{base}/{page}/{record}"
    return Source(system=system, record=record, url=url, label=label)
