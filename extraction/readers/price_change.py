"""price_change: how prices may change: with what notice, by how much at most, or after which index."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from extraction.clauses import addresses_reader, clause_at, is_example, is_recital, open_condition
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import DurationMention, Mention, PercentMention, redacted_durations
from extraction.sentences import Sentence, span_of
from obligations.terms import PriceChange

KIND = "price_change"
_MOVES = (
    "increas", "adjust", "chang", "modif", "rais", "revis", "escalat", "alter", "amend", "exceed", "announc",
    "decreas", "reduc", "inflat", "index",
)  # fmt: skip
_PRICES = (
    "price",
    "pricing",
    "fee",
    "rate",
    "charge",
    "tariff",
    "cost",
    "payment schedule",
    "of the payment",
)
_PRICE = (
    r"(?:prices?|pricing|price list|amounts? of the payments?"
    r"|payment schedule|list prices?|fees?|rates?|charges?|tariffs?|(?:base |unit )?costs? (?:of|for) "
    r"(?:the )?(?:services?|products?|goods))"
)
_MOVE = (
    r"(?:increas(?:e|es|ed|ing)|adjust(?:s|ed|ing|ments?)?|chang(?:e|es|ed|ing)|modif(?:y|ies|ied"
    r"|ications?)|rais(?:e|es|ed|ing)|revis(?:e|es|ed|ions?)"
    r"|escalat(?:e|es|ed|ions?)|alter(?:s|ed|ations?)?|amend(?:s|ed)?|decreas(?:e|es|ed)|reduc(?:e|es|ed"
    r"|tions?)|indexed|goes up|go up|rise[sn]?)"
)
_GAP = r"(?:(?!\b(?:if|unless|because|party|terminat\w*|invoic\w*|paid|pay|deliver\w*|days?)\b)[^.;:]){0,90}?"
_ACTIVE = re.compile(
    rf"\b(?:may|shall|will|must|can|right to|rights? to|entitled to|agrees? (?:not )?to|elects? to|reserves "
    rf"the right to|wish(?:es)? to|to|power to|permitted to|may, [^,;]{{3,90}},"
    rf"|not|if \w+|should \w+|time,?|or|and"
    rf"|discretion,?) (?:\w+ ){{0,3}}?(?P<move>{_MOVE})\s{_GAP}\b(?P<price>{_PRICE})\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    rf"\b(?P<price>{_PRICE})\b(?:(?!\b(?:if|unless|because|terminat\w*|paid"
    rf"|deliver\w*)\b)[^.;:]){{0,110}}?\b(?:may|shall|will|can|is|are|must|to)\b (?:not )?(?:also )?(?:\w+ )?"
    rf"(?:be )?(?:subject to )?(?:\w+ly )?(?:annual |yearly |an? )?(?P<move>{_MOVE})\b",
    re.IGNORECASE,
)
_NOUN = re.compile(
    rf"\b(?P<price>{_PRICE}) (?P<move>increases?|adjustments?|changes?|modifications?|revisions?|decreases?"
    rf"|reductions?)\b"
    rf"|\b(?P<move2>increases?|adjustments?|changes?|modifications?|revisions?|escalations?|decreases?"
    rf"|reductions?) (?:in|of|to|on) (?:the |its |such |any |our |their |all |those |then[- ]current "
    rf"|applicable |[A-Z]\w+ )*"
    rf"(?:[\w-]+ ){{0,3}}?(?P<price2>{_PRICE})\b",
    re.IGNORECASE,
)
_RAISED_BY = re.compile(
    rf"\b(?P<price>{_PRICE})\b[^.;,]{{0,40}}\b(?P<move>increased|escalated|raised) by\b"
    rf"|\b(?:{_PRICE}|invoice[sd]?)\b[^.;]{{0,220}}"
    r"\b(?:adjusted|increased|indexed) (?:\w+ )?(?:for|by|to) inflation",
    re.IGNORECASE,
)
_PRICED = re.compile(r"\b(?:prices|fees|charges|rates|tariffs|fee|charge|cost)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(?:such|this|the|an?|no|any|each|every) (?:price |annual |yearly |proposed )?(?:increases?"
    r"|adjustments?|changes?|raises?)\b"
    r"|\b(?:the|such|a|any|its) (?:new |revised |updated )?(?:offer|price list|quotation)\b[^.;]{0,40}"
    r"\b(?:sent|submitted|given|provided|delivered|made)\b"
    r"|\bwith effect from|\b(?:adjust(?:ed)?|rais(?:e|ed)|increas(?:e|ed)|chang(?:e|ed)) (?:them|it)\b"
    r"|\bthey may be (?:adjusted|increased|raised|changed)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\binterest rates?\b|\brates? of interest|\bexchange rates?\b|\bexercise price|\bchange orders?\b"
    r"|\btax rates?\b|\bdiscount rate"
    r"|\bcoverage\b|\binsurance\b|\bpurchase price (?:allocation|for the (?:shares|assets))|\bchange (?:of"
    r"|in) control|\bshares\b|\bstock\b"
    r"|\bretail price (?:maintenance|at which)|\bgrowth rates?|\blate (?:fee|charge)s?|\bper annum\b"
    r"|\bLIBOR|\bprime rate|\bmargin rate"
    r"|\boverdue|\bpast due|\baudit|\bunder-?pa(?:id|yment)|\bsuccess rate|\berror rate|\bdefect rate"
    r"|\bcompletion of the (?:offering|sale)",
    re.IGNORECASE,
)
_NOTICED = re.compile(
    r"\W{0,3}(?:(?:'s?|calendar|business|or more|of)\W{1,2}){0,2}(?:prior|advance|advanced|written|notice"
    r"|before|in advance|ahead|beforehand|earlier|previous)\b",
    re.IGNORECASE,
)
_NOTICE_OF = re.compile(
    r"\b(?:notice|notif(?:y|ies|ied|ication)|announce[sd]?|inform(?:s|ed)?|advise[sd]?"
    r"|period)\b[^.;]{0,120}\b(?:at least|not less than|no less than|of|minimum of|no(?:t)? later than"
    r"|with)\b\W{0,2}"
    r"(?:a |an |the |period |of |minimum |at least |not less than )*$",
    re.IGNORECASE,
)
_FOR_OTHER = re.compile(
    r"\b(?:terminat\w*|cancel\w*|reject\w*|object\w*|pay(?:ment|able)?|invoic\w*|orders? (?:placed|received"
    r"|accepted)|fixed|firm|remain|renew\w*|dispute\w*|negotiat\w*|agree(?:ment)?\b)"
    r"[^.;,]{0,60}$",
    re.IGNORECASE,
)
_CAP = re.compile(
    r"\b(?:exceed(?:s|ing)?|more than|greater than|up to|at most|limited to|capped at|cap of|maximum(?: "
    r"of)?|in excess of|higher than|not over|above|over)\b"
    r"[^.;%]{0,70}$",
    re.IGNORECASE,
)
_BY = re.compile(
    r"\b(?:by|of|plus|equal to|at|be|is)\b\W{0,2}(?:an? |the |additional |further |amount |sum |equal to |of "
    r"|approximately |annual |rate )*$",
    re.IGNORECASE,
)
_INDEX = re.compile(
    r"\b(?P<name>(?:[A-Z][\w.]+ ){0,4}(?:[Cc]onsumer|[Pp]roducer|[Rr]etail|[Ww]holesale|[Ss]ervices? "
    r"producer) [Pp]rices? [Ii]nd(?:ex|ices)"
    r"|(?:[A-Z][\w.]+ )?(?:CPI(?:-\w)?|C\.P\.I\.|RPI|PPI|HICP)|[Cc]ost[- ]of[- ][Ll]iving [Ii]ndex"
    r"|(?:[Ee]mployment|[Ll]abou?r) [Cc]ost [Ii]ndex"
    r"|index of [a-z ]{3,40}?(?= has| rises| is|,|\.|$)|published price of [a-z ]{3,40}?(?=,|\.| has|$)"
    r"|[a-z]+ (?:oil )?pipeline index\w*)(?!\w)"
)


@dataclass(frozen=True)
class _Rule:
    """What one sentence says about changes of prices."""

    sentence: Sentence
    place: Mention
    notice: DurationMention | None = None
    percent: PercentMention | None = None
    index: Mention | None = None
    gap: bool = False
    measure: bool = False

    @property
    def limits(self) -> int:
        return sum(part is not None for part in (self.notice, self.percent, self.index))


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every rule for changing prices; a cap or a notice in the next sentence belongs to the same rule."""
    rules = list(_rules(context))
    number = 0
    while number < len(rules):
        group = [rules[number]]
        while number + 1 < len(rules) and _same(group, rules[number + 1]):
            number += 1
            group.append(rules[number])
        number += 1
        yield from _drafted(context, group)


