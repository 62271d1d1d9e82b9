"""insurance: a policy that must be held, one promise for each limit, or for each policy without a figure."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction.clauses import Clause, clause_at, clauses
from extraction.context import Context
from extraction.drafting import Sketch, from_sentence
from extraction.duties import actor, neighbours, promising
from extraction.model import Draft, Unread
from extraction.quantities import REDACTED, Mention, MoneyMention
from extraction.sentences import Sentence
from obligations.terms import Insurance

KIND = "insurance"
_QUICK = re.compile(r"insur|coverage|polic(?:y|ies)\b", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:insurance|liability|compensation|umbrella|coverage|aggregate|policy|indemnity)\b", re.IGNORECASE
)
_PASSAGE = 6
"""How many sentences after a duty to insure still tell its policies and limits."""
_COVER = (
    r"(?:insurances?(?!\W(?:compan|carrier|rating|certific|proceeds|claims?|premiums?|agents?|business"
    r"|brokers?|underwriters?|requirements?|and (?:export|import|duty|freight)))|coverages?|polic(?:y"
    r"|ies) (?:of|or polic|with|in|for|covering)|(?:insurance|liability|property|indemnity|compensation"
    r"|risks?) (?:polic(?:y|ies)|cover)"
    r"|liability (?:policy|policies|program)|umbrella|self-insur\w+)"
)
_HOLDS = (
    r"(?:maintain(?:s|ed|ing)?|carr(?:y|ies|ied|ying)|procur(?:e|es|ed|ing)|obtain(?:s|ed|ing)?|keep(?:s"
    r"|ing)?|kept|hold(?:s|ing)?|tak(?:e|es|en|ing) out|effect(?:s|ed)?|purchas(?:e|es|ed|ing)"
    r"|secur(?:e|es|ed|ing)|ha(?:s|ve)(?: in (?:force|effect|place))?|provid(?:e|es|ed|ing)|put in place"
    r"|acquir(?:e|es)|(?:be|are|is) covered by|(?:continue to )?insure|possess(?:es)?)"
)
_DUTY = re.compile(
    rf"\b(?:shall|will|must|agrees?(?: that it will)? to|undertakes? to|covenants?(?: and agrees)? to"
    rf"|required to|obligated to|is to|are to|warrants? that it|represents? that it|at its (?:own "
    rf"|sole )?(?:cost|expense)[^.;]{{0,12}})\b"
    rf"[^;]{{0,230}}?\b{_HOLDS}\b(?P<gap>[^;]{{0,205}}?)\b{_COVER}\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    rf"\b(?:maintains|carries|holds|keeps|has taken out|we (?:\w+ )?(?:keep|hold|maintain|carry))\b"
    rf"(?P<gap>[^;]{{0,140}}?)\b{_COVER}\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    rf"\b{_COVER}\b[^;]{{0,160}}?\b(?:shall|will|must|is to"
    rf"|are to) (?:at all times )?be (?:\w+ )?(?:maintained|carried|procured|obtained|kept|held|taken out"
    rf"|effected|purchased|provided|in (?:force|effect|amounts?|an amount|the amount))\b"
    r"|\b(?:insurance|coverage|polic(?:y|ies))\b[^;]{0,90}?\b(?:shall|will|must)\b[^;]{0,60}?\b(?:include"
    r"|provide|be|have|contain|afford)\b[^;]{0,120}?\b(?:limits?|not less than|at least|minimum|amounts?"
    r"|coverage)\b",
    re.IGNORECASE,
)
_INSURES = re.compile(r"\b(?:insures|(?:shall|will|must) (?:\w+ )?(?:insure|be insured))\b", re.IGNORECASE)
_NOT_DUTY = re.compile(
    r"\b(?:title|health|medical|dental|life|unemployment|social|deposit|federal deposit|key[- ]man|mortgage"
    r"|bond|fdic|disability|national) insurance\b|\bfdic\b|\binsurance (?:business|company act|products?"
    r"|agents?|contracts?|laws?|commissioner)\b"
    r"|\binsurance (?:proceeds|claims?)\b|\bemployee benefits?\b|\bwarranty coverage\b|\bnon-insured\b"
    r"|\bgroup (?:life|health)\b",
    re.IGNORECASE,
)
_ABOUT_IT = re.compile(
    r"\b(?:certificates?|evidence|proof|evidencing|copies|copy of|notice|verification|binders?"
    r"|endorsements?|renewals?|premiums?|deductibles?|proceeds|recover\w*|additional (?:named )?insured"
    r"|named as|loss payee|subrogation"
    r"|cancell?\w*|satisfactory to|rated|rating|certified|waive\w*|reimburse\w*|letter|attempt"
    r"|statements? of|no (?:extra|other)|costs? of)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:may(?! be)|has the right to|fails? to|failure to|if \w+ (?:does|do) not|not (?:be )?(?:required"
    r"|obligated)|nothing|shall not|will not)\b[^.;]{0,90}$",
    re.IGNORECASE,
)
_LIMIT_BEFORE = re.compile(
    r"\b(?:limits?|amounts?|not less than|no less than|minimum|at least|coverages?|insured|insurance|sum"
    r"|aggregate|occurrence|liability|least|cover|excess|indemnity|and|of|up to|for|compensation|equal to)"
    r"\b[^.;]{0,110}$",
    re.IGNORECASE,
)
_LIMIT_AFTER = re.compile(
    r"[^;]{0,70}?\b(?:per|each|every|aggregate|any one|occurrence|combined single|limits?|claim|accident"
    r"|coverage|insurance|policy|bodily|property damage|personal|disease|in respect|general|excess"
    r"|umbrella)\b",
    re.IGNORECASE,
)
_NO_LIMIT_BEFORE = re.compile(
    r"\b(?:deductibles?|retentions?|retained|premiums?|net worth|liquidated damages|loss(?:es)? (?:exceed"
    r"|in excess)"
    r"|purchase price|fees?|cost|pay|liab(?:le|ility) (?:shall|will) not|rating)\b[^;]{0,60}$",
    re.IGNORECASE,
)
_NO_LIMIT_AFTER = re.compile(
    r"\W{0,4}(?:\([^()]*\)\W)?(?:\w+ ){0,3}?(?:deductibles?|self-insured|retentions?|premiums?"
    r"|financial size)\b",
    re.IGNORECASE,
)
_CAP = re.compile(
    r"\bliability of (?:each|either|any|the|both)\b[^.;]{0,120}?\bexceed|\b(?:maximum|aggregate|total"
    r"|entire) liability\b",
    re.IGNORECASE,
)
_YEAR = re.compile(
    r"[^;,]{0,40}?\b(?:aggregate|per (?:policy )?(?:year|annum)|annual(?:ly)?|(?:each|insurance|policy"
    r"|any one|every) year)\b",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"[^;,]{0,40}?\b(?:(?:per|each|every|any one|any single|for each and every|single)\W(?:and \w+ |such "
    r"|separate )?(?:occurrence|event|claim|accident|incident|loss|person|employee|injury|disease|act)"
    r"|combined single|occurrence|incident|claim|accident)\b",
    re.IGNORECASE,
)
_TYPES = (
    ("workers", r"work(?:ers|er's|men)'?s?'? compensation|employers?'?s? liability"),
    ("professional", r"professional|errors (?:and|&|or) omissions|malpractice|e&o"),
    ("cyber", r"cyber\w*|network security|privacy|data breach"),
    ("auto", r"auto(?:mobile)?|motor|vehicle"),
    ("umbrella", r"umbrella|excess liability"),
    ("product_liability", r"products?(?: and completed operations)?(?: |-)liability"),
    ("general_liability", r"general|public|third[- ]party|commercial liability"),
    ("directors", r"directors"),
    ("property", r"property|fire|all[- ]risks?|casualty|theft|goods|stock"),
)
_TYPE = re.compile("|".join(f"(?P<{name}>\\b(?:{words})\\b)" for name, words in _TYPES), re.IGNORECASE)
_RATING = re.compile(r"\brat(?:ed|ing)\b[^.;]{0,60}?\W(?P<grade>A\+\+|A\+|A-|A|B\+\+|B\+)(?![\w+])")
_GAP = re.compile(rf"(?P<sign>\$|US\$|€|£)?\s?{REDACTED}")
_SUCH = re.compile(
    r"\b(?:such|said|the|this|these|all|each|any|required|foregoing) (?:\w+ ){0,3}?(?:insurances?|polic(?:y"
    r"|ies)|coverages?)\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every limit of a policy to be held; a policy without a figure is one promise too."""
    until = -1
    for sentence in promising(context):
        text = sentence.text
        led = _led(sentence)
        near = sentence.index <= until or "insurance" in sentence.topic
        if not (led or _QUICK.search(text) or (near and _NAMED.search(text))):
            continue
        duty = _is_duty(sentence)
        if duty or led:
            until = sentence.index + _PASSAGE
        elif not (near and _NAMED.search(text)):
            continue
        yield from _policies(context, sentence, duty=duty, led=led)


