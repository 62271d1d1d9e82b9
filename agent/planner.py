"""The embedded planner: a question in English to a `Plan`, in pure Python, without a model.

It works on concepts, names, records, services, priorities and periods, not on whole sentences, so that
a phrasing nobody wrote down is still understood. What it does not understand it says (`Plan.unknown`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from agent.deps import NameMatch, ThreadState
from agent.follow import follow
from agent.intents import intent_of, is_yes_no, looks_like_a_name, names_nobody
from agent.lexicon import ADVICE, GRAMMAR, KIND_CONCEPTS, concept_of, no_data_of, topic_of
from agent.phrases import SLA_KINDS
from agent.plan import CONTRACT_KINDS, Intent, Items, Owed, Plan, Role, Window, default_window
from agent.sentence import Known, Sentence, read
from agent.words import clean

_OUTCOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("breach", ("breached",)),
    ("late", ("breached",)),
    ("risk", ("at_risk",)),
    ("pending", ("pending", "at_risk")),
    ("undetermined", ("undetermined",)),
    ("kept", ("met",)),
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_POINTING = r"\bTHEY (?!\w*(?:month|week|year|quarter))|\bTHEY$"
_PROMISES = frozenset(
    {"obligations", "obligation", "promises", "promise", "promised", "commitments", "duties", "terms"}
)
_DULL = "wording which contract we our they when deadline why past any status due change overview must"
_ANYBODY = frozenset({"who", "anyone", "anybody", "someone", "everyone", "everybody", "nobody"})
_UNDONE = frozenset({"missing", "outstanding", "unpaid", "overdue", "unclaimed", "open"})


@dataclass(frozen=True)
class PlanContext:
    """What understanding a question may look at.

    `as_of` is zone-aware; `names` finds parties and contracts in a text; `services` are the names of
    services that promises are about, `ours` the names of the company we act for; `previous` is what the
    thread remembers.
    """

    as_of: datetime
    names: Callable[[str], Sequence[NameMatch]]
    services: Sequence[str] = ()
    ours: Sequence[str] = ()
    previous: ThreadState | None = None


def plan(question: str, context: PlanContext) -> Plan:
    """The plan of a question; raises QuestionError for one that cannot be taken."""
    known = Known(context.names, tuple(context.services), tuple(context.ours))
    sentence = _read(clean(question), context.as_of.date(), known)
    fresh = _plan(sentence, context)
    return follow(fresh, sentence, context.previous)


def _read(text: str, today: date, known: Known) -> Sentence:
    """The sentence that asks. Of several, the last with a question mark; what the others name is kept
    where it names nothing itself."""
    asking = [s for s in _SENTENCES.split(text) if s.rstrip().endswith("?")]
    if not asking or asking[-1] == text:
        return read(text, today, known)
    sentence = read(asking[-1], today, known)
    if names_nobody(sentence):
        whole = read(text, today, known)
        sentence.names, sentence.records, sentence.services = whole.names, whole.records, whole.services
    return sentence


def _plan(sentence: Sentence, context: PlanContext) -> Plan:
    intent = intent_of(sentence)
    kinds = _kinds(sentence)
    outcomes = _outcomes(sentence)
    topic = _topic(sentence)
    intent, why_not = _in_scope(sentence, intent, kinds, outcomes)
    if intent in ("status", "list", "date", "money") and _asks_a_clause(sentence, kinds, outcomes):
        intent = "wording"
    windows, judged_at, notes = _windows(sentence, context.as_of)
    items = _items(sentence)
    ahead = _looks_ahead(sentence, windows, context.as_of)
    intent = _settled(sentence, intent, kinds, outcomes, ahead)
    return Plan(
        intent=intent,
        names=tuple(group[0].said for group in sentence.names),
        records=tuple(sentence.records),
        services=tuple(sentence.services) or _strange_service(sentence),
        kinds=kinds,
        priorities=tuple(dict.fromkeys(sentence.priorities)),
        outcomes=outcomes,
        owed=_owed(sentence, kinds),
        role=_role(sentence),
        items=items,
        windows=windows,
        covers=_covers(sentence),
        upcoming=ahead,
        asks_due=sentence.has("due", "deadline", "must")
        or sentence.matches(r"\bby WHEN\b|\b(?:have|had|has) to\b"),
        undone=_undone(sentence, kinds),
        refers_back=names_nobody(sentence) and sentence.matches(_POINTING) and items == "promise",
        yes_no=_claimed(sentence),
        topic=topic,
        every_promise=intent == "wording" and not kinds and bool(sentence.forms & _PROMISES),
        sections=tuple(sentence.sections),
        unknown=tuple(sentence.unknown),
        judged_at=judged_at,
        notes=notes,
        why_not=why_not,
    )


def _settled(
    sentence: Sentence, intent: Intent, kinds: tuple[str, ...], outcomes: tuple[str, ...], ahead: bool
) -> Intent:
    """The intent once it is known what the question says and does not say."""
    if sentence.has("overview") and not outcomes:
        sides = sentence.has("vendor", "customer", "party") and names_nobody(sentence)
        return "compare" if sides else "status"
    if intent in ("status", "list") and not outcomes and not kinds and sentence.forms & _PROMISES:
        return "wording"
    if intent == "date" and kinds and set(kinds) <= SLA_KINDS and not (outcomes or sentence.records):
        return "wording" if sentence.unknown else intent
    if intent != "status":
        return intent
    if names_nobody(sentence) and ahead:
        return "list"
    if kinds and set(kinds) <= CONTRACT_KINDS and not outcomes and not _tells_a_deed(sentence):
        return "date"
    everybody = sentence.has("vendor", "customer", "any") or sentence.matches(r"\bwhat should WE\b")
    if names_nobody(sentence) and (kinds or outcomes or everybody):
        return "list"
    unexplained = sentence.unknown and not (kinds or outcomes or sentence.has("status", "kept"))
    return "wording" if unexplained and not names_nobody(sentence) else intent


def _tells_a_deed(sentence: Sentence) -> bool:
    """ "Have we given notice?" asks for what was done, "when must we" for a date."""
    deed = r"(?:did|has|have|had|was|were|hasn|haven|didn)\b"
    return sentence.matches(rf"^(?:so |and )*{deed}|\b(?:whether|if) (?:\w+ ){{0,3}}{deed}")


def _kinds(sentence: Sentence) -> tuple[str, ...]:
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


def _outcomes(sentence: Sentence) -> tuple[str, ...]:
    if sentence.has("kept") and sentence.matches(
        r"\b(?:not|isn|didn|hasn|doesn|haven|don|never|no)\b.* KEPT"
    ):
        return ("breached",)
    if sentence.matches(r"\b(?:no|not|never|without|nothing|zero)(?: \w+){0,2} BREACH\b|\bBREACH nothing\b"):
        return ("unbreached",)
    found = [outcome for concept, outcomes in _OUTCOMES if sentence.has(concept) for outcome in outcomes]
    if sentence.matches(r"\bRISK of\b"):
        return ("at_risk",)
    if _not_done(sentence) and not (found or sentence.forms & {"overdue", "missing"}):
        found += ["breached", "pending", "at_risk"]
    if "pending" in found and _undone(sentence, _kinds(sentence)):
        found.append("breached")
    if "breached" in found and "met" in found:
        found.remove("met")
    return tuple(dict.fromkeys(found))


def _in_scope(
    sentence: Sentence, intent: Intent, kinds: tuple[str, ...], outcomes: tuple[str, ...]
) -> tuple[Intent, str]:
    """The intent, or `out_of_scope` with what the question is about instead."""
    if intent in ("help", "timeline"):
        return intent, ""
    subject = next((s for w in sentence.words if (s := no_data_of().get(w.form))), "")
    if subject and intent != "wording" and not outcomes and (not kinds or "who" in sentence.forms):
        return "out_of_scope", subject
    to_do = sentence.matches(r"\bwhat should WE (?:do|look|know|check|see)\b")
    if sentence.forms & ADVICE or (sentence.matches(r"\bshould WE\b") and not to_do):
        return "out_of_scope", "advice"
    if sentence.matches(r"\bwill\b.*\b(?:BREACH|KEPT|LATE)\b|\b(?:predict|forecast|likely)\b"):
        return "out_of_scope", "forecast"
    if intent in ("status", "list", "count") and not (kinds or outcomes) and _says_nothing(sentence):
        return "out_of_scope", "unknown"
    return intent, ""


def _says_nothing(sentence: Sentence) -> bool:
    """Nobody is named, and either nothing was understood or what matters was not."""
    if not names_nobody(sentence) or any(looks_like_a_name(word) for word in sentence.unknown):
        return False
    telling = sentence.concepts - {"contract", "record", "they", "we", "our", "past", "must", "which", "any"}
    if sentence.unknown:
        return not (telling & {"status", "overview", "upcoming", "due"} or _clause_topics(sentence))
    return not (sentence.concepts or _clause_topics(sentence) or sentence.periods or sentence.priorities)


def _clause_topics(sentence: Sentence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic_of()[w.form] for w in sentence.words if w.form in topic_of()))


def _asks_a_clause(sentence: Sentence, kinds: tuple[str, ...], outcomes: tuple[str, ...]) -> bool:
    """A subject of clauses that is not assessed ("liability", "audit"), and nothing that is."""
    ours = {"termination", "renewal", "records", "support hours", "maintenance"}
    topics = set(_clause_topics(sentence))
    if outcomes and not sentence.matches(r"\bcan\b|\bmay\b"):
        return False
    return (
        bool(topics - ours)
        or (bool(topics) and not kinds)
        or sentence.matches(r"\b(?:can|may) .*TERMINATE\b")
    )


def _topic(sentence: Sentence) -> str:
    """The words to look for in contract text: what is left once asking, naming and dating are gone."""
    dull = set(_DULL.split())
    said = [
        w.said
        for w in sentence.words
        if concept_of().get(w.form) not in dull and w.form not in GRAMMAR and not w.form.isdigit()
    ]
    return " ".join(dict.fromkeys([*sentence.priorities, *sentence.services, *sentence.sections, *said]))


def _owed(sentence: Sentence, kinds: tuple[str, ...]) -> Owed:
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


def _role(sentence: Sentence) -> Role:
    if sentence.has("vendor") and not sentence.has("customer"):
        return "vendor"
    if sentence.has("customer") and not sentence.has("vendor"):
        return "customer"
    return "any"


def _items(sentence: Sentence) -> Items:
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


def _covers(sentence: Sentence) -> bool:
    """The period says what a report, invoice or credit is for ("the October report", "credit for Q3")."""
    noun = r"(?:REPORT|INVOICE|CREDIT)"
    near = sentence.matches(rf"\bPERIOD (?:\w+ ){{0,3}}{noun}\b")
    return near or (any(f.role == "for" for f in sentence.periods) and sentence.matches(noun))


def _strange_service(sentence: Sentence) -> tuple[str, ...]:
    """ "the mail service", said of nobody: a service we do not know rather than a word to leave out."""
    if not names_nobody(sentence) or not sentence.unknown:
        return ()
    said = "|".join(re.escape(word.lower()) for word in sentence.unknown)
    match = re.search(rf"\b({said}) (?:services?|systems?|platform|application|portal)\b", sentence.shape)
    return (match[1],) if match else ()


def _asks_due(sentence: Sentence) -> bool:
    return sentence.has("due", "deadline", "must") or sentence.matches(r"\bby WHEN\b|\b(?:have|had|has) to\b")


def _undone(sentence: Sentence, kinds: tuple[str, ...]) -> bool:
    """Only what has not been done yet is asked for: the missing report, the unpaid invoice."""
    if not {"reporting", "payment_due", "service_credit"} & set(kinds):
        return False
    return bool(_UNDONE & sentence.forms) or _not_done(sentence)


def _not_done(sentence: Sentence) -> bool:
    """ "Who has not paid", "which reports were not sent"."""
    deeds = "(?:PAY|CREDIT|REPORT|CLAIM|sent|given|received|arrived)"
    return sentence.matches(rf"\b(?:not|hasn|haven|didn|isn|aren|never)(?: yet| been)? {deeds}\b")


def _claimed(sentence: Sentence) -> Literal["breach", "kept", "done", "any", ""]:
    """What a yes would claim, for a yes-or-no question."""
    if not is_yes_no(sentence):
        return ""
    if sentence.has("breach", "late", "risk"):
        return "breach"
    if sentence.has("kept") or sentence.matches(r"\bwithin (?:the |its |their )?(?:TERMS|time|target)\b"):
        negated = sentence.matches(r"\b(?:not|isn|didn|hasn|doesn|haven)\b.*")
        return "breach" if negated else "kept"
    kinds = set(_kinds(sentence)) & {"reporting", "payment_due", "service_credit", "renewal_notice"}
    deed = kinds and _tells_a_deed(sentence) and not _undone(sentence, tuple(kinds))
    if deed and not sentence.has("any", "claim"):
        return "done"
    return "any" if sentence.has("any", "claim", "owe") and not names_nobody(sentence) else ""


def _looks_ahead(sentence: Sentence, windows: Sequence[Window], as_of: datetime) -> bool:
    """The question asks what is to come: it says so, or its period lies ahead."""
    if sentence.has("past", "breach", "late"):
        return False
    ahead = any(w.start and w.start >= as_of.date() for w in windows if not w.assumed)
    return ahead or sentence.has("upcoming", "due")


def _windows(
    sentence: Sentence, as_of: datetime
) -> tuple[tuple[Window, ...], datetime | None, tuple[str, ...]]:
    """The windows asked about, the instant to judge if the question names one, and notes."""
    notes = [
        f'"{sentence.text[f.start : f.end].strip()}" is not a day of the calendar'
        for f in sentence.periods
        if f.role == "invalid"
    ]
    judged_at = None
    windows: list[Window] = []
    for found in sentence.periods:
        if found.role == "as_of" and found.window.end:
            judged_at = _end_of(found.window.end, as_of)
        elif found.role != "invalid":
            windows.append(found.window)
    base = judged_at or as_of
    return tuple(windows) or (default_window(base),), judged_at, tuple(notes)


def _end_of(day: date, as_of: datetime) -> datetime:
    """The last second of a day in the zone of `as_of`; `as_of` itself on its own day."""
    if day == as_of.date():
        return as_of
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=as_of.tzinfo) - timedelta(seconds=1)
