"""Ask a question: the whole answer at once, or as events while it is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from agent.answer import Answer, AskInput, Citation, RecordReference
from agent.deps import AskDeps
from agent.graph import BESIDE, Run, shared, walk, with_context
from agent.nodes import AskState, Nodes

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.types import StreamMode

    from agent.brain import Brain
    from agent.relay import Relay


@dataclass(frozen=True)
class Event:
    """One thing that happened while an answer was made.

    `step` names the step that ended, or with `tool` and `arguments` a tool that is called; `token` carries a
    part of the checked text, `citation` and `record` what its markers refer to, `done` the whole answer.
    Text is sent only once it is checked.
    """

    event: Literal["step", "token", "citation", "record", "done"]
    step: str = ""
    text: str = ""
    tool: str = ""
    arguments: str = ""
    citation: Citation | None = None
    record: RecordReference | None = None
    answer: Answer | None = None

    def data(self) -> dict[str, Any]:
        """The event's payload as JSON values, for server-sent events."""
        if self.event == "step":
            called = {"tool": self.tool, "arguments": self.arguments} if self.tool else {}
            return {"step": self.step, **called}
        if self.event == "token":
            return {"text": self.text}
        held = self.citation or self.record or self.answer
        return held.model_dump(mode="json") if held is not None else {}


def ask(
    asked: AskInput,
    deps: AskDeps,
    brain: "Brain | Relay | None" = None,
    checkpointer: "BaseCheckpointSaver[Any] | None" = None,
    *,
    light: bool = False,
) -> Answer:
    """The answer to a question, over what the caller of `deps` may see.

    `light` walks the same steps without LangGraph (no checkpointer), for a command that asks once: the
    import of LangGraph takes longer than everything else that it does.

    A question that cannot be taken gives an answer with outcome `refused`. Raises what `deps` raises,
    such as for a thread of somebody else.
    """
    nodes = Nodes(deps, brain)
    start = nodes.start(asked.question, asked.as_of, asked.thread)
    if light and checkpointer is None:
        return nodes.answer(walk(nodes, start))
    graph = shared() if checkpointer is None else with_context(checkpointer)
    state = graph.invoke(start, _config(asked, checkpointer), context=Run(nodes))
    return nodes.answer(cast(AskState, state))


def stream(
    asked: AskInput,
    deps: AskDeps,
    brain: "Brain | Relay | None" = None,
    checkpointer: "BaseCheckpointSaver[Any] | None" = None,
) -> Iterator[Event]:
    """The same as `ask`, as events; the last one is `done` with the whole answer."""
    nodes = Nodes(deps, brain)
    graph = shared() if checkpointer is None else with_context(checkpointer)
    state: AskState = nodes.start(asked.question, asked.as_of, asked.thread)
    config = _config(asked, checkpointer)
    both: list[StreamMode] = ["updates", "custom"]
    update: dict[str, Any]
    for mode, update in graph.stream(state, config, context=Run(nodes), stream_mode=both):  # type: ignore[assignment]
        if mode == "custom":
            yield Event("step", step=BESIDE, **update)
            continue
        for step, changed in update.items():
            state = cast(AskState, {**state, **(changed or {})})
            yield Event("step", step=step)
    parts = state["parts"]
    for index, part in enumerate(parts):
        yield Event("token", text=part if index == len(parts) - 1 else part + "\n\n")
    answer = nodes.answer(state)
    yield from (Event("citation", citation=c) for c in answer.citations)
    yield from (Event("record", record=r) for r in answer.records)
    yield Event("done", answer=answer)


def _config(asked: AskInput, checkpointer: object) -> Any:
    """A checkpointer needs a key; without a thread every question is its own."""
    if checkpointer is None:
        return None
    from uuid import uuid4

    return {"configurable": {"thread_id": asked.thread or uuid4().hex}}
