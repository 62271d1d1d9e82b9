"""liquidated_damages: a sum or a share agreed beforehand for delay or another failure."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction.clauses import MODAL, addresses_reader, clause_at, is_example, is_negated, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import REDACTED, Mention, MoneyMention, PercentMention
from extraction.redacted import has_gap
from extraction.sentences import Sentence
from obligations.quantities import Duration, Money
from obligations.terms import LiquidatedDamages, Per

KIND = "liquidated_damages"
_WORDS = (
    "liquidated",
    "penalt",
    "damages",
    "delay",
    "late",
    "violation",
    "breach",
    "fine",
    "compensat",
    "lump sum",
    "cancellation",
    "termination",
    "not been",
    "fail",
    "violat",
    "has not",
)
_NAMED = re.compile(
    r"\bliquidated damages?\b|\b(?:contractual|delay|agreed|conventional) (?:penalt(?:y|ies)|damages)\b"
    r"|\blump[- ]sum (?:in |as |of )?(?:damages|compensation)"
    r"|\bpenalt(?:y|ies)\b|\blate delivery (?:charge|fee)s?\b|\bdelay (?:charge|compensation)s?\b"
    r"|\bfines?\b(?= of| in the amount|\W{0,3}[$€£\d])"
    r"|\"late fee\"|\bagreed damages\b"
    r"|\bper (?:violation|breach|infringement|offen[cs]e|contravention)\b|\bcompensation (?:of|equal to)\b"
    r"|\b(?:cancell?ation|(?:early[- ])?termination|break(?:age|[- ]up)?|exit) fees?\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(?:in the event|if|should|unless|where|when)\b[^.;]{0,260}\b(?:not been|fail(?:s|ed|ure)?|breach\w*"
    r"|violat\w+|does not|do not"
    r"|has not|have not|without (?:the |its )?(?:\w+ ){0,3}consent"
    r"|in violation)\b[^.;]{0,260}?\b(?P<owes>(?:shall|will|must|agrees? to)"
    r"\s(?:\w+\s){0,3}?(?:pay|forfeit|owe)\b(?: to)?(?: \w+){0,4}?)\s?(?:the (?:sum|amount) of "
    r"|an amount (?:of|equal to) "
    r"|an additional |a sum of )?(?=[$€£]|US ?\$|USD|RMB|EUR|GBP)"
    r"|\b(?P<pays>(?:shall|will|must|agrees? to)\s(?:\w+\s){0,3}?(?:pay|forfeit|owe)\b)[^.;]{0,60}?(?:[$€£]"
    r"|USD|RMB|EUR|GBP)\s?\d[\d,]*"
    r"(?:\.\d+)?\)? (?:per|for each|for every) [^.;]{0,120}\b(?:in violation|has not|have not|is not"
    r"|are not|not been|fails? to"
    r"|delay\w*)\b",
    re.IGNORECASE,
)
"""A plain sum that is to be paid where something was not done, or for each day on which it is not."""
_NO_SUM_FOR = re.compile(
    r"\b(?:costs?|expenses?|audit\w*|underst\w+|shortfall|deficien\w+|price|royalt\w+|premiums?|rent"
    r"|refund\w*|reimburs\w+"
    r"|per share|licen[cs]e fees?|shares|stock|deposit|due|owed|renew\w*|exten\w+|installments?"
    r"|instalments?)\b",
    re.IGNORECASE,
)
_FEE = ("cancellation fee", "cancelation fee", "termination fee", "break fee", "breakage fee", "exit fee")
_FEE_OF = re.compile(
    r"\W{0,3}(?:\([^()]*\) )?(?:of|equal|in (?:the|an) amount|shall|will|is|at|amounting)\b", re.IGNORECASE
)
"""A fee for ending early is an agreed sum where the text goes on to say how much it is."""
_DIRECT = re.compile(
    r"(?:,? (?:and|but) not (?:as )?a penalty,?)?\W{0,3}(?:(?:to|from) (?:the )?\w+(?: \w+)? )?(?:(?:in "
    r"|at |of |equal to |being |amounting to "
    r"|as much as |within "
    r"|not less than |at least |from "
    r"|to be )*(?:an? |the )?(?:amount |sum |total |range )?(?:of |equal to |at |from )*)?(?=[$€£\d(]"
    r"|US ?\$|USD|RMB|EUR|GBP|CNY)",
    re.IGNORECASE,
)
"""The figure follows the word for the damages at once: nothing else can be meant."""
_DELAY = re.compile(
    r"\b(?:for |per |each |every )(?:\w+ ){0,3}?(?:day|week|month)s?(?:'s?)? (?:of |that |by which |the "
    r")(?:\w+ ){0,4}?(?:delay|late|lateness|overdue|operate)\w*"
    r"|\b(?:late deliver(?:y|ies)|delay(?:ed delivery)?|lateness)\b[^.;]{0,60}\b(?:costs?|is compensated"
    r"|compensated with|owes?|pays?|claim)\b"
    r"|\bin delay\b|\bdays? late\b|\bdeliver\w* late\b|\bdelay\w*\b[^.;]{0,120}\b(?:per|each|every) (?:\w+ "
    r")?(?:day|week)",
    re.IGNORECASE,
)
_OWES = re.compile(
    r"\b(?:pay(?:s|able|ing)?|paid|owes?|owing|entitle[sd]?|liable|charg(?:e|es|ed)|forfeit\w*|retain\w*"
    r"|deduct\w*|impos\w+|assess\w*|claim|costs?|compensated|receives?"
    r"|credit\w*|amount|equal to|is|be|reimburse\w*|bear|incur\w*|require)\b",
    re.IGNORECASE,
)
_PAYMENT = re.compile(
    r"\b(?:overdue|past[- ]due|unpaid|late (?:payments?|charge)|delinquent)\b"
    r"|\b(?:fails?|failure|delays?) (?:to|in) (?:\w+ ){0,3}(?:pay|payment|remit)"
    r"|\bpayment (?:is |of )?(?:not made|delayed|late)|\bdelay\w*[^.;,]{0,40} (?:in|of) (?:its |the |such "
    r"|any )?payment|\bnot paid\b"
    r"|\binvoice|\binterest\b|\bearly[- ]payment|\bprepay",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\bindemnif\w+|\bhold harmless|\bwithout (?:any )?(?:\w+ )?penalt|\bpenalty of perjury|\bpenalties of "
    r"perjury|\btax(?:es|ing)?\b|\binsur\w+"
    r"|\bfines?,|\bpenalties,|\bcivil (?:or|and|penalt)|\bcriminal|\baggregate liability|\bliability "
    r"(?:shall|of|is|under)|\bexceed the total|\bunderpa(?:id|yment)"
    r"|\bdiscrepan|\bhearing|\bconsequential|\bnot (?:be )?(?:liable|entitled|obligated|responsible) (?:for"
    r"|to)\b|\bsecurities\b|\bBoard\b",
    re.IGNORECASE,
)
_GAP_RATE = re.compile(
    rf"(?:{REDACTED}|\[\s*[*●]+\s*\])\)?\s?(?:%|per ?cent)?[^.;,]{{0,60}}?\b(?:for|per) (?:each|every"
    rf"|any)?\s?"
    rf"(?:(?:full|additional|calendar|business|working|complete|such)\s)*(?:day|week|month|{REDACTED})s?"
    r"(?: or part thereof)?[^.;]{0,50}?\b(?:delay\w*|late\w*|beyond|past|overdue|after the (?:\w+ ){0,3}date"
    r"|that (?:\w+ ){0,4}(?:exceeds?|is not|are not))",
    re.IGNORECASE,
)
"""A blacked-out sum for every day of a delay."""
_CAP = re.compile(
    r"\b(?:up to|at most|limited to|not (?:to )?exceed(?:ing)?|no(?:t)? more than|capped at|maximum(?: of)?"
    r"|though not more than|most)\b[^.;%$]{0,60}$",
    re.IGNORECASE,
)
_CAP_AFTER = re.compile(
    r"\)?\s?(?:\([^()]*\) )?(?:at most|in all|maximum|in (?:the )?aggregate)\b", re.IGNORECASE
)
_LEVEL = re.compile(
    r"\b(?:below|less than|under|at least|falls?|more than|exceeds?|greater than|over|minus|x|by)\W{0,3}$"
    r"|\blevel of\W{0,3}$",
    re.IGNORECASE,
)
_PER = re.compile(
    r"\b(?:for each|for every|per|each|every|a|/)\s(?P<counts>commenced |started |full |whole |complete "
    r"|calendar |additional |business |such |partial |part )*"
    r"(?P<unit>day|week|month|(?:thirty|30)(?: \(30\))?[- ]day|violation|breach|time|occurrence|incident"
    r"|event|instance|offen[cs]e"
    r"|infringement|contravention)\b|\b(?P<adverb>daily|weekly) (?:penalt|damages|charge|sum)",
    re.IGNORECASE,
)
_BEGUN = re.compile(r"\b(?:commenced|started|begun|part of a|or part)\b", re.IGNORECASE)
_FULL = re.compile(r"\b(?:full|whole|complete) (?:day|week|month|percentage)", re.IGNORECASE)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every figure agreed for a failure; damages agreed without a figure are Unread."""
    for sentence in context.prose():
        lower, text = sentence.lower, sentence.text
        if not any(word in lower for word in _WORDS):
            continue
        trigger = _trigger(context, sentence)
        if trigger is None and _redacted(text):
            yield Unread(kind=KIND, span=context.span(sentence), why="the sum is redacted")
        if trigger is None or is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        if not _is_direct(text, trigger) and _is_else(text, trigger):
            continue
        yield from _figures(context, sentence, trigger)


