"""Words of a question that point to an intent, a kind of promise or an outcome."""

import re
from collections.abc import Mapping

Cue = tuple[str, str]
"""What the prompt's explanation of the intent must speak of, and what the question says then."""

INTENTS: Mapping[str, tuple[Cue, ...]] = {
    "out_of_scope": (
        (r"people|person", r"\bemployees?\b|\bceo\b|\bstaff\b"),
        (r"advice|advis|recommend", r"^should we (?!be)|\bsue\b"),
        (r"forecast|predict", r"^will .*\bbreach\b|\bnext year\b"),
        (r"world|weather|elsewhere", r"\bweather\b|\bpoem\b"),
        (r"business", r"\brevenue of\b|\bshare price\b"),
        (r"nothing|no contract|cannot|not .*answer", r"^print your|\bapi keys?\b"),
        (r"nothing|no contract|cannot|not .*answer", r"^you are now|\bapprove all\b"),
    ),
    "help": ((r"what can be asked|able to|can ask", r"\bwhat can (?:i|you)\b|^help\b"),),
    "timeline": ((r"order|sequence|one after", r"\bwhat happened\b|\bin order\b|\btimeline\b"),),
    "compare": (
        (r"", r"\bcompare\b"),
        (r"differ|beside|against", r"\bthan\b|\bdiffer\b|\bfaster\b|\bbetter\b"),
    ),
    "count": ((r"how many|number of", r"^how many (?!minutes)"),),
    "reason": (
        (r"\bwhy\b|reason|cause", r"^why\b|\bhow was .* calculated"),
        (r"by how much|how far", r"^by how (?:many|much) (?:days|hours)|^how (?:overdue|long did)"),
        (r"by how much|how far", r"^how many minutes"),
        (r"by how much|how far", r"^how much of the outage"),
    ),
    "money": (
        (r"how much", r"^(?:how much)\b(?! notice)|\band how much\b"),
        (r"how much", r"what (?:was|is) the (?:service credit|monthly)"),
        (r"owes?|owing", r"\bwhat do we owe\b|\bowes? us\b|\bcredits have we not\b"),
    ),
    "date": (
        (r"by when|deadline", r"^(?:by|until) when\b|\bdeadline$|\blast day\b|\bby when\b"),
        (r"\bwhen\b", r"^when (?!does the clock)"),
        (r"\bwhen\b", r"\bfalls due\b"),
    ),
    "wording": (
        (r"say|states?|read", r"\bsay about\b|\bwhich (?:clause|law|document)\b"),
        (r"say|states?|read", r"\bpayment terms\b|^does .*(?:discount|renew)"),
        (r"require|demand|oblige", r"^how (?:quickly|fast|long (?:must|do))\b|\bmust .*(?:maintain|keep)\b"),
        (r"require|demand|oblige", r"\bresolution time for\b|^how (?:much notice|far)"),
        (r"require|demand|oblige", r"^from what|^by how much can|^can we"),
        (r"say|states?|read", r"^when does the clock|\bparental\b"),
    ),
    "list": (
        (r"which", r"^which\b|\bwhich service"),
        (r"\bwho\b", r"^who\b"),
        (r"\bany\b", r"\bany\b|\bat risk right now\b"),
    ),
    "status": ((r"breach|kept|stand", r""),),
}  # fmt: skip
"""Intents in the order in which they are thought of."""

SLA = r"\bSLAs?\b"

KINDS: Mapping[str, str] = {
    "response_time": r"\brespon(?:d|ded|se)\b(?!.*credit)|\banswer(?:ed)? (?:INC|in time)|\battend\b",
    "resolution_time": r"\bresolv|\bresolution\b|\brestore",
    "availability": r"\bavailab|\buptime\b|\boutage\b|\bdown\b|\bup\?$",
    "service_credit": r"\bservice credits?\b|\bcredits?\b",
    "payment_due": r"\bpa(?:y|id|yable|yments?)\b|\binvoices?\b",
    "reporting": r"\breports?\b|\bstatement\b",
    "renewal_notice": r"\bnotice\b(?!.*audit)|\bstopping\b",
    "renewal": r"\brenew",
    "term": r"\bterm\b|\b(?:agreement|contracts?|NDA|rollout)\b.*\b(?:end|run)\b|\bend in\b",
}  # fmt: skip

OUTCOMES: Mapping[str, str] = {
    "at_risk": r"\bat risk\b",
    "breached": r"\bbreach|\bmissed\b|\btoo late\b|\blate\b|\boverdue\b",
}


def chosen(question: str, offered: Mapping[str, str]) -> str:
    """The intent of a question, among those that the prompt offers with an explanation that fits."""
    for intent, cues in INTENTS.items():
        about = offered.get(intent)
        if about is None:
            continue
        for explained, said in cues:
            if re.search(explained, about, re.I) and re.search(said, question, re.I):
                return intent
    return next((intent for intent in ("wording", "list") if intent in offered), next(iter(offered), "help"))
