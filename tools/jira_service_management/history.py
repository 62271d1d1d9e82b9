"""From a composed Jira issue to the versions of a ticket, pure.

Jira keeps a changelog of every field. From it the ticket is rebuilt as it stood after every change, one
fact version each, so that a question about a past instant finds what was known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from obligations.facts import Fact, Source, Ticket, TicketEvent, TicketStatus
from tools.jira_service_management.text import plain
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.tickets import ENDED, Change, Frame, status_events, versions
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.jira_service_management.connector import JiraSettings

Author = Literal["provider", "customer", "system", "unknown"]
Row = Mapping[str, Any]


def mapping(value: object) -> Row:
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Row]:
    """The objects of a list, without whatever else stands in it."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def shown(value: object) -> tuple[str, ...]:
    """What people see in a field: a text, the name of an option, organisation or user, each of several."""
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if isinstance(value, Mapping):
        names = (value.get(key) for key in ("name", "value", "displayName", "key"))
        return next((shown(name) for name in names if isinstance(name, str) and name.strip()), ())
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(text for one in value for text in shown(one)))
    return ()


def instant(value: object) -> datetime | None:
    """Jira's "2026-10-14T02:10:00.000+0200"; None for an empty one; ValueError for anything else."""
    if not value:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no zone")
    return moment.astimezone(UTC)


