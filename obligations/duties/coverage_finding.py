"""Whether certificates show the time in which something must be held, and what follows where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from obligations.duties.coverage import Cover, Stretch, shown_until, stretches
from obligations.duties.happenings import named
from obligations.model import Outcome
from obligations.quantities import Quantity
from obligations.risk import DUE_LEAD, reminders
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, days_quantity

_DAY = timedelta(days=1)
_INFORMS = "A certificate informs; the original was not seen."


@dataclass(frozen=True)
class Showing:
    """What must be shown. `show_by` is the day by which evidence is due where the text asks for it, `until`
    the last day on which it must be held; `watched` is true where every certificate received is on record."""

    name: str
    words: str
    target: Quantity | None
    show_by: date | None
    until: date | None
    watched: bool
    today: date


def coverage_finding(
    trail: Trail, showing: Showing, covers: Sequence[Cover], days: tuple[date, date]
) -> Finding:
    """The finding for the days `days` of one period, as far as they have passed."""
    pieces = stretches(covers, days[0], min(days[1], showing.today))
    _note(trail, covers, pieces)
    faulty = [p for p in pieces if p.standing == "faulty"]
    bare = [p for p in pieces if p.standing == "bare"]
    doubtful = [p for p in pieces if p.standing == "doubtful"]
    if faulty:
        faults = "; ".join(dict.fromkeys(f for c in faulty[-1].covers for f in c.faults))
        who = " and ".join(named(c.fact.source) for c in faulty[-1].covers)
        summary = f"{showing.name} falls short from {faulty[-1].first}: by {who}, {faults}."
        return Finding(Outcome.BREACHED, summary, showing.target)
    certain = [p for p in bare if _certain(showing, covers, p)]
    if certain:
        return Finding(Outcome.BREACHED, _bare_summary(showing, covers, certain[0]), showing.target)
    if bare:
        return _not_shown(trail, showing, covers, bare)
    if doubtful:
        missing = tuple(dict.fromkeys(m for c in doubtful[-1].covers for m in c.missing))
        who = " and ".join(named(c.fact.source) for c in doubtful[-1].covers)
        summary = f"{showing.name}: {who} does not tell {'; '.join(missing)}."
        return undetermined(summary, *(f"{m} ({who})" for m in missing), target=showing.target)
    return _shown(trail, showing, covers, (days, pieces))


def _certain(showing: Showing, covers: Sequence[Cover], piece: Stretch) -> bool:
    """Days without a certificate are a breach where it had to be shown by then, and where they lie between
    two certificates or after a cancellation; all this only where every certificate received is on record."""
    if not showing.watched:
        return False
    overdue = showing.show_by is not None and showing.today > showing.show_by
    return overdue or _gap(covers, piece) or _cancelled(covers, piece) is not None


def _gap(covers: Sequence[Cover], piece: Stretch) -> bool:
    return any(c.last < piece.first for c in covers) and any(c.first > piece.last for c in covers)


def _cancelled(covers: Sequence[Cover], piece: Stretch) -> Cover | None:
    """The certificate whose cancellation began these days."""
    ended = [c for c in covers if c.last == piece.first - _DAY and c.certificate.cancelled_on is not None]
    return ended[0] if ended else None


def _bare_summary(showing: Showing, covers: Sequence[Cover], piece: Stretch) -> str:
    cancelled = _cancelled(covers, piece)
    if cancelled is not None:
        which = cancelled.certificate.policy or named(cancelled.fact.source)
        on = cancelled.certificate.cancelled_on
        return f"{showing.name} is not shown from {piece.first}: {which} was cancelled on {on}."
    if _gap(covers, piece):
        return f"{showing.name} has a gap, {piece.days}: no certificate covers it."
    ended = max((c.last for c in covers if c.last < piece.first), default=None)
    if ended is not None:
        return f"{showing.name} is not shown from {piece.first} on: the last certificate ended {ended}."
    return (
        f"{showing.name} was to be shown by {showing.show_by}; no certificate is on record for {piece.days}."
    )


def _not_shown(trail: Trail, showing: Showing, covers: Sequence[Cover], bare: Sequence[Stretch]) -> Finding:
    """Days without a certificate that prove nothing: it may still be shown, or need not be."""
    if showing.show_by is not None and showing.today <= showing.show_by and not covers:
        soon = showing.show_by - showing.today <= DUE_LEAD
        summary = f"{showing.name} is to be shown by {showing.show_by}; no certificate is on record yet."
        return Finding(Outcome.AT_RISK if soon else Outcome.PENDING, summary, showing.target)
    days = ", ".join(piece.days for piece in bare)
    if showing.show_by is None:
        trail.note("reading", "The text does not say by when it must be shown; none shown proves nothing.")
    missing = f"a certificate of {showing.words} for {days}"
    return undetermined(f"{showing.name}: nothing shows it for {days}.", missing, target=showing.target)


def _shown(
    trail: Trail,
    showing: Showing,
    covers: Sequence[Cover],
    judged: tuple[tuple[date, date], Sequence[Stretch]],
) -> Finding:
    days, pieces = judged
    by = " and ".join(dict.fromkeys(named(c.fact.source) for p in pieces for c in p.covers))
    if days[1] < showing.today:
        return Finding(
            Outcome.MET, f"{showing.name} was shown throughout, by {by}. {_INFORMS}", showing.target
        )
    until = shown_until(covers, showing.today) or showing.today
    left = (until - showing.today).days
    margin = days_quantity(left)
    if showing.until is not None and until >= showing.until:
        summary = f"{showing.name} is shown to the last day needed, {showing.until}, by {by}. {_INFORMS}"
        return Finding(Outcome.PENDING, summary, showing.target, margin=margin)
    calls = reminders(until)
    said = ", ".join(f"{on} ({number} days before)" for number, on in calls)
    follows = _what_follows(covers, until)
    trail.note("reminders", f"It ends {until} and {follows}. Reminders: {said}.")
    due = [number for number, on in calls if on <= showing.today]
    if not due:
        summary = f"{showing.name} is shown until {until}, by {by}. {_INFORMS}"
        return Finding(Outcome.PENDING, summary, showing.target, margin=margin)
    trail.note(
        "reminder_due", f"The reminder {due[-1]} days before the end is due; {count_text(left, 'day')} left."
    )
    summary = (
        f"{showing.name} ends {until}, in {count_text(left, 'day')}, and {follows} "
        f"({due[-1]}-day reminder). {_INFORMS}"
    )
    return Finding(Outcome.AT_RISK, summary, showing.target, margin=margin)


def _what_follows(covers: Sequence[Cover], until: date) -> str:
    """What is on record for the time after a day, up to which all is shown."""
    later = [c for c in covers if c.last > until and c.standing != "shown"]
    if not later:
        return "no certificate follows"
    best = min(later, key=lambda c: (c.standing != "doubtful", c.first, c.fact.id))
    lacks = (
        f"falls short: {'; '.join(best.faults)}" if best.faults else f"leaves out {'; '.join(best.missing)}"
    )
    return f"{named(best.fact.source)}, from {best.first}, {lacks}"


def _note(trail: Trail, covers: Sequence[Cover], pieces: Sequence[Stretch]) -> None:
    """The certificates that touch the days judged or follow them, and the standing of every stretch."""
    told: set[str] = set()
    for cover in covers:
        c = cover.certificate
        if cover.fact.id in told or cover.last < pieces[0].first:
            continue
        told.add(cover.fact.id)
        own = [x for x in covers if x.fact.id == cover.fact.id]
        faults = "; ".join(dict.fromkeys(f for x in own for f in x.faults))
        missing = "; ".join(dict.fromkeys(m for x in own for m in x.missing))
        parts = [f"{c.type} certificate, {c.effective_on} to {c.expires_on}"]
        parts += [f"policy {c.policy}"] if c.policy else []
        parts += [f"cancelled on {c.cancelled_on}"] if c.cancelled_on else []
        parts += [f"falls short: {faults}"] if faults else []
        parts += [f"does not tell: {missing}"] if missing else []
        trail.note("certificate", f"{', '.join(parts)}.", (cover.fact.source,))
    for piece in pieces:
        trail.note("stretch", f"{piece.days}: {piece.standing}.", tuple(c.fact.source for c in piece.covers))
