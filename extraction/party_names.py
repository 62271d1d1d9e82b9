"""Names of parties beside each other: is it the same one, another of its group, or two in one line?"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from extraction.model import PartyMention
from extraction.places import places

SUFFIX = (
    r"(?:Co\.?,? (?:Ltd|Limited|Inc|LLC|KG)|Inc(?:orporated)?|L\.?L\.?C|L\.?L\.?P|L\.?P|Ltd|Limited|Corp"
    r"(?:oration)?|Company|Co|plc|PLC"
    r"|GmbH(?: & Co\.? KG)?|"
    r"mbH|AG|SE|KG|KGaA|AB|ASA?|A/S|ApS|Oy(?:j)?|S\.?A\.?(?:S|R\.L)?|S\.?A\.?S|S\.?p\.?A|S\.?r\.?l|B\.?V"
    r"|N\.?V|"
    r"Sp\. ?z ?o\.? ?o|SARL|Sàrl|Pty\.? Ltd|\(Pty\) (?:Ltd|Limited)|PTE\.? LTD|Pte\.? Ltd|K\.?K|N\.?A"
    r"|Trust|Bank|"
    r"Partners(?:hip)?|University|Institute|Association|Foundation|Authority|e\.?V|Co\., Ltd"
    r"|INC(?:ORPORATED)?|LTD|LIMITED|CORP(?:ORATION)?|COMPANY|CO|BANK|TRUST|PARTNERS(?:HIP)?)"
)
ENDS_IN_SUFFIX = re.compile(rf"(?:,?\s{SUFFIX}\.?)+$", re.IGNORECASE)


def same(one: PartyMention, other: PartyMention) -> bool:
    """The same name but for its legal form, or for a slip of the pen."""
    first, second = letters(one.name), letters(other.name)
    return bool(first and second) and (
        first in second or second in first or SequenceMatcher(None, first, second).ratio() >= 0.9
    )


def of_other_form(one: PartyMention, other: PartyMention) -> bool:
    """Alpha LP beside Alpha LLC: two of a group, not one party written in two ways."""
    first, second = (ENDS_IN_SUFFIX.search(party.name) for party in (one, other))
    if first is None or second is None or letters(one.name) != letters(other.name):
        return False
    forms = {re.sub(r"\W", "", form.group().lower()) for form in (first, second)}
    return forms in ({"lp", "llc"}, {"lp", "ltd"}, {"lp", "inc"}, {"llc", "inc"}, {"llc", "corp"})


def letters(name: str) -> str:
    return re.sub(r"\W", "", ENDS_IN_SUFFIX.sub("", name.lower()))


def of_several(party: PartyMention, parties: Sequence[PartyMention]) -> bool:
    """ "ALPHA INC AND BETA LLC" on a cover: the names of two parties together are no third one."""
    name = re.sub(r"\W", "", party.name.lower())
    inside = [one for one in parties if one is not party and (part := letters(one.name)) and part in name]
    return len(inside) >= 2 and bool(re.search(r"\s(?:and|AND|&)\s", party.name))


_BODY = re.compile(r"(?:corporation|company|partnership)\.?$", re.IGNORECASE)
_KIND_OF_BODY = re.compile(
    r"(?:^|\s)(?:limited|liability|joint|stock|public|private|business|investment|holding|financial"
    r"|non-banking|general|close|an?)$",
    re.IGNORECASE,
)


def only_a_form(name: str) -> bool:
    """ "Delaware Corporation", "Liability Company": what kind of body a party is, not what it is called."""
    body = _BODY.search(name)
    if body is None:
        return False
    said = name[: body.start()].rstrip()
    while kind := _KIND_OF_BODY.search(said):
        said = said[: kind.start()].rstrip()
    said = re.sub(r"^an? ", "", said, flags=re.IGNORECASE)
    place = next(iter(places(said)), None)
    return not said or (place is not None and (place.start, place.end) == (0, len(said)))
