"""When a contract ends by its first term: on a day, or on none because it runs until somebody ends it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from extraction import patterns
from extraction.beginnings import Beginning
from extraction.dates import dates
from extraction.definitions import Definitions
from extraction.model import Draft
from extraction.quantities import durations
from extraction.sentences import Sentence, span_of
from obligations.document import Document, Span
from obligations.terms import Term


@dataclass(frozen=True)
class Ending:
    """The last day of the first term. `counted`: it follows from a start and a length, nobody printed it.

    `perpetual`: the text says that the contract runs until it is terminated or something happens, so that
    no day is its last.
    """

    last_on: date | None = None
    counted: bool = False
    perpetual: bool = False
    span: Span | None = None


def read_ending(
    document: Document,
    sentences: Sequence[Sentence],
    definitions: Definitions,
    drafts: Sequence[Draft],
    beginning: Beginning,
    *,
    month_first: bool,
) -> Ending:
    """The end from the promise on the term, else from a definition, else words that there is none."""
    terms = [draft for draft in drafts if isinstance(draft.terms, Term)]
    for draft in sorted(terms, key=lambda d: bool(d.key)):
        ending = _of_term(draft, sentences, definitions, beginning, month_first)
        if ending.last_on is not None:
            return ending
    named = next((definitions.days[name] for name in _END_NAMES if name in definitions.days), None)
    if named is not None and named.day:
        return Ending(last_on=named.day, span=named.span)
    if terms:
        return Ending()
    endless = next((sentence for sentence in sentences if runs_on(sentence)), None)
    if endless is None:
        return Ending()
    return Ending(perpetual=True, span=span_of(document, endless.start, endless.end, endless.section))


_END_NAMES = (
    "expiration date",
    "expiry date",
    "scheduled expiration date",
    "initial expiration date",
    "end date",
    "term end date",
    "contract end date",
)


def _of_term(
    draft: Draft,
    sentences: Sequence[Sentence],
    definitions: Definitions,
    beginning: Beginning,
    month_first: bool,
) -> Ending:
    terms = draft.terms
    if not isinstance(terms, Term):
        return Ending()
    if terms.due_on is not None:
        return Ending(last_on=terms.due_on, span=draft.span)
    if terms.within is None:
        return Ending()
    sentence = next((s for s in sentences if s.start <= draft.span.start < s.end), None)
    begins = _start_in(sentence.text, definitions, beginning, month_first) if sentence else None
    if begins is None:
        return Ending()
    last = last_day(begins, terms.within.months, terms.within.days)
    return Ending(last_on=last, counted=True, span=draft.span)


_FROM_DAY = re.compile(
    r"\b(?:commenc\w+|begin\w*|start\w*|from|effective)\b"
    r"(?: (?:on|as of|from|and|with effect|the|date of))*\W{0,2}$",
    re.IGNORECASE,
)
_FROM_NAMED = re.compile(
    r"\b(?:from|after|following|on|of|at|with|as of|upon) (?:the |such )?\"?"
    r"(?P<name>(?:[A-Z][\w-]*|of) ?(?:(?:[A-Z][\w-]*|of|and) ){0,3}Date)\b"
)


_EVENT = re.compile(
    r"\b(?:from|on|upon|as of|after|following|with|at) (?:the|that|such) (?:date"
    r"|day)\b(?: \([^()]*\))? (?:(?:up)?on which|that (?!is\b[^.;]{0,40}\b(?:years?|months?|anniversary))"
    r"|when"
    r"|(?:the|any|all) \w+|of (?!this|its (?:execution|sign)|the (?:agreement|contract|last|signature)"
    r"|execution|signature|signing"
    r"|the execution"
    r"|\w+ \d|[A-Z]\w+ \d))"
    r"|\banniversary (?:date )?of (?:the )?(?:expir|terminat|first commercial|approval|completion"
    r"|acceptance)",
    re.IGNORECASE,
)
"""A term that counts from something that has to happen first; its end is no day yet."""
_HEREOF = re.compile(
    r"\bdate (?:hereof|of this (?:\w+ )?(?:agreement|contract)|first (?:above |hereinabove )?written"
    r"|of (?:its |the )?(?:execution|signature|signing))\b",
    re.IGNORECASE,
)
_OF_AGREEMENT = re.compile(
    r"\b(?:effective|agreement|execution|signature|signing|commencement|start|term|contract|amendment)\b",
    re.IGNORECASE,
)


_OF_ANOTHER = re.compile(
    r"\b(?!(?:effective|agreement|execution|signature|signing|commencement|start|term|contract|amendment|date"
    r"|initial|original|first|of|the|and|this|service)\b)\w+ (?:agreement |contract )?(?:effective"
    r"|agreement)\b",
    re.IGNORECASE,
)
""" "the Lease Effective Date" is that of another contract, unless the text defines it."""


def _start_in(text: str, definitions: Definitions, beginning: Beginning, month_first: bool) -> date | None:
    """The day a sentence on the term counts from: printed, a defined day, or that of the contract itself."""
    for day in dates(text, month_first=month_first):
        if _FROM_DAY.search(text[max(0, day.start - 60) : day.start]):
            return day.day
    for named in _FROM_NAMED.finditer(text):
        term = definitions.days.get(named["name"].lower())
        if term is not None and term.day:
            return term.day
        if not _OF_AGREEMENT.search(named["name"]) or _OF_ANOTHER.search(named["name"]):
            return None
    if _EVENT.search(text):
        return None
    if _HEREOF.search(text) and beginning.agreed is not None:
        return beginning.agreed
    return beginning.effective or beginning.agreed


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


_CONTRACT = (
    r"\b(?:(?:this|the|such) (?:[\w-]+ ){0,4}?(?:agreement|contract|deed|arrangement|engagement|memorandum"
    r"|appointment|employment|lease|letter|license|licence|alliance)|(?:your|\w+'s) employment|(?:the "
    r"|your |initial )?(?:term"
    r"|duration)(?: of (?:this|the) [\w ]{3,40}?)?)\b"
)
_GOES_ON = re.compile(
    _CONTRACT
    + r"(?P<between>[^.;]{0,170}?)\b(?P<verb>continu\w+|remains?|in (?:full )?(?:force|effect)|runs?"
    r"|lasts?|is|be|ha(?:s|ve)|begins?|commences?|commence|endures?|subsists?|perpetual"
    r"|indefinite)\b(?P<rest>[^.;]{0,320})",
    re.IGNORECASE,
)
_ENDLESS = re.compile(
    r"\bindefinitely\b|\bin perpetuity\b|\b(?:for|of) (?:an? |the )?(?:indefinite|unlimited"
    r"|undetermined|perpetual)\b|\bperpetually\b|\b(?:is|be) perpetual\b"
    r"|\bno (?:fixed |stated |specified |set )?(?:expir\w+|termination|end) date\b"
    r"|\bno fixed (?:term|period|duration|end)\b|\ban? (?:indefinite|unlimited|perpetual) (?:term|duration)\b"
    r"|\b(?:force|effect)\b[^.;]{0,20}\bunless (?:and until )?(?:(?:sooner|earlier|otherwise) )?"
    r"(?:terminated|cancell?ed)\b"
    r"|\b(?:un)?til (?:\w+ ){0,3}?(?:terminated|cancell?ed|ended|revoked|superseded|rescinded)\b"
    r"|\b(?:un)?til (?:such time as )?(?:it is |either|any|one|the other|both|a) ?(?:part(?:y|ies)\b)?"
    r"[^.;]{0,60}\b(?:terminat\w+|notic\w+|notif\w+|informs?|cancel\w*|gives?)\b"
    r"|\bend on the \w+ day (?:following|after) [^.;]{0,30}\bnotice\b",
    re.IGNORECASE,
)
_UNTIL_EVENT = re.compile(
    r"\b(?:until|(?:so|as) long as)\b (?:such time as |the (?:earliest|earlier|later|last)\b)?[^.;]{0,40}"
    r"\b(?:terminat\w+|expir\w+|complet\w+|ceases?|no longer|dissol\w+|occur\w*|obligations|satisf\w+|paid"
    r"|holds?|owns?)\b",
    re.IGNORECASE,
)
_DAY_OR_LENGTH = re.compile(
    r"\banniversary\b|\b(?:expiration|expiry|end|termination) (?:date|of (?:the |its |any |such"
    r" |this )?(?:\w+ )?(?:term|period|agreement|contract|season|year))\b|\bseason\b|\byears?\b|\bmonths?\b"
    r"|\[\W*\*|\bxx+\b|\bperiod\b|\bevents\b",
    re.IGNORECASE,
)
_OTHER_MATTER = re.compile(
    r"\b(?:confidential\w*|surviv\w+|insur\w+|non-?compet\w+|warrant\w+|representations?|indemn\w+"
    r"|provisions?"
    r"|invalid|unenforceable|sections?|obligations? (?:of|under|to)|hereafter amended|rights? granted"
    r"|exclusivity|price|severab\w+|except as (?:amended|modified|set forth)|covenants?|royalt\w+)\b",
    re.IGNORECASE,
)


def runs_on(sentence: Sentence) -> bool:
    """Does the sentence say that the contract runs until somebody ends it or something happens?"""
    text = sentence.text
    if sentence.form == "heading" or not patterns.search(
        r"ntil\b|unless\b|indefinit|perpet|long as|fixed|unlimited|\bno \w+|day (?:after|following)", text
    ):
        return False
    text = _REFERENCE.sub("", text)
    first = _GOES_ON.search(text, 0, 900)
    if first is None or first.start() > 260:
        return False
    again = (_GOES_ON.match(text, own.end()) for own in _OPENS.finditer(text, first.start() + 1, 420))
    return _endless(first) or any(found is not None and _endless(found) for found in again)


_REFERENCE = re.compile(
    r"(?:,? (?:by|pursuant to|under|in accordance with|as provided (?:in|by)|subject to)|(?<= or)) (?:this "
    r"|the )?"
    r"(?:terms of )?(?:section|article|paragraph|clause)s? \d[\w.()]*(?: \([A-Z][\w ]*\))?",
    re.IGNORECASE,
)
"""A reference to another clause; its stops are no ends and its words no matter of the sentence."""
_OPENS = re.compile(r"(?:, |; | and | that )(?=(?:this|the) )", re.IGNORECASE)


def _endless(found: re.Match[str]) -> bool:
    if patterns.search(r"\b(?:renew\w*|thereafter)\b", found["between"]):
        return False
    said = found["verb"] + found["rest"]
    subject = found.group()[: found.start("verb") - found.start()]
    if _OTHER_MATTER.search(subject):
        return False
    if endless := _ENDLESS.search(said):
        before = said[: endless.start()]
        return not (
            _OTHER_MATTER.search(before)
            or _counts(before)
            or patterns.search(r"\b(?:renew\w*|thereafter|extend\w*)\b", before)
        )
    event = _UNTIL_EVENT.search(said)
    if (
        event is None
        or _OTHER_MATTER.search(said[: event.start()])
        or _DAY_OR_LENGTH.search(said)
        or _counts(said)
        or dates(said)
    ):
        return False
    return bool(
        patterns.search(r"\b(?:continu\w*|in (?:full )?(?:force|effect)|term|commenc\w*)\b", found.group())
    )


def _counts(text: str) -> bool:
    """A length that is no notice: "for three years", not "thirty days' notice"."""
    return any(length.unit in ("month", "year") for length in durations(text))