def _redacted(text: str) -> bool:
    """Is a sum that is blacked out owed for every day of a delay, not of a payment?"""
    found = _GAP_RATE.search(text) if has_gap(text) else None
    if found is None or re.search(r"\bpayments?\b[^.;]{0,30}\b(?:late|delay)", text, re.IGNORECASE):
        return False
    return not _PAYMENT.search(text) and _OWES.search(text) is not None


def _is_direct(text: str, trigger: re.Match[str]) -> bool:
    """The figure follows the word for the damages, and they are not for paying late."""
    return (
        trigger.group().lower().startswith("liquidated")
        and _DIRECT.match(text, trigger.end()) is not None
        and _PAYMENT.search(text, clause_at(text, trigger.start()).start, trigger.start()) is None
    )


def _is_else(text: str, trigger: re.Match[str]) -> bool:
    """Is it about indemnities, taxes, insurance, or a charge on money that is late?"""
    if trigger.re is _FAILED:
        owes = trigger.start("owes") if trigger["owes"] else trigger.start("pays")
        return bool(
            _ELSEWHERE.search(text, max(0, owes - 20), trigger.end() + 60)
            or _PAYMENT.search(text, trigger.start(), trigger.end() + 60)
        )
    around = text[max(0, trigger.start() - 260) : trigger.end() + 260]
    return bool(_ELSEWHERE.search(around)) or _of_payment(text, trigger)