def _same(group: Sequence[_Rule], following: _Rule) -> bool:
    """Does the next sentence only add to the rule: a cap to a notice, or a notice to a cap?"""
    last = group[-1]
    if following.sentence.index - last.sentence.index > 1 or following.sentence is last.sentence:
        return False
    both = [*group, following]
    clash = sum(r.notice is not None for r in both) > 1 or sum(r.percent is not None for r in both) > 1
    return not clash


def _rules(context: Context) -> Iterator[_Rule]:
    priced = -9
    for sentence in context.prose():
        text, lower = sentence.text, sentence.lower
        about = any(word in lower for word in _PRICES)
        offered = "offer" in lower and 0 < sentence.index - priced <= 2
        moves = offered or any(word in lower for word in _MOVES) or _held(text) is not None
        if not (about or offered or sentence.index - priced <= 1) or not moves:
            priced = sentence.index if about and _PRICED.search(text) else priced
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        near = offered or sentence.index - priced <= 1 or "price" in sentence.section.lower()
        place = _held(text) or _moved(text) or (_referred(text) if near else None)
        if place is None:
            continue
        priced = sentence.index
        if not _OTHER.search(text[max(0, place.start - 200) : place.end + 260]):
            yield _rule(context, sentence, place)


_CAP_WORDS = re.compile(r"\b(?:more than|exceed\w*|in excess of|greater than|unless|except)\b", re.IGNORECASE)
_HOLDS = ("remain", " not ", "never", "firm", "fixed", "frozen", "guaranteed", "locked", "stay", "hold")


