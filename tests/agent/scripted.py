"""A chat model that plays back replies and tool calls, or raises, and keeps what it was sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, InvalidToolCall, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field


@dataclass(frozen=True)
class Calls:
    """A reply that calls tools: names with arguments; arguments as text are sent as they are, so they may be
    no JSON."""

    calls: tuple[tuple[str, dict[str, Any] | str], ...]

    def message(self) -> AIMessage:
        made = AIMessage(content="")
        for number, (name, given) in enumerate(self.calls):
            if isinstance(given, dict):
                made.tool_calls.append(ToolCall(name=name, args=given, id=f"c{number}"))
            else:
                bad = InvalidToolCall(
                    type="invalid_tool_call", name=name, args=given, id=f"c{number}", error="no JSON"
                )
                made.invalid_tool_calls.append(bad)
        return made


def calls(*made: tuple[str, dict[str, Any] | str]) -> Calls:
    return Calls(made)


class Scripted(BaseChatModel):
    """Replies in order; a dict or list is sent as JSON, an exception is raised, a function is given what was
    sent."""

    replies: list[Any] = Field(default_factory=list)
    sent: list[list[BaseMessage]] = Field(default_factory=list)
    tokens: int = 0
    settings: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self.sent.append(list(messages))
        self.settings.append(kwargs)
        reply = self.replies.pop(0)
        if callable(reply):
            reply = reply(messages)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Calls):
            return self._result(reply.message())
        text = reply if isinstance(reply, str) else json.dumps(reply)
        return self._result(AIMessage(text))

    def _result(self, message: AIMessage) -> ChatResult:
        """With the tokens that each call is said to take."""
        if self.tokens:
            message.usage_metadata = UsageMetadata(
                input_tokens=self.tokens, output_tokens=0, total_tokens=self.tokens
            )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=list(tools), **kwargs)

    def said(self, index: int = -1) -> str:
        """Everything sent in one call."""
        return "\n".join(str(message.content) for message in self.sent[index])
