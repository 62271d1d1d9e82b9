"""duty: something else to be done by a time. Read here: answers to what the other side puts forward."""

from collections.abc import Iterator

from extraction.answers import ANSWER, answers
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft
from extraction.readers.response_time import ticket_answers
from obligations.terms import Duty
from obligations.terms.duties import Trigger

KIND = "duty"


def read(context: Context) -> Iterator[Draft]:
    """Every duty to approve, reject or comment on a submission within a time."""
    of_tickets = {target.sentence.index for target in ticket_answers(context) if target.sentence}
    for answer in answers(context):
        if answer.sentence.index in of_tickets:
            continue
        length = answer.length
        terms = Duty(
            what=ANSWER,
            trigger=Trigger(name="submission"),
            within=length.duration,
            clock="business" if length.business else None,
        )
        sketch = from_sentence(context, answer.sentence, terms, length)
        sketch.debtor = context.roles.subject(answer.sentence, length.start)
        sketch.features.append("answer")
        sketch.key = f"{ANSWER} {answer.sentence.section}".strip()
        yield sketch.draft(context)
