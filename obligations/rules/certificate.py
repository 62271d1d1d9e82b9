"""Certificate: a certificate, licence or registration is held all the time and kept up by surveillance."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta, tzinfo

from obligations.duties.coverage import Cover, covered_days
from obligations.duties.coverage_finding import Showing, coverage_finding
from obligations.duties.happenings import debtor_records, named, surely, today_of
from obligations.duties.policy_faults import Lack, named_lack, too_old
from obligations.facts import Certificate, Deed, Event, Fact
from obligations.matching import same_service, words
from obligations.model import AsOf, Assessment, Obligation
from obligations.periods import shift
from obligations.rules.insurance import Shown, certificates, occurrence_of, show_by, years
from obligations.segments import Segment
from obligations.terms.assurance import HeldCertificate
from obligations.trail import Trail, zone_of

_DAY = timedelta(days=1)
_AUDIT = "surveillance audit"
_BODIES = frozenset({"iec", "en", "din", "bs", "certificate", "certification", "licence", "license"})
Audit = tuple[date, Fact]


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each calendar year, or part of one, in which the certificate must be held."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = today_of(at, zone)
    terms = obligation.terms[-1].terms
    if not isinstance(terms, HeldCertificate):
        return ()
    wanted = terms.standard or obligation.key
    held = [c for c in certificates(obligation, facts, at, today) if _of_standard(wanted, c[1].type)]
    audits = _audits(obligation, facts, at, today, wanted)
    return tuple(
        _assess(Trail(obligation, at), segment, (held, audits), zone, observed_from is not None)
        for segment in years(obligation, held, today, observed_from)
    )


def _assess(
    trail: Trail,
    segment: Segment,
    shown: tuple[Sequence[Shown], Sequence[Audit]],
    zone: tzinfo,
    watched: bool,
) -> Assessment:
    terms, obligation = segment.dated.terms, trail.obligation
    assert isinstance(terms, HeldCertificate)
    name = terms.standard or obligation.key or "certificate"
    kept = f", with a surveillance audit every {terms.surveillance.words()}" if terms.surveillance else ""
    trail.terms(segment.dated, f"To be held: {name}{kept}.")
    if terms.holder is None:
        trail.note("holder", "The legal name of the holder is not stated here; names are not compared.")
    held, audits = shown
    aged_on = today_of(trail.at, zone) if segment.end >= today_of(trail.at, zone) else None
    for on, fact in audits:
        trail.note("surveillance", f"Surveillance audit on {on}.", (fact.source,))
    showing = Showing(
        name=f"{name[0].upper()}{name[1:]}",
        words=name,
        target=None,
        show_by=show_by(obligation, terms),
        until=obligation.ends_on,
        watched=watched,
        today=today_of(trail.at, zone),
    )
    covers = [c for each in held for c in _covers(trail, terms, each, audits, showing, aged_on)]
    finding = coverage_finding(trail, showing, covers, (segment.start, segment.end))
    return trail.conclude(occurrence_of(segment, showing.name, zone), finding)


def _covers(
    trail: Trail,
    terms: HeldCertificate,
    shown: Shown,
    audits: Sequence[Audit],
    showing: Showing,
    aged_on: date | None,
) -> Iterator[Cover]:
    """A certificate as the days on which its surveillance was up to date, and those on which it was not."""
    fact, certificate = shown
    found = list(_lacking(trail.obligation, terms, shown, aged_on))
    faults = tuple(text for text, sure in found if sure)
    missing = tuple(text for text, sure in found if not sure)
    for first, last, kept_up in _kept_up(terms, certificate, audits):
        lack = f"no surveillance audit is on record by {first - _DAY}"
        if kept_up:
            yield Cover(fact, certificate, first, last, faults, missing)
        elif showing.watched:
            yield Cover(fact, certificate, first, last, (*faults, lack), missing)
        else:
            yield Cover(fact, certificate, first, last, faults, (*missing, f"a surveillance audit ({lack})"))


def _lacking(
    obligation: Obligation, terms: HeldCertificate, shown: Shown, aged_on: date | None
) -> Iterable[Lack]:
    fact, certificate = shown
    if terms.holder is not None:
        yield from named_lack(certificate.insured, (terms.holder, *terms.aliases), "holder")
    if terms.issuer is not None and not certificate.insurer:
        yield "who issued it", False
    elif terms.issuer is not None and not same_service(terms.issuer, certificate.insurer):
        yield f"it was issued by {certificate.insurer}, not by {terms.issuer}", True
    yield from too_old(terms, certificate, aged_on)
    if not surely(obligation, fact):
        yield f"under which contract {named(fact.source)} falls", False


def _kept_up(
    terms: HeldCertificate, certificate: Certificate, audits: Sequence[Audit]
) -> Iterator[tuple[date, date, bool]]:
    """The days of a certificate, cut where its surveillance ran out and where it was taken up again."""
    first, last = covered_days(certificate)
    if terms.surveillance is None:
        yield first, last, True
        return
    starts = [first, *(on for on, _ in audits if first < on <= last)]
    reached = first - _DAY
    for on in starts:
        if on > reached + _DAY:
            yield reached + _DAY, on - _DAY, False
        begins = max(on, reached + _DAY)
        until = min(shift(on, terms.surveillance), last)
        if begins <= until:
            yield begins, until, True
        reached = until
    if reached < last:
        yield reached + _DAY, last, False


def _audits(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date, standard: str
) -> list[Audit]:
    """The surveillance audits on record by the day judged: events or deeds that name no other standard."""
    events = [(e.on, f, e.name) for f, e in debtor_records(obligation, facts, at.known_at, Event)]
    deeds = [(d.done_on, f, d.of) for f, d in debtor_records(obligation, facts, at.known_at, Deed)]
    found = [
        (on, fact)
        for on, fact, name in (*events, *deeds)
        if on <= today
        and same_service(_AUDIT, name)
        and surely(obligation, fact)
        and _numbers(name) <= _numbers(standard)
    ]
    return sorted(found, key=lambda a: (a[0], a[1].id))


def _of_standard(wanted: str, shown: str) -> bool:
    """Whether a certificate is of the standard: "ISO 27001" and "ISO/IEC 27001:2022" are one."""
    asked, named_words = set(words(wanted)) - _BODIES, set(words(shown)) - _BODIES
    return bool(asked and named_words) and (asked <= named_words or named_words <= asked)


def _numbers(text: str) -> set[str]:
    return {word for word in words(text) if word.isdigit()}
