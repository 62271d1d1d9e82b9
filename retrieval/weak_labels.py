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
}

PATTERNS = {kind: re.compile(pattern, re.IGNORECASE | re.DOTALL) for kind, pattern in _PATTERNS.items()}


def weak_kinds(text: str) -> set[str]:
    """Kinds whose pattern matches a chunk's text."""
    plain = " ".join(text.split())
    return {kind for kind, pattern in PATTERNS.items() if pattern.search(plain)}
