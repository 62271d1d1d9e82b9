"""Delivery performance: the promised share of what was due came on time, in full, or both.

Lines count in the period of their due day. Where the text leaves open what is counted, every reading is
computed and the careful one is acted on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo

from obligations.delivery.delivery_share import (
    Book,
    Tally,
    book_of,
    counted,
    doubts,
    is_good,
    kept,
    tallies,
    undecided,
    with_undated,
)
from obligations.delivery.order_lines import Side, count, under_way
from obligations.facts import Delivery, Fact
from obligations.matching import records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.quantities import Quantity
from obligations.segments import Segment, first_observed, segments
from obligations.terms import DeliveryPerformance, Per
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import plain, share_text

MEASURES = {"on_time": "on time", "in_full": "in full", "otif": "on time and in full"}
_LEVELS = {"order": "orders", "line": "lines", "case": "cases"}


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, DeliveryPerformance):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    books = {
        dated.from_on: book_of(obligation, dated.terms, facts, at)
        for dated in obligation.terms
        if isinstance(dated.terms, DeliveryPerformance)
    }
    begun = [book.first_on for book in books.values() if book.first_on is not None]
    earliest_on = min(begun, default=None)
    delivered = any(under_way(d, today) for _, d in records(obligation, facts, at.known_at, Delivery))
    watched = observed_from is not None or delivered
    per = _recurring(last.per)
    first = first_observed(per, observed_from, earliest_on, today, obligation.starts_on)
    return tuple(
        _assess(Trail(obligation, at), segment, books[segment.dated.from_on], watched, zone)
        for segment in segments(obligation, _cadence, first, today)
    )


def _cadence(dated: DatedTerms) -> Per:
    return _recurring(dated.terms.per) if isinstance(dated.terms, DeliveryPerformance) else "once"


def _recurring(per: Per) -> Per:
    """A share stated without a measuring period that recurs is measured by the month."""
    return per if per not in ("once", "event", "request") else "month"


def _assess(trail: Trail, segment: Segment, book: Book, watched: bool, zone: tzinfo) -> Assessment:
    _tell(trail, segment, book)
    ended = book.judge.today > segment.end
    if not watched:
        missing = f"records of orders and deliveries for {segment.words}"
        finding = undetermined(f"What came in {segment.words} is not known.", missing)
    elif book.terms.percent is None:
        finding = undetermined("The promised share is not stated.", "the promised share")
    else:
        finding = _finding(trail, segment, book, ended and not undecided(book, segment.start, segment.end))
    return trail.conclude(_occurrence(segment, book, zone), finding)


def _finding(trail: Trail, segment: Segment, book: Book, ended: bool) -> Finding:
    """With and without what the records leave open, by the careful reading of the text."""
    we_owe = trail.obligation.we_owe
    days = (segment.start, segment.end)
    open_doubts = doubts(book, *days)
    worst, best = tallies(book, *days, benefit=False), tallies(book, *days, benefit=True)
    finding = _by_side(we_owe, segment, book, worst, ended)
    if ended and open_doubts:
        extremes = (
            _by_side(we_owe, segment, book, with_undated(book, found, *days, good), ended).outcome
            for found, good in ((worst, False), (best, True))
        )
        if len({*extremes, finding.outcome}) > 1:
            lacking = " and ".join(open_doubts)
            summary = f"Whether enough came {_measure(book)} in {segment.words} depends on {lacking}."
            return undetermined(summary, *open_doubts, target=finding.target)
    return finding


def _by_side(
    we_owe: bool | None, segment: Segment, book: Book, found: Sequence[Tally], ended: bool
) -> Finding:
    """The finding to act on: the best share for who delivers to us, the worst for ourselves."""
    shares = [tally for tally in found if tally.share is not None]
    if not shares:
        nothing = f"Nothing that counts was due in {segment.words}"
        if ended:
            return Finding(Outcome.NOT_APPLICABLE, f"{nothing}: there is no share to judge.")
        return Finding(Outcome.PENDING, f"{nothing} so far.")
    shares.sort(key=lambda t: (bool(kept(book.terms, t)), t.share or 0, t.level, t.strict))
    chosen, other = (shares[-1], shares[0]) if we_owe is False else (shares[0], shares[-1])
    finding = _judge(segment, book, chosen, ended)
    opposite = _judge(segment, book, other, ended)
    if other.share == chosen.share and opposite.outcome is finding.outcome:
        return finding
    if we_owe is None and opposite.outcome is not finding.outcome:
        summary = f"{finding.summary} By another reading: {_counted_text(book, other)}."
        return undetermined(summary, "which side we are on, to choose the careful reading")
    verdict = opposite.outcome.value.replace("_", " ")
    text = (
        f" Another reading the text leaves open counts {_counted_text(book, other)}, which gives {verdict}."
    )
    return replace(finding, summary=finding.summary + text)


def _judge(segment: Segment, book: Book, tally: Tally, ended: bool) -> Finding:
    percent = book.terms.percent
    share = tally.share
    assert share is not None
    assert percent is not None
    good = bool(kept(book.terms, tally))
    if ended:
        outcome = Outcome.MET if good else Outcome.BREACHED
    else:
        outcome = Outcome.PENDING if good else Outcome.AT_RISK
    verb = "came" if ended else "have come"
    gap = share - percent
    return Finding(
        outcome,
        f"{_counted_text(book, tally)} {verb} {_measure(book)} in {segment.words}; "
        f"the target is {plain(percent)} %{_how(book, tally, good)}.",
        target=Quantity(value=percent, unit="percent", text=f"{plain(percent)} %"),
        measured=Quantity(value=round(share, 8), unit="percent", text=share_text(share, percent)),
        margin=Quantity(value=round(gap, 8), unit="points", text=f"{plain(round(gap, 4))} points"),
    )


def _how(book: Book, tally: Tally, good: bool) -> str:
    share, percent = tally.share, book.terms.percent
    if share is not None and percent is not None and good and share < percent:
        if book.terms.rounding is not None and tally.counted >= (book.terms.one_miss_below or 0):
            return f", which the share reaches when rounded to {book.terms.rounding} decimals"
        return f", and with fewer than {book.terms.one_miss_below} one miss is allowed"
    return ""


def _counted_text(book: Book, tally: Tally) -> str:
    share, percent = tally.share, book.terms.percent
    shown = share_text(share, percent) if share is not None and percent is not None else "no share"
    return (
        f"{count(round(tally.good, 4))} of {count(round(tally.counted, 4))} {_LEVELS[tally.level]} ({shown})"
    )


def _measure(book: Book) -> str:
    return MEASURES[book.terms.measure]


def _occurrence(segment: Segment, book: Book, zone: tzinfo) -> Occurrence:
    starts_at = segment.period.bounds(zone)[0]
    name = book.judge.obligation.key or "Deliveries"
    return Occurrence(
        key=segment.key,
        label=f"{name}, {segment.words}",
        starts_at=starts_at.astimezone(zone),
        counts_on=segment.end,
    )


def _tell(trail: Trail, segment: Segment, book: Book) -> None:
    terms = book.terms
    target = f"{plain(terms.percent)} %" if terms.percent is not None else "an unstated share"
    what = _LEVELS[terms.level] if terms.level else "what is due"
    trail.terms(
        segment.dated, f"At least {target} of {what} come {_measure(book)} in each {_recurring(terms.per)}."
    )
    if terms.level is None:
        trail.note(
            "reading", "The text does not say whether orders, lines or cases are counted; all three are."
        )
    if terms.excused is None:
        words = "left out where they deliver to us, counted where we deliver"
        trail.note("reading", f"What was late for a cause not the supplier's is not provided for: {words}.")
    careful = Side(strict=trail.obligation.we_owe is True, benefit=False)
    for each in counted(book, (segment.start, segment.end), careful):
        standing = each.standing
        verdict = _measure(book) if is_good(terms, standing) else f"not {_measure(book)}"
        came = f"{count(standing.received)} of {count(standing.required)} came"
        done = standing.arrivals.parts[-1].on if standing.arrivals.parts else None
        when = f", the last on {done}" if done else ""
        text = f"{each.ordered.key}, due {standing.due.on} ({standing.due.reading}): {came}{when}, {verdict}."
        trail.note("line", text, (*each.ordered.sources, *standing.relief))
