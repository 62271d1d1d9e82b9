"""Trajectories: the tools a model calls to look up what a question needs, against the calls it takes.

Only a model plans calls. Without one the metrics are unscored, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evals.scorers.ragas_metrics import RAGAS_TOOLS, Ragas, metrics
from evals.task import Task
from evals.trajectory import TRAJECTORIES, Called, TrajectoryCase, Walked, load_trajectories

if TYPE_CHECKING:
    from agent.brain import Brain
    from agent.tool import Tool
    from flows.wiring import Pacta

NO_MODEL = "no model is configured that plans tool calls"
NO_PROMPT = "no prompt `research` is in force"


def task(ragas: Ragas | None = None, brain: "Brain | None" = None) -> Task[TrajectoryCase, Walked]:
    """The eval of tool calls, over the first company."""
    judge = ragas or Ragas()
    return Task(
        name="trajectories",
        about="tools called, with which arguments, by a model that looks up what a question needs",
        samples=lambda pacta: load_trajectories(),
        cases=(TRAJECTORIES,),
        engine=brain.engine("research") if brain and brain.researches else "embedded",
        solve=lambda pacta, case: walk(pacta, case, brain),
        scorers=(judge.tools,),
        metrics=metrics(*RAGAS_TOOLS),
        show=lambda output: output.short,
    )


def walk(pacta: "Pacta", case: TrajectoryCase, brain: "Brain | None") -> Walked:
    """The calls the model makes for a question: of the question as the planner understands it, with the
    tools of somebody who sees everything and may propose nothing."""
    if brain is None or not brain.researches:
        return Walked(why_not=NO_MODEL if brain is None else NO_PROMPT)
    from agent.desk import Desk
    from agent.planner import PlanContext, plan
    from flows.ask import View
    from store import LOCAL

    view = View(pacta, LOCAL)
    desk = Desk(view, view.clock())
    context = PlanContext(desk.as_of, desk.names, desk.services, desk.ours)
    made: list[Called] = []
    tools = noted(view.tools(desk.as_of), made)
    brain.research(case.question, plan(case.question, context), desk, tools, lambda told: None)
    return Walked(tuple(made))


def noted(tools: "Mapping[str, Tool]", made: list[Called]) -> "dict[str, Tool]":
    """The reading tools, each of which notes its name and the arguments it was given."""

    def noting(tool: "Tool") -> "Tool":
        def call(arguments: Any) -> dict[str, Any]:
            given = arguments.model_dump(mode="json", exclude_unset=True, exclude={"as_of", "known_at"})
            made.append(Called(tool=tool.name, arguments=given))
            return tool.call(arguments)

        return replace(tool, call=call)

    return {name: noting(tool) for name, tool in tools.items() if not tool.writes}


def references(cases: Sequence[TrajectoryCase]) -> tuple[Called, ...]:
    """Every call that the cases want, each once."""
    return tuple({str(call): call for case in cases for call in case.calls}.values())
