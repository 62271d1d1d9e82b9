"""minimum_commitment: the least quantity or amount to buy, sell, pay or do, once or in every period."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction.clauses import (
    MODAL,
    addresses_reader,
    clause_at,
    is_example,
    is_negated,
    is_recital,
    open_condition,
)
from extraction.commitments import is_firm, is_next, left_elsewhere, points_elsewhere, work_time
from extraction.context import Context
from extraction.drafting import Sketch, from_sentence
from extraction.model import Draft, Unread
from extraction.order_floors import as_before, firm_forecasts, order_sizes, shortfalls
from extraction.patterns import search
from extraction.periods import PeriodMention, period_mentions
from extraction.quotas import (
    defined_least,
    exclusive_quotas,
    key_lines,
    led_items,
    obliged_to,
    open_purchases,
    period_of_lead,
    shares_of_needs,
)
from extraction.sentences import Sentence
from extraction.volumes import Volume, volumes
from obligations.terms import MinimumCommitment, Per

KIND = "minimum_commitment"
_RELEVANT = re.compile(
    r"\bminim|\bat least\b|\b(?:not|no|never) (?:less|fewer|lower|smaller) th[ae]n\b|\bguarantee"
    r"|\btake or pay"
    r"|\bequal to or\b|\bor equal to\b|\bequals? or\b|\bmoq\b"
    r"|\bcommits? to|\bundertakes? to"
    r"|\btakes, or pays|\bworth of\b"
)
_FIRM = re.compile(
    r"\b(?:purchas|buy|order|sell|procure|acquire|take|deliver|provid|guarant|display|serve|run|generat"
    r"|make|devot"
    r"|dedicat|spend|work|be available|contribut|perform|render)"
)
_LEAST = re.compile(
    r"\b(?:at (?:the very )?least|(?:not|no) (?:less|fewer|lower|smaller) th[ae]n|never (?:less|fewer) than"
    r"|(?:equal to or|equals? or) (?:greater|more|larger)(?: than)?|(?:greater|more|larger) than or equal to"
    r"|equals? or exceeds?|(?:a "
    r"|an |the )?(?:[a-z]+ )?minimum(?: [a-z]+){0,3}?(?: of)?"
    r"|(?:is|are|be) not (?:below|under))\W{0,2}"
    r"(?:(?:the |a |an |its |sum |amount |aggregate |total |volume |quantity |number |of |equal to |any "
    r"|greater of |higher of |average |monthly |annual |guaranteed |initial |\(?[a-z]{1,3}\) "
    r"|approximately |net |gross |value"
    r"|purchases? |orders? |in |with |price |worth )\s?)*(?:[A-Za-z -]{3,70}(?:/\d+ )?(?:dollars|euros?"
    r"|pounds)\s?\(\s?)?$",
    re.IGNORECASE,
)
_AFTER_LEAST = re.compile(
    r"\W{0,2}(?:[\w'-]+ ){0,2}?minimum\b(?! of)|\W{0,2}(?:or more|at (?:a |the )?(?:minimum|least))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:minimum|guaranteed)(?: [\w'’/-]+){0,4}? ?(?:purchases?|royalt(?:y|ies)|commitments?|guarantees?"
    r"|quantit(?:y|ies)|volumes?|orders?|sales"
    r"|payments?|fees?|amounts?|requirements?|revenues?|targets?|compensation|impressions?|spend(?:ing)?"
    r"|obligation|price|charges?|contribution"
    r"|[A-Z]{2,5})\b[^.;0-9]{0,120}?(?:\b(?:is|are|be|of|to|equals?|follows|means|least|at)\b"
    r"|[:=(])(?:(?<=[:=])[^.;]{0,170}|[^.;0-9]{0,50})$",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"\b(?:purchas\w+|buys?|orders?|ordered|sells?|sold|sales|spend\w*|spent|pay\w*|paid|royalt\w*"
    r"|commit\w*|invest\w*|deliver\w*|suppl\w+|take[s]?"
    r"|procur\w+|generat\w+|achiev\w*|guarant\w*|maintain\w*|provid\w*|contribut\w*|licens\w+|produc\w+"
    r"|mak(?:e|es|ing)|participat\w+|send\w*|post\w*"
    r"|run\w*|perform\w*|display\w*|ensur\w*|work(?:s|ing)?|operat\w+|revenues?|fund\w*|appear\w*|attend\w*"
    r"|stock\w*|carr(?:y|ies)|publish\w*|earn\w*"
    r"|picked|call(?:s)? off|manufactur\w*|ship\w*|transport\w*|tender\w*|price|rate|charge|fees?|use[sd]?"
    r"|play\w*|advertis\w+"
    r"|compensation|promot\w+|conduct\w*|train\w*|offer\w*)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\binsur\w+|\bcoverage\b|\bper occurrence|\bliabilit|\bvot(?:e|es|ing)\b|\bshares\b|\bstock\b(?! of)"
    r"|\bboard\b|\bquorum|\bnet worth|\bindemn"
    r"|\bsecurities\b|\bnotice\b|\brating|\bwarrant\w*|\bfor so long as|\bbeneficial|\bshareholders?"
    r"|\bmerger|\bacquisition|\bdamages\b|\bexceed\w*"
    r"|\bcapital (?:of|stock|account|contribution)|\bassets\b|\binterest (?:rate|of)|\bmillion in cash"
    r"|\bunderwrit|\bbank\b|\baudit|\bdiscrepan"
    r"|\bletter of credit|\bescrow|\bterminat\w+ (?:of|this|for)|\bmeans (?:any|a|an|the) (?:person|entity"
    r"|transaction|event|material)",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\binsurance\b|\bcoverage\b|\bself-insur|\bcredit rating|\bquorum|\bcapital\b"
    r"|\bnet worth",
    re.IGNORECASE,
)
_PER_PIECE = re.compile(
    r"\b(?:charge|fee|rate)s? (?:of|is)\b[^.;]{0,50}\d[^.;]{0,12}\bper (?!month|year|quarter|week|annum"
    r"|calendar|contract)",
    re.IGNORECASE,
)
_OVER_TIME = re.compile(
    r"\W{0,2}(?:per|each|every|a|an|/)\s?(?:calendar |contract )?(?:day|week|month|quarter|year|annum)",
    re.IGNORECASE,
)


def _is_much(text: str, volume: Volume) -> bool:
    """More than one thing; hours only where they are hours of work in a period."""
    if volume.amount is not None and volume.amount < 2:
        return False
    if volume.unit.lower() == "hours":
        return bool(_OVER_TIME.match(text[volume.place.end :])) or bool(
            search(
                r"\b(?:working|operating|operational|service) (?:hours|time)\b[^.;]{0,80}$",
                text[: volume.place.start],
            )
        )
    return True


_MISSED = re.compile(
    r"\b(?:fails?|failed|failing|failure|(?:do|does|did|has|have|shall|is|are) not)\b[^.;]{0,140}$",
    re.IGNORECASE,
)
_FIRM_CONDITION = re.compile(r"\b(?:provided|so long as|as long as|in order to|subject to)\b", re.IGNORECASE)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every least quantity that somebody has to reach, and schedules of least amounts by year."""
    found: set[int] = set()
    for sentence in context.prose():
        for volume, per in _in_sentence(context, sentence):
            found.add(sentence.index)
            draft = _found(context, sentence, volume, per)
            name = defined_least(sentence)
            owed = obliged_to(context, name) if name else None
            yield draft.model_copy(update={"span": context.span(owed)}) if owed else draft
    further = [*_schedules(context), *_led(context)]
    yield from further
    yield from _left_elsewhere(context, found, alone=not found and not further)


