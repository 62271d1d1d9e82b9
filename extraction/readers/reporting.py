"""reporting: a report, statement, forecast or account that is sent at intervals or after an event."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal

from extraction.actions import governing
from extraction.clauses import (
    MODAL,
    addresses_reader,
    clause_at,
    in_condition,
    is_example,
    is_failure,
    is_negated,
    is_recital,
    preposition,
)
from extraction.context import Context
from extraction.drafting import from_row, from_sentence
from extraction.hours import weekday
from extraction.model import DefinedTerm, Draft
from extraction.patterns import search
from extraction.periods import period_mentions
from extraction.quantities import ORDINAL, DurationMention, Mention, durations, ordinal_value
from extraction.sentences import Sentence
from extraction.tables import Grid, Row
from obligations.calendars.spec import Weekday
from obligations.terms import Per, Reporting

KIND = "reporting"
_NOUN = (
    r"(?:reports?|statements?|forecasts?|accounting|accounts(?= of| for| showing)|reconciliations?"
    r"|summar(?:y|ies)|scorecards?|dashboards?|projections?|balance sheets?|financials|status notes?"
    r"|budget(?: report)?)"
)
_PHRASE = re.compile(
    rf"\b(?P<name>(?:(?!(?:shall|will|must|the|a|an|each|every|its|such|any|all|to|with|of|and|or|by|in"
    rf"|that|this|other|party|from|for|submit|deliver|provide|send|furnish|give|written|full|complete"
    rf"|detailed|accurate|true|sends?|gives?|"
    rf"provides?|receives?|submits?|prepares?|delivers?|issues?|days?|following|within|customer|client"
    rf"|supplier|provider|prepare|regular|certified|also|first)\b)[\w'/-]+[ ]){{0,4}}{_NOUN})\b"
    rf"(?P<of>(?: (?:of|on|for|showing|about) (?!each|every|the end|time|the (?:month|quarter|week)|such"
    rf"|any|that|which|all|review|approval|information)(?:the |its |all |an? )?(?:[\w'-]+ ){{0,2}}"
    rf"(?!and\b|or\b|the\b|to\b|for\b)[\w'-]+)?)",
    re.IGNORECASE,
)
_SENDS = re.compile(
    r"\b(?:deliver(?:s|ed|ing)?|provid(?:e|es|ed|ing)|submit(?:s|ted|ting)?|sen(?:d|ds|t|ding)|furnish"
    r"(?:es|ed|ing)?"
    r"|prepar(?:e|es|ed|ing)|suppl(?:y|ies|ied|ying)|giv(?:e|es|en|ing)|issu(?:e|es|ed|ing)|render(?:s"
    r"|ed|ing)?"
    r"|ma(?:ke|kes|de) available|present(?:s|ed|ing)?|produc(?:e|es|ed|ing)|forward(?:s|ed|ing)?"
    r"|transmit(?:s|ted)?|compil(?:e|es|ed)|upload(?:s|ed)?|publish(?:es|ed)?|circulat(?:e|es|ed)"
    r"|distribut(?:e|es|ed)|complet(?:e|es|ed)|fil(?:e|es|ed)|due|receiv(?:e|es)|tender(?:s|ed)?|e-?mail"
    r"(?:s|ed)?"
    r"|hands? over|reports? (?:to|on|in writing|monthly|quarterly|weekly|its)|accounts? to)\b",
    re.IGNORECASE,
)
_OTHER_REPORT = re.compile(
    r"\b(?:financial statements? (?:have been|fairly|are true)|statement of work|statements of work"
    r"|annual report on form|form 10-?[kq]|credit report|registration statement|proxy statement|audit"
    r"(?:ed|or's)? (?:report )?(?:shows|reveals|discloses)|reports? (?:shows|reveals|that (?:shows"
    r"|contains))|"
    r"private placement|false statement|public statements?|press|mission statement"
    r"|statement of account is|reporting obligations? under|bank statement|police report"
    r"|environmental report|opening statement|any statement|no statement|this report|those reports"
    r"|such reports? (?:is|are|shall be (?:deemed|confidential|treated))|"
    r"expense reports?|billing statements?|account statements?|billing summar\w+|each statement is"
    r"|forward-looking|trouble reports?|adverse (?:event|drug)|objects? to)\b",
    re.IGNORECASE,
)
_ACCEPTS = re.compile(
    r"\b(?:object\w*|disput\w*|review|accept\w*|approv\w*|comment\w*|deemed|audit\w*|inspect\w*|keep\w*"
    r"|retain\w*|presented|considered|not binding)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Due:
    """When one report is due, as far as its sentence says."""

    every: Per | None = None
    within: DurationMention | None = None
    nth: int | None = None
    nth_business: bool = False
    day: int | None = None
    weekday: Weekday | None = None
    at: time | None = None
    places: tuple[Mention, ...] = ()
    notes: tuple[str, ...] = field(default=())


def read(context: Context) -> Iterator[Draft]:
    """Every duty to report in prose, and rows of tables that list reports."""
    for grid in context.grids:
        yield from _table(context, grid)
    for sentence in context.prose():
        text = sentence.text
        if not search(_NOUN + r"\b", text) and not search(
            r"\breports? (?:to|on|in writing|every|each|any|all)\b|\breported (?:\w+ ){0,2}(?:to|by)\b",
            text,
        ):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        yield from _prose(context, sentence)


def _prose(context: Context, sentence: Sentence) -> Iterator[Draft]:
    for phrase in _phrases(sentence):
        due = _due(context, sentence, phrase)
        if due is None:
            continue
        yield _draft(context, sentence, phrase, due)
        return
    yield from _events(context, sentence)


_REPORTED = re.compile(
    r"\b(?:shall|will|must|agrees to) (?:\w+ )?report (?:to (?:the |its )?\w+ )?(?P<what>(?:every|each"
    r"|any|all|such|the)?\s?[\w'-]+(?: [\w'-]+){0,3})"
    r"|\b(?:is|are|shall be|will be|must be) (?:\w+ )?reported (?:in writing )?(?:to|by)\b",
    re.IGNORECASE,
)
_INCIDENT = re.compile(
    r"\b(?:incidents?|accidents?|damages?|differences?|discrepanc\w+|loss\w*|defects?|events?|breach\w*"
    r"|deviation\w*|injur\w+|spills?|failures?|thefts?|occurrences?|complaints?)\b",
    re.IGNORECASE,
)


def _events(context: Context, sentence: Sentence) -> Iterator[Draft]:
    """An event that must be reported within a time: "shall report every accident … within 24 hours"."""
    text = sentence.text
    match = _REPORTED.search(text)
    if match is None:
        return
    clause = clause_at(text, match.start())
    what = match["what"] or " ".join(text[clause.start : match.start()].split()[:4])
    if not _INCIDENT.search(what):
        return
    for length in context.durations(sentence):
        limit = re.match(r"with ?in|no(?:t)? later", preposition(text, length.start))
        if (
            length.start < match.start()
            or not limit
            or is_failure(text, length.start)
            or is_negated(text, clause.start, length.start)
        ):
            continue
        name = re.sub(r"^(?:every|each|any|all|such|the)\s", "", what.strip(), flags=re.IGNORECASE)
        due = _Due(every="event", within=length, places=(length,))
        terms, named = _terms(context, due, re.sub(r"\s(?:that|which|are|is|to|and|on).*$", "", name))
        sketch = from_sentence(context, sentence, terms, length)
        sketch.key = (terms.report or "report").lower()
        sketch.debtor = context.roles.subject(
            sentence, match.start("what") if match["what"] else length.start
        )
        sketch.debtor = sketch.debtor or context.roles.provider
        sketch.basis += [named.span] if named else []
        yield sketch.draft(context)
        return


_MENTIONED = re.compile(
    r"\b(?:in|under|of|from|per|into|against|pursuant to|based on|within|for (?:each|the|any)|those"
    r"|these|such|said"
    r"|including|when you file|reflected in|reviews?|reviewing)\s(?:the |such |any |its |each |that "
    r"|applicable |then-current "
    r"|most recent |previous |relevant |[A-Z]\w+'s )*$"
)


def _phrases(sentence: Sentence) -> Iterator[re.Match[str]]:
    """Names of reports that somebody has to send, in order."""
    text = sentence.text
    for match in _PHRASE.finditer(text):
        around = text[max(0, match.start() - 30) : match.end() + 50]
        if _OTHER_REPORT.search(around) or re.match(
            r"\s(?:of work|shall not|is not|are not|delivered|received|under|described|referred|pursuant"
            r"|required)\b",
            text[match.end("name") :],
        ):
            continue
        clause = clause_at(text, match.start())
        if _MENTIONED.search(text[max(0, match.start() - 60) : match.start()]):
            continue
        if search(r"^\W*(?:\(?\w{1,3}\)\s)?(?:fails?|failure|failed)\b", text[clause.start :]):
            continue
        if is_negated(text, clause.start, match.start()) or is_failure(text, match.start()):
            continue
        if not _is_sent(sentence, match, clause.start, clause.end):
            continue
        yield match


def _is_sent(sentence: Sentence, match: re.Match[str], start: int, end: int) -> bool:
    """Is the report the object (or passive subject) of a duty to send it?"""
    text = sentence.text
    before, after = text[start : match.start()], text[match.end() : min(end, match.end() + 160)]
    lead = sentence.lead.text if sentence.lead else ""
    verb = next(iter(reversed(list(_SENDS.finditer(before)))), None)
    if (
        verb is not None
        and match.start() - start - verb.end() < 150
        and not _ACCEPTS.search(before[verb.end() :])
    ):
        return bool(
            MODAL.search(before)
            or MODAL.search(lead)
            or search(
                r"\b(?:delivers|provides|sends|submits|prepares|furnishes|gives|issues|supplies|makes"
                r"|produces)\b|\bwe (?:\w+ )?(?:deliver|provide|send|submit|prepare|furnish|give|issue"
                r"|supply|make|produce)\b",
                before,
            )
        )
    passive = re.match(
        r"[\w\s,()'-]{0,60}?\b(?:shall|will|must|is|are)\b\s(?:to\s)?(?:be\s)?(?:\w+\s)?(?:deliver"
        r"|provid|submit|sent|furnish|prepar|suppl|issu|due|made available|render|given|present|forward"
        r"|produc|upload|publish)",
        after,
    )
    if passive:
        return True
    return (
        bool(lead and _SENDS.search(lead) and MODAL.search(lead) and not search(_NOUN, lead))
        and match.start() - sentence.body < 60
    )


_NTH = re.compile(
    rf"\b(?:by|on|on or before|no(?:t)? later than|before|within|until|at the latest (?:by|on))\s"
    rf"(?:the\s)?(?:close of (?:business on\s)?(?:the\s)?|end of (?:business on\s)?(?:the\s)?)?"
    rf"(?P<n>{ORDINAL})\s?(?:\(\s?\d{{1,2}}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)?\s?\)\s?)?"
    rf"(?P<business>business |working "
    rf"|banking )?"
    rf"(?P<calendar>calendar )?(?P<day>day\s?)?(?:of|in|after|following)\s(?P<rest>(?:the\s|each\s"
    rf"|every\s|any\s|such\s|a\s|that\s|its\s)?(?:[\w-]+\s){{0,6}}?(?:month|quarter|year|week"
    rf"|period)s?)\b",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(?:by|on|no later than|not later than|every|each|before)\s(?:close of business on\s|noon on\s)?"
    r"(?:each\s|every\s|the\s)?(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b"
    r"(?P<rest>[^.;]{0,40})",
    re.IGNORECASE,
)
_AT = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))?\s?(?P<half>a\.?m\b|p\.?m\b)?(?:\s?(?:hours|hrs|h"
    r"|o'clock)\b)?",
    re.IGNORECASE,
)


def _due(context: Context, sentence: Sentence, phrase: re.Match[str]) -> _Due | None:
    """Put together interval and time limit; None if the sentence states neither."""
    text = sentence.text
    clause = clause_at(text, phrase.start())
    due = _limit(context, sentence, phrase, clause.start, clause.end)
    every = _every(sentence, phrase, due)
    if every is None and due == _Due():
        return None
    if due == _Due() and search(
        r"\b(?:up)?on (?:\w+ )?(?:request|demand)\b|\bas (?:reasonably )?requested\b|\bif requested\b",
        text[clause.start : clause.end],
    ):
        return None
    if due == _Due() and not _recurring_duty(text, phrase):
        return None
    return replace(due, every=every)


def _limit(context: Context, sentence: Sentence, phrase: re.Match[str], start: int, end: int) -> _Due:
    text = sentence.text
    for match in _NTH.finditer(text, max(0, start - 120), min(len(text), end + 40)):
        number = ordinal_value(match["n"].replace(" ", ""))
        if search(
            r"\b(?:commenc|beginn|start|period)\w*\W{0,2}$", text[max(0, match.start() - 16) : match.start()]
        ):
            continue
        if number is None or ("week" in match["rest"].lower() and not match["business"]):
            continue
        place = Mention(match.start(), match.end(), match.group())
        if match["business"] and number > 0:
            return _Due(nth=number, nth_business=True, places=(place,))
        if (
            number > 0
            and "month" in match["rest"].lower()
            and not search(r"\bafter\b|\bend\b", match.group())
        ):
            return _Due(day=number, places=(place,))
        if number > 0 and search(r"\b(?:after|following)\b|\bend\b", match.group()):
            return _Due(nth=number, places=(place,))
    if (named := _WEEKDAY.search(text, start, end)) and (day := weekday(named["day"])):
        return _Due(
            weekday=day,
            at=_hour(named["rest"]) or _hour(text[max(0, named.start() - 12) : named.start()]),
            places=(Mention(named.start(), named.end(), named.group()),),
        )
    for length in context.durations(sentence):
        if _governs(sentence, length, context, start, end):
            return _Due(within=length, places=(length,))
    return _Due()


_WITHIN = re.compile(
    r"with ?in|no(?:t)? (?:later|more)|in\b|at the latest|by\b|not? exceed|:|\||up to|(?:is|be|are)\b"
)


def _governs(sentence: Sentence, length: DurationMention, context: Context, start: int, end: int) -> bool:
    """Is the length the time allowed for sending the report?"""
    text = sentence.text
    said = preposition(text, length.start)
    after = text[length.end : length.end + 40]
    if re.match(r"at least|not less than|no(?:t)? (?:later|less)", said) and re.match(
        r"\W{0,2}(?:days'? )?(?:before|prior|in advance)", after
    ):
        return True
    due_after = re.match(r"\W{0,2}(?:after|following|from)\b", after) and re.search(
        r"\bdue\b", text[start : length.start]
    )
    if not due_after and not _WITHIN.match(said):
        return False
    if is_failure(text, length.start) or (
        in_condition(text, length.start) and "," not in text[start : length.start]
    ):
        return False
    if re.match(r"\W{0,2}(?:period|of its receipt of (?:the|such) (?:report|statement))", after):
        return False
    governed = governing(sentence, length, context.durations(sentence))
    if governed is None:
        return start <= length.start < end
    if governed.name in ("report", "deliver", "notify", "last", "renew"):
        return True
    words = text[governed.start : length.start]
    return governed.name in ("pay", "update") and bool(search(_NOUN, words)) and bool(_SENDS.search(words))


def _hour(words: str) -> time | None:
    for match in _AT.finditer(words):
        hour, minute = int(match["h"]), int(match["m"] or 0)
        half = (match["half"] or "").lower()[:1]
        if not (match["m"] or half or re.search(r"hours|hrs|o'clock", match.group())):
            continue
        hour += 12 if half == "p" and hour < 12 else 0
        if hour < 24 and minute < 60:
            return time(hour, minute)
    return None


_EVENT = re.compile(
    r"\b(?:of|after|following|upon|from)\s(?:the |each |any |every |an? |its |such |becoming |learning "
    r"|their )*(?:occurrence|incident|accident|event|aware|discovery|completion|termination|expir\w+"
    r"|effective date|delivery|visit|meeting|outage|resolution|inspection|test|breach|loss|execution"
    r"|commencement|phase|knowledge|arrival)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"\b(?:request|demand|asked)\w*\b", re.IGNORECASE)


def _every(sentence: Sentence, phrase: re.Match[str], due: _Due) -> Per | None:
    """How often: in the report's own name, in its limit, elsewhere in the clause, else an event."""
    text = sentence.text
    for words in (phrase.group(), text[max(0, phrase.start() - 26) : phrase.start()]):
        found = [m for m in period_mentions(words) if m.per != "day" or "daily" in words.lower()]
        if found:
            return found[-1].per
    clause = clause_at(text, phrase.start())
    place = due.places[0] if due.places else None
    if place is not None:
        limit = text[place.start : min(place.end + 110, len(text))]
        found = [
            m for m in period_mentions(limit) if m.start > place.end - place.start - 2 or due.within is None
        ]
        if found and not _EVENT.match(text[place.end : place.end + 60].lstrip()):
            return found[0].per
        if due.weekday is not None:
            return "week"
        if _EVENT.search(limit) or search(
            r"\bfor (?:each|every|any) (?!(?:calendar |contract |fiscal )?(?:day|week|month|quarter|year))",
            text[clause.start : place.start],
        ):
            return "event"
        if _REQUEST.search(limit):
            return "request"
    mentions = [m for m in period_mentions(text[clause.start : clause.end]) if m.per != "day"]
    recurring = [
        m
        for m in mentions
        if search(
            r"\b(?:each|every|per|annual|quarterly|monthly|weekly|daily|yearly|semi|once|any|twice"
            r"|following|succeeding|calendar)",
            text[clause.start + m.start : clause.start + m.end],
        )
    ]
    if recurring:
        return recurring[0].per
    return "day" if search(r"\bdaily\b", text[clause.start : clause.end]) else None


