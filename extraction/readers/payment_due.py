"""payment_due: by when money must be paid, and from what day the time runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
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
from extraction.paying import PROVEN, UNDISPUTED, pays_by, pays_within, redacted_limits
from extraction.payment_events import OTHER_PART, moments
from extraction.payment_starts import Due, end_of_month_of, is_net, starts_of
from extraction.period_dues import AFTER_END, NO_PAYDAY, dues_at_period_ends, spelled
from extraction.quantities import ORDINAL, DurationMention, Mention, ordinal_value, redacted_durations
from extraction.sentences import Sentence
from extraction.sums import sums
from obligations.calendars.spec import Calendar
from obligations.document import Span
from obligations.terms import PaymentDue

KIND = "payment_due"
PAYING = re.compile(
    r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bremit\w*|\bdue\b|\breimburs\w+|\bsettle[ds]?\b|\bnet\b"
    r"|\brefund\w*|\binvoices?\b|\btransfer\w*\b|\bEOM\b"
    r"|\bfurnish (?:\w+ ){0,4}(?:fees|royalties|commissions)\b|\breplenish\w*|\bfunds\b|\bmonies\b"
    r"|\bbalance\b|\bfund(?:ed)?\b|\brepa(?:y|id)\b|\bdisburse[sd]?\b"
    r"|\b(?:deposit\w*|che(?:ck|que)s?|distribut(?:e|ions?)|commissions?|proceeds|compensate)\b",
    re.IGNORECASE,
)
_NOT_PAYMENT = re.compile(
    r"\b(?:disput\w+|object\w*|withhold\w*|overdue|past[- ]due|outstanding for|late|delinquen\w+|not "
    r"(?:been )?paid|remains? unpaid|unpaid for|contest\w*|reject\w*|"
    r"suspend\w*|terminat\w+|cure[ds]?|interest|discount|audit\w*|keep|retain\w*|records|barred|returned"
    r"|credit memo|claims?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Rolled:
    """The rule that moves a due day that is no business day."""

    roll: Literal["following", "preceding", "modified_following"] | None = None
    span: Span | None = None
    words: str = ""


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every time limit for paying, from prose and from "label: value" rows."""
    rolled = _roll(context)
    for sentence in context.sentences:
        if sentence.form == "heading" or not _may_pay(sentence):
            continue
        if is_example(sentence.text) or is_recital(sentence.text) or addresses_reader(sentence.text):
            continue
        if "postage" in sentence.lower or "registered mail" in sentence.lower:
            continue
        yield from _sentence(context, sentence, rolled)


_PAY_WORDS = (
    "pay",
    "paid",
    "remit",
    "due",
    "reimburs",
    "settle",
    "net",
    "refund",
    "invoice",
    "transfer",
    "eom",
    "furnish",
    "replenish",
    "fund",
    "disburse",
    "deposit",
    "check",
    "cheque",
    "distribut",
    "commission",
    "proceeds",
    "compensate",
    "monies",
    "balance",
)


def _may_pay(sentence: Sentence) -> bool:
    lower = sentence.lower
    return any(word in lower for word in _PAY_WORDS) and bool(PAYING.search(sentence.text))


def _sentence(context: Context, sentence: Sentence, rolled: _Rolled) -> Iterator[Draft | Unread]:
    found: list[Due] = []
    lengths = (*context.durations(sentence), *_net_numbers(sentence.text))
    for length in lengths:
        action = governing(sentence, length, lengths)
        if _is_due(sentence, length, action) or pays_within(sentence, length):
            found.append(
                Due(sentence, length, clause_at(sentence.text, length.start), length=length, action=action)
            )
    found += list(_days(sentence))
    found += [due for due in dues_at_period_ends(sentence) if _apart(sentence.text, due, found)]
    found = _without_restatements(sentence.text, found)
    found += [
        due
        for due in _at_moments(sentence)
        if _apart(sentence.text, due, found) or _other_part(sentence.text, due, found)
    ]
    for due in found:
        if not _is_instalment(context, due):
            yield _draft(context, due, rolled)
    if not found:
        yield from _redacted(context, sentence)


def _is_instalment(context: Context, due: Due) -> bool:
    """Does the time belong to a sum that an event makes due? That is a milestone payment, told once."""
    text = due.sentence.text
    if due.starts == "signature" or (
        due.day is not None and patterns.search(r"\b(?:each|every)\b", due.place.text)
    ):
        return False
    return any(
        found.what == "milestone"
        and found.sentence is due.sentence
        and (found.event or found.due_on)
        and clause_at(text, found.place.start) == due.clause
        and abs(found.place.start - due.place.start)
        < (420 if due.place.start - max(due.clause.start, due.sentence.body) < 40 else 160)
        for found in sums(context)
    )