def _held(text: str) -> Mention | None:
    """ "Prices shall remain in effect for the first term": they are held for a time, a cap of nothing."""
    if not any(word in text for word in _HOLDS) or _CAP_WORDS.search(text):
        return None
    match = _HELD.search(text)
    return Mention(match.start(), match.end(), match.group()) if match else None


def _moved(text: str) -> Mention | None:
    """Where prices are said to change, None where the text speaks of no such change."""
    for pattern in (_ACTIVE, _PASSIVE, _NOUN, _RAISED_BY):
        if match := pattern.search(text):
            return Mention(match.start(), match.end(), match.group())
    return None


def _referred(text: str) -> Mention | None:
    match = _REFERS.search(text)
    return Mention(match.start(), match.end(), match.group()) if match else None


def _rule(context: Context, sentence: Sentence, place: Mention) -> _Rule:
    text = sentence.text
    notice = next((d for d in context.durations(sentence) if _is_notice(text, d)), None)
    moved = [p for p in context.percents(sentence) if _is_change(text, p, place)]
    percent = next((p for p in moved if _caps(text, p)), moved[0] if moved else None)
    index = _INDEX.search(text)
    gap = notice is None and any(_is_notice(text, g) for g in redacted_durations(text))
    held = notice is None and percent is None and index is None and _held(text) is not None
    return _Rule(
        sentence,
        place,
        notice,
        percent,
        # One that is only mentioned far from the change is not what prices follow.
        Mention(index.start(), index.end(), index["name"])
        if index and abs(index.start() - place.start) < 420
        else None,
        gap,
        held or (notice is None and percent is None and index is None and _measured(text, place)),
    )


