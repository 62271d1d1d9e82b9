"""Prohibitions: what must not happen. Broken by an event, kept when its time has passed without one."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from obligations.deadlines import Deadline
from obligations.duties.duty_conditions import is_material
from obligations.duties.duty_schedule import Seen, last_on
from obligations.duties.happenings import Happening, events, named
from obligations.matching import same_service
from obligations.model import Assessment, DatedTerms, Occurrence, Outcome
from obligations.periods import RECURRING
from obligations.quantities import Quantity
from obligations.segments import first_observed, segments
from obligations.terms.duties import Duty
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text

_DAY = timedelta(days=1)


def prohibited(seen: Seen) -> Iterator[Assessment]:
    """One assessment for each period, or one for the time of each set of terms where they name no period."""
    dated = seen.obligation.in_force(seen.today) or seen.obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, Duty):
        return
    if terms.every not in RECURRING:
        yield from _all_along(seen)
        return
    last = last_on(seen.obligation, terms)
    broken = _broken(seen, terms)
    earliest = min((h.on for h in broken if h.on), default=None)
    first = first_observed(terms.every, seen.observed_from, earliest, seen.today, seen.obligation.starts_on)
    per = terms.every
    for segment in segments(seen.obligation, lambda _: per, first, min(seen.today, last or seen.today)):
        days = (segment.start, min(segment.end, last or segment.end))
        yield _judge(seen, segment.dated, days, (segment.key, f" in {segment.words}"), broken)


def _broken(seen: Seen, terms: Duty) -> list[Happening]:
    """The events of what is prohibited."""
    name = terms.what or seen.obligation.key
    found = events(seen.obligation, seen.facts, seen.at, seen.zone, name)
    return [h for h in found if h.on is not None]


def _all_along(seen: Seen) -> Iterator[Assessment]:
    """The whole time, cut where the terms change or the prohibition is taken away."""
    series = seen.obligation.terms
    for number, dated in enumerate(series):
        terms = dated.terms
        start = max(dated.from_on or date.min, seen.obligation.starts_on or date.min)
        if not isinstance(terms, Duty) or dated.deleted or start > seen.today:
            continue
        end = last_on(seen.obligation, terms) or date.max
        following = series[number + 1].from_on if number + 1 < len(series) else None
        if following is not None:
            end = min(end, following - _DAY)
        key = "always" if dated.from_on is None else f"from {dated.from_on}"
        yield _judge(seen, dated, (start, end), (key, ""), _broken(seen, terms))


def _judge(
    seen: Seen, dated: DatedTerms, days: tuple[date, date], name: tuple[str, str], broken: list[Happening]
) -> Assessment:
    trail = Trail(seen.obligation, seen.at)
    terms = dated.terms
    assert isinstance(terms, Duty)
    what = _sentence(terms.what or seen.obligation.key or "what is prohibited")
    scope = f" It leaves out {terms.except_for}." if terms.except_for else ""
    trail.terms(dated, f"Prohibited: {what}.{scope}")
    within = [h for h in broken if h.on is not None and days[0] <= h.on <= days[1]]
    counted = [h for h in within if not _excused(trail, seen, terms, h)]
    finding = _finding(trail, seen, (what, name[1], terms.material), days, counted)
    start, end = days
    occurrence = Occurrence(
        key=name[0],
        label=f"{what}, prohibited{name[1]}",
        starts_at=datetime.combine(start, time(), seen.zone) if start > date.min else None,
        due_at=Deadline(end, seen.zone).instant if end < date.max else None,
        counts_on=end if end < date.max else seen.today,
    )
    return trail.conclude(occurrence, finding)


def _excused(trail: Trail, seen: Seen, terms: Duty, happening: Happening) -> bool:
    """Left out by the scope of the text, consented to before, or not material."""
    if terms.except_for is not None and same_service(terms.except_for, happening.says):
        trail.note("scope", f"{happening.says}: the text leaves this out.", (happening.source,))
        return True
    consents = events(seen.obligation, seen.facts, seen.at, seen.zone, terms.unless) if terms.unless else []
    consent = next((c for c in consents if c.on is not None and happening.on and c.on <= happening.on), None)
    if consent is not None:
        records = (happening.source, consent.source)
        trail.note("condition", f"{happening.says}: allowed by {consent.says}.", records)
        return True
    if terms.material and is_material(happening) is False:
        trail.note("material", f"{happening.says}: not material.", (happening.source,))
        return True
    return False


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _finding(
    trail: Trail, seen: Seen, what: tuple[str, str, bool], days: tuple[date, date], counted: list[Happening]
) -> Finding:
    for happening in counted:
        trail.note("event", f"{happening.says}.", (happening.source,))
    name, when, material = what
    target = Quantity(unit="events", text="no event")
    certain = [h for h in counted if h.sure and (not material or is_material(h))]
    measured = Quantity(value=None, unit="events", text=count_text(len(counted), "event"))
    if certain:
        first = certain[0]
        more = f" and {count_text(len(certain) - 1, 'time')} more" if len(certain) > 1 else ""
        summary = f"{name} is prohibited{when} and happened: {first.says}{more}."
        return Finding(Outcome.BREACHED, summary, target, measured)
    if counted:
        doubt = named(counted[0].source)
        missing = f"whether {doubt} is material" if counted[0].sure else f"under which contract {doubt} falls"
        return undetermined(f"{name} is prohibited{when}; whether {doubt} breaks it is not known.", missing)
    if seen.today <= days[1]:
        return Finding(
            Outcome.PENDING, f"{name} is prohibited{when}; none on record so far.", target, measured
        )
    if seen.observed_from is None or seen.observed_from > days[0]:
        summary = f"{name} was prohibited{when}; nothing tells whether it happened."
        return undetermined(summary, f"records of events from {seen.obligation.starts_on or 'the start'} on")
    return Finding(Outcome.MET, f"{name} was prohibited{when} and did not happen.", target, measured)
