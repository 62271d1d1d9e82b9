"""What kind of question a sentence is: an ordered table of shapes, first match wins."""

import re

from agent.plan import Intent
from agent.sentence import Sentence

_FILLERS = (
    "so|and|but|ok|okay|well|please|hey|hi|hello|now|then|LONG|quick|question|tell|you|WE|want|like|to|"
    "know|check|can|could|would|see|if|whether|do|find|out|just|wondering"
)
_ASKS = (
    "is|are|am|was|were|do|does|did|has|have|had|will|would|should|can|could|isn|aren|wasn|weren|don|doesn|"
    "didn|hasn|haven|hadn"
)
YES_NO = re.compile(rf"^(?:(?:{_FILLERS})\s+)*?(?:{_ASKS})\b")

_SHAPES: tuple[tuple[Intent, str], ...] = (
    ("help", r"^(?:help|hi|hello|hey|thanks|thank you)(?: (?:there|pacta|me))?$"),
    (
        "help",
        r"\bwhat (?:can|could) (?:you|WE|pacta) (?:do|ask|know|answer|help|tell)(?: (?:you|WE|for|with))*$",
    ),
    ("help", r"\bhow (?:do|can) (?:WE|you) (?:use|ask)\b|\bhow does (?:THEY|pacta) work\b|\bWHICH are you\b"),
    ("wording", r"\bwhat happens? (?:if|when)\b|\bwhat COUNT as\b|\bwhat (?:has |have )?CHANGE\b"),
    ("timeline", r"\bTIMELINE\b|\bwalk WE through\b|\bcourse of events\b"),
    ("wording", r"\bCOMPARE\b.*\b(?:PAY|RESPOND|RESOLVE|REPORT|NOTICE|CREDIT) TERMS\b"),
    ("wording", r"^(?:WHICH|PARTY) .*\b(?:more|less|longer|shorter) time to (?:PAY|RESPOND|RESOLVE)\b"),
    ("compare", r"\bCOMPARE\b|\bmore reliable\b|\b(?:most|fewest|least) .*\b(?:BREACH|LATE|TICKET|RISK)\b"),
    ("compare", r"\b(?:more|less|fewer|better|worse) .*\bthan\b"),
    ("count", r"\bhow many (?!days|hours|weeks|months|minutes)|\bhow COUNT\b|\bCOUNT of\b"),
    ("reason", r"\bhow (?:much|many minutes|many hours|long) .*\bUPTIME\b(?!.*\bTERMS\b)"),
    ("reason", r"\bWHY\b|\bhow come\b|\bwhat (?:caused|led|makes)\b|\bon what basis\b|\bhow do you know\b"),
    ("reason", r"\bhow (?:was|is|were|did|do)\b.*\bRECKON\b"),
    ("reason", r"\bhow (?:LATE|far|badly)\b|\bby how much\b|\bhow LONG (?:did|was|has|have)\b"),
    ("wording", r"\bWORDING\b"),
    ("wording", r"\b(?:what|how) (?:are|is|s)\b.*\bTERMS\b"),
    ("wording", r"\bhow LONG\b.*\b(?:TERMS|MUST|have to|has to|supposed)\b"),
    ("wording", r"\b(?:PAY|RESPOND|RESOLVE|UPTIME|CREDIT|REPORT|NOTICE|SLA) TERMS\b"),
    ("wording", r"^TERMS\b|\bTERMS (?:for|of|on)\b|\b(?:what|how|who) (?:TERMS|MUST)\b"),
    ("wording", r"^(?:WHICH|how|what) .*\b(?:has|have) to (?:RESPOND|RESOLVE|PAY|REPORT|CREDIT)\b"),
    ("wording", r"\bwhat (?:is|are|s) .*\b(?:RESPOND|RESOLVE) times?\b(?!.*RECORD)"),
    ("wording", r"\b(?:notice|NOTICE) period\b|\bhow much NOTICE\b"),
    ("money", r"\bhow much (?!time)|\bAMOUNT\b|\bwhat (?:do|does|are|is) .*\bOWE\b"),
    ("money", r"\b(?:what|WHICH) .*\bCREDIT\b|\bWHICH OWE\b|\bOWE ANY\b|\bWE OWE\b|\bOWE WE\b"),
    ("list", r"^WHICH .*\bDEADLINE\b"),
    ("list", r"^(?:what|WHICH) (?:is |s |are )?.*\b(?:PENDING|RISK|DUE|LATE)\b(?!.*\b(?:DEADLINE|AMOUNT)\b)"),
    ("date", r"\b(?:WHEN|DEADLINE)\b|\blast day (?:of|for|to)\b|\bby what\b"),
    ("date", r"\bhow (?:many|much) (?:days|time|weeks|months|hours)\b"),
    ("date", r"\bhow LONG (?:do|until|before|is|does|till)\b"),
    ("list", r"\bWHICH\b|\b(?:is|are|was|were) there\b"),
)
_COMPILED = tuple((intent, re.compile(shape)) for intent, shape in _SHAPES)


def intent_of(sentence: Sentence) -> Intent:
    """The question's intent; `status` where no shape says otherwise."""
    for intent, shape in _COMPILED:
        if shape.search(sentence.shape) and _fits(intent, sentence):
            return intent
    if sentence.has("credit", "owe") and not is_yes_no(sentence):
        return "money"
    return "status"


def is_yes_no(sentence: Sentence) -> bool:
    """A question that yes or no would answer, asked outright or after "check whether"."""
    return bool(YES_NO.match(sentence.shape)) or sentence.matches(r"\b(?:if|whether)\b")


def looks_like_a_name(word: str) -> bool:
    """A capitalised word that is no short acronym."""
    return word[0].isupper() and not (word.isupper() and len(word) <= 5)


def names_nobody(sentence: Sentence) -> bool:
    """The question asks about whoever it concerns ("any", "vendors"), not about somebody it names."""
    return not (sentence.names or sentence.records or sentence.services)


def _fits(intent: Intent, sentence: Sentence) -> bool:
    """Finer conditions that a shape alone cannot state."""
    if not is_yes_no(sentence):
        return True
    if intent == "list":
        return names_nobody(sentence) or sentence.has("any")
    if intent == "wording":
        return not sentence.has("breach", "late", "kept")
    return intent not in ("money", "date") or sentence.matches(r"\b(?:WHEN|how much|OWE)\b")
