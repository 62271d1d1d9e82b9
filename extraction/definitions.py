"""Defined terms that measure something: calendars, amounts, days; and the rules that stop a clock."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from extraction.dates import dates
from extraction.hours import is_calendar, read_calendar
from extraction.model import ContractHints, DefinedTerm
from extraction.patterns import search
from extraction.quantities import money
from extraction.sentences import Sentence, span_of
from obligations.calendars.spec import Calendar, Window
from obligations.defining import CALLED, DEFINES, IS
from obligations.document import Document, Span
from obligations.facts import TicketStatus
from obligations.quantities import Money

_QUOTED = re.compile(
    r"\"(?P<term>[^\"]{2,60}?)[.,]?\"(?:\s?(?:,|\(?or|and|/)\s?(?:the |an? )?\""
    r"(?P<also>[^\"]{2,60})\"\)?)?,?\s?(?:\([^()]{0,60}\)\s?)?"
    rf"(?:,?\s(?:as used \w+(?: \w+)?,?\s)?(?P<verb>{DEFINES}|{IS})\b|\s?[:=-])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(?:the |an? )?(?P<term>[A-Z][\w-]*(?: (?:[A-Z][\w-]*|of|and|per)){0,4})\s?(?P<verb>means?"
    r"|shall mean|shall be|are|is|:)\s(?!not\b)"
)
_AFTERWARDS = re.compile(
    rf"\(\s?(?:{CALLED})*(?:the |an? |its )?\"(?P<term>[^\"]{{2,60}}?)[.,]?\"(?:[^()]{{0,60}})\)"
)
_CHARGE_OF = re.compile(
    r"\b(?P<term>(?:[A-Z][\w-]*(?: (?:[A-Z][\w-]*|of|and)){0,4} (?:Charge|Charges|Fee|Fees|Price|Rent"
    r"|Remuneration|Retainer|Rate|Amount|Payment)"
    r"|(?:monthly|quarterly|annual|yearly) (?:(?:service|subscription|maintenance|support|base|licen[cs]e) )?"
    r"(?:charge|fee|price|rent|retainer)))s?\b,?"
    r"(?: \([^()]{0,60}\))?(?: (?:payable|due|on which)[^.;]{0,80}?)?(?: (?:of|is|shall be|amounts to"
    r"|being|in the amount of|equal to|at|:))+ $"
)
_CHARGE_NAME = re.compile(
    r"\b(?:charge|fee|price|rent|remuneration|retainer|amount|payment|rate|subscription|sum)s?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Definitions:
    """What a document (and the documents it hangs on) defines, by lower-case name."""

    calendars: dict[str, DefinedTerm] = field(default_factory=dict)
    amounts: dict[str, DefinedTerm] = field(default_factory=dict)
    days: dict[str, DefinedTerm] = field(default_factory=dict)
    pauses: tuple["Pause", ...] = ()
    automatic: "Automatic | None" = None

    def calendar_named(self, text: str) -> DefinedTerm | None:
        """The defined calendar a stretch of text counts by; the longest name that occurs wins."""
        lower = text.lower()
        for name in sorted(self.calendars, key=len, reverse=True):
            stem = re.escape(name[:-1] if name.endswith("s") else name)
            if re.search(rf"\b{stem}s?\b", lower):
                return self.calendars[name]
        return None

    def amount_named(self, text: str) -> DefinedTerm | None:
        """The defined charge a stretch of text names ("the Monthly Service Charge")."""
        lower = text.lower()
        found = [(lower.index(name), -len(name), name) for name in self.amounts if name in lower]
        return self.amounts[min(found)[2]] if found else None

    def all(self) -> tuple[DefinedTerm, ...]:
        return (*self.calendars.values(), *self.amounts.values(), *self.days.values())


@dataclass(frozen=True)
class Pause:
    """A rule that stops a ticket's clock in some statuses; `kinds` it holds for."""

    statuses: tuple[TicketStatus, ...]
    kinds: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Automatic:
    """Whether an automatic reply counts as a response."""

    counts: bool
    span: Span


@dataclass(frozen=True)
class _Body:
    """A defined term and the words that define it."""

    terms: tuple[str, ...]
    text: str
    sentence: Sentence


