"""Periods in a question ("October", "last month", "since 1 Sept", "Q3", "next 30 days") as days.

Relative words count from the day of `as_of` in its own zone. A month without a year is the latest one
that has begun, unless the question looks ahead.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.numerals import MONTHS, NUMBERS, WEEKDAYS, either
from agent.plan import Window

_NUMBERS = NUMBERS | {"a": 1, "couple of": 2, "few": 3}
_M = rf"(?P<month>{either(MONTHS)})\b\.?"
_Y = r"(?P<year>(?:19|20)\d{2})"
_D = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?"
_N = rf"(?P<n>\d{{1,3}}|{either(_NUMBERS)})"


@dataclass(frozen=True, slots=True)
class Found:
    """A period expression: the characters it takes in the text and the days it means."""

    start: int
    end: int
    window: Window
    role: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What relative words count from, and whether the question looks ahead."""

    today: date
    ahead: bool = False


def last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def shift(year: int, month: int, months: int) -> tuple[int, int]:
    """Year and month, `months` later (earlier when negative)."""
    total = year * 12 + month - 1 + months
    return total // 12, total % 12 + 1


def month_window(year: int, month: int) -> Window:
    first = date(year, month, 1)
    return Window(
        start=first, end=last_day(year, month), label=f"{first:%B %Y}", key=f"{year:04d}-{month:02d}"
    )


def quarter_window(year: int, quarter: int) -> Window:
    start = date(year, quarter * 3 - 2, 1)
    return Window(
        start=start, end=last_day(year, quarter * 3), label=f"Q{quarter} {year}", key=f"{year:04d}-Q{quarter}"
    )


def day_window(day: date) -> Window:
    return Window(start=day, end=day, label=f"{day.day} {day:%B %Y}", key=day.isoformat())


def year_window(year: int) -> Window:
    return Window(start=date(year, 1, 1), end=date(year, 12, 31), label=str(year), key=f"{year:04d}")


def span_window(start: date | None, end: date | None) -> Window:
    """An own window between two days, labelled by them."""
    said = [f"{d.day} {d:%B %Y}" if d else "" for d in (start, end)]
    if start and end:
        label = f"{said[0]} to {said[1]}"
    elif start:
        label = f"since {said[0]}"
    elif end:
        label = f"until {said[1]}"
    else:
        label = "all time"
    return Window(start=start, end=end, label=label)


def ends_of(window: Window) -> tuple[Window, ...]:
    """The first and the last month of a period of whole months, to be compared; else the period itself."""
    start, end = window.start, window.end
    if not start or not end or start.day != 1 or end != last_day(end.year, end.month):
        return (window,)
    if (start.year, start.month) == (end.year, end.month) or window.key:
        return (window,)
    return month_window(start.year, start.month), month_window(end.year, end.month)


def _year_of(month: int, frame: Frame) -> int:
    """The year of a month named alone."""
    if frame.ahead:
        return frame.today.year + (month < frame.today.month)
    return frame.today.year - (month > frame.today.month)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text]


def _month(m: re.Match[str], frame: Frame) -> Window:
    month = MONTHS[m["month"]]
    if m["which"] in ("last", "previous"):
        year = frame.today.year - (month >= frame.today.month)
    elif m["which"] == "next":
        year = frame.today.year + (month <= frame.today.month)
    else:
        year = int(m["year"]) if m["year"] else _year_of(month, frame)
    return month_window(year, month)


def _day_month(m: re.Match[str], frame: Frame) -> Window:
    month = MONTHS[m["month"]]
    return day_window(date(int(m["year"]) if m["year"] else _year_of(month, frame), month, int(m["day"])))


def _day_range(m: re.Match[str], frame: Frame) -> Window:
    month = MONTHS[m["month"]]
    year = int(m["year"]) if m["year"] else _year_of(month, frame)
    return span_window(date(year, month, int(m["day"])), date(year, month, int(m["to"])))


def _iso(m: re.Match[str], frame: Frame) -> Window:
    return day_window(date(int(m["year"]), int(m["number"]), int(m["day"])))


def _numeric(m: re.Match[str], frame: Frame) -> Window:
    month = int(m["number"])
    return day_window(date(int(m["year"]) if m["year"] else _year_of(month, frame), month, int(m["day"])))


def _iso_month(m: re.Match[str], frame: Frame) -> Window:
    return month_window(int(m["year"]), int(m["number"]))


