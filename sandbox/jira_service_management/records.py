"""What happened on the company's Jira site: requests as logs, folded to any instant.

An issue keeps its opening fields and every later change; fields, changelog and comments are read from
that one log, so they cannot contradict each other, and what lies after the clock is not there yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

import yaml
from pydantic import AwareDatetime

from sandbox.world import HERE, World
from sandbox.world.records import Record, Schedule

Value = str | tuple[str, ...]
AUTOMATION = "automation"
INTEGRATION = "pacta@tessaly.example"
OPENING_STATUS = "Waiting for support"
# Fields of the issue that only an agent's tool writes; ids as this site has them.
ORGANIZATIONS, REQUEST_TYPE = "customfield_10002", "customfield_10010"
FIRST_RESPONSE, RESOLUTION = "customfield_10020", "customfield_10021"
SUPPLIER, SERVICE = "customfield_10050", "customfield_10051"
CONTRACT, REFERENCE, READING = "customfield_10052", "customfield_10053", "customfield_10054"
# No field of its own: the key of the issue that this one duplicates.
LINK = "duplicates"


class Person(Record):
    user: str
    name: str
    party: str
    agent: bool = False
    hidden: bool = False


class RequestType(Record):
    id: int
    name: str


class Desk(Record):
    key: str
    id: int
    project: int
    name: str
    types: tuple[RequestType, ...]
    first: int


class Goal(Record):
    desk: str
    metric: str
    schedule: str | None = None
    hours: Mapping[int, Decimal]


class Line(Record):
    at: AwareDatetime
    by: str
    comment: str = ""
    note: str = ""
    status: str = ""
    priority: int | None = None
    resolve: str = ""
    edit: str = ""
    set: Mapping[str, str] = {}
    unlist: AwareDatetime | None = None


class Readings(Record):
    every_minutes: int
    count: int
    text: str


class Story(Record):
    desk: str
    type: int
    opened: AwareDatetime
    by: str
    subject: str
    body: str = ""
    party: str
    contract: str = ""
    service: str = ""
    priority: int
    duplicate_of: str = ""
    readings: Readings | None = None
    history: tuple[Line, ...] = ()


class Everyday(Record):
    desk: str
    type: int
    opened: AwareDatetime
    by: str
    subject: str
    party: str
    priority: int
    minutes: tuple[int, int | None]


@dataclass(frozen=True)
class Change:
    """Fields that one person changed at one instant: field id to new value."""

    id: int
    at: datetime
    by: str
    fields: Mapping[str, Value]


@dataclass
class Comment:
    id: int
    by: str
    public: bool
    texts: list[tuple[datetime, str]]
    deleted_at: datetime | None = None
    properties: list[dict[str, Any]] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.texts[0][0]

    def text(self, now: datetime) -> str:
        return [text for at, text in self.texts if at <= now][-1]

    def touched(self, now: datetime) -> datetime:
        return max(at for at, _ in self.texts if at <= now)


@dataclass
class Issue:
    id: int
    key: str
    created_at: datetime
    creator: str
    opening: dict[str, Value]
    changes: list[Change] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def project(self) -> str:
        return self.key.partition("-")[0]

    def fields(self, now: datetime) -> dict[str, Value]:
        values = dict(self.opening)
        for change in self.seen(now):
            values |= change.fields
        return values

    def seen(self, now: datetime) -> list[Change]:
        return [change for change in self.changes if change.at <= now]

    def said(self, now: datetime) -> list[Comment]:
        return [
            comment
            for comment in self.comments
            if comment.at <= now and (comment.deleted_at is None or comment.deleted_at > now)
        ]

    def updated(self, now: datetime) -> datetime:
        touched = [change.at for change in self.seen(now)]
        for comment in self.comments:
            if comment.at <= now:
                touched.append(comment.touched(now))
                if comment.deleted_at is not None and comment.deleted_at <= now:
                    touched.append(comment.deleted_at)
        return max(touched, default=self.created_at)

    def resolved_at(self, now: datetime) -> datetime | None:
        """When the resolution that stands was set; None while there is none."""
        found: datetime | None = None
        for change in self.seen(now):
            if "resolution" in change.fields:
                found = change.at if change.fields["resolution"] else None
        return found

    def history(self, now: datetime) -> list[tuple[Change, list[tuple[str, Value, Value]]]]:
        """Every change that changed something, oldest first: field, old and new value."""
        values, found = dict(self.opening), []
        for change in self.seen(now):
            items = [
                (name, values.get(name, ""), new)
                for name, new in change.fields.items()
                if (values.get(name) or "") != (new or "")
            ]
            values |= change.fields
            if items:
                found.append((change, items))
        return found


@dataclass(frozen=True)
class Site:
    """What does not change while the sandbox runs."""

    people: Mapping[str, Person]
    desks: Mapping[str, Desk]
    schedules: Mapping[str, Schedule]
    goals: tuple[Goal, ...]
    stories: tuple[Story, ...]
    everyday: tuple[Everyday, ...]

    def is_agent(self, user: str, desk: str) -> bool:
        """Whether `user` works the requests of the desk: suppliers' people SUP, our own CARE."""
        person = self.people.get(user)
        if person is None or not person.agent:
            return False
        return (person.party == "tessaly") == (desk == "CARE") or user == INTEGRATION