def read_definitions(
    document: Document,
    sentences: Sequence[Sentence],
    zone: str | None,
    hints: ContractHints,
    *,
    month_first: bool = False,
) -> Definitions:
    """All measurable definitions; those of the parent documents count where this one has none."""
    known = [term for parent in hints.parents for term in parent.facts.definitions]
    calendars = {term.name.lower(): term for term in reversed(known) if term.calendar}
    amounts = {term.name.lower(): term for term in reversed(known) if term.amount}
    days: dict[str, DefinedTerm] = {}
    bodies = [body for sentence in sentences if sentence.form != "heading" for body in _bodies(sentence)]
    for body in bodies:
        _amounts_and_days(document, body, amounts, days, month_first)
    for sentence in sentences:
        if sentence.form != "heading":
            _charges(document, sentence, amounts)
    own: dict[str, DefinedTerm] = {}
    for _ in range(2):
        for body in bodies:
            if term := _calendar(document, body, zone, {**calendars, **own}):
                own.update({name.lower(): term for name in body.terms if name.lower() not in own})
    return Definitions(
        {**calendars, **own}, amounts, days, _pauses(document, sentences), _automatic(document, sentences)
    )


def _bodies(sentence: Sentence) -> Iterator[_Body]:
    """Each defined term of a sentence with its defining words."""
    text = sentence.text
    quoted = list(_QUOTED.finditer(text)) if '"' in text else []
    for number, match in enumerate(quoted):
        end = quoted[number + 1].start() if number + 1 < len(quoted) else len(text)
        terms = tuple(_name(t) for t in (match["term"], match["also"]) if t)
        yield _Body(terms, text[match.end() : end].strip(), sentence)
    if sentence.form == "row" and text.count("|") == 1:
        label, value = (part.strip() for part in text.split("|"))
        if 2 < len(label) < 50 and value:
            yield _Body((_name(label),), value, sentence)
            return
    if not quoted and (bare := _BARE.match(text[sentence.body :])):
        yield _Body((bare["term"],), text[sentence.body + bare.end() :], sentence)
    if '"' in text:
        for after in _AFTERWARDS.finditer(text):
            yield _Body((_name(after["term"]),), text[max(0, after.start() - 300) : after.start()], sentence)


def _name(term: str) -> str:
    return re.sub(r"^(?:the|an?)\s", "", term.strip(), flags=re.IGNORECASE)


_CALENDAR_NAME = re.compile(r"\b(?:days?|hours?|times?|window|coverage|period|week)$", re.IGNORECASE)
_TARGET_NAME = re.compile(
    r"\b(?:respon|resol|repair|restor|target|down|up|reaction|lead|delivery|measur|holiday)", re.IGNORECASE
)


def _calendar(
    document: Document, body: _Body, zone: str | None, known: dict[str, DefinedTerm]
) -> DefinedTerm | None:
    if (
        not any(_CALENDAR_NAME.search(name) and not _TARGET_NAME.search(name) for name in body.terms)
        or len(body.text) > 700
    ):
        return None
    base = next(
        (
            known[n]
            for n in sorted(known, key=len, reverse=True)
            if _mentions(body.text, n) and n not in _lower(body.terms)
        ),
        None,
    )
    name = body.terms[0]
    if not is_calendar(body.text):
        if base is None or base.calendar is None or not search(r"\bday\b", name):
            from_days = _hours_on(body.text, name, base)
            return _term(document, body, name, calendar=from_days) if from_days else None
        return _term(document, body, name, calendar=_whole_days(name, base.calendar))
    region = base.calendar.holiday_region if base and base.calendar else None
    default = zone or (base.calendar.zone if base and base.calendar else None)
    calendar = read_calendar(body.text, name, default, region)
    return _term(document, body, name, calendar=calendar) if calendar else None


def _hours_on(text: str, name: str, base: DefinedTerm | None) -> Calendar | None:
    """Hours stated for business days that are defined elsewhere ("08:00 to 18:00 on Business Days")."""
    if base is None or base.calendar is None:
        return None
    return read_calendar(text, name, base.calendar.zone, base.calendar.holiday_region)


def _lower(terms: Sequence[str]) -> tuple[str, ...]:
    return tuple(term.lower() for term in terms)


def _mentions(text: str, name: str) -> bool:
    return bool(search(rf"\b{re.escape(name)}s?\b", text))