_NET = re.compile(
    r"\bnet[\s-](?P<n>10|14|15|20|21|28|30|45|60|75|90|120)\b(?![,.]?\d|\s?(?:%|calendar|business|days?"
    r"|\())",
    re.IGNORECASE,
)


def _net_numbers(text: str) -> Iterator[DurationMention]:
    """ "net 30" without its unit means days."""
    for match in _NET.finditer(text):
        start, end = match.span("n")
        yield DurationMention(start, end, match["n"], value=Decimal(match["n"]), unit="day")


def _is_due(sentence: Sentence, length: DurationMention, action: Action | None) -> bool:
    """A limit for paying: not for disputing, nor a delay, a discount or a term of interest."""
    text = sentence.text
    if (length.unit in ("hour", "minute", "second") and length.value < 12) or length.unit in (
        "quarter",
        "year",
    ):
        return False
    if length.unit == "month" and not re.match(r"with ?in|no(?:t)? later", preposition(text, length.start)):
        return False
    if action is None and not _labelled(sentence, length):
        return False
    if action is not None and action.name not in ("pay", "invoice"):
        return False
    if action is not None and action.name == "invoice" and not is_net(text, length):
        return False
    if not (_is_limit(text, length) or is_net(text, length) or _labelled(sentence, length)):
        return False
    clause = clause_at(text, length.start)
    if is_failure(text, length.start) or is_negated(text, max(clause.start, length.start - 90), length.start):
        return False
    before = text[max(clause.start, length.start - 110) : length.start]
    after = text[length.end : length.end + 40]
    if patterns.match(r"[)\s-]{0,2}period\b", after) and patterns.search(
        r"\b(?:in|during|over) (?:any|each|every|a)\b\W*$", before
    ):
        return False
    if action is not None and _is_other(text, clause, action, length):
        return False
    if patterns.match(
        r"\W{0,2}(?:period )?(?:immediately )?(?:preceding|previous"
        r"|of (?:\w+ ){0,2}(?:charges|fees|payments))\b",
        after,
    ):
        return False
    if patterns.match(
        r"\s?(?:prior|before|in advance|notice|written notice|or more|overdue|late|past)\b",
        after,
    ):
        return False
    missed = patterns.search(
        r"\b(?:not|un)[ -]?paid\b[^.;]{0,60}$|\bfail\w*\b[^.;]{0,50}\bpa(?:y|id)\b[^.;]{0,40}$|\b"
        r"(?:overdue|past due|late payment|in arrears|default)\b[^.;]{0,60}$",
        before,
    )
    return not missed and not (in_condition(text, length.start) and not _concluded(text, length))


def _is_other(text: str, clause: Clause, action: Action, length: DurationMention) -> bool:
    """Does the limit hold for something else than the payment that is named before it?"""
    if _asked_else(text, clause, action) or _does_else(text, action, length):
        return True
    if PROVEN.search(text[: action.start][-40:]) or (length.unit == "month" and length.value >= 12):
        return True
    if action.name == "pay" and patterns.match(
        r" (?:processing|gateway|cards?|systems?|solutions?|methods?|plans?)\b", text[action.end :]
    ):
        return True
    between = text[action.end : length.start]
    stray = _NOT_PAYMENT.search(UNDISPUTED.sub(" ", between))
    if stray is not None and stray.group().lower() != "claims":
        return True
    return bool(
        patterns.search(
            r"\b(?:that|which|who|when|where)\s(?:[\w'-]+\s){0,4}?(?:occurs?|arises?|accrues?|made|received"
            r"|sold|shipped|contributes?"
            r"|exceeds?|invoiced|registered|placed)\b[^,]*$",
            between,
        )
    )


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


def _does_else(text: str, action: Action, length: DurationMention) -> bool:
    """Does something other than paying come between ("objects to a payment, it shall propose within …")?"""
    between = text[action.end : length.start]
    modals = list(
        patterns.words(r"\b(?:shall|will|must|agrees? to)\s(?:\w+ly\s|also\s)*(\w+)").finditer(between)
    )
    return bool(modals) and not patterns.match(
        r"(?:be|pay|pays|paid|become|make|remit|fall|not|reimburse|settle|send|transfer|occur|in|no)\b",
        modals[-1][1],
    )


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