def _in_sentence(context: Context, sentence: Sentence) -> Iterator[tuple[Volume, Per | None]]:
    """Every least quantity of a sentence with its period, each once and in the order of the text."""
    text = sentence.text
    relevant = _RELEVANT.search(sentence.lower)
    led = sentence.lead is not None and "purchas" in sentence.lead.lower
    if (
        not (relevant or led or _FIRM.search(sentence.lower) or "forecast" in sentence.lower)
        or is_example(text)
        or is_recital(text)
    ):
        return
    if addresses_reader(text):
        return
    known = tuple(volumes(context, sentence))
    found: list[Volume] = []
    for volume in known:
        goes_on = bool(found) and is_next(text, found[-1], volume)
        if goes_on or (relevant and _committed(sentence, volume)) or is_firm(sentence, volume):
            found.append(volume)
    found += work_time(context, sentence)
    lines = list(key_lines(context, sentence))
    for more in (
        exclusive_quotas(context, sentence),
        shares_of_needs(context, sentence),
        open_purchases(sentence, known),
        firm_forecasts(context, sentence),
        order_sizes(sentence),
    ):
        found += [v for v in more if not any(_overlap(v, other) for other in found)]
    if not found and not lines:
        found += [*as_before(sentence), *shortfalls(sentence)][:1]
    lines = [(v, per) for v, per in lines if not any(_overlap(v, other) for other in found)]
    both = [*lines, *((v, _per(sentence, v)) for v in found)]
    yield from sorted(both, key=lambda pair: pair[0].place.start)


