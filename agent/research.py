"""A model looks up, with the caller's tools and over several steps, what a question needs.

It words nothing: what the tools gave becomes evidence, from which the answer is worded and checked like any
other. It has so many steps, so much time, and what its request may spend. A call that was made before is
answered from memory; who goes on repeating has finished.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from agent.conversation import Call, Conversation
from agent.desk import Desk
from agent.errors import ModelError, ToolError
from agent.found import Finder, Found
from agent.model import ChatModel, parse
from agent.plan import Plan
from agent.prompts import Prompt
from agent.tool import Tool
from obligations.errors import PactaError

_log = logging.getLogger(__name__)
FIXED = ("as_of", "known_at")
"""Arguments that the question settles: an answer is of one instant."""

Tell = Callable[[dict[str, str]], None]
"""Is told of each call: the tool's name and its arguments in short."""


@dataclass(frozen=True)
class Limits:
    """`steps` are turns of the model, `calls` what one turn may call, `repeats` how many calls it may make
    again, `characters` how long a result is shown."""

    steps: int = 8
    seconds: float = 60.0
    calls: int = 8
    repeats: int = 2
    characters: int = 12_000


class Research:
    """One look-up. `tools` are those of the caller, by name."""

    def __init__(
        self,
        desk: Desk,
        tools: Mapping[str, Tool],
        tell: Tell,
        limits: Limits | None = None,
    ) -> None:
        self._tools, self._tell = tools, tell
        self._limits = limits or Limits()
        self._finder, self._desk = Finder(desk), desk
        self._held: dict[str, str] = {}
        self._repeated = 0
        self._calls: list[str] = []

    def run(self, model: ChatModel, prompt: Prompt, question: str, plan: Plan) -> Found:
        """What was found. Raises ModelError when the model does not begin; one that breaks off leaves what
        it has found."""
        talk = Conversation(*prompt.render(self._inputs(question, plan)))
        offered = [_offered(tool) for tool in self._tools.values()]
        until = time.monotonic() + self._limits.seconds
        use: list[str] | None = None
        for step in range(self._limits.steps):
            try:
                said = model.step(prompt, talk, offered, until)
            except ModelError as error:
                if step == 0:
                    raise
                _log.warning("looking up ended early: %s", error)
                break
            if not said.calls:
                use = _named(said.text)
                break
            for number, call in enumerate(said.calls):
                talk.give(call, self._gives(call, number))
            if self._repeated >= self._limits.repeats or time.monotonic() > until:
                break
        return self._finder.found(use, self._calls)

    def _inputs(self, question: str, plan: Plan) -> dict[str, str]:
        return {
            "question": json.dumps(question, ensure_ascii=False),
            "as_of": self._desk.as_of.isoformat(),
            "plan": plan.model_dump_json(exclude={"focus", "notes"}, exclude_defaults=True),
        }

    def _gives(self, call: Call, number: int) -> str:
        """What a call gives, as JSON; an error says what would be right."""
        asked = f"{call.tool} {json.dumps(call.arguments, sort_keys=True, default=str)}"
        if asked in self._held and not call.fault:
            self._repeated += 1
            return self._held[asked]
        if number >= self._limits.calls:
            return _error(f"at most {self._limits.calls} calls at once", "call again for the rest")
        short = ", ".join(f"{name}: {value}" for name, value in call.arguments.items())[:200]
        self._tell({"tool": call.tool[:64], "arguments": short})
        try:
            result = self._run(call)
        except PactaError as error:
            given = _error(str(error), getattr(error, "remedy", ""))
        else:
            self._calls.append(f"{call.tool} {short}".strip())
            given = _fitted(self._finder.marked(result), self._limits.characters)
        self._held[asked] = given
        return given

    def _run(self, call: Call) -> dict[str, Any]:
        if call.tool not in self._tools:
            raise ToolError(
                f"there is no tool {call.tool!r}", remedy=f"the tools are {', '.join(self._tools)}"
            )
        if call.fault:
            raise ToolError(f"{call.tool}: {call.fault}", remedy="give one JSON object")
        if fixed := [name for name in FIXED if call.arguments.get(name) is not None]:
            raise ToolError(
                f"{call.tool}: {fixed[0]} is settled by the question: {self._desk.as_of.isoformat()}",
                remedy="leave it out",
            )
        result: dict[str, Any] = to_jsonable_python(self._tools[call.tool].run(call.arguments))
        return result


def _offered(tool: Tool) -> dict[str, Any]:
    """A tool in the form of OpenAI's API, without what the question settles."""
    schema = tool.schema
    fields = {name: held for name, held in schema.get("properties", {}).items() if name not in FIXED}
    about = {"name": tool.name, "description": tool.about, "parameters": {**schema, "properties": fields}}
    return {"type": "function", "function": about}


def _named(text: str) -> list[str] | None:
    """The keys that the last turn names; None when it names none in the form asked for."""
    try:
        reply = parse(text)
    except ValueError:
        return None
    named = reply.get("use") if isinstance(reply, dict) else None
    return [key for key in named if isinstance(key, str)] if isinstance(named, list) else None


def _fitted(result: dict[str, Any], most: int) -> str:
    """The result as JSON of at most so many characters: rows are left off from the end, and counted."""
    text = json.dumps(result, ensure_ascii=False)
    while len(text) > most and len(result.get("rows") or ()) > 1:
        kept = result["rows"][: max(1, len(result["rows"]) * most // len(text) - 1)]
        left_off = result.get("left_off", 0) + len(result["rows"]) - len(kept)
        result = {**result, "rows": kept, "left_off": left_off}
        text = json.dumps(result, ensure_ascii=False)
    return text if len(text) <= most else text[:most] + " … (cut off)"


def _error(what: str, remedy: str) -> str:
    return json.dumps({"error": what, "remedy": remedy}, ensure_ascii=False)
