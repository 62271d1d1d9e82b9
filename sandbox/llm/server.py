"""The routes of an OpenAI-compatible server: `/llm/v1/models` and `/llm/v1/chat/completions`."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

from sandbox.faults import kind_of, seconds_of
from sandbox.llm import tools
from sandbox.llm.faults import spoiled
from sandbox.llm.replies import reply
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

MODEL = "sandbox-reader"
PIECE = 400
"""Characters of a reply that are streamed at once."""
SLOW_PIECE = 8
"""The same of a slow stream."""
LETTERS = 4
"""Characters that count as a token."""
_FAILURES = {
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    429: ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", "server_error", None),
}


@dataclass(frozen=True)
class Said:
    """One reply: words or a tool call, why it ended, and what it took."""

    text: str
    call: Mapping[str, Any] | None
    ended: str
    usage: Mapping[str, int]

    def message(self) -> dict[str, Any]:
        if self.call is None:
            return {"role": "assistant", "content": self.text}
        return {"role": "assistant", "content": None, "tool_calls": [self.called()]}

    def called(self) -> dict[str, Any]:
        return {"id": "call_sandbox", "type": "function", "function": dict(self.call or {})}


class ModelServer:
    """The stand-in's routes; it holds no state."""

    def router(self) -> APIRouter:
        routes = APIRouter(prefix="/llm/v1")
        routes.add_api_route("/models", self.models, methods=["GET"])
        routes.add_api_route("/chat/completions", self.complete, methods=["POST"])
        return routes

    def reset(self) -> None:
        """Nothing is remembered, so there is nothing to bring back."""

    async def models(self) -> Response:
        return JSONResponse(
            {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "sandbox"}]}
        )

    async def complete(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            messages = [{**m, "role": str(m["role"])} for m in body["messages"]]
        except (ValueError, KeyError, TypeError):
            return failure(400, {}, "the body must hold `messages`")
        kind = kind_of(request)
        said = _said(body, messages, kind)
        head = {"id": "chatcmpl-sandbox", "created": int(time.time()), "model": MODEL}
        if body.get("stream"):
            counts = bool((body.get("stream_options") or {}).get("include_usage"))
            wait = seconds_of(request) if kind == "slow_stream" else 0.0
            return StreamingResponse(_streamed(head, said, counts, wait), media_type="text/event-stream")
        choice = {"index": 0, "message": said.message(), "finish_reason": said.ended}
        return JSONResponse(
            {**head, "object": "chat.completion", "choices": [choice], "usage": dict(said.usage)}
        )


def failure(status: int, headers: Mapping[str, str], message: str = "") -> Response:
    """A refusal in the vendor's form."""
    known, type_, code = _FAILURES.get(status, ("The request failed.", "invalid_request_error", None))
    error = {"message": message or known, "type": type_, "param": None, "code": code}
    return JSONResponse({"error": error}, status, headers=dict(headers))


def _said(body: Mapping[str, Any], messages: list[dict[str, Any]], kind: str) -> Said:
    offered = body.get("tools") or []
    call = tools.call(messages, offered) if offered and body.get("tool_choice") != "none" else None
    if offered and kind == "endless_tools":
        call = tools.call([m for m in messages if m["role"] != "tool"], offered) or tools.any_call(offered)
    text = "" if call else spoiled(kind, _words(messages, bool(offered)))
    ended = "tool_calls" if call else "length" if kind == "cut_off" else "stop"
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if isinstance(limit, int) and len(text) > limit * LETTERS:
        text, ended = text[: limit * LETTERS], "length"
    return Said(text, call, ended, _usage(messages, text or json.dumps(call)))


def _words(messages: list[dict[str, Any]], with_tools: bool) -> str:
    if with_tools or any(m["role"] == "tool" for m in messages):
        return tools.answer(messages)
    return reply([(m["role"], str(m.get("content") or "")) for m in messages])


def _usage(messages: list[dict[str, Any]], text: str) -> dict[str, int]:
    read = sum(len(str(m.get("content") or "")) for m in messages) // LETTERS
    written = len(text) // LETTERS
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


async def _streamed(head: Mapping[str, Any], said: Said, counts: bool, wait: float) -> AsyncIterator[str]:
    """The reply in pieces as server-sent events, and at last, where asked for, what it took."""
    size = SLOW_PIECE if wait else PIECE
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if said.call is not None:
        deltas.append({"tool_calls": [{"index": 0, **said.called()}]})
    deltas += [{"content": said.text[at : at + size]} for at in range(0, len(said.text), size)]
    for delta in deltas:
        yield _chunk(head, delta, None)
        if wait:
            await asyncio.sleep(wait)
    yield _chunk(head, {}, said.ended)
    if counts:
        yield _event({**head, "object": "chat.completion.chunk", "choices": [], "usage": dict(said.usage)})
    yield "data: [DONE]\n\n"


def _chunk(head: Mapping[str, Any], delta: Mapping[str, Any], ended: str | None) -> str:
    choice = {"index": 0, "delta": dict(delta), "finish_reason": ended}
    return _event({**head, "object": "chat.completion.chunk", "choices": [choice]})


def _event(body: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _made(sandbox: Sandbox) -> ModelServer:
    return ModelServer()


VENDOR = Vendor("llm", "llm", _made, failure)
