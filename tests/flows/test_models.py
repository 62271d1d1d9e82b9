"""Models of a request: budgets of a question and of a caller's day, a second in reserve, replies kept."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ValidationError

from agent.allowance import Allowance
from agent.brain import Brain
from agent.errors import BudgetSpent, ModelReplyError, ModelUnavailable
from agent.model import ChatModel
from agent.prompts import Prompt, load
from agent.relay import Relay
from agent.usage import Usage
from flows import models
from flows.settings import Budget, ModelPrices, Settings
from flows.wiring import Pacta
from store import LOCAL
from store.models import ModelUse
from tests.agent.scripted import Scripted
from tests.store import make

PROMPT = load("understand", "v1")
INPUTS = dict.fromkeys(PROMPT.inputs, "x")
PLAN = {"intent": "help"}


class Counted(Scripted):
    """Says what its replies took: a hundred tokens in, ten out."""

    def _generate(self, *given: Any, **more: Any) -> ChatResult:
        made = super()._generate(*given, **more)
        text = str(made.generations[0].message.content)
        usage: Any = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text, usage_metadata=usage))])


class Trickling(Scripted):
    """Gives its reply a letter at a time, a while after each."""

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for letter in json.dumps(self.replies[0]):
            time.sleep(0.02)
            yield ChatGenerationChunk(message=AIMessageChunk(content=letter))


def plain(reply: Any) -> Any:
    return reply


@pytest.fixture
def pacta(tmp_path: Path) -> Iterator[Pacta]:
    with opened(tmp_path) as made:
        yield made


def opened(home: Path, **budget: Any) -> Pacta:
    settings = Settings(
        home=home,
        env="development",
        prices=ModelPrices(input=Decimal("1"), output=Decimal("10")),
        budget=Budget(**budget),
    )
    chat = cast(Any, Counted(replies=[PLAN] * 20))
    return Pacta(settings, clock=lambda: make.NOW, model=ChatModel(chat, "one-1"))


def ask_once(model: ChatModel, prompt: Prompt = PROMPT, **inputs: str) -> Any:
    return model.ask(prompt, {**INPUTS, **inputs}, plain)


def test_a_reply_that_trickles_is_cut_off_in_time() -> None:
    slow = ChatModel(Trickling(replies=["a long story " * 20]), "slow", timeout_s=0.2)
    with pytest.raises(ModelUnavailable, match="TimeoutError"):
        ask_once(slow)
    assert slow.meter.total.calls == 0
    assert ask_once(ChatModel(Trickling(replies=[{}]), "slow")) == {}


def test_the_meter_counts_what_calls_took_and_what_is_not_told() -> None:
    model = ChatModel(Counted(replies=[PLAN, "no json", PLAN]), "m")
    ask_once(model)
    ask_once(model, question="another")
    total = model.meter.total
    assert (total.calls, total.input_tokens, total.output_tokens, total.repaired) == (3, 300, 30, 1)
    silent = ChatModel(Scripted(replies=[PLAN]), "m")
    ask_once(silent)
    assert (silent.meter.total.tokens, silent.meter.total.unknown) == (0, 1)


def test_a_call_that_does_not_fit_is_not_made() -> None:
    chat = Counted(replies=[PLAN, PLAN])
    size = sum(len(text) for text in PROMPT.render(INPUTS)) // 3 + 1 + PROMPT.settings["max_tokens"]
    model = ChatModel(chat, "m").under(Allowance(size + 109))
    ask_once(model)
    with pytest.raises(BudgetSpent, match=f"up to {size} tokens .* the {size - 1} that are left"):
        ask_once(model)
    assert len(chat.sent) == 1


def test_a_model_is_the_same_with_and_without_an_allowance() -> None:
    model = ChatModel(Counted(replies=[PLAN, PLAN]), "m")
    ask_once(model.under(Allowance()))
    assert (model.under(Allowance()).name, model.meter.total.calls) == ("m", 1)


def test_what_a_caller_uses_is_kept_by_day_and_model(pacta: Pacta) -> None:
    relay = models.relay(pacta, LOCAL)
    assert relay is not None
    ask_twice(relay)
    day = models.today(pacta)
    (use,) = pacta.store.model_use(first=day, last=day)
    assert use == ModelUse("local", day, "one-1", 2, 200, 20)
    assert models.cost(cast(ModelPrices, pacta.settings.prices), 200, 20) == Decimal("0.0004")


def ask_twice(relay: Relay) -> None:
    for brain in relay._brains:
        ask_once(brain._model)
        ask_once(brain._model, question="another")


def test_a_callers_day_ends_when_it_is_spent_and_another_caller_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path, daily_tokens=500, keep_replies_days=0) as pacta:
        pacta.store.add_model_use(ModelUse("local", models.today(pacta), "one-1", 1, 400, 100))
        spent, other = models.relay(pacta, LOCAL), models.relay(pacta, make_principal("other"))
        assert spent is not None
        assert other is not None
        with pytest.raises(BudgetSpent, match="into the 0 that are left"):
            ask_once(spent._brains[0]._model)
        yesterday = models.today(pacta) - timedelta(days=1)
        pacta.store.add_model_use(ModelUse("other", yesterday, "one-1", 1, 10_000, 0))
        assert models._left(pacta, make_principal("other")) == 500


def make_principal(name: str) -> Any:
    from store import Principal, Scope

    return Principal(name, name, "reader", Scope.all())


def test_a_limit_in_money_is_one_in_tokens_at_the_dearer_price(tmp_path: Path) -> None:
    with opened(tmp_path, daily_cost="0.01") as pacta:
        assert models._left(pacta, LOCAL) == 1000
        pacta.store.add_model_use(ModelUse("local", models.today(pacta), "one-1", 1, 5000, 0))
        assert models._left(pacta, LOCAL) == 500


def test_a_limit_in_money_needs_prices() -> None:
    with pytest.raises(ValidationError, match="a daily cost needs prices"):
        Settings(budget=Budget(daily_cost=Decimal("1")))


def test_a_reply_that_held_is_not_asked_for_again(pacta: Pacta) -> None:
    model = pacta.model
    assert model is not None
    kept = models.KeptReplies(pacta)
    for _ in range(3):
        assert ask_once(model.under(Allowance(), kept)) == PLAN
    assert model.meter.total.calls == 1
    ask_once(model.under(Allowance(), kept), question="something else")
    ask_once(model.under(Allowance(), kept), load("understand", "v2"))
    assert model.meter.total.calls == 3, "another input, or another version, is asked anew"


def test_a_reply_that_did_not_hold_is_not_kept(pacta: Pacta) -> None:
    kept = models.KeptReplies(pacta)
    bad = ChatModel(Counted(replies=["no", "no", PLAN]), "bad").under(Allowance(), kept)
    with pytest.raises(ModelReplyError):
        ask_once(bad)
    assert ask_once(bad) == PLAN


def test_kept_replies_are_forgotten_in_time(pacta: Pacta) -> None:
    at = pacta.wall_clock()
    pacta.store.put_model_reply("old", "t", "{}", at=at - timedelta(days=8))
    models.KeptReplies(pacta).put("new", "t", "{}")
    assert (pacta.store.model_reply("old"), pacta.store.model_reply("new")) == (None, "{}")


def test_the_second_model_is_asked_where_the_first_is_not_there() -> None:
    first = Brain(ChatModel(Scripted(replies=[OSError("down")] * 2), "first"))
    second = Brain(ChatModel(Scripted(replies=[PLAN]), "second"))
    plan, engine = Relay([first, second]).understand("What can you do?", context())
    assert (plan.intent, engine) == ("help", "second understand/v1")
    with pytest.raises(ModelUnavailable):
        Relay([first]).understand("What can you do?", context())


def context() -> Any:
    from agent.planner import PlanContext

    return PlanContext(make.NOW, lambda text: [], (), frozenset(), None)


def test_usage_is_told_since_a_reading() -> None:
    early, late = Usage(calls=1, input_tokens=5, seconds=1.5), Usage(calls=4, input_tokens=9, seconds=2.0)
    assert late.since(early) == Usage(calls=3, input_tokens=4, seconds=0.5)


def test_the_account_is_told_by_day_and_caller(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from cli.main import app

    with opened(tmp_path) as pacta:
        key, _ = pacta.store.create_key("dashboard", "reader", make_principal("x").scope, by="t", at=make.NOW)
        pacta.store.add_model_use(ModelUse(key, models.today(pacta), "one-1", 3, 1_500_000, 20))
    (tmp_path / "pacta.yaml").write_text("prices: {input: '0.4', output: '1.6', currency: EUR}\n")
    shown = CliRunner().invoke(app, ["--home", str(tmp_path), "models", "--json"])
    (row,) = json.loads(shown.stdout)
    assert (row["caller"], row["calls"], row["currency"]) == ("dashboard", 3, "EUR")
    assert Decimal(row["cost"]) == Decimal("0.600032")
    assert "dashboard" in CliRunner().invoke(app, ["--home", str(tmp_path), "models"]).stdout
