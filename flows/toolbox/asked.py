"""Asking in words, as a tool for other programs: the same answer, checked, with its proof."""

from typing import Any

from pydantic import Field

from agent.answer import QUESTION_LIMIT
from agent.tool import Arguments, Tool
from flows.ask import ask
from flows.toolbox.caller import AsOf, Caller


class Question(Arguments):
    question: str = Field(min_length=1, max_length=QUESTION_LIMIT, description="in plain words")
    as_of: AsOf = None
    thread: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="a name of your own for a conversation, so that a later question may refer to this one",
    )


def ask_tool(caller: Caller) -> Tool:
    def answer(asked: Question) -> dict[str, Any]:
        at = caller.at(asked.as_of) if asked.as_of is not None else None
        found = ask(caller.pacta, asked.question, caller.principal, as_of=at, thread=asked.thread)
        return found.model_dump(mode="json", exclude={"question", "dropped"}, exclude_none=True)

    return Tool(
        "ask",
        "Ask about contracts and how they are kept: who is in breach, why, how much is owed, what is due, "
        "what a clause says. The answer is checked against its evidence and carries its proof.",
        Question,
        answer,
    )
