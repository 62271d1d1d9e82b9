"""The day from which the time to pay is counted: of the invoice, of the delivery, of an event."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from obligations.deadlines import days_after
from obligations.facts import Milestone, Source
from obligations.money.invoices import Bill, day_of
from obligations.periods import period
from obligations.terms.money import PaymentDue, Starts


class Start(NamedTuple):
    """A day to count from, with words for it ("from receipt on 2026-10-02") and the records that tell it."""

    on: date
    words: str
    records: tuple[Source, ...] = ()


def starts_of(terms: PaymentDue, bill: Bill) -> list[Start] | str:
    """The days from which it may be counted, one for each reading; or what is missing."""
    if terms.later_of:
        return _latest(terms, bill)
    if terms.starts is not None:
        found = start_of(terms, bill, terms.starts)
        return found if isinstance(found, str) else [found]
    stated = [start_of(terms, bill, name) for name in ("invoice_date", "invoice_receipt")]
    return [start for start in stated if isinstance(start, Start)]


def start_of(terms: PaymentDue, bill: Bill, starts: Starts) -> Start | str:
    """The day of one event for an invoice, or what is missing."""
    find = _FOUND.get(starts)
    if find is not None:
        return find(terms, bill)
    return f"the day of the other event that it is counted from for {bill.number}"


def earliest_start(terms: PaymentDue, bill: Bill) -> Start | None:
    """The day before which it cannot begin, where the day itself is not known: nothing is received or posted
    before it is written, and the later of several days is none before those that are known."""
    names = {terms.starts, *terms.later_of} - {None}
    known = [start_of(terms, bill, name) for name in names if name is not None]
    days = [start for start in known if isinstance(start, Start)]
    if names & {"invoice_receipt", "posting"}:
        days.append(_invoice_date(terms, bill))
    return max(days, key=lambda start: (start.on, start.words), default=None)


def _latest(terms: PaymentDue, bill: Bill) -> list[Start] | str:
    names = [name for name in dict.fromkeys((terms.starts, *terms.later_of)) if name is not None]
    found = [start_of(terms, bill, name) for name in names]
    lacking = [start for start in found if isinstance(start, str)]
    if lacking:
        return lacking[0]
    days = sorted(start for start in found if isinstance(start, Start))
    last = days[-1]
    others = " and ".join(day.words.removeprefix("from ") for day in days if day.on < last.on)
    sources = tuple(dict.fromkeys(source for day in days for source in day.records))
    return [Start(last.on, f"{last.words}, later than {others}" if others else last.words, sources)]


def _invoice_date(_: PaymentDue, bill: Bill) -> Start:
    return Start(bill.invoice.invoiced_on, f"from the invoice date {bill.invoice.invoiced_on}")


def _receipt(terms: PaymentDue, bill: Bill) -> Start | str:
    day = bill.invoice.received_on
    if day is not None:
        return Start(day, f"from receipt on {day}")
    if terms.without_receipt == "invoice_date":
        start = _invoice_date(terms, bill)
        return start._replace(words=f"{start.words}, its receipt not being on record")
    if terms.without_receipt == "delivery":
        delivered = _delivery(terms, bill)
        if isinstance(delivered, str):
            return delivered
        return delivered._replace(words=f"{delivered.words}, receipt of the invoice not being on record")
    return f"the day {bill.number} was received"


def _posting(_: PaymentDue, bill: Bill) -> Start | str:
    day = bill.invoice.posted_on
    return Start(day, f"from posting on {day}") if day else f"the day {bill.number} was posted"


def _delivery(_: PaymentDue, bill: Bill) -> Start | str:
    if bill.invoice.supplied_on is not None:
        return Start(bill.invoice.supplied_on, f"from delivery on {bill.invoice.supplied_on}")
    came = []
    for fact, delivery in bill.deliveries:
        day = day_of(delivery.delivered_at, bill.zone) if delivery.delivered_at else delivery.delivered_on
        if day is not None and day <= bill.today:
            came.append((day, fact.source))
    if not came:
        return f"the day of the delivery for {bill.number}"
    last = max(day for day, _ in came)
    return Start(last, f"from delivery on {last}", tuple(source for _, source in came))


def _acceptance(terms: PaymentDue, bill: Bill) -> Start | str:
    """Acceptance on record, or by silence so long after delivery, whichever came first."""
    stated = bill.invoice.accepted_on
    found = Start(stated, f"from acceptance on {stated}") if stated else None
    if found is None and bill.invoice.milestone:
        accepted = _milestone(terms, bill)
        found = accepted if isinstance(accepted, Start) else None
    silent = _by_silence(terms, bill)
    if silent is not None and (found is None or silent.on < found.on):
        return silent
    return found or f"the day {bill.number} was accepted"


def _by_silence(terms: PaymentDue, bill: Bill) -> Start | None:
    delivered = _delivery(terms, bill)
    if terms.deemed_acceptance is None or isinstance(delivered, str):
        return None
    on = days_after(delivered.on, terms.deemed_acceptance, None)
    disputes = [n for _, n in bill.notices if n.effect == "dispute"]
    if any(notice.sent_on <= on for notice in disputes):
        return None
    return Start(on, f"from acceptance by silence on {on}", delivered.records)


def _service_period(which: str) -> Callable[[PaymentDue, Bill], Start | str]:
    def find(_: PaymentDue, bill: Bill) -> Start | str:
        held = period(bill.invoice.period)
        if held is None:
            return f"the service period of {bill.number}"
        return Start(held.start if which == "start" else held.end, f"from the {which} of {held.words}")

    return find


def _signature(terms: PaymentDue, bill: Bill) -> Start | str:
    if terms.signed_on is None:
        return "the day the contract was signed"
    return Start(terms.signed_on, f"from signature on {terms.signed_on}")


def _termination(_: PaymentDue, bill: Bill) -> Start | str:
    """The day a notice of termination takes effect, else the last day of the agreement."""
    for fact, notice in reversed(bill.notices):
        withdrawn = notice.withdrawn_on is not None and notice.withdrawn_on <= bill.today
        if notice.effect == "termination" and notice.effective_on is not None and not withdrawn:
            day = notice.effective_on
            return Start(day, f"from the termination on {day}", (fact.source,))
    if bill.obligation.ends_on is not None:
        return Start(bill.obligation.ends_on, f"from the end of the agreement on {bill.obligation.ends_on}")
    return "the day the agreement ends"


def _notice(_: PaymentDue, bill: Bill) -> Start | str:
    """Receipt of the first notice about the invoice."""
    for fact, notice in bill.notices:
        received = notice.received_on
        if notice.effect != "termination" and received is not None and received <= bill.today:
            return Start(received, f"from receipt of the notice on {received}", (fact.source,))
    return f"the day the notice about {bill.number} was received"


def _milestone(_: PaymentDue, bill: Bill) -> Start | str:
    name = bill.invoice.milestone
    if not name:
        return f"the milestone that {bill.number} bills"
    for fact, milestone in bill.milestones:
        day = accepted_on(milestone, bill.today)
        if day is not None:
            return Start(day, f"from acceptance of {name} on {day}", (fact.source,))
    return f"the day {name} was accepted"


def accepted_on(milestone: Milestone, today: date) -> date | None:
    """The day from which a milestone stands accepted; None while it does not."""
    accepted = None
    for event in sorted(milestone.events, key=lambda e: e.on):
        if event.on > today:
            break
        if event.change == "accepted":
            accepted = accepted or event.on
        elif event.change in ("rejected", "withdrawn"):
            accepted = None
    return accepted


_FOUND: dict[str, Callable[[PaymentDue, Bill], Start | str]] = {
    "invoice_date": _invoice_date,
    "invoice_receipt": _receipt,
    "acceptance": _acceptance,
    "posting": _posting,
    "delivery": _delivery,
    "period_start": _service_period("start"),
    "period_end": _service_period("end"),
    "signature": _signature,
    "termination": _termination,
    "notice": _notice,
    "milestone": _milestone,
}