def _trigger(context: Context, sentence: Sentence) -> re.Match[str] | None:
    """The words for the damages: by name, by the delay they are for, or a sum for what was not done."""
    text = sentence.text
    named = [
        m
        for m in _NAMED.finditer(text)
        if not m.group().lower().rstrip("s").endswith(_FEE) or _FEE_OF.match(text, m.end())
    ]
    direct = next((m for m in named if _is_direct(text, m)), None)
    if named:
        return direct or named[0]
    money = context.money(sentence)
    if ("%" in text or "per cent" in sentence.lower or money) and (found := _DELAY.search(text)):
        return found
    if money and " pay" in text and (found := _FAILED.search(text)):
        owes = found.start("owes") if found["owes"] else found.start("pays")
        if not _NO_SUM_FOR.search(text, owes, min(len(text), found.end() + 60)):
            return found
    return None


def _of_payment(text: str, trigger: re.Match[str]) -> bool:
    """A charge on money that is late is interest, not damages."""
    clause = clause_at(text, trigger.start())
    return bool(
        _PAYMENT.search(text, max(clause.start, trigger.start() - 200), min(len(text), trigger.end() + 160))
    )


def _figures(context: Context, sentence: Sentence, trigger: re.Match[str]) -> Iterator[Draft | Unread]:
    text = sentence.text
    clause = clause_at(text, trigger.start())
    if is_negated(text, max(clause.start, trigger.start() - 60), trigger.start()):
        return
    marks: list[PercentMention | MoneyMention] = sorted(
        [*context.percents(sentence), *context.money(sentence)], key=lambda m: m.start
    )
    marks = [m for i, m in enumerate(marks) if not (i and _again(text, marks[i - 1], m))]
    near = [m for m in marks if -330 < m.start - trigger.end() < 420]
    caps = [m for m in near if _CAP.search(text[: m.start]) or _CAP_AFTER.match(text[m.end :])]
    rates = [m for m in near if m not in caps and _owed(text, m, trigger)]
    rates = [m for i, m in enumerate(rates) if not (i and _range_end(text, rates[i - 1], m))]
    if rates:
        for rate in rates[:4]:
            yield _draft(context, sentence, rate, caps, (trigger.start(), trigger.end()))
    elif _pays_formula(text, trigger) and not near:
        yield Unread(kind=KIND, span=context.span(sentence), why="the sum is left open or follows a formula")


