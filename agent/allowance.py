"""What one request may spend on a model: tokens of its own, and what is left of its caller's day."""

import threading
from collections.abc import Callable

from agent.errors import BudgetSpent
from agent.usage import Usage

CHARACTERS_PER_TOKEN = 3
"""How many characters one token has at the least, in the languages of contracts: to the safe side."""


class Allowance:
    """Counts what a request's calls take. `tokens` None: no limit; `told` is given the usage of each call,
    for the caller's account. Thread-safe."""

    def __init__(self, tokens: int | None = None, told: Callable[[Usage], None] | None = None) -> None:
        self._tokens, self._told = tokens, told
        self._spent = 0
        self._lock = threading.Lock()

    def ask_for(self, characters: int, reply_tokens: int) -> None:
        """Raises BudgetSpent where a call of so many characters with so long a reply may go beyond it."""
        if self._tokens is None:
            return
        wanted = -(-characters // CHARACTERS_PER_TOKEN) + reply_tokens
        with self._lock:
            left = self._tokens - self._spent
        if wanted > left:
            raise BudgetSpent(
                f"a call of up to {wanted} tokens does not fit into the {max(left, 0)} that are left",
                remedy="raise `budget` in the settings, or ask again tomorrow",
            )

    def spend(self, usage: Usage) -> None:
        with self._lock:
            self._spent += usage.tokens
        if self._told is not None:
            self._told(usage)
