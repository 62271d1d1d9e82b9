"""The names a preamble lists: "by and between X, a Delaware corporation ("Seller"), and Y".

A preamble is read from its first word such as "between" to where recitals or clauses begin. A name starts
there and after each word or sign that joins two parties; it is a party if a legal form, a role in brackets or
a description follows, so that addresses and places in between are none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extraction.patterns import search
from extraction.places import places

LEGAL_FORM = (
    r"(?:Co\.?,? (?:Ltd|Limited|Inc|LLC|L\.?P|KG|N\.?V)|Inc(?:orporated)?|L\.\s?L\.\s?C|LLC|L\.?L\.?P|L\.?P"
    r"|Ltda?|Limited|Limitada|Corp(?:oration)?|Company|Co|plc|p\.l\.c|P\.L\.C|PLC|GmbH(?: & Co\.? KGa?A?)?"
    r"|mbH|AG|SE|KG"
    r"|KGaA|AB|ASA?|A/S|ApS|Oy(?:j)?|S\.?A\.?R\.?L|S\.?A\.?S|S\. ?A|SA|S\.?p\.?A|S\.?r\.?l|B\.?V|N\.?V"
    r"|Sp\. ?z ?o\.? ?o|Sàrl|Pty\.?|PTE|K\.?K|N\.?A|F\.?S\.?B|P\.?C|P\.?A|S\. ?de R\.?L\.?(?: de C\.?V)?"
    r"|DAC|CLG|CIC|Trust"
    r"|Bank|Bancorp|Partners(?:hip)?|University|Institute|Association|Foundation|Authority|Fund|Group"
    r"|Holdings"
    r"|e\.?V|Berhad|Bhd)"
)
_FORM_AT = re.compile(rf",?\s?{LEGAL_FORM}(?![\w&])\.?", re.IGNORECASE)
_ENDS_IN_FORM = re.compile(rf"(?:^|[\s,(]){LEGAL_FORM}\)?\.?$", re.IGNORECASE)
_BRACKETED = re.compile(r"\((?:Pty|[A-Z][\w. ]{1,22})\)(?=,? [A-Z(])(?!,? (?:and|AND|a|an)\b)")
_TOKEN = re.compile(
    r"[A-Z0-9À-Þ][\wÀ-ÿ'’.+/®!@-]*(?:,(?= (?:Jr|Sr|M\.?D|Ph\.?D|Esq|III?)\b))?|[a-z]\w*[A-Z.]\w[\w.]*|&"
)
_CONNECTOR = re.compile(r"(?:the|de|for|y|van|von|der|den|la|du|e|et|do|del|di|-)(?= [A-Z])")
_OF = re.compile(r"of (?:the )?(?=[A-Z])")
_OF_A_BODY = re.compile(
    r"\b(?:bank|city|town|county|state|board|trustees|college|church|republic|ministry|department|government"
    r"|school|hospital|association|society|federation|council|commonwealth|chamber|institute|university"
    r"|center"
    r"|centre|office|company|group|village|museum|order|estate|division|bureau|secretary|commission) $",
    re.IGNORECASE,
)
_TO_FORM = re.compile(rf"(?:[A-Z][\w.]*,? ){{1,4}}{LEGAL_FORM}\b")
_AND = re.compile(r"(?:and|AND|And)(?= )")
_AND_GOES_ON = re.compile(
    r"and (?:the )?(?:Compan(?:y|ies)|Co\b|Sons|Trust|Technolog\w+|Marketing|Development|Trading|Shipping"
    r"|Research"
    r"|Services|Associates|Partners|Design|Consulting|Gas|Electric|Power|Light|Manufacturing|Engineering"
    r"|Communications|Entertainment|Media|Finance|Merchandising|Savings|Loan|Insurance|Casualty|Software"
    r"|Systems|Sports|Distribution|Sales|Investment|Management|Export|Supply|Health|Science|Resources|Johnson"
    r"|Equipment|Commerce|Industr\w+|Publishing|Production|Annuity|Family|Bath|Beyond|Drug|Medical"
    r"|Education)\b",
    re.IGNORECASE,
)
_START = re.compile(
    r"(?:[\s,;:.*\"]|-(?= )|(?:and|between|among|amongst|by|is|made|entered into|each of|the parties"
    r"|the following"
    r"|parties|as follows|both|either|with|of the (?:one|other|first|second) part|on the (?:one"
    r"|other) (?:hand|part)"
    r"|on one hand|on the other|the undersigned|undersigned|\(collectively\))\b(?=[\s,:;(])"
    r"|\(?(?:\d{1,2}|[a-zA-Z]|i{1,3}|iv)\)(?=\s)|[1-9]\.(?=\s)|party (?:no\. ?)?[\dA-F]\s?(?:\)|:|-)"
    r"|the(?= [A-Z]))+",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"[)\".,;]{0,3}\s(?:- )?(?:and|&)(?: -)?:?\s(?:also\s|between\s|by\s|\(?(?:\d|[a-h]|i{1,3})\)\s|the\s)*"
    r"|;\s(?:\(?(?:\d|[a-h]|i{1,3})\)\s)?(?:the\s)?|\)\s?,\s(?:the\s)?|\)\s(?=\(?\d\)\s)"
    r"|\s\((?:\d|[b-h]|i{2,3})\)\s|,\s(?:the\s)?|\bparty [B-F]\s?:\s",
    re.IGNORECASE,
)
_END = re.compile(
    r"\b(?:WITNESSETH|W I T N E S S|WHEREAS|Whereas|RECITALS?|R E C I T A L|Recitals?|BACKGROUND|Background"
    r"|PREAMBLE|Preliminary|PRELIMINARY|NOW,? THEREFORE|Now,? [Tt]herefore|[Ii]n consideration of"
    r"|IN CONSIDERATION|agrees? as follows"
    r"|TABLE OF CONTENTS|ARTICLE (?:1|I|ONE)\b|Article 1|Section 1|INTRODUCTION|DEFINITIONS|Definitions)\b"
    r"|[.)]\"?\s+(?=(?:Each of )?[A-Z][\w.&]*(?:, [A-Z][\w.&]*)*,? and [A-Z][\w.& ]{0,25} (?:are|may|shall"
    r"|will|agree|each|hereby|is)\b)"
    r"|\.\s+(?=(?:The|This|In|It|Each|Both|All|For|On|If|Any|As|Whereas|You|We|Unless|Capitalized|Reference"
    r"|Pursuant|Certain|Such|Under|1\.|§)[\s,])"
)
_DESCRIBED = re.compile(
    r"[\s,]{0,3}(?:\(|hereinafter|hereafter|herein|(?:an?|the) [a-z\"]|an? [A-Z][\w ]{2,40}\b(?:corporation"
    r"|compan|limited"
    r"|partnership|bank|entity|trust)|having|with (?:its|a|an|offices?|registered|principal|his|her)"
    r"|located|incorporated"
    r"|organi[sz]ed|whose|represented|registered|existing|residing|acting|duly|formerly|d/b/a|dba"
    r"|doing business"
    r"|on behalf|its |and its |company |of (?:[(\[]|\d|the|[A-Z][\w .]+,)|in (?:his|her) |individually"
    r"|solely|not |as (?:an?|the) "
    r"|\d|at \d|established|domiciled|being|which|who|operating|referred|together|each |jointly|\["
    r"|collectively|is\b|are\b)",
    re.IGNORECASE,
)
_NOT_NAME = re.compile(
    r"^(?:an?|of|on|in|by|for|with|at|having|as|its|this|that|such|these|all|any|each|no|there|whereas"
    r"|dated|section"
    r"|article|exhibit|schedule|whose|suite|floor|room|p\.?o|street|attention|attn|effective|page|source"
    r"|table|agreement"
    r"|contract|amendment|recitals?|background|date|parties|party|witnesseth|hereinafter|individually"
    r"|collectively|both"
    r"|delaware|county|city|united states|january|february|march|april|june|july|august|september|october"
    r"|november"
    r"|december|federal|new york|chapter|tel|fax|phone|email|e-mail|address|building|unit|level|street"
    r"|avenue|road"
    r"|conditions|terms|affiliates?|subsidiar\w+"
    r"|intending|desiring|for good|act|law|laws|confidential|term|name|title"
    r"|president)\b(?!&)"
    r"(?! (?:\w+ )*" + LEGAL_FORM + r"\b)",
    re.IGNORECASE,
)
_NAME_AFTER_ALL = re.compile(
    r"A\. ?[A-Z]\. ?[A-Z]"
    r"|(?:federal|new york|delaware|united states|county|city|january|february|march|april|june|july|august"
    r"|september|october|november|december|page|act|law|term|title|president|table|building|level|unit|street)"
    r"\b(?:[ -][\w&'.-]+)+,? (?:Inc(?:orporated)?|LLC|Ltd|Limited|Corp(?:oration)?|Company|L\.?P|PLC|GmbH)\b",
    re.IGNORECASE,
)
"""Names that begin with such a word and end in a legal form behind a comma, and two initials."""
_GENERIC = re.compile(
    r"(?:the )?(?:company|developer|operator|bank|merchant|customer|client|buyer|seller|supplier|vendor"
    r"|licensor|licensee|distributor|reseller"
    r"|agent|employer|employee|executive|consultant|contractor|franchisor|franchisee|manufacturer|purchaser"
    r"|provider"
    r"|owner|sponsor|publisher|party|guarantor|lender|borrower|trust|fund|group|partnership|corporation"
    r"|member|administrator"
    r"|trustee|issuer|investor|seller|parent|servicer|co|inc|ltd|llc|plan|offering|user"
    r"|host)s?\b(?:\W+(?:and|or)\b.*)?",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{1,2} (?:january|february|march|april|may|june|july|august|september|october|november|december)|\d+$",
    re.IGNORECASE,
)
_PLACE_AND_FORM = re.compile(
    rf"[\w. ]+, (?:PA|NV|CO|NA|PC|SA|SE|AG)\.?|{LEGAL_FORM}\.?"
    r"|(?:[A-Z]\w+ )?[A-Z]\w+ (?:corporation|company|limited|partnership|bank|trust|association)"
)
"""A town with its state, a legal form alone, or a form of some place: "Delaware corporation"."""
_NO_PARTY_WORD = re.compile(
    r"\b(?:agreement|contract|effective date|whereas|commission|securities act|rule|board of|omitted"
    r"|federal deposit|penalties|entered into|governing|street|avenue|suite|floor|shall|hereby|exhibit"
    r"|laws?)\b"
    r"|, the (?:company|corporation|bank)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\(\s?(?P<lead>(?:[\w',:/&.-]+\s){0,14}?)\"\s?(?P<role>[^\"()]{1,60}?)[,.]?\s?\"(?P<more>[^()]{0,200})\)?"
    r"|\b(?:hereinafter|hereafter|herein"
    r"|referred to)\b[^\"().;]{0,70}\"(?P<role2>[^\"()]{1,60}?)[,.]?\"(?P<more2>[^()\"]{0,30})"
    r"|\(\s?(?:hereinafter|hereafter|herein|the|called|referred to as|each|as|\s"
    r"|,)*\s?(?P<bare>[A-Z][\w&.' -]{1,40})\s?\)"
)
_QUOTED = re.compile(r"\"([^\"]{1,60}?)[,.]?\"")
_THE_ROLE = re.compile(r"\bthe\s\"(?P<role>[^\"]{1,60}?)[,.]?\"", re.IGNORECASE)
_NO_ROLE = re.compile(
    r"\b(?:agreement|contract|effective date|part(?:y|ies)|date|number|no|amendment|schedule|exhibit"
    r"|section|article|act"
    r"|territory|memorandum|addendum|products?|services?)\b|^\d|^(?:and|or|the|a|i+|iv|v|pty)$",
    re.IGNORECASE,
)


@dataclass
class Named:
    """A party named at `start..end` of the flat text, with what the brackets behind it call it."""

    start: int
    end: int
    formed: bool
    role: str = ""
    aliases: list[str] = field(default_factory=list)


def listed(text: str, start: int) -> list[Named]:
    """The parties that a preamble lists from `start` on."""
    stop = _stop(text, start)
    first = _START.match(text, start)
    named = name_at(text, first.end() if first else start, stop)
    if named is None:
        return []
    found = [named]
    while len(found) < 40:
        following = _next(text, found[-1], stop)
        if following is None or _again(text, found, following):
            break
        found.append(following)
    _roles(text, found, stop)
    alone = len(found) == 1 and not found[0].formed and not found[0].role
    return [] if alone else found


def _again(text: str, found: Sequence[Named], named: Named) -> bool:
    """A party named a second time, or by its role: the list of parties is over."""
    name = text[named.start : named.end].lower()
    if any(name == text[one.start : one.end].lower() for one in found):
        return True
    return f'"{name}"' in text[found[0].start : named.start].lower()


def _stop(text: str, start: int) -> int:
    end = _END.search(text, start + 20, start + 7000)
    return end.start() if end else min(len(text), start + 5000)


def is_name(name: str) -> bool:
    """Can these words be what somebody is called? Roles, dates, clauses and headings are not."""
    if len(name) < 2 or len(name) > 110 or _NO_PARTY_WORD.search(name):
        return False
    if _NOT_NAME.match(name) and not _NAME_AFTER_ALL.match(name):
        return False
    if _GENERIC.fullmatch(name) or _DATE.match(name) or _PLACE_AND_FORM.fullmatch(name):
        return False
    return any(c.isupper() for c in name) or "." in name


def name_at(text: str, at: int, stop: int) -> Named | None:
    """The name that begins here; None where what begins here cannot be one."""
    end = _run(text, at, stop)
    name = text[at:end].rstrip(" ,-")
    if not is_name(name):
        return None
    return Named(at, at + len(name), bool(_ENDS_IN_FORM.search(name)))


def _run(text: str, at: int, stop: int) -> int:
    """Where the words of a name end that begins at `at`."""
    end = position = at
    while position < stop:
        if position > at and (form := _form_at(text, position - 1)) and not _more_follows(text, form):
            return form
        if _BREAK.match(text, position):
            break
        if bracket := _BRACKETED.match(text, position):
            end = bracket.end()
        elif token := _TOKEN.match(text, position):
            end = token.end()
            if text[end - 1] == "." and _sentence_end(text, position, end):
                return end - 1
        elif (of := _OF.match(text, position)) and (
            _OF_A_BODY.search(text, at, position) or _TO_FORM.match(text, of.end())
        ):
            position = of.end()
            continue
        elif connector := _CONNECTOR.match(text, position):
            position = connector.end() + 1
            continue
        elif _AND.match(text, position) and _AND_GOES_ON.match(text, position):
            position += 4
            continue
        else:
            break
        if comma := _COMMA_FORM.match(text, end):
            position = comma.end()
            continue
        if text[end : end + 1] != " ":
            break
        position = end + 1
    return end


def _form_at(text: str, at: int) -> int:
    """Where a legal form ends that stands here; 0 where none does. "as" is a word, "AS" is a form."""
    form = _FORM_AT.match(text, at)
    if form is None or (
        form.group().strip(" ,.").islower() and not _LOWER_FORM.match(form.group().strip(" ,.("))
    ):
        return 0
    return form.end()


_LOWER_FORM = re.compile(r"(?:inc|ltd|llc|corp|limited|gmbh|plc|incorporated|corporation|l\.l\.c|l\.p)")
_COMMA_FORM = re.compile(rf",\s(?!AS\b|(?:bank|trust) )(?={LEGAL_FORM}\b)", re.IGNORECASE)
_BREAK = re.compile(
    r"(?:DATED|Dated|EFFECTIVE|Effective|AS|THIS|TABLE|CONFIDENTIAL|WHEREAS|WITNESSETH|PAGE|Page|RECITALS"
    r"|FOR|WITH|ON"
    r"|AGREEMENT|Exhibit|EXHIBIT|Source|Date|DATE|TO|By|BY|Its|ITS|January|February|March|April|June|July"
    r"|August"
    r"|September|October|November|December|JANUARY|FEBRUARY|MARCH|APRIL|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER"
    r"|NOVEMBER"
    r"|DECEMBER|Table|Telephone|Phone|Address|Attention|Attn)\b(?! (?:and|&) [A-Z])"
)
"""Words on a title page that end a name although they begin with a capital."""


def _more_follows(text: str, at: int) -> bool:
    """A legal form in the midst of a name: "Trust Company", "Holdings LP", "Group (UK) Limited"."""
    return bool(
        re.compile(
            r"(?:\s|,\s(?!(?:Bank|BANK|Trust|TRUST|Fund|FUND|University|UNIVERSITY|AS|SE)\b))"
            rf"(?:\([A-Z][\w. ]+\),? )?(?:(?:of|&|for) (?:the )?[A-Z]|(?=[A-Z])(?i:{LEGAL_FORM})\b)"
        ).match(text, at)
        or re.compile(
            r"\s(?:[A-Z][\w.&]*,? ){1,3}(?:Inc|LLC|Ltd|L\.P|LP|Corp|Corporation|Limited|Company)\b"
        ).match(text, at)
    )


def _sentence_end(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    return len(word) > 5 and "." not in word[:-1] and not _FORM_AT.fullmatch(word)


def _next(text: str, last: Named, stop: int) -> Named | None:
    """The next party after a name: at the first joint where a name begins that is described as one."""
    for joint in _JOINT.finditer(text, last.end, stop):
        comma = joint.group().strip(" the") == ","
        named = name_at(text, joint.end(), stop)
        if named is None or _in_brackets(text, last.end, joint.end()):
            continue
        far = comma and joint.start() - last.end > 2 and text[joint.start() - 1] != ")"
        if far and not (named.formed and _DESCRIBED.match(text[named.end : named.end + 60])):
            continue
        before = text[max(0, joint.start() - 60) : joint.start()]
        if (
            search(
                r"\b(?:laws of|state of|province of|offices? (?:in|at)|city of)(?: the)? [\w ]{0,30}$", before
            )
            and not named.formed
        ):
            continue
        if _is_party(text, named, stop, comma=comma):
            return named
    return None


def _in_brackets(text: str, start: int, at: int) -> bool:
    return text.count("(", start, at) > text.count(")", start, at)


def _is_party(text: str, named: Named, stop: int, *, comma: bool) -> bool:
    """A legal form, or words behind the name that tell whom it stands for; an address is neither."""
    name = text[named.start : named.end]
    if named.formed and len(name.split()) > 1:
        return True
    place = next(iter(places(name)), None)
    if place is not None and place.start == 0 and len(name) - place.end < 12:
        return False
    if re.search(r"\d{3}", name) or len(name) < 3:
        return False
    if name.isupper() and " " in name and not comma:
        return True
    after = re.sub(r"^, [A-Z][A-Za-z]+(?=,)", "", text[named.end : named.end + 60])
    if comma:
        return bool(re.match(r"\s?\(\s?(?:the |hereinafter )?\"", after))
    return bool(_DESCRIBED.match(after)) or stop - named.end < 4


def _roles(text: str, found: Sequence[Named], stop: int) -> None:
    """Give each party the role and aliases of the brackets between it and the next one."""
    for number, named in enumerate(found):
        limit = found[number + 1].start if number + 1 < len(found) else min(stop, named.end + 700)
        for role, aliases in _roles_in(text, named.end, limit):
            if not named.role:
                named.role = role
                named.aliases = aliases


def _roles_in(text: str, start: int, end: int) -> Iterator[tuple[str, list[str]]]:
    for match in _ROLE.finditer(text, start, end):
        said = (match["role"] or match["role2"] or match["bare"] or "").strip(" ,.'")
        if (
            search(r"\bcollectively\b|\bjointly\b|\btogether\b", match["lead"] or "")
            or not said
            or _NO_ROLE.search(said)
        ):
            continue
        further = match["more"] or match["more2"] or ""
        more = [alias.strip(" ,.") for alias in _QUOTED.findall(further)]
        role = _THE_ROLE.search(further)
        if role and not re.search(r"\bthe\s$", match["lead"] or "", re.IGNORECASE):
            # ("Acme" or the "Supplier"): what bears the article is the role, whichever comes first.
            called = role["role"].strip(" ,.")
            yield called, [said, *(alias for alias in more if alias != called)]
            continue
        yield said, more
