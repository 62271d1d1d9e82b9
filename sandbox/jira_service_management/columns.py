"""The fields that queries know on this site, and what they hold for an issue."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

from sandbox.jira_service_management.fields import (
    CATEGORIES,
    FIELDS,
    ISSUE_TYPE,
    PRIORITIES,
    RESOLUTIONS,
    STATUSES,
)
from sandbox.jira_service_management.jql import ZONE, Column
from sandbox.jira_service_management.records import (
    CONTRACT,
    ORGANIZATIONS,
    READING,
    REFERENCE,
    REQUEST_TYPE,
    SERVICE,
    SUPPLIER,
    Issue,
    account_id,
    site,
)
from sandbox.jira_service_management.shapes import organization_id
from sandbox.world import World


class Columns:
    def __init__(self, issues: Sequence[Issue], world: World) -> None:
        self.world = world
        self.issues = issues
        self._known = {name.casefold(): column for column in self._all() for name in self._names(column)}

    def named(self, name: str) -> Column | None:
        """The field of that name; a custom one also as `cf[10053]` or `Name[Type]`."""
        plain = name.casefold()
        if plain not in self._known and plain.endswith("]") and not plain.startswith("cf["):
            plain = plain.partition("[")[0]
        return self._known.get(plain)

    def _names(self, column: Column) -> tuple[str, ...]:
        own = {
            "key": ("key", "issuekey", "issue"),
            "id": ("id",),
            "statusCategory": ("statusCategory",),
            "text": ("text",),
        }
        if column.name in own:
            return own[column.name]
        for key, field in FIELDS.items():
            if field.name == column.name:
                number = key.removeprefix("customfield_")
                return (*field.clauses, *((f"cf[{number}]", key) if field.custom else ()))
        return (column.name,)

    def _all(self) -> list[Column]:
        people = site().people
        status = {text for name, (number, _) in STATUSES.items() for text in (name, number)}
        options = {text for party in self.world.parties for text in self._party(party)}
        types = {t for desk in site().desks.values() for one in desk.types for t in (str(one.id), one.name)}
        projects = {t for d in site().desks.values() for t in (d.key, d.name, str(d.project))}
        keys = {text for issue in self.issues for text in (issue.key, str(issue.id))}
        accounts = {text for user in people for text in (account_id(user), user)}
        return [
            Column("key", "key", lambda i, now: (i.key, str(i.id)), _fold(keys), _by_key),
            Column("id", "key", lambda i, now: (i.key, str(i.id)), _fold(keys), lambda i, now: i.id),
            Column("Project", "choice", _project, _fold(projects), lambda i, now: i.project),
            Column("Issue Type", "choice", lambda i, now: ISSUE_TYPE, _fold(ISSUE_TYPE)),
            Column("Status", "choice", _status, _fold(status), _raw("status")),
            Column("statusCategory", "choice", _category, _fold(t for k in CATEGORIES for t in _cat(k))),
            Column("Priority", "choice", _priority, _fold((*PRIORITIES, *PRIORITIES.values())), _urgency),
            Column(
                "Resolution",
                "choice",
                _resolution,
                _fold((*RESOLUTIONS, *RESOLUTIONS.values(), "Unresolved")),
            ),
            Column("Assignee", "choice", _person("assignee"), _fold(accounts), _raw("assignee")),
            Column("Reporter", "choice", _person("reporter"), _fold(accounts), _raw("reporter")),
            Column("Creator", "choice", lambda i, now: (i.creator, account_id(i.creator)), _fold(accounts)),
            Column("Labels", "label", lambda i, now: i.fields(now)["labels"]),
            Column("Organizations", "choice", self._organizations, _fold(options)),
            Column("Supplier", "choice", self._supplier, _fold(options), _raw(SUPPLIER)),
            Column("Request Type", "choice", _request_type, _fold(types)),
            Column("Created", "date", lambda i, now: i.created_at),
            Column("Updated", "date", lambda i, now: i.updated(now)),
            Column("Resolved", "date", lambda i, now: i.resolved_at(now)),
            Column("Due date", "date", _due),
            Column("Summary", "text", _raw("summary")),
            Column("Description", "text", _raw("description")),
            Column("Comment", "text", _comments),
            Column("text", "text", _everything),
            *(Column(FIELDS[key].name, "text", _raw(key)) for key in (SERVICE, CONTRACT, REFERENCE, READING)),
        ]

    def _party(self, key: str) -> tuple[str, ...]:
        if not key:
            return ()
        number = organization_id(self.world, key)
        return (self.world.party(key).name, number, str(10100 + int(number)))

    def _organizations(self, issue: Issue, now: datetime) -> tuple[str, ...]:
        return tuple(text for key in issue.fields(now)[ORGANIZATIONS] for text in self._party(key))

    def _supplier(self, issue: Issue, now: datetime) -> tuple[str, ...]:
        return self._party(str(issue.fields(now)[SUPPLIER]))


def _fold(values: Any) -> frozenset[str]:
    return frozenset(str(value).casefold() for value in values)


def _raw(name: str) -> Callable[[Issue, datetime], Any]:
    return lambda issue, now: issue.fields(now)[name] or None


def _by_key(issue: Issue, now: datetime) -> tuple[str, int]:
    return issue.project, int(issue.key.partition("-")[2])


def _project(issue: Issue, now: datetime) -> tuple[str, ...]:
    desk = site().desks[issue.project]
    return desk.key, desk.name, str(desk.project)


def _status(issue: Issue, now: datetime) -> tuple[str, ...]:
    name = str(issue.fields(now)["status"])
    return name, STATUSES[name][0]


def _cat(key: str) -> tuple[str, ...]:
    number, _, name = CATEGORIES[key]
    return key, str(number), name


def _category(issue: Issue, now: datetime) -> tuple[str, ...]:
    return _cat(STATUSES[str(issue.fields(now)["status"])][1])


def _priority(issue: Issue, now: datetime) -> tuple[str, ...]:
    number = str(issue.fields(now)["priority"])
    return number, PRIORITIES[number]


def _urgency(issue: Issue, now: datetime) -> int:
    """Descending order begins with the most urgent."""
    return -int(str(issue.fields(now)["priority"]))


def _resolution(issue: Issue, now: datetime) -> tuple[str, ...]:
    name = str(issue.fields(now)["resolution"])
    return (name, RESOLUTIONS[name]) if name else ("Unresolved",)


def _person(field: str) -> Callable[[Issue, datetime], tuple[str, ...]]:
    def named(issue: Issue, now: datetime) -> tuple[str, ...]:
        user = str(issue.fields(now)[field])
        return (user, account_id(user)) if user else ()

    return named


def _request_type(issue: Issue, now: datetime) -> tuple[str, ...]:
    number = str(issue.fields(now)[REQUEST_TYPE])
    kinds = site().desks[issue.project].types
    return next(((number, one.name) for one in kinds if str(one.id) == number), ())


def _due(issue: Issue, now: datetime) -> datetime | None:
    day = str(issue.fields(now)["duedate"])
    return datetime.combine(date.fromisoformat(day), time(), ZONE) if day else None


def _comments(issue: Issue, now: datetime) -> str:
    return "\n".join(comment.text(now) for comment in issue.said(now))


def _everything(issue: Issue, now: datetime) -> str:
    fields = issue.fields(now)
    texts = ("summary", "description", SERVICE, CONTRACT, REFERENCE, READING)
    return "\n".join((*(str(fields[name]) for name in texts), _comments(issue, now)))
