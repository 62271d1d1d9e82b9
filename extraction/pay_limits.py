"""Whether a length of time is one for paying: not for disputing, nor a delay, a discount or interest."""

import re

from extraction import patterns
from extraction.actions import Action
from extraction.clauses import (
    Clause,
    clause_at,
    in_condition,
    is_failure,
    is_negated,
    open_condition,
    preposition,
)
from extraction.paying import PROVEN, UNDISPUTED
from extraction.payment_starts import is_net
from extraction.quantities import DurationMention
from extraction.sentences import Sentence

_NOT_PAYMENT = re.compile(
    r"\b(?:disput\w+|object\w*|withhold\w*|overdue|past[- ]due|outstanding for|late|delinquen\w+|not "
    r"(?:been )?paid|remains? unpaid|unpaid for|contest\w*|reject\w*|"
    r"suspend\w*|terminat\w+|cure[ds]?|interest|discount|audit\w*|keep|retain\w*|records|barred|returned"
    r"|credit memo|claims?)\b",
    re.IGNORECASE,
)


def is_time_to_pay(sentence: Sentence, length: DurationMention, action: Action | None) -> bool:
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
