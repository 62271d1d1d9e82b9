"""Interest and charges on what is paid late: so many percent a month or a year, or points over a rate."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from extraction import patterns
from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import (
    FIGURES,
    NUMBER_WORDS,
    REDACTED,
    Mention,
    MoneyMention,
    PercentMention,
    number_value,
)
from extraction.redacted import redacted_percents
from extraction.sentences import Sentence
from obligations.quantities import Money
from obligations.terms import LateInterest
from obligations.terms.common import Per

KIND = "late_interest"

_CHARGE = re.compile(
    r"\binterest(?! (?:in\b|of the\b|holders?|rates? (?:swap|hedg)|and title))|\blate[- ]?(?:payments? )?"
    r"(?:charges?|fees?|penalt\w+)|\b(?:finance|service|carrying|delinquency) charges?"
    r"|\bservice fees?(?= (?:of|equal to|at)\b)|\bsurcharges?\b"
    r"|\b(?:default|overdue) (?:fine|penalt\w+|charge)|\bpenalt(?:y|ies)\b|\bliquidated damages\b"
    r"|\blate fee\b",
    re.IGNORECASE,
)
_OWNING = re.compile(
    r"\b(?:ownership|equity|voting|beneficial|percentage|controlling|economic|working|membership|partnership"
    r"|security|mineral|carried|undivided|royalty|leasehold|legal|best|conflicts? of|financial|accrued"
    r"|insurable|right, title,? (?:and|or)|title,? (?:and|or|or any other)) $",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"\blate\b|\boverdue\b|\bpast[- ]due\b|\bunpaid\b|\bin arrears\b|\bdelinquen\w+"
    r"|\bwhen (?:they (?:are|become)"
    r" |it (?:is|becomes) |such (?:\w+ ){1,2}(?:is|are) )?due\b|\boutstanding\b|\b(?:due|payment"
    r"|invoice) dates?\b"
    r"|\b(?:not|never) (?:been )?(?:timely )?(?:paid|made|received|remitted|settled)\b|\bnon-?payment\b"
    r"|\bfail\w*(?: \w+){0,4} (?:pay|remit|make)\b|\bdefault\w* (?:in|on|of)\b(?: \w+){0,4} pay|\buntil"
    r" (?:it is |they are |so |fully |actually |such \w+ (?:is|are) )?paid\b|\bdate (?:it |such \w+ |of )?"
    r"(?:was |were |is |are )?due\b|\bunderpa\w+|\bunderstat\w+|\bdelay\w* (?:in|of) (?:\w+ ){0,2}pay"
    r"|\bdue and (?:owing|payable)\b.{0,40}\bnot\b|\bdate due\b|\bdelayed payments?\b|\bshortfall\b"
    r"|\bnot (?:made|paid)\b|\blater than\b|\bdoes not pay\b|\bwhen and as\b|\bon time\b|\bpay\w*"
    r"(?: \w+){0,3} in full\b",
    re.IGNORECASE,
)
_NO_INTEREST = re.compile(
    r"\b(?:without|no|not (?:bear|accrue|carry|include|be liable for)(?: any)?|exclusive of|excluding"
    r"|free of) (?:any )?interest\b",
    re.IGNORECASE,
)
_LOAN = re.compile(
    r"\b(?:loan|promissory|principal (?:amount|balance|sum)|notes?\b(?! that)|bonds?|debentures?"
    r"|certificates?"
    r"|coupon|escrow|deposit account|credit facility|lender|borrower|interest period|capital contribution"
    r"|tax(?:es|ing)? authorit|judgments?)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?<!maximum )(?<!highest )(?<!applicable )(?<!default )\b(?:prime|base|reference|discount|repo"
    r"|legal|statutory|libor|sonia|euribor|sofr|estr|lending|bank"
    r"|commercial|treasury|federal funds|refinancing|interbank)\b[\w ',.()-]{0,40}?\b(?:rates?|interest)\b"
    r"|\b(?:prime|libor|euribor|sofr|sonia)\b(?! time)|\brates?\b[\w ,'()-]{0,20}\b(?:prime|libor|euribor)\b"
    r"|\binterbank offered rate\b|\bwettelijke\b|\binterest act\b|\blegal interest\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:over|above|plus|in excess of|higher than|more than|on top of)\b|\+|\bpoints?\b", re.IGNORECASE
)
_THRESHOLD = re.compile(
    r"\b(?:(?:more|greater|less|higher|lower) than|exceed\w*|excess of|at least|(?:by|is|are|of) (?:an? )?"
    r"(?:more|amount|error)|within|in excess of|variance of|understate\w*[^.;]{0,30}by"
    r"|underpa\w+[^.;]{0,30}(?:by|of))"
    r"(?: \w+){0,3} ?$",
    re.IGNORECASE,
)
_PER = re.compile(
    r"\b(?:per|each|every|a|an|any|for (?:each|every)|by the|full|partial|or|complete|part of a|fraction"
    r"(?:al part)? of a) (?:\(?\w+\)? (?:or \w+ )?){0,3}?(?P<unit>day|week|month|quarter|year|annum)\b"
    r"|\b(?P<adverb>daily|weekly|monthly|quarterly|annually|annual|yearly)\b|\b(?P<pa>p\. ?a\.|pa\b|p\.m\.)"
    r"|\bper ?(?:thirty|30)(?: \(30\))?[- ]days?\b(?P<thirty>)|/ ?(?P<slash>day|month|mo|year|annum)\b",
    re.IGNORECASE,
)
_UNITS: dict[str, Per] = {
    "day": "day", "daily": "day", "week": "week", "weekly": "week", "month": "month", "monthly": "month",
    "mo": "month", "p.m.": "month", "quarter": "quarter", "quarterly": "quarter", "year": "year",
    "annum": "year", "annually": "year", "annual": "year", "yearly": "year", "p.a.": "year", "p. a.": "year",
    "pa": "year",
}  # fmt: skip
_REACH = 240
_APART = 320
"""How far the words for lateness may stand from those for the charge."""


@dataclass(frozen=True)
class _Rate:
    """One way of charging: the figure (None where only a reference rate is named) and where it stands."""

    place: Mention
    percent: Decimal | None
    per: Per | None
    over: str | None = None
    times: Decimal | None = None


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every rate on late payments: in prose, and in a row that is labelled as one."""
    for sentence in context.sentences:
        if sentence.form == "heading" or not _may_charge(sentence.lower):
            continue
        text = sentence.text
        if is_example(text) or is_recital(text) or addresses_reader(text) or _NO_INTEREST.search(text):
            continue
        yield from _sentence(context, sentence)


