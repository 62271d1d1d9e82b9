"""What happened in the company's sheets: rows as logs of writes, folded to any instant.

Values, cell history, versions and webhook events are all read from one log with running numbers, so they
cannot contradict each other, and what lies after the clock is not there yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import yaml
from pydantic import AwareDatetime, Field

from sandbox.world import HERE
from sandbox.world.records import MUNICH, Record

INTEGRATION = "pacta@tessaly.example"
Value = str | int | float | bool | None


class Person(Record):
    user: str
    first: str
    last: str


class Workspace(Record):
    key: str
    name: str


class Column(Record):
    key: str
    title: str
    type: str
    primary: bool = False
    options: tuple[str, ...] = ()
    validation: bool = False
    percent: bool = False
    system: str = ""


class Sheet(Record):
    key: str
    name: str
    workspace: str
    owner: str
    created: AwareDatetime
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


class Line(Record):
    at: AwareDatetime
    by: str
    set: Mapping[str, Any] = Field(default_factory=dict)
    comment: str = ""
    delete: bool = False


class Story(Record):
    sheet: str
    at: AwareDatetime
    by: str
    level: int = 0
    cells: Mapping[str, Any]
    history: tuple[Line, ...] = ()


class Everyday(Record):
    prefix: str
    start: int
    order: str
    supplier: str
    number: str
    contract: str
    item: str
    quantity: int
    first: date
    step: int
    late: tuple[int, ...]


@dataclass(frozen=True)
class Write:
    """Cells of a row that one person wrote at one instant; `deleted` ends the row."""

    seq: int
    at: datetime
    by: str
    values: Mapping[str, Value]
    deleted: bool = False
    agent: str = ""


@dataclass
class Comment:
    id: int
    seq: int
    discussion: int
    by: str
    texts: list[tuple[datetime, str]]
    deleted_at: datetime | None = None

    @property
    def at(self) -> datetime:
        return self.texts[0][0]

    def text(self, now: datetime) -> str:
        return [text for at, text in self.texts if at <= now][-1]

    def shown(self, now: datetime) -> bool:
        return self.at <= now and (self.deleted_at is None or self.deleted_at > now)


@dataclass
class Row:
    """The first write is the row's creation. `place` orders the rows of a sheet."""

    id: int
    sheet: str
    place: float
    parent: int | None
    writes: list[Write]
    comments: list[Comment] = field(default_factory=list)

    def seen(self, now: datetime) -> list[Write]:
        return [write for write in self.writes if write.at <= now]

    def exists(self, now: datetime) -> bool:
        seen = self.seen(now)
        return bool(seen) and not seen[-1].deleted

    def values(self, now: datetime) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for write in self.seen(now):
            found |= write.values
        return found

    def modified(self, now: datetime) -> Write:
        return self.seen(now)[-1]


class Numbers:
    """Running numbers of writes."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


@dataclass(frozen=True)
class Company:
    """What does not change while the sandbox runs."""

    people: Mapping[str, Person]
    workspaces: Sequence[Workspace]
    sheets: Mapping[str, Sheet]
    rows: Sequence[Story]
    everyday: Sequence[Everyday]


@cache
def company() -> Company:
    given = yaml.safe_load((HERE / "smartsheet.yaml").read_text(encoding="utf-8"))
    parties = yaml.safe_load((HERE / "parties.yaml").read_text(encoding="utf-8"))
    people = [Person.model_validate(row) for row in given["people"]]
    for row in parties["us"]["people"]:
        if "@" in row["user"]:
            first, _, last = row["name"].partition(" ")
            people.append(Person(user=row["user"], first=first, last=last))
    return Company(
        people={person.user: person for person in people},
        workspaces=[Workspace.model_validate(row) for row in given["workspaces"]],
        sheets={row["key"]: Sheet.model_validate(row) for row in given["sheets"]},
        rows=[Story.model_validate(row) for row in given["rows"]],
        everyday=[Everyday.model_validate(row) for row in given["everyday"]],
    )


@cache
def number(kind: str, key: str) -> int:
    """A stable id: a positive number of up to sixteen digits that JavaScript can hold."""
    return 1_000_000_000_000_000 + int(sha256(f"{kind}:{key}".encode()).hexdigest()[:12], 16)


def build(numbers: Numbers) -> list[Row]:
    """Every row of the world in the order of its sheet; ids of writes follow the order of their time."""
    stories = sorted([*_everyday(), *company().rows], key=lambda story: (story.sheet, story.at))
    rows: list[Row] = []
    parents: dict[str, int] = {}
    for index, story in enumerate(stories):
        row_id = number("row", f"{story.sheet}:{index}")
        parent = parents.get(story.sheet) if story.level else None
        if not story.level:
            parents[story.sheet] = row_id
        first = Write(numbers.next(), story.at, story.by, _cells(story.cells))
        row = Row(row_id, story.sheet, float(index), parent, [first])
        for line in story.history:
            _happen(row, line, numbers)
        rows.append(row)
    return rows


def _happen(row: Row, line: Line, numbers: Numbers) -> None:
    if line.set or line.delete:
        row.writes.append(Write(numbers.next(), line.at, line.by, _cells(line.set), line.delete))
    if line.comment:
        seq = numbers.next()
        talk = row.comments[0].discussion if row.comments else number("discussion", str(row.id))
        row.comments.append(
            Comment(number("comment", str(seq)), seq, talk, line.by, [(line.at, line.comment)])
        )


def _cells(given: Mapping[str, Any]) -> dict[str, Value]:
    """Days as text; everything else as the YAML has it."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()}


def _everyday() -> Iterator[Story]:
    clerk = "priya.nair@tessaly.example"
    for row in company().everyday:
        for index, late in enumerate(row.late):
            promised = row.first + timedelta(days=row.step * index)
            arrived = promised + timedelta(days=late)
            opened = datetime.combine(promised - timedelta(days=12), time(10, index % 60), MUNICH)
            came = datetime.combine(arrived, time(14, 30), MUNICH)
            cells = {
                "delivery": f"{row.prefix}-{row.start + index}",
                "order": row.order,
                "supplier": row.supplier,
                "number": row.number,
                "contract": row.contract,
                "item": row.item,
                "ordered": row.quantity,
                "promised": promised,
                "status": "Open",
                "checked": False,
            }
            done = {"delivered": row.quantity, "arrived": arrived, "status": "Delivered", "checked": True}
            line = Line(at=came, by=clerk, set=done)
            yield Story(sheet="deliveries", at=opened, by=clerk, cells=cells, history=(line,))
