"""A tool: something that a model or another program may ask of the product, with checked arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import ToolError


class Arguments(BaseModel):
    """Arguments of a tool; unknown ones are refused, so that a misspelt one is not silently left out."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Tool:
    """`about` says what it gives and when to use it; `call` takes the checked arguments and gives JSON
    values. `writes`: it leaves something behind (a proposal), and never anything outside."""

    name: str
    about: str
    arguments: type[Arguments]
    call: Callable[[Any], dict[str, Any]]
    writes: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The arguments as JSON Schema."""
        return self.arguments.model_json_schema()

    def run(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the tool gives. Raises ToolError naming the argument that cannot be taken, and whatever the
        tool itself raises on purpose."""
        try:
            arguments = self.arguments.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "the arguments"
            known = ", ".join(self.arguments.model_fields)
            raise ToolError(
                f"{self.name}: {field}: {first['msg']}", remedy=f"the arguments are {known}"
            ) from error
        return self.call(arguments)
