"""term: how long the agreement runs at first, as a length, a printed end, or both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.dates import DateMention, dates, relative_dates
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.open_terms import ends_elsewhere
from extraction.patterns import match, search
from extraction.quantities import (
    NUMBER_WORDS,
    ORDINAL,
    REDACTED,
    DurationMention,
    Mention,
    number_value,
    ordinal_value,
    redacted_durations,
)
from extraction.sentences import Sentence
from extraction.term_ends import from_own_date, told_end
from extraction.term_lines import term_lines
from obligations.quantities import Duration
from obligations.terms import Term

KIND = "term"
_DOCUMENT = (
    r"(?:(?:this|the|such|said) (?:\w+ ){0,5}?(?:agreement|contract|sow|statement of work"
    r"|amendment|licen[cs]e|lease|engagement|addendum|arrangement|appointment|"
    r"subscription|nda|msa|sla|memorandum|franchise|cooperation|undertaking)"
    r"|(?:this (?:\w+ ){0,3}?|(?:the|such|said) (?:\w+ )?)(?:schedule|order(?: form)?|plan|exhibit))"
    r"(?: (?:no\.? )?\d+)?|sow \d+"
)
_TERM_NAME = re.compile(
    r"\b(?:initial|original|first|base|primary|fixed|current|subscription|service|contract|licen[cs]e"
    r"|order|agreement|minimum|whole)[ -](?:\w+ )?(?:term|period)\b|\b[Tt]he [Tt]erm\b|\bTerm\b"
    r"|\bterms? of (?:this|the|such|said)\b|\b(?:expiration|expiry|termination|end) date\b|"
    r"\b(?:for|have|has|with|of) an? (?:fixed |initial |minimum |total |\w+[- ]year |primary )*(?:term"
    r"|period|duration)\b|\b(?:duration|period) of (?:this|the) (?:agreement|contract)|\bcontract "
    r"(?:duration|period)|\b(?:initial )?duration\b|\bfixed (?:term|period)\b|\bterm:|^term\b",
    re.IGNORECASE,
)
_RUNS = re.compile(
    r"\b(?:continues?|continuing|remains?|runs?|lasts?|bound|is (?:concluded|entered into|made|valid"
    r"|effective|in force)|be (?:valid|effective|in force|in effect)|in (?:full )?(?:force|effect)"
    r"|expires?|ends?|terminates?|valid|commenc\w+|begin\w*|"
    r"starts?|effective|takes? effect|enters? into force|applies|shall be for|is for|will be for"
    r"|have a term|has a term|endure|subsist|conclud(?:e|es|ing)|extends?|engagement|engage[sd]?|retains?"
    r"|appoints?|hires?|employs?)\b",
    re.IGNORECASE,
)
_NOT_TERM = re.compile(
    r"\b(?:uncured|defaults?|prevented|prohibited|shall not|may not|ha(?:s|ve) not|confidential\w*"
    r"|non-?compet\w+|non-?solicit\w+"
    r"|warrant\w+|surviv\w+|records|retain\w*|audit"
    r"|terminat\w+ (?:of|by|for|without|with|upon|this|the)|notice of|written notice|cure\w*|"
    r"insurance|indemn\w+|escrow|transition|wind-?down|option period|trial|probation|force majeure"
    r"|exclusivity|exclusive (?:negotiat\w+|dealing|period)|price list|prices|pricing|sell[- ]off"
    r"|support period|lock-?up|standstill|thereafter|after the (?:end|expir"
    r"|terminat)|"
    r"following (?:the )?(?:expir|terminat)|sell[- ]off|contract year|(?:fiscal|financial|calendar) "
    r"(?:year|quarter)|production period|ramp[- ]up|post[- ]terminat|solicit|interest|suspend\w*"
    r"|delay)\b",
    re.IGNORECASE,
)
_RENEWAL = re.compile(
    r"\b(?:renewals?(?= (?:term|period|of|each|for))|automatic renewals?|renew(?:s|ed|ing)?"
    r"|(?<!shall )(?<!will )extend\w*(?! (?:from|through|until|to and including)\b)|extension"
    r"|prolong\w*|successive"
    r"|additional|further|option(?:s|al)?"
    r"|roll over)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?:\b(?:until|through|thru|till|(?<!prior )(?<!due )to|ends?|ending|expires?|expiring|terminates?"
    r"|terminating|up to"
    r"|inclusive of|conclud(?:e|es|ing)|(?:ends?|expires?|terminates?) as of\b"
    r"|(?:contract|agreement|term) end|last day of which is|that is"
    r"|at the close of|(?:expiry|end|expiration"
    r"|termination) date(?: of (?:this|the) \w+)?(?: (?:is|means|shall be|will be|of))?)|[-:|])"
    r"\W{0,2}(?:(?:the )?(?:earlier|later|earliest|latest)(?: to occur)? of\W{1,3})?(?:\(?[ai1]\) )?"
    r"(?:(?:until|and including|and inclusive of|inclusive|automatically|at|the|close|end|of"
    r"|business|midnight|11:59|12:00|23:59|24:00|p\.?m\.?|a\.?m\.?|\w+ time|hours|on|day"
    r"|\w+day)[\s,]{1,2}){0,9}$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:from|as of|commenc\w+|begin\w*|starts?|starting|effective|dated|since|between|begin\w* on"
    r"|commenc\w+ on|starts? on|effective on|as of)\W{0,3}(?:on |and from |the |date of |as of |of )*$",
    re.IGNORECASE,
)
_OUTLIVES = re.compile(
    r"\W{0,3}(?:\([^()]*\)\s)?(?:period |term )?(?:(?:after|following|from) (?:the |its |their |any "
    r"|such |termination"
    r"|expir\w+|completion|acceptance|delivery|disclosure|receipt|"
    r"installation)(?!effective|commencement|date of this|date hereof|start|launch|signature|execution"
    r"|subscription start|first)[^.;,]{0,50}\b(?:end|expir\w*|terminat\w*|completion|acceptance|delivery"
    r"|"
    r"disclos\w*|receipt|installation|invoice|purchase|year|day on which)?\b|of (?:its|their|the) "
    r"(?:completion|acceptance))",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(
    r"(?:\b(?:this|the) (?:\w+ ){0,4}?(?:agreement|contract|sow|schedule|amendment|licen[cs]e|lease|plan"
    r"|order)|\bterm(?: of (?:this|the) (?:\w+ ){0,3}?(?:agreement|contract))?|\bsow \d+)\b[^.;]{0,60}\b"
    r"(?:shall|will|is|has|takes?|begins?|commences?|enters?|becomes?|continues?|runs?|ends?|remains?)\b"
    r"[^.;]{0,40}\b(?:commenc\w+|continu\w+|remain\w*|begins?|be(?:come)? effective|effect|force|run"
    r"|be for|for an?|concluded|expires?|ends?|in effect|term of|terminates? on|starts?|\d+|year|years"
    r"|months)\b",
    re.IGNORECASE,
)


LEAST = 4
"""What a sentence must have for itself to state the term: it names it, the agreement runs by it, or both."""
_DEFINED = re.compile(
    r"\"(?:initial |original |contract |agreement |licen[cs]e |service )?(?:term|period)\"\W{0,2}(?:shall "
    r"|will )?means?\b"
    r"|\b(?:initial )?(?:term|duration|contract period)\W{0,2}[:|]|\binitial \w+ (?:term|period)\W{0,2}[:|]",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\((?:hereinafter |herein )?(?:collectively |together )?,?\W*(?:the |as the |called the )?"
    r"\"(?:initial |original )?term\"",
    re.IGNORECASE,
)
""" "… for three years (the "Term")"."""
_ENGAGES = re.compile(
    r"\b(?:engages?|appoints?|retains?|hires?|employs?)\b[^.;]{0,160}\bfor\W{0,2}(?:an? )?(?:\w+ )?(?:term"
    r"|period) of\b",
    re.IGNORECASE,
)
_ITS_SUBJECT = re.compile(
    r"[\W\d]{0,9}(?:this|the) (?:\w+ ){0,2}?(?:agreement|contract|term|duration|plan|lease|order)\b"
    r"|[^.;]{0,60}\b(?:minimum|fixed|initial) term of\b",
    re.IGNORECASE,
)
_WITHIN_TERM = re.compile(
    r"[\W\d]{0,9}(?:during|throughout|at (?:all times|any time) during) (?:the |each )?(?:\w+ of the )?"
    r"(?:initial )?term\b",
    re.IGNORECASE,
)
"""A sentence on what is done while the term runs; its lengths and days are of something else."""
_AFTER_TERM = re.compile(
    r"[\W\d]{0,9}(?:after|following|upon (?:the )?(?:expir\w+|end) of) (?:the |this |said )?"
    r"(?:expir\w+ of the |end of the )?(?:initial|first|original) (?:\w+ )?(?:term|period)\b",
    re.IGNORECASE,
)
"""What comes after the term; its length is told elsewhere."""
_NUMBERED = re.compile(r"\bend of|\bclose of|\bconclusion of|\blast day of", re.IGNORECASE)
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\banniversary\b", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A term found: its length, its printed end, and where both stand."""

    sentence: Sentence
    length: Duration | None
    due_on: date | None
    places: tuple[Mention, ...]
    rank: int


