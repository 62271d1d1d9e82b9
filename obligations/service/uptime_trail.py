"""How a measured segment is named and shown, for every rule that rests on uptime."""

from datetime import timedelta, tzinfo
from decimal import Decimal

from obligations.model import Obligation, Occurrence
from obligations.segments import Segment
from obligations.service.downtime import Tally
from obligations.service.uptime import Uptime, decimal
from obligations.terms import Availability
from obligations.trail import Trail
from obligations.wording import minutes_text, plain, share_text

_SECOND = timedelta(seconds=1)
_COMBINED = {
    "worst": "The worst component decides",
    "average": "The average of the components decides",
    "weighted": "The weighted average of the components decides",
    "pooled": "Minutes of all components are added up",
}


def service_name(terms: Availability, obligation: Obligation) -> str:
    """What the service is called in a sentence."""
    return terms.service or obligation.key or "The service"


def occurrence(segment: Segment, zone: tzinfo, name: str) -> Occurrence:
    """A measuring period; it counts on its last day."""
    start, end = segment.bounds(zone)
    return Occurrence(
        key=segment.key,
        label=f"{name}, {segment.words}",
        starts_at=start.astimezone(zone),
        due_at=(end - _SECOND).astimezone(zone),
        counts_on=segment.end,
    )


def tell(trail: Trail, uptime: Uptime, segment: Segment, zone: tzinfo) -> None:
    """Add the steps that show how downtime and the measured share come about."""
    if segment.split:
        trail.note(
            "split",
            f"The terms change within {segment.period.words}; {segment.start} to {segment.end} is measured "
            f"by itself under the terms of {segment.dated.contract}.",
            spans=(segment.dated.span,),
        )
    for record in uptime.records:
        doubt = f" Missing: {record.doubt}." if record.doubt else ""
        trail.note("outage", f"{record.says}{doubt}", (record.source,))
    _tell_window(trail, uptime, segment, zone)
    for part in uptime.parts:
        trail.note("component", _part(part, uptime), uptime.sources)
    _tell_downtime(trail, uptime)
    if uptime.measurable:
        _tell_share(trail, uptime)


def _tell_window(trail: Trail, uptime: Uptime, segment: Segment, zone: tzinfo) -> None:
    terms, measured = uptime.terms, uptime.segment
    hours = "all hours" if terms.calendar is None else "the service hours"
    if terms.rolling is not None and measured.start != segment.start:
        ends = f"that end in {segment.words}"
        says = f"The worst {terms.rolling.days} days {ends} are those from {measured.words}."
        trail.note("window", says)
    trail.note(
        "period", f"{measured.words} has {minutes_text(decimal(uptime.whole))} minutes, {hours}, in {zone}."
    )
    if terms.bin is not None:
        how = "only if all of it is" if terms.bin_counts == "whole" else "if any of it is"
        trail.note("bin", f"Counted in steps of {terms.bin.words()}; a step is down {how}.")


def _part(part: Tally, uptime: Uptime) -> str:
    down, basis = (minutes_text(decimal(n)) for n in (part.down, part.basis))
    return f"{part.part}: {down} of {basis} minutes down, {_shown(uptime, part)}."


def _shown(uptime: Uptime, tally: Tally) -> str:
    return shown_share(uptime.terms, uptime.share_of(tally))


def shown_share(terms: Availability, share: Decimal) -> str:
    """A share beside the promised one, never shown as if it were equal to it."""
    return share_text(share, terms.percent or Decimal(0))


def _tell_downtime(trail: Trail, uptime: Uptime) -> None:
    excepted = uptime.excepted
    less = f", {minutes_text(excepted)} minutes of maintenance excepted" if excepted else ""
    how = _COMBINED.get(uptime.terms.combine) if uptime.parts else None
    head = f"{how}: " if how else ""
    trail.note(
        "downtime",
        f"{head}{minutes_text(uptime.down)} minutes down, time in several records once{less}.",
        uptime.sources,
    )
    if uptime.strict.down != uptime.lenient.down:
        least = minutes_text(decimal(uptime.lenient.down))
        trail.note("doubt", f"Without what is doubtful it is {least} minutes down.", uptime.sources)


def _tell_share(trail: Trail, uptime: Uptime) -> None:
    terms = uptime.terms
    basis = {
        "total": "in all",
        "less_maintenance": "less excepted maintenance",
        "less_excluded": "less all excluded time",
    }[terms.denominator]
    exact = "compared unrounded"
    if terms.rounding is not None:
        how = {"half_up": "", "half_even": ", half to even", "down": ", down"}[terms.rounds]
        exact = f"rounded to {terms.rounding} decimals{how}"
    shown = _shown(uptime, uptime.strict)
    trail.note("share", f"(T - D) / T x 100 = {shown}, T minutes {basis}, {exact}.")


def target_text(terms: Availability) -> str:
    """The promised share as people read it."""
    return f"{plain(terms.percent)} %" if terms.percent is not None else "a share that the text leaves open"
