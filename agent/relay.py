"""Several models in a row: the next one is asked where one is not there, too slow, or may not be paid for."""

import logging
from collections.abc import Mapping, Sequence

from agent.answer import Draft
from agent.brain import Brain
from agent.desk import Desk
from agent.errors import BudgetSpent, ModelError, ModelUnavailable
from agent.evidence import Evidence
from agent.found import Found
from agent.plan import Plan
from agent.planner import PlanContext
from agent.research import Tell
from agent.tell.material import Material
from agent.tool import Tool

_log = logging.getLogger(__name__)


class Relay:
    """Brains in the order in which they are asked. What none of them gives, the embedded planner and the
    templates do."""

    def __init__(self, brains: Sequence[Brain]) -> None:
        self._brains = tuple(brains)

    @property
    def researches(self) -> bool:
        """One of them uses tools."""
        return any(brain.researches for brain in self._brains)

    def understand(self, question: str, context: PlanContext) -> tuple[Plan, str]:
        """The plan of the first model that gives one, and its engine. Raises ModelError when none does."""
        fault: ModelError = ModelUnavailable("no model is configured")
        for brain in self._brains:
            try:
                return brain.understand(question, context), brain.engine("understand")
            except ModelError as error:
                _log.warning("understanding: %s", error)
                fault = error
        raise fault

    def research(
        self, question: str, plan: Plan, desk: Desk, tools: Mapping[str, Tool], tell: Tell
    ) -> tuple[Found, str] | None:
        """What the first model that begins finds with tools, and its engine; None when none does."""
        for brain in self._brains:
            try:
                found = brain.research(question, plan, desk, tools, tell)
            except ModelError as error:
                _log.warning("looking up: %s", error)
                continue
            if found is not None:
                return found, brain.engine("research")
        return None

    def write(
        self, material: Material, template: Draft, evidence: Evidence, found: Found | None = None
    ) -> tuple[Draft, str] | None:
        """The wording of the first model that is there, and its engine; None when it gives none that holds.

        A wording that does not hold is not tried with the next model: the template says the same, surely."""
        for brain in self._brains:
            try:
                draft = brain.write(material, template, evidence, found)
            except (ModelUnavailable, BudgetSpent) as error:
                _log.warning("wording: %s", error)
                continue
            return None if draft is None else (draft, brain.engine("compose"))
        return None