def read(context: Context) -> Iterator[Draft | Unread]:
    """The initial term; where several sentences state it, the fullest and earliest."""
    lines = list(_in_lines(context))
    several = {one.sentence.index for one in lines if sum(o.sentence is one.sentence for o in lines) > 1}
    found = [one for one in candidates(context) if one.sentence.index not in several]
    taken = {one.sentence.index for one in found}
    lines = [one for one in lines if one.sentence.index not in taken]
    found += lines
    if not found:
        yield from _redacted(context)
        return
    best = max(found, key=lambda f: (f.rank, f.length is not None, f.due_on is not None, -f.sentence.index))
    chosen = [best]
    chosen += [other for other in found if other is not best and (other in lines or _stands_by_itself(other))]
    for number, one in enumerate(chosen[:3]):
        terms = Term(within=one.length, due_on=one.due_on)
        sketch = from_sentence(context, one.sentence, terms, *one.places)
        sketch.key = "" if number == 0 else f"term {number + 1}"
        if number:
            sketch.features.append("ambiguous")
            sketch.notes.append("the document states more than one term")
        yield sketch.draft(context)


def _in_lines(context: Context) -> Iterator[Found]:
    """Terms in lines of a cover sheet, in definitions and at the end of a licence."""
    for sentence in context.sentences:
        text = sentence.text
        if sentence.form == "heading" or not (context.durations(sentence) or _DATED.search(text)):
            continue
        for line in term_lines(text, month_first=context.month_first):
            length = line.length.duration if line.length is not None else None
            yield Found(sentence, length, line.due_on, line.places, LEAST + 1)


