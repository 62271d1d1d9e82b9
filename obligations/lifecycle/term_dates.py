"""When a term ends, when it renews, and the last day for a notice."""

from dataclasses import dataclass
from datetime import date, timedelta

from obligations.deadlines import WEEKENDS_ONLY, business_days_of
from obligations.lifecycle.notices import by_receipt, deemed_text, send_by
from obligations.periods import add_months, last_day, shift
from obligations.quantities import Duration
from obligations.terms import NoticePeriod, Renewal, Term
from obligations.wording import allowance_text, day_text

_DAY = timedelta(days=1)


def term_end(initial: Term, renewal: Renewal | None = None, renewals: int = 0) -> date | None:
    """The last day, inclusive, of the initial term or of the term after so many renewals.

    Counted from the start of the contract in one step, so that a clamped month end does not stick. None
    where the start, or the length of a renewal, is not known. No renewal runs beyond `until`.
    """
    if renewals and (renewal is None or renewal.within is None):
        return None
    extension = renewal.within if renewal is not None and renewals else None
    end = _counted(initial, extension, renewals)
    if end is None or extension is None or renewal is None or renewal.until is None:
        return end
    return min(end, renewal.until)


def _counted(initial: Term, extension: Duration | None, renewals: int) -> date | None:
    if initial.due_on is not None:
        return last_day(initial.due_on + _DAY, extension, renewals) if extension else initial.due_on
    if initial.starts_on is None or initial.within is None:
        return None
    months, days = initial.within.months, initial.within.days
    if extension is not None:
        months, days = months + extension.months * renewals, days + extension.days * renewals
    return last_day(initial.starts_on, Duration(iso=f"P{months}M{days}D"))


@dataclass(frozen=True)
class Running:
    """One term of an agreement: its last day, the last day of the term before, and how many renewals led to
    it. Its end is counted `counted` renewals from the end of `base`, which is not the initial term where an
    amendment has changed the length of a renewal since.
    """

    end: date
    base: Term
    previous_end: date | None = None
    number: int = 0
    counted: int = 0
    length: Duration | None = None

    @classmethod
    def first(cls, initial: Term | None) -> "Running | None":
        """The initial term; None where its end is not known."""
        end = term_end(initial) if initial is not None else None
        return cls(end, initial) if initial is not None and end is not None else None

    def renewed(self, renewal: Renewal | None) -> "Running | None":
        """The term after this one by the clause in force at its end; None where no length is known."""
        base, counted = self.base, self.counted
        length = renewal.within if renewal is not None else None
        if self.number and length != self.length:
            base, counted = Term(due_on=self.end), 0
        following = term_end(base, renewal, counted + 1)
        if following is None:
            return None
        return Running(following, base, self.end, self.number + 1, counted + 1, length)


def exhausted(renewal: Renewal, renewals: int, end: date) -> bool:
    """Whether no further renewal follows the term that ends on `end`, after so many renewals."""
    capped = renewal.most is not None and renewals >= renewal.most
    return capped or (renewal.until is not None and end >= renewal.until)


@dataclass(frozen=True)
class NoticeDays:
    """The days for a notice that ends a term.

    `latest_on` is what the text gives; `act_by` the business day on or before it, on which a letter can
    still be sent so that it counts; `earliest_on` the first day where the text has one. `reading` says how it
    was counted, `others` what else the text might be read to mean.
    """

    latest_on: date
    act_by: date
    earliest_on: date | None
    reading: str
    others: tuple[str, ...] = ()


def notice_days(notice: NoticePeriod, end: date) -> NoticeDays | str:
    """The notice days for a term whose last day is `end`, or what is missing to tell them."""
    if notice.clock == "business" and notice.calendar is None:
        return "the calendar of the business days"
    length = notice.statutory or notice.within
    latest = _latest(notice, length, end)
    act_by = business_days_of(notice.calendar or WEEKENDS_ONLY).roll(latest, "preceding")
    base, named = _base(notice, end)
    clear = "clear " if notice.clear_days else ""
    counted = allowance_text(length, notice.clock == "business")
    reading = f"{clear}{counted} before {named}, {base}, is {day_text(latest)}"
    if act_by != latest:
        reading += f"; the business day before is {day_text(act_by)}"
    others = _other_readings(notice, end, latest)
    if notice.statutory is not None:
        stated = _latest(notice, notice.within, end)
        act_by = min(act_by, business_days_of(notice.calendar or WEEKENDS_ONLY).roll(stated, "preceding"))
        law = notice.statute or "mandatory law"
        others += (
            f"{law} puts {counted} in place of the {notice.within.words()} of the text, which would give "
            f"{day_text(stated)}; the earlier day is the one to act by",
        )
    act_by, ways = _leaving(notice, latest, act_by)
    earliest = shift(base, notice.at_most, -1) if notice.at_most is not None else None
    return NoticeDays(latest, act_by, earliest, reading, (*others, *ways))


def _base(notice: NoticePeriod, end: date) -> tuple[date, str]:
    return (end, "the last day") if notice.counts_to == "term_end" else (end + _DAY, "the renewal day")


def _latest(notice: NoticePeriod, length: Duration, end: date) -> date:
    base, _ = _base(notice, end)
    days = length.days + -(-length.seconds // 86_400)
    from_day = add_months(base, -length.months)
    if notice.clock == "business" and notice.calendar is not None:
        latest = business_days_of(notice.calendar).add(from_day, -days) if days else from_day
    else:
        latest = from_day - timedelta(days=days)
    return latest - _DAY if notice.clear_days else latest


def _other_readings(notice: NoticePeriod, end: date, latest: date) -> tuple[str, ...]:
    """The days that other readings give: clear days, and the renewal day instead of the last day."""
    length = notice.statutory or notice.within
    found = []
    if not notice.clear_days:
        clear = _latest(notice.model_copy(update={"clear_days": True}), length, end)
        found.append(f"counted in clear days it would be {day_text(clear)}")
    other = "renewal_date" if notice.counts_to == "term_end" else "term_end"
    day = _latest(notice.model_copy(update={"counts_to": other}), length, end)
    if day != latest:
        named = "the renewal day" if other == "renewal_date" else "the last day"
        found.append(f"counted to {named} it would be {day_text(day)}")
    return tuple(found)


def _leaving(notice: NoticePeriod, latest: date, act_by: date) -> tuple[date, tuple[str, ...]]:
    """The day to act by where receipt counts and the text says when a notice counts as received: the last
    day on which one of the ways still works; and what each way asks for."""
    if not notice.deemed or by_receipt(notice) is not True:
        return act_by, ()
    days = [(rule, min(act_by, send_by(rule, notice, latest))) for rule in notice.deemed]
    ways = tuple(f"to count it must be sent {deemed_text(rule, day)}" for rule, day in days)
    return max(day for _, day in days), ways
