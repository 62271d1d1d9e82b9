"""From a composed Salesforce case to the versions of a ticket, pure.

A case keeps only its present state; CaseHistory says when status and priority changed, and comments,
posts and e-mails say when somebody spoke. From them the ticket is rebuilt as it stood after every change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from obligations.facts import Fact, Source, Ticket, TicketEvent, TicketStatus
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.tickets import Change, Frame, status_events, versions
from tools.kit.verbs import RawRecord
from tools.salesforce.soql import first, instant, value

if TYPE_CHECKING:
    from tools.salesforce.settings import SalesforceSettings

Author = Literal["provider", "customer", "system", "unknown"]
Channel = Literal["", "phone", "email", "chat", "portal", "visit"]
Row = Mapping[str, Any]

_POSTS: dict[str, Channel] = {
    "TextPost": "",
    "ContentPost": "",
    "LinkPost": "",
    "QuestionPost": "",
    "CallLogPost": "phone",
}
"""Feed items in which a person says something; the others repeat comments, mails and changes."""
_DRAFT = "5"
_OWN_USERS = ("Standard", "CsnOnly")
_OTHER_USERS = ("PowerCustomerSuccess", "CustomerSuccess", "CspLitePortal", "PowerPartner", "Guest")


class CaseHistory:
    """The versions of one case."""

    def __init__(self, settings: SalesforceSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._data = raw.data
        self._row: Row = raw.data.get("case") or {}
        self._number = value(self._row, "CaseNumber") or value(self._row, "Id")

    def facts(self) -> tuple[Fact, ...]:
        """Every version, oldest first; only the newest where the settings say so.

        Raises Skippable for a case without number, creation, known status or priority.
        """
        opened_at = self._time(self._row, "CreatedDate")
        updated_at = self._time(self._row, "SystemModstamp") or opened_at
        if not self._number or opened_at is None or updated_at is None:
            raise self._skip("no number or no CreatedDate")
        changes = [Change(max(event.at, opened_at), event) for event in self._events(opened_at)]
        moments = sorted({change.known_at for change in changes} | {updated_at})
        frame = Frame(
            subject=value(self._row, "Subject"),
            service=first(self._row, self._settings.service_fields),
            opened_at=opened_at,
        )
        rebuilt = list(versions(frame, changes, moments))
        if self._row.get("IsDeleted") is True and rebuilt:
            rebuilt.append((updated_at, self._deleted(rebuilt[-1][1])))
        source = self._source()
        hints = Hints(
            first(self._row, self._settings.party_fields), first(self._row, self._settings.contract_fields)
        )
        wanted = rebuilt if self._settings.history else rebuilt[-1:]
        return tuple(
            make_fact(source, ticket, opened_at, moment, hints, n) for n, moment, ticket in _ranked(wanted)
        )

    def _deleted(self, ticket: Ticket) -> Ticket:
        """A case in the recycle bin: merged into another, or taken back."""
        merged = self._data.get("merged_into")
        if isinstance(merged, str) and merged:
            return ticket.model_copy(update={"merged_into": merged})
        return ticket.model_copy(update={"status": "cancelled", "resolved_at": None})

    def _events(self, opened_at: datetime) -> Iterator[TicketEvent]:
        """The opening, then priorities, statuses and what was said: equal times keep this order."""
        by = self._author(self._row)
        yield TicketEvent(at=opened_at, change="opened", by=by)
        for at, text, row in self._values("Priority", opened_at):
            yield TicketEvent(at=at, change="priority", value=self._priority(text), by=self._author(row))
        before: TicketStatus | None = None
        for at, text, row in self._values("Status", opened_at):
            status = self._status(text)
            if status != before:
                event = TicketEvent(at=at, change="status", by=self._author(row))
                yield from status_events(event, status, before)
            before = status
        yield from self._comments()
        yield from self._posts()
        yield from self._mails()

    def _values(self, field: str, opened_at: datetime) -> Iterator[tuple[datetime, str, Row]]:
        """A tracked field's value at opening and after each change, with the row of who set it.

        What the record holds now is added where the history does not lead to it: because the org does not
        track the field, or began to later.
        """
        rows = self._history(field)
        now = value(self._row, field)
        held = value(rows[0][1], "OldValue") if rows else ""
        unknown = not rows and field == "Status" and bool(self._row.get("IsClosed"))
        held = held or ("New" if unknown else now)
        yield opened_at, held, self._row
        for at, row in rows:
            if new := value(row, "NewValue"):
                held = new
                yield at, held, row
        if held != now:
            closed_at = self._time(self._row, "ClosedDate") if self._row.get("IsClosed") else None
            last = rows[-1][0] if rows else opened_at
            since = closed_at or self._time(self._row, "LastModifiedDate") or last
            yield max(since, last), now, {}

    def _history(self, field: str) -> list[tuple[datetime, Row]]:
        rows = [
            (at, row)
            for row in self._part("CaseHistory")
            if value(row, "Field") == field
            and (value(row, "OldValue") or value(row, "NewValue"))
            and (at := self._time(row, "CreatedDate")) is not None
        ]
        return sorted(rows, key=lambda pair: (pair[0], value(pair[1], "Id")))

    def _comments(self) -> Iterator[TicketEvent]:
        for row in self._part("CaseComment"):
            yield from self._said(row, "CommentBody", row.get("IsPublished") is True, self._author(row))

    def _posts(self) -> Iterator[TicketEvent]:
        for row in self._part("FeedItem"):
            channel = _POSTS.get(value(row, "Type"))
            if channel is not None:
                # A call that is noted internally was still a call with the customer.
                public = value(row, "Visibility") == "AllUsers" or channel == "phone"
                yield from self._said(row, "Body", public, self._author(row), channel)

    def _mails(self) -> Iterator[TicketEvent]:
        for row in self._part("EmailMessage"):
            if value(row, "Status") == _DRAFT:
                continue
            named = self._named(value(row, "FromAddress"))
            by = named or (self._other_side() if row.get("Incoming") is True else self._author(row))
            yield from self._said(row, "TextBody", True, by, "email", value(row, "MessageDate"))

    def _said(
        self, row: Row, field: str, public: bool, by: Author, channel: Channel = "", at: str = ""
    ) -> Iterator[TicketEvent]:
        moment = instant(at) or self._time(row, "CreatedDate")
        if moment is not None:
            yield TicketEvent(
                at=moment,
                change="comment",
                value=value(row, field) or value(row, "Subject"),
                by=by,
                public=public,
                automatic=by == "system",
                channel=channel,
            )

    def _part(self, name: str) -> Sequence[Row]:
        """Rows of an object that hangs on the case, each once and in order, however they came."""
        held = self._data.get(name)
        rows = [row for row in held if isinstance(row, Mapping)] if isinstance(held, list) else []
        once = {value(row, "Id") or str(n): row for n, row in enumerate(rows)}
        return sorted(once.values(), key=lambda row: (value(row, "CreatedDate"), value(row, "Id")))

    def _status(self, text: str) -> TicketStatus:
        """Our status for the org's; one we do not know is closed where the org says so of the case now."""
        status = self._settings.states.get(text.casefold())
        if status is None and self._row.get("IsClosed") is True and text == value(self._row, "Status"):
            return "closed"
        if status is None:
            raise self._skip(f"unknown status {text!r}", "Add it to `states` in the settings.")
        return status

    def _priority(self, text: str) -> str:
        mapped = self._settings.priorities.get(text.casefold())
        if mapped is None:
            raise self._skip(f"unknown priority {text!r}", "Add it to `priorities` in the settings.")
        return mapped

    def _author(self, row: Row) -> Author:
        """Who wrote or changed something: by naming, else by the kind of user."""
        named = self._named(value(row, "CreatedBy.Username"))
        if named:
            return named
        kind = value(row, "CreatedBy.UserType")
        if kind in _OWN_USERS:
            return self._settings.authors.our_users
        if kind in _OTHER_USERS:
            return self._other_side()
        return "system" if kind == "AutomatedProcess" else "unknown"

    def _other_side(self) -> Author:
        return "customer" if self._settings.authors.our_users == "provider" else "provider"

    def _named(self, name: str) -> Author | None:
        """Whom the settings' patterns take a user name or an address for."""
        authors = self._settings.authors
        groups: tuple[tuple[Author, tuple[str, ...]], ...] = (
            ("system", authors.system),
            ("provider", authors.provider),
            ("customer", authors.customer),
        )
        for author, patterns in groups:
            if any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns):
                return author
        return None

    def _time(self, row: Row, field: str) -> datetime | None:
        try:
            return instant(value(row, field))
        except ValueError:
            raise self._skip(f"{field} is no time: {value(row, field)[:40]!r}") from None

    def _source(self) -> Source:
        url = self._settings.page(value(self._row, "Id"))
        return Source(system=self._system, record=self._number, url=url, label=self._number)

    def _skip(self, what: str, remedy: str = "Correct the record, or the settings.") -> Skippable:
        return Skippable(self._system, what, place=f"case {self._number or self._raw.id}", remedy=remedy)


def _ranked(rebuilt: Sequence[tuple[datetime, Ticket]]) -> Iterator[tuple[int, datetime, Ticket]]:
    """Versions with their rank among those of the same instant: a deletion comes after the last change."""
    rank, before = 0, None
    for moment, ticket in rebuilt:
        rank = min(rank + 1, 9) if moment == before else 0
        before = moment
        yield rank, moment, ticket
