"""Time in which a provider is excused from its promises on tickets, by records of relief.

A relief holds from its start to its end, or on while it lasts. Where the text does not say whose doing
excuses, the other side's and what was agreed do, a third party's does not, and force majeure does unless we
are the ones who rely on it: the careful reading for our side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from obligations.facts import Fact, Relief, Source
from obligations.intervals import Interval
from obligations.matching import belongs, records, same_service, words
from obligations.model import AsOf, Obligation
from obligations.terms.tickets import ReliefCause


def causes(stated: tuple[ReliefCause, ...] | None, we_owe: bool | None) -> tuple[ReliefCause, ...]:
    """Whose doing excuses, as the text states it or, where it is silent, as it is read for our side."""
    if stated is not None:
        return stated
    return ("customer", "agreed") if we_owe else ("customer", "agreed", "force_majeure")


@dataclass(frozen=True)
class Excused:
    """One relief as it stands at the instant judged; `unclear` where it may be another contract's."""

    source: Source
    relief: Relief
    span: Interval
    unclear: bool

    @property
    def label(self) -> str:
        return self.source.label or self.source.record

    @property
    def says(self) -> str:
        cause = self.relief.cause.replace("_", " ")
        return f"{cause}, {self.relief.reason}" if self.relief.reason else cause


def reliefs(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> tuple[Excused, ...]:
    """The reliefs that began before the instant judged and may concern the promise, in order of time."""
    now, found = at.as_of.astimezone(UTC), []
    for fact, relief in records(obligation, facts, at.known_at, Relief):
        start = relief.started_at.astimezone(UTC)
        end = min(relief.ended_at.astimezone(UTC), now) if relief.ended_at is not None else now
        if start < end:
            unclear = belongs(obligation, fact) == "unclear"
            found.append(Excused(fact.source, relief, (start, end), unclear))
    return tuple(sorted(found, key=lambda e: (e.span, e.source.system, e.source.record)))


def concerning(
    held: Iterable[Excused], names: Sequence[str], service: str, span: Interval
) -> tuple[Excused, ...]:
    """Those that overlap a stretch of time and are about one of `names`, the service, or everything."""
    wanted = {tuple(words(name)) for name in names if name}
    start, end = span
    return tuple(
        excused
        for excused in held
        if excused.span[0] < end
        and excused.span[1] > start
        and (
            not excused.relief.of
            or tuple(words(excused.relief.of)) in wanted
            or (bool(service) and same_service(excused.relief.of, service) is True)
        )
    )
