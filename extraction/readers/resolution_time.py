"""resolution_time: by when a fault is mended, worked around, or the service restored."""

import re
from collections.abc import Iterator

from extraction.actions import governing
from extraction.context import Context
from extraction.model import Draft
from extraction.patterns import search
from extraction.quantities import durations
from extraction.tables import column_kind
from extraction.ticket_shares import share_of_tickets
from extraction.ticket_targets import Target, key_of, lengths, prose_targets, sketch_of, table_targets
from obligations.facts import TicketStatus
from obligations.terms import ResolutionTime

KIND = "resolution_time"
_TOPIC = re.compile(r"\bresol(?:ve|ution)|\brestor|\brepair|\brectif|\bfix\b|\brecover", re.IGNORECASE)
FAULTS = re.compile(
    r"\b(?:incidents?|tickets?|faults?|outages?|malfunctions?|breakdowns?|problems?|defects?|defective"
    r"|errors?|bugs?|priorit(?:y|ies)|severit(?:y|ies)|"
    r"urgent calls?|calls?|issues?|downtime|interruptions?|disruptions?|service|failures?"
    r"|non-?conform\w+|equipment|hardware|goods|products?|complaints?|deficienc\w+|"
    r"systems?|network|faulty|damage|damaged|(?:in|en)quir(?:y|ies)|quer(?:y|ies)|emergenc(?:y|ies))\b",
    re.IGNORECASE,
)
_OTHER_MATTER = re.compile(
    r"\b(?:material )?breach|\bdisputes?\b|\bdefault\b|\bdisagreement|\bcontrovers|\bdispute\b"
    r"|\bclaims?\b|\bdeadlock|\binvoices?\b|"
    r"\bconflict|\bescalat|\bauditor|\brecords?\b.*\bcorrect|\bpersonnel\b|\bkey person"
    r"|\bconsultant is\b|\breplace(?:ment)? (?:personnel|employee|staff|person)",
    re.IGNORECASE,
)
_WORKAROUND = re.compile(
    r"\bwork-?\s?arounds?\b|\b(?:temporary|interim|provisional|alternative|substitute|replacement) "
    r"(?:fix|solution|repair|measures?|remedy|means|line|connection|service|arrangement)|\bpatch\b"
    r"|\bma[dk]e safe\b",
    re.IGNORECASE,
)
_ALSO_FINAL = re.compile(r"\bresol|\bpermanent|\bfix\b|\brestor|\brepair", re.IGNORECASE)


def read(context: Context) -> Iterator[Draft]:
    """Every target for resolution, restoration, repair or workaround."""
    for target in table_targets(context, ("resolution", "workaround"), _TOPIC):
        yield _draft(context, target)
    for target in prose_targets(context, "resolve", FAULTS):
        sentence = target.sentence
        if sentence is None or share_of_tickets(context, sentence):
            continue
        if target.priority is None and _OTHER_MATTER.search(sentence.text):
            continue
        yield _draft(context, target)


def _draft(context: Context, target: Target) -> Draft:
    pauses = [pause for pause in context.definitions.pauses if KIND in pause.kinds]
    statuses: tuple[TicketStatus, ...] = tuple(dict.fromkeys(s for pause in pauses for s in pause.statuses))
    workaround = _only_workaround(target)
    defined = context.once(
        "workaround accepted", lambda: next((s for s in context.prose() if _accepts_workaround(s.text)), None)
    )
    terms = ResolutionTime(
        within=target.length.duration,
        priority=target.priority,
        clock=target.clock,
        calendar=target.calendar,
        pauses_on=statuses,
        due="before" if target.before else "at_or_before",
        workaround_counts=workaround or defined is not None or bool(_WORKAROUND.search(target.action)),
    )
    sketch = sketch_of(context, target, terms)
    sketch.key = " ".join(part for part in (key_of(target), "workaround" if workaround else "") if part)
    sketch.basis += [pause.span for pause in pauses] + ([context.span(defined)] if defined else [])
    return sketch.draft(context)


def _only_workaround(target: Target) -> bool:
    """Is this the target of the workaround alone, beside one for the final fix?"""
    if target.grid is not None:
        return column_kind(target.action) == "workaround"
    sentence = target.sentence
    if sentence is None:
        return False
    action = governing(sentence, target.length, lengths(sentence.text))
    if action is None:
        return False
    words = sentence.text[action.start : target.length.start]
    return bool(_WORKAROUND.search(words)) and not _ALSO_FINAL.search(_WORKAROUND.sub("", words))


_RESTORED = re.compile(
    r"\b(?:resol(?:ution|ved?)|restor(?:ation|ed?)|fix(?:ed)?|repair(?:ed)?|rectif(?:ied"
    r"|ication))\b[^.;]{0,90}\b(?:means?|is|shall mean|includes?|may|suffic\w+|counts?)\b",
    re.IGNORECASE,
)


def _accepts_workaround(text: str) -> bool:
    """A definition or rule under which a temporary remedy is a resolution."""
    return bool(
        _WORKAROUND.search(text)
        and _RESTORED.search(text)
        and not bool(durations(text))
        and not search(r"\b(?:not|no|other than|excluding|without)\b[^.;]{0,40}\bwork-?\s?around", text)
    )