def _quarter(m: re.Match[str], frame: Frame) -> Window:
    words = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
    said = m["q"] or m["word"]
    quarter = words.get(said) or int(said)
    year = m["year"] or m["before"]
    if year:
        return quarter_window(int(year), quarter)
    started = date(frame.today.year, quarter * 3 - 2, 1) <= frame.today
    return quarter_window(frame.today.year - (not started and not frame.ahead), quarter)


def _half(m: re.Match[str], frame: Frame) -> Window:
    half, year = int(m["half"]), int(m["year"] or frame.today.year)
    window = span_window(date(year, half * 6 - 5, 1), last_day(year, half * 6))
    return window.model_copy(update={"label": f"H{half} {year}", "key": f"{year:04d}-H{half}"})


def _week(m: re.Match[str], frame: Frame) -> Window:
    year = int(m["year"] or m["before"] or frame.today.year)
    monday = date.fromisocalendar(year, int(m["week"]), 1)
    window = span_window(monday, monday + timedelta(days=6))
    return window.model_copy(
        update={"label": f"week {m['week']} of {year}", "key": f"{year:04d}-W{m['week']:0>2}"}
    )


def _unit_window(unit: str, steps: int, today: date) -> Window:
    """The calendar week, month, quarter or year `steps` from the present one."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=steps)
        year, week, _ = monday.isocalendar()
        window = span_window(monday, monday + timedelta(days=6))
        return window.model_copy(update={"key": f"{year:04d}-W{week:02d}"})
    if unit == "month":
        return month_window(*shift(today.year, today.month, steps))
    if unit == "quarter":
        year, month = shift(today.year, today.month, steps * 3)
        return quarter_window(year, (month + 2) // 3)
    return year_window(today.year + steps)


def _relative(m: re.Match[str], frame: Frame) -> Window:
    """this/last/next week, month, quarter, year, counted in calendar units."""
    steps = {"this": 0, "current": 0, "the current": 0, "next": 1, "coming": 1, "following": 1}.get(
        m["which"], -1
    )
    if m["which"].endswith("before last"):
        steps = -2
    return _unit_window(m["unit"], steps, frame.today)


def _counted(m: re.Match[str], frame: Frame) -> Window:
    """The last or next N days, weeks, months, counted in days from today (months: whole ones back)."""
    n, unit, today = _number(m["n"]), m["unit"], frame.today
    forward = m["which"] in ("next", "coming", "following", "within", "in")
    if unit == "month" and not forward and m["which"] in ("last", "past", "previous"):
        start = date(*shift(today.year, today.month, -n), 1)
        return span_window(start, today)
    if unit in ("month", "quarter", "year"):
        months = n * {"month": 1, "quarter": 3, "year": 12}[unit]
        year, month = shift(today.year, today.month, months if forward else -months)
        other = date(year, month, min(today.day, last_day(year, month).day))
    else:
        days = timedelta(days=n * (7 if unit == "week" else 1))
        other = today + days if forward else today - days
    return span_window(min(today, other), max(today, other))


def _named_day(m: re.Match[str], frame: Frame) -> Window:
    steps = {"day before yesterday": -2, "yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
    return day_window(frame.today + timedelta(days=steps[m["name"]]))


def _weekday(m: re.Match[str], frame: Frame) -> Window:
    gap = (frame.today.weekday() - WEEKDAYS.index(m["name"])) % 7
    if m["which"] in ("next", "this", "coming") or (not m["which"] and frame.ahead):
        return day_window(frame.today + timedelta(days=(-gap) % 7 or 7))
    return day_window(frame.today - timedelta(days=gap or 7))


def _to_date(m: re.Match[str], frame: Frame) -> Window:
    unit = {"ytd": "year", "mtd": "month", "qtd": "quarter"}.get(m[0]) or m["unit"]
    return span_window(_unit_window(unit, 0, frame.today).start, frame.today)


def _edge(m: re.Match[str], frame: Frame) -> Window:
    """ "beginning/start/end of <month>" as a day, of this month or year when no month is named."""
    if m["month"]:
        month = MONTHS[m["month"]]
        window = month_window(int(m["year"]) if m["year"] else _year_of(month, frame), month)
    else:
        steps = 1 if m["which"] == "next" else -1 if m["which"] in ("last", "previous") else 0
        window = _unit_window(m["unit"], steps, frame.today)
    day = window.end if m["edge"] == "end" else window.start
    return day_window(day) if day else window


def _all_time(m: re.Match[str], frame: Frame) -> Window:
    return span_window(None, frame.today)


def _plain_year(m: re.Match[str], frame: Frame) -> Window:
    return year_window(int(m["year"]))


Builder = Callable[[re.Match[str], Frame], Window]
_COUNTED = r"(?P<which>last|past|previous|next|coming|following|within|in)\s+(?:the\s+)?(?:next\s+)?"
_ORDINAL = "first|second|third|fourth|1st|2nd|3rd|4th"
_UNITS = r"(?P<unit>day|week|month|quarter|year)s?"
_RULES: tuple[tuple[re.Pattern[str], Builder], ...] = tuple(
    (re.compile(pattern), builder)
    for pattern, builder in (
        (rf"\b{_Y}-(?P<number>[01]?\d)-(?P<day>[0-3]?\d)\b", _iso),
        (rf"\b(?P<day>[0-3]?\d)[./](?P<number>[01]?\d)[./]{_Y}\b", _numeric),
        (
            rf"\b{_D}\s*(?:-|to|until)\s*(?P<to>[0-3]?\d)(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_M}(?:,?\s+{_Y})?",
            _day_range,
        ),
        (
            rf"\b(?:the\s+)?(?P<edge>beginning|start|end)\s+of\s+(?:the\s+)?(?:{_M}(?:\s+{_Y})?|"
            rf"(?P<which>this|last|previous|next)?\s*(?P<unit>week|month|quarter|year))\b",
            _edge,
        ),
        (rf"\b{_D}\s+(?:of\s+)?{_M}(?:,?\s+{_Y})?(?!\w)", _day_month),
        (rf"\b{_M}\s+(?:the\s+)?(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?:,?\s+{_Y})?(?![\w:%.]|\s*%)", _day_month),
        (rf"\b{_Y}[-/\s]?q(?P<q>[1-4])(?P<word>)\b(?P<before>)", _quarter),
        (rf"\bq(?P<q>[1-4])(?P<word>)(?:[-/\s]+(?:of\s+)?{_Y})?\b(?P<before>)", _quarter),
        (
            rf"\b(?P<q>)(?P<word>{_ORDINAL}) quarter(?:\s+(?:of\s+)?{_Y})?\b(?P<before>)",
            _quarter,
        ),
        (rf"\bh(?P<half>[12])(?:[-/\s]+{_Y})?\b", _half),
        (r"\b(?P<before>(?:19|20)\d\d)-?w(?P<week>[0-5]?\d)\b(?P<year>)", _week),
        (rf"\b(?:calendar )?(?:week|kw)\s+(?P<week>[0-5]?\d)(?:\s+(?:of\s+)?{_Y})?\b(?P<before>)", _week),
        (rf"\b{_Y}-(?P<number>0[1-9]|1[0-2])\b(?!-)", _iso_month),
        (r"\b(?P<number>0?[1-9]|1[0-2])/(?P<year>20\d\d)\b", _iso_month),
        (rf"(?:\b(?P<which>last|previous|next|this)\s+)?\b{_M}(?:,?\s+{_Y})?(?!\w)", _month),
        (r"\b(?P<unit>week|month|quarter|year)[- ]to[- ]date\b|\b(?:ytd|mtd|qtd)\b", _to_date),
        (rf"\b{_COUNTED}{_N}\s+{_UNITS}\b", _counted),
        (rf"\b{_N}\s+{_UNITS}\s+(?P<which>ago|back)\b", _counted),
        (
            r"\b(?P<which>this|the current|current|last|past|previous|next|coming|following)\s+"
            r"(?:calendar\s+|full\s+|whole\s+)?(?P<unit>week|month|quarter|year)\b",
            _relative,
        ),
        (r"\bthe (?P<unit>week|month|quarter|year) (?P<which>before last)\b", _relative),
        (r"\b(?P<name>day before yesterday|yesterday|today|tonight|tomorrow)\b", _named_day),
        (rf"\b(?:(?P<which>last|next|this|coming|on)\s+)?(?P<name>{either(WEEKDAYS)})\b", _weekday),
        (r"\b(?:ever|all time|of all times?|since the beginning|from the (?:start|beginning))\b", _all_time),
        (rf"(?<![-\w/.]){_Y}(?![-\w/]|\.\d|,\d)", _plain_year),
    )
)  # fmt: skip
_AMBIGUOUS_MONTHS = frozenset({"may", "march", "mar", "jan"})
_BEFORE_MONTH = re.compile(
    r"(?:^|\b(?:in|for|of|since|from|last|next|this|during|until|till|to|by|and|or|between|before|after|through|"
    r"about|vs|versus|\d{1,2}(?:st|nd|rd|th)?)\s+)$"
)


def _atoms(text: str, frame: Frame) -> list[Found]:
    low = text.lower()
    taken = [False] * len(low)
    found: list[Found] = []
    for pattern, build in _RULES:
        for m in pattern.finditer(low):
            start, end = m.start(), m.end()
            if start == end or any(taken[start:end]) or _not_a_month(m, text):
                continue
            if m.groupdict().get("which") in ("within", "in") and not frame.ahead:
                continue  # "paid within 30 days" is a term, not a period
            taken[start:end] = [True] * (end - start)
            try:
                found.append(Found(start, end, build(m, frame), "range" if build is _day_range else ""))
            except ValueError:
                found.append(Found(start, end, span_window(None, frame.today), "invalid"))
    return sorted(found, key=lambda f: f.start)


def _not_a_month(m: re.Match[str], text: str) -> bool:
    """ "may" and "march" are months only where the sentence makes them one."""
    groups = m.groupdict()
    word = groups.get("month")
    if (
        not word
        or word not in _AMBIGUOUS_MONTHS
        or groups.get("day")
        or groups.get("year")
        or groups.get("which")
    ):
        return False
    if groups.get("edge"):
        return False
    at = m.start("month")
    return not (text[at].isupper() and at > 0) and not (at > 0 and _BEFORE_MONTH.search(text[:at].lower()))


_LEAD = (
    ("as_of", re.compile(r"\b(?:as of|as at|as on|seen from|judged (?:on|at))\s+(?:the\s+)?$")),
    ("since", re.compile(r"\b(?:since|starting|beginning|from|as from|after)\s+(?:the\s+)?$")),
    ("until", re.compile(r"\b(?:until|till|up to|through|before|by)\s+(?:the\s+)?$")),
    ("between", re.compile(r"\bbetween\s+(?:the\s+)?$")),
    ("for", re.compile(r"\b(?:for|covering)\s+(?:the\s+)?(?:month of\s+|period\s+)?$")),
)  # fmt: skip
_JOIN = re.compile(r"^\s*(?:-|to|until|till|through|up to|and)\s*(?:the\s+)?(?:end of\s+)?$")


def periods(text: str, frame: Frame) -> list[Found]:
    """Every period expression of `text` in order, ranges joined.

    `role` is "as_of" (an instant to judge), "for" (what a report covers), "invalid" (no such day) or "".
    """
    return list(_joined(_atoms(text, frame), text, frame))


def _joined(atoms: list[Found], text: str, frame: Frame) -> Iterator[Found]:
    low = text.lower()
    index = 0
    while index < len(atoms):
        atom = atoms[index]
        lead, at = _lead(low, atom.start)
        if atom.role:
            yield replace(atom, start=at, role=atom.role.replace("range", ""))
            index += 1
            continue
        following = atoms[index + 1] if index + 1 < len(atoms) else None
        if following and lead in ("since", "between", "") and _joins(lead, low[atom.end : following.start]):
            yield Found(at, following.end, _hull(atom.window, following.window))
            index += 2
            continue
        yield replace(_led(atom, lead, frame), start=at)
        index += 1


def _lead(low: str, at: int) -> tuple[str, int]:
    for name, pattern in _LEAD:
        m = pattern.search(low[:at])
        if m:
            return name, m.start()
    return "", at


def _joins(lead: str, between: str) -> bool:
    m = _JOIN.match(between)
    return bool(m) and (lead == "between" or "and" not in between.split())


def _hull(first: Window, last: Window) -> Window:
    start, end = first.start, last.end
    if start and end and start > end:
        start = start.replace(year=start.year - 1) if (start.month, start.day) != (2, 29) else start
        if start > end:
            start, end = last.start, first.end
    return span_window(start, end)


def _led(atom: Found, lead: str, frame: Frame) -> Found:
    window = atom.window
    if lead == "since":
        end = None if window.start and window.start > frame.today else frame.today
        return replace(atom, window=span_window(window.start, end))
    if lead == "until":
        start = frame.today if window.end and window.end >= frame.today else None
        return replace(atom, window=span_window(start, window.end))
    return replace(atom, role=lead if lead in ("as_of", "for") else "")
