"""What happened in the company's Asana: tasks as logs of changes and comments, folded to any instant.

Fields, stories and events are all read from one log with running numbers, so they cannot contradict each
other, and what lies after the clock is not there yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import yaml
from pydantic import AwareDatetime

from sandbox.world import HERE
from sandbox.world.records import MUNICH, Record

INTEGRATION = "pacta@tessaly.example"
WORKSPACE = ("workspace", "tessaly")


class Person(Record):
    user: str
    name: str


class Field(Record):
    key: str
    name: str
    type: str
    options: tuple[str, ...] = ()
    precision: int = 0
    currency: str = ""


class Project(Record):
    key: str
    name: str
    notes: str
    created: AwareDatetime
    owner: str
    fields: tuple[str, ...]
    sections: tuple[str, ...]
    set: Mapping[str, Any]
    archived: bool = False


class Status(Record):
    project: str
    at: AwareDatetime
    by: str
    type: str
    title: str
    text: str


class Line(Record):
    at: AwareDatetime
    by: str
    comment: str = ""
    edit: str = ""
    done: bool | None = None
    due: date | None = None
    name: str = ""
    section: str = ""
    assign: str | None = None
    approve: str = ""
    set: Mapping[str, Any] = {}
    delete: bool = False


class Subtask(Record):
    name: str
    done: AwareDatetime | None


class Story(Record):
    project: str
    also: str = ""
    name: str
    subtype: str = "default_task"
    created: AwareDatetime
    by: str
    assign: str = ""
    due: date | None = None
    due_at: AwareDatetime | None = None
    start: date | None = None
    set: Mapping[str, Any] = {}
    subtasks: tuple[Subtask, ...] = ()
    history: tuple[Line, ...] = ()


class Everyday(Record):
    project: str
    by: str
    names: tuple[str, ...]
    first: date
    step: int
    late: tuple[int, ...]


@dataclass(frozen=True)
class Change:
    """One write: attribute to new value. Sections are `section:<project>`, custom fields `field:<key>`."""

    seq: int
    at: datetime
    by: str
    values: Mapping[str, Any]


@dataclass
class Comment:
    seq: int
    gid: str
    by: str
    texts: list[tuple[datetime, str]]
    deleted_at: datetime | None = None

    @property
    def at(self) -> datetime:
        return self.texts[0][0]

    def text(self, now: datetime) -> str:
        return [text for at, text in self.texts if at <= now][-1]


@dataclass
class Task:
    gid: str
    seq: int
    created_at: datetime
    creator: str
    opening: dict[str, Any]
    changes: list[Change] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    def seen(self, now: datetime) -> list[Change]:
        return [change for change in self.changes if change.at <= now]

    def values(self, now: datetime) -> dict[str, Any]:
        found = dict(self.opening)
        for change in self.seen(now):
            found |= change.values
        return found

    def said(self, now: datetime) -> list[Comment]:
        return [c for c in self.comments if c.at <= now and (c.deleted_at is None or c.deleted_at > now)]

    def exists(self, now: datetime) -> bool:
        return self.created_at <= now and not self.values(now).get("deleted")

    def modified_at(self, now: datetime) -> datetime:
        """The last change of the task, comments among them."""
        touched = [change.at for change in self.seen(now)]
        touched += [at for comment in self.comments for at, _ in comment.texts if at <= now]
        return max(touched, default=self.created_at)

    def completed(self, now: datetime) -> Change | None:
        """The write that completed the task for good, None while it is open."""
        last: Change | None = None
        for change in self.seen(now):
            if "completed" in change.values:
                last = change if change.values["completed"] else None
        return last

    def history(self, now: datetime) -> Iterator[tuple[Change, str, Any, Any]]:
        """Every attribute that changed so far: the write, the attribute, its old and new value."""
        held = dict(self.opening)
        for change in self.seen(now):
            for name, new in change.values.items():
                if held.get(name) != new:
                    yield change, name, held.get(name), new
                held[name] = new


@dataclass(frozen=True)
class Company:
    """What does not change while the sandbox runs."""

    people: Mapping[str, Person]
    fields: Mapping[str, Field]
    projects: Mapping[str, Project]
    statuses: Sequence[Status]
    tasks: Sequence[Story]
    everyday: Sequence[Everyday]


@cache
def company() -> Company:
    given = yaml.safe_load((HERE / "asana.yaml").read_text(encoding="utf-8"))
    parties = yaml.safe_load((HERE / "parties.yaml").read_text(encoding="utf-8"))
    people = [Person.model_validate(row) for row in given["people"]]
    people += [Person.model_validate(row) for row in parties["us"]["people"] if "@" in row["user"]]
    return Company(
        people={person.user: person for person in people},
        fields={row["key"]: Field.model_validate(row) for row in given["fields"]},
        projects={row["key"]: Project.model_validate(row) for row in given["projects"]},
        statuses=[Status.model_validate(row) for row in given["statuses"]],
        tasks=[Story.model_validate(row) for row in given["tasks"]],
        everyday=[Everyday.model_validate(row) for row in given["everyday"]],
    )


@cache
def gid(kind: str, key: str) -> str:
    """A stable gid: sixteen digits, as text."""
    return str(1_200_000_000_000_000 + int(sha256(f"{kind}:{key}".encode()).hexdigest()[:11], 16))


class Numbers:
    """Running numbers of writes."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def build(numbers: Numbers) -> list[Task]:
    """Every task of the world, subtasks after their parents."""
    tasks: list[Task] = []
    for index, story in enumerate([*company().tasks, *_everyday()]):
        task = _task(story, f"{index}", numbers)
        tasks.append(task)
        for place, subtask in enumerate(story.subtasks):
            tasks.append(_subtask(subtask, task, f"{index}.{place}", numbers))
    return tasks


