"""Questions: one answer as JSON, or the same answer as server-sent events while it is made."""

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agent.answer import QUESTION_LIMIT, Answer
from agent.ask import Event
from api.auth import Caller, Product
from flows import ask as flow

router = APIRouter(tags=["ask"])


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=QUESTION_LIMIT, examples=["Is Acme in SLA breach?"])
    as_of: AwareDatetime | None = Field(default=None, description="instant to judge; default: now")
    thread: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9._-]{1,64}$", description="name of a conversation of your own"
    )


@router.post("/v1/ask", response_model=Answer)
def ask(asked: Question, caller: Caller, pacta: Product, accept: Annotated[str, Header()] = "") -> Response:
    """Answer a question with the clauses and records that prove it.

    With `Accept: text/event-stream` the steps, the parts of the answer and its citations come as events;
    the event `done` holds the whole answer.
    """
    if "text/event-stream" in accept:
        events = flow.stream(pacta, asked.question, caller, as_of=asked.as_of, thread=asked.thread)
        return StreamingResponse(_frames(events), media_type="text/event-stream")
    answer = flow.ask(pacta, asked.question, caller, as_of=asked.as_of, thread=asked.thread)
    return Response(answer.model_dump_json(), media_type="application/json")


def _frames(events: Iterator[Event]) -> Iterator[str]:
    for event in events:
        yield f"event: {event.event}\ndata: {json.dumps(event.data(), ensure_ascii=False)}\n\n"
