"""The embedded planner: a question in English to a `Plan`, in pure Python, without a model.

It works on concepts, names, records, services, priorities and periods, not on whole sentences, so that
a phrasing nobody wrote down is still understood. What it does not understand it says (`Plan.unknown`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from agent.deps import NameMatch, ThreadState
from agent.follow import follow
from agent.intents import intent_of, is_yes_no, names_nobody
from agent.lexicon import ADVICE, FUNCTION_WORDS, concept_of, no_data_of, topic_of
from agent.plan import Intent, Items, Owed, Plan, Role, Window, default_window
from agent.sentence import Known, Sentence, read
from agent.words import clean

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sla", ("response_time", "resolution_time", "availability")),
    ("respond", ("response_time",)),
    ("resolve", ("resolution_time",)),
    ("uptime", ("availability",)),
    ("credit", ("service_credit",)),
    ("report", ("reporting",)),
    ("pay", ("payment_due",)),
    ("invoice", ("payment_due",)),
    ("renew", ("renewal", "renewal_notice", "term")),
    ("notice", ("renewal_notice",)),
    ("expire", ("term", "renewal")),
    ("term", ("term", "renewal")),
)
_OUTCOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("breach", ("breached",)),
    ("late", ("breached",)),
    ("risk", ("at_risk",)),
    ("pending", ("pending", "at_risk")),
    ("undetermined", ("undetermined",)),
    ("kept", ("met",)),
)
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
    sentence = read(clean(question), context.as_of.date(), known)
    fresh = _plan(sentence, context)
    return follow(fresh, sentence, context.previous)


def _plan(sentence: Sentence, context: PlanContext) -> Plan:
    intent = intent_of(sentence)
    kinds = _kinds(sentence)
    outcomes = _outcomes(sentence)
    topic = _topic(sentence)
    intent, why_not = _in_scope(sentence, intent, kinds, outcomes)
    if intent in ("status", "list", "date", "money") and _asks_a_clause(sentence, kinds, outcomes):
        intent = "wording"
    windows, judged_at, notes = _windows(sentence, context.as_of)
    ahead = _looks_ahead(sentence, windows, context.as_of)
    everybody = ahead or sentence.has("vendor", "customer", "any")
    if intent == "status" and names_nobody(sentence) and (kinds or outcomes or everybody):
        intent = "list"
    return Plan(
        intent=intent,
        names=tuple(group[0].said for group in sentence.names),
        records=tuple(sentence.records),
        services=tuple(sentence.services),
        kinds=kinds,
        priorities=tuple(dict.fromkeys(sentence.priorities)),
        outcomes=outcomes,
        owed=_owed(sentence, kinds),
        role=_role(sentence),
        items=_items(sentence),
        windows=windows,
        covers=_covers(sentence),
        upcoming=ahead,
        undone=_undone(sentence, kinds),
        yes_no=_claimed(sentence),
        topic=topic,
        unknown=tuple(sentence.unknown),
        judged_at=judged_at,
        notes=notes,
        why_not=why_not,
    )


def _kinds(sentence: Sentence) -> tuple[str, ...]:
    found = [kind for concept, kinds in _KINDS if sentence.has(concept) for kind in kinds]
    if sentence.has("terminate") and not sentence.has("ticket"):
        found.append("renewal_notice")
    if sentence.has("credit") and "payment_due" in found and not sentence.has("invoice"):
        found.remove("payment_due")
    if sentence.has("owe") and not found:
        found += ["payment_due", "service_credit"]
    if sentence.has("claim") and not found:
        found.append("service_credit")
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
    if sentence.forms & ADVICE or sentence.matches(r"\bshould WE\b"):
        return "out_of_scope", "advice"
    if sentence.matches(r"\bwill\b.*\b(?:BREACH|KEPT|LATE)\b|\b(?:predict|forecast|likely)\b"):
        return "out_of_scope", "forecast"
    understood = kinds or outcomes or sentence.concepts or _clause_topics(sentence)
    if not understood and names_nobody(sentence) and not sentence.periods:
        return "out_of_scope", "unknown"
    return intent, ""


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
    dull = {"wording", "which", "contract", "we", "they", "when", "why", "past", "any", "status", "due"}
    said = [
        w.said
        for w in sentence.words
        if concept_of().get(w.form) not in dull
        and (w.form in concept_of() or w.form in topic_of() or w.form not in FUNCTION_WORDS)
    ]
    return " ".join(dict.fromkeys([*sentence.priorities, *sentence.services, *said]))


def _owed(sentence: Sentence, kinds: tuple[str, ...]) -> Owed:
    """Whose promises the question is about, from who stands where around the verb."""
    if sentence.matches(r"\bOWE (?:to )?WE\b|\bPAY WE\b|\bto WE\b"):
        return "to_us"
    if sentence.matches(r"\bWE (?:be |been |re )?OWE\b") and sentence.forms & {"owed", "entitled"}:
        return "to_us"
    if sentence.matches(r"\bWE (?:\w+ ){0,2}(?:BREACH|LATE|PAY|OWE|KEPT|RISK|REPORT)\b"):
        return "by_us"
    if sentence.matches(r"\bWE (?:own )?(?:PAY|BREACH|TERMS|INVOICE)\b"):
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
    near = sentence.matches(rf"\bPERIOD (?:[a-z]+ ){{0,3}}{noun}\b")
    return near or (any(f.role == "for" for f in sentence.periods) and sentence.matches(noun))


def _undone(sentence: Sentence, kinds: tuple[str, ...]) -> bool:
    """Only what has not been done yet is asked for: the missing report, the unpaid invoice."""
    return bool(_UNDONE & sentence.forms) and bool(
        {"reporting", "payment_due", "service_credit"} & set(kinds)
    )


def _claimed(sentence: Sentence) -> Literal["breach", "kept", "done", ""]:
    """What a yes would claim, for a yes-or-no question."""
    if not is_yes_no(sentence):
        return ""
    if sentence.has("breach", "late", "risk"):
        return "breach"
    if sentence.has("kept"):
        negated = sentence.matches(r"\b(?:not|isn|didn|hasn|doesn|haven)\b.*")
        return "breach" if negated else "kept"
    return "done" if set(_kinds(sentence)) & {"reporting", "payment_due", "service_credit"} else ""


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