def _again(text: str, one: Mention, other: Mention) -> bool:
    """ "one half per cent (0.5%)": the same figure in brackets."""
    return text[one.end : other.start].strip() == "("


def _range_end(text: str, one: Mention, other: Mention) -> bool:
    """ "from one thousand to five thousand": one promise, by its least sum."""
    between = re.sub(r"\([^()]*\)", " ", text[one.end : other.start])
    return bool(
        re.fullmatch(r"\W*(?:to|up to|and|-|–)\W*", between)
        and re.search(r"\b(?:from|between|range of)\W{0,3}$", text[max(0, one.start - 12) : one.start])
    )


def _owed(text: str, mark: Mention, trigger: re.Match[str]) -> bool:
    """Is the figure what is owed, not a level, a price it is a share of, or a threshold?"""
    before = text[max(0, mark.start - 60) : mark.start]
    if _is_direct(text, trigger) and 0 <= mark.start - trigger.end() < 60:
        return True
    if _LEVEL.search(before) or re.search(
        r"\bdifference between\b", text[max(0, mark.start - 90) : mark.start]
    ):
        return False
    if isinstance(mark, PercentMention) and re.match(
        r"\W{0,3}(?:of the time|ownership|or more\b|availab)", text[mark.end :]
    ):
        return False
    first, last = sorted((mark.start, trigger.start()))
    between = text[first : last + 40]
    if ";" in between and not _PER.search(text, mark.end, min(len(text), mark.end + 60)):
        return False
    return bool(_OWES.search(text[max(0, first - 160) : last + 40]))


_PAYS = re.compile(
    r"\b(?:shall|will|must|agrees? to|is|are|be)\b[^.;]{0,140}\b(?:pay|owe|entitled|liable|forfeit"
    r"|retain)\w*\b[^.;]{0,140}\bliquidated damages?\b",
    re.IGNORECASE,
)
_ONLY_NAMES = re.compile(
    r"\b(?:constitute|deemed|considered|right to (?:claim|receive)|payment of|amounts? of|if|any|no|such"
    r"|these|those|the said|limit|equivalent to|equal to)\b[^.;,]{0,50}$",
    re.IGNORECASE,
)


_PAYS_PENALTY = re.compile(
    r"\b(?:shall|will|must|agrees? to|(?:is|are|be) (?:obliged|obligated|required|liable) to)\b[^.;]{0,140}?"
    r"\b(?:pay|owe|forfeit|compensate|credit|bear|incur)\b[^.;]{0,140}?\b(?:penalty|(?:agreed"
    r"|delay|late delivery) (?:damages|charges?|compensation)|fines?)\b(?=[^.;]{0,80}?\b(?:equal|equivalent"
    r"|amounting|in (?:an|the) amount|of|for each|for every|per|calculated|determined|at the rate)\b)"
    r"|\b(?:penalty|(?:agreed|delay) (?:damages|charges?))\b[^.;]{0,60}\b(?:shall|will"
    r"|must)\b[^.;]{0,40}"
    r"\b(?:be paid|be payable|accrue|apply|be (?:assessed|imposed|charged|due))\b",
    re.IGNORECASE,
)


