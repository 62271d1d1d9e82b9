"""Limits for paying as contracts of every make word them: what governs a length of time."""

import re
from collections.abc import Iterator

from extraction.clauses import MODAL, Clause, clause_at, in_condition, is_failure, is_negated
from extraction.quantities import REDACTED, DurationMention, Mention
from extraction.sentences import Sentence

_PAY = (
    r"(?:pay(?:s|ing)?|paid|payable|payments?|remit(?:s|ted|ting|tances?)?|reimburs(?:e|es|ed|ing|ement)"
    r"|replenish(?:es|ed)?(?= (?:the |such |its )?(?:\w+ )?deposit)|settled(?= (?:between|among) the parties)"
    r"|refund(?:s|ed)?|repay(?:s|ing|ment)?|repaid|disburse(?:s|d)?|funded|fund(?= (?:the |its |such |an? "
    r"|any |all )?"
    r"(?:[\w-]+ ){0,4}?(?:accounts?|reserves?|escrow|budgets?|shortfalls?|deficits?|deficiency|deposits?))"
    r"|contribut(?:e|es|ed)(?= (?:the |its |such |an? |any |all )?(?:[\w-]+ ){0,3}?(?:funds?|cash|capital"
    r"|money|sums?"
    r"|amounts?))|tender(?:s|ed)?(?= (?:the |such |full |all )*payments?)"
    r"|credit(?=s? (?:[\w'’]+ ){1,4}?accounts?\b)"
    r"|due(?! (?:diligence|to\b|course|regard|care))|settles?(?= (?:all |any |the |each |such |every "
    r"|its )?(?:\w+ )?(?:invoices?|accounts?|amounts?|bills?|sums?|payments?|balances?)\b)|(?<=be )settled"
    r"|(?<=being )settled|settle(?:s|d)? (?:up |accounts )?(?=with )"
    r"|deposit (?:the |such |all )?(?:funds?|amounts?|sums?)|wire(?:s|d)?|transfer(?:s|red)? (?:the "
    r"|such |all |any )?(?:funds?"
    r"|amounts?|sums?|money|payment)|(?:send|forward|return|deliver|furnish|issue|mail|release"
    r"|distribute|tender)(?:s|ed)? (?:\w+ ){0,4}(?:funds?|payments?|monies|money|checks?|cheques?|fees"
    r"|royalties"
    r"|commissions|proceeds|deposit|amounts?)|(?:deposit|credit)s? (?:\w+ ){0,4}(?:commissions?|proceeds"
    r"|royalties)"
    r"|(?:amounts?|sums?|payments?|moneys?|monies|deposits?|invoices?|bills?|commissions?|proceeds|funds"
    r"|checks?"
    r"|cheques?|balances?|distributions?|bonus(?:es)?|royalt(?:y|ies)|refunds?"
    r"|retainers?) (?:\w+ ){0,3}(?:shall|will"
    r"|must|are to|is to) be (?:returned|forwarded|sent|credited|deposited|mailed|transferred|wired"
    r"|distributed|issued"
    r"|cleared|discharged|satisfied|honou?red|released|made|repaid|remitted|settled)"
    r"|(?:clear|discharge|satisfy|honou?r)(?:s|ed)?(?= (?:(?:all|any|each|such|every|its|undisputed|the) )*"
    r"(?:\w+ )?(?:invoices?|bills?)\b)|compensate[sd]?(?= (?:[\w'’]+ ){1,8}?within)"
    r"|net|owing|balance|remainder)"
)
PAY = re.compile(rf"\b{_PAY}\b", re.IGNORECASE)
_LIMIT = re.compile(
    r"(?:\bwith ?in|\bno(?:t)? (?:later|more) than|\bnet|\bon or (?:before|prior to)|\bin|\bby"
    r"|\bat the latest|\bmaximum(?: of)?"
    r"|\binside of|\bnot exceed\w*|\bin not more than|\bare|\bis|\bterms?:?|\bbe|\bno longer than"
    r"|\bin no event (?:later|more) than)"
    r"(?: (?:a|the|an|such|its|period|maximum|of|about|approximately|first|additional|no|not|later|than"
    r"|next))*[\s:-]*\(?$",
    re.IGNORECASE,
)
_ANCHORED = re.compile(
    r"[\s)'-]*(?:\([^()]{0,30}\)\s)?(?:calendar |business |working )?(?:days'? )?-*\s?(?:net\b|after\b"
    r"|from\b|following\b|of\b"
    r"|upon\b|subsequent\b|thereafter\b)",
    re.IGNORECASE,
)
_NOT_LIMIT = re.compile(
    r"\b(?:more than|at least|not less than|longer than|exceed\w*|greater than|prior|every|each|for"
    r"|over|during|remain\w*|past|first"
    r"|next|additional|last|of|least|another|exceeding|beyond|up to)\s\(?$",
    re.IGNORECASE,
)
ELSE = re.compile(
    r"\b(?:deliver|submit|notify|provide|furnish|report|dispute|terminate|cure|object|ship|return"
    r"|correct|replace|complete|respond"
    r"|request|invoice|prepare|render|send|give|render|contest|approve|accept|reject|inspect|audit"
    r"|issue|bill|file|notif\w+|inform"
    r"|execute|commence|begin|retain|keep|maintain|cease|destroy|discontinue|vacate|remove|remedy"
    r"|repair|negotiate|meet|agree|elect"
    r"|exercise|conduct|perform|appoint|withhold|suspend|adjust|determine|calculate|review|advise|renew"
    r"|extend|purchase|withdraw"
    r"|cancel|reconcile|verify)(?:s|ed)?\b",
    re.IGNORECASE,
)
FINITE = re.compile(
    r"\b(?:shall|will|must|may|to|can|agrees? to|not|and|or|also|either|promptly|immediately|be|has"
    r"|have|should|then|is|are)\s(?:\w+ly\s)?$",
    re.IGNORECASE,
)
_MISSED = re.compile(
    r"\b(?:not|un|never)[ -]?(?:been |be |so |timely )*(?:paid|received|made|remitted|settled"
    r"|pay)\b[^.;]{0,90}$|\bfail\w*\b[^.;]{0,80}$"
    r"|\b(?:overdue|past due|late payments?|(?:amounts?|sums?|payments?) in arrears|default|delinquent"
    r"|non-?payment|outstanding for|does not|do not|interest|unpaid"
    r"|in lieu of|suspend\w*|terminat\w+ (?:this|the) agreement|dispute[ds]?|disputing|late fee"
    r"|discount)\b[^.;]{0,70}$",
    re.IGNORECASE,
)
UNDISPUTED = re.compile(
    r"\b(?:(?:that|which) (?:are|is|have|has) )?(?:not|un)[ -]?(?:been )?(?:\w+ly )?(?:in (?:good faith )?)?"
    r"(?:disputed?|subject to (?:a )?(?:\w+ )*dispute)\b(?: by (?:the )?\w+)?(?: in good faith)?"
    r"|\binterest[- ]free\b|\b(?:without|plus|with|and|together with) (?:any |all |applicable "
    r"|accrued )*interest\b"
    r"|\b(?:(?:for )?(?:which|that)[^,;.]{0,70} )?\bnot otherwise (?:specified|provided|stated|set forth)\b",
    re.IGNORECASE,
)
"""Words that only name the amount ("that nobody disputes", "plus interest", "not otherwise provided for");
nothing is said of contesting it, of interest or of not paying."""
_NO_TAIL = re.compile(
    r"[\s)'-]*(?:prior|before|in advance|(?:prior |advance )?(?:written )?notice|or more|overdue|late"
    r"|past|(?:immediately )?(?:preceding|previous)|of (?:the )?(?:discover|delivery"
    r" of the notice of breach)|period (?:immediately )?(?:prior|preceding)"
    r"|of (?:\w+ ){0,2}(?:charges|fees|payments|rent|salary))\b",
    re.IGNORECASE,
)
_ALSO_PAYS = re.compile(
    r"\b(?:and|,)\s(?:at the same time,?\s|simultaneously,?\s|concurrently,?\s|therewith\s|also\s|to\s"
    r"|shall\s|will\s|\w+ly\s)*"
    r"(?:pay|remit|make (?:the |such |all |a |any |appropriate |corresponding |required |its )*payments?"
    r"|reimburse)\b|\b(?:accompanied by|together with"
    r"|along with|accompany\w*|with)\s"
    r"(?:(?:a|the|its|any|full|such|all|appropriate|actual)\s)*(?:payments?|check|cheque|remittance)\b"
    r"|\bat the same time, shall pay",
    re.IGNORECASE,
)


