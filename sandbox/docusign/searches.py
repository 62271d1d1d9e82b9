"""Searches for documents: criteria are combined, words are compared without regard to case."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.docusign.text import Json, invalid, refuse
from sandbox.docusign.world import ROOT, Document

if TYPE_CHECKING:
    from sandbox.docusign.clm import Clm

AT_ONCE = 10
CRITERIA = (
    "AllWords",
    "AnyWords",
    "WithoutWords",
    "Phrase",
    "Title",
    "Description",
    "Content",
    "Extensions",
    "UpdatedBy",
)
STEERING = ("InFolder", "IncludeSubFolders", "IsInTrash")


@dataclass
class Search:
    id: str
    expand: tuple[str, ...]
    given: Json
    looks_left: int = 0


def found(clm: "Clm", search: Search) -> list[Document]:
    """The documents a search finds. Refuses (422, code 111) one without any criterion."""
    given = search.given
    wrong = sorted(set(given) - {*CRITERIA, *STEERING, "Status", "Href", "Result"})
    if wrong:
        raise invalid(*((name, 1002, "This is no property of a search") for name in wrong))
    if not any(given.get(name) for name in (*CRITERIA, "InFolder")):
        raise refuse(422, 111, "The search has no criterion")
    path = ROOT
    if given.get("InFolder"):
        path = clm.folder(str(given["InFolder"].get("Href", "")).rstrip("/").rpartition("/")[2]).path
    deep = given.get("IncludeSubFolders", True) is not False
    within = clm.documents_below("/Trash" if given.get("IsInTrash") else path, deep)
    now = clm.sandbox.now
    return [one for one in within if _fits(one, given, now, clm)]


def _fits(one: Document, given: Json, now: datetime, clm: "Clm") -> bool:
    name = one.name(now)
    values = [value for group in one.groups(now).values() for value in group.values()]
    everything = " ".join([name, _text(one), *(_flat(value) for value in values)]).casefold()
    title = name.casefold()

    def words(key: str) -> list[str]:
        return str(given.get(key) or "").casefold().split()

    return (
        all(word in everything for word in words("AllWords"))
        and (not words("AnyWords") or any(word in everything for word in words("AnyWords")))
        and not any(word in everything for word in words("WithoutWords"))
        and str(given.get("Phrase") or "").casefold() in everything
        and all(word in title for word in words("Title"))
        and str(given.get("Description") or "").casefold() in one.plain(now).get("Description", "").casefold()
        and str(given.get("Content") or "").casefold() in _text(one).casefold()
        and (not given.get("Extensions") or _extension(name) in _extensions(given["Extensions"]))
        and (not given.get("UpdatedBy") or _by(one, now, clm) == given["UpdatedBy"])
    )


def _by(one: Document, now: datetime, clm: "Clm") -> str:
    return clm.account.people[one.touched(now).by].email


def _extension(name: str) -> str:
    return name.rpartition(".")[2].casefold()


def _extensions(given: Any) -> list[str]:
    return str(given).casefold().replace(".", "").replace(",", " ").split()


def _flat(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")


def _text(one: Document) -> str:
    """What is read of a document's content: only plain text."""
    content = one.bytes()
    return "" if content[:4] in (b"%PDF", b"PK\x03\x04") else content.decode("utf-8", "replace")
