"""Who signs, read from signature blocks wherever they stand.

A block is found by its words ("in witness whereof", "agreed and accepted", "yours truly") or by the places
left for a hand ("By:", "/s/"). In a block the names with a legal form are read one by one, two side by side
too; whoever signs for a party, as its general partner or by its title, is none.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice

from extraction.preamble import Named, is_name

_HARD = (
    r"(?:(?=[A-Z])(?i:Co\.?,? (?:Ltd|Limited|Inc|LLC|L\.?P|KG|N\.?V)|Inc(?:orporated)?|L\. ?L\. ?C|L\.?L\.?P"
    r"|L\.?P|LLC|Ltda?|Limited|Corp(?:oration)?|p\.?l\.?c|GmbH(?: & Co\.? KGa?A?)?|mbH|A\.?G|SE|KGa?A|AB|ASA?"
    r"|A/S|ApS|Oyj?|S\.?A\.?R\.?L|S\.?A\.?S|S\. ?A|S\.?p\.?A|S\.?r\.?l|B\.? ?V|N\.?V|Sp\. ?z ?o\.? ?o"
    r"|Pty\.? Ltd|PTE\.? Ltd|K\.?K|N\.?A|F\.?S\.?B|DAC|CLG|CIC|Aktiengesellschaft)|inc|plc)(?![\w&])"
)
"""Forms that end a name wherever they stand."""
_SOFT = (
    r"(?=[A-Z])(?i:Company|Co|Trust|Bank|Bancorp|Partners(?:hip)?|University|Institute|Association"
    r"|Foundation|Authority|Fund|Group|Holdings)(?![\w&])"
)
"""Words that end a name where its line ends; more of the name may follow otherwise."""
_WORD = (
    r"(?:[A-Z0-9À-Þ][\wÀ-ÿ&'./-]*|&|of|and|de|the|for|i[A-Z]\w+|[a-z]+\.(?:com|io|org|net)"
    r"|\([A-Z][\w. ]{1,20}\))"
)
_PLACE = (
    r"(?:\b(?:By|BY|Per|PER|Signed|SIGNED|Signature|SIGNATURE)\b ?(?::|/s/|\s*_|\s*\n)|/[sS]/"
    r"|(?:Name|NAME) ?:)"
)
"""A place left for a hand."""
_HAND = r"(?:(?:By|BY|Per|PER|Name|NAME|Title|Sign(?:ed|ature)?|SIGNED|Its|Date|Print)\b|/?[sS]/|___|---)"
_PARTY = re.compile(
    rf"(?<![\w(/.'])(?P<name>{_WORD}(?:,? {{1,2}}{_WORD}){{0,8}}?,? {{1,2}}"
    rf"(?:{_HARD}(?!\.?,? {{1,2}}(?:\([A-Z][\w. ]+\),? )?{_HARD})"
    rf"|{_SOFT}(?=,? (?:an? |as |\()|[.:]?\s*(?:\n|  |$|\W*{_HAND})))\.?)"
)
_BY_LINE = re.compile(rf"(?:\n| {{3}})[ \t]*(?P<name>[A-Z][A-Z&.,'’ -]{{5,60}}?),?:?\s*\n?\s*(?={_PLACE})")
"""A line in capitals right above the place for a hand: a town, a bank of somewhere, a person."""
_LEAD = re.compile(
    r"^.*(?:[a-z]{3,}\.\s|\b(?:[Ww]ritten|[Aa]bove|ABOVE|WRITTEN|V\.?P\.?|VICE|Vice|WHEREOF"
    r"|[Rr]epresentatives?|[Dd]ate|Title|TITLE|Officer|OFFICER|President|PRESIDENT|Date|DATED?|Director|Manager|Secretary|C[EFOT]O|Chairman|Attorney|Page"
    r"|PART(?:Y|IES)|Part(?:y|ies)|BY|By|Effective|Agreement|AGREEMENT|Signatory|Treasurer|Counsel|CUSTOMER"
    r"|CONSULTANT|DISTRIBUTOR|LICENSOR|LICENSEE|COMPANY(?=  )|For|FOR|for and|[Bb]ehalf|AGREED|[Aa]greed"
    r"|ACCEPTED|TO|to|N(?:ame|AME)|Member|Esq\.)\b\W{0,3}(?:of\s|the\s|and\s(?=[A-Z]))*"
    r"|\d{1,2}/\d{1,2}/\d{2,4}\s|\b(?:19|20)\d\d\b\W{0,2}|_{2,}\W*)",
    re.DOTALL,
)
_BLOCK = re.compile(
    r"\b(?:(?:IN\s+WITNESS|In\s+[Ww]itness|in\s+witness),?\s+(?:WHEREOF|OF|THEREOF|[Ww]hereof|of|thereof)"
    r"|(?:hav\w+|has|duly|be|been|is)\s+(?:duly\s+|been\s+)*(?:executed|signed|entered\s+into|accepted)\b"
    r"[^.;]{0,60}\b(?:this|the)\b[^.;]{0,200}(?:date|day|below|above|of)\b"
    r"|[Yy]ours\s+(?:very\s+)?(?:truly|sincerely|faithfully)|(?:Very truly|Sincerely)(?: yours)?,"
    r"|(?i:agreed\s+(?:to\s+)?and\s+accepted|accepted\s+and\s+agreed)(?=[\s:]))"
)
_BLOCK_END = re.compile(
    r"\n\s*(?:EXHIBIT|Exhibit|SCHEDULE|Schedule|ANNEX|Annex|APPENDIX|Appendix|ATTACHMENT|Attachment"
    r"|LIST OF)\b|(?i:acknowledged|for (?:the )?(?:limited )?purposes? of|solely|consented|witnesse[sd])\b"
    r"|STATE OF\b"
)
_BLOCK_LENGTH = 3000
_MOST = 300
"""How many blocks and places for a hand are looked at, so that no text takes long."""
_ANOTHER = re.compile(
    r"(?:\b(?:By|BY) ?:? {0,12}|\b(?:(?<!behalf )of|Source:|to|with|its|c/o|as)\s+"
    r"|(?<!trul)(?<!sincerel)(?<!your)[a-z],\s+|(?i:formerly(?: known as)?|f/k/a)\s+)$"
)
"""Words before a name that is not the one who is bound: a general partner, a parent, an earlier name."""
_ON_BEHALF = re.compile(r"(?:signed|executed|deed) by\s+$", re.IGNORECASE)
_OF_SOMEWHERE = re.compile(
    r"(?:^|\s)(?:A|AN|An) [A-Z]\w+ (?i:corporation|company|limited|partnership|trust|bank)\b"
)
"""The form of a party with its state, in capitals as a name is."""
_NO_SIGNER = re.compile(r",? \w+-\w+(?:/A)?, \d|'s\b| (?:by|and) its\b")
_NEAR = re.compile(
    r"(?:,? (?:an?|as) [^.:;\n]{4,60}?)?(?:\s|[(\[][^()]{2,40}[)\]]|:)*"
    rf"(?:(?:{_WORD},? {{1,3}}){{1,8}}{_HARD}\.?(?:,? an? [^.:;\n]{{4,60}}?)?\s*)?[\W_]{{0,30}}{_PLACE}"
)
"""What may stand between a name and the place for a hand: its form, and the name beside it."""


_BODY = re.compile(
    r"(?:THE )?(?:BOARD|TOWN|CITY|COUNTY|STATE|VILLAGE|PORT|UNIVERSITY|BANK|COLLEGE|DEPARTMENT|MINISTRY"
    r"|REPUBLIC|SCHOOL|TRUSTEES|DISTRICT|COMMONWEALTH|PROVINCE|GOVERNMENT) OF\b"
)
_HEADING = re.compile(
    r"\b(?:AGREEMENT|CONTRACT|AMENDMENT|SIGNATURES?|PAGE|PARTY|PARTIES|WITNESS\w*|ATTEST|APPROVED|EXHIBIT"
    r"|OFFICER|PRESIDENT|DIRECTOR|SECRETARY|ATTORNEY|NOTARY|DATE|TITLE|ACCEPTED|AGREED|SIGNED|EXECUTED)\b"
)


def signers(text: str) -> list[Named]:
    """Those for whom somebody signs, once each; `text` is a document with its lines."""
    found: list[Named] = []
    for named in (*_in_blocks(text), *_at_hands(text)):
        if not _already(text, found, named) and len(found) < 40:
            found.append(named)
    return found


def alike(one: str, other: str) -> bool:
    """Two ways of writing one name: nobody new. Alpha LP and Alpha LLC are two, Alpha I and Alpha II too."""
    (first, form), (second, other_form) = (_core(name) for name in (one, other))
    letters, others = ("".join(words) for words in (first, second))
    if letters == others:
        return {form, other_form} not in _OTHER_FORMS
    if _NUMBER.findall(" ".join(first)) != _NUMBER.findall(" ".join(second)):
        return False
    short, long = sorted((letters, others), key=len)
    if long.endswith(short) or (short in long and not (form if short == letters else other_form)):
        return True
    return SequenceMatcher(None, letters, others).ratio() >= 0.9


def _core(name: str) -> tuple[list[str], str]:
    """The words of a name without its legal form, and the form."""
    form = _FORMS_LAST.search(name)
    words = re.findall(r"\w+", (name[: form.start()] if form else name).lower())
    return words, re.sub(r"\W", "", form.group().lower()) if form else ""


_FORMS_LAST = re.compile(rf"(?:,?\s(?:{_HARD}|Co(?:mpany)?)\.?)+$", re.IGNORECASE)
_NUMBER = re.compile(r"\b(?:\d+|[ivx]+|one|two|three)\b")
_OTHER_FORMS = ({"lp", "llc"}, {"lp", "ltd"}, {"lp", "inc"}, {"llc", "inc"}, {"llc", "corp"}, {"lp", "corp"})
_PERSON = re.compile(
    r"(?:/[sS]/\s{0,3}|(?i:deed|signed|executed) by:?\s{1,3})"
    r"(?P<name>(?:[A-Z][\w'.’-]* {1,2}){1,3}[A-Z][a-z'’-]*[A-Za-z]{2,}(?:,? (?:Jr|Sr|III?)\b\.?)?)"
)
_FOR_ANOTHER = re.compile(r"\b(?:by|per|name|its|director|witness|secretary)\W{0,14}$", re.IGNORECASE)
_OFFICE = re.compile(
    r"\b(?:title|its|president|officer|director|manager|secretary|C[EFOT]O|chairman|signatory|treasurer|partner"
    r"|general counsel|trustee|attorney)\b",
    re.IGNORECASE,
)


def persons(text: str) -> Iterator[Named]:
    """People who sign for themselves: nothing says for whom they sign or in which office."""
    for signed in _PERSON.finditer(text, len(text) // 4):
        before, after = (
            text[max(0, signed.start() - 24) : signed.start()],
            text[signed.end() : signed.end() + 90],
        )
        if not _FOR_ANOTHER.search(before) and not _OFFICE.search(after) and is_name(signed["name"]):
            yield Named(*signed.span("name"), False)


def _in_blocks(text: str) -> Iterator[Named]:
    """Names in what follows the words with which contracts are signed, down to the first annex."""
    read = 0
    for opening in islice(_BLOCK.finditer(text), _MOST):
        start, stop = max(read, opening.end()), min(len(text), opening.end() + _BLOCK_LENGTH)
        end = _BLOCK_END.search(text, start + 40, stop)
        read = stop = end.start() if end else stop
        if not re.compile(rf"{_PLACE}|\bTitle\b ?:|___|\bBy\s").search(text, start, stop):
            continue
        for party in _PARTY.finditer(text, start, stop):
            if re.compile(_HAND).search(text, party.end(), party.end() + 300):
                yield from _signer(text, party)
        yield from _lines(text, start, stop)


def _at_hands(text: str) -> Iterator[Named]:
    """Names right before a place for a hand, wherever it stands behind the first pages."""
    for place in islice(re.compile(_PLACE).finditer(text, len(text) // 4), _MOST):
        for party in _PARTY.finditer(text, max(0, place.start() - 260), place.start()):
            if _NEAR.match(text, party.end()):
                yield from _signer(text, party)


def _lines(text: str, start: int, stop: int) -> Iterator[Named]:
    """Signers without a legal form: a town or another body, or who is named in the text before."""
    for line in _BY_LINE.finditer(text, start, stop):
        name = " ".join(line["name"].split())
        known = _BODY.match(name) or text.lower().find(name.lower(), 0, start) >= 0
        if known and len(name.split()) >= 2 and is_name(name) and not _HEADING.search(name):
            yield Named(line.start("name"), line.end("name"), False)


_NO_START = re.compile(r"(?:of|and|the|for|INC|LLC|LTD|CORP|APPROVED|Approved|ATTEST|Attest|WITNESS)\b")


def _signer(text: str, party: re.Match[str]) -> Iterator[Named]:
    """The name itself, without the words of the line before it; nothing where it is not a party's."""
    lead = _LEAD.match(party["name"])
    start = party.start() + (lead.end() if lead else 0)
    name = text[start : party.end()].strip(" ,")
    before = text[max(0, start - 25) : start]
    if _ANOTHER.search(before) and not _ON_BEHALF.search(before):
        return
    if _NO_SIGNER.match(text, party.end()) or _NO_START.match(name):
        return
    if len(name.split()) >= 2 and is_name(name) and not _OF_SOMEWHERE.search(name):
        yield Named(start, party.end(), True)


def _already(text: str, found: Sequence[Named], named: Named) -> bool:
    name = _letters(text, named)
    return any(name in other or other in name for other in (_letters(text, one) for one in found))


def _letters(text: str, named: Named) -> str:
    return re.sub(r"\W", "", text[named.start : named.end].lower())