def _may_charge(lower: str) -> bool:
    return any(
        word in lower
        for word in ("interest", "late", "charge", "penalt", "liquidated", "overdue", "past due", "surcharge")
    ) and any(
        word in lower
        for word in (
            "%",
            "cent",
            "rate",
            "libor",
            "$",
            "€",
            "£",
            "eur",
            "usd",
            "gbp",
            "points",
            "‰",
            "per mille",
            "*",
        )
    )


def _sentence(context: Context, sentence: Sentence) -> Iterator[Draft | Unread]:
    charges = _charges(sentence.text)
    if not charges or not _is_about_lateness(sentence, charges):
        return
    rate = _rate(context, sentence, charges)
    if rate is not None and rate.percent is None and _DEFINES.search(sentence.text):
        return
    if rate is not None:
        yield _draft(context, sentence, rate, charges)
        return
    gaps = (*redacted_percents(sentence.text), *_redacted_rates(sentence.text))
    gap = next((g for g in gaps if _near(sentence.text, charges, g)), None)
    if gap is not None:
        per = _per(sentence.text, gap)
        yield Unread(
            kind=KIND,
            span=context.span(sentence),
            why="the rate of interest is redacted",
            known={"per": per} if per else {},
        )
        return
    if _NAMED_RATE.search(sentence.text) and not context.percents(sentence):
        yield Unread(kind=KIND, span=context.span(sentence), why="the rate of interest is stated elsewhere")
        return
    flat = _flat_charge(context, sentence)
    if flat is not None:
        terms = LateInterest(fixed=Money(amount=flat.amount, currency=flat.currency))
        sketch = from_sentence(context, sentence, terms, flat)
        sketch.key = "late fee"
        sketch.features.append("ambiguous")
        yield sketch.draft(context)


