"""A brain whose model is watched: a model that gave nothing is not one that was never asked."""

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from agent.model import ChatModel

if TYPE_CHECKING:
    from agent.brain import Brain
    from agent.prompts import Prompt

T = TypeVar("T")


class Watched(ChatModel):
    """A model that notes the tasks it is asked for, in `tasks`, in their order."""

    def __init__(self, model: ChatModel) -> None:
        # The same client, name, meter and allowance: only asking is watched.
        self.__dict__.update(model.__dict__)
        self._model = model
        self.tasks: list[str] = []

    def ask(self, prompt: "Prompt", inputs: Mapping[str, str], read: Callable[[Any], T]) -> T:
        self.tasks.append(prompt.task)
        return self._model.ask(prompt, inputs, read)


def watched(brain: "Brain") -> "tuple[Brain, Watched]":
    """The same brain over a model that is watched, and the model."""
    model = Watched(brain._model)
    seen = copy.copy(brain)
    seen._model = model
    return seen, model
