"""Shares of tickets: "at least 95 % of Priority 1 Incidents are answered within one hour"."""

import re

from extraction.clauses import in_condition
from extraction.context import Context
from extraction.quantities import PercentMention
from extraction.sentences import Sentence

OF_TICKETS = re.compile(
    r"\s?\)?\s?\bof (?:the |all |such |those |its |each |any |reported |received |incoming |total )*"
    r"(?:[\w'/-]+ ){0,4}?(?:incidents?|tickets?|calls?|faults?|problems?|requests?|cases?|complaints?|errors?"
    r"|defects?|outages?|enquir\w+|inquir\w+|issues?|e-?mails?|quer(?:y|ies)|priority|severity|P\d)\b",
    re.IGNORECASE,
)


def share_of_tickets(
    context: Context, sentence: Sentence, before: int | None = None
) -> PercentMention | None:
    """The share of tickets that have to keep the sentence's time limit; None where each has to.

    Of several the last one that stands before the index.
    """
    text = sentence.text
    shares = [
        p
        for p in context.percents(sentence)
        if OF_TICKETS.match(text, p.end) and not in_condition(text, p.start)
    ]
    first = shares[:1]
    nearest = [p for p in shares if before is None or p.end <= before][-1:] if before is not None else first
    return next(iter(nearest or first), None)