def _overlap(one: Volume, other: Volume) -> bool:
    return one.place.start < other.place.end and other.place.start < one.place.end


def _led(context: Context) -> Iterator[Draft | Unread]:
    """Items below words such as "a monthly minimum of:"."""
    for sentence, lead, volume in led_items(context):
        if not _committed(sentence, volume) and not is_firm(sentence, volume):
            yield _found(context, sentence, volume, period_of_lead(lead) or _per(sentence, volume))


def _left_elsewhere(context: Context, read: set[int], *, alone: bool) -> Iterator[Unread]:
    """Least quantities that the document names without stating them there; `alone` where it states none."""
    for sentence in context.prose():
        if sentence.index in read or not any(word in sentence.lower for word in _OPEN):
            continue
        if not (alone or points_elsewhere(sentence)) or is_example(sentence.text):
            continue
        if left_elsewhere(sentence):
            per = next((m.per for m in period_mentions(sentence.text)), None)
            yield Unread(
                kind=KIND,
                span=context.span(sentence),
                why="the least quantity is left to another place",
                known={"per": per} if per else {},
            )


_OPEN = ("minimum", "least", "guarantee", "quota", "milestone")


def _committed(sentence: Sentence, volume: Volume) -> bool:
    """Is the quantity the least that somebody has to buy, sell, pay or do?"""
    text, place = sentence.text, volume.place
    clause = clause_at(text, place.start)
    before, after = text[max(0, place.start - 240) : place.start], text[place.end : place.end + 40]
    least = _LEAST.search(before)
    named = None if least else _NAMED.search(before)
    if (
        not least
        and not named
        and not (_AFTER_LEAST.match(after) and _ACTS.search(text[clause.start : place.end + 60]))
    ):
        return bool(_take_or_pay(text, volume))
    if not volume.is_money and not _is_much(text, volume):
        return False
    if _NEVER.search(text[clause.start : clause.end]) or _PER_PIECE.search(
        text[max(0, place.start - 70) : place.end + 40]
    ):
        return False
    around = text[max(clause.start, place.start - 170) : place.end + 110]
    if _OTHER.search(around):
        return False
    opened = open_condition(text, place.start)
    if opened is not None and least is not None and _MISSED.search(text[opened : place.start]):
        return _ACTS.search(text, opened, place.end + 60) is not None
    if is_negated(
        text, max(clause.start, place.start - 120), place.start - (len(least.group()) if least else 0)
    ):
        return False
    if opened is not None and not _FIRM_CONDITION.match(text, opened):
        return False
    if named:
        return bool(
            MODAL.search(text, clause.start)
            or search(r"\b(?:is|are|means)\b|[:=]", text[clause.start : place.start])
        )
    return _obliged(sentence, volume, clause.start)


_NO_WORK = re.compile(
    r"\b(?:request|approv\w+|designating|committee|staff\w*|seats|experience|qualif\w+|names?|numbers"
    r"|candidates"
    r"|size|length|width|font|pixels)\b",
    re.IGNORECASE,
)
"""What a least number counts where nobody has to reach it as a quantity of work or goods."""


def _obliged(sentence: Sentence, volume: Volume, start: int) -> bool:
    """A verb that binds, before the quantity or in the lead; money needs an action that counts, too."""
    text = sentence.text
    words = text[start : volume.place.end + 120]
    lead = sentence.lead.text[-240:] if sentence.lead else ""
    if not _ACTS.search(words) and not _ACTS.search(lead) and (volume.is_money or _NO_WORK.search(words)):
        return False
    bound = MODAL.search(text, 0, volume.place.end + 60) or MODAL.search(lead)
    return bool(bound) or bool(
        search(
            r"\b(?:buys|purchases|orders|takes|calls off|sells|pays|minimum|provided|commits|guarantees)\b",
            words,
        )
    )