def _whole_days(name: str, calendar: Calendar) -> Calendar:
    """The days of a calendar of hours, open all day: a Working Day from Working Hours."""
    midnight = time(0, 0)
    windows = tuple(Window(days=w.days, opens=midnight, closes=midnight) for w in calendar.windows)
    return calendar.model_copy(update={"name": name, "windows": tuple(dict.fromkeys(windows))})


def _term(
    document: Document,
    body: _Body,
    name: str,
    *,
    calendar: Calendar | None = None,
    amount: Money | None = None,
    day: date | None = None,
) -> DefinedTerm:
    sentence = body.sentence
    return DefinedTerm(
        name=name,
        calendar=calendar,
        amount=amount,
        day=day,
        span=span_of(document, sentence.start, sentence.end, sentence.section),
    )


def _amounts_and_days(
    document: Document,
    body: _Body,
    amounts: dict[str, DefinedTerm],
    days: dict[str, DefinedTerm],
    month_first: bool,
) -> None:
    name = body.terms[0]
    charge = _CHARGE_NAME.search(name)
    if charge and len(body.text) < 500:
        found = list(money(body.text))
        if found:
            one = found[-1] if re.search(r"\bone[- ]twelfth\b|\bbeing\b", body.text) else found[0]
            amounts.setdefault(name.lower(), _term(document, body, name, amount=one.money))
    if search(r"\b(?:date|start|commencement|beginning)\b", name) and len(body.text) < 500:
        printed = list(dates(body.text, month_first=month_first))
        if printed:
            at_end = body.text.rstrip(" ,;:").endswith(printed[-1].text)
            day = printed[-1] if at_end else printed[0]
            days.setdefault(name.lower(), _term(document, body, name, day=day.day))


def _charges(document: Document, sentence: Sentence, amounts: dict[str, DefinedTerm]) -> None:
    """Charges named and priced in passing: "shall pay a Monthly Service Charge of EUR 48,000"."""
    if not _CHARGE_NAME.search(sentence.text):
        return
    for amount in money(sentence.text):
        if match := _CHARGE_OF.search(
            sentence.text[max(0, amount.start - 220) : amount.start].rstrip() + " "
        ):
            name = re.sub(r"^(?:The|An?|Each|Any|Its|This) ", "", match["term"])
            amounts.setdefault(
                name.lower(), _term(document, _Body((name,), "", sentence), name, amount=amount.money)
            )


_CLOCK_STOPS = re.compile(
    r"\b(?:clock|timers?|times?|periods?|targets?|measurement|counting|calculation|hours|response"
    r"|resolution|SLA)\b[^.]{0,120}?"
    r"\b(?:stops?|stopped|stands? still|suspend(?:s|ed)?|paus(?:es?|ed)|halt(?:s|ed)?|on hold|not "
    r"(?:be )?(?:run|count(?:ed)?|includ(?:e|ed))|"
    r"do(?:es)? not (?:run|count|include)|(?:runs?|run|counted|continues?)\b[^.]{0,60}\b(?:save|except"
    r"|other than|unless|but not)\b|exclud(?:es?|ed|ing)|deducted|disregarded|interrupted"
    r"|not taken into account|extended by)\b"
    r"|\b(?:stops?|suspends?|paus(?:es?|ing)|suspended|paused|excluding|excludes?|disregard(?:ed|ing)?"
    r"|deduct(?:ed|ing)?)\b[^.]{0,60}?\b(?:clock|timers?|time|periods?|delays?)\b",
    re.IGNORECASE,
)
_WAITS_FOR_CUSTOMER = re.compile(
    r"\b(?:await\w*|wait\w*|pending|outstanding|requir\w+|need\w*|on hold|depend\w*|delay\w*|refus\w+"
    r"|while|attribut\w+|caused|until)\b[^.;]{0,70}?"
    r"\b(?:customers?|clients?|users?|licensees?|subscribers?|buyers?|purchasers?|requesters?|callers?"
    r"|reporters?)\b",
    re.IGNORECASE,
)
_WAITS_FOR_VENDOR = re.compile(
    r"\b(?:await\w*|wait\w*|pending|delay\w*)\b(?:(?!customer|client|user|because|unless)[^.;]){0,60}?\b"
    r"(?:third[- ]part\w+|vendors?|suppliers?|sub-?contractors?|"
    r"manufacturers?|carriers?)\b",
    re.IGNORECASE,
)
_TICKET_MATTER = re.compile(
    r"\b(?:clock|ticket|incident|response|resolution|respond|resolve|restor\w+|fault|call|target"
    r"|service level|priority|severity|problem|repair|downtime|support|help desk)\w*\b",
    re.IGNORECASE,
)
_NOT_STOPPED = re.compile(
    r"\b(?:does not|do not|shall not|will not|not|never)\b(?: be)? (?:stop|pause|suspend|halt"
    r"|interrupt)\w*|\b(?:but|and) not\b|\bcontinues? to run\b|\bruns? on\b",
    re.IGNORECASE,
)


