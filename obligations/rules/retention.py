"""Retention: records are kept for a time, and where the text says so destroyed after it.

Keeping leaves no trace; only a destruction on record can break it. So it is pending while the time runs,
broken by a destruction too early, and met when the time has passed without one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo

from obligations.deadlines import Deadline
from obligations.duties.happenings import debtor_records, done_on, named, surely, today_of
from obligations.facts import Deed, Event, Fact
from obligations.matching import same_report, words
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import Period, period, shift
from obligations.quantities import Quantity
from obligations.risk import due_soon
from obligations.terms.duties import Retention
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import day_quantity, days_quantity

_DAY = timedelta(days=1)
_DESTROYED = ("destroy", "destruct", "delet", "eras", "shred", "dispos", "purg")


@dataclass(frozen=True)
class _Destruction:
    """Records destroyed on a day; `of` is when they were made where the record tells, `sure` is false where
    they may be other records."""

    on: date
    says: str
    fact: Fact
    of: Period | None
    sure: bool


@dataclass(frozen=True)
class _Case:
    """The clause on the day judged, with the reading of its start that is acted on."""

    dated: DatedTerms
    terms: Retention
    starts: str
    zone: tzinfo
    today: date
    watched: bool
    destroyed: tuple[_Destruction, ...]

    @property
    def name(self) -> str:
        return self.terms.records or "records"


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment of the keeping; one of the destruction where the text asks for it."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = today_of(at, zone)
    deleted = obligation.deleted_by(today)
    last = deleted.from_on - _DAY if deleted is not None and deleted.from_on is not None else today
    dated = obligation.in_force(last) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, Retention):
        return ()
    if terms.records is None and obligation.key:
        terms = terms.model_copy(update={"records": obligation.key})
    starts = terms.starts or ("contract_end" if obligation.we_owe else "creation")
    begun = obligation.starts_on
    watched = observed_from is not None and (begun is None or observed_from <= begun)
    destroyed = tuple(
        d for d in _destructions(obligation, facts, at, zone, terms) if obligation.deleted_by(d.on) is None
    )
    case = _Case(dated, terms, starts, zone, today, watched, destroyed)
    found = [_keeping(Trail(obligation, at), case)]
    if deleted is not None:
        # Nothing need be kept any more; what was destroyed too early before stays a breach.
        return tuple(a for a in found if a.outcome is Outcome.BREACHED)
    if terms.destroy_within is not None:
        found.append(_destroying(Trail(obligation, at), case))
    return tuple(found)


def _destructions(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, terms: Retention
) -> Iterator[_Destruction]:
    """The destructions on record by the day judged, in order."""
    events = [
        (e.at.astimezone(zone).date() if e.at else e.on, e.name, e.reference, f)
        for f, e in debtor_records(obligation, facts, at.known_at, Event)
    ]
    deeds = [
        (done_on(d, zone), d.of, d.occurrence, f)
        for f, d in debtor_records(obligation, facts, at.known_at, Deed)
    ]
    for on, name, made, fact in sorted((*events, *deeds), key=lambda e: (e[0], e[3].id)):
        said = words(name)
        rest = [word for word in said if not word.startswith(_DESTROYED)]
        if on > today_of(at, zone) or len(rest) == len(said):
            continue
        if same_report(terms.records, " ".join(rest)):
            sure = bool(rest) and surely(obligation, fact)
            yield _Destruction(on, f"{name} on {on}", fact, period(made) if made else None, sure)


def _free_on(obligation: Obligation, case: _Case, made_on: date) -> date | None:
    """The first day on which a record made on a day may be destroyed; None while that is not known."""
    if case.terms.within is None:
        return None
    if case.starts == "contract_end":
        ends = obligation.ends_on
        return shift(ends, case.terms.within) + _DAY if ends is not None else None
    counted = date(made_on.year, 12, 31) if case.starts == "year_end" else made_on
    return shift(counted, case.terms.within) + _DAY


def _when_destroyed(obligation: Obligation, case: _Case, on: date) -> _Case:
    """The clause in force on the day of a destruction: a longer time agreed since does not undo it."""
    dated = obligation.in_force(on)
    if dated is None or not isinstance(dated.terms, Retention):
        return case
    starts = dated.terms.starts or ("contract_end" if obligation.we_owe else "creation")
    return replace(case, dated=dated, terms=dated.terms, starts=starts)


def _too_early(obligation: Obligation, case: _Case, destruction: _Destruction) -> bool | None:
    """Whether records were destroyed before they might be; None where it hangs on when they were made."""
    case = _when_destroyed(obligation, case, destruction.on)
    made = destruction.of
    oldest = made.start if made else obligation.starts_on
    newest = min(made.end if made else destruction.on, obligation.ends_on or date.max)
    if case.starts == "contract_end":
        free = _free_on(obligation, case, newest)
        return True if free is None else destruction.on < free
    last_free = _free_on(obligation, case, newest)
    first_free = _free_on(obligation, case, oldest) if oldest else None
    if last_free is not None and destruction.on >= last_free:
        return False
    if first_free is not None and destruction.on < first_free:
        return True
    # Of a period that is named, its newest record was destroyed too.
    return True if made else None


def _keeping(trail: Trail, case: _Case) -> Assessment:
    obligation = trail.obligation
    trail.terms(case.dated, _promise(case))
    if case.terms.starts is None:
        from_when = "the end of the contract" if case.starts == "contract_end" else "the day each was made"
        trail.note("reading", f"The text does not say from when it counts; taken from {from_when}.")
    last = _last_day(obligation, case)
    occurrence = Occurrence(
        key="keep",
        label=f"Keeping {case.name}",
        due_at=Deadline(last, case.zone).instant if last else None,
        counts_on=last or case.today,
    )
    return trail.conclude(occurrence, _kept(trail, case, last))


def _last_day(obligation: Obligation, case: _Case) -> date | None:
    """The last day on which the last of the records must be kept; None while the contract runs on."""
    free = _free_on(obligation, case, obligation.ends_on) if obligation.ends_on is not None else None
    return free - _DAY if free is not None else None


def _kept(trail: Trail, case: _Case, last: date | None) -> Finding:
    obligation, name = trail.obligation, case.name
    if case.terms.within is None:
        return undetermined(
            f"How long {name} must be kept is left open.", "how long the records must be kept"
        )
    target = day_quantity(last) if last else Quantity(unit="text", text=case.terms.within.words())
    doubts = []
    for destruction in case.destroyed:
        early = _too_early(obligation, case, destruction)
        verdict = {
            True: "too early",
            False: "its time had passed",
            None: "of when they were made is not told",
        }
        trail.note("destroyed", f"{destruction.says}: {verdict[early]}.", (destruction.fact.source,))
        if early and destruction.sure:
            summary = f"{_upper(name)} had to be kept and were destroyed too early: {destruction.says}."
            return Finding(Outcome.BREACHED, summary, target, day_quantity(destruction.on))
        if early is not False:
            doubts.append(destruction)
    if doubts:
        which = named(doubts[0].fact.source)
        summary = f"{_upper(name)}: whether {which} destroyed what had to be kept is not known."
        return undetermined(summary, f"which records {which} destroyed", target=target)
    if last is None or case.today <= last:
        return _running(trail, case, last, target)
    if not case.watched:
        summary = f"{_upper(name)} had to be kept until {last}; nothing tells whether they were."
        return undetermined(summary, f"records of the destruction of {name}", target=target)
    return Finding(Outcome.MET, f"{_upper(name)} were kept until {last}; none was destroyed before.", target)


def _running(trail: Trail, case: _Case, last: date | None, target: Quantity) -> Finding:
    if last is not None:
        summary = (
            f"{_upper(case.name)} must be kept until {last}; the earliest day to destroy is {last + _DAY}."
        )
        left = days_quantity((last - case.today).days)
        return Finding(Outcome.PENDING, summary, target, margin=left)
    words_for = case.terms.within.words() if case.terms.within else ""
    begun = trail.obligation.starts_on
    first = _free_on(trail.obligation, case, begun) if begun and case.starts != "contract_end" else None
    since = f"; the first of them may be destroyed on {first}" if first else ""
    after = {"contract_end": "the end of the contract", "year_end": "the end of the year they are of"}
    counted = after.get(case.starts, "the day each was made")
    return Finding(
        Outcome.PENDING, f"{_upper(case.name)} must be kept for {words_for} from {counted}{since}.", target
    )


def _destroying(trail: Trail, case: _Case) -> Assessment:
    trail.terms(case.dated, _promise(case))
    assert case.terms.destroy_within is not None
    last = _last_day(trail.obligation, case)
    due = Deadline(shift(last, case.terms.destroy_within), case.zone) if last else None
    occurrence = Occurrence(
        key="destroy",
        label=f"Destroying {case.name}",
        due_at=due.instant if due else None,
        counts_on=due.on if due else case.today,
    )
    return trail.conclude(occurrence, _destroyed(trail, case, last, due))


def _destroyed(trail: Trail, case: _Case, last: date | None, due: Deadline | None) -> Finding:
    name = _upper(case.name)
    if case.terms.within is None:
        return undetermined(
            f"How long {case.name} are kept is left open.", "how long the records must be kept"
        )
    if last is None or due is None:
        return Finding(Outcome.PENDING, f"{name} are to be destroyed after they were kept; they still are.")
    target = day_quantity(due.on)
    done = [d for d in case.destroyed if d.sure and d.on > last]
    for destruction in done:
        trail.note("destroyed", f"{destruction.says}.", (destruction.fact.source,))
    if done:
        kept = due.kept_on(done[0].on)
        text = (
            f"{name} were to be destroyed by {due.text}: {done[0].says}, {'in time' if kept else 'too late'}."
        )
        return Finding(Outcome.MET if kept else Outcome.BREACHED, text, target, day_quantity(done[0].on))
    now = trail.at.as_of
    if not due.passed(now):
        soon = due_soon(now, due.instant)
        text = f"{name} are to be destroyed by {due.text}, not before {last + _DAY}."
        return Finding(Outcome.AT_RISK if soon else Outcome.PENDING, text, target)
    perhaps = next((d for d in case.destroyed if d.on > last), None)
    if perhaps is not None:
        which = named(perhaps.fact.source)
        trail.note("destroyed", f"{perhaps.says}.", (perhaps.fact.source,))
        summary = f"{name} were to be destroyed by {due.text}; whether {which} destroyed them is not known."
        return undetermined(summary, f"which records {which} destroyed", target=target)
    if not case.watched:
        missing = f"records of the destruction of {case.name}"
        return undetermined(f"{name} were to be destroyed by {due.text}; nothing tells whether.", missing)
    return Finding(Outcome.BREACHED, f"{name} were to be destroyed by {due.text} and were not.", target)


def _promise(case: _Case) -> str:
    length = case.terms.within.words() if case.terms.within else "a time left open"
    then = (
        f", then to be destroyed within {case.terms.destroy_within.words()}"
        if case.terms.destroy_within
        else ""
    )
    return f"To be kept: {case.name}, for {length}{then}."


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
