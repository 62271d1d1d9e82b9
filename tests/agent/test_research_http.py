"""Looking further with tools over HTTP, in the form of OpenAI's API, on good days of the stand-in and bad."""

import re
from collections.abc import Iterator

import pytest

from agent.answer import Answer, AskInput
from agent.ask import stream
from agent.brain import Brain
from agent.model import ModelSettings, client
from agent.plan import Plan
from agent.planner import PlanContext, plan
from agent.prompts import live
from agent.research import Limits
from sandbox.llm import MODEL
from sandbox.llm.faults import COMPANY, INVENTED
from sandbox.serve import RunningSandbox, serve
from tests.agent.test_answers import sound
from tests.agent.test_research import toolbox
from tests.agent.world import World

QUESTION = "Compare how Acme and Cirrus kept their promises in October 2026"
INVENTIONS = re.compile(f"4711|{COMPANY}|{INVENTED}|INJECTED|no breaches")
FAULTS = (
    "endless_tools",
    "invalid_json",
    "invented_number",
    "invented_name",
    "obeys",
    "refusal",
    "500",
    "cut",
)
DEAF = ("500", "cut")
"""With these there is no reply at all."""


class Planned(Brain):
    """Understands by the embedded planner, so that a fault meets the tools and the wording."""

    def understand(self, question: str, context: PlanContext) -> Plan:
        return plan(question, context)


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


def asked(box: RunningSandbox, fault: str = "") -> tuple[Answer, list[str]]:
    """The answer, and the tools that were called for it."""
    box.reset()
    if fault:
        box.order_fault(fault, vendor="llm", times=20, seconds=1)
    model = client(ModelSettings(model=MODEL, url=box.model_url, timeout_s=5, retries=0))
    assert model is not None
    world = World()
    world.toolbox = toolbox(world)
    kind = Planned if fault else Brain
    brain = kind(model, research=live("research"), limits=Limits(steps=4))
    events = list(stream(AskInput(question=QUESTION), world, brain))
    answer = events[-1].answer
    assert answer is not None
    sound(answer)
    return answer, [e.tool for e in events if e.tool]


def test_tools_are_called_over_http_and_the_engine_says_so(box: RunningSandbox) -> None:
    answer, called = asked(box)
    assert called == ["assess"]
    assert "research/v1" in answer.engine
    assert answer.ending == "answered"


@pytest.mark.parametrize("fault", FAULTS)
def test_on_a_bad_day_nothing_invented_is_said_and_it_ends(box: RunningSandbox, fault: str) -> None:
    answer, called = asked(box, fault)
    assert not INVENTIONS.search(answer.answer)
    assert answer.ending == "answered"
    assert called == ([] if fault in DEAF else ["assess"])
