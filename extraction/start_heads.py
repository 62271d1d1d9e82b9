"""What a time runs from, told by the first noun after "within 30 days of": the delivery of a report is not
that of goods, the receipt of a customer's money not that of an invoice."""

import re

from extraction import patterns
from obligations.terms import Starts

_LEADING = (
    r"^\s*(?:the\s|each\s|every\s|any\s|such\s|all\s|an?\s|its\s|their\s|his\s|this\s|that\s|date\s|of\s"
    r"|when\s|on\s|which\s|applicable\s|relevant\s|actual\s|final\s|successful\s|due\s|written\s|full\s"
    r"|respective\s|[\w.]+(?:'s|s')\s)*"
)
_HANDED = re.compile(
    rf"{_LEADING}(?P<act>receipt|receiving|delivery|delivering|submission|submitting|presentation|provision"
    r"|furnishing|issuance|issue)"
    r"(?:\s(?:by|to)\s(?:the\s|such\s)?\w+(?:\s(?-i:[A-Z])\w+){0,3}){0,2}"
    r"\s(?:of\s)?(?P<thing>[^,;]{2,90})",
    re.IGNORECASE,
)
_END_OF_THING = re.compile(
    r"\s(?:by|from|for|in|under|that|which|to|at|with|as|pursuant|shall|will|is|are|setting|showing|issued"
    r"|sent"
    r"|delivered|submitted|rendered|given|made|prepared|evidencing)\b|\.\s",
    re.IGNORECASE,
)
_GOODS = re.compile(
    r"\b(?:products?|goods|shipments?|materials?|equipment|merchandise|units?|commodit\w+|systems?|batch\w*"
    r"|lots?"
    r"|supplies|deliver\w+|substance|hardware|work products?|deliverables?)\b(?! (?:report|list|price))",
    re.IGNORECASE,
)
_PAPER = re.compile(
    r"\b(?:reports?|statements?|accountings?|accounts?|certificates?|documents?|documentation|records?"
    r"|forecasts?"
    r"|results?|calculations?|reconciliations?|evidence|proof|audits?|opinions?|data|budgets?|letters?"
    r"|schedules?"
    r"|receipts?|certifications?|vouchers?|proposals?|plans?|registers?|lists?)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\b(?:payments?|funds|monies|moneys|money|proceeds|compensation|revenues?|income|amounts?|fees?|sums?"
    r"|cash|refunds?"
    r"|royalt\w+|commissions?|deposits?|settlements?|awards?|approvals?|consideration|orders?"
    r"|applications?)\b",
    re.IGNORECASE,
)
_THINGS: tuple[tuple[Starts, re.Pattern[str]], ...] = (
    ("delivery", _GOODS),
    ("other", _PAPER),
    ("other", _MONEY),
)
_NOTICE = re.compile(
    r"\b(?:notices?|notifications?|demands?|requests?|claims?)\b(?! (?:of )?award)", re.IGNORECASE
)
_OTHER_EVENT = re.compile(
    rf"{_LEADING}(?:[\w-]+\s){{0,2}}?(?:payments?|collections?|sales?|anniversar(?:y|ies)|deduct\w*"
    r"|determin\w+"
    r"|resolution|approval|settlement|closing|achiev\w+|occurrence|change|increase|adjustment|launch|election"
    r"|discovery|ascertain\w+|finali[sz]ation|death|loss|audit|inspection|publication|posting|exercise|grant"
    r"|completion of (?:the |such |each |any |an? |its )*(?:[\w-]+ ){0,3}?(?:tests?|testing|audits?"
    r"|reviews?|study|studies"
    r"|trials?|calculations?|reconciliations?|inspections?|examinations?|determinations?|phases?"
    r"|transactions?|closing))"
    r"\b(?! (?:invoices?|bills?|notices?|requests?|demands?|terms?|periods?|months?|quarters?|years?"
    r"|statements?))",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    rf"{_LEADING}effective date of (?:the |such |any |an? |each )*+"
    r"(?!(?:this |said )?(?:agreement|contract|amendment|addendum|license|lease|sow|statement of work"
    r"|order)\b)"
    r"(?P<ended>(?:\w+ )?(?:terminat|expir|cancel))?(?=[a-z])",
    re.IGNORECASE,
)
_PERIOD_GONE = re.compile(
    rf"{_LEADING}(?:end|close|conclusion|expir\w+|terminat\w+) of (?:\[|\*|_|(?:the |each |every |such "
    r"|any |an? |that"
    r" |said )*(?:(?!initial|renewal)[\w-]+ ){0,4}?(?:months?|quarters?|calendar years?|fiscal years?"
    r"|(?:quarter\S*|annual|monthly|accounting|reporting|royalty|calendar|payment|billing) periods?)\b)",
    re.IGNORECASE,
)


_AND_BILLED = re.compile(r"\band (?:the |\w+'s )?(?:receipt|receiving)\b[^.;]{0,50}\binvoice", re.IGNORECASE)


def head_start(words: str) -> Starts | None:
    """The start that the words after the limit name first; None where they are of no known form."""
    if _AND_BILLED.search(words):
        return None
    if _PERIOD_GONE.match(words):
        return "period_end"
    if effective := _EFFECTIVE.match(words):
        return "termination" if effective["ended"] else "other"
    if handed := _HANDED.match(words):
        return _handed(handed)
    return "other" if _OTHER_EVENT.match(words) else None


def _handed(match: re.Match[str]) -> Starts | None:
    """What is handed over: a bill, a notice, goods, or papers and money of another sort."""
    whole = f" {match['thing']}"
    end = _END_OF_THING.search(whole)
    thing = (whole[: end.start()] if end else whole).strip()
    act = match["act"].lower()
    if patterns.search(r"\binvoic|\bbills?\b(?! of lading)|\bbilling", thing):
        return None if act.startswith("issu") else "invoice_receipt"
    if act.startswith("issu"):
        return None
    if _NOTICE.search(thing):
        return "notice"
    if act.startswith(("receipt", "receiv")) and patterns.search(
        r"\bstatements?\b|^thereof|^(?:it|them)\b", thing
    ):
        return None
    found: list[tuple[int, Starts]] = [
        (place.start(), name) for name, pattern in _THINGS if (place := pattern.search(thing))
    ]
    if found:
        return min(found)[1]
    received = act.startswith("receiv") or act == "receipt"
    return (
        "other"
        if received and thing and not patterns.match(r"(?:thereof|same|it|them|this)\b", thing)
        else None
    )