def _take_or_pay(text: str, volume: Volume) -> bool:
    """ "commits to purchases of USD 300,000 per year", "takes, or pays for if not taken, 1,000 units"."""
    before = text[max(0, volume.place.start - 70) : volume.place.start]
    return bool(
        search(
            r"\b(?:commits?|undertakes?|agrees?) (?:itself )?to (?:\w+ ){0,2}?(?:purchas\w+|order\w*|buy\w*"
            r"|sales|spend\w*|volumes?|take)"
            r"(?: [\w-]+){0,4}? ?$|\btakes?(?: or pays?|, or pays? for if not taken,)[\w\s,]{0,40}$"
            r"|\b(?:(?:shall|must|will|agrees? to)"
            r" (?:purchase|buy|spend|procure)|by procuring)(?: in [\w ]{4,30},)? ?$",
            before,
        )
        and (volume.is_money or search(r"\btakes?\b|\bcommit|\bundertak", before))
        and search(
            r"\bworth\b|\bper (?:contract |calendar )?year|\beach\b|\bevery\b",
            text[volume.place.end : volume.place.end + 80],
        )
    )


def _found(context: Context, sentence: Sentence, volume: Volume, per: Per | None = None) -> Draft | Unread:
    if volume.amount is None:
        known = ({"unit": volume.unit} if volume.unit else {}) | ({"per": per} if per else {})
        return Unread(
            kind=KIND,
            span=_sketch(context, sentence, volume, per).span,
            why="the least amount is left open",
            known=known,
        )
    return _sketch(context, sentence, volume, per).draft(context)


_OF_FORECAST = re.compile(
    r"(?:\b(?:being|equals?|that is|or)|,) (?:[\w-]+ )?(?:[\w -]+ ?\()?(\d+(?:\.\d+)?) ?(?:%|per ?cent)\)? "
    r"?\)?"
    r" of (?:\w+ ){0,3}(?:forecast|planned volume)",
    re.IGNORECASE,
)
_SELLS = re.compile(
    r"\b(?:supplier|seller|vendor|manufacturer|licensor) (?:shall|will|must|agrees to) (?:\w+ )?"
    r"(?:supply|deliver|produce|provide|make)",
    re.IGNORECASE,
)


def _sketch(context: Context, sentence: Sentence, volume: Volume, per: Per | None) -> Sketch:
    text = sentence.text
    share = _OF_FORECAST.search(text)
    terms = MinimumCommitment(
        amount=volume.amount,
        unit=volume.unit,
        per=per,
        year=_year(text) if per == "year" else None,
        sells=_SELLS.search(text) is not None,
        take_or_pay=bool(search(r"\btakes?,? or pays?\b|\btake[- ]or[- ]pay\b", text)),
        share_of_forecast=share[1] if share else None,
    )
    sketch = from_sentence(context, sentence, terms, volume.place)
    sketch.key = volume.unit.lower()
    sketch.debtor = context.roles.subject(sentence, volume.place.start) or context.roles.payer
    return sketch


def _year(text: str) -> Literal["contract", "calendar"] | None:
    if search(r"\bcontract year\b", text):
        return "contract"
    return "calendar" if search(r"\bcalendar year\b", text) else None


_ONCE = re.compile(
    r"[^.;]{0,90}?\b(?:by|on or before|no later than|before)"
    r" (?:[A-Z][a-z]+ \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]+ \d{4})"
)


_ASIDE = re.compile(r"\([^()]*\)")
_APART = re.compile(r"[;.(]")


def _per(sentence: Sentence, volume: Volume) -> Per | None:
    """The period it is the least of: named right after, else before it in the clause, else in the lead."""
    text, place = sentence.text, volume.place
    clause = clause_at(text, place.start)
    mentions = [m for m in period_mentions(text) if _is_period(text, m.start, m.end)]
    after = next(
        (m for m in mentions if place.start < m.start and m.start - place.end < 70 and m.start < clause.end),
        None,
    )
    before = [m for m in mentions if m.end <= place.start]
    if after is not None and not _APART.search(_ASIDE.sub("", text[place.end : after.start])):
        return after.per
    if _ONCE.match(text[place.end : place.end + 140]):
        return "once"
    if before:
        return before[-1].per
    if later := _later(text, place.end, mentions):
        return later
    if sentence.lead is not None and (led := list(period_mentions(sentence.lead.text[-300:]))):
        return led[-1].per
    return None


