"""CLM's objects in JSON. Ids stand in `Uid` of documents, and at the end of every `Href`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.docusign.text import Json, refuse, stamp
from sandbox.docusign.world import ACCOUNT, GROUPS, Account, Document, Folder, number

OBJECTS, DOWNLOADS, UPLOADS = "apiuatna11", "apidownloaduatna11", "apiuploaduatna11"
MEDIA = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
}
ACCESS = {"See": True, "Read": True, "Write": True, "Move": True, "Create": True, "SetAccess": False}
DOCUMENT_EXPANDS = ("AttributeGroups", "HistoryItems", "Lock", "ParentFolder", "Path", "Versions")
FOLDER_EXPANDS = ("AttributeGroups", "Documents", "Folders", "ParentFolder", "Path")


def media(name: str) -> str:
    return MEDIA.get(name[name.rfind(".") :].lower() if "." in name else "", "application/octet-stream")


@dataclass
class Reminder:
    id: str
    document: str
    made_at: datetime
    by: str
    changes: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)

    def fields(self, now: datetime) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for at, _, given in self.changes:
            found |= given if at <= now else {}
        return found

    def touched(self, now: datetime) -> tuple[datetime, str]:
        at, by, _ = [change for change in self.changes if change[0] <= now][-1]
        return at, by


@dataclass
class Work:
    """A running workflow and, where its definition has a human step, the work item of that step."""

    id: str
    item: str
    name: str
    documents: list[str]
    params: Mapping[str, str]
    started_at: datetime
    by: str
    ended_at: datetime | None = None
    status: str = "Execution Pending"


class Shapes:
    """Objects as they are at `now`, with addresses below `base`."""

    def __init__(self, account: Account, now: datetime, base: str) -> None:
        self.account, self.now, self.base = account, now, base

    def href(self, kind: str, key: str, host: str = OBJECTS) -> str:
        return f"{self.base}/docusign/{host}/v2/{ACCOUNT}/{kind}/{key}"

    def document(self, one: Document, expand: Iterable[str] = ()) -> Json:
        at = self.href("documents", one.id)
        plain, first, last = one.plain(self.now), one.writes[0], one.touched(self.now)
        content = one.bytes()
        trashed = one.in_trash(self.now)
        folder = self.account.folder("/Trash" if trashed else one.folder)
        body: Json = {
            "Name": plain["Name"],
            "CreatedDate": stamp(first.at),
            "CreatedBy": self.email(first.by),
            "UpdatedDate": stamp(last.at),
            "UpdatedBy": self.email(last.by),
            "Description": plain.get("Description", ""),
            "ParentFolder": {"Href": self.href("folders", folder.id)},
            "HistoryItems": {"Href": f"{at}/historyitems"},
            "AccessLevel": ACCESS,
            "PageCount": max(1, len(content) // 3000),
            "Lock": {"Href": f"{at}/lock"},
            "LockStatus": "Locked" if one.locked_by else "Unlocked",
            "Versions": {"Href": f"{at}/versions"},
            "Version": "1.0",
            "DocumentReminders": {"Href": f"{at}/documentreminders"},
            "RelatedDocuments": {"Href": f"{at}/relateddocuments"},
            "WorkItems": {"Href": f"{at}/workitems"},
            "AttributeGroups": None,
            "IsInTrash": trashed,
            "NativeFileSize": len(content),
            "DownloadDocumentHref": self.href("documents", one.id, DOWNLOADS),
            "Uid": one.id,
            "Href": at,
        }
        if "AttributeGroups" in expand:
            body["AttributeGroups"] = attributes(one, self.now)
        if "ParentFolder" in expand:
            body["ParentFolder"] = self.folder(folder)
        if "Path" in expand:
            body["Path"] = f"{folder.path}/{plain['Name']}"
        if "Lock" in expand:
            body["Lock"] = self.lock(one)
        return body

    def lock(self, one: Document) -> Json:
        at = f"{self.href('documents', one.id)}/lock"
        return {"IsLocked": bool(one.locked_by), "LockedBy": self.email(one.locked_by), "Href": at}

    def folder(self, one: Folder, expand: Iterable[str] = ()) -> Json:
        at = self.href("folders", one.id)
        parent = self.account.folders.get(one.parent)
        body: Json = {
            "Name": one.name,
            "CreatedDate": stamp(one.made_at),
            "CreatedBy": self.email(one.by),
            "UpdatedDate": stamp(one.made_at),
            "UpdatedBy": self.email(one.by),
            "Description": "",
            "ParentFolder": None if parent is None else {"Href": self.href("folders", parent.id)},
            "AccessLevel": ACCESS,
            "Documents": {"Href": f"{at}/documents"},
            "Folders": {"Href": f"{at}/folders"},
            "AttributeGroups": {} if "AttributeGroups" in expand else None,
            "Href": at,
        }
        if "Path" in expand:
            body["Path"] = one.path
        return body

    def history(self, one: Document) -> list[Json]:
        return [
            {
                "ActionDate": stamp(write.at),
                "Action": write.action,
                "UserName": self.email(write.by),
                "Details": ", ".join(name for group in write.groups.values() for name in group),
            }
            for write in one.told(self.now)
        ]

    def group(self, name: str, expanded: bool) -> Json:
        fields = [
            {"Name": field, "Type": kind, "IsRepeating": repeats}
            for field, (kind, repeats) in GROUPS[name].items()
        ]
        at = self.href("attributegroups", number("group", name))
        return {"Name": name, "IsSystem": False, "Attributes": fields if expanded else None, "Href": at}

    def reminder(self, one: Reminder) -> Json:
        fields = one.fields(self.now)
        changed_at, changed_by = one.touched(self.now)
        return {
            "Name": fields["Name"],
            "ReminderDate": fields["ReminderDate"],
            "RecipientAdHocEmails": fields.get("RecipientAdHocEmails", []),
            "EmailSubject": fields.get("EmailSubject", ""),
            "EmailBody": fields.get("EmailBody", ""),
            "EmailFromAddress": fields.get("EmailFromAddress", ""),
            "Document": {"Href": self.href("documents", one.document)},
            "CreatedDate": stamp(one.made_at),
            "CreatedBy": self.email(one.by),
            "UpdatedDate": stamp(changed_at),
            "UpdatedBy": self.email(changed_by),
            "Href": self.href("documentreminders", one.id),
        }

    def workflow(self, one: Work) -> Json:
        return {
            "Name": one.name,
            "StartDate": stamp(one.started_at),
            "EndDate": None if one.ended_at is None else stamp(one.ended_at),
            "Status": one.status,
            "Info": None,
            "Params": None,
            "WorkflowDocuments": None,
            "Href": self.href("workflows", one.id),
        }

    def item(self, one: Work) -> Json:
        at = self.href("workitems", one.item)
        due = one.params.get("DueDate")
        return {
            "Name": one.params.get("Title") or one.name,
            "Type": "Choice",
            "AssignDate": stamp(one.started_at),
            "DueDate": due or None,
            "AssigneeInstructions": one.params.get("Instructions", ""),
            "CreatedDate": stamp(one.started_at),
            "WorkItemUrl": f"{self.base}/docusign/workitems/{one.item}",
            "Assignee": {"Email": one.params.get("Assignee") or self.email(one.by)},
            "Documents": {"Href": f"{at}/documents"},
            "Workflow": {"Href": self.href("workflows", one.id)},
            "Href": at,
        }

    def email(self, login: str) -> str:
        person = self.account.people.get(login)
        return person.email if person is not None else ""


def attributes(one: Document, now: datetime) -> Json:
    """The groups a document carries, each with all of its attributes."""
    return {
        group: {
            name: {
                "AttributeType": kind,
                "RepeatingAttribute": repeats,
                "Value": _shown(kind, values.get(name)),
            }
            for name, (kind, repeats) in GROUPS[group].items()
        }
        for group, values in one.groups(now).items()
    }


def _shown(kind: str, value: Any) -> Any:
    """Days are fourteen digits, of which the last six are the time."""
    if kind == "Date" and isinstance(value, str):
        return value.replace("-", "") + "000000" if "-" in value else value
    return value


def expanded(given: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names of an `expand`. They are capitalised; others are refused."""
    names = tuple(name.strip() for name in given.split(",") if name.strip())
    wrong = sorted(set(names) - set(known))
    if wrong:
        raise refuse(422, 101, f"expand does not know {', '.join(wrong)}")
    return names
