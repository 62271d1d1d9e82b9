"""When a report is due: how often, and how long after the period, event or request it is for."""

import re
from dataclasses import dataclass, replace
from datetime import time

from extraction.clauses import is_failure
from extraction.context import Context
from extraction.dates import dates
from extraction.hours import weekday
from extraction.periods import period_mentions
from extraction.quantities import ORDINAL, REDACTED, DurationMention, Mention, ordinal_value
from extraction.sentences import Sentence
from obligations.calendars.spec import Weekday
from obligations.terms import Per

_BEFORE_PERIOD = (
    r"(?:the |each |every |any |such |a |that |its |said |then |one |our |your |applicable |relevant "
    r"|respective )*"
    r"(?:calendar |contract |fiscal |financial |accounting |agreement |reporting |license |royalty "
    r"|applicable |full |three-month )*"
)
_NTH = re.compile(
    rf"\b(?:by|on|on or (?:before|prior to)|no(?:t)? later than|before|within|until|at the latest (?:by"
    rf"|on))\s"
    rf"(?:the\s)?(?:close of (?:business on\s)?(?:the\s)?|end of (?:business on\s)?(?:the\s)?)?"
    rf"(?P<n>{ORDINAL})\s?(?:\(\s?\d{{1,2}}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)?\s?\)\s?)?(?P<business>business "
    rf"|working |banking )?(?P<calendar>calendar )?(?P<day>day\s?)?(?P<link>of|in|after|following)\s"
    rf"(?P<rest>(?:the\s|each\s|every\s|any\s|such\s|a\s|that\s|its\s)?(?:[\w-]+\s){{0,6}}?"
    rf"(?P<unit>month|quarter|year|week|period)s?)\b",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(?:by|on|no later than|not later than|every|each|before)\s(?:close of business on\s|noon on\s)?"
    r"(?:each\s|every\s|the\s)?(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b(?P<rest>[^.;]{0,40})",
    re.IGNORECASE,
)
_AT = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))?\s?(?P<half>a\.?m\b|p\.?m\b)?(?:\s?(?:hours|hrs|h"
    r"|o'clock)\b)?",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:with ?in|no(?:t)? (?:later|more) than|later than|in|by|at the latest|not? to exceed|not exceed"
    r"|up to|at least|not less than|no less than|least"
    r"|more than|or)\W{0,2}(?:an? |the |a period of |a maximum of |at most |approximately |about |each )*$"
    r"|[:|]\s?$",
    re.IGNORECASE,
)
_ANCHORED = re.compile(
    r"(?:\s?\([^()]{0,24}\))?\W{0,3}(?:period |or less |or sooner )?(?:after|following|of|from|prior to"
    r"|before|in advance|subsequent to|past|upon)\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\b(?:next|following|preceding|previous|prior|rolling|last|coming|succeeding|upcoming|first|during|for"
    r"|over|each|every|covering|subsequent|period of)\W{0,2}(?:the |an? |such )?$",
    re.IGNORECASE,
)
_OTHERS_TIME = re.compile(
    r"\b(?:pay(?:s|able)?|cure[sd]?|remed\w+|object\w*|disput\w+|respond\w*|review\w*|approv\w+|accept\w*"
    r"|correct(?!ive)\w*|terminat\w+|inspect\w*|keep|retain\w*|maintain\w*|commenc\w+|meet)\b",
    re.IGNORECASE,
)
_RECURS = re.compile(
    r"\b(?:each|every|per|any)\s(?:and every\s)?(?:calendar |contract |fiscal |financial |accounting "
    r"|agreement |reporting |license |licence |business |trade |royalty |full |such |full calendar "
    r"|successive |of the |\w+ )?"
    r"(?:contract year |fiscal |calendar )?(?P<unit>day|week|month|quarter|year|half[- ]year|six months"
    r"|three months|twelve months|month-end|quarter-end)s?\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bevery\s(?P<n>three|six|twelve|3|6|12)\s?(?:\(\d{1,2}\)\s)?months?\b|\b(?P<twice>twice"
    r"|two times) (?:a|per|each|every|in each) (?:calendar |contract |fiscal )?year\b",
    re.IGNORECASE,
)
_ADVERB = re.compile(
    r"\b(?<!\bbi-)(?P<adverb>(?<=calendar[- ])(?:month|quarter|year)(?=[ -]basis)|daily|weekly|monthly"
    r"|quarterly|semi-?\s?annual(?:ly)?|half-?yearly"
    r"|annual(?:ly)?|yearly)"
    r"\b(?P<next>\W{0,2}(?:[\w'/&-]+\W{1,2}){0,5})",
    re.IGNORECASE,
)
_BASIS = re.compile(
    r"^\W*(?:\w+ )?(?:basis|and\b|or\b|thereafter|within|by\b|in\b|to\b|with\b|on\b|at\b|during|of\b|as\b"
    r"|for\b|the\b|an?\b|no later|not later|not less|upon|from|written|report|statement|account)"
    r"|^\W*[,.;:)]|^\W*$",
    re.IGNORECASE,
)
_PERIOD_END = re.compile(
    rf"\b(?:end|close|expiration|expiry|conclusion|completion|beginning|start|last day|first day"
    rf"|commencement) of (?:{_BEFORE_PERIOD})(?P<unit>day|week|month|quarter|year)\b"
    rf"|\b(?:after|following|of) (?:the )?(?:close of |end of )?{_BEFORE_PERIOD}(?P<unit2>month|quarter"
    rf"|year|week)(?:[- ]end|'s end)?\b|\b(?P<unit3>month|quarter|year)[- ]end\b",
    re.IGNORECASE,
)
_SAME_PERIOD = re.compile(
    r"\b(?:during|for|in|of|over) (?:the|such|that|said|each|any|every|the preceding|the previous"
    r"|the prior|the immediately preceding) (?:\w+ )?(?P<unit>month|quarter|year|week)\b",
    re.IGNORECASE,
)
_PER_OF: dict[str, Per] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "half-year": "half_year",
    "half year": "half_year",
    "six months": "half_year",
    "three months": "quarter",
    "twelve months": "year",
    "month-end": "month",
    "quarter-end": "quarter",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "annual": "year",
    "annually": "year",
    "yearly": "year",
}
_REQUEST = re.compile(
    r"\b(?:up)?on (?:[\w']+ ){0,5}?(?:request|demand)\b|\bif (?:so )?requested\b|\b(?:of|after"
    r"|following) (?:[\w']+ ){0,6}?(?:request|demand)\b|\bat (?:[\w']+ ){0,4}?request\b|\b"
    r"when (?:so )?requested\b|(?P<asked>\b(?:as|that|which) (?:[\w']+ ){0,6}?(?:may"
    r"|shall) (?:[\w, ]+ )?(?:be (?:\w+ )?)?"
    r"(?:request|require)(?:ed)?\b(?! (?:by|under) (?:law|applicable))|\b(?:reasonably"
    r"|as) requested\b(?! by law))",
    re.IGNORECASE,
)
_EACH_EVENT = re.compile(
    r"\b(?:for|of|after|following|upon|with|to|from) (?:each|every|any|(?<!of )(?<!to )all) (?!(?:calendar "
    r"|contract "
    r"|fiscal |such )?(?:day|week|month|quarter|year|period|party|of the|other)\b)(?:[\w-]+ ){0,2}[\w-]+"
    r"|\b(?:each|every) (?:[\w-]+ )?(?:shipment|incident|accident|event|outage|visit|delivery|batch|lot"
    r"|study|test|meeting|order|complaint|breach|race|sale|inspection|occurrence)\b"
    r"|\b(?:becoming|became|becomes|being made|been made) aware\b|\b(?:occurrence|discovery|knowledge"
    r"|learning) of\b|\bits occurrence\b",
    re.IGNORECASE,
)
_WITH_EACH = re.compile(
    r"[^.;]{0,90}?\b(?:with|for|after|following|upon|to|at|before|during) (?:each|every|any"
    r"|all) (?:[\w-]+ )?(?:shipments?"
    r"|deliver(?:y|ies)|batch(?:es)?|lots?|orders?|incidents?|accidents?|stud(?:y|ies)|visits?|events?"
    r"|races?|payments?|meetings?)\b",
    re.IGNORECASE,
)
_REGULAR = re.compile(
    r"\b(?:regular(?:ly)?|periodic(?:ally|al)?|bi-?weekly|bi-?monthly|fortnightly|ongoing)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Due:
    """When one report is due, as far as its sentence says; `regular` where it only says "regularly"."""

    every: Per | None = None
    within: DurationMention | None = None
    nth: int | None = None
    nth_business: bool = False
    day: int | None = None
    weekday: Weekday | None = None
    at: time | None = None
    regular: bool = False
    places: tuple[Mention, ...] = ()

    @property
    def limited(self) -> bool:
        return (
            self.within is not None
            or self.nth is not None
            or self.day is not None
            or self.weekday is not None
        )

    @property
    def stated(self) -> bool:
        return self.limited or self.every is not None or self.regular


@dataclass(frozen=True)
class Act:
    """A report and the words that make somebody send it: its name's range, and the range of its clause."""

    start: int
    end: int
    verb: int
    name: str
    first: int
    last: int
    accompanies: bool = False
    loose: bool = False
    own: int = 0
    """Where its own limb of an inline list begins; `first` is the beginning of what introduces the list."""
    received: bool = False
    """Whether it is told from the side that gets the report."""


def due_of(context: Context, sentence: Sentence, act: Act) -> Due:
    """When the report of an act is due: by the words of its own limb, else by those before the list."""
    if act.own > act.first:
        alone = due_of(context, sentence, replace(act, first=act.own))
        if alone.stated:
            return alone
    text = sentence.text
    due = _limit(context, sentence, act)
    every = _every(text, act, due)
    if every is None and act.accompanies and (same := _SAME_PERIOD.search(text)):
        every = _named(same["unit"])
    if every is None and not due.limited and _requested(text, act):
        every = "request"
    if every in _PERIODS and due.within is not None and _IN_ADVANCE.match(text, due.within.end):
        due = Due(places=due.places)
    regular = (
        not due.limited
        and every is None
        and (
            bool(_REGULAR.search(text[max(act.first, act.start - 60) : min(act.last, act.end + 90)]))
            or _left_open(text, act)
        )
    )
    if (
        due.within is not None
        and every in (None, "event")
        and _REQUEST.search(text[due.within.end : due.within.end + 90])
    ):
        every = "request"
    return replace(due, every=every, regular=regular)


def _requested(text: str, act: Act) -> bool:
    """Is it due on request? "As … may request" asks for the last report named before it."""
    return any(
        not match["asked"] or not _ANOTHER.search(text, act.end, match.start())
        for match in _REQUEST.finditer(text, act.first, act.last)
    )


_ANOTHER = re.compile(r"\b(?:reports?|statements?|forecasts?)\b", re.IGNORECASE)
_OPEN = re.compile(
    rf"\b(?:within|later than|less than|by|before|prior to|after|following|every|each|per|once|on an?|on"
    rf"|at least|upon)\s(?:the |a |any )?(?:first |last )?{REDACTED}|(?:^|[.;]\s"
    rf"|\d\s){REDACTED},?\s[\w ]{{1,40}}?"
    rf"\s(?:shall|will|must)\b"
    rf"|{REDACTED}\s(?:\([^()]*\)\s)?(?:\w+ )?(?:rolling|forecast|reports?|statements?|updates?|summar"
    rf"|written|basis"
    rf"|days?|months?|weeks?|quarters?|after|before|following|prior)",
    re.IGNORECASE,
)
_REDACTED = re.compile(REDACTED)
_OPEN_LIMIT = re.compile(
    rf"\b(?:within|later than|by the|on the)\s(?:the )?{REDACTED}\s?(?:\([^()]*\)\s?)?(?:(?:business"
    rf"|calendar|working)\s)?"
    rf"(?:days?|weeks?|months?)?\s?(?P<rest>(?:after|following|of|from|upon)\b[^.;]{{0,100}})",
    re.IGNORECASE,
)
"""A limit whose figure is blacked out, and what it runs from."""
_EACH_PERIOD = re.compile(
    r"\b(?:for|after|following|end of|in) (?:each|every) (?:[\w-]+ ){0,4}?period\b", re.IGNORECASE
)
_AT_THE_END = re.compile(
    r"\b(?:following|upon|after|on|at) (?:any |the |such )?(?:\w+ ){0,2}?(?:termination|expiration|expiry"
    r"|completion|conclusion)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:at the (?:times?|frequency)|as|accordance with|pursuant to|governed by|required by|described"
    r"|specified|set forth|listed|identified|outlined)\b[^.;]{0,50}?\b(?:exhibit|schedule|appendix|annex"
    r"|attachment)\b",
    re.IGNORECASE,
)


def _left_open(text: str, act: Act) -> bool:
    """Is there a time that the sentence leaves blank, to a schedule, or to the end of something?"""
    if act.loose:
        return bool(_OPEN.search(text, max(act.first, act.start - 150), min(act.last, act.end + 150)))
    if _REDACTED.match(text, act.end + 1):
        return True
    return any(
        pattern.search(text, max(act.first, act.start - 160), min(act.last, act.end + 160))
        for pattern in (_OPEN, _EACH_PERIOD, _AT_THE_END, _ELSEWHERE)
    )


_PERIODS = frozenset(("day", "week", "month", "quarter", "half_year", "year"))
_IN_ADVANCE = re.compile(
    r"(?:\s?\([^()]{0,24}\))?\W{0,3}(?:prior to|before|in advance|preceding)\b", re.IGNORECASE
)
"""A report for a period to come is early, not late: its length is no time after the period."""


def _limit(context: Context, sentence: Sentence, act: Act) -> Due:
    text = sentence.text
    if day := _nth(text, act):
        return day
    if (named := _WEEKDAY.search(text, act.first, act.last)) and (day_name := weekday(named["day"])):
        at = hour(named["rest"]) or hour(text[max(0, named.start() - 12) : named.start()])
        return Due(weekday=day_name, at=at, places=(Mention(named.start(), named.end(), named.group()),))
    chosen = [length for length in context.durations(sentence) if _limits(text, length, act)]
    if chosen:
        best = min(
            chosen, key=lambda d: (d.start > act.start and d.start - act.end > 260, abs(d.start - act.start))
        )
        return Due(within=best, places=(best,))
    return Due()


def _nth(text: str, act: Act) -> Due | None:
    for match in _NTH.finditer(text, act.first, act.last):
        number = ordinal_value(match["n"].replace(" ", ""))
        rest = match["rest"].lower()
        if number is None or number < 1 or (match["unit"].lower() == "week" and not match["business"]):
            continue
        place = Mention(match.start(), match.end(), match.group())
        if match["business"]:
            return Due(nth=number, nth_business=True, places=(place,))
        if match["link"].lower() in ("after", "following") or re.search(r"\b(?:end|close)\b", rest):
            return Due(nth=number, places=(place,))
        if number == 1 and re.match(r"on\s(?!or\b)", match.group(), re.IGNORECASE):
            return Due(places=(place,))
        if match["unit"].lower() == "month":
            return Due(day=number, places=(place,))
    return None


def _limits(text: str, length: DurationMention, act: Act) -> bool:
    """Is the length the time allowed for the report of this act?"""
    if not act.first <= length.start < act.last or length.unit == "second":
        return False
    before, after = text[max(act.first, length.start - 70) : length.start], text[length.end : length.end + 90]
    allowed = None if _LASTS.search(before) else _WITHIN.search(before)
    if not allowed and not (
        _ANCHORED.match(after) and not _SPAN.search(before) and re.search(r"\bdue\b", before)
    ):
        return False
    if re.search(r"\b(?:in|by|or)\W{0,2}(?:the |an? )?$", before) and not _ANCHORED.match(after):
        return False
    if _PAYING.search(before) and not act.accompanies:
        return False
    if re.match(r"\W{0,3}(?:period|rolling|forecast|old)\b", after) or is_failure(text, length.start):
        return False
    if length.start < act.verb:
        between = text[length.end : act.verb]
        if _ALSO_MUST.search(between) and re.search(r"\bmay\b", text[act.first : length.start]):
            return False
        return len(re.findall(r"\b(?:shall|will|must)\b", between)) <= 1 and not _OTHERS_TIME.search(
            _aside(text[act.first : length.start])[-40:]
        )
    between = text[act.verb : length.start]
    if re.search(
        r"\b(?:shall|will|must|may)\b", text[max(act.end, act.verb + 6) : length.start]
    ) and not _LATE_LIMIT.search(before):
        return False
    return not _OTHERS_TIME.search(_aside(between)[-60:])


_ALSO_MUST = re.compile(r"\band (?:shall|will|must)\b", re.IGNORECASE)
"""A duty added to a right: the time before it is that of the right."""
_LASTS = re.compile(
    r"\b(?:for|lasts?|exceeds?|exceeding|continues?|older|age of|period of)\W(?:\w+ ){0,2}?(?:more|longer"
    r"|less|greater)"
    r" than (?:an? )?$",
    re.IGNORECASE,
)
"""How long something lasts is no time for a report of it."""
_PAYING = re.compile(r"\bpayments? (?:shall|will|must) be (?:made|due)\b[^.;,]{0,30}$", re.IGNORECASE)
_LATE_LIMIT = re.compile(
    r"\b(?:in (?:no|any) (?:event|case)|(?:shall|will|must) be (?:\w+ )?(?:due|delivered|provided|submitted"
    r"|sent|furnished|made))\b[^.;]{0,50}$",
    re.IGNORECASE,
)


def _aside(words: str) -> str:
    """Words without nouns that look like other actions ("a review of", "payments due")."""
    return re.sub(
        r"\b(?:the|a|an|each|any|all|its|such|of|for|and|or|royalty|to be) (?:pay\w*|review\w*|objection\w*"
        r"|dispute\w*|approv\w*|commence\w*|terminat\w*)",
        " ",
        words,
        flags=re.IGNORECASE,
    )


def _every(text: str, act: Act, due: Due) -> Per | None:
    """How often: in the report's own name, in its limit, elsewhere in the clause, else by an event."""
    if due.places and not due.limited and (per := _in_limit(text[due.places[0].start : act.last], due)):
        return per
    if several := _YEARLY_DATES.search(text, act.first, act.last):
        return _TIMES_A_YEAR.get(len(_DAY_OF_YEAR.findall(several["days"])))
    own = text[max(act.first, act.start - 34) : act.end]
    if (found := list(_ADVERB.finditer(own))) and (per := _named(found[-1]["adverb"])):
        return per
    if due.places:
        limit = text[due.places[0].start : min(due.places[0].end + 120, act.last)]
        if per := _in_limit(limit, due):
            return per
    if due.weekday is not None:
        return "week"
    region = text[act.first : act.last]
    if per := _recurring(region, text[act.start : act.end]):
        return per
    if not due.limited and (open_limit := _OPEN_LIMIT.search(text, act.first, act.last)):
        if per := _in_limit(open_limit["rest"], due):
            return per
        if _EACH_EVENT.search(open_limit["rest"]):
            return "event"
    place = due.within
    near = text[place.end : place.end + 110] if place is not None else ""
    if due.limited and (
        _EACH_EVENT.search(near) or _EACH_EVENT.search(text[act.first : max(act.first, act.start)])
    ):
        return "event"
    if not due.limited and _WITH_EACH.match(text[act.end : act.end + 150]):
        return "event"
    return None


_DAY_OF_YEAR = re.compile(
    r"\b(?:(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber)\b(?: \d{1,2})?"
)
_YEARLY_DATES = re.compile(
    rf"(?P<days>(?:(?:the )?{_DAY_OF_YEAR.pattern}(?:st|nd|rd|th)?\W{{1,2}}(?:and )?(?:on )?){{2,4}})"
    r"(?:of|in) (?:each|every) (?:\w+ )?year"
)
_TIMES_A_YEAR: dict[int, Per] = {2: "half_year", 4: "quarter"}


def _in_limit(limit: str, due: Due) -> Per | None:
    """The period named in the limit: "after the end of each quarter"."""
    if match := _PERIOD_END.search(limit):
        said = match["unit"] or match["unit2"] or match["unit3"]
        words = match.group().lower()
        if re.search(r"\b(?:this|the) (?:term|agreement)\b", words):
            return None
        if re.search(r"\bcontract year quarter\b", limit.lower()):
            return "quarter"
        return _named(said)
    if due.within is None:
        return next((m.per for m in period_mentions(limit)), None)
    return _recurring(limit, "")


def _recurring(region: str, name: str) -> Per | None:
    """A period that comes again and again: "each quarter", "monthly", "on an annual basis"."""
    if match := _COUNTED.search(region):
        return (
            "half_year"
            if match["twice"]
            else _named(
                {"three": "quarter", "3": "quarter", "six": "half_year", "6": "half_year"}.get(
                    match["n"].lower(), "year"
                )
            )
        )
    for match in _ADVERB.finditer(region):
        if _BASIS.match(match["next"]):
            return _named(match["adverb"])
    for match in _RECURS.finditer(region):
        if _RATE.search(region, max(0, match.start() - 20), match.start()):
            continue
        if match["unit"].lower() == "day" and not re.search(
            r"\b(?:each|every) (?:business |trade |calendar )?day\b", match.group(), re.IGNORECASE
        ):
            continue
        if re.match(r"any\b", match.group(), re.IGNORECASE) and not re.search(
            r"\b(?:end|close|after|following|within)\b", region[: match.start()][-40:]
        ):
            continue
        return _named(match["unit"])
    return None


_RATE = re.compile(rf"(?:\d|{REDACTED}|\)|%|percent|hours?|dollars?|units?)\s$")
"""Before "per month", the figure of a rate: it tells no interval of reports."""


def anchored(context: Context, sentence: Sentence) -> DurationMention | None:
    """The length of a line of key and value that runs from something ("20 days after month end")."""
    return next(
        (
            length
            for length in context.durations(sentence)
            if re.match(r"\W{0,3}(?:after|following|of|from)\b", sentence.text[length.end :])
        ),
        None,
    )


def time_of_payment(context: Context, sentence: Sentence, act: Act) -> Due | None:
    """When a payment is due that a statement comes with: by its own sentence, or by the two before it."""
    before = context.sentences[max(0, sentence.index - 2) : sentence.index]
    told = sentence.text[: act.start]
    if not _PAYMENT.search(told):
        return None
    earlier = (
        [s for s in reversed(before) if s.section == sentence.section] if _SUCH_PAYMENT.search(told) else []
    )
    for each in (sentence, *earlier):
        if not _PAYMENT.search(each.text):
            continue
        for length in context.durations(each):
            limit = each.text[length.start : length.end + 120]
            if _WITHIN.search(each.text[max(0, length.start - 70) : length.start]) and (
                per := _in_limit(limit, Due(within=length))
            ):
                return Due(every=per, within=length, places=(length,) if each is sentence else ())
        if per := _recurring(each.text, ""):
            return Due(every=per)
    return Due(regular=True) if re.search(r"\b(?:each|every|all|any)\b", told, re.IGNORECASE) else None


_PAYMENT = re.compile(
    r"\b(?:pay\w*|paid|royalt\w+|remit\w*|commissions?|(?:amounts?|sums?|fees|monies"
    r"|moneys) (?:\w+ )?(?:due|owed"
    r"|owing))\b",
    re.IGNORECASE,
)
_SUCH_PAYMENT = re.compile(
    r"\b(?:such|each|every|all|the|said|these|any) (?:[\w-]+ ){0,2}?(?:payments?|royalt\w+|remittances?"
    r"|commissions?)\b",
    re.IGNORECASE,
)


def _named(said: str) -> Per | None:
    words = " ".join(said.lower().split())
    if words.startswith(("semi", "half")):
        return "half_year"
    return _PER_OF.get(words)


def yearly_date(text: str, start: int, end: int) -> bool:
    """ "no later than 28 February in each year": a day that comes once a year."""
    return bool(
        re.search(
            r"\b(?:by|before|than|on|prior to)\W+(?:the )?(?:\d{1,2}(?:st|nd|rd"
            r"|th)? (?:day )?(?:of )?[A-Z][a-z]+|[A-Z][a-z]+ \d{1,2}(?:st|nd|rd|th)?)\b[^.;]{0,24}\b(?:each"
            r"|every|any) (?:\w+ )?year",
            text[start:end],
        )
    ) and not dates(text[start:end])


def hour(words: str) -> time | None:
    """The hour that words name ("17:00", "5 p.m.")."""
    for match in _AT.finditer(words):
        hours, minute = int(match["h"]), int(match["m"] or 0)
        half = (match["half"] or "").lower()[:1]
        if not (match["m"] or half or re.search(r"hours|hrs|o'clock", match.group())):
            continue
        hours += 12 if half == "p" and hours < 12 else 0
        if hours < 24 and minute < 60:
            return time(hours, minute)
    return None
