"""Notices on record: which of them count, on which day each was received, and whether it was in time."""

from collections.abc import Iterable, Sequence
from datetime import date, tzinfo

from obligations.calendars import BusinessDays
from obligations.deadlines import WEEKENDS_ONLY, business_days_of, days_after
from obligations.facts import Fact, Notice
from obligations.terms import DeemedReceipt, Giving
from obligations.wording import allowance_text, day_text

_FURTHEST = 60

DISPATCH_OR_RECEIPT = "whether dispatch or receipt of the notice counts"
RECEIPT = "the day the notice was received"
HOUR = "the hour at which the notice was sent"
WHICH_CONTRACT = "which contract the notice is about"


def given(held: Iterable[tuple[Fact, Notice]], effect: str, today: date) -> list[tuple[Fact, Notice]]:
    """The notices of one effect sent by `today` and not withdrawn by then, in order, as they were known on
    that day: one that arrives later has not arrived."""
    sent = [(f, _as_of(n, today)) for f, n in held if n.effect == effect and n.sent_on <= today]
    return sorted(((f, n) for f, n in sent if n.withdrawn_on is None), key=lambda n: (n[1].sent_on, n[0].id))


def _as_of(notice: Notice, today: date) -> Notice:
    later = {
        name: None
        for name in ("received_on", "withdrawn_on")
        if (on := getattr(notice, name)) is not None and on > today
    }
    return notice.model_copy(update=later) if later else notice


def within_term(
    held: Sequence[tuple[Fact, Notice]], previous_end: date | None, end: date
) -> list[tuple[Fact, Notice]]:
    """The notices sent during one term: after the end before it, up to its own."""
    return [
        (f, n) for f, n in held if n.sent_on <= end and (previous_end is None or n.sent_on > previous_end)
    ]


def by_receipt(giving: Giving) -> bool | None:
    """Whether receipt counts (True) or dispatch (False); None where the text leaves it open.

    A text that says when a notice counts as received makes receipt count.
    """
    if giving.effective is None:
        return True if giving.deemed else None
    return giving.effective == "receipt"


def days_received(notice: Notice, giving: Giving, zone: tzinfo) -> tuple[date, ...]:
    """The day a notice was received or counts as received; two where that hangs on an hour not on record,
    none where it is not known.

    A notice that arrived before it counts as received was received when it arrived.
    """
    on_record = notice.received_on
    rule = _rule_for(giving, notice.channel)
    if rule is None:
        return (on_record,) if on_record else ()
    days = {_deemed_on(rule, giving, day) for day in _days_sent(notice, rule, giving, zone)}
    return tuple(sorted({min(day, on_record) if on_record else day for day in days}))


def _rule_for(giving: Giving, channel: str) -> DeemedReceipt | None:
    """The entry for a channel, else the one for all others. Without a channel on record only one that holds
    for every channel is sure."""
    by_channel: dict[str, DeemedReceipt] = {rule.channel: rule for rule in giving.deemed}
    if not channel and len(by_channel) > 1:
        return None
    return by_channel.get(channel) or by_channel.get("")


def _days_sent(notice: Notice, rule: DeemedReceipt, giving: Giving, zone: tzinfo) -> tuple[date, ...]:
    """The day it counts as sent: the next business day after the hour of `cut_off`."""
    after = _business(giving).add(notice.sent_on, 1)
    if rule.cut_off is None:
        return (notice.sent_on,)
    if notice.sent_at is None:
        return (notice.sent_on, after)
    sent = notice.sent_at.astimezone(zone)
    return (after,) if sent.time().replace(tzinfo=None) > rule.cut_off else (sent.date(),)


def _deemed_on(rule: DeemedReceipt, giving: Giving, sent_on: date) -> date:
    if rule.clock == "business":
        calendar = giving.calendar or WEEKENDS_ONLY
        return _business(giving).roll(days_after(sent_on, rule.within, calendar), "following")
    return days_after(sent_on, rule.within, None)


def _business(giving: Giving) -> BusinessDays:
    return business_days_of(giving.calendar or WEEKENDS_ONLY)


def in_time(notice: Notice, giving: Giving, latest_on: date, zone: tzinfo) -> bool | str:
    """Whether a notice was given by a day; or what is missing to tell.

    Where the text does not say whether dispatch or receipt counts, both must be in time.
    """
    receipt = by_receipt(giving)
    if receipt is False or notice.sent_on > latest_on:
        return notice.sent_on <= latest_on
    received = days_received(notice, giving, zone)
    timely = {day <= latest_on for day in received}
    if timely == {True}:
        return True
    if receipt is None:
        return DISPATCH_OR_RECEIPT
    if timely == {False}:
        return False
    return HOUR if timely else RECEIPT


def send_by(rule: DeemedReceipt, giving: Giving, latest_on: date) -> date:
    """The last business day on which a notice can be sent so that it counts as received by `latest_on`."""
    business = _business(giving)
    day = business.roll(latest_on, "preceding")
    for _ in range(_FURTHEST):
        if _deemed_on(rule, giving, day) <= latest_on:
            break
        day = business.add(day, -1)
    return day


def deemed_text(rule: DeemedReceipt, day: date) -> str:
    """ "by registered post by Wednesday 2026-10-28 (received 2 business days after it is sent)"."""
    how = f"by {rule.channel.replace('_', ' ')}" if rule.channel else "by any other way"
    hour = f", before {rule.cut_off:%H:%M}" if rule.cut_off else ""
    after = allowance_text(rule.within, rule.clock == "business")
    counts = f"{after} after it is sent" if rule.within.in_days else "the day it is sent"
    return f"{how} by {day_text(day)}{hour} (it counts as received {counts})"
