"""From what day a time for payment runs, and what "end of month" does to it."""

import re
from dataclasses import dataclass, field
from typing import Literal

from extraction import patterns
from extraction.actions import Action
from extraction.clauses import Clause, clauses
from extraction.quantities import DurationMention, Mention
from extraction.sentences import Sentence
from extraction.start_heads import head_start
from obligations.terms import Starts

_START_WORDS: tuple[tuple[Starts, str], ...] = (
    (
        "invoice_receipt",
        r"\breceipt\b[^.;]{0,60}\binvoices?\b|\breceiv\w+[^.;]{0,50}\binvoices?\b"
        r"|\binvoices?\b[^.;]{0,40}\b(?:is|was|are|has been|have been|being) received"
        r"|\binvoices?'? receipt|"
        r"\breceipt thereof|\bdate (?:on which )?(?:it|they) (?:is|are|was|were) received|\b(?:of"
        r"|after|from) (?:its |their |the )?(?:receipt|receiving)\b|\breceipt (?:of"
        r"|by)\b[^.;]{0,50}\b(?:statement|bill)|\bsubmission of\b[^.;]{0,30}\binvoice"
        r"|\binvoice is submitted",
    ),
    (
        "period_end",
        r"\b(?:end|close|conclusion|expir\w+|last day)\b (?:of|after) (?:the |each |every |such "
        r"|any |a |that |said |its |applicable |relevant |preceding |first |second |third |fourth )*"
        r"(?:\w+ ){0,3}(?:months?|quarters?|years?|periods?|weeks?|half|semester|season)\b|"
        r"\b(?:month|quarter|year|period)[- ]end\b|\bfollowing (?:the|each) (?:calendar |fiscal "
        r"|contract )?(?:month|quarter|year)\b|\bafter (?:each|the|every) (?:calendar |fiscal "
        r"|contract )?(?:month|quarter|year)\b",
    ),
    (
        "invoice_date",
        r"\bdate (?:of|on|shown on) (?:the |each |an? |such |any |its |supplier's |applicable "
        r"|relevant |monthly |correct )*(?:\w+ )?(?:invoices?|bill)|\binvoices?'?s? date|\b(?:of"
        r"|after|from|following|against) (?:(?!receipt|receiv|submission)[\w.'-]+ ){0,6}?"
        r"invoices?\b|\b(?:invoices?|bill) (?:is|was|are|were|being) (?:dated|issued|sent|rendered)"
        r"|\binvoicing\b|\bdate of (?:issue|issuance)|\bissu\w+ of\b[^.;]{0,30}\binvoice|"
        r"\bdate thereof\b|\bbilling date|\bbeing invoiced|\b(?:after|from) invoice"
        r"|\bdate of the relevant statement|\binvoice therefor",
    ),
    (
        "termination",
        r"\b(?:effective date of (?:such |the |any )?)?(?:terminat|expir|cancel)\w*\b|\bend of (?:the "
        r"|this )?(?:\w+ )?(?:term|agreement)\b",
    ),
    (
        "signature",
        r"\b(?:execution|signature|signing|effective date|date (?:hereof|of (?:this|the) "
        r"(?:agreement|contract|amendment|addendum))|commencement date|entering into|date first)\b",
    ),
    (
        "delivery",
        r"\b(?:deliver\w*|shipment|shipped|shipping|acceptance|completion|installation"
        r"|bill of lading|arrival|accepted|provided|receipt of (?:the )?(?:goods|products?"
        r"|materials?|equipment))\b",
    ),
    ("notice", r"\b(?:notice|notif\w+|demand|request|written (?:request|demand|claim))\b"),
)
_STARTS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _START_WORDS)


@dataclass
class Due:
    """A limit found, with the words around it."""

    sentence: Sentence
    place: Mention
    clause: Clause
    length: DurationMention | None = None
    day: int | None = None
    action: Action | None = None
    notes: list[str] = field(default_factory=list)
    starts: Starts | None = None


def is_net(text: str, length: DurationMention) -> bool:
    """ "net 30 days", "30 days net"."""
    return bool(
        patterns.search(r"\bnet[- ]\(?$", text[max(0, length.start - 6) : length.start])
        or patterns.match(r"[\s,]{1,2}(?:strictly )?net\b", text[length.end : length.end + 14])
    )


