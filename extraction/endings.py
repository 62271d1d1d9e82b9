"""When a contract ends by its first term."""

from collections.abc import Sequence
from datetime import date, timedelta

from extraction.model import Draft
from obligations.document import Span
from obligations.terms import Term


def _expiry(drafts: Sequence[Draft], starts: date | None) -> tuple[date | None, Span | None]:
    """The last day of the first term: printed, or counted from the day of effect."""
    for draft in drafts:
        terms = draft.terms
        if not isinstance(terms, Term):
            continue
        if terms.due_on is not None:
            return terms.due_on, draft.span
        if terms.within is not None and starts is not None:
            return last_day(starts, terms.within.months, terms.within.days), draft.span
    return None, None


def last_day(starts: date, months: int, days: int) -> date:
    """The last day of a term that begins on `starts`: the day before its anniversary."""
    year, month = divmod(starts.year * 12 + starts.month - 1 + months, 12)
    day = starts.day
    while True:
        try:
            anniversary = date(year, month + 1, day)
            break
        except ValueError:
            day -= 1
    return anniversary + timedelta(days=days - 1)