def _everyday() -> Iterator[Story]:
    for row in company().everyday:
        for index, name in enumerate(row.names):
            due = row.first + timedelta(days=row.step * index)
            done = due + timedelta(days=2 if index in row.late else -1)
            created = datetime.combine(due - timedelta(days=20), time(9), MUNICH)
            sections = company().projects[row.project].sections
            at = datetime.combine(done, time(16), MUNICH)
            line = Line(at=at, by=row.by, done=True, section=sections[-1])
            owner = company().projects[row.project].owner
            yield Story(
                project=row.project,
                name=name,
                created=created,
                by=owner,
                assign=row.by,
                due=due,
                history=(line,),
            )


def _task(story: Story, key: str, numbers: Numbers) -> Task:
    project = company().projects[story.project]
    projects = (story.project, *((story.also,) if story.also else ()))
    opening = blank() | {
        "name": story.name,
        "resource_subtype": story.subtype,
        "approval_status": "pending" if story.subtype == "approval" else None,
        "assignee": story.assign,
        "due_on": story.due.isoformat() if story.due else None,
        "due_at": story.due_at,
        "start_on": story.start.isoformat() if story.start else None,
        "projects": projects,
        "followers": tuple(dict.fromkeys(user for user in (story.by, story.assign) if user)),
    }
    for name in projects:
        opening[f"section:{name}"] = company().projects[name].sections[0]
    for name, value in {**project.set, **story.set}.items():
        opening[f"field:{name}"] = str(value)
    task = Task(gid("task", key), numbers.next(), story.created, story.by, opening)
    for line in story.history:
        _happen(task, line, story.project, numbers)
    return task


def _subtask(given: Subtask, parent: Task, key: str, numbers: Numbers) -> Task:
    created = parent.created_at + timedelta(minutes=5)
    opening = blank() | {"name": given.name, "parent": parent.gid}
    task = Task(gid("task", key), numbers.next(), created, parent.creator, opening)
    if given.done is not None:
        task.changes.append(
            Change(numbers.next(), given.done, parent.opening["assignee"], {"completed": True})
        )
    return task


def blank() -> dict[str, Any]:
    """The attributes of a task of which nothing was said."""
    return {
        "name": "", "notes": "", "resource_subtype": "default_task", "approval_status": None,
        "completed": False, "assignee": "", "due_on": None, "due_at": None, "start_on": None, "parent": None,
        "projects": (), "followers": (), "tags": (), "external": None, "dependencies": (), "deleted": False,
    }  # fmt: skip


def _happen(task: Task, line: Line, project: str, numbers: Numbers) -> None:
    values: dict[str, Any] = {}
    if line.done is not None:
        values["completed"] = line.done
    if line.approve:
        values |= {"approval_status": line.approve, "completed": True}
    if line.due is not None:
        values |= {"due_on": line.due.isoformat(), "due_at": None}
    if line.name:
        values["name"] = line.name
    if line.section:
        values[f"section:{project}"] = line.section
    if line.assign is not None:
        values["assignee"] = line.assign
    if line.delete:
        values["deleted"] = True
    values |= {f"field:{name}": str(value) for name, value in line.set.items()}
    if values:
        task.changes.append(Change(numbers.next(), line.at, line.by, values))
    if line.comment:
        seq = numbers.next()
        task.comments.append(Comment(seq, gid("story", f"c{seq}"), line.by, [(line.at, line.comment)]))
    if line.edit:
        own = [comment for comment in task.comments if comment.by == line.by]
        own[-1].texts.append((line.at, line.edit))


def stamp(at: datetime) -> str:
    """An instant as Asana writes it: UTC with milliseconds."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"