_ANCHOR = re.compile(
    r"^\W{0,3}(?:\([^()]{0,30}\)\s)?(?:net\s|period\s|time\s|term\s|calendar\s|days?\s)*(?:of|after|from"
    r"|following|upon|since|as of|as from|to|counted from|calculated from|"
    r"running from|starting (?:on|from|with)|beginning (?:on|with)|commencing (?:on|with)|measured from"
    r"|against|subsequent to|on|thereafter)\b(?P<words>[^;]{0,170})",
    re.IGNORECASE,
)


def starts_of(due: Due) -> tuple[Starts | None, str]:
    """From what day the time runs: the words after the limit, the words before it, or convention."""
    text = due.sentence.text
    clause = due.clause
    if due.starts is not None:
        return due.starts, "event"
    if due.day is not None:
        return _day_starts(due), "after"
    following = re.sub(r"-{3,}\s?", "", text[due.place.end : clause.end + 40])
    if patterns.match(r"\W*thereof\b", following) and patterns.search(
        r"\bterminat|\bexpir", text[: due.place.start]
    ):
        return "termination", "after"
    if anchor := _ANCHOR.match(following):
        words = anchor.group()
        if patterns.search(
            r"\banniversar\w+|\breceipt (?:by \w+ )?of (?:(?:the|such|each|any|its|full"
            r"|all) )*(?:payments?|funds|proceeds|monies)\b",
            words[:80],
        ):
            return "other", "after"
        if received := _received(words):
            return received, "after"
        if head := head_start(anchor["words"]):
            return head, "after"
        if re.search(
            r"\breceiv\w+ (?:them|it)\b|\breceipt (?:of them|thereof)\b|\b(?:it|they) (?:was|were|is|are"
            r"|has been|have been) received\b",
            words,
        ) and patterns.search(r"\binvoices?\b|\bbills?\b", text[: due.place.start]):
            return "invoice_receipt", "after"
        cut = re.search(
            r",\s(?:the |each )?[A-Z]\w+ (?:shall|will|must|agrees)|\.\s|, (?:by|in|to|at|via|provided"
            r"|except|unless)\b",
            words,
        )
        found = _first_start(words[: cut.start()] if cut else words)
        return (found or "other"), "after"
    before = text[clause.start : due.place.start]
    lead = patterns.search(
        r"\b(?:upon|after|on|following|from)\b[^,;]{3,110}$|\b(?:upon|after|on"
        r"|following) [^,;]{3,110},[^;]{0,90}$",
        before,
    )
    if lead and (found := _first_start(lead.group())):
        return found, "before"
    if found := _stem_start(due):
        return found, "before"
    if due.length is not None and is_net(text, due.length):
        return "invoice_date", "convention"
    if patterns.match(r"\s?(?:invoice|of invoice)", text[due.place.end :]):
        return "invoice_date", "after"
    return None, ""


_STEM = re.compile(
    r"(?:^|[.;]\s|\d\s)(?P<event>(?:upon|on|after|following|in the event of)\s(?![^:]*[.;]\s)[^:]{3,160})"
    r":\s?$",
    re.IGNORECASE,
)


def _stem_start(due: Due) -> Starts | None:
    """The event that opens a list, of which the limit is an item ("Upon termination: (a) …")."""
    text = due.sentence.text
    stem = text[: clauses(text)[0].end] if due.clause.start else ""
    if not stem and due.sentence.lead is not None:
        stem = due.sentence.lead.text
    opened = _STEM.search(stem.rstrip())
    return _first_start(opened["event"]) if opened else None


_RECEIVED: tuple[tuple[Starts, str], ...] = (
    ("period_end", r"\W*(?:of|after|following)\s(?:the|each|any|such)\s(?:\w+\s)?(?:month|quarter|year)\s"
     r"(?:in|during|for)\s(?:respect of\s)?which\b"),
    ("notice", r".{0,60}?\b(?:receipt (?:by \w+ )?of|receiving)\s(?!.{0,40}\binvoice)(?:[\w'-]+\s){0,3}?"
     r"(?:notices?|demands?|requests?|claims?|notifications?)\b"),
    ("delivery", r".{0,60}?\b(?:receipt (?:by \w+ )?of|receiving)\s(?:the\s|such\s|all\s|any\s|each\s|its\s)*"
     r"(?:\w+\s)?(?:products?|goods|shipments?|materials?|equipment|merchandise|deliver\w+|units?)\b"
     r"(?! (?:invoice|price|list))"),
)  # fmt: skip
_RECEIPTS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _RECEIVED)