@cache
def site() -> Site:
    given = yaml.safe_load((HERE / "jira_service_management.yaml").read_text(encoding="utf-8"))
    parties = yaml.safe_load((HERE / "parties.yaml").read_text(encoding="utf-8"))
    people = [Person.model_validate(row) for row in given["people"]]
    ours = [row for row in parties["us"]["people"] if "@" in row["user"]]
    people += [Person(user=row["user"], name=row["name"], party="tessaly") for row in ours]
    people.append(Person(user=AUTOMATION, name="Automation for Jira", party="", hidden=True))
    return Site(
        people={person.user: person for person in people},
        desks={row["key"]: Desk.model_validate(row) for row in given["desks"]},
        schedules={row["name"]: Schedule.model_validate(row) for row in given["schedules"]},
        goals=tuple(Goal.model_validate(row) for row in given["goals"]),
        stories=tuple(Story.model_validate(row) for row in given["requests"]),
        everyday=tuple(Everyday.model_validate(row) for row in given["everyday"]),
    )


def account_id(user: str) -> str:
    """The opaque account id of a user, in Atlassian's form."""
    digest = sha256(f"account:{user}".encode()).hexdigest()
    parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
    return "712020:" + "-".join(parts)


class Numbers:
    """Hands out the site's running numbers: changes, comments, issues."""

    def __init__(self) -> None:
        self._last = {"issue": 10000, "change": 20000, "comment": 30000, "property": 0}

    def next(self, kind: str) -> int:
        self._last[kind] += 1
        return self._last[kind]


def build(world: World, numbers: Numbers) -> list[Issue]:
    """Every issue of the world, oldest first within its project, with running keys from the desk's first."""
    stories = [*site().stories, *(_told(row) for row in site().everyday)]
    following = {key: desk.first for key, desk in site().desks.items()}
    issues = []
    for story in stories:
        key = f"{story.desk}-{following[story.desk]}"
        following[story.desk] += 1
        issues.append(_issue(story, key, world, numbers))
    return issues


def _told(row: Everyday) -> Story:
    agents = [p.user for p in site().people.values() if p.agent and p.party == row.party]
    by = agents[0] if agents else "sofia.brandt@tessaly.example"
    answered, resolved = row.minutes
    lines = [
        Line(
            at=row.opened + timedelta(minutes=answered), by=by, status="In Progress", comment="We look at it."
        )
    ]
    if resolved is not None:
        at = row.opened + timedelta(minutes=resolved)
        lines.append(Line(at=at, by=by, resolve="Done", comment="Done, please check."))
        lines.append(Line(at=at + timedelta(days=5), by=AUTOMATION, status="Closed"))
    fields = row.model_dump(exclude={"minutes"})
    return Story(**fields, history=tuple(lines))


def _issue(story: Story, key: str, world: World, numbers: Numbers) -> Issue:
    opening: dict[str, Value] = {
        "summary": story.subject,
        "description": story.body,
        "priority": str(story.priority),
        "status": OPENING_STATUS,
        "resolution": "",
        "assignee": "",
        "reporter": story.by,
        "labels": (),
        "duedate": "",
        REQUEST_TYPE: str(story.type),
        ORGANIZATIONS: (story.party,),
        SUPPLIER: story.party if story.desk == "SUP" else "",
        SERVICE: story.service,
        CONTRACT: story.contract,
        REFERENCE: "",
        READING: "",
        LINK: "",
    }
    issue = Issue(numbers.next("issue"), key, story.opened, story.by, opening)
    for line in story.history:
        _happen(issue, line, numbers)
        if line.resolve == "Duplicate":
            link = {LINK: story.duplicate_of}
            issue.changes.append(Change(numbers.next("change"), line.at, line.by, link))
    if story.readings is not None:
        issue.changes += _readings(story.opened, story.readings, numbers)
        issue.changes.sort(key=lambda change: change.at)
        issue.changes = [replace(c, id=i) for c, i in zip(issue.changes, _ids(issue.changes), strict=True)]
    return issue


def _ids(changes: Sequence[Change]) -> Iterator[int]:
    """The same ids in ascending order: later changes have higher ones."""
    yield from sorted(change.id for change in changes)


def _readings(start: datetime, readings: Readings, numbers: Numbers) -> list[Change]:
    found = []
    for step in range(1, readings.count + 1):
        tenths = 80 + step * 7 % 43
        text = readings.text % (tenths // 10, tenths % 10)
        at = start + timedelta(minutes=readings.every_minutes * step)
        found.append(Change(numbers.next("change"), at, AUTOMATION, {READING: text}))
    return found


def _happen(issue: Issue, line: Line, numbers: Numbers) -> None:
    fields: dict[str, Value] = {}
    working = site().is_agent(line.by, issue.project)
    if working and line.status == "In Progress":
        fields["assignee"] = line.by
    if line.status:
        fields["status"] = line.status
        if issue.fields(line.at)["resolution"] and line.status not in ("Closed",):
            fields["resolution"] = ""
    if line.status == "Canceled":
        fields["resolution"] = "Won't Do"
    if line.resolve:
        fields |= {"status": "Resolved", "resolution": line.resolve}
    if line.priority is not None:
        fields["priority"] = str(line.priority)
    if "party" in line.set:
        fields |= {SUPPLIER: line.set["party"], ORGANIZATIONS: (line.set["party"],)}
    if "contract" in line.set:
        fields[CONTRACT] = line.set["contract"]
    if fields:
        issue.changes.append(Change(numbers.next("change"), line.at, line.by, fields))
    for text, public in ((line.note, False), (line.comment, True)):
        if text:
            comment = Comment(numbers.next("comment"), line.by, public, [(line.at, text)])
            comment.deleted_at = line.unlist
            issue.comments.append(comment)
    if line.edit:
        own = [comment for comment in issue.comments if comment.by == line.by]
        own[-1].texts.append((line.at, line.edit))