_TO_PAY = re.compile(
    r"(?:(?!\b(?:to|notice|cure|fail\w*)\b)[^.;]){0,100}?\bto (?:\w+ly )?(?:pay|remit|settle|(?:make|effect"
    r"|tender)"
    r" (?:the |such |full |its |all |any |each )*payments?)\b",
    re.IGNORECASE,
)
_HAS = re.compile(
    r"\b(?:has|have|given|allowed|granted)\s(?:a (?:period|term) of |up to |a maximum of |a "
    r"|\(?[a-z-]+\)? ?)?"
    r"\(?$",
    re.IGNORECASE,
)
_WINDOW = re.compile(r"\b(?:in|during|over) (?:any|each|every|a)\b\W*$", re.IGNORECASE)
"""A stretch of time that is only counted over: "26 weeks in any 52 week period"."""


def pays_within(sentence: Sentence, length: DurationMention) -> bool:
    """Is the length of time the most that a payment may take?"""
    if (
        length.unit == "quarter"
        or (length.unit in ("hour", "minute", "second", "year") and length.value < 24)
        or (length.unit == "month" and length.value >= 12)
    ):
        return False
    if length.value in (360, 365):
        return False
    return _has_to_pay(sentence.text, length) or pays_by(sentence, length)


def _has_to_pay(text: str, length: Mention) -> bool:
    """ "shall have thirty days from receipt to pay": a time that is given for paying."""
    given = _HAS.search(text[max(0, length.start - 40) : length.start])
    return given is not None and _TO_PAY.match(text, length.end) is not None