def _received(words: str) -> Starts | None:
    """What is received, or in which month, where the words right after the limit say so."""
    return next((name for name, pattern in _RECEIPTS if pattern.match(words[:110])), None)


def _first_start(words: str) -> Starts | None:
    """The start whose words come first; of equal places the more exact one."""
    places = [
        (match.start(), order, name)
        for order, (name, pattern) in enumerate(_STARTS)
        if (match := pattern.search(words))
    ]
    if not places:
        return None
    receipt = next((p for p in places if p[2] == "invoice_receipt"), None)
    dated = next((p for p in places if p[2] == "invoice_date"), None)
    whole = _STARTS[dated[1]][1].search(words) if dated else None
    if (
        receipt
        and whole
        and receipt[0] < whole.end()
        and patterns.search(r"receiv", words[whole.end() :][:40])
    ):
        return "invoice_receipt"
    if receipt and dated and dated[0] <= receipt[0] + 30:
        return "invoice_receipt" if receipt[0] <= dated[0] else "invoice_date"
    return min(places)[2]


def _day_starts(due: Due) -> Starts | None:
    """The day of a month follows the month in which something happened."""
    words = due.sentence.text[due.place.end : due.place.end + 120]
    if patterns.search(
        r"\b(?:next|following|succeeding) (?:\w+ )?(?:\(\d+\) )?(?:\w+ )?(?:months|quarters)\b",
        due.place.text,
    ):
        return None
    if re.match(r"\s?(?:following|after|next)", words) or re.search(
        r"following|next|succeeding", due.place.text
    ):
        return _first_start(words) or "period_end"
    return "period_end" if patterns.search(r"following|next|after", due.place.text) else None


_EOM = re.compile(
    r"\bend of (?:the )?(?:calendar )?month\b|\bEOM\b|\bmonth[- ]end\b|\bend of month\b", re.IGNORECASE
)


def end_of_month_of(
    due: Due, starts: Starts | None
) -> tuple[Literal["end_then_days", "days_then_end", "unclear"] | None, Starts | None, list[str]]:
    """Which way "30 days end of month" is meant; both readings are noted where the text does not say."""
    if due.length is None:
        return None, starts, []
    text = due.sentence.text
    after = text[due.length.end : due.length.end + 130]
    of_invoice = (
        r"\bend of (?:the )?(?:calendar )?month (?:of|in which|during which|following)\b[^.;]{0,60}\b"
        r"(?:invoice|receipt|received|issued|dated|delivery|delivered)"
    )
    of_money = patterns.search(r"\breceived (?:the |such |its )?payments?\b", after)
    if of_money is None and (match := patterns.search(of_invoice, after)):
        anchored = re.match(r"\W{0,3}(?:days\s)?(?:of|from|after|following)\s", after)
        start: Starts = (
            "invoice_receipt"
            if re.search(r"recei", match.group())
            else "delivery"
            if "deliver" in match.group()
            else "invoice_date"
        )
        return ("end_then_days" if anchored else "days_then_end"), start, []
    before = text[max(0, due.length.start - 60) : due.length.start]
    if patterns.search(r"\bend of (?:the )?month\b[^.;]{0,30}(?:plus|\+|and then|followed by)\W*$", before):
        return "end_then_days", starts or "invoice_date", []
    joined = _EOM.search(after[:40])
    if joined and patterns.match(
        r"[\s,;(+]*(?:net\s)?(?:to the |at the |by the |and )?(?:end of|EOM|month)", after
    ):
        note = (
            "“end of month” can mean the end of the month plus the days, or the end of the month in "
            "which the days end; "
            "the text does not say which"
        )
        return "unclear", starts if starts not in (None, "period_end") else "invoice_date", [note]
    return None, starts, []
