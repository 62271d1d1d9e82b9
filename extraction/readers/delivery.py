"""delivery: ship, deliver, install or finish by a time, as a length from an event or as a printed day."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction.clauses import (
    MODAL,
    addresses_reader,
    clause_at,
    is_example,
    is_failure,
    is_negated,
    is_recital,
    open_condition,
)
from extraction.context import Context
from extraction.dates import dates
from extraction.deliveries import COVER, Supply, supplied
from extraction.delivery_limits import Limit, limits
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import durations
from extraction.sentences import Sentence, span_of
from extraction.tables import Grid
from extraction.timetables import Entry, timetable_entries
from obligations.terms import DeliveryTime

KIND = "delivery"
_TIMED = ("day", "week", "month", "hour", "year", "date", "19", "20", "[", "**", "__")
_MAY = re.compile(
    r"\b(?:in no event|may|can|could|might|is entitled to|are entitled to|has the right|have the right"
    r"|reserves? the right|right to|option to"
    r"|not (?:be )?(?:required|obligated|obliged)|elects? to|permitted to|in order to|used to|failure"
    r"|unless)\b[^,;]{0,60}$",
    re.IGNORECASE,
)
_NEVER = re.compile(r"\bin no event (?:shall|will|may)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\barbitrat|\bmediat(?:or|ion)|\bsecurity ?holders\b|\bproxy\b|\bregistration statement|\bprospectus"
    r"|\bschedule 13|\bbankruptcy|"
    r"\bforce majeure|\bdestroy|\bclosing (?:date|time)|\bthe closing\b|\bannual meeting|\bboard of "
    r"directors|\bunderwrit|\bdeath of\b"
    r"|\bconfidential information|\bpersonally delivered|\bcertified mail|\bdeemed\b|\btax(?:es)?\b"
    r"|\bshares\b|\bwarrants\b|\bexpects? that|\bdeath\b|\badverse events?\b|\bcomplaints?\b|\baudit",
    re.IGNORECASE,
)
_HELD = re.compile(r"\binsur(?:ance|ed|ers?|ing)\b(?! costs?\b)", re.IGNORECASE)
"""Insurance that has to be held; "to insure inclusion" is none."""
Starts = Literal["order", "call_off", "effective_date", "notice", "event", "delivery"]
_STARTS: tuple[tuple[Starts, re.Pattern[str]], ...] = (
    ("call_off", re.compile(r"\bcall-?offs?\b", re.IGNORECASE)),
    (
        "effective_date",
        re.compile(
            r"\b(?:effective date|date hereof|date of (?:execution|signing|signature"
            r"|th(?:is|e) (?:agreement|contract))"
            r"|execution|signature|signing"
            r"|commencement date|date hereof)\b",
            re.IGNORECASE,
        ),
    ),
    ("order", re.compile(r"\b(?:purchase )?orders?(?:ed)?\b", re.IGNORECASE)),
    ("notice", re.compile(r"\b(?:notice|notification|request|demand)\b", re.IGNORECASE)),
    ("delivery", re.compile(r"\b(?:delivery|shipment|arrival|delivered)\b", re.IGNORECASE)),
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every promise to deliver or finish by a time; one whose time is blacked out is Unread."""
    for grid in context.grids:
        yield from _table(context, grid)
    entries = list(timetable_entries(context))
    yield from (_due(context, entry) for entry in entries)
    for sentence in context.prose():
        text, lower = sentence.text, sentence.lower
        if not any(word in lower for word in _TIMED):
            continue
        found = list(limits(context, sentence))
        if not found or is_recital(text) or is_example(text) or addresses_reader(text):
            continue
        if _ELSEWHERE.search(text) or ("insur" in lower and _HELD.search(text) and not COVER.search(text)):
            continue
        taken: set[tuple[int, int]] = set()
        for limit in found:
            place = sentence.flat.at(limit.place.start)
            if any(entry.start <= place < entry.end for entry in entries):
                continue
            act = _promised(sentence, limit)
            if act is None or (act.at, limit.place.start) in taken:
                continue
            taken.add((act.at, limit.place.start))
            if limit.length is None and limit.day is None:
                if act.firm or act.voice == "active":
                    yield Unread(
                        kind=KIND,
                        span=context.span(sentence),
                        why=f"the time {limit.place.text!r} is left open",
                    )
                continue
            yield _draft(context, sentence, limit, act)


