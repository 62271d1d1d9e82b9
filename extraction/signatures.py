"""Names of parties outside a preamble: in labels ("Party A: …") and in front of signatures."""

import re
from collections.abc import Iterator

from extraction.preamble import LEGAL_FORM, Named, is_name, name_at

_LABEL = re.compile(
    r"\b(?P<role>Party [A-F]|PARTY [A-F]|(?i:customer|client|supplier|provider|vendor|seller|buyer"
    r"|purchaser|licensor"
    r"|licensee|distributor|sponsor|reseller|contractor|consultant|company|franchisor|franchisee|agent|lessor"
    r"|lessee|publisher|manufacturer))(?: name| full legal name)?\s?[:|]\s?(?:(?i:name"
    r"|company)\s?:\s?)?(?=[A-Z])"
)
_SIGNED = re.compile(
    rf"(?P<name>(?:[A-Z0-9][\w&'.,()-]*|&|of|and|de|the)(?:,? {{1,3}}(?:[A-Z0-9(][\w&'.()-]*|of|and|&"
    rf"|de|the)){{0,7}}?,? {{1,4}}{LEGAL_FORM}\.?\)?)"
    r",?\s{1,8}(?:\([^()]{2,40}\)\s|an? [\w ]{4,50}\s)?\W{0,3}(?:(?:By|BY|Per|Signed|Signature|SIGNED|/s/"
    r"|Name|its General Partner)\b"
    r"|By:|/s/)"
)
_LEAD = re.compile(
    r"^.*(?:\b(?:written|above|WITNESS WHEREOF|representatives?|date|Title|TITLE|Officer|OFFICER|President"
    r"|Date|DATE"
    r"|Director|Manager|Secretary|CEO|CFO|Chairman|Attorney|of|the|and|Page|PARTY|Party|BY|By|by|LTD"
    r"|Agreement|AGREEMENT"
    r"|CUSTOMER|COMPANY|for|behalf|A(?:GREED|CCEPTED|CKNOWLEDGED)(?: TO)?)"
    r"\b\W{0,3}|\d{1,2}/\d{1,2}/\d{2,4}\s|\b(?:19|20)\d\d\b\W{0,2})",
    re.DOTALL,
)


_ON_BEHALF = re.compile(
    r"\b(?i:for and on behalf of):?\s{1,80}(?P<name>[A-Z][^\n_]{1,110}?)\s*"
    r"(?=\n|\s{3}|_{3}|-{3}|\b(?:By|BY|Name|Signature|Signed)\b\s?:|$)"
)
_PLACEHOLDER = re.compile(r"(?i)(?:the\s)?(?:customer|supplier|company|party|parties|purchaser|seller)\b.*")


def on_behalf(text: str) -> Iterator[Named]:
    """Those "for and on behalf of" whom somebody signs, each once, in order."""
    seen: set[str] = set()
    for match in _ON_BEHALF.finditer(text):
        name = " ".join(match["name"].split()).strip(" ,:")
        known = name.lower() in seen or _PLACEHOLDER.fullmatch(name)
        if not known and is_name(name):
            seen.add(name.lower())
            yield Named(match.start("name"), match.start("name") + len(match["name"].rstrip(" ,:")), True)


def labelled(text: str) -> list[Named]:
    """The names behind labels, one for each label."""
    found: dict[str, Named] = {}
    for label in _LABEL.finditer(text):
        named = name_at(text, label.end(), min(len(text), label.end() + 140))
        if named is not None and label["role"].lower() not in found:
            named.role = label["role"]
            found[label["role"].lower()] = named
    parties = [one for role, one in found.items() if role.startswith("party")]
    return parties if len(parties) >= 2 else list(found.values())[:3]


def signing(text: str) -> Iterator[Named]:
    """The legal persons for whom somebody signs: a name with a legal form in front of "By:" """
    seen: set[str] = set()
    for match in _SIGNED.finditer(text):
        lead = _LEAD.match(match["name"])
        start = match.start("name") + (lead.end() if lead else 0)
        name = text[start : match.end("name")].strip(" ,")
        if len(name.split()) < 2 or not is_name(name) or name.lower() in seen:
            continue
        seen.add(name.lower())
        yield Named(start, match.end("name"), True)
        if len(seen) >= 40:
            return
