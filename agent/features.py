"""What a sentence says about each field of a plan: kinds, outcomes, whose promise, list items, topic.

Each function looks at concepts and shapes of the rewritten sentence and knows nothing of the others'
answers, but for the kinds, which several need.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from agent.intents import is_yes_no, names_nobody
from agent.lexicon import GRAMMAR, KIND_CONCEPTS, concept_of, topic_of
from agent.plan import Items, Owed, Role, Window
from agent.sentence import Sentence

_OUTCOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("breach", ("breached",)),
    ("late", ("breached",)),
    ("risk", ("at_risk",)),
    ("pending", ("pending", "at_risk")),
    ("undetermined", ("undetermined",)),
    ("kept", ("met",)),
)
POINTING = r"\bTHEY (?!\w*(?:month|week|year|quarter))|\bTHEY$"
"""Words that point back to what was said before."""

PROMISES = frozenset(
    {"obligations", "obligation", "promises", "promise", "promised", "commitments", "duties", "terms"}
)
"""Words for promises of whatever kind."""

_DULL = "wording which contract we our they when deadline why past any status due change overview must"
_ANYBODY = frozenset({"who", "anyone", "anybody", "someone", "everyone", "everybody", "nobody"})
_UNDONE = frozenset({"missing", "outstanding", "unpaid", "overdue", "unclaimed", "open"})


def kinds_of(sentence: Sentence) -> tuple[str, ...]:
    found = [kind for concept, kinds in KIND_CONCEPTS if sentence.has(concept) for kind in kinds]
    if sentence.has("terminate") and not sentence.has("ticket"):
        found.append("renewal_notice")
    if sentence.has("credit") and "payment_due" in found and not sentence.has("invoice"):
        found.remove("payment_due")
    if sentence.has("owe") and not found:
        found += ["payment_due", "service_credit"]
    if "renewal_notice" in found and sentence.matches(r"\bwhat happens?\b"):
        found.append("renewal")
    if sentence.has("claim") and not found:
        found.append("service_credit")
    if not found and sentence.forms & {"overdue", "outstanding", "unpaid"}:
        found += ["payment_due", "reporting", "service_credit"]
    clocked = sentence.has("ticket") or (sentence.priorities and not found)
    if clocked and not {"response_time", "resolution_time"} & set(found):
        found += ["response_time", "resolution_time"]
    return tuple(dict.fromkeys(found))


def outcomes_of(sentence: Sentence) -> tuple[str, ...]:
    if sentence.has("kept") and sentence.matches(
        r"\b(?:not|isn|didn|hasn|doesn|haven|don|never|no)\b.* KEPT"
    ):
        return ("breached",)
    if sentence.matches(r"\b(?:no|not|never|without|nothing|zero)(?: \w+){0,2} BREACH\b|\bBREACH nothing\b"):
        return ("unbreached",)
    found = [outcome for concept, outcomes in _OUTCOMES if sentence.has(concept) for outcome in outcomes]
    if sentence.matches(r"\bRISK of\b"):
        return ("at_risk",)
    if not_done(sentence) and not (found or sentence.forms & {"overdue", "missing"}):
        found += ["breached", "pending", "at_risk"]
    if "pending" in found and undone(sentence, kinds_of(sentence)):
        found.append("breached")
    if "breached" in found and "met" in found:
        found.remove("met")
    return tuple(dict.fromkeys(found))


def tells_a_deed(sentence: Sentence) -> bool:
    """ "Have we given notice?" asks for what was done, "when must we" for a date."""
    deed = r"(?:did|has|have|had|was|were|hasn|haven|didn)\b"
    return sentence.matches(rf"^(?:so |and )*{deed}|\b(?:whether|if) (?:\w+ ){{0,3}}{deed}")


def topic_of_text(sentence: Sentence) -> str:
    """The words to look for in contract text: what is left once asking, naming and dating are gone."""
    dull = set(_DULL.split())
    said = [
        w.said
        for w in sentence.words
        if concept_of().get(w.form) not in dull and w.form not in GRAMMAR and not w.form.isdigit()
    ]
    return " ".join(dict.fromkeys([*sentence.priorities, *sentence.services, *sentence.sections, *said]))


def owed_of(sentence: Sentence, kinds: tuple[str, ...]) -> Owed:
    """Whose promises the question is about, from who stands where around the verb."""
    if sentence.matches(r"\bOWE (?:to )?WE\b|\bPAY WE\b|\bto WE\b"):
        return "to_us"
    if sentence.matches(r"\bWE (?:are |were |be |been )?OWE\b") and sentence.forms & {"owed", "entitled"}:
        return "to_us"
    if sentence.matches(r"\bWE (?:\w+ ){0,2}(?:BREACH|LATE|PAY|OWE|KEPT|RISK|REPORT)\b"):
        return "by_us"
    if sentence.matches(r"\bOUR (?:own )?(?:PAY|BREACH|TERMS|INVOICE)\b"):
        return "by_us"
    if "payment_due" not in kinds and "renewal_notice" not in kinds:
        somebody = sentence.has("vendor", "customer") or sentence.forms & _ANYBODY or sentence.names
        if somebody and not (sentence.has("we") and not sentence.has("vendor", "customer")):
            return "to_us"
    return "any"


def role_of(sentence: Sentence) -> Role:
    if sentence.has("vendor") and not sentence.has("customer"):
        return "vendor"
    if sentence.has("customer") and not sentence.has("vendor"):
        return "customer"
    return "any"


def items_of(sentence: Sentence) -> Items:
    """What a list or count is of: the noun after "which", "how many", "any"."""
    between = r"(?: (?!PERIOD)[a-z]+| WE| PENDING| LATE| PRIORITY| NAME)*? "
    ahead = rf"\b(?:WHICH|how many|ANY|there|of|what|WE|all)\b{between}"
    for items, concepts in (
        ("party", "VENDOR|CUSTOMER|PARTY"),
        ("contract", "CONTRACT"),
        ("record", "TICKET|INVOICE|REPORT"),
    ):
        if sentence.matches(ahead + f"(?:{concepts})\\b"):
            return items  # type: ignore[return-value]
    if sentence.forms & _ANYBODY:
        return "party"
    if sentence.has("vendor", "customer"):
        return "party"
    return "record" if sentence.has("ticket", "invoice") else "promise"


def covers(sentence: Sentence) -> bool:
    """The period says what a report, invoice or credit is for ("the October report", "credit for Q3")."""
    noun = r"(?:REPORT|INVOICE|CREDIT)"
    near = sentence.matches(rf"\bPERIOD (?:\w+ ){{0,3}}{noun}\b")
    return near or (any(f.role == "for" for f in sentence.periods) and sentence.matches(noun))


def strange_service(sentence: Sentence) -> tuple[str, ...]:
    """ "the mail service", said of nobody: a service we do not know rather than a word to leave out."""
    if not names_nobody(sentence) or not sentence.unknown:
        return ()
    said = "|".join(re.escape(word.lower()) for word in sentence.unknown)
    match = re.search(rf"\b({said}) (?:services?|systems?|platform|application|portal)\b", sentence.shape)
    return (match[1],) if match else ()


def asks_due(sentence: Sentence) -> bool:
    """By when something is or was to be done."""
    return sentence.has("due", "deadline", "must") or sentence.matches(r"\bby WHEN\b|\b(?:have|had|has) to\b")


def undone(sentence: Sentence, kinds: tuple[str, ...]) -> bool:
    """Only what has not been done yet is asked for: the missing report, the unpaid invoice."""
    if not {"reporting", "payment_due", "service_credit"} & set(kinds):
        return False
    return bool(_UNDONE & sentence.forms) or not_done(sentence)


def not_done(sentence: Sentence) -> bool:
    """ "Who has not paid", "which reports were not sent"."""
    deeds = "(?:PAY|CREDIT|REPORT|CLAIM|sent|given|received|arrived)"
    return sentence.matches(rf"\b(?:not|hasn|haven|didn|isn|aren|never)(?: yet| been)? {deeds}\b")


def claimed(sentence: Sentence) -> Literal["breach", "kept", "done", "any", "renews", ""]:
    """What a yes would claim, for a yes-or-no question."""
    if not is_yes_no(sentence):
        return ""
    if sentence.has("breach", "late", "risk"):
        return "breach"
    if sentence.has("kept") or sentence.matches(r"\bwithin (?:the |its |their )?(?:TERMS|time|target)\b"):
        negated = sentence.matches(r"\b(?:not|isn|didn|hasn|doesn|haven)\b.*")
        return "breach" if negated else "kept"
    if sentence.has("renew") and not tells_a_deed(sentence):
        return "renews"
    kinds = set(kinds_of(sentence)) & {"reporting", "payment_due", "service_credit", "renewal_notice"}
    deed = kinds and tells_a_deed(sentence) and not undone(sentence, tuple(kinds))
    if deed and not sentence.has("any", "claim"):
        return "done"
    return "any" if sentence.has("any", "claim", "owe") and not names_nobody(sentence) else ""


def looks_ahead(sentence: Sentence, windows: Sequence[Window], as_of: datetime) -> bool:
    """The question asks what is to come: it says so, or its period lies ahead."""
    if sentence.has("past", "breach", "late"):
        return False
    ahead = any(w.start and w.start >= as_of.date() for w in windows if not w.assumed)
    return ahead or sentence.has("upcoming", "due")


def clause_topics(sentence: Sentence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic_of()[w.form] for w in sentence.words if w.form in topic_of()))
