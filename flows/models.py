"""The models of a request: within its budget and its caller's, with replies kept, and a second in reserve."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from store.models import ModelUse

if TYPE_CHECKING:
    from agent.allowance import Allowance
    from agent.model import ChatModel
    from agent.relay import Relay
    from agent.usage import Usage
    from flows.settings import ModelPrices
    from flows.wiring import Pacta
    from store import Principal

MILLION = 1_000_000


def relay(pacta: "Pacta", principal: "Principal", *, fresh: bool = False) -> "Relay | None":
    """The configured models for one request of a caller, with the prompts in force; None: there is none.
    `fresh` uses no reply that was kept.

    Raises UnmeasuredPrompt where the gate has not passed a prompt with one of them.
    """
    models = [model for model in (pacta.model, pacta.second_model) if model is not None]
    if not models:
        return None
    from agent.brain import Brain
    from agent.relay import Relay
    from flows.prompts import loaded

    keeps = pacta.settings.budget.keep_replies_days and not fresh
    kept = KeptReplies(pacta) if keeps else None
    left = _left(pacta, principal)
    brains = []
    for model in models:
        limited = model.under(_allowance(pacta, principal, model, left), kept)
        tasks = ("understand", "compose", "research")
        understand, compose, research = (loaded(pacta, task, model.name) for task in tasks)
        brains.append(Brain(limited, understand, compose, research))
    return Relay(brains)


class KeptReplies:
    """Replies in the store, for as long as the settings say (`agent.model.Replies`)."""

    def __init__(self, pacta: "Pacta") -> None:
        self._pacta = pacta

    def get(self, key: str) -> str | None:
        return self._pacta.store.model_reply(key)

    def put(self, key: str, task: str, reply: str) -> None:
        at = self._pacta.wall_clock()
        days = timedelta(days=self._pacta.settings.budget.keep_replies_days)
        self._pacta.store.forget_model_replies(at - days)
        self._pacta.store.put_model_reply(key, task, reply, at=at)


def cost(prices: "ModelPrices", input_tokens: int, output_tokens: int) -> Decimal:
    """Money for tokens, in the currency of the prices, unrounded."""
    return (input_tokens * prices.input + output_tokens * prices.output) / MILLION


def _allowance(pacta: "Pacta", principal: "Principal", model: "ChatModel", left: int | None) -> "Allowance":
    from agent.allowance import Allowance

    budget = pacta.settings.budget
    limits = [limit for limit in (budget.question_tokens, left) if limit is not None]

    def told(usage: "Usage") -> None:
        counted = {name: getattr(usage, name) for name in ("calls", "input_tokens", "output_tokens")}
        pacta.store.add_model_use(ModelUse(principal.id, today(pacta), model.name, **counted))

    return Allowance(min(limits) if limits else None, told)


def _left(pacta: "Pacta", principal: "Principal") -> int | None:
    """Tokens that are left of the caller's day; None: no limit. A limit in money is turned into tokens at the
    dearer price of the two."""
    budget, prices = pacta.settings.budget, pacta.settings.prices
    day = today(pacta)
    used = pacta.store.model_use(first=day, last=day, principal=principal.id)
    limits = []
    if budget.daily_tokens is not None:
        limits.append(budget.daily_tokens - sum(use.tokens for use in used))
    if budget.daily_cost is not None and prices is not None:
        spent = sum((cost(prices, u.input_tokens, u.output_tokens) for u in used), Decimal())
        dearest = max(prices.input, prices.output)
        if dearest:
            limits.append(int((budget.daily_cost - spent) * MILLION / dearest))
    return max(min(limits), 0) if limits else None


def today(pacta: "Pacta") -> date:
    """The day of the account: where the company is, by the real clock."""
    now: datetime = pacta.wall_clock()
    return now.astimezone(ZoneInfo(pacta.settings.company.zone)).date()