def _pauses(document: Document, sentences: Sequence[Sentence]) -> tuple[Pause, ...]:
    """Rules that stop the clock while a ticket waits for somebody; the rules that deny it are none."""
    found: list[Pause] = []
    for sentence in sentences:
        text = sentence.text
        if (
            sentence.form == "heading"
            or not _CLOCK_STOPS.search(text)
            or not _TICKET_MATTER.search(f"{text} {sentence.topic}")
        ):
            continue
        statuses: list[TicketStatus] = []
        for piece in re.split(r"(?=,? (?:but|and) not\b)|(?=\bexcept (?:that|where)\b)|;", text):
            if not piece or _NOT_STOPPED.search(piece):
                continue
            if _WAITS_FOR_CUSTOMER.search(piece):
                statuses.append("awaiting_customer")
            if _WAITS_FOR_VENDOR.search(piece) and not re.search(r"\bno\b|\bown\b", piece):
                statuses.append("awaiting_vendor")
            if search(r"\bon hold\b", piece):
                statuses.append("on_hold")
        if statuses:
            span = span_of(document, sentence.start, sentence.end, sentence.section)
            found.append(Pause(tuple(dict.fromkeys(statuses)), _paused_kinds(text), span))
    return tuple(found)


def _paused_kinds(text: str) -> tuple[str, ...]:
    """A rule that speaks of one target only holds for that one."""
    response = search(r"\brespon[sd]", text)
    resolution = search(r"\b(?:resol|restor|repair|fix|rectif)", text)
    if resolution and not response:
        return ("resolution_time",)
    if (
        response
        and not resolution
        and not search(r"\bclock\b|\brespon\w+ (?:from|of|by) (?:the )?(?:customer|client)", text)
    ):
        return ("response_time",)
    return ("response_time", "resolution_time")


_AUTOMATIC = re.compile(
    r"\bauto(?:mat(?:ic(?:ally)?|ed)|-?)?[ -]?(?:generated )?(?:e-?mail )?(?:acknowledge?ments?|repl(?:y"
    r"|ies)|responses?|messages?|confirmations?|e-?mails?|answers?)\b",
    re.IGNORECASE,
)


_BY_SYSTEM = re.compile(
    r"\b(?:ticket\w*|e-?mail|mail|support) systems? (?:has |have )?(?:confirm|acknowledg|sen[dt])"
    r"|\bsystem sends\b",
    re.IGNORECASE,
)


def _automatic(document: Document, sentences: Sequence[Sentence]) -> Automatic | None:
    for sentence in sentences:
        if sentence.form == "heading" or not (
            _AUTOMATIC.search(sentence.text) or _BY_SYSTEM.search(sentence.text)
        ):
            continue
        if not search(r"\brespon|\backnowledg|\breply|\bclock\b", sentence.text):
            continue
        denied = search(
            r"\b(?:not|no|nor|never|neither|without)\b[^.;]{0,60}\b(?:count|constitute|deemed|considered"
            r"|regarded|qualif|amount|satisf|"
            r"suffic|stop|response|acknowledge?ment|be treated|a specific)|\bother than\b|\bexclud"
            r"|\bdisregarded\b|\bnot (?:a|an|be|count|constitute)\b",
            sentence.text,
        )
        by_system = search(
            r"\b(?:met|satisfied|fulfilled|complied with|deemed (?:given|made))\b[^.;]{0,60}\b"
            r"(?:systems?|automat\w+)\b[^.;]{0,50}\b(?:confirm|acknowledg|sent|receipt)",
            sentence.text,
        )
        allowed = by_system or search(
            r"\b(?:counts?|constitutes?|deemed|considered|regarded|qualif\w+|suffic\w+|satisf\w+|treated)\b",
            sentence.text,
        )
        span = span_of(document, sentence.start, sentence.end, sentence.section)
        if denied and not by_system:
            return Automatic(False, span)
        if allowed:
            return Automatic(True, span)
    return None
