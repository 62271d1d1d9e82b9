"""NetSuite's tasks: what a body may hold, what is shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sandbox.netsuite.values import Fault, id_of, plain_of
from sandbox.netsuite.view import utc
from sandbox.netsuite.world import GRACE, Books, Fields, Record, story

PLAIN = {
    "title": "text",
    "message": "text",
    "externalId": "text",
    "startDate": "date",
    "dueDate": "date",
    "completedDate": "date",
    "custevent_pacta_ref": "text",
}
STATUSES = {"NOTSTART": "Not Started", "PROGRESS": "In Progress", "COMPLETE": "Completed"}
PRIORITIES = {"LOW": "Low", "MEDIUM": "Medium", "HIGH": "High"}
CHOICES = {"status": STATUSES, "priority": PRIORITIES}
LINKS = ("assigned", "transaction", "company")
READ_ONLY = frozenset({"id", "links", "createdDate", "lastModifiedDate"})
NAMES = frozenset({*PLAIN, *CHOICES, *LINKS})


def fields_of(books: Books, body: Mapping[str, Any], now: datetime, strict: bool) -> Fields:
    """What a body gives for a task. Raises Fault."""
    found: Fields = {}
    for name, value in body.items():
        if name in READ_ONLY:
            continue
        if name in PLAIN:
            found[name] = plain_of(name, PLAIN[name], value)
        elif name in CHOICES:
            key = id_of(value, name)
            if key not in CHOICES[name]:
                raise Fault(400, "INVALID_CONTENT", f"Invalid value {key} for {name}.", path=name)
            found[name] = key
        elif name in LINKS:
            found[name] = _linked(books, name, id_of(value, name), now)
        elif strict:
            raise Fault(400, "INVALID_CONTENT", f"Unknown reference or field {name}.", path=name)
    return found


def _linked(books: Books, name: str, key: str, now: datetime) -> int:
    """The id of the person, transaction or vendor a task is about. Raises Fault for one that is not there."""
    number = int(key) if key.isdigit() else 0
    if name == "assigned":
        known = any(one["id"] == number for one in story()["people"])
    else:
        record = books.records.get(number)
        known = (
            record is not None
            and record.created_at <= now
            and (record.type == "vendor") is (name == "company")
        )
    if not known:
        raise Fault(400, "INVALID_CONTENT", f"Invalid reference key {key} for {name}.", path=name)
    return number


def defaults() -> Fields:
    return {"status": "NOTSTART", "priority": "MEDIUM", "assigned": GRACE, "message": None}


def shown(record: Record, now: datetime) -> dict[str, Any]:
    fields = record.fields(now)
    made: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in ((name, fields.get(name)) for name in PLAIN)
    }
    for name, labels in CHOICES.items():
        made[name] = {"id": fields[name], "refName": labels[fields[name]]}
    for name in LINKS:
        made[name] = {"id": str(fields[name])} if fields.get(name) else None
    return {**made, "createdDate": utc(record.created_at), "lastModifiedDate": utc(record.seen(now)[-1].at)}
