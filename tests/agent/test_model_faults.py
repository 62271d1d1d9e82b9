"""Whatever a model's bad day brings, the answer stays right: checked, dropped, or composed by template."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from agent.answer import Answer, AskInput
from agent.ask import ask
from agent.brain import Brain
from agent.extract import extract, ground
from agent.model import ModelSettings, client
from agent.prompts import live
from obligations.document import Chunk
from retrieval.locate import locate
from sandbox.llm import MODEL
from sandbox.llm.faults import COMPANY, INVENTED
from sandbox.serve import RunningSandbox, serve
from tests.agent.test_answers import sound
from tests.agent.world import World

QUESTION = "Is Acme in SLA breach in October 2026?"
FAULTS = (
    "invalid_json", "wrong_schema", "invented_quote", "invented_number", "invented_name", "refusal", "obeys",
    "cut_off", "slow_stream", "401", "429", "500", "html", "cut",
)  # fmt: skip
INVENTIONS = re.compile(f"4711|{COMPANY}|{INVENTED}|INJECTED|no breaches")
CLAUSE = "The Customer shall pay each invoice within thirty (30) days after its receipt."


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@dataclass
class Days:
    """The stand-in on a good day, or with a fault on some of its calls."""

    box: RunningSandbox

    def settings(self) -> ModelSettings:
        return ModelSettings(model=MODEL, url=self.box.model_url, timeout_s=1.5, retries=0)

    def asked(self, fault: str = "", question: str = QUESTION, **options: int) -> Answer:
        self.box.reset()
        if fault:
            self.box.order_fault(fault, vendor="llm", **{"times": 9, "seconds": 1, **options})
        model = client(self.settings())
        assert model is not None
        answer = ask(AskInput(question=question), World(), Brain(model))
        sound(answer)
        return answer


@pytest.fixture
def days(box: RunningSandbox) -> Iterator[Days]:
    yield Days(box)
    box._call("DELETE", "/faults")


def right(answer: Answer) -> None:
    """What is so in the small world, whoever words it: three promises of Acme's were breached."""
    assert answer.outcome == "breached"
    assert answer.answer.startswith("Yes. Acme Managed Services Ltd breached 3 of 5 SLA promises")
    for fact in ("INC0010427", "INC0010440", "99.7427 %"):
        assert fact in answer.answer
    assert not INVENTIONS.search(answer.answer)


def test_on_a_good_day_the_model_understands_and_words(days: Days) -> None:
    answer = days.asked()
    right(answer)
    assert answer.engine == f"{MODEL} {live('understand').name} {live('compose').name}"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_every_call_leaves_the_answer_right(days: Days, fault: str) -> None:
    answer = days.asked(fault)
    right(answer)
    # A plan quotes nothing, so that an invented quote leaves it as it is.
    assert answer.engine == (
        f"{MODEL} {live('understand').name}" if fault == "invented_quote" else "embedded/v1"
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_wording_alone_leaves_it_to_the_template(days: Days, fault: str) -> None:
    answer = days.asked(fault, skip=1)
    right(answer)
    assert live("understand").name in answer.engine
    assert live("compose").name not in answer.engine


@pytest.mark.parametrize("fault", ["invalid_json", "wrong_schema", "refusal", "obeys", "cut_off"])
def test_a_single_bad_reply_is_repaired(days: Days, fault: str) -> None:
    answer = days.asked(fault, times=1)
    right(answer)
    assert live("understand").name in answer.engine


@pytest.mark.parametrize("fault", ["invented_quote", "invented_number", "invented_name", "obeys"])
def test_what_is_objected_to_once_is_worded_anew(days: Days, fault: str) -> None:
    answer = days.asked(fault, skip=1, times=1)
    right(answer)
    assert live("compose").name in answer.engine


@pytest.mark.parametrize("fault", ["invented_quote", "wrong_schema", "invalid_json", "cut_off", "refusal"])
def test_no_invention_becomes_a_promise(days: Days, fault: str) -> None:
    days.box.order_fault(fault, vendor="llm", times=9)
    model = client(days.settings())
    assert model is not None
    chunk = Chunk(id="c1", document_id="d", start=0, end=len(CLAUSE), text=CLAUSE, section="10.3")
    found = extract([chunk], model, live("extract"))
    grounded, lost = ground(found.drafts, [chunk], locate)
    assert list(grounded) == []
    assert [*found.problems, *lost]
