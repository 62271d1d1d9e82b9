"""Which action a quantity limits: the verb or noun that governs it in its clause.

"respond to each report within 2 hours of notification" limits `respond`; "report" and "notification"
are not what is limited. The lexicon holds the actions of the kinds read here and those of their usual
distractors (cure, dispute, escalate, …), so that a distractor can claim its own figure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from extraction.clauses import MODAL, Clause, clause_at, clauses
from extraction.patterns import search
from extraction.quantities import Mention
from extraction.sentences import Sentence

_VERBS = {
    "respond": r"respond(?:s|ed|ing)?|tak(?:e|es|en) up|acknowledg(?:e|es|ed|ing)|repl(?:y|ies|ied|ying)"
    r"|reacts?|reacted|attend(?:s|ed)?(?! a\b)|answer(?:s|ed|ing)?|"
    r"calls? (?:the \w+ )?back|called back|return (?:the |each |any |all )?(?:\w+ )?(?:calls?|telephone)"
    r"|(?:begin|start|commence)s? (?:to )?(?:work(?:ing)?|diagnos\w+|investigat\w+|"
    r"analys\w+|troubleshoot\w+|processing|addressing|resolving)|(?:arrive|be)s? (?:present )?(?:on"
    r"|at)[ -](?:the )?(?:site|premises)|dispatch(?:es|ed)? (?:an? )?(?:\w+ )?(?:engineer|technician"
    r"|operative)|"
    r"assigns? (?:an? )?(?:\w+ )?(?:engineer|technician|specialist)|make (?:initial |first )?contact"
    r"|contacts? (?:the )?(?:customer|client|caller|user|requester)",
    "resolve": r"resolv(?:e|es|ed|ing)|restor(?:e|es|ed|ing)|fix(?:es|ed|ing)?|repair(?:s|ed|ing)?|rectif(?:y"
    r"|ies|ied|ying)|remov(?:e|es|ed|ing) (?:[\w-]+ ){0,4}?(?:faults?|defects?|errors?"
    r"|malfunctions?)|put(?:s)? (?:\w+ )?right|bring(?:s)? (?:[\w-]+ ){0,6}?to an end|"
    r"recover(?:s|ed)?(?! from)|(?:made|make|makes) safe|work(?:s|ed)?[ -]around|clear(?:s|ed)? "
    r"(?:[\w-]+ ){0,4}?faults?|(?<=are )(?:cleared|removed|closed)|(?<=is )(?:cleared|removed|closed)|"
    r"(?<=be )(?:cleared|removed|closed|replaced)|replac(?:e|es|ed|ing) (?:the |any |each |such "
    r"|all )?(?:\w+ )?"
    r"(?:defective|faulty|non-?conforming|damaged|goods|products?|units?|equipment|parts?|hardware"
    r"|devices?|it|them)|"
    r"solv(?:e|es|ed|ing)|correct(?:s|ed|ing)?|remed(?:y|ies|ied)|eliminat(?:e|es|ed)|bring "
    r"(?:\w+ )?back (?:into|to) (?:operation|service)|patch(?:es|ed)?|make (?:the )?[\w()]+(?: [\w()]+){0,3} "
    r"(?:run(?:ning)?|operational|work)\b",
    "update": r"updat(?:e|es|ed|ing)|keep (?:\w+ ){0,3}informed|informs? (?:\w+ ){0,6}(?:of|about|on) (?:the "
    r"|its )?(?:progress|status)|(?:provide|give|send|issue)s? (?:\w+ ){0,2}(?:progress|status) "
    r"(?:report|update|information)s?",
    "escalate": r"escalat(?:e|es|ed|ing)|(?:be )?referred|refers? (?:the )?(?:matter|dispute)|goes? to"
    r"|submitted to mediation|mediat\w+|arbitrat\w+",
    "cure": r"cur(?:e|es|ed|ing)|remed(?:y|ies|ied) (?:the |such |that |a |any |its )?(?:material "
    r"|substantial )?(?:breach|default|failure|non-?compliance)",
    "dispute": r"disput(?:e|es|ed|ing)|object(?:s|ed)?(?= to|\b)|contest(?:s|ed)?|challeng(?:e|es|ed)|reject"
    r"(?:s|ed|ing)?|withhold\w*|approv(?:e|es|ed|ing)|accept(?:s|ed|ing)?|examin(?:e|es|ed)|inspect"
    r"(?:s|ed)?|verif(?:y|ies|ied)|claim(?:s|ed)?|settle(?:s|d)?|(?:return(?:s|ed)?|dismiss(?:es"
    r"|ed)?)",
    "notify": r"notif(?:y|ies|ied|ying)|inform(?:s|ed|ing)?|advis(?:e|es|ed|ing)|announc(?:e|es|ed|ing)|giv"
    r"(?:e|es|ing) (?:\w+ ){0,8}?notice|warn(?:s|ed)?",
    "pay": r"pay(?:s|ing)?|paid|payable|remit(?:s|ted|ting)?|remittance|reimburs(?:e|es|ed|ing)|settl(?:e"
    r"|es|ed|ing)(?= (?:the |each |all |any |such |its |every |undisputed |correct )*(?:invoices?"
    r"|accounts?|amounts?|payments?|sums?|charges|fees|bills?)\b)|settled(?= (?:by|within|in full"
    r"|no later|not later|in cash)\b)|due(?! to\b)|discharg(?:e|es|ed)|falls? due|refund(?:s|ed)?|wire(?:s"
    r"|d)?|transfer(?:s|red)? (?:the |to |such |any )?(?:amount|sum|fund|payment)s?|(?:make|makes"
    r"|made|making|effect|effects) (?:the |a |all |any |each |such |full |its |every |monthly "
    r"|quarterly )*payments?",
    "invoice": r"invoic(?:es|ed|ing)(?= (?:the|for|to|monthly|such|customer|client)\b)|(?:shall"
    r"|will|may"
    r"|must|to) (?:also )?(?:invoice|bill)|(?:issue|submit|send|render|deliver)(?:s|ed)? "
    r"(?:to \w+ )?(?:\w+ )?(?:an |its |the |each |all |any )?(?:\w+ )?invoices?|bills?(?= the)"
    r"|billed",
    "report": r"report(?:s|ed|ing)?(?= (?:to|on|every|any|each|all|the|such|its|in writing|monthly|quarterly"
    r"|weekly|within)\b)|(?:deliver|provide|submit|send|furnish|prepare|supply|give|issue|render"
    r"|make available|present|produce|forward|transmit|compile|upload|publish|circulate|distribute"
    r"|complete|file)"
    r"(?:s|es|ed|d)? (?:to |with )?(?:[\w'.,()-]+ ){0,11}?(?:reports?|statements?|forecasts?|accounts?"
    r"|summar(?:y|ies)|accounting|reconciliations?|records? of|minutes of|schedule of|list of"
    r"|projections?|budgets?|balance sheets?|certificates? of|financials|data|information)\b",
    "deliver": r"deliver(?:s|ed|ing)?|ship(?:s|ped)?|install(?:s|ed)?|dispatch(?:es|ed)?|hand(?:s|ed)? over"
    r"|complet(?:e|es|ed|ing)|provid(?:e|es|ed|ing)|suppl(?:y|ies|ied)|furnish(?:es|ed)?|submit(?:s"
    r"|ted)?|send(?:s)?|produc(?:e|es|ed)|perform(?:s|ed)?",
    "credit": r"credit(?:s|ed|ing)?(?= )|(?:apply|applies|applied|issue|issues|issued|grant|grants|granted"
    r"|receive|receives|provide|provided) (?:\w+ ){0,4}?(?:service )?credits?",
    "renew": r"renew(?:s|ed|ing)?|extend(?:s|ed|ing)?|prolong(?:s|ed)?|roll(?:s)? over",
    "terminate": r"terminat(?:e|es|ed|ing)|cancel(?:s|led|ed|ling)?|withdraw(?:s)?|rescind(?:s)?"
    r"|suspend(?:s|ed)?",
    "last": r"continu(?:e|es|ed|ing)|remain(?:s|ed)? in (?:full )?(?:force|effect)|expir(?:e|es|ed|ing)"
    r"|runs?(?= (?:for|until|from))|last(?:s)?(?= (?:for|until))|surviv(?:e|es)|commenc(?:e|es|ed"
    r"|ing)|begin(?:s|ning)?|keep(?:s)?|kept|retain(?:s|ed)?|maintain(?:s|ed)?|preserv(?:e|es|ed)",
}
_NOUNS = {
    "respond": r"responses?(?: times?| targets?| deadlines?| periods?)?|acknowledge?ments?"
    r"|reaction(?: times?)?"
    r"|attendance|call-?backs?|(?:first |initial )?(?:\w+ )?repl(?:y|ies)|first (?:\w+ )?(?:contact"
    r"|answer)|response-time",
    "resolve": r"resolutions?(?: times?| targets?| deadlines?)?|restoration(?: times?)?|fix(?: times?)"
    r"|repairs?"
    r"(?: times?)?|rectification|recovery time(?: objective)?|work-?\s?arounds?|solution(?: times?)?"
    r"|correction(?: times?)?|time to (?:repair|restore|fix|resolve)|MTTR",
    "update": r"(?:status |progress |situation )updates?|updates?(?: frequency| intervals?)?|status reports?"
    r"(?= (?:while|until))",
    "escalate": r"escalations?",
    "cure": r"cure periods?|grace period",
    "dispute": r"acceptance(?: test\w*)?|inspection|objections?|rejection|approval",
    "notify": r"(?:written |prior )?notices?|notification",
    "pay": r"payments?(?: terms?| period| target)?(?! (?:requests?|schedules?|methods?|instructions?"
    r"|obligations?))|net",
    "report": r"(?:\w+ )?reports?(?= (?:shall|will|must|is|are|by|within|no later|not later|due|for|to be|:))"
    r"|statements?(?= (?:shall|will|must|is|are|by|within|no later))|reporting",
    "deliver": r"delivery(?: times?)?|shipment|lead times?|completion",
    "renew": r"renewals?|extensions?",
    "terminate": r"termination|cancellation",
    "warrant": r"warranty(?: period)?",
}
_FIRST = ("cure", "update", "report", "invoice", "resolve", "respond", "credit", "pay")
_PATTERN = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(f"(?P<v_{name}>{_VERBS[name]})" for name in sorted(_VERBS, key=lambda n: (n not in _FIRST, n)))
    + "|"
    + "|".join(f"(?P<n_{name}>{pattern})" for name, pattern in _NOUNS.items())
    + r")(?!\w)",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"\b(?:to|of|on|about|with|from|in|regarding|after|following|upon|for|by|until|before|against|than|under|"
    r"without|pending|receiv\w+|between)\s(?:(?:the|each|any|an?|such|all|its|every|this|that|said|their"
    r"|first|initial|"
    r"written|prior|correct|\w+'s|\w+)\s){0,3}$",
    re.IGNORECASE,
)
_HEAD_OF = re.compile(
    r"\b(?:times?|targets?|periods?|deadlines?|limits?|clock|hours?|levels?|standard)\s(?:for|of|to"
    r"|until)\s(?:the\s|a\s|an\s|first\s|initial\s)*$",
    re.IGNORECASE,
)
_ANCHOR = re.compile(
    r"\b(?:of|after|from|following|since|upon)\s(?:(?!and\b|or\b|shall\b|will\b|must\b)[\w'()/-]+\s){0,5}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    start: int
    end: int
    verb: bool


@lru_cache(maxsize=2048)
def actions(text: str) -> tuple[Action, ...]:
    """Every action the text names, in order."""
    found = []
    for match in _PATTERN.finditer(text):
        group = match.lastgroup or ""
        found.append(Action(group[2:], match.start(), match.end(), group.startswith("v_")))
    return tuple(found)


def governing(sentence: Sentence, mention: Mention, mentions: Sequence[Mention] = ()) -> Action | None:
    """The action that the quantity limits, None where the sentence and its lead name none.

    `mentions` are the other quantities of the sentence: what stands in the anchor of an earlier one
    ("within 2 hours of notification") does not govern a later one.
    """
    text = sentence.text
    if after := _compound(text, mention):
        return after
    clause = clause_at(text, mention.start)
    earlier = [m for m in mentions if m.end <= mention.start]
    before = [
        a
        for a in actions(text)
        if clause.start <= a.start and a.end <= mention.start and _counts(text, a, earlier)
    ]
    interrupts = _interrupts(text, clause, mention)
    if interrupts or _leads(text, clause, mention, before):
        following = [a for a in actions(text) if mention.end <= a.start < clause.end]
        modal = next((m for m in MODAL.finditer(text, mention.end, clause.end)), None)
        if modal is not None and (chosen := next((a for a in following if a.start >= modal.start()), None)):
            return chosen if chosen.start - modal.end() <= _REACH else None
        if (interrupts or not before) and (
            chosen := next((a for a in following if a.verb or _counts(text, a, ())), None)
        ):
            return chosen
    if before:
        return _nearest(before)
    return _from_stem(sentence, clause, mention, earlier)


def _compound(text: str, mention: Mention) -> Action | None:
    """ "a 15-minute response", "30 days net": the noun right after the quantity."""
    for action in actions(text):
        if mention.end <= action.start <= mention.end + 3 and not text[mention.end : action.start].strip(
            " -'"
        ):
            return None if action.name in ("notify",) else action
    return None


def _interrupts(text: str, clause: Clause, mention: Mention) -> bool:
    """Does the limit stand between a modal verb and its verb: "shall, within 5 days, pay"?"""
    return bool(
        search(
            r"\b(?:shall|will|must|agrees|may),?\s(?:(?:also|promptly|then)\s)?(?:within|no(?:t)? later than"
            r"|by|at least|on or before)\b[^,]{0,30}$",
            text[clause.start : mention.start],
        )
    )


def _leads(text: str, clause: Clause, mention: Mention, before: Sequence[Action]) -> bool:
    """Does the limit stand before its verb: "Within 5 days …, X shall pay"?"""
    words = text[clause.start : mention.start]
    if not before and not MODAL.search(words):
        return True
    opening = search(
        r"(?:^|[.;:]\s|\)\s|, |\band )(?:within|no(?:t)? later than|on or before|by the|at least"
        r"|not less than)(?:\s\w+){0,4}\s?$",
        words,
    )
    return bool(opening) and not any(a.verb and a.start > opening.start() - 40 for a in before if opening)


def _counts(text: str, action: Action, earlier: Sequence[Mention]) -> bool:
    """Is the action neither the object of another one nor part of an earlier quantity's anchor?"""
    words = text[max(0, action.start - 60) : action.start]
    if any(
        m.end <= action.start <= m.end + 60 and _ANCHOR.search(text[m.end : action.start]) for m in earlier
    ):
        return False
    if action.verb and not search(
        r"\b(?:the|each|any|an?|such|its|every|this|that|of|said)\s(?:\w+\s)?$", words[-24:]
    ):
        return True
    if _HEAD_OF.search(words):
        return True
    if action.verb:
        return action.name not in ("report", "deliver", "last", "dispute", "invoice") or not _OBJECT.search(
            words
        )
    return not _OBJECT.search(words)


