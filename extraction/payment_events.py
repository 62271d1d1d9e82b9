"""Events that make money due without a length of time: "upon execution", "prior to shipment", "when the order
is placed", "shall become immediately due and payable".
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from extraction.clauses import Clause, clause_at, in_condition, is_negated
from extraction.paying import ELSE, FINITE
from extraction.quantities import Mention
from extraction.sentences import Sentence
from obligations.terms import Starts


@dataclass(frozen=True)
class Moment:
    """Money is due at an event, without a length of time."""

    place: Mention
    starts: Starts


_OBLIGED = (
    r"(?:payments?\b[^.;]{0,90}?\b(?:shall|will|must|(?:is|are) to) be (?:made|effected)"
    r"(?: in (?:full|cash|advance))?"
    r"|(?:shall|will|must|is|are|be|become|becomes|agrees? to|to|hereby"
    r"|covenants to)\s(?:\w+\s){0,4}?(?:pay|paid(?!-)|payable|due(?! dates?\b)|remit|reimburse|repay|repaid"
    r"|refund(?:ed)?|fund(?:ed)?|disburse|(?:provide|supply|advance|deposit|contribute|return|transfer"
    r"|furnish|tender"
    r"|deliver)\s(?:[\w'’-]+\s){0,5}?(?:(?-i:funds?)|cash|money|monies|moneys|deposit|balance|payments?)"
    r"|invoiced and paid|receive payment)|pays|paid(?!-)|payable|due(?! (?:diligence|dates?)\b)|payments?"
    r"|terms"
    r"|net cash|one-time payment|fees?|balance(?! sheets?| of the (?:class|receivables|notes?)\b)|remainder)"
)
_MOMENTS: tuple[tuple[Starts, str], ...] = (
    (
        "signature",
        r"(?:upon|on|at|at the time of|concurrent\w* with|simultaneous\w* with)\s(?:the\s|its\s|their\s"
        r"|full\s|mutual\s|date of\s|a\s)*"
        r"(?:(?:complete |formal )?(?:execution|signing|signature)(?! of (?:each|any|a |an |the (?:sow"
        r"|work|order)))|effective date\b(?! of (?:the |such |any )?"
        r"(?:terminat|expir))|signed agreement|entering into (?:of )?this)|when you sign|(?:this"
        r"|the) agreement (?:is (?:fully )?(?:signed|executed)|comes into force"
        r"|becomes effective)|upon your execution"
        r"|(?:on or before|prior to)\s(?:the\s)?(?:date\sof\s)?(?:the\s)?(?:execution|signing)\sof\sthis"
        r"|on the date hereof|as of the date hereof|upon entry into"
        r"|(?:on|at|as of)\s(?:the\s)?date\sof\s(?:this|the)\s(?:agreement|contract|letter)\b",
    ),
    (
        "termination",
        r"(?:upon|on)\s(?:the\s|any\s|such\s|effective date of\s"
        r"|expiration or\s|expiry or\s|the effective date of\s|an?\s|early\s)*"
        r"(?:terminat\w+|expir\w+|cancellation)",
    ),
    (
        "delivery",
        r"(?:upon|on|at|prior to|before|against|(?:at|by) (?:the )?time of|in advance of)\s(?:the\s|any\s"
        r"|each\s"
        r"|such\s|its\s|to\s|[A-Z]\w+'s\s)*(?:shipment|shipping|delivery|dispatch"
        r"|ship date|installation)\b(?! of (?:the |such |each |an? |its )*(?:\w+ )?(?:report|statement"
        r"|notice|invoice|documents?))"
        r"|(?:before|when|once|after|upon)\s(?:[\w'-]+\s){1,6}?(?:is|are|have been|has been"
        r"|being)\s(?:shipped|delivered"
        r"|dispatched|installed)\b"
        r"|(?:upon|on|at the time of)\s(?:[\w'-]+\s){0,4}?acceptance(?: date)?\b(?! of (?:the |such |each "
        r"|an? |its |any )*"
        r"(?:\w+ )?(?:orders?|offer|agreement|forecasts?|proposals?|quot\w+|applications?|budgets?|plans?))"
        r"|cash on delivery|\bc\.?o\.?d\.?(?=\W)(?! (?:shipments?"
        r"|amounts?|charges?|fees?))",
    ),
    (
        "invoice_receipt",
        r"(?:immediately )?(?:upon|on|at)\s(?:the\s|its\s|your\s|\w+'s\s)*(?:receipt"
        r"|presentation)(?: by \w+)?\s?(?:of\s(?:\w+\s|an?\s|the\s|each\s|such\s|its\s){0,4}"
        r"(?:invoices?|bill|statement)|thereof\b|(?=[.;,]|$))",
    ),
    (
        "invoice_date",
        r"(?:upon|on|at)\s(?:the\s|date of\s|an?\s|each\s|receiving\s)*(?:invoice date|invoice"
        r"|invoicing|billing)\b",
    ),
    (
        "notice",
        r"(?:upon|on|against)\s(?:the\s|an?\s|its\s|their\s|such\s|any\s|first\s|receipt of\s|receiving\s"
        r"|simple\s|written\s|reasonable\s|[\w.]+['’]s?\s)*(?:demands?|requests?)\b(?! for (?:\w+ )?"
        r"(?:propos|inform|quot))"
        r"|(?:upon|on)\s(?:the\s|an?\s|its\s|such\s|any\s)*(?:receipt of\s(?:\w+\s){0,2}?|receiving\s"
        r"(?:\w+\s){0,2}?|prior\s|written\s)(?:notices?|notification)\b(?! (?:of (?:\w+ ){0,2}?(?:terminat"
        r"|breach"
        r"|default|cancel|award)|period))",
    ),
    (
        "other",
        r"(?:on|upon|by|before|at)\s(?:or (?:before|prior to)\s)?(?:each"
        r"|every)\s(?:\w+\s){0,2}?anniversar(?:y|ies)\b|"
        r"(?:upon|on|after|following|once|when)\s(?:the\s|its\s)?(?:(?:[A-Z]\w+\s){1,2}?(?:has\s)?receiv(?:es|ed)"
        r"\s|receipt (?:by (?:the )?\w+ )?of\s)(?:\w+['’]s\s|the\s|an?\s|each\s|any\s|its\s|such\s"
        r"|purchase\s|written\s|signed\s|firm\s)*(?:orders?)\b(?! (?:confirm|acknowl|number|form))"
        r"|(?:upon|on|at the time of|at|when|before|prior to|with)\s(?:the\s)?(?:placement|placing"
        r"|submission|acceptance"
        r"|confirmation|time) of\s(?:the\s|an?\s|each\s|any\s|its\s|such\s)*(?:purchase )?orders?\b"
        r"|(?:when|once|at the time|before|after|until)\s(?:the\s|an?\s|each\s|any\s|its\s"
        r"|such\s)*(?:purchase\s)?orders?\s"
        r"(?:is|are|has been)\s(?:placed|submitted|accepted|confirmed)|prior to\s(?:[\w'-]+\s){0,3}placing\s"
        r"|with (?:the |each )?(?:purchase )?order\b|at the time of (?:the |each |any |such )?(?:order"
        r"|ordering|purchase"
        r"|sale|transfer|booking|registration|enrol\w+|assignment)\b"
        r"|upon receipt by \w+(?: \w+){0,3} of (?:its |the )?payment"
        r"|(?:upon|immediately (?:after|following)|promptly (?:after|following|upon))\s(?:its |the |\w+'s )?"
        r"receipt of (?:the |such |its |full |any )*(?:payments?|funds|monies)\b(?! to\b)"
        r"|(?:once|when|as soon as|after)\s(?:the\s|such\s|its\s|full\s)*(?:payments?|funds|monies)\s(?:is"
        r"|are|has been"
        r"|have been)\s(?:actually\s)?(?:received|collected|cleared)"
        r"|(?:upon|at|on|prior to|before)\s(?:or before\s)?(?:the\s)?(?:time of\s|date of\s)?(?:the\s)?"
        r"(?:closing(?: time| date)?|settlement date)\b"
        r"|(?:upon|on|at|following|immediately (?:upon|following|after))\s(?:the\s|its\s|such\s"
        r"|successful\s|full\s|final\s)*"
        r"(?:completion|consummation|closing|commencement|occurrence|opening|approval)\sof\b(?! (?:such "
        r"|the |each |any )*(?:wire )?(?:payment|transfer))"
        r"|(?:upon|on|against)\s(?:the\s)?presentation\s(?:by\s\w+\s)?of\s(?:[\w-]+\s){0,3}(?:documents?"
        r"|documentation"
        r"|receipts|evidence|proof)\b"
        r"|(?:simultaneous\w*|concurrent\w*|together|along|contemporaneous\w*|at the same time)\s(?:with"
        r"|as)\s"
        r"(?:the\s|its\s|each\s|such\s|any\s|that\s)*(?:[\w-]+\s){0,3}?(?:submission|rendition|delivery"
        r"|rendering|furnishing"
        r"|filing|sending|reports?|statements?|accounting|transfer|closing|order)\b"
        r"|with\s(?:the\s|its\s|each\s|such\s)*(?:submission|rendition|delivery|rendering|furnishing"
        r"|filing)\sof\s"
        r"(?:the\s|its\s|each\s|such\s|that\s)*(?:[\w-]+\s){0,3}?(?:reports?|statements?|accounting"
        r"|application)\b"
        r"|at the (?:next|following) (?:scheduled |regular )*(?:payment|royalty|settlement) date",
    ),
)
_MOMENT = tuple((name, re.compile(rf"\b(?:{pattern})", re.IGNORECASE)) for name, pattern in _MOMENTS)
_NAMED_BY: dict[Starts, tuple[str, ...]] = {
    "signature": (
        "sign",
        "execution",
        "effective date",
        "hereof",
        "into force",
        "entry into",
        "entering",
        "date of th",
    ),
    "termination": ("terminat", "expir", "cancellation"),
    "delivery": ("ship", "deliver", "dispatch", "c.o.d", "cod", "install", "acceptance"),
    "invoice_receipt": ("receipt", "presentation"),
    "invoice_date": ("invoic", "billing"),
    "notice": ("demand", "request", "notice", "notification"),
    "other": (
        "order",
        "receipt",
        "payment",
        "funds",
        "monies",
        "closing",
        "settlement date",
        "completion of",
        "consummation of",
        "commencement of",
        "occurrence of",
        "opening of",
        "approval of",
        "presentation",
        "time of",
        "report",
        "statement",
        "submission",
        "accounting",
        "placing",
        "anniversar",
    ),
}
"""Words without which a text does not name the event: a cheap look before the patterns."""
_OWED = re.compile(_OBLIGED, re.IGNORECASE)
_NOT_OWED = re.compile(
    r"\b(?:insurance|premium|taxes|shares|accru\w+|earned|survive|obligation to pay|right to|unpaid"
    r"|liable|indemnif\w+|if|unless|except|without"
    r"|no (?:\w+ ){0,4}(?:payments?|compensation|fees?|refunds?|amounts?|monies|royalt\w+)|stock"
    r"|vest\w*|no (?:further )?(?:payment|refund|fees?)|not (?:be )?(?:required|obligated|refund\w*"
    r"|entitled|paid|payable|due)|owed prior|wages|efforts|deemed)\b",
    re.IGNORECASE,
)


OTHER_PART = re.compile(
    r"\b(?:balance|remain\w*|rest|other half|second half|\d+\s?%|per cent|percent|except that"
    r"|provided that)\b"
    r"|\b\d/\d\b",
    re.IGNORECASE,
)
"""Words for another part of the same money, which may fall due at an event of its own."""


def moments(sentence: Sentence) -> Iterator[Moment]:
    """Events that make money due at once, one for each clause."""
    text = sentence.text
    lower = sentence.lower
    taken: dict[int, int] = {}
    for name, pattern in _MOMENT:
        if not any(word in lower for word in _NAMED_BY[name]):
            continue
        for match in pattern.finditer(text):
            clause = clause_at(text, match.start())
            first = taken.get(clause.start)
            if first is not None and not OTHER_PART.search(
                text[min(first, match.end()) : max(first, match.end())]
            ):
                continue
            if not _owes(text, clause, match):
                continue
            if name == "notice" and not _asked_for(text, clause, match.start()):
                continue
            taken.setdefault(clause.start, match.end())
            yield Moment(Mention(match.start(), match.end(), match.group()), name)
    if "immediately" in lower or "forthwith" in lower or "at once" in lower:
        yield from _accelerated(sentence, taken)


_AT_ONCE = re.compile(
    r"\b(?:shall|will|must|is|are)\s(?:\w+\s){0,3}?(?:immediately|forthwith|at once)\s(?:become\s|be\s"
    r"|fall\s)?"
    r"(?:due|payable)\b|\b(?:become|becomes|be|fall)\s(?:immediately|forthwith|at once)\s(?:due|payable)\b"
    r"|\b(?:shall|will|must)\s(?:be|become|fall)\s(?:due|payable)\s(?:and (?:due|payable|owing)\s)?"
    r"(?:immediately|forthwith|at once)\b(?! (?:upon|after|following|available))",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"\b(?:declare|deem|consider|elect|option)\w*\b[^.;]{0,60}$", re.IGNORECASE)


def _accelerated(sentence: Sentence, taken: Container[int]) -> Iterator[Moment]:
    """What is owed falls due at once: on termination where the text is about that, else on its own event."""
    text = sentence.text
    for match in _AT_ONCE.finditer(text):
        clause = clause_at(text, match.start())
        before = text[clause.start : match.start()]
        if clause.start in taken or _DECLARED.search(before[-70:]) or is_negated(before[-60:], 0, 60):
            continue
        if re.match(r"[^.;]{0,40}\b(?:within|\d+\)? days)\b", text[match.end() :], re.IGNORECASE):
            continue
        lead = sentence.lead.text if sentence.lead is not None else ""
        ends = re.search(r"\bterminat|\bexpir|\bcancel", f"{lead} {text} {sentence.topic}", re.IGNORECASE)
        yield Moment(Mention(match.start(), match.end(), match.group()), "termination" if ends else "other")
        return


_PRICED = re.compile(
    r"\bat (?:the |a |its |their |\w+'s )*(?:[\w-]+ ){0,3}(?:prices?|rates?|cost)\b[^,;]{0,40}$"
    r"|\b(?:prevailing|current|in effect|quoted|exchange)\b[^,;]{0,40}$",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"\b(?:may|can|could|might|shall have the right to|entitled to)\b[^.;,]{0,50}$", re.IGNORECASE
)
"""What money may be asked for is not what is due."""


_CONDITION = re.compile(r"^.*\b(?:if|unless|except)\b[^,]*,\s", re.IGNORECASE | re.DOTALL)
"""What comes before the comma of "if the fees fall short, the Agent shall pay …" forbids nothing."""
_ASKED_FOR = re.compile(
    r"\b(?:pay|paid|payable|due|remit\w*|reimburse[sd]?|repay|repaid|refund(?:ed)?|fund(?:ed)?|disburse[sd]?"
    r"|made"
    r"|(?:funds?|cash|money|monies|deposit|balance)(?= to))\b"
    r"(?:(?!\b(?:shall|will|must|may|right|indemnif\w+)\b)[^.;]){0,110}$"
)
_NOT_ASKED = re.compile(
    r"\bindemnif\w+|\bhold harmless\b|\b(?:fails?|failed|(?:does|do|did|has|have|is"
    r"|are) not)\b(?![^.;]*,[^.;]*"
    r"\b(?:shall|will|must|agrees?)\b)[^.;]*$",
    re.IGNORECASE,
)


def _asked_for(text: str, clause: Clause, event: int) -> bool:
    """Is paying what has to be done on demand, outside indemnities and what somebody failed to do?"""
    before = text[clause.start : event]
    return _ASKED_FOR.search(before) is not None and not _NOT_ASKED.search(before)


def _owes(text: str, clause: Clause, match: re.Match[str]) -> bool:
    """Does the event stand right beside the words that make money due?"""
    before = text[max(clause.start, match.start() - 170) : match.start()]
    after = text[match.end() : min(clause.end, match.end() + 190)]
    if re.search(
        r"\b(?:within|days?|no later than|not later than|months?)\b[^,;]{0,60}$", before, re.IGNORECASE
    ):
        return False
    if re.search(
        r"\b(?:commenc\w+|beginning|starting|effective|from|surviv\w+|begins?|until|before"
        r"|dated)\s(?:and\s)?$|\[[^\]*]*[A-Za-z]|[A-Za-z][^\[*]*\]",
        before[-60:],
        re.IGNORECASE,
    ):
        return False
    if re.search(r"\b(?:shall|will|must)(?:\s\w+ly)?,?\s?$", before) and re.match(
        r"[^.;]{0,90}?,?\s(?:pay|remit|reimburse)\b", after
    ):
        return True
    if re.search(
        r"\b(?:which|that|who|may)\s(?:may\s|might\s|can\s)?(?:be|is|are)\s(?:\w+\s){0,3}$", before[-40:]
    ):
        return False
    if text.rstrip().endswith(":") and re.search(r"\bfollowing\b[^:]*$", before, re.IGNORECASE):
        return False
    for owed in reversed(list(_OWED.finditer(before))):
        noun = re.match(r"payments?|fees?|terms", owed.group(), re.IGNORECASE)
        between = before[owed.end() :]
        if len(between) >= (30 if noun else 130):
            continue
        acted = any(FINITE.search(between[: m.start()][-20:]) for m in ELSE.finditer(between))
        if _PRICED.search(between) and match.group().lower().startswith(("at ", "when", "on ")):
            return False
        near = _CONDITION.sub("", before[max(0, owed.start() - 60) : owed.start()]) + before[owed.start() :]
        if not acted and not _NOT_OWED.search(near):
            if noun and _ALLOWED.search(before[: owed.start()]):
                return False
            return not re.search(r"\b(?:days?|months?)\b", between)
    led = re.match(
        r"[^.;]{0,110}?,?\s(?:\w+\s){0,8}?(?:(?:shall|will|must|agrees to)\s(?:\w+ly\s|also\s)*(?:pay"
        r"|remit|reimburse|repay|refund|return (?:[\w'’-]+ ){0,4}(?:deposit|balance|(?-i:funds)|monies|money"
        r"|advance)"
        r"|make (?:a |the |all |such )?payment)"
        r"|(?:shall|will|is|are|become|becomes)\s(?:\w+\s){0,4}?(?:due|payable)"
        r"|(?:shall|will|is|are)\s(?:be\s)?entitled to (?:be paid|receive payment)|(?:shall|will) be paid)\b",
        after,
        re.IGNORECASE,
    )
    if (
        led is None
        or in_condition(text[: match.start()] + " ", match.start())
        or _NOT_OWED.search(led.group())
    ):
        return False
    return not re.search(r"\bwithin\b|\bno later than\b", after[led.end() :][:120] + led.group())
