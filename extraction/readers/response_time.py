"""response_time: by when an incident, request or notice of a fault is answered or taken up."""

import re
from collections.abc import Iterator

from extraction.answers import answers_redacted
from extraction.clauses import narrowest
from extraction.context import Context
from extraction.model import Draft, Unread
from extraction.sentences import Sentence
from extraction.ticket_shares import share_of_tickets
from extraction.ticket_targets import TICKETS, Target, key_of, prose_targets, sketch_of, table_targets
from obligations.facts import TicketStatus
from obligations.terms import ResponseTime

KIND = "response_time"
_TOPIC = re.compile(r"\brespon[sd]|\breact|\backnowledg|\battend", re.IGNORECASE)
_OTHER_MATTER = re.compile(
    r"\brequests? (?:for|of) (?:consent|approval|information|proposal|quotation|access|payment|an? "
    r"(?:quote|audit|extension))|"
    r"\bpurchase orders?\b|\bchange (?:requests?|proposals?|orders?)\b|\bnotice of (?:dispute|breach"
    r"|claim|termination|assignment)|\bdrafts?\b|"
    r"\boffers?\b|\bdata subject|\bsubpoena|\blegal process|\bright of first|\binfringement"
    r"|\bcease and desist|\baudit\b|\bclaims?\b|"
    r"\barbitrat|\bsubmi(?:ssion|tted)|\bproposed\b|\bproposals?\b|\bforecasts?\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every response target of the document, and every answer whose time is blacked out."""
    for target in table_targets(context, ("response",), _TOPIC):
        yield _draft(context, target)
    for target in ticket_answers(context):
        if target.sentence is not None and not share_of_tickets(context, target.sentence):
            yield _draft(context, target)
    for answer in answers_redacted(context):
        part = narrowest(answer.sentence.text, answer.length.start, answer.length.end - 1)
        yield Unread(
            kind=KIND,
            span=context.span(answer.sentence, part.start, part.end),
            why="the time to answer is redacted",
            known={"clock": "business"} if answer.length.business else {},
        )


def ticket_answers(context: Context) -> list[Target]:
    """The answers to tickets that stand in prose."""
    found = context.once("ticket answers", lambda: list(prose_targets(context, "respond", TICKETS)))
    return [t for t in found if t.sentence is not None and _is_ticket_matter(t.sentence, t)]


def _is_ticket_matter(sentence: Sentence, target: Target) -> bool:
    """An answer to an incident, not to an offer, a draft or a notice of dispute."""
    if target.priority is not None:
        return True
    return not _OTHER_MATTER.search(sentence.text)


def _draft(context: Context, target: Target) -> Draft:
    pauses = [pause for pause in context.definitions.pauses if KIND in pause.kinds]
    statuses: tuple[TicketStatus, ...] = tuple(dict.fromkeys(s for pause in pauses for s in pause.statuses))
    automatic = context.definitions.automatic
    terms = ResponseTime(
        within=target.length.duration,
        priority=target.priority,
        clock=target.clock,
        calendar=target.calendar,
        pauses_on=statuses,
        due="before" if target.before else "at_or_before",
        automatic_counts=automatic.counts if automatic else False,
    )
    sketch = sketch_of(context, target, terms)
    sketch.key = key_of(target)
    sketch.basis += [pause.span for pause in pauses] + ([automatic.span] if automatic else [])
    return sketch.draft(context)
