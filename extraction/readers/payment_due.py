"""payment_due: by when money must be paid, and from what day the time runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from extraction import patterns
from extraction.actions import governing
from extraction.clauses import (
    addresses_reader,
    clause_at,
    is_example,
    is_failure,
    is_recital,
    preposition,
)
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import DefinedTerm, Draft, Unread
from extraction.pay_limits import is_time_to_pay
from extraction.paydays import paydays
from extraction.paying import PROVEN, pays_by, pays_within, redacted_limits
from extraction.payment_events import OTHER_PART, moments
from extraction.payment_starts import Due, end_of_month_of, starts_of
from extraction.period_dues import dues_at_period_ends
from extraction.quantities import DurationMention, redacted_durations
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
        if is_time_to_pay(sentence, length, action) or pays_within(sentence, length):
            found.append(
                Due(sentence, length, clause_at(sentence.text, length.start), length=length, action=action)
            )
    found += list(paydays(sentence))
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