_MEASURE = re.compile(
    r"\b(?:increas\w+|adjust\w+|chang\w+|revis\w+|rais\w+|reduc\w+|decreas\w+|escalat\w+)\b[^.;]{0,60}?"
    r"\b(?:by (?:a|an|the) (?:percentage|amount|factor|share|rate|formula)\b|in (?:direct )?proportion to"
    r"|to reflect|(?:for|by) inflation"
    r"|in accordance with (?:any |the )?(?:change|increase|index|formula)|(?:not"
    r"|never) exceed\b[^.;]{0,60}\bincrease"
    r"|based (?:up)?on (?:the |any )?(?:change|increase|variation|index))",
    re.IGNORECASE,
)
_HELD = re.compile(
    rf"\b{_PRICE}\b[^.;:]{{0,120}}?\b(?:(?:shall|will|must|to|do|does) (?:not|never) (?:be )?(?:\w+ )?"
    r"(?:increas|chang|rais|adjust|escalat|modif)\w*|(?:shall|will|must|to) (?:be |remain |stay |hold )+"
    r"(?:\w+ )?(?:fixed|firm|unchanged|constant|frozen|the same|in effect|guaranteed|locked|stable)"
    r")\b[^.;:]{0,50}?\b(?:for|during|throughout"
    r"|until|through|over|within|prior to|before)\b(?=[^.;:]{0,90}\b(?:terms?|years?|months?|period|days"
    r"|anniversary|20\d\d|19\d\d|agreement|contract)\b)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:may|can|negotiat\w+|mutual\w*|agree(?:d|s|ment)? (?:on|upon)|discuss\w*|request\w*)\b",
    re.IGNORECASE,
)


def _measured(text: str, place: Mention) -> bool:
    """ "shall be increased by a percentage that reflects the Provider's costs": firm, measured by words."""
    clause = clause_at(text, place.start)
    found = _MEASURE.search(text, max(clause.start, place.start - 40), clause.end)
    if found is None or _ASKED.search(text, max(clause.start, found.start() - 90), found.start()):
        return False
    return re.search(r"\b(?:shall|will|must)\b", text[clause.start : found.end()]) is not None


def _is_notice(text: str, length: Mention) -> bool:
    """The time a change is announced ahead: "upon 60 days' written notice", "at least 90 days before"."""
    clause = clause_at(text, length.start)
    before, after = (
        text[max(clause.start - 160, 0, length.start - 220) : length.start],
        text[length.end : length.end + 50],
    )
    if _FOR_OTHER.search(before[-90:]) and not re.search(r"\bnotice\b|\bnotif", before[-60:]):
        return False
    later = text[length.end : length.end + 140]
    if re.search(r"\bterminat|\bcancel|\bnon-?renew|\bdisagree", before[-110:], re.IGNORECASE) or re.search(
        r"\bnot to renew|\bterminat|\brenew(?:al)? (?:this|the) (?:agreement|contract)", later, re.IGNORECASE
    ):
        return False
    if re.match(r"\W{0,3}(?:following|after|of receipt)\b", later) or (
        re.search(r"\b(?:the|such|this)\s$", before) and "notice period" in later[:24]
    ):
        return False
    if isinstance(length, DurationMention) and length.unit in ("hour", "minute", "year"):
        return False
    if _NOTICED.match(after):
        return bool(
            re.search(
                r"\bnotice|\bnotif|\binform|\badvis|\bannounc|\badvance|\boffer (?:shall|must|will)\b",
                f"{before} {after} {text[length.end : length.end + 160]}",
                re.IGNORECASE,
            )
        )
    return isinstance(length, DurationMention) and bool(_NOTICE_OF.search(before))


