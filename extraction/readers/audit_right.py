"""audit_right: the right to look into the other side's books, records or premises, and on what notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.duties import actor, clock_of, count_by, neighbours, promising
from extraction.model import Draft
from extraction.periods import period_mentions
from extraction.quantities import NUMBER_WORDS, REDACTED, DurationMention, Mention, number_value
from extraction.sentences import Sentence
from obligations.quantities import Duration
from obligations.terms import AuditRight, Per

KIND = "audit_right"
_QUICK = re.compile(
    r"audit|inspect|examin|access|look into|visit|verif|review|count the|sight of|premises|records|books"
    r"|oversee",
    re.IGNORECASE,
)
_LOOKS = (
    r"(?:audit(?!ed|or)\w*|inspect(?!or)\w*|examin\w+|look(?:s|ing)? into|visit(?:s|ing)?|spot[- ]checks?"
    r"|go through"
    r"|check(?:s|ing)?(?= (?:the|its|such|all|any)? ?(?:books|records))|monitor(?:ing)?(?= (?:the |its "
    r"|\w+'s )?(?:compliance|performance|premises|operations))"
    r"|enter(?:ing)?(?= (?:upon |into |onto |on |in )?(?:the|its|any|all|such|said|each)\b)"
    r"|review(?:s|ing)?(?= (?:and|or|of|the|its|such|all|any|said|those|these|\w+'s|copies)? ?)"
    r"|copy(?:ing)?|verif(?:y|ication)|count|observe)"
)
_WHAT = (
    r"(?:books?(?: of account)?|records?|record-keeping|accounts?(?! receivable| manager)|ledgers?|papers"
    r"|files|premises|facilit(?:y|ies)|plants?|"
    r"warehouses?|works|offices|stores?|locations?|sites?(?! map)|outlets?|place of (?:business"
    r"|manufacture)|restaurants?|operations|systems|"
    r"inventor(?:y|ies)|stock|documents?|documentation|compliance|procedures|processes|data cent(?:er|re)s?"
    r"|laborator(?:y|ies)|logs|statements?|invoices)"
)
_BOOKS = re.compile(
    r"\b(?:books?|records?|accounts?|ledgers?|papers|files|documents?|documentation|invoices|logs|data"
    r"|statements?|compliance)\b",
    re.IGNORECASE,
)
_ALLOWED = (
    r"(?:may|can|shall be able|(?:ha(?:s|ve)|reserves?|retains?|with|grants?|give[sn]?|had)\b"
    r"(?: (?:to )?[\w']+){0,5}? (?:right|rights|option|opportunity|authority|access)"
    r"|right|(?:is|are|be) (?:hereby )?(?:entitled|authori[sz]ed|permitted|allowed|empowered)|(?:shall"
    r"|will) be (?:free|at liberty)|(?:shall|will|agrees? to)(?: also)?(?= (?:be )?(?:subject to|open"
    r"|available)))"
)
_RIGHT = re.compile(
    rf"\b{_ALLOWED}\b[^;]{{0,330}}?\b(?P<look>{_LOOKS})\b[^;]{{0,260}}?\b(?P<what>{_WHAT})\b",
    re.IGNORECASE,
)
_LETS = re.compile(
    rf"\b(?:permits?|permitting|allows?|allowing|affords?|lets?|enables?|admits?|grants?|gives?|provides?"
    rf"|accommodates?|make available to)\b[^;]{{0,330}}?\b(?P<look>{_LOOKS}"
    rf"|(?:full |free |reasonable |unlimited |complete |unrestricted |timely |prompt )*access\b"
    rf"[^;]{{0,80}}?\s(?:to|into|upon)|enter|sight of|onto)\b[^;]{{0,230}}?\b(?P<what>{_WHAT})\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    rf"\b(?P<what>{_WHAT})\b[^;]{{0,260}}?\b(?:available|open|accessible|subject|produce\w*|offer\w*"
    rf"|disclos\w*)\b[^;]{{0,200}}?\b(?:for|to|upon|on|by|of)\b[^;]{{0,120}}?"
    r"\b(?P<look>inspection\w*|audit(?!ed|or|ing firm)\w*|examin\w+|review\w*|checks?|inspect)\b"
    rf"|\b(?:available|open|accessible|subject)\b[^;]{{0,160}}?\b(?P<look2>inspection\w*"
    rf"|audit(?!ed|or|ing firm)\w*|examin\w+|review(?! (?:and|or) (?:\w+ )?(?:approv|consent|comment"
    rf"|accept)))\b[^;]{{0,160}}?\b(?P<what2>{_WHAT})\b"
    rf"|\b(?P<what3>{_WHAT})\b[^;]{{0,160}}?\b(?:permit|allow)\w*\b[^;]{{0,60}}?\b(?P<look3>inspection"
    rf"|audit|examination)\b(?: or \w+)? (?:thereof|of the same)"
    rf"|\bhave\b[^.;]{{0,40}}?\b(?P<what4>{_WHAT})\b[^.;]{{0,80}}?\b(?P<look4>inspected|audited|examined"
    rf"|verified)\b"
    r"|\b(?P<what6>information|data|materials|reports|contracts"
    r")\b[^;]{0,120}?\b(?:available|open"
    r"|accessible)\b (?:\w+ ){0,3}?(?:for|to) (?:\w+ ){0,4}?(?P<look6>inspection|audit(?!or)|examination)\b"
    rf"|\b(?:permit|allow|cause)s?\b[^.;]{{0,60}}?\b(?P<what5>{_WHAT})\b[^.;]{{0,80}}?\bto be (?:\w+ and "
    rf"|\w+ or )?(?P<look5>inspected|audited|examined|reviewed|verified)\b",
    re.IGNORECASE,
)
_AUDIT_IT = r"(?:\w+ly\s)?(?P<look2>audit)\s(?:the|its|such|any|all|each|\w+'s?|[A-Z]\w+)"
_AUDITS = re.compile(
    rf"\b{_ALLOWED}\b[^;]{{0,260}}?\b(?:(?:conduct|perform|undertake|carry out|make|have|cause)\b"
    rf"(?:,[^.;,]{{3,90}},)?[^.;,]{{0,70}}?\b(?P<look>(?:audits?|inspections?)(?!\W(?:procedures|committee"
    rf"|report)))"
    rf"|(?:to|may|and|or|also|can)\s{_AUDIT_IT})\b"
    rf"|\b(?:may|can|(?:permit|allow|enable)s?\b[^.;]{{0,90}}?\bto)\s{_AUDIT_IT.replace('look2', 'look3')}\b",
    re.IGNORECASE,
)
_INSPECTS = re.compile(
    rf"\b{_ALLOWED}\b[^;]{{0,330}}?\b(?P<look>audit(?!ed|or)\w*|inspect(?!or)\w*|examin\w+)\b[^;]{{0,160}}?"
    rf"\b(?P<what>{_WHAT}|certificates|tools|tooling|mou?lds)\b",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"\b(?P<what>books?|records?|accounts|ledgers?|documentation)\b[^;]{0,300}?\b(?:shall|will|must|may"
    r"|agrees?|rights?|entitled)\b[^;]{0,140}?\b(?:(?:access|entry) to|(?P<look>inspect|audit|examine|review)"
    r"(?: (?:and|or) \w+)?)"
    r" (?:the same|same|them|the foregoing|thereof)(?=[\s,.;)]|$)",
    re.IGNORECASE,
)
_ADMITS = re.compile(
    r"\b(?:shall|will|must|agrees? to|to)\b[^.;]{0,140}?\b(?:permit|allow|submit to|undergo|facilitate"
    r"|accommodate|accept)s?\b(?:(?!\b(?:opportunity|conform|pass|results?|elements?|assume|filing)\b)"
    r"[^.;]){0,60}?\b(?P<look>(?:audits?|inspections?|(?<!medical )examinations?|(?:site"
    r"|facility|on-?site|plant) visits)\b(?!\W(?:procedures|committee|report|fee|of the (?:goods|products?)"
    r"|of (?:goods|products?)|certificates?)))(?P<what>)",
    re.IGNORECASE,
)
_WATCHES = re.compile(
    r"\bright to (?:have|place|station|send|assign|post)\b[^.;]{0,90}?\b(?:employees|personnel|staff"
    r"|representatives?|inspectors?|observers?|designees?)\b[^.;]{0,60}?\b(?:on|at|in|to"
    r"|present)\b[^.;]{0,40}?"
    r"\b(?P<what>floor|premises|facilit(?:y|ies)|plants?|factor(?:y|ies)"
    r"|sites?)\b[^.;]{0,60}?\b(?P<look>oversee"
    r"|observ|monitor|inspect|audit|verif|watch|review|witness|supervis)\w*",
    re.IGNORECASE,
)
_VERIFIES = re.compile(
    r"\b(?:shall|will)\s(?:also |jointly )?(?P<look>review|audit|inspect|examine)\s(?:the|these|those|such"
    r"|said|its)"
    r"\s(?:\w+ ){0,2}?(?P<what>books|records|accounts)\b[^;]{0,60}?\bto (?:verify|confirm|check|ascertain)",
    re.IGNORECASE,
)
_ASSISTS = re.compile(
    r"\b(?:shall|will|must|agrees? to)\b[^.;]{0,90}?\b(?:cooperate|assist(?:ance)?)\b[^.;]{0,80}?"
    r"\b(?P<look>audits?|inspections?)\b(?P<what>)(?! committee| report| of the (?:use|goods|products?)"
    r"| by (?:any |a )?(?:tax|government))",
    re.IGNORECASE,
)
_NOUN_RIGHT = re.compile(
    r"\b(?:audits?|inspections?)\b[^;]{0,120}?\b(?:take place|may be (?:carried out|conducted|made"
    r"|performed)|(?:shall|will) be (?:carried out|conducted|made|performed))\b",
    re.IGNORECASE,
)
_ACCOUNT_BOOKS = r"(?:books?(?: of account)?|records|accounts(?! receivable| payable)|ledgers)"
_OFFERED = re.compile(
    rf"\b(?:shall|will|must|agrees? to|to)\b[^;]{{0,120}}?\b(?:mak(?:e|ing)\b[^;]{{0,160}}?\bavailable"
    rf"|disclos(?:e|ing)"
    rf"|produc(?:e|ing))\b[^;]{{0,160}}?\b(?P<what>{_ACCOUNT_BOOKS})\b"
    rf"|\bmake\b[^;]{{0,60}}?\b(?P<what2>{_ACCOUNT_BOOKS})\b[^;]{{0,60}}?\bavailable\b"
    rf"|^\W*(?:\(?\w{{1,3}}[).]\s)?make available\b[^;]{{0,120}}?\b(?P<what4>{_ACCOUNT_BOOKS})\b"
    rf"|\b(?P<what3>{_ACCOUNT_BOOKS})\b[^;]{{0,160}}?\b(?:shall|will"
    rf"|must)\b (?:\w+ )?be (?:\w+ly )?(?:made )?"
    rf"(?:available|accessible|provided|produced|disclosed)\b",
    re.IGNORECASE,
)
_ON_CALL = re.compile(
    r"\b(?:request|demand)\b|\bat (?:all|any|reasonable) times?\b|\bbusiness hours\b|\b(?:audit|inspection)\b"
    r"|\bto verify\b",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"\b(?:keep|maintain|retain)\b[^.;]{0,120}\b(?:and|to) (?:\w+ )?(?:make|provide|offer)\b[^.;]{0,120}"
    r"\b(?:representatives?|agents|auditors?|designees?|accountants?|reviewing)\b",
    re.IGNORECASE,
)
"""Books that are kept for somebody to see."""
_NOT_OFFERED = re.compile(
    r"\b(?:terminat\w+|transition|medical|patient|personnel|patents?|invent\w+|litigation|indemnif\w+|claims?"
    r"|court|regulat\w+|bank accounts?|user accounts?|customer accounts?|deposit)\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"^\W*(?:\(?\w{1,3}\)\s)?(?:(?:for (?:the )?avoidance of doubt|provided,? (?:that|however)|however"
    r"|further|in addition to the foregoing audit),? )?"
    r"(?:(?:any|all|each|every) such |such |said |these |those |the |any |all |an? |no |each |each such "
    r"|prompt |costs? of )*"
    r"(?:(?:foregoing |annual |follow-up |financial |quality |on-?site )*(?:audits?|inspections?"
    r"|examinations?|reviews?|visits?|auditors?|accountants?|accounting firm|cost|expenses?|fees)|"
    r"(?:auditing|inspecting|audited) party)\b"
    r"(?!(?:(?:'s|\W{1,3})(?-i:[A-Z][\w-]*|and|or|of|by|&))*\s?[.:–—]\s?\S)",
    re.IGNORECASE,
)
"""A sentence that goes on about an audit; "Inspection." before it is only its heading."""
_IF_FOUND = re.compile(
    r"^\W*(?:\(?\w{1,3}\)\s)?(?:(?:provided|and|but|however|further|except that)\W+)*(?:in (?:affording"
    r"|conducting|connection with|the case of|the course of)|"
    r"during (?:any|an|the|such) (?:such )?(?=audit|inspection|examination)|if|in the event|should|where"
    r"|unless|to the extent|upon|following|after|once (?:the|an?|such))\b(?![^,]{0,60}\b(?:notice|request"
    r"|reason|suspect\w*"
    r"|complaint|giving)\b)"
    r"(?:(?!\b(?:may|shall|will|right|entitled)\b)[^.;]){0,120}?\b(?:audit|inspection|examination|review"
    r"|accountant|auditor)\w*\b",
    re.IGNORECASE,
)
_OF_SUCH = re.compile(
    r"\b(?:such|said|the foregoing|the above|aforesaid) (?:\w+ ){0,2}?(?:books|records|audits?|inspections?"
    r"|examinations?|accounts|access|right)\b"
    r"|\bpursuant (?:hereto|to this (?:section|paragraph|article))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:no right|(?:neither|no) party|den(?:y|ies|ied)|refus\w+|not be deemed|not (?:be )?(?:permit\w*"
    r"|allow\w*|entitled"
    r"|required|obligated)|may not|shall not|will not|nothing)\b[^.;]{0,100}?\b(?:audit|inspect|access"
    r"|examine)",
    re.IGNORECASE,
)
_AUTHORITY = re.compile(
    r"\b(?:by|to|permit|allow|of|from) (?:any |the |a |an |all |such |applicable |authori[sz]ed "
    r"|representatives? of )*(?:fda|ema|regulatory|regulators?|governmental|government|health|competent|tax"
    r"|"
    r"irs|state|federal)\b(?: \w+){0,1}? ?(?:authorit\w+|agenc\w+|bod\w+|entit\w+|officials?|examiners)?",
    re.IGNORECASE,
)
_NOT_IT = re.compile(
    r"\b(?:notify|notif(?:y|ies|ied)|inform)\b[^.;]{0,80}\b(?:of|about) (?:any|all|an|each|such)\b"
    r"[^.;]{0,40}\b(?:audit|inspection)"
    r"|\baudit committee\b|\binspection (?:fee|certificate|report)s?\b|\b(?:acceptance|incoming"
    r"|pre-?shipment|delivery) (?:test|inspection)"
    r"|\"\s?(?:means|shall mean)\b|\b(?:have|has) been (?:prepared|provided|filed|made available)\b|\b"
    r"return (?:the|all|any) \b"
    r"|\bobjections?\b|\bobjects? to\b|\binternal (?:accounting )?controls?\b|\bproxy\b|\b"
    r"registration statement\b|\bdue diligence\b|\barbitrator|\bstockholder list\b|\bprospectus\b|\bcourt\b"
    r"|\bsubpoena|\bindemnit(?:ee|or)\b",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    rf"\b(?:(?:not|no|never|but no|nor) (?:be )?(?:\w+ ){{0,4}}?(?:more (?:often|frequently)? ?than|exceed)"
    rf"|at most|up to|maximum of|only|more than|limited to|may be|shall be|occur|conducted|least|be made"
    rf"|undertaken|performed|made|exercised|exercisable|carried out)?"
    rf"\W{{0,2}}(?:(?P<once>once|one|annually)|(?P<twice>twice|two)|(?P<n>{NUMBER_WORDS}|\d{{1,2}}) times)"
    rf"\b(?:\s?\(\s?\d{{1,2}}\s?\))?(?: (?:time|audit|inspection|examination|such|complete|visit|occasion"
    rf"|full|full-scope|general|routine))*s?,?"
    r"(?: (?:will|shall|may|can) be [^.;,]{3,60}?)?"
    r" (?P<period>(?:in|during|per|for|within|over|throughout|an?|any|each|every|with respect to)\b"
    r"[^.;,]{3,46})",
    re.IGNORECASE,
)
_YEARLY = re.compile(
    r"\b(?:annual(?:ly)?|yearly|quarterly|semi-?annual(?:ly)?|monthly)\b[^.;]{0,20}\b(?:audits?"
    r"|inspections?|basis|visits?|review|examin\w+)"
    r"|\b(?:audits?|inspect\w*|examin\w+|review)\b[^.;]{0,40}\b(?:annually|semi-?annually|quarterly"
    r"|on an? (?:annual|quarterly|yearly|semi-?annual) basis)\b",
    re.IGNORECASE,
)
_OFTEN = re.compile(r"\bas often as\b", re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"\W{0,3}(?:days?'?\W|calendar |business |working |written |prior |advance |advanced |reasonable "
    r"|or more |in |clear |of |a |the |after |from |following |"
    r"its |their |such |receipt |receiving |before |[\w-]+'s? |any |each |\(\w+\)\W?){0,8}?(?:notice"
    r"|notification|request|advance|announcement|ahead|before|prior|demand)\b",
    re.IGNORECASE,
)
_NOTICE_OF = re.compile(
    r"\b(?:notice|notification|request|announce\w*|notify\w*)\b\W{0,3}(?:(?!period|term|for|during)"
    r"\w+\W+){0,4}?(?:of|than|least|within)\W+(?:(?:not |no )?less than\W+|at least\W+)?$",
    re.IGNORECASE,
)
_FROM_END = re.compile(
    r"\W{0,3}(?:thereafter\b|(?:period )?(?:after|following|from|beyond)\b[^.;]{0,50}?\b(?:terminat\w+"
    r"|expir\w+|end|ended)\b)",
    re.IGNORECASE,
)
_AUDIT_WORDS = re.compile(
    r"\b(?:audit|inspection|examination|inspect|examine|visit|access|right)s?\b", re.IGNORECASE
)


@dataclass(frozen=True)
class _Found:
    """A right as its sentence gives it: where the looking and the looked at stand."""

    sentence: Sentence
    start: int
    end: int
    what: str
    granted: bool
    """Whether the sentence is told from the side that may look."""
    helps: bool = False
    """Whether it only tells of help with an audit, whose right may have been given before."""


def read(context: Context) -> Iterator[Draft]:
    """Every right to inspect; what later sentences add to it belongs to it."""
    before: _Found | None = None
    for sentence in promising(context):
        if not _QUICK.search(sentence.text):
            continue
        found = _find(sentence)
        if found is None:
            continue
        if before is not None and _adds(before, found):
            continue
        before = found
        yield _draft(context, found)


def _adds(before: _Found, found: _Found) -> bool:
    """Does the sentence say more of the right just read, of "such records" or "such audit"?"""
    if found.helps and found.sentence.section == before.sentence.section:
        return True
    near = (
        found.sentence.index - before.sentence.index <= 3
        and found.sentence.section == before.sentence.section
    )
    text = found.sentence.text
    fresh = re.search(r"\b(?:in addition|additionally|also|moreover|furthermore)\b", text[:60], re.IGNORECASE)
    return near and not fresh and bool(_OF_SUCH.search(text))


def _find(sentence: Sentence) -> _Found | None:
    text = sentence.text
    if (
        _FOLLOWS.match(text[sentence.body :])
        or _IF_FOUND.match(text[sentence.body :])
        or _DENIED.search(text)
        or _STATED.search(text)
    ):
        return None
    long = len(text) > _LONG
    if not long and _NOT_IT.search(text):
        return None
    for pattern, granted, pieces in _PATTERNS:
        if not any(piece in sentence.lower for piece in pieces):
            continue
        for match in pattern.finditer(text):
            if long and _NOT_IT.search(text, max(0, match.start() - 120), match.end() + 160):
                continue
            groups = match.groupdict()
            look, what = (
                next((groups[n] for n in groups if n.startswith(name) and groups[n]), "")
                for name in ("look", "what")
            )
            if _is_looking(text, match, look, what, granted=granted):
                side = granted or bool(groups.get("look4"))
                helps = pattern is _ASSISTS
                return _Found(sentence, match.start(), match.end(), what, side, helps)
    return _offered(sentence) or _announced(sentence)


_PATTERNS = (
    (_RIGHT, True, ("",)),
    (_LETS, False, ("",)),
    (_OPEN, False, ("",)),
    (_AUDITS, True, ("audit", "inspect")),
    (_INSPECTS, True, ("audit", "inspect", "examin")),
    (_SAME, False, ("same", "them", "the foregoing", "thereof")),
    (_ADMITS, False, ("audit", "inspection", "examination", "visits")),
    (_WATCHES, True, ("right to",)),
    (_VERIFIES, False, ("to verify", "to confirm", "to check", "to ascertain")),
    (_ASSISTS, False, ("cooperate", "assist")),
)
"""Each with the side that it is told from, and pieces of which a sentence must have one to be worth it."""
_STATED = re.compile(r"\bhave been prepared\b", re.IGNORECASE)
_LONG = 700
"""Characters beyond which a word that speaks against a right is only heard near it."""


def _offered(sentence: Sentence) -> _Found | None:
    """Books and records that are made available or disclosed whenever the other side asks."""
    text = sentence.text
    if not any(piece in sentence.lower for piece in ("book", "record", "accounts", "ledger")):
        return None
    for match in _OFFERED.finditer(text):
        near = text[max(0, match.start() - 80) : match.end() + 200]
        if (
            (_ON_CALL.search(near) or _KEPT.search(near))
            and not _NOT_OFFERED.search(near)
            and not _AUTHORITY.search(near)
        ):
            what = next(name for name in match.groups() if name)
            return _Found(sentence, match.start(), match.end(), what, granted=False)
    return None


def _announced(sentence: Sentence) -> _Found | None:
    """ "An audit may be made once a year on five days' notice", in a section that tells of what."""
    text = sentence.text
    noun = _NOUN_RIGHT.search(text) if sentence.topic else None
    if noun and _limit_words(text) and not _OF_SUCH.search(text):
        return _Found(sentence, noun.start(), noun.end(), "", granted=False)
    return None


def _limit_words(text: str) -> bool:
    return bool(re.search(r"\bnotice\b|\bonce\b", text, re.IGNORECASE))


def _is_looking(text: str, match: re.Match[str], look: str, what: str, *, granted: bool) -> bool:
    """Is it a party that may look into books or places, not an authority, nor goods that are examined?"""
    words = match.group()
    at = text.find(look, match.start())
    if _BY_NAME.match(text[at : at + 30]) or (
        _PLURAL.match(look) and not _CARRIES_OUT.search(text[max(0, at - 70) : at])
    ):
        return False
    if _WEAK_LOOK.match(look) or "access" in look.lower():
        near = at + len(look) + (110 if "notice" in text[at : at + 80] else 45)
        named = look.lower() in ("verified", "sight of")
        firm = (
            named
            or _FIRM_BOOKS.search(text[at : match.end()] if match.end() <= near else "")
            or (look.lower() == "request" and _FIRM_BOOKS.search(words))
            or (granted and _GOES_IN.match(look) and _PLACE.search(text[at : at + len(look) + 40]))
        )
        if not firm and not _AUDIT_REASON.search(text[match.start() : match.end() + 240]):
            return False
    if (
        _VAGUE.match(what)
        and look.lower() != "sight of"
        and not re.search(r"\b(?:audit|inspect|examin)", words, re.IGNORECASE)
    ):
        return False
    if granted and _ELSE_DOES.search(_ASIDE.sub(",", text[match.start() : at])):
        return False
    asks = not _LET.match(words) and _AUTHORITY.search(text[match.start() : match.end() + 40])
    return not (asks and not _SIDE.search(_AUTHORITY.sub(" ", words))) and not _GOODS.search(words)


_LET = re.compile(r"(?:(?:shall|will|must|agrees? to)\b.{0,140}?)?\b(?:permit|allow)", re.IGNORECASE)
"""One party promises the other to let it happen, whoever looks."""
_BY_NAME = re.compile(
    r"\w+ (?:adjustments?|committee|procedures?|reports?|results?|fees?|opinions?|standards|trails?|process"
    r"|and accounting)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"(?:audits|inspections?|examinations?|visits|spot[- ]checks?)$", re.IGNORECASE)
_CARRIES_OUT = re.compile(
    r"\b(?:permit\w*|allow\w*|conduct\w*|perform\w*|ma(?:ke|de)|carry|carried|undertake\w*|have|right of"
    r"|rights? to|for|to"
    r"|cause\w*|of|by|and|or|open to|subject to)\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_WEAK_LOOK = re.compile(
    r"(?:review|verif|copy|monitor|count|check|observe|visit|request|enter|onto)", re.IGNORECASE
)
_GOES_IN = re.compile(r"visit", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:premises|facilit(?:y|ies)|plants?|warehouses?|laborator(?:y"
    r"|ies))\b",
    re.IGNORECASE,
)
_FIRM_BOOKS = re.compile(r"\b(?:books?|records?|accounts?|ledgers?|papers)\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"(?:statements?|documents?|data|documentation|files|systems|processes|procedures|operations|sites?"
    r"|stock|inventor|stores?|locations?|offices|invoices)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r",\s?(?:if|where|so far|as|to the extent|in the event)\b[^,]*,", re.IGNORECASE)
_ELSE_DOES = re.compile(
    r"\b(?:shall|will|must|may be required|is required|are required|agrees?)\b", re.IGNORECASE
)
_SIDE = re.compile(
    r"\b(?:part(?:y|ies)|representatives?|auditors?|agents|accountants?|designees?|company|other)\b",
    re.IGNORECASE,
)
_GOODS = re.compile(
    r"\b(?:products?|goods|shipments?|deliver(?:y|ies)|samples?|merchandise) (?:prior|before|upon|within"
    r"|on)\b",
    re.IGNORECASE,
)
_AUDIT_REASON = re.compile(
    r"\b(?:to|for|of|and|or)\s(?:\w+\s){0,4}?(?:audit|inspect|examin|verif|monitor|ascertain|review|confirm"
    r"|determin|ensur|assur|observ)\w*|\bcomplian\w+ with (?:this|its|the|the terms)|\b"
    r"by an? (?:\w+ ){0,3}(?:auditor|accountant)",
    re.IGNORECASE,
)


def _draft(context: Context, found: _Found) -> Draft:
    sentence = found.sentence
    place = Mention(found.start, found.end, sentence.text[found.start : found.end])
    notice, stated_in = _notice(context, found)
    every, times, told_in = _every(context, found)
    clock, named = clock_of(context, notice) if notice else (None, None)
    what = " ".join(found.what.lower().split())
    terms = AuditRight(
        what=what or None,
        notice=notice.duration if notice else None,
        clock=clock if notice else None,
        calendar=named.calendar if named else None,
        every=every,
        times=times,
        survives=_survives(context, sentence),
    )
    sketch = from_sentence(context, sentence, terms, place)
    sketch.key = what
    sketch.basis += [context.span(other) for other in (stated_in, told_in) if other not in (None, sentence)]
    acts = actor(context, sentence, found.start)
    sketch.debtor = context.roles.other(acts) if found.granted else acts
    sketch.creditor = acts if found.granted else context.roles.other(acts)
    count_by(sketch, clock, named)
    return sketch.draft(context)


def _told(context: Context, found: _Found) -> Iterator[Sentence]:
    """The sentence of the right, then those right after it that speak of the audit."""
    yield found.sentence
    for later in neighbours(context, found.sentence, 4):
        if _AUDIT_WORDS.search(later.text):
            again = _find(later)
            if again is not None and not _adds(found, again):
                return
            yield later


def _notice(context: Context, found: _Found) -> tuple[DurationMention | None, Sentence | None]:
    for sentence in _told(context, found):
        for length in context.durations(sentence):
            if length.unit in ("year", "quarter", "second", "minute") or not _is_notice(
                sentence.text, length
            ):
                continue
            return length, sentence
    return None, None


def _is_notice(text: str, length: DurationMention) -> bool:
    after, before = text[length.end : length.end + 110], text[max(0, length.start - 90) : length.start]
    if re.search(
        r"\b(?:once|one|twice|times|time)\W(?:(?:in|per|every|each|any|during|an?)\W){0,3}$",
        before[-40:],
        re.IGNORECASE,
    ):
        return False
    if re.search(
        r"\b(?:pay|paid|refund|return|reimburse|remit|correct|respond|dispute|cure|remedy)\w*\b[^.;]{0,70}$",
        before,
        re.IGNORECASE,
    ):
        return False
    return bool(_ANNOUNCED.match(after) or _NOTICE_OF.search(before))


def _every(context: Context, found: _Found) -> tuple[Per | None, int, Sentence | None]:
    """How often at most, and where that is said."""
    for sentence in _told(context, found):
        text = sentence.text
        for match in _LIMITED.finditer(text):
            said = " " + match["period"]
            if re.match(r"\W*(?:or more|of the|and|copy|or)\b", match["period"], re.IGNORECASE):
                continue
            near = text[max(0, match.start() - 120) : match.end() + 60]
            if (
                match["once"]
                and match["once"].lower() == "one"
                and not re.search(
                    r"time|audit|inspection|examination|every|per|visit", near[90:], re.IGNORECASE
                )
            ):
                continue
            if re.search(
                r"\b(?:reports?|statements?|forecasts?|payable|pay)\b[^.;]{0,40}$",
                text[: match.start()][-60:],
                re.IGNORECASE,
            ):
                continue
            if _BLACKED_OUT.search(said[:24]):
                continue
            singular = re.sub(r"(day|week|month|quarter|year)s\b", r"\1", said)
            period = next((m for m in period_mentions(singular) if m.start < 30), None)
            if period is not None and period.per != "day":
                count = 2 if match["twice"] else int(number_value(match["n"]) or 1) if match["n"] else 1
                return period.per, count, sentence
        if yearly := _YEARLY.search(text):
            return next((m.per for m in period_mentions(yearly.group())), None), 1, sentence
        if re.search(
            r"\bonce annually\b|\bone(?: \(1\))? (?:\w+ )?(?:audit|inspection) annually\b",
            text,
            re.IGNORECASE,
        ):
            return "year", 1, sentence
    if _OFTEN.search(found.sentence.text):
        return "request", 1, found.sentence
    return None, 1, None


_BLACKED_OUT = re.compile(REDACTED)


def _survives(context: Context, sentence: Sentence) -> Duration | None:
    for length in context.durations(sentence):
        if length.unit in ("month", "year") and _FROM_END.match(sentence.text[length.end :]):
            return length.duration
    return None
