"""A clause that an amendment deleted is told as deleted, with the document that did it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from agent.answer import AskInput
from agent.ask import ask
from agent.tell.terms import current, current_and_past
from obligations.model import Obligation
from tests.agent.contracts import CONTRACTS, PROMISES
from tests.agent.test_answers import sound
from tests.agent.world import World

DELETED_ON = date(2026, 9, 1)


@dataclass
class Amended(World):
    """The small world, in which a document deleted one promise."""

    promise: str = ""
    by: str = "IC-103"

    def obligations(self, contracts: Collection[str]) -> Sequence[Obligation]:
        return [self._amended(o) for o in super().obligations(contracts)]

    def _amended(self, promise: Obligation) -> Obligation:
        if promise.id != self.promise:
            return promise
        last = promise.terms[-1]
        gone = last.model_copy(update={"from_on": DELETED_ON, "contract": self.by, "deleted": True})
        return promise.model_copy(update={"terms": (*promise.terms, gone)})


@pytest.mark.parametrize(
    ("question", "promise", "lacks"),
    [
        ("Does the Cirrus agreement renew by itself?", "cir-renewal", "Yes."),
        (
            "What is the payment term with Acme?",
            "acme-pay",
            "Acme Managed Services Ltd, payment terms: within",
        ),
        ("What is the notice period for Acme?", "acme-notice", "non-renewal: at least"),
    ],
)
def test_what_was_deleted_is_told_as_deleted(question: str, promise: str, lacks: str) -> None:
    answer = ask(AskInput(question=question), Amended(assessments=(), promise=promise))
    sound(answer)
    said = " ".join(answer.answer.split())
    title = next(c.title for c in CONTRACTS if c.id == "IC-103")
    assert promise in PROMISES
    assert f"deleted by {title} with effect from Tuesday 1 September 2026; nothing is" in said, said
    assert lacks not in said, said


def test_before_its_day_the_clause_still_stands() -> None:
    held = Amended(assessments=(), promise="cir-renewal").obligations(["IC-107"])
    renewal = next(o for o in held if o.id == "cir-renewal")
    assert current(renewal, date(2026, 8, 31)).deleted is False
    assert current_and_past(renewal, date(2026, 8, 31), {})[0].startswith("renews automatically")
    said, earlier = current_and_past(renewal, DELETED_ON, {})
    assert said == "deleted by IC-103 with effect from Tuesday 1 September 2026; nothing is promised any more"
    assert earlier == ["before Tuesday 1 September 2026: renews automatically for 1 year"]
