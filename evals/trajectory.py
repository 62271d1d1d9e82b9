"""Trajectories: which tools, with which arguments, a question needs. Read from YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from evals.errors import CaseError
from evals.listed import rows
from obligations.quantities import Frozen

TRAJECTORIES = Path(__file__).parent / "cases" / "trajectories.yaml"


class Called(Frozen):
    """One call of a tool (docs/tools.md) with the arguments that matter, as JSON has them."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.tool}({', '.join(f'{name}={value}' for name, value in self.arguments.items())})"


class TrajectoryCase(Frozen):
    """A question and the calls that answer it, in whatever order."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    question: str
    because: str = ""
    calls: tuple[Called, ...] = Field(min_length=1)

    @property
    def group(self) -> str:
        return self.calls[0].tool

    @property
    def title(self) -> str:
        return self.question

    @property
    def expected(self) -> str:
        return "; ".join(str(call) for call in self.calls)


@dataclass(frozen=True)
class Walked:
    """The calls that were made; `why_not` where nobody plans any."""

    calls: tuple[Called, ...] = field(default=())
    why_not: str = ""

    @property
    def short(self) -> str:
        return self.why_not or "; ".join(str(call) for call in self.calls) or "no tool was called"


def load_trajectories(path: Path = TRAJECTORIES) -> tuple[TrajectoryCase, ...]:
    """The cases of a file. Raises CaseError naming the case and the field."""
    found: dict[str, TrajectoryCase] = {}
    for number, row in enumerate(rows(path), start=1):
        name = row.get("id", f"case {number}") if isinstance(row, Mapping) else f"case {number}"
        try:
            case = TrajectoryCase.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the case"
            raise CaseError(f"{path.name}: {name}: {place}: {first['msg']}", remedy="correct it") from error
        if case.id in found:
            raise CaseError(f"{path.name}: two cases are called {case.id}", remedy="rename one of them")
        found[case.id] = case
    return tuple(found.values())
