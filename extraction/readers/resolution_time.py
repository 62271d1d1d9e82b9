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
from obligations.terms.common import Clock

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
    r"|\bpropos(?:e|es|ing) (?:an? )?(?:[\w-]+ ){0,2}plan\b|\bconsultant is\b"
    r"|\breplace(?:ment)? (?:personnel|employee|staff|person)",
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
    seen: set[tuple[int, int]] = set()
    for target in prose_targets(context, "resolve", FAULTS):
        sentence = target.sentence
        if sentence is None or share_of_tickets(context, sentence):
            continue
        if target.priority is None and _OTHER_MATTER.search(sentence.text):
            continue
        seen.add((sentence.index, target.length.start))
        yield _draft(context, target)
    for draft, place in _times_to_mend(context):
        if place not in seen:
            yield draft


_FAULTY = (
    r"(?:errors?|defects?|deficienc(?:y|ies)|faults?|bugs?|malfunctions?|outages?|discrepanc(?:y|ies)"
    r"|non-?conformit(?:y|ies)|problems?|breakdowns?|(?:technical|equipment|software|service) failures?)"
)
_MENDED = r"(?:correct|resolv|repair|rectif|fix|restor|remed|eliminat|replac|mend|re-?perform)\w*"
_TO_MEND = re.compile(
    r"\b(?:shall|will|must) (?:then )?have (?:up to |until |no more than |an? (?:further |additional )?"
    r"(?:period|window) of )*$",
    re.IGNORECASE,
)
_MEND_AFTER = re.compile(
    rf"[^;.]{{0,140}}?\bto\s(?:\w+ly )?{_MENDED}\b[^;.]{{0,60}}?\b{_FAULTY}\b", re.IGNORECASE
)
""" "shall have twenty days from receipt to correct the defects"."""
_NOT_MENDED = re.compile(
    rf"\b(?:if|should|where|in the event)\b[^;.]{{0,120}}\b{_FAULTY}\b[^;.]{{0,100}}?\b(?:(?:is|are|has"
    rf"|have|been"
    rf"|be|does|do) (?:been )?not(?: been)?|cannot be|fails? to(?: be)?"
    rf"|unable to)\s(?:\w+ly )?{_MENDED}\b[^;.,]{{0,40}}?"
    r"\bwithin (?:a (?:further )?period of )?$"
    rf"|\b(?:unable|fail(?:s|ed)?|(?:does|do|did) not) (?:to )?(?:\w+ly"
    rf" )?{_MENDED}\b[^;.,]{{0,50}}?\b{_FAULTY}\b"
    r"[^;.,]{0,40}?\bwithin (?:a (?:further )?period of )?$",
    re.IGNORECASE,
)
""" "if the error is not resolved within thirty days": the time is stated where it is missed."""


def _times_to_mend(context: Context) -> Iterator[tuple[Draft, tuple[int, int]]]:
    """Times given for mending a fault that are stated as had, or as missed."""
    for sentence in context.prose():
        text = sentence.text
        if "within" not in text and " have " not in text:
            continue
        for length in context.durations(sentence):
            before = text[max(0, length.start - 300) : length.start]
            has = _TO_MEND.search(before) and _MEND_AFTER.match(text, length.end)
            if not (has or _NOT_MENDED.search(before)):
                continue
            if length.unit in ("year", "quarter") or _AGREEMENT_BROKEN.search(text):
                continue
            clock: Clock | None = "business" if length.business else None
            if "calendar" in length.text.lower():
                clock = "calendar"
            span = context.span(sentence)
            target = Target(length, None, span, sentence=sentence, certain=False, clock=clock)
            yield _draft(context, target), (sentence.index, length.start)


_AGREEMENT_BROKEN = re.compile(
    r"\b(?:breach\w*|default\w*|invoices?|terminat\w+|payments?|audit\w*|title|lease|franchise\w*|patents?"
    r"|registration)\b",
    re.IGNORECASE,
)


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
