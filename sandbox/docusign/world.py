"""Docusign's documents of the invented company: contracts and `world/docusign.yaml`, as logs of writes.

An attribute's value is kept as text, a list of texts where it repeats, None where it is empty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World, signed_file
from sandbox.world.records import ContractRecord, Party

ZONE = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2024, 1, 8, 8, tzinfo=UTC)
ROOT, CONTRACTS, TRASH = "/Tessaly Instruments GmbH", "/Tessaly Instruments GmbH/Contracts", "/Trash"
Groups = dict[str, dict[str, Any]]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What this tenant's administrators have set up: group -> attribute -> (type, repeats).
GROUPS: Mapping[str, Mapping[str, tuple[str, bool]]] = {
    "Contract": {
        "Contract Number": ("String", False),
        "Contract Title": ("String", False),
        "Contract Type": ("String", False),
        "Contract Status": ("String", False),
        "Counterparty": ("String", False),
        "Supplier Number": ("String", False),
        "Customer Number": ("String", False),
        "Business Unit": ("String", False),
        "Contract Owner": ("String", False),
        "Parent Contract": ("String", False),
        "Agreement Date": ("Date", False),
        "Effective Date": ("Date", False),
        "Expiration Date": ("Date", False),
        "Notice Given": ("Date", False),
        "Auto Renewal": ("YesNo", False),
        "Contract Value": ("Decimal", False),
        "Currency": ("String", False),
        "Governing Law": ("String", False),
    },
    "Contract Obligations": {
        "Open Obligations": ("Number", False),
        "Overdue Obligations": ("Number", False),
        "Fulfilled Obligations": ("Number", False),
        "Next Due": ("Date", False),
        "Last Checked": ("Date", False),
        "Performance Summary": ("String", False),
        "Obligations": ("String", True),
        "External Reference": ("String", True),
    },
    "Contract Audit": {"Entries": ("String", True), "Last Entry": ("String", False)},
}
TYPES: Mapping[str, str] = {
    "master": "Master Agreement",
    "schedule": "Schedule",
    "amendment": "Amendment",
    "sow": "Statement of Work",
    "standalone": "Standalone Agreement",
}


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "docusign.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


def number(kind: str, key: str) -> str:
    """The id of a record, the same in every run."""
    return str(uuid5(NAMESPACE_URL, f"https://tessaly.example/docusign/{kind}/{key}"))


ACCOUNT = number("account", "tessaly")


@dataclass(frozen=True)
class Person:
    login: str
    name: str
    email: str

    @property
    def id(self) -> str:
        return number("user", self.login)


@dataclass(frozen=True)
class Write:
    """What was written at an instant; `action` is how the history calls it."""

    at: datetime
    by: str
    action: str
    groups: Groups = field(default_factory=dict)
    plain: Mapping[str, Any] = field(default_factory=dict)
    """`Name` and `Description`."""


@dataclass
class Document:
    """A document as the log of what was written to it; `contract` is its number in the repository."""

    id: str
    folder: str
    writes: list[Write]
    content: bytes | Path
    contract: str = ""
    trashed_at: datetime | None = None
    locked_by: str = ""

    def seen(self, now: datetime) -> bool:
        return self.writes[0].at <= now

    def in_trash(self, now: datetime) -> bool:
        return self.trashed_at is not None and self.trashed_at <= now

    def told(self, now: datetime) -> list[Write]:
        return [write for write in self.writes if write.at <= now]

    def touched(self, now: datetime) -> Write:
        return self.told(now)[-1]

    def plain(self, now: datetime) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for write in self.told(now):
            found |= write.plain
        return found

    def name(self, now: datetime) -> str:
        return str(self.plain(now)["Name"])

    def groups(self, now: datetime) -> Groups:
        found: Groups = {}
        for write in self.told(now):
            for group, values in write.groups.items():
                found[group] = {**found.get(group, {}), **values}
            for gone in write.plain.get("-groups", ()):
                found.pop(gone, None)
        return found

    def write(self, write: Write) -> None:
        self.writes.append(write)
        self.writes.sort(key=lambda one: one.at)

    def bytes(self) -> bytes:
        return _read(self.content) if isinstance(self.content, Path) else self.content


@dataclass
class Folder:
    id: str
    path: str
    made_at: datetime
    by: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass
class Account:
    """Everything in the account. `numbers` counts what clients made, so that ids come again."""

    people: dict[str, Person] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    made: int = 0

    def new_id(self, kind: str) -> str:
        self.made += 1
        return number(kind, f"made-{self.made}")

    def folder(self, path: str, at: datetime = BEGAN, by: str = "pacta.integration") -> Folder:
        """The folder at `path`; made where there is none."""
        if path not in self.folders:
            self.folders[path] = Folder(number("folder", path), path, at, by)
        return self.folders[path]

    def of_contract(self, contract: str) -> Document | None:
        found = (one for one in self.documents.values() if contract and one.contract == contract)
        return next(found, None)


def fill(world: World, corpus: Path) -> Account:
    account = Account()
    for person in story()["people"]:
        account.people[person["login"]] = Person(person["login"], person["name"], person["email"])
    for path in (ROOT, CONTRACTS, f"{ROOT}/Templates", TRASH, "/Other Sources"):
        account.folder(path)
    for party in world.parties.values():
        account.folder(f"{CONTRACTS}/{party.name}")
    for told in world.contracts:
        _contract(account, told, world.party(told.party), corpus)
    _changes(account)
    for entry in (*story()["documents"], *(one for each in story()["series"] for one in _series(each))):
        _document(account, entry)
    return account


def _contract(account: Account, told: ContractRecord, party: Party, corpus: Path) -> None:
    path = signed_file(told.key, corpus)
    suffix = path.suffix if path is not None else ".txt"
    owner = story()["owners"][told.business_unit]
    document = Document(
        number("document", told.ironclad),
        f"{CONTRACTS}/{party.name}",
        [Write(told.recorded_at, owner, "Uploaded", {}, {"Name": f"{told.title}{suffix}"})],
        path if path is not None else b"",
        told.ironclad,
    )
    # An upload comes first; a workflow fills in the attributes a minute later.
    filed = told.recorded_at + timedelta(minutes=1)
    document.write(Write(filed, owner, "Attributes Updated", {"Contract": _attributes(told, party)}))
    if told.notice_on is not None:
        at = datetime.combine(told.notice_on, datetime.min.time(), ZONE).replace(hour=10).astimezone(UTC)
        given = {"Notice Given": told.notice_on.isoformat(), "Contract Status": "Notice Given"}
        document.write(Write(at, owner, "Attributes Updated", {"Contract": given}))
    account.documents[document.id] = document


def _attributes(told: ContractRecord, party: Party) -> dict[str, Any]:
    days = {
        "Agreement Date": told.agreed_on,
        "Effective Date": told.effective_on,
        "Expiration Date": told.expires_on,
    }
    owner = story()["owners"][told.business_unit]
    found: dict[str, Any] = {
        "Contract Number": told.ironclad,
        "Contract Title": told.title,
        "Contract Type": TYPES[told.relation],
        "Contract Status": "Active",
        "Counterparty": party.name,
        "Supplier Number": party.supplier,
        "Customer Number": party.customer,
        "Business Unit": told.business_unit,
        "Contract Owner": f"{owner}@tessaly.example",
        "Parent Contract": told.parent,
        "Auto Renewal": {"automatic": "Yes", "none": "No"}.get(told.renewal or ""),
        "Contract Value": None if told.value is None else f"{told.value.amount}.00",
        "Currency": None if told.value is None else told.value.currency,
        "Governing Law": told.governing_law or None,
    }
    return found | {name: None if day is None else day.isoformat() for name, day in days.items()}


def _changes(account: Account) -> None:
    for change in story()["changes"]:
        document = account.of_contract(change["contract"])
        assert document is not None  # docusign.yaml names contracts of the world
        group = change.get("group", "Contract")
        given = {
            name: None if value is None else str(value)
            for name, value in change.items()
            if name not in ("at", "contract", "who", "group")
        }
        at = max(moment(change["at"]), document.writes[0].at + timedelta(minutes=2))
        document.write(Write(at, change["who"], "Attributes Updated", {group: given}))


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in range(told["count"]):
        day: date = told["first"] + timedelta(days=told["every"] * place)
        text = f"{told['name']} of {day:%B %Y}, as sent by {told['folder']}."
        yield {**told, "name": f"{told['name']} {day:%Y-%m}.txt", "at": f"{day} 09:30", "text": text}


def _document(account: Account, told: Mapping[str, Any]) -> None:
    folder = f"{CONTRACTS}/{told['folder']}"
    original = account.of_contract(told.get("copy_of", ""))
    at = moment(told["at"])
    attributes = {"Contract": dict(told["attributes"])} if told.get("attributes") else {}
    document = Document(
        number("document", f"{folder}/{told['name']}"),
        folder,
        [Write(at, told["who"], "Uploaded", attributes, {"Name": told["name"]})],
        original.content if original is not None else told.get("text", "").encode(),
    )
    if "trashed" in told:
        document.trashed_at = moment(told["trashed"])
        document.write(Write(document.trashed_at, told["who"], "Moved to Trash"))
    account.documents[document.id] = document


def moment(told: Any) -> datetime:
    """A time of the story, local to Munich where it names no zone."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)
