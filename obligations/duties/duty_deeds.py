"""Which deed was for which occurrence of a duty.

A deed that names its occurrence is for that one. One that names none is for the occurrence in whose time it
was done; a second one in the same time makes up for one missed just before. A single one that lies nearer to
a missed due day than to its own is doubtful: it may be for either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo

from obligations.duties.happenings import Happening, done_on
from obligations.duties.recurrence import DueDay
from obligations.facts import Deed, Fact
from obligations.periods import Period, period, shift
from obligations.quantities import Duration

Done = tuple[Fact, Deed]


@dataclass
class Share:
    """The deeds of one occurrence: surely its own, perhaps its own, and done before they could count."""

    sure: list[Done] = field(default_factory=list)
    doubtful: list[Done] = field(default_factory=list)
    too_early: list[Done] = field(default_factory=list)


@dataclass(frozen=True)
class Window:
    """The days of one recurring occurrence: after the due day before it, up to its own."""

    key: str
    due: DueDay
    after: date
    opens_on: date


def window_of(due: DueDay, after: date, early: Duration | None) -> Window:
    opens_on = after + timedelta(days=1)
    if early is not None:
        opens_on = max(opens_on, shift(due.on, early, -1))
    return Window(due.period.label if due.period else due.nominal.isoformat(), due, after, opens_on)


def shared_out(windows: Sequence[Window], deeds: Sequence[Done], zone: tzinfo) -> dict[str, Share]:
    """The deeds of a recurring duty by occurrence. `windows` in order of their days."""
    shares = {window.key: Share() for window in windows}
    unnamed: list[Done] = []
    for done in deeds:
        key = _key_named(windows, done[1])
        if key is None:
            unnamed.append(done)
        else:
            shares[key].sure.append(done)
    before: Share | None = None
    for window in windows:
        within = [d for d in unnamed if window.after < done_on(d[1], zone) <= window.due.on]
        _share_window(window, shares[window.key], before, within, zone)
        before = shares[window.key]
    return shares


def _key_named(windows: Sequence[Window], deed: Deed) -> str | None:
    """The occurrence that a deed names: by its key, its due day, or a period that holds one due day alone."""
    if not deed.occurrence:
        return None
    for window in windows:
        if deed.occurrence in (window.key, window.due.on.isoformat(), window.due.nominal.isoformat()):
            return window.key
    covered = period(deed.occurrence)
    if covered is None:
        return None
    held = [w.key for w in windows if _is_of(w, covered)]
    return held[0] if len(held) == 1 else None


def _is_of(window: Window, covered: Period) -> bool:
    """Whether an occurrence is that of a period, or of a day in it."""
    period_of = window.due.period
    return period_of == covered if period_of is not None else window.due.nominal in covered


def _share_window(window: Window, own: Share, before: Share | None, within: list[Done], zone: tzinfo) -> None:
    """Give the unnamed deeds of one window to it, or to the occurrence missed before it."""
    missed = before is not None and not before.sure
    early = [d for d in within if done_on(d[1], zone) < window.opens_on]
    timely = [d for d in within if d not in early]
    if before is not None and missed and early:
        before.sure.extend(early)
        missed, early = False, []
    own.too_early.extend(early)
    if before is not None and missed and len(timely) + bool(own.sure) > 1:
        before.sure.append(timely.pop(0))
        missed = False
    nearer = [d for d in timely if missed and _nearer_to_the_last(d, window, zone)]
    if before is not None and nearer and len(timely) == 1:
        before.doubtful.extend(nearer)
        own.doubtful.extend(nearer)
        return
    own.sure.extend(timely)


def _nearer_to_the_last(done: Done, window: Window, zone: tzinfo) -> bool:
    on = done_on(done[1], zone)
    return on - window.after < window.due.on - on


def after_triggers(happened: Sequence[Happening], deeds: Sequence[Done], zone: tzinfo) -> dict[str, Share]:
    """The deeds of a triggered duty by what set it off, in order.

    Unnamed deeds answer the triggers one after the other; where some trigger is left without one, it cannot
    be told which of them was answered.
    """
    shares = {trigger.key: Share() for trigger in happened}
    unnamed = []
    for done in deeds:
        if done[1].occurrence in shares:
            shares[done[1].occurrence].sure.append(done)
        else:
            unnamed.append(done)
    open_ones = [t for t in happened if not shares[t.key].sure]
    given: dict[str, Done] = {}
    rivals: set[str] = set()
    for done in unnamed:
        on = done_on(done[1], zone)
        candidates = [t for t in open_ones if t.key not in given and (t.on is None or t.on <= on)]
        if len(candidates) > 1:
            rivals |= {t.key for t in candidates}
        if candidates:
            given[candidates[0].key] = done
    _settle(shares, given, rivals)
    return shares


def _settle(shares: Mapping[str, Share], given: Mapping[str, Done], rivals: set[str]) -> None:
    """Sure where every rival has a deed; otherwise each of them may have any of the deeds."""
    doubt = bool(rivals - set(given))
    for key, done in given.items():
        if not (doubt and key in rivals):
            shares[key].sure.append(done)
    if doubt:
        among = [done for key, done in given.items() if key in rivals]
        for key in rivals:
            shares[key].doubtful.extend(among)
