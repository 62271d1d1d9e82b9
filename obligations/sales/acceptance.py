"""When a milestone was completed, submitted and accepted, by its records in one or several systems.

Silence accepts at the end of the last day of its time; a rejection in that time starts it anew with the next
submission, one after it comes too late. An acceptance that names no evidence, or that another record
contradicts, is in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.deadlines import days_after
from obligations.facts import Fact, Milestone, MilestoneEvent
from obligations.matching import same_service, words
from obligations.terms.sales import MilestonePayment

Recorded = tuple[Fact, Milestone]


@dataclass(frozen=True)
class Reached:
    """The day on which the step was reached, and how; None where it was not. `doubts` say what is open; one
    that no record tells how is only the latest day that it may be."""

    on: date | None
    how: str = ""
    doubts: tuple[str, ...] = ()


def of_name(name: str, recorded: Sequence[Recorded]) -> list[Recorded]:
    """The records of milestones that go by a name: those called exactly so, or else those whose name holds
    it or is held by it."""
    exact = [(f, m) for f, m in recorded if words(m.name) == words(name)]
    return exact or [(f, m) for f, m in recorded if same_service(name, m.name) is True]


def reached(
    terms: MilestonePayment, step: str, recorded: Sequence[Recorded], today: date, benefit: bool
) -> Reached:
    """Whether and when a step was reached by `today`, with doubts resolved for it (`benefit`) or against."""
    events = _events(recorded, today)
    if step == "completed":
        days = [e.on for e in events if e.change in ("completed", "accepted")]
        found = Reached(min(days), "completed") if days else Reached(None)
    elif step == "submitted":
        submitted = [e.on for e in events if e.change == "submitted"]
        rejected = max((e.on for e in events if e.change == "rejected"), default=date.min)
        days = [on for on in submitted if on >= rejected]
        found = Reached(min(days), "submitted") if days else Reached(None)
    else:
        found = _accepted(terms, events, today, benefit)
    return _by_percent(found, step, recorded, today if benefit else None)


def _events(recorded: Sequence[Recorded], today: date) -> list[MilestoneEvent]:
    """The steps on record by `today`, each once, from the last withdrawal on."""
    every = dict.fromkeys(e for _, milestone in recorded for e in milestone.events if e.on <= today)
    events = sorted(every, key=lambda e: e.on)
    withdrawn = [n for n, e in enumerate(events) if e.change == "withdrawn"]
    return events[withdrawn[-1] + 1 :] if withdrawn else events


def _accepted(
    terms: MilestonePayment, events: Sequence[MilestoneEvent], today: date, benefit: bool
) -> Reached:
    since: date | None = None
    doubts: list[str] = []
    for event in events:
        deemed = _silent_until(terms, since)
        if deemed is not None and deemed < event.on:
            return _deemed(deemed, since, doubts)
        if event.change == "submitted":
            since = since or event.on
        elif event.change == "rejected":
            since = None
        elif event.change == "accepted":
            if event.evidence or benefit:
                own = () if event.evidence else (_unproved(event),)
                return Reached(event.on, "accepted", (*doubts, *own))
            doubts.append(_unproved(event))
    deemed = _silent_until(terms, since)
    if deemed is not None and deemed < today:
        return _deemed(deemed, since, doubts)
    return Reached(None, doubts=tuple(doubts))


def _unproved(event: MilestoneEvent) -> str:
    return f"evidence of the acceptance on {event.on}"


def _deemed(deemed: date, since: date | None, doubts: Sequence[str]) -> Reached:
    return Reached(deemed, f"deemed accepted by silence after it was submitted on {since}", tuple(doubts))


def _silent_until(terms: MilestonePayment, since: date | None) -> date | None:
    """The last day of the time for a rejection; None where nothing waits or silence does not accept."""
    if since is None or terms.deemed_after is None:
        return None
    return days_after(since, terms.deemed_after, terms.calendar if terms.clock == "business" else None)


def _by_percent(found: Reached, step: str, recorded: Sequence[Recorded], at_best: date | None) -> Reached:
    """What a percentage of completion in another record says against the step, or for it: on the day
    `at_best`, or never where that is None."""
    stated = [(f, m.percent_complete) for f, m in recorded if m.percent_complete is not None]
    least = min((percent for _, percent in stated), default=None)
    if least is None or step == "submitted":
        return found
    if found.on is not None and least < 100:
        doubt = f"whether it is complete: {found.how} on {found.on}, but {_percent(least)} complete on record"
        return Reached(found.on if at_best else None, found.how, (*found.doubts, doubt))
    if found.on is None and step == "completed" and least == 100:
        doubt = "the day of completion: 100 % complete on record, no day"
        return Reached(at_best, doubts=(*found.doubts, doubt))
    return found


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f} %"
