"""Which country's dollars a bare "$" means: what the contract says itself, else what it marks elsewhere."""

import re

_COUNTRIES = {
    "canadian": "CAD", "canada": "CAD", "australian": "AUD", "australia": "AUD", "new zealand": "NZD",
    "hong kong": "HKD", "singapore": "SGD",
}  # fmt: skip
_NAMES = "|".join(_COUNTRIES)
_SAID = re.compile(
    rf"\b(?:(?:dollars?|currency|money|funds)\sof\s(?P<of>{_NAMES})"
    rf"|(?P<country>{_NAMES})\s(?:\([^()]{{1,8}}\)\s)?(?:dollars?|currency|funds|money))\b",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"\b(?:all|any)\s(?:\w+\s){0,3}?(?:amounts?|sums?|payments?|prices?|fees?|references?|dollars?|currency|monies)"
    r"|\bunless otherwise|\breferences? to\b|\bdollar amounts?\b|\bcurrency\b",
    re.IGNORECASE,
)
_REACH = 150
_AMERICAN = re.compile(
    r"\bU\.?\s?S\.?(?:A\.?)?\s?(?:\$|dollars?|D\b|currency|funds)|\bUnited States dollars?"
)
_MARKED = (
    ("CAD", re.compile(r"\d\s?(?:CDN|CND|CAD)\b|\b(?:CDN|CND|CAD|C)\s?\$\s?\d")),
    ("AUD", re.compile(r"\d\s?AUD\b|\b(?:AUD|AU|A)\s?\$\s?\d")),
    ("HKD", re.compile(r"\d\s?HKD\b|\b(?:HKD|HK)\s?\$\s?\d")),
    ("SGD", re.compile(r"\d\s?SGD\b|\b(?:SGD|S)\s?\$\s?\d")),
)
_WORDS = (*_COUNTRIES, "cdn", "cnd", " cad", " c$", "aud ", "aud$", " a$", "hkd", "hk$", "sgd", " s$")


def dollars_of(text: str) -> str:
    """The currency of an amount written "$5" or "five dollars"; USD where the contract says nothing else."""
    lower = text.lower()
    if "$" not in text or not any(word in lower for word in _WORDS):
        return "USD"
    for match in _SAID.finditer(text):
        said = re.split(r"[.;]\s", text[max(0, match.start() - _REACH) : match.start()])[-1]
        if _GENERAL.search(said) and not _AMERICAN.search(said + text[match.start() : match.end() + 40]):
            return _COUNTRIES[(match["of"] or match["country"]).lower()]
    if _AMERICAN.search(text):
        return "USD"
    return next((code for code, pattern in _MARKED if pattern.search(text)), "USD")