_GAP = re.compile(
    rf"\b(?:(?:term|period|duration) of|(?:remain\w*|continu\w+)[^.;]{{0,40}}? for|shorter than|less than)"
    rf"\W{{0,2}}(?:an? )?(?P<gap>{REDACTED})(?! ?(?:days?|percent|%))",
    re.IGNORECASE,
)


def _gaps(text: str) -> Iterator[Mention]:
    """Lengths that are blacked out, with their unit or, in "for a term of [***]", without it."""
    yield from redacted_durations(text)
    for found in _GAP.finditer(text):
        yield Mention(found.start("gap"), found.end("gap"), found["gap"])


def _redacted(context: Context) -> Iterator[Unread]:
    """A term whose length is blacked out; asked only where no other term is stated."""
    for sentence in context.prose():
        for gap in _gaps(sentence.text):
            length = DurationMention(gap.start, gap.end, gap.text, value=Decimal(1), unit="year")
            if (
                _SAYS_SO.search(sentence.text[:260])
                and _of_term(sentence.text, length)
                and not _excluded(sentence.text, length)
            ):
                yield Unread(kind=KIND, span=context.span(sentence), why="the length of the term is redacted")
                return
    for sentence in context.prose():
        if (
            ends_elsewhere(sentence.text)
            and _SAYS_SO.search(sentence.text[:260])
            and not is_recital(sentence.text)
        ):
            yield Unread(kind=KIND, span=context.span(sentence), why="the end of the term stands elsewhere")
            return


