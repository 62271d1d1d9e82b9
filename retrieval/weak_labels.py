"""Labels from patterns, for training only: kinds that no public annotation covers.

A pattern is written to be right when it matches; what it misses the tagger may learn from the words
around. Figures of these kinds in the model card are measured on hand annotations, not on patterns.
"""

import re
from collections.abc import Mapping

_AMOUNT = r"(?:\(?\d+\)?|[a-z-]+ \(\d+\)|[a-z-]+)"
_TIME = rf"{_AMOUNT}\s*\)?\s*(?:business |working |calendar |banking )?(?:minutes?|hours?|days?)"

_PATTERNS: Mapping[str, str] = {
    "response_time": rf"(?:respond|response|acknowledg\w+|attend\w*"
    rf"|call(?:ed)? back)\b.{{0,120}}\b(?:within|in less than|:)?\s*{_TIME}"
    r".{0,200}(?:incident|fault|severity|priority|ticket|support|error|problem|call)",
    "resolution_time": rf"(?:resol(?:ve|ution)|restor(?:e|ation)|repair\w*|workaround"
    rf"|correct\w* the (?:error|defect|fault))\b"
    rf".{{0,120}}\b(?:within|in|:)?\s*{_TIME}.{{0,200}}(?:incident|fault|severity|priority|ticket|error"
    rf"|problem|outage|service)",
    "update_time": rf"(?:updates?|progress|status)\b.{{0,60}}\bevery\s*{_TIME}",
    "availability": r"(?:availability|available|up-?time).{0,150}?\b9\d(?:\.\d+)?\s?(?:%|per ?cent)"
    r"|\b9\d\.\d+\s?(?:%|per ?cent).{0,150}?(?:availab|up-?time)",
    "service_credit": r"(?:service(?:-level)?|performance|availability) credits?"
    r"|credit\b.{0,80}\b(?:downtime|unavailab|outage|service level)",
    "fee": r"(?:monthly|annual|yearly|quarterly|one-time|set-?up|license|hosting|maintenance"
    r"|subscription|service|management)"
    r"\s+(?:fee|charge)s?\b.{0,120}(?:\$|EUR|USD|GBP|€|£)\s?\d|(?:pay|fee of|charge of|price of)\b.{0,60}"
    r"(?:\$|EUR|USD|GBP|€|£)\s?[\d,.]+.{0,60}(?:per|a|each|every) (?:month|year|quarter|annum|unit|hour"
    r"|user|day)",
    "payment_due": rf"(?:pa(?:y|id|yable|yments?)|invoices?|remit\w*"
    rf"|due)\b.{{0,160}}\bwithin\s+{_TIME}.{{0,60}}"
    r"(?:invoice|receipt|end of|month|quarter|billing|statement|due)|\bnet\s+(?:\w+\s+)?\(?\d+\)?\s*days"
    r"|(?:payable|due)\b.{0,40}\b(?:net \d+|on or before the \w+ day)",
    "early_payment_discount": r"discount.{0,120}(?:paid|payment|pays).{0,60}within"
    r"|\d(?:\.\d)?\s?%.{0,30}\b\d+\s*days,?\s*net"
    r"|prompt[- ]payment discount",
    "late_interest": r"(?:late|overdue|past[- ]due|unpaid|delinquent|not paid|default).{0,200}\binterest\b"
    r"|\binterest\b.{0,200}(?:late|overdue|past[- ]due|unpaid|delinquent|not paid when due|default)",
    "milestone_payment": r"(?:milestone|upon (?:signing|execution|delivery|acceptance"
    r"|completion)).{0,120}(?:\$|EUR|USD|GBP|€|£)\s?\d"
    r"|(?:\$|EUR|USD|GBP|€|£)\s?[\d,.]+.{0,80}upon (?:signing|execution|delivery|acceptance|completion"
    r"|the)",
    "volume_discount": r"(?:volume|quantity) (?:discount|rebate|pricing|price)|rebate.{0,120}(?:exceed"
    r"|purchases|volume)"
    r"|\d\s?%.{0,80}(?:when|if|once).{0,80}(?:purchases|volume|quantity).{0,40}exceed",
    "price_change": r"(?:increase|adjust|change|revise)\w*\b.{0,60}\b(?:prices?|fees?|rates"
    r"|charges)\b.{0,200}"
    r"(?:consumer price index|CPI|percent|%|notice|days|year)|(?:prices?|fees?"
    r"|rates)\b.{0,60}\b(?:increase|adjust)",
    "delivery": rf"(?:deliver\w*|ship(?:ped|ment|s)?|dispatch\w*|install\w*"
    rf"|complet\w+)\b.{{0,120}}\b(?:within\s+{_TIME}|no later than"
    r"|on or before|lead time)",
    "reporting": r"(?:submit|provide|send|furnish|deliver|give|prepare|supply)\w*\b.{0,100}"
    r"\b(?:reports?|statements?|forecasts?|accounting)\b.{0,200}"
    r"(?:month|quarter|week|annual|year|within|each|every|days)|(?:monthly|quarterly|weekly"
    r"|annual) (?:report|statement|forecast)",
    "cure_period": rf"(?:cure|remed(?:y|ied)|correct)\w*\b.{{0,160}}\bwithin\s+{_TIME}"
    rf"|{_TIME}.{{0,120}}\b(?:to cure|to remedy|cure period)",
    "retention": r"(?:keep|kept|retain\w*|maintain\w*|preserve\w*)\b.{0,100}\b(?:records|books|accounts"
    r"|documents)\b"
    r".{0,200}(?:years?|months)",
    "delivery_performance": r"(?:deliver\w*|orders?|order lines?|shipments?)\b.{0,120}\bon[- ]time\b.{0,120}"
    r"(?:%|per ?cent)|(?:%|per ?cent).{0,120}\b(?:deliver\w*|orders?|shipments?)\b.{0,80}"
    r"(?:\bon[- ]time\b|in full)",
    "rate_card": r"(?:hourly|daily|per diem|day|labou?r|billing|standard) rates?\b.{0,120}"
    r"(?:\$|EUR|USD|GBP|€|£)\s?\d"
    r"|(?:\$|EUR|USD|GBP|€|£)\s?[\d,.]+\s*(?:per|/|an|a|each)\s*(?:hour|man-?day|day|unit|piece|kg|ton)",
    "performance_obligation": r"(?:title|control|risk of loss)\b.{0,80}\b(?:pass(?:es)?|transfer(?:s|red)?)\b"
    r".{0,80}\b(?:upon|when|on|at)\b",
    "termination_right": r"(?:may|right to|entitled to) (?:immediately )?terminate\b.{0,200}"
    r"\b(?:breach|default|insolven|bankrupt|fails?|failure|change (?:of|in) control|service level)"
    r"|\b(?:breach|default|fails|failure)\b.{0,200}\bmay (?:immediately )?terminate\b",
    "holdback": r"hold-?back|retainage|(?:withh[eo]ld|retain)\w*\b.{0,60}(?:%|per ?cent).{0,80}"
    r"\b(?:payment|invoice|price|amount|fee)",
    "spend_limit": r"not[- ]to[- ]exceed\b.{0,60}(?:\$|EUR|USD|GBP|€|£)\s?\d|(?:total|aggregate|maximum)"
    r" (?:fees?|cost|budget|price|expenditures?|amount)\b.{0,60}\b(?:not exceed|limited to)\b.{0,40}"
    r"(?:\$|EUR|USD|GBP|€|£)\s?\d",
    "rebate": r"\brebates?\b.{0,200}(?:%|per ?cent|\$\s?\d)|(?:%|per ?cent|\$\s?\d).{0,120}\brebates?\b",
    "certificate": r"\bISO[ -/]*\d{4,5}"
    r"|(?:maintain|hold|obtain)\w*\b.{0,60}\b(?:certifications?|accreditations?)\b",
    "ticket_share": r"(?:%|per ?cent).{0,60}\b(?:calls|incidents|tickets|errors|requests|problems)\b.{0,120}"
    r"\b(?:answered|resolved|responded|closed|within)\b",
    "duty": rf"shall (?:promptly |immediately )?(?:notify|inform|return|destroy)\b.{{0,160}}"
    rf"\b(?:within|no later than)\s+{_TIME}",
}

_SPACE = re.compile(r"\s")
PATTERNS = {kind: re.compile(pattern, re.IGNORECASE | re.DOTALL) for kind, pattern in _PATTERNS.items()}


def weak_spans(text: str) -> list[tuple[str, int, int]]:
    """(kind, start, end) of every match in a text, whose white space counts as spaces."""
    plain = _SPACE.sub(" ", text)
    return [(kind, m.start(), m.end()) for kind, pattern in PATTERNS.items() for m in pattern.finditer(plain)]


def weak_kinds(text: str) -> set[str]:
    """Kinds whose pattern matches a chunk's text."""
    plain = " ".join(text.split())
    return {kind for kind, pattern in PATTERNS.items() if pattern.search(plain)}
