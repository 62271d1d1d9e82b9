"""When a right to terminate for cause arose: the periods of a level, or the events on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from obligations.duties.happenings import events
from obligations.facts import Fact, Source
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.service.missed_levels import Measured, Miss
from obligations.terms import TerminationRight
from obligations.wording import count_text, plain


@dataclass(frozen=True)
class Ground:
    """What gave the right, or did not: `arose_on` None where it has not arisen. `doubts` say what is missing
    to tell. `misses` are counted in the periods `looked_at`."""

    key: str
    says: str
    dated: DatedTerms
    counts_on: date
    arose_on: date | None = None
    misses: int | None = None
    sources: tuple[Source, ...] = ()
    doubts: tuple[str, ...] = ()
    looked_at: tuple[Measured, ...] = ()


def rule_text(terms: TerminationRight) -> str:
    """What gives the right, in words."""
    if terms.events:
        return f"on {' or '.join(terms.events)}"
    what = f"a share below {plain(terms.floor)} %" if terms.floor is not None else "a miss"
    if (terms.misses or 1) == 1:
        return f"on {what} in any period"
    if terms.consecutive:
        return f"on {what} in {terms.misses} consecutive periods"
    return f"on {what} in {terms.misses} of any {terms.periods} periods"


def misses_text(number: int) -> str:
    """ "1 miss", "3 misses"."""
    return "1 miss" if number == 1 else f"{number} misses"


def states_ground(terms: TerminationRight) -> bool:
    """False where the text leaves open what gives the right."""
    return bool(terms.events) or terms.misses is not None or terms.floor is not None


def by_level(measured: Sequence[Measured]) -> list[Ground]:
    """One ground for each period that gave the right or may have, and one for the last period.

    A period counts once it is over. It gives the right if it was missed itself and is the last of enough.
    """
    grounds = []
    for number, each in enumerate(measured):
        terms = each.segment.dated.terms
        assert isinstance(terms, TerminationRight)
        wanted = terms.misses or 1
        span = wanted if terms.consecutive else terms.periods or 1
        looked_at = _window(measured[: number + 1], span)
        strict, lenient = (_count(terms, looked_at, strict) for strict in (True, False))
        missed, surely = (_gives(terms, each, strict) for strict in (True, False))
        arises, for_sure = missed and strict >= wanted, surely and lenient >= wanted
        if arises or number == len(measured) - 1:
            doubts = _doubts(looked_at) if arises and not for_sure else ()
            says = _says(terms, each, looked_at, strict)
            grounds.append(_ground(each, says, arises, strict, (looked_at, doubts)))
    return grounds


def _window(measured: Sequence[Measured], span: int) -> list[Measured]:
    """What is over of the last so many periods; the parts of a period that was split are one period."""
    last = _periods(measured)[-span:]
    return [m for m in measured if m.ended and m.segment.period.label in last]


def _periods(measured: Iterable[Measured]) -> list[str]:
    return list(dict.fromkeys(m.segment.period.label for m in measured))


def _gives(terms: TerminationRight, measured: Measured, strict: bool) -> bool:
    if measured.empty or not measured.ended:
        return False
    miss: Miss = measured.strict if strict else measured.lenient
    if terms.floor is None:
        return not miss.kept
    return miss.share is not None and miss.share < terms.floor


def _count(terms: TerminationRight, measured: Sequence[Measured], strict: bool) -> int:
    return len(_periods(m for m in measured if _gives(terms, m, strict)))


def _doubts(measured: Sequence[Measured]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(doubt for m in measured for doubt in m.doubts))


def _ground(
    each: Measured,
    says: str,
    arises: bool,
    misses: int,
    rests_on: tuple[Sequence[Measured], tuple[str, ...]],
) -> Ground:
    looked_at, doubts = rests_on
    segment = each.segment
    sources = tuple(dict.fromkeys(source for m in looked_at for source in m.sources))
    return Ground(
        key=segment.key,
        says=says,
        dated=segment.dated,
        counts_on=segment.end,
        arose_on=segment.end if arises else None,
        misses=misses,
        sources=sources,
        doubts=doubts,
        looked_at=tuple(looked_at),
    )


def _says(terms: TerminationRight, each: Measured, looked_at: Sequence[Measured], misses: int) -> str:
    missed = [m for m in looked_at if _gives(terms, m, strict=True)]
    of = f" ({', '.join(m.segment.words for m in missed)})" if missed else ""
    how_often = f"{misses_text(misses)} in {count_text(len(_periods(looked_at)), 'period')}"
    if each.ended:
        return f"{each.says}: {how_often}{of}"
    return f"{each.segment.words} is not over: {how_often} before{of}"


def by_event(
    obligation: Obligation, dated: DatedTerms, facts: Sequence[Fact], at: AsOf, zone: tzinfo
) -> list[Ground]:
    """One ground for each event on record; where there is none, one that says so."""
    terms = dated.terms
    assert isinstance(terms, TerminationRight)
    found: dict[str, Ground] = {}
    for name in terms.events:
        for event in events(obligation, facts, at, zone, name):
            if event.on is None:
                continue
            doubts = () if event.sure else (f"whether {event.key} concerns this agreement",)
            found[event.key] = Ground(
                key=event.key,
                says=f"{event.says} gave a right to terminate",
                dated=dated,
                counts_on=event.on,
                arose_on=event.on,
                sources=(event.source,),
                doubts=doubts,
            )
    if found:
        return sorted(found.values(), key=lambda ground: (ground.counts_on, ground.key))
    today = at.as_of.astimezone(zone).date()
    return [Ground("none", f"No {' or '.join(terms.events)} is on record", dated, today)]
