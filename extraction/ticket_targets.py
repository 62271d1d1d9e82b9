"""Target times for tickets, for the readers of response and resolution times.

A target is a length of time, the priority it holds for and the clock it runs on. It stands in a table
(one row for each priority) or in prose ("shall respond to Priority 1 Incidents within 15 minutes").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from extraction import patterns
from extraction.actions import governing
from extraction.clauses import (
    addresses_reader,
    clause_at,
    in_condition,
    is_example,
    is_failure,
    is_limit,
    is_negated,
    is_recital,
    preposition,
)
from extraction.context import Context
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.hours import ALWAYS, HOLIDAYS, is_calendar, read_calendar
from extraction.priorities import PriorityMention
from extraction.quantities import DurationMention, durations
from extraction.sentences import Sentence
from extraction.tables import Grid, Row, column_kind
from obligations.calendars.spec import Calendar
from obligations.document import Span
from obligations.terms import ResolutionTime, ResponseTime, TicketShare, UpdateTime

_NEXT_DAY = re.compile(
    r"\b(?:(?:by |on |within |before )?(?:the )?(?:end of )?(?:the )?next (?P<business>business "
    r"|working )?day)\b",
    re.IGNORECASE,
)
_BUSINESS_WORDS = re.compile(
    r"\b(?:business|working|support|service|office|normal|regular|coverage|helpdesk|opening)(?: desk)? "
    r"(?:hours?|days?|times?)\b|\bweekdays?\b|"
    r"\bexcept (?:for )?(?:on )?(?:weekends|holidays|saturdays)|\bexcluding (?:weekends|holidays|saturdays)",
    re.IGNORECASE,
)
_ELAPSED_WORDS = re.compile(
    r"\b(?:clock|elapsed|calendar|consecutive|continuous|running) hours?\b|\bcalendar days?\b"
    r"|\bwithout interruption\b|\bwhether or not\b|"
    r"\bincluding (?:weekends|holidays|nights)|\birrespective of the (?:time|hour)|\bwhatever (?:the )?"
    r"(?:time|hour|day)",
    re.IGNORECASE,
)
TICKETS = re.compile(
    r"\b(?:incidents?|tickets?|faults?|outages?|malfunctions?|breakdowns?|support (?:requests?|calls?"
    r"|cases?|questions?|desk|inquir\w+)|service (?:requests?|desk|calls?|interruptions?)|"
    r"help ?desk|hotline|trouble|problems?|defects?|errors?|bugs?|priorit(?:y|ies)|severit(?:y|ies)"
    r"|urgent calls?|calls?|cases?|issues?|downtime|"
    r"interruptions?|disruptions?|technical|support|maintenance|enquir\w+|inquir\w+|quer(?:y|ies)"
    r"|complaints?|customer requests?|emergenc\w+|failures?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Target:
    """A target time found: where, how long, for which priority, on which clock."""

    length: DurationMention
    priority: str | None
    span: Span
    sentence: Sentence | None = None
    row: Row | None = None
    grid: Grid | None = None
    action: str = ""
    certain: bool = True
    clock: Literal["calendar", "business"] | None = None
    calendar: Calendar | None = None
    before: bool = False
    basis: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    features: tuple[str, ...] = field(default=())


def lengths(text: str) -> list[DurationMention]:
    """Lengths of time, with "next Business Day" read as one business day."""
    found = list(durations(text))
    for match in _NEXT_DAY.finditer(text) if "next" in text.lower() else ():
        business = bool(match["business"])
        found.append(
            DurationMention(
                match.start(), match.end(), match.group(), value=Decimal(1), unit="day", business=business
            )
        )
    return sorted(found, key=lambda d: d.start)


def table_targets(context: Context, columns: Sequence[str], topic: re.Pattern[str]) -> Iterator[Target]:
    """Targets in tables whose head names one of the column kinds, or whose introduction names the topic."""
    for grid in context.grids:
        numbers = sorted(n for kind in columns for n in grid.columns(kind))
        if not numbers and grid.column("response") is None and grid.column("resolution") is None:
            numbers = _target_column(grid, topic)
            certain = False
        else:
            certain = True
        if (
            numbers
            and any(column_kind(title) == "credit" for title in grid.head)
            and not grid.columns("priority")
        ):
            continue
        for row in grid.rows:
            for number in numbers:
                yield from _cell_targets(context, grid, row, number, certain=certain)
        yield from _transposed(context, grid, columns)


def _target_column(grid: Grid, topic: re.Pattern[str]) -> list[int]:
    """The only column of times in a table of priorities that is introduced as being about the topic."""
    if grid.column("priority") is None or not topic.search(grid.topic):
        return []
    priority = grid.column("priority")
    timed = [
        number
        for number in range(len(grid.head))
        if number != priority
        and column_kind(grid.head[number]) not in ("update", "escalation", "credit", "clock")
        and all(bool(durations(cell.text)) for row in grid.rows if (cell := row.cell(number)) and cell.text)
    ]
    return timed if len(timed) == 1 else []


def _cell_targets(context: Context, grid: Grid, row: Row, number: int, *, certain: bool) -> Iterator[Target]:
    cell = row.cell(number)
    if cell is None:
        return
    found = lengths(cell.text)
    if not found:
        return
    length = found[0]
    column = grid.column("priority")
    priorities = _row_priorities(context, row, 0 if column is None else column)
    if column is None and priorities == (None,) and not TICKETS.search(f"{row.cells[0].text} {grid.topic}"):
        return
    title = grid.head[number] if number < len(grid.head) else ""
    words = f"{title} {cell.text}"
    clock_cells = " ".join(cell.text for n in grid.columns("clock") if (cell := row.cell(n)))
    for priority in priorities:
        yield _clocked(
            context,
            Target(
                length=length,
                priority=priority,
                span=context.row_span(grid, row),
                row=row,
                grid=grid,
                action=title,
                certain=certain,
                before=bool(patterns.match(r"\s*(?:<(?!=)|less than|under)", cell.text)),
            ),
            words,
            clock_cells,
        )


def _row_priorities(context: Context, row: Row, column: int) -> tuple[str | None, ...]:
    cell = row.cell(column)
    if cell is None:
        return (None,)
    mention = next(context.priorities.mentions(cell.text, cell=True), None)
    if mention:
        return mention.priorities
    return (context.priorities.in_cell(cell.text),)


def _transposed(context: Context, grid: Grid, columns: Sequence[str]) -> Iterator[Target]:
    """Priorities across the head, targets down the rows."""
    across = {n: p for n, title in enumerate(grid.head) if n and (p := context.priorities.in_cell(title))}
    if len(across) < 2:
        return
    for row in grid.rows:
        if column_kind(row.cells[0].text) not in columns:
            continue
        for number, priority in across.items():
            cell = row.cell(number)
            found = lengths(cell.text) if cell else []
            if cell and found:
                target = Target(
                    found[0],
                    priority,
                    context.row_span(grid, row),
                    row=row,
                    grid=grid,
                    action=row.cells[0].text,
                )
                yield _clocked(context, target, f"{row.cells[0].text} {cell.text}", "")


def prose_targets(context: Context, action: str, topic: re.Pattern[str]) -> Iterator[Target]:
    """Targets in sentences where the action ("respond", "resolve") governs a length of time."""
    for sentence in context.prose():
        found = lengths(sentence.text)
        if not found or not topic.search(
            f"{sentence.lower} {sentence.lead.lower if sentence.lead else ''} {sentence.topic}"
        ):
            continue
        if is_example(sentence.text) or is_recital(sentence.text) or addresses_reader(sentence.text):
            continue
        yield from _sentence_targets(context, sentence, found, action)


def _sentence_targets(
    context: Context, sentence: Sentence, found: Sequence[DurationMention], action: str
) -> Iterator[Target]:
    chosen: list[tuple[DurationMention, bool]] = []
    for length in found:
        governed = governing(sentence, length, found)
        by_topic = governed is None and _topic_names(sentence, action)
        if (governed is None or governed.name != action) and not by_topic:
            continue
        if governed is not None and patterns.search(
            r"\b(?:no|without any)\s(?:\w+\s)?$", sentence.text[: governed.start]
        ):
            continue
        if _is_target(sentence, length):
            chosen.append((length, by_topic))
    chosen = _restated(sentence.text, chosen)
    mentions = list(context.priorities.mentions(sentence.text))
    for length, by_topic in chosen:
        if by_topic and not mentions:
            continue
        for priority in _priorities_for(sentence, length, found, mentions):
            yield _from_prose(context, sentence, length, priority, by_topic=by_topic)


def _topic_names(sentence: Sentence, action: str) -> bool:
    """Do the headings name this action and not its sister?"""
    said = sentence.topic + (" " + sentence.lead.lower if sentence.lead else "")
    respond, resolve = (
        re.search(r"\brespon[sd]|\breact", said),
        re.search(r"\bresol|\brestor|\brepair|\bfix\b", said),
    )
    return bool(respond and not resolve) if action == "respond" else bool(resolve and not respond)


def _is_target(sentence: Sentence, length: DurationMention) -> bool:
    """A limit on the time taken, in hours or days; not a missed one, nor a period of measurement."""
    text = sentence.text
    if length.unit in ("month", "year", "quarter", "second") or length.value == 0:
        return False
    after = text[length.end : length.end + 30].lower()
    if re.match(r"\s?(?:prior|before|in advance|or more|period of measurement|old|notice)\b", after):
        return False
    said = preposition(text, length.start)
    if re.match(r"every|each|at least|not less than|more than|minimum|prior|during|over|for\b", said):
        return False
    compound = re.match(
        r"[\s'-]*(?:(?:e-?mail|phone|telephone|initial|first|guaranteed|maximum"
        r"|average) )?(?:response|resolution|restoration|repair|fix|reaction|turn-?around|target)",
        after,
    )
    next_day = patterns.search(r"\bnext\b", length.text)
    if not (is_limit(text, length.start) or compound or next_day):
        return False
    clause = clause_at(text, length.start)
    return not (
        is_failure(text, length.start)
        or is_negated(text, clause.start, length.start)
        or (in_condition(text, length.start) and not _main_clause(text, length))
    )


def _main_clause(text: str, length: DurationMention) -> bool:
    """An "upon receipt …" or "where …" clause that ends with a comma leaves the target in the main one."""
    clause = clause_at(text, length.start)
    return "," in text[clause.start : length.start] or bool(
        re.search(r"\b(?:is|are) (?:\w+ )?\w+ed\b", text[clause.start : length.start])
    )


def _restated(
    text: str, chosen: Sequence[tuple[DurationMention, bool]]
) -> list[tuple[DurationMention, bool]]:
    """ "one Working Day, that is to say nine Working Hours": the second figure explains the first."""
    kept: list[tuple[DurationMention, bool]] = []
    for item in chosen:
        between = text[kept[-1][0].end : item[0].start] if kept else ""
        if kept and patterns.match(
            r"^,?\s?\(?(?:that is(?: to say)?|i\.e\.|meaning|in other words|or|=|being"
            r"|equal to)\b[^.;]{0,25}$",
            between,
        ):
            kept[-1] = item
        else:
            kept.append(item)
    return kept


def _priorities_for(
    sentence: Sentence,
    length: DurationMention,
    found: Sequence[DurationMention],
    mentions: Sequence[PriorityMention],
) -> tuple[str | None, ...]:
    """The priorities a figure holds for: named before the figures, or each after its own figure."""
    if not mentions:
        return _inherited(sentence)
    before = [m for m in mentions if m.end <= length.start]
    later = [d.start for d in found if d.start > length.start]
    stop = min(later) if later else len(sentence.text)
    after = [m for m in mentions if length.end <= m.start < stop]
    first = found[0].start if found else 0
    leading = [m for m in mentions if m.end <= first]
    adjacent = [
        m
        for m in after
        if re.fullmatch(
            r"\s?(?:(?:response|resolution|fix|repair|restoration|reaction)(?: time)? )?(?:\(|for|in "
            r"(?:the )?case of|in respect of|where|if|on|to|with|-|:|of)?\s?(?:an? |the |all |any )?\(?",
            sentence.text[length.end : m.start],
            re.IGNORECASE,
        )
    ]
    if adjacent and (not leading or len(mentions) >= len(found)):
        return adjacent[0].priorities
    if before:
        return before[-1].priorities
    return after[0].priorities if after else (mentions[0].priorities if len(mentions) == 1 else (None,))


def prose_priorities(
    context: Context, sentence: Sentence, length: DurationMention, found: Sequence[DurationMention]
) -> tuple[str | None, ...]:
    """The priorities a figure in prose holds for; None where it holds for all."""
    return _priorities_for(sentence, length, found, list(context.priorities.mentions(sentence.text)))


def _inherited(sentence: Sentence) -> tuple[str | None, ...]:
    for words in (sentence.lead.text if sentence.lead else "", sentence.section):
        if match := patterns.search(
            r"\b(?:priority|severity|sev|level)[\s-]?(?:level )?([1-5])\b|\bP([1-5])\b", words
        ):
            return (f"P{match.group(1) or match.group(2)}",)
    return (None,)


def _from_prose(
    context: Context, sentence: Sentence, length: DurationMention, priority: str | None, *, by_topic: bool
) -> Target:
    text = sentence.text
    clause = clause_at(text, length.start)
    said = preposition(text, length.start)
    target = Target(
        length=length,
        priority=priority,
        span=context.span(sentence),
        sentence=sentence,
        action=text[clause.start : clause.end],
        certain=not by_topic,
        before=bool(re.match(r"less than|under|fewer than|before|<(?!=)", said)),
    )
    return _clocked(context, target, text[length.start : length.end + 12], text)


def _clocked(context: Context, target: Target, near: str, around: str) -> Target:
    """Settle the clock: what stands at the figure, then around it, then a rule for all tickets."""
    for words in (near, _with_those_hours(context, target, around)):
        settled = _clock_in(context, target, words)
        if settled is not None:
            return settled
    return _by_rule(context, target)


def _with_those_hours(context: Context, target: Target, around: str) -> str:
    """ "counted in those hours" means the hours that a sentence just before states."""
    if target.sentence is None or not patterns.search(
        r"\b(?:those|these|such|said|the same) (?:\w+ )?hours\b", around
    ):
        return around
    earlier = context.sentences[max(0, target.sentence.index - 3) : target.sentence.index]
    return next((s.text for s in reversed(earlier) if is_calendar(s.text)), around)


def _clock_in(context: Context, target: Target, words: str) -> Target | None:
    if not words:
        return None
    business = target.length.business or bool(_BUSINESS_WORDS.search(words))
    if ALWAYS.search(words) and not target.length.business:
        return replace(target, clock="calendar", calendar=_always(context))
    if _ELAPSED_WORDS.search(words) and not target.length.business:
        counted_always = patterns.search(
            r"\bwithout interruption|\bwhether or not|\birrespective|\bincluding|\bwhatever",
            words,
        )
        return replace(target, clock="calendar", calendar=_always(context) if counted_always else None)
    named = context.definitions.calendar_named(words)
    if named is not None and named.calendar is not None:
        clock: Literal["calendar", "business"] = "calendar" if named.calendar.always_open else "business"
        return replace(target, clock=clock, calendar=named.calendar, basis=(*target.basis, named.span))
    if is_calendar(words) and (inline := read_calendar(words, "hours of support", context.zone)):
        return replace(target, clock="calendar" if inline.always_open else "business", calendar=inline)
    if business:
        note = "business time is not defined in this document"
        return replace(
            target,
            clock="business",
            notes=(*target.notes, note),
            features=(*target.features, "unknown_calendar"),
        )
    return None


def _always(context: Context) -> Calendar | None:
    return Calendar(name="24x7", zone=context.zone) if context.zone else None


_RULE = re.compile(
    r"\b(?:clock|times?|targets?|hours|minutes|periods?|service levels?|response"
    r"|resolution)\b[^.]{0,160}?\b(?:counted|measured|calculated|runs?|run|"
    r"expressed|computed|refer(?:s)? to|apply|applies|accru\w+|within)\b",
    re.IGNORECASE,
)


def _by_rule(context: Context, target: Target) -> Target:
    """A sentence that says for all tickets, or for some priorities, how time is counted."""
    for sentence, priorities in context.once("clock rules", lambda: _clock_rules(context)):
        if priorities and target.priority not in priorities:
            continue
        settled = _clock_in(context, target, sentence.text)
        if settled is not None and settled.clock is not None:
            return replace(settled, basis=(*settled.basis, context.span(sentence)))
    following = _next_sentence(context, target)
    if following is not None and (settled := _clock_in(context, target, following.text)) is not None:
        return replace(settled, basis=(*settled.basis, context.span(following)))
    if target.length.unit == "day" and patterns.search(r"calendar", target.length.text):
        return replace(target, clock="calendar")
    return target


def _next_sentence(context: Context, target: Target) -> Sentence | None:
    """The sentence after the target if it goes on about it: "This applies twenty-four hours a day"."""
    if target.sentence is None or target.sentence.index + 1 >= len(context.sentences):
        return None
    following = context.sentences[target.sentence.index + 1]
    goes_on = patterns.match(
        r"(?:this|these|that|it|the (?:time|period|clock|hours?|target)s?)\b[^.;]{0,40}\b(?:appl(?:y"
        r"|ies)|runs?|counts?|counted|hold|holds|includes?)\b",
        following.text,
    )
    return following if goes_on and not following.item else None


def _clock_rules(context: Context) -> list[tuple[Sentence, tuple[str, ...]]]:
    rules: list[tuple[Sentence, tuple[str, ...]]] = []
    for sentence in context.prose():
        text = sentence.text
        if not _RULE.search(text) or bool(durations(text)) or (HOLIDAYS.search(text) and '"' in text):
            continue
        counts = (
            ALWAYS.search(text)
            or _ELAPSED_WORDS.search(text)
            or context.definitions.calendar_named(text)
            or _BUSINESS_WORDS.search(text)
        )
        if counts and patterns.search(
            r"\b(?:respon[sd]|resol|restor|ticket|incident|target|clock|priority|severity)",
            text,
        ):
            named = tuple(p for m in context.priorities.mentions(text) for p in m.priorities)
            rules.append((sentence, named))
    return rules


_ASKED = re.compile(
    r"\b(?P<what>(?:[\w-]+ )?(?:questions?|enquir(?:y|ies)|inquir(?:y|ies)|complaints?|requests?|emails?"
    r"|e-mails?|quer(?:y|ies)|breakdowns?|alarms?|calls?|outages?|defects?))\b",
    re.IGNORECASE,
)


def key_of(target: Target) -> str:
    """What tells targets of one kind apart: the priority, else what is answered or mended."""
    if target.priority is not None or target.sentence is None:
        return target.priority or ""
    before = target.sentence.text[: target.length.start]
    asked = _ASKED.search(before) or _ASKED.search(target.sentence.text)
    if asked is None:
        return ""
    words = re.sub(
        r"^(?:each|every|the|any|all|such|its|an?|to|of|on|shall|will|phone|these|those|for|answer|answers) ",
        "",
        asked["what"].lower(),
    )
    return re.sub(r"ies$", "y", words) if words.endswith("ies") else re.sub(r"s$", "", words)


def sketch_of(
    context: Context, target: Target, terms: ResponseTime | ResolutionTime | UpdateTime | TicketShare
) -> Sketch:
    """Span, sides and confidence of a target in a row or in a sentence."""
    if target.row is not None and target.grid is not None:
        sketch = from_row(context, target.grid, target.row, terms, certain=target.certain)
        sketch.debtor = context.roles.provider
    else:
        assert target.sentence is not None
        sketch = from_sentence(context, target.sentence, terms, target.length)
        sketch.debtor = context.roles.subject(target.sentence, target.length.start) or context.roles.provider
        if not target.certain:
            sketch.features.append("heading_only")
    sketch.basis += target.basis
    sketch.features += target.features
    sketch.notes += target.notes
    return sketch
