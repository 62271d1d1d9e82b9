"""What sets a duty off or lifts it: events, notices, other duties done; and the time that runs from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from obligations.calendars import Calendar
from obligations.deadlines import Deadline, days_after
from obligations.facts import Deed, Event, Fact, Notice, Source, latest
from obligations.matching import Data, belongs, records, same_service
from obligations.model import AsOf, Obligation
from obligations.periods import midnight_of
from obligations.quantities import Duration
from obligations.terms.duties import Duty, Reporting, Trigger

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Happening:
    """One thing that happened. `on` is None where the day that counts is not on record, which `lacking`
    then names; `at` is its instant where known; `sure` is false where it may be another contract's."""

    key: str
    says: str
    on: date | None
    source: Source
    at: datetime | None = None
    sure: bool = True
    lacking: str = ""
    withdrawn_on: date | None = None


def debtor_records(
    obligation: Obligation, facts: Sequence[Fact], known_at: datetime, data: type[Data]
) -> Iterator[tuple[Fact, Data]]:
    """The records that fall under a promise, and where we owe it those of our own that name no contract: our
    policy or certificate serves every contract that asks for it."""
    ours = obligation.us if obligation.we_owe else None
    for fact in latest((f for f in facts if isinstance(f.data, data)), known_at):
        own = ours is not None and fact.party == ours and fact.contract is None
        if isinstance(fact.data, data) and (own or belongs(obligation, fact) != "no"):
            yield fact, fact.data


def surely(obligation: Obligation, fact: Fact) -> bool:
    """Whether a record that may fall under a promise surely does; one of our own does."""
    own = obligation.we_owe is True and fact.party == obligation.us and fact.contract is None
    return own or belongs(obligation, fact) == "yes"


def today_of(at: AsOf, zone: tzinfo) -> date:
    return at.as_of.astimezone(zone).date()


def named(source: Source) -> str:
    """What people call a record."""
    return source.label or source.record


def events(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, name: str
) -> list[Happening]:
    """The events of a name that had happened by the instant judged, in order."""
    found = []
    for fact, event in records(obligation, facts, at.known_at, Event):
        if not same_service(name, event.name) or not _by_now(event.on, event.at, at, zone):
            continue
        on = event.at.astimezone(zone).date() if event.at else event.on
        says = f"{event.name} on {on}"
        found.append(
            Happening(named(fact.source), says, on, fact.source, event.at, belongs(obligation, fact) == "yes")
        )
    return in_order(found)


def deeds_of(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, *names: str | None
) -> list[tuple[Fact, Deed]]:
    """The deeds of a duty (its id, or one of its names) done by the instant judged, in order."""
    found = [
        (fact, deed)
        for fact, deed in records(obligation, facts, at.known_at, Deed)
        if (deed.of == obligation.id or any(same_service(n, deed.of) for n in names if n))
        and _by_now(deed.done_on, deed.done_at, at, zone)
    ]
    return sorted(found, key=lambda d: (done_on(d[1], zone), _instant(d[1].done_at), d[0].id))


def done_on(deed: Deed, zone: tzinfo) -> date:
    return deed.done_at.astimezone(zone).date() if deed.done_at else deed.done_on


def triggers(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, trigger: Trigger
) -> list[Happening]:
    """What set a duty off by the instant judged, in order, each with a key of its own."""
    return distinct(_triggers(obligation, facts, at, zone, trigger))


def distinct(happened: Sequence[Happening]) -> list[Happening]:
    """The same with keys that are all different: of two records called the same their source tells."""
    keys = [happening.key for happening in happened]
    return [
        replace(h, key=f"{h.key} ({h.source.system} {h.source.record})") if keys.count(h.key) > 1 else h
        for h in happened
    ]


def _triggers(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, trigger: Trigger
) -> list[Happening]:
    if trigger.by == "event":
        return events(obligation, facts, at, zone, trigger.name)
    if trigger.by == "notice":
        return in_order(list(_notices(obligation, facts, at, zone, trigger)))
    done = deeds_of(obligation, facts, at, zone, trigger.name)
    return [
        Happening(
            deed.occurrence or named(fact.source),
            f"{deed.of} done on {done_on(deed, zone)}",
            done_on(deed, zone),
            fact.source,
            deed.done_at,
            belongs(obligation, fact) == "yes",
        )
        for fact, deed in done
        if deed.of != obligation.id
    ]


