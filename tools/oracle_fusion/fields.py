"""How Oracle Fusion writes texts, days, instants, numbers and the rows below a row in its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from tools.kit.paging import Row

T = TypeVar("T")


def of_kind(table: Mapping[Any, T], kind: str, other: T) -> T:
    """What a setting says for a kind of record."""
    return table.get(kind, other)


def text(row: Mapping[str, Any], name: str) -> str:
    """A field as text, also one of a row below it ("invoiceDff.contract", the first that is filled); empty
    where there is none. Identifiers come as numbers, or as texts from version 9 of the framework on."""
    own, _, below = name.partition(".")
    if below:
        return next((found for child in children(row, own) if (found := text(child, below))), "")
    held = row.get(own)
    if isinstance(held, bool) or held is None:
        return ""
    return str(held).strip() if isinstance(held, str | int | Decimal) else ""


def children(row: Mapping[str, Any], name: str) -> Sequence[Row]:
    """The rows below a row, which come as a list or, by the newer framework, as a page of their own."""
    held = row.get(name)
    if isinstance(held, dict):
        held = held.get("items", [held])
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def cut(row: Mapping[str, Any], name: str) -> bool:
    """Are there more rows below a row than came with it?"""
    held = row.get(name)
    return isinstance(held, dict) and held.get("hasMore") is True


def key_of(row: Mapping[str, Any]) -> str:
    """The key of a row in addresses, which only its own link tells; empty where none came with it."""
    for link in children(row, "links"):
        if link.get("rel") == "self":
            return unquote(urlsplit(text(link, "href")).path.rstrip("/").rpartition("/")[2])
    return ""


def flag(row: Mapping[str, Any], name: str) -> bool:
    """A flag, which is true or false, or the letter Y."""
    return row.get(name) in (True, "true", "Y")


def instant(value: Any) -> datetime | None:
    """A time with its offset; None for an empty one; ValueError for other text or one without offset."""
    if value in (None, ""):
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{str(value)[:40]!r} has no offset")
    return moment.astimezone(UTC)


def word(status: str) -> str:
    """A status or type as it is compared: some resources write PENDING APPROVAL, others Pending_Approval."""
    return status.replace("_", " ").casefold()


def among(status: str, words: Iterable[str]) -> bool:
    return word(status) in {word(each) for each in words}