_DATE_HEAD = re.compile(
    r"\b(?:deliver\w*|commission\w*|install\w*|complet\w*|finish\w*|ship\w*|launch\w*|go-?live|ready"
    r"|roll-?out|hand-?over"
    r"|lead[- ]?time|target date)\b",
    re.IGNORECASE,
)
_MONEY_HEAD = re.compile(r"\b(?:pay\w*|amount|fee|price|instal\w*ment|invoice)\b", re.IGNORECASE)


def _table(context: Context, grid: Grid) -> Iterator[Draft]:
    """Rows that say what is delivered or finished by when, under a head that says so."""
    if any(_MONEY_HEAD.search(title) for title in grid.head):
        return
    for column, title in enumerate(grid.head):
        if not _DATE_HEAD.search(title):
            continue
        for row in grid.rows:
            cell = row.cell(column)
            days = dates(cell.text, month_first=context.month_first) if cell else ()
            lengths = [d for d in durations(cell.text) if d.unit != "minute"] if cell else []
            if cell is None or not (days or lengths) or len(cell.text) > 60:
                continue
            name = next((c.text for c in row.cells if c.text and c is not cell), "")
            terms = DeliveryTime(
                item=name[:60] or None,
                due_on=days[0].day if days else None,
                within=None if days else lengths[0].duration,
                clock=None if days else "business" if lengths[0].business else "calendar",
            )
            sketch = from_row(context, grid, row, terms, certain=True)
            sketch.key, sketch.debtor = name[:60].lower(), context.roles.provider
            yield sketch.draft(context)
        return


def _due(context: Context, entry: Entry) -> Draft | Unread:
    """A row of a timetable in running text."""
    time = entry.time
    if time.day is None and time.length is None:
        place = span_of(context.document, entry.start, entry.end)
        return Unread(kind=KIND, span=place, why="the time of a row in a timetable is left open")
    terms = DeliveryTime(
        item=entry.item[:60] or None,
        due_on=time.day,
        within=time.length.duration if time.length else None,
        starts=_starts(time.after, before=False) if time.length else None,
        clock=("business" if time.length.business else "calendar") if time.length else None,
    )
    span = span_of(context.document, entry.start, entry.end)
    sketch = Sketch(terms, span, key=entry.item[:60].lower(), features=["table"])
    sketch.debtor = context.roles.provider
    return sketch.draft(context)


def _promised(sentence: Sentence, limit: Limit) -> Supply | None:
    """The act that somebody has to do by the limit."""
    text = sentence.text
    act = supplied(sentence, limit)
    if act is None:
        return None
    at = min(act.at, limit.place.start)
    clause = clause_at(text, act.at)
    if (
        _MAY.search(text[clause.start : act.at])
        or _NEVER.search(text[clause.start : act.at])
        or (not limit.leads and is_failure(text, limit.place.start))
        or is_failure(text, act.at)
    ):
        return None
    if _conditional(text, act.at) or is_negated(text, max(clause.start, act.at - 60), act.at):
        return None
    if limit.length is not None and limit.length.unit == "hour" and not act.firm:
        return None
    return act if _binding(sentence, act, at, clause.start) else None


_SENT = ("provides", "delivers", "ships", "supplies", "furnishes", "submits", "sends")


_SHALL_IF = re.compile(r"\b(?:shall|will|must|agrees? to),?\s$", re.IGNORECASE)
"""Before a condition set into the promise: "shall, upon request, deliver"."""


def _conditional(text: str, at: int) -> bool:
    """In an "if …" clause; "…, where the Seller shall ship by …" only adds to what it hangs on."""
    opened = open_condition(text, at)
    if opened is None:
        return False
    if _SHALL_IF.search(text, max(0, opened - 20), opened):
        return False
    added = text.startswith("where", opened) and text[:opened].rstrip().endswith(",")
    proviso = text.startswith("provided that", opened) and text.startswith(_SENT, at)
    return not (added and MODAL.search(text, opened, at)) and not proviso


_SCHEDULED = re.compile(r"\b(?:is|are) scheduled to be\s$", re.IGNORECASE)
_PRESENT = re.compile(r"\b(?:is|are)\s(?:\w+\s)?$", re.IGNORECASE)


def _binding(sentence: Sentence, act: Supply, at: int, start: int) -> bool:
    """A modal verb before the act (or in the list's lead), the present tense, or a noun that is a term."""
    text = sentence.text
    before = text[start : act.at]
    if MODAL.search(text, start, act.end) or act.voice == "noun" or _SCHEDULED.search(before):
        return True
    if act.voice == "passive" and _PRESENT.search(before):
        return act.firm
    if sentence.lead is not None and MODAL.search(sentence.lead.text[-200:]) and act.at - sentence.body < 40:
        return True
    if start > 0 and MODAL.search(text, 0, start) and act.at - start < 40:
        return True
    if act.firm and re.search(r"\b[Ww]e\s(?:\w+ly\s)?$", before):
        return True
    word = text[act.at : act.end].lower()
    if word.startswith(("arrive", "leave")):
        return True
    return (
        (act.firm or "provided that" in text[start : act.at].lower())
        and word.split()[0].endswith("s")
        and re.search(r"[A-Z]\w+\s(?:\w+ly\s)?$", before) is not None
    )


