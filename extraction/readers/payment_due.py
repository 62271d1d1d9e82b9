"""payment_due: by when money must be paid, and from what day the time runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from extraction import patterns
from extraction.actions import Action, governing
from extraction.clauses import (
    Clause,
    addresses_reader,
    clause_at,
    in_condition,
    is_example,
    is_failure,
    is_negated,
    is_recital,
    open_condition,
    preposition,
)
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import DefinedTerm, Draft, Unread
from extraction.quantities import ORDINAL, DurationMention, Mention, ordinal_value, redacted_durations
from extraction.sentences import Sentence
from obligations.document import Span
from obligations.terms import PaymentDue, Starts

KIND = "payment_due"
PAYING = re.compile(
    r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bremit\w*|\bdue\b|\breimburs\w+|\bsettle[ds]?\b|\bnet\b"
    r"|\brefund\w*|\binvoices?\b|\btransfer\w*\b|\bEOM\b",
    re.IGNORECASE,
)
_NOT_PAYMENT = re.compile(
    r"\b(?:disput\w+|object\w*|withhold\w*|overdue|past[- ]due|outstanding for|late|delinquen\w+|not "
    r"(?:been )?paid|remains? unpaid|unpaid for|contest\w*|reject\w*|"
    r"suspend\w*|terminat\w+|cure[ds]?|interest|discount|audit\w*|keep|retain\w*|records|barred|returned"
    r"|credit memo|claims?)\b",
    re.IGNORECASE,
)
_STARTS: tuple[tuple[Starts, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
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
            r"(?:\w+ ){0,3}(?:months?|quarters?|years?|periods?|weeks?|half|semester|season|term)\b|"
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
        ("termination", r"\b(?:effective date of (?:such |the |any )?)?(?:terminat|expir|cancel)\w*\b"),
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
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every time limit for paying, from prose and from "label: value" rows."""
    rolled = _roll(context)
    for sentence in context.sentences:
        if sentence.form == "heading" or not PAYING.search(sentence.text):
            continue
        if is_example(sentence.text) or is_recital(sentence.text) or addresses_reader(sentence.text):
            continue
        yield from _sentence(context, sentence, rolled)


@dataclass
class _Due:
    """A limit found, with the words around it."""

    sentence: Sentence
    place: Mention
    clause: Clause
    length: DurationMention | None = None
    day: int | None = None
    action: Action | None = None
    notes: list[str] = field(default_factory=list)


def _sentence(context: Context, sentence: Sentence, rolled: "_Rolled") -> Iterator[Draft | Unread]:
    found: list[_Due] = []
    lengths = context.durations(sentence)
    for length in lengths:
        action = governing(sentence, length, lengths)
        if _is_due(sentence, length, action):
            found.append(
                _Due(sentence, length, clause_at(sentence.text, length.start), length=length, action=action)
            )
    found += list(_days(sentence))
    found = _without_restatements(sentence.text, found)
    for due in found:
        yield _draft(context, due, rolled)
    if not found:
        yield from _redacted(context, sentence)


def _is_due(sentence: Sentence, length: DurationMention, action: Action | None) -> bool:
    """A limit for paying: not for disputing, nor a delay, a discount or a term of interest."""
    text = sentence.text
    if length.unit in ("hour", "minute", "second") and length.value < 12 or length.unit == "year":
        return False
    if action is None or action.name not in ("pay", "invoice"):
        if not (action is None and _labelled(sentence, length)):
            return False
    if action is not None and action.name == "invoice" and not _net(text, length):
        return False
    if not (_is_limit(text, length) or _net(text, length) or _labelled(sentence, length)):
        return False
    clause = clause_at(text, length.start)
    if is_failure(text, length.start) or is_negated(text, max(clause.start, length.start - 90), length.start):
        return False
    before = text[max(clause.start, length.start - 110) : length.start]
    after = text[length.end : length.end + 40]
    if patterns.match(
        r"\s?(?:immediately )?(?:preceding|previous|of (?:\w+ ){0,2}(?:charges|fees|payments))\b",
        after,
    ):
        return False
    if action is not None and _asked_else(text, clause, action):
        return False
    if patterns.match(
        r"\s?(?:prior|before|in advance|notice|written notice|or more|overdue|late|past)\b",
        after,
    ):
        return False
    if (
        action is not None
        and (stray := _NOT_PAYMENT.search(text, action.end, length.start))
        and stray.group().lower() != "claims"
    ):
        return False
    missed = patterns.search(
        r"\b(?:not|un)[ -]?paid\b[^.;]{0,60}$|\bfail\w*\b[^.;]{0,50}\bpa(?:y|id)\b[^.;]{0,40}$|\b"
        r"(?:overdue|past due|late payment|in arrears|default)\b[^.;]{0,60}$",
        before,
    )
    return not missed and not (in_condition(text, length.start) and not _concluded(text, length))


