"""The tools of a caller: what a model, an MCP client or a chat may ask of the product, in the caller's scope.

All read but `propose_actions`, which proposes and never executes. Texts in what they give were written by
others: they are data.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from agent.errors import ToolError
from agent.tool import Tool
from flows.toolbox import judged, said, settled
from flows.toolbox.asked import ask_tool
from flows.toolbox.caller import Caller

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from store import Principal


def tools(pacta: "Pacta", principal: "Principal", as_of: datetime | None = None) -> dict[str, Tool]:
    """Every tool that the caller's role may use, by name, judging as of an instant (default: now). Nothing is
    proposed on what was judged as of an earlier day."""
    caller = Caller(pacta, principal, as_of)
    past = as_of is not None and as_of.date() < caller.now.astimezone(as_of.tzinfo).date()
    found = (*said.tools(caller), *judged.tools(caller), *settled.tools(caller))
    acts = principal.may("reviewer") and not past
    return {tool.name: tool for tool in found if acts or not tool.writes}


def every_tool(pacta: "Pacta", principal: "Principal") -> dict[str, Tool]:
    """Those tools, and asking in words: for programs that are no part of an answer themselves."""
    ask = ask_tool(Caller(pacta, principal))
    return {ask.name: ask, **tools(pacta, principal)}


def tool(held: dict[str, Tool], name: str) -> Tool:
    """One of them. Raises ToolError for a name that is none of theirs."""
    if name not in held:
        raise ToolError(f"there is no tool {name!r}", remedy=f"the tools are {', '.join(held)}")
    return held[name]