_DEFINES = re.compile(r"[\"”]\s(?:shall\s)?means?\b", re.IGNORECASE)
"""A definition of a rate charges nothing."""
_NAMED_RATE = re.compile(
    r"\b[Ii]nterest\b[^.;]{0,120}\bat (?:the|an?) "
    r"(?:rate (?:of interest )?(?:specified|set forth|provided|stated)"
    r"|(?:[A-Z][a-z-]+ ){0,3}(?:Interest |Default )(?:[A-Z][a-z]+ )?Rate\b)"
)
"""A rate that only has a name here ("at the Default Rate")."""


def _charges(text: str) -> list[re.Match[str]]:
    """The words for what is charged; an interest that is owned is another thing."""
    return [m for m in _CHARGE.finditer(text) if not _OWNING.search(text[max(0, m.start() - 32) : m.start()])]


_LATE_MONEY = re.compile(
    r"\b(?:pay\w*|unpaid|amounts?|sums?|invoices?|fees?)\b[^.;]{0,60}\b(?:late|overdue|due|delay\w*"
    r"|on time)\b"
    r"|\b(?:overdue|outstanding|late|unpaid|delayed|delinquent|due)\b[^.;]{0,40}\b(?:pay\w*|amounts?|sums?"
    r"|invoices?|fees?|balance)\b",
    re.IGNORECASE,
)


def _is_about_lateness(sentence: Sentence, charges: Sequence[re.Match[str]]) -> bool:
    """Is the charge for paying late? Penalties and damages only where what is late is a payment."""
    text = sentence.text
    late = any(
        abs(m.start() - charge.start()) < _APART for m in _LATE.finditer(text) for charge in charges
    ) or patterns.search(
        r"\blate (?:payments?|charges?|fees?)|\boverdue|\bpast due|\binterest on\b", sentence.topic
    )
    if not late and sentence.lead is not None:
        late = _LATE.search(sentence.lead.text)
    if not late:
        return False
    weak = all(patterns.match(r"penalt|liquidated|surcharge|service", m.group()) for m in charges)
    if weak and not _LATE_MONEY.search(text):
        return False
    loan = _LOAN.search(text)
    return loan is None or bool(
        patterns.search(r"\b(?:late|overdue|past[- ]due|delinquent|unpaid|in arrears|not paid)\b", text)
    )


_QUALIFIES = re.compile(
    r"\W*(?:(?:per|a|each|calendar|month|year|annum|p\.a\.|annual|monthly|late|late-?payment|simple|finance"
    r"|service|payment|of|in|default|compound)\W+){0,5}$",
    re.IGNORECASE,
)


def _near(text: str, charges: Sequence[re.Match[str]], place: Mention) -> bool:
    """Does the figure follow a word for the charge closely, or qualify it ("1% per month interest")?"""
    return any(
        0 <= place.start - charge.end() <= _REACH
        or (0 <= charge.start() - place.end <= 50 and _QUALIFIES.match(text[place.end : charge.start()]))
        for charge in charges
    )


_POINT_FIGURE = re.compile(
    rf"(?P<n>{NUMBER_WORDS}|{FIGURES})(?:\s?\((?P<again>{FIGURES})\))?\s(?:(?P<basis>basis)\s"
    rf"|percentage\s)?points?\b",
    re.IGNORECASE,
)


_PER_MILLE = re.compile(rf"(?P<n>{FIGURES})\s?(?:‰|per mille\b|per thousand\b)", re.IGNORECASE)


