"""Outcomes kept by the replies they came of, so that many prompts can be measured over the same cases.

What a sample comes to follows from the replies of the model: the rest of the product does the same every
time. A prompt whose replies to a sample are those of another prompt comes to the same, and the sample need
not be solved again; the model is asked all the same, and its tokens are counted. Only for a model that
repeats itself.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from agent.errors import ModelError
from agent.model import ChatModel
from agent.usage import Meter, Usage
from evals.task import Task

if TYPE_CHECKING:
    from agent.prompts import Prompt

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One call: the task, the prompt's digest, its inputs, the JSON it came to, and what it took."""

    task: str
    digest: str
    inputs: Mapping[str, str]
    replies: tuple[Any, ...]
    spent: Usage


class Recording(ChatModel):
    """A model that notes every call, in `calls`."""

    def __init__(self, model: ChatModel) -> None:
        self.__dict__.update(model.__dict__)
        self.calls: list[Asked] = []

    def ask(self, prompt: "Prompt", inputs: Mapping[str, str], read: Callable[[Any], T]) -> T:
        replies: list[Any] = []
        before = self.meter.total

        def noted(reply: Any) -> T:
            replies.append(reply)
            return read(reply)

        try:
            return super().ask(prompt, inputs, noted)
        finally:
            spent = self.meter.total.since(before)
            self.calls.append(Asked(prompt.task, prompt.digest, dict(inputs), tuple(replies), spent))


class Kept:
    """Outputs of samples with the calls they came of."""

    def __init__(self, model: Recording) -> None:
        self._model = model
        self._outputs: dict[tuple[str, str], list[tuple[tuple[Asked, ...], Any]]] = {}

    def over(self, task: Task[Any, Any], prompts: Mapping[str, "Prompt"]) -> Task[Any, Any]:
        """The same task, solved only where the prompts bring other replies than were seen before."""

        def solve(pacta: Any, sample: Any) -> Any:
            known = self._outputs.setdefault((task.name, sample.id), [])
            for calls, output in known:
                spent = self._same(calls, prompts)
                if spent is not None:
                    for each in spent:
                        self._model.meter.add(each)
                    return output
            self._model.calls.clear()
            output = task.solve(pacta, sample)
            known.append((tuple(self._model.calls), output))
            return output

        return replace(task, solve=solve)

    def _same(self, calls: Sequence[Asked], prompts: Mapping[str, "Prompt"]) -> list[Usage] | None:
        """What the calls take with these prompts, where every reply is the same; None where one is not."""
        spent: list[Usage] = []
        for call in calls:
            prompt = prompts[call.task]
            if prompt.digest == call.digest:
                spent.append(call.spent)
                continue
            if len(call.replies) != 1:
                return None
            reply, took = self._replied(prompt, call.inputs)
            if reply != call.replies[0]:
                return None
            spent.append(took)
        return spent

    def _replied(self, prompt: "Prompt", inputs: Mapping[str, str]) -> tuple[Any, Usage]:
        apart = copy.copy(self._model)
        apart.meter, apart.calls = Meter(), []
        try:
            return apart.ask(prompt, inputs, lambda reply: reply), apart.meter.total
        except ModelError:
            return None, apart.meter.total