def _policies(context: Context, sentence: Sentence, *, duty: bool, led: bool) -> Iterator[Draft | Unread]:
    """The limits of a sentence, then the policies that it names without one."""
    text = sentence.text
    limits = [amount for amount in context.money(sentence) if _is_limit(text, amount)]
    gaps = [] if sentence.form == "row" else list(_gaps(sentence))
    for amount in limits:
        yield _limit(context, sentence, amount)
    for gap, known in gaps:
        clause = clause_at(text, gap.start)
        span = context.span(sentence, clause.start, clause.end)
        yield Unread(kind=KIND, span=span, why="the limit of the policy is redacted", known=known)
    figures = [*(a.start for a in limits), *(gap.start for gap, _ in gaps)]
    listed = list(_listed(sentence, figures)) if figures or not _CONTENTS.search(text) else []
    for clause in listed:
        yield _policy(context, sentence, clause)
    alone = duty and _stands_alone(context, sentence)
    led = led and not _INTRODUCES.search(text)
    if not figures and not listed and (alone or (led and _ITEM.match(text, sentence.body))):
        yield _policy(context, sentence, None)


_CONTENTS = re.compile(r"\s\d{1,3}$")
"""The page at the end of a line of a table of contents."""


def _listed(sentence: Sentence, figures: list[int]) -> Iterator[Clause]:
    """Items that name a policy and no limit: "(b) workers' compensation as the law requires"."""
    text = sentence.text
    compensation = False
    for clause in clauses(text):
        start = max(clause.start, sentence.body)
        inside = any(clause.start <= at < clause.end for at in figures)
        item = _ITEM.match(text, start, clause.end)
        work = _WORK.search(text, start, clause.end)
        if work and (not inside or _SPLIT.search(text, work.end(), clause.end)) and not compensation:
            compensation = True
            if inside or item:
                yield clause
        elif item and not inside and (len(clauses(text)) > 1 or sentence.lead is not None or sentence.item):
            yield clause