def _points(text: str) -> Iterator[PercentMention]:
    """ "nine (9) percentage points", "200 basis points", and thousandths ("1‰")."""
    if "‰" in text or "per mille" in text or "per thousand" in text:
        for match in _PER_MILLE.finditer(text):
            if (share := number_value(match["n"])) is not None:
                yield PercentMention(match.start(), match.end(), match.group(), False, share / 10)
    if "point" not in text:
        return
    for match in _POINT_FIGURE.finditer(text):
        value = number_value(match["again"] or match["n"])
        if value is not None:
            value = value / 100 if match["basis"] else value
            yield PercentMention(match.start(), match.end(), match.group(), False, value)


_GAP = re.compile(
    rf"\b(?:rates? (?:per annum |per month )?(?:of|equal to)(?: the (?:aggregate|sum) of)?|(?:charge|fee"
    r"|interest|penalty) of)\s"
    rf"(?P<gap>{REDACTED}|\[\W*\*+\W*\])|(?P<alone>{REDACTED}) (?:per (?:month|annum|year)|points (?:above"
    r"|over))\b",
    re.IGNORECASE,
)


def _redacted_rates(text: str) -> Iterator[Mention]:
    """Rates that are blacked out with their sign ("at the rate of [***] per month")."""
    if "*" in text or "_" in text or "[" in text:
        for match in _GAP.finditer(text):
            name = "gap" if match["gap"] else "alone"
            yield Mention(match.start(name), match.end(name), match[name])


def _rate(context: Context, sentence: Sentence, charges: Sequence[re.Match[str]]) -> _Rate | None:
    """The first rate: a percentage with a period counts before one without."""
    text = sentence.text
    reference = _REFERENCE.search(text)
    found: list[_Rate] = []
    for percent in (*context.percents(sentence), *_points(text)):
        if not _near(text, charges, percent) or _is_threshold(text, percent):
            continue
        found.append(_of(text, percent, reference))
    dated = next((rate for rate in found if rate.per is not None), None)
    if dated is not None:
        return dated
    strong = any(not patterns.match(r"penalt|liquidated|surcharge", charge.group()) for charge in charges)
    if found and strong and (found[0].percent or Decimal(0)) < 40:
        return found[0]
    if reference is not None and any(0 <= reference.start() - c.end() <= _REACH for c in charges):
        place = Mention(reference.start(), reference.end(), reference.group())
        if patterns.search(
            r"\b(?:specified|set forth|stated|provided|described|under) in (?:section|clause)", text
        ):
            return None
        return _Rate(place, None, None, _name(reference), _times(text, reference))
    return None


def _is_threshold(text: str, percent: PercentMention) -> bool:
    """A figure that says when something applies ("understated by more than 5%"), or a part of the debt."""
    if percent.value >= 100:
        return True
    before, after = text[max(0, percent.start - 60) : percent.start], text[percent.end : percent.end + 40]
    if _POINTS.search(after[:30]) or patterns.match(r"\s?(?:per|a) (?:month|year|annum)", after):
        return bool(
            patterns.search(
                r"\bunderstat|\bunderpa|\bdiscrepan|(?<!not )(?<!not to )\bexceed\w* (?:by )?$", before
            )
        )
    if patterns.search(r"\bnot (?:to )?(?:exceed\w*|in excess of|more than)(?: \w+){0,2} ?$", before):
        return False
    return bool(_THRESHOLD.search(before)) and not patterns.search(r"\brates?\b[^.;]{0,40}$", before)


def _of(text: str, percent: PercentMention, reference: re.Match[str] | None) -> _Rate:
    over = None
    if reference is not None:
        low, high = sorted((percent.start, reference.start()))
        between = text[low : high + 1] + text[percent.end : percent.end + 60]
        if _POINTS.search(between) and abs(reference.start() - percent.start) < 220:
            over = _name(reference)
    per: Per | None = "year" if over else _per(text, percent)
    return _Rate(percent, percent.value, per, over)