def pays_by(sentence: Sentence, length: Mention) -> bool:
    """Is what stands at `length`, a time or its blacked-out figure, the limit of a payment?"""
    text = sentence.text
    clause = clause_at(text, length.start)
    before = re.sub(r"-{3,}\s?", "", text[clause.start : length.start])
    if _WINDOW.search(before[-16:]) and re.match(r"[)\s-]{0,3}\w* ?period\b", text[length.end :][:20]):
        return False
    if clause.start and (stem := _alternatives(text[: clause.start], before)):
        before = stem
    after = text[length.end : min(clause.end, length.end + 420)]
    if not _is_most(before, after) or _NO_TAIL.match(after):
        return False
    if re.search(
        r"\b(?:discount|allows?|deduct|rebate|take off|takes off|taken off)\b",
        f"{before[-90:]} {after[:110]}",
        re.IGNORECASE,
    ):
        return False
    if is_failure(text, length.start) or _MISSED.search(UNDISPUTED.sub(" ", before)):
        return False
    near = UNDISPUTED.sub(" ", text[max(clause.start, length.start - 90) : length.start])
    if is_negated(near, 0, len(near)):
        return False
    leads = (
        MODAL.search(before) is None
        and not re.search(
            r"\b(?:providing|giving|occurs?|made|received|within the|that)\b[^,]{0,60}$", before
        )
    ) or re.search(
        r"(?:^|[,;:]|\band|\bthat)\s?(?:then,?\s)?(?:with ?in|no(?:t)? later than)[^,]{0,12}$",
        before,
        re.IGNORECASE,
    )
    if leads and _leads_to_pay(after):
        return True
    netted = re.search(r"\bnet[\s-]*\(?$", before, re.IGNORECASE)
    if (
        not netted
        and in_condition(text, length.start)
        and not re.search(r",[^,]*\b(?:shall|will|must|is|are)\b", before)
    ):
        return False
    return _was_paying(text, clause, length, before)


_EITHER = re.compile(
    r"\b(?:with ?in|by|no(?:t)? later than|on|upon)\s(?:the\s)?(?:earlie[rs]t?|late[rs]t?|sooner)"
    r"\s(?:to occur\s)?of[:,\s]*(?P<first>\([^()]{1,3}\)[^.]{0,260}[;,]\s?(?:or|and)?\s?)?$",
    re.IGNORECASE,
)


def _alternatives(stem: str, opening: str) -> str:
    """What leads to a limit that is one item of "within the earlier of: (1) … or (2) …"; else empty."""
    if not re.fullmatch(r"\W*\(?[a-z\d]{0,3}\)?\s?\(?(?:with ?in )?", opening, re.IGNORECASE):
        return ""
    match = _EITHER.search(stem[-600:])
    return f"{stem[-600:][: match.start()][-260:]}within " if match else ""


def _is_most(before: str, after: str) -> bool:
    if _LIMIT.search(before[-60:]):
        return not re.search(r"\b(?:more than|at least|not less than) ?\(?$", before[-24:], re.IGNORECASE)
    if _NOT_LIMIT.search(before[-30:]):
        return False
    if re.search(r"\b(?:equal to|amount of)\s\(?$", before[-24:], re.IGNORECASE):
        return False
    near = 24 if re.match(r"[\s)'-]*of\b", after) else 70
    return bool(_ANCHORED.match(after)) and bool(PAY.search(before[-near:]))