_WORD = (
    r"(?:commercial|comprehensive|general|public|products?|product\(s\)|third[- ]party|professional|errors"
    r"|omissions|cyber|employers?'?s?'?|work(?:er|men)'?s?'?|automobile|auto|motor|vehicle|business"
    r"|umbrella|"
    r"excess|property|environmental|pollution|recall|cargo|marine|fire|warehouse\w*'?s?|forwarder\w*'?s?"
    r"|directors|officers|media|crime|fidelity|interruption|spectator|advertising|injury|clinical|trials?"
    r"|malpractice|"
    r"completed|operations|operation|liability|indemnity|compensation|insurance|technology|network|security"
    r"|privacy|special|form|all[- ]risks?|aviation|hull|casualty|personal|bodily|damage|medical expense"
    r"|contractual|broad)"
)
_NAME = re.compile(rf"{_WORD}(?:(?:,? and |/|, | & | or |-| )\(?{_WORD}\)?)*", re.IGNORECASE)
_ITEM = re.compile(
    rf"\W*(?:(?:and|or|\(?\w{{1,3}}\)|[\d.]+|adequate|appropriate|standard|statutory|all|required|an?|the"
    rf"|its)\s+)*{_WORD}(?:(?:,? and |/|, | & | or |-| )\(?{_WORD}\)?)*(?: (?:insurance|polic(?:y|ies)"
    rf"|coverages?)|(?<=insurance)|(?<=compensation))\b"
    r"(?!\W+(?:polic(?:y|ies)\W+)?(?:shall|must|will|proceeds|certificate|compan|carrier|required"
    r"|requirements?)\b)",
    re.IGNORECASE,
)
_WORK = re.compile(r"\bwork(?:er|men)'?s?'? compensation\b(?! act| laws?| claims?| statutes?)", re.IGNORECASE)
_SPLIT = re.compile(r"\b(?:and|together with|;|, with)\b[^$]{0,60}\bemployer", re.IGNORECASE)


def _is_duty(sentence: Sentence) -> bool:
    """Must somebody hold insurance, by the words of the sentence itself?"""
    text = sentence.text
    if _NOT_DUTY.search(text) or not _QUICK.search(text):
        return False
    return _duty(text, firm=False) is not None or bool(_PASSIVE.search(text) or _INSURES.search(text))