def _later(text: str, end: int, mentions: list[PeriodMention]) -> Per | None:
    """ "… in the second year of the term": a period further on, with nothing but words between."""
    far = next((m for m in mentions if end <= m.start < end + 170), None)
    if far is None or search(
        r"[;]|\.\s|\b(?:if|unless|provided|within|report|pay|which)\b", text[end : far.start]
    ):
        return None
    return (
        far.per
        if search(r"\b(?:in|during|for|each|per|every)\b", text[max(0, far.start - 14) : far.end])
        else None
    )


def _is_period(text: str, start: int, end: int) -> bool:
    """ "each month", not "the first month" nor "any day of the week"."""
    words = text[start:end].lower()
    if re.search(r"\b(?:third|fourth|last|final)\W{0,2}$", text[:start]) or words.startswith(
        ("third", "fourth")
    ):
        return False
    if re.match(r"(?:preceding|previous|prior|following|next|subsequent|of the|full|half)\b", words):
        return False
    return not re.match(r"\W{0,2}(?:notice|period following)", text[end : end + 20])


_TITLE = re.compile(
    r"\b(?:minimum|guaranteed)(?: [\w'’/-]+){0,4}? (?:purchases?|royalt(?:y|ies)|commitments?|guarantees?"
    r"|quantit(?:y|ies)|volumes?|orders?|sales"
    r"|payments?|fees?|amounts?|requirements?|revenues?)\b",
    re.IGNORECASE,
)
_NTH_YEAR = re.compile(
    r"^\W{0,4}(?:\(?\w{1,4}[.)]\s)?(?:in |for |during )?(?:the )?(?:(?:first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,2}(?:st|nd|rd|th))"
    r" (?:\(\d\w*\) )?(?:\w+ )?(?P<unit>year|quarter|month)|(?:contract |calendar |fiscal |agreement "
    r"|royalty )?(?P<unit2>year|quarter|month) (?:\d{1,4}|one|two"
    r"|three|four|five|six|seven|eight|nine|ten|[ivx]+)\b|(?P<unit3>(?:19|20)\d\d)\b)",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(
    r"^(?:in|for|during|within|by the end of) (?:each of )?(?:the |its )?(?:(?:first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth|tenth|last|final|initial|remaining|following|next|succeeding"
    r"|subsequent|each"
    r"|every|\w+)"
    r" ){1,3}?(?:(?:contract|product|calendar|fiscal|agreement|sales|license) )?"
    r"(?P<unit>year|quarter|month)s?\b",
    re.IGNORECASE,
)
_REACH = 9


def _schedules(context: Context) -> Iterator[Draft | Unread]:
    """Lines such as "Second Contract Year: $ 40,000" under words that speak of least amounts."""
    title: Sentence | None = None
    yield from _by_quantity(context)
    for sentence in context.sentences:
        if _TITLE.search(sentence.text) and (
            sentence.text.rstrip().endswith(":") or sentence.form == "heading"
        ):
            title = sentence
            continue
        if title is None or sentence.index - title.index > _REACH or sentence.form == "row":
            continue
        line = _NTH_YEAR.match(sentence.text)
        if line is None or len(sentence.text) > 160 or _LEAST.search(sentence.text):
            continue
        unit = (line["unit"] or line["unit2"] or "year").lower()
        per: Per = "month" if unit == "month" else "quarter" if unit == "quarter" else "year"
        first = next((v for v in volumes(context, sentence) if v.place.start >= line.end()), None)
        if first is not None:
            yield _found(context, sentence, first, per)


def _by_quantity(context: Context) -> Iterator[Draft | Unread]:
    """Items such as "(a) 400 Pumps in the first Contract Year", near words that speak of least quantities."""
    named = -99
    for sentence in context.sentences:
        named = sentence.index if _SPOKEN.search(sentence.text) else named
        if not sentence.item or len(sentence.text) > 160 or sentence.index - named > _FAR:
            continue
        first = next(volumes(context, sentence), None)
        if first is None or first.place.start > sentence.body + 12 or _RELEVANT.search(sentence.lower):
            continue
        if year := _OF_YEAR.match(sentence.text[first.place.end :].strip()):
            unit = year["unit"].lower()
            per: Per = "month" if unit == "month" else "quarter" if unit == "quarter" else "year"
            yield _found(context, sentence, first, per)


_SPOKEN = re.compile(
    r"\b(?:minimum|purchase (?:requirement|commitment|obligation|order)s?|quota)\b", re.IGNORECASE
)
_FAR = 14
"""Sentences between the words that speak of least quantities and the items that state them, at most."""