def _leads_to_pay(after: str) -> bool:
    """ "Within 30 days after …, X shall pay": what the next modal verb says is done."""
    modal = MODAL.search(after)
    if modal is None:
        return bool(re.match(r"[^.;]{0,110}?\b(?:pays|remits|reimburses)\b", after))
    said = after[modal.end() : modal.end() + 260]
    first = re.match(
        r"[\s,]*(?:(?:also|then|promptly|\w+ly|be|become|make|either|cause|at its (?:own "
        r"|sole )?(?:option|expense|cost))[\s,]+){0,4}",
        said,
    )
    rest = said[first.end() :] if first else said
    if re.match(rf"(?:\w+\s){{0,1}}{_PAY}\b", rest, re.IGNORECASE) or modal.group().lower().rstrip().endswith(
        ("due", "payable")
    ):
        return True
    return bool(_ALSO_PAYS.search(said))


def _was_paying(text: str, clause: Clause, length: Mention, before: str) -> bool:
    """Paying is the last thing said to be done before the length."""
    pays = [m for m in PAY.finditer(before) if not _named_only(before, m)]
    if not pays:
        return False
    last = pays[-1]
    between = before[last.end() :]
    if len(between) > 260:
        return False
    if re.search(
        r"\b(?:that|which|who|when|where)\s(?:[\w'-]+\s){0,4}?(?:occurs?|arises?|accrues?|made|received"
        r"|sold|shipped|contributes?"
        r"|exceeds?|placed)\b[^,]*$",
        between,
    ):
        return False
    for modal in re.finditer(r"\b(?:shall|will|must)\s(?:\w+ly\s|also\s)*(\w+(?:\s\w+)?)", between):
        if not re.match(
            r"be (?:made|paid|due|payable|remit|in|by|sent)|pay|become|make|remit|fall", modal[1]
        ):
            return False
    for other in ELSE.finditer(between):
        if FINITE.search(between[: other.start()][-24:] or before[: last.end() + other.start()][-24:]):
            return False
    asked = re.search(
        r"\b(?:before|until|whether|which|when|where)\s(?:[\w'-]+\s){0,6}$",
        before[: last.start()],
        re.IGNORECASE,
    )
    return not (
        asked
        and MODAL.search(before[: asked.start()])
        and not MODAL.search(before[asked.start() : last.end() + 30])
    )


PROVEN = re.compile(
    r"\b(?:proof|evidence|confirmation|documentation|notice|records?) of (?:\w+ ){0,2}$", re.IGNORECASE
)
"""What tells of a payment is not the payment."""


def _named_only(before: str, match: re.Match[str]) -> bool:
    """Money that is only named ("amounts due from it", "the payment terms"), not paid."""
    word = match.group().lower()
    tail = before[match.end() : match.end() + 24].lower()
    if word in ("due", "owing"):
        head = before[: match.start()][-24:].lower()
        return not re.search(
            r"\b(?:is|are|be|become|becomes|being|fall|falls|and|net|immediately|shall|will)\s(?:\w+ly\s)?$",
            head,
        ) and not re.match(r"\s(?:within|net|in|no|not|by|on|upon|\d)", tail)
    if PROVEN.search(re.sub(r"payments?$", "", word)) or (
        word in ("payment", "payments") and PROVEN.search(before[: match.start()][-40:])
    ):
        return True
    return word == "payment" and bool(
        re.match(
            r"\s(?:terms? (?:and|or)|obligations?|schedule|method|plans?\b|processing|gateway|card)", tail
        )
    )


_GAP = re.compile(
    rf"\b(?:within|no(?:t)? later than|on or before|on or prior to|(?:made|paid|payable) (?:in the|in|on)|net"
    rf"|\b(?:due|payable|paid)(?: and payable| and owing)?(?= {REDACTED}[^.;]{{0,24}}? (?:after|from"
    rf"|following|upon)\b)"
    rf"|[Pp]ayment terms?[^.;]{{0,60}}? (?:shall be|will be|are|is)|[Pp]ayment terms?:)\s(?P<gap>{REDACTED}"
    r"|\[\W*\*+\W*\])"
    rf"(?! (?:equal|monthly|quarterly|annual|consecutive|instal|U\.?S|dollars|currency|%|percent))"
    r"|\b(?:payable|paid|due) on (?:each|the|every|such) (?:\w+ )?(?P<date>(?:Payment|Settlement"
    r"|Remittance) Date)\b",
)


def redacted_limits(text: str) -> Iterator[Mention]:
    """Limits whose length is blacked out without its unit ("no later than [***] following …"), or stands
    under a name elsewhere ("on each Payment Date")."""
    if "*" in text or "_" in text or " Date" in text:
        for match in _GAP.finditer(text):
            name = "gap" if match["gap"] else "date"
            yield Mention(match.start(name), match.end(), match[name])