_SUBJECT = re.compile(
    r"^(?!\W*(?:for|upon|during|in|if|unless|subject|notwithstanding|as|at|after|following)\b)"
    r"\W*(?:[\d.]+\s|\(?\w{1,3}\)\s|[A-Z][\w .]{2,40}[.:]\s)*\"?(?:the |this |an? )?(?:initial "
    r"|original )?(?:[\w-]+ ){0,4}?"
    r"(?:terms?|agreement|contract|attachment|sow|schedule|addendum|licen[cs]e)\b(?! \"(?!term|initial))"
    r"(?! (?:means|year|during|as it|in which|for which|by|under))",
    re.IGNORECASE,
)


def _stands_by_itself(other: Found) -> bool:
    """Another term beside the first one: a sentence whose own subject is a term or an agreement, and long."""
    long = other.length is None or other.length.months >= 3 or other.length.days >= 90
    text = other.sentence.text
    return other.rank >= 5 and long and bool(_SUBJECT.match(text)) and not _PERIOD_WORD.search(text[:60])


_PERIOD_WORD = re.compile(r"\bterm \"(?!term|initial)", re.IGNORECASE)
""" "The term "Half-Year" means …" speaks of a word."""


def candidates(context: Context) -> Iterator[Found]:
    """Sentences that state how long the document runs, with how surely they do."""
    for sentence in context.sentences:
        text = sentence.text
        if found := _under_lead(sentence):
            yield found
            continue
        if sentence.form == "heading" or not (
            context.durations(sentence) or _DATED.search(text) or _NUMBERED.search(text)
        ):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        if _WITHIN_TERM.match(text) or _AFTER_TERM.match(text):
            continue
        if found := _under_heading(context, sentence):
            yield found
            continue
        if not (_TERM_NAME.search(text) or search(_DOCUMENT, text)):
            continue
        if found := _read(context, sentence):
            yield found


_LEAD = re.compile(
    r"\b(?:until|expires?|expiring|terminates?|ends?|ending|through)\b[^.;]{0,30}?\b(?:(?:earlie|late)(?:r"
    r"|st)"
    r"|first|occurrence)\b[^.;]{0,60}$",
    re.IGNORECASE,
)


def _under_lead(sentence: Sentence) -> Found | None:
    """ "in effect until the earlier of:" and, as an item of that list, "(a) the third anniversary of …"."""
    lead = sentence.lead.text if sentence.lead is not None else ""
    if not _LEAD.search(lead) or not (_TERM_NAME.search(lead) or search(_DOCUMENT, lead)):
        return None
    if _NOT_TERM.search(_ASIDE.sub(", ", lead)) or (length := told_end(sentence.text, lead=True)) is None:
        return None
    return Found(sentence, length.duration, None, (length,), LEAST + 2)


_TERM_HEADING = re.compile(
    r"(?:^|[\d.) ] ?)(?:(?:initial |contract |the )?term|duration|period)(?: of (?:the |this )?(?:[\w-]+ )?"
    r"(?:agreement|contract|licen[cs]e))?\W*$"
)
_BARE = re.compile(r"[\W\d]{0,7}(?:the term is |for )?(?:an? )?(?:(?:initial )?(?:term|period) of )?$", re.I)


def _under_heading(context: Context, sentence: Sentence) -> Found | None:
    """ "Three years from the Effective Date." under the heading "Term": there is nothing but the length."""
    if not _TERM_HEADING.search(sentence.topic):
        return None
    first = next(iter(context.durations(sentence)), None)
    if first is None or first.unit not in ("month", "year") or not _BARE.match(sentence.text[: first.start]):
        return None
    return None if _excluded(sentence.text, first) else Found(sentence, first.duration, None, (first,), LEAST)


