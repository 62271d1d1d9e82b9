"""The invented company's tickets in a real Request Tracker, entered by the people of the story.

Each person writes with their own account through REST 2.0, as they would: a ticket in the queue of the
supplier's desk, correspondence, comments, changes of status and priority. RT stamps all that with its own
clock; afterwards `date` sets the times of the story in the database, as an import of old tickets would.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from sandbox.errors import SandboxError
from sandbox.real.request_tracker_setup import MAILBOX, NUMBERS, STATUSES
from sandbox.world import World
from sandbox.world.records import Happening, Incident

_TIMEOUT = 60.0


class SeedError(SandboxError):
    """RT did not take what a person of the story enters."""


class Credentials(NamedTuple):
    """`user` is the connector's; the password is the same for everybody; `token` belongs to `user`."""

    user: str
    password: str
    token: str


@dataclass
class Stamps:
    """When what happened, by RT's numbers."""

    transactions: dict[int, datetime] = field(default_factory=dict)
    opened: dict[int, datetime] = field(default_factory=dict)


def seed(url: str, credentials: Credentials, world: World, database: Path) -> Stamps:
    """Enter all tickets of `world`, in the order in which things happened. Returns the times to be set."""
    with _Desk(url, credentials, database) as desk:
        for incident in sorted(world.incidents, key=lambda one: one.opened):
            desk.open(incident, world)
            for happening in incident.history:
                desk.go_on(incident, happening)
        return desk.stamps


def date(database: Path, stamps: Stamps) -> None:
    """Set the times of the story; RT must not be running."""
    with closing(sqlite3.connect(database)) as base, base:
        for number, moment in stamps.transactions.items():
            told = (_sql(moment), number)
            base.execute("UPDATE Transactions SET Created = ? WHERE id = ?", told)
            base.execute("UPDATE Attachments SET Created = ? WHERE TransactionId = ?", told)
        for ticket, opened in stamps.opened.items():
            _date_ticket(base, ticket, opened)


def _date_ticket(base: sqlite3.Connection, ticket: int, opened: datetime) -> None:
    """A ticket's own times follow from its transactions."""
    where = "FROM Transactions WHERE ObjectType = 'RT::Ticket' AND ObjectId = ?"

    def latest(condition: str = "") -> str | None:
        found = base.execute(f"SELECT max(Created) {where} {condition}", (ticket,)).fetchone()
        return str(found[0]) if found and found[0] else None

    resolved = latest("AND Type = 'Status' AND NewValue = 'resolved'")
    started = base.execute(
        f"SELECT min(Created) {where} AND Type = 'Status' AND OldValue = 'new'",
        (ticket,),
    ).fetchone()
    times = {
        "Created": _sql(opened),
        "LastUpdated": latest() or _sql(opened),
        "Resolved": resolved,
        "Started": started[0] if started else None,
        "Told": latest("AND Type = 'Correspond'"),
    }
    known = {name: text for name, text in times.items() if text}
    columns = ", ".join(f"{name} = ?" for name in known)
    base.execute(f"UPDATE Tickets SET {columns} WHERE id = ?", (*known.values(), ticket))


class _Desk:
    """Writes to RT as the people of the story do, and notes which transactions came of it."""

    def __init__(self, url: str, credentials: Credentials, database: Path) -> None:
        self.stamps = Stamps()
        self._password = credentials.password
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False)
        self._base = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self._tickets: dict[str, int] = {}

    def __enter__(self) -> "_Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._base.close()

    def open(self, incident: Incident, world: World) -> None:
        party = world.party(incident.vendor)
        with self._at(incident.opened):
            made = self._send(
                "POST",
                "/ticket",
                incident.by,
                {
                    "Queue": party.desk,
                    "Subject": incident.subject,
                    "Requestor": incident.by,
                    "Content": f"{incident.subject}.",
                    "Priority": NUMBERS[incident.priority],
                    "CustomFields": {
                        "Supplier": party.name,
                        "Service": incident.service,
                        "Case number": incident.number,
                    },
                },
            )
        number = int(made.json()["id"])
        self._tickets[incident.number] = number
        self.stamps.opened[number] = incident.opened

    def go_on(self, incident: Incident, happening: Happening) -> None:
        """What one line of the history says: words and status together, then the priority."""
        ticket = f"/ticket/{self._tickets[incident.number]}"
        by = MAILBOX if happening.by == "system" else happening.by
        status = self._status(incident, happening)
        with self._at(happening.at):
            if happening.priority:
                self._send("PUT", ticket, by, {"Priority": NUMBERS[happening.priority]})
            if happening.work_note:
                self._say(f"{ticket}/comment", by, happening.work_note, "")
            said = happening.resolve or happening.comment
            if said:
                self._say(f"{ticket}/correspond", by, said, status)
            elif status:
                self._send("PUT", ticket, by, {"Status": status})

    @staticmethod
    def _status(incident: Incident, happening: Happening) -> str:
        """The status that a line of the history leads to; empty where it changes none.

        RT itself opens a new ticket when somebody else than its requestor answers.
        """
        if happening.resolve:
            return "resolved"
        if happening.hold:
            return STATUSES.get(happening.hold, "stalled")
        return "open" if happening.resume else ""

    def _say(self, path: str, by: str, text: str, status: str) -> None:
        body = {"Content": text, "ContentType": "text/plain"}
        self._send("POST", path, by, body | ({"Status": status} if status else {}))

    def _send(self, method: str, path: str, by: str, body: dict[str, Any]) -> httpx.Response:
        given = self._http.request(method, path, auth=(by, self._password), json=body)
        if not given.is_success or "Permission Denied" in given.text:
            raise SeedError(f"RT refused {method} {path} of {by}: {given.status_code} {given.text[:300]}")
        return given

    @contextmanager
    def _at(self, moment: datetime) -> Iterator[None]:
        """Everything that RT notes meanwhile happened at `moment`."""
        before = self._last()
        yield
        for number in range(before + 1, self._last() + 1):
            self.stamps.transactions[number] = moment

    def _last(self) -> int:
        found = self._base.execute("SELECT max(id) FROM Transactions").fetchone()
        return int(found[0] or 0)


def _sql(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
