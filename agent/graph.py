"""The graph of a question, on LangGraph: six steps in line, with two ways out of it, and one beside it.

understand → resolve → gather → assess → compose → check
                 ↘ clarify ↗        any step ↘ decline ↗
        any step before check ↘ research → compose

LangGraph is imported when a graph is first built: it is most of the time a cold start takes.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from agent.deps import AskDeps
from agent.nodes import AskState, Nodes, route

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from agent.brain import Brain
    from agent.relay import Relay

LINE = ("understand", "resolve", "gather", "assess", "compose", "check")
"""The steps in order."""

ASIDE = ("clarify", "decline")
"""The ways out; both end in `check`, so that nothing leaves unchecked."""


BESIDE = "research"
"""A model with tools, where one is configured and the line falls short; `compose` comes after it."""

AFTER = "compose"
STEPS = (*LINE, *ASIDE, BESIDE)


@dataclass(frozen=True)
class Run:
    """The context of one run of the shared graph."""

    nodes: Nodes


def build(
    deps: AskDeps,
    brain: "Brain | Relay | None" = None,
    checkpointer: "BaseCheckpointSaver[Any] | None" = None,
) -> "CompiledStateGraph[AskState, Run, AskState, AskState]":
    """The compiled graph of one caller, ready to invoke with `{"question": …, "as_of": …}`.

    A checkpointer keeps the state between steps; who owns a thread is not its concern, that stands
    behind `deps.load_thread`.
    """
    nodes = Nodes(deps, brain)
    return _assemble({name: getattr(nodes, name) for name in STEPS}, checkpointer)


@cache
def shared() -> "CompiledStateGraph[AskState, Run, AskState, AskState]":
    """The same graph without a caller, compiled once: its nodes come as the run's context."""
    return with_context(None)


def with_context(
    checkpointer: "BaseCheckpointSaver[Any] | None",
) -> "CompiledStateGraph[AskState, Run, AskState, AskState]":
    """A graph whose runs are given their nodes as context: `graph.invoke(state, context=Run(nodes))`."""
    return _assemble({name: _from_context(name) for name in STEPS}, checkpointer)


def walk(nodes: Nodes, start: AskState) -> AskState:
    """The same steps by the same routes without LangGraph: for a process that answers one question and
    ends, whose start would otherwise be mostly LangGraph's import. No checkpoints, no events."""
    state, step = start, LINE[0]
    while True:
        state = cast(AskState, {**state, **getattr(nodes, step)(state)})
        if step == LINE[-1]:
            return state
        if step == BESIDE:
            step = AFTER
        else:
            step = LINE[-1] if step in ASIDE else route(state, LINE[LINE.index(step) + 1])


def _from_context(name: str) -> Callable[..., AskState]:
    def step(state: AskState, runtime: Any) -> AskState:
        run = getattr(runtime.context.nodes, name)
        changed: AskState = run(state, runtime.stream_writer) if name == BESIDE else run(state)
        return changed

    return step


def _assemble(
    steps: Mapping[str, Callable[..., AskState]], checkpointer: "BaseCheckpointSaver[Any] | None"
) -> "CompiledStateGraph[AskState, Run, AskState, AskState]":
    with _collector_paused():
        from langgraph.constants import END, START
        from langgraph.graph.state import StateGraph

    graph = StateGraph(AskState, context_schema=Run)
    for name, step in steps.items():
        graph.add_node(name, step)
    graph.add_edge(START, LINE[0])
    for step_name, onward in pairwise(LINE):
        graph.add_conditional_edges(step_name, _router(onward), [onward, *ASIDE, BESIDE])
    for name in ASIDE:
        graph.add_edge(name, LINE[-1])
    graph.add_edge(BESIDE, AFTER)
    graph.add_edge(LINE[-1], END)
    return graph.compile(checkpointer=checkpointer)


def _router(onward: str) -> Callable[[AskState], str]:
    def where(state: AskState) -> str:
        return route(state, onward)

    return where


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Importing makes many objects that live on; collecting among them only costs start-up time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