def _read(context: Context, sentence: Sentence) -> Found | None:
    text = sentence.text
    named = bool(_TERM_NAME.search(text))
    document = bool(search(_DOCUMENT + r"(?: and [^,;]{0,30})?[^;.]{0,160}?" + _RUNS.pattern, text))
    pronoun = _it_runs(context, sentence)
    document = document or pronoun
    if not document and not (
        named
        and (
            _RUNS.search(text)
            or _CALLED.search(text)
            or _NO_SHORTER.search(text)
            or re.search(r"\bmeans?\b|\bis\b|\bha(?:s|ve)\b|\bshall be\b|[:|]", text)
        )
    ):
        return None
    length, place = _length(context, sentence)
    end = _end(context, sentence)
    if length is None and end is None:
        return None
    initial = search(r"\b(?:initial|original|first|fixed|primary)\b[^.;]{0,30}\bterm\b", text)
    titled = search(r"\bterm\b|\bduration\b|\bcommencement\b", f"{sentence.topic} {text[:40]}")
    rank = (
        1 + named + document + pronoun + bool(titled) + bool(initial) + 2 * bool(_SAYS_SO.search(text[:260]))
    )
    rank += 2 * bool(_ENGAGES.search(text))
    rank += 2 * bool(_DEFINED.search(text) or _CALLED.search(text)) + 2 * bool(_ITS_SUBJECT.match(text))
    short = length is not None and not length.months and length.days < 90
    if (short and rank < 4) or _PERIOD_WORD.search(text[:80]):
        return None
    if rank < LEAST or (end is not None and length is None and not document and not named):
        return None
    places = tuple(p for p in (place, end) if p is not None)
    return Found(sentence, length, end.day if end else None, places, rank)


_IT = re.compile(r"\W*It (?:shall|will|is|has)\b")
_NO_SHORTER = re.compile(r"\bterm\b[^.;]{0,50}\bnot be (?:shorter|less) than\b", re.IGNORECASE)


def _it_runs(context: Context, sentence: Sentence) -> bool:
    """ "It shall run for two years", where the sentence before speaks of the agreement."""
    if not _IT.match(sentence.text) or sentence.index == 0 or not _RUNS.search(sentence.text):
        return False
    return bool(search(rf"^[\W\d]*{_DOCUMENT}", context.sentences[sentence.index - 1].text))


def _length(context: Context, sentence: Sentence) -> tuple[Duration | None, Mention | None]:
    """The length of the first term: not of a renewal, a notice or a duty that outlives it."""
    text = sentence.text
    if (numbered := _NUMBERED_YEAR.search(text)) and (years := _years(numbered)):
        place = DurationMention(
            numbered.start(), numbered.end(), numbered.group(), value=Decimal(years), unit="year"
        )
        if not _excluded(text, place):
            return place.duration, place
    for relative in relative_dates(text):
        if (
            "anniversary" in relative.text.lower()
            and relative.after
            and _until_or_for(text, relative.start)
            and not _excluded(text, relative)
        ):
            return relative.after.duration, relative
    if (told := told_end(text)) and not _elsewhere(text, told):
        return told.duration, told
    for length in context.durations(sentence):
        if (
            length.unit in ("minute", "hour", "second")
            or (length.unit == "day" and length.value < 28)
            or length.business
        ):
            continue
        if _excluded(text, length):
            continue
        if _of_term(text, length):
            return length.duration, length
    return None, None


def _elsewhere(text: str, told: Mention) -> bool:
    """Is it another thing than the term that ends there: a duty, a period of exclusivity, a renewal?"""
    before = _ASIDE.sub(", ", text[max(0, told.start - 300) : told.start])
    clause = re.split(r"[;.](?!\d)|\bthereafter\b", _RUN_IN.sub("", before))[-1]
    matter = _NOT_TERM.sub(
        lambda found: "" if found.group().lower().startswith("terminat") else found.group(), clause
    )
    return bool(_NOT_TERM.search(matter) or _RENEWAL.search(clause))


_NUMBERED_YEAR = re.compile(
    rf"\b(?:until|through|ends?|expires?|terminates?|continue\w*)\b[^.;]{{0,60}}?\b(?:end|close|conclusion"
    rf"|last day)"
    rf" of (?:(?:contract |agreement )?year (?P<n>\d{{1,2}}|{NUMBER_WORDS})"
    rf"|the (?P<nth>{ORDINAL})(?:\s?\(\w{{1,5}}\))? (?:contract |agreement |licen[cs]e )?year)\b",
    re.IGNORECASE,
)
""" "until the end of the fifteenth Contract Year", "ends at the close of Year 3"."""


