"""Chat completions in the form that OpenAI's clients speak: ask from the client you already use.

The last user message is the question. What was said before in a conversation is known by `user` or the
header `X-Thread`, as the caller's own thread; without one every question stands alone. Markers such as [1]
come with a list of sources, and the whole answer, with its proof, stands in `pacta`.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from agent.answer import QUESTION_LIMIT, Answer
from agent.ask import Event
from api.auth import Caller, Product
from flows import ask as flow
from flows.errors import FlowError

router = APIRouter(prefix="/v1", tags=["chat"])

MODEL = "pacta"
THREAD = r"^[A-Za-z0-9._-]{1,64}$"


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")
    type: str
    text: str = ""


class Message(BaseModel):
    """One message. System messages and earlier answers are not read: nothing in them changes an answer."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Completion(BaseModel):
    """What OpenAI's clients send. Sampling settings are taken and change nothing: answers are computed."""

    model_config = ConfigDict(extra="ignore")
    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=500)
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    user: str | None = Field(default=None, pattern=THREAD, description="name of a conversation of your own")


@router.get("/models")
def models(caller: Caller) -> dict[str, Any]:
    """The one model there is: Pacta."""
    held = {"id": MODEL, "object": "model", "created": 0, "owned_by": "pacta"}
    return {"object": "list", "data": [held]}


@router.post("/chat/completions")
def complete(
    asked: Completion,
    caller: Caller,
    pacta: Product,
    x_thread: Annotated[str | None, Header(pattern=THREAD)] = None,
) -> Response:
    """Answer the last user message; with `stream` as server-sent events, text only once it is checked."""
    question, thread = _question(asked.messages), x_thread or asked.user
    if asked.stream:
        events = flow.stream(pacta, question, caller, thread=thread)
        usage = bool((asked.stream_options or {}).get("include_usage"))
        return StreamingResponse(_chunks(events, usage), media_type="text/event-stream")
    answer = flow.ask(pacta, question, caller, thread=thread)
    body = {
        **_head("chat.completion"),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.answer + sources(answer)},
                "finish_reason": "stop",
            }
        ],
        "usage": NOTHING_COUNTED,
        "pacta": answer.model_dump(mode="json"),
    }
    return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")


NOTHING_COUNTED = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""Tokens of a model behind are the operator's, and are counted there."""


def sources(answer: Answer) -> str:
    """What the markers of an answer stand for, for a client that shows text alone."""
    lines = [
        f"{c.marker} {c.contract}{f', {c.section}' if c.section else ''}: “{' '.join(c.quote.split())}”"
        for c in answer.citations
    ]
    lines += [
        f"{r.marker} {r.label or r.record} ({r.system}){f' {r.url}' if r.url else ''}" for r in answer.records
    ]
    return "\n\nSources\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _question(messages: Sequence[Message]) -> str:
    said = next((m.text.strip() for m in reversed(messages) if m.role == "user"), "")
    if not said or len(said) > QUESTION_LIMIT:
        what = "is empty" if not said else f"is longer than {QUESTION_LIMIT} characters"
        raise FlowError(f"the last user message {what}", remedy="send a question as the last user message")
    return said


def _head(kind: str, name: str | None = None) -> dict[str, Any]:
    made = {"id": name or f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time())}
    return {**made, "model": MODEL}


def _chunks(events: Iterator[Event], usage: bool) -> Iterator[str]:
    name = f"chatcmpl-{uuid4().hex}"

    def chunk(delta: dict[str, Any], end: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        body = {**_head("chat.completion.chunk", name), "choices": [choice], **more}
        return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    for event in events:
        if event.event == "token":
            yield chunk({"content": event.text})
        if event.answer is not None:
            if cited := sources(event.answer):
                yield chunk({"content": cited})
            yield chunk({}, "stop", pacta=event.answer.model_dump(mode="json"))
    if usage:
        body = {**_head("chat.completion.chunk", name), "choices": [], "usage": NOTHING_COUNTED}
        yield f"data: {json.dumps(body)}\n\n"
    yield "data: [DONE]\n\n"
