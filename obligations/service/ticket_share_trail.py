"""What the trail and the summary of a share of tickets say."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from obligations.facts import Source
from obligations.model import Occurrence, Outcome
from obligations.periods import RECURRING
from obligations.quantities import Quantity
from obligations.segments import Segment
from obligations.service.ticket_clock import DaysClock, TicketClock, ticket_clock
from obligations.service.ticket_promise import Verdict
from obligations.service.ticket_tally import Tally, allowed, as_rounded, share, used_in_all
from obligations.terms import TicketShare
from obligations.trail import Trail
from obligations.wording import count_text, plain, share_text

_SECOND = timedelta(seconds=1)
_VERBS = {"response_time": "answered", "resolution_time": "resolved"}
_BY = {
    "opened": "A ticket counts in the period in which it was opened.",
    "ended": "A ticket counts in the period in which its clock ended.",
}
_AT_END = {
    None: "One that still runs when the period ends is awaited (the text does not say).",
    "awaited": "One that still runs when the period ends is awaited.",
    "missed": "One that still runs when the period ends counts as missed.",
    "left_out": "One that still runs when the period ends does not count.",
}


@dataclass(frozen=True)
class Counted:
    """The tickets of a period under one way of assigning them to it, and what they come to."""

    tally: Tally
    bucket: str
    over: bool
    outcome: Outcome


def occurrence(segment: Segment, terms: TicketShare, zone: tzinfo) -> Occurrence:
    """A measuring period; it counts on its last day."""
    start, end = segment.bounds(zone)
    return Occurrence(
        key=segment.key,
        label=f"{_which(terms)}, {segment.words}",
        starts_at=start.astimezone(zone),
        due_at=(end - _SECOND).astimezone(zone),
        counts_on=segment.end,
    )


def figures(terms: TicketShare, counted: Counted) -> tuple[Quantity | None, Quantity | None, Quantity | None]:
    """Target, measured and margin; the last two are None where nothing is counted."""
    nothing = counted.outcome is Outcome.NOT_APPLICABLE
    found = () if nothing else counted.tally.counted
    if terms.measure == "mean":
        return _mean_figures(terms, [] if nothing else [*found, *counted.tally.running])
    assert terms.percent is not None, "asked before"
    target = Quantity(value=terms.percent, unit="percent", text=f"{plain(terms.percent)} %")
    if not found:
        return target, None, None
    total, missed = len(found), len(counted.tally.missed)
    percent = _decimal(share(total, missed))
    measured = Quantity(value=round(percent, 8), unit="percent", text=share_text(percent, terms.percent))
    left = allowed(terms, total) - missed
    return target, measured, Quantity(value=Decimal(left), unit="tickets", text=count_text(left, "ticket"))


def _mean_figures(
    terms: TicketShare, held: list[Verdict]
) -> tuple[Quantity | None, Quantity | None, Quantity | None]:
    clock = _clock(terms)
    if clock is None or not held:
        return (clock.target if clock else None), None, None
    used, allowance, total = used_in_all(held), sum(v.allowance or 0 for v in held), len(held)
    measured, left = _mean(clock, used, total), _mean(clock, allowance - used, total)
    return clock.target, measured, left


def _mean(clock: TicketClock, amount: int, total: int) -> Quantity:
    """A mean, rounded up where it is not whole: nothing too late seems in time."""
    if isinstance(clock, DaysClock):
        mean = _decimal(Fraction(amount, total))
        unit = clock.quantity(2)
        return Quantity(value=mean, unit=unit.unit, text=f"{plain(round(mean, 4))} {unit.text[2:]}")
    return clock.quantity(-(-amount // total))


def summary(segment: Segment, terms: TicketShare, counted: Counted) -> str:
    found, words = counted.tally, segment.words
    total, missed = len(found.counted), len(found.missed)
    if counted.outcome is Outcome.NOT_APPLICABLE:
        least = terms.minimum_sample
        few = f"; under {least} nothing is measured" if total and least else ""
        return f"{_number(total, terms)} {_counted_in(counted)} {words}: nothing to measure{few}."
    if counted.outcome is Outcome.UNDETERMINED:
        doubt = f"{len(found.unknown)} of unknown outcome"
        return (
            f"Whether enough {_which(terms)} of {words} were in time depends on {doubt}; of the others "
            f"{total - missed} of {total} were."
        )
    target, measured, margin = figures(terms, counted)
    assert target is not None
    open_still = f", {len(found.running)} still run" if found.running else ""
    if measured is None or margin is None:
        none = f"No ticket {_counted_in(counted)} {words} has ended yet{open_still}"
        return f"{none}; the target is {target.text}."
    if terms.measure == "mean":
        return _mean_summary(segment, terms, counted, (target, measured, margin))
    left = int(margin.value or 0)
    gap = {True: f"{-left} too many", False: f"{left} more may be missed"}[left < 0]
    gap = gap if left else "exactly what is allowed"
    so_far = "" if counted.over else " so far"
    return (
        f"{measured.text} of {_number(total, terms)} {_counted_in(counted)} {words}{so_far} "
        f"{'was' if total == 1 else 'were'} {_verb(terms)} in time ({missed} missed{open_still})"
        f"{_rounded(terms, total, missed)}; the target is {target.text}: {gap}."
    )


def _mean_summary(
    segment: Segment, terms: TicketShare, counted: Counted, held: tuple[Quantity, Quantity, Quantity]
) -> str:
    target, measured, margin = held
    found = counted.tally
    total = len(found.counted) + len(found.running)
    open_still = f" ({len(found.running)} still run)" if found.running else ""
    over = counted.outcome is Outcome.BREACHED
    gap = f"{margin.text.removeprefix('-')} too long" if over else f"{margin.text} to spare"
    return (
        f"{_number(total, terms)} {_counted_in(counted)} {segment.words}{open_still} "
        f"{'was' if total == 1 else 'were'} {_verb(terms)} after {measured.text} in the mean; the target is "
        f"{target.text}: {gap}."
    )


def tell(trail: Trail, segment: Segment, terms: TicketShare, counted: Counted) -> None:
    """Add the clause and the tickets counted, each missed or doubtful one by itself."""
    found = counted.tally
    trail.terms(segment.dated, _promise(terms))
    if segment.split:
        trail.note(
            "split", f"The terms change within {segment.period.words}; this part is measured by itself."
        )
    silent = "" if terms.bucket is not None else " The text does not say which; both ways are counted."
    at_end = f" {_AT_END[terms.open_at_end]}" if counted.bucket == "opened" else ""
    trail.note("bucket", f"{_BY[counted.bucket]}{silent}{at_end}")
    clock = _clock(terms)
    if clock is not None:
        trail.note("calendar.open_time", clock.reading)
    for verdict in found.missed:
        trail.note("missed", verdict.assessment.summary, verdict.assessment.records)
    for verdict in found.unknown:
        said = f"{verdict.assessment.summary} Counted as in time, as missed and as of another period."
        trail.note("unknown", said, verdict.assessment.records)
    _tell_many(trail, "kept", f"{count_text(len(found.kept), 'ticket')} in time.", found.kept)
    _tell_many(trail, "running", f"{count_text(len(found.running), 'ticket')} still running.", found.running)
    left_out = count_text(len(found.left_out), "ticket")
    why = "cancelled, merged into another, or open when the period ended"
    _tell_many(trail, "left_out", f"{left_out} left out: {why}.", found.left_out)
    if terms.measure == "share" and terms.percent is not None and found.counted:
        _tell_share(trail, terms, found)


def tell_other(trail: Trail, chosen: Counted, other: Counted) -> None:
    found = other.tally
    trail.note(
        "reading",
        f"{_BY[other.bucket]} Counted so, {len(found.missed)} of {len(found.counted)} were missed and it "
        f"would be {other.outcome.value.replace('_', ' ')}; the careful reading for our side is taken.",
        tuple(dict.fromkeys(record for v in found.missed for record in v.assessment.records)),
    )


def otherwise(other: Counted | None) -> str:
    """What a summary adds where the text leaves open when a ticket counts and that decides."""
    if other is None:
        return ""
    return f"; counted when {other.bucket} it would be {other.outcome.value.replace('_', ' ')}"


def _tell_many(trail: Trail, rule: str, says: str, held: tuple[Verdict, ...]) -> None:
    records: tuple[Source, ...] = tuple(dict.fromkeys(r for v in held for r in v.assessment.records))
    if held:
        trail.note(rule, says, records)


def _tell_share(trail: Trail, terms: TicketShare, found: Tally) -> None:
    assert terms.percent is not None
    total, missed = len(found.counted), len(found.missed)
    percent = share_text(_decimal(share(total, missed)), terms.percent)
    small = ""
    if terms.small_volume is not None and total < terms.small_volume:
        small = f" With fewer than {terms.small_volume} tickets {terms.misses_allowed} may always be."
    trail.note(
        "share",
        f"({total} - {missed}) / {total} = {percent}{_rounded(terms, total, missed)}; "
        f"{plain(terms.percent)} % allows {allowed(terms, total)} of {total} to be missed.{small}",
        tuple(dict.fromkeys(record for v in found.counted for record in v.assessment.records)),
    )


def _rounded(terms: TicketShare, total: int, missed: int) -> str:
    if terms.rounding is None:
        return ""
    percent = _decimal(as_rounded(terms, share(total, missed)))
    return f", rounded to {percent:.{terms.rounding}f} % as the contract does"


def _promise(terms: TicketShare) -> str:
    level = terms.level
    within = level.within.words() if level is not None else "their time"
    each = f" each {terms.per.replace('_', ' ')}" if terms.per in RECURRING else ""
    if terms.measure == "mean":
        return f"{_which(terms)} are to be {_verb(terms)} within {within} in the mean{each or ' each month'}."
    percent = f"{plain(terms.percent)} %" if terms.percent is not None else "A share left open"
    month = each or ". No period is stated; measured by the month"
    return f"{percent} of {_which(terms)} are to be {_verb(terms)} within {within}{month}."


def _which(terms: TicketShare) -> str:
    level = terms.level
    priority = (level.priority if level is not None else None) or terms.priority
    about = f" of {level.service}" if level is not None and level.service else ""
    return f"{priority} tickets{about}" if priority else f"tickets{about}"


def _number(total: int, terms: TicketShare) -> str:
    which = _which(terms)
    return f"1 {which.replace('tickets', 'ticket', 1)}" if total == 1 else f"{total or 'No'} {which}"


def _counted_in(counted: Counted) -> str:
    return "opened in" if counted.bucket == "opened" else "ended in"


def _verb(terms: TicketShare) -> str:
    kind = terms.level.kind if terms.level is not None else terms.of
    return _VERBS[kind] if kind is not None else "dealt with"


def _clock(terms: TicketShare) -> TicketClock | None:
    if terms.level is None:
        return None
    calendar = terms.level.calendar
    clock = ticket_clock(terms.level, calendar.tz if calendar is not None else ZoneInfo("UTC"))
    return None if isinstance(clock, str) else clock


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