def _caps(text: str, percent: PercentMention) -> bool:
    """Is it the most that prices may move, which counts before a share that only shows how they do?"""
    return _CAP.search(text[max(0, percent.start - 130) : percent.start]) is not None


def _is_change(text: str, percent: PercentMention, place: Mention) -> bool:
    """A share by which prices move or may move at most; not a threshold after "if costs rise by"."""
    before = text[max(0, percent.start - 130) : percent.start]
    if abs(percent.start - place.end) > (560 if _caps(text, percent) else 330) or percent.value > 100:
        return False
    opened = open_condition(text, percent.start)
    if opened is not None and not re.match(
        r"once (?:a|in|per|each|every)\b|where\b", text[opened:], re.IGNORECASE
    ):
        return False
    # A fee that is lowered because something failed is redress, not a change of prices.
    lowered = re.search(r"\b(?:reduc|decreas|lower)\w*[^.;%]{0,60}$", before, re.IGNORECASE)
    if lowered and re.search(r"\b(?:if|in the event|where|in case)\b", text[: percent.start], re.IGNORECASE):
        return False
    capped = _CAP.search(before)
    moved = re.search(rf"\b{_MOVE}\b[^.;%]{{0,110}}$", before, re.IGNORECASE)
    if capped:
        return bool(moved or re.search(_MOVE, text[: percent.start], re.IGNORECASE))
    if re.match(r"\W{0,2}(?:of the|of any) (?:price )?(?:change|increase|adjustment)", text[percent.end :]):
        return True
    return bool(moved and _BY.search(before)) and not re.search(
        r"\bdiscount|\bcredit|\bcommission|\broyalt", before[-80:]
    )


def _drafted(context: Context, group: Sequence[_Rule]) -> Iterator[Draft | Unread]:
    notice = next((r.notice for r in group if r.notice), None)
    percent = next((r.percent for r in group if r.percent), None)
    index = next((r.index for r in group if r.index), None)
    told = [r for r in group if r.limits or r.gap or r.measure]
    if not told:
        return
    first = next((r for r in group if r.limits), told[0])
    if notice is None and percent is None and index is None:
        yield Unread(
            kind=KIND, span=context.span(first.sentence), why="the measure of a price change is left open"
        )
        return
    text = " ".join(r.sentence.text for r in group)
    terms = PriceChange(
        percent=percent.value if percent else None,
        notice=notice.duration if notice else None,
        index=" ".join(index.text.split()) if index else None,
        most_per="year"
        if re.search(
            r"\bonce (?:a|per|in each|in any|each|in a) (?:calendar |contract )?year|\bannually\b",
            text,
            re.IGNORECASE,
        )
        else None,
        fixed=_fixed(percent, text, index),
    )
    places = [part for part in (first.notice, first.percent, first.index) if part is not None]
    sketch = from_sentence(context, first.sentence, terms, *(places or [first.place]), first.place)
    last = told[-1]
    if last.sentence is not first.sentence and told[0] is not last:
        sketch.span = span_of(
            context.document, told[0].sentence.start, last.sentence.end, first.sentence.section
        )
    sketch.debtor = context.roles.subject(first.sentence, first.place.start) or context.roles.provider
    yield sketch.draft(context)


def _fixed(percent: PercentMention | None, text: str, index: Mention | None) -> Decimal | None:
    """A change of so much each time, without "at most"."""
    if percent is None or index is not None:
        return None
    firm = re.search(
        r"\b(?:shall|will)\s(?:\w+ly\s)?(?:be\s)?(?:increase|rise|escalate)", text, re.IGNORECASE
    )
    return (
        percent.value
        if firm and not re.search(r"\bexceed|\bmore than|\bup to|\bat most|\bmaximum|\blimited", text)
        else None
    )
