"""Hand-made answers over one small document."""

from datetime import date, datetime
from typing import Any

from agent.answer import Answer, Citation, RecordReference
from evals.answered import Answered
from evals.case import QuestionCase
from obligations.facts import Source
from obligations.model import Assessment, Occurrence, Outcome, Step
from obligations.quantities import Quantity

AT = datetime.fromisoformat("2026-11-10T12:00:00+01:00")
TEXT = "4.1 P1 tickets are resolved within 6 hours.\n4.2 Automatic replies do not count."
CLAUSE = "P1 tickets are resolved within 6 hours."
TICKET = Source(system="servicenow", record="f00d", label="INC0010427")


def case(**expect: Any) -> QuestionCase:
    body = {"id": "one", "class": "verdict", "question": "Is it kept?", "expect": expect}
    return QuestionCase.model_validate(body)


def assessment(
    outcome: str = "breached", kind: str = "resolution_time", of: str = "INC0010427", contract: str = "IC-1"
) -> Assessment:
    return Assessment(
        id=f"as-{kind}-{of}",
        obligation="ob-1",
        contract=contract,
        kind=kind,
        occurrence=Occurrence(key=of, label=of, counts_on=date(2026, 10, 14)),
        outcome=Outcome(outcome),
        as_of=AT,
        known_at=AT,
        measured=Quantity(unit="minutes", text="7 h 00 min"),
        missing=("a ticket",) if outcome == "undetermined" else (),
        trail=(Step(rule="x", says="y", records=(TICKET,)),),
    )


def citation(quote: str = CLAUSE, shift: int = 0, contract: str = "IC-1") -> Citation:
    start = TEXT.find(quote) + shift
    return Citation(
        marker="[1]", contract=contract, document="doc", start=start, end=start + len(quote), quote=quote
    )


def answered(
    text: str = "Yes. Acme took 7 h 00 min of 6 h on INC0010427.",
    outcome: Any = "answered",
    assessments: tuple[Assessment, ...] = (assessment(),),
    citations: tuple[Citation, ...] = (citation(),),
    chunks: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> Answered:
    found = Answer(
        question="Is it kept?",
        as_of=AT,
        outcome=outcome,
        answer=text,
        assessments=assessments,
        citations=citations,
        records=(RecordReference(marker="[R1]", system="servicenow", record="f00d", label="INC0010427"),),
    )
    return Answered(found, {"doc": TEXT}, *chunks)


def abstaining(outcome: Any = "cannot_answer", text: str = "Nothing is known about this.") -> Answered:
    return answered(text, outcome, (), ())
