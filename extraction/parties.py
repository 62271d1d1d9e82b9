"""Who the parties are: from the preamble, else from labels, known names and signatures."""

import re
from collections.abc import Iterator, Sequence

from extraction.dates import dates
from extraction.flat import Flat, flatten, plain
from extraction.model import PartyMention
from extraction.patterns import search
from extraction.places import places
from extraction.preamble import is_name, listed
from extraction.roles import acts
from extraction.sentences import span_of
from extraction.signature_blocks import alike, persons, signers
from extraction.signatures import labelled, on_behalf, signing
from obligations.document import Document

HEAD = 7000
"""How far into a document the parties are looked for first, in characters."""
LONG_HEAD = 60_000
"""How far a preamble may stand behind a cover and a table of contents."""
SIGNATURES = 9000
"""How long the end of a document with its signatures is, in characters."""

_SUFFIX = (
    r"(?:Co\.?,? (?:Ltd|Limited|Inc|LLC|KG)|Inc(?:orporated)?|L\.?L\.?C|L\.?L\.?P|L\.?P|Ltd|Limited|Corp"
    r"(?:oration)?|Company|Co|plc|PLC"
    r"|GmbH(?: & Co\.? KG)?|"
    r"mbH|AG|SE|KG|KGaA|AB|ASA?|A/S|ApS|Oy(?:j)?|S\.?A\.?(?:S|R\.L)?|S\.?A\.?S|S\.?p\.?A|S\.?r\.?l|B\.?V"
    r"|N\.?V|"
    r"Sp\. ?z ?o\.? ?o|SARL|Sàrl|Pty\.? Ltd|\(Pty\) (?:Ltd|Limited)|PTE\.? LTD|Pte\.? Ltd|K\.?K|N\.?A"
    r"|DAC|CLG|CIC|Trust|Bank|"
    r"Partners(?:hip)?|University|Institute|Association|Foundation|Authority|e\.?V|Co\., Ltd"
    r"|INC(?:ORPORATED)?|LTD|LIMITED|CORP(?:ORATION)?|COMPANY|CO|BANK|TRUST|PARTNERS(?:HIP)?)"
)
_NAME_WITH_SUFFIX = re.compile(
    rf"(?P<name>(?:[A-Z0-9][\w&'.+-]*|of|and|the|de|&|\([A-Z][\w .]+\))(?:,? (?:[A-Z0-9(][\w&'.()+-]*|of"
    rf"|and|for|the|de|y|&|-)){{0,8}}?,?\s"
    rf"{_SUFFIX})\b\.?"
)
_BETWEEN = re.compile(
    r"\b(?:by and (?:between|among)|b ?e ?t ?w ?e ?e ?n|is between|made between|between|by and among(?:st)?"
    r"|among(?:st)?(?! (?:other|the parties|them|us))"
    r"|entered into by|made by(?: and)?|executed by)\b|\bparties:?(?=\s\(?[1Aa]\))"
    r"(?!\s(?:the )?parties (?:hereto|with|relating|concerning|regarding))",
    re.IGNORECASE,
)
_QUOTED_ROLE = re.compile(
    r"\(\s?(?P<lead>(?:[\w',:/&.-]+\s){0,14}?)\"\s?(?P<role>[^\"()]{1,60}?)[,.]?\s?\"(?P<more>[^()]{0,160})\)"
    r"|\b(?:hereinafter|hereafter|herein)\b[,\s]{1,2}(?:(?:collectively|each|also|jointly|individually"
    r"|is|be|being|shall be|"
    r"sometimes)\s){0,3}(?:referred to|called|known|designated|described|styled)?\s?(?:to )?(?:as"
    r"|simply)?\s?(?:the\s)?\""
    r"(?P<role2>[^\"()]{1,60}?)[,.]?\"(?P<more2>[^()]{0,60})"
    r"|\(\s?(?:hereinafter|hereafter|herein|the|called|referred to as|each|as|\s|,|,\s)*\s?"
    r"(?P<bare>[A-Z][\w&.' -]{1,40})\s?\)"
)
_MORE_QUOTED = re.compile(r"\"([^\"]{1,60}?)[,.]?\"")
_NO_PARTY = re.compile(
    r"\b(?:agreement|contract|effective date|part(?:y|ies)|date|amendment|sow|statement of work"
    r"|services?|products?|term|schedule|exhibit|"
    r"annex|section|article|commencement|territory|sla|program|project|property|software|website|site"
    r"|affiliates?|order|"
    r"msa|addendum|memorandum|act|closing|transaction|n°|vat)\b|^\d|^(?:and|or|the|a|i+|iv|v|pty|both"
    r"|each|jointly|together)$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:[\s,;:.)-]|(?:and|by|between|among|amongst|is|made|entered|into|on|the one (?:hand|part)"
    r"|on the other (?:hand|part)|"
    r"of the (?:one|other|first|second) part|as follows|"
    r"the parties|parties(?: to this agreement)?|both|either|with)\b(?=[\s,:;]|$)|\(?[1-9a-zA-Z]\)\s"
    r"|[1-9]\.\s|"
    r"(?:the )?undersigned|party [ab1-4]\s?:)+",
    re.IGNORECASE,
)
_DESCRIPTOR = re.compile(
    r",?\s(?:an?\s(?!\.)(?:\w|[\"'])|having\b|with (?:its|a|an|offices?|the|registered|principal|place"
    r"|his|her|main)\b|located\b|"
    r"incorporated\b(?! (?:research))|organi[sz]ed\b|whose\b|represented\b|registered\b|existing\b"
    r"|of\s\d|residing\b|acting\b|duly\b|"
    r"formerly\b|on behalf\b|for itself\b|as (?:an?|the|agent|trustee|servicer|licensor)\b|at\s\d"
    r"|d/b/a\b|doing business\b|and its\b|"
    r"together with\b|company (?:number|no)\b|established\b|domiciled\b|being\b|which\b|who\b|operating\b|"
    r"hereinafter\b|hereafter\b|herein\b|under the laws\b|one of\b|the (?:owner|parent)\b)|\s?\((?!"
    r"(?i:pty)|[A-Z][\w ]{1,16}\)\s?(?i:\(pty|co|ltd|inc|limited|gmbh|pty|corp|llc|b\.?v|s\.?a))"
    r"|,\s(?=\d|[A-Z][\w.-]*\s?\d|[A-Z]\w+(?: [A-Z]\w+){0,2}, (?:[A-Z]|\d))|;"
    r"|\s-\s|(?<!\b[A-Z])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)\.\s(?=[A-Z])",
)
_COMMA_SUFFIX = re.compile(rf"^,\s?{_SUFFIX}\b\.?", re.IGNORECASE)