def _asked_else(text: str, clause: Clause, action: Action) -> bool:
    """Is paying only mentioned ("must notify the dispute before payment is due, or within …")?"""
    mentioned = patterns.search(
        r"\b(?:before|after|until|when|that|which|whether|if|for)\s(?:[\w'-]+\s){0,4}$",
        text[clause.start : action.start],
    )
    if mentioned is None:
        return False
    main = patterns.search(
        r"\b(?:shall|will|must|may)\s(?:\w+\s){0,2}(?:notify|inform|dispute|object|contest|advise|reject)\b",
        text[clause.start : clause.start + mentioned.start()],
    )
    return main is not None


def _concluded(text: str, length: DurationMention) -> bool:
    """An "if" clause that states when to pay within itself, unless it tells what was missed."""
    opened = open_condition(text, length.start)
    before = text[opened if opened is not None else 0 : length.start]
    concluded = re.search(r"\b(?:shall|will|must|is|are) (?:be )?(?:due|pay|paid|payable|remit)", before)
    return ("," in before or bool(concluded)) and not re.search(
        r"\bdiscount\b|\brebate\b", text[length.end : length.end + 90]
    )


def _is_limit(text: str, length: DurationMention) -> bool:
    said = preposition(text, length.start)
    if re.match(
        r"every|each|at least|not less than|more than|minimum|prior|for\b|during|over|after|following"
        r"|next|first|and|or\b|from|on\b",
        said,
    ):
        return bool(re.match(r"after|following", said)) and bool(
            re.search(r"\b(?:due|payable)\b[^.;]{0,20}$", text[: length.start])
        )
    return bool(
        re.match(
            r"with ?in|no(?:t)? (?:later|more|longer)|(?:not|never)|in\b|is\b|are\b|be\b|by\b|of\b|:|\|"
            r"|=|\(|net\b|at the latest|up to|term|time|a\b|maximum|max|\d|period of|inside|at\b",
            said,
        )
    ) or (
        said == ""
        and bool(
            patterns.search(
                r"\b(?:payable|due|paid|pay|net|payment)\W{0,3}(?:terms?\W{1,3})?$",
                text[max(0, length.start - 24) : length.start],
            )
        )
    )


def _net(text: str, length: DurationMention) -> bool:
    """ "net 30 days", "30 days net"."""
    return bool(
        patterns.search(r"\bnet[- ]\(?$", text[max(0, length.start - 6) : length.start])
        or patterns.match(r"[\s,]{1,2}(?:strictly )?net\b", text[length.end : length.end + 14])
    )


def _labelled(sentence: Sentence, length: DurationMention) -> bool:
    """ "Payment terms | 30 days from the invoice date", or the same under such a heading."""
    label = patterns.search(
        r"\bpayment (?:terms?|period|due|target)\b|\bterms of payment\b|\bdue date\b",
        sentence.text[: length.start],
    )
    return bool(label) and length.start - label.end() < 80 if label else False


_DAY = re.compile(
    rf"\b(?:on or before|not? later than|by|before|on|within|until)\s(?:the\s)?(?P<n>{ORDINAL})\s?"
    rf"(?:\(\s?\d{{1,2}}(?:st|nd|rd|th)?\s?\)\s?)?"
    rf"(?P<business>business |working )?(?P<calendar>calendar )?(?:day\s)?(?:of|in|after|following)\s"
    rf"(?:the\s|each\s|every\s|any\s|such\s|a\s)?"
    rf"(?P<rest>(?:[\w-]+\s){{0,4}}?(?:month|quarter|year)s?)\b",
    re.IGNORECASE,
)