def _years(match: re.Match[str]) -> int | None:
    years = ordinal_value(match["nth"]) if match["nth"] else number_value(match["n"])
    return int(years) if years and years > 0 else None


def _until_or_for(text: str, at: int) -> bool:
    return bool(
        search(
            r"\b(?:until|through|till|up to|expire\w*|end\w*|terminat\w*|continue\w* to)\b"
            r"(?![^.;]{0,30}\b(?:prior|after|following|before|during|begin\w*)\b)[^.;]{0,40}$",
            text[:at],
        )
    )


_NAMED_LENGTH = re.compile(
    r"\b(?:terms?|duration|period of (?:this|the) (?:agreement|contract)|contract period)\b"
    r"(?! and\b)[^.;]{0,70}?\b(?:of|is|be|are|for|means|equal to|lasts?)\b\W{0,3}(?:an? |the )?(?:"
    r"(?:initial |fixed |minimum |total |further |definite )*(?:period|term|duration|total) of )?$"
    r"|\bterm\b[^.;]{0,50}\bnot be (?:shorter|less) than\W*$"
    r"|\b(?:term|duration|contract period)\W{0,2}[:|=]\W{0,3}(?:an? )?$|\b(?:term|period"
    r"|duration) of\W{0,2}(?:an? )?$",
    re.IGNORECASE,
)
_RUNS_FOR = re.compile(
    r"\b(?:continu\w+|remain\w*|runs?|lasts?|valid|effective|in (?:full )?(?:force|effect)|concluded"
    r"|bound|entered into|made|endure|commenc\w+|begin\w*|starts?|engaged?|appoint\w*|subsist\w*"
    r"|granted?|binding|agreement (?:is|shall be)|term (?:is|shall be))\b"
    r"[^.;]{0,120}?\bfor\W{0,2}(?:an? |the )?(?:(?:initial |fixed |minimum |total |definite |primary )*"
    r"(?:term|period|duration) of\W{0,2})?(?:an? )?$",
    re.IGNORECASE,
)
_NO_TERM = re.compile(
    r"\b(?:during|within|in|over|any|each|per|consecutive|rolling|every|preceding|previous|first|last"
    r"|remaining|subsequent|such)\b\W{0,2}(?:the |any |a |an |each |\w+ )?$",
    re.IGNORECASE,
)


def _of_term(text: str, length: DurationMention) -> bool:
    """ "an initial term of 36 months", "shall continue for three years", "36-month initial term"."""
    before, after = text[max(0, length.start - 170) : length.start], text[length.end : length.end + 60]
    if _NO_TERM.search(before) and not search(r"\b(?:for|of) (?:an? |the )?(?:first )?$", before):
        return False
    if _NAMED_LENGTH.search(before):
        return not search(
            r"\b(?:during|throughout|end of|expir\w+ of|remainder of|rest of) (?:the |its |this |any )?"
            r"(?:initial |current )?(?:term|period)\b[^.;]{0,60}$",
            before,
        )
    if _RUNS_FOR.search(before):
        return True
    if match(
        r"[\s'-]{0,2}(?:initial |fixed |minimum |primary |original |first )?(?:term|period)\b",
        after,
    ):
        return bool(search(r"\b(?:for|an?|the|initial|have|has)\W*$", before)) and bool(
            search(r"\bterm\b|\bagreement\b|\bcontract\b", text)
        )
    if search(
        r"\"(?:initial |original )?(?:term|period)\"\W{0,2}(?:means|shall mean|is)[^.;]{0,60}$",
        before,
    ):
        return True
    counted = match(
        r"\W{0,2}(?:therefrom|(?:after|from|following|beginning|commencing|starting|subsequent to)"
        r" (?:on |the |such )*(?:\w+ )?(?:effective|commencement|start|date|signature|execution|launch"
        r"|closing|first|such date))\b",
        after,
    )
    return bool(counted) and bool(
        search(r"\b(?:until|ends?|expires?|continues?|terminates?|through)\b[^.;]{0,60}$", before)
    )