def read_parties(document: Document, known: Sequence[str] = ()) -> tuple[PartyMention, ...]:
    """The parties the preamble names, in order, with the role and aliases it gives them.

    `known` are names of the parties from elsewhere; they are looked for where no preamble names two. Labels
    ("Party A: …") and the signatures are asked last.
    """
    head = flatten(plain(document.text), 0, min(len(document.text), HEAD))
    signatories = _signatories(document) if _SIGNING_TOO.search(head.text) else ()
    if len(signatories) >= CONSORTIUM:
        return signatories
    starts = [match.end() for match in list(_BETWEEN.finditer(head.text))[:8]]
    best = _listed(document, head, starts)
    if len(best) < 2:
        best = _joined(best, _best(document, head, [*starts, 0]))
    best = tuple(party for party in best if not _only_a_form(document, party))
    if _worth(best)[0] < 2 and len(document.text) > HEAD:
        longer = flatten(plain(document.text), 0, min(len(document.text), LONG_HEAD))
        further = list(_preambles(longer.text))
        found = max(_listed(document, longer, further), best, key=_worth)
        head, best = (longer, found) if found is not best else (head, best)
    if len(best) < 2:
        best = (*best, *_known(document, head, known, best))
    if len(best) < 2:
        best = _joined(best, _elsewhere(document, head))
        best = _signed(document, best) if len(best) < 2 else best
        best = (*best, *_left_blank(document, head, best)) if len(best) < 2 else best
        best = _signed_in_person(document, best) if len(best) == 1 else best
    elif _SIGNING_TOO.search(head.text[: HEAD // 2]):
        best = _joined(best, _signing(document))
    return tuple(_with_role(party, document.text[:HEAD]) for party in best)


_BODY = re.compile(
    r"^(?:an?\s)?(?P<place>.*?)\s?(?:\b(?:limited|liability|joint|stock|public|private|business|investment"
    r"|holding|general|close|non-profit)\s)*(?:corporation|company|partnership|limited)\.?$",
    re.IGNORECASE,
)


def _only_a_form(document: Document, party: PartyMention) -> bool:
    """ "Delaware Corporation", "Liability Company": what kind of body a party is, not what it is called."""
    body = _BODY.match(party.name)
    if body is None or not body["place"] or re.fullmatch("an?", body["place"], re.IGNORECASE):
        return body is not None
    place = next(iter(places(body["place"])), None)
    if place is None or (place.start, place.end) != (0, len(body["place"])):
        return False
    before = document.text[max(0, party.span.start - 4) : party.span.start]
    return bool(re.match(r"an? ", party.name, re.IGNORECASE) or re.search(r"(?:\ban?|,)\s$", before, re.I))


def _joined(first: Sequence[PartyMention], more: Sequence[PartyMention]) -> tuple[PartyMention, ...]:
    """Two ways of reading together: what the second adds are names, and other ones than the first has."""
    joined = list(first)
    for party in more:
        name = party.name.lower()
        if is_name(party.name) and not any(name in p.name.lower() or p.name.lower() in name for p in joined):
            joined.append(party)
    return tuple(joined)


def _signed(document: Document, found: Sequence[PartyMention]) -> tuple[PartyMention, ...]:
    """The parties found, and who else signs in the signature blocks of the document."""
    lines = Flat(plain(document.text), 0, len(document.text))
    joined = list(found)
    for one in signers(lines.text):
        party = _mention(document, lines, (one.start, one.end), "", [])
        if not any(alike(party.name, other.name) for other in joined):
            joined.append(party)
    return tuple(joined)


def _signed_in_person(document: Document, found: Sequence[PartyMention]) -> tuple[PartyMention, ...]:
    """The party found, and a person who signs for nobody else and whom the first pages name."""
    lines = Flat(plain(document.text), 0, len(document.text))
    people = (_mention(document, lines, (one.start, one.end), "", []) for one in persons(lines.text))
    named = [one for one in people if _stands_before(document, one) and not alike(one.name, found[0].name)]
    return (*found, *named[:1])


def _stands_before(document: Document, signer: PartyMention) -> bool:
    """Is somebody who signs named on the first pages too?"""
    pattern = r"\b" + r"\W+".join(map(re.escape, re.findall(r"\w+", signer.name))) + r"\b"
    return re.search(pattern, document.text[: min(HEAD, signer.span.start)], re.IGNORECASE) is not None


_BLANK = re.compile(
    r"(?:_{3,}|\.{6,}|\[(?:[\s_●•*.]*|(?:insert|name|legal|full)[^\]]{0,40})\])(?:,?\s(?:an?|with|whose|having|of"
    r"|located|organi[sz]ed|residing|incorporated|as|on behalf|duly)\b"
    r"(?:(?!\b(?:between|among)\b)[^()\"]){0,240})?[\s,]{0,3}"
    r"\((?:hereinafter |hereafter |referred to as |called |collectively,? |the ){0,4}"
    r"\"(?P<role>[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?),?\"[^()]{0,60}\)",
    re.IGNORECASE,
)
"""A blank, where a name will be filled in, with what it is called: "____, a company of ____ ("Buyer")"."""


def _left_blank(document: Document, head: Flat, found: Sequence[PartyMention]) -> Iterator[PartyMention]:
    """Parties of a form whose names are still blank are called by their roles, if these do something."""
    roles = {called.lower() for party in found for called in (party.role, party.name, *party.aliases)}
    text = flatten(plain(document.text), 0, len(document.text)).text
    for blank in _BLANK.finditer(head.text):
        role = blank["role"]
        if role.lower() not in roles and not _NO_PARTY.search(role) and acts(text, role) >= 3:
            roles.add(role.lower())
            yield _mention(document, head, blank.span("role"), role, [])


def _elsewhere(document: Document, head: Flat) -> tuple[PartyMention, ...]:
    """Parties in labels on the first pages, else in front of the signatures."""
    labels = tuple(
        _mention(document, head, (one.start, one.end), one.role, one.aliases) for one in labelled(head.text)
    )
    if len(labels) >= 2:
        return labels
    return (*labels, *_signing(document))


_SIGNING_TOO = re.compile(
    r"\b(?:among|between)\b[^.;]{0,200}\b(?:(?:persons?|entit\w+|parties|funds?|compan\w+|investors|holders"
    r"|shareholders|stockholders|subsidiaries)\b[^.;]{0,60}\b(?:listed|set forth|named|identified)"
    r"|signator\w+"
    r"|undersigned)\b",
    re.IGNORECASE,
)
"""A preamble that leaves some of its parties to a schedule or to the signatures."""


CONSORTIUM = 3
"""So many for whom somebody signs are the parties of a preamble that leaves its parties to the signatures."""


def _signatories(document: Document) -> tuple[PartyMention, ...]:
    """Those for and on behalf of whom somebody signs, wherever in the document the signatures stand."""
    lines = Flat(plain(document.text), 0, len(document.text))
    return tuple(_mention(document, lines, (one.start, one.end), "", []) for one in on_behalf(lines.text))


def _signing(document: Document) -> tuple[PartyMention, ...]:
    start = max(0, len(document.text) - SIGNATURES)
    lines = Flat(plain(document.text)[start:], start, len(document.text))
    words = flatten(plain(document.text), start, len(document.text))
    by_line, by_word = (
        [_mention(document, end, (one.start, one.end), "", []) for one in signing(end.text)]
        for end in (lines, words)
    )
    return _joined(by_line, by_word)


def _listed(document: Document, head: Flat, starts: Sequence[int]) -> tuple[PartyMention, ...]:
    """The parties that the best of some preambles lists; one that names two with roles ends the search."""
    best: tuple[PartyMention, ...] = ()
    for start in starts:
        found = tuple(
            _mention(document, head, (one.start, one.end), one.role, one.aliases)
            for one in listed(head.text, start)
        )
        if (_worth(found)[0], min(2, len(found))) > (_worth(best)[0], min(2, len(best))):
            best = found
        if sum(bool(party.role) for party in best) >= 2:
            break
    return best


def _best(document: Document, head: Flat, starts: Sequence[int]) -> tuple[PartyMention, ...]:
    """What the best of some places gives; one that names two parties with their roles ends the search."""
    best: tuple[PartyMention, ...] = ()
    for start in starts:
        found = _parties_after(document, head, start)
        if start == 0:
            found = tuple(party for party in found if party.role)
        if _worth(found) > _worth(best):
            best = found
        if sum(bool(party.role) for party in best) >= 2:
            break
    return best


def _preambles(text: str) -> Iterator[int]:
    """Where a preamble far down may name its parties: "this Agreement … by and between"."""
    for match in _BETWEEN.finditer(text):
        before = text[max(0, match.start() - 260) : match.start()]
        if search(r"\b(?:this|the)\b[^.;]{0,90}\b(?:agreement|contract|amendment|lease|deed)\b", before):
            yield match.end()


def _known(
    document: Document, head: Flat, known: Sequence[str], found: Sequence[PartyMention]
) -> Iterator[PartyMention]:
    """Parties known from elsewhere whose names stand in the text, once each."""
    taken = [party.name.lower() for party in found]
    for name in known:
        place = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", head.text, re.IGNORECASE)
        if place is None or any(name.lower() in other or other in name.lower() for other in taken):
            continue
        taken.append(name.lower())
        role = re.match(r"\s?\((?:the )?\"?(?P<role>[A-Z][\w ]{2,30})\"?\)", head.text[place.end() :])
        yield _mention(document, head, place.span(), role["role"] if role else "", [])


def _with_role(party: PartyMention, head: str) -> PartyMention:
    """A party named without its role may have it in a "Provider | Name" or "Provider: Name" line."""
    if party.role:
        return party
    match = re.search(
        rf"^\W{{0,3}}(?P<role>[A-Z]\w+(?: [A-Z]\w+)?) ?[|:] ?{re.escape(party.name)}", head, re.MULTILINE
    )
    return party.model_copy(update={"role": match["role"]}) if match else party


def _worth(found: Sequence[PartyMention]) -> tuple[int, int]:
    """Parties with a role say more than names alone."""
    return min(2, sum(bool(party.role) for party in found)), len(found)


def _parties_after(document: Document, head: Flat, start: int) -> tuple[PartyMention, ...]:
    text = head.text[: start + 4500]
    found: list[PartyMention] = []
    names: set[str] = set()
    position = start
    for role in _QUOTED_ROLE.finditer(text, start):
        said = (role["role"] or role["role2"] or role["bare"] or "").strip(" ,.'")
        if (found and role.start() - position > 1100) or role.start() - position > 1500:
            break
        aliases = [alias.strip(" ,.") for alias in _MORE_QUOTED.findall(role["more"] or role["more2"] or "")]
        if not said or _NO_PARTY.search(said):
            if re.search(r"collectively|each|together|both|jointly", role["lead"] or "") and len(found) >= 2:
                break
            if search(r"agreement|effective|contract", said) and not found:
                position = role.end()
            continue
        named = _named(text, position, role.start(), whole=start > 0)
        position = role.end()
        if named is None or text[slice(*named)].lower() in names:
            continue
        names.add(text[slice(*named)].lower())
        found.append(_mention(document, head, named, said, aliases))
        if len(found) >= 8:
            break
    if len(found) < 2:
        found.extend(_unnamed_roles(document, head, start, position, names))
    return tuple(found)


def _name(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The range of the legal name in the words between two parties: what precedes its description."""
    piece = text[start:end]
    leading = _LEADING.match(piece)
    begin = leading.end() if leading else 0
    cut = len(piece)
    for stop in _DESCRIPTOR.finditer(piece, begin + 2):
        if _COMMA_SUFFIX.match(piece[stop.start() :]):
            continue
        cut = stop.start()
        break
    name = _to_legal_form(piece[begin:cut]).rstrip(" ,;:-")
    if not _is_name(name):
        later = _after_and(text, start + begin, end)
        if later is not None:
            return later
        inside = _NAME_WITH_SUFFIX.search(piece)
        if inside is None:
            return None
        lower = _LOWER_START.match(piece, inside.start("name"))
        return start + (lower.end() if lower else inside.start("name")), start + inside.end()
    if " and " in name and not re.search(rf"{_SUFFIX}\.?$", name):
        return None
    return start + begin, start + begin + len(name)


def _is_name(name: str) -> bool:
    return (
        bool(name)
        and name[0].isalnum()
        and len(name) <= 110
        and any(c.isupper() for c in name)
        and not _no_name(name)
    )


_AND = re.compile(r"(?:,|;)?\s(?:and|AND|And|&)\s(?:\(?[1-9a-c]\)\s)?(?:between\s)?(?=[\dA-Z])")


def _after_and(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A name that follows the seat or form of the party before it: "…, a Texas corporation, and Ann Lee"."""
    for link in reversed(list(_AND.finditer(text, start, end))):
        piece = text[link.end() : end]
        cut = next(
            (
                s.start()
                for s in _DESCRIPTOR.finditer(piece, 2)
                if not _COMMA_SUFFIX.match(piece[s.start() :])
            ),
            len(piece),
        )
        name = _to_legal_form(piece[:cut]).rstrip(" ,;:-")
        if _is_name(name) and len(name.split()) <= 9 and " and " not in name and not _STATE.match(name):
            return link.end(), link.end() + len(name)
    return None


_STATE = re.compile(r"(?:[A-Z]\w+\s){0,2}[A-Z]\w+\s\(?\d{5}|\d")
"""A state with its postal code, or a number: part of an address."""


def _named(text: str, start: int, end: int, *, whole: bool) -> tuple[int, int] | None:
    """The name between two parties; without a word such as "between" only one with a legal form."""
    if whole:
        return _name(text, start, end)
    names = list(_NAME_WITH_SUFFIX.finditer(text, max(start, end - 260), end))
    if not names:
        return None
    last = names[-1]
    begin = last.start("name")
    for day in dates(last["name"]):
        begin = last.start("name") + day.end
    leading = _LOWER_START.match(text, begin)
    return (leading.end() if leading else begin), last.end("name")


_LOWER_START = re.compile(r"(?:[\s,;]*(?:and|of|the|de|&|WHEREAS),?\s|[\s,;]+)*")


def _no_name(name: str) -> bool:
    """Words that are a clause, not a name: verbs, or lower case without a legal form."""
    if re.search(
        r"\b(?:is|are|shall|will|has|have|was|were|which|that|may|to|whose|its|governed|means|set forth"
        r"|desires?|agrees?)\b",
        name,
    ):
        return True
    if re.match(r"(?:an?|of|on|in|by|for|with|at|having|as|the company|and)\s", name):
        return True
    if re.match(r"(?:recitals?|background|whereas|witnesseth|preamble|\d+\.)\b", name, re.IGNORECASE):
        return True
    return name[0].islower() and not search(rf"\b{_SUFFIX}\.?$", name)


_LEGAL_FORM = re.compile(
    r"(?<=\s)(?:GmbH(?: & Co\.? KGa?A?)?|AG|SE|KG|AB|ASA|A/S|ApS|Oyj?|SAS|S\.A\.S\.?|S\.p\.A\.?"
    r"|S\.r\.l\.?|B\.V\.?|N\.V\.?|plc|LLP|LLC|L\.L\.C\.?|Ltd\.?|Limited|Inc\.?|Incorporated|Corp\.?"
    r"|Corporation|DAC|CLG|CIC|"
    r"Sp\. ?z ?o\.? ?o\.?)(?=,?\s(?!(?:&|and|Inc|Ltd|Limited|LLC|Corp|Co\b|\(|Company|Holdings?|Group"
    r"|[A-Z][\w.]* (?:Inc|LLC|Ltd|Corp)))|$)",
    re.IGNORECASE,
)


def _to_legal_form(words: str) -> str:
    """Cut a name after its legal form: what follows is a seat, an address or a register entry."""
    match = _LEGAL_FORM.search(words)
    return words[: match.end()] if match else words


def _unnamed_roles(
    document: Document, head: Flat, start: int, position: int, names: set[str]
) -> Iterator[PartyMention]:
    """Parties that stand without a role in brackets: names that end in a legal form."""
    stop = re.compile(r"\.\s+[A-Z]").search(head.text, max(start, position) + 40)
    for match in _NAME_WITH_SUFFIX.finditer(
        head.text, max(start, position), stop.end() if stop else start + 900
    ):
        name = _LEADING.sub("", match["name"])
        lower = _LOWER_START.match(name)
        name = name[lower.end() :] if lower else name
        begin = match.end("name") - len(name)
        described = _NOT_ITSELF.search(head.text, max(0, begin - 40), begin)
        if len(name) < 5 or name.lower() in names or _NO_PARTY.search(name) or described:
            continue
        names.add(name.lower())
        end = (
            match.end()
            if name.endswith(("Inc", "Co", "Ltd", "Corp")) and match.group().endswith(".")
            else match.end("name")
        )
        yield _mention(document, head, (begin, end), "", [])
        if len(names) >= 4:
            return


_NOT_ITSELF = re.compile(
    r"\b(?:an?|(?:subsidiary|division|affiliate|member|part|behalf|agent|owner|shareholder|parent|name) of)"
    r"\s(?:the\s)?$",
    re.IGNORECASE,
)
"""Words after which a name is a description of a party: its form, or whose it is."""


def _mention(
    document: Document, head: Flat, named: tuple[int, int], role: str, aliases: Sequence[str]
) -> PartyMention:
    span = span_of(document, *head.span(*named))
    name = " ".join(head.text[slice(*named)].split()).strip(" ,*")
    return PartyMention(
        name=name,
        role=re.sub(r"^(?:the|an?)\s", "", role, flags=re.IGNORECASE),
        aliases=tuple(alias for alias in aliases if alias and not _NO_PARTY.search(alias)),
        span=span,
    )