def _labelled(sentence: Sentence, length: DurationMention) -> bool:
    """ "Payment terms | 30 days from the invoice date", or the same under such a heading."""
    label = patterns.search(
        r"\bpayment (?:terms?|period|due|target)\b|\bterms of payment\b|\bdue date\b",
        sentence.text[: length.start],
    )
    if label is None or length.start - label.end() >= 80:
        return False
    return not patterns.search(
        r"\b(?:agrees?|shall|will|must) (?:to )?(?!be\b|pay|become)\w+",
        sentence.text[label.end() : length.start],
    )


_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb"
    r"|Mar|Apr|Jun|Jul|Aug|Sept?"
    r"|Oct|Nov|Dec)\b\.?"
)
_DAY = re.compile(
    rf"\b(?:on or before|on or prior to|not? later th[ae]n|by|before|prior to|on|within|until"
    rf"|due)\s(?:the\s)?(?P<n>{ORDINAL})\s?"
    rf"(?:\(\s?\d{{1,2}}(?:st|nd|rd|th)?\s?\)\s?)?"
    rf"(?P<business>business |working )?(?P<calendar>calendar )?(?:day\s)?(?:of|in|after|following)\s"
    rf"(?:the\s|each\s|every\s|any\s|such\s|a\s)*"
    rf"(?P<rest>(?:(?:[\w-]+|\(\d+\))\s){{0,6}}?(?:month|quarter|year)s?|{_MONTHS})\b",
    re.IGNORECASE,
)
_NAMED_DAY = re.compile(
    rf"\b(?:on or before|on or prior to|not? later th[ae]n|by|before|prior to|on each|on|until|due"
    rf"|commencing|payable)\s(?:each\s|every\s)?"
    rf"(?P<month>{_MONTHS})\s(?P<n>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:)",
    re.IGNORECASE,
)


