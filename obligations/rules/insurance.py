"""Insurance: a policy with the limits and endorsements asked for is held all the time.

Judged year by year from the certificates on record. A certificate is information only: what it does not say
is missing, and a box ticked on it is no endorsement.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from obligations.deadlines import Deadline
from obligations.duties.coverage import Cover, covered_days
from obligations.duties.coverage_finding import Showing, coverage_finding
from obligations.duties.happenings import debtor_records, named, surely, today_of
from obligations.duties.policy_faults import lacking, of_type, policy_types, too_old
from obligations.facts import Certificate, Fact
from obligations.model import AsOf, Assessment, Obligation, Occurrence
from obligations.periods import containing, shift
from obligations.quantities import Quantity
from obligations.segments import Segment, segments
from obligations.terms.assurance import HeldCertificate, Insurance
from obligations.trail import Trail, zone_of

_DAY = timedelta(days=1)
Shown = tuple[Fact, Certificate]


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each calendar year, or part of one, in which the policy must be held."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = today_of(at, zone)
    held = certificates(obligation, facts, at, today)
    return tuple(
        _assess(Trail(obligation, at), segment, held, zone, observed_from is not None)
        for segment in years(obligation, held, today, observed_from)
        if isinstance(segment.dated.terms, Insurance)
    )


def certificates(obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date) -> list[Shown]:
    """The certificates issued by the day judged, in order of their days."""
    found = [
        (fact, certificate)
        for fact, certificate in debtor_records(obligation, facts, at.known_at, Certificate)
        if certificate.issued_on is None or certificate.issued_on <= today
    ]
    return sorted(found, key=lambda c: (c[1].effective_on, c[1].expires_on, c[0].id))


def years(
    obligation: Obligation, held: Sequence[Shown], today: date, observed_from: date | None
) -> tuple[Segment, ...]:
    """The calendar years, cut by the contract's days and by changes of its terms, up to the current one.

    They begin with the first observed day; without one with the start of the contract, or the first
    certificate, or this year.
    """
    begins = obligation.starts_on or min((c.effective_on for _, c in held), default=None)
    first = max(observed_from or date.min, begins or containing("year", observed_from or today).start)
    terms = obligation.terms[-1].terms
    tail = terms.tail if isinstance(terms, Insurance) else None
    if tail is not None and obligation.ends_on is not None:
        obligation = obligation.model_copy(update={"ends_on": shift(obligation.ends_on, tail)})
    return segments(obligation, lambda _: "year", first, today)


def show_by(obligation: Obligation, terms: Insurance | HeldCertificate) -> date | None:
    """The day by which evidence must be shown, where the text asks for it."""
    if terms.show_by is not None or terms.within is None or obligation.starts_on is None:
        return terms.show_by
    return shift(obligation.starts_on, terms.within)


def occurrence_of(segment: Segment, label: str, zone: tzinfo) -> Occurrence:
    return Occurrence(
        key=segment.key,
        label=f"{label}, {segment.words}",
        starts_at=datetime.combine(segment.start, time(), zone),
        due_at=Deadline(segment.end, zone).instant,
        counts_on=segment.end,
    )


def _assess(trail: Trail, segment: Segment, held: Sequence[Shown], zone: tzinfo, watched: bool) -> Assessment:
    terms, obligation = segment.dated.terms, trail.obligation
    assert isinstance(terms, Insurance)
    name = (terms.type or obligation.key or "insurance").replace("_", " ")
    words = name if "insurance" in name else f"{name} insurance"
    today = today_of(trail.at, zone)
    trail.terms(segment.dated, f"To be held: {words}{_limits(terms)}.")
    if terms.insured is None:
        trail.note(
            "named_insured", "The legal name of the insured is not stated here; names are not compared."
        )
    covers = list(_covers(trail, terms, held, today if segment.end >= today else None))
    ends = obligation.ends_on
    showing = Showing(
        name=f"{words[0].upper()}{words[1:]}",
        words=words,
        target=Quantity(unit="text", text=_limits(terms).removeprefix(", ")) if _limits(terms) else None,
        show_by=show_by(obligation, terms),
        until=shift(ends, terms.tail) if ends is not None and terms.tail is not None else ends,
        watched=watched,
        today=today,
    )
    finding = coverage_finding(trail, showing, covers, (segment.start, segment.end))
    return trail.conclude(occurrence_of(segment, showing.name, zone), finding)


def _covers(trail: Trail, terms: Insurance, held: Sequence[Shown], aged_on: date | None) -> Iterator[Cover]:
    """The certificates of the type asked for, each held against the terms with the umbrellas beside it, for
    as long as those last.

    `aged_on` is the day on which a certificate must not be too old, None for a time that is over.
    """
    obligation = trail.obligation
    wanted = terms.type or obligation.key
    umbrellas = [s for s in held if "umbrella" in policy_types(s[1].type)]
    for fact, certificate in held:
        if not of_type(wanted, certificate.type):
            continue
        beside = [s for s in umbrellas if s[0].id != fact.id]
        doubts = list(too_old(terms, certificate, aged_on))
        if not surely(obligation, fact):
            doubts.append((f"under which contract {named(fact.source)} falls", False))
        for first, last, stacked in _pieces(covered_days(certificate), beside):
            found = [*lacking(terms, certificate, stacked, obligation.starts_on), *doubts]
            faults = tuple(text for text, sure in found if sure)
            yield Cover(
                fact, certificate, first, last, faults, tuple(text for text, sure in found if not sure)
            )
    _note_umbrellas(trail, terms, umbrellas)


def _pieces(
    days: tuple[date, date], umbrellas: Sequence[Shown]
) -> Iterator[tuple[date, date, list[Certificate]]]:
    """The days of a certificate, cut where the umbrellas beside it begin and end."""
    first, last = days
    spans = [(covered_days(c), c) for _, c in umbrellas]
    edges = {first, *(start for (start, _), _ in spans), *(end + _DAY for (_, end), _ in spans)}
    starts = sorted(day for day in edges if first <= day <= last)
    if not starts:
        return
    for start, following in zip(starts, [*starts[1:], last + _DAY], strict=True):
        yield start, following - _DAY, [c for (begins, ends), c in spans if begins <= start <= ends]


def _note_umbrellas(trail: Trail, terms: Insurance, umbrellas: Sequence[Shown]) -> None:
    for fact, certificate in umbrellas:
        limit = f", {certificate.each_occurrence} each occurrence" if certificate.each_occurrence else ""
        days = f"{certificate.effective_on} to {certificate.expires_on}"
        added = (
            "added to the limit" if terms.umbrella else "not added, the text does not let it make up a limit"
        )
        trail.note("umbrella", f"Umbrella policy, {days}{limit}: {added}.", (fact.source,))


def _limits(terms: Insurance) -> str:
    """ ", EUR 5,000,000.00 each occurrence and EUR 10,000,000.00 in the aggregate"."""
    per = f" per {terms.aggregate_per}" if terms.aggregate_per else ""
    said = [f"{terms.each_event} each occurrence"] if terms.each_event else []
    said += [f"{terms.in_all} in the aggregate{per}"] if terms.in_all else []
    return f", {' and '.join(said)}" if said else ""
