"""From records that hang below agreements (obligations) to milestones, pure.

A record has a day on which it is due and one on which it was completed. What is opened again has none any
more: its next version is a milestone without completion.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from obligations.facts import Fact, Milestone, MilestoneEvent
from obligations.quantities import Money
from tools.icertis.contracts import source_of
from tools.icertis.fields import day, shown, text
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.values import decimal, tidy
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.icertis.settings import DutyMap, IcertisSettings


def milestones_of(settings: IcertisSettings, duty: DutyMap, system: str, raw: RawRecord) -> Iterator[Fact]:
    """The milestone in a record, as it stands. Raises Skippable or ValueError for a bad attribute."""
    row: Row = raw.data.get("row") or {}
    record, title = text(row, settings.fields.id), text(row, duty.title)
    if not record or not title or raw.updated_at is None:
        remedy = "Complete it in Icertis, or its attributes in the settings."
        raise Skippable(system, "a record without id, title or time of change", place=raw.id, remedy=remedy)
    due_on, done_on = _day(row, duty.due_on, settings.zone), _day(row, duty.done_on, settings.zone)
    milestone = Milestone(
        name=title,
        planned_on=due_on,
        amount=_amount(row, duty),
        events=tuple(_events(row, duty, done_on, raw.updated_at.astimezone(ZoneInfo(settings.zone)).date())),
    )
    on = done_on or due_on
    at = start_of(on, ZoneInfo(settings.zone)) if on else raw.updated_at
    source = source_of(settings, system, duty.entity, record, title)
    yield make_fact(source, milestone, at, raw.updated_at, Hints(contract=shown(raw.data.get("parent"))))


def _events(row: Row, duty: DutyMap, done_on: date | None, changed_on: date) -> Iterator[MilestoneEvent]:
    """Withdrawn by its status, on the day of that change; completed on the day that the record states."""
    if text(row, duty.status) in duty.withdrawn:
        yield MilestoneEvent(on=changed_on, change="withdrawn")
    elif done_on is not None:
        by = duty.parties.get(text(row, duty.party), "unknown")
        yield MilestoneEvent(on=done_on, change="completed", by=by)


def _day(row: Row, names: tuple[str, ...], zone: str) -> date | None:
    return next((held for name in names if (held := day(row.get(name), zone))), None)


def _amount(row: Row, duty: DutyMap) -> Money | None:
    amount, currency = decimal(text(row, duty.amount)), text(row, duty.currency)
    return Money(amount=tidy(amount), currency=currency) if amount is not None and currency else None
