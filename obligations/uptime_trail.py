"""How a measured segment is named and shown, for every rule that rests on uptime."""

from datetime import timedelta, tzinfo

from obligations.model import Obligation, Occurrence
from obligations.segments import Segment
from obligations.terms import Availability
from obligations.trail import Trail
from obligations.uptime import Uptime
from obligations.wording import minutes_of, minutes_text, share_text

_SECOND = timedelta(seconds=1)


def service_name(terms: Availability, obligation: Obligation) -> str:
    """What the service is called in a sentence."""
    return terms.service or obligation.key or "The service"


def occurrence(segment: Segment, uptime: Uptime, zone: tzinfo, name: str) -> Occurrence:
    """A measuring period; it counts on its last day."""
    return Occurrence(
        key=segment.key,
        label=f"{name}, {segment.words}",
        starts_at=uptime.start.astimezone(zone),
        due_at=(uptime.end - _SECOND).astimezone(zone),
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
    hours = "all hours" if uptime.terms.calendar is None else "the service hours"
    trail.note(
        "period",
        f"{segment.words} has {minutes_text(minutes_of(uptime.whole))} minutes, {hours}, in {zone}.",
    )
    allowed = minutes_of(uptime.maintenance)
    excepted = f", {minutes_text(allowed)} minutes of maintenance excepted" if allowed else ""
    trail.note(
        "downtime",
        f"{minutes_text(minutes_of(uptime.down))} minutes down, time in several records once{excepted}.",
        uptime.sources,
    )
    if uptime.measurable:
        share = uptime.share(uptime.down)
        basis = "less excepted maintenance" if uptime.terms.denominator == "less_maintenance" else "in all"
        rounding = uptime.terms.rounding
        exact = "compared unrounded" if rounding is None else f"rounded to {rounding} decimals"
        trail.note(
            "share",
            f"(T - D) / T x 100 = {share_text(share, uptime.terms.percent)}, T minutes {basis}, {exact}.",
        )