def _draft(context: Context, sentence: Sentence, limit: Limit, act: Supply) -> Draft:
    text = sentence.text
    after = text[limit.place.end : limit.place.end + 120]
    starts = None if limit.length is None else _starts(after, before=limit.before)
    item = _item(text, act)
    terms = DeliveryTime(
        item=item,
        within=limit.length.duration if limit.length else None,
        due_on=limit.day,
        starts=starts,
        clock=("business" if limit.length.business else "calendar") if limit.length else None,
    )
    sketch = from_sentence(context, sentence, terms, limit.place)
    sketch.key = (item or "").lower()
    sketch.debtor = _debtor(context, sentence, act) or context.roles.provider
    if not act.firm or limit.before:
        sketch.features.append("ambiguous")
    return sketch.draft(context)


_AND_SHALL = re.compile(r"\b(?:and|or) (?:shall|will|must)\s(?:\w+\s)?$", re.IGNORECASE)


def _debtor(context: Context, sentence: Sentence, act: Supply) -> str:
    """Who delivers: the subject, which "and shall ship" shares with the verb before; else the by-phrase."""
    text, roles = sentence.text, context.roles
    if act.voice != "active":
        by = re.compile(r"\bby (?:the )?", re.IGNORECASE).search(text, act.end, min(len(text), act.end + 120))
        named = roles.mentions(text, by.end(), by.end() + 40) if by else []
        return named[0][1] if by and named and named[0][0] == by.end() else ""
    if _AND_SHALL.search(text[max(0, act.at - 40) : act.at]):
        first = MODAL.search(text, clause_at(text, act.at).start, act.at)
        return roles.subject(sentence, first.end()) if first else ""
    return roles.subject(sentence, act.at)


def _starts(after: str, *, before: bool) -> Starts | None:
    anchored = re.match(
        r"\W{0,3}(?:\([^()]{0,40}\)\s)?(?:after|from|following|of|as of|upon|since|starting|beginning"
        r"|counted|calculated)\b(?P<words>[^,;]{0,80})",
        after,
        re.IGNORECASE,
    )
    if anchored is None or before:
        return None
    places = [
        (m.start(), order, name)
        for order, (name, p) in enumerate(_STARTS)
        if (m := p.search(anchored["words"]))
    ]
    return min(places)[2] if places else "event"


_OBJECT = re.compile(
    r"\s(?:to [^,;]{2,30}? |(?:(?:the )?[A-Z][\w.&]*(?: [A-Z][\w.&]*){0,2} )?with )?(?:(?:the|each|all|any"
    r"|its|such|a|an|every|one|two|\(\d+\)|first|initial|final)\s)*"
    r"(?P<item>[\w'-]+(?: (?!to\b|for\b|in\b|on\b|at\b|by\b|within\b|no\b|not\b|and\b|or\b|under\b|from\b"
    r"|with\b|that\b|which\b)[\w'-]+){0,3})"
)
_SUBJECT = re.compile(
    r"(?:(?:the|each|all|any|its|such|a|an|every|ordered)\s)*(?P<item>[A-Za-z][\w'-]*(?: [\w'-]+){0,3}?)\s"
    r"(?:(?:ordered|described|sold|held)\b[^,;]{0,60}\s)?(?:shall|will|must|is|are)\s(?:\w+\s){0,3}$",
    re.IGNORECASE,
)


_NO_ITEM = re.compile(
    r"(?:it|them|they|us|you|which|that|to|the|within|by|no|not|or|and|of|on|for|in|up|above|at|therein"
    r"|other|\w+ing)\b",
    re.IGNORECASE,
)


def _item(text: str, act: Supply) -> str | None:
    """What is delivered: the object of the verb, or the subject of a passive one."""
    if act.voice == "active":
        found = _OBJECT.match(text, act.end)
    elif act.voice == "passive":
        found = _SUBJECT.search(text[max(0, act.at - 110) : act.at])
    else:
        return None
    if found is None:
        return None
    words = found["item"].strip()
    return None if _NO_ITEM.match(words) else words[:60]