class TicketHistory:
    """The versions of one issue."""

    def __init__(self, settings: JiraSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._data = raw.data
        self._issue = mapping(raw.data.get("issue"))
        self._fields = mapping(self._issue.get("fields"))
        self._id = raw.id
        self._key = str(self._issue.get("key") or raw.id)
        self._logged = sorted(self._log(), key=lambda entry: entry[0])

    def facts(self) -> tuple[Fact, ...]:
        """Every version, oldest first; only the newest where the settings say so.

        Raises Skippable for an issue without creation time, known status or known priority.
        """
        opened_at = self._time("created")
        updated_at = self._time("updated") or opened_at
        if opened_at is None or updated_at is None:
            raise self._skip("no time of creation")
        changes = list(self._changes(opened_at))
        moments = sorted({change.known_at for change in changes} | {updated_at})
        frame = Frame(
            subject=str(self._fields.get("summary") or ""),
            service=self._first(self._settings.service_fields),
            opened_at=opened_at,
            stated_end_at=self._time("resolutiondate"),
        )
        if not self._settings.history:
            moments = moments[-1:]
        hints = Hints(self._party(), self._first(self._settings.contract_fields))
        told = self._with_duplicate(list(versions(frame, changes, moments)))
        source = self._source()
        return tuple(make_fact(source, ticket, opened_at, moment, hints) for moment, ticket in told)

    def _changes(self, opened_at: datetime) -> Iterator[Change]:
        for event in (*self._beginning(opened_at), *self._comments()):
            yield Change(max(event.at, opened_at), event)

    def _beginning(self, opened_at: datetime) -> Iterator[TicketEvent]:
        """The opening, then priorities, then statuses: equal times keep this order."""
        by = self._author(mapping(self._fields.get("creator") or self._fields.get("reporter")))
        yield TicketEvent(at=opened_at, change="opened", by=by)
        yield TicketEvent(
            at=opened_at, change="priority", value=self._priority(self._initial("priority")), by=by
        )
        for at, author, items in self._logged:
            if "priority" in items:
                value = self._priority(items["priority"][1])
                yield TicketEvent(at=at, change="priority", value=value, by=author)
        before: TicketStatus | None = None
        for at, status, author in self._states(opened_at, by):
            event = TicketEvent(at=at, change="status", by=author)
            yield from status_events(event, status, before)
            before = status

    def _states(self, opened_at: datetime, by: Author) -> Iterator[tuple[datetime, TicketStatus, Author]]:
        """Status after each change of status or resolution, from the first status on."""
        held = {name: self._initial(name) for name in ("status", "resolution")}
        status = self._status(held)
        yield opened_at, status, by
        for at, author, items in self._logged:
            held |= {name: items[name][1] for name in held if name in items}
            if self._status(held) != status:
                status = self._status(held)
                yield at, status, author
        now = self._status({name: self._now(name) for name in held})
        ended_at = self._time("resolutiondate")
        if now != status and now in ENDED and ended_at is not None:
            # Without a readable changelog the issue itself still says when it was resolved.
            yield ended_at, now, "unknown"

    def _comments(self) -> Iterator[TicketEvent]:
        for row in rows(self._data.get("comments")):
            at = instant(row.get("created"))
            if at is None:
                continue
            author = self._author(mapping(row.get("author")))
            yield TicketEvent(
                at=at,
                change="comment",
                value=plain(row.get("body")),
                by=author,
                public=row.get("jsdPublic") is not False and not row.get("visibility"),
                automatic=author == "system",
            )

    def _log(self) -> Iterator[tuple[datetime, Author, dict[str, tuple[str, str]]]]:
        """The changelog: when, by whom, and from which to which text each field went."""
        for entry in rows(self._data.get("histories")):
            at = instant(entry.get("created"))
            if at is None:
                continue
            items: dict[str, tuple[str, str]] = {}
            for item in rows(entry.get("items")):
                name = str(item.get("fieldId") or item.get("field")).casefold()
                old, new = str(item.get("fromString") or ""), str(item.get("toString") or "")
                if name == "link":  # several links may be made at once
                    new = f"{items.get(name, ('', ''))[1]} {new}"
                items[name] = (old, new)
            yield at, self._author(mapping(entry.get("author"))), items

    def _initial(self, field: str) -> str:
        """A field's value at the beginning: what its first logged change replaced, else what it is now."""
        for _, _, items in self._logged:
            if field in items:
                return items[field][0]
        return self._now(field)

    def _now(self, field: str) -> str:
        return next(iter(shown(self._fields.get(field))), "")

    def _status(self, held: Mapping[str, str]) -> TicketStatus:
        """Our status for a status and, once ended, a resolution that says it was never done."""
        name = held["status"].casefold()
        status = self._settings.statuses.get(name)
        if status is None:
            raise self._skip(f"unknown status {held['status']!r}", "Add it to `statuses` in the settings.")
        undone = {word.casefold() for word in self._settings.cancelled_resolutions}
        return "cancelled" if status in ENDED and held["resolution"].casefold() in undone else status

    def _priority(self, name: str) -> str:
        if not name and self._settings.no_priority:
            return self._settings.no_priority
        mapped = self._settings.priorities.get(name.casefold())
        if mapped is None:
            remedy = "Add it to `priorities`, or set `no_priority`, in the settings."
            raise self._skip(f"unknown priority {name!r}", remedy)
        return mapped

    def _author(self, user: Row) -> Author:
        """Who wrote something: by naming, else by the type of account; the reporter asked for the service."""
        names = [
            str(user[key]).casefold() for key in ("accountId", "emailAddress", "displayName") if user.get(key)
        ]
        authors = self._settings.authors
        groups: tuple[tuple[Author, tuple[str, ...]], ...] = (
            ("system", authors.system),
            ("provider", authors.provider),
            ("customer", authors.customer),
        )
        for author, patterns in groups:
            if any(fnmatchcase(name, pattern.casefold()) for name in names for pattern in patterns):
                return author
        kind = user.get("accountType")
        if kind == "app":
            return "system"
        sides: dict[str, Author] = {"provider": "customer", "customer": "provider", "unknown": "unknown"}
        account, reporter = user.get("accountId"), mapping(self._fields.get("reporter")).get("accountId")
        if kind == "customer" or (account and account == reporter):
            return sides[authors.agents]
        return authors.agents if kind == "atlassian" else "unknown"

    def _field(self, name: str) -> object:
        """A field by its id or by its name."""
        named = mapping(self._data.get("names"))
        return self._fields.get(str(named.get(name, name)))

    def _first(self, names: tuple[str, ...]) -> str:
        """The first of some fields that holds something; of several values the first."""
        return next((texts[0] for name in names if (texts := shown(self._field(name)))), "")

    def _party(self) -> str:
        """Who the other side is. A request shared with several organisations names nobody."""
        texts = next(
            (texts for name in self._settings.party_fields if (texts := shown(self._field(name)))), ()
        )
        return texts[0] if len(texts) == 1 else ""

    def _with_duplicate(self, told: list[tuple[datetime, Ticket]]) -> list[tuple[datetime, Ticket]]:
        """The versions, each naming the ticket it is a duplicate of from when the link was logged; all of
        them, where the changelog does not say when."""
        found = self._duplicate()
        if found is None or not told:
            return told
        other, since = found[0], found[1] or told[0][0]
        before = [version for version in told if version[0] < since]
        later = [version for version in told if version[0] >= since]
        if before and (not later or later[0][0] > since):
            later.insert(0, (since, before[-1][1]))
        return [*before, *((at, ticket.model_copy(update={"merged_into": other})) for at, ticket in later)]

    def _duplicate(self) -> tuple[str, datetime | None] | None:
        """The issue that this one duplicates, and when the changelog says so."""
        for link in rows(self._fields.get("issuelinks")):
            other = str(mapping(link.get("outwardIssue")).get("key") or "")
            if other and mapping(link.get("type")).get("name") == self._settings.duplicate_link:
                said = (
                    at for at, _, items in self._logged if other in items.get("link", ("", ""))[1].split()
                )
                return other, min(said, default=None)
        return None

    def _time(self, field: str) -> datetime | None:
        try:
            return instant(self._fields.get(field))
        except ValueError:
            raise self._skip(f"{field} is no time: {str(self._fields.get(field))[:40]!r}") from None

    def _source(self) -> Source:
        url = self._settings.page(self._key)
        return Source(system=self._system, record=self._id, url=url, label=self._key)

    def _skip(self, what: str, remedy: str = "Correct the issue, or the settings.") -> Skippable:
        return Skippable(self._system, what, place=f"issue {self._key}", remedy=remedy)
