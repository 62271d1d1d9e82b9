"""reporting: a report, statement, forecast or account that is sent at intervals or after an event."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from extraction.context import Context
from extraction.drafting import from_row, from_sentence
from extraction.duties import promising
from extraction.model import DefinedTerm, Draft
from extraction.patterns import search
from extraction.periods import period_mentions
from extraction.quantities import ORDINAL, DurationMention, Mention, durations, ordinal_value
from extraction.report_acts import DUTIFUL, INCIDENT, NOUN, acts, timed
from extraction.report_lists import Listed, listed_reports
from extraction.report_times import Act, Due, anchored, due_of, time_of_payment, yearly_date
from extraction.sentences import Sentence
from extraction.tables import Grid, Row
from obligations.terms import Reporting

KIND = "reporting"


def read(context: Context) -> Iterator[Draft]:
    """Every duty to report in prose, rows of tables that list reports, and lines of lists of reports."""
    for grid in context.grids:
        yield from _table(context, grid)
    listed = list(listed_reports(context.sentences))
    done = {entry.lead.index for entry in listed if entry.lead is not None}
    for sentence in promising(context):
        if sentence.form == "row" or sentence.index in done:
            continue
        drafts = list(_prose(context, sentence))
        if drafts:
            done.add(sentence.index)
            yield from drafts
    for entry in listed:
        if entry.sentence.index not in done:
            yield from _listed(context, entry)


def _prose(context: Context, sentence: Sentence) -> Iterator[Draft]:
    """The reports of one sentence; those of one verb with one time are one promise."""
    text = sentence.text
    if not timed(sentence) or _DEFINES.search(text[:140]):
        return
    lead = sentence.lead.text if sentence.lead is not None else ""
    if not sentence.item and not DUTIFUL.search(text) and not DUTIFUL.search(lead):
        return
    seen: list[tuple[int, object]] = []
    for act in acts(sentence):
        due = _due(context, sentence, act)
        if not _promised(sentence, act, due) or _again(seen, act, due):
            continue
        seen.append((act.verb, (due.every, due.within, due.nth, due.day)))
        yield _draft(context, sentence, act, due)


def _due(context: Context, sentence: Sentence, act: Act) -> Due:
    """When the report is due, with what its name and the payment it comes with say of it."""
    text = sentence.text
    due = due_of(context, sentence, act)
    if due.every is None and due.limited and INCIDENT.search(act.name):
        due = replace(due, every="event")
    if yearly_date(text, act.first, act.last) and due.every is None:
        due = replace(due, every="year")
    if due.limited and _ONCE.search(text, max(0, act.start - 30), act.start + 12):
        due = replace(due, every=None)
    if act.accompanies and not due.limited and due.every in (None, "event"):
        return time_of_payment(context, sentence, act) or due
    return due


def _listed(context: Context, entry: Listed) -> Iterator[Draft]:
    due = due_of(context, entry.sentence, entry.act)
    if not due.limited and (length := anchored(context, entry.sentence)):
        due = replace(due, within=length)
    if due.every is not None or due.limited:
        draft = _draft(context, entry.sentence, entry.act, due)
        lead = (context.span(entry.lead),) if entry.lead is not None else ()
        yield draft.model_copy(update={"basis": (*draft.basis, *lead)})


_ONCE = re.compile(r"\b(?:the|an?|its|such) (?:first|initial|final) ", re.IGNORECASE)
"""A first or a last report comes once, whatever the others do."""
_DEFINES = re.compile(
    r"^\W*(?:\(?[\w.]{1,5}\)?\s)?\"[^\"]{2,60}\",?\s(?:means|shall mean|has the meaning)\b"
    r"|^\W*(?:[\w-]+ ){1,5}shall mean\b",
    re.IGNORECASE,
)


def _again(seen: list[tuple[int, object]], act: Act, due: Due) -> bool:
    """The same sending with the same time, or the same time told of a second noun, is one promise."""
    key = (due.every, due.within, due.nth, due.day)
    return any(verb == act.verb and (told == key or due.every is None) for verb, told in seen) or (
        not due.limited and any(told == key for _, told in seen)
    )


def _promised(sentence: Sentence, act: Act, due: Due) -> bool:
    """A strong noun needs some time; a loose one ("data", "a list") a period or a limit that names one."""
    if not due.stated:
        return False
    if not act.loose:
        return True
    if "insur" in sentence.lower and not re.search(r"evidence|proof", act.name, re.IGNORECASE):
        return False
    if due.every in ("day", "week", "month", "quarter", "half_year", "year"):
        return True
    if "insur" in sentence.lower or _RETURNED.search(sentence.text):
        return False
    if due.every == "event" and _OF_GOODS.search(sentence.text, act.start, act.end + 14):
        return True
    if due.every == "request" and act.start - act.verb > 70:
        return False
    if due.every == "request" and _ACCOUNTED.match(sentence.text, act.end - len(act.name.split()[-1])):
        return True
    return due.limited and bool(_PAPERS.search(act.name))


_RETURNED = re.compile(r"\b(?:return|destr\w+|eras\w+|confidential)\b", re.IGNORECASE)
_OF_GOODS = re.compile(
    r"certificates? of (?:analysis|conformance|conformity|compliance|origin)", re.IGNORECASE
)
_ACCOUNTED = re.compile(
    r"(?:lists?(?:, (?:up)?on [\w' ]{0,20}request,)?|listing|schedules?|breakdown|logs?|statistics"
    r"|figures) (?:of|for|showing|setting|by)\b"
    r"|(?:\w+ )?(?:documentation|evidence|records|details|data|documents) (?:\w+ly )?(?:substantiat"
    r"|support|show|establish"
    r"|demonstrat|detail|verify|evidenc|confirm)\w*|(?:program |activity )?logs\b|cop(?:y|ies) of (?:the "
    r"|any |all |each |its |such )?(?:\w+ ){0,2}(?:reports?"
    r"|statements?|logs?|lists?)\b",
    re.IGNORECASE,
)
"""Papers that give account of something, where "information as requested" is mere cooperation."""
_PAPERS = re.compile(
    r"documentation|certificate|list|requested|evidence|confirmation|cop(?:y|ies)"
    r"|correspondence",
    re.IGNORECASE,
)


def _draft(context: Context, sentence: Sentence, act: Act, due: Due) -> Draft:
    terms, named = _terms(context, due, act.name)
    place = Mention(act.start, act.end, sentence.text[act.start : act.end])
    sketch = from_sentence(context, sentence, terms, place, *due.places)
    sketch.key = (terms.report or "report").lower()
    subject = context.roles.subject(sentence, act.start)
    if act.received and subject:
        subject = context.roles.other(subject)
    sketch.debtor = subject or context.roles.provider
    if named is not None:
        sketch.basis.append(named.span)
    elif terms.clock == "business":
        sketch.features.append("unknown_calendar")
        sketch.notes.append("business days are not defined in this document")
    return sketch.draft(context)


def _terms(context: Context, due: Due, report: str) -> tuple[Reporting, DefinedTerm | None]:
    length = due.within
    if due.nth is not None:
        said = due.places[0].text if due.places else "Business Day"
        text = said if due.nth_business else "day"
        length = DurationMention(0, 0, text, value=Decimal(due.nth), unit="day", business=due.nth_business)
    business = bool(length and length.business)
    named = context.definitions.calendar_named(length.text) if business and length else None
    terms = Reporting(
        report=report,
        every=due.every,
        within=length.duration if length else None,
        day=due.day,
        weekday=due.weekday,
        at=due.at,
        clock=None
        if length is None or not length.duration.in_days
        else ("business" if business else "calendar"),
        calendar=named.calendar if named else None,
    )
    return terms, named


_NTH = re.compile(
    rf"\bby (?P<n>{ORDINAL})\s?(?P<business>business |working |banking )?(?:calendar )?(?:day\s?)?(?:of|in"
    rf"|after|following)\s(?:[\w-]+\s){{0,6}}?(?:month|quarter|year|week|period)s?\b",
    re.IGNORECASE,
)


def _table(context: Context, grid: Grid) -> Iterator[Draft]:
    """A table of reports: what, how often, by when."""
    titles = [title.lower() for title in grid.head]
    what = next(
        (n for n, t in enumerate(titles) if re.search(r"\breport|\bstatement|\bdeliverable|\bdocument", t)),
        None,
    )
    often = next(
        (
            n
            for n, t in enumerate(titles)
            if re.search(r"\bfrequen|\bhow often|\binterval|\bevery|\bperiod|\bcycle", t)
        ),
        None,
    )
    when = next(
        (
            n
            for n, t in enumerate(titles)
            if re.search(r"\bdue|\bdeadline|\bby when|\bdeliver(?:y|ed)|\bwithin|\btiming|\bdate", t)
        ),
        None,
    )
    if what is None or (often is None and when is None):
        return
    for row in grid.rows:
        if draft := _row(context, grid, row, (what, often, when)):
            yield draft


def _row(context: Context, grid: Grid, row: Row, columns: tuple[int, int | None, int | None]) -> Draft | None:
    what, often, when = columns
    name, interval, deadline = (row.cell(n) if n is not None else None for n in (what, often, when))
    if name is None or not search(NOUN, f"{name.text} {grid.head[what]}"):
        return None
    words = " ".join(cell.text for cell in (interval, deadline) if cell)
    every = next((m.per for m in period_mentions(words)), None)
    due = Due(every=every)
    if nth := _NTH.search("by " + (deadline.text if deadline else "")):
        number = ordinal_value(nth["n"].replace(" ", ""))
        due = (
            replace(due, nth=number, nth_business=bool(nth["business"]))
            if nth["business"] or "after" in nth.group()
            else replace(due, day=number)
        )
    elif length := next(iter(durations(deadline.text if deadline else "")), None):
        due = replace(due, within=length)
    if every is None and due == Due():
        return None
    terms, named = _terms(context, due, name.text)
    sketch = from_row(context, grid, row, terms, certain=True)
    sketch.key = name.text.lower()
    sketch.debtor = context.roles.provider
    sketch.basis += [named.span] if named else []
    return sketch.draft(context)
