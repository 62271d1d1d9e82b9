"""What a model's calls took: how many, how many tokens, how long. One meter for each client, thread-safe."""

import threading

from pydantic import Field

from obligations.quantities import Frozen


class Usage(Frozen):
    """Calls that reached the model, tokens in and out, seconds waited, and replies that had to be repaired.

    `unknown` are calls whose provider did not say how many tokens they took: they count none.
    """

    calls: int = Field(default=0, ge=0)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0)
    repaired: int = Field(default=0, ge=0)
    unknown: int = Field(default=0, ge=0)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in Usage.model_fields})

    def since(self, earlier: "Usage") -> "Usage":
        """What came on top of an earlier reading of the same meter."""
        gone = {name: getattr(self, name) - getattr(earlier, name) for name in Usage.model_fields}
        return Usage(**{**gone, "seconds": max(gone["seconds"], 0.0)})


class Meter:
    """Adds up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Usage()

    @property
    def total(self) -> Usage:
        with self._lock:
            return self._total

    def add(self, usage: Usage) -> None:
        with self._lock:
            self._total += usage