def _days(sentence: Sentence) -> Iterator[Due]:
    """ "on or before the 10th day of each month": a day of the month."""
    text = sentence.text
    for match in _DAY.finditer(text):
        number = ordinal_value(match["n"].replace(" ", ""))
        clause = clause_at(text, match.start())
        words = text[clause.start : clause.end]
        if AFTER_END.search(match.group()) or (
            patterns.match(_MONTHS, match["rest"])
            and patterns.search(r"\b(?:commenc|begin|start|effective)\w* $", text[: match.start()][-14:])
        ):
            continue
        if (
            number is None
            or not 1 <= number <= 31
            or (match["business"] and (number > 1 or not _paid_before(text, match.start())))
            or re.search(r"years?$", match["rest"].lower())
        ):
            continue
        if not patterns.search(r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bdue\b|\bremit", words) or (
            patterns.search(r"\breports?\b|\bstatements?\b", text[clause.start : match.start()])
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
        place = Mention(match.start(), match.end(), match.group())
        yield _counted(Due(sentence, place, clause), number, match["rest"])
    yield from _named_days(sentence)


def _paid_before(text: str, at: int) -> bool:
    return (
        patterns.search(r"\b(?:pay|paid|payable|payments?|due|remit\w*)\b[^.;]{0,60}$", text[:at]) is not None
    )


def _counted(due: Due, number: int, rest: str) -> Due:
    """A day of the month; that of a quarter is so many days after the quarter before it."""
    if number > 1 and patterns.search(r"quarters?$", rest):
        due.length, due.starts = spelled(due.place, number, "day", business=False), "period_end"
    else:
        due.day = number
    return due


_RECEIPT = re.compile(r"\breceipt of (?:\w+ ){0,2}payments?\b", re.IGNORECASE)


def _named_days(sentence: Sentence) -> Iterator[Due]:
    """ "on or before January 1 and July 1 of each year": one promise, by the first of its days.

    A sum that is due once on a printed day is a milestone payment; here only what recurs, or has no sum.
    """
    text = sentence.text
    for match in _NAMED_DAY.finditer(text):
        clause = clause_at(text, match.start())
        words = _RECEIPT.sub(" ", text[clause.start : match.start()])
        again = patterns.search(
            r"\b(?:each|every|following|thereafter|quarterly|monthly|annual|instal+ments|per)\b", text
        )
        limit = patterns.match(r"on or|no|by|due|payable|before", match.group())
        if not patterns.search(_PAID, words[-110:]) or (patterns.search(r"[$€£]", text) and not again):
            continue
        if not again and not limit:
            continue
        if not patterns.search(_MONEY_DUE, text[clause.start : clause.end]):
            continue
        if is_failure(text, match.start()) or patterns.search(NO_PAYDAY, words):
            continue
        yield Due(sentence, Mention(match.start(), match.end(), match.group()), clause, day=int(match["n"]))
        return


_PAID = r"\bpay(?:s|able|ments?|ing)?\b|\bpaid\b|\bdue\b(?! diligence)|\bremit|\binstal+ments?\b"
_MONEY_DUE = (
    r"\bpay\w*\b|\bpaid\b|\bremit|\bfees?\b|\broyalt|\bamounts?\b|\binstal+ment|\bbalance\b|\bsums?\b"
    r"|\binvoice|\brent\b"
    r"|\brefund"
)


def _at_moments(sentence: Sentence) -> Iterator[Due]:
    for moment in sorted(moments(sentence), key=lambda m: m.place.start):
        clause = clause_at(sentence.text, moment.place.start)
        yield Due(sentence, moment.place, clause, starts=moment.starts)


def _apart(text: str, due: Due, others: list[Due]) -> bool:
    """Is no other limit stated in the same clause, which says when exactly?"""
    return all(clause_at(text, other.place.start) != due.clause for other in others)


def _other_part(text: str, due: Due, others: list[Due]) -> bool:
    """Is the event that of another part of the money ("half on order, the balance within 30 days")?"""
    return all(
        OTHER_PART.search(text[due.place.end : other.place.start])
        for other in others
        if other.clause == due.clause
    )


def _without_restatements(text: str, found: list[Due]) -> list[Due]:
    kept: list[Due] = []
    for due in sorted(found, key=lambda d: d.place.start):
        between = text[kept[-1].place.end : due.place.start] if kept else ""
        if kept and patterns.match(r"^\s?\(?(?:i\.e\.|that is|or|=)?[\s,]{0,2}(?:within|net)?\s?$", between):
            continue
        kept.append(due)
    return kept


def _draft(context: Context, due: Due, rolled: _Rolled) -> Draft:
    text = due.sentence.text
    starts, read_from = starts_of(due)
    end_of_month, starts, month_notes = end_of_month_of(due, starts)
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
    # The text has two readings of the day itself: for a person, however surely the words are read.
    return sketch.draft(context).model_copy(update={"contested": bool(month_notes)})


def _calendar(context: Context, named: DefinedTerm | None, rolled: _Rolled) -> Calendar | None:
    if named is not None:
        return named.calendar
    if rolled.roll is not None and (day := context.definitions.calendar_named(rolled.words)):
        return day.calendar
    return None


def _payer(context: Context, due: Due) -> str:
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


def _key(due: Due) -> str:
    """What is paid: invoices above all; royalties, expenses and the like by their own name."""
    text = due.sentence.text
    words = text[due.clause.start : min(due.clause.end, due.place.end + 90)]
    for name, pattern in _KEYS:
        if patterns.search(pattern, words):
            return name
    return "invoices" if patterns.search(r"\binvoic", f"{text} {due.sentence.topic}") else "payment"


def _redacted(context: Context, sentence: Sentence) -> Iterator[Unread]:
    """A firm promise to pay whose time is blacked out."""
    gaps = (*redacted_durations(sentence.text), *redacted_limits(sentence.text))
    for gap in sorted(gaps, key=lambda g: g.start):
        action = governing(sentence, gap)
        pays = (action is not None and action.name == "pay") or pays_by(sentence, gap)
        if action is not None and PROVEN.search(sentence.text[: action.start][-40:]):
            continue
        if pays and not is_failure(sentence.text, gap.start):
            starts, _ = starts_of(Due(sentence, gap, clause_at(sentence.text, gap.start), action=action))
            yield Unread(
                kind=KIND,
                span=context.span(sentence),
                why="the time for payment is redacted",
                known={"starts": starts} if starts else {},
            )
            return


_ROLL = re.compile(
    r"\b(?:not (?:be )?an? (?:business|working|banking) day|(?:falls?|fall|due) on (?:an? )?(?:day "
    r"(?:that|which) is not|saturday|sunday|weekend|non-|day other|holiday|public holiday)"
    r"|other than an? (?:business|working) day)\b",
    re.IGNORECASE,
)


def _roll(context: Context) -> _Rolled:
    for sentence in context.prose():
        text = sentence.text
        if "day" not in sentence.lower and "weekend" not in sentence.lower:
            continue
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