def _recurring_duty(text: str, phrase: re.Match[str]) -> bool:
    """Without a limit, only a recurring report that somebody must send is a promise."""
    words = text[max(0, phrase.start() - 160) : phrase.end() + 120]
    return bool(
        search(
            r"\b(?:monthly|quarterly|weekly|daily|annual(?:ly)?|yearly|semi-?annual\w*|each|every|per"
            r"|once)\b",
            words,
        )
        and re.search(r"\b(?:shall|will|must|agrees)\b", text[: phrase.end() + 90])
    )


def _draft(context: Context, sentence: Sentence, phrase: re.Match[str], due: _Due) -> Draft:
    terms, named = _terms(context, due, _report_name(phrase))
    sketch = from_sentence(
        context, sentence, terms, Mention(phrase.start(), phrase.end(), phrase.group()), *due.places
    )
    sketch.key = (terms.report or "report").lower()
    sketch.debtor = context.roles.subject(sentence, phrase.start()) or context.roles.provider
    if named is not None:
        sketch.basis.append(named.span)
    elif terms.clock == "business":
        sketch.features.append("unknown_calendar")
        sketch.notes.append("business days are not defined in this document")
    return sketch.draft(context)


def _report_name(phrase: re.Match[str]) -> str:
    name = phrase["name"]
    if " " not in name.strip() and phrase["of"]:
        name += phrase["of"]
    return re.sub(r"s$", "", name) if search(r"(?:report|statement|forecast)s$", name) else name


def _terms(context: Context, due: _Due, report: str) -> tuple[Reporting, DefinedTerm | None]:
    length = due.within
    if due.nth is not None:
        text = "Business Day" if due.nth_business else "day"
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
    if name is None or not search(_NOUN, f"{name.text} {grid.head[what]}"):
        return None
    words = " ".join(cell.text for cell in (interval, deadline) if cell)
    every = next((m.per for m in period_mentions(words)), None)
    due = _Due(every=every)
    if nth := _NTH.search("by " + (deadline.text if deadline else "")):
        number = ordinal_value(nth["n"].replace(" ", ""))
        due = (
            replace(due, nth=number, nth_business=bool(nth["business"]))
            if nth["business"] or "after" in nth.group()
            else replace(due, day=number)
        )
    elif length := next(iter(durations(deadline.text if deadline else "")), None):
        due = replace(due, within=length)
    if every is None and due == _Due():
        return None
    terms, named = _terms(context, due, name.text)
    sketch = from_row(context, grid, row, terms, certain=True)
    sketch.key = name.text.lower()
    sketch.debtor = context.roles.provider
    sketch.basis += [named.span] if named else []
    return sketch.draft(context)