def _days(sentence: Sentence) -> Iterator[_Due]:
    """ "on or before the 10th day of each month": a day of the month."""
    text = sentence.text
    for match in _DAY.finditer(text):
        number = ordinal_value(match["n"].replace(" ", ""))
        clause = clause_at(text, match.start())
        words = text[clause.start : clause.end]
        if (
            number is None
            or not 1 <= number <= 31
            or match["business"]
            or "month" not in match["rest"].lower()
        ):
            continue
        if (
            not patterns.search(r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bdue\b|\bremit", words)
            or patterns.search(r"\breports?\b|\bstatements?\b", text[clause.start : match.start()])
            and not patterns.search(r"\bpay|\bdue\b|\bremit", text[clause.start : match.start()])
        ):
            continue
        action = governing(sentence, Mention(match.start(), match.end(), match.group()))
        if action is not None and action.name in ("invoice", "report"):
            continue
        if is_failure(text, match.start()) or patterns.search(
            r"\breceived by\b[^.;]{0,30}$|\binvoices?\b[^.;]{0,25}\b(?:received|submitted"
            r"|dated)\b[^.;]{0,12}$",
            text[clause.start : match.start()],
        ):
            continue
        yield _Due(sentence, Mention(match.start(), match.end(), match.group()), clause, day=number)


def _without_restatements(text: str, found: list[_Due]) -> list[_Due]:
    kept: list[_Due] = []
    for due in sorted(found, key=lambda d: d.place.start):
        between = text[kept[-1].place.end : due.place.start] if kept else ""
        if kept and patterns.match(r"^\s?\(?(?:i\.e\.|that is|or|=)?[\s,]{0,2}(?:within|net)?\s?$", between):
            continue
        kept.append(due)
    return kept


def _draft(context: Context, due: _Due, rolled: "_Rolled") -> Draft:
    text = due.sentence.text
    starts, read_from = _starts(due)
    end_of_month, starts, month_notes = _end_of_month(due, starts)
    business = bool(due.length and due.length.business)
    calendar = context.definitions.calendar_named(due.length.text) if business and due.length else None
    terms = PaymentDue(
        within=due.length.duration if due.length else None,
        day=due.day,
        starts=starts,
        clock=None if due.length is None else ("business" if business else "calendar"),
        end_of_month=end_of_month,
        roll=rolled.roll,
        calendar=_calendar(context, calendar, rolled),
        due="before"
        if re.search(r"\b(?:before|less than|under)$", preposition(text, due.place.start))
        else "at_or_before",
    )
    sketch = from_sentence(context, due.sentence, terms, due.place)
    sketch.key = _key(due)
    sketch.debtor = _payer(context, due)
    sketch.notes += month_notes
    if calendar is not None:
        sketch.basis.append(calendar.span)
    elif business:
        sketch.features.append("unknown_calendar")
        sketch.notes.append("business days are not defined in this document")
    if rolled.span is not None:
        sketch.basis.append(rolled.span)
    if month_notes:
        sketch.features.append("ambiguous")
    if read_from == "convention":
        sketch.assumed.append("starts")
        sketch.notes.append('"net" without a starting day; counted from the invoice date')
    return sketch.draft(context)


def _calendar(context: Context, named: DefinedTerm | None, rolled: "_Rolled"):  # type: ignore[no-untyped-def]
    if named is not None:
        return named.calendar
    if rolled.roll is not None and (day := context.definitions.calendar_named(rolled.words)):
        return day.calendar
    return None


def _payer(context: Context, due: _Due) -> str:
    """Who pays: the subject of the sentence, or the payer of the contract where none is named."""
    text = due.sentence.text
    subject = context.roles.subject(due.sentence, due.place.start)
    passive = patterns.search(
        r"\b(?:payments?|invoices?|amounts?|fees?|charges?|sums?|all)\b[^.;]{0,90}\b(?:is|are|be|become"
        r"|becomes|fall)\s(?:\w+\s){0,2}(?:payable|due|paid|made)",
        text,
    )
    if subject and not (
        passive
        and subject == context.roles.provider
        and not re.search(rf"\bby (?:the )?{re.escape(subject)}", text)
    ):
        return subject
    return context.roles.payer


_ANCHOR = re.compile(
    r"^\W{0,3}(?:\([^()]{0,30}\)\s)?(?:net\s|period\s|time\s|term\s|calendar\s|days?\s)*(?:of|after|from"
    r"|following|upon|since|as of|as from|to|counted from|calculated from|"
    r"running from|starting (?:on|from|with)|beginning (?:on|with)|commencing (?:on|with)|measured from"
    r"|against|subsequent to|on|thereafter)\b(?P<words>[^;]{0,170})",
    re.IGNORECASE,
)


def _starts(due: _Due) -> tuple[Starts | None, str]:
    """From what day the time runs: the words after the limit, the words before it, or convention."""
    text = due.sentence.text
    clause = due.clause
    if due.day is not None:
        return _day_starts(due), "after"
    if anchor := _ANCHOR.match(text[due.place.end : clause.end + 40]):
        words = anchor.group()
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
    if due.length is not None and _net(text, due.length):
        return "invoice_date", "convention"
    if patterns.match(r"\s?(?:invoice|of invoice)", text[due.place.end :]):
        return "invoice_date", "after"
    return None, ""


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
    if receipt and dated and dated[0] <= receipt[0] + 30:
        return "invoice_receipt" if receipt[0] <= dated[0] else "invoice_date"
    return min(places)[2]


def _day_starts(due: _Due) -> Starts | None:
    """The day of a month follows the month in which something happened."""
    words = due.sentence.text[due.place.end : due.place.end + 120]
    if re.match(r"\s?(?:following|after|in which|next)", words) or re.search(
        r"following|next|succeeding", due.place.text
    ):
        return _first_start(words) or "period_end"
    return "period_end" if patterns.search(r"following|next|after", due.place.text) else None


_EOM = re.compile(
    r"\bend of (?:the )?(?:calendar )?month\b|\bEOM\b|\bmonth[- ]end\b|\bend of month\b", re.IGNORECASE
)


def _end_of_month(
    due: _Due, starts: Starts | None
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
    if match := patterns.search(of_invoice, after):
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
            "“end of month” can mean the end of the month plus the days, or the end of the month in which the days end; "
            "the text does not say which"
        )
        return "unclear", starts if starts not in (None, "period_end") else "invoice_date", [note]
    return None, starts, []


_KEYS = (
    ("royalties", r"\broyalt"),
    ("commission", r"\bcommission"),
    ("expenses", r"\bexpenses?\b|\breimburs"),
    ("refund", r"\brefund"),
    ("deposit", r"\bdeposit\b|\bdown ?payment"),
    ("rent", r"\brent\b"),
    ("taxes", r"\btax(?:es)?\b"),
    ("invoices", r"\binvoic\w+|\bnet\b|\bbill(?:s|ed)?\b"),
    ("fees", r"\bfees?\b|\bcharges?\b"),
)


def _key(due: _Due) -> str:
    """What is paid: invoices above all; royalties, expenses and the like by their own name."""
    text = due.sentence.text
    words = text[due.clause.start : min(due.clause.end, due.place.end + 90)]
    for name, pattern in _KEYS:
        if patterns.search(pattern, words):
            return name
    return "invoices" if patterns.search(r"\binvoic", f"{text} {due.sentence.topic}") else "payment"


def _redacted(context: Context, sentence: Sentence) -> Iterator[Unread]:
    """A firm promise to pay whose time is blacked out."""
    for gap in redacted_durations(sentence.text):
        action = governing(sentence, gap)
        if action is not None and action.name == "pay" and not is_failure(sentence.text, gap.start):
            yield Unread(kind=KIND, span=context.span(sentence), why="the time for payment is redacted")
            return


@dataclass(frozen=True)
class _Rolled:
    """The rule that moves a due day that is no business day."""

    roll: Literal["following", "preceding", "modified_following"] | None = None
    span: Span | None = None
    words: str = ""


_ROLL = re.compile(
    r"\b(?:not (?:be )?an? (?:business|working|banking) day|(?:falls?|fall|due) on (?:an? )?(?:day "
    r"(?:that|which) is not|saturday|sunday|weekend|non-|day other|holiday|public holiday)"
    r"|other than an? (?:business|working) day)\b",
    re.IGNORECASE,
)


def _roll(context: Context) -> _Rolled:
    for sentence in context.prose():
        text = sentence.text
        if (
            not _ROLL.search(text)
            or not patterns.search(r"\bpay|\bdue\b", text)
            or patterns.search(r"\bnotice\b", text)
        ):
            continue
        later = patterns.search(
            r"\b(?:next|following|succeeding|first)\b[^.;]{0,40}\b(?:business|working|banking) day",
            text,
        )
        earlier = patterns.search(
            r"\b(?:preceding|previous|prior|last)\b[^.;]{0,40}\b(?:business|working|banking) day",
            text,
        )
        if later or earlier:
            both = (
                later
                and earlier
                and patterns.search(r"\bsame (?:calendar )?month|\bnext (?:calendar )?month|\bunless\b", text)
            )
            roll: Literal["following", "preceding", "modified_following"] = (
                "modified_following" if both else ("following" if later else "preceding")
            )
            return _Rolled(roll, context.span(sentence), text)
    return _Rolled()
