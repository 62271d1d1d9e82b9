"""The embedded planner: a question in English to a `Plan`, in pure Python, without a model.

It works on concepts, names, records, services, priorities and periods, not on whole sentences, so that
a phrasing nobody wrote down is still understood. What it does not understand it says (`Plan.unknown`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from agent.deps import NameMatch, ThreadState
from agent.features import (
    POINTING,
    PROMISES,
    asks_due,
    claimed,
    clause_topics,
    covers,
    items_of,
    kinds_of,
    looks_ahead,
    outcomes_of,
    owed_of,
    role_of,
    strange_service,
    topic_of_text,
    undone,
)
from agent.follow import follow
from agent.intents import intent_of, names_nobody
from agent.plan import Intent, Plan, Window, default_window
from agent.scope import asks_a_clause, in_scope, settled
from agent.sentence import Known, Sentence, read
from agent.windows import ends_of
from agent.words import clean

_TAG = re.compile(r"</?[A-Za-z][\w-]*\s*/?>")
"""A mark of the kind that prompts are made of: it divides sentences and says nothing."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


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
    text = _TAG.sub(" ", text).strip() or text
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
    kinds = kinds_of(sentence)
    outcomes = outcomes_of(sentence)
    topic = topic_of_text(sentence)
    intent, why_not = in_scope(sentence, intent, kinds, outcomes)
    if asks_a_clause(sentence, intent, kinds, outcomes):
        intent = "wording"
    windows, judged_at, notes = _windows(sentence, context.as_of)
    items = items_of(sentence)
    if intent == "compare" and len(windows) == 1:
        windows = ends_of(windows[0])
    ahead = looks_ahead(sentence, windows, context.as_of)
    intent = settled(sentence, intent, kinds, outcomes, ahead)
    return Plan(
        intent=intent,
        names=tuple(group[0].said for group in sentence.names),
        records=tuple(sentence.records),
        services=tuple(sentence.services) or strange_service(sentence),
        kinds=kinds,
        priorities=tuple(dict.fromkeys(sentence.priorities)),
        outcomes=outcomes,
        owed=owed_of(sentence, kinds),
        role=role_of(sentence),
        items=items,
        windows=windows,
        covers=covers(sentence) or (intent == "compare" and kinds == ("reporting",)),
        upcoming=ahead,
        asks_due=asks_due(sentence),
        undone=undone(sentence, kinds),
        refers_back=names_nobody(sentence) and sentence.matches(POINTING) and items == "promise",
        yes_no=claimed(sentence),
        topic=topic,
        every_promise=_every_promise(sentence, intent, kinds),
        sections=tuple(sentence.sections),
        unknown=tuple(sentence.unknown),
        judged_at=judged_at,
        notes=notes,
        why_not=why_not,
    )


def _every_promise(sentence: Sentence, intent: Intent, kinds: tuple[str, ...]) -> bool:
    """ "What did Acme promise?" asks for all of it; "confidentiality duties" for one subject."""
    asked = intent == "wording" and bool(sentence.forms & PROMISES)
    return asked and not kinds and not clause_topics(sentence)


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
