"""Words of a chunk as counts in hashed buckets: the tagger's view of a text, in training and in use.

Beside words and pairs of neighbours there are cues, such as "a time in minutes or hours" or "a word of
availability", and pairs of cues: a linear tagger cannot combine by itself what stands far apart.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

BUCKETS = 1 << 16
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’][a-z]+)?|\d+(?:[.,]\d+)*|[%$€£]")
# in small letters: matching without regard to case is several times slower
_CUES: Mapping[str, str] = {
    "uptime": r"availability|available for|uptime|up-time|downtime|unavailab|outage",
    "nearly all": r"\b9\d(?:\.\d+)?\s?(?:%|per ?cent)",
    "percent": r"\d\s?(?:%|per ?cent)",
    "hours": r"\b(?:minutes?|hours?|hrs)\b",
    "days": r"\bdays?\b",
    "months": r"\bmonths?\b",
    "years": r"\byears?\b",
    "rank": r"\bpriorit(?:y|ies)\b|\bseverity\b|\bp[1-4]\b|critical",
    "trouble": r"\bincidents?\b|\btickets?\b|\bfaults?\b|\bdefects?\b|\bcalls?\b|malfunction",
    "respond": r"respon[ds]|acknowledg|\breact|attend",
    "resolve": r"\bresol(?:v|ut)|restor|repair|work-?around|\bfix",
    "inform": r"\bupdates?\b|progress|\binform",
    "credit": r"\bcredit(?:s|ed)?\b",
    "pay": r"\bpa(?:y|id|yable|yments?)\b|remit",
    "invoice": r"\binvoic|\bbill(?:s|ed|ing)?\b",
    "money": r"(?:\$|€|£|\beur|\busd|\bgbp)\s?\d|\d\s?(?:dollars|euros?|pounds)\b",
    "price": r"\bpric|\bfees?\b|\bcharges?\b|\brates?\b",
    "each": r"\b(?:per|each|every|monthly|quarterly|annual(?:ly)?|weekly|yearly)\b",
    "interest": r"\binterest\b",
    "late": r"\blate\b|overdue|past due|in default|delay",
    "discount": r"discount|rebate",
    "volume": r"\bvolumes?\b|quantit|exceed",
    "report": r"\breports?\b|statements?\b|forecast",
    "send": r"\b(?:submit|provide|send|furnish|supply|deliver)\w*\b.{0,60}"
    r"\b(?:report|statement|forecast)s?\b",
    "deliver": r"\bdeliver|\bship|\bdispatch|\bcomplet|\binstall",
    "within": r"\bwithin\b|no later than|\bby the\b|at least|prior to",
    "cure": r"\bcure|remed(?:y|ied)",
    "breach": r"\bbreach|default|fails? to",
    "keep": r"\bkeep|\bkept\b|retain|retention|preserv",
    "records": r"\brecords?\b|\bbooks\b|documents\b",
    "change": r"\bincrease|\badjust|\bindex|\breview",
    "least": r"minimum|at least",
    "milestone": r"milestone|acceptance|upon sign",
    "renew": r"\brenew|extend",
    "notice": r"\bnotice\b",
    "end": r"terminat|expir",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _CUES.items()}


def words(text: str) -> list[str]:
    """Words in small letters; figures become their shape ("30" -> "00"), so that values do not matter."""
    found = []
    for word in _WORD.findall(text):
        if word[0].isdigit():
            found.append("0" * min(len(word.split(".")[0].replace(",", "")), 4))
        else:
            found.append(word.casefold())
    return found


def _cues(text: str) -> Iterator[str]:
    lower = text.lower()
    seen = [name for name, pattern in _COMPILED.items() if pattern.search(lower)]
    yield from (f"@{name}" for name in seen)
    yield from (f"@{a}@{b}" for a, b in combinations(seen, 2))


def buckets(section: str, text: str) -> Counter[int]:
    """Counts by bucket of words, pairs of neighbours, words of the section's heading, and cues."""
    own = words(text)
    names = [f"#{word}" for word in words(section) if word[0] != "0"]
    features: Sequence[str] = [*own, *(f"{a} {b}" for a, b in pairwise(own)), *names, *names, *_cues(text)]
    return Counter(zlib.crc32(feature.encode()) % BUCKETS for feature in features)
