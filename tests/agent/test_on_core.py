"""The same questions over what the pure core really finds: its wording and ours must fit together.

The small world's promises are bound by the cascade and judged by the rules on the small world's records.
"""

from collections import defaultdict
from functools import cache

import pytest

from agent.answer import AskInput
from agent.ask import ask
from obligations.cascade import resolve
from obligations.model import AsOf, Assessment
from obligations.rules import assess
from tests.agent.contracts import AS_OF, CONTRACTS, OBLIGATIONS
from tests.agent.records import FACTS
from tests.agent.test_answers import sound
from tests.agent.world import World

QUESTIONS = (
    "Is Acme in SLA breach?",
    "Why did Acme breach in October?",
    "Which vendors breached in October?",
    "How are we doing?",
    "How much credit does Acme owe us for October?",
    "When do we have to give notice to Cirrus?",
    "What happens if we don't give notice to Acme?",
    "Which contracts renew in the next 6 months?",
    "Is Orchard overdue?",
    "What does Orchard owe us?",
    "Which invoices were paid late?",
    "Is INC0010461 at risk?",
    "What is due this week?",
    "Compare Acme and Cirrus in October",
    "What happened with INC0010427?",
    "What could not be determined since September?",
    "How available was the Order Platform this month?",
    "Did Stonegate send its Q3 report?",
)


@cache
def judged() -> tuple[Assessment, ...]:
    """What the core finds in the small world, as of its instant."""
    facts = defaultdict(list)
    for fact in FACTS:
        facts[fact.party].append(fact)
    parties = {c.id: c.counterparty for c in CONTRACTS}
    found: list[Assessment] = []
    for o in resolve(list(CONTRACTS), list(OBLIGATIONS)):
        found += assess(o, facts[parties[o.contract]], AsOf.at(AS_OF))
    return tuple(found)


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_the_core_says_is_dropped(question: str) -> None:
    sound(ask(AskInput(question=question), World(assessments=judged())))


def test_the_amended_target_is_used_and_explained() -> None:
    answer = ask(AskInput(question="Why was INC0010427 late?"), World(assessments=judged()))
    assert "P1 resolution time, INC0010427: 7 h 30 min against 6 h" in answer.answer
    assert {"2 Change"} <= {c.section for c in answer.citations}


def test_an_open_ticket_shows_what_is_left() -> None:
    answer = ask(AskInput(question="Is INC0010461 at risk?"), World(assessments=judged()))
    assert (
        "4 h 30 min of 6 h used (1 h 30 min left), due Tuesday 10 November 2026, 13:30 CET" in answer.answer
    )