def _per(text: str, place: Mention) -> Per | None:
    """The period of a rate: the words after the figure, else those right before it ("a monthly rate of")."""
    after = re.sub(r"\b(?:compound|calculat)\w*(?: \w+){0,3}", "", text[place.end : place.end + 90])
    stop = re.search(
        r";|\.\s[A-Z]|\b(?:or|and) (?:at )?(?:the )?(?:maximum|highest|less|greater|lesser|lower)", after
    )
    if match := _PER.search(after[: stop.start()] if stop else after):
        return _unit(match)
    before = text[max(0, place.start - 70) : place.start]
    if matches := list(_PER.finditer(before)):
        return _unit(matches[-1])
    return None


def _unit(match: re.Match[str]) -> Per:
    word = match["unit"] or match["adverb"] or match["pa"] or match["slash"]
    return _UNITS[word.lower()] if word else "month"


def _name(reference: re.Match[str]) -> str:
    return " ".join(reference.group().lower().split())[:60]


def _times(text: str, reference: re.Match[str]) -> Decimal | None:
    before = text[max(0, reference.start() - 30) : reference.start()]
    said = patterns.search(r"\b(two|three|four|twice|double)\b(?: times)? (?:the )?(?:\w+ )?$", before)
    if said is None:
        return None
    return {"two": Decimal(2), "twice": Decimal(2), "double": Decimal(2), "three": Decimal(3)}.get(
        said[1].lower(), Decimal(4)
    )


def _flat_charge(context: Context, sentence: Sentence) -> MoneyMention | None:
    """ "a late fee of $50": a fixed sum for paying late."""
    text = sentence.text
    if not _LATE_MONEY.search(text):
        return None
    for charge in patterns.words(
        r"\blate[- ](?:payment )?(?:charge|fee|penalty)\b|\badministrative (?:late )?(?:charge|fee)\b"
        r"|\bwhich (?:fee|charge|penalty) (?:will|shall) be\b"
    ).finditer(text):
        for amount in context.money(sentence):
            between = text[charge.end() : amount.start]
            if 0 <= amount.start - charge.end() <= 60 and not patterns.search(
                r"\bexceed|\bless than\b", between
            ):
                return amount
            if 0 <= charge.start() - amount.end <= 12:
                return amount
    return None


def _draft(context: Context, sentence: Sentence, rate: _Rate, charges: Sequence[re.Match[str]]) -> Draft:
    text = sentence.text
    charge = min(charges, key=lambda m: abs(m.start() - rate.place.start))
    terms = LateInterest(
        percent=rate.percent,
        per=rate.per,
        over=rate.over,
        times=rate.times,
        compounding=_compounding(text),
        whole_months=rate.per == "month"
        and bool(
            patterns.search(r"\bmonth,? or (?:any )?(?:part|fraction|portion)\b|\bfull or partial\b", text)
        ),
        from_reminder=bool(
            patterns.search(r"\b(?:after|from|day of) (?:\w+ ){0,3}(?:reminder|dunning)\b", text)
        ),
    )
    sketch = from_sentence(
        context, sentence, terms, rate.place, Mention(charge.start(), charge.end(), charge.group())
    )
    sketch.key = _key(text)
    sketch.debtor = context.roles.payer
    if rate.per is None and rate.over is None and rate.percent is not None:
        sketch.features.append("ambiguous")
        sketch.notes.append("the text does not say for what time the rate is")
    return sketch.draft(context)


def _compounding(text: str) -> Literal["simple", "month", "quarter", "year"] | None:
    if patterns.search(r"\bsimple (?:rate of )?interest\b|\bnot compound", text):
        return "simple"
    said = patterns.search(r"\bcompound\w*(?: \w+){0,6}? (month|quarter|annual|year)", text)
    if said is None:
        return None
    word = said[1].lower()
    return "month" if word == "month" else "quarter" if word == "quarter" else "year"


def _key(text: str) -> str:
    for name, pattern in (
        ("royalties", r"\broyalt"),
        ("invoices", r"\binvoic"),
        ("fees", r"\bfees?\b"),
    ):
        if patterns.search(pattern, text):
            return name
    return "late payments"