def _duty(text: str, *, firm: bool) -> re.Match[str] | None:
    """The words that make somebody hold insurance; when `firm`, not those about certificates and the like."""
    for pattern in (_DUTY, _STATES):
        for match in pattern.finditer(text):
            about = _ABOUT_IT.search(match["gap"]) if firm else None
            if not about and not _MAY.search(text[: match.start() + 40][-130:]):
                return match
    return None


def _led(sentence: Sentence) -> bool:
    """Is it an item of a list of policies that must be held?"""
    lead = sentence.lead
    if lead is None or not _QUICK.search(lead.text) or not _NAMED.search(sentence.text):
        return False
    return _is_duty(lead) or bool(
        re.search(r"\b(?:minimum|following|types?|limits?)\b", lead.text, re.IGNORECASE)
    )


def _is_limit(text: str, amount: MoneyMention) -> bool:
    before, after = text[max(0, amount.start - 130) : amount.start], text[amount.end : amount.end + 110]
    if (
        _CAP.search(text)
        or _NO_LIMIT_BEFORE.search(before[-70:])
        or _NO_LIMIT_AFTER.match(after)
        or amount.amount < 1000
    ):
        return False
    return bool(_LIMIT_BEFORE.search(before) or _LIMIT_AFTER.match(after))


def _gaps(sentence: Sentence) -> Iterator[tuple[Mention, dict[str, str]]]:
    """Limits that are blacked out: "$[***] per occurrence", "not less than [***]"."""
    text = sentence.text
    for match in _GAP.finditer(text):
        before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 60]
        if re.search(r"\(\W{0,2}$", before) or re.match(
            r"\W{0,3}(?:days?|months?|years?|percent|%|prior|after)\b", after, re.IGNORECASE
        ):
            continue
        limit = re.search(
            r"\b(?:limits? of|not less than|no less than|minimum of|minimum limit of|at least|amount of|and"
            r"|aggregate of)\W{0,3}$",
            before,
            re.IGNORECASE,
        )
        if match["sign"] or (
            limit
            and (
                _EVENT.match(after)
                or _YEAR.match(after)
                or "limit" in limit.group().lower()
                or "less" in limit.group().lower()
            )
        ):
            known = (
                {"currency": {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP"}[match["sign"]]}
                if match["sign"]
                else {}
            )
            if not known and re.match(r"\W{0,3}dollars\b", after, re.IGNORECASE):
                known = {"currency": "USD"}
            yield Mention(match.start(), match.end(), match.group()), known


def _stands_alone(context: Context, sentence: Sentence) -> bool:
    """Is it a promise without figures, and not one whose figures follow, nor words about certificates?"""
    text = sentence.text
    if _INTRODUCES.search(text) or _BACKWARD.match(text, sentence.body):
        return False
    duty = _duty(text, firm=True)
    if duty is None:
        return bool(_AGAINST.search(text)) and not (_REPRESENTS.search(text) or _SUPPOSES.match(text))
    such = re.search(
        r"\b(?:such|said|foregoing|above|aforesaid|these|that)\W+(?:\w+\W+){0,2}$",
        duty["gap"],
        re.IGNORECASE,
    )
    if such and not re.match(r"\W*(?:[\w'-]+\W+){0,4}?as\b", text[duty.end() :]):
        return False
    if re.match(
        r"[^.;]{0,40}\b(?:called for|required (?:by|under|in) (?:this|the|article|section)|set forth"
        r"|described|listed|provided for)\b",
        text[duty.end() :],
        re.IGNORECASE,
    ):
        return False
    if _REPRESENTS.search(text):
        return False
    return not any(_gives_figures(context, later) for later in neighbours(context, sentence, 2))


_INTRODUCES = re.compile(r":\s*(?:\(?\w{1,3}[.)])?\s*$")
"""A list follows, with its number torn off or not."""
_AGAINST = re.compile(
    r"\b(?:shall|will|must|agrees? to)\b (?:\w+ ){0,4}?(?:insure|(?:keep"
    r"|have)\b[^.;]{3,60}?\binsured)\b(?! that\b)"
    r"[^.;]{0,120}?\b(?:against|assets|property|goods|products?|vehicles?|equipment|building|premises|cargo"
    r"|risks?"
    r"|for (?:its|their|the) (?:full|replacement|value))\b",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(r"\W*(?:\(?\w{1,3}\)\s)?(?:should|if|where|unless)\b", re.IGNORECASE)
_BACKWARD = re.compile(
    r"\W*(?:if (?:any )?such|in no event|such|said|upon (?:each )?renewal|no such|the foregoing|failure"
    r"|nothing)\b",
    re.IGNORECASE,
)
_REPRESENTS = re.compile(
    r"\b(?:or (?:is|are) covered by|respective (?:business|properties)|subsidiar(?:y|ies)|no obligation"
    r"|to the extent (?:that )?it (?:regards|considers|deems)"
    r"|has not been refused)\b",
    re.IGNORECASE,
)


def _gives_figures(context: Context, later: Sentence) -> bool:
    return bool(_SUCH.search(later.text[:90]) or later.item) and any(
        _is_limit(later.text, amount) for amount in context.money(later)
    )


def _limit(context: Context, sentence: Sentence, amount: MoneyMention) -> Draft:
    text = sentence.text
    per = _per(text, amount)
    name = _name(text, amount.start)
    terms = Insurance(
        type=_type(text, amount.start),
        amount=amount.amount,
        currency=amount.currency,
        per=per,
        **_conditions(text),
    )
    sketch = from_sentence(context, sentence, terms, amount)
    sketch.key = f"{name}, aggregate" if per == "year" and name else name
    return _sided(context, sentence, sketch, amount.start)


def _policy(context: Context, sentence: Sentence, clause: Clause | None) -> Draft:
    """A policy without a limit: the item that names it, or the whole sentence."""
    text = sentence.text
    if clause is not None:
        start = max(clause.start, sentence.body)
        piece = text[start : clause.end]
        place = Mention(start, min(clause.end, start + 40), piece[:40])
        terms = Insurance(type=_type(piece, len(piece)), **_conditions(piece))
        sketch = from_sentence(context, sentence, terms, place)
        sketch.key = _name(piece, min(len(piece), 160))
        return _sided(context, sentence, sketch, start)
    duty = _duty(text, firm=True)
    at = duty.end() if duty else min(len(text), sentence.body + 60)
    places = [Mention(duty.start(), duty.end(), duty.group())] if duty else []
    sketch = from_sentence(
        context, sentence, Insurance(type=_type(text, at + 60), **_conditions(text)), *places
    )
    sketch.key = _name(text, min(len(text), at + 60))
    return _sided(context, sentence, sketch, at)


def _sided(context: Context, sentence: Sentence, sketch: Sketch, at: int) -> Draft:
    duty = _duty(sentence.text, firm=False)
    sketch.debtor = actor(context, sentence, duty.start() if duty else at)
    if not sketch.debtor and sentence.lead is not None:
        sketch.debtor = actor(context, sentence.lead, len(sentence.lead.text))
        sketch.basis.append(context.span(sentence.lead))
    return sketch.draft(context)


def _per(text: str, amount: MoneyMention) -> Literal["event", "year"] | None:
    after = text[amount.end : amount.end + 80]
    year, event = _YEAR.match(after), _EVENT.match(after)
    if year and (event is None or year.end() < event.end()):
        return "year"
    if event:
        return "event"
    before = text[max(0, amount.start - 40) : amount.start].lower()
    if "aggregate" in before:
        return "year"
    return "event" if re.search(r"occurrence|each claim|per claim|accident", before) else None


def _type(text: str, at: int) -> str | None:
    """The sort of policy named last before the figure."""
    found = list(_TYPE.finditer(text, max(0, at - 260), at)) or list(_TYPE.finditer(text, at, at + 90))[:1]
    return found[-1].lastgroup if found else None


def _name(text: str, at: int) -> str:
    """What the policy is called, by the words last before the figure."""
    found = [
        m
        for m in _NAME.finditer(text, max(0, at - 240), at)
        if len(m.group()) > 9 and m.group().lower() != "insurance"
    ]
    words = found[-1].group().lower() if found else ""
    return re.sub(r"(?: insurance)?(?:,? and)?$", "", words).strip()


def _conditions(text: str) -> dict[str, object]:
    """What else the sentence asks of the policy."""
    lower = text.lower()
    rated = _RATING.search(text)
    return {
        "additional_insured": bool(
            re.search(r"\badditional (?:named )?insured|\bnam\w+\b[^.;]{0,80}\binsured", lower)
        ),
        "waiver_of_subrogation": "waiver of subrogation" in lower
        or bool(re.search(r"waiv\w+[^.;]{0,60}subrogation", lower)),
        "primary": bool(
            re.search(r"\bprimary\b[^.;]{0,30}\bnon-?contribut|\bprimary (?:insurance|coverage|to)\b", lower)
        ),
        "basis": "claims_made"
        if "claims made" in lower or "claims-made" in lower
        else ("occurrence" if "occurrence basis" in lower or "occurrence form" in lower else None),
        "rating": rated["grade"] if rated else None,
    }
