"""From an Asana task and its stories to milestones, reports and deeds, pure.

Asana keeps a task's present state and tells its changes as stories. A milestone is rebuilt from those that
say when it was moved and when it was completed, one fact version for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from obligations.facts import Deed, Fact, Milestone, MilestoneEvent, ReportReceived, Source
from obligations.quantities import Money
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.periods import period_in
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.asana.connector import AsanaSettings, Kind, Project

Row = Mapping[str, Any]
Step = Literal["completed", "withdrawn", "accepted", "rejected"]

_APPROVALS: dict[str, Step] = {
    "approved": "accepted",
    "rejected": "rejected",
    "changes_requested": "rejected",
    "pending": "withdrawn",
}


def mapping(value: object) -> Row:
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Row]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def instant(value: object) -> datetime | None:
    """An instant with its zone; None for an empty one; ValueError for anything else."""
    if not value:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no zone")
    return moment.astimezone(UTC)


def shown(field: Row) -> str:
    """What people see in a custom field, whatever its type."""
    display = field.get("display_value")
    if isinstance(display, str) and display.strip():
        return display.strip()
    option, day = mapping(field.get("enum_value")), mapping(field.get("date_value"))
    held = (option.get("name"), day.get("date"), field.get("text_value"), field.get("number_value"))
    return next((str(text).strip() for text in held if text is not None and str(text).strip()), "")


@dataclass(frozen=True)
class Change:
    """A day that a milestone was moved to, or a step of it, with when it was recorded; `on` is the day of
    a step where that is told apart."""

    at: datetime
    planned_on: date | None = None
    step: Step | None = None
    on: date | None = None


class TaskFacts:
    """What one task says."""

    def __init__(self, settings: AsanaSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._task = mapping(raw.data.get("task"))
        self._stories = rows(raw.data.get("stories"))
        self._project: Project | None = settings.project_of(str(raw.data.get("project") or ""))
        self._id = raw.id
        self._zone = ZoneInfo(settings.zone)
        self._fields: dict[str, Row] = {}
        for field in rows(self._task.get("custom_fields")):
            for key in (field.get("gid"), field.get("name")):
                self._fields.setdefault(str(key or "").casefold(), field)

    def facts(self) -> tuple[Fact, ...]:
        """The facts of a task; none for one that is no business of a contract. Raises Skippable."""
        kind = self.kind
        if kind == "none":
            return ()
        name = str(self._task.get("name") or "").strip()
        created_at, modified_at = self._time("created_at"), self._time("modified_at")
        if not name or created_at is None or modified_at is None:
            raise self._skip("no name, or no time of creation or change")
        if kind == "milestone":
            return tuple(self._milestones(name, created_at, modified_at))
        done_at = self._time("completed_at") if self._task.get("completed") is True else None
        if done_at is None:
            return ()
        data = self._report(name, done_at) if kind == "report_received" else self._deed(name, done_at)
        # It was known when it was completed; what was corrected since, when the task last changed.
        known = sorted({done_at, max(done_at, modified_at)})
        return tuple(make_fact(self._source(name), data, done_at, at, self._hints()) for at in known)

    @property
    def kind(self) -> Kind:
        """What becomes of a task: by its kind field, else its name, else its subtype, else its project."""
        own = self._settings
        said = self.text(own.kind_fields).casefold()
        if said in own.kinds:
            return own.kinds[said]
        name = str(self._task.get("name") or "").casefold()
        for pattern, kind in own.name_kinds.items():
            if fnmatchcase(name, pattern.casefold()):
                return kind
        subtype = str(self._task.get("resource_subtype") or "default_task")
        if subtype == "default_task" and self._project and self._project.kind:
            return self._project.kind
        return own.kinds.get(subtype, "none")

    def _milestones(self, name: str, created_at: datetime, modified_at: datetime) -> Iterator[Fact]:
        """The milestone after every recorded change, where it differs from the one before."""
        changes = self._changes() if self._settings.history else []
        moments = sorted({created_at, modified_at, *(change.at for change in changes)})
        if not self._settings.history:
            moments = moments[-1:]
        held: Milestone | None = None
        for moment in moments:
            known = [change for change in changes if change.at <= moment]
            found = self._now(name, known) if moment == moments[-1] else self._then(name, known)
            if found != held:
                yield make_fact(self._source(name), found, created_at, moment, self._hints())
                held = found

    def _then(self, name: str, known: list[Change]) -> Milestone:
        """The milestone as it stood after some changes. What it is worth counts as it is now; its progress
        then is not recorded."""
        moves = self._moves()
        days = [change.planned_on for change in known if change.step is None]
        first = self._dated(mapping(moves[0].get("old_dates"))) if moves else self._due()
        planned_on = days[-1] if days else first
        events = self._events(change for change in known if change.step)
        return Milestone(name=name, planned_on=planned_on, amount=self._amount(), events=events)

    def _now(self, name: str, known: list[Change]) -> Milestone:
        """The milestone as the task itself tells it, with the steps that its stories tell."""
        steps = self._settled([change for change in known if change.step])
        return Milestone(
            name=name,
            planned_on=self._due(),
            amount=self._amount(),
            percent_complete=self._percent(),
            events=self._events(steps),
        )

    def _settled(self, steps: list[Change]) -> list[Change]:
        """The steps, completed by what the task says of itself where its stories do not."""
        own = [change.step for change in steps if change.on is None]
        ended = bool(own) and own[-1] != "withdrawn"
        done_at = self._time("completed_at") if self._task.get("completed") is True else None
        if done_at is not None and not ended:
            step = _APPROVALS.get(str(self._task.get("approval_status")), "completed")
            return [*steps, Change(done_at, step=step)]
        modified_at = self._time("modified_at")
        if self._task.get("completed") is False and ended and modified_at:
            return [*steps, Change(modified_at, step="withdrawn")]
        return steps

    def _changes(self) -> list[Change]:
        """What the stories say of days and completion, oldest first."""
        found = self._accepted()
        for story in self._stories:
            at = instant(story.get("created_at"))
            subtype = story.get("resource_subtype")
            if at is None:
                continue
            if story.get("new_approval_status"):
                step = _APPROVALS.get(str(story["new_approval_status"]))
                found += [Change(at, step=step)] if step else []
            elif subtype in ("marked_complete", "marked_incomplete") and not self._task.get(
                "approval_status"
            ):
                found.append(Change(at, step="completed" if subtype == "marked_complete" else "withdrawn"))
            elif isinstance(story.get("new_dates"), Mapping):
                found.append(Change(at, planned_on=self._dated(mapping(story.get("new_dates")))))
        return sorted(found, key=lambda change: change.at)

    def _moves(self) -> list[Row]:
        moves = [story for story in self._stories if story.get("new_dates") and story.get("created_at")]
        return sorted(moves, key=lambda story: str(story["created_at"]))

    def _accepted(self) -> list[Change]:
        """The day of acceptance in its own field, with when that was filled; else known from that day on."""
        names = {name.casefold() for name in self._settings.accepted_fields}
        field = next(
            (f for name in self._settings.accepted_fields if (f := self._fields.get(name.casefold()))), {}
        )
        day = mapping(field.get("date_value")).get("date")
        if not day:
            return []
        on = date.fromisoformat(str(day))
        told = [
            at
            for story in self._stories
            if str(mapping(story.get("custom_field")).get("name")).casefold() in names
            and (at := instant(story.get("created_at")))
        ]
        return [Change(max(told, default=start_of(on, self._zone).astimezone(UTC)), step="accepted", on=on)]

    def _events(self, steps: Iterable[Change]) -> tuple[MilestoneEvent, ...]:
        """Steps in order of their days."""
        found = [
            MilestoneEvent(
                on=change.on or change.at.astimezone(self._zone).date(),
                change=change.step,
                by=self._by(),
                evidence=self._url() if change.step == "accepted" else "",
            )
            for change in steps
            if change.step
        ]
        return tuple(sorted(found, key=lambda event: event.on))

    def _report(self, name: str, done_at: datetime) -> ReportReceived:
        period = self.text(self._settings.period_fields)
        return ReportReceived(
            report=self.text(self._settings.report_fields) or name,
            period=period_in(period) or period or period_in(name),
            received_at=done_at,
        )

    def _deed(self, name: str, done_at: datetime) -> Deed:
        return Deed(
            of=self.text(self._settings.promise_fields) or name,
            occurrence=self.text(self._settings.period_fields),
            done_on=done_at.astimezone(self._zone).date(),
            done_at=done_at,
            by=self._by(),
            evidence=self._url(),
        )

    def _by(self) -> Literal["us", "counterparty", "unknown"]:
        return self._project.by if self._project else "unknown"

    def _hints(self) -> Hints:
        own = self._project
        party = self.text(self._settings.party_fields) or (own.party if own else "")
        return Hints(party, self.text(self._settings.contract_fields) or (own.contract if own else ""))

    def text(self, names: tuple[str, ...]) -> str:
        """The first filled one of some custom fields, by name or gid."""
        fields = (self._fields.get(name.casefold()) for name in names)
        return next((text for field in fields if field and (text := shown(field))), "")

    def _due(self) -> date | None:
        return self._dated(self._task)

    def _dated(self, dates: Row) -> date | None:
        """The day of a due date; a due time is the day it falls on in the settings' zone."""
        if dates.get("due_on"):
            return date.fromisoformat(str(dates["due_on"]))
        moment = instant(dates.get("due_at"))
        return moment.astimezone(self._zone).date() if moment else None

    def _amount(self) -> Money | None:
        """A number with a currency in one of the amount fields."""
        for name in self._settings.amount_fields:
            field = self._fields.get(name.casefold(), {})
            number = _number(field.get("number_value"))
            currency = str(field.get("currency_code") or self._settings.currency)
            if number is not None and currency:
                return Money(amount=number, currency=currency)
        return None

    def _percent(self) -> Decimal | None:
        """Progress in percent. Asana holds a percentage as a fraction."""
        for name in self._settings.percent_fields:
            field = self._fields.get(name.casefold(), {})
            number = _number(field.get("number_value"))
            if number is not None:
                percent = number * 100 if field.get("format") == "percentage" else number
                return percent if 0 <= percent <= 100 else None
        return None

    def _time(self, field: str) -> datetime | None:
        try:
            return instant(self._task.get(field))
        except ValueError:
            raise self._skip(f"{field} is no time: {str(self._task.get(field))[:40]!r}") from None

    def _url(self) -> str:
        return str(self._task.get("permalink_url") or "")

    def _source(self, name: str) -> Source:
        return Source(system=self._system, record=self._id, url=self._url(), label=name)

    def _skip(self, what: str, remedy: str = "Correct the task, or the settings.") -> Skippable:
        return Skippable(self._system, what, place=f"task {self._id}", remedy=remedy)


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