_NO_PENALTY = re.compile(
    r"\bgovernment\w*|\bauthorit(?:y|ies)\b|\bregulat\w+|\b(?:shall|will|must) not\b|\bno penalty\b"
    r"|\bwithout\b[^.;]{0,20}\bpenalty\b",
    re.IGNORECASE,
)


def _pays_formula(text: str, trigger: re.Match[str]) -> bool:
    if "liquidated" not in trigger.group().lower():
        found = _PAYS_PENALTY.search(text)
        return found is not None and not _NO_PENALTY.search(text)
    return bool(_PAYS.search(text)) and not _ONLY_NAMES.search(
        text[max(0, trigger.start() - 60) : trigger.start()]
    )


def _draft(
    context: Context,
    sentence: Sentence,
    rate: Mention,
    caps: list[PercentMention | MoneyMention],
    at: tuple[int, int],
) -> Draft:
    text = sentence.text
    per, counts = _per(text, rate)
    base = text[rate.end : rate.end + 90].lower()
    share = rate if isinstance(rate, PercentMention) else None
    amount = rate if isinstance(rate, MoneyMention) else None
    capped = next((c for c in caps if isinstance(c, PercentMention)), None)
    terms = LiquidatedDamages(
        percent=share.value if share else None,
        amount=amount.amount if amount else None,
        currency=amount.currency if amount else None,
        per=per,
        counts=counts,
        grace=_grace(context, sentence),
        base=None
        if share is None
        else "late_part"
        if re.search(r"\b(?:late|delayed)\b", base)
        else "whole"
        if "whole" in base
        else None,
        cap_percent=capped.value if capped and share else None,
        cap_amount=_cap_amount(caps, amount),
    )
    sketch = from_sentence(context, sentence, terms, rate, Mention(*at, text[slice(*at)]))
    sketch.key = per or ""
    sketch.debtor = context.roles.subject(sentence, rate.start) or context.roles.provider
    if not MODAL.search(text):
        sketch.features.append("ambiguous")
    return sketch.draft(context)


def _cap_amount(caps: list[PercentMention | MoneyMention], amount: MoneyMention | None) -> Money | None:
    found = next(
        (
            c
            for c in caps
            if isinstance(c, MoneyMention) and (amount is None or c.currency == amount.currency)
        ),
        None,
    )
    return found.money if found else None


def _grace(context: Context, sentence: Sentence) -> Duration | None:
    """ "more than three days late": what comes sooner costs nothing."""
    for length in context.durations(sentence):
        before, after = (
            sentence.text[max(0, length.start - 30) : length.start],
            sentence.text[length.end : length.end + 20],
        )
        if re.search(r"\b(?:more than|exceeds?|over)\W{0,2}$", before) and re.match(
            r"\W{0,3}(?:late|of delay|overdue)", after
        ):
            return length.duration if length.unit in ("day", "week") else None
    return None


def _per(text: str, rate: Mention) -> tuple[Per | None, Literal["started", "full"] | None]:
    """For each day, week or event: the words after the figure, else those before it in the clause."""
    clause = clause_at(text, rate.start)
    said = re.compile(r"\W{0,2}(?:per|for each|for every|each|every)\s").match(text, rate.end)
    if said and not _PER.match(text[rate.end :].lstrip(" ),")):
        return None, None
    found = _PER.search(text, rate.end, min(len(text), rate.end + 130))
    if found is None or ". " in text[rate.end : found.start()].replace("per cent.", ""):
        earlier = list(_PER.finditer(text, clause.start, rate.start))
        found = earlier[-1] if earlier else None
    if found is None:
        return None, None
    unit = (found["unit"] or found["adverb"]).lower()
    around = text[max(0, found.start() - 20) : found.end() + 24]
    counts: Literal["started", "full"] | None = (
        "started" if _BEGUN.search(around) else "full" if _FULL.search(around) else None
    )
    if unit.startswith(("thirty", "30")):
        return "month", counts
    for name in ("day", "week", "month"):
        if unit.startswith(name) or (name == "day" and unit == "daily"):
            return name, counts
    return "event", None