def _nearest(before: Sequence[Action]) -> Action:
    """The last verb before the quantity, unless a noun after it is the clause's own subject or object."""
    last = before[-1]
    if last.verb or len(before) == 1:
        return last
    verb = next((a for a in reversed(before) if a.verb), None)
    if verb is None or last.start - verb.end > 60 or verb.name in ("deliver", "last", "invoice", "credit"):
        return last
    return (
        verb
        if verb.name != last.name and verb.name in ("pay", "respond", "resolve", "report", "cure")
        else last
    )


_REACH = 110
"""How far after its modal verb the verb of a clause may stand, past an aside between commas."""
_FAR = 60
"""A limit this far into its own item has a verb of its own, even one that the lexicon lacks."""


def _from_stem(
    sentence: Sentence, clause: Clause, mention: Mention, earlier: Sequence[Mention]
) -> Action | None:
    """The action of the words that introduce a list, in this sentence or in the one before."""
    text = sentence.text
    stem = [a for a in actions(text) if a.end <= clause.start and _counts(text, a, earlier)]
    first = clauses(text)[0]
    opening = [a for a in stem if a.start < first.end]
    if mention.start - clause.start > _FAR and not search(r"[:=|]\s?$", text[: mention.start]):
        return None
    if opening:
        return opening[-1]
    if stem:
        return stem[-1]
    if sentence.lead is not None:
        led = [a for a in actions(sentence.lead.text) if _counts(sentence.lead.text, a, ())]
        return led[-1] if led else None
    return None