def _notices(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, trigger: Trigger
) -> Iterator[Happening]:
    today = today_of(at, zone)
    for fact, notice in records(obligation, facts, at.known_at, Notice):
        if not _by_now(notice.sent_on, notice.sent_at, at, zone):
            continue
        if trigger.effect is not None and notice.effect != trigger.effect:
            continue
        if trigger.name and not same_service(trigger.name, f"{notice.subject} {notice.about}"):
            continue
        if trigger.sent_by is not None and not _from(obligation, notice, trigger.sent_by):
            continue
        on, lacking = counted_from(obligation.we_owe, notice, trigger.counts_from, today)
        by = "us" if notice.by == "us" else "the other side"
        received = f", received {notice.received_on}" if notice.received_on else ""
        withdrawn = notice.withdrawn_on if notice.withdrawn_on and notice.withdrawn_on <= today else None
        yield Happening(
            key=named(fact.source),
            says=f"{notice.subject}, notice by {by}, sent {notice.sent_on}{received}",
            on=on,
            source=fact.source,
            at=notice.sent_at if on == notice.sent_on else None,
            sure=belongs(obligation, fact) == "yes",
            lacking=lacking,
            withdrawn_on=withdrawn,
        )


def counted_from(
    we_owe: bool | None, notice: Notice, counts_from: str | None, today: date
) -> tuple[date | None, str]:
    """The day from which a time after a notice is counted, or None with what is missing.

    Where the text does not say whether dispatch or receipt counts: for what we owe the earlier, for what is
    owed to us the later.
    """
    received = notice.received_on if notice.received_on and notice.received_on <= today else None
    if counts_from == "dispatch":
        return notice.sent_on, ""
    if counts_from == "receipt":
        return received, "" if received else "the day the notice was received"
    if we_owe or received is None:
        return notice.sent_on, ""
    return max(received, notice.sent_on), ""


def _from(obligation: Obligation, notice: Notice, side: str) -> bool:
    """Whether a notice came from the debtor or the creditor; unknown sides are taken as asked for."""
    if obligation.we_owe is None:
        return True
    by_debtor = (notice.by == "us") == obligation.we_owe
    return by_debtor if side == "debtor" else not by_debtor


def due_of(
    trigger: Happening, terms: Duty | Reporting, zone: tzinfo
) -> tuple[Deadline | str, Deadline | None]:
    """The latest deadline after a trigger, or what is missing; and the earliest where it is another."""
    if trigger.on is None:
        return trigger.lacking, None
    if terms.within is None:
        return "the time within which it is due", None
    if terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days", None
    calendar = terms.calendar if terms.clock == "business" else None
    soonest, latest = due_after(trigger, terms.within, calendar, zone, terms.due == "before", terms.at)
    return latest, soonest if soonest != latest else None


def due_after(
    happening: Happening,
    within: Duration,
    calendar: Calendar | None,
    zone: tzinfo,
    before: bool,
    at: time | None = None,
) -> tuple[Deadline, Deadline]:
    """The deadline so long after something happened, twice: the earliest and the latest it can be.

    They differ where the time is in hours and the hour is not on record. `at` is the hour of the due day.
    `happening.on` must be known.
    """
    assert happening.on is not None
    if within.in_days:
        due = Deadline(days_after(happening.on, within, calendar), zone, at, before)
        return due, due
    if happening.at is not None:
        due = at_instant(happening.at.astimezone(UTC) + within.elapsed, zone, before)
        return due, due
    starts, ends = midnight_of(happening.on, zone), midnight_of(happening.on + _DAY, zone)
    return (
        at_instant(starts + within.elapsed, zone, before),
        at_instant(ends + within.elapsed, zone, before),
    )


def at_instant(moment: datetime, zone: tzinfo, before: bool) -> Deadline:
    """The deadline at an instant."""
    local = moment.astimezone(zone)
    return Deadline(local.date(), zone, local.time(), before)


def in_order(happened: Sequence[Happening]) -> list[Happening]:
    return sorted(happened, key=order_of)


def order_of(happening: Happening) -> tuple[date, datetime, str, str]:
    return (happening.on or date.max, _instant(happening.at), happening.key, happening.source.system)


def _by_now(on: date, moment: datetime | None, at: AsOf, zone: tzinfo) -> bool:
    if moment is not None:
        return moment.astimezone(UTC) <= at.as_of.astimezone(UTC)
    return on <= today_of(at, zone)


def _instant(moment: datetime | None) -> datetime:
    return moment.astimezone(UTC) if moment else datetime.combine(date.max, time(), UTC)
