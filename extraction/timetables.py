"""Timetables printed as running text: what has to be done, and by when, row after row under a head.

A filing loses the lines of its tables, so that "Milestone / Target Date" is followed by "first casting Q3
2027 second casting Q1 2028". The head says that what follows is due by the times; each time ends its row, or
begins it where the first one stands right under the head.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from extraction.context import Context
from extraction.dates import dates, period_ends
from extraction.flat import Flat, flatten, plain
from extraction.quantities import REDACTED, DurationMention, durations
from extraction.redacted import has_gap

_WORDS = (
    "target", "targeted", "launch", "delivery", "completion", "complete", "completed", "ship", "shipping",
    "shipment", "install", "installation", "opening", "go-live", "roll-out", "rollout", "commissioning",
    "estimated", "expected", "anticipated", "scheduled", "planned", "projected", "finish", "implementation",
    "availability", "ready", "deliverable", "deliverables", "milestone", "milestones", "in-service",
)  # fmt: skip
_DONE = "|".join(form for word in _WORDS for form in (word.capitalize(), word.upper()))
_PLAN = "|".join(
    form
    for word in ("milestone", "delivery", "project", "implementation", "development", "rollout", "roll-out",
                 "launch", "installation", "production", "shipping")
    for form in (word.capitalize(), word.upper())
)  # fmt: skip
_HEAD = re.compile(
    rf"(?:{_DONE})\s+(?:[A-Z][\w-]*\s+){{0,3}}(?:by\s+|for\s+)?"
    r"(?:[DT]ates?|DATES?|Times?|TIMES?|Deadlines?|DEADLINES?|Quarters?|QUARTERS?|Timing|TIMING|When|WHEN)\b"
    rf"|(?:Dates?|DATES?|Time|TIME|Deadline|DEADLINE)\s+(?i:of|for|to)\s+(?i:{_DONE}|achieve)\b"
    rf"|(?:TIMETABLE|Timetable|TIMELINE|Timeline|(?:{_PLAN})\s+(?:SCHEDULE|Schedule|PLAN|Plan))\b"
    r"(?!\s+(?:(?!for\s+(?:the\s+)?[A-Z])[a-z]|\())"
)
"""Words that stand over a column of times; written out in both cases, which is quick to look for."""
_LAST = re.compile(
    r"Date|DATE|Tim[ei]|TIM[EI]|Deadline|DEADLINE|Quarter|QUARTER|When|WHEN|Schedul|SCHEDUL|Plan\b|PLAN\b"
)
"""The word a head ends on; only there the whole pattern is tried."""
_HINT = re.compile(
    r"(?:19|20)\d\d\b|\d/\d|\*{3}|\[\s?\*|\bQ[1-4]\b|\d\)? ?(?:days|weeks|months)|(?:month|week|day) \d",
    re.IGNORECASE,
)
_FIRST_LOOK, _REACH = 700, 9000
_TO_FIRST, _TO_NEXT = 320, 260
_NO_ROW = re.compile(
    r"\b(?:shall|hereby|hereto|hereof|hereunder|herein|thereof|pursuant|whereas|means|witness|wherefore"
    r"|agreements?|sections?|expir\w+|patents?|fil(?:ed|ing)|signature|by and between|dated as of"
    r"|you|your|we|our|will|must|may(?! \d)|agrees?|source|in the event|payable|royalt\w+"
    r"|instal\w*ments?|invoices?|fees?)\b",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?:time (?:to|for)|target|deadline)\b", re.IGNORECASE)
_MONEY_HEAD = re.compile(r"\b(?:payments?|amounts?|fees?|prices?|instal\w*ments?|invoices?)\b", re.IGNORECASE)
_AIMED = re.compile(r"target|completion|delivery date|launch|ship|install|go-?live", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(?P<unit>month|week|day|year)\s(?:\d{1,3}\s?(?:-|to)\s?)?(?P<count>\d{1,3})\b(?!\s?(?:days|weeks"
    r"|months|%))"
    r"|(?<![\w$.,])T\s?\+\s?(?P<plus>\d{1,3})\s(?P<plus_unit>days?|weeks?|months?)\b",
    re.IGNORECASE,
)
_BLACKED = re.compile(
    rf"(?<![$€£])(?<![$€£]\s){REDACTED}(?!\s?(?:%|percent|units|per\b|million|thousand|/|days|x\b))",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\s?(?:\(\w+\)\s?)?(?:after|from|following|of)\s(?:the\s)?(?:(?:[A-Z][\w-]*\s){0,3}?(?:Date|Order"
    r"|Agreement|Contract)\b|\w+)"
)
_LEFT_OF_HEAD = re.compile(
    r"\s?(?:(?:payments?|amounts?|status|comments?|responsib\w+|owner|party|description|dates?|price|fee"
    r"|target"
    r"|milestones?|tasks?|activit(?:y|ies)|deliverables?|phase|events?|due)\s)+(?=[A-Z\d(\[])",
    re.IGNORECASE,
)
_LEFT_OF_ROW = re.compile(
    r"[\s.;,)\]]*(?:(?:US|CA|U\.S\.)?\s?\$\s?[\d,.]+(?:\s(?:thousand|million))?|[€£]\s?[\d,.]+)?[\s.;,]*"
)


@dataclass(frozen=True)
class Time:
    """When something is due, at `start..end` of a flat text: on a day, or so long after something.

    Neither where it is blacked out.
    """

    start: int
    end: int
    day: date | None = None
    length: DurationMention | None = None
    after: str = ""


@dataclass(frozen=True)
class Entry:
    """One row: what is due (`item`), when, and the document range of both."""

    item: str
    time: Time
    start: int
    end: int


_STEP = re.compile(
    r"\b(?P<unit>Week|Month|Day|WEEK|MONTH|DAY)\s(?:#\s?)?(?P<count>\d{1,3})\s?(?:-{1,2}>|[→:–—|]"
    r"|-(?!\s?\d))\s?"
)
_STEP_REACH = 260


def _steps(text: str) -> Iterator[Entry]:
    """ "Week 1 -> sketches Week 3 -> first build": a plan that counts its weeks needs no head."""
    run: list[re.Match[str]] = []
    for step in (*_STEP.finditer(text), None):
        goes_on = (
            step is not None
            and run
            and run[-1]["unit"] == step["unit"]
            and int(run[-1]["count"]) < int(step["count"])
            and step.start() - run[-1].end() < _STEP_REACH
        )
        if not goes_on:
            if len(run) >= 4:
                yield from _of_steps(text, run)
            run = []
        if step is not None:
            run.append(step)


def _of_steps(text: str, run: Sequence[re.Match[str]]) -> Iterator[Entry]:
    for number, step in enumerate(run):
        line = text.find("\n", step.end())
        end = min(
            run[number + 1].start() if number + 1 < len(run) else len(text),
            line if line > step.end() else len(text),
            step.end() + _STEP_REACH,
        )
        if number + 1 == len(run) and (stop := re.search(r"\.\s", text[step.end() : end])):
            end = step.end() + stop.start()
        item = " ".join(text[step.end() : end].split())
        length = next(iter(durations(f"{step['count']} {step['unit'].lower()}s")), None)
        if length is not None and re.search(r"[A-Za-z]{3}", item):
            yield Entry(item, Time(step.start(), step.end(), length=length), step.start(), end)


def timetable_entries(context: Context) -> Iterator[Entry]:
    """Every row of every timetable of the document, each once."""
    text = plain(context.document.text)
    counted = list(_steps(text))
    yield from counted
    for entry in _headed(context, text):
        if not any(entry.start < step.end and step.start < entry.end for step in counted):
            yield entry


def _headed(context: Context, text: str) -> Iterator[Entry]:
    """Rows of timetables under a head."""
    done = 0
    for head in _heads(text):
        first = min(len(text), head.end() + _FIRST_LOOK)
        if head.start() < done or not _HINT.search(text, head.end(), first):
            continue
        for end in (first, min(len(text), head.end() + _REACH)):
            flat = flatten(text, head.end(), end)
            times = _times(flat.text, month_first=context.month_first)
            rows = _keyed(text, head, flat, times) or _rows(flat, head.group(), times)
            if len(rows) < 2 and has_gap(flat.text):
                rows = _redacted_rows(flat, head.group()) or rows
            if len(rows) < 2:
                break
        yield from rows if len(rows) > 1 or (rows and rows[0].start == head.start()) else ()
        done = rows[-1].end if rows else done


def _heads(text: str) -> Iterator[re.Match[str]]:
    """Every head, in order, each once."""
    done = 0
    for last in _LAST.finditer(text):
        if last.start() < done:
            continue
        head = _HEAD.search(text, max(done, last.start() - 60), min(len(text), last.end() + 30))
        if head is not None:
            done = head.end()
            yield head


def _keyed(text: str, head: re.Match[str], flat: Flat, times: Sequence[Time]) -> list[Entry]:
    """ "Time to achieve: Month 12" under a name of its own: one row."""
    if not times or times[0].start > 3 or not _KEY.match(head.group()) or ":" not in text[head.end() :][:3]:
        return []
    lines = [line.strip() for line in text[max(0, head.start() - 200) : head.start()].splitlines()]
    named = next((line for line in reversed(lines) if re.search(r"[A-Za-z]{3}", line)), "")
    return [Entry(named, times[0], head.start(), flat.span(0, times[0].end)[1])]


def _redacted_rows(flat: Flat, head: str) -> list[Entry]:
    """Rows under a head of a date where the dates are blacked out: short numbered rows, each on its line."""
    if not _OF_DATE.search(head) or _MONEY_HEAD.search(head):
        return []
    gaps = [Time(gap.start(), gap.end()) for gap in _BLACKED.finditer(flat.text)]
    rows = _rows(flat, head, gaps)
    kept: list[Entry] = []
    for row in rows:
        if not _ROW_BEGINS.match(row.item) or _ROW_NEVER.search(row.item):
            break
        kept.append(row)
    numbered = sum(1 for row in kept if row.item[:1].isdigit() or _NUMBER_IN_ROW.search(row.item))
    return kept if numbered >= max(3, len(kept) // 2) else []


_OF_DATE = re.compile(r"(?:date|deadline|time|when)\W*$", re.IGNORECASE)
_ROW_BEGINS = re.compile(r"[A-Z\d(]")
_ROW_NEVER = re.compile(r"[$€£%]|\banniversary\b|\b(?:up|equal|pursuant) to\b", re.IGNORECASE)
_NUMBER_IN_ROW = re.compile(r"\b\d{1,2}\.? [A-Z]")


def _times(text: str, *, month_first: bool) -> list[Time]:
    """All times of a stretch of text in order; of two that overlap the first."""
    found = [Time(d.start, d.end, day=d.day) for d in dates(text, month_first=month_first)]
    found += [Time(d.start, d.end, day=d.day) for d in period_ends(text)]
    found += [
        Time(d.start, match.end(), length=d, after=match.group())
        for d in durations(text)
        if d.unit not in ("minute", "second") and (match := _FROM.match(text, d.end))
    ]
    for match in _COUNTED.finditer(text):
        said = f"{match['count'] or match['plus']} {match['unit'] or match['plus_unit']}s"
        length = next(iter(durations(said.replace("ss", "s"))), None)
        if length is not None:
            found.append(Time(match.start(), match.end(), length=length))
    kept: list[Time] = []
    for time in sorted(found, key=lambda t: (t.start, -t.end)):
        if not kept or time.start >= kept[-1].end:
            kept.append(time)
    return kept


def _rows(flat: Flat, head: str, times: Sequence[Time]) -> list[Entry]:
    """The rows that follow a head; none where prose, payments or a calendar of periods follows."""
    text = flat.text
    if not times or times[0].start > _TO_FIRST:
        return []
    if _MONEY_HEAD.search(head + text[:30]) and not _AIMED.search(head):
        return []
    leads = times[0].start < 4
    rows: list[Entry] = []
    for number, time in enumerate(times):
        later = times[number + 1].start if number + 1 < len(times) else min(len(text), time.end + 120)
        begin, end = (time.end, later) if leads else (times[number - 1].end if number else 0, time.start)
        item = _item(text, begin, end, first=not number)
        if item is None:
            break
        start, stop = (time.start, item[1]) if leads else (item[0], time.end)
        first, last = flat.span(start, stop)
        rows.append(Entry(text[item[0] : item[1]].strip(" .;,:-|"), time, first, last))
    return rows


def _item(text: str, begin: int, end: int, *, first: bool) -> tuple[int, int] | None:
    """Where the words stand that say what is due; None where they are no row of a table."""
    if end - begin > (_TO_FIRST if first else _TO_NEXT):
        return None
    if first and (left := _LEFT_OF_HEAD.match(text, begin, end)):
        begin = left.end()
    if left := _LEFT_OF_ROW.match(text, begin, end):
        begin = left.end()
    words = text[begin:end]
    if len(re.findall(r"[A-Za-z]", words)) < 3 or _NO_ROW.search(words):
        return None
    return begin, end
