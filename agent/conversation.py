"""A conversation with tools: what was said, which tools a model calls, and what they gave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage


@dataclass(frozen=True)
class Call:
    """One call that a model asks for. `fault` says why its arguments cannot be read; empty when they can."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True)
class Said:
    """One turn of a model: its text, and the tools it calls; without calls it has finished."""

    text: str
    calls: tuple[Call, ...] = ()


class Conversation:
    """The messages of one conversation, in the form that every provider's client takes."""

    def __init__(self, system: str, user: str) -> None:
        from langchain_core.messages import HumanMessage, SystemMessage

        self.messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(user)]

    @property
    def characters(self) -> int:
        """How much is sent with the next call, calls and their results included."""
        return sum(len(str(m.content)) + len(str(getattr(m, "tool_calls", ""))) for m in self.messages)

    def said(self, message: "BaseMessage") -> Said:
        """Takes a model's turn in, and reads it."""
        from langchain_core.messages import AIMessage

        text = message.text if isinstance(message.text, str) else str(message.content)
        turn = AIMessage(
            content=text,
            tool_calls=getattr(message, "tool_calls", []),
            invalid_tool_calls=getattr(message, "invalid_tool_calls", []),
        )
        for number, call in enumerate((*turn.tool_calls, *turn.invalid_tool_calls)):
            call["id"] = call["id"] or f"call-{len(self.messages)}-{number}"
        self.messages.append(turn)
        return Said(text, tuple(_calls(turn)))

    def give(self, call: Call, result: str) -> None:
        """Says what a call gave."""
        from langchain_core.messages import ToolMessage

        self.messages.append(ToolMessage(content=result, tool_call_id=call.id))


def _calls(turn: "AIMessage") -> Iterator[Call]:
    for call in turn.tool_calls:
        yield Call(str(call["id"]), call["name"], call["args"])
    for bad in turn.invalid_tool_calls:
        yield Call(str(bad["id"]), str(bad["name"] or ""), {}, "the arguments are not a JSON object")