_RUN_IN = re.compile(r"\bterm(?: of agreement)?\W{1,3}(?:(?:and|or) )?termination\b", re.IGNORECASE)
"""A heading that runs into its clause; its words say nothing of what the clause is about."""
_ASIDE = re.compile(
    r",? (?:and,? )?unless (?:it is |this agreement is |otherwise |sooner |earlier )*(?:terminated|extended"
    r"|cancell?ed|ended|renewed)(?:[^,;.]|\.(?=\d)){0,170}(?:, |(?=\s(?:shall|will)\b))",
    re.IGNORECASE,
)
"""Words between commas that say when the term may end early; they exclude nothing."""
_UNNOTICED = re.compile(
    r"\bwithout (?:(?:any|the|further|prior|written|need|for) )*(?:notice|action)(?: (?:or|by|of|from) "
    r"(?:\w+ ){0,2}\w+(?= on\b))?",
    re.IGNORECASE,
)
""" "shall terminate without notice on 31 May": no notice is meant."""
_AFTER_END = re.compile(r"\b(?:end|expir\w*|terminat\w*)\b", re.IGNORECASE)


def _excluded(text: str, mention: Mention) -> bool:
    """Does the length belong to a renewal, a notice, or another duty of the sentence?"""
    before, after = text[max(0, mention.start - 300) : mention.start], text[mention.end : mention.end + 70]
    before = _UNNOTICED.sub("", _ASIDE.sub(", ", before))
    if (outlives := not from_own_date(text, mention.end) and _OUTLIVES.match(after)) and (
        _AFTER_END.search(outlives.group()) or not _SAYS_SO.search(text[:260])
    ):
        return True
    if re.match(r"\W{0,3}(?:thereafter|after|afterwards)\b", after) and re.search(
        r"\b(?:and|plus)\W+(?:for\W+)?(?:an? |the )?(?:(?:additional |further )?period of )?(?:an? )?$",
        before,
    ):
        return True
    if match(
        r"[\s'-]{0,2}(?:prior|advance|written|notice|before|renewal|extension|additional|successive"
        r"|extensions)\b",
        after,
    ):
        return True
    clause = re.split(r"[;.]|\bunless\b|\band thereafter\b|\bthereafter\b|, and (?:shall|will)\b", before)[-1]
    clause = _RUN_IN.sub("", clause)
    if search(
        r"\bunless\b|\bthereafter\b|\bafter (?:that|which)\b"
        r"|\bprovided\b(?! (?:herein|in|under|below|above|elsewhere|for|by|otherwise)\b)|\bat least\b"
        r"|\bnot less than\b|\bno later than\b|\bwithin\b|\bnotice\b",
        before[-70:],
    ):
        return True
    renewed = next(iter(reversed(list(_RENEWAL.finditer(clause)))), None)
    again = renewed is not None and not search(r"\binitial\b", clause[renewed.end() :])
    return again or bool(_NOT_TERM.search(clause))


_LATER_OF = re.compile(
    r"\b(?:expires?|expiring|terminates?|ends?|ending|until|through)\b[^.;]{0,30}\b(?:earlie|late)(?:r|st)\b"
    r"[^.;]{0,160}\b(?:or|and)\W{1,3}(?:\w{1,3}\) )?(?:on )?(?:the )?$",
    re.IGNORECASE,
)


_ENDS_AS_OF = re.compile(r"\b(?:ends?|expires?|terminates?) as of\W*$", re.IGNORECASE)


def _end(context: Context, sentence: Sentence) -> DateMention | None:
    """The printed last day, if the sentence gives one."""
    text = sentence.text
    for day in reversed(list(dates(text, month_first=context.month_first))):
        before = _UNNOTICED.sub("", text[max(0, day.start - 120) : day.start])[-80:]
        if (
            (_UNTIL.search(before) or _LATER_OF.search(text[: day.start]))
            and (not _FROM.search(before[-14:]) or _ENDS_AS_OF.search(before))
            and not _excluded(text, day)
        ):
            return day
    return None
