"""The graph itself: routes, state, checkpoints, threads, streams, scope."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from agent.answer import AskInput
from agent.ask import Event, ask, stream
from agent.graph import ASIDE, BESIDE, LINE, build
from agent.nodes import Nodes
from tests.agent.test_answers import CASES, sound
from tests.agent.world import ASSESSMENTS, World

QUESTION = "Is Acme in SLA breach?"


def test_the_line_and_the_ways_out() -> None:
    drawn = build(World()).get_graph()
    assert set(drawn.nodes) == {*LINE, *ASIDE, BESIDE, "__start__", "__end__"}
    assert {e.source for e in drawn.edges if e.target == "__end__"} == {"check"}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_walking_the_steps_gives_the_graph_s_answers(case: dict[str, Any]) -> None:
    graphed, walked = World(), World()
    for turn in case["turns"]:
        asked = AskInput(question=turn["q"], thread="t")
        assert ask(asked, walked, light=True) == ask(asked, graphed)
    assert walked.threads == graphed.threads


def test_a_light_question_does_not_load_langgraph() -> None:
    code = (
        "import sys; from agent.answer import AskInput; from agent.ask import ask; "
        "from tests.agent.world import World; "
        "answer = ask(AskInput(question='Is Acme in SLA breach?'), World(), light=True); "
        "assert answer.ending == 'answered'; "
        "heavy = {'langgraph', 'langchain_core', 'langchain', 'openai'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_built_graph_answers_by_itself() -> None:
    world = World()
    state = build(world).invoke(Nodes(world).start(QUESTION, None, None))
    assert state["outcome"] == "answered"
    assert state["text"].startswith("Yes.")


def test_the_state_is_plain_json_and_small() -> None:
    world = World()
    state = build(world).invoke(Nodes(world).start(QUESTION, None, None))
    assert len(json.dumps(state)) < 40_000


def test_a_checkpointer_keeps_each_step() -> None:
    saver, world = InMemorySaver(), World()
    answer = ask(AskInput(question=QUESTION, thread="mine"), world, checkpointer=saver)
    sound(answer)
    kept = [c.checkpoint["channel_values"] for c in saver.list({"configurable": {"thread_id": "mine"}})]
    assert len(kept) >= len(LINE)
    assert any("draft" in values and "text" not in values for values in kept)


def test_a_run_resumed_from_its_checkpoint_ends_the_same() -> None:
    """What lies on the desk is looked up again; the state holds ids only."""
    world, saver = World(), InMemorySaver()
    config = {"configurable": {"thread_id": "t"}}
    first = build(world, checkpointer=saver)
    first.invoke(Nodes(world).start(QUESTION, None, None), config, interrupt_before=["check"])
    resumed = build(World(), checkpointer=saver).invoke(None, config)
    assert resumed["text"] == ask(AskInput(question=QUESTION), World()).answer


def test_each_question_is_judged_once() -> None:
    world = World()
    ask(AskInput(question=QUESTION), world)
    assert world.calls["assess"] == 1


def test_events_come_in_order_and_end_with_the_answer() -> None:
    world = World()
    events = list(stream(AskInput(question=QUESTION), world))
    assert [e.step for e in events if e.event == "step"] == list(LINE)
    text = "".join(e.text for e in events if e.event == "token")
    last = events[-1]
    assert last.event == "done"
    assert last.answer is not None
    assert text == last.answer.answer
    assert last.answer == ask(AskInput(question=QUESTION), world)
    cited = [e.citation.marker for e in events if e.event == "citation" and e.citation]
    assert cited == [c.marker for c in last.answer.citations]
    kinds = [e.event for e in events]
    assert kinds == sorted(kinds, key=["step", "token", "citation", "record", "done"].index)
    assert all(json.dumps(e.data()) for e in events)


def test_an_event_gives_its_payload() -> None:
    assert Event("token", text="Yes.").data() == {"text": "Yes."}
    assert Event("step", step="check").data() == {"step": "check"}


def test_a_question_too_long_is_refused_and_not_kept() -> None:
    world = World()
    answer = ask(AskInput(question="breach " * 20_000, thread="t"), world)
    assert answer.outcome == "refused"
    assert "at most 4,000" in answer.answer
    assert len(answer.question) < 400
    assert world.threads == {}


def test_an_empty_question_is_refused() -> None:
    assert ask(AskInput(question=" \n\t"), World()).outcome == "refused"


def test_nothing_outside_the_scope_is_known() -> None:
    world = World(parties_seen=frozenset({"cirrus"}))
    assert ask(AskInput(question="Is Acme in breach?"), world).outcome == "cannot_answer"
    assert ask(AskInput(question="Was INC0010427 late?"), world).outcome == "cannot_answer"
    listed = ask(AskInput(question="Which vendors breached in October?"), world)
    assert "Cirrus" in listed.answer
    assert "Acme" not in listed.answer
    assert {a.contract for a in listed.assessments} == {"IC-107"}


def test_an_ambiguous_name_is_not_ambiguous_to_who_sees_one_of_them() -> None:
    world = World(parties_seen=frozenset({"nordwind-hosting"}))
    assert ask(AskInput(question="Did Nordwind breach in September?"), world).ending == "answered"


def test_options_are_offered_as_data() -> None:
    answer = ask(AskInput(question="Is Nordwind in breach?"), World())
    assert answer.clarify is not None
    assert [o.id for o in answer.clarify.options] == ["nordwind-hosting", "nordwind-logistik"]


def test_a_thread_remembers_turns_and_survives_a_question_without_answer() -> None:
    world = World()
    for question in ("Did Acme breach in October?", "What's the weather?", "why?"):
        answer = ask(AskInput(question=question, thread="t"), world)
    assert "INC0010427" in answer.answer
    state, turns = world.threads["t"]
    assert [t.outcome for t in turns] == ["answered", "cannot_answer", "answered"]
    assert state.plan is not None
    assert state.plan.parties == ("acme",)


def test_threads_do_not_mix() -> None:
    world = World()
    ask(AskInput(question="Did Acme breach in October?", thread="a"), world)
    assert ask(AskInput(question="why?", thread="b"), world).outcome == "clarify"


def test_an_instant_of_ones_own_is_judged() -> None:
    answer = ask(AskInput(question="Is Acme in breach as of 1 November?"), World())
    assert answer.as_of.isoformat() == "2026-11-01T23:59:59+01:00"
    assert "Judged as of Sunday 1 November 2026" in answer.answer


def test_a_day_as_of_which_is_still_to_come_is_not_judged() -> None:
    answer = ask(AskInput(question="Is Acme in breach as of 1 December 2026?"), World())
    assert answer.outcome == "cannot_answer"
    assert "not come yet" in answer.answer


@pytest.mark.parametrize(
    "question", ["Is Acme in breach?", "Is Orchard overdue?", "Which vendors breached in October?"]
)
def test_no_data_is_no_verdict(question: str) -> None:
    answer = ask(AskInput(question=question), World(assessments=()))
    assert answer.outcome == "cannot_answer"
    assert "Nothing was judged" in answer.answer


def test_every_assessment_shown_comes_with_the_answer() -> None:
    answer = ask(AskInput(question=QUESTION), World())
    ids = {a.id for a in ASSESSMENTS}
    assert {a.id for a in answer.assessments} <= ids
    assert "acme-res-p1:INC0010427" in {a.id for a in answer.assessments}
